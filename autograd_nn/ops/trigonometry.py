"""Angles, inverse hyperbolic functions, and sinc with all of its derivatives: elementwise.  Layer 2; uses elementary.

No rule squares its arguments, so that slopes are right at 1e200 too: hypot stands for the root of a sum of squares.
"""

from __future__ import annotations

import math

import numpy as np

from ..domain import ANY, NONZERO, UNIT, Interval, Shape
from ..op import PRODUCT, Operation, binary, nary, unary
from .arithmetic import divide, where
from .compare import equal
from .elementary import sqrt
from .rounding import whole

__all__ = [
    "arccosh",
    "arcsinh",
    "arctan2",
    "arctanh",
    "deg2rad",
    "hypot",
    "rad2deg",
    "sinc",
    "sinc_derivative",
]

DEGREE = math.pi / 180.0


def over(x, h):
    """x / h, and 0 for every order of derivative where h = 0: a direction that the origin does not have."""
    return where(equal(h, 0.0), 0.0, divide(x, where(equal(h, 0.0), 1.0, h)))


def over_square(x, h):
    return over(over(x, h), h)


# The n-th derivative of s(u) = sin(u) / u. Differentiating u s = sin u gives u s^(n) + n s^(n-1) = sin^(n)(u), which is stable
# upwards from s for |u| > n, and downwards from a high derivative, whose error each step multiplies by |u| / k, for |u| < n.
# Source: the same recurrence as of spherical Bessel functions, Olver et al. 2010, section 10.74(iv)


def upwards(u, waves, n):
    s = waves[0] / u
    for k in range(1, n + 1):
        s = (waves[k % 4] - k * s) / u
    return s


def downwards(u, waves, n):
    s = 0.0 * u
    for k in range(3 * n + 30, n, -1):
        s = (waves[k % 4] - u * s) / k
    return s


def order_of(order):
    n = whole(order)
    if n < 0:
        raise ValueError(f"order counts derivatives, so it is 0 or more, not {n}")
    return n


def sinc_of_float(x):
    return math.sin(math.pi * x) / (math.pi * x) if x != 0.0 else 1.0


def derivative_of_sinc_of_float(x, order):
    n, u = order_of(order), math.pi * x
    if not math.isfinite(u):
        return math.nan
    sine, cosine = math.sin(u), math.cos(u)
    waves = sine, cosine, -sine, -cosine
    return math.pi**n * (downwards if abs(u) <= n + 1 else upwards)(u, waves, n)


def derivative_of_sinc(x, order):
    n, x = order_of(order), np.asarray(x)
    u = math.pi * x.astype(np.result_type(x, float))
    sine, cosine = np.sin(u), np.cos(u)
    waves = sine, cosine, -sine, -cosine
    near = abs(u) <= n + 1
    s = np.where(near, downwards(np.where(near, u, 0.0), waves, n), upwards(np.where(near, 1.0, u), waves, n))
    return (math.pi**n * s).astype(x.dtype if x.dtype.kind in "fc" else float, copy=False)[()]


