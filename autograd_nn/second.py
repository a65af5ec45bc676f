"""Whole Jacobians and second derivatives: jacobian, hessian, hvp, gauss_newton.  Layer 5; knows the walks."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

import numpy as np

from . import ops
from .forward import jvp
from .many import pull_many, push_many, room
from .node import Node
from .op import ndim_of, shape_of
from .reverse import collect, grad, paired, positions, seed
from .variables import as_node, evaluate, follows, like, outputs_of, plain
from .walk import pull, push

__all__ = ["gauss_newton", "hessian", "hvp", "jacobian"]


def jacobian(
    f: Callable, argnums: int | Sequence[int] = 0, mode: Literal["auto", "forward", "reverse"] = "auto"
) -> Callable:
    r"""The Jacobian of a function: J[i, j] = d f(x)[i] / d x[j], with the axes of f's result before those of x.

    f         function of numbers, arrays, Values, Tensors, or containers of them, to one or a container of such
    argnums   which argument to differentiate by; several give a tuple
    mode      "reverse": a cotangent for each number that f returns; "forward": a tangent for each number of the arguments;
              "auto": the fewer. Many of them share one walk, and f itself is evaluated once
    returns   a function of f's arguments to J, of shape f(x).shape + x.shape; for containers, the container of f's results
              with the container of the arguments in the place of each. Kinds as for grad
    Raises OutputError if f returns no numbers, ValueError for another mode.
    Source: Griewank & Walther 2008, section 3.2.

    >>> jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    if mode not in ("auto", "forward", "reverse"):
        raise ValueError(
            f"jacobian got mode={mode!r}; there are 'auto', 'forward' and 'reverse'. Leave it out for the shorter way."
        )

    @functools.wraps(f, updated=())
    def full_jacobian(*args: Any, **keywords: Any) -> Any:
        chosen = positions(argnums, len(args))
        tree, variables, result = evaluate(f, args, keywords, chosen)
        outputs = outputs_of(f, result)
        recorded = any([isinstance(x, Node) for x in tree.leaves]) or follows(outputs.leaves, variables[0].index)
        few = sum([np.size(plain(y)) for y in outputs.leaves]) <= sum([np.size(n.data) for n in variables])
        rows = by_rows if mode == "reverse" or (mode == "auto" and few) else by_columns
        blocks = rows(outputs.leaves, variables, recorded)
        kinds = [
            [like(x, b) if not isinstance(x, Node) else as_node(b) for x, b in zip(tree.leaves, row)] for row in blocks
        ]
        parts = [tree.nest(row) for row in kinds]
        return outputs.nest([tuple(p) if isinstance(argnums, Sequence) else p[0] for p in parts])

    return full_jacobian


def hessian(f: Callable, argnums: int | Sequence[int] = 0) -> Callable:
    r"""The second derivatives of a scalar function: H[i, j] = d^2 f / d x[i] d x[j], forward over reverse.

    f, argnums   as for grad
    returns      a function of f's arguments to H, of shape x.shape + x.shape; for containers, a container of containers
    One recorded gradient, and a tangent for each number of the arguments, many in one forward walk; hvp(f, x, v) needs one.
    Errors as for grad.
    Source: Griewank & Walther 2008, section 5.1.

    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]))
    array([[6., 2.],
           [2., 0.]])
    """
    return jacobian(grad(f, argnums), argnums, mode="forward")


def hvp(f: Callable, x: Any, v: Any) -> Any:
    r"""The Hessian of a scalar function times a vector: H v, by a forward walk over the recorded gradient, without H.

    f         function of one argument to one number, as for grad
    x         the point: a number, an array, or a container of them
    v         the direction: of the structure and shapes of x (for a Module, a dict by parameter path)
    returns   H v, of the structure and kinds of grad(f)(x)
    Raises ShapeError if v and x differ in structure or shape; errors of grad.
    Source: Pearlmutter 1994, section 3.

    >>> hvp(lambda x: (x**3).sum(), np.array([1.0, 2.0]), np.array([1.0, 10.0]))
    array([  6., 120.])
    """
    return jvp(grad(f), (x,), (v,))[1]


