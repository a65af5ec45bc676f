"""Sampled functions: interpolation at its points, windows of every length, coordinates that are differentiated, bad arguments."""

from types import SimpleNamespace

import numpy as np
import pytest
from complaints import check_complaint, warned_lines
from op_points import unit_directions, witness

from autograd_nn import Tensor, grad, ops, vjp
from autograd_nn.domain import Interval
from autograd_nn.errors import DetachedWarning, RuleMissing, ShapeError

XP, FP = np.array([0.0, 1.0, 3.0]), np.array([2.0, 5.0, 4.0])  # slopes 3 and -1/2


def by_differences(f, xs, i):
    rule = SimpleNamespace(analytic=False)
    return np.stack([witness(rule, f, xs, i, e) for _, e in unit_directions(xs[i])], -1).reshape(xs[i].shape)


def test_the_slope_at_a_point_is_the_mean_of_both_sides():
    x = np.array([-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0])

    slopes = grad(lambda x: np.sum(np.interp(x, XP, FP)))(x)

    np.testing.assert_allclose(slopes, [0.0, 1.5, 3.0, 1.25, -0.5, -0.25, 0.0])


def test_all_of_the_cotangent_goes_to_a_point_that_is_hit():
    x = np.array([0.0, 1.0, 3.0, 7.0])

    _, by_points, by_heights = vjp(np.interp, x, XP, FP)[1](np.array([1.0, 10.0, 100.0, 1000.0]))

    np.testing.assert_allclose(by_heights, [1.0, 10.0, 1100.0])
    np.testing.assert_allclose(by_points, [-1.5, -12.5, 25.0])  # -slope, by the mean of both sides


def test_where_the_value_jumps_the_slope_is_that_beside_it():
    xp, fp = np.array([0.0, 1.0, 1.0, 2.0]), np.array([0.0, 2.0, 5.0, 6.0])

    slopes = grad(lambda x: np.sum(np.interp(x, xp, fp)))(np.array([0.5, 1.5]))

    np.testing.assert_allclose(slopes, [2.0, 1.0])


def test_infinite_and_missing_numbers_stay_where_they_are():
    x = np.array([-np.inf, np.nan, np.inf, 0.5])

    y, pull = vjp(lambda fp: np.interp(x, XP, fp), FP)

    np.testing.assert_array_equal(np.interp(x, XP, FP), y)
    np.testing.assert_allclose(pull(np.array([1.0, 0.0, 1.0, 1.0]))[0], [1.5, 0.5, 1.0])


@pytest.mark.parametrize("keywords", [{}, {"left": 7.0}, {"left": -1.0, "right": 2.0}, {"period": 4.0}])
def test_interpolation_is_differentiated_by_everything(keywords):
    rng = np.random.default_rng(3)
    x, fp = Interval(-2.0, 5.0, avoid=(-1.0, 0.0, 1.0, 3.0, 4.0)).sample(rng, (2, 4)), rng.normal(size=3)
    xs, weights = [x, XP, fp], rng.normal(size=(2, 4))

    def loss(x, xp, fp):
        return np.sum(weights * np.interp(x, xp, fp, **keywords) ** 2)

    gradients = grad(loss, argnums=(0, 1, 2))(*xs)

    for i, gradient in enumerate(gradients):
        np.testing.assert_allclose(gradient, by_differences(loss, xs, i), rtol=1e-8, atol=1e-9)


def test_the_values_outside_are_differentiated():
    left, right = Tensor(7.0), Tensor(-1.0)

    np.sum(np.interp(Tensor([-2.0, -1.0, 0.5, 9.0]), XP, FP, left=left, right=right)).backward()

    assert (2.0, 1.0) == (left.grad, right.grad)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("f", [np.convolve, np.correlate])
def test_windows_of_every_length(f, mode):
    rng = np.random.default_rng(0)
    for n in range(1, 8):
        for m in range(1, 8):
            a, v = rng.normal(size=n), rng.normal(size=m)

            y, pull = vjp(lambda a, v: f(a, v, mode), a, v)

            expected = f(a, v, mode)
            np.testing.assert_allclose(y, expected, rtol=1e-13, atol=1e-13)
            g = rng.normal(size=expected.size)
            by_a, by_v = pull(g)
            np.testing.assert_allclose(by_a, [g @ f(e, v, mode) for e in np.eye(n)], rtol=1e-12, atol=1e-12)
            np.testing.assert_allclose(by_v, [g @ f(a, e, mode) for e in np.eye(m)], rtol=1e-12, atol=1e-12)


