"""NumPy's elementwise functions with two results, and those of single bits.  Layer 4; made of operations."""

from __future__ import annotations

import numpy as np

from .. import ops
from ..composition import composition
from ..domain import Interval, Shape
from ..op import data_of

__all__ = ["bitwise_and", "bitwise_invert", "bitwise_or", "bitwise_xor", "divmod", "modf"]


@composition(
    np.divmod,
    cases=((Shape(3), Shape(3)),),
    domain=Interval(0.6, 0.9),
    analytic=False,
    kink="x / z an integer: 0 and 1",
)
def divmod(x1, x2, /):
    """(floor(x1 / x2), the remainder of the sign of x2); d remainder / dx1 = 1, d remainder / dx2 = -floor(x1 / x2).

    >>> divmod(7.0, 2.0)
    (3.0, 1.0)
    """
    return ops.floor_divide(x1, x2), ops.remainder(x1, x2)


@composition(np.modf, cases=((Shape(3),),), domain=Interval(0.1, 0.9), analytic=False, kink="x an integer: 1 and 0")
def modf(x, /):
    """(the part after the point, the part before it), both of the sign of x; the derivative of the first is 1, of the second 0.

    >>> modf(-2.5)
    (-0.5, -2.0)
    """
    return x - ops.trunc(x), ops.trunc(x)


def booleans(name, *xs):
    """The arguments, which must be booleans: bits of recorded numbers have no use here."""
    for x in xs:
        dtype = np.asarray(data_of(x)).dtype
        if dtype.kind != "b":
            raise TypeError(f"{name} of recorded data takes booleans, such as comparisons, and got dtype {dtype}")
    return xs


@composition(np.bitwise_and, cases=())
def bitwise_and(x1, x2, /):
    """Both, of booleans: what & calls.  No gradient flows.

    >>> bitwise_and(np.array([True, False]), np.array([True, True]))
    array([ True, False])
    """
    return ops.logical_and(*booleans("bitwise_and", x1, x2))


@composition(np.bitwise_or, cases=())
def bitwise_or(x1, x2, /):
    """Either, of booleans: what | calls.  No gradient flows.

    >>> bitwise_or(np.array([True, False]), np.array([True, True]))
    array([ True,  True])
    """
    return ops.logical_or(*booleans("bitwise_or", x1, x2))


@composition(np.bitwise_xor, cases=())
def bitwise_xor(x1, x2, /):
    """Exactly one, of booleans: what ^ calls.  No gradient flows.

    >>> bitwise_xor(np.array([True, False]), np.array([True, True]))
    array([False,  True])
    """
    return ops.logical_xor(*booleans("bitwise_xor", x1, x2))


@composition(np.invert, cases=())
def bitwise_invert(x, /):
    """The opposite, of booleans: what ~ calls.  No gradient flows.

    >>> bitwise_invert(np.array([True, False]))
    array([False,  True])
    """
    return ops.logical_not(*booleans("bitwise_invert", x))
