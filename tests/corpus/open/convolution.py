"""Convolutions in one and two dimensions, transposed ones, and their column forms.  Knows NumPy alone."""

from functools import partial

import numpy as np
from corpus.case import Case
from corpus.open.inputs import single

# --- the naive convolution of an assignment


def conv_forward_naive(x, w, b, stride, pad):
    N, _, H, W = x.shape
    F, _, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    Ho, Wo = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    out = np.zeros((N, F, Ho, Wo), dtype=np.result_type(x, w))
    for i in range(Ho):
        for j in range(Wo):
            window = xp[:, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
            out[:, :, i, j] = np.tensordot(window, w, axes=([1, 2, 3], [1, 2, 3])) + b
    return out, (x, w, b, stride, pad)


def conv_backward_naive(dout, cache):
    x, w, b, stride, pad = cache
    N, _, H, W = x.shape
    F, _, HH, WW = w.shape
    _, _, Ho, Wo = dout.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    db = dout.sum(axis=(0, 2, 3))
    for n in range(N):
        for f in range(F):
            for i in range(Ho):
                for j in range(Wo):
                    si, sj = i * stride, j * stride
                    dw[f] += xp[n, :, si : si + HH, sj : sj + WW] * dout[n, f, i, j]
                    dxp[n, :, si : si + HH, sj : sj + WW] += w[f] * dout[n, f, i, j]
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, db


def conv_backward_pad_slice(dout, cache):
    x, w, b, stride, pad = cache
    HH, WW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            rows, cols = slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW)
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, rows, cols])
            dxp[:, :, rows, cols] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    dx = dxp[:, :, pad:-pad, pad:-pad]
    return dx, dw, dout.sum((0, 2, 3))


def conv_backward_overwrites(dout, cache):
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
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, dout.sum((0, 2, 3))


def conv_backward_stride_forgotten(dout, cache):
    x, w, b, stride, pad = cache
    _, _, H, W = x.shape
    HH, WW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            rows, cols = slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW)
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, i : i + HH, j : j + WW])
            dxp[:, :, rows, cols] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, dout.sum((0, 2, 3))


def conv_backward_crop(dout, cache):
    x, w, b, stride, pad = cache
    _, _, H, W = x.shape
    HH, WW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            rows, cols = slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW)
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, rows, cols])
            dxp[:, :, rows, cols] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp[:, :, :H, :W], dw, dout.sum((0, 2, 3))


def conv_backward_flipped(dout, cache):
    """The kernel is turned, as the formula with a full convolution says; here the loop has done it already."""
    x, w, b, stride, pad = cache
    _, _, H, W = x.shape
    HH, WW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    w_rot = w[:, :, ::-1, ::-1]
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            rows, cols = slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW)
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, rows, cols])
            dxp[:, :, rows, cols] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w_rot)
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, dout.sum((0, 2, 3))


def conv_backward_last_pixel(dout, cache):
    """Bounds as in a loop from one pixel to the next."""
    x, w, b, stride, pad = cache
    _, _, H, W = x.shape
    HH, WW = w.shape[2:]
    Ho, Wo = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(Ho - 1):
        for j in range(Wo):
            rows, cols = slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW)
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, rows, cols])
            dxp[:, :, rows, cols] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, dout.sum((0, 2, 3))


def conv_backward_bias_of_batch(dout, cache):
    dx, dw, _ = conv_backward_naive(dout, cache)
    db = dout.sum(axis=0).mean(axis=(1, 2))
    return dx, dw, db


def images(rng, n=2, c=3, m=2, side=5, stride=2, pad=1):
    return rng.normal(size=(n, c, side, side)), rng.normal(size=(m, c, 3, 3)), rng.normal(size=m), stride, pad


def unpadded(rng, n=2, c=3, m=2):
    return images(rng, n, c, m, 5, 1, 0)


# --- one dimension: a filter over a signal


def conv1d(x, k):
    return np.convolve(x, k, mode="valid")


def conv1d_backward(dy, x, k):
    return np.convolve(dy, k[::-1], mode="full"), np.convolve(x, dy[::-1], mode="valid")[::-1]


def conv1d_backward_not_turned(dy, x, k):
    dx = np.convolve(dy, k, mode="full")
    dk = np.convolve(x, dy[::-1], mode="valid")[::-1]
    return dx, dk


def conv1d_backward_kernel_turned(dy, x, k):
    dx = np.correlate(dy, k, mode="full")
    dk = np.correlate(x, dy, mode="valid")
    return dx, dk


def conv1d_backward_same(dy, x, k):
    """One step to the right: the border of "same" is not that of "full"."""
    full = np.convolve(dy, k[::-1], mode="full")
    dx = np.roll(full, 1)
    dx[0] = 0
    return dx, np.convolve(x, dy[::-1], mode="valid")[::-1]


