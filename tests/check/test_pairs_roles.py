"""What each parameter of a backward is given, what belongs to which input, and what is said where that cannot be told."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from autograd_nn.check import check_backward, check_layer
from autograd_nn.check.contracts import ContractError, TimeLimit
from autograd_nn.check.limits import limited
from autograd_nn.check.pairs import pair_of

RNG = np.random.default_rng(6)
X, W, V, T = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 4)), RNG.normal(size=(5, 4)), RNG.normal(size=(5, 3))
S = RNG.normal(size=(5, 3))


def product(x, w):
    return x @ w


def product_and_cache(x, w):
    return x @ w, (x, w)


DX, DW = V @ W.T, X.T @ V
PRODUCTS = {  # forward, backward: each gives (DX, DW) with the upstream V
    "inputs by name": (product, lambda dout, x, w: (dout @ w.T, x.T @ dout)),
    "inputs by name in another order": (product, lambda w, x, dout: (dout @ w.T, x.T @ dout)),
    "inputs by place": (product, lambda g, a, b: (g @ b.T, a.T @ g)),
    "upstream last": (product, lambda a, b, grad: (grad @ b.T, a.T @ grad)),
    "any number": (product, lambda *given: (given[0] @ given[2].T, given[1].T @ given[0])),
    "cache": (product_and_cache, lambda dout, cache: (dout @ cache[1].T, cache[0].T @ dout)),
    "cache first": (product_and_cache, lambda cache, dout: (dout @ cache[1].T, cache[0].T @ dout)),
    "cache under another name": (product_and_cache, lambda dz, kept: (dz @ kept[1].T, kept[0].T @ dz)),
    "cache as a dict": (
        lambda x, w: (x @ w, {"x": x, "w": w}), lambda dout, cache: {"dx": dout @ cache["w"].T, "dw": cache["x"].T @ dout}),
    "cache in parts": (lambda x, w: (x @ w, x, w), lambda dout, a, b: (dout @ b.T, a.T @ dout)),
    "a function comes back": (lambda x, w: (x @ w, lambda g: (g @ w.T, x.T @ g)), None),
    "a list": (product, lambda dout, x, w: [dout @ w.T, x.T @ dout]),
    "a dict": (product, lambda dout, x, w: {"grad_x": dout @ w.T, "w": x.T @ dout}),
    "an upstream that may be left out": (product, lambda x, w, dout=None: (dout @ w.T, x.T @ dout)),
}  # fmt: skip


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_product(name):
    forward, backward = PRODUCTS[name]

    pair = pair_of(forward, backward, (X, W))
    dx, dw = pair.gradients(pair.inputs, V)

    np.testing.assert_array_equal(DX, dx)
    np.testing.assert_array_equal(DW, dw)
    np.testing.assert_array_equal(X @ W, pair.value(X, W))
    assert pair.takes_upstream


def test_a_pair_with_predictions_and_targets_the_other_way_round():
    def loss(predictions, targets):
        return np.sum((predictions - targets) ** 2)

    by_place = pair_of(loss, lambda y_true, y_pred: 2.0 * (y_pred - y_true), (X, T))
    by_name = pair_of(loss, lambda targets, predictions: 2.0 * (predictions - targets), (X, T))

    for pair in (by_place, by_name):
        np.testing.assert_array_equal(2.0 * (X - T), pair.gradients(pair.inputs, 1.0)[0])
        assert "gradient" == pair.style


def test_several_results_with_an_upstream_for_each():
    def forward(x, h):
        return np.tanh(x + h), x * h, (x, h)

    def backward(dnext_h, dnext_c, cache):
        x, h = cache
        slope = 1.0 - np.tanh(x + h) ** 2
        return dnext_h * slope + dnext_c * h, dnext_h * slope + dnext_c * x

    def in_one(douts, cache):
        return backward(*douts, cache)

    def nested(x, h):
        first, second, cache = forward(x, h)
        return (first, second), cache

    slope = 1.0 - np.tanh(X + T) ** 2
    for pair in (
        pair_of(forward, backward, (X, T)), pair_of(nested, backward, (X, T)), pair_of(nested, in_one, (X, T)),
        pair_of(forward, in_one, (X, T)),
    ):  # fmt: skip
        both = pair.value(X, T)
        dx, dh = pair.gradients((X, T), np.concatenate([S.ravel(), X.ravel()]))

        np.testing.assert_array_equal(np.concatenate([np.tanh(X + T).ravel(), (X * T).ravel()]), both)
        np.testing.assert_allclose(dx, S * slope + X * T, rtol=1e-12)
        np.testing.assert_allclose(dh, S * slope + X * X, rtol=1e-12)


def test_a_second_result_that_is_only_for_information():
    def attention(x):
        weights = np.exp(x)
        return x * weights, weights, x

    pair = pair_of(attention, lambda dout, cache: dout * (1.0 + cache) * np.exp(cache), (X,))

    np.testing.assert_array_equal(X * np.exp(X), pair.value(X))
    np.testing.assert_allclose(pair.gradients((X,), S)[0], S * (1.0 + X) * np.exp(X), rtol=1e-12)


def network(params, x):
    return np.sum(np.tanh(x @ params["W"]) @ params["layers"][0])


def test_containers_of_inputs():
    def backward(params, x):
        h, v = np.tanh(x @ params["W"]), params["layers"][0]
        return {"layers": [h.sum(axis=0)], "W": x.T @ ((1.0 - h**2) * v)}

    params = {"W": W, "layers": [np.ones(4)], "rate": 3}
    pair = pair_of(network, backward, (params, X), wrt=["params"])

    assert ["params['W']", "params['layers'][0]"] == [pair.names[i] for i in pair.active]
    np.testing.assert_allclose(pair.gradients(pair.inputs, 1.0)[0], X.T @ (1.0 - np.tanh(X @ W) ** 2), rtol=1e-12)
    assert pair.active[:1] == pair_of(network, backward, (params, X), wrt="W").active


def test_lists_of_arrays_and_of_floats():
    def forward(weights, x):
        return (x @ weights[0]) @ weights[1]

    def backward(dout, weights, x):
        return [x.T @ dout @ weights[1].T, (x @ weights[0]).T @ dout], dout @ (weights[0] @ weights[1]).T

    pair = pair_of(forward, backward, ([W, W.T.copy()], X))
    numbers = pair_of(lambda a: a[0] * a[1] ** 2, lambda a: [a[1] ** 2, 2.0 * a[0] * a[1]], ([3.0, 5.0],))
    flat = pair_of(lambda a: np.sum(a**2), lambda a: [2.0 * n for n in a], (np.array([1.0, 2.0, 4.0]),))

    np.testing.assert_allclose(pair.gradients(pair.inputs, S)[1], (X @ W).T @ S, rtol=1e-12)
    assert [25.0, 30.0] == [float(g) for g in numbers.gradients(numbers.inputs, 1.0)]
    np.testing.assert_array_equal([2.0, 4.0, 8.0], flat.gradients(flat.inputs, 1.0)[0])


def test_keyword_arguments_of_the_forward():
    def forward(x, *, scale, power=1):
        return scale * x**power

    pair = pair_of(forward, lambda dout, x, scale: dout * 3 * scale * x**2, (X,), keywords={"scale": 2.0, "power": 3})
    by_scale = pair_of(
        forward, lambda dout, x, scale: np.sum(dout * x**3), (X,), wrt=["scale"], keywords={"scale": 2.0, "power": 3}
    )

    np.testing.assert_allclose(pair.gradients(pair.inputs, S)[0], S * 6.0 * X**2, rtol=1e-12)
    assert ("x", "scale", "power") == pair.names
    np.testing.assert_allclose(by_scale.gradients(by_scale.inputs, S)[0], np.sum(S * X**3), rtol=1e-12)


def test_a_derivative_entry_by_entry():
    pair = pair_of(np.tanh, lambda z: 1.0 - np.tanh(z) ** 2, (X,))

    assert ("pair", False) == (pair.style, pair.takes_upstream)
    np.testing.assert_array_equal(1.0 - np.tanh(X) ** 2, pair.gradients((X,), np.ones_like(X))[0])
    assert "right" == check_backward(np.tanh, lambda z: 1.0 - np.tanh(z) ** 2, X).verdict


def test_gradients_by_a_loss_that_is_not_asked_for():
    """(p - y) for the cross-entropy of a softmax: the loss stands for itself, the targets are no variable."""

    def loss(scores, y):
        return np.log(np.exp(scores).sum(axis=1)).sum() - np.sum(y * scores)

    def gradient(scores, y):
        return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True) - y

    report = check_backward(loss, gradient, X, np.eye(3)[[0, 2, 1, 1, 0]])

    assert "right" == report.verdict, str(report)
    assert ["scores"] == [a.name for a in report.arguments]


def column(x, w, b):
    return np.tanh(w @ x + b)


def column_backward(dy, x, w, b):
    dz = dy * (1.0 - column(x, w, b) ** 2)
    return w.T @ dz, dz @ x.T, dz


def column_backward_flat(dy, x, w, b):
    dx, dw, db = column_backward(dy, x, w, b)
    return dx.ravel(), dw, db


def test_one_example_as_a_column():
    x, w, b = RNG.normal(size=(3, 1)), RNG.normal(size=(4, 3)), RNG.normal(size=(4, 1))

    right = check_backward(column, column_backward, x, w, b)
    flat = check_backward(column, column_backward_flat, x, w, b)

    assert "right" == right.verdict, str(right)
    assert ("wrong", "contract") == (flat.verdict, flat.findings[0].kind)
    assert (
        "the gradient of x has shape (3,), and x has (3, 1), which differ in axes of size 1" in flat.findings[0].message
    )
    assert {"right"} == {a.verdict for a in flat.arguments}


def test_an_array_of_whole_numbers_with_a_gradient():
    pair = pair_of(
        lambda x, w: x @ w, lambda dout, x, w: (np.outer(dout, w), x.T @ dout), (np.arange(6).reshape(2, 3), W[:, 0])
    )
    labels = pair_of(
        lambda w, y: np.sum(w[y] ** 2), lambda w, y: 2.0 * w * np.bincount(y, minlength=3), (W[:, 0], np.array([0, 2]))
    )

    assert (0, 1) == pair.active
    assert (0,) == labels.active


def test_some_of_the_gradients_by_their_shapes():
    by_shape = pair_of(product, lambda dout, x, w: x.T @ dout, (X, W))
    by_none = pair_of(lambda x, t: np.sum((x - t) ** 2), lambda x, t: (2.0 * (x - t), None), (X, T))

    assert by_shape.gradients((X, W), V)[0] is None
    np.testing.assert_array_equal(DW, by_shape.gradients((X, W), V)[1])
    assert by_none.gradients((X, T), 1.0)[1] is None


def test_what_is_returned_is_a_copy():
    pair = pair_of(lambda x: np.sum(x**2) / 2.0, lambda x: x, (X,))

    found = pair.gradients((X,), 1.0)[0]

    np.testing.assert_array_equal(X, found)
    assert not np.shares_memory(found, X)


def gradients_of(forward, backward, inputs):
    pair = pair_of(forward, backward, inputs)
    return pair.gradients(pair.inputs, V if forward is product else np.ones_like(X))


REFUSED = {  # forward, backward, inputs: a piece of what is said, and whether the code is wrong
    "None": (product, lambda dout, x, w: None, (X, W), "returned None; expected the gradients of x, w. Return them", True),
    "count": (product, lambda dout, x, w: (x, x, w), (X, W), "returned 3 gradients; expected 2, of x, w", True),
    "shape": (product, lambda dout, x, w: (dout, x.T @ dout), (X, W), "x has shape (5, 4), and x has (5, 3)", True),
    "order": (product, lambda dout, x, w: (x.T @ dout, dout @ w.T), (X, W), "shapes of those of w, x, in this order", True),
    "text": (product, lambda dout, x, w: ("dx", x.T @ dout), (X, W), "x is 'dx' of type str; expected real", True),
    "complex": (np.sin, lambda dout, x: dout * 1j, (X,), "an array of complex128", True),
    "a dict of others": (product, lambda dout, x, w: {"dz": dout}, (X, W), "a dict with ['dz']; expected", True),
    "which of two": (lambda a, b: np.sum(a * b), lambda a, b: b, (X, T), "may be those of (a) or (b)", False),
    "parameters": (product, lambda p, q, r, s, t: p, (X, W), "takes (p, q, r, s, t) and the forward (x, w)", False),
    "no result": (lambda x: None, lambda dout, x: dout, (X,), "the forward returned None", True),
    "no number": (lambda x: "out", lambda dout, x: dout, (X,), "no number and no array", False),
    "no backward": (lambda x: x, None, (X,), "no backward was passed; expected (loss, gradients)", True),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_what_came_what_was_expected_and_what_to_do(name):
    forward, backward, inputs, piece, wrong = REFUSED[name]

    with pytest.raises(ContractError) as refused:
        gradients_of(forward, backward, inputs)

    assert piece in str(refused.value)
    assert wrong == refused.value.wrong
    assert ("wrong" if wrong else "cannot tell") == check_backward(forward, backward, *inputs).verdict


def test_a_loss_object_whose_backward_takes_nothing():
    class SquaredError:
        def forward(self, y, t):
            self.difference = y - t
            return np.mean(self.difference**2)

        def backward(self):
            return 2.0 * self.difference / self.difference.size

    report = check_layer(SquaredError(), X, X[::-1].copy())

    assert "right" == report.verdict, str(report)
    assert ["y"] == [a.name for a in report.arguments]


def test_an_activation_object_with_a_gradient_at_the_input():
    class Tanh:
        def __call__(self, x):
            return np.tanh(x)

        def gradient(self, x):
            return 1.0 - np.tanh(x) ** 2

    pair = pair_of(Tanh(), None, (X,))

    assert not pair.takes_upstream
    np.testing.assert_allclose(pair.gradients(pair.inputs, np.ones_like(X))[0], 1.0 - np.tanh(X) ** 2)


def test_an_upstream_called_x():
    class Tanh:
        def forward(self, x):
            self.y = np.tanh(x)
            return self.y

        def backward(self, x):
            return x * (1.0 - self.y**2)

    report = check_layer(Tanh(), X)

    assert "right" == report.verdict, str(report)


def test_a_style_is_taken_at_its_word():
    as_cache = pair_of(product_and_cache, lambda a, b: (a @ b[1].T, b[0].T @ a), (X, W), style="cache")

    np.testing.assert_array_equal(DX, as_cache.gradients((X, W), V)[0])
    with pytest.raises(ContractError, match='the style "plane" was asked for; expected one of'):
        pair_of(product, lambda dout, x, w: dout, (X, W), style="plane")
    with pytest.raises(ContractError, match='"plain" was asked for, and the backward takes'):
        pair_of(product, lambda dout: dout, (X, W), style="plain")


def test_code_that_hangs_is_stopped_at_its_line():
    def forever(dout, x):
        while True:
            x = x + 0.0

    with pytest.raises(
        TimeLimit, match=r"the backward had not come back after 0.05 seconds, at test_pairs_roles.py:\d+: "
    ):
        pair_of(np.sin, forever, (X,), limit=0.05)


def asleep(seconds, what, before=lambda: None):
    with limited(seconds, what):
        before()
        time.sleep(5.0)


def test_a_time_limit_puts_the_former_timer_back():
    def inner():
        with pytest.raises(TimeLimit, match="the inner"):
            asleep(0.02, "the inner")

    with pytest.raises(TimeLimit, match="the outer"):
        asleep(0.2, "the outer", inner)


def test_a_time_limit_is_not_swallowed():
    """Code that catches everything is interrupted again."""
    caught = []

    def careless():
        try:
            time.sleep(5.0)
        except ValueError as error:
            caught.append(error)

    with pytest.raises(TimeLimit):
        asleep(0.02, "the forward", careless)

    assert 1 == len(caught)


def test_no_time_limit_away_from_the_main_thread():
    with ThreadPoolExecutor() as pool:
        found = pool.submit(
            lambda: pair_of(product, lambda dout, x, w: (dout @ w.T, x.T @ dout), (X, W)).value(X, W)
        ).result()

    np.testing.assert_array_equal(X @ W, found)
