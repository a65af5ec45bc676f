"""Softmax cross-entropy, sigmoid binary cross-entropy, logistic regression, label smoothing."""

import numpy as np
from corpus.case import Case


def make_labels(rng, n=5, d=3):
    return rng.normal(size=(n, d)), rng.integers(0, d, size=n)


def make_one_hot(rng, n=5, d=3):
    return rng.normal(size=(n, d)), np.eye(d, dtype=int)[rng.integers(0, d, size=n)]


def make_linear(rng, n=5, d=7, c=3, reg=0.1):
    return rng.normal(size=(d, c)), rng.normal(size=(n, d)), rng.integers(0, c, size=n), reg


def make_targets(rng, n=5, d=3):
    return rng.normal(size=(n, d)), (rng.random((n, d)) > 0.5).astype(float)


def make_probabilities(rng, n=5, d=3):
    p = rng.uniform(0.05, 0.95, size=(n, d))
    return p, (rng.random((n, d)) > 0.5).astype(float)


def make_saturated(rng, n=5, d=3):
    p = rng.uniform(0.0, 1.0, size=(n, d))
    p[0, :2] = 0.004, 0.997
    return p, (rng.random((n, d)) > 0.5).astype(float)


def make_regression(rng, n=7, d=3):
    return rng.normal(size=d), np.array(0.3), rng.normal(size=(n, d)), rng.integers(0, 2, size=n)


def softmax(x):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# --- loss and gradient together ---------------------------------------------------------------------------------------


def softmax_loss(x, y):
    N = x.shape[0]
    probs = softmax(x)
    loss = -np.sum(np.log(probs[np.arange(N), y])) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx


def softmax_loss_not_averaged(x, y):
    N = x.shape[0]
    probs = softmax(x)
    loss = -np.sum(np.log(probs[np.arange(N), y])) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    return loss, dx


def softmax_loss_label_plus(x, y):
    N = x.shape[0]
    probs = softmax(x)
    loss = -np.mean(np.log(probs[np.arange(N), y]))
    dx = probs.copy()
    dx[np.arange(N), y] = 1 - dx[np.arange(N), y]
    return loss, dx / N


def softmax_loss_in_place(x, y):
    N = x.shape[0]
    x -= x.max(axis=1, keepdims=True)
    log_z = np.log(np.exp(x).sum(axis=1, keepdims=True))
    loss = -np.sum((x - log_z)[np.arange(N), y]) / N
    dx = np.exp(x - log_z)
    dx[np.arange(N), y] -= 1
    return loss, dx / N


def softmax_loss_fused_twice(x, y):
    N = x.shape[0]
    probs = softmax(x)
    loss = -np.mean(np.log(probs[np.arange(N), y]))
    dprobs = probs.copy()
    dprobs[np.arange(N), y] -= 1
    dprobs /= N
    dx = probs * (dprobs - np.sum(dprobs * probs, axis=1, keepdims=True))  # through the softmax
    return loss, dx


def softmax_loss_column_of_classes(x, y):
    N, C = x.shape
    probs = softmax(x)
    loss = -np.mean(np.log(probs[range(N), y]))
    dx = probs.copy()
    dx[range(N), y] -= 1
    return loss, dx / C


def softmax_regression(W, X, y, reg):
    num = X.shape[0]
    scores = X @ W
    p = softmax(scores)
    loss = -np.log(p[np.arange(num), y]).mean() + reg * np.sum(W * W)
    p[np.arange(num), y] -= 1
    dW = X.T @ p / num + 2 * reg * W
    return loss, dW


def softmax_regression_loops(W, X, y, reg):
    dW = np.zeros(W.shape)
    loss = 0.0
    for i in range(X.shape[0]):
        f = X[i] @ W
        f = f - f.max()
        p = np.exp(f) / np.sum(np.exp(f))
        loss -= np.log(p[y[i]])
        for j in range(W.shape[1]):
            dW[:, j] += (p[j] - (j == y[i])) * X[i]
    return loss / len(y) + reg * np.sum(W * W), dW / len(y) + 2 * reg * W


