"""Dropout, stochastic depth, masked weights and noise.  Knows NumPy alone."""

from functools import partial

import numpy as np
from corpus.case import Case
from corpus.open.inputs import matrix, single

# --- inverted dropout; the mask is an input, drawn by the caller


def dropout_forward(x, mask, p):
    """p is the chance to keep."""
    out = x * mask / p
    return out, (mask, p)


def dropout_backward(dout, cache):
    mask, p = cache
    return dout * mask / p


def dropout_backward_no_mask(dout, cache):
    mask, p = cache
    return dout / p


def dropout_backward_no_scale(dout, cache):
    mask, p = cache
    return dout * mask


def dropout_backward_multiplied(dout, cache):
    mask, p = cache
    return dout * mask * p


def dropout_backward_scaled_twice(dout, cache):
    mask, p = cache
    mask = mask / p
    dx = dout * mask / p
    return dx


def dropout_backward_new_mask(dout, cache):
    mask, p = cache
    mask = np.random.default_rng(1).random(dout.shape) < p
    return dout * mask / p


def dropout_backward_inverted(dout, cache):
    mask, p = cache
    dx = dout.copy()
    dx[mask] = 0
    return dx / p


def masked_inputs(rng, n=7, d=3):
    return rng.normal(size=(n, d)), rng.random((n, d)) < 0.6, 0.6


class Dropout:
    """It draws its mask itself, from its own seed."""

    def __init__(self, rate=0.4, seed=7):
        self.rate, self.seed = rate, seed

    def forward(self, X):
        keep = np.random.default_rng(self.seed).random(X.shape) >= self.rate
        self.mask = keep / (1 - self.rate)
        return X * self.mask

    def backward(self, dout):
        return dout * self.mask


class DropoutWrapper(Dropout):
    """The mask is applied to the output, and the gradient is handed to the layer as it comes."""

    def backward(self, dout):
        return dout * (self.mask != 0)


class DropoutSquared(Dropout):
    def backward(self, dout):
        return dout * self.mask / (1 - self.rate)


class DropoutInPlace(Dropout):
    def backward(self, dout):
        dout *= self.mask
        return dout


# --- stochastic depth: a residual branch is kept or not, by example


def residual_forward(x, W, kept, p):
    branch = np.maximum(x @ W, 0)
    return x + kept[:, None] * branch / p, (x, W, kept, p)


def residual_backward(dout, cache):
    x, W, kept, p = cache
    dz = dout * kept[:, None] / p * (x @ W > 0)
    return dout + dz @ W.T, x.T @ dz


def residual_backward_no_skip(dout, cache):
    x, W, kept, p = cache
    dz = dout * kept[:, None] / p * (x @ W > 0)
    dx = dz @ W.T
    return dx, x.T @ dz


def residual_backward_always(dout, cache):
    x, W, kept, p = cache
    dz = dout / p * (x @ W > 0)
    return dout + dz @ W.T, x.T @ dz


def residual_backward_skip_twice(dout, cache):
    x, W, kept, p = cache
    dz = dout * kept[:, None] / p * (x @ W > 0)
    dx = dz @ W.T + dout
    dx += dout
    return dx, x.T @ dz


def depth_inputs(rng, n=7, d=3):
    return rng.normal(size=(n, d)), rng.normal(size=(d, d)), rng.random(n) < 0.6, 0.6


# --- weights with a fixed sparsity


def sparse_linear(x, W, mask):
    return x @ (W * mask)


def sparse_linear_backward(dy, x, W, mask):
    return dy @ (W * mask).T, (x.T @ dy) * mask


def sparse_linear_backward_dense(dy, x, W, mask):
    return dy @ (W * mask).T, x.T @ dy


def sparse_linear_backward_dense_dx(dy, x, W, mask):
    dx = dy @ W.T
    dW = (x.T @ dy) * mask
    return dx, dW


def sparse_inputs(rng, n=7, d=3, m=5):
    return rng.normal(size=(n, d)), rng.normal(size=(d, m)), (rng.random((d, m)) < 0.5).astype(float)


# --- padded sequences: the mean of the valid steps


def masked_mean(h, lengths):
    """h (N, T, D); the steps from lengths[n] on are padding."""
    valid = (np.arange(h.shape[1]) < lengths[:, None])[:, :, None]
    return (h * valid).sum(axis=1) / lengths[:, None]


def masked_mean_backward(dy, h, lengths):
    valid = (np.arange(h.shape[1]) < lengths[:, None])[:, :, None]
    return valid * (dy / lengths[:, None])[:, None, :]


