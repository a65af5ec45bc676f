"""What the numbers of one node come to: a value, a few of them, or their range.  Layer 8, first in draw/; knows no graph."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["SAMPLE", "Numbers", "summary"]

SAMPLE = 4  # arrays of at most this many elements are kept whole


@dataclass(frozen=True, slots=True)
class Numbers:
    """One number or array in short.

    shape    the sizes of the axes; None for a plain Python float
    sample   every element, in row-major order, where there are at most SAMPLE; else nothing
    low, high, mean, norm   of the finite elements (norm: the root of the sum of squares); None where there are none
    zeros, nans, infs       how many elements are 0, not a number, infinite
    """

    shape: tuple[int, ...] | None
    dtype: str
    sample: tuple[float | int | bool, ...]
    low: float | None
    high: float | None
    mean: float | None
    norm: float | None
    zeros: int
    nans: int
    infs: int

    @property
    def size(self) -> int:
        return 1 if self.shape is None else math.prod(self.shape)


def summary(x: Any) -> Numbers:
    """The summary of a float, an array (of floats, integers or booleans), or all arrays of a tuple."""
    if x.__class__ is float:
        nan, inf = x != x, x in (math.inf, -math.inf)
        finite = None if nan or inf else x
        norm = None if finite is None else abs(x)
        return Numbers(None, "float", (x,), finite, finite, finite, norm, int(x == 0.0), int(nan), int(inf))
    if x.__class__ is tuple:  # the results of one operation
        x = np.concatenate([np.ravel(part) for part in x])
    x = np.asarray(x)
    sample = tuple((x.astype(float) if x.dtype.kind == "f" else x).ravel().tolist()) if x.size <= SAMPLE else ()
    nans = int(np.isnan(x).sum())
    finite = x[np.isfinite(x)].astype(np.float64, copy=False)
    low = high = mean = norm = None
    if finite.size:
        low, high = float(finite.min()), float(finite.max())
        mean, norm = mean_of(finite, low, high), norm_of(finite, low, high)
    zeros = int(x.size - np.count_nonzero(x))
    return Numbers(x.shape, str(x.dtype), sample, low, high, mean, norm, zeros, nans, x.size - finite.size - nans)


def mean_of(x: np.ndarray, low: float, high: float) -> float:
    """The mean, without overflow at either end of the float range."""
    scale = 1.0 if max(abs(low), abs(high)) < 1e290 else 1e300
    return float((x / scale).mean() * scale)


def norm_of(x: np.ndarray, low: float, high: float) -> float:
    """The root of the sum of squares, without overflow unless the norm itself is too large."""
    scale = max(abs(low), abs(high))
    return scale * float(np.sqrt(np.square(x / scale).sum())) if scale else 0.0
