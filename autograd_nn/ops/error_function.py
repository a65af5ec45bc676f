"""The error function and its complement, which NumPy lacks: array kernels and records.  Layer 2; uses elementary."""

from __future__ import annotations

import math

import numpy as np

from ..domain import ANY
from ..op import PRODUCT, unary
from .arithmetic import square
from .elementary import exp

__all__ = ["erf", "erfc", "erfcx"]

# Rational approximations of Cody 1969, highest power first, each pair a numerator and a denominator:
# erf(x) / x in x^2 up to 0.46875; e^(x^2) erfc(x) in x up to 4; above, in x^-2, the rest of x e^(x^2) erfc(x) after 1/sqrt(pi)
LOW, MIDDLE, SMALL = 0.46875, 4.0, 1000
NEAR = (
    (1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3),
)
BETWEEN = (
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2,
     8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3),
    (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
     3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3),
)  # fmt: skip
FAR = (
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1, 1.60837851487422766e-2,
     6.58749161529837803e-4),
    (1.0, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3),
)  # fmt: skip
SLOPE = 2.0 / math.sqrt(math.pi)


def polynomial(coefficients, x):
    y = x * coefficients[0]
    for c in coefficients[1:-1]:
        y += c
        y *= x
    y += coefficients[-1]
    return y


def ratio(pair, x):
    return polynomial(pair[0], x) / polynomial(pair[1], x)


def far_tail(x):
    """e^(x^2) erfc(x) of x > MIDDLE, a number or an array."""
    s = 1.0 / x / x
    return (SLOPE / 2.0 - s * ratio(FAR, s)) / x


def scaled_tail(x):
    """e^(x^2) erfc(x) of a row of x > LOW."""
    y = np.empty_like(x)
    near = np.flatnonzero(x <= MIDDLE)
    y[near] = ratio(BETWEEN, x.take(near))
    far = np.flatnonzero(x > MIDDLE)
    if far.size:
        y[far] = far_tail(x.take(far))
    return y


def tail(x):
    """erfc of a row of x > LOW.  e^(-x^2) by two factors, the first exact to rounding: the error of x^2 would grow with x^2."""
    head = np.trunc(x * 16.0) * 0.0625
    return scaled_tail(x) * np.exp(-head * head) * np.exp((head - x) * (x + head))


def rational(x, complement):
    """erf or erfc of a row of float64 numbers.  Indices, not masks: half of the time."""
    y, z = x.copy(), np.minimum(np.abs(x), 30.0)  # nan stays; from 30 on the functions are constant
    low = np.flatnonzero(z <= LOW)
    w = x.take(low)
    w *= ratio(NEAR, w * w)
    y[low] = 1.0 - w if complement else w
    high = np.flatnonzero(z > LOW)
    sign, t = x.take(high), tail(z.take(high))
    y[high] = np.where(sign < 0.0, 2.0 - t, t) if complement else np.copysign(1.0 - t, sign)
    return y


def kernel(scalar, complement):
    """The array kernel: C's own function for few numbers, in NumPy from SMALL on (20 ns a number instead of 65)."""

    def array(x):
        x = np.asarray(x)
        if x.dtype.kind == "c":
            raise TypeError(f"{scalar.__name__} takes real numbers")
        row = x.ravel().astype(float)
        if row.size < SMALL:
            y = np.fromiter(map(scalar, row.tolist()), float, row.size)
        else:  # blocks that stay in the cache
            y = np.concatenate([rational(row[i : i + 8192], complement) for i in range(0, row.size, 8192)])
        return y.astype(x.dtype if x.dtype.kind == "f" else float, copy=False).reshape(x.shape)[()]

    return array


def scaled(x):
    """The array kernel of e^(x^2) erfc(x): the product where both factors are tame, and below -27 where it is inf."""
    x = np.asarray(x)
    row = x.ravel().astype(float)
    y = row.copy()  # nan stays
    low = np.flatnonzero(row <= LOW)
    z = np.maximum(row.take(low), -30.0)
    with np.errstate(over="ignore"):
        y[low] = np.exp(z * z) * erfc.op.array(z)
    high = np.flatnonzero(row > LOW)
    y[high] = scaled_tail(row.take(high))
    return y.astype(x.dtype if x.dtype.kind == "f" else float, copy=False).reshape(x.shape)[()]


def scaled_float(x):
    return math.exp(x * x) * math.erfc(x) if x <= LOW else ratio(BETWEEN, x) if x <= MIDDLE else far_tail(x)


# fmt: off
erf = unary(
    "erf", math.erf, kernel(math.erf, False), lambda g, y, x: g * (SLOPE * exp(-square(x))),
    source="erf({0})", latex=r"\mathrm{{erf}}({0})", domain=(ANY,), analytic=False,
    scipy=("erf",),
    doc="y = 2/sqrt(pi) times the integral of e^(-t^2) from 0 to x; dy/dx = 2/sqrt(pi) e^(-x^2). Error: C's below 1000 numbers, "
        "at most 5 units in the last place above. Source: Cody 1969.",
    example=("erf(0.0)", "0.0"),
)
erfc = unary(
    "erfc", math.erfc, kernel(math.erfc, True), lambda g, y, x: -g * (SLOPE * exp(-square(x))),
    source="erfc({0})", latex=r"\mathrm{{erfc}}({0})", domain=(ANY,), analytic=False,
    scipy=("erfc",),
    doc="y = 1 - erf(x) without its cancellation at large x; dy/dx = -2/sqrt(pi) e^(-x^2). Error: C's below 1000 numbers, at "
        "most 7 units in the last place above (down to 1e-300). Source: Cody 1969.",
    example=("erfc(0.0)", "1.0"),
)
erfcx = unary(
    "erfcx", scaled_float, scaled, lambda g, y, x: g * (2.0 * (x * y) - SLOPE),
    source="np.exp({0} ** 2) * erfc({0})", latex=r"\mathrm{{erfcx}}({0})", precedence=PRODUCT, domain=(ANY,), analytic=False,
    scipy=("erfcx",),
    doc="y = e^(x^2) erfc(x), which does not underflow at large x, about 1 / (x sqrt(pi)) there, and is inf below -26.7; "
        "dy/dx = 2 x y - 2/sqrt(pi), in which x^2 times the rounding error is left at large x. Source: Cody 1969.",
    example=("erfcx(0.0)", "1.0"),
)
# fmt: on
