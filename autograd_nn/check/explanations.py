"""Why a gradient is wrong: closed forms of the arrays, then edges of the recorded graph.  Layer 8; knows recordings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations
from typing import Any

import numpy as np

from .recording import Edge, Recording
from .report import Finding

__all__ = ["Wrong", "explain"]

FEW = 60  # edges that are replayed one by one


@dataclass(frozen=True, slots=True)
class Wrong:
    """A wrong gradient: of the argument at `place`, by hand and right, with the bound of the error."""

    name: str
    place: int
    hand: np.ndarray
    reference: np.ndarray
    bound: np.ndarray

    def is_(self, candidate: np.ndarray, loose: float = 4.0) -> bool:
        """Whether a candidate explains the hand-written gradient to within rounding."""
        if candidate.shape != self.hand.shape:
            return False
        return bool(np.all(np.abs(self.hand - candidate) <= loose * self.bound + 1e-12 * np.abs(candidate)))


def explain(wrong: Wrong, recording: Recording | None, seeds: Sequence[Any], sizes: dict[str, float]) -> Finding:
    """The most telling cause of one wrong gradient.

    sizes   numbers of the problem that a factor may come from, by what they are: axis sizes, scalars
    """
    for explanation in (factor, transpose, unscaled):
        found = explanation(wrong, sizes)
        if found is not None:
            return found
    found = None if recording is None else edges(wrong, recording, seeds, sizes)
    return found or unexplained(wrong)


def ratio(wrong: Wrong) -> float | None:
    """The one number by which the gradient is off, or None."""
    r, h = wrong.reference, wrong.hand
    if not np.any(r):
        return None
    c = float(np.vdot(r, h) / np.vdot(r, r))
    return c if wrong.is_(c * r, 4.0 * max(1.0, abs(c))) and np.any(h) else None


def factor(wrong: Wrong, sizes: dict[str, float]) -> Finding | None:
    """hand = c times right."""
    c = ratio(wrong)
    if c is None:
        return None
    if abs(c + 1.0) < 1e-9:
        return Finding(wrong.name, "sign", "", "certain", "all of it has the wrong sign", {"factor": c})
    return Finding(
        wrong.name,
        "factor",
        "",
        "certain",
        f"all of it is {origin(c, sizes) or f'{c:.6g} times'} the right one",
        {"factor": c},
    )


def origin(c: float, sizes: dict[str, float]) -> str | None:
    """What a factor may come from: a size, its inverse, or a small fraction; None for any other number."""
    for name, n in sizes.items():
        for value, text in ((n, f"{name} = {n:g} times"), (1.0 / n if n else 0.0, f"1/{name} = 1/{n:g} times")):
            if n not in (0.0, 1.0) and abs(c - value) <= 1e-9 * abs(c):
                return text
    simple = Fraction(c).limit_denominator(16)
    return f"{simple} times" if abs(float(simple) - c) <= 1e-9 * max(abs(c), 1e-9) else None


def transpose(wrong: Wrong, sizes: dict[str, float]) -> Finding | None:
    """The axes in another order."""
    n = wrong.reference.ndim
    for order in permutations(range(n)) if 2 <= n <= 5 else ():
        if list(order) != sorted(order) and wrong.is_(wrong.reference.transpose(order)):
            return Finding(
                wrong.name, "transpose", "", "certain", f"its axes are in the order {order}", {"axes": order}
            )
    return None


def unscaled(wrong: Wrong, sizes: dict[str, float]) -> Finding | None:
    """One axis reversed or rolled."""
    for axis, n in enumerate(wrong.reference.shape):
        for k in range(1, min(n, 64)):
            if wrong.is_(np.roll(wrong.reference, k, axis)):
                shift = k if k <= n // 2 else k - n
                return Finding(
                    wrong.name,
                    "window-offset",
                    "",
                    "certain",
                    f"it is shifted by {shift} along axis {axis}",
                    {"shift": shift},
                )
    return None


def edges(wrong: Wrong, recording: Recording, seeds: Sequence[Any], sizes: dict[str, float]) -> Finding | None:
    """One path of the chain rule taken with the wrong factor: h - r is a multiple of what one edge contributes."""
    residual = wrong.hand - wrong.reference
    found: list[tuple[Edge, float]] = []
    every = recording.edges
    for edge in every[: FEW * 4]:
        without = recording.sweep(seeds, {edge: 0.0})[wrong.place]
        contribution = wrong.reference - without
        size = float(np.vdot(contribution, contribution))
        if not np.any(np.abs(contribution) > 100.0 * wrong.bound):  # a path that cancels: rounding explains nothing
            continue
        scale = 1.0 + float(np.vdot(contribution, residual)) / size
        if origin(scale, sizes) is None:  # any one number can be fitted: an odd one explains nothing
            continue
        if wrong.is_(without + scale * contribution, 4.0 * max(1.0, abs(scale))):
            found.append((edge, scale))
    if not found:
        return None
    scale = round(found[0][1], 9)
    found = [pair for pair in found if round(pair[1], 9) == scale]
    lines = list(dict.fromkeys([n.where.code for (n, _), _ in found if n.where is not None]))
    what = {0.0: "path-dropped", 2.0: "path-doubled", -1.0: "sign"}.get(round(scale, 9), "factor")
    sentence = {
        "path-dropped": "the path through this line is missing",
        "path-doubled": "the path through this line is counted twice",
        "sign": "the path through this line has the wrong sign",
        "factor": f"the path through this line is {origin(scale, sizes)} what it should be",
    }[what]
    certainty = "certain" if len(lines) == 1 else f"one of {len(lines)}"
    return Finding(wrong.name, what, lines[0] if lines else "", certainty, sentence, {"factor": scale, "lines": lines})


def unexplained(wrong: Wrong) -> Finding:
    """No hypothesis fits."""
    return Finding(
        wrong.name, "unexplained", "", "unexplained", "no single factor, transpose, shift or path explains it", {}
    )
