"""Layers as functions, under PyTorch's names with `axis` for `dim`.  Layer 7, last in nn/; a public list, and nothing else."""

from ..ops import elu, leaky_relu, log_softmax, mish, relu, sigmoid, silu, softmax, tanh
from .activations import gelu, selu, softplus

__all__ = [
    "elu",
    "gelu",
    "leaky_relu",
    "log_softmax",
    "mish",
    "relu",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "tanh",
]
