"""Other inputs for the same code: other numbers, and axes of other sizes that fit together.  Layer 8; knows NumPy alone.

Which axes have the same meaning is found by trying: x (5, 3) and w (3, 4) run on with 6 rows of x, and not with 4 columns of x
unless w has 4 rows as well. An axis grows by repeating some of its entries, so that labels stay labels, rows that are
probabilities stay probabilities, and indices come twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations, islice
from typing import Any

import numpy as np

__all__ = ["Axis", "axes_together", "grown", "other_numbers", "repeated"]

Axis = tuple[int, int]  # (which input, which of its axes)
MANY = 6  # axes of one size that are tried in all combinations
TRIES = 300  # combinations of so many of them


def axes_together(runs: Callable[[Sequence[Any]], bool], inputs: Sequence[Any]) -> list[frozenset[Axis]]:
    """The groups of axes that can only change together; `runs` tells whether the code takes such inputs."""
    by_size: dict[int, list[Axis]] = {}
    for i, x in enumerate(inputs):
        if isinstance(x, np.ndarray):
            for a, n in enumerate(x.shape):
                if n:
                    by_size.setdefault(n, []).append((i, a))
    groups: list[frozenset[Axis]] = []
    for axes in by_size.values():
        left = list(axes)
        for count in range(1, min(len(axes), MANY) + 1):
            for some in islice(combinations(left, count), TRIES):
                if all([axis in left for axis in some]) and runs(grown(inputs, some)):
                    groups.append(frozenset(some))
                    left = [axis for axis in left if axis not in some]
    return groups


def grown(inputs: Sequence[Any], axes: Sequence[Axis] | frozenset[Axis], by: int = 1) -> list:
    """The inputs with some axes longer: entries that are there already come again."""
    out = list(inputs)
    for i, a in axes:
        x = out[i]
        out[i] = np.take(x, [*range(x.shape[a]), *[k % x.shape[a] for k in range(by)]], axis=a)
    return out


def other_numbers(inputs: Sequence[Any], active: Sequence[int], rng: np.random.Generator, zeros: bool = False) -> list:
    """The inputs with other numbers where they are differentiated: signs stay; arrays of zeros alone change if asked."""
    out = list(inputs)
    for i in active:
        x = np.asarray(inputs[i])
        drawn = rng.normal(size=x.shape) if zeros else np.zeros(x.shape)
        moved = x * (1.0 + 0.2 * rng.random(x.shape)) if np.any(x) else drawn
        out[i] = np.asarray(moved, x.dtype) if isinstance(inputs[i], np.ndarray) else float(moved)
    return out


def repeated(x: np.ndarray) -> np.ndarray:
    """The indices with the second one equal to the first."""
    out = x.copy()
    out.flat[1] = out.flat[0]
    return out
