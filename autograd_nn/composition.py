"""What a function made of operations tells about itself, for tests, NumPy's protocols and documentation.  Layer 1; knows no op.

A composition has no derivative of its own: its operations have.  It records nothing that they do not.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from .arguments import UNFIT, Taker, failed
from .domain import ANY, Interval, Matrices

__all__ = ["COMPOSITIONS", "Composition", "composition", "since"]

COMPOSITIONS: dict[str, Composition] = {}

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """One function made of operations.

    name       unique, with its module where it has one: "var", "linalg.norm", "nn.functional.pad"
    function   the public function;  numpy: the NumPy functions that it stands for, the first of which it is compared with
    cases      argument lists for tests, as in Op; a list may hold Shapes, and a dict at the end holds keywords
    domain     where the arrays of the cases may be sampled
    kink       the convention where the derivative jumps or several elements tie, in a few words
    analytic   whether the NumPy function is right at complex arguments, so that a complex step is an exact witness
    """

    name: str
    function: Callable
    numpy: tuple[Callable, ...]
    cases: tuple[tuple, ...]
    domain: Interval | Matrices
    kink: str
    analytic: bool


def composition(
    *numpy: Callable,
    cases: tuple[tuple, ...],
    domain: Interval | Matrices = ANY,
    kink: str = "",
    analytic: bool = True,
    name: str = "",
    home: str = "numpy",
) -> Callable[[F], F]:
    """Enters the decorated function into COMPOSITIONS, under its own name or `name`; `home` is the module that lists it."""

    def enter(function: F) -> F:
        taker = Taker(name or function.__name__, home)
        own = taker.name if home == "numpy" else f"{home}.{taker.name}"
        if own in COMPOSITIONS:
            raise ValueError(f"two compositions are called {own!r}; names of compositions are unique. Rename one.")

        @functools.wraps(function)
        def made(*args: Any, **keywords: Any) -> Any:
            try:
                return function(*args, **keywords)
            except UNFIT as error:
                raise failed(taker, (*args, *keywords.values()), error) from None

        COMPOSITIONS[own] = Composition(
            name=own, function=made, numpy=numpy, cases=cases, domain=domain, kink=kink, analytic=analytic
        )
        return made  # type: ignore[return-value]  # of the same signature, by wraps

    return enter


def since(name: str) -> tuple[Callable, ...]:
    """The NumPy functions of that name: one, or none in releases before it came."""
    return (getattr(np, name),) if hasattr(np, name) else ()
