"""Zhou's layer with its activation, one example as a column, as data; knows NumPy, not losses.  Layer 9."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from .formula import Formula
from .sampling import affine_loop, entrywise, normal, printed, sampler

__all__ = ["FORMULAS"]


def slope(W, X, B):
    """F'(Y) for F = tanh at Y = W X + B."""
    return 1.0 - np.tanh(W @ X + B) ** 2


LAYER = "G (m, 1), W (m, n), X (n, 1), B (m, 1)"

zhou = partial(Formula, text="zhou", convention="C1")
layer = partial(
    zhou,
    claim="gradient",
    forward=lambda G, W, X, B: np.sum(G * np.tanh(W @ X + B)),
    sample=sampler(G=normal(5, 1), W=normal(5, 3), X=normal(3, 1), B=normal(5, 1)),
)
activated = partial(
    zhou,
    claim="value",
    equation="(1)",
    forward=lambda Y: entrywise(math.tanh, Y),
    sample=sampler(Y=normal(5, 1)),
)

FORMULAS: tuple[Formula, ...] = (
    # ---------------------------------------------------------------- forward
    activated(
        id="zhou-eq1",
        statement="The outputs, a column, are the activation of the transposed column of sums.",
        latex=r"Z = F(Y^T)",
        shapes="Y (m, 1) -> (1, m)",
        hand=lambda Y: np.tanh(Y.T),
        expected="fails as printed",
    ),
    activated(
        id="zhou-eq1-corrected",
        statement=(
            "The sums are defined as a column already, so the transpose turns the outputs into a row; it must go."
        ),
        latex=r"Z = F(Y)",
        shapes="Y (m, 1) -> (m, 1)",
        hand=lambda Y: np.tanh(Y),
    ),
    zhou(
        id="zhou-eq2",
        equation="(2)",
        statement="The sums are the weights times the inputs; the bias of the neuron's definition is left out.",
        latex=r"Y = W \cdot X",
        shapes="W (m, n), X (n, 1), B (m, 1) -> (m, 1)",
        claim="value",
        hand=lambda W, X: W @ X,
        forward=lambda W, X, B: affine_loop(W, X, B),
        sample=sampler(W=normal(5, 3), X=normal(3, 1), B=normal(5, 1)),
        expected="fails as printed",
    ),
    zhou(
        id="zhou-eq2-corrected",
        equation="(2)",
        statement="The neuron of the text adds a bias, so the column of biases belongs into the matrix form.",
        latex=r"Y = W \cdot X + B",
        shapes="W (m, n), X (n, 1), B (m, 1) -> (m, 1)",
        claim="value",
        hand=lambda W, X, B: W @ X + B,
        forward=lambda W, X, B: affine_loop(W, X, B),
        sample=sampler(W=normal(5, 3), X=normal(3, 1), B=normal(5, 1)),
    ),
    # ---------------------------------------------------------------- weights
    zhou(
        id="zhou-dy1dw11",
        equation="section 3.1",
        statement="The first sum changes with its first weight as fast as the first input is large.",
        latex=r"\frac{\partial Y_1}{\partial w_{11}} = x_1",
        shapes="W (m, n), X (n, 1), B (m, 1) -> ()",
        claim="gradient",
        hand=lambda X: X[0, 0],
        forward=lambda W, X, B: (W @ X + B)[0, 0],
        sample=sampler(W=normal(5, 3), X=normal(3, 1), B=normal(5, 1)),
        wrt="W",
        layout=lambda derivative: derivative[0, 0],
    ),
    layer(
        id="zhou-dw11",
        equation="section 3.1",
        statement="One weight gets its input, the slopes at all sums, and the gradient of the first output.",
        latex=r"\frac{\partial E}{\partial w_{11}} = x_1 \times F'(Y) \times \frac{\partial E}{\partial Z_1}",
        shapes=f"{LAYER} -> (m, 1)",
        hand=lambda G, W, X, B: X[0, 0] * slope(W, X, B) * G[0, 0],
        wrt="W",
        layout=lambda derivative: derivative[0, 0],
        expected="fails as printed",
    ),
    layer(
        id="zhou-dw11-corrected",
        equation="section 3.1",
        statement="The slope has to be taken at the first sum only, as in the line before.",
        latex=r"\frac{\partial E}{\partial w_{11}} = x_1 \times F'(Y_1) \times \frac{\partial E}{\partial Z_1}",
        shapes=f"{LAYER} -> ()",
        hand=lambda G, W, X, B: X[0, 0] * slope(W, X, B)[0, 0] * G[0, 0],
        wrt="W",
        layout=lambda derivative: derivative[0, 0],
    ),
    layer(
        id="zhou-dW-outer",
        equation="section 3.1, product of column and row",
        statement="The matrix of weight derivatives is the input column times the row of slopes and output gradients.",
        latex=(
            r"\frac{\partial E}{\partial W} = [x_1 \cdots x_m]^T [F'(y_1) \frac{\partial "
            r"E}{\partial Z_1} \cdots F'(y_m) \frac{\partial E}{\partial Z_m}]"
        ),
        shapes=f"{LAYER} -> (n, m)",
        hand=lambda G, W, X, B: X @ (slope(W, X, B) * G).T,
        wrt="W",
        expected="fails as printed",
    ),
    layer(
        id="zhou-dW-outer-corrected",
        equation="section 3.1, product of column and row",
        statement=(
            "Column and row have to change places; as printed the product is the transpose of the matrix above it."
        ),
        latex=r"\frac{\partial E}{\partial W} = \left( F'(Y) \odot \frac{\partial E}{\partial Z} \right) X^T",
        shapes=f"{LAYER} -> (m, n)",
        hand=lambda G, W, X, B: (slope(W, X, B) * G) @ X.T,
        wrt="W",
    ),
    layer(
        id="zhou-eq4",
        equation="(4)",
        statement="The weight gradient is the input times the slopes, then entry by entry the output gradient.",
        latex=r"\frac{\partial E}{\partial W} = X (F'(Y)) \odot \frac{\partial E}{\partial Z}",
        shapes=f"{LAYER} -> no value",
        hand=lambda G, W, X, B: printed(lambda: X @ slope(W, X, B) * G),
        wrt="W",
        expected="fails as printed",
    ),
    layer(
        id="zhou-eq4-corrected",
        equation="(4)",
        statement="Two columns have no product: slopes and output gradient come first, and the input follows as a row.",
        latex=r"\frac{\partial E}{\partial W} = \left( F'(Y) \odot \frac{\partial E}{\partial Z} \right) X^T",
        shapes=f"{LAYER} -> (m, n)",
        hand=lambda G, W, X, B: (slope(W, X, B) * G) @ X.T,
        wrt="W",
    ),
    # ---------------------------------------------------------------- bias
    layer(
        id="zhou-db1",
        equation="section 3.2",
        statement="The first bias gets the slope at the first sum times the gradient of the first output.",
        latex=(
            r"\frac{\partial E}{\partial b_1} = \frac{\partial "
            r"F(Y_1)}{\partial Y_1} \times \frac{\partial E}{\partial F(Y_1)}"
        ),
        shapes=f"{LAYER} -> ()",
        hand=lambda G, W, X, B: slope(W, X, B)[0, 0] * G[0, 0],
        wrt="B",
        layout=lambda derivative: derivative[0, 0],
    ),
    layer(
        id="zhou-eq5",
        equation="(5)",
        statement="The bias gradient is the slopes times the output gradient, entry by entry.",
        latex=r"\frac{\partial E}{\partial B} = F'(Y) \odot \frac{\partial E}{\partial Z}",
        shapes=f"{LAYER} -> (m, 1)",
        hand=lambda G, W, X, B: slope(W, X, B) * G,
        wrt="B",
    ),
    # ---------------------------------------------------------------- input
    layer(
        id="zhou-dx1-first",
        equation="section 3.3, first line",
        statement="The first input acts through the first sum alone.",
        latex=(
            r"\frac{\partial E}{\partial x_1} = \frac{\partial Y_1}{\partial x_1} "
            r"\frac{\partial F(Y_1)}{\partial Y_1} \frac{\partial E}{\partial F(Y_1)}"
        ),
        shapes=f"{LAYER} -> ()",
        hand=lambda G, W, X, B: W[0, 0] * slope(W, X, B)[0, 0] * G[0, 0],
        wrt="X",
        layout=lambda derivative: derivative[0, 0],
        expected="fails as printed",
    ),
    layer(
        id="zhou-dx1-first-corrected",
        equation="section 3.3, chain rule",
        statement=(
            "Every sum uses the first input, so one such product per sum has to be added, as the text goes on to do."
        ),
        latex=(
            r"\frac{\partial E}{\partial x_1} = \sum_i \frac{\partial Y_i}{\partial x_1} "
            r"\frac{\partial F(Y_i)}{\partial Y_i} \frac{\partial E}{\partial F(Y_i)}"
        ),
        shapes=f"{LAYER} -> ()",
        hand=lambda G, W, X, B: np.sum(W[:, :1] * slope(W, X, B) * G),
        wrt="X",
        layout=lambda derivative: derivative[0, 0],
    ),
    zhou(
        id="zhou-eq6",
        equation="(6)",
        statement="The first input gets the gradients of all sums through the first column of the weights.",
        latex=r"\frac{\partial E}{\partial x_1} = \sum_{i=1}^{m} \frac{\partial E}{\partial y_i} w_{i1}",
        shapes=f"{LAYER} -> ()",
        claim="gradient",
        hand=lambda G, W: np.sum(G[:, 0] * W[:, 0]),
        forward=lambda G, W, X, B: np.sum(G * (W @ X + B)),
        sample=sampler(G=normal(5, 1), W=normal(5, 3), X=normal(3, 1), B=normal(5, 1)),
        wrt="X",
        layout=lambda derivative: derivative[0, 0],
    ),
    layer(
        id="zhou-eq7",
        equation="(7)",
        statement="With the activation, every term of that sum takes the slope at its sum as a factor.",
        latex=r"\frac{\partial E}{\partial x_1} = \sum_{i=1}^{m} \frac{\partial E}{\partial z_i} F'(y_i) w_{i1}",
        shapes=f"{LAYER} -> ()",
        hand=lambda G, W, X, B: sum(g * s * w for g, s, w in zip(G[:, 0], slope(W, X, B)[:, 0], W[:, 0])),
        wrt="X",
        layout=lambda derivative: derivative[0, 0],
    ),
    layer(
        id="zhou-dX-matrix",
        equation="section 3.3, matrix form",
        statement="Read from left to right, transposed weights times output gradients meet the slopes afterwards.",
        latex=r"\frac{\partial E}{\partial X} = W^T \frac{\partial E}{\partial Z} \odot F'(Y)",
        shapes=f"{LAYER} -> no value",
        hand=lambda G, W, X, B: printed(lambda: (W.T @ G) * slope(W, X, B)),
        wrt="X",
        expected="fails as printed",
    ),
    layer(
        id="zhou-dX-matrix-corrected",
        equation="section 3.3, matrix form",
        statement=(
            "There is one slope per output, not per input: the entry-by-entry product needs brackets and comes first."
        ),
        latex=r"\frac{\partial E}{\partial X} = W^T \left( \frac{\partial E}{\partial Z} \odot F'(Y) \right)",
        shapes=f"{LAYER} -> (n, 1)",
        hand=lambda G, W, X, B: W.T @ (G * slope(W, X, B)),
        wrt="X",
    ),
    layer(
        id="zhou-eq8",
        equation="(8)",
        statement="The input gradient is the transposed weights times (outputs and slopes, entry by entry).",
        latex=r"\frac{\partial E}{\partial X} = W^T (Z \odot F'(Y))",
        shapes=f"{LAYER} -> (n, 1)",
        hand=lambda W, X, B: W.T @ (np.tanh(W @ X + B) * slope(W, X, B)),
        wrt="X",
        expected="fails as printed",
    ),
    layer(
        id="zhou-eq8-corrected",
        equation="(8)",
        statement="In the bracket stands the gradient with respect to the outputs, not the outputs themselves.",
        latex=r"\frac{\partial E}{\partial X} = W^T \left( \frac{\partial E}{\partial Z} \odot F'(Y) \right)",
        shapes=f"{LAYER} -> (n, 1)",
        hand=lambda G, W, X, B: W.T @ (G * slope(W, X, B)),
        wrt="X",
    ),
)
