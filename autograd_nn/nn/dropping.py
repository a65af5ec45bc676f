"""Dropout.  Layer 7, above inputs.py and init.py; made of operations."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..composition import composition
from ..domain import Shape
from ..errors import user_line
from ..op import shape_of
from .init import generator
from .inputs import numbers
from .module import check_finite

__all__ = ["dropout"]


@composition(home="nn.functional", cases=((Shape(2, 3), 0.4, True, 0), (Shape(2, 3), 0.4, False)))
def dropout(x: Any, p: float = 0.5, training: bool = True, rng: np.random.Generator | int | None = None) -> Any:
    r"""Each number of x dropped with probability p, the others divided by 1 - p:  E[y] = x.

    x          array or Tensor, any shape
    p          float from 0 to 1
    training   False gives x itself
    rng        numpy.random.Generator; an int seed drops the same numbers in every call; None: a new generator, which is slow
    dy/dx = 0 where x was dropped, else 1 / (1 - p).
    Raises ValueError or TypeError for another p or rng.
    Source: Hinton et al. 2012; with the division while training ("inverted"), as in PyTorch.

    >>> dropout(np.ones(4), 0.5, rng=1)
    array([0., 2., 2., 2.])
    """
    x, p = numbers("dropout", "x", x), check_finite("dropout", "p", p, "a number from 0 to 1")
    if not 0.0 <= p <= 1.0:
        raise ValueError(
            f"dropout got p={p:g}, at {user_line()}; expected a number from 0 to 1: the probability of dropping. Pass for "
            "example p=0.1."
        )
    if not training or p == 0.0:
        return x
    kept = generator("dropout", rng).random(shape_of(x), np.float32) >= p
    return x * (kept * np.asarray(1.0 / (1.0 - p) if p < 1.0 else 0.0, x.dtype))
