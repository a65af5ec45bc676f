"""Straight lines between given points.  Layer 2; uses joining."""

from __future__ import annotations

import numpy as np

from ..domain import ANY, Increasing, Interval, Shape
from ..op import Operation, nary, shape_of
from .arithmetic import divide, where
from .compare import equal, greater
from .indexing import index, scatter
from .joining import join

__all__ = ["interp", "interval"]

SIDES = {
    "left": lambda x, xp: np.searchsorted(xp, x, "left"),
    "right": lambda x, xp: np.searchsorted(xp, x, "right"),
    "below": lambda x, xp: np.maximum(np.searchsorted(xp, x, "right") - 1, 0),
    "above": lambda x, xp: np.minimum(np.searchsorted(xp, x, "right"), len(xp) - 1),
}


def located(x, xp, side):
    return SIDES[side](x, np.asarray(xp))


def interpolated(x, xp, fp):
    y, dtype = np.interp(x, xp, fp), np.result_type(x, xp, fp)
    return y.astype(dtype) if dtype.kind == "f" and dtype != y.dtype else y  # NumPy's is float64 whatever it is given


def slope(x, xp, fp):
    """dy/dx: of the line that x is on; at a point the mean of those on both sides, of which the outermost two are level."""
    steps = index(xp, slice(1, None)) - index(xp, slice(None, -1))
    rises = index(fp, slice(1, None)) - index(fp, slice(None, -1))
    inner = divide(rises, steps + equal(steps, 0.0)) * greater(steps, 0.0)  # 0 where the value jumps
    level = np.zeros(1)
    slopes = join(0, level, inner, level)
    return 0.5 * (index(slopes, interval(x, xp, "left")) + index(slopes, interval(x, xp, "right")))


def weight(x, xp):
    """How far x is on the way from the point below to the one above, from 0 to 1."""
    below = index(xp, interval(x, xp, "below"))
    step = index(xp, interval(x, xp, "above")) - below
    outside = equal(step, 0.0)  # where the two are one
    return where(outside, 0.0, divide(x - below, where(outside, 1.0, step)))


def shared(g, x, xp):
    """g, shared between the points below and above: the transpose of fp -> interp(x, xp, fp)."""
    upper, shape = g * weight(x, xp), shape_of(xp)
    return scatter(g - upper, interval(x, xp, "below"), shape) + scatter(upper, interval(x, xp, "above"), shape)


def interp_forward(ts, y, x, xp, fp):
    """dx slope + dfp, interpolated, - slope dxp, interpolated."""
    along = None if ts[0] is None else ts[0]
    if ts[1] is not None:
        moved = interp(x, xp, ts[1])
        along = -moved if along is None else along - moved
    risen = None if ts[2] is None else interp(x, xp, ts[2])
    if along is None:
        return risen
    return along * slope(x, xp, fp) if risen is None else along * slope(x, xp, fp) + risen


# fmt: off
interval = nary(
    "interval", located, (None, None, None), kind="nondifferentiable",
    source="interval({0}, {1}, {2})", latex=r"\operatorname{{interval}}({0}, {1})",
    cases=tuple([(Shape(2, 3), np.array([-1.0, 0.0, 0.5]), side) for side in SIDES]),
    doc="Where x lies among increasing numbers xp: how many of them are smaller (side 'left') or not larger (side 'right'), or "
        "the index of the nearest one below or above ('below', 'above'), the first or last one for an x outside. "
        "No gradient flows through it: the result is a constant to every derivative.",
    example=("interval(np.array([0.5, 1.0, 9.0]), np.array([0.0, 1.0, 2.0]), 'right')", "array([1, 2, 3])"),
)
interp: Operation = nary(
    "interp", interpolated,
    (lambda g, y, x, xp, fp: g * slope(x, xp, fp), lambda g, y, x, xp, fp: shared(-g * slope(x, xp, fp), x, xp),
     lambda g, y, x, xp, fp: shared(g, x, xp)),
    jvp=interp_forward, kind="custom",
    source="np.interp({0}, {1}, {2})", latex=r"\operatorname{{interp}}({0})",
    domain=(Interval(-2.0, 4.0, avoid=(-1.0, 0.0, 1.0, 2.0)), Increasing(-1.0), ANY), analytic=False,
    kink="x at a point: the mean of the slopes on both sides",
    cases=((Shape(6), Shape(4), Shape(4)), (Shape(2, 3), Shape(3), Shape(3)), (Shape(), Shape(2), Shape(2)),
           (Shape(3), Shape(1), Shape(1)), (Shape(0), Shape(2), Shape(2))),
    doc="y = the height over x of the straight lines through the points (xp, fp), xp increasing; level before the first and "
        "after the last. dy/dx is the slope of the line, and at a point the mean of the slopes on both sides (0 outside), dy/dfp "
        "the share of each point, dy/dxp = -slope times that share.",
    example=("interp(np.array([0.5, 9.0]), np.array([0.0, 1.0]), np.array([10.0, 20.0]))", "array([15., 20.])"),
)
# fmt: on
