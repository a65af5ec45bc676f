"""Layers and losses.  Layer 7; the public list, and nothing else."""

from . import functional, init, losses
from .activations import (
    ELU,
    GELU,
    SELU,
    Identity,
    LeakyReLU,
    LogSoftmax,
    Mish,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Step,
    Tanh,
)
from .containers import Sequential
from .dense import Dense
from .module import Module

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "Dense",
    "Identity",
    "LeakyReLU",
    "LogSoftmax",
    "Mish",
    "Module",
    "ReLU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Step",
    "Tanh",
    "functional",
    "init",
    "losses",
]
