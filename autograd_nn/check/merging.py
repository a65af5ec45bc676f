"""Causes where paths meet: one contribution written over another.  Layer 8; knows recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ..node import Node
from .causes import Cause, Prediction
from .paths import Graph, line_of
from .recording import Merge
from .reference import Trial

__all__ = ["merge_causes"]

SENTENCE = "{0} contributions meet here and {1} stays: they must add up (+=)"


def merge_causes(graph: Graph, k: int) -> Iterator[Cause]:
    """Every place where several paths meet, with one of them kept, or each writing over what the others left."""
    screen = graph.screen(k)
    meeting: dict[Node, list] = {}
    for n, i in graph.edges:
        meeting.setdefault(n.inputs[i], []).append((n, i, graph.arrived[n, i][1]))
    for p, contributions in meeting.items():
        if len(contributions) < 2 or p not in screen.tangents[0] or not isinstance(contributions[0][2], np.ndarray):
            continue
        total = sum([d for _, _, d in contributions])
        ways = (
            WAYS if len(contributions) > 2 or p.op is None else {}
        )  # of two, that is one path dropped: it has that name
        for what, merge in ways.items():
            merged = merge(contributions)
            if merged is None or not screen.fits(screen.effect(p, merged - total)):
                continue
            lines = tuple(dict.fromkeys([line_of(n) for n, _, _ in contributions if line_of(n)]))[:3]
            text = SENTENCE.format(len(contributions), what)
            yield Cause(
                "overwritten", text, merged_at(graph, p, merge), 9.0 if what != "every other one" else 12.0, lines
            )


def merged_at(graph: Graph, p: Node, merge: Callable[[list], Any]) -> Callable[[Trial], Prediction]:
    """The gradients with another sum at one node, at any trial."""
    leaf = next((place for place, other in enumerate(graph.recording.leaves) if other is p), None)
    ordinal = None if leaf is not None else graph.ordinals[p]

    def predict(trial: Trial) -> Prediction:
        recording = trial.reference.recording
        if recording is None or (ordinal is not None and ordinal >= len(recording.order)):
            raise LookupError("no such place")
        place = recording.leaves[leaf] if leaf is not None else recording.order[ordinal]  # type: ignore[index]
        if ordinal is not None and (p.op is None or place.op is None or place.op.name != p.op.name):
            raise LookupError("no such operation")
        return list(recording.sweep([trial.upstream], merges={place: merge}))

    return predict


def last(contributions: list) -> Any:
    return contributions[-1][2]


def first(contributions: list) -> Any:
    return contributions[0][2]


def written(contributions: list, nonzero: bool = False) -> Any:
    """Each contribution written over the ones before it, where it has elements; None if all of them are everywhere."""
    out = np.zeros(np.shape(contributions[0][2]))
    some = False
    for n, i, d in contributions:
        support = d != 0.0 if nonzero else reached(n, i)
        some = some or support is not None
        out = np.array(d) if support is None else np.where(support, d, out)
    return out if some else None


def reached(n: Node, i: int) -> np.ndarray | None:
    """The elements of argument i that an operation that selects reads; None for all."""
    if n.op.name != "index" or i != 0:
        return None
    support = np.zeros(np.shape(n.args[0]), bool)
    support[n.args[1]] = True
    return support


def turned(merge: Merge) -> Merge:
    """The same with the contributions in the order of the forward."""

    def backwards(contributions: list) -> Any:
        return merge(contributions[::-1])

    return backwards


def odd(contributions: list) -> Any:
    """Contributions of every other run."""
    return sum([d for _, _, d in contributions[::2]])


WAYS: dict[str, Callable[[list], Any]] = {
    "the last that arrives": last,
    "the first": first,
    "the last that is written": written,
    "the first that is written": turned(written),
    "the last that is not 0": partial(written, nonzero=True),
    "the first that is not 0": turned(partial(written, nonzero=True)),
    "every other one": odd,
}
