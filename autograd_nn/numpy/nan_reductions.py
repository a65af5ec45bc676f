"""Reductions that leave nan out, with NumPy's names and signatures.  Layer 4; made of operations.

An element that is nan takes no part: its cotangent is 0, and that of the others is as if it were not there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import ops
from ..arguments import array_of
from ..composition import composition
from ..domain import Shape
from ..op import data_of
from . import reductions
from .axes import axes_of, count_of, mask_of, warn
from .statistics import deviation, freedom, root

__all__ = ["filled", "nanmax", "nanmean", "nanmin", "nanprod", "nanstd", "nansum", "nanvar"]

ROW = np.array([True, False, True])
ALL, MASKED = (Shape(2, 3),), (Shape(2, 3), {"axis": -1, "keepdims": True, "where": ROW})
INITIAL = (Shape(2, 3), {"axis": 1, "initial": 0.5, "where": ROW})


def present(x: Any) -> np.ndarray:
    """Where x is not nan."""
    return ~np.isnan(data_of(x))


def filled(name: str, x: Any, fill: float) -> Any:
    """x with `fill` in the place of nan."""
    x = array_of(name, x)
    return ops.where(ops.isnan(x), fill, x)


def taking_part(name: str, x: Any, where: Any) -> np.ndarray:
    """Where x is not nan and the mask holds."""
    return present(x) if where is True else present(x) & data_of(mask_of(name, where, x))


def over(total: Any, count: Any) -> Any:
    """total / count, and nan where there is nothing to divide by."""
    good = count > 0.0
    y = ops.divide(total, np.where(good, count, count.dtype.type(1)))
    return y if np.all(good) else ops.where(good, y, np.nan)


@composition(np.nansum, cases=(ALL, (Shape(2, 3), 0, {"keepdims": True, "initial": 2.0, "where": ROW})))
def nansum(a, axis=None, dtype=None, *, keepdims=False, initial=None, where=True):
    """The sum of all that is not nan along axis (default: of all); of nothing it is 0.  Arguments as of `sum`.

    >>> nansum(np.array([1.0, np.nan, 3.0]))
    np.float64(4.0)
    """
    return reductions.sum(filled("nansum", a, 0), axis, dtype, keepdims=keepdims, initial=initial, where=where)


@composition(np.nanprod, cases=(ALL, (Shape(2, 3), 0, {"keepdims": True, "initial": 2.0, "where": ROW})))
def nanprod(a, axis=None, dtype=None, *, keepdims=False, initial=None, where=True):
    """The product of all that is not nan along axis (default: of all); of nothing it is 1.  Arguments as of `prod`.

    >>> nanprod(np.array([2.0, np.nan, 3.0]))
    np.float64(6.0)
    """
    return reductions.prod(filled("nanprod", a, 1), axis, dtype, keepdims=keepdims, initial=initial, where=where)


@composition(np.nanmean, cases=(ALL, MASKED))
def nanmean(a, axis=None, dtype=None, *, keepdims=False, where=True):
    """The mean of all that is not nan along axis (default: of all); nan, and a warning, where nothing is.

    >>> nanmean(np.array([1.0, np.nan, 3.0]))
    np.float64(2.0)
    """
    a = array_of("nanmean", a) if dtype is None else ops.astype(a, dtype)
    axes, mask = axes_of(a, axis), taking_part("nanmean", a, where)
    n = count_of(a, axes, mask, keepdims)
    if not np.all(n):
        warn("Mean of empty slice")
    return over(ops.sum(ops.where(mask, a, 0), axes, keepdims), n)


@composition(np.nanvar, cases=(ALL, MASKED, (Shape(2, 3), 1, {"mean": Shape(2, 1), "ddof": 1})), analytic=False)
def nanvar(a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, mean=None, correction=None):
    """The variance of all that is not nan along axis (default: of all), with the arguments of `var`.

    nan, and a warning, where n - ddof is not positive.

    >>> nanvar(np.array([1.0, np.nan, 3.0]))
    np.float64(1.0)
    """
    return variance("nanvar", a, axis, dtype, ddof, keepdims, where, mean, correction)


@composition(np.nanstd, cases=(ALL, MASKED), kink="all equal: 0", analytic=False)
def nanstd(a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, mean=None, correction=None):
    """The standard deviation of all that is not nan along axis (default: of all): the root of `nanvar`, with derivative 0 at 0.

    >>> nanstd(np.array([1.0, np.nan, 3.0]))
    np.float64(1.0)
    """
    return root(variance("nanstd", a, axis, dtype, ddof, keepdims, where, mean, correction))


def variance(name: str, a, axis, dtype, ddof, keepdims, where, mean, correction) -> Any:
    """The variance of all that is not nan, for a function of this name."""
    a = array_of(name, a) if dtype is None else ops.astype(a, dtype)
    axes, mask = axes_of(a, axis), taking_part(name, a, where)
    n = freedom(name, count_of(a, axes, mask, keepdims), ddof, correction)
    if np.any(n <= 0):
        warn("Degrees of freedom <= 0 for slice.")
    if mean is None:
        mean = over(ops.sum(ops.where(mask, a, 0), axes, True), count_of(a, axes, mask, True))
    return over(deviation(a, axes, keepdims, mask, mean), n)


def extreme(name: str, reduce: Callable, worst: float, a, axis, keepdims, initial, where) -> Any:
    """A maximum or minimum of all that is not nan."""
    a = array_of(name, a)
    y = reduce(filled(name, a, worst), axis, keepdims=keepdims, initial=initial, where=where)
    if initial is None:
        lost = ~np.any(present(a), axis=axes_of(a, axis), keepdims=keepdims)
        if np.any(lost):
            warn("All-NaN slice encountered")
            y = ops.where(lost, np.nan, y)
    return y


@composition(
    np.nanmax,
    cases=(ALL, INITIAL),
    kink="ties: as of max",
    analytic=False,
)
def nanmax(a, axis=None, *, keepdims=False, initial=None, where=True):
    """The largest element that is not nan along axis (default: of all), with the arguments of `max`; nan where all are.

    >>> nanmax(np.array([1.0, np.nan, 3.0]))
    np.float64(3.0)
    """
    return extreme("nanmax", reductions.max, -np.inf, a, axis, keepdims, initial, where)


@composition(
    np.nanmin,
    cases=(ALL, INITIAL),
    kink="ties: as of min",
    analytic=False,
)
def nanmin(a, axis=None, *, keepdims=False, initial=None, where=True):
    """The smallest element that is not nan along axis (default: of all), with the arguments of `min`; nan where all are.

    >>> nanmin(np.array([1.0, np.nan, 3.0]))
    np.float64(1.0)
    """
    return extreme("nanmin", reductions.min, np.inf, a, axis, keepdims, initial, where)
