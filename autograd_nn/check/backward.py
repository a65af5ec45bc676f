"""`check_backward`: a hand-written backward against its forward, with a verdict and a cause.  Layer 8."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from .comparison import compare, unit
from .diagnosis import diagnose
from .pairs import ContractError, Pair, Style, name_of, pair_of
from .probes import probe
from .reference import Reference, Trial, common_dtype, reference_of, upstream_for
from .report import Argument, Finding, Report, Verdict
from .witness import one_sided

__all__ = ["check_backward"]

KINKS = 16  # entries that are looked at from both sides


def check_backward(
    forward: Callable,
    backward: Callable | None,
    *inputs: Any,
    wrt: Sequence[str] | None = None,
    upstream: Any = None,
    style: Style | Literal["auto"] = "auto",
) -> Report:
    """Whether a hand-written backward is the derivative of its forward at a point, and if not, why.

    forward    plain NumPy code, which is run on recorded arrays
    backward   in one of the usual shapes, which is recognised: backward(upstream, *inputs), backward(upstream, cache) where
               forward returns (out, cache), gradients(*inputs) of a forward that returns a loss, or None where forward returns
               (loss, gradients). Gradients come as an array, a tuple in the order of the float inputs, or a dict by name
    inputs     float arrays and floats are differentiated; integers, labels and everything else is passed as it is
    wrt        the names of the inputs whose gradients the backward returns, where only some of the float ones are: ("W", "b").
               Gradients that are left out at the end, and None, are told by the shapes
    upstream   the cotangent of forward's result (default: random numbers, which hide nothing)
    style      "plain", "cache", "loss" or "gradient", where it should not be guessed
    returns    a Report: print it, or read .verdict, .arguments and .findings
    The reference is reverse mode over the recorded forward, confirmed by a complex step or by differences; the bound of the
    error is that of a correct backward in the precision of the result, from imitated rounding. There is no tolerance to set.
    Source: Stott Parker 1997 (Monte Carlo arithmetic); Squire & Trapp 1998 (complex step).

    >>> def forward(x, w):
    ...     return np.tanh(x @ w)
    >>> def backward(dout, x, w):
    ...     dz = dout * (1.0 - np.tanh(x @ w) ** 2)
    ...     return dz @ w.T, x.T @ dz / len(x)
    >>> x, w = np.array([[0.5, -1.0], [2.0, 0.1], [1.0, 1.0]]), np.array([[0.3, 0.2, 1.0], [-0.4, 0.6, 0.5]])
    >>> print(check_backward(forward, backward, x, w))
    backward: wrong
      x  right: ... attainable digits agree
      w  wrong: 6 of 6 entries; worst at ...
      factor (certain): all of it is 1/x.shape[0] = 1/3 times the right one
        at ...: return dz @ w.T, x.T @ dz / len(x)
    """
    subject = name_of(backward if backward is not None else forward)
    try:
        pair = pair_of(forward, backward, inputs, style, wrt)
        y = np.asarray(pair.value(*inputs))
        v = upstream_for(y, upstream, pair)
        hand = pair.gradients(inputs, v.astype(common_dtype(inputs, pair)))
    except ContractError as error:
        return Report(subject, "wrong", (), (contract(str(error)),), ())
    except Exception as error:  # noqa: BLE001  the user's code may raise anything: that is a finding, not a crash of the checker
        return Report(subject, "cannot tell", (), (contract(raised(error)),), ())
    reference = reference_of(pair, inputs, v, hand)
    if reference is None:
        return Report(subject, "cannot tell", (), (contract(NO_REFERENCE),), ())
    trial = Trial(pair, inputs, v, hand, reference, sizes_of(inputs, y, pair))
    findings = probe(pair, inputs, v.astype(common_dtype(inputs, pair)), hand, reference.bounds)
    arguments, wrong = [], []
    for k, given in enumerate(hand):
        if given is None:
            continue
        i, h, r, bound = pair.active[k], np.asarray(given), reference.values[k], reference.bounds[k]
        a = compare(pair.names[i], h, r, bound, reference.roundoff)
        if a.verdict == "wrong":
            chosen = at_kinks(pair, inputs, i, v, h.astype(float), r, bound)
            if chosen is not None:
                a, note = chosen
                findings.append(note)
            elif not any([f.argument == a.name for f in findings]):
                wrong.append(k)
        arguments.append(a)
    findings += diagnose(trial, wrong, lambda: ()) if wrong else []
    weak = weaknesses(pair, inputs, reference)
    without = [pair.names[i] for i, h in zip(pair.active, hand) if h is None]
    weak += [f"no gradient of {', '.join(without)} was returned"] if without else []
    return Report(subject, overall(arguments, findings), tuple(arguments), tuple(findings), tuple(weak))


NO_REFERENCE = (
    "the forward cannot be recorded, and has too many entries to differentiate one by one. Write it with NumPy's functions on "
    "whole arrays, without filling arrays in place, or check it on smaller inputs"
)


def at_kinks(
    pair: Pair, inputs: Sequence[Any], i: int, v: np.ndarray, h: np.ndarray, r: np.ndarray, bound: np.ndarray
) -> tuple[Argument, Finding] | None:
    """The argument as right where every entry that differs is a choice between the one-sided derivatives; else None."""
    off = np.argwhere(~(np.abs(h - r) <= bound))
    if len(off) > KINKS:
        return None
    sides = []
    for entry in off:
        place = tuple([int(k) for k in entry])
        found = one_sided(pair.value, inputs, i, place, v)
        if found is None or abs(found[0] - found[1]) <= 1e-4 * max(map(abs, found)):
            return None
        low, high = min(found), max(found)
        slack = 1e-4 * (high - low)
        if not low - slack <= h[place] <= high + slack:
            return None
        sides.append((place, low, high, float(h[place])))
    place, low, high, mine = sides[0]
    name = pair.names[i]
    text = (
        f"{len(sides)} of its entries stand at a kink, where every value between the one-sided derivatives is a legitimate "
        "choice: "
        f"at {place} they are {low:.6g} and {high:.6g}, and yours is {mine:.6g}"
    )
    fixed = h.copy()
    fixed[tuple(off.T)] = r[tuple(off.T)]
    return compare(name, fixed, r, bound, unit(h.dtype)), Finding(
        name, "kink-choice", "", "certain", text, {"sides": sides}
    )


def overall(arguments: Sequence[Argument], findings: Sequence[Finding]) -> Verdict:
    """The verdict over all: wrong if anything is."""
    verdicts = [a.verdict for a in arguments]
    if "wrong" in verdicts or any([f.kind != "kink-choice" for f in findings if f.certainty == "certain"]):
        return "wrong"
    return "cannot tell" if "cannot tell" in verdicts else "right"


def weaknesses(pair: Pair, inputs: Sequence[Any], reference: Reference) -> list[str]:
    """What this check could not have caught, in sentences."""
    found = []
    if not reference.witness:
        found.append(
            "the reference has no independent witness here: along a random direction differences do not settle (a kink, a jump, "
            "noise)"
        )
    ones = [f"axis {k} of {pair.names[i]}" for i in pair.active for k, n in enumerate(np.shape(inputs[i])) if n == 1]
    if ones:
        found.append(
            f"{', '.join(ones)} has size 1, so a missing sum, mean or factor of that size does not show: give it size 2 or more"
        )
    square = [pair.names[i] for i in pair.active if is_square(np.shape(inputs[i]))]
    if square:
        found.append(f"{', '.join(square)} is square, so a transpose keeps its shape: give it two different sizes")
    return found


def is_square(shape: tuple[int, ...]) -> bool:
    return len(shape) == 2 and shape[0] == shape[1] > 1


def contract(text: str) -> Finding:
    return Finding("", "contract", "", "certain", text)


def raised(error: Exception) -> str:
    """An exception of the user's code, with their line."""
    frames = traceback.extract_tb(error.__traceback__)
    last = next(
        (
            f
            for f in reversed(frames)
            if not f.filename.startswith((os.path.dirname(__file__), os.path.dirname(np.__file__)))
        ),
        frames[-1],
    )
    return (
        f"{type(error).__name__} was raised: {error} (at {os.path.basename(last.filename)}:{last.lineno}: {last.line})"
    )


def sizes_of(inputs: Sequence[Any], y: np.ndarray, pair: Pair) -> dict[str, float]:
    """The numbers that a factor may come from."""
    found: dict[str, float] = {}
    for name, x in zip(pair.names, inputs):
        if np.ndim(x):
            found |= {f"{name}.shape[{k}]": float(n) for k, n in enumerate(np.shape(x))}
            found[f"{name}.size"] = float(np.size(x))
        elif isinstance(x, int | float):
            found[name] = float(x)
    return found | {f"the result's shape[{k}]": float(n) for k, n in enumerate(y.shape)}
