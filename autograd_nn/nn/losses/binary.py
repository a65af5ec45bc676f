"""Losses for two classes: the binary cross-entropies, hinge and perceptron.  Layer 7, above arguments.py; knows no layers.

A mean is over all elements, as in PyTorch.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import ops
from .arguments import check_range, check_reduction, check_two_labels, pair, reduced, unless_zero

__all__ = ["binary_cross_entropy", "binary_cross_entropy_with_logits", "hinge", "perceptron"]

PROBABLE = "A target is the probability of class 1. For labels -1 and 1, pass (target + 1) / 2."


def binary_cross_entropy(probabilities: Any, target: Any, reduction: str = "mean") -> Any:
    r"""The binary cross-entropy:  L = mean of -(t log p + (1 - t) log(1 - p)) over all elements, in nats, with 0 log 0 = 0.

    probabilities   p of class 1, array or Tensor, any shape, in [0, 1], such as a sigmoid
    target          t, array or Tensor of the same shape (nothing is broadcast): labels 0 and 1, or probabilities of class 1
    reduction       "mean" over all N elements, "sum" over them, or "none": each element's loss, in the shape of probabilities
    dL/dp = (p - t) / (p (1 - p) N), which is 1 / N at p = t = 0 and -1 / N at p = t = 1;  dL/dt = log((1 - p) / p) / N, taken
    as 0 at p = t = 0 or 1;  without the 1/N for "sum" and "none".
    Range: inf at p = 0 < t and at p = 1 > t, its gradient -inf and inf, with NumPy's "divide by zero" warnings (PyTorch stops at
    100). A sigmoid rounds to 1 from 37 on (17 in float32): prefer binary_cross_entropy_with_logits.
    Raises ValueError for numbers outside of [0, 1] or another reduction, ShapeError if the shapes differ or a mean is over
    nothing, DtypeError for no numbers.
    Source: Bishop 2006, eq. 4.90; the convention for 0 log 0: Cover & Thomas 2006, section 2.1.

    >>> binary_cross_entropy(np.array([0.5, 1.0]), np.array([1, 1]))
    np.float64(0.34657359027997264)
    """
    check_reduction("binary_cross_entropy", reduction)
    p, t = pair("binary_cross_entropy", "probabilities", probabilities, target)
    advice = "Pass the output of a sigmoid, or give logits to binary_cross_entropy_with_logits."
    check_range("binary_cross_entropy", "probabilities", p, 0.0, 1.0, advice)
    check_range("binary_cross_entropy", "the numbers of target", t, 0.0, 1.0, PROBABLE)
    u = ops.subtract(1.0, t)
    hit = ops.multiply(t, ops.log(unless_zero(t, p, 0.0, 1.0)))
    miss = ops.multiply(u, ops.log1p(ops.negative(unless_zero(u, p, 1.0, 0.0))))
    return reduced("binary_cross_entropy", ops.negative(ops.add(hit, miss)), reduction)


def binary_cross_entropy_with_logits(logits: Any, target: Any, reduction: str = "mean") -> Any:
    r"""The binary cross-entropy of sigmoid(z):  L = mean of t softplus(-z) + (1 - t) softplus(z) over all elements, in nats.

    logits      z, array or Tensor, any shape: any real numbers, dimensionless
    target      t, array or Tensor of the same shape (nothing is broadcast): labels 0 and 1, or probabilities of class 1
    reduction   "mean" over all N elements, "sum" over them, or "none": each element's loss, in the shape of logits
    dL/dz = (sigmoid(z) - t) / N;  dL/dt = -z / N;  without the 1/N for "sum" and "none".
    Range: finite for every finite z, without cancellation: both terms are positive, and so keep the full relative precision of a
    loss near 0. A logit of inf or -inf costs nothing where t is 1 or 0, and inf elsewhere.
    Raises ValueError for a target outside of [0, 1] or another reduction, ShapeError if the shapes differ or a mean is over
    nothing, DtypeError for no numbers.
    Source: Bishop 2006, eq. 4.90 with y = sigmoid(z), and its gradient 4.91.

    >>> binary_cross_entropy_with_logits(np.array([0.0, 1000.0]), np.array([1, 0]), "none")
    array([6.93147181e-01, 1.00000000e+03])
    """
    check_reduction("binary_cross_entropy_with_logits", reduction)
    z, t = pair("binary_cross_entropy_with_logits", "logits", logits, target)
    check_range("binary_cross_entropy_with_logits", "the numbers of target", t, 0.0, 1.0, PROBABLE)
    u = ops.subtract(1.0, t)
    hit = ops.multiply(t, unless_zero(t, ops.softplus(ops.negative(z)), np.inf, 0.0))
    miss = ops.multiply(u, unless_zero(u, ops.softplus(z), np.inf, 0.0))
    return reduced("binary_cross_entropy_with_logits", ops.add(hit, miss), reduction)


def hinge(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    r"""The hinge loss of support vector machines:  L = mean of max(0, 1 - t y) over all elements.

    prediction   y, scores, array or Tensor, any shape: any real numbers, dimensionless
    target       t, labels -1 and +1, array or Tensor of the same shape (nothing is broadcast)
    reduction    "mean" over all N elements, "sum" over them, or "none": each element's loss, in the shape of prediction
    dL/dy = -t [t y < 1] / N, which is 0 at the kink t y = 1;  without the 1/N for "sum" and "none".
    Range: finite for every finite y.
    Raises ValueError for other labels or another reduction, ShapeError if the shapes differ or a mean is over nothing, DtypeError
    for no numbers.
    Source: Bishop 2006, eq. 7.44.

    >>> hinge(np.array([0.5, -3.0, 2.0]), np.array([1, 1, 1]), "none")
    array([0.5, 4. , 0. ])
    """
    check_reduction("hinge", reduction)
    y, t = pair("hinge", "prediction", prediction, target)
    check_two_labels("hinge", t, (-1.0, 1.0), "For labels 0 and 1, pass 2 * target - 1.")
    return reduced("hinge", ops.relu(ops.subtract(1.0, ops.multiply(t, y))), reduction)


def perceptron(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    r"""The perceptron criterion:  L = mean of (step(y) - t) y over all elements: |y| where step(y) is wrong, 0 where it is right.

    prediction   y = w x, scores before the step, array or Tensor, any shape: any real numbers
    target       t, labels 0 and 1, which are the values of ops.step, array or Tensor of the same shape (nothing is broadcast)
    reduction    "mean" over all N elements, "sum" over them, or "none": each element's loss, in the shape of prediction
    dL/dy = (step(y) - t) / N, minus Rosenblatt's error, also at the kink y = 0, where step(y) is 1;  without the 1/N for "sum"
    and "none". A step of gradient descent on one example, or on a "sum", is therefore his rule, w <- w + lr (t - step(w x)) x,
    although the step function has no gradient.
    Range: finite for every finite y.
    Raises ValueError for other labels or another reduction, ShapeError if the shapes differ or a mean is over nothing, DtypeError
    for no numbers.
    Source: Rosenblatt 1958; as a loss, Bishop 2006, eq. 4.54 and 4.55, there with labels -1 and +1.

    >>> perceptron(np.array([2.0, -3.0, 1.0]), np.array([0, 1, 1]), "none")
    array([2., 3., 0.])
    """
    check_reduction("perceptron", reduction)
    y, t = pair("perceptron", "prediction", prediction, target)
    check_two_labels("perceptron", t, (0.0, 1.0), "For labels -1 and 1, pass (target + 1) / 2.")
    return reduced("perceptron", ops.multiply(ops.subtract(ops.step(y), t), y), reduction)
