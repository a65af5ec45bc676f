"""Causes at windows and indices: put back at another place, or written over one another.  Layer 8; knows recordings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..ops.indexing import repeats
from .causes import Cause
from .paths import Graph, line_of, replay
from .proposals import Proposal, guarded
from .recording import Change

__all__ = ["padded", "scattered", "stride_causes"]


def stride_causes(graph: Graph, k: int) -> Iterator[Cause]:
    """Windows of a loop put back at their number, without the stride; or moved by the padding."""
    screen, leaf = graph.screen(k), graph.recording.leaves[k]
    for edges in graph.runs().values():
        if edges[0][0].op.name != "index" or not isinstance(edges[0][0].inputs[0].data, np.ndarray):
            continue
        keys = [as_tuple(n.args[1]) for n, _ in edges]
        for text, other in (*strides(keys), *offsets(keys, edges[0][0].inputs[0].data.shape)):
            changes = {edge: guarded(placed(key)) for edge, key in zip(edges, other)}
            moved = graph.recording.sweep([graph.trial.upstream], changes)[k]
            if not screen.fits(screen.effect(leaf, moved - graph.trial.reference.values[k])):
                continue
            spots = {graph.spot(edge): change for edge, change in changes.items()}
            yield Cause("window-offset", text, replay(spots), 9.0, (line_of(edges[0][0]),))


def placed(key: tuple) -> Change:
    """Contributions written at another key."""

    def change(g: Any, y: Any, args: tuple, d: Any) -> Any:
        out = np.zeros(d.shape)
        np.add.at(out, key, g)
        return out

    return change


def strides(keys: list[tuple]) -> Iterator[tuple[str, list[tuple]]]:
    """Keys with every start divided by the common step of its axis."""
    steps = []
    for parts in zip(*keys):
        starts = [start_of(part) for part in parts]
        known = [s for s in starts if s is not None]
        steps.append(int(np.gcd.reduce(known)) if len(known) == len(starts) and len(set(known)) > 1 else 1)
    if any([s > 1 for s in steps]):
        yield (
            "the stride is forgotten: window i is put back at i",
            [tuple([divided(part, s) for part, s in zip(key, steps)]) for key in keys],
        )


def start_of(part: Any) -> int | None:
    if isinstance(part, slice):
        return 0 if part.start is None else int(part.start)
    return int(part) if isinstance(part, int | np.integer) else None


def divided(part: Any, step: int) -> Any:
    start = start_of(part)
    if start is None or step == 1:
        return part
    if isinstance(part, slice):
        width = 0 if part.stop is None else part.stop - start
        return slice(start // step, start // step + width, part.step)
    return start // step


def offsets(keys: list[tuple], shape: tuple[int, ...]) -> Iterator[tuple[str, list[tuple]]]:
    """All keys moved by a few places along the axes in which they move."""
    moving = [a for a, parts in enumerate(zip(*keys)) if len({start_of(p) for p in parts}) > 1]
    for step in (1, -1, 2, -2):
        if moving:
            yield (
                f"the windows are put back {step} places off",
                [tuple([shifted(p, step) if a in moving else p for a, p in enumerate(key)]) for key in keys],
            )


def scattered(key: Any, shape: tuple[int, ...]) -> Iterator[Proposal]:
    """Other ways to put numbers back where an index took them from."""
    if repeats(key):

        def last(g: Any, y: Any, args: tuple, d: Any) -> Any:
            out = np.zeros(d.shape)
            out[args[1]] = g
            return out

        def first(g: Any, y: Any, args: tuple, d: Any) -> Any:
            places = np.arange(d.size).reshape(d.shape)[args[1]]
            taken, where = np.unique(places.ravel(), return_index=True)
            out = np.zeros(d.size)
            out[taken] = np.broadcast_to(g, places.shape).ravel()[where]
            return out.reshape(d.shape)

        def mean(g: Any, y: Any, args: tuple, d: Any) -> Any:
            counts = np.zeros(d.shape)
            np.add.at(counts, args[1], 1.0)
            return d / np.maximum(counts, 1.0)

        text = "an index that comes twice keeps {0} of its contributions, where they must add up (np.add.at)"
        yield Proposal("overwritten", text.format("the last"), last, 7.0)
        yield Proposal("overwritten", text.format("the first"), first, 8.0)
        yield Proposal("reduction-missing", "the contributions of equal indices are averaged, not added", mean, 8.0)
    if any([isinstance(part, slice) for part in (key if isinstance(key, tuple) else (key,))]):
        for offset in (1, -1):

            def moved(g: Any, y: Any, args: tuple, d: Any, offset: int = offset) -> Any:
                out = np.zeros(d.shape)
                out[tuple([shifted(part, offset) for part in as_tuple(args[1])])] = g
                return out

            yield Proposal("window-offset", f"the slice is moved by {offset}", moved, 10.0)


def as_tuple(key: Any) -> tuple:
    return key if isinstance(key, tuple) else (key,)


def shifted(part: Any, offset: int) -> Any:
    """A slice moved along its axis; whole axes and other keys stay."""
    if not isinstance(part, slice) or (part.start is None and part.stop is None):
        return part
    start = (part.start or 0) + offset
    return slice(start, None if part.stop is None else part.stop + offset, part.step)


def padded(wide: tuple[int, ...], shape: tuple[int, ...]) -> Iterator[Proposal]:
    """The wrong part of what was padded: cut at the front, or not at all at the back."""
    room = [a - b for a, b in zip(wide, shape)]
    if not any(room) or len(wide) != len(shape):
        return
    for back in (False, True):

        def change(g: Any, y: Any, args: tuple, d: Any, back: bool = back) -> Any:
            starts = [a - b if back else 0 for a, b in zip(g.shape, d.shape)]
            return g[tuple([slice(s, s + m) for s, m in zip(starts, d.shape)])]

        yield Proposal(
            "window-offset", f"the padding is cut off at the {'front' if back else 'back'} only", change, 7.0
        )