# fmt: off
deg2rad = unary(
    "deg2rad", math.radians, np.deg2rad, lambda g, y, x: g * DEGREE,
    source="np.deg2rad({0})", latex=r"\frac{{\pi}}{{180}} {0}", precedence=PRODUCT, domain=(ANY,), analytic=False,
    numpy=(np.radians,),
    doc="y = x pi / 180, degrees in radians; dy/dx = pi / 180.",
    example=("deg2rad(180.0)", "3.141592653589793"),
)
rad2deg = unary(
    "rad2deg", math.degrees, np.rad2deg, lambda g, y, x: divide(g, DEGREE),
    source="np.rad2deg({0})", latex=r"\frac{{180}}{{\pi}} {0}", precedence=PRODUCT, domain=(ANY,), analytic=False,
    numpy=(np.degrees,),
    doc="y = x 180 / pi, radians in degrees; dy/dx = 180 / pi.",
    example=("rad2deg(math.pi)", "180.0"),
)
hypot: Operation = binary(
    "hypot", math.hypot, np.hypot, (lambda g, y, x, z: g * over(x, y), lambda g, y, x, z: g * over(z, y)),
    source="np.hypot({0}, {1})", latex=r"\sqrt{{{0}^2 + {1}^2}}", domain=(NONZERO, ANY), analytic=False, kink="x = z = 0: 0",
    doc="y = the square root of x^2 + z^2, without overflow of the squares; dy/dx = x / y, dy/dz = z / y, and 0 at x = z = 0 "
        "(the middle of its subgradients).",
    example=("hypot(3.0, 4.0)", "5.0"),
)
arctan2 = binary(
    "arctan2", math.atan2, np.arctan2,
    (lambda g, y, x, z: g * over_square(z, hypot(x, z)), lambda g, y, x, z: -g * over_square(x, hypot(x, z))),
    source="np.arctan2({0}, {1})", latex=r"\operatorname{{arctan2}}({0}, {1})", domain=(NONZERO, ANY), analytic=False,
    kink="x = z = 0: 0; x = 0 > z, where y jumps from -pi to pi: as beside it",
    doc="y = the angle in radians, from -pi to pi, of the point with height x and distance z to the right; with h^2 = x^2 + z^2: "
        "dy/dx = z / h^2, dy/dz = -x / h^2, without overflow of the squares, and 0 at x = z = 0, as in PyTorch.",
    example=("arctan2(1.0, 1.0)", "0.7853981633974483"),
)
arcsinh = unary(
    "arcsinh", math.asinh, np.arcsinh, lambda g, y, x: divide(g, hypot(x, 1.0)),
    source="np.arcsinh({0})", latex=r"\operatorname{{arsinh}} {0}", domain=(ANY,),
    doc="y = arsinh x, the inverse of sinh; dy/dx = 1 / sqrt(1 + x^2).",
    example=("arcsinh(0.0)", "0.0"),
)
arccosh = unary(
    "arccosh", math.acosh, np.arccosh, lambda g, y, x: divide(g, sqrt(x - 1.0) * sqrt(x + 1.0)),
    source="np.arccosh({0})", latex=r"\operatorname{{arcosh}} {0}", domain=(Interval(1.2, 3.0),),
    doc="y = arcosh x >= 0, the inverse of cosh, for x >= 1; dy/dx = 1 / sqrt(x^2 - 1), inf at x = 1.",
    example=("arccosh(1.0)", "0.0"),
)
arctanh = unary(
    "arctanh", math.atanh, np.arctanh, lambda g, y, x: divide(g, (1.0 - x) * (1.0 + x)),
    source="np.arctanh({0})", latex=r"\operatorname{{artanh}} {0}", domain=(UNIT,),
    doc="y = artanh x, the inverse of tanh, for |x| <= 1; dy/dx = 1 / (1 - x^2), inf at |x| = 1.",
    example=("arctanh(0.0)", "0.0"),
)
sinc = unary(
    "sinc", sinc_of_float, np.sinc, lambda g, y, x: g * sinc_derivative(x, 1),
    source="np.sinc({0})", latex=r"\mathrm{{sinc}}({0})", domain=(ANY,), numpy=(np.sinc,),
    doc="y = sin(pi x) / (pi x), 1 at x = 0; dy/dx = sinc_derivative(x, 1), which is 0 at x = 0; right there at every order.",
    example=("sinc(0.5)", "0.6366197723675814"),
)
sinc_derivative: Operation = nary(
    "sinc_derivative", derivative_of_sinc, (lambda g, y, x, order: g * sinc_derivative(x, order + 1), None),
    derivative_of_sinc_of_float, kind="elementwise",
    source="sinc_derivative({0}, {1})", latex=r"\mathrm{{sinc}}^{{({1})}}({0})", domain=(ANY,),
    cases=((ANY, 0), (ANY, 1), (Shape(), 2), (Shape(2, 3), 3), (Shape(0, 3), 1)),
    doc="y = the derivative of this order (0, 1, 2, ...) of sin(pi x) / (pi x), by a recurrence that is stable at every x, 0 "
        "included; dy/dx = the derivative of the next order. Source: Olver et al. 2010, section 10.74(iv).",
    example=("sinc_derivative(0.0, 2)", "-3.28986813369645..."),
)
# fmt: on
