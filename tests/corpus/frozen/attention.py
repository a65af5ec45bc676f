"""Scaled dot-product attention, masked and not, heads, additive scores, positions."""

import numpy as np
from corpus.case import Case


def make_attention(rng, n=2, d=3, t=5, s=7):
    return rng.normal(size=(n, t, d)), rng.normal(size=(n, s, d)), rng.normal(size=(n, s, 2))


def make_masked(rng, n=2, d=3, t=5):
    lengths = np.array([t, t - 2])[np.arange(n) % 2]
    return *[rng.normal(size=(n, t, d)) for _ in "qkv"], lengths


def make_causal(rng, n=5, d=3):
    return rng.normal(size=(n, d)), rng.normal(size=(n, d)), rng.normal(size=(n, d))


def make_self(rng, n=5, d=3, h=2):
    return rng.normal(size=(n, d)), rng.normal(size=(d, h)), rng.normal(size=(d, h)), rng.normal(size=(d, h))


def make_additive(rng, n=5, d=3, h=7):
    return rng.normal(size=(n, d)), rng.normal(size=h), rng.normal(size=(d, h)), rng.normal(size=h)


def make_tokens(rng, n=5, d=6, vocabulary=7):
    return rng.normal(size=(n, d)), rng.normal(size=(11, d)), np.array(2.0)


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


# --- batches ----------------------------------------------------------------------------------------------------------


def attention(q, k, v):
    scale = 1 / np.sqrt(q.shape[-1])
    p = softmax(q @ k.transpose(0, 2, 1) * scale)
    return p @ v, (q, k, v, p)


def attention_backward(dout, cache):
    q, k, v, p = cache
    dv = p.transpose(0, 2, 1) @ dout
    dp = dout @ v.transpose(0, 2, 1)
    ds = p * (dp - np.sum(dp * p, axis=-1, keepdims=True))
    ds /= np.sqrt(q.shape[-1])
    return ds @ k, ds.transpose(0, 2, 1) @ q, dv


def attention_backward_delta(dout, cache):
    """With delta = rowsum(dout * out), as kernels that never hold p in full."""
    q, k, v, p = cache
    out = p @ v
    delta = np.sum(dout * out, axis=-1)
    dq, dk, dv = np.zeros(q.shape), np.zeros(k.shape), np.zeros(v.shape)
    for j in range(k.shape[1]):
        pj = p[:, :, j]
        dv[:, j] = np.einsum("nt,ntd->nd", pj, dout)
        dpj = np.einsum("ntd,nd->nt", dout, v[:, j])
        dsj = pj * (dpj - delta) / np.sqrt(q.shape[2])
        dq += dsj[:, :, None] * k[:, None, j]
        dk[:, j] = np.einsum("nt,ntd->nd", dsj, q)
    return dq, dk, dv


def attention_backward_unscaled(dout, cache):
    q, k, v, p = cache
    dv = p.transpose(0, 2, 1) @ dout
    dp = dout @ v.transpose(0, 2, 1)
    ds = p * (dp - np.sum(dp * p, axis=-1, keepdims=True))
    return ds @ k, ds.transpose(0, 2, 1) @ q, dv


def attention_backward_scaled_by_d(dout, cache):
    q, k, v, p = cache
    dv = p.transpose(0, 2, 1) @ dout
    dp = dout @ v.transpose(0, 2, 1)
    ds = p * (dp - np.sum(dp * p, axis=-1, keepdims=True)) / q.shape[-1]
    return ds @ k, ds.transpose(0, 2, 1) @ q, dv


def attention_backward_elementwise(dout, cache):
    q, k, v, p = cache
    dv = p.transpose(0, 2, 1) @ dout
    dp = dout @ v.transpose(0, 2, 1)
    ds = dp * p * (1 - p) / np.sqrt(q.shape[-1])
    return ds @ k, ds.transpose(0, 2, 1) @ q, dv


def attention_backward_keys_axis(dout, cache):
    q, k, v, p = cache
    dv = p.transpose(0, 2, 1) @ dout
    dp = dout @ v.transpose(0, 2, 1)
    ds = p * (dp - np.sum(dp * p, axis=1, keepdims=True)) / np.sqrt(q.shape[-1])
    return ds @ k, ds.transpose(0, 2, 1) @ q, dv


