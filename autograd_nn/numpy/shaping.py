"""Arrays rearranged and repeated, with NumPy's names and signatures.  Layer 4; made of operations."""

from __future__ import annotations

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from .. import ops
from ..composition import composition
from ..domain import Shape
from ..op import data_of, ndim_of, shape_of
from ..ops.indexing import along
from .axes import axes_of, axis_of

__all__ = [
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "broadcast_arrays",
    "flip",
    "fliplr",
    "flipud",
    "ix_",
    "meshgrid",
    "moveaxis",
    "ndim",
    "ravel",
    "repeat",
    "reshape",
    "rollaxis",
    "rot90",
    "same",
    "tile",
]

SQUARE, CUBE = Shape(2, 3), Shape(2, 3, 2)


def ndim(a):
    """The number of axes.

    >>> ndim(np.ones((2, 3)))
    2
    """
    return ndim_of(a)


def same(x):
    """The same numbers as a result of its own, booleans too, of which NumPy's positive knows nothing."""
    return ops.positive(x) if np.asarray(data_of(x)).dtype.kind != "b" else ops.reshape(x, shape_of(x))


@composition(np.reshape, cases=((SQUARE, (3, 2)), (SQUARE, -1), (SQUARE, (3, -1), {"order": "F"})))
def reshape(a, /, shape, order="C", *, copy=None):
    """The same numbers in another shape of the same size; one size may be -1.

    order   "C": the last axis runs fastest, "F": the first, "A": as "F" where a lies so in memory
    copy    taken for NumPy's sake: results are never written to
    The cotangent is reshaped back.

    >>> reshape(np.arange(4.0), (2, 2), order="F")
    array([[0., 2.],
           [1., 3.]])
    """
    if order not in ("C", "F", "A"):
        raise ValueError(f"order={order!r} is none of 'C', 'F' and 'A'")
    if order == "C" or (order == "A" and not np.isfortran(np.asarray(data_of(a)))):
        return ops.reshape(a, shape)
    backwards = tuple(np.atleast_1d(shape).tolist())[::-1]
    return ops.transpose(ops.reshape(ops.transpose(a), backwards))


@composition(np.ravel, cases=((SQUARE,), (Shape(),), (SQUARE, "F"), (SQUARE, "K")))
def ravel(a, order="C"):
    """The numbers as one row; order="F" runs along the first axis first.  The cotangent is reshaped back.

    order   "A": as "F" where a lies so in memory;  "K": the axes in the order in which they lie in memory

    >>> ravel(np.array([[1.0, 2.0], [3.0, 4.0]]), "F")
    array([1., 3., 2., 4.])
    """
    data = np.asarray(data_of(a))
    if order == "K":
        return ops.ravel(ops.transpose(a, tuple(np.argsort([-abs(n) for n in data.strides], kind="stable").tolist())))
    if order not in ("C", "F", "A"):
        raise ValueError(f"order={order!r} is none of 'C', 'F', 'A' and 'K'")
    return ops.ravel(ops.transpose(a) if order == "F" or (order == "A" and np.isfortran(data)) else a)


