"""Layers that read their input twice: squeeze and excite, factorisation machines, dense concatenation, maxout, shared nodes."""

import numpy as np
from corpus.case import Case


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def make_excite(rng, n=3, d=5, c=2):
    return rng.normal(size=(n, d, c)), rng.normal(size=(c, c))


def make_machine(rng, n=5, d=7, k=3):
    return rng.normal(size=(n, d)), rng.normal(size=d), rng.normal(size=(d, k))


def make_concat(rng, n=5, d=3, h=2):
    return rng.normal(size=(n, d)), rng.normal(size=(d, h))


def make_pieces(rng, n=5, d=3, k=2):
    return rng.normal(size=(n, d)), rng.normal(size=(k, d, 7))


def make_flat_pieces(rng, n=5, d=3):
    """Examples that are all zeros: every piece gives the same there."""
    x = rng.normal(size=(n, d))
    x[1] = x[3] = 0
    return x, rng.normal(size=(2, d, 7))


def make_scalars(rng, n=5):
    return rng.normal(size=n), rng.normal(size=n)


# --- squeeze and excite -----------------------------------------------------------------------------------------------


def excite(x, W):
    """(N, positions, channels): each channel scaled by a gate of the means of all"""
    s = x.mean(axis=1)
    gate = sigmoid(s @ W)
    return x * gate[:, None], (x, W, s, gate)


def excite_backward(dy, cache):
    x, W, s, gate = cache
    dgate = np.sum(dy * x, axis=1)
    dz = dgate * gate * (1 - gate)
    dx = dy * gate[:, None] + (dz @ W.T)[:, None] / x.shape[1]
    return dx, s.T @ dz


def excite_backward_gate_constant(dy, cache):
    x, W, s, gate = cache
    dz = np.sum(dy * x, axis=1) * gate * (1 - gate)
    dx = dy * gate[:, None]
    return dx, s.T @ dz


def excite_backward_gate_path_twice(dy, cache):
    x, W, s, gate = cache
    dz = np.sum(dy * x, axis=1) * gate * (1 - gate)
    ds = dz @ W.T
    dx = dy * gate[:, None]
    for t in range(x.shape[1]):
        dx[:, t] += ds / x.shape[1]
    dx += (ds / x.shape[1])[:, None]
    return dx, s.T @ dz


def excite_backward_mean_as_sum(dy, cache):
    x, W, s, gate = cache
    dz = np.sum(dy * x, axis=1) * gate * (1 - gate)
    dx = dy * gate[:, None] + (dz @ W.T)[:, None]
    return dx, s.T @ dz


def excite_backward_channels(dy, cache):
    x, W, s, gate = cache
    dgate = np.sum(dy * x, axis=2).mean(axis=1, keepdims=True) * np.ones_like(gate)
    dz = dgate * gate * (1 - gate)
    return dy * gate[:, None] + (dz @ W.T)[:, None] / x.shape[1], s.T @ dz


# --- factorisation machine --------------------------------------------------------------------------------------------


class Machine:
    def __init__(self, w, V):
        self.w, self.V = w, V

    def forward(self, x):
        self.x = x
        self.sum = x @ self.V
        return x @ self.w + 0.5 * np.sum(self.sum**2 - (x**2) @ (self.V**2), axis=1)

    def backward(self, g):
        gx = g[:, None] * self.x
        self.w_grad = gx.sum(axis=0)
        self.V_grad = gx.T @ self.sum - np.sum(gx * self.x, axis=0)[:, None] * self.V
        return g[:, None] * (self.w + self.sum @ self.V.T - self.x * np.sum(self.V**2, axis=1))


class MachineSquaresForgotten(Machine):
    def backward(self, g):
        gx = g[:, None] * self.x
        self.w_grad = gx.sum(axis=0)
        self.V_grad = gx.T @ self.sum
        return g[:, None] * (self.w + self.sum @ self.V.T - self.x * np.sum(self.V**2, axis=1))


class MachineTwice(Machine):
    def backward(self, g):
        gx = g[:, None] * self.x
        self.w_grad = gx.sum(axis=0)
        self.V_grad = 2 * gx.T @ self.sum - np.sum(gx * self.x, axis=0)[:, None] * self.V
        return g[:, None] * (self.w + self.sum @ self.V.T - self.x * np.sum(self.V**2, axis=1))


