"""Convolutions in one and two dimensions, by loops and by columns."""

import numpy as np
from corpus.case import Case
from numpy.lib.stride_tricks import sliding_window_view


def make_images(rng, n=2, d=5, c=2, f=3, k=3, stride=2, pad=1):
    x = rng.normal(size=(n, c, d, d + 2))
    return x, rng.normal(size=(f, c, k, k)), rng.normal(size=f), {"stride": stride, "pad": pad}


def make_no_padding(rng, n=2, d=5, c=2, f=3):
    return make_images(rng, n, d, c, f, stride=1, pad=0)


# --- loops, (N, C, H, W) ----------------------------------------------------------------------------------------------


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    Ho = 1 + (H + 2 * pad - HH) // stride
    Wo = 1 + (W + 2 * pad - WW) // stride
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, Ho, Wo), dtype=np.result_type(x, w, b))
    for i in range(Ho):
        for j in range(Wo):
            patch = xp[:, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
            out[:, :, i, j] = np.tensordot(patch, w, axes=([1, 2, 3], [1, 2, 3])) + b
    return out, (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    _, _, Ho, Wo = dout.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    db = dout.sum(axis=(0, 2, 3))
    for n in range(N):
        for f in range(F):
            for i in range(Ho):
                for j in range(Wo):
                    hs, ws = i * stride, j * stride
                    dw[f] += xp[n, :, hs : hs + HH, ws : ws + WW] * dout[n, f, i, j]
                    dxp[n, :, hs : hs + HH, ws : ws + WW] += w[f] * dout[n, f, i, j]
    dx = dxp[:, :, pad : pad + H, pad : pad + W]
    return dx, dw, db


def conv_backward_negative_slice(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    F, _, HH, WW = w.shape
    N, _, Ho, Wo = dout.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    db = np.sum(dout, axis=(0, 2, 3))
    for n in range(N):
        for f in range(F):
            for i in range(Ho):
                for j in range(Wo):
                    rows, cols = slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW)
                    dw[f] += xp[n, :, rows, cols] * dout[n, f, i, j]
                    dxp[n, :, rows, cols] += w[f] * dout[n, f, i, j]
    dx = dxp[:, :, pad:-pad, pad:-pad]
    return dx, dw, db


def conv_backward_no_crop(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    HH, WW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            rows, cols = slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW)
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, rows, cols])
            dxp[:, :, rows, cols] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp[:, :, :H, :W], dw, dout.sum((0, 2, 3))


def conv_backward_stride_forgotten(dout, cache):
    x, w, b, conv_param = cache
    pad = conv_param["pad"]
    N, C, H, W = x.shape
    HH, WW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            window = np.s_[:, :, i : i + HH, j : j + WW]
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[window])
            dxp[window] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, dout.sum((0, 2, 3))


def conv_backward_assigned(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    HH, WW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            rows, cols = slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW)
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, rows, cols])
            dxp[:, :, rows, cols] = np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, dout.sum((0, 2, 3))


def conv_backward_bias_per_image(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    HH, WW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), np.zeros_like(b)
    for n in range(N):
        db = dout[n].sum(axis=(1, 2))
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                rows, cols = slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW)
                dw += np.einsum("f,chw->fchw", dout[n, :, i, j], xp[n, :, rows, cols])
                dxp[n, :, rows, cols] += np.einsum("f,fchw->chw", dout[n, :, i, j], w)
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, db


# --- columns ----------------------------------------------------------------------------------------------------------


def im2col(x, k, stride, pad):
    """(N, C, H, W) -> (C k k, N Ho Wo)"""
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = sliding_window_view(xp, (k, k), axis=(2, 3))[:, :, ::stride, ::stride]
    N, C, Ho, Wo = windows.shape[:4]
    return windows.transpose(1, 4, 5, 0, 2, 3).reshape(C * k * k, N * Ho * Wo), (Ho, Wo)


def col2im(cols, x_shape, k, stride, pad, size):
    N, C, H, W = x_shape
    Ho, Wo = size
    cols = cols.reshape(C, k, k, N, Ho, Wo)
    xp = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    for i in range(k):
        for j in range(k):
            part = cols[:, i, j].transpose(1, 0, 2, 3)
            xp[:, :, i : i + stride * Ho : stride, j : j + stride * Wo : stride] += part
    return xp[:, :, pad : H + pad, pad : W + pad]


