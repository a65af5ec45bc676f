"""Logarithms of sums and of odds, and products with logarithms, without overflow or 0 log 0.  Layer 2; uses activation."""

from __future__ import annotations

import math

import numpy as np

from ..domain import ANY, BEYOND_ONE, POSITIVE, Interval
from ..op import PRODUCT, SUM, Operation, binary, unary
from .activation import sigmoid, softened
from .arithmetic import divide, where
from .compare import equal, logical_and
from .elementary import log
from .rounding import isinf

__all__ = [
    "entr",
    "kl_div",
    "log_sigmoid",
    "logaddexp",
    "logaddexp2",
    "logit",
    "rel_entr",
    "xlog1py",
    "xlogy",
]

LN2 = math.log(2.0)
PROBABILITY = Interval(0.2, 0.8)


def apart(x, z):
    """x - z, and 0 for two equal infinities, which inf - inf is not."""
    same = logical_and(equal(x, z), isinf(x))
    return where(same, 0.0, x) - where(same, 0.0, z)


def over(x, z):
    """x / z, and 0 for 0 / 0: what has no weight has no share."""
    return divide(x, where(logical_and(equal(x, 0.0), equal(z, 0.0)), 1.0, z))


def log_of_sum(x, z):
    return x + LN2 if x == z else max(x, z) + math.log1p(math.exp(-abs(x - z)))


def log2_of_sum(x, z):
    return x + 1.0 if x == z else max(x, z) + math.log1p(math.exp2(-abs(x - z))) / LN2


def alike(x, z):
    """Both as arrays of one dtype, which a Python number beside a float32 array does not change."""
    kind = np.result_type(x, z)
    kind = kind if kind.kind in "fc" else np.dtype(float)
    return np.asarray(x, kind), np.asarray(z, kind)


def log_of_sums(x, z):
    """np.logaddexp, which takes 2000 us where this takes 250 (100,000 elements): NumPy has no vector loop for it."""
    top, gap = top_and_gap(x, z)
    return top + np.log1p(np.exp(gap))


def log2_of_sums(x, z):
    top, gap = top_and_gap(x, z)
    return top + np.log1p(np.exp2(gap)) / LN2


def top_and_gap(x, z):
    """The larger of x and z, and what the smaller one lacks, as a negative number: 0 for two equal infinities."""
    x, z = alike(x, z)
    with np.errstate(invalid="ignore"):
        return np.maximum(x, z), np.where(x == z, 0.0, -abs(x - z))


def without_zero(log):
    """The array kernel of x log(z) that is 0 for x = 0, whatever number z is."""

    def array(x, z):
        x, z = alike(x, z)
        return (x * log(np.where((x == 0.0) & (z == z), 1.0, z)))[()]

    return array


def without_zero_of_float(log):
    return lambda x, z: 0.0 if x == 0.0 and z == z else x * log(z)


def entropy(x):
    x = np.asarray(x)
    y = 0.0 - x * np.log(np.where(x > 0.0, x, 1.0))  # 0, not -0, at 0
    return np.where(x < 0.0, -math.inf, y).astype(y.dtype, copy=False)[()]


def weighed(x, z):
    """x log(x / z) for x, z > 0; else its limit 0 where x = 0 <= z, nan beside a nan, and inf."""
    x, z = alike(x, z)
    proper = (x > 0.0) & (z > 0.0)
    a, b = np.where(proper, x, 1.0), np.where(proper, z, 1.0)
    with np.errstate(all="ignore"):
        r = a / b
        near, tame = (r > 0.5) & (r < 2.0), np.isfinite(r) & (r > np.finfo(r.dtype).tiny)
        ratio = np.where(near, np.log1p((a - b) / b), np.where(tame, np.log(r), np.log(a) - np.log(b)))
    outside = np.where((x == 0.0) & (z >= 0.0), 0.0, np.where(np.isnan(x + z), math.nan, math.inf))
    return np.where(proper, a * ratio, outside.astype(a.dtype))[()]


def divergence(x, z):
    y = weighed(x, z)
    x, z = alike(x, z)
    return np.where(np.isfinite(y), y - x + z, y)[()]


def log_odds(x):
    """2 artanh(2x - 1) around 1/2, where the difference of logarithms cancels."""
    x = np.asarray(x)
    middle = abs(x - 0.5) < 0.25
    inside, outside = np.where(middle, 2.0 * x - 1.0, 0.0), np.where(middle, 0.5, x)
    return np.where(middle, 2.0 * np.arctanh(inside), np.log(outside) - np.log1p(-outside))[()]


def log_odds_of_float(x):
    return 2.0 * math.atanh(2.0 * x - 1.0) if abs(x - 0.5) < 0.25 else math.log(x) - math.log1p(-x)


