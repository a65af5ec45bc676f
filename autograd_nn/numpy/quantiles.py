"""Medians, quantiles and percentiles, with NumPy's names and signatures.  Layer 4; made of operations.

Sorted elements, interpolated: where they go is found by counting, so which elements take part is constant to every derivative.
The methods are those of Hyndman & Fan 1996, and NumPy's older ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..arguments import array_of
from ..composition import composition
from ..domain import Shape
from ..errors import DtypeError, ShapeError, user_line
from ..node import Node
from ..op import data_of, ndim_of, shape_of
from .axes import BY_PLACE, axes_of, last_axis, warn
from .nan_reductions import nanmean

__all__ = ["median", "nanmedian", "nanpercentile", "nanquantile", "percentile", "quantile"]

CONTINUOUS = {  # alpha and beta of Hyndman & Fan, eq. 6: the place counted from 0 is n q + alpha + q (1 - alpha - beta) - 1
    "interpolated_inverted_cdf": (0.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "linear": (1.0, 1.0),
    "median_unbiased": (1.0 / 3.0, 1.0 / 3.0),
    "normal_unbiased": (3.0 / 8.0, 3.0 / 8.0),
}
STEPPED = {  # the same place where it is a step function; a half means between two elements
    "inverted_cdf": lambda n, q: np.ceil(n * q - 1.0),
    "averaged_inverted_cdf": lambda n, q: np.where((n * q) % 1.0 == 0.0, n * q - 0.5, np.ceil(n * q - 1.0)),
    "closest_observation": lambda n, q: np.rint(n * q) - 1.0,
    "lower": lambda n, q: np.floor((n - 1.0) * q),
    "higher": lambda n, q: np.ceil((n - 1.0) * q),
    "midpoint": lambda n, q: 0.5 * (np.floor((n - 1.0) * q) + np.ceil((n - 1.0) * q)),
    "nearest": lambda n, q: np.rint((n - 1.0) * q),
}
WHOLE = frozenset(("inverted_cdf", "closest_observation", "lower", "higher", "nearest"))  # always an element as it is
QUANTILES = (
    (Shape(5), 0.3),
    (Shape(2, 4), [[0.0, 0.5], [0.25, 1.0]], 1, {"keepdims": True}),
    (Shape(2, 2, 3), 0.6, (0, -1), {"method": "hazen"}),
    (Shape(4), [0.3, 0.5], {"method": "nearest"}),
)


def checked(name: str, q: Any, scale: float) -> tuple[np.ndarray, bool]:
    """(the quantiles between 0 and 1, whether their dtype counts): a Python number takes the dtype of the array."""
    if isinstance(q, Node):
        raise DtypeError(
            f"{name} got a {type(q).__name__} as q, at {user_line()}. Which quantile is meant is not differentiated: it is "
            "plain data. Give a number or an array; take it out of a Tensor with t.numpy()."
        )
    try:
        levels = np.divide(q, scale) if scale != 1.0 else np.asarray(q)
        legal = levels.dtype.kind in "fiu" and bool(np.all((levels >= 0) & (levels <= 1)))
    except (ValueError, TypeError):
        legal = False
    if not legal:
        raise ShapeError(
            f"{name} got q={q!r:.60}, at {user_line()}. It takes numbers between 0 and {scale:g}. Give one, or an array of them."
        )
    return levels, q.__class__ not in (int, float)


def places(name: str, n: Any, q: np.ndarray, method: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(the place before, the place after, how far between them) of quantiles q among n elements; n may be an array."""
    if method == "linear":
        place = (n - 1.0) * q
    elif method in CONTINUOUS:
        alpha, beta = CONTINUOUS[method]
        place = n * q + (alpha + q * (1.0 - alpha - beta)) - 1.0
    elif method in STEPPED:
        place = STEPPED[method](n, q)
    else:
        known = ", ".join(sorted((*CONTINUOUS, *STEPPED)))
        raise ShapeError(f"{name} got method={method!r}, at {user_line()}. It knows {known}. Give one of them.")
    place = np.clip(place, 0.0, np.maximum(n - 1.0, 0.0))
    before = np.floor(place)
    return before.astype(np.intp), np.ceil(place).astype(np.intp), place - before


def quantiles_of(name: str, a, q, scale, axis, method, keepdims, skip: bool) -> Any:
    """Quantiles along axes, of all elements or (skip) of those that are not nan."""
    a = array_of(name, a)
    axes, (levels, strong) = axes_of(a, axis), checked(name, q, scale)
    if skip and not data_of(a).size:
        return nanmean(a, axis, keepdims=keepdims)
    ordered = ops.sort(last_axis(a, axes), -1)
    n = shape_of(ordered)[-1]
    if not n:
        raise ShapeError(
            f"{name} got an array of shape {shape_of(a)} and axis={axis}, at {user_line()}. It needs an element along the axes. "
            "Check the array and the axis."
        )
    count = present(ordered) if skip else float(n)
    before, after, part = places(name, count, levels.reshape(-1).astype(float), method)
    y = taken(ordered, before)
    if method not in WHOLE and not (method == "linear" and levels.dtype.kind in "iu"):
        dtype = data_of(a).dtype
        part = part.astype(np.result_type(dtype, *([levels.dtype] if strong or dtype.kind != "f" else []), np.float16))
        y = (
            interpolated(y, taken(ordered, after), part)
            if np.any(part)
            else ops.astype(y, np.result_type(dtype, part.dtype))
        )
    if not skip:
        y = ops.where(ops.isnan(ops.index(ordered, (..., slice(n - 1, n)))), np.nan, y)
    return arranged(y, shape_of(a), axes, levels.shape, keepdims)