def test_a_number_is_a_sequence_of_one():
    a, v = Tensor(3.0), Tensor([1.0, 2.0])

    y = np.convolve(a, v)

    np.testing.assert_array_equal([3.0, 6.0], y.data)


def test_coordinates_are_differentiated():
    f, x, y = np.array([[1.0, 3.0, 2.0], [0.0, -1.0, 4.0]]), np.array([0.0, 1.5, 2.0]), np.array([0.0, 0.7])
    weights = np.arange(6.0).reshape(2, 3)

    def slopes(f, y, x):
        down, right = np.gradient(f, y, x)
        return np.sum(weights * down * right)

    def area(f, y, x):
        return np.sum(np.trapezoid(f, x) ** 2) + np.sum(np.trapezoid(f, y, axis=0) ** 3)

    for loss in (slopes, area):
        for i, gradient in enumerate(grad(loss, argnums=(0, 1, 2))(f, y, x)):
            np.testing.assert_allclose(gradient, by_differences(loss, [f, y, x], i), rtol=1e-8, atol=1e-9)


def test_the_distance_of_samples_is_differentiated():
    y, dx = np.array([1.0, 3.0, 4.0]), Tensor(0.5)

    np.sum(np.gradient(y, dx)).backward()
    by_slope, dx.grad = dx.grad, None
    np.trapezoid(y, dx=dx).backward()

    np.testing.assert_allclose(by_slope, -(2.0 + 1.5 + 1.0) / 0.25)
    np.testing.assert_allclose(dx.grad, 2.0 + 3.5)


def test_angles_are_unwrapped_in_a_program():
    t = np.array([0.3, 2.8, -2.9, -0.4, 2.0])

    gradient = grad(lambda t: np.sum(np.diff(np.unwrap(t)) ** 2))(t)

    steps = np.diff(np.unwrap(t))
    np.testing.assert_allclose(gradient, 2.0 * (np.append(0.0, steps) - np.append(steps, 0.0)))


def test_a_piece_sees_its_own_numbers_alone():
    x = np.array([-4.0, 9.0, 0.0])

    y, pull = vjp(lambda x: np.piecewise(x, [x < 0, x > 0], [lambda v: -v, np.sqrt]), x)

    np.testing.assert_allclose(y, [4.0, 3.0, 0.0])
    np.testing.assert_allclose(pull(np.ones(3))[0], [-1.0, 1.0 / 6.0, 0.0])


def test_a_function_along_an_axis_may_give_spectra():
    x = np.arange(12.0).reshape(2, 6) ** 1.5

    y = np.apply_along_axis(np.fft.rfft, 1, Tensor(x))

    np.testing.assert_allclose(y.numpy(), np.fft.rfft(x, axis=1), rtol=1e-13, atol=1e-12)


def test_polynomials_of_numpys_other_kinds():
    t = Tensor([1.0, 2.0])

    y, z = np.poly1d([1.0, 0.0, 3.0])(t), np.polynomial.polynomial.polyval(t, [3.0, 0.0, 1.0])
    np.sum(y * z).backward()

    np.testing.assert_allclose(y.data, [4.0, 7.0])
    np.testing.assert_allclose(z.data, [4.0, 7.0])
    np.testing.assert_allclose(t.grad, 2.0 * np.array([4.0, 7.0]) * 2.0 * np.array([1.0, 2.0]))


def test_a_fit_is_linear_in_what_is_fitted():
    x, y = np.array([0.0, 1.0, 2.0, 4.0]), np.array([1.0, 2.0, 0.0, 5.0])

    slopes = grad(lambda y: np.polyfit(x, y, 1)[0])(y)

    np.testing.assert_allclose(slopes, (x - x.mean()) / np.sum((x - x.mean()) ** 2), rtol=1e-12, atol=1e-14)


def test_functions_that_loop_over_numbers_say_that_they_detach():
    t = Tensor([1.0, 2.0])

    def call():
        np.vectorize(lambda v: v * v)(t)
        np.polynomial.polynomial.polyval(2.0, t)

    warned = warned_lines(call, DetachedWarning)

    assert {1, 2} == {line for _, line, _ in warned}
    with pytest.raises(RuleMissing, match="vectorized"):
        np.frompyfunc(lambda v: v * v, 1, 1)(t)


