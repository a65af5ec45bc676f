"""Causes that are one wrong operand: another saved value in a rule, one factor too few or too many.  Layer 8; knows recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..node import Node
from ..ops import fit
from .causes import Cause
from .names import called
from .paths import Graph, Spot, line_of, replay
from .recording import Change, Edge
from .reference import Trial
from .screen import Screen

__all__ = ["operand_causes"]

NEAR = 40  # values on either side that are tried where every one costs a call of the rule
LARGEST = 4_000_000  # numbers of one shape that are held side by side


@dataclass(frozen=True, slots=True)
class Operand:
    """A value that a backward could have at hand, by its place, so that it can be found again in another recording.

    source    value (of a node), argument (of an operation, a constant), leaf, input (a static one)
    """

    source: str
    place: int
    argument: int = 0
    op: str = ""

    def at(self, trial: Trial) -> np.ndarray:
        """The array there; LookupError where the code ran another way."""
        recording = trial.reference.recording
        if recording is None:
            raise LookupError("the forward was not recorded")
        if self.source == "leaf":
            return np.asarray(recording.leaves[self.place].data, float)
        if self.source == "input":
            return np.asarray(trial.inputs[self.place], float)
        n, _ = Spot(self.place, self.op, 0).at(recording)
        return np.asarray(n.data if self.source == "value" else n.args[self.argument], float)

    def told(self, graph: Graph) -> str:
        """What the author calls it."""
        recording = graph.recording
        if self.source == "leaf":
            return called(graph, recording.leaves[self.place])
        if self.source == "input":
            return f"`{graph.trial.pair.names[self.place]}`"
        n = recording.order[self.place]
        return called(graph, n) if self.source == "value" else f"the constant of {n.op.name}"


class Pool:
    """The values that a rule could be given by mistake, sorted by shape."""

    def __init__(self, graph: Graph) -> None:
        trial, recording = graph.trial, graph.recording
        self.trial = trial
        self.shapes: dict[tuple[int, ...], tuple[list[Operand], list[np.ndarray]]] = {}
        self.held: set[int] = set()
        for k, leaf in enumerate(recording.leaves):
            self.add(Operand("leaf", k), leaf.data)
        for place, x in enumerate(trial.inputs):
            if place not in trial.pair.active and isinstance(x, np.ndarray):
                self.add(Operand("input", place), x)
        for place, n in enumerate(recording.order):
            self.add(Operand("value", place, 0, n.op.name), n.data)
            for i, (p, a) in enumerate(zip(n.inputs, n.args)):
                if p is None:
                    self.add(Operand("argument", place, i, n.op.name), a)
        self.stacks: dict[tuple[int, ...], np.ndarray] = {}

    def add(self, operand: Operand, x: Any) -> None:
        if not isinstance(x, np.ndarray) or x.ndim == 0 or x.dtype.kind not in "fiub" or id(x) in self.held:
            return
        self.held.add(id(x))
        operands, arrays = self.shapes.setdefault(x.shape, ([], []))
        if (len(arrays) + 1) * x.size <= LARGEST and np.all(np.isfinite(x)):
            operands.append(operand)
            arrays.append(x)

    def stack(self, shape: tuple[int, ...]) -> np.ndarray:
        """The values of one shape as the rows of a matrix."""
        if shape not in self.stacks:
            self.stacks[shape] = np.array([np.asarray(x, float).ravel() for x in self.shapes[shape][1]])
        return self.stacks[shape]

    def within(self, shape: tuple[int, ...]) -> list[tuple[int, ...]]:
        """The shapes that broadcast into this one without making it larger."""
        return [s for s in self.shapes if self.shapes[s][1] and len(s) <= len(shape) and spreads(s, shape)]


def spreads(small: tuple[int, ...], large: tuple[int, ...]) -> bool:
    return all([n in (1, m) for n, m in zip(small[::-1], large[::-1])])


def operand_causes(graph: Graph, wrong: Sequence[int]) -> Iterator[Cause]:
    """Every rule with another operand, or with a factor too few or too many, that explains a wrong gradient."""
    pool = Pool(graph)
    for n, i in graph.edges:
        for k in wrong:
            screen = graph.screen(k)
            if n.inputs[i] not in screen.tangents[0] or isinstance(n.data, tuple):
                continue
            wanted = screen.target + screen.effect(n.inputs[i], graph.arrived[n, i][1])
            if not np.any(np.abs(wanted) > screen.slack) and not np.any(np.abs(screen.target) > screen.slack):
                continue
            look = Look(graph, pool, screen, (n, i), wanted)
            if n.op.kind == "elementwise" and isinstance(n.data, np.ndarray):
                yield from look.factors()
            if n.op.name in BILINEAR:
                yield from look.bilinear()
            else:
                yield from look.replaced()


BILINEAR = {"multiply": (0, 1), "matmul": (0, 1), "correlate": (0, 1)}  # operations that are linear in both of two arguments


@dataclass(frozen=True, slots=True)
class Look:
    """One edge under one screen; `wanted` is the effect that the contribution along it should have."""

    graph: Graph
    pool: Pool
    screen: Screen
    edge: Edge
    wanted: np.ndarray

    def fitting(self, effects: np.ndarray) -> list[int]:
        """The rows of effects that explain the gradient."""
        away = np.abs(effects - self.wanted)
        return [int(j) for j in np.flatnonzero(np.all(away <= 4.0 * self.screen.slack + 1e-7 * np.abs(self.screen.target), 1))]

    def factors(self) -> Iterator[Cause]:
        """The right contribution times, or divided by, a value; and the cotangent as it is."""
        n, i = self.edge
        p, (g, d) = n.inputs[i], self.graph.arrived[self.edge]
        shape = n.data.shape
        slope = n.op.vjps[i](np.ones(shape), n.data, *n.args)
        tangents = [np.broadcast_to(t[p], shape) for t in self.screen.tangents]
        plain = [g * t for t in tangents]
        yield from self.forgotten(np.array([np.sum(w) for w in plain]))
        weights = [w * slope for w in plain]
        for small in self.pool.within(shape):
            reduced = np.array([summed(w, small).ravel() for w in weights])
            stack = self.pool.stack(small)
            for j in self.fitting(stack @ reduced.T):
                yield self.times(self.pool.shapes[small][0][j], 1)
            if np.all(stack != 0.0, axis=1).any():
                with np.errstate(divide="ignore", invalid="ignore"):
                    effects = np.nan_to_num((1.0 / stack), nan=0.0, posinf=0.0, neginf=0.0) @ reduced.T
                for j in self.fitting(effects):
                    if np.all(stack[j] != 0.0):
                        yield self.times(self.pool.shapes[small][0][j], -1)

    def forgotten(self, effect: np.ndarray) -> Iterator[Cause]:
        """The cotangent passed on without its factor."""
        n, i = self.edge
        if not self.fitting(effect[None]) or n.op.name not in ("multiply", "divide", "where"):
            return
        other = n.args[1 - i] if n.op.name != "where" else n.args[0]
        if n.op.name == "divide" and i == 1:
            return
        kind, text = self.role(other)
        spot = self.graph.spot(self.edge)
        predict = replay({spot: lambda g, y, args, d: g})
        what = f"{text} is forgotten: the gradient passes this line as if it were 1"
        yield Cause(kind, what, predict, 8.5, (line_of(n),), {})

    def role(self, v: Any) -> tuple[str, str]:
        """(the kind of a mistake with the factor v, what v is called)"""
        n, i = self.edge
        if is_mask(v):
            if is_dropout(self.graph, n, v):
                return "dropout-mask", "the dropout mask"
            return "mask-forgotten", "the mask"
        j = 1 - i if n.op.name != "where" else 0
        p = n.inputs[j]
        if np.ndim(v) == 0 and p is None:
            return "factor", f"the factor {float(v):g}"
        return "wrong-operand", "the factor " + (called(self.graph, p) if p is not None else "in this line")

    def times(self, operand: Operand, power: int) -> Cause:
        """One factor too many."""
        n, i = self.edge
        spot = self.graph.spot(self.edge)
        v = operand.at(self.graph.trial)
        kind = "wrong-operand"
        if is_mask(v):
            kind = "dropout-mask" if is_dropout(self.graph, n, v) else "mask-forgotten"
        name = operand.told(self.graph)
        text = f"there is a factor {name} too many" if power > 0 else f"a factor {name} is missing, or divided by too often"

        def changes(t: Trial) -> dict[Spot, Change]:
            w = operand.at(t)
            return {spot: lambda g, y, args, d: n.op.vjps[i](g * w if power > 0 else g / w, y, *args)}

        return Cause(kind, text, replay(changes), 12.0, (line_of(n),), {"operand": name})

    def bilinear(self) -> Iterator[Cause]:
        """Another value in the place of the other operand: the effect is linear in it, so one product judges them all."""
        n, i = self.edge
        j = 1 - i
        if i not in BILINEAR[n.op.name]:
            return
        g, shape = self.graph.arrived[self.edge][0], np.shape(n.args[j])
        rule = n.op.vjps[j]
        if rule is None or not shape:
            return
        p = n.inputs[i]
        seeds = []
        for t in self.screen.tangents:
            args = list(n.args)
            args[i] = np.asarray(t[p], float)
            seeds.append(rule(g, n.data, *args))
        shapes = self.pool.within(shape) if n.op.name == "multiply" else [shape]
        for small in shapes:
            if small in self.pool.shapes:
                reduced = np.array([summed(s, small).ravel() for s in seeds])
                for row in self.fitting(self.pool.stack(small) @ reduced.T):
                    yield self.replaced_by(self.pool.shapes[small][0][row], j)
        turned = (*shape[:-2], shape[-1], shape[-2]) if len(shape) >= 2 and n.op.name == "matmul" else None
        if turned in self.pool.shapes:
            reduced = np.array([np.swapaxes(s, -1, -2).ravel() for s in seeds])
            for row in self.fitting(self.pool.stack(turned) @ reduced.T):
                yield self.replaced_by(self.pool.shapes[turned][0][row], j, turned=True)

    def replaced(self) -> Iterator[Cause]:
        """Another value in the place of y or of an argument of any rule: each is tried."""
        n, i = self.edge
        (g, right), p, rule = self.graph.arrived[self.edge], n.inputs[i], n.op.vjps[i]
        place = self.graph.ordinals[n]
        first = np.asarray(self.screen.tangents[0][p], float)
        slack = 4.0 * self.screen.slack[0] + 1e-7 * abs(self.screen.target[0])
        for j, old in enumerate((n.data, *n.args)):
            if not isinstance(old, np.ndarray) or old.ndim == 0 or old.dtype.kind != "f" or old.shape not in self.pool.shapes:
                continue
            given = [n.data, *n.args]

            def sent(w: np.ndarray, j: int = j, given: list = given) -> np.ndarray:
                given[j] = np.asarray(w, float)
                with np.errstate(all="ignore"):
                    return fit(rule(g, *given), p)

            if np.array_equal(sent(old * 1.25 + 0.125), right):
                continue  # the rule does not use it
            operands, arrays = self.pool.shapes[old.shape]
            for operand, w in zip(operands, arrays):
                if w is old or (operand.source in ("value", "argument") and abs(operand.place - place) > NEAR):
                    continue
                d = sent(w)
                if abs(float(np.vdot(first, d)) - self.wanted[0]) <= slack and self.fitting(self.screen.effect(p, d)[None]):
                    yield self.replaced_by(operand, j - 1)

    def replaced_by(self, operand: Operand, j: int, turned: bool = False) -> Cause:
        """The rule with `operand` as argument j (-1: as the value of the node)."""
        n, i = self.edge
        spot, graph = self.graph.spot(self.edge), self.graph
        v = n.data if j < 0 else n.args[j]
        right = called(graph, n) if j < 0 else called(graph, n.inputs[j]) if n.inputs[j] is not None else "the constant"
        wrong = operand.told(graph)
        kind = "wrong-operand"
        if is_mask(v):
            kind = "dropout-mask" if is_dropout(graph, n, v) else "mask-forgotten"
        if turned and np.array_equal(operand.at(graph.trial), v):
            kind = "transpose"

        def changes(t: Trial) -> dict[Spot, Change]:
            w = operand.at(t)
            w = np.swapaxes(w, -1, -2) if turned else w

            def change(g: Any, y: Any, args: tuple, d: Any) -> Any:
                given = [y, *args]
                given[j + 1] = w
                return n.op.vjps[i](g, *given)

            return {spot: change}

        text = f"{wrong} is used in the gradient of this line where the chain rule needs {right}"
        if kind == "transpose":
            text = f"{wrong} is transposed once too often, or not at all, in the gradient of this line"
        return Cause(kind, text, replay(changes), 11.0, (line_of(n),), {"used": wrong, "needed": right})


def summed(w: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """w summed over what broadcasting from this shape repeats."""
    w = w.sum(axis=tuple(range(w.ndim - len(shape)))) if w.ndim > len(shape) else w
    axes = tuple([axis for axis, n in enumerate(shape) if n == 1 and w.shape[axis] != 1])
    return w.sum(axis=axes, keepdims=True) if axes else w


def is_mask(v: Any) -> bool:
    """Whether an array only keeps and drops: 0 and one other value."""
    if not isinstance(v, np.ndarray) or v.ndim == 0 or v.size < 2:
        return False
    return v.dtype.kind == "b" or (not np.all(v) and np.any(v) and len(np.unique(v[v != 0])) == 1)


def is_dropout(graph: Graph, n: Node, v: np.ndarray) -> bool:
    """Whether a mask drops at random: its ones are 1/(1 - p), or such a number is multiplied or divided by beside it."""
    kept = np.asarray(v, float)[np.asarray(v) != 0]
    if kept.size and kept[0] > 1.0:
        return True
    near = [n, *[m for m, i in graph.edges if m.inputs[i] is n], *[p for p in n.inputs if p is not None and p.op is not None]]
    for m in near:
        for p, a in zip(m.inputs, m.args):
            number = float(a) if p is None and isinstance(a, int | float | np.number) or np.ndim(a) == 0 and isinstance(a, np.ndarray) else 0.0
            if m.op.name == "divide" and 0.0 < number < 1.0 or m.op.name == "multiply" and number > 1.0:
                return True
    return False
