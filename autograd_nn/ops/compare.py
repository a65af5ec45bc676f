"""Comparisons, signs and roundings, through which no gradient flows.  Layer 2; imports no other operations."""

from __future__ import annotations

import math

import numpy as np

from ..domain import Shape
from ..op import SUM, comparison, nary, unary

__all__ = [
    "NO_GRADIENT",
    "argmax",
    "argmin",
    "ceil",
    "constant",
    "equal",
    "floor",
    "greater",
    "greater_equal",
    "isfinite",
    "isnan",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "not_equal",
    "sign",
    "step",
]

NO_GRADIENT = " No gradient flows through it: the result is a constant to every derivative."

# fmt: off
greater = comparison(
    "greater", np.greater, source="{0} > {1}", latex="{0} > {1}", precedence=SUM, symbol=">",
    doc="y = [x > z], element by element; booleans." + NO_GRADIENT,
    example=("greater(np.array([1.0, 3.0]), 2.0)", "array([False,  True])"),
)
greater_equal = comparison(
    "greater_equal", np.greater_equal, source="{0} >= {1}", latex=r"{0} \ge {1}", precedence=SUM, symbol=">=",
    doc="y = [x >= z], element by element; booleans." + NO_GRADIENT,
    example=("greater_equal(2.0, 2.0)", "True"),
)
less = comparison(
    "less", np.less, source="{0} < {1}", latex="{0} < {1}", precedence=SUM, symbol="<",
    doc="y = [x < z], element by element; booleans." + NO_GRADIENT,
    example=("less(np.array([1.0, 3.0]), 2.0)", "array([ True, False])"),
)
less_equal = comparison(
    "less_equal", np.less_equal, source="{0} <= {1}", latex=r"{0} \le {1}", precedence=SUM, symbol="<=",
    doc="y = [x <= z], element by element; booleans." + NO_GRADIENT,
    example=("less_equal(2.0, 2.0)", "True"),
)
equal = comparison(
    "equal", np.equal, source="{0} == {1}", latex="{0} = {1}", precedence=SUM, symbol="==",
    doc="y = [x = z], element by element; booleans." + NO_GRADIENT,
    example=("equal(np.array([1.0, 3.0]), 3.0)", "array([False,  True])"),
)
not_equal = comparison(
    "not_equal", np.not_equal, source="{0} != {1}", latex=r"{0} \ne {1}", precedence=SUM, symbol="!=",
    doc="y = [x != z], element by element; booleans." + NO_GRADIENT,
    example=("not_equal(np.array([1.0, 3.0]), 3.0)", "array([ True, False])"),
)
logical_and = comparison(
    "logical_and", np.logical_and, source="np.logical_and({0}, {1})", latex=r"{0} \wedge {1}", precedence=SUM, symbol="and",
    doc="y = [x and z], element by element; booleans, also as (x > 0) & (z > 0)." + NO_GRADIENT,
    example=("logical_and(np.array([True, True]), np.array([True, False]))", "array([ True, False])"),
)
logical_or = comparison(
    "logical_or", np.logical_or, source="np.logical_or({0}, {1})", latex=r"{0} \vee {1}", precedence=SUM, symbol="or",
    doc="y = [x or z], element by element; booleans, also as (x > 0) | (z > 0)." + NO_GRADIENT,
    example=("logical_or(np.array([False, True]), np.array([False, False]))", "array([False,  True])"),
)
logical_not = unary(
    "logical_not", lambda x: float(not x), np.logical_not, None, kind="nondifferentiable",
    source="np.logical_not({0})", latex=r"\neg {0}", symbol="not",
    doc="y = [not x], element by element: booleans for arrays, 1.0 or 0.0 for floats." + NO_GRADIENT,
    example=("logical_not(np.array([True, False]))", "array([False,  True])"),
)
sign = unary(
    "sign", lambda x: float((x > 0) - (x < 0)) if x == x else x, np.sign, None, kind="nondifferentiable",
    source="np.sign({0})", latex=r"\operatorname{{sign}} {0}",
    doc="y = -1, 0 or 1: the sign of x, element by element." + NO_GRADIENT,
    example=("sign(-2.5)", "-1.0"),
)
constant = unary(
    "constant", lambda x: x, lambda x: x, None, kind="nondifferentiable",
    source="{0}", latex="{0}", symbol="stop",
    doc="y = x, cut off: what stop_gradient records." + NO_GRADIENT,
    example=("constant(2.5)", "2.5"),
)
floor = unary(
    "floor", lambda x: float(math.floor(x)), np.floor, None, kind="nondifferentiable",
    source="np.floor({0})", latex=r"\lfloor {0} \rfloor",
    doc="The largest integer y <= x, element by element, as a float." + NO_GRADIENT,
    example=("floor(2.7)", "2.0"),
)
ceil = unary(
    "ceil", lambda x: float(math.ceil(x)), np.ceil, None, kind="nondifferentiable",
    source="np.ceil({0})", latex=r"\lceil {0} \rceil",
    doc="The smallest integer y >= x, element by element, as a float." + NO_GRADIENT,
    example=("ceil(2.2)", "3.0"),
)
step = unary(
    "step", lambda x: float(x >= 0.0) if x == x else x, lambda x: np.heaviside(x, 1.0), None, kind="nondifferentiable",
    source="np.heaviside({0}, 1.0)", latex=r"[{0} \ge 0]",
    doc="y = 1 where x >= 0, else 0: Heaviside's step, 1 at x = 0." + NO_GRADIENT,
    example=("step(-2.5)", "0.0"),
)
isnan = unary(
    "isnan", lambda x: float(x != x), np.isnan, None, kind="nondifferentiable",
    source="np.isnan({0})", latex=r"[{0} = \mathrm{{nan}}]",
    doc="Whether x is not a number: booleans for arrays, 1.0 or 0.0 for floats." + NO_GRADIENT,
    example=("isnan(np.array([1.0, np.nan]))", "array([False,  True])"),
)
isfinite = unary(
    "isfinite", lambda x: float(math.isfinite(x)), np.isfinite, None, kind="nondifferentiable",
    source="np.isfinite({0})", latex=r"[|{0}| < \infty]",
    doc="Whether x is neither infinite nor nan: booleans for arrays, 1.0 or 0.0 for floats." + NO_GRADIENT,
    example=("isfinite(np.array([1.0, np.inf]))", "array([ True, False])"),
)
# fmt: on


