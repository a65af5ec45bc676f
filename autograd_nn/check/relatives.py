"""Causes that are the gradient of a neighbouring function: softmax by entries, another loss.  Layer 8; knows regions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from ..node import Node
from ..op import REGISTRY
from .causes import Cause, Prediction, Scale, scale_of
from .losses import losses, reductions, softmaxes
from .names import called
from .paths import Graph, Spot, line_of
from .recording import Change, Edge, Recording
from .reference import Trial
from .regions import Region, Section, regions
from .rules import is_multiple, proportional
from .screen import Screen

__all__ = ["relative_causes"]

LARGEST = 300_000  # entries of predictions up to which other losses are tried


def relative_causes(graph: Graph, wrong: Sequence[int]) -> Iterator[Cause]:
    """Neighbouring functions whose gradient explains a wrong one."""
    for region in regions(graph):
        arrived = region.arrived(graph)
        if arrived is None or region.elementwise or not isinstance(region.source.data, np.ndarray):
            continue
        if isinstance(region.result.data, tuple) or all([n.op.kind == "linear" for n in region.nodes]):
            continue
        found = functions(region, arrived[0]) if not is_linear(region) else {}
        known: set[str] = set()
        for k in wrong if found else ():
            for cause in of_region(graph, k, region, arrived[1], found):
                if cause.sentence not in known:
                    known.add(cause.sentence)
                    yield cause
    yield from of_losses(graph, wrong)


def is_linear(region: Region) -> bool:
    """Whether a region is a linear map, such as a weighted sum: it has no other derivative at another point."""
    z = np.asarray(region.source.data, float)
    with np.errstate(all="ignore"):
        base, other = [np.asarray(region.values(x)[region.result]) for x in (0.0 * z, -1.7 * z)]
    a = np.asarray(region.result.data)
    scale = float(np.max(np.abs(a), initial=0.0))
    return bool(np.all(np.abs((other - base) + 1.7 * (a - base)) <= 1e-9 * scale))


def functions(region: Region, g: Any) -> dict[str, tuple[str, np.ndarray]]:
    """What may be sent through a region that is a softmax, or makes one number of many: text -> (kind, gradient)."""
    z, a = region.source.data, np.asarray(region.result.data, float)
    if z.shape == a.shape and z.ndim:
        for axis in range(z.ndim):
            for name in ("softmax", "log_softmax"):
                with np.errstate(all="ignore"):
                    y = REGISTRY[name].array(z, axis)
                if np.allclose(y, a, rtol=1e-9, atol=1e-12, equal_nan=False):
                    logarithm = name == "log_softmax"
                    return softmaxes(np.asarray(g, float), np.exp(a) if logarithm else a, axis, logarithm)
        return {}
    found: dict[str, tuple[str, np.ndarray]] = {}
    is_winner = region.result.op.name in ("max", "min")
    for axes in reduced(z.shape, a.shape):
        kept = tuple([1 if axis in axes else n for axis, n in enumerate(z.shape)])
        aligned = np.reshape(np.asarray(g, float), kept)
        for name, gradient in reductions(z, np.reshape(a, kept), axes).items():
            text = f"the derivative of {name} is taken for its own"
            found[text] = (
                "mask-forgotten" if is_winner and name == "the sum" else "wrong-activation-derivative",
                aligned * gradient,
            )
    return found


def reduced(full: tuple[int, ...], small: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The axes that a reduction from one shape to the other may have run along."""
    found = []
    for count in range(1, min(len(full), 5) + 1):
        for axes in combinations(range(len(full)), count):
            gone = tuple([n for axis, n in enumerate(full) if axis not in axes])
            kept = tuple([1 if axis in axes else n for axis, n in enumerate(full)])
            if small in (gone, kept):
                found.append(axes)
    return found[:2]


def of_region(
    graph: Graph, k: int, region: Region, d: Any, found: dict[str, tuple[str, np.ndarray]]
) -> Iterator[Cause]:
    """The candidates of a region that explain the active input k."""
    screen = graph.screen(k)
    if region.source not in screen.tangents[0]:
        return
    right = screen.effect(region.source, d)
    texts = list(found)
    effects = np.array([screen.effect(region.source, gradient) for _, gradient in found.values()])
    for row, c in named(screen, effects, right, graph.trial):
        text, kind = texts[row], found[texts[row]][0]
        told = text if c.value == 1.0 else f"{text}, {c.text}"
        section = Section.of(graph, region)
        sentence = f"in the gradient of {name_of(region)} {told}"
        bits = 9.0 if kind != "wrong-activation-derivative" else 11.0
        bits += 0.0 if c.value == 1.0 else 3.0
        yield Cause(kind, sentence, predicted(section, text, c), bits, (line_of(region.result),), {"sent": told})


