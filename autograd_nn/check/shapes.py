"""What is wrong with gradients of a wrong shape or kind, or with code that raises.  Layer 8; knows pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations
from typing import Any

import numpy as np

from ..trees import flatten
from .live import Pair
from .reference import reference_of
from .report import Finding, Verdict
from .returned import find, shape_of
from .running import fresh, place_of, quiet

__all__ = ["broken", "raised"]

SOURCES = {
    "integer-truncation": ("Cannot cast ufunc", "cannot cast ufunc"),
    "overflow": ("ZeroDivisionError", "OverflowError", "FloatingPointError"),
}


def raised(error: Exception, stage: str) -> tuple[Verdict, Finding]:
    """An exception of the user's code, with their line; stage is forward or backward."""
    place, name = place_of(error), type(error).__name__
    said = said_by(error)
    text = f"{name} was raised by the {stage}{said and f': {said}'}" + (f" (at {place})" if place else "")
    kind = next((k for k, marks in SOURCES.items() if any([mark in f"{name}: {said}" for mark in marks])), "contract")
    if kind == "integer-truncation":
        text += ". An array of whole numbers cannot take floats: make it with dtype=float"
    ours = stage == "forward" or not place  # the call itself did not fit, which may be our doing
    return "cannot tell" if ours else "wrong", Finding("", kind, place, "certain", text)


def said_by(error: Exception) -> str:
    """The text of an exception, or "" where its own code fails."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001  __str__ is the user's code
        return ""


def broken(pair: Pair, inputs: Sequence[Any], upstream: np.ndarray, plain: Finding) -> list[Finding]:
    """Why the shapes of the gradients are not those of the arguments: known mistakes by their numbers, else the plain finding."""
    parts = returned(pair, inputs, upstream)
    if parts is None:
        return [plain]
    wanted = [np.shape(inputs[i]) for i in pair.active]
    if len(parts) != len(wanted) or any([p is not None and shape_of(p) is None for p in parts]):
        return [plain]
    given = [None if p is None else np.asarray(p) for p in parts]
    with quiet():
        try:
            reference = reference_of(pair, fresh(inputs), upstream, [])
        except Exception:  # noqa: BLE001  the user's code at other inputs: the sentence says enough
            reference = None
    names = [pair.names[i] for i in pair.active]
    right = reference.values if reference is not None else [np.full(shape, np.nan) for shape in wanted]
    order = swapped(given, right)
    if order is not None:
        text = f"the gradients are right, but in another order: expected {', '.join(names)}, returned "
        return [
            Finding(
                ", ".join([names[k] for k, j in enumerate(order) if j != k]), "swapped-outputs", "", "certain",
                text + ", ".join([names[j] for j in order]), {"order": order},
            )
        ]  # fmt: skip
    if plain.kind != "contract":
        return [plain]
    found = []
    for name, h, r in zip(names, given, right):
        if h is not None and h.shape != r.shape:
            kind, text = next(explanations(h, r), ("contract", "its numbers are not those of the right one either"))
            head = f"the gradient of {name} has shape {h.shape}, and {name} has {r.shape}; they must agree: "
            found.append(Finding(name, kind, "", "certain", head + text))
    return found or [plain]


def returned(pair: Pair, inputs: Sequence[Any], upstream: np.ndarray) -> list | None:
    """What the backward returns, one for each active input, as it is; None where it cannot be told apart."""
    found = raw(pair, inputs, upstream)
    names = [pair.names[i] for i in pair.active]
    if isinstance(found, dict):
        return [find(found, name) for name in names]
    if found is None:
        return None
    parts = list(found) if isinstance(found, tuple | list) else [found]
    if any([p is not None and shape_of(p) is None for p in parts]):  # containers like those of the inputs
        return list(flatten(parts, objects=False).leaves)
    return [parts[i] for i in pair.active] if len(parts) == len(inputs) != len(names) else parts


def raw(pair: Pair, inputs: Sequence[Any], upstream: np.ndarray) -> Any:
    """What the backward returns, as it is; None where it raises now."""
    session = pair.live(pair.inputs)
    try:
        with quiet():
            session.forward(*fresh(inputs))
            return session.returned(upstream.copy())
    except Exception:  # noqa: BLE001  it ran before, so that it depends on more than its arguments: others look at that
        return None


def close(x: np.ndarray, z: np.ndarray) -> bool:
    return x.shape == z.shape and bool(np.all(np.abs(x - z) <= 1e-6 * np.max(np.abs(z), initial=1e-300)))


def swapped(given: Sequence[np.ndarray | None], right: Sequence[np.ndarray]) -> list[int] | None:
    """The order in which the right gradients were returned, if that is all that is wrong."""
    if None in [None if g is None else 0 for g in given]:
        return None
    found = [[j for j, r in enumerate(right) if close(np.asarray(g), r)] for g in given]
    order = [
        next((j for j in js if j not in [k for ks in found[:place] for k in ks[:1]]), -1)
        for place, js in enumerate(found)
    ]
    return order if sorted(order) == list(range(len(right))) and order != list(range(len(right))) else None


def explanations(h: np.ndarray, r: np.ndarray) -> Iterator[tuple[str, str]]:
    """(kind, sentence) of the mistakes that turn the right gradient r into h."""
    if h.size == 0 and r.size:
        yield "window-offset", "it is empty. A slice like [pad:-pad] is empty at pad = 0; write [pad : pad + n]"
    if h.ndim == r.ndim:
        for order in permutations(range(r.ndim)) if r.ndim <= 5 else ():
            if close(h, r.transpose(order)):
                yield "transpose", "it is the transpose" if r.ndim == 2 else f"its axes are in the order {order}"
    if h.size == r.size and close(h.reshape(r.shape), r):
        yield "contract", f"the numbers are right. Return it as .reshape({r.shape})"
    for count in range(1, h.ndim + 1):
        for axes in combinations(range(h.ndim), count):
            total = h.sum(axis=axes)
            if total.size == r.size and close(total.reshape(r.shape), r):
                where = f"axis {axes[0]}" if count == 1 else f"the axes {axes}"
                yield (
                    "reduction-missing",
                    f"it is not summed over {where}, along which {r.shape or 'the number'} was repeated",
                )
    for count in range(1, r.ndim + 1):
        for axes in combinations(range(r.ndim), count):
            for how, total in (("summed", r.sum(axis=axes)), ("averaged", r.mean(axis=axes))):
                if total.size == h.size and close(h.reshape(total.shape), total):
                    where = f"axis {axes[0]}" if count == 1 else f"the axes {axes}"
                    yield "contract", f"it is {how} over {where}; every entry has its own gradient"
    if h.ndim == r.ndim:
        yield from blocks(h, r)


def blocks(h: np.ndarray, r: np.ndarray) -> Iterator[tuple[str, str]]:
    """One of the two is a block of the other: padding that was not cut off, or cut off twice."""
    larger, smaller = (h, r) if h.size > r.size else (r, h)
    room = [a - b for a, b in zip(larger.shape, smaller.shape)]
    if min(room) < 0 or not smaller.size or np.prod([n + 1 for n in room]) > 400:
        return
    for start in np.ndindex(*[n + 1 for n in room]):
        block = tuple([slice(s, s + n) for s, n in zip(start, smaller.shape)])
        if close(larger[block], smaller):
            cut = ", ".join([f"{s.start}:{s.stop}" for s in block])
            if larger is h:
                yield "contract", f"the right one is its part [{cut}]: cut the padding off"
            else:
                yield "window-offset", f"it is the part [{cut}] of the right one: too much is cut off"
            return
