"""Inverses, solutions of linear systems and determinants.  Layer 2; uses reduce and shape.

Every one is batched over the axes before the last two. Rules from Giles 2008, "An extended collection of matrix derivative
results for forward and reverse mode algorithmic differentiation"; pinv from Golub & Pereyra 1973.
"""

from __future__ import annotations

import numpy as np

from ..domain import ANY, REGULAR, Shape
from ..op import POWER, PRODUCT, Operation, nary, ndim_of, shape_of
from ..several import parts, several
from .reduce import sum
from .shape import batched, expand_dims, swapaxes

__all__ = [
    "SQUARE",
    "cofactor",
    "det",
    "identity",
    "inv",
    "lstsq",
    "of_matrices",
    "of_square_matrices",
    "pinv",
    "place_of",
    "slogdet",
    "solve",
    "transposed",
]

SlogdetResult = type(np.linalg.slogdet(np.eye(1)))  # NumPy's own named tuple, which has no public name


# Kernels


def of_matrices(a):
    """The argument as an array of matrices."""
    a = np.asarray(a)
    if a.ndim < 2:
        raise ValueError(f"a matrix (..., m, n) was expected, got shape {a.shape}")
    return a


def of_square_matrices(a):
    """The argument as an array of square matrices."""
    a = np.asarray(a)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ValueError(f"a square matrix (..., n, n) was expected, got shape {a.shape}")
    return a


def place_of(wrong):
    """Which matrix of a batch an error is about: the first wrong one."""
    index = np.unravel_index(np.argmax(wrong), wrong.shape)
    return tuple(map(int, index)), f"the matrix at {[*map(int, index)]} of the batch" if wrong.ndim else "the matrix"


def without_inverse(a):
    """The error for a singular matrix among those of a."""
    finite = np.where(np.isfinite(a).all((-1, -2), keepdims=True), a, np.eye(a.shape[-1]))
    index, which = place_of(np.linalg.slogdet(finite)[0] == 0.0)
    s = np.linalg.svdvals(finite[index])
    return np.linalg.LinAlgError(
        f"{which} is singular, with singular values from {s[0]:.3g} down to {s[-1]:.3g}. Expected one with an inverse. Take "
        "pinv or lstsq, or add a small multiple of the identity to it."
    )


def inverted(a):
    a = of_square_matrices(a)
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        raise without_inverse(a) from None


def solved(a, b):
    a, b = of_square_matrices(a), np.asarray(b)
    if b.ndim < 2 or b.shape[-2] != a.shape[-1]:
        also = "; autograd_nn.numpy.linalg.solve takes a vector as well" if b.ndim == 1 else ""
        raise ValueError(f"a right-hand side (..., {a.shape[-1]}, k) was expected, got shape {b.shape}{also}")
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        raise without_inverse(a) from None


def determinant(a):
    return np.linalg.det(of_square_matrices(a))


def signed_determinant(a):
    return np.linalg.slogdet(of_square_matrices(a))


def cofactors(a):
    """U diag(product of the other singular values) V^T times the sign of det U V^T: no division, so right at any rank."""
    a = of_square_matrices(a)
    bad = ~np.isfinite(a).all((-1, -2), keepdims=True)
    u, s, vh = np.linalg.svd(np.where(bad, 0.0, a) if bad.any() else a)
    others = np.where(np.eye(s.shape[-1], dtype=bool), s.dtype.type(1.0), s[..., None, :]).prod(-1)
    sign = (np.linalg.det(u) * np.linalg.det(vh))[..., None, None]
    y = sign * (u * others[..., None, :]) @ vh
    return np.where(bad, y.dtype.type(np.nan), y) if bad.any() else y


def pseudo_inverse(a, rcond=1e-15):
    return np.linalg.pinv(of_matrices(a), rcond)


def closest(a, b, rcond):
    a, b = of_matrices(a), of_matrices(b)
    if a.ndim != b.ndim or a.shape[-2] != b.shape[-2]:
        raise ValueError(
            f"matrices (..., m, n) and (..., m, k) of as many axes were expected, got shapes {a.shape} and {b.shape}"
        )
    if a.ndim == 2:
        return np.linalg.lstsq(a, b, rcond)[0]
    return np.linalg.pinv(a, rcond) @ b  # the same numbers: NumPy has no batched lstsq


# Rules


def transposed(x):
    return swapaxes(x, -1, -2)


def numbers(g):
    """One number for each matrix, to multiply the matrices by."""
    return expand_dims(g, (-1, -2))


def identity(x):
    return np.eye(shape_of(x)[-1], dtype=bool)  # booleans change no dtype


