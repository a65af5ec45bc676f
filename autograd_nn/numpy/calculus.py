"""Differences, derivatives and integrals of sampled functions, with NumPy's names.  Layer 4; made of operations."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..composition import composition
from ..domain import Shape
from ..errors import ShapeError, user_line
from ..node import Node
from ..op import data_of, ndim_of, shape_of
from ..ops.indexing import along
from .axes import axes_of, axis_of

__all__ = ["diff", "ediff1d", "gradient", "trapezoid"]


def cut(x: Any, axis: int, first: int | None, last: int | None) -> Any:
    """x from one place of an axis up to another."""
    return ops.index(x, along(axis, slice(first, last)))


def joined(axis: int, *parts: Any) -> Any:
    """Those of the parts that are there, joined."""
    there = [x for x in parts if x is not None]
    return there[0] if len(there) == 1 else ops.join(axis, *there)


@composition(
    np.diff,
    cases=(
        (Shape(4),),
        (Shape(3, 3), 2, 0),
        (Shape(2), 0),
        (Shape(2, 3), {"axis": 0, "prepend": Shape(1, 3), "append": 0.0}),
        (Shape(2), 3),
        (Shape(2), 0, {"prepend": 1.0}),
    ),
)
def diff(a, n=1, axis=-1, prepend=None, append=None):
    """Differences of neighbours along an axis, a_(j+1) - a_j, taken n times.

    prepend, append   put before and after a first: arrays, or a number
    The cotangent of a_j is g_(j-1) - g_j.

    >>> diff(np.array([1.0, 4.0, 9.0, 16.0]), 2)
    array([2., 2.])
    """
    shape = shape_of(a)
    k = axis_of(a, axis)
    if not isinstance(n, int | np.integer) or n < 0:
        raise ShapeError(
            f"diff got n={n!r}, at {user_line()}. Differences are taken n >= 0 times. Give a whole number."
        )
    if n == 0:
        return ops.positive(a)  # without what was to be put around it, as NumPy
    around = (*shape[:k], 1, *shape[k + 1 :])
    before, after = [x if x is None or shape_of(x) else ops.broadcast_to(x, around) for x in (prepend, append)]
    a = joined(k, before, a, after)
    for _ in range(n):
        a = ops.subtract(cut(a, k, 1, None), cut(a, k, None, -1))
    return a


@composition(np.ediff1d, cases=((Shape(2, 3),), (Shape(3), Shape(2), 1.5), (Shape(1),)), analytic=False)
def ediff1d(ary, to_end=None, to_begin=None):
    """Differences of neighbours in the flattened array, between to_begin and to_end.

    >>> ediff1d(np.array([1.0, 4.0, 9.0]), to_begin=0.0)
    array([0., 3., 5.])
    """
    d = diff(ops.ravel(ary))
    dtype = data_of(d).dtype  # that of the result, as in NumPy
    ends = [None if x is None else ops.ravel(x) for x in (to_begin, to_end)]
    before, after = [x if x is None or dtype.kind != "f" else ops.astype(x, dtype) for x in ends]
    return joined(0, before, d, after)


@composition(
    np.trapezoid,
    cases=(
        (Shape(4),),
        (Shape(2, 3), None, 0.5, 0),
        (Shape(2, 3), Shape(3)),
        (Shape(3, 2), Shape(3), {"axis": 0}),
        (Shape(2, 3), Shape(2, 3)),
        (Shape(1),),
    ),
)
def trapezoid(y, x=None, dx=1.0, axis=-1):
    """The integral by the trapezoidal rule along an axis: sum_j (x_(j+1) - x_j) (y_(j+1) + y_j) / 2.

    x    where y is sampled: of one dimension, or of the shape of y;  dx: the distance of samples, where x is not given
    dI/dy_j = (x_(j+1) - x_(j-1)) / 2 inside, dI/dx_j = (y_(j-1) - y_(j+1)) / 2.

    >>> trapezoid(np.array([1.0, 2.0, 3.0]), np.array([4.0, 6.0, 8.0]))
    np.float64(8.0)
    """
    shape = shape_of(y)
    k = axis_of(y, axis)
    if x is not None:
        many = ndim_of(x) > 1
        if not many and shape_of(x) != (shape[k],):
            raise ShapeError(
                f"trapezoid got x of shape {shape_of(x)} for y of shape {shape} and axis={axis}, at {user_line()}. There is "
                f"one x for each of the {shape[k]} samples. Give x of shape ({shape[k]},), or of the shape of y."
            )
        dx = diff(x, axis=k if many else 0)
        dx = dx if many else ops.reshape(dx, (-1, *(1,) * (len(shape) - k - 1)))
    return ops.sum(ops.multiply(ops.multiply(dx, ops.add(cut(y, k, 1, None), cut(y, k, None, -1))), 0.5), k)


@composition(
    np.gradient,
    cases=(
        (Shape(4),),
        (Shape(3, 4), 0.5, {"edge_order": 2}),
        (Shape(3, 2), {"axis": 0}),
        (Shape(2, 3), 2.0, np.array([0.0, 1.0, 3.0])),
        (Shape(4), np.array([0.0, 1.0, 3.0, 3.5]), {"edge_order": 2}),
        (Shape(2, 3), np.array([0.0, 1.0, 2.0]), {"axis": -1}),
    ),
)
def gradient(f, *varargs, axis=None, edge_order=1):
    """The derivative of sampled f along each axis: central differences of order h^2 inside, one-sided ones at both ends.

    varargs      the distance of samples (one for all axes, or one for each), or their coordinates (an array for each axis);
                 1 if none is given. Tensors are differentiated
    edge_order   1 or 2: the order of the differences at the ends
    returns      an array for one axis, a tuple of arrays for several

    >>> gradient(np.array([0.0, 1.0, 4.0, 9.0]), 1.0, edge_order=2)
    array([0., 2., 4., 6.])
    """
    shape = shape_of(f)
    places = axes_of(f, axis)
    if len(varargs) not in (0, 1, len(places)) or (len(varargs) == 1 != len(places) and shape_of(varargs[0])):
        raise ShapeError(
            f"gradient got {len(varargs)} spacings for {len(places)} axes, at {user_line()}. There is one number for all of "
            "them, or one number or array for each. Give one of these."
        )
    if edge_order not in (1, 2):
        raise ShapeError(f"gradient got edge_order={edge_order!r}, at {user_line()}. It is 1 or 2. Give one of these.")
    spacings = varargs if len(varargs) == len(places) else (varargs or (1.0,)) * len(places)
    results = tuple([slope(f, h, k, shape, edge_order) for h, k in zip(spacings, places)])
    return results[0] if len(results) == 1 else results


def slope(f: Any, h: Any, axis: int, shape: tuple, edge_order: int) -> Any:
    """The derivative along one axis."""
    if shape[axis] < edge_order + 1:
        raise ShapeError(
            f"gradient got an array of shape {shape}, at {user_line()}; along axis {axis} it needs {edge_order + 1} samples "
            f"for edge_order={edge_order}. Give more, or leave the axis out of axis=."
        )
    h = distances(h, axis, f, shape)
    rises = ops.divide(diff(f, axis=axis), h)
    turns = ops.subtract(cut(rises, axis, None, -1), cut(rises, axis, 1, None))
    nearer = 0.5  # the share of the rise before: it is the larger, the shorter its distance
    if shape_of(h):
        before, after = cut(h, 0, None, -1), cut(h, 0, 1, None)
        nearer = ops.divide(after, ops.add(before, after))
    inner = ops.add(cut(rises, axis, 1, None), ops.multiply(turns, nearer))
    first, last = cut(rises, axis, None, 1), cut(rises, axis, -1, None)
    if edge_order == 2:  # the parabola through three samples
        first = ops.add(first, cut(ops.multiply(turns, ops.subtract(1.0, nearer)), axis, None, 1))
        last = ops.subtract(last, cut(ops.multiply(turns, nearer), axis, -1, None))
    return ops.join(axis, first, inner, last)


def distances(h: Any, axis: int, f: Any, shape: tuple) -> Any:
    """The distance of samples: a number, or an array of one less than there are coordinates, to broadcast along the axis."""
    if not shape_of(h):
        return h
    if shape_of(h) != (shape[axis],):
        raise ShapeError(
            f"gradient got coordinates of shape {shape_of(h)} for axis {axis} of an array of shape {shape}, at {user_line()}. "
            f"There is one for each sample. Give shape ({shape[axis]},), or one number."
        )
    if not isinstance(h, Node):  # the dtype of the result is that of f, as in NumPy
        h = np.asarray(h, np.result_type(data_of(f), np.float16))
    return ops.reshape(diff(h), (-1, *(1,) * (len(shape) - axis - 1)))
