"""Decompositions of matrices, as in numpy.linalg.  Layer 4; made of operations, uses products."""

from __future__ import annotations

import numpy as np

from .. import ops
from ..arguments import array_of
from ..composition import composition
from ..domain import DEFINITE, REGULAR, SYMMETRIC, Shape
from ..errors import RuleMissing, user_line
from ..node import Node
from ..op import ndim_of, shape_of
from ..ops.factors import QRResult
from .axes import misfit
from .products import matrix_transpose

__all__ = ["cholesky", "eig", "eigh", "eigvals", "eigvalsh", "qr", "svd"]


def triangle(taker, a, side):
    """The matrices as they are, or as the triangle that was asked for says: "L", or "U"."""
    a = array_of(taker, a)
    shape = shape_of(a)
    if side is None or len(shape) < 2 or shape[-1] != shape[-2]:
        return a  # the operation refuses what is not square
    if side not in ("L", "U", "l", "u"):
        raise misfit(
            taker, f"UPLO={side!r}", "Expected 'L' or 'U', the triangle to read, or none for the symmetric part."
        )
    above = np.tri(shape[-1], shape[-1], -1).T > 0.0
    return ops.where(above if side in "Ll" else above.T, matrix_transpose(a), a)


def without_rule(what, why):
    """The error for a decomposition that is not differentiated here; `why` says what to do as well."""
    return RuleMissing(f"np.{what} has no derivative rule, at {user_line()}. {why}")


@composition(
    np.linalg.cholesky,
    name="linalg.cholesky",
    domain=DEFINITE,
    analytic=False,
    cases=((Shape(1, 1),), (Shape(2, 1, 1), {"upper": True})),
)
def cholesky(a, /, *, upper=False):
    """The lower triangular y with y y^T = a (or the upper one with y^T y = a), for symmetric positive definite a (..., n, n).

    It reads the symmetric part of a, where NumPy reads one triangle: the same for a symmetric a, and the cotangent is symmetric.
    MatrixError, with the smallest eigenvalue, for an a that is not positive definite.

    >>> cholesky([[4.0, 2.0], [2.0, 2.0]])
    array([[2., 0.],
           [1., 1.]])
    """
    y = ops.cholesky(array_of("cholesky", a))
    return matrix_transpose(y) if upper else y


@composition(
    np.linalg.qr,
    name="linalg.qr",
    domain=REGULAR,
    analytic=False,
    cases=(
        (Shape(3, 2),),
        (Shape(2, 2, 3),),
        (Shape(2, 2), "complete"),
        (Shape(2, 3), "r"),
    ),
)
def qr(a, mode="reduced"):
    """q with orthonormal columns and an upper triangular (or trapezoidal) r with q r = a, for matrices a (..., m, n).

    mode    "reduced"; "r" for r alone; "complete", for m <= n, where it is the same, or for a plain a
    The first m columns of a wide a (m < n) make q, and the others the rest of r, q^T a. DegenerateError, when a derivative is
    asked for, if those columns depend on each other. Sources: Seeger et al. 2017; Roberts & Roberts 2020 for wide matrices.

    >>> abs(qr([[3.0, 1.0], [4.0, 2.0]], "r")[0, 0])
    np.float64(5.0)
    """
    a = array_of("qr", a)
    if not isinstance(a, Node):
        return np.linalg.qr(a, mode)
    if ndim_of(a) < 2:
        return ops.qr(a)  # which refuses it
    m, n = shape_of(a)[-2:]
    if mode not in ("reduced", "r") and not (mode == "complete" and m <= n):
        raise without_rule(
            f"linalg.qr with mode={mode!r} of a matrix of shape {(m, n)}",
            "Take 'reduced' or 'r'; the columns of a complete q beyond the first n are any basis of what is left.",
        )
    if m >= n:
        q, r = ops.qr(a)
        return r if mode == "r" else QRResult(q, r)
    q, r = ops.qr(ops.index(a, (..., slice(m))))
    r = ops.join(-1, r, ops.matmul(matrix_transpose(q), ops.index(a, (..., slice(m, None)))))
    return r if mode == "r" else QRResult(q, r)


