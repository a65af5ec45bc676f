"""Padding: numbers put around an array.  Layer 7, above inputs.py; made of operations."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import ops
from ..composition import composition
from ..domain import Shape
from ..errors import ShapeError, user_line
from ..op import shape_of
from .inputs import numbers
from .module import check_finite

__all__ = ["pad", "surrounded"]

MODES = ("constant", "reflect", "replicate", "circular")


@composition(
    name="nn.pad",
    cases=(
        (Shape(2, 3), (1, 2)),
        (Shape(2, 3), (0, 1, 2, 0), "constant", 1.5),
        (Shape(2, 3), (2, 1, 1, 1), "reflect"),
        (Shape(2, 3), (0, 2, 1, 3), "replicate"),
        (Shape(2, 3), (3, 1), "circular"),
    ),
)
def pad(x: Any, widths: Sequence[int], mode: str = "constant", value: float = 0.0) -> Any:
    r"""x with numbers around it; widths as in PyTorch, from the last axis on:  (left, right, top, bottom, ...).

    x        array or Tensor, any shape
    widths   whole numbers >= 0, two for each padded axis, the last axis first
    mode     "constant": `value`; "reflect": x mirrored at its first and last number, which are not repeated; "replicate": the
             first and last number; "circular": x from its other end
    Linear in x: the cotangent of a number of x is the sum of those of its copies.
    Raises ValueError for another mode or widths, ShapeError where x has too few axes or numbers.

    >>> pad(np.array([1.0, 2.0, 3.0]), (2, 1), "reflect")
    array([3., 2., 1., 2., 3., 2.])
    """
    if mode not in MODES:
        raise ValueError(
            f"pad got mode={mode!r:.60}, at {user_line()}; expected one of {', '.join(MODES)}. Pass one of these."
        )
    x = numbers("pad", "x", x)
    pairs = pairs_of(x, widths)
    if mode == "constant":
        return surrounded(x, pairs, check_finite("pad", "value", value))
    for axis, (before, after) in enumerate(pairs, -len(pairs)):
        if before or after:
            x = continued(x, axis, before, after, mode)
    return x


def pairs_of(x: Any, widths: Sequence[int]) -> list[tuple[int, int]]:
    """(before, after) for each of the last axes of x, the last of all at the end."""
    try:
        flat = [operator.index(n) for n in widths]
    except TypeError:
        flat = [-1]
    if len(flat) % 2 or min(flat, default=0) < 0:
        raise ValueError(
            f"pad got widths={widths!r:.60}, at {user_line()}; expected whole numbers >= 0, two for each axis from the last one "
            "on. Write (left, right) or (left, right, top, bottom); to cut numbers off, slice."
        )
    if len(flat) > 2 * len(shape_of(x)):
        raise ShapeError(
            f"pad got {len(flat)} widths for x of shape {shape_of(x)}, at {user_line()}; expected two for each axis at most. "
            "Give fewer widths, or x more axes."
        )
    return list(zip(flat[0::2], flat[1::2]))[::-1]


def surrounded(x: Any, pairs: Sequence[tuple[int, int]], value: float) -> Any:
    """x with (before, after) copies of a number along its last axes."""
    if not any([n for pair in pairs for n in pair]):
        return x
    sizes = shape_of(x)
    full = [(0, 0)] * (len(sizes) - len(pairs)) + list(pairs)
    key = tuple([slice(before, before + n) for n, (before, _) in zip(sizes, full)])
    shape = tuple([before + n + after for n, (before, after) in zip(sizes, full)])
    return ops.scatter(x, key, shape) if value == 0.0 else ops.index_set(np.full(shape, value, x.dtype), key, x)


def continued(x: Any, axis: int, before: int, after: int, mode: str) -> Any:
    """x with its own numbers repeated at both ends of an axis, counted from the last."""
    size = shape_of(x)[axis]
    limit = {"reflect": size - 1, "circular": size}.get(mode, before + after if size else 0)
    if max(before, after) > limit:
        raise ShapeError(
            f"pad got widths ({before}, {after}) for an axis of {size} numbers, at {user_line()}; in mode {mode!r} they are "
            f"{max(limit, 0)} at most. Pad less, or in another mode."
        )
    if mode == "reflect":
        left, right = part(x, axis, before, 0, -1), part(x, axis, size - 2, size - 2 - after, -1)
    elif mode == "circular":
        left, right = part(x, axis, size - before, size, 1), part(x, axis, 0, after, 1)
    else:
        left, right = (
            repeated(part(x, axis, 0, 1, 1), axis, before),
            repeated(part(x, axis, size - 1, size, 1), axis, after),
        )
    return ops.join(axis, left, x, right)


def part(x: Any, axis: int, start: int, stop: int, step: int) -> Any:
    """x[start:stop:step] along an axis counted from the last."""
    return ops.index(x, (..., slice(start, stop if stop >= 0 else None, step), *[slice(None)] * (-axis - 1)))


def repeated(x: Any, axis: int, count: int) -> Any:
    """x, of size 1 along an axis, `count` times."""
    shape = list(shape_of(x))
    shape[axis] = count
    return ops.broadcast_to(x, tuple(shape))
