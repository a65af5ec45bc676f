"""Causes that belong to training: weights that learn before the gradient is done, and clipping.  Layer 8; knows recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..node import Node
from .causes import Cause, Prediction, matches, scale_of
from .recording import Change, Edge, Recording
from .reference import Trial, recorded
from .witness import complex_step

__all__ = ["update_causes"]

FIRST_RATE = 1e-2
LARGEST_RATE = 0.75  # at 1 a squared error is gone after its example: then a sum was overwritten
STEPS = 12  # of the secant method: one is exact where the gradient is affine in the learning rate
SMALL = 24  # entries of an argument for which a black box is differentiated again and again, by complex steps
ROWS = 64  # examples that are gone through one by one
ROUND = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 100.0)  # what gradients are clipped to


def update_causes(trial: Trial, k: int) -> Iterator[Cause]:
    """Weights that were updated too early, and clipping, where they explain the wrong gradient of the active input k."""
    if not np.all(np.isfinite(np.asarray(trial.hand[k], float))):
        return
    yield from clips(trial, k)
    if trial.reference.values[k].size > 2:
        yield from learnt(trial, k)
        yield from one_by_one(trial, k)


def clips(trial: Trial, k: int) -> Iterator[Cause]:
    """Entries cut off at a bound, or all scaled down to a length."""
    h, r = np.asarray(trial.hand[k], float), trial.reference.values[k]
    c = float(np.max(np.abs(h), initial=0.0))
    cut = np.abs(r) > c
    if c and cut.any() and (np.count_nonzero(cut) > 1 or is_round(c)) and matches(trial, k, np.clip(r, -c, c)):

        def clipped(t: Trial) -> Prediction:
            return [np.clip(v, -c, c) for v in t.reference.values]

        text = f"every entry of it is clipped to at most {c:.6g}: clip after the check, where the weights are updated"
        yield Cause("gradient-clipped", text, clipped, 5.0, evidence={"bound": c})
    scale = float(np.vdot(r, h)) / (float(np.vdot(r, r)) or 1.0)
    if not 0.0 < scale < 1.0 or scale_of(scale, trial.sizes) is not None or not matches(trial, k, scale * r):
        return
    alike = [
        j for j, x in enumerate(trial.hand) if x is not None and matches(trial, j, scale * trial.reference.values[j])
    ]
    for group in ([k], alike):
        length = float(np.sqrt(sum([np.sum(np.square(np.asarray(trial.hand[j], float))) for j in group])))
        if is_round(length):
            text = f"it is scaled down to the length {length:.6g}" + (" together with others" if len(group) > 1 else "")
            predict = shortened(tuple(group), length)
            yield Cause("gradient-clipped", text, predict, 3.0, evidence={"length": length, "factor": scale})
            return


def shortened(group: Sequence[int], length: float) -> Callable[[Trial], Prediction]:
    """The gradients of a group, scaled down to a common length."""

    def predict(t: Trial) -> Prediction:
        whole = float(np.sqrt(sum([np.sum(np.square(t.reference.values[j])) for j in group])))
        c = min(1.0, length / whole) if whole else 1.0
        return [c * r if j in group else None for j, r in enumerate(t.reference.values)]

    return predict


def is_round(c: float) -> bool:
    return any([abs(c - n) <= 1e-6 * n for n in ROUND])


def learnt(trial: Trial, k: int) -> Iterator[Cause]:
    """The chain rule with other arguments as they are after a step: p - rate * (gradient of p)."""
    others = [j for j, x in enumerate(trial.reference.values) if j != k and np.any(gradient_of(trial, j))]
    groups = [(j,) for j in others] + ([tuple(others)] if len(others) > 1 else [])
    for group in groups:
        predict = with_learnt(group)
        rate = solved(trial, k, lambda c, p=predict: p(trial, c)[k])  # type: ignore[misc]
        if rate is None:
            continue
        names = ", ".join([trial.name(j) for j in group])
        text = (
            f"it is computed with {names} as updated by a learning rate of {rate:.6g}: keep the values of the forward"
        )
        final = partial(at_rate, predict, rate)
        yield Cause("updated-weights", text, final, 8.0 + 2.0 * len(group), evidence={"rate": rate})


def at_rate(predict: Callable[[Trial, float], Prediction], rate: float, trial: Trial) -> Prediction:
    """The prediction with this learning rate."""
    return predict(trial, rate)


def gradient_of(trial: Trial, j: int) -> np.ndarray:
    """The gradient that the author's code updates argument j by: their own, or the right one where they keep it to themselves."""
    h = trial.hand[j]
    return trial.reference.values[j] if h is None else np.asarray(h, float)


def with_learnt(group: Sequence[int]) -> Callable[[Trial, float], Prediction]:
    """(trial, rate) -> the gradients when the backward reads the arguments of the group after their step."""

    def predict(trial: Trial, rate: float) -> Prediction:
        recording = trial.reference.recording
        if recording is None:
            moved = list(trial.inputs)
            for j in group:
                moved[trial.pair.active[j]] = trial.inputs[trial.pair.active[j]] - rate * gradient_of(trial, j)
            return [None if j in group else right_at(trial, moved, j) for j in range(len(trial.hand))]
        new: dict[Node, Any] = {}
        for j in group:
            leaf = recording.leaves[j]
            new[leaf] = leaf.data - rate * gradient_of(trial, j)
        swept = recording.sweep([trial.upstream], reading(recording, new))
        return [None if j in group else r for j, r in enumerate(swept)]

    return predict


