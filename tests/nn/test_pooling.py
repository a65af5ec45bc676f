"""Pooling: values against loops in plain Python, ties, padding, and the messages."""

import itertools

import numpy as np
import pytest
from complaints import check_complaint

from autograd_nn import Tensor, grad
from autograd_nn.errors import ShapeError
from autograd_nn.nn.functional import adaptive_avg_pool2d, avg_pool1d, avg_pool2d, max_pool1d, max_pool2d


def windows_of(x, kernel, stride, padding, dilation):
    """{place: the numbers of x in the window there}, and the place's shape; over the last axes of x."""
    sizes = x.shape[2:]
    counts = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in zip(sizes, kernel, stride, padding, dilation)]
    found = {}
    for n, c, *place in np.ndindex(*x.shape[:2], *counts):
        inside = []
        for offset in itertools.product(*[range(k) for k in kernel]):
            at = [i * s + o * d - p for i, s, o, d, p in zip(place, stride, offset, dilation, padding)]
            if all(0 <= a < size for a, size in zip(at, sizes)):
                inside.append(x[(n, c, *at)])
        found[(n, c, *place)] = inside
    return found, (*x.shape[:2], *counts)


def filled(shape, numbers):
    y = np.zeros(shape)
    for place, number in numbers.items():
        y[place] = number
    return y


SETTINGS = [((2, 2), None, (0, 0)), ((3, 2), (1, 2), (1, 0)), ((2, 3), (3, 1), (1, 1)), ((1, 1), (2, 2), (0, 0))]


@pytest.mark.parametrize("dilation", [(1, 1), (2, 1)])
@pytest.mark.parametrize(("kernel", "stride", "padding"), SETTINGS)
def test_max_pool2d_is_the_largest_of_each_window(kernel, stride, padding, dilation):
    x = np.random.default_rng(1).normal(size=(2, 3, 5, 6)) - 5.0  # all negative: zeros of a padding would win

    y = max_pool2d(Tensor(x), kernel, stride, padding, dilation)

    found, shape = windows_of(x, kernel, stride or kernel, padding, dilation)
    np.testing.assert_array_equal(filled(shape, {place: max(inside) for place, inside in found.items()}), y.numpy())


@pytest.mark.parametrize("include", [True, False])
@pytest.mark.parametrize(("kernel", "stride", "padding"), SETTINGS)
def test_avg_pool2d_is_the_mean_of_each_window(kernel, stride, padding, include):
    x = np.random.default_rng(2).normal(size=(2, 3, 5, 6))

    y = avg_pool2d(Tensor(x), kernel, stride, padding, include)

    found, shape = windows_of(x, kernel, stride or kernel, padding, (1, 1))
    means = {place: sum(inside) / (np.prod(kernel) if include else len(inside)) for place, inside in found.items()}
    np.testing.assert_allclose(filled(shape, means), y.numpy(), rtol=1e-13, atol=1e-14)


def test_pooling_of_sequences():
    x = np.array([[[1.0, 5.0, 2.0, 4.0, -1.0]]])

    largest, means = max_pool1d(x, 3, 2, 1), avg_pool1d(x, 3, 2, 1)

    np.testing.assert_array_equal([[[5.0, 5.0, 4.0]]], largest)
    np.testing.assert_allclose([[[2.0, 11.0 / 3.0, 1.0]]], means, rtol=1e-15)


def test_a_tie_is_shared_equally_and_an_overlap_adds_up():
    x = np.array([[[[1.0, 7.0, 7.0], [7.0, 0.0, 2.0]]]])

    d = grad(lambda x: max_pool2d(x, 2, 1).sum())(x)

    np.testing.assert_allclose([[[[0.0, 1 / 2 + 1 / 2, 1 / 2], [1 / 2, 0.0, 0.0]]]], d, rtol=1e-15)


def test_the_padding_of_max_pool_takes_no_gradient():
    x = np.full((1, 1, 2, 2), -np.inf)

    d = grad(lambda x: max_pool2d(x, 2, 2, 1).sum())(np.full((1, 1, 2, 2), -3.0))
    y = max_pool2d(x, 2, 2, 1)

    np.testing.assert_array_equal(np.ones((1, 1, 2, 2)), d)
    np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_largest_of_all_shares_in_its_own_dtype_and_that_of_booleans_passes_nothing(dtype):
    x = Tensor(np.array([2.0, 5.0, 5.0], dtype))

    (np.max(x) + np.max(x > 3.0) * 1.0).backward()
    share = np.max(x).op.vjps[0](np.ones((), dtype), np.asarray(5.0, dtype), x.numpy(), None, False)

    np.testing.assert_array_equal(np.array([0.0, 0.5, 0.5], dtype), x.grad, strict=True)
    assert dtype == share.dtype


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, (2, 3), (None, 1), None])
def test_adaptive_avg_pool2d_is_the_mean_of_each_region(size):
    x = np.random.default_rng(3).normal(size=(2, 2, 6, 5))

    y = adaptive_avg_pool2d(Tensor(x), size)

    down, right = [n if m is None else m for n, m in zip((6, 5), size if isinstance(size, tuple) else (size, size))]
    expected = np.zeros((2, 2, down, right))
    for i, j in np.ndindex(down, right):
        rows = slice(int(np.floor(i * 6 / down)), int(np.ceil((i + 1) * 6 / down)))
        columns = slice(int(np.floor(j * 5 / right)), int(np.ceil((j + 1) * 5 / right)))
        expected[:, :, i, j] = x[:, :, rows, columns].mean((2, 3))
    np.testing.assert_allclose(expected, y.numpy(), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("pool", [max_pool2d, avg_pool2d, adaptive_avg_pool2d])
def test_float32_stays_float32(pool):
    x = Tensor(np.ones((1, 2, 4, 4), np.float32))

    y = pool(x, 2)
    y.sum().backward()

    assert np.float32 == y.dtype == x.grad.dtype


X = np.ones((1, 2, 4, 5))


@pytest.mark.parametrize(
    ("call", "kind", "happened", "expected", "advice"),
    [
        (lambda: max_pool2d(X[0], 2), ShapeError, "max_pool2d got x of shape (2, 4, 5)", "4 axes, (N, C, H, W)", "x[None]"),
        (lambda: max_pool2d(X, 5), ShapeError, "windows of (5, 5)", "in the (4, 5) numbers", "Pad more"),
        (lambda: max_pool2d(X, 2, padding=2), ValueError, "padding=(2, 2) with kernel_size=(2, 2)", "at most half", "Pad less"),
        (lambda: max_pool2d(X, 0), ValueError, "kernel_size=0", "at least 1", "kernel_size=1"),
        (lambda: avg_pool2d(X, 2, stride=0), ValueError, "stride=0", "at least 1", "stride=1"),
        (lambda: avg_pool1d(X, 2), ShapeError, "avg_pool1d got x of shape", "(N, C, L)", "Reshape"),
        (lambda: adaptive_avg_pool2d(X, 0), ValueError, "output_size=0", "at least 1, or a tuple of 2", "output_size=1"),
        (lambda: adaptive_avg_pool2d(X, (1, 2, 3)), ValueError, "output_size=(1, 2, 3)", "a tuple of 2", "output_size=1"),
    ],
)  # fmt: skip
def test_arguments_that_do_not_fit_are_refused(call, kind, happened, expected, advice):
    check_complaint(call, kind, happened, expected, advice)
