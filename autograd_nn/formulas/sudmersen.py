"""Südmersen's single example, errors as rows, as data; knows NumPy, neither batches nor the engine.  Layer 9."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from .formula import Formula
from .sampling import (
    affine_loop,
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


def coupled(z, c):
    """An activation whose Jacobian is not symmetric: every entry of z times the sum of c z."""
    return z * np.sum(c * z)


def coupled_jacobian(z: np.ndarray, c: np.ndarray) -> np.ndarray:
    """diag(sum of c z) + z cᵀ."""
    return np.sum(c * z) * np.eye(len(z)) + z @ c.T


def transposed(derivative: np.ndarray) -> np.ndarray:
    """Numerator layout: the derivative of a scalar by a column is a row."""
    return derivative.T


LAYER = "d (m, 1), W (m, n), a (n, 1), b (m, 1)"
RECURSION = "d (m, 1), W (m, n), z (n, 1), b (m, 1)"

sudmersen = partial(Formula, text="sudmersen", convention="C1")
value = partial(sudmersen, claim="value")
gradient = partial(sudmersen, claim="gradient")
logits = partial(
    gradient,
    shapes="y (n, 1), z (n, 1) -> (1, n)",
    forward=lambda y, z: -np.sum(y * np.log(softmax(z))),
    sample=sampler(y=smoothed(5, 1), z=normal(5, 1)),
    wrt="z",
    layout=transposed,
)
layer = partial(
    gradient,
    forward=lambda d, W, a, b: np.sum(d * (W @ a + b)),
    sample=sampler(d=normal(5, 1), W=normal(5, 3), a=normal(3, 1), b=normal(5, 1)),
)
affine = partial(
    sudmersen,
    claim="jacobian",
    forward=lambda W, a, b: W @ a + b,
    sample=sampler(W=normal(5, 3), a=normal(3, 1), b=normal(5, 1)),
)
recursion = partial(
    gradient,
    shapes=f"{RECURSION} -> (1, n)",
    forward=lambda d, W, z, b: np.sum(d * (W @ sigmoid(z) + b)),
    sample=sampler(d=normal(5, 1), W=normal(5, 3), z=normal(3, 1), b=normal(5, 1)),
    wrt="z",
    layout=transposed,
)
general_recursion = partial(
    recursion,
    shapes=f"{RECURSION}, c (n, 1) -> (1, n)",
    forward=lambda d, W, z, b, c: np.sum(d * (W @ coupled(z, c) + b)),
    hand=lambda d, W, z, c: d.T @ W @ coupled_jacobian(z, c),
    sample=sampler(d=normal(5, 1), W=normal(5, 3), z=normal(3, 1), b=normal(5, 1), c=normal(3, 1)),
)

FORMULAS: tuple[Formula, ...] = (
    # ---------------------------------------------------------------- forward
    value(
        id="sudmersen-eq9",
        equation="(9)",
        statement="The potentials of a layer are its weights times the activations before it, plus the bias.",
        latex=r"\mathbf{z}^l = \mathbf{W}^l \mathbf{a}^{l-1} + \mathbf{b}^l",
        shapes="W (m, n), a (n, 1), b (m, 1) -> (m, 1)",
        hand=lambda W, a, b: W @ a + b,
        forward=lambda W, a, b: affine_loop(W, a, b),
        sample=sampler(W=normal(5, 3), a=normal(3, 1), b=normal(5, 1)),
    ),
    value(
        id="sudmersen-eq15",
        equation="(15), first member",
        statement=(
            "The cross-entropy is minus the squared length of the targets times the logarithms of the predictions."
        ),
        latex=r"L = -\|\mathbf{y} \log(\hat{\mathbf{y}})\|^2",
        shapes="y (n, 1), p (n, 1) -> ()",
        hand=lambda y, p: -np.sum((y * np.log(p)) ** 2),
        forward=lambda y, p: total(lambda t, q: -t * math.log(q), y, p),
        sample=sampler(y=one_hot(5, 1), p=probabilities(5, 1)),
        expected="fails as printed",
    ),
    value(
        id="sudmersen-eq15-corrected",
        equation="(15), second member",
        statement="The cross-entropy is the plain sum of the second member: no square belongs to it.",
        latex=r"L = -\sum_{i=1}^{n} y_i \log(\hat{y}_i)",
        shapes="y (n, 1), p (n, 1) -> ()",
        hand=lambda y, p: -np.sum(y * np.log(p)),
        forward=lambda y, p: total(lambda t, q: -t * math.log(q), y, p),
        sample=sampler(y=one_hot(5, 1), p=probabilities(5, 1)),
    ),
    value(
        id="sudmersen-eq24",
        equation="(24)",
        statement="Softmax divides the exponential of every potential by the sum of all exponentials.",
        latex=r"a_j^l = \frac{e^{z_j^l}}{\sum_{k=1}^{n^l} e^{z_k^l}}",
        shapes="z (n, 1) -> (n, 1)",
        hand=lambda z: np.exp(z) / np.sum(np.exp(z)),
        forward=lambda z: softmax_loop(z),
        sample=sampler(z=normal(5, 1)),
    ),
    # ---------------------------------------------------------------- BP1.1: error of the last layer
    gradient(
        id="sudmersen-eq22",
        equation="(22)",
        statement="The error of the last layer is the gradient row of the loss times the Jacobian of the activation.",
        latex=r"(\boldsymbol{\delta}^L)^T = \nabla L(\mathbf{a}^L) \, \mathbf{J}_{\mathbf{a}^L}(\mathbf{z}^L)",
        shapes="y (n, 1), z (n, 1) -> (1, n)",
        hand=lambda y, z: (np.tanh(z) - y).T @ np.diag(1.0 - np.tanh(z[:, 0]) ** 2),
        forward=lambda y, z: 0.5 * np.sum((y - np.tanh(z)) ** 2),
        sample=sampler(y=normal(5, 1), z=normal(5, 1)),
        wrt="z",
        layout=transposed,
    ),
    gradient(
        id="sudmersen-bp1.1",
        equation="BP1.1",
        statement="The same holds for any loss and any activation, even one whose Jacobian is not symmetric.",
        latex=r"(\boldsymbol{\delta}^L)^T = \nabla L(\mathbf{a}^L) \, \mathbf{J}_{\mathbf{a}^L}(\mathbf{z}^L)",
        shapes="y (n, 1), z (n, 1), c (n, 1) -> (1, n)",
        hand=lambda y, z, c: -(y / coupled(z, c)).T @ coupled_jacobian(z, c),
        forward=lambda y, z, c: -np.sum(y * np.log(coupled(z, c))),
        sample=sampler(y=smoothed(5, 1), z=positive(5, 1), c=positive(5, 1)),
        wrt="z",
        layout=transposed,
    ),
    gradient(
        id="sudmersen-eq25",
        equation="(25)",
        statement="The derivative of the cross-entropy by a prediction is minus the target over the prediction.",
        latex=r"\frac{\partial L}{\partial a_j^L} = -\frac{y_j}{a_j^L}",
        shapes="y (n, 1), a (n, 1) -> (n, 1)",
        hand=lambda y, a: -y / a,
        forward=lambda y, a: -np.sum(y * np.log(a)),
        sample=sampler(y=smoothed(5, 1), a=probabilities(5, 1)),
        wrt="a",
    ),
    sudmersen(
        id="sudmersen-eq29",
        equation="(29)",
        statement=(
            "The Jacobian of softmax has a(1 - a) on its diagonal and minus the product of two outputs elsewhere."
        ),
        latex=(
            r"\frac{\partial a_j^L}{\partial z_k^L} = \begin{cases} a_j^L (1 - a_j^L) "
            r"& \text{if } j = k \\ -a_j^L a_k^L & \text{if } j \neq k \end{cases}"
        ),
        shapes="z (n, 1) -> (n, n)",
        claim="jacobian",
        hand=lambda z: softmax_jacobian(softmax(z)),
        forward=lambda z: softmax(z),
        sample=sampler(z=normal(5, 1)),
        wrt="z",
    ),
    logits(
        id="sudmersen-eq30",
        equation="(30)",
        statement="For softmax with cross-entropy the error is minus the row of ratios times the softmax Jacobian.",
        latex=(
            r"\nabla L \, \mathbf{J} = -[y_1 / a_1 \; \cdots \; y_n "
            r"/ a_n] \, \mathbf{J}_{\mathbf{a}^L}(\mathbf{z}^L)"
        ),
        hand=lambda y, z: -(y / softmax(z)).T @ softmax_jacobian(softmax(z)),
    ),
    logits(
        id="sudmersen-eq31",
        equation="(31)",
        statement="Multiplied out, every entry is minus the target plus the prediction times the sum of all targets.",
        latex=r"\nabla L \, \mathbf{J} = [-y_i + a_i^L (y_1 + \dots + y_n)]_i",
        hand=lambda y, z: (-y + softmax(z) * np.sum(y)).T,
        sample=sampler(y=normal(5, 1), z=normal(5, 1)),
    ),
    logits(
        id="sudmersen-eq32",
        equation="(32)",
        statement="Where the targets add up to one, the error is prediction minus target.",
        latex=r"\nabla L \, \mathbf{J} = -[(y_1 - a_1^L) \; \cdots \; (y_n - a_n^L)]",
        hand=lambda y, z: -(y - softmax(z)).T,
    ),
    # ---------------------------------------------------------------- BP2.1: recursion of the error
    affine(
        id="sudmersen-eq35",
        equation="(35)",
        statement="The Jacobian of the potentials by the activations before them is the weight matrix.",
        latex=r"\frac{\partial \mathbf{z}^l}{\partial \mathbf{a}^{l-1}} = \mathbf{W}^l",
        shapes="W (m, n), a (n, 1), b (m, 1) -> (m, n)",
        hand=lambda W: W,
        wrt="a",
    ),
    general_recursion(
        id="sudmersen-eq37",
        equation="(37)",
        statement="The error before a layer is the error row times the weights times the Jacobian of the activation.",
        latex=(
            r"(\boldsymbol{\delta}^{l-1})^T = (\boldsymbol{\delta}^l)^T "
            r"\mathbf{W}^l \mathbf{J}_{\mathbf{a}^{l-1}}(\mathbf{z}^{l-1})"
        ),
    ),
    general_recursion(
        id="sudmersen-bp2.1",
        equation="(38), BP2.1",
        statement="One layer on, the same recursion gives every error from the next one, for any activation.",
        latex=(
            r"(\boldsymbol{\delta}^l)^T = (\boldsymbol{\delta}^{l+1})^T "
            r"\mathbf{W}^{l+1} \mathbf{J}_{\mathbf{a}^l}(\mathbf{z}^l)"
        ),
    ),
    sudmersen(
        id="sudmersen-eq39",
        equation="(39)",
        statement="The Jacobian of the sigmoid has a(1 - a) on its diagonal and zeros elsewhere.",
        latex=(
            r"\frac{\partial a_j^l}{\partial z_k^l} = \begin{cases} a_j^l (1 - "
            r"a_k^l) & \text{if } j = k \\ 0 & \text{if } j \neq k \end{cases}"
        ),
        shapes="z (n, 1) -> (n, n)",
        claim="jacobian",
        hand=lambda z: np.eye(len(z)) * (sigmoid(z) @ (1.0 - sigmoid(z)).T),
        forward=lambda z: sigmoid(z),
        sample=sampler(z=normal(5, 1)),
        wrt="z",
    ),
    recursion(
        id="sudmersen-eq40",
        equation="(40)",
        statement="For the sigmoid the Jacobian in the recursion is the diagonal matrix of a(1 - a).",
        latex=r"(\boldsymbol{\delta}^{l-1})^T = (\boldsymbol{\delta}^l)^T \mathbf{W}^l \, \mathrm{diag}(a_i (1 - a_i))",
        hand=lambda d, W, z: d.T @ W @ np.diag(sigmoid(z[:, 0]) * (1.0 - sigmoid(z[:, 0]))),
    ),
    recursion(
        id="sudmersen-eq41",
        equation="(41)",
        statement="A row times a diagonal matrix is the entry-by-entry product of the two rows.",
        latex=r"(\boldsymbol{\delta}^{l-1})^T = ((\boldsymbol{\delta}^l)^T \mathbf{W}^l) \odot [a_i (1 - a_i)]_i",
        hand=lambda d, W, z: (d.T @ W) * (sigmoid(z) * (1.0 - sigmoid(z))).T,
    ),
    # ---------------------------------------------------------------- BP3.1: weights
    layer(
        id="sudmersen-eq42",
        equation="(42)",
        statement="The gradient by the weights, read row by row, is the error row times the Jacobian by the weights.",
        latex=r"\frac{\partial L}{\partial \mathbf{W}^l} = \nabla L(\mathbf{z}^l) J_{\mathbf{z}^l}(\mathbf{W}^l)",
        shapes=f"{LAYER} -> (1, m n)",
        hand=lambda d, a: d.T @ np.kron(np.eye(len(d)), a.T),
        wrt="W",
        layout=lambda derivative: derivative.reshape(1, -1),
    ),
    affine(
        id="sudmersen-eq46",
        equation="(46)",
        statement=(
            "A potential depends on the weights of its own row, with the activations as derivatives, and on no other."
        ),
        latex=(
            r"\frac{\partial z_j^l}{\partial w_{i,k}^l} = \begin{cases} a_k^{l-1} "
            r"& \text{if } j = i \\ 0 & \text{if } j \neq i \end{cases}"
        ),
        shapes="W (m, n), a (n, 1), b (m, 1) -> (m, m n)",
        hand=lambda W, a: np.kron(np.eye(len(W)), a.T),
        wrt="W",
    ),
    layer(
        id="sudmersen-eq48",
        equation="(48)",
        statement="The row of weight derivatives runs through all products of an error with an activation.",
        latex=r"\nabla L \, J = [\delta_1 a_1 \; \delta_1 a_2 \; \cdots \; \delta_m a_n]",
        shapes=f"{LAYER} -> (1, m n)",
        hand=lambda d, a: np.array([[error * activation for error in d[:, 0] for activation in a[:, 0]]]),
        wrt="W",
        layout=lambda derivative: derivative.reshape(1, -1),
    ),
    layer(
        id="sudmersen-eq49",
        equation="(49)",
        statement="Stacked to the shape of the weights, entry (i, k) is error i times activation k.",
        latex=r"\left(\nabla L \, J\right)_{ik} = \delta_i^l \, a_k^{l-1}",
        shapes=f"{LAYER} -> (m, n)",
        hand=lambda d, a: np.array([[error * activation for activation in a[:, 0]] for error in d[:, 0]]),
        wrt="W",
    ),
    layer(
        id="sudmersen-eq50",
        equation="(50)",
        statement="The stacked matrix is the error column times the activation row.",
        latex=r"\nabla L(\mathbf{z}^l) J_{\mathbf{z}^l}(\mathbf{W}^l) = \boldsymbol{\delta}^l (\mathbf{a}^{l-1})^T",
        shapes=f"{LAYER} -> (m, n)",
        hand=lambda d, a: d @ a.T,
        wrt="W",
    ),
    gradient(
        id="sudmersen-bp3.1",
        equation="BP3.1",
        statement=(
            "In a softmax layer with cross-entropy the weight gradient is (prediction - target) times activations."
        ),
        latex=r"\frac{\partial L}{\partial \mathbf{W}^L} = \boldsymbol{\delta}^L (\mathbf{a}^{L-1})^T",
        shapes="y (m, 1), W (m, n), a (n, 1), b (m, 1) -> (m, n)",
        hand=lambda y, W, a, b: (softmax(W @ a + b) - y) @ a.T,
        forward=lambda y, W, a, b: -np.sum(y * np.log(softmax(W @ a + b))),
        sample=sampler(y=one_hot(5, 1), W=normal(5, 3), a=normal(3, 1), b=normal(5, 1)),
        wrt="W",
    ),
    # ---------------------------------------------------------------- BP4.1: biases
    affine(
        id="sudmersen-eq53",
        equation="(53)",
        statement="The Jacobian of the potentials by the biases is the identity.",
        latex=(
            r"\frac{\partial z_j^l}{\partial b_k^l} = \begin{cases} 1 & "
            r"\text{if } j = k \\ 0 & \text{if } j \neq k \end{cases}"
        ),
        shapes="W (m, n), a (n, 1), b (m, 1) -> (m, m)",
        hand=lambda b: np.eye(len(b)),
        wrt="b",
    ),
    layer(
        id="sudmersen-eq51",
        equation="(51)",
        statement="The gradient by the biases is the error row times the Jacobian by the biases.",
        latex=r"\frac{\partial L}{\partial \mathbf{b}^l} = \nabla L(\mathbf{z}^l) J_{\mathbf{z}^l}(\mathbf{b}^l)",
        shapes=f"{LAYER} -> (1, m)",
        hand=lambda d: d.T @ np.eye(len(d)),
        wrt="b",
        layout=transposed,
    ),
    layer(
        id="sudmersen-bp4.1",
        equation="(55), BP4.1",
        statement="The bias gradient, as a row, is the error row.",
        latex=r"\frac{\partial L}{\partial \mathbf{b}^l} = (\boldsymbol{\delta}^l)^T",
        shapes=f"{LAYER} -> (1, m)",
        hand=lambda d: d.T,
        wrt="b",
        layout=transposed,
    ),
)
