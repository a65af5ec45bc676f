"""Graph: what ag.graph returns, to look at in a terminal, a notebook or a file.  Layer 8, last in draw/; draws nothing itself."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import user_line
from ..files import write
from ..node import Node
from ..trees import flatten
from ..walk import reach
from .dot import digraph
from .model import Model, build, plain
from .program import Picture, rendered
from .text import tree

__all__ = ["Graph", "draw_dot", "graph"]

IN_NOTEBOOK = 150  # boxes: a larger picture is slow to lay out and too wide to read


def graph(y: Any, names: Any = None, *, max_nodes: int = 2000) -> Graph:
    """The computation graph behind y, to look at: print it, show it in a notebook, save it as a picture.

    y           a Value or Tensor, or a list of several
    names       {name: node or array}, which win over the nodes' own names; a model gives its parameters their paths. Names
                that begin with _, and anything else, are passed over, so names=locals() works
    max_nodes   int > 0: of a larger graph, pictures show so many nodes, the nearest to y, and say so
    returns     a Graph. It keeps y, not a copy: after y.backward() it shows the gradients
    Raises TypeError for plain data, which has no graph.

    >>> x = Value(3.0, name="x")
    >>> y = x * x + 1
    >>> y.backward()
    >>> print(graph(y, names={"y": y}))
    y = +  data 10  grad 1
    ├─ *  data 9  grad 1
    │  ├─ #0  x  data 3  grad 6
    │  └─ ^0 x (above)
    └─ constant  1
    """
    outputs: list = [None] if y is None else flatten(y).leaves
    if not outputs:
        raise ValueError(
            f"graph got an empty list, at {user_line()}. Expected at least one Value or Tensor. Pass the output."
        )
    for output in outputs:
        if not isinstance(output, Node):
            raise TypeError(
                f"graph got {type(output).__name__} {output!r:.60}, at {user_line()}. Plain data has no graph; expected "
                "a Value or Tensor, or a list of them. Compute it from Value(...) or Tensor(...)."
            )
    if isinstance(max_nodes, bool) or not isinstance(max_nodes, int) or max_nodes < 1:
        raise ValueError(
            f"graph got max_nodes={max_nodes!r:.60}, at {user_line()}. Expected the largest number of nodes to draw, at "
            "least 1. Pass for example max_nodes=500."
        )
    return Graph(outputs, of_modules(outputs) | known(names), max_nodes)


def of_modules(outputs: list[Node]) -> dict[int, tuple[str, Any]]:
    """The paths of the parameters of every Module that ran, by id: weights carry their names without anybody giving them."""
    modules = {
        id(n.where.owners[0]): n.where.owners[0] for n in reach(outputs)[0] if n.where is not None and n.where.owners
    }
    found: dict[int, tuple[str, Any]] = {}
    for module in modules.values():
        if hasattr(module, "parameters"):
            found |= {id(p): (path, p) for path, p in module.parameters().items()}
    return found


def draw_dot(root: Node, format: str = "svg", rankdir: str = "LR") -> Picture:  # noqa: A002  # micrograd's signature
    """micrograd's drawing function: a graphviz.Digraph of everything that `root` was computed from.

    root      a Value or Tensor;  format: what `.render()` writes, such as "svg" or "png"
    rankdir   "LR": inputs on the left; "TB": inputs at the top
    It works without Graphviz's program `dot`; only rendering needs it, and raises MissingProgram without.

    >>> print(draw_dot(Value(2.0, name="a")).source.splitlines()[-2].strip())
    0 [label="a | data 2" fillcolor="#fdf3d0" penwidth=2 shape=record tooltip="a = leaf\\nvalue: 2.0"]
    """
    return graph(root).to_graphviz(rankdir, format)


class Graph:
    """The graph behind some outputs.  It holds the nodes, so what it shows is their present state; see `graph`."""

    def __init__(self, outputs: list[Node], names: dict[int, tuple[str, Any]], max_nodes: int) -> None:
        self.outputs, self.names, self.max_nodes = outputs, names, max_nodes

    def model(self) -> Model:
        """The graph as plain data, a snapshot: boxes and edges in the order of creation."""
        return build(self.outputs, {key: name for key, (name, _) in self.names.items()}, self.max_nodes)

    def text(self, width: int | None = None, max_lines: int | None = 400) -> str:
        """A tree of lines: outputs first, below each value what it was computed from.

        width       columns to cut lines to (default: not cut);  max_lines: where to stop, None for never
        A value that is used several times has its lines once, with a number: #3, and is named ^3 elsewhere.
        """
        return tree(self.model(), width, max_lines)

    def to_graphviz(self, rankdir: str | None = None, format: str = "svg") -> Picture:  # noqa: A002  # Graphviz's word
        """The picture as a graphviz.Digraph; `.source` is its DOT text.

        rankdir   "LR", "TB", "BT" or "RL", else ValueError (default: LR for Values as in micrograd, TB for Tensors)
        """
        return digraph(self.model(), Picture("graph", format=format), rankdir)

    def svg(self, rankdir: str | None = None) -> str:
        """The picture as SVG text, laid out by Graphviz's program `dot`; raises MissingProgram where that is not installed."""
        return rendered(self.to_graphviz(rankdir), "svg").decode("utf-8")

    def save(self, path: str | os.PathLike) -> Path:
        """Write the picture to a file, whole or not at all; its suffix says how: .svg .pdf .png (by `dot`), .dot .json .txt.

        Returns the path. Raises ValueError for another suffix, MissingProgram where dot is needed and not installed,
        PermissionError for a write-protected path.
        """
        path = Path(path)
        maker = WRITERS.get(path.suffix.lower())
        if maker is None:
            raise ValueError(
                f"save got {path.name!r}, at {user_line()}; its suffix {path.suffix!r} names no kind of file that is known "
                f'here. Expected one of {" ".join(WRITERS)}. Write for example g.save("{path.stem or "graph"}.svg").'
            )
        write(path, maker(self))
        return path

    def __repr__(self) -> str:
        return self.text()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        model = self.model()
        bundle = {"text/plain": tree(model)}
        boxes = len(model.boxes)
        if boxes > IN_NOTEBOOK:
            bundle["text/plain"] += (
                f'\n({boxes:,} boxes are too many for a picture here; g.save("graph.svg") draws them)'
            )
            return bundle
        try:
            bundle["image/svg+xml"] = rendered(digraph(model, Picture("graph")), "svg").decode("utf-8")
        except (RuntimeError, OSError) as error:
            bundle["text/plain"] += f"\n(no picture: {error})"
        return bundle


