"""Dense: the affine layer.  Layer 7, above module.py; knows its equation and how its weights start."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import ShapeError, user_line
from ..op import shape_of
from ..tensor import Tensor
from .module import Module, check_callable

__all__ = ["Dense"]


class Dense(Module):
    r"""The affine map y = f(x W + b);  x (..., n_in), W (n_in, n_out), b (n_out,), y (..., n_out).  One row is one example.

    n_in, n_out   int > 0, the numbers of inputs and outputs
    activation    f, a function of one argument (default: the identity), such as ops.tanh or nn.ReLU()
    bias          False leaves b out
    rng           numpy.random.Generator, an int seed, or None for weights that differ from run to run. One seed given to two
                  layers of a shape gives them the same weights; one Generator does not
    dtype         float dtype of W and b. y has NumPy's common dtype of x and W: give float32 inputs to stay in float32
    dL/dW = x^T g, dL/db = the sum of g over the examples, dL/dx = g W^T, where g = dL/d(x W + b).
    W starts uniform on +-sqrt(6 / (n_in + n_out)), which keeps the variances of activations and gradients level; b at 0.
    Raises ValueError or TypeError for arguments that make no layer; the call, ShapeError if the last axis of x is not n_in.
    Source: Glorot & Bengio 2010, eq. 16.

    >>> layer = Dense(3, 2, rng=0)
    >>> layer(np.ones((5, 3), np.float32)).shape
    (5, 2)
    >>> layer
    Dense, 8 parameters
      weight: (3, 2) float32
      bias: (2,) float32
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        activation: Callable | None = None,
        *,
        bias: bool = True,
        rng: np.random.Generator | int | None = None,
        dtype: Any = np.float32,
    ) -> None:
        n_in, n_out = positive("n_in", n_in), positive("n_out", n_out)
        if activation is not None:
            check_callable("Dense", "activation", activation)
        limit = math.sqrt(6.0 / (n_in + n_out))
        self.weight = Tensor(generator(rng).uniform(-limit, limit, (n_in, n_out)), "weight", dtype=dtype)
        self.bias = Tensor(np.zeros(n_out), "bias", dtype=dtype) if bias else None
        self.activation = activation

    def __call__(self, x: Any) -> Any:
        self.check(shape_of(x))
        y = x @ self.weight
        if self.bias is not None:
            y = y + self.bias
        return y if self.activation is None else self.activation(y)

    def check(self, shape: tuple[int, ...]) -> None:
        """Raises ShapeError unless inputs of this shape fit the weights."""
        n_in, n_out = self.weight.shape
        if not shape or shape[-1] != n_in:
            turned = len(shape) == 2 and shape[0] == n_in
            raise ShapeError(
                f"Dense({n_in}, {n_out}) got an input of shape {shape}, at {user_line()}. Its last axis must have "
                f"{n_in} numbers, one for each row of the weights {self.weight.shape}. "
                + (
                    "One row is one example: did you mean x.T?"
                    if turned
                    else "Reshape the input, or change n_in of the layer."
                )
            )


def positive(name: str, size: int) -> int:
    """The size of a layer as an int; raises if it is none."""
    advice = f"A layer has a whole number of inputs and outputs, at least 1. Pass for example {name}=16."
    try:
        number = operator.index(size)
    except TypeError:
        raise TypeError(
            f"Dense got {name}={size!r:.60}, of type {type(size).__name__}, at {user_line()}. {advice}"
        ) from None
    if number < 1 or isinstance(size, bool):
        raise ValueError(f"Dense got {name}={size}, at {user_line()}. {advice}")
    return number


def generator(rng: np.random.Generator | int | None) -> np.random.Generator:
    """The random numbers that a layer draws its weights from."""
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise TypeError(
            f"Dense got rng={rng!r:.60}, at {user_line()}. The weights are drawn from a numpy.random.Generator. Pass "
            "numpy.random.default_rng(0), a seed >= 0, or None for other weights in every run."
        ) from None
