"""Sliding windows over axes, and their transpose: windows added up where they overlap.  Layer 2; uses shape.

The windows are a view: no number is copied before somebody needs them in another order.
"""

from __future__ import annotations

import itertools
import operator

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..domain import ANY, Shape
from ..op import Operation, nary, shape_of
from .shape import behind

__all__ = ["fold", "whole", "windows"]


def cut(x, size, stride=1, dilation=1, axes=None):
    x = np.asarray(x)
    axes, size, stride, dilation = settings(x.ndim, size, stride, dilation, axes)
    shape, strides = list(x.shape), list(x.strides)
    for a, k, s, d in zip(axes, size, stride, dilation):
        shape[a], strides[a] = places(a, x.shape[a], k, s, d), strides[a] * s
    steps = [x.strides[a] * d for a, d in zip(axes, dilation)]
    return as_strided(x, (*shape, *size), (*strides, *steps), writeable=False)


def laid_over(w, sizes, stride=1, dilation=1, axes=None):
    w = np.asarray(w)
    size, outside = inner(w, sizes, axes), w.ndim - len(whole(sizes, axes))
    if outside < len(size):
        raise ValueError(f"{w.ndim} axes cannot hold {len(size)} that count windows and as many inside of the windows")
    axes, size, stride, dilation = settings(outside, size, stride, dilation, axes)
    shape, spans = list(w.shape[:outside]), []
    for a, n, k, s, d in zip(axes, whole(sizes, axes), size, stride, dilation):
        count = places(a, n, k, s, d)
        if count != shape[a]:
            raise ValueError(f"there are {shape[a]} windows along axis {a}, and {n} numbers have {count}")
        shape[a] = n
        spans.append((a, s, d, (count - 1) * s + 1))
    y = np.zeros_like(
        w[(..., *[0] * len(size))], shape=tuple(shape)
    )  # with its axes in memory in the order of those of w
    key, apart = [slice(None)] * outside, all([s > (k - 1) * d for k, s, d in zip(size, stride, dilation)])
    for offset in itertools.product(*[range(k) for k in size]):
        for (a, s, d, span), k in zip(spans, offset):
            key[a] = slice(k * d, k * d + span, s)
        if apart:  # half of the time of adding
            y[tuple(key)] = w[(..., *offset)]
        else:
            y[tuple(key)] += w[(..., *offset)]
    return y


def settings(ndim, size, stride, dilation, axes):
    """(axes from the front, size, stride, dilation), each a tuple with an entry for each axis; checked."""
    size = whole(size, axes)
    axes = whole(range(-len(size), 0) if axes is None else axes)
    if not all([-ndim <= a < ndim for a in axes]) or len({a % ndim for a in axes}) < len(axes):
        raise ValueError(f"axes is {axes} for an array of {ndim} axes; expected different ones of these")
    stride, dilation = whole(stride, axes), whole(dilation, axes)
    for name, numbers in (("size", size), ("stride", stride), ("dilation", dilation)):
        if len(numbers) != len(axes) or min(numbers, default=1) < 1:
            raise ValueError(
                f"{name} is {numbers} for the axes {axes}; expected one whole number of at least 1 for each"
            )
    return tuple([a % ndim for a in axes]), size, stride, dilation


def whole(numbers, axes=0):
    """Whole numbers as a tuple; a single one stands for each axis."""
    try:
        if isinstance(numbers, tuple | list | range):
            return tuple([operator.index(n) for n in numbers])
        return (operator.index(numbers),) * (len(axes) if isinstance(axes, tuple | list) else 1)
    except TypeError:
        raise TypeError(f"{numbers!r:.60} is no whole number, nor a tuple with one for each axis") from None


def places(axis, n, size, stride, dilation):
    """How many windows there are in n numbers."""
    span = (size - 1) * dilation + 1
    if span > n:
        apart = f", {dilation} apart," if dilation > 1 else ""
        raise ValueError(f"a window of {size}{apart} spans {span} numbers, and axis {axis} has {n}")
    return (n - span) // stride + 1


def sizes_of(x, size, axes):
    """The sizes of the axes of x that windows of this size slide over."""
    shape = shape_of(x)
    return tuple([shape[a] for a in whole(range(-len(whole(size)), 0) if axes is None else axes)])


def inner(w, sizes, axes):
    """The sizes of the windows in w, which are its last axes."""
    shape = shape_of(w)
    return tuple([shape[a] for a in range(-len(whole(sizes, axes)), 0)])


# fmt: off
windows = nary(
    "windows", cut, (lambda g, y, x, size, stride, dilation, axes: fold(g, sizes_of(x, size, axes), stride, dilation, axes),
                     None, None, None, None),
    kind="linear", source="windows({0}, {1}, {2}, {3}, {4})", latex=r"\mathrm{{windows}}({0})", domain=(ANY,),
    cases=((Shape(5), 3, 1, 1, None), (Shape(2, 4, 3), (2, 3), 1, 1, None), (Shape(2, 7, 8), (3, 2), (2, 3), (3, 1), (1, 2)),
           (Shape(5, 3, 7), (2, 3), (1, 2), 2, (-3, 2)), (Shape(4, 2), (1,), 2, 1, 0), (Shape(0, 4), (2,), 1, 3, (1,))),
    leading=lambda count, x, size, stride, dilation, axes: (x, size, stride, dilation, axes if axes is None else behind(axes)),
    doc="windows(x, size, stride=1, dilation=1, axes=None): the windows of `size` numbers, `dilation` apart, that begin every "
        "`stride` numbers along `axes` (default: the last ones). One number stands for each axis. These axes then count windows, "
        "and the axes inside of the windows come last. A read-only view. Its transpose is fold: cotangents are added up.",
    example=("windows(np.arange(4.0), 2)", "array([[0., 1.],\n       [1., 2.],\n       [2., 3.]])"),
)
fold: Operation = nary(
    "fold", laid_over, (lambda g, y, w, sizes, stride, dilation, axes: windows(g, inner(w, sizes, axes), stride, dilation, axes),
                        None, None, None, None),
    kind="linear", source="fold({0}, {1}, {2}, {3}, {4})", latex=r"\mathrm{{fold}}({0})", domain=(ANY,),
    cases=((Shape(3, 3), 5, 1, 1, None), (Shape(2, 3, 1, 2, 3), (4, 3), 1, 1, None),
           (Shape(2, 1, 3, 3, 2), (7, 8), (2, 3), (3, 1), (1, 2)), (Shape(3, 3, 2, 2, 3), (5, 7), (1, 2), 2, (-3, 2)),
           (Shape(2, 2, 1), (4,), 2, 1, 0), (Shape(0, 1, 2), (4,), 1, 3, (1,))),
    leading=lambda count, w, sizes, stride, dilation, axes: (w, sizes, stride, dilation, axes if axes is None else behind(axes)),
    doc="fold(w, sizes, stride=1, dilation=1, axes=None): windows put back to where they were cut from in an array with `sizes` "
        "numbers along `axes`, and added up where they overlap; zeros where there was none. The transpose of windows.",
    example=("fold(np.ones((3, 2)), 4)", "array([1., 2., 2., 1.])"),
)
# fmt: on
