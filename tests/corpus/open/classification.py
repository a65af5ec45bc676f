"""Losses of classes: cross-entropy, hinge, focal, margins; the logistic and the linear classifier.  Knows NumPy alone."""

from functools import partial

import numpy as np
from corpus.case import Case
from corpus.open.inputs import one_hot, scaled, single


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# --- softmax loss of an assignment: loss and gradient at once


def softmax_loss(x, y):
    shifted = x - np.max(x, axis=1, keepdims=True)
    Z = np.sum(np.exp(shifted), axis=1, keepdims=True)
    log_probs = shifted - np.log(Z)
    N = x.shape[0]
    loss = -np.sum(log_probs[np.arange(N), y]) / N
    dx = np.exp(log_probs)
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx


def softmax_loss_not_averaged(x, y):
    N = x.shape[0]
    p = softmax(x)
    loss = -np.mean(np.log(p[np.arange(N), y]))
    dx = p.copy()
    dx[np.arange(N), y] -= 1
    return loss, dx


def softmax_loss_mutates(x, y):
    N = x.shape[0]
    x -= np.max(x, axis=1, keepdims=True)
    p = np.exp(x) / np.sum(np.exp(x), axis=1, keepdims=True)
    loss = -np.mean(np.log(p[np.arange(N), y]))
    p[np.arange(N), y] -= 1
    return loss, p / N


def softmax_loss_averaged_twice(x, y):
    N, C = x.shape
    p = softmax(x)
    loss = -np.mean(np.log(p[np.arange(N), y]))
    dx = (p - np.eye(C)[y]) / N
    dx /= N
    return loss, dx


def softmax_loss_labels_minus(x, y):
    N, C = x.shape
    p = softmax(x)
    loss = -np.mean(np.log(p[np.arange(N), y]))
    dx = (np.eye(C)[y] - p) / N
    return loss, dx


def softmax_loss_fused_twice(x, y):
    """p - y goes once more through the softmax."""
    N, C = x.shape
    p = softmax(x)
    loss = -np.mean(np.log(p[np.arange(N), y]))
    dscores = (p - np.eye(C)[y]) / N
    dx = p * (dscores - (dscores * p).sum(1, keepdims=True))
    return loss, dx


def softmax_loss_true_class(x, y):
    N = x.shape[0]
    p = softmax(x)
    loss = -np.mean(np.log(p[np.arange(N), y]))
    dx = np.zeros_like(p)
    dx[np.arange(N), y] = (p[np.arange(N), y] - 1) / N
    return loss, dx


def scores_of(rng, n=5, d=3):
    return rng.normal(size=(n, d)), rng.integers(0, d, n)


# --- cross-entropy of probabilities, a loss object


class CrossEntropy:
    def loss(self, y, p):
        p = np.clip(p, 1e-15, 1 - 1e-15)
        return -y * np.log(p) - (1 - y) * np.log(1 - p)

    def gradient(self, y, p):
        p = np.clip(p, 1e-15, 1 - 1e-15)
        return -(y / p) + (1 - y) / (1 - p)

    def gradient_categorical(self, y, p):
        p = np.clip(p, 1e-15, 1 - 1e-15)
        return -y / p

    def gradient_of_logits(self, y, p):
        return p - y

    def gradient_swapped(self, y, p):
        p = np.clip(p, 1e-15, 1 - 1e-15)
        return -(p / y) + (1 - p) / (1 - y)


def soft_labels(rng, n=5, d=3):
    return rng.uniform(0.1, 0.9, (n, d)), rng.uniform(0.05, 0.95, (n, d))


def hard_labels(rng, n=5, d=3):
    return one_hot(rng.integers(0, d, n), d), softmax(rng.normal(size=(n, d)))


def bce(y, p, eps=0.1):
    """The probabilities are clipped, so that no logarithm is infinite."""
    q = np.clip(p, eps, 1 - eps)
    return -np.mean(y * np.log(q) + (1 - y) * np.log(1 - q))


def bce_grad(y, p, eps=0.1):
    inside = (p > eps) & (p < 1 - eps)
    q = np.clip(p, eps, 1 - eps)
    return np.where(inside, (q - y) / (q * (1 - q)), 0.0) / y.size


def bce_grad_clip_forgotten(y, p, eps=0.1):
    q = np.clip(p, eps, 1 - eps)
    return (q - y) / (q * (1 - q)) / y.size


def bce_grad_unclipped(y, p, eps=0.1):
    return (p - y) / (p * (1 - p)) / y.size


def unsure(rng, n=7):
    return rng.integers(0, 2, n).astype(float), rng.uniform(0.01, 0.99, n), 0.1


def cross_entropy_eps(p, y, eps=1e-2):
    return -np.sum(y * np.log(p + eps)) / len(p)


def cross_entropy_eps_grad(p, y, eps=1e-2):
    return -y / (p + eps) / len(p)


def cross_entropy_eps_grad_forgotten(p, y, eps=1e-2):
    return -y / p / len(p)


def distributions(rng, n=5, d=3):
    return softmax(2.0 * rng.normal(size=(n, d))), one_hot(rng.integers(0, d, n), d), 1e-2


# --- binary cross-entropy of logits


def bce_logits(z, y):
    return np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))))


def bce_logits_grad(z, y):
    return (0.5 * (1 + np.tanh(0.5 * z)) - y) / z.size


