"""Fused kernels in single precision, and gradients of gradients.  Knows NumPy alone."""

from functools import partial

import numpy as np
from corpus.case import Case
from corpus.open.inputs import scaled, single

# --- a fused softmax and cross-entropy over rows, in place as on a device, with an index to ignore

IGNORE = -1


def cross_entropy_fwd(logits, labels):
    """Mean over the rows that count."""
    m = logits.max(axis=1)
    lse = m + np.log(np.exp(logits - m[:, None]).sum(axis=1))
    valid = labels != IGNORE
    picked = np.where(valid, logits[np.arange(len(labels)), labels], lse)
    return np.sum(lse - picked) / valid.sum(), (logits, labels, lse, valid)


def cross_entropy_bwd(dloss, cache):
    logits, labels, lse, valid = cache
    p = np.exp(logits - lse[:, None])
    p[np.arange(len(labels)), labels] -= 1
    return p * valid[:, None] * (dloss / valid.sum()).astype(logits.dtype)


def cross_entropy_bwd_ignored_rows(dloss, cache):
    logits, labels, lse, valid = cache
    p = np.exp(logits - lse[:, None])
    p[np.arange(len(labels)), labels] -= 1
    return p * (dloss / valid.sum()).astype(logits.dtype)


def cross_entropy_bwd_all_rows(dloss, cache):
    logits, labels, lse, valid = cache
    p = np.exp(logits - lse[:, None])
    p[np.arange(len(labels)), labels] -= 1
    return p * valid[:, None] * np.asarray(dloss / len(labels), logits.dtype)


def cross_entropy_bwd_in_place(dloss, cache):
    logits, labels, lse, valid = cache
    logits -= lse[:, None]
    np.exp(logits, out=logits)
    logits[np.arange(len(labels)), labels] -= 1
    logits *= valid[:, None] * (dloss / valid.sum()).astype(logits.dtype)
    return logits


def cross_entropy_bwd_no_dloss(dloss, cache):
    logits, labels, lse, valid = cache
    p = np.exp(logits - lse[:, None])
    p[np.arange(len(labels)), labels] -= 1
    return p * valid[:, None] / np.float32(valid.sum())


def rows(rng, n=7, d=5):
    labels = rng.integers(0, d, n)
    labels[[1, 4]] = IGNORE
    return rng.normal(size=(n, d)), labels


# --- SwiGLU, packed: the first half is the gate


def swiglu_fwd(x):
    a, b = np.split(x, 2, axis=-1)
    s = 1 / (1 + np.exp(-a))
    return a * s * b, (a, b, s)


def swiglu_bwd(dc, cache):
    a, b, s = cache
    return np.concatenate([dc * b * (s + a * s * (1 - s)), dc * a * s], axis=-1)


def swiglu_bwd_sigmoid_only(dc, cache):
    a, b, s = cache
    da = dc * b * s * (1 - s)
    db = dc * a * s
    return np.concatenate([da, db], axis=-1)


def swiglu_bwd_gate_for_value(dc, cache):
    a, b, s = cache
    da = dc * b * (s + a * s * (1 - s))
    db = dc * b * s
    return np.concatenate([da, db], axis=-1)


def packed(rng, n=5, d=3):
    return (rng.normal(size=(n, 2 * d)),)


# --- a residual block with a fused normalisation: h = x + r is both normalised and passed on


def add_norm_fwd(x, r, w):
    h = x + r
    s = 1 / np.sqrt((h * h).mean(-1, keepdims=True) + 1e-6)
    return h * s * w, h, (h, s, w)


def add_norm_bwd(dy, dh_out, cache):
    h, s, w = cache
    g = dy * w
    dh = s * (g - h * s * s * (g * h).mean(-1, keepdims=True)) + dh_out
    return dh, dh, (dy * h * s).sum(0)


def add_norm_bwd_residual_dropped(dy, dh_out, cache):
    h, s, w = cache
    g = dy * w
    dh = s * (g - h * s * s * (g * h).mean(-1, keepdims=True))
    return dh, dh, (dy * h * s).sum(0)


def add_norm_bwd_residual_one_side(dy, dh_out, cache):
    h, s, w = cache
    g = dy * w
    dx = s * (g - h * s * s * (g * h).mean(-1, keepdims=True))
    return dx, dx + dh_out, (dy * h * s).sum(0)


def add_norm_bwd_weight_unnormalised(dy, dh_out, cache):
    h, s, w = cache
    g = dy * w
    dh = s * (g - h * s * s * (g * h).mean(-1, keepdims=True)) + dh_out
    return dh, dh, (dy * h).sum(0)


def blocks(rng, n=5, d=7):
    return rng.normal(size=(n, d)), rng.normal(size=(n, d)), rng.normal(size=d)


