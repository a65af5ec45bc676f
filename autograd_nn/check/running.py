"""The user's code run again and again: on copies, silently, forward and backward apart.  Layer 8; knows pairs."""

from __future__ import annotations

import contextlib
import copy
import functools
import io
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .live import Pair

__all__ = ["GENERATORS", "OURS", "fresh", "gradients_again", "held_back", "place_of", "quiet", "repeatable", "steady"]

GENERATORS = (np.random.Generator, np.random.RandomState)
OURS = (os.path.dirname(__file__), os.path.dirname(np.__file__))


def fresh(inputs: Sequence[Any]) -> list:
    """Copies of the inputs, generators of random numbers too, so that every run finds what the first one found."""
    return [duplicate(x) for x in inputs]


def duplicate(x: Any) -> Any:
    if isinstance(x, np.ndarray) and x.dtype != object:
        return x.copy()
    try:
        return copy.deepcopy(x)
    except Exception:  # noqa: BLE001  __deepcopy__ is the user's code; what cannot be copied is shared
        return x


def repeatable(forward: Callable, inputs: Sequence[Any]) -> Callable:
    """The forward, given a copy of every generator among its inputs, so that it draws the same numbers each time."""
    if not any([isinstance(x, GENERATORS) for x in inputs]):
        return forward

    @functools.wraps(forward)
    def again(*arguments: Any, **keywords: Any) -> Any:
        return forward(*[copy.deepcopy(x) if isinstance(x, GENERATORS) else x for x in arguments], **keywords)

    return again


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Neither prints nor warnings: the first run has shown them."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """No prints, since a later run will show them; those of code that raises are shown, since no run comes after it."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            yield
    except Exception:
        sys.stdout.write(said.getvalue())
        raise


def steady(pair: Pair, y: np.ndarray) -> bool:
    """Whether the forward gives the same result on another copy."""
    with quiet():
        other = np.asarray(pair.value(*fresh(pair.inputs)))
    return other.shape == y.shape and np.allclose(y, other, rtol=1e-9, atol=0.0, equal_nan=True)


def gradients_again(pair: Pair, inputs: Sequence[Any], upstream: np.ndarray) -> list[np.ndarray | None] | None:
    """The hand-written gradients at copies of these inputs, or None where the code raises there."""
    try:
        with quiet():
            return pair.gradients(fresh(inputs), upstream.copy())
    except Exception:  # noqa: BLE001  a probe asks for more than the author promised: what raises there answers nothing
        return None


def place_of(error: BaseException) -> str:
    """The user's line that an exception came from, as file:line: code, or "" where none of theirs was running."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(OURS)]
    theirs = [f for f in frames if f.line]
    return f"{os.path.basename(theirs[-1].filename)}:{theirs[-1].lineno}: {theirs[-1].line}" if theirs else ""
