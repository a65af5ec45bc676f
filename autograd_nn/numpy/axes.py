"""What NumPy's functions here share about axes, masks and counts.  Layer 4; made of operations.

What NumPy itself says of a wrong axis becomes an error with the user's line in composition.py.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from .. import ops
from ..errors import DtypeError, ShapeError, user_line, warn_at_user_line
from ..node import Node
from ..op import data_of, ndim_of, shape_of

__all__ = [
    "BY_PLACE",
    "axes_of",
    "axis_of",
    "chosen",
    "count_of",
    "last",
    "last_axis",
    "mask_of",
    "misfit",
    "number",
    "warn",
]

BY_PLACE = "ties: by place, the first of equal elements is the smaller one"


def axis_of(x: Any, axis: Any) -> int:
    """An axis of an array, counted from the front."""
    return normalize_axis_index(axis, ndim_of(x))


def axes_of(x: Any, axis: Any) -> tuple[int, ...]:
    """The axes of an array that `axis` means, counted from the front: one, several, or None for all."""
    return tuple(range(ndim_of(x))) if axis is None else normalize_axis_tuple(axis, ndim_of(x))


def misfit(taker: str, got: str, expected: str) -> ShapeError:
    """The error for shapes, axes or settings that do not fit; `expected` says what to do as well."""
    return ShapeError(f"{taker} got {got}, at {user_line()}. {expected}")


def mask_of(name: str, where: Any, x: Any) -> Any:
    """The `where` of a reduction of x: a recorded comparison as it is, anything else as an array of booleans of its own."""
    mask = np.array(where) if not isinstance(where, Node) else where.data
    if mask.dtype.kind != "b":
        raise DtypeError(
            f"{name} got where= of dtype {mask.dtype}, at {user_line()}. It takes booleans: which elements take part. Give a "
            "comparison, such as x > 0, or convert it with np.asarray(mask, bool)."
        )
    try:
        np.broadcast_to(mask, shape_of(x))
    except ValueError:
        raise ShapeError(
            f"{name} got where= of shape {mask.shape} for an array of shape {shape_of(x)}, at {user_line()}. A mask says which "
            "elements take part, so it has that shape or broadcasts to it. Reshape it, or broadcast the array first."
        ) from None
    return where if isinstance(where, Node) else mask


def chosen(name: str, x: Any, where: Any, fill: Any) -> Any:
    """x with `fill` where the mask does not hold."""
    return ops.where(mask_of(name, where, x), x, fill)


def count_of(x: Any, axes: tuple, where: Any = True, keepdims: bool = False) -> Any:
    """How many elements go into each result: a float, or an array of the dtype of x where a mask chooses."""
    shape = shape_of(x)
    if where is True:
        return float(math.prod([shape[a] for a in axes]))
    dtype = data_of(x).dtype
    chosen = np.count_nonzero(np.broadcast_to(data_of(where), shape), axis=axes, keepdims=keepdims)
    return np.asarray(chosen, dtype if dtype.kind == "f" else float)


def number(initial: Any) -> Any:
    """A starting value as a Python number, which takes the dtype of the array; a Tensor as it is."""
    return initial if isinstance(initial, Node) else np.asarray(initial).item()


def last(x: Any, *axes: int) -> Any:
    """An array with the given axes moved to its end."""
    order = (*[i for i in range(ndim_of(x)) if i not in axes], *axes)
    return x if order == tuple(range(len(order))) else ops.transpose(x, order)


def last_axis(x: Any, axes: tuple) -> Any:
    """An array with the given axes as one, the last."""
    shape = shape_of(x)
    if axes == (len(shape) - 1,):
        return x
    rest = [n for i, n in enumerate(shape) if i not in axes]
    return ops.reshape(last(x, *axes), (*rest, math.prod([shape[i] for i in axes])))


def warn(text: str) -> None:
    """NumPy's warning about a slice that has no answer, at the user's line."""
    warn_at_user_line(text, RuntimeWarning)
