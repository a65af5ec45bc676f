"""Right backwards at points where naive checks condemn them, and wrong ones that look like a design.  Knows NumPy alone."""

from functools import partial

import numpy as np
from corpus.case import Case
from corpus.open.inputs import matrix, scaled, single, vector

# --- roots, logarithms and quotients kept from their bad points


def safe_norm(x):
    """The length of each row; its gradient at a row of zeros is taken as 0."""
    return np.sqrt((x * x).sum(axis=1)), x


def safe_norm_backward(dout, cache):
    x = cache
    length = np.sqrt((x * x).sum(axis=1, keepdims=True))
    return dout[:, None] * np.where(length > 0, x / np.where(length > 0, length, 1), 0)


def safe_norm_backward_nan(dout, cache):
    x = cache
    return dout[:, None] * x / np.sqrt((x * x).sum(axis=1, keepdims=True))


def rows_of_zeros(rng, n=5, d=3):
    x = rng.normal(size=(n, d))
    x[1] = 0.0
    return (x,)


def smooth_abs(x):
    return np.sqrt(x * x + 1e-6)


def smooth_abs_backward(dy, x):
    return dy * x / np.sqrt(x * x + 1e-6)


def smooth_abs_backward_sign(dy, x):
    return dy * np.sign(x)


def log_sigmoid(x):
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


def log_sigmoid_backward(dy, x):
    e = np.exp(-np.abs(x))
    return dy * np.where(x >= 0, e, 1.0) / (1 + e)


def log_sigmoid_backward_overflow(dy, x):
    return dy * np.exp(-x) / (1 + np.exp(-x))


def extremes(rng, n=7):
    return (rng.choice([-900.0, -750.0, -1.0, 0.5, 40.0, 800.0], n),)


# --- cancellation in single precision


def variance(x):
    return np.mean((x - np.mean(x)) ** 2)


def variance_grad(x):
    return 2 * (x - np.mean(x)) / len(x)


def variance_grad_ddof(x):
    return 2 * (x - np.mean(x)) / (len(x) - 1)


def far_from_zero(rng, n=7):
    return (1000.0 + 10.0 * rng.normal(size=n),)


def difference_of_exponentials(a, b):
    return np.exp(a) - np.exp(b)


def difference_of_exponentials_backward(dy, a, b):
    return dy * np.exp(a), -dy * np.exp(b)


def near_each_other(rng, n=7):
    a = rng.normal(size=n)
    return a, a + 1e-6 * rng.normal(size=n)


# --- corners of losses


def hinge(score, y):
    return np.mean(np.maximum(0, 1 - y * score))


def hinge_prime(score, y):
    return np.where(y * score < 1, -y, 0.0) / len(y)


def hinge_prime_at_margin(score, y):
    return np.where(y * score <= 1, -y, 0.0) / len(y)


def hinge_prime_no_margin(score, y):
    """The perceptron's criterion."""
    return np.where(y * score < 0, -y, 0.0) / len(y)


def on_the_margin(rng, n=7):
    y = rng.choice([-1.0, 1.0], n)
    score = rng.normal(size=n)
    score[::2] = y[::2]
    return score, y


def relu6(x):
    return np.minimum(np.maximum(x, 0), 6)


def relu6_backward(dy, x):
    return dy * ((x > 0) & (x < 6))


def relu6_backward_upper_bound_forgotten(dy, x):
    return dy * (x > 0)


def corners(rng, n=5, d=3):
    return (rng.choice([0.0, 6.0, -1.5, 2.5, 8.0], (n, d)),)


def soft_threshold(x, lam):
    return np.sign(x) * np.maximum(np.abs(x) - lam, 0)


def soft_threshold_backward(dy, x, lam):
    active = np.abs(x) > lam
    return dy * active, -np.sum(dy * active * np.sign(x))


def soft_threshold_backward_sign_forgotten(dy, x, lam):
    active = np.abs(x) > lam
    dlam = -np.sum(dy * active)
    return dy * active, dlam


