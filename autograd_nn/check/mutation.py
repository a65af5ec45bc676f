"""What the code writes into although it belongs to the caller, and at which line.  Layer 8; knows pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .live import Pair
from .report import Finding
from .running import fresh, place_of, quiet

__all__ = ["mutations", "same"]

UPSTREAM = "the upstream gradient"


def mutations(pair: Pair, inputs: Sequence[Any], upstream: np.ndarray) -> list[Finding]:
    """Inputs, upstream and result that are others after the forward, or after the backward."""
    changed = changes(pair, inputs, upstream)
    return [
        Finding(
            what,
            "mutation",
            line_of(pair, inputs, upstream, what),
            "certain",
            f"{what} is changed in place {when}: the caller's array is not the same afterwards. Work on a copy",
            {"when": when},
        )
        for what, when in changed.items()
    ]


def changes(pair: Pair, inputs: Sequence[Any], upstream: np.ndarray) -> dict[str, str]:
    """What is changed, and when."""
    given, g, session = fresh(inputs), upstream.copy(), pair.live(pair.inputs)
    try:
        with quiet():
            y = session.forward(*given)
            found = dict.fromkeys(written(pair, given, inputs), "by the forward")
            kept = y.copy() if isinstance(y, np.ndarray) else y
            seen = fresh(given)
            session.backward(g)
    except Exception:  # noqa: BLE001  it ran before: what raises now depends on more than its arguments, which others look at
        return {}
    found |= {name: "by the backward" for name in written(pair, given, seen) if name not in found}
    if not same(g, upstream):
        found[UPSTREAM] = "by the backward"
    return found if same(y, kept) else found | {"the result of the forward": "by the backward"}


def written(pair: Pair, now: Sequence[Any], before: Sequence[Any]) -> list[str]:
    return [name for name, x, old in zip(pair.names, now, before) if isinstance(x, np.ndarray) and not same(x, old)]


def line_of(pair: Pair, inputs: Sequence[Any], upstream: np.ndarray, what: str) -> str:
    """The line that writes, from a run in which the array refuses to be written to."""
    given, g, session = fresh(inputs), upstream.copy(), pair.live(pair.inputs)
    guarded = [x for name, x in zip(pair.names, given) if name == what] + ([g] if what == UPSTREAM else [])
    for x in guarded:
        x.flags.writeable = False
    try:
        with quiet():
            y = session.forward(*given)
            if not guarded and isinstance(y, np.ndarray):
                y.flags.writeable = False
            session.backward(g)
    except ValueError as error:
        return place_of(error) if "read-only" in str(error) else ""
    except Exception:  # noqa: BLE001  whatever it is, it names no line that writes
        return ""
    return ""


def same(x: Any, z: Any) -> bool:
    """Whether two arrays are equal, nan to nan."""
    x, z = np.asarray(x), np.asarray(z)
    return bool(np.array_equal(x, z, equal_nan=x.dtype.kind in "fc" and z.dtype.kind in "fc"))
