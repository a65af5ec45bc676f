"""Layers and losses with their backwards by hand, in plain NumPy, all correct: the ground of the false-alarm sweep.

Each entry: forward(*inputs), backward(upstream, *inputs), shapes of the inputs that are differentiated.  Knows NumPy alone.
"""

import numpy as np

__all__ = ["LAYERS"]

LABELS = np.array([0, 3, 1, 1, 2, 3, 0])
IDS = np.array([2, 0, 2, 1, 2, 4, 0])
MASK = np.array([[1, 0, 1, 1], [0, 0, 1, 1], [1, 1, 1, 0]])


def softmax(z, axis=-1):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def softmax_backward(g, z):
    p = softmax(z)
    return p * (g - (g * p).sum(axis=-1, keepdims=True))


def jacobian_backward(g, z):
    rows = [(np.diag(p) - np.outer(p, p)) @ one for p, one in zip(softmax(z), g)]
    return np.array(rows)


def log_softmax(z):
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def cross_entropy(z):
    return -log_softmax(z)[np.arange(len(z)), LABELS].mean()


def cross_entropy_backward(g, z):
    p = softmax(z)
    p[np.arange(len(z)), LABELS] -= 1.0
    return g * p / len(z)


def cross_entropy_by_labels(g, z):
    return g * (softmax(z) - np.eye(z.shape[1], dtype=z.dtype)[LABELS]) / len(z)


def batch_norm(x, gamma, beta):
    return gamma * (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5) + beta


def batch_norm_by_steps(g, x, gamma, beta):
    n, centred = len(x), x - x.mean(axis=0)
    inverse = 1.0 / np.sqrt(x.var(axis=0) + 1e-5)
    scaled = g * gamma
    dvar = (scaled * centred).sum(axis=0) * -0.5 * inverse**3
    dmean = -(scaled * inverse).sum(axis=0) + dvar * (-2.0 * centred).sum(axis=0) / n
    dx = scaled * inverse + dvar * 2.0 * centred / n + dmean / n
    return dx, (g * centred * inverse).sum(axis=0), g.sum(axis=0)


def batch_norm_at_once(g, x, gamma, beta):
    n, inverse = len(x), 1.0 / np.sqrt(x.var(axis=0) + 1e-5)
    hat = (x - x.mean(axis=0)) * inverse
    dbeta, dgamma = g.sum(axis=0), (g * hat).sum(axis=0)
    return gamma * inverse / n * (n * g - dbeta - hat * dgamma), dgamma, dbeta


def layer_norm(x, gamma, beta):
    return gamma * (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + 1e-5) + beta


def layer_norm_backward(g, x, gamma, beta):
    inverse = 1.0 / np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
    hat = (x - x.mean(axis=1, keepdims=True)) * inverse
    d = g * gamma
    dx = inverse * (d - d.mean(axis=1, keepdims=True) - hat * (d * hat).mean(axis=1, keepdims=True))
    return dx, (g * hat).sum(axis=0), g.sum(axis=0)


def rms_norm(x, gamma):
    return gamma * x / np.sqrt((x * x).mean(axis=1, keepdims=True) + 1e-6)


def rms_norm_backward(g, x, gamma):
    r = np.sqrt((x * x).mean(axis=1, keepdims=True) + 1e-6)
    d = g * gamma
    return d / r - x * (d * x).mean(axis=1, keepdims=True) / r**3, (g * x / r).sum(axis=0)


def attention(q, k, v):
    return softmax(q @ k.T / np.sqrt(q.shape[1])) @ v


def attention_backward(g, q, k, v):
    root = np.sqrt(q.shape[1])
    p = softmax(q @ k.T / root)
    ds = softmax_backward(g @ v.T, q @ k.T / root) / root
    return ds @ k, ds.T @ q, p.T @ g


def masked_attention(q, k, v):
    return softmax(np.where(MASK == 1, q @ k.T, -1e9)) @ v


