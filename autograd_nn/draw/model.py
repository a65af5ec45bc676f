"""The graph as plain data: boxes and edges in the order of creation, read off the nodes.  Layer 8; knows no picture.

Every picture (text, DOT, JSON and what comes later) reads this model and nothing else; only this file reads nodes.  A model is
a snapshot: it holds numbers, not nodes.  Identifiers are positions, so the same program gives the same model in every run.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from ..node import Node
from ..op import Op, data_of
from ..walk import reach
from .numbers import Numbers, summary

__all__ = ["SCHEMA_VERSION", "Box", "Edge", "Model", "build", "plain"]

SCHEMA_VERSION = 1  # of the JSON; grows when a field changes its meaning or goes

Phase = Literal["before", "elsewhere", "leaves", "all"]


@dataclass(frozen=True, slots=True)
class Box:
    """One value of the graph, with the operation that made it.

    id      its position in Model.boxes; inputs have smaller ids than what is computed from them
    kind    leaf: differentiated, made by the user; op: the result of an operation; constant: plain data, never differentiated
    name    the user's, or ""
    op      the name of the operation, and `sign`: what a picture shows, with its settings, such as "**2" or "sum axis=1"
    value   the numbers that went into the graph; for a leaf that was rebound since, `now` has those of today
    grad    the gradient, or None: not computed, or not kept, or none flows
    flows   whether a gradient can arrive here: False for constants, booleans and integers
    hidden  how many of its inputs were left out to keep the model small
    """

    id: int
    kind: Literal["leaf", "op", "constant"]
    name: str
    op: str
    sign: str
    value: Numbers
    grad: Numbers | None
    now: Numbers | None
    flows: bool
    hidden: int


@dataclass(frozen=True, slots=True)
class Edge:
    """Box `source` is argument number `argument` of the operation of box `target`; flows: whether a gradient goes back."""

    source: int
    target: int
    argument: int
    flows: bool


@dataclass(frozen=True, slots=True)
class Model:
    """A graph.

    outputs   the ids that the picture was asked for
    total     how many recorded nodes the graph has; fewer boxes than that: it was cut, farthest from the outputs first
    phase     before: no gradient anywhere; elsewhere: leaves have gradients, but not from these outputs; leaves: a backward pass
              that kept the gradients of leaves only; all: gradients everywhere
    """

    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    outputs: tuple[int, ...]
    total: int
    phase: Phase

    @property
    def shown(self) -> int:
        """How many of the recorded nodes have a box; constants are not counted."""
        return sum([box.kind != "constant" for box in self.boxes])

    @property
    def scalar(self) -> bool:
        """Whether this is a graph of Values, not of Tensors."""
        return any([box.value.shape is None and box.kind != "constant" for box in self.boxes])

    @property
    def left_out(self) -> int:
        return self.total - self.shown


def build(outputs: Sequence[Node], names: dict[int, str], max_nodes: int) -> Model:
    """The model of everything that `outputs` depend on, or of the `max_nodes` nodes nearest to them.

    names   id(node or array) -> name; wins over a node's own name
    """
    found, seen = reach(outputs)  # newest first; `seen` in order of distance from the outputs
    phase = phase_of(found, outputs)
    kept = found if len(found) <= max_nodes else nearest(seen, max(max_nodes, len(set(outputs))))
    rebound = values_in_use(kept)
    boxes: list[Box] = []
    edges: list[Edge] = []
    number: dict[int, int] = {}  # id(node or array) -> id of its box
    inside = {id(n) for n in kept}
    for n in reversed(kept):
        sources, hidden = [], 0
        for i, (p, a, rule) in enumerate(zip(n.inputs, n.args, rules(n))):
            if p is not None and id(p) not in inside:
                hidden += 1
            elif p is not None:
                sources.append((number[id(p)], i, rule is not None))
            elif not is_setting(n.op, i, a):
                if id(a) not in number or a.__class__ is not np.ndarray:
                    number[id(a)] = len(boxes)
                    boxes.append(constant(len(boxes), names.get(id(a), ""), a))
                sources.append((number[id(a)], i, False))
        number[id(n)] = len(boxes)
        edges += [Edge(source, len(boxes), i, flows) for source, i, flows in sources]
        name, grad = names.get(id(n), n.name or ""), None if phase == "before" else gradient(n)
        boxes.append(box_of(n, len(boxes), name, rebound.get(id(n), n.data), grad, hidden))
    ids = [number[id(y)] for y in dict.fromkeys(outputs)]
    return Model(tuple(boxes), tuple(edges), tuple(ids), len(found), phase)


def nearest(seen: dict[Node, Any], count: int) -> list[Node]:
    """The first `count` nodes of a search from the outputs, newest first."""
    return sorted(list(seen)[:count], key=lambda n: n.index, reverse=True)


def rules(n: Node) -> tuple:
    return n.op.vjps if n.op is not None else ()


def values_in_use(nodes: Sequence[Node]) -> dict[int, Any]:
    """id(leaf) -> the data that the graph was computed with: a leaf may have been rebound since, by an optimiser for example."""
    return {id(p): a for n in nodes for p, a in zip(n.inputs, n.args) if p is not None and not p.inputs}


def box_of(n: Node, number: int, name: str, used: Any, grad: Numbers | None, hidden: int) -> Box:
    """The box of a recorded node."""
    flows = n.data.__class__ in (float, tuple) or n.data.dtype.kind == "f"
    same = used is n.data or (used.__class__ is float and repr(used) == repr(n.data))
    kind: Literal["leaf", "op"] = "op" if n.inputs else "leaf"
    op, text = (n.op.name, sign(n)) if n.inputs else ("", "")
    return Box(number, kind, str(name), op, text, summary(used), grad, None if same else summary(n.data), flows, hidden)


def constant(number: int, name: str, data: Any) -> Box:
    data = data if data.__class__ is np.ndarray else float(data)
    return Box(number, "constant", str(name), "", "", summary(data), None, None, False, 0)


def gradient(n: Node) -> Numbers | None:
    """The summary of n's gradient, which a user may have set to any number or recorded node."""
    g = data_of(n.grad)
    return None if g is None else summary(float(g) if n.data.__class__ is float else g)


