"""Numbers put around an array, with NumPy's name and signature.  Layer 4; made of operations."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..arguments import array_of
from ..composition import composition
from ..domain import Shape
from ..errors import RuleMissing, user_line
from ..node import Node
from ..op import data_of, ndim_of, shape_of
from ..ops.indexing import along

__all__ = ["continued", "pad", "surrounded"]


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
    array = array_of("pad", array)
    widths = widths_of(pad_width, ndim_of(array))
    if mode in ("constant", "empty"):
        return surrounded(array, widths, constant_values if mode == "constant" else 0)
    if mode not in ("edge", "reflect", "symmetric", "wrap") or reflect_type != "even":
        raise RuleMissing(
            f"np.pad with mode={mode!r:.40} and reflect_type={reflect_type!r} has no derivative rule, at {user_line()}. There "
            "are constant, edge, reflect, symmetric and wrap, with reflect_type even. Choose one of them, or join the border "
            "to the array by np.concatenate."
        )
    return continued(array, widths, mode)


def widths_of(pad_width: Any, axes: int) -> Any:
    """The pairs (before, after) of all axes."""
    if isinstance(pad_width, dict):
        given: Any = [pad_width.get(i, pad_width.get(i - axes, 0)) for i in range(axes)]
        pad_width = [np.broadcast_to(width, 2) for width in given]
    widths = np.asarray(pad_width)
    if widths.dtype.kind not in "iu" or np.any(widths < 0):
        raise ValueError(f"pad_width={pad_width!r} is no count of elements")
    return np.broadcast_to(widths, (axes, 2)).tolist()


def surrounded(x: Any, widths: Any, constants: Any) -> Any:
    """x inside a border, (before, after) for each axis: of one plain number, or of numbers as `pad` takes them."""
    if not any([n for pair in widths for n in pair]):
        return x
    inside = tuple([slice(before, before + n) for (before, _), n in zip(widths, shape_of(x))])
    size = tuple([before + n + after for (before, after), n in zip(widths, shape_of(x))])
    if isinstance(constants, int | float):
        return (
            ops.index_set(np.full(size, constants, data_of(x).dtype), inside, x)
            if constants
            else ops.scatter(x, inside, size)
        )
    fixed = constants if isinstance(constants, Node) else np.asarray(constants, data_of(x).dtype)
    pairs = ops.broadcast_to(fixed, (len(size), 2))
    for axis, (pair, fills) in enumerate(zip(widths, pairs)):
        shape = shape_of(x)
        edges = [ops.broadcast_to(fill, (*shape[:axis], width, *shape[axis + 1 :])) for fill, width in zip(fills, pair)]
        x = ops.join(axis, edges[0], x, edges[1])
    return x


def continued(x: Any, widths: Any, mode: Any) -> Any:
    """x with its own numbers repeated at both ends of each axis, in a mode of NumPy's."""
    for axis, (before, after) in enumerate(widths):
        if before or after:
            places = np.pad(np.arange(shape_of(x)[axis]), (before, after), mode)
            ends = [ops.index(x, along(axis, part)) for part in (places[:before], places[len(places) - after :])]
            x = ops.join(axis, ends[0], x, ends[1])  # half of the time of taking all of it by index
    return x