def present(ordered: Any) -> np.ndarray:
    """How many elements of each slice are not nan; with NumPy's warning where none is."""
    count = np.count_nonzero(~np.isnan(data_of(ordered)), axis=-1, keepdims=True).astype(float)
    if not np.all(count):
        warn("All-NaN slice encountered")
    return count


def taken(ordered: Any, indices: np.ndarray) -> Any:
    """The elements at some places of the last axis, the same in each slice or others."""
    ndim = ndim_of(ordered)
    return ops.take_along_axis(ordered, indices.reshape((1,) * (ndim - indices.ndim) + indices.shape), -1)


def interpolated(low: Any, high: Any, part: np.ndarray) -> Any:
    """low + part (high - low), and low itself where part is 0, whatever stands above."""
    with np.errstate(invalid="ignore"):  # infinity minus infinity, where low is chosen
        y = low + part * (high - low)
    return y if np.all(part) else ops.where(part == 0, low, y)


def arranged(y: Any, shape: tuple, axes: tuple, levels: tuple, keepdims: bool) -> Any:
    """Results with one quantile after the other in the last axis, with the axes of q in front of those that are left."""
    rest = tuple([1 if i in axes else n for i, n in enumerate(shape) if keepdims or i not in axes])
    ndim = ndim_of(y)
    y = ops.transpose(y, (ndim - 1, *range(ndim - 1))) if ndim > 1 and levels else y
    return ops.reshape(y, (*levels, *rest))


@composition(np.quantile, cases=QUANTILES, kink=BY_PLACE, analytic=False)
def quantile(a, q, axis=None, *, overwrite_input=False, method="linear", keepdims=False):
    """The q-quantiles along axis (default: of all): sorted elements, and between two of them a straight line.

    q        numbers between 0 and 1, in an array of any shape; the axes of q come first in the result
    method   how to interpolate, as in NumPy;  overwrite_input: has no effect
    The cotangent goes to the two elements beside the quantile, by how near they are. nan if an element is.

    >>> quantile(np.array([1.0, 2.0, 4.0]), 0.75)
    array(3.)
    """
    return quantiles_of("quantile", a, q, 1.0, axis, method, keepdims, False)


@composition(np.percentile, cases=((Shape(2, 4), [30.0, 50.0], 1),), kink=BY_PLACE, analytic=False)
def percentile(a, q, axis=None, *, overwrite_input=False, method="linear", keepdims=False):
    """The quantiles for q in percent, between 0 and 100; arguments as of `quantile`.

    >>> percentile(np.array([1.0, 2.0, 4.0]), 75)
    array(3.)
    """
    return quantiles_of("percentile", a, q, 100.0, axis, method, keepdims, False)


@composition(np.nanquantile, cases=QUANTILES[:2], kink=BY_PLACE, analytic=False)
def nanquantile(a, q, axis=None, *, overwrite_input=False, method="linear", keepdims=False):
    """The quantiles of all that is not nan; arguments as of `quantile`.

    >>> nanquantile(np.array([1.0, np.nan, 2.0, 4.0]), 0.75)
    array(3.)
    """
    return quantiles_of("nanquantile", a, q, 1.0, axis, method, keepdims, True)


@composition(np.nanpercentile, cases=((Shape(2, 4), [30.0, 50.0], 1),), kink=BY_PLACE, analytic=False)
def nanpercentile(a, q, axis=None, *, overwrite_input=False, method="linear", keepdims=False):
    """The quantiles of all that is not nan for q in percent; arguments as of `quantile`.

    >>> nanpercentile(np.array([1.0, np.nan, 2.0, 4.0]), 75)
    array(3.)
    """
    return quantiles_of("nanpercentile", a, q, 100.0, axis, method, keepdims, True)


@composition(
    np.median, cases=((Shape(5),), (Shape(2, 4), 1, {"keepdims": True}), (Shape(2, 3, 2), (0, 2))), kink=BY_PLACE
)
def median(a, axis=None, *, overwrite_input=False, keepdims=False):
    """The middle element along axis (default: of all), or the mean of the two in the middle; nan if an element is.

    >>> median(np.array([4.0, 1.0, 2.0, 3.0]))
    array(2.5)
    """
    a = array_of("median", a)
    axes = axes_of(a, axis)
    ordered = ops.sort(last_axis(a, axes), -1)
    n = shape_of(ordered)[-1]
    y = ops.mean(ops.index(ordered, (..., slice(max(n - 1, 0) // 2, n // 2 + 1))), -1, True)
    if n:
        y = ops.where(ops.isnan(ops.index(ordered, (..., slice(n - 1, n)))), np.nan, y)
    else:
        warn("Mean of empty slice")
    return arranged(y, shape_of(a), axes, (), keepdims)


@composition(np.nanmedian, cases=((Shape(5),), (Shape(2, 4), 1, {"keepdims": True})), kink=BY_PLACE)
def nanmedian(a, axis=None, *, overwrite_input=False, keepdims=False):
    """The median of all that is not nan along axis (default: of all).

    >>> nanmedian(np.array([4.0, np.nan, 2.0]))
    array(3.)
    """
    a = array_of("nanmedian", a)
    axes = axes_of(a, axis)
    if not data_of(a).size:
        return nanmean(a, axis, keepdims=keepdims)
    ordered = ops.sort(last_axis(a, axes), -1)
    n = np.maximum(present(ordered), 1.0)
    before, after = np.floor((n - 1.0) / 2.0).astype(np.intp), np.floor(n / 2.0).astype(np.intp)
    y = 0.5 * taken(ordered, before) + 0.5 * taken(ordered, after)
    return arranged(y, shape_of(a), axes, (), keepdims)
