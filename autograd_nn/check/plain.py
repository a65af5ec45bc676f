"""Anything as plain data for JSON: finite numbers, texts, lists, dicts.  Layer 8; knows NumPy alone."""

from __future__ import annotations

import math
import reprlib
from typing import Any

import numpy as np

__all__ = ["MOST", "plain"]

MOST = 100  # entries of an array that are written out; a larger one is summarised


def plain(x: Any) -> Any:
    """x as None, bool, int, float, str, list or dict with texts as keys; a number that is not finite becomes None.

    An array of more than 100 entries becomes {"shape", "dtype", "smallest", "largest", "not_finite"}; an object that is none of
    these becomes its repr.

    >>> plain({"factor": np.float32(0.5), "at": (np.int64(1), 2), "worst": float("nan")})
    {'factor': 0.5, 'at': [1, 2], 'worst': None}
    >>> plain(np.arange(1000.0))
    {'shape': [1000], 'dtype': 'float64', 'smallest': 0.0, 'largest': 999.0, 'not_finite': 0}
    """
    if x is None or isinstance(x, bool | np.bool):
        return None if x is None else bool(x)
    if isinstance(x, str):
        return str(x)
    if isinstance(x, int | np.integer):
        return int(x)
    if isinstance(x, float | np.floating):
        return float(x) if math.isfinite(x) else None
    if isinstance(x, complex | np.complexfloating):
        return {"real": plain(float(x.real)), "imag": plain(float(x.imag))}
    if isinstance(x, dict):
        return {str(key): plain(value) for key, value in x.items()}
    if isinstance(x, np.ndarray):
        return plain(x.tolist()) if x.size <= MOST else summary(x)
    if isinstance(x, list | tuple | set | frozenset):
        return [plain(part) for part in x]
    return reprlib.repr(x)  # which no broken __repr__ can make fail


def summary(x: np.ndarray) -> dict[str, Any]:
    """What a large array is like."""
    found: dict[str, Any] = {"shape": list(x.shape), "dtype": str(x.dtype)}
    if x.dtype.kind in "fiu":
        finite = x[np.isfinite(x)]
        ends = (finite.min(), finite.max()) if finite.size else (None, None)
        found |= {"smallest": plain(ends[0]), "largest": plain(ends[1]), "not_finite": int(x.size - finite.size)}
    return found
