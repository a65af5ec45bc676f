"""Inputs that several families share, and the same inputs at another scale, in float32 or at a kink.  Knows NumPy alone."""

import functools

import numpy as np

__all__ = ["matrix", "one_hot", "scaled", "single", "vector", "with_zeros"]


def matrix(rng, n=5, d=3):
    """One matrix of normal numbers."""
    return (rng.normal(size=(n, d)),)


def vector(rng, n=7):
    return (rng.normal(size=n),)


def one_hot(labels, k):
    """One row for each label."""
    return np.eye(k)[labels]


def changed(make, change, positions):
    @functools.wraps(make)
    def made(rng, **sizes):
        inputs = make(rng, **sizes)
        chosen = range(len(inputs)) if not positions else positions
        floats = [i for i in chosen if isinstance(inputs[i], np.ndarray) and inputs[i].dtype.kind == "f"]
        return tuple(change(v) if i in floats else v for i, v in enumerate(inputs))

    return made


def scaled(make, factor, *positions):
    """The inputs of `make` times a factor: all arrays of floats, or those at the positions."""
    return changed(make, lambda x: x * factor, positions)


def single(make, *positions):
    """The inputs of `make` in float32."""
    return changed(make, lambda x: x.astype(np.float32), positions)


def with_zeros(make, *positions):
    """The inputs of `make` with every second number at exactly 0."""
    return changed(make, lambda x: np.where(np.arange(x.size).reshape(x.shape) % 2, x, 0.0).astype(x.dtype), positions)
