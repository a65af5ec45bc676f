"""Gradients at kinks: which values between the one-sided derivatives are a choice, and which are not.  Layer 8; knows pairs.

Near a kink the gradient takes several values, one on each side; a legitimate choice is a mean of them (Clarke 1983). So every
entry must lie between the least and the largest value nearby; a sum of entries that is the same on all sides must be that sum.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .reference import Trial, recorded
from .report import Finding
from .running import quiet
from .witness import complex_step

__all__ = ["differing", "kink_choices"]

NEAR, NEARER = 1e-7, 1e-9  # of the largest input: a smooth gradient changes less nearer by, a kink stays what it is
PAIRS = 5  # opposite points at first, and
MOST = 40  # at last, where ties hide an entry behind others
ENTRIES = 400  # entries of a function that cannot be recorded
SUMS = 64  # entries whose sums are looked at


class Nearby:
    """The gradients on several sides of a point, one in a row.

    owner, index   the active input and the place in its flattened gradient of each column
    """

    def __init__(self, trial: Trial, columns: dict[int, np.ndarray]) -> None:
        self.trial = trial
        self.owner = np.concatenate([np.full(len(c), k) for k, c in columns.items()])
        self.index = np.concatenate(list(columns.values()))
        self.hand = np.concatenate([np.ravel(np.asarray(trial.hand[k], float))[c] for k, c in columns.items()])
        self.columns = columns
        self.rng = np.random.default_rng(11)
        self.near, self.nearer = np.empty((0, len(self.owner))), np.empty((0, len(self.owner)))

    def look(self, pairs: int) -> bool:
        """Look at so many pairs of opposite points more, at two distances; False where the function does not tell."""
        for _ in range(pairs):
            ways = self.directions()
            rows = [self.at(self.moved(step, ways)) for step in (NEAR, -NEAR, NEARER, -NEARER)]
            known = [row for row in rows if row is not None]
            if len(known) < len(rows):
                return False
            self.near = np.vstack([self.near, *known[:2]])
            self.nearer = np.vstack([self.nearer, *known[2:]])
        return True

    def directions(self) -> list[np.ndarray]:
        found = []
        for i in self.trial.pair.active:
            x = np.asarray(self.trial.inputs[i], float)
            size = float(np.max(np.abs(x), initial=0.0)) or 1.0
            found.append(size * self.rng.uniform(0.5, 1.5, x.shape) * self.rng.choice([-1.0, 1.0], x.shape))
        return found

    def moved(self, step: float, ways: Sequence[np.ndarray]) -> list:
        inputs = list(self.trial.inputs)
        for i, way in zip(self.trial.pair.active, ways):
            inputs[i] = np.asarray(inputs[i], float) + step * way
        return inputs

    def at(self, inputs: list) -> np.ndarray | None:
        """The gradient there, of the columns."""
        trial = self.trial
        with quiet():
            if trial.reference.recording is not None:
                recording = recorded(trial.pair, inputs)
                if recording is None:
                    return None
                swept = recording.sweep([trial.upstream])
                return np.concatenate([np.ravel(swept[k])[c] for k, c in self.columns.items()])
            found = [self.by_step(inputs, int(k), int(n)) for k, n in zip(self.owner, self.index)]
        return None if None in found else np.array(found, float)

    def by_step(self, inputs: list, k: int, n: int) -> float | None:
        active = self.trial.pair.active
        direction = [np.zeros(np.shape(inputs[i])) for i in active]
        direction[k].reshape(-1)[n] = 1.0
        return complex_step(self.trial.pair.value, inputs, active, direction, self.trial.upstream)

    @property
    def rows(self) -> np.ndarray:
        return np.vstack([self.near, self.nearer])

    @property
    def kinks(self) -> np.ndarray:
        """Which columns jump: they change as much nearer by."""
        jump = np.ptp(self.nearer, axis=0)
        return (jump > 0.25 * np.ptp(self.near, axis=0)) & (jump > 1e-9 * np.max(np.abs(self.nearer), initial=0.0))

    @property
    def smooth(self) -> np.ndarray:
        """Which columns are right, only that the reference had no bound for them."""
        return np.abs(self.hand - self.rows.mean(axis=0)) <= 1e-4 * np.abs(self.hand) + 1e-300


def kink_choices(trial: Trial) -> dict[int, tuple[bool, Finding]]:
    """For every gradient that differs at kinks alone: whether its values there are a legitimate choice, and what to say."""
    off = {k: differing(trial, k).ravel() for k, h in enumerate(trial.hand) if h is not None}
    if not any([o.any() for o in off.values()]):
        return {}
    black = trial.reference.recording is None
    nearby = Nearby(trial, {k: np.flatnonzero(o) if black else np.arange(o.size) for k, o in off.items()})
    if (black and len(nearby.owner) > ENTRIES) or not nearby.look(1):
        return {}
    differs = np.concatenate([o[nearby.columns[k]] for k, o in off.items()])
    if not (nearby.kinks & differs).any() or not nearby.look(PAIRS - 1):
        return {}

    def mixed(k: int) -> bool:
        mine = (nearby.owner == k) & differs
        return bool((nearby.kinks & mine).any() and not (nearby.kinks | nearby.smooth)[mine].all())

    while len(nearby.near) < 2 * MOST and any([mixed(k) for k in off]):
        if not nearby.look(PAIRS):
            return {}
    found = {}
    for k in off:
        mine = (nearby.owner == k) & differs & nearby.kinks
        if mine.any() and not mixed(k):
            found[k] = entry_by_entry(trial, k, nearby, np.flatnonzero(mine))
    sums = broken_sums(nearby) if found and all([right for right, _ in found.values()]) else None
    if sums is None:
        return found
    return {k: (False, Finding(f.argument, f.kind, "", "certain", sums, f.evidence)) for k, (_, f) in found.items()}


def differing(trial: Trial, k: int) -> np.ndarray:
    """Where the gradient is not the reference, or the reference has no bound."""
    bound = trial.reference.bounds[k]
    with np.errstate(invalid="ignore"):
        return ~(np.abs(np.asarray(trial.hand[k], float) - trial.reference.values[k]) <= bound) | ~np.isfinite(bound)


def entry_by_entry(trial: Trial, k: int, nearby: Nearby, columns: np.ndarray) -> tuple[bool, Finding]:
    """Whether every entry is between the gradients nearby, and that in words."""
    rows, hand = nearby.rows[:, columns], nearby.hand[columns]
    low, high = rows.min(axis=0), rows.max(axis=0)
    slack = 1e-4 * (high - low)
    inside = (low - slack <= hand) & (hand <= high + slack)
    n = 0 if inside.all() else int(np.argmin(inside))
    right = trial.reference.values[k]
    place = tuple([int(i) for i in np.unravel_index(nearby.index[columns[n]], right.shape)])
    sides = f"they are {low[n]:.6g} and {high[n]:.6g}, and yours is {hand[n]:.6g}"
    sides = f"at {place} {sides}" if place else sides
    stand = f"{len(columns)} of its entries stand at a kink, where "
    worst = (place, float(hand[n]), float(right[place]), float(high[n] - low[n]))
    text = (
        f"{stand}every value between the one-sided derivatives is a legitimate choice: {sides}"
        if inside.all()
        else f"{stand}a gradient lies between the one-sided derivatives: {sides}"
    )
    evidence = {"worst": worst, "low": float(low[n]), "high": float(high[n])}
    return bool(inside.all()), Finding(trial.name(k), "kink-choice", "", "certain", text, evidence)


def broken_sums(nearby: Nearby) -> str | None:
    """A sum of entries that is the same on every side of the kinks, and another in the gradient by hand; in words, or None."""
    columns = np.flatnonzero(nearby.kinks)
    if not 2 <= len(columns) <= SUMS:
        return None
    if not nearby.look(
        (len(columns) - len(nearby.rows)) // 4 + 6
    ):  # as many as there are unknowns, and some to test with
        return None
    rows, hand = nearby.rows[:, columns], nearby.hand[columns]
    spread, centre = np.ptp(rows, axis=0), rows.mean(axis=0)
    scaled = nearby.rng.permutation((rows - centre) / spread)
    _, sizes, vectors = np.linalg.svd(scaled[:-6])
    fixed = vectors[np.count_nonzero(sizes > 1e-3) :]
    fixed = fixed[np.all(np.abs(fixed @ scaled[-6:].T) <= 1e-3, axis=1)]
    if not len(fixed) or np.max(np.abs(fixed @ ((hand - centre) / spread))) <= 1e-2:
        return None
    text = f"{len(columns)} entries tie. Each may have a share of the gradient, but the shares must add up to the whole"
    total = rows.sum(axis=1)
    if np.ptp(total) <= 1e-3 * np.max(spread):
        text += f": they are {total[0]:.6g} together on every side of the kink, and yours are {float(hand.sum()):.6g}"
    return text
