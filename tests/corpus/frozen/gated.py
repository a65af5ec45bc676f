"""LSTM and GRU, step and sequence."""

import numpy as np
from corpus.case import Case


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def make_lstm(rng, n=2, d=3, t=4, h=2):
    """(x (N, T, D), Wx (D, 4H), Wh (H, 4H), b): gates i, f, o, g"""
    return rng.normal(size=(n, t, d)), rng.normal(size=(d, 4 * h)), rng.normal(size=(h, 4 * h)), rng.normal(size=4 * h)


def make_cell(rng, n=5, d=3):
    """(gates before their nonlinearities (N, 4D), the previous cell (N, D))"""
    return rng.normal(size=(n, 4 * d)), rng.normal(size=(n, d))


def make_gru(rng, n=5, d=3, h=2):
    """one sequence (T, D), start (H,), weights of z, r and the candidate over [x, h]"""
    return rng.normal(size=(n, d)), rng.normal(size=h), *[rng.normal(size=(d + h, h)) for _ in "zrh"]


# --- LSTM over a batch of sequences -----------------------------------------------------------------------------------


def lstm_forward(x, Wx, Wh, b):
    N, T, D = x.shape
    H = Wh.shape[0]
    h, c, steps, out = np.zeros((N, H)), np.zeros((N, H)), [], []
    for t in range(T):
        a = x[:, t] @ Wx + h @ Wh + b
        i, f, o = sigmoid(a[:, :H]), sigmoid(a[:, H : 2 * H]), sigmoid(a[:, 2 * H : 3 * H])
        g = np.tanh(a[:, 3 * H :])
        c_next = f * c + i * g
        h_next = o * np.tanh(c_next)
        steps.append((x[:, t], h, c, i, f, o, g, c_next))
        h, c = h_next, c_next
        out.append(h)
    return np.stack(out, axis=1), (steps, Wx, Wh)


def lstm_backward(dh, cache):
    steps, Wx, Wh = cache
    N, T, H = dh.shape
    dx = np.zeros((N, T, Wx.shape[0]))
    dWx, dWh, db = np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(Wx.shape[1])
    dprev_h, dprev_c = np.zeros((N, H)), np.zeros((N, H))
    for t in reversed(range(T)):
        x, h, c, i, f, o, g, c_next = steps[t]
        dnext_h = dh[:, t] + dprev_h
        tanh_c = np.tanh(c_next)
        dc = dprev_c + dnext_h * o * (1 - tanh_c**2)
        da = np.hstack([
            dc * g * i * (1 - i), dc * c * f * (1 - f), dnext_h * tanh_c * o * (1 - o), dc * i * (1 - g**2)
        ])  # fmt: skip
        dx[:, t], dprev_h, dprev_c = da @ Wx.T, da @ Wh.T, dc * f
        dWx += x.T @ da
        dWh += h.T @ da
        db += da.sum(axis=0)
    return dx, dWx, dWh, db


def lstm_backward_cell_cut(dh, cache):
    steps, Wx, Wh = cache
    N, T, H = dh.shape
    dx = np.zeros((N, T, Wx.shape[0]))
    dWx, dWh, db = np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(Wx.shape[1])
    dprev_h = np.zeros((N, H))
    for t in reversed(range(T)):
        x, h, c, i, f, o, g, c_next = steps[t]
        dnext_h = dh[:, t] + dprev_h
        tanh_c = np.tanh(c_next)
        dc = dnext_h * o * (1 - tanh_c**2)
        da = np.hstack([
            dc * g * i * (1 - i), dc * c * f * (1 - f), dnext_h * tanh_c * o * (1 - o), dc * i * (1 - g**2)
        ])  # fmt: skip
        dx[:, t], dprev_h = da @ Wx.T, da @ Wh.T
        dWx += x.T @ da
        dWh += h.T @ da
        db += da.sum(axis=0)
    return dx, dWx, dWh, db


