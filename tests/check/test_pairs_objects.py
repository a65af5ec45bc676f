"""Layers as objects: where weights and gradients are found, that nothing leaks, and what is said where nothing is found."""

import copy

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.check import check_backward, check_layer
from autograd_nn.check.contracts import ContractError
from autograd_nn.check.pairs import pair_of

RNG = np.random.default_rng(5)
X, W, B, V = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 4)), RNG.normal(size=4), RNG.normal(size=(5, 4))
BY_HAND = {"x": V @ W.T, "W": X.T @ V, "b": V.sum(axis=0)}  # of x @ W + b with the upstream V


class Attributes:
    """Gradients in dW and db."""

    def __init__(self):
        self.W, self.b = W.copy(), B.copy()

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T


class Suffixes(Attributes):
    def backward_pass(self, accum_grad):
        self.W_grad, self.b_grad = self.x.T @ accum_grad, accum_grad.sum(axis=0)
        return accum_grad @ self.W.T

    backward = None


class Called(Attributes):
    """__call__ for the forward, gradW for the gradients."""

    forward = None

    def __call__(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.gradW, self.gradb = self.x.T @ grad, grad.sum(axis=0)
        return grad @ self.W.T


class Dicts:
    def __init__(self):
        self.params, self.grads = {"W": W.copy(), "b": B.copy()}, {}

    def forward(self, x):
        self.cache = x
        return x @ self.params["W"] + self.params["b"]

    def backward(self, dout):
        self.grads = {"dW": self.cache.T @ dout, "db": dout.sum(axis=0)}
        return dout @ self.params["W"].T


class Lists(Dicts):
    def __init__(self):
        self.params, self.grads = [W.copy(), B.copy()], [None, None]

    def forward(self, x):
        self.x = x
        return x @ self.params[0] + self.params[1]

    def backward(self, dout):
        self.grads[0], self.grads[1] = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.params[0].T


class Returned(Attributes):
    """All gradients are returned, none is kept."""

    def backward(self, dout):
        return dout @ self.W.T, self.x.T @ dout, dout.sum(axis=0)


class Parameter:
    def __init__(self, data):
        self.data, self.grad = data, np.zeros_like(data)


class Parameters:
    """Weights are objects with data and grad, and gradients are added up."""

    def __init__(self):
        self.W, self.b = Parameter(W.copy()), Parameter(B.copy())

    def forward(self, x):
        self.x = x
        return x @ self.W.data + self.b.data

    def backward(self, dout):
        self.W.grad += self.x.T @ dout
        self.b.grad += dout.sum(axis=0)
        return dout @ self.W.data.T


class Updating(Attributes):
    """Learns inside of the backward, and keeps no gradient."""

    def backward(self, dout, learning_rate=0.125):
        dx = dout @ self.W.T
        self.W -= learning_rate * (self.x.T @ dout)
        self.b = self.b - learning_rate * dout.sum(axis=0)
        return dx


class UpdatingByRequest(Updating):
    def backward(self, dout, lr):
        return super().backward(dout, lr)


class UpdatingByItself(Updating):
    def __init__(self):
        super().__init__()
        self.lr = 0.25

    def backward(self, dout):
        return super().backward(dout, self.lr)


class FromScratch:
    """The result and the gradients stay in attributes; nothing is returned."""

    def __init__(self):
        self.weights, self.biases = W.copy(), B[None].copy()

    def forward(self, inputs):
        self.inputs = inputs
        self.output = inputs @ self.weights + self.biases

    def backward(self, dvalues):
        self.dweights, self.dbiases = self.inputs.T @ dvalues, dvalues.sum(axis=0, keepdims=True)
        self.dinputs = dvalues @ self.weights.T


class Sequence:
    def __init__(self):
        self.layers = [Attributes(), Dicts()]
        self.layers[1].params = {"W": W.T.copy(), "b": np.ones(3)}

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dout):
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        return dout


