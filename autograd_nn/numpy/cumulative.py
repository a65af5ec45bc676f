"""Running sums and products, with NumPy's names and signatures.  Layer 4; made of operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import ops
from ..arguments import array_of
from ..composition import composition, since
from ..domain import Shape
from ..errors import ShapeError, user_line
from ..op import data_of, shape_of
from .axes import axis_of
from .nan_reductions import filled

__all__ = ["cumprod", "cumsum", "cumulative_prod", "cumulative_sum", "nancumprod", "nancumsum"]

CASES = ((Shape(2, 3),), (Shape(2, 3), 0), (Shape(), 0))
INITIAL = (
    (Shape(3),),
    (Shape(2, 3), {"axis": 0, "include_initial": True}),
    (Shape(0, 2), {"axis": 0, "include_initial": True}),
)


def running(operation: Callable, a, axis, dtype) -> Any:
    """A running sum or product; of all elements in order if axis is None."""
    if dtype is not None:
        a = ops.astype(a, dtype)
    if axis is None or not shape_of(a):
        a, axis = ops.ravel(a), axis or 0
    return operation(a, axis)


@composition(np.cumsum, cases=CASES)
def cumsum(a, axis=None, dtype=None):
    """Running sums along axis (default: of all elements in order); the cotangents are summed from the other end.

    >>> cumsum(np.array([1.0, 2.0, 3.0]))
    array([1., 3., 6.])
    """
    return running(ops.cumsum, a, axis, dtype)


@composition(np.cumprod, cases=CASES)
def cumprod(a, axis=None, dtype=None):
    """Running products along axis (default: of all elements in order); derivatives are right where elements are 0 too.

    >>> cumprod(np.array([1.0, 2.0, 3.0]))
    array([1., 2., 6.])
    """
    return running(ops.cumprod, a, axis, dtype)


@composition(np.nancumsum, cases=CASES)
def nancumsum(a, axis=None, dtype=None):
    """Running sums in which nan counts as 0.

    >>> nancumsum(np.array([1.0, np.nan, 3.0]))
    array([1., 1., 4.])
    """
    return running(ops.cumsum, filled("nancumsum", a, 0), axis, dtype)


@composition(np.nancumprod, cases=CASES)
def nancumprod(a, axis=None, dtype=None):
    """Running products in which nan counts as 1.

    >>> nancumprod(np.array([2.0, np.nan, 3.0]))
    array([2., 2., 6.])
    """
    return running(ops.cumprod, filled("nancumprod", a, 1), axis, dtype)


def along_one_axis(name: str, operation: Callable, start: float, x, axis, dtype, include_initial) -> Any:
    """A running sum or product along one axis, perhaps with what it starts from in front."""
    x = array_of(name, x)
    shape = shape_of(x)
    if axis is None and len(shape) > 1:
        raise ShapeError(
            f"{name} got an array of shape {shape} and no axis, at {user_line()}. It runs along one axis. Give "
            "axis=, or flatten the array first."
        )
    y = running(operation, x, axis, dtype)
    if not include_initial:
        return y
    axis = axis_of(y, axis or 0)
    sizes = shape_of(y)
    edge = np.full((*sizes[:axis], 1, *sizes[axis + 1 :]), start, data_of(y).dtype)
    return ops.join(axis, edge, y)


@composition(*since("cumulative_sum"), cases=INITIAL)
def cumulative_sum(x, /, *, axis=None, dtype=None, include_initial=False):
    """Running sums along axis, which may be left out for one axis; include_initial puts a 0 in front.

    >>> cumulative_sum(np.array([1.0, 2.0]), include_initial=True)
    array([0., 1., 3.])
    """
    return along_one_axis("cumulative_sum", ops.cumsum, 0, x, axis, dtype, include_initial)


@composition(*since("cumulative_prod"), cases=INITIAL)
def cumulative_prod(x, /, *, axis=None, dtype=None, include_initial=False):
    """Running products along axis, which may be left out for one axis; include_initial puts a 1 in front.

    >>> cumulative_prod(np.array([2.0, 3.0]), include_initial=True)
    array([1., 2., 6.])
    """
    return along_one_axis("cumulative_prod", ops.cumprod, 1, x, axis, dtype, include_initial)
