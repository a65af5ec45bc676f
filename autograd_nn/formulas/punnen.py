"""Punnen's chapters 2 to 6 (scalars, then columns) as data; knows NumPy, not his later chapters.  Layer 9."""

from __future__ import annotations

from functools import partial

import numpy as np

from .formula import Formula
from .sampling import affine_loop, normal, sampler, sigmoid, sigmoid_loop, sigmoid_slope, total

__all__ = ["FORMULAS"]


def forward(x, W1, b1, W2, b2):
    """The two sigmoid layers of the text: z1, a1, z2, a2."""
    z1 = W1 @ x + b1
    a1 = sigmoid(z1)
    z2 = W2 @ a1 + b2
    return z1, a1, z2, sigmoid(z2)


def cost(x, y, W1, b1, W2, b2):
    """Half the squared distance of the output from the target."""
    return 0.5 * np.sum((y - forward(x, W1, b1, W2, b2)[-1]) ** 2)


def last_error(x, y, W1, b1, W2, b2):
    """(a2 - y) times the slope at z2, and a1 with it."""
    _, a1, z2, a2 = forward(x, W1, b1, W2, b2)
    return (a2 - y) * sigmoid_slope(z2), a1


def scalar_errors(x, y, w1, b1, w2, b2):
    """delta 2 and delta 1 of the 1-1-1 network, and a1 with them."""
    z1 = w1 * x + b1
    a1 = sigmoid(z1)
    z2 = w2 * a1 + b2
    delta2 = -(y - sigmoid(z2)) * sigmoid_slope(z2)
    return delta2, delta2 * w2 * sigmoid_slope(z1), a1


NETWORK = "x (n, 1), y (m, 1), W1 (h, n), b1 (h, 1), W2 (m, h), b2 (m, 1)"
LAST = "y (m, 1), W (m, n), a (n, 1), b (m, 1)"
BELOW = "d (m, 1), W (m, n), z (n, 1), b (m, 1)"

punnen = partial(Formula, text="punnen", convention="C1")
value = partial(punnen, claim="value")
gradient = partial(punnen, claim="gradient")
scalar = partial(
    gradient,
    convention="S",
    shapes="x (), y (), w1 (), b1 (), w2 (), b2 () -> ()",
    forward=lambda x, y, w1, b1, w2, b2: 0.5 * (y - sigmoid(w2 * sigmoid(w1 * x + b1) + b2)) ** 2,
    sample=sampler(x=normal(), y=normal(), w1=normal(), b1=normal(), w2=normal(), b2=normal()),
)
network = partial(
    gradient,
    forward=cost,
    sample=sampler(x=normal(3, 1), y=normal(5, 1), W1=normal(7, 3), b1=normal(7, 1), W2=normal(5, 7), b2=normal(5, 1)),
)
last = partial(
    gradient,
    forward=lambda y, W, a, b: 0.5 * np.sum((sigmoid(W @ a + b) - y) ** 2),
    sample=sampler(y=normal(5, 1), W=normal(5, 3), a=normal(3, 1), b=normal(5, 1)),
)
output = partial(
    gradient,
    shapes="y (n, 1), z (n, 1) -> (n, 1)",
    hand=lambda y, z: (sigmoid(z) - y) * sigmoid_slope(z),
    forward=lambda y, z: 0.5 * np.sum((sigmoid(z) - y) ** 2),
    sample=sampler(y=normal(5, 1), z=normal(5, 1)),
    wrt="z",
)
below = partial(
    gradient,
    shapes=f"{BELOW} -> (n, 1)",
    hand=lambda d, W, z: (W.T @ d) * sigmoid_slope(z),
    forward=lambda d, W, z, b: np.sum(d * (W @ sigmoid(z) + b)),
    sample=sampler(d=normal(5, 1), W=normal(5, 3), z=normal(3, 1), b=normal(5, 1)),
    wrt="z",
)
half_squares = partial(
    gradient,
    shapes="y (n, 1), a (n, 1) -> (n, 1)",
    hand=lambda y, a: a - y,
    forward=lambda y, a: 0.5 * np.sum((a - y) ** 2),
    sample=sampler(y=normal(5, 1), a=normal(5, 1)),
    wrt="a",
)
between = partial(
    punnen,
    claim="jacobian",
    forward=lambda W, z, b: W @ sigmoid(z) + b,
    sample=sampler(W=normal(5, 3), z=normal(3, 1), b=normal(5, 1)),
    wrt="z",
)

