"""Objects and functions that remember: caches of an earlier call, state that is never cleared, arrays that are shared.

Knows NumPy alone.
"""

from functools import partial

import numpy as np
from corpus.case import Case
from corpus.open.inputs import matrix, vector

# --- one cache for each call, last in, first out


class Scale:
    """A layer that may be used several times: every forward pushes, every backward pops."""

    def __init__(self, w):
        self.w, self.stack = w, []

    def forward(self, x):
        self.stack.append(x)
        return np.tanh(x) * self.w

    def backward(self, dy):
        x = self.stack.pop()
        self.dw = np.sum(dy * np.tanh(x), axis=0)
        return dy * self.w * (1 - np.tanh(x) ** 2)


class ScaleFirst(Scale):
    """The wrong end of the list, and the list is never emptied."""

    def backward(self, dy):
        x = self.stack[0]
        self.dw = np.sum(dy * np.tanh(x), axis=0)
        return dy * self.w * (1 - np.tanh(x) ** 2)


class ScaleByShape(Scale):
    """The slopes are kept for every shape, to save time."""

    def __init__(self, w):
        super().__init__(w)
        self.slopes = {}

    def forward(self, x):
        self.x = x
        y = np.tanh(x)
        self.slopes.setdefault(x.shape, 1 - y**2)
        return y * self.w

    def backward(self, dy):
        self.dw = np.sum(dy * np.tanh(self.x), axis=0)
        return dy * self.w * self.slopes[dy.shape]


class ScaleOutOfStep(Scale):
    """What backward needs is prepared at the end of the backward before."""

    previous = None

    def forward(self, x):
        self.previous, self.x = getattr(self, "x", x), x
        return np.tanh(x) * self.w

    def backward(self, dy):
        x = self.previous
        self.dw = np.sum(dy * np.tanh(x), axis=0)
        return dy * self.w * (1 - np.tanh(x) ** 2)


class ScaleKeepsGradient(Scale):
    def __init__(self, w):
        super().__init__(w)
        self.dw = np.zeros_like(w)

    def backward(self, dy):
        x = self.stack.pop()
        self.dw += np.sum(dy * np.tanh(x), axis=0)
        return dy * self.w * (1 - np.tanh(x) ** 2)


class ScaleEatsInput(Scale):
    """The input's own memory is used for the output."""

    def forward(self, x):
        self.y = np.tanh(x, out=x)
        return self.y * self.w

    def backward(self, dy):
        self.dw = np.sum(dy * self.y, axis=0)
        return dy * self.w * (1 - self.y**2)


def scales(rng, n=5, d=3):
    return rng.normal(size=(n, d)), rng.normal(size=d)


# --- a buffer that the function keeps between calls


def square(x):
    return x * x


BUFFERS = {}


def square_backward_buffered(dy, x):
    dx = BUFFERS.setdefault(x.shape, np.zeros_like(x))
    dx += 2 * x * dy
    return dx.copy()


def square_backward_default(dy, x, seen=[]):  # noqa: B006
    """A default argument is made once."""
    if not seen:
        seen.append(2 * x)
    return dy * seen[0]


def square_backward(dy, x):
    return 2 * x * dy


# --- a chain of layers by closures


def chain_forward(x, W1, W2, W3):
    hidden, tape = x, []
    for W in (W1, W2, W3):
        z = np.tanh(hidden @ W)
        tape.append((hidden, W, z))
        hidden = z
    return hidden, tape


def chain_backward(dout, tape):
    grads = []
    for h, W, z in reversed(tape):
        dz = dout * (1 - z**2)
        grads.insert(0, h.T @ dz)
        dout = dz @ W.T
    return dout, *grads


def chain_backward_closures(dout, tape):
    """A function for each layer, made in the loop: every one of them sees the W of the last turn."""
    steps, grads = [], []
    for h, W, z in tape:
        steps.append(lambda g, h=h, z=z: (g * (1 - z**2) @ W.T, h.T @ (g * (1 - z**2))))  # noqa: B023
    for step in reversed(steps):
        dout, dW = step(dout)
        grads.insert(0, dW)
    return dout, *grads


def chain_backward_order(dout, tape):
    """The gradients come out last layer first."""
    grads = []
    for h, W, z in reversed(tape):
        dz = dout * (1 - z**2)
        grads.append(h.T @ dz)
        dout = dz @ W.T
    return dout, *grads


