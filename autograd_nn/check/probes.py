"""What a backward must respect whatever its numbers: its arguments, its upstream, repetition.  Layer 8; knows pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .live import Pair
from .report import Finding

__all__ = ["probe"]


def probe(
    pair: Pair,
    inputs: Sequence[Any],
    upstream: np.ndarray,
    hand: Sequence[np.ndarray | None],
    bounds: Sequence[np.ndarray],
) -> list[Finding]:
    """Findings about mutation, repetition and linearity in the upstream."""
    return [
        *repetition(pair, inputs, upstream, hand),  # first: it compares the second call with the first
        *mutation(pair, inputs, upstream),
        *linearity(pair, inputs, upstream, hand, bounds),
    ]


def mutation(pair: Pair, inputs: Sequence[Any], upstream: np.ndarray) -> list[Finding]:
    """Arguments that change while the code runs."""
    copies = [x.copy() if isinstance(x, np.ndarray) else x for x in inputs]
    g = upstream.copy()
    pair.gradients(copies, g)
    changed = [
        name for name, x, kept in zip(pair.names, copies, inputs) if isinstance(x, np.ndarray) and not same(x, kept)
    ]
    changed += ["the upstream gradient"] if not same(g, upstream) else []
    return [
        Finding(
            what,
            "mutation",
            "",
            "certain",
            f"{what} is changed in place while it runs; the caller's array is not the same afterwards",
        )
        for what in changed
    ]


def repetition(
    pair: Pair, inputs: Sequence[Any], upstream: np.ndarray, hand: Sequence[np.ndarray | None]
) -> list[Finding]:
    """Gradients that are others the second time, on the same object; those of its weights may be meant to add up."""
    live = pair.live(inputs)
    for _ in range(2):
        copies = [x.copy() if isinstance(x, np.ndarray) else x for x in inputs]
        live.forward(*copies)
        again = live.backward(upstream.copy())
    found = []
    for i, first, second in zip(pair.active, hand, again):
        if i not in pair.weights and first is not None and second is not None and not same(first, second):
            twice = np.allclose(second, 2.0 * first, rtol=1e-6)
            text = (
                "the second call gives twice the gradient: it is added to what the first left"
                if twice
                else (
                    "the second call gives another gradient: something is kept between calls, or random numbers are drawn"
                )
            )
            found.append(Finding(pair.names[i], "state-not-reset", "", "certain", text))
    return found


def linearity(
    pair: Pair,
    inputs: Sequence[Any],
    upstream: np.ndarray,
    hand: Sequence[np.ndarray | None],
    bounds: Sequence[np.ndarray],
) -> list[Finding]:
    """Gradients that are not proportional to the upstream."""
    if not pair.takes_upstream:
        return []
    half = pair.gradients([x.copy() if isinstance(x, np.ndarray) else x for x in inputs], 0.5 * upstream)
    found = []
    for i, h, part, bound in zip(pair.active, hand, half, bounds):
        if (
            h is None
            or part is None
            or np.all(np.abs(part - 0.5 * np.asarray(h, float)) <= 2.0 * bound + 1e-6 * np.abs(h))
        ):
            continue
        if same(part, h) and np.any(h):
            text, kind = "it does not depend on the upstream gradient: multiply by it", "upstream-ignored"
        else:
            text, kind = (
                "half the upstream gives other than half the gradient: it is clipped or normalised, or not linear",
                "gradient-clipped",
            )
        found.append(Finding(pair.names[i], kind, "", "certain", text))
    return found


def same(x: Any, z: Any) -> bool:
    return np.array_equal(np.asarray(x), np.asarray(z), equal_nan=True)
