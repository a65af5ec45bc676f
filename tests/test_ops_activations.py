"""Activations and the error function: values and slopes against mpmath, at kinks and extremes, and both kernels of erf."""

import math
import warnings

import mpmath
import numpy as np
import pytest

from autograd_nn import Tensor, Value, grad, ops
from autograd_nn.errors import DtypeError

POINTS = np.array(
    [-30.0, -8.0, -5.5, -3.0, -1.28, -0.5, -1e-20, 0.0, 1e-20, 1e-3, 0.4, 0.47, 1.0, 2.5, 4.0, 4.1, 9.0, 30.0]
)


def logistic(x):
    return 1 / (1 + mpmath.exp(-x))


def density(x):
    return mpmath.exp(-x * x / 2) / mpmath.sqrt(2 * mpmath.pi)


def distribution(x):
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def inner(x):
    return 2 * mpmath.sqrt(2 / mpmath.pi) * (x + mpmath.mpf("0.044715") * x**3)


def bell(x):
    return 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-x * x)


EXACT = {  # value and slope, the slope by mpmath's own differences where its formula is long
    ops.erf: (mpmath.erf, bell),
    ops.erfc: (mpmath.erfc, lambda x: -bell(x)),
    ops.silu: (lambda x: x * logistic(x), None),
    ops.mish: (lambda x: x * mpmath.tanh(mpmath.log1p(mpmath.exp(x))), None),
    ops.gelu: (lambda x: x * distribution(x), lambda x: distribution(x) + x * density(x)),
    ops.gelu_tanh: (lambda x: x * (1 + mpmath.tanh(inner(x) / 2)) / 2, None),
    ops.leaky_relu: (lambda x: x if x > 0 else x * mpmath.mpf(0.01), lambda x: 1 if x > 0 else 0.01),
    ops.elu: (lambda x: x if x > 0 else mpmath.expm1(x), lambda x: 1 if x > 0 else mpmath.exp(x)),
}
GATED = (ops.silu, ops.mish, ops.gelu, ops.gelu_tanh)
EACH = pytest.mark.parametrize("op", EXACT, ids=lambda op: op.op.name)


def exact(f, xs):
    with mpmath.workdps(60):
        return np.array([float(f(mpmath.mpf(x))) for x in xs.tolist()])


@EACH
@pytest.mark.parametrize("repeats", [1, 60])  # erf has another kernel from 1000 numbers on
def test_values_and_slopes(op, repeats):
    value, slope = EXACT[op]
    x = np.tile(POINTS, repeats)

    y, d = op(x), grad(lambda x: ops.sum(op(x)))(x)

    with mpmath.workdps(60):
        slope = slope or (lambda x: mpmath.diff(value, x))
        # the tails of the GELUs are e^(-x^2 / 2), so a rounding of x / sqrt(2) counts x^2 times
        np.testing.assert_allclose(
            np.tile(exact(value, POINTS), repeats), y, rtol=3e-13 if "gelu" in op.op.name else 2e-15
        )
        np.testing.assert_allclose(np.tile(exact(slope, POINTS), repeats), d, rtol=3e-13, atol=1e-15)


@pytest.mark.parametrize(("op", "ulps"), [(ops.erf, 5), (ops.erfc, 7)])
def test_error_functions_of_many_numbers_are_as_exact_as_documented(op, ulps):
    rng = np.random.default_rng(0)
    high = 26.0 if op is ops.erfc else 6.0
    x = np.concatenate([rng.uniform(-6.0, high, 1500), rng.uniform(-0.6, 0.6, 500), 10.0 ** rng.uniform(-300, 0, 100)])

    y = op(x)

    with mpmath.workdps(40):
        truth = [EXACT[op][0](mpmath.mpf(v)) for v in x.tolist()]
        errors = [abs(mpmath.mpf(a) - t) / np.spacing(abs(float(t))) for a, t in zip(y.tolist(), truth)]
    assert max(errors) <= ulps


@EACH
def test_many_numbers_and_few_agree_at_every_float(op):
    x = np.array([0.0, -0.0, 5e-324, 0.46875, 4.0, 26.6, 27.3, 40.0, 1000.0, 1e300, np.inf])
    x = np.concatenate([x, -x, [np.nan]])

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        few, many = op(x), op(np.tile(x, 100).reshape(50, -1))
        scalars = [op(v) for v in x.tolist()]

    assert (50, 2 * len(x)) == many.shape
    np.testing.assert_allclose(np.tile(few, 100), many.ravel(), rtol=2e-15, atol=1e-320)
    np.testing.assert_allclose(few, scalars, rtol=2e-15, atol=1e-320)
    assert np.isnan(few[-1])


