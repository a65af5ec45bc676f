"""Causes on the recorded graph that move numbers about: transposes, axes, sums left out, windows.  Layer 8; knows recordings.

Each is another contribution on one edge, or on all edges of one line that runs several times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import numpy as np

from .causes import Cause
from .paths import Graph
from .proposals import Proposal, fitted, proposed, repeated
from .recording import Change, Edge
from .windows import padded, scattered, stride_causes

__all__ = ["structure_causes"]


def structure_causes(graph: Graph, k: int) -> Iterator[Cause]:
    """Every change of structure on one edge, or on the edges of one line, that explains the active input k."""
    yield from proposed(graph, k, proposals)
    yield from stride_causes(graph, k)


def proposals(graph: Graph, edge: Edge) -> Iterator[Proposal]:
    """What people send along this edge instead, by the operation and by the shapes."""
    n, i = edge
    g, d = graph.arrived[edge]
    if not isinstance(d, np.ndarray) or not isinstance(g, np.ndarray):
        return
    if n.op.name == "matmul":
        yield from products(edge)
    else:
        yield from turned_operands(edge)
    if n.op.kind == "linear" and i == 0:
        yield Proposal("transpose", "the operation itself is applied where its transpose is needed", applied(n.op), 9.0)
    if n.op.name == "index":
        yield from scattered(n.args[1], d.shape)
    if n.op.name == "pad":
        yield from padded(g.shape, d.shape)
    if n.op.name == "reshape":
        order: Change = lambda g, y, args, d: np.reshape(g, d.shape, order="F")
        yield Proposal("transpose", "the numbers are put back into the shape in another order", order, 9.0)
    yield from summed(edge, d.shape)
    yield from turned(d.shape)
    yield from one_slice(edge, g.shape)
    yield from reordered(g, d)


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


def turned_operands(edge: Edge) -> Iterator[Proposal]:
    """Another operand of the same operation taken transposed, or turned round along some of its axes."""
    n, i = edge
    rule = n.op.vjps[i]
    for j, x in enumerate(n.args):
        if j == i or not isinstance(x, np.ndarray) or x.dtype.kind != "f" or x.ndim == 0 or x.size < 2:
            continue
        orders = (
            [o for o in permutations(range(x.ndim)) if tuple([x.shape[a] for a in o]) == x.shape] if x.ndim <= 4 else []
        )
        for order in orders:
            if list(order) != sorted(order):

                def transposed(g: Any, y: Any, args: tuple, d: Any, j: int = j, o: tuple = order) -> Any:
                    return fitted(rule(g, y, *args[:j], args[j].transpose(o), *args[j + 1 :]), d)

                yield Proposal("transpose", "an operand of this line is not transposed as it must be", transposed, 9.0)
        for axes in {(a,) for a in range(x.ndim)} | {tuple(range(x.ndim)), tuple(range(x.ndim))[-2:]}:

            def flipped(g: Any, y: Any, args: tuple, d: Any, j: int = j, a: tuple = axes) -> Any:
                return fitted(rule(g, y, *args[:j], np.flip(args[j], a), *args[j + 1 :]), d)

            text = (
                f"an operand of this line is turned round along axis {', '.join(map(str, axes))}, or not, as it must be"
            )
            yield Proposal("transpose", text, flipped, 10.0)


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


def one_slice(edge: Edge, shape: tuple[int, ...]) -> Iterator[Proposal]:
    """What of all examples only the last, or the first, sends."""
    n, i = edge
    if not shape or shape[0] < 2:
        return
    for place, text in ((-1, "last"), (0, "first")):

        def change(g: Any, y: Any, args: tuple, d: Any, place: int = place) -> Any:
            alone = np.zeros_like(g)
            alone[place] = g[place]
            return fitted(n.op.vjps[i](alone, y, *args), d)

        yield Proposal(
            "overwritten", f"only what comes from the {text} row is kept: all rows must add up (+=)", change, 9.0
        )


def reordered(g: np.ndarray, d: np.ndarray) -> Iterator[Proposal]:
    """Where an operation only puts elements into another order: the same order again, where it must be undone."""
    if not 1 < g.size == d.size <= 4096 or g.shape != d.shape or np.array_equal(g, d) or len(np.unique(g)) < g.size:
        return
    if not np.array_equal(np.sort(g, None), np.sort(d, None)):
        return
    order = np.empty(g.size, int)
    order[np.argsort(d, None)] = np.argsort(g, None)  # d = g[order]
    again: Change = lambda g, y, args, d, o=order: g.ravel()[np.argsort(o)].reshape(d.shape)  # type: ignore[misc]
    yield Proposal("transpose", "the elements are put into this order once more, where it must be undone", again, 8.0)
    same: Change = lambda g, y, args, d: g
    yield Proposal("transpose", "the order in which this line put the elements is not undone", same, 9.0)


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
