"""Layers made of layers.  Layer 7, above module.py; knows that they are called in turn, and nothing of what they compute."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .module import Module, check_callable

__all__ = ["Sequential"]


class Sequential(Module):
    """y = f_n(... f_2(f_1(x))): the layers one after the other, each called with the result of the one before.

    layers   functions of one argument: layers, ops, NumPy functions, your own. A function's own Tensors are no parameters of
             the model; write a Module for them
    model[i] is layer i, model[i:j] a Sequential of the same layers (their parameters are shared), len(model) their number.
    Raises TypeError for a layer that cannot be called.

    >>> Sequential(np.square, np.sum)(np.array([3.0, 4.0]))
    np.float64(25.0)
    """

    def __init__(self, *layers: Callable) -> None:
        for i, layer in enumerate(layers):
            check_callable("Sequential", f"layer {i}", layer)
        self.layers = list(layers)

    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x

    def __getitem__(self, i: int | slice) -> Any:
        return Sequential(*self.layers[i]) if isinstance(i, slice) else self.layers[i]

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Callable]:
        return iter(self.layers)
