"""taylor_test and dot_product_test: orders of convergence, and pairs of adjoint functions."""

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.check import GradientError, dot_product_test, taylor_test
from autograd_nn.errors import NonScalarError, ShapeError

X = np.random.default_rng(5).normal(size=5)
A = np.random.default_rng(6).normal(size=(3, 4))


def f(x):
    return np.sum(np.exp(np.sin(x)))


def gradient(x):
    return np.exp(np.sin(x)) * np.cos(x)


def product(x, d):
    return np.exp(np.sin(x)) * (np.cos(x) ** 2 - np.sin(x)) * d


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_a_right_gradient_has_order_2_at_every_scale(scale):
    result = taylor_test(lambda x: f(x / scale), scale * X, lambda x: gradient(x / scale) / scale)

    assert pytest.approx([2.0] * 4, abs=0.1) == result.orders
    assert "right" == result.verdict
    result.assert_right()


@pytest.mark.parametrize("error", [1.0, 1e-2, 1e-4, 1e-5])
def test_a_wrong_gradient_has_order_1(error):
    result = taylor_test(f, X, lambda x: (1.0 + error) * gradient(x))

    assert "wrong" == result.verdict, str(result)
    assert 1.3 > min(result.orders)
    with pytest.raises(GradientError, match="the gradient is not that of f"):
        result.assert_right()


def test_with_the_second_derivative_the_order_is_3():
    right = taylor_test(f, X, gradient, second=product)
    wrong = taylor_test(f, X, gradient, second=lambda x, d: 1.01 * product(x, d))
    worse = taylor_test(f, X, -gradient(X), second=product)

    assert pytest.approx([3.0] * 4, abs=0.1) == right.orders
    assert ("wrong", "wrong") == (wrong.verdict, worse.verdict)
    assert "the second derivative is not that of f" in str(wrong)
    assert "the gradient is not that of f" in str(worse)


@pytest.mark.parametrize(("function", "x"), [
    (f, X), (lambda x: np.sin(x), X), (lambda p: (p["a"] @ p["a"]) * p["b"], {"a": X, "b": 2.0}), (lambda x: x**3, 2.0),
    (lambda t: t.at[0].set(2.0).sum() * t.sum(), ag.Tensor(X)),
])  # fmt: skip
def test_the_derivatives_of_this_library_are_right(function, x):
    assert taylor_test(function, x)
    assert taylor_test(function, x, second=True)


def test_a_linear_function_has_no_remainder():
    right, wrong = [taylor_test(lambda x: 3.0 * np.sum(x), X, c * np.ones(5)) for c in (3.0, 2.0)]

    assert (np.inf,) * 4 == right.orders
    assert ("right", "wrong") == (right.verdict, wrong.verdict)
    assert "exact" in str(right)


@pytest.mark.parametrize(("function", "x", "g"), [
    (lambda x: np.sum(np.abs(x)), np.array([0.0, 1.0]), np.ones(2)),
    (lambda x: np.sum(np.abs(x) ** 1.5), np.zeros(2), np.zeros(2)),
    (lambda x: np.sum(np.floor(x)), X, np.zeros(5)),
])  # fmt: skip
def test_kinks_and_jumps_are_not_judged(function, x, g):
    assert "cannot tell" == taylor_test(function, x, g).verdict


def test_a_table_of_directions():
    lines = str(taylor_test(f, X, gradient, directions=3)).splitlines()

    assert "f: right" == lines[0]
    assert ["1", "2", "3"] == [line.split()[0] for line in lines[2:]]
    assert all(["2.00" in line for line in lines[2:]])


def test_wrong_arguments_of_taylor_test_are_errors():
    with pytest.raises(NonScalarError, match="gives 5 numbers"):
        taylor_test(np.sin, X, np.cos)
    with pytest.raises(ShapeError, match=r"\(3,\)"):
        taylor_test(f, X, np.ones(3))


PAIRS = {
    "a matrix": (lambda u: A @ u, lambda v: A.T @ v, (4,)),
    "in float32": (lambda u: A.astype(np.float32) @ u, lambda v: A.T.astype(np.float32) @ v, np.zeros(4, np.float32)),
    "at 1e-8": (lambda u: 1e-8 * (A @ u), lambda v: 1e-8 * (A.T @ v), (4,)),
    "a transform": (np.fft.fft, lambda v: 8.0 * np.fft.ifft(v), np.zeros(8, complex)),
    "a cumulative sum": (np.cumsum, lambda v: np.cumsum(v[::-1])[::-1], 7),
    "zeros": (lambda u: 0.0 * u, lambda v: 0.0 * v, 3),
}


@pytest.mark.parametrize("name", PAIRS)
def test_adjoint_functions_are_adjoint(name):
    result = dot_product_test(*PAIRS[name])

    assert "right" == result.verdict, str(result)
    assert max(result.defects) <= max(result.bounds) < 1e-3
    result.assert_right()


@pytest.mark.parametrize(("apply", "adjoint", "u", "factor", "piece"), [
    (lambda u: A @ u, lambda v: -A.T @ v, 4, -1.0, "-1 times"),
    (lambda u: A @ u, lambda v: A.T @ v / 4.0, 4, 0.25, "0.25 times"),
    (np.fft.fft, np.fft.ifft, np.zeros(8, complex), 0.125, "0.125 times"),
    (np.cumsum, np.cumsum, 7, None, "another one"),
    (lambda u: A @ u, lambda v: A.T @ v + 1e-9 * np.sum(v), 4, None, "another one"),
    (lambda u: A @ u + 1.0, lambda v: A.T @ v, 4, None, "not linear"),
])  # fmt: skip
def test_functions_that_are_not_adjoint(apply, adjoint, u, factor, piece):
    result = dot_product_test(apply, adjoint, u)

    assert "wrong" == result.verdict
    assert factor == (result.factor and pytest.approx(result.factor))
    assert piece in str(result)
    with pytest.raises(GradientError):
        result.assert_right()


def test_both_modes_of_this_library_are_adjoint():
    assert dot_product_test(lambda x: np.tanh(A @ x), np.ones(4))


def test_infinities_are_not_judged():
    assert "cannot tell" == dot_product_test(lambda u: u / 0.0, lambda v: v, 3).verdict


def test_wrong_arguments_of_dot_product_test_are_errors():
    with pytest.raises(ShapeError, match="missing transpose"):
        dot_product_test(lambda u: A @ u, lambda v: A @ A.T @ v, 4)
    with pytest.raises(TypeError, match="its shape"):
        dot_product_test(lambda u: A @ u, lambda v: A.T @ v)
