"""Arrays put together, taken apart and rearranged, with NumPy's names and signatures.  Layer 4; made of operations."""

from __future__ import annotations

import numpy as np

from .. import ops
from ..composition import composition
from ..domain import Shape

__all__ = ["concatenate", "stack"]


@composition(
    np.concatenate,
    np.concat,
    cases=(
        ([Shape(2, 3), Shape(1, 3)],),
        ([Shape(2, 1), Shape(2, 2), Shape(2, 1)], -1),
        ([Shape(2, 2), Shape(3)], None),
    ),
)
def concatenate(arrays, axis=0, *, dtype=None):
    """Arrays joined along an axis that they have; axis=None joins them flattened.

    arrays    a sequence of arrays, Tensors or Values' arrays, equal in every other size;  dtype: of the result
    The cotangent of each array is the part of g that it became.

    >>> concatenate([np.array([1.0]), np.array([2.0, 3.0])])
    array([1., 2., 3.])
    """
    parts = [ops.ravel(x) for x in arrays] if axis is None else arrays
    joined = ops.join(0 if axis is None else axis, *parts)
    return joined if dtype is None else ops.astype(joined, dtype)


@composition(
    np.stack, cases=(([Shape(2, 3), Shape(2, 3)],), ([Shape(2), Shape(2), Shape(2)], -1), ([Shape(), Shape()],))
)
def stack(arrays, axis=0, *, dtype=None):
    """Arrays of one shape, put side by side along a new axis.

    The cotangent of the k-th array is g at k of that axis.

    >>> stack([np.array([1.0, 2.0]), np.array([3.0, 4.0])], axis=1)
    array([[1., 3.],
           [2., 4.]])
    """
    return concatenate([ops.expand_dims(x, axis) for x in arrays], axis, dtype=dtype)
