"""Perceptron: Rosenblatt's rule.  Layer 7, above descent.py; knows that it is gradient descent on a loss of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..tensor import Tensor
from .descent import SGD
from .parameters import check_number, tensors

__all__ = ["Perceptron"]


class Perceptron(SGD):
    r"""Rosenblatt's rule:  w <- w + lr (t - step(w x)) x, for the gradients of nn.losses.perceptron.

    parameters   the dict of model.parameters(), or Tensors in a list; a Tensor listed twice counts once
    lr           float >= 0, the learning rate. For one layer that starts at 0 it only scales the weights: every decision is the
                 same for every lr > 0
    The step function has no gradient; the loss max(0, -(2t - 1) w x) has one, (step(w x) - t) x, and its descent is the rule. So
    this is SGD without options. One backward pass and one `step` an example is the rule as published; a batch with
    reduction="sum" adds up the changes of its examples. The constant input that a threshold needs is the bias of nn.Dense.
    On separable examples it makes at most (R / gap)^2 mistakes from w = 0, where R is the largest |x| and gap the least distance
    of an example from a separating plane through 0 (Novikoff 1962); on others it never ends.
    Raises ValueError for numbers out of range, no parameters or one that is computed, TypeError for what is no Tensor.
    Source: Rosenblatt 1958.

    >>> w = Tensor([0.0, 0.0])
    >>> optimizer = Perceptron([w], lr=0.5)
    >>> score = w @ np.array([1.0, 2.0])  # step(0) = 1, but the label is 0
    >>> perceptron = (ops.step(score) - 0.0) * score  # nn.losses.perceptron(score, 0.0)
    >>> perceptron.backward()
    >>> optimizer.step()
    >>> w.numpy()
    array([-0.5, -1. ])
    """

    def __init__(self, parameters: Mapping[str, Tensor] | Iterable[Tensor], lr: float = 1.0) -> None:
        super().__init__(tensors("Perceptron", parameters), check_number("Perceptron", "lr", lr))

    def __repr__(self) -> str:
        return f"Perceptron({len(self.parameters)} parameters, lr={self.lr})"
