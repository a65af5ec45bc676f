"""Dense layers and small networks of them, differentiated by hand."""

import numpy as np
from corpus.case import Case


def make_dense(rng, n=5, d=3, m=2):
    return rng.normal(size=(n, d)), rng.normal(size=(d, m)), rng.normal(size=m)


def make_square(rng, n=5, d=3):
    return rng.normal(size=(n, d)), rng.normal(size=(d, d)), rng.normal(size=d)


def make_images(rng, n=5, d=3, k=2, m=7):
    return rng.normal(size=(n, d, k)), rng.normal(size=(d * k, m)), rng.normal(size=m)


# --- affine layer, CS231n manner --------------------------------------------------------------------------------------


def affine_forward(x, w, b):
    """x (N, d_1, ..., d_k), w (D, M), b (M,)"""
    out = x.reshape(x.shape[0], -1) @ w + b
    cache = (x, w, b)
    return out, cache


def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def affine_backward_loops(dout, cache):
    x, w, b = cache
    N, M = dout.shape
    flat = x.reshape(N, -1)
    dflat, dw, db = np.zeros(flat.shape), np.zeros(w.shape), np.zeros(b.shape)
    for i in range(N):
        for j in range(M):
            dflat[i] += dout[i, j] * w[:, j]
            dw[:, j] += dout[i, j] * flat[i]
            db[j] += dout[i, j]
    return dflat.reshape(x.shape), dw, db


