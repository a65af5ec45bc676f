"""Both walks over the graph: reverse (pull) and forward (push).  Layer 3; knows nodes and rules, not which operations exist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from .node import Node
from .ops.shape import fit

__all__ = ["own", "pull", "push", "reach", "tangent"]

by_index = attrgetter("index")


def reach(roots: Sequence[Node], oldest: int = 0) -> tuple[list[Node], dict[Node, Any]]:
    """The nodes that `roots` depend on, newest first, back to index `oldest`; and {node: None} over them.

    A node is younger than all of its inputs, so sorting by index is a topological order without recursion, and `oldest`
    cuts off everything that existed before without a search.
    """
    seen: dict[Node, Any] = dict.fromkeys(roots)
    found = list(seen)
    for n in found:  # `found` grows while we read it
        for p in n.inputs:
            if p is not None and p not in seen and p.index >= oldest:
                seen[p] = None
                found.append(p)
    found.sort(key=by_index, reverse=True)
    return found, seen


def pull(
    outputs: Sequence[Node],
    seeds: Sequence,
    wrt: Sequence[Node] | None = None,
    record: bool = False,
    keep: bool = False,
) -> dict[Node, Any]:
    """Reverse walk: {leaf: sum_k seeds[k]^T d outputs[k] / d leaf}, each of the leaf's shape and dtype.

    wrt     the nodes to stop at (default: every leaf); of two that depend on each other, the newer hides the older
    record  run the rules on nodes instead of their data: the cotangents are a graph again and can be differentiated
    keep    return the cotangent of every node on the way, not of the leaves alone (None where none arrived)
    """
    ends = () if wrt is None else frozenset(wrt)
    order, cot = reach(outputs, min([w.index for w in ends], default=0))  # cot: node -> cotangent so far
    for n, s in zip(outputs, seeds):
        cot[n] = s if cot[n] is None else cot[n] + s
    take = cot.__getitem__ if keep else cot.pop  # popped when consumed, or the memory peak doubles
    result = cot if keep else {}
    for n in order:
        g, op = take(n), n.op
        if g is None:
            continue
        if op is None or n in ends:
            if wrt is None or n in ends:
                result[n] = g
            continue
        inputs, y, xs = (n.inputs, n, n.operands()) if record else (n.inputs, n.data, n.args)
        if len(inputs) == 2:  # this stanza and the next unroll the last one, which costs scalars twice as much
            (p, q), (x, z), (r, s) = inputs, xs, op.vjps
            if p in cot and r is not None:
                d = r(g, y, x, z)
                if d.__class__ is not float:
                    d = fit(d, p)
                cot[p] = d if (c := cot[p]) is None else c + d
            if q in cot and s is not None:
                d = s(g, y, x, z)
                if d.__class__ is not float:
                    d = fit(d, q)
                cot[q] = d if (c := cot[q]) is None else c + d
        elif len(inputs) == 1:
            (p,) = inputs
            if p in cot and (r := op.vjps[0]) is not None:
                d = r(g, y, xs[0])
                if d.__class__ is not float:
                    d = fit(d, p)
                cot[p] = d if (c := cot[p]) is None else c + d
        else:
            for p, r in zip(inputs, op.vjps):
                if p in cot and r is not None:
                    d = fit(r(g, y, *xs), p)
                    cot[p] = d if (c := cot[p]) is None else c + d
    return result


def push(inputs: Sequence[Node], tangents: Sequence, outputs: Sequence[Node], record: bool = False) -> list:
    """Forward walk: d outputs / d inputs applied to `tangents`, over the graph already recorded; None means zero.

    It walks a recorded graph, so unlike a one-pass forward mode it holds the whole graph in memory.
    """
    dot = dict(zip(inputs, tangents))
    for n in reversed(reach(outputs, min([n.index for n in inputs], default=0))[0]):
        if n.op is None or n in dot:
            continue
        ts = [dot.get(p) for p in n.inputs]
        if any([t is not None for t in ts]):
            t = tangent(n.op, ts, n if record else n.data, n.operands() if record else n.args)
            if t is not None:
                dot[n] = fit(t, n)
    return [dot.get(n) for n in outputs]


def tangent(op: Any, ts: list, y: Any, args: tuple) -> Any:
    """The Jacobian of one operation times the tangents of its arguments."""
    if op.kind == "elementwise":  # a diagonal Jacobian is its own transpose, so the vjp rules serve
        total = None
        for t, r in zip(ts, op.vjps):
            if t is not None and r is not None:
                d = r(t, y, *args)
                total = d if total is None else total + d
        return total
    if op.kind == "linear":
        return op.function(ts[0], *args[1:])
    return None if op.kind == "nondifferentiable" else op.jvp(ts, y, *args)


def own(derivatives: Iterable) -> list:
    """Plain derivatives, each in an array of its own: rules may hand one array, or views of it, to several inputs."""
    seen: set[int] = set()
    owned = []
    for d in derivatives:
        if isinstance(d, np.ndarray):
            if d.base is not None or id(d) in seen:
                d = d.copy()
            seen.add(id(d))
        owned.append(d)
    return owned
