"""Data sets drawn from a formula and a seed.  Layer 7; knows NumPy's random numbers, no file and no engine."""

from __future__ import annotations

import math
from operator import index

import numpy as np

__all__ = ["moons"]


def moons(n: int = 100, noise: float = 0.1, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    r"""Two interleaving half circles of radius 1, the classic set that no straight line separates.

        label 0, the upper moon:  (cos a,     sin a)          a evenly spaced in [0, pi], ends included
        label 1, the lower moon:  (1 - cos a, 1/2 - sin a)
        point = its place on the moon + noise * (e_1, e_2),   e_1, e_2 independent, standard normal

    n       int >= 2, number of points: n // 2 with label 0, the rest with label 1
    noise   finite float >= 0, standard deviation of each coordinate, in units of the moons' radius
    seed    int >= 0 of numpy.random.default_rng; it also shuffles the points, so that a slice mixes both labels
    Returns points (n, 2) float64, in units of the radius, and labels (n,) int64 in {0, 1}.
    Without noise, points lie in [-1, 2] x [-1/2, 1].  The same arguments give the same points with the same NumPy.

    Raises TypeError if n or seed is no integer or noise no real number, ValueError if one is out of range.
    Source: the shape and proportions of scikit-learn's make_moons (whose random numbers differ).

    >>> points, labels = moons(6, noise=0.0)
    >>> points.shape, sorted(labels.tolist())
    ((6, 2), [0, 0, 0, 1, 1, 1])
    >>> upper = points[labels == 0]
    >>> np.allclose(np.hypot(upper[:, 0], upper[:, 1]), 1.0)
    True
    """
    n, seed = whole("n", n, at_least=2), whole("seed", seed, at_least=0)
    spread = deviation(noise)
    upper, lower = np.linspace(0.0, np.pi, n // 2), np.linspace(0.0, np.pi, n - n // 2)
    points = np.concatenate(
        [
            np.column_stack([np.cos(upper), np.sin(upper)]),
            np.column_stack([1.0 - np.cos(lower), 0.5 - np.sin(lower)]),
        ]
    )
    labels = np.repeat(np.array([0, 1], dtype=np.int64), [n // 2, n - n // 2])
    rng = np.random.default_rng(seed)
    order = rng.permutation(n)
    return points[order] + spread * rng.standard_normal((n, 2)), labels[order]


def whole(name: str, value: int, at_least: int) -> int:
    """`value` as a Python int of at least `at_least`."""
    advice = f"expected an integer of at least {at_least}. Pass for example {name}={max(at_least, 100)}."
    try:
        if isinstance(value, bool | np.bool_):
            raise TypeError
        number = index(value)
    except TypeError:
        raise TypeError(f"moons: {name} is {value!r}, of type {type(value).__name__}; {advice}") from None
    if number < at_least:
        raise ValueError(f"moons: {name} is {number}; {advice}")
    return number


def deviation(noise: float) -> float:
    """`noise` as a finite Python float that is not negative."""
    advice = (
        "expected a finite number of at least 0, a standard deviation. Pass for example noise=0.1, or 0.0 for none."
    )
    try:
        if isinstance(noise, str | bytes):
            raise TypeError
        number = float(noise)
    except TypeError:
        raise TypeError(f"moons: noise is {noise!r}, of type {type(noise).__name__}; {advice}") from None
    if not (math.isfinite(number) and number >= 0.0):
        raise ValueError(f"moons: noise is {noise!r}; {advice}")
    return number
