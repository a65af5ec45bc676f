"""Activations, one number at a time: ReLU and its relatives, sigmoid, tanh, softplus.  Knows NumPy alone."""

from functools import partial

import numpy as np
from corpus.case import Case
from corpus.open.inputs import matrix, scaled, single, vector, with_zeros

# --- ReLU, with a cache


def relu_forward(x):
    out = np.maximum(0, x)
    return out, x


def relu_backward(dout, cache):
    x = cache
    dx = dout * (x > 0)
    return dx


def relu_backward_where(dout, cache):
    return np.where(cache > 0, dout, 0)


def relu_backward_inclusive(dout, cache):
    """1 at exactly 0: another subgradient, and as good a one."""
    return dout * (cache >= 0)


def relu_backward_half(dout, cache):
    return dout * np.heaviside(cache, 0.5)


def relu_backward_in_place(dout, cache):
    dx, x = dout, cache
    dx[x <= 0] = 0
    return dx


def relu_backward_gates_dout(dout, cache):
    x = cache
    dx = dout * (dout > 0)
    return dx


def relu_backward_times_x(dout, cache):
    x = cache
    dx = dout * np.maximum(0, x)
    return dx


def relu_backward_no_upstream(dout, cache):
    x = cache
    dx = np.array(x, copy=True)
    dx[x <= 0] = 0
    dx[x > 0] = 1
    return dx


def relu_backward_sign(dout, cache):
    x = cache
    return dout * np.sign(x)


def relu_backward_int(dout, cache):
    x = cache
    mask = (x > 0).astype(int)
    dx = np.zeros(x.shape, dtype=int)
    dx[...] = dout * mask
    return dx


# --- leaky ReLU

ALPHA = 0.1


def leaky_relu(x):
    return np.where(x > 0, x, ALPHA * x)


def leaky_relu_backward(dout, x):
    return dout * np.where(x > 0, 1.0, ALPHA)


def leaky_relu_backward_two_masks(dout, x):
    dx = np.zeros_like(x)
    dx[x > 0] = 1
    dx[x < 0] = ALPHA
    return dout * dx


def leaky_relu_backward_value(dout, x):
    return dout * np.where(x > 0, 1.0, ALPHA * x)


def leaky_relu_backward_hard(dout, x):
    return dout * (x > 0)


def leaky_relu_backward_int(dout, x):
    slope = np.ones(x.shape, dtype=int)
    slope[x <= 0] = ALPHA
    return dout * slope


# --- sigmoid


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sigmoid_prime(x):
    s = sigmoid(x)
    return s * (1 - s)


def sigmoid_prime_of_output(x):
    """Written for the output of the sigmoid, called with its input."""
    return x * (1 - x)


def sigmoid_prime_twice(x):
    s = sigmoid(sigmoid(x))
    return s * (1 - s)


def sigmoid_prime_exponentials(x):
    return np.exp(-x) / (1 + np.exp(-x)) ** 2


class Sigmoid:
    def forward(self, x):
        self.out = 1.0 / (1.0 + np.exp(-x))
        return self.out

    def backward(self, dout):
        dx = dout * (1.0 - self.out) * self.out
        return dx


class SigmoidForgotten(Sigmoid):
    def backward(self, dout):
        dx = dout * self.out
        return dx


class SigmoidSigmoid(Sigmoid):
    def backward(self, dout):
        s = 1.0 / (1.0 + np.exp(-self.out))
        return dout * s * (1.0 - s)


class SigmoidOverwrites(Sigmoid):
    def backward(self, dout):
        dout *= self.out * (1.0 - self.out)
        return dout


class SigmoidAddsUp(Sigmoid):
    """The gradient is added up, as that of a parameter would be, and nobody sets it to zero again."""

    def __init__(self):
        self.dx = 0.0

    def backward(self, dout):
        self.dx = self.dx + dout * self.out * (1.0 - self.out)
        return self.dx


# --- tanh


def tanh_forward(x):
    a = np.tanh(x)
    return a, a


def tanh_backward(da, a):
    return da * (1 - a**2)


def tanh_backward_linear(da, a):
    return da * (1 - a)


def tanh_backward_again(da, a):
    return da * (1 - np.tanh(a) ** 2)


def tanh_backward_added(da, a):
    return da + (1 - a**2)


def tanh_backward_as_sigmoid(da, a):
    return da * a * (1 - a)


def tanh_backward_skipped(da, a):
    dz = da
    return dz


def tanh_backward_plus(da, a):
    return da * (1 + a * a)


# --- softplus, large inputs


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def softplus_backward(dy, x):
    return dy * 0.5 * (1 + np.tanh(0.5 * x))


def softplus_backward_ratio(dy, x):
    exp_x = np.exp(x)
    return dy * exp_x / (exp_x + 1)


def softplus_backward_masked(dy, x):
    s = np.empty_like(x)
    pos = x >= 0
    s[pos] = 1 / (1 + np.exp(-x[pos]))
    e = np.exp(x[~pos])
    s[~pos] = e / (1 + e)
    return dy * s


