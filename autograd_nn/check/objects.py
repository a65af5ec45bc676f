"""Layers as objects: where their weights are, and where backward leaves the gradients.  Layer 8; knows attributes.

A weight is an array that the forward reads and does not set, and that has a gradient beside it after the backward: in an
attribute (dW, grad_W, W_grad), in a container like its own (params["W"] and grads["W"], weights[0] and dweights[0]), in a field
of a parameter object (W.data and W.grad) or in a dict (grads["W"]); or that the backward has moved by a known learning rate.
"""

from __future__ import annotations

import copy
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .contracts import ContractError
from .returned import shape_of, spellings
from .roles import RATES

__all__ = ["Path", "Weight", "arrays", "copied", "gradient_path", "look", "path_name", "put", "rate_of", "same"]

Path = tuple[tuple[str, Any], ...]  # steps: ("attribute", name) or ("item", key)
CONTAINERS = (
    "grads",
    "gradients",
    "grad",
    "gradient",
    "derivatives",
    "dparams",
    "d_params",
    "d",
    "g",
    "deltas",
    "nabla",
)
DATA, GRADIENT = ("data", "value", "values", "val", "array", "param", "w"), ("grad", "gradient", "g", "d", "diff", "dw")
ALIASES = {
    "weights": ("W", "w", "weight"), "weight": ("W", "w"), "W": ("w", "weights", "weight"), "w": ("W", "weights"),
    "biases": ("b", "bias"), "bias": ("b",), "b": ("bias", "biases", "B"), "kernel": ("W", "w", "k"),
}  # fmt: skip
DEPTH = 6
ATOMS = (str, bytes, bool, int, complex, np.generic, types.ModuleType, types.FunctionType, types.MethodType, type)


@dataclass(frozen=True, slots=True)
class Weight:
    """An array that an object holds and learns.

    paths      everywhere it is held: setting it sets all of them
    gradient   where its gradient is after the backward, or None
    rate       by which backward has moved it, where that is the only trace of the gradient
    hidden     whether it learns and no gradient of it can be seen
    """

    name: str
    paths: tuple[Path, ...]
    gradient: Path | None
    rate: float | None = None
    hidden: bool = False


def copied(thing: Any) -> Any:
    """A deep copy, so that nothing that is run changes the user's object."""
    try:
        return copy.deepcopy(thing)
    except Exception as error:
        raise ContractError(
            f"an object of {type(thing).__name__} cannot be copied: {type(error).__name__}: {error}; expected one that can, so "
            "that a check leaves it unchanged. Pass the class and the arguments of its constructor instead."
        ) from error


def children(x: Any) -> Iterator[tuple[tuple[str, Any], Any]]:
    """The steps into an object, and what is there."""
    if isinstance(x, dict):
        yield from [(("item", key), value) for key, value in x.items()]
    elif isinstance(x, list | tuple):
        yield from [(("item", k), value) for k, value in enumerate(x)]
    elif hasattr(x, "__dict__"):
        yield from [(("attribute", name), value) for name, value in vars(x).items()]
    for kind in type(x).__mro__[:-1]:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(x, name):
                yield ("attribute", name), getattr(x, name)


def arrays(thing: Any) -> dict[Path, Any]:
    """Every float and array of floats that an object holds, by its path, in order of definition."""
    found: dict[Path, Any] = {}
    seen: set[int] = set()

    def walk(x: Any, path: Path) -> None:
        if isinstance(x, float) or (isinstance(x, np.ndarray | np.floating) and x.dtype.kind == "f"):
            found[path] = x
        elif not isinstance(x, (*ATOMS, np.ndarray)) and x is not None and id(x) not in seen and len(path) < DEPTH:
            seen.add(id(x))
            for step, value in children(x):
                walk(value, (*path, step))

    walk(thing, ())
    return found


def look(thing: Any, path: Path) -> Any:
    """What stands at a path, or None."""
    for kind, key in path:
        try:
            thing = getattr(thing, key) if kind == "attribute" else thing[key]
        except (AttributeError, KeyError, IndexError, TypeError):
            return None
    return thing