def conv_im2col(x, w, b, conv_param):
    F, C, k, _ = w.shape
    cols, (Ho, Wo) = im2col(x, k, conv_param["stride"], conv_param["pad"])
    out = w.reshape(F, -1) @ cols + b[:, None]
    out = out.reshape(F, x.shape[0], Ho, Wo).transpose(1, 0, 2, 3)
    return out, (x, w, cols, conv_param)


def conv_im2col_backward(dout, cache):
    x, w, cols, p = cache
    F, C, k, _ = w.shape
    dflat = dout.transpose(1, 0, 2, 3).reshape(F, -1)
    db = dflat.sum(axis=1)
    dw = (dflat @ cols.T).reshape(w.shape)
    dcols = w.reshape(F, -1).T @ dflat
    dx = col2im(dcols, x.shape, k, p["stride"], p["pad"], dout.shape[2:])
    return dx, dw, db


def conv_im2col_backward_order(dout, cache):
    x, w, cols, p = cache
    F, C, k, _ = w.shape
    dflat = dout.reshape(F, -1)
    db = dflat.sum(axis=1)
    dw = (dflat @ cols.T).reshape(w.shape)
    dcols = w.reshape(F, -1).T @ dflat
    dx = col2im(dcols, x.shape, k, p["stride"], p["pad"], dout.shape[2:])
    return dx, dw, db


def conv_im2col_backward_divides(dout, cache):
    x, w, cols, p = cache
    F, C, k, _ = w.shape
    N = x.shape[0]
    dflat = dout.transpose(1, 0, 2, 3).reshape(F, -1)
    db = dflat.sum(axis=1) / N
    dw = (dflat @ cols.T).reshape(w.shape) / N
    dcols = w.reshape(F, -1).T @ dflat
    dx = col2im(dcols, x.shape, k, p["stride"], p["pad"], dout.shape[2:])
    return dx, dw, db


# --- valid convolution by a full one with the rotated kernel ----------------------------------------------------------


def make_signal(rng, n=3, d=11, k=5):
    return rng.normal(size=(n, d)), rng.normal(size=k)


def correlate_rows(x, kernel):
    k = kernel.shape[0]
    out_len = x.shape[1] - k + 1
    return np.stack([x[:, t : t + k] @ kernel for t in range(out_len)], axis=1)


def correlate_rows_backward(dy, x, kernel):
    k = kernel.shape[0]
    padded = np.pad(dy, ((0, 0), (k - 1, k - 1)))
    dx = np.stack([padded[:, t : t + k] @ kernel[::-1] for t in range(x.shape[1])], axis=1)
    dkernel = np.array([np.sum(dy * x[:, i : i + dy.shape[1]]) for i in range(k)])
    return dx, dkernel


def correlate_rows_backward_scatter(dy, x, kernel):
    dx = np.zeros(x.shape)
    dkernel = np.zeros(kernel.shape)
    for i, weight in enumerate(kernel):
        dx[:, i : i + dy.shape[1]] += weight * dy
        dkernel[i] = np.vdot(dy, x[:, i : i + dy.shape[1]])
    return dx, dkernel


def correlate_rows_backward_not_flipped(dy, x, kernel):
    k = kernel.shape[0]
    padded = np.pad(dy, ((0, 0), (k - 1, k - 1)))
    dx = np.stack([padded[:, t : t + k] @ kernel for t in range(x.shape[1])], axis=1)
    dkernel = np.array([np.sum(dy * x[:, i : i + dy.shape[1]]) for i in range(k)])
    return dx, dkernel


def correlate_rows_backward_off_by_one(dy, x, kernel):
    dx = np.zeros(x.shape)
    dkernel = np.zeros(kernel.shape)
    for i, weight in enumerate(kernel):
        dx[:, i : i + dy.shape[1]] += weight * dy
        dkernel[i] = np.sum(dy[:, 1:] * x[:, i : i + dy.shape[1] - 1])
    return dx, dkernel


# --- depthwise, as a layer object -------------------------------------------------------------------------------------


def make_depthwise(rng, n=2, d=7, c=3):
    return rng.normal(size=(n, d, d, c)), rng.normal(size=(3, 3, c))


