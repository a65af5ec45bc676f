"""An opinion about a gradient that uses no derivative rule: complex step, or differences.  Layer 8; knows NumPy alone."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..differences import slope

__all__ = ["Opinion", "along", "complex_step", "one_sided"]

STEP = 1e-30


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the witness says about one direction.

    how     complex step or differences, or silent: it can tell nothing (a kink, a jump, noise, an exception)
    value   the derivative along the direction;  error: a bound of its error
    """

    how: str
    value: float
    error: float


def along(
    f: Callable,
    inputs: Sequence[Any],
    active: Sequence[int],
    direction: Sequence[np.ndarray],
    seed: np.ndarray,
    expected: float,
    tolerance: float,
    kinks: bool = False,
) -> Opinion:
    """The derivative of sum(seed * f(inputs)) along `direction`; the complex step is believed only if it agrees with `expected`.

    A complex step is exact where f is analytic, and silently wrong where f takes an absolute value, compares or conjugates; so
    a disagreement is settled by differences, and where f is known to have kinks they are asked first.
    """
    value = complex_step(f, inputs, active, direction, seed)
    agrees = value is not None and abs(value - expected) <= tolerance
    if agrees and not kinks:
        return Opinion("complex step", float(value or 0.0), tolerance)
    point = moved(inputs, active, direction)

    def line(s: float) -> Any:
        try:
            return f(*point(s))
        except Exception:  # noqa: BLE001  outside of its domain a function may raise anything: there is no value there
            return np.full(seed.shape, np.nan)

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        sizes = [float(np.max(np.abs(inputs[i]), initial=0.0)) for i in active]
        found = slope(line, seed, [1.0, *[s for s in sizes if s]], max([*sizes, 1.0]))
    if found is not None:
        return Opinion("differences", found.value, found.error)
    return Opinion("complex step", float(value or 0.0), tolerance) if agrees else Opinion("silent", 0.0, np.inf)


def moved(inputs: Sequence[Any], active: Sequence[int], direction: Sequence[np.ndarray]) -> Callable[[complex], list]:
    """s -> the inputs moved by s along the direction."""

    def point(s: complex) -> list:
        arguments = list(inputs)
        for i, d in zip(active, direction):
            arguments[i] = np.asarray(inputs[i], np.float64) + s * d
        return arguments

    return point


def complex_step(
    f: Callable, inputs: Sequence[Any], active: Sequence[int], direction: Sequence[np.ndarray], seed: np.ndarray
) -> float | None:
    """Im f(x + ih d) / h, or None where f does not take complex numbers.  Squire & Trapp 1998."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", np.exceptions.ComplexWarning)  # float(z) drops what is being measured
            y = np.asarray(f(*moved(inputs, active, direction)(1j * STEP)))
            value = float(np.sum(seed * y.imag)) / STEP
    except Exception:  # noqa: BLE001  the user's code may raise anything at complex numbers, and then this is no witness
        return None
    return value if np.isfinite(value) else None


def one_sided(
    f: Callable, inputs: Sequence[Any], i: int, entry: tuple[int, ...], seed: np.ndarray
) -> tuple[float, float] | None:
    """The derivatives of sum(seed * f) by one entry of input i from below and from above, or None where they do not settle."""
    x = np.asarray(inputs[i], np.float64)
    unit = np.zeros(x.shape)
    unit[entry] = 1.0
    scale = max(abs(float(x[entry])), 1.0)
    point = moved(inputs, [i], [unit])
    sides = []
    for sign in (-1.0, 1.0):
        found = [
            sign * (total(f, point(sign * h), seed) - total(f, point(0.0), seed)) / h
            for h in (1e-5 * scale, 1e-6 * scale, 1e-7 * scale)
        ]
        if not np.all(np.isfinite(found)) or abs(found[2] - found[1]) > 1e-3 * abs(found[1]) + 1e-5:
            return None
        sides.append(found[1] + (found[1] - found[0]) / 9.0)
    return sides[0], sides[1]


def total(f: Callable, inputs: list, seed: np.ndarray) -> float:
    return float(np.sum(seed * np.asarray(f(*inputs))))
