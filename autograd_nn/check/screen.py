"""Which changes of the reverse sweep could explain a wrong gradient, at one dot product each.  Layer 8; knows recordings."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..node import Node
from ..several import Parts
from .reference import Trial

__all__ = ["Screen", "dot"]

COUNT = 4  # random directions: an accident must fit them all


class Screen:
    """The error of one gradient, seen along a few random directions of its argument.

    Sending d' instead of d along an edge into node p moves the gradient of leaf k by L (d' - d), where L is the rest of the
    sweep; along a direction w that is <w, L (d' - d)> = <L^T w, d' - d>, and L^T w is how p moves when the leaf moves along w.
    So the tangents of all nodes, computed once, judge every change with one dot product, however deep in the graph it is.
    """

    def __init__(self, trial: Trial, k: int, seed: int = 5) -> None:
        recording, reference, hand = trial.reference.recording, trial.reference, trial.hand[k]
        assert recording is not None  # callers look
        assert hand is not None
        r, bound = reference.values[k], reference.bounds[k]
        rng = np.random.default_rng(seed)
        directions = [rng.normal(size=r.shape) for _ in range(COUNT)]
        self.tangents = [recording.tangents(k, w) for w in directions]
        self.target = np.array([np.vdot(w, hand - r) for w in directions])
        self.slack = np.array([8.0 * np.sqrt(np.sum((w * bound) ** 2)) + 1e-300 for w in directions])

    def effect(self, p: Node, delta: Any) -> np.ndarray:
        """By how much the gradient moves along each direction when the cotangent of p is changed by delta."""
        return np.array([dot(t[p], delta) if p in t else 0.0 for t in self.tangents])

    def fits(self, effect: np.ndarray) -> bool:
        """Whether a change with this effect may explain the gradient."""
        away = np.abs(effect - self.target)
        return bool(np.all(away <= 4.0 * self.slack + 1e-7 * np.abs(self.target)))

    def multiple(self, effect: np.ndarray) -> float | None:
        """The number by which the effect must be multiplied to explain the gradient, or None."""
        if not np.any(np.abs(effect) > 25.0 * self.slack):  # a path that cancels: its rounding explains nothing
            return None
        alpha = float(effect @ self.target) / float(effect @ effect)
        return alpha if self.fits(alpha * effect) else None


def dot(t: Any, d: Any) -> float:
    if isinstance(d, Parts):
        return sum([dot(t[place], part) for place, part in d.given.items() if t[place] is not None])
    if isinstance(t, tuple):
        return sum([dot(a, b) for a, b in zip(t, d) if a is not None and b is not None])
    return float(np.vdot(t, d))
