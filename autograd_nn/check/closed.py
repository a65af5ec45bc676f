"""Causes that need no graph: what the wrong array is to the right ones.  Layer 8; knows trials.

A factor, a sign, axes in another order, a shift, another argument's gradient, a term too many, a mask, whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations

import numpy as np

from .causes import Cause, Prediction, Scale, matches, scale_of
from .reference import Trial

__all__ = ["closed_causes"]


def closed_causes(trial: Trial, k: int) -> Iterator[Cause]:
    """Every closed form that the wrong gradient of the active input k fits."""
    for family in (factors, orders, shifts, displacements, swaps, additions, truncations):
        yield from family(trial, k)


def at(k: int, form: Callable[[Trial], np.ndarray]) -> Callable[[Trial], Prediction]:
    """A prediction about the active input k alone."""

    def predict(trial: Trial) -> Prediction:
        return [form(trial) if j == k else None for j in range(len(trial.hand))]

    return predict


def right(trial: Trial, k: int) -> np.ndarray:
    return trial.reference.values[k]


def given(trial: Trial, k: int) -> np.ndarray:
    return np.asarray(trial.hand[k], float)


def factors(trial: Trial, k: int) -> Iterator[Cause]:
    """hand = c times right."""
    r, h = right(trial, k), given(trial, k)
    size = float(np.vdot(r, r))
    if size == 0.0 or not np.all(np.isfinite(h)):
        return
    c = float(np.vdot(r, h)) / size
    if abs(c - 1.0) < 1e-12 or not matches(trial, k, c * r):
        return
    if not np.any(h):
        yield Cause("path-dropped", "all of it is 0: no path arrives", at(k, lambda t: 0.0 * right(t, k)), 4.0)
        return
    scale = scale_of(c, trial.sizes, loose=1e-9 if trial.reference.roundoff < 1e-12 else 1e-5)
    found = scale or Scale(c, f"{c:.6g} times")
    if found.value == -1.0:
        yield Cause("sign", "all of it has the wrong sign", at(k, lambda t: -right(t, k)), 3.0, evidence={"factor": c})
        return
    bits = 4.0 if scale else 30.0
    text = f"all of it is {found.text} the right one"
    yield Cause("factor", text, at(k, lambda t: found.at(t) * right(t, k)), bits, evidence={"factor": c})
    if found.source:  # a number in the code may equal a size by accident, which other sizes show
        text = f"all of it is {c:.6g} times the right one"
        yield Cause("factor", text, at(k, lambda t: c * right(t, k)), bits + 4.0, evidence={"factor": c})


def orders(trial: Trial, k: int) -> Iterator[Cause]:
    """The axes in another order."""
    r = right(trial, k)
    for order in permutations(range(r.ndim)) if 2 <= r.ndim <= 5 else ():
        if list(order) != sorted(order) and matches(trial, k, r.transpose(order)):
            text = "it is the transpose of the right one" if r.ndim == 2 else f"its axes are in the order {order}"
            yield Cause("transpose", text, at(k, lambda t, o=order: right(t, k).transpose(o)), 3.0)  # type: ignore[misc]


def shifts(trial: Trial, k: int) -> Iterator[Cause]:
    """One axis rolled, or turned round."""
    r = right(trial, k)
    for axis, n in enumerate(r.shape):
        for step in range(1, min(n, 64)):
            if matches(trial, k, np.roll(r, step, axis)):
                shift = step if step <= n // 2 else step - n
                form = at(k, lambda t, s=shift, a=axis: np.roll(right(t, k), s, a))  # type: ignore[misc]
                if n > 2 and 2 * step == n:
                    yield Cause(
                        "swapped-outputs", f"its two halves along axis {axis} are in the wrong order", form, 4.0
                    )
                    continue
                yield Cause("window-offset", f"it is shifted by {shift} along axis {axis}", form, 5.0)
        if n > 1 and matches(trial, k, np.flip(r, axis)):
            form = at(k, lambda t, a=axis: np.flip(right(t, k), a))  # type: ignore[misc]
            yield Cause("window-offset", f"it is reversed along axis {axis}", form, 5.0)


def displacements(trial: Trial, k: int) -> Iterator[Cause]:
    """All of it moved by a few places along one or two axes, with other numbers at the border."""
    r = right(trial, k)
    axes = [a for a, n in enumerate(r.shape) if n > 3]
    for chosen in [(a,) for a in axes] + [tuple(axes[-2:])] * (len(axes) > 1):
        for step in (1, -1, 2, -2):
            moved = displaced(r, chosen, step)
            known = moved[~np.isnan(moved)]
            if known.size >= 6 and np.count_nonzero(known) > 4 and matches(trial, k, moved):
                form = at(k, lambda t, c=chosen, s=step: displaced(right(t, k), c, s))  # type: ignore[misc]
                where = f"axes {chosen}" if len(chosen) > 1 else f"axis {chosen[0]}"
                yield Cause("window-offset", f"it is moved by {step} along {where}: look at the padding", form, 7.0)


def displaced(r: np.ndarray, axes: tuple[int, ...], step: int) -> np.ndarray:
    """r moved along some axes; nan comes in at the border."""
    out = np.full(r.shape, np.nan)
    to = tuple([slice(max(step, 0), min(step, 0) or None) if a in axes else slice(None) for a in range(r.ndim)])
    out[to] = r[
        tuple([slice(max(-step, 0), min(-step, 0) or None) if a in axes else slice(None) for a in range(r.ndim)])
    ]
    return out


def swaps(trial: Trial, k: int) -> Iterator[Cause]:
    """The right gradient of another argument."""
    for j, r in enumerate(trial.reference.values):
        if j != k and r.shape == right(trial, k).shape and np.any(r) and matches(trial, k, r):
            text = f"it is the gradient of {trial.name(j)}: two results are in the wrong order"
            yield Cause("swapped-outputs", text, at(k, lambda t, j=j: right(t, j)), 3.0)  # type: ignore[misc]


def additions(trial: Trial, k: int) -> Iterator[Cause]:
    """hand = right + c times a parameter: a penalty that the loss does not have, or has with another factor."""
    r, h = right(trial, k), given(trial, k)
    x = np.asarray(trial.inputs[trial.pair.active[k]], float)
    for name, p in ((trial.name(k), x), (f"sign({trial.name(k)})", np.sign(x))):
        size = float(np.vdot(p, p))
        if not size or x.size < 2 or not np.all(np.isfinite(h)):
            continue
        c = float(np.vdot(p, h - r)) / size
        if c == 0.0 or not matches(trial, k, r + c * p):
            continue
        scale = scale_of(c, trial.sizes) or Scale(c, f"{c:.6g} times")
        text = f"it has {scale.text} {name} too much: the penalty is not in the loss, or with another factor"

        def form(t: Trial, scale: Scale = scale, signed: bool = name.startswith("sign(")) -> np.ndarray:
            z = np.asarray(t.inputs[t.pair.active[k]], float)
            return right(t, k) + scale.at(t) * (np.sign(z) if signed else z)

        bits = 8.0 if scale.source or scale.text != f"{c:.6g} times" else 14.0  # a number that stands nowhere
        yield Cause("regulariser", text, at(k, form), bits, evidence={"factor": c})


def truncations(trial: Trial, k: int) -> Iterator[Cause]:
    """Whole numbers where the right ones are not."""
    hand = np.asarray(trial.hand[k])
    whole = hand.dtype.kind in "iub"
    for cut in (np.trunc, np.floor, np.round):
        if np.any(cut(right(trial, k)) != right(trial, k)) and np.array_equal(cut(right(trial, k)), hand):
            text = "its digits behind the point are cut off" + (f": it is {hand.dtype.name}" if whole else "")
            if not whole and len(np.unique(hand)) < 3:  # 0 and 1 are whole whatever made them
                return
            bits = 3.0 if whole else 6.0
            yield Cause("integer-truncation", text, at(k, lambda t, c=cut: c(right(t, k))), bits)  # type: ignore[misc]
            return