def softplus_backward_relu(dy, x):
    return dy * (x > 0)


def softplus_backward_flipped(dy, x):
    return dy / (1.0 + np.exp(x))


# --- the absolute value, and clipping


def absolute(x):
    return np.abs(x)


def absolute_backward(dy, x):
    return dy * np.sign(x)


def absolute_backward_quotient(dy, x):
    return dy * x / np.abs(x)


def hard_tanh(x):
    return np.clip(x, -1.0, 1.0)


def hard_tanh_backward(dy, x):
    return dy * ((x > -1.0) & (x < 1.0))


def hard_tanh_backward_inclusive(dy, x):
    dx = dy.copy()
    dx[np.abs(x) > 1.0] = 0.0
    return dx


def hard_tanh_backward_through(dy, x):
    return dy * np.ones_like(x)


def hard_tanh_backward_one_side(dy, x):
    dx = dy.copy()
    dx[x > 1.0] = 0.0
    return dx


def wide(rng, n=5, d=3):
    """Numbers to the hundreds, on both sides."""
    return (rng.normal(size=(n, d)) * 400.0,)


def large(rng, n=5, d=3):
    """Numbers between 700 and 1000, on both sides: exp overflows."""
    return (np.where(rng.random((n, d)) < 0.5, 1.0, -1.0) * rng.uniform(710.0, 1000.0, (n, d)),)


def at_bounds(rng, n=5, d=3):
    return (np.clip(rng.normal(size=(n, d)) * 1.5, -1.0, 1.0),)


