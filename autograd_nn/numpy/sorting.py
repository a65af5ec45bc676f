"""Sorting, and selection along an axis, with NumPy's names and signatures.  Layer 4; made of operations."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..arguments import array_of
from ..composition import composition
from ..domain import Shape
from ..node import Node
from ..op import data_of
from ..ops.indexing import along
from .axes import BY_PLACE, axis_of

__all__ = ["argsort", "partition", "sort", "take_along_axis", "unique"]

PLACES = np.array([[2, 0, 2, -1], [1, 1, 0, 0]])


@composition(np.sort, cases=((Shape(4),), (Shape(2, 3), None), (Shape(3, 2), 0, "stable")), kink=BY_PLACE)
def sort(a, axis=-1, kind=None, *, stable=None):
    """The elements in ascending order along axis (default: the last; None: of all), nan last; each cotangent goes to its element.

    kind, stable   as in NumPy; every kind gives the same numbers

    >>> sort(np.array([3.0, 1.0, 2.0]))
    array([1., 2., 3.])
    """
    check_kind(kind, stable)
    return ops.sort(ops.ravel(a), 0) if axis is None else ops.sort(a, axis)


@composition(np.argsort, cases=())
def argsort(a, axis=-1, kind=None, *, stable=None):
    """The indices that sort a along axis (default: the last; None: flattened), integers.  No gradient flows.

    kind, stable   as in NumPy; stable=True takes the first of equal elements first

    >>> argsort(np.array([3.0, 1.0, 2.0]))
    array([1, 2, 0])
    """
    check_kind(kind, stable)
    return ops.argsort(a, axis, "stable" if stable else kind)


def check_kind(kind: Any, stable: Any) -> None:
    """Refuses what NumPy refuses."""
    if kind is not None or stable is not None:
        np.sort(np.empty(0), kind=kind, stable=stable)


@composition(
    np.partition,
    cases=((Shape(5), 2), (Shape(2, 4), (1, 2), 1), (Shape(4, 2), 0, 0), (Shape(2, 3), 3, None)),
    kink=BY_PLACE,
    analytic=False,
)
def partition(a, kth, axis=-1, kind="introselect"):
    """The elements along axis (default: the last; None: of all) so that the kth is where sorting puts it, none greater before it.

    kth   a place or several;  the order within the parts is NumPy's own

    >>> partition(np.array([3.0, 1.0, 2.0]), 0)[0]
    np.float64(1.0)
    """
    a = array_of("partition", a)
    if axis is None:
        a, axis = ops.ravel(a), 0
    data = data_of(a)
    parted = np.partition(data, kth, axis, kind)
    # The k-th smallest of the result is the k-th smallest of a; np.argpartition may leave another order than np.partition.
    indices = np.empty(data.shape, np.intp)
    np.put_along_axis(indices, by_size(parted, axis), by_size(data, axis), axis)
    return ops.take_along_axis(a, indices, axis)


def by_size(data: np.ndarray, axis: int) -> np.ndarray:
    return np.argsort(data, axis=axis, kind="stable")


@composition(
    np.take_along_axis,
    cases=((Shape(2, 3), PLACES), (Shape(3, 2), PLACES.T, 0), (Shape(2, 2), np.array([3, 0, 3]), None)),
)
def take_along_axis(arr, indices, axis=-1):
    """y[i, k] = arr[i, indices[i, k]], and so for any axis (default: the last; None: flattened): chosen elements of each row.

    indices   integers, with as many axes as arr, as argsort and argmax(keepdims=True) give them
    The cotangent is added at the indices, twice where an element was taken twice.

    >>> take_along_axis(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1], [0]]))
    array([[2.],
           [3.]])
    """
    if not isinstance(indices, Node):
        indices = np.array(indices)  # of its own: the backward pass reads it again
    return ops.take_along_axis(ops.ravel(arr), indices, 0) if axis is None else ops.take_along_axis(arr, indices, axis)


@composition(np.unique, cases=((Shape(2, 3),), (Shape(3, 2), {"axis": 0})), kink="equal elements: the first of them")
def unique(
    ar,
    return_index=False,
    return_inverse=False,
    return_counts=False,
    axis=None,
    *,
    equal_nan=True,
    sorted=True,  # noqa: A002  # NumPy's name
):
    """The different elements, or slices along axis, in ascending order; the cotangent of each goes to the first of its kind.

    return_index, return_inverse, return_counts   whether to give arrays of integers beside them, as in NumPy

    >>> unique(np.array([3.0, 1.0, 3.0]), return_counts=True)
    (array([1., 3.]), array([1, 2]))
    """
    ar = array_of("unique", ar)
    order = {} if sorted else {"sorted": sorted}  # new in NumPy 2.3
    _, first, *rest = np.unique(data_of(ar), True, return_inverse, return_counts, axis, equal_nan=equal_nan, **order)
    flat = axis is None
    values = ops.index(ops.ravel(ar) if flat else ar, first if flat else along(axis_of(ar, axis), first))
    found = (values, *([first] if return_index else []), *rest)
    return found if len(found) > 1 else values