# --- a linear recurrence h[t] = a[t] h[t-1] + b[t], as in state-space models


def scan_fwd(a, b):
    h = np.zeros((len(a) + 1, *a.shape[1:]), dtype=np.result_type(a, b))
    for t in range(len(a)):
        h[t + 1] = a[t] * h[t] + b[t]
    return h[1:], (a, h)


def scan_bwd(dh, cache):
    a, h = cache
    da, db = np.empty_like(a), np.empty_like(a)
    g = np.zeros_like(a[0])
    for t in reversed(range(len(a))):
        g = g + dh[t]
        db[t], da[t] = g, g * h[t]
        g = g * a[t]
    return da, db


def scan_bwd_state_after(dh, cache):
    a, h = cache
    da, db = np.empty_like(a), np.empty_like(a)
    g = np.zeros_like(a[0])
    for t in reversed(range(len(a))):
        g = g + dh[t]
        db[t], da[t] = g, g * h[t + 1]
        g = g * a[t]
    return da, db


def scan_bwd_no_carry(dh, cache):
    a, h = cache
    da, db = np.empty_like(a), np.empty_like(a)
    for t in reversed(range(len(a))):
        g = dh[t]
        db[t], da[t] = g, g * h[t]
    return da, db


def scan_bwd_chunks(dh, cache, chunk=3):
    """By chunks; what crosses from chunk to chunk is lost."""
    a, h = cache
    da, db = np.empty_like(a), np.empty_like(a)
    g = np.zeros_like(a[0])
    for t in reversed(range(len(a))):
        g = np.zeros_like(g) if t % chunk == chunk - 1 else g
        g = g + dh[t]
        db[t], da[t] = g, g * h[t]
        g = g * a[t]
    return da, db


def steps(rng, t=7, d=3):
    return rng.uniform(0.5, 1.0, (t, d)), rng.normal(size=(t, d))


# --- gradients of gradients: a penalty on the slope of a critic, and a product with the Hessian


def penalty(W, v, x):
    """(|grad_x D(x)| - 1)^2 averaged, D(x) = v . tanh(W x)."""
    slopes = ((1 - np.tanh(x @ W.T) ** 2) * v) @ W
    return np.mean((np.sqrt(np.sum(slopes**2, axis=1)) - 1) ** 2)


def penalty_grad(W, v, x):
    t = np.tanh(x @ W.T)
    d = 1 - t * t
    s = (d * v) @ W
    norm = np.sqrt(np.sum(s * s, axis=1, keepdims=True))
    ds = 2 * (norm - 1) / norm * s / len(x)
    dm = ds @ W.T
    dv = np.sum(dm * d, axis=0)
    dz = dm * v * (-2 * t * d)
    return (d * v).T @ ds + dz.T @ x, dv


def penalty_grad_first_order(W, v, x):
    """The slopes of the tanh are taken for constants."""
    t = np.tanh(x @ W.T)
    d = 1 - t * t
    s = (d * v) @ W
    norm = np.sqrt(np.sum(s * s, axis=1, keepdims=True))
    ds = 2 * (norm - 1) / norm * s / len(x)
    dW = (d * v).T @ ds
    dv = np.sum(ds @ W.T * d, axis=0)
    return dW, dv


def penalty_grad_second_slope(W, v, x):
    t = np.tanh(x @ W.T)
    d = 1 - t * t
    s = (d * v) @ W
    norm = np.sqrt(np.sum(s * s, axis=1, keepdims=True))
    ds = 2 * (norm - 1) / norm * s / len(x)
    dm = ds @ W.T
    dz = dm * v * (-2 * t)
    return (d * v).T @ ds + dz.T @ x, np.sum(dm * d, axis=0)


def critic(rng, n=5, d=3, h=7):
    return rng.normal(size=(h, d)), rng.normal(size=h), rng.normal(size=(n, d))


def logistic_gradient(w, X, y):
    """The gradient of the mean logistic loss; its own derivative is the Hessian."""
    return X.T @ (1 / (1 + np.exp(-X @ w)) - y) / len(y)


def logistic_hvp(u, w, X, y):
    p = 1 / (1 + np.exp(-X @ w))
    return X.T @ (p * (1 - p) * (X @ u)) / len(y)


def logistic_hvp_gauss_newton(u, w, X, y):
    """The curvature of least squares."""
    return X.T @ (X @ u) / len(y)


def logistic_hvp_residual(u, w, X, y):
    p = 1 / (1 + np.exp(-X @ w))
    return X.T @ ((p - y) ** 2 * (X @ u)) / len(y)


def regression(rng, n=7, d=3):
    return rng.normal(size=d), rng.normal(size=(n, d)), rng.integers(0, 2, n).astype(float)