def solve_left(g, y, a, b):
    return -(solve(transposed(a), g) @ transposed(y))


def solve_forward(ts, y, a, b):
    """a^-1 (db - da y)."""
    if ts[0] is None:
        return solve(a, ts[1])
    return solve(a, -(ts[0] @ y) if ts[1] is None else ts[1] - ts[0] @ y)


def hessian_of_det(t, y, x):
    """The second derivative of det along t: x^-T (<t, y> - t^T y) with y the cofactors; its own transpose."""
    return solve(transposed(x), numbers(sum(t * y, (-1, -2))) * identity(x) - transposed(t) @ y)


def outside(h, y, a):
    """(1 - a y) h: what lies outside of the columns of a, where y = pinv(a)."""
    return h - a @ (y @ h)


def across(h, y, a):
    """h (1 - y a): what lies outside of the rows of a."""
    return h - (h @ y) @ a


def moved(h, y, a):
    """(1 - a y) h y y^T + y^T y h (1 - y a): what turns the columns and the rows of a."""
    return outside(h @ y, y, a) @ transposed(y) + transposed(y) @ across(y @ h, y, a)


def lstsq_matrix(g, y, a, b, rcond):
    """-u y^T + (b - a y) (p u)^T + p^T y (g - a^T u)^T with p = pinv(a) and u = p^T g: pinv's rule for y = p b."""
    p = pinv(a, rcond)
    u = transposed(p) @ g
    return (b - a @ y) @ transposed(p @ u) - u @ transposed(y) + (transposed(p) @ y) @ transposed(g - transposed(a) @ u)


def lstsq_forward(ts, y, a, b, rcond):
    """p (db - da y) + p p^T da^T (b - a y) + (1 - p a) da^T p^T y."""
    p = pinv(a, rcond)
    if ts[0] is None:
        return p @ ts[1]
    return turned(ts[0], p, y, a, b) if ts[1] is None else turned(ts[0], p, y, a, b) + p @ ts[1]


def turned(t, p, y, a, b):
    return p @ (transposed(p) @ (transposed(t) @ (b - a @ y)) - t @ y) + outside(
        transposed(t) @ (transposed(p) @ y), a, p
    )


def solve_leading(count, x, z, *static):
    """Only where the axis of directions stands at the same place in both operands."""
    return (x, z, *static) if ndim_of(x) == ndim_of(z) else None


SQUARE = ((Shape(3, 3),), (Shape(1, 1),), (Shape(2, 2, 2),))

