"""The derivative of a plain function along a line, by differences, with an error bound.  Layer 0; knows NumPy alone.

A step that is right for one function is wrong for the next: sin(300 x) needs a small one, exp(-x^2) at 1e-8 a large one, log at
1e-8 one far below 1e-8.  So the steps run down a ladder from each plausible length, and the derivative is believed where
neighbouring rungs agree.  At a kink they never do, or the two sides differ; then there is no answer rather than a wrong one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Slope", "slope"]

RATIO, RUNGS, LEAST = 5.0, 9, 5  # steps of 0.2, 0.04, ... 5e-7 lengths
AGREE = 1e-2  # neighbouring rungs that differ by more than this part of the slope have not converged
EPS = float(np.finfo(float).eps)
ENOUGH = 1e-8  # a relative error at which no smaller step is tried


class Slope(NamedTuple):
    """d/ds of a weighted sum at s = 0, and a bound of its error."""

    value: float
    error: float


class Rung(NamedTuple):
    """Differences at one step: central, minus the other side (both divided by the step), and the rounding error of each."""

    central: float
    bend: float
    noise: float


def slope(along: Callable[[float], Any], weights: np.ndarray, lengths: Sequence[float], size: float) -> Slope | None:
    """The derivative of sum(weights * along(s)) at s = 0, or None where differences do not tell it: kinks, jumps, noise.

    lengths   plausible lengths over which `along` changes
    size      of the numbers that s is added to: their rounding blurs small steps
    """
    with np.errstate(all="ignore"):
        rungs = Rungs(along, weights, size)
        ladders = [rungs.ladder(length) for length in distinct(lengths)]
        ladders = [steps for steps in ladders if len(steps) >= LEAST]
        best: Slope | None = None
        for steps in ladders if rungs.resolved() else []:
            found = descend(rungs, steps)
            finest = steps[-1], ladders[-1][-1], rungs.least
            if found is not None and all([still_there(found, rungs(step)) for step in finest]):
                best = found if best is None or found.error < best.error else best
            if best is not None and best.error <= 1e3 * ENOUGH * abs(best.value):
                break
        return best


def distinct(lengths: Sequence[float]) -> list[float]:
    """The lengths from the largest down, without those that are within a factor of 10 of one before.

    The largest come first because they show which outputs move at all.
    """
    kept: list[float] = []
    for length in sorted(lengths, reverse=True):
        if 0.0 < length < np.inf and all([length <= 0.1 * other for other in kept]):
            kept.append(length)
    return kept


def descend(rungs: Rungs, steps: list[float]) -> Slope | None:
    """The best extrapolated slope on one ladder, if neighbours agree and both sides do.  Ridders 1982."""
    best: Slope | None = None
    central: list[float] = []
    slopes: list[float] = []
    for step in steps:
        rung = rungs(step)
        if not np.isfinite(rung.central):
            central, slopes = [], []
            continue
        central.append(rung.central)
        if len(central) < 2:
            continue
        slopes.append(central[-1] + (central[-1] - central[-2]) / (RATIO**2 - 1.0))
        if len(slopes) < 3:
            continue
        value, last, before = slopes[-1], abs(slopes[-1] - slopes[-2]), abs(slopes[-2] - slopes[-3])
        converged = last <= AGREE * abs(value) and before <= 0.5 * abs(value)
        if not (converged or max(last, before) <= 10.0 * rung.noise):
            continue
        error = last + rung.noise
        if best is None or error < best.error:
            best = Slope(value, error)
        if error <= ENOUGH * abs(value) + 2.0 * rung.noise:
            break
    return on_both_sides(best, rungs(steps[-2]), rungs(steps[-1])) if best is not None else None


def still_there(found: Slope, fine: Rung) -> bool:
    """Whether the slope is the one of a fine step too; else the coarse ones did not see something narrow, or saw a staircase."""
    return abs(fine.central - found.value) <= AGREE * abs(found.value) + 10.0 * fine.noise


def on_both_sides(found: Slope, coarse: Rung, fine: Rung) -> Slope | None:
    """The slope, if the slopes of the two sides approach each other."""
    if abs(fine.bend) <= 0.5 * abs(coarse.bend):
        return found
    apart = max(abs(fine.bend) - fine.noise, 0.0)
    return Slope(found.value, found.error + apart) if apart <= 1e-3 * abs(found.value) else None


def largest(x: np.ndarray) -> float:
    return float(np.max(x, initial=0.0))


class Rungs:
    """Differences of a weighted sum by step, with their rounding errors.

    size   of the numbers that the steps are added to: rounding those blurs the step
    """

    def __init__(self, along: Callable[[float], Any], weights: np.ndarray, size: float) -> None:
        self.along, self.weights, self.size = along, weights, size
        self.coarse, self.fine = False, False  # whether numbers of float32 were seen, and numbers that are none
        self.used = weights != 0.0
        self.base = self.at(0.0)
        self.moved = np.zeros(self.base.shape, bool)
        self.known: dict[float, tuple[float, float, float]] = {}

    @property
    def eps(self) -> float:
        """The relative rounding error.  float32 in disguise is told by its missing digits."""
        return float(np.finfo(np.float32).eps) if self.coarse and not self.fine else EPS

    def ladder(self, length: float) -> list[float]:
        """Steps from a fifth of the length down, without those that are lost in the rounding of what they are added to."""
        steps = [0.2 * length * RATIO**-k for k in range(RUNGS)]
        for step in steps[:3]:
            self(step)  # tells the precision
        return [step for step in steps if step >= self.least]

    @property
    def least(self) -> float:
        return max(1e4 * EPS, 400.0 * self.eps) * self.size or 1e-12

    def resolved(self) -> bool:
        """Whether the smallest steps change less than larger ones: neither a jump, nor too fast for any step."""
        small, large = [self.change(k * self.least) for k in (1.0, RATIO**2)]
        rounding = self.eps * float(np.sum(np.abs(self.weights * self.base)))
        return small <= 0.2 * large + 4.0 * rounding

    def change(self, step: float) -> float:
        return float(
            np.sum(np.abs(self.weights) * (np.abs(self.at(step) - self.base) + np.abs(self.at(-step) - self.base)))
        )

    def at(self, s: float) -> np.ndarray:
        y = np.asarray(self.along(s))
        self.coarse = self.coarse or y.dtype == np.float32
        return np.where(self.used, y.astype(np.float64), 0.0)

    def __call__(self, step: float) -> Rung:
        if step not in self.known:
            after, before = self.at(step), self.at(-step)
            self.moved |= (after != self.base) | (before != self.base)
            self.look(np.concatenate([after[self.moved], before[self.moved]]))
            changes = after - self.base, self.base - before
            sizes = np.abs(self.weights) * (np.abs(after) + np.abs(before) + 2.0 * np.abs(self.base))
            blur = self.size / step * np.sum(np.abs(self.weights) * (np.abs(changes[0]) + np.abs(changes[1])))
            rest = sizes[~self.moved]  # may depend on s all the same, by less than they are rounded
            self.known[step] = (
                float(np.sum(self.weights * (after - before)) / (2.0 * step)),
                float(np.sum(self.weights * (changes[0] - changes[1])) / step),
                float((np.sum(sizes[self.moved]) + largest(rest) * np.sqrt(rest.size) + blur) / step),
            )
        central, bend, noise = self.known[step]
        return Rung(central, bend, self.eps * noise + 1e-322 / step)

    def look(self, y: np.ndarray) -> None:
        """Whether numbers look like float32; those with few digits (the ends of clip, integers) tell nothing."""
        y = y[(y.astype(np.float16) != y) & (np.rint(y) != y)]
        same = y.astype(np.float32) == y
        self.coarse, self.fine = self.coarse or bool(np.any(same)), self.fine or not np.all(same)