def attention_backward_swapped(dout, cache):
    q, k, v, p = cache
    dv = p.transpose(0, 2, 1) @ dout
    dp = dout @ v.transpose(0, 2, 1)
    ds = p * (dp - np.sum(dp * p, axis=-1, keepdims=True)) / np.sqrt(q.shape[-1])
    dq, dk = ds @ k, ds.transpose(0, 2, 1) @ q
    return dk, dq, dv


# --- one sequence that looks at itself --------------------------------------------------------------------------------


def causal(q, k, v):
    T, d = q.shape
    scores = np.where(np.tri(T, dtype=bool), q @ k.T / np.sqrt(d), -1e9)
    return softmax(scores) @ v


def causal_grad(g, q, k, v):
    T, d = q.shape
    p = softmax(np.where(np.tri(T, dtype=bool), q @ k.T / np.sqrt(d), -1e9))
    dp = g @ v.T
    ds = p * (dp - (dp * p).sum(1, keepdims=True)) / np.sqrt(d)
    return ds @ k, ds.T @ q, p.T @ g


def causal_grad_mask_forgotten(g, q, k, v):
    d = q.shape[1]
    p = softmax(q @ k.T / np.sqrt(d))
    dp = g @ v.T
    ds = p * (dp - (dp * p).sum(1, keepdims=True)) / np.sqrt(d)
    return ds @ k, ds.T @ q, p.T @ g


def causal_grad_value_transposed(g, q, k, v):
    T, d = q.shape
    p = softmax(np.where(np.tri(T, dtype=bool), q @ k.T / np.sqrt(d), -1e9))
    dp = g @ v.T
    ds = p * (dp - (dp * p).sum(1, keepdims=True)) / np.sqrt(d)
    dv = p @ g
    return ds @ k, ds.T @ q, dv


def causal_grad_row_by_row(g, q, k, v):
    T, d = q.shape
    dq, dk, dv = np.zeros((T, d)), np.zeros((T, d)), np.zeros(v.shape)
    for t in range(T):
        p = softmax(k[: t + 1] @ q[t] / np.sqrt(d))
        dv[: t + 1] += np.outer(p, g[t])
        dp = v[: t + 1] @ g[t]
        ds = p * (dp - p @ dp) / np.sqrt(d)
        dq[t] = ds @ k[: t + 1]
        dk[: t + 1] += np.outer(ds, q[t])
    return dq, dk, dv


def causal_grad_row_overwrites(g, q, k, v):
    T, d = q.shape
    dq, dk, dv = np.zeros((T, d)), np.zeros((T, d)), np.zeros(v.shape)
    for t in range(T):
        p = softmax(k[: t + 1] @ q[t] / np.sqrt(d))
        dv[: t + 1] += np.outer(p, g[t])
        dp = v[: t + 1] @ g[t]
        ds = p * (dp - p @ dp) / np.sqrt(d)
        dq[t] = ds @ k[: t + 1]
        dk[: t + 1] = np.outer(ds, q[t])
    return dq, dk, dv


def causal_grad_excludes_itself(g, q, k, v):
    T, d = q.shape
    dq, dk, dv = np.zeros((T, d)), np.zeros((T, d)), np.zeros(v.shape)
    for t in range(T):
        p = softmax(k[: t + 1] @ q[t] / np.sqrt(d))
        dv[:t] += np.outer(p[:t], g[t])
        dp = v[: t + 1] @ g[t]
        ds = p * (dp - p @ dp) / np.sqrt(d)
        dq[t] = ds @ k[: t + 1]
        dk[: t + 1] += np.outer(ds, q[t])
    return dq, dk, dv


# --- padded batches ---------------------------------------------------------------------------------------------------


def padded(q, k, v, lengths):
    keep = np.arange(k.shape[1]) < lengths[:, None]
    s = np.where(keep[:, None, :], np.einsum("ntd,nsd->nts", q, k), -1e9)
    out = np.einsum("nts,nsd->ntd", softmax(s), v)
    return out * keep[:, :, None]


def padded_grad(g, q, k, v, lengths):
    keep = np.arange(k.shape[1]) < lengths[:, None]
    p = softmax(np.where(keep[:, None, :], np.einsum("ntd,nsd->nts", q, k), -1e9))
    g = g * keep[:, :, None]
    dp = np.einsum("ntd,nsd->nts", g, v)
    ds = p * (dp - np.sum(dp * p, axis=2, keepdims=True))
    return np.einsum("nts,nsd->ntd", ds, k), np.einsum("nts,ntd->nsd", ds, q), np.einsum("nts,ntd->nsd", p, g)


