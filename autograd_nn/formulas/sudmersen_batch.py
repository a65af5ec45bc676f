"""Südmersen's batch, stacked along axis 0, as data; knows NumPy, neither his rows nor the engine.  Layer 9."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from .formula import Formula
from .sampling import (
    normal,
    one_hot,
    positive,
    probabilities,
    sampler,
    sigmoid,
    smoothed,
    softmax,
    softmax_jacobian,
    softmax_loop,
    total,
)

__all__ = ["FORMULAS"]

LAYER = "D (M, m, 1), W (m, n), A (M, n, 1), b (m, 1)"

stack = partial(Formula, text="sudmersen", convention="D3", claim="gradient")
mean_layer = partial(
    stack,
    forward=lambda D, W, A, b: np.sum(D * (W @ A + b)) / D.shape[0],
    sample=sampler(D=normal(7, 5, 1), W=normal(5, 3), A=normal(7, 3, 1), b=normal(5, 1)),
)
softmax_layer = partial(
    stack,
    forward=lambda Y, W, A, b: -np.sum(Y * np.log(softmax(W @ A + b, axis=1))) / Y.shape[0],
    sample=sampler(Y=one_hot(7, 5, 1, axis=1), W=normal(5, 3), A=normal(7, 3, 1), b=normal(5, 1)),
)


def coupled(Z, c):
    """An activation per example whose Jacobian is not symmetric: every entry of z times the sum of c z."""
    return Z * np.sum(c * Z, axis=1, keepdims=True)


def coupled_jacobians(Z: np.ndarray, c: np.ndarray) -> np.ndarray:
    """One Jacobian diag(sum of c z) + z cᵀ per example, stacked."""
    return np.sum(c * Z, axis=1, keepdims=True) * np.eye(Z.shape[1]) + Z @ c.T


def stacked_affine_loop(W: np.ndarray, A: np.ndarray, b: np.ndarray) -> np.ndarray:
    """W a + b for every example of a stack, by a plain loop."""
    Z = np.empty((len(A), len(W), 1))
    for m, i in np.ndindex(len(A), len(W)):
        Z[m, i, 0] = b[i, 0] + sum(W[i, k] * A[m, k, 0] for k in range(W.shape[1]))
    return Z


FORMULAS: tuple[Formula, ...] = (
    # ---------------------------------------------------------------- forward
    stack(
        id="sudmersen-eq16",
        equation="(16)",
        statement="The stacked potentials are the weights times every example's activations plus the repeated bias.",
        latex=r"\mathbf{Z}^l = \mathbf{W}^l \mathbf{A}^{l-1} + \mathbf{B}^l",
        shapes="W (m, n), A (M, n, 1), b (m, 1) -> (M, m, 1)",
        claim="value",
        hand=lambda W, A, b: W @ A + b,
        forward=stacked_affine_loop,
        sample=sampler(W=normal(5, 3), A=normal(7, 3, 1), b=normal(5, 1)),
    ),
    stack(
        id="sudmersen-eq17",
        equation="(17)",
        statement="The activation works on every example by itself: softmax sums along axis 1.",
        latex=r"\mathbf{A}^l = \mathbf{f}(\mathbf{Z}^l)",
        shapes="Z (M, n, 1) -> (M, n, 1)",
        claim="value",
        hand=lambda Z: softmax(Z, axis=1),
        forward=lambda Z: np.stack([softmax_loop(z) for z in Z]),
        sample=sampler(Z=normal(7, 5, 1)),
    ),
    stack(
        id="sudmersen-eq18",
        equation="(18)",
        statement="Every example has a loss of its own, the cross-entropy of its targets and predictions.",
        latex=r"L(\mathbf{y}^m, \hat{\mathbf{y}}^m) = -\sum_i y_i^m \log(\hat{y}_i^m)",
        shapes="Y (M, n, 1), P (M, n, 1) -> (M, 1)",
        claim="value",
        hand=lambda Y, P: -np.sum(Y * np.log(P), axis=1),
        forward=lambda Y, P: np.stack([total(lambda t, q: -t * math.log(q), y, p).reshape(1) for y, p in zip(Y, P)]),
        sample=sampler(Y=smoothed(7, 5, 1, axis=1), P=probabilities(7, 5, 1, axis=1)),
    ),
    stack(
        id="sudmersen-eq19",
        equation="(19)",
        statement="The cost of a batch is the mean of the losses of its examples.",
        latex=r"C = \frac{1}{M} \sum_{m=1}^{M} L(\mathbf{y}^m, \hat{\mathbf{y}}^m)",
        shapes="Y (M, n, 1), P (M, n, 1) -> ()",
        claim="value",
        hand=lambda Y, P: np.mean(-np.sum(Y * np.log(P), axis=1)),
        forward=lambda Y, P: total(lambda t, q: -t * math.log(q) / len(Y), Y, P),
        sample=sampler(Y=smoothed(7, 5, 1, axis=1), P=probabilities(7, 5, 1, axis=1)),
    ),
    # ---------------------------------------------------------------- BP1.2
    stack(
        id="sudmersen-eq57",
        equation="(57)",
        statement="As a column, the error is the transposed Jacobian times the transposed gradient row of the loss.",
        latex=r"\boldsymbol{\delta}^L = (\mathbf{J}_{\mathbf{a}^L}(\mathbf{z}^L))^T (\nabla L(\mathbf{a}^L))^T",
        shapes="y (n, 1), z (n, 1) -> (n, 1)",
        convention="C1",
        hand=lambda y, z: softmax_jacobian(softmax(z)).T @ (-y / softmax(z)),
        forward=lambda y, z: -np.sum(y * np.log(softmax(z))),
        sample=sampler(y=smoothed(5, 1), z=normal(5, 1)),
        wrt="z",
    ),
    stack(
        id="sudmersen-bp1.2",
        equation="figure 8, BP1.2",
        statement="Stacked, every example's error of its own loss is its transposed Jacobian times its loss gradient.",
        latex=r"\Delta^L = (\mathbf{J}_{\mathbf{A}^L}(\mathbf{Z}^L))^T (\nabla L(\mathbf{A}^L))^T",
        shapes="Y (M, n, 1), Z (M, n, 1), c (n, 1) -> (M, n, 1)",
        hand=lambda Y, Z, c: coupled_jacobians(Z, c).swapaxes(1, 2) @ (-Y / coupled(Z, c)),
        forward=lambda Y, Z, c: -np.sum(Y * np.log(coupled(Z, c))),
        sample=sampler(Y=smoothed(7, 5, 1, axis=1), Z=positive(7, 5, 1), c=positive(5, 1)),
        wrt="Z",
    ),
    stack(
        id="sudmersen-fig9",
        equation="figure 9",
        statement="For softmax with cross-entropy the stacked error is predictions minus targets.",
        latex=r"\Delta^L = \mathbf{A}^L - \mathbf{Y}",
        shapes="Y (M, n, 1), Z (M, n, 1) -> (M, n, 1)",
        hand=lambda Y, Z: softmax(Z, axis=1) - Y,
        forward=lambda Y, Z: -np.sum(Y * np.log(softmax(Z, axis=1))),
        sample=sampler(Y=smoothed(7, 5, 1, axis=1), Z=normal(7, 5, 1)),
        wrt="Z",
    ),
    # ---------------------------------------------------------------- BP2.2
    stack(
        id="sudmersen-eq58",
        equation="(58)",
        statement="As columns, the recursion multiplies by the transposed weights, then by the transposed Jacobian.",
        latex=r"\boldsymbol{\delta}^{l-1} = (\mathbf{J}_{\mathbf{a}^{l-1}})^T (\mathbf{W}^l)^T \boldsymbol{\delta}^l",
        shapes="d (m, 1), W (m, n), z (n, 1), b (m, 1) -> (n, 1)",
        convention="C1",
        hand=lambda d, W, z: softmax_jacobian(softmax(z)).T @ W.T @ d,
        forward=lambda d, W, z, b: np.sum(d * (W @ softmax(z) + b)),
        sample=sampler(d=normal(5, 1), W=normal(5, 3), z=normal(3, 1), b=normal(5, 1)),
        wrt="z",
    ),
    stack(
        id="sudmersen-bp2.2",
        equation="figure 10, BP2.2",
        statement="Stacked, the one weight matrix serves every example and every example has its own Jacobian.",
        latex=r"\Delta^{l-1} = (\mathbf{J}_{\mathbf{A}^{l-1}}(\mathbf{Z}^{l-1}))^T (\mathbf{W}^l)^T \Delta^l",
        shapes="D (M, m, 1), W (m, n), Z (M, n, 1), b (m, 1), c (n, 1) -> (M, n, 1)",
        hand=lambda D, W, Z, c: coupled_jacobians(Z, c).swapaxes(1, 2) @ (W.T @ D),
        forward=lambda D, W, Z, b, c: np.sum(D * (W @ coupled(Z, c) + b)),
        sample=sampler(D=normal(7, 5, 1), W=normal(5, 3), Z=normal(7, 3, 1), b=normal(5, 1), c=normal(3, 1)),
        wrt="Z",
    ),
    stack(
        id="sudmersen-fig11",
        equation="figure 11",
        statement="With the sigmoid, the stacked recursion meets the slopes a(1 - a) entry by entry.",
        latex=r"\Delta^{l-1} = ((\mathbf{W}^l)^T \Delta^l) \odot \mathbf{A}^{l-1} \odot (1 - \mathbf{A}^{l-1})",
        shapes="D (M, m, 1), W (m, n), Z (M, n, 1), b (m, 1) -> (M, n, 1)",
        hand=lambda D, W, Z: (W.T @ D) * sigmoid(Z) * (1.0 - sigmoid(Z)),
        forward=lambda D, W, Z, b: np.sum(D * (W @ sigmoid(Z) + b)),
        sample=sampler(D=normal(7, 5, 1), W=normal(5, 3), Z=normal(7, 3, 1), b=normal(5, 1)),
        wrt="Z",
    ),
    # ---------------------------------------------------------------- BP3.2
    mean_layer(
        id="sudmersen-eq61",
        equation="(61)",
        statement="The cost's weight gradient is the mean over the examples of error column times activation row.",
        latex=(
            r"\frac{\partial C}{\partial \mathbf{W}^l} = \frac{1}{M} "
            r"\sum_m \boldsymbol{\delta}^{l,m} (\mathbf{a}^{l-1,m})^T"
        ),
        shapes=f"{LAYER} -> (m, n)",
        hand=lambda D, A: sum(d @ a.T for d, a in zip(D, A)) / len(D),
        wrt="W",
    ),
    softmax_layer(
        id="sudmersen-bp3.2",
        equation="figures 12 and 13, BP3.2",
        statement="The weight gradient is the mean along axis 0 of the stacked products of error and activation.",
        latex=r"\frac{\partial C}{\partial \mathbf{W}^l} = \mathrm{mean}_0(\Delta^l (\mathbf{A}^{l-1})^T)",
        shapes="Y (M, m, 1), W (m, n), A (M, n, 1), b (m, 1) -> (m, n)",
        hand=lambda Y, W, A, b: np.mean((softmax(W @ A + b, axis=1) - Y) @ A.swapaxes(1, 2), axis=0),
        wrt="W",
    ),
    mean_layer(
        id="sudmersen-bp3.2-shape",
        equation="text on figure 13",
        statement="The weight gradient is said to keep one matrix per example, which is its shape before the mean.",
        latex=r"\frac{\partial C}{\partial \mathbf{W}^l} \in \mathbb{R}^{M \times n^l \times n^{l-1}}",
        shapes=f"{LAYER} -> (M, m, n)",
        hand=lambda D, A: D @ A.swapaxes(1, 2),
        wrt="W",
        expected="fails as printed",
    ),
    mean_layer(
        id="sudmersen-bp3.2-shape-corrected",
        equation="text on figure 13",
        statement="The mean along axis 0 removes the axis of the examples and leaves the shape of the weights.",
        latex=r"\frac{\partial C}{\partial \mathbf{W}^l} \in \mathbb{R}^{n^l \times n^{l-1}}",
        shapes=f"{LAYER} -> (m, n)",
        hand=lambda D, A: np.mean(D @ A.swapaxes(1, 2), axis=0),
        wrt="W",
    ),
    # ---------------------------------------------------------------- BP4.2
    mean_layer(
        id="sudmersen-eq65",
        equation="(65)",
        statement="The cost's bias gradient, as a column, is the mean of the error columns.",
        latex=r"\left(\frac{\partial C}{\partial \mathbf{b}^l}\right)^T = \frac{1}{M} \sum_m \boldsymbol{\delta}^{l,m}",
        shapes=f"{LAYER} -> (m, 1)",
        hand=lambda D: sum(D) / len(D),
        wrt="b",
    ),
    softmax_layer(
        id="sudmersen-bp4.2",
        equation="figure 14, BP4.2",
        statement="The bias gradient is the mean along axis 0 of the stacked errors.",
        latex=r"\left(\frac{\partial C}{\partial \mathbf{b}^l}\right)^T = \mathrm{mean}_0(\Delta^l)",
        shapes="Y (M, m, 1), W (m, n), A (M, n, 1), b (m, 1) -> (m, 1)",
        hand=lambda Y, W, A, b: np.mean(softmax(W @ A + b, axis=1) - Y, axis=0),
        wrt="b",
    ),
    mean_layer(
        id="sudmersen-bp4.2-shape",
        equation="text on figure 14",
        statement="The bias gradient is said to keep one column per example, which is its shape before the mean.",
        latex=r"\left(\frac{\partial C}{\partial \mathbf{b}^l}\right)^T \in \mathbb{R}^{M \times n^l \times 1}",
        shapes=f"{LAYER} -> (M, m, 1)",
        hand=lambda D: D,
        wrt="b",
        expected="fails as printed",
    ),
    mean_layer(
        id="sudmersen-bp4.2-shape-corrected",
        equation="text on figure 14",
        statement="The mean along axis 0 removes the axis of the examples and leaves the shape of the bias.",
        latex=r"\left(\frac{\partial C}{\partial \mathbf{b}^l}\right)^T \in \mathbb{R}^{n^l \times 1}",
        shapes=f"{LAYER} -> (m, 1)",
        hand=lambda D: np.mean(D, axis=0),
        wrt="b",
    ),
)
