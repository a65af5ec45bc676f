"""grad, value_and_grad, vjp and jvp inside each other, on every kind of argument, beside captured nodes, in threads."""

import math
import sys
import threading
from typing import NamedTuple

import mpmath
import numpy as np
import pytest

from autograd_nn import Tensor, Value, grad, jvp, ops, value_and_grad, vjp


def along(f):
    """The derivative by forward mode, as a function."""
    return lambda x: jvp(f, (x,), (1.0,))[1]


# Nesting.


def test_closure_over_outer_node():
    """x * d(x y)/dy = x * x, whose derivative at 3 is 6: the inner call gets floats alone, and must still be recorded."""
    assert 6.0 == grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0)


def test_forward_inside_reverse_over_outer_node():
    """x * d(x y^2)/dy at y = 2 is 4 x^2, whose derivative at 3 is 24."""
    assert 24.0 == grad(lambda x: x * jvp(lambda y: x * y * y, (2.0,), (1.0,))[1])(3.0)


MODES = {"reverse": grad, "forward": along}


@pytest.mark.parametrize("outer", MODES)
@pytest.mark.parametrize("inner", MODES)
def test_every_nesting_over_a_captured_variable(outer, inner):
    """d/dx [x * d(x^2 sin(y) + y^3)/dy at y = x] = d/dx [x^3 cos x + 3 x^3] = 3 x^2 cos x - x^3 sin x + 9 x^2."""

    def f(x):
        return x * MODES[inner](lambda y: x * x * ops.sin(y) + y**3)(x)

    for x in (0.7, -1.3, 2.0):
        expected = 3 * x**2 * math.cos(x) - x**3 * math.sin(x) + 9 * x**2
        assert math.isclose(expected, MODES[outer](f)(x), rel_tol=1e-13)


@pytest.mark.parametrize("outer", MODES)
@pytest.mark.parametrize("inner", MODES)
@pytest.mark.parametrize("x", [0.0, 0.5, -2.0])
def test_every_nesting_of_second_derivatives(outer, inner, x):
    """(x e^x)'' = (x + 2) e^x."""
    second = MODES[outer](MODES[inner](lambda t: t * ops.exp(t)))

    assert math.isclose((x + 2.0) * math.exp(x), second(x), rel_tol=1e-14)


SMOOTH = {
    "sin": (ops.sin, mpmath.sin),
    "exp": (ops.exp, mpmath.exp),
    "tanh": (ops.tanh, mpmath.tanh),
    "cube": (lambda x: x**3, lambda x: x**3),
    "product": (lambda x: x * ops.sin(x) * x, lambda x: x * x * mpmath.sin(x)),
}


@pytest.mark.filterwarnings("ignore::autograd_nn.errors.ConstantWarning")  # the fourth derivative of a cube
@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("x", [0.0, -1.5, 0.8])
@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("kind", [float, Value, np.float64])
def test_higher_derivatives(name, x, order, kind):
    f, exact = SMOOTH[name]
    derivative = f
    for _ in range(order):
        derivative = grad(derivative)

    actual = derivative(kind(x))

    with mpmath.workdps(40):
        expected = float(mpmath.diff(exact, mpmath.mpf(x), order))
    assert type(actual) is kind
    number = actual.data if kind is Value else actual
    assert math.isclose(expected, number, rel_tol=1e-12, abs_tol=1e-12)


def test_four_levels_in_mixed_modes():
    """sin'''' = sin."""
    fourth = grad(along(along(grad(ops.sin))))

    assert math.isclose(math.sin(0.3), fourth(0.3), rel_tol=1e-14)


def test_two_variables_of_three_levels_are_not_confused():
    """d/dx [d/dy [d/dz (x y z + z^2 y) at z = y] at y = x]: inner x y + 2 y^2; then x + 4 y = 5 x; then 5."""

    def level2(x):
        return grad(lambda y: grad(lambda z: x * y * z + z * z * y)(y))(x)

    assert 5.0 == grad(level2)(3.0)


# Kinds of results.


class Pair(NamedTuple):
    w: object
    b: object


def square_sum(x):
    return (x * x).sum() if hasattr(x, "sum") else x * x


@pytest.mark.parametrize(
    ("given", "kind", "dtype"),
    [
        (3.0, float, None),
        (3, float, None),
        (np.float64(3.0), np.float64, np.float64),
        (np.float32(3.0), np.float32, np.float32),
        (np.array(3.0), np.ndarray, np.float64),
        (np.array([3.0, 1.0]), np.ndarray, np.float64),
        (np.array([3.0, 1.0], np.float32), np.ndarray, np.float32),
        (np.array([3, 1]), np.ndarray, np.float64),
        (Tensor([3.0, 1.0]), Tensor, np.float64),
        (Tensor([3.0, 1.0], dtype=np.float32), Tensor, np.float32),
        (Tensor(3.0), Tensor, np.float64),
        (Value(3.0), Value, None),
    ],
)
def test_the_kind_of_the_result_is_the_kind_of_the_argument(given, kind, dtype):
    plain = given.data if isinstance(given, Tensor | Value) else given
    for f, slope in [(square_sum, 2.0 * plain), (lambda x: x.sum() if np.ndim(plain) else +x, 0.0 * plain + 1.0)]:
        by_grad = grad(f)(given)
        value, with_value = value_and_grad(f)(given)
        y, pull = vjp(f, given)
        (by_vjp,) = pull(1.0)

        for d in (by_grad, with_value, by_vjp):
            assert type(d) is kind
            numbers = d.data if isinstance(d, Tensor | Value) else d
            assert dtype is None or numbers.dtype == dtype
            assert np.shape(plain) == np.shape(numbers)
            np.testing.assert_allclose(slope, numbers)
        assert type(value) is type(y) is (kind if kind is not np.ndarray else np.dtype(dtype).type)


