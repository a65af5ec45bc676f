"""Windows and fold: values number by number, one the transpose of the other, a leading axis, and the messages."""

import itertools

import numpy as np
import pytest
from complaints import check_complaint

from autograd_nn import Tensor, ops
from autograd_nn.errors import DtypeError, ShapeError

RNG = np.random.default_rng(1)
SETTINGS = [
    ((7,), (3,), (1,), (1,), (0,)),
    ((7,), (3,), (2,), (2,), (-1,)),
    ((4, 6, 5), (2, 3), (1, 2), (3, 1), (0, 2)),
    ((4, 6, 5), (3, 2), (2, 1), (1, 2), (-1, 1)),
    ((3, 0, 4), (2,), (1,), (1,), (2,)),
]


def looped(shape, size, stride, dilation, axes):
    """(the shape of the windows, {place in the windows: place in x})."""
    axes = [a % len(shape) for a in axes]
    counts = list(shape)
    for a, k, s, d in zip(axes, size, stride, dilation):
        counts[a] = len([i for i in range(0, shape[a], s) if i + (k - 1) * d < shape[a]])
    pairs = {}
    for place in itertools.product(*[range(n) for n in (*counts, *size)]):
        at = list(place[: len(shape)])
        for a, s, d, k in zip(axes, stride, dilation, place[len(shape) :]):
            at[a] = at[a] * s + k * d
        pairs[place] = tuple(at)
    return (*counts, *size), pairs


@pytest.mark.parametrize(("shape", "size", "stride", "dilation", "axes"), SETTINGS)
def test_windows_and_fold_put_every_number_where_it_belongs(shape, size, stride, dilation, axes):
    x = RNG.normal(size=shape)
    cut, pairs = looped(shape, size, stride, dilation, axes)
    w = RNG.normal(size=cut)

    y = ops.windows(x, size, stride, dilation, axes)
    z = ops.fold(w, tuple([shape[a] for a in axes]), stride, dilation, axes)

    expected, folded = np.zeros(cut), np.zeros(shape)
    for place, at in pairs.items():
        expected[place] = x[at]
        folded[at] += w[place]
    np.testing.assert_array_equal(expected, y, strict=True)
    np.testing.assert_allclose(folded, z, rtol=1e-14)


def test_one_number_stands_for_all_axes_and_the_last_axes_are_the_default():
    x = RNG.normal(size=(2, 5, 6))

    one = ops.windows(x, (2, 2), 2, 3)
    two = ops.windows(x, 2, 2, 3, (1, 2))

    assert (2, 1, 2, 2, 2) == one.shape
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(ops.windows(x, (2, 2), (2, 2), (3, 3), (-2, -1)), two)


def test_windows_of_data_are_a_view_that_cannot_be_written():
    x = RNG.normal(size=1000)

    y = ops.windows(x, 500)

    assert np.shares_memory(x, y)
    with pytest.raises(ValueError, match="read-only"):
        y[0, 0] = 1.0


def test_the_memory_of_a_fold_is_in_the_order_of_its_windows():
    w = np.ones((5, 2, 4, 3)).transpose(2, 0, 3, 1)  # in memory: axis 1, windows, axis 0, places

    y = ops.fold(w, 4, 1, 1, -1)

    assert y.strides[1] > y.strides[0] > y.strides[2]
    np.testing.assert_array_equal(np.broadcast_to([1.0, 2.0, 2.0, 1.0], (4, 5, 4)), y)


def test_numpy_finds_sliding_windows_of_a_tensor():
    x = Tensor(np.arange(12.0).reshape(3, 4))

    y = np.lib.stride_tricks.sliding_window_view(x, (2, 2), axis=(0, 1))
    (y * y).sum().backward()

    np.testing.assert_array_equal([[[[0, 1], [4, 5]], [[1, 2], [5, 6]], [[2, 3], [6, 7]]],
                                   [[[4, 5], [8, 9]], [[5, 6], [9, 10]], [[6, 7], [10, 11]]]], y.numpy())  # fmt: skip
    count = np.array([[1, 2, 2, 1], [2, 4, 4, 2], [1, 2, 2, 1]])
    np.testing.assert_array_equal(2.0 * x.numpy() * count, x.grad)


X = np.zeros((3, 4))


@pytest.mark.parametrize(
    ("call", "kind", "happened", "expected", "advice"),
    [
        (lambda: ops.windows(X, 5), ShapeError, "a window of 5 spans 5 numbers", "axis 1 has 4", "help(autograd_nn.ops.windows)"),
        (lambda: ops.windows(X, 2, 1, 4), ShapeError, "a window of 2, 4 apart, spans 5", "axis 1 has 4", "Check the shapes"),
        (lambda: ops.windows(X, 2, 0), ShapeError, "stride is (0,)", "at least 1 for each", "Check the shapes"),
        (lambda: ops.windows(X, 2, 1, 0), ShapeError, "dilation is (0,)", "at least 1 for each", "Check the shapes"),
        (lambda: ops.windows(X, 0), ShapeError, "size is (0,)", "at least 1 for each", "Check the shapes"),
        (lambda: ops.windows(X, (2, 2), axes=(0, 0)), ShapeError, "axes is (0, 0)", "different ones of these", "Check"),
        (lambda: ops.windows(X, 2, axes=2), ShapeError, "axes is (2,) for an array of 2 axes", "different ones", "Check"),
        (lambda: ops.windows(X, (2, 2), (1, 1, 1)), ShapeError, "stride is (1, 1, 1) for the axes (-2, -1)", "for each", "Check"),
        (lambda: ops.windows(X, 2.5), DtypeError, "2.5 is no whole number", "a tuple with one for each axis", "Check"),
        (lambda: ops.fold(X, 7), ShapeError, "there are 3 windows along axis 0", "7 numbers have 4",
         "help(autograd_nn.ops.fold)"),
        (lambda: ops.fold(X, (3, 4)), ShapeError, "2 axes cannot hold 2 that count windows", "inside", "Check the shapes"),
        (lambda: np.lib.stride_tricks.sliding_window_view(Tensor(X), 2), ShapeError, "window_shape=2 and axis=None",
         "a whole number for each axis", "without axis"),
        (lambda: np.lib.stride_tricks.sliding_window_view(Tensor(X), 2, 2), ShapeError, "axis=2 for x of shape (3, 4)",
         "axes from -2 to 1", "Name as many"),
    ],
)  # fmt: skip
def test_windows_that_do_not_fit_are_refused(call, kind, happened, expected, advice):
    check_complaint(call, kind, happened, expected, advice)
