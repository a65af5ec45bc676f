"""Plain recurrent networks through time, with and without a loss at every step."""

import numpy as np
from corpus.case import Case


def make_sequence(rng, n=2, d=3, t=5, h=4):
    """(x (N, T, D), h0 (N, H), Wx, Wh, b)"""
    return (
        rng.normal(size=(n, t, d)), rng.normal(size=(n, h)), 0.5 * rng.normal(size=(d, h)), 0.5 * rng.normal(size=(h, h)),
        rng.normal(size=h),
    )  # fmt: skip


def make_characters(rng, n=5, d=3, h=4):
    """n columns over an alphabet of d: (Wxh, Whh, Why, bh, by, inputs, targets)"""
    shapes = [(h, d), (h, h), (d, h), (h, 1), (d, 1)]
    return *[0.5 * rng.normal(size=shape) for shape in shapes], rng.integers(0, d, size=n), rng.integers(0, d, size=n)


# --- CS231n manner ----------------------------------------------------------------------------------------------------


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    hs, h = [], h0
    for t in range(T):
        h = np.tanh(x[:, t] @ Wx + h @ Wh + b)
        hs.append(h)
    hs = np.stack(hs, axis=1)
    return hs, (x, h0, Wx, Wh, b, hs)


def rnn_step_backward(dnext_h, x, prev_h, Wx, Wh, next_h):
    dz = (1 - next_h**2) * dnext_h
    return dz @ Wx.T, dz @ Wh.T, x.T @ dz, prev_h.T @ dz, dz.sum(axis=0)


def rnn_backward(dh, cache):
    x, h0, Wx, Wh, b, hs = cache
    N, T, H = dh.shape
    dx, dWx, dWh, db = np.zeros_like(x), np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
    dprev = np.zeros((N, H))
    for t in reversed(range(T)):
        prev = hs[:, t - 1] if t > 0 else h0
        dx[:, t], dprev, dWx_t, dWh_t, db_t = rnn_step_backward(dh[:, t] + dprev, x[:, t], prev, Wx, Wh, hs[:, t])
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    return dx, dprev, dWx, dWh, db


def rnn_backward_stacked(dh, cache):
    x, h0, Wx, Wh, b, hs = cache
    carry = 0
    dz = np.empty(dh.shape)
    for t in range(dh.shape[1] - 1, -1, -1):
        dz[:, t] = (dh[:, t] + carry) * (1 - hs[:, t] ** 2)
        carry = dz[:, t] @ Wh.T
    before = np.concatenate([h0[:, None], hs[:, :-1]], axis=1)
    dWx = np.einsum("ntd,nth->dh", x, dz)
    dWh = np.einsum("nth,ntk->hk", before, dz)
    return dz @ Wx.T, carry, dWx, dWh, dz.sum(axis=(0, 1))


def rnn_backward_own_step(dh, cache):
    x, h0, Wx, Wh, b, hs = cache
    N, T, H = dh.shape
    dx, dWx, dWh, db = np.zeros_like(x), np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
    for t in reversed(range(T)):
        prev = hs[:, t - 1] if t > 0 else h0
        dx[:, t], dprev, dWx_t, dWh_t, db_t = rnn_step_backward(dh[:, t], x[:, t], prev, Wx, Wh, hs[:, t])
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    return dx, dprev, dWx, dWh, db


def rnn_backward_last_output(dh, cache):
    x, h0, Wx, Wh, b, hs = cache
    N, T, H = dh.shape
    dx, dWx, dWh, db = np.zeros_like(x), np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
    dprev = dh[:, T - 1]
    for t in reversed(range(T)):
        prev = hs[:, t - 1] if t > 0 else h0
        dx[:, t], dprev, dWx_t, dWh_t, db_t = rnn_step_backward(dprev, x[:, t], prev, Wx, Wh, hs[:, t])
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    return dx, dprev, dWx, dWh, db


def rnn_backward_window(dh, cache):
    x, h0, Wx, Wh, b, hs = cache
    N, T, H = dh.shape
    dx, dWx, dWh, db = np.zeros_like(x), np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
    bptt_truncate = 2
    for t in range(T):
        delta = dh[:, t]
        for s in range(t, max(-1, t - bptt_truncate), -1):
            prev = hs[:, s - 1] if s > 0 else h0
            dx_s, delta, dWx_s, dWh_s, db_s = rnn_step_backward(delta, x[:, s], prev, Wx, Wh, hs[:, s])
            dx[:, s] += dx_s
            dWx += dWx_s
            dWh += dWh_s
            db += db_s
    return dx, delta, dWx, dWh, db


def rnn_backward_weights_of_first_step(dh, cache):
    x, h0, Wx, Wh, b, hs = cache
    N, T, H = dh.shape
    dx, dprev = np.zeros_like(x), np.zeros((N, H))
    for t in reversed(range(T)):
        prev = hs[:, t - 1] if t > 0 else h0
        dz = (dh[:, t] + dprev) * (1 - hs[:, t] ** 2)
        dx[:, t], dprev = dz @ Wx.T, dz @ Wh.T
        dWx, dWh, db = x[:, t].T @ dz, prev.T @ dz, dz.sum(axis=0)
    return dx, dprev, dWx, dWh, db