def test_several_floats_give_floats():
    value, gradient = value_and_grad(lambda a, b: a * b, argnums=(0, 1))(3.0, 2)
    y, pull = vjp(lambda a, b: (a * b, a), 3.0, 2.0)
    z, dz = jvp(lambda a, b: a * b, (3.0, 2.0), (1.0, 0.0))

    assert (6.0, (2.0, 3.0), (6.0, 3.0), (3.0, 3.0), 6.0, 2.0) == (value, gradient, y, pull((1.0, 1.0)), z, dz)
    assert {float} == {type(x) for x in (value, *gradient, *y, *pull((1.0, 1.0)), z, dz)}


def test_trees_keep_their_structure():
    def f(tree):
        (a, [b]), pair, c = tree
        return a * b + pair.w * pair.b + c.sum()

    gradient = grad(f)([(2.0, [3.0]), Pair(np.float32(4.0), 5.0), np.ones(2)])

    assert [(3.0, [2.0]), Pair(5.0, 4.0)] == gradient[:2]
    kinds = [type(part) for part in (gradient[0], gradient[0][1], gradient[1], gradient[1].w)]
    assert [tuple, list, Pair, np.float32] == kinds
    np.testing.assert_array_equal([1.0, 1.0], gradient[2])


def test_float32_stays_float32_through_everything():
    x = np.array([0.5, 1.5], np.float32)

    def f(t):
        return (np.tanh(t) * 2.0 + np.ones(2) / 3).sum()

    value, gradient = value_and_grad(f)(x)
    _, dy = jvp(lambda t: t * 2.0, (x,), (np.ones(2),))
    second = grad(lambda t: (grad(f)(t) * t).sum())(x)

    assert [np.float32] * 3 == [a.dtype for a in (gradient, dy, second)]
    assert value.dtype in (np.float32, np.float64)  # NumPy's promotion beside the float64 constant


def test_a_function_that_returns_its_argument_unchanged():
    x = np.array([1.0, 2.0])

    y, pull = vjp(lambda t: t, x)
    z, dz = jvp(lambda t: t, (x,), (x,))

    assert 1.0 == grad(lambda t: t)(5.0)
    np.testing.assert_array_equal([7.0, 8.0], pull(np.array([7.0, 8.0]))[0])
    np.testing.assert_array_equal([x, x, x], [y, z, dz])
    assert not np.shares_memory(dz, x)


# Nodes as arguments and as constants.


def test_captured_nodes_of_the_user_are_constants():
    t, v = Tensor([1.0, 2.0]), Value(4.0)

    gradient = grad(lambda x: (x * t).sum())(3.0)
    by_value = grad(lambda x: x * v)(Value(3.0))

    assert (3.0, float) == (gradient, type(gradient))
    assert (4.0, None, 0.0) == (by_value.data, t.grad, v.grad)


def test_a_node_as_argument_gives_a_recorded_result_that_reaches_captured_nodes():
    """d(x^2 w)/dx = 2 x w, so d/dx = 2 w and d/dw = 2 x."""
    for kind in (Tensor, Value):
        x, w = kind(3.0), kind(5.0)

        d = grad(lambda t, w=w: t * t * w)(x)
        d.backward()

        assert (30.0, 10.0, 6.0) == (d.data, x.grad, w.grad)


def test_a_constant_gradient_of_a_node_is_a_node_too():
    for kind in (Tensor, Value):
        x = kind(3.0)
        for d in (grad(lambda t: t * 2.0)(x), vjp(lambda t: t * 2.0, x)[1](1.0)[0]):
            assert type(d) is kind
            (d * x).backward()
        y, dy = jvp(lambda t: t * 2.0, (x,), (1.0,))
        assert kind is type(y) is type(dy)
        assert (4.0, 2.0) == (x.grad, dy.data)


def test_an_old_graph_captured_in_a_new_transform_gives_a_plain_result():
    w = Tensor([1.0, 2.0])
    old = (w * w).sum()

    gradient = grad(lambda x: x * old)(3.0)
    y, dy = jvp(lambda x: x * old, (3.0,), (1.0,))

    assert (5.0, 15.0, 5.0) == (gradient, y, dy)
    assert {float} == {type(gradient), type(y), type(dy)}


def test_a_variable_that_escaped_its_transform_is_an_ordinary_constant_afterwards():
    escaped = []

    def f(x):
        escaped.append(x * x)
        return x * x

    assert 6.0 == grad(f)(3.0)
    result = grad(lambda y: y * escaped[0])(2.0)

    assert (9.0, float) == (result, type(result))