def signal(rng, n=11, k=3):
    return rng.normal(size=n), rng.normal(size=k)


def causal_conv_forward(x, w):
    """A depthwise causal convolution of a state-space block: x (L, D), w (K, D)."""
    K = len(w)
    padded = np.concatenate([np.zeros((K - 1, x.shape[1])), x])
    return sum([w[k] * padded[k : k + len(x)] for k in range(K)]), (padded, w)


def causal_conv_backward(dout, cache):
    padded, w = cache
    L, K = len(dout), len(w)
    dpadded = np.zeros_like(padded)
    dw = np.zeros_like(w)
    for k in range(K):
        dpadded[k : k + L] += w[k] * dout
        dw[k] = (dout * padded[k : k + L]).sum(0)
    return dpadded[K - 1 :], dw


def causal_conv_backward_offset(dout, cache):
    padded, w = cache
    L, K = len(dout), len(w)
    dpadded = np.zeros_like(padded)
    dw = np.zeros_like(w)
    for k in range(K):
        dpadded[k : k + L] += w[k] * dout
        dw[k] = (dout * padded[k : k + L]).sum(0)
    return dpadded[:L], dw


def causal_conv_backward_anticausal(dout, cache):
    padded, w = cache
    L, K = len(dout), len(w)
    dpadded = np.zeros_like(padded)
    dw = np.zeros_like(w)
    for k in range(K):
        dpadded[k : k + L] += w[K - 1 - k] * dout
        dw[k] = (dout * padded[k : k + L]).sum(0)
    return dpadded[K - 1 :], dw


def causal_inputs(rng, n=7, d=2, k=3):
    return rng.normal(size=(n, d)), rng.normal(size=(k, d))


# --- a transposed convolution, of stride 2, in one dimension


def deconv(x, w, stride=2):
    """x (L,), w (K,): each number is spread over a window."""
    y = np.zeros((len(x) - 1) * stride + len(w), dtype=np.result_type(x, w))
    for i in range(len(x)):
        y[i * stride : i * stride + len(w)] += x[i] * w
    return y


def deconv_backward(dy, x, w, stride=2):
    windows = np.array([dy[i * stride : i * stride + len(w)] for i in range(len(x))])
    return windows @ w, windows.T @ x


def deconv_backward_stride_of_one(dy, x, w, stride=2):
    windows = np.array([dy[i : i + len(w)] for i in range(len(x))])
    return windows @ w, windows.T @ x


def deconv_inputs(rng, n=5, k=3):
    return rng.normal(size=n), rng.normal(size=k), 2


# --- the layer by columns (im2col), channels last


class Conv2D:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, X):
        self.X_shape = X.shape
        fr, fc, _, out_ch = self.W.shape
        windows = np.lib.stride_tricks.sliding_window_view(X, (fr, fc), axis=(1, 2))
        self.cols = windows.transpose(0, 1, 2, 4, 5, 3)
        flat = self.cols.reshape(*self.cols.shape[:3], -1)
        return flat @ self.W.reshape(-1, out_ch) + self.b

    def backward(self, dLdY):
        fr, fc, _, out_ch = self.W.shape
        self.gradients = {
            "W": np.tensordot(self.cols, dLdY, axes=([0, 1, 2], [0, 1, 2])),
            "b": dLdY.sum(axis=(0, 1, 2)),
        }
        dX = np.zeros(self.X_shape)
        for i in range(dLdY.shape[1]):
            for j in range(dLdY.shape[2]):
                dX[:, i : i + fr, j : j + fc] += np.tensordot(dLdY[:, i, j], self.W, axes=([1], [3]))
        return dX


class Conv2DKernelTransposed(Conv2D):
    def backward(self, dLdY):
        fr, fc, _, out_ch = self.W.shape
        dW = np.tensordot(self.cols, dLdY, axes=([0, 1, 2], [0, 1, 2]))
        self.gradients = {"W": dW.transpose(1, 0, 2, 3), "b": dLdY.sum(axis=(0, 1, 2))}
        dX = np.zeros(self.X_shape)
        for i in range(dLdY.shape[1]):
            for j in range(dLdY.shape[2]):
                dX[:, i : i + fr, j : j + fc] += np.tensordot(dLdY[:, i, j], self.W, axes=([1], [3]))
        return dX


class Conv2DFirstImage(Conv2D):
    """The filters learn from the first image of the batch."""

    def backward(self, dLdY):
        fr, fc, _, out_ch = self.W.shape
        dW = np.tensordot(self.cols[0], dLdY[0], axes=([0, 1], [0, 1]))
        self.gradients = {"W": dW, "b": dLdY.sum(axis=(0, 1, 2))}
        dX = np.zeros(self.X_shape)
        for i in range(dLdY.shape[1]):
            for j in range(dLdY.shape[2]):
                dX[:, i : i + fr, j : j + fc] += np.tensordot(dLdY[:, i, j], self.W, axes=([1], [3]))
        return dX


