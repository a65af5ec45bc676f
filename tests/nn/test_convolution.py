"""Convolutions: values against loops in plain Python and against SciPy, transposes, dtypes, and the messages."""

import itertools

import numpy as np
import pytest
from complaints import check_complaint

from autograd_nn import Tensor, vjp
from autograd_nn.errors import MixedError, ShapeError
from autograd_nn.nn.functional import conv1d, conv2d, conv_transpose2d


def looped(x, weight, bias, stride, pads, dilation, groups):
    """A convolution over any number of axes, number by number; pads: (before, after) for each axis."""
    (count, _, *sizes), (filters, part, *kernel) = x.shape, weight.shape
    counts = [(n + sum(p) - d * (k - 1) - 1) // s + 1 for n, p, d, k, s in zip(sizes, pads, dilation, kernel, stride)]
    y = np.zeros((count, filters, *counts))
    for n, o, *place in np.ndindex(y.shape):
        y[(n, o, *place)] = 0.0 if bias is None else bias[o]
        first = o // (filters // groups) * part
        for c, *offset in np.ndindex(part, *kernel):
            at = [i * s + k * d - p[0] for i, s, k, d, p in zip(place, stride, offset, dilation, pads)]
            if all(0 <= a < size for a, size in zip(at, sizes)):
                y[(n, o, *place)] += weight[(o, c, *offset)] * x[(n, first + c, *at)]
    return y


SETTINGS = list(itertools.product(((1, 1), (2, 1)), ((0, 0), (1, 2)), ((1, 1), (1, 2)), (1, 2)))


@pytest.mark.parametrize(("stride", "padding", "dilation", "groups"), SETTINGS)
def test_conv2d_is_the_sum_that_its_formula_says(stride, padding, dilation, groups):
    rng = np.random.default_rng(1)
    x, weight, bias = rng.normal(size=(2, 4, 5, 6)), rng.normal(size=(6, 4 // groups, 2, 3)), rng.normal(size=6)

    y = conv2d(Tensor(x), weight, bias, stride, padding, dilation, groups)

    expected = looped(x, weight, bias, stride, [(p, p) for p in padding], dilation, groups)
    np.testing.assert_allclose(expected, y.numpy(), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("groups", [1, 3])
def test_conv1d_is_the_sum_that_its_formula_says(groups):
    rng = np.random.default_rng(2)
    x, weight = rng.normal(size=(2, 3, 9)), rng.normal(size=(6, 3 // groups, 3))

    y = conv1d(Tensor(x), weight, None, 2, 1, 2, groups)

    np.testing.assert_allclose(looped(x, weight, None, (2,), [(1, 1)], (2,), groups), y.numpy(), rtol=1e-12, atol=1e-13)


def test_conv2d_is_the_correlation_of_scipy():
    signal = pytest.importorskip("scipy.signal")
    rng = np.random.default_rng(3)
    x, weight = rng.normal(size=(7, 8)), rng.normal(size=(3, 2))

    y = conv2d(x[None, None], weight[None, None])

    np.testing.assert_allclose(signal.correlate2d(x, weight, "valid"), y[0, 0], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("kernel", "dilation"), [((3, 3), 1), ((2, 4), 1), ((2, 3), 2), ((1, 1), 1)])
def test_padding_same_keeps_the_size_and_puts_an_odd_zero_at_the_end(kernel, dilation):
    rng = np.random.default_rng(4)
    x, weight = rng.normal(size=(1, 1, 5, 6)), rng.normal(size=(1, 1, *kernel))

    y = conv2d(x, weight, padding="same", dilation=dilation)

    totals = [dilation * (k - 1) for k in kernel]
    pads = [(total // 2, total - total // 2) for total in totals]
    np.testing.assert_allclose(looped(x, weight, None, (1, 1), pads, (dilation,) * 2, 1), y, rtol=1e-12, atol=1e-13)
    assert x.shape == y.shape
    np.testing.assert_array_equal(conv2d(x, weight), conv2d(x, weight, padding="valid"))


@pytest.mark.parametrize(("stride", "padding", "dilation", "groups"), SETTINGS)
def test_conv_transpose2d_is_the_transpose_of_conv2d(stride, padding, dilation, groups):
    rng = np.random.default_rng(5)
    weight = rng.normal(size=(4, 6 // groups, 2, 3))
    large, more = rng.normal(size=(2, 6, 5, 6)), []
    small = looped(large, weight, None, stride, [(p, p) for p in padding], dilation, groups)
    g = rng.normal(size=small.shape)
    for n, p, k, d, s in zip(large.shape[2:], padding, weight.shape[2:], dilation, stride):
        more.append((n + 2 * p - d * (k - 1) - 1) % s)

    y = conv_transpose2d(g, weight, None, stride, padding, more, groups, dilation)

    assert large.shape == y.shape
    np.testing.assert_allclose(np.sum(small * g), np.sum(large * y), rtol=1e-12)  # <A x, g> = <x, A^T g>


def test_conv_transpose2d_lays_multiples_of_the_filter_over_the_result():
    x, weight, bias = (
        np.array([[[[1.0, 2.0]]]]),
        np.array([[[[1.0, 10.0, 100.0]], [[0.0, 1.0, 0.0]]]]),
        np.array([0.5, 0.0]),
    )

    y = conv_transpose2d(x, weight, bias, stride=(1, 2))

    np.testing.assert_array_equal([[[[1.5, 10.5, 102.5, 20.5, 200.5]], [[0.0, 1.0, 0.0, 2.0, 0.0]]]], y)


def test_float32_stays_float32_from_values_to_gradients():
    x, weight, bias = np.ones((2, 3, 4, 4), np.float32), np.ones((2, 3, 3, 3), np.float32), np.ones(2, np.float32)

    y, pull = vjp(conv2d, x, weight, bias)

    assert [np.float32] * 4 == [y.dtype, *[d.dtype for d in pull(np.ones(y.shape))]]


def test_integers_are_images_too_and_an_image_of_the_first_layer_is_a_constant():
    x = np.arange(16).reshape(1, 1, 4, 4)
    weight = Tensor(np.ones((1, 1, 2, 2)))

    y = conv2d(x, weight)
    y.sum().backward()

    np.testing.assert_array_equal([[[[0 + 1 + 4 + 5, 14, 18], [26, 30, 34], [42, 46, 10 + 11 + 14 + 15]]]], y.numpy())
    np.testing.assert_array_equal([[[[45, 54], [81, 90]]]], weight.grad)


X, W = np.ones((2, 3, 8, 8)), np.ones((4, 3, 3, 3))


@pytest.mark.parametrize(
    ("call", "kind", "happened", "expected", "advice"),
    [
        (lambda: conv2d(X[:, :2], W), ShapeError, "conv2d got x of shape (2, 2, 8, 8), weight of shape (4, 3, 3, 3) and groups=1",
         "expected 3 channels in x (axis 1)", "Give x 3 channels, or another weight or groups."),
        (lambda: conv2d(X, W, groups=3), ShapeError, "groups=3", "expected 9 channels in x", "another weight or groups"),
        (lambda: conv2d(X[0], W), ShapeError, "conv2d got x of shape (3, 8, 8)", "expected 4 axes, (N, C, H, W)", "x[None]"),
        (lambda: conv2d(X, W[0]), ShapeError, "weight of shape (3, 3, 3)", "4 axes, (O, C / groups, KH, KW)", "Reshape it"),
        (lambda: conv2d(X, W, np.ones(3)), ShapeError, "bias of shape (3,)", "expected (4,)", "Reshape it"),
        (lambda: conv2d(X[:, :, :2], W), ShapeError, "windows of (3, 3) with dilation=(1, 1), so (3, 3) numbers wide",
         "windows of at least 1 in the (2, 8) numbers", "Pad more"),
        (lambda: conv2d(X, W, dilation=4), ShapeError, "so (9, 9) numbers wide", "(8, 8)", "smaller window"),
        (lambda: conv2d(X, W, stride=0), ValueError, "conv2d got stride=0", "at least 1, or a tuple of 2", "stride=1"),
        (lambda: conv2d(X, W, stride=(1, 2, 3)), ValueError, "stride=(1, 2, 3)", "a tuple of 2", "stride=1"),
        (lambda: conv2d(X, W, stride=1.5), TypeError, "stride=1.5", "a whole number", "stride=1"),
        (lambda: conv2d(X, W, padding=-1), ValueError, "padding=-1", "at least 0", "padding=1"),
        (lambda: conv2d(X, W, padding="full"), ValueError, "padding='full'", "'valid', 'same'", "as numbers"),
        (lambda: conv2d(X, W, stride=2, padding="same"), ValueError, "stride=(2, 2)", "'same' with a stride of 1", "as numbers"),
        (lambda: conv2d([Tensor(1.0)], W), MixedError, "conv2d got a list of nodes as x", "one array or Tensor", "np.stack"),
        (lambda: conv1d(X, W), ShapeError, "conv1d got x of shape", "3 axes, (N, C, L)", "Reshape it"),
        (lambda: conv_transpose2d(X, W), ShapeError, "conv_transpose2d got x of shape (2, 3, 8, 8), weight of shape (4, 3, 3, 3)",
         "as many channels in x (axis 1) as in the weight (axis 0)", "Give x 4 channels"),
        (lambda: conv_transpose2d(X, W[:3], output_padding=1), ValueError, "output_padding=1 with stride=1",
         "less than the stride", "Leave it out"),
        (lambda: conv_transpose2d(X, W[:3], padding=5), ShapeError, "padding=5 for a result of 10 x 10", "leaves nothing",
         "Pad less"),
    ],
)  # fmt: skip
def test_arguments_that_do_not_fit_are_refused(call, kind, happened, expected, advice):
    check_complaint(call, kind, happened, expected, advice)
