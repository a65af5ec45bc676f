"""Look-up tables with repeated ids, bags of words, negative sampling, matrix factorisation."""

import numpy as np
from corpus.case import Case


def make_ids(rng, n=5, d=3, vocabulary=7):
    ids = rng.integers(0, vocabulary, size=(n, 2))
    ids[1] = ids[0, 0]
    return rng.normal(size=(vocabulary, d)), ids


def make_unique_ids(rng, n=5, d=3, vocabulary=11):
    return rng.normal(size=(vocabulary, d)), rng.permutation(vocabulary)[:n]


def make_padded(rng, n=5, d=3, vocabulary=7):
    """No text holds a word twice."""
    ids = rng.permuted(np.tile(np.arange(1, vocabulary), (n, 1)), axis=1)[:, :3]
    ids[::2, 2] = 0
    return rng.normal(size=(vocabulary, d)), ids


def make_context(rng, n=5, d=3, vocabulary=7):
    """(input vectors, output vectors, centre ids, ids of contexts, ids of noise: one of them twice)"""
    centre = rng.integers(0, vocabulary, size=n)
    centre[1] = centre[0]
    noise = rng.integers(0, vocabulary, size=(n, 3))
    noise[:, 1] = noise[:, 0]
    shape = (vocabulary, d)
    return (
        0.5 * rng.normal(size=shape),
        0.5 * rng.normal(size=shape),
        centre,
        rng.integers(0, vocabulary, size=n),
        noise,
    )


def make_ratings(rng, n=5, d=3, items=7, lam=0.05):
    R = rng.integers(1, 6, size=(n, items)).astype(float)
    R[rng.random(R.shape) < 0.4] = 0
    return rng.normal(size=(n, d)), rng.normal(size=(items, d)), R, lam


def make_biased(rng, n=5, d=3, items=7):
    users, liked = rng.integers(0, n, size=11), rng.integers(0, items, size=11)
    return rng.normal(size=(n, d)), rng.normal(size=(items, d)), rng.normal(size=n), users, liked, rng.normal(size=11)


# --- look-up ----------------------------------------------------------------------------------------------------------


def word_embedding_forward(W, x):
    return W[x], (x, W.shape)


def word_embedding_backward(dout, cache):
    x, shape = cache
    dW = np.zeros(shape)
    np.add.at(dW, x, dout)
    return dW


def word_embedding_backward_one_hot(dout, cache):
    x, (V, D) = cache
    onehot = np.eye(V)[x.ravel()]
    return onehot.T @ dout.reshape(-1, D)


def word_embedding_backward_fancy(dout, cache):
    x, shape = cache
    dW = np.zeros(shape)
    dW[x] += dout
    return dW


def word_embedding_backward_assign(dout, cache):
    x, (V, D) = cache
    dW = np.zeros((V, D))
    for n, word in enumerate(x.ravel()):
        dW[word] = dout.reshape(-1, D)[n]
    return dW


def word_embedding_backward_average(dout, cache):
    x, shape = cache
    dW = np.zeros(shape)
    np.add.at(dW, x, dout)
    counts = np.bincount(x.ravel(), minlength=shape[0])
    return dW / np.maximum(counts, 1)[:, None]


def word_embedding_backward_rows(dout, cache):
    x, shape = cache
    return dout.reshape(-1, shape[1])


class Bag:
    """The sum of the words of a text; id 0 is padding."""

    def __init__(self, table):
        self.table = table

    def forward(self, ids):
        self.ids = ids
        self.keep = (ids != 0)[:, :, None]
        return np.sum(self.table[ids] * self.keep, axis=1)

    def backward(self, grad):
        self.table_grad = np.zeros_like(self.table)
        spread = np.broadcast_to(grad[:, None], (*self.ids.shape, grad.shape[1])) * self.keep
        np.add.at(self.table_grad, self.ids, spread)


class BagPaddingLearns(Bag):
    def backward(self, grad):
        self.table_grad = np.zeros_like(self.table)
        spread = np.repeat(grad[:, None], self.ids.shape[1], axis=1)
        np.add.at(self.table_grad, self.ids, spread)


class BagLastWord(Bag):
    def backward(self, grad):
        self.table_grad = np.zeros_like(self.table)
        for i, words in enumerate(self.ids):
            self.table_grad[words[words != 0]] += grad[i]


class BagTwice(Bag):
    """Keeps adding, one batch after the other."""

    def __init__(self, table):
        self.table = table
        self.table_grad = np.zeros(table.shape)

    def backward(self, grad):
        for words, g in zip(self.ids, grad):
            for word in words[words > 0]:
                self.table_grad[word] += g


# --- skip-gram with negative samples ----------------------------------------------------------------------------------


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def negative_sampling(V, U, centre, context, noise):
    v = V[centre]
    true = np.sum(v * U[context], axis=1)
    false = np.einsum("nd,nkd->nk", v, U[noise])
    return -np.sum(np.log(sigmoid(true))) - np.sum(np.log(sigmoid(-false)))


