"""Causes that are one wrong rule: another derivative of an elementwise step, once or in all its runs.  Layer 8; knows regions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .alternatives import SUMS, terms
from .causes import Cause, Prediction, Scale, scale_of
from .kinds import constants, kind_of
from .paths import Graph, line_of
from .reference import Trial
from .regions import Region, Section, inside, regions
from .screen import Screen

__all__ = ["Weights", "is_curve", "is_multiple", "price", "proportional", "rule_causes", "worded"]

Weights = dict[str, Scale]  # the terms of a derivative with their coefficients
USUAL = {
    "1",
    "{z}",
    "{a}",
    "{z}^2",
    "{a}^2",
    "tanh({z})^2",
    "tanh({a})^2",
    "sigmoid({a})",
    "sigmoid({a})^2",
}  # as in 1 - a
BEST = 5  # explanations kept for one region


def rule_causes(graph: Graph, wrong: Sequence[int]) -> Iterator[Cause]:
    """Other derivatives of elementwise steps that explain a wrong gradient."""
    found = False
    places = [region for region in regions(graph) if is_curve(region)]
    inner = inside(graph)
    for region in places:
        here: dict[str, np.ndarray] = {}
        known: set[str] = set()
        for k in wrong if region.arrived(graph) is not None else ():
            if region.source in graph.screen(k).tangents[0]:
                here = here or material(region)
                for cause in single(graph, k, region, here):
                    found = True
                    if cause.sentence in known:
                        continue
                    known.add(cause.sentence)
                    if region.arithmetic and inner.issuperset(region.entries):  # a part of an activation
                        kind = "wrong-activation-derivative" if cause.kind == "wrong-operand" else cause.kind
                        cause = replace(cause, kind=kind, bits=cause.bits + 1.5)
                    yield cause
    if not found:
        yield from tied(graph, wrong, places)


def is_curve(region: Region) -> bool:
    """Whether the region is a function of one value whose derivative is not the same everywhere."""
    z = region.source.data
    if not region.elementwise or not isinstance(z, np.ndarray) or z.size == 0:
        return False
    with np.errstate(all="ignore"):
        here = region.slope()
        moved = [region.slope(x) for x in (-z, 0.37 * z, 1.9 * z)]
    return any([not np.allclose(m, here, rtol=1e-6, equal_nan=True) for m in moved])


def material(region: Region) -> dict[str, np.ndarray]:
    """The terms that the derivative of a region may be taken for."""
    a = np.asarray(region.result.data, float)
    z = np.broadcast_to(np.asarray(region.source.data, float), a.shape)
    with np.errstate(all="ignore"):
        found = terms(z, a, region.slope(), region.slope)
    for c in constants(region):
        found[f"[{{z}} > {c:g}]"], found[f"[{{z}} < {c:g}]"] = 1.0 * (z > c), 1.0 * (z < c)
    return found


def single(graph: Graph, k: int, region: Region, found: dict[str, np.ndarray]) -> Iterator[Cause]:
    """One region with another derivative."""
    arrived, screen = region.arrived(graph), graph.screen(k)
    assert arrived is not None  # the caller looks
    g, d = arrived
    texts = list(found)
    effects = seen(screen, region, g, found)
    wanted = screen.target + screen.effect(region.source, d)
    fits = [
        *alone(screen, texts, effects, wanted, region, graph.trial),
        *summed(screen, texts, effects, wanted, region),
    ]
    for bits, weights in sorted(fits, key=lambda f: f[0])[:BEST]:
        yield cause_of(graph, (region,), weights, bits, found)


def seen(screen: Screen, region: Region, g: Any, found: dict[str, np.ndarray]) -> np.ndarray:
    """The effect of every term along every direction: a matrix of terms by directions."""
    weights = np.array([(g * t[region.source]).ravel() for t in screen.tangents])
    return np.array([weights @ value.ravel() for value in found.values()])


def alone(
    screen: Screen, texts: Sequence[str], effects: np.ndarray, wanted: np.ndarray, region: Region, trial: Trial
) -> Iterator[tuple[float, Weights]]:
    """One term, with a coefficient that has a name."""
    for row, number in proportional(screen, effects, wanted):
        c = scale_of(number, trial.sizes, loose=1e-6)
        if c is None or c.value == 0.0 or not screen.fits(c.value * effects[row] - (wanted - screen.target)):
            continue
        if region.source.data.size > 1 and is_multiple(effects[row], wanted - screen.target):
            continue
        yield price(texts[row]) + (0.0 if c.value == 1.0 else 2.0 if not c.source else 4.0), {texts[row]: c}


def proportional(screen: Screen, effects: np.ndarray, wanted: np.ndarray) -> list[tuple[int, float]]:
    """The rows of effects that are what is wanted times a number, with that number."""
    size = np.sum(effects * effects, axis=1)
    telling = np.any(np.abs(effects) > 25.0 * screen.slack, axis=1)
    with np.errstate(all="ignore"):
        c = effects @ wanted / size
        away = np.abs(c[:, None] * effects - wanted)
    close = np.all(away <= 4.0 * screen.slack + 1e-6 * np.max(np.abs(wanted)), axis=1)
    return [(int(row), float(c[row])) for row in np.flatnonzero(telling & close & np.isfinite(c))]


def is_multiple(effect: np.ndarray, right: np.ndarray) -> bool:
    """Whether a derivative is the right one but for a number: a factor or a sign, which other causes look for."""
    share = float(effect @ right) / float(effect @ effect)
    return bool(np.allclose(share * effect, right, rtol=1e-7, atol=0.0))


def summed(
    screen: Screen, texts: Sequence[str], effects: np.ndarray, wanted: np.ndarray, region: Region
) -> Iterator[tuple[float, Weights]]:
    """Two terms, with plain coefficients."""
    rows = np.array([j for j, text in enumerate(texts) if text in SUMS], int)
    rows = rows[np.any(np.abs(effects[rows]) > 25.0 * screen.slack, axis=1)]
    used = effects[rows]
    gram, right = used @ used.T, used @ wanted
    i, j = np.triu_indices(len(rows), 1)
    one, other, both = gram[i, i], gram[j, j], gram[i, j]
    with np.errstate(all="ignore"):
        determinant = one * other - both * both
        first = (right[i] * other - both * right[j]) / determinant
        second = (right[j] * one - both * right[i]) / determinant
        away = np.abs(first[:, None] * used[i] + second[:, None] * used[j] - wanted)
    close = np.all(away <= 4.0 * screen.slack + 1e-6 * np.max(np.abs(wanted)), axis=1)
    hits = np.flatnonzero(close & (determinant > 1e-9 * one * other))
    plain = plain_numbers(region) if len(hits) else []
    for hit in hits:
        pair = [c for number in (first[hit], second[hit]) if (c := nearest(float(number), plain)) is not None]
        if len(pair) < 2 or not screen.fits(pair[0] * used[i[hit]] + pair[1] * used[j[hit]] - (wanted - screen.target)):
            continue
        if region.source.data.size > 1 and is_multiple(
            pair[0] * used[i[hit]] + pair[1] * used[j[hit]], wanted - screen.target
        ):
            continue
        names = [texts[rows[i[hit]]], texts[rows[j[hit]]]]
        bits = price(names[0]) + price(names[1]) - 5.0 + sum([0.0 if abs(c) == 1.0 else 2.0 for c in pair])
        if USUAL.issuperset(names) and abs(pair[0]) == abs(pair[1]) == 1.0 and not region.arithmetic:
            bits = 8.8
        yield bits, {text: Scale(c, f"{c:g} times") for text, c in zip(names, pair)}


def plain_numbers(region: Region) -> list[float]:
    """Coefficients that people write: small whole numbers, halves, and the constants of this step."""
    plain = {1.0, 2.0, 0.5, 3.0, 4.0, 0.25, *[abs(c) for c in constants(region) if c != 0.0]}
    return sorted(plain | {-c for c in plain}, key=abs)


def nearest(c: float, plain: Sequence[float]) -> float | None:
    return next((p for p in plain if abs(c - p) <= 1e-6 * abs(p)), None)


def price(text: str) -> float:
    """The bits of one term."""
    if text == "1":
        return 8.5
    if text.startswith("the derivative of"):
        return 10.5
    return 9.0 + 0.15 * len(text)


def cause_of(
    graph: Graph, places: Sequence[Region], weights: Weights, bits: float, found: dict[str, np.ndarray]
) -> Cause:
    """The cause that says: the derivative of these regions is taken for a sum of terms."""
    sections = [Section.of(graph, region) for region in places]
    region = places[0]
    what = sum([c.value * found[text] for text, c in weights.items()])
    if len(region.nodes) > 3 and [
        text.startswith("the derivative of") and c.value == 1.0 for text, c in weights.items()
    ] == [True]:
        bits -= 3.0  # a whole activation that is taken for another one, not a path in it
    kind = kind_of(graph, region, list(weights), np.asarray(what))
    told = worded(weights)
    runs = " in all its runs" if len(places) > 1 else ""
    sentence = f"the derivative of {name_of(region)}{runs} is taken for {told}, where z goes in and a comes out"
    if list(weights) == ["1"] and weights["1"].value == 1.0:
        sentence = f"the derivative of {name_of(region)} is forgotten{runs}: the gradient passes as if it were 1"
    return Cause(
        kind,
        sentence,
        predicted(sections, weights),
        bits,
        (line_of(region.result),),
        {"derivative": told},
    )


def predicted(sections: Sequence[Section], weights: Weights) -> Callable[[Trial], Prediction]:
    """What a backward gives that takes the derivatives of these regions for a sum of terms."""

    def predict(trial: Trial) -> Prediction:
        recording = trial.reference.recording
        if recording is None:
            raise LookupError("the forward was not recorded")
        changes: dict = {}
        for section in sections:
            region = section.at(recording)
            found = material(region)
            if not all([text in found for text in weights]):
                raise LookupError("a term is not finite here")
            slope = sum([c.at(trial) * found[text] for text, c in weights.items()])
            changes |= region.instead(lambda g, slope=slope: g * slope)
        return list(recording.sweep([trial.upstream], changes))

    return predict


def worded(weights: Weights) -> str:
    """1 - a^2 for {"1": 1, "{a}^2": -1}."""
    parts = []
    for text, c in weights.items():
        term = text.format(z="z", a="a")
        sign = "-" if c.value < 0.0 else "+"
        size = abs(c.value)
        number = "" if size == 1.0 and term != "1" else f"{size:g}" if term == "1" else f"{size:g} "
        if c.source:
            number = f"{c.text.removesuffix(' times')} "
        parts.append((sign, number if term == "1" else number + term))
    head = ("-" if parts[0][0] == "-" else "") + parts[0][1]
    return " ".join([head, *[f"{sign} {term}" for sign, term in parts[1:]]])


def name_of(region: Region) -> str:
    """The step in words."""
    return region.result.op.name if len(region.nodes) == 1 else "this step"


def tied(graph: Graph, wrong: Sequence[int], places: Sequence[Region]) -> Iterator[Cause]:
    """All runs of one line with another derivative: every candidate is replayed, for the runs multiply."""
    groups: dict[tuple, list[Region]] = {}
    for region in places:
        key = tuple([(line_of(n), n.op.name) for n in region.nodes]), tuple([i for _, i in region.entries])
        groups.setdefault(key, []).append(region)
    several = [group for group in groups.values() if len(group) > 1 and line_of(group[0].result)]
    allowed = int(30_000 / max(1, len(graph.recording.order)))
    for group in several:
        found = [material(region) for region in group]
        for weights in candidates(found):
            allowed -= 1
            if allowed < 0:
                return
            changes: dict = {}
            for region, terms_here in zip(group, found):
                slope = sum([c.value * terms_here[text] for text, c in weights.items()])
                changes |= region.instead(lambda g, slope=slope: g * slope)
            moved = graph.recording.sweep([graph.trial.upstream], changes)
            for k in wrong:
                screen, leaf = graph.screen(k), graph.recording.leaves[k]
                if screen.fits(screen.effect(leaf, moved[k] - graph.trial.reference.values[k])):
                    bits = 9.5 if len(weights) > 1 else price(next(iter(weights))) + 1.0
                    yield cause_of(graph, group, weights, bits, found[0])
                    break


def candidates(found: Sequence[dict[str, np.ndarray]]) -> Iterator[Weights]:
    """The derivatives to try in all runs of a line: the usual sums first, then single terms."""
    for first, second, sign in SHORT:
        if all([first in f and second in f for f in found]):
            yield {first: Scale(1.0, "1 times"), second: Scale(sign, f"{sign:g} times")}
    for text in found[0]:
        if all([text in f for f in found]):
            yield {text: Scale(1.0, "1 times")}


SHORT = (
    ("1", "{a}", -1.0),
    ("1", "{a}^2", -1.0),
    ("1", "{a}^2", 1.0),
    ("1", "{z}^2", -1.0),
    ("1", "{z}", -1.0),
    ("{a}", "{a}^2", -1.0),
    ("{z}", "{z}^2", -1.0),
    ("1", "tanh({a})^2", -1.0),
    ("1", "tanh({z})^2", -1.0),
    ("sigmoid({a})", "sigmoid({a})^2", -1.0),
)
