"""Hand-written code in its usual shapes, as one function of inputs and upstream.  Layer 8; knows no derivatives.

Shapes:  forward -> out,              backward(upstream, *inputs) -> gradients
         forward -> (out, cache),     backward(upstream, cache) -> gradients
         forward -> out,              backward(upstream) of an object that remembers its inputs
         forward -> (loss, gradients) and no backward
         forward -> loss,             gradients(*inputs) of that number
Gradients are one array, a tuple in the order of the differentiable inputs, or a dict by name ("dW", "grad_W" or "W").
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..errors import user_line

__all__ = ["ContractError", "Pair", "Style", "is_differentiable", "name_of", "pair_of"]

Style = Literal["plain", "cache", "stored", "loss", "gradient"]


class ContractError(ValueError):
    """Forward or backward code that does not fit together: wrong count, shape or kind of what it takes or returns."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One forward and backward.

    names    of the inputs;  active: the positions of those that are differentiated
    """

    forward: Callable
    backward: Callable | None
    style: Style
    names: tuple[str, ...]
    active: tuple[int, ...]

    def value(self, *inputs: Any) -> Any:
        """The differentiable result of the forward."""
        result = self.forward(*inputs)
        return result[0] if self.style in ("cache", "loss") else result

    def gradients(self, inputs: Sequence[Any], upstream: Any) -> list[np.ndarray | None]:
        """The hand-written gradient of every active input; None where a dict has none of that name."""
        result = self.forward(*inputs)
        if self.style == "loss":
            given = result[1]
        elif self.style == "cache":
            given = self.backward(upstream, result[1])  # type: ignore[misc]  # only "loss" has none
        elif self.style == "plain":
            given = self.backward(upstream, *inputs)  # type: ignore[misc]  # as above
        elif self.style == "stored":
            given = self.backward(upstream)  # type: ignore[misc]  # as above
        else:
            given = self.backward(*inputs)  # type: ignore[misc]  # as above
        return self.in_order(given, inputs)

    def in_order(self, given: Any, inputs: Sequence[Any]) -> list[np.ndarray | None]:
        """What a backward returned as one array for each active input; ContractError where that cannot be."""
        wanted = [self.names[i] for i in self.active]
        if given is None:
            raise ContractError(f"the backward returned None; expected gradients of {', '.join(wanted)}. Return them.")
        if isinstance(given, dict):
            parts = [next((given[k] for k in spellings(name) if k in given), None) for name in wanted]
            if all([part is None for part in parts]):
                raise ContractError(
                    f"the backward returned a dict with {sorted(map(str, given))}; expected gradients of {', '.join(wanted)}, "
                    f"each under its name or as in {', '.join(spellings(wanted[0])[:2])}. Name them so."
                )
        else:
            parts = self.matched(list(given) if isinstance(given, tuple | list) else [given], inputs)
        arrays: list[np.ndarray | None] = []
        for name, i, part in zip(wanted, self.active, parts):
            if part is None:
                arrays.append(None)
                continue
            array = np.asarray(part)
            if array.dtype.kind not in "fiub":
                raise ContractError(f"the gradient of {name} is {type(part).__name__} {part!r:.40}; expected numbers.")
            if array.shape != np.shape(inputs[i]):
                raise ContractError(
                    f"the gradient of {name} has shape {array.shape}, and {name} has {np.shape(inputs[i])}; they must agree."
                )
            arrays.append(array)
        return arrays

    def matched(self, parts: list, inputs: Sequence[Any]) -> list:
        """Gradients in order as one for each active input: constants (labels, rates) may be left out, or have None."""
        wanted = [self.names[i] for i in self.active]
        if len(parts) == len(inputs) != len(wanted):
            parts = [parts[i] for i in self.active]
        if len(parts) == len(wanted) and any([part is not None for part in parts]):
            return parts
        shapes = [None if part is None else np.shape(part) for part in parts]
        places = (
            matching(shapes, [np.shape(inputs[i]) for i in self.active]) if any(shapes) or shapes != [None] else None
        )
        if places is None:
            these = ", ".join([str(shape) for shape in shapes])
            raise ContractError(
                f"the backward returned {len(parts)} gradients; expected {len(wanted)}, of {', '.join(wanted)}, or fewer with "
                f"the shapes of some of them, in that order; these have {these}. Return one for each."
            )
        found: list = [None] * len(wanted)
        for place, part in zip(places, parts):
            found[place] = part
        return found


def matching(shapes: list, wanted: list) -> list[int] | None:
    """Which of the wanted shapes the given ones are, in order, the earliest that fit; None if they are not among them."""
    places: list[int] = []
    for shape in shapes:
        start = places[-1] + 1 if places else 0
        found = next((k for k in range(start, len(wanted)) if shape in (None, wanted[k])), None)
        if found is None:
            return None
        places.append(found)
    return places


def spellings(name: str) -> list[str]:
    """How a gradient of `name` is called in dicts."""
    return [f"d{name}", f"grad_{name}", f"d_{name}", f"{name}_grad", f"grad{name}", name]


def is_differentiable(x: Any) -> bool:
    """Whether an input is one to differentiate by: floats, or an array of them."""
    return isinstance(x, float) or (isinstance(x, np.ndarray | np.floating) and np.asarray(x).dtype.kind == "f")


def pair_of(
    forward: Callable,
    backward: Callable | None,
    inputs: Sequence[Any],
    style: str = "auto",
    wrt: Sequence[str] | None = None,
) -> Pair:
    """The pair, with its style told from one run of the forward and the parameters of the backward."""
    names = tuple(inspect.signature(forward).parameters)[: len(inputs)]
    names += tuple([f"input {i}" for i in range(len(names), len(inputs))])
    active = tuple([i for i, x in enumerate(inputs) if is_differentiable(x) and (wrt is None or names[i] in wrt)])
    unknown = [name for name in wrt or () if name not in names]
    if unknown:
        raise ContractError(f"wrt names {', '.join(unknown)}; the inputs are {', '.join(names)}. Choose among them.")
    if not active:
        raise ContractError(
            f"no input of {name_of(forward)} is a float or an array of floats, at {user_line()}; expected something to "
            "differentiate. Pass float arrays."
        )
    found: Any = style
    if style == "auto":
        result = forward(*inputs)
        found = told(result, backward, len(inputs))
    return Pair(forward, backward, found, names, active)


def told(result: Any, backward: Callable | None, count: int) -> Style:
    """The style of a pair from a result of its forward and the number of parameters of its backward."""
    if backward is None:
        return "loss"
    parameters = [p for p in inspect.signature(backward).parameters.values() if p.default is p.empty]
    if isinstance(result, tuple) and len(result) == 2 and len(parameters) == 2:
        return "cache"
    if len(parameters) == 1 and not (count == 1 and np.size(result) == 1):
        return "stored"
    return "gradient" if len(parameters) == count and np.size(result) == 1 else "plain"


def name_of(f: Any) -> str:
    return getattr(f, "__name__", type(f).__name__)
