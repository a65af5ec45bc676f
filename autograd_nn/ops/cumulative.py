"""Running sums and products along an axis, and the product of all elements.  Layer 2; uses joining, indexing, reduce and shape.

Nothing here divides by x: y / x would be nan where an element is 0.  What stands before an element is multiplied by what follows.
"""

from __future__ import annotations

import math

import numpy as np

from ..domain import ANY, Shape
from ..op import Operation, data_of, nary, ndim_of, shape_of
from .indexing import along, index
from .joining import join
from .reduce import axes_of, keep, reduce_leading, sum
from .shape import behind, reshape, transpose

__all__ = ["cumprod", "cumsum", "prod", "recurrence"]

AXES = ((Shape(4), 0, False), (Shape(4), -1, True), (Shape(2, 3), 0, True), (Shape(2, 3), -1, False), (Shape(2, 3, 2), 1, False),
        (Shape(1), 0, False), (Shape(0, 2), 0, False))  # fmt: skip


def added_up(x, axis=-1, reverse=False):
    return backwards(np.add.accumulate, x, axis) if reverse else np.add.accumulate(x, axis)


def multiplied_up(x, axis=-1, reverse=False):
    return backwards(np.multiply.accumulate, x, axis) if reverse else np.multiply.accumulate(x, axis)


def backwards(accumulate, x, axis):
    return np.flip(accumulate(np.flip(x, axis), axis), axis)


def multiplied(x, axis=None, keepdims=False):
    return np.multiply.reduce(x, axis=axis, keepdims=keepdims)


def recurred(b, a, axis=-1, reverse=False):
    if np.shape(b) != np.shape(a):
        raise ValueError(f"the terms have shape {np.shape(b)} and the factors {np.shape(a)}; they must be equal")
    b, a = [np.moveaxis(np.flip(x, axis) if reverse else np.asarray(x), axis, -1) for x in (b, a)]
    y = doubled(b, a)
    if not np.all(np.isfinite(y)):  # perhaps because a product of factors overflowed that meets a 0
        y = stepped(b, a)
    y = np.moveaxis(y, -1, axis)
    return np.flip(y, axis) if reverse else y


def doubled(b, a):
    """The recurrence along the last axis in log n passes: two steps become one with the product of their factors."""
    y, p, step = b.astype(np.result_type(b, a)), np.array(a), 1
    with np.errstate(all="ignore"):
        while step < y.shape[-1]:
            y[..., step:] += p[..., step:] * y[..., :-step]
            p[..., step:] *= p[..., :-step]
            step *= 2
    return y


def stepped(b, a):
    """The same, step by step."""
    y = b.astype(np.result_type(b, a))
    for k in range(1, y.shape[-1]):
        y[..., k] += a[..., k] * y[..., k - 1]
    return y


def before(x, first, axis, reverse):
    """In each place along axis what x has one place before (after it, in reverse); `first` where there is none."""
    shape, axis = list(shape_of(x)), axis % ndim_of(x)
    n = shape[axis]
    shape[axis] = min(n, 1)
    edge = np.full(shape, first, data_of(x).dtype)
    rest = index(x, along(axis, slice(1, None) if reverse else slice(0, max(n - 1, 0))))
    return join(axis, rest, edge) if reverse else join(axis, edge, rest)


def carried_back(g, x, axis, reverse):
    """The sum over all later places of their cotangents, each times the factors on the way there."""
    return recurrence(g, before(x, 0.0, axis, not reverse), axis, not reverse)


def recurrence_forward(ts, y, b, a, axis, reverse):
    """The tangents obey the same recurrence: dy_k = a_k dy_(k-1) + db_k + da_k y_(k-1)."""
    if ts[1] is None:
        return recurrence(ts[0], a, axis, reverse)
    moved = ts[1] * before(y, 0.0, axis, reverse)
    return recurrence(moved if ts[0] is None else ts[0] + moved, a, axis, reverse)


