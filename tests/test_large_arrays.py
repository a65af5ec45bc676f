"""Kernels that take another way on large arrays, which the generic checks do not reach: against NumPy's plain functions."""

import numpy as np
import pytest

from autograd_nn import grad, ops
from autograd_nn.op import REGISTRY


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("other", [0.0, -0.0, np.nan, -np.inf, 1, "array", "row"])
def test_a_large_choice_is_that_of_numpy_to_the_bit(dtype, other):
    rng = np.random.default_rng(1)
    mask, x = rng.random((50, 100)) < 0.5, rng.normal(size=(50, 100)).astype(dtype)
    x[:, ::7] = np.inf
    z = {"array": x[::-1, ::-1], "row": x[:1]}.get(other, other) if isinstance(other, str) else other

    for args in ((mask, x, z), (mask, z, x), (mask[:, ::-1], x.T.copy().T, z)):
        y, expected = ops.where(*args), np.where(*args)

        assert (expected.dtype, expected.shape) == (y.dtype, y.shape)
        np.testing.assert_array_equal(expected, y)
        np.testing.assert_array_equal(np.signbit(expected), np.signbit(y))


def test_a_large_choice_between_integers_keeps_them():
    mask = np.arange(5000) % 3 == 0

    y = ops.where(mask, np.arange(5000), 7)

    np.testing.assert_array_equal(np.where(mask, np.arange(5000), 7), y)
    assert y.dtype == np.arange(1).dtype


def test_an_infinite_cotangent_is_kept_out_of_large_choices():
    x = np.linspace(-1.0, 1.0, 5000)

    with np.errstate(divide="ignore"):
        expected = np.where(x > 0.0, 1.0 / x, 0.0)
        masked = grad(lambda x: ops.log(ops.where(x > 0.0, x, 0.0)).sum())(x)
        lower = grad(lambda x: ops.log(ops.maximum(x, 0.0)).sum())(x)

    np.testing.assert_array_equal(expected, masked)
    np.testing.assert_array_equal(expected, lower)


def integers(count, size):
    return np.random.default_rng(2).integers(-size, size, count)


@pytest.mark.parametrize(
    ("key", "shape"),
    [
        (integers(300, 40), (40, 8)),
        (integers((20, 30), 40), (40, 8)),
        (integers((10, 5), 9).tolist(), (9, 5, 6)),
        ((slice(None), integers(300, 40)), (8, 40)),
        ((..., integers(300, 40), None), (8, 40)),
        ((integers((5, 7), 9), slice(None, None, 2), integers(7, 11)), (9, 99, 11)),
        ((integers(100, 40),), (40, 30)),
        ((integers(2000, 40), integers(2000, 30)), (40, 30)),
        ((integers(2000, 4), 1), (4, 3)),
    ],
)
def test_many_additions_at_repeated_indices_are_those_of_numpy(key, shape):
    rng = np.random.default_rng(3)
    x = rng.normal(size=np.empty(shape)[key].shape).astype(np.float32)
    expected = np.zeros(shape, np.float32)
    np.add.at(expected, key, x)

    y = ops.scatter(x, key, shape)

    assert y.dtype == np.float32
    np.testing.assert_allclose(expected, y, rtol=1e-5, atol=1e-5)


def test_many_additions_outside_of_the_array_are_refused():
    with pytest.raises(IndexError, match="out of bounds"):
        ops.scatter(np.ones((2000, 2)), np.full(2000, 4), (4, 2))


@pytest.mark.parametrize("values", [2, 500_000])
@pytest.mark.parametrize(("shape", "axis"), [((12_000,), 0), ((40, 300), 1), ((300, 40), 0), ((20, 30, 20), -2)])
def test_the_order_of_many_elements_is_the_stable_one(values, shape, axis):
    rng = np.random.default_rng(4)
    x = rng.integers(0, values, shape).astype(float)
    x.flat[:60:7] = np.nan
    x.flat[100:160:9] = 5.0
    x.flat[200:210:2] = -0.0
    x.flat[201:210:2] = 0.0

    for a in (x, np.asfortranarray(x)):
        np.testing.assert_array_equal(np.argsort(a, axis=axis, kind="stable"), ops.argsort(a, axis))


@pytest.mark.parametrize("name", ["softplus", "logaddexp", "logaddexp2", "log_sigmoid"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logarithms_of_sums_are_those_of_numpy_at_the_edges(name, dtype):
    edges = np.array([-np.inf, -1000.0, -30.0, -1.0, -1e-20, 0.0, 1e-20, 1.0, 30.0, 1000.0, np.inf, np.nan], dtype)
    x, z = np.meshgrid(edges, edges)
    reference = {
        "softplus": lambda x, z: np.logaddexp(x, dtype(0.0)),
        "log_sigmoid": lambda x, z: -np.logaddexp(dtype(0.0), -x),
    }.get(name) or getattr(np, name)
    with np.errstate(invalid="ignore"):
        expected = reference(x, z)

    y = REGISTRY[name].function(*(x, z)[: len(REGISTRY[name].vjps)])

    assert y.dtype == dtype
    np.testing.assert_allclose(expected, y, rtol=4 * np.finfo(dtype).eps)
