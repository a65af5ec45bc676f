"""Losses of regression, and what is added to them: squared, absolute, Huber, log-cosh, pinball; ridge, lasso, elastic net."""

import numpy as np
from corpus.case import Case


def make_columns(rng, n=5, d=3):
    """(targets, predictions), in the order of tutorials."""
    return rng.normal(size=(n, d)), rng.normal(size=(n, d))


def make_wide(rng, n=7, d=3):
    return 3.0 * rng.normal(size=(n, d)), 3.0 * rng.normal(size=(n, d))


def make_whole(rng, n=5, d=3):
    return rng.integers(0, 5, size=(n, d)), rng.integers(5, 9, size=(n, d))


def make_exact(rng, n=5, d=3):
    y = np.round(rng.normal(size=(n, d)), 1)
    prediction = y + np.round(rng.normal(size=(n, d)), 1)
    prediction[:2] = y[:2]
    return y, prediction


def make_line(rng, n=7, d=3, lam=0.3):
    return rng.normal(size=d), np.array(0.4), rng.normal(size=(n, d)), rng.normal(size=n), lam


def make_network(rng, n=5, d=3, h=7, reg=0.05):
    weights = rng.normal(size=(d, h)), rng.normal(size=h), rng.normal(size=(h, 2))
    return *weights, rng.normal(size=(n, d)), rng.normal(size=(n, 2)), reg


# --- pairs, as tutorials have them ------------------------------------------------------------------------------------


def mse(y_true, y_pred):
    return np.mean(np.power(y_true - y_pred, 2))


def mse_prime(y_true, y_pred):
    return 2 * (y_pred - y_true) / y_true.size


def mse_prime_mean_of_ones(y_true, y_pred):
    weights = np.full(y_pred.shape, 1.0 / y_pred.size)
    return -2.0 * weights * (y_true - y_pred)


def mse_prime_rows(y_true, y_pred):
    return 2 * (y_pred - y_true) / len(y_true)


def mse_prime_no_two(y_true, y_pred):
    return (y_pred - y_true) / y_true.size


def mse_prime_order(y_true, y_pred):
    return 2 * (y_true - y_pred) / y_true.size


def mse_prime_whole_numbers(y_true, y_pred):
    n = y_true.size
    return 2 * (y_pred - y_true) // n


def mse_prime_summed(y_true, y_pred):
    return np.sum(2 * (y_pred - y_true)) / y_true.size


def mse_prime_one_by_one(y_true, y_pred):
    grad = np.empty(y_pred.shape)
    for index, target in np.ndenumerate(y_true):
        grad[index] = (y_pred[index] - target) / (0.5 * y_pred.size)
    return grad


def mae(y_true, y_pred):
    return np.mean(np.abs(y_true - y_pred))


def mae_prime(y_true, y_pred):
    return np.sign(y_pred - y_true) / y_pred.size


def mae_prime_where(y_true, y_pred):
    return np.where(y_pred > y_true, 1, -1) / y_pred.size


def mae_prime_quotient(y_true, y_pred):
    diff = y_pred - y_true
    return diff / np.abs(diff) / diff.size


def mae_prime_squared(y_true, y_pred):
    return 2 * (y_pred - y_true) / y_pred.size


def mae_prime_buffer(y_true, y_pred):
    grad = np.zeros(y_pred.shape, dtype=int)
    grad[y_pred > y_true] = 1 / y_pred.size
    grad[y_pred < y_true] = -1 / y_pred.size
    return grad


def mae_prime_other_order(y_true, y_pred):
    return np.sign(y_true - y_pred) / y_pred.size


def huber(y, f):
    r = f - y
    return np.sum(np.where(np.abs(r) <= 1.5, 0.5 * r**2, 1.5 * np.abs(r) - 0.5 * 1.5**2))


def huber_prime(y, f):
    return np.clip(f - y, -1.5, 1.5)


def huber_prime_where(y, f):
    r = f - y
    return np.where(np.abs(r) <= 1.5, r, 1.5 * np.sign(r))


def huber_prime_sign(y, f):
    r = f - y
    return np.where(np.abs(r) <= 1.5, r, 1.5)


