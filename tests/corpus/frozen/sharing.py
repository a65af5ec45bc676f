"""Weights that are used twice and values with two readers: tied autoencoder, siamese network."""

import numpy as np
from corpus.case import Case


def make_tied(rng, n=5, d=7, h=3):
    return rng.normal(size=(n, d)), rng.normal(size=(d, h)), rng.normal(size=h), rng.normal(size=d)


def make_siamese(rng, n=5, d=3, h=2):
    return rng.normal(size=(n, d)), rng.normal(size=(n, d)), rng.normal(size=(d, h))


def make_row(rng, d=3):
    return (rng.normal(size=d),)


# --- weights used twice -----------------------------------------------------------------------------------------------


def autoencoder(x, W, b, c):
    h = np.tanh(x @ W + b)
    return 0.5 * np.sum((h @ W.T + c - x) ** 2)


def autoencoder_gradient(x, W, b, c):
    h = np.tanh(x @ W + b)
    e = h @ W.T + c - x
    dz = e @ W * (1 - h**2)
    dW = x.T @ dz + e.T @ h
    return dW, dz.sum(0), e.sum(0)


def autoencoder_gradient_decoder_only(x, W, b, c):
    h = np.tanh(x @ W + b)
    e = h @ W.T + c - x
    dz = e @ W * (1 - h**2)
    dW = e.T @ h
    return dW, dz.sum(0), e.sum(0)


def autoencoder_gradient_averaged(x, W, b, c):
    h = np.tanh(x @ W + b)
    e = h @ W.T + c - x
    dz = e @ W * (1 - h**2)
    dW = 0.5 * (x.T @ dz + e.T @ h)  # the mean of both uses
    return dW, dz.sum(0), e.sum(0)


class SharedDense:
    """One layer for both inputs of a siamese network; each call keeps its input."""

    def __init__(self, W):
        self.W = W
        self.inputs = []
        self.dW = np.zeros_like(W)

    def call(self, x):
        self.inputs.append(x)
        return x @ self.W

    def pull_back(self, g):
        self.dW = self.dW + self.inputs.pop().T @ g
        return g @ self.W.T


class Siamese:
    def __init__(self, W):
        self.W = W

    def forward(self, left, right):
        self.dense = SharedDense(self.W)
        self.left = np.tanh(self.dense.call(left))
        self.right = np.tanh(self.dense.call(right))
        return self.left * self.right

    def backward(self, g):
        dright = self.dense.pull_back(g * self.left * (1 - self.right**2))
        dleft = self.dense.pull_back(g * self.right * (1 - self.left**2))
        self.dW = self.dense.dW
        return dleft, dright


class SiameseLastInput(Siamese):
    """Its layer remembers the last input alone."""

    def forward(self, left, right):
        self.x = left
        self.left = np.tanh(self.x @ self.W)
        self.x = right
        self.right = np.tanh(self.x @ self.W)
        return self.left * self.right

    def backward(self, g):
        dl = g * self.right * (1 - self.left**2)
        dr = g * self.left * (1 - self.right**2)
        self.dW = self.x.T @ dl + self.x.T @ dr
        return dl @ self.W.T, dr @ self.W.T


class SiameseOrder(Siamese):
    """First in, first out."""

    def backward(self, g):
        dleft = self.dense.pull_back(g * self.right * (1 - self.left**2))
        dright = self.dense.pull_back(g * self.left * (1 - self.right**2))
        self.dW = self.dense.dW
        return dleft, dright


class SiameseSet(Siamese):
    def backward(self, g):
        for side, other in [(self.left, self.right), (self.right, self.left)]:
            d = g * other * (1 - side**2)
            x = self.dense.inputs.pop(0)
            self.dW = x.T @ d
        dl, dr = g * self.right * (1 - self.left**2), g * self.left * (1 - self.right**2)
        return dl @ self.W.T, dr @ self.W.T


# --- a value with two readers -----------------------------------------------------------------------------------------


def two_readers(x):
    s = np.sin(x)
    return s * np.cumsum(s)


def two_readers_grad(g, x):
    s = np.sin(x)
    ds = g * np.cumsum(s)
    ds += np.cumsum((g * s)[::-1])[::-1]
    return ds * np.cos(x)


def two_readers_grad_overwritten(g, x):
    s = np.sin(x)
    ds = g * np.cumsum(s)
    ds = np.cumsum((g * s)[::-1])[::-1]
    return ds * np.cos(x)


def two_readers_grad_forward_sum(g, x):
    s = np.sin(x)
    ds = g * np.cumsum(s)
    ds += np.cumsum(g * s)
    return ds * np.cos(x)


def two_readers_grad_twice(g, x):
    s = np.sin(x)
    tail = np.cumsum((g * s)[::-1])[::-1]
    ds = g * np.cumsum(s) + tail
    dx = ds * np.cos(x)
    dx += tail * np.cos(x)
    return dx


def case(name, layer, forward, backward, make, kind="", argument="", site="", style="plain", **more):
    return Case(
        name=name, layer=layer, forward=forward, backward=backward, make=make, right=not kind, kind=kind, argument=argument,
        site=site, style=style, **more,
    )  # fmt: skip


def tied(name, backward, *mistake, **more):
    return case(
        f"tied-{name}",
        "tied autoencoder",
        autoencoder,
        backward,
        make_tied,
        *mistake,
        style="gradient",
        static=(0,),
        **more,
    )


def siamese(name, cls, *mistake, **more):
    return case(f"siamese-{name}", "siamese network", cls, "backward", make_siamese, *mistake, style="class", **more)


def readers(name, backward, *mistake, **more):
    return case(f"two-readers-{name}", "cumulative product gate", two_readers, backward, make_row, *mistake, **more)


CASES = [
    tied("sum", autoencoder_gradient),
    tied("decoder-only", autoencoder_gradient_decoder_only, "path-dropped", "W", "dW = e.T @ h"),
    tied("averaged", autoencoder_gradient_averaged, "factor", "W", "dW = 0.5"),
    siamese("stack", Siamese),
    siamese("last-input", SiameseLastInput, "stale-cache", "W", "self.dW = self.x.T @ dl", also=("wrong-operand",)),
    siamese("queue", SiameseOrder, "stale-cache", "W", "dleft = self.dense.pull_back", also=("wrong-operand", "swapped-outputs")),
    siamese("second-only", SiameseSet, "overwritten", "W", "self.dW = x.T @ d", also=("path-dropped",)),
    readers("right", two_readers_grad),
    readers("overwritten", two_readers_grad_overwritten, "overwritten", "x", "ds = np.cumsum", also=("path-dropped",)),
    readers("sum-not-reversed", two_readers_grad_forward_sum, "transpose", "x", "ds += np.cumsum(g * s)", also=("wrong-axis",)),
    readers("twice", two_readers_grad_twice, "path-doubled", "x", "dx += tail"),
]  # fmt: skip
