"""Samplers and the few functions shared by the printed formulas; knows NumPy, not the formulas.  Layer 9."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

__all__ = [
    "affine_loop",
    "away_from_zero",
    "entrywise",
    "normal",
    "one_hot",
    "positive",
    "printed",
    "probabilities",
    "sampler",
    "sigmoid",
    "sigmoid_loop",
    "sigmoid_slope",
    "signs",
    "smoothed",
    "softmax",
    "softmax_jacobian",
    "softmax_loop",
    "total",
]

Draw = Callable[[np.random.Generator], np.ndarray]


def sampler(**draws: Draw) -> Callable[[np.random.Generator], Mapping[str, object]]:
    """A function that draws every named quantity, in order, from one generator."""
    return lambda rng: {name: draw(rng) for name, draw in draws.items()}


def normal(*shape: int) -> Draw:
    """Standard normal numbers."""
    return lambda rng: np.asarray(rng.normal(size=shape))


def positive(*shape: int) -> Draw:
    """Positive numbers: exponentials of normals."""
    return lambda rng: np.exp(rng.normal(size=shape))


def away_from_zero(*shape: int) -> Draw:
    """Numbers that keep 0.1 away from zero, where a kink may be; half of them positive, in random order."""

    def draw(rng: np.random.Generator) -> np.ndarray:
        x = 0.1 + np.abs(rng.normal(size=shape))
        return x * rng.permutation((-1.0) ** np.arange(x.size)).reshape(shape)

    return draw


def signs(*shape: int) -> Draw:
    """Labels -1 or +1."""
    return lambda rng: rng.choice([-1.0, 1.0], size=shape)


def probabilities(*shape: int, axis: int = 0) -> Draw:
    """Positive numbers that add up to 1 along `axis`: softmax of normals."""
    return lambda rng: softmax(rng.normal(size=shape), axis)


def one_hot(*shape: int, axis: int = 0) -> Draw:
    """A single 1 along `axis`, the rest 0."""

    def draw(rng: np.random.Generator) -> np.ndarray:
        x = rng.normal(size=shape)
        return (x == x.max(axis=axis, keepdims=True)).astype(float)

    return draw


def smoothed(*shape: int, axis: int = 0) -> Draw:
    """Label-smoothed targets: 0.9 of a one-hot target and 0.1 spread evenly along `axis`."""
    return lambda rng: 0.9 * one_hot(*shape, axis=axis)(rng) + 0.1 / shape[axis]


def sigmoid(z):
    """1 / (1 + exp(-z)), entry by entry."""
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_slope(z):
    """Derivative of the sigmoid at z."""
    return sigmoid(z) * (1.0 - sigmoid(z))


def softmax(z, axis: int = 0):
    """Exponentials of z divided by their sum along `axis`."""
    e = np.exp(z)
    return e / np.sum(e, axis=axis, keepdims=True)


def softmax_jacobian(p: np.ndarray) -> np.ndarray:
    """diag(p) - p pᵀ for probabilities p (n, 1)."""
    return np.diag(p[:, 0]) - p @ p.T


def printed(product: Callable[[], np.ndarray]) -> np.ndarray:
    """The value of a product as printed; an empty (0, 0) array where its shapes do not fit, so that it has none."""
    try:
        return product()
    except ValueError:
        return np.empty((0, 0))


def entrywise(f: Callable[[float], float], x: np.ndarray) -> np.ndarray:
    """f of every entry, by a plain loop."""
    y = np.empty(x.shape)
    for index in np.ndindex(*x.shape):
        y[index] = f(float(x[index]))
    return y


def total(f: Callable[..., float], *arrays: np.ndarray) -> np.ndarray:
    """Sum of f(a, b, ...) over the corresponding entries of arrays of one shape, by a plain loop."""
    result = 0.0
    for index in np.ndindex(*arrays[0].shape):
        result += f(*(float(a[index]) for a in arrays))
    return np.asarray(result)


def affine_loop(W: np.ndarray, X: np.ndarray, b: np.ndarray) -> np.ndarray:
    """W X + b for examples as columns, by a plain loop: W (m, n), X (n, B), b (m, 1)."""
    Y = np.empty((W.shape[0], X.shape[1]))
    for i, k in np.ndindex(*Y.shape):
        Y[i, k] = b[i, 0]
        for j in range(W.shape[1]):
            Y[i, k] += W[i, j] * X[j, k]
    return Y


def sigmoid_loop(z: np.ndarray) -> np.ndarray:
    """The sigmoid of every entry, by a plain loop."""
    return entrywise(lambda u: 1.0 / (1.0 + math.exp(-u)), z)


def softmax_loop(z: np.ndarray) -> np.ndarray:
    """Softmax of every column, by a plain loop: z (n, B)."""
    p = np.empty(z.shape)
    for i, k in np.ndindex(*z.shape):
        p[i, k] = math.exp(z[i, k]) / sum(math.exp(z[j, k]) for j in range(len(z)))
    return p