@composition(np.moveaxis, cases=((CUBE, 0, -1), (CUBE, (0, 1), (2, 0))))
def moveaxis(a, source, destination):
    """The axes `source` moved to the positions `destination`, the others in their order.  The cotangent is moved back.

    >>> moveaxis(np.zeros((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    n = ndim_of(a)
    sources, targets = normalize_axis_tuple(source, n, "source"), normalize_axis_tuple(destination, n, "destination")
    if len(sources) != len(targets):
        raise ValueError(f"source names {len(sources)} axes and destination {len(targets)}")
    order = [i for i in range(n) if i not in sources]
    for target, axis in sorted(zip(targets, sources)):
        order.insert(target, axis)
    return ops.transpose(a, tuple(order))


@composition(np.rollaxis, cases=((CUBE, 2), (CUBE, 0, 2)))
def rollaxis(a, axis, start=0):
    """The axis moved back until it lies before position `start`; moveaxis says the same more plainly.

    >>> rollaxis(np.zeros((2, 3, 4)), 2).shape
    (4, 2, 3)
    """
    axis, start = axis_of(a, axis), start + ndim_of(a) if start < 0 else start
    return moveaxis(a, axis, start - 1 if axis < start else start)


@composition(np.flip, cases=((SQUARE,), (SQUARE, 1), (CUBE, (0, -1))))
def flip(m, axis=None):
    """The elements in reversed order along axis (default: along all).  The cotangent is flipped back.

    >>> flip(np.array([1.0, 2.0, 3.0]))
    array([3., 2., 1.])
    """
    axes = axes_of(m, axis)
    return ops.index(m, tuple([slice(None, None, -1) if i in axes else slice(None) for i in range(ndim_of(m))]))


@composition(np.flipud, cases=((SQUARE,),))
def flipud(m):
    """Rows in reversed order.

    >>> flipud(np.array([1.0, 2.0]))
    array([2., 1.])
    """
    return flip(m, 0)


@composition(np.fliplr, cases=((SQUARE,),))
def fliplr(m):
    """Columns in reversed order.

    >>> fliplr(np.array([[1.0, 2.0]]))
    array([[2., 1.]])
    """
    return flip(m, 1)


@composition(np.rot90, cases=((SQUARE,), (SQUARE, 2), (CUBE, 3, (1, 2)), (SQUARE, -1), (SQUARE, 4)))
def rot90(m, k=1, axes=(0, 1)):
    """The plane of two axes turned by k quarter turns, from the first axis towards the second.

    >>> rot90(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[2., 4.],
           [1., 3.]])
    """
    first, second = axes_of(m, axes)
    k %= 4
    if k == 0:
        return same(m)
    if k == 2:
        return flip(m, (first, second))
    return ops.swapaxes(flip(m, second), first, second) if k == 1 else flip(ops.swapaxes(m, first, second), second)


@composition(np.tile, cases=((SQUARE, 2), (Shape(3), (2, 2)), (SQUARE, (2, 1, 2)), (SQUARE, (3, 1))))
def tile(A, reps):
    """The array repeated as a whole, reps times along each axis.  The cotangents of the copies are summed.

    >>> tile(np.array([1.0, 2.0]), 2)
    array([1., 2., 1., 2.])
    """
    counts = tuple(np.atleast_1d(reps).tolist())
    shape = shape_of(A)
    n = max(len(counts), len(shape))
    counts, shape = (1,) * (n - len(counts)) + counts, (1,) * (n - len(shape)) + shape
    apart = ops.reshape(A, tuple([m for size in shape for m in (1, size)]))
    whole = ops.broadcast_to(apart, tuple([m for pair in zip(counts, shape) for m in pair]))
    return ops.reshape(whole, tuple([count * size for count, size in zip(counts, shape)]))


@composition(np.repeat, cases=((SQUARE, 2), (SQUARE, 3, 1), (SQUARE, [1, 0, 2], -1), (Shape(), 2)))
def repeat(a, repeats, axis=None):
    """Each element repeated along axis (default: in the flattened array), all as often or each by its own count.

    The cotangents of the copies are summed.

    >>> repeat(np.array([1.0, 2.0]), 2)
    array([1., 1., 2., 2.])
    """
    if axis is None:
        a, axis = ops.ravel(a), 0
    shape = shape_of(a)
    axis = axis_of(a, axis)
    if np.size(repeats) > 1:
        return ops.index(a, along(axis, np.repeat(np.arange(shape[axis]), repeats)))
    count = int(np.ravel(repeats)[0])
    apart = ops.expand_dims(a, axis + 1)
    whole = ops.broadcast_to(apart, (*shape[: axis + 1], count, *shape[axis + 1 :]))
    return ops.reshape(whole, (*shape[:axis], shape[axis] * count, *shape[axis + 1 :]))


@composition(np.broadcast_arrays, cases=((Shape(3), Shape(2, 1)), (Shape(2), Shape(), Shape(2, 1))))
def broadcast_arrays(*args, subok=False):
    """All arrays repeated to their common shape, as a tuple.  Each cotangent is summed back.

    >>> broadcast_arrays(np.array([1.0, 2.0]), 3.0)[1]
    array([3., 3.])
    """
    shape = np.broadcast_shapes(*[shape_of(x) for x in args])
    return tuple([ops.broadcast_to(x, shape) for x in args])


@composition(np.meshgrid, cases=((Shape(2), Shape(3)), (Shape(2), Shape(3), {"indexing": "ij", "sparse": True})))
def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    """The coordinates of a grid, an array for each row of numbers, as a list; each varies along its own axis.

    indexing   "xy": the first varies along axis 1 and the second along axis 0, "ij": along axes 0 and 1
    sparse     arrays of size 1 along the other axes, to be broadcast
    Each cotangent is summed along the other axes.

    >>> x, y = meshgrid(np.array([1.0, 2.0]), np.array([5.0, 6.0, 7.0]))
    >>> x.shape, y[:, 0]
    ((3, 2), array([5., 6., 7.]))
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f"indexing={indexing!r} is neither 'xy' nor 'ij'")
    n = len(xi)
    places = [1, 0, *range(2, n)] if indexing == "xy" and n > 1 else list(range(n))
    grids = [ops.reshape(x, tuple([-1 if i == place else 1 for i in range(n)])) for x, place in zip(xi, places)]
    return grids if sparse else list(broadcast_arrays(*grids))