def affine_backward_bias_kept(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = dout
    return dx, dw, db


def affine_backward_bias_mean(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.mean(dout, axis=0)
    return dx, dw, db


def affine_backward_rows(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.sum(dout, axis=1)
    return dx, dw, db


def affine_backward_reordered(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dw, dx, db


def affine_backward_no_reshape(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T)  # (N, D)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def affine_backward_first_row(dout, cache):
    x, w, b = cache
    N, M = dout.shape
    flat = x.reshape(N, -1)
    dflat, dw, db = np.zeros(flat.shape), np.zeros(w.shape), np.zeros(b.shape)
    for i in range(N):
        dflat[i] = w @ dout[i]
        dw += np.outer(flat[i], dout[i])
        db = dout[i]
    return dflat.reshape(x.shape), dw, db


# --- square layer: shapes say nothing about transposes ----------------------------------------------------------------


def linear(x, W, b):
    return x @ W.T + b


def linear_grad(grad_out, x, W, b):
    return grad_out @ W, grad_out.T @ x, grad_out.sum(0)


def linear_grad_einsum(grad_out, x, W, b):
    grad_x = np.einsum("no,oi->ni", grad_out, W)
    grad_W = np.einsum("no,ni->oi", grad_out, x)
    grad_b = np.einsum("no->o", grad_out)
    return grad_x, grad_W, grad_b


def linear_grad_wt(grad_out, x, W, b):
    return (
        grad_out @ W.T,
        grad_out.T @ x,
        grad_out.sum(0),
    )


def linear_grad_dwt(grad_out, x, W, b):
    grad_x = grad_out @ W
    grad_W = x.T @ grad_out
    grad_b = grad_out.sum(0)
    return grad_x, grad_W, grad_b


def linear_grad_local(grad_out, x, W, b):
    grad_x = np.ones_like(grad_out) @ W  # d(x W^T)/dx = W
    grad_W = grad_out.T @ x
    grad_b = grad_out.sum(0)
    return grad_x, grad_W, grad_b


# --- class with its own optimiser -------------------------------------------------------------------------------------


class Dense:
    def __init__(self, W, b, lr=0.1):
        self.W = np.array(W)
        self.b = np.array(b)
        self.lr = lr

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return dout @ self.W.T


class DenseSteps(Dense):
    """Takes its step inside backward, after dx."""

    def backward(self, dout):
        dx = dout @ self.W.T
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        self.W = self.W - self.lr * self.dW
        self.b = self.b - self.lr * self.db
        return dx


class DenseUpdatesFirst(Dense):
    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        self.W -= self.lr * self.dW
        self.b -= self.lr * self.db
        return dout @ self.W.T


class DenseAccumulates(Dense):
    def __init__(self, W, b):
        super().__init__(W, b)
        self.dW = np.zeros_like(W)
        self.db = np.zeros_like(b)

    def backward(self, dout):
        self.dW += self.x.T @ dout
        self.db += dout.sum(axis=0)
        return dout @ self.W.T


class DenseFirstInput(Dense):
    def __init__(self, W, b):
        super().__init__(W, b)
        self.x = None

    def forward(self, x):
        if self.x is None:
            self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        dW = self.x.T @ dout
        self.dW, self.db = dW, dout.sum(axis=0)
        return dout @ self.W.T


class DenseForgetsReturn(Dense):
    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        self.dx = dout @ self.W.T


class DenseGradsDict:
    def __init__(self, W, b):
        self.params = {"W": W, "b": b}
        self.grads = {}

    def forward(self, x):
        self.inputs = x
        return x @ self.params["W"] + self.params["b"]

    def backward(self, grad):
        self.grads["b"] = np.sum(grad, axis=0)
        self.grads["W"] = self.inputs.T @ grad
        return grad @ self.params["W"].T


class DenseGradsDictAveraged(DenseGradsDict):
    def backward(self, grad):
        m = grad.shape[0]
        self.grads["b"] = np.sum(grad, axis=0)
        self.grads["W"] = 1.0 / m * self.inputs.T @ grad
        return grad @ self.params["W"].T


# --- one example as a column, two layers, quadratic cost --------------------------------------------------------------


def make_column(rng, n=5, d=3, k=2):
    return (
        rng.normal(size=(n, 1)), rng.normal(size=(k, 1)), rng.normal(size=(d, n)), rng.normal(size=(d, 1)),
        rng.normal(size=(k, d)), rng.normal(size=(k, 1)),
    )  # fmt: skip


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


def cost(x, y, w1, b1, w2, b2):
    a1 = sigmoid(w1 @ x + b1)
    a2 = sigmoid(w2 @ a1 + b2)
    return 0.5 * np.sum((a2 - y) ** 2)


def backprop(x, y, w1, b1, w2, b2):
    z1 = w1 @ x + b1
    a1 = sigmoid(z1)
    z2 = w2 @ a1 + b2
    delta2 = (sigmoid(z2) - y) * sigmoid_prime(z2)
    delta1 = (w2.T @ delta2) * sigmoid_prime(z1)
    return delta1 @ x.T, delta1, delta2 @ a1.T, delta2


def backprop_lists(x, y, w1, b1, w2, b2):
    weights, biases = [w1, w2], [b1, b2]
    activations = [x]
    for w, b in zip(weights, biases):
        activations.append(sigmoid(np.dot(w, activations[-1]) + b))
    a = activations[-1]
    delta = (a - y) * a * (1 - a)
    nabla = []
    for layer in (1, 0):
        nabla = [np.dot(delta, activations[layer].T), delta, *nabla]
        a = activations[layer]
        delta = np.dot(weights[layer].T, delta) * a * (1 - a)
    return tuple(nabla)


def backprop_prime_of_activation(x, y, w1, b1, w2, b2):
    a1 = sigmoid(w1 @ x + b1)
    a2 = sigmoid(w2 @ a1 + b2)
    delta2 = (a2 - y) * a2 * (1 - a2)
    delta1 = (w2.T @ delta2) * sigmoid_prime(a1)
    return delta1 @ x.T, delta1, delta2 @ a1.T, delta2


def backprop_cross_entropy_delta(x, y, w1, b1, w2, b2):
    z1 = w1 @ x + b1
    a1 = sigmoid(z1)
    a2 = sigmoid(w2 @ a1 + b2)
    delta2 = a2 - y
    delta1 = (w2.T @ delta2) * sigmoid_prime(z1)
    return delta1 @ x.T, delta1, delta2 @ a1.T, delta2


def backprop_z_for_a(x, y, w1, b1, w2, b2):
    z1 = w1 @ x + b1
    a1 = sigmoid(z1)
    z2 = w2 @ a1 + b2
    delta2 = (sigmoid(z2) - y) * sigmoid_prime(z2)
    delta1 = (w2.T @ delta2) * sigmoid_prime(z1)
    return delta1 @ x.T, delta1, delta2 @ z1.T, delta2


def backprop_target_minus_output(x, y, w1, b1, w2, b2):
    z1 = w1 @ x + b1
    a1 = sigmoid(z1)
    z2 = w2 @ a1 + b2
    delta2 = (y - sigmoid(z2)) * sigmoid_prime(z2)
    delta1 = (w2.T @ delta2) * sigmoid_prime(z1)
    return delta1 @ x.T, delta1, delta2 @ a1.T, delta2


def backprop_no_prime_in_hidden(x, y, w1, b1, w2, b2):
    a1 = sigmoid(w1 @ x + b1)
    z2 = w2 @ a1 + b2
    delta2 = (sigmoid(z2) - y) * sigmoid_prime(z2)
    delta1 = w2.T @ delta2
    return delta1 @ x.T, delta1, delta2 @ a1.T, delta2


def case(name, backward, kind="", argument="", site="", **more):
    family = {
        "affine": ("cache", affine_forward, make_images, ()), "linear": ("plain", linear, make_square, ()),
        "column": ("column", cost, make_column, (0, 1)),
    }  # fmt: skip
    if isinstance(backward, type):
        style, forward, make, static, backward = "class", backward, make_dense, (), "backward"
    else:
        style, forward, make, static = family[name.split("-")[1]]
    return Case(
        name=name, layer="two dense layers" if style == "column" else "dense", forward=forward, backward=backward,
        style=style, make=make, static=static, right=not kind, kind=kind, argument=argument, site=site, **more,
    )  # fmt: skip


CASES = [
    case("dense-affine", affine_backward),
    case("dense-affine-loops", affine_backward_loops),
    case("dense-affine-bias-not-summed", affine_backward_bias_kept, "reduction-missing", "b", "db = dout", also=("contract",)),
    case("dense-affine-bias-averaged", affine_backward_bias_mean, "factor", "b", "db = np.mean", also=("reduction-missing",)),
    case("dense-affine-bias-summed-over-columns", affine_backward_rows, "wrong-axis", "b", "axis=1", also=("contract",)),
    case("dense-affine-returned-in-other-order", affine_backward_reordered, "swapped-outputs", "x", "return dw, dx, db"),
    case("dense-affine-not-reshaped-back", affine_backward_no_reshape, "contract", "x", "dx = dout.dot(w.T)"),
    case("dense-affine-bias-of-last-row", affine_backward_first_row, "overwritten", "b", "db = dout[i]"),
    case("dense-linear", linear_grad),
    case("dense-linear-einsum", linear_grad_einsum),
    case("dense-linear-weights-transposed", linear_grad_wt, "transpose", "x", "grad_out @ W.T"),
    case("dense-linear-weight-gradient-transposed", linear_grad_dwt, "transpose", "W", "x.T @ grad_out"),
    case("dense-linear-local-gradient", linear_grad_local, "upstream-ignored", "x", "np.ones_like(grad_out)"),
    case("dense-class", Dense),
    case("dense-class-steps-after", DenseSteps, note="takes its step in backward, on new arrays, after dx"),
    case("dense-class-steps-before-dx", DenseUpdatesFirst, "updated-weights", "x", "self.W -= self.lr", also=("mutation",)),
    case("dense-class-accumulates", DenseAccumulates, "state-not-reset", "W", "self.dW +=", also=("path-doubled",),
         invisible="backward called a second time"),
    case("dense-class-keeps-first-input", DenseFirstInput, "stale-cache", "W", "dW = self.x.T @ dout",
         invisible="forward called with two different inputs"),
    case("dense-class-returns-nothing", DenseForgetsReturn, "contract", "x", "self.dx = dout @ self.W.T"),
    case("dense-class-dict", DenseGradsDict),
    case("dense-class-dict-averaged", DenseGradsDictAveraged, "factor", "W", "1.0 / m * self.inputs.T"),
    case("two-column-layers", backprop),
    case("two-column-layers-lists", backprop_lists),
    case("two-column-prime-of-activation", backprop_prime_of_activation, "wrong-activation-derivative", "w1",
         "sigmoid_prime(a1)"),
    case("two-column-cross-entropy-delta", backprop_cross_entropy_delta, "neighbouring-loss", "w1", "delta2 = a2 - y",
         also=("wrong-activation-derivative", "path-dropped")),
    case("two-column-pre-activation-as-input", backprop_z_for_a, "wrong-operand", "w2", "delta2 @ z1.T"),
    case("two-column-target-minus-output", backprop_target_minus_output, "sign", "w1", "(y - sigmoid(z2))"),
    case("two-column-hidden-prime-missing", backprop_no_prime_in_hidden, "wrong-activation-derivative", "w1",
         "delta1 = w2.T @ delta2", also=("path-dropped",)),
]  # fmt: skip
