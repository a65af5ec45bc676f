"""check_backward on mistakes in losses that are in no corpus: each is judged wrong, and what it calls certain is so."""

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


def rbf(x, y):
    return np.exp(-((x[:, None] - y[None]) ** 2).sum(-1) / 2)


def rbf_b(g, x, y, s=1.0):
    q = (g * rbf(x, y))[..., None] * (x[:, None] - y[None])
    return -s * q.sum(1), q.sum(0)


c("rbf twice", "factor", rbf, lambda g, x, y: rbf_b(g, x, y, 2.0), X, Y)
c("rbf sign", "sign", rbf, lambda g, x, y: rbf_b(g, x, y, -1.0), X, Y)


def gmm(x, m, l):
    return -np.log((sm(l) * np.exp(-0.5 * ((x[:, None] - m[None]) ** 2).sum(-1))).sum(1)).mean()


def gmm_b(g, x, m, l):
    r = sm(l) * np.exp(-0.5 * ((x[:, None] - m[None]) ** 2).sum(-1))
    r = r / r.sum(1, keepdims=True)
    q = r[..., None] * (x[:, None] - m[None])
    return g * q.sum(1) / 5, -g * q.sum(0), g * (sm(l) - r.mean(0))


c("gmm mean forgotten", "factor", gmm, gmm_b, X, Y, N(3))


def lse(a, ax):
    m = a.max(ax, keepdims=True)
    return np.squeeze(m, ax) + np.log(np.exp(a - m).sum(ax))


def crf(e, t):
    a = e[0]
    for k in range(1, 5):
        a = lse(a[:, None] + t, 0) + e[k]
    return lse(a, 0)


def crf_b(g, e, t, upto=0):
    al = [e[0]]
    for k in range(1, 5):
        al.append(lse(al[-1][:, None] + t, 0) + e[k])
    de = np.zeros_like(e)
    dt = np.zeros_like(t)
    d = g * sm(al[-1])
    for k in range(4, 0, -1):
        de[k] = d
        p = np.exp(al[k - 1][:, None] + t - lse(al[k - 1][:, None] + t, 0))
        q = p * d
        if k > upto:
            dt += q
        d = q.sum(1)
    de[0] = d
    return de, dt


c(
    "crf transition overwritten",
    "overwritten|bptt-truncated|path-dropped",
    crf,
    lambda g, e, t: crf_b(g, e, t, 3),
    N(5, 3),
    N(3, 3),
)


def cos(a, b):
    return (a * b).sum(1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))


def cos_b(g, a, b, k=1):
    na, nb = [np.linalg.norm(v, axis=1, keepdims=True) for v in (a, b)]
    s = cos(a, b)[:, None]
    g = g[:, None]
    return g * (b / (na * nb) - k * s * a / na**2), g * (a / (na * nb) - s * b / nb**2)


c("cosine norm dropped", "path-dropped", cos, lambda g, a, b: cos_b(g, a, b, 0), X, N(5, 4))


def nce(a, b):
    s = a @ b.T / 0.5
    return -(np.diag(s) - lse(s, 1)).mean()


def nce_b(g, a, b, t=0.5, n=5):
    d = g * (sm(a @ b.T / 0.5) - np.eye(5)) / n / t
    return d @ b, d.T @ a


c("infonce temperature", "factor", nce, lambda g, a, b: nce_b(g, a, b, 1.0), X, N(5, 4))
c("infonce mean", "factor", nce, lambda g, a, b: nce_b(g, a, b, 0.5, 1), X, N(5, 4))


def focal(p, t):
    q = t * p + (1 - t) * (1 - p)
    return (-((1 - q) ** 2) * np.log(q)).sum()


c(
    "focal weight constant",
    "path-dropped",
    focal,
    lambda g, p, t: g * (2 * t - 1) * (-((1 - (t * p + (1 - t) * (1 - p))) ** 2) / (t * p + (1 - t) * (1 - p))),
    P,
    T,
)


def dice(p, t):
    return 1 - 2 * (p * t).sum() / (p.sum() + t.sum())


c("dice denominator dropped", "path-dropped", dice, lambda g, p, t: -g * 2 * t / (p.sum() + t.sum()), P, T)


