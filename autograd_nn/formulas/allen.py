"""Allen's layer, activations and losses as data; knows NumPy, not his dense layer backward.  Layer 9."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from .formula import Formula
from .sampling import (
    affine_loop,
    away_from_zero,
    entrywise,
    normal,
    probabilities,
    sampler,
    sigmoid_loop,
    signs,
    smoothed,
    softmax_loop,
    total,
)

__all__ = ["FORMULAS"]


value = partial(Formula, text="allen", claim="value", convention="C1")
activation = partial(value, shapes="x (n, 1) -> (n, 1)", sample=sampler(x=away_from_zero(5, 1)))
loss = partial(value, shapes="y (N, 1), p (N, 1) -> ()", sample=sampler(y=smoothed(5, 1), p=probabilities(5, 1)))
squares = partial(
    Formula,
    text="allen",
    claim="gradient",
    convention="C1",
    forward=lambda y, t: np.mean((y - t) ** 2),
    sample=sampler(y=normal(5, 1), t=normal(5, 1)),
    shapes="y (N, 1), t (N, 1) -> (N, 1)",
)
batch_squares = partial(
    squares,
    convention="CB",
    sample=sampler(y=normal(5, 7), t=normal(5, 7)),
    shapes="y (m, B), t (m, B) -> (m, B)",
)
FORMULAS: tuple[Formula, ...] = (
    # ---------------------------------------------------------------- layers and activations
    value(
        id="allen-eq3",
        equation="(3)",
        statement="A layer applies its activation to the weights times the input column plus the bias.",
        latex=r"\vec{y} = f(W \vec{x} + \vec{b})",
        shapes="W (m, n), x (n, 1), b (m, 1) -> (m, 1)",
        hand=lambda W, x, b: np.tanh(W @ x + b),
        forward=lambda W, x, b: entrywise(math.tanh, affine_loop(W, x, b)),
        sample=sampler(W=normal(5, 3), x=normal(3, 1), b=normal(5, 1)),
    ),
    activation(
        id="allen-eq4",
        equation="(4)",
        statement="ReLU keeps positive entries and sets the others to zero.",
        latex=r"f(x) = \max(0, x)",
        hand=lambda x: np.maximum(0.0, x),
        forward=lambda x: entrywise(lambda u: u if u > 0.0 else 0.0, x),
    ),
    activation(
        id="allen-eq5",
        equation="(5)",
        statement="The sigmoid is the reciprocal of one plus the exponential of the negated entry.",
        latex=r"f(x) = \frac{1}{1 + e^{-x}}",
        hand=lambda x: 1.0 / (1.0 + np.exp(-x)),
        forward=lambda x: sigmoid_loop(x),
    ),
    activation(
        id="allen-eq6",
        equation="(6)",
        statement="The quotient of exponentials is the hyperbolic tangent.",
        latex=r"f(x) = \tanh(x) = \frac{e^x - e^{-x}}{e^x + e^{-x}}",
        hand=lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)),
        forward=lambda x: entrywise(math.tanh, x),
    ),
    activation(
        id="allen-eq7",
        equation="(7)",
        statement="Softmax divides the exponential of every entry by the sum of all exponentials.",
        latex=r"f(x_i) = \frac{e^{x_i}}{\sum_j e^{x_j}}",
        hand=lambda x: np.exp(x) / np.sum(np.exp(x)),
        forward=lambda x: softmax_loop(x),
    ),
    # ---------------------------------------------------------------- losses
    loss(
        id="allen-eq8",
        equation="(8)",
        statement="The mean squared error is the mean of the squared differences.",
        latex=r"L(y, \hat{y}) = \frac{1}{N} \sum_{i=1}^N (y_i - \hat{y}_i)^2",
        hand=lambda y, p: np.mean((y - p) ** 2),
        forward=lambda y, p: total(lambda u, v: (u - v) * (u - v) / len(y), y, p),
    ),
    loss(
        id="allen-eq9",
        equation="(9)",
        statement="The mean absolute error is the mean of the absolute differences.",
        latex=r"L(y, \hat{y}) = \frac{1}{N} \sum_{i=1}^N |y_i - \hat{y}_i|",
        hand=lambda y, p: np.mean(np.abs(y - p)),
        forward=lambda y, p: total(lambda u, v: abs(u - v) / len(y), y, p),
    ),
    loss(
        id="allen-eq10",
        equation="(10)",
        statement="The cross-entropy is the negated sum of labels times logarithms of predictions.",
        latex=r"L(y, \hat{y}) = -\sum_{i=1}^N y_i \log(\hat{y}_i)",
        hand=lambda y, p: -np.sum(y * np.log(p)),
        forward=lambda y, p: total(lambda u, v: -u * math.log(v), y, p),
    ),
    loss(
        id="allen-eq11",
        equation="(11)",
        statement="The binary cross-entropy adds the cross-entropy of the complements.",
        latex=r"L(y, \hat{y}) = -\sum_{i=1}^N (y_i \log(\hat{y}_i) + (1 - y_i) \log(1 - \hat{y}_i))",
        hand=lambda y, p: -np.sum(y * np.log(p) + (1.0 - y) * np.log(1.0 - p)),
        forward=lambda y, p: total(lambda u, v: -u * math.log(v) - (1.0 - u) * math.log(1.0 - v), y, p),
    ),
    loss(
        id="allen-eq12",
        equation="(12)",
        statement="The categorical cross-entropy sums the cross-entropy over examples and classes.",
        latex=r"L(y, \hat{y}) = -\sum_{i=1}^N \sum_{c=1}^C y_{ic} \log(\hat{y}_{ic})",
        shapes="y (N, C), p (N, C) -> ()",
        convention="RB",
        hand=lambda y, p: -np.sum(y * np.log(p)),
        forward=lambda y, p: total(lambda u, v: -u * math.log(v), y, p),
        sample=sampler(y=smoothed(7, 5, axis=1), p=probabilities(7, 5, axis=1)),
    ),
    loss(
        id="allen-eq13",
        equation="(13)",
        statement="The hinge loss sums what every label times prediction lacks to a margin of one.",
        latex=r"L(y, \hat{y}) = \sum_{i=1}^N \max(0, 1 - y_i \cdot \hat{y}_i)",
        hand=lambda y, p: np.sum(np.maximum(0.0, 1.0 - y * p)),
        forward=lambda y, p: total(lambda u, v: 1.0 - u * v if u * v < 1.0 else 0.0, y, p),
        sample=sampler(y=signs(5, 1), p=normal(5, 1)),
    ),
    squares(
        id="allen-eq15",
        equation="(15)",
        statement="The gradient of the mean squared error with respect to the output is twice the difference.",
        latex=r"\frac{\partial L}{\partial y} = 2(y - \hat{y})",
        hand=lambda y, t: 2.0 * (y - t),
        wrt="y",
        expected="fails as printed",
    ),
    squares(
        id="allen-eq15-corrected",
        equation="(15)",
        statement="The gradient keeps the factor 1/N of the mean squared error (8), which the text drops.",
        latex=r"\frac{\partial L}{\partial y} = \frac{2}{N}(y - \hat{y})",
        hand=lambda y, t: 2.0 * (y - t) / len(y),
        wrt="y",
    ),
    squares(
        id="allen-eq15-text",
        equation="text before (15)",
        statement="The same expression is the derivative with respect to the layer written with a hat.",
        latex=r"\frac{\partial L}{\partial \hat{y}} = 2(y - \hat{y})",
        hand=lambda y, t: 2.0 * (y - t),
        wrt="t",
        expected="fails as printed",
    ),
    squares(
        id="allen-eq15-text-corrected",
        equation="text before (15)",
        statement="With respect to the hatted argument the sign turns round, and the factor 1/N stays.",
        latex=r"\frac{\partial L}{\partial \hat{y}} = -\frac{2}{N}(y - \hat{y})",
        hand=lambda y, t: -2.0 * (y - t) / len(y),
        wrt="t",
    ),
    batch_squares(
        id="allen-eq15-batch",
        equation="text after (15)",
        statement="For a batch the gradient of the mean squared error is twice the difference of the matrices.",
        latex=r"\frac{\partial L}{\partial Y} = 2(Y - \hat{Y})",
        hand=lambda y, t: 2.0 * (y - t),
        wrt="y",
        expected="fails as printed",
    ),
    batch_squares(
        id="allen-eq15-batch-corrected",
        equation="text after (15)",
        statement="A mean over all entries of the batch leaves its factor in the gradient.",
        latex=r"\frac{\partial L}{\partial Y} = \frac{2}{N}(Y - \hat{Y})",
        hand=lambda y, t: 2.0 * (y - t) / y.size,
        wrt="y",
    ),
)
