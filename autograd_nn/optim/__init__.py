"""Optimisers.  Layer 7; the public list, and nothing else."""

from .descent import SGD
from .perceptron import Perceptron

__all__ = ["SGD", "Perceptron"]