def masked_mean_backward_padding(dy, h, lengths):
    return np.ones_like(h) * (dy / lengths[:, None])[:, None, :]


def masked_mean_backward_all_steps(dy, h, lengths):
    T = h.shape[1]
    valid = (np.arange(T) < lengths[:, None])[:, :, None]
    return valid * (dy / T)[:, None, :]


def sequences(rng, n=5, t=7, d=3):
    return rng.normal(size=(n, t, d)), rng.integers(1, t, n)


# fmt: off
drop = partial(Case, layer="dropout", forward=dropout_forward, style="cache", make=masked_inputs, static=(1, 2))
thing = partial(Case, layer="dropout", style="class", make=matrix, backward="backward")
depth = partial(Case, layer="stochastic depth", forward=residual_forward, style="cache", make=depth_inputs, static=(2, 3))
sparse = partial(Case, layer="sparse linear", forward=sparse_linear, style="plain", make=sparse_inputs, static=(2,))
mean = partial(Case, layer="masked mean", forward=masked_mean, style="plain", make=sequences, static=(1,))
CASES = [
    drop(name="dropout", backward=dropout_backward, right=True),
    drop(name="dropout-single", backward=dropout_backward, make=single(masked_inputs, 0), right=True),
    thing(name="dropout-object", forward=Dropout, right=True),
    depth(name="stochastic-depth", backward=residual_backward, right=True),
    sparse(name="sparse-linear", backward=sparse_linear_backward, right=True),
    mean(name="masked-mean", backward=masked_mean_backward, right=True),
    drop(name="dropout-mask-missing", backward=dropout_backward_no_mask, right=False, kind="dropout-mask", argument="x",
         site="return dout / p", also=("mask-forgotten",)),
    drop(name="dropout-scale-missing", backward=dropout_backward_no_scale, right=False, kind="dropout-mask", argument="x",
         site="return dout * mask", also=("factor",)),
    drop(name="dropout-scale-as-product", backward=dropout_backward_multiplied, right=False, kind="dropout-mask", argument="x",
         site="dout * mask * p", also=("factor",)),
    drop(name="dropout-scaled-twice", backward=dropout_backward_scaled_twice, right=False, kind="dropout-mask", argument="x",
         site="dx = dout * mask / p", also=("factor",)),
    drop(name="dropout-new-mask", backward=dropout_backward_new_mask, right=False, kind="dropout-mask", argument="x",
         site="np.random.default_rng(1)", also=("wrong-operand",)),
    drop(name="dropout-mask-inverted", backward=dropout_backward_inverted, right=False, kind="dropout-mask", argument="x",
         site="dx[mask] = 0", also=("mask-forgotten",)),
    thing(name="dropout-object-scale-missing", forward=DropoutWrapper, right=False, kind="dropout-mask", argument="X",
          site="(self.mask != 0)", also=("factor",)),
    thing(name="dropout-object-scaled-twice", forward=DropoutSquared, right=False, kind="dropout-mask", argument="X",
          site="self.mask / (1 - self.rate)", also=("factor",)),
    thing(name="dropout-object-in-place", forward=DropoutInPlace, right=False, kind="mutation", argument="X",
          site="dout *= self.mask"),
    depth(name="stochastic-depth-skip-forgotten", backward=residual_backward_no_skip, right=False, kind="path-dropped",
          argument="x",
          site="dx = dz @ W.T"),
    depth(name="stochastic-depth-always-on", backward=residual_backward_always, right=False, kind="dropout-mask", argument="x",
          site="dz = dout / p", also=("mask-forgotten",)),
    depth(name="stochastic-depth-skip-twice", backward=residual_backward_skip_twice, right=False, kind="path-doubled",
          argument="x",
          site="dx += dout"),
    sparse(name="sparse-linear-mask-forgotten", backward=sparse_linear_backward_dense, right=False, kind="mask-forgotten",
           argument="W", site="x.T @ dy"),
    sparse(name="sparse-linear-mask-forgotten-for-input", backward=sparse_linear_backward_dense_dx, right=False,
           kind="mask-forgotten", argument="x", site="dx = dy @ W.T", also=("wrong-operand",)),
    mean(name="masked-mean-padding-too", backward=masked_mean_backward_padding, right=False, kind="mask-forgotten", argument="h",
         site="np.ones_like(h)"),
    mean(name="masked-mean-all-steps", backward=masked_mean_backward_all_steps, right=False, kind="factor", argument="h",
         site="(dy / T)", also=("mask-forgotten", "wrong-operand")),
]
# fmt: on
