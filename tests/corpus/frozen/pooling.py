"""Max and average pooling: padding, overlap, ties."""

import numpy as np
from corpus.case import Case


def make_images(rng, n=2, d=7, c=3, size=3, stride=2, pad=1):
    return rng.normal(size=(n, c, d, d + 2)), {"size": size, "stride": stride, "pad": pad}


def make_tiles(rng, n=2, d=6, c=3):
    return rng.normal(size=(n, c, d, d + 2)), {"size": 2, "stride": 2, "pad": 0}


def make_overlap(rng, n=2, d=7, c=3):
    return rng.normal(size=(n, c, d, d + 2)), {"size": 3, "stride": 2, "pad": 0}


def make_ties(rng, n=2, d=6, c=3):
    """Rectified features, as pooling gets them: many windows hold several zeros."""
    return np.maximum(np.round(rng.normal(-0.5, 1.0, size=(n, c, d, d + 2)), 1), 0), {"size": 2, "stride": 2, "pad": 0}


def max_pool_forward(x, pool):
    size, stride, pad = pool["size"], pool["stride"], pool["pad"]
    N, C, H, W = x.shape
    Ho, Wo = (H + 2 * pad - size) // stride + 1, (W + 2 * pad - size) // stride + 1
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), constant_values=-np.inf)
    out = np.empty((N, C, Ho, Wo), x.dtype)
    for i in range(Ho):
        for j in range(Wo):
            out[:, :, i, j] = xp[:, :, i * stride : i * stride + size, j * stride : j * stride + size].max(axis=(2, 3))
    return out, (x, pool)


def max_pool_backward(dout, cache):
    x, pool = cache
    size, stride, pad = pool["size"], pool["stride"], pool["pad"]
    N, C, H, W = x.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), constant_values=-np.inf)
    dxp = np.zeros(xp.shape)
    for n in range(N):
        for c in range(C):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    window = xp[n, c, i * stride : i * stride + size, j * stride : j * stride + size]
                    r, s = np.unravel_index(window.argmax(), window.shape)
                    dxp[n, c, i * stride + r, j * stride + s] += dout[n, c, i, j]
    return dxp[:, :, pad : pad + H, pad : pad + W]


def max_pool_backward_mask(dout, cache):
    x, pool = cache
    size, stride, pad = pool["size"], pool["stride"], pool["pad"]
    N, C, H, W = x.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), constant_values=-np.inf)
    dxp = np.zeros(xp.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            rows, cols = slice(i * stride, i * stride + size), slice(j * stride, j * stride + size)
            window = xp[:, :, rows, cols]
            mask = window == window.max(axis=(2, 3), keepdims=True)
            dxp[:, :, rows, cols] += mask * dout[:, :, i, j][:, :, None, None]
    return dxp[:, :, pad : pad + H, pad : pad + W]


def max_pool_backward_shared(dout, cache):
    x, pool = cache
    size, stride, pad = pool["size"], pool["stride"], pool["pad"]
    N, C, H, W = x.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), constant_values=-np.inf)
    dxp = np.zeros(xp.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            rows, cols = slice(i * stride, i * stride + size), slice(j * stride, j * stride + size)
            mask = xp[:, :, rows, cols] == xp[:, :, rows, cols].max(axis=(2, 3), keepdims=True)
            mask = mask / mask.sum(axis=(2, 3), keepdims=True)
            dxp[:, :, rows, cols] += mask * dout[:, :, i, j, None, None]
    return dxp[:, :, pad : pad + H, pad : pad + W]


def max_pool_backward_overwrites(dout, cache):
    x, pool = cache
    size, stride, pad = pool["size"], pool["stride"], pool["pad"]
    N, C, H, W = x.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), constant_values=-np.inf)
    dxp = np.zeros(xp.shape)
    for n in range(N):
        for c in range(C):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    window = xp[n, c, i * stride : i * stride + size, j * stride : j * stride + size]
                    r, s = np.unravel_index(window.argmax(), window.shape)
                    dxp[n, c, i * stride + r, j * stride + s] = dout[n, c, i, j]
    return dxp[:, :, pad : pad + H, pad : pad + W]


