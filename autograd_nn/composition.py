"""What a function made of operations tells about itself, for tests, NumPy's protocols and documentation.  Layer 1; knows no op.

A composition has no derivative of its own: its operations have.  It records nothing that they do not.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from .arguments import UNFIT, failed_call
from .domain import ANY, Interval, Matrices

__all__ = ["COMPOSITIONS", "Composition", "composition"]

COMPOSITIONS: dict[str, Composition] = {}

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """One function made of operations.

    name       unique, with its module where NumPy has one: "var", "linalg.norm"
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
) -> Callable[[F], F]:
    """Enters the decorated function into COMPOSITIONS, under its own name or `name`."""

    def enter(function: F) -> F:
        own = name or function.__name__
        if own in COMPOSITIONS:
            raise ValueError(f"two compositions are called {own!r}; names of compositions are unique. Rename one.")

        @functools.wraps(function)
        def made(*args: Any, **keywords: Any) -> Any:
            try:
                return function(*args, **keywords)
            except UNFIT as error:
                raise failed_call(own, (*args, *keywords.values()), error) from None

        COMPOSITIONS[own] = Composition(
            name=own, function=made, numpy=numpy, cases=cases, domain=domain, kink=kink, analytic=analytic
        )
        return made  # type: ignore[return-value]  # of the same signature, by wraps

    return enter