def chain_backward_consumes(dout, tape):
    """The tape is emptied on the way."""
    grads = []
    while tape:
        h, W, z = tape.pop()
        dout *= 1 - z**2
        grads.insert(0, h.T @ dout)
        dout = dout @ W.T
    return dout, *grads


def chain(rng, n=5, d=3):
    return rng.normal(size=(n, d)), *[rng.normal(size=(d, d)) for _ in range(3)]


# --- one example as a column: softmax regression, an autoencoder


def column_softmax(W, b, x, y):
    """The cross-entropy of one example; y a column with a single one."""
    z = W @ x + b
    return np.log(np.sum(np.exp(z))) - np.sum(y * z)


def column_softmax_grad(W, b, x, y):
    z = W @ x + b
    delta = np.exp(z) / np.sum(np.exp(z)) - y
    return delta @ x.T, delta, W.T @ delta


def column_softmax_grad_jacobian(W, b, x, y):
    """dL/dz as a row times the Jacobian of the softmax."""
    z = W @ x + b
    p = np.exp(z) / np.sum(np.exp(z))
    dz = ((-y / p).T @ (np.diagflat(p) - p @ p.T)).T
    return dz @ x.T, dz, W.T @ dz


def column_softmax_grad_slope(W, b, x, y):
    z = W @ x + b
    p = np.exp(z) / np.sum(np.exp(z))
    delta = (p - y) * p * (1 - p)
    return delta @ x.T, delta, W.T @ delta


def column_softmax_grad_target_only(W, b, x, y):
    z = W @ x + b
    p = np.exp(z) / np.sum(np.exp(z))
    delta = (-y / p) * p * (1 - p)
    return delta @ x.T, delta, W.T @ delta


def column_softmax_grad_outer(W, b, x, y):
    z = W @ x + b
    delta = np.exp(z) / np.sum(np.exp(z)) - y
    dW = delta @ delta.T
    return dW, delta, W.T @ delta


def column_inputs(rng, d=5):
    return rng.normal(size=(d, d)), rng.normal(size=(d, 1)), rng.normal(size=(d, 1)), np.eye(d)[:, [1]]


def column_layer(x, W, b):
    return 1 / (1 + np.exp(-(W @ x + b)))


def column_layer_backward(dy, x, W, b):
    a = column_layer(x, W, b)
    dz = dy * a * (1 - a)
    return W.T @ dz, dz @ x.T, dz


def column_layer_backward_elementwise(dy, x, W, b):
    a = column_layer(x, W, b)
    dz = dy * a * (1 - a)
    dW = dz * x.T * a
    return W.T @ dz, dW, dz


def column_layer_inputs(rng, d=3, m=2):
    return rng.normal(size=(d, 1)), rng.normal(size=(m, d)), rng.normal(size=(m, 1))


# --- approximations in one place only


def hard_sigmoid(x):
    return np.clip(0.2 * x + 0.5, 0, 1)


def hard_sigmoid_prime(x):
    return np.where(np.abs(x) < 2.5, 0.2, 0.0)


def hard_sigmoid_prime_smooth(x):
    s = 1 / (1 + np.exp(-x))
    return s * (1 - s)


def hard_sigmoid_prime_everywhere(x):
    return np.full_like(x, 0.2)


def arctan(x):
    return np.arctan(x)


def arctan_prime(x):
    return 1 / (1 + x**2)


def arctan_prime_series(x):
    return 1 - x**2 + x**4


def wide(rng, n=7):
    return (3.0 * rng.normal(size=n),)


# fmt: off
scale = partial(Case, layer="scaled tanh", style="class", make=scales, backward="backward")
sq = partial(Case, layer="square", forward=square, style="plain", make=matrix)
layers = partial(Case, layer="chain of layers", forward=chain_forward, style="cache", make=chain)
column = partial(Case, layer="softmax regression of a column", forward=column_softmax, style="column", make=column_inputs,
                 static=(3,))