def max_pool_backward_pad_kept(dout, cache):
    x, pool = cache
    size, stride, pad = pool["size"], pool["stride"], pool["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), constant_values=-np.inf)
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        window = xp[n, c, i * stride : i * stride + size, j * stride : j * stride + size]
        r, s = np.unravel_index(window.argmax(), window.shape)
        row, col = i * stride + r, j * stride + s
        if row < dx.shape[2] and col < dx.shape[3]:
            dx[n, c, row, col] += dout[n, c, i, j]
    return dx


def max_pool_backward_argmax_of_batch(dout, cache):
    x, pool = cache
    size, stride = pool["size"], pool["stride"]
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        window = x[0, c, i * stride : i * stride + size, j * stride : j * stride + size]
        r, s = np.unravel_index(window.argmax(), window.shape)
        dx[n, c, i * stride + r, j * stride + s] += dout[n, c, i, j]
    return dx


def max_pool_backward_everyone(dout, cache):
    x, pool = cache
    size, stride = pool["size"], pool["stride"]
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        dx[n, c, i * stride : i * stride + size, j * stride : j * stride + size] += dout[n, c, i, j]
    return dx


# --- fast pooling by reshaping, tiles only ----------------------------------------------------------------------------


def max_pool_reshape(x, pool):
    N, C, H, W = x.shape
    k = pool["size"]
    tiles = x.reshape(N, C, H // k, k, W // k, k)
    out = tiles.max(axis=3).max(axis=4)
    return out, (x, tiles, out)


def max_pool_reshape_backward(dout, cache):
    x, tiles, out = cache
    hits = tiles == out[:, :, :, None, :, None]
    share = hits / hits.sum(axis=(3, 5), keepdims=True)
    return (share * dout[:, :, :, None, :, None]).reshape(x.shape)


def max_pool_reshape_backward_ties(dout, cache):
    x, tiles, out = cache
    dtiles = np.zeros_like(tiles)
    mask = tiles == out[:, :, :, None, :, None]
    spread = np.broadcast_to(dout[:, :, :, None, :, None], tiles.shape)
    dtiles[mask] = spread[mask]
    return dtiles.reshape(x.shape)


def max_pool_reshape_backward_averaged(dout, cache):
    x, tiles, out = cache
    dtiles = np.zeros_like(tiles)
    mask = tiles == out[:, :, :, None, :, None]
    spread = np.broadcast_to(dout[:, :, :, None, :, None], tiles.shape)
    dtiles[mask] = spread[mask]
    dtiles /= np.sum(mask)
    return dtiles.reshape(x.shape)


# --- average ----------------------------------------------------------------------------------------------------------


def avg_pool(x, pool):
    k, s, p = pool["size"], pool["stride"], pool["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    Ho, Wo = (xp.shape[2] - k) // s + 1, (xp.shape[3] - k) // s + 1
    y = 0
    for i in range(k):
        for j in range(k):
            y = y + xp[:, :, i : i + s * Ho : s, j : j + s * Wo : s]
    return y / (k * k)


def avg_pool_grad(gy, x, pool):
    k, s, p = pool["size"], pool["stride"], pool["pad"]
    H, W = x.shape[2:]
    Ho, Wo = gy.shape[2:]
    gx = np.zeros((*x.shape[:2], H + 2 * p, W + 2 * p))
    for i in range(k):
        for j in range(k):
            gx[:, :, i : i + s * Ho : s, j : j + s * Wo : s] += gy / (k * k)
    return gx[:, :, p : p + H, p : p + W]


def avg_pool_grad_undivided(gy, x, pool):
    k, s, p = pool["size"], pool["stride"], pool["pad"]
    H, W = x.shape[2:]
    Ho, Wo = gy.shape[2:]
    gx = np.zeros((*x.shape[:2], H + 2 * p, W + 2 * p))
    for i in range(k):
        for j in range(k):
            gx[:, :, i : i + s * Ho : s, j : j + s * Wo : s] += gy
    return gx[:, :, p : p + H, p : p + W]


def avg_pool_grad_repeat(gy, x, pool):
    k = pool["size"]
    gx = np.repeat(np.repeat(gy, k, axis=2), k, axis=3)
    return gx / k**2


def avg_pool_grad_repeat_wrong_crop(gy, x, pool):
    k, s, p = pool["size"], pool["stride"], pool["pad"]
    H, W = x.shape[2:]
    gx = np.zeros((*x.shape[:2], H + 2 * p, W + 2 * p))
    for i, j in np.ndindex(gy.shape[2:]):
        gx[:, :, i * s : i * s + k, j * s : j * s + k] += gy[:, :, i : i + 1, j : j + 1] / (k * k)
    return gx[:, :, 2 * p : 2 * p + H, 2 * p : 2 * p + W] if p > 1 else gx[:, :, -H:, -W:]


class GlobalAveragePool:
    def forward(self, x):
        self.shape = x.shape
        return x.mean(axis=(2, 3))

    def backward(self, dout):
        n, c, h, w = self.shape
        return np.broadcast_to(dout[:, :, None, None] / (h * w), self.shape)


class GlobalAveragePoolSides(GlobalAveragePool):
    def backward(self, dout):
        n, c, h, w = self.shape
        return np.ones(self.shape) * dout[:, :, None, None] / (h * h)


class GlobalAveragePoolFlat(GlobalAveragePool):
    def backward(self, dout):
        n, c, h, w = self.shape
        return dout / (h * w)


def pool(name, backward, kind="", argument="", site="", forward=max_pool_forward, make=make_images, **more):
    more = {"style": "cache", "layer": "max pooling", "static": (1,)} | more
    return Case(
        name=name, forward=forward, backward=backward, make=make, right=not kind, kind=kind, argument=argument, site=site, **more
    )  # fmt: skip


def avg(name, backward, *mistake, **more):
    return pool(name, backward, *mistake, forward=avg_pool, style="plain", layer="average pooling", **more)


def everywhere(name, layer, *mistake, **more):
    return pool(name, "backward", *mistake, forward=layer, style="class", layer="global average pooling", static=(),
                make=lambda rng, n=2, d=5, c=3: (rng.normal(size=(n, c, d, d + 2)),), **more)  # fmt: skip


CASES = [
    pool("max-pool-argmax", max_pool_backward),
    pool("max-pool-mask", max_pool_backward_mask, note="right without ties"),
    pool("max-pool-shared", max_pool_backward_shared, make=make_overlap),
    pool("max-pool-argmax-at-ties", max_pool_backward, make=make_ties, note="at a kink: the first maximum takes all"),
    pool("max-pool-shared-at-ties", max_pool_backward_shared, make=make_ties, note="at a kink: ties share equally"),
    pool("max-pool-mask-at-ties", max_pool_backward_mask, "kink-choice", "x", "mask * dout", make=make_ties,
         also=("path-doubled",), note="every tied entry gets all: the window's gradients sum to a multiple"),
    pool("max-pool-overlap-assigned", max_pool_backward_overwrites, "overwritten", "x", "+ s] = dout[n, c, i, j]"),
    pool("max-pool-overlap-assigned-no-padding", max_pool_backward_overwrites, "overwritten", "x", "+ s] = dout[n, c, i, j]",
         make=make_overlap),
    pool("max-pool-tiles-assigned", max_pool_backward_overwrites, make=make_tiles, note="right: tiles do not overlap"),
    pool("max-pool-padding-not-subtracted", max_pool_backward_pad_kept, "window-offset", "x", "row, col = i * stride + r"),
    pool("max-pool-argmax-of-first-image", max_pool_backward_argmax_of_batch, "wrong-operand", "x", "window = x[0, c",
         make=make_overlap),
    pool("max-pool-everyone-gets-all", max_pool_backward_everyone, "mask-forgotten", "x", "+= dout[n, c, i, j]",
         make=make_tiles),
    pool("max-pool-reshape", max_pool_reshape_backward, forward=max_pool_reshape, make=make_tiles),
    pool("max-pool-reshape-ties", max_pool_reshape_backward_ties, "kink-choice", "x", "dtiles[mask] = spread[mask]",
         forward=max_pool_reshape, make=make_ties, also=("path-doubled",)),
    pool("max-pool-reshape-divided-by-all-hits", max_pool_reshape_backward_averaged, "factor", "x", "dtiles /= np.sum(mask)",
         forward=max_pool_reshape, make=make_tiles, also=("wrong-axis",)),
    avg("avg-pool", avg_pool_grad),
    avg("avg-pool-repeat-on-tiles", avg_pool_grad_repeat, make=make_tiles, note="right: windows are tiles"),
    avg("avg-pool-undivided", avg_pool_grad_undivided, "factor", "x", "+= gy"),
    avg("avg-pool-cropped-at-the-end", avg_pool_grad_repeat_wrong_crop, "window-offset", "x", "gx[:, :, -H:, -W:]"),
    everywhere("global-avg-pool", GlobalAveragePool),
    everywhere("global-avg-pool-height-squared", GlobalAveragePoolSides, "factor", "x", "/ (h * h)"),
    everywhere("global-avg-pool-not-spread", GlobalAveragePoolFlat, "contract", "x", "return dout / (h * w)",
               also=("reduction-missing",)),
]  # fmt: skip
