"""Causes on the recorded graph: a path of the chain rule taken with the wrong factor.  Layer 8; knows recordings.

Paths are edges of the graph. One edge, all edges of one line that runs in a loop, and pairs of edges are tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..node import Node
from ..several import Parts
from .causes import Cause, Prediction, Scale, scale_of
from .names import called
from .recording import Change, Edge, Recording
from .reference import Trial
from .screen import Screen

__all__ = ["Graph", "Spot", "line_of", "path_causes", "replay"]

PAIRS = 120  # edges up to which all pairs are tried
RUNS = 100  # runs of a line up to which each is left out alone


@dataclass(frozen=True, slots=True)
class Spot:
    """An edge by its place in the order of the recording, so that it can be found again in another recording of the code."""

    ordinal: int
    op: str
    argument: int

    def at(self, recording: Recording) -> Edge:
        """The edge there; LookupError where the code ran another way."""
        n = recording.order[self.ordinal] if self.ordinal < len(recording.order) else None
        if n is None or n.op.name != self.op:
            raise LookupError(f"no {self.op} at place {self.ordinal}")
        return n, self.argument


class Graph:
    """The reference sweep of one trial, kept: what families of causes on the graph look at.

    arrived   (cotangent of the node, contribution) of every edge
    """

    def __init__(self, trial: Trial) -> None:
        assert trial.reference.recording is not None  # callers look
        self.trial, self.recording = trial, trial.reference.recording
        self.arrived: dict[Edge, tuple[Any, Any]] = {}
        self.recording.sweep([trial.upstream], kept=self.arrived)
        self.ordinals = {n: place for place, n in enumerate(self.recording.order)}
        self.edges = [  # what a result of several gives back to their bundle is seen at the edges out of that result
            (n, i)
            for n, i in self.recording.edges
            if (n, i) in self.arrived and not isinstance(n.inputs[i].data, tuple)
        ]
        self.screens: dict[int, Screen] = {}

    def screen(self, k: int) -> Screen:
        """The screen of the active input k."""
        if k not in self.screens:
            self.screens[k] = Screen(self.trial, k)
        return self.screens[k]

    def spot(self, edge: Edge) -> Spot:
        n, i = edge
        return Spot(self.ordinals[n], n.op.name, i)

    def runs(self) -> dict[tuple, list[Edge]]:
        """The edges of the same place in the code, newest first, where it ran more than once."""
        groups: dict[tuple, list[Edge]] = {}
        for n, i in self.edges:
            p = n.inputs[i]
            source = ("leaf", p.index) if p.op is None else (p.op.name, line_of(p))
            groups.setdefault((line_of(n), n.op.name, i, source), []).append((n, i))
        return {key: edges for key, edges in groups.items() if len(edges) > 1 and key[0]}

    def between(self, edge: Edge, k: int) -> bool:
        """Whether the whole gradient of the active input k comes through this edge."""
        n, i = edge
        effect = self.screen(k).effect(n.inputs[i], self.arrived[edge][1])
        whole = [np.vdot(w, self.trial.reference.values[k]) for w in self.directions(k)]
        return bool(np.allclose(effect, whole, rtol=1e-9))

    def directions(self, k: int) -> list[np.ndarray]:
        return [t[self.recording.leaves[k]] for t in self.screen(k).tangents]


def replay(changes: Mapping[Spot, Change] | Callable[[Trial], Mapping[Spot, Change]]) -> Callable[[Trial], Prediction]:
    """The gradients of a sweep with changed edges, at any trial of the pair."""

    def predict(trial: Trial) -> Prediction:
        recording = trial.reference.recording
        if recording is None:
            raise LookupError("the forward was not recorded")
        wanted = changes(trial) if callable(changes) else changes
        try:
            return list(recording.sweep([trial.upstream], {s.at(recording): c for s, c in wanted.items()}))
        except (ValueError, IndexError, TypeError) as error:  # a change made for the shapes of another trial
            raise LookupError("the change does not fit here") from error

    return predict


def times(scale: Scale) -> Callable[[Trial], Change]:
    """The change that multiplies a contribution."""

    def change(trial: Trial) -> Change:
        c = scale.at(trial)
        return lambda g, y, args, d: Parts({i: e * c for i, e in d.given.items()}) if isinstance(d, Parts) else d * c

    return change


def scaled(scales: Mapping[Spot, Scale]) -> Callable[[Trial], Prediction]:
    """The gradients with factors on some edges, which are what they come from at every trial."""
    return replay(lambda trial: {spot: times(scale)(trial) for spot, scale in scales.items()})


def line_of(n: Node) -> str:
    return n.where.code if n.where is not None else ""


def path_causes(graph: Graph, k: int) -> Iterator[Cause]:
    """Every factor on one edge, on the edges of one line, or on a pair of edges, that explains the active input k."""
    found = False
    for cause in (*single(graph, k), *tied(graph, k)):
        found = True
        yield cause
    if not found:
        yield from some_runs(graph, k)
    if not found and len(graph.edges) <= PAIRS:
        yield from pairs(graph, k)


KINDS = {0.0: "path-dropped", 2.0: "path-doubled", -1.0: "sign"}
SENT = "what {0} sends back to {1} "
WRONGLY = {"path-dropped": "is missing", "path-doubled": "is counted twice", "sign": "has the wrong sign"}
SENTENCES = {
    "path-dropped": "the path through this line is missing",
    "path-doubled": "the path through this line is counted twice",
    "sign": "the path through this line has the wrong sign",
}


def single(graph: Graph, k: int) -> Iterator[Cause]:
    """One edge with another factor."""
    screen, trial = graph.screen(k), graph.trial
    for n, i in graph.edges:
        alpha = screen.multiple(screen.effect(n.inputs[i], graph.arrived[n, i][1]))
        scale = None if alpha is None else scale_of(1.0 + alpha, trial.sizes, loose=1e-6)
        if scale is None or scale.value == 1.0:
            continue
        kind = KINDS.get(scale.value, "factor")
        if kind == "path-doubled" and graph.between((n, i), k):
            kind = "factor"
        text = SENT.format(called(graph, n), called(graph, n.inputs[i]))
        text += WRONGLY.get(kind, f"is {scale.text} what it should be")
        spot = graph.spot((n, i))
        bits = {"path-dropped": 8.0, "sign": 9.0, "path-doubled": 10.0}.get(kind, 11.0)
        predict = scaled({spot: scale})
        yield Cause(kind, text, predict, bits, (line_of(n),), {"factor": scale.value})


def tied(graph: Graph, k: int) -> Iterator[Cause]:
    """All executions of one line with another factor; or all but the last, or the first, of them."""
    for (line, *_), edges in graph.runs().items():
        for part, what in ((edges, ""), (edges[1:], "but the last"), (edges[:-1], "but the first")):
            yield from together(graph, k, line, part, what)


def together(graph: Graph, k: int, line: str, edges: Sequence[Edge], what: str) -> Iterator[Cause]:
    """Several executions of one line, dropped, doubled or negated."""
    spots = [graph.spot(edge) for edge in edges]
    for value in (0.0, 2.0, -1.0) if not what else (0.0,):
        change = times(Scale(value, ""))
        moved = graph.recording.sweep([graph.trial.upstream], {e: change(graph.trial) for e in edges})[k]
        screen = graph.screen(k)
        leaf = graph.recording.leaves[k]
        if not screen.fits(screen.effect(leaf, moved - graph.trial.reference.values[k])):
            continue
        kind = KINDS[value]
        sentence = SENTENCES[kind] + (f" in all its runs {what}" if what else " in all its runs")
        if value == 0.0 and recurrent(edges):
            kind, sentence = "bptt-truncated", "the gradient does not flow back in time through this line"
        predict = scaled(dict.fromkeys(spots, Scale(value, "")))
        yield Cause(kind, sentence, predict, 10.0, (line,), {"factor": value})


def some_runs(graph: Graph, k: int) -> Iterator[Cause]:
    """Some of the runs of a line left out, whichever: their contributions add up to what is missing."""
    trial, screen = graph.trial, graph.screen(k)
    leaf, r = graph.recording.leaves[k], trial.reference.values[k]
    missing = (r - np.asarray(trial.hand[k], float)).ravel()
    for (line, *_), edges in graph.runs().items():
        if len(edges) > RUNS or recurrent(edges):
            continue
        nothing = times(Scale(0.0, ""))(trial)
        shares = [r - graph.recording.sweep([trial.upstream], {e: nothing})[k] for e in edges]
        columns = np.stack([s.ravel() for s in shares], axis=1)
        solution = np.linalg.lstsq(columns, missing, rcond=1e-10)[0]
        out = [e for e, s, share in zip(edges, solution, shares) if s > 0.5 and np.any(share)]
        if not 0 < len(out) < len(edges):
            continue
        moved = graph.recording.sweep([trial.upstream], dict.fromkeys(out, nothing))[k]
        if screen.fits(screen.effect(leaf, moved - r)):
            spots = dict.fromkeys([graph.spot(e) for e in out], nothing)
            text = f"{len(out)} of the {len(edges)} runs of this line are left out"
            yield Cause("path-dropped", text, replay(spots), 12.0, (line,))


def recurrent(edges: Sequence[Edge]) -> bool:
    """Whether the results of earlier runs of a line enter into later ones along these edges."""
    newest, oldest = edges[0][0], edges[-1][0]
    n, i = edges[0]
    seen, stack = set(), [n.inputs[i]]
    while stack:
        p = stack.pop()
        if p is oldest and p is not newest:
            return True
        if p is not None and p not in seen and p.index >= oldest.index:
            seen.add(p)
            stack += p.inputs
    return False


def pairs(graph: Graph, k: int) -> Iterator[Cause]:
    """Two edges with other factors: one is replayed, and the other one screened on what that leaves."""
    trial, screen = graph.trial, graph.screen(k)
    leaf = graph.recording.leaves[k]
    for place, first in enumerate(graph.edges):
        p = first[0].inputs[first[1]]
        if p not in screen.tangents[0]:
            continue
        for value in (0.0, 2.0, -1.0):
            change = times(Scale(value, ""))
            arrived: dict[Edge, tuple[Any, Any]] = {}
            base = graph.recording.sweep([trial.upstream], {first: change(trial)}, kept=arrived)[k]
            moved = screen.effect(leaf, base - trial.reference.values[k])
            for second in graph.edges[place + 1 :]:
                if second not in arrived:
                    continue
                effect = screen.effect(second[0].inputs[second[1]], arrived[second][1])
                if not np.any(np.abs(effect) > 25.0 * screen.slack):
                    continue
                alpha = float(effect @ (screen.target - moved)) / float(effect @ effect)
                scale = scale_of(1.0 + alpha, {}, loose=1e-6)
                if scale is None or scale.value not in KINDS or not screen.fits(moved + alpha * effect):
                    continue
                kind = KINDS[value]
                lines = tuple(dict.fromkeys([line_of(first[0]), line_of(second[0])]))
                sentence = f"{SENTENCES[kind]}; and {SENTENCES[KINDS[scale.value]].replace('this line', 'the second')}"
                predict = scaled({graph.spot(first): Scale(value, ""), graph.spot(second): scale})
                bits = 18.0 if value == scale.value else 22.0
                yield Cause(kind, sentence, predict, bits, lines, {"factors": [value, scale.value]})
