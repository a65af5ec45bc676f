"""Parts of a graph that are one function of one value, a = f(z): what people differentiate in one go.  Layer 8; knows edges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..node import Node
from .paths import Graph, Spot
from .recording import Change, Edge, Recording

__all__ = ["Region", "Section", "inside", "regions"]

ARITHMETIC = {
    "multiply",
    "divide",
    "sqrt",
    "square",
    "power_constant",
    "power",
    "reciprocal",
    "add",
    "subtract",
    "negative",
}
LONGEST = 14  # operations in one region: a GELU by its tanh approximation has nine


class Region:
    """The operations between the node z = source and the node a = result, where nothing but z moves a, or one edge alone.

    nodes     newest first, a among them and z not
    entries   the edges into z, newest first; of z's other consumers nothing is said
    """

    def __init__(self, source: Node, nodes: tuple[Node, ...], entries: tuple[Edge, ...]) -> None:
        self.source, self.nodes, self.entries = source, nodes, entries
        self.result = nodes[0]
        self.inside, self.entering = frozenset(nodes), frozenset(entries)  # nodes overload ==: membership by hash

    @cached_property
    def elementwise(self) -> bool:
        """Whether every entry of a is a function of one entry of z."""
        if not all([n.op.kind == "elementwise" and isinstance(n.data, np.ndarray) for n in self.nodes]):
            return False
        return len(self.nodes) == 1 or all([n.data.shape == self.source.data.shape for n in self.nodes])

    @property
    def arithmetic(self) -> bool:
        """Whether it is a formula of sums, products, powers and quotients, no activation."""
        return {n.op.name for n in self.nodes} <= ARITHMETIC

    def values(self, x: Any) -> dict[Node, Any]:
        """Every value of the region when z is x."""
        moved = {self.source: x}
        for n in reversed(self.nodes):
            args = [
                moved[p] if p in moved and (p is not self.source or (n, i) in self.entering) else a
                for i, (p, a) in enumerate(zip(n.inputs, n.args))
            ]
            try:
                moved[n] = n.op.array(*args)
            except np.linalg.LinAlgError:  # no inverse at a point that is tried
                moved[n] = np.full(np.shape(n.data), np.nan)
        return moved

    def slope(self, x: Any = None) -> np.ndarray:
        """f'(x) of an elementwise region, entry by entry (default: where it was recorded)."""
        moved = {} if x is None else self.values(x)
        cotangents: dict[Node, Any] = {self.result: np.ones(np.shape(self.result.data))}
        total: Any = 0.0
        for n in self.nodes:
            g = cotangents.get(n)
            if g is None:
                continue
            args = tuple([moved.get(p, a) if p is not None else a for p, a in zip(n.inputs, n.args)])
            for i, (p, rule) in enumerate(zip(n.inputs, n.op.vjps)):
                if rule is None or not (p in self.inside or (n, i) in self.entering):
                    continue
                d = rule(g, moved.get(n, n.data), *args)
                if (n, i) in self.entering:
                    total = total + d
                else:
                    cotangents[p] = cotangents[p] + d if p in cotangents else d
        return np.broadcast_to(total, np.shape(self.result.data))

    def arrived(self, graph: Graph) -> tuple[Any, Any] | None:
        """(cotangent of a, what z receives through the region) in the reference sweep; None where nothing arrives."""
        if any([edge not in graph.arrived for edge in self.entries]):
            return None
        g = next(
            graph.arrived[self.result, i][0]
            for i in range(len(self.result.inputs))
            if (self.result, i) in graph.arrived
        )
        return g, sum([graph.arrived[edge][1] for edge in self.entries])

    def instead(self, make: Any) -> dict[Edge, Change]:
        """The changes of a sweep that send make(cotangent of a) to z, and nothing else through the region."""
        held: list = []
        changes: dict[Edge, Change] = {}

        def remember(g: Any, y: Any, args: tuple, d: Any) -> Any:
            held.append(g)
            return d

        def nothing(g: Any, y: Any, args: tuple, d: Any) -> Any:
            held.append(g)  # the first edge that is met is one of a
            return 0.0 * d

        def everything(g: Any, y: Any, args: tuple, d: Any) -> Any:
            return make(held[0] if held else g)

        for i, (p, rule) in enumerate(zip(self.result.inputs, self.result.op.vjps)):
            if p is not None and rule is not None:
                changes[self.result, i] = remember
        for edge in self.entries[:-1]:
            changes[edge] = nothing
        changes[self.entries[-1]] = everything
        return changes


@dataclass(frozen=True, slots=True)
class Section:
    """A region by its places, so that it can be found again in another recording of the code."""

    nodes: tuple[Spot, ...]
    entries: tuple[Spot, ...]

    @classmethod
    def of(cls, graph: Graph, region: Region) -> Section:
        return cls(
            tuple([graph.spot((n, 0)) for n in region.nodes]), tuple([graph.spot(edge) for edge in region.entries])
        )

    def at(self, recording: Recording) -> Region:
        """The region there; LookupError where the code ran another way."""
        entries = tuple([spot.at(recording) for spot in self.entries])
        n, i = entries[0]
        return Region(n.inputs[i], tuple([spot.at(recording)[0] for spot in self.nodes]), entries)


def regions(graph: Graph) -> Iterator[Region]:
    """Every region of the graph: single edges, and longer ones through whose z all paths from a go."""
    consumers: dict[Node, set[Node]] = {}
    for n, i in graph.edges:
        consumers.setdefault(n.inputs[i], set()).add(n)
    edges: dict[Node, list[Edge]] = {}
    for edge in graph.edges:
        edges.setdefault(edge[0], []).append(edge)
    for a in graph.recording.order:
        for edge in edges.get(a, ()):
            yield Region(edge[0].inputs[edge[1]], (a,), (edge,))
        yield from from_(a, edges, consumers)


def from_(a: Node, edges: dict[Node, list[Edge]], consumers: dict[Node, set[Node]]) -> Iterator[Region]:
    """The regions of more than one edge that end in a."""
    nodes: list[Node] = []
    frontier = {a}
    while frontier and len(nodes) < LONGEST:
        n = max(frontier, key=lambda m: m.index)
        if len(frontier) == 1 and nodes:
            entries = tuple([(m, i) for m in nodes for _, i in edges[m] if m.inputs[i] is n])
            if len(nodes) > 1 or len(entries) > 1:
                yield Region(n, tuple(nodes), entries)
        if n not in edges or (nodes and not consumers[n] <= set(nodes)):
            return
        frontier.remove(n)
        nodes.append(n)
        frontier |= {n.inputs[i] for _, i in edges[n]}


def inside(graph: Graph) -> set[Edge]:
    """The edges within activations that are written out."""
    found: set[Edge] = set()
    for region in regions(graph):
        if len(region.nodes) > 1 and region.elementwise and not region.arithmetic:
            found |= {
                (n, i) for n in region.nodes for i, p in enumerate(n.inputs) if p in region.inside or p is region.source
            }
    return found
