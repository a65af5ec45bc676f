"""Elements chosen by index, mask or place, and padding, with NumPy's names and signatures.  Layer 4; made of operations."""

from __future__ import annotations

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from .. import ops
from ..composition import composition
from ..domain import Shape
from ..errors import RuleMissing, user_line
from ..node import Node
from ..op import shape_of
from .joining import concatenate
from .products import diagonal_of_matrices
from .shaping import ndim

__all__ = [
    "choose",
    "compress",
    "diag",
    "diagflat",
    "diagonal",
    "extract",
    "pad",
    "select",
    "take",
    "tril",
    "triu",
    "where",
]


def plain(x):
    """Indices and masks, which no gradient flows through, as arrays."""
    return np.asarray(x.data if isinstance(x, Node) else x)


@composition(np.where, cases=((np.array([True, False, True]), Shape(2, 3), Shape()),))
def where(condition, x=None, y=None, /):
    """x where the condition holds, else y; with the condition alone, the indices at which it holds, as np.nonzero gives them.

    dy/dx is 1 where the condition holds and 0 elsewhere; the part that is not chosen must be finite to second order as well,
    since 0 times inf is nan.

    >>> where(np.array([True, False]), 1.0, 2.0)
    array([1., 2.])
    """
    if x is None and y is None:
        return np.nonzero(plain(condition))
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
    axis = normalize_axis_index(axis, ndim(a))
    return ops.index(a, (*[slice(None)] * axis, within(plain(indices), shape_of(a)[axis], mode)))


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
    chosen = within(plain(a), len(choices), mode)
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
    return take(a, np.flatnonzero(plain(condition)), axis)


@composition(np.extract, cases=((np.array([[True, False, True], [False, True, False]]), Shape(2, 3)),))
def extract(condition, arr):
    """The elements at which the condition holds, as one row; arr[condition] says the same.

    >>> extract(np.array([True, False]), np.array([1.0, 2.0]))
    array([1.])
    """
    return take(arr, np.flatnonzero(plain(condition)))


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
    return diagonal_of_matrices("diagonal", a, offset, axis1, axis2)


@composition(np.diag, cases=((Shape(3),), (Shape(2), -1), (Shape(3, 3), 1)))
def diag(v, k=0):
    """The k-th diagonal of a matrix, or the matrix with a row of numbers as its k-th diagonal; each is the other's transpose.

    >>> diag(np.array([1.0, 2.0]))
    array([[1., 0.],
           [0., 2.]])
    """
    if ndim(v) == 2:
        return diagonal(v, k)
    if ndim(v) != 1:
        raise ValueError(f"diag takes a row of numbers or a matrix, and this has {ndim(v)} axes")
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


@composition(
    np.pad,
    cases=(
        (Shape(2, 3), ((1, 0), (0, 2))),
        (Shape(3), 2, {"mode": "constant", "constant_values": (1.0, 2.0)}),
        (Shape(3), (2, 4), "reflect"),
        (Shape(2, 2), 1, "edge"),
        (Shape(3), (1, 4), "symmetric"),
        (Shape(2, 3), {"pad_width": 1, "mode": "wrap"}),
    ),
)
def pad(array, pad_width, mode="constant", *, constant_values=0, reflect_type="even", stat_length=None, end_values=0):
    """The array with a border: pad_width is one number, (before, after), or a pair for each axis.

    mode              "constant", "edge", "reflect", "symmetric", "wrap" or "empty" (zeros); a function and NumPy's statistics
                      (mean, maximum, linear_ramp ...) have no rule here
    constant_values   a number, (before, after), or a pair for each axis;  stat_length, end_values: of the others
    The cotangent of the array is the part of g inside, with the border's added where it repeats elements.

    >>> pad(np.array([1.0, 2.0]), (1, 2), "edge")
    array([1., 1., 2., 2., 2.])
    """
    shape = shape_of(array)
    widths = widths_of(pad_width, len(shape))
    if mode in ("constant", "empty"):
        return bordered(array, widths, constant_values if mode == "constant" else 0)
    if mode not in ("edge", "reflect", "symmetric", "wrap") or reflect_type != "even":
        raise RuleMissing(
            f"np.pad with mode={mode!r:.40} and reflect_type={reflect_type!r} has no derivative rule, at {user_line()}. There "
            "are constant, edge, reflect, symmetric and wrap, with reflect_type even. Choose one of them, or join the border "
            "to the array by np.concatenate."
        )
    for axis, pair in enumerate(widths):
        if any(pair):
            array = take(array, np.pad(np.arange(shape[axis]), pair, mode), axis)
    return array


def widths_of(pad_width, axes):
    """The pairs (before, after) of all axes."""
    if isinstance(pad_width, dict):
        return [pad_pair(pad_width.get(i, pad_width.get(i - axes, 0))) for i in range(axes)]
    widths = np.asarray(pad_width)
    if widths.dtype.kind not in "iu" or np.any(widths < 0):
        raise ValueError(f"pad_width={pad_width!r} is no count of elements")
    return np.broadcast_to(widths, (axes, 2)).tolist()


def pad_pair(width):
    return np.broadcast_to(np.asarray(width), (2,)).tolist()


def bordered(array, widths, constants):
    """The array inside a border of constants, which may be Tensors of one number."""
    size = tuple([before + n + after for (before, after), n in zip(widths, shape_of(array))])
    if not isinstance(constants, Node) and not np.any(constants):
        inside = tuple([slice(before, before + n) for (before, _), n in zip(widths, shape_of(array))])
        return ops.scatter(array, inside, size)
    dtype = (array.data if isinstance(array, Node) else np.asarray(array)).dtype
    fixed = constants if isinstance(constants, Node) else np.asarray(constants, dtype)
    pairs = ops.broadcast_to(fixed, (len(size), 2))
    for axis, (pair, fills) in enumerate(zip(widths, pairs)):
        shape = shape_of(array)
        edges = [ops.broadcast_to(fill, (*shape[:axis], width, *shape[axis + 1 :])) for fill, width in zip(fills, pair)]
        array = concatenate([edges[0], array, edges[1]], axis)
    return array
