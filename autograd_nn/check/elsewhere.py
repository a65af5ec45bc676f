"""The same pair at other inputs: to tell causes apart, and to see what the given inputs hide.  Layer 8; knows trials."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .hiding import constant, index_inputs
from .live import Pair
from .reference import Trial, trial_at
from .running import quiet
from .variation import Axis, axes_together, grown, other_numbers, repeated

__all__ = ["elsewhere", "hidden"]

SHARED = (
    "id",
    "token",
    "word",
    "label",
    "class",
    "target",
    "categor",
    "user",
    "item",
)  # many rows may have the same one


def elsewhere(trial: Trial) -> list[Trial]:
    """Trials with other numbers, and with axes whose sizes all differ, as far as the code takes them.

    What is differentiated keeps its shape: a cause names one origin of a number, "x.shape[1] = 3 times", and where the code says
    3 it would be refuted with nothing in its place.
    """
    rng = np.random.default_rng(11)
    inputs, active = trial.inputs, trial.pair.active
    found = [attempt(trial.pair, other_numbers(inputs, active, rng))]
    groups = axes_together(lambda other: runs(trial.pair, other), inputs)
    longer: list[Any] = list(inputs)
    for by, group in enumerate(sorted(groups, key=sorted), start=1):
        longer = grown(longer, group, by)
    if groups:
        found.append(attempt(trial.pair, other_numbers(longer, active, rng)))
    return [t for t in found if t is not None]


def hidden(trial: Trial) -> Iterator[tuple[str, Trial]]:
    """Trials where mistakes show that cannot show here, each with what is different, for a sentence."""
    rng = np.random.default_rng(12)
    inputs, pair = trial.inputs, trial.pair
    zeros = [pair.names[i] for i in pair.active if np.size(inputs[i]) and not np.any(inputs[i])]
    still = [k for k, r in enumerate(trial.reference.values) if trial.hand[k] is not None and r.size and not np.any(r)]
    if zeros and still:
        other = attempt(pair, other_numbers(inputs, pair.active, rng, zeros=True))
        if other is not None:
            yield f"with other numbers than 0 in {', '.join(zeros)}", other
    single = [(i, 0) for i, x in enumerate(inputs) if isinstance(x, np.ndarray) and x.ndim and x.shape[0] == 1]
    for group in axes_together(lambda other: runs(pair.at(other), other), inputs) if single else ():
        if group <= set(single):
            longer = other_numbers(grown(inputs, group, 2), pair.active, rng)
            other = attempt(pair.at(longer), longer)
            if other is not None:
                yield f"with 3 rows instead of 1 in {named(pair, group)}", other
    if constant(trial):
        other = attempt(pair, inputs)
        if other is not None:
            yield "with random numbers as the upstream", other
    again = [i for i in index_inputs(trial) if may_repeat(pair.names[i], inputs[i])]
    if again:
        other = attempt(pair, [repeated(x) if i in again else x for i, x in enumerate(inputs)])
        if other is not None:
            yield f"with an index that comes twice in {', '.join([pair.names[i] for i in again])}", other


def may_repeat(name: str, x: np.ndarray) -> bool:
    """Whether indices are of a kind of which several may be equal: by their name, and not where they are a permutation."""
    whole = np.array_equal(np.sort(x, axis=None), np.arange(x.size))
    return np.unique(x).size == x.size and not whole and any([word in name.lower() for word in SHARED])


def named(pair: Pair, group: frozenset[Axis]) -> str:
    return ", ".join([pair.names[i] for i, _ in sorted(group)])


def runs(pair: Pair, inputs: Sequence[Any]) -> bool:
    """Whether forward and backward take such inputs."""
    with quiet():
        try:
            y = np.asarray(pair.value(*inputs))
            pair.gradients(inputs, np.ones(y.shape))
        except Exception:  # noqa: BLE001  code that does not take these inputs may raise anything: then it is not asked there
            return False
    return bool(np.all(np.isfinite(y)))


def attempt(pair: Pair, inputs: Sequence[Any]) -> Trial | None:
    """The trial there, or None where the code does not take such inputs."""
    with quiet():
        try:
            return trial_at(pair, inputs)
        except Exception:  # noqa: BLE001  as above
            return None