def as_json(g: Graph) -> bytes:
    return json.dumps(plain(g.model()), indent=1, allow_nan=False).encode("utf-8") + b"\n"


WRITERS: dict[str, Callable[[Graph], bytes]] = {
    ".svg": lambda g: rendered(g.to_graphviz(), "svg"),
    ".pdf": lambda g: rendered(g.to_graphviz(), "pdf"),
    ".png": lambda g: rendered(g.to_graphviz(), "png"),
    ".dot": lambda g: g.to_graphviz().source.encode("utf-8"),
    ".json": as_json,
    ".txt": lambda g: g.text(max_lines=None).encode("utf-8") + b"\n",
}


def known(names: Any) -> dict[int, tuple[str, Any]]:
    """id -> (name, node or array) for everything in `names` that a graph can contain; the first name wins."""
    if names is None:
        return {}
    if hasattr(names, "parameters"):
        names = names.parameters()
    if not isinstance(names, dict):
        raise TypeError(
            f"graph got names={type(names).__name__} {names!r:.60}, at {user_line()}. Expected a dict from names to nodes "
            'or arrays, or a model. Write for example names={"x": x, "loss": loss}.'
        )
    found: dict[int, tuple[str, Any]] = {}
    for name, x in names.items():
        if isinstance(x, Node | np.ndarray) and not str(name).startswith("_"):
            found.setdefault(id(x), (str(name), x))
        elif hasattr(x, "parameters") and not isinstance(x, type):
            for path, parameter in x.parameters().items():
                found.setdefault(id(parameter), (f"{name}.{path}", parameter))
    return found
