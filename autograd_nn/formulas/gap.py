"""Formulas that the texts need and print nowhere, as data; knows NumPy, not the printed formulas.  Layer 9."""

from __future__ import annotations

from functools import partial

import numpy as np

from .formula import Formula
from .sampling import normal, probabilities, sampler, sigmoid, sigmoid_slope, signs, smoothed, softmax

__all__ = ["FORMULAS"]

gap = partial(Formula, text="gap", convention="C1", claim="gradient")
network = partial(
    gap,
    forward=lambda x, y, W1, b1, W2, b2: 0.5 * np.sum((sigmoid(W2 @ sigmoid(W1 @ x + b1) + b2) - y) ** 2),
    sample=sampler(x=normal(3, 1), y=normal(5, 1), W1=normal(7, 3), b1=normal(7, 1), W2=normal(5, 7), b2=normal(5, 1)),
)


def last_error(x, y, W1, b1, W2, b2):
    """(a - y) times the slope of the last layer."""
    z = W2 @ sigmoid(W1 @ x + b1) + b2
    return (sigmoid(z) - y) * sigmoid_slope(z)


FORMULAS: tuple[Formula, ...] = (
    gap(
        id="gap-mae",
        equation="belongs to allen (9)",
        statement="The mean absolute error grows with the sign of the difference over the number of entries.",
        latex=r"\frac{\partial L}{\partial \hat{y}} = \frac{1}{N} \mathrm{sign}(\hat{y} - y)",
        shapes="y (N, 1), p (N, 1) -> (N, 1)",
        hand=lambda y, p: np.sign(p - y) / len(y),
        forward=lambda y, p: np.mean(np.abs(y - p)),
        sample=sampler(y=normal(5, 1), p=normal(5, 1)),
        wrt="p",
        witness="differences",
    ),
    gap(
        id="gap-bce",
        equation="belongs to allen (11)",
        statement="The binary cross-entropy grows with the difference over the variance of the prediction.",
        latex=r"\frac{\partial L}{\partial \hat{y}} = \frac{\hat{y} - y}{\hat{y} (1 - \hat{y})}",
        shapes="y (N, 1), p (N, 1) -> (N, 1)",
        hand=lambda y, p: (p - y) / (p * (1.0 - p)),
        forward=lambda y, p: -np.sum(y * np.log(p) + (1.0 - y) * np.log(1.0 - p)),
        sample=sampler(y=smoothed(5, 1), p=probabilities(5, 1)),
        wrt="p",
    ),
    gap(
        id="gap-hinge",
        equation="belongs to allen (13)",
        statement="The hinge loss falls with the label where the margin is not reached, and is flat elsewhere.",
        latex=r"\frac{\partial L}{\partial \hat{y}} = -y \, [y \hat{y} < 1]",
        shapes="y (N, 1), p (N, 1) -> (N, 1)",
        hand=lambda y, p: -y * (y * p < 1.0),
        forward=lambda y, p: np.sum(np.maximum(0.0, 1.0 - y * p)),
        sample=sampler(y=signs(5, 1), p=normal(5, 1)),
        wrt="p",
        witness="differences",
    ),
    gap(
        id="gap-softmax-vjp",
        equation="belongs to sudmersen (22)",
        statement="A gradient passes softmax without its matrix: subtract the mean under p, then multiply by p.",
        latex=r"v \mapsto p \odot (v - p^T v)",
        shapes="v (n, 1), z (n, 1) -> (n, 1)",
        hand=lambda v, z: softmax(z) * (v - np.sum(softmax(z) * v)),
        forward=lambda v, z: np.sum(v * softmax(z)),
        sample=sampler(v=normal(5, 1), z=normal(5, 1)),
        wrt="z",
    ),
    gap(
        id="gap-linear",
        equation="belongs to sudmersen, feature list",
        statement="The linear activation has the identity as its Jacobian.",
        latex=r"\mathbf{J} = I",
        shapes="z (n, 1) -> (n, n)",
        claim="jacobian",
        hand=lambda z: np.eye(len(z)),
        forward=lambda z: 1.0 * z,
        sample=sampler(z=normal(5, 1)),
        wrt="z",
    ),
    network(
        id="gap-bias-ch5-8",
        equation="belongs to punnen, chapters 5 to 8",
        statement="The gradient by a layer's bias is its error.",
        latex=r"\frac{\partial C}{\partial b^l} = \delta^l",
        shapes="x (n, 1), y (m, 1), W1 (h, n), b1 (h, 1), W2 (m, h), b2 (m, 1) -> (m, 1)",
        hand=last_error,
        wrt="b2",
    ),
    gap(
        id="gap-zhou-batch",
        equation="belongs to zhou (4)",
        statement="For a batch of columns the weight gradient is slopes and output gradients times transposed inputs.",
        latex=r"\frac{\partial E}{\partial W} = \left( F'(Y) \odot \frac{\partial E}{\partial Z} \right) X^T",
        shapes="G (m, B), W (m, n), X (n, B), b (m, 1) -> (m, n)",
        convention="CB",
        hand=lambda G, W, X, b: ((1.0 - np.tanh(W @ X + b) ** 2) * G) @ X.T,
        forward=lambda G, W, X, b: np.sum(G * np.tanh(W @ X + b)),
        sample=sampler(G=normal(5, 7), W=normal(5, 3), X=normal(3, 7), b=normal(5, 1)),
        wrt="W",
    ),
)
