"""The values that a backward could have at hand, and which of them are masks.  Layer 8; knows recordings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..node import Node
from .names import called
from .paths import Graph, Spot
from .reference import Trial

__all__ = ["Operand", "Pool", "is_dropout", "is_mask", "spreads", "summed"]

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
        if not isinstance(x, np.ndarray) or x.dtype.kind not in "fiub" or id(x) in self.held:
            return
        if x.ndim == 0 and operand.source == "argument":
            return  # a number of the code: a factor, which other causes look for
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


def summed(w: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """w summed over what broadcasting from this shape repeats."""
    w = w.sum(axis=tuple(range(w.ndim - len(shape)))) if w.ndim > len(shape) else w
    axes = tuple([axis for axis, n in enumerate(shape) if n == 1 and w.shape[axis] != 1])
    return w.sum(axis=axes, keepdims=True) if axes else w


def is_mask(v: Any) -> bool:
    """Whether an array only keeps and drops: 0 and one other value."""
    if not isinstance(v, np.ndarray) or v.ndim == 0 or v.size < 2:
        return False
    return bool(v.dtype.kind == "b" or (not np.all(v) and np.any(v) and len(np.unique(v[v != 0])) == 1))


def is_dropout(graph: Graph, n: Node, v: np.ndarray) -> bool:
    """Whether a mask drops at random: its ones are 1/(1 - p), or such a number is multiplied or divided by beside it."""
    kept = np.asarray(v, float)[np.asarray(v) != 0]
    if kept.size and kept[0] > 1.0:
        return True
    near = [
        n,
        *[m for m, i in graph.edges if m.inputs[i] is n],
        *[p for p in n.inputs if p is not None and p.op is not None],
    ]
    for m in near:
        for p, a in zip(m.inputs, m.args):
            number = (
                float(a)
                if p is None and np.ndim(a) == 0 and isinstance(a, int | float | np.generic | np.ndarray)
                else 0.0
            )
            if (m.op.name == "divide" and 0.0 < number < 1.0) or (m.op.name == "multiply" and number > 1.0):
                return True
    return False
