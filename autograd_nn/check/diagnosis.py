"""From a wrong gradient to named causes: what fits, which of them says least, and how sure that is.  Layer 8."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .causes import Cause, matches
from .closed import closed_causes
from .edits import edit_causes
from .merging import merge_causes
from .operands import operand_causes
from .paths import Graph, path_causes
from .reference import Reference, Trial
from .relatives import relative_causes
from .repair import located
from .report import Finding
from .rules import rule_causes
from .structure import structure_causes
from .updates import update_causes
from .wholes import whole_causes

__all__ = ["diagnose", "diagnose_numbers"]

SPOILED = 6.0  # bits for each gradient that a cause would make wrong although it is right
NEAR = 12.0  # bits that a cause of the same kind at another line may need more and still be named beside the best
ENOUGH = 8  # wrong numbers that are explained by accident no more
EXPLAINED = 9.0  # bits for each further wrong gradient that the same cause explains


@dataclass(frozen=True, slots=True)
class Fit:
    """A cause that explains some wrong gradients, with the indices of those, and how many right ones speak against it."""

    cause: Cause
    explains: frozenset[int]
    spoils: int

    @property
    def score(self) -> float:
        return self.cause.bits + SPOILED * self.spoils - EXPLAINED * (len(self.explains) - 1)


def diagnose(trial: Trial, wrong: Sequence[int], fresh: Callable[[], Sequence[Trial]]) -> list[Finding]:
    """The causes of the wrong gradients, as `causes_of`, with the lines of the backward where they stand."""
    return located(trial, causes_of(trial, wrong, fresh))


def causes_of(trial: Trial, wrong: Sequence[int], fresh: Callable[[], Sequence[Trial]]) -> list[Finding]:
    """The causes of the wrong gradients, the most telling first; every wrong argument is in one finding at least.

    wrong   the active inputs whose gradients are wrong
    fresh   makes further trials, at other inputs: causes that fit here by accident do not fit there
    """
    with np.errstate(all="ignore"):  # a cause that overflows explains nothing
        fits = [fit for cause in every(trial, wrong) if (fit := fitted(trial, cause, wrong)) is not None]
    findings = []
    left = set(wrong)
    confirmed = False
    for other in fresh() if fits else ():
        left_over = [f for f in fits if survives(f, trial, other)]
        fits = left_over or fits  # a trial at which nothing fits is one that the code is not written for
        confirmed = confirmed or bool(left_over)
    while left:
        open_ = [f for f in fits if f.explains & left]
        if not open_:
            break
        best = min(open_, key=lambda f: f.score)
        near = best.score + NEAR
        equal = [f for f in open_ if f is not best and f.explains >= best.explains]
        rivals = [f for f in equal if f.score <= near + 4.0 * (f.cause.kind != best.cause.kind)]
        findings.append(finding(trial, best, rivals, confirmed or entries(trial, best) >= ENOUGH))
        left -= best.explains
    return findings + [unexplained(trial, k) for k in sorted(left)]


@dataclass(frozen=True, slots=True)
class Bare:
    """What stands in the place of a pair where there are only numbers."""

    names: tuple[str, ...]
    active: tuple[int, ...] = (0,)


def diagnose_numbers(
    name: str, hand: np.ndarray, reference: np.ndarray, bound: np.ndarray, sizes: dict[str, float]
) -> Finding:
    """The cause of one wrong gradient of which only the numbers are known."""
    right = Reference([reference], [bound], None, "", 2.0**-53)
    pair: Any = Bare((name,))
    trial = Trial(pair, (np.zeros(reference.shape),), np.ones(()), [hand], right, sizes)
    return causes_of(trial, [0], tuple)[0]


def every(trial: Trial, wrong: Sequence[int]) -> Iterator[Cause]:
    """All causes that pass the first look, of every family, for every wrong gradient."""
    graph = Graph(trial) if trial.reference.recording is not None else None
    for k in wrong:
        yield from closed_causes(trial, k)
        yield from update_causes(trial, k)
        if graph is not None:
            yield from path_causes(graph, k)
            yield from structure_causes(graph, k)
            yield from merge_causes(graph, k)
    finite = [k for k in wrong if (h := trial.hand[k]) is not None and np.all(np.isfinite(h))]
    if graph is not None:
        for family in (rule_causes, operand_causes, relative_causes, edit_causes):
            yield from family(graph, finite)
    yield from whole_causes(trial, graph, finite)


def fitted(trial: Trial, cause: Cause, wrong: Sequence[int]) -> Fit | None:
    """The cause with what it explains; None where its numbers are not those of the backward."""
    try:
        predicted = cause.predict(trial)
    except LookupError:
        return None
    explains = frozenset([k for k in wrong if matches(trial, k, predicted[k])])
    given = [k for k, h in enumerate(trial.hand) if h is not None and k not in wrong and predicted[k] is not None]
    return Fit(cause, explains, sum([not matches(trial, k, predicted[k]) for k in given])) if explains else None


def survives(fit: Fit, trial: Trial, other: Trial) -> bool:
    """Whether the cause still explains the backward at other inputs."""
    if fit.cause.lines and steps(trial) != steps(other):
        return True  # a loop ran more often there, so that steps are not found again by their places
    try:
        predicted = fit.cause.predict(other)
    except LookupError:
        return True  # the code ran another way there: nothing is said
    return all([matches(other, k, predicted[k], 16.0) for k in fit.explains])


def steps(trial: Trial) -> int:
    return len(trial.reference.recording.order) if trial.reference.recording is not None else 0


def entries(trial: Trial, fit: Fit) -> int:
    """How many wrong numbers a cause explains."""
    off = [np.abs(np.asarray(trial.hand[k], float) - trial.reference.values[k]) for k in fit.explains]
    return sum([int(np.count_nonzero(o > trial.reference.bounds[k])) for o, k in zip(off, fit.explains)])


def finding(trial: Trial, best: Fit, rivals: Sequence[Fit], sure: bool) -> Finding:
    """The cause in words, with the others that fit as well; `sure`: numbers enough, or other inputs, speak for it."""
    cause = best.cause
    names = ", ".join([trial.name(k) for k in sorted(best.explains)])
    others = list(dict.fromkeys([(f.cause.kind, *f.cause.lines) for f in rivals if f.cause.kind != cause.kind]))
    certainty = f"one of {len(others) + 1}" if others else "certain" if sure else "partial"
    evidence = dict(cause.evidence)
    if cause.lines:
        evidence["lines"] = list(
            dict.fromkeys([line for f in (best, *rivals) for line in f.cause.lines if f.cause.kind == cause.kind])
        )
    if others:
        evidence["others"] = [": ".join(o) for o in others]
    return Finding(names, cause.kind, "; ".join(cause.lines), certainty, cause.sentence, evidence)


def unexplained(trial: Trial, k: int) -> Finding:
    """No cause fits."""
    text = "no single factor, transpose, shift, path or rule explains it"
    return Finding(trial.name(k), "unexplained", "", "unexplained", text, {})
