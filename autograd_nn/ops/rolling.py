"""Arrays shifted around an axis.  Layer 2; imports no other operations."""

from __future__ import annotations

import numpy as np

from ..domain import ANY, Shape
from ..op import Operation, nary, shape_of

__all__ = ["roll"]


def rolled(x, shift, axis=None):
    return np.roll(x, shift, axis)


def back(shift):
    return tuple([-n for n in shift]) if isinstance(shift, tuple | list) else -shift


def behind(x, shift, axis):
    """The axes behind one that stays in front; None for the flattened array."""
    if axis is None:
        return None
    ndim = len(shape_of(x))
    return x, shift, tuple([a % ndim + 1 for a in axis]) if isinstance(axis, tuple | list) else axis % ndim + 1


# fmt: off
roll: Operation = nary(
    "roll", rolled, (lambda g, y, x, shift, axis: roll(g, back(shift), axis), None, None), kind="linear",
    source="np.roll({0}, {1}, {2})", latex=r"\mathrm{{roll}}({0})", domain=(ANY,), numpy=(np.roll,),
    cases=((Shape(5), 2, None), (Shape(2, 3), 1, None), (Shape(2, 3), -1, 1), (Shape(3, 4), (1, -1), (0, 1))),
    leading=lambda count, x, shift, axis: behind(x, shift, axis),
    doc="x shifted by `shift` places along axis (default: along the flattened array), with what falls off the end put at the "
        "beginning; its transpose shifts back.",
    example=("roll(np.array([1.0, 2.0, 3.0]), 1)", "array([3., 1., 2.])"),
)
# fmt: on
