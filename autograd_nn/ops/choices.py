"""Choices and remainders: elementwise, piecewise linear in the first argument.  Layer 2; uses arithmetic and rounding."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..domain import ANY, Interval, Shape, kinks
from ..errors import user_line
from ..op import PRODUCT, Operation, binary, nary
from .arithmetic import divide, maximum, positive, where
from .compare import equal, greater, isfinite, less, less_equal, logical_and, logical_or, sign
from .rounding import floor_divide, rint, whole

__all__ = ["clip", "copysign", "fmax", "fmin", "fmod", "ldexp", "nan_to_num", "remainder"]

APART = (ANY, kinks(0.0))  # a sample of the first holds a 0, where the second must not tie
OUTER, LOW, HIGH = kinks(-0.95, 0.95), Interval(-1.0, -0.9), Interval(0.9, 1.0)  # what is clipped, and bounds
DIVIDEND, DIVISOR = Interval(5.2, 5.8, mirrored=True), Interval(1.6, 1.7, mirrored=True)  # a quotient from 3.06 to 3.63
BLOCK = Shape(2, 3)


def numbered(x, nan=0.0, posinf=None, neginf=None):
    if isinstance(nan, bool):
        raise TypeError(
            f"nan={nan} is no number; NumPy's copy, which stands there, is not taken: nothing is changed in place"
        )
    return np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


def number(x, nan, posinf, neginf):
    return x if math.isfinite(x) else float(numbered(x, nan, posinf, neginf))


def between(x, low, high):
    return np.minimum(np.maximum(x, low), high)


def float_between(x, low, high):
    x = x if x > low or x != x else low
    return x if x < high or x != x else high


def scaled(x, n):
    """x 2^n; an array of exponents holds integers, anything else is one whole number."""
    return np.ldexp(x, n if isinstance(n, np.ndarray) and n.dtype.kind in "iub" else whole(n))


def share(y, x, z):
    """How much of the cotangent of y = x or z goes to x: all where it is chosen, half at a tie."""
    return where(equal(y, x), where(equal(y, z), 0.5, 1.0), 0.0)


# fmt: off
fmax = binary(
    "fmax", lambda x, z: x if x >= z or z != z else z, np.fmax,
    (lambda g, y, x, z: g * share(y, x, z), lambda g, y, x, z: g * share(y, z, x)),
    source="np.fmax({0}, {1})", latex=r"\max({0}, {1})", symbol="fmax", domain=APART, analytic=False, kink="tie: shared equally",
    doc="y = the larger of x and z, and of a number and nan the number; dy/dx = [x > z or z is nan], and 1/2 each at a tie.",
    example=("fmax(2.0, math.nan)", "2.0"),
)
fmin = binary(
    "fmin", lambda x, z: x if x <= z or z != z else z, np.fmin,
    (lambda g, y, x, z: g * share(y, x, z), lambda g, y, x, z: g * share(y, z, x)),
    source="np.fmin({0}, {1})", latex=r"\min({0}, {1})", symbol="fmin", domain=APART, analytic=False, kink="tie: shared equally",
    doc="y = the smaller of x and z, and of a number and nan the number; dy/dx = [x < z or z is nan], and 1/2 each at a tie.",
    example=("fmin(2.0, math.nan)", "2.0"),
)
copysign: Operation = binary(
    "copysign", math.copysign, np.copysign,
    (lambda g, y, x, z: g * (sign(x) * copysign(1.0, z)), lambda g, y, x, z: g * 0.0),
    source="np.copysign({0}, {1})", latex=r"|{0}| \operatorname{{sign}} {1}", precedence=PRODUCT, domain=(kinks(0.0), kinks(0.0)),
    analytic=False, kink="x = 0 or z = 0: 0",
    doc="y = |x| with the sign of z (that of -0.0 is negative); dy/dx = 1 where the signs agree, -1 where they do not, 0 at the "
        "kink x = 0; dy/dz = 0, also at the jump z = 0.",
    example=("copysign(2.5, -1.0)", "-2.5"),
)
clipped = nary(
    "clip", between,
    (lambda g, y, x, low, high: where(logical_or(less(x, low), greater(x, high)), 0.0, g),
     lambda g, y, x, low, high: where(logical_and(less(x, low), less_equal(low, high)), g, 0.0),
     lambda g, y, x, low, high: where(less(high, maximum(x, low)), g, 0.0)),
    float_between, kind="elementwise",
    source="np.clip({0}, {1}, {2})", latex=r"\min(\max({0}, {1}), {2})", domain=(OUTER, LOW, HIGH), analytic=False,
    cases=((OUTER, -0.95, HIGH), (OUTER, LOW, 0.95), (BLOCK, BLOCK, BLOCK), (BLOCK, Shape(3), Shape()),
           (Shape(), Shape(3), Shape(2, 1)), (Shape(0, 3), Shape(3), 0.95), (OUTER, HIGH, np.full(3, -0.95, np.float32))),
    kink="x at a bound: all to x", numpy=(np.clip,),
    doc="y = x where it lies between low and high, else the bound: min(max(x, low), high). dy/dx = [low <= x <= high], so 1 at "
        "the bounds, as in PyTorch; dy/dlow = [x < low <= high], dy/dhigh = [high < x or high < low]. A bound of None is none. "
        "Bounds broadcast, and go by a_min and a_max or by min and max, as in NumPy.",
    example=("clip(np.array([-2.0, 0.5, 2.0]), -1.0, 1.0)", "array([-1. ,  0.5,  1. ])"),
)
nan_to_num = nary(
    "nan_to_num", numbered, (lambda g, y, x, nan, posinf, neginf: where(isfinite(x), g, 0.0), None, None, None),
    number, kind="elementwise", numpy=(np.nan_to_num,),
    source="np.nan_to_num({0}, nan={1}, posinf={2}, neginf={3})", latex=r"\mathrm{{num}}({0})", domain=(ANY,),
    cases=((BLOCK, 0.0, None, None), (Shape(), 1.0, 2.0, -2.0), (ANY, 0.0, 5.0, -5.0)),
    kink="x infinite or nan: 0",
    doc="y = x with numbers for nan (default 0) and for inf and -inf (default: the largest of the dtype and its negative); "
        "dy/dx = 1 where x is finite, else 0.",
    example=("nan_to_num(np.array([1.0, np.nan]))", "array([1., 0.])"),
)
remainder = binary(
    "remainder", lambda x, z: x % z, np.remainder,
    (lambda g, y, x, z: g, lambda g, y, x, z: -g * floor_divide(x, z)),
    source="{0} % {1}", latex=r"{0} \bmod {1}", precedence=PRODUCT, symbol="%", domain=(DIVIDEND, DIVISOR),
    analytic=False,
    kink="x / z whole: as beside it, where y = 0",
    doc="y = x - z floor(x / z), with the sign of z: Python's %; dy/dx = 1, dy/dz = -floor(x / z), also where y jumps.",
    example=("remainder(-7.0, 3.0)", "2.0"),
)
fmod = binary(
    "fmod", math.fmod, np.fmod,
    (lambda g, y, x, z: g, lambda g, y, x, z: -g * rint(divide(x - y, z))),
    source="np.fmod({0}, {1})", latex=r"\mathrm{{fmod}}({0}, {1})", domain=(DIVIDEND, DIVISOR), analytic=False,
    kink="x / z whole: as beside it, where y = 0",
    doc="y = x - z trunc(x / z), with the sign of x: C's %; dy/dx = 1, dy/dz = -trunc(x / z), also where y jumps.",
    example=("fmod(-7.0, 3.0)", "-1.0"),
)
ldexp: Operation = binary(
    "ldexp", lambda x, n: math.ldexp(x, whole(n)), scaled, (lambda g, y, x, n: ldexp(g, n), None),
    source="np.ldexp({0}, {1})", latex=r"{0} \cdot 2^{{{1}}}", precedence=PRODUCT, domain=(ANY,), numpy=(np.ldexp,),
    analytic=False,
    cases=((ANY, 3), (ANY, -2), (BLOCK, np.array([0, -1, 4])), (Shape(), np.array([[1], [2]]))),
    doc="y = x 2^n for whole numbers n, which are constant; dy/dx = 2^n.",
    example=("ldexp(3.0, 2)", "np.float64(12.0)"),
)
# fmt: on


def clip(x: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:  # noqa: A002  NumPy's names
    if (a_min is not None and min is not None) or (a_max is not None and max is not None):
        raise TypeError(
            f"clip got a bound twice, at {user_line()}: a_min={a_min!r:.40}, min={min!r:.40}, a_max={a_max!r:.40}, "
            f"max={max!r:.40}. a_min and min are one bound, a_max and max the other. Pass each of them once."
        )
    low, high = a_min if min is None else min, a_max if max is None else max
    if low is None and high is None:
        return positive(x)
    return clipped(x, -math.inf if low is None else low, math.inf if high is None else high)


clip.__doc__, clip.op, clipped.op.function = clipped.__doc__, clipped.op, clip  # type: ignore[attr-defined]  # a record's function
