"""Fresh copies of the user's code: functions as they are, a layer object copied or built anew.  Layer 8; knows objects.

Nothing that is run on a copy is seen by the user's object or by the next copy.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..errors import DetachedWarning
from ..node import Node
from ..trees import flatten
from .contracts import ContractError
from .filling import recordable, recordable_methods
from .objects import Path, Weight, arrays, copied, gradient_path, look, path_name, put, rate_of, same
from .roles import Parameter, listed, parameters

__all__ = ["Copy", "Maker", "constructed", "discovered", "maker_of", "result_held", "steady"]

FORWARDS = (
    "forward", "forward_pass", "fprop", "feed_forward", "feedforward", "forward_propagation", "forward_prop", "__call__", "call",
    "loss", "compute", "predict",
)  # fmt: skip
BACKWARDS = (
    "backward", "backward_pass", "bprop", "backprop", "backward_propagation", "backpropagation", "backward_prop", "back_prop",
    "backpropagate", "gradient", "grad", "derivative", "prime",
)  # fmt: skip
RESULTS = ("output", "outputs", "out", "y", "z", "a", "activation", "activations", "result", "loss", "value")


@dataclass(slots=True)
class Copy:
    """One object of its own, or none for functions, and what is called."""

    thing: Any
    forward: Callable
    backward: Callable | None


@dataclass(frozen=True, slots=True)
class Maker:
    """How to get a fresh copy of the user's code.

    thing      the user's object, copied once, or None for functions
    forward, backward   the functions, or the names of the methods
    weights    what the object holds and learns, in the order of the values that `fresh` and `place` take
    build      the class or factory, which is called with the values of its arguments, or None
    fills      whether the code is rewritten so that arrays which it fills can be Tensors
    """

    thing: Any
    forward: Callable | str
    backward: Callable | str | None
    weights: tuple[Weight, ...] = ()
    build: Callable | None = None
    fills: bool = False

    def fresh(self, values: Sequence[Any], arguments: Sequence[Any] = ()) -> Copy:
        """A copy with these values of the weights; `arguments` of its class, where there is one, hold the same values."""
        if self.thing is None:
            return Copy(None, self.forward, self.backward)  # type: ignore[arg-type]  # methods belong to things
        if self.build is not None:
            thing = self.built(values, arguments)
        else:
            thing = copied(self.thing)
            self.empty(thing)
            self.place(thing, values)
        if self.fills:
            recordable_methods(thing)
        backward = getattr(thing, self.backward) if isinstance(self.backward, str) else None
        return Copy(thing, getattr(thing, self.forward), backward)  # type: ignore[arg-type]  # as above

    def filling(self) -> Maker | None:
        """The same for code that fills arrays, or None where that cannot be rewritten."""
        if self.thing is not None:
            return replace(self, fills=True)
        forward = recordable(self.forward)  # type: ignore[arg-type]  # methods belong to things
        return None if forward is None else replace(self, forward=forward)

    def built(self, values: Sequence[Any], arguments: Sequence[Any]) -> Any:
        """A new object; where its constructor would take the numbers out of a Tensor, they are put in afterwards."""
        assert self.build is not None
        with warnings.catch_warnings():
            warnings.simplefilter("error", DetachedWarning)
            try:
                return self.build(*owned(arguments))
            except Exception:
                if not any([isinstance(x, Node) for x in values]):
                    raise
        thing = self.build(*owned(arguments, plain=True))
        self.place(thing, values)
        return thing

    def place(self, thing: Any, values: Sequence[Any]) -> None:
        """Set the weights; each is copied, since a layer may update its own in place."""
        for w, x in zip(self.weights, values):
            for path in w.paths:
                put(thing, path, own(x))

    def empty(self, thing: Any) -> None:
        """Set gradients that an earlier backward has left to 0, so that adding to them starts anew."""
        for w in self.weights:
            held = look(thing, w.gradient) if w.gradient else None
            if isinstance(held, np.ndarray) and held.dtype.kind == "f":
                put(thing, w.gradient, np.zeros_like(held))  # type: ignore[arg-type]  # it is a path if something is held there

    def current(self, thing: Any, values: Sequence[Any]) -> list[Any]:
        """The values of the weights as they stand in an object; of those that are not held, the given ones."""
        return [look(thing, w.paths[0]) if w.paths else x for w, x in zip(self.weights, values)]


def own(x: Any) -> Any:
    return x.copy() if isinstance(x, np.ndarray) else x


def owned(arguments: Sequence[Any], plain: bool = False) -> list[Any]:
    """The arguments with copies of their arrays; `plain` takes the numbers out of Tensors."""
    tree = flatten(list(arguments), objects=False)
    return tree.rebuild([own(x.data if plain and isinstance(x, Node) else x) for x in tree.leaves])


def result_held(copy: Copy, before: dict[str, Any]) -> Any:
    """What a forward that returns None has left in an attribute of its object: self.output, self.out, ..."""
    fields = getattr(copy.thing, "__dict__", {})
    return next((fields[n] for n in RESULTS if fields.get(n) is not None and fields[n] is not before.get(n)), None)


def method_of(thing: Any, names: Sequence[str], what: str) -> str:
    """The name of the method that is there."""
    found = next((name for name in names if callable(getattr(thing, name, None))), None)
    if found is None:
        raise ContractError(
            f"an object of {type(thing).__name__} was passed, which has no {what}; expected a method such as "
            f"{listed(list(dict.fromkeys(names))[:2])}. Pass the method itself, or its name."
        )
    return found


def maker_of(forward: Any, backward: Any, inputs: Sequence[Any]) -> tuple[Maker, int]:
    """(how to get fresh copies, how many of the inputs go to the forward: the others go to a constructor)."""
    owner, back = getattr(forward, "__self__", None), getattr(backward, "__self__", None)
    if isinstance(owner, type) or inspect.ismodule(owner) or inspect.isbuiltin(forward):
        owner = None
    if owner is not None and (back is owner or isinstance(backward, str) or backward is None):
        return Maker(copied(owner), forward.__name__, backward_of(owner, backward)), len(inputs)
    constructed = isinstance(forward, type) and (
        backward is None or isinstance(backward, str) or inspect.isfunction(backward)
    )
    if constructed or (isinstance(backward, str) and inspect.isroutine(forward)):
        name = getattr(backward, "__name__", backward)
        return constructor(forward, name, inputs)
    is_object = not inspect.isroutine(forward) and not isinstance(forward, type) and has_state(forward)
    if is_object and (isinstance(backward, str) or back is forward or backward is None):
        return Maker(copied(forward), method_of(forward, FORWARDS, "forward"), backward_of(forward, backward)), len(
            inputs
        )
    if not callable(forward) or not (backward is None or callable(backward)):
        odd = forward if not callable(forward) else backward
        raise ContractError(
            f"{odd!r:.60} of type {type(odd).__name__} was passed; expected a function, a method, a layer with forward and "
            "backward, or a class with the name of its backward. Pass one of these.",
            wrong=False,
        )
    return Maker(None, forward, backward), len(inputs)


def backward_of(thing: Any, backward: Any) -> str | None:
    """The name of the backward of an object: what is passed, or what is there; None where forward has to bring the gradients."""
    if backward is None:
        return next((name for name in BACKWARDS if callable(getattr(thing, name, None))), None)
    name = getattr(backward, "__name__", backward)
    return method_of(thing, (name, *BACKWARDS) if callable(backward) else (name, name), "backward")


def has_state(thing: Any) -> bool:
    """Whether something is an object of a class that the user has written, and not a function in disguise."""
    return not isinstance(thing, np.ufunc) and type(thing).__module__ not in ("functools", "builtins")


def constructor(build: Callable, backward: str | None, inputs: Sequence[Any]) -> tuple[Maker, int]:
    """A class with the arguments of its forward and then of its constructor: as many as these require tell them apart."""
    known = parameters(build)
    least, most = (0, len(inputs)) if known is None else (len([p for p in known if p.required]), len(known))
    tried = None
    for held in range(least, min(most, len(inputs)) + 1):
        taken = len(inputs) - held
        if not plausible(known, inputs[taken:]):
            continue
        try:
            thing = build(*copied(list(inputs[taken:])))
        except TypeError as error:
            tried = tried or error
            continue
        forward = method_of(thing, FORWARDS, "forward")
        if plausible(parameters(getattr(thing, forward)), inputs[:taken]):
            again = build if holds_floats(inputs[taken:]) and repeats(build, inputs[taken:], thing) else None
            return Maker(thing, forward, backward or method_of(thing, BACKWARDS, "backward"), (), again), taken
    names = listed([p.name for p in known or ()])
    raise ContractError(
        f"{len(inputs)} inputs were passed for {getattr(build, '__name__', build)}, whose constructor takes ({names})"
        f"{f', and raised {tried}' if tried else ''}; expected first what its forward takes, then what its constructor takes. "
        "Pass them in this order, or pass an object."
    )


def holds_floats(values: Sequence[Any]) -> bool:
    """Whether the arguments of a constructor hold weights; else the object has made its own, and those are looked for."""
    leaves = flatten(list(values), objects=False).leaves
    return any([isinstance(x, float) or (isinstance(x, np.ndarray) and x.dtype.kind == "f") for x in leaves])


def repeats(build: Callable, values: Sequence[Any], thing: Any) -> bool:
    """Whether a constructor builds the same object again: random weights are to stay what they are."""
    first, second = arrays(thing), arrays(build(*copied(list(values))))
    return first.keys() == second.keys() and all([same(x, second[p]) for p, x in first.items()])


def plausible(known: list[Parameter] | None, values: Sequence[Any]) -> bool:
    """Whether these may be the arguments of a function: enough, not too many, and no array where a flag or a number is meant."""
    if known is None:
        return True
    switched = [
        p for p, x in zip(known, values) if np.ndim(x) and isinstance(p.default, bool | int | float) and not p.required
    ]
    return len([p for p in known if p.required]) <= len(values) <= len(known) and not switched


def constructed(maker: Maker, names: Sequence[str], keys: Sequence[Any], values: Sequence[Any], thing: Any) -> Maker:
    """The maker of a class with the parts of its arguments as weights, found again in the attributes of its object.

    thing   the object after a backward, which has the gradients
    """
    held, kept = arrays(maker.thing), list(arrays(maker.thing))
    weights = []
    for name, key, x in zip(names, keys, values):
        floats = isinstance(x, float) or (isinstance(x, np.ndarray) and x.dtype.kind == "f")
        equal = [p for p, found in held.items() if floats and np.shape(found) == np.shape(x) and same(found, x)]
        called = [p for p in equal if p[-1][1] == key]
        paths = called or (equal if len(equal) == 1 else [])
        places = [
            gradient_path(thing, p, kept)
            for p in (*paths, (("attribute", key),))
            if floats and isinstance(p[-1][1], str | int)
        ]
        gradient = next((p for p in places if p is not None), None)
        moved = [p for p in paths if gradient is None and not same(look(thing, p), x)]
        weights.append(Weight(name, tuple(paths), gradient, rate_of(maker.thing, moved[0]) if moved else None))
    return replace(maker, weights=tuple(weights))


def steady(maker: Maker, before: dict[Path, Any], thing: Any, passed: Sequence[Any]) -> dict[Path, Any]:
    """The arrays of an object that a forward has left alone, and that it was not given, by their paths.

    before   its arrays before;  thing: the object now;  passed: what the forward was given
    """
    now, start, given = arrays(thing), arrays(maker.thing), {id(x) for x in passed}
    return {
        p: x
        for p, x in before.items()
        if now.get(p) is x and id(x) not in given and same(x, start[p]) and np.size(start[p])
    }


def discovered(maker: Maker, kept: dict[Path, Any], thing: Any) -> list[Weight]:
    """The weights of an object: arrays that are steady, and of which the backward leaves a gradient, or which it moves.

    kept   what is steady;  thing: the object after the backward
    """
    start, after, paths = arrays(maker.thing), arrays(thing), list(kept)
    places = {p: gradient_path(thing, p, paths) for p in paths if look(thing, p) is not None}
    holders = set(places.values())
    weights: list[Weight] = []
    for p, x in kept.items():
        gradient = places.get(p)
        moved = p in after and not same(after[p], start[p])
        known = any([p in w.paths for w in weights])
        if p in holders or known or (gradient is None and not moved):
            continue
        aliases = [q for q in paths if q == p or (isinstance(x, np.ndarray) and kept[q] is x)]
        rate = rate_of(maker.thing, p) if gradient is None else None
        weights.append(Weight(path_name(p), tuple(aliases), gradient, rate))
    return weights
