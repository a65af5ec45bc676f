"""What reductions share: arrays, axes, masks and counts, refused with the user's line.  Layer 4; made of operations."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from .. import ops
from ..arguments import failed, mixed, plain
from ..errors import DtypeError, ShapeError, user_line, warn_at_user_line
from ..node import Node
from ..op import shape_of

__all__ = [
    "BY_PLACE",
    "array_of",
    "axes_of",
    "chosen",
    "count_of",
    "data_of",
    "last_axis",
    "mask_of",
    "number",
    "refusal",
    "warn",
]

BY_PLACE = "ties: by place, the first of equal elements is the smaller one"


@dataclass(frozen=True, slots=True)
class Named:
    """A composition in the place of a record, for the messages of arguments.py."""

    name: str
    function: None = None
    kind: str = "composition"
    symbol: str = ""


def refusal(name: str, args: tuple, error: Exception) -> Exception:
    """NumPy's complaint about the arguments of a composition, with its name, their shapes and the user's line."""
    return failed(Named(name), tuple([data_of(a) for a in args]), error)


def array_of(name: str, x: Any) -> Any:
    """A Tensor as it is, anything else as an array; refuses what is no array of numbers."""
    if not isinstance(x, Node):
        return np.asarray(plain(Named(name), x))
    if x.data.__class__ is float:
        raise mixed(name, "a Value")
    return x


def data_of(x: Any) -> Any:
    """The data of a Tensor, anything else as it is."""
    return x.data if isinstance(x, Node) else x


def axes_of(name: str, x: Any, axis: Any) -> tuple[int, ...]:
    """The axes of an array that `axis` means, counted from the front."""
    ndim = len(shape_of(x))
    if axis is None:
        return tuple(range(ndim))
    try:
        return normalize_axis_tuple(axis, ndim)
    except (ValueError, TypeError) as error:
        raise refusal(name, (x, axis), error) from None


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


def number(name: str, initial: Any) -> Any:
    """A starting value as a Python number, which takes the dtype of the array; a Tensor as it is."""
    if isinstance(initial, Node):
        return initial
    try:
        return np.asarray(initial).item()
    except ValueError as error:
        raise refusal(f"{name} with initial=", (initial,), error) from None


def last_axis(x: Any, axes: tuple) -> Any:
    """x with the given axes as one, the last."""
    shape = shape_of(x)
    if axes == (len(shape) - 1,):
        return x
    kept = [i for i in range(len(shape)) if i not in axes]
    whole = (*[shape[i] for i in kept], math.prod([shape[i] for i in axes]))
    return ops.reshape(x if (*kept, *axes) == tuple(range(len(shape))) else ops.transpose(x, (*kept, *axes)), whole)


def warn(text: str) -> None:
    """NumPy's warning about a slice that has no answer, at the user's line."""
    warn_at_user_line(text, RuntimeWarning)
