"""Gamma, Bessel and inverse error functions, whose kernels are SciPy's; the rules are ours.  Layer 2; uses elementary.

SciPy is imported at the first call of one of these, never before; without it that call raises MissingLibrary.
"""

from __future__ import annotations

import functools
import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..domain import ANY, POSITIVE, Interval, Shape, kinks
from ..errors import MissingLibrary, RuleMissing, user_line
from ..node import Node
from ..op import PRODUCT, Operation, binary, nary, unary
from .arithmetic import where
from .compare import equal, floor, less_equal, logical_and, logical_not, logical_or, sign
from .elementary import cos, exp
from .rounding import whole

__all__ = [
    "beta",
    "betaln",
    "digamma",
    "erfinv",
    "gamma",
    "gammaln",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "iv",
    "ive",
    "j0",
    "j1",
    "jv",
    "ndtri",
    "polygamma",
]

MODERATE = Interval(0.8, 3.0)  # away from the pole at 0, where differences lose digits
INNER, PROBABILITY = Interval(-0.7, 0.7), Interval(0.2, 0.8)
ORDERS = np.array([0.0, 1.0, 2.5], np.float32)
ORDERED = (
    (0, ANY),
    (1, ANY),
    (2.0, Shape(2, 3)),
    (-1, Shape()),
    (0.5, POSITIVE),
    (ORDERS, POSITIVE),
)
LARGE = ((0, kinks(0.0)), (1, kinks(0.0)), (2.0, Shape(2, 3)), (0.5, POSITIVE), (ORDERS, POSITIVE))


@functools.cache
def library(taker: str) -> Any:
    """scipy.special, imported now."""
    try:
        return importlib.import_module("scipy.special")
    except ImportError as error:
        raise MissingLibrary(
            f"{taker} needs SciPy, which cannot be imported ({error}), at {user_line()}. The kernels of gamma and Bessel "
            "functions are SciPy's; expected SciPy beside NumPy. Install it: pip install scipy."
        ) from error


def kernel(name: str) -> Callable:
    """SciPy's ufunc of this name as an array kernel. A Python number beside a float32 array leaves it float32."""

    def array(*xs):
        kind = np.result_type(*xs)
        kind = kind if kind.kind == "f" else np.dtype(float)
        work = np.float32 if kind.itemsize <= 4 else np.float64  # what SciPy has
        return getattr(library(name), name)(*[np.asarray(x, work) for x in xs]).astype(kind, copy=False)

    return array


def of_float(name: str) -> Callable:
    """The same as a kernel on floats."""
    return lambda *xs: float(getattr(library(name), name)(*xs))


def polygammas(order, x):
    """The derivative of this order of digamma:  (-1)^(n+1) n! zeta(n + 1, x)."""
    n = whole(order)
    if n < 0:
        raise ValueError(f"the order of a polygamma function is 0 or more, not {n}")
    if n == 0:
        return kernel("psi")(x)
    return (-1.0) ** (n + 1) * math.factorial(n) * kernel("zeta")(n + 1.0, x)


def pole(x):
    """Whether x is 0, -1, -2, ...: a pole of gamma."""
    return logical_and(less_equal(x, 0.0), equal(x, floor(x)))


def slope_of_betaln(x, z):
    """digamma(x) - digamma(x + z), where both are poles by reflection of both: there they cancel."""
    s = x + z
    both = logical_and(pole(x), pole(s))
    return digamma(where(both, 1.0 - x, x)) - digamma(where(both, 1.0 - s, s))


def slope_of_beta(y, x, z):
    """y (digamma(x) - digamma(x + z)), where x + z alone is a pole, and so y = 0, by the slope of 1 / gamma there."""
    s = x + z
    alone = logical_and(pole(s), logical_not(logical_or(pole(x), pole(z))))
    crossing = gamma(x) * (gamma(z) * (gamma(1.0 - s) * cos(math.pi * s)))
    return where(alone, crossing, y * slope_of_betaln(x, z))


def half_sum(f, order, x):
    return 0.5 * (f(order - 1.0, x) + f(order + 1.0, x))


def half_difference(f, order, x):
    return 0.5 * (f(order - 1.0, x) - f(order + 1.0, x))


def of_order(operation: Operation) -> Operation:
    """The public function of a family: the order is constant, so that of a node would lose its gradient silently."""
    op = operation.op

    def function(order, x):
        if isinstance(order, Node):
            raise RuleMissing(
                f"{op.name} has no derivative by its order, at {user_line()}: got a {type(order).__name__} for it, expected a "
                "number or a plain array. Take the numbers out with .data if no gradient is to flow through the order."
            )
        return operation(order, x)

    function.__name__ = function.__qualname__ = op.name
    function.__module__, function.__doc__ = __name__, operation.__doc__
    function.op, op.function = op, function  # type: ignore[attr-defined]  # a record's function
    return function  # type: ignore[return-value]  # it has a record now


