"""How a pair is called: which parameter of the backward is the upstream gradient, a cache, an input, the result.  Layer 8.

Where the names leave two readings (sigmoid_prime of the input or of the result), both are kept, and the caller asks for each.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .inputs import is_differentiable

__all__ = ["Call", "calls_of", "disguised", "fits", "is_upstream", "layer_fits"]

CACHE = r"caches?|ctx|context|memory|saved|state|tape|intermediates?|activations?|tmp|stored|store|linear_cache"
RESULT = r"y|out|outputs?|o|a|s|h|res|result|act|activated|probs?|p|sigma|fx|value|af|s_out|softmax|sm"
INPUT = r"x|z|inp|inputs?|u|v|net|pre|preact|logits|scores|cache|arr|n|t|data|self"
GRADIENTS = (
    r"d[a-zA-Z]\w*|d_\w+|g|gy|gz|gout|grads?|gradients?|gradient_\w+|grad_?\w+|\w+_?grads?|delta\w*|upstream\w*|errors?|err|up|"
    r"cotangent|ct|v?bar|nabla"
)
UPSTREAM = ""  # where a parameter comes from; no input is called so


@dataclass(frozen=True, slots=True)
class Call:
    """A forward and backward in one of the styles that check_backward knows.

    names    of the inputs;  reading: how the backward is called, in words
    """

    forward: Callable
    backward: Callable | None
    style: str
    names: tuple[str, ...]
    reading: str

    def gradients(self, values: Sequence[Any]) -> Any:
        """What the hand-written code returns for an upstream gradient of ones."""
        result = self.forward(*values)
        if self.style == "loss":
            return result[1]
        if self.backward is None or self.style == "gradient":
            return self.backward(*values) if self.backward else None
        if self.style == "cache":
            return self.backward(np.ones(np.shape(result[0])), result[1])
        upstream = np.ones(np.shape(result))
        return self.backward(upstream, *values) if self.style == "plain" else self.backward(upstream)


def fits(call: Call, values: Sequence[Any]) -> bool:
    """Whether the backward runs, and its gradients have the shapes of inputs."""
    given = call.gradients(values)
    parts = list(given.values()) if isinstance(given, dict) else given if isinstance(given, tuple | list) else [given]
    shapes = [np.shape(x) for x in values if is_differentiable(x)]
    for part in parts:
        if part is None:
            continue
        if np.shape(part) not in shapes:
            return False
        shapes.remove(np.shape(part))
    return bool(parts)


def is_upstream(name: str) -> bool:
    """Whether a parameter of this name is the gradient that comes from above."""
    return bool(re.fullmatch(GRADIENTS, name, re.IGNORECASE)) and name.lower() not in ("data", "dim", "depth", "dims")


def layer_fits(layer: Any, values: Sequence[Any], alone: bool) -> bool:
    """Whether the backward of an object runs after its forward, and returns something of the shape of an input, or nothing."""
    result = layer.forward(*values)
    given = layer.backward() if alone else layer.backward(np.ones(np.shape(result)))
    parts = given if isinstance(given, tuple | list) else [given]
    return parts[0] is None or np.shape(parts[0]) in [np.shape(v) for v in values]


def calls_of(
    kind: str, forward: Callable, backward: Callable | None, names: Sequence[str], values: Sequence[Any]
) -> list[Call]:
    """The ways in which this pair can be meant, the likeliest first; [] if the backward wants what cannot be told."""
    result = forward(*values)
    if backward is None:
        return [loss(forward, tuple(names), result)]
    wanted = [
        p.name
        for p in inspect.signature(backward).parameters.values()
        if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    builder = Builder(forward, backward, tuple(names), result, wanted)
    return builder.several() if isinstance(result, tuple) and len(result) > 1 else builder.single(kind)


def loss(forward: Callable, names: tuple[str, ...], result: Any) -> Call:
    """(loss, gradients), or (loss, dW, db) as (loss, (dW, db))."""
    title = (
        f"{getattr(forward, '__name__', 'the function')}({', '.join(names)}), which returns the loss and its gradients"
    )
    if isinstance(result, tuple) and len(result) > 2:
        grouped = lambda *values: (lambda r: (r[0], r[1:]))(forward(*values))
        return Call(disguised(grouped, forward, names), None, "loss", names, title)
    return Call(disguised(forward, forward, names), None, "loss", names, title)


def disguised(made: Callable, original: Callable, names: Sequence[str]) -> Callable:
    """`made` under the name of the user's function, with these parameters."""

    def run(*values: Any) -> Any:
        return made(*values)

    functools.update_wrapper(run, original)
    kinds = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names]
    run.__signature__ = inspect.Signature(kinds)  # type: ignore[attr-defined]  # functions have it, mypy does not know
    return run