sigmoid = partial(Case, layer="sigmoid layer of a column", forward=column_layer, style="column", make=column_layer_inputs)
hard = partial(Case, layer="hard sigmoid", forward=hard_sigmoid, style="pair", make=wide, note="an elementwise pair: f and f'")
arc = partial(Case, layer="arctan", forward=arctan, style="pair", make=vector, note="an elementwise pair: f and f'")
CASES = [
    scale(name="scaled-tanh-stack", forward=Scale, right=True),
    sq(name="square", backward=square_backward, right=True),
    layers(name="chain-of-layers", backward=chain_backward, right=True),
    column(name="softmax-regression-of-a-column", backward=column_softmax_grad, right=True),
    column(name="softmax-regression-of-a-column-jacobian", backward=column_softmax_grad_jacobian, right=True),
    sigmoid(name="sigmoid-layer-of-a-column", backward=column_layer_backward, right=True),
    hard(name="hard-sigmoid", backward=hard_sigmoid_prime, right=True),
    arc(name="arctan", backward=arctan_prime, right=True),
    scale(name="scaled-tanh-first-of-the-stack", forward=ScaleFirst, right=False, kind="stale-cache", argument="x",
          site="x = self.stack[0]"),
    scale(name="scaled-tanh-slopes-by-shape", forward=ScaleByShape, right=False, kind="stale-cache", argument="x",
          site="self.slopes[dy.shape]"),
    scale(name="scaled-tanh-out-of-step", forward=ScaleOutOfStep, right=False, kind="stale-cache", argument="x",
          site="x = self.previous"),
    scale(name="scaled-tanh-keeps-gradient", forward=ScaleKeepsGradient, right=False, kind="state-not-reset", argument="w",
          site="self.dw += np.sum(", also=("path-doubled",)),
    scale(name="scaled-tanh-in-place", forward=ScaleEatsInput, right=False, kind="mutation", argument="x",
          site="np.tanh(x, out=x)"),
    sq(name="square-buffer-kept", backward=square_backward_buffered, right=False, kind="state-not-reset", argument="x",
       site="dx += 2 * x * dy", also=("mutation",)),
    sq(name="square-default-argument", backward=square_backward_default, right=False, kind="stale-cache", argument="x",
       site="seen.append(2 * x)", also=("state-not-reset",)),
    layers(name="chain-of-layers-late-binding", backward=chain_backward_closures, right=False, kind="wrong-operand", argument="x",
           site="steps.append("),
    layers(name="chain-of-layers-last-first", backward=chain_backward_order, right=False, kind="swapped-outputs", argument="W1",
           site="grads.append(h.T @ dz)"),
    layers(name="chain-of-layers-in-place", backward=chain_backward_consumes, right=False, kind="mutation", argument="x",
           site="dout *= 1 - z**2"),
    column(name="softmax-regression-of-a-column-slope", backward=column_softmax_grad_slope, right=False, kind="path-doubled",
           argument="W", site="(p - y) * p * (1 - p)",
           also=("neighbouring-loss", "wrong-activation-derivative", "softmax-elementwise")),
    column(name="softmax-regression-of-a-column-elementwise", backward=column_softmax_grad_target_only, right=False,
           kind="softmax-elementwise", argument="W", site="(-y / p) * p * (1 - p)"),
    column(name="softmax-regression-of-a-column-delta-twice", backward=column_softmax_grad_outer, right=False,
           kind="wrong-operand", argument="W", site="dW = delta @ delta.T"),
    sigmoid(name="sigmoid-layer-of-a-column-slope-squared", backward=column_layer_backward_elementwise, right=False,
            kind="path-doubled", argument="W", site="dW = dz * x.T * a",
            also=("wrong-operand", "factor", "wrong-activation-derivative")),
    hard(name="hard-sigmoid-as-sigmoid", backward=hard_sigmoid_prime_smooth, right=False, kind="approximation-mixed",
         argument="x",
         site="return s * (1 - s)", also=("wrong-activation-derivative", "neighbouring-loss")),
    hard(name="hard-sigmoid-everywhere", backward=hard_sigmoid_prime_everywhere, right=False, kind="clip-ignored", argument="x",
         site="np.full_like(x, 0.2)", also=("wrong-activation-derivative", "mask-forgotten")),
    arc(name="arctan-by-a-series", backward=arctan_prime_series, right=False, kind="approximation-mixed", argument="x",
        site="1 - x**2 + x**4", also=("wrong-activation-derivative",)),
]
# fmt: on