def masked_attention_backward(g, q, k, v):
    scores = np.where(MASK == 1, q @ k.T, -1e9)
    ds = np.where(MASK == 1, softmax_backward(g @ v.T, scores), 0.0)
    return ds @ k, ds.T @ q, softmax(scores).T @ g


def network(x, W1, b1, W2, b2):
    return np.maximum(x @ W1 + b1, 0.0) @ W2 + b2


def network_backward(g, x, W1, b1, W2, b2):
    z = x @ W1 + b1
    h = np.maximum(z, 0.0)
    dz = (g @ W2.T) * (z > 0)
    return dz @ W1.T, x.T @ dz, dz.sum(axis=0), h.T @ g, g.sum(axis=0)


def recurrent(x, W, U):
    h = np.zeros((x.shape[1], U.shape[0]), x.dtype)
    for step in x:
        h = np.tanh(step @ W + h @ U)
    return h


def recurrent_backward(g, x, W, U):
    states = [np.zeros((x.shape[1], U.shape[0]), x.dtype)]
    for step in x:
        states.append(np.tanh(step @ W + states[-1] @ U))
    dx, dW, dU = np.zeros_like(x), np.zeros_like(W), np.zeros_like(U)
    for t in reversed(range(len(x))):
        dz = g * (1.0 - states[t + 1] ** 2)
        dx[t], g = dz @ W.T, dz @ U.T
        dW += x[t].T @ dz
        dU += states[t].T @ dz
    return dx, dW, dU


def windows(x, size=3):
    return np.stack([x[:, k : x.shape[1] - size + 1 + k] for k in range(size)], axis=-1)


def convolution(x, w):
    return windows(x) @ w


def convolution_backward(g, x, w):
    dx = np.zeros_like(x)
    for k in range(3):
        dx[:, k : k + g.shape[1]] += g * w[k]
    return dx, np.tensordot(g, windows(x), axes=2)


def max_pool(x):
    return x.reshape(len(x), -1, 2).max(axis=2)


def max_pool_backward(g, x):
    pairs = x.reshape(len(x), -1, 2)
    dx = np.zeros_like(pairs)
    np.put_along_axis(dx, pairs.argmax(axis=2)[:, :, None], g[:, :, None], axis=2)
    return dx.reshape(x.shape)


def embedding_backward(g, table):
    d = np.zeros_like(table)
    np.add.at(d, IDS, g)
    return d


def hinge(s):
    margins = np.maximum(0.0, s - s[np.arange(len(s)), LABELS][:, None] + 1.0)
    margins[np.arange(len(s)), LABELS] = 0.0
    return margins.sum() / len(s)


def hinge_backward(g, s):
    rows = np.arange(len(s))
    over = (s - s[rows, LABELS][:, None] + 1.0 > 0.0).astype(s.dtype)
    over[rows, LABELS] = 0.0
    over[rows, LABELS] = -over.sum(axis=1)
    return g * over / len(s)


def cosine(a, b):
    return (a * b).sum(axis=1) / (np.sqrt((a * a).sum(axis=1)) * np.sqrt((b * b).sum(axis=1)))


def cosine_backward(g, a, b):
    na, nb = np.sqrt((a * a).sum(axis=1, keepdims=True)), np.sqrt((b * b).sum(axis=1, keepdims=True))
    c, g = cosine(a, b)[:, None], g[:, None]
    return g * (b / (na * nb) - c * a / na**2), g * (a / (na * nb) - c * b / nb**2)


def inverse_backward(g, a):
    y = np.linalg.inv(a)
    return -y.T @ g @ y.T


def pairwise(a, b):
    return (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1) - 2.0 * a @ b.T


def pairwise_backward(g, a, b):
    difference = a[:, None] - b
    return (2.0 * g[:, :, None] * difference).sum(axis=1), (-2.0 * g[:, :, None] * difference).sum(axis=0)


def maximum_of_rows_backward(g, x):
    return g[:, None] * (np.arange(x.shape[1]) == x.argmax(axis=1)[:, None])


def shared_among_ties(g, x):
    top = x == x.max(axis=1, keepdims=True)
    return g[:, None] * top / top.sum(axis=1, keepdims=True)


