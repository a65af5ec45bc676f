"""Gradients that are not numbers: which inputs do it, and whether smaller ones are right.  Layer 8; knows pairs."""

from __future__ import annotations

import linecache
import os
import warnings
from collections.abc import Sequence

import numpy as np

from .reference import Reference, Trial, reference_of
from .report import Finding
from .running import OURS, fresh, gradients_again
from .witness import one_sided

__all__ = ["overflows"]

HALVINGS = 14


def overflows(trial: Trial, wrong: Sequence[int]) -> list[Finding]:
    """For every wrong gradient: what is infinite or not a number in it although the right one is finite."""
    found = []
    warned = warnings_of(trial)
    for k in wrong:
        h = np.asarray(trial.hand[k], float)
        bad = ~np.isfinite(h) & np.isfinite(trial.reference.values[k])
        if bad.any():
            found.append(bad_numbers(trial, k, bad, warned))
        elif any(["overflow" in text or "divide" in text for text, _ in warned]) and mends(trial, k) is not None:
            text = f"it is finite, but {warned[0][0]} on the way; {mends(trial, k)}"
            found.append(Finding(trial.name(k), "overflow", warned[0][1], "certain", text, {"warnings": warned}))
    return found


def bad_numbers(trial: Trial, k: int, bad: np.ndarray, warned: Sequence[tuple[str, str]]) -> Finding:
    """A gradient with entries that are not finite."""
    h, i = np.asarray(trial.hand[k], float), trial.pair.active[k]
    place = tuple([int(n) for n in np.argwhere(bad)[0]])
    here = f"{int(bad.sum())} of {bad.size} entries are {h[place]:g}" if bad.ndim else f"it is {h[()]:g}"
    here += (
        f" (the first at {place}), where the right one is {trial.reference.values[k][place]:.6g}" if bad.ndim else ""
    )
    site = warned[0][1] if warned else ""
    sides = one_sided(trial.pair.value, trial.inputs, i, place, trial.upstream)
    if sides is not None and abs(sides[0] - sides[1]) > 1e-3 * max(map(abs, sides)):
        text = (
            f"{here}: this is a kink, where it divides 0 by 0; return a value from {min(sides):.6g} to {max(sides):.6g}"
        )
        return Finding(trial.name(k), "kink-choice", site, "certain", text, {"sides": sides, "warnings": warned})
    x = np.asarray(trial.inputs[i], float)
    if not np.any(x[bad]) and np.any(x):
        text = f"{here}: these are the entries at which {trial.name(k)} is 0, and it divides by them"
    else:
        largest = max([float(np.max(np.abs(trial.inputs[j]), initial=0.0)) for j in trial.pair.active])
        text = f"{here}: {warned[0][0] if warned else 'something overflows or divides by 0'}, at inputs up to {largest:.4g}"
        small = mends(trial, k)
        text += f"; {small}. Write it so that no intermediate is larger than the result" if small else ""
    return Finding(trial.name(k), "overflow", site, "certain", text, {"warnings": warned})


def warnings_of(trial: Trial) -> list[tuple[str, str]]:
    """(what NumPy warns of, the user's line) of one run of the backward."""
    with (
        warnings.catch_warnings(record=True) as caught,
        np.errstate(over="warn", divide="warn", invalid="warn", under="ignore"),
    ):
        warnings.simplefilter("always")
        try:
            trial.pair.gradients(fresh(trial.inputs), trial.upstream.copy())
        except Exception:  # noqa: BLE001  warnings turned into errors by the user's code: they are gone then
            return []
    theirs = [w for w in caught if issubclass(w.category, RuntimeWarning) and not w.filename.startswith(OURS)]
    return list(
        dict.fromkeys(
            [(str(w.message).replace(" encountered in ", " in "), line(w.filename, w.lineno)) for w in theirs]
        )
    )


def line(filename: str, number: int) -> str:

    return f"{os.path.basename(filename)}:{number}: {linecache.getline(filename, number).strip()}"


def mends(trial: Trial, k: int) -> str | None:
    """By how much the inputs must be scaled down for a right gradient, in words; None where that never helps."""
    for power in range(1, HALVINGS):
        at = scaled(trial, 2.0**-power)
        if at is None:
            continue
        given, reference = at
        h = given[k]
        if h is not None and np.all(np.isfinite(h)):
            fits = np.all(np.abs(h - reference.values[k]) <= reference.bounds[k])
            return f"with all inputs divided by {2**power} it is right" if fits else None
    return None


def scaled(trial: Trial, factor: float) -> tuple[list, Reference] | None:
    """The gradients by hand and the right ones where all inputs are multiplied by a factor."""
    inputs = list(trial.inputs)
    for i in trial.pair.active:
        inputs[i] = np.asarray(inputs[i]) * factor if np.ndim(inputs[i]) else inputs[i] * factor
    given = gradients_again(trial.pair, inputs, trial.upstream)
    if given is None or any([h is not None and not np.all(np.isfinite(h)) for h in given]):
        return None
    with np.errstate(all="ignore"):
        reference = reference_of(trial.pair, inputs, trial.upstream, given)
    return None if reference is None else (given, reference)
