"""Logarithms that do not overflow or cancel, and the tails of the normal distribution: values and slopes against mpmath."""

import math
import warnings

import mpmath
import numpy as np
import pytest

from autograd_nn import Tensor, grad, ops, vjp

TAILS = [-1e4, -1000.0, -100.0, -38.0, -20.0, -5.0, -1.5, -1.0, -0.999, -0.3, 0.0, 0.3, 1.0, 5.0, 8.0]
ODDS = [
    1e-300,
    1e-10,
    0.1,
    0.2499,
    0.25,
    0.3,
    0.49999,
    0.5,
    0.5000001,
    0.6,
    0.75,
    0.7500001,
    0.9,
    1.0 - 1e-10,
    1.0 - 2.0**-53,
]
BELLS = [-26.0, -5.0, -1.0, 0.0, 1e-20, 0.3, 0.46, 0.47, 1.0, 3.9, 4.0, 4.1, 10.0, 100.0]


def below(x):
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def density(x):
    return mpmath.exp(-x * x / 2) / mpmath.sqrt(2 * mpmath.pi)


def scaled(x):
    return mpmath.exp(x * x) * mpmath.erfc(x)


EXACT = {  # numbers, value, slope
    ops.log_sigmoid: (
        [*TAILS, 40.0, 700.0],
        lambda x: -mpmath.log1p(mpmath.exp(-x)),
        lambda x: 1 / (1 + mpmath.exp(x)),
    ),
    ops.logit: (ODDS, lambda x: mpmath.log(x / (1 - x)), lambda x: 1 / (x * (1 - x))),
    ops.entr: ([1e-300, 0.2, 1.0 - 1e-12, 3.0], lambda x: -x * mpmath.log(x), lambda x: -1 - mpmath.log(x)),
    ops.log_ndtr: (TAILS, lambda x: mpmath.log(below(x)), lambda x: density(x) / below(x)),
    ops.erfcx: (BELLS, scaled, None),  # the slope, which cancels, has a test of its own
}


def exact(f, xs):
    with mpmath.workdps(100):
        return np.array([float(f(mpmath.mpf(x))) for x in xs])


@pytest.mark.parametrize("op", EXACT, ids=lambda op: op.op.name)
def test_values_and_slopes_keep_their_relative_precision(op):
    numbers, value, slope = EXACT[op]
    x = np.array(numbers)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y, scalars = op(x), [op(v) for v in numbers]
        d = grad(lambda x: ops.sum(op(x)))(x)

    # the lower tail of a normal distribution is e^(-x^2/2), so a rounding of x / sqrt(2) counts x^2 times where it is added to 1
    tolerance = 1e-14 if op is ops.log_ndtr else 2e-15
    np.testing.assert_allclose(exact(value, numbers), y, rtol=tolerance)
    np.testing.assert_allclose(exact(value, numbers), scalars, rtol=tolerance)
    if slope is not None:
        np.testing.assert_allclose(exact(slope, numbers), d, rtol=tolerance)


def test_the_normal_distribution_in_both_tails():
    x = np.array([-37.0, -20.0, -8.0, -1.0, 0.0, 1.0, 8.0])

    y, d = ops.ndtr(x), grad(lambda x: ops.sum(ops.ndtr(x)))(x)

    np.testing.assert_allclose(exact(below, x), y, rtol=2e-13)
    np.testing.assert_allclose(exact(density, x), d, rtol=2e-13)


def test_the_slope_of_erfcx_is_right_to_x_squared_roundings():
    x = np.array(BELLS)
    slope = exact(lambda x: 2 * x * scaled(x) - 2 / mpmath.sqrt(mpmath.pi), BELLS)

    d = grad(lambda x: ops.sum(ops.erfcx(x)))(x)

    assert (np.abs(d - slope) <= 4e-16 * (1.0 + x * x) * np.abs(slope)).all()


def test_the_second_derivative_of_log_ndtr_in_the_far_tail():
    def hazard(x):
        return density(x) / below(x)

    for x, tolerance in ((-5.0, 1e-14), (-100.0, 2e-12), (-1e4, 2e-8)):
        expected = exact(lambda x: -hazard(x) * (x + hazard(x)), [x])[0]

        assert pytest.approx(expected, rel=tolerance) == grad(grad(ops.log_ndtr))(x)