def huber_prime_unit(y, f):
    r = f - y
    return np.where(np.abs(r) <= 1.5, r, np.sign(r))


def huber_prime_quadratic(y, f):
    return f - y


def huber_prime_smooth(y, f):
    r = f - y
    return r / np.sqrt(1 + (r / 1.5) ** 2)


def log_cosh(y, f):
    r = np.where(f > y, f - y, y - f)
    return np.sum(r + np.log1p(np.exp(-2 * r)) - np.log(2))


def log_cosh_prime(y, f):
    return np.tanh(f - y)


def log_cosh_prime_huge(y, f):
    return np.sinh(f - y) / np.cosh(f - y)


def log_cosh_prime_squared(y, f):
    return 1 - np.tanh(f - y) ** 2


class Pinball:
    """The loss of the 0.9 quantile."""

    def forward(self, prediction, target):
        self.e = target - prediction
        return np.mean(np.maximum(0.9 * self.e, -0.1 * self.e))

    def backward(self):
        return np.where(self.e > 0, -0.9, 0.1) / self.e.size


class PinballOtherTail(Pinball):
    def backward(self):
        return np.where(self.e > 0, -0.1, 0.9) / self.e.size


class PinballTargetSide(Pinball):
    def backward(self):
        return np.where(self.e > 0, 0.9, -0.1) / self.e.size


# --- a line with a penalty --------------------------------------------------------------------------------------------


def ridge(w, b, X, y, lam):
    r = X @ w + b - y
    loss = 0.5 * np.mean(r**2) + 0.5 * lam * (w @ w)
    return loss, (X.T @ r / len(y) + lam * w, np.mean(r))


def ridge_penalty_forgotten(w, b, X, y, lam):
    r = X @ w + b - y
    loss = 0.5 * np.mean(r**2) + 0.5 * lam * (w @ w)
    return loss, (X.T @ r / len(y), np.mean(r))


def ridge_penalty_doubled(w, b, X, y, lam):
    r = X @ w + b - y
    loss = 0.5 * np.mean(r**2) + 0.5 * lam * (w @ w)
    dw = X.T @ r / len(y) + 2 * lam * w
    return loss, (dw, np.mean(r))


def ridge_bias_decays(w, b, X, y, lam):
    r = X @ w + b - y
    loss = 0.5 * np.mean(r**2) + 0.5 * lam * (w @ w)
    return loss, (X.T @ r / len(y) + lam * w, np.mean(r) + lam * b)


def ridge_penalty_divided(w, b, X, y, lam):
    m = len(y)
    r = X @ w + b - y
    loss = 0.5 * np.mean(r**2) + 0.5 * lam * (w @ w)
    return loss, ((X.T @ r + lam * w) / m, np.mean(r))


def ridge_not_in_loss(w, b, X, y, lam):
    r = X @ w + b - y
    loss = 0.5 * np.mean(r**2)  # the penalty is decay, and not shown
    return loss, (X.T @ r / len(y) + lam * w, np.mean(r))


def lasso(w, b, X, y, lam):
    r = X @ w + b - y
    loss = np.mean(r**2) + lam * np.sum(np.abs(w))
    return loss, (2 * X.T @ r / len(y) + lam * np.sign(w), 2 * np.mean(r))


def lasso_as_ridge(w, b, X, y, lam):
    r = X @ w + b - y
    loss = np.mean(r**2) + lam * np.sum(np.abs(w))
    return loss, (2 * X.T @ r / len(y) + lam * w, 2 * np.mean(r))


def lasso_constant(w, b, X, y, lam):
    r = X @ w + b - y
    loss = np.mean(r**2) + lam * np.sum(np.abs(w))
    dw = 2 * X.T @ r / len(y) + lam * np.ones_like(w)
    return loss, (dw, 2 * np.mean(r))


def elastic(w, b, X, y, lam):
    r = y - X @ w - b
    loss = np.mean(r**2) + lam * (0.4 * np.sum(np.abs(w)) + 0.3 * np.sum(w**2))
    dw = -2 * X.T @ r / len(y) + lam * (0.4 * np.sign(w) + 0.6 * w)
    return loss, (dw, -2 * np.mean(r))


