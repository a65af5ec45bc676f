"""Powers, exponentials and trigonometry: elementwise and smooth inside their domain.  Layer 2; uses arithmetic and compare."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..domain import ANY, BEYOND_ONE, NONZERO, POSITIVE, UNIT
from ..node import Node
from ..op import ATOM, POWER, Operation, binary, unary
from .arithmetic import divide, square, subtract, where
from .compare import equal

__all__ = [
    "arccos",
    "arcsin",
    "arctan",
    "cbrt",
    "cos",
    "cosh",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log1p",
    "log2",
    "log10",
    "power",
    "power_constant",
    "reciprocal",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
]

LN2, LN10 = math.log(2.0), math.log(10.0)


def lowered(g, x, z):
    """g z x^(z-1); a constant exponent of 0 or 1 gives 0 or g even at x = 0, for every order of derivative."""
    if z.__class__ is float or z.__class__ is int:
        if z == 0 or z == 1:
            return g * float(z)
        return g * (float(z) * (x if z == 2 else power_constant(x, float(z) - 1.0)))
    return g * (z * power_constant(x, subtract(where(equal(z, 0.0), 1.0, z), 1.0)))


def power_of_floats(x, z):
    return math.sqrt(x) if z == 0.5 and x >= 0.0 else math.nan if z == 0.5 else math.pow(x, z)


def power_of_arrays(x, z):
    """x ** z; by products or a root where it is one, so (-inf) ** 0.5 is nan, as in NumPy.

    Of 100,000 floats of both signs, np.power takes 5100 us to the power 3, and two products 36.
    """
    if (z.__class__ is float or z.__class__ is int) and x.__class__ is np.ndarray and x.dtype.kind in "fc":
        by_products = PRODUCTS.get(z)
        if by_products is not None:
            return by_products(x)
    return np.power(x, z)


PRODUCTS: dict[float, Callable] = {
    -2: lambda x: np.square(1.0 / x), -1: lambda x: 1.0 / x, 0.5: np.sqrt, 1: np.positive, 2: np.square, 3: lambda x: x * x * x,
    4: lambda x: np.square(np.square(x)),
}  # fmt: skip

# fmt: off
exp = unary(
    "exp", math.exp, np.exp, lambda g, y, x: g * y,
    source="np.exp({0})", latex="e^{{{0}}}", precedence=ATOM, domain=(ANY,),
    doc="y = e^x; dy/dx = y. Above x = 709.78 (float64) or 88.72 (float32) y is inf.",
    example=("exp(0.0)", "1.0"),
)
exp2 = unary(
    "exp2", math.exp2, np.exp2, lambda g, y, x: g * (LN2 * y),
    source="np.exp2({0})", latex="2^{{{0}}}", precedence=ATOM, domain=(ANY,), scipy=("exp2",),
    doc="y = 2^x; dy/dx = y ln 2. From x = 1024 (float64) or 128 (float32) on y is inf.",
    example=("exp2(3.0)", "8.0"),
)
expm1 = unary(
    "expm1", math.expm1, np.expm1, lambda g, y, x: g * (y + 1.0),
    source="np.expm1({0})", latex="(e^{{{0}}} - 1)", precedence=ATOM, domain=(ANY,), scipy=("expm1",),
    doc="y = e^x - 1, exact near x = 0; dy/dx = y + 1.",
    example=("expm1(1e-20)", "1e-20"),
)
log = unary(
    "log", math.log, np.log, lambda g, y, x: divide(g, x),
    source="np.log({0})", latex=r"\log {0}", domain=(POSITIVE,),
    doc="y = ln x; dy/dx = 1 / x. log(0) = -inf, and nan for x < 0 (IEEE 754).",
    example=("log(1.0)", "0.0"),
)
log1p = unary(
    "log1p", math.log1p, np.log1p, lambda g, y, x: divide(g, 1.0 + x),
    source="np.log1p({0})", latex=r"\log(1 + {0})", domain=(BEYOND_ONE,), scipy=("log1p",),
    doc="y = ln(1 + x), exact near x = 0; dy/dx = 1 / (1 + x).",
    example=("log1p(1e-20)", "1e-20"),
)
log2 = unary(
    "log2", math.log2, np.log2, lambda g, y, x: divide(g, x * LN2),
    source="np.log2({0})", latex=r"\log_2 {0}", domain=(POSITIVE,),
    doc="y = log2 x; dy/dx = 1 / (x ln 2).",
    example=("log2(8.0)", "3.0"),
)
log10 = unary(
    "log10", math.log10, np.log10, lambda g, y, x: divide(g, x * LN10),
    source="np.log10({0})", latex=r"\log_{{10}} {0}", domain=(POSITIVE,),
    doc="y = log10 x; dy/dx = 1 / (x ln 10).",
    example=("log10(100.0)", "2.0"),
)
sqrt = unary(
    "sqrt", math.sqrt, np.sqrt, lambda g, y, x: divide(g * 0.5, y),
    source="np.sqrt({0})", latex=r"\sqrt{{{0}}}", precedence=ATOM, domain=(POSITIVE,),
    doc="y = the square root of x; dy/dx = 1 / (2 y), which is inf at x = 0.",
    example=("sqrt(9.0)", "3.0"),
)
cbrt = unary(
    "cbrt", math.cbrt, np.cbrt, lambda g, y, x: divide(g, 3.0 * square(y)),
    source="np.cbrt({0})", latex=r"\sqrt[3]{{{0}}}", precedence=ATOM, domain=(NONZERO,), analytic=False, scipy=("cbrt",),
    kink="x = 0: infinite",
    doc="y = the cube root of x, negative for x < 0; dy/dx = 1 / (3 y^2), which is inf at x = 0.",
    example=("cbrt(-8.0)", "-2.0"),
)
power_constant = binary(
    "power_constant", power_of_floats, power_of_arrays, (lambda g, y, x, z: lowered(g, x, z), None),
    source="{0} ** {1}", latex="{0}^{{{1}}}", precedence=POWER, symbol="**", domain=(POSITIVE,),
    cases=(*[(ANY, k) for k in (0.0, 1.0, 2.0, 3.0)], (NONZERO, -1.0), (NONZERO, -2), (POSITIVE, 0.5), (POSITIVE, -1.5),
           (ANY, np.array([0.0, 1.0, 2.0], np.float32)), (POSITIVE, np.array([[0.5], [-1.5]], np.float32))),
    doc="y = x^z for a constant z (a number or an array); dy/dx = z x^(z-1), right at x <= 0 as well. A fractional power of a "
        "negative number is nan, 0 to a negative power inf (IEEE 754).",
    example=("power_constant(2.0, 3.0)", "8.0"),
)
raised = binary(
    "power", math.pow, np.power,
    (lambda g, y, x, z: g * (z * power(x, subtract(z, 1.0))) if isinstance(z, Node) else lowered(g, x, z),
     lambda g, y, x, z: g * (y * log(where(equal(x, 0.0), 1.0, x)))),
    source="{0} ** {1}", latex="{0}^{{{1}}}", precedence=POWER, symbol="**", domain=(POSITIVE, ANY),
    numpy=(np.float_power,),
    doc="y = x^z where z is differentiated too; dy/dx = z x^(z-1), dy/dz = y ln x (0 at x = 0, nan for x < 0). A constant "
        "exponent makes a power_constant.",
    example=("power(2.0, 3.0)", "8.0"),
)
# fmt: on


def power(x, z):
    return power_constant(x, z) if isinstance(x, Node) and not isinstance(z, Node) else raised(x, z)


power.__doc__, power.op, raised.op.function = raised.__doc__, raised.op, power  # type: ignore[attr-defined]  # a record's function

# fmt: off
reciprocal = unary(
    "reciprocal", lambda x: 1.0 / x, np.reciprocal, lambda g, y, x: -g * square(y),
    source="1.0 / {0}", latex=r"\frac{{1}}{{{0}}}", precedence=ATOM, domain=(NONZERO,),
    doc="y = 1 / x; dy/dx = -y^2.",
    example=("reciprocal(4.0)", "0.25"),
)
sin = unary(
    "sin", math.sin, np.sin, lambda g, y, x: g * cos(x),
    source="np.sin({0})", latex=r"\sin {0}", domain=(ANY,),
    doc="y = sin x, x in radians; dy/dx = cos x.",
    example=("sin(0.0)", "0.0"),
)
cos: Operation = unary(
    "cos", math.cos, np.cos, lambda g, y, x: -g * sin(x),
    source="np.cos({0})", latex=r"\cos {0}", domain=(ANY,),
    doc="y = cos x, x in radians; dy/dx = -sin x.",
    example=("cos(0.0)", "1.0"),
)
tan = unary(
    "tan", math.tan, np.tan, lambda g, y, x: g * (1.0 + y * y),
    source="np.tan({0})", latex=r"\tan {0}", domain=(UNIT,),
    doc="y = tan x, x in radians; dy/dx = 1 + y^2.",
    example=("tan(0.0)", "0.0"),
)
arcsin = unary(
    "arcsin", math.asin, np.arcsin, lambda g, y, x: divide(g, sqrt(1.0 - x * x)),
    source="np.arcsin({0})", latex=r"\arcsin {0}", domain=(UNIT,),
    doc="y = arcsin x in radians, for |x| <= 1; dy/dx = 1 / sqrt(1 - x^2), inf at |x| = 1.",
    example=("arcsin(0.0)", "0.0"),
)
arccos = unary(
    "arccos", math.acos, np.arccos, lambda g, y, x: -divide(g, sqrt(1.0 - x * x)),
    source="np.arccos({0})", latex=r"\arccos {0}", domain=(UNIT,),
    doc="y = arccos x in radians, for |x| <= 1; dy/dx = -1 / sqrt(1 - x^2), -inf at |x| = 1.",
    example=("arccos(1.0)", "0.0"),
)
arctan = unary(
    "arctan", math.atan, np.arctan, lambda g, y, x: divide(g, 1.0 + x * x),
    source="np.arctan({0})", latex=r"\arctan {0}", domain=(ANY,),
    doc="y = arctan x in radians, between -pi/2 and pi/2; dy/dx = 1 / (1 + x^2).",
    example=("arctan(0.0)", "0.0"),
)
sinh = unary(
    "sinh", math.sinh, np.sinh, lambda g, y, x: g * cosh(x),
    source="np.sinh({0})", latex=r"\sinh {0}", domain=(ANY,),
    doc="y = sinh x = (e^x - e^-x) / 2; dy/dx = cosh x.",
    example=("sinh(0.0)", "0.0"),
)
cosh: Operation = unary(
    "cosh", math.cosh, np.cosh, lambda g, y, x: g * sinh(x),
    source="np.cosh({0})", latex=r"\cosh {0}", domain=(ANY,),
    doc="y = cosh x = (e^x + e^-x) / 2; dy/dx = sinh x.",
    example=("cosh(0.0)", "1.0"),
)
tanh = unary(
    "tanh", math.tanh, np.tanh, lambda g, y, x: g * (1.0 - y * y),
    source="np.tanh({0})", latex=r"\tanh {0}", domain=(ANY,),
    doc="y = tanh x = (e^x - e^-x) / (e^x + e^-x), between -1 and 1, stable for every x; dy/dx = 1 - y^2.",
    example=("tanh(0.0)", "0.0"),
)
# fmt: on
