"""Roundings, quotients, tests and parts of floats, through which no gradient flows.  Layer 2; imports compare."""

from __future__ import annotations

import builtins
import math
import operator
from typing import Any

import numpy as np

from ..domain import ANY, Shape
from ..op import PRODUCT, SUM, binary, comparison, nary, unary
from .compare import NO_GRADIENT

__all__ = [
    "floor_divide",
    "heaviside",
    "isinf",
    "isneginf",
    "isposinf",
    "logical_xor",
    "nextafter",
    "rint",
    "round",
    "signbit",
    "spacing",
    "trunc",
    "whole",
]


def whole(n: Any) -> int:
    """A static argument that counts something, as an int: 2, 2.0 and np.int64(2) are 2; anything else is a TypeError."""
    number = n.item() if isinstance(n, np.generic) else n
    if isinstance(number, float) and number.is_integer():
        return int(number)
    try:
        return operator.index(number)
    except TypeError:
        raise TypeError(f"a whole number is needed there, not {type(n).__name__} {n!r:.60}") from None


def rounded(x, decimals=0):
    return np.round(x, whole(decimals))


def spacing_of_float(x):
    return math.nextafter(x, math.copysign(math.inf, x)) - x


# fmt: off
trunc = unary(
    "trunc", lambda x: float(math.trunc(x)), np.trunc, None, kind="nondifferentiable", numpy=(np.fix,),
    source="np.trunc({0})", latex=r"\operatorname{{trunc}} {0}",
    doc="x without its decimals, so rounded towards 0, element by element, as a float." + NO_GRADIENT,
    example=("trunc(-2.7)", "-2.0"),
)
rint = unary(
    "rint", lambda x: float(builtins.round(x)), np.rint, None, kind="nondifferentiable",
    source="np.rint({0})", latex=r"\operatorname{{rint}} {0}",
    doc="The integer y nearest to x, the even one of two, element by element, as a float." + NO_GRADIENT,
    example=("rint(2.5)", "2.0"),
)
round = nary(
    "round", rounded, (None, None), lambda x, decimals: float(rounded(x, decimals)), kind="nondifferentiable",
    source="np.round({0}, {1})", latex=r"\operatorname{{round}}({0})", numpy=(np.round, np.around),
    cases=((Shape(2, 3), 0), (Shape(2, 3), 2), (ANY, 1)),
    doc="y = x rounded to so many decimals (default: none; -2 rounds to hundreds), to the even one of two neighbours, as NumPy "
        "rounds." + NO_GRADIENT,
    example=("round(2.345, 1)", "2.3"),
)
floor_divide = binary(
    "floor_divide", operator.floordiv, np.floor_divide, (None, None), kind="nondifferentiable",
    source="{0} // {1}", latex=r"\lfloor {0} / {1} \rfloor", precedence=PRODUCT, symbol="//",
    doc="The largest integer y <= x / z, element by element, as a float; x // 0 is inf or nan (IEEE 754)." + NO_GRADIENT,
    example=("floor_divide(-7.0, 2.0)", "-4.0"),
)
heaviside = binary(
    "heaviside", lambda x, z: x if x != x else z if x == 0.0 else float(x > 0.0), np.heaviside, (None, None),
    kind="nondifferentiable", source="np.heaviside({0}, {1})", latex=r"\theta_{{{1}}}({0})",
    doc="y = 0 where x < 0, z where x = 0, 1 where x > 0." + NO_GRADIENT,
    example=("heaviside(0.0, 0.5)", "0.5"),
)
nextafter = binary(
    "nextafter", math.nextafter, np.nextafter, (None, None), kind="nondifferentiable",
    source="np.nextafter({0}, {1})", latex=r"\operatorname{{nextafter}}({0}, {1})",
    doc="The float next to x on the way to z." + NO_GRADIENT,
    example=("nextafter(1.0, 2.0)", "1.0000000000000002"),
)
spacing = unary(
    "spacing", spacing_of_float, np.spacing, None, kind="nondifferentiable",
    source="np.spacing({0})", latex=r"\operatorname{{spacing}}({0})",
    doc="The distance from x to the next float away from 0, with the sign of x: a unit in its last place." + NO_GRADIENT,
    example=("spacing(1.0)", "2.220446049250313e-16"),
)
signbit = unary(
    "signbit", lambda x: float(math.copysign(1.0, x) < 0.0), np.signbit, None, kind="nondifferentiable",
    source="np.signbit({0})", latex=r"[{0} \le -0]",
    doc="Whether the sign of x is negative, also that of -0.0: booleans for arrays, 1.0 or 0.0 for floats." + NO_GRADIENT,
    example=("signbit(np.array([-0.0, 0.0]))", "array([ True, False])"),
)
isinf = unary(
    "isinf", lambda x: float(math.isinf(x)), np.isinf, None, kind="nondifferentiable",
    source="np.isinf({0})", latex=r"[|{0}| = \infty]",
    doc="Whether x is inf or -inf: booleans for arrays, 1.0 or 0.0 for floats." + NO_GRADIENT,
    example=("isinf(np.array([1.0, -np.inf]))", "array([False,  True])"),
)
isposinf = unary(
    "isposinf", lambda x: float(x == math.inf), np.isposinf, None, kind="nondifferentiable", numpy=(np.isposinf,),
    source="np.isposinf({0})", latex=r"[{0} = \infty]",
    doc="Whether x is inf: booleans for arrays, 1.0 or 0.0 for floats." + NO_GRADIENT,
    example=("isposinf(np.array([np.inf, -np.inf]))", "array([ True, False])"),
)
isneginf = unary(
    "isneginf", lambda x: float(x == -math.inf), np.isneginf, None, kind="nondifferentiable", numpy=(np.isneginf,),
    source="np.isneginf({0})", latex=r"[{0} = -\infty]",
    doc="Whether x is -inf: booleans for arrays, 1.0 or 0.0 for floats." + NO_GRADIENT,
    example=("isneginf(np.array([np.inf, -np.inf]))", "array([False,  True])"),
)
logical_xor = comparison(
    "logical_xor", np.logical_xor, source="np.logical_xor({0}, {1})", latex=r"{0} \oplus {1}", precedence=SUM, symbol="xor",
    doc="y = [either x or z, not both], element by element; booleans." + NO_GRADIENT,
    example=("logical_xor(np.array([True, True]), np.array([True, False]))", "array([False,  True])"),
)
# fmt: on
