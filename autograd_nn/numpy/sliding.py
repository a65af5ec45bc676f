"""Sliding windows with NumPy's name and signature.  Layer 4; made of operations."""

from __future__ import annotations

import numpy as np

from .. import ops
from ..composition import composition
from ..domain import Shape
from ..errors import ShapeError, user_line
from ..op import ndim_of, shape_of
from ..ops.sliding import whole

__all__ = ["sliding_window_view"]


@composition(
    np.lib.stride_tricks.sliding_window_view,
    name="lib.stride_tricks.sliding_window_view",
    cases=(
        (Shape(5), 3),
        (Shape(3, 4), (2, 3)),
        (Shape(2, 4, 3), 2, -2),
        (Shape(3, 2, 4), (2, 3), (2, 0)),
        (Shape(2, 6), (2, 3), (1, 1)),
        (Shape(0, 3), 2, 1),
    ),
)
def sliding_window_view(x, window_shape, axis=None):
    """All windows of that shape in x, a step apart: their axes come last, and an axis that they slide along counts windows.

    window_shape   int >= 1, or a tuple of them
    axis           int or tuple, the axis of each; None: all axes of x. An axis that is named twice is slid along twice
    The result is a read-only view of the data of x. The cotangents of all windows that hold a number are added up: see ops.fold,
    and ops.windows for windows further apart.

    >>> sliding_window_view(np.array([1.0, 2.0, 4.0]), 2)
    array([[1., 2.],
           [2., 4.]])
    """
    ndim = ndim_of(x)
    sizes, axes = whole(window_shape), tuple(range(ndim)) if axis is None else whole(axis)
    if len(sizes) != len(axes) or not all([-ndim <= a < ndim for a in axes]):
        raise ShapeError(
            f"sliding_window_view got window_shape={window_shape!r:.60} and axis={axis!r:.60} for x of shape {shape_of(x)}, at "
            f"{user_line()}; expected a whole number for each axis, and axes from {-ndim} to {ndim - 1}. Name as many axes as "
            "the windows have sizes; without axis, give a size for each axis of x."
        )
    axes = tuple([a % ndim for a in axes])
    if len(set(axes)) == len(axes):
        return ops.windows(x, sizes, 1, 1, axes)
    for size, a in zip(sizes, axes):
        x = ops.windows(x, (size,), 1, 1, (a,))
    return x
