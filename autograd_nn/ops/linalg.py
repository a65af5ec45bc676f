"""Matrix products.  Layer 2; uses arithmetic, shape and reduce."""

from __future__ import annotations

import numpy as np

from ..domain import ANY, Shape
from ..op import PRODUCT, nary, shape_of
from .reduce import sum
from .shape import expand_dims, swapaxes

__all__ = ["matmul"]


def product(x, z):
    return np.matmul(x, z)


def ndim(x):
    return len(shape_of(x))


def matmul_left(g, y, x, z):
    """The cotangent of x: g z^T for matrices; a vector counts as one row on the left and one column on the right."""
    if ndim(x) == 2 == ndim(z):
        return g @ z.T
    if ndim(z) == 1:
        return expand_dims(g, -1) * z
    if ndim(x) == 1:
        return sum(expand_dims(g, -2) * z, -1)
    return matmul(g, swapaxes(z, -1, -2))


def matmul_right(g, y, x, z):
    """The cotangent of z: x^T g for matrices."""
    if ndim(x) == 2 == ndim(z):
        return x.T @ g
    if ndim(x) == 1:
        return x * g if ndim(z) == 1 else expand_dims(x, -1) * expand_dims(g, -2)
    if ndim(z) == 1:
        return sum(x * expand_dims(g, -1), tuple(range(ndim(x) - 1)))
    return matmul(swapaxes(x, -1, -2), g)


def matmul_forward(ts, y, x, z):
    """The product rule: dx z + x dz."""
    left = None if ts[0] is None else matmul(ts[0], z)
    right = None if ts[1] is None else matmul(x, ts[1])
    return right if left is None else left if right is None else left + right


# fmt: off
matmul = nary(
    "matmul", product, (matmul_left, matmul_right), jvp=matmul_forward, kind="custom",
    source="{0} @ {1}", latex=r"{0}\,{1}", precedence=PRODUCT, symbol="@", domain=(ANY, ANY), numpy=(np.matmul,),
    cases=(
        (Shape(2, 3), Shape(3, 4)), (Shape(3), Shape(3)), (Shape(2, 3), Shape(3)), (Shape(3), Shape(3, 4)),
        (Shape(5, 2, 3), Shape(3, 4)), (Shape(2, 1, 2, 3), Shape(4, 3, 2)), (Shape(5, 2, 3), Shape(3)),
        (Shape(3), Shape(5, 3, 2)), (Shape(1, 1), Shape(1, 1)), (Shape(0, 3), Shape(3, 2)),
    ),
    doc="y = x z, the matrix product over the last axis of x (..., n, k) and the last but one of z (..., k, m), batched over "
        "the axes before; a vector is a row on the left and a column on the right. dL/dx = g z^T, dL/dz = x^T g.",
    example=("matmul(np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]]))", "array([[11.]])"),
)
# fmt: on