# fmt: off
logaddexp = binary(
    "logaddexp", log_of_sum, log_of_sums,
    (lambda g, y, x, z: g * sigmoid(apart(x, z)), lambda g, y, x, z: g * sigmoid(apart(z, x))),
    source="np.logaddexp({0}, {1})", latex=r"\log(e^{{{0}}} + e^{{{1}}})", domain=(ANY, ANY), analytic=False,
    numpy=(np.logaddexp,),
    doc="y = log(e^x + e^z), without overflow; dy/dx = sigmoid(x - z), dy/dz = sigmoid(z - x), 1/2 each for two equal infinities "
        "(two probabilities of 0, or of infinity).",
    example=("logaddexp(1000.0, 1000.0)", "1000.6931471805599"),
)
logaddexp2 = binary(
    "logaddexp2", log2_of_sum, log2_of_sums,
    (lambda g, y, x, z: g * sigmoid(LN2 * apart(x, z)), lambda g, y, x, z: g * sigmoid(LN2 * apart(z, x))),
    source="np.logaddexp2({0}, {1})", latex=r"\log_2(2^{{{0}}} + 2^{{{1}}})", domain=(ANY, ANY), analytic=False,
    numpy=(np.logaddexp2,),
    doc="y = log2(2^x + 2^z), without overflow; dy/dx = 1 / (1 + 2^(z - x)), dy/dz = 1 / (1 + 2^(x - z)), 1/2 each for two equal "
        "infinities.",
    example=("logaddexp2(2000.0, 2000.0)", "2001.0"),
)
log_sigmoid = unary(
    "log_sigmoid", lambda x: min(x, 0.0) - math.log1p(math.exp(-abs(x))), lambda x: -softened(-x),
    lambda g, y, x: g * sigmoid(-x),
    source="-np.logaddexp(0.0, -{0})", latex=r"\log \sigma({0})", precedence=PRODUCT, domain=(ANY,), analytic=False,
    scipy=("log_expit",),
    doc="y = log(1 / (1 + e^-x)) = -softplus(-x), finite for every finite x and exact near 0; dy/dx = sigmoid(-x).",
    example=("log_sigmoid(-1000.0)", "-1000.0"),
)
logit = unary(
    "logit", log_odds_of_float, log_odds, lambda g, y, x: divide(g, x * (1.0 - x)),
    source="np.log({0} / (1.0 - {0}))", latex=r"\mathrm{{logit}}({0})", domain=(PROBABILITY,), scipy=("logit",),
    doc="y = log(x / (1 - x)), the log odds, the inverse of sigmoid, exact near x = 1/2 too; dy/dx = 1 / (x (1 - x)). -inf at 0, "
        "inf at 1, nan outside.",
    example=("logit(0.5)", "0.0"),
)
xlogy: Operation = binary(
    "xlogy", without_zero_of_float(math.log), without_zero(np.log),
    (lambda g, y, x, z: xlogy(g, z), lambda g, y, x, z: g * over(x, z)),
    source="{0} * np.log({1})", latex=r"{0} \log {1}", precedence=PRODUCT, domain=(ANY, POSITIVE), scipy=("xlogy",),
    doc="y = x log z, 0 where x = 0; dy/dx = log z (-inf at z = 0, nan for z < 0), dy/dz = x / z, which is 0 at x = z = 0.",
    example=("xlogy(0.0, 0.0)", "0.0"),
)
xlog1py: Operation = binary(
    "xlog1py", without_zero_of_float(math.log1p), without_zero(np.log1p),
    (lambda g, y, x, z: xlog1py(g, z), lambda g, y, x, z: g * over(x, 1.0 + z)),
    source="{0} * np.log1p({1})", latex=r"{0} \log(1 + {1})", precedence=PRODUCT, domain=(ANY, BEYOND_ONE),
    scipy=("xlog1py",),
    doc="y = x log(1 + z), 0 where x = 0, exact near z = 0; dy/dx = log(1 + z), dy/dz = x / (1 + z), or 0 at x = 0, z = -1.",
    example=("xlog1py(0.0, -1.0)", "0.0"),
)
entr = unary(
    "entr", lambda x: -x * math.log(x) if x > 0.0 else float(entropy(x)), entropy, lambda g, y, x: -g * (1.0 + log(x)),
    source="-{0} * np.log({0})", latex=r"-{0} \log {0}", precedence=PRODUCT, domain=(POSITIVE,), analytic=False,
    kink="x = 0: infinite", scipy=("entr",),
    doc="y = -x log x, a term of an entropy in nats, 0 at x = 0 and -inf for x < 0; dy/dx = -1 - log x, inf at x = 0.",
    example=("entr(0.0)", "0.0"),
)
rel_entr = binary(
    "rel_entr", lambda x, z: float(weighed(x, z)), weighed,
    (lambda g, y, x, z: g * (log(x) - log(z) + 1.0), lambda g, y, x, z: -g * over(x, z)),
    source="{0} * np.log({0} / {1})", latex=r"{0} \log({0} / {1})", precedence=PRODUCT, domain=(POSITIVE, POSITIVE),
    analytic=False, kink="x = 0: -inf by x, 0 by z", scipy=("rel_entr",),
    doc="y = x log(x / z), a term of a relative entropy in nats, 0 where x = 0 <= z, inf elsewhere outside of x, z > 0; "
        "dy/dx = log(x / z) + 1, which is -inf at x = 0; dy/dz = -x / z.",
    example=("rel_entr(0.0, 0.5)", "0.0"),
)
kl_div = binary(
    "kl_div", lambda x, z: float(divergence(x, z)), divergence,
    (lambda g, y, x, z: g * (log(x) - log(z)), lambda g, y, x, z: g * (1.0 - over(x, z))),
    source="{0} * np.log({0} / {1}) - {0} + {1}", latex=r"{0} \log({0} / {1}) - {0} + {1}", precedence=SUM,
    domain=(POSITIVE, POSITIVE), analytic=False, kink="x = 0: -inf by x, 1 by z", scipy=("kl_div",),
    doc="y = x log(x / z) - x + z >= 0, a term of a divergence, z where x = 0 <= z, inf elsewhere outside of x, z > 0; "
        "dy/dx = log(x / z), which is -inf at x = 0; dy/dz = 1 - x / z.",
    example=("kl_div(1.0, 1.0)", "0.0"),
)
# fmt: on
