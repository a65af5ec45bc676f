"""Every hand-derived formula of the texts in one list; knows their files, not how one is verified.  Layer 9."""

from __future__ import annotations

from . import (
    allen,
    allen_dense,
    gap,
    khan,
    punnen,
    punnen_softmax,
    sudmersen,
    sudmersen_batch,
    sudmersen_functions,
    zhou,
)
from .formula import Formula

__all__ = ["catalogue"]

TEXTS = (allen, allen_dense, sudmersen, sudmersen_batch, sudmersen_functions, punnen, punnen_softmax, zhou, khan, gap)


def catalogue() -> list[Formula]:
    """All formulas in order of text: Allen, Südmersen, Punnen, Zhou, Khan, and the gaps that the texts leave.

    Raises ValueError if two formulas share an id.
    Example: catalogue()[0].id == "allen-eq3"
    """
    formulas = [formula for text in TEXTS for formula in text.FORMULAS]
    ids = [formula.id for formula in formulas]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise ValueError(f"catalogue: the ids {', '.join(twice)} occur twice; every formula needs an id of its own.")
    return formulas
