"""Products of arrays and traces of matrices, with NumPy's names and signatures.  Layer 4; uses joining."""

from __future__ import annotations

import math

import numpy as np

from .. import ops
from ..arguments import array_of
from ..composition import composition, since
from ..domain import Shape
from ..node import Node
from ..op import ndim_of, shape_of
from ..ops.indexing import along
from .axes import axes_of, axis_of, last, misfit
from .joining import stack

__all__ = [
    "cross",
    "cross_of_vectors",
    "diagonal_of_matrices",
    "dot",
    "inner",
    "kron",
    "matrix_transpose",
    "matvec",
    "outer",
    "outer_of_vectors",
    "tensordot",
    "trace",
    "vdot",
    "vecdot",
    "vecdot_of_arrays",
    "vecmat",
]


def others(shape, axes):
    return [i for i in range(len(shape)) if i not in axes]


def factors(taker, *xs):
    """The operands of a product that takes numbers too, and so Values."""
    return [x if isinstance(x, Node) else array_of(taker, x) for x in xs]


@composition(
    np.dot,
    cases=(
        (Shape(2, 3), Shape(3, 2)),
        (Shape(3), Shape(3)),
        (Shape(2, 2, 3), Shape(3)),
        (Shape(2, 2), Shape(2, 2, 3)),
        (Shape(), Shape(2)),
    ),
)
def dot(a, b):
    """The sum of products over the last axis of a and the last but one (or only one) of b; a product with a number.

    For matrices and vectors it is a @ b, with the rules of matmul.

    >>> dot([1.0, 2.0], [3.0, 4.0])
    np.float64(11.0)
    """
    a, b = factors("dot", a, b)
    m, n = ndim_of(a), ndim_of(b)
    if not (m and n):
        return ops.multiply(a, b)
    return ops.matmul(a, b) if n == 1 or (m <= 2 and n <= 2) else tensordot(a, b, (-1, -2))


@composition(np.vdot, cases=((Shape(2, 3), Shape(3, 2)), (Shape(), Shape())), analytic=False)
def vdot(a, b):
    """The sum of products of two arrays of the same size, flattened; dL/da = g b, dL/db = g a.

    >>> vdot([[1.0, 2.0]], [3.0, 4.0])
    np.float64(11.0)
    """
    return ops.matmul(ops.ravel(array_of("vdot", a)), ops.ravel(array_of("vdot", b)))


@composition(np.inner, cases=((Shape(2, 3), Shape(2, 2, 3)), (Shape(3), Shape(3)), (Shape(), Shape(2))))
def inner(a, b):
    """The sum of products over the last axes of both; a product with a number.

    >>> inner([[1.0, 2.0], [0.0, 1.0]], [3.0, 4.0])
    array([11.,  4.])
    """
    a, b = factors("inner", a, b)
    return tensordot(a, b, (-1, -1)) if shape_of(a) and shape_of(b) else ops.multiply(a, b)


@composition(np.outer, cases=((Shape(2), Shape(3)), (Shape(2, 1), Shape())))
def outer(a, b):
    """y_ij = a_i b_j of two arrays, flattened; dL/da = g b, dL/db = g^T a.

    >>> outer([1.0, 2.0], [3.0, 4.0])
    array([[3., 4.],
           [6., 8.]])
    """
    return ops.expand_dims(ops.ravel(array_of("outer", a)), 1) * ops.ravel(array_of("outer", b))


@composition(np.linalg.outer, cases=((Shape(2), Shape(3)),), name="linalg.outer")
def outer_of_vectors(x1, x2, /):
    """y_ij = a_i b_j of two vectors; as numpy.outer, but nothing else is flattened.

    >>> outer_of_vectors([1.0, 2.0], [3.0, 4.0])
    array([[3., 4.],
           [6., 8.]])
    """
    x1, x2 = array_of("linalg.outer", x1), array_of("linalg.outer", x2)
    if not ndim_of(x1) == ndim_of(x2) == 1:
        got = f"arrays of shapes {shape_of(x1)} and {shape_of(x2)}"
        raise misfit("linalg.outer", got, "Expected two vectors. numpy.outer flattens what it gets.")
    return outer(x1, x2)


