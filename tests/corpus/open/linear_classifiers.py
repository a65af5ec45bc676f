"""Linear classifiers with their losses: support vectors, and logistic regression.  Knows NumPy alone."""

from functools import partial

import numpy as np
from corpus.case import Case

# --- hinge losses of a linear classifier


def svm_loss(W, X, y, reg):
    """Mean hinge plus reg * sum of squares."""
    num_train = X.shape[0]
    scores = X.dot(W)
    correct = scores[np.arange(num_train), y][:, np.newaxis]
    margins = np.maximum(0, scores - correct + 1.0)
    margins[np.arange(num_train), y] = 0
    loss = np.sum(margins) / num_train + reg * np.sum(W * W)
    binary = (margins > 0).astype(X.dtype)
    binary[np.arange(num_train), y] = -np.sum(binary, axis=1)
    dW = X.T.dot(binary) / num_train + 2 * reg * W
    return loss, dW


def svm_loss_loop(W, X, y, reg):
    dW = np.zeros_like(W)
    loss = 0.0
    for i in range(X.shape[0]):
        s = X[i].dot(W)
        for j in range(W.shape[1]):
            if j == y[i]:
                continue
            margin = s[j] - s[y[i]] + 1
            if margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    loss = loss / X.shape[0] + reg * np.sum(W**2)
    return loss, dW / X.shape[0] + 2 * reg * W


def svm_loss_unregularised(W, X, y, reg):
    """The regulariser is in the gradient, not in the loss."""
    num_train = X.shape[0]
    scores = X.dot(W)
    margins = np.maximum(0, scores - scores[np.arange(num_train), y][:, None] + 1.0)
    margins[np.arange(num_train), y] = 0
    loss = np.mean(np.sum(margins, axis=1))
    mask = (margins > 0).astype(float)
    mask[np.arange(num_train), y] = -mask.sum(axis=1)
    dW = X.T.dot(mask) / num_train
    dW += 2 * reg * W
    return loss, dW


def svm_loss_half_regulariser(W, X, y, reg):
    num_train = X.shape[0]
    scores = X.dot(W)
    margins = np.maximum(0, scores - scores[np.arange(num_train), y][:, None] + 1.0)
    margins[np.arange(num_train), y] = 0
    loss = np.mean(np.sum(margins, axis=1)) + reg * np.sum(W * W)
    mask = (margins > 0).astype(float)
    mask[np.arange(num_train), y] = -mask.sum(axis=1)
    dW = X.T.dot(mask) / num_train
    dW += reg * W
    return loss, dW


def svm_loss_true_class_once(W, X, y, reg):
    """The true class is pulled once, however many classes are too close."""
    num_train = X.shape[0]
    scores = X.dot(W)
    margins = np.maximum(0, scores - scores[np.arange(num_train), y][:, None] + 1.0)
    margins[np.arange(num_train), y] = 0
    loss = np.mean(np.sum(margins, axis=1)) + reg * np.sum(W * W)
    mask = (margins > 0).astype(float)
    mask[np.arange(num_train), y] = -1
    return loss, X.T.dot(mask) / num_train + 2 * reg * W


def svm_loss_true_class_forgotten(W, X, y, reg):
    dW = np.zeros_like(W)
    loss = 0.0
    for i in range(X.shape[0]):
        s = X[i].dot(W)
        for j in range(W.shape[1]):
            margin = s[j] - s[y[i]] + 1
            if j != y[i] and margin > 0:
                loss += margin
                dW[:, j] += X[i]
    loss = loss / X.shape[0] + reg * np.sum(W**2)
    return loss, dW / X.shape[0] + 2 * reg * W


def classifier(rng, n=7, d=3, m=5):
    return rng.normal(size=(d, m)), rng.normal(size=(n, d)), rng.integers(0, m, n), 0.3


# --- logistic regression, examples in columns


def propagate(w, b, X, Y):
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    cost = -1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    grads = {"dw": 1 / m * np.dot(X, (A - Y).T), "db": 1 / m * np.sum(A - Y)}
    return cost, grads


def propagate_bias_not_averaged(w, b, X, Y):
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    cost = -1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    dw = 1 / m * np.dot(X, (A - Y).T)
    db = np.sum(A - Y)
    return cost, {"dw": dw, "db": db}


def propagate_summed_cost(w, b, X, Y):
    """The cost is a sum, the gradient is that of a mean."""
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    cost = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    dw = np.dot(X, (A - Y).T) / m
    db = np.sum(A - Y)
    return cost, {"dw": dw, "db": db}


def propagate_forgets_bias(w, b, X, Y):
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    cost = -1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    grads = {"dw": 1 / m * np.dot(X, (A - Y).T)}
    return cost, grads


def propagate_labels_first(w, b, X, Y):
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    cost = -1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    dZ = Y - A
    return cost, {"dw": np.dot(X, dZ.T) / m, "db": np.sum(dZ) / m}


def logistic_inputs(rng, n=7, d=3):
    return rng.normal(size=(d, 1)), 0.3, rng.normal(size=(d, n)), rng.integers(0, 2, (1, n)).astype(float)


def zero_logistic_inputs(rng, n=7, d=3):
    return (np.zeros((d, 1)), 0.0, *logistic_inputs(rng, n, d)[2:])


# fmt: off
svm = partial(Case, layer="multiclass hinge", backward=None, style="loss", make=classifier, static=(1, 2, 3))
logistic = partial(Case, layer="logistic regression", backward=None, style="loss", make=logistic_inputs, static=(2, 3))
CASES = [
    svm(name="hinge", forward=svm_loss, right=True),
    svm(name="hinge-loop", forward=svm_loss_loop, right=True),
    logistic(name="logistic-regression", forward=propagate, right=True),
    logistic(name="logistic-regression-at-zero", forward=propagate, make=zero_logistic_inputs, right=True),
    svm(name="hinge-regulariser-not-in-loss", forward=svm_loss_unregularised, right=False, kind="regulariser", argument="W",
        site="dW += 2 * reg * W"),
    svm(name="hinge-half-regulariser", forward=svm_loss_half_regulariser, right=False, kind="regulariser", argument="W",
        site="dW += reg * W", also=("factor",)),
    svm(name="hinge-true-class-once", forward=svm_loss_true_class_once, right=False, kind="reduction-missing", argument="W",
        site="mask[np.arange(num_train), y] = -1", also=("overwritten", "path-dropped")),
    svm(name="hinge-true-class-forgotten", forward=svm_loss_true_class_forgotten, right=False, kind="path-dropped", argument="W",
        site="dW[:, j] += X[i]"),
    logistic(name="logistic-regression-bias-summed", forward=propagate_bias_not_averaged, right=False, kind="factor",
             argument="b",
             site="db = np.sum(A - Y)"),
    logistic(name="logistic-regression-summed-cost", forward=propagate_summed_cost, right=False, kind="factor", argument="w",
             site="dw = np.dot(X, (A - Y).T) / m"),
    logistic(name="logistic-regression-bias-missing", forward=propagate_forgets_bias, right=False, kind="contract", argument="b",
             site='grads = {"dw"'),
    logistic(name="logistic-regression-labels-first", forward=propagate_labels_first, right=False, kind="sign", argument="w",
             site="dZ = Y - A"),
]
# fmt: on
