"""Where the arguments of an operation may be sampled.  Layer 1; knows NumPy alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

__all__ = [
    "ANY",
    "BEYOND_ONE",
    "DEFINITE",
    "NONZERO",
    "POSITIVE",
    "REGULAR",
    "SYMMETRIC",
    "UNIT",
    "Increasing",
    "Interval",
    "Matrices",
    "Shape",
    "kinks",
]


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval of legal arguments; a sample keeps clear of the kinks in `avoid` and contains 0 where 0 is legal.

    mirrored  the negatives are legal too (an argument that must not be zero)
    """

    low: float = -2.0
    high: float = 2.0
    avoid: tuple[float, ...] = ()
    mirrored: bool = False

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """A float64 array of `shape`, uniform on the interval, at least 0.1 away from every kink."""
        x = np.asarray(rng.uniform(self.low, self.high, shape))
        if self.mirrored:
            x = x * rng.choice((-1.0, 1.0), shape)
        elif self.low < 0.0 < self.high and x.size > 1:
            x.flat[0] = 0.0
        for kink in self.avoid:
            x = np.where(abs(x - kink) < 0.1, kink + 0.3, x)
        return x


ANY = Interval()
POSITIVE = Interval(0.3, 3.0)
NONZERO = Interval(0.3, 3.0, mirrored=True)
UNIT = Interval(-0.9, 0.9)
BEYOND_ONE = Interval(-0.9, 3.0)  # of log1p


def kinks(*points: float) -> Interval:
    """Any number except near `points`, where the derivative jumps."""
    return Interval(avoid=points)


@dataclass(frozen=True, slots=True)
class Matrices:
    """Matrices far from every other one without an inverse or with equal values, in the last two axes of a sample.

    kind   regular: any shape, with singular values near 1, 2, 3, ...; definite: symmetric, with eigenvalues near those;
           symmetric: with eigenvalues near 1, -2, 3, ...
    """

    kind: Literal["regular", "symmetric", "definite"] = "regular"

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """A float64 array of `shape`; one of fewer than two axes holds any numbers (a right-hand side)."""
        if len(shape) < 2:
            return ANY.sample(rng, shape)
        *lead, m, n = shape
        count = min(m, n)
        values = np.arange(1.0, count + 1.0) + rng.uniform(-0.15, 0.15, (*lead, count))
        if self.kind == "symmetric":
            values = values * (-1.0) ** np.arange(count)
        left = np.linalg.qr(rng.normal(size=(*lead, m, m)))[0][..., :count]
        right = left if self.kind != "regular" else np.linalg.qr(rng.normal(size=(*lead, n, n)))[0][..., :count]
        x = (left * values[..., None, :]) @ right.swapaxes(-1, -2)
        return x if self.kind == "regular" else 0.5 * (x + x.swapaxes(-1, -2))


REGULAR, SYMMETRIC, DEFINITE = Matrices(), Matrices("symmetric"), Matrices("definite")


@dataclass(frozen=True, slots=True)
class Increasing:
    """Increasing numbers near low, low + 1, low + 2, ..."""

    low: float = 0.0

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """A float64 array of one dimension, each number at most 0.08 away from a whole one."""
        return self.low + np.arange(*shape) + rng.uniform(-0.08, 0.08, shape)


class Shape(tuple):
    """In the cases of an op: an array of this shape, sampled from the domain; anything else is passed as it is."""

    __slots__ = ()

    def __new__(cls, *sizes: int) -> Shape:
        return super().__new__(cls, sizes)
