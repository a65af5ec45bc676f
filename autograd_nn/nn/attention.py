"""Attention: averages of values, weighted by how well a query fits their keys.  Layer 7, above inputs.py; made of operations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import ops
from ..composition import composition
from ..domain import Shape
from ..errors import ShapeError, user_line
from ..node import Node
from ..op import data_of, shape_of
from .inputs import numbers
from .module import check_finite

__all__ = ["scaled_dot_product_attention"]

MASK = np.array([[True, False, True], [False, False, False]])


@composition(
    home="nn.functional",
    cases=(
        (Shape(2, 3), Shape(3, 3), Shape(3, 2)),
        (Shape(1, 2, 2), Shape(2, 3, 2), Shape(2, 3, 1), MASK),
        (Shape(2, 2), Shape(3, 2), Shape(3, 2), Shape(2, 3), {"scale": 0.7}),
        (Shape(3, 2), Shape(3, 2), Shape(3, 1), None, True),
    ),
)
def scaled_dot_product_attention(
    query: Any, key: Any, value: Any, mask: Any = None, causal: bool = False, scale: float | None = None
) -> Any:
    r"""Attention:  y = softmax(scale q k^T + mask) v, the softmax over the keys.

    query    q, array or Tensor (..., L, E): L queries;  key k (..., S, E);  value v (..., S, F);  leading axes broadcast
    mask     array (..., L, S) of booleans: True where a query may look at a key; or array or Tensor of numbers, added: -inf
             rules a key out, and a Tensor is differentiated. None: every query may look at every key
    causal   True: query i may look at the keys 0 to i alone; besides the mask
    scale    finite float, or None for 1 / sqrt(E)
    returns  y (..., L, F); 0 for a query that may look at no key, and no gradient flows through it (for numbers in `mask`: nan)
    dL/dv = p^T g with p = the softmax, and dL/dq, dL/dk are those of the products and of the softmax.
    Raises ShapeError for sizes or masks that do not fit, ValueError or TypeError for another scale.
    Source: Vaswani et al. 2017, eq. 1.

    >>> scaled_dot_product_attention(np.zeros((2, 1)), np.zeros((2, 1)), np.array([[1.0], [3.0]]), causal=True)
    array([[1.],
           [2.]])
    """
    owner = "scaled_dot_product_attention"
    query, key, value = [numbers(owner, n, x) for n, x in (("query", query), ("key", key), ("value", value))]
    shapes = q, k, v = [shape_of(x) for x in (query, key, value)]
    if (
        min([len(s) for s in shapes]) < 2
        or q[-1] != k[-1]
        or k[-2] != v[-2]
        or broadcast(*[s[:-2] for s in shapes]) is None
    ):
        raise ShapeError(
            f"{owner} got query, key and value of shapes {q}, {k} and {v}, at {user_line()}; expected (..., L, E), (..., S, E) "
            "and (..., S, F), with leading axes that broadcast. Transpose or reshape one of them."
        )
    factor = 1.0 / math.sqrt(max(q[-1], 1)) if scale is None else check_finite(owner, "scale", scale)
    scores = ops.matmul(query * factor, ops.swapaxes(key, -1, -2))
    allowed = None
    if mask is not None:
        mask = checked_mask(owner, mask, shape_of(scores))
        if mask.dtype.kind == "b":
            allowed = data_of(mask)
        else:
            scores = scores + mask
    if causal:
        past = np.tri(q[-2], k[-2], dtype=bool)
        allowed = past if allowed is None else allowed & past
    if allowed is None:
        return ops.matmul(ops.softmax(scores, -1), value)
    some = allowed.any(-1, keepdims=True)
    weights = ops.softmax(ops.where(allowed | ~some, scores, -math.inf), -1)
    return ops.matmul(weights if some.all() else weights * some, value)


def checked_mask(owner: str, mask: Any, shape: tuple[int, ...]) -> Any:
    """A mask of booleans, or of numbers to be added, that broadcasts to the scores."""
    if not isinstance(mask, Node):
        mask = np.asarray(mask)
        mask = mask if mask.dtype.kind == "b" else numbers(owner, "mask", mask)
    if broadcast(shape_of(mask), shape) != shape:
        raise ShapeError(
            f"{owner} got a mask of shape {shape_of(mask)}, at {user_line()}; expected one that broadcasts to {shape}: queries "
            "by keys. Reshape or transpose it."
        )
    return mask


def broadcast(*shapes: tuple[int, ...]) -> tuple[int, ...] | None:
    """The common shape, or None."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        return None
