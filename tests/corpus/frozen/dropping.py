"""Dropout, inverted or not, drawn from a seed or given a mask; networks that drop."""

import numpy as np
from corpus.case import Case


def make_dropout(rng, n=5, d=7, p=0.4, seed=3):
    return rng.normal(size=(n, d)), {"p": p, "mode": "train", "seed": seed}


def make_mask(rng, n=5, d=7, p=0.3):
    return rng.normal(size=(n, d)), rng.random((n, d)) > p, p


def make_channel_mask(rng, n=3, d=5, c=4, p=0.5):
    mask = np.array([[1, 0, 1, 0], [0, 1, 1, 1], [1, 1, 0, 0], [0, 1, 0, 1], [1, 0, 0, 1]])[np.arange(n) % 5]
    return rng.normal(size=(n, c, d)), mask, p


def make_layer(rng, n=5, d=7, m=3):
    return rng.normal(size=(n, d)), rng.random((n, m)) > 0.4, rng.normal(size=(d, m))


def make_weights(rng, n=5, d=7, m=3):
    return rng.normal(size=(n, d)), rng.normal(size=(d, m)), (rng.random((d, m)) > 0.4) / 0.6


# --- inverted, drawn from a seed --------------------------------------------------------------------------------------


def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    mask = None
    if mode == "train":
        rng = np.random.default_rng(dropout_param["seed"])
        mask = (rng.random(x.shape) < p) / p
        out = x * mask
    else:
        out = x
    return out, (dropout_param, mask)


def dropout_backward(dout, cache):
    dropout_param, mask = cache
    if dropout_param["mode"] == "train":
        return dout * mask
    return dout


def dropout_backward_unscaled(dout, cache):
    dropout_param, mask = cache
    dx = dout * (mask > 0)
    return dx


def dropout_backward_scaled_twice(dout, cache):
    dropout_param, mask = cache
    p = dropout_param["p"]
    dx = dout * mask / p
    return dx


def dropout_backward_no_mask(dout, cache):
    dropout_param, mask = cache
    p = dropout_param["p"]
    dx = dout / p
    return dx


def dropout_backward_new_mask(dout, cache):
    dropout_param, mask = cache
    p = dropout_param["p"]
    rng = np.random.default_rng(dropout_param["seed"] + 1)
    mask = (rng.random(dout.shape) < p) / p
    return dout * mask


# --- a mask as an argument --------------------------------------------------------------------------------------------


def drop(x, keep, p):
    return np.where(keep, x, 0.0) / (1 - p)


def drop_grad(g, x, keep, p):
    return g * keep / (1 - p)


def drop_grad_with_none(g, x, keep, p):
    return np.where(keep, g / (1 - p), 0.0), None, None


def drop_grad_inverted(g, x, keep, p):
    return g * ~keep / (1 - p)


def drop_grad_wrong_side(g, x, keep, p):
    return g * keep / p


def drop_grad_by_value(g, x, keep, p):
    out = drop(x, keep, p)
    return g * (out > 0) / (1 - p)


def drop_grad_floor(g, x, keep, p):
    return g * (keep / (1 - p)).astype(int)


def drop_channels(x, mask, p):
    return x * mask[:, :, None] / (1 - p)


def drop_channels_grad(dout, x, mask, p):
    scale = mask / (1.0 - p)
    return np.einsum("ncd,nc->ncd", dout, scale)


def drop_channels_grad_first_image(dout, x, mask, p):
    return dout * mask[0][None, :, None] / (1 - p)


# --- dropout inside a layer -------------------------------------------------------------------------------------------


class DropDense:
    """Dense, relu, dropout."""

    def __init__(self, W):
        self.W = W

    def forward(self, x, mask):
        self.x, self.mask = x, mask
        self.z = x @ self.W
        return np.maximum(self.z, 0) * mask

    def backward(self, dout):
        dz = dout * self.mask * (self.z > 0)
        self.grads = {"W": self.x.T @ dz}
        return dz @ self.W.T


class DropDenseMaskForgotten(DropDense):
    def backward(self, dout):
        dz = dout * (self.z > 0)
        self.grads = {"W": self.x.T @ dz}
        return dz @ self.W.T


class DropDenseMaskInWeightsOnly(DropDense):
    def backward(self, dout):
        dz = dout * (self.z > 0)
        self.grads = {"W": self.x.T @ (dz * self.mask)}
        return dz @ self.W.T