def lstm_backward_gate_order(dh, cache):
    steps, Wx, Wh = cache
    N, T, H = dh.shape
    dx = np.zeros((N, T, Wx.shape[0]))
    dWx, dWh, db = np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(Wx.shape[1])
    dprev_h, dprev_c = np.zeros((N, H)), np.zeros((N, H))
    for t in reversed(range(T)):
        x, h, c, i, f, o, g, c_next = steps[t]
        dnext_h = dh[:, t] + dprev_h
        dc = dprev_c + dnext_h * o * (1 - np.tanh(c_next) ** 2)
        di, df, do, dg = dc * g, dc * c, dnext_h * np.tanh(c_next), dc * i
        da = np.hstack([df * f * (1 - f), di * i * (1 - i), do * o * (1 - o), dg * (1 - g**2)])
        dx[:, t], dprev_h, dprev_c = da @ Wx.T, da @ Wh.T, dc * f
        dWx += x.T @ da
        dWh += h.T @ da
        db += da.sum(axis=0)
    return dx, dWx, dWh, db


def lstm_backward_no_forget(dh, cache):
    steps, Wx, Wh = cache
    N, T, H = dh.shape
    dx = np.zeros((N, T, Wx.shape[0]))
    dWx, dWh, db = np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(Wx.shape[1])
    dprev_h, dprev_c = np.zeros((N, H)), np.zeros((N, H))
    for t in reversed(range(T)):
        x, h, c, i, f, o, g, c_next = steps[t]
        dnext_h = dh[:, t] + dprev_h
        dc = dprev_c + dnext_h * o * (1 - np.tanh(c_next) ** 2)
        di, df, do, dg = dc * g, dc * c, dnext_h * np.tanh(c_next), dc * i
        da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
        dx[:, t], dprev_h = da @ Wx.T, da @ Wh.T
        dprev_c = dc
        dWx += x.T @ da
        dWh += h.T @ da
        db += da.sum(axis=0)
    return dx, dWx, dWh, db


def lstm_backward_bias_of_first(dh, cache):
    steps, Wx, Wh = cache
    N, T, H = dh.shape
    dx = np.zeros((N, T, Wx.shape[0]))
    dWx, dWh = np.zeros(Wx.shape), np.zeros(Wh.shape)
    dprev_h, dprev_c = np.zeros((N, H)), np.zeros((N, H))
    for t in reversed(range(T)):
        x, h, c, i, f, o, g, c_next = steps[t]
        dnext_h = dh[:, t] + dprev_h
        dc = dprev_c + dnext_h * o * (1 - np.tanh(c_next) ** 2)
        di, df, do, dg = dc * g, dc * c, dnext_h * np.tanh(c_next), dc * i
        da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
        dx[:, t], dprev_h, dprev_c = da @ Wx.T, da @ Wh.T, dc * f
        dWx += x.T @ da
        dWh += h.T @ da
        db = da.sum(axis=0)
    return dx, dWx, dWh, db


# --- the cell alone ---------------------------------------------------------------------------------------------------


def lstm_cell(a, c):
    i, f, o, g = np.split(a, 4, axis=1)
    return sigmoid(o) * np.tanh(sigmoid(f) * c + sigmoid(i) * np.tanh(g))


def lstm_cell_grad(dh, a, c):
    i, f, o, g = np.split(a, 4, axis=1)
    i, f, o, g = sigmoid(i), sigmoid(f), sigmoid(o), np.tanh(g)
    m = np.tanh(f * c + i * g)
    dc = dh * o * (1 - m * m)
    return np.concatenate(
        [dc * g * i * (1 - i), dc * c * f * (1 - f), dh * m * o * (1 - o), dc * i * (1 - g * g)], 1
    ), dc * f


