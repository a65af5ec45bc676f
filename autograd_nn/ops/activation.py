"""Activations with a record of their own: sigmoid, the ReLU family, softplus and the softmax family.  Layer 2; uses reduce."""

from __future__ import annotations

import math

import numpy as np

from ..domain import ANY, Shape, kinks
from ..op import nary, unary
from .arithmetic import chosen, where
from .elementary import exp, expm1
from .reduce import sum
from .shape import behind

__all__ = ["elu", "leaky_relu", "log_softmax", "logistic", "relu", "sigmoid", "softened", "softmax", "softplus"]

AXES = ((Shape(2, 3), -1), (Shape(2, 3), 0), (Shape(5), -1), (Shape(2, 3, 4), 1), (Shape(1), 0))


def logistic(x):
    with np.errstate(over="ignore"):  # exp(-x) = inf gives the right 0, with full relative precision up to there
        return 1.0 / (1.0 + np.exp(-x))


def rectified(x):
    return np.maximum(x, 0.0)


def leaking(x, slope=0.01):
    return chosen(x > 0.0, x, slope * x)


def saturating(x, alpha=1.0):
    return chosen(x > 0.0, x, alpha * np.expm1(np.minimum(x, 0.0)))


def softened(x):
    """np.logaddexp(x, 0.0), which takes 2000 us where this takes 130 (100,000 elements): NumPy has no vector loop for it."""
    return np.maximum(x, 0.0) + np.log1p(np.exp(-abs(x)))


def normalised(x, axis=-1):
    e = np.exp(x - np.maximum.reduce(x, axis=axis, keepdims=True))
    return e / np.add.reduce(e, axis=axis, keepdims=True)


def log_normalised(x, axis=-1):
    x = x - np.maximum.reduce(x, axis=axis, keepdims=True)
    return x - np.log(np.add.reduce(np.exp(x), axis=axis, keepdims=True))


# fmt: off
sigmoid = unary(
    "sigmoid", lambda x: 1.0 / (1.0 + math.exp(-x)), logistic, lambda g, y, x: g * (y * (1.0 - y)),
    source="1.0 / (1.0 + np.exp(-{0}))", latex=r"\sigma({0})", domain=(ANY,), scipy=("expit",),
    doc="y = 1 / (1 + e^-x), between 0 and 1, without overflow at any x; dy/dx = y (1 - y).",
    example=("sigmoid(0.0)", "0.5"),
)
relu = unary(
    "relu", lambda x: 0.0 if x <= 0.0 else x, rectified, lambda g, y, x: g * (x > 0.0),
    source="np.maximum({0}, 0.0)", latex=r"\max(0, {0})", symbol="ReLU", domain=(kinks(0.0),), analytic=False,
    kink="x = 0: 0",
    doc="y = max(0, x); dy/dx = [x > 0], so 0 at the kink x = 0, as in PyTorch and JAX.",
    example=("relu(-1.5)", "0.0"),
)
leaky_relu = nary(
    "leaky_relu", leaking, (lambda g, y, x, a: where(x > 0.0, g, g * a), lambda g, y, x, a: where(x > 0.0, 0.0, g * x)),
    scalar=lambda x, a: x if x > 0.0 else a * x, kind="elementwise",
    source="np.where({0} > 0.0, {0}, {1} * {0})", latex=r"\max(0, {0}) + {1} \min(0, {0})", symbol="LeakyReLU",
    domain=(kinks(0.0), ANY), analytic=False,
    kink="x = 0: slope",
    doc="y = x where x > 0, else slope x (default slope 0.01); dy/dx = 1 or slope, which is slope at the kink x = 0, as in "
        "PyTorch; dy/dslope = min(x, 0), so a slope can be learnt. Source: Maas, Hannun & Ng 2013; He et al. 2015, eq. 1.",
    example=("leaky_relu(-2.0)", "-0.02"),
)
elu = nary(
    "elu", saturating,
    (lambda g, y, x, a: where(x > 0.0, g, g * (a * exp(where(x > 0.0, 0.0, x)))),
     lambda g, y, x, a: g * expm1(where(x > 0.0, 0.0, x))),
    scalar=lambda x, a: x if x > 0.0 else a * math.expm1(x), kind="elementwise",
    source="np.where({0} > 0.0, {0}, {1} * np.expm1(np.minimum({0}, 0.0)))",
    latex=r"\begin{{cases}} {0} & {0} > 0 \\ {1} (e^{{{0}}} - 1) & \text{{else}} \end{{cases}}", symbol="ELU",
    domain=(kinks(0.0), ANY), analytic=False,
    kink="x = 0: alpha",
    doc="y = x where x > 0, else alpha (e^x - 1) (default alpha 1); dy/dx = 1 or alpha e^x, which is alpha at x = 0 (a kink "
        "unless alpha = 1), as in PyTorch; dy/dalpha = e^min(x, 0) - 1. Source: Clevert, Unterthiner & Hochreiter 2016, eq. 15.",
    example=("elu(0.5)", "0.5"),
)
softplus = unary(
    "softplus", lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))), softened,
    lambda g, y, x: g * sigmoid(x),
    source="np.logaddexp({0}, 0.0)", latex=r"\log(1 + e^{{{0}}})", domain=(ANY,), analytic=False,
    doc="y = log(1 + e^x), a smooth ReLU, without overflow at any x; dy/dx = sigmoid(x). Source: Dugas et al. 2001, eq. 3.",
    example=("softplus(0.0)", "0.6931471805599453"),
)
softmax = nary(
    "softmax", normalised, (lambda g, y, x, axis: y * (g - sum(g * y, axis, True)), None),
    jvp=lambda ts, y, x, axis: y * (ts[0] - sum(ts[0] * y, axis, True)), kind="custom",
    source="np.exp({0}) / np.sum(np.exp({0}), axis={1}, keepdims=True)", latex=r"\mathrm{{softmax}}({0})",
    domain=(ANY,), cases=AXES, leading=lambda count, x, axis: (x, behind(axis)),
    doc="y = exp(x) / sum(exp(x)) along axis (default: the last), with the largest x taken out first; dy/dx = diag(y) - y y^T.",
    example=("softmax(np.array([0.0, 0.0]))", "array([0.5, 0.5])"),
)
log_softmax = nary(
    "log_softmax", log_normalised, (lambda g, y, x, axis: g - exp(y) * sum(g, axis, True), None),
    jvp=lambda ts, y, x, axis: ts[0] - sum(exp(y) * ts[0], axis, True), kind="custom",
    source="{0} - np.log(np.sum(np.exp({0}), axis={1}, keepdims=True))", latex=r"\log \mathrm{{softmax}}({0})",
    domain=(ANY,), cases=AXES, leading=lambda count, x, axis: (x, behind(axis)),
    doc="y = x - logsumexp(x) along axis (default: the last), finite for every finite x; dy/dx = I - 1 softmax(x)^T.",
    example=("log_softmax(np.array([1000.0, 1000.0]))", "array([-0.69314718, -0.69314718])"),
)
# fmt: on