def rnn_backward_state_after(dh, cache):
    x, h0, Wx, Wh, b, hs = cache
    N, T, H = dh.shape
    dx, dWx, dWh, db = np.zeros_like(x), np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
    dprev = np.zeros((N, H))
    for t in reversed(range(T)):
        dz = (dh[:, t] + dprev) * (1 - hs[:, t] ** 2)
        dx[:, t], dprev = dz @ Wx.T, dz @ Wh.T
        dWx += x[:, t].T @ dz
        dWh += hs[:, t].T @ dz
        db += dz.sum(axis=0)
    return dx, dprev, dWx, dWh, db


def rnn_backward_wraps(dh, cache):
    x, h0, Wx, Wh, b, hs = cache
    N, T, H = dh.shape
    dx, dWx, dWh, db = np.zeros_like(x), np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
    dprev = np.zeros((N, H))
    for t in reversed(range(T)):
        dz = (dh[:, t] + dprev) * (1 - hs[:, t] ** 2)
        dx[:, t], dprev = dz @ Wx.T, dz @ Wh.T
        dWx += x[:, t].T @ dz
        dWh += hs[:, t - 1].T @ dz
        db += dz.sum(axis=0)
    return dx, dprev, dWx, dWh, db


def rnn_backward_untransposed(dh, cache):
    x, h0, Wx, Wh, b, hs = cache
    carry = 0
    dz = np.empty(dh.shape)
    for t in range(dh.shape[1] - 1, -1, -1):
        dz[:, t] = (dh[:, t] + carry) * (1 - hs[:, t] ** 2)
        carry = dz[:, t] @ Wh
    before = np.concatenate([h0[:, None], hs[:, :-1]], axis=1)
    dWx = np.einsum("ntd,nth->dh", x, dz)
    dWh = np.einsum("nth,ntk->hk", before, dz)
    return dz @ Wx.T, carry, dWx, dWh, dz.sum(axis=(0, 1))


def rnn_backward_mean_over_time(dh, cache):
    x, h0, Wx, Wh, b, hs = cache
    T = dh.shape[1]
    carry = 0
    dz = np.empty(dh.shape)
    for t in range(T - 1, -1, -1):
        dz[:, t] = (dh[:, t] + carry) * (1 - hs[:, t] ** 2)
        carry = dz[:, t] @ Wh.T
    before = np.concatenate([h0[:, None], hs[:, :-1]], axis=1)
    dWx = np.einsum("ntd,nth->dh", x, dz) / T
    dWh = np.einsum("nth,ntk->hk", before, dz) / T
    return dz @ Wx.T, carry, dWx, dWh, dz.sum(axis=(0, 1)) / T


# --- characters as columns, loss and gradients together ---------------------------------------------------------------


def char_rnn(Wxh, Whh, Why, bh, by, inputs, targets):
    xs, hs, ps = {}, {-1: np.zeros((Whh.shape[0], 1))}, {}
    loss = 0
    for t in range(len(inputs)):
        xs[t] = np.zeros((Wxh.shape[1], 1))
        xs[t][inputs[t]] = 1
        hs[t] = np.tanh(Wxh @ xs[t] + Whh @ hs[t - 1] + bh)
        y = Why @ hs[t] + by
        ps[t] = np.exp(y) / np.sum(np.exp(y))
        loss += -np.log(ps[t][targets[t], 0])
    return loss, (xs, hs, ps)


def char_rnn_loss(Wxh, Whh, Why, bh, by, inputs, targets):
    loss, (xs, hs, ps) = char_rnn(Wxh, Whh, Why, bh, by, inputs, targets)
    dWxh, dWhh, dWhy = np.zeros(Wxh.shape), np.zeros(Whh.shape), np.zeros(Why.shape)
    dbh, dby, dhnext = np.zeros(bh.shape), np.zeros(by.shape), np.zeros(bh.shape)
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        dWhy += dy @ hs[t].T
        dby += dy
        dh = Why.T @ dy + dhnext
        draw = (1 - hs[t] * hs[t]) * dh
        dbh += draw
        dWxh += draw @ xs[t].T
        dWhh += draw @ hs[t - 1].T
        dhnext = Whh.T @ draw
    return loss, (dWxh, dWhh, dWhy, dbh, dby)


