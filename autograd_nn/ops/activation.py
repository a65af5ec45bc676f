"""Activations with a record of their own: sigmoid, ReLU, softplus and the softmax family.  Layer 2; uses reduce."""

from __future__ import annotations

import math

import numpy as np

from ..domain import ANY, Shape, kinks
from ..op import nary, unary
from .elementary import exp
from .reduce import sum

__all__ = ["log_softmax", "relu", "sigmoid", "softmax", "softplus"]

AXES = ((Shape(2, 3), -1), (Shape(2, 3), 0), (Shape(5), -1), (Shape(2, 3, 4), 1), (Shape(1), 0))


def logistic(x):
    with np.errstate(over="ignore"):  # exp(-x) = inf gives the right 0, with full relative precision up to there
        return 1.0 / (1.0 + np.exp(-x))


def rectified(x):
    return np.maximum(x, 0.0)


def normalised(x, axis=-1):
    e = np.exp(x - np.maximum.reduce(x, axis=axis, keepdims=True))
    return e / np.add.reduce(e, axis=axis, keepdims=True)


def log_normalised(x, axis=-1):
    x = x - np.maximum.reduce(x, axis=axis, keepdims=True)
    return x - np.log(np.add.reduce(np.exp(x), axis=axis, keepdims=True))


# fmt: off
sigmoid = unary(
    "sigmoid", lambda x: 1.0 / (1.0 + math.exp(-x)), logistic, lambda g, y, x: g * (y * (1.0 - y)),
    source="1.0 / (1.0 + np.exp(-{0}))", latex=r"\sigma({0})", domain=(ANY,),
    doc="y = 1 / (1 + e^-x), between 0 and 1, without overflow at any x; dy/dx = y (1 - y).",
    example=("sigmoid(0.0)", "0.5"),
)
relu = unary(
    "relu", lambda x: 0.0 if x <= 0.0 else x, rectified, lambda g, y, x: g * (x > 0.0),
    source="np.maximum({0}, 0.0)", latex=r"\max(0, {0})", symbol="ReLU", domain=(kinks(0.0),), analytic=False,
    doc="y = max(0, x); dy/dx = [x > 0], so 0 at the kink x = 0, as in PyTorch and JAX.",
    example=("relu(-1.5)", "0.0"),
)
softplus = unary(
    "softplus", lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))), lambda x: np.logaddexp(x, 0.0),
    lambda g, y, x: g * sigmoid(x),
    source="np.logaddexp({0}, 0.0)", latex=r"\log(1 + e^{{{0}}})", domain=(ANY,), analytic=False,
    doc="y = log(1 + e^x), a smooth ReLU, without overflow at any x; dy/dx = sigmoid(x). Source: Dugas et al. 2001, eq. 3.",
    example=("softplus(0.0)", "0.6931471805599453"),
)
softmax = nary(
    "softmax", normalised, (lambda g, y, x, axis: y * (g - sum(g * y, axis, True)), None),
    jvp=lambda ts, y, x, axis: y * (ts[0] - sum(ts[0] * y, axis, True)), kind="custom",
    source="np.exp({0}) / np.sum(np.exp({0}), axis={1}, keepdims=True)", latex=r"\mathrm{{softmax}}({0})",
    domain=(ANY,), cases=AXES,
    doc="y = exp(x) / sum(exp(x)) along axis (default: the last), with the largest x taken out first; dy/dx = diag(y) - y y^T.",
    example=("softmax(np.array([0.0, 0.0]))", "array([0.5, 0.5])"),
)
log_softmax = nary(
    "log_softmax", log_normalised, (lambda g, y, x, axis: g - exp(y) * sum(g, axis, True), None),
    jvp=lambda ts, y, x, axis: ts[0] - sum(exp(y) * ts[0], axis, True), kind="custom",
    source="{0} - np.log(np.sum(np.exp({0}), axis={1}, keepdims=True))", latex=r"\log \mathrm{{softmax}}({0})",
    domain=(ANY,), cases=AXES,
    doc="y = x - logsumexp(x) along axis (default: the last), finite for every finite x; dy/dx = I - 1 softmax(x)^T.",
    example=("log_softmax(np.array([1000.0, 1000.0]))", "array([-0.69314718, -0.69314718])"),
)
# fmt: on
