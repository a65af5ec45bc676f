"""What is recorded and what is not: checkpoint and stop_gradient.  Layer 5; knows the walks and the record."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from . import ops
from .errors import OutputError, user_line
from .node import Node
from .op import Op, record
from .trees import Tree, flatten
from .variables import lift, name_of, running
from .walk import pull, push, reach

__all__ = ["checkpoint", "stop_gradient"]


def stop_gradient(x: Any) -> Any:
    """x itself, through which no gradient flows: y = x, dy/dx = 0 by decree.  For one value or a container of them.

    Plain data comes back as it is; a Tensor or Value comes back as a node, so that pictures show the cut.

    >>> grad(lambda x: x * stop_gradient(x))(3.0)
    3.0
    """
    tree = flatten(x)
    return tree.rebuild([ops.constant(leaf) if isinstance(leaf, Node) else leaf for leaf in tree.leaves])


def checkpoint(f: Callable) -> Callable:
    """f, whose inner results are not kept: the backward pass evaluates it again.  Memory for time.

    f         function of Tensors, arrays, or containers of them to one Tensor. It may use Tensors from outside (the weights of a
              layer); their gradients are right. It must compute the same when it is called again: no fresh random numbers, and
              no parameter rebound between the forward and the backward pass
    returns   a function like f, with the same result and the same derivatives of every order
    One node instead of f's whole graph; the price is one more evaluation of f in each backward pass.
    Raises OutputError if f returns anything but one number or array.
    Source: Griewank & Walther 2008, section 12.2; Chen et al. 2016, section 3.

    >>> grad(checkpoint(lambda x: np.sin(x) * x))(0.0)
    0.0
    """

    @functools.wraps(f, updated=())
    def checkpointed(*xs: Any) -> Any:
        tree = flatten(list(xs))
        if not any([isinstance(x, Node) for x in tree.leaves]):
            return f(*xs)
        args = tuple([x.data if isinstance(x, Node) else x for x in tree.leaves])
        again = Again(f, tree, [i for i, x in enumerate(tree.leaves) if isinstance(x, Node)])
        variables, y = again.run(args)
        if not isinstance(y, Node):
            raise OutputError(
                f"{name_of(f)} returned {type(y).__name__} {y!r:.60} under checkpoint, at {user_line()}. It must "
                "return one Tensor or Value that depends on its arguments. Return one, or call it without checkpoint."
            )
        again.captured = older_inputs(y, variables[0].index)
        inputs = (*[x if isinstance(x, Node) else None for x in tree.leaves], *again.captured)
        op = Op(
            name=f"checkpoint({name_of(f)})",
            scalar=None,
            array=f,
            vjps=tuple(
                [functools.partial(again.cotangent, i) if p is not None else None for i, p in enumerate(inputs)]
            ),
            kind="custom",
            jvp=again.tangent,
            source="{0}",
            latex=r"\mathrm{{checkpoint}}({0})",
        )
        return record(op, y.data, inputs, (*args, *[n.data for n in again.captured]))

    return checkpointed


def older_inputs(y: Node, oldest: int) -> list[Node]:
    """The nodes from before index `oldest` that the graph of y uses, oldest first."""
    used = {p for n in reach((y,), oldest)[0] for p in n.inputs if p is not None and p.index < oldest}
    return sorted(used, key=lambda n: n.index)


class Again:
    """One evaluation to be repeated: from a cotangent to the cotangents of all inputs, handed out one by one.

    moving     positions of the leaves of the arguments that are nodes
    captured   the nodes that f uses from outside, further inputs of the recorded node
    """

    def __init__(self, f: Callable, tree: Tree, moving: list[int]) -> None:
        self.f, self.tree, self.moving = f, tree, moving
        self.captured: list[Node] = []
        self.pending: dict[int, tuple[Any, dict]] = {}  # id of a cotangent -> (it, cotangents not asked for yet)

    def run(self, args: tuple) -> tuple[list[Node], Any]:
        """(a variable for each moving argument, f's result on them)."""
        leaves = list(args[: len(self.tree.leaves)])
        variables = [lift(leaves[i]) for i in self.moving]
        for i, n in zip(self.moving, variables):
            leaves[i] = n
        with running(variables):
            return variables, self.f(*self.tree.rebuild(leaves))

    def inputs(self, variables: list[Node]) -> dict[int, Node]:
        """The inputs of the recorded node by position."""
        first = len(self.tree.leaves)
        return dict(zip(self.moving, variables)) | {first + k: n for k, n in enumerate(self.captured)}

    def cotangent(self, i: int, g: Any, y: Any, *args: Any) -> Any:
        """The vjp rule of input i: one evaluation and one walk serve all of the inputs."""
        kept, left = self.pending.get(id(g), (None, {}))
        if kept is not g or i not in left:
            variables, again = self.run(args)
            nodes = self.inputs(variables)
            found = pull((again,), (g,), list(nodes.values()), record=isinstance(y, Node))
            left = {k: found.get(n, n.data * 0.0) for k, n in nodes.items()}
            self.pending[id(g)] = (g, left)
        d = left.pop(i)
        if not left:
            self.pending.pop(id(g), None)
        return d

    def tangent(self, ts: list, y: Any, *args: Any) -> Any:
        """The jvp rule."""
        variables, again = self.run(args)
        moving = [(n, ts[k]) for k, n in self.inputs(variables).items() if ts[k] is not None]
        return push([n for n, _ in moving], [t for _, t in moving], (again,), record=isinstance(y, Node))[0]
