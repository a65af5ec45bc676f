"""A time limit around code that may hang.  Layer 8; knows signals, and nothing of gradients.

Only the main thread of a POSIX system can be interrupted (signal.setitimer); elsewhere the code runs without a limit.  A call
into compiled code that never returns to Python is not interrupted either.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import user_line
from .contracts import ContractError, TimeLimit

__all__ = ["SECONDS", "limited"]

SECONDS = 60.0  # a check is of one layer at one point: what takes longer hangs, or is checked on far too large inputs
AGAIN = 0.5  # seconds until the next attempt, where the code has caught the exception


@contextmanager
def limited(seconds: float | None, what: str) -> Iterator[None]:
    """Raises TimeLimit inside of the block after so many seconds; None for no limit.

    what   names the code in the message: "the backward"
    Code that ends the program (sys.exit) raises a ContractError instead.
    The handler and the timer that were there before are put back; what had been left of that timer goes on running.
    """
    try:
        with timed(seconds if interruptible() else None, what):
            yield
    except SystemExit as error:
        raise ContractError(
            f"{what} ended the program with sys.exit({'' if error.code is None else repr(error.code)}); expected it to return. "
            "Raise an exception where it cannot go on.",
            wrong=what == "the backward",
        ) from error


@contextmanager
def timed(seconds: float | None, what: str) -> Iterator[None]:
    """The limit alone."""
    if seconds is None:
        yield
        return

    def stop(*_: Any) -> None:
        raise TimeLimit(
            f"{what} had not come back after {seconds:g} seconds, at {user_line()}; expected it to end. "
            "Look for a loop without an end there, or check on smaller inputs."
        )

    began = time.monotonic()
    former = signal.signal(signal.SIGALRM, stop)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, former)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - began), 1e-3), interval)


def interruptible() -> bool:
    """Whether this is where a signal can stop code; a handler that Python did not set cannot be put back."""
    return (
        hasattr(signal, "setitimer")
        and threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGALRM) is not None
    )
