"""Elements chosen by index, mask or place, with NumPy's names and signatures.  Layer 4; made of operations."""

from __future__ import annotations

import numpy as np

from .. import ops
from ..arguments import array_of
from ..composition import composition
from ..domain import Shape
from ..op import data_of, ndim_of, shape_of
from ..ops.indexing import along
from .axes import axis_of
from .products import diagonal_of_matrices

__all__ = [
    "choose",
    "compress",
    "diag",
    "diagflat",
    "diagonal",
    "extract",
    "select",
    "take",
    "tril",
    "triu",
    "where",
]


@composition(np.where, cases=((np.array([True, False, True]), Shape(2, 3), Shape()),))
def where(condition, x=None, y=None, /):
    """x where the condition holds, else y; with the condition alone, the indices at which it holds, as np.nonzero gives them.

    dy/dx is 1 where the condition holds and 0 elsewhere; the part that is not chosen must be finite to second order as well,
    since 0 times inf is nan.

    >>> where(np.array([True, False]), 1.0, 2.0)
    array([1., 2.])
    """
    if x is None and y is None:
        return np.nonzero(data_of(condition))
    if x is None or y is None:
        raise ValueError("either both or neither of x and y should be given")
    return ops.where(condition, x, y)


@composition(
    np.take,
    cases=(
        (Shape(2, 3), [0, 4, 0]),
        (Shape(2, 3), np.array([[2, 0], [-1, 2]]), 1),
        (Shape(3), 1),
        (Shape(3), [3, -4], 0, {"mode": "wrap"}),
        (Shape(3), []),
    ),
)
def take(a, indices, axis=None, *, mode="raise"):
    """The elements at the indices along axis (default: of the flattened array).

    mode   what an index outside means: "raise" an IndexError, "wrap" around, or "clip" to the ends
    The cotangent is added up at the indices, also at those that are taken twice.

    >>> take(np.array([1.0, 2.0, 3.0]), [2, 0, 2])
    array([3., 1., 3.])
    """
    if axis is None:
        a, axis = ops.ravel(a), 0
    axis = axis_of(a, axis)
    return ops.index(a, along(axis, within(np.asarray(data_of(indices)), shape_of(a)[axis], mode)))


def within(indices, size, mode):
    """Indices by NumPy's three modes."""
    if mode not in ("raise", "wrap", "clip"):
        raise ValueError(f"mode={mode!r} is none of 'raise', 'wrap' and 'clip'")
    if not indices.size or indices.dtype.kind == "b":  # an empty list, and booleans, which count as 0 and 1
        indices = indices.astype(np.intp)
    if indices.dtype.kind not in "iu":
        raise TypeError(f"indices are integers, and these are of dtype {indices.dtype}")
    return indices if mode == "raise" else indices % size if mode == "wrap" else np.clip(indices, 0, size - 1)


@composition(
    np.choose,
    cases=((np.array([0, 1, 1]), [Shape(3), Shape()]), (np.array([2, -1]), [Shape(2), Shape(2)], {"mode": "wrap"})),
)
def choose(a, choices, *, mode="raise"):
    """At each place the element of that array of `choices` whose number stands in `a`, all broadcast together.

    >>> choose(np.array([1, 0]), [np.array([1.0, 2.0]), np.array([10.0, 20.0])])
    array([10.,  2.])
    """
    chosen = within(np.asarray(data_of(a)), len(choices), mode)
    if np.any((chosen < 0) | (chosen >= len(choices))):
        raise ValueError(f"a holds {chosen.min()} to {chosen.max()}, for {len(choices)} choices")
    return select([chosen == k for k in range(len(choices))], choices)


