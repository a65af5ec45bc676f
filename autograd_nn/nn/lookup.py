"""Tables and classes: rows by index, and one-hot rows.  Layer 7, above inputs.py; made of operations."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..composition import composition
from ..domain import Shape
from ..errors import DtypeError, IndexingError, user_line
from ..node import Node
from ..op import shape_of
from .inputs import numbers, whole

__all__ = ["embedding", "one_hot"]


@composition(home="nn.functional", cases=((np.array([[0, 2], [2, 2]]), Shape(3, 2)), (np.array(1), Shape(2, 3))))
def embedding(indices: Any, weight: Any) -> Any:
    r"""Rows of a table:  y[...] = W[indices[...]].

    indices   array of integers 0 to V - 1, any shape
    weight    W, array or Tensor (V, D);  y (..., D)
    dL/dW: each row is the sum of g where it was read. No gradient flows to indices.
    Raises IndexingError for an index outside of the table, DtypeError for indices that are no integers, ShapeError for W.

    >>> embedding(np.array([1, 1, 0]), np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[3., 4.],
           [3., 4.],
           [1., 2.]])
    """
    weight = numbers("embedding", "weight", weight, "(V, D)")
    return ops.index(weight, checked("embedding", indices, shape_of(weight)[0]))


def one_hot(indices: Any, classes: int | None = None, dtype: Any = float) -> np.ndarray:
    r"""Rows with a 1 at the index and zeros elsewhere, as a plain array: no gradient flows to integers.

    indices   array of integers 0 to classes - 1, any shape
    classes   int >= 1, or None for one more than the largest index
    dtype     of the result, (..., classes)
    Raises IndexingError for an index outside of the classes, DtypeError for indices that are no integers.

    >>> one_hot(np.array([2, 0]))
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    found = checked("one_hot", indices, None if classes is None else whole("one_hot", "classes", classes, 1))
    if classes is None:
        classes = int(np.max(found, initial=-1)) + 1
    return (found[..., None] == np.arange(classes)).astype(dtype)


def checked(owner: str, indices: Any, count: int | None) -> np.ndarray:
    """Indices as an array of integers from 0 to count - 1."""
    found = indices.data if isinstance(indices, Node) else np.asarray(indices)
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "iu":
        raise DtypeError(
            f"{owner} got indices of {f'dtype {found.dtype}' if isinstance(found, np.ndarray) else 'a Value'}, at {user_line()}; "
            "expected integers in a plain array (a Tensor makes floats of them). Pass indices.astype(int)."
        )
    if found.size and (found.min() < 0 or (count is not None and found.max() >= count)):
        wrong = (found < 0) | (found >= (count if count is not None else np.inf))
        place = tuple(np.argwhere(wrong)[0].tolist())
        raise IndexingError(
            f"{owner} got indices{list(place) if place else ''} = {found[place]}, at {user_line()}; expected "
            f"{'0 or more' if count is None else f'0 to {count - 1}'}. Count from 0, and leave others out."
        )
    return found
