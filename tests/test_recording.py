"""checkpoint and stop_gradient: the same derivatives with less memory, and none at all.  Knows recording.py."""

import threading
import tracemalloc

import numpy as np
import pytest

from autograd_nn import Tensor, Value, checkpoint, grad, hessian, hvp, jacobian, jvp, nn, stop_gradient, vjp
from autograd_nn.errors import ConstantWarning, InPlaceError, OutputError

X = np.array([0.3, -0.7, 1.2])
W = np.array([[1.0, 2.0, -1.0], [0.5, -3.0, 1.0]])


def plain(x):
    return np.sin(x) * x**2


wrapped = checkpoint(plain)


def both(transform):
    """A derivative of the function with and without checkpoint."""
    return transform(plain), transform(wrapped)


TRANSFORMS = {
    "value": lambda f: f(Tensor(X)).data,
    "gradient": lambda f: grad(lambda x: f(x).sum())(X),
    "jvp": lambda f: jvp(f, (X,), (X + 1.0,))[1],
    "vjp": lambda f: vjp(f, X)[1](X + 1.0)[0],
    "jacobian by rows": lambda f: jacobian(f, mode="reverse")(X),
    "jacobian by columns": lambda f: jacobian(f, mode="forward")(X),
    "hessian": lambda f: hessian(lambda x: f(x).sum())(X),
    "hvp": lambda f: hvp(lambda x: f(x).sum(), X, X + 1.0),
    "reverse over reverse": lambda f: grad(lambda x: (grad(lambda z: f(z).sum())(x) * X).sum())(X),
    "reverse over forward": lambda f: grad(lambda x: jvp(f, (x,), (X,))[1].sum())(X),
    "forward over forward": lambda f: jvp(lambda x: jvp(f, (x,), (X,))[1], (X,), (X,))[1],
    "third": lambda f: jacobian(hessian(lambda x: f(x).sum()))(X),
    "of a number": lambda f: grad(grad(grad(f)))(0.3),
    "through itself": lambda f: grad(lambda x: f(f(x)).sum() + f(x).sum())(X),
}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_checkpoint_changes_no_derivative(name):
    expected, actual = both(TRANSFORMS[name])

    np.testing.assert_allclose(actual, expected, rtol=1e-14)


def test_checkpoint_of_values():
    f, g = (lambda x: x.sin() * x**2), checkpoint(lambda x: x.sin() * x**2)
    v, w = Value(0.3), Value(0.3)

    f(v).backward()
    y = g(w)
    y.backward()

    assert type(y) is Value
    assert pytest.approx(v.grad, rel=1e-15) == w.grad
    assert pytest.approx(grad(grad(f))(Value(0.3)).data) == grad(grad(g))(Value(0.3)).data
    assert type(jvp(g, (w,), (1.0,))[1]) is Value


def gradients(f, weights, x):
    for w in weights:
        w.grad = None
    x = Tensor(x)
    (f(x) ** 2).sum().backward()
    return [x.grad, *[w.grad for w in weights]]


def test_captured_weights_get_their_gradient():
    weight = Tensor(W)

    expected, actual = [
        gradients(f, [weight], X) for f in (lambda x: np.tanh(weight @ x), checkpoint(lambda x: np.tanh(weight @ x)))
    ]

    for e, a in zip(expected, actual):
        np.testing.assert_allclose(a, e)


def test_a_layer_under_checkpoint_and_as_its_argument():
    layer = nn.Dense(3, 2, rng=np.random.default_rng(0), dtype=np.float64)
    weights, x = list(layer.parameters().values()), np.ones((4, 3))

    expected = gradients(layer, weights, x)

    for f in (checkpoint(layer), lambda x: checkpoint(lambda layer, x: layer(x))(layer, x)):
        for e, a in zip(expected, gradients(f, weights, x)):
            np.testing.assert_allclose(a, e)


def test_the_first_layer_of_a_network_is_checkpointed_though_its_input_is_plain():
    layer = nn.Dense(3, 2, rng=np.random.default_rng(0), dtype=np.float64)
    x = np.ones((4, 3))

    y = checkpoint(lambda x: np.tanh(layer(x)))(x)
    (y**2).sum().backward()
    found = [w.grad for w in layer.parameters().values()]

    assert set(layer.parameters().values()) == {
        p for p in y.inputs if p is not None
    }  # one node, its inputs the weights
    for e, a in zip(gradients(lambda x: np.tanh(layer(x)), list(layer.parameters().values()), x)[1:], found):
        np.testing.assert_allclose(a, e)


