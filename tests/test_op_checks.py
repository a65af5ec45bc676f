"""The checks of operations see what they are for: a mistake in a derivative of one order, and not before.  Knows op_checks.py."""

import inspect

import numpy as np
import pytest
from op_checks import CHECKS

from autograd_nn.domain import Interval
from autograd_nn.op import Op, caller

ONE_NUMBER = inspect.signature(lambda x: x)


def operation(array, rule):
    """An elementwise operation outside of the registry."""
    op = Op(
        name=array.__name__, scalar=None, array=array, vjps=(rule,), source="", latex="", domain=(Interval(-2.0, 2.0),)
    )
    op.function = caller(op, ONE_NUMBER)
    return op


def sine_wrong_in_derivative(order):
    """sin, cos, -sin, ... each differentiated by the next; the derivative of this order has a factor of 1.01."""
    arrays = [np.sin, np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x)]
    following = operation(np.sin, lambda g, y, x: g * 0.0)  # never reached
    for k in (3, 2, 1, 0):
        factor = 1.01 if k + 1 == order else 1.0
        following = operation(arrays[k], lambda g, y, x, f=following, factor=factor: g * f.function(x) * factor)
    return following


@pytest.mark.parametrize(("order", "blind", "seeing"), [
    (1, [], "reverse"), (2, ["reverse", "forward"], "second order"), (3, ["reverse", "forward", "second order"], "third order"),
])  # fmt: skip
def test_a_mistake_is_seen_by_the_check_of_its_order(order, blind, seeing):
    op, checks = sine_wrong_in_derivative(order), CHECKS["differentiable"]

    for name in blind:
        checks[name](op)
    with pytest.raises(AssertionError):
        checks[seeing](op)


@pytest.mark.parametrize("name", ["reverse", "forward", "second order", "third order", "trees"])
def test_a_right_operation_passes(name):
    CHECKS["differentiable"][name](sine_wrong_in_derivative(None))
