"""NumPy's elementwise functions: the calls that record, kinks and extremes, and the derivatives of sinc against mpmath."""

import math
import warnings

import mpmath
import numpy as np
import pytest

from autograd_nn import Tensor, Value, grad, jvp, ops, vjp
from autograd_nn.errors import DtypeError, RuleMissing

X = np.array([-2.75, -1.0, -0.25, 0.5, 1.25, 2.0])

CALLS = {  # a NumPy call on a Tensor, and the operation that it records
    "arctan2": lambda t: np.arctan2(t, 0.5),
    "hypot": lambda t: np.hypot(3.0, t),
    "logaddexp": lambda t: np.logaddexp(0.0, t),
    "logaddexp2": lambda t: np.logaddexp2(t, t),
    "exp2": np.exp2,
    "cbrt": np.cbrt,
    "arcsinh": np.arcsinh,
    "arccosh": lambda t: np.arccosh(t + 5.0),
    "arctanh": lambda t: np.arctanh(t * 0.25),
    "deg2rad": np.radians,
    "rad2deg": np.degrees,
    "sinc": np.sinc,
    "fmax": lambda t: np.fmax(t, np.nan),
    "fmin": lambda t: np.fmin(np.zeros(6), t),
    "copysign": lambda t: np.copysign(t, -1.0),
    "remainder": lambda t: np.mod(t, 0.75),
    "fmod": lambda t: np.fmod(t, 0.75),
    "power_constant": lambda t: np.float_power(t, 2.0),
    "absolute": np.fabs,
    "nan_to_num": lambda t: np.nan_to_num(t, nan=1.0, posinf=2.0),
    "clip": lambda t: np.clip(t, -0.5, a_max=0.5),
    "ldexp": lambda t: np.ldexp(t, 3),
    "divide": lambda t: np.true_divide(t, 2.0),
    "heaviside": lambda t: np.heaviside(t, 0.5),
    "trunc": np.fix,
    "rint": np.rint,
    "round": lambda t: np.round(t, 1),
    "floor_divide": lambda t: np.floor_divide(t, 0.75),
    "signbit": np.signbit,
    "isinf": np.isinf,
    "isposinf": np.isposinf,
    "isneginf": np.isneginf,
    "spacing": np.spacing,
    "nextafter": lambda t: np.nextafter(t, 0.0),
    "logical_xor": lambda t: np.logical_xor(t > 0.0, t > 1.0),
}


@pytest.mark.parametrize("name", CALLS)
def test_numpy_calls_are_recorded(name):
    expected = CALLS[name](X)

    y = CALLS[name](Tensor(X))

    assert name == y.op.name
    np.testing.assert_allclose(expected, y.numpy(), rtol=1e-15)


@pytest.mark.parametrize("call", [np.around, lambda t: np.round(t, decimals=0), lambda t: np.clip(t, None, None)])
def test_further_names_are_recorded(call):
    y = call(Tensor(X))

    np.testing.assert_array_equal(call(X), y.numpy())
    assert y.op.name in ("positive", "round")


# The derivatives of sinc


def sinc_exactly(x, n):
    """By its power series, with enough digits for its cancellation."""
    with mpmath.workdps(200):
        u, total = mpmath.pi * mpmath.mpf(x), mpmath.mpf(0)
        for k in range((n + 1) // 2, 400):
            total += (-1) ** k * u ** (2 * k - n) / ((2 * k + 1) * mpmath.factorial(2 * k - n))
        return float(mpmath.pi**n * total)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 7, 12, 30])
def test_derivatives_of_sinc_of_every_order_are_exact_near_zero_and_far_away(n):
    x = np.array([0.0, 1e-300, 1e-12, 1e-3, 0.1, 0.3, 0.63, 0.64, 0.95, 1.0, 1.28, 1.6, 2.5, 4.2, 9.0, 10.3, 31.7])
    x = np.concatenate([x, -x])
    expected = np.array([sinc_exactly(v, n) for v in x.tolist()])

    y = ops.sinc_derivative(x, n)
    scalars = [ops.sinc_derivative(v, n) for v in x.tolist()]

    np.testing.assert_allclose(expected, y, rtol=2e-15, atol=2e-16 * math.pi**n)
    np.testing.assert_allclose(expected, scalars, rtol=2e-15, atol=2e-16 * math.pi**n)
    np.testing.assert_allclose(expected[1:4], y[1:4], rtol=2e-15)  # where odd ones are nearly 0


def test_nested_gradients_of_sinc_at_zero():
    first = grad(np.sinc)
    second, third = grad(first), grad(grad(first))

    assert 0.0 == first(0.0) == third(0.0)
    assert pytest.approx(-(math.pi**2) / 3.0, rel=1e-15) == second(0.0)
    assert pytest.approx(math.pi**4 / 5.0, rel=1e-15) == grad(third)(0.0)