def named(screen: Screen, effects: np.ndarray, right: np.ndarray, trial: Trial) -> Iterator[tuple[int, Scale]]:
    """The rows of effects that explain the gradient when multiplied by a number that has a name; not factors of the right one."""
    for row, number in proportional(screen, effects, screen.target + right):
        effect = effects[row]
        c = scale_of(number, trial.sizes, loose=1e-6)
        if c is None or c.value == 0.0 or not screen.fits(c.value * effect - right):
            continue
        if not is_multiple(effect, right):
            yield row, c


def name_of(region: Region) -> str:
    return region.result.op.name if len(region.nodes) == 1 else "this step"


def predicted(section: Section, text: str, c: Scale) -> Callable[[Trial], Prediction]:
    """What a backward gives that sends a candidate through a region."""

    def predict(trial: Trial) -> Prediction:
        recording = trial.reference.recording
        if recording is None:
            raise LookupError("the forward was not recorded")
        region = section.at(recording)

        def sent(g: Any) -> np.ndarray:
            found = functions(region, g)
            if text not in found:
                raise LookupError("the region is no softmax or reduction here")
            return c.at(trial) * found[text][1]

        return list(recording.sweep([trial.upstream], region.instead(sent)))

    return predict


@dataclass(frozen=True, slots=True)
class Target:
    """What a loss may compare predictions with: a static input, another active one, or a constant of the graph.

    source   input, leaf, or the name of the operation whose argument it is;  part: which part of an index it is, -1 for no index
    """

    source: str
    place: int
    argument: int = 0
    part: int = -1

    def at(self, trial: Trial) -> Any:
        """The array there; LookupError where the code ran another way."""
        recording = trial.reference.recording
        if recording is None:
            raise LookupError("the forward was not recorded")
        if self.source == "input":
            return trial.inputs[self.place]
        if self.source == "leaf":
            return recording.leaves[self.place].data
        n, _ = Spot(self.place, self.source, 0).at(recording)
        a = n.args[self.argument]
        return a if self.part < 0 else a[self.part]

    def fitting(self, trial: Trial, p: np.ndarray) -> np.ndarray | None:
        """The targets as numbers of the shape of the predictions p: labels become rows with a single 1; None if they cannot."""
        y = np.asarray(self.at(trial))
        if y.dtype.kind not in "fiub" or y.ndim == 0:
            return None
        if y.shape == p.shape:
            return y.astype(float)
        if (*y.shape, 1) == p.shape:
            return y.astype(float)[..., None]
        whole = y.dtype.kind in "iu" and y.shape == p.shape[:-1] and y.size and y.min() >= 0 and y.max() < p.shape[-1]
        return np.eye(p.shape[-1])[y] if whole else None


def targets(graph: Graph) -> list[Target]:
    """Everything that predictions may have been compared with."""
    trial, recording = graph.trial, graph.recording
    found = [
        Target("input", place) for place, x in enumerate(trial.inputs) if place not in trial.pair.active and np.ndim(x)
    ]
    found += [Target("leaf", k) for k, leaf in enumerate(recording.leaves) if np.ndim(leaf.data)]
    held = {id(x) for x in trial.inputs}
    for place, n in enumerate(recording.order):
        for i, (p, a) in enumerate(zip(n.inputs, n.args)):
            if p is not None:
                continue
            parts = list(enumerate(a)) if isinstance(a, tuple) else [(-1, a)]
            for part, x in parts:
                if isinstance(x, np.ndarray) and x.ndim and id(x) not in held:
                    held.add(id(x))
                    found.append(Target(n.op.name, place, i, part))
    return found


def constants(recording: Recording) -> tuple[float, ...]:
    """The numbers that the forward computes with, which may be thresholds."""
    numbers = [
        abs(float(a))
        for n in recording.order
        for p, a in zip(n.inputs, n.args)
        if p is None and isinstance(a, float | int) and not isinstance(a, bool)
    ]
    return tuple([x for x in dict.fromkeys(numbers) if 1e-3 <= x <= 10.0 and x != 1.0][:4])