def others(x, axis):
    """For each element the product of all others that are multiplied with it."""
    shape, axes = shape_of(x), axes_of(shape_of(x), axis)
    kept = [i for i in range(len(shape)) if i not in axes]
    order = (*kept, *axes)
    z = reshape(transpose(x, order), (*[shape[i] for i in kept], math.prod([shape[i] for i in axes])))
    y = before(cumprod(z, -1, False), 1.0, -1, False) * before(cumprod(z, -1, True), 1.0, -1, True)
    return transpose(reshape(y, tuple([shape[i] for i in order])), tuple([order.index(i) for i in range(len(order))]))


# fmt: off
cumsum: Operation = nary(
    "cumsum", added_up, (lambda g, y, x, axis, reverse: cumsum(g, axis, not reverse), None, None), kind="linear",
    source="(np.flip(np.cumsum(np.flip({0}, {1}), {1}), {1}) if {2} else np.cumsum({0}, {1}))", latex=r"\mathrm{{cumsum}}({0})",
    domain=(ANY,), cases=AXES, leading=lambda count, x, axis, reverse: (x, behind(axis), reverse),
    doc="y_k = x_0 + ... + x_k along axis (default: the last), from the other end in reverse. Its transpose is the sum from the "
        "other end.",
    example=("cumsum(np.array([1.0, 2.0, 3.0]))", "array([1., 3., 6.])"),
)
recurrence: Operation = nary(
    "recurrence", recurred,
    (lambda g, y, b, a, axis, reverse: carried_back(g, a, axis, reverse),
     lambda g, y, b, a, axis, reverse: carried_back(g, a, axis, reverse) * before(y, 0.0, axis, reverse), None, None),
    jvp=recurrence_forward, kind="custom", source="recurrence({0}, {1}, {2}, {3})", latex=r"\mathrm{{recurrence}}({0}, {1})",
    domain=(ANY, ANY), cases=tuple([(case[0], *case) for case in AXES]),
    leading=lambda count, b, a, axis, reverse: (b, a, behind(axis), reverse),
    doc="y_k = a_k y_(k-1) + b_k along axis (default: the last), with y_(-1) = 0; from the other end in reverse: a discounted "
        "sum. dL/db = u, where u_k = g_k + a_(k+1) u_(k+1), and dL/da_k = u_k y_(k-1). b and a have the same shape.",
    example=("recurrence(np.array([1.0, 1.0, 1.0]), np.full(3, 0.5))", "array([1.  , 1.5 , 1.75])"),
)
cumprod: Operation = nary(
    "cumprod", multiplied_up,
    (lambda g, y, x, axis, reverse: carried_back(g, x, axis, reverse) * before(y, 1.0, axis, reverse), None, None),
    jvp=lambda ts, y, x, axis, reverse: recurrence(ts[0] * before(y, 1.0, axis, reverse), x, axis, reverse), kind="custom",
    source="(np.flip(np.cumprod(np.flip({0}, {1}), {1}), {1}) if {2} else np.cumprod({0}, {1}))",
    latex=r"\mathrm{{cumprod}}({0})", domain=(ANY,), cases=AXES,
    leading=lambda count, x, axis, reverse: (x, behind(axis), reverse),
    doc="y_k = x_0 x_1 ... x_k along axis (default: the last), from the other end in reverse; dL/dx_k = u_k y_(k-1), where "
        "u_k = g_k + x_(k+1) u_(k+1): right where elements are 0 as well.",
    example=("cumprod(np.array([1.0, 2.0, 3.0]))", "array([1., 2., 6.])"),
)
prod = nary(
    "prod", multiplied, (lambda g, y, x, axis, keepdims: keep(g, x, axis, keepdims) * others(x, axis), None, None),
    jvp=lambda ts, y, x, axis, keepdims: sum(ts[0] * others(x, axis), axis, keepdims), kind="custom",
    source="np.prod({0}, axis={1}, keepdims={2})", latex=r"\prod {0}", domain=(ANY,),
    cases=((Shape(2, 3), None, False), (Shape(2, 3), 0, False), (Shape(2, 3), -1, True), (Shape(2, 3, 2), (0, 2), False),
           (Shape(), None, False), (Shape(0, 3), 0, False)),
    leading=reduce_leading,
    doc="The product of x along axis (default: of all of it); dy/dx_k = the product of all others, taken from both sides, so "
        "right where elements are 0 as well.",
    example=("prod(np.array([2.0, 3.0, 4.0]))", "np.float64(24.0)"),
)
# fmt: on
