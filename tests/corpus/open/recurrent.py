"""Recurrent networks: one step, a sequence, a character model, a layer object.  Knows NumPy alone."""

from functools import partial

import numpy as np
from corpus.case import Case
from corpus.open.inputs import scaled, single

# --- one step and a whole sequence, as in an assignment


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    dz = dnext_h * (1 - next_h**2)
    return dz @ Wx.T, dz @ Wh.T, x.T @ dz, prev_h.T @ dz, dz.sum(axis=0)


def rnn_step_backward_no_tanh(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    dz = dnext_h
    return dz @ Wx.T, dz @ Wh.T, x.T @ dz, prev_h.T @ dz, dz.sum(axis=0)


def rnn_step_backward_next_state(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    dz = dnext_h * (1 - next_h**2)
    dWh = next_h.T @ dz
    return dz @ Wx.T, dz @ Wh.T, x.T @ dz, dWh, dz.sum(axis=0)


def rnn_step_backward_wh_plain(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    dz = dnext_h * (1 - next_h**2)
    dprev_h = dz @ Wh
    return dz @ Wx.T, dprev_h, x.T @ dz, prev_h.T @ dz, dz.sum(axis=0)


def step_inputs(rng, n=5, d=3, h=7):
    return (
        rng.normal(size=(n, d)),
        rng.normal(size=(n, h)),
        rng.normal(size=(d, h)) / 2,
        rng.normal(size=(h, h)) / 3,
        rng.normal(size=h),
    )


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, _ = x.shape
    h, prev, caches = [], h0, []
    for t in range(T):
        prev, cache = rnn_step_forward(x[:, t], prev, Wx, Wh, b)
        h.append(prev)
        caches.append(cache)
    return np.stack(h, axis=1), caches


def rnn_backward(dh, cache):
    N, T, H = dh.shape
    x, _, Wx, Wh, _ = cache[0]
    dx = np.zeros((N, T, x.shape[1]))
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(H)
    dprev = np.zeros((N, H))
    for t in reversed(range(T)):
        dx[:, t], dprev, dwx_t, dwh_t, db_t = rnn_step_backward(dh[:, t] + dprev, cache[t])
        dWx += dwx_t
        dWh += dwh_t
        db += db_t
    return dx, dprev, dWx, dWh, db


def rnn_backward_own_step(dh, cache):
    """Every step by itself: nothing comes back from the step after it."""
    N, T, H = dh.shape
    x, _, Wx, Wh, _ = cache[0]
    dx = np.zeros((N, T, x.shape[1]))
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(H)
    for t in reversed(range(T)):
        dx[:, t], dh0, dwx_t, dwh_t, db_t = rnn_step_backward(dh[:, t], cache[t])
        dWx += dwx_t
        dWh += dwh_t
        db += db_t
    return dx, dh0, dWx, dWh, db


def rnn_backward_last_step(dh, cache):
    """The gradient enters at the last step alone."""
    N, T, H = dh.shape
    x, _, Wx, Wh, _ = cache[0]
    dx = np.zeros((N, T, x.shape[1]))
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(H)
    dprev = dh[:, -1]
    for t in reversed(range(T)):
        dx[:, t], dprev, dwx_t, dwh_t, db_t = rnn_step_backward(dprev, cache[t])
        dWx += dwx_t
        dWh += dwh_t
        db += db_t
    return dx, dprev, dWx, dWh, db


def rnn_backward_weights_replaced(dh, cache):
    N, T, H = dh.shape
    x, _, Wx, Wh, _ = cache[0]
    dx = np.zeros((N, T, x.shape[1]))
    db = np.zeros(H)
    dprev = np.zeros((N, H))
    for t in reversed(range(T)):
        dx[:, t], dprev, dWx, dWh, db_t = rnn_step_backward(dh[:, t] + dprev, cache[t])
        db += db_t
    return dx, dprev, dWx, dWh, db


def rnn_backward_truncated(dh, cache, k=2):
    """Back through k steps, for long sequences."""
    N, T, H = dh.shape
    x, _, Wx, Wh, _ = cache[0]
    dx = np.zeros((N, T, x.shape[1]))
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(H)
    dprev = np.zeros((N, H))
    for t in reversed(range(T)):
        if (T - 1 - t) % k == 0:
            dprev = np.zeros((N, H))
        dx[:, t], dprev, dwx_t, dwh_t, db_t = rnn_step_backward(dh[:, t] + dprev, cache[t])
        dWx += dwx_t
        dWh += dwh_t
        db += db_t
    return dx, dprev, dWx, dWh, db


def rnn_backward_averaged(dh, cache):
    N, T, H = dh.shape
    x, _, Wx, Wh, _ = cache[0]
    dx = np.zeros((N, T, x.shape[1]))
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(H)
    dprev = np.zeros((N, H))
    for t in reversed(range(T)):
        dx[:, t], dprev, dwx_t, dwh_t, db_t = rnn_step_backward(dh[:, t] + dprev, cache[t])
        dWx += dwx_t / T
        dWh += dwh_t
        db += db_t
    return dx, dprev, dWx, dWh, db


def rnn_backward_state_doubled(dh, cache):
    N, T, H = dh.shape
    x, _, Wx, Wh, _ = cache[0]
    dx = np.zeros((N, T, x.shape[1]))
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(H)
    dprev = np.zeros((N, H))
    for t in reversed(range(T)):
        dx[:, t], dh_t, dwx_t, dwh_t, db_t = rnn_step_backward(dh[:, t] + dprev, cache[t])
        dprev += dh_t
        dWx += dwx_t
        dWh += dwh_t
        db += db_t
    return dx, dprev, dWx, dWh, db


def sequence_inputs(rng, n=2, t=5, d=3, h=3):
    x, h0, Wx, Wh, b = step_inputs(rng, n, d, h)
    return rng.normal(size=(n, t, d)), h0, Wx, Wh, b


# --- a character model: one sequence of indices, columns, loss and gradients at once


def char_rnn(Wxh, Whh, Why, bh, by, inputs, targets):
    h, p, xs, loss = {-1: np.zeros_like(bh)}, {}, {}, 0
    for t in range(len(inputs)):
        xs[t] = np.zeros((Wxh.shape[1], 1))
        xs[t][inputs[t]] = 1
        h[t] = np.tanh(Wxh @ xs[t] + Whh @ h[t - 1] + bh)
        y = Why @ h[t] + by
        p[t] = np.exp(y) / np.sum(np.exp(y))
        loss += -np.log(p[t][targets[t], 0])
    dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
    dbh, dby = np.zeros_like(bh), np.zeros_like(by)
    dhnext = np.zeros_like(bh)
    for t in reversed(range(len(inputs))):
        dy = np.copy(p[t])
        dy[targets[t]] -= 1
        dWhy += dy @ h[t].T
        dby += dy
        dh = Why.T @ dy + dhnext
        dhraw = (1 - h[t] * h[t]) * dh
        dbh += dhraw
        dWxh += dhraw @ xs[t].T
        dWhh += dhraw @ h[t - 1].T
        dhnext = Whh.T @ dhraw
    return loss, (dWxh, dWhh, dWhy, dbh, dby)


def char_rnn_clipped(Wxh, Whh, Why, bh, by, inputs, targets):
    h, p, xs, loss = {-1: np.zeros_like(bh)}, {}, {}, 0
    for t in range(len(inputs)):
        xs[t] = np.zeros((Wxh.shape[1], 1))
        xs[t][inputs[t]] = 1
        h[t] = np.tanh(Wxh @ xs[t] + Whh @ h[t - 1] + bh)
        y = Why @ h[t] + by
        p[t] = np.exp(y) / np.sum(np.exp(y))
        loss += -np.log(p[t][targets[t], 0])
    grads = [np.zeros_like(w) for w in (Wxh, Whh, Why, bh, by)]
    dWxh, dWhh, dWhy, dbh, dby = grads
    dhnext = np.zeros_like(bh)
    for t in reversed(range(len(inputs))):
        dy = np.copy(p[t])
        dy[targets[t]] -= 1
        dWhy += dy @ h[t].T
        dby += dy
        dhraw = (1 - h[t] * h[t]) * (Why.T @ dy + dhnext)
        dbh += dhraw
        dWxh += dhraw @ xs[t].T
        dWhh += dhraw @ h[t - 1].T
        dhnext = Whh.T @ dhraw
    for dparam in grads:
        np.clip(dparam, -0.5, 0.5, out=dparam)  # mitigate exploding gradients
    return loss, grads


def char_rnn_no_next(Wxh, Whh, Why, bh, by, inputs, targets):
    h, p, xs, loss = {-1: np.zeros_like(bh)}, {}, {}, 0
    for t in range(len(inputs)):
        xs[t] = np.eye(Wxh.shape[1])[:, [inputs[t]]]
        h[t] = np.tanh(Wxh @ xs[t] + Whh @ h[t - 1] + bh)
        y = Why @ h[t] + by
        p[t] = np.exp(y) / np.sum(np.exp(y))
        loss += -np.log(p[t][targets[t], 0])
    dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
    dbh, dby = np.zeros_like(bh), np.zeros_like(by)
    for t in reversed(range(len(inputs))):
        dy = np.copy(p[t])
        dy[targets[t]] -= 1
        dWhy += dy @ h[t].T
        dby += dy
        dhraw = (1 - h[t] * h[t]) * (Why.T @ dy)
        dbh += dhraw
        dWxh += dhraw @ xs[t].T
        dWhh += dhraw @ h[t - 1].T
    return loss, (dWxh, dWhh, dWhy, dbh, dby)


def characters(rng, t=5, h=3, k=7):
    W = [rng.normal(size=s) / 2 for s in ((h, k), (h, h), (k, h), (h, 1), (k, 1))]
    return (*W, rng.integers(0, k, t), rng.integers(0, k, t))


# --- a layer object with three matrices, U and W inside, V outside


class RNN:
    def __init__(self, U, V, W):
        self.U, self.V, self.W = U, V, W

    def forward_pass(self, X):
        self.X = X
        N, T, _ = X.shape
        self.S = np.zeros((N, T + 1, len(self.W)), dtype=np.result_type(X, self.U, self.W))
        for t in range(T):
            self.S[:, t] = np.tanh(X[:, t] @ self.U.T + self.S[:, t - 1] @ self.W.T)
        return self.S[:, :T] @ self.V.T

    def backward_pass(self, accum_grad):
        N, T, _ = accum_grad.shape
        grads = {"U": np.zeros_like(self.U), "V": np.zeros_like(self.V), "W": np.zeros_like(self.W)}
        accum_next = np.zeros_like(self.X)
        ds = np.zeros((N, len(self.W)))
        for t in reversed(range(T)):
            grads["V"] += accum_grad[:, t].T @ self.S[:, t]
            dz = (accum_grad[:, t] @ self.V + ds) * (1 - self.S[:, t] ** 2)
            grads["U"] += dz.T @ self.X[:, t]
            grads["W"] += dz.T @ self.S[:, t - 1]
            accum_next[:, t] = dz @ self.U
            ds = dz @ self.W
        self.grads = grads
        return accum_next


class RNNOwnStep(RNN):
    """The weights go back in time; what is handed to the layer below comes from the step's own output alone."""

    def backward_pass(self, accum_grad):
        N, T, _ = accum_grad.shape
        self.grads = {"U": np.zeros_like(self.U), "V": np.zeros_like(self.V), "W": np.zeros_like(self.W)}
        accum_next = np.zeros_like(self.X)
        for t in reversed(range(T)):
            self.grads["V"] += accum_grad[:, t].T @ self.S[:, t]
            dz = accum_grad[:, t] @ self.V * (1 - self.S[:, t] ** 2)
            accum_next[:, t] = dz @ self.U
            for s in reversed(range(t + 1)):
                self.grads["U"] += dz.T @ self.X[:, s]
                self.grads["W"] += dz.T @ self.S[:, s - 1]
                dz = dz @ self.W * (1 - self.S[:, s - 1] ** 2)
        return accum_next


class RNNCarriesState(RNN):
    """The state of the last sequence is where the next one starts."""

    last = None

    def forward_pass(self, X):
        self.X = X
        N, T, _ = X.shape
        S = np.zeros((N, T + 1, len(self.W)), dtype=np.result_type(X, self.U, self.W))
        if self.last is not None:
            S[:, -1] = self.last
        for t in range(T):
            S[:, t] = np.tanh(X[:, t] @ self.U.T + S[:, t - 1] @ self.W.T)
        self.S = S
        self.last = S[:, T - 1]
        return S[:, :T] @ self.V.T


def layer_inputs(rng, n=2, t=5, d=3, h=3, m=2):
    return rng.normal(size=(n, t, d)), rng.normal(size=(h, d)) / 2, rng.normal(size=(m, h)), rng.normal(size=(h, h)) / 2


# fmt: off
step = partial(Case, layer="recurrent step", forward=rnn_step_forward, style="cache", make=step_inputs)
sequence = partial(Case, layer="recurrent network", forward=rnn_forward, style="cache", make=sequence_inputs)
chars = partial(Case, layer="character model", backward=None, style="loss", make=characters, static=(5, 6))
thing = partial(Case, layer="recurrent layer", style="class", make=layer_inputs, backward="backward_pass")
CASES = [
    step(name="recurrent-step", backward=rnn_step_backward, right=True),
    step(name="recurrent-step-single", backward=rnn_step_backward, make=single(step_inputs), right=True),
    sequence(name="recurrent-network", backward=rnn_backward, right=True),
    sequence(name="recurrent-network-of-zeros", backward=rnn_backward, make=scaled(sequence_inputs, 0.0, 1, 2, 3, 4), right=True),
    chars(name="character-model", forward=char_rnn, right=True),
    thing(name="recurrent-layer", forward=RNN, right=True),
    step(name="recurrent-step-tanh-skipped", backward=rnn_step_backward_no_tanh, right=False, kind="wrong-activation-derivative",
         argument="x", site="dz = dnext_h", also=("path-dropped",)),
    step(name="recurrent-step-next-state", backward=rnn_step_backward_next_state, right=False, kind="wrong-operand",
         argument="Wh",
         site="dWh = next_h.T @ dz"),
    step(name="recurrent-step-not-transposed", backward=rnn_step_backward_wh_plain, right=False, kind="transpose",
         argument="prev_h", site="dprev_h = dz @ Wh"),
    sequence(name="recurrent-network-own-step", backward=rnn_backward_own_step, right=False, kind="bptt-truncated", argument="x",
             site="rnn_step_backward(dh[:, t], cache[t])", also=("path-dropped",)),
    sequence(name="recurrent-network-last-step", backward=rnn_backward_last_step, right=False, kind="path-dropped", argument="x",
             site="dprev = dh[:, -1]", also=("overwritten", "bptt-truncated", "upstream-ignored")),
    sequence(name="recurrent-network-weights-replaced", backward=rnn_backward_weights_replaced, right=False, kind="overwritten",
             argument="Wx", site="dx[:, t], dprev, dWx, dWh, db_t", also=("bptt-truncated",)),
    sequence(name="recurrent-network-two-steps-back", backward=rnn_backward_truncated, right=False, kind="bptt-truncated",
             argument="x", site="if (T - 1 - t) % k == 0", also=("path-dropped",)),
    sequence(name="recurrent-network-averaged-over-steps", backward=rnn_backward_averaged, right=False, kind="factor",
             argument="Wx", site="dWx += dwx_t / T"),
    sequence(name="recurrent-network-state-added-up", backward=rnn_backward_state_doubled, right=False, kind="path-doubled",
             argument="x", site="dprev += dh_t"),
    chars(name="character-model-clipped", forward=char_rnn_clipped, right=False, kind="gradient-clipped", argument="Wxh",
          site="np.clip(dparam, -0.5, 0.5, out=dparam)"),
    chars(name="character-model-nothing-from-the-future", forward=char_rnn_no_next, right=False, kind="bptt-truncated",
          argument="Wxh", site="(Why.T @ dy)", also=("path-dropped",)),
    thing(name="recurrent-layer-own-step-below", forward=RNNOwnStep, right=False, kind="bptt-truncated", argument="X",
          site="accum_next[:, t] = dz @ self.U", also=("path-dropped",)),
    thing(name="recurrent-layer-carries-its-state", forward=RNNCarriesState, right=False, kind="state-not-reset", argument="X",
          site="S[:, -1] = self.last", also=("stale-cache",)),
]
# fmt: on
