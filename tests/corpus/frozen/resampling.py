"""Upsampling, transposed convolution, interpolation and padding."""

import numpy as np
from corpus.case import Case


def make_maps(rng, n=2, d=3, c=2):
    return (rng.normal(size=(n, c, d, d + 2)),)


def make_transposed(rng, n=2, d=3, c=2, f=3, k=4):
    return rng.normal(size=(n, c, d, d + 1)), rng.normal(size=(c, f, k, k)), rng.normal(size=f)


def make_line(rng, n=3, d=5):
    """(rows, where to read them: between 0 and d - 1)"""
    return rng.normal(size=(n, d)), rng.uniform(0.1, d - 1.1, size=7)


def make_rows(rng, n=3, d=5):
    return (rng.normal(size=(n, d)),)


# --- nearest neighbour ------------------------------------------------------------------------------------------------


class UpSampling2D:
    scale = 2

    def forward(self, x):
        self.input_shape = x.shape
        return x.repeat(self.scale, axis=2).repeat(self.scale, axis=3)

    def backward(self, grad):
        n, c, h, w = self.input_shape
        return grad.reshape(n, c, h, self.scale, w, self.scale).sum(axis=(3, 5))


class UpSampling2DSlices(UpSampling2D):
    def backward(self, grad):
        s = self.scale
        total = np.zeros(self.input_shape)
        for i in range(s):
            for j in range(s):
                total += grad[:, :, i::s, j::s]
        return total


class UpSampling2DCorner(UpSampling2D):
    def backward(self, grad):
        return grad[:, :, :: self.scale, :: self.scale]


class UpSampling2DMean(UpSampling2D):
    def backward(self, grad):
        n, c, h, w = self.input_shape
        return grad.reshape(n, c, h, self.scale, w, self.scale).mean(axis=(3, 5))


class UpSampling2DTiles(UpSampling2D):
    def backward(self, grad):
        n, c, h, w = self.input_shape
        return grad.reshape(n, c, self.scale, h, self.scale, w).sum(axis=(2, 4))


class UpSampling2DRows(UpSampling2D):
    def backward(self, grad):
        n, c, h, w = self.input_shape
        grad = grad.reshape(n, c, h, self.scale, w * self.scale).sum(axis=3)
        return grad[:, :, :, ::2]


# --- transposed convolution, stride 2, padding 1 ----------------------------------------------------------------------


def conv_transpose(x, w, b):
    N, C, H, W = x.shape
    F, k = w.shape[1], w.shape[2]
    y = np.zeros((N, F, 2 * (H - 1) + k, 2 * (W - 1) + k), dtype=np.result_type(x, w, b))
    for i in range(H):
        for j in range(W):
            y[:, :, 2 * i : 2 * i + k, 2 * j : 2 * j + k] += np.einsum("nc,cfij->nfij", x[:, :, i, j], w)
    return y[:, :, 1:-1, 1:-1] + b[:, None, None]


def conv_transpose_grad(dy, x, w, b):
    k = w.shape[2]
    full = np.pad(dy, ((0, 0), (0, 0), (1, 1), (1, 1)))
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for i, j in np.ndindex(x.shape[2:]):
        window = full[:, :, 2 * i : 2 * i + k, 2 * j : 2 * j + k]
        dx[:, :, i, j] = np.einsum("nfij,cfij->nc", window, w)
        dw += np.einsum("nfij,nc->cfij", window, x[:, :, i, j])
    return dx, dw, dy.sum((0, 2, 3))


def conv_transpose_grad_by_taps(dy, x, w, b):
    H, W = x.shape[2:]
    full = np.pad(dy, ((0, 0), (0, 0), (1, 1), (1, 1)))
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for i in range(w.shape[2]):
        for j in range(w.shape[3]):
            part = full[:, :, i : i + 2 * H : 2, j : j + 2 * W : 2]
            dx += np.einsum("nfhw,cf->nchw", part, w[:, :, i, j])
            dw[:, :, i, j] = np.einsum("nfhw,nchw->cf", part, x)
    return dx, dw, dy.sum((0, 2, 3))


def conv_transpose_grad_flipped(dy, x, w, b):
    k = w.shape[2]
    full = np.pad(dy, ((0, 0), (0, 0), (1, 1), (1, 1)))
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    flipped = w[:, :, ::-1, ::-1]
    for i, j in np.ndindex(x.shape[2:]):
        window = full[:, :, 2 * i : 2 * i + k, 2 * j : 2 * j + k]
        dx[:, :, i, j] = np.einsum("nfij,cfij->nc", window, flipped)
        dw += np.einsum("nfij,nc->cfij", window, x[:, :, i, j])
    return dx, dw, dy.sum((0, 2, 3))


def conv_transpose_grad_no_padding(dy, x, w, b):
    k = w.shape[2]
    full = np.pad(dy, ((0, 0), (0, 0), (0, 2), (0, 2)))
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for i, j in np.ndindex(x.shape[2:]):
        window = full[:, :, 2 * i : 2 * i + k, 2 * j : 2 * j + k]
        dx[:, :, i, j] = np.einsum("nfij,cfij->nc", window, w)
        dw += np.einsum("nfij,nc->cfij", window, x[:, :, i, j])
    return dx, dw, dy.sum((0, 2, 3))


