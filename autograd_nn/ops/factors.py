"""Cholesky and QR decompositions of real matrices, and what they share with the spectral ones.  Layer 2; uses inverses.

Every one is batched over the axes before the last two.  Functions of a symmetric matrix read the symmetric part (a + a^T) / 2:
that is the matrix itself if it is symmetric, and makes the cotangent symmetric.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..domain import DEFINITE, REGULAR, Shape
from ..errors import DegenerateError, user_line
from ..op import Operation, data_of, nary, shape_of
from ..several import parts, picks, several
from .inverses import SQUARE, of_matrices, of_square_matrices, place_of, solve, transposed
from .shape import batched

__all__ = [
    "SAME",
    "TALL",
    "QRResult",
    "cholesky",
    "qr",
    "refuse_zero",
    "rounding",
    "symmetric",
    "symmetric_part",
]

QRResult = type(np.linalg.qr(np.eye(1)))  # NumPy's own named tuple, which has no public name
ROUNDING = 4.0  # below this many eps times the size of the matrix times the largest value, a value is 0 to rounding


# Kernels


def symmetric_part(a):
    a = of_square_matrices(a)
    return 0.5 * (a + a.swapaxes(-1, -2))


def lower_factor(a):
    a = symmetric_part(a)
    try:
        return np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        low = np.linalg.eigvalsh(np.where(np.isfinite(a).all((-1, -2), keepdims=True), a, np.eye(a.shape[-1])))[..., 0]
        index, which = place_of(low == low.min())
        raise np.linalg.LinAlgError(
            f"{which} is not positive definite: its smallest eigenvalue is {low[index]:.3g}. Expected a symmetric matrix with "
            "eigenvalues above 0. Check that it is a covariance or b @ b.T, or add a small multiple of the identity to it."
        ) from None


def orthogonal_and_upper(a):
    a = of_matrices(a)
    if a.shape[-2] < a.shape[-1]:
        raise ValueError(
            f"a matrix with no more columns than rows was expected, got shape {a.shape}; autograd_nn.numpy.linalg.qr takes "
            "wide ones as well"
        )
    return np.linalg.qr(a)


# Where there is no derivative


def rounding(values, shape):
    """Below this a gap between values, or a value, is 0 to rounding: one number for each matrix."""
    bound = np.abs(values).max(-1, keepdims=True, initial=0.0)
    bound *= ROUNDING * np.finfo(values.dtype).eps * max(shape[-2:])
    return bound


def refuse_zero(name, values, used, shape, what):
    """Raises DegenerateError where a value is 0 and its vector is used; values and used (..., n); what: a name for value {}."""
    wrong = (values <= rounding(values, shape)) & used
    if wrong.any():
        index, which = place_of(wrong.any(-1))
        i = np.argwhere(wrong[index])[0, 0]
        raise DegenerateError(
            f"{name}: a derivative was asked for, at {user_line()}, where {what.format(i)} of {which} is 0 to rounding: "
            f"{float(values[index][i])!r}. Full rank was expected: the vector of a 0 is any of a whole space. Use the values "
            "alone (svdvals) or pinv, or drop the columns that depend on others."
        )


# Rules


def triangle(x, below):
    n = shape_of(x)[-1]
    return np.tri(n, n, -below) > 0.0  # booleans change no dtype


def lower(x, below=0):
    return x * triangle(x, below)


def upper(x):
    return x * ~triangle(x, 1)


def halved(x):
    """The lower triangle, with half of the diagonal."""
    return 0.5 * (lower(x) + lower(x, 1))


def symmetric(x):
    return 0.5 * (x + transposed(x))


def mirrored(x):
    """The lower triangle, and its mirror image above: symmetric."""
    return lower(x) + transposed(lower(x, 1))


def folded(x):
    """The upper triangle, with what was below the diagonal mirrored on to it: upper triangular."""
    return upper(x) + transposed(lower(x, 1))


def cholesky_back(g, y, a):
    """l^-T halved(l^T g) l^-1, symmetric."""
    return symmetric(solve(transposed(y), transposed(solve(transposed(y), halved(transposed(y) @ g)))))


def cholesky_forward(t, y, a):
    """l halved(l^-1 da l^-T)."""
    return y @ halved(solve(y, transposed(solve(y, symmetric(t)))))


def refuse_dependent(r, shape):
    """Raises DegenerateError for an r with a 0 on its diagonal."""
    refuse_zero(
        "qr", np.abs(np.diagonal(data_of(r), axis1=-2, axis2=-1)), True, shape, "number {} on the diagonal of r"
    )


def qr_back(g, y, a):
    """(gq + q mirrored(r gr^T - gq^T q)) r^-T: Seeger et al. 2017."""
    (q, r), (gq, gr) = picks(y), parts(g, y)
    refuse_dependent(r, shape_of(a))
    return transposed(solve(r, transposed(gq + q @ mirrored(r @ transposed(gr) - transposed(gq) @ q))))


def qr_forward(ts, y, a):
    """dr = folded(q^T c) r and dq = c - q folded(q^T c), with c = da r^-1."""
    q, r = picks(y)
    refuse_dependent(r, shape_of(a))
    c = transposed(solve(transposed(r), transposed(ts[0])))
    return c - q @ folded(transposed(q) @ c), folded(transposed(q) @ c) @ r


SAME: dict[str, Any] = {"leading": batched, "analytic": False}
TALL = ((Shape(3, 3),), (Shape(3, 2),), (Shape(1, 1),), (Shape(2, 2, 1),))

# fmt: off
cholesky = nary(
    "cholesky", lower_factor, (cholesky_back,), jvp=lambda ts, y, a: cholesky_forward(ts[0], y, a), kind="custom",
    source="np.linalg.cholesky(0.5 * ({0} + np.swapaxes({0}, -1, -2)))", latex=r"\operatorname{{chol}} {0}", domain=(DEFINITE,),
    cases=SQUARE, **SAME,
    doc="The lower triangular y with y y^T = (a + a^T) / 2, for symmetric positive definite a (..., n, n). The cotangent is the "
        "symmetric part of y^-T h(y^T g) y^-1, where h keeps the lower triangle and half of the diagonal. MatrixError, with the "
        "smallest eigenvalue, for an a that is not positive definite. Source: Seeger et al. 2017, \"Auto-differentiating linear "
        "algebra\"; Giles 2008.",
    example=("cholesky(np.array([[4.0, 2.0], [2.0, 2.0]]))", "array([[2., 0.],\n       [1., 1.]])"),
)
qr: Operation = several(
    "qr", orthogonal_and_upper, (qr_back,), jvp=qr_forward, result=QRResult._make,
    source="np.linalg.qr({0})", latex=r"\operatorname{{qr}} {0}", domain=(REGULAR,), cases=TALL, **SAME,
    doc="q with orthonormal columns and an upper triangular r with a = q r, for a (..., m, n) with m >= n. The cotangent is "
        "(gq + q c(r gr^T - gq^T q)) r^-T, where c mirrors the lower triangle; DegenerateError for dependent columns, which have "
        "a 0 on the diagonal of r. numpy.linalg.qr takes wide matrices as well. Source: Seeger et al. 2017.",
    example=("abs(qr(np.array([[3.0, 1.0], [4.0, 2.0]])).R[0, 0])", "np.float64(5.0)"),
)
# fmt: on
