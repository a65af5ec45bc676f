"""Activation functions as layers.  Layer 7, above module.py; knows that they have no parameters; formulas are in ops."""

from __future__ import annotations

from typing import Any

from .. import ops
from .module import Module

__all__ = ["ReLU", "Sigmoid", "Softmax", "Tanh"]


class Sigmoid(Module):
    """y = 1 / (1 + exp(-x)), element by element; x, y of any shape; dy/dx = y (1 - y).

    Between 0 and 1, without overflow at any x.

    >>> Sigmoid()(0.0)
    0.5
    """

    def __call__(self, x: Any) -> Any:
        return ops.sigmoid(x)


class Tanh(Module):
    """y = tanh(x), element by element; x, y of any shape; dy/dx = 1 - y^2.

    >>> Tanh()(0.0)
    0.0
    """

    def __call__(self, x: Any) -> Any:
        return ops.tanh(x)


class ReLU(Module):
    """y = max(0, x), element by element; x, y of any shape; dy/dx = [x > 0], which is 0 at x = 0.

    >>> ReLU()(-1.5)
    0.0
    """

    def __call__(self, x: Any) -> Any:
        return ops.relu(x)


class Softmax(Module):
    """y = exp(x) / sum(exp(x)) along one axis; x, y of one shape; dy/dx = diag(y) - y y^T.

    axis   int, the axis along which y adds up to 1 (default: the last)
    The largest x is taken out first, so no x overflows. For a loss, leave it out and use nn.losses.cross_entropy on x.

    >>> Softmax()(np.array([[0.0, 0.0], [1000.0, 0.0]]))
    array([[0.5, 0.5],
           [1. , 0. ]])
    """

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def __call__(self, x: Any) -> Any:
        return ops.softmax(x, self.axis)
