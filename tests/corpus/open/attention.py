"""Attention, embeddings, positions and what else a transformer needs.  Knows NumPy alone."""

from functools import partial

import numpy as np
from corpus.case import Case
from corpus.open.inputs import scaled, single


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


# --- scaled dot-product attention, causal or not


def attention(Q, K, V, causal):
    """Q, K (N, T, D), V (N, T, E)."""
    T, D = Q.shape[1:]
    scores = Q @ K.transpose(0, 2, 1) / np.sqrt(D)
    if causal:
        scores = np.where(np.tril(np.ones((T, T), dtype=bool)), scores, -np.inf)
    A = softmax(scores)
    return A @ V, (Q, K, V, A)


def attention_backward(dout, cache):
    Q, K, V, A = cache
    dV = A.transpose(0, 2, 1) @ dout
    dA = dout @ V.transpose(0, 2, 1)
    dS = A * (dA - np.sum(dA * A, axis=-1, keepdims=True))
    dS = dS / np.sqrt(Q.shape[-1])
    return dS @ K, dS.transpose(0, 2, 1) @ Q, dV


def attention_backward_by_rows(dout, cache):
    """Flash style: the row sums come from the output, not from the matrix of weights."""
    Q, K, V, A = cache
    D = np.sum(dout * (A @ V), axis=-1, keepdims=True)
    dS = A * (np.einsum("nte,nse->nts", dout, V) - D) * Q.shape[-1] ** -0.5
    return np.einsum("nts,nsd->ntd", dS, K), np.einsum("nts,ntd->nsd", dS, Q), np.einsum("nts,nte->nse", A, dout)


def attention_backward_scale_forgotten(dout, cache):
    Q, K, V, A = cache
    dV = A.transpose(0, 2, 1) @ dout
    dA = dout @ V.transpose(0, 2, 1)
    dS = A * (dA - np.sum(dA * A, axis=-1, keepdims=True))
    return dS @ K, dS.transpose(0, 2, 1) @ Q, dV


def attention_backward_scaled_once_each(dout, cache):
    """1/sqrt(D) at the scores, and again at each of the products."""
    Q, K, V, A = cache
    scale = np.sqrt(Q.shape[-1])
    dV = A.transpose(0, 2, 1) @ dout
    dA = dout @ V.transpose(0, 2, 1)
    dS = A * (dA - np.sum(dA * A, axis=-1, keepdims=True)) / scale
    return dS @ K / scale, dS.transpose(0, 2, 1) @ Q, dV


def attention_backward_wrong_axis(dout, cache):
    Q, K, V, A = cache
    dV = A.transpose(0, 2, 1) @ dout
    dA = dout @ V.transpose(0, 2, 1)
    dS = A * (dA - np.sum(dA * A, axis=1, keepdims=True)) / np.sqrt(Q.shape[-1])
    return dS @ K, dS.transpose(0, 2, 1) @ Q, dV


def attention_backward_diagonal(dout, cache):
    Q, K, V, A = cache
    dV = A.transpose(0, 2, 1) @ dout
    dA = dout @ V.transpose(0, 2, 1)
    dS = dA * A * (1 - A) / np.sqrt(Q.shape[-1])
    return dS @ K, dS.transpose(0, 2, 1) @ Q, dV


def attention_backward_no_transposes(dout, cache):
    Q, K, V, A = cache
    dV = A @ dout
    dA = dout @ V.transpose(0, 2, 1)
    dS = A * (dA - np.sum(dA * A, axis=-1, keepdims=True)) / np.sqrt(Q.shape[-1])
    return dS @ K, dS.transpose(0, 2, 1) @ Q, dV


def attention_backward_query_for_key(dout, cache):
    Q, K, V, A = cache
    dV = A.transpose(0, 2, 1) @ dout
    dA = dout @ V.transpose(0, 2, 1)
    dS = A * (dA - np.sum(dA * A, axis=-1, keepdims=True)) / np.sqrt(Q.shape[-1])
    dQ = dS @ Q
    dK = dS.transpose(0, 2, 1) @ Q
    return dQ, dK, dV


def attention_backward_mask_forgotten(dout, cache):
    """The weights are computed again, without the causal mask."""
    Q, K, V, _ = cache
    A = softmax(Q @ K.transpose(0, 2, 1) / np.sqrt(Q.shape[-1]))
    dV = A.transpose(0, 2, 1) @ dout
    dA = dout @ V.transpose(0, 2, 1)
    dS = A * (dA - np.sum(dA * A, axis=-1, keepdims=True)) / np.sqrt(Q.shape[-1])
    return dS @ K, dS.transpose(0, 2, 1) @ Q, dV


def open_inputs(rng, n=2, t=5, d=3, m=2):
    return rng.normal(size=(n, t, d)), rng.normal(size=(n, t, d)), rng.normal(size=(n, t, m)), False


