"""Gradients at kinks: which values between the one-sided derivatives are a choice, and which are not.  Layer 8; knows pairs.

Near a kink the gradient takes several values, one on each side; a legitimate choice is a mean of them (Clarke 1983). So every entry
must lie between the least and the largest value nearby, and every sum of entries that is the same on all sides must be that sum.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .calls import quiet
from .reference import Trial, recorded
from .report import Finding
from .witness import complex_step

__all__ = ["differing", "kink_choices"]

NEAR, NEARER = (
    1e-7,
    1e-9,
)  # of the largest entry of an input: a smooth gradient changes less nearer by, a kink stays what it is
FIRST = 10  # gradients nearby that tell where kinks are
MOST = 64  # entries whose sums are looked at
ENTRIES = 400  # entries of a function that cannot be recorded


class Nearby:
    """The gradients on several sides of a point, as rows over all entries that differ from the reference or have no bound.

    places   (active input, index in its flattened gradient) of each column
    """

    def __init__(self, trial: Trial, places: Sequence[tuple[int, int]]) -> None:
        self.trial, self.places = trial, places
        self.rng = np.random.default_rng(11)

    def column(self, gradients: Sequence[np.ndarray]) -> np.ndarray:
        return np.array([float(np.ravel(gradients[k])[n]) for k, n in self.places])

    def sample(self, count: int, step: float) -> np.ndarray | None:
        """The gradients at so many points at this distance, or None where the function does not tell."""
        rows = [self.at(self.moved(step)) for _ in range(count)]
        return None if any([row is None for row in rows]) else np.array(rows)

    def moved(self, step: float) -> list:
        inputs = list(self.trial.inputs)
        for i in self.trial.pair.active:
            x = np.asarray(inputs[i], float)
            size = float(np.max(np.abs(x), initial=0.0)) or 1.0
            inputs[i] = x + step * size * self.rng.uniform(0.5, 1.5, x.shape) * self.rng.choice([-1.0, 1.0], x.shape)
        return inputs

    def at(self, inputs: list) -> np.ndarray | None:
        trial = self.trial
        with quiet():
            if trial.reference.recording is not None:
                recording = recorded(trial.pair, inputs)
                return None if recording is None else self.column(recording.sweep([trial.upstream]))
            found = [self.by_step(inputs, k, n) for k, n in self.places]
        return None if None in found else np.array(found, float)

    def by_step(self, inputs: list, k: int, n: int) -> float | None:
        active = self.trial.pair.active
        direction = [np.zeros(np.shape(inputs[i])) for i in active]
        direction[k].reshape(-1)[n] = 1.0
        return complex_step(self.trial.pair.value, inputs, active, direction, self.trial.upstream)


def kink_choices(trial: Trial) -> dict[int, tuple[bool, Finding]]:
    """For every gradient that differs at kinks alone: whether its values there are a legitimate choice, and what to say."""
    given = [k for k, h in enumerate(trial.hand) if h is not None]
    off = {k: differing(trial, k) for k in given}
    if not any([o.any() for o in off.values()]):
        return {}
    if trial.reference.recording is not None:
        places = [(k, n) for k in given for n in range(off[k].size)]
    else:
        places = [(k, int(n)) for k in given for n in np.flatnonzero(off[k])]
        if len(places) > ENTRIES:
            return {}
    nearby = Nearby(trial, places)
    near, nearer = nearby.sample(FIRST, NEAR), nearby.sample(FIRST, NEARER)
    if near is None or nearer is None:
        return {}
    spread = np.ptp(nearer, axis=0)
    kink = (spread > 0.25 * np.ptp(near, axis=0)) & (spread > 1e-9 * np.max(np.abs(nearer), initial=0.0))
    both = np.vstack([near, nearer])
    hand = nearby.column([np.zeros(1) if h is None else np.asarray(h, float) for h in trial.hand])
    found = {}
    for k in given:
        mine = np.array([j == k and off[k].ravel()[n] for j, n in places])
        if mine.any() and kink[mine].all():
            found[k] = entry_by_entry(trial, k, [n for j, n in np.array(places)[mine]], both[:, mine], hand[mine])
    if found and all([right for right, _ in found.values()]):
        sums = broken_sums(nearby, list(np.flatnonzero(kink)), hand, both)
        if sums is not None:
            found = {
                k: (False, Finding(f.argument, f.kind, "", "certain", sums, f.evidence)) for k, (_, f) in found.items()
            }
    return found


def differing(trial: Trial, k: int) -> np.ndarray:
    """Where the gradient is not the reference, or the reference has no bound."""
    bound = trial.reference.bounds[k]
    with np.errstate(invalid="ignore"):
        return ~(np.abs(np.asarray(trial.hand[k], float) - trial.reference.values[k]) <= bound) | ~np.isfinite(bound)


def entry_by_entry(
    trial: Trial, k: int, flat: Sequence[int], both: np.ndarray, hand: np.ndarray
) -> tuple[bool, Finding]:
    """Whether every entry is between the gradients nearby, and that in words."""
    low, high = both.min(axis=0), both.max(axis=0)
    slack = 1e-4 * (high - low)
    inside = (low - slack <= hand) & (hand <= high + slack)
    n = 0 if inside.all() else int(np.argmin(inside))
    place = tuple([int(i) for i in np.unravel_index(flat[n], trial.reference.values[k].shape)])
    sides = f"they are {low[n]:.6g} and {high[n]:.6g}, and yours is {hand[n]:.6g}"
    sides = f"at {place} {sides}" if place else sides
    stand = f"{len(flat)} of its entries stand at a kink, where "
    worst = (place, float(hand[n]), float(trial.reference.values[k][place]), float(high[n] - low[n]))
    evidence = {"worst": worst, "low": float(low[n]), "high": float(high[n]), "yours": float(hand[n])}
    text = (
        f"{stand}every value between the one-sided derivatives is a legitimate choice: {sides}"
        if inside.all()
        else f"{stand}a gradient lies between the one-sided derivatives: {sides}"
    )
    return bool(inside.all()), Finding(trial.name(k), "kink-choice", "", "certain", text, evidence)


def broken_sums(nearby: Nearby, columns: Sequence[int], hand: np.ndarray, both: np.ndarray) -> str | None:
    """A sum of entries that is the same on every side of the kinks, and another in the gradient by hand; in words, or None."""
    if not 2 <= len(columns) <= MOST:
        return None
    more = nearby.sample(len(columns) + 8, NEARER)
    if more is None:
        return None
    rows = np.vstack([both, more])[:, columns]
    spread = np.ptp(rows, axis=0)
    centre = rows.mean(axis=0)
    learn, test = (rows[:-6] - centre) / spread, (rows[-6:] - centre) / spread
    _, sizes, vectors = np.linalg.svd(learn)
    fixed = vectors[np.count_nonzero(sizes > 1e-3) :]
    fixed = fixed[np.all(np.abs(fixed @ test.T) <= 1e-3, axis=1)]
    mine = (hand[columns] - centre) / spread
    if not len(fixed) or np.max(np.abs(fixed @ mine)) <= 1e-2:
        return None
    text = f"{len(columns)} entries tie, and each may have a share of the gradient, but all together it is not a mean of the gradients nearby"
    total = rows.sum(axis=1)
    if np.ptp(total) <= 1e-3 * np.max(spread):
        text += f": they add up to {total[0]:.6g} on every side, and yours to {float(hand[columns].sum()):.6g}"
    return text
