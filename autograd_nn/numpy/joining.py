"""Arrays put together and taken apart, with NumPy's names and signatures.  Layer 4; made of operations."""

from __future__ import annotations

import numpy as np

from .. import ops
from ..composition import composition, since
from ..domain import Shape
from ..op import ndim_of, shape_of
from ..ops.indexing import along
from .axes import axis_of
from .shaping import atleast_1d, atleast_2d, atleast_3d, moveaxis

__all__ = [
    "append",
    "array_split",
    "block",
    "column_stack",
    "concatenate",
    "delete",
    "dsplit",
    "dstack",
    "hsplit",
    "hstack",
    "insert",
    "split",
    "stack",
    "unstack",
    "vsplit",
    "vstack",
]


@composition(
    np.concatenate,
    np.concat,
    cases=(
        ([Shape(2, 3), Shape(1, 3)],),
        ([Shape(2, 1), Shape(2, 2), Shape(2, 1)], -1),
        ([Shape(2, 2), Shape(3)], None),
    ),
)
def concatenate(arrays, /, axis=0, *, dtype=None, casting="same_kind"):
    """Arrays joined along an axis that they have; axis=None joins them flattened.

    arrays    a sequence of arrays or Tensors, equal in every other size;  dtype: of the result
    The cotangent of each array is the part of g that it became.

    >>> concatenate([np.array([1.0]), np.array([2.0, 3.0])])
    array([1., 2., 3.])
    """
    parts = [ops.ravel(x) for x in arrays] if axis is None else list(arrays)
    axis = 0 if axis is None else axis
    shapes = [shape_of(x) for x in parts]
    places = {axis_of(x, axis) for x in parts}
    if len(places) != 1 or len({(*shape[:k], *shape[k + 1 :]) for shape in shapes for k in places}) != 1:
        raise ValueError(
            f"arrays are joined that agree in all sizes but that of axis {axis}, and these have {listed(shapes)}"
        )
    joined = ops.join(axis, *parts)
    return joined if dtype is None else ops.astype(joined, dtype)


def listed(shapes):
    """Shapes in a message, of many arrays the first few."""
    return "no shapes" if not shapes else ", ".join([str(s) for s in shapes[:6]]) + (" ..." if len(shapes) > 6 else "")


@composition(
    np.stack, cases=(([Shape(2, 3), Shape(2, 3)],), ([Shape(2), Shape(2), Shape(2)], -1), ([Shape(), Shape()],))
)
def stack(arrays, axis=0, *, dtype=None, casting="same_kind"):
    """Arrays of one shape, put side by side along a new axis.  The cotangent of the k-th array is g at k of that axis.

    >>> stack([np.array([1.0, 2.0]), np.array([3.0, 4.0])], axis=1)
    array([[1., 3.],
           [2., 4.]])
    """
    parts = list(arrays)
    shapes = [shape_of(x) for x in parts]
    if len(set(shapes)) != 1:
        raise ValueError(f"arrays of one shape are stacked, and these have {listed(shapes)}")
    return concatenate([ops.expand_dims(x, axis) for x in parts], axis, dtype=dtype)


@composition(np.vstack, cases=(([Shape(3), Shape(2, 3)],),))
def vstack(tup, *, dtype=None, casting="same_kind"):
    """Arrays put below each other; a row of numbers counts as a matrix of one row.

    >>> vstack([np.array([1.0, 2.0]), np.array([3.0, 4.0])])
    array([[1., 2.],
           [3., 4.]])
    """
    return concatenate([atleast_2d(x) for x in tup], 0, dtype=dtype)


@composition(np.hstack, cases=(([Shape(2), Shape(1)],), ([Shape(2, 1), Shape(2, 2)],), ([Shape(), Shape(2)],)))
def hstack(tup, *, dtype=None, casting="same_kind"):
    """Arrays put beside each other: along axis 1, rows of numbers along axis 0.

    >>> hstack([np.array([1.0, 2.0]), 3.0])
    array([1., 2., 3.])
    """
    arrays = [atleast_1d(x) for x in tup]
    return concatenate(arrays, 0 if arrays and ndim_of(arrays[0]) == 1 else 1, dtype=dtype)


