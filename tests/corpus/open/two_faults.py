"""Backwards with two mistakes at once; the kind is that of the first, the note names the second.  Knows NumPy alone."""

from functools import partial

import numpy as np
from corpus.case import Case
from corpus.open.attention import attention, open_inputs, softmax
from corpus.open.convolution import conv_forward_naive, images
from corpus.open.dense import affine_forward, affine_inputs, square_inputs
from corpus.open.dropout import dropout_forward, masked_inputs
from corpus.open.gated_memory import lstm_inputs, lstm_step_forward
from corpus.open.linear_classifiers import classifier, logistic_inputs
from corpus.open.losses import predictions, vae_kl
from corpus.open.networks import course_inputs, model_cost, sigmoid
from corpus.open.normalisation import batch, batchnorm_forward
from corpus.open.recurrent import rnn_forward, rnn_step_backward, sequence_inputs
from corpus.open.row_norms import layer_norm, wide_rows


def affine_backward(dout, cache):
    x, w, b = cache
    N = x.shape[0]
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(N, -1).T.dot(dout) / N
    db = dout[0]
    return dx, dw, db


def square_linear(x, W, b):
    return np.tanh(x @ W.T + b)


def square_linear_backward(dy, x, W, b):
    dz = dy * (1 - square_linear(x, W, b))
    dx = dz @ W.T
    return dx, dz.T @ x, dz.sum(0)


def batchnorm_backward(dout, cache):
    xhat, xmu, ivar, gamma = cache
    N = dout.shape[0]
    dgamma = np.sum(dout * xmu, axis=0)
    dbeta = np.sum(dout, axis=0)
    dxhat = dout * gamma
    dvar = np.sum(dxhat * xmu, axis=0) * -0.5 * ivar**3
    dx = dxhat * ivar + dvar * 2.0 * xmu / N
    return dx, dgamma, dbeta


def layer_norm_backward(dy, x, g, b):
    xc = x - x.mean(-1, keepdims=True)
    rstd = 1 / np.sqrt((xc**2).mean(-1, keepdims=True))
    norm = xc * rstd
    dnorm = dy * g
    dx = rstd * (dnorm - dnorm.mean(-1, keepdims=True) - norm * (dnorm * norm).sum(-1, keepdims=True))
    return dx, (dy * norm).sum(0), dy.sum(0)


def conv_backward(dout, cache):
    x, w, b, stride, pad = cache
    _, _, H, W = x.shape
    HH, WW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            rows, cols = slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW)
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, rows, cols])
            dxp[:, :, rows, cols] = np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, dout.mean((0, 2, 3))


def rnn_backward(dh, cache):
    N, T, H = dh.shape
    x, _, Wx, Wh, _ = cache[0]
    dx = np.zeros((N, T, x.shape[1]))
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(H)
    for t in reversed(range(T)):
        dx[:, t], dh0, dwx_t, dwh_t, db_t = rnn_step_backward(dh[:, t], cache[t])
        dWx = dwx_t
        dWh += dwh_t
        db += db_t
    return dx, dh0, dWx, dWh, db


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    tc = np.tanh(next_c)
    dc = dnext_c + dnext_h * o * (1 - next_c**2)
    di, df, do, dg = dc * g, dc * prev_c, dnext_h * tc, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.mean(axis=0)


def attention_backward(dout, cache):
    Q, K, V, A = cache
    dV = A.transpose(0, 2, 1) @ dout
    dA = dout @ V.transpose(0, 2, 1)
    dS = dA * A * (1 - A)
    return dS @ K, dS.transpose(0, 2, 1) @ Q, dV


def dropout_backward(dout, cache):
    mask, p = cache
    dx = -dout * p
    return dx


def softmax_classifier(W, X, y, reg):
    N = X.shape[0]
    p = softmax(X @ W)
    loss = -np.mean(np.log(p[np.arange(N), y])) + 0.5 * reg * np.sum(W * W)
    p[np.arange(N), y] -= 1
    dW = X.T @ p
    dW += 2 * reg * W
    return loss, dW


def logistic(w, b, X, Y):
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    cost = -1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    dz = Y - A
    grads = {"dw": np.dot(X, dz.T), "db": np.sum(dz) / m}
    return cost, grads


def backward_propagation(parameters, X, Y):
    m = X.shape[1]
    A1 = np.maximum(0, parameters["W1"] @ X + parameters["b1"])
    A2 = sigmoid(parameters["W2"] @ A1 + parameters["b2"])
    dZ2 = A2 - Y
    dW2 = 1 / m * np.dot(dZ2, A1.T) * 2
    db2 = 1 / m * np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = np.dot(parameters["W2"].T, dZ2) * (A1 > 0)
    dW1 = 1 / m * np.dot(dZ1, X.T)
    db1 = 4 / m * np.sum(dZ1, axis=1, keepdims=True)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


def gaussian_nll(mu, log_var, y):
    var = np.exp(log_var)
    loss = 0.5 * np.mean(log_var + (y - mu) ** 2 / var)
    dmu = (y - mu) / var / y.size
    dlog_var = 0.5 * (1 - (y - mu) ** 2) / y.size
    return loss, (dmu, dlog_var)


def vae_kl_grad(mu, logvar):
    dlogvar = 0.5 * (1 - np.exp(logvar))
    return mu, dlogvar


class Layer:
    """tanh(x W + b), with an optimiser inside."""

    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        self.out = np.tanh(x @ self.W + self.b)
        return self.out

    def backward(self, dout):
        dz = dout * (1 - np.tanh(self.out) ** 2)
        self.W = self.W - 0.1 * self.x.T @ dz
        self.b = self.b - 0.1 * dz.sum(axis=0)
        return dz @ self.W.T


