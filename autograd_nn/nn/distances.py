"""Lengths, angles and distances of vectors.  Layer 7, above inputs.py; made of operations."""

from __future__ import annotations

import math
from typing import Any

from .. import ops
from ..composition import composition
from ..domain import POSITIVE, Shape
from ..errors import user_line
from ..numpy.norms import vector_norm
from .inputs import axes_of, numbers
from .module import check_finite

__all__ = ["cosine_similarity", "normalize", "pairwise_distance"]

KINK = "p = 1 at a number of 0: 0; p = inf at a tie: shared equally; a vector of length 0: 0"


@composition(
    home="nn.functional",
    domain=POSITIVE,
    kink=KINK,
    cases=((Shape(2, 3),), (Shape(2, 3), 3.0, 0), (Shape(2, 3), math.inf, -1)),
    analytic=False,
)
def normalize(x: Any, p: float = 2.0, axis: int = 1, eps: float = 1e-12) -> Any:
    r"""Vectors brought to length 1:  y = x / max(|x|_p, eps).

    x      array or Tensor, any shape with that axis
    p      float >= 1, or inf: the norm |x|_p = (sum |x|^p)^(1/p), the largest |x| for inf
    axis   int, the axis of the vectors (default: 1)
    eps    finite float >= 0: a shorter vector is divided by it, so that no length of 0 is divided by
    The derivative of the length of a zero vector is taken as 0.
    Raises ShapeError for another axis, ValueError or TypeError for another p or eps.

    >>> normalize(np.array([[3.0, 4.0], [0.0, 0.0]]))
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    x = numbers("normalize", "x", x)
    (axis,) = axes_of("normalize", x, axis)
    return ops.divide(x, ops.maximum(length("normalize", x, p, axis, True), check_finite("normalize", "eps", eps)))


@composition(home="nn.functional", cases=((Shape(2, 3), Shape(2, 3)), (Shape(3), Shape(2, 3), -1)))
def cosine_similarity(x: Any, z: Any, axis: int = 1, eps: float = 1e-8) -> Any:
    r"""The cosine of the angle between vectors:  y = x . z / (max(|x|, eps) max(|z|, eps)).

    x, z   arrays or Tensors that broadcast
    axis   int, the axis of the vectors after broadcasting (default: 1)
    eps    finite float >= 0: a shorter length counts as this. The derivative of the length of a zero vector is taken as 0
    Raises ShapeError for shapes or an axis that do not fit, ValueError or TypeError for another eps.

    >>> cosine_similarity(np.array([[1.0, 0.0]]), np.array([[1.0, 1.0]]))
    array([0.70710678])
    """
    owner = "cosine_similarity"
    x, z = numbers(owner, "x", x), numbers(owner, "z", z)
    product, eps = x * z, check_finite(owner, "eps", eps)
    (axis,) = axes_of(owner, product, axis)
    axis -= len(product.shape)  # from the end: the vectors may have fewer axes before they are broadcast
    lengths = [ops.maximum(length(owner, v, 2.0, axis, False), eps) for v in (x, z)]
    return ops.divide(ops.sum(product, axis), lengths[0] * lengths[1])


@composition(
    home="nn.functional",
    domain=POSITIVE,
    kink=KINK,
    cases=((Shape(2, 3), Shape(2, 3)), (Shape(3), Shape(2, 3), 1.0), (Shape(2, 2), Shape(2, 2), 4.0, 1e-6, True)),
    analytic=False,
)
def pairwise_distance(x: Any, z: Any, p: float = 2.0, eps: float = 1e-6, keepdims: bool = False) -> Any:
    r"""The distances of vectors in pairs:  y = |x - z + eps|_p over the last axis, as in PyTorch.

    x, z       arrays or Tensors (..., n) that broadcast
    p          float >= 1, or inf: the norm, see normalize
    eps        finite float, added to every difference, so that vectors that are equal do not have a distance of 0
    keepdims   True keeps the last axis, of size 1
    Raises ShapeError for shapes that do not fit, ValueError or TypeError for another p or eps.

    >>> pairwise_distance(np.array([[3.0, 4.0]]), np.array([[0.0, 0.0]]), eps=0.0)
    array([5.])
    """
    owner = "pairwise_distance"
    x, z = numbers(owner, "x", x), numbers(owner, "z", z)
    d = x - z + check_finite(owner, "eps", eps)
    (axis,) = axes_of(owner, d, -1)
    return length(owner, d, p, axis, keepdims)


def length(owner: str, x: Any, p: Any, axis: int, keepdims: bool) -> Any:
    """|x|_p along an axis, with a derivative of 0 where it is 0."""
    if not isinstance(p, int | float) or isinstance(p, bool) or not p >= 1.0:
        raise ValueError(
            f"{owner} got p={p!r:.60}, at {user_line()}; expected a number of at least 1, or inf: that of a norm. Pass for "
            "example p=2.0."
        )
    return vector_norm(x, axis=axis, keepdims=keepdims, ord=p)
