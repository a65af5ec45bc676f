"""What was found, made ready to be checked: an object, inputs, and the call.  Layer 8; runs the user's code."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from .calls import Call, calls_of, disguised, fits, is_upstream, layer_fits
from .discovery import Found
from .guesses import initial
from .inputs import is_differentiable
from .search import Knowledge, Slot, UnclearError, search, slots_of

__all__ = ["Prepared", "prepare"]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a check needs.

    values   the inputs;  rows: (name, what it is, who says so) for each input and constructor argument
    calls    the ways in which a pair of functions may be meant, the likeliest first; [] for a layer
    layer    an object with methods forward and backward, or None
    reading  how it is called, in words
    fits     whether the gradients have the shapes of the inputs;  guessed: the inputs whose shapes nobody has stated
    """

    found: Found
    values: tuple[Any, ...]
    rows: tuple[tuple[str, str, str], ...]
    calls: tuple[Call, ...]
    layer: Any
    reading: str
    fits: bool
    guessed: tuple[str, ...]


def prepare(found: Found, namespace: Mapping[str, Any], knowledge: Knowledge) -> Iterator[Prepared]:
    """Inputs for what was found, and how it is called, the likeliest first; UnclearError says which options would help."""
    if found.kind == "layer":
        yield from prepare_layer(found, knowledge)
        return
    constructor, forward_of, backward_of = functions(found, namespace, knowledge)
    example = namespace[found.forward] if found.owner is None else getattr(found.owner, found.forward)
    slots = [*constructor, *slots_of(example, knowledge)]
    ready = lambda made: Pieces(slots, forward_of(made), backward_of(made))

    def attempt(made: dict[str, Any], given: dict[str, Any]) -> int:
        with quietly(knowledge.seed):
            pieces = ready(made)
            values = pieces.flat(given)
            if not any([is_differentiable(v) for v in values]) or not finite(pieces.run(*copies(values))):
                return 0
            calls = pieces.calls(found.kind, values)
            return 2 if any([works(call, values) for call in calls]) else 1

    for trial in search(slots, attempt, knowledge.seed):
        with quietly(knowledge.seed):
            made, given = trial.arguments(knowledge.seed)
            pieces = ready(made)
            values = pieces.flat(given)
            calls = pieces.calls(found.kind, values)
        if not calls:
            raise UnclearError(
                f"{found.backward} takes {parameters(pieces.backward)}; what is what cannot be told. {CONVENTIONS}"
            )
        calls = [call for call in calls if works(call, values)] or calls
        rows = tuple(trial.described(knowledge.seed))
        yield Prepared(found, values, rows, tuple(calls), None, calls[0].reading, trial.fits, tuple(trial.guessed))


CONVENTIONS = (
    "Expected backward(dout, cache), backward(dout, *inputs), or a derivative of the forward's own parameters. Give it one of "
    "these forms, or call ag.check_backward with a function that does."
)


def functions(
    found: Found, namespace: Mapping[str, Any], knowledge: Knowledge
) -> tuple[list[Slot], Callable, Callable]:
    """The constructor's slots, and the forward and the backward for its arguments."""
    if found.owner is None:
        backward = namespace[found.backward] if found.backward else None
        return [], lambda made: namespace[found.forward], lambda made: backward
    owner = found.owner
    static = all([isinstance(inspect.getattr_static(owner, n), staticmethod) for n in (found.forward, found.backward)])
    if static:
        return [], lambda made: getattr(owner, found.forward), lambda made: getattr(owner, found.backward)
    slots = constructor_slots(owner, knowledge)
    build = lambda made: owner(**made)
    return slots, lambda made: getattr(build(made), found.forward), lambda made: getattr(build(made), found.backward)


def constructor_slots(owner: type, knowledge: Knowledge) -> list[Slot]:
    start = owner.__init__  # type: ignore[misc]  # of whatever class it is
    return slots_of(start, knowledge, "constructor", owner) if inspect.isfunction(start) else []