def in_order_backward(g, x):
    d = np.zeros_like(x)
    np.put_along_axis(d, x.argsort(axis=1), g, axis=1)
    return d


def triplet(a, p, n):
    return np.maximum(0.0, ((a - p) ** 2).sum(axis=1) - ((a - n) ** 2).sum(axis=1) + 0.2).mean()


def triplet_backward(g, a, p, n):
    on = (((a - p) ** 2).sum(axis=1) - ((a - n) ** 2).sum(axis=1) + 0.2 > 0.0)[:, None] * g / len(a)
    return 2.0 * on * (n - p), -2.0 * on * (a - p), 2.0 * on * (a - n)


def binary(z):
    t = LABELS > 1
    return (np.maximum(z, 0.0) - z * t + np.log1p(np.exp(-np.abs(z)))).mean()


def binary_backward(g, z):
    return g * (1.0 / (1.0 + np.exp(-z)) - (LABELS > 1)) / len(z)


def variance_backward(g, x):
    return g * 2.0 * (x - x.mean()) / x.size


def correlation(x, z):
    a, b = x - x.mean(), z - z.mean()
    return (a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum())


def correlation_backward(g, x, z):
    a, b = x - x.mean(), z - z.mean()
    root, c = np.sqrt((a * a).sum() * (b * b).sum()), correlation(x, z)
    return g * (b / root - c * a / (a * a).sum()), g * (a / root - c * b / (b * b).sum())


