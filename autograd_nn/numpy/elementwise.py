"""NumPy's elementwise functions with two results.  Layer 4; made of operations."""

from __future__ import annotations

import numpy as np

from .. import ops
from ..composition import composition
from ..domain import Interval, Shape

__all__ = ["divmod", "modf"]


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
