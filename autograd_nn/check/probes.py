"""What a backward must respect whatever its numbers: its arguments, its upstream, repetition.  Layer 8; knows pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .history import histories
from .linearity import nonlinearities
from .mutation import mutations
from .overflow import overflows
from .reference import Trial, common_dtype
from .report import Finding

__all__ = ["Probed", "joined", "probe"]


@dataclass(frozen=True, slots=True)
class Probed:
    """What the probes found.

    findings    in the order in which they should be read
    explained   the wrong gradients of which nothing is left to explain
    hints       what to say about a wrong gradient that nothing else explains
    remarks     what is no mistake, and worth knowing
    """

    findings: list[Finding]
    explained: frozenset[int]
    hints: dict[str, Finding]
    remarks: list[str]


def probe(trial: Trial, wrong: Sequence[int], kinks: Sequence[int]) -> Probed:
    """Findings about mutation, what is kept between calls, numbers that overflow, and linearity in the upstream.

    wrong   the active inputs whose gradients are wrong;  kinks: those of which that depends on a choice at a kink
    """
    upstream = trial.upstream.astype(common_dtype(trial.inputs, trial.pair))
    kept, remarks = histories(trial, [*wrong, *kinks])  # first: it compares the second call with the first
    changed = mutations(trial.pair, trial.inputs, upstream)
    bad = overflows(trial, wrong)
    seen = {name for f in (*kept, *bad) for name in f.argument.split(", ")}
    curved = [n for n in nonlinearities(trial) if trial.name(n.k) not in seen] if not kept else []
    named = {trial.name(k): k for k in range(len(trial.hand))}
    explained = {named[name] for name in seen if name in named}
    explained |= {n.k for n in curved if n.whole}
    sure = [n.finding(trial) for n in curved if not n.hint]
    hints = {trial.name(n.k): n.finding(trial) for n in curved if n.hint}
    return Probed(joined([*changed, *kept, *bad, *sure]), frozenset(explained), hints, remarks)


def joined(findings: Sequence[Finding]) -> list[Finding]:
    """Findings that say the same of several arguments as one."""
    first: dict[tuple[str, str], Finding] = {}
    for f in findings:
        key = (f.kind, f.message)
        first[key] = replace(first[key], argument=f"{first[key].argument}, {f.argument}") if key in first else f
    return list(first.values())
