"""`autograd_nn.numpy`: NumPy's names for what can be differentiated, on Tensors, Values and plain arrays alike.  Layer 4.

Every other name is NumPy's own: its functions record when they are given a Tensor, or raise RuleMissing. So the namespace follows
the Python array API standard (2024.12) as NumPy does, for real floating-point numbers as far as derivatives make sense.
"""

from typing import Any

import numpy as np

from . import fft, linalg
from .applying import apply_along_axis, apply_over_axes, piecewise
from .calculus import diff, ediff1d, gradient, trapezoid
from .complex_functions import angle, conj, conjugate, imag, real
from .complex_numbers import Complex
from .contraction import einsum
from .creation import array, asarray, astype, copy, linspace
from .cumulative import cumprod, cumsum, cumulative_prod, cumulative_sum, nancumprod, nancumsum
from .elementwise import bitwise_and, bitwise_invert, bitwise_or, bitwise_xor, divmod, modf
from .joining import (
    append,
    array_split,
    block,
    column_stack,
    concatenate,
    delete,
    dsplit,
    dstack,
    hsplit,
    hstack,
    insert,
    split,
    stack,
    unstack,
    vsplit,
    vstack,
)
from .nan_reductions import nanmax, nanmean, nanmin, nanprod, nanstd, nansum, nanvar
from .padding import pad
from .polynomials import polyadd, polyder, polyfit, polyint, polysub, polyval, vander
from .products import cross, dot, inner, kron, matrix_transpose, matvec, outer, tensordot, trace, vdot, vecdot, vecmat
from .quantiles import median, nanmedian, nanpercentile, nanquantile, percentile, quantile
from .reductions import all, amax, amin, any, count_nonzero, max, mean, min, prod, ptp, sum
from .selection import choose, compress, diag, diagflat, diagonal, extract, select, take, tril, triu, where
from .shaping import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    broadcast_arrays,
    flip,
    fliplr,
    flipud,
    ix_,
    meshgrid,
    moveaxis,
    ndim,
    ravel,
    repeat,
    reshape,
    rollaxis,
    rot90,
    tile,
)
from .signals import convolve, correlate, interp
from .sliding import sliding_window_view
from .sorting import argsort, partition, sort, take_along_axis, unique
from .statistics import average, bincount, corrcoef, cov, std, var

__all__ = [
    "Complex",
    "all",
    "amax",
    "amin",
    "angle",
    "any",
    "append",
    "apply_along_axis",
    "apply_over_axes",
    "argsort",
    "array",
    "array_split",
    "asarray",
    "astype",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "average",
    "bincount",
    "bitwise_and",
    "bitwise_invert",
    "bitwise_or",
    "bitwise_xor",
    "block",
    "broadcast_arrays",
    "choose",
    "column_stack",
    "compress",
    "concatenate",
    "conj",
    "conjugate",
    "convolve",
    "copy",
    "corrcoef",
    "correlate",
    "count_nonzero",
    "cov",
    "cross",
    "cumprod",
    "cumsum",
    "cumulative_prod",
    "cumulative_sum",
    "delete",
    "diag",
    "diagflat",
    "diagonal",
    "diff",
    "divmod",
    "dot",
    "dsplit",
    "dstack",
    "ediff1d",
    "einsum",
    "extract",
    "fft",
    "flip",
    "fliplr",
    "flipud",
    "gradient",
    "hsplit",
    "hstack",
    "imag",
    "inner",
    "insert",
    "interp",
    "ix_",
    "kron",
    "linalg",
    "linspace",
    "matrix_transpose",
    "matvec",
    "max",
    "mean",
    "median",
    "meshgrid",
    "min",
    "modf",
    "moveaxis",
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmedian",
    "nanmin",
    "nanpercentile",
    "nanprod",
    "nanquantile",
    "nanstd",
    "nansum",
    "nanvar",
    "ndim",
    "outer",
    "pad",
    "partition",
    "percentile",
    "piecewise",
    "polyadd",
    "polyder",
    "polyfit",
    "polyint",
    "polysub",
    "polyval",
    "prod",
    "ptp",
    "quantile",
    "ravel",
    "real",
    "repeat",
    "reshape",
    "rollaxis",
    "rot90",
    "select",
    "sliding_window_view",
    "sort",
    "split",
    "stack",
    "std",
    "sum",
    "take",
    "take_along_axis",
    "tensordot",
    "tile",
    "trace",
    "trapezoid",
    "tril",
    "triu",
    "unique",
    "unstack",
    "vander",
    "var",
    "vdot",
    "vecdot",
    "vecmat",
    "vsplit",
    "vstack",
    "where",
]


def __getattr__(name: str) -> Any:
    """What is not made here: NumPy's own function, constant or dtype of that name."""
    return getattr(np, name)


def __dir__() -> list[str]:
    return sorted({*__all__, *np.__all__})
