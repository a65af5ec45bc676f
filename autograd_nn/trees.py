"""Nested containers as flat lists of leaves, and back.  Layer 5; knows lists and tuples, and nothing about leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["flatten"]


def flatten(tree: Any) -> tuple[list, Callable[[list], Any]]:
    """(leaves in order, function that builds the same nesting around other leaves).  Anything but a list or tuple is a leaf.

    >>> leaves, rebuild = flatten([1.0, (2.0, [3.0])])
    >>> leaves, rebuild([x + 1 for x in leaves])
    ([1.0, 2.0, 3.0], [2.0, (3.0, [4.0])])
    """
    leaves: list = []
    structure = collect(tree, leaves)

    def rebuild(replaced: list) -> Any:
        return restore(structure, iter(replaced))

    return leaves, rebuild


def collect(tree: Any, leaves: list) -> Any:
    """The container types of `tree`, nested alike, with None for a leaf; appends the leaves."""
    if isinstance(tree, list | tuple):
        return type(tree), [collect(part, leaves) for part in tree]
    leaves.append(tree)
    return None


def restore(structure: Any, leaves: Any) -> Any:
    if structure is None:
        return next(leaves)
    kind, parts = structure
    rebuilt = [restore(part, leaves) for part in parts]
    return kind(*rebuilt) if hasattr(kind, "_fields") else kind(rebuilt)  # a named tuple takes its fields one by one
