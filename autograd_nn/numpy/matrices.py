"""Systems of equations, powers and chains of matrices, as in numpy.linalg.  Layer 4; made of operations, uses products."""

from __future__ import annotations

import math
import operator

import numpy as np

from .. import ops
from ..arguments import array_of
from ..composition import composition
from ..domain import REGULAR, Shape
from ..errors import DtypeError, user_line
from ..op import data_of, ndim_of, shape_of
from .axes import axis_of, last, misfit
from .products import diagonal_of_matrices

__all__ = [
    "diagonal",
    "lstsq",
    "matrix_power",
    "multi_dot",
    "pinv",
    "solve",
    "tensorinv",
    "tensorsolve",
    "trace_of_matrices",
]

GIVEN = object()  # stands for an argument that was not given, where None means something


# Systems of equations


@composition(
    np.linalg.solve,
    name="linalg.solve",
    domain=REGULAR,
    cases=(
        (Shape(3, 3), Shape(3)),
        (Shape(2, 2, 2), Shape(2)),
        (Shape(2, 2, 2), Shape(2, 1)),
        (Shape(1, 1), Shape(1, 2)),
    ),
)
def solve(a, b):
    """x with a x = b, for square matrices a (..., n, n) and b: one vector (n,), or matrices (..., n, k).

    dL/db = a^-T g and dL/da = -(dL/db) x^T. MatrixError for a singular a.

    >>> solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 2.0])
    array([1. , 0.5])
    """
    a, b = array_of("solve", a), array_of("solve", b)
    if ndim_of(b) != 1:
        return ops.solve(a, b)
    return ops.squeeze(ops.solve(a, ops.expand_dims(b, 1)), -1)


@composition(
    np.linalg.lstsq,
    name="linalg.lstsq",
    domain=REGULAR,
    analytic=False,
    cases=(
        (Shape(3, 2), Shape(3)),
        (Shape(3, 2), Shape(3, 2)),
        (Shape(2, 3), Shape(2, 1)),
        (Shape(2, 2), Shape(2), -1),
    ),
)
def lstsq(a, b, rcond=None):
    """The shortest x with the smallest |b - a x|, its squared residuals, the rank of a, and a's singular values.

    a        a matrix (m, n);  b: a vector (m,) or a matrix (m, k)
    rcond    singular values below rcond times the largest count as 0 (default: eps times the larger size of a; -1: eps)
    The residuals are those of each column, and none where the rank is below n or m <= n. Everything but the rank has a
    derivative: x = pinv(a) b has that of pinv, along matrices of the same rank. Source: Golub & Pereyra 1973.

    >>> lstsq([[1.0], [1.0]], [1.0, 2.0])[0]
    array([1.5])
    """
    a, b = array_of("lstsq", a), array_of("lstsq", b)
    (m, n), vector = matrix_shape("lstsq", a), ndim_of(b) == 1
    if ndim_of(b) not in (1, 2) or shape_of(b)[0] != m:
        got = f"a right-hand side of shape {shape_of(b)} for a matrix of shape {(m, n)}"
        raise misfit("lstsq", got, f"Expected ({m},) or ({m}, k). Reshape it.")
    columns = ops.expand_dims(b, 1) if vector else b
    s = ops.svdvals(a)
    numbers = data_of(s)
    eps = float(np.finfo(numbers.dtype).eps)
    rcond = eps * max(m, n) if rcond is None else eps if rcond < 0 else float(rcond)
    rank = int(np.sum(numbers > rcond * numbers.max(initial=0.0)))
    x = ops.lstsq(a, columns, rcond)
    left = ops.sum(ops.square(columns - ops.matmul(a, x)), 0) if rank == n < m else np.zeros(0, numbers.dtype)
    return ops.squeeze(x, 1) if vector else x, left, rank, s


def matrix_shape(taker, a):
    if ndim_of(a) != 2:
        raise misfit(
            taker, f"an array of shape {shape_of(a)}", "Expected one matrix (m, n). Take the matrices one by one."
        )
    return shape_of(a)


