r"""The graph in DOT, Graphviz's language: micrograd's picture with names, shapes and constants.  Layer 8; runs no program.

Graphviz reads a label three times: as a quoted string, as text with escapes such as \n and entities such as &lt;, and, in a
record, as fields between { | }.  `label` is the one place that protects text from all three.
"""

from __future__ import annotations

from typing import TypeVar

import graphviz

from .model import Box, Edge, Model
from .wording import caption, details, readable, rows, spread

__all__ = ["RANKDIRS", "digraph"]

RANKDIRS = ("LR", "TB", "BT", "RL")
FONT = "Helvetica,Arial,sans-serif"
FILLS = {"leaf": "#dcebfa", "op": "#ffffff", "constant": "#f0f0f0"}
OUTPUT = "#fdf3d0"
PALE = "#8a8a8a"  # constants, and edges that carry no gradient
COMMUTING = frozenset(("+", "*", "==", "!=", "max", "min"))
SPECIAL = str.maketrans({c: "\\" + c for c in "\\{}|<>"} | {"&": "&amp;"})
TOOLTIP = str.maketrans({"&": "&amp;", "\\": "\N{SET MINUS}"})

Drawing = TypeVar("Drawing", bound=graphviz.Digraph)


def digraph(model: Model, picture: Drawing, rankdir: str | None = None) -> Drawing:
    """Fills `picture` with a record box for each value and an oval for each operation.

    rankdir   where it grows to; None: LR for scalars, as in micrograd, and TB for arrays, whose boxes are wide
    """
    if rankdir is None:
        rankdir = "LR" if model.scalar else "TB"
    elif rankdir not in RANKDIRS:
        raise ValueError(
            f"rankdir is {rankdir!r}. A picture grows in one of four directions: {', '.join(RANKDIRS)}. "
            "LR goes from left to right, TB from top to bottom."
        )
    about = {"rankdir": rankdir, "bgcolor": "white", "fontname": FONT, "nodesep": "0.2", "ranksep": "0.22"}
    if lines := caption(model):
        about |= {"label": label(lines), "labelloc": "t", "fontsize": "12", "fontcolor": "#a04000"}
    picture.graph_attr.update(about)
    picture.node_attr.update(
        fontname=FONT, fontsize="11", height="0.3", width="0.3", margin="0.08,0.04", style="filled"
    )
    picture.edge_attr.update(arrowsize="0.6")
    for box in model.boxes:
        add_value(picture, box, box.id in model.outputs)
        if box.kind == "op":
            add_operation(picture, box)
    for edge in model.edges:
        add_edge(picture, model, edge)
    return picture


def add_value(picture: graphviz.Digraph, box: Box, output: bool) -> None:
    """The box of a value: name | data | grad, one below the other."""
    lines = [readable(box.name)] if box.name else []
    lines += rows(box)
    if box.grad is not None:
        lines.append(f"grad {spread(box.grad)}")
    look = {"shape": "record", "fillcolor": OUTPUT if output else FILLS[box.kind]}
    if output:
        look["penwidth"] = "2"
    if box.kind == "constant":
        look |= {"color": PALE, "fontsize": "10"}
    upright = picture.graph_attr.get("rankdir") in ("TB", "BT")
    fields = " | ".join([label([line]) for line in lines])
    picture.node(
        str(box.id), graphviz.nohtml(f"{{{fields}}}" if upright else fields), tooltip=tooltip(details(box)), **look
    )


def add_operation(picture: graphviz.Digraph, box: Box) -> None:
    """The oval of an operation, with the edge to its value."""
    oval = f"{box.id}op"
    text = [readable(box.sign)] + ([f"{box.hidden} left out"] if box.hidden else [])
    look = {"style": "filled,dashed"} if box.hidden else {}
    if (
        box.sign not in COMMUTING
    ):  # arguments in their order; where it does not matter, dot finds a layout with fewer crossings
        look["ordering"] = "in"
    picture.node(
        oval, label(text), shape="oval", fillcolor="white", margin="0.03,0.02", width="0.4", tooltip=box.op, **look
    )
    picture.edge(oval, str(box.id))


def add_edge(picture: graphviz.Digraph, model: Model, edge: Edge) -> None:
    """From a value into the operation that uses it; dashed where no gradient comes back although something could."""
    constant = model.boxes[edge.source].kind == "constant"
    look = {} if edge.flows else {"color": PALE} if constant else {"color": PALE, "style": "dashed"}
    picture.edge(str(edge.source), f"{edge.target}op", **look)


def label(lines: list[str]) -> str:
    """Lines of any text as a label that reads exactly so."""
    return graphviz.nohtml("\\n".join([readable(line, None).translate(SPECIAL) for line in lines]))


def tooltip(lines: list[str]) -> str:
    r"""The same for what a mouse shows: dot 2.43 reads escapes in it twice and newer ones once, so \ becomes a sign like it."""
    return graphviz.nohtml("\\n".join([readable(line, None).translate(TOOLTIP) for line in lines]))
