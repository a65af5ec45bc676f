"""`check_backward`: a hand-written backward against its forward, with a verdict and a cause.  Layer 8."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, Literal

import numpy as np

from .comparison import compare, unit
from .contracts import ContractError, TimeLimit
from .diagnosis import diagnose
from .elsewhere import elsewhere, hidden
from .frameworks import check_framework, is_framework_object
from .generated import Factory, drawn, trials_at
from .kinks import differing, kink_choices
from .limits import SECONDS
from .live import Style
from .pairs import name_of, pair_of
from .probes import joined, probe
from .reference import Trial, common_dtype, trial_of, upstream_for
from .report import Argument, Finding, Report, Verdict
from .reproduction import Source
from .running import fresh, held_back, place_of, quiet, repeatable, steady
from .shapes import broken, raised
from .strength import strength

__all__ = ["check_backward"]


def check_backward(
    forward: Callable,
    backward: Callable | str | None,
    *inputs: Any,
    wrt: Sequence[str] | None = None,
    upstream: Any = None,
    style: Style | Literal["auto"] = "auto",
    factories: Factory | Sequence[Factory] | None = None,
    keywords: Mapping[str, Any] | None = None,
    limit: float | None = SECONDS,
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
    factories  a function, or several: factory(rng) makes a tuple of inputs, of other sizes, say. The check is made at two draws
               of each as well: what is right at the given inputs and wrong at one of those is wrong
    keywords   what forward takes by name: {"stride": 2}
    limit      seconds after which a run of forward or backward is stopped, or None
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
      Cause in w (certain): all of it is 1/x.shape[0] = 1/3 times the right one. ... Use `x.T @ dz` where ... stands [factor]
    ...
    """
    subject = name_of(backward if callable(backward) else forward)
    options = {"factories": factories, "keywords": keywords, "limit": None if limit == SECONDS else limit}
    source = Source(
        forward, backward, inputs, upstream, wrt, style, {k: x for k, x in options.items() if x is not None}
    )
    stage = "forward"
    try:
        if is_framework_object(forward):
            return check_framework(forward, backward if callable(backward) else None, inputs, upstream, check_backward)
        with np.errstate(all="ignore"):  # what overflows is a finding
            further = drawn(factories)
            with held_back():
                pair = pair_of(repeatable(forward, inputs), backward, fresh(inputs), style, wrt, keywords, limit)
                y = np.asarray(pair.value(*fresh(pair.inputs)))
                settled = steady(pair, y)
            v = upstream_for(y, upstream, pair)
            given = v.astype(common_dtype(pair.inputs, pair))
            stage = "backward"
            hand = pair.gradients(fresh(pair.inputs), given.copy())
    except ContractError as error:
        findings = [Finding(error.argument, error.kind, "", "certain", str(error))]
        if stage == "backward" and not isinstance(error, TimeLimit):
            findings = attempted(lambda: broken(pair, pair.inputs, given, findings[0]), findings)[0]
        return Report(subject, "wrong" if error.wrong else "cannot tell", (), tuple(findings), (), source)
    except Exception as error:  # noqa: BLE001  the user's code may raise anything: that is a finding, not a crash of the checker
        verdict, finding = raised(error, stage)
        return Report(subject, verdict, (), (finding,), (), source)
    if not np.all(np.isfinite(y)):
        return Report(subject, "cannot tell", (), (unbounded(y),), (), source)
    if not settled:
        return Report(subject, "cannot tell", (), (contract(UNSTEADY),), (), source)
    with quiet():
        trial, failed = attempted(lambda: trial_of(pair, pair.inputs, y, v, hand), None)
        if trial is None:
            return Report(
                subject, "cannot tell", (), (*failed, *([] if failed else [contract(NO_REFERENCE)])), (), source
            )
        others = trials_at(
            further,
            lambda given: pair_of(repeatable(forward, given), backward, fresh(given), style, wrt, keywords, limit),
        )
        return replace(judged(subject, trial, others), source=source)


def attempted(search: Callable[[], Any], otherwise: Any) -> tuple[Any, list[Finding]]:
    """(what a search of ours finds, nothing), or (what stands in its place, a sentence) where it fails: the comparison stands."""
    try:
        return search(), []
    except Exception as error:  # noqa: BLE001  it runs on anybody's code: whatever it meets there must not cost the verdict
        text = (
            f"the search for the cause failed with {type(error).__name__}: {error}. What is said of the numbers holds"
        )
        return otherwise, [Finding("", "unexplained", place_of(error), "unexplained", text)]