@composition(
    np.tensordot,
    np.linalg.tensordot,
    cases=(
        (Shape(2, 3), Shape(3, 2), 1),
        (Shape(2, 3), Shape(2, 3)),
        (Shape(3, 2, 4), Shape(4, 2, 3), ([0, 1], [2, 1])),
        (Shape(2), Shape(3), {"axes": 0}),
        (Shape(2, 3, 1), Shape(1, 3), (-2, 1)),
    ),
)
def tensordot(a, b, axes=2):
    """The sum of products over several axes at once: one matrix product between reshapes.

    axes    a number n: the last n axes of a and the first n of b; or a pair (axes of a, axes of b), each one or several

    >>> tensordot(np.ones((2, 3)), np.ones((2, 3))).item()
    6.0
    """
    a, b = array_of("tensordot", a), array_of("tensordot", b)
    left, right = paired(a, b, axes)
    m, n = shape_of(a), shape_of(b)
    if [m[i] for i in left] != [n[j] for j in right]:
        got = f"arrays of shapes {m} and {n} and axes {axes!r}"
        raise misfit("tensordot", got, "Axes that are summed over together must have the same size. Check both lists.")
    rows, columns = others(m, left), others(n, right)
    summed, shape = math.prod([m[i] for i in left]), (*[m[i] for i in rows], *[n[j] for j in columns])
    a = ops.reshape(ops.transpose(a, (*rows, *left)), (math.prod([m[i] for i in rows]), summed))
    b = ops.reshape(ops.transpose(b, (*right, *columns)), (summed, math.prod([n[j] for j in columns])))
    return ops.reshape(ops.matmul(a, b), shape)


def paired(a, b, axes):
    """The axes that tensordot sums over, in a and in b, each list counted from the front."""
    m, n = ndim_of(a), ndim_of(b)
    if isinstance(axes, int | np.integer):
        if not 0 <= axes <= min(m, n):
            got = f"axes={axes} for arrays of shapes {shape_of(a)} and {shape_of(b)}"
            raise misfit("tensordot", got, "Give as many axes as both have.")
        return range(m - axes, m), range(axes)
    if not isinstance(axes, tuple | list) or len(axes) != 2:
        raise misfit("tensordot", f"axes={axes!r}", "Give a number, or a pair: the axes of a and those of b.")
    left, right = axes_of(a, axes[0]), axes_of(b, axes[1])
    if len(left) != len(right):
        raise misfit("tensordot", f"axes={axes!r}", "Give as many axes of a as of b.")
    return left, right


@composition(np.kron, cases=((Shape(2, 2), Shape(1, 3)), (Shape(2), Shape(2, 2)), (Shape(), Shape(2))))
def kron(a, b):
    """Kronecker's product: a with each element a_ij replaced by the block a_ij b.

    >>> kron([1.0, 10.0], [1.0, 2.0])
    array([ 1.,  2., 10., 20.])
    """
    a, b = array_of("kron", a), array_of("kron", b)
    count = max(ndim_of(a), ndim_of(b))
    m, n = [(1,) * (count - ndim_of(x)) + shape_of(x) for x in (a, b)]
    a = ops.reshape(a, [size for i in m for size in (i, 1)])
    b = ops.reshape(b, [size for j in n for size in (1, j)])
    return ops.reshape(a * b, [i * j for i, j in zip(m, n)])


@composition(
    np.cross,
    cases=(
        (Shape(3), Shape(3)),
        (Shape(2, 3), Shape(3)),
        (Shape(3, 2), Shape(2, 3), 0, 1, 0),
        (Shape(3, 2), Shape(3, 2), {"axis": 0}),
    ),
)
def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """The vector at right angles to two vectors of three numbers, along axisa of a and axisb of b, put along axisc.

    axis    for all three;  the length of the result is |a| |b| sin of the angle between them. Vectors of two numbers, whose
    product NumPy is about to drop as well, are refused.

    >>> cross([1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    array([0., 0., 1.])
    """
    a, b = array_of("cross", a), array_of("cross", b)
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis, axis, axis)
    i, j = axis_of(a, axisa), axis_of(b, axisb)
    if not shape_of(a)[i] == shape_of(b)[j] == 3:
        got = f"arrays of shapes {shape_of(a)} and {shape_of(b)} with vectors along axes {axisa} and {axisb}"
        advice = "Of two numbers, take a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]."
        raise misfit("cross", got, f"Expected three numbers in each vector. {advice}")
    x, y = [[ops.index(z, along(axis, k)) for k in range(3)] for z, axis in ((a, i), (b, j))]
    return stack([x[k - 2] * y[k - 1] - x[k - 1] * y[k - 2] for k in range(3)], axisc)


@composition(
    np.linalg.cross, cases=((Shape(2, 3), Shape(2, 3)), (Shape(3, 1), Shape(3, 2), {"axis": 0})), name="linalg.cross"
)
def cross_of_vectors(x1, x2, /, *, axis=-1):
    """As numpy.cross, with one axis for all.

    >>> cross_of_vectors([1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    array([0., 0., 1.])
    """
    return cross(x1, x2, axis=axis)


