"""The recorded graph of one value as one formula in NumPy's notation.  Layer 6; knows templates, no operation.

Formulas are syntax trees until the end, so that Python itself puts the brackets.
"""

from __future__ import annotations

import ast
import functools
import math
from collections.abc import Mapping
from types import EllipsisType
from typing import Any

import numpy as np

from .node import Node
from .op import Op
from .walk import reach

__all__ = ["constant", "expression", "written"]

FEW = 4  # equal numbers that are written out


def expression(y: Any, names: Mapping[Node, str]) -> str:
    """The formula of y in the nodes that have a name; other leaves and constants are written as their numbers.

    For graphs of at most a few hundred operations in a row: what is used twice is written twice.

    >>> from autograd_nn import Tensor
    >>> x, z = Tensor(2.0), Tensor(3.0)
    >>> expression((x + z) * x**2, {x: "x", z: "z"})
    '(x + z) * x ** 2'
    """
    if not isinstance(y, Node):
        return ast.unparse(constant(y))
    formulas: dict[Node, ast.expr] = {n: parsed(name) for n, name in names.items()}
    for n in reversed(reach((y,))[0]):
        if n not in formulas:
            args = [constant(a) if p is None else formulas[p] for p, a in zip(n.inputs, n.args)]
            formulas[n] = constant(n.data) if n.op is None else written(n.op, args)
    return ast.unparse(formulas[y])


def written(op: Op, args: list[ast.expr]) -> ast.expr:
    """The formula of one operation on the formulas of its arguments."""
    slots = {f"slot{i}": a for i, a in enumerate(args)}
    return Filled(slots).visit(parsed(op.source.format(*slots)))


class Filled(ast.NodeTransformer):
    """Puts formulas in the places of names."""

    def __init__(self, slots: dict[str, ast.expr]) -> None:
        self.slots = slots

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.slots.get(node.id, node)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        node.args = [called(a) for a in node.args]
        return node


def called(a: ast.expr) -> ast.expr:
    """An index key as an argument of a function: colons are for brackets only."""
    if isinstance(a, ast.Slice):
        return ast.Call(ast.Name("slice"), [end or ast.Constant(None) for end in (a.lower, a.upper, a.step)], [])
    return ast.Tuple([called(part) for part in a.elts]) if isinstance(a, ast.Tuple) else a


def parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def constant(a: Any) -> ast.expr:
    """A constant or a setting: a number, an array, an axis, a shape, an index key."""
    if isinstance(a, np.generic) or (isinstance(a, np.ndarray) and a.ndim == 0):
        a = a.item()
    if isinstance(a, np.dtype | type):
        return parsed({"float64": "float"}.get(np.dtype(a).name, f"np.{np.dtype(a).name}"))
    return parsed(f"x[{key(a)}]").slice  # type: ignore[attr-defined]  # it is the subscript just written


@functools.singledispatch
def key(a: Any) -> str:
    """A setting as a program writes it between the brackets of an index."""
    return repr(a)


@key.register
def _(a: slice) -> str:
    ends = ["" if end is None else repr(end) for end in (a.start, a.stop)]
    return ":".join(ends) + ("" if a.step is None else f":{a.step!r}")


@key.register
def _(a: float) -> str:
    return repr(a) if math.isfinite(a) else f"np.{a}".replace("np.-", "-np.")


@key.register
def _(a: EllipsisType) -> str:
    return "..."


@key.register
def _(a: tuple) -> str:
    inner = ", ".join([key(part) for part in a]) + ("," if len(a) == 1 else "")
    return inner if any([isinstance(part, slice | EllipsisType) for part in a]) else f"({inner})"


@key.register
def _(a: np.ndarray) -> str:
    if not a.size:
        return f"np.zeros({a.shape}, {a.dtype.name!r})"
    if a.size > FEW and np.all(a == a.flat[0]):
        return f"np.full({a.shape}, {key(a.flat[0].item())})"
    return f"np.array({a.tolist()})"