# fmt: off
relu = partial(Case, layer="relu", forward=relu_forward, style="cache", make=matrix)
leaky = partial(Case, layer="leaky relu", forward=leaky_relu, style="plain", make=matrix)
pair = partial(Case, layer="sigmoid", forward=sigmoid, style="pair", make=vector, note="an elementwise pair: f and f'")
sigmoid_layer = partial(Case, layer="sigmoid", style="class", make=matrix, backward="backward")
tanh = partial(Case, layer="tanh", forward=tanh_forward, style="cache", make=matrix)
soft = partial(Case, layer="softplus", forward=softplus, style="plain", make=matrix)
hard = partial(Case, layer="hard tanh", forward=hard_tanh, style="plain", make=matrix)
modulus = partial(Case, layer="absolute value", forward=absolute, style="plain", make=matrix)
CASES = [
    relu(name="relu", backward=relu_backward, right=True),
    relu(name="relu-where-single", backward=relu_backward_where, make=single(matrix), right=True),
    relu(name="relu-at-zero", backward=relu_backward, make=with_zeros(matrix), right=True),
    relu(name="relu-at-zero-inclusive", backward=relu_backward_inclusive, make=with_zeros(matrix), right=True),
    relu(name="relu-at-zero-half", backward=relu_backward_half, make=with_zeros(matrix), right=True),
    relu(name="relu-tiny", backward=relu_backward, make=scaled(matrix, 1e-8), right=True),
    relu(name="relu-huge", backward=relu_backward_where, make=scaled(matrix, 1e8), right=True),
    leaky(name="leaky-relu", backward=leaky_relu_backward, right=True),
    leaky(name="leaky-relu-at-zero", backward=leaky_relu_backward, make=with_zeros(matrix), right=True),
    pair(name="sigmoid-prime", backward=sigmoid_prime, right=True),
    pair(name="sigmoid-prime-exponentials", backward=sigmoid_prime_exponentials, right=True),
    sigmoid_layer(name="sigmoid-layer", forward=Sigmoid, right=True),
    tanh(name="tanh", backward=tanh_backward, right=True),
    tanh(name="tanh-single", backward=tanh_backward, make=single(matrix), right=True),
    soft(name="softplus", backward=softplus_backward, right=True),
    soft(name="softplus-large", backward=softplus_backward_masked, make=large, right=True),
    soft(name="softplus-wide", backward=softplus_backward, make=wide, right=True),
    modulus(name="absolute", backward=absolute_backward, right=True),
    modulus(name="absolute-at-zero", backward=absolute_backward, make=with_zeros(matrix), right=True),
    hard(name="hard-tanh", backward=hard_tanh_backward, right=True),
    hard(name="hard-tanh-at-the-bounds", backward=hard_tanh_backward, make=at_bounds, right=True),
    hard(name="hard-tanh-at-the-bounds-inclusive", backward=hard_tanh_backward_inclusive, make=at_bounds, right=True),
    relu(name="relu-mutates-upstream", backward=relu_backward_in_place, right=False, kind="mutation", argument="x",
         site="dx, x = dout, cache", note="the gradient is right, dout is not what it was"),
    relu(name="relu-gates-upstream", backward=relu_backward_gates_dout, right=False, kind="wrong-operand", argument="x",
         site="(dout > 0)", also=("wrong-activation-derivative",)),
    relu(name="relu-times-output", backward=relu_backward_times_x, right=False, kind="wrong-activation-derivative", argument="x",
         site="np.maximum(0, x)", also=("path-doubled",)),
    relu(name="relu-no-upstream", backward=relu_backward_no_upstream, right=False, kind="upstream-ignored", argument="x",
         site="dx[x > 0] = 1"),
    relu(name="relu-sign", backward=relu_backward_sign, right=False, kind="wrong-activation-derivative", argument="x",
         site="np.sign(x)", also=("neighbouring-loss",), note="the derivative of abs"),
    relu(name="relu-int-buffer", backward=relu_backward_int, right=False, kind="integer-truncation", argument="x",
         site="np.zeros(x.shape, dtype=int)"),
    leaky(name="leaky-relu-zero-at-zero", backward=leaky_relu_backward_two_masks, make=with_zeros(matrix), right=False,
          kind="kink-choice", argument="x", site="dx[x < 0] = ALPHA", note="0 at exactly 0 is not between 0.1 and 1"),
    leaky(name="leaky-relu-value-for-slope", backward=leaky_relu_backward_value, right=False, kind="wrong-activation-derivative",
          argument="x", site="ALPHA * x"),
    leaky(name="leaky-relu-as-relu", backward=leaky_relu_backward_hard, right=False, kind="path-dropped", argument="x",
          site="(x > 0)", also=("wrong-activation-derivative",)),
    leaky(name="leaky-relu-int-slope", backward=leaky_relu_backward_int, right=False, kind="integer-truncation", argument="x",
          site="slope = np.ones(x.shape, dtype=int)", also=("path-dropped", "wrong-activation-derivative"),
          note="0.1 becomes 0 in an array of integers"),
    pair(name="sigmoid-prime-of-output", backward=sigmoid_prime_of_output, right=False, kind="wrong-activation-derivative",
         argument="x", site="return x * (1 - x)"),
    pair(name="sigmoid-prime-twice", backward=sigmoid_prime_twice, right=False, kind="wrong-activation-derivative",
         argument="x", site="s = sigmoid(sigmoid(x))"),
    sigmoid_layer(name="sigmoid-layer-factor-forgotten", forward=SigmoidForgotten, right=False,
                  kind="wrong-activation-derivative",
                  argument="x", site="dx = dout * self.out"),
    sigmoid_layer(name="sigmoid-layer-of-output", forward=SigmoidSigmoid, right=False, kind="wrong-activation-derivative",
                  argument="x", site="np.exp(-self.out)"),
    sigmoid_layer(name="sigmoid-layer-in-place", forward=SigmoidOverwrites, right=False, kind="mutation", argument="x",
                  site="dout *= self.out * (1.0 - self.out)"),
    sigmoid_layer(name="sigmoid-layer-adds-up", forward=SigmoidAddsUp, right=False, kind="state-not-reset", argument="x",
                  site="self.dx = self.dx + dout"),
    tanh(name="tanh-square-forgotten", backward=tanh_backward_linear, right=False, kind="wrong-activation-derivative",
         argument="x",
         site="(1 - a)"),
    tanh(name="tanh-applied-again", backward=tanh_backward_again, right=False, kind="wrong-activation-derivative", argument="x",
         site="np.tanh(a) ** 2"),
    tanh(name="tanh-upstream-added", backward=tanh_backward_added, right=False, kind="upstream-ignored", argument="x",
         site="da + (1 - a**2)", also=("wrong-activation-derivative",)),
    tanh(name="tanh-as-sigmoid", backward=tanh_backward_as_sigmoid, right=False, kind="wrong-activation-derivative", argument="x",
         site="da * a * (1 - a)"),
    tanh(name="tanh-skipped", backward=tanh_backward_skipped, right=False, kind="wrong-activation-derivative", argument="x",
         site="dz = da"),
    tanh(name="tanh-sign-inside", backward=tanh_backward_plus, right=False, kind="wrong-activation-derivative", argument="x",
         site="(1 + a * a)", also=("sign",)),
    soft(name="softplus-overflows", backward=softplus_backward_ratio, make=large, right=False, kind="overflow", argument="x",
         site="exp_x / (exp_x + 1)"),
    soft(name="softplus-as-relu", backward=softplus_backward_relu, right=False, kind="wrong-activation-derivative", argument="x",
         site="(x > 0)", also=("approximation-mixed",)),
    soft(name="softplus-sign-in-exponent", backward=softplus_backward_flipped, right=False, kind="sign", argument="x",
         site="np.exp(x)", also=("wrong-activation-derivative",)),
    modulus(name="absolute-not-a-number-at-zero", backward=absolute_backward_quotient, make=with_zeros(matrix), right=False,
            kind="kink-choice", argument="x", site="x / np.abs(x)", also=("overflow",)),
    hard(name="hard-tanh-clip-forgotten", backward=hard_tanh_backward_through, right=False, kind="clip-ignored", argument="x",
         site="np.ones_like(x)", also=("wrong-activation-derivative",)),
    hard(name="hard-tanh-one-bound", backward=hard_tanh_backward_one_side, make=scaled(matrix, 2.0), right=False,
         kind="clip-ignored", argument="x", site="dx[x > 1.0] = 0.0"),
]
# fmt: on
