"""What a check found out: verdicts with reasons, to read, print and store.  Layer 8; knows text, no derivatives."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

__all__ = ["Argument", "Finding", "GradientError", "Report", "Verdict"]

Verdict = Literal["right", "wrong", "cannot tell"]


class GradientError(AssertionError):
    """A gradient that is not right; the text is the report."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause of a wrong gradient, or a reason why nothing can be told.

    argument    the name of the argument whose gradient it is about; "" for all
    kind        a stable word: factor, sign, transpose, path-dropped, contract, ..., unexplained
    site        where: a line of the user's code, or ""
    certainty   certain: no other explanation fits; one of k: the evidence lists them; partial; unexplained
    message     a sentence
    evidence    numbers and texts behind it
    """

    argument: str
    kind: str
    site: str
    certainty: str
    message: str
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Argument:
    """The comparison for one argument.

    digits       how many digits of its gradient agree, and how many a correct one can have at this point and precision
    wrong        how many entries differ by more than rounding
    worst        the entry that is farthest out: (index, yours, reference, bound of the error)
    tested       False where the true gradient is zero, so that no factor or path could have been noticed
    """

    name: str
    shape: tuple[int, ...]
    verdict: Verdict
    digits: tuple[float, float]
    wrong: int
    worst: tuple[tuple[int, ...], float, float, float] | None
    tested: bool

    def sentence(self) -> str:
        """The result in words."""
        if self.verdict == "right":
            if not self.tested:
                return "right, and untested: the true gradient is 0 here, so a missing factor or path would not show"
            return f"right: {self.digits[0]:.1f} of {self.digits[1]:.1f} attainable digits agree"
        if self.worst is None:
            return self.verdict
        index, yours, reference, bound = self.worst
        entries = "its number" if not self.shape else f"{self.wrong} of {size(self.shape)} entries"
        at = f" at {index}" if self.shape else ""
        return f"{self.verdict}: {entries}; worst{at}: yours {yours:.6g}, reference {reference:.6g} ± {bound:.1g}"


def size(shape: Sequence[int]) -> int:
    count = 1
    for n in shape:
        count *= n
    return count


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict of a check, with what it rests on.

    verdict     right, wrong or cannot tell, over all arguments
    arguments   one comparison for each
    findings    causes, the most telling first
    strength    what this check could not have caught, in sentences
    """

    subject: str
    verdict: Verdict
    arguments: tuple[Argument, ...]
    findings: tuple[Finding, ...]
    strength: tuple[str, ...]

    def __bool__(self) -> bool:
        return self.verdict == "right"

    def __str__(self) -> str:
        lines = [f"{self.subject}: {self.verdict}"]
        width = max([len(a.name) for a in self.arguments], default=0)
        lines += [f"  {a.name:{width}}  {a.sentence()}" for a in self.arguments]
        for f in self.findings:
            lines.append(f"  {f.kind} ({f.certainty}): {f.message}")
            lines += [f"    at {f.site}"] if f.site else []
        lines += [f"  not tested: {s}" for s in self.strength]
        return "\n".join(lines)

    __repr__ = __str__

    def to_json(self) -> str:
        """The report as JSON."""
        return json.dumps(asdict(self), indent=1, default=str)

    def assert_right(self) -> None:
        """Raises GradientError with the report as its text, unless the verdict is right."""
        if self.verdict != "right":
            raise GradientError(str(self))
