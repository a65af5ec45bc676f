"""The dual of the causes: which edit of the hand-written backward makes it right, and on which of its lines.  Layer 8."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .causes import matches, scale_of
from .comparison import compare
from .reference import Trial
from .repair_edits import Edit, Values, edits, is_number
from .repair_source import Program, Site, programs

__all__ = ["Repair", "Workshop", "repairs"]

MOST = 4000  # runs of the backward, and
SECONDS = 1.0  # how long they may take together, for backwards that work long


@dataclass(frozen=True, slots=True)
class Repair:
    """One edit of the backward after which its gradients are right, found by running it.

    kind      the mistake, by its slug;  bits: how much has to be said to describe the edit
    line      "file.py:57: dgamma = np.sum(dout * xmu, axis=0)"
    instead   "use `xhat` where `xmu` stands"
    explains  the active inputs whose gradients become right
    """

    kind: str
    line: str
    instead: str
    sentence: str
    bits: float
    explains: frozenset[int]

    @property
    def score(self) -> float:
        return self.bits - 9.0 * (len(self.explains) - 1)


class Workshop:
    """A backward on the bench: its program, its values, and which of its gradients are wrong."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.wrong = frozenset([k for k, h in enumerate(trial.hand) if h is not None and not is_right(trial, k, h)])
        self.program: Program | None = None
        made = programs(trial)
        if made is None or not made[0].functions:
            return
        with made[0] as program:
            watched = program.watched()
        if watched is None or not reproduces(trial, watched[0]):
            return
        self.program, self.forward = made
        self.kept = watched[1]
        names = {trial.name(k): trial.inputs[i] for k, i in enumerate(trial.pair.active)}
        self.values = Values(self.kept, names, trial.upstream)
        self.runs, self.end = 0, time.perf_counter() + SECONDS

    @property
    def spent(self) -> bool:
        return self.runs >= MOST or time.perf_counter() > self.end

    def run(self, edit: Edit) -> list | None:
        assert self.program is not None  # callers look
        self.runs += 1
        return self.program.run({edit.site.index: edit.change})

    def explained(self, gradients: list | None) -> frozenset[int]:
        """The wrong gradients that are right now; none where one that was right is wrong now."""
        if gradients is None:
            return frozenset()
        right: set[int] = set()
        for k, (g, h) in enumerate(zip(gradients, self.trial.hand)):
            if h is None:
                continue
            good = g is not None and is_right(self.trial, k, np.asarray(g))
            if k in self.wrong:
                right |= {k} if good else set()
            elif not good:
                return frozenset()
        return frozenset(right)


def is_right(trial: Trial, k: int, g: np.ndarray) -> bool:
    r, bound = trial.reference.values[k], trial.reference.bounds[k]
    if g.shape != r.shape or g.dtype.kind not in "fiub":
        return False
    return compare("", g, r, bound, trial.reference.roundoff).verdict == "right"


def reproduces(trial: Trial, gradients: list) -> bool:
    """Whether the run with hooks gave what the backward gave before."""
    return all([
        (a is None) == (h is None) and (a is None or np.array_equal(a, h, equal_nan=True))
        for a, h in zip(gradients, trial.hand)
    ])


def repairs(trial: Trial, k: int) -> list[Repair]:
    """Every single edit of the backward that makes the gradient of the active input k right, the most plausible first.

    An edit that spoils a gradient that was right is none. Empty where the source cannot be read or nothing single helps.
    """
    bench = Workshop(trial)
    return found_on(bench, k)


def found_on(bench: Workshop, k: int) -> list[Repair]:
    """The repairs of one gradient."""
    if bench.program is None or k not in bench.wrong:
        return []
    found: list[Repair] = []
    with bench.program:
        sites = []
        for site in bench.values.last:
            if site.stored or bench.spent:
                continue
            relevant, scaled = scales(bench, site, k)
            found += scaled
            sites += [site] if relevant else []
        tries = sorted([(e.bits, place, e) for place, e in enumerate([e for s in sites for e in edits(s, bench.values)])])
        for _, _, edit in tries:
            if bench.spent:
                break
            right = bench.explained(bench.run(edit))
            if k in right:
                found.append(repair(edit, right))
    return sorted(found, key=lambda r: r.score)


def repair(edit: Edit, right: frozenset[int]) -> Repair:
    text = edit.site.text
    instead = f"use `{edit.instead}` where `{text}` stands" if edit.instead else ""
    return Repair(edit.kind, edit.site.line, instead, edit.sentence, edit.bits, right)


def scales(bench: Workshop, site: Site, k: int) -> tuple[bool, list[Repair]]:
    """(whether the wrong gradient depends on an expression and no right one does, the factor that repairs it).

    Twice the value shows how the gradients depend on it; where that is affine, one quotient is the factor.
    """
    v, trial = bench.values.last[site], bench.trial
    if isinstance(v, bool | np.bool_ | int | np.integer) or not (is_number(v) or isinstance(v, np.ndarray) and v.dtype.kind == "f"):
        return True, []  # an index, a mask, an axis: whatever it does is seen by trying
    twice = bench.run(Edit(site, lambda v, frame: 2.0 * v, "factor", "", "", 0.0))
    if twice is None:
        return True, []
    moved = [None if h is None or g is None else np.asarray(g, float) - h for g, h in zip(twice, trial.hand)]
    if moved[k] is None or not np.any(moved[k]):
        return bool(np.any(v == 0.0)), []
    for j, h in enumerate(trial.hand):
        if h is not None and j not in bench.wrong and (moved[j] is None or not is_right(trial, j, np.asarray(twice[j]))):
            return False, []
    d, gap = moved[k], trial.reference.values[k] - np.asarray(trial.hand[k], float)
    size = float(np.vdot(d, d))
    c = 1.0 + float(np.vdot(d, gap)) / size if np.isfinite(size) and size else np.nan
    if not np.isfinite(c) or not np.allclose((c - 1.0) * d, gap, rtol=1e-6, atol=1e-6 * float(np.max(np.abs(gap)))):
        return True, []
    sizes = bench.values.numbers(site) | trial.sizes
    scale = scale_of(c, sizes, loose=1e-6)
    if scale is None or scale.value in (0.0, 1.0):  # a term too much is an edit of its own
        return True, []
    value = scale.value
    edit = Edit(site, lambda v, frame: value * v, *naming(scale, site), 7.0)
    right = bench.explained(bench.run(edit))
    return True, [repair(edit, right)] if k in right else []


def naming(scale: Any, site: Site) -> tuple[str, str, str]:
    """(kind, text, sentence) of a factor."""
    if scale.value == -1.0:
        return "sign", f"-({site.text})", "it has the wrong sign"
    what = scale.text.removesuffix(" times")
    return "factor", f"{what} * ({site.text})", f"it should be {what} times this"


def best(found: Sequence[Repair]) -> Repair | None:
    return found[0] if found else None
