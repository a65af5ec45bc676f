"""NumPy's functions of complex numbers: magnitude, angle, parts, powers, exp and log.  Layer 4; uses complex_numbers."""

from __future__ import annotations

import numpy as np

from .. import ops
from ..composition import composition
from ..domain import Shape, kinks
from ..node import Node
from ..op import data_of
from .complex_numbers import Complex, complex_too, halves, misuse, pair

__all__ = ["angle", "conj", "conjugate", "imag", "real"]


@complex_too(np.real)
@composition(np.real, cases=((Shape(2, 3),), (Shape(),)), analytic=False)
def real(val):
    """The real part: of a real array or Tensor, itself.

    >>> real(Complex(np.array([1.0 + 2.0j])))
    array([1.])
    """
    return val.real if isinstance(val, Complex) else val if isinstance(val, Node) else np.real(val)


@complex_too(np.imag)
@composition(np.imag, cases=())
def imag(val):
    """The imaginary part: of a real array or Tensor, zeros.

    >>> imag(Complex(np.array([1.0 + 2.0j])))
    array([2.])
    """
    return val.imag if isinstance(val, Complex) else np.imag(data_of(val))


@complex_too(np.conjugate)
@composition(np.conjugate, cases=((Shape(2, 3),), (Shape(),)), analytic=False)
def conj(x):
    """re - i im: of a real array or Tensor, itself.

    >>> conj(Complex(np.array([1.0 + 2.0j])))
    Complex([1.-2.j])
    """
    return (
        pair(x.real, ops.negative(x.imag)) if isinstance(x, Complex) else x if isinstance(x, Node) else np.conjugate(x)
    )


conjugate = conj


@complex_too(np.angle)
@composition(np.angle, cases=((Shape(2, 3),), (Shape(3), True)), domain=kinks(0.0), kink="z = 0: 0", analytic=False)
def angle(z, deg=False):
    """The angle of z = r e^(i angle), from -pi to pi (from -180 to 180 with deg): of a real number 0 or pi.

    Its derivative by the parts is (-im, re) / |z|^2, and 0 at z = 0, where there is no angle; see ops.arctan2.

    >>> angle(Complex(np.array([1.0 + 1.0j])), deg=True)
    array([45.])
    """
    re, im = halves(z)
    radians = ops.arctan2(0.0 if im is None else im, re)
    return ops.multiply(radians, 180.0 / np.pi) if deg else radians


@complex_too(np.where)
def where(condition, x, z):
    (a, b), (c, d) = halves(x), halves(z)
    return pair(ops.where(condition, a, c), ops.where(condition, 0.0 if b is None else b, 0.0 if d is None else d))


@complex_too(np.absolute)
def absolute(z):
    """|z|, whose derivative at z = 0 is 0."""
    return ops.hypot(z.real, z.imag)


@complex_too(np.square)
def square(z):
    return z * z


@complex_too(np.reciprocal)
def reciprocal(z):
    return 1.0 / z


@complex_too(np.power)
def power(z, exponent):
    """By repeated multiplication, for one whole exponent."""
    number = not isinstance(exponent, Complex | Node) and np.ndim(exponent) == 0
    if not isinstance(z, Complex) or not number or exponent != np.floor(np.real(exponent)):
        base = z if isinstance(z, Complex) else exponent
        raise misuse(base, "a power that is not one integer,", "np.exp(p * np.log(z))")
    result, factor, rest = None, z, abs(int(exponent))
    while rest:
        if rest % 2:
            result = factor if result is None else result * factor
        rest //= 2
        factor = factor * factor if rest else factor
    if result is None:
        return Complex(np.ones(z.shape, z.dtype))
    return reciprocal(result) if exponent < 0 else result


@complex_too(np.exp)
def exp(z):
    """e^re (cos im + i sin im)."""
    size = ops.exp(z.real)
    return pair(ops.multiply(size, ops.cos(z.imag)), ops.multiply(size, ops.sin(z.imag)))


@complex_too(np.log)
def log(z):
    """log |z| + i angle(z)."""
    return pair(ops.log(absolute(z)), angle(z))


@complex_too(np.equal)
def equal(x, z):
    (a, b), (c, d) = halves(x), halves(z)
    return ops.logical_and(ops.equal(a, c), ops.equal(0.0 if b is None else b, 0.0 if d is None else d))


@complex_too(np.not_equal)
def not_equal(x, z):
    return ops.logical_not(equal(x, z))


@complex_too(np.positive)
def positive(z):
    return z


@complex_too(np.isfinite)
def isfinite(z):
    return np.isfinite(z.numpy())


@complex_too(np.isnan)
def isnan(z):
    return np.isnan(z.numpy())
