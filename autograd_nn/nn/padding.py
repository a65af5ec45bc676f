"""Padding in PyTorch's order of widths, the last axis first; numpy/padding.py does it.  Layer 7, above inputs.py."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from ..composition import composition
from ..domain import Shape
from ..errors import ShapeError, user_line
from ..numpy.padding import continued, surrounded
from ..op import ndim_of, shape_of
from .inputs import numbers
from .module import check_finite

__all__ = ["pad"]

MODES = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}  # -> NumPy's names


@composition(
    home="nn.functional",
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
    for size, pair in zip(shape_of(x), pairs):
        check_widths(size, pair, mode)
    return continued(x, pairs, MODES[mode])


def pairs_of(x: Any, widths: Sequence[int]) -> list[tuple[int, int]]:
    """(before, after) for each axis of x."""
    try:
        flat = [operator.index(n) for n in widths]
    except TypeError:
        flat = [-1]
    if len(flat) % 2 or min(flat, default=0) < 0:
        raise ValueError(
            f"pad got widths={widths!r:.60}, at {user_line()}; expected whole numbers >= 0, two for each axis from the last one "
            "on. Write (left, right) or (left, right, top, bottom); to cut numbers off, slice."
        )
    if len(flat) > 2 * ndim_of(x):
        raise ShapeError(
            f"pad got {len(flat)} widths for x of shape {shape_of(x)}, at {user_line()}; expected two for each axis at most. "
            "Give fewer widths, or x more axes."
        )
    given = list(zip(flat[0::2], flat[1::2]))[::-1]
    return [(0, 0)] * (ndim_of(x) - len(given)) + given


def check_widths(size: int, pair: tuple[int, int], mode: str) -> None:
    """Raises ShapeError for an axis that has not enough numbers to repeat."""
    limit = {"reflect": size - 1, "circular": size}.get(mode, sum(pair) if size else 0)
    if max(pair) > limit:
        raise ShapeError(
            f"pad got widths {pair} for an axis of {size} numbers, at {user_line()}; in mode {mode!r} they are "
            f"{max(limit, 0)} at most. Pad less, or in another mode."
        )
