"""`autograd_nn.numpy`: NumPy's names for what can be differentiated, on Tensors, Values and plain arrays alike.  Layer 4."""

from ..ops import matmul
from . import linalg
from .products import cross, dot, inner, kron, matrix_transpose, matvec, outer, tensordot, trace, vdot, vecdot, vecmat
from .shaping import concatenate, stack

__all__ = [
    "concatenate",
    "cross",
    "dot",
    "inner",
    "kron",
    "linalg",
    "matmul",
    "matrix_transpose",
    "matvec",
    "outer",
    "stack",
    "tensordot",
    "trace",
    "vdot",
    "vecdot",
    "vecmat",
]