# name: (forward, backward, shapes of the inputs)
LAYERS = {
    "dense": (lambda x, W, b: x @ W + b, lambda g, x, W, b: (g @ W.T, x.T @ g, g.sum(axis=0)), ((7, 5), (5, 4), (4,))),
    "dense by einsum": (
        lambda x, W: np.einsum("ni,ij->nj", x, W),
        lambda g, x, W: (np.einsum("nj,ij->ni", g, W), np.einsum("ni,nj->ij", x, g)), ((7, 5), (5, 4)),
    ),
    "network with relu": (network, network_backward, ((7, 5), (5, 4), (4,), (4, 3), (3,))),
    "recurrent network": (recurrent, recurrent_backward, ((6, 2, 3), (3, 4), (4, 4))),
    "convolution": (convolution, convolution_backward, ((2, 11), (3,))),
    "softmax": (softmax, softmax_backward, ((7, 5),)),
    "softmax by Jacobian": (softmax, jacobian_backward, ((7, 5),)),
    "log-softmax": (log_softmax, lambda g, z: g - softmax(z) * g.sum(axis=1, keepdims=True), ((7, 5),)),
    "log-sum-exp": (lambda z: np.log(np.exp(z).sum(axis=1)), lambda g, z: g[:, None] * softmax(z), ((7, 5),)),
    "cross-entropy": (cross_entropy, cross_entropy_backward, ((7, 4),)),
    "cross-entropy by labels": (cross_entropy, cross_entropy_by_labels, ((7, 4),)),
    "binary cross-entropy": (binary, binary_backward, ((7,),)),
    "batch norm by steps": (batch_norm, batch_norm_by_steps, ((7, 5), (5,), (5,))),
    "batch norm at once": (batch_norm, batch_norm_at_once, ((7, 5), (5,), (5,))),
    "layer norm": (layer_norm, layer_norm_backward, ((7, 5), (5,), (5,))),
    "rms norm": (rms_norm, rms_norm_backward, ((7, 5), (5,))),
    "attention": (attention, attention_backward, ((3, 5), (4, 5), (4, 2))),
    "masked attention": (masked_attention, masked_attention_backward, ((3, 5), (4, 5), (4, 2))),
    "max pooling": (max_pool, max_pool_backward, ((3, 8),)),
    "maximum of rows": (lambda x: x.max(axis=1), maximum_of_rows_backward, ((7, 5),)),
    "maximum of rows, shared": (lambda x: x.max(axis=1), shared_among_ties, ((7, 5),)),
    "sorted rows": (lambda x: np.sort(x, axis=1), in_order_backward, ((7, 5),)),
    "larger of two": (lambda x, z: np.maximum(x, z), lambda g, x, z: (g * (x >= z), g * (x < z)), ((7, 5), (7, 5))),
    "larger, shared": (
        lambda x, z: np.maximum(x, z),
        lambda g, x, z: (g * ((x > z) + 0.5 * (x == z)), g * ((x < z) + 0.5 * (x == z))), ((7, 5), (7, 5)),
    ),
    "embedding": (lambda table: table[IDS], embedding_backward, ((5, 3),)),
    "multiclass hinge": (hinge, hinge_backward, ((7, 4),)),
    "triplet loss": (triplet, triplet_backward, ((7, 5), (7, 5), (7, 5))),
    "mean squared error": (
        lambda x, t: ((x - t) ** 2).mean(), lambda g, x, t: (g * 2 * (x - t) / x.size, g * 2 * (t - x) / x.size),
        ((7, 5), (7, 5)),
    ),
    "mean absolute error": (
        lambda x, t: np.abs(x - t).mean(), lambda g, x, t: (g * np.sign(x - t) / x.size, g * np.sign(t - x) / x.size),
        ((7, 5), (7, 5)),
    ),
    "cosine similarity": (cosine, cosine_backward, ((7, 5), (7, 5))),
    "correlation": (correlation, correlation_backward, ((11,), (11,))),
    "squared distances": (pairwise, pairwise_backward, ((7, 5), (4, 5))),
    "euclidean norm": (
        lambda x: np.sqrt((x * x).sum(axis=1)), lambda g, x: (g / np.sqrt((x * x).sum(axis=1)))[:, None] * x, ((7, 5),),
    ),
    "variance": (lambda x: x.var(), variance_backward, ((7, 5),)),
    "variance, other mean": (lambda x: (x * x).mean() - x.mean() ** 2, variance_backward, ((7, 5),)),
    "standard deviation": (lambda x: x.std(), lambda g, x: g * (x - x.mean()) / (x.size * x.std()), ((7, 5),)),
    "sum": (lambda x: x.sum(), lambda g, x: g * np.ones_like(x), ((7, 5),)),
    "sum of many": (lambda x: x.sum(axis=0), lambda g, x: np.tile(g, (1000, 1)), ((1000, 3),)),
    "bias of many rows": (lambda x, b: x + b, lambda g, x, b: (g, g.sum(axis=0)), ((1000, 3), (3,))),
    "bias of many rows, one by one": (lambda x, b: x + b, lambda g, x, b: (g, sum(list(g))), ((1000, 3), (3,))),
    "running sum": (lambda x: np.cumsum(x, axis=1), lambda g, x: np.cumsum(g[:, ::-1], axis=1)[:, ::-1], ((7, 5),)),
    "product": (lambda x: np.prod(x, axis=1), lambda g, x: (g * np.prod(x, axis=1))[:, None] / x, ((7, 5),)),
    "outer product": (lambda a, b: np.outer(a, b), lambda g, a, b: (g @ b, a @ g), ((5,), (4,))),
    "quadratic form": (lambda x, A: x @ A @ x, lambda g, x, A: (g * (A @ x + A.T @ x), g * np.outer(x, x)), ((5,), (5, 5))),
    "inverse": (np.linalg.inv, inverse_backward, ((4, 4),)),
    "determinant": (np.linalg.det, lambda g, a: g * np.linalg.det(a) * np.linalg.inv(a).T, ((4, 4),)),
    "a ratio": (lambda a, b: a / b, lambda g, a, b: (g / b, -g * a / b**2), ((7, 5), (7, 5))),
    "a difference of squares": (lambda a, b: a * a - b * b, lambda g, a, b: (2 * g * a, -2 * g * b), ((7, 5), (7, 5))),
    "a broadcast product": (
        lambda x, z: x * z, lambda g, x, z: ((g * z).sum(axis=1, keepdims=True), (g * x).sum(axis=0)), ((7, 1), (5,)),
    ),
}  # fmt: skip
