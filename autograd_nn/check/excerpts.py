"""The user's own lines behind a finding, with their neighbours.  Layer 8; knows linecache, no derivatives."""

from __future__ import annotations

import linecache
import os
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Excerpt", "excerpt", "excerpts"]

SITE = re.compile(r"(?P<file>[^:\n]+):(?P<number>\d+)(?:: (?P<text>.*))?", re.DOTALL)
MOST = 6  # places that are shown for one finding


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A line of code in its surroundings.

    title    the file and the number of the line, or the file of several lines, or ""
    lines    (number or None, text, whether it is the line that is meant), without the indentation that they share
    """

    title: str
    lines: tuple[tuple[int | None, str, bool], ...]

    def rows(self) -> list[str]:
        """The lines as a compiler shows them: number, bar, code; `>` marks the one that is meant."""
        width = max([len(str(number)) for number, _, _ in self.lines if number is not None], default=0)
        chosen = not all([meant for _, _, meant in self.lines])
        return [
            f"{('> ' if meant else '  ') if chosen else ''}{'' if number is None else number:>{width}} | {text}".rstrip()
            for number, text, meant in self.lines
        ]


def excerpts(sites: Sequence[str]) -> list[Excerpt]:
    """One place with a line of context before and after it; of several, those in one file together, without context."""
    if len(sites) == 1:
        return [excerpt(sites[0])]
    found: dict[str, list[Excerpt]] = {}
    for site in sites[:MOST]:
        one = excerpt(site, 0)
        found.setdefault(one.title.rpartition(":")[0], []).append(one)
    return [
        Excerpt(title, tuple(sorted([line for e in several for line in e.lines], key=by_number)))
        for title, several in found.items()
    ]


def by_number(line: tuple[int | None, str, bool]) -> int:
    return line[0] or 0


def excerpt(site: str, context: int = 1) -> Excerpt:
    """The code at "file.py:41: its text"; where the file is not at hand, the text of the site alone.

    >>> excerpt("layer.py:41: out = gamma * xhat + beta").rows()
    ['41 | out = gamma * xhat + beta']
    """
    told = SITE.fullmatch(site)
    if told is None:
        return Excerpt("", ((None, site, True),))
    number, text = int(told["number"]), told["text"] or ""
    title = f"{told['file']}:{number}"
    lines = lines_of(told["file"], number, text)
    if lines is None:
        return Excerpt(title, ((number, text, True),) if text else ())
    first, last = max(number - context, 1), min(number + context, len(lines))
    numbers = [k for k in range(first, last + 1) if k == number or lines[k - 1].strip()]
    shown = textwrap.dedent("\n".join([lines[k - 1].rstrip() for k in numbers])).split("\n")
    return Excerpt(title, tuple([(k, line, k == number) for k, line in zip(numbers, shown)]))


def lines_of(file: str, number: int, text: str) -> list[str] | None:
    """The lines of the file of that name which has that text at that line, among those that linecache has read."""
    beginning = text.removesuffix("...").rstrip()
    for path in list(linecache.cache):
        if os.path.basename(path) == file:
            lines = linecache.getlines(path)
            if number <= len(lines) and text and lines[number - 1].strip().startswith(beginning):
                return lines
    return None
