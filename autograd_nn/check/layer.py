"""`check_layer`: an object with forward and backward, by its inputs and by its weights.  Layer 8."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .backward import check_backward
from .report import Report

__all__ = ["check_layer"]


def check_layer(layer: Any, *inputs: Any, wrt: Sequence[str] | None = None, upstream: Any = None) -> Report:
    """Whether a layer's backward is the derivative of its forward by the inputs and by its weights, and if not, why.

    layer      an object with forward (or forward_pass, __call__, ...) and backward (or backward_pass, gradient, ...). Weights are
               the arrays that it holds and has gradients of: in attributes (dW, grad_W, W.grad), in dicts or lists beside them
               (grads["W"]), returned after those of the inputs, or seen by an update inside of backward with a learning rate
               that the layer or the call tells. A class is built with the last inputs. The layer itself is not changed
    inputs     what forward takes
    wrt        the names of the inputs and weights to look at: ("x", "W", "params['W1']")
    upstream   the cotangent of the result (default: random numbers, which hide nothing)
    returns    a Report: print it, or read .verdict, .arguments and .findings

    >>> import numpy as np
    >>> class Scale:
    ...     def __init__(self, w):
    ...         self.w = w
    ...     def forward(self, x):
    ...         self.x = x
    ...         return x * self.w
    ...     def backward(self, dout):
    ...         self.dw = (dout * self.x).mean(axis=0)
    ...         return dout * self.w
    >>> print(check_layer(Scale(np.array([2.0, 0.5])), np.array([[1.0, 3.0], [-1.0, 0.5], [0.2, 0.7]])))
    Scale: wrong
      x  right: ... attainable digits agree
      w  wrong: 2 of 2 entries; worst at ...
      ...all of it is 1/x.shape[0] = 1/3 times the right one. ... [factor]
    ...
    """
    return check_backward(layer, None, *inputs, wrt=wrt, upstream=upstream)
