"""Where nodes are made: scopes, and the user's lines while they are recorded.  Layer 0; knows contexts, not nodes.

This adds information and changes no result; it is kept per thread and per task (contextvars), so nothing leaks between them.
"""

from __future__ import annotations

import linecache
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from .errors import user_frame

__all__ = ["Place", "current", "enter", "leave", "lines", "located", "scope"]


class Place:
    """The scope that a node was made in, and its line of the user's code if lines were being recorded.

    outer   the enclosing Place, or None
    owner   a name, or an object with a method `__scope__(outer owner)` that tells its name there (nn.Module has one)
    lines   whether nodes made here are to remember their line
    file, line   of the user's code, or None
    """

    __slots__ = ("file", "line", "lines", "outer", "owner")

    def __init__(
        self, outer: Place | None, owner: Any, lines: bool, file: str | None = None, line: int | None = None
    ) -> None:
        self.outer, self.owner, self.lines, self.file, self.line = outer, owner, lines, file, line

    @property
    def owners(self) -> list:
        """The owners of the scopes from the outermost to this one."""
        found: list = []
        place: Place | None = self
        while place is not None:
            if place.owner is not None:
                found.append(place.owner)
            place = place.outer
        return found[::-1]

    @property
    def scope(self) -> tuple[str, ...]:
        """The names of the scopes from the outermost to this one; names of modules are looked up now, not while they run."""
        owners = self.owners
        return tuple([o if isinstance(o, str) else o.__scope__(outer) for outer, o in zip([None, *owners], owners)])

    @property
    def code(self) -> str:
        """The line as "file:number: text", or an empty string if no lines were recorded."""
        if self.file is None or self.line is None:
            return ""
        place, text = f"{os.path.basename(self.file)}:{self.line}", linecache.getline(self.file, self.line).strip()
        return f"{place}: {text}" if text else place

    def __repr__(self) -> str:
        return f"Place({'/'.join(self.scope)!r}{f', {self.code!r}' if self.code else ''})"


CURRENT: ContextVar[Place | None] = ContextVar("autograd_nn_place", default=None)
current = CURRENT.get  # what the factories of nodes call: 30 ns


def enter(owner: Any) -> Any:
    """Begin a scope inside of the current one; returns what `leave` takes."""
    outer = CURRENT.get()
    return CURRENT.set(Place(outer, owner, outer is not None and outer.lines))


leave = CURRENT.reset


@contextmanager
def scope(name: str) -> Iterator[None]:
    """Group what is computed inside under a name, in pictures and in `node.where.scope`.

    >>> with scope("attention"):
    ...     y = Tensor(1.0) * 2.0
    >>> y.where.scope
    ('attention',)
    """
    token = enter(name)
    try:
        yield
    finally:
        leave(token)


@contextmanager
def lines() -> Iterator[None]:
    """Let every node made inside remember the user's line, at about 1 us a node: see `node.where.code`."""
    token = CURRENT.set(Place(CURRENT.get(), None, True))
    try:
        yield
    finally:
        leave(token)


def located(place: Place) -> Place:
    """The same scope, with the line of the user's code that is being run."""
    frame, _ = user_frame()
    return Place(place.outer, place.owner, True, frame.f_code.co_filename, frame.f_lineno)
