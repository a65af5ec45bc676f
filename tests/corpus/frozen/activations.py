"""Elementwise nonlinearities as layers, functions and pairs."""

import math

import numpy as np
from corpus.case import Case


def make_rows(rng, n=5, d=3, scale=2.0):
    return (scale * rng.normal(size=(n, d)),)


def make_slopes(rng, n=5, d=3):
    return rng.normal(size=(n, d)), rng.uniform(0.1, 0.4, size=d)


def make_slope(rng, n=5, d=3):
    return rng.normal(size=(n, d)), np.array(0.25)


def make_zeros(rng, n=5, d=3):
    x = rng.normal(size=(n, d))
    x[1:4, 0] = 0.0
    return (x,)


def make_counts(rng, n=5, d=3):
    """Whole numbers, as pixels and counts are."""
    return (rng.integers(1, 9, size=(n, d)) * rng.choice([-1, 1], size=(n, d)),)


def make_floats(rng, n=5, d=3):
    return (rng.normal(size=(n, d)).astype(np.float32),)


# --- relu -------------------------------------------------------------------------------------------------------------


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    x = cache
    dx = dout * (x > 0)
    return dx


def relu_backward_copy(dout, cache):
    dx = np.array(dout, copy=True)
    dx[cache <= 0] = 0
    return dx


def relu_backward_one_at_zero(dout, cache):
    return np.where(cache >= 0, dout, 0)


def relu_backward_in_place(dout, cache):
    x = cache
    dout[x <= 0] = 0
    return dout


def relu_backward_by_gradient(dout, cache):
    dx = np.where(dout > 0, dout, 0)
    return dx


def relu_backward_local(dout, cache):
    dx = (cache > 0).astype(float)
    return dx


# --- leaky and parametric ---------------------------------------------------------------------------------------------


def leaky_relu(x):
    return np.where(x > 0, x, 0.01 * x)


def leaky_relu_prime(x):
    slope = np.ones(x.shape)
    slope[x < 0] = 0.01
    return slope


def leaky_relu_prime_three_branches(x):
    slope = np.zeros(x.shape)
    slope[x > 0] = 1.0
    slope[x < 0] = 0.01
    return slope


def leaky_relu_prime_ints(x):
    slope = np.ones_like(x)
    slope[x < 0] = 0.01
    return slope


def leaky_relu_prime_of_sign(x):
    return np.where(x > 0, 1.0, -0.01)


def prelu(x, alpha):
    return np.maximum(x, 0) + alpha * np.minimum(x, 0)


def prelu_backward(g, x, alpha):
    return g * np.where(x > 0, 1, alpha), np.sum(g * np.minimum(x, 0), axis=0)


def prelu_backward_scalar(g, x, alpha):
    negative = x < 0
    return np.where(negative, alpha * g, g), np.sum(g[negative] * x[negative])


def prelu_backward_per_entry(g, x, alpha):
    dx = g * np.where(x > 0, 1, alpha)
    dalpha = g * np.minimum(x, 0)
    return dx, dalpha


def prelu_backward_scalar_slope_too_wide(g, x, alpha):
    dx = g * np.where(x > 0, 1, alpha)
    dalpha = np.sum(g * np.minimum(x, 0), axis=0)
    return dx, dalpha


def prelu_backward_alpha_of_all(g, x, alpha):
    dx = g * np.where(x > 0, 1, alpha)
    dalpha = np.sum(g * x, axis=0)
    return dx, dalpha


def prelu_backward_count(g, x, alpha):
    dx = g * np.where(x > 0, 1, alpha)
    dalpha = np.sum(g * (x < 0), axis=0)
    return dx, dalpha


# --- smooth ones ------------------------------------------------------------------------------------------------------


def elu(x):
    return np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1), x


def elu_backward(dout, x):
    return dout * np.where(x > 0, 1, np.exp(np.minimum(x, 0)))


def elu_backward_of_output(dout, x):
    y = np.where(x > 0, x, np.expm1(np.minimum(x, 0)))
    return dout * np.where(x > 0, 1, y + 1)


def elu_backward_output_only(dout, x):
    y = np.where(x > 0, x, np.expm1(np.minimum(x, 0)))
    return dout * np.where(x > 0, 1, y)


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def gelu_grad(dy, x):
    c = np.sqrt(2 / np.pi)
    t = np.tanh(c * (x + 0.044715 * x**3))
    return dy * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 3 * 0.044715 * x**2))


