"""Derivatives of derivatives: backward passes differentiated once more, penalties of gradients, curvature."""

import numpy as np
from corpus.case import Case


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def make_pass(rng, n=5, d=3):
    """(an upstream gradient, the input)"""
    return rng.normal(size=(n, d)), rng.normal(size=(n, d))


def make_dense_pass(rng, n=5, d=3, m=2):
    return rng.normal(size=(n, m)), rng.normal(size=(n, d)), rng.normal(size=(d, m))


def make_critic(rng, n=5, d=3, h=7):
    return rng.normal(size=(d, h)), rng.normal(size=h), rng.normal(size=(n, d))


def make_rows(rng, n=5, d=3):
    return (rng.normal(size=(n, d)),)


def make_curvature(rng, n=7, d=3):
    return rng.normal(size=d), rng.normal(size=(n, d)), rng.integers(0, 2, size=n)


# --- the backward pass of tanh ----------------------------------------------------------------------------------------


def tanh_backward(dy, x):
    return dy * (1 - np.tanh(x) ** 2)


def tanh_double_backward(ddx, dy, x):
    y = np.tanh(x)
    return ddx * (1 - y**2), ddx * dy * -2 * y * (1 - y**2)


def tanh_double_backward_linear(ddx, dy, x):
    y = np.tanh(x)
    d_dy = ddx * (1 - y**2)
    d_x = np.zeros_like(x)
    return d_dy, d_x


def tanh_double_backward_prime_missing(ddx, dy, x):
    y = np.tanh(x)
    return ddx * (1 - y**2), -2 * ddx * dy * y


def tanh_double_backward_upstream_forgotten(ddx, dy, x):
    y = np.tanh(x)
    return ddx * (1 - y**2), -2 * ddx * y * (1 - y**2)


# --- the backward pass of a dense layer with a sigmoid ----------------------------------------------------------------


def dense_backward(g, x, W):
    s = sigmoid(x @ W)
    return (g * s * (1 - s)) @ W.T


def dense_double_backward(v, g, x, W):
    s = sigmoid(x @ W)
    p, u = s * (1 - s), v @ W
    dz = u * g * p * (1 - 2 * s)
    return u * p, dz @ W.T, x.T @ dz + v.T @ (g * p)


def dense_double_backward_outer_weights(v, g, x, W):
    s = sigmoid(x @ W)
    p, u = s * (1 - s), v @ W
    dz = u * g * p * (1 - 2 * s)
    dW = v.T @ (g * p)
    return u * p, dz @ W.T, dW


def dense_double_backward_first_slope(v, g, x, W):
    s = sigmoid(x @ W)
    p, u = s * (1 - s), v @ W
    dz = u * g * p
    return u * p, dz @ W.T, x.T @ dz + v.T @ (g * p)


# --- second derivatives of activations, as pairs ----------------------------------------------------------------------


def sigmoid_grad(x):
    s = sigmoid(x)
    return s * (1 - s)


def sigmoid_grad2(x):
    s = sigmoid(x)
    return s * (1 - s) * (1 - 2 * s)


def sigmoid_grad2_squared(x):
    s = sigmoid(x)
    d = s * (1 - s)
    return d * (1 - d)


def softplus_like_grad(x):
    return 1 / (1 + np.exp(-x))


def softplus_like_grad2(x):
    e = np.exp(-np.abs(x))
    return e / (1 + e) ** 2


def softplus_like_grad2_overflow(x):
    e = np.exp(x)
    return e / (1 + e) ** 2


def gaussian_grad(x):
    return -x * np.exp(-0.5 * x**2)


def gaussian_grad2(x):
    return (x**2 - 1) * np.exp(-0.5 * x**2)


def gaussian_grad2_one_term(x):
    return x**2 * np.exp(-0.5 * x**2)


def swish_grad(x):
    s = sigmoid(x)
    return s + x * s * (1 - s)


def swish_grad2(x):
    s = sigmoid(x)
    return s * (1 - s) * (2 + x * (1 - 2 * s))


def swish_grad2_two_missing(x):
    s = sigmoid(x)
    return s * (1 - s) * (1 + x * (1 - 2 * s))


# --- a critic's gradient penalty --------------------------------------------------------------------------------------


def gradient_penalty(W, a, X):
    """mean of (|dD/dx| - 1)^2 for D(x) = a . tanh(x W)"""
    h = np.tanh(X @ W)
    G = (a * (1 - h**2)) @ W.T
    return np.mean((np.sqrt(np.sum(G**2, axis=1)) - 1) ** 2)


def penalty_parts(W, a, X):
    h = np.tanh(X @ W)
    p = 1 - h**2
    G = (a * p) @ W.T
    norm = np.linalg.norm(G, axis=1, keepdims=True)
    dG = 2 * (norm - 1) / norm * G / len(X)
    return h, p, dG


def gradient_penalty_gradient(W, a, X):
    h, p, dG = penalty_parts(W, a, X)
    dap = dG @ W
    dz = dap * a * -2 * h * p
    return dG.T @ (a * p) + X.T @ dz, np.sum(dap * p, axis=0)


def gradient_penalty_gradient_slopes_constant(W, a, X):
    h, p, dG = penalty_parts(W, a, X)
    dap = dG @ W
    dW = dG.T @ (a * p)
    return dW, np.sum(dap * p, axis=0)


def gradient_penalty_gradient_sign(W, a, X):
    h, p, dG = penalty_parts(W, a, X)
    dap = dG @ W
    dz = dap * a * 2 * h * p
    return dG.T @ (a * p) + X.T @ dz, np.sum(dap * p, axis=0)


