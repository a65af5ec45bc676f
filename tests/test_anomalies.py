"""The first nan or inf is found where it is made, and nothing is found where nothing is wrong.  Knows anomaly.py."""

import re

import numpy as np
import pytest

from autograd_nn import Tensor, Value, anomalies, checkpoint, custom, grad, nn, ops
from autograd_nn.errors import OutputError

INF, NAN = np.inf, np.nan
THREE = np.array([1.0, 0.0, 4.0])


def line_of(text):
    """The number of the line of this file that ends with a mark."""
    with open(__file__, encoding="utf-8") as file:
        return next(number for number, line in enumerate(file, 1) if line.rstrip().endswith("# " + text))


class Line(nn.Module):
    def __init__(self, slope):
        self.slope = Tensor(slope)

    def __call__(self, x):
        return self.slope * x


@pytest.mark.parametrize(
    ("xs", "message"),
    [
        ((NAN,), "argument 0 of f holds nan, before"),
        ((np.array([1.0, -INF]),), r"argument 0 of f holds -inf at entry \(1,\)"),
        ((1.0, {"a": [np.array([[1.0, INF]])]}), r"argument 1\['a'\]\[0\] of f holds inf at entry \(0, 1\)"),
        ((Value(NAN),), "argument 0 of f holds nan"),
        ((Tensor([NAN]),), "argument 0 of f holds nan"),
        ((Line([1.0, NAN]),), r"argument 0.slope of f holds nan at entry \(1,\)"),
        (({"m": [Line(INF)]},), r"argument 0\['m'\]\[0\].slope of f holds inf"),
    ],
)
def test_input(xs, message):
    def f(*xs):
        return 1.0

    found = anomalies(f, *xs)

    assert ("input", "") == (found.where, found.operation)
    assert found.message == repr(found)
    assert re.search(message, found.message)


def test_a_captured_tensor():
    weight = Tensor([1.0, NAN], name="weight")
    model = Line([NAN])

    found = anomalies(lambda x: (x * weight).sum(), 1.0)

    assert "input" == found.where
    assert weight is found.node
    assert "a Tensor 'weight' of shape (2,) that the function uses holds nan at entry (1,)" in found.message
    assert model.slope is anomalies(lambda x: model(x).sum(), 1.0).node


def test_forward_with_the_line():
    def f(x):
        y = x * 500.0
        z = np.exp(y)  # overflows
        return (z / 2.0).sum()

    found = anomalies(f, np.array([0.0, 2.0]))

    assert ("forward", "exp") == (found.where, found.operation)
    assert f"test_anomalies.py:{line_of('overflows')}: z = np.exp(y)  # overflows" == found.code
    assert "exp(1000) gave inf at entry (1,)" in found.message
    assert 1000.0 == found.node.args[0][1]


@pytest.mark.parametrize(
    ("f", "x", "operation"),
    [
        (lambda x: np.log(x) * 2.0, 0.0, "log"),
        (lambda x: x.log() * 2.0, Value(0.0), "log"),
        (lambda x: 1.0 / x, np.zeros(3), "divide"),
        (lambda x: x / x, 0.0, "divide"),
        (lambda x: np.sqrt(x), -1.0, "sqrt"),
        (lambda x: np.where(x > 0.0, np.log(x), 0.0), np.array([-1.0, 1.0]), "log"),
        (lambda x: x * 1e308 + x * 1e308, 1.0, "add"),
        (lambda x: np.exp(x), np.float32(100.0), "exp"),
        (lambda x: (x + np.array([0.0, -INF])) * 0.0, np.zeros(2), "multiply"),
        (lambda x: (x - INF) + INF, 1.0, "add"),
        (lambda x: {"fine": x, "bad": [np.log(x)]}, 0.0, "log"),
        (lambda x: checkpoint(lambda x: np.log(x) * 2.0)(x), 0.0, "checkpoint(<lambda>)"),
        (grad(lambda x: np.sqrt(x)), 0.0, "divide"),
    ],
)
def test_forward(f, x, operation):
    found = anomalies(f, x)

    assert ("forward", operation) == (found.where, found.operation)
    assert "test_anomalies.py" in found.code


def test_backward_with_the_line():
    def f(x):
        norm = np.sqrt((x**2).sum())  # no derivative at 0
        return norm * 2.0

    found = anomalies(f, np.zeros(3))

    assert ("backward", "sqrt") == (found.where, found.operation)
    assert f":{line_of('no derivative at 0')}: " in found.code
    assert "the backward pass of sqrt(0) gave inf for argument 0, from the cotangent 2" in found.message


