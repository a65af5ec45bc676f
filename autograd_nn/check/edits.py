"""Causes that are the gradient of a forward with one detail changed: no epsilon, N - 1 for N, no clip, no mask.  Layer 8.

A backward that computes a value again, and leaves out a detail of the forward, is wrong in every place where that value enters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..node import Node
from .causes import Cause, Prediction
from .paths import Graph, Spot, line_of
from .pool import is_dropout, is_mask
from .recording import Change, Edge, Recording
from .reference import Trial

__all__ = ["edit_causes"]

SMALL = 0.05  # a constant below this, added to a variance or a probability, is there against division by zero
SQUARES = ("square", "power_constant", "multiply", "absolute")
GATES = ("clip", "hardtanh", "maximum", "minimum", "fmax", "fmin", "where")


@dataclass(frozen=True, slots=True)
class Edit:
    """One operation that is taken for another.

    how       through: it passes its argument on;  outside: its argument lacks `number`, which is added to its result instead;
              count: it divides by `number` more than it does;  silent: its value does so, and its rule does not
    """

    spot: Spot
    how: str
    number: float = 0.0

    def value(self, n: Node, args: Sequence[Any]) -> Any:
        """What the operation gives."""
        if self.how == "through":
            return np.broadcast_to(np.asarray(args[self.spot.argument], float), np.shape(n.data))
        y = n.op.array(*args)
        return y + self.number if self.how == "outside" else y * self.share(n)

    def change(self, n: Node) -> Change:
        """What the operation sends to its argument."""

        def sent(g: Any, y: Any, args: tuple, d: Any) -> Any:
            if self.how == "through":
                return g
            if self.how == "outside":
                return n.op.vjps[self.spot.argument](g, y - self.number, *args)
            return d * self.share(n) if self.how == "count" else d

        return sent

    def share(self, n: Node) -> float:
        """N / (N + number)."""
        count = counted(n)
        return count / (count + self.number) if count is not None and count + self.number > 0.0 else 1.0


class Edited:
    """The values of a recording after edits: of everything that follows, or only of the small values (deviations) next to it."""

    def __init__(self, recording: Recording, edits: Mapping[Node, Edit], near: bool) -> None:
        self.data: dict[Node, Any] = {}
        shapes = {np.shape(n.data) for n in edits}
        with np.errstate(all="ignore"):
            for n in reversed(recording.order):
                moved = any([p in self.data for p in n.inputs if p is not None])
                if n in edits:
                    self.data[n] = edits[n].value(n, self.operands(n)[1])
                elif moved and n.op.kind != "nondifferentiable" and not (near and np.shape(n.data) not in shapes):
                    self.data[n] = n.op.array(*self.operands(n)[1])

    def operands(self, n: Node) -> tuple[Any, tuple]:
        """(value, arguments) for a rule."""
        args = tuple([self.data.get(p, a) if p is not None else a for p, a in zip(n.inputs, n.args)])
        return self.data.get(n, n.data), args

    def noisy(self, d: Any) -> Any:
        """Nothing is rounded here."""
        return d


def edit_causes(graph: Graph, wrong: Sequence[int]) -> Iterator[Cause]:
    """Every change of one detail of the forward that explains a wrong gradient."""
    allowed = int(60_000 / max(1, len(graph.recording.order)))
    for edits, near, kind, text, bits in plans(graph):
        allowed -= 1
        if allowed < 0:
            return
        predict = predicted(edits, near)
        try:
            moved = predict(graph.trial)
        except (LookupError, ValueError, FloatingPointError, ZeroDivisionError):
            continue  # the operations do not take these values
        for k in wrong:
            screen, leaf, value = graph.screen(k), graph.recording.leaves[k], moved[k]
            if value is None or not np.all(np.isfinite(value)):
                continue
            if screen.fits(screen.effect(leaf, value - graph.trial.reference.values[k])):
                line = line_of(edits[0].spot.at(graph.recording)[0])
                yield Cause(kind, text, predict, bits, (line,), {"changed": [e.how for e in edits]})
                break


def predicted(edits: Sequence[Edit], near: bool) -> Callable[[Trial], Prediction]:
    """What a backward gives that was written for the changed forward."""

    def predict(trial: Trial) -> Prediction:
        recording = trial.reference.recording
        if recording is None:
            raise LookupError("the forward was not recorded")
        places = [(e, *e.spot.at(recording)) for e in edits]
        values = Edited(recording, {n: e for e, n, _ in places}, near)
        changes: dict[Edge, Change] = {}
        for e, n, i in places:
            if e.how == "through":  # its other arguments have no part in it
                changes |= {
                    (n, j): nothing
                    for j, p in enumerate(n.inputs)
                    if j != i and p is not None and n.op.vjps[j] is not None
                }
            changes[n, i] = e.change(n)
        with np.errstate(all="ignore"):
            return list(recording.sweep([trial.upstream], changes, rounded=values))

    return predict


def nothing(g: Any, y: Any, args: tuple, d: Any) -> Any:
    """The change that closes an edge."""
    return 0.0 * d


Plan = tuple[list[Edit], bool, str, str, float]


def plans(graph: Graph) -> Iterator[Plan]:
    """The edits to try: (edits, near, kind, sentence, bits). What one line does in several runs is changed in all of them."""
    groups: dict[tuple[str, str, int], list[Spot]] = {}
    for n, i in graph.edges:
        groups.setdefault((line_of(n) or str(graph.ordinals[n]), n.op.name, i), []).append(graph.spot((n, i)))
    followers: dict[Node, list[tuple[Node, int]]] = {}
    for n, i in graph.edges:
        followers.setdefault(n.inputs[i], []).append((n, i))
    for (_, op, i), spots in groups.items():
        n = graph.recording.order[spots[0].ordinal]
        constant = number_of(n, 1 - i) if op in ("add", "subtract") else None
        if constant is not None and 0.0 < abs(constant) <= SMALL:
            yield from epsilons(graph, spots, followers, constant)
        if op in ("mean", "divide") and i == 0 and counted(n) is not None and is_spread(n):
            yield from counts(graph, spots, followers)
        if op in GATES:
            yield from gates(graph, spots, n, i)
        if op in ("add", "subtract") and n.inputs[1 - i] is None and is_ruling_out(n.args[1 - i]):
            through = [Edit(spot, "through") for spot in spots]
            yield through, False, "mask-forgotten", "the values are computed again without the mask of this line", 10.0
        if op == "multiply" and n.inputs[1 - i] is None and is_mask(n.args[1 - i]):
            kind = "dropout-mask" if is_dropout(graph, n, n.args[1 - i]) else "mask-forgotten"
            through = [Edit(spot, "through") for spot in spots]
            yield through, False, kind, "the values are computed again without the mask of this line", 10.0


def epsilons(graph: Graph, spots: Sequence[Spot], followers: Mapping[Node, list], constant: float) -> Iterator[Plan]:
    """Without the small constant, or with it outside of the root."""
    for near in (True, False):
        edits = [Edit(spot, "through") for spot in spots]
        yield edits, near, "ddof-or-eps", f"the {constant:g} that this line adds is forgotten", 8.0
        roots = [
            graph.spot(edge)
            for spot in spots
            for edge in followers.get(graph.recording.order[spot.ordinal], ())
            if edge[0].op.name == "sqrt"
        ]
        if len(roots) == len(spots):
            edits = edits + [Edit(root, "outside", constant) for root in roots]
            text = f"the {constant:g} is added to the root, where the forward adds it under the root"
            yield edits, near, "ddof-or-eps", text, 11.0


def counts(graph: Graph, spots: Sequence[Spot], followers: Mapping[Node, list]) -> Iterator[Plan]:
    """Divided by N - 1 or N + 1 for N, in the value and the rule, or in one of them; and without the small constant as well."""
    after = [
        small
        for spot in spots
        if (small := next_small(graph, graph.recording.order[spot.ordinal], followers)) is not None
    ]
    for less in (-1.0, 1.0):
        n = graph.recording.order[spots[0].ordinal]
        count = counted(n) or 0.0
        text = f"the variance is divided by {count + less:g}, where the forward divides by {count:g}"
        for how in ("count", "silent"):
            edits = [Edit(spot, how, less) for spot in spots]
            for near in (True, False):
                yield edits, near, "ddof-or-eps", text, 10.0
                if len(after) == len(spots):
                    both = edits + [Edit(spot, "through") for spot in after]
                    yield both, near, "ddof-or-eps", f"{text}, and the small constant is forgotten", 13.0


def gates(graph: Graph, spots: Sequence[Spot], n: Node, i: int) -> Iterator[Plan]:
    """Without a clip, or a mask."""
    if np.shape(n.inputs[i].data) != np.shape(n.data) or (n.op.name == "where" and i == 0):
        return
    others = [p for j, p in enumerate(n.inputs) if j != i and p is not None and n.op.vjps[j] is not None]
    masked = n.op.name == "where" and n.inputs[0] is None
    if (others and n.op.name != "where") or (n.op.name in ("maximum", "fmax") and number_of(n, 1 - i) == 0.0):
        return  # a choice between two values, or an activation
    if others and not masked:
        return  # pieces of a function, no bound
    kind, text = "clip-ignored", "the values are computed again without the bound of this line"
    if masked:
        kind, text = "mask-forgotten", "the values are computed again without the mask of this line"
    yield [Edit(replace(spot), "through") for spot in spots], False, kind, text, 8.0


def next_small(graph: Graph, n: Node, followers: Mapping[Node, list]) -> Spot | None:
    """The addition of a small constant to the result of n, if that follows."""
    for m, i in followers.get(n, ()):
        constant = number_of(m, 1 - i) if m.op.name == "add" else None
        if constant is not None and 0.0 < abs(constant) <= SMALL:
            return graph.spot((m, i))
    return None


def number_of(n: Node, i: int) -> float | None:
    """The constant number at argument i."""
    if not 0 <= i < len(n.args) or n.inputs[i] is not None or np.ndim(n.args[i]) != 0:
        return None
    a = n.args[i]
    return float(a) if isinstance(a, int | float | np.number | np.ndarray) else None


def counted(n: Node) -> float | None:
    """By how many a mean, or a division after a sum, divides; None where that is no count."""
    if n.op.name == "mean":
        size = np.size(n.data)
        return np.size(n.args[0]) / size if size else None
    number = number_of(n, 1) if n.op.name == "divide" else None
    return number if number is not None and number >= 2.0 and number == int(number) else None


def is_spread(n: Node) -> bool:
    """Whether squares are averaged, as in a variance."""
    p = n.inputs[0]
    if p is not None and p.op is not None and n.op.name == "divide" and p.op.name in ("sum", "contract"):
        p = p.inputs[0]
    return p is not None and p.op is not None and p.op.name in SQUARES


def is_ruling_out(v: Any) -> bool:
    """Whether an array is a mask that is added to scores: 0, or so large that nothing is left of them."""
    return (
        isinstance(v, np.ndarray)
        and v.ndim > 0
        and bool(np.any(np.abs(v) >= 1e3))
        and bool(np.all((v == 0) | (np.abs(v) >= 1e3)))
    )