def gradient_penalty_gradient_of_score(W, a, X):
    h, p, dG = penalty_parts(W, a, X)
    dD = 2 * (np.linalg.norm((a * p) @ W.T, axis=1) - 1) / len(X)
    dW = X.T @ (dD[:, None] * a * p)
    da = h.T @ dD
    return dW, da


# --- curvature of logistic regression ---------------------------------------------------------------------------------


def logistic_slope(w, X, y):
    return X.T @ (sigmoid(X @ w) - y) / len(y) + 0.1 * w


def hessian_vector(v, w, X, y):
    s = sigmoid(X @ w)
    return X.T @ (s * (1 - s) * (X @ v)) / len(y) + 0.1 * v


def hessian_vector_no_damping(v, w, X, y):
    s = sigmoid(X @ w)
    return X.T @ (s * (1 - s) * (X @ v)) / len(y)


def hessian_vector_least_squares(v, w, X, y):
    return X.T @ (X @ v) / len(y) + 0.1 * v


def hessian_vector_diagonal(v, w, X, y):
    s = sigmoid(X @ w)
    diagonal = np.sum(X**2 * (s * (1 - s))[:, None], axis=0) / len(y) + 0.1
    return diagonal * v


def hessian_vector_of_residuals(v, w, X, y):
    r = sigmoid(X @ w) - y
    return X.T @ (r**2 * (X @ v)) / len(y) + 0.1 * v


def case(name, layer, forward, backward, make, kind="", argument="", site="", style="plain", **more):
    return Case(
        name=f"second-{name}", layer=layer, forward=forward, backward=backward, make=make, right=not kind, kind=kind,
        argument=argument, site=site, style=style, **more,
    )  # fmt: skip


def double(name, backward, *mistake, **more):
    return case(f"tanh-{name}", "double backward of tanh", tanh_backward, backward, make_pass, *mistake, **more)


def dense(name, backward, *mistake, **more):
    return case(
        f"dense-{name}", "double backward of dense", dense_backward, backward, make_dense_pass, *mistake, **more
    )


def pair(name, forward, backward, *mistake, **more):
    return case(name, "second derivative", forward, backward, make_rows, *mistake, style="pair", **more)


def critic(name, backward, *mistake, **more):
    return case(f"penalty-{name}", "gradient penalty", gradient_penalty, backward, make_critic, *mistake, style="gradient",
                static=(2,), **more)  # fmt: skip


def curve(name, backward, *mistake, **more):
    return case(
        f"hessian-{name}", "hessian product", logistic_slope, backward, make_curvature, *mistake, static=(1, 2), **more
    )


CASES = [
    double("right", tanh_double_backward),
    double("slope-constant", tanh_double_backward_linear, "second-order", "x", "d_x = np.zeros_like(x)", also=("path-dropped",)),
    double("slope-of-slope", tanh_double_backward_prime_missing, "second-order", "x", "-2 * ddx * dy * y",
           also=("wrong-activation-derivative", "path-dropped")),
    double("upstream-forgotten", tanh_double_backward_upstream_forgotten, "second-order", "x", "-2 * ddx * y",
           also=("wrong-operand", "upstream-ignored")),
    dense("right", dense_double_backward),
    dense("weights-once", dense_double_backward_outer_weights, "second-order", "W", "dW = v.T @ (g * p)", also=("path-dropped",)),
    dense("first-slope-again", dense_double_backward_first_slope, "second-order", "x", "dz = u * g * p",
          also=("wrong-activation-derivative", "factor")),
    pair("sigmoid", sigmoid_grad, sigmoid_grad2),
    pair("sigmoid-slope-of-slope", sigmoid_grad, sigmoid_grad2_squared, "second-order", "x", "d * (1 - d)",
         also=("wrong-activation-derivative",)),
    pair("softplus", softplus_like_grad, softplus_like_grad2),
    pair("softplus-overflow", softplus_like_grad, softplus_like_grad2_overflow, "overflow", "x", "e = np.exp(x)",
         invisible="inputs beyond 355", also=("second-order",)),
    pair("gaussian", gaussian_grad, gaussian_grad2),
    pair("gaussian-product-rule-half", gaussian_grad, gaussian_grad2_one_term, "second-order", "x", "return x**2",
         also=("path-dropped",)),
    pair("swish", swish_grad, swish_grad2),
    pair("swish-two-missing", swish_grad, swish_grad2_two_missing, "second-order", "x", "(1 + x * (1 - 2 * s))",
         also=("factor", "path-dropped")),
    critic("right", gradient_penalty_gradient),
    critic("slopes-constant", gradient_penalty_gradient_slopes_constant, "second-order", "W", "dW = dG.T @ (a * p)",
           also=("path-dropped",)),
    critic("sign", gradient_penalty_gradient_sign, "sign", "W", "dz = dap * a * 2", also=("second-order",)),
    critic("gradient-of-score", gradient_penalty_gradient_of_score, "second-order", "W", "dW = X.T @ (dD",
           also=("neighbouring-loss",)),
    curve("right", hessian_vector),
    curve("damping-forgotten", hessian_vector_no_damping, "regulariser", "w", "(X @ v)) / len(y)", also=("second-order",
          "path-dropped")),
    curve("of-least-squares", hessian_vector_least_squares, "neighbouring-loss", "w", "X.T @ (X @ v)", also=("second-order",)),
    curve("diagonal", hessian_vector_diagonal, "second-order", "w", "return diagonal * v", also=("approximation-mixed",)),
    curve("outer-products", hessian_vector_of_residuals, "approximation-mixed", "w", "r**2", also=("second-order",)),
]  # fmt: skip