# fmt: off
gammaln = unary(
    "gammaln", of_float("gammaln"), kernel("gammaln"), lambda g, y, x: g * digamma(x),
    source="scipy.special.gammaln({0})", latex=r"\log |\Gamma({0})|", domain=(MODERATE,), analytic=False, scipy=("gammaln",),
    doc="y = log |Gamma(x)|, log (x - 1)! for whole x, without overflow; dy/dx = digamma(x). Needs SciPy.",
    example=("gammaln(1.0)", "0.0"),
)
gamma = unary(
    "gamma", of_float("gamma"), kernel("gamma"), lambda g, y, x: g * (y * digamma(x)),
    source="scipy.special.gamma({0})", latex=r"\Gamma({0})", domain=(MODERATE,), analytic=False, scipy=("gamma",),
    doc="y = Gamma(x), (x - 1)! for whole x, inf above 171.6; dy/dx = y digamma(x). Needs SciPy.",
    example=("gamma(5.0)", "24.0"),
)
digamma: Operation = unary(
    "digamma", of_float("psi"), kernel("psi"), lambda g, y, x: g * polygamma(1, x),
    source="scipy.special.digamma({0})", latex=r"\psi({0})", domain=(MODERATE,), analytic=False, scipy=("psi", "digamma"),
    doc="y = the derivative of log Gamma(x); dy/dx = polygamma(1, x). Needs SciPy.",
    example=("digamma(1.0)", "-0.57721566490153..."),
)
polygamma: Operation = nary(
    "polygamma", polygammas, (None, lambda g, y, n, x: g * polygamma(n + 1, x)),
    lambda n, x: float(polygammas(n, x)), kind="elementwise",
    source="scipy.special.polygamma({0}, {1})", latex=r"\psi^{{({0})}}({1})", domain=(ANY, MODERATE), analytic=False,
    cases=((0, MODERATE), (1, MODERATE), (2, Shape(2, 3)), (3, Shape()), (1, Shape(0, 3))),
    doc="y = the derivative of order n = 0, 1, 2, ... of digamma(x); dy/dx = polygamma(n + 1, x). Needs SciPy.",
    example=("polygamma(1, 1.0)", "1.64493406684822..."),
)
betaln = binary(
    "betaln", of_float("betaln"), kernel("betaln"),
    (lambda g, y, x, z: g * slope_of_betaln(x, z), lambda g, y, x, z: g * slope_of_betaln(z, x)),
    source="scipy.special.betaln({0}, {1})", latex=r"\log |B({0}, {1})|", domain=(MODERATE, MODERATE), analytic=False,
    scipy=("betaln",),
    doc="y = log |B(x, z)|; dy/dx = digamma(x) - digamma(x + z), dy/dz = digamma(z) - digamma(x + z). Needs SciPy.",
    example=("betaln(1.0, 1.0)", "0.0"),
)
beta = binary(
    "beta", of_float("beta"), kernel("beta"),
    (lambda g, y, x, z: g * slope_of_beta(y, x, z), lambda g, y, x, z: g * slope_of_beta(y, z, x)),
    source="scipy.special.beta({0}, {1})", latex=r"B({0}, {1})", domain=(MODERATE, MODERATE), analytic=False, scipy=("beta",),
    doc="y = B(x, z) = Gamma(x) Gamma(z) / Gamma(x + z); dy/dx = y (digamma(x) - digamma(x + z)), and so by z. Needs SciPy.",
    example=("beta(1.0, 2.0)", "0.5"),
)
erfinv = unary(
    "erfinv", of_float("erfinv"), kernel("erfinv"), lambda g, y, x: g * (math.sqrt(math.pi) / 2.0 * exp(y * y)),
    source="scipy.special.erfinv({0})", latex=r"\mathrm{{erf}}^{{-1}}({0})", domain=(INNER,), analytic=False, scipy=("erfinv",),
    doc="y = the inverse of erf, for |x| <= 1; dy/dx = sqrt(pi)/2 e^(y^2), inf at |x| = 1. Needs SciPy.",
    example=("erfinv(0.0)", "0.0"),
)
ndtri = unary(
    "ndtri", of_float("ndtri"), kernel("ndtri"), lambda g, y, x: g * (math.sqrt(2.0 * math.pi) * exp(0.5 * (y * y))),
    source="scipy.special.ndtri({0})", latex=r"\Phi^{{-1}}({0})", domain=(PROBABILITY,), analytic=False, scipy=("ndtri",),
    doc="y = the inverse of ndtr: the quantile of the standard normal distribution, for 0 <= x <= 1; "
        "dy/dx = sqrt(2 pi) e^(y^2/2), inf at 0 and 1. Needs SciPy.",
    example=("ndtri(0.5)", "0.0"),
)
jv: Operation = of_order(binary(
    "jv", of_float("jv"), kernel("jv"), (None, lambda g, y, v, x: g * half_difference(jv, v, x)),
    source="scipy.special.jv({0}, {1})", latex="J_{{{0}}}({1})", domain=(ANY, ANY), analytic=False, cases=ORDERED,
    scipy=("jv", "jn"),
    doc="y = J_v(x), the Bessel function of the first kind of constant real order v; "
        "dy/dx = (J_(v-1)(x) - J_(v+1)(x)) / 2. Needs SciPy. Source: Olver et al. 2010, eq. 10.6.1.",
    example=("jv(0, 0.0)", "np.float64(1.0)"),
))
j0 = unary(
    "j0", of_float("j0"), kernel("j0"), lambda g, y, x: -g * j1(x),
    source="scipy.special.j0({0})", latex="J_0({0})", domain=(ANY,), analytic=False, scipy=("j0",),
    doc="y = J_0(x), a Bessel function of the first kind; dy/dx = -J_1(x). Needs SciPy. Source: Olver et al. 2010, eq. 10.6.3.",
    example=("j0(0.0)", "1.0"),
)
j1: Operation = unary(
    "j1", of_float("j1"), kernel("j1"), lambda g, y, x: g * half_difference(jv, 1.0, x),
    source="scipy.special.j1({0})", latex="J_1({0})", domain=(ANY,), analytic=False, scipy=("j1",),
    doc="y = J_1(x), a Bessel function of the first kind; dy/dx = (J_0(x) - J_2(x)) / 2. Needs SciPy.",
    example=("j1(0.0)", "0.0"),
)
iv: Operation = of_order(binary(
    "iv", of_float("iv"), kernel("iv"), (None, lambda g, y, v, x: g * half_sum(iv, v, x)),
    source="scipy.special.iv({0}, {1})", latex="I_{{{0}}}({1})", domain=(ANY, ANY), analytic=False, cases=ORDERED, scipy=("iv",),
    doc="y = I_v(x), the modified Bessel function of the first kind of constant real order v; "
        "dy/dx = (I_(v-1)(x) + I_(v+1)(x)) / 2. Needs SciPy. Source: Olver et al. 2010, eq. 10.29.1.",
    example=("iv(0, 0.0)", "np.float64(1.0)"),
))
i0 = unary(
    "i0", of_float("i0"), kernel("i0"), lambda g, y, x: g * i1(x),
    source="np.i0({0})", latex="I_0({0})", domain=(ANY,), analytic=False, numpy=(np.i0,), scipy=("i0",),
    doc="y = I_0(x), a modified Bessel function of the first kind; dy/dx = I_1(x). Needs SciPy.",
    example=("i0(0.0)", "1.0"),
)
i1: Operation = unary(
    "i1", of_float("i1"), kernel("i1"), lambda g, y, x: g * half_sum(iv, 1.0, x),
    source="scipy.special.i1({0})", latex="I_1({0})", domain=(ANY,), analytic=False, scipy=("i1",),
    doc="y = I_1(x), a modified Bessel function of the first kind; dy/dx = (I_0(x) + I_2(x)) / 2. Needs SciPy.",
    example=("i1(0.0)", "0.0"),
)
ive: Operation = of_order(binary(
    "ive", of_float("ive"), kernel("ive"), (None, lambda g, y, v, x: g * (half_sum(ive, v, x) - sign(x) * y)),
    source="scipy.special.ive({0}, {1})", latex=r"e^{{-|{1}|}} I_{{{0}}}({1})", precedence=PRODUCT, domain=(ANY, kinks(0.0)),
    analytic=False, cases=LARGE, scipy=("ive",), kink="x = 0: the middle",
    doc="y = e^-|x| I_v(x), iv without overflow, of constant real order v; "
        "dy/dx = e^-|x| (I_(v-1)(x) + I_(v+1)(x)) / 2 - sign(x) y, the middle of both sides at x = 0. Needs SciPy.",
    example=("ive(0, 0.0)", "np.float64(1.0)"),
))
i0e = unary(
    "i0e", of_float("i0e"), kernel("i0e"), lambda g, y, x: g * (i1e(x) - sign(x) * y),
    source="scipy.special.i0e({0})", latex=r"e^{{-|{0}|}} I_0({0})", precedence=PRODUCT, domain=(kinks(0.0),), analytic=False,
    scipy=("i0e",), kink="x = 0: 0",
    doc="y = e^-|x| I_0(x), i0 without overflow; dy/dx = e^-|x| I_1(x) - sign(x) y, which is 0 at the kink x = 0. Needs SciPy.",
    example=("i0e(0.0)", "1.0"),
)
i1e: Operation = unary(
    "i1e", of_float("i1e"), kernel("i1e"), lambda g, y, x: g * (half_sum(ive, 1.0, x) - sign(x) * y),
    source="scipy.special.i1e({0})", latex=r"e^{{-|{0}|}} I_1({0})", precedence=PRODUCT, domain=(kinks(0.0),), analytic=False,
    scipy=("i1e",), kink="x = 0: none yet; of the slope the middle",
    doc="y = e^-|x| I_1(x), i1 without overflow; dy/dx = e^-|x| (I_0(x) + I_2(x)) / 2 - sign(x) y, 1/2 at x = 0, where the "
        "slope has a kink. Needs SciPy.",
    example=("i1e(0.0)", "0.0"),
)
# fmt: on