class MachineOneExample(Machine):
    def backward(self, g):
        self.V_grad = np.zeros(self.V.shape)
        for i, row in enumerate(self.x):
            self.w_grad = g[i] * row
            self.V_grad += g[i] * (np.outer(row, self.sum[i]) - (row**2)[:, None] * self.V)
        return g[:, None] * (self.w + self.sum @ self.V.T - self.x * np.sum(self.V**2, axis=1))


# --- dense concatenation ----------------------------------------------------------------------------------------------


def concat(x, W):
    return np.concatenate([x, np.tanh(x @ W)], axis=1)


def concat_grad(g, x, W):
    d = x.shape[1]
    dz = g[:, d:] * (1 - np.tanh(x @ W) ** 2)
    return g[:, :d] + dz @ W.T, x.T @ dz


def concat_grad_twice(g, x, W):
    d = x.shape[1]
    dx = g[:, :d].copy()
    dz = g[:, d:] * (1 - np.tanh(x @ W) ** 2)
    dx += dz @ W.T
    dx += g[:, :d]
    return dx, x.T @ dz


def concat_grad_wrong_split(g, x, W):
    h = W.shape[1]
    dx, dh = g[:, h:], g[:, :h]
    dz = dh * (1 - np.tanh(x @ W) ** 2)
    return dx + dz @ W.T, x.T @ dz


def concat_grad_writes(g, x, W):
    d = x.shape[1]
    dx, dz = g[:, :d], g[:, d:] * (1 - np.tanh(x @ W) ** 2)
    dx += dz @ W.T
    return dx, x.T @ dz


# --- maxout -----------------------------------------------------------------------------------------------------------


def maxout(x, W):
    return np.einsum("nd,kdm->knm", x, W).max(axis=0)


def maxout_grad(g, x, W):
    winner = np.einsum("nd,kdm->knm", x, W).argmax(axis=0)
    hit = (np.arange(len(W))[:, None, None] == winner) * g
    return np.einsum("knm,kdm->nd", hit, W), np.einsum("knm,nd->kdm", hit, x)


def maxout_grad_every_winner(g, x, W):
    z = np.einsum("nd,kdm->knm", x, W)
    hit = (z == z.max(axis=0)) * g
    return np.einsum("knm,kdm->nd", hit, W), np.einsum("knm,nd->kdm", hit, x)


def maxout_grad_every_piece(g, x, W):
    return np.einsum("nm,kdm->nd", g, W), np.einsum("nm,nd->d", g, x)[None, :, None] * np.ones_like(W)


def maxout_grad_smooth(g, x, W):
    z = np.einsum("nd,kdm->knm", x, W)
    hit = np.exp(z - z.max(axis=0)) / np.exp(z - z.max(axis=0)).sum(axis=0) * g
    return np.einsum("knm,kdm->nd", hit, W), np.einsum("knm,nd->kdm", hit, x)


# --- a small engine that walks a graph --------------------------------------------------------------------------------


def shared(a, b):
    p = a * b
    return np.sin(p) * (p + a)


def shared_walk(g, a, b):
    """A tape of (parents, local derivatives); each node once, the last first."""
    p = a * b
    values = {"a": a, "b": b, "p": p, "s": np.sin(p), "q": p + a}
    tape = [
        ("out", {"s": values["q"], "q": values["s"]}), ("q", {"p": 1.0, "a": 1.0}), ("s", {"p": np.cos(p)}),
        ("p", {"a": b, "b": a}),
    ]  # fmt: skip
    grads = {name: np.zeros(a.shape) for name in values} | {"out": g}
    for node, local in tape:
        for parent, slope in local.items():
            grads[parent] = grads[parent] + slope * grads[node]
    return grads["a"], grads["b"]


def shared_walk_every_visit(g, a, b):
    """Goes down every edge at once, and adds up on the way: p is passed twice."""
    p = a * b
    local = {
        "out": {"s": p + a, "q": np.sin(p)},
        "q": {"p": 1.0, "a": 1.0},
        "s": {"p": np.cos(p)},
        "p": {"a": b, "b": a},
    }
    grads = {name: np.zeros(a.shape) for name in "abpsq"} | {"out": g}
    queue = ["out"]
    while queue:
        node = queue.pop(0)
        for parent, slope in local.get(node, {}).items():
            grads[parent] = grads[parent] + slope * grads[node]
            queue.append(parent)
    return grads["a"], grads["b"]


