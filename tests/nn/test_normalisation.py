"""Normalisations: values against plain NumPy, statistics of batches in both modes, and the messages."""

import numpy as np
import pytest
from complaints import check_complaint

from autograd_nn import Tensor, grad
from autograd_nn.errors import ShapeError
from autograd_nn.nn.functional import (
    batch_moments,
    batch_norm,
    group_norm,
    instance_norm,
    layer_norm,
    rms_norm,
    running_moments,
)

RNG = np.random.default_rng(1)


def plain(x, axes, eps=1e-5):
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)


@pytest.mark.parametrize(
    ("axis", "sizes"), [(-1, (4,)), (1, (3,)), ((-2, -1), (3, 4)), ((2, 0), (2, 4)), ((0, 1, 2), (2, 3, 4))]
)
def test_layer_norm(axis, sizes):
    x, weight, bias = RNG.normal(size=(2, 3, 4)), RNG.normal(size=sizes), RNG.normal(size=sizes)

    y = layer_norm(Tensor(x), axis, weight, bias)

    axes = (axis,) if isinstance(axis, int) else axis
    shape = [n if i in [a % 3 for a in axes] else 1 for i, n in enumerate(x.shape)]
    np.testing.assert_allclose(plain(x, axes) * weight.reshape(shape) + bias.reshape(shape), y.numpy(), rtol=1e-12)


def test_layer_norm_of_equal_numbers_is_zero_and_has_a_gradient():
    x = np.full((1, 3), 2.0)

    y, d = layer_norm(x), grad(lambda x: layer_norm(x)[0, 0])(x)

    np.testing.assert_array_equal(np.zeros((1, 3)), y)
    np.testing.assert_allclose(np.array([[2.0, -1.0, -1.0]]) / 3.0 / np.sqrt(1e-5), d, rtol=1e-12)


@pytest.mark.parametrize(("dtype", "eps"), [(np.float64, None), (np.float32, None), (np.float64, 0.1)])
def test_rms_norm(dtype, eps):
    x, weight = RNG.normal(size=(2, 3)).astype(dtype), RNG.normal(size=3).astype(dtype)

    y = rms_norm(Tensor(x), weight=weight, eps=eps)

    added = np.finfo(dtype).eps if eps is None else eps
    expected = x / np.sqrt((x**2).mean(-1, keepdims=True) + added) * weight
    np.testing.assert_allclose(expected, y.numpy(), rtol=1e-5 if dtype is np.float32 else 1e-13)
    assert dtype == y.dtype


@pytest.mark.parametrize("places", [(), (4,), (4, 3)])
def test_batch_norm_in_training_uses_the_statistics_of_the_batch(places):
    x, weight, bias = RNG.normal(size=(5, 2, *places)), RNG.normal(size=2), RNG.normal(size=2)

    y = batch_norm(Tensor(x), None, None, weight, bias, training=True)

    axes, shape = (0, *range(2, x.ndim)), (2,) + (1,) * len(places)
    np.testing.assert_allclose(
        plain(x, axes) * weight.reshape(shape) + bias.reshape(shape), y.numpy(), rtol=1e-11, atol=1e-13
    )


@pytest.mark.parametrize("places", [(), (4, 3)])
def test_batch_norm_in_evaluation_uses_the_statistics_given(places):
    x, mean, var = RNG.normal(size=(5, 2, *places)), np.array([0.5, -1.0]), np.array([2.0, 0.25])
    shape = (2,) + (1,) * len(places)

    y = batch_norm(Tensor(x), mean, var, eps=0.5)
    d = grad(lambda x: batch_norm(x, mean, var, eps=0.5).sum())(x)

    expected = (x - mean.reshape(shape)) / np.sqrt(var.reshape(shape) + 0.5)
    np.testing.assert_allclose(expected, y.numpy(), rtol=1e-13)
    np.testing.assert_allclose(np.broadcast_to(1.0 / np.sqrt(var.reshape(shape) + 0.5), x.shape), d, rtol=1e-13)


