"""Pooling, upsampling, flattening, and what only moves numbers.  Knows NumPy alone."""

from functools import partial

import numpy as np
from corpus.case import Case
from corpus.open.inputs import single, with_zeros

# --- maximum pooling of an assignment; windows may overlap


def max_pool_forward(x, size, stride):
    N, C, H, W = x.shape
    Ho, Wo = (H - size) // stride + 1, (W - size) // stride + 1
    out = np.zeros((N, C, Ho, Wo), dtype=x.dtype)
    for i in range(Ho):
        for j in range(Wo):
            out[:, :, i, j] = x[:, :, i * stride : i * stride + size, j * stride : j * stride + size].max(axis=(2, 3))
    return out, (x, size, stride)


def max_pool_backward(dout, cache):
    x, size, stride = cache
    N, C, Ho, Wo = dout.shape
    dx = np.zeros_like(x)
    for n in range(N):
        for c in range(C):
            for i in range(Ho):
                for j in range(Wo):
                    window = x[n, c, i * stride : i * stride + size, j * stride : j * stride + size]
                    r, s = np.unravel_index(np.argmax(window), window.shape)
                    dx[n, c, i * stride + r, j * stride + s] += dout[n, c, i, j]
    return dx


def max_pool_backward_shared(dout, cache):
    """Tied winners share the gradient."""
    x, size, stride = cache
    dx = np.zeros_like(x)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            part = (
                slice(None),
                slice(None),
                slice(i * stride, i * stride + size),
                slice(j * stride, j * stride + size),
            )
            mask = x[part] == x[part].max(axis=(2, 3), keepdims=True)
            dx[part] += mask / mask.sum(axis=(2, 3), keepdims=True) * dout[:, :, i, j][:, :, None, None]
    return dx


def max_pool_backward_all_winners(dout, cache):
    x, size, stride = cache
    dx = np.zeros_like(x)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            window = x[:, :, i * stride : i * stride + size, j * stride : j * stride + size]
            mask = window == window.max(axis=(2, 3), keepdims=True)
            grad = mask * dout[:, :, i, j][:, :, None, None]
            dx[:, :, i * stride : i * stride + size, j * stride : j * stride + size] += grad
    return dx


def max_pool_backward_overwrites(dout, cache):
    x, size, stride = cache
    N, C, Ho, Wo = dout.shape
    dx = np.zeros(x.shape)
    for n in range(N):
        for c in range(C):
            for i in range(Ho):
                for j in range(Wo):
                    window = x[n, c, i * stride : i * stride + size, j * stride : j * stride + size]
                    r, s = np.unravel_index(np.argmax(window), window.shape)
                    dx[n, c, i * stride + r, j * stride + s] = dout[n, c, i, j]
    return dx


def max_pool_backward_window_corner(dout, cache):
    """The index inside the window is taken for one of the image."""
    x, size, stride = cache
    N, C, Ho, Wo = dout.shape
    dx = np.zeros(x.shape)
    for n in range(N):
        for c in range(C):
            for i in range(Ho):
                for j in range(Wo):
                    window = x[n, c, i * stride : i * stride + size, j * stride : j * stride + size]
                    r, s = np.unravel_index(np.argmax(window), window.shape)
                    dx[n, c, i + r, j + s] += dout[n, c, i, j]
    return dx


def max_pool_backward_spread(dout, cache):
    """Spread over the window, as for the average."""
    x, size, stride = cache
    dx = np.zeros_like(x)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            share = dout[:, :, i, j][:, :, None, None] / size**2
            dx[:, :, i * stride : i * stride + size, j * stride : j * stride + size] += share
    return dx


def pictures(rng, n=2, c=3, side=7, size=3, stride=2):
    return rng.normal(size=(n, c, side, side)), size, stride


def tied_pictures(rng, n=2, c=3):
    """A ReLU before the pooling: whole windows of zeros."""
    return np.maximum(rng.normal(size=(n, c, 4, 4)) - 1.0, 0.0), 2, 2


