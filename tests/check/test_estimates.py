"""numerical: derivatives of black boxes lie within their bound, and kinks are told."""

import math

import mpmath
import numpy as np
import pytest

from autograd_nn.check import numerical
from autograd_nn.errors import DtypeError, OutputError

FUNCTIONS = {  # with NumPy, and with mpmath
    "a fast sine": (lambda x: np.sin(50.0 * x), lambda x: mpmath.sin(50 * x)),
    "a bell": (lambda x: np.exp(-x * x), lambda x: mpmath.exp(-x * x)),
    "Runge's": (lambda x: 1.0 / (1.0 + 25.0 * x * x), lambda x: 1 / (1 + 25 * x * x)),
    "tanh": (lambda x: np.tanh(x), mpmath.tanh),
    "a cancelling one": (lambda x: (1.0 - np.cos(x)) / (x * x), lambda x: (1 - mpmath.cos(x)) / (x * x)),
    "softplus": (lambda x: np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0.0), lambda x: mpmath.log(1 + mpmath.exp(x))),
    "powers": (lambda x: x**7 - 2.0 * x**3, lambda x: x**7 - 2 * x**3),
    "almost a kink": (lambda x: np.sqrt(2.0**-10 + x * x), lambda x: mpmath.sqrt(mpmath.mpf(2) ** -10 + x * x)),
    "sin 1/x": (lambda x: np.sin(1.0 / x), lambda x: mpmath.sin(1 / x)),
    "a product": (lambda x: np.exp(np.sin(3.0 * x)) * x, lambda x: mpmath.exp(mpmath.sin(3 * x)) * x),
}


def truth(f, x):
    with mpmath.workdps(150):
        return mpmath.diff(f, mpmath.mpf(x))


@pytest.mark.parametrize("boxed", [False, True], ids=["as it is", "floats alone"])
def test_the_bounds_cover_the_truth_at_1500_points(boxed):
    """Ten functions at three scales, fifty points each; `float` refuses complex numbers, so that differences are alone."""
    counts = {"settled": 0, "covered": 0, "sharp": 0}
    for k, (f, exact) in enumerate(FUNCTIONS.values()):
        for scale in (1e-3, 1.0, 30.0):
            for x in np.random.default_rng(k).uniform(-2.0, 2.0, 50) * scale:
                value, error = numerical((lambda z, f=f: float(f(z))) if boxed else f, float(x))
                if math.isfinite(error):
                    with mpmath.workdps(150):
                        right = truth(exact, float(x))
                        counts["settled"] += 1
                        counts["covered"] += abs(mpmath.mpf(value) - right) <= error
                        counts["sharp"] += error <= 1e-6 * abs(right) + 1e-9

    assert 1400 <= counts["settled"]
    assert 0.999 * counts["settled"] <= counts["covered"]
    assert 0.95 * counts["settled"] <= counts["sharp"]


def test_a_gradient_and_a_jacobian():
    A = np.array([[1.0, 2.0, -1.0], [0.5, 0.0, 4.0]])
    x = np.array([0.3, -2.0, 5.0])

    gradient, error = numerical(lambda x: float(x @ x), x)
    jacobian, bound = numerical(lambda x: np.tanh(A @ x), x)

    assert np.all(np.abs(2.0 * x - gradient) <= error)
    expected = A / np.cosh(A @ x)[:, None] ** 2
    assert np.all(np.abs(expected - jacobian) <= bound)
    assert (2, 3) == jacobian.shape
    assert np.all(bound < 1e-8)


def test_a_matrix_by_a_matrix_has_both_shapes():
    value, error = numerical(lambda x: x.T * 2.0, np.ones((2, 3)))

    expected = 2.0 * np.einsum("jk,il->ijkl", np.eye(2), np.eye(3))  # d y[i, j] / d x[k, l] for y = 2 x^T
    assert (3, 2, 2, 3) == value.shape
    assert np.all(np.abs(expected - value) <= error)


def test_a_kink_has_two_sides_and_no_derivative():
    found = numerical(lambda x: np.abs(x) + x, np.array([0.0, 1.0]))

    assert np.isnan(found.value[0, 0])
    assert np.isinf(found.error[0, 0])
    assert pytest.approx((0.0, 2.0)) == found.kinks[(0, 0)]
    assert [(0, 0)] == list(found.kinks)
    assert "" == found.how[0, 0]


@pytest.mark.parametrize("f", [
    lambda x: float(np.floor(x * 4.0)), lambda x: math.nan, lambda x: float(np.random.default_rng().normal()),
])  # fmt: skip
def test_where_nothing_settles_there_is_no_number(f):
    value, error = numerical(f, 0.5)

    assert math.isnan(value)
    assert math.isinf(error)


def test_a_float_gives_floats_and_f_gets_a_float():
    kinds = []

    def f(x):
        kinds.append(type(x))
        return math.exp(x)

    value, error = numerical(f, 1.0)

    assert {float, complex} >= set(kinds)
    assert float is type(value)
    assert abs(math.e - value) <= error <= 1e-7


def test_a_domain_that_ends_and_a_function_that_changes_its_argument():
    def square(x):
        x *= x
        return x.sum()

    log, _ = numerical(math.log, 1e-5)
    value, error = numerical(square, np.array([1.0, 3.0]))

    assert pytest.approx(1e5, rel=1e-6) == log
    assert np.all(np.abs(np.array([2.0, 6.0]) - value) <= error)


def test_a_function_of_complex_numbers_that_is_not_analytic_is_not_believed():
    value, error = numerical(lambda x: (x * np.conj(x)).real, 1.5)

    assert abs(3.0 - value) <= error <= 1e-7


def test_what_is_no_number_is_an_error():
    with pytest.raises(DtypeError, match="float or an array of floats"):
        numerical(lambda x: x, "text")
    with pytest.raises(OutputError, match="returned str"):
        numerical(lambda x: "text", 1.0)