# fmt: off
entropy = partial(Case, layer="fused cross-entropy", forward=cross_entropy_fwd, style="cache", make=single(rows), static=(1,))
swiglu = partial(Case, layer="swiglu", forward=swiglu_fwd, style="cache", make=single(packed))
block = partial(Case, layer="fused addition and norm", forward=add_norm_fwd, style="cache", make=blocks)
scan = partial(Case, layer="linear recurrence", forward=scan_fwd, style="cache", make=steps)
slope = partial(Case, layer="gradient penalty", forward=penalty, style="gradient", make=critic, static=(2,))
hessian = partial(Case, layer="logistic gradient", forward=logistic_gradient, style="plain", make=regression, static=(1, 2))
CASES = [
    entropy(name="fused-cross-entropy", backward=cross_entropy_bwd, right=True),
    entropy(name="fused-cross-entropy-large", backward=cross_entropy_bwd, make=scaled(single(rows), np.float32(50.0), 0),
            right=True),
    swiglu(name="swiglu", backward=swiglu_bwd, right=True),
    block(name="addition-and-norm", backward=add_norm_bwd, right=True),
    block(name="addition-and-norm-single", backward=add_norm_bwd, make=single(blocks), right=True),
    scan(name="linear-recurrence", backward=scan_bwd, right=True),
    slope(name="gradient-penalty", backward=penalty_grad, right=True),
    hessian(name="logistic-hessian", backward=logistic_hvp, right=True),
    entropy(name="fused-cross-entropy-ignored-rows", backward=cross_entropy_bwd_ignored_rows, right=False, kind="mask-forgotten",
            argument="logits", site="return p * (dloss"),
    entropy(name="fused-cross-entropy-all-rows-counted", backward=cross_entropy_bwd_all_rows, right=False, kind="factor",
            argument="logits", site="dloss / len(labels)"),
    entropy(name="fused-cross-entropy-in-place", backward=cross_entropy_bwd_in_place, right=False, kind="mutation",
            argument="logits", site="logits -= lse[:, None]"),
    entropy(name="fused-cross-entropy-upstream-ignored", backward=cross_entropy_bwd_no_dloss, right=False,
            kind="upstream-ignored",
            argument="logits", site="/ np.float32(valid.sum())", also=("factor",)),
    swiglu(name="swiglu-product-rule", backward=swiglu_bwd_sigmoid_only, right=False, kind="wrong-activation-derivative",
           argument="x", site="da = dc * b * s * (1 - s)", also=("path-dropped",)),
    swiglu(name="swiglu-value-for-gate", backward=swiglu_bwd_gate_for_value, right=False, kind="wrong-operand", argument="x",
           site="db = dc * b * s"),
    block(name="addition-and-norm-residual-dropped", backward=add_norm_bwd_residual_dropped, right=False, kind="path-dropped",
          argument="x", site="dh = s * (g"),
    block(name="addition-and-norm-residual-on-one-side", backward=add_norm_bwd_residual_one_side, right=False,
          kind="path-dropped", argument="x", site="return dx, dx + dh_out"),
    block(name="addition-and-norm-weight-unnormalised", backward=add_norm_bwd_weight_unnormalised, right=False,
          kind="wrong-operand", argument="w", site="(dy * h).sum(0)"),
    scan(name="linear-recurrence-state-after", backward=scan_bwd_state_after, right=False, kind="wrong-operand", argument="a",
         site="g * h[t + 1]", also=("window-offset",)),
    scan(name="linear-recurrence-no-carry", backward=scan_bwd_no_carry, right=False, kind="bptt-truncated", argument="a",
         site="g = dh[t]", also=("path-dropped",)),
    scan(name="linear-recurrence-by-chunks", backward=scan_bwd_chunks, right=False, kind="bptt-truncated", argument="a",
         site="if t % chunk == chunk - 1", also=("path-dropped",)),
    slope(name="gradient-penalty-slopes-constant", backward=penalty_grad_first_order, right=False, kind="second-order",
          argument="W",
          site="dW = (d * v).T @ ds", also=("path-dropped",)),
    slope(name="gradient-penalty-second-slope", backward=penalty_grad_second_slope, right=False, kind="second-order",
          argument="W",
          site="(-2 * t)", also=("wrong-activation-derivative",)),
    hessian(name="logistic-hessian-of-least-squares", backward=logistic_hvp_gauss_newton, right=False, kind="second-order",
            argument="w", site="return X.T @ (X @ u)", also=("wrong-activation-derivative",)),
    hessian(name="logistic-hessian-of-squared-residuals", backward=logistic_hvp_residual, right=False, kind="second-order",
            argument="w", site="((p - y) ** 2", also=("wrong-activation-derivative", "wrong-operand")),
]
# fmt: on