def char_rnn_loss_clipped(Wxh, Whh, Why, bh, by, inputs, targets):
    loss, (xs, hs, ps) = char_rnn(Wxh, Whh, Why, bh, by, inputs, targets)
    dWxh, dWhh, dWhy = np.zeros(Wxh.shape), np.zeros(Whh.shape), np.zeros(Why.shape)
    dbh, dby, dhnext = np.zeros(bh.shape), np.zeros(by.shape), np.zeros(bh.shape)
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        dWhy += dy @ hs[t].T
        dby += dy
        draw = (1 - hs[t] * hs[t]) * (Why.T @ dy + dhnext)
        dbh += draw
        dWxh += draw @ xs[t].T
        dWhh += draw @ hs[t - 1].T
        dhnext = Whh.T @ draw
    grads = [dWxh, dWhh, dWhy, dbh, dby]
    for grad in grads:
        np.clip(grad, -0.1, 0.1, out=grad)  # mitigate exploding gradients
    return loss, grads


def char_rnn_loss_wide_clip(Wxh, Whh, Why, bh, by, inputs, targets):
    loss, (xs, hs, ps) = char_rnn(Wxh, Whh, Why, bh, by, inputs, targets)
    dWxh, dWhh, dWhy = np.zeros(Wxh.shape), np.zeros(Whh.shape), np.zeros(Why.shape)
    dbh, dby, dhnext = np.zeros(bh.shape), np.zeros(by.shape), np.zeros(bh.shape)
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        dWhy += dy @ hs[t].T
        dby += dy
        draw = (1 - hs[t] * hs[t]) * (Why.T @ dy + dhnext)
        dbh += draw
        dWxh += draw @ xs[t].T
        dWhh += draw @ hs[t - 1].T
        dhnext = Whh.T @ draw
    grads = (dWxh, dWhh, dWhy, dbh, dby)
    return loss, tuple([np.clip(grad, -50, 50) for grad in grads])


def char_rnn_loss_chain_assigned(Wxh, Whh, Why, bh, by, inputs, targets):
    loss, (xs, hs, ps) = char_rnn(Wxh, Whh, Why, bh, by, inputs, targets)
    dWxh, dWhh, dWhy = np.zeros(Wxh.shape), np.zeros(Whh.shape), np.zeros(Why.shape)
    dbh, dby = np.zeros(bh.shape), np.zeros(by.shape)
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        dWhy += dy @ hs[t].T
        dby += dy
        dhnext = np.zeros(bh.shape)
        draw = (1 - hs[t] * hs[t]) * (Why.T @ dy + dhnext)
        dbh += draw
        dWxh += draw @ xs[t].T
        dWhh += draw @ hs[t - 1].T
    return loss, (dWxh, dWhh, dWhy, dbh, dby)


def case(name, layer, forward, backward, make, kind="", argument="", site="", style="cache", **more):
    return Case(
        name=name, layer=layer, forward=forward, backward=backward, make=make, right=not kind, kind=kind, argument=argument,
        site=site, style=style, **more,
    )  # fmt: skip


def rnn(name, backward, *mistake, **more):
    return case(f"rnn-{name}", "rnn", rnn_forward, backward, make_sequence, *mistake, **more)


def char(name, forward, *mistake, **more):
    return case(
        f"char-rnn-{name}",
        "character rnn",
        forward,
        None,
        make_characters,
        *mistake,
        style="loss",
        static=(5, 6),
        **more,
    )


CASES = [
    rnn("steps", rnn_backward),
    rnn("stacked", rnn_backward_stacked),
    rnn("own-step-only", rnn_backward_own_step, "bptt-truncated", "x", "rnn_step_backward(dh[:, t],", also=("path-dropped",)),
    rnn("last-output-only", rnn_backward_last_output, "path-dropped", "x", "rnn_step_backward(dprev,"),
    rnn("window-of-two", rnn_backward_window, "bptt-truncated", "x", "t - bptt_truncate"),
    rnn("weights-of-one-step", rnn_backward_weights_of_first_step, "overwritten", "Wx", "dWx, dWh, db = x[:, t].T @ dz"),
    rnn("state-after-for-before", rnn_backward_state_after, "wrong-operand", "Wh", "dWh += hs[:, t].T @ dz"),
    rnn("first-state-wraps-round", rnn_backward_wraps, "wrong-operand", "Wh", "dWh += hs[:, t - 1].T @ dz",
        also=("window-offset",), note="hs[:, -1] is the last state, where h0 belongs"),
    rnn("weights-not-transposed", rnn_backward_untransposed, "transpose", "x", "carry = dz[:, t] @ Wh"),
    rnn("averaged-over-time", rnn_backward_mean_over_time, "factor", "Wx", "dWx = np.einsum"),
    char("loss", char_rnn_loss),
    char("clipped", char_rnn_loss_clipped, "gradient-clipped", "Wxh", "np.clip(grad, -0.1, 0.1"),
    char("clipped-far-out", char_rnn_loss_wide_clip, "gradient-clipped", "Wxh", "np.clip(grad, -50, 50)",
         invisible="gradients beyond 50"),
    char("next-state-zero", char_rnn_loss_chain_assigned, "bptt-truncated", "Wxh", "dhnext = np.zeros(bh.shape)",
         also=("path-dropped",)),
]  # fmt: skip
