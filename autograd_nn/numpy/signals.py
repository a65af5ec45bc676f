"""Sequences of numbers: interpolation, convolution, correlation, with NumPy's names.  Layer 4; made of operations."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..composition import composition
from ..domain import Interval, Shape
from ..errors import ShapeError, user_line
from ..op import data_of, ndim_of, shape_of

__all__ = ["convolve", "correlate", "interp"]

MODES = {
    "full": lambda m: (m - 1, m - 1),
    "same": lambda m: (m // 2, (m - 1) // 2),
    "valid": lambda m: (0, 0),
}  # zeros around
POINTS, BETWEEN = np.array([-1.0, 0.0, 1.0, 2.0]), Interval(-2.0, 4.0, avoid=(-1.0, 0.0, 1.0, 2.0))
TURNS = np.array([0.3, 4.0, 2.2, -1.2])  # with period 3: 0.3, 1.0, 2.2, 1.8
APART = Interval(-2.0, 4.0, avoid=(-2.0, -1.2, -0.8, 0.3, 1.0, 1.8, 2.2, 3.3, 4.0))


def row(name: str, argument: str, x: Any) -> Any:
    """A sequence of at least one number; a number is one of length 1."""
    shape = shape_of(x)
    if len(shape) > 1 or 0 in shape:
        raise ShapeError(
            f"{name} got {argument} of shape {shape}, at {user_line()}. It takes two sequences of one dimension, none of them "
            "empty. Index one, or flatten it by ravel()."
        )
    return x if shape else ops.reshape(x, (1,))


def zeros(name: str, mode: Any, size: int) -> tuple[int, int]:
    if mode not in MODES:
        raise ShapeError(
            f"{name} got mode={mode!r}, at {user_line()}. It is one of {', '.join(map(repr, MODES))}. Give one of these."
        )
    return MODES[mode](size)


BACKWARDS = slice(None, None, -1)
LENGTHS = ((Shape(5), Shape(3)), (Shape(2), Shape(4)), (Shape(3), Shape(3)))
PAIRS = tuple([(*shapes, mode) for shapes in LENGTHS for mode in MODES])


@composition(np.convolve, cases=PAIRS)
def convolve(a, v, mode="full"):
    """The convolution of two sequences: y_k = sum_j a_(k-j) v_j.

    mode   "full": wherever they overlap, len(a) + len(v) - 1 numbers; "same": the middle ones, as many as the longer one has;
           "valid": where the shorter one is all inside of the longer one
    Its time grows with len(a) len(v). The cotangents are correlations of g with v and with a.

    >>> convolve(np.array([1.0, 2.0, 3.0]), np.array([1.0, -1.0]))
    array([ 1.,  1.,  1., -3.])
    """
    a, v = row("convolve", "a", a), row("convolve", "v", v)
    if shape_of(v) > shape_of(a):
        a, v = v, a
    return ops.correlate(a, ops.index(v, BACKWARDS), *zeros("convolve", mode, *shape_of(v)))


@composition(np.correlate, cases=PAIRS, analytic=False)
def correlate(a, v, mode="valid"):
    """The cross-correlation of two sequences: y_k = sum_j a_(j+k) v_j; mode as for convolve.

    >>> correlate(np.array([1.0, 2.0, 3.0]), np.array([1.0, -1.0]))
    array([-1., -1.])
    """
    a, v = row("correlate", "a", a), row("correlate", "v", v)
    if shape_of(v) > shape_of(a):  # exchanged, it is the same sequence backwards
        return ops.index(ops.correlate(v, a, *zeros("correlate", mode, *shape_of(a))), BACKWARDS)
    return ops.correlate(a, v, *zeros("correlate", mode, *shape_of(v)))


@composition(
    np.interp,
    cases=(
        (BETWEEN, POINTS, Shape(4)),
        (BETWEEN, POINTS, Shape(4), Shape(), 0.5),
        (APART, TURNS, Shape(4), {"period": -3.0}),
    ),
    kink="x at a point: the mean of the slopes on both sides",
    analytic=False,
)
def interp(x, xp, fp, left=None, right=None, period=None):
    """The height over x of the straight lines through the points (xp, fp), level before the first and after the last.

    xp            increasing, which is not checked, as in NumPy; with period they may have any order
    left, right   instead of the level parts
    period        x and xp count up to multiples of it, and the line goes on from the last point to the first
    By x the derivative is the slope, and at a point the mean of the slopes on both sides, that of a level part being 0; by fp it
    is the share of each point; by xp it is -slope times the share. Differentiated by left and right too.

    >>> interp(np.array([0.5, 3.0]), np.array([0.0, 1.0]), np.array([10.0, 20.0]), right=0.0)
    array([15.,  0.])
    """
    if ndim_of(xp) != 1 or shape_of(xp) != shape_of(fp) or 0 in shape_of(xp):
        raise ShapeError(
            f"interp got xp of shape {shape_of(xp)} and fp of shape {shape_of(fp)}, at {user_line()}. They are coordinates of "
            "points: sequences of one dimension and one length, not empty. Interpolate several functions one by one."
        )
    if period is not None:
        return around(x, xp, fp, period)
    y = ops.interp(x, xp, fp)
    if left is not None:
        y = ops.where(ops.less(x, ops.index(xp, 0)), left, y)
    if right is not None:
        y = ops.where(ops.greater(x, ops.index(xp, -1)), right, y)
    return y


def around(x: Any, xp: Any, fp: Any, period: Any) -> Any:
    """The periodic one: within one period, with the last point before the first and the first behind the last."""
    if shape_of(period) or not data_of(period):
        raise ShapeError(
            f"interp got period={period!r}, at {user_line()}. It is one number other than 0. Give one, or leave it out."
        )
    period = ops.absolute(period)

    def within(z: Any) -> Any:
        return ops.subtract(z, ops.multiply(period, ops.floor(ops.divide(z, period))))

    x, xp = within(ops.astype(x, float)), within(ops.astype(xp, float))  # as NumPy
    order = np.argsort(data_of(xp))
    xp, fp = ops.index(xp, order), ops.index(fp, order)
    first, last = slice(None, 1), slice(-1, None)
    xp = ops.join(0, ops.subtract(ops.index(xp, last), period), xp, ops.add(ops.index(xp, first), period))
    return ops.interp(x, xp, ops.join(0, ops.index(fp, last), fp, ops.index(fp, first)))
