"""The gradient of a function that cannot be recorded, entry by entry, by the witness alone.  Layer 8; knows NumPy alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .comparison import SAFETY
from .witness import along, complex_step

__all__ = ["MOST", "gradients"]

MOST = 4000  # entries: one evaluation each by complex step, about 40 by differences


def gradients(
    f: Callable, inputs: Sequence[Any], active: Sequence[int], seed: np.ndarray
) -> tuple[list[np.ndarray], list[np.ndarray]] | None:
    """(the gradient of sum(seed * f) by every active input, the bound of its error), or None for too many entries.

    A complex step serves where it agrees with differences along two random directions; else differences do, with their bounds.
    An entry at which nothing settles has an infinite bound.
    """
    if sum([np.size(inputs[i]) for i in active]) > MOST:
        return None
    rng = np.random.default_rng(3)
    values = [np.zeros(np.shape(inputs[i])) for i in active]
    errors = [np.zeros(np.shape(inputs[i])) for i in active]
    analytic = all([trusted(f, inputs, active, seed, rng) for _ in range(2)])
    for place, i in enumerate(active):
        for entry in np.ndindex(np.shape(inputs[i])):
            unit = [np.zeros(np.shape(inputs[j])) for j in active]
            unit[place][entry] = 1.0  # and the others complex too: code that makes buffers may look at one input only
            value = complex_step(f, inputs, active, unit, seed) if analytic else None
            if value is not None:
                values[place][entry] = value
                continue
            opinion = along(f, inputs, [i], [unit[place]], seed, np.nan, 0.0)
            values[place][entry], errors[place][entry] = opinion.value, 4.0 * opinion.error
    largest = [float(np.max(np.abs(r), initial=0.0)) for r in values]
    u = float(np.finfo(float).eps)
    return values, [SAFETY * u * (np.abs(r) + top) + e for r, top, e in zip(values, largest, errors)]


def trusted(
    f: Callable, inputs: Sequence[Any], active: Sequence[int], seed: np.ndarray, rng: np.random.Generator
) -> bool:
    """Whether complex step and differences agree along a random direction."""
    direction = [rng.integers(0, 2, np.shape(inputs[i])) * 2.0 - 1.0 for i in active]
    value = complex_step(f, inputs, active, direction, seed)
    if value is None:
        return False
    opinion = along(f, inputs, active, direction, seed, np.nan, 0.0)
    return opinion.how == "differences" and abs(opinion.value - value) <= 10.0 * opinion.error + 1e-9 * abs(value)
