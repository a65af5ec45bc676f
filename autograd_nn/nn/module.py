"""Module: a function whose attributes are its parameters.  Layer 7, first in nn/; knows Tensors, and no layer in particular."""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..errors import user_line
from ..place import current, enter, leave
from ..tensor import Tensor
from ..variables import VARIABLE

__all__ = ["Module", "check_callable", "check_finite"]


class Module:
    """A function with parameters: set Tensors as attributes in `__init__`, write the equation in `__call__`, and that is all.

    Leaf Tensors in attributes, in nested Modules, and in lists, tuples and dicts of them are the parameters; arrays are
    constants, and a Tensor used in two places is one parameter. There is nothing to register, and no `super().__init__()`.
    `copy.deepcopy(model)` gives an independent model with fresh leaves and no gradients.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Tensor(2.0), Tensor(1.0)
    ...
    ...     def __call__(self, x):
    ...         return self.slope * x + self.offset
    >>> line = Line()
    >>> line(np.array([0.0, 3.0])).numpy()
    array([1., 7.])
    >>> list(line.parameters())
    ['slope', 'offset']
    """

    def __init_subclass__(cls, **keywords: Any) -> None:
        """Lets every call of a layer be a scope, for pictures and messages: the only hook."""
        super().__init_subclass__(**keywords)
        if "__call__" in vars(cls):
            cls.__call__ = scoped(cls.__call__)  # type: ignore[method-assign]  # the one hook

    def __call__(self, *inputs: Any) -> Any:
        raise NotImplementedError(
            f"{type(self).__name__} was called, at {user_line()}, but has no equation. A Module's output is what its "
            "__call__ returns. Define `def __call__(self, x)` in the class."
        )

    def parameters(self) -> dict[str, Tensor]:
        """The parameters by dotted path ("layers.0.weight"), in the order of definition; a shared Tensor once, by its first path.

        Computed Tensors and arrays are left out. Raises ValueError if two parameters have the same path.
        """
        found: dict[str, Tensor] = {}
        for path, tensor in leaves(self, "", set()):
            if path in found:
                raise ValueError(
                    f"two different parameters of {type(self).__name__} have the path {path!r}, at {user_line()}. A "
                    "path names one parameter. Rename a key: a dict here has keys that read alike, such as 1 and '1', "
                    "or keys with dots in them."
                )
            found[path] = tensor
        return found

    def __tree__(self) -> tuple[dict[str, Any], Callable]:
        """The parameters' data by path, and how to make a Module like this one around others (trees.py).

        A parameter that a running transform differentiates comes as it is, so that transforms inside follow it.
        """
        found = self.parameters()
        data = {path: t.data if t.op is None else t for path, t in found.items()}
        return data, lambda new: rebuilt(self, {id(t): new[path] for path, t in found.items()}, {})

    def __scope__(self, outer: Any) -> str:
        """The name of this layer's scope: its path in the Module that called it, or its class."""
        for path, part in submodules(outer):
            if part is self:
                return path
        return type(self).__name__

    def __repr__(self) -> str:
        return "\n".join(outline(self, set()))


def scoped(call: Callable) -> Callable:
    """A `__call__` whose nodes know the layer that made them."""

    @functools.wraps(call)
    def call_in_scope(self: Any, *inputs: Any, **keywords: Any) -> Any:
        place = current()
        if place is not None and place.owner is self:  # super().__call__(x)
            return call(self, *inputs, **keywords)
        token = enter(self)
        try:
            return call(self, *inputs, **keywords)
        finally:
            leave(token)

    return call_in_scope


def submodules(x: Any, path: str = "") -> Iterator[tuple[str, Module]]:
    """The Modules directly inside x, by path; containers on the way are followed."""
    for name, part in parts(x):
        below = f"{path}.{name}" if path else name
        if isinstance(part, Module):
            yield below, part
        elif isinstance(part, dict | list | tuple):
            yield from submodules(part, below)


