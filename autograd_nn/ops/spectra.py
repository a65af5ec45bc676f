"""Eigenvalues and singular values of real matrices, and their vectors.  Layer 2; uses factors.

Every one is batched over the axes before the last two; eigh and eigvalsh read the symmetric part of their argument, as cholesky.

The vectors of two equal eigenvalues (or singular values) are any basis of a plane, so they have no derivative.  Where one is
asked for, by a cotangent of such a vector that is not zero or by a tangent that turns the plane, a DegenerateError says so; a
vector with a zero cotangent counts as not used.  The values alone still have one: eigvalsh and svdvals ask for no vectors.
"""

from __future__ import annotations

import numpy as np

from ..domain import REGULAR, SYMMETRIC, Shape
from ..errors import DegenerateError, user_line
from ..op import Operation, data_of, nary, shape_of
from ..several import parts, picks, several
from .arithmetic import divide, where
from .compare import equal, greater
from .factors import SAME, TALL, refuse_zero, rounding, symmetric, symmetric_part
from .inverses import SQUARE, identity, of_matrices, place_of, transposed
from .reduce import sum
from .shape import expand_dims

__all__ = ["eigh", "eigvalsh", "matrix_rank", "svd", "svdvals"]

EighResult, SVDResult = type(np.linalg.eigh(np.eye(1))), type(np.linalg.svd(np.eye(1)))  # which have no public names


# Kernels


def values_and_vectors(a):
    return settled(np.linalg.eigh, symmetric_part(a))


def values_of_symmetric(a):
    return settled(np.linalg.eigvalsh, symmetric_part(a))


def decomposed(a):
    return settled(np.linalg.svd, of_matrices(a), False)


def singular_values(a):
    return settled(np.linalg.svd, of_matrices(a), False, False)


def settled(kernel, a, *static):
    """The kernel's result, or the error for an iteration that found no end; of nan it often finds none."""
    try:
        return kernel(a, *static)
    except np.linalg.LinAlgError as error:
        count = int(np.sum(~np.isfinite(a)))
        raise np.linalg.LinAlgError(
            f"{error}; {count} of the {a.size} numbers are nan or inf. Finite numbers were expected. Find where they come from "
            "with autograd_nn.anomalies."
        ) from None


def rank(A, tol=None, hermitian=False, rtol=None):
    if rtol is None:
        return np.linalg.matrix_rank(A, tol, hermitian)
    return np.linalg.matrix_rank(A, tol, hermitian, rtol=rtol)


# Where there is no derivative


def refuse_equal(name, values, turning, shape):
    """Raises DegenerateError where `turning` is not 0 at a pair of equal values; values (..., n), turning (..., n, n)."""
    gap = np.abs(values[..., :, None] - values[..., None, :])
    wrong = (gap <= rounding(values, shape)[..., None]) & ((turning != 0.0) | (turning.swapaxes(-1, -2) != 0.0))
    wrong &= ~np.eye(values.shape[-1], dtype=bool)
    if wrong.any():
        index, which = place_of(wrong.any((-1, -2)))
        i, j = np.argwhere(wrong[index])[0]
        first, second = float(values[index][i]), float(values[index][j])
        raise DegenerateError(
            f"{name}: a derivative of the vectors was asked for, at {user_line()}, where values {i} and {j} of {which} are "
            f"equal to rounding: {first!r} and {second!r}. Distinct values were expected: the vectors of equal ones are any "
            "basis of a plane. Use the values alone (eigvalsh, svdvals), or an operation that does not depend on the basis "
            "(inv, pinv, expm, norm), or make the values distinct. (A second derivative of values asks for one of vectors.)"
        )


def used(g):
    """Which vectors, the columns, have a cotangent that is not zero."""
    return (data_of(g) != 0.0).any(-2)


def columns(*cotangents):
    """Pairs of vectors of which one is used."""
    single = np.any([used(g) for g in cotangents], axis=0)
    return single[..., :, None] | single[..., None, :]


# Rules


def row(w):
    """One number for each column of a matrix."""
    return expand_dims(w, -2)


def column(w):
    """One number for each row of a matrix."""
    return expand_dims(w, -1)


def inner(x, z):
    return transposed(x) @ z


def antisymmetric(x):
    return 0.5 * (x - transposed(x))


def diagonal(x):
    return sum(identity(x) * x, -1)


