"""How the benchmarks measure: agreement first, then interleaved rounds and ratios; knows no library and no workload."""

import gc
import math
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

import numpy as np

__all__ = ["Budget", "DisagreementError", "Workload", "agree", "race", "seconds_of", "settle", "traced_bytes"]

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


@dataclass(frozen=True)
class Workload:
    """One comparison: what is computed, from which data, and how the result is shown.

    kind           what adapters can do; several workloads may be of one kind and differ in their data
    make           function of `sizes` (or of `tiny`, for tests) that returns the data; seeded
    unit, scale    turn what is measured into what is shown; `units` has those of other stages, in the order of the rows
    tolerance      of `agree`
    """

    name: str
    suite: str
    title: str
    kind: str
    make: Callable
    sizes: dict
    tiny: dict
    unit: str = "ms"
    scale: float = 1e3
    rounds: int = 7
    tolerance: float = 1e-9
    budgets: tuple[Budget, ...] = ()
    units: dict[str, tuple[str, float]] = field(default_factory=dict)


def agree(workload, contenders):
    """Run every contender once; raise `DisagreementError` unless losses and gradients match those of the first.

    |a - b| <= tolerance * (|b| + 1e-3 * the largest entry of b's array), b being the first contender's numbers.
    `contenders` is {name: step}; a step returns (loss, [gradients]) with loss None if it has none, or None if it computes
    no such thing.  Returns how many results were compared.
    """
    expected, first, compared = None, None, 0
    for name, step in contenders.items():
        result = step()
        if result is None:
            continue
        compared += 1
        arrays = [np.array(x, float) for x in (0.0 if result[0] is None else result[0], *result[1])]
        if expected is None:
            expected, first = arrays, name
            if not all(np.isfinite(a).all() for a in arrays) or not any(a.any() for a in arrays[1:]):
                raise DisagreementError(f"{workload.name}: {first} gives gradients that are all zero, or not finite")
            continue
        if len(arrays) != len(expected):
            raise DisagreementError(
                f"{workload.name}: {name} gives {len(arrays) - 1} gradients, {first} {len(expected) - 1}"
            )
        for k, (a, b) in enumerate(zip(arrays, expected)):
            allowed = workload.tolerance * (np.abs(b) + 1e-3 * np.abs(b).max())
            what = f"{workload.name}: {f'gradient {k - 1}' if k else 'the loss'} of {name}"
            if a.shape != b.shape:
                raise DisagreementError(f"{what} has shape {a.shape}, that of {first} {b.shape}")
            wrong = np.argwhere(~(np.abs(a - b) <= allowed))
            if len(wrong):
                at = tuple(wrong[0].tolist())
                raise DisagreementError(
                    f"{what} is {a[at]:.9g} at {at}, that of {first} {b[at]:.9g}; {len(wrong)} of {a.size} entries differ"
                )
    return compared


def settle():
    """Free one large array, as a program does that has loaded its data.

    Until then glibc's malloc gives the pages of arrays back at every free, and fetches them at the next allocation.  With
    arrays of 800 kB that takes most of the time, three to eight times what the arithmetic takes, in every library that
    allocates; and which library is spared depends on what was imported before.
    """
    block = np.ones(30 * 2**17)  # 30 MiB: from 32 on, malloc does not learn from it
    del block


def seconds_of(step, repeats=1):
    """Mean wall-clock seconds of `step()` over `repeats` calls in a row."""
    calls = range(repeats)
    start = time.perf_counter()
    for _ in calls:
        step()
    return (time.perf_counter() - start) / repeats


def race(workload, contenders, rounds=None):
    """Time the contenders in turn, round after round; [row], a dict per stage and library, ready for JSON.

    The cyclic garbage collector stays as the user has it, and a step is timed right after another one, as in a training
    loop: a library that leaves its graphs to the collector pays for the one before.  Only the garbage of the others is
    collected before a turn.  A ratio is the median of the ratios round by round, so that a slow moment of the machine,
    which hits both of its sides, cancels; `at_best` compares the fastest rounds, which no neighbour slowed down.  A step
    with a method `stages` measures itself: {stage: seconds or bytes}.
    """
    itself = {name for name, step in contenders.items() if hasattr(step, "stages")}
    repeats = {n: max(1, math.ceil(BURST / seconds_of(s))) for n, s in contenders.items() if n not in itself}
    seen = {}
    for _ in range(rounds or workload.rounds):
        for name, step in contenders.items():
            gc.collect()
            if name in itself:
                stages = step.stages()
            else:
                step()
                stages = {"step": seconds_of(step, repeats[name])}
            for stage, amount in stages.items():
                seen.setdefault((stage, name), []).append(amount)
    stages = [*workload.units, *(stage for stage, _ in seen if stage not in workload.units)]
    return [
        row(workload, stage, name, next(iter(contenders)), seen)
        for stage in dict.fromkeys(stages)
        for name in contenders
        if (stage, name) in seen
    ]


def row(workload, stage, library, reference, seen):
    unit, scale = workload.units.get(stage, (workload.unit, workload.scale))
    amounts = seen[stage, library]
    middle = median(amounts) * scale

    def ratio(other):
        return median([a / b for a, b in zip(amounts, seen[stage, other])]) if (stage, other) in seen else None

    fastest = min(seen.get((stage, reference), [0.0]))
    budgets = []
    for budget in workload.budgets:
        if budget.library == library and budget.stage == stage:
            cost = ratio(budget.against) if budget.against else middle
            met = None if cost is None else cost <= budget.limit
            about = {"text": budget.text(), "limit": budget.limit, "against": budget.against}
            budgets.append(about | {"cost": cost, "met": met})
    return {
        "work": workload.name, "title": workload.title, "stage": stage, "library": library, "unit": unit,
        "median": middle, "reference": reference, "ratio": ratio(reference),
        "at_best": min(amounts) / fastest if fastest else None,
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