@dataclass(frozen=True, slots=True)
class Pieces:
    """A forward whose dicts of arrays are taken apart, so that each array is an input."""

    slots: list[Slot]
    forward: Callable
    backward: Callable | None

    @property
    def taken(self) -> list[Slot]:
        """The forward's slots that are inputs of their own: keys only of dicts that hold arrays."""
        own: list[Slot] = []
        for slot in [s for s in self.slots if s.where == "forward"]:
            if slot.key and not self.is_opened(slot.parameter):
                if slot.parameter not in [s.parameter for s in own]:
                    own.append(Slot(slot.parameter, "", "forward", ()))
            else:
                own.append(slot)
        return own

    def is_opened(self, parameter: str) -> bool:
        return any(
            [c.shape is not None for s in self.slots if s.parameter == parameter and s.key for c in s.choices[:1]]
        )

    def flat(self, given: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple([given[s.parameter][s.key] if s.key else given[s.parameter] for s in self.taken])

    def run(self, *values: Any) -> Any:
        arguments: dict[str, Any] = {}
        for slot, value in zip(self.taken, values):
            if slot.key:
                arguments.setdefault(slot.parameter, {})[slot.key] = value
            else:
                arguments[slot.parameter] = value
        return self.forward(*arguments.values())

    def calls(self, kind: str, values: Sequence[Any]) -> list[Call]:
        names = [s.name for s in self.taken]
        opened = any([s.key for s in self.taken])
        forward = disguised(self.run, self.forward, names) if opened else self.forward
        return calls_of(kind, forward, self.backward, names, copies(values))


def prepare_layer(found: Found, knowledge: Knowledge) -> Iterator[Prepared]:
    """An object of the class with inputs for its forward."""
    owner = found.owner
    assert owner is not None  # of a layer
    backward = getattr(owner, found.backward)
    wanted = [
        p.name for p in inspect.signature(backward).parameters.values() if p.default is p.empty and p.name != "self"
    ]
    if len(wanted) > 1 and not is_upstream(wanted[0]):
        raise UnclearError(
            f"{owner.__name__}.{found.backward} takes {', '.join(wanted)}, no upstream gradient, so the loss that it "
            "differentiates is not known. Check its layers one by one, or write the loss as a function and call "
            "ag.check_backward."
        )
    slots = [*constructor_slots(owner, knowledge), *slots_of(getattr(owner, found.forward), knowledge)]

    def attempt(made: dict[str, Any], given: dict[str, Any]) -> int:
        with quietly(knowledge.seed):
            layer, values = built(found, made, given, knowledge.seed), tuple(given.values())
            if not any([is_differentiable(v) for v in values]) or not finite(layer.forward(*copies(values))):
                return 0
            try:
                return 2 if layer_fits(layer, copies(values), not wanted) else 1
            except Exception:  # noqa: BLE001  a backward that raises may be the mistake: the check will say so
                return 1

    for trial in search(slots, attempt, knowledge.seed):
        with quietly(knowledge.seed):
            made, given = trial.arguments(knowledge.seed)
            layer = built(found, made, given, knowledge.seed)
        rows = tuple(trial.described(knowledge.seed))
        arguments = ", ".join([f"{row[0]} {row[1]}" for row in rows[: len(made)]])
        calls = f"{found.forward}({', '.join(given)}), then .{found.backward}({', '.join(wanted)})"
        reading = f"{owner.__name__}({arguments}).{calls}"
        yield Prepared(found, tuple(given.values()), rows, (), layer, reading, trial.fits, tuple(trial.guessed))


def built(found: Found, made: Mapping[str, Any], given: Mapping[str, Any], seed: int) -> Any:
    """The object, with methods forward and backward, its parameters not at the zeros or ones that they start with."""
    owner = found.owner
    assert owner is not None  # of a layer
    if (found.forward, found.backward) not in (("forward", "backward"), ("__call__", "backward")):
        owner = type(
            owner.__name__,
            (owner,),
            {name: getattr(owner, old) for name, old in (("forward", found.forward), ("backward", found.backward))},
        )
    layer = owner(**made)
    if not hasattr(layer, "forward"):
        layer.forward = layer.__call__
    layer.forward(*copies(tuple(given.values())))  # some make their parameters at the first call
    rng = np.random.default_rng(seed)
    for holder in [vars(layer), *[v for v in vars(layer).values() if isinstance(v, dict)]]:
        for name, value in holder.items():
            is_parameter = (
                isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size and initial(str(name))
            )
            if is_parameter and np.all(value == value.flat[0]):
                value += rng.normal(size=value.shape) * 0.5
    return layer


def works(call: Call, values: Sequence[Any]) -> bool:
    try:
        return fits(call, copies(values))
    except Exception:  # noqa: BLE001  this is how a wrong guess shows; a backward that raises with every guess is reported by the check
        return False


def finite(result: Any) -> bool:
    """Whether the first result is numbers, all finite."""
    first = np.asarray(result[0] if isinstance(result, tuple) and result else result)
    return first.dtype.kind in "fiub" and first.size > 0 and bool(np.all(np.isfinite(first)))


def copies(values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple([v.copy() if isinstance(v, np.ndarray | dict) else v for v in values])


def parameters(function: Callable | None) -> str:
    return ", ".join(inspect.signature(function).parameters) if function else "nothing"


@contextmanager
def quietly(seed: int) -> Iterator[None]:
    """No warnings, and NumPy's global random numbers from a seed: for code that only tries."""
    np.random.seed(seed)  # noqa: NPY002  the user's code draws from it
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
