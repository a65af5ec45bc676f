"""A function of anything as a function of its float arrays to one number, on arrays and on nodes.  Layer 8; knows trees."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from ..forward import jvp
from ..node import Node
from ..reverse import grad
from ..tensor import Tensor
from ..trees import flatten
from ..value import Value

__all__ = ["Mode", "Problem", "nodes_of", "plain", "slope_of"]

Mode = Literal["reverse", "forward"]


class Problem:
    """f as a function of its differentiable numbers to one: the sum of its results with random weights.

    leaves   the numbers in float64;  active: their places in the tree of the arguments;  names: what to call them
    """

    def __init__(self, f: Callable, xs: Sequence[Any]) -> None:
        self.f, self.tree = f, flatten(list(xs))
        self.active = [k for k, x in enumerate(self.tree.leaves) if is_real(x)]
        given = [self.tree.leaves[k] for k in self.active]
        self.kinds = [Value if isinstance(x, Value) else np.asarray for x in given]
        self.leaves = [np.array(x.data if isinstance(x, Node) else x, float) for x in given]
        self.names = named(f, [self.tree.paths[k] for k in self.active])
        self.plain = True
        self.weights: list[np.ndarray] = []
        if self.active:
            rng = np.random.default_rng(6)
            results = self.results([np.array(x) for x in self.leaves])
            self.weights = [rng.uniform(0.5, 1.5, np.shape(y)) * rng.choice([-1.0, 1.0], np.shape(y)) for y in results]

    def results(self, leaves: Sequence[Any]) -> list:
        """The results of f on plain arrays, or on Tensors where it needs their methods; as plain arrays."""
        try:
            found = self.run(leaves) if self.plain else None
        except Exception:  # code for Tensors may do anything with an array
            if any([np.iscomplexobj(x) for x in leaves]):
                raise
            found = None
        if found is None:
            self.plain = False
            found = self.run([Value(float(x)) if kind is Value else Tensor(x) for kind, x in zip(self.kinds, leaves)])
        return [y.data if isinstance(y, Node) else np.asarray(y) for y in found]

    def run(self, leaves: Sequence[Any]) -> list:
        filled = list(self.tree.leaves)
        for k, x in zip(self.active, leaves):
            filled[k] = x
        return [y for y in flatten(self.f(*self.tree.rebuild(filled))).leaves if is_real(y)]

    def number(self, *leaves: Any) -> Any:
        """The sum on plain arrays, which uses no derivative rule."""
        return sum([np.sum(w * y) for w, y in zip(self.weights, self.results(leaves))])

    def recorded(self, *leaves: Any) -> Any:
        """The sum on nodes."""
        return sum([weighted(w, y) for w, y in zip(self.weights, self.run(leaves))])


def is_real(y: Any) -> bool:
    return (
        np.asarray(y.data if isinstance(y, Node) else y).dtype.kind in "fc"
    )  # complex numbers are those of a complex step


def weighted(w: np.ndarray, y: Any) -> Any:
    """The sum of w * y, for a Value as for arrays."""
    return float(w) * y if not w.ndim else np.sum(w * y)


def named(f: Callable, paths: Sequence[str]) -> list[str]:
    """[0]['w'] as the user would write it: params['w']."""
    try:
        parameters = list(inspect.signature(f).parameters)
    except (TypeError, ValueError):
        parameters = []
    found = []
    for path in paths:
        place, _, rest = path[1:].partition("]")
        k = int(place)
        found.append((parameters[k] if k < len(parameters) else f"argument {k}") + rest)
    return found


def nodes_of(problem: Problem, leaves: Sequence[Any]) -> list:
    """The numbers in the kinds that the user gave: Values as Values, everything else as arrays."""
    return [Value(float(x)) if kind is Value else np.asarray(x, float) for kind, x in zip(problem.kinds, leaves)]


def plain(x: Any) -> Any:
    return x.data if isinstance(x, Node) else x


def slope_of(f: Callable, mode: Mode, leaves: Sequence[Any], direction: Sequence[np.ndarray]) -> Any:
    """The derivative of f along a direction, in one mode; 0 where f is constant."""
    tangents = [float(t) if isinstance(x, Value) else t for x, t in zip(leaves, direction)]
    if mode == "forward":
        return jvp(f, tuple(leaves), tuple(tangents))[1]
    found = grad(f, argnums=tuple(range(len(leaves))))(*leaves)
    return sum([weighted(np.asarray(t), g) for t, g in zip(tangents, found)])