def gelu_grad_exact(dy, x):
    cdf = 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))
    pdf = np.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)
    return dy * (cdf + x * pdf)


def gelu_grad_half_exact(dy, x):
    cdf = 0.5 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    pdf = np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)
    return dy * (cdf + x * pdf)


def gelu_grad_sigmoid(dy, x):
    s = 1 / (1 + np.exp(-1.702 * x))
    return dy * (s + 1.702 * x * s * (1 - s))


def silu(x):
    return x / (1 + np.exp(-x)), x


def silu_backward(dout, x):
    sig = 1 / (1 + np.exp(-x))
    return dout * sig * (1 + x * (1 - sig))


def silu_backward_no_x(dout, x):
    sig = 1 / (1 + np.exp(-x))
    return dout * (sig + sig * (1 - sig))


def silu_backward_first_term(dout, x):
    sig = 1 / (1 + np.exp(-x))
    return dout * sig


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.where(x > 0, x, -x)))


def softplus_grad(g, x):
    e = np.exp(-np.abs(x))
    return g * np.where(x >= 0, 1, e) / (1 + e)


def softplus_grad_naive(g, x):
    e = np.exp(x)
    return g * e / (1 + e)


class Tanh:
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out

    def backward(self, dout):
        return dout * (1 - self.out**2)


class TanhTwice(Tanh):
    def backward(self, dout):
        return dout * (1 - np.tanh(self.out) ** 2)


class TanhSigmoidRule(Tanh):
    def backward(self, dout):
        return dout * self.out * (1 - self.out)


class TanhSquareMissing(Tanh):
    def backward(self, dout):
        return dout * (1 - self.out)


class TanhKeepsOut(Tanh):
    """Works in its own buffer."""

    def backward(self, dout):
        self.out *= self.out
        self.out -= 1
        self.out *= -dout
        return self.out


def hard_tanh(x):
    return np.clip(x, -1, 1)


def hard_tanh_grad(dout, x):
    return dout * ((x > -1) & (x < 1))


def hard_tanh_grad_upper(dout, x):
    return dout * (x < 1)


def hard_tanh_grad_none(dout, x):
    return dout * np.ones_like(x)


def modulus(x):
    return np.abs(x)


def modulus_grad(g, x):
    return g * np.sign(x)


def modulus_grad_quotient(g, x):
    return g * x / np.abs(x)


def act(name, layer, backward, forward, kind="", argument="", site="", **more):
    more = {"style": "plain", "make": make_rows} | more
    return Case(
        name=name, layer=layer, forward=forward, backward=backward, right=not kind, kind=kind,
        argument=argument, site=site, **more
    )  # fmt: skip


def relu(name, backward, *mistake, **more):
    return act(f"relu-{name}", "relu", backward, relu_forward, *mistake, style="cache", **more)


def leaky(name, prime, *mistake, **more):
    return act(f"leaky-relu-{name}", "leaky relu", prime, leaky_relu, *mistake, style="pair", **more)


def parametric(name, backward, *mistake, **more):
    return act(f"prelu-{name}", "prelu", backward, prelu, *mistake, **({"make": make_slopes} | more))


def tanh(name, layer, *mistake, **more):
    return act(f"tanh-{name}", "tanh", "backward", layer, *mistake, style="class", **more)


