"""What optimisers are given: a list of parameters, and numbers.  Layer 7, first in optim/; knows no update rule."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..errors import user_line
from ..tensor import Tensor

__all__ = ["check_number", "tensors"]

ADVICE = "Pass model.parameters(), or a list of Tensors made with Tensor(...)."


def tensors(optimizer: str, parameters: Mapping[str, Tensor] | Iterable[Tensor]) -> list[Tensor]:
    """The parameters in order, each once; raises TypeError or ValueError if they are none."""
    expected = f"An optimiser changes the data of a list or dict of Tensors. {ADVICE}"
    if isinstance(parameters, Tensor) or not isinstance(parameters, Iterable):
        what = "one Tensor alone" if isinstance(parameters, Tensor) else f"a {type(parameters).__name__}"
        raise TypeError(f"{optimizer} got {what} as its parameters, at {user_line()}. {expected}")
    named = parameters.items() if isinstance(parameters, Mapping) else enumerate(parameters)
    found: dict[Tensor, None] = {}
    for name, p in named:
        if not isinstance(p, Tensor):
            raise TypeError(f"{optimizer} got a {type(p).__name__} as parameter {name!r}, at {user_line()}. {expected}")
        if p.op is not None:
            raise ValueError(
                f"{optimizer} got a computed Tensor of shape {p.shape}, the result of {p.op.name}, as parameter "
                f"{name!r}, at {user_line()}. New data would not change what it was computed from. {ADVICE}"
            )
        found[p] = None
    if not found:
        raise ValueError(f"{optimizer} got no parameters, at {user_line()}: there is nothing to train. {ADVICE}")
    return list(found)


def check_number(optimizer: str, name: str, x: Any, below: float = math.inf) -> float:
    """x as a float; raises unless 0 <= x < below."""
    expected = "a finite number, at least 0" if below == math.inf else f"a number with 0 <= {name} < {below:g}"
    advice = f"Expected {expected}. Pass for example {name}={0.9 if name == 'momentum' else 0.01}."
    if not isinstance(x, int | float | np.floating | np.integer) or isinstance(x, bool):
        raise TypeError(f"{optimizer} got {name}={x!r:.60}, of type {type(x).__name__}, at {user_line()}. {advice}")
    if not 0.0 <= x < below:  # false for nan
        raise ValueError(f"{optimizer} got {name}={x}, at {user_line()}. {advice}")
    return float(x)