def phase_of(nodes: Sequence[Node], outputs: Sequence[Node]) -> Phase:
    """How far differentiation has come; a Value's grad is 0.0 before any backward pass, a Tensor's is None."""
    filled = [n for n in nodes if arrived(n)]
    if not filled:
        return "before"
    inner = [n for n in filled if n.inputs]
    if not inner and all([y.data.__class__ is float and y.inputs for y in outputs]):
        return "elsewhere"
    return "all" if inner or not any([n.inputs for n in nodes]) else "leaves"


def arrived(n: Node) -> bool:
    return n.grad is not None and not (n.data.__class__ is float and n.grad == 0)


def is_setting(op: Op, i: int, a: Any) -> bool:
    """Whether argument i is part of what the operation does (an axis, an exponent, a key) instead of a constant that goes in."""
    if op.vjps[i] is not None or a.__class__ is np.ndarray:
        return False
    if not isinstance(a, int | float | np.generic):
        return True
    return (
        op.kind != "nondifferentiable" or parameters(op)[i][1] is not inspect.Parameter.empty
    )  # x > 0.5 compares with a box


def sign(n: Node) -> str:
    """What a picture shows for the operation of n: its symbol, and the settings that differ from their defaults."""
    op = n.op
    symbol = op.symbol or op.name
    settings = []
    for i, (p, a) in enumerate(zip(n.inputs, n.args)):
        if p is None and is_setting(op, i, a):
            name, default = parameters(op)[i]
            if default is inspect.Parameter.empty:
                settings.append(setting(a))
            elif not (a is default or (a.__class__ is default.__class__ and a == default)):
                settings.append(f"{name}={setting(a)}")
    text = ", ".join(settings)
    if symbol.startswith("["):  # x[key] is written with the key between the brackets, a tuple without its own
        return f"[{text.removeprefix('(').removesuffix(')')}{symbol[1:]}"
    return symbol + text if not symbol[0].isalpha() else f"{symbol} {text}".strip()


def parameters(op: Op) -> list[tuple[str, Any]]:
    """(name, default) of each argument of an operation; not cached, as a checkpoint's record holds a graph."""
    if op.function is None:
        return [("", inspect.Parameter.empty)] * len(op.vjps)
    return [(p.name, p.default) for p in inspect.signature(op.function).parameters.values()]


def setting(a: Any) -> str:
    """An argument that is no data: an axis, an exponent, a key."""
    if isinstance(a, slice):
        ends = ["" if x is None else str(x) for x in (a.start, a.stop, a.step)]
        return ":".join(ends if a.step is not None else ends[:2])
    if isinstance(a, np.ndarray):
        return f"{a.dtype}{list(a.shape)}" if a.size > 4 else str(a.tolist())
    if isinstance(a, list):
        return str(a) if len(a) <= 4 else f"list of {len(a)}"
    if isinstance(a, tuple):
        inner = ", ".join([setting(x) for x in a])
        return f"({inner}{',' if len(a) == 1 else ''})"
    if isinstance(a, type) and issubclass(a, np.generic):
        return a.__name__
    return "..." if a is Ellipsis else f"{a:.4g}" if isinstance(a, float) else str(a)


def plain(model: Model) -> dict[str, Any]:
    """The model as lists, strings and numbers for JSON; nan and inf are strings, since JSON has no numbers for them."""
    return {"schema_version": SCHEMA_VERSION, "left_out": model.left_out} | writable(asdict(model))


def writable(x: Any) -> Any:
    """x with tuples as lists and without numbers that JSON does not know."""
    if isinstance(x, dict):
        return {key: writable(part) for key, part in x.items()}
    if isinstance(x, list | tuple):
        return [writable(part) for part in x]
    return str(x) if isinstance(x, float) and not math.isfinite(x) else x
