"""Khan's four equations of backpropagation with their derivations, as data; knows NumPy, not the engine.  Layer 9."""

from __future__ import annotations

from functools import partial

import numpy as np

from .formula import Formula
from .sampling import affine_loop, normal, sampler, sigmoid, sigmoid_loop, sigmoid_slope, total

__all__ = ["FORMULAS"]


def cost(y, a, w1, b1, w2, b2):
    """Half the squared distance of a two-layer sigmoid network's output from the label."""
    return 0.5 * np.sum((sigmoid(w2 @ sigmoid(w1 @ a + b1) + b2) - y) ** 2)


def errors(y, a, w1, b1, w2, b2):
    """The hidden error by (22) and the final error by (16) with (19)."""
    z1 = w1 @ a + b1
    z2 = w2 @ sigmoid(z1) + b2
    final = (sigmoid(z2) - y) * sigmoid_slope(z2)
    return (w2.T @ final) * sigmoid_slope(z1), final


NETWORK = "y (m, 1), a (n, 1), w1 (h, n), b1 (h, 1), w2 (m, h), b2 (m, 1)"
LAYER = "w (m, n), a (n, 1), b (m, 1)"
HIDDEN = "d (m, 1), w (m, n), z (n, 1), b (m, 1)"

khan = partial(Formula, text="khan", convention="C1")
layer = partial(khan, sample=sampler(w=normal(5, 3), a=normal(3, 1), b=normal(5, 1)))
network = partial(
    khan,
    claim="gradient",
    forward=cost,
    sample=sampler(y=normal(5, 1), a=normal(3, 1), w1=normal(7, 3), b1=normal(7, 1), w2=normal(5, 7), b2=normal(5, 1)),
)
final = partial(
    khan,
    claim="gradient",
    shapes="y (m, 1), z (m, 1) -> (m, 1)",
    hand=lambda y, z: (sigmoid(z) - y) * sigmoid_slope(z),
    forward=lambda y, z: 0.5 * np.sum((sigmoid(z) - y) ** 2),
    sample=sampler(y=normal(5, 1), z=normal(5, 1)),
    wrt="z",
)
hidden = partial(
    khan,
    claim="gradient",
    forward=lambda d, w, z, b: np.sum(d * (w @ sigmoid(z) + b)),
    sample=sampler(d=normal(5, 1), w=normal(5, 3), z=normal(3, 1), b=normal(5, 1)),
    wrt="z",
)