def softmax_regression_half(W, X, y, reg):
    num = X.shape[0]
    p = softmax(X @ W)
    loss = -np.log(p[np.arange(num), y]).mean() + reg * np.sum(W * W)
    p[np.arange(num), y] -= 1
    dW = X.T @ p / num + reg * W
    return loss, dW


def softmax_regression_loop_assigns(W, X, y, reg):
    dW = np.zeros(W.shape)
    loss = 0.0
    for i in range(X.shape[0]):
        f = X[i] @ W
        p = np.exp(f) / np.sum(np.exp(f))
        loss -= np.log(p[y[i]])
        for j in range(W.shape[1]):
            dW[:, j] += p[j] * X[i]
        dW[:, y[i]] = -X[i]
    return loss / len(y) + reg * np.sum(W * W), dW / len(y) + 2 * reg * W


# --- one-hot targets --------------------------------------------------------------------------------------------------


def cross_entropy(scores, onehot):
    logits = scores - scores.max(axis=1, keepdims=True)
    log_probs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return -np.sum(onehot * log_probs) / len(scores)


def cross_entropy_prime(scores, onehot):
    return (softmax(scores) - onehot) / len(scores)


def cross_entropy_prime_reversed(scores, onehot):
    return (onehot - softmax(scores)) / len(scores)


def cross_entropy_prime_buffer(scores, onehot):
    grad = np.zeros_like(onehot)
    grad[:] = softmax(scores) - onehot
    return grad / len(scores)


def cross_entropy_prime_floor(scores, onehot):
    probs = softmax(scores)
    return (probs - onehot) // len(scores)


def cross_entropy_prime_of_binary(scores, onehot):
    return (sigmoid(scores) - onehot) / len(scores)


def cross_entropy_prime_squared(scores, onehot):
    p = softmax(scores)
    return 2 * (p - onehot) * p * (1 - p) / len(scores)


def smooth_cross_entropy(scores, onehot):
    target = 0.9 * onehot + 0.1 / onehot.shape[1]
    return -np.mean(np.sum(target * np.log(softmax(scores)), axis=1))


def smooth_cross_entropy_prime(scores, onehot):
    return (softmax(scores) - 0.9 * onehot - 0.1 / onehot.shape[1]) / scores.shape[0]


def smooth_cross_entropy_prime_hard(scores, onehot):
    return (softmax(scores) - onehot) / scores.shape[0]


# --- binary -----------------------------------------------------------------------------------------------------------


def bce_logits(z, t):
    return np.mean(np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.where(z > 0, z, -z))))


def bce_logits_grad(z, t):
    return (sigmoid(z) - t) / z.size


def bce_logits_grad_twice(z, t):
    s = sigmoid(z)
    return (s - t) * s * (1 - s) / z.size


def bce_logits_grad_rows(z, t):
    return (sigmoid(z) - t) / z.shape[0]


def bce_logits_grad_no_target(z, t):
    return (sigmoid(z) - t) * t / z.size


class BinaryCrossEntropy:
    """Of probabilities."""

    def forward(self, p, y):
        self.p, self.y = p, y
        return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))

    def backward(self):
        return (1 - self.y) / (1 - self.p) - self.y / self.p


class BinaryCrossEntropyCommon(BinaryCrossEntropy):
    def backward(self):
        return (self.p - self.y) / (self.p * (1 - self.p))


class BinaryCrossEntropyPlus(BinaryCrossEntropy):
    def backward(self):
        return (1 - self.y) / (1 - self.p) + self.y / self.p


class BinaryCrossEntropyOneHalf(BinaryCrossEntropy):
    def backward(self):
        return -self.y / self.p