def elastic_ratio_swapped(w, b, X, y, lam):
    r = y - X @ w - b
    loss = np.mean(r**2) + lam * (0.4 * np.sum(np.abs(w)) + 0.3 * np.sum(w**2))
    dw = -2 * X.T @ r / len(y) + lam * (0.6 * np.sign(w) + 0.4 * w)
    return loss, (dw, -2 * np.mean(r))


def elastic_l1_dropped(w, b, X, y, lam):
    r = y - X @ w - b
    loss = np.mean(r**2) + lam * (0.4 * np.sum(np.abs(w)) + 0.3 * np.sum(w**2))
    dw = -2 * X.T @ r / len(y) + lam * 0.6 * w
    return loss, (dw, -2 * np.mean(r))


# --- a network with weight decay in its loss --------------------------------------------------------------------------


def network_loss(W1, b1, W2, X, t, reg):
    h = np.tanh(X @ W1 + b1)
    e = h @ W2 - t
    loss = np.sum(e**2) / (2 * len(X)) + 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    grads = {}
    de = e / len(X)
    dh = (de @ W2.T) * (1 - h**2)
    grads["W2"] = h.T @ de + reg * W2
    grads["W1"] = X.T @ dh + reg * W1
    grads["b1"] = dh.sum(axis=0)
    return loss, grads


def network_loss_one_penalty(W1, b1, W2, X, t, reg):
    h = np.tanh(X @ W1 + b1)
    e = h @ W2 - t
    loss = np.sum(e**2) / (2 * len(X)) + 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    de = e / len(X)
    dh = (de @ W2.T) * (1 - h**2)
    grads = {"W2": h.T @ de, "W1": X.T @ dh, "b1": dh.sum(axis=0)}
    grads["W2"] += reg * W2
    return loss, grads


def network_loss_decayed_path(W1, b1, W2, X, t, reg):
    h = np.tanh(X @ W1 + b1)
    e = h @ W2 - t
    loss = np.sum(e**2) / (2 * len(X)) + 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    de = e / len(X)
    dW2 = h.T @ de + reg * W2
    W2 = W2 - 0.1 * dW2
    dh = (de @ W2.T) * (1 - h**2)
    grads = {"W2": dW2, "W1": X.T @ dh + reg * W1, "b1": dh.sum(axis=0)}
    return loss, grads


def case(name, layer, forward, backward, kind="", argument="", site="", **more):
    more = {"style": "pair", "make": make_columns, "static": (0,)} | more
    return Case(
        name=name, layer=layer, forward=forward, backward=backward, right=not kind, kind=kind, argument=argument,
        site=site, **more
    )  # fmt: skip


def squares(name, prime, *mistake, **more):
    return case(f"mse-{name}", "mean squared error", mse, prime, *mistake, **more)


def modulus(name, prime, *mistake, **more):
    return case(f"mae-{name}", "mean absolute error", mae, prime, *mistake, **more)


def robust(name, prime, *mistake, **more):
    return case(f"huber-{name}", "huber loss", huber, prime, *mistake, make=make_wide, **more)


def line(name, layer, forward, *mistake, **more):
    return case(name, layer, forward, None, *mistake, style="loss", make=make_line, static=(2, 3, 4), **more)


def network(name, forward, *mistake, **more):
    return case(f"decayed-network-{name}", "weight decay", forward, None, *mistake, style="loss", make=make_network,
                static=(3, 4, 5), **more)  # fmt: skip