FORMULAS: tuple[Formula, ...] = (
    # ---------------------------------------------------------------- forward and cost
    layer(
        id="khan-eq7",
        equation="(7)",
        statement="A neuron's activation is the sigmoid of its weighted inputs plus its bias.",
        latex=r"a_j^l = \sigma\left(\sum_k w_{jk}^l a_k^{l-1} + b_j^l\right)",
        shapes=f"{LAYER} -> (m, 1)",
        claim="value",
        hand=lambda w, a, b: sigmoid(np.sum(w * a.T, axis=1, keepdims=True) + b),
        forward=lambda w, a, b: sigmoid_loop(affine_loop(w, a, b)),
    ),
    layer(
        id="khan-eq11",
        equation="(11)",
        statement="The weighted inputs of a layer are its matrix times the activations before, plus the bias.",
        latex=r"z^l = w^l a^{l-1} + b^l",
        shapes=f"{LAYER} -> (m, 1)",
        claim="value",
        hand=lambda w, a, b: w @ a + b,
        forward=lambda w, a, b: affine_loop(w, a, b),
    ),
    khan(
        id="khan-eq12",
        equation="(12)",
        statement="The cost is half the mean over the examples of the squared distances.",
        latex=r"C = \frac{1}{2N} \sum_x \|a^L(x) - y(x)\|^2",
        shapes="A (m, N), Y (m, N) -> ()",
        convention="CB",
        claim="value",
        hand=lambda A, Y: np.sum((A - Y) ** 2) / (2.0 * A.shape[1]),
        forward=lambda A, Y: total(lambda u, v: (u - v) * (u - v) / (2.0 * A.shape[1]), A, Y),
        sample=sampler(A=normal(5, 7), Y=normal(5, 7)),
    ),
    khan(
        id="khan-eq13",
        equation="(13)",
        statement="For one example the cost is half the sum of the squared differences.",
        latex=r"C = \frac{1}{2} \sum_j (a_j^L - y_j)^2",
        shapes="a (m, 1), y (m, 1) -> ()",
        claim="value",
        hand=lambda a, y: 0.5 * np.sum((a - y) ** 2),
        forward=lambda a, y: total(lambda u, v: 0.5 * (u - v) * (u - v), a, y),
        sample=sampler(a=normal(5, 1), y=normal(5, 1)),
    ),
    # ---------------------------------------------------------------- equation 1: error of the final layer
    final(
        id="khan-eq16",
        equation="(16)",
        statement="The final error is the cost's gradient by the activations times the slopes, entry by entry.",
        latex=r"\delta^L = \nabla_{a^L} C \odot \sigma'(z^L)",
    ),
    khan(
        id="khan-eq19",
        equation="(19)",
        statement="The gradient of the cost by the final activations is the difference from the label.",
        latex=r"\nabla_{a^L} C = a^L - y",
        shapes="a (m, 1), y (m, 1) -> (m, 1)",
        claim="gradient",
        hand=lambda a, y: a - y,
        forward=lambda a, y: 0.5 * np.sum((a - y) ** 2),
        sample=sampler(a=normal(5, 1), y=normal(5, 1)),
        wrt="a",
    ),
    final(
        id="khan-eq21",
        equation="(21)",
        statement="Written as columns, every entry is a derivative of the cost times a derivative of an activation.",
        latex=r"\delta_j^L = \frac{\partial C}{\partial a_j^L} \, \frac{\partial a_j^L}{\partial z_j^L}",
        hand=lambda y, z: np.array([[(a - t) * a * (1.0 - a)] for a, t in zip(sigmoid(z[:, 0]), y[:, 0])]),
    ),
    # ---------------------------------------------------------------- equation 2: error of a hidden layer
    hidden(
        id="khan-eq22",
        equation="(22)",
        statement="A hidden error is the next error through the transposed weights, times the slopes.",
        latex=r"\delta^l = ((w^{l+1})^T \delta^{l+1}) \odot \sigma'(z^l)",
        shapes=f"{HIDDEN} -> (n, 1)",
        hand=lambda d, w, z: (w.T @ d) * sigmoid_slope(z),
    ),
    hidden(
        id="khan-eq26",
        equation="(26)",
        statement="The product of matrix and column is a matrix of all single products, which then meets the slopes.",
        latex=(
            r"\left[\frac{\partial C}{\partial z_j^l} \frac{z_j^{l+1}}{\partial "
            r"a_i^l}\right]_{ij} \odot \frac{\partial a^l}{\partial z^l}"
        ),
        shapes=f"{HIDDEN} -> (n, m)",
        hand=lambda d, w, z: (w.T * d.T) * sigmoid_slope(z),
        expected="fails as printed",
    ),
    hidden(
        id="khan-eq26-corrected",
        equation="(26)",
        statement="Every row of products (with the errors of layer l + 1) has to be added up to make a column again.",
        latex=(
            r"\left[\sum_j \delta_j^{l+1} \frac{\partial z_j^{l+1}}{\partial "
            r"a_i^l}\right]_i \odot \frac{\partial a^l}{\partial z^l}"
        ),
        shapes=f"{HIDDEN} -> (n, 1)",
        hand=lambda d, w, z: np.sum(w.T * d.T, axis=1, keepdims=True) * sigmoid_slope(z),
    ),
    # ---------------------------------------------------------------- equation 3: biases
    network(
        id="khan-eq27",
        equation="(27) and (32)",
        statement="A single bias gets the error of its neuron; here the second of the hidden layer.",
        latex=r"\frac{\partial C}{\partial b_j^l} = \delta_j^l",
        shapes=f"{NETWORK} -> ()",
        hand=lambda y, a, w1, b1, w2, b2: errors(y, a, w1, b1, w2, b2)[0][1, 0],
        wrt="b1",
        layout=lambda derivative: derivative[1, 0],
    ),
    layer(
        id="khan-eq30",
        equation="(28) to (30)",
        statement="A weighted input changes one for one with its own bias, and not with the others.",
        latex=r"\frac{\partial z_j^l}{\partial b_j^l} = 1",
        shapes=f"{LAYER} -> (m, m)",
        claim="jacobian",
        hand=lambda b: np.eye(len(b)),
        forward=lambda w, a, b: w @ a + b,
        wrt="b",
    ),
    network(
        id="khan-eq33",
        equation="(33)",
        statement="The gradient by a layer's biases is its error; here in the hidden layer of a network.",
        latex=r"\nabla_b^l C = \delta^l",
        shapes=f"{NETWORK} -> (h, 1)",
        hand=lambda y, a, w1, b1, w2, b2: errors(y, a, w1, b1, w2, b2)[0],
        wrt="b1",
    ),
    # ---------------------------------------------------------------- equation 4: weights
    network(
        id="khan-eq34",
        equation="(34) and (37)",
        statement="A single weight gets the activation it reads times the error it feeds; here row 2, column 3.",
        latex=r"\frac{\partial C}{\partial w_{jk}^l} = a_k^{l-1} \delta_j^l",
        shapes=f"{NETWORK} -> ()",
        hand=lambda y, a, w1, b1, w2, b2: a[2, 0] * errors(y, a, w1, b1, w2, b2)[0][1, 0],
        wrt="w1",
        layout=lambda derivative: derivative[1, 2],
    ),
    layer(
        id="khan-eq35",
        equation="(35)",
        statement="The derivative by the weight with row index i is the activation, whatever the neuron j.",
        latex=r"\frac{\partial z_j^l}{\partial w_{ik}^l} = a_k^{l-1}",
        shapes=f"{LAYER} -> (m, m n)",
        claim="jacobian",
        hand=lambda w, a: np.kron(np.ones((len(w), len(w))), a.T),
        forward=lambda w, a, b: w @ a + b,
        wrt="w",
        expected="fails as printed",
    ),
    layer(
        id="khan-eq35-corrected",
        equation="(35)",
        statement="The row index of the weight has to be that of the neuron; for any other row the derivative is zero.",
        latex=r"\frac{\partial z_j^l}{\partial w_{ik}^l} = \delta_{ij} \, a_k^{l-1}",
        shapes=f"{LAYER} -> (m, m n)",
        claim="jacobian",
        hand=lambda w, a: np.kron(np.eye(len(w)), a.T),
        forward=lambda w, a, b: w @ a + b,
        wrt="w",
    ),
    network(
        id="khan-eq38",
        equation="(38)",
        statement="The weight gradient holds, entry by entry, the error of its row times the activation of its column.",
        latex=r"\left[\frac{\partial C}{\partial z_j^l} \frac{\partial z_j^l}{\partial w_{jk}^l}\right]_{jk}",
        shapes=f"{NETWORK} -> (m, h)",
        hand=lambda y, a, w1, b1, w2, b2: np.array(
            [[d * s for s in sigmoid(w1 @ a + b1)[:, 0]] for d in errors(y, a, w1, b1, w2, b2)[1][:, 0]]
        ),
        wrt="w2",
    ),
    network(
        id="khan-eq39",
        equation="(39)",
        statement="The gradient by a weight matrix is the error column times the activation row before it.",
        latex=r"\delta^l (a^{l-1})^T",
        shapes=f"{NETWORK} -> (h, n)",
        hand=lambda y, a, w1, b1, w2, b2: errors(y, a, w1, b1, w2, b2)[0] @ a.T,
        wrt="w1",
    ),
)
