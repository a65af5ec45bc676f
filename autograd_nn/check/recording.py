"""One evaluation of a function on Tensors, kept so that its reverse sweep can be run again with changes.  Layer 8; knows rules.

The changes are hypotheses about a hand-written backward: another rule on an edge (dropped, doubled, negated, with the wrong
operand), another sum where paths meet, or the rounding of every step imitated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from ..node import Node
from ..op import record
from ..ops import fit
from ..place import lines
from ..several import Parts
from ..trees import flatten
from ..walk import reach, tangent

__all__ = ["Change", "Edge", "Merge", "Recording", "Values"]

Edge = tuple[Node, int]  # argument i of the operation of a node
Change = Callable[[Any, Any, tuple, Any], Any]  # (cotangent, value, arguments, right contribution) -> contribution
Merge = Callable[
    [list[tuple[Node, int, Any]]], Any
]  # the contributions in the order in which they arrive -> their "sum"
POOL = 8191  # imitated errors; a prime, so that they do not repeat with the rows of an array
STEP = 2.0**-24  # relative size of the imitated rounding errors: large beside those of float64, small beside curvature


class Recording:
    """The graph of f(*inputs) in float64, with the user's line at every node.

    inputs    the arguments; those at `active` become leaves
    outputs   the nodes of f's results, in their order; results that no leaf reaches are left out
    """

    def __init__(self, f: Callable, inputs: Sequence[Any], active: Sequence[int]) -> None:
        arguments = list(inputs)
        self.leaves: list[Node] = []
        for i in active:
            leaf = record(None, np.array(inputs[i], np.float64), (), ())
            arguments[i] = leaf
            self.leaves.append(leaf)
        with lines():
            result = f(*arguments)
        self.results = flatten(result).leaves
        self.outputs = [y for y in self.results if isinstance(y, Node)]
        order, _ = reach(self.outputs, self.leaves[0].index)
        self.order = [n for n in order if n.op is not None]

    @property
    def edges(self) -> list[Edge]:
        """Every edge that a cotangent can take, newest first."""
        moving = set(self.leaves)
        for n in reversed(self.order):
            if any([p in moving and r is not None for p, r in zip(n.inputs, n.op.vjps)]):
                moving.add(n)
        return [(n, i) for n in self.order for i, p in enumerate(n.inputs) if p in moving and n.op.vjps[i] is not None]

    def sweep(
        self,
        seeds: Sequence[Any],
        changes: Mapping[Edge, Change] | None = None,
        *,
        merges: Mapping[Node, Merge] | None = None,
        rounded: Values | None = None,
        kept: dict[Edge, tuple[Any, Any]] | None = None,
    ) -> list[np.ndarray]:
        """The gradient by every leaf: sum_k seeds[k]^T d outputs[k] / d leaf.

        changes   what to send along an edge instead: change(cotangent of the node, its value, its arguments, what is right)
        merges    what to make of the contributions that arrive at a node, instead of their sum
        rounded   the values of a run with imitated rounding errors, which goes on backwards
        kept      filled with (cotangent of the node, contribution) of every edge
        """
        cot: dict[Node, Any] = {}
        arrived: dict[Node, list] = {p: [] for p in merges or ()}
        for n, s in zip(self.outputs, seeds):
            cot[n] = cot[n] + s if n in cot else s
        for n in [*self.order, *self.leaves] if arrived else self.order:
            if arrived and arrived.get(n):
                cot[n] = merges[n](arrived[n])  # type: ignore[index]  # arrived has the keys of merges
            g = cot.pop(n, None) if n.op is not None else None
            if g is None:
                continue
            y, args = (n.data, n.args) if rounded is None else rounded.operands(n)
            for i, (p, rule) in enumerate(zip(n.inputs, n.op.vjps)):
                if p is None or rule is None:
                    continue
                d = fit(rule(g, y, *args), p)
                if changes is not None and (n, i) in changes:
                    d = fit(changes[n, i](g, y, args, d), p)
                if rounded is not None and isinstance(d, np.ndarray):
                    d = rounded.noisy(d)
                if kept is not None:
                    kept[n, i] = (
                        g,
                        Parts(dict(d.given)) if isinstance(d, Parts) else d,
                    )  # a sum changes its first Parts
                if p in arrived:
                    arrived[p].append((n, i, d))
                cot[p] = cot[p] + d if p in cot else d
        zeros = [np.zeros(leaf.data.shape) for leaf in self.leaves]
        return [np.asarray(cot.get(leaf, zero), np.float64) for leaf, zero in zip(self.leaves, zeros)]

    def tangents(self, place: int, direction: np.ndarray) -> dict[Node, Any]:
        """How every node moves when leaf `place` moves along `direction`; nodes that stand still are left out."""
        dot: dict[Node, Any] = {self.leaves[place]: direction}
        for n in reversed(self.order):
            ts = [dot.get(p) for p in n.inputs]
            if any([t is not None for t in ts]):
                t = tangent(n.op, ts, n.data, n.args)
                if t is not None:
                    dot[n] = t if isinstance(t, tuple) else fit(t, n)
        return dot

    def spread(self, seeds: Sequence[Any], exact: Sequence[np.ndarray], runs: int = 4) -> list[np.ndarray]:
        """How far rounding of relative size 1 moves every entry of the gradient: the root mean square of a few imitated runs.

        Multiplied by the unit roundoff of a format this is the error of a correct backward in that format, cancellation and
        the condition of the forward pass included. First order in the errors.
        """
        rng = np.random.default_rng(0)
        total = [np.zeros(r.shape) for r in exact]
        for _ in range(runs):
            moved = self.sweep(seeds, rounded=Rounded(self, rng))
            total = [t + ((m - r) / STEP) ** 2 for t, m, r in zip(total, moved, exact)]
        return [np.sqrt(t / runs) for t in total]


class Values(Protocol):
    """Other values of the nodes than the recorded ones, for a sweep to go through."""

    def operands(self, n: Node) -> tuple[Any, tuple]: ...

    def noisy(self, x: Any) -> Any: ...


class Rounded:
    """The values of a recording when every operation and every input is rounded by a random amount of about STEP.

    Where an operation has a kink the choices stay what they were: rounding must not change a winner.
    """

    def __init__(self, recording: Recording, rng: np.random.Generator) -> None:
        self.rng = rng
        self.pool = (
            rng.normal(size=POOL) * STEP
        )  # of a few thousand numbers, read from random places: drawing costs the most
        self.data: dict[Node, Any] = {leaf: self.noisy(leaf.data) for leaf in recording.leaves}
        for n in reversed(recording.order):
            self.data[n] = self.value(n)

    def noisy(self, x: Any) -> Any:
        if isinstance(x, tuple):
            return tuple([self.noisy(part) for part in x])
        if x.dtype.kind != "f":
            return x
        start = int(self.rng.integers(POOL))
        errors = self.pool[start : start + x.size]
        if errors.size < x.size:
            errors = np.resize(np.concatenate([self.pool[start:], self.pool[:start]]), x.size)
        return x * (1.0 + errors.reshape(x.shape))

    def value(self, n: Node) -> Any:
        """The rounded result of an operation on rounded arguments."""
        if n.op.kind == "nondifferentiable":
            return n.data
        _, args = self.moved(n)
        if not n.op.kink or alone(n):
            y = n.op.array(*args)
            return self.noisy(y if isinstance(y, tuple) else np.asarray(y))
        ts = [
            shift(self.data[p], p.data) if p in self.data and isinstance(p.data, np.ndarray) else None for p in n.inputs
        ]
        t = tangent(n.op, ts, n.data, n.args) if any([t is not None for t in ts]) else None
        if t is None:
            return n.data
        return tuple([y + d for y, d in zip(n.data, t)]) if isinstance(t, tuple) else n.data + fit(t, n)

    def moved(self, n: Node) -> tuple[Any, tuple]:
        return self.data.get(n), tuple([self.data.get(p, a) if p is not None else a for p, a in zip(n.inputs, n.args)])

    def operands(self, n: Node) -> tuple[Any, tuple]:
        """(y, arguments) for a rule: the rounded ones, but those that decided where arguments compete."""
        return (n.data, n.args) if n.op.kink and not alone(n) else self.moved(n)


def alone(n: Node) -> bool:
    """Whether n is a function of one number: a relative error moves none across 0, where its kink is."""
    return n.op.kind == "elementwise" and len(n.inputs) == 1


def shift(moved: np.ndarray, x: np.ndarray) -> np.ndarray:
    """By how much rounding moved x; an infinity (a score that a mask rules out) stays where it is."""
    with np.errstate(invalid="ignore"):
        d = moved - x
    return np.where(np.isinf(x), 0.0, d)