@pytest.mark.parametrize("n", [1, 4])
def test_hessian_by_gradients_of_a_gradient_of_a_tensor(n):
    """f = (x.x)^2 has the Hessian 4 (x.x) I + 8 x x^T."""
    x = np.linspace(-1.0, 2.0, n)

    rows = []
    for i in range(n):
        leaf = Tensor(x)
        grad(lambda t: (t * t).sum() ** 2)(leaf)[i].backward()
        rows.append(leaf.grad)
    nested = [grad(lambda t, i=i: grad(lambda s: (s * s).sum() ** 2)(t)[i])(x) for i in range(n)]

    expected = 4.0 * (x @ x) * np.eye(n) + 8.0 * np.outer(x, x)
    np.testing.assert_allclose(expected, rows, rtol=1e-13)
    np.testing.assert_allclose(expected, nested, rtol=1e-13)


# vjp, jvp and has_aux.


def test_vjp_with_several_outputs_can_be_pulled_twice():
    x = np.array([1.0, 2.0])
    (y, total), pull = vjp(lambda t: (t * t, t.sum()), x)

    first = pull((np.array([1.0, 0.0]), 1.0))[0]
    second = pull((np.array([0.0, 1.0]), 0.0))[0]

    np.testing.assert_array_equal([1.0, 4.0], y)
    assert 3.0 == total
    np.testing.assert_array_equal([3.0, 1.0], first)
    np.testing.assert_array_equal([0.0, 4.0], second)


def test_jvp_over_lists():
    y, dy = jvp(lambda p, q: [p[0] * p[1], p[0] * q], ([2.0, 3.0], 5.0), ([1.0, 0.0], 1.0))

    assert [6.0, 10.0] == y
    assert [3.0, 7.0] == dy


def test_reverse_equals_forward_by_the_dot_product():
    rng = np.random.default_rng(0)
    x, t, g = rng.normal(size=(3, 4)), rng.normal(size=(3, 4)), rng.normal(size=(3, 3))

    def f(a):
        return np.tanh(a) @ np.exp(a).T

    _, dy = jvp(f, (x,), (t,))
    _, pull = vjp(f, x)

    assert math.isclose(np.sum(g * dy), np.sum(pull(g)[0] * t), rel_tol=1e-12)


def test_has_aux_returns_the_extra_as_plain_data():
    (value, extra), gradient = value_and_grad(lambda x: ((x * x).sum(), [x * 2.0, "text", None]), has_aux=True)(
        np.ones(2)
    )

    assert 2.0 == value
    assert (np.ndarray, ["text", None]) == (type(extra[0]), extra[1:])
    np.testing.assert_array_equal([2.0, 2.0], extra[0])
    np.testing.assert_array_equal([2.0, 2.0], gradient)


@pytest.mark.filterwarnings("ignore::autograd_nn.errors.ConstantWarning")
def test_argnums_pick_arguments_from_either_end_and_unused_ones_are_zero():
    def f(a, b, c):
        return a * a + c * 3.0

    assert 3.0 == grad(f, argnums=-1)(1.0, 2.0, 4.0)
    assert (3.0, 2.0, 0.0) == grad(f, argnums=[2, 0, 1])(1.0, 2.0, 4.0)
    assert (2.0,) == grad(f, argnums=(np.int64(0),))(1.0, 2.0, 4.0)
    assert 2.0 == grad(f, argnums=np.int64(0))(1.0, 2.0, 4.0)


# Exceptions and threads leave no trace.


def test_an_exception_inside_leaves_nothing_behind():
    kept = []

    def fails(x):
        kept.append(x)
        raise RuntimeError("inside")

    for transform in (grad(fails), along(fails), along(grad(fails)), grad(grad(fails)), lambda x: vjp(fails, x)):
        with pytest.raises(RuntimeError, match="inside"):
            transform(3.0)

    assert 6.0 == grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0)
    for leaf in kept:  # the raised leaf is an ordinary leaf: usable, and a constant to others
        result = grad(lambda y, leaf=leaf: y * leaf)(2.0)
        assert (3.0, float) == (result, type(result))
    (kept[0] * kept[0]).backward()
    assert 6.0 == kept[0].grad


def test_threads_give_what_one_thread_gives():
    def f(x):
        return x * grad(lambda y: ops.sin(x * y) * x)(x)

    points = [0.1 * k for k in range(40)]
    alone = [grad(f)(x) for x in points]
    together = {}
    start = threading.Barrier(4)

    def work(name):
        start.wait()
        together[name] = [grad(f)(x) for x in points]

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    finally:
        sys.setswitchinterval(interval)

    assert [alone] * 4 == [together[k] for k in range(4)]


def test_a_transform_inside_a_generator_that_is_left_half_way():
    def steps(x):
        yield grad(lambda y: x * y * y)(2.0)
        yield grad(lambda y: x * y)(2.0)

    def f(x):
        generator = steps(x)
        return next(generator) * x  # 4 x * x; the generator is dropped

    assert 24.0 == grad(f)(3.0)
