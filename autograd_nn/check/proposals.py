"""Other contributions on an edge, tried on one edge and on all runs of a line.  Layer 8; knows recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .causes import Cause
from .paths import Graph, line_of, replay
from .recording import Change, Edge

__all__ = ["Proposal", "fitted", "guarded", "proposed", "repeated"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """Another contribution on one edge: what it is, and how it is computed there."""

    kind: str
    sentence: str
    change: Change
    bits: float


def proposed(graph: Graph, k: int, propose: Callable[[Graph, Edge], Iterator[Proposal]]) -> Iterator[Cause]:
    """The causes among what is proposed for single edges and for all runs of a line."""
    screen = graph.screen(k)
    for edge in graph.edges:
        n, i = edge
        p = n.inputs[i]
        if p not in screen.tangents[0]:
            continue
        g, d = graph.arrived[edge]
        for proposal in propose(graph, edge):
            other = attempted(proposal.change, g, n, d)
            if other is not None and screen.fits(screen.effect(p, other - d)):
                spot, change = graph.spot(edge), proposal.change
                predict = replay({spot: change})
                yield Cause(proposal.kind, proposal.sentence, predict, proposal.bits, (line_of(n),))
    for edges in graph.runs().values():
        yield from in_all_runs(graph, k, edges, propose)


def in_all_runs(
    graph: Graph, k: int, edges: list[Edge], propose: Callable[[Graph, Edge], Iterator[Proposal]]
) -> Iterator[Cause]:
    """The same proposal on all edges of one line; they correspond by their order."""
    screen, leaf = graph.screen(k), graph.recording.leaves[k]
    for several in zip(*[list(propose(graph, edge)) for edge in edges]):
        if len({p.sentence for p in several}) > 1:
            continue
        changes = {edge: guarded(p.change) for edge, p in zip(edges, several)}
        moved = graph.recording.sweep([graph.trial.upstream], changes)[k]
        if screen.fits(screen.effect(leaf, moved - graph.trial.reference.values[k])):
            spots = {graph.spot(edge): change for edge, change in changes.items()}
            predict = replay(spots)
            first = several[0]
            yield Cause(
                first.kind, first.sentence + ", in all its runs", predict, first.bits + 1.0, (line_of(edges[0][0]),)
            )


def attempted(change: Change, g: Any, n: Any, d: Any) -> np.ndarray | None:
    """What a change sends, or None where it does not apply: shapes that do not fit."""
    try:
        with np.errstate(all="ignore"):
            other = np.asarray(change(g, n.data, n.args, d))
    except (ValueError, IndexError, TypeError, AttributeError):
        return None
    return other if other.shape == np.shape(d) and np.all(np.isfinite(other)) else None


def guarded(change: Change) -> Change:
    """A change that leaves an edge as it is where it does not apply."""

    def safe(g: Any, y: Any, args: tuple, d: Any) -> Any:
        try:
            other = np.asarray(change(g, y, args, d))
        except (ValueError, IndexError, TypeError, AttributeError):
            return d
        return other if other.shape == np.shape(d) else d

    return safe


def fitted(other: Any, d: Any) -> Any:
    """A contribution summed over what broadcasting had repeated."""
    other = np.asarray(other)
    axes = repeated(other.shape, d.shape)
    return other.sum(axis=axes).reshape(d.shape) if axes else other


def repeated(full: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    """The axes of `full` along which an array of `shape` was repeated."""
    lead = len(full) - len(shape)
    if lead < 0:
        return ()
    return (*range(lead), *[lead + a for a, n in enumerate(shape) if n == 1 and full[lead + a] > 1])
