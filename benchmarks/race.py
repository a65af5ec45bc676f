"""How the benchmarks measure: agreement first, then interleaved rounds and ratios; knows no library and no workload."""

import gc
import math
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

import numpy as np

__all__ = ["Budget", "Contender", "DisagreementError", "Workload", "agree", "race", "seconds_of", "traced_bytes"]

BURST = 0.02  # seconds; steps shorter than this are repeated within a round


class DisagreementError(AssertionError):
    """Two libraries computed different numbers, so their times say nothing."""


@dataclass(frozen=True)
class Budget:
    """`stage` of `library` may cost at most `limit` times that of `against`; without `against`, `limit` in the unit."""

    limit: float
    against: str | None = None
    stage: str = "step"
    library: str = "autograd_nn"

    def text(self):
        return f"<= {self.limit:.3g}" + (f" of {self.against}" if self.against else "")


@dataclass
class Contender:
    """A library at work: `step()` returns (loss, [gradients]), or None if it computes no such thing.

    `measure`, when it cannot be the time of a whole step, returns {stage: seconds or bytes} of one run.
    """

    library: str
    step: Callable
    measure: Callable | None = None


@dataclass
class Workload:
    """One comparison.  `unit` and `scale` turn what is measured into what is shown; `stages` may differ in theirs."""

    name: str
    title: str
    reference: str
    contenders: list[Contender]
    unit: str = "ms"
    scale: float = 1e3
    rounds: int = 7
    tolerance: float = 1e-9
    budgets: list[Budget] = field(default_factory=list)
    units: dict[str, tuple[str, float]] = field(default_factory=dict)


def agree(workload):
    """Run every contender once; raise `DisagreementError` unless losses and gradients match those of the first.

    |a - b| <= tolerance * (|b| + 1e-3 * the largest entry of b's array), b being the first contender's numbers.
    """
    expected, first = None, None
    for contender in workload.contenders:
        result = contender.step()
        if result is None:
            continue
        loss, gradients = result
        arrays = [np.asarray(loss, float), *[np.array(g, float) for g in gradients]]
        if expected is None:
            expected, first = arrays, contender.library
            if not all(np.isfinite(a).all() for a in arrays) or not any(a.any() for a in arrays[1:]):
                raise DisagreementError(f"{workload.name}: {first} gives gradients that are all zero, or not finite")
            continue
        if len(arrays) != len(expected):
            raise DisagreementError(
                f"{workload.name}: {contender.library} gives {len(arrays) - 1} gradients, {first} {len(expected) - 1}"
            )
        for k, (a, b) in enumerate(zip(arrays, expected)):
            allowed = workload.tolerance * (np.abs(b) + 1e-3 * np.abs(b).max())
            if a.shape != b.shape or not (np.abs(a - b) <= allowed).all():
                what = f"gradient {k - 1}" if k else "the loss"
                raise DisagreementError(f"{workload.name}: {what} of {contender.library} is {a}, that of {first} {b}")


def seconds_of(step, repeats=1):
    """Mean wall-clock seconds of `step()` over `repeats` calls in a row."""
    calls = range(repeats)
    start = time.perf_counter()
    for _ in calls:
        step()
    return (time.perf_counter() - start) / repeats


def race(workload, rounds=None):
    """Time the contenders in turn, round after round; [row], a dict per library and stage, ready for JSON.

    The cyclic garbage collector stays as the user has it, and a step is timed right after another one, as in a training
    loop: a library that leaves its graphs to the collector pays for the one before.  Only the garbage of the others is
    collected before a turn.  A ratio is the median of the ratios round by round, so that a slow moment of the machine,
    which hits both of its sides, cancels.
    """
    repeats = {c.library: max(1, math.ceil(BURST / seconds_of(c.step))) for c in workload.contenders if not c.measure}
    seen = {}
    for _ in range(rounds or workload.rounds):
        for contender in workload.contenders:
            gc.collect()
            name = contender.library
            if contender.measure:
                stages = contender.measure()
            else:
                contender.step()
                stages = {"step": seconds_of(contender.step, repeats[name])}
            for stage, amount in stages.items():
                seen.setdefault((stage, name), []).append(amount)
    keys = sorted(seen, key=lambda key: order(workload, key))
    return [row(workload, stage, library, seen) for stage, library in keys]


def order(workload, key):
    """Stages in the order in which `units` names them, libraries as listed."""
    stage, library = key
    stages, libraries = list(workload.units), [c.library for c in workload.contenders]
    return (stages.index(stage) if stage in stages else -1, libraries.index(library))


def row(workload, stage, library, seen):
    unit, scale = workload.units.get(stage, (workload.unit, workload.scale))
    amounts = seen[stage, library]
    middle = median(amounts) * scale

    def ratio(other):
        return median([a / b for a, b in zip(amounts, seen[stage, other])]) if (stage, other) in seen else None

    budgets = []
    for budget in workload.budgets:
        if budget.library == library and budget.stage == stage:
            cost = ratio(budget.against) if budget.against else middle
            met = None if cost is None else cost <= budget.limit
            about = {"text": budget.text(), "limit": budget.limit, "against": budget.against}
            budgets.append(about | {"cost": cost, "met": met})
    return {
        "work": workload.name, "title": workload.title, "stage": stage, "library": library, "unit": unit,
        "median": middle, "reference": workload.reference, "ratio": ratio(workload.reference),
        "rounds": [amount * scale for amount in amounts], "budgets": budgets,
    }  # fmt: skip


def traced_bytes(build, finish):
    """(bytes that the result of `build()` keeps alive, bytes left after `finish(result)` and dropping it).

    The cyclic collector is off for the moment: what is left was not freed by reference counting.
    """
    enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = build()
        held = tracemalloc.get_traced_memory()[0] - before
        finish(kept)
        del kept
        left = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
        if enabled:
            gc.enable()
    return held, left