def apart(x):
    """A divisor: x, and 1 where it is 0, since what is divided there is 0 as well or has been refused."""
    return where(equal(x, 0.0), 1.0, x)


def gaps(w):
    """w_j - w_i."""
    return apart(row(w) - column(w))


def sums(s):
    """s_j + s_i."""
    return apart(row(s) + column(s))


def eigh_back(g, y, a):
    """v (diag(gw) + (v^T gv) / (w_j - w_i)) v^T, symmetric."""
    (w, v), (gw, gv) = picks(y), parts(g, y)
    refuse_equal("eigh", data_of(w), columns(gv), shape_of(a))
    return v @ (column(gw) * identity(v) + divide(antisymmetric(inner(v, gv)), gaps(w))) @ transposed(v)


def eigh_forward(ts, y, a):
    """dw = diag(p) and dv = v (p / (w_j - w_i)), 0 on the diagonal, with p = v^T da v."""
    w, v = picks(y)
    p = inner(v, symmetric(ts[0]) @ v)
    refuse_equal("eigh", data_of(w), data_of(p), shape_of(a))
    return diagonal(p), v @ divide(p * ~identity(v), gaps(w))


def vectors(a):
    return eigh(a)[1]


def eigvalsh_back(g, y, a):
    """v diag(g) v^T."""
    v = vectors(a)
    return (v * row(g)) @ transposed(v)


def eigvalsh_forward(t, y, a):
    """diag(v^T da v)."""
    v = vectors(a)
    return sum(v * (symmetric(t) @ v), -2)


def present(s, a):
    """Which singular values are not 0 to rounding."""
    return greater(s, rounding(data_of(s), shape_of(a)))


def leaving(h, q):
    """(1 - q q^T) h: what lies outside of the space that the columns of q span."""
    return h - q @ (transposed(q) @ h)


def core(g, y, a):
    """diag(gs) + (m + n) / (s_j - s_i) + (m - n) / (s_j + s_i), antisymmetric parts of m = u^T gu and n = v^T gv."""
    (u, s, vh), (gu, gs, gvh) = picks(y), parts(g, y)
    m, n = inner(u, gu), inner(transposed(vh), transposed(gvh))
    values = column(gs * present(s, a)) * identity(m)
    return values + divide(antisymmetric(m + n), gaps(s)) + divide(antisymmetric(m - n), sums(s))


def svd_back(g, y, a):
    """u core vh, and what turns the longer vectors out of the space that they span: Townsend 2016."""
    (u, s, vh), (gu, _, gvh) = picks(y), parts(g, y)
    m, n = shape_of(a)[-2:]
    refuse_equal("svd", data_of(s), columns(gu, transposed(gvh)), shape_of(a))
    if m == n:
        return u @ core(g, y, a) @ vh
    refuse_zero("svd", data_of(s), used(gu if m > n else transposed(gvh)), shape_of(a), "singular value {}")
    if m > n:
        return (u @ core(g, y, a) + leaving(divide(gu, row(apart(s))), u)) @ vh
    return u @ (core(g, y, a) @ vh + transposed(leaving(divide(transposed(gvh), row(apart(s))), transposed(vh))))


def svd_forward(ts, y, a):
    """The tangents of u, of s (the diagonal of p = u^T da v), and of v as of the u of a^T."""
    (u, s, vh), t = picks(y), ts[0]
    (m, n), v = shape_of(a)[-2:], transposed(vh)
    left, right = t @ v, inner(t, u)
    p = inner(u, left)
    refuse_equal("svd", data_of(s), data_of(p), shape_of(a))
    if m != n:
        refuse_zero("svd", data_of(s), used(left if m > n else right), shape_of(a), "singular value {}")
    return moved(left, u, s), diagonal(p) * present(s, a), transposed(moved(right, v, s))


def moved(h, q, s):
    """The tangent of vectors q, from h = da v: they turn among themselves and, where there is room, leave their space."""
    m, k = shape_of(q)[-2:]
    if m == k:
        return q @ turned(inner(q, h), s)
    return q @ turned(inner(q, h), s) + leaving(divide(h, row(apart(s))), q)


def turned(p, s):
    return divide(symmetric(p) * ~identity(p), gaps(s)) + divide(antisymmetric(p), sums(s))


def svdvals_back(g, y, a):
    """u diag(g) vh."""
    u, s, vh = svd(a)
    return (u * row(g * present(s, a))) @ vh