# fmt: off
inv = nary(
    "inv", inverted, (lambda g, y, a: -(transposed(y) @ g @ transposed(y)),),
    jvp=lambda ts, y, a: -(y @ ts[0] @ y), kind="custom", source="np.linalg.inv({0})", latex="{0}^{{-1}}", precedence=POWER,
    domain=(REGULAR,), cases=SQUARE, numpy=(np.linalg.inv,), leading=batched,
    doc="y = a^-1 of square matrices (..., n, n); dL/da = -y^T g y^T. MatrixError for a singular one. Source: Giles 2008.",
    example=("inv(np.array([[2.0, 0.0], [0.0, 4.0]]))", "array([[0.5 , 0.  ],\n       [0.  , 0.25]])"),
)
solve: Operation = nary(
    "solve", solved, (solve_left, lambda g, y, a, b: solve(transposed(a), g)), jvp=solve_forward, kind="custom",
    source="np.linalg.solve({0}, {1})", latex="{0}^{{-1}} {1}", precedence=PRODUCT, domain=(REGULAR, ANY), leading=solve_leading,
    cases=((Shape(3, 3), Shape(3, 2)), (Shape(1, 1), Shape(1, 1)), (Shape(2, 2, 2), Shape(2, 1)),
           (Shape(2, 2), Shape(2, 2, 2))),
    doc="y = a^-1 b for square matrices a (..., n, n) and right-hand sides b (..., n, k), which broadcast in the axes before; "
        "dL/db = a^-T g, dL/da = -(dL/db) y^T. MatrixError for a singular a. numpy.linalg.solve takes vectors b as well. "
        "Source: Giles 2008.",
    example=("solve(np.array([[2.0, 0.0], [0.0, 4.0]]), np.array([[2.0], [2.0]]))", "array([[1. ],\n       [0.5]])"),
)
cofactor: Operation = nary(
    "cofactor", cofactors, (lambda g, y, a: hessian_of_det(g, y, a),), jvp=lambda ts, y, a: hessian_of_det(ts[0], y, a),
    kind="custom", source="cofactor({0})", latex=r"\operatorname{{cof}} {0}", domain=(REGULAR,), cases=SQUARE, analytic=False,
    leading=batched,
    doc="y = det(a) a^-T, the derivative of det: y_ij is (-1)^(i+j) times det(a) without row i and column j. Right for singular "
        "matrices too; its own derivative, dL/da = a^-T (<g, y> - g^T y), takes a^-1, so it raises MatrixError for them.",
    example=("cofactor(np.array([[1.0, 2.0], [0.0, 0.0]])) + 0.0", "array([[ 0.,  0.],\n       [-2.,  1.]])"),
)
det = nary(
    "det", determinant, (lambda g, y, a: numbers(g) * cofactor(a),),
    jvp=lambda ts, y, a: sum(ts[0] * cofactor(a), (-1, -2)), kind="custom",
    source="np.linalg.det({0})", latex=r"\det {0}", domain=(REGULAR,), cases=SQUARE, numpy=(np.linalg.det,),
    leading=batched,
    doc="The determinant of square matrices (..., n, n); dL/da = g cofactor(a), which is g y a^-T, right for singular matrices "
        "of any rank as well. The second derivative of a singular one raises MatrixError. Source: Giles 2008.",
    example=("det(np.array([[0.0, 2.0], [1.0, 0.0]]))", "np.float64(-2.0)"),
)
slogdet: Operation = several(
    "slogdet", signed_determinant, (lambda g, y, a: numbers(parts(g, y)[1]) * transposed(inv(a)),),
    jvp=lambda ts, y, a: (np.zeros(shape_of(a)[:-2]), sum(ts[0] * transposed(inv(a)), (-1, -2))),
    result=SlogdetResult._make, source="np.linalg.slogdet({0})", latex=r"\log |\det {0}|", domain=(REGULAR,), cases=SQUARE,
    analytic=False, numpy=(np.linalg.slogdet,), leading=batched,
    doc="The sign and the logarithm of |det a| of square matrices (..., n, n), without overflow; the sign is constant, and "
        "dL/da = g a^-T for the logarithm. A singular matrix has sign 0 and -inf, and no derivative: MatrixError. "
        "Source: Giles 2008.",
    example=("slogdet(np.array([[0.0, 1.0], [1.0, 0.0]]))",
             "SlogdetResult(sign=np.float64(-1.0), logabsdet=np.float64(0.0))"),
)
pinv: Operation = nary(
    "pinv", pseudo_inverse,
    (lambda g, y, a, rcond: moved(transposed(g), y, a) - transposed(y) @ g @ transposed(y), None),
    jvp=lambda ts, y, a, rcond: transposed(moved(ts[0], y, a)) - y @ ts[0] @ y, kind="custom",
    source="np.linalg.pinv({0}, {1})", latex="{0}^{{+}}", precedence=POWER, domain=(REGULAR,), analytic=False,
    cases=((Shape(3, 2), 1e-15), (Shape(2, 3), 1e-15), (Shape(1, 1), 1e-15), (Shape(2, 2, 1), 1e-15)),
    leading=batched,
    doc="y = a^+, the pseudo-inverse of matrices (..., m, n) by Moore and Penrose; singular values below rcond times the largest "
        "count as 0. dL/da = -y^T g y^T + (1 - a y) g^T y y^T + y^T y g^T (1 - y a), the derivative along matrices of the same "
        "rank: across a change of rank y is not continuous. Source: Golub & Pereyra 1973.",
    example=("pinv(np.array([[2.0], [0.0]]))", "array([[0.5, 0. ]])"),
)
lstsq: Operation = nary(
    "lstsq", closest, (lstsq_matrix, lambda g, y, a, b, rcond: transposed(pinv(a, rcond)) @ g, None), jvp=lstsq_forward,
    kind="custom", source="np.linalg.pinv({0}, {2}) @ {1}", latex="{0}^{{+}} {1}", precedence=PRODUCT, domain=(REGULAR, ANY),
    analytic=False, leading=solve_leading,
    cases=((Shape(3, 2), Shape(3, 1), 1e-15), (Shape(2, 3), Shape(2, 2), 1e-15), (Shape(2, 2, 1), Shape(2, 2, 1), 1e-15)),
    doc="y = a^+ b: the shortest y for which |b - a y| is smallest, for matrices a (..., m, n) and b (..., m, k); singular "
        "values below rcond times the largest count as 0. dL/db = a^+T g; dL/da is the rule of pinv for y = a^+ b.",
    example=("lstsq(np.array([[1.0], [1.0]]), np.array([[1.0], [2.0]]), 1e-15)", "array([[1.5]])"),
)
# fmt: on
