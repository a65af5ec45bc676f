"""Which operation of a recording has a wrong rule: each one alone, at its recorded arguments.  Layer 8; knows the record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..node import Node
from ..op import Op, record
from ..ops import fit
from ..ops import sum as total
from ..reverse import grad
from ..several import Parts
from ..walk import tangent
from .black_box import gradients
from .diagnosis import diagnose_numbers
from .report import Finding
from .witness import along

__all__ = ["Call", "calls_of", "wrong_rule", "wrong_second"]

MANY = 300  # entries of an argument: above it, a wrong rule is found but not explained
LOOSE = 1e-7  # of the sum of absolute contributions: rounding of a rule, and of a kernel, stays below it


@dataclass(frozen=True, slots=True)
class Call:
    """One operation at plain arguments; site: the user's line, moving: the positions that are differentiated."""

    op: Op
    args: tuple
    site: str
    moving: tuple[int, ...]

    def value(self, *args: Any) -> np.ndarray:
        """The result as one array: several results one after another."""
        y = self.op.array(*args)
        return np.concatenate([np.ravel(part) for part in y]) if isinstance(y, tuple) else np.asarray(y)

    def cotangent(self, seed: np.ndarray, y: Any) -> Any:
        """The seed as the rules of this operation take it."""
        if not isinstance(y, tuple):
            return seed
        ends = np.cumsum([np.size(part) for part in y])[:-1]
        return Parts({k: s.reshape(np.shape(p)) for k, (s, p) in enumerate(zip(np.split(seed, ends), y))})


def calls_of(order: Sequence[Node]) -> Iterator[Call]:
    """The operations of a recording, oldest first, each once for a line and the shapes of its arguments."""
    seen = set()
    for n in reversed(order):
        if (
            n.op is None
            or n.op.kind == "nondifferentiable"
            or any([isinstance(a, tuple) and p for a, p in zip(n.args, n.inputs)])
        ):
            continue
        site = n.where.code if n.where is not None else ""
        moving = tuple([i for i, (p, r) in enumerate(zip(n.inputs, n.op.vjps)) if p is not None and r is not None])
        key = (n.op, site, moving, tuple([np.shape(n.args[i]) for i in moving]))
        if key not in seen:
            seen.add(key)
            yield Call(n.op, n.args, site, moving)


def wrong_rule(call: Call, called: str) -> Finding | None:
    """The first rule of an operation that its own kernel contradicts, with the closed form of the difference."""
    rng = np.random.default_rng(4)
    y = call.op.array(*call.args)
    seed = rng.normal(size=call.value(*call.args).shape)
    for i in call.moving:
        x = np.asarray(call.args[i], float)
        r = np.asarray(fit(call.op.vjps[i](call.cotangent(seed, y), y, *call.args), record(None, x, (), ())), float)
        direction = rng.normal(size=x.shape)
        if (
            agrees(call, i, direction, seed, float(np.sum(r * direction)), float(np.sum(np.abs(r * direction))))
            is False
        ):
            return explained(call, i, r, seed, called)
        if call.op.kind == "custom" or call.op.kind == "linear":
            ts = [direction if k == i else None for k in range(len(call.args))]
            moved = tangent(call.op, ts, y, call.args)
            dy = np.zeros(seed.shape) if moved is None else joined(moved, seed)
            if agrees(call, i, direction, seed, float(np.sum(seed * dy)), float(np.sum(np.abs(seed * dy)))) is False:
                text = f"the jvp rule of {call.op.name} is wrong for argument {i}; its vjp rule is right"
                return Finding(
                    called, "unexplained", call.site, "certain", text, {"operation": call.op.name, "argument": i}
                )
    return None


def joined(y: Any, seed: np.ndarray) -> np.ndarray:
    flat = np.concatenate([np.ravel(part) for part in y]) if isinstance(y, tuple) else np.asarray(y)
    return np.broadcast_to(flat, seed.shape)


def agrees(call: Call, i: int, direction: np.ndarray, seed: np.ndarray, mine: float, size: float) -> bool | None:
    """Whether the kernel's derivative along a direction is `mine`; None where the kernel does not tell."""
    if not np.isfinite(mine):
        return None
    opinion = along(call.value, call.args, [i], [direction], seed, mine, 1e-10 * size)
    if opinion.how == "silent":
        return None
    return bool(abs(mine - opinion.value) <= 10.0 * opinion.error + LOOSE * max(size, abs(opinion.value)))


