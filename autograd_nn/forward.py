"""Forward mode over functions: jvp.  Layer 5; knows the forward walk, not the operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .errors import user_line
from .node import Node
from .reverse import paired, seed
from .trees import flatten
from .variables import as_node, evaluate, follows, outputs_of, plain, value_like
from .walk import own, push

__all__ = ["jvp"]


def jvp(f: Callable, xs: Sequence, tangents: Sequence) -> tuple[Any, Any]:
    r"""The value of f and its Jacobian-vector product: (y, sum_i dy/dx_i tangents_i), by one forward walk.

    f          function of numbers, arrays, Values, Tensors, or containers of them, to one or a container of such
    xs         the point, one entry per argument
    tangents   the direction, of the same structure and shapes; entries of dicts are matched by key
    returns    y and dy, both of the shapes of f's result; plain unless an argument or tangent is a Tensor or Value
    The function is recorded first and walked afterwards, so memory grows with the number of operations.
    Raises ShapeError if tangents and xs differ in structure or shape.
    Source: Griewank & Walther 2008, section 3.1 (forward mode).

    >>> jvp(lambda x: x**2, (3.0,), (1.0,))
    (9.0, 6.0)
    """
    if not (isinstance(xs, list | tuple) and isinstance(tangents, list | tuple)):
        raise TypeError(
            f"jvp got {type(xs).__name__} and {type(tangents).__name__} for xs and tangents, at {user_line()}. It expects a "
            "tuple or list of each, with one entry per argument of f. Write jvp(f, (x,), (t,))."
        )
    directions = paired(flatten(list(xs)), list(tangents), "jvp", "tangent")
    tree, variables, result = evaluate(f, xs, {}, range(len(xs)))
    outputs = outputs_of(f, result)
    recorded = any([isinstance(x, Node) for x in (*tree.leaves, *directions)]) or follows(
        outputs.leaves, variables[0].index
    )
    nodes = [y for y in outputs.leaves if isinstance(y, Node)]
    found = dict(zip(nodes, push(variables, [seed(t, n) for t, n in zip(directions, variables)], nodes, recorded)))
    dys = [found.get(y) if isinstance(y, Node) else None for y in outputs.leaves]
    dys = [still(y) if d is None else d for y, d in zip(outputs.leaves, dys)]
    dys = own(dys)
    if recorded:
        dys = [as_node(d) if isinstance(y, Node) else d for y, d in zip(outputs.leaves, dys)]
        return outputs.rebuild(outputs.leaves), outputs.rebuild(dys)
    y, dy = ([value_like(tree.leaves, x) for x in leaves] for leaves in (outputs.leaves, dys))
    return outputs.rebuild(y), outputs.rebuild(dy)


def still(y: Any) -> Any:
    """The tangent of a result that does not move, in its kind and dtype."""
    data = np.asarray(plain(y))
    if isinstance(y, Node) and y.data.__class__ is float:
        return 0.0
    return np.zeros(data.shape, data.dtype if data.dtype.kind == "f" else float)
