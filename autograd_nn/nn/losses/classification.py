"""Losses between distributions over classes.  Layer 7, above arguments.py; knows no layers or optimisers.

A mean is over examples: over everything but the class axis, as in PyTorch's cross_entropy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import ops
from ...op import shape_of
from ..inputs import numbers
from .arguments import check_examples, check_range, check_reduction, picked, reduced, targets, unless_zero

__all__ = ["categorical_cross_entropy", "cross_entropy", "kl_divergence", "nll"]

SOFTMAX = "Pass the output of a softmax, or "


def cross_entropy(logits: Any, target: Any, reduction: str = "mean", axis: int = -1) -> Any:
    r"""The cross-entropy of softmax(logits):  L = mean over examples of -sum_k t_k log softmax(z)_k, in nats.

    logits      z, array or Tensor (..., C) with the C classes along `axis`: any real numbers, dimensionless
    target      class indices, integers 0..C-1 in the shape of logits without `axis`; or one-hot rows or probabilities t in the
                shape of logits, which need not add up to 1. A Tensor of probabilities is differentiated too
    reduction   "mean" over the N examples (everything but `axis`), "sum" over them, or "none": one loss each
    axis        int, the axis of the classes
    dL/dz = (softmax(z) sum_k t_k - t) / N;  without the 1/N for "sum" and "none".  dL/dt = -log softmax(z) / N.
    Range: finite for all finite logits, by log-softmax. A logit of -inf rules its class out: it costs nothing where t is 0, and
    inf where it is the target.
    Raises IndexingError for a label outside of 0..C-1, DtypeError for labels that are no integers, ShapeError for shapes that do
    not fit or a mean over nothing, ValueError for another reduction or an integer target of logits' shape that is not one-hot.
    Source: Bishop 2006, eq. 4.108 and its gradient 4.109.

    >>> cross_entropy(np.array([[1000.0, 0.0], [0.0, 0.0]]), np.array([0, 1]))
    np.float64(0.34657359027997264)
    """
    check_reduction("cross_entropy", reduction)
    logits = numbers("cross_entropy", "logits", logits)
    indexed, target, axis = targets("cross_entropy", "logits", logits, target, axis)
    losses = ops.cross_entropy_of_labels if indexed else ops.cross_entropy_of_probabilities
    if reduction != "mean":
        return reduced("cross_entropy", losses(logits, target, axis), reduction)
    shape = shape_of(logits)
    check_examples("cross_entropy", shape[:axis] + shape[axis + 1 :])
    return losses(logits, target, axis, tuple(range(len(shape) - 1)))


def categorical_cross_entropy(probabilities: Any, target: Any, reduction: str = "mean", axis: int = -1) -> Any:
    r"""The cross-entropy of given probabilities:  L = mean over examples of -sum_k t_k log p_k, in nats, with 0 log 0 = 0.

    probabilities   p, array or Tensor (..., C) with the C classes along `axis`, such as a softmax; not negative. That they add
                    up to 1 is up to you, and no part of the derivative
    target          class indices, one-hot rows or probabilities, as for cross_entropy
    reduction       "mean" over the N examples (everything but `axis`), "sum" over them, or "none": one loss each
    axis            int, the axis of the classes
    dL/dp = -t / (p N);  without the 1/N for "sum" and "none".  dL/dt = -log p / N.
    Range: at p = 0 < t the loss is inf and its gradient -inf, with NumPy's "divide by zero" warnings. At p = t = 0 both are 0.
    A softmax rounds to 0 from 746 below the largest logit (104 in float32): prefer cross_entropy on the logits.
    Raises ValueError for negative probabilities (were they logits?), and what cross_entropy raises.
    Source: Bishop 2006, eq. 4.108; the convention for 0 log 0: Cover & Thomas 2006, section 2.1.

    >>> categorical_cross_entropy(np.array([[0.5, 0.5], [1.0, 0.0]]), np.array([[0.0, 1.0], [1.0, 0.0]]))
    np.float64(0.34657359027997264)
    """
    check_reduction("categorical_cross_entropy", reduction)
    p = numbers("categorical_cross_entropy", "probabilities", probabilities)
    check_range("categorical_cross_entropy", "probabilities", p, 0.0, np.inf, SOFTMAX + "give logits to cross_entropy.")
    indexed, target, axis = targets("categorical_cross_entropy", "probabilities", p, target, axis)
    if indexed:
        losses = ops.negative(ops.log(picked(p, target, axis)))
    else:
        losses = expected(target, ops.log(unless_zero(target, p, 0.0, 1.0)), axis)
    return reduced("categorical_cross_entropy", losses, reduction)


def nll(log_probabilities: Any, target: Any, reduction: str = "mean", axis: int = -1) -> Any:
    r"""The negative log-likelihood:  L = mean over examples of -l_k at the target class k, in nats.

    log_probabilities   l, array or Tensor (..., C) with the C classes along `axis`, such as a log_softmax; at most 0
    target              class indices, one-hot rows or probabilities, as for cross_entropy
    reduction           "mean" over the N examples (everything but `axis`), "sum" over them, or "none": one loss each
    axis                int, the axis of the classes
    dL/dl = -t / N, with t the one-hot rows;  without the 1/N for "sum" and "none".  nll of log_softmax(z) is cross_entropy of z.
    Range: inf where l is -inf at the target; a class that is not the target costs nothing.
    Raises ValueError for log-probabilities above 0.001 (0 and what rounding adds): were they logits, or probabilities? And what
    cross_entropy raises.
    Source: Bishop 2006, eq. 4.108.

    >>> nll(np.log(np.array([[0.5, 0.5], [0.25, 0.75]])), np.array([0, 0]), "sum")
    np.float64(2.0794415416798357)
    """
    check_reduction("nll", reduction)
    log_p = numbers("nll", "log_probabilities", log_probabilities)
    advice = "Pass a log_softmax, or give logits to cross_entropy, or probabilities to categorical_cross_entropy."
    check_range("nll", "log_probabilities", log_p, -np.inf, 1e-3, advice)
    indexed, target, axis = targets("nll", "log_probabilities", log_p, target, axis)
    if indexed:
        losses = ops.negative(picked(log_p, target, axis))
    else:
        losses = expected(target, unless_zero(target, log_p, -np.inf, 0.0), axis)
    return reduced("nll", losses, reduction)


def kl_divergence(prediction: Any, target: Any, reduction: str = "mean", axis: int = -1) -> Any:
    r"""The Kullback-Leibler divergence KL(t || q) of the target t from the prediction q, in nats, with 0 log 0 = 0:

        L = mean over examples of sum_k t_k log(t_k / q_k)

    prediction   q, probabilities, array or Tensor (..., C) with the C classes along `axis`, such as a softmax; not negative. That
                 they add up to 1 is up to you, for t too, and no part of the derivatives
    target       t, probabilities in the shape of prediction, not negative; or class indices, for which L is the cross-entropy
    reduction    "mean" over the N examples (everything but `axis`), "sum" over them, or "none": one divergence each
    axis         int, the axis of the classes
    PyTorch's kl_div(log q, t, reduction="batchmean") is this "mean"; it takes log q first, and its own "mean" is over N C.
    dL/dq = -t / (q N).  dL/dt = (log(t / q) + 1) / N;  without the 1/N for "sum" and "none". Where t is 0, dL/dt is taken as
    -log q / N (0 if q is 0 too) instead of -inf.
    Range: exactly 0 for q = t. At q = 0 < t it is inf and its gradient -inf, with NumPy's "divide by zero" warnings.
    Raises ValueError for negative probabilities (were they logarithms?), and what cross_entropy raises.
    Source: Bishop 2006, eq. 1.113; the convention for 0 log 0: Cover & Thomas 2006, section 2.3.

    >>> kl_divergence(np.array([[0.5, 0.5]]), np.array([[1.0, 0.0]]))
    np.float64(0.6931471805599453)
    """
    check_reduction("kl_divergence", reduction)
    q = numbers("kl_divergence", "prediction", prediction)
    check_range("kl_divergence", "the numbers of prediction", q, 0.0, np.inf, SOFTMAX + "np.exp of logarithms.")
    indexed, target, axis = targets("kl_divergence", "prediction", q, target, axis)
    if indexed:
        return reduced("kl_divergence", ops.negative(ops.log(picked(q, target, axis))), reduction)
    check_range("kl_divergence", "the numbers of target", target, 0.0, np.inf, SOFTMAX + "np.exp of logarithms.")
    log_q, log_t = ops.log(unless_zero(target, q, 0.0, 1.0)), ops.log(unless_zero(target, target, 0.0, 1.0))
    return reduced("kl_divergence", ops.sum(ops.multiply(target, ops.subtract(log_t, log_q)), axis), reduction)


def expected(t: Any, log_p: Any, axis: int) -> Any:
    """-sum_k t_k log p_k."""
    return ops.negative(ops.sum(ops.multiply(t, log_p), axis))
