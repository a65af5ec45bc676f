"""Functions of the user's, applied to parts of an array, with NumPy's names.  Layer 4; made of operations."""

from __future__ import annotations

import numpy as np

from .. import ops
from ..composition import composition
from ..domain import Shape
from ..errors import ShapeError, user_line
from ..op import data_of, ndim_of, shape_of
from .axes import axis_of

__all__ = ["apply_along_axis", "apply_over_axes", "piecewise"]

MASK = np.array([[True, False, True], [False, False, True]])


@composition(
    np.piecewise,
    cases=(
        (Shape(2, 3), [MASK], [np.exp]),
        (Shape(2, 3), [MASK, ~MASK[::-1]], [np.sin, 2.0, np.exp]),
        (Shape(3), MASK[0], [lambda x, a: a * x, 0.5], 3.0),
        (Shape(), [True], [np.sin]),
    ),
)
def piecewise(x, condlist, funclist, *args, **kw):
    """A function defined in pieces: funclist[k] of those x where condlist[k] holds; of several that hold the last one counts.

    condlist   boolean arrays, or Tensors of comparisons, of the shape of x
    funclist   functions, each called with the row of its x (and args and kw), or numbers; one more is for all the rest, else 0
    A function sees its own x alone, so one that is nan elsewhere harms no gradient.

    >>> x = np.array([-1.0, 4.0])
    >>> piecewise(x, [x < 0], [0.0, np.sqrt])
    array([0., 2.])
    """
    shape = shape_of(x)
    given = [data_of(c) for c in condlist] if isinstance(condlist, list | tuple) else data_of(condlist)
    alone = np.ndim(given) == 0 or (not isinstance(given[0], list | np.ndarray) and shape != ())
    conditions = np.asarray([given] if alone else given, bool)
    if conditions.shape[1:] != shape[: conditions.ndim - 1]:
        raise ShapeError(
            f"piecewise got conditions of shape {conditions.shape[1:]} for x of shape {shape}, at {user_line()}. A condition "
            "says for each x whether it holds. Compute them from x, as in [x < 0, x >= 0]."
        )
    if len(funclist) == len(conditions) + 1:
        conditions = np.concatenate([conditions, ~np.any(conditions, 0, keepdims=True)])
    if len(funclist) != len(conditions):
        raise ShapeError(
            f"piecewise got {len(funclist)} functions for {len(conditions)} conditions, at {user_line()}. There is one for "
            "each, and perhaps one more for where none of them holds. Add or remove some."
        )
    y = ops.index_set(x, ..., 0.0)  # recorded even if all pieces are numbers
    for condition, piece in zip(conditions, funclist):
        if not callable(piece):
            y = ops.index_set(y, condition, piece)
        elif condition.any():
            y = ops.index_set(y, condition, piece(ops.index(x, condition), *args, **kw))
    return y


@composition(
    np.apply_along_axis,
    cases=(
        (lambda v: np.stack([v, v * v]), -1, Shape(2, 3)),
        (np.sum, 0, Shape(2, 3)),
        (lambda v, a: a * v[:2], 1, Shape(2, 3, 2), 2.0),
        (np.sum, 0, Shape(3)),
    ),
)
def apply_along_axis(func1d, axis, arr, *args, **kwargs):
    """func1d of each row of numbers along an axis, its results in the place of the rows; args and kwargs are passed on.

    func1d is called once for each row, and recorded each time: a function that takes axis= is much faster.

    >>> apply_along_axis(lambda row: row / np.sum(row), 1, Tensor([[1.0, 3.0], [2.0, 2.0]]))
    Tensor([[0.25, 0.75],
            [0.5 , 0.5 ]])
    """
    shape = shape_of(arr)
    k = axis_of(arr, axis)
    outer = (*shape[:k], *shape[k + 1 :])
    if 0 in outer:
        raise ShapeError(
            f"apply_along_axis got an array of shape {shape}, at {user_line()}; with axis={axis} it has no rows to call the "
            "function on. Give at least one, or treat the empty array apart."
        )
    keys = [(*index[:k], slice(None), *index[k:]) for index in np.ndindex(outer)]
    results = [func1d(ops.index(arr, key), *args, **kwargs) for key in keys]
    size = np.shape(results[0])
    whole = np.reshape(np.stack(results), (*outer, *size))
    before, made = list(range(len(outer))), list(range(len(outer), len(outer) + len(size)))
    return np.transpose(whole, before[:k] + made + before[k:])


@composition(np.apply_over_axes, cases=((np.sum, Shape(2, 3, 2), [0, -1]), (np.mean, Shape(2, 3), 1)))
def apply_over_axes(func, a, axes):
    """func(a, axis) for one axis after the other; an axis that it takes away comes back with size 1.

    >>> apply_over_axes(np.sum, Tensor([[1.0, 2.0], [3.0, 4.0]]), [0, 1])
    Tensor([[10.]])
    """
    ndim = ndim_of(a)
    for axis in np.atleast_1d(axes):
        k = axis_of(a, axis)
        made = func(a, k)
        a = made if ndim_of(made) == ndim else ops.expand_dims(made, k)
        if ndim_of(a) != ndim:
            raise ShapeError(
                f"apply_over_axes: the function made shape {shape_of(made)} of an array of {ndim} axes, at {user_line()}. It "
                "takes away the axis that it is called with, or leaves it with size 1. Check the function."
            )
    return a