def bce_logits_grad_times_slope(z, y):
    """The derivative of the squared error: the slope of the sigmoid does not cancel there."""
    p = 1 / (1 + np.exp(-z))
    return (p - y) * p * (1 - p) / z.size


def bce_logits_grad_overflow(z, y):
    p = np.exp(z) / (1 + np.exp(z))
    return (p - y) / z.size


def logits(rng, n=7):
    return rng.normal(size=n), rng.integers(0, 2, n).astype(float)


# fmt: off
soft = partial(Case, layer="softmax cross-entropy", backward=None, style="loss", make=scores_of, static=(1,))
binary = partial(Case, layer="cross-entropy of probabilities", forward=CrossEntropy().loss, style="pair", make=soft_labels,
                 static=(0,),
                 note="a loss for each entry, and its derivative")
clipped = partial(Case, layer="clipped cross-entropy", forward=bce, style="pair", make=unsure, static=(0, 2))
logarithm = partial(Case, layer="cross-entropy with eps", forward=cross_entropy_eps, style="gradient", make=distributions,
                    static=(1, 2))
logit = partial(Case, layer="binary cross-entropy of logits", forward=bce_logits, style="pair", make=logits, static=(1,))
CASES = [
    soft(name="softmax-loss", forward=softmax_loss, right=True),
    soft(name="softmax-loss-single", forward=softmax_loss, make=single(scores_of), right=True),
    soft(name="softmax-loss-at-thousands", forward=softmax_loss, make=scaled(scores_of, 1000.0), right=True),
    soft(name="softmax-loss-tiny-scores", forward=softmax_loss, make=scaled(scores_of, 1e-8), right=True),
    binary(name="cross-entropy-object", backward=CrossEntropy().gradient, right=True),
    clipped(name="cross-entropy-clipped", backward=bce_grad, right=True),
    logarithm(name="cross-entropy-with-eps", backward=cross_entropy_eps_grad, right=True),
    logit(name="binary-cross-entropy-of-logits", backward=bce_logits_grad, right=True),
    logit(name="binary-cross-entropy-of-huge-logits", backward=bce_logits_grad, make=scaled(logits, 900.0, 0), right=True),
    soft(name="softmax-loss-not-averaged", forward=softmax_loss_not_averaged, right=False, kind="factor", argument="x",
         site="dx[np.arange(N), y] -= 1", note="1/N belongs after this line"),
    soft(name="softmax-loss-shifts-scores-in-place", forward=softmax_loss_mutates, right=False, kind="mutation", argument="x",
         site="x -= np.max("),
    soft(name="softmax-loss-averaged-twice", forward=softmax_loss_averaged_twice, right=False, kind="factor", argument="x",
         site="dx /= N"),
    soft(name="softmax-loss-labels-minus-predictions", forward=softmax_loss_labels_minus, right=False, kind="sign", argument="x",
         site="(np.eye(C)[y] - p)"),
    soft(name="softmax-loss-fused-twice", forward=softmax_loss_fused_twice, right=False, kind="path-doubled", argument="x",
         site="dx = p * (dscores", also=("wrong-activation-derivative", "neighbouring-loss")),
    soft(name="softmax-loss-true-class-only", forward=softmax_loss_true_class, right=False, kind="path-dropped", argument="x",
         site="dx[np.arange(N), y] = ", also=("softmax-elementwise", "mask-forgotten")),
    binary(name="cross-entropy-object-categorical", backward=CrossEntropy().gradient_categorical, right=False,
           kind="neighbouring-loss", argument="p", site="return -y / p", also=("path-dropped",)),
    binary(name="cross-entropy-object-of-logits", backward=CrossEntropy().gradient_of_logits, make=hard_labels, right=False,
           kind="neighbouring-loss", argument="p", site="return p - y", also=("wrong-activation-derivative", "path-doubled")),
    binary(name="cross-entropy-object-arguments-swapped", backward=CrossEntropy().gradient_swapped, right=False,
           kind="wrong-operand", argument="p", site="-(p / y) + (1 - p) / (1 - y)", also=("swapped-outputs",)),
    clipped(name="cross-entropy-clip-forgotten", backward=bce_grad_clip_forgotten, right=False, kind="clip-ignored", argument="p",
            site="return (q - y) / (q * (1 - q))"),
    clipped(name="cross-entropy-never-clipped", backward=bce_grad_unclipped, right=False, kind="clip-ignored", argument="p",
            site="return (p - y) / (p * (1 - p))"),
    logarithm(name="cross-entropy-eps-forgotten", backward=cross_entropy_eps_grad_forgotten, right=False, kind="ddof-or-eps",
              argument="p", site="-y / p", also=("clip-ignored",)),
    logit(name="binary-cross-entropy-times-slope", backward=bce_logits_grad_times_slope, right=False, kind="neighbouring-loss",
          argument="z", site="(p - y) * p * (1 - p)", also=("path-doubled", "wrong-activation-derivative"),
          note="the derivative of half the squared error"),
    logit(name="binary-cross-entropy-overflows", backward=bce_logits_grad_overflow, make=scaled(logits, 2000.0, 0), right=False,
          kind="overflow", argument="z", site="np.exp(z) / (1 + np.exp(z))"),
]
# fmt: on
