"""One forward and backward as a function of flat inputs, run on fresh copies.  Layer 8; knows no derivatives."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from .contracts import ContractError
from .inputs import Inputs
from .limits import limited
from .makers import Copy, Maker, result_held
from .objects import look
from .results import Results
from .returned import Group, array_of, find, sort_out
from .roles import PARAMETERS, Role

__all__ = ["Live", "Pair", "Style", "joined"]

Style = Literal["plain", "cache", "stored", "loss", "gradient", "pair", "object"]
INPUT_GRADIENTS = ("dinputs", "dinput", "d_inputs", "grad_input", "input_grad", "dx", "dX")


@dataclass(slots=True)
class Pair:
    """One forward and backward.

    names    of the inputs;  active: the positions of those that are differentiated;  inputs: their values
    notes    {what is wrong with the form of the gradients, in a sentence: the name of the input}: filled while they are computed
    remarks  what could not be seen
    """

    forward: Any
    backward: Any
    style: Style
    names: tuple[str, ...]
    active: tuple[int, ...]
    inputs: tuple[Any, ...]
    maker: Maker
    layout: Inputs
    limit: float | None
    roles: list[Role] = field(default_factory=list)
    results: Results | None = None
    notes: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    asked: bool = False  # whether wrt names what is active: then a gradient that is not there is missing

    def value(self, *inputs: Any) -> Any:
        """The differentiable result of the forward; of several, all their numbers in a row."""
        return self.live(inputs).forward(*inputs)

    def gradients(self, inputs: Sequence[Any], upstream: Any) -> list[np.ndarray | None]:
        """The hand-written gradient of every active input, from a fresh copy; None where there is none."""
        live = self.live(inputs)
        live.forward(*inputs)
        return live.backward(upstream)

    def live(self, inputs: Sequence[Any]) -> Live:
        """A fresh copy on which forward and backward can be called one by one and again."""
        return Live(self)

    def at(self, inputs: Sequence[Any]) -> Pair:
        """The pair at other inputs, whose shapes may be others: its gradients have theirs."""
        return replace(self, inputs=tuple(inputs), layout=self.layout.at(inputs), notes={}, remarks=[])

    def note(self, text: str, name: str) -> None:
        """Keep a sentence about the form of the gradient of an input, once."""
        self.notes.setdefault(text, name)

    @property
    def weights(self) -> range:
        """The positions of those inputs that an object holds, or that its constructor took."""
        return range(len(self.names) - len(self.maker.weights), len(self.names))

    @property
    def takes_upstream(self) -> bool:
        """Whether the backward is told an upstream gradient; else that of a loss, 1, is meant."""
        return self.style == "stored" or any([r.source in ("upstream", "upstreams") for r in self.roles])

    @property
    def blur(self) -> list[np.ndarray | float]:
        """By how much a gradient that is recovered from an update may differ from that which the backward used; else 0."""
        found: list[np.ndarray | float] = []
        for i in self.active:
            rate = self.rate(i)
            found.append(
                0.0 if rate is None else 2.0 * np.finfo(float).eps * np.abs(np.asarray(self.inputs[i])) / abs(rate)
            )
        return found

    def rate(self, i: int) -> float | None:
        """The learning rate by which the gradient of input i is recovered, or None where it is there itself."""
        w = self.maker.weights[i - self.weights.start] if i in self.weights else None
        if w is None or w.gradient is not None:
            return None
        told = [r.value for r in self.roles if r.source == "rate"]
        return told[0] if told else w.rate


class Live:
    """One copy of the user's code, whose forward and backward are called one by one: again, or another input in between."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.copy: Copy | None = None
        self.result: Any = None
        self.arguments: list[Any] = []
        self.weights: list[Any] = []
        self.shapes: list[tuple[int, ...]] = []  # of several results
        self.silent = False  # the forward returned None, and left its result in an attribute

    def forward(self, *inputs: Any) -> Any:
        """The differentiable result; the weights among the inputs are set first."""
        pair = self.pair
        arguments, keywords, held = pair.layout.rebuilt(inputs)
        self.weights = list(inputs[len(inputs) - len(pair.maker.weights) :]) if pair.maker.weights else []
        with limited(pair.limit, "the forward"):
            if self.copy is None:
                self.copy = pair.maker.fresh(self.weights, held)
            else:
                pair.maker.place(self.copy.thing, self.weights)
            before = dict(getattr(self.copy.thing, "__dict__", {}))
            self.result = self.copy.forward(*arguments, **keywords)
        self.arguments = [*arguments, *keywords.values()]
        self.silent = self.result is None
        if self.silent:
            self.result = result_held(self.copy, before)
        if pair.results is None:
            return self.result
        values = pair.results.value(self.result)
        self.shapes = [np.shape(v) for v in values] if isinstance(values, tuple) else []
        return joined(values)

    def backward(self, upstream: Any) -> list[np.ndarray | None]:
        """The hand-written gradient of every active input, after a forward."""
        return self.sorted_out(self.returned(upstream))

    def returned(self, upstream: Any) -> Any:
        """What the backward returns, as it is."""
        pair = self.pair
        assert self.copy is not None, "forward comes first"
        assert pair.results is not None, "pair_of sets it"
        if pair.style == "loss":
            return self.result[1] if len(self.result) == 2 or nested(self.result[1]) else self.result[1:]
        given = pair.results.upstreams(apart(upstream, self.shapes) if self.shapes else upstream, self.result)
        if self.copy.backward is None:
            with limited(pair.limit, "the backward"):
                return self.result[1](given)
        values = [self.passed(role, given) for role in pair.roles]
        by_place = [x for role, x in zip(pair.roles, values) if not role.name]
        by_name = {role.name: x for role, x in zip(pair.roles, values) if role.name}
        with limited(pair.limit, "the backward"):
            return self.copy.backward(*by_place, **by_name)

    def passed(self, role: Role, given: Any) -> Any:
        """What the backward gets for one of its parameters."""
        if role.source == "upstreams":
            return given
        if role.source == "upstream":
            return given[role.index]
        if role.source == "input":
            return self.arguments[role.index]
        if role.source == "cache":
            return self.result[-1]
        if role.source == "caches":
            return self.result[role.index]
        return role.value if role.source == "rate" else self.pair.results.part(self.result)  # type: ignore[union-attr]

    def sorted_out(self, given: Any) -> list[np.ndarray | None]:
        """What a backward returned, and what it left in its object, as one array for each active input."""
        pair = self.pair
        first = pair.weights.start
        groups = pair.layout.groups(pair.active)
        outside = [g for g in groups if g.places[0] < first]
        found = self.held(first)
        if given is None and pair.maker.thing is not None and (found or not outside):
            found |= self.left_behind(outside)
        elif outside or not found:
            missing = [g for g in groups if g.places[0] >= first and not set(g.places) <= set(found)]
            try:
                found |= sort_out(
                    given,
                    [*outside, *missing] if as_many(given, outside, missing) else outside or missing,
                    pair.layout.count,
                )
            except ContractError:
                if not missing or not outside:
                    raise
                found |= sort_out(given, [*outside, *missing], pair.layout.count)
        for i in [i for i in pair.active if pair.asked and found.get(i) is None]:
            pair.note(
                f"no gradient of {pair.names[i]} came back; wrt expects one. Return it, or leave the name out of wrt.",
                pair.names[i],
            )
        if isinstance(given, dict) and not pair.asked:
            self.forgotten(found)
        return [
            array_of(found[i], pair.names[i], pair.inputs[i], pair.notes) if found.get(i) is not None else None
            for i in pair.active
        ]

    def forgotten(self, found: dict[int, Any]) -> None:
        """Say which parameters have no gradient in a dict that has those of others; data may be left out."""
        names = {i: re.findall(r"\w+", self.pair.names[i])[-1] for i in self.pair.active if i not in self.pair.weights}
        learnt = [i for i, name in names.items() if PARAMETERS.match(name.lower())]
        if not any([found.get(i) is not None for i in learnt]):
            return
        for i in learnt:
            if found.get(i) is None:
                name = self.pair.names[i]
                self.pair.note(
                    f"the backward returned a dict without the gradient of {name}; expected that of every parameter. Add it, or "
                    "name those that you want in wrt.",
                    name,
                )

    def held(self, first: int) -> dict[int, Any]:
        """The gradients of weights that the object holds after a backward, by the places of the weights."""
        found: dict[int, Any] = {}
        thing = self.copy.thing if self.copy else None
        for k, (w, before) in enumerate(zip(self.pair.maker.weights, self.weights)):
            rate = self.pair.rate(first + k)
            if w.gradient is not None:
                found[first + k] = look(thing, w.gradient)
            elif rate is not None and w.paths:
                found[first + k] = (np.asarray(before) - np.asarray(look(thing, w.paths[0]))) / rate
        return {i: part for i, part in found.items() if part is not None}

    def left_behind(self, outside: Sequence[Group]) -> dict[int, Any]:
        """The gradient of the only input, where the backward keeps it in an attribute and returns None."""
        if len(outside) != 1 or outside[0].tree:
            return {}
        name, thing = outside[0].name, getattr(self.copy.thing, "__dict__", {}) if self.copy else {}
        part = find({k: v for k, v in thing.items() if k != name}, name)
        key = next((k for k in INPUT_GRADIENTS if part is None and thing.get(k) is not None), None)
        part = thing[key] if key else part
        if part is None:
            return {}
        if not self.silent:
            self.pair.note(
                f"the backward returned None and keeps the gradient of {name} in an attribute; expected it to be returned, as "
                "the forward returns its result: the layer below gets None. Return it.",
                name,
            )
        return {outside[0].places[0]: part}

    def current(self) -> list[Any]:
        """The inputs as they stand now: the weights as the object holds them, updated ones included."""
        flat = list(self.pair.inputs)
        held = self.pair.maker.current(self.copy.thing, self.weights) if self.copy else self.weights
        return [*flat[: len(flat) - len(held)], *held]


def nested(x: Any) -> bool:
    return isinstance(x, dict | list | tuple)


def as_many(given: Any, outside: Sequence[Group], missing: Sequence[Group]) -> bool:
    """Whether a backward returned the gradients of inputs and of weights together."""
    if isinstance(given, dict):
        return bool(missing)
    return isinstance(given, tuple | list) and bool(missing) and len(given) == len(outside) + len(missing)


def joined(values: Any) -> Any:
    """Several results as one, all their numbers in a row; one result as it is."""
    return np.concatenate([np.ravel(v) for v in values]) if isinstance(values, tuple | list) else values


def apart(row: Any, shapes: Sequence[tuple[int, ...]]) -> tuple:
    """The parts of a row of numbers, in the shapes of the results."""
    ends = np.cumsum([math.prod(shape) for shape in shapes])
    return tuple([np.reshape(part, shape) for part, shape in zip(np.split(np.asarray(row), ends[:-1]), shapes)])
