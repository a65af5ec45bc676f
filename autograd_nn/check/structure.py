"""Causes on the recorded graph that move numbers about: transposes, axes, sums left out, windows.  Layer 8; knows recordings.

Each is another contribution on one edge, or on all edges of one line that runs several times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np

from ..ops.indexing import repeats
from .causes import Cause
from .paths import Graph, line_of, replay
from .recording import Change, Edge

__all__ = ["Proposal", "proposed", "structure_causes"]

WIDEST = 16  # places by which a window is moved at most


@dataclass(frozen=True, slots=True)
class Proposal:
    """Another contribution on one edge: what it is, and how it is computed there."""

    kind: str
    sentence: str
    change: Change
    bits: float


def structure_causes(graph: Graph, k: int) -> Iterator[Cause]:
    """Every change of structure on one edge, or on the edges of one line, that explains the active input k."""
    yield from proposed(graph, k, proposals)


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
                predict = replay(lambda t, s=spot, c=change: {s: c})  # type: ignore[misc]
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
            predict = replay(lambda t, s=spots: s)  # type: ignore[misc]
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


def proposals(graph: Graph, edge: Edge) -> Iterator[Proposal]:
    """What people send along this edge instead, by the operation and by the shapes."""
    n, i = edge
    g, d = graph.arrived[edge]
    if not isinstance(d, np.ndarray) or not isinstance(g, np.ndarray):
        return
    if n.op.name == "matmul":
        yield from products(edge)
    elif n.op.kind == "linear" and i == 0:
        yield Proposal("transpose", "the operation itself is applied where its transpose is needed", applied(n.op), 9.0)
    if n.op.name == "index":
        yield from scattered(n.args[1], d.shape)
    if n.op.name == "pad":
        yield from windows(g.shape, d.shape)
    if n.op.name == "reshape":
        order: Change = lambda g, y, args, d: np.reshape(g, d.shape, order="F")
        yield Proposal("transpose", "the numbers are put back into the shape in another order", order, 9.0)
    yield from summed(edge, d.shape)
    yield from turned(d.shape)


def applied(op: Any) -> Change:
    return lambda g, y, args, d: op.array(g, *args[1:])


def products(edge: Edge) -> Iterator[Proposal]:
    """Another order or transpose of the two factors of a product of matrices."""
    n, i = edge
    if min(np.ndim(n.args[0]), np.ndim(n.args[1])) < 2:
        return
    for place in range(8):
        first, second, swapped = bool(place & 1), bool(place & 2), bool(place & 4)
        if (first, second, swapped) == ((False, True, False) if i == 0 else (False, True, True)):
            continue  # g @ b.T, and a.T @ g, are right

        def change(g: Any, y: Any, args: tuple, d: Any, how: tuple = (first, second, swapped, 1 - i)) -> Any:
            flip_g, flip_other, other_first, k = how
            factor = args[k].swapaxes(-1, -2) if flip_other else args[k]
            cotangent = g.swapaxes(-1, -2) if flip_g else g
            return factor @ cotangent if other_first else cotangent @ factor

        yield Proposal("transpose", "a factor of this product is not transposed as it must be", change, 8.0)


def scattered(key: Any, shape: tuple[int, ...]) -> Iterator[Proposal]:
    """Other ways to put numbers back where an index took them from."""
    if repeats(key):

        def last(g: Any, y: Any, args: tuple, d: Any) -> Any:
            out = np.zeros(d.shape)
            out[args[1]] = g
            return out

        def first(g: Any, y: Any, args: tuple, d: Any) -> Any:
            places = np.arange(d.size).reshape(d.shape)[args[1]]
            taken, where = np.unique(places.ravel(), return_index=True)
            out = np.zeros(d.size)
            out[taken] = np.broadcast_to(g, places.shape).ravel()[where]
            return out.reshape(d.shape)

        def mean(g: Any, y: Any, args: tuple, d: Any) -> Any:
            counts = np.zeros(d.shape)
            np.add.at(counts, args[1], 1.0)
            return d / np.maximum(counts, 1.0)

        text = "an index that comes twice keeps {0} of its contributions, where they must add up (np.add.at)"
        yield Proposal("overwritten", text.format("the last"), last, 7.0)
        yield Proposal("overwritten", text.format("the first"), first, 8.0)
        yield Proposal("reduction-missing", "the contributions of equal indices are averaged, not added", mean, 8.0)
    if any([isinstance(part, slice) for part in (key if isinstance(key, tuple) else (key,))]):
        for offset in (1, -1):

            def moved(g: Any, y: Any, args: tuple, d: Any, offset: int = offset) -> Any:
                out = np.zeros(d.shape)
                out[tuple([shifted(part, offset) for part in as_tuple(args[1])])] = g
                return out

            yield Proposal("window-offset", f"the slice is moved by {offset}", moved, 10.0)


def as_tuple(key: Any) -> tuple:
    return key if isinstance(key, tuple) else (key,)


def shifted(part: Any, offset: int) -> Any:
    """A slice moved along its axis; whole axes and other keys stay."""
    if not isinstance(part, slice) or (part.start is None and part.stop is None):
        return part
    start = (part.start or 0) + offset
    return slice(start, None if part.stop is None else part.stop + offset, part.step)


def windows(wide: tuple[int, ...], shape: tuple[int, ...]) -> Iterator[Proposal]:
    """The wrong part of what was padded: cut at the front, or not at all at the back."""
    room = [a - b for a, b in zip(wide, shape)]
    if not any(room) or len(wide) != len(shape):
        return
    for back in (False, True):

        def change(g: Any, y: Any, args: tuple, d: Any, back: bool = back) -> Any:
            starts = [a - b if back else 0 for a, b in zip(g.shape, d.shape)]
            return g[tuple([slice(s, s + m) for s, m in zip(starts, d.shape)])]

        yield Proposal(
            "window-offset", f"the padding is cut off at the {'front' if back else 'back'} only", change, 7.0
        )


def summed(edge: Edge, shape: tuple[int, ...]) -> Iterator[Proposal]:
    """Where an argument was repeated, its contributions must be added over just these axes."""
    n, i = edge
    axes = repeated(np.shape(n.data), shape) if not isinstance(n.data, tuple) else ()
    if not axes:
        return
    rule = n.op.vjps[i]

    def over(reduce: Callable[[np.ndarray], Any]) -> Change:
        def change(g: Any, y: Any, args: tuple, d: Any) -> Any:
            full = np.broadcast_to(rule(g, y, *args), y.shape)
            return np.reshape(reduce(full), d.shape)

        return change

    where = f"axes {axes}" if len(axes) > 1 else f"axis {axes[0]}"
    yield Proposal(
        "reduction-missing", f"it is averaged over {where}, not added", over(lambda f: f.mean(axis=axes)), 8.0
    )
    for place, text in ((0, "first"), (-1, "last")):
        one: Callable = lambda f, p=place: f[tuple([p if a in axes else slice(None) for a in range(f.ndim)])]
        yield Proposal("reduction-missing", f"only the {text} slice of {where} arrives: add over it", over(one), 8.0)
    total: Callable = lambda f: np.full(shape, f.sum())
    yield Proposal("wrong-axis", f"it is added over all axes, not over {where} alone", over(total), 8.0)
    every = range(len(np.shape(n.data)))
    for others in permutations(every, len(axes)):
        if others != axes and list(others) == sorted(others):
            wrong: Callable = lambda f, o=others: f.sum(axis=o)
            yield Proposal("wrong-axis", f"it is added over axes {others}, not over {where}", over(wrong), 8.0)


def repeated(full: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    """The axes of `full` along which an array of `shape` was repeated."""
    lead = len(full) - len(shape)
    if lead < 0:
        return ()
    return (*range(lead), *[lead + a for a, n in enumerate(shape) if n == 1 and full[lead + a] > 1])


def turned(shape: tuple[int, ...]) -> Iterator[Proposal]:
    """What arrives with its axes in another order, reversed or rolled."""
    for order in permutations(range(len(shape))) if 2 <= len(shape) <= 4 else ():
        if list(order) != sorted(order) and tuple([shape[a] for a in order]) == shape:
            change: Change = lambda g, y, args, d, o=order: d.transpose(o)  # type: ignore[misc]
            yield Proposal("transpose", "what flows through this line is transposed", change, 10.0)
    for axis, n in enumerate(shape):
        if n > 1:
            flip: Change = lambda g, y, args, d, a=axis: np.flip(d, a)  # type: ignore[misc]
            yield Proposal("window-offset", f"what flows through this line is reversed along axis {axis}", flip, 11.0)
            for step in (1, -1):
                roll: Change = lambda g, y, args, d, a=axis, s=step: np.roll(d, s, a)  # type: ignore[misc]
                text = f"what flows through this line is shifted by {step} along axis {axis}"
                yield Proposal("window-offset", text, roll, 11.0)
