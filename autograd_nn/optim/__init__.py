"""Optimisers.  Layer 7; the public list, and nothing else."""

from .descent import SGD

__all__ = ["SGD"]