def causal_inputs(rng, n=2, t=5, d=3, m=2):
    return (*open_inputs(rng, n, t, d, m)[:3], True)


# --- self-attention with its projections; x is used three times


class SelfAttention:
    def __init__(self, Wq, Wk, Wv):
        self.Wq, self.Wk, self.Wv = Wq, Wk, Wv

    def forward(self, x):
        self.x = x
        self.q, self.k, self.v = x @ self.Wq, x @ self.Wk, x @ self.Wv
        self.a = softmax(self.q @ self.k.T / np.sqrt(self.q.shape[1]))
        return self.a @ self.v

    def inner(self, dy):
        da, dv = dy @ self.v.T, self.a.T @ dy
        ds = self.a * (da - (da * self.a).sum(-1, keepdims=True)) / np.sqrt(self.q.shape[1])
        return ds @ self.k, ds.T @ self.q, dv

    def backward(self, dy):
        dq, dk, dv = self.inner(dy)
        self.grads = {"Wq": self.x.T @ dq, "Wk": self.x.T @ dk, "Wv": self.x.T @ dv}
        return dq @ self.Wq.T + dk @ self.Wk.T + dv @ self.Wv.T


class SelfAttentionValuePathOnly(SelfAttention):
    def backward(self, dy):
        dq, dk, dv = self.inner(dy)
        self.grads = {"Wq": self.x.T @ dq, "Wk": self.x.T @ dk, "Wv": self.x.T @ dv}
        dx = dv @ self.Wv.T
        return dx


class SelfAttentionOverwritten(SelfAttention):
    def backward(self, dy):
        self.grads = {}
        for name, d in zip(("Wq", "Wk", "Wv"), self.inner(dy)):
            self.grads[name] = self.x.T @ d
            dx = d @ getattr(self, name).T
        return dx


class SelfAttentionSwapped(SelfAttention):
    def backward(self, dy):
        dk, dq, dv = self.inner(dy)
        self.grads = {"Wq": self.x.T @ dq, "Wk": self.x.T @ dk, "Wv": self.x.T @ dv}
        return dk @ self.Wq.T + dq @ self.Wk.T + dv @ self.Wv.T


def projections(rng, n=5, d=3):
    return rng.normal(size=(n, d)), *[rng.normal(size=(d, d)) for _ in range(3)]


# --- embeddings: rows of a matrix by index, repeated indices among them


def embed(W, ids):
    return W[ids], (W, ids)


def embed_backward(dout, cache):
    W, ids = cache
    dW = np.zeros_like(W)
    np.add.at(dW, ids, dout)
    return dW


def embed_backward_one_hot(dout, cache):
    W, ids = cache
    return np.eye(len(W))[ids.ravel()].T @ dout.reshape(-1, W.shape[1])


def embed_backward_overwrites(dout, cache):
    W, ids = cache
    dW = np.zeros_like(W)
    dW[ids] = dout
    return dW


def embed_backward_fancy_plus(dout, cache):
    W, ids = cache
    dW = np.zeros_like(W)
    dW[ids] += dout
    return dW


def embed_backward_averaged(dout, cache):
    W, ids = cache
    dW = np.zeros_like(W)
    np.add.at(dW, ids, dout)
    counts = np.maximum(np.bincount(ids.ravel(), minlength=len(W)), 1)
    return dW / counts[:, None]


def embed_backward_int(dout, cache):
    W, ids = cache
    dW = np.zeros(W.shape, dtype=ids.dtype)
    for i, d in zip(ids.ravel(), dout.reshape(-1, W.shape[1])):
        dW[i] += d.astype(ids.dtype)
    return dW


def tokens(rng, n=7, d=3, k=5):
    return rng.normal(size=(k, d)), rng.integers(0, k, (n, 2))


class EmbeddingSum:
    """A bag of words: the rows of each bag are added up; the indices are fixed beforehand."""

    ids = np.array([[0, 1, 1], [2, 2, 2], [1, 0, 3]])

    def forward(self, W):
        self.shape = W.shape
        return W[self.ids].sum(axis=1)

    def backward(self, dLdY):
        dW = np.zeros(self.shape)
        for ids, dy in zip(self.ids, dLdY):
            np.add.at(dW, ids, dy)
        return dW


class EmbeddingSumRepeated(EmbeddingSum):
    def backward(self, dLdY):
        dW = np.zeros(self.shape)
        for ids, dy in zip(self.ids, dLdY):
            dW[ids] += dy
        return dW


def words(rng, d=3):
    return (rng.normal(size=(5, d)),)


# --- rotary positions: pairs of numbers are turned


def rotary(x, angles):
    """x (T, 2D), angles (T, D)."""
    a, b = x[:, 0::2], x[:, 1::2]
    out = np.empty(x.shape, dtype=x.dtype)
    out[:, 0::2] = a * np.cos(angles) - b * np.sin(angles)
    out[:, 1::2] = a * np.sin(angles) + b * np.cos(angles)
    return out


