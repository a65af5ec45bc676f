"""The variables that a transform differentiates: made before the function runs, retired after.  Layer 5.

Why a mark is needed.  In grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) the inner function uses x, which the outer grad
differentiates: the inner backward pass must be recorded, or the outer one sees a constant and returns 2 instead of 6.
A user's own Tensor in the place of x is a constant to the inner grad, whose result is then a plain number.  Both are nodes older
than y; they differ in that a transform is running on the first.  So the leaf of a running transform carries the op VARIABLE,
which goes when its function has returned; threads and exceptions leave no trace. RUNNING only says how far back such a leaf can
be, so that the history of a user's Tensor is not searched for one: it changes no result.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from . import ops
from .arguments import PYTHON
from .errors import DtypeError, OutputError, user_line
from .node import Node
from .op import Op, record
from .tensor import real_array
from .trees import Tree, flatten
from .walk import reach

__all__ = [
    "VARIABLE",
    "as_node",
    "check_function",
    "evaluate",
    "follows",
    "lift",
    "like",
    "name_of",
    "outputs_of",
    "plain",
    "running",
    "value_like",
]

VARIABLE = Op(
    name="variable", scalar=operator.pos, array=np.positive, vjps=(lambda g, y, x: g,), source="{0}", latex="{0}", symbol="var"
)  # fmt: skip


def lift(x: Any) -> Node:
    """A node to differentiate by: a leaf around plain data (not copied), or a node of its own behind an existing one."""
    return ops.positive(x) if isinstance(x, Node) else record(None, real_array(x, None, copy=None), (), ())


def lift_argument(x: Any, path: str, f: Callable, chosen: Sequence[int]) -> Node:
    """The same for a leaf of f's arguments; DtypeError names the argument and the place in it."""
    try:
        return lift(x)
    except DtypeError:
        position, _, rest = path[1:].partition("]")
        raise DtypeError(
            f"argument {chosen[int(position)]} of {name_of(f)} holds {type(x).__name__} "
            f"{x!r:.60}{' at ' + rest if rest else ''}, at {user_line()}. What is differentiated must be real "
            "numbers: floats, arrays, Tensors, Values, or containers of them. Pass the rest as another argument, and "
            "choose by argnums."
        ) from None


RUNNING: dict[object, int] = {}  # the index of the oldest variable of every running transform, in all threads


@contextmanager
def running(variables: Sequence[Node]) -> Iterator[None]:
    """While it lasts, transforms inside see `variables` as differentiated by somebody."""
    transform = object()
    RUNNING[transform] = min([n.index for n in variables], default=0)
    for n in variables:
        n.op = VARIABLE
    try:
        yield
    finally:
        del RUNNING[transform]
        for n in variables:
            n.op = ops.positive.op if any([p is not None for p in n.inputs]) else None


def follows(outputs: Sequence, oldest: int) -> bool:
    """Whether `outputs` depend on the variable of an enclosing transform, that is one older than `oldest`."""
    since = min(list(RUNNING.values()), default=oldest)
    if since >= oldest:  # no transform encloses this one
        return False
    nodes = [y for y in outputs if isinstance(y, Node)]
    older = {n for n in nodes if n.index < oldest}
    for n in reach(nodes, oldest)[0]:
        older.update([p for p in n.inputs if p is not None and p.index < oldest])
    return bool(older) and any([n.op is VARIABLE for n in reach(tuple(older), since)[0]])


def evaluate(f: Callable, args: Sequence, keywords: dict, chosen: Sequence[int]) -> tuple[Tree, list[Node], Any]:
    """(the tree of the chosen arguments, a variable for each leaf, f's result), where f ran on the variables instead."""
    check_function(f)
    tree = flatten([args[i] for i in chosen])
    if not tree.leaves:
        raise OutputError(
            f"{name_of(f)} was to be differentiated by arguments that hold no number, at {user_line()}. Pass numbers, "
            "arrays, Tensors or containers of them; a Module needs at least one Tensor."
        )
    variables = [lift_argument(x, place, f, chosen) for x, place in zip(tree.leaves, tree.paths)]
    arguments = list(args)
    for i, argument in zip(chosen, tree.rebuild(variables)):
        arguments[i] = argument
    with running(variables):
        return tree, variables, f(*arguments, **keywords)


def outputs_of(f: Callable, result: Any) -> Tree:
    """The outputs of f as a tree whose leaves are nodes, numbers or arrays."""
    tree = flatten(result)
    for y, path in zip(tree.leaves, tree.paths):
        if not isinstance(y, Node) and np.asarray(y).dtype.kind not in "fiub":
            raise refused_output(f, f"{type(y).__name__} {y!r:.60}" + (f" in its result{path}" if path else ""))
    if not tree.leaves:
        raise refused_output(f, repr(result)[:60])
    return tree


def refused_output(f: Callable, what: str) -> OutputError:
    return OutputError(
        f"{name_of(f)} returned {what}, at {user_line()}. A function to be differentiated returns numbers, arrays, "
        "Tensors or Values, or containers of them. Check its return statement."
    )


def plain(x: Any) -> Any:
    """A node's data, a 0-d array as a NumPy number; anything else as it is."""
    x = x.data if isinstance(x, Node) else x
    return x[()] if isinstance(x, np.ndarray) else x


def like(original: Any, derivative: Any) -> Any:
    """A derivative in the kind of the argument that it belongs to: a float for a float, an array for an array."""
    if isinstance(derivative, Node):
        return derivative
    if isinstance(original, np.ndarray):
        return np.asarray(derivative)
    if np.ndim(derivative):  # a Jacobian's rows
        return derivative
    return derivative[()] if isinstance(original, np.generic) else float(derivative)


def as_node(derivative: Any) -> Node:
    """A derivative that came out constant, as the node that a Tensor or Value gets."""
    return derivative if isinstance(derivative, Node) else record(None, derivative, (), ())


def value_like(leaves: Sequence, y: Any) -> Any:
    """A plain result of f in the kind of its arguments: a float where all of them are Python numbers, else in an own array."""
    y = plain(y)
    if isinstance(y, np.ndarray):
        return y.copy()  # the graph keeps its own: changing the result must not change a later walk
    return float(y) if np.ndim(y) == 0 and all([x.__class__ in PYTHON for x in leaves]) else y


def check_function(f: Any) -> None:
    """Raises unless f can be called: grad(loss(x)) in the place of grad(loss)(x) is an easy slip."""
    if not callable(f):
        raise TypeError(
            f"a transform got a {type(f).__name__}, {f!r:.60}, at {user_line()}. It expects a function. "
            "Write grad(f)(x), not grad(f(x)), and vjp(f, x) or jvp(f, (x,), (t,))."
        )


def name_of(f: Callable) -> str:
    return getattr(f, "__name__", type(f).__name__)
