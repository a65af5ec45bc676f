"""What a backward returned, as one array for each input that is differentiated.  Layer 8; knows containers, no derivatives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from ..trees import flatten
from .contracts import ContractError
from .roles import CONSTANTS, TARGETS, listed

__all__ = ["Group", "array_of", "find", "shape_of", "sort_out", "spellings"]


@dataclass(frozen=True, slots=True)
class Group:
    """One argument of the forward that is differentiated: an array, a number, or a container of some.

    position   of the argument
    places     of its differentiated parts among all inputs;  keys: how each is called inside of the container
    tree       whether it is a container
    """

    name: str
    position: int
    places: tuple[int, ...]
    keys: tuple[Any, ...]
    shapes: tuple[tuple[int, ...], ...]
    tree: bool


def spellings(name: str) -> list[str]:
    """How a gradient of `name` is called."""
    forms = (
        "d{}",
        "grad_{}",
        "d_{}",
        "{}_grad",
        "grad{}",
        "{}_gradient",
        "gradient_{}",
        "nabla_{}",
        "{}Grad",
        "delta_{}",
    )
    return [form.format(name) for form in forms] + [f"{name}_error", f"grads_{name}", name]


def find(given: dict, name: str) -> Any:
    """The gradient of `name` in a dict, or None."""
    known = [key for key in spellings(name) if given.get(key) is not None]
    if known:
        return given[known[0]]
    lower = {key.lower() for key in spellings(name)[:-1]}
    loosely = [key for key in given if isinstance(key, str) and key.lower() in lower and given[key] is not None]
    return given[loosely[0]] if len(loosely) == 1 else None


def sort_out(given: Any, groups: Sequence[Group], count: int) -> dict[int, Any]:
    """{place of an input: what was returned for it}; an input that has none is left out.

    groups   the arguments with something to differentiate, in order
    count    how many arguments the forward takes: a backward may return None for those that are not differentiated
    """
    if given is None or (isinstance(given, tuple | list) and given and all([part is None for part in given])):
        raise ContractError(
            f"the backward returned {given}; expected the gradients of {listed([g.name for g in groups])}. Return them."
        )
    if isinstance(given, dict):
        return from_dict(given, groups)
    parts = list(given) if isinstance(given, tuple | list) else [given]
    if len(groups) == 1 and is_one(given, groups[0]):
        return spread(given, groups[0])
    if len(parts) == count != len(groups) and count > 1:
        chosen = [parts[g.position] for g in groups]
        others = [part for k, part in enumerate(parts) if k not in [g.position for g in groups]]
        if all([part is None for part in others]) or all([exact(part, g) for part, g in zip(chosen, groups)]):
            return together(chosen, groups)
    if len(parts) == len(groups) and all([fits(part, g) for part, g in zip(parts, groups)]) and parts != [None]:
        return together(parts, groups)
    places, leaves = [place for g in groups for place in g.places], flatten(parts).leaves
    if len(leaves) == len(places) and (len(leaves) != len(parts) or any([g.tree for g in groups])):
        return dict(zip(places, leaves))
    return fewer(parts, groups)


def from_dict(given: dict, groups: Sequence[Group]) -> dict[int, Any]:
    """The parts of a dict, by the names of arguments and by the keys inside of them."""
    found: dict[int, Any] = {}
    for g in groups:
        whole = find(given, g.name)
        if whole is not None:
            found |= spread(whole, g)
            continue
        inside = {place: find(given, key) for place, key in zip(g.places, g.keys) if isinstance(key, str)}
        found |= {place: part for place, part in inside.items() if part is not None}
    if not found:
        names = [g.name for g in groups]
        raise ContractError(
            f"the backward returned a dict with {sorted(map(str, given))}; expected gradients of {listed(names)}, each under its "
            f"name or as in {listed(spellings(names[0])[:2])}. Name them so."
        )
    return found


def together(parts: Sequence[Any], groups: Sequence[Group]) -> dict[int, Any]:
    """One part for each argument; ContractError where they are those of the arguments in another order."""
    if None not in [shape_of(part) for part in parts] or any([g.tree for g in groups]):
        order = reordered(parts, groups)
        if order:
            raise ContractError(
                f"the backward returned gradients with the shapes of those of {listed([g.name for g in order])}, in this order; "
                f"expected the order of the inputs, {listed([g.name for g in groups])}. Return them in it.",
                next(g.name for g, other in zip(groups, order) if g is not other),
                "swapped-outputs",
            )
    return {place: x for part, g in zip(parts, groups) if part is not None for place, x in spread(part, g).items()}


def reordered(parts: Sequence[Any], groups: Sequence[Group]) -> list[Group]:
    """The arguments in an order in which each part has the shape of its own, where the order of the arguments is none."""
    if len(parts) != len(groups) or all(map(exact, parts, groups)):
        return []
    left, order = list(groups), []
    for k, part in enumerate(parts):
        fitting = [g for g in left if exact(part, g)]
        if not fitting:
            return []
        order.append(groups[k] if groups[k] in fitting else fitting[0])
        left.remove(order[-1])
    return order


def spread(part: Any, g: Group) -> dict[int, Any]:
    """What belongs to one argument as one part for each array in it."""
    if not g.tree:
        return {g.places[0]: part}
    if isinstance(part, dict):
        named = {
            place: find(part, key) if isinstance(key, str) else part.get(key) for place, key in zip(g.places, g.keys)
        }
        return {place: x for place, x in named.items() if x is not None}
    if isinstance(part, np.ndarray):
        return dict(zip(g.places, part))
    return dict(zip(g.places, flatten(part).leaves))


def is_one(given: Any, g: Group) -> bool:
    """Whether all that was returned is for one argument: a container like it, or a list of its numbers."""
    if not isinstance(given, tuple | list):
        return True
    if g.tree:
        return len(given) != 1 and fits(given, g)
    return len(given) != 1 and shape_of(given) == g.shapes[0]


def fits(part: Any, g: Group) -> bool:
    """Whether a part may be meant for an argument, whatever its shape."""
    if part is None:
        return True
    if not g.tree:
        return isinstance(part, np.ndarray) or not isinstance(part, tuple | list | dict) or exact(part, g)
    if isinstance(part, dict):
        return any([x is not None for x in spread(part, g).values()])
    count = len(part) if isinstance(part, np.ndarray) and part.ndim else len(flatten(part).leaves)
    return count == len(g.places) and (isinstance(part, tuple | list) or shape_of(part) == (len(g.places),))


def exact(part: Any, g: Group) -> bool:
    """Whether a part has the shape, or the shapes, of an argument."""
    if part is None:
        return False
    if not g.tree:
        return shape_of(part) == g.shapes[0]
    return fits(part, g) and [shape_of(x) for x in spread(part, g).values()] == list(g.shapes)


def shape_of(x: Any) -> tuple[int, ...] | None:
    """The shape of an array, a number or a list of numbers; None for anything else."""
    try:
        array = np.asarray(x)
    except (TypeError, ValueError):
        return None
    return array.shape if array.dtype.kind in "fiubc" else None


def fewer(parts: list, groups: Sequence[Group]) -> dict[int, Any]:
    """Gradients of some arguments alone, told by their shapes; ContractError where these do not leave one reading."""
    readings = list(islice(matches(parts, groups), 100))
    if len(readings) > 1:  # labels and masks are seldom differentiated
        for constant in (CONSTANTS, TARGETS):  # y may be either
            readings = [r for r in readings if not any([constant.match(g.name.lower()) for g in r])] or readings
    if len(readings) == 1:
        return together(parts, readings[0])
    names = listed([g.name for g in groups])
    these = ", ".join([str(shape_of(part)) for part in parts])
    if readings:
        either = " or ".join(["(" + listed([g.name for g in r]) + ")" for r in readings[:3]])
        raise ContractError(
            f"the backward returned {len(parts)} of the gradients of {names}, with the shapes {these}, which may be those of "
            f"{either}; expected to know which. Name them: wrt=[{readings[0][0].name!r}].",
            wrong=False,
        )
    gradients = f"{len(parts)} gradient{'s' * (len(parts) > 1)}"
    raise ContractError(
        f"the backward returned {gradients}; expected {len(groups)}, of {names}, or fewer with the shapes of some of "
        f"them, in that order; these have {these}. Return one for each."
    )


def matches(parts: Sequence[Any], groups: Sequence[Group]) -> Iterator[tuple[Group, ...]]:
    """Every choice of arguments, in order, whose shapes are those of the parts."""
    if not parts:
        yield ()
        return
    for k, g in enumerate(groups[: len(groups) - len(parts) + 1]):
        if exact(parts[0], g):
            for rest in matches(parts[1:], groups[k + 1 :]):
                yield (g, *rest)


def array_of(part: Any, name: str, x: Any, notes: dict[str, str]) -> np.ndarray:
    """A gradient as an array of its own with the shape of its input x; notes take what is not quite as it should be."""
    try:
        array = np.array(part)
    except (TypeError, ValueError):
        array = np.array(None)
    if array.dtype.kind not in "fiubc" or (array.dtype.kind == "c" and np.asarray(x).dtype.kind != "c"):
        what = f"{part!r:.40} of type {type(part).__name__}"
        if isinstance(part, np.ndarray):
            what = f"an array of {part.dtype.name}"
        raise ContractError(
            f"the gradient of {name} is {what}; expected real numbers. Return an array of floats.",
            name,
        )
    if isinstance(part, np.ma.MaskedArray) and np.any(part.mask):
        raise ContractError(
            f"the gradient of {name} is a masked array, and {np.count_nonzero(part.mask)} of its {part.size} entries are masked; "
            "expected a number for each. Return .filled(0.0) of it, or leave the mask out.",
            name,
        )
    wanted = np.shape(x)
    if array.shape == wanted:
        return array
    if squeezed(array.shape) == squeezed(wanted):
        text = (
            f"the gradient of {name} has shape {array.shape}, and {name} has {wanted}, which differ in axes of size 1 alone: an "
            "update would broadcast one against the other. The shapes must agree: reshape it."
        )
        notes.setdefault(text, name)
        return array.reshape(wanted)
    raise ContractError(
        f"the gradient of {name} has shape {array.shape}, and {name} has {wanted}; they must agree. Reshape it, or sum over the "
        "axes along which the forward repeats the input.",
        name,
    )


def squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple([n for n in shape if n != 1])
