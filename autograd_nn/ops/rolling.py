"""Arrays shifted around an axis.  Layer 2; uses shape."""

from __future__ import annotations

import numpy as np

from ..domain import ANY, Shape
from ..op import Operation, nary
from .shape import behind

__all__ = ["roll"]


def rolled(x, shift, axis=None):
    return np.roll(x, shift, axis)


def back(shift):
    return tuple([-n for n in shift]) if isinstance(shift, tuple | list) else -shift


# fmt: off
roll: Operation = nary(
    "roll", rolled, (lambda g, y, x, shift, axis: roll(g, back(shift), axis), None, None), kind="linear",
    source="np.roll({0}, {1}, {2})", latex=r"\mathrm{{roll}}({0})", domain=(ANY,), numpy=(np.roll,),
    cases=((Shape(5), 2, None), (Shape(2, 3), 1, None), (Shape(2, 3), -1, 1), (Shape(3, 4), (1, -1), (0, 1))),
    leading=lambda count, x, shift, axis: None if axis is None else (x, shift, behind(axis)),
    doc="x shifted by `shift` places along axis (default: along the flattened array), with what falls off the end put at the "
        "beginning; its transpose shifts back.",
    example=("roll(np.array([1.0, 2.0, 3.0]), 1)", "array([3., 1., 2.])"),
)
# fmt: on
