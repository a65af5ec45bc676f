"""Norms of vectors and matrices, and condition numbers, as in numpy.linalg.  Layer 4; made of operations."""

from __future__ import annotations

import math

import numpy as np

from .. import ops
from ..arguments import array_of
from ..composition import composition
from ..domain import REGULAR, Shape, kinks
from ..op import data_of, ndim_of, shape_of
from .axes import axes_of, last, misfit

__all__ = ["cond", "matrix_norm", "norm", "vector_norm"]

VECTOR = "a number, inf or -inf"
MATRIX = "'fro', 'nuc', 1, -1, 2, -2, inf or -inf"
SHARED = "several largest elements share; x = 0: 0"


@composition(
    np.linalg.norm,
    name="linalg.norm",
    domain=kinks(0.0),
    kink=SHARED,
    analytic=False,
    cases=(
        (Shape(2, 3),),
        (Shape(3), 1),
        (Shape(3), math.inf),
        (Shape(2, 3), -math.inf, 1),
        (Shape(3), 3),
        (Shape(2, 3), 0.5, 0, True),
        (Shape(2, 2), "fro"),
        (Shape(2, 3), 1),
        (Shape(2, 3), math.inf),
        (Shape(2, 2, 2), -1, (0, 2), True),
        (Shape(2, 3), "nuc"),
        (Shape(2, 3, 2), 2, (2, 0), True),
        (Shape(2, 2), -2),
        (Shape(2, 1, 2), None, None, True),
        (Shape(2, 2), -math.inf),
    ),
)
def norm(x, ord=None, axis=None, keepdims=False):  # noqa: A002  # NumPy's name
    """The length of vectors or the size of matrices, as numpy.linalg.norm.

    ord    of vectors: 2 (default, Euclid's length), a number p for sum(|x|^p)^(1/p), inf or -inf for the largest or smallest |x|,
           0 for the number of elements that are not 0, through which no gradient flows; of matrices: "fro" (default, Euclid's
           length of all elements), "nuc" (the sum of the singular values), 2 or -2 (the largest or smallest of them), 1 or -1
           (the largest or smallest sum of |x| in a column), inf or -inf (in a row)
    axis   one axis for vectors, two for matrices; None for all axes (any number of them if ord is None)
    At x = 0 the derivative of a norm is 0, the middle of its subgradients; several largest elements share it. Sums of squares
    neither overflow nor underflow.

    >>> norm([3.0, 4.0])
    np.float64(5.0)
    """
    x = array_of("norm", x)
    count = ndim_of(x)
    if axis is None:
        if ord is None or (ord in ("f", "fro") and count == 2) or (ord == 2 and count == 1):
            return ops.norm(x, None, keepdims)
        axis = tuple(range(count))
    axes = axes_of(x, axis)
    if len(axes) == 1:
        return of_vectors(x, ord, axes[0], keepdims)
    if len(axes) != 2:
        got = f"axis {axis!r} and ord={ord!r} for an array of shape {shape_of(x)}"
        raise misfit(
            "norm", got, "Expected one axis for vectors or two for matrices; linalg.vector_norm takes any number."
        )
    return of_matrices(x, ord, axes[0], axes[1], keepdims)


def of_vectors(x, order, axis, keepdims):
    """The norm along an axis, or along several as if they were one."""
    if order is None or order == 2:
        return ops.norm(x, axis, keepdims)
    if not isinstance(order, int | float | np.number):
        advice = f"Expected {VECTOR}. 'fro' and 'nuc' are norms of matrices: give two axes."
        raise misfit("norm", f"ord={order!r} for vectors", advice)
    if order == math.inf:
        return ops.max(ops.absolute(x), axis, keepdims)
    if order == -math.inf:
        return ops.min(ops.absolute(x), axis, keepdims)
    if order == 0:
        return count(ops.not_equal(x, 0.0), x, axis, keepdims)
    if order == 1:
        return ops.sum(ops.absolute(x), axis, keepdims)
    return of_order(x, float(order), axis, keepdims)


def count(holds, x, axis, keepdims):
    """How often a condition holds, in the dtype of x."""
    dtype = data_of(x).dtype
    one = np.ones((), dtype if dtype.kind == "f" else float)
    return ops.sum(ops.where(holds, one, 0.0 * one), axis, keepdims)


