"""What a check found out: verdicts with reasons, to read, print and store.  Layer 8; knows text, no derivatives."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from itertools import groupby
from math import prod
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ..errors import user_line
from ..files import write
from .excerpts import Excerpt, excerpts
from .heat import heat_map
from .page import fragment, page
from .plain import plain
from .reproduction import Source, script

__all__ = ["Argument", "Finding", "GradientError", "Report", "Verdict"]

SCHEMA = "autograd_nn.check/1"
Verdict = Literal["right", "wrong", "cannot tell"]


class GradientError(AssertionError):
    """A gradient that is not right; the text is the report."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause of a wrong gradient, or a reason why nothing can be told.

    argument    the name of the argument whose gradient it is about; "" for all
    kind        a stable word: factor, sign, transpose, path-dropped, contract, ..., unexplained
    site        where: a line of the user's code as "file.py:41: its text", or ""
    certainty   certain: no other explanation fits; one of k: the evidence lists them; partial; unexplained
    message     a sentence
    evidence    numbers and texts behind it; "lines": the places where it may be, each like a site
    """

    argument: str
    kind: str
    site: str
    certainty: str
    message: str
    evidence: dict[str, Any] = field(default_factory=dict)

    def heading(self, arguments: str = "") -> str:
        """What kind of statement it is, about which arguments (default: its own), and how sure it is."""
        names = arguments or self.argument
        about = f" in {names}" if names else ""
        if self.kind == "kink-choice":
            return f"Note on {names}" if names else "Note"
        if self.kind == "contract":
            return f"Problem{about}"
        if self.certainty == "unexplained":
            return f"No cause found for {names}" if names else "No cause found"
        if self.certainty == "certain":
            return f"Cause{about} (certain)"
        if self.certainty == "partial":
            return f"Likely cause{about}"
        lines = self.evidence.get("lines", ())
        if isinstance(lines, list | tuple) and self.certainty == f"one of {len(lines)}":
            return f"Cause{about} (at one of these {len(lines)} lines)"
        return f"Possible cause{about} ({self.certainty})"

    def places(self) -> list[Excerpt]:
        """The user's lines that it is about, as far as they are known."""
        if self.site and "forward" in self.evidence:  # the line of the backward, and what it is about in the forward
            return [*excerpts([self.site]), *excerpts(self.evidence["forward"])]
        lines = self.evidence.get("lines", ())
        several = [str(line) for line in lines] if isinstance(lines, list | tuple) else []
        return excerpts(several if len(several) > 1 else [self.site] if self.site else several)