def test_moments_of_the_batch_given_to_batch_norm_are_differentiated_as_in_training():
    x, g = RNG.normal(size=(4, 2, 3)), RNG.normal(size=(4, 2, 3))

    one = grad(lambda x: (batch_norm(x, training=True) * g).sum())(x)
    two = grad(lambda x: (batch_norm(x, *batch_moments(x)) * g).sum())(x)

    np.testing.assert_allclose(one, two, rtol=1e-10, atol=1e-12)


def test_running_moments_are_a_moving_mean_with_the_variance_of_new_data():
    x = RNG.normal(size=(4, 2, 3))
    mean, var = np.array([1.0, -1.0]), np.array([2.0, 3.0])

    new_mean, new_var = running_moments(mean, var, *batch_moments(Tensor(x)), 12, momentum=0.25)

    columns = np.moveaxis(x, 1, 0).reshape(2, 12)
    np.testing.assert_allclose(0.75 * mean + 0.25 * columns.mean(1), new_mean, rtol=1e-13)
    np.testing.assert_allclose(0.75 * var + 0.25 * columns.var(1, ddof=1), new_var, rtol=1e-13)
    assert (np.ndarray, np.ndarray) == (type(new_mean), type(new_var))
    np.testing.assert_array_equal([1.0, -1.0], mean)  # nothing is changed in place


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_group_norm_and_instance_norm(groups):
    x, weight, bias = RNG.normal(size=(2, 4, 3, 2)), RNG.normal(size=4), RNG.normal(size=4)

    y = group_norm(Tensor(x), groups, weight, bias)
    z = instance_norm(Tensor(x), weight, bias)

    expected = plain(x.reshape(2, groups, -1), (2,)).reshape(x.shape) * weight[:, None, None] + bias[:, None, None]
    np.testing.assert_allclose(expected, y.numpy(), rtol=1e-11, atol=1e-13)
    if groups == 4:
        np.testing.assert_allclose(expected, z.numpy(), rtol=1e-11, atol=1e-13)


X = np.ones((2, 4, 3))


@pytest.mark.parametrize(
    ("call", "kind", "happened", "expected", "advice"),
    [
        (lambda: layer_norm(X, 3), ShapeError, "layer_norm got axis=3 for x of shape (2, 4, 3)", "from -3 to 2", "Name one"),
        (lambda: layer_norm(X, (1, 1)), ShapeError, "axis=(1, 1)", "different axes", "Name one"),
        (lambda: layer_norm(X, 1.5), ShapeError, "axis=1.5", "different axes", "Name one"),
        (lambda: layer_norm(X, -1, np.ones(4)), ShapeError, "weight of shape (4,) for x of shape (2, 4, 3)", "expected (3,)",
         "Reshape it"),
        (lambda: layer_norm(X, eps=-1.0), ValueError, "eps=-1.0", "at least 0", "eps=1e-5"),
        (lambda: batch_norm(X), ShapeError, "batch_norm got no mean or no var", "expects both, (4,) each",
         "training=True for those"),
        (lambda: batch_norm(X, np.ones(3), np.ones(4)), ShapeError, "mean of shape (3,)",
         "(4,), one number for each of the 4 channels", "Reshape it"),
        (lambda: batch_norm(np.ones(3), training=True), ShapeError, "x of shape (3,)", "channels along axis 1", "x[None]"),
        (lambda: running_moments(0.0, 1.0, 0.0, 1.0, 1), ValueError, "count=1", "at least 2", "count=2"),
        (lambda: group_norm(X, 3), ShapeError, "groups=3 for x of shape (2, 4, 3)", "a divisor of its 4 channels",
         "another number"),
        (lambda: instance_norm(X[0]), ShapeError, "x of shape (4, 3)", "(N, C, ...)", "Use layer_norm"),
    ],
)  # fmt: skip
def test_arguments_that_do_not_fit_are_refused(call, kind, happened, expected, advice):
    check_complaint(call, kind, happened, expected, advice)
