"""Layers and losses.  Layer 7; the public list, and nothing else."""

from . import losses
from .activations import ReLU, Sigmoid, Softmax, Tanh
from .containers import Sequential
from .dense import Dense
from .module import Module

__all__ = ["Dense", "Module", "ReLU", "Sequential", "Sigmoid", "Softmax", "Tanh", "losses"]