def aligned(v: np.ndarray, shape: tuple[int, ...]) -> np.ndarray | None:
    """The upstream of a loss over entries of this shape, to be multiplied with its gradient; None if it is no such loss."""
    if v.ndim == 0 or v.shape == shape:
        return v
    return v[..., None] if v.shape == shape[:-1] else None


def whole(entries: Sequence[Edge], value: np.ndarray) -> dict[Edge, Change]:
    """The changes of a sweep that send `value` to a node, and nothing along its other edges."""
    changes: dict[Edge, Change] = {edge: lambda g, y, args, d: 0.0 * d for edge in entries[:-1]}
    changes[entries[-1]] = lambda g, y, args, d: value
    return changes


def of_losses(graph: Graph, wrong: Sequence[int]) -> Iterator[Cause]:
    """Other losses of a value of the graph and of targets of its shape."""
    trial, recording = graph.trial, graph.recording
    if trial.upstream.ndim and trial.pair.style not in ("loss", "gradient"):
        return  # no loss: it has an upstream of its own
    known = targets(graph)
    numbers = constants(recording)
    cotangents = {n: g for (n, _), (g, _) in graph.arrived.items()}
    places: list[Node] = [*recording.order, *recording.leaves]
    moved_by: dict[Node, set[int]] = {leaf: {j} for j, leaf in enumerate(recording.leaves)}
    for n in reversed(recording.order):
        moved_by[n] = set().union(*[moved_by.get(p, set()) for p in n.inputs if p is not None])
    for p in places:
        if not isinstance(p.data, np.ndarray) or p.data.size > LARGEST or p.data.ndim == 0:
            continue
        v = aligned(trial.upstream, p.data.shape)
        cotangent = cotangents.get(p)
        for j, leaf in enumerate(recording.leaves):
            cotangent = trial.reference.values[j] if p is leaf else cotangent
        if v is None or cotangent is None:
            continue
        for target in known:
            y = target.fitting(trial, p.data)
            if y is None or (target.source == "leaf" and target.place in moved_by.get(p, ())):
                continue
            found = losses(np.asarray(p.data, float), y, numbers)
            for k in wrong:
                yield from of_targets(graph, k, p, target, v, cotangent, found)


def of_targets(
    graph: Graph, k: int, p: Node, target: Target, v: np.ndarray, cotangent: Any, found: dict[str, np.ndarray]
) -> Iterator[Cause]:
    """The losses of one value and target that explain the active input k."""
    screen = graph.screen(k)
    if p not in screen.tangents[0]:
        return
    right = screen.effect(p, cotangent)
    weights = np.array([(v * t[p]).ravel() for t in screen.tangents])
    spots = [graph.spot((n, i)) for n, i in graph.edges if n.inputs[i] is p]
    if not spots:
        return
    names = list(found)
    effects = np.array([weights @ gradient.ravel() for gradient in found.values()])
    for row, c in named(screen, effects, right, graph.trial):
        name = names[row]
        times = "" if c.value == 1.0 else f", {c.text}"
        sentence = (
            f"it is the gradient of another loss: {name}{times} of {called(graph, p)}, where the forward has its own"
        )
        bits = 8.8 + (0.0 if c.value in (1.0, 2.0) or c.source else 1.5)

        def predict(t: Trial, name: str = name, c: Scale = c) -> Prediction:
            recording = t.reference.recording
            if recording is None:
                raise LookupError("the forward was not recorded")
            entries = [spot.at(recording) for spot in spots]
            n, i = entries[0]
            q = n.inputs[i].data
            y = target.fitting(t, q)
            seed = aligned(t.upstream, q.shape)
            gradients = {} if y is None else losses(q, y, constants(recording))
            if name not in gradients or seed is None:
                raise LookupError("no such predictions here")
            return list(recording.sweep([t.upstream], whole(entries, c.at(t) * seed * gradients[name])))

        kind = "wrong-operand" if name.endswith("arguments exchanged") else "neighbouring-loss"
        kind = "softmax-elementwise" if name.endswith("entry by entry") else kind
        yield Cause(kind, sentence, predict, bits, (line_of(graph.recording.order[0]),), {"loss": name})
