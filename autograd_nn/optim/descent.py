"""Gradient descent: SGD.  Layer 7, above parameters.py; knows how a gradient becomes a step, and no models or losses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..errors import ShapeError, user_line
from ..op import data_of
from ..tensor import Tensor
from .parameters import check_number, tensors

__all__ = ["SGD"]


class SGD:
    r"""Gradient descent:  p <- p - lr u, where u is the gradient, or a velocity that collects it. PyTorch's definitions.

        g = p.grad + weight_decay p
        v <- momentum v + g                      v starts at 0
        u = g                                    without momentum
        u = v                                    with momentum
        u = g + momentum v                       with nesterov

    parameters     the dict of model.parameters(), or Tensors in a list; a Tensor listed twice counts once
    lr             float >= 0, the learning rate, in [p]^2 / [loss]; `optimizer.lr = ...` changes it between steps
    momentum       float in [0, 1), dimensionless
    nesterov       True looks one step of v ahead; needs momentum
    weight_decay   float >= 0, in [loss] / [p]^2: the gradient of weight_decay |p|^2 / 2
    `step` gives each parameter new data of its own dtype, read-only; the arrays before stay as they were, and so do recorded
    graphs. In float16 and float32, a step below about half of p's rounding unit changes nothing.
    Raises ValueError for numbers out of range, no parameters or one that is computed, TypeError for what is no Tensor.
    Source: Sutskever et al. 2013, eq. 1-4, with lr outside of v as in PyTorch: a change of lr acts on the whole velocity.

    >>> p = Tensor([1.0, 2.0])
    >>> optimizer = SGD([p], lr=0.1)
    >>> (p * p).sum().backward()
    >>> optimizer.step()
    >>> p.numpy()
    array([0.8, 1.6])
    """

    def __init__(
        self,
        parameters: Mapping[str, Tensor] | Iterable[Tensor],
        lr: float,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        self.lr = check_number("SGD", "lr", lr)
        self.momentum = check_number("SGD", "momentum", momentum, below=1.0)
        self.weight_decay = check_number("SGD", "weight_decay", weight_decay)
        self.nesterov = nesterov
        if nesterov and not self.momentum:
            raise ValueError(
                f"SGD got nesterov=True with momentum={momentum}, at {user_line()}. Nesterov's step looks ahead along "
                "the velocity, which needs a momentum above 0. Pass for example momentum=0.9, or leave nesterov out."
            )
        self.parameters = tensors("SGD", parameters)
        self.velocity: dict[Tensor, Any] = {}

    def step(self) -> None:
        """Moves every parameter by one step along its `grad`; one without (grad is None) is skipped, with its velocity.

        Raises ShapeError, before anything has moved, if a `grad` that was set by hand has another shape than its parameter.
        """
        moving = [(p, gradient(p)) for p in self.parameters if p.grad is not None]
        for p, g in moving:
            before = p.data
            data = before - self.lr * self.update(p, g)
            if data.__class__ is not np.ndarray or data.dtype is not before.dtype:  # lr may be a NumPy float64
                data = np.asarray(data, before.dtype)
            data.setflags(write=False)
            p.data = data

    def update(self, p: Tensor, g: np.ndarray) -> np.ndarray:
        """The direction u of the step for one parameter; advances its velocity."""
        if self.weight_decay:
            g = g + self.weight_decay * p.data
        if not self.momentum:
            return g
        v = self.velocity[p] = self.momentum * self.velocity.get(p, 0.0) + g
        return g + self.momentum * v if self.nesterov else v

    def zero_grad(self) -> None:
        """Forgets the gradients: sets `grad` of every parameter to None, so that the next backward pass starts anew."""
        for p in self.parameters:
            p.grad = None

    def __repr__(self) -> str:
        options = [f"{n}={getattr(self, n)}" for n in ("momentum", "nesterov", "weight_decay") if getattr(self, n)]
        return f"SGD({', '.join([f'{len(self.parameters)} parameters', f'lr={self.lr}', *options])})"


def gradient(p: Tensor) -> np.ndarray:
    """The gradient of a parameter as an array of its shape and dtype."""
    g, data = p.grad, p.data
    if g.__class__ is np.ndarray and g.dtype is data.dtype and g.shape == data.shape:  # as backward leaves it
        return g
    g = np.asarray(data_of(g), p.dtype)
    if g.shape != p.shape:
        raise ShapeError(
            f"SGD.step(): a parameter of shape {p.shape}{f' named {p.name!r}' if p.name else ''} has a grad of shape "
            f"{g.shape}, at {user_line()}. A gradient has the shape of its parameter. Set grad to an "
            "array of that shape, or leave it to backward()."
        )
    return g