def padded_grad_rows_forgotten(g, q, k, v, lengths):
    keep = np.arange(k.shape[1]) < lengths[:, None]
    p = softmax(np.where(keep[:, None, :], np.einsum("ntd,nsd->nts", q, k), -1e9))
    dp = np.einsum("ntd,nsd->nts", g, v)
    ds = p * (dp - np.sum(dp * p, axis=2, keepdims=True))
    return np.einsum("nts,nsd->ntd", ds, k), np.einsum("nts,ntd->nsd", ds, q), np.einsum("nts,ntd->nsd", p, g)


# --- one matrix feeds three projections -------------------------------------------------------------------------------


class SelfAttention:
    def __init__(self, Wq, Wk, Wv):
        self.Wq, self.Wk, self.Wv = Wq, Wk, Wv

    def forward(self, x):
        self.x = x
        self.q, self.k, self.v = x @ self.Wq, x @ self.Wk, x @ self.Wv
        self.scale = self.q.shape[1] ** -0.5
        self.a = softmax(self.q @ self.k.T * self.scale)
        return self.a @ self.v

    def backward(self, dy):
        dv = self.a.T @ dy
        da = dy @ self.v.T
        ds = self.a * (da - np.sum(da * self.a, axis=1, keepdims=True)) * self.scale
        dq, dk = ds @ self.k, ds.T @ self.q
        self.grads = {"Wq": self.x.T @ dq, "Wk": self.x.T @ dk, "Wv": self.x.T @ dv}
        return dq @ self.Wq.T + dk @ self.Wk.T + dv @ self.Wv.T


class SelfAttentionValuesOnly(SelfAttention):
    def backward(self, dy):
        dv = self.a.T @ dy
        da = dy @ self.v.T
        ds = self.a * (da - np.sum(da * self.a, axis=1, keepdims=True)) * self.scale
        dq, dk = ds @ self.k, ds.T @ self.q
        self.grads = {"Wq": self.x.T @ dq, "Wk": self.x.T @ dk, "Wv": self.x.T @ dv}
        dx = dv @ self.Wv.T
        return dx


class SelfAttentionOverwrites(SelfAttention):
    def backward(self, dy):
        dv = self.a.T @ dy
        da = dy @ self.v.T
        ds = self.a * (da - np.sum(da * self.a, axis=1, keepdims=True)) * self.scale
        dq, dk = ds @ self.k, ds.T @ self.q
        self.grads = {}
        for name, W, d in [("Wq", self.Wq, dq), ("Wk", self.Wk, dk), ("Wv", self.Wv, dv)]:
            self.grads[name] = self.x.T @ d
            dx = d @ W.T
        return dx


class SelfAttentionKeysFromKeys(SelfAttention):
    def backward(self, dy):
        dv = self.a.T @ dy
        da = dy @ self.v.T
        ds = self.a * (da - np.sum(da * self.a, axis=1, keepdims=True)) * self.scale
        dq = ds @ self.k
        dk = ds.T @ self.k
        self.grads = {"Wq": self.x.T @ dq, "Wk": self.x.T @ dk, "Wv": self.x.T @ dv}
        return dq @ self.Wq.T + dk @ self.Wk.T + dv @ self.Wv.T


# --- additive scores, one context vector ------------------------------------------------------------------------------


def additive(H, s, U, w):
    """H (T, D) states, s (K,) query; e_t = w . tanh(H_t U + s)"""
    a = np.tanh(H @ U + s)
    p = softmax(a @ w)
    return p @ H, (H, U, w, a, p)


def additive_backward(dc, cache):
    H, U, w, a, p = cache
    dp = H @ dc
    de = p * (dp - p @ dp)
    dz = np.outer(de, w) * (1 - a**2)
    return np.outer(p, dc) + dz @ U.T, dz.sum(axis=0), H.T @ dz, a.T @ de


def additive_backward_values_only(dc, cache):
    H, U, w, a, p = cache
    dp = H @ dc
    de = p * (dp - p @ dp)
    dz = np.outer(de, w) * (1 - a**2)
    dH = np.outer(p, dc)
    return dH, dz.sum(axis=0), H.T @ dz, a.T @ de


def additive_backward_query_last(dc, cache):
    H, U, w, a, p = cache
    dp = H @ dc
    de = p * (dp - p @ dp)
    dH, ds = np.outer(p, dc), np.zeros(U.shape[1])
    dU = np.zeros(U.shape)
    for t in range(len(H)):
        dz = de[t] * w * (1 - a[t] ** 2)
        dH[t] += U @ dz
        dU += np.outer(H[t], dz)
        ds = dz
    return dH, ds, dU, a.T @ de


