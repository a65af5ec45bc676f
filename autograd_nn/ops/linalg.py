"""The product of matrices, and the length of vectors.  Layer 2; uses arithmetic, shape and reduce."""

from __future__ import annotations

import math

import numpy as np

from ..domain import ANY, Shape
from ..op import PRODUCT, nary, ndim_of, shape_of
from .arithmetic import divide, where
from .reduce import axes_of, keep, reduce_leading, sum
from .shape import aligned, expand_dims, reshape, swapaxes

__all__ = ["matmul", "norm"]


def product(x, z):
    return np.matmul(x, z)


def matmul_left(g, y, x, z):
    """The cotangent of x: g z^T for matrices; a vector counts as one row on the left and one column on the right."""
    if x.ndim == 2 == z.ndim:
        return g @ z.T
    if z.ndim == 1:
        return expand_dims(g, -1) * z
    if x.ndim == 1:
        return sum(expand_dims(g, -2) * z, -1)
    return matmul(g, swapaxes(z, -1, -2))


def matmul_right(g, y, x, z):
    """The cotangent of z: x^T g for matrices."""
    if x.ndim == 2 == z.ndim:
        return x.T @ g
    if x.ndim == 1:
        return x * g if z.ndim == 1 else expand_dims(x, -1) * expand_dims(g, -2)
    if z.ndim == 1:
        return sum(x * expand_dims(g, -1), tuple(range(x.ndim - 1)))
    return matmul(swapaxes(x, -1, -2), g)


def matmul_forward(ts, y, x, z):
    """The product rule: dx z + x dz."""
    left = None if ts[0] is None else matmul(ts[0], z)
    right = None if ts[1] is None else matmul(x, ts[1])
    return right if left is None else left if right is None else left + right


def length(x, axis=None, keepdims=False):
    """By squares, and once more with the largest number taken out where the squares leave the range of the dtype."""
    x = np.asarray(x)
    x = x if x.dtype.kind in "fc" else x.astype(float)
    with np.errstate(over="ignore", under="ignore"):
        total = np.add.reduce(x * x, axis=axis, keepdims=True)
    about = np.finfo(x.dtype)
    if np.all((total.real > about.tiny / about.eps) & (total.real < math.inf)):
        y = np.sqrt(total)
    else:
        top = np.maximum.reduce(abs(x), axis=axis, keepdims=True, initial=0.0)
        y = np.where(np.isfinite(top) & (top > 0.0), top, 1.0).astype(top.dtype)
        with np.errstate(under="ignore"):
            y = y * np.sqrt(np.add.reduce(np.square(x / y), axis=axis, keepdims=True))
    return y if keepdims else np.squeeze(y, axes_of(x.shape, axis))[()]


def direction(y, x, axis, keepdims):
    """x / |x|, and 0 where |x| = 0: x divided by infinity, so that derivatives of every order are 0 there."""
    y = keep(y, x, axis, keepdims)
    return divide(x, where(y, y, math.inf))


def matmul_leading(count, x, z):
    """The operands as stacks of matrices, and the shape of y: a vector is a row on the left and a column on the right."""
    x = reshape(x, (1, *shape_of(x))) if ndim_of(x) == 1 else x
    z = reshape(z, (*shape_of(z), 1)) if ndim_of(z) == 1 else z
    axes = max(ndim_of(x), ndim_of(z))
    shape = (*np.broadcast_shapes(shape_of(x)[:-2], shape_of(z)[:-2]), shape_of(x)[-2], shape_of(z)[-1])
    return aligned(x, axes), aligned(z, axes), shape


# fmt: off
matmul = nary(
    "matmul", product, (matmul_left, matmul_right), jvp=matmul_forward, kind="custom",
    source="{0} @ {1}", latex=r"{0}\,{1}", precedence=PRODUCT, symbol="@", domain=(ANY, ANY),
    numpy=(np.matmul, np.linalg.matmul), leading=matmul_leading,
    cases=(
        (Shape(2, 3), Shape(3, 4)), (Shape(3), Shape(3)), (Shape(2, 3), Shape(3)), (Shape(3), Shape(3, 4)),
        (Shape(5, 2, 3), Shape(3, 4)), (Shape(2, 1, 2, 3), Shape(4, 3, 2)), (Shape(5, 2, 3), Shape(3)),
        (Shape(3), Shape(5, 3, 2)), (Shape(1, 1), Shape(1, 1)), (Shape(0, 3), Shape(3, 2)),
    ),
    doc="y = x z, the matrix product over the last axis of x (..., n, k) and the last but one of z (..., k, m), batched over "
        "the axes before; a vector is a row on the left and a column on the right. dL/dx = g z^T, dL/dz = x^T g.",
    example=("matmul(np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]]))", "array([[11.]])"),
)
norm = nary(
    "norm", length,
    (lambda g, y, x, axis, keepdims: keep(g, x, axis, keepdims) * direction(y, x, axis, keepdims), None, None),
    jvp=lambda ts, y, x, axis, keepdims: sum(ts[0] * direction(y, x, axis, keepdims), axis, keepdims), kind="custom",
    source="np.sqrt(np.sum(np.square({0}), axis={1}, keepdims={2}))", latex=r"\left\| {0} \right\|", domain=(ANY,),
    kink="x = 0: 0", leading=reduce_leading,
    cases=((Shape(2, 3), None, False), (Shape(2, 3), 0, False), (Shape(2, 3), -1, True), (Shape(2, 3, 2), (0, 2), False),
           (Shape(2, 3), None, True), (Shape(1), 0, False), (Shape(0, 3), 0, False)),
    doc="y = sqrt(sum(x^2)) along axis (default: of all elements), Euclid's length, without overflow or underflow of the "
        "squares; dy/dx = x / y, and 0 at x = 0 (the middle of its subgradients).",
    example=("norm(np.array([2e200, 2e200, 2e200, 2e200]))", "np.float64(4e+200)"),
)
# fmt: on
