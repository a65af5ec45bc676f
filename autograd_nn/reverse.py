"""Reverse-mode transforms over functions: grad, value_and_grad, vjp.  Layer 5; knows the reverse walk, not the operations."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .arguments import mixed
from .errors import ConstantWarning, NonScalarError, OutputError, ShapeError, user_line, warn_at_user_line
from .node import Node
from .op import data_of
from .tensor import real_array
from .trees import Tree, flatten
from .variables import as_node, check_function, evaluate, follows, like, name_of, outputs_of, plain, value_like
from .walk import own, pull

__all__ = ["collect", "grad", "paired", "positions", "seed", "value_and_grad", "vjp", "zero"]


def grad(f: Callable, argnums: int | Sequence[int] = 0) -> Callable:
    r"""The gradient of a scalar function: x -> df/dx, by one reverse walk.

    f         function of numbers, arrays, Values, Tensors, or containers of them, to one number
    argnums   which argument to differentiate by; several give a tuple
    returns   a function of f's arguments. Each derivative has the kind, shape and dtype of its argument: a float for a float, an
              array for an array, a container for a container (for a Module a dict by
              parameter path); a Tensor or Value comes back recorded, with its graph
    Inside f, a float arrives as a Tensor of no dimensions and an array as a Tensor. Tensors that f takes from outside are
    constants; variables of an enclosing grad are followed, so grad(grad(f)) and closures are right.
    Raises NonScalarError if f returns several numbers, OutputError if it returns none; warns (ConstantWarning) and gives zero if
    the result does not depend on the argument.
    Source: Griewank & Walther 2008, section 3.2 (reverse mode).

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    >>> grad(lambda w, b: (w * 3.0 + b) ** 2, argnums=(0, 1))(1.0, -1.0)
    (12.0, 4.0)
    """
    both = value_and_grad(f, argnums)

    @functools.wraps(f, updated=())
    def gradient(*args: Any, **keywords: Any) -> Any:
        return both(*args, **keywords)[1]

    return gradient


def value_and_grad(f: Callable, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable:
    """The value and the gradient of a scalar function, for the price of one evaluation and one reverse walk.

    f, argnums   as for grad
    has_aux      f returns (value, extra); the result is then ((value, extra), gradient), the extra as plain data
    returns      a function of f's arguments to (value, gradient); kinds and errors as for grad

    >>> value_and_grad(lambda x: (x**2).sum())(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    """

    check_function(f)

    @functools.wraps(f, updated=())
    def value_and_gradient(*args: Any, **keywords: Any) -> Any:
        chosen = positions(argnums, len(args))
        tree, variables, result = evaluate(f, args, keywords, chosen)
        y, extra = split(f, result) if has_aux else (result, None)
        check_scalar(f, y)
        recorded = any([isinstance(x, Node) for x in tree.leaves]) or follows((y,), variables[0].index)
        one = np.ones_like(y.data) if isinstance(y, Node) and isinstance(y.data, np.ndarray) else 1.0
        found = pull((y,), (one,), variables, recorded) if isinstance(y, Node) else {}
        warn_if_constant(f, tree, chosen, variables, found)
        gradients = tree.nest(collect(found, tree.leaves, variables))
        value = y if recorded else value_like(tree.leaves, y)
        if has_aux:
            parts = flatten(extra)
            value = value, extra if recorded else parts.rebuild([plain(p) for p in parts.leaves])
        return value, tuple(gradients) if isinstance(argnums, Sequence) else gradients[0]

    return value_and_gradient


def vjp(f: Callable, *xs: Any) -> tuple[Any, Callable]:
    r"""The value of f and its vector-Jacobian product: (y, pull) with pull(g) = (g^T dy/dx_1, g^T dy/dx_2, ...).

    f    function of numbers, arrays, Values, Tensors, or containers of them, to one or a container of such
    xs   the point; every argument is differentiated
    y    f(*xs), plain unless an argument is a Tensor or Value
    g    the cotangent: of the structure and shapes of y (entries of dicts are matched by key, a list may stand for a tuple); a
         Tensor or Value is followed, and the result recorded
    Raises ShapeError for a cotangent of another structure or shape. `pull` may be called many times.
    Source: Griewank & Walther 2008, section 3.2.

    >>> y, pull = vjp(lambda x: x**2, np.array([1.0, 2.0]))
    >>> pull(np.array([1.0, 10.0]))
    (array([ 2., 40.]),)
    """
    given = flatten(list(xs))  # copied, as the walk comes later: the caller may have changed an array by then
    xs = given.rebuild([x.copy() if isinstance(x, np.ndarray) else x for x in given.leaves])
    tree, variables, result = evaluate(f, xs, {}, range(len(xs)))
    outputs = outputs_of(f, result)
    outer = any([isinstance(x, Node) for x in tree.leaves]) or follows(outputs.leaves, variables[0].index)

    def pull_back(g: Any) -> tuple:
        cotangents = paired(outputs, g, "pull", "cotangent")
        recorded = outer or any([isinstance(c, Node) for c in cotangents])
        pairs = [(y, seed(c, y)) for y, c in zip(outputs.leaves, cotangents) if isinstance(y, Node)]
        found = pull([y for y, _ in pairs], [c for _, c in pairs], variables, recorded)
        return tuple(tree.nest(collect(found, tree.leaves, variables)))

    return outputs.rebuild(outputs.leaves if outer else [value_like(tree.leaves, y) for y in outputs.leaves]), pull_back


def positions(argnums: int | Sequence[int], count: int) -> list[int]:
    """The positions to differentiate, counted from the front."""
    given: list[Any] = [argnums]
    if isinstance(argnums, Sequence) and not isinstance(argnums, str):
        given = list(argnums)
    legal = [operator.index(i) % count for i in given if hasattr(i, "__index__") and -count <= i < count]
    if not legal or len(set(legal)) != len(given):
        raise TypeError(
            f"argnums={argnums!r} does not fit a call with {count} positional argument{'' if count == 1 else 's'}, at "
            f"{user_line()}. It expects one position or several different ones, counted from 0. Pass the differentiated "
            "arguments by position, not by keyword."
        )
    return legal


def split(f: Callable, result: Any) -> tuple:
    if isinstance(result, tuple) and len(result) == 2:
        return result
    raise OutputError(
        f"{name_of(f)} returned {type(result).__name__}, at {user_line()}; has_aux=True expects a pair (value, "
        "extra). Return a tuple of two, or drop has_aux."
    )


def check_scalar(f: Callable, y: Any) -> None:
    """Raises unless y is one real number."""
    if isinstance(y, list | tuple | dict):
        raise OutputError(
            f"{name_of(f)} returned a {type(y).__name__} of {len(y)}, at {user_line()}. A gradient is of one number. "
            "Return the number alone, or (number, extra) with value_and_grad(f, has_aux=True); vjp takes several "
            "outputs."
        )
    if outputs_of(f, y).leaves[0] is not y:
        raise OutputError(
            f"{name_of(f)} returned a {type(y).__name__}, at {user_line()}. A gradient is of one number. Return the number "
            "alone, or use vjp, which takes containers."
        )
    if np.size(data_of(y)) != 1:
        shape = np.shape(data_of(y))
        raise NonScalarError(
            f"{name_of(f)} returned an array of shape {shape}, at {user_line()}. A gradient is of one number. Reduce "
            "it, for example with .sum() or .mean(), or use vjp(f, x) with a cotangent of that shape."
        )


def warn_if_constant(f: Callable, tree: Tree, chosen: list[int], variables: list[Node], found: dict) -> None:
    """Warns for each argument that the result does not depend on."""
    reached: dict[str, bool] = {}
    for n, path in zip(variables, tree.paths):
        place = path[1 : path.index("]")]  # the path begins with [k], the k-th of the chosen arguments
        reached[place] = reached.get(place, False) or n in found
    for place, connected in reached.items():
        if not connected:
            warn_at_user_line(
                f"the result of {name_of(f)} does not depend on argument {chosen[int(place)]}, so its gradient is "
                "zero. Either the function ignores it, or every path goes through something that no gradient flows "
                "through: .data, .numpy(), float(), a comparison, argmax, floor or sign. Differentiate by another "
                "argument, or keep the path recorded.",
                ConstantWarning,
            )


def collect(found: dict, leaves: list, variables: list[Node]) -> list:
    """The derivative for each leaf, zero where none arrived: a node for a node, else plain, in an array of its own."""
    derivatives = own([zero(n) if (d := found.get(n)) is None else d for n in variables])
    return [as_node(d) if isinstance(x, Node) else like(x, d) for x, d in zip(leaves, derivatives)]


def zero(variable: Node) -> Any:
    """The derivative of what does not depend on a variable."""
    return 0.0 if variable.data.__class__ is float else np.zeros_like(variable.data)


def paired(expected: Tree, given: Any, function: str, what: str) -> list:
    """The leaves of `given` in the order of those that they are for; ShapeError unless structure and shapes agree."""
    parts = flatten(given)
    places, found = expected.paths, parts.paths
    if places != found:  # an object may be given as the dict of its paths, and dicts may have another order
        places, found = [flatten(tree.nest(tree.leaves)).paths for tree in (expected, parts)]
    if sorted(places) != sorted(found):
        raise ShapeError(
            f"{function} got a {what} with numbers at {found or 'no place'} for something with numbers at {places}, at "
            f"{user_line()}. They must have one structure. Give one {what} for each number or array."
        )
    leaves = parts.leaves
    if places != found:
        at = dict(zip(found, leaves))
        leaves = [at[place] for place in places]
    shapes = [np.shape(plain(y)) for y in expected.leaves], [np.shape(plain(c)) for c in leaves]
    if shapes[0] != shapes[1]:
        raise ShapeError(
            f"{function} got a {what} of shape {shown(shapes[1])} for something of shape {shown(shapes[0])}, at "
            f"{user_line()}. They must agree. Give one {what} for each, of the same shape."
        )
    return leaves


def shown(shapes: list) -> str:
    return str(shapes[0]) if len(shapes) == 1 else str(shapes)


def seed(given: Any, node: Node) -> Any:
    """A cotangent or tangent as the walk needs it: a node, or plain data in the node's kind and dtype."""
    if isinstance(given, Node):
        if given.__class__ is not node.__class__:
            raise mixed("jvp or pull", f"a {type(given).__name__} for a {type(node).__name__}")
        return given
    dtype = node.data.dtype if isinstance(node.data, np.ndarray) else None
    array = real_array(given, dtype, True, "jvp or pull")
    return array if dtype else float(array)
