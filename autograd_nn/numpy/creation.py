"""Arrays made of numbers, Tensors and lists of them, with NumPy's names.  Layer 4; made of operations."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .. import ops
from ..composition import composition
from ..domain import Shape
from ..node import Node
from ..op import data_of, ndim_of, shape_of
from ..ops.shape import aligned
from .joining import stack
from .shaping import moveaxis, same

__all__ = ["array", "asarray", "astype", "copy", "holds_nodes", "linspace"]


def asarray(obj: Any, dtype: Any = None, *, device: Any = None, copy: Any = None) -> Any:
    """Data as this library computes with it: a Tensor or Value stays, a list that holds some is stacked, the rest is np.asarray.

    np.asarray and np.array cannot record: NumPy hands them the numbers alone, and a warning says so. This one does.
    The cotangent of each entry is its part of g.

    >>> asarray([1.0, 2.0])
    array([1., 2.])
    """
    if holds_nodes(obj):
        obj = stack([asarray(part) for part in obj])
    if isinstance(obj, Node):
        return obj if dtype is None else ops.astype(obj, dtype)
    return np.asarray(obj, dtype)


def array(obj: Any, /, dtype: Any = None, *, copy: bool = True, ndmin: int = 0) -> Any:
    """As asarray, and a copy of plain data; with axes of size 1 in front until there are `ndmin`.

    >>> array([1.0, 2.0], ndmin=2)
    array([[1., 2.]])
    """
    y = asarray(obj, dtype)
    y = aligned(y, max(ndmin, ndim_of(y)))
    return np.array(y) if copy and not isinstance(y, Node) else y


@composition(np.copy, cases=((Shape(2),),))
def copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    """The same numbers as a result of its own; the cotangent passes through.

    >>> copy(np.array([1.0, 2.0]))
    array([1., 2.])
    """
    return same(a)


@composition(
    np.linspace,
    cases=(
        (Shape(), Shape(), 5),
        (Shape(2, 1), Shape(3), 3, False, {"axis": -1}),
        (Shape(2), 1.0, 1),
        (Shape(), 2.0, 0),
    ),
)
def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: Any = None,
) -> Any:
    """`num` numbers at equal distances from start to stop, which is the last if endpoint is true, along a new axis.

    retstep   whether to give (numbers, distance)
    With s the share of the way that a number has gone, its derivative is 1 - s by start and s by stop.

    >>> linspace(0.0, 1.0, 5)
    array([0.  , 0.25, 0.5 , 0.75, 1.  ])
    """
    count = operator.index(num)
    if count < 0:
        raise ValueError(f"{count} numbers were asked for; a count is not negative")
    way, steps = ops.subtract(stop, start), count - 1 if endpoint else count
    step = ops.divide(way, steps) if steps else np.nan
    places = np.arange(count, dtype=np.result_type(data_of(way), np.float16)).reshape(-1, *[1] * len(shape_of(way)))
    y = ops.add(start, ops.multiply(places, step if steps else way))
    if endpoint and count > 1:
        y = ops.where(places == count - 1, stop, y)
    y = moveaxis(y, 0, axis)
    y = y if dtype is None else ops.astype(y, dtype)
    return (y, step) if retstep else y


@composition(*[f for f in [getattr(np, "astype", None)] if f], cases=((Shape(2, 3), np.float64),), analytic=False)
def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """The array in another dtype; the cotangent is cast back. Integers and booleans are for plain arrays alone.

    >>> astype(np.array([1.5]), np.float32)
    array([1.5], dtype=float32)
    """
    return ops.astype(x, dtype) if isinstance(x, Node) else np.asarray(x).astype(dtype, copy=copy)


def holds_nodes(obj: Any) -> bool:
    """Whether a nested list, or an array of objects, has a node in it."""
    if isinstance(obj, np.ndarray) and obj.dtype.kind == "O":
        obj = obj.tolist()
    return isinstance(obj, list | tuple) and any([isinstance(part, Node) or holds_nodes(part) for part in obj])