def shared_walk_assigns(g, a, b):
    p = a * b
    tape = [
        ("out", {"s": p + a, "q": np.sin(p)}),
        ("q", {"p": 1.0, "a": 1.0}),
        ("s", {"p": np.cos(p)}),
        ("p", {"a": b, "b": a}),
    ]
    grads = {"out": g}
    for node, local in tape:
        for parent, slope in local.items():
            grads[parent] = slope * grads[node]
    return grads["a"], grads["b"]


def case(name, layer, forward, backward, make, kind="", argument="", site="", style="plain", **more):
    return Case(
        name=name, layer=layer, forward=forward, backward=backward, make=make, right=not kind, kind=kind, argument=argument,
        site=site, style=style, **more,
    )  # fmt: skip


def gate(name, backward, *mistake, **more):
    return case(f"excite-{name}", "squeeze and excite", excite, backward, make_excite, *mistake, style="cache", **more)


def machine(name, cls, *mistake, **more):
    return case(
        f"machine-{name}", "factorisation machine", cls, "backward", make_machine, *mistake, style="class", **more
    )


def joined(name, backward, *mistake, **more):
    return case(f"concat-{name}", "dense concatenation", concat, backward, make_concat, *mistake, **more)


def pieces(name, backward, *mistake, make=make_pieces, **more):
    return case(f"maxout-{name}", "maxout", maxout, backward, make, *mistake, **more)


def graph(name, backward, *mistake, **more):
    return case(f"shared-node-{name}", "shared node", shared, backward, make_scalars, *mistake, **more)


CASES = [
    gate("right", excite_backward),
    gate("gate-constant", excite_backward_gate_constant, "path-dropped", "x", "dx = dy * gate[:, None]"),
    gate("gate-path-twice", excite_backward_gate_path_twice, "path-doubled", "x", "dx += (ds", also=("factor",)),
    gate("mean-as-sum", excite_backward_mean_as_sum, "factor", "x", "(dz @ W.T)[:, None]"),
    gate("gate-summed-over-channels", excite_backward_channels, "wrong-axis", "x", "np.sum(dy * x, axis=2)"),
    machine("right", Machine),
    machine("squares-forgotten", MachineSquaresForgotten, "path-dropped", "V", "self.V_grad = gx.T @ self.sum"),
    machine("product-twice", MachineTwice, "path-doubled", "V", "2 * gx.T @ self.sum", also=("factor",)),
    machine("last-example", MachineOneExample, "overwritten", "w", "self.w_grad = g[i] * row", also=("reduction-missing",)),
    joined("right", concat_grad),
    joined("identity-twice", concat_grad_twice, "path-doubled", "x", "dx += g[:, :d]", also=("factor",)),
    joined("split-at-the-other-width", concat_grad_wrong_split, "window-offset", "x", "dx, dh = g[:, h:], g[:, :h]",
           also=("wrong-operand", "contract", "swapped-outputs"), note="raises where the widths differ"),
    joined("writes-into-upstream", concat_grad_writes, "mutation", "dout", "dx += dz @ W.T",
           invisible="the upstream looked at afterwards"),
    pieces("winner", maxout_grad),
    pieces("every-winner", maxout_grad_every_winner, note="right without ties"),
    pieces("every-winner-at-ties", maxout_grad_every_winner, "kink-choice", "x", "hit = (z == z.max(axis=0)) * g",
           make=make_flat_pieces, also=("path-doubled",)),
    pieces("every-piece", maxout_grad_every_piece, "mask-forgotten", "x", "return np.einsum", also=("path-doubled",)),
    pieces("smooth", maxout_grad_smooth, "approximation-mixed", "x", "hit = np.exp", also=("neighbouring-loss",)),
    graph("tape", shared_walk),
    graph("every-visit", shared_walk_every_visit, "path-doubled", "a", "queue.append(parent)"),
    graph("assigned", shared_walk_assigns, "overwritten", "a", "grads[parent] = slope * grads[node]", also=("path-dropped",)),
]  # fmt: skip