def svdvals_forward(t, y, a):
    """diag(u^T da v)."""
    u, s, vh = svd(a)
    return present(s, a) * sum(u * (t @ transposed(vh)), -2)


PART = "(0.5 * ({0} + np.swapaxes({0}, -1, -2)))"
EQUAL = "equal values: as of the vectors computed, whatever their basis; so a symmetric function of them is right"

# fmt: off
eigh: Operation = several(
    "eigh", values_and_vectors, (eigh_back,), jvp=eigh_forward, result=EighResult._make,
    source=f"np.linalg.eigh{PART}", latex=r"\operatorname{{eig}} {0}", domain=(SYMMETRIC,), cases=SQUARE, kink=EQUAL, **SAME,
    doc="The eigenvalues w, ascending, and eigenvectors v (columns) of the symmetric part of a (..., n, n), a v = v diag(w). The "
        "cotangent is v (diag(gw) + f (v^T gv)) v^T, symmetric, with f_ij = 1 / (w_j - w_i) off the diagonal; DegenerateError "
        "where equal eigenvalues would make that infinite. Source: Giles 2008.",
    example=("eigh(np.array([[2.0, 0.0], [0.0, 1.0]])).eigenvalues", "array([1., 2.])"),
)
eigvalsh = nary(
    "eigvalsh", values_of_symmetric, (eigvalsh_back,), jvp=lambda ts, y, a: eigvalsh_forward(ts[0], y, a), kind="custom",
    source=f"np.linalg.eigvalsh{PART}", latex=r"\lambda({0})", domain=(SYMMETRIC,), cases=SQUARE, kink=EQUAL, **SAME,
    doc="The eigenvalues, ascending, of the symmetric part of a (..., n, n); the cotangent is v diag(g) v^T with the "
        "eigenvectors v. Right for a symmetric function of equal eigenvalues, such as their sum or largest (a subgradient). "
        "Source: Giles 2008.",
    example=("eigvalsh(np.array([[2.0, 0.0], [0.0, 1.0]]))", "array([1., 2.])"),
)
svd: Operation = several(
    "svd", decomposed, (svd_back,), jvp=svd_forward, result=SVDResult._make,
    source="np.linalg.svd({0}, full_matrices=False)", latex=r"\operatorname{{svd}} {0}", domain=(REGULAR,),
    cases=(*TALL, (Shape(2, 3),)), kink=EQUAL, **SAME,
    doc="u, s, vh with a = u diag(s) vh for a (..., m, n), and k = min(m, n) singular values s, descending; u is (..., m, k) and "
        "vh (..., k, n). The cotangent is u (diag(gs) + terms in 1 / (s_j - s_i) and 1 / (s_j + s_i)) vh, and for m != n terms "
        "in 1 / s; DegenerateError where equal values, or a 0 for m != n, would make them infinite. Source: Townsend 2016, "
        "\"Differentiating the singular value decomposition\".",
    example=("svd(np.array([[0.0, 2.0], [1.0, 0.0]])).S", "array([2., 1.])"),
)
svdvals = nary(
    "svdvals", singular_values, (svdvals_back,), jvp=lambda ts, y, a: svdvals_forward(ts[0], y, a), kind="custom",
    source="np.linalg.svdvals({0})", latex=r"\sigma({0})", domain=(REGULAR,), cases=(*TALL, (Shape(2, 3),)),
    kink="a value of 0: 0; " + EQUAL, numpy=(np.linalg.svdvals,), **SAME,
    doc="The singular values of a (..., m, n), descending; the cotangent is u diag(g) vh, without the values that are 0 to "
        "rounding (the middle of their subgradients). Right for a symmetric function of equal values, such as their sum or "
        "largest (a subgradient). Source: Giles 2008.",
    example=("svdvals(np.array([[0.0, 2.0], [1.0, 0.0]]))", "array([2., 1.])"),
)
matrix_rank = nary(
    "matrix_rank", rank, (None, None, None, None), kind="nondifferentiable", source="np.linalg.matrix_rank({0})",
    latex=r"\operatorname{{rank}} {0}", numpy=(np.linalg.matrix_rank,), cases=((Shape(2, 3), None, False, None),),
    doc="How many singular values of A (..., m, n) are above tol, or above rtol times the largest (default: max(m, n) eps). No "
        "gradient flows through it: the result is a constant to every derivative.",
    example=("matrix_rank(np.array([[1.0, 2.0], [2.0, 4.0]]))", "np.int64(1)"),
)
# fmt: on