def unbounded(y: np.ndarray) -> Finding:
    """The forward itself has no finite value."""
    text = (
        f"{np.count_nonzero(~np.isfinite(y))} of {y.size} results of the forward are infinite or not a number, and have no "
        "gradient. Check at smaller inputs, or away from 0 / 0 and log 0"
    )
    return Finding("", "overflow", "", "certain", text)


def judged(subject: str, trial: Trial, others: Sequence[tuple[str, Trial | Finding | str]]) -> Report:
    """The report of a trial; `others`: at generated inputs."""
    pair, hand = trial.pair, trial.hand
    generated = [(what, t) for what, t in others if isinstance(t, Trial)]
    findings = [
        Finding(name, "contract", "", "certain", note) for note, name in pair.notes.items()
    ]  # of this run: what is tried later may have other shapes
    kinks, failed = attempted(lambda: kink_choices(trial), {})
    arguments, wrong = compared(trial, kinks)
    further = [t for _, t in generated]
    (found, remarks), more = attempted(lambda: searched(trial, wrong, kinks, further), ([], []))
    findings += [*found, *failed, *more, *[t for _, t in others if isinstance(t, Finding)]]
    without = ", ".join([pair.names[i] for i, h in zip(pair.active, hand) if h is None])
    trials = [trial]
    if all([a.verdict == "right" for a in arguments]) and not findings:
        plain: Any = (arguments, [], trials)
        (arguments, findings, trials), more = attempted(lambda: with_hidden(trial, arguments, generated), plain)
        findings += more
    nothing: Any = ("", [])
    (seen, weak), more = attempted(lambda: strength(trials), nothing)
    weak += [*pair.remarks, *remarks, *[t for _, t in others if isinstance(t, str)], *[f.message for f in more]]
    weak += [f"no gradient of {without} was returned"] if without else []
    verdict = overall(arguments, findings)
    return Report(
        subject, verdict, tuple(arguments), tuple(findings), tuple(weak), noticed=seen if verdict == "right" else ""
    )


def searched(
    trial: Trial, wrong: Sequence[int], kinks: dict[int, tuple[bool, Finding]], further: Sequence[Trial]
) -> tuple[list[Finding], list[str]]:
    """(what the probes and the diagnosis find, what is no mistake and worth knowing)."""
    probed = probe(trial, wrong, list(kinks))
    left = [k for k in wrong if k not in probed.explained]
    causes, failed = attempted(lambda: diagnose(trial, left, lambda: [*further, *elsewhere(trial)]) if left else [], [])
    findings = [*probed.findings, *joined([finding for _, finding in kinks.values()])]
    findings += [hinted(f, probed.hints.get(f.argument)) for f in causes]
    return [*findings, *failed], probed.remarks


def hinted(f: Finding, hint: Finding | None) -> Finding:
    """A finding that is not sure, with what the probes saw of the same gradient."""
    if hint is None or f.certainty not in ("unexplained", "partial"):
        return f
    if f.certainty == "partial":
        return replace(f, message=f"{f.message}; {hint.message}")
    return replace(hint, site=f.site, evidence={**f.evidence, **hint.evidence})


UNSTEADY = (
    "two runs of the forward at the same inputs give two results: it draws random numbers, or starts from what an earlier run "
    "left. Pass the mask, or a seeded np.random.default_rng, as an input, and keep nothing between calls"
)
NO_REFERENCE = (
    "the forward cannot be recorded, and has too many entries to differentiate one by one. Write it with NumPy's functions on "
    "whole arrays, without filling arrays in place, or check it on smaller inputs"
)


def with_hidden(
    trial: Trial, arguments: Sequence[Argument], generated: Sequence[tuple[str, Trial]]
) -> tuple[list[Argument], list[Finding], list[Trial]]:
    """The arguments and findings at inputs that show what these hide, and all trials that were made."""
    trials = [trial]
    for what, other in chain(generated, hidden(trial)):
        trials.append(other)
        kinks = kink_choices(other)
        found, wrong = compared(other, kinks)
        if any([a.verdict == "wrong" for a in found]):
            causes = diagnose(other, wrong, lambda other=other: elsewhere(other)) if wrong else []  # type: ignore[misc]
            causes += [finding for excused, finding in kinks.values() if not excused]
            told = [replace(f, message=f"{f.message}. It does not show at these inputs, but {what}") for f in causes]
            return found, told, trials
    return list(arguments), [], trials


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


def contract(text: str) -> Finding:
    return Finding("", "contract", "", "certain", text)
