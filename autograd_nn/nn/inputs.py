"""What layers and losses are given: arrays of a layout, parameters, whole numbers, axes.  Layer 7; knows no such function."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ..errors import DtypeError, MixedError, ShapeError, user_line
from ..node import Node
from ..op import ndim_of, shape_of

__all__ = ["axes_of", "node_or_array", "numbers", "vector", "whole", "wholes"]


def node_or_array(owner: str, name: str, x: Any) -> Any:
    """A Tensor as it is, plain data as an array of numbers; raises for anything else."""
    if isinstance(x, Node):
        if x.data.__class__ is float:
            raise MixedError(
                f"{owner} got a Value as {name}, at {user_line()}. Layers and losses take arrays and Tensors. Build the model "
                "from Tensors, or write the formula out: Values have + - * / ** and functions such as exp."
            )
        return x
    if isinstance(x, list | tuple) and any([isinstance(part, Node) for part in x]):
        raise MixedError(
            f"{owner} got a {type(x).__name__} of nodes as {name}, at {user_line()}; as an array it would lose their graph. "
            "Expected one array or Tensor. Put them together with np.stack."
        )
    try:
        array = np.asarray(x)
    except ValueError as error:
        raise ShapeError(
            f"{owner} got {name} with rows of unequal length, at {user_line()}: {error}. Give a rectangular array."
        ) from None
    if array.dtype.kind not in "fiubc":
        raise DtypeError(
            f"{owner} got a {type(x).__name__} of dtype {array.dtype} as {name}, at {user_line()}; expected real numbers. "
            "Convert it first, for example with np.asarray(x, float)."
        )
    return array


def numbers(owner: str, name: str, x: Any, layout: str = "") -> Any:
    """The same with plain data as floats (or complex numbers), and the axes that `layout` names, if it does: "(N, C, H, W)"."""
    x = node_or_array(owner, name, x)
    x = x if isinstance(x, Node) or x.dtype.kind in "fc" else x.astype(float)
    if layout and ndim_of(x) != layout.count(",") + 1:
        raise ShapeError(
            f"{owner} got {name} of shape {shape_of(x)}, at {user_line()}; expected {layout.count(',') + 1} axes, {layout}. "
            f"Reshape it; for one that is missing, x[None] puts an axis of size 1 in front."
        )
    return x


def vector(owner: str, name: str, x: Any, size: int, what: str) -> Any:
    """A parameter with one number for each of `size` things, or None."""
    if x is None:
        return None
    x = numbers(owner, name, x)
    if shape_of(x) != (size,):
        raise ShapeError(
            f"{owner} got {name} of shape {shape_of(x)}, at {user_line()}; expected ({size},), one number for each of the {size} "
            f"{what}. Reshape it, or give one of that size."
        )
    return x


def axes_of(owner: str, x: Any, axis: Any) -> tuple[int, ...]:
    """Axes of x, one or a tuple of them, counted from the front and in order."""
    ndim = ndim_of(x)
    try:
        axes = [operator.index(a) for a in (axis if isinstance(axis, tuple | list) else (axis,))]
    except TypeError:
        axes = []
    found = tuple(sorted({a % ndim for a in axes})) if ndim else ()
    if not axes or len(found) < len(axes) or not all([-ndim <= a < ndim for a in axes]):
        raise ShapeError(
            f"{owner} got axis={axis!r:.60} for x of shape {shape_of(x)}, at {user_line()}; expected different axes from "
            f"{-ndim} to {ndim - 1}. Name one, or several in a tuple."
        )
    return found


def whole(owner: str, name: str, n: Any, least: int) -> int:
    """A whole number of at least `least`."""
    return wholes(owner, name, n, 1, least)[0]


def wholes(owner: str, name: str, n: Any, count: int, least: int) -> tuple[int, ...]:
    """`count` whole numbers of at least `least`: a tuple of them, or one that stands for all."""
    expected = f"a whole number of at least {least}" + (f", or a tuple of {count}" if count > 1 else "")
    problem = (
        f"{owner} got {name}={n!r:.60}, at {user_line()}; expected {expected}. Pass for example {name}={max(least, 1)}."
    )
    try:
        found = tuple([operator.index(k) for k in (n if isinstance(n, tuple | list) else (n,) * count)])
    except TypeError:
        raise TypeError(problem) from None
    if len(found) != count or min(found) < least or any([isinstance(k, bool) for k in found]):
        raise ValueError(problem)
    return found