def quant(y, t):
    e = t - y
    return np.maximum(0.9 * e, -0.1 * e).mean()


c("quantile sign", "sign", quant, lambda g, y, t: g * np.where(t - y > 0, 0.9, -0.1) / y.size, X, N(5, 4))
c("quantile mean", "factor", quant, lambda g, y, t: -g * np.where(t - y > 0, 0.9, -0.1), X, N(5, 4))


def tri(a, p, n):
    return np.maximum(0, ((a - p) ** 2).sum(1) - ((a - n) ** 2).sum(1) + 1).sum()


def tri_b(g, a, p, n, use=1):
    m = (((a - p) ** 2).sum(1) - ((a - n) ** 2).sum(1) + 1 > 0)[:, None] if use else 1
    return g * 2 * (n - p) * m, -2 * g * (a - p) * m, 2 * g * (a - n) * m


c("triplet mask forgotten", "mask-forgotten", tri, lambda g, a, p, n: tri_b(g, a, p, n, 0), X, N(5, 4), N(5, 4) * 2)


def kl(m, l):
    return 0.5 * (np.exp(l) + m * m - 1 - l).sum(1).mean()


c("kl half", "factor", kl, lambda g, m, l: (g * 2 * m / 5, 0.5 * g * (np.exp(l) - 1) / 5), X, N(5, 4) * 0.5)
c("kl minus one dropped", "path-dropped", kl, lambda g, m, l: (g * m / 5, 0.5 * g * np.exp(l) / 5), X, N(5, 4) * 0.5)


def hub(y, t):
    e = np.abs(y - t)
    return np.where(e < 1, 0.5 * e * e, e - 0.5).mean()


c(
    "huber clip ignored",
    "clip-ignored|mask-forgotten|path-dropped|wrong-activation-derivative|neighbouring-loss",
    hub,
    lambda g, y, t: g * (y - t) / y.size,
    X * 2,
    N(5, 4),
)


def ls(z, t):
    return -((t * 0.9 + 0.1 / 4) * np.log(sm(z))).sum(1).mean()


t1 = np.eye(4)[[0, 1, 2, 3, 0]]
c("smoothing forgotten", "neighbouring-loss", ls, lambda g, z, t: g * (sm(z) - t) / 5, X, t1)


def chol(a, y):
    s = a @ a.T + np.eye(4)
    return 0.5 * y @ np.linalg.solve(s, y) + 0.5 * np.linalg.slogdet(s)[1]


def chol_b(g, a, y, k=1):
    s = a @ a.T + np.eye(4)
    i = np.linalg.inv(s)
    u = i @ y
    return g * (k * i - np.outer(u, u)) @ a, g * u


c("gaussian nll logdet dropped", "path-dropped", chol, lambda g, a, y: chol_b(g, a, y, 0), N(4, 4), N(4))
c("gaussian nll logdet twice", "path-doubled|factor", chol, lambda g, a, y: chol_b(g, a, y, 2), N(4, 4), N(4))


def tv(p, t):
    tp = (p * t).sum()
    return 1 - tp / (tp + 0.7 * (p * (1 - t)).sum() + 0.3 * ((1 - p) * t).sum())


def tv_b(g, p, t, a=0.7, b=0.3):
    tp = (p * t).sum()
    d = tp + 0.7 * (p * (1 - t)).sum() + 0.3 * ((1 - p) * t).sum()
    return -g * (t / d - tp / d**2 * (t + a * (1 - t) - b * t))


c("tversky weights swapped", "wrong-operand|factor", tv, lambda g, p, t: tv_b(g, p, t, 0.3, 0.7), P, T)


@pytest.mark.parametrize("name", C)
def test_a_mistake_in_a_layer_is_seen_and_no_other_is_certain(name):
    kinds, forward, backward, inputs = C[name]

    report = check_backward(forward, backward, *inputs)

    certain = [f for f in report.findings if f.certainty == "certain" and f.kind != "kink-choice"]
    assert "wrong" == report.verdict, str(report)
    assert [] == [f.kind for f in certain if f.kind not in kinds.split("|")], str(report)
