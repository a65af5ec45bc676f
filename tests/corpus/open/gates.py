"""GELU, swish, ELU, PReLU, maxout, gated units and their second derivatives.  Knows NumPy alone."""

from functools import partial
from math import erf

import numpy as np
from corpus.case import Case
from corpus.open.inputs import matrix, vector, with_zeros

erf_of = np.vectorize(erf, otypes=[float])

# --- GELU by the error function, and by its approximation


def gelu(x):
    return 0.5 * x * (1 + erf_of(x / np.sqrt(2)))


def gelu_backward(dy, x):
    cdf = 0.5 * (1 + erf_of(x / np.sqrt(2)))
    pdf = np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)
    return dy * (cdf + x * pdf)


def gelu_backward_tanh_cdf(dy, x):
    cdf = 0.5 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    pdf = np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)
    return dy * (cdf + x * pdf)


def gelu_backward_no_pdf(dy, x):
    return dy * 0.5 * (1 + erf_of(x / np.sqrt(2)))


def gelu_tanh(x):
    c = np.sqrt(2 / np.pi)
    return 0.5 * x * (1 + np.tanh(c * (x + 0.044715 * x**3)))


def gelu_tanh_backward(dy, x):
    c = np.sqrt(2 / np.pi)
    t = np.tanh(c * (x + 0.044715 * x**3))
    return dy * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 3 * 0.044715 * x**2))


def gelu_tanh_backward_exact(dy, x):
    """The exact formula, for the forward that approximates."""
    Phi = 0.5 * (1 + erf_of(x / np.sqrt(2)))
    phi = np.exp(-x * x / 2) / np.sqrt(2 * np.pi)
    return dy * (Phi + x * phi)


def gelu_tanh_backward_no_three(dy, x):
    c = np.sqrt(2 / np.pi)
    t = np.tanh(c * (x + 0.044715 * x**3))
    inner = c * (1 + 0.044715 * x**2)
    return dy * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner)


def gelu_tanh_backward_quick(dy, x):
    s = 1 / (1 + np.exp(-1.702 * x))
    return dy * (s + 1.702 * x * s * (1 - s))


class GELU:
    """The activation as an object with first and second derivative."""

    def grad(self, x):
        cdf = 0.5 * (1 + erf_of(x / np.sqrt(2)))
        return cdf + x * np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)

    def grad2(self, x):
        pdf = np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)
        return pdf * (2 - x**2)

    def grad2_no_product_rule(self, x):
        pdf = np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)
        return 2 * pdf

    def grad2_sign(self, x):
        pdf = np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)
        return pdf * (2 + x**2)


# --- swish


def swish(x):
    return x / (1 + np.exp(-x))


def swish_prime(x):
    s = 1 / (1 + np.exp(-x))
    y = x * s
    return y + s * (1 - y)


def swish_prime_product_rule(x):
    s = 1 / (1 + np.exp(-x))
    return s + x * s * (1 - s)


def swish_prime_dropped(x):
    s = 1 / (1 + np.exp(-x))
    return x * s * (1 - s)


def swish_prime_x_for_y(x):
    s = 1 / (1 + np.exp(-x))
    return x + s * (1 - x)


def softplus_grad(x):
    return 1 / (1 + np.exp(-x))


def softplus_grad2(x):
    s = softplus_grad(x)
    return s * (1 - s)


def softplus_grad2_ratio(x):
    """The exponential in the denominator is not squared."""
    return np.exp(x) / (np.exp(x) + 1)


# --- ELU


def elu_forward(x, alpha=1.5):
    out = np.where(x > 0, x, alpha * (np.exp(x) - 1))
    return out, (x, out, alpha)


def elu_backward(dout, cache):
    x, out, alpha = cache
    return dout * np.where(x > 0, 1, out + alpha)


def elu_backward_exp(dout, cache):
    x, _, alpha = cache
    return dout * np.where(x > 0, 1, alpha * np.exp(x))


def elu_backward_alpha_missing(dout, cache):
    x, _, alpha = cache
    return dout * np.where(x > 0, 1, np.exp(x))


def elu_backward_plus_one(dout, cache):
    x, out, alpha = cache
    return dout * np.where(x > 0, 1, out + 1)


def elu_backward_value(dout, cache):
    x, out, alpha = cache
    return dout * np.where(x > 0, 1, alpha * (np.exp(x) - 1))


# --- PReLU: a slope is learnt for each channel


def prelu(x, a):
    return np.where(x > 0, x, a * x)


def prelu_backward(dy, x, a):
    dx = dy * np.where(x > 0, 1.0, a)
    da = np.sum(dy * np.where(x > 0, 0.0, x), axis=0)
    return dx, da


def prelu_backward_all(dy, x, a):
    dx = dy * np.where(x > 0, 1.0, a)
    da = np.sum(dy * x, axis=0)
    return dx, da