class BinaryCrossEntropyLogits(BinaryCrossEntropy):
    def backward(self):
        return self.p - self.y


def clipped_bce(p, y):
    q = np.clip(p, 0.01, 0.99)
    return -np.sum(y * np.log(q) + (1 - y) * np.log(1 - q))


def clipped_bce_prime(p, y):
    inside = (p > 0.01) & (p < 0.99)
    q = np.clip(p, 0.01, 0.99)
    return inside * (q - y) / (q * (1 - q))


def clipped_bce_prime_unclipped(p, y):
    return (p - y) / (p * (1 - p))


def clipped_bce_prime_passes(p, y):
    q = np.clip(p, 0.01, 0.99)
    return (1 - y) / (1 - q) - y / q


# --- logistic regression ----------------------------------------------------------------------------------------------


def logistic_cost(w, b, X, y):
    a = sigmoid(X @ w + b)
    m = len(y)
    cost = -(y @ np.log(a) + (1 - y) @ np.log(1 - a)) / m
    dz = a - y
    grads = {"dw": X.T @ dz / m, "db": np.sum(dz) / m}
    return cost, grads


def logistic_cost_bias_sum(w, b, X, y):
    a = sigmoid(X @ w + b)
    m = len(y)
    cost = -(y @ np.log(a) + (1 - y) @ np.log(1 - a)) / m
    dz = a - y
    grads = {"dw": X.T @ dz / m, "db": np.sum(dz)}
    return cost, grads


def logistic_cost_bias_vector(w, b, X, y):
    a = sigmoid(X @ w + b)
    m = len(y)
    cost = -(y @ np.log(a) + (1 - y) @ np.log(1 - a)) / m
    dz = (a - y) / m
    grads = {"dw": X.T @ dz, "db": dz}
    return cost, grads


def logistic_cost_activation(w, b, X, y):
    a = sigmoid(X @ w + b)
    m = len(y)
    cost = -(y @ np.log(a) + (1 - y) @ np.log(1 - a)) / m
    dz = (a - y) * a * (1 - a) / m
    grads = {"dw": X.T @ dz, "db": dz.sum()}
    return cost, grads


def case(name, forward, backward, kind="", argument="", site="", **more):
    more = {"style": "pair", "make": make_one_hot, "layer": "softmax cross-entropy", "static": (1,)} | more
    return Case(
        name=name, forward=forward, backward=backward, right=not kind, kind=kind, argument=argument, site=site, **more
    )


def loss(name, forward, *mistake, **more):
    return case(f"softmax-loss-{name}", forward, None, *mistake, style="loss", **({"make": make_labels} | more))


def weights(name, forward, *mistake):
    return loss(f"weights-{name}", forward, *mistake, make=make_linear, static=(1, 2, 3), layer="softmax regression")


def pair(name, prime, *mistake, **more):
    return case(f"cross-entropy-{name}", cross_entropy, prime, *mistake, **more)


def binary(name, forward, backward, *mistake, **more):
    more = {"make": make_probabilities, "layer": "binary cross-entropy"} | more
    return case(f"binary-{name}", forward, backward, *mistake, **more)


def logits(name, backward, *mistake, **more):
    return binary(f"logits-{name}", bce_logits, backward, *mistake, style="gradient", make=make_targets,
                  layer="sigmoid cross-entropy", **more)  # fmt: skip


def logistic(name, forward, *mistake, **more):
    return case(f"logistic-{name}", forward, None, *mistake, style="loss", make=make_regression, static=(2, 3),
                layer="logistic regression", **more)  # fmt: skip


