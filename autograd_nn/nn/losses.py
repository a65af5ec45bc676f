"""Loss functions: how far predictions are from targets, as one number.  Layer 7; knows operations, and no layers or optimisers.

Every loss computes plain data from plain data.  A mean is over examples: over all elements for mse, and over everything but the
class axis for the cross-entropies, as in PyTorch.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..errors import DtypeError, IndexingError, MixedError, ShapeError, user_line
from ..node import Node
from ..op import shape_of

__all__ = ["categorical_cross_entropy", "cross_entropy", "mse"]

REDUCTIONS = ("mean", "sum", "none")


def mse(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    r"""The squared error:  L = mean of (prediction - target)^2 over all elements.

    prediction   array or Tensor, any shape, unit u
    target       array or Tensor of the same shape (nothing is broadcast), unit u; an array is taken in prediction's dtype
    reduction    "mean" over all N elements, "sum" over them, or "none": each element's square, in the shape of prediction
    returns      L, unit u^2
    dL/dprediction = 2 (prediction - target) / N;  without the 1/N for "sum" and "none".  dL/dtarget is its negative.
    Range: L is inf where the square overflows, from 1.3e154 in float64 and 1.8e19 in float32.
    Raises ShapeError if the shapes differ or a mean is over nothing, ValueError for another reduction, DtypeError for no numbers.
    Source: Bishop 2006, eq. 3.12 (there as half the sum).

    >>> mse(np.array([1.0, 5.0]), np.array([1.0, 2.0]))
    np.float64(4.5)
    """
    check_reduction("mse", reduction)
    prediction, target = numbers("mse", "prediction", prediction), numbers("mse", "target", target)
    target = in_dtype_of(prediction, target)
    if shape_of(prediction) != shape_of(target):
        raise ShapeError(
            f"mse: prediction has shape {shape_of(prediction)} and target {shape_of(target)}, at {user_line()}. They "
            "must be equal: broadcasting, say of (n, 1) against (n,), would compare every prediction with every "
            "target. Reshape one of them."
        )
    return reduced("mse", ops.square(ops.subtract(prediction, target)), reduction)


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
    log_p = ops.log_softmax(logits, axis)
    if indexed:
        losses = ops.negative(ops.index(log_p, target))
    else:
        losses = expected(target, unless_zero(target, log_p, -np.inf, 0.0), axis)
    return reduced("cross_entropy", losses, reduction)


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
    check_not_negative(p)
    indexed, target, axis = targets("categorical_cross_entropy", "probabilities", p, target, axis)
    if indexed:
        losses = ops.negative(ops.log(ops.index(p, target)))
    else:
        losses = expected(target, ops.log(unless_zero(target, p, 0.0, 1.0)), axis)
    return reduced("categorical_cross_entropy", losses, reduction)


def unless_zero(t: Any, x: Any, forbidden: float, stand_in: float) -> Any:
    """x with `stand_in` for `forbidden` where t = 0, so that 0 log 0 is 0 and its derivatives are 0 instead of nan."""
    return ops.where(ops.equal(t, 0.0), ops.where(ops.equal(x, forbidden), stand_in, x), x)


def expected(t: Any, log_p: Any, axis: int) -> Any:
    """-sum_k t_k log p_k."""
    return ops.negative(ops.sum(ops.multiply(t, log_p), axis))


def reduced(loss: str, losses: Any, reduction: str) -> Any:
    """The mean or sum of losses, or all of them."""
    if reduction == "none":
        return losses
    if reduction == "sum":
        return ops.sum(losses)
    if 0 in shape_of(losses):
        raise ShapeError(
            f"{loss}: there are no examples to average over, at {user_line()}: the losses have shape "
            f"{shape_of(losses)}. A mean needs at least one. Leave empty batches out, or use reduction='sum'."
        )
    return ops.mean(losses)


def check_reduction(loss: str, reduction: Any) -> None:
    if not isinstance(reduction, str) or reduction not in REDUCTIONS:
        raise ValueError(
            f"{loss}: reduction is {reduction!r:.60}, at {user_line()}; expected 'mean', 'sum' or 'none'. Pass one of these."
        )


def check_not_negative(p: Any) -> None:
    """Raises ValueError for negative probabilities; complex ones, from a complex step, have no order."""
    data = p.data if isinstance(p, Node) else p
    if data.dtype.kind == "f" and (data < 0.0).any():
        raise ValueError(
            f"categorical_cross_entropy: probabilities go down to {data.min():.6g}, at {user_line()}; expected numbers "
            "in [0, 1]. Pass the output of a softmax, or give logits to cross_entropy."
        )


def numbers(loss: str, what: str, x: Any) -> Any:
    """A Tensor as it is; plain data as an array of floats (or complex numbers)."""
    x = node_or_array(loss, what, x)
    return x if isinstance(x, Node) or x.dtype.kind in "fc" else x.astype(float)


def node_or_array(loss: str, what: str, x: Any) -> Any:
    """A Tensor as it is; plain data as an array of numbers; raises for anything else."""
    if isinstance(x, Node):
        if x.data.__class__ is float:
            raise MixedError(
                f"{loss}: {what} is a Value, at {user_line()}. Losses take arrays and Tensors. Write the loss of a "
                "Value out, for example (prediction - target) ** 2, or build the model from Tensors."
            )
        return x
    if isinstance(x, list | tuple) and any([isinstance(part, Node) for part in x]):
        raise MixedError(
            f"{loss}: {what} is a {type(x).__name__} of nodes, at {user_line()}; as an array it would lose their "
            "graph. Expected one array or Tensor. Compute all examples in one Tensor, or call the loss for each."
        )
    try:
        array = np.asarray(x)
    except ValueError as error:
        raise ShapeError(
            f"{loss}: {what} has rows of unequal length, at {user_line()}: {error}. Give a rectangle."
        ) from None
    if array.dtype.kind not in "fiubc":
        raise DtypeError(
            f"{loss}: {what} is a {type(x).__name__} of dtype {array.dtype}, at {user_line()}; expected real numbers. "
            "Convert it first, for example with np.asarray(x, float)."
        )
    return array


def in_dtype_of(x: Any, target: Any) -> Any:
    """A constant target in the float dtype of x, so that float32 predictions have a float32 loss."""
    dtype = x.data.dtype if isinstance(x, Node) else x.dtype
    if isinstance(target, Node) or dtype.kind != "f" or target.dtype.kind != "f":
        return target
    return target.astype(dtype, copy=False)


def targets(loss: str, what: str, x: Any, target: Any, axis: int) -> tuple[bool, Any, int]:
    """(named, target, axis from the front): the probabilities, or, if classes are named, the key that picks them out of x."""
    shape = shape_of(x)
    if not -len(shape) <= axis < len(shape):
        raise ShapeError(
            f"{loss}: axis is {axis} for {what} of shape {shape}, at {user_line()}; expected the axis of the classes, "
            f"from {-len(shape)} to {len(shape) - 1}. Give {what} an axis of classes, or name the right one."
        )
    axis %= len(shape)
    target = node_or_array(loss, "target", target)
    named = target.data if isinstance(target, Node) else target
    if named.shape == shape[:axis] + shape[axis + 1 :]:
        check_labels(loss, what, named, shape, axis)
        grid = np.indices(named.shape, sparse=True)
        return True, (*grid[:axis], named, *grid[axis:]), axis
    if named.shape == shape and named.dtype.kind in "iub":
        check_one_hot(loss, what, named, axis)
    target = in_dtype_of(x, numbers(loss, "target", target))
    if shape_of(target) != shape:
        raise ShapeError(
            f"{loss}: target has shape {shape_of(target)} for {what} of shape {shape}, at {user_line()}. Expected "
            f"class indices of shape {shape[:axis] + shape[axis + 1 :]}, or probabilities of shape {shape}. Reshape "
            f"the target, or name the axis of the classes (here {axis})."
        )
    return False, target, axis


def check_labels(loss: str, what: str, labels: np.ndarray, shape: tuple, axis: int) -> None:
    """Raises unless the class indices are integers from 0 to C - 1."""
    if labels.dtype.kind not in "iu":
        raise DtypeError(
            f"{loss}: target has dtype {labels.dtype} and shape {labels.shape} for {what} of shape {shape}, at "
            f"{user_line()}. In that shape it holds class indices, which are integers; probabilities have shape "
            f"{shape}. Pass a plain array of integers (a Tensor makes floats of them): labels.astype(int)."
        )
    wrong = np.argwhere((labels < 0) | (labels >= shape[axis]))
    if len(wrong):
        place = tuple(wrong[0].tolist())
        raise IndexingError(
            f"{loss}: target{list(place) if place else ''} is {labels[place]}, at {user_line()}, and {what} of shape "
            f"{shape} have {shape[axis]} classes. Labels run from 0 to {shape[axis] - 1}. Count classes from 0, and "
            "leave out examples without a label."
        )


def check_one_hot(loss: str, what: str, target: np.ndarray, axis: int) -> None:
    """Raises unless integers in the shape of the logits are one-hot: they may be labels that lack an axis of classes."""
    if not ((target == 0) | (target == 1)).all() or not (target.sum(axis, dtype=int) == 1).all():
        raise ValueError(
            f"{loss}: target holds integers in the shape {target.shape} of {what}, at {user_line()}, but is not "
            f"one-hot: expected one 1 and zeros elsewhere along axis {axis}. Pass one-hot rows; floats for "
            f"probabilities; or, if these are class indices, {what} with one more axis, for the classes."
        )