FORMULAS: tuple[Formula, ...] = (
    # ---------------------------------------------------------------- chapters 2 and 4: vectors, layers, cost
    value(
        id="punnen-2-dot-matrix",
        equation="chapter 2",
        statement="The dot product is the first vector as a row times the second as a column.",
        latex=r"a \cdot b = a^T b",
        shapes="a (n, 1), b (n, 1) -> (1, 1)",
        hand=lambda a, b: a.T @ b,
        forward=lambda a, b: total(lambda u, v: u * v, a, b).reshape(1, 1),
        sample=sampler(a=normal(5, 1), b=normal(5, 1)),
    ),
    value(
        id="punnen-4-al",
        equation="chapter 4",
        statement="Activations are the sigmoid of weights times the activations before, plus the bias.",
        latex=r"a^l = \sigma(w^l a^{l-1} + b^l)",
        shapes="W (m, n), a (n, 1), b (m, 1) -> (m, 1)",
        hand=lambda W, a, b: sigmoid(W @ a + b),
        forward=lambda W, a, b: sigmoid_loop(affine_loop(W, a, b)),
        sample=sampler(W=normal(5, 3), a=normal(3, 1), b=normal(5, 1)),
    ),
    punnen(
        id="punnen-4-collapse",
        equation="chapter 4",
        statement="Without activations two layers act like the product of their weight matrices.",
        latex=r"W_L \cdots W_2 W_1 x = W x",
        shapes="W1 (h, n), W2 (m, h), x (n, 1) -> (m, n)",
        claim="jacobian",
        hand=lambda W1, W2: W2 @ W1,
        forward=lambda W1, W2, x: W2 @ (W1 @ x),
        sample=sampler(W1=normal(7, 3), W2=normal(5, 7), x=normal(3, 1)),
        wrt="x",
    ),
    value(
        id="punnen-4-mse",
        equation="chapter 4",
        statement="The cost halves the mean over the examples of the squared distances.",
        latex=r"C = \frac{1}{2n} \sum_x \|y(x) - a^L(x)\|^2",
        shapes="Y (n, N), A (n, N) -> ()",
        convention="CB",
        hand=lambda Y, A: np.sum((Y - A) ** 2) / (2.0 * Y.shape[1]),
        forward=lambda Y, A: total(lambda t, q: (t - q) * (t - q) / (2.0 * Y.shape[1]), Y, A),
        sample=sampler(Y=normal(5, 7), A=normal(5, 7)),
    ),
    scalar(
        id="punnen-4-s-dw2",
        equation="section 4.4",
        statement="In the scalar network the outer weight gets miss, slope and inner activation.",
        latex=r"\frac{\partial C}{\partial w_2} = -(y - a_2) \, \sigma'(z_2) \, a_1",
        hand=lambda x, y, w1, b1, w2, b2: np.prod(scalar_errors(x, y, w1, b1, w2, b2)[::2]),
        wrt="w2",
    ),
    scalar(
        id="punnen-4-s-db2",
        equation="section 4.4",
        statement="The outer bias gets the outer error.",
        latex=r"\frac{\partial C}{\partial b_2} = \delta_2",
        hand=lambda x, y, w1, b1, w2, b2: scalar_errors(x, y, w1, b1, w2, b2)[0],
        wrt="b2",
    ),
    scalar(
        id="punnen-4-s-dw1",
        equation="section 4.4",
        statement="The inner weight gets outer error, outer weight, inner slope and input.",
        latex=r"\frac{\partial C}{\partial w_1} = \delta_2 \, w_2 \, \sigma'(z_1) \, x",
        hand=lambda x, y, w1, b1, w2, b2: scalar_errors(x, y, w1, b1, w2, b2)[1] * x,
        wrt="w1",
    ),
    scalar(
        id="punnen-4-s-db1",
        equation="section 4.4",
        statement="The inner bias gets the inner error.",
        latex=r"\frac{\partial C}{\partial b_1} = \delta_1",
        hand=lambda x, y, w1, b1, w2, b2: scalar_errors(x, y, w1, b1, w2, b2)[1],
        wrt="b1",
    ),
    # ---------------------------------------------------------------- chapter 5: three layers
    half_squares(
        id="punnen-5-mse",
        equation="chapter 5",
        statement="Half the squared distance has the difference as its gradient.",
        latex=r"C = \frac{1}{2}(a_3 - y)^2, \quad \frac{\partial C}{\partial a_3} = a_3 - y",
    ),
    output(
        id="punnen-5-delta3",
        equation="chapter 5",
        statement="The last error is the difference times the slope of the activation, entry by entry.",
        latex=r"\delta_3 = (a_3 - y) \odot \sigma'(z_3)",
    ),
    punnen(
        id="punnen-5-diag",
        equation="chapter 5",
        statement="An element-wise activation has a diagonal Jacobian of slopes.",
        latex=r"\frac{\partial a}{\partial z} = \mathrm{diag}(\sigma'(z))",
        shapes="z (n, 1) -> (n, n)",
        claim="jacobian",
        hand=lambda z: np.diag(sigmoid_slope(z[:, 0])),
        forward=lambda z: sigmoid(z),
        sample=sampler(z=normal(5, 1)),
        wrt="z",
    ),
    last(
        id="punnen-5-dW3",
        equation="chapter 5",
        statement="The last weights get the last error times the activations before them as a row.",
        latex=r"\frac{\partial C}{\partial W_3} = \delta_3 \cdot a_2^T",
        shapes=f"{LAST} -> (m, n)",
        hand=lambda y, W, a, b: (sigmoid(W @ a + b) - y) * sigmoid_slope(W @ a + b) @ a.T,
        wrt="W",
    ),
    last(
        id="punnen-5-adjoint",
        equation="chapter 5",
        statement="A gradient passes a layer backwards by the transposed weights.",
        latex=r"\frac{\partial C}{\partial a} = W^T \frac{\partial C}{\partial z}",
        shapes=f"{LAST} -> (n, 1)",
        hand=lambda y, W, a, b: W.T @ ((sigmoid(W @ a + b) - y) * sigmoid_slope(W @ a + b)),
        wrt="a",
    ),
    between(
        id="punnen-5-dz3dz2",
        equation="chapter 5",
        statement="The derivative of potentials by the potentials before is the weights times the column of slopes.",
        latex=r"\frac{\partial z_3}{\partial z_2} = W_3 \cdot \sigma'(z_2)",
        shapes="W (m, n), z (n, 1), b (m, 1) -> (m, 1)",
        hand=lambda W, z: W @ sigmoid_slope(z),
        expected="fails as printed",
    ),
    between(
        id="punnen-5-dz3dz2-corrected",
        equation="chapter 5",
        statement="The slopes have to stand on a diagonal; as a column they are summed away by the product.",
        latex=r"\frac{\partial z_3}{\partial z_2} = W_3 \, \mathrm{diag}(\sigma'(z_2))",
        shapes="W (m, n), z (n, 1), b (m, 1) -> (m, n)",
        hand=lambda W, z: W @ np.diag(sigmoid_slope(z[:, 0])),
    ),
    below(
        id="punnen-5-delta2",
        equation="chapter 5",
        statement="The error before a layer is its error through the transposed weights, times the slopes.",
        latex=r"\delta_2 = (W_3^T \cdot \delta_3) \odot \sigma'(z_2)",
    ),
    below(
        id="punnen-5-delta1",
        equation="chapter 5",
        statement="The same step gives the error of the first layer.",
        latex=r"\delta_1 = (W_2^T \cdot \delta_2) \odot \sigma'(z_1)",
    ),
    # ---------------------------------------------------------------- chapter 6: two layers
    value(
        id="punnen-6-fwd",
        equation="chapter 6",
        statement="Two sigmoid layers follow each other.",
        latex=r"a^2 = \sigma(W^2 \sigma(W^1 x + b^1) + b^2)",
        shapes="x (n, 1), W1 (h, n), b1 (h, 1), W2 (m, h), b2 (m, 1) -> (m, 1)",
        hand=lambda x, W1, b1, W2, b2: forward(x, W1, b1, W2, b2)[-1],
        forward=lambda x, W1, b1, W2, b2: sigmoid_loop(affine_loop(W2, sigmoid_loop(affine_loop(W1, x, b1)), b2)),
        sample=sampler(x=normal(3, 1), W1=normal(7, 3), b1=normal(7, 1), W2=normal(5, 7), b2=normal(5, 1)),
    ),
    value(
        id="punnen-6-hadamard",
        equation="chapter 6",
        statement="The entry-by-entry product multiplies entries that stand in the same place.",
        latex=r"(a \odot b)_i = a_i b_i",
        shapes="a (n, 1), b (n, 1) -> (n, 1)",
        hand=lambda a, b: a * b,
        forward=lambda a, b: np.array([[u * v] for u, v in zip(a[:, 0], b[:, 0])]),
        sample=sampler(a=normal(5, 1), b=normal(5, 1)),
    ),
    half_squares(
        id="punnen-6-mse",
        equation="chapter 6",
        statement="Half the sum of squared differences has the difference as its gradient.",
        latex=r"C = \frac{1}{2} \sum_j (y_j - a_j^2)^2, \quad \frac{\partial C}{\partial a^2} = a^2 - y",
        forward=lambda y, a: 0.5 * np.sum((y - a) ** 2),
    ),
    output(
        id="punnen-6-delta2",
        equation="chapter 6",
        statement="The output error is the difference times the slope at the last potentials.",
        latex=r"\delta^2 = (a^2 - y) \odot \sigma'(z^2)",
    ),
    network(
        id="punnen-6-dWik",
        equation="chapter 6",
        statement="A single weight gets the error of its row times the activation of its column; here row 2, column 3.",
        latex=r"\frac{\partial C}{\partial W_{ik}^2} = \delta_i^2 \cdot a_k^1",
        shapes=f"{NETWORK} -> ()",
        hand=lambda x, y, W1, b1, W2, b2: np.prod([v[i, 0] for v, i in zip(last_error(x, y, W1, b1, W2, b2), (1, 2))]),
        wrt="W2",
        layout=lambda derivative: derivative[1, 2],
    ),
    network(
        id="punnen-6-eq3",
        equation="chapter 6, Eq 3",
        statement="The outer weights get the outer product of the output error and the hidden activations.",
        latex=r"\frac{\partial C}{\partial W^2} = \delta^2 \otimes a^1 = \delta^2 (a^1)^T",
        shapes=f"{NETWORK} -> (m, h)",
        hand=lambda x, y, W1, b1, W2, b2: np.outer(*last_error(x, y, W1, b1, W2, b2)),
        wrt="W2",
    ),
    network(
        id="punnen-6-eq5",
        equation="chapter 6, Eq 5",
        statement="The inner weights get the output error, carried back and met by the slopes, times the input row.",
        latex=r"\frac{\partial C}{\partial W^1} = \left( (W^2)^T \delta^2 \odot \sigma'(z^1) \right) (a^0)^T",
        shapes=f"{NETWORK} -> (h, n)",
        hand=lambda x, y, W1, b1, W2, b2: (
            (W2.T @ last_error(x, y, W1, b1, W2, b2)[0] * sigmoid_slope(W1 @ x + b1)) @ x.T
        ),
        wrt="W1",
    ),
    network(
        id="punnen-6-delta1",
        equation="chapter 6",
        statement="The hidden error, here the gradient of the hidden bias, comes back by the transposed weights.",
        latex=r"\delta^1 = \left( (W^2)^T \delta^2 \right) \odot \sigma'(z^1)",
        shapes=f"{NETWORK} -> (h, 1)",
        hand=lambda x, y, W1, b1, W2, b2: W2.T @ last_error(x, y, W1, b1, W2, b2)[0] * sigmoid_slope(W1 @ x + b1),
        wrt="b1",
    ),
)
