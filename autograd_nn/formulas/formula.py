"""One hand-derived formula as data: what a text prints, and what it claims.  Layer 9; knows NumPy, not the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

__all__ = ["Formula"]

Claim = Literal["value", "gradient", "jacobian"]


def unchanged(derivative: np.ndarray) -> np.ndarray:
    """The layout of a text that gives a gradient the shape of its parameter."""
    return derivative


@dataclass(frozen=True, slots=True)
class Formula:
    r"""A printed formula and the statement that it makes about a function.

    Every callable takes the sampled quantities that it names among its parameters, and is plain NumPy: `hand` and `forward`
    therefore run on arrays, on complex arrays (the complex-step witness) and on Tensors alike.

    id          stable name in the catalogue of the texts, e.g. "allen-eq16"
    text        key of the text: allen, sudmersen, punnen, zhou, khan, or gap (implied by the texts, printed in none)
    equation    the equation's number or place in the text
    statement   the claim in one sentence of plain words
    latex       the formula as printed
    shapes      shapes of the quantities, in letters, e.g. "g (m, 1), x (n, 1) -> (m, n)"
    convention  C1 one example as a column, CB batch as columns, R1 and RB the same as rows, D3 stacks (M, n, 1), S scalar
    claim       "value": hand equals forward;  "gradient": hand is d forward / d wrt for a scalar forward;
                "jacobian": hand[i, j] is d forward[i] / d wrt[j], both read in row-major order
    hand        the formula exactly as the text derives it
    forward     the function that the claim is about; for a value claim, a plain loop that uses no linear algebra
    wrt         the sampled quantity that is differentiated (None for a value claim)
    sample      random generator -> {name: float64 array or static value}; sizes distinct, so that no transpose passes unseen
    layout      the derivative in the parameter's shape -> the text's layout (rowgrad texts transpose)
    witness     "complex" (complex step, exact to rounding; forward must be analytic) or "differences" (abs, max, comparisons)
    expected    the verdict on record: "holds" or "fails as printed"; verification compares it with the computed one
    """

    id: str
    text: str
    equation: str
    statement: str
    latex: str
    shapes: str
    convention: str
    claim: Claim
    hand: Callable[..., np.ndarray]
    forward: Callable[..., np.ndarray]
    sample: Callable[[np.random.Generator], Mapping[str, object]]
    wrt: str | None = None
    layout: Callable[[np.ndarray], np.ndarray] = unchanged
    witness: Literal["complex", "differences"] = "complex"
    expected: Literal["holds", "fails as printed"] = "holds"