def explained(call: Call, i: int, r: np.ndarray, seed: np.ndarray, called: str) -> Finding:
    """The finding about one wrong rule."""
    text = f"the rule of {call.op.name} for argument {i} is wrong"
    evidence = {"operation": call.op.name, "argument": i}
    kind, certainty = "unexplained", "certain"
    y = call.op.array(*call.args)
    twice = np.asarray(call.op.vjps[i](call.cotangent(2.0 * seed, y), y, *call.args), float)
    if np.any(twice) and np.array_equal(
        twice, np.asarray(call.op.vjps[i](call.cotangent(seed, y), y, *call.args), float)
    ):
        kind, text = "upstream-ignored", f"{text}: it does not depend on the cotangent g; multiply by it"
        return Finding(called, kind, call.site, certainty, text, evidence)
    found = gradients(call.value, call.args, [i], seed) if np.size(call.args[i]) <= MANY else None
    if not np.any(r):
        kind, text = "path-dropped", f"{text}: it is 0"
    elif found is not None:
        (truth,), (error,) = found
        bound = error + LOOSE * float(np.max(np.abs(truth), initial=0.0))
        cause = diagnose_numbers(call.op.name, r, truth, bound, {})
        off = ~(np.abs(r - truth) <= bound)
        if cause.kind != "unexplained":
            kind, text, evidence = cause.kind, f"{text}: {cause.message}", evidence | cause.evidence
        elif off.any():
            text += f", at {int(off.sum())} of {off.size} entries: {places(np.asarray(call.args[i]), r, truth, off)}"
    return Finding(called, kind, call.site, certainty, text, evidence)


def places(x: np.ndarray, r: np.ndarray, truth: np.ndarray, off: np.ndarray) -> str:
    """Where a rule is wrong, by the argument: a rule that is right on one side of a branch was tested there alone."""
    k = tuple(np.argwhere(off)[0])
    return f"at the argument {x[k]:.6g} it gives {r[k]:.6g}, and the kernel's derivative is {truth[k]:.6g}"


def wrong_second(call: Call, called: str) -> Finding | None:
    """The first rule that is right, but whose own derivative is not: it works on numbers taken out of its arguments."""
    rng = np.random.default_rng(5)
    if isinstance(call.op.array(*call.args), tuple):
        return None
    seed = rng.normal(size=np.shape(call.op.array(*call.args)))
    for i in call.moving:
        weights = rng.normal(size=np.shape(call.args[i]))
        for j in call.moving:
            if differs_in_second(call, i, j, seed, weights, rng):
                by = "" if i == j else f", by argument {j}"
                text = (
                    f"the rule of {call.op.name} for argument {i} is right, but its own derivative{by} is not: something in it "
                    "is a constant that should depend on the arguments. Compute it from y and the arguments with operations"
                )
                evidence = {"operation": call.op.name, "argument": i, "by": j}
                return Finding(called, "second-order", call.site, "certain", text, evidence)
    return None


def differs_in_second(
    call: Call, i: int, j: int, seed: np.ndarray, weights: np.ndarray, rng: np.random.Generator
) -> bool:
    """Whether the derivative of sum(weights * rule_i) by argument j, as recorded, is contradicted by differences."""

    target = record(None, np.asarray(call.args[i], float), (), ())

    def with_argument(x: Any, function: Callable) -> Any:
        args = (*call.args[:j], x, *call.args[j + 1 :])
        return fit(call.op.vjps[i](seed, function(*args), *args), target)

    x = np.asarray(call.args[j], float)
    direction = rng.normal(size=x.shape)
    recorded = grad(lambda x: total(with_argument(x, call.op.function) * weights))(x)
    mine, size = float(np.sum(recorded * direction)), float(np.sum(np.abs(recorded * direction)))
    opinion = along(lambda x: with_argument(x, call.op.array), [x], [0], [direction], weights, mine, 1e-10 * size)
    if opinion.how == "silent" or not np.isfinite(mine):
        return False
    return not abs(mine - opinion.value) <= 10.0 * opinion.error + LOOSE * max(size, abs(opinion.value))