SPELLINGS = {  # the layer, and what its weights are called
    "attributes": (Attributes, "W", "b"), "suffixes": (Suffixes, "W", "b"), "called": (Called, "W", "b"),
    "dicts": (Dicts, "params['W']", "params['b']"), "lists": (Lists, "params[0]", "params[1]"),
    "returned": (Returned, "W", "b"), "parameters": (Parameters, "W", "b"), "updating": (Updating, "W", "b"),
    "updating by request": (UpdatingByRequest, "W", "b"), "updating by itself": (UpdatingByItself, "W", "b"),
    "from scratch": (FromScratch, "weights", "biases"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPELLINGS)
def test_weights_are_inputs_with_their_gradients(name):
    kind, weight, bias = SPELLINGS[name]

    pair = pair_of(kind(), None, (X,))
    found = dict(zip([pair.names[i] for i in pair.active], pair.gradients(pair.inputs, V)))

    assert [pair.names[0], weight, bias] == list(found)
    np.testing.assert_allclose(found[pair.names[0]], BY_HAND["x"], rtol=1e-12)
    np.testing.assert_allclose(found[weight], BY_HAND["W"], rtol=1e-12)
    np.testing.assert_allclose(np.ravel(found[bias]), BY_HAND["b"], rtol=1e-12)
    assert not pair.notes


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_right_layer_is_right_and_unchanged(name):
    layer = SPELLINGS[name][0]()
    before = copy.deepcopy(vars(layer))

    report = check_layer(layer, X)

    assert "right" == report.verdict, str(report)
    assert 3 == len(report.arguments)
    assert before.keys() == vars(layer).keys()
    assert repr(flat(before)) == repr(flat(vars(layer)))


def flat(x):
    """The numbers in nested attributes."""
    if isinstance(x, dict):
        return {k: flat(v) for k, v in x.items()}
    return flat(vars(x)) if hasattr(x, "__dict__") else [flat(v) for v in x] if isinstance(x, list) else x


def test_a_chain_of_layers():
    report = check_layer(Sequence(), X)

    assert "right" == report.verdict, str(report)
    assert ["x", "layers[0].W", "layers[0].b", "layers[1].params['W']", "layers[1].params['b']"] == [
        a.name for a in report.arguments
    ]


def test_the_value_is_differentiable_by_the_weights():
    pair = pair_of(Dicts(), None, (X,))

    gradient = ag.grad(lambda w: np.sum(pair.value(X, w, B) * V))(W)

    np.testing.assert_allclose(gradient, BY_HAND["W"], rtol=1e-12)


def test_a_wrong_gradient_of_a_weight():
    class Averaged(Dicts):
        def backward(self, dout):
            dx = super().backward(dout)
            self.grads["dW"] = self.grads["dW"] / 5
            return dx

    report = check_layer(Averaged(), X)

    assert [("x", "right"), ("params['W']", "wrong"), ("params['b']", "right")] == [
        (a.name, a.verdict) for a in report.arguments
    ]
    assert ("params['W']", "factor") == (report.findings[0].argument, report.findings[0].kind)


def test_an_object_that_has_run_before_is_looked_at_afresh():
    """What an earlier backward has added up is not the gradient of this one."""
    layer = Parameters()
    layer.forward(X)
    layer.backward(V)
    kept = layer.W.grad.copy()

    report = check_layer(layer, X)

    assert "right" == report.verdict, str(report)
    np.testing.assert_array_equal(kept, layer.W.grad)


def test_a_class_and_the_arguments_of_its_constructor():
    class Layer(Attributes):
        def __init__(self, W, b=None, scale=1.0):
            self.W, self.b, self.scale = np.array(W), b, scale

        def forward(self, x, training=True):
            return super().forward(x)

    by_name = check_backward(Layer, "backward", X, W, B)
    by_default = check_backward(Layer, None, X, W, B)
    with_a_number = check_backward(Layer, "backward", X, W, B, 1.0)

    for report in (by_name, by_default, with_a_number):
        assert ["x", "W", "b"] == [a.name for a in report.arguments]
        assert "right" == report.verdict, str(report)


def test_a_class_that_draws_its_own_weights():
    class Random(Attributes):
        def __init__(self, inputs, outputs, scale=0.1):
            rng = np.random.default_rng()
            self.W, self.b = scale * rng.normal(size=(inputs, outputs)), np.zeros(outputs)

    for report in (check_backward(Random, "backward", X, 3, 4), check_backward(Random, "backward", X, 3, 4, 0.5)):
        assert ["x", "W", "b"] == [a.name for a in report.arguments]
        assert "right" == report.verdict, str(report)


def test_a_model_whose_loss_returns_the_gradients_of_its_weights():
    class Model:
        def __init__(self):
            self.params = {"W1": W.copy(), "b1": B.copy()}

        def loss(self, X, y=None):
            out = X @ self.params["W1"] + self.params["b1"]
            return 0.5 * np.sum((out - y) ** 2), {"W1": X.T @ (out - y), "b1": (out - y).sum(axis=0)}

    model = Model()

    for report in (check_backward(model.loss, None, X, V), check_layer(model, X, V, wrt=["params['W1']", "b1"])):
        assert ["params['W1']", "params['b1']"] == [a.name for a in report.arguments]
        assert "right" == report.verdict, str(report)


def test_methods_of_one_object():
    layer = Attributes()

    report = check_backward(layer.forward, layer.backward, X)

    assert "right" == report.verdict, str(report)
    assert {"W", "b"} == set(vars(layer))


def test_a_copy_keeps_its_state_and_the_next_has_none_of_it():
    pair = pair_of(Parameters(), None, (X,))

    live = pair.live(pair.inputs)
    live.forward(*pair.inputs)
    first, second = live.backward(V), live.backward(V)
    fresh = pair.gradients(pair.inputs, V)

    np.testing.assert_allclose(second[1], 2.0 * BY_HAND["W"], rtol=1e-12)
    np.testing.assert_array_equal(first[1], fresh[1])


def test_the_backward_belongs_to_the_last_forward():
    pair = pair_of(Attributes(), None, (X,))

    live = pair.live(pair.inputs)
    live.forward(*pair.inputs)
    live.forward(2.0 * X, W, B)

    np.testing.assert_allclose(live.backward(V)[1], 2.0 * BY_HAND["W"], rtol=1e-12)


def test_the_weights_as_they_stand_after_an_update():
    pair = pair_of(Updating(), None, (X,))

    live = pair.live(pair.inputs)
    live.forward(*pair.inputs)
    live.backward(V)

    np.testing.assert_allclose(live.current()[1], W - 0.125 * BY_HAND["W"], rtol=1e-12)
    np.testing.assert_array_equal(pair.inputs[1], W)
    assert np.max(pair.blur[1]) > 0.0 == pair.blur[0]


def test_weights_that_are_updated_by_an_unknown_rate_are_said():
    class Hidden(Attributes):
        def backward(self, dout):
            dx = dout @ self.W.T
            self.W = self.W - 0.3 * self.x.T @ dout
            return dx

    report = check_layer(Hidden(), X)

    assert ["x"] == [a.name for a in report.arguments]
    assert "W is updated inside of the backward by an unknown rate" in str(report)


def test_a_gradient_that_is_kept_and_not_returned():
    class Silent(Attributes):
        def backward(self, dout):
            self.dx = super().backward(dout)

    report = check_layer(Silent(), X)

    assert ("wrong", "contract") == (report.verdict, report.findings[0].kind)
    assert "the backward returned None and keeps the gradient of x in an attribute" in report.findings[0].message


@pytest.mark.parametrize(("thing", "piece"), [
    (np.random.default_rng(0), "has no forward; expected a method such as forward"), (3, "3 of type int was passed"),
])  # fmt: skip
def test_what_is_no_layer_is_refused(thing, piece):
    with pytest.raises(ContractError, match=piece):
        pair_of(thing, "backward" if thing != 3 else None, (X,))


def test_an_object_that_cannot_be_copied():
    class Locked(Attributes):
        def __deepcopy__(self, memo):
            raise TypeError("no copies")

    with pytest.raises(ContractError, match=r"cannot be copied: TypeError: no copies; .* Pass the class"):
        pair_of(Locked(), None, (X,))


def test_too_few_inputs_for_a_constructor():
    class Layer(Attributes):
        def __init__(self, W, b):
            self.W, self.b = W, b

    with pytest.raises(ContractError, match=r"1 inputs were passed for Layer, whose constructor takes \(W, b\)"):
        pair_of(Layer, "backward", (X,))
