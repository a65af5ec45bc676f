"""The inputs of a function as one flat list, each number or array with a name.  Layer 8; knows containers, no derivatives."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..trees import flatten
from .contracts import ContractError
from .returned import Group
from .roles import listed

__all__ = ["Inputs", "is_differentiable"]


def is_differentiable(x: Any) -> bool:
    """Whether an input is one to differentiate by: a float, or an array of them."""
    return isinstance(x, float) or (isinstance(x, np.ndarray | np.floating) and np.asarray(x).dtype.kind == "f")


class Inputs:
    """Arguments by place, keyword arguments after them; a container that holds floats is taken apart.

    names, values   of all inputs: "x", "params['W1']", "weights[0]"
    firm            whether each is differentiated if nobody says more: a number given by keyword is a setting
    """

    def __init__(self, names: Sequence[str], arguments: Sequence[Any], keywords: Mapping[str, Any]) -> None:
        self.count, self.keywords = len(arguments), tuple(keywords)
        self.names: list[str] = []
        self.values: list[Any] = []
        self.firm: list[bool] = []
        self.spans: list[tuple[int, int]] = []
        self.keys: list[list[Any]] = []
        self.builds: list[Callable[[list], Any] | None] = []
        self.tops: list[str] = []
        for k, (name, x) in enumerate(zip((*names[: self.count], *keywords), (*arguments, *keywords.values()))):
            self.add(name, x, k < self.count or not isinstance(x, float))

    def add(self, name: str, x: Any, firm: bool, key: Any = None) -> None:
        """One more argument; `key` is what it is called in the container that an object holds it in."""
        start = len(self.values)
        self.tops.append(name)
        parts = flatten(x, objects=False) if isinstance(x, dict | list | tuple) else None
        if parts is not None and any(map(is_differentiable, parts.leaves)):
            self.names += [name + path for path in parts.paths]
            self.values += parts.leaves
            self.builds.append(parts.rebuild)
            self.keys.append([key_of(path) for path in parts.paths])
        else:
            self.names.append(name)
            self.values.append(x)
            self.builds.append(None)
            self.keys.append([name if key is None else key])
        self.firm += [firm] * (len(self.values) - start)
        self.spans.append((start, len(self.values)))

    def at(self, values: Sequence[Any]) -> Inputs:
        """The same arguments with other values, whose shapes may be others."""
        other = copy.copy(self)
        other.values = list(values)
        return other

    def rebuilt(self, flat: Sequence[Any]) -> tuple[list, dict[str, Any], list]:
        """(arguments, keyword arguments, what was added later) with these in the place of the flat inputs."""
        made = [
            flat[start] if build is None else build(list(flat[start:stop]))
            for (start, stop), build in zip(self.spans, self.builds)
        ]
        later = self.count + len(self.keywords)
        return made[: self.count], dict(zip(self.keywords, made[self.count :])), made[later:]

    def chosen(self, wrt: Sequence[str] | None, optional: Sequence[int] = ()) -> tuple[int, ...]:
        """The places of the inputs that are differentiated: those that wrt names, or all floats without the optional ones."""
        floats = [i for i, x in enumerate(self.values) if is_differentiable(x)]
        if wrt is None:
            return tuple([i for i in floats if self.firm[i] and i not in optional])
        wanted: set[int] = set()
        for name in [wrt] if isinstance(wrt, str) else wrt:
            found = self.called(name)
            if not found:
                raise ContractError(
                    f"wrt names {name}; the inputs are {listed(self.names)}. Choose among them.", wrong=False
                )
            if not set(found) & set(floats):
                kinds = listed([type(self.values[i]).__name__ for i in found])
                raise ContractError(
                    f"wrt names {name}, which is no float and no array of floats but {kinds}; expected one to differentiate. "
                    "Pass it as floats, or leave it out of wrt.",
                    wrong=False,
                )
            wanted |= set(found)
        return tuple([i for i in floats if i in wanted])

    @property
    def later(self) -> bool:
        """Whether anything was added after the arguments and keyword arguments."""
        return len(self.spans) > self.count + len(self.keywords)

    def called(self, name: str) -> list[int]:
        """The places of an input by its full name, of all parts of an argument, or of the only part with such a key."""
        if name in self.names:
            return [self.names.index(name)]
        if name in self.tops:
            start, stop = self.spans[self.tops.index(name)]
            return list(range(start, stop))
        keys = [key for part in self.keys for key in part]
        return [keys.index(name)] if keys.count(name) == 1 else []

    def groups(self, active: Sequence[int]) -> list[Group]:
        """The arguments with something to differentiate."""
        found = []
        for k, (start, end) in enumerate(self.spans):
            places = tuple([i for i in range(start, end) if i in active])
            if places:
                keys = tuple([self.keys[k][i - start] for i in places])
                shapes = tuple([np.shape(self.values[i]) for i in places])
                found.append(Group(self.tops[k], k, places, keys, shapes, self.builds[k] is not None))
        return found


def key_of(path: str) -> Any:
    """The last step of a path as Python writes it: "['W1']" -> "W1", "[0]" -> 0, ".bias" -> "bias"."""
    if path.endswith("']"):
        return path[path.rindex("['") + 2 : -2]
    if path.endswith("]"):
        text = path[path.rindex("[") + 1 : -1]
        return int(text) if text.lstrip("-").isdigit() else text
    return path[path.rindex(".") + 1 :]