def prelu_backward_mean(dy, x, a):
    dx = dy * np.where(x > 0, 1.0, a)
    da = np.mean(dy * np.minimum(x, 0.0), axis=0)
    return dx, da


def prelu_backward_total(dy, x, a):
    dx = dy * np.where(x > 0, 1.0, a)
    da = np.sum(dy * np.minimum(x, 0.0))
    return dx, da


def prelu_inputs(rng, n=5, d=3):
    return rng.normal(size=(n, d)), rng.uniform(0.05, 0.4, d)


# --- the maximum of two arrays, and maxout


def larger_of(a, b):
    return np.maximum(a, b)


def larger_of_backward(dy, a, b):
    first = a >= b
    return dy * first, dy * ~first


def larger_of_backward_shared(dy, a, b):
    share = np.where(a == b, 0.5, 1.0)
    return dy * share * (a >= b), dy * share * (b >= a)


def larger_of_backward_both(dy, a, b):
    return dy * (a >= b), dy * (b >= a)


def larger_of_backward_strict(dy, a, b):
    da = dy * (a > b)
    db = dy * (b > a)
    return da, db


def tied_pair(rng, n=5, d=3):
    a, b = rng.normal(size=(2, n, d))
    b[::2] = a[::2]
    return a, b


def maxout_forward(x, W):
    """W (pieces, d, m)."""
    z = np.einsum("nd,kdm->knm", x, W)
    return z.max(axis=0), (x, W, z)


def maxout_backward(dout, cache):
    x, W, z = cache
    dz = np.zeros_like(z)
    n, m = dout.shape
    dz[z.argmax(axis=0), np.arange(n)[:, None], np.arange(m)] = dout
    return np.einsum("knm,kdm->nd", dz, W), np.einsum("nd,knm->kdm", x, dz)


def maxout_backward_all_pieces(dout, cache):
    x, W, z = cache
    dz = np.broadcast_to(dout, z.shape)
    return np.einsum("knm,kdm->nd", dz, W), np.einsum("nd,knm->kdm", x, dz)


def maxout_inputs(rng, n=5, d=3, m=2, k=7):
    return rng.normal(size=(n, d)), rng.normal(size=(k, d, m))


# --- a gated linear unit: the last axis is split


def glu(x):
    a, b = np.split(x, 2, axis=-1)
    return a / (1 + np.exp(-b))


def glu_backward(dy, x):
    a, b = np.split(x, 2, axis=-1)
    s = 1 / (1 + np.exp(-b))
    return np.concatenate([dy * s, dy * a * s * (1 - s)], axis=-1)


def glu_backward_halves(dy, x):
    a, b = np.split(x, 2, axis=-1)
    s = 1 / (1 + np.exp(-b))
    da = dy * s
    db = dy * a * s * (1 - s)
    return np.concatenate([db, da], axis=-1)


def glu_backward_gate_only(dy, x):
    a, b = np.split(x, 2, axis=-1)
    s = 1 / (1 + np.exp(-b))
    return np.concatenate([dy * s, np.zeros_like(b)], axis=-1)


def even(rng, n=5, d=3):
    return (rng.normal(size=(n, 2 * d)),)


# fmt: off
exact = partial(Case, layer="gelu", forward=gelu, style="plain", make=matrix)
approximate = partial(Case, layer="gelu by tanh", forward=gelu_tanh, style="plain", make=matrix)
second = partial(Case, layer="gelu, second derivative", forward=GELU().grad, style="pair", make=vector,
                 note="an elementwise pair: f' and f''")
pair = partial(Case, layer="swish", forward=swish, style="pair", make=vector, note="an elementwise pair: f and f'")
soft = partial(Case, layer="softplus, second derivative", forward=softplus_grad, style="pair", make=vector,
               note="an elementwise pair: f' and f''")
