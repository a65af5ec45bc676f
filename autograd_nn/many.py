"""Both walks for many directions at once: cotangents and tangents with one more axis in front.  Layer 3; knows nodes and rules.

An elementwise rule is right for a stack of cotangents as it stands, since shapes align from the right.  Any other operation says
how its arguments look for arrays with one more axis in front (`leading` of its record); where it does not, its rule runs once
for each direction and the results are stacked, for that operation alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .node import Node
from .op import data_of, ndim_of, shape_of
from .ops.joining import join
from .ops.reduce import sum
from .ops.shape import astype, broadcast_to, expand_dims, reshape
from .several import Bundle, Parts, picks
from .walk import reach, tangent

__all__ = ["pull_many", "push_many", "room"]

ENTRIES = 2**17  # of a stack of directions: 1 MB of float64 stays in a core's own cache


def room(outputs: Sequence[Node], oldest: int) -> int:
    """How many directions fit into one pass over this graph."""
    return max(1, ENTRIES // max([size(n.data) for n in reach(outputs, oldest)[0]], default=1))


def size(x: Any) -> int:
    """The count of numbers of an array or of a tuple of arrays, at least 1."""
    return max([1, *[part.size for part in (x if isinstance(x, tuple) else (x,))]])


def pull_many(output: Node, seeds: Any, wrt: Sequence[Node], record: bool) -> dict[Node, Any]:
    """As walk.pull for one output, where seeds and cotangents have an axis of directions in front."""
    ends, count = frozenset(wrt), len(seeds)
    order, cot = reach((output,), min([w.index for w in ends]))
    cot[output] = seeds
    found = {}
    for n in order:
        g = cot.pop(n)
        if g is None:
            continue
        if n.op is None or n in ends:
            if n in ends:
                found[n] = g
            continue
        for i, (p, rule) in enumerate(zip(n.inputs, n.op.vjps)):
            if p in cot and rule is not None:
                d = cotangents(n, i, rule, g, count, record)
                cot[p] = d if (c := cot[p]) is None else c + d
    return found


def push_many(variable: Node, tangents: Any, outputs: Sequence[Node], record: bool) -> list:
    """As walk.push from one variable, where tangents have an axis of directions in front."""
    dot, count = {variable: tangents}, len(tangents)
    for n in reversed(reach(outputs, variable.index)[0]):
        if n.op is None or n in dot:
            continue
        ts = [dot.get(p) for p in n.inputs]
        if any([t is not None for t in ts]):
            t = moved(n, ts, count, record)
            if t is not None:
                dot[n] = t
    return [dot.get(n) for n in outputs]


def cotangents(n: Node, i: int, rule: Callable, g: Any, count: int, record: bool) -> Any:
    """One rule applied to all cotangents of a node."""
    y, args = (n, n.operands()) if record else (n.data, n.args)
    p = n.inputs[i]
    if n.op.kind == "elementwise":
        return fit_many(rule(g, y, *args), p, count)
    led = carried(n.op, y, args, count)
    if led is None:
        return stacked([fit_many(lead(rule(one(g, k), y, *args)), p, 1) for k in range(count)])
    ys, arrays = led
    if not isinstance(g, Parts) and shape_of(g) != shape_of(ys):
        g = reshape(g, shape_of(ys))
    d = rule(g, ys, *arrays)
    if not isinstance(d, Parts) and math.prod(shape_of(arrays[i])) == count * p.data.size:
        d = reshape(stretched(d, shape_of(arrays[i])), (count, *p.data.shape))  # without axes of size 1 that came in
    return fit_many(d, p, count)


def moved(n: Node, ts: list, count: int, record: bool) -> Any:
    """The tangents of a node from those of its inputs."""
    y, args = (n, n.operands()) if record else (n.data, n.args)
    if n.op.kind == "elementwise":
        aligned = [pad_axes(t, n.data.ndim, count) for t in ts]
        return fit_many(tangent(n.op, aligned, y, args), n, count)
    led = carried(n.op, y, args, count)
    if led is not None:
        ys, arrays = led
        return fit_many(tangent(n.op, [align(t, a, count) for t, a in zip(ts, arrays)], ys, arrays), n, count)
    each = [tangent(n.op, [t if t is None else one(t, k) for t in ts], y, args) for k in range(count)]
    return None if any([t is None for t in each]) else stacked([fit_many(lead(t), n, 1) for t in each])


def carried(op: Any, y: Any, args: tuple, count: int) -> tuple | None:
    """(y, arguments) for arrays with the axis of directions in front, or None where the operation cannot take it along."""
    led = op.leading and op.leading(count, *args)
    if led is None:
        return None
    if len(led) > len(args):  # the shape of y, where axes of size 1 came into it
        y = reshape(y, led[-1])
    return repeated(y, count), tuple([a if rule is None else repeated(a, count) for a, rule in zip(led, op.vjps)])


def repeated(x: Any, count: int) -> Any:
    """An array, or each of a tuple, repeated along a new first axis; a view where nothing is recorded."""
    if isinstance(x, tuple | Bundle):
        return tuple([repeated(part, count) for part in picks(x)])
    if isinstance(x, Node):
        return broadcast_to(x, (count, *shape_of(x)))
    return np.broadcast_to(x, (count, *np.shape(x)))


def one(g: Any, k: int) -> Any:
    """The k-th direction."""
    if isinstance(g, Parts):
        return Parts({place: part[k] for place, part in g.given.items()})
    return tuple([part[k] for part in g]) if isinstance(g, tuple) else g[k]


def lead(d: Any) -> Any:
    """A derivative in one direction as a stack of one."""
    if isinstance(d, Parts):
        return Parts({place: expand_dims(part, 0) for place, part in d.given.items()})
    return tuple([expand_dims(part, 0) for part in d]) if isinstance(d, tuple) else expand_dims(d, 0)


def stacked(each: list) -> Any:
    """Stacks of one as one stack."""
    if isinstance(each[0], Parts):
        return Parts({place: join(0, *[d.given[place] for d in each]) for place in each[0].given})
    if isinstance(each[0], tuple):
        return tuple([join(0, *parts) for parts in zip(*each)])
    return join(0, *each)


def align(t: Any, argument: Any, count: int) -> Any:
    """The tangents of an argument that may have got axes of size 1; those of several results as they are."""
    if t is None or isinstance(t, tuple):
        return t
    shape = shape_of(argument)
    same = math.prod(shape) == math.prod(shape_of(t))
    return reshape(t, shape) if same else pad_axes(t, len(shape) - 1, count)


def pad_axes(t: Any, axes: int, count: int) -> Any:
    """A stack of tangents whose arrays get axes of size 1 in front until they have `axes`, as broadcasting means it."""
    if t is None:
        return None
    missing = axes + 1 - ndim_of(t)
    return t if missing <= 0 else reshape(t, (count, *[1] * missing, *shape_of(t)[1:]))


def fit_many(d: Any, like: Node, count: int) -> Any:
    """ops.fit behind the first axis: cotangents or tangents `d` with the shape and dtype of the node `like`."""
    x = like.data
    if d is None or x.__class__ is not np.ndarray:
        return d
    shape = (count, *x.shape)
    if shape_of(d) != shape:
        same = math.prod(shape_of(d)) == math.prod(shape)
        d = reshape(d, shape) if same else stretched(d, shape)
    dtype = data_of(d).dtype
    return astype(d, x.dtype) if dtype != x.dtype and x.dtype.kind == "f" else d


def stretched(d: Any, shape: tuple[int, ...]) -> Any:
    """A stack summed, behind its first axis, over what broadcasting had repeated, and repeated to `shape` where it is smaller."""
    if shape_of(d) == shape:
        return d
    d = pad_axes(d, len(shape) - 1, shape[0])
    extra = ndim_of(d) - len(shape)
    if extra:
        d = sum(d, tuple(range(1, 1 + extra)))
    axes = tuple([i for i, (m, n) in enumerate(zip(shape_of(d), shape)) if n == 1 and m != 1])
    if axes:
        d = sum(d, axes, True)
    return d if shape_of(d) == shape else broadcast_to(d, shape)