@composition(
    np.select,
    cases=(
        ([np.array([True, False, False]), np.array([True, True, False])], [Shape(3), Shape(2, 3)], 0.5),
        ([np.array([True, False])], [Shape(2)], Shape()),
    ),
)
def select(condlist, choicelist, default=0):
    """At each place the choice that belongs to the first condition that holds there, else the default.

    >>> select([np.array([True, False])], [np.array([1.0, 2.0])], -1.0)
    array([ 1., -1.])
    """
    if len(condlist) != len(choicelist) or not condlist:
        raise ValueError(f"{len(condlist)} conditions and {len(choicelist)} choices; they come in pairs, at least one")
    y = default
    for condition, choice in zip(condlist[::-1], choicelist[::-1]):
        y = ops.where(condition, choice, y)
    return y


@composition(
    np.compress,
    cases=(
        ([True, False, True], Shape(2, 3), 1),
        ([False, True], Shape(3)),
    ),
)
def compress(condition, a, axis=None):
    """The slices along axis at which the condition holds (default: elements of the flattened array).

    >>> compress([False, True, True], np.array([1.0, 2.0, 3.0]))
    array([2., 3.])
    """
    return take(a, np.flatnonzero(data_of(condition)), axis)


@composition(np.extract, cases=((np.array([[True, False, True], [False, True, False]]), Shape(2, 3)),))
def extract(condition, arr):
    """The elements at which the condition holds, as one row; arr[condition] says the same.

    >>> extract(np.array([True, False]), np.array([1.0, 2.0]))
    array([1.])
    """
    return take(arr, np.flatnonzero(data_of(condition)))


def triangle(m, k):
    """Where a matrix of these sizes is not above its k-th diagonal; a row of numbers becomes a square, as in NumPy."""
    sizes = shape_of(m)[-2:]
    return np.tri(sizes[0], sizes[-1], k, dtype=bool)


@composition(np.triu, cases=((Shape(3, 2),), (Shape(2, 2, 3), 1), (Shape(3),)))
def triu(m, k=0):
    """The matrices with zeros below the k-th diagonal; the cotangent gets the same zeros.

    >>> triu(np.ones((2, 2)))
    array([[1., 1.],
           [0., 1.]])
    """
    return ops.where(triangle(m, k - 1), 0.0, m)


@composition(np.tril, cases=((Shape(3, 2),), (Shape(2, 2, 3), -1), (Shape(3),)))
def tril(m, k=0):
    """The matrices with zeros above the k-th diagonal; the cotangent gets the same zeros.

    >>> tril(np.ones((2, 2)))
    array([[1., 0.],
           [1., 1.]])
    """
    return ops.where(triangle(m, k), m, 0.0)


@composition(np.diagonal, cases=((Shape(3, 2),), (Shape(2, 3, 4), 1, 0, 2), (Shape(2, 3), -1), (Shape(2, 2), 2)))
def diagonal(a, offset=0, axis1=0, axis2=1):
    """The diagonal of the plane of two axes, as the last axis; offset > 0 lies above it.  The cotangent is put back there.

    >>> diagonal(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([1., 4.])
    """
    return diagonal_of_matrices(array_of("diagonal", a), offset, axis1, axis2)


@composition(np.diag, cases=((Shape(3),), (Shape(2), -1), (Shape(3, 3), 1)))
def diag(v, k=0):
    """The k-th diagonal of a matrix, or the matrix with a row of numbers as its k-th diagonal; each is the other's transpose.

    >>> diag(np.array([1.0, 2.0]))
    array([[1., 0.],
           [0., 2.]])
    """
    if ndim_of(v) == 2:
        return diagonal(v, k)
    if ndim_of(v) != 1:
        raise ValueError(f"diag takes a row of numbers or a matrix, and this has {ndim_of(v)} axes")
    places, size = np.arange(shape_of(v)[0]), shape_of(v)[0] + abs(k)
    return ops.scatter(v, (places - min(k, 0), places + max(k, 0)), (size, size))


@composition(np.diagflat, cases=((Shape(2, 2), 1),))
def diagflat(v, k=0):
    """The matrix with all numbers of v, as one row, as its k-th diagonal.

    >>> diagflat(np.array([[1.0], [2.0]]))
    array([[1., 0.],
           [0., 2.]])
    """
    return diag(ops.ravel(v), k)
