"""The exponential of matrices.  Layer 2; uses inverses and joining."""

from __future__ import annotations

import math

import numpy as np

from ..domain import REGULAR
from ..op import ATOM, Operation, data_of, nary, shape_of
from .arithmetic import divide
from .indexing import index
from .inverses import SQUARE, of_square_matrices, transposed
from .joining import join
from .shape import batched

__all__ = ["expm"]

# The diagonal Pade approximant of degree 13, right to rounding in float64 where the largest column sum is below THETA
PADE = [math.factorial(26 - j) // (math.factorial(13 - j) * math.factorial(j)) * 1.0 for j in range(14)]
THETA = 5.371920351148152  # Higham 2005


def exponential(a):
    """Halved until it is small, exponentiated, and squared as often: Higham 2005, algorithm 2.3 at its highest degree."""
    a = of_square_matrices(a)
    a = a if a.dtype.kind in "fc" else a.astype(float)
    size = np.abs(a).sum(-2).max(-1, initial=0.0)
    halvings = np.maximum(np.frexp(np.where(np.isfinite(size), size, 0.0) / THETA)[1], 0)
    y = approximant(a * np.ldexp(size.dtype.type(1.0), -halvings)[..., None, None])
    for k in range(halvings.max(initial=0)):
        y = np.where((halvings > k)[..., None, None], y @ y, y)
    return y


def approximant(a):
    """(even - odd)^-1 (even + odd)."""
    eye = np.eye(a.shape[-1], dtype=a.dtype)
    a2 = a @ a
    a4 = a2 @ a2
    a6 = a2 @ a4
    c = PADE
    odd = a @ (a6 @ (c[13] * a6 + c[11] * a4 + c[9] * a2) + c[7] * a6 + c[5] * a4 + c[3] * a2 + c[1] * eye)
    even = a6 @ (c[12] * a6 + c[10] * a4 + c[8] * a2) + c[6] * a6 + c[4] * a4 + c[2] * a2 + c[0] * eye
    return np.linalg.solve(even - odd, even + odd)


def along(t, a):
    """The derivative of e^a along t: the upper right block of the exponential of [[a, t], [0, a]].

    It is linear in t, which is scaled down first: a large one would cost more halvings than a needs.
    """
    size = float(np.abs(data_of(t)).sum())
    size = size if 0.0 < size < math.inf else 1.0
    n = shape_of(a)[-1]
    return index(expm(blocks(a, divide(t, size))), (..., slice(0, n), slice(n, None))) * size


def blocks(a, t):
    return join(-2, join(-1, a, t), join(-1, np.zeros_like(data_of(a)), a))


# fmt: off
expm: Operation = nary(
    "expm", exponential, (lambda g, y, a: along(g, transposed(a)),), jvp=lambda ts, y, a: along(ts[0], a), kind="custom",
    source="expm({0})", latex="e^{{{0}}}", precedence=ATOM, domain=(REGULAR,), leading=batched, cases=SQUARE,
    doc="e^a = 1 + a + a^2 / 2 + ... for square matrices (..., n, n), to rounding; the derivative along t is the upper right "
        "block of exp([[a, t], [0, a]]), and the cotangent is that of a^T along g. Source: Higham 2005, \"The scaling and "
        "squaring method for the matrix exponential revisited\"; Van Loan 1978 and Mathias 1996 for the block.",
    example=("expm(np.array([[0.0, 1.0], [0.0, 0.0]]))", "array([[1., 1.],\n       [0., 1.]])"),
)
# fmt: on
