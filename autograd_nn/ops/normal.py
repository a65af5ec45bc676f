"""The normal distribution function and its logarithm, exact far out in the tails.  Layer 2; uses error_function."""

from __future__ import annotations

import math

import numpy as np

from ..domain import ANY
from ..op import PRODUCT, unary
from .arithmetic import divide
from .elementary import exp
from .error_function import erfc, erfcx

__all__ = ["log_ndtr", "ndtr"]

HALF = math.sqrt(0.5)
DENSITY = 1.0 / math.sqrt(2.0 * math.pi)  # at 0
HAZARD = math.sqrt(2.0 / math.pi)  # density over distribution function, at 0


def log_of_tail(x):
    """By e^(-x^2/2) erfcx(-x / sqrt(2)) / 2 below -1, by the other tail above."""
    x = np.asarray(x)
    low, high = np.minimum(x, -1.0), np.maximum(x, -1.0)
    with np.errstate(divide="ignore", over="ignore"):
        below = np.log(0.5 * erfcx.op.array(-HALF * low)) - 0.5 * (low * low)
    return np.where(x < -1.0, below, np.log1p(-0.5 * erfc.op.array(HALF * high)))[()]


def log_of_tail_of_float(x):
    if x < -1.0:
        return math.log(0.5 * erfcx.op.scalar(-HALF * x)) - 0.5 * (x * x)  # type: ignore[misc]  # it has a scalar kernel
    return math.log1p(-0.5 * math.erfc(HALF * x))


# fmt: off
ndtr = unary(
    "ndtr", lambda x: 0.5 * math.erfc(-HALF * x), lambda x: 0.5 * erfc.op.array(-HALF * x),
    lambda g, y, x: g * (DENSITY * exp(-0.5 * (x * x))),
    source="0.5 * erfc(-{0} * np.sqrt(0.5))", latex=r"\Phi({0})", precedence=PRODUCT, domain=(ANY,), analytic=False,
    scipy=("ndtr",),
    doc="y = the probability that a standard normal number is below x, erfc(-x / sqrt(2)) / 2; dy/dx = e^(-x^2/2) / sqrt(2 pi).",
    example=("ndtr(0.0)", "0.5"),
)
log_ndtr = unary(
    "log_ndtr", log_of_tail_of_float, log_of_tail, lambda g, y, x: divide(g * HAZARD, erfcx(-HALF * x)),
    source="np.log(0.5 * erfc(-{0} * np.sqrt(0.5)))", latex=r"\log \Phi({0})", domain=(ANY,), analytic=False, scipy=("log_ndtr",),
    doc="y = log ndtr(x), about -x^2/2 at large negative x; dy/dx = sqrt(2/pi) / erfcx(-x / sqrt(2)), about -x there, with full "
        "relative precision; of the second derivative x^2 times the rounding error is left (1e-8 at x = -1e4).",
    example=("log_ndtr(0.0)", "-0.6931471805599453"),
)
# fmt: on
