"""`numerical`: the derivative of a black box with a bound of its error, and no step to choose.  Layer 8; knows NumPy alone."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..differences import slope
from ..errors import DtypeError, OutputError, user_line
from .pairs import name_of
from .witness import one_sided

__all__ = ["Estimate", "numerical"]

STEP = 1e-30  # of the complex step: no difference is taken, so that nothing cancels
EPS = float(np.finfo(float).eps)
FUNCTION = 4.0  # f may round worse than to its last place, which differences see in part only
NEAR = (
    2.0**-30,
    3.0 * 2.0**-29,
    5.0 * 2.0**-31,
    7.0 * 2.0**-28,
)  # of x, to both sides: what bends so close by is rounding


@dataclass(frozen=True)
class Estimate:
    """A derivative and how far it may be off; it unpacks as (value, error).

    value    d f / d x, of the shape of f's result with that of x behind; nan where nothing settles, and at kinks
    error    a bound of the error of every entry; inf where value is nan
    kinks    {place in value: (derivative from below, from above)}
    how      "complex step" or "differences" for every entry; "" where nothing settles
    """

    value: Any
    error: Any
    kinks: dict[tuple[int, ...], tuple[float, float]] = field(default_factory=dict)
    how: Any = ""

    def __iter__(self) -> Iterator:
        return iter((self.value, self.error))


def numerical(f: Callable, x: Any) -> Estimate:
    """The derivative of a function that need not be differentiable by this library, with a bound of its error.

    f         function of a float or an array to a number or an array, such as compiled code or a simulation; called about 40
              times for each entry of x, on copies
    x         the point: a float, or an array of floats
    returns   an Estimate, which unpacks as (value, error). For a scalar f value is the gradient, of the shape of x; for an array
              the Jacobian, of shape f(x).shape + x.shape
    Each entry comes from a ladder of differences; where f takes complex numbers and the complex step lies within the error of
    the differences, from the complex step, which is right to rounding. At a kink the two sides differ: value is nan there, and
    both are in .kinks.
    Raises DtypeError if x is no float or array of floats, OutputError if f does not return real numbers.
    Source: Ridders 1982 (differences); Squire & Trapp 1998 (complex step).

    >>> value, error = numerical(lambda x: np.sum(np.sin(x)), np.array([0.0, 1.0]))
    >>> bool(np.all(abs(value - np.cos([0.0, 1.0])) <= error)), bool(np.all(error < 1e-12))
    (True, True)
    >>> numerical(abs, 0.0).kinks
    {(): (-1.0, 1.0)}
    """
    given = np.asarray(x)
    if given.dtype.kind not in "fiub":
        raise DtypeError(
            f"numerical got {type(x).__name__} {x!r:.60} for x, at {user_line()}. It expects a float or an array of floats. For "
            "containers, differentiate a function of one array that takes it apart."
        )
    box = Box(f, given.astype(float), isinstance(x, np.ndarray))
    shape = (*box.shape, *given.shape)
    value, error = np.full(shape, np.nan), np.full(shape, np.inf)
    how = np.full(shape, "", dtype="<U12")
    kinks: dict[tuple[int, ...], tuple[float, float]] = {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for entry in np.ndindex(given.shape):
            column = Column(box, entry)
            for output in np.ndindex(box.shape):
                place = (*output, *entry)
                found = column.derivative(output)
                if found is not None:
                    value[place], error[place], how[place] = found
                elif (sides := column.sides(output)) is not None:
                    kinks[place] = sides
    if shape or isinstance(x, np.ndarray):
        return Estimate(value, error, kinks, how)
    return Estimate(float(value), float(error), kinks, str(how))


class Box:
    """f, called on copies of one kind; shape: of its result."""

    def __init__(self, f: Callable, x: np.ndarray, is_array: bool) -> None:
        self.f, self.x, self.is_array = f, x, is_array
        y = np.asarray(self(x))
        if y.dtype.kind not in "fiub":
            raise OutputError(
                f"{name_of(f)} returned {type(self(x)).__name__}, at {user_line()}. numerical expects a number or an array of "
                "real numbers. Return the part that is to be differentiated."
            )
        self.shape = y.shape

    def __call__(self, x: np.ndarray) -> Any:
        return self.f(x.copy() if self.is_array else x.item())

    def at(self, x: np.ndarray) -> np.ndarray:
        """f at another point; nan where it raises there, as outside of its domain."""
        try:
            y = np.asarray(self(x))
        except (ArithmeticError, ValueError):
            return np.full(self.shape, np.nan)
        return y if y.shape == self.shape else np.full(self.shape, np.nan)


class Column:
    """The derivatives of all results by one entry of x; evaluations are shared among the results."""

    def __init__(self, box: Box, entry: tuple[int, ...]) -> None:
        self.box, self.entry = box, entry
        self.size = abs(float(box.x[entry]))
        largest = float(np.max(np.abs(box.x)))
        self.lengths = [length for length in (self.size, largest, 1.0) if length]
        self.known: dict[float, np.ndarray] = {}
        self.steps: list[np.ndarray] | None = None

    def moved(self, s: complex) -> np.ndarray:
        x = self.box.x.astype(np.result_type(self.box.x, type(s)))
        x[self.entry] += s
        return x

    def along(self, s: float) -> np.ndarray:
        if s not in self.known:
            self.known[s] = self.box.at(self.moved(s))
        return self.known[s]

    def derivative(self, output: tuple[int, ...]) -> tuple[float, float, str] | None:
        """(value, bound of the error, how), or None where nothing settles."""
        weights = np.zeros(self.box.shape)
        weights[output] = 1.0
        found = slope(self.along, weights, self.lengths, self.size)
        if found is None:
            return None
        bound = FUNCTION * found.error
        exact = [float(y[output].imag) / STEP for y in self.complex_steps()]
        if exact and np.all(np.isfinite(exact)) and abs(exact[0] - found.value) <= bound:
            bends = [abs(before + after - 2.0 * exact[0]) for before, after in zip(exact[1::2], exact[2::2])]
            rounding = 8.0 * max(bends) + 16.0 * EPS * abs(exact[0]) + float(np.finfo(float).tiny)
            if rounding < bound:
                return exact[0], rounding, "complex step"
        return found.value, bound, "differences"

    def complex_steps(self) -> list[np.ndarray]:
        """f at the point and at pairs of points close beside it, each with the imaginary step; empty where it refuses."""
        if self.steps is None:
            apart = [sign * self.size * part for part in NEAR for sign in (-1.0, 1.0)]
            self.steps = []
            try:
                warnings.simplefilter("error", np.exceptions.ComplexWarning)  # float(z) drops what is being measured
                for s in (0.0, *apart):
                    y = np.asarray(self.box(self.moved(complex(s, STEP))))
                    if y.dtype.kind != "c" or y.shape != self.box.shape:
                        raise TypeError("f lost the imaginary part")
                    self.steps.append(y)
            except Exception:  # noqa: BLE001  f may raise anything at complex numbers; then differences are what there is
                self.steps = []
            finally:
                warnings.simplefilter("ignore")
        return self.steps

    def sides(self, output: tuple[int, ...]) -> tuple[float, float] | None:
        """The one-sided derivatives, where they settle and differ."""
        weights = np.zeros(self.box.shape)
        weights[output] = 1.0
        found = one_sided(self.box.at, [self.box.x], 0, self.entry, weights)
        if found is None or not abs(found[0] - found[1]) > 1e-4 * max(map(abs, found)):
            return None
        return found
