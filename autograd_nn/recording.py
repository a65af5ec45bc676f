"""What is recorded and what is not: checkpoint and stop_gradient.  Layer 5; knows the walks and the record."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from . import ops
from .errors import InPlaceError, OutputError, user_line
from .node import Node, next_index
from .op import Op, data_of, record
from .reverse import zero
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

    f         function of Tensors, Values, arrays, Modules, or containers of them to one Tensor or Value. It may use Tensors from
              outside (the weights of a layer); their gradients are right. It must compute the same when it is called again: no
              fresh random numbers, and no parameter rebound between the forward and the backward pass
    returns   a function like f, with the same result and the same derivatives of every order
    One node instead of f's whole graph; the price is one more evaluation of f in each backward pass.
    Raises OutputError if f returns anything but one number or array; InPlaceError, in the backward pass, if a parameter was
    rebound or the second evaluation gives other numbers.
    Source: Griewank & Walther 2008, section 12.2; Chen et al. 2016, section 3.

    >>> grad(checkpoint(lambda x: np.sin(x) * x))(0.0)
    0.0
    """

    @functools.wraps(f, updated=())
    def checkpointed(*xs: Any, **keywords: Any) -> Any:
        tree = flatten(list(xs), objects=False)  # a Module stays itself: its Tensors are taken from outside
        args = tuple([data_of(x) for x in tree.leaves])
        moving = [i for i, x in enumerate(tree.leaves) if is_moving(x)]
        again = Again(functools.partial(f, **keywords) if keywords else f, name_of(f), tree, moving)
        oldest = next_index()
        _, y = again.run(args)
        if not isinstance(y, Node):
            if moving:
                raise again.refused(y)
            return y
        if y.index < oldest:  # f returned a node from outside
            return y
        again.captured = older_inputs(y, oldest)
        again.seen = [n.data for n in again.captured]
        inputs = (*[x if i in moving else None for i, x in enumerate(tree.leaves)], *again.captured)
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
        return record(op, y.data, inputs, (*args, *again.seen))

    return checkpointed


def is_moving(x: Any) -> bool:
    """Whether a leaf can have a derivative: a node of floats."""
    return isinstance(x, Node) and (x.data.__class__ is float or x.data.dtype.kind == "f")


def behind(x: Any) -> Node:
    """A variable for one evaluation: behind a node, or around its data, of the same class and dtype."""
    return lift(x) if isinstance(x, Node) else record(None, x, (), ())


def older_inputs(y: Node, oldest: int) -> list[Node]:
    """The nodes from before index `oldest` that the graph of y uses, oldest first."""
    used = {p for n in reach((y,), oldest)[0] for p in n.inputs if p is not None and p.index < oldest}
    return sorted(used, key=lambda n: n.index)


def differ(a: Any, b: Any) -> bool:
    """Whether two evaluations of one function differ by more than the rounding of sums in another order."""
    if np.shape(a) != np.shape(b):
        return True
    tolerance = np.finfo(np.asarray(a).dtype).eps ** 0.5 if np.asarray(a).dtype.kind == "f" else 0.0
    return not np.allclose(a, b, rtol=tolerance, atol=tolerance * np.max(np.abs(a), initial=0.0), equal_nan=True)


class Again:
    """One evaluation to be repeated: from a cotangent to the cotangents of all inputs, handed out one by one.

    moving     positions of the leaves of the arguments that are differentiated
    captured   the nodes that f uses from outside, further inputs of the recorded node; seen: their data then
    pending    by thread: (the cotangent, whether it was recorded, cotangents of inputs not asked for yet)
    """

    def __init__(self, f: Callable, name: str, tree: Tree, moving: list[int]) -> None:
        self.f, self.name, self.tree, self.moving = f, name, tree, moving
        self.captured: list[Node] = []
        self.seen: list = []
        self.pending: dict[int, tuple[Any, bool, dict]] = {}

    def run(self, args: tuple) -> tuple[list[Node], Any]:
        """(a variable for each moving argument, f's result on them)."""
        leaves = list(args[: len(self.tree.leaves)])
        variables = [behind(leaves[i]) for i in self.moving]
        for i, n in zip(self.moving, variables):
            leaves[i] = n
        with running(variables):
            return variables, self.f(*self.tree.rebuild(leaves))

    def repeat(self, y: Any, args: tuple) -> tuple[dict[int, Node], Node]:
        """(the inputs of the recorded node by position, f's result) in a second evaluation; y is the first result."""
        first = len(self.tree.leaves)
        if any([n.data is not data for n, data in zip(self.captured, self.seen)]):
            raise self.changed("a Tensor that it uses was given other data")
        variables, again = self.run(args)
        if not isinstance(again, Node):
            raise self.refused(again)
        if differ(data_of(y), again.data):
            raise self.changed("it gave other numbers when it was evaluated again")
        return dict(zip(self.moving, variables)) | {first + k: n for k, n in enumerate(self.captured)}, again

    def cotangent(self, i: int, g: Any, y: Any, *args: Any) -> Any:
        """The vjp rule of input i: one evaluation and one walk serve all of the inputs."""
        thread, recorded = threading.get_ident(), isinstance(y, Node)
        kept, before, left = self.pending.get(thread, (None, False, {}))
        if kept is not g or before is not recorded or i not in left:
            nodes, again = self.repeat(y, args)
            found = pull((again,), (g,), list(nodes.values()), record=recorded)
            left = {k: found[n] if n in found else zero(n) for k, n in nodes.items()}
            self.pending[thread] = g, recorded, left
        d = left.pop(i)
        if not left:
            self.pending.pop(thread, None)
        return d

    def tangent(self, ts: list, y: Any, *args: Any) -> Any:
        """The jvp rule."""
        nodes, again = self.repeat(y, args)
        moving = [(n, ts[k]) for k, n in nodes.items() if ts[k] is not None]
        return push([n for n, _ in moving], [t for _, t in moving], (again,), record=isinstance(y, Node))[0]

    def refused(self, y: Any) -> OutputError:
        return OutputError(
            f"{self.name} returned {type(y).__name__} {y!r:.60} under checkpoint, at {user_line()}. It must return one Tensor or "
            "Value that depends on its arguments. Return one, or call it without checkpoint."
        )

    def changed(self, what: str) -> InPlaceError:
        return InPlaceError(
            f"{self.name} under checkpoint is not what it was in the forward pass: {what}, at {user_line()}. The backward pass "
            "evaluates it again, and needs the same result. Update parameters after the backward pass, and draw random numbers "
            "outside of it."
        )