def test_a_module_that_an_outer_transform_differentiates():
    layer = nn.Dense(3, 2, rng=np.random.default_rng(0), dtype=np.float64)
    x, v = np.ones((4, 3)), {"weight": np.ones((3, 2)), "bias": np.ones(2)}

    def loss(layer):
        return (layer(x) ** 3).sum()

    expected, actual = [hvp(f, layer, v) for f in (loss, lambda layer: checkpoint(loss)(layer))]

    for path in v:
        np.testing.assert_allclose(actual[path], expected[path])


def test_a_variable_of_an_outer_transform_from_outside():
    for order, expected in ((1, 8.0 * 1.5**3), (2, 24.0 * 1.5**2), (3, 48.0 * 1.5)):
        f = lambda w: checkpoint(lambda x: x * w**3)(2.0 * w)
        for _ in range(order):
            f = grad(f)
        assert pytest.approx(expected) == f(1.5)


def test_nested_checkpoints():
    nested = checkpoint(lambda x: checkpoint(lambda z: np.exp(z) * x)(x**2))
    f = lambda x: np.exp(x**2) * x

    for order in (1, 2, 3):
        a, b = f, nested
        for _ in range(order):
            a, b = grad(a), grad(b)
        assert pytest.approx(a(0.5)) == b(0.5)


def test_several_arguments_containers_static_ones_and_keywords():
    f = checkpoint(lambda tree, n, how="sum", *, scale=1.0: getattr(scale * tree["a"] * tree["b"][0] ** n, how)())

    by_a, by_s = grad(lambda a, s: f({"a": a, "b": [a]}, 3, "mean", scale=s), argnums=(0, 1))(X, 2.0)

    np.testing.assert_allclose(2.0 * 4.0 * X**3 / 3.0, by_a)
    assert pytest.approx(np.mean(X**4)) == by_s


def test_a_boolean_tensor_as_argument_carries_no_gradient():
    f = checkpoint(lambda keep, x: np.where(keep, x**2, 0.0).sum())

    np.testing.assert_array_equal(np.where(X > 0.0, 2.0 * X, 0.0), grad(lambda x: f(x > 0.0, x))(X))
    np.testing.assert_array_equal(np.where(X > 0.0, 2.0, 0.0), np.diag(hessian(lambda x: f(x > 0.0, x))(X)))


def test_unused_arguments_the_same_twice_and_results_from_outside():
    assert 2.0 == grad(lambda x: checkpoint(lambda a, b: a * 2.0)(x, x * 3.0))(2.0)
    assert 6.0 == grad(lambda x: checkpoint(lambda a, b: a * b)(x, x))(3.0)
    assert 4.0 == grad(lambda x: checkpoint(lambda z: z)(x) * x)(2.0)
    assert 4.0 == grad(lambda x: checkpoint(lambda z: x)(x * 3.0) * x)(2.0)  # f returns what it did not make


def test_plain_data_is_computed_plainly():
    assert type(wrapped(X)) is np.ndarray
    assert 3.0 == checkpoint(lambda x: 3.0)(1.0)
    assert (1.0, 2.0) == checkpoint(lambda x: (x, 2.0))(1.0)


@pytest.mark.parametrize("result", [None, 3.0, (1.0, 2.0), "text"])
def test_what_cannot_be_checkpointed_is_refused(result):
    with pytest.raises(OutputError, match=r"under checkpoint, at test_recording.py:\d+: .* It must return one Tensor"):
        checkpoint(lambda x: result)(Tensor(1.0))


def test_a_rebound_parameter_is_noticed():
    weight, x = Tensor(2.0), Tensor(3.0)
    y = checkpoint(lambda x: x * weight)(x)
    weight.data = np.array(10.0)

    with pytest.raises(InPlaceError, match=r"a Tensor that it uses was given other data, at test_recording.py"):
        y.backward()


def test_fresh_random_numbers_are_noticed():
    rng = np.random.default_rng(0)

    with pytest.raises(InPlaceError, match=r"gave other numbers when it was evaluated again"):
        grad(checkpoint(lambda x: (x * rng.normal(size=3)).sum()))(X)


