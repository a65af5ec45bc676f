"""Polynomials by their coefficients, that of the highest power first, with NumPy's names.  Layer 4; made of operations."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..composition import composition
from ..domain import Shape
from ..errors import RuleMissing, ShapeError, user_line
from ..node import Node
from ..op import data_of, shape_of

__all__ = ["polyadd", "polyder", "polyfit", "polyint", "polysub", "polyval", "vander"]


def coefficients(name: str, p: Any) -> int:
    """How many coefficients there are."""
    shape = shape_of(p)
    if len(shape) != 1:
        raise ShapeError(
            f"{name} got coefficients of shape {shape}, at {user_line()}. They are a sequence of one dimension, that of the "
            "highest power first. Give a list of them."
        )
    return shape[0]


def whole(name: str, n: Any, what: str) -> int:
    if not isinstance(n, int | np.integer) or n < 0:
        raise ShapeError(f"{name} got {n!r} as {what}, at {user_line()}. It is a whole number >= 0. Give one.")
    return int(n)


@composition(
    np.polyval, cases=((Shape(4), Shape(3)), (Shape(1), Shape(2)), (Shape(3), Shape()), ([1.0, 0.0, -2.0], Shape(2, 2)))
)
def polyval(p, x):
    """p_0 x^n + ... + p_(n-1) x + p_n by Horner's rule, p being n + 1 coefficients.

    dy/dp_k = x^(n-k), dy/dx = the derivative of the polynomial at x.

    >>> polyval([1.0, 0.0, -2.0], np.array([1.0, 3.0]))
    array([-1.,  7.])
    """
    y: Any = 0.0 if shape_of(p) != (0,) else ops.index_set(x, ..., 0.0)
    for k in range(coefficients("polyval", p)):
        y = ops.add(ops.multiply(y, x), ops.index(p, k))
    return y


@composition(np.polyadd, cases=((Shape(3), Shape(2)), (Shape(1), Shape(4)), (Shape(2), [1.0, 2.0])))
def polyadd(a1, a2):
    """The coefficients of the sum of two polynomials.

    >>> polyadd([1.0, 2.0], np.array([10.0, 0.0, 5.0]))
    array([10.,  1.,  7.])
    """
    sizes = coefficients("polyadd", a1), coefficients("polyadd", a2)
    longest = max(sizes)
    return ops.add(
        *[
            ops.join(0, np.zeros(longest - n, np.asarray(data_of(a)).dtype), a) if n < longest else a
            for n, a in zip(sizes, (a1, a2))
        ]
    )


@composition(np.polysub, cases=((Shape(3), Shape(2)), (Shape(1), Shape(4))))
def polysub(a1, a2):
    """The coefficients of the difference of two polynomials.

    >>> polysub([1.0, 2.0], np.array([10.0, 0.0, 5.0]))
    array([-10.,   1.,  -3.])
    """
    coefficients("polysub", a2)
    return polyadd(a1, ops.negative(a2))


@composition(np.polyder, cases=((Shape(4),), (Shape(4), 2), (Shape(2), 0), (Shape(2), 3)))
def polyder(p, m=1):
    """The coefficients of the m-th derivative.

    >>> polyder(np.array([1.0, 0.0, -2.0]))
    array([2., 0.])
    """
    for _ in range(whole("polyder", m, "the order of the derivative")):
        n = coefficients("polyder", p)
        p = ops.multiply(ops.index(p, slice(None, -1)), np.arange(n - 1.0, 0.0, -1.0))
    return p


@composition(np.polyint, cases=((Shape(3),), (Shape(2), 2, Shape(2)), (Shape(2), 2, 1.5), (Shape(2), 0)))
def polyint(p, m=1, k=None):
    """The coefficients of the m-th integral, with the constants of integration k: one for all, or m; default zeros.

    >>> polyint(np.array([2.0, 0.0]), k=5.0)
    array([1., 0., 5.])
    """
    count = whole("polyint", m, "the number of integrals")
    constants = ops.ravel(np.zeros(count) if k is None else k)
    given = shape_of(constants)[0]
    if given < count and given != 1:
        raise ShapeError(
            f"polyint got {given} constants for {count} integrals, at {user_line()}. There is one for each, or one for all. "
            "Give as many."
        )
    for j in range(count):
        n, first = coefficients("polyint", p), j if given > 1 else 0
        p = ops.join(0, ops.divide(p, np.arange(float(n), 0.0, -1.0)), ops.index(constants, slice(first, first + 1)))
    return p


@composition(np.vander, cases=((Shape(3),), (Shape(2), 4, True), (Shape(3), 1), (Shape(2), 0)))
def vander(x, N=None, increasing=False):
    """The matrix of powers x_i^(N-1-j), or x_i^j if increasing, with N columns (default: as many as x has numbers).

    >>> vander(np.array([2.0, 3.0]), 3)
    array([[4., 2., 1.],
           [9., 3., 1.]])
    """
    count = coefficients("vander", x) if N is None else whole("vander", N, "the number of columns")
    x = ops.astype(x, np.promote_types(np.asarray(data_of(x)).dtype, float))  # float64, as NumPy's
    powers = [ops.index_set(x, ..., 1.0), x][:count]
    while len(powers) < count:
        powers.append(ops.multiply(powers[-1], x))
    columns = [ops.expand_dims(column, 1) for column in (powers if increasing else reversed(powers))]
    return ops.join(1, *columns) if columns else ops.index(ops.expand_dims(x, 1), (slice(None), slice(0, 0)))


TIMES = np.array([0.0, 0.5, 1.0, 2.0, 3.0])


@composition(
    np.polyfit,
    cases=(
        (TIMES, Shape(5), 2),
        (TIMES, Shape(5, 2), 1, {"w": np.array([1.0, 2.0, 1.0, 0.5, 3.0])}),
    ),
)
def polyfit(x, y, deg, rcond=None, w=None):
    """The coefficients of the polynomial of degree deg with the least sum of squares of w (p(x) - y).

    x, w   plain: the coefficients are linear in y, c = M y, and M, which is NumPy's fit of unit vectors, is constant
    RuleMissing for an x or w that is a Tensor.

    >>> c = polyfit([0.0, 1.0, 2.0], Tensor([1.0, 3.0, 5.0]), 1)
    >>> c.numpy().round(12)
    array([2., 1.])
    """
    if isinstance(x, Node) or isinstance(w, Node):
        raise RuleMissing(
            f"np.polyfit has no derivative rule by {'x' if isinstance(x, Node) else 'w'}, at {user_line()}. It is differentiated "
            "by y. Solve the normal equations of np.vander(x, deg + 1), or pass x.numpy() if no gradient is to flow through it."
        )
    if not isinstance(y, Node):
        return np.polyfit(x, y, deg, rcond, w=w)
    if shape_of(x)[:1] != shape_of(y)[:1]:
        raise ShapeError(
            f"polyfit got x of shape {shape_of(x)} and y of shape {shape_of(y)}, at {user_line()}. There is one y, or one row "
            "of y, for each x. Cut or reshape one of them."
        )
    units = np.eye(shape_of(y)[0], dtype=y.data.dtype)
    return ops.matmul(np.polyfit(x, units, whole("polyfit", deg, "the degree"), rcond, w=w), y)
