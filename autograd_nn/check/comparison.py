"""A gradient by hand against the reference, with the error that a correct one may have.  Layer 8; knows arrays."""

from __future__ import annotations

import math

import numpy as np

from .report import Argument, Verdict

__all__ = ["SAFETY", "bound_of", "compare", "unit"]

SAFETY = 256.0  # a correct backward may add up and cancel in another order than ours: some hundred times the imitated rounding
ODD = 1e-6  # of the largest entry: an error below this is as likely an unstable formula as a mistake


def unit(dtype: np.dtype) -> float:
    """The unit roundoff of a format; of longer ones than float64 that of float64, in which the reference is computed."""
    return max(float(np.finfo(dtype).eps) / 2.0, 2.0**-53) if dtype.kind == "f" else 2.0**-53


def bound_of(reference: np.ndarray, spread: np.ndarray, u: float) -> np.ndarray:
    """By how much a correct gradient computed with roundoff u may differ from the reference, for every entry."""
    finite = np.where(np.isfinite(reference), np.abs(reference), 0.0)
    return SAFETY * u * (spread + float(np.max(finite, initial=0.0))) + 8.0 * u * finite + smallest(u)


def smallest(u: float) -> float:
    """What may be lost to underflow on the way in a format of roundoff u."""
    return 1e3 * float(
        max([np.finfo(f).tiny for f in (np.float16, np.float32, np.float64) if unit(np.dtype(f)) >= u * 0.9][-1:])
    )


def compare(name: str, hand: np.ndarray, reference: np.ndarray, bound: np.ndarray, u: float) -> Argument:
    """The verdict about one argument; hand, reference and bound have one shape, u is the roundoff of the gradient by hand."""
    with np.errstate(invalid="ignore"):
        error = np.abs(np.asarray(hand, float) - reference)
    error = np.where(np.isnan(error), np.inf, error)
    off = ~(error <= bound)
    largest = float(np.max(np.abs(reference), initial=0.0))
    tested = largest > float(np.max(bound, initial=0.0))
    verdict: Verdict = "right"
    worst = None
    if off.any():
        verdict = "wrong"
        place = np.unravel_index(
            int(np.argmax(np.where(off, np.nan_to_num(error / bound, nan=np.inf), -1.0))), off.shape
        )
        worst = (tuple([int(i) for i in place]), float(hand[place]), float(reference[place]), float(bound[place]))
        if tested and np.all(error[off] <= ODD * largest):
            verdict = "cannot tell"
    scale = largest or 1.0
    most = -math.log10(u)
    agree, can = [
        min(most, -math.log10(max(float(np.max(e, initial=0.0)) / scale, u))) for e in (error, bound / SAFETY)
    ]
    digits = max(agree, 0.0), max(agree, can, 0.0)
    errors = np.where(off, error, 0.0) if off.any() else None
    return Argument(name, reference.shape, verdict, digits, int(off.sum()), worst, tested, errors)