class DepthwiseConv:
    """(N, H, W, C), one 3 x 3 kernel per channel, valid."""

    def __init__(self, kernel):
        self.kernel = kernel

    def forward(self, x):
        self.x = x
        self.h, self.w = x.shape[1] - 2, x.shape[2] - 2
        y = 0
        for i in range(3):
            for j in range(3):
                y = y + x[:, i : i + self.h, j : j + self.w] * self.kernel[i, j]
        return y

    def backward(self, g):
        dx = np.zeros_like(self.x)
        self.kernel_grad = np.zeros_like(self.kernel)
        for i in range(3):
            for j in range(3):
                dx[:, i : i + self.h, j : j + self.w] += g * self.kernel[i, j]
                self.kernel_grad[i, j] = np.sum(g * self.x[:, i : i + self.h, j : j + self.w], axis=(0, 1, 2))
        return dx


class DepthwiseConvMixed(DepthwiseConv):
    def backward(self, g):
        dx = np.zeros_like(self.x)
        self.kernel_grad = np.zeros_like(self.kernel)
        for i in range(3):
            for j in range(3):
                dx[:, i : i + self.h, j : j + self.w] += g * self.kernel[j, i]
                self.kernel_grad[i, j] = np.sum(g * self.x[:, i : i + self.h, j : j + self.w], axis=(0, 1, 2))
        return dx


class DepthwiseConvLastPosition(DepthwiseConv):
    def backward(self, g):
        dx = np.zeros_like(self.x)
        dk = np.zeros_like(self.kernel)
        for r in range(self.h):
            for c in range(self.w):
                window = self.x[:, r : r + 3, c : c + 3]
                dk = np.einsum("nc,nijc->ijc", g[:, r, c], window)
                dx[:, r : r + 3, c : c + 3] += g[:, None, None, r, c] * self.kernel
        self.kernel_grad = dk
        return dx


def conv(name, backward, kind="", argument="", site="", forward=conv_forward_naive, **more):
    more = {"make": make_images, "style": "cache", "layer": "convolution 2d", "static": (3,)} | more
    return Case(
        name=f"conv-{name}", forward=forward, backward=backward, right=not kind, kind=kind, argument=argument, site=site, **more
    )  # fmt: skip


def rows(name, backward, *mistake, **more):
    return conv(f"1d-{name}", backward, *mistake, forward=correlate_rows, make=make_signal, style="plain", static=(),
                layer="convolution 1d", **more)  # fmt: skip


def depthwise(name, layer, *mistake, **more):
    return conv(f"depthwise-{name}", "backward", *mistake, forward=layer, make=make_depthwise, style="class", static=(),
                layer="depthwise convolution", **more)  # fmt: skip


CASES = [
    conv("loops", conv_backward_naive),
    conv("loops-no-padding", conv_backward_naive, make=make_no_padding),
    conv("negative-slice-with-padding", conv_backward_negative_slice, note="right as long as pad > 0"),
    conv("negative-slice-without-padding", conv_backward_negative_slice, "window-offset", "x", "pad:-pad, pad:-pad",
         make=make_no_padding, also=("contract",), note="dxp[:, :, 0:-0, 0:-0] is empty"),
    conv("padding-cropped-at-the-end", conv_backward_no_crop, "window-offset", "x", "dxp[:, :, :H, :W]"),
    conv("stride-forgotten", conv_backward_stride_forgotten, "window-offset", "x", "i : i + HH"),
    conv("overlap-assigned", conv_backward_assigned, "overwritten", "x", "cols] = np.einsum"),
    conv("bias-of-last-image", conv_backward_bias_per_image, "overwritten", "b", "db = dout[n].sum", also=("reduction-missing",)),
    conv("im2col", conv_im2col_backward, forward=conv_im2col),
    conv("im2col-not-transposed-first", conv_im2col_backward_order, "transpose", "x", "dout.reshape(F, -1)", forward=conv_im2col,
         also=("wrong-axis",)),
    conv("im2col-divided-by-batch", conv_im2col_backward_divides, "factor", "w", "reshape(w.shape) / N", forward=conv_im2col),
    rows("full-with-flipped-kernel", correlate_rows_backward),
    rows("scatter", correlate_rows_backward_scatter),
    rows("kernel-not-flipped", correlate_rows_backward_not_flipped, "transpose", "x", "t + k] @ kernel",
         also=("window-offset", "wrong-operand")),
    rows("kernel-gradient-shifted", correlate_rows_backward_off_by_one, "window-offset", "kernel", "dy[:, 1:]"),
    depthwise("class", DepthwiseConv),
    depthwise("kernel-transposed", DepthwiseConvMixed, "transpose", "x", "self.kernel[j, i]"),
    depthwise("last-position", DepthwiseConvLastPosition, "overwritten", "kernel", "dk = np.einsum"),
]  # fmt: skip