def negative_sampling_gradient(V, U, centre, context, noise):
    dV, dU = np.zeros(V.shape), np.zeros(U.shape)
    for c, o, ks in zip(centre, context, noise):
        g = sigmoid(U[o] @ V[c]) - 1
        dV[c] += g * U[o]
        dU[o] += g * V[c]
        for k in ks:
            g = sigmoid(U[k] @ V[c])
            dV[c] += g * U[k]
            dU[k] += g * V[c]
    return dV, dU


def negative_sampling_gradient_arrays(V, U, centre, context, noise):
    ids = np.concatenate([context[:, None], noise], axis=1)
    label = np.zeros(ids.shape)
    label[:, 0] = 1
    g = sigmoid(np.einsum("nd,nkd->nk", V[centre], U[ids])) - label
    dV, dU = np.zeros(V.shape), np.zeros(U.shape)
    np.add.at(dV, centre, np.einsum("nk,nkd->nd", g, U[ids]))
    np.add.at(dU, ids, g[:, :, None] * V[centre][:, None])
    return dV, dU


def negative_sampling_gradient_repeats(V, U, centre, context, noise):
    dV, dU = np.zeros(V.shape), np.zeros(U.shape)
    for c, o, ks in zip(centre, context, noise):
        g = sigmoid(U[o] @ V[c]) - 1
        dV[c] += g * U[o]
        dU[o] += g * V[c]
        z = sigmoid(U[ks] @ V[c])
        dV[c] += z @ U[ks]
        dU[ks] += z[:, None] * V[c]
    return dV, dU


def negative_sampling_gradient_noise_sign(V, U, centre, context, noise):
    dV, dU = np.zeros(V.shape), np.zeros(U.shape)
    for c, o, ks in zip(centre, context, noise):
        g = sigmoid(U[o] @ V[c]) - 1
        dV[c] += g * U[o]
        dU[o] += g * V[c]
        for k in ks:
            g = sigmoid(-U[k] @ V[c]) - 1
            dV[c] += g * U[k]
            dU[k] += g * V[c]
    return dV, dU


def negative_sampling_gradient_stepped(V, U, centre, context, noise):
    U = U.copy()
    dV, dU = np.zeros(V.shape), np.zeros(U.shape)
    for c, o, ks in zip(centre, context, noise):
        for k, label in [(o, 1), *[(k, 0) for k in ks]]:
            g = sigmoid(U[k] @ V[c]) - label
            dU[k] += g * V[c]
            U[k] -= 0.05 * g * V[c]
            dV[c] += g * U[k]
    return dV, dU


def negative_sampling_gradient_swapped(V, U, centre, context, noise):
    ids = np.concatenate([context[:, None], noise], axis=1)
    label = np.array([1] + [0] * noise.shape[1])
    g = sigmoid(np.einsum("nd,nkd->nk", V[centre], U[ids])) - label
    d_in, d_out = np.zeros(V.shape), np.zeros(U.shape)
    np.add.at(d_in, centre, np.einsum("nk,nkd->nd", g, U[ids]))
    np.add.at(d_out, ids, g[:, :, None] * V[centre][:, None])
    return d_out, d_in


# --- ratings ----------------------------------------------------------------------------------------------------------


def factorisation(P, Q, R, lam):
    E = (R - P @ Q.T) * (R > 0)
    return np.sum(E**2) + lam * (np.sum(P**2) + np.sum(Q**2))


def factorisation_gradient(P, Q, R, lam):
    E = (R - P @ Q.T) * (R > 0)
    return -2 * E @ Q + 2 * lam * P, -2 * E.T @ P + 2 * lam * Q


def factorisation_gradient_loops(P, Q, R, lam):
    dP, dQ = 2 * lam * P, 2 * lam * Q
    for u in range(R.shape[0]):
        for i in range(R.shape[1]):
            if R[u, i] > 0:
                e = R[u, i] - P[u] @ Q[i]
                dP[u] -= 2 * e * Q[i]
                dQ[i] -= 2 * e * P[u]
    return dP, dQ


def factorisation_gradient_missing_as_zero(P, Q, R, lam):
    E = R - P @ Q.T
    return -2 * E @ Q + 2 * lam * P, -2 * E.T @ P + 2 * lam * Q


def factorisation_gradient_penalty_per_rating(P, Q, R, lam):
    dP, dQ = np.zeros(P.shape), np.zeros(Q.shape)
    for u, i in zip(*np.nonzero(R)):
        e = R[u, i] - P[u] @ Q[i]
        dP[u] += -2 * e * Q[i] + 2 * lam * P[u]
        dQ[i] += -2 * e * P[u] + 2 * lam * Q[i]
    return dP, dQ


def factorisation_gradient_alternating(P, Q, R, lam):
    seen = R > 0
    dP = -2 * ((R - P @ Q.T) * seen) @ Q + 2 * lam * P
    P = P - 0.01 * dP
    dQ = -2 * ((R - P @ Q.T) * seen).T @ P + 2 * lam * Q
    return dP, dQ


