"""Straight lines between given points.  Layer 2; uses joining."""

from __future__ import annotations

import numpy as np

from ..domain import ANY, Increasing, Interval, Shape
from ..op import Operation, nary, shape_of
from .arithmetic import divide, maximum, minimum, where
from .compare import equal, greater
from .indexing import index, scatter
from .joining import join

__all__ = ["interp", "interval"]


def located(x, xp, side="right"):
    return np.searchsorted(xp, x, side)


def interpolated(x, xp, fp):
    y, dtype = np.interp(x, xp, fp), np.result_type(x, xp, fp)
    return y.astype(dtype) if dtype.kind == "f" and dtype != y.dtype else y  # NumPy's is float64 whatever it is given


def slope(x, xp, fp):
    """dy/dx: of the line that x is on; at a point the mean of those on both sides, of which the outermost two are level."""
    steps = index(xp, slice(1, None)) - index(xp, slice(None, -1))
    rises = index(fp, slice(1, None)) - index(fp, slice(None, -1))
    inner = divide(rises, steps + equal(steps, 0.0)) * greater(steps, 0.0)  # 0 where the value jumps
    slopes = join(0, np.zeros(1), inner, np.zeros(1))
    return 0.5 * (index(slopes, interval(x, xp, "left")) + index(slopes, interval(x, xp, "right")))


def shared(g, x, xp):
    """g, shared between the points below and above x: the transpose of fp -> interp(x, xp, fp)."""
    place, shape = interval(x, xp), shape_of(xp)
    low, high = (
        maximum(place - 1, 0),
        minimum(place, shape[0] - 1),
    )  # one and the same before the first and after the last
    start = index(xp, low)
    step = index(xp, high) - start
    outside = equal(step, 0.0)
    upper = g * where(outside, 0.0, divide(x - start, where(outside, 1.0, step)))
    return scatter(g - upper, low, shape) + scatter(upper, high, shape)


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
    source="np.searchsorted({1}, {0}, {2})", latex=r"\#\{{{1} \le {0}\}}",
    cases=((Shape(2, 3), np.array([-1.0, 0.0, 0.5]), "left"), (Shape(2, 3), np.array([-1.0, 0.0, 0.5]), "right")),
    doc="How many of the increasing numbers xp are smaller than x (side 'left'), or not larger ('right'): none before the first, "
        "all after the last. "
        "No gradient flows through it: the result is a constant to every derivative.",
    example=("interval(np.array([0.5, 1.0, 9.0]), np.array([0.0, 1.0, 2.0]))", "array([1, 2, 3])"),
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
