"""Losses with a margin: binary and multiclass support vector machines."""

import numpy as np
from corpus.case import Case


def make_linear(rng, n=7, d=5, c=3, reg=0.2):
    return rng.normal(size=(d, c)), rng.normal(size=(n, d)), rng.integers(0, c, size=n), reg


def make_scores(rng, n=7, d=3):
    return rng.normal(size=(n, d)), rng.integers(0, d, size=n)


def make_two_classes(rng, n=11, d=3, C=0.7):
    return 2.0 * rng.normal(size=d), np.array(0.1), rng.normal(size=(n, d)), rng.choice([-1, 1], size=n), C


# --- multiclass -------------------------------------------------------------------------------------------------------


def svm_loss_naive(W, X, y, reg):
    dW = np.zeros(W.shape)
    loss = 0.0
    for i in range(X.shape[0]):
        scores = X[i] @ W
        for j in range(W.shape[1]):
            if j == y[i]:
                continue
            margin = scores[j] - scores[y[i]] + 1
            if margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    loss = loss / len(y) + reg * np.sum(W * W)
    dW = dW / len(y) + 2 * reg * W
    return loss, dW


def svm_loss_vectorized(W, X, y, reg):
    rows = np.arange(len(y))
    scores = X @ W
    margins = np.maximum(0, scores - scores[rows, y][:, None] + 1)
    margins[rows, y] = 0
    loss = margins.sum() / len(y) + reg * np.sum(W * W)
    mask = (margins > 0).astype(float)
    mask[rows, y] = -mask.sum(axis=1)
    return loss, X.T @ mask / len(y) + 2 * reg * W


def svm_loss_right_class_forgotten(W, X, y, reg):
    dW = np.zeros(W.shape)
    loss = 0.0
    for i in range(X.shape[0]):
        scores = X[i] @ W
        for j in range(W.shape[1]):
            margin = scores[j] - scores[y[i]] + 1
            if j != y[i] and margin > 0:
                loss += margin
                dW[:, j] += X[i]
    loss = loss / len(y) + reg * np.sum(W * W)
    return loss, dW / len(y) + 2 * reg * W


def svm_loss_counts_once(W, X, y, reg):
    rows = np.arange(len(y))
    scores = X @ W
    margins = np.maximum(0, scores - scores[rows, y][:, None] + 1)
    margins[rows, y] = 0
    loss = margins.sum() / len(y) + reg * np.sum(W * W)
    mask = (margins > 0).astype(float)
    mask[rows, y] = -1
    return loss, X.T @ mask / len(y) + 2 * reg * W


def svm_loss_margins_for_mask(W, X, y, reg):
    rows = np.arange(len(y))
    scores = X @ W
    margins = np.maximum(0, scores - scores[rows, y][:, None] + 1)
    margins[rows, y] = 0
    loss = margins.sum() / len(y) + reg * np.sum(W * W)
    dscores = margins.copy()
    dscores[rows, y] = -dscores.sum(axis=1)
    return loss, X.T @ dscores / len(y) + 2 * reg * W


def svm_loss_reg_not_in_loss(W, X, y, reg):
    rows = np.arange(len(y))
    scores = X @ W
    margins = np.maximum(0, scores - scores[rows, y][:, None] + 1)
    margins[rows, y] = 0
    loss = margins.sum() / len(y)
    mask = (margins > 0) * 1.0
    mask[rows, y] = -mask.sum(axis=1)
    dW = X.T @ mask / len(y)
    dW += 2 * reg * W
    return loss, dW


def svm_loss_averaged_twice(W, X, y, reg):
    num = len(y)
    rows = np.arange(num)
    scores = X @ W
    margins = np.maximum(0, scores - scores[rows, y][:, None] + 1)
    margins[rows, y] = 0
    loss = margins.sum() / num + reg * np.sum(W * W)
    mask = (margins > 0) / num
    mask[rows, y] = -mask.sum(axis=1)
    return loss, X.T @ mask / num + 2 * reg * W


def svm_scores(x, y):
    """Of scores alone."""
    N = len(x)
    correct = x[np.arange(N), y]
    margins = np.maximum(0, x - correct[:, None] + 1.0)
    margins[np.arange(N), y] = 0
    num_pos = np.sum(margins > 0, axis=1)
    dx = np.zeros(x.shape)
    dx[margins > 0] = 1
    dx[np.arange(N), y] -= num_pos
    return np.sum(margins) / N, dx / N


def svm_scores_own_class_left_in(x, y):
    N = len(x)
    correct = x[np.arange(N), y]
    margins = np.maximum(0, x - correct[:, None] + 1.0)
    loss = (np.sum(margins) - N) / N  # the right class has margin 1
    dx = (margins > 0).astype(float)
    dx[np.arange(N), y] -= np.sum(margins > 0, axis=1)
    return loss, dx / N


def svm_scores_count_with_own_class(x, y):
    N = len(x)
    correct = x[np.arange(N), y]
    margins = np.maximum(0, x - correct[:, None] + 1.0)
    num_pos = np.sum(margins > 0, axis=1)
    margins[np.arange(N), y] = 0
    dx = (margins > 0).astype(float)
    dx[np.arange(N), y] = -num_pos
    return np.sum(margins) / N, dx / N