@dataclass(frozen=True, slots=True)
class Argument:
    """The comparison for one argument.

    digits       how many digits of its gradient agree, and how many a correct one can have at this point and precision
    wrong        how many entries differ by more than rounding
    worst        the entry that is farthest out: (index, yours, reference, bound of the error)
    tested       False where the true gradient is zero, so that no factor or path could have been noticed
    error        by how much every entry is off, 0 where rounding explains it; None where nothing is off
    """

    name: str
    shape: tuple[int, ...]
    verdict: Verdict
    digits: tuple[float, float]
    wrong: int
    worst: tuple[tuple[int, ...], float, float, float] | None
    tested: bool
    error: np.ndarray | None = field(default=None, repr=False, compare=False)

    def sentence(self) -> str:
        """The result in words."""
        if self.verdict == "right":
            if not self.tested:
                return "right, and untested: the true gradient is 0 here, so a missing factor or path would not show"
            return f"right: {self.digits[0]:.1f} of {self.digits[1]:.1f} attainable digits agree"
        if self.worst is None:
            return self.verdict
        index, yours, reference, bound = self.worst
        entries = f"{self.wrong} of {prod(self.shape)} entries" if self.shape else "its one number"
        if self.verdict == "cannot tell":
            entries += " off by more than rounding should be, and by too little to be called a mistake"
        at = f"worst at [{', '.join([str(k) for k in index])}]: " if self.shape else ""
        return f"{self.verdict}: {entries}; {at}yours {yours:.6g}, should be {reference:.6g} ± {bound:.1g}"


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict of a check, with what it rests on. Printed, it is text; in a notebook, a table with the lines at fault.

    verdict     right, wrong or cannot tell, over all arguments; as a condition, a report is true where it is right
    arguments   one comparison for each
    findings    causes, the most telling first
    strength    what this check could not have caught, in sentences
    source      what was checked, for `reproducer`
    noticed     what it would have caught, in a sentence: how many mistakes that were planted in the right gradients
    """

    subject: str
    verdict: Verdict
    arguments: tuple[Argument, ...]
    findings: tuple[Finding, ...]
    strength: tuple[str, ...]
    source: Source | None = field(default=None, repr=False, compare=False)
    noticed: str = ""

    def __bool__(self) -> bool:
        return self.verdict == "right"

    def __str__(self) -> str:
        lines = [f"{self.subject}: {self.verdict}"]
        width = max([len(a.name) for a in self.arguments], default=0)
        lines += [f"  {a.name:{width}}  {a.sentence()}" for a in self.arguments]
        for f, heading in self.causes():
            lines += f"  {heading}: {f.message} [{f.kind}]".replace("\n", "\n    ").split("\n")
            for place in f.places():
                lines += [f"    at {place.title}"] if place.title else []
                lines += [f"      {row}" for row in place.rows()]
        lines += [f"  Would notice: {self.noticed}"] if self.noticed else []
        lines += [f"  Not tested here: {s}" for s in self.strength]
        return "\n".join(lines)

    __repr__ = __str__

    def causes(self) -> list[tuple[Finding, str]]:
        """The findings with their headings; neighbours that say the same of several arguments are taken together."""

        def said(f: Finding) -> tuple[str, str, str, str]:
            return f.kind, f.site, f.certainty, f.message

        found = []
        for _, same in groupby(self.findings, said):
            group = list(same)
            found.append(
                (group[0], group[0].heading(", ".join(dict.fromkeys([f.argument for f in group if f.argument]))))
            )
        return found

    def table(self) -> list[dict[str, Any]]:
        """One dict for each argument, for a data frame: numbers and texts only, None where there is none.

        Keys: argument, verdict, shape, entries, wrong, worst_at, yours, reference, bound, digits, attainable, tested.
        """
        rows = []
        for a in self.arguments:
            index, yours, reference, bound = a.worst or (None, None, None, None)
            rows.append(
                {
                    "argument": a.name,
                    "verdict": a.verdict,
                    "shape": a.shape,
                    "entries": prod(a.shape),
                    "wrong": a.wrong,
                    "worst_at": index,
                    "yours": yours,
                    "reference": reference,
                    "bound": bound,
                    "digits": a.digits[0],
                    "attainable": a.digits[1],
                    "tested": a.tested,
                }
            )
        return rows

    def to_json(self) -> str:
        """The report as JSON text; docs/checking.md lists its fields.

        Every number is finite or null, so that any reader of JSON takes it. An array of more than 100 entries is summarised
        by its shape, dtype and range.
        """
        return json.dumps(self.data(), indent=1, allow_nan=False, ensure_ascii=False)

    def data(self) -> dict[str, Any]:
        """What to_json writes, as dicts and lists."""
        arguments = []
        for a in self.arguments:
            worst = None if a.worst is None else dict(zip(("index", "yours", "reference", "bound"), a.worst))
            arguments.append(
                {
                    "name": a.name,
                    "verdict": a.verdict,
                    "shape": a.shape,
                    "entries": prod(a.shape),
                    "wrong": a.wrong,
                    "worst": worst,
                    "digits": a.digits,
                    "tested": a.tested,
                    "error": a.error,
                }
            )
        findings = [
            {
                "argument": f.argument,
                "kind": f.kind,
                "site": f.site,
                "certainty": f.certainty,
                "message": f.message,
                "evidence": f.evidence,
            }
            for f in self.findings
        ]
        return plain(
            {
                "schema": SCHEMA,
                "subject": self.subject,
                "verdict": self.verdict,
                "arguments": arguments,
                "findings": findings,
                "strength": self.strength,
                "noticed": self.noticed,
            }
        )

    def to_html(self, path: str | os.PathLike) -> Path:
        """Writes the report as one HTML page that needs no network and no script, whole or not at all; returns the path.

        It shows the arguments as a table, every cause with the lines of code, and where wrong gradients are wrong. Raises
        FileNotFoundError for a missing folder, PermissionError for a write-protected path.
        """
        write(Path(path), page(*self.shown()).encode("utf-8"))
        return Path(path)

    def shown(self) -> tuple[dict[str, Any], list[str], list[list[Excerpt]], list[str]]:
        """What a page is made of: the data, the headings and lines of the causes, the pictures."""
        causes = self.causes()
        firsts = [next(k for k, g in enumerate(self.findings) if g is f) for f, _ in causes]
        data = self.data()
        data["findings"] = [data["findings"][k] for k in firsts]
        pictures = [heat_map(a.name, a.error) for a in self.arguments if a.error is not None]
        return data, [heading for _, heading in causes], [f.places() for f, _ in causes], pictures

    def _repr_html_(self) -> str:
        return fragment(*self.shown())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self._repr_html_()}

    def reproducer(self) -> str:
        """A Python script that does this check again with the same code, numbers and options, to send to somebody or keep.

        It holds the source of the forward and the backward and what they use of their own modules; decorators, closures and
        lambdas included. What has no source is imported from its file; what cannot be written down is named in a comment.
        Raises ValueError for a report that does not know what was checked.
        """
        if self.source is None:
            raise ValueError(
                f"the report on {self.subject} does not hold what was checked, at {user_line()}. Expected a report that "
                "check_backward returned. Make the check again, and ask that report."
            )
        subject = "".join([c for c in self.subject if c.isprintable() and c not in '"\\'])
        return script(self.source, f"{subject}: {self.verdict}, says autograd_nn. The check as a script.")

    def assert_right(self) -> None:
        """Raises GradientError with the report as its text, unless the verdict is right."""
        if self.verdict != "right":
            raise GradientError(str(self))
