"""`autograd_nn.numpy`: NumPy's names for what can be differentiated, on Tensors, Values and plain arrays alike.  Layer 4.

Every other name is NumPy's own: its functions record when they are given a Tensor, or raise RuleMissing. So the namespace follows
the Python array API standard (2024.12) as NumPy does, for real floating-point numbers as far as derivatives make sense.
"""

from typing import Any

import numpy as np

from .contraction import einsum
from .creation import array, asarray, astype, copy
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
from .selection import choose, compress, diag, diagflat, diagonal, extract, pad, select, take, tril, triu, where
from .shaping import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    broadcast_arrays,
    flip,
    fliplr,
    flipud,
    matrix_transpose,
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

__all__ = [
    "append",
    "array",
    "array_split",
    "asarray",
    "astype",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "block",
    "broadcast_arrays",
    "choose",
    "column_stack",
    "compress",
    "concatenate",
    "copy",
    "delete",
    "diag",
    "diagflat",
    "diagonal",
    "dsplit",
    "dstack",
    "einsum",
    "extract",
    "flip",
    "fliplr",
    "flipud",
    "hsplit",
    "hstack",
    "insert",
    "matrix_transpose",
    "meshgrid",
    "moveaxis",
    "ndim",
    "pad",
    "ravel",
    "repeat",
    "reshape",
    "rollaxis",
    "rot90",
    "select",
    "split",
    "stack",
    "take",
    "tile",
    "tril",
    "triu",
    "unstack",
    "vsplit",
    "vstack",
    "where",
]


def __getattr__(name: str) -> Any:
    """What is not made here: NumPy's own function, constant or dtype of that name."""
    return getattr(np, name)


def __dir__() -> list[str]:
    return sorted({*__all__, *np.__all__})