def put(thing: Any, path: Path, value: Any) -> None:
    """Set what stands at a path; a tuple on the way is made anew."""
    owner, (kind, key) = look(thing, path[:-1]), path[-1]
    if kind == "attribute":
        object.__setattr__(owner, key, value)  # past properties and frozen dataclasses: it stood in __dict__ or a slot
    elif isinstance(owner, tuple):
        parts = [*owner[:key], value, *owner[key + 1 :]]
        put(thing, path[:-1], type(owner)(*parts) if hasattr(owner, "_fields") else type(owner)(parts))
    else:
        owner[key] = value


def path_name(path: Path) -> str:
    """A path as Python writes it; of a parameter object its own name: W for W.data."""
    if len(path) > 1 and path[-1] in [("attribute", name) for name in DATA]:
        path = path[:-1]
    text = "".join([f".{key}" if kind == "attribute" else f"[{key!r}]" for kind, key in path])
    return text.removeprefix(".")


def gradient_path(thing: Any, path: Path, weights: Sequence[Path]) -> Path | None:
    """Where the gradient of the array at a path is, or None; `weights` are all candidates, for a list of gradients in order."""
    wanted = np.shape(look(thing, path))
    loosely = [p for p in by_alias(path) if shape_of(look(thing, p)) == wanted]
    every = [p for p in candidates(thing, path, weights) if p != path and is_gradient(look(thing, p))]
    return next(iter([*every, *loosely]), None)


def is_gradient(x: Any) -> bool:
    return x is not None and not isinstance(x, str | bool) and shape_of(x) is not None


def candidates(thing: Any, path: Path, weights: Sequence[Path]) -> Iterator[Path]:
    """The places in which the gradient of the array at a path may be, the likeliest first."""
    outer, (kind, key) = path[:-1], path[-1]
    names = spellings(key)[:-1] if isinstance(key, str) else []
    yield from [(*outer, (kind, name)) for name in names]
    if key in DATA:
        yield from [(*outer, (kind, name)) for name in GRADIENT]
    if kind == "item" and outer and isinstance(outer[-1][1], str):  # params["W"]: grads["W"], grads["dW"], dW
        around, container = outer[:-1], outer[-1]
        for name in (*spellings(container[1])[:-1], *CONTAINERS):
            beside = (*around, (container[0], name))
            yield from [(*beside, ("item", spelling)) for spelling in (*names, key)]
        yield from [(*around, ("attribute", name)) for name in names]
    if kind == "attribute":  # W: grads["W"], grads["dW"], or the grads in the order of the weights
        order = [p for p in weights if p[:-1] == outer and p[-1][0] == "attribute"]
        for name in CONTAINERS:
            beside = (*outer, ("attribute", name))
            held = look(thing, beside)
            if isinstance(held, dict):
                yield from [(*beside, ("item", spelling)) for spelling in (*names, key)]
            elif isinstance(held, list | tuple) and path in order and len(held) == len(order):
                yield (*beside, ("item", order.index(path)))


def by_alias(path: Path) -> Iterator[Path]:
    """The gradients under the short or the long name: dW of weights, grad_bias of b."""
    outer, (kind, key) = path[:-1], path[-1]
    for other in ALIASES.get(key, ()) if isinstance(key, str) else ():
        yield from [(*outer, (kind, name)) for name in spellings(other)[:-1]]
        yield from [(*outer, ("attribute", name), ("item", other)) for name in CONTAINERS]


def rate_of(thing: Any, path: Path) -> float | None:
    """The learning rate that stands beside an array, or at the object itself."""
    for outer in (path[:-1], ()):
        for name in RATES:
            found = look(thing, (*outer, ("attribute", name)))
            if isinstance(found, float) and found != 0.0:
                return found
    return None


def same(x: Any, z: Any) -> bool:
    return np.array_equal(np.asarray(x), np.asarray(z), equal_nan=True)
