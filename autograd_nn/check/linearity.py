"""What a gradient is as a function of the upstream: it must be linear.  Layer 8; knows pairs.

A right backward h(v) is linear in v. Doubling, halving and negating v are exact in floating point, so they must carry over to h
to within rounding, and how they do not tells the mistakes apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .reference import Trial, common_dtype
from .report import Finding
from .running import gradients_again

__all__ = ["Nonlinear", "nonlinearities"]

LARGE, SMALL = -1024.0, 2.0**-20  # far on both sides of any threshold for clipping, and the sign turned


@dataclass(frozen=True, slots=True)
class Nonlinear:
    """What was seen at the active input k.

    kind, text   the mistake
    whole        whether it explains all that is wrong with this gradient
    hint         whether it serves only where nothing else explains it
    """

    k: int
    kind: str
    text: str
    whole: bool = False
    hint: bool = False

    def finding(self, trial: Trial) -> Finding:
        certainty = "certain" if self.whole or not self.hint else "partial"
        return Finding(trial.name(self.k), self.kind, "", certainty, self.text)


class Response:
    """The gradient of the active input k at multiples of the upstream."""

    def __init__(self, trial: Trial, k: int, found: dict[float, np.ndarray]) -> None:
        self.trial, self.k, self.found = trial, k, found
        self.hand = np.asarray(trial.hand[k], float)
        self.right, self.bound = trial.reference.values[k], trial.reference.bounds[k]

    def at(self, multiple: float) -> np.ndarray:
        return self.found[multiple]

    def like(self, x: np.ndarray, z: np.ndarray, scale: float) -> bool:
        """Whether two gradients for an upstream of this size are the same to within rounding."""
        return alike(self.trial, self.k, x, z, scale)

    def everywhere(self, factors: dict[float, float]) -> bool:
        """Whether h(m v) is factors[m] h(v) for each multiple m."""
        return all([self.like(self.at(m), f * self.hand, max(abs(f), abs(m))) for m, f in factors.items()])


def alike(trial: Trial, k: int, x: np.ndarray, z: np.ndarray, scale: float) -> bool:
    """Whether x and z are the same to within the rounding of a gradient `scale` times as large as the one at hand."""
    largest = max(float(np.max(np.abs(x), initial=0.0)), float(np.max(np.abs(z), initial=0.0)))
    slack = 2.0 * abs(scale) * trial.reference.bounds[k] + 1e3 * trial.reference.roundoff * largest
    return bool(np.all(np.abs(x - z) <= slack))  # nan is like nothing


MULTIPLES = (0.0, -1.0, 2.0, 4.0, LARGE, SMALL, SMALL / 2.0)


def nonlinearities(trial: Trial) -> list[Nonlinear]:
    """Every gradient that is not linear in the upstream, with what it is instead."""
    if not trial.pair.takes_upstream:
        return []
    large = asked(trial, LARGE)
    suspects = [
        k
        for k in finite(trial, large)
        if not alike(trial, k, large[k], LARGE * np.asarray(trial.hand[k], float), LARGE)
    ]
    if not suspects:
        return []
    answers = {m: asked(trial, m) for m in MULTIPLES}
    found = []
    for k in suspects:
        nothing = np.full(trial.reference.values[k].shape, np.nan)  # 0 / 0 where it is normalised
        if all([k in answers[m] for m in MULTIPLES if m]):
            found.append(classified(Response(trial, k, {m: answers[m].get(k, nothing) for m in MULTIPLES})))
    return together(trial, suspects, answers, found)


def asked(trial: Trial, multiple: float) -> dict[int, np.ndarray]:
    """The gradients at a multiple of the upstream, where they are finite."""
    upstream = (multiple * trial.upstream).astype(common_dtype(trial.inputs, trial.pair))
    given = gradients_again(trial.pair, trial.inputs, upstream) or []
    return {k: np.asarray(h, float) for k, h in enumerate(given) if h is not None and np.all(np.isfinite(h))}


def finite(trial: Trial, large: dict[int, np.ndarray]) -> list[int]:
    return [k for k in large if trial.hand[k] is not None and np.all(np.isfinite(np.asarray(trial.hand[k])))]


def classified(r: Response) -> Nonlinear:
    """What a gradient is that is not linear."""
    for test in (ignored, whole_numbers, added, normalised, clipped, squared, bent, gated):
        found = test(r)
        if found is not None:
            return found
    text = "it is not proportional to the upstream gradient, and a right one is"
    return Nonlinear(r.k, "unexplained", text, hint=not r.like(r.hand, r.right, 1.0))


def ignored(r: Response) -> Nonlinear | None:
    """h(v) does not depend on v."""
    if not np.any(r.hand) or not r.everywhere({0.0: 1.0, -1.0: 1.0, 2.0: 1.0, LARGE: 1.0}):
        return None
    return Nonlinear(r.k, "upstream-ignored", "it does not depend on the upstream gradient: multiply by it", whole=True)


def whole_numbers(r: Response) -> Nonlinear | None:
    """Every h(v) is whole, the right one is not."""
    seen = [r.hand, r.at(2.0), r.at(4.0), r.at(LARGE)]
    if np.all(r.right == np.trunc(r.right)) or not all([np.all(x == np.trunc(x)) for x in seen]):
        return None
    dtype = np.asarray(r.trial.hand[r.k]).dtype
    kind = (
        f": it is an array of {dtype.name}" if dtype.kind in "iub" else ": it went through an array of integers, or //"
    )
    return Nonlinear(r.k, "integer-truncation", f"its digits behind the point are cut off{kind}", whole=True)


def added(r: Response) -> Nonlinear | None:
    """h(v) = a + L v with a constant a."""
    a = r.at(0.0)
    line = r.hand - a
    straight = [r.like(r.at(m) - a, m * line, max(abs(m), 1.0)) for m in (-1.0, 2.0, LARGE)]
    if not np.any(a) or not all(straight) or parallel(r.trial, r.k, a):
        return None
    text = (
        "a part of it does not depend on the upstream gradient: at an upstream of 0 it is not 0 "
        f"(at most {float(np.max(np.abs(a))):.6g}). Multiply every term by the upstream"
    )
    return Nonlinear(r.k, "upstream-ignored", text, whole=True)


def parallel(trial: Trial, k: int, a: np.ndarray) -> bool:
    """Whether a is a multiple of the parameter itself, or of its signs: then it is a penalty, which others name."""
    x = np.asarray(trial.inputs[trial.pair.active[k]], float)
    return any([p.any() and alike(trial, k, a, np.vdot(p, a) / np.vdot(p, p) * p, 1.0) for p in (x, np.sign(x))])


def normalised(r: Response) -> Nonlinear | None:
    """h(m v) = sign(m) h(v)."""
    if not np.any(r.hand) or not r.everywhere({-1.0: -1.0, 2.0: 1.0, 4.0: 1.0, LARGE: -1.0}):
        return None
    length = float(np.linalg.norm(r.hand))
    text = f"its size does not depend on that of the upstream gradient: it is normalised (its length is always {length:.6g})"
    return Nonlinear(r.k, "gradient-clipped", text, whole=True)


def clipped(r: Response) -> Nonlinear | None:
    """Linear for a small upstream, and held back for a large one."""
    free = r.at(SMALL) / SMALL
    if not r.like(r.at(SMALL / 2.0) / (SMALL / 2.0), free, 1.0) or not np.any(free):
        return None
    large = r.at(LARGE)
    if np.linalg.norm(large) >= 0.9 * abs(LARGE) * np.linalg.norm(free):
        return None
    whole = r.like(free, r.right, 1.0)
    low, high = float(np.min(large)), float(np.max(large))
    if r.like(r.hand, np.clip(free, low, high), 1.0) and r.like(large, np.clip(LARGE * free, low, high), 1.0):
        text = f"every entry of it is clipped to the range {low:.6g} to {high:.6g}"
        return Nonlinear(r.k, "gradient-clipped", text, whole)
    c = float(np.linalg.norm(large))
    size = float(np.linalg.norm(free))
    if r.like(r.hand, free * min(1.0, c / size), 1.0) and r.like(large, -free * c / size, 1.0):
        return Nonlinear(r.k, "gradient-clipped", f"it is scaled down to a length of at most {c:.6g}", whole)
    text = (
        "it is clipped on the way: for small upstream gradients it is proportional to them, for large ones it is less"
    )
    return Nonlinear(r.k, "gradient-clipped", text, whole)


def squared(r: Response) -> Nonlinear | None:
    """h(m v) = m^2 h(v)."""
    if not np.any(r.hand) or not r.everywhere({-1.0: 1.0, 2.0: 4.0, 4.0: 16.0}):
        return None
    text = "it grows with the square of the upstream gradient: the upstream stands where another array belongs"
    return Nonlinear(r.k, "wrong-operand", text, hint=True)


def bent(r: Response) -> Nonlinear | None:
    """h(m v) = m L v + m^2 Q v."""
    even, odd = 0.5 * (r.hand + r.at(-1.0)), 0.5 * (r.hand - r.at(-1.0))
    if not np.any(even) or not all([r.like(r.at(m), m * odd + m * m * even, m * m) for m in (2.0, 4.0, LARGE)]):
        return None
    text = "a part of it grows with the square of the upstream gradient, as when weights learn before they are used"
    return Nonlinear(r.k, "updated-weights", text, hint=True)


def gated(r: Response) -> Nonlinear | None:
    """h(m v) = m h(v) for positive m alone."""
    if not r.everywhere({2.0: 2.0, 4.0: 4.0}):
        return None
    text = "it depends on the signs of the upstream gradient: a condition looks at the upstream instead of a value of the forward"
    return Nonlinear(r.k, "wrong-operand", text, hint=True)


def together(
    trial: Trial, suspects: list[int], answers: dict[float, dict[int, np.ndarray]], found: list[Nonlinear]
) -> list[Nonlinear]:
    """Gradients that are scaled down by one number have a length in common: that is said of them."""
    scaled = [n.k for n in found if n.kind == "gradient-clipped" and np.any(answers[SMALL][n.k])]
    if len(scaled) < 2:
        return found
    large = np.concatenate([answers[LARGE][k].ravel() for k in scaled])
    more = np.concatenate([answers[4.0][k].ravel() for k in scaled])
    free = np.concatenate([answers[SMALL][k].ravel() for k in scaled]) / SMALL
    c = float(np.linalg.norm(large))
    expected = -free * c / np.linalg.norm(free)
    if np.linalg.norm(large - expected) > 1e-6 * c or np.linalg.norm(more) > c * (1.0 + 1e-6):
        return found
    names = ", ".join([trial.name(k) for k in scaled])
    text = f"{names} are scaled down together, to a common length of at most {c:.6g}"
    return [Nonlinear(n.k, n.kind, text, n.whole) if n.k in scaled else n for n in found]