@composition(np.dstack, cases=(([Shape(2), Shape(2)],), ([Shape(2, 3), Shape(2, 3, 2)],)))
def dstack(tup):
    """Arrays put behind each other, along axis 2; (n,) counts as (1, n, 1) and (m, n) as (m, n, 1).

    >>> dstack([np.array([1.0, 2.0]), np.array([3.0, 4.0])])
    array([[[1., 3.],
            [2., 4.]]])
    """
    return concatenate([atleast_3d(x) for x in tup], 2)


@composition(np.column_stack, cases=(([Shape(2), Shape(2, 2)],),))
def column_stack(tup):
    """Rows of numbers as the columns of a matrix; matrices as they are.

    >>> column_stack([np.array([1.0, 2.0]), np.array([3.0, 4.0])])
    array([[1., 3.],
           [2., 4.]])
    """
    return concatenate([ops.reshape(x, (-1, 1)) if ndim_of(x) < 2 else x for x in tup], 1)


@composition(np.append, cases=((Shape(2, 2), Shape(3)), (Shape(2, 1), Shape(2, 2), 1)))
def append(arr, values, axis=None):
    """Two arrays joined along axis (default: flattened).

    >>> append(np.array([1.0, 2.0]), 3.0)
    array([1., 2., 3.])
    """
    return concatenate([arr, values], axis)


@composition(
    np.block, cases=(([[Shape(2, 2), Shape(2, 1)], [Shape(1, 2), Shape(1, 1)]],), ([Shape(2), Shape()],), (Shape(2),))
)
def block(arrays):
    """One array from nested lists of blocks: the innermost lists are joined along the last axis, those around them along the
    axis before it, and so on.

    >>> block([[np.eye(2), np.ones((2, 1))]])
    array([[1., 0., 1.],
           [0., 1., 1.]])
    """

    def deep(part):
        return 1 + max([deep(p) for p in part], default=0) if isinstance(part, list) else 0

    def size(part):
        return max([size(p) for p in part], default=0) if isinstance(part, list) else ndim_of(part)

    levels, axes = deep(arrays), max(deep(arrays), size(arrays))

    def joined(part, level):
        if isinstance(part, list):
            return concatenate([joined(p, level + 1) for p in part], axes - levels + level)
        return ops.reshape(part, (1,) * (axes - ndim_of(part)) + shape_of(part))

    return joined(arrays, 0)


def sections(x, indices_or_sections, axis, equal):
    """The places at which NumPy cuts an axis."""
    length = shape_of(x)[axis_of(x, axis)]
    if np.ndim(indices_or_sections):
        return tuple([int(i) for i in indices_or_sections])
    count = int(indices_or_sections)
    if count < 1 or (equal and length % count):
        raise ValueError(f"an axis of size {length} cannot be cut into {count} {'equal ' if equal else ''}parts")
    each, more = divmod(length, count)
    return tuple(np.cumsum([each + (k < more) for k in range(count)])[:-1].tolist())


@composition(np.split, cases=((Shape(4), 2), (Shape(2, 3), (1, 2), 1)))
def split(ary, indices_or_sections, axis=0):
    """The list of equal parts along axis, or of those between the given places; their cotangents are joined.

    >>> split(np.array([1.0, 2.0, 3.0, 4.0]), 2)
    [array([1., 2.]), array([3., 4.])]
    """
    return ops.split(ary, sections(ary, indices_or_sections, axis, True), axis)


@composition(np.array_split, cases=((Shape(5), 3), (Shape(2, 3), 2, 1)))
def array_split(ary, indices_or_sections, axis=0):
    """As split; the first parts are one longer where the axis cannot be cut evenly.

    >>> array_split(np.array([1.0, 2.0, 3.0]), 2)
    [array([1., 2.]), array([3.])]
    """
    return ops.split(ary, sections(ary, indices_or_sections, axis, False), axis)


@composition(np.hsplit, cases=((Shape(2, 4), 2), (Shape(4), (1,))))
def hsplit(ary, indices_or_sections):
    """As split along axis 1; a row of numbers along axis 0.

    >>> hsplit(np.array([[1.0, 2.0]]), 2)
    [array([[1.]]), array([[2.]])]
    """
    return split(ary, indices_or_sections, 0 if ndim_of(ary) == 1 else 1)


