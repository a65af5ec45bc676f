"""Punnen's chapters 7 (softmax) and 8 (rows) as data; knows NumPy, not his earlier chapters.  Layer 9."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from .formula import Formula
from .sampling import (
    affine_loop,
    normal,
    one_hot,
    printed,
    probabilities,
    sampler,
    sigmoid,
    sigmoid_slope,
    smoothed,
    softmax,
    softmax_jacobian,
    softmax_loop,
    total,
)

__all__ = ["FORMULAS"]


def classifier(x, y, W1, b1, W2, b2):
    """Cross-entropy of a softmax layer on a sigmoid layer."""
    return -np.sum(y * np.log(softmax(W2 @ sigmoid(W1 @ x + b1) + b2)))


def inner_error(x, y, W1, b1, W2, b2):
    """Prediction minus target, carried back by the outer weights and met by the inner slopes."""
    z1 = W1 @ x + b1
    p = softmax(W2 @ sigmoid(z1) + b2)
    return (W2.T @ (p - y)) * sigmoid_slope(z1)


def row_passes(X, Y, W1, W2):
    """The forward pass of chapter 8, and its delta: z1, a1, z2, a2 - y."""
    z1 = X @ W1
    a1 = sigmoid(z1)
    z2 = a1 @ W2
    return z1, a1, z2, sigmoid(z2) - Y


def outer_as_printed(X, Y, W1, W2):
    """delta2 times slope at z2 times a1 transposed, from left to right."""
    _, a1, z2, delta = row_passes(X, Y, W1, W2)
    return delta * sigmoid_slope(z2) @ a1.T


def outer_corrected(X, Y, W1, W2):
    """a1 transposed times (delta2 and slope at z2, entry by entry)."""
    _, a1, z2, delta = row_passes(X, Y, W1, W2)
    return a1.T @ (delta * sigmoid_slope(z2))


def inner_as_printed(X, Y, W1, W2):
    """Slope at z1, a0 transposed, delta2, w2 and slope at z2, from left to right."""
    z1, _, z2, delta = row_passes(X, Y, W1, W2)
    return sigmoid_slope(z1) @ X.T @ delta @ W2 @ sigmoid_slope(z2)


def inner_corrected(X, Y, W1, W2):
    """a0 transposed times (the outer error through w2 transposed, met by the slope at z1)."""
    z1, _, z2, delta = row_passes(X, Y, W1, W2)
    return X.T @ ((delta * sigmoid_slope(z2)) @ W2.T * sigmoid_slope(z1))


NETWORK = "x (n, 1), y (m, 1), W1 (h, n), b1 (h, 1), W2 (m, h), b2 (m, 1)"
LAYER = "y (m, 1), W (m, n), a (n, 1), b (m, 1)"
ROWS = "X (B, n), Y (B, m), W1 (n, h), W2 (h, m)"

punnen = partial(Formula, text="punnen", convention="C1")
logits = partial(
    punnen,
    claim="gradient",
    shapes="y (n, 1), z (n, 1) -> (n, 1)",
    forward=lambda y, z: -np.sum(y * np.log(softmax(z))),
    sample=sampler(y=smoothed(5, 1), z=normal(5, 1)),
    wrt="z",
)
network = partial(
    punnen,
    claim="gradient",
    forward=classifier,
    sample=sampler(x=normal(3, 1), y=one_hot(5, 1), W1=normal(7, 3), b1=normal(7, 1), W2=normal(5, 7), b2=normal(5, 1)),
)
rows = partial(
    Formula,
    text="punnen",
    convention="RB",
    claim="gradient",
    forward=lambda X, Y, W1, W2: 0.5 * np.sum((Y - sigmoid(sigmoid(X @ W1) @ W2)) ** 2),
    sample=sampler(X=normal(7, 3), Y=normal(7, 2), W1=normal(3, 5), W2=normal(5, 2)),
)

FORMULAS: tuple[Formula, ...] = (
    # ---------------------------------------------------------------- chapter 7: softmax with cross-entropy
    punnen(
        id="punnen-7-softmax",
        equation="chapter 7",
        statement="Softmax divides the exponential of every potential by the sum of all exponentials.",
        latex=r"p_j = \frac{e^{z_j}}{\sum_k e^{z_k}}",
        shapes="z (n, 1) -> (n, 1)",
        claim="value",
        hand=lambda z: np.exp(z) / np.sum(np.exp(z)),
        forward=lambda z: softmax_loop(z),
        sample=sampler(z=normal(5, 1)),
    ),
    punnen(
        id="punnen-7-ce",
        equation="chapter 7",
        statement="The loss is minus the sum of targets times logarithms of predictions.",
        latex=r"L = -\sum_j y_j \log p_j",
        shapes="y (n, 1), p (n, 1) -> ()",
        claim="value",
        hand=lambda y, p: -np.sum(y * np.log(p)),
        forward=lambda y, p: total(lambda t, q: -t * math.log(q), y, p),
        sample=sampler(y=one_hot(5, 1), p=probabilities(5, 1)),
    ),
    logits(
        id="punnen-7-step1",
        equation="chapter 7",
        statement="Every potential acts on the loss through all predictions.",
        latex=(
            r"\frac{\partial L}{\partial z_i} = -\sum_k y_k \cdot "
            r"\frac{1}{p_k} \cdot \frac{\partial p_k}{\partial z_i}"
        ),
        hand=lambda y, z: softmax_jacobian(softmax(z)).T @ (-y / softmax(z)),
    ),
    punnen(
        id="punnen-7-dsoftmax",
        equation="chapter 7, the index of z read as j",
        statement=(
            "Prediction i changes with potential j by itself times (one if i = j, else zero, minus prediction j)."
        ),
        latex=r"\frac{\partial p_i}{\partial z_i} = p_i (\delta_{ij} - p_j)",
        shapes="z (n, 1) -> (n, n)",
        claim="jacobian",
        hand=lambda z: softmax(z) * (np.eye(len(z)) - softmax(z).T),
        forward=lambda z: softmax(z),
        sample=sampler(z=normal(5, 1)),
        wrt="z",
    ),
    logits(
        id="punnen-7-step2",
        equation="chapter 7, second line",
        statement="The derivative of softmax enters with indices i and j although the sum runs over k.",
        latex=r"-\sum_k y_k \cdot \frac{1}{p_k} \cdot p_i (\delta_{ij} - p_j)",
        shapes="y (n, 1), z (n, 1) -> (n, n)",
        hand=lambda y, z: -np.sum(y / softmax(z)) * softmax(z) * (np.eye(len(z)) - softmax(z).T),
        expected="fails as printed",
    ),
    logits(
        id="punnen-7-step2-corrected",
        equation="chapter 7, third line",
        statement="The free index has to be the one that is summed, as the next line of the text has it.",
        latex=r"-\sum_k y_k \cdot \frac{1}{p_k} \cdot p_k (\delta_{ik} - p_i)",
        hand=lambda y, z: -np.sum(y * (np.eye(len(z)) - softmax(z).T), axis=0)[:, None],
    ),
    logits(
        id="punnen-7-eqA1.1",
        equation="EqA1.1",
        statement="The gradient by the potentials is prediction minus target.",
        latex=r"\frac{\partial L}{\partial z^l} = p_i - y_i",
        hand=lambda y, z: softmax(z) - y,
    ),
    punnen(
        id="punnen-7-eqA1",
        equation="EqA1",
        statement="The last weights get prediction minus target times the activations before them as a row.",
        latex=r"\frac{\partial L}{\partial W^l} = (p - y) \cdot (a^{l-1})^T",
        shapes=f"{LAYER} -> (m, n)",
        claim="gradient",
        hand=lambda y, W, a, b: (softmax(W @ a + b) - y) @ a.T,
        forward=lambda y, W, a, b: -np.sum(y * np.log(softmax(W @ a + b))),
        sample=sampler(y=one_hot(5, 1), W=normal(5, 3), a=normal(3, 1), b=normal(5, 1)),
        wrt="W",
    ),
    punnen(
        id="punnen-7-eqA2.1",
        equation="EqA2.1",
        statement="One layer back, the error is carried by the transposed weights and met by the slopes.",
        latex=r"\frac{\partial L}{\partial z^{l-1}} = \left( (W^l)^T \cdot (p - y) \right) \odot \sigma'(z^{l-1})",
        shapes="y (m, 1), W (m, n), z (n, 1), b (m, 1) -> (n, 1)",
        claim="gradient",
        hand=lambda y, W, z, b: (W.T @ (softmax(W @ sigmoid(z) + b) - y)) * sigmoid_slope(z),
        forward=lambda y, W, z, b: -np.sum(y * np.log(softmax(W @ sigmoid(z) + b))),
        sample=sampler(y=one_hot(5, 1), W=normal(5, 3), z=normal(3, 1), b=normal(5, 1)),
        wrt="z",
    ),
    network(
        id="punnen-7-eqA2-final",
        equation="EqA2, last line",
        statement="The inner weights get that error times the activations before them as a row.",
        latex=r"\frac{\partial L}{\partial W^{l-1}} = (((W^l)^T (p - y)) \odot \sigma'(z^{l-1})) (a^{l-2})^T",
        shapes=f"{NETWORK} -> (h, n)",
        hand=lambda x, y, W1, b1, W2, b2: inner_error(x, y, W1, b1, W2, b2) @ x.T,
        wrt="W1",
    ),
    # ---------------------------------------------------------------- chapter 8: a batch of rows
    punnen(
        id="punnen-8-forward",
        equation="chapter 8",
        statement="With one example per row, a layer without bias is the examples times the weights.",
        latex=r"Z = X W",
        shapes="X (B, m), W (m, n) -> (B, n)",
        convention="RB",
        claim="value",
        hand=lambda X, W: X @ W,
        forward=lambda X, W: affine_loop(W.T, X.T, np.zeros((W.shape[1], 1))).T,
        sample=sampler(X=normal(7, 3), W=normal(3, 5)),
    ),
    rows(
        id="punnen-8-eq3",
        equation="chapter 8, Eq 3",
        statement="For rows, the outer weights get error, slope and, on the right, the transposed hidden activations.",
        latex=r"\frac{\partial C}{\partial w^2} = \delta^2 * \sigma'(z^2) * (a^1)^T",
        shapes=f"{ROWS} -> no value",
        hand=lambda X, Y, W1, W2: printed(lambda: outer_as_printed(X, Y, W1, W2)),
        wrt="W2",
        expected="fails as printed",
    ),
    rows(
        id="punnen-8-eq3-corrected",
        equation="chapter 8, Eq 3",
        statement="For rows the transposed activations belong on the left, so that the product sums the examples.",
        latex=r"\frac{\partial C}{\partial w^2} = (a^1)^T (\delta^2 \odot \sigma'(z^2))",
        shapes=f"{ROWS} -> (h, m)",
        hand=outer_corrected,
        wrt="W2",
    ),
    rows(
        id="punnen-8-eq5",
        equation="chapter 8, Eq 5",
        statement="For rows, the inner weights get slope, transposed input, error, outer weights, slope in this order.",
        latex=r"\frac{\partial C}{\partial w^1} = \sigma'(z^1) * (a^0)^T * \delta^2 * w^2 \cdot \sigma'(z^2)",
        shapes=f"{ROWS} -> no value",
        hand=lambda X, Y, W1, W2: printed(lambda: inner_as_printed(X, Y, W1, W2)),
        wrt="W1",
        expected="fails as printed",
    ),
    rows(
        id="punnen-8-eq5-corrected",
        equation="chapter 8, Eq 5",
        statement=(
            "The factors are those of one weight in scalar form; for rows their order and a transpose are missing."
        ),
        latex=(
            r"\frac{\partial C}{\partial w^1} = (a^0)^T \left( ((\delta^2 "
            r"\odot \sigma'(z^2)) (w^2)^T) \odot \sigma'(z^1) \right)"
        ),
        shapes=f"{ROWS} -> (n, h)",
        hand=inner_corrected,
        wrt="W1",
    ),
)