def rebuilt(x: Any, new: dict[int, Any], done: dict[int, Any]) -> Any:
    """x with parameters replaced by id; Modules and containers on the way are copied, once each, everything else is shared."""
    if id(x) in new:
        return new[id(x)]
    if id(x) in done:
        return done[id(x)]
    if isinstance(x, Module):
        twin = done[id(x)] = copy.copy(x)
        vars(twin).update({name: rebuilt(part, new, done) for name, part in vars(x).items()})
        return twin
    if isinstance(x, dict | list):
        copied = done[id(x)] = copy.copy(x)
        for key, part in x.items() if isinstance(x, dict) else enumerate(x):
            copied[key] = rebuilt(part, new, done)
        return copied
    if isinstance(x, tuple):
        parts = [rebuilt(part, new, done) for part in x]
        return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)
    return x


def parts(x: Any) -> list[tuple[str, Any]]:
    """What a Module or a container is made of, by name; nothing for anything else."""
    if isinstance(x, Module):
        return list(vars(x).items())
    if isinstance(x, dict):
        return [(str(key), part) for key, part in x.items()]
    if isinstance(x, list | tuple):
        return [(str(i), part) for i, part in enumerate(x)]
    return []


def leaves(x: Any, path: str, seen: set[int]) -> Iterator[tuple[str, Tensor]]:
    """(path, Tensor) of every parameter in x that is not in `seen`, which also keeps cycles finite."""
    if id(x) in seen:
        return
    if isinstance(x, Tensor):
        if x.op is None or x.op is VARIABLE:
            seen.add(id(x))
            yield path, x
    elif found := parts(x):
        seen.add(id(x))
        for name, part in found:
            yield from leaves(part, f"{path}.{name}" if path else name, seen)


def outline(x: Any, seen: set[int]) -> list[str]:
    """The lines of a Module's repr: its class and size, then its parts, indented."""
    count = sum([t.size for _, t in leaves(x, "", set())])
    lines = [f"{type(x).__name__}, {count:,} parameters"]
    if id(x) in seen:
        return [lines[0] + ", shown above"]
    seen.add(id(x))
    for name, part in entries(x, ""):
        first, *rest = outline(part, seen) if isinstance(part, Module) else [described(part, seen)]
        lines += [f"  {name}: {first}", *["  " + line for line in rest]]
    return lines


def entries(x: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The parts of x with containers unpacked, where something in them is more than a number or text."""
    for name, part in parts(x):
        inner = f"{path}.{name}" if path else name
        if isinstance(part, list | tuple | dict) and any([isinstance(p, WORTH_A_LINE) for _, p in parts(part)]):
            yield from entries(part, inner)
        elif part is not None:
            yield inner, part


WORTH_A_LINE = (Module, Tensor, np.ndarray, list, tuple, dict)


def described(x: Any, seen: set[int]) -> str:
    """One attribute that is no Module, in a few words."""
    if isinstance(x, Tensor | np.ndarray):
        about = f"{x.shape} {x.dtype}"
        if isinstance(x, np.ndarray) or x.op is not None:
            return about + ", not trained"
        if id(x) in seen:
            return about + ", shown above"
        seen.add(id(x))
        return about
    text = getattr(x, "__name__", None) or repr(x)
    return text if len(text) <= 60 else text[:57] + "..."


def check_callable(owner: str, what: str, f: Any) -> None:
    """Raises TypeError unless f is a function or an object to call; a class is neither, it was to be instantiated."""
    if isinstance(f, type):
        raise TypeError(
            f"{owner} got the class {f.__name__} as {what}, at {user_line()}. It expects a function, or a layer that "
            f"exists already. Write {f.__name__}()."
        )
    if not callable(f):
        hint = " To pass the layers of a list, write Sequential(*layers)." if isinstance(f, list | tuple) else ""
        raise TypeError(
            f"{owner} got {type(f).__name__} {f!r:.60} as {what}, at {user_line()}. It expects something to call with "
            f"an array or Tensor. Pass a function, for example autograd_nn.ops.tanh, or a layer.{hint}"
        )


def check_finite(owner: str, name: str, x: Any, expected: str = "a finite number") -> float:
    """x as a float; raises if it is no finite number."""
    problem = f"{owner} got {name}={x!r:.60}, of type {type(x).__name__}, at {user_line()}; expected {expected}."
    if not isinstance(x, int | float | np.floating | np.integer) or isinstance(x, bool):
        raise TypeError(f"{problem} Pass for example {name}=1.0.")
    if not math.isfinite(x):
        raise ValueError(f"{problem} Pass for example {name}=1.0.")
    return float(x)