@composition(np.ix_, cases=((Shape(2), Shape(3)), (Shape(2), np.array([True, False, True]), Shape(1))))
def ix_(*args):
    """Each row of numbers along an axis of its own, to be broadcast, or to be the indices of a block; True counts as its place.

    >>> row, column = ix_(np.array([1.0, 2.0]), np.array([5.0, 6.0, 7.0]))
    >>> row * column
    array([[ 5.,  6.,  7.],
           [10., 12., 14.]])
    """
    if any([ndim(x) != 1 for x in args]):
        raise ValueError(f"rows of numbers have one axis, and these have {[ndim(x) for x in args]}")
    rows = [np.flatnonzero(x) if (x := np.asarray(data_of(given))).dtype.kind == "b" else given for given in args]
    return tuple(meshgrid(*rows, indexing="ij", sparse=True))


def at_least(arrays, raised):
    found = [raised(x) for x in arrays]
    return found[0] if len(found) == 1 else tuple(found)


@composition(np.atleast_1d, cases=((Shape(),), (Shape(2), Shape())))
def atleast_1d(*arys):
    """The arrays with at least one axis; several give a tuple.

    >>> atleast_1d(2.0)
    array([2.])
    """
    return at_least(arys, lambda x: ops.reshape(x, (1,)) if ndim_of(x) == 0 else same(x))


@composition(np.atleast_2d, cases=((Shape(3),), (Shape(),), (SQUARE,)))
def atleast_2d(*arys):
    """The arrays with at least two axes: a row of numbers becomes a matrix of one row.

    >>> atleast_2d(np.array([1.0, 2.0]))
    array([[1., 2.]])
    """
    return at_least(arys, lambda x: ops.reshape(x, (1, -1)) if ndim_of(x) < 2 else same(x))


@composition(np.atleast_3d, cases=((Shape(3),), (SQUARE,), (Shape(),)))
def atleast_3d(*arys):
    """The arrays with at least three axes: a row (n,) becomes (1, n, 1), a matrix (m, n) becomes (m, n, 1).

    >>> atleast_3d(np.array([1.0, 2.0])).shape
    (1, 2, 1)
    """

    def raised(x):
        return ops.reshape(x, (1, -1, 1)) if ndim_of(x) < 2 else ops.expand_dims(x, 2) if ndim_of(x) == 2 else same(x)

    return at_least(arys, raised)
