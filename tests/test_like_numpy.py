"""Odd but legal arguments of NumPy's functions: the same result as NumPy gives for plain arrays, and its derivative."""

import numpy as np
import pytest

from autograd_nn import Tensor, jacobian, jvp, ops
from autograd_nn.errors import RuleMissing, ShapeError

X = np.array([[3.0, -1.0, 2.5], [0.5, 4.0, -2.0]])

CALLS = {
    "delete, negative axis": (lambda x: np.delete(x, 1, axis=-1), X),
    "insert, negative place": (lambda x: np.insert(x, -1, 9.0), X[0]),
    "insert, negative axis": (lambda x: np.insert(x, 1, [7.0, 8.0], axis=-1), X),
    "insert, places in any order": (lambda x: np.insert(x, [2, 0, 2], [7.0, 8.0, 9.0]), X[0]),
    "insert, a column of values": (lambda x: np.insert(x, 1, x[:, :1], axis=1), X),
    "insert, a slice of one": (lambda x: np.insert(x, slice(0, 1), x[:, :1], axis=1), X),
    "insert, into nothing": (lambda x: np.insert(x, 0, 1.0), X[0, :0]),
    "diff, none": (lambda x: np.diff(x, 0, prepend=1.0), X),
    "tril of a row": (lambda x: np.tril(x), X[0]),
    "take of nothing": (lambda x: np.take(x, []), X),
    "broadcast_to a size": (lambda x: np.broadcast_to(x, 3), X[0, 0]),
    "reshape as it lies": (lambda x: np.reshape(x, -1, order="A"), np.asfortranarray(X)),
    "ravel as it lies": (lambda x: np.ravel(x, order="K"), np.asfortranarray(np.stack([X, X + 1.0], -1))),
    "ravel of a transpose": (lambda x: np.ravel(x.T, order="K"), X),
    "interp of float32": (lambda x: np.interp(x, [-1.0, 0.0, 0.7], [2.0, -1.0, 3.0], period=1.3), X.astype(np.float32)),
    "piecewise of a number": (lambda x: np.piecewise(x, x < 4.0, [np.exp, 1.0]), X[0, 0]),
    "linspace of unknown ends": (lambda x: np.linspace(x[0], x[1], 4, endpoint=False), X),
    "linspace and its step": (lambda x: np.linspace(2.0, x, 3, retstep=True)[1], X),
    "a block by ix_": (lambda x: x[np.ix_([0, 1], x[0] > 0.0)], X),
    "a grid by ix_": (lambda x: np.multiply(*np.ix_(x[0], x[1])), X),
    "the order of two keys": (lambda x: x[:, np.lexsort((x[0], x[1]))], X),
    "a mask by isclose": (lambda x: np.where(np.isclose(x, 4.0), 0.0, x * x), X),
    "columns beside a mask": (lambda x: np.column_stack([x[0], x[0] > 0.0, [True, False, True]]), X),
    "a copy of a mask": (lambda x: np.where((x > 0.0).copy(), x * x, 0.0), X),
    "choices by a mask": (lambda x: np.choose(x > 0.0, [x, x * x]), X),
    "integers of a mask": (lambda x: np.sum(x * (x > 0.0).astype(int), axis=1), X),
    "a plain array clipped": (lambda x: np.linspace(-3.0, 3.0, 5).clip(x[0, 1], x[0, 2]), X),
    "arguments given as they would be anyway": (
        lambda x: np.quantile(np.sum(x, keepdims=np._NoValue, where=np._NoValue, axis=0), 0.3, weights=None),
        X,
    ),
    "median of no rows": (lambda x: np.median(x, axis=-1), X[:0]),
}


@pytest.mark.parametrize("call", CALLS)
def test_odd_arguments_give_what_numpy_gives(call):
    f, x = CALLS[call]
    x = np.asarray(x)
    expected = f(x)

    actual = f(Tensor(x))

    assert expected.dtype == actual.dtype
    np.testing.assert_allclose(actual.data, expected, rtol=1e-15, atol=1e-14, strict=True)


@pytest.mark.parametrize("call", CALLS)
def test_the_derivatives_of_odd_arguments_are_right_forwards_and_backwards(call):
    f, x = CALLS[call]
    x, h = np.asarray(x, float, order="K"), 1e-5
    direction = np.random.default_rng(0).normal(size=x.shape)
    direction = np.add(direction, 0.0 * x, order="K", out=np.empty_like(x))  # it lies in memory as x does
    expected = (f(x + h * direction) - f(x - h * direction)) / (2.0 * h)

    tangent = jvp(f, (x,), (direction,))[1]
    columns, rows = jacobian(f, mode="forward")(x), jacobian(f, mode="reverse")(x)

    np.testing.assert_allclose(tangent, expected, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(np.tensordot(columns, direction, x.ndim), expected, rtol=1e-8, atol=1e-8)
    np.testing.assert_array_equal(columns, rows)


@pytest.mark.parametrize("name", ["expm1", "log1p", "exp2", "cbrt"])
def test_ufuncs_of_scipy_with_numpys_names_are_numpys(name):
    special = pytest.importorskip("scipy.special")

    actual = getattr(special, name)(Tensor(X[0] + 2.0))

    np.testing.assert_allclose(getattr(special, name)(X[0] + 2.0), actual.data, rtol=1e-15)


@pytest.mark.parametrize(
    "f",
    [
        lambda t: np.nan_to_num(t * np.nan, nan=t),
        lambda t: np.unwrap(t * np.ones(3), period=t),
        lambda t: ops.hardtanh(t, -1.0, t),
        lambda t: ops.polygamma(t, t),
    ],
)
def test_a_tensor_in_the_place_of_a_constant_is_refused_as_its_derivative_would_be_lost(f):
    with pytest.raises(
        RuleMissing, match=r"got a Tensor of shape \(\) as argument \d, a constant, at test_like_numpy\.py"
    ):
        f(Tensor(2.0))


def test_a_condition_may_be_a_tensor_of_numbers():
    np.testing.assert_array_equal([2.0, 0.0, 4.0], ops.where(Tensor([1.0, 0.0, -1.0]), [2.0, 3.0, 4.0], 0.0).data)


def test_a_number_is_not_iterable():
    t = Tensor(1.0)

    assert not np.iterable(t)
    with pytest.raises(TypeError, match=r"a Tensor of no dimensions was iterated over, .*at test_like_numpy\.py"):
        sum(t)


def test_broadcasting_never_drops_an_axis():
    with pytest.raises(ShapeError, match=r"shape \(1, 3\) has more axes than the shape \(3,\)"):
        np.broadcast_to(Tensor(X[:1]), (3,))


def test_ways_of_padding_without_a_rule_name_the_line():
    with pytest.raises(RuleMissing, match=r"mode='linear_ramp' .* at test_like_numpy\.py"):
        np.pad(Tensor(X), 1, mode="linear_ramp", end_values=2.0)
