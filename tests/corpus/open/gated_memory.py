"""LSTM and GRU: one step, a sequence, columns with dictionaries.  Knows NumPy alone."""

from functools import partial

import numpy as np
from corpus.case import Case


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# --- one LSTM step; the gates stand side by side: i, f, o, g


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    a = x @ Wx + prev_h @ Wh + b
    i, f, o = sigmoid(a[:, :H]), sigmoid(a[:, H : 2 * H]), sigmoid(a[:, 2 * H : 3 * H])
    g = np.tanh(a[:, 3 * H :])
    next_c = f * prev_c + i * g
    next_h = o * np.tanh(next_c)
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c)


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    tc = np.tanh(next_c)
    dc = dnext_c + dnext_h * o * (1 - tc**2)
    di, df, do, dg = dc * g, dc * prev_c, dnext_h * tc, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def lstm_step_backward_no_cell_path(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    tc = np.tanh(next_c)
    dc = dnext_c
    di, df, do, dg = dc * g, dc * prev_c, dnext_h * tc, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def lstm_step_backward_tanh_of_tanh(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    tc = np.tanh(next_c)
    dc = dnext_c + dnext_h * o * (1 - np.tanh(tc) ** 2)
    di, df, do, dg = dc * g, dc * prev_c, dnext_h * tc, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def lstm_step_backward_next_cell(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    tc = np.tanh(next_c)
    dc = dnext_c + dnext_h * o * (1 - tc**2)
    di, df, do, dg = dc * g, dc * next_c, dnext_h * tc, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def lstm_step_backward_candidate_sigmoid(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    tc = np.tanh(next_c)
    dc = dnext_c + dnext_h * o * (1 - tc**2)
    di, df, do, dg = dc * g, dc * prev_c, dnext_h * tc, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * g * (1 - g)])
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def lstm_step_backward_gate_order(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    tc = np.tanh(next_c)
    dc = dnext_c + dnext_h * o * (1 - tc**2)
    di, df, do, dg = dc * g, dc * prev_c, dnext_h * tc, dc * i
    da = np.hstack([df * f * (1 - f), di * i * (1 - i), do * o * (1 - o), dg * (1 - g**2)])
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def lstm_step_backward_cell_ungated(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    tc = np.tanh(next_c)
    dc = dnext_c + dnext_h * o * (1 - tc**2)
    di, df, do, dg = dc * g, dc * prev_c, dnext_h * tc, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    dprev_c = dnext_c * f
    return da @ Wx.T, da @ Wh.T, dprev_c, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def lstm_inputs(rng, n=5, d=3, h=2):
    x, prev_h, prev_c = rng.normal(size=(n, d)), rng.normal(size=(n, h)), rng.normal(size=(n, h))
    return x, prev_h, prev_c, rng.normal(size=(d, 4 * h)), rng.normal(size=(h, 4 * h)), rng.normal(size=4 * h)


def lstm_forward(x, h0, Wx, Wh, b):
    """x (N, T, D); the cell starts at zero."""
    h, c = h0, np.zeros_like(h0)
    hs, caches = [], []
    for t in range(x.shape[1]):
        h, c, cache = lstm_step_forward(x[:, t], h, c, Wx, Wh, b)
        hs.append(h)
        caches.append(cache)
    return np.stack(hs, axis=1), caches


def lstm_backward(dh, caches):
    dx, dWx, dWh, db = [], 0, 0, 0
    dprev_h = dprev_c = np.zeros_like(dh[:, 0])
    for t in reversed(range(dh.shape[1])):
        dx_t, dprev_h, dprev_c, dwx, dwh, db_t = lstm_step_backward(dh[:, t] + dprev_h, dprev_c, caches[t])
        dx.insert(0, dx_t)
        dWx, dWh, db = dWx + dwx, dWh + dwh, db + db_t
    return np.stack(dx, axis=1), dprev_h, dWx, dWh, db


def lstm_backward_cell_forgotten(dh, caches):
    dx, dWx, dWh, db = [], 0, 0, 0
    dprev_h = np.zeros_like(dh[:, 0])
    for t in reversed(range(dh.shape[1])):
        dc = np.zeros_like(dprev_h)
        dx_t, dprev_h, _, dwx, dwh, db_t = lstm_step_backward(dh[:, t] + dprev_h, dc, caches[t])
        dx.insert(0, dx_t)
        dWx, dWh, db = dWx + dwx, dWh + dwh, db + db_t
    return np.stack(dx, axis=1), dprev_h, dWx, dWh, db


def lstm_backward_appended(dh, caches):
    """The list of steps is never turned round."""
    dx, dWx, dWh, db = [], 0, 0, 0
    dprev_h = dprev_c = np.zeros_like(dh[:, 0])
    for t in reversed(range(dh.shape[1])):
        dx_t, dprev_h, dprev_c, dwx, dwh, db_t = lstm_step_backward(dh[:, t] + dprev_h, dprev_c, caches[t])
        dx.append(dx_t)
        dWx, dWh, db = dWx + dwx, dWh + dwh, db + db_t
    return np.stack(dx, axis=1), dprev_h, dWx, dWh, db


def lstm_backward_normalised(dh, caches):
    dx, dWx, dWh, db = [], 0, 0, 0
    dprev_h = dprev_c = np.zeros_like(dh[:, 0])
    for t in reversed(range(dh.shape[1])):
        dx_t, dprev_h, dprev_c, dwx, dwh, db_t = lstm_step_backward(dh[:, t] + dprev_h, dprev_c, caches[t])
        dx.insert(0, dx_t)
        dWx, dWh, db = dWx + dwx, dWh + dwh, db + db_t
    norm = np.sqrt(np.sum(dWx**2) + np.sum(dWh**2) + np.sum(db**2))
    scale = min(1.0, 1.0 / norm)
    return np.stack(dx, axis=1), dprev_h, dWx * scale, dWh * scale, db * scale


def lstm_sequence(rng, n=2, t=5, d=3, h=2):
    return (rng.normal(size=(n, t, d)), rng.normal(size=(n, h)), *lstm_inputs(rng, n, d, h)[3:])


# --- a GRU step: z keeps the old state


def gru_step(x, h, Wz, Wr, Wn):
    """Each W takes [x, h]; the candidate takes [x, r * h]."""
    xh = np.concatenate([x, h], axis=1)
    z, r = sigmoid(xh @ Wz), sigmoid(xh @ Wr)
    xr = np.concatenate([x, r * h], axis=1)
    n = np.tanh(xr @ Wn)
    return z * h + (1 - z) * n, (x, h, Wz, Wr, Wn, xh, xr, z, r, n)


def gru_step_backward(dout, cache):
    x, h, Wz, Wr, Wn, xh, xr, z, r, n = cache
    D = x.shape[1]
    dz = dout * (h - n) * z * (1 - z)
    dn = dout * (1 - z) * (1 - n**2)
    dxr = dn @ Wn.T
    dr = dxr[:, D:] * h * r * (1 - r)
    dxh = dz @ Wz.T + dr @ Wr.T
    dx = dxh[:, :D] + dxr[:, :D]
    dh = dout * z + dxh[:, D:] + dxr[:, D:] * r
    return dx, dh, xh.T @ dz, xh.T @ dr, xr.T @ dn


def gru_step_backward_update_sign(dout, cache):
    x, h, Wz, Wr, Wn, xh, xr, z, r, n = cache
    D = x.shape[1]
    dz = dout * (n - h) * z * (1 - z)
    dn = dout * (1 - z) * (1 - n**2)
    dxr = dn @ Wn.T
    dr = dxr[:, D:] * h * r * (1 - r)
    dxh = dz @ Wz.T + dr @ Wr.T
    return dxh[:, :D] + dxr[:, :D], dout * z + dxh[:, D:] + dxr[:, D:] * r, xh.T @ dz, xh.T @ dr, xr.T @ dn


def gru_step_backward_reset_forgotten(dout, cache):
    x, h, Wz, Wr, Wn, xh, xr, z, r, n = cache
    D = x.shape[1]
    dz = dout * (h - n) * z * (1 - z)
    dn = dout * (1 - z) * (1 - n**2)
    dxr = dn @ Wn.T
    dr = dxr[:, D:] * h * r * (1 - r)
    dxh = dz @ Wz.T + dr @ Wr.T
    dx = dxh[:, :D] + dxr[:, :D]
    dh = dout * z + dxh[:, D:] + dxr[:, D:]
    return dx, dh, xh.T @ dz, xh.T @ dr, xr.T @ dn


def gru_step_backward_skip_dropped(dout, cache):
    x, h, Wz, Wr, Wn, xh, xr, z, r, n = cache
    D = x.shape[1]
    dz = dout * (h - n) * z * (1 - z)
    dn = dout * (1 - z) * (1 - n**2)
    dxr = dn @ Wn.T
    dr = dxr[:, D:] * h * r * (1 - r)
    dxh = dz @ Wz.T + dr @ Wr.T
    dh = dxh[:, D:] + dxr[:, D:] * r
    return dxh[:, :D] + dxr[:, :D], dh, xh.T @ dz, xh.T @ dr, xr.T @ dn


def gru_step_backward_candidate_input(dout, cache):
    x, h, Wz, Wr, Wn, xh, xr, z, r, n = cache
    D = x.shape[1]
    dz = dout * (h - n) * z * (1 - z)
    dn = dout * (1 - z) * (1 - n**2)
    dxr = dn @ Wn.T
    dr = dxr[:, D:] * h * r * (1 - r)
    dxh = dz @ Wz.T + dr @ Wr.T
    dWn = xh.T @ dn
    return dxh[:, :D] + dxr[:, :D], dout * z + dxh[:, D:] + dxr[:, D:] * r, xh.T @ dz, xh.T @ dr, dWn


def gru_step_backward_doubled(dout, cache):
    x, h, Wz, Wr, Wn, xh, xr, z, r, n = cache
    D = x.shape[1]
    dz = dout * (h - n) * z * (1 - z)
    dn = dout * (1 - z) * (1 - n**2)
    dxr = dn @ Wn.T
    dr = dxr[:, D:] * h * r * (1 - r)
    dxh = dz @ Wz.T + dr @ Wr.T
    dx = dxh[:, :D] + dxr[:, :D]
    dx += dn @ Wn[:D].T
    return dx, dout * z + dxh[:, D:] + dxr[:, D:] * r, xh.T @ dz, xh.T @ dr, xr.T @ dn


def gru_inputs(rng, n=5, d=3, h=2):
    W = [rng.normal(size=(d + h, h)) for _ in range(3)]
    return rng.normal(size=(n, d)), rng.normal(size=(n, h)), *W


# fmt: off
step = partial(Case, layer="lstm step", forward=lstm_step_forward, style="cache", make=lstm_inputs)
sequence = partial(Case, layer="lstm", forward=lstm_forward, style="cache", make=lstm_sequence)
gru = partial(Case, layer="gru step", forward=gru_step, style="cache", make=gru_inputs)
CASES = [
    step(name="lstm-step", backward=lstm_step_backward, right=True),
    sequence(name="lstm", backward=lstm_backward, right=True),
    gru(name="gru-step", backward=gru_step_backward, right=True),
    step(name="lstm-step-output-path-of-the-cell-dropped", backward=lstm_step_backward_no_cell_path, right=False,
         kind="path-dropped", argument="x", site="dc = dnext_c"),
    step(name="lstm-step-tanh-twice", backward=lstm_step_backward_tanh_of_tanh, right=False, kind="wrong-activation-derivative",
         argument="x", site="np.tanh(tc) ** 2"),
    step(name="lstm-step-next-cell", backward=lstm_step_backward_next_cell, right=False, kind="wrong-operand", argument="x",
         site="dc * next_c"),
    step(name="lstm-step-candidate-as-gate", backward=lstm_step_backward_candidate_sigmoid, right=False,
         kind="wrong-activation-derivative", argument="x", site="dg * g * (1 - g)"),
    step(name="lstm-step-gates-swapped", backward=lstm_step_backward_gate_order, right=False, kind="swapped-outputs",
         argument="x",
         site="np.hstack([df * f * (1 - f), di", also=("wrong-operand", "transpose")),
    step(name="lstm-step-cell-from-outside-only", backward=lstm_step_backward_cell_ungated, right=False, kind="path-dropped",
         argument="prev_c", site="dprev_c = dnext_c * f"),
    sequence(name="lstm-cell-not-carried-back", backward=lstm_backward_cell_forgotten, right=False, kind="bptt-truncated",
             argument="x", site="dc = np.zeros_like(dprev_h)", also=("path-dropped",)),
    sequence(name="lstm-steps-reversed", backward=lstm_backward_appended, right=False, kind="wrong-axis", argument="x",
             site="dx.append(dx_t)", also=("transpose", "swapped-outputs", "window-offset"),
             note="the steps are in reversed order"),
    sequence(name="lstm-norm-clipped", backward=lstm_backward_normalised, right=False, kind="gradient-clipped", argument="Wx",
             site="scale = min(1.0, 1.0 / norm)", also=("factor",)),
    gru(name="gru-step-update-gate-sign", backward=gru_step_backward_update_sign, right=False, kind="sign", argument="x",
        site="(n - h)"),
    gru(name="gru-step-reset-gate-forgotten", backward=gru_step_backward_reset_forgotten, right=False, kind="wrong-operand",
        argument="h", site="dh = dout * z + dxh[:, D:] + dxr[:, D:]", also=("factor", "wrong-activation-derivative")),
    gru(name="gru-step-skip-dropped", backward=gru_step_backward_skip_dropped, right=False, kind="path-dropped", argument="h",
        site="dh = dxh[:, D:]"),
    gru(name="gru-step-candidate-of-unreset-state", backward=gru_step_backward_candidate_input, right=False, kind="wrong-operand",
        argument="Wn", site="dWn = xh.T @ dn"),
    gru(name="gru-step-candidate-counted-twice", backward=gru_step_backward_doubled, right=False, kind="path-doubled",
        argument="x",
        site="dx += dn @ Wn[:D].T"),
]
# fmt: on