@dataclass(frozen=True, slots=True)
class Builder:
    """The pieces from which calls are made: wanted is what the backward asks for."""

    forward: Callable
    backward: Callable
    names: tuple[str, ...]
    result: Any
    wanted: list[str]

    def is_upstream(self, name: str) -> bool:
        return name not in self.names and is_upstream(name)

    def title(self) -> str:
        return getattr(self.backward, "__name__", "the backward")

    def call(
        self, style: str, said: str = "", forward: Callable | None = None, backward: Callable | None = None
    ) -> Call:
        """The call, with wrappers under the names of the user's functions."""
        parameters = ["upstream", "cache"] if style == "cache" else [*["upstream"][style == "gradient" :], *self.names]
        return Call(
            disguised(forward, self.forward, self.names) if forward else self.forward,
            disguised(backward, self.backward, parameters) if backward else self.backward,
            style,
            self.names,
            f"{self.title()}({', '.join(self.wanted)}){said}",
        )

    def several(self) -> list[Call]:
        """A forward that returns its result and more: a cache, other results, or what the backward needs piece by piece."""
        caches = [n for n in self.wanted if n not in self.names and re.fullmatch(CACHE, n, re.IGNORECASE)]
        rest = [n for n in self.wanted if n not in caches and n not in self.names]
        if len(self.wanted) == 2 and len(self.result) == 2 and not set(self.wanted) & set(self.names):
            if self.is_upstream(self.wanted[1]) and not self.is_upstream(self.wanted[0]):
                return [self.call("cache", backward=lambda g, cache: self.backward(cache, g))]
            return [self.call("cache")]
        if len(self.wanted) == 1 and len(self.result) == 2 and np.ndim(self.result[0]) == 0:
            both = lambda *values: (lambda r: (r[0], self.backward(r[1])))(self.forward(*values))
            return [
                Call(
                    disguised(both, self.forward, self.names),
                    None,
                    "loss",
                    self.names,
                    f"{self.title()}({self.wanted[0]})",
                )
            ]
        outputs = len(self.result) - 1
        if len(rest) == outputs > 1 and len(caches) == 1 and len(self.wanted) == outputs + 1:
            return [self.joined(outputs)]
        if len(rest) == 1 and len(caches) == len(self.result) - 1 and set(self.wanted) <= {*rest, *caches, *self.names}:
            return [self.by_name({rest[0]: UPSTREAM} | {c: i + 1 for i, c in enumerate(caches)}, index=0)]
        if len(rest) == len(self.result) and not caches and self.is_upstream(rest[0]):
            pieces = {name: i for i, name in enumerate(rest)} | {rest[0]: UPSTREAM}
            return [self.by_name(pieces, index=0)]
        return (
            [self.call("plain", forward=lambda *values: self.forward(*values)[0])]
            if not caches and self.is_plain()
            else []
        )

    def is_plain(self) -> bool:
        return len(self.wanted) == len(self.names) + 1 and self.is_upstream(self.wanted[0])

    def joined(self, outputs: int) -> Call:
        """Several results as one long vector, whose upstream gradient is taken apart again."""
        shapes = [np.shape(r) for r in self.result[:outputs]]
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
        cached = not self.is_upstream(self.wanted[-1])

        def forward(*values: Any) -> Any:
            result = self.forward(*values)
            return np.concatenate([np.ravel(r) for r in result[:outputs]]), result[outputs]

        def backward(g: Any, cache: Any) -> Any:
            parts = [part.reshape(shape) for part, shape in zip(np.split(g, ends[:-1]), shapes)]
            return self.backward(*parts, cache) if cached else self.backward(cache, *parts)

        return self.call("cache", "", forward, backward)

    def by_name(self, sources: Mapping[str, str | int | None], said: str = "", index: int | None = None) -> Call:
        """A backward whose parameters are inputs by name, the upstream gradient, or (by number) parts of the forward's result."""

        def backward(g: Any, *values: Any) -> Any:
            known = dict(zip(self.names, values)) | {UPSTREAM: g}
            result: Any = None if all([isinstance(s, str) for s in sources.values()]) else self.forward(*values)
            given = known | {
                name: known[where] if isinstance(where, str) else result if where is None else result[where]
                for name, where in sources.items()
            }
            return self.backward(*[given[name] for name in self.wanted])

        first = None if index is None else (lambda *values: self.forward(*values)[index])
        return self.call("plain", said, first, backward)

    def single(self, kind: str) -> list[Call]:
        """A forward that returns its result alone."""
        scalar = np.size(self.result) == 1
        lower = {name.lower(): name for name in self.names}
        known = {w: lower[w.lower()] for w in self.wanted if w.lower() in lower}
        others = [w for w in self.wanted if w not in known]
        upstream = [w for w in others if self.is_upstream(w)]
        if not others and self.wanted:
            return self.derivative(known, scalar)
        if (
            len(self.wanted) == len(self.names)
            and not upstream
            and (kind == "derivative" or scalar or len(self.names) == 1)
        ):
            return self.derivative(dict(zip(self.wanted, self.names)), scalar)
        if len(upstream) > 1:
            upstream = upstream[:1]
        if not upstream and kind == "pair" and len(others) == 1 and len(self.wanted) == len(self.names) + 1:
            upstream = others
        rest = [w for w in others if w not in upstream]
        if not upstream and scalar and len(rest) == 1:  # gradient(p, y) of loss(z, y): the result of something else
            return []
        if not upstream or len(rest) > 1:
            return []
        if not rest:
            if self.wanted == upstream:
                return [self.call("stored")]
            if self.wanted == [*upstream, *self.names]:
                return [self.call("plain")]
            return [self.by_name({**known, upstream[0]: UPSTREAM})]
        return self.either(rest[0], {**known, upstream[0]: UPSTREAM})

    def either(self, name: str, sources: dict[str, Any]) -> list[Call]:
        """A parameter that is the forward's result, or an input that is called otherwise: the likelier first."""
        free = [n for n in self.names if n not in sources.values()]
        as_result = self.by_name({**sources, name: None}, f", where {name} is the result")
        as_input = [self.by_name({**sources, name: free[0]}, f", where {name} is {free[0]}") for _ in free[:1]]
        return [as_result, *as_input] if re.fullmatch(RESULT, name, re.IGNORECASE) else [*as_input, as_result]

    def derivative(self, known: dict[str, Any], scalar: bool) -> list[Call]:
        """The derivative alone: of a loss as it is, or elementwise, and then of the input or of the result."""
        if scalar and [known[w] for w in self.wanted] == list(self.names):
            return [self.call("gradient")]
        if scalar:
            ordered = lambda *values: self.backward(*[dict(zip(self.names, values))[known[w]] for w in self.wanted])
            return [self.call("gradient", backward=ordered)]
        of_input = self.elementwise(known, ", times the upstream gradient")
        if len(self.wanted) != 1:
            return [of_input]
        result = self.elementwise(
            {self.wanted[0]: None}, f", where {self.wanted[0]} is the result, times the upstream gradient"
        )
        return (
            [result, of_input]
            if re.fullmatch(r"y|out\w*|a|s|h|activated|sigma", self.wanted[0])
            else [of_input, result]
        )

    def elementwise(self, sources: dict[str, Any], said: str) -> Call:
        def backward(g: Any, *values: Any) -> Any:
            given = dict(zip(self.names, values))
            found = self.backward(
                *[given[where] if (where := sources[w]) is not None else self.forward(*values) for w in self.wanted]
            )
            return g * np.asarray(found)

        return self.call("plain", said, backward=backward)
