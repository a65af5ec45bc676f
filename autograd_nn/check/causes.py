"""What a cause of a wrong gradient is: a mistake that predicts the numbers.  Layer 8; knows trials."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from .reference import Trial

__all__ = ["Cause", "Prediction", "Scale", "matches", "scale_of"]

Prediction = list[np.ndarray | None]  # the gradient of every active input, None where the cause says nothing about it


@dataclass(frozen=True, slots=True)
class Cause:
    """One mistake that a backward may contain.

    kind       the slug of its kind
    sentence   what is wrong, said to the author, without naming the argument
    predict    trial -> the gradients that a backward with this mistake gives there, at any point of the same pair; it raises
               LookupError where the trial has no such place
    bits       how much has to be said to describe it, in bits: the fewer, the more plausible
    lines      the lines of the forward that it is about, as Place.code gives them
    evidence   numbers and texts for the report
    """

    kind: str
    sentence: str
    predict: Callable[[Trial], Prediction]
    bits: float
    lines: tuple[str, ...] = ()
    evidence: dict[str, Any] = field(default_factory=dict)


def matches(trial: Trial, k: int, candidate: np.ndarray | None, loose: float = 4.0) -> bool:
    """Whether a predicted gradient is what the backward gave for the active input k, to within rounding."""
    hand = trial.hand[k]
    if candidate is None or hand is None or candidate.shape != hand.shape:
        return False
    with np.errstate(invalid="ignore"):
        bound = trial.reference.bounds[k]
        scale = float(np.max(np.abs(candidate), initial=0.0))
        top = float(np.max(np.abs(trial.reference.values[k]), initial=0.0))
        slack = loose * bound * max(1.0, scale / top if top else 1.0) + 8.0 * trial.reference.roundoff * scale
        return bool(np.all(np.abs(hand.astype(float) - candidate) <= slack))


@dataclass(frozen=True, slots=True)
class Scale:
    """A number by which a gradient may be off, with what it may come from.

    text   "1/x.shape[0] = 1/5 times", for a sentence;  source: the key of Trial.sizes, or "" for a plain number
    """

    value: float
    text: str
    source: str = ""
    power: float = 1.0

    def at(self, trial: Trial) -> float:
        """The number at another trial, where sizes may be others."""
        return trial.sizes[self.source] ** self.power if self.source else self.value


POWERS = {
    1.0: "{0} = {1:g} times",
    -1.0: "1/{0} = 1/{1:g} times",
    0.5: "√{0} = √{1:g} times",
    -0.5: "1/√{0} = 1/√{1:g} times",
}


def scale_of(c: float, sizes: dict[str, float], loose: float = 1e-9) -> Scale | None:
    """What a factor may come from: a plain small number first, a size, its inverse or root; None for any other number."""
    if not np.isfinite(c):
        return None
    near = loose * max(abs(c), 1e-9)
    for simple in (0.0, 1.0, -1.0, 2.0, 0.5, -2.0, -0.5):
        if abs(c - simple) <= near:
            return Scale(simple, {0.5: "1/2 times", -0.5: "-1/2 times"}.get(simple, f"{simple:g} times"))
    for name, n in sizes.items():
        for power, text in POWERS.items():
            if n > 0.0 and n != 1.0 and abs(c - n**power) <= near:
                return Scale(c, text.format(name, n), name, power)
    fraction = Fraction(c).limit_denominator(16)
    return Scale(c, f"{fraction} times") if abs(float(fraction) - c) <= near else None