@composition(np.vecdot, cases=((Shape(2, 3), Shape(2, 3)), (Shape(2, 1, 3), Shape(2, 3))), analytic=False)
def vecdot(x1, x2, /, axis=-1):
    """The sum of products along one axis, which the results lose; the others broadcast. dL/dx1 = g x2, dL/dx2 = g x1.

    >>> vecdot([[1.0, 2.0], [0.0, 1.0]], [3.0, 4.0])
    array([11.,  4.])
    """
    x1, x2 = array_of("vecdot", x1), array_of("vecdot", x2)
    i, j = axis_of(x1, axis), axis_of(x2, axis)
    if shape_of(x1)[i] != shape_of(x2)[j]:
        got = f"arrays of shapes {shape_of(x1)} and {shape_of(x2)} and axis {axis}"
        raise misfit("vecdot", got, "Both need the same size along it. Transpose or reshape one of them.")
    return ops.sum(last(x1, i) * last(x2, j), -1)


@composition(np.linalg.vecdot, cases=((Shape(3, 2), Shape(3, 2), {"axis": 0}),), analytic=False, name="linalg.vecdot")
def vecdot_of_arrays(x1, x2, /, *, axis=-1):
    """As numpy.vecdot.

    >>> vecdot_of_arrays([1.0, 2.0], [3.0, 4.0])
    np.float64(11.0)
    """
    return vecdot(x1, x2, axis)


@composition(*since("matvec"), cases=((Shape(2, 3), Shape(3)), (Shape(2, 1, 2), Shape(2, 2))))
def matvec(x1, x2, /):
    """The products of matrices (..., m, n) with vectors (..., n), where the axes before broadcast.

    >>> matvec([[1.0, 2.0], [0.0, 1.0]], [3.0, 4.0])
    array([11.,  4.])
    """
    return ops.squeeze(ops.matmul(array_of("matvec", x1), ops.expand_dims(array_of("matvec", x2), -1)), -1)


@composition(*since("vecmat"), cases=((Shape(2), Shape(2, 3)), (Shape(2, 2), Shape(2, 2, 1))), analytic=False)
def vecmat(x1, x2, /):
    """The products of vectors (..., m) with matrices (..., m, n), where the axes before broadcast.

    >>> vecmat([3.0, 4.0], [[1.0, 2.0], [0.0, 1.0]])
    array([ 3., 10.])
    """
    return ops.squeeze(ops.matmul(ops.expand_dims(array_of("vecmat", x1), -2), array_of("vecmat", x2)), -2)


@composition(np.matrix_transpose, np.linalg.matrix_transpose, cases=((Shape(2, 3),), (Shape(2, 2, 1),)))
def matrix_transpose(x, /):
    """The last two axes exchanged.

    >>> matrix_transpose([[1.0, 2.0]])
    array([[1.],
           [2.]])
    """
    x = array_of("matrix_transpose", x)
    if ndim_of(x) < 2:
        raise misfit(
            "matrix_transpose", f"an array of shape {shape_of(x)}", "A matrix has two axes or more. Reshape it."
        )
    return ops.swapaxes(x, -1, -2)


def diagonal_of_matrices(x, offset, axis1=-2, axis2=-1):
    """The elements (i, i + offset) over two axes, put along a new last one: every (n + 1)-th of the flattened matrix."""
    shape, axes = shape_of(x), axes_of(x, (axis1, axis2))
    m, n = shape[axes[0]], shape[axes[1]]
    first = offset if offset >= 0 else -offset * n
    count = max(min(m, n - offset) if offset >= 0 else min(m + offset, n), 0)
    flat = ops.reshape(last(x, *axes), (*[shape[i] for i in others(shape, axes)], m * n))
    return ops.index(flat, (..., slice(first, first + count * (n + 1) - n if count else first, n + 1)))


@composition(
    np.trace,
    analytic=False,
    cases=(
        (Shape(3, 3),),
        (Shape(2, 3), 1),
        (Shape(3, 2), -1),
        (Shape(2, 1, 3), 0, 2, 0),
        (Shape(2, 2), 5),
        (Shape(2, 2), {"dtype": np.float64}),
    ),
)
def trace(a, offset=0, axis1=0, axis2=1, dtype=None):
    """The sum of the diagonal of the matrices over two axes; the cotangent is g on that diagonal.

    offset   of the diagonal: above the main one, or below it if negative;  dtype: of the result

    >>> trace([[1.0, 2.0], [3.0, 4.0]])
    np.float64(5.0)
    """
    y = ops.sum(diagonal_of_matrices(array_of("trace", a), offset, axis1, axis2), -1)
    return y if dtype is None else ops.astype(y, dtype)
