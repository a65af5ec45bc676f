"""Fully connected layers as objects, with gradients in dicts or in attributes.  Knows NumPy alone."""

from functools import partial

import numpy as np
from corpus.case import Case

# --- layer classes


class FullyConnected:
    """Gradients are added up in a dict until they are flushed."""

    def __init__(self, n_in, n_out):
        self.parameters = {"W": np.zeros((n_in, n_out)), "b": np.zeros((1, n_out))}
        self.gradients = {"W": np.zeros((n_in, n_out)), "b": np.zeros((1, n_out))}
        self.X = []

    def forward(self, X, retain_derived=True):
        if retain_derived:
            self.X.append(X)
        return X @ self.parameters["W"] + self.parameters["b"]

    def backward(self, dLdY, retain_grads=True):
        if not isinstance(dLdY, list):
            dLdY = [dLdY]
        dX = []
        for dy, x in zip(dLdY, self.X[-len(dLdY) :]):
            dx, dw, db = self._bwd(dy, x)
            dX.append(dx)
            if retain_grads:
                self.gradients["W"] += dw
                self.gradients["b"] += db
        return dX[0] if len(dX) == 1 else dX

    def _bwd(self, dLdy, X):
        return dLdy @ self.parameters["W"].T, X.T @ dLdy, dLdy.sum(axis=0, keepdims=True)


class FullyConnectedFirstInput(FullyConnected):
    def backward(self, dLdY, retain_grads=True):
        if not isinstance(dLdY, list):
            dLdY = [dLdY]
        dX = []
        for dy, x in zip(dLdY, self.X):
            dx, dw, db = self._bwd(dy, x)
            dX.append(dx)
            if retain_grads:
                self.gradients["W"] += dw
                self.gradients["b"] += db
        return dX[0] if len(dX) == 1 else dX


class FullyConnectedFlush(FullyConnected):
    """The accumulators are emptied, but what they are is forgotten."""

    def backward(self, dLdY, retain_grads=True):
        dX, dw, db = self._bwd(dLdY, self.X[-1])
        if retain_grads:
            self.gradients["W"] += dw
            self.gradients["b"] += db
        self.flush_gradients()
        return dX

    def flush_gradients(self):
        self.X = []
        for k in self.gradients:
            self.gradients[k] = []


class FullyConnectedBroadcast(FullyConnected):
    def _bwd(self, dLdy, X):
        W = self.parameters["W"]
        return dLdy @ W.T, X.T @ dLdy, dLdy.max(axis=0, keepdims=True)


def with_parameters(kind):
    def factory(W, b):
        layer = kind(*W.shape)
        layer.parameters = {"W": W.copy(), "b": b.copy()}
        return layer

    return factory


def class_inputs(rng, n=5, d=3, m=2):
    return rng.normal(size=(n, d)), rng.normal(size=(d, m)), rng.normal(size=(1, m))


class Linear:
    """The three-line layer of many small repositories."""

    def __init__(self, W, b):
        self.W, self.b = W, b

    def __call__(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.dW = self.x.T @ grad
        self.db = grad.sum(axis=0, keepdims=True)
        return grad @ self.W.T


class LinearNegative(Linear):
    def backward(self, grad):
        self.dW = -self.x.T @ grad
        self.db = grad.sum(axis=0, keepdims=True)
        return grad @ self.W.T


class LinearReturnsNothing(Linear):
    def backward(self, grad):
        self.dW = self.x.T @ grad
        self.db = grad.sum(axis=0, keepdims=True)
        self.dx = grad @ self.W.T


class LinearOwnOutput(Linear):
    def __call__(self, x):
        self.x = x
        self.y = x @ self.W + self.b
        return self.y

    def backward(self, grad):
        self.dW = self.x.T @ self.y
        self.db = grad.sum(axis=0, keepdims=True)
        return grad @ self.W.T


# fmt: off
layer = partial(Case, layer="fully connected", style="class", make=class_inputs, backward="backward")
CASES = [
    layer(name="fully-connected-dicts", forward=with_parameters(FullyConnected), right=True),
    layer(name="fully-connected-attributes", forward=Linear, right=True),
    layer(name="fully-connected-first-input", forward=with_parameters(FullyConnectedFirstInput), right=False,
          kind="stale-cache", argument="W", site="zip(dLdY, self.X)"),
    layer(name="fully-connected-flush", forward=with_parameters(FullyConnectedFlush), right=False, kind="contract",
          argument="W", site="self.flush_gradients()", also=("state-not-reset",)),
    layer(name="fully-connected-bias-maximum", forward=with_parameters(FullyConnectedBroadcast), right=False,
          kind="reduction-missing", argument="b", site="dLdy.max(axis=0, keepdims=True)"),
    layer(name="linear-layer-sign", forward=LinearNegative, right=False, kind="sign", argument="W",
          site="self.dW = -self.x.T @ grad"),
    layer(name="linear-layer-returns-nothing", forward=LinearReturnsNothing, right=False, kind="contract", argument="x",
          site="self.dx = grad @ self.W.T"),
    layer(name="linear-layer-output-for-upstream", forward=LinearOwnOutput, right=False, kind="upstream-ignored", argument="W",
          site="self.dW = self.x.T @ self.y", also=("wrong-operand",)),
]
# fmt: on
