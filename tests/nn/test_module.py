"""Modules: which attributes are parameters, in which order, under which paths; copies; the outline; the messages."""

import copy
from collections import defaultdict

import numpy as np
import pytest

from autograd_nn import Tensor, grad, ops
from autograd_nn.nn import Dense, Module, ReLU, Sequential, Sigmoid, Softmax, Tanh


class Nested(Module):
    """One of everything that can be an attribute."""

    def __init__(self):
        self.second = Tensor([1.0, 2.0], "chosen by the user")
        self.first = Dense(2, 3, rng=0)
        self.several = [Tensor(1.0), (Dense(3, 1, bias=False, rng=0),)]
        self.named = {"left": Tensor(2.0), "right": self.first}
        self.constant = np.ones(4)
        self.computed = self.second * 2.0
        self.text, self.number, self.nothing = "text", 3, None


def test_parameters_are_the_leaf_tensors_in_order_of_definition():
    model = Nested()

    found = model.parameters()

    expected = ["second", "first.weight", "first.bias", "several.0", "several.1.0.weight", "named.left"]
    assert expected == list(found)
    assert found["second"] is model.second
    assert found["several.1.0.weight"] is model.several[1][0].weight
    assert ["chosen by the user", "weight", "bias", "", "weight", ""] == [t.name for t in found.values()]


def test_shared_tensor_is_one_parameter_under_its_first_path_and_collects_both_gradients():
    class Tied(Module):
        def __init__(self):
            self.inward = Tensor([[1.0, 2.0], [3.0, 4.0]])
            self.outward = self.inward

        def __call__(self, x):
            return x @ self.inward @ self.outward

    model, x = Tied(), np.array([1.0, -1.0])
    model(x).sum().backward()

    # d sum(x W W) / dW = x^T (1 W^T) + (x W)^T 1, by hand: x W = [-2, -2], row sums of W = [3, 7]
    assert ["inward"] == list(model.parameters())
    np.testing.assert_allclose([[3.0 - 2.0, 7.0 - 2.0], [-3.0 - 2.0, -7.0 - 2.0]], model.inward.grad)


def test_module_inside_itself_is_finite():
    model = Sequential(ReLU(), Dense(2, 2, rng=0))
    model.owner = model

    assert ["layers.1.weight", "layers.1.bias"] == list(model.parameters())
    assert "owner: Sequential, 6 parameters, shown above" in repr(model)


def test_rebinding_an_attribute_changes_the_parameters():
    layer = Dense(2, 2, rng=0)

    layer.bias = Tensor([5.0, 6.0])

    np.testing.assert_array_equal([5.0, 6.0], layer.parameters()["bias"].numpy())
    np.testing.assert_array_equal([5.0, 6.0], layer(np.zeros(2)).numpy())


def test_deepcopy_gives_fresh_leaves_that_keep_names_dtypes_and_sharing():
    model = Sequential(Dense(2, 3, ops.tanh, rng=0), Dense(3, 2, rng=1))
    model.alias = model[0].weight
    model(np.ones(2, np.float32)).sum().backward()

    twin = copy.deepcopy(model)

    ours, theirs = model.parameters(), twin.parameters()
    assert list(ours) == list(theirs)
    assert twin.alias is twin[0].weight
    for path, tensor in theirs.items():
        assert tensor is not ours[path]
        assert tensor.grad is None
        assert (ours[path].name, np.float32) == (tensor.name, tensor.dtype)
        np.testing.assert_array_equal(ours[path].data, tensor.data)
    twin[0].weight.data = twin[0].weight.data * 0.0
    assert ours["layers.0.weight"].data.any()


def test_repr_is_an_outline():
    expected = """\
Nested, 16 parameters
  second: (2,) float64
  first: Dense, 9 parameters
    weight: (2, 3) float32
    bias: (3,) float32
  several.0: () float64
  several.1.0: Dense, 3 parameters
    weight: (3, 1) float32
  named.left: () float64
  named.right: Dense, 9 parameters, shown above
  constant: (4,) float64, not trained
  computed: (2,) float64, not trained
  text: 'text'
  number: 3"""

    assert expected == repr(Nested())