def biased(P, Q, b, users, liked, r):
    return 0.5 * np.sum((np.sum(P[users] * Q[liked], axis=1) + b[users] - r) ** 2)


def biased_gradient(P, Q, b, users, liked, r):
    e = np.sum(P[users] * Q[liked], axis=1) + b[users] - r
    dP, dQ = np.zeros(P.shape), np.zeros(Q.shape)
    np.add.at(dP, users, e[:, None] * Q[liked])
    np.add.at(dQ, liked, e[:, None] * P[users])
    return dP, dQ, np.bincount(users, weights=e, minlength=len(b))


def biased_gradient_bincount_unweighted(P, Q, b, users, liked, r):
    e = np.sum(P[users] * Q[liked], axis=1) + b[users] - r
    dP, dQ = np.zeros(P.shape), np.zeros(Q.shape)
    np.add.at(dP, users, e[:, None] * Q[liked])
    np.add.at(dQ, liked, e[:, None] * P[users])
    db = np.zeros(len(b))
    db[users] = e
    return dP, dQ, db


def case(name, layer, forward, backward, kind="", argument="", site="", **more):
    return Case(
        name=name, layer=layer, forward=forward, backward=backward, right=not kind, kind=kind, argument=argument,
        site=site, **more
    )  # fmt: skip


def words(name, backward, *mistake, **more):
    more = {"make": make_ids, "style": "cache", "static": (1,)} | more
    return case(f"embedding-{name}", "embedding", word_embedding_forward, backward, *mistake, **more)


def bag(name, cls, *mistake, **more):
    return case(f"bag-{name}", "bag of words", cls, "backward", *mistake, style="class", static=(0,),
                make=lambda rng, n=5, d=3: make_padded(rng, n, d)[::-1], **more)  # fmt: skip


def skip(name, backward, *mistake, **more):
    return case(f"negative-sampling-{name}", "negative sampling", negative_sampling, backward, *mistake, style="gradient",
                make=make_context, static=(2, 3, 4), **more)  # fmt: skip


def rate(name, backward, *mistake, **more):
    return case(f"factorisation-{name}", "matrix factorisation", factorisation, backward, *mistake, style="gradient",
                make=make_ratings, static=(2, 3), **more)  # fmt: skip


CASES = [
    words("add-at", word_embedding_backward),
    words("one-hot", word_embedding_backward_one_hot),
    words("fancy-add", word_embedding_backward_fancy, "overwritten", "W", "dW[x] += dout"),
    words("fancy-add-unique-ids", word_embedding_backward_fancy, "overwritten", "W", "dW[x] += dout", make=make_unique_ids,
          invisible="an id that occurs twice"),
    words("assigned", word_embedding_backward_assign, "overwritten", "W", "dW[word] = dout"),
    words("averaged", word_embedding_backward_average, "factor", "W", "/ np.maximum(counts, 1)"),
    words("rows-alone", word_embedding_backward_rows, "contract", "W", "return dout.reshape"),
    bag("padding", Bag),
    bag("padding-learns", BagPaddingLearns, "mask-forgotten", "table", "spread = np.repeat"),
    bag("repeated-words-once", BagLastWord, "overwritten", "table", "+= grad[i]",
        invisible="a text that holds a word twice"),
    bag("never-reset", BagTwice, "state-not-reset", "table", "self.table_grad[word] += g",
        invisible="backward called a second time"),
    skip("loops", negative_sampling_gradient),
    skip("arrays", negative_sampling_gradient_arrays),
    skip("repeated-noise-once", negative_sampling_gradient_repeats, "overwritten", "U", "dU[ks] += z"),
    skip("noise-sign", negative_sampling_gradient_noise_sign, "sign", "V", "sigmoid(-U[k] @ V[c]) - 1"),
    skip("steps-inside", negative_sampling_gradient_stepped, "updated-weights", "V", "U[k] -= 0.05"),
    skip("in-and-out-swapped", negative_sampling_gradient_swapped, "swapped-outputs", "V", "return d_out, d_in"),
    rate("arrays", factorisation_gradient),
    rate("loops", factorisation_gradient_loops),
    rate("missing-as-zero", factorisation_gradient_missing_as_zero, "mask-forgotten", "P", "E = R - P @ Q.T"),
    rate("penalty-per-rating", factorisation_gradient_penalty_per_rating, "regulariser", "P", "+ 2 * lam * P[u]",
         also=("factor",)),
    rate("alternating", factorisation_gradient_alternating, "updated-weights", "Q", "P = P - 0.01 * dP"),
    case("factorisation-biased", "matrix factorisation", biased, biased_gradient, style="gradient", make=make_biased,
         static=(3, 4, 5)),
    case("factorisation-biased-assigned", "matrix factorisation", biased, biased_gradient_bincount_unweighted, "overwritten", "b",
         "db[users] = e", style="gradient", make=make_biased, static=(3, 4, 5)),
]  # fmt: skip