@composition(
    np.linalg.eigh,
    name="linalg.eigh",
    domain=SYMMETRIC,
    analytic=False,
    cases=((Shape(3, 3), "L"), (Shape(2, 2, 2), {"UPLO": "U"}), (Shape(1, 1),)),
)
def eigh(a, UPLO=None):
    """The eigenvalues w, ascending, and eigenvectors v (columns) of symmetric matrices (..., n, n): a v = v diag(w).

    UPLO    None for the symmetric part of a, which has a symmetric cotangent; "L" or "U" to read that triangle alone, as NumPy
            does (with "L" if nothing is said), which then gets all of the cotangent: all the same for a symmetric a
    DegenerateError, when a derivative of the vectors of equal eigenvalues is asked for.

    >>> eigh([[2.0, 0.0], [0.0, 1.0]]).eigenvalues
    array([1., 2.])
    """
    return ops.eigh(triangle("eigh", a, UPLO))


@composition(
    np.linalg.eigvalsh,
    name="linalg.eigvalsh",
    domain=SYMMETRIC,
    analytic=False,
    cases=((Shape(3, 3), "L"), (Shape(2, 2, 2), {"UPLO": "U"}), (Shape(1, 1),)),
)
def eigvalsh(a, UPLO=None):
    """The eigenvalues, ascending, of symmetric matrices (..., n, n); UPLO as in eigh.

    >>> eigvalsh([[2.0, 0.0], [0.0, 1.0]])
    array([1., 2.])
    """
    return ops.eigvalsh(triangle("eigvalsh", a, UPLO))


@composition(
    np.linalg.svd,
    name="linalg.svd",
    domain=REGULAR,
    analytic=False,
    cases=(
        (Shape(3, 2), False),
        (Shape(2, 2, 3), {"full_matrices": False}),
        (Shape(2, 2),),
        (Shape(2, 3), {"compute_uv": False}),
    ),
)
def svd(a, full_matrices=True, compute_uv=True):
    """u, s, vh with a = u diag(s) vh and the singular values s descending, for matrices a (..., m, n); or s alone.

    full_matrices    True, NumPy's default, only for square or plain a: the further columns of u or rows of vh are any basis of
                     what is left, so they have no derivative
    compute_uv       False for s alone, which has a derivative at equal values as well
    DegenerateError, when a derivative of the vectors of equal values is asked for.

    >>> svd([[0.0, 2.0], [1.0, 0.0]]).S
    array([2., 1.])
    """
    a = array_of("svd", a)
    if not compute_uv:
        return ops.svdvals(a)
    if full_matrices and ndim_of(a) > 1 and shape_of(a)[-1] != shape_of(a)[-2]:
        if not isinstance(a, Node):
            return np.linalg.svd(a)
        raise without_rule(
            f"linalg.svd with full_matrices=True of a matrix of shape {shape_of(a)[-2:]}",
            "Its further vectors are any basis of what is left. Give full_matrices=False, or compute_uv=False for the values.",
        )
    return ops.svd(a)


COMPLEX = (
    "Its results are complex, and derivatives here are of real numbers. Take eigh or eigvalsh of a symmetric matrix, svd or "
    "svdvals of any, or call it on the data (t.numpy()) if no gradient is to flow through it."
)


@composition(np.linalg.eig, name="linalg.eig", cases=())
def eig(a):
    """NumPy's eigenvalues and eigenvectors of plain matrices; RuleMissing for recorded ones, since they are complex.

    >>> eig([[2.0, 0.0], [0.0, 1.0]]).eigenvalues
    array([2., 1.])
    """
    a = array_of("eig", a)
    if isinstance(a, Node):
        raise without_rule("linalg.eig", COMPLEX)
    return np.linalg.eig(a)


@composition(np.linalg.eigvals, name="linalg.eigvals", cases=())
def eigvals(a):
    """NumPy's eigenvalues of plain matrices; RuleMissing for recorded ones, since they are complex.

    >>> eigvals([[2.0, 0.0], [0.0, 1.0]])
    array([2., 1.])
    """
    a = array_of("eigvals", a)
    if isinstance(a, Node):
        raise without_rule("linalg.eigvals", COMPLEX)
    return np.linalg.eigvals(a)
