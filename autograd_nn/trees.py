"""Nested containers as flat lists of leaves, and back.  Layer 5; knows containers by protocol, and nothing about leaves.

A tree is a dict, list, tuple, named tuple or dataclass of trees, None (no leaf), or an object with a method `__tree__` that
returns ({path: leaf}, function from such a dict to an object like itself); anything else is a leaf.  nn.Module has one.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

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


def flatten(tree: Any) -> Tree:
    """Take a tree apart, so that its leaves can be replaced.

    >>> parts = flatten({"w": [1.0, 2.0], "b": (3.0, None)})
    >>> parts.leaves, parts.paths
    ([1.0, 2.0, 3.0], ["['w'][0]", "['w'][1]", "['b'][0]"])
    >>> parts.rebuild([x * 10 for x in parts.leaves])
    {'w': [10.0, 20.0], 'b': (30.0, None)}
    """
    leaves: list = []
    paths: list[str] = []
    build = take_apart(tree, "", leaves, paths)
    return Tree(leaves, paths, lambda new: build(iter(new), False), lambda new: build(iter(new), True))


def take_apart(tree: Any, path: str, leaves: list, paths: list[str]) -> Build:
    """Appends the leaves of `tree` and their paths; returns how to build such a tree from other leaves."""
    if tree is None:
        return lambda new, plain: None
    if isinstance(tree, dict):
        kind = type(tree)
        named = {k: take_apart(part, f"{path}[{k!r}]", leaves, paths) for k, part in tree.items()}
        return lambda new, plain: made(kind, {k: build(new, plain) for k, build in named.items()})
    if isinstance(tree, list | tuple):
        sequence = type(tree)
        parts = [take_apart(part, f"{path}[{i}]", leaves, paths) for i, part in enumerate(tree)]
        if hasattr(sequence, "_fields"):  # a named tuple takes its fields one by one
            return lambda new, plain: sequence(*[build(new, plain) for build in parts])
        return lambda new, plain: sequence([build(new, plain) for build in parts])
    if hasattr(tree, "__tree__") and not isinstance(tree, type):
        found, rebuilt = tree.__tree__()
        named = {k: take_apart(part, f"{path}.{k}", leaves, paths) for k, part in found.items()}

        def build_object(new: Iterator, plain: bool) -> Any:
            replaced = {k: build(new, plain) for k, build in named.items()}
            return replaced if plain else rebuilt(replaced)

        return build_object
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        fields = {
            f.name: take_apart(getattr(tree, f.name), f"{path}.{f.name}", leaves, paths)
            for f in dataclasses.fields(tree)
        }

        def build_dataclass(new: Iterator, plain: bool) -> Any:
            twin = copy.copy(tree)
            for name, build in fields.items():
                object.__setattr__(twin, name, build(new, plain))  # a frozen one too
            return twin

        return build_dataclass
    leaves.append(tree)
    paths.append(path)
    return lambda new, plain: next(new)


def made(kind: type, items: dict) -> Any:
    """A dict, or a subclass of it, with these items."""
    return items if kind is dict else kind(items)
