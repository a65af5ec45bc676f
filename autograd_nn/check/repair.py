"""The dual of the causes: which edit of the hand-written backward makes it right, and on which of its lines.  Layer 8.

A cause changes the reference until it gives the wrong numbers; a repair changes the backward until it gives the right ones. That
needs no rule for the mistake, and ends at a line of the backward, with what should stand there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .causes import Scale, scale_of
from .reference import Trial
from .repair_bench import Workshop, is_right
from .repair_edits import Edit, clean, is_number
from .repair_families import edits, is_filled
from .repair_source import Site
from .repair_suspects import Suspect, suspect_on
from .report import Finding

__all__ = ["Repair", "located", "repairs"]

EXPLAINED = 9.0  # bits for each further wrong gradient that becomes right
NEAR = 8.0  # bits that a repair may need more than the best one and still be named beside it
PLAIN = 7.0  # bits up to which a repair is what one would write without having seen the numbers

UPDATE = "updated-weights"  # W - rate * dW where W belongs is, to a repair, a term too much


@dataclass(frozen=True, slots=True)
class Repair:
    """One edit of the backward after which its gradients are right, found by running it.

    kind      the mistake, by its slug;  bits: how much has to be said to describe the edit
    line      "file.py:57: dgamma = np.sum(dout * xmu, axis=0)"
    instead   "use `xhat` where `xmu` stands", or "" where it cannot be written with the names at hand
    explains  the active inputs whose gradients become right
    """

    kind: str
    line: str
    instead: str
    sentence: str
    bits: float
    explains: frozenset[int]

    @property
    def score(self) -> float:
        return self.bits - EXPLAINED * (len(self.explains) - 1)


def repairs(trial: Trial, k: int) -> list[Repair]:
    """Every single edit of the backward that makes the gradient of the active input k right, the most plausible first.

    An edit that spoils a gradient that was right is none. Empty where the source cannot be read or nothing single helps.
    """
    return repairs_on(Workshop(trial), k)


def repairs_on(bench: Workshop, k: int) -> list[Repair]:
    """The same, on a bench."""
    if bench.program is None or k not in bench.wrong or not np.any(bench.trial.reference.values[k]):
        return []  # beside a gradient that is 0, whatever stops the numbers would be a repair
    found: list[Repair] = []
    with bench.program:
        sites = []
        for site in bench.values.last:
            if site.stored or bench.spent:
                continue
            relevant, scaled = scales(bench, site, k) if not is_filled(site) else (False, [])
            found += scaled
            sites += [site] if relevant else []
        for edit in sorted([e for s in sites for e in edits(s, bench.values)], key=lambda e: e.bits):
            if bench.spent:
                break
            right = bench.explained(bench.run(edit.site, edit.change))
            if k in right:
                found.append(repair(edit, right))
    return sorted(found, key=lambda r: r.score)


def repair(edit: Edit, right: frozenset[int]) -> Repair:
    instead = f"use `{clean(edit.instead)}` where `{edit.site.text}` stands" if edit.instead else ""
    return Repair(edit.kind, edit.site.line, instead, edit.sentence, edit.bits, right)


def scales(bench: Workshop, site: Site, k: int) -> tuple[bool, list[Repair]]:
    """(whether an edit of this expression may repair the gradient, the factor that does).

    Twice the value shows how the gradients depend on it: those that are right must not. Where the wrong one does so affinely, one
    quotient is the factor.
    """
    v, trial = bench.values.last[site], bench.trial
    floats = (isinstance(v, np.ndarray) and v.dtype.kind == "f") or (
        is_number(v) and not isinstance(v, int | np.integer)
    )
    if not floats:
        return True, []  # an index, a mask, an axis: trying it shows
    twice = bench.run(site, lambda v, frame: 2.0 * v)
    if twice is None:
        return True, []
    for j, h in enumerate(trial.hand):
        if h is not None and j not in bench.wrong and (twice[j] is None or not is_right(trial, j, twice[j])):
            return False, []
    if twice[k] is None:
        return True, []
    hand = np.asarray(trial.hand[k], float)
    d, gap = np.asarray(twice[k], float) - hand, trial.reference.values[k] - hand
    if not np.any(d):
        return bool(np.any(v == 0.0)), []
    c = 1.0 + float(np.vdot(d, gap)) / float(np.vdot(d, d))
    if not np.isfinite(c) or not np.allclose((c - 1.0) * d, gap, rtol=1e-6, atol=1e-6 * float(np.max(np.abs(gap)))):
        return True, []
    scale = scale_of(c, bench.values.numbers(site) | trial.sizes, loose=1e-6)
    if scale is None or scale.value in (0.0, 1.0):  # a term too much is an edit of its own
        return True, []
    value = scale.value
    edit = Edit(site, lambda v, frame: value * v, *naming(scale, site), 7.0)
    right = bench.explained(bench.run(site, edit.change))
    return True, [repair(edit, right)] if k in right else []


def naming(scale: Scale, site: Site) -> tuple[str, str, str]:
    """(kind, text, sentence) of a factor."""
    if scale.value == -1.0:
        return "sign", f"-({site.text})", f"`{site.text}` has the wrong sign"
    what = scale.text.removesuffix(" times").partition(" = ")[0]
    return "factor", f"{what} * ({site.text})", f"`{site.text}` should be {scale.text} what it is"


def located(trial: Trial, findings: Sequence[Finding]) -> list[Finding]:
    """Findings with the line of the backward as their site, and what should stand there, where that can be told.

    evidence["forward"] keeps the lines of the forward, evidence["fix"] is the edit, evidence["suspect"] what is wrong with the
    line. A mistake that no cause explains is named by its repairs. Where all repairs are of another kind than the cause, both are
    possible.
    """
    names = {trial.name(k): k for k in range(len(trial.hand))}
    bench = Workshop(trial)
    if bench.program is None:
        return list(findings)
    made = []
    for f in findings:
        k = next((names[name] for name in f.argument.split(", ") if name in names), None)
        made.append(f if k is None else advised(joined(f, suspect_on(bench, k), repairs_on(bench, k))))
    return made


def advised(f: Finding) -> Finding:
    """A finding whose message says what to look at in the backward, and what to write there."""
    advice = [f.evidence[key] for key in ("suspect", "fix") if f.evidence.get(key)]
    return replace(f, message=". ".join([f.message, *[a[0].upper() + a[1:] if a[0].isalpha() else a for a in advice]]))


def joined(f: Finding, suspected: Suspect | None, found: Sequence[Repair]) -> Finding:
    """A finding with what repairs and suspects say about it."""
    evidence: dict[str, Any] = dict(f.evidence)
    if f.site:
        evidence["forward"] = f.site.split("; ")
    if suspected is not None:
        evidence["suspect"] = suspected.sentence
    if not found:
        return f if suspected is None else replace(f, site=suspected.line, evidence=evidence)
    best = chosen(found, f.kind, suspected)
    if best.instead:
        evidence["fix"] = best.instead
    kinds = list(dict.fromkeys([r.kind for r in found if r.score <= best.score + NEAR]))
    every = list(dict.fromkeys([r.kind for r in found]))
    if f.kind == "unexplained":
        others = [kind for kind in every if kind != best.kind]
        sure = "certain" if best.bits <= PLAIN else "partial"
        certainty = f"one of {len(others) + 1}" if others else sure
        evidence |= {"others": others} if others else {}
        return replace(f, kind=best.kind, site=best.line, certainty=certainty, message=best.sentence, evidence=evidence)
    named = [*[r.kind for r in found], *[UPDATE for r in found if r.kind == "path-doubled"]]
    if f.certainty == "certain" and f.kind not in named:
        evidence["others"] = [f"{kind}: {best.line}" for kind in kinds]
        return replace(f, site=best.line, certainty=f"one of {len(kinds) + 1}", evidence=evidence)
    lines = {r.line for r in found if r.score <= best.score + NEAR}
    rivals = {other.partition(":")[0] for other in evidence.get("others", ())}
    if rivals == {f.kind} == set(kinds) and len(lines) == 1 and best.bits <= PLAIN:
        del evidence[
            "others"
        ]  # they were of one kind, at other lines of the forward: the line of the backward settles it
        return replace(f, site=best.line, certainty="certain", evidence=evidence)
    return replace(f, site=best.line, evidence=evidence)


def chosen(found: Sequence[Repair], kind: str, suspected: Suspect | None) -> Repair:
    """The repair to name: of the same kind as the cause if there is one, on the suspected line if that has a telling name."""
    near = [r for r in found if r.score <= found[0].score + 0.5 * NEAR]
    same = [r for r in near if r.kind == kind] or near
    there = [r for r in same if suspected is not None and suspected.named and r.line == suspected.line]
    return (there or same)[0]