def test_a_second_backward_pass_adds_the_same_again():
    x = Tensor(X)
    y = wrapped(x).sum()

    y.backward()
    once = x.grad
    y.backward()

    np.testing.assert_array_equal(2.0 * once, x.grad)


def test_cotangents_that_nobody_asks_for_are_not_kept_between_passes():
    weight = Tensor(2.0)
    f = checkpoint(lambda x: x**2 * weight)

    plainly = jacobian(lambda x: f(x), mode="reverse")(X)  # asks for x alone; weight is left over every time
    y, pull = vjp(lambda x: f(x), X)
    for _ in range(3):
        np.testing.assert_array_equal(4.0 * X, pull(np.ones(3))[0])

    np.testing.assert_array_equal(np.diag(4.0 * X), plainly)
    np.testing.assert_array_equal(2.0 * X**2, y)


def test_a_plain_pass_does_not_spoil_a_recorded_one():
    x, z = Value(3.0), Value(2.0)
    y = checkpoint(lambda x, z: x**2 * z)(x, z)
    recorded = grad(lambda a, b: grad(lambda a, b: checkpoint(lambda x, z: x**2 * z)(a, b), argnums=1)(a, b))(3.0, 2.0)

    y.backward()
    first = x.grad
    y.backward()

    assert (12.0, 24.0, 6.0) == (first, x.grad, recorded)


def deep(f, depth):
    def chain(x):
        for _ in range(depth):
            x = f(x)
        return x.sum()

    return chain


def peak(f, x):
    tracemalloc.start()
    result = grad(f)(x)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return result, most


def test_a_deep_chain_of_large_arrays_needs_less_memory():
    block = lambda x: np.tanh(np.sin(np.tanh(np.sin(np.tanh(np.sin(np.tanh(x)))))))
    x = np.linspace(-1.0, 1.0, 50_000)

    expected, much = peak(deep(block, 12), x)
    actual, less = peak(deep(checkpoint(block), 12), x)

    np.testing.assert_allclose(actual, expected)
    assert less < much / 3.0  # 12 arrays and the 7 of one block, instead of 84


def test_threads_may_pull_the_same_checkpoint_at_once():
    weight = Tensor(W)
    _, pull = vjp(lambda x, z: checkpoint(lambda x, z: np.tanh(weight @ (x * z)))(x, z), X, X + 1.0)
    g, found = np.ones(2), []
    expected = pull(g)
    start = threading.Barrier(4)

    def work():
        start.wait()
        found.extend([pull(g) for _ in range(50)])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 200 == len(found)
    for pair in found:
        np.testing.assert_array_equal(expected, pair)


def test_stop_gradient_is_the_identity_with_derivative_zero():
    assert 3.0 == grad(lambda x: x * stop_gradient(x))(3.0)
    assert (9.0, 3.0) == jvp(lambda x: x * stop_gradient(x), (3.0,), (1.0,))
    assert 6.0 == grad(grad(lambda x: x**2 * stop_gradient(x)))(3.0)
    assert 6.0 == grad(grad(lambda x: x**2 * stop_gradient(x)))(Value(3.0)).data
    with pytest.warns(ConstantWarning):
        assert 0.0 == grad(stop_gradient)(3.0)


def test_stop_gradient_of_containers_and_modules():
    layer = nn.Dense(3, 2, rng=np.random.default_rng(0), dtype=np.float64)
    x = Tensor(np.ones((1, 3)))

    result = grad(lambda t: sum(stop_gradient(t).values()) * t["a"])({"a": 1.0, "b": 2.0})
    stop_gradient(layer)(x).sum().backward()

    assert {"a": 3.0, "b": 0.0} == result
    np.testing.assert_allclose(layer.weight.data.sum(axis=1), x.grad[0])
    assert [None, None] == [w.grad for w in layer.parameters().values()]


def test_stop_gradient_leaves_plain_data_alone_and_a_node_in_the_picture():
    tree = {"a": X, "text": "as it is", "none": None}
    t = Tensor(X)

    assert X is stop_gradient(tree)["a"]
    assert "as it is" == stop_gradient(tree)["text"]
    cut = stop_gradient(t)
    assert (t,) == cut.inputs
    assert "constant" == cut.op.name


def test_the_straight_through_trick():
    rounded = lambda x: x + stop_gradient(np.floor(x + 0.5) - x)

    assert 2.0 == rounded(2.3)
    assert 4.0 == grad(lambda x: rounded(x) ** 2)(2.3)