class Accumulating(Layer):
    """The gradients are kept from call to call, and that of the bias is not summed."""

    def __init__(self, W, b):
        super().__init__(W, b)
        self.dx = 0

    def backward(self, dout):
        dz = dout * (1 - self.out**2)
        self.dW, self.db = self.x.T @ dz, dz
        self.dx += dz @ self.W.T
        return self.dx


def layer_inputs(rng, n=5, d=3, m=2):
    return rng.normal(size=(n, d)), rng.normal(size=(d, m)), rng.normal(size=m)


def codes(rng, n=5, d=3):
    return rng.normal(size=(n, d)), 0.3 * rng.normal(size=(n, d))


# fmt: off
wrong = partial(Case, right=False)
CASES = [
    wrong(name="two-faults-affine", layer="affine", forward=affine_forward, backward=affine_backward, style="cache",
          make=affine_inputs,
          kind="factor", argument="w", site="dw = x.reshape(N, -1).T.dot(dout) / N", note="second: reduction-missing of b"),
    wrong(name="two-faults-square-linear", layer="linear", forward=square_linear, backward=square_linear_backward, style="plain",
          make=square_inputs, kind="wrong-activation-derivative", argument="x", site="dz = dy * (1 - square_linear(x, W, b))",
          also=("transpose",), note="second: transpose of x"),
    wrong(name="two-faults-batch-norm", layer="batch norm", forward=batchnorm_forward, backward=batchnorm_backward, style="cache",
          make=batch, kind="path-dropped", argument="x", site="dx = dxhat * ivar + dvar", note="second: wrong-operand of gamma"),
    wrong(name="two-faults-layer-norm", layer="layer norm", forward=layer_norm, backward=layer_norm_backward, style="plain",
          make=wide_rows, kind="factor", argument="x", site="(dnorm * norm).sum(-1", also=("ddof-or-eps",),
          note="second: ddof-or-eps of x and g"),
    wrong(name="two-faults-convolution", layer="convolution", forward=conv_forward_naive, backward=conv_backward, style="cache",
          make=images, static=(3, 4), kind="overwritten", argument="x", site="dxp[:, :, rows, cols] = ",
          note="second: reduction-missing of b"),
    wrong(name="two-faults-recurrent-network", layer="recurrent network", forward=rnn_forward, backward=rnn_backward,
          style="cache",
          make=sequence_inputs, kind="bptt-truncated", argument="x", site="rnn_step_backward(dh[:, t], cache[t])",
          also=("path-dropped",), note="second: overwritten of Wx"),
    wrong(name="two-faults-lstm-step", layer="lstm step", forward=lstm_step_forward, backward=lstm_step_backward, style="cache",
          make=lstm_inputs, kind="wrong-activation-derivative", argument="x", site="(1 - next_c**2)", also=("wrong-operand",),
          note="second: reduction-missing of b"),
    wrong(name="two-faults-attention", layer="attention", forward=attention, backward=attention_backward, style="cache",
          make=open_inputs, static=(3,), kind="softmax-elementwise", argument="Q", site="dS = dA * A * (1 - A)", also=("factor",),
          note="second: factor of Q and K, the scale is forgotten"),
    wrong(name="two-faults-dropout", layer="dropout", forward=dropout_forward, backward=dropout_backward, style="cache",
          make=masked_inputs, static=(1, 2), kind="dropout-mask", argument="x", site="dx = -dout * p",
          also=("sign", "mask-forgotten"), note="second: sign"),
    wrong(name="two-faults-softmax-classifier", layer="softmax classifier", forward=softmax_classifier, backward=None,
          style="loss",
          make=classifier, static=(1, 2, 3), kind="factor", argument="W", site="dW = X.T @ p", also=("regulariser",),
          note="second: regulariser"),
    wrong(name="two-faults-logistic-regression", layer="logistic regression", forward=logistic, backward=None, style="loss",
          make=logistic_inputs, static=(2, 3), kind="sign", argument="w", site="dz = Y - A", also=("factor",),
          note="second: factor of w"),
    wrong(name="two-faults-network-of-dictionaries", layer="network of dictionaries", forward=model_cost,
          backward=backward_propagation, style="gradient", make=course_inputs, static=(1, 2), kind="factor", argument="b1",
          site="db1 = 4 / m", note="second: factor of W2; as planted in a well-known assignment"),
    wrong(name="two-faults-normal-likelihood", layer="normal likelihood", forward=gaussian_nll, backward=None, style="loss",
          make=predictions, static=(2,), kind="sign", argument="mu", site="dmu = (y - mu)", note="second: factor of log_var"),
    wrong(name="two-faults-kl-of-a-code", layer="kl of a code", forward=vae_kl, backward=vae_kl_grad, style="gradient",
          make=codes,
          kind="factor", argument="mu", site="return mu, dlogvar", note="second: sign of logvar"),
    wrong(name="two-faults-dense-with-optimiser", layer="dense with optimiser", forward=Layer, backward="backward", style="class",
          make=layer_inputs, kind="wrong-activation-derivative", argument="x", site="np.tanh(self.out)",
          also=("updated-weights",),
          note="second: updated-weights of x"),
    wrong(name="two-faults-dense-that-adds-up", layer="fully connected", forward=Accumulating, backward="backward", style="class",
          make=layer_inputs, kind="state-not-reset", argument="x", site="self.dx += dz", also=("reduction-missing", "contract"),
          note="second: reduction-missing of b"),
]
# fmt: on