class MaxPool:
    """Windows that do not overlap, by reshaping; the padding is kept to."""

    def __init__(self, size=2, pad=1):
        self.size, self.pad = size, pad

    def forward(self, X):
        N, H, W, C = X.shape
        p, k = self.pad, self.size
        self.X_pad = np.pad(X, ((0, 0), (p, p), (p, p), (0, 0)))
        self.windows = self.X_pad.reshape(N, (H + 2 * p) // k, k, (W + 2 * p) // k, k, C)
        return self.windows.max(axis=(2, 4))

    def backward(self, dLdY):
        top = self.windows.max(axis=(2, 4), keepdims=True)
        mask = self.windows == top
        share = mask / mask.sum(axis=(2, 4), keepdims=True)
        dX_pad = (share * dLdY[:, :, None, :, None, :]).reshape(self.X_pad.shape)
        p = self.pad
        return dX_pad[:, p : -p or None, p : -p or None]


class MaxPoolPadding(MaxPool):
    def backward(self, dLdY):
        mask = self.windows == self.windows.max(axis=(2, 4), keepdims=True)
        share = mask / mask.sum(axis=(2, 4), keepdims=True)
        dX_pad = (share * dLdY[:, :, None, :, None, :]).reshape(self.X_pad.shape)
        return dX_pad[:, : -2 * self.pad, : -2 * self.pad]


class MaxPoolKeepsPadding(MaxPool):
    def backward(self, dLdY):
        mask = self.windows == self.windows.max(axis=(2, 4), keepdims=True)
        share = mask / mask.sum(axis=(2, 4), keepdims=True)
        return (share * dLdY[:, :, None, :, None, :]).reshape(self.X_pad.shape)


def even_pictures(rng, n=2, c=3):
    return (rng.normal(size=(n, 4, 6, c)),)


# --- averages


def avg_pool(x):
    N, C, H, W = x.shape
    return x.reshape(N, C, H // 2, 2, W // 2, 2).mean(axis=(3, 5))


def avg_pool_backward(dy, x):
    return np.repeat(np.repeat(dy, 2, axis=2), 2, axis=3) / 4


def avg_pool_backward_kron(dy, x):
    return np.kron(dy, np.full((1, 1, 2, 2), 0.25))


def avg_pool_backward_no_division(dy, x):
    return dy.repeat(2, axis=2).repeat(2, axis=3)


def avg_pool_backward_tiled(dy, x):
    return np.tile(dy, (1, 1, 2, 2)) / 4


def avg_pool_backward_half(dy, x):
    return dy.repeat(2, axis=2).repeat(2, axis=3) / 2


def halves(rng, n=2, c=3):
    return (rng.normal(size=(n, c, 4, 6)),)


def global_average(x):
    return x.mean(axis=(2, 3))


def global_average_backward(dy, x):
    H, W = x.shape[2:]
    return np.broadcast_to(dy[:, :, None, None], x.shape) / (H * W)


def global_average_backward_summed(dy, x):
    return dy[:, :, None, None] * np.ones_like(x)


def global_average_backward_all(dy, x):
    return dy[:, :, None, None] * np.ones_like(x) / x.size


# --- nearest-neighbour upsampling, and flattening


class UpSampling2D:
    def forward(self, X):
        return X.repeat(2, axis=2).repeat(3, axis=3)

    def backward(self, grad):
        N, C, H, W = grad.shape
        return grad.reshape(N, C, H // 2, 2, W // 3, 3).sum(axis=(3, 5))


class UpSampling2DSubsampled(UpSampling2D):
    """Every second pixel: what the others learnt is thrown away."""

    def backward(self, grad):
        return grad[:, :, ::2, ::3]


class UpSampling2DAveraged(UpSampling2D):
    def backward(self, grad):
        N, C, H, W = grad.shape
        return grad.reshape(N, C, H // 2, 2, W // 3, 3).mean(axis=(3, 5))


class UpSampling2DBlocks(UpSampling2D):
    def backward(self, grad):
        N, C, H, W = grad.shape
        return grad.reshape(N, C, 2, H // 2, 3, W // 3).sum(axis=(2, 4))


class Flatten:
    def forward(self, X):
        self.shape = X.shape
        return X.transpose(0, 2, 3, 1).reshape(len(X), -1)

    def backward(self, dout):
        N, C, H, W = self.shape
        return dout.reshape(N, H, W, C).transpose(0, 3, 1, 2)


class FlattenStraight(Flatten):
    def backward(self, dout):
        return dout.reshape(self.shape)


# --- the largest number of each row, and the median


def row_max(x):
    return x.max(axis=1)


def row_max_backward(dy, x):
    dx = np.zeros_like(x)
    dx[np.arange(len(x)), x.argmax(axis=1)] = dy
    return dx


def row_max_backward_tied(dy, x):
    mask = (x == x.max(axis=1, keepdims=True)).astype(x.dtype)
    return dy[:, None] * mask


def row_max_backward_columns(dy, x):
    dx = np.zeros_like(x)
    dx[:, x.argmax(axis=1)] = dy[:, None]
    return dx


def tied_rows(rng, n=5, d=7):
    x = rng.integers(0, 3, (n, d)).astype(float)
    x[:, :2] = 3.0
    return (x,)


def rows(rng, n=5, d=7):
    return (rng.normal(size=(n, d)),)


# fmt: off
pool = partial(Case, layer="max pooling", forward=max_pool_forward, style="cache", make=pictures, static=(1, 2))
thing = partial(Case, layer="max pooling", style="class", make=even_pictures, backward="backward")
average = partial(Case, layer="average pooling", forward=avg_pool, style="plain", make=halves)
whole = partial(Case, layer="global average", forward=global_average, style="plain", make=halves)
up = partial(Case, layer="upsampling", style="class", make=halves, backward="backward")
flat = partial(Case, layer="flatten", style="class", make=halves, backward="backward")
largest = partial(Case, layer="maximum of rows", forward=row_max, style="plain", make=rows)
CASES = [
    pool(name="max-pooling", backward=max_pool_backward, right=True),
    pool(name="max-pooling-tied-first", backward=max_pool_backward, make=tied_pictures, right=True),
    pool(name="max-pooling-tied-shared", backward=max_pool_backward_shared, make=tied_pictures, right=True),
    thing(name="max-pooling-object", forward=MaxPool, right=True),
    thing(name="max-pooling-object-zeros-and-padding", forward=MaxPool, make=with_zeros(even_pictures), right=True),
    average(name="average-pooling", backward=avg_pool_backward, right=True),
    average(name="average-pooling-kron-single", backward=avg_pool_backward_kron, make=single(halves), right=True),
    whole(name="global-average", backward=global_average_backward, right=True),
    up(name="upsampling", forward=UpSampling2D, right=True),
    flat(name="flatten", forward=Flatten, right=True),
    largest(name="maximum-of-rows", backward=row_max_backward, right=True),
    largest(name="maximum-of-rows-tied", backward=row_max_backward, make=tied_rows, right=True),
    pool(name="max-pooling-all-winners", backward=max_pool_backward_all_winners, make=tied_pictures, right=False,
         kind="kink-choice", argument="x", site="grad = mask * dout", also=("path-doubled",)),
    pool(name="max-pooling-windows-overwrite", backward=max_pool_backward_overwrites, right=False, kind="overwritten",
         argument="x", site="dx[n, c, i * stride + r, j * stride + s] = "),
    pool(name="max-pooling-stride-forgotten", backward=max_pool_backward_window_corner, right=False, kind="window-offset",
         argument="x", site="dx[n, c, i + r, j + s]"),
    pool(name="max-pooling-as-average", backward=max_pool_backward_spread, right=False, kind="neighbouring-loss", argument="x",
         site="/ size**2", also=("mask-forgotten", "wrong-activation-derivative")),
    thing(name="max-pooling-object-padding-from-one-side", forward=MaxPoolPadding, right=False, kind="window-offset",
          argument="X", site="dX_pad[:, : -2 * self.pad"),
    thing(name="max-pooling-object-padding-kept", forward=MaxPoolKeepsPadding, right=False, kind="contract", argument="X",
          site="return (share * dLdY", also=("window-offset",)),
    average(name="average-pooling-not-divided", backward=avg_pool_backward_no_division, right=False, kind="factor", argument="x",
            site="dy.repeat(2, axis=2)"),
    average(name="average-pooling-tiled", backward=avg_pool_backward_tiled, right=False, kind="window-offset", argument="x",
            site="np.tile(dy", also=("transpose",)),
    average(name="average-pooling-half", backward=avg_pool_backward_half, right=False, kind="factor", argument="x", site="/ 2"),
    whole(name="global-average-not-divided", backward=global_average_backward_summed, right=False, kind="factor", argument="x",
          site="np.ones_like(x)"),
    whole(name="global-average-over-everything", backward=global_average_backward_all, right=False, kind="factor", argument="x",
          site="/ x.size"),
    up(name="upsampling-subsampled", forward=UpSampling2DSubsampled, right=False, kind="path-dropped", argument="X",
       site="grad[:, :, ::2, ::3]", also=("reduction-missing", "overwritten")),
    up(name="upsampling-averaged", forward=UpSampling2DAveraged, right=False, kind="reduction-missing", argument="X",
       site=".mean(axis=(3, 5))", also=("factor",)),
    up(name="upsampling-blocks-for-neighbours", forward=UpSampling2DBlocks, right=False, kind="wrong-axis", argument="X",
       site="grad.reshape(N, C, 2, H // 2, 3, W // 3)", also=("window-offset", "transpose")),
    flat(name="flatten-straight", forward=FlattenStraight, right=False, kind="transpose", argument="X",
         site="dout.reshape(self.shape)"),
    largest(name="maximum-of-rows-all-winners", backward=row_max_backward_tied, make=tied_rows, right=False, kind="kink-choice",
            argument="x", site="dy[:, None] * mask", also=("path-doubled",)),
    largest(name="maximum-of-rows-whole-columns", backward=row_max_backward_columns, right=False, kind="overwritten",
            argument="x",
            site="dx[:, x.argmax(axis=1)]", also=("wrong-axis", "mask-forgotten")),
]
# fmt: on
