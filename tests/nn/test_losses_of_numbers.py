"""sse, mae and huber: values by hand, gradients by complex step, ties, the ends of the range, and the messages."""

import math

import numpy as np
import pytest
from loss_checks import REDUCTIONS, check

from autograd_nn import Tensor, grad
from autograd_nn.errors import ShapeError
from autograd_nn.nn.losses import huber, mae, mse, sse

EACH = pytest.mark.parametrize("reduction", REDUCTIONS)
SHAPES = pytest.mark.parametrize("shape", [(4, 3), (5,), (), (1,), (2, 3, 4)])


def magnitude(z):
    return np.where(z.real < 0, -z, z)


@SHAPES
def test_sse(shape):
    x, t, weights = np.random.default_rng(0).standard_normal((3, *shape))

    check(lambda p, t, _: sse(p, t), lambda x, t: (x - t) ** 2, np.asarray(x), np.asarray(t), "sum", weights)


@EACH
@SHAPES
def test_mae(shape, reduction):
    x, t, weights = np.random.default_rng(1).standard_normal((3, *shape))

    check(mae, lambda x, t: magnitude(x - t), np.asarray(x), np.asarray(t), reduction, np.asarray(weights))


@EACH
@SHAPES
@pytest.mark.parametrize("delta", [1.0, 0.3, 7.0])
def test_huber(shape, reduction, delta):
    x, t, weights = 2.0 * np.random.default_rng(2).standard_normal((3, *shape))

    def plain(x, t):
        d = magnitude(x - t)
        return np.where(d.real <= delta, 0.5 * d**2, delta * (d - 0.5 * delta))

    check(huber, plain, np.asarray(x), np.asarray(t), reduction, np.asarray(weights), delta=delta)


def test_values_by_hand():
    x, t = [1.0, -2.0, 3.0, 4.0], [1.0, 1.0, 2.5, 6.0]  # differences 0, -3, 0.5, -2

    assert 0.0 + 9.0 + 0.25 + 4.0 == sse(x, t)
    assert 5.5 / 4 == mae(x, t)
    assert 5.5 == mae(x, t, "sum")
    np.testing.assert_array_equal([0.0, 2.5, 0.125, 1.5], huber(x, t, "none"))
    np.testing.assert_array_equal([0.0, 4.0, 0.125, 2.0], huber(x, t, "none", delta=2.0))
    assert 4.125 / 4 == huber(x, t)


def test_gradients_at_ties_are_those_documented():
    x, t = np.array([1.0, 3.0, 2.0, 0.0]), np.array([1.0, 2.0, 3.0, 1000.0])  # differences 0, delta, -delta, -1000

    np.testing.assert_array_equal([0.0, 1.0, -1.0, -1.0], grad(lambda x: mae(x, t, "sum"))(x))
    np.testing.assert_array_equal([0.0, 1.0, -1.0, -1.0], grad(lambda x: huber(x, t, "sum"))(x))


def test_second_derivative_of_huber_is_that_of_the_parabola_also_at_its_bottom():
    second = grad(lambda x: grad(lambda x: huber(x, np.zeros(3), "sum"))(x).sum())(np.array([0.0, 0.5, 2.0]))

    np.testing.assert_array_equal([1.0, 1.0, 0.0], second)


@pytest.mark.parametrize(("loss", "expected"), [(mae, 1e300), (huber, 1e300)])
def test_large_differences_do_not_overflow(loss, expected):
    x = Tensor([1e300, -1e300])

    y = loss(x, np.zeros(2), "none")
    y.backward(gradient=np.ones(2))

    np.testing.assert_array_equal([expected, expected], y.numpy())
    np.testing.assert_array_equal([1.0, -1.0], x.grad)


def test_float32_stays_and_no_example_costs_nothing_in_a_sum():
    x = Tensor(np.ones((2, 3), np.float32))

    assert {np.dtype(np.float32)} == {f(x, np.zeros((2, 3))).dtype for f in (sse, mae, huber)}
    assert [0.0, 0.0, 0.0] == [sse([], []), mae([], [], "sum"), huber([], [], "sum")]
    assert (0, 3) == huber(np.ones((0, 3)), np.ones((0, 3)), "none").shape


@pytest.mark.parametrize("loss", [mse, sse, mae, huber])
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((np.ones((3, 1)), np.ones(3)), ShapeError, r"prediction has shape \(3, 1\) and target \(3,\), at .* Reshape"),
        (("one", 1.0), TypeError, r"got a str of dtype <U3 as prediction, at .* Convert it first"),
        ((1.0, None), TypeError, r"got a NoneType of dtype object as target, at "),
    ],
)
def test_arguments_that_do_not_fit_are_refused(loss, arguments, error, message):
    with pytest.raises(error, match=rf"{loss.__name__}:? {message}") as caught:
        loss(*arguments)

    assert "test_losses_of_numbers.py:" in str(caught.value)


@pytest.mark.parametrize(
    ("loss", "arguments", "error", "message"),
    [
        (mae, ([], []), ShapeError, r"mae: there are no examples to average over, at .* reduction='sum'"),
        (huber, ([], []), ShapeError, r"huber: there are no examples to average over, at "),
        (mae, (1.0, 1.0, "max"), ValueError, r"mae: reduction is 'max', at .*; expected 'mean', 'sum' or 'none'\. Pass"),
        (huber, (1.0, 1.0, 1.0), ValueError, r"huber: reduction is 1\.0, at "),
        (huber, (1.0, 1.0, "mean", 0.0), ValueError, r"huber got delta=0, at .*; expected a finite number above 0.* delta=1\.0"),
        (huber, (1.0, 1.0, "mean", -2), ValueError, r"huber got delta=-2, at "),
        (huber, (1.0, 1.0, "mean", math.inf), ValueError, r"huber got delta=inf, .* expected a finite number above 0"),
        (huber, (1.0, 1.0, "mean", "1"), TypeError, r"huber got delta='1', of type str, at .* Pass for example delta=1\.0"),
    ],
)  # fmt: skip
def test_options_out_of_range_are_refused(loss, arguments, error, message):
    with pytest.raises(error, match=message):
        loss(*arguments)