def lstm_cell_grad_candidate_sigmoid(dh, a, c):
    i, f, o, g = np.split(a, 4, axis=1)
    i, f, o, g = sigmoid(i), sigmoid(f), sigmoid(o), np.tanh(g)
    m = np.tanh(f * c + i * g)
    dc = dh * o * (1 - m * m)
    dg = dc * i * g * (1 - g)
    return np.concatenate([dc * g * i * (1 - i), dc * c * f * (1 - f), dh * m * o * (1 - o), dg], 1), dc * f


def lstm_cell_grad_no_tanh(dh, a, c):
    i, f, o, g = np.split(a, 4, axis=1)
    i, f, o, g = sigmoid(i), sigmoid(f), sigmoid(o), np.tanh(g)
    m = np.tanh(f * c + i * g)
    dc = dh * o
    return np.concatenate(
        [dc * g * i * (1 - i), dc * c * f * (1 - f), dh * m * o * (1 - o), dc * i * (1 - g * g)], 1
    ), dc * f


def lstm_cell_grad_tanh_twice(dh, a, c):
    i, f, o, g = np.split(a, 4, axis=1)
    i, f, o, g = sigmoid(i), sigmoid(f), sigmoid(o), np.tanh(g)
    m = np.tanh(f * c + i * g)
    dc = dh * o * (1 - np.tanh(m) ** 2)
    return np.concatenate(
        [dc * g * i * (1 - i), dc * c * f * (1 - f), dh * m * o * (1 - o), dc * i * (1 - g * g)], 1
    ), dc * f


# --- GRU over one sequence --------------------------------------------------------------------------------------------


class GRU:
    def __init__(self, h0, Wz, Wr, Wh):
        self.h0, self.Wz, self.Wr, self.Wh = h0, Wz, Wr, Wh

    def forward(self, x):
        self.tape, h = [], self.h0
        for row in x:
            xh = np.concatenate([row, h])
            z, r = sigmoid(xh @ self.Wz), sigmoid(xh @ self.Wr)
            xrh = np.concatenate([row, r * h])
            n = np.tanh(xrh @ self.Wh)
            self.tape.append((h, xh, z, r, xrh, n))
            h = (1 - z) * n + z * h
        return h

    def start(self):
        self.dWz, self.dWr, self.dWh = np.zeros(self.Wz.shape), np.zeros(self.Wr.shape), np.zeros(self.Wh.shape)
        return np.zeros((len(self.tape), len(self.Wz) - len(self.h0))), len(self.Wz) - len(self.h0)

    def backward(self, dh):
        dx, D = self.start()
        for t in range(len(self.tape) - 1, -1, -1):
            h, xh, z, r, xrh, n = self.tape[t]
            dn = dh * (1 - z) * (1 - n**2)
            dz = dh * (h - n) * z * (1 - z)
            dxrh = self.Wh @ dn
            dr = dxrh[D:] * h * r * (1 - r)
            dxh = self.Wz @ dz + self.Wr @ dr
            self.dWh += np.outer(xrh, dn)
            self.dWz += np.outer(xh, dz)
            self.dWr += np.outer(xh, dr)
            dx[t] = dxrh[:D] + dxh[:D]
            dh = dh * z + dxrh[D:] * r + dxh[D:]
        self.dh0 = dh
        return dx


class GRUUpdateSign(GRU):
    def backward(self, dh):
        dx, D = self.start()
        for t in range(len(self.tape) - 1, -1, -1):
            h, xh, z, r, xrh, n = self.tape[t]
            dn = dh * (1 - z) * (1 - n**2)
            dz = dh * (n - h) * z * (1 - z)
            dxrh = self.Wh @ dn
            dr = dxrh[D:] * h * r * (1 - r)
            dxh = self.Wz @ dz + self.Wr @ dr
            self.dWh += np.outer(xrh, dn)
            self.dWz += np.outer(xh, dz)
            self.dWr += np.outer(xh, dr)
            dx[t] = dxrh[:D] + dxh[:D]
            dh = dh * z + dxrh[D:] * r + dxh[D:]
        self.dh0 = dh
        return dx