CASES = [
    relu("mask", relu_backward),
    relu("copy", relu_backward_copy),
    relu("float32", relu_backward, make=make_floats, note="float32"),
    relu("one-at-zero", relu_backward_one_at_zero, make=make_zeros, note="at a kink: the slope of the right side"),
    relu("in-place", relu_backward_in_place, "mutation", "dout", "dout[x <= 0] = 0",
         invisible="the upstream looked at afterwards"),
    relu("mask-of-gradient", relu_backward_by_gradient, "wrong-operand", "x", "np.where(dout > 0"),
    relu("upstream-ignored", relu_backward_local, "upstream-ignored", "x", "(cache > 0).astype"),
    leaky("pair", leaky_relu_prime),
    leaky("pair-whole-numbers", leaky_relu_prime, make=make_counts, note="whole numbers in, floats out"),
    leaky("zero-at-zero", leaky_relu_prime_three_branches, "kink-choice", "x", "np.zeros(x.shape)", make=make_zeros,
          note="0 is outside [0.01, 1]"),
    leaky("truncated", leaky_relu_prime_ints, "integer-truncation", "x", "np.ones_like(x)", make=make_counts),
    leaky("sign", leaky_relu_prime_of_sign, "sign", "x", "-0.01"),
    parametric("slopes", prelu_backward),
    parametric("slope", prelu_backward_scalar, make=make_slope),
    parametric("slope-not-summed", prelu_backward_per_entry, "reduction-missing", "alpha", "dalpha = g * np.minimum",
               also=("contract",)),
    parametric("slope-summed-over-batch-only", prelu_backward_scalar_slope_too_wide, "reduction-missing", "alpha",
               "dalpha = np.sum", make=make_slope, also=("contract",)),
    parametric("slope-from-all-entries", prelu_backward_alpha_of_all, "mask-forgotten", "alpha", "np.sum(g * x, axis=0)"),
    parametric("slope-counts-negatives", prelu_backward_count, "wrong-operand", "alpha", "np.sum(g * (x < 0)"),
    act("elu", "elu", elu_backward, elu, style="cache"),
    act("elu-from-output", "elu", elu_backward_of_output, elu, style="cache"),
    act("elu-output-without-alpha", "elu", elu_backward_output_only, elu, "wrong-activation-derivative", "x", "x > 0, 1, y",
        style="cache"),
    act("gelu-tanh", "gelu", gelu_grad, gelu),
    act("gelu-exact-for-tanh", "gelu", gelu_grad_exact, gelu, "approximation-mixed", "x", "cdf + x * pdf"),
    act("gelu-half-exact", "gelu", gelu_grad_half_exact, gelu, "approximation-mixed", "x", "pdf = np.exp(-0.5"),
    act("gelu-sigmoid-for-tanh", "gelu", gelu_grad_sigmoid, gelu, "approximation-mixed", "x", "1.702 * x * s"),
    act("silu", "silu", silu_backward, silu, style="cache"),
    act("silu-factor-x-missing", "silu", silu_backward_no_x, silu, "wrong-operand", "x", "sig + sig * (1 - sig)", style="cache",
        also=("wrong-activation-derivative", "factor")),
    act("silu-product-rule-half", "silu", silu_backward_first_term, silu, "path-dropped", "x", "return dout * sig",
        style="cache"),
    act("softplus-stable", "softplus", softplus_grad, softplus),
    act("softplus-stable-far-out", "softplus", softplus_grad, softplus,
        make=lambda rng, n=5, d=3: (500.0 * rng.normal(size=(n, d)),)),
    act("softplus-overflow", "softplus", softplus_grad_naive, softplus, "overflow", "x", "e = np.exp(x)",
        invisible="inputs beyond 710"),
    tanh("class", Tanh),
    tanh("twice", TanhTwice, "wrong-activation-derivative", "x", "np.tanh(self.out)"),
    tanh("sigmoid-rule", TanhSigmoidRule, "wrong-activation-derivative", "x", "self.out * (1 - self.out)"),
    tanh("square-missing", TanhSquareMissing, "wrong-activation-derivative", "x", "(1 - self.out)"),
    tanh("writes-into-output", TanhKeepsOut, "mutation", "x", "self.out *= self.out",
         invisible="the output, or a second backward, looked at afterwards", also=("stale-cache",)),
    act("hard-tanh", "hard tanh", hard_tanh_grad, hard_tanh),
    act("hard-tanh-lower-side", "hard tanh", hard_tanh_grad_upper, hard_tanh, "clip-ignored", "x", "(x < 1)",
        also=("mask-forgotten",)),
    act("hard-tanh-straight-through", "hard tanh", hard_tanh_grad_none, hard_tanh, "clip-ignored", "x", "np.ones_like(x)"),
    act("abs-sign", "absolute value", modulus_grad, modulus, make=make_zeros, note="at a kink: 0"),
    act("abs-quotient", "absolute value", modulus_grad_quotient, modulus, "kink-choice", "x", "x / np.abs(x)", make=make_zeros,
        also=("overflow",), note="0 / 0 is nan"),
]  # fmt: skip
