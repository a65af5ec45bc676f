"""Layers with hand-written gradients, as somebody may hand them in: some are right, some are not.  It needs NumPy alone.

autograd-nn check examples/check_me.py
"""

import numpy as np


def affine_forward(x, w, b):
    """
    Inputs:
    - x: input data, of shape (N, D)
    - w: weights, of shape (D, M)
    - b: biases, of shape (M,)
    """
    out = x @ w + b
    return out, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    dx = dout @ w.T
    dw = x.T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db


# shapes: x=(N, D), gamma=(D,), beta=(D,)
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=0)
    centred = x - mean
    var = (centred**2).mean(axis=0)
    std = np.sqrt(var + eps)
    xhat = centred / std
    return gamma * xhat + beta, (xhat, gamma, std)


def batchnorm_backward(dout, cache):
    xhat, gamma, std = cache
    dgamma = (dout * xhat).sum(axis=0)
    dbeta = dout.sum(axis=0)
    dxhat = dout * gamma
    dx = (dxhat - dxhat.mean(axis=0)) / std  # the path through the variance is missing
    return dx, dgamma, dbeta


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


def softmax_loss(x, y):
    """Returns the loss and its gradient by the scores x of shape (N, C); y of shape (N,) are labels, 0 <= y[i] < C."""
    p = np.exp(x - x.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    n = len(x)
    loss = -np.log(p[np.arange(n), y]).sum() / n
    dx = p.copy()
    dx[np.arange(n), y] -= 1
    return loss, dx  # not divided by n


if __name__ == "__main__":
    raise SystemExit("a checker does not run this part")