def shrinking(rng, n=5, d=3):
    return rng.normal(size=(n, d)), 0.4


# --- whole numbers as inputs


def weighted(x, w):
    return np.tanh(x @ w)


def weighted_backward(dy, x, w):
    dz = dy * (1 - np.tanh(x @ w) ** 2)
    dx = np.zeros(x.shape)
    for i in range(len(x)):
        dx[i] = dz[i] * w
    return dx, x.T @ dz


def weighted_backward_like_input(dy, x, w):
    dz = dy * (1 - np.tanh(x @ w) ** 2)
    dx = np.zeros_like(x)
    for i in range(len(x)):
        dx[i] = dz[i] * w
    return dx, x.T @ dz


def pixels(rng, n=5, d=3):
    return rng.integers(0, 3, (n, d)), rng.normal(size=d)


# --- gradients that are not the derivative, by design


def rounded(x, scale):
    """Quantisation; the derivative is 0 wherever there is one."""
    return np.round(x / scale) * scale


def rounded_backward_straight_through(dy, x, scale):
    return dy


def teacher(student, x):
    """A student that is compared with itself, perturbed; the second pass stands for a teacher."""
    return np.mean((np.tanh(x @ student) - np.tanh((x + 0.1) @ student)) ** 2)


def teacher_grad(student, x):
    a, b = np.tanh(x @ student), np.tanh((x + 0.1) @ student)
    d = 2 * (a - b) / len(x)
    return x.T @ (d * (1 - a**2)) - (x + 0.1).T @ (d * (1 - b**2))


def teacher_grad_stopped(student, x):
    a, target = np.tanh(x @ student), np.tanh((x + 0.1) @ student)
    d = 2 * (a - target) / len(x)
    return x.T @ (d * (1 - a**2))


def student_inputs(rng, n=5, d=3):
    return rng.normal(size=d), rng.normal(size=(n, d))


def reversal(x, w):
    """A gradient-reversal layer before a domain classifier."""
    return np.tanh(x @ w)


def reversal_backward(dy, x, w):
    dz = dy * (1 - reversal(x, w) ** 2)
    dx = -np.outer(dz, w)
    return dx, x.T @ dz


def domain(rng, n=5, d=3):
    return rng.normal(size=(n, d)), rng.normal(size=d)


def clipped_update(w, x, y):
    """The norm of the gradient is kept below 1, for the optimiser's sake."""
    error = x @ w - y
    grad = x.T @ error / len(y)
    norm = np.linalg.norm(grad)
    if norm > 1.0:
        grad = grad / norm
    return 0.5 * np.mean(error**2), grad


def regression(rng, n=7, d=3):
    return rng.normal(size=d), rng.normal(size=(n, d)), 20.0 * rng.normal(size=n)


