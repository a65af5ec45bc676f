"""Which row of the taxonomy a wrong derivative belongs to.  Layer 8; knows regions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..node import Node
from .alternatives import FAMILIES, NEIGHBOURS
from .paths import Graph
from .regions import Region

__all__ = ["constants", "kind_of"]

CLOSE = 0.1  # a derivative that is nowhere farther from the right one, relative to its largest value, belongs to an approximation


def kind_of(graph: Graph, region: Region, told: Sequence[str], slope: np.ndarray) -> str:
    """The kind of a derivative `slope` in the place of the right one, told by its terms."""
    right = region.slope()
    named = [text for text in told if text.startswith("the derivative of") or "approximation" in text]
    if named and is_close(region, named, slope, right):
        return "approximation-mixed"
    if named:
        return "wrong-activation-derivative"
    names = {n.op.name for n in region.nodes}
    if (
        len(region.nodes) == 1
        and names <= {"divide", "power"}
        and not all([p is None and is_number(a) for p, a in others(region)])
    ):
        return "wrong-operand"  # a quotient of two values, no activation
    if len(region.nodes) > 1 and is_multiple(slope, right):
        return "factor"
    if told == ["1"] and names & {"maximum", "minimum", "relu"} and is_head(graph, region.result):
        return "mask-forgotten"  # a hinge: which terms count is forgotten
    if names & BOUNDS and names <= BOUNDS | CHOICES and not is_rectifier(region):
        return "clip-ignored"
    if region.arithmetic:
        a = np.asarray(region.result.data, float)
        z = np.broadcast_to(np.asarray(region.source.data, float), a.shape)
        with np.errstate(all="ignore"):
            ratios = [right * z, right * a, right / z, right / a]
        if any([np.allclose(slope, ratio, rtol=1e-9, atol=0.0) for ratio in ratios]):
            return "wrong-operand"  # one factor too many or too few in a formula, no activation
    return "wrong-activation-derivative"


def is_multiple(slope: np.ndarray, right: np.ndarray) -> bool:
    """Whether a derivative is a number times the right one, which is not the same everywhere."""
    c = float(np.vdot(slope, right)) / max(float(np.vdot(right, right)), 1e-300)
    return float(np.ptp(right)) > 1e-6 * float(np.max(np.abs(right))) and np.allclose(slope, c * right, 1e-9, 0.0)


def is_close(region: Region, named: Sequence[str], slope: np.ndarray, right: np.ndarray) -> bool:
    """Whether a derivative belongs to an approximation of the function: by its values, or because one stands for the other."""
    if 0.0 < float(np.max(np.abs(slope - right), initial=0.0)) <= CLOSE * float(np.max(np.abs(right), initial=0.0)):
        return True
    z = np.broadcast_to(np.asarray(region.source.data, float), right.shape)
    with np.errstate(all="ignore"):
        own = {
            name for name, derivative in NEIGHBOURS.items() if np.allclose(derivative(z), right, rtol=1e-9, atol=1e-12)
        }
    other = named[0].removeprefix("the derivative of ").partition(" at {z}")[0]
    return any([other in family and own & set(family) for family in FAMILIES])


def is_head(graph: Graph, a: Node) -> bool:
    """Whether a is only added up, and scaled, on its way to a loss."""
    if np.ndim(graph.trial.upstream):
        return False
    while True:
        after = {m for m, i in graph.edges if m.inputs[i] is a}
        if not after:
            return True
        a = after.pop()
        if after or a.op.name not in ADDING:
            return False


ADDING = ("sum", "mean", "multiply", "divide", "add", "subtract", "negative", "reshape", "expand_dims", "squeeze")


def others(region: Region) -> list[tuple[Any, Any]]:
    """(node, value) of what enters a single operation beside z."""
    n, entering = region.result, {i for _, i in region.entries}
    return [(p, a) for i, (p, a) in enumerate(zip(n.inputs, n.args)) if i not in entering]


BOUNDS = {"clip", "hardtanh", "maximum", "minimum", "fmax", "fmin", "where"}
CHOICES = {
    "greater",
    "greater_equal",
    "less",
    "less_equal",
    "logical_and",
    "logical_or",
    "add",
    "subtract",
    "multiply",
    "divide",
}


def is_rectifier(region: Region) -> bool:
    """Whether a region has one bound alone, and that is 0: an activation, not a clip."""
    bounds = [n for n in region.nodes if n.op.name in BOUNDS]
    return any([n.op.name == "where" for n in bounds]) or (
        len(bounds) == 1 and bounds[0].op.name in ("maximum", "fmax") and 0.0 in constants(region)
    )


def constants(region: Region) -> list[float]:
    """The numbers that a region computes with."""
    numbers = [float(a) for n in region.nodes for p, a in zip(n.inputs, n.args) if p is None and is_number(a)]
    return [c for c in dict.fromkeys(numbers) if np.isfinite(c)][:6]


def is_number(a: Any) -> bool:
    return (isinstance(a, int | float) and not isinstance(a, bool)) or (isinstance(a, np.ndarray) and a.ndim == 0)
