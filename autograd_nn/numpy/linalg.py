"""`autograd_nn.numpy.linalg`: NumPy's names for linear algebra that can be differentiated.  Layer 4; a public list."""

from ..ops import det, expm, inv, matmul, matrix_rank, slogdet, svdvals
from .decompositions import cholesky, eig, eigh, eigvals, eigvalsh, qr, svd
from .matrices import diagonal, lstsq, matrix_power, multi_dot, pinv, solve, tensorinv, tensorsolve
from .matrices import trace_of_matrices as trace
from .norms import cond, matrix_norm, norm, vector_norm
from .products import cross_of_vectors as cross
from .products import matrix_transpose, tensordot
from .products import outer_of_vectors as outer
from .products import vecdot_of_arrays as vecdot

__all__ = [
    "cholesky",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "expm",
    "inv",
    "lstsq",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "multi_dot",
    "norm",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
    "tensordot",
    "tensorinv",
    "tensorsolve",
    "trace",
    "vecdot",
    "vector_norm",
]