def of_order(x, p, axis, keepdims):
    """sum(|x|^p)^(1/p), of numbers divided by the largest first; zeros are set apart, where a power has no derivative."""
    x = ops.absolute(x)
    largest = np.max(data_of(x), axis=axis, keepdims=True, initial=0.0)
    scale = np.where((largest > 0.0) & (largest < math.inf), largest, 1.0).astype(largest.dtype)
    terms = apart(ops.divide(x, scale), lambda x: ops.power_constant(x, p), 0.0 if p > 0.0 else math.inf)
    y = apart(ops.sum(terms, axis, True), lambda x: ops.power_constant(x, 1.0 / p), 0.0) * scale
    return y if keepdims else ops.squeeze(y, axis)


def apart(x, function, at_zero):
    """The function where x is not 0; a constant where it is."""
    there = ops.not_equal(x, 0.0)
    return ops.where(there, function(ops.where(there, x, 1.0)), at_zero)


def of_matrices(x, order, row, column, keepdims):
    """The norm of the matrices over two axes."""
    if order is None or order in ("f", "fro"):
        return ops.norm(x, (row, column), keepdims)
    if order in (2, -2, "nuc"):
        choose = {2: ops.max, -2: ops.min, "nuc": ops.sum}[order]
        y = choose(ops.svdvals(last(x, row, column)), -1)
        return ops.expand_dims(y, (row, column)) if keepdims else y
    if order in (1, -1, math.inf, -math.inf):
        added, chosen = (row, column) if abs(order) == 1 else (column, row)
        choose = ops.max if order > 0 else ops.min
        y = choose(ops.sum(ops.absolute(x), added, True), chosen, True)
        return y if keepdims else ops.squeeze(y, (row, column))
    raise misfit(
        "norm", f"ord={order!r} for matrices", f"Expected {MATRIX}. Other norms are of vectors: give one axis."
    )


@composition(
    np.linalg.vector_norm,
    name="linalg.vector_norm",
    domain=kinks(0.0),
    kink=SHARED,
    analytic=False,
    cases=((Shape(2, 3),), (Shape(2, 2), {"ord": 3, "keepdims": True}), (Shape(2, 3, 1), {"axis": (0, 2), "ord": 1})),
)
def vector_norm(x, /, *, axis=None, keepdims=False, ord=2):  # noqa: A002  # NumPy's name
    """The length of vectors, as numpy.linalg.vector_norm: as norm, but along any number of axes (default: all).

    >>> vector_norm([[3.0, 0.0], [0.0, 4.0]])
    np.float64(5.0)
    """
    x = array_of("vector_norm", x)
    return of_vectors(x, ord, axes_of(x, axis), keepdims)


@composition(
    np.linalg.matrix_norm,
    name="linalg.matrix_norm",
    domain=REGULAR,
    kink=SHARED,
    analytic=False,
    cases=((Shape(2, 2, 3),), (Shape(2, 3), {"ord": "nuc", "keepdims": True})),
)
def matrix_norm(x, /, *, keepdims=False, ord="fro"):  # noqa: A002  # NumPy's name
    """The norm of the matrices (..., m, n), as numpy.linalg.matrix_norm: as norm over the last two axes.

    >>> matrix_norm([[3.0, 0.0], [0.0, -4.0]], ord="nuc")
    np.float64(7.0)
    """
    return norm(x, ord, (-2, -1), keepdims)


@composition(
    np.linalg.cond,
    name="linalg.cond",
    domain=REGULAR,
    kink=SHARED,
    analytic=False,
    cases=((Shape(3, 2),), (Shape(2, 2, 2), -2), (Shape(2, 2), 1), (Shape(1, 2, 2), "fro")),
)
def cond(x, p=None):
    """The condition number of the matrices (..., m, n): the norm of x times that of its inverse, for the norms of linalg.norm.

    p    None or 2: the largest singular value by the smallest, of any matrix (inf for a singular one); others take the inverse

    >>> cond([[3.0, 0.0], [0.0, -4.0]], "fro") * 12.0
    np.float64(25.0)
    """
    x = array_of("cond", x)
    if p is not None and p not in (2, -2):
        return ops.multiply(norm(x, p, (-2, -1)), norm(ops.inv(x), p, (-2, -1)))
    s = ops.svdvals(x)
    ends = ops.index(s, (..., 0)), ops.index(s, (..., -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        y = ops.divide(*(ends[::-1] if p == -2 else ends))
    unknown = np.isnan(data_of(y))  # 0 / 0, of a matrix of zeros: svdvals takes no nan
    return ops.where(unknown, math.inf, y) if unknown.any() else y
