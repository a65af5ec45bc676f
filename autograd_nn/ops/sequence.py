"""Along one axis: sliding products, and angles without jumps.  Layer 2; uses indexing."""

from __future__ import annotations

import numpy as np

from ..domain import ANY, Shape
from ..op import Operation, nary, shape_of
from .indexing import index
from .shape import batched, behind

__all__ = ["correlate", "unwrap"]

BACKWARDS = (..., slice(None, None, -1))


def padded(x, before, after):
    """x with that many zeros before and after, or that many numbers less."""
    x = x[..., max(-before, 0) : x.shape[-1] + min(after, 0)]
    ends = [np.zeros((*x.shape[:-1], max(n, 0)), x.dtype) for n in (before, after)]
    return np.concatenate([ends[0], x, ends[1]], -1) if before > 0 or after > 0 else x


def slid(x, w, before=0, after=0):
    x, w = np.asarray(x), np.asarray(w)
    size = w.shape[-1]
    if before == after == size - 1 and x.ndim == w.ndim == 1:
        return np.convolve(x, w[::-1])  # which does without the zeros
    x = padded(x, before, after)
    if not 0 < size <= x.shape[-1]:
        raise ValueError(f"{size} weights do not fit into {x.shape[-1]} numbers (zeros before and after included)")
    if x.ndim == w.ndim == 1:
        return np.convolve(x, w[::-1], "valid")  # 3 to 5 times as fast as a product of windows
    windows = np.lib.stride_tricks.sliding_window_view(x, size, -1)
    return np.matmul(windows, w[..., None])[..., 0]


def correlate_back(g, w, before, after):
    """The cotangent of x: the weights slide backwards over g."""
    last = shape_of(w)[-1] - 1
    return correlate(g, index(w, BACKWARDS), last - before, last - after)


def correlate_forward(ts, y, x, w, before, after):
    """The product rule."""
    moved = None if ts[0] is None else correlate(ts[0], w, before, after)
    weighted = None if ts[1] is None else correlate(x, ts[1], before, after)
    return weighted if moved is None else moved if weighted is None else moved + weighted


def unwrapped(p, discont=None, axis=-1, period=2.0 * np.pi):
    return np.unwrap(p, discont, axis, period=period)


# fmt: off
correlate: Operation = nary(
    "correlate", slid,
    (lambda g, y, x, w, before, after: correlate_back(g, w, before, after),
     lambda g, y, x, w, before, after: correlate(x, g, before, after), None, None),
    jvp=correlate_forward, kind="custom",
    source="np.correlate(np.pad({0}, ({2}, {3})), {1}, 'valid')", latex=r"{0} \star {1}", domain=(ANY, ANY),
    cases=((Shape(5), Shape(3), 0, 0), (Shape(4), Shape(3), 2, 2), (Shape(5), Shape(4), 2, 1), (Shape(2), Shape(4), 3, 3),
           (Shape(4), Shape(1), 0, 0), (Shape(2), Shape(5), 4, 0), (Shape(3), Shape(3), 0, 0)),
    leading=batched,
    doc="y_k = sum_j x_(k+j) w_j along the last axis: the weights w slide over x, with that many zeros put before and after it, "
        "or numbers left out where negative. dL/dx is g with w sliding backwards over it, dL/dw is x with g sliding over it.",
    example=("correlate(np.array([1.0, 2.0, 4.0]), np.array([1.0, -1.0]), 1, 0)", "array([-1., -1., -2.])"),
)
unwrap = nary(
    "unwrap", unwrapped, (lambda g, y, p, discont, axis, period: g, None, None, None),
    jvp=lambda ts, y, p, discont, axis, period: ts[0], kind="custom",
    source="np.unwrap({0}, {1}, {2}, period={3})", latex=r"\operatorname{{unwrap}} {0}", domain=(ANY,), analytic=False,
    numpy=(np.unwrap,), kink="a step of discont: 1, though the value jumps",
    cases=((Shape(4), None, -1, 2.5), (Shape(2, 3), None, 0, 2.0 * np.pi), (Shape(2, 3), 1.5, -1, 1.0),
           (Shape(0), None, -1, 1.0)),
    leading=lambda count, p, discont, axis, period: (p, discont, behind(axis), period),
    doc="p plus whole periods, so that steps along axis are at most discont (default: half a period) large; dy/dp = 1, as the "
        "number of periods is constant.",
    example=("unwrap(np.array([0.0, 3.0, 6.5]), None, -1, 6.0)", "array([0. , 3. , 0.5])"),
)
# fmt: on
