"""Causes that are one wrong operand: another saved value in a rule, one factor too few or too many.  Layer 8; knows rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..node import Node
from ..ops import fit
from .causes import Cause, Scale, scale_of
from .names import called
from .paths import Graph, Spot, line_of, replay
from .pool import Operand, Pool, is_dropout, is_mask, summed
from .recording import Change, Edge
from .reference import Trial
from .regions import inside
from .rules import proportional
from .screen import Screen

__all__ = ["operand_causes"]

NEAR = 40  # values on either side that are tried where every one costs a call of the rule


GATED = "the gradient passes where it is positive itself, not where the value is: {0} is looked at"


def factor_of(n: Node, i: int) -> Any:
    """What an edge multiplies by: the other operand of a product or quotient, or the mask of a choice; None for other rules."""
    if n.op.name == "multiply" or (n.op.name == "divide" and i == 0):
        return n.args[1 - i]
    return n.args[0] if n.op.name == "where" and i > 0 else None


def slopes(n: Node, i: int, g: np.ndarray, args: tuple) -> dict[str, np.ndarray]:
    """What may stand in the place of the factor of an edge, by a text with a gap for what the factor is called."""
    shape = np.shape(g)
    found: dict[str, np.ndarray] = {}
    v = factor_of(n, i)
    if v is not None:
        found["{0} is forgotten: the gradient passes this line as if it were 1"] = np.ones(shape)
    if is_mask(v):
        kept = np.broadcast_to(np.asarray(v) != 0, shape)
        if n.op.name == "where" and i == 2:
            kept = ~kept
        found["{0} is the wrong way round"] = 1.0 * ~kept
        if np.asarray(v).dtype.kind == "f":
            found["{0} lacks its scale: it is 0 or 1"] = 1.0 * kept
    if n.op.kink and np.any(np.asarray(g) > 0.0) and np.any(np.asarray(g) < 0.0):
        found[GATED] = 1.0 * (np.asarray(g) > 0.0)
        found[GATED + ", and the value as well"] = (np.asarray(g) > 0.0) * n.op.vjps[i](np.ones(shape), n.data, *args)
    return found


def operand_causes(graph: Graph, wrong: Sequence[int]) -> Iterator[Cause]:
    """Every rule with another operand, or with a factor too few or too many, that explains a wrong gradient."""
    pool = Pool(graph)
    inner = inside(graph)
    for n, i in graph.edges:
        known: set[str] = set()
        for k in wrong:
            screen = graph.screen(k)
            if n.inputs[i] not in screen.tangents[0] or isinstance(n.data, tuple):
                continue
            wanted = screen.target + screen.effect(n.inputs[i], graph.arrived[n, i][1])
            if not np.any(np.abs(wanted) > 25.0 * screen.slack):
                continue  # nothing arrives: the path is dropped, whatever operand would make it vanish
            look = Look(graph, pool, screen, (n, i), wanted)
            for cause in look.causes():
                if cause.sentence in known:
                    continue
                known.add(cause.sentence)
                if cause.kind == "wrong-operand" and (n, i) in inner:
                    cause = replace(cause, kind="wrong-activation-derivative")
                yield cause


BILINEAR = {
    "multiply": (0, 1),
    "matmul": (0, 1),
    "correlate": (0, 1),
}  # operations that are linear in both of two arguments


@dataclass(frozen=True, slots=True)
class Look:
    """One edge under one screen; `wanted` is the effect that the contribution along it should have."""

    graph: Graph
    pool: Pool
    screen: Screen
    edge: Edge
    wanted: np.ndarray

    def causes(self) -> Iterator[Cause]:
        """Every explanation on this edge."""
        n, _ = self.edge
        if n.op.kind == "elementwise" and isinstance(n.data, np.ndarray):
            yield from self.factors()
        if n.op.name in BILINEAR:
            yield from self.bilinear()
        else:
            yield from self.replaced()

    def fitting(self, effects: np.ndarray) -> list[int]:
        """The rows of effects that explain the gradient."""
        away = np.abs(effects - self.wanted)
        return [
            int(j)
            for j in np.flatnonzero(np.all(away <= 4.0 * self.screen.slack + 1e-7 * np.abs(self.screen.target), 1))
        ]

    def factors(self) -> Iterator[Cause]:
        """The right contribution times, or divided by, a value; and the cotangent as it is."""
        n, i = self.edge
        p, g = n.inputs[i], self.graph.arrived[self.edge][0]
        shape = n.data.shape
        slope = n.op.vjps[i](np.ones(shape), n.data, *n.args)
        tangents = [np.broadcast_to(t[p], shape) for t in self.screen.tangents]
        plain = [g * t for t in tangents]
        yield from self.without(plain)
        weights = [w * slope for w in plain]
        for small in self.pool.within(shape):
            reduced = np.array([summed(w, small).ravel() for w in weights])
            stack = self.pool.stack(small)
            for j in self.fitting(stack @ reduced.T):
                yield self.times(self.pool.shapes[small][0][j], 1)
            if np.all(stack != 0.0, axis=1).any():
                with np.errstate(divide="ignore", invalid="ignore"):
                    effects = np.nan_to_num((1.0 / stack), nan=0.0, posinf=0.0, neginf=0.0) @ reduced.T
                for j in self.fitting(effects):
                    if np.all(stack[j] != 0.0):
                        yield self.times(self.pool.shapes[small][0][j], -1)

    def without(self, plain: Sequence[np.ndarray]) -> Iterator[Cause]:
        """The factor of this edge forgotten, a number in its place, or a mask the wrong way round."""
        n, i = self.edge
        g = self.graph.arrived[self.edge][0]
        found = slopes(n, i, np.asarray(g, float), n.args)
        if not found:
            return
        effects = np.array([[float(np.sum(w * phi)) for w in plain] for phi in found.values()])
        texts = list(found)
        for row, number in proportional(self.screen, effects, self.wanted):
            c = scale_of(number, self.graph.trial.sizes, loose=1e-6)
            text = texts[row]
            if (
                c is None
                or c.value == 0.0
                or (not n.data.shape and c.value != 1.0)
                or not self.fitting(c.value * effects[row][None])
            ):
                continue
            kind, told = "wrong-operand", "the sign of the upstream gradient"
            if not text.startswith(GATED):
                kind, told = self.role(factor_of(n, i))
                kind = "factor" if kind == "wrong-operand" and c.value != 1.0 else kind
            spot = self.graph.spot(self.edge)

            def changes(t: Trial, text: str = text, c: Scale = c, spot: Spot = spot) -> dict[Spot, Change]:
                def change(g: Any, y: Any, args: tuple, d: Any) -> Any:
                    return c.at(t) * g * slopes(n, i, g, args)[text]

                return {spot: change}

            sentence = text.format(told) + ("" if c.value == 1.0 else f", with {c.text}")
            yield Cause(kind, sentence, replay(changes), 8.5 if c.value == 1.0 else 11.0, (line_of(n),), {})

    def role(self, v: Any) -> tuple[str, str]:
        """(the kind of a mistake with the factor v, what v is called)"""
        n, i = self.edge
        if is_mask(v):
            if is_dropout(self.graph, n, v):
                return "dropout-mask", "the dropout mask"
            return "mask-forgotten", "the mask"
        j = 1 - i if n.op.name != "where" else 0
        p = n.inputs[j] if 0 <= j < len(n.inputs) else None
        if np.ndim(v) == 0 and p is None:
            return "factor", f"the factor {float(v):g}"
        return "wrong-operand", "the factor " + (called(self.graph, p) if p is not None else "in this line")

    def times(self, operand: Operand, power: int) -> Cause:
        """One factor too many."""
        n, i = self.edge
        spot = self.graph.spot(self.edge)
        v = operand.at(self.graph.trial)
        kind = "wrong-operand"
        if is_mask(v) and power > 0 and np.array_equal(v, np.asarray(factor_of(n, i))):
            kind = "dropout-mask" if is_dropout(self.graph, n, v) else kind
        name = operand.told(self.graph)
        text = (
            f"there is a factor {name} too many"
            if power > 0
            else f"a factor {name} is missing, or divided by too often"
        )

        def changes(t: Trial) -> dict[Spot, Change]:
            w = operand.at(t)
            return {spot: lambda g, y, args, d: n.op.vjps[i](g * w if power > 0 else g / w, y, *args)}

        return Cause(kind, text, replay(changes), 12.0, (line_of(n),), {"operand": name})

    def bilinear(self) -> Iterator[Cause]:
        """Another value in the place of the other operand: the effect is linear in it, so one product judges them all."""
        n, i = self.edge
        j = 1 - i
        if i not in BILINEAR[n.op.name]:
            return
        g, shape = self.graph.arrived[self.edge][0], np.shape(n.args[j])
        rule = n.op.vjps[j]
        if rule is None:
            return
        p = n.inputs[i]
        seeds = []
        for t in self.screen.tangents:
            args = list(n.args)
            args[i] = np.asarray(t[p], float)
            seeds.append(rule(g, n.data, *args))
        shapes = self.pool.within(shape) if n.op.name == "multiply" else [shape]
        for small in shapes:
            if small in self.pool.shapes:
                reduced = np.array([summed(s, small).ravel() for s in seeds])
                for row in self.fitting(self.pool.stack(small) @ reduced.T):
                    yield self.replaced_by(self.pool.shapes[small][0][row], j)
        if n.op.name == "multiply":
            yield from self.one_of_two(j, seeds)
        turned = (*shape[:-2], shape[-1], shape[-2]) if len(shape) >= 2 and n.op.name == "matmul" else None
        if turned in self.pool.shapes:
            reduced = np.array([np.swapaxes(s, -1, -2).ravel() for s in seeds])
            for row in self.fitting(self.pool.stack(turned) @ reduced.T):
                yield self.replaced_by(self.pool.shapes[turned][0][row], j, turned=True)

    def one_of_two(self, j: int, seeds: Sequence[np.ndarray]) -> Iterator[Cause]:
        """Another value in the place of one factor of the other operand, where that is a product itself, and was not stored."""
        n, _ = self.edge
        m = n.inputs[j]
        if m is None or m.op is None or m.op.name != "multiply" or not m.data.shape:
            return
        spot, place = self.graph.spot(self.edge), self.graph.ordinals[m]
        for first, kept in enumerate(m.args[::-1]):
            gone = m.inputs[first]
            right = called(self.graph, gone) if gone is not None else "the constant"
            for small in self.pool.within(m.data.shape):
                reduced = np.array([summed(seed * kept, small).ravel() for seed in seeds])
                for row in self.fitting(self.pool.stack(small) @ reduced.T):
                    operand = self.pool.shapes[small][0][row]

                    def changes(t: Trial, operand: Operand = operand, first: int = first) -> dict[Spot, Change]:
                        inner, _ = Spot(place, "multiply", 0).at(t.reference.recording)  # type: ignore[arg-type]
                        w = operand.at(t) * inner.args[1 - first]
                        return {spot: lambda g, y, args, d: g * w}

                    wrong = operand.told(self.graph)
                    text = f"{wrong} is used in the gradient of this line where the chain rule needs {right}"
                    yield Cause(
                        "wrong-operand", text, replay(changes), 12.5, (line_of(n),), {"used": wrong, "needed": right}
                    )

    def replaced(self) -> Iterator[Cause]:
        """Another value in the place of y or of an argument of any rule: each is tried."""
        n, i = self.edge
        (g, right), p, rule = self.graph.arrived[self.edge], n.inputs[i], n.op.vjps[i]
        place = self.graph.ordinals[n]
        first = np.asarray(self.screen.tangents[0][p], float)
        slack = 4.0 * self.screen.slack[0] + 1e-7 * abs(self.screen.target[0])
        for j, old in enumerate((n.data, *n.args)):
            if (
                not isinstance(old, np.ndarray)
                or old.ndim == 0
                or old.dtype.kind != "f"
                or old.shape not in self.pool.shapes
            ):
                continue
            given = [n.data, *n.args]

            def sent(w: np.ndarray, j: int = j, given: list = given) -> np.ndarray:
                given[j] = np.asarray(w, float)
                with np.errstate(all="ignore"):
                    return fit(rule(g, *given), p)

            if np.array_equal(sent(old * 1.25 + 0.125), right):
                continue  # the rule does not use it
            operands, arrays = self.pool.shapes[old.shape]
            for operand, w in zip(operands, arrays):
                if w is old or (operand.source in ("value", "argument") and abs(operand.place - place) > NEAR):
                    continue
                d = sent(w)
                if abs(float(np.vdot(first, d)) - self.wanted[0]) <= slack and self.fitting(
                    self.screen.effect(p, d)[None]
                ):
                    yield self.replaced_by(operand, j - 1)

    def replaced_by(self, operand: Operand, j: int, turned: bool = False) -> Cause:
        """The rule with `operand` as argument j (-1: as the value of the node)."""
        n, i = self.edge
        spot, graph = self.graph.spot(self.edge), self.graph
        v = n.data if j < 0 else n.args[j]
        right = called(graph, n) if j < 0 else called(graph, n.inputs[j]) if n.inputs[j] is not None else "the constant"
        wrong = operand.told(graph)
        kind = "wrong-operand"
        if is_mask(v):
            kind = "dropout-mask" if is_dropout(graph, n, v) else "mask-forgotten"
        w = operand.at(graph.trial)
        if np.ndim(v) >= 2 and (np.array_equal(w, v) if turned else np.array_equal(np.swapaxes(w, -1, -2), v)):
            kind = "transpose"

        def changes(t: Trial) -> dict[Spot, Change]:
            w = operand.at(t)
            w = np.swapaxes(w, -1, -2) if turned else w

            def change(g: Any, y: Any, args: tuple, d: Any) -> Any:
                given = [y, *args]
                given[j + 1] = w
                return n.op.vjps[i](g, *given)

            return {spot: change}

        text = f"{wrong} is used in the gradient of this line where the chain rule needs {right}"
        if kind == "transpose":
            text = f"{wrong} is transposed once too often, or not at all, in the gradient of this line"
        return Cause(kind, text, replay(changes), 11.0, (line_of(n),), {"used": wrong, "needed": right})