def test_infinities_have_their_limits():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x = np.array([-np.inf, np.inf, -1e300])
        np.testing.assert_array_equal([-np.inf, 0.0, -np.inf], ops.log_ndtr(x))
        np.testing.assert_array_equal([np.inf, 0.0, np.inf], ops.erfcx(x))
        np.testing.assert_array_equal([-np.inf, 0.0, -1e300], ops.log_sigmoid(x))
        assert [-math.inf, 0.0] == [ops.log_ndtr(-math.inf), ops.log_ndtr(math.inf)]
    assert [-math.inf, math.inf] == [ops.logit(0.0), ops.logit(1.0)]
    assert math.isnan(ops.logit(1.1))
    assert math.isnan(ops.log_ndtr(math.nan))


# Products with logarithms, where a factor is 0


@pytest.mark.parametrize(("f", "edge"), [(ops.xlogy, 0.0), (ops.xlog1py, -1.0)])
def test_nothing_times_the_logarithm_of_nothing_is_nothing(f, edge):
    x, z = np.array([0.0, 0.0, 0.0]), np.array([edge, edge + 2.0, np.nan])

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y, pull = vjp(lambda z: f(x, z), z)
        found = pull(np.ones(3))[0]

    np.testing.assert_array_equal([0.0, 0.0, np.nan], y)
    np.testing.assert_array_equal([0.0, 0.0, np.nan], found)
    assert 0.0 == f(0.0, edge) == grad(lambda z: f(0.0, z))(edge)


def test_derivatives_of_xlogy_at_x_0():
    mixed = grad(lambda z: grad(ops.xlogy)(0.0, z))(0.5)

    assert math.log(0.5) == grad(ops.xlogy)(0.0, 0.5)
    assert 2.0 == mixed


def test_a_cross_entropy_with_hard_targets_needs_no_smoothing():
    target, p = np.array([1.0, 0.0, 0.0]), np.array([0.5, 0.5, 0.0])

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        slope = grad(lambda p: -ops.sum(ops.xlogy(target, p)))(p)

    np.testing.assert_array_equal([-2.0, 0.0, 0.0], slope)


def test_relative_entropies_without_overflow_and_outside():
    pairs = [(1e300, 1e-300), (1e-300, 1e300), (0.3, 0.3 + 1e-9), (5.0, 3.0)]
    x, z = np.array(pairs).T
    with mpmath.workdps(50):
        expected = [float(mpmath.mpf(a) * mpmath.log(mpmath.mpf(a) / mpmath.mpf(b))) for a, b in pairs]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_allclose(expected, ops.rel_entr(x, z), rtol=1e-15)
        np.testing.assert_allclose(expected, [ops.rel_entr(*pair) for pair in pairs], rtol=1e-15)
        edges = np.array([0.0, 0.0, -1.0, 1.0, np.nan]), np.array([0.0, 2.0, 1.0, 0.0, 1.0])
        np.testing.assert_array_equal([0.0, 0.0, np.inf, np.inf, np.nan], ops.rel_entr(*edges))
        np.testing.assert_array_equal([0.0, 2.0, np.inf, np.inf, np.nan], ops.kl_div(*edges))
        np.testing.assert_array_equal([0.0, -np.inf, np.nan], ops.entr(np.array([0.0, -1.0, np.nan])))
    assert [0.0, math.inf] == [ops.rel_entr(0.0, 0.0), ops.rel_entr(-1.0, 2.0)]


@pytest.mark.parametrize("f", [ops.xlogy, ops.xlog1py, ops.rel_entr, ops.kl_div, ops.logaddexp, ops.logaddexp2])
def test_a_python_number_leaves_float32_as_it_is(f):
    t = Tensor(np.array([0.25, 0.5], np.float32))

    assert (np.float32, np.float32) == (f(t, 0.75).dtype, f(0.75, t).dtype)
    assert np.float64 == f(np.array([1, 2]), 2).dtype
    assert () == f(Tensor(0.5), 0.5).shape
