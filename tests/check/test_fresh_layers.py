"""check_backward on mistakes in layers that are in no corpus: each is judged wrong, and what it calls certain is so."""

import numpy as np
import pytest

from autograd_nn.check import check_backward

R = np.random.default_rng(21)
N = lambda *s: R.normal(size=s)
X = N(5, 4)
Y = N(3, 4)
W = N(4, 3)
V = N(5, 3)
P = R.uniform(0.15, 0.85, (5, 4))
T = (R.uniform(size=(5, 4)) > 0.5) * 1.0
sg = lambda z: 1 / (1 + np.exp(-z))


def sm(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


C = {}


def c(name, kinds, f, b, *ins):
    C[name] = (kinds, f, b, ins)


idx = np.arange(5)[:, None] - np.arange(5)[None] + 4


def att(q, k, r):
    return sm(q @ k.T / 2 + r[idx])


def att_b(g, q, k, r, el=False, ov=False, sc=0.5):
    p = att(q, k, r)
    d = p * (1 - p) * g if el else p * (g - (g * p).sum(1, keepdims=True))
    dr = np.zeros_like(r)
    if ov:
        dr[idx] = d
    else:
        np.add.at(dr, idx, d)
    return sc * d @ k, sc * d.T @ q, dr


c("relative attention overwritten", "overwritten", att, lambda g, q, k, r: att_b(g, q, k, r, ov=True), X, N(5, 4), N(9))
c(
    "relative attention elementwise",
    "softmax-elementwise",
    att,
    lambda g, q, k, r: att_b(g, q, k, r, el=True),
    X,
    N(5, 4),
    N(9),
)
c("relative attention unscaled", "factor", att, lambda g, q, k, r: att_b(g, q, k, r, sc=1.0), X, N(5, 4), N(9))


def gn(x):
    z = x.reshape(3, 2, -1)
    return ((z - z.mean(2, keepdims=True)) / np.sqrt(z.var(2, keepdims=True) + 1e-3)).reshape(x.shape)


def gn_b(g, x, mean=1, var=1):
    z = x.reshape(3, 2, -1)
    s = np.sqrt(z.var(2, keepdims=True) + 1e-3)
    h = (z - z.mean(2, keepdims=True)) / s
    d = g.reshape(z.shape)
    return ((d - mean * d.mean(2, keepdims=True) - var * h * (d * h).mean(2, keepdims=True)) / s).reshape(x.shape)


c("group norm no variance path", "path-dropped", gn, lambda g, x: gn_b(g, x, 1, 0), N(3, 4, 5))
c("group norm no mean path", "path-dropped", gn, lambda g, x: gn_b(g, x, 0, 1), N(3, 4, 5))


def wn(x, v, s):
    return x @ (s * v / np.sqrt((v * v).sum(0)))


def wn_b(g, x, v, s):
    n = np.sqrt((v * v).sum(0))
    d = x.T @ g
    return g @ (s * v / n).T, s / n * d, (d * v / n).sum(0)


c("weight norm constant norm", "path-dropped", wn, wn_b, X, W, N(3))


def bil(im, u):
    i = np.floor(u).astype(int)
    a = u - i
    return im[i] * (1 - a) + im[i + 1] * a


def bil_b(g, im, u):
    i = np.floor(u).astype(int)
    a = u - i
    d = np.zeros_like(im)
    d[i] += g * (1 - a)
    d[i + 1] += g * a
    return d, g * (im[i + 1] - im[i])


c("sampling overwritten", "overwritten", bil, bil_b, N(6), np.array([0.3, 0.6, 2.2, 4.4, 2.7]))
c(
    "sampling sign",
    "sign",
    bil,
    lambda g, im, u: (bil_b2(g, im, u), g * (im[np.floor(u).astype(int)] - im[np.floor(u).astype(int) + 1])),
    N(6),
    np.array([0.3, 0.6, 2.2, 4.4, 2.7]),
)


def bil_b2(g, im, u):
    i = np.floor(u).astype(int)
    a = u - i
    d = np.zeros_like(im)
    np.add.at(d, i, g * (1 - a))
    np.add.at(d, i + 1, g * a)
    return d


def kal(m, p, z):
    k = p / (p + 0.5)
    return m + k * (z - m)


c(
    "kalman gain constant",
    "path-dropped|wrong-activation-derivative|wrong-operand",
    kal,
    lambda g, m, p, z: (g * (1 - p / (p + 0.5)), g * (z - m) / (p + 0.5), g * p / (p + 0.5)),
    N(6),
    R.uniform(0.5, 2, 6),
    N(6),
)


def ode(y, w):
    for _ in range(4):
        y = y + 0.1 * np.tanh(y @ w)
    return y


def ode_b(g, y, w, h=0.1, skip=1.0):
    ys = [y]
    for _ in range(4):
        ys.append(ys[-1] + 0.1 * np.tanh(ys[-1] @ w))
    dw = 0
    for t in range(3, -1, -1):
        d = h * g * (1 - np.tanh(ys[t] @ w) ** 2)
        dw = dw + ys[t].T @ d
        g = skip * g + d @ w.T
    return g, dw


c("euler step forgotten", "factor", ode, lambda g, y, w: ode_b(g, y, w, 1.0), X, N(4, 4))
c("euler no skip", "path-dropped|bptt-truncated", ode, lambda g, y, w: ode_b(g, y, w, 0.1, 0.0), X, N(4, 4))


def sp(x):
    return np.log1p(np.exp(x))


c(
    "softplus vae",
    "wrong-activation-derivative",
    lambda m, r: m + sp(r) * 0.7,
    lambda g, m, r: (g, g * 0.7 * sg(r) * (1 - sg(r))),
    X,
    N(5, 4),
)


def prelu(x, a):
    return np.where(x > 0, x, a * x)


c(
    "prelu slope",
    "reduction-missing|wrong-axis|mask-forgotten",
    prelu,
    lambda g, x, a: (g * np.where(x > 0, 1, a), (g * x).sum(0)),
    X,
    R.uniform(0.1, 0.4, 4),
)
c(
    "prelu mean",
    "reduction-missing|factor",
    prelu,
    lambda g, x, a: (g * np.where(x > 0, 1, a), (g * x * (x <= 0)).mean(0)),
    X,
    R.uniform(0.1, 0.4, 4),
)


def swi(x, w, v):
    a = x @ w
    return a * sg(a) * (x @ v)


def swi_b(g, x, w, v, mode=0):
    a = x @ w
    b = x @ v
    s = sg(a)
    d = g * b * (s if mode == 1 else s + a * s * (1 - s))
    e = g * (a if mode == 2 else a * s)
    return d @ w.T + (0 if mode == 3 else e @ v.T), x.T @ d, x.T @ e


c(
    "swiglu derivative",
    "wrong-activation-derivative|path-dropped",
    swi,
    lambda g, x, w, v: swi_b(g, x, w, v, 1),
    X,
    W,
    N(4, 3),
)
c("swiglu operand", "wrong-operand", swi, lambda g, x, w, v: swi_b(g, x, w, v, 2), X, W, N(4, 3))
c("swiglu path", "path-dropped", swi, lambda g, x, w, v: swi_b(g, x, w, v, 3), X, W, N(4, 3))


def film(x, c_, w, v):
    return x * (c_ @ w)[:, None] + (c_ @ v)[:, None]


c(
    "film mean",
    "reduction-missing|factor",
    film,
    lambda g, x, c_, w, v: (
        g * (c_ @ w)[:, None],
        (g * x).sum(1) @ w.T + g.sum(1) @ v.T,
        c_.T @ (g * x).mean(1),
        c_.T @ g.sum(1),
    ),
    N(5, 6, 3),
    X,
    W,
    N(4, 3),
)


def se(x, w):
    return x * sg(x.mean(1) @ w)[:, None]


def se_b(g, x, w, n=None, dr=1):
    s = sg(x.mean(1) @ w)
    d = (g * x).sum(1) * s * (1 - s)
    return g * s[:, None] + dr * (d @ w.T / (n or x.shape[1]))[:, None] + 0 * x, x.mean(1).T @ d


c("squeeze excite dropped", "path-dropped", se, lambda g, x, w: se_b(g, x, w, None, 0), N(5, 6, 4), N(4, 4))
c("squeeze excite mean", "factor|reduction-missing", se, lambda g, x, w: se_b(g, x, w, 1), N(5, 6, 4), N(4, 4))


def dw(x, w):
    return sum(x[:, k : k + 5] * w[k] for k in range(3))


def dw_b(g, x, w, flip=0):
    d = np.zeros_like(x)
    for k in range(3):
        d[:, k : k + 5] += g * w[2 - k if flip else k]
    return d, np.stack([(g * x[:, k : k + 5]).sum((0, 1)) for k in range(3)])


c(
    "depthwise flipped",
    "transpose|wrong-operand|window-offset",
    dw,
    lambda g, x, w: dw_b(g, x, w, 1),
    N(2, 7, 3),
    N(3, 3),
)


def hw(x, w, t):
    a = np.tanh(x @ w)
    s = sg(x @ t)
    return s * a + (1 - s) * x


def hw_b(g, x, w, t, mode=0):
    a = np.tanh(x @ w)
    s = sg(x @ t)
    da = g * s * (1 - a * a)
    ds = g * (a if mode == 1 else a - x) * s * (1 - s)
    return da @ w.T + ds @ t.T + (0 if mode == 2 else g * (1 - s)), x.T @ da, x.T @ ds


c("highway carry gate", "path-dropped", hw, lambda g, x, w, t: hw_b(g, x, w, t, 1), X, N(4, 4), N(4, 4))
c("highway carry", "path-dropped", hw, lambda g, x, w, t: hw_b(g, x, w, t, 2), X, N(4, 4), N(4, 4))


def gru(x, h, w, u, k):
    z = sg(x @ w + h @ u)
    n = np.tanh(x @ k + h)
    return (1 - z) * n + z * h


def gru_b(g, x, h, w, u, k, mode=0):
    z = sg(x @ w + h @ u)
    n = np.tanh(x @ k + h)
    dn = g * (1 - z) * (1 - n * n)
    dz = g * ((n - h) if mode == 1 else (h - n)) * (1 if mode == 2 else z * (1 - z))
    return dz @ w.T + dn @ k.T, g * z + dn + dz @ u.T, x.T @ dz, h.T @ dz, x.T @ dn


c("gru gate sign", "sign", gru, lambda g, *a: gru_b(g, *a, 1), X, V, W, N(3, 3), N(4, 3))
c("gru gate derivative", "wrong-activation-derivative", gru, lambda g, *a: gru_b(g, *a, 2), X, V, W, N(3, 3), N(4, 3))


def ps(x):
    return x.reshape(2, 2, 2, 3, 3).transpose(0, 3, 1, 4, 2).reshape(2, 6, 6)


c(
    "pixel shuffle order",
    "transpose|wrong-axis",
    ps,
    lambda g, x: g.reshape(2, 3, 2, 3, 2).transpose(0, 4, 2, 1, 3).reshape(x.shape),
    N(2, 4, 3, 3),
)


def quat(q, v):
    w, u = q[:1], q[1:]
    return v + 2 * w * np.cross(u, v) + 2 * np.cross(u, np.cross(u, v))


c(
    "quaternion sign",
    "sign",
    lambda q, v: np.cross(q, v),
    lambda g, q, v: (np.cross(v, g), np.cross(q, g)),
    N(5, 3),
    N(5, 3),
)


def mo(x, w):
    return (x @ w).max(0)


def mo_b(g, x, w):
    z = x @ w
    k = z.argmax(0)
    d = np.arange(2)[:, None, None] == k
    d = d * g
    return (d @ w.transpose(0, 2, 1)).mean(0), x.T @ d


c("maxout mean", "factor|reduction-missing", mo, mo_b, X, N(2, 4, 3))


@pytest.mark.parametrize("name", C)
def test_a_mistake_in_a_layer_is_seen_and_no_other_is_certain(name):
    kinds, forward, backward, inputs = C[name]

    report = check_backward(forward, backward, *inputs)

    certain = [f for f in report.findings if f.certainty == "certain" and f.kind != "kink-choice"]
    assert "wrong" == report.verdict, str(report)
    assert [] == [f.kind for f in certain if f.kind not in kinds.split("|")], str(report)
