"""Fully connected layers: affine functions with a cache, plain ones, and layer classes.  Knows NumPy alone."""

from functools import partial

import numpy as np
from corpus.case import Case
from corpus.open.inputs import scaled, single

# --- an affine layer of a course assignment: x may have any shape, it is flattened per example


def affine_forward(x, w, b):
    out = x.reshape(x.shape[0], -1).dot(w) + b
    cache = (x, w, b)
    return out, cache


def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def affine_backward_no_sum(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = dout
    return dx, dw, db


def affine_backward_flat_dx(dout, cache):
    x, w, b = cache
    dx = np.dot(dout, w.T)
    dw = np.dot(x.reshape(x.shape[0], -1).T, dout)
    db = dout.sum(axis=0)
    return dx, dw, db


def affine_backward_mean_bias(dout, cache):
    x, w, b = cache
    N = x.shape[0]
    dx = np.dot(dout, w.T).reshape(x.shape)
    dw = np.dot(x.reshape(N, -1).T, dout)
    db = np.mean(dout, axis=0)
    return dx, dw, db


def affine_backward_keepdims(dout, cache):
    x, w, b = cache
    dx = dout @ w.T
    dx = dx.reshape(*x.shape)
    dw = x.reshape(len(x), -1).T @ dout
    db = dout.sum(axis=0, keepdims=True)
    return dx, dw, db


def affine_backward_dw_averaged(dout, cache):
    x, w, b = cache
    N = x.shape[0]
    x_flat = x.reshape(N, -1)
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x_flat.T.dot(dout) / N
    db = np.sum(dout, axis=0)
    return dx, dw, db


def affine_backward_swapped(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dw, dx, db


def affine_backward_ravel_order(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape, order="F")
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def affine_inputs(rng, n=5, d=3, m=7):
    return rng.normal(size=(n, 2, d)), rng.normal(size=(2 * d, m)), rng.normal(size=m)


# --- the plain style: nothing is cached


def linear(x, W, b):
    return x @ W.T + b


def linear_grad(dy, x, W, b):
    return dy @ W, dy.T @ x, dy.sum(0)


def linear_grad_einsum(dy, x, W, b):
    dx = np.einsum("bo,oi->bi", dy, W)
    dW = np.einsum("bo,bi->oi", dy, x)
    db = np.einsum("bo->o", dy)
    return dx, dW, db


def linear_grad_loop(dy, x, W, b):
    dx = np.zeros_like(x)
    dW = np.zeros_like(W)
    db = np.zeros_like(b)
    for i in range(x.shape[0]):
        for o in range(W.shape[0]):
            dx[i] += dy[i, o] * W[o]
            dW[o] += dy[i, o] * x[i]
            db[o] += dy[i, o]
    return dx, dW, db


def linear_grad_last_example(dy, x, W, b):
    dx = np.zeros_like(x)
    dW = np.zeros_like(W)
    db = np.zeros_like(b)
    for i in range(x.shape[0]):
        dx[i] = dy[i] @ W
        dW = np.outer(dy[i], x[i])
        db += dy[i]
    return dx, dW, db


def linear_grad_x_for_dy(dy, x, W, b):
    dx = dy @ W
    dW = dy.T @ dy
    db = dy.sum(0)
    return dx, dW, db


def linear_grad_ones(dy, x, W, b):
    g = np.ones_like(dy)
    return g @ W, g.T @ x, g.sum(0)


def linear_grad_first_row(dy, x, W, b):
    return dy @ W, dy.T @ x, dy[0]


def linear_inputs(rng, n=5, d=3, m=2):
    return rng.normal(size=(n, d)), rng.normal(size=(m, d)), rng.normal(size=m)


def square_inputs(rng, d=5):
    """As many examples as features, as outputs: nothing can be told from a shape."""
    return rng.normal(size=(d, d)), rng.normal(size=(d, d)), rng.normal(size=d)


def linear_grad_transposed(dy, x, W, b):
    dx = dy @ W.T
    dW = dy.T @ x
    db = np.sum(dy, axis=0)
    return dx, dW, db


def linear_grad_dw_transposed(dy, x, W, b):
    dx = dy @ W
    dW = x.T @ dy
    db = np.sum(dy, axis=0)
    return dx, dW, db


def linear_grad_bias_axis(dy, x, W, b):
    dx = dy @ W
    dW = dy.T @ x
    db = np.sum(dy, axis=1)
    return dx, dW, db


# --- a dictionary of gradients, examples in columns, as in a well-known course


def linear_forward(A_prev, W, b):
    Z = np.dot(W, A_prev) + b
    return Z, (A_prev, W, b)


def linear_backward(dZ, cache):
    A_prev, W, b = cache
    dW = np.dot(dZ, A_prev.T)
    db = np.sum(dZ, axis=1, keepdims=True)
    dA_prev = np.dot(W.T, dZ)
    return {"dA_prev": dA_prev, "dW": dW, "db": db}


def linear_backward_over_m(dZ, cache):
    """The 1/m of the cost, although the cost is not part of this layer."""
    A_prev, W, b = cache
    m = A_prev.shape[1]
    dW = 1.0 / m * np.dot(dZ, A_prev.T)
    db = np.sum(dZ, axis=1, keepdims=True)
    dA_prev = np.dot(W.T, dZ)
    return {"dA_prev": dA_prev, "dW": dW, "db": db}


def linear_backward_no_axis(dZ, cache):
    A_prev, W, b = cache
    dW = np.dot(dZ, A_prev.T)
    db = np.sum(dZ) * np.ones_like(b)
    dA_prev = np.dot(W.T, dZ)
    return {"dA_prev": dA_prev, "dW": dW, "db": db}


def column_inputs(rng, n=5, d=3, m=2):
    return rng.normal(size=(d, n)), rng.normal(size=(m, d)), rng.normal(size=(m, 1))


# fmt: off
affine = partial(Case, layer="affine", forward=affine_forward, style="cache", make=affine_inputs)
plain = partial(Case, layer="linear", forward=linear, style="plain", make=linear_inputs)
columns = partial(Case, layer="linear in columns", forward=linear_forward, style="cache", make=column_inputs)
CASES = [
    affine(name="affine", backward=affine_backward, right=True),
    affine(name="affine-single", backward=affine_backward, make=single(affine_inputs), right=True),
    affine(name="affine-tiny", backward=affine_backward, make=scaled(affine_inputs, 1e-8), right=True),
    plain(name="linear", backward=linear_grad, right=True),
    plain(name="linear-einsum", backward=linear_grad_einsum, right=True),
    plain(name="linear-loop", backward=linear_grad_loop, right=True),
    plain(name="linear-square", backward=linear_grad, make=square_inputs, right=True),
    columns(name="linear-columns", backward=linear_backward, right=True),
    affine(name="affine-bias-not-summed", backward=affine_backward_no_sum, right=False, kind="reduction-missing", argument="b",
           site="db = dout", also=("contract",)),
    affine(name="affine-dx-flat", backward=affine_backward_flat_dx, right=False, kind="contract", argument="x",
           site="dx = np.dot(dout, w.T)", note="the values are right, the shape is that of the flattened input"),
    affine(name="affine-bias-averaged", backward=affine_backward_mean_bias, right=False, kind="reduction-missing", argument="b",
           site="db = np.mean(dout, axis=0)", also=("factor",), note="a mean where the sum belongs is also a factor 1/N"),
    affine(name="affine-bias-keepdims", backward=affine_backward_keepdims, right=False, kind="contract", argument="b",
           site="db = dout.sum(axis=0, keepdims=True)"),
    affine(name="affine-weights-averaged", backward=affine_backward_dw_averaged, right=False, kind="factor", argument="w",
           site="dw = x_flat.T.dot(dout) / N"),
    affine(name="affine-return-order", backward=affine_backward_swapped, right=False, kind="swapped-outputs", argument="x",
           site="return dw, dx, db", also=("contract",)),
    affine(name="affine-reshape-order", backward=affine_backward_ravel_order, right=False, kind="transpose", argument="x",
           site='reshape(x.shape, order="F")', note="the entries are right and stand elsewhere"),
    plain(name="linear-last-example-kept", backward=linear_grad_last_example, right=False, kind="overwritten", argument="W",
          site="dW = np.outer(dy[i], x[i])"),
    plain(name="linear-upstream-for-input", backward=linear_grad_x_for_dy, make=square_inputs, right=False, kind="wrong-operand",
          argument="W", site="dW = dy.T @ dy"),
    plain(name="linear-upstream-of-ones", backward=linear_grad_ones, right=False, kind="upstream-ignored", argument="x",
          site="g = np.ones_like(dy)"),
    plain(name="linear-bias-of-first-row", backward=linear_grad_first_row, right=False, kind="reduction-missing", argument="b",
          site="dy[0]", also=("overwritten",)),
    plain(name="linear-square-not-transposed", backward=linear_grad_transposed, make=square_inputs, right=False,
          kind="transpose", argument="x", site="dx = dy @ W.T"),
    plain(name="linear-weights-transposed", backward=linear_grad_dw_transposed, right=False, kind="transpose", argument="W",
          site="dW = x.T @ dy", also=("contract",)),
    plain(name="linear-square-weights-transposed", backward=linear_grad_dw_transposed, make=square_inputs, right=False,
          kind="transpose", argument="W", site="dW = x.T @ dy"),
    plain(name="linear-square-bias-axis", backward=linear_grad_bias_axis, make=square_inputs, right=False,
          kind="wrong-axis", argument="b", site="db = np.sum(dy, axis=1)"),
    columns(name="linear-columns-over-m", backward=linear_backward_over_m, right=False, kind="factor", argument="W",
            site="dW = 1.0 / m"),
    columns(name="linear-columns-bias-total", backward=linear_backward_no_axis, right=False, kind="wrong-axis", argument="b",
            site="np.sum(dZ)", note="summed over all axes"),
]
# fmt: on
