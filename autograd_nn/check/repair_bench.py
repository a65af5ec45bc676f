"""A wrong backward on the bench: run again with edits, and told whether it is right then.  Layer 8; knows programs and trials."""

from __future__ import annotations

import time

import numpy as np

from .comparison import compare
from .reference import Trial
from .repair_edits import Values
from .repair_source import Change, Program, Site, programs

__all__ = ["Workshop", "is_right"]

MOST = 4000  # runs of the backward, and
SECONDS = 0.7  # how long they may take together: only backwards that work long come to that


class Workshop:
    """A backward, its values on the way, and which of its gradients are wrong.

    program   None where the source cannot be read, or where a second run gives other numbers: then nothing can be tried
    forward   makes the same of the forward, for a call that runs it
    kept      every value of a run with its site, in the order of computation
    """

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
        """Whether no more runs are to be had."""
        return self.runs >= MOST or time.perf_counter() > self.end

    def run(self, site: Site, change: Change) -> list | None:
        """The gradients with a change at one site; None where the code raises then."""
        assert self.program is not None  # callers look
        self.runs += 1
        return self.program.run({site.index: change})

    def explained(self, gradients: list | None) -> frozenset[int]:
        """The wrong gradients that are right now; none where one that was right is wrong now."""
        if gradients is None:
            return frozenset()
        right: set[int] = set()
        for k, (g, h) in enumerate(zip(gradients, self.trial.hand)):
            if h is None:
                continue
            good = g is not None and is_right(self.trial, k, g)
            if k in self.wrong:
                right |= {k} if good else set()
            elif not good:
                return frozenset()
        return frozenset(right)


def is_right(trial: Trial, k: int, g: np.ndarray) -> bool:
    """Whether an array is the gradient of the active input k, to within the rounding of a correct backward."""
    r, bound = trial.reference.values[k], trial.reference.bounds[k]
    if g.shape != r.shape or g.dtype.kind not in "fiub":
        return False
    return compare("", g, r, bound, trial.reference.roundoff).verdict == "right"


def reproduces(trial: Trial, gradients: list) -> bool:
    """Whether a run with hooks gave what the backward gave before."""
    pairs = list(zip(gradients, trial.hand))
    given = [(a, h) for a, h in pairs if a is not None and h is not None]
    return len(given) == sum([h is not None for _, h in pairs]) and all(
        [np.array_equal(a, h, equal_nan=True) for a, h in given]
    )
