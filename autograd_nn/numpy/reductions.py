"""Sums, products, extremes and booleans along axes, with NumPy's names and signatures.  Layer 4; made of operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import ops
from ..arguments import array_of
from ..composition import composition
from ..domain import Shape
from ..errors import ShapeError, user_line
from ..op import data_of, shape_of
from .axes import axes_of, chosen, count_of, mask_of, number, warn

__all__ = ["all", "amax", "amin", "any", "count_nonzero", "max", "mean", "min", "prod", "ptp", "sum"]

MASK = np.array([[True, False, True], [False, False, True]])
ROW = np.array([True, False, True])


@composition(
    np.sum,
    cases=(
        (Shape(2, 3),),
        (Shape(2, 3), {"axis": (0, -1), "keepdims": True, "initial": 2.0, "where": MASK}),
    ),
)
def sum(a, axis=None, dtype=None, *, keepdims=False, initial=None, where=True):
    """The sum of a along axis (default: all of it), of the elements where `where` is true; the cotangent of each is g.

    initial   a number to begin with;  dtype: a floating-point dtype to sum in

    >>> sum(np.array([1.0, 2.0, 3.0]), where=[True, False, True])
    np.float64(4.0)
    """
    if dtype is None and initial is None and where is True:  # the usual case
        return ops.sum(a, axis, keepdims)
    return combined("sum", ops.sum, ops.add, 0, a, axis, dtype, keepdims, initial, where)


@composition(
    np.prod,
    cases=(
        (Shape(2, 3),),
        (Shape(2, 3), {"axis": (0, -1), "keepdims": True, "initial": 2.0, "where": MASK}),
    ),
)
def prod(a, axis=None, dtype=None, *, keepdims=False, initial=None, where=True):
    """The product of a along axis (default: of all of it), of the elements where `where` is true.

    initial   a number to begin with;  dtype: a floating-point dtype to multiply in
    The derivative by an element is the product of all others, right where some are 0.

    >>> prod(np.array([2.0, 3.0, 4.0]))
    np.float64(24.0)
    """
    return combined("prod", ops.prod, ops.multiply, 1, a, axis, dtype, keepdims, initial, where)


def combined(
    name: str, reduce: Callable, join: Callable, neutral: int, a, axis, dtype, keepdims, initial, where
) -> Any:
    """A sum or product over a mask, in a dtype, from a starting value."""
    if where is not True:
        a = chosen(name, array_of(name, a), where, neutral)
    if dtype is not None:
        a = ops.astype(a, dtype)
    y = reduce(a, axis, keepdims)
    return y if initial is None else join(y, number(initial))


@composition(
    np.mean,
    cases=((Shape(2, 3),), (Shape(2, 3), {"axis": -1, "keepdims": True, "where": ROW})),
)
def mean(a, axis=None, dtype=None, *, keepdims=False, where=True):
    """The arithmetic mean of a along axis (default: of all of it), of the elements where `where` is true; dy/da = 1/n for each.

    dtype   a floating-point dtype to compute in; float16 is summed in float32 anyway

    >>> mean(np.array([1.0, 2.0, 6.0]))
    np.float64(3.0)
    """
    if dtype is not None:
        a = ops.astype(a, dtype)
    if where is True:
        y = ops.mean(a, axis, keepdims)
        if 0 in shape_of(a) and not count_of(a, axes_of(a, axis)):
            warn("Mean of empty slice")
        return y
    a = array_of("mean", a)
    axes, mask, small = axes_of(a, axis), mask_of("mean", where, a), data_of(a).dtype == np.float16
    n = count_of(a, axes, mask, keepdims)
    if not np.all(n):
        warn("Mean of empty slice")
    y = ops.where(mask, ops.astype(a, np.float32) if small else a, 0)
    y = ops.divide(ops.sum(y, axes, keepdims), n.astype(np.float32) if small else n)
    return ops.astype(y, np.float16) if small else y


def extreme(name: str, reduce: Callable, choose: Callable, worst: float, a, axis, keepdims, initial, where) -> Any:
    """A maximum or minimum over a mask, from a starting value."""
    if initial is None:
        if where is not True:
            raise ShapeError(
                f"{name} got where= without initial=, at {user_line()}. Where the mask leaves nothing there is no {name} "
                f"without a number to begin with. Add initial={worst}, or another."
            )
        return reduce(a, axis, keepdims)
    a, start = array_of(name, a), number(initial)
    if where is not True:
        a = chosen(name, a, where, worst if data_of(a).dtype.kind == "f" else start)
    if 0 in shape_of(a) and not count_of(a, axes_of(a, axis)):
        return ops.sum(a, axis, keepdims) + start  # of nothing: 0, of the right shape and dtype
    return choose(reduce(a, axis, keepdims), start)


@composition(
    np.max,
    np.amax,
    cases=(
        (Shape(2, 3),),
        (Shape(2, 3), {"axis": 1, "initial": 0.5, "where": ROW}),
        (Shape(0, 3), {"axis": 0, "initial": 0.5}),
    ),
    kink="ties: shared equally, half against initial",
    analytic=False,
)
def max(a, axis=None, *, keepdims=False, initial=None, where=True):
    """The largest element of a along axis (default: of all), of those where `where` is true, and not less than `initial`.

    The cotangent goes to the largest element, in equal parts at a tie; `initial` takes half of it at a tie.

    >>> max(np.array([1.0, 5.0, 3.0]))
    np.float64(5.0)
    """
    if initial is None and where is True:  # the usual case
        return ops.max(a, axis, keepdims)
    return extreme("max", ops.max, ops.maximum, -np.inf, a, axis, keepdims, initial, where)


@composition(
    np.min,
    np.amin,
    cases=((Shape(2, 3),), (Shape(2, 3), {"axis": 1, "initial": 0.5, "where": ROW})),
    kink="ties: shared equally, half against initial",
    analytic=False,
)
def min(a, axis=None, *, keepdims=False, initial=None, where=True):
    """The smallest element of a along axis (default: of all), of those where `where` is true, and not more than `initial`.

    The cotangent goes to the smallest element, in equal parts at a tie; `initial` takes half of it at a tie.

    >>> min(np.array([1.0, 5.0, 3.0]))
    np.float64(1.0)
    """
    if initial is None and where is True:
        return ops.min(a, axis, keepdims)
    return extreme("min", ops.min, ops.minimum, np.inf, a, axis, keepdims, initial, where)


amax, amin = max, min


@composition(
    np.ptp,
    cases=((Shape(2, 3),), (Shape(2, 3), 0, {"keepdims": True})),
    kink="ties: shared equally",
    analytic=False,
)
def ptp(a, axis=None, *, keepdims=False):
    """The range, peak to peak: the largest element minus the smallest along axis (default: of all).

    The largest gets the cotangent, the smallest its negative, in equal parts at a tie.

    >>> ptp(np.array([1.0, 5.0, 3.0]))
    np.float64(4.0)
    """
    return ops.max(a, axis, keepdims) - ops.min(a, axis, keepdims)


@composition(np.all, cases=())
def all(a, axis=None, *, keepdims=False, where=True):
    """Whether every element along axis (default: of all) is true, of those where `where` is true.  No gradient flows.

    >>> all(np.array([1.0, 2.0]) > 1.5)
    np.False_
    """
    return ops.all(a, axis, keepdims, where if where is True else mask_of("all", where, a))


@composition(np.any, cases=())
def any(a, axis=None, *, keepdims=False, where=True):
    """Whether some element along axis (default: of all) is true, of those where `where` is true.  No gradient flows.

    >>> any(np.array([1.0, 2.0]) > 1.5)
    np.True_
    """
    return ops.any(a, axis, keepdims, where if where is True else mask_of("any", where, a))


@composition(np.count_nonzero, cases=())
def count_nonzero(a, axis=None, *, keepdims=False):
    """How many elements along axis (default: of all) are true or not 0.  No gradient flows.

    >>> count_nonzero(np.array([0.0, 2.0, 3.0]))
    np.int64(2)
    """
    return ops.count_nonzero(a, axis, keepdims)