def reading(recording: Recording, new: dict[Node, Any]) -> dict[Edge, Change]:
    """The changes of a sweep whose rules read new values of some leaves, and of what is computed from those alone (W.T)."""
    for n in reversed(recording.order):
        nodes = [p for p in n.inputs if p is not None]
        if nodes and all([p in new for p in nodes]) and not n.op.kink:
            new[n] = n.op.array(*[new[p] if p is not None else a for p, a in zip(n.inputs, n.args)])

    def change(n: Node, i: int) -> Change:
        rule = n.op.vjps[i]
        args = [new.get(p, a) if p is not None else a for p, a in zip(n.inputs, n.args)]
        return lambda g, y, _, d: rule(g, y, *args)

    return {
        (n, i): change(n, i)
        for n, i in recording.edges
        if n not in new and any([p in new for p in n.inputs]) and n.inputs[i] not in new
    }


def right_at(trial: Trial, inputs: Sequence[Any], k: int) -> np.ndarray | None:
    """The right gradient at other inputs; None where the forward does not take them, or where that takes long."""
    recording = recorded(trial.pair, inputs) if trial.reference.recording is not None else None
    if recording is not None:
        fits = np.shape(recording.outputs[0].data) == trial.upstream.shape
        return recording.sweep([trial.upstream])[k] if fits else None
    if trial.reference.values[k].size > SMALL:
        return None
    found = np.zeros(trial.reference.values[k].shape)
    for place in np.ndindex(found.shape):
        direction = [np.zeros(np.shape(inputs[i])) for i in trial.pair.active]
        direction[k][place] = 1.0
        value = complex_step(trial.pair.value, inputs, trial.pair.active, direction, trial.upstream)
        if value is None:
            return None
        found[place] = value
    return found


def solved(trial: Trial, k: int, gradient: Callable[[float], np.ndarray | None]) -> float | None:
    """The learning rate at which gradient(rate) is what the backward gave, or None."""
    h, r = np.asarray(trial.hand[k], float), trial.reference.values[k]
    away = h - r
    size = float(np.vdot(away, away))
    old, missing, rate = 0.0, size, FIRST_RATE
    for step in range(STEPS):
        moved = gradient(rate)
        if moved is None or not np.all(np.isfinite(moved)):
            return None
        if matches(trial, k, moved):
            return rate
        reached = float(np.vdot(away, h - moved))
        change = moved - r
        if step == 0 and abs(np.vdot(change, away)) < 0.3 * np.linalg.norm(change) * np.sqrt(size):
            return None
        if reached == missing:
            return None
        old, rate, missing = rate, rate - reached * (rate - old) / (reached - missing), reached
        if not 1e-9 < abs(rate) < 1e6:
            return None
    return None


def one_by_one(trial: Trial, k: int) -> Iterator[Cause]:
    """A sum over examples during which the argument learns, example after example."""
    arrays = [
        i for i, x in enumerate(trial.inputs) if isinstance(x, np.ndarray) and x.ndim and i != trial.pair.active[k]
    ]
    counts = {len(trial.inputs[i]) for i in arrays}
    if len(counts) != 1 or not 1 < min(counts) <= ROWS or trial.upstream.ndim:
        return
    still = summed(trial, k, arrays, 0.0)
    if still is None:
        return
    parts = float(
        np.vdot(trial.reference.values[k], still)
        / (np.vdot(trial.reference.values[k], trial.reference.values[k]) or 1.0)
    )
    if not any(
        [abs(parts - c) <= 1e-6 * c and matches(trial, k, still / c, np.inf) for c in (1.0, float(min(counts)))]
    ):
        return
    c = 1.0 if abs(parts - 1.0) < 1e-6 else float(min(counts))

    def gradient(t: Trial, rate: float) -> np.ndarray | None:
        found = summed(t, k, arrays, rate)
        return None if found is None else found / c

    rate = solved(trial, k, lambda rate: gradient(trial, rate))
    if rate is not None and abs(rate) < LARGEST_RATE:
        text = (
            f"it is added up while {trial.name(k)} learns, example after example, by a learning rate of {rate:.6g}: use the "
            "values of the forward for all examples"
        )

        def final(t: Trial) -> Prediction:
            return [gradient(t, rate) if j == k else None for j in range(len(t.hand))]

        yield Cause("updated-weights", text, final, 10.0, evidence={"rate": rate})


def summed(trial: Trial, k: int, arrays: Sequence[int], rate: float) -> np.ndarray | None:
    """The sum of the gradients of single examples, between which the argument learns; None where single ones do not fit."""
    i = trial.pair.active[k]
    learnt = np.asarray(trial.inputs[i], float)
    total = np.zeros(learnt.shape)
    for row in range(len(trial.inputs[arrays[0]])):
        inputs = [x[row : row + 1] if j in arrays else x for j, x in enumerate(trial.inputs)]
        inputs[i] = learnt
        step = right_at(trial, inputs, k)
        if step is None:
            return None
        total, learnt = total + step, learnt - rate * step
    return total