CASES = [
    loss("labels", softmax_loss),
    loss("not-averaged", softmax_loss_not_averaged, "factor", "x", "y] -= 1"),
    loss("label-entry-reversed", softmax_loss_label_plus, "sign", "x", "= 1 - dx[np.arange(N), y]"),
    loss("writes-into-scores", softmax_loss_in_place, "mutation", "x", "x -= x.max", invisible="the scores looked at afterwards"),
    loss("through-softmax-twice", softmax_loss_fused_twice, "wrong-activation-derivative", "x", "dx = probs * (dprobs",
         also=("neighbouring-loss", "path-doubled")),
    loss("classes-for-batch", softmax_loss_column_of_classes, "factor", "x", "dx / C"),
    weights("vectorised", softmax_regression),
    weights("loops", softmax_regression_loops),
    weights("penalty-halved", softmax_regression_half, "regulariser", "W", "/ num + reg * W"),
    weights("label-column-assigned", softmax_regression_loop_assigns, "overwritten", "W", "dW[:, y[i]] = -X[i]"),
    pair("one-hot", cross_entropy_prime),
    pair("reversed", cross_entropy_prime_reversed, "sign", "scores", "onehot - softmax"),
    pair("buffer-of-labels", cross_entropy_prime_buffer, "integer-truncation", "scores", "np.zeros_like(onehot)"),
    pair("floor-division", cross_entropy_prime_floor, "integer-truncation", "scores", "// len(scores)"),
    pair("sigmoid-for-softmax", cross_entropy_prime_of_binary, "neighbouring-loss", "scores", "sigmoid(scores)",
         also=("wrong-activation-derivative", "wrong-operand")),
    pair("squared-error", cross_entropy_prime_squared, "neighbouring-loss", "scores", "return 2 * (p - onehot)",
         also=("softmax-elementwise",)),
    case("label-smoothing", smooth_cross_entropy, smooth_cross_entropy_prime, layer="label smoothing"),
    case("label-smoothing-forgotten", smooth_cross_entropy, smooth_cross_entropy_prime_hard, "neighbouring-loss", "scores",
         "- onehot", layer="label smoothing", also=("wrong-operand",)),
    logits("stable", bce_logits_grad),
    logits("sigmoid-prime-added", bce_logits_grad_twice, "neighbouring-loss", "z", "* s * (1 - s)",
           also=("wrong-activation-derivative", "path-doubled")),
    logits("divided-by-rows", bce_logits_grad_rows, "factor", "z", "z.shape[0]"),
    logits("positives-only", bce_logits_grad_no_target, "path-dropped", "z", "* t / z.size", also=("mask-forgotten",)),
    binary("class", BinaryCrossEntropy, "backward", style="class"),
    binary("class-common-denominator", BinaryCrossEntropyCommon, "backward", style="class"),
    binary("class-sign", BinaryCrossEntropyPlus, "backward", "sign", "p", "+ self.y / self.p", style="class"),
    binary("class-negatives-dropped", BinaryCrossEntropyOneHalf, "backward", "path-dropped", "p", "-self.y / self.p",
           style="class"),
    binary("class-gradient-of-logits", BinaryCrossEntropyLogits, "backward", "neighbouring-loss", "p", "self.p - self.y",
           style="class", also=("path-dropped", "wrong-activation-derivative")),
    binary("clipped", clipped_bce, clipped_bce_prime, make=make_saturated),
    binary("clip-missing", clipped_bce, clipped_bce_prime_unclipped, "clip-ignored", "p", "(p - y) / (p", make=make_saturated),
    binary("clip-differentiated-as-identity", clipped_bce, clipped_bce_prime_passes, "clip-ignored", "p", "q = np.clip",
           make=make_saturated),
    logistic("dict", logistic_cost),
    logistic("bias-not-averaged", logistic_cost_bias_sum, "factor", "b", '"db": np.sum(dz)'),
    logistic("bias-not-summed", logistic_cost_bias_vector, "reduction-missing", "b", '"db": dz', also=("contract",)),
    logistic("squared-error-delta", logistic_cost_activation, "neighbouring-loss", "w", "* a * (1 - a)",
             also=("wrong-activation-derivative",)),
]  # fmt: skip