def test_repr_names_activations_and_options():
    assert "Sequential, 0 parameters\n  layers.0: relu\n  layers.1: Softmax, 0 parameters\n    axis: 0" == repr(
        Sequential(ops.relu, Softmax(0))
    )


def test_module_without_equation_says_what_to_define():
    class Empty(Module):
        pass

    with pytest.raises(NotImplementedError, match=r"Empty was called, at .*Empty\(\)\(1\.0\).* Define `def __call__"):
        Empty()(1.0)


@pytest.mark.parametrize("keys", [(1, "1"), ("a.0", "a")])
def test_two_parameters_of_one_path_are_refused(keys):
    model = Module()
    model.table = {keys[0]: Tensor(1.0), keys[1]: [Tensor(2.0)] if keys[1] == "a" else Tensor(2.0)}

    with pytest.raises(ValueError, match=r"two different parameters of Module have the path 'table\..*Rename a key"):
        model.parameters()


def test_sequential_composes_and_behaves_as_a_sequence():
    square, half = (lambda x: x**2), (lambda x: x / 2)
    model = Sequential(square, half, np.cos)

    assert pytest.approx(np.cos(9 / 2)) == model(3.0)
    assert 3 == len(model)
    assert [square, half, np.cos] == list(model)
    assert model[-1] is np.cos
    assert 4.5 == model[:2](3.0)
    assert isinstance(model[1:], Sequential)
    assert 7.0 == Sequential()(7.0)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ((ReLU(), 3), r"Sequential got int 3 as layer 1, at .* Pass a function"),
        (([ReLU()],), r"Sequential got list .* as layer 0, at .*Sequential\(\*layers\)"),
        ((ReLU,), r"Sequential got the class ReLU as layer 0, at .* Write ReLU\(\)\."),
    ],
)
def test_what_cannot_be_called_is_no_layer(layers, message):
    with pytest.raises(TypeError, match=message):
        Sequential(*layers)


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (Sigmoid(), lambda x: 1 / (1 + np.exp(-x))),
        (Tanh(), lambda x: np.sinh(x) / np.cosh(x)),
        (ReLU(), lambda x: x * (x > 0)),
        (Softmax(), lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True)),
        (Softmax(0), lambda x: np.exp(x) / np.exp(x).sum(0, keepdims=True)),
    ],
)
def test_activations_on_tensors_and_plain_data(layer, expected):
    x = np.random.default_rng(0).standard_normal((3, 4))

    recorded, plain = layer(Tensor(x)), layer(x)

    np.testing.assert_allclose(expected(x), recorded.numpy(), rtol=1e-14)
    assert isinstance(plain, np.ndarray)
    np.testing.assert_array_equal(plain, recorded.numpy())
    assert {} == layer.parameters()


def test_a_call_of_super_is_the_same_scope():
    class Doubled(Module):
        def __call__(self, x):
            return 2.0 * x

    class Shifted(Doubled):
        def __call__(self, x):
            return super().__call__(x) + 1.0

    y = Shifted()(Tensor(2.0))

    assert ("Shifted",) == y.where.scope
    assert ("Shifted",) == y.inputs[0].where.scope


def test_containers_of_a_module_survive_a_transform_with_their_kind_and_sharing():
    class Tied(Module):
        def __init__(self):
            self.table = defaultdict(list, {"a": [Tensor(2.0)]})
            self.again = self.table["a"]

        def __call__(self, x):
            assert self.table["a"] is self.again
            return self.table["a"][0] * x + len(self.table["missing"])

    model = Tied()

    gradient = grad(lambda model: model(3.0))(model)

    assert {"table.a.0": 3.0} == gradient
    assert ["a"] == list(model.table)