class DropDenseZeroUpstream(DropDense):
    def backward(self, dout):
        dout *= self.mask
        dz = dout * (self.z > 0)
        self.grads = {"W": self.x.T @ dz}
        return dz @ self.W.T


def drop_connect(x, W, mask):
    return np.tanh(x @ (W * mask))


def drop_connect_backward(dy, x, W, mask):
    dz = dy * (1 - drop_connect(x, W, mask) ** 2)
    return dz @ (W * mask).T, (x.T @ dz) * mask


def drop_connect_backward_dense_weights(dy, x, W, mask):
    dz = dy * (1 - drop_connect(x, W, mask) ** 2)
    return dz @ (W * mask).T, x.T @ dz


def drop_connect_backward_full_weights(dy, x, W, mask):
    dz = dy * (1 - drop_connect(x, W, mask) ** 2)
    dx = dz @ W.T
    dW = mask * np.matmul(x.T, dz)
    return dx, dW


def case(name, backward, kind="", argument="", site="", forward=dropout_forward, **more):
    more = {"layer": "dropout", "style": "cache", "make": make_dropout, "static": (1,)} | more
    return Case(
        name=name, forward=forward, backward=backward, right=not kind, kind=kind, argument=argument, site=site, **more
    )


def given(name, backward, *mistake, **more):
    more = {"forward": drop, "make": make_mask} | more
    return case(f"dropout-{name}", backward, *mistake, style="plain", static=(1, 2), **more)


def layer(name, cls, *mistake, **more):
    return case(f"dropout-dense-{name}", "backward", *mistake, forward=cls, style="class", make=make_layer, **more)


def connect(name, backward, *mistake, **more):
    return case(f"drop-connect-{name}", backward, *mistake, forward=drop_connect, style="plain", make=make_weights, static=(2,),
                layer="drop connect", **more)  # fmt: skip


CASES = [
    case("dropout-seeded", dropout_backward),
    case("dropout-unscaled", dropout_backward_unscaled, "dropout-mask", "x", "(mask > 0)", also=("factor",)),
    case("dropout-scaled-twice", dropout_backward_scaled_twice, "dropout-mask", "x", "mask / p", also=("factor",)),
    case("dropout-mask-missing", dropout_backward_no_mask, "dropout-mask", "x", "dx = dout / p", also=("mask-forgotten",)),
    case("dropout-mask-drawn-again", dropout_backward_new_mask, "dropout-mask", "x", '["seed"] + 1', also=("wrong-operand",)),
    given("given", drop_grad),
    given("given-none-for-static", drop_grad_with_none, note="None for the mask and the rate"),
    given("mask-inverted", drop_grad_inverted, "dropout-mask", "x", "~keep"),
    given("rate-for-keep-rate", drop_grad_wrong_side, "factor", "x", "keep / p", also=("dropout-mask",)),
    given("mask-from-sign-of-output", drop_grad_by_value, "dropout-mask", "x", "(out > 0)", also=("wrong-operand",
          "mask-forgotten")),
    given("scale-truncated", drop_grad_floor, "integer-truncation", "x", "astype(int)", also=("factor", "dropout-mask")),
    given("channels", drop_channels_grad, forward=drop_channels, make=make_channel_mask),
    given("channels-of-first-image", drop_channels_grad_first_image, "wrong-operand", "x", "mask[0]", forward=drop_channels,
          make=make_channel_mask, also=("dropout-mask",)),
    layer("class", DropDense),
    layer("mask-forgotten", DropDenseMaskForgotten, "dropout-mask", "x", "dz = dout * (self.z > 0)", also=("mask-forgotten",)),
    layer("mask-for-weights-only", DropDenseMaskInWeightsOnly, "dropout-mask", "x", "dz = dout * (self.z > 0)",
          also=("mask-forgotten", "path-dropped")),
    layer("writes-into-upstream", DropDenseZeroUpstream, "mutation", "dout", "dout *= self.mask",
          invisible="the upstream looked at afterwards"),
    connect("right", drop_connect_backward),
    connect("gradient-dense", drop_connect_backward_dense_weights, "mask-forgotten", "W", ".T, x.T @ dz"),
    connect("unmasked-weights", drop_connect_backward_full_weights, "mask-forgotten", "x", "dx = dz @ W.T",
            also=("wrong-operand",)),
]  # fmt: skip
