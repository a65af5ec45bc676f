"""What a check would have caught: mistakes planted in the right gradients, and what hides here.  Layer 8; knows trials.

A mistake on an edge of the recorded graph moves the gradients by L(d' - d), which one dot product with L^T w shows for a random
direction w of all arguments together (as in screen.py); w is in units of the bounds, so that what counts is what `compare` sees.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from ..node import Node
from ..ops import fit
from ..several import Parts
from ..walk import tangent
from .hiding import hiding, single_axes
from .paths import line_of
from .recording import Edge, Recording
from .reference import Trial
from .running import quiet
from .screen import dot

__all__ = ["strength"]

MOST = 6  # sentences: more are not read
DIRECTIONS = 2
Key = tuple
SIDED = frozenset(
    [
        "maximum",
        "minimum",
        "fmax",
        "fmin",
        "clip",
        "absolute",
        "where",
        "relu",
        "leaky_relu",
        "hard_tanh",
        "hard_sigmoid",
    ]
)
KINDS = {
    "a": "paths dropped, doubled and negated",
    "b": "factors of every size",
    "c": "transposes",
    "d": "sums that are missing",
}


class Planted:
    """The mistakes that were planted in one trial.

    seen     for every mistake whether the comparison notices it
    void     edges whose contributions cancel to rounding, as that through the maximum in a softmax: their mistakes are none
    dead     {line: reason} of steps that carry 0 here
    sides    the smallest and largest slope of every step with two sides, by its line and name
    """

    def __init__(self, trial: Trial, single: Sequence[str]) -> None:
        self.trial, self.single = trial, single
        self.seen: dict[Key, bool] = {}
        self.void: set[Key] = set()
        self.dead: dict[str, str] = {}
        self.sides: dict[tuple[str, str, int], tuple[float, float]] = {}
        for k, h in enumerate(trial.hand):
            if h is not None:
                self.seen |= dict(self.whole(k))
        if trial.reference.recording is not None:
            self.on_edges(trial.reference.recording)

    def whole(self, k: int) -> Iterator[tuple[Key, bool]]:
        """Wrong factors, sign and order of axes of one gradient."""
        r, bound = self.trial.reference.values[k], self.trial.reference.bounds[k]
        largest = float(np.max(np.abs(r) / bound, initial=0.0))
        name = self.trial.name(k)
        for label, n in axis_sizes(self.trial, self.single).items():
            for text, factor in ((label, n), (f"1/{label}", 1.0 / n)):
                yield ("b", name, text), abs(factor - 1.0) * largest > 1.0
        for a, b in combinations(range(r.ndim), 2) if r.ndim <= 4 else ():
            if r.shape[a] == r.shape[b] > 1:
                yield ("c", name, a, b), bool(np.any(np.abs(np.swapaxes(r, a, b) - r) > bound))

    def on_edges(self, recording: Recording) -> None:
        """Paths dropped, doubled and negated, and sums over an axis that take one row."""
        trial = self.trial
        arrived: dict[Edge, tuple[Any, Any]] = {}
        recording.sweep([trial.upstream], kept=arrived)
        rng = np.random.default_rng(9)
        ours = [k for k, h in enumerate(trial.hand) if h is not None]
        tangents = [moved(trial, recording, ours, rng) for _ in range(DIRECTIONS)]
        least = float(np.sqrt(sum([trial.reference.values[k].size for k in ours])))
        ordinals = {n: place for place, n in enumerate([*recording.order, *recording.leaves])}
        blocked: set[Node] = set()
        effects: dict[Key, np.ndarray] = {}
        sums: dict[Key, bool] = {}
        for (n, i), (g, d) in arrived.items():
            p = n.inputs[i]
            if isinstance(p.data, tuple) or not all([p in t for t in tangents[:1]]):
                continue
            where = line_of(n) or str(ordinals[n])
            key = (
                where,
                n.op.name,
                i,
                p.op.name if p.op is not None else str(ordinals[p] - len(recording.order)),
                line_of(p),
            )
            if n.op.name in SIDED:
                self.side(n, i, where)
            if not present(d):
                reason = self.reason(n, i) if present(g) else ""
                if reason:
                    self.dead.setdefault(line_of(n), reason)
                if reason or n in blocked:
                    blocked.add(p)
                    effects.setdefault(key, np.zeros(DIRECTIONS))
                continue
            effects[key] = effects.get(key, 0.0) + np.array([dot(t[p], d) for t in tangents])
            if n.op.kind == "elementwise" and isinstance(d, np.ndarray) and d.size < n.data.size:
                row = one_row(n, i, g)
                if row is not None:
                    effect = np.array([dot(t[p], row - d) for t in tangents])
                    sums["d", *key] = sums.get(("d", *key), False) or size_of(effect) > least
        for key, effect in effects.items():
            size = size_of(effect)
            if np.any(effect) and not size > least:
                self.void.add(key)
                continue
            for what in ("dropped", "doubled", "negated"):
                self.seen["a", *key, what] = size > least
        self.seen |= {key: found for key, found in sums.items() if self.seen.get(("a", *key[1:], "dropped"))}

    def side(self, n: Node, i: int, where: str) -> None:
        """The slopes of a step with two sides."""
        with np.errstate(all="ignore"):
            slopes = np.asarray(n.op.vjps[i](np.ones(n.data.shape), n.data, *n.args))
        if slopes.size and np.all(np.isfinite(slopes)):
            low, high = float(slopes.min()), float(slopes.max())
            before = self.sides.get((where, n.op.name, i), (low, high))
            self.sides[where, n.op.name, i] = min(low, before[0]), max(high, before[1])

    def reason(self, n: Node, i: int) -> str:
        """Why a step passes nothing on; "" where it may do so at any inputs."""
        if n.op.name in SIDED:
            return f"every entry is on the flat side of its {n.op.name}: move the inputs"
        zeros = [p for p in n.inputs if p is not None and p is not n.inputs[i] and not np.any(p.data)]
        if n.op.name in ("multiply", "matmul", "einsum") and zeros:
            leaves = self.trial.reference.recording.leaves  # type: ignore[union-attr]  # it is that of n
            names = [self.trial.name(k) for k, leaf in enumerate(leaves) if any([p is leaf for p in zeros])]
            return f"it is multiplied by zeros: give other numbers{' to ' + names[0] if names else ''}"
        return ""


def axis_sizes(trial: Trial, single: Sequence[str]) -> dict[str, float]:
    """The sizes of axes, equal ones once; size 1 only where it could be another: that of the axes called `single`."""
    found: dict[float, str] = {}
    for label, n in trial.sizes.items():
        if "shape[" in label and n and (n > 1 or label in single):
            found.setdefault(n, label)
    return {label: n for n, label in found.items()}


def moved(trial: Trial, recording: Recording, ours: Sequence[int], rng: np.random.Generator) -> dict[Node, Any]:
    """How every node moves when all arguments move at once, each entry by a random multiple of 1 / its bound."""
    found: dict[Node, Any] = {}
    for k in ours:
        bound = np.maximum(trial.reference.bounds[k], 1e-100)
        found[recording.leaves[k]] = rng.normal(size=bound.shape) / bound
    for n in reversed(recording.order):
        ts = [found.get(p) for p in n.inputs]
        if any([t is not None for t in ts]):
            t = tangent(n.op, ts, n.data, n.args)
            if t is not None:
                found[n] = t if isinstance(t, tuple) else fit(t, n)
    return found


def size_of(effect: np.ndarray) -> float:
    return float(np.sqrt(np.mean(effect**2)))


def present(d: Any) -> bool:
    """Whether a contribution has an entry that is not 0."""
    if isinstance(d, Parts):
        return any([present(part) for part in d.given.values()])
    return any([present(part) for part in d]) if isinstance(d, tuple) else d is not None and bool(np.any(d))


def one_row(n: Node, i: int, g: Any) -> np.ndarray | None:
    """What is sent where a sum over the axes of broadcasting takes their first entry alone."""
    raw = np.asarray(n.op.vjps[i](g, n.data, *n.args))
    shape = n.inputs[i].data.shape
    if raw.ndim < len(shape) or raw.shape == shape:
        return None
    row = raw[(0,) * (raw.ndim - len(shape))]
    return row[tuple([slice(0, 1) if m == 1 else slice(None) for m in shape])]


def strength(trials: Sequence[Trial]) -> tuple[str, list[str]]:
    """(what the trials together would have shown, what they leave untested), in sentences; the first trial is the given one."""
    with quiet():
        pair, single = trials[0].pair, single_axes(trials[0])
        planted = [Planted(t, [f"{pair.names[i]}.shape[{a}]" for i, a in single]) for t in trials]
        hidden = [*narrow(trials), *vanishing(planted), *hiding(trials, single), *one_sided(planted)]
    seen: dict[Key, bool] = {}
    void = {key for p in planted for key in p.void}
    for p in planted:
        for key, found in p.seen.items():
            if found or key[1:-1] not in void:
                seen[key] = found or seen.get(key, False)
    return summary(seen), hidden[:MOST]


def summary(seen: dict[Key, bool]) -> str:
    """How many mistakes were planted and noticed, and what they were."""
    if not seen:
        return ""
    kinds = {key[0] for key in seen}
    what = [text for kind, text in KINDS.items() if kind in kinds]
    listed = ", ".join(what[:-1]) + (" and " if what[1:] else "") + what[-1]
    return f"{sum(seen.values())} of {len(seen)} planted mistakes ({listed})"


def narrow(trials: Sequence[Trial]) -> Iterator[str]:
    """That nobody confirms the reference."""
    if not any([t.reference.witness for t in trials]):
        yield (
            "the reference has no independent witness here: along a random direction differences do not settle (a kink, a jump, "
            "noise)"
        )


def vanishing(planted: Sequence[Planted]) -> Iterator[str]:
    """Gradients that are 0 in every trial, and the steps that carry 0."""
    trials = [p.trial for p in planted]
    first = trials[0]
    zero = [
        first.name(k) for k, h in enumerate(first.hand) if h is not None and not any([tested(t, k) for t in trials])
    ]
    if zero:
        loss = not first.pair.takes_upstream
        advice = "move the inputs, or do not sum the result" if loss else "move the inputs"
        verb = "are" if zero[1:] else "is"
        yield (
            f"the true gradient of {', '.join(zero)} {verb} 0 here, so a missing factor or path would not show: {advice}"
        )
    dead = {line: reason for line, reason in planted[0].dead.items() if all([line in p.dead for p in planted])}
    for line, reason in list(dead.items())[:2]:
        yield f"the path through {line or 'one step'} carries 0 here, so it may be missing or wrong: {reason}"


def tested(trial: Trial, k: int) -> bool:
    """Whether the gradient differs from 0, as `compare` has it."""
    r, bound = trial.reference.values[k], trial.reference.bounds[k]
    return bool(np.max(np.abs(r), initial=0.0) > np.max(bound, initial=0.0))


def one_sided(planted: Sequence[Planted]) -> Iterator[str]:
    """Steps with two sides of which all entries took one."""
    slopes: dict[tuple[str, str, int], tuple[float, float]] = {}
    for p in planted:
        for key, (low, high) in p.sides.items():
            before = slopes.get(key, (low, high))
            slopes[key] = min(low, before[0]), max(high, before[1])
    dead = {line for p in planted for line in p.dead}
    found = dict.fromkeys(
        [(line, op) for (line, op, _), (low, high) in slopes.items() if low == high and line not in dead]
    )
    for line, op in list(found)[:2]:
        yield f"every entry takes the same side of the {op} in {line}, so the other side, or a forgotten mask, would not show"