def conv_transpose_grad_last_pixel(dy, x, w, b):
    k = w.shape[2]
    full = np.pad(dy, ((0, 0), (0, 0), (1, 1), (1, 1)))
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for i, j in np.ndindex(x.shape[2:]):
        window = full[:, :, 2 * i : 2 * i + k, 2 * j : 2 * j + k]
        dx[:, :, i, j] = np.einsum("nfij,cfij->nc", window, w)
        dw = np.einsum("nfij,nc->cfij", window, x[:, :, i, j])
    return dx, dw, dy.sum((0, 2, 3))


# --- linear interpolation ---------------------------------------------------------------------------------------------


def interpolate(x, at):
    left = np.floor(at.real).astype(int)
    t = at - left
    return (1 - t) * x[:, left] + t * x[:, left + 1]


def interpolate_grad(g, x, at):
    left = np.floor(at).astype(int)
    t = at - left
    dx = np.zeros(x.shape)
    for j, i in enumerate(left):
        dx[:, i] += (1 - t[j]) * g[:, j]
        dx[:, i + 1] += t[j] * g[:, j]
    return dx, np.sum(g * (x[:, left + 1] - x[:, left]), axis=0)


def interpolate_grad_fancy(g, x, at):
    left = np.floor(at).astype(int)
    t = at - left
    dx = np.zeros(x.shape)
    dx[:, left] += (1 - t) * g
    dx[:, left + 1] += t * g
    return dx, np.sum(g * (x[:, left + 1] - x[:, left]), axis=0)


def interpolate_grad_nearest(g, x, at):
    nearest = np.rint(at).astype(int)
    left = np.floor(at).astype(int)
    dx = np.zeros(x.shape)
    np.add.at(dx.T, nearest, g.T)
    return dx, np.sum(g * (x[:, left + 1] - x[:, left]), axis=0)


def interpolate_grad_places_constant(g, x, at):
    left = np.floor(at).astype(int)
    t = at - left
    dx = np.zeros(x.shape)
    np.add.at(dx.T, left, ((1 - t) * g).T)
    np.add.at(dx.T, left + 1, (t * g).T)
    return dx, np.zeros(at.shape)


# --- padding that mirrors ---------------------------------------------------------------------------------------------


def reflect(x):
    return np.concatenate([x[:, 2:0:-1], x, x[:, -2:-4:-1]], axis=1)


def reflect_grad(g, x):
    d = x.shape[1]
    dx = g[:, 2 : 2 + d].copy()
    dx[:, 2:0:-1] += g[:, :2]
    dx[:, -2:-4:-1] += g[:, 2 + d :]
    return dx


def reflect_grad_cropped(g, x):
    d = x.shape[1]
    return g[:, 2 : 2 + d]


def reflect_grad_replicated(g, x):
    d = x.shape[1]
    dx = g[:, 2 : 2 + d].copy()
    dx[:, 0] += g[:, :2].sum(axis=1)
    dx[:, -1] += g[:, 2 + d :].sum(axis=1)
    return dx


def case(name, layer, forward, backward, make, kind="", argument="", site="", style="plain", **more):
    return Case(
        name=name, layer=layer, forward=forward, backward=backward, make=make, right=not kind, kind=kind, argument=argument,
        site=site, style=style, **more,
    )  # fmt: skip


def up(name, cls, *mistake, **more):
    return case(f"upsampling-{name}", "upsampling", cls, "backward", make_maps, *mistake, style="class", **more)


def transposed(name, backward, *mistake, **more):
    return case(
        f"conv-transpose-{name}", "transposed convolution", conv_transpose, backward, make_transposed, *mistake, **more
    )


def between(name, backward, *mistake, **more):
    return case(f"interpolation-{name}", "linear interpolation", interpolate, backward, make_line, *mistake, **more)


CASES = [
    up("sum", UpSampling2D),
    up("slices", UpSampling2DSlices),
    up("corner", UpSampling2DCorner, "path-dropped", "x", "grad[:, :, :: self.scale", also=("reduction-missing",)),
    up("mean", UpSampling2DMean, "factor", "x", ".mean(axis=(3, 5))"),
    up("tiles", UpSampling2DTiles, "wrong-axis", "x", "self.scale, h, self.scale, w", also=("transpose",)),
    up("rows-only", UpSampling2DRows, "path-dropped", "x", "return grad[:, :, :, ::2]", also=("reduction-missing",)),
    transposed("windows", conv_transpose_grad),
    transposed("taps", conv_transpose_grad_by_taps),
    transposed("flipped", conv_transpose_grad_flipped, "transpose", "x", "flipped = w[:, :, ::-1, ::-1]",
               also=("wrong-operand", "window-offset")),
    transposed("padded-at-the-end", conv_transpose_grad_no_padding, "window-offset", "x", "(0, 2), (0, 2)"),
    transposed("kernel-of-last-pixel", conv_transpose_grad_last_pixel, "overwritten", "w", "dw = np.einsum"),
    between("loop", interpolate_grad),
    between("fancy", interpolate_grad_fancy, "overwritten", "x", "dx[:, left] += (1 - t) * g"),
    between("nearest", interpolate_grad_nearest, "approximation-mixed", "x", "np.add.at(dx.T, nearest", also=("wrong-operand",)),
    between("places-constant", interpolate_grad_places_constant, "path-dropped", "at", "np.zeros(at.shape)"),
    case("reflect", "reflection padding", reflect, reflect_grad, make_rows),
    case("reflect-cropped", "reflection padding", reflect, reflect_grad_cropped, make_rows, "path-dropped", "x",
         "return g[:, 2 : 2 + d]"),
    case("reflect-as-edge", "reflection padding", reflect, reflect_grad_replicated, make_rows, "window-offset", "x",
         "dx[:, 0] +="),
]  # fmt: skip
