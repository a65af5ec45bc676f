"""Layers that update their weights inside the backward pass, and whole steps of training.  Knows NumPy alone."""

from functools import partial

import numpy as np
from corpus.case import Case

# --- layers with an optimiser inside: only what is handed to the layer below can be seen


class StochasticGradientDescent:
    def __init__(self, learning_rate=0.1):
        self.learning_rate = learning_rate

    def update(self, w, grad_wrt_w):
        return w - self.learning_rate * grad_wrt_w


class Dense:
    def __init__(self, W, w0):
        self.W, self.w0 = W, w0
        self.W_opt = self.w0_opt = StochasticGradientDescent()
        self.trainable = True

    def forward_pass(self, X, training=True):
        self.layer_input = X
        return X.dot(self.W) + self.w0

    def backward_pass(self, accum_grad):
        W = self.W
        if self.trainable:
            grad_w = self.layer_input.T.dot(accum_grad)
            grad_w0 = np.sum(accum_grad, axis=0, keepdims=True)
            self.W = self.W_opt.update(self.W, grad_w)
            self.w0 = self.w0_opt.update(self.w0, grad_w0)
        return accum_grad.dot(W.T)


class DenseUpdatesFirst(Dense):
    def backward_pass(self, accum_grad):
        if self.trainable:
            grad_w = self.layer_input.T.dot(accum_grad)
            grad_w0 = np.sum(accum_grad, axis=0, keepdims=True)
            self.W = self.W_opt.update(self.W, grad_w)
            self.w0 = self.w0_opt.update(self.w0, grad_w0)
        accum_grad = accum_grad.dot(self.W.T)
        return accum_grad


class DenseInPlace(Dense):
    """W is only another name for the array that is updated in place."""

    def __init__(self, W, w0):
        super().__init__(W.copy(), w0.copy())

    def backward_pass(self, accum_grad):
        W = self.W
        grad_w = self.layer_input.T.dot(accum_grad)
        self.W -= 0.1 * grad_w
        self.w0 -= 0.1 * np.sum(accum_grad, axis=0, keepdims=True)
        return accum_grad.dot(W.T)


class DenseFrozen(Dense):
    def __init__(self, W, w0):
        super().__init__(W, w0)
        self.trainable = False


class FCLayer:
    """The tutorial's layer: forward_propagation and backward_propagation with a learning rate."""

    def __init__(self, weights, bias):
        self.weights, self.bias = weights, bias

    def forward(self, input_data):
        self.input = input_data
        self.output = np.dot(self.input, self.weights) + self.bias
        return self.output

    def backward_propagation(self, output_error, learning_rate=0.1):
        input_error = np.dot(output_error, self.weights.T)
        weights_error = np.dot(self.input.T, output_error)
        self.weights = self.weights - learning_rate * weights_error
        self.bias = self.bias - learning_rate * output_error
        return input_error


class FCLayerInputErrorLast(FCLayer):
    def backward_propagation(self, output_error, learning_rate=0.1):
        weights_error = np.dot(self.input.T, output_error)
        self.weights = self.weights - learning_rate * weights_error
        self.bias = self.bias - learning_rate * output_error
        input_error = np.dot(output_error, self.weights.T)
        return input_error


class FCLayerDecay(FCLayer):
    """The error is multiplied by the learning rate, not the update."""

    def backward_propagation(self, output_error, learning_rate=0.1):
        output_error = learning_rate * output_error
        input_error = np.dot(output_error, self.weights.T)
        self.weights = self.weights - np.dot(self.input.T, output_error)
        self.bias = self.bias - output_error
        return input_error


def rows(rng, n=5, d=3, m=2):
    return rng.normal(size=(n, d)), rng.normal(size=(d, m)), rng.normal(size=(1, m))


def one_row(rng, d=5, m=3):
    return rng.normal(size=(1, d)), rng.normal(size=(d, m)), rng.normal(size=(1, m))


# --- two layers updated one after the other


class TwoLayers:
    """Returns the gradient for the input, having learnt."""

    def __init__(self, W1, W2):
        self.W1, self.W2, self.lr = W1, W2, 0.05

    def forward(self, X):
        self.X = X
        self.H = np.tanh(X @ self.W1)
        return self.H @ self.W2

    def backward(self, dY):
        dW2 = self.H.T @ dY
        dZ = (dY @ self.W2.T) * (1 - self.H**2)
        dW1 = self.X.T @ dZ
        dX = dZ @ self.W1.T
        self.W2 = self.W2 - self.lr * dW2
        self.W1 = self.W1 - self.lr * dW1
        return dX


class TwoLayersGreedy(TwoLayers):
    def backward(self, dY):
        self.W2 = self.W2 - self.lr * self.H.T @ dY
        dZ = (dY @ self.W2.T) * (1 - self.H**2)
        dX = dZ @ self.W1.T
        self.W1 = self.W1 - self.lr * self.X.T @ dZ
        return dX