@composition(
    np.linalg.pinv,
    name="linalg.pinv",
    domain=REGULAR,
    analytic=False,
    cases=((Shape(3, 2),), (Shape(2, 1, 2), 1e-3), (Shape(2, 2), {"rtol": None})),
)
def pinv(a, rcond=None, *, rtol=GIVEN):
    """The pseudo-inverse of the matrices (..., m, n) by Moore and Penrose.

    rcond, rtol    singular values below this times the largest count as 0 (default: 1e-15; rtol=None: eps times the larger size)
    Its derivative is that along matrices of the same rank: see ops.pinv.

    >>> pinv([[2.0], [0.0]])
    array([[0.5, 0. ]])
    """
    a = array_of("pinv", a)
    if rcond is None:
        rcond = 1e-15 if rtol is GIVEN else rtol
    elif rtol is not GIVEN:
        raise misfit("pinv", f"rcond={rcond!r} and rtol={rtol!r}", "They mean the same. Give one of them.")
    if rcond is None:
        numbers = data_of(a)
        rcond = max(numbers.shape[-2:], default=0) * np.finfo(np.result_type(numbers, np.float32)).eps
    return ops.pinv(a, rcond)


@composition(
    np.linalg.tensorsolve,
    name="linalg.tensorsolve",
    domain=REGULAR,
    cases=((Shape(1, 3, 3), Shape(1, 3)), (Shape(1, 2, 2), Shape(1, 2), (1,))),
)
def tensorsolve(a, b, axes=None):
    """x with tensordot(a, x, x.ndim) = b; axes of a that belong to x are moved to its end first.

    >>> tensorsolve(2.0 * np.eye(4).reshape(2, 2, 4), np.ones((2, 2)))
    array([0.5, 0.5, 0.5, 0.5])
    """
    a, b = array_of("tensorsolve", a), array_of("tensorsolve", b)
    if axes is not None:
        a = last(a, *[axis_of(a, i) for i in axes])
    shape = shape_of(a)[ndim_of(b) :]
    size = math.prod(shape)
    if math.prod(shape_of(a)) != size * size or math.prod(shape_of(b)) != size:
        got = f"arrays of shapes {shape_of(a)} and {shape_of(b)}"
        raise misfit("tensorsolve", got, "Expected as many equations (the size of b) as unknowns (the last axes of a).")
    return ops.reshape(ops.solve(ops.reshape(a, (size, size)), ops.reshape(b, (size, 1))), shape)


@composition(np.linalg.tensorinv, name="linalg.tensorinv", domain=REGULAR, cases=((Shape(1, 3, 3),), (Shape(2, 2), 1)))
def tensorinv(a, ind=2):
    """The inverse of tensordot by a: of the matrix of its first `ind` axes by the others.

    >>> tensorinv(2.0 * np.eye(4).reshape(4, 2, 2), 1).shape
    (2, 2, 4)
    """
    a = array_of("tensorinv", a)
    shape = shape_of(a)
    size = math.prod(shape[:ind])
    if not isinstance(ind, int | np.integer) or ind <= 0 or size != math.prod(shape[ind:]):
        got = f"ind={ind!r} for an array of shape {shape}"
        raise misfit("tensorinv", got, "Expected a positive ind that splits the sizes into two equal products.")
    return ops.reshape(ops.inv(ops.reshape(a, (size, size))), (*shape[ind:], *shape[:ind]))


# Powers and chains


