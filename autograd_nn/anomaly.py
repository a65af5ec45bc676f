"""The first operation that makes a nan or an inf, forward or backward, with the user's line.  Layer 5; knows the walks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .node import Node
from .place import lines
from .variables import evaluate, name_of, outputs_of
from .walk import pull, reach

__all__ = ["Anomaly", "anomalies"]


@dataclass(frozen=True, slots=True)
class Anomaly:
    """The first nan or inf of a computation.

    where      "input", "forward" or "backward"
    operation  the name of the operation that made it; empty for an argument or Tensor that held it
    code       the user's line, "file:number: text"
    message    what happened, with the numbers; what it means; what to do
    node       the recorded node, whose data, args and inputs can be looked at
    """

    where: str
    operation: str
    code: str
    message: str
    node: Node

    def __repr__(self) -> str:
        return self.message


def anomalies(f: Callable, *xs: Any) -> Anomaly | None:
    """The first operation in f, or in its backward pass, that makes a nan or an inf from finite numbers; None if there is none.

    f    function of numbers, arrays, Values, Tensors, or containers of them, to one or a container of such
    xs   the arguments; every one is differentiated. A nan or inf among them is reported first
    NumPy's warnings are silent meanwhile. An inf that is a constant of f (the -inf of a mask) is not an anomaly; a nan
    constant is, and so is a nan that is made from an inf, by 0 * inf or inf - inf.

    >>> anomalies(lambda x: np.sqrt(x - 1.0) * 2.0, 1.0).where
    'backward'
    >>> anomalies(lambda x: np.sqrt(x), 4.0) is None
    True
    """
    with lines(), np.errstate(all="ignore"):
        tree, variables, result = evaluate(f, xs, {}, range(len(xs)))
        for n, path in zip(variables, tree.paths):
            if not finite(n.data):
                return bad_input(n, f, path)
        outputs = [y for y in outputs_of(f, result).leaves if isinstance(y, Node)]
        order = reach(outputs)[0]
        for n in reversed(order):
            if has_nan(n.data) and any([p is None and has_nan(a) for p, a in zip(n.inputs, n.args)]):
                return bad_constant(n)
            if breaks(n.data, n.args):
                return bad_leaf(n) if n.op is None else bad_forward(n)
        return backward(outputs, order)


def backward(outputs: list[Node], order: list[Node]) -> Anomaly | None:
    """The first rule, in the order of the reverse walk, that makes one from a finite cotangent."""
    outputs = [y for y in outputs if is_float(y.data)]
    seeds = [np.ones_like(y.data) if isinstance(y.data, np.ndarray) else 1.0 for y in outputs]
    cotangents = pull(outputs, seeds, keep=True)
    for n in order:
        g = cotangents.get(n)
        if g is None:
            continue
        if not finite(g):  # and nothing before made it, or we would not be here
            return bad_sum(n, g)
        if n.op is None:
            continue
        for i, (p, rule) in enumerate(zip(n.inputs, n.op.vjps)):
            if p is not None and rule is not None and not finite(cotangents.get(p)):
                d = rule(g, n.data, *n.args)
                if not finite(d):
                    return bad_backward(n, i, g, d)
    return None


def breaks(y: Any, args: tuple) -> bool:
    """Whether y holds an inf that comes from finite arguments, or a nan that comes from arguments without one (inf - inf)."""
    if finite(y):
        return False
    new_nan = has_nan(y) and not any([has_nan(a) for a in args])
    return new_nan or all([finite(a) for a in args])


def is_float(x: Any) -> bool:
    return x.__class__ is float or (isinstance(x, np.ndarray) and x.dtype.kind == "f")


def finite(x: Any) -> bool:
    """Whether x holds no nan and no inf; what holds no floats is finite."""
    return bool(np.all(np.isfinite(x))) if is_float(x) or isinstance(x, np.floating) else True


def has_nan(x: Any) -> bool:
    return is_float(x) and bool(np.any(np.isnan(x)))


def first_bad(x: Any) -> tuple[int, ...]:
    """The place of the first nan, else of the first inf."""
    bad = np.isnan(np.asarray(x)) if has_nan(x) else ~np.isfinite(np.asarray(x))
    return tuple(int(i) for i in np.argwhere(bad)[0])


def at(x: Any, place: tuple[int, ...], shape: tuple[int, ...]) -> str:
    """The number of x at an entry, where x has such entries; else its shape, or itself."""
    if not isinstance(x, np.ndarray):
        return f"{x!r:.40}"
    return f"{float(x[place]):.6g}" if x.shape == shape and x.dtype.kind in "fiub" else f"an array of shape {x.shape}"


def entry(place: tuple[int, ...]) -> str:
    return f" at entry {place}" if place else ""


def code_of(n: Node) -> str:
    return n.where.code if n.where is not None else ""


def bad_input(n: Node, f: Callable, path: str) -> Anomaly:
    place = first_bad(n.data)
    position, _, rest = path[1:].partition("]")
    text = (
        f"argument {position}{rest} of {name_of(f)} holds {np.asarray(n.data)[place]}{entry(place)}, before anything "
        "is computed. Clean the data, or look at the step that made it."
    )
    return Anomaly("input", "", "", text, n)


def bad_leaf(n: Node) -> Anomaly:
    place = first_bad(n.data)
    text = (
        f"a Tensor {n.name!r} of shape {np.shape(n.data)} that the function uses holds "
        f"{np.asarray(n.data)[place]}{entry(place)}. Look at the step that set it."
    )
    return Anomaly("input", "", code_of(n), text, n)


def bad_constant(n: Node) -> Anomaly:
    i = next(i for i, (p, a) in enumerate(zip(n.inputs, n.args)) if p is None and has_nan(a))
    text = (
        f"a constant, argument {i} of {n.op.name}, holds nan{entry(first_bad(n.args[i]))}, in {code_of(n)}. Clean the data, or "
        "look at the step that made it."
    )
    return Anomaly("input", n.op.name, code_of(n), text, n)


def bad_forward(n: Node) -> Anomaly:
    place, shape = first_bad(n.data), np.shape(n.data)
    args = ", ".join([at(a, place, shape) for a in n.args])
    text = (
        f"{n.op.name}({args}) gave {np.asarray(n.data)[place]}{entry(place)}, in {code_of(n)}, and no argument held such a "
        "number. Keep them where the operation is defined and does not overflow, or use a stable form (log_softmax, "
        "log1p, logsumexp)."
    )
    return Anomaly("forward", n.op.name, code_of(n), text, n)


def bad_sum(n: Node, g: Any) -> Anomaly:
    place = first_bad(g)
    what = f"result of {n.op.name}" if n.op is not None else f"leaf {n.name!r}"
    text = (
        f"the cotangents of the {what} of shape {np.shape(n.data)}{', in ' + code_of(n) if code_of(n) else ''} add up to "
        f"{np.asarray(g)[place]}{entry(place)}, though each of them is finite: the sum overflows. Scale the result down."
    )
    return Anomaly("backward", n.op.name if n.op is not None else "", code_of(n), text, n)


def bad_backward(n: Node, i: int, g: Any, d: Any) -> Anomaly:
    place, shape = first_bad(d), np.shape(d)
    args = ", ".join([at(a, place, shape) for a in n.args])
    text = (
        f"the backward pass of {n.op.name}({args}) gave {np.asarray(d)[place]} for argument {i}{entry(place)}, from "
        f"the cotangent {at(g, place, shape)}; forward it was computed in {code_of(n)}. The function has no finite "
        "derivative there. Move the argument away from that point, before the operation (np.where after it does not "
        "help: 0 times inf is nan)."
    )
    return Anomaly("backward", n.op.name, code_of(n), text, n)
