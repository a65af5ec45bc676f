"""Nested containers as flat lists of leaves, and back.  Layer 5; knows containers by protocol, and nothing about leaves.

A tree is a dict, list, tuple, named tuple or dataclass of trees, None (no leaf), or an object with a method `__tree__` that
returns ({path: leaf}, function from such a dict to an object like itself); anything else is a leaf.  nn.Module has one.
Subclasses of dict and list are copied with their other attributes (a defaultdict keeps its factory).  A leaf in two places is
two leaves.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from .errors import user_line

__all__ = ["Tree", "flatten"]


class Tree(NamedTuple):
    """A tree taken apart.

    leaves   in order of definition
    paths    where each leaf is, as Python would write it: [0], ['w'], .bias
    rebuild  other leaves -> a tree of the same containers (an object with __tree__ becomes one like itself)
    nest     other leaves -> the same, but plain: an object with __tree__ becomes the dict of its paths
    """

    leaves: list
    paths: list[str]
    rebuild: Callable[[list], Any]
    nest: Callable[[list], Any]


Build = Callable[[Iterator, bool], Any]  # (leaves still to place, whether objects become plain dicts) -> tree


def flatten(tree: Any, objects: bool = True) -> Tree:
    """Take a tree apart, so that its leaves can be replaced.

    objects   whether objects with __tree__ are taken apart too; else each is a leaf

    >>> parts = flatten({"w": [1.0, 2.0], "b": (3.0, None)})
    >>> parts.leaves, parts.paths
    ([1.0, 2.0, 3.0], ["['w'][0]", "['w'][1]", "['b'][0]"])
    >>> parts.rebuild([x * 10 for x in parts.leaves])
    {'w': [10.0, 20.0], 'b': (30.0, None)}
    """
    parts = Parts(objects)
    build = parts.take(tree, "", ())
    return Tree(parts.leaves, parts.paths, lambda new: build(iter(new), False), lambda new: build(iter(new), True))


class Parts:
    """The leaves and paths found so far in one tree; `take` adds those of a part and returns how to build it anew."""

    def __init__(self, objects: bool) -> None:
        self.objects = objects
        self.leaves: list = []
        self.paths: list[str] = []

    def take(self, tree: Any, path: str, outer: tuple[int, ...]) -> Build:
        """`outer` holds the ids of the containers around `tree`."""
        if tree is None:
            return lambda new, plain: None
        if isinstance(tree, dict):
            within = inside(tree, path, outer)
            named = {k: self.take(x, f"{path}[{k!r}]", within) for k, x in tree.items()}
            return lambda new, plain: filled(tree, {k: build(new, plain) for k, build in named.items()})
        if isinstance(tree, list | tuple):
            within = inside(tree, path, outer)
            parts = [self.take(x, f"{path}[{i}]", within) for i, x in enumerate(tree)]
            return lambda new, plain: sequence_like(tree, [build(new, plain) for build in parts])
        if self.objects and hasattr(tree, "__tree__") and not isinstance(tree, type):
            found, rebuilt = tree.__tree__()
            within = inside(tree, path, outer)
            named = {k: self.take(x, f"{path}.{k}", within) for k, x in found.items()}

            def build_object(new: Iterator, plain: bool) -> Any:
                replaced = {k: build(new, plain) for k, build in named.items()}
                return replaced if plain else rebuilt(replaced)

            return build_object
        if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
            within = inside(tree, path, outer)
            names = [f.name for f in dataclasses.fields(tree)]
            named = {name: self.take(getattr(tree, name), f"{path}.{name}", within) for name in names}
            return lambda new, plain: dataclass_like(tree, {k: build(new, plain) for k, build in named.items()})
        self.leaves.append(tree)
        self.paths.append(path)
        return lambda new, plain: next(new)


def inside(tree: Any, path: str, outer: tuple[int, ...]) -> tuple[int, ...]:
    """The ids of the containers around the parts of `tree`; raises ValueError if it is one of them itself."""
    if id(tree) in outer:
        raise ValueError(
            f"a {type(tree).__name__} holds itself, at {path}, at {user_line()}. What is differentiated is a "
            "number, an array, or a finite tree of them. Break the cycle, or pass the parts that you need."
        )
    return (*outer, id(tree))


def dataclass_like(original: Any, fields: dict) -> Any:
    """A copy of a dataclass with these fields."""
    twin = copy.copy(original)
    for name, part in fields.items():
        object.__setattr__(twin, name, part)  # a frozen one too
    return twin


def filled(original: dict, items: dict) -> dict:
    """A dict, or a copy of one of a subclass, with these items."""
    if type(original) is dict:
        return items
    twin = copy.copy(original)
    for key, item in items.items():
        twin[key] = item  # not update(): a Counter would add
    return twin


def sequence_like(original: Any, parts: list) -> Any:
    """A list, tuple or named tuple, or a copy of a list of a subclass, with these parts."""
    kind = type(original)
    if kind is list:
        return parts
    if isinstance(original, tuple):  # a named tuple takes its fields one by one
        return kind(*parts) if hasattr(kind, "_fields") else kind(parts)
    twin = copy.copy(original)
    twin[:] = parts
    return twin