class TwoLayersGradientReversed(TwoLayers):
    """The second layer's gradient is normalised before it goes on."""

    def backward(self, dY):
        dH = dY @ self.W2.T
        dH = dH / (np.linalg.norm(dH) + 1e-8)
        dZ = dH * (1 - self.H**2)
        dX = dZ @ self.W1.T
        self.W2 = self.W2 - self.lr * self.H.T @ dY
        self.W1 = self.W1 - self.lr * self.X.T @ dZ
        return dX


class TwoLayersMomentum(TwoLayers):
    """The velocity is what goes to the layer below."""

    velocity = 0.0

    def backward(self, dY):
        dZ = (dY @ self.W2.T) * (1 - self.H**2)
        self.velocity = 0.9 * self.velocity + dZ @ self.W1.T
        return self.velocity


def two_layers(rng, n=5, d=3, h=7, m=2):
    return rng.normal(size=(n, d)), rng.normal(size=(d, h)), rng.normal(size=(h, m))


# --- a perceptron trained inside a function: the gradients of a batch, and the weights with it


def train_step(w, x, y):
    """Half the squared error of a linear unit; the caller's weights are left alone."""
    error = x @ w - y
    return 0.5 * error @ error, x.T @ error


def train_step_in_place(w, x, y, lr=0.01):
    error = x @ w - y
    loss, grad = 0.5 * error @ error, x.T @ error
    w -= lr * grad
    return loss, grad


def train_step_online(w, x, y, lr=0.05):
    """Example after example, each with the weights that the one before has left."""
    loss, grad, weights = 0.5 * np.sum((x @ w - y) ** 2), np.zeros_like(w), w.copy()
    for row, target in zip(x, y):
        g = (row @ weights - target) * row
        weights = weights - lr * g
        grad += g
    return loss, grad


def unit(rng, n=5, d=3):
    return rng.normal(size=d), rng.normal(size=(n, d)), rng.normal(size=n)


# fmt: off
dense = partial(Case, layer="dense with optimiser", style="class", make=rows, backward="backward_pass")
tutorial = partial(Case, layer="dense with learning rate", style="class", make=one_row, backward="backward_propagation")
two = partial(Case, layer="two layers that learn", style="class", make=two_layers, backward="backward")
step = partial(Case, layer="linear unit in training", backward=None, style="loss", make=unit, static=(1, 2))
CASES = [
    dense(name="dense-with-optimiser", forward=Dense, right=True, note="updates its weights after the gradient"),
    dense(name="dense-with-optimiser-frozen", forward=DenseFrozen, right=True),
    tutorial(name="dense-with-learning-rate", forward=FCLayer, right=True, note="updates its weights after the gradient"),
    two(name="two-layers-that-learn", forward=TwoLayers, right=True, note="updates its weights after the gradient"),
    step(name="linear-unit-in-training", forward=train_step, right=True),
    dense(name="dense-with-optimiser-first", forward=DenseUpdatesFirst, right=False, kind="updated-weights", argument="X",
          site="accum_grad = accum_grad.dot(self.W.T)"),
    dense(name="dense-with-optimiser-in-place", forward=DenseInPlace, right=False, kind="updated-weights", argument="X",
          site="self.W -= 0.1 * grad_w", also=("mutation",)),
    tutorial(name="dense-with-learning-rate-input-error-last", forward=FCLayerInputErrorLast, right=False,
             kind="updated-weights", argument="input_data", site="input_error = np.dot(output_error, self.weights.T)"),
    tutorial(name="dense-with-learning-rate-in-the-error", forward=FCLayerDecay, right=False, kind="factor",
             argument="input_data", site="output_error = learning_rate * output_error"),
    two(name="two-layers-that-learn-greedily", forward=TwoLayersGreedy, right=False, kind="updated-weights", argument="X",
        site="dZ = (dY @ self.W2.T)"),
    two(name="two-layers-that-learn-normalised", forward=TwoLayersGradientReversed, right=False, kind="gradient-clipped",
        argument="X", site="np.linalg.norm(dH)", also=("factor",)),
    two(name="two-layers-that-learn-velocity", forward=TwoLayersMomentum, right=False, kind="state-not-reset", argument="X",
        site="self.velocity = 0.9 * self.velocity"),
    step(name="linear-unit-in-training-in-place", forward=train_step_in_place, right=False, kind="mutation", argument="w",
         site="w -= lr * grad", also=("updated-weights",)),
    step(name="linear-unit-in-training-online", forward=train_step_online, right=False, kind="updated-weights", argument="w",
         site="weights = weights - lr * g"),
]
# fmt: on