# --- positions --------------------------------------------------------------------------------------------------------


def positional(x, table, scale):
    return np.sqrt(x.shape[1]) * x + scale * table[: len(x)]


def positional_grad(g, x, table, scale):
    dtable = np.zeros_like(table)
    dtable[: len(x)] = scale * g
    return np.sqrt(x.shape[1]) * g, dtable, np.sum(g * table[: len(x)])


def positional_grad_scale_missing(g, x, table, scale):
    dtable = np.zeros_like(table)
    dtable[: len(x)] = scale * g
    dx = g
    return dx, dtable, np.sum(g * table[: len(x)])


def positional_grad_short_table(g, x, table, scale):
    dx = np.sqrt(x.shape[1]) * g
    dtable = scale * g
    return dx, dtable, np.sum(g * table[: len(x)])


def case(name, layer, forward, backward, make, kind="", argument="", site="", style="plain", **more):
    return Case(
        name=name, layer=layer, forward=forward, backward=backward, make=make, right=not kind, kind=kind, argument=argument,
        site=site, style=style, **more,
    )  # fmt: skip


def dot(name, backward, *mistake, **more):
    return case(f"attention-{name}", "attention", attention, backward, make_attention, *mistake, style="cache", **more)


def past(name, backward, *mistake, **more):
    return case(f"causal-{name}", "attention with mask", causal, backward, make_causal, *mistake, **more)


def own(name, cls, *mistake, **more):
    return case(f"self-attention-{name}", "self-attention", cls, "backward", make_self, *mistake, style="class", **more)


def sums(name, backward, *mistake, **more):
    return case(
        f"additive-{name}", "additive attention", additive, backward, make_additive, *mistake, style="cache", **more
    )


def place(name, backward, *mistake, **more):
    return case(f"positional-{name}", "positional scaling", positional, backward, make_tokens, *mistake, **more)


CASES = [
    dot("batches", attention_backward),
    dot("delta", attention_backward_delta),
    dot("unscaled", attention_backward_unscaled, "factor", "q", "ds = p * (dp"),
    dot("scaled-by-d", attention_backward_scaled_by_d, "factor", "q", "/ q.shape[-1]"),
    dot("softmax-elementwise", attention_backward_elementwise, "softmax-elementwise", "q", "dp * p * (1 - p)"),
    dot("other-axis", attention_backward_keys_axis, "wrong-axis", "q", "axis=1"),
    dot("swapped", attention_backward_swapped, "swapped-outputs", "q", "return dk, dq, dv", also=("contract",)),
    past("whole", causal_grad),
    past("rows", causal_grad_row_by_row),
    past("mask-forgotten", causal_grad_mask_forgotten, "mask-forgotten", "q", "p = softmax(q @ k.T"),
    past("values-transposed", causal_grad_value_transposed, "transpose", "v", "dv = p @ g"),
    past("rows-overwrite", causal_grad_row_overwrites, "overwritten", "k", "dk[: t + 1] = np.outer"),
    past("diagonal-left-out", causal_grad_excludes_itself, "window-offset", "v", "dv[:t] +=", also=("path-dropped",)),
    case("padded-attention", "attention with mask", padded, padded_grad, make_masked, static=(3,)),
    case("padded-attention-rows-forgotten", "attention with mask", padded, padded_grad_rows_forgotten, make_masked,
         "mask-forgotten", "q", 'dp = np.einsum("ntd,nsd->nts", g, v)', static=(3,)),
    own("class", SelfAttention),
    own("values-only", SelfAttentionValuesOnly, "path-dropped", "x", "dx = dv @ self.Wv.T"),
    own("last-projection-only", SelfAttentionOverwrites, "overwritten", "x", "dx = d @ W.T", also=("path-dropped",)),
    own("keys-from-keys", SelfAttentionKeysFromKeys, "wrong-operand", "x", "dk = ds.T @ self.k"),
    sums("right", additive_backward),
    sums("states-as-values-only", additive_backward_values_only, "path-dropped", "H", "dH = np.outer(p, dc)"),
    sums("query-of-last-step", additive_backward_query_last, "overwritten", "s", "ds = dz", also=("reduction-missing",)),
    place("right", positional_grad),
    place("scale-missing", positional_grad_scale_missing, "factor", "x", "dx = g"),
    place("short-table", positional_grad_short_table, "contract", "table", "dtable = scale * g"),
]  # fmt: skip