def channels_last(rng, n=2, c=3, m=2):
    return rng.normal(size=(n, 5, 5, c)), rng.normal(size=(3, 3, c, m)), rng.normal(size=m)


# fmt: off
conv = partial(Case, layer="convolution", forward=conv_forward_naive, style="cache", make=images, static=(3, 4))
line = partial(Case, layer="convolution of a signal", forward=conv1d, style="plain", make=signal)
causal = partial(Case, layer="causal convolution", forward=causal_conv_forward, style="cache", make=causal_inputs)
spread = partial(Case, layer="transposed convolution", forward=deconv, style="plain", make=deconv_inputs, static=(2,))
thing = partial(Case, layer="convolution by columns", style="class", make=channels_last, backward="backward")
CASES = [
    conv(name="convolution", backward=conv_backward_naive, right=True),
    conv(name="convolution-unpadded-single", backward=conv_backward_naive, make=single(unpadded), right=True),
    conv(name="convolution-slice-of-the-padding", backward=conv_backward_pad_slice, right=True,
         note="right for any padding but 0"),
    line(name="convolution-of-a-signal", backward=conv1d_backward, right=True),
    causal(name="causal-convolution", backward=causal_conv_backward, right=True),
    spread(name="transposed-convolution", backward=deconv_backward, right=True),
    thing(name="convolution-by-columns", forward=Conv2D, right=True),
    conv(name="convolution-empty-without-padding", backward=conv_backward_pad_slice, make=unpadded, right=False,
         kind="window-offset",
         argument="x", site="dx = dxp[:, :, pad:-pad, pad:-pad]", also=("contract",), note="0:-0 is empty"),
    conv(name="convolution-windows-overwrite", backward=conv_backward_overwrites, right=False, kind="overwritten", argument="x",
         site="dxp[:, :, rows, cols] = "),
    conv(name="convolution-stride-forgotten", backward=conv_backward_stride_forgotten, right=False, kind="window-offset",
         argument="w", site="xp[:, :, i : i + HH, j : j + WW]"),
    conv(name="convolution-padding-not-cut", backward=conv_backward_crop, right=False, kind="window-offset", argument="x",
         site="dxp[:, :, :H, :W]"),
    conv(name="convolution-kernel-turned", backward=conv_backward_flipped, right=False, kind="transpose", argument="x",
         site="w_rot = w[:, :, ::-1, ::-1]", also=("wrong-operand", "window-offset")),
    conv(name="convolution-last-row-left-out", backward=conv_backward_last_pixel, right=False, kind="window-offset", argument="x",
         site="range(Ho - 1)", also=("path-dropped",)),
    conv(name="convolution-bias-averaged", backward=conv_backward_bias_of_batch, right=False, kind="reduction-missing",
         argument="b",
         site="db = dout.sum(axis=0).mean(axis=(1, 2))", also=("factor",)),
    line(name="convolution-of-a-signal-not-turned", backward=conv1d_backward_not_turned, right=False, kind="transpose",
         argument="x", site='dx = np.convolve(dy, k, mode="full")', also=("wrong-operand", "window-offset")),
    line(name="convolution-of-a-signal-kernel-reversed", backward=conv1d_backward_kernel_turned, right=False, kind="transpose",
         argument="k", site='dk = np.correlate(x, dy, mode="valid")', also=("window-offset",)),
    line(name="convolution-of-a-signal-shifted", backward=conv1d_backward_same, right=False, kind="window-offset", argument="x",
         site="dx = np.roll(full, 1)"),
    causal(name="causal-convolution-padding-not-cut", backward=causal_conv_backward_offset, right=False, kind="window-offset",
           argument="x", site="return dpadded[:L], dw"),
    causal(name="causal-convolution-taps-reversed", backward=causal_conv_backward_anticausal, right=False, kind="wrong-operand",
           argument="x", site="w[K - 1 - k]", also=("transpose", "window-offset")),
    spread(name="transposed-convolution-stride-of-one", backward=deconv_backward_stride_of_one, right=False, kind="window-offset",
           argument="x", site="dy[i : i + len(w)]"),
    thing(name="convolution-by-columns-kernel-transposed", forward=Conv2DKernelTransposed, right=False, kind="transpose",
          argument="W", site="dW.transpose(1, 0, 2, 3)"),
    thing(name="convolution-by-columns-first-image", forward=Conv2DFirstImage, right=False, kind="reduction-missing",
          argument="W",
          site="self.cols[0], dLdY[0]", also=("path-dropped", "overwritten")),
]
# fmt: on
