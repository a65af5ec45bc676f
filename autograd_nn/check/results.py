"""Which parts of what a forward returns are differentiated, and upstream gradients of their form.  Layer 8; knows containers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..trees import flatten
from .contracts import ContractError
from .returned import shape_of

__all__ = ["Results", "random_like"]


class Results:
    """The differentiable arrays in a result.

    count   how many of the parts of the returned tuple are results, the others being kept for the backward; 0: all of it is
    first   one result, as an example
    """

    def __init__(self, first: Any, count: int) -> None:
        self.count = count
        leaves = flatten(self.part(first), objects=False).leaves
        floats = [k for k, x in enumerate(leaves) if shape_of(x) is not None and np.asarray(x).dtype.kind == "f"]
        self.places = floats or [k for k, x in enumerate(leaves) if shape_of(x) is not None]
        if not self.places:
            what = f"{first!r:.60} of type {type(first).__name__}"
            if isinstance(first, np.ndarray):
                what = f"an array of {first.dtype.name}"
            raise ContractError(
                f"the forward returned {what}, in which there is no number and no array of numbers; expected its result. "
                "Return it, as floats.",
                wrong=False,
            )

    def part(self, result: Any) -> Any:
        """The results alone."""
        return result if not self.count else result[0] if self.count == 1 else result[: self.count]

    def value(self, result: Any) -> Any:
        """The differentiable arrays: one, or a tuple."""
        leaves = flatten(self.part(result), objects=False).leaves
        found = tuple([leaves[k] for k in self.places])
        return found[0] if len(found) == 1 else found

    def upstreams(self, upstream: Any, result: Any) -> Any:
        """The upstream gradients in the containers of the results; None for those that are not differentiated."""
        given = upstream if len(self.places) > 1 else (upstream,)
        tree = flatten(self.part(result), objects=False)
        leaves: list[Any] = [None] * len(tree.leaves)
        for k, v in zip(self.places, given):
            leaves[k] = (
                v[()] if isinstance(v, np.ndarray) and not v.ndim and not isinstance(tree.leaves[k], np.ndarray) else v
            )
        return tree.rebuild(leaves)

    def several(self) -> bool:
        return len(self.places) > 1


def random_like(value: Any, rng: np.random.Generator) -> Any:
    """Random upstream gradients for a value: an array, a number or a tuple of them."""
    if isinstance(value, tuple):
        return tuple([random_like(part, rng) for part in value])
    dtype = np.asarray(value).dtype
    return np.asarray(rng.normal(size=np.shape(value)), dtype if dtype.kind == "f" else float)