@pytest.mark.parametrize("order", [-1, 1.5, "x", None])
def test_an_order_is_a_count(order):
    with pytest.raises((ValueError, TypeError), match=r"sinc_derivative\(.* failed at test_ops_elementwise\.py"):
        ops.sinc_derivative(Tensor(X), order)


# Extremes and origins


def test_slopes_of_a_length_and_an_angle_do_not_overflow_or_underflow():
    for size in (1e200, 1.0, 1e-200):
        x, z = 3.0 * size, 4.0 * size
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            length, angle = grad(np.hypot, argnums=(0, 1))(x, z), grad(np.arctan2, argnums=(0, 1))(x, z)
            np.testing.assert_allclose(0.96, size * grad(grad(lambda x, z=z: np.hypot(x, z)))(x) * 7.5, rtol=1e-14)

        np.testing.assert_allclose((0.6, 0.8), length, rtol=1e-15)
        np.testing.assert_allclose((0.16 / size, -0.12 / size), angle, rtol=1e-15)


@pytest.mark.parametrize("f", [np.hypot, np.arctan2])
def test_the_origin_has_no_direction(f):
    x = np.zeros(3)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first = vjp(f, x, x)[1](np.ones(3))
        second = grad(lambda x: ops.sum(vjp(f, x, x)[1](np.ones(3))[0]))(x)
        _, tangent = jvp(f, (x, x), (np.ones(3), np.ones(3)))

    np.testing.assert_array_equal(np.zeros((2, 3)), first)
    np.testing.assert_array_equal(x, second)
    np.testing.assert_array_equal(x, tangent)
    assert (0.0, 0.0) == grad(f, argnums=(0, 1))(0.0, 0.0)


def test_slopes_of_inverse_hyperbolic_functions_at_extremes():
    near, far = 1.0 + 2.0**-40, 1e200
    with mpmath.workdps(40):
        steep = float(1 / mpmath.sqrt(mpmath.mpf(near) ** 2 - 1)), float(1 / (1 - mpmath.mpf(2.0 - near) ** 2))

    assert pytest.approx(1e-200, rel=1e-15) == grad(np.arcsinh)(far)
    assert pytest.approx(1e-200, rel=1e-15) == grad(np.arccosh)(far)
    assert pytest.approx(steep[0], rel=1e-15) == grad(np.arccosh)(near)
    assert pytest.approx(steep[1], rel=1e-15) == grad(np.arctanh)(2.0 - near)
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        assert math.inf == grad(np.cbrt)(0.0)


# Choices


def test_fmax_and_fmin_pass_the_cotangent_by_a_nan():
    x, z = np.array([1.0, np.nan, np.nan, 2.0]), np.array([np.nan, 1.0, np.nan, 2.0])

    for f in (np.fmax, np.fmin):
        y, pull = vjp(f, x, z)
        np.testing.assert_array_equal([1.0, 1.0, np.nan, 2.0], y)
        np.testing.assert_array_equal([[1.0, 0.0, 0.0, 0.5], [0.0, 1.0, 0.0, 0.5]], pull(np.ones(4)))


def test_clip_at_its_bounds_gives_all_to_x_as_pytorch_does():
    x = np.array([-2.0, -1.0, 0.0, 1.0, 2.0, np.nan])

    y, pull = vjp(np.clip, x, -1.0, 1.0)

    np.testing.assert_array_equal([-1.0, -1.0, 0.0, 1.0, 1.0, np.nan], y)
    d, low, high = pull(np.ones(6))
    np.testing.assert_array_equal([0.0, 1.0, 1.0, 1.0, 0.0, 1.0], d)
    assert (1.0, 1.0) == (low, high)


def test_clip_with_crossed_bounds_is_the_upper_one():
    y, pull = vjp(np.clip, np.array([-2.0, 0.0, 2.0]), np.ones(3), -np.ones(3))

    np.testing.assert_array_equal(-np.ones(3), y)
    np.testing.assert_array_equal([np.zeros(3), np.zeros(3), np.ones(3)], pull(np.ones(3)))


@pytest.mark.parametrize(("bounds", "expected"), [
    ({"min": 0.0}, [0.0, 0.0, 1.0]), ({"a_min": None, "a_max": 0.0}, [1.0, 1.0, 0.0]),
    ({"min": 0.0, "max": 1.0}, [0.0, 0.0, 0.0]), ({"max": [-3.0, 0.0, 3.0]}, [0.0, 1.0, 1.0]),
])  # fmt: skip
def test_clip_takes_one_bound_numpys_other_names_and_lists(bounds, expected):
    x = np.array([-2.0, -1.0, 2.0])

    assert expected == grad(lambda x: ops.sum(np.clip(x, **bounds)))(x).tolist()
    np.testing.assert_array_equal(np.clip(x, **bounds), np.clip(Tensor(x), **bounds).numpy())