@composition(np.vsplit, cases=((Shape(4, 2), 2),))
def vsplit(ary, indices_or_sections):
    """As split along axis 0.

    >>> vsplit(np.array([[1.0], [2.0]]), 2)
    [array([[1.]]), array([[2.]])]
    """
    return split(ary, indices_or_sections, 0)


@composition(np.dsplit, cases=((Shape(1, 2, 4), 2),))
def dsplit(ary, indices_or_sections):
    """As split along axis 2.

    >>> len(dsplit(np.ones((1, 1, 4)), 2))
    2
    """
    return split(ary, indices_or_sections, 2)


@composition(*since("unstack"), cases=((Shape(2, 3),), (Shape(2, 3), {"axis": 1})))
def unstack(x, /, *, axis=0):
    """The tuple of the slices along axis, without that axis; their cotangents are stacked.

    >>> unstack(np.array([[1.0, 2.0], [3.0, 4.0]]))
    (array([1., 2.]), array([3., 4.]))
    """
    length = shape_of(x)[axis_of(x, axis)]
    if not length:
        return ()
    return tuple([ops.squeeze(part, axis) for part in ops.split(x, tuple(range(1, length)), axis)])


@composition(
    np.insert,
    cases=(
        (Shape(3), 1, Shape()),
        (Shape(2, 2), [0, 2], Shape(2), 1),
        (Shape(2, 2), 1, Shape(3)),
        (Shape(3), -1, Shape()),
        (Shape(3), [2, 0, 2], Shape(3)),
        (Shape(2, 3), 1, Shape(2), -1),
        (Shape(2, 2), 1, Shape(2, 1), 1),
        (Shape(3), [1], Shape(2)),
        (Shape(0), 0, Shape()),
    ),
    analytic=False,  # np.insert takes the dtype of arr, so no complex value
)
def insert(arr, obj, values, axis=None):
    """A copy with values inserted before the given places along axis (default: of the flattened array).

    One place takes any number of values; their first axis is then the one that they are inserted along, as in NumPy.

    >>> insert(np.array([1.0, 2.0]), 1, 9.0)
    array([1., 9., 2.])
    """
    if axis is None:
        arr, axis = ops.ravel(arr), 0
    shape, axis = shape_of(arr), axis_of(arr, axis)
    slots = np.insert(np.arange(shape[axis]), obj, -1)
    count = len(slots) - shape[axis]
    if count == 1:
        values = ops.reshape(values, (*[1] * (ndim_of(arr) - ndim_of(values)), *shape_of(values)))
        if np.ndim(obj) == 0 and not isinstance(obj, slice):
            values = moveaxis(values, 0, axis)
        count = shape_of(values)[axis]
        slots = np.insert(
            np.arange(shape[axis]), np.repeat(np.flatnonzero(slots < 0), count), np.arange(-1, -1 - count, -1)
        )
    else:
        slots = np.insert(np.arange(shape[axis]), obj, np.arange(-1, -1 - count, -1))
    before, order = (slice(None),) * axis, np.argsort(slots)  # the new ones first, in reverse, then the old ones
    room = ops.scatter(arr, (*before, order[count:]), (*shape[:axis], len(slots), *shape[axis + 1 :]))
    return ops.index_set(room, (*before, order[:count][::-1]), values)


@composition(
    np.delete, cases=((Shape(3), 1), (Shape(2, 3), [0, 2], 1), (Shape(2, 2), slice(0, 2)), (Shape(2, 3), 1, -1))
)
def delete(arr, obj, axis=None):
    """A copy without the given places along axis (default: of the flattened array); what is left out has no derivative.

    >>> delete(np.array([1.0, 2.0, 3.0]), 1)
    array([1., 3.])
    """
    if axis is None:
        arr, axis = ops.ravel(arr), 0
    axis = axis_of(arr, axis)
    kept = np.delete(np.arange(shape_of(arr)[axis]), obj)
    return ops.index(arr, along(axis, kept))
