"""What the author calls a recorded value: the variable that their line assigns.  Layer 8; knows source lines."""

from __future__ import annotations

import ast
import linecache
from typing import Any

from ..node import Node

__all__ = ["called"]


def called(graph: Any, n: Node) -> str:
    """The name of a value in the user's code, or a description of it.

    graph   the Graph of paths.py, which uses this
    """
    for k, leaf in enumerate(graph.recording.leaves):
        if n is leaf:
            return f"`{graph.trial.name(k)}`"
    name = assigned(n) if is_whole(graph, n) else ""
    return (
        f"`{name}`"
        if name
        else f"the result of {n.op.name}" + (f" in line {n.where.line}" if n.where is not None else "")
    )


def is_whole(graph: Any, n: Node) -> bool:
    """Whether n is what its line computes in the end, as far as the graph tells."""
    return not any([m.inputs[i] is n and same_line(m, n) for m, i in graph.edges])


def same_line(m: Node, n: Node) -> bool:
    return m.where is not None and n.where is not None and (m.where.file, m.where.line) == (n.where.file, n.where.line)


def assigned(n: Node) -> str:
    """The one name that the line of n assigns, or ""."""
    if n.where is None or n.where.file is None or n.where.line is None:
        return ""
    try:
        statements = ast.parse(linecache.getline(n.where.file, n.where.line).strip()).body
    except SyntaxError:  # a line of several
        return ""
    match statements:
        case [ast.Assign(targets=[ast.Name(id=name)])] | [ast.AnnAssign(target=ast.Name(id=name))]:
            return name
        case [ast.Assign(targets=[ast.Attribute(attr=name)])]:
            return name
    return ""