class GRUResetDropped(GRU):
    def backward(self, dh):
        dx, D = self.start()
        for t in range(len(self.tape) - 1, -1, -1):
            h, xh, z, r, xrh, n = self.tape[t]
            dn = dh * (1 - z) * (1 - n**2)
            dz = dh * (h - n) * z * (1 - z)
            dxrh = self.Wh @ dn
            dr = dxrh[D:] * h * r * (1 - r)
            dxh = self.Wz @ dz + self.Wr @ dr
            self.dWh += np.outer(xrh, dn)
            self.dWz += np.outer(xh, dz)
            self.dWr += np.outer(xh, dr)
            dx[t] = dxrh[:D] + dxh[:D]
            dh = dh * z + dxrh[D:] + dxh[D:]
        self.dh0 = dh
        return dx


class GRUCarryForgotten(GRU):
    def backward(self, dh):
        dx, D = self.start()
        for t in range(len(self.tape) - 1, -1, -1):
            h, xh, z, r, xrh, n = self.tape[t]
            dn = dh * (1 - z) * (1 - n**2)
            dz = dh * (h - n) * z * (1 - z)
            dxrh = self.Wh @ dn
            dr = dxrh[D:] * h * r * (1 - r)
            dxh = self.Wz @ dz + self.Wr @ dr
            self.dWh += np.outer(xh, dn)
            self.dWz += np.outer(xh, dz)
            self.dWr += np.outer(xh, dr)
            dx[t] = dxrh[:D] + dxh[:D]
            dh = dh * z + dxrh[D:] * r + dxh[D:]
        self.dh0 = dh
        return dx


def case(name, layer, forward, backward, make, kind="", argument="", site="", style="plain", **more):
    return Case(
        name=name, layer=layer, forward=forward, backward=backward, make=make, right=not kind, kind=kind, argument=argument,
        site=site, style=style, **more,
    )  # fmt: skip


def lstm(name, backward, *mistake, **more):
    return case(f"lstm-{name}", "lstm", lstm_forward, backward, make_lstm, *mistake, style="cache", **more)


def cell(name, backward, *mistake, **more):
    return case(f"lstm-cell-{name}", "lstm cell", lstm_cell, backward, make_cell, *mistake, **more)


def gru(name, cls, *mistake, **more):
    return case(f"gru-{name}", "gru", cls, "backward", make_gru, *mistake, style="class", **more)


CASES = [
    lstm("sequence", lstm_backward),
    lstm("cell-path-cut", lstm_backward_cell_cut, "bptt-truncated", "x", "dc = dnext_h * o", also=("path-dropped",)),
    lstm("gates-in-other-order", lstm_backward_gate_order, "wrong-operand", "x", "da = np.hstack([df", also=("swapped-outputs",)),
    lstm("forget-gate-missing", lstm_backward_no_forget, "wrong-operand", "x", "dprev_c = dc", also=("factor", "path-dropped")),
    lstm("bias-of-first-step", lstm_backward_bias_of_first, "overwritten", "b", "db = da.sum"),
    cell("right", lstm_cell_grad),
    cell("candidate-as-gate", lstm_cell_grad_candidate_sigmoid, "wrong-activation-derivative", "a", "g * (1 - g)"),
    cell("tanh-of-cell-missing", lstm_cell_grad_no_tanh, "wrong-activation-derivative", "a", "dc = dh * o",
         also=("path-dropped",)),
    cell("tanh-twice", lstm_cell_grad_tanh_twice, "wrong-activation-derivative", "a", "np.tanh(m) ** 2"),
    gru("sequence", GRU),
    gru("update-sign", GRUUpdateSign, "sign", "x", "dh * (n - h)"),
    gru("reset-gate-missing", GRUResetDropped, "wrong-operand", "x", "dh * z + dxrh[D:] + dxh[D:]", also=("factor",
        "path-dropped")),
    gru("candidate-of-plain-state", GRUCarryForgotten, "wrong-operand", "Wh", "self.dWh += np.outer(xh, dn)"),
]  # fmt: skip
