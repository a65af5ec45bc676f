"""Causes about the whole gradient of one argument, entry by entry: a factor of the chain, another mask, a series.  Layer 8.

What is sent to an argument is known here, and not only its effect along a few directions; and a forward that cannot be recorded
is looked at as well, where it is a function of one entry at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from .alternatives import terms
from .causes import Cause, Prediction, Scale, matches, scale_of
from .paths import Graph, line_of
from .pool import Operand, Pool, is_mask
from .reference import Trial
from .regions import Region, regions
from .rules import is_curve, price, worded

__all__ = ["whole_causes"]

DEGREE = 6  # of a polynomial that is tried for a derivative


def whole_causes(trial: Trial, graph: Graph | None, wrong: Sequence[int]) -> Iterator[Cause]:
    """Factors of whole gradients, and derivatives of functions of one entry at a time, that explain a wrong gradient."""
    if graph is None:
        for k in wrong:
            yield from unrecorded(trial, k)
        return
    pool = Pool(graph)
    for k in wrong:
        yield from chain(graph, pool, k)
        yield from next_to(graph, k)


def alone(k: int, form: Callable[[Trial], np.ndarray]) -> Callable[[Trial], Prediction]:
    """A prediction about the active input k alone."""

    def predict(trial: Trial) -> Prediction:
        return [form(trial) if j == k else None for j in range(len(trial.hand))]

    return predict


def chain(graph: Graph, pool: Pool, k: int) -> Iterator[Cause]:
    """The right gradient times, or divided by, a value or the slope of a step: the chain rule stops one step too early."""
    trial = graph.trial
    r, leaf = trial.reference.values[k], graph.recording.leaves[k]
    if r.ndim == 0:
        return
    for shape in pool.within(r.shape):
        for operand, x in zip(*pool.shapes[shape]):
            for power in (-1.0, 1.0) if x.size > 1 else ():
                if power < 0.0 and not np.all(x):
                    continue
                if not matches(trial, k, r * np.asarray(x, float) ** power):
                    continue
                name = operand.told(graph)
                times = "lacks a factor" if power < 0.0 else "has one factor too many,"

                def form(t: Trial, operand: Operand = operand, power: float = power) -> np.ndarray:
                    return t.reference.values[k] * operand.at(t) ** power

                yield Cause(
                    "wrong-operand", f"all of it {times} {name}", alone(k, form), 12.0, evidence={"operand": name}
                )
    for region in regions(graph):
        if region.source is leaf and is_curve(region) and region.result.data.shape == r.shape:
            yield from unfinished(graph, k, region)


def unfinished(graph: Graph, k: int, region: Region) -> Iterator[Cause]:
    """The gradient by the value of a first step instead of the argument: the slope of that step is missing."""
    trial, slope = graph.trial, region.slope()
    r = trial.reference.values[k]
    ordinal, op = graph.ordinals[region.result], region.result.op.name
    if not np.all(slope) or not matches(trial, k, r / slope):
        return

    def form(t: Trial) -> np.ndarray:
        again = Graph(t)
        for other in regions(again):
            same = again.ordinals[other.result] == ordinal and other.result.op.name == op
            if same and len(other.nodes) == len(region.nodes) and other.source is again.recording.leaves[k]:
                return t.reference.values[k] / other.slope()
        raise LookupError("no such step")

    text = f"it is the gradient by the result of {op}: the derivative of that step is missing everywhere"
    yield Cause("wrong-activation-derivative", text, alone(k, form), 9.0, (line_of(region.result),))


def next_to(graph: Graph, k: int) -> Iterator[Cause]:
    """What must have been sent along the only edge into an argument, where that edge is elementwise."""
    trial, leaf = graph.trial, graph.recording.leaves[k]
    whole = [edge for edge in graph.edges if edge[0].inputs[edge[1]] is leaf]
    for region in regions(graph):
        arrived = region.arrived(graph)
        if region.source is not leaf or not region.elementwise or arrived is None or set(whole) != set(region.entries):
            continue
        g, h = np.asarray(arrived[0], float), np.asarray(trial.hand[k], float)
        if g.shape != h.shape or not h.size or not np.all(g):
            continue
        phi = h / g
        yield from other_mask(graph, k, region, phi)
        yield from polynomial(graph, k, region, phi)


def other_mask(graph: Graph, k: int, region: Region, phi: np.ndarray) -> Iterator[Cause]:
    """A mask, but not the one of the forward."""
    masks = [a for n in region.nodes for p, a in zip(n.inputs, n.args) if p is None and is_mask(a)]
    kept = np.abs(phi) > 1e-9 * np.max(np.abs(phi), initial=0.0)
    if not masks or kept.all() or not kept.any() or phi.size < 4:
        return
    if np.ptp(phi[kept]) > 1e-9 * np.max(np.abs(phi)):
        return
    hand, trial = np.asarray(graph.trial.hand[k], float), graph.trial

    def form(t: Trial) -> np.ndarray:
        if t is not trial:
            raise LookupError("the other mask is known at one point alone")
        return hand

    text = "another mask is applied than in the forward: keep the one that was drawn there"
    yield Cause("dropout-mask", text, alone(k, form), 13.0, (line_of(region.result),))


def polynomial(graph: Graph, k: int, region: Region, phi: np.ndarray) -> Iterator[Cause]:
    """A few terms of a series."""
    z = np.asarray(region.source.data, float)
    degree = min(DEGREE, z.size - 3)
    if degree < 4 or not is_curve(region):
        return
    powers = np.vander(z.ravel(), degree + 1, increasing=True)
    found, _, rank, _ = np.linalg.lstsq(powers, phi.ravel(), rcond=None)
    found = np.where(np.abs(found) < 1e-7 * np.max(np.abs(found), initial=0.0), 0.0, found)
    if rank <= degree or np.flatnonzero(found).max(initial=0) < 3:
        return
    named = [scale_of(float(c), {}, loose=1e-5) if c else Scale(0.0, "") for c in found]
    if not all(named):
        return
    values = [c.value for c in named if c is not None]
    ordinal = graph.ordinals[region.result]

    def form(t: Trial) -> np.ndarray:
        recording = t.reference.recording
        if recording is None:
            raise LookupError("the forward was not recorded")
        again = Graph(t)
        a = recording.order[ordinal] if ordinal < len(recording.order) else None
        g = next((g for (n, _), (g, _) in again.arrived.items() if n is a), None)
        if g is None:
            raise LookupError("no such step")
        return g * np.polynomial.polynomial.polyval(np.asarray(recording.leaves[k].data, float), values)

    text = " + ".join([f"{c:g} z^{power}" if power else f"{c:g}" for power, c in enumerate(values) if c])
    sentence = f"the derivative of {region.result.op.name} is taken for the series {text}"
    yield Cause("approximation-mixed", sentence, alone(k, form), 16.0, (line_of(region.result),), {"derivative": text})


def unrecorded(trial: Trial, k: int) -> Iterator[Cause]:
    """Another derivative of a forward that cannot be recorded and works entry by entry."""
    found = functions(trial, k)
    for text, phi in found.items():
        if not matches(trial, k, trial.upstream * phi):
            continue
        term = worded({text: Scale(1.0, "1 times")})

        def form(t: Trial, text: str = text) -> np.ndarray:
            again = functions(t, k)
            if text not in again:
                raise LookupError("a term is not finite here")
            return t.upstream * again[text]

        sentence = f"its derivative is taken for {term}, where z goes in and a comes out"
        yield Cause(kind_of(trial, k, phi, text), sentence, alone(k, form), price(text))


def functions(trial: Trial, k: int) -> dict[str, np.ndarray]:
    """The terms, and sums of two that are usual, of a function of one entry at a time; none where it is no such function."""
    x, v = np.asarray(trial.inputs[trial.pair.active[k]], float), trial.upstream
    if x.ndim == 0 or v.shape != x.shape or x.size < 2 or not np.all(v):
        return {}
    a, moved = [
        np.asarray(trial.pair.value(*with_input(trial, k, z)), float)
        for z in (x, x + (np.arange(x.size) == 0).reshape(x.shape))
    ]
    if not np.array_equal(a.ravel()[1:], moved.ravel()[1:]):
        return {}  # the first entry moves others
    found = terms(x, a, trial.reference.values[k] / v, lambda z: np.full(z.shape, np.nan))
    for first in ("Phi({z})", "Phi({z}) by its tanh approximation", "sigmoid(1.702 {z})"):
        found[f"{first} + {{z}} times the normal density at {{z}}"] = (
            found[first] + found["{z} times the normal density at {z}"]
        )
    for one, other in (("1", "{a}"), ("1", "{z}"), ("1", "{a}^2"), ("1", "{z}^2"), ("{a}", "{a}^2"), ("{z}", "{z}^2")):
        found[f"{one} - {other}"] = found[one] - found[other]
    return found


def with_input(trial: Trial, k: int, x: np.ndarray) -> list:
    """The inputs of a trial with another value of the active input k."""
    inputs = list(trial.inputs)
    inputs[trial.pair.active[k]] = x.astype(np.asarray(inputs[trial.pair.active[k]]).dtype)
    return inputs


def kind_of(trial: Trial, k: int, phi: np.ndarray, text: str) -> str:
    right = trial.reference.values[k] / trial.upstream
    apart = float(np.max(np.abs(phi - right), initial=0.0))
    if ("the derivative of" in text or "approximation" in text) and apart <= 0.1 * float(
        np.max(np.abs(right), initial=0.0)
    ):
        return "approximation-mixed"
    return "wrong-activation-derivative"
