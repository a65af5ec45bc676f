"""`check_backward`: a hand-written backward against its forward, with a verdict and a cause.  Layer 8."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from .comparison import compare, unit
from .contracts import ContractError, TimeLimit
from .diagnosis import diagnose
from .elsewhere import elsewhere, hidden
from .frameworks import check_framework, is_framework_object
from .history import unrepeatable
from .kinks import differing, kink_choices
from .live import Pair, Style
from .pairs import name_of, pair_of
from .probes import joined, probe
from .reference import Reference, Trial, common_dtype, trial_of, upstream_for
from .report import Argument, Finding, Report, Verdict
from .reproduction import Source
from .running import fresh, quiet, repeatable
from .shapes import broken, raised

__all__ = ["check_backward"]


def check_backward(
    forward: Callable,
    backward: Callable | str | None,
    *inputs: Any,
    wrt: Sequence[str] | None = None,
    upstream: Any = None,
    style: Style | Literal["auto"] = "auto",
) -> Report:
    """Whether a hand-written backward is the derivative of its forward at a point, and if not, why.

    forward    plain NumPy code, which is run on recorded arrays
    backward   in one of the usual shapes, which is recognised: backward(upstream, *inputs), backward(upstream, cache) where
               forward returns (out, cache), gradients(*inputs) of a forward that returns a loss, the name of a method of a class
               or an object, or None where forward returns (loss, gradients), is an object with a backward, or is a
               torch.autograd.Function or jax.custom_vjp (see docs/check-others.md). Gradients come as an
               array, a tuple in the order of the float inputs, containers like theirs, or a dict by name
    inputs     float arrays and floats are differentiated; integers, labels and everything else is passed as it is
    wrt        the names of the inputs whose gradients the backward returns, where only some of the float ones are: ("W", "b").
               Gradients that are left out at the end, and None, are told by the shapes
    upstream   the cotangent of forward's result (default: random numbers, which hide nothing)
    style      "plain", "cache", "stored", "loss", "gradient" or "pair", where it should not be told from the code
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
      Cause in w (certain): all of it is 1/x.shape[0] = 1/3 times the right one [factor]
        at ...
    """
    subject = name_of(backward if callable(backward) else forward)
    source = Source(forward, backward, inputs, upstream, wrt, style)
    stage = "forward"
    try:
        if is_framework_object(forward):
            return check_framework(forward, backward if callable(backward) else None, inputs, upstream, check_backward)
        with np.errstate(all="ignore"):  # what overflows is a finding
            pair = pair_of(repeatable(forward, inputs), backward, fresh(inputs), style, wrt)
            y = np.asarray(pair.value(*fresh(pair.inputs)))
            v = upstream_for(y, upstream, pair)
            noise = unrepeatable(pair, pair.inputs, y)
            if noise is not None:
                return Report(subject, "cannot tell", (), (noise,), (), source)
            given = v.astype(common_dtype(pair.inputs, pair))
            stage = "backward"
            hand = pair.gradients(fresh(pair.inputs), given.copy())
    except ContractError as error:
        findings = [Finding(error.argument, error.kind, "", "certain", str(error))]
        if stage == "backward" and error.kind == "contract" and not isinstance(error, TimeLimit):
            findings = broken(pair, pair.inputs, given, findings[0])
        return Report(subject, "wrong" if error.wrong else "cannot tell", (), tuple(findings), (), source)
    except Exception as error:  # noqa: BLE001  the user's code may raise anything: that is a finding, not a crash of the checker
        verdict, finding = raised(error, stage)
        return Report(subject, verdict, (), (finding,), (), source)
    if not np.all(np.isfinite(y)):
        return Report(subject, "cannot tell", (), (unbounded(y),), (), source)
    with quiet():
        trial = trial_of(pair, pair.inputs, y, v, hand)
        if trial is None:
            return Report(subject, "cannot tell", (), (contract(NO_REFERENCE),), (), source)
        return replace(judged(subject, trial, wrt is not None), source=source)


def unbounded(y: np.ndarray) -> Finding:
    """The forward itself has no finite value."""
    text = (
        f"{np.count_nonzero(~np.isfinite(y))} of {y.size} results of the forward are infinite or not a number, and have no "
        "gradient. Check at smaller inputs, or away from 0 / 0 and log 0"
    )
    return Finding("", "overflow", "", "certain", text)


def judged(subject: str, trial: Trial, named: bool) -> Report:
    """The report of a trial; `named`: the caller said which gradients there are."""
    pair, hand = trial.pair, trial.hand
    notes = [contract(note) for note in pair.notes]  # of this run: what is tried later may have other shapes
    kinks = kink_choices(trial)
    arguments, wrong = compared(trial, kinks)
    probed = probe(trial, wrong, list(kinks))
    left = [k for k in wrong if k not in probed.explained]
    causes = diagnose(trial, left, lambda: elsewhere(trial)) if left else []
    findings = [*notes, *probed.findings, *joined([finding for _, finding in kinks.values()])]
    findings += [probed.hints.get(f.argument, f) if f.kind == "unexplained" else f for f in causes]
    without = ", ".join([pair.names[i] for i, h in zip(pair.active, hand) if h is None])
    if without and named:
        findings.append(contract(f"no gradient of {without} was returned, and wrt names it. Return it as well"))
    if all([a.verdict == "right" for a in arguments]) and not findings:
        arguments, findings = with_hidden(trial, arguments)
    weak = weaknesses(pair, trial.inputs, trial.reference) + pair.remarks
    weak += [f"no gradient of {without} was returned"] if without else []
    return Report(subject, overall(arguments, findings), tuple(arguments), tuple(findings), tuple(weak))


NO_REFERENCE = (
    "the forward cannot be recorded, and has too many entries to differentiate one by one. Write it with NumPy's functions on "
    "whole arrays, without filling arrays in place, or check it on smaller inputs"
)


def with_hidden(trial: Trial, arguments: Sequence[Argument]) -> tuple[list[Argument], list[Finding]]:
    """The arguments and findings at inputs that show what these hide: instead of a single row, or of zeros."""
    for what, other in hidden(trial):
        found = [
            compare(
                other.name(k),
                np.asarray(h),
                other.reference.values[k],
                other.reference.bounds[k],
                other.reference.roundoff,
            )
            for k, h in enumerate(other.hand)
            if h is not None
        ]
        wrong = [k for k, h in enumerate(other.hand) if h is not None and name_is_wrong(found, other.name(k))]
        if wrong:
            causes = diagnose(other, wrong, lambda other=other: elsewhere(other))  # type: ignore[misc]
            return found, [
                replace(f, message=f"{f.message}. It does not show at these inputs, but {what}") for f in causes
            ]
    return list(arguments), []


def name_is_wrong(arguments: Sequence[Argument], name: str) -> bool:
    return any([a.name == name and a.verdict == "wrong" for a in arguments])


def compared(trial: Trial, kinks: dict[int, tuple[bool, Finding]]) -> tuple[list[Argument], list[int]]:
    """Every gradient with its verdict, and the wrong ones that choices at kinks do not explain."""
    arguments: list[Argument] = []
    wrong: list[int] = []
    for k, given in enumerate(trial.hand):
        if given is None:
            continue
        h, r, bound = np.asarray(given), trial.reference.values[k], trial.reference.bounds[k]
        if k in kinks:
            off = differing(trial, k)
            a = compare(trial.name(k), np.where(off, r, h), r, bound, unit(h.dtype))
            if not kinks[k][0]:
                a = replace(a, verdict="wrong", wrong=int(off.sum()), worst=kinks[k][1].evidence["worst"])
        else:
            a = compare(trial.name(k), h, r, bound, trial.reference.roundoff)
            wrong += [k] if a.verdict == "wrong" else []
        arguments.append(a)
    return arguments, wrong


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