elu = partial(Case, layer="elu", forward=elu_forward, style="cache", make=matrix)
slope = partial(Case, layer="prelu", forward=prelu, style="plain", make=prelu_inputs)
maximum = partial(Case, layer="maximum", forward=larger_of, style="plain", make=tied_pair)
maxout = partial(Case, layer="maxout", forward=maxout_forward, style="cache", make=maxout_inputs)
gated = partial(Case, layer="gated linear unit", forward=glu, style="plain", make=even)
CASES = [
    exact(name="gelu", backward=gelu_backward, right=True),
    approximate(name="gelu-by-tanh", backward=gelu_tanh_backward, right=True),
    second(name="gelu-second", backward=GELU().grad2, right=True),
    pair(name="swish-prime", backward=swish_prime, right=True),
    pair(name="swish-prime-product-rule", backward=swish_prime_product_rule, right=True),
    soft(name="softplus-second", backward=softplus_grad2, right=True),
    elu(name="elu", backward=elu_backward, right=True),
    elu(name="elu-exp-at-zero", backward=elu_backward_exp, make=with_zeros(matrix), right=True),
    slope(name="prelu", backward=prelu_backward, right=True),
    maximum(name="maximum-ties-to-the-first", backward=larger_of_backward, right=True),
    maximum(name="maximum-ties-shared", backward=larger_of_backward_shared, right=True),
    maxout(name="maxout", backward=maxout_backward, right=True),
    gated(name="gated-linear-unit", backward=glu_backward, right=True),
    exact(name="gelu-tanh-for-the-distribution", backward=gelu_backward_tanh_cdf, right=False, kind="approximation-mixed",
          argument="x", site="np.tanh(np.sqrt(2 / np.pi)", note="wrong by 5e-4 at most"),
    exact(name="gelu-density-dropped", backward=gelu_backward_no_pdf, right=False, kind="path-dropped", argument="x",
          site="return dy * 0.5", also=("wrong-activation-derivative",)),
    approximate(name="gelu-by-tanh-exact-derivative", backward=gelu_tanh_backward_exact, right=False, kind="approximation-mixed",
                argument="x", site="(Phi + x * phi)"),
    approximate(name="gelu-by-tanh-factor-three", backward=gelu_tanh_backward_no_three, right=False, kind="factor",
                argument="x", site="(1 + 0.044715 * x**2)", also=("wrong-activation-derivative",)),
    approximate(name="gelu-by-tanh-quick-derivative", backward=gelu_tanh_backward_quick, right=False, kind="approximation-mixed",
                argument="x", site="(s + 1.702 * x * s * (1 - s))"),
    second(name="gelu-second-product-rule", backward=GELU().grad2_no_product_rule, right=False, kind="second-order", argument="x",
           site="return 2 * pdf", also=("path-dropped",)),
    second(name="gelu-second-sign", backward=GELU().grad2_sign, right=False, kind="second-order", argument="x",
           site="(2 + x**2)", also=("sign",)),
    pair(name="swish-prime-gate-dropped", backward=swish_prime_dropped, right=False, kind="path-dropped", argument="x",
         site="return x * s * (1 - s)", also=("wrong-activation-derivative",)),
    pair(name="swish-prime-input-for-output", backward=swish_prime_x_for_y, right=False, kind="wrong-operand", argument="x",
         site="x + s * (1 - x)", also=("wrong-activation-derivative",)),
    soft(name="softplus-second-not-squared", backward=softplus_grad2_ratio, right=False, kind="second-order", argument="x",
         site="(np.exp(x) + 1)", also=("wrong-activation-derivative",)),
    elu(name="elu-alpha-missing", backward=elu_backward_alpha_missing, right=False, kind="factor", argument="x",
        site="np.where(x > 0, 1, np.exp(x))", also=("wrong-activation-derivative",)),
    elu(name="elu-one-for-alpha", backward=elu_backward_plus_one, right=False, kind="wrong-activation-derivative", argument="x",
        site="out + 1", also=("wrong-operand",)),
    elu(name="elu-value-for-slope", backward=elu_backward_value, right=False, kind="wrong-activation-derivative", argument="x",
        site="alpha * (np.exp(x) - 1)"),
    slope(name="prelu-mask-forgotten", backward=prelu_backward_all, right=False, kind="mask-forgotten", argument="a",
          site="da = np.sum(dy * x, axis=0)"),
    slope(name="prelu-slope-averaged", backward=prelu_backward_mean, right=False, kind="reduction-missing", argument="a",
          site="da = np.mean(", also=("factor",)),
    slope(name="prelu-slope-one-number", backward=prelu_backward_total, right=False, kind="wrong-axis", argument="a",
          site="da = np.sum(", also=("contract",)),
    maximum(name="maximum-ties-to-both", backward=larger_of_backward_both, right=False, kind="kink-choice", argument="a",
            site="return dy * (a >= b), dy * (b >= a)", also=("path-doubled",)),
    maximum(name="maximum-ties-to-neither", backward=larger_of_backward_strict, right=False, kind="kink-choice", argument="a",
            site="da = dy * (a > b)", also=("path-dropped",)),
    maxout(name="maxout-to-all-pieces", backward=maxout_backward_all_pieces, right=False, kind="mask-forgotten", argument="x",
           site="dz = np.broadcast_to(dout, z.shape)"),
    gated(name="gated-linear-unit-halves", backward=glu_backward_halves, right=False, kind="swapped-outputs", argument="x",
          site="np.concatenate([db, da], axis=-1)", also=("transpose",)),
    gated(name="gated-linear-unit-gate-detached", backward=glu_backward_gate_only, right=False, kind="path-dropped", argument="x",
          site="np.zeros_like(b)"),
]
# fmt: on
