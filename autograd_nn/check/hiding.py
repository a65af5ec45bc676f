"""What the given inputs hide by their sizes, by the upstream and by indices that do not repeat.  Layer 8; knows trials.

The forward alone is run at other sizes: an axis of size 1 that cannot be longer is meant for broadcasting, and two axes of one
size that can only change together are the same axis.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from .live import Pair
from .recording import Recording
from .reference import Trial
from .running import fresh
from .variation import Axis, axes_together, grown

__all__ = ["constant", "hiding", "index_inputs", "single_axes"]

RUNS = 64  # of the forward at other sizes, for each question
SINGLE = 20  # axes of size 1 that are tried one by one


def hiding(trials: Sequence[Trial], single: Sequence[Axis]) -> Iterator[str]:
    """Sentences, the most important first; what one trial hides and another one shows is not mentioned."""
    pair, inputs = trials[0].pair, trials[0].inputs
    single = [(i, a) for i, a in single if all([np.shape(t.inputs[i])[a : a + 1] == (1,) for t in trials])]
    if single:
        verb = "have" if single[1:] else "has"
        yield (
            f"{axes_of(pair, single)} {verb} size 1, so a missing sum, mean or factor of that size does not show: give it size 2 "
            "or more"
        )
    if all([constant(t) for t in trials]):
        number = trials[0].upstream.flat[0]
        yield (
            f"the upstream is {number:g} everywhere, so a sum or a mean over it in the wrong place may not show: pass random "
            "numbers, or none"
        )
    unique = [i for i in index_inputs(trials[0]) if not any([repeats(t.inputs[i]) for t in trials])]
    if unique:
        names = ", ".join([pair.names[i] for i in unique])
        yield (
            f"no index comes twice in {names}, so entries that replace each other, and should be added, do not show: let two be "
            "equal, if they may be"
        )
    for n, axes in equal_sizes(pair, inputs):
        apart = [a for a in axes if all([np.ndim(t.inputs[a[0]]) > a[1] for t in trials])]
        if all([len({np.shape(t.inputs[i])[a] for i, a in apart}) == 1 for t in trials]):
            listed = " and ".join([f"{pair.names[i]}.shape[{a}]" for i, a in axes])
            yield f"{listed} are both {n}, so the wrong one of them in a factor does not show: give them different sizes"
            return


def axes_of(pair: Pair, axes: Sequence[Axis]) -> str:
    """axis 0 of x, axes 0 and 1 of b."""
    parts = []
    for i, group in groupby(sorted(axes), key=lambda axis: axis[0]):
        numbers = [str(a) for _, a in group]
        parts.append(f"{'axes' if numbers[1:] else 'axis'} {' and '.join(numbers)} of {pair.names[i]}")
    return ", ".join(parts)


def single_axes(trial: Trial) -> list[Axis]:
    """The axes of size 1 that could be longer."""
    pair, inputs = trial.pair, trial.inputs
    all_of_them = [
        (i, a) for i, x in enumerate(inputs) if isinstance(x, np.ndarray) for a, n in enumerate(x.shape) if n == 1
    ]
    sizes = {n for x in inputs if isinstance(x, np.ndarray) for n in x.shape}
    by = next(n for n in range(2, len(sizes) + 3) if n not in sizes) - 1  # a size that nothing else has
    found = [axis for axis in all_of_them[:SINGLE] if takes(pair, grown(inputs, [axis], by))]
    if all_of_them and not found and takes(pair, grown(inputs, all_of_them, by)):
        return all_of_them
    return found


def takes(pair: Pair, inputs: Sequence[Any]) -> bool:
    """Whether the forward takes such inputs."""
    try:
        return bool(np.all(np.isfinite(np.asarray(pair.value(*fresh(inputs))))))
    except Exception:  # noqa: BLE001  code that does not take these inputs may raise anything
        return False


def equal_sizes(pair: Pair, inputs: Sequence[Any]) -> Iterator[tuple[int, list[Axis]]]:
    """Sizes that two axes have by accident: each of the two, with what belongs to it, can change alone."""
    left = iter(range(RUNS))

    def runs(other: Sequence[Any]) -> bool:
        return next(left, None) is not None and takes(pair, other)

    sizes = [n for x in inputs if isinstance(x, np.ndarray) for n in x.shape]
    if not [n for n in set(sizes) if n > 1 and sizes.count(n) > 1]:
        return
    groups: dict[int, list[Axis]] = {}
    for group in axes_together(runs, inputs):
        i, a = min(group)
        groups.setdefault(inputs[i].shape[a], []).append((i, a))
    for n, axes in sorted(groups.items()):
        if n > 1 and axes[1:]:
            yield n, sorted(axes)[:2]


def constant(trial: Trial) -> bool:
    """Whether the upstream is one number in all its entries, by the caller's choice."""
    v = trial.upstream
    return trial.pair.takes_upstream and v.size > 1 and bool(np.all(v == v.flat[0]))


def index_inputs(trial: Trial) -> list[int]:
    """The inputs of whole numbers by which the forward picks rows of something that is differentiated."""
    recording: Recording | None = trial.reference.recording
    picked = [] if recording is None else [n.args[1] for n in recording.order if n.op.name == "index"]
    arrays = [a for index in picked for a in sole(index)]
    return [
        i
        for i, x in enumerate(trial.inputs)
        if isinstance(x, np.ndarray)
        and x.dtype.kind in "iu"
        and x.size > 1
        and any([a.size == x.size and np.array_equal(a.ravel(), x.ravel()) for a in arrays])
    ]


def sole(index: Any) -> list[np.ndarray]:
    """The array of an index that has one: of several together, as in p[arange(n), y], none comes twice anyway."""
    parts = index if isinstance(index, tuple) else (index,)
    arrays = [a for a in parts if isinstance(a, np.ndarray) and a.dtype.kind in "iu"]
    return arrays if len(arrays) == 1 else []


def repeats(x: Any) -> bool:
    return np.unique(x).size < np.size(x)