def test_clip_keeps_float32_beside_python_numbers():
    y, pull = vjp(lambda x: np.clip(x, 0.0, 1), X.astype(np.float32))

    assert (np.float32, np.float32) == (y.dtype, pull(y)[0].dtype)


def test_clip_refuses_a_bound_given_twice():
    with pytest.raises(TypeError, match=r"clip got a bound twice, at test_ops_elementwise\.py.*Pass each of them once"):
        np.clip(Tensor(X), 0.0, 1.0, min=0.5)


def test_nan_to_num_replaces_by_the_largest_of_the_dtype_and_stops_the_cotangent_there():
    x = np.array([np.nan, np.inf, -np.inf, 2.0], np.float32)
    largest = np.finfo(np.float32).max

    y, pull = vjp(np.nan_to_num, x)

    np.testing.assert_array_equal(np.array([0.0, largest, -largest, 2.0], np.float32), y)
    np.testing.assert_array_equal([0.0, 0.0, 0.0, 1.0], pull(np.ones(4))[0])


def test_nan_to_num_takes_no_copy():
    with pytest.raises(
        RuleMissing, match=r"np.nan_to_num with copy= has no derivative rule, at test_ops_elementwise\.py"
    ):
        np.nan_to_num(Tensor(X), copy=False)
    with pytest.raises(DtypeError, match=r"nan=True is no number; NumPy's copy"):
        np.nan_to_num(Tensor(X), True, 5.0)


@pytest.mark.parametrize(("f", "quotients"), [(np.mod, [2.0, -3.0, -3.0, 2.0]), (np.fmod, [2.0, -2.0, -2.0, 2.0])])
def test_remainders_differentiate_the_divisor_by_minus_the_quotient(f, quotients):
    x, z = np.array([7.0, -7.0, 7.0, -7.0]), np.array([3.0, 3.0, -3.0, -3.0])

    _, pull = vjp(f, x, z)

    np.testing.assert_array_equal([np.ones(4), -np.array(quotients)], pull(np.ones(4)))
    assert [-q for q in quotients] == [grad(f, argnums=1)(a, b) for a, b in zip(x.tolist(), z.tolist())]


def test_the_quotient_of_fmod_does_not_suffer_from_the_rounding_of_a_division():
    x, z = 0.5, 0.1  # 0.1 is a little more than a tenth, so it goes 4 times into 0.5; the division rounds to 5
    assert (5.0, 0.09999999999999998) == (x / z, math.fmod(x, z))

    assert -4.0 == grad(np.fmod, argnums=1)(x, z)
    assert -4.0 == grad(np.mod, argnums=1)(x, z)


def test_ldexp_is_right_beyond_the_range_of_a_factor_and_takes_whole_numbers_alone():
    x = np.array([2.0**-1000, 3.0])

    assert [2.0**100] == grad(lambda x: ops.sum(np.ldexp(x, 100)))(x[1:]).tolist()
    assert 2.0**1000 == ops.ldexp(x[0], 2000)
    assert 4.0 == grad(lambda x: ops.ldexp(x, np.int64(2)))(3.0)
    for n in (1.5, Tensor([1.0, 2.0]), np.ones(2)):
        with pytest.raises(DtypeError, match=r"ldexp\(.*a whole number is needed there"):
            np.ldexp(Tensor(x), n)


def test_sums_of_impossible_events_share_the_cotangent():
    x = np.array([-np.inf, -np.inf, 0.0, np.inf])
    z = np.array([-np.inf, 0.0, -np.inf, np.inf])

    for f in (np.logaddexp, np.logaddexp2):
        y, pull = vjp(f, x, z)
        np.testing.assert_array_equal([-np.inf, 0.0, 0.0, np.inf], y)
        np.testing.assert_array_equal([[0.5, 0.0, 1.0, 0.5], [0.5, 1.0, 0.0, 0.5]], pull(np.ones(4)))
        assert (0.5, 0.5) == grad(f, argnums=(0, 1))(-math.inf, -math.inf)


# Roundings


def test_roundings_let_no_gradient_through_and_work_on_values():
    v = Value(-2.5)

    y = np.rint(v) + np.trunc(v) + np.floor_divide(v, 2.0) + np.heaviside(v, 1.0) + ops.round(v, 1) + 3.0 * v
    y.backward()

    assert -2.0 - 2.0 - 2.0 + 0.0 - 2.5 - 7.5 == y.data
    assert 3.0 == v.grad


def test_straight_through_rounding():
    slope = grad(lambda x: ops.sum(np.square(x + ops.constant(np.round(x, 1) - x))))(np.array([0.26, -1.04]))

    np.testing.assert_allclose([0.6, -2.0], slope, rtol=1e-15)
