"""micrograd; knows its interface, and adds the two functions that it lacks the way its own operations are written."""

import math

from micrograd.engine import Value
from steps import scalar_steps
from workloads import Scalars

from . import Run


def unary(function, slope):
    """`function` of a Value; slope(x, y) is dy/dx."""

    def apply(x):
        out = Value(function(x.data), (x,), function.__name__)

        def backward():
            x.grad += slope(x.data, out.data) * out.grad

        out._backward = backward
        return out

    return apply


STEPS = scalar_steps(Scalars(Value, unary(math.exp, lambda x, y: y), unary(math.log, lambda x, y: 1.0 / x)))
RUNS = [Run(kind, build) for kind, build in STEPS.items() if kind != "chain"]  # its recursion cannot go that deep