def first_largest(x, axis=None, keepdims=False):
    return np.argmax(x, axis=axis, keepdims=keepdims)


def first_smallest(x, axis=None, keepdims=False):
    return np.argmin(x, axis=axis, keepdims=keepdims)


# fmt: off
argmax = nary(
    "argmax", first_largest, (None, None, None), kind="nondifferentiable",
    source="np.argmax({0}, axis={1}, keepdims={2})", latex=r"\operatorname{{argmax}} {0}", numpy=(np.argmax,),
    cases=((Shape(2, 3), None, False), (Shape(2, 3), 1, True)),
    doc="The index of the first largest element along axis (default: in the flattened array)." + NO_GRADIENT,
    example=("argmax(np.array([1.0, 5.0, 3.0]))", "np.int64(1)"),
)
argmin = nary(
    "argmin", first_smallest, (None, None, None), kind="nondifferentiable",
    source="np.argmin({0}, axis={1}, keepdims={2})", latex=r"\operatorname{{argmin}} {0}", numpy=(np.argmin,),
    cases=((Shape(2, 3), None, False), (Shape(2, 3), 1, True)),
    doc="The index of the first smallest element along axis (default: in the flattened array)." + NO_GRADIENT,
    example=("argmin(np.array([1.0, 5.0, 3.0]))", "np.int64(0)"),
)
# fmt: on
