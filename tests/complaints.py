"""How tests read an error message: its kind, its three parts, and the user's line.  Knows pytest, and no operation."""

from __future__ import annotations

import linecache
import re
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

__all__ = ["check_complaint", "warned_lines"]


def check_complaint(call: Callable, kind: type[Exception], happened: str, expected: str, advice: str) -> None:
    """`call` raises `kind`; the message holds all three parts, and names the innermost line of the caller's file."""
    with pytest.raises(kind) as info:
        call()

    assert kind is info.type
    text, path = str(info.value), Path(call.__code__.co_filename)
    number = [entry.lineno + 1 for entry in info.traceback if entry.path == path][-1]
    code = linecache.getline(str(path), number).strip()
    where = f"{path.name}:{number}: {code if len(code) <= 100 else code[:97] + '...'}"
    assert where in text
    text = text.replace(where, "")  # the line itself names the parts, and must not count as them
    for part in (happened, expected, advice):
        assert part in text
    assert "_empty" not in text
    assert not re.search(r"(?<!\.)\.\.(?!\.)", text), f"two full stops in {text}"


def warned_lines(call: Callable, category: type[Warning]) -> list[tuple[str, int, str]]:
    """(file, line relative to `call`, message) of each warning that a user with Python's default filter would see."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        call()
    start = call.__code__.co_firstlineno
    assert all([w.category is category for w in caught]), [str(w.message) for w in caught]
    return [(Path(w.filename).name, w.lineno - start, str(w.message)) for w in caught]