@composition(
    np.linalg.matrix_power,
    name="linalg.matrix_power",
    domain=REGULAR,
    cases=((Shape(2, 2), 0), (Shape(2, 2), 1), (Shape(3, 3), 5), (Shape(2, 2, 2), -2)),
)
def matrix_power(a, n):
    """The n-th power of square matrices (..., m, m), by repeated squaring; of the inverse for a negative n.

    >>> matrix_power([[1.0, 1.0], [0.0, 1.0]], 10)
    array([[ 1., 10.],
           [ 0.,  1.]])
    """
    a = array_of("matrix_power", a)
    try:
        n = operator.index(n)
    except TypeError:
        raise DtypeError(
            f"matrix_power got n={n!r}, at {user_line()}. Expected an integer: other powers are not products. Take "
            "eigh of a symmetric matrix, and powers of its eigenvalues."
        ) from None
    shape = shape_of(a)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise misfit("matrix_power", f"an array of shape {shape}", "Expected square matrices (..., m, m).")
    if n < 0:
        a, n = ops.inv(a), -n
    if n == 0:
        numbers = data_of(a)
        return ops.where(np.zeros(shape, bool), a, np.eye(shape[-1], dtype=numbers.dtype))
    y = None
    while n:
        n, odd = divmod(n, 2)
        if odd:
            y = a if y is None else ops.matmul(y, a)
        if n:
            a = ops.matmul(a, a)
    return ops.positive(y)


@composition(
    np.linalg.multi_dot,
    name="linalg.multi_dot",
    cases=(
        ([Shape(2, 3), Shape(3, 2)],),
        ([Shape(3), Shape(3, 1), Shape(1, 2), Shape(2)],),
        ([Shape(1, 2), Shape(2, 2), Shape(2)],),
    ),
)
def multi_dot(arrays):
    """The product of a chain of matrices in the order that takes the fewest multiplications.

    arrays    two or more matrices; the first may be a row and the last a column, given as vectors
    Source: Cormen, Leiserson, Rivest & Stein, Introduction to Algorithms, 3rd edition, section 15.2.

    >>> multi_dot([[1.0, 2.0], [[3.0], [4.0]], [[5.0]]])
    array([55.])
    """
    chain = [array_of("multi_dot", x) for x in arrays]
    shapes = [shape_of(x) for x in chain]
    if (
        len(chain) < 2
        or any([len(s) != 2 for s in shapes[1:-1]])
        or any([len(s) not in (1, 2) for s in (shapes[0], shapes[-1])])
    ):
        raise misfit(
            "multi_dot", f"arrays of shapes {shapes}", "Expected two matrices or more; the ends may be vectors."
        )
    sizes = [
        *[s[0] if len(s) == 2 or k else 1 for k, s in enumerate(shapes)],
        shapes[-1][1] if len(shapes[-1]) == 2 else 1,
    ]
    best = splits(sizes)

    def product(i, j):
        return chain[i] if i == j else ops.matmul(product(i, best[i, j]), product(best[i, j] + 1, j))

    return product(0, len(chain) - 1)


def splits(sizes):
    """Where to cut the chain of matrices i to j, of sizes[k] by sizes[k + 1], for the fewest multiplications."""
    count = len(sizes) - 1
    cost, best = {(i, i): 0 for i in range(count)}, {}
    for length in range(1, count):
        for i in range(count - length):
            j = i + length
            costs = [cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1] for k in range(i, j)]
            cost[i, j] = min(costs)
            best[i, j] = i + costs.index(cost[i, j])
    return best


# Diagonals


@composition(np.linalg.diagonal, name="linalg.diagonal", cases=((Shape(2, 3, 2),), (Shape(2, 3), {"offset": 1})))
def diagonal(x, /, *, offset=0):
    """The diagonals of the matrices (..., m, n): above the main one by offset, below it if negative.

    >>> diagonal([[1.0, 2.0], [3.0, 4.0]], offset=1)
    array([2.])
    """
    return diagonal_of_matrices(array_of("linalg.diagonal", x), offset)


@composition(np.linalg.trace, name="linalg.trace", cases=((Shape(2, 3, 2),), (Shape(2, 2), {"offset": -1})))
def trace_of_matrices(x, /, *, offset=0, dtype=None):
    """The sums of the diagonals of the matrices (..., m, n).

    >>> trace_of_matrices([[1.0, 2.0], [3.0, 4.0]])
    np.float64(5.0)
    """
    y = ops.sum(diagonal_of_matrices(array_of("linalg.trace", x), offset), -1)
    return y if dtype is None else ops.astype(y, dtype)