def gauss_newton(f: Callable, x: Any, v: Any) -> Any:
    r"""The Gauss-Newton product J^T J v of a residual function: the Hessian of 1/2 |f|^2 without the curvature of f.

    f         function of one argument to residuals: numbers, arrays, or a container of them
    x, v      the point and the direction, as for hvp
    returns   J^T (J v), of the structure of x: one forward and one reverse walk over one evaluation
    Raises ShapeError if v and x differ in structure or shape.
    Source: Schraudolph 2002, section 3.

    >>> gauss_newton(lambda x: x**2, np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 4., 16.])
    """
    tree, variables, result = evaluate(f, (x,), {}, (0,))
    directions = paired(tree, [v], "gauss_newton", "direction")
    nodes = [y for y in outputs_of(f, result).leaves if isinstance(y, Node)]
    recorded = any([isinstance(x, Node) for x in (*tree.leaves, *directions)]) or follows(nodes, variables[0].index)
    tangents = push(variables, [seed(t, n) for t, n in zip(directions, variables)], nodes, recorded)
    moving = [(y, t) for y, t in zip(nodes, tangents) if t is not None]
    found = pull([y for y, _ in moving], [t for _, t in moving], variables, recorded)
    return tree.nest(collect(found, tree.leaves, variables))[0]


def by_rows(outputs: list, variables: list[Node], recorded: bool) -> list[list]:
    """blocks[i][j] = d outputs[i] / d variables[j]: a cotangent for each number of each output, many in one reverse walk."""
    return [rows_of(y, variables, recorded) for y in outputs]


def rows_of(y: Any, variables: list[Node], recorded: bool) -> list:
    """The derivatives of one output by every variable."""
    if not isinstance(y, Node):
        return [still(y, n) for n in variables]
    if y.data.__class__ is float:
        found = pull((y,), (1.0,), variables, recorded)
        return [found.get(n, 0.0) for n in variables]
    rows: list[list] = [[] for _ in variables]
    for unit in units(y.data, room((y,), variables[0].index)):
        found = pull_many(y, unit, variables, recorded)
        for row, n in zip(rows, variables):
            row.append(found.get(n))
    return [
        ops.reshape(joined(row, y.data.size, n, n), (*y.data.shape, *n.data.shape)) for row, n in zip(rows, variables)
    ]


def by_columns(outputs: list, variables: list[Node], recorded: bool) -> list[list]:
    """The same: a tangent for each number of each variable, many in one forward walk."""
    columns = [columns_of(n, outputs, recorded) for n in variables]
    return [list(row) for row in zip(*columns)]


def columns_of(n: Node, outputs: list, recorded: bool) -> list:
    """The derivatives of every output by one variable."""
    nodes = [y for y in outputs if isinstance(y, Node)]
    if n.data.__class__ is float:
        found = dict(zip(nodes, push((n,), (1.0,), nodes, recorded)))
        return [still(y, n) if not isinstance(y, Node) or found[y] is None else found[y] for y in outputs]
    columns: dict[Node, list] = {y: [] for y in nodes}
    for unit in units(n.data, room(nodes, n.index)):
        for y, t in zip(nodes, push_many(n, unit, nodes, recorded)):
            columns[y].append(t)
    return [last(joined(columns[y], n.data.size, y, n), n) if isinstance(y, Node) else still(y, n) for y in outputs]


def last(stack: Any, n: Node) -> Any:
    """A stack of derivatives by all numbers of n, with the axes of n after those of the output."""
    axes = ndim_of(stack)
    return ops.reshape(ops.transpose(stack, (*range(1, axes), 0)), (*shape_of(stack)[1:], *n.data.shape))


def still(y: Any, n: Node) -> Any:
    """The derivative of an output that does not depend on n."""
    if n.data.__class__ is float and not np.shape(plain(y)):
        return 0.0
    return np.zeros((*np.shape(plain(y)), *np.shape(n.data)), np.asarray(n.data).dtype)


def units(data: np.ndarray, step: int) -> Iterator[np.ndarray]:
    """The unit vectors in the shape and dtype of an array, `step` of them at a time along a new first axis."""
    for start in range(0, data.size, step):
        count = min(step, data.size - start)
        yield np.eye(count, data.size, start, data.dtype).reshape(count, *data.shape)


def joined(stacks: list, count: int, like: Node, variable: Node) -> Any:
    """Derivatives of the shape of `like` in all of `count` directions; if a stack is None (zero), all of them are."""
    if not stacks or stacks[0] is None:
        return np.zeros((count, *like.data.shape), variable.data.dtype)
    return ops.astype(stacks[0] if len(stacks) == 1 else ops.join(0, *stacks), variable.data.dtype)