@pytest.mark.parametrize(
    ("f", "x", "operation"),
    [
        (lambda x: np.sqrt(x).sum(), THREE, "sqrt"),
        (lambda x: ops.sqrt(x), Value(0.0), "sqrt"),
        (lambda x: x**0.5, 0.0, "power_constant"),
        (lambda x: np.where(x > 0.0, np.sqrt(x), 0.0), THREE, "sqrt"),
        (lambda t: {"a": t["a"] * 2.0, "b": [np.sqrt(t["b"][0])]}, {"a": 1.0, "b": [0.0]}, "sqrt"),
        (lambda x: (x * 1e200 + 1.0) * 1e200, 0.0, "multiply"),
        (lambda x: custom(lambda x: np.sqrt(x), vjp=(lambda g, y, x: g * 0.5 / y,))(x), 0.0, "<lambda>"),
        (lambda x: checkpoint(lambda x: np.sqrt(x) * 2.0)(x), 0.0, "checkpoint(<lambda>)"),
        (lambda m: np.sqrt(m(np.zeros(2))).sum(), Line(1.0), "sqrt"),
    ],
)
def test_backward(f, x, operation):
    found = anomalies(f, x)

    assert ("backward", operation) == (found.where, found.operation)
    assert "test_anomalies.py" in found.code


def test_finite_cotangents_whose_sum_overflows():
    found = anomalies(lambda x: x * 1.7e308 + x * 1.7e308, 1e-10)

    assert "backward" == found.where
    assert "the cotangents of the leaf" in found.message
    assert "add up to inf, though each of them is finite" in found.message


MASK = np.array([0.0, -INF, 0.0])


@pytest.mark.parametrize(
    ("f", "xs"),
    [
        (lambda x: ops.softmax(x + MASK), (np.zeros(3),)),
        (lambda x: ops.log_softmax(x + MASK)[0], (np.zeros(3),)),
        (lambda x: ops.logsumexp(x + MASK), (np.zeros(3),)),
        (lambda x: ops.softmax(np.where(MASK == 0.0, x, -INF)), (np.zeros(3),)),
        (lambda x: np.exp(x + MASK).sum(), (np.zeros(3),)),
        (lambda x: np.minimum(x, INF), (THREE,)),
    ],
)
def test_masks_are_no_anomaly(f, xs):
    assert anomalies(f, *xs) is None


@pytest.mark.parametrize(
    ("f", "xs"),
    [
        (lambda x: x**3, (3.0,)),
        (lambda x: (x**3).sum(), (np.ones(3),)),
        (lambda x: 3.0, (3.0,)),
        (lambda x: np.array([NAN]), (3.0,)),
        (lambda x: np.argmax(x), (np.ones(3),)),
        (lambda x: [x > 0.0, x], (np.ones(3),)),
        (lambda x: x.sum(), (np.zeros((0, 2)),)),
        (lambda x: (x, x, x * 2.0), (1.0,)),
        (lambda x: x[[0, 0]], (np.arange(3),)),
        (lambda x, n: x * n, (np.ones(2), 3)),
        (lambda x, y: x * y, (Value(2.0), Value(3.0))),
        (lambda x: x, (Tensor(2.0),)),
        (lambda m: m(THREE).sum(), (Line(2.0),)),
        (grad(lambda x: x**3), (0.0,)),
        (grad(grad(lambda x: np.sin(x))), (0.0,)),
        (lambda x: np.sqrt(x * x + 1.0), (0.0,)),
        (lambda x: x, (True,)),
    ],
)
def test_what_works_is_no_anomaly_and_raises_nothing(f, xs):
    assert anomalies(f, *xs) is None


def test_errors_of_the_function_come_through_and_leave_nothing():
    with pytest.raises(ZeroDivisionError):
        anomalies(lambda x: 1 / 0, 1.0)
    with pytest.raises(OutputError, match=r"returned str 'a'"):
        anomalies(lambda x: "a", 1.0)

    assert (Tensor(1.0) * 2.0).where is None  # lines are no longer recorded


def test_a_constant_that_holds_nan():
    target = np.array([1.0, NAN, 3.0])

    found = anomalies(lambda x: np.where(np.isnan(target), 0.0, (x - target) ** 2).sum(), np.ones(3))

    assert ("input", "subtract") == (found.where, found.operation)
    assert "a constant, argument 1 of subtract, holds nan at entry (1,), in test_anomalies.py" in found.message


def test_an_entry_with_nan_is_shown_before_one_with_inf():
    found = anomalies(lambda x: (x - np.array([INF, INF, 0.0])) + np.array([0.0, INF, 0.0]), np.ones(3))

    assert "add(-inf, inf) gave nan at entry (1,)" in found.message