def rotary_backward(dy, x, angles):
    return rotary(dy, -angles)


def rotary_backward_same_way(dy, x, angles):
    return rotary(dy, angles)


def rotary_backward_identity(dy, x, angles):
    return dy * np.cos(np.repeat(angles, 2, axis=1))


def turned(rng, t=5, d=3):
    return rng.normal(size=(t, 2 * d)), rng.uniform(0.0, 3.0, (t, d))


# fmt: off
attend = partial(Case, layer="attention", forward=attention, style="cache", make=open_inputs, static=(3,))
own = partial(Case, layer="self-attention", style="class", make=projections, backward="backward")
rows = partial(Case, layer="embedding", forward=embed, style="cache", make=tokens, static=(1,))
bag = partial(Case, layer="bag of embeddings", style="class", make=words, backward="backward")
turn = partial(Case, layer="rotary positions", forward=rotary, style="plain", make=turned, static=(1,))
CASES = [
    attend(name="attention", backward=attention_backward, right=True),
    attend(name="attention-causal", backward=attention_backward, make=causal_inputs, right=True),
    attend(name="attention-by-rows-single", backward=attention_backward_by_rows, make=single(causal_inputs), right=True),
    attend(name="attention-sharp", backward=attention_backward, make=scaled(open_inputs, 6.0, 0), right=True),
    own(name="self-attention", forward=SelfAttention, right=True),
    own(name="self-attention-of-zeros", forward=SelfAttention, make=scaled(projections, 0.0, 1, 2), right=True),
    rows(name="embedding", backward=embed_backward, right=True),
    rows(name="embedding-one-hot", backward=embed_backward_one_hot, right=True),
    bag(name="bag-of-embeddings", forward=EmbeddingSum, right=True),
    turn(name="rotary-positions", backward=rotary_backward, right=True),
    attend(name="attention-scale-forgotten", backward=attention_backward_scale_forgotten, right=False, kind="factor",
           argument="Q",
           site="dS = A * (dA"),
    attend(name="attention-scaled-twice", backward=attention_backward_scaled_once_each, right=False, kind="factor", argument="Q",
           site="dS @ K / scale"),
    attend(name="attention-softmax-axis", backward=attention_backward_wrong_axis, right=False, kind="wrong-axis", argument="Q",
           site="axis=1"),
    attend(name="attention-softmax-diagonal", backward=attention_backward_diagonal, right=False, kind="softmax-elementwise",
           argument="Q", site="dA * A * (1 - A)"),
    attend(name="attention-weights-not-transposed", backward=attention_backward_no_transposes, right=False, kind="transpose",
           argument="V", site="dV = A @ dout"),
    attend(name="attention-query-for-key", backward=attention_backward_query_for_key, right=False, kind="wrong-operand",
           argument="Q", site="dQ = dS @ Q"),
    attend(name="attention-mask-forgotten", backward=attention_backward_mask_forgotten, make=causal_inputs, right=False,
           kind="mask-forgotten", argument="Q", site="A = softmax(Q @ K"),
    own(name="self-attention-value-path-only", forward=SelfAttentionValuePathOnly, right=False, kind="path-dropped", argument="x",
        site="dx = dv @ self.Wv.T", also=("overwritten",)),
    own(name="self-attention-paths-overwritten", forward=SelfAttentionOverwritten, right=False, kind="overwritten", argument="x",
        site="dx = d @ getattr(self, name).T", also=("path-dropped",)),
    own(name="self-attention-query-and-key-swapped", forward=SelfAttentionSwapped, right=False, kind="swapped-outputs",
        argument="Wq", site="dk, dq, dv = self.inner(dy)", also=("wrong-operand", "transpose")),
    rows(name="embedding-overwrites", backward=embed_backward_overwrites, right=False, kind="overwritten", argument="W",
         site="dW[ids] = dout"),
    rows(name="embedding-repeated-rows", backward=embed_backward_fancy_plus, right=False, kind="overwritten", argument="W",
         site="dW[ids] += dout"),
    rows(name="embedding-averaged", backward=embed_backward_averaged, right=False, kind="reduction-missing", argument="W",
         site="dW / counts", also=("factor",), note="every row by its own factor"),
    rows(name="embedding-of-integers", backward=embed_backward_int, right=False, kind="integer-truncation", argument="W",
         site="dW = np.zeros(W.shape, dtype=ids.dtype)"),
    bag(name="bag-of-embeddings-repeated", forward=EmbeddingSumRepeated, right=False, kind="overwritten", argument="W",
        site="dW[ids] += dy"),
    turn(name="rotary-positions-same-way", backward=rotary_backward_same_way, right=False, kind="transpose", argument="x",
         site="rotary(dy, angles)", also=("sign",)),
    turn(name="rotary-positions-cosine-only", backward=rotary_backward_identity, right=False, kind="path-dropped", argument="x",
         site="return dy * np.cos("),
]
# fmt: on