CASES = [
    squares("prime", mse_prime),
    squares("weights", mse_prime_mean_of_ones),
    squares("one-by-one", mse_prime_one_by_one),
    squares("of-whole-numbers", mse_prime, make=make_whole, note="whole numbers in, floats out"),
    squares("rows-only", mse_prime_rows, "factor", "y_pred", "len(y_true)"),
    squares("two-missing", mse_prime_no_two, "factor", "y_pred", "(y_pred - y_true) / y_true.size"),
    squares("order", mse_prime_order, "sign", "y_pred", "2 * (y_true - y_pred)"),
    squares("floor-division", mse_prime_whole_numbers, "integer-truncation", "y_pred", "// n", make=make_whole),
    squares("summed", mse_prime_summed, "contract", "y_pred", "np.sum(2 * (y_pred - y_true))", also=("wrong-axis",)),
    modulus("sign", mae_prime),
    modulus("sign-at-zero", mae_prime, make=make_exact, note="at a kink: 0"),
    modulus("where-at-zero", mae_prime_where, make=make_exact, note="at a kink: the left slope"),
    modulus("quotient-at-zero", mae_prime_quotient, "kink-choice", "y_pred", "diff / np.abs(diff)", make=make_exact,
            also=("overflow",), note="0 / 0 is nan"),
    modulus("of-squares", mae_prime_squared, "neighbouring-loss", "y_pred", "2 * (y_pred - y_true)"),
    modulus("whole-number-buffer", mae_prime_buffer, "integer-truncation", "y_pred", "dtype=int"),
    modulus("order", mae_prime_other_order, "sign", "y_pred", "np.sign(y_true - y_pred)"),
    robust("clip", huber_prime),
    robust("where", huber_prime_where),
    robust("sign-missing", huber_prime_sign, "sign", "f", "r, 1.5)"),
    robust("unit-tail", huber_prime_unit, "factor", "f", "np.sign(r))"),
    robust("quadratic-everywhere", huber_prime_quadratic, "clip-ignored", "f", "return f - y", also=("neighbouring-loss",)),
    robust("pseudo", huber_prime_smooth, "neighbouring-loss", "f", "np.sqrt(1 + (r / 1.5) ** 2)", also=("approximation-mixed",)),
    case("log-cosh", "log-cosh loss", log_cosh, log_cosh_prime, style="gradient"),
    case("log-cosh-quotient-overflow", "log-cosh loss", log_cosh, log_cosh_prime_huge, "overflow", "f", "np.sinh(f - y)",
         style="gradient", invisible="residuals beyond 710"),
    case("log-cosh-second-derivative", "log-cosh loss", log_cosh, log_cosh_prime_squared, "wrong-activation-derivative", "f",
         "1 - np.tanh(f - y) ** 2", style="gradient", also=("second-order",)),
    case("pinball", "pinball loss", Pinball, "backward", style="class", static=(1,)),
    case("pinball-other-tail", "pinball loss", PinballOtherTail, "backward", "neighbouring-loss", "prediction", "-0.1, 0.9",
         style="class", static=(1,), also=("wrong-operand", "factor")),
    case("pinball-of-target", "pinball loss", PinballTargetSide, "backward", "sign", "prediction", "0.9, -0.1", style="class",
         static=(1,)),
    line("ridge", "ridge regression", ridge),
    line("ridge-forgotten", "ridge regression", ridge_penalty_forgotten, "regulariser", "w", "X.T @ r / len(y)",
         also=("path-dropped",)),
    line("ridge-doubled", "ridge regression", ridge_penalty_doubled, "regulariser", "w", "2 * lam * w", also=("factor",
         "path-doubled")),
    line("ridge-bias", "ridge regression", ridge_bias_decays, "regulariser", "b", "lam * b"),
    line("ridge-divided", "ridge regression", ridge_penalty_divided, "regulariser", "w", "lam * w) / m", also=("factor",)),
    line("ridge-not-in-loss", "ridge regression", ridge_not_in_loss, "regulariser", "w", "+ lam * w"),
    line("lasso", "lasso", lasso),
    line("lasso-as-ridge", "lasso", lasso_as_ridge, "regulariser", "w", "+ lam * w", also=("neighbouring-loss",)),
    line("lasso-sign-missing", "lasso", lasso_constant, "regulariser", "w", "np.ones_like(w)", also=("sign",)),
    line("elastic", "elastic net", elastic),
    line("elastic-swapped", "elastic net", elastic_ratio_swapped, "regulariser", "w", "0.6 * np.sign(w)"),
    line("elastic-l1-dropped", "elastic net", elastic_l1_dropped, "regulariser", "w", "lam * 0.6 * w", also=("path-dropped",)),
    network("dict", network_loss),
    network("first-layer-forgotten", network_loss_one_penalty, "regulariser", "W1", '"W1": X.T @ dh', also=("path-dropped",)),
    network("second-layer-stepped", network_loss_decayed_path, "updated-weights", "W1", "W2 = W2 - 0.1 * dW2"),
]  # fmt: skip