# fmt: off
norm = partial(Case, layer="length of rows", forward=safe_norm, style="cache", make=rows_of_zeros)
smooth = partial(Case, layer="smooth absolute value", forward=smooth_abs, style="plain", make=matrix)
sigmoid = partial(Case, layer="log-sigmoid", forward=log_sigmoid, style="plain", make=extremes)
spread = partial(Case, layer="variance", forward=variance, style="gradient", make=far_from_zero)
margin = partial(Case, layer="hinge", forward=hinge, style="pair", make=on_the_margin, static=(1,))
six = partial(Case, layer="relu6", forward=relu6, style="plain", make=corners)
shrink = partial(Case, layer="soft threshold", forward=soft_threshold, style="plain", make=shrinking)
ints = partial(Case, layer="layer of whole numbers", forward=weighted, style="plain", make=pixels)
school = partial(Case, layer="self-distillation", forward=teacher, style="gradient", make=student_inputs, static=(1,))
CASES = [
    norm(name="length-of-a-row-of-zeros", backward=safe_norm_backward, right=True),
    norm(name="length-of-rows-huge", backward=safe_norm_backward, make=scaled(matrix, 1e8), right=True),
    smooth(name="smooth-absolute", backward=smooth_abs_backward, right=True),
    sigmoid(name="log-sigmoid-at-extremes", backward=log_sigmoid_backward, right=True),
    spread(name="variance-single-with-cancellation", backward=variance_grad, make=single(far_from_zero), right=True),
    spread(name="variance-of-tiny-numbers", backward=variance_grad, make=scaled(vector, 1e-8), right=True),
    Case(name="difference-of-near-exponentials", layer="difference of exponentials", forward=difference_of_exponentials,
         backward=difference_of_exponentials_backward, style="plain", make=single(near_each_other), right=True),
    margin(name="hinge-on-the-margin", backward=hinge_prime, right=True),
    margin(name="hinge-on-the-margin-inclusive", backward=hinge_prime_at_margin, right=True),
    six(name="relu6-at-its-corners", backward=relu6_backward, right=True),
    shrink(name="soft-threshold", backward=soft_threshold_backward, right=True),
    ints(name="whole-numbers-in-floats-out", backward=weighted_backward, right=True),
    school(name="self-distillation-both-ways", backward=teacher_grad, right=True),
    norm(name="length-of-a-row-of-zeros-not-a-number", backward=safe_norm_backward_nan, right=False, kind="kink-choice",
         argument="x", site="dout[:, None] * x / np.sqrt(", also=("overflow",)),
    smooth(name="smooth-absolute-as-absolute", backward=smooth_abs_backward_sign, right=False, kind="approximation-mixed",
           argument="x", site="np.sign(x)", also=("ddof-or-eps", "neighbouring-loss", "wrong-activation-derivative")),
    sigmoid(name="log-sigmoid-overflows", backward=log_sigmoid_backward_overflow, right=False, kind="overflow", argument="x",
            site="np.exp(-x) / (1 + np.exp(-x))"),
    spread(name="variance-unbiased", backward=variance_grad_ddof, right=False, kind="ddof-or-eps", argument="x",
           site="(len(x) - 1)", also=("factor",)),
    margin(name="hinge-as-perceptron", backward=hinge_prime_no_margin, right=False, kind="neighbouring-loss", argument="score",
           site="np.where(y * score < 0", also=("mask-forgotten", "clip-ignored")),
    six(name="relu6-upper-bound-forgotten", backward=relu6_backward_upper_bound_forgotten, right=False, kind="clip-ignored",
        argument="x", site="dy * (x > 0)"),
    shrink(name="soft-threshold-sign-forgotten", backward=soft_threshold_backward_sign_forgotten, right=False, kind="sign",
           argument="lam", site="dlam = -np.sum(dy * active)", also=("path-dropped", "wrong-operand")),
    ints(name="whole-numbers-like-the-input", backward=weighted_backward_like_input, right=False, kind="integer-truncation",
         argument="x", site="dx = np.zeros_like(x)"),
    Case(name="straight-through-rounding", layer="quantisation", forward=rounded, backward=rounded_backward_straight_through,
         style="plain", make=shrinking, static=(1,), right=False, kind="wrong-activation-derivative", argument="x",
         site="return dy", also=("clip-ignored", "neighbouring-loss"),
         note="by design, and still not the derivative of the forward"),
    school(name="self-distillation-stopped", backward=teacher_grad_stopped, right=False, kind="path-dropped", argument="student",
           site="return x.T @ (d * (1 - a**2))", note="a stopped gradient, by design"),
    Case(name="gradient-reversal", layer="gradient reversal", forward=reversal, backward=reversal_backward, style="plain",
         make=domain,
         right=False, kind="sign", argument="x", site="dx = -np.outer(dz, w)", note="by design"),
    Case(name="linear-regression-norm-clipped", layer="linear regression", forward=clipped_update, backward=None, style="loss",
         make=regression, static=(1, 2), right=False, kind="gradient-clipped", argument="w", site="if norm > 1.0",
         also=("factor",)),
]
# fmt: on
