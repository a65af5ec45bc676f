"""What losses are given and give: targets, labels, reductions.  Layer 7, first in losses/; knows no loss in particular."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import ops
from ...errors import DtypeError, IndexingError, ShapeError, user_line
from ...node import Node
from ...op import data_of, shape_of
from ..inputs import node_or_array, numbers

__all__ = [
    "check_examples",
    "check_range",
    "check_reduction",
    "check_two_labels",
    "pair",
    "picked",
    "reduced",
    "targets",
    "unless_zero",
]

REDUCTIONS = ("mean", "sum", "none")


def reduced(loss: str, losses: Any, reduction: str) -> Any:
    """The mean or sum of losses, or all of them."""
    if reduction == "none":
        return losses
    if reduction == "sum":
        return ops.sum(losses)
    check_examples(loss, shape_of(losses))
    return ops.mean(losses)


def check_examples(loss: str, shape: tuple[int, ...]) -> None:
    """Raises ShapeError for a mean over no losses."""
    if 0 in shape:
        raise ShapeError(
            f"{loss}: there are no examples to average over, at {user_line()}: the losses have shape "
            f"{shape}. A mean needs at least one. Leave empty batches out, or use reduction='sum'."
        )


def check_reduction(loss: str, reduction: Any) -> None:
    if not isinstance(reduction, str) or reduction not in REDUCTIONS:
        raise ValueError(
            f"{loss}: reduction is {reduction!r:.60}, at {user_line()}; expected 'mean', 'sum' or 'none'. Pass one of these."
        )


def check_range(loss: str, what: str, x: Any, low: float, high: float, advice: str) -> None:
    """Raises ValueError for numbers outside of [low, high]; complex ones, from a complex step, have no order."""
    data = data_of(x)
    if data.dtype.kind != "f" or not ((data < low) | (data > high)).any():  # nan is inside, and makes the loss nan
        return
    reach = f"down to {np.nanmin(data):.6g}" if (data < low).any() else f"up to {np.nanmax(data):.6g}"
    expected = f"numbers in [{low:g}, {high:g}]"
    if np.isinf(low) or np.isinf(high):
        expected = "numbers of at most 0" if np.isinf(low) else f"numbers of at least {low:g}"
    raise ValueError(f"{loss}: {what} go {reach}, at {user_line()}; expected {expected}. {advice}")


def check_two_labels(loss: str, target: Any, labels: tuple[float, float], advice: str) -> None:
    """Raises ValueError unless every number of target is one of two labels."""
    data = data_of(target)
    wrong = data[~np.isin(data, labels)]
    if wrong.size:
        raise ValueError(
            f"{loss}: target holds {wrong.flat[0]:g}, at {user_line()}; expected the labels {labels[0]:g} and "
            f"{labels[1]:g}. {advice}"
        )


def pair(loss: str, what: str, x: Any, target: Any) -> tuple[Any, Any]:
    """A prediction and its target, of one shape and dtype; raises if they are not."""
    x, target = numbers(loss, what, x), numbers(loss, "target", target)
    target = in_dtype_of(x, target)
    if shape_of(x) != shape_of(target):
        raise ShapeError(
            f"{loss}: {what} has shape {shape_of(x)} and target {shape_of(target)}, at {user_line()}. They "
            "must be equal: broadcasting, say of (n, 1) against (n,), would compare every prediction with every "
            "target. Reshape one of them."
        )
    return x, target


def in_dtype_of(x: Any, target: Any) -> Any:
    """A constant target in the float dtype of x, so that float32 predictions have a float32 loss."""
    dtype = data_of(x).dtype
    if isinstance(target, Node) or dtype.kind != "f" or target.dtype.kind != "f":
        return target
    return target.astype(dtype, copy=False)


def unless_zero(t: Any, x: Any, forbidden: float, stand_in: float) -> Any:
    """x with `stand_in` for `forbidden` where t = 0, so that 0 log 0 is 0 and its derivatives are 0 instead of nan."""
    return ops.where(ops.equal(t, 0.0), ops.where(ops.equal(x, forbidden), stand_in, x), x)


def targets(loss: str, what: str, x: Any, target: Any, axis: int) -> tuple[bool, Any, int]:
    """(named, target, axis from the front): class indices if classes are named, else probabilities; checked."""
    shape = shape_of(x)
    if not -len(shape) <= axis < len(shape):
        raise ShapeError(
            f"{loss}: axis is {axis} for {what} of shape {shape}, at {user_line()}; expected the axis of the classes, "
            f"from {-len(shape)} to {len(shape) - 1}. Give {what} an axis of classes, or name the right one."
        )
    axis %= len(shape)
    target = node_or_array(loss, "target", target)
    named = data_of(target)
    if named.shape == shape[:axis] + shape[axis + 1 :]:
        check_labels(loss, what, named, shape, axis)
        return True, named, axis
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


def picked(x: Any, labels: np.ndarray, axis: int) -> Any:
    """The element of x at each label, counted along axis."""
    grid = np.indices(labels.shape, sparse=True)
    return ops.index(x, (*grid[:axis], labels, *grid[axis:]))


def check_labels(loss: str, what: str, labels: np.ndarray, shape: tuple, axis: int) -> None:
    """Raises unless the class indices are integers from 0 to C - 1."""
    if labels.dtype.kind not in "iu":
        raise DtypeError(
            f"{loss}: target has dtype {labels.dtype} and shape {labels.shape} for {what} of shape {shape}, at "
            f"{user_line()}. In that shape it holds class indices, which are integers; probabilities have shape "
            f"{shape}. Pass a plain array of integers (a Tensor makes floats of them): labels.astype(int)."
        )
    positive = labels.view(labels.dtype.str.replace("i", "u"))  # where a negative label is a huge one
    if labels.size and np.maximum.reduce(positive, None) >= shape[axis]:
        place = tuple(np.argwhere((labels < 0) | (labels >= shape[axis]))[0].tolist())
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
