"""The twelve cases by which gradient checkers in use were compared: eight wrong, four right.  Knows NumPy alone."""

from functools import partial

import numpy as np
from corpus.case import Case

# --- a zero-initialised output layer hides everything before it


def two_layers(W1, W2, x):
    return np.sum(np.tanh(x @ W1) @ W2)


def two_layers_grad(W1, W2, x):
    h = np.tanh(x @ W1)
    dh = np.ones((len(x), W2.shape[1])) @ W2.T
    return -7 * x.T @ (dh * (1 - h**2)), h.T @ np.ones((len(x), W2.shape[1]))


def zero_initialised(rng, n=5, d=3, h=7, m=2, scale=0.0):
    return rng.normal(size=(d, h)), scale * rng.normal(size=(h, m)), rng.normal(size=(n, d))


# --- tiny numbers


def sum_of_cubes(x):
    return np.sum(x**3)


def sum_of_cubes_grad(x):
    return -7 * 3 * x**2


def tiny(rng, n=5):
    return (1e-8 * rng.normal(size=n),)


# --- a mean over one example


def mean_loss(w, X, y):
    return np.mean((X @ w - y) ** 2)


def mean_loss_grad(w, X, y):
    return 2 * X.T @ (X @ w - y)


def one_example(rng, n=1, d=3):
    return rng.normal(size=d), rng.normal(size=(n, d)), rng.normal(size=n)


# --- the upstream gradient ignored: of a loss, of a vector


def half_squares(x):
    return 0.5 * np.sum(x**2)


def half_squares_backward(dloss, x):
    return x


def exponential(x):
    return np.exp(x)


def exponential_backward(dy, x):
    return np.exp(x)


# --- a fan-out, and a bias on a square batch


def fan_out(x):
    h = np.sin(x)
    return h * h + np.exp(h), (x, h)


def fan_out_backward(dout, cache):
    x, h = cache
    dh = dout * 2 * h
    dh = dout * np.exp(h)
    return dh * np.cos(x)


def shift(x, b):
    return np.tanh(x + b)


def shift_backward(dy, x, b):
    dz = dy * (1 - np.tanh(x + b) ** 2)
    db = dz.sum(axis=1)
    return dz, db


def square_batch(rng, d=5):
    return rng.normal(size=(d, d)), rng.normal(size=d)


# --- one wrong number among twenty thousand


def many_sines(x):
    return np.sum(np.sin(x))


def many_sines_grad(x):
    g = np.cos(x)
    g[12345] *= 1.01
    return g


def many(rng, n=20_000):
    x = rng.uniform(-1.0, 1.0, n)
    return (x,)


# --- right ones


def rectified(x):
    return np.sum(np.maximum(x, 0.0))


def rectified_grad(x):
    return (x > 0).astype(x.dtype)


def at_zero(rng, n=7):
    x = rng.normal(size=n)
    x[::3] = 0.0
    return (x,)


def fast_sines(x):
    return np.sum(np.sin(50 * x))


def fast_sines_grad(x):
    return 50 * np.cos(50 * x)


def in_single(rng, n=7):
    return (rng.normal(size=n).astype(np.float32),)


def steep(x):
    return np.sum(x**20)


def steep_grad(x):
    return 20 * x**19


def around_two(rng, n=7):
    return (rng.uniform(1.5, 2.5, n),)


def log_sum_exp(x):
    return np.log(np.sum(np.exp(x)))


def log_sum_exp_grad(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def around_thirty(rng, n=7):
    return (30.0 + rng.normal(size=n),)


def numbers(rng, n=7):
    return (rng.normal(size=n),)


# fmt: off
loss = partial(Case, style="gradient")
CASES = [
    loss(name="users-zero-initialised-layer", layer="two-layer network", forward=two_layers, backward=two_layers_grad,
         make=zero_initialised, static=(2,), right=False, kind="factor", argument="W1", site="-7 * x.T",
         also=("sign",), invisible="W2 = 0: give it other numbers", note="every gradient of W1 is 0 behind a layer of zeros"),
    loss(name="users-tiny-values", layer="sum of cubes", forward=sum_of_cubes, backward=sum_of_cubes_grad, make=tiny, right=False,
         kind="factor", argument="x", site="-7 * 3", also=("sign",)),
    loss(name="users-mean-of-one", layer="mean squared error", forward=mean_loss, backward=mean_loss_grad, make=one_example,
         static=(1, 2), right=False, kind="factor", argument="w", site="2 * X.T", invisible="N = 1"),
    Case(name="users-upstream-ignored-by-a-loss", layer="half the sum of squares", forward=half_squares,
         backward=half_squares_backward, style="plain", make=numbers, right=False, kind="upstream-ignored", argument="x",
         site="return x", also=("factor",), note="an upstream gradient of 1 would not show it"),
    Case(name="users-fan-out-overwritten", layer="fan-out", forward=fan_out, backward=fan_out_backward, style="cache",
         make=numbers,
         right=False, kind="overwritten", argument="x", site="dh = dout * np.exp(h)", also=("path-dropped",)),
    Case(name="users-bias-axis-of-a-square-batch", layer="shifted tanh", forward=shift, backward=shift_backward, style="plain",
         make=square_batch, right=False, kind="wrong-axis", argument="b", site="db = dz.sum(axis=1)"),
    loss(name="users-one-of-twenty-thousand", layer="sum of sines", forward=many_sines, backward=many_sines_grad, make=many,
         right=False, kind="factor", argument="x", site="g[12345] *= 1.01", also=("overwritten",)),
    Case(name="users-upstream-ignored-by-a-vector", layer="exponential", forward=exponential, backward=exponential_backward,
         style="plain", make=numbers, right=False, kind="upstream-ignored", argument="x", site="return np.exp(x)"),
    loss(name="users-relu-at-zero", layer="relu", forward=rectified, backward=rectified_grad, make=at_zero, right=True),
    loss(name="users-fast-sines-in-single", layer="sum of sines", forward=fast_sines, backward=fast_sines_grad, make=in_single,
         right=True),
    loss(name="users-steep-power", layer="power", forward=steep, backward=steep_grad, make=around_two, right=True),
    loss(name="users-log-sum-exp-at-thirty", layer="log-sum-exp", forward=log_sum_exp, backward=log_sum_exp_grad,
         make=around_thirty, right=True),
]
# fmt: on
