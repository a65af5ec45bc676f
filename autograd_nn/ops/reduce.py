"""Reductions along axes: sums, extremes, log-sum-exp, and those of booleans.  Layer 2; uses elementary and shape."""

from __future__ import annotations

import math

import numpy as np

from ..domain import ANY, Shape
from ..op import nary, shape_of
from .arithmetic import divide
from .compare import equal
from .elementary import exp
from .shape import astype, behind, broadcast_to, reshape

__all__ = [
    "all",
    "any",
    "axes_of",
    "count_nonzero",
    "keep",
    "logsumexp",
    "max",
    "mean",
    "min",
    "reduce_leading",
    "sum",
]

AXES = ((Shape(2, 3), None, False), (Shape(2, 3), 0, False), (Shape(2, 3), -1, True), (Shape(2, 3, 4), (0, 2), False),
        (Shape(2, 3), None, True), (Shape(), None, False), (Shape(1), 0, False))  # fmt: skip


def added(x, axis=None, keepdims=False):
    return np.add.reduce(x, axis=axis, keepdims=keepdims)  # np.sum costs 2 us more


def averaged(x, axis=None, keepdims=False):
    if x.__class__ is np.ndarray and x.dtype == np.float16:  # as NumPy: float16 ends at 65504
        return (np.add.reduce(x, axis, np.float32, keepdims=keepdims) / count(x, axis)).astype(np.float16)
    return np.add.reduce(x, axis=axis, keepdims=keepdims) / count(x, axis)


def largest(x, axis=None, keepdims=False):
    return np.maximum.reduce(x, axis=axis, keepdims=keepdims)


def smallest(x, axis=None, keepdims=False):
    return np.minimum.reduce(x, axis=axis, keepdims=keepdims)


def log_of_sum_of_exponentials(x, axis=None, keepdims=False):
    top = np.maximum.reduce(x, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0).astype(top.dtype)
    y = np.log(np.add.reduce(np.exp(x - top), axis=axis, keepdims=True)) + top
    return y if keepdims else np.squeeze(y, axis)[()]


def every(x, axis=None, keepdims=False, where=True):
    return np.logical_and.reduce(x, axis=axis, keepdims=keepdims, where=where)


def some(x, axis=None, keepdims=False, where=True):
    return np.logical_or.reduce(x, axis=axis, keepdims=keepdims, where=where)


def counted(x, axis=None, keepdims=False):
    return np.count_nonzero(x, axis=axis, keepdims=keepdims)


def axes_of(shape, axis):
    """The reduced axes of `shape`, counted from the front."""
    if axis is None:
        return tuple(range(len(shape)))
    return tuple([a % len(shape) for a in (axis if isinstance(axis, tuple | list) else (axis,))])


def reduce_leading(count, x, axis, keepdims):
    return x, behind(axes_of(shape_of(x), axis) if axis is None else axis), keepdims


def count(x, axis):
    """How many numbers go into each result, as a float."""
    shape = shape_of(x)
    return float(math.prod([shape[a] for a in axes_of(shape, axis)]))


def keep(g, x, axis, keepdims):
    """A result of a reduction of x, with the reduced axes back as size 1."""
    if keepdims or axis is None:
        return g
    shape, axes = shape_of(x), axes_of(shape_of(x), axis)
    return reshape(g, tuple([1 if i in axes else n for i, n in enumerate(shape)]))


def restore(g, x, axis, keepdims):
    """A result of a reduction of x, repeated to the shape of x."""
    return broadcast_to(keep(g, x, axis, keepdims), shape_of(x))


def winning(y, x, axis, keepdims):
    """1 for each x that is the extreme one, else 0; and how many are."""
    number = y.dtype if y.dtype.kind == "f" else float
    # Counting booleans takes twice as long, and makes float64.
    tied = astype(equal(x, keep(y, x, axis, keepdims)), number)
    return tied, sum(tied, axis, True)


def to_winners(g, y, x, axis, keepdims):
    """The cotangent for the winner, in equal parts for each of several at a tie."""
    tied, number = winning(y, x, axis, keepdims)
    return divide(keep(g, x, axis, keepdims), number) * tied


def of_winners(t, y, x, axis, keepdims):
    """The tangent of the winner, or the mean of several."""
    tied, number = winning(y, x, axis, keepdims)
    return sum(t * divide(tied, number), axis, keepdims)