def svm_scores_class_buffer(x, y):
    N, C = x.shape
    correct = x[np.arange(N), y]
    margins = np.maximum(0, x - correct[:, None] + 1.0)
    margins[np.arange(N), y] = 0
    dx = np.zeros((N, C), dtype=np.int64)
    dx[margins > 0] = 1
    dx[np.arange(N), y] -= np.sum(margins > 0, axis=1)
    dx //= N
    return np.sum(margins) / N, dx


# --- binary -----------------------------------------------------------------------------------------------------------


def hinge(w, b, X, t, C):
    return 0.5 * w @ w + C * np.sum(np.maximum(0, 1 - t * (X @ w + b)))


def hinge_gradient(w, b, X, t, C):
    active = t * (X @ w + b) < 1
    return w - C * (t * active) @ X, -C * np.sum(t[active])


def hinge_gradient_loop(w, b, X, t, C):
    dw, db = w.copy(), 0.0
    for xi, ti in zip(X, t):
        if 1 - ti * (xi @ w + b) > 0:
            dw -= C * ti * xi
            db -= C * ti
    return dw, np.array(db)


def hinge_gradient_alias(w, b, X, t, C):
    dw, db = w, 0.0
    for xi, ti in zip(X, t):
        if 1 - ti * (xi @ w + b) > 0:
            dw -= C * ti * xi
            db -= C * ti
    return dw, np.array(db)


def hinge_gradient_all(w, b, X, t, C):
    dw = w - C * t @ X
    db = -C * np.sum(t)
    return dw, db


def hinge_gradient_misclassified(w, b, X, t, C):
    active = t * (X @ w + b) < 0
    return w - C * (t * active) @ X, -C * np.sum(t[active])


def hinge_gradient_no_label(w, b, X, t, C):
    active = t * (X @ w + b) < 1
    return w - C * active @ X, -C * np.sum(t[active])


def squared_hinge(w, b, X, t, C):
    return 0.5 * w @ w + C * np.sum(np.maximum(0, 1 - t * (X @ w + b)) ** 2)


def squared_hinge_gradient(w, b, X, t, C):
    slack = np.maximum(0, 1 - t * (X @ w + b))
    return w - 2 * C * X.T @ (t * slack), -2 * C * np.sum(t * slack)


def squared_hinge_gradient_of_hinge(w, b, X, t, C):
    slack = np.maximum(0, 1 - t * (X @ w + b))
    active = slack > 0
    return w - C * X.T @ (t * active), -C * np.sum(t * active)


def case(name, layer, forward, backward, kind="", argument="", site="", **more):
    return Case(
        name=name, layer=layer, forward=forward, backward=backward, right=not kind, kind=kind, argument=argument,
        site=site, **more
    )  # fmt: skip


def svm(name, forward, *mistake, **more):
    return case(
        f"svm-{name}",
        "multiclass hinge",
        forward,
        None,
        *mistake,
        style="loss",
        make=make_linear,
        static=(1, 2, 3),
        **more,
    )


def scores(name, forward, *mistake, **more):
    return case(
        f"svm-scores-{name}",
        "multiclass hinge",
        forward,
        None,
        *mistake,
        style="loss",
        make=make_scores,
        static=(1,),
        **more,
    )


def two(name, backward, *mistake, forward=hinge, **more):
    return case(f"hinge-{name}", "binary hinge", forward, backward, *mistake, style="gradient", make=make_two_classes,
                static=(2, 3, 4), **more)  # fmt: skip


CASES = [
    svm("loops", svm_loss_naive),
    svm("vectorised", svm_loss_vectorized),
    svm("right-class-forgotten", svm_loss_right_class_forgotten, "path-dropped", "W", "dW[:, j] += X[i]"),
    svm("right-class-counts-once", svm_loss_counts_once, "reduction-missing", "W", "mask[rows, y] = -1",
        also=("overwritten", "factor")),
    svm("margins-for-mask", svm_loss_margins_for_mask, "neighbouring-loss", "W", "dscores = margins.copy()",
        also=("wrong-operand", "factor")),
    svm("penalty-not-in-loss", svm_loss_reg_not_in_loss, "regulariser", "W", "dW += 2 * reg * W"),
    svm("averaged-twice", svm_loss_averaged_twice, "factor", "W", "mask = (margins > 0) / num"),
    scores("counts", svm_scores),
    scores("own-class-left-in", svm_scores_own_class_left_in, note="right: the own class adds and takes away 1"),
    scores("own-class-counted", svm_scores_count_with_own_class, "mask-forgotten", "x", "= -num_pos", also=("path-doubled",)),
    scores("whole-numbers", svm_scores_class_buffer, "integer-truncation", "x", "dx //= N"),
    two("vectorised", hinge_gradient),
    two("loop", hinge_gradient_loop),
    two("gradient-is-the-weights", hinge_gradient_alias, "mutation", "w", "dw, db = w, 0.0", also=("updated-weights",),
        note="the first step moves w itself, and later examples are judged by it"),
    two("all-active", hinge_gradient_all, "mask-forgotten", "w", "dw = w - C * t @ X", also=("clip-ignored",)),
    two("misclassified-alone", hinge_gradient_misclassified, "neighbouring-loss", "w", "active = t * (X @ w + b) < 0"),
    two("label-missing", hinge_gradient_no_label, "wrong-operand", "w", "C * active @ X", also=("sign",)),
    two("squared", squared_hinge_gradient, forward=squared_hinge),
    two("squared-as-plain", squared_hinge_gradient_of_hinge, "neighbouring-loss", "w", "(t * active), -C", forward=squared_hinge),
]  # fmt: skip