T = Tensor([[1.0, 2.0, 4.0], [0.0, 1.0, 3.0]])
OUT = "is out of bounds for array of dimension 2", "help(autograd_nn.numpy."
ONE_OF_THESE = "Give one of these"
REFUSED = [
    (lambda: np.diff(T, n=-1), "diff got n=-1", "n >= 0 times", "Give a whole number"),
    (lambda: np.diff(T, axis=2), "diff(array of shape (2, 3) float64, 2)", *OUT),
    (lambda: np.trapezoid(T, axis=-3), "trapezoid(array of shape (2, 3) float64, -3)", *OUT),
    (lambda: np.trapezoid(T, [0.0, 1.0]), "x of shape (2,) for y of shape (2, 3)", "one x for each", "Give x of shape"),
    (lambda: np.gradient(T, axis=4), "gradient(array of shape (2, 3) float64, 4)", *OUT),
    (lambda: np.gradient(T, 1.0, 2.0, 3.0), "3 spacings for 2 axes", "one number for all of them", ONE_OF_THESE),
    (lambda: np.gradient(T, [0.0, 1.0], 1.0, 1.0), "3 spacings for 2 axes", "one number for all of them", ONE_OF_THESE),
    (lambda: np.gradient(T, 1.0, [0.0, 1.0]), "coordinates of shape (2,) for axis 1", "one for each sample", "Give shape (3,)"),
    (lambda: np.gradient(T, edge_order=3), "edge_order=3", "It is 1 or 2", ONE_OF_THESE),
    (lambda: np.gradient(T, edge_order=2), "array of shape (2, 3)", "along axis 0 it needs 3 samples", "leave the axis out"),
    (lambda: np.convolve(T, [1.0]), "convolve got a of shape (2, 3)", "two sequences of one dimension", "ravel()"),
    (lambda: np.correlate(T[0], []), "correlate got v of shape (0,)", "two sequences of one dimension", "ravel()"),
    (lambda: np.convolve(T[0], [1.0], "all"), "mode='all'", "'full', 'same', 'valid'", ONE_OF_THESE),
    (lambda: ops.correlate(T[0], np.ones(5)), "5 weights do not fit into 3 numbers", "", "Check the shapes"),
    (lambda: np.interp(T, [0.0, 1.0], [1.0]), "xp of shape (2,) and fp of shape (1,)", "one length", "one by one"),
    (lambda: np.interp(T, [], []), "xp of shape (0,)", "not empty", "one by one"),
    (lambda: np.interp(T, XP, FP, period=0.0), "period=0.0", "one number other than 0", "leave it out"),
    (lambda: np.polyval(T, 1.0), "coefficients of shape (2, 3)", "a sequence of one dimension", "Give a list"),
    (lambda: np.polyder(T[0], -1), "-1 as the order of the derivative", "a whole number >= 0", "Give one"),
    (lambda: np.polyint(T[0], 3, [1.0, 2.0]), "2 constants for 3 integrals", "one for each, or one for all", "Give as many"),
    (lambda: np.vander(T), "coefficients of shape (2, 3)", "a sequence of one dimension", "Give a list"),
    (lambda: np.polyfit([0.0, 1.0], T[0], 1), "x of shape (2,) and y of shape (3,)", "There is one y", "Cut or reshape"),
    (lambda: np.piecewise(T, [T.data[0] > 0], [1.0]), "conditions of shape (3,)", "whether it holds", "[x < 0, x >= 0]"),
    (lambda: np.piecewise(T, [T < 0], [1.0, 2.0, 3.0]), "3 functions for 1 conditions", "There is one for each", "Add or remove"),
    (lambda: np.apply_along_axis(np.sum, 0, Tensor(np.ones((2, 0)))), "shape (2, 0)", "no rows to call", "Give at least one"),
    (lambda: np.apply_over_axes(lambda a, k: a[0, 0], T, 0), "made shape ()", "takes away the axis", "Check the function"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "happened", "expected", "advice"), REFUSED)
def test_bad_arguments(call, happened, expected, advice):
    check_complaint(call, ShapeError, happened, expected, advice)


def test_a_fit_has_no_derivative_by_where_it_is_fitted():
    check_complaint(
        lambda: np.polyfit(T[0], [1.0, 2.0, 3.0], 1),
        RuleMissing,
        "np.polyfit has no derivative rule by x",
        "by y",
        "x.numpy()",
    )