def extreme(kernel, name, latex, doc, example):
    """The record of max or min: both pass the cotangent to the winners."""
    return nary(
        name,
        kernel,
        (to_winners, None, None),
        jvp=lambda ts, y, x, axis, keepdims: of_winners(ts[0], y, x, axis, keepdims),
        kind="custom",
        source=f"np.{name}({{0}}, axis={{1}}, keepdims={{2}})",
        latex=latex,
        domain=(ANY,),
        cases=AXES,
        kink="ties: shared equally",
        leading=reduce_leading,
        analytic=False,
        doc=doc,
        example=example,
    )


# fmt: off
sum = nary(
    "sum", added, (lambda g, y, x, axis, keepdims: restore(g, x, axis, keepdims), None, None), kind="linear",
    source="np.sum({0}, axis={1}, keepdims={2})", latex=r"\sum {0}", domain=(ANY,), cases=(*AXES, (Shape(0, 3), 0, False)),
    leading=reduce_leading,
    doc="The sum of x along axis (default: all of it); dy/dx = 1 for every element.",
    example=("sum(np.array([1.0, 2.0, 3.0]))", "np.float64(6.0)"),
)
mean = nary(
    "mean", averaged, (lambda g, y, x, axis, keepdims: restore(divide(g, count(x, axis)), x, axis, keepdims), None, None),
    kind="linear", source="np.mean({0}, axis={1}, keepdims={2})", latex=r"\overline{{{0}}}", domain=(ANY,), cases=AXES,
    leading=reduce_leading,
    doc="The arithmetic mean of x along axis (default: all of it); dy/dx = 1/n for each of the n elements averaged.",
    example=("mean(np.array([1.0, 2.0, 6.0]))", "np.float64(3.0)"),
)
max = extreme(
    largest, "max", r"\max {0}",
    "The largest element of x along axis (default: of all); dy/dx is 1 at the largest, shared equally at a tie.",
    ("max(np.array([1.0, 5.0, 3.0]))", "np.float64(5.0)"),
)
min = extreme(
    smallest, "min", r"\min {0}",
    "The smallest element of x along axis (default: of all); dy/dx is 1 at the smallest, shared equally at a tie.",
    ("min(np.array([1.0, 5.0, 3.0]))", "np.float64(1.0)"),
)
logsumexp = nary(
    "logsumexp", log_of_sum_of_exponentials,
    (lambda g, y, x, axis, keepdims: keep(g, x, axis, keepdims) * exp(x - keep(y, x, axis, keepdims)), None, None),
    jvp=lambda ts, y, x, axis, keepdims: sum(ts[0] * exp(x - keep(y, x, axis, keepdims)), axis, keepdims),
    kind="custom", domain=(ANY,), cases=AXES, leading=reduce_leading,
    source="np.log(np.sum(np.exp({0}), axis={1}, keepdims={2}))", latex=r"\log \sum e^{{{0}}}",
    doc="y = log(sum(exp(x))) along axis (default: all), with the largest x taken out first, so finite for every finite x; "
        "dy/dx = softmax(x). Source: Blanchard, Higham & Higham 2021, eq. 1.4.",
    example=("logsumexp(np.array([1000.0, 1000.0]))", "np.float64(1000.6931471805599)"),
)
all = nary(
    "all", every, (None, None, None, None), kind="nondifferentiable",
    source="np.all({0}, axis={1}, keepdims={2}, where={3})", latex=r"\bigwedge {0}",
    cases=((Shape(2, 3), None, False, True), (Shape(2, 3), 1, True, np.array([True, False, True]))),
    doc="Whether every x along axis (default: all of it) is true or not 0, of those where `where` is true. No gradient flows.",
    example=("all(np.array([True, False]))", "np.False_"),
)
any = nary(
    "any", some, (None, None, None, None), kind="nondifferentiable",
    source="np.any({0}, axis={1}, keepdims={2}, where={3})", latex=r"\bigvee {0}",
    cases=((Shape(2, 3), None, False, True), (Shape(2, 3), 1, True, np.array([True, False, True]))),
    doc="Whether some x along axis (default: all of it) is true or not 0, of those where `where` is true. No gradient flows.",
    example=("any(np.array([True, False]))", "np.True_"),
)
count_nonzero = nary(
    "count_nonzero", counted, (None, None, None), kind="nondifferentiable",
    source="np.count_nonzero({0}, axis={1}, keepdims={2})", latex=r"\sum [{0} \ne 0]",
    cases=((Shape(2, 3), None, False), (Shape(2, 3), 1, True)),
    doc="How many x along axis (default: of all) are true or not 0. No gradient flows through it.",
    example=("count_nonzero(np.array([0.0, 2.0, 3.0]))", "np.int64(2)"),
)
# fmt: on