@pytest.mark.parametrize("op", GATED)
@pytest.mark.parametrize("x", [1000.0, 1e300, math.inf])
def test_gates_are_open_far_above_and_shut_far_below(op, x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for kind in (np.float64, np.float32) if x != 1e300 else (np.float64,):
            t = Tensor(np.array([x, -x], kind))
            y = op(t)
            y.backward(gradient=np.ones(2))
            np.testing.assert_array_equal([x, 0.0], y.numpy())
            np.testing.assert_array_equal([1.0, 0.0], t.grad)
            assert (kind, kind) == (y.dtype, t.grad.dtype)
    assert [x, 0.0] == [op(x), op(-x)]


@EACH
def test_float32_is_right_to_its_own_precision(op):
    x = POINTS[abs(POINTS) < 6].astype(np.float32)

    y, d = op(x), grad(lambda x: ops.sum(op(x)))(x)

    assert (np.float32, np.float32) == (y.dtype, d.dtype)
    np.testing.assert_allclose(exact(EXACT[op][0], x.astype(float)), y, rtol=2e-5 if "gelu" in op.op.name else 1e-6)


def test_kinks_have_the_slopes_that_are_documented():
    x = np.array([-0.0, 0.0])

    np.testing.assert_array_equal([0.25, 0.25], grad(lambda x: ops.sum(ops.leaky_relu(x, 0.25)))(x))
    np.testing.assert_array_equal([0.25, 0.25], grad(lambda x: ops.sum(ops.elu(x, 0.25)))(x))
    np.testing.assert_array_equal([0.0, 0.0], grad(lambda s: ops.sum(ops.leaky_relu(x, s)))(np.ones(2)))
    assert 0.25 == grad(lambda x: ops.leaky_relu(x, 0.25))(0.0)


def test_slopes_of_leaky_relu_and_elu_are_differentiated_and_broadcast():
    x = np.array([[-2.0, 3.0], [-1.0, -4.0]])

    np.testing.assert_array_equal([-3.0, -4.0], grad(lambda s: ops.sum(ops.leaky_relu(x, s)))(np.array([0.1, 0.2])))
    assert pytest.approx(np.expm1(-2) + np.expm1(-1) + np.expm1(-4)) == grad(lambda a: ops.sum(ops.elu(x, a)))(2.0)


def test_elu_does_not_overflow_where_it_is_linear():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        slope = grad(lambda x: ops.sum(ops.elu(x)))(np.array([1000.0, -1000.0, np.inf, -np.inf]))

    np.testing.assert_array_equal([1.0, 0.0, 1.0, 0.0], slope)


def test_step_is_one_at_zero_and_lets_no_gradient_through():
    x = np.array([-1000.0, -5e-324, -0.0, 0.0, 5e-324, np.inf, np.nan])

    np.testing.assert_array_equal([0.0, 0.0, 1.0, 1.0, 1.0, 1.0, np.nan], ops.step(x))
    assert np.float32 == ops.step(x.astype(np.float32)).dtype
    assert [0.0, 1.0] == [ops.step(-1.0), ops.step(0.0)]
    assert 3.0 == grad(lambda x: ops.step(x) + 3.0 * x)(0.5)


@EACH
def test_values_integers_and_zero_dimensions(op):
    v = Value(0.5)

    y = op(v)
    y.backward()

    assert isinstance(y, Value)
    np.testing.assert_allclose(exact(EXACT[op][0], np.array([0.5])), y.data, rtol=1e-15)
    assert np.float64 == op(np.array([1, 2])).dtype
    np.testing.assert_allclose(op(1.0), op(np.float64(1.0)), rtol=2e-15)
    assert () == op(Tensor(1.0)).shape


@pytest.mark.parametrize("op", [ops.erf, ops.erfc, ops.gelu])
def test_error_functions_take_no_complex_numbers(op):
    with pytest.raises(TypeError, match=r"erfc? takes real numbers"):
        op(np.ones(2000, complex))


@EACH
def test_text_is_refused(op):
    with pytest.raises(DtypeError, match=rf"{op.op.name}: got str 'a', at test_ops_activations\.py"):
        op("a")
