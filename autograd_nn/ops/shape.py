"""Shapes and dtypes: every operation here is linear in its first argument.  Layer 2; uses no arithmetic.

`fit` is the transpose of NumPy's broadcasting, and the only place where broadcasting meets a derivative.
"""

from __future__ import annotations

import numpy as np

from ..domain import ANY, Shape
from ..node import Node
from ..op import Operation, nary, ndim_of, shape_of

__all__ = [
    "aligned",
    "astype",
    "batched",
    "behind",
    "broadcast_to",
    "expand_dims",
    "fit",
    "ravel",
    "reshape",
    "squeeze",
    "still",
    "sum_to",
    "swapaxes",
    "transpose",
]


def summed(x, shape):
    x = np.asarray(x)
    lead = x.ndim - len(shape)
    axes = (*range(lead), *[i + lead for i, n in enumerate(shape) if n == 1 and x.shape[i + lead] != 1])
    if lead < 0 or any([n not in (1, m) for n, m in zip(shape, x.shape[max(lead, 0) :])]):
        raise ValueError(f"an array of shape {x.shape} is no broadcast of shape {tuple(shape)}")
    return np.add.reduce(x, axis=axes).reshape(shape) if axes else x.reshape(shape)


def spread(x, shape):
    x = np.asarray(x)
    y = np.empty(shape, x.dtype)  # a copy, 3 times faster than np.broadcast_to for small arrays
    if x.ndim > y.ndim:
        raise ValueError(
            f"an array of shape {x.shape} has more axes than the shape {shape}"
        )  # an assignment drops those of size 1
    y[...] = x
    return y


def reshaped(x, shape):
    return np.reshape(x, shape)


def transposed(x, axes=None):
    return np.transpose(x, axes)


def swapped(x, axis1, axis2):
    return np.swapaxes(x, axis1, axis2)


def expanded(x, axis):
    return np.expand_dims(x, axis)


def squeezed(x, axis=None):
    return np.squeeze(x, axis)


def flattened(x):
    return np.reshape(x, (-1,))


def cast(x, dtype):
    target = np.dtype(dtype)
    if target.kind != "f" and (
        np.asarray(x).dtype.kind == "f" or target.kind not in "biu"
    ):  # the derivative of rounding is 0, not 1
        raise TypeError(
            f"{target} is not a floating-point dtype, and no gradient flows through rounding. Round with ops.floor, or take "
            "the numbers out first, t.numpy().astype(...), for indices and labels"
        )
    return np.asarray(x, target)


def inverse(axes, ndim):
    """The axes that undo a transposition by `axes`."""
    return None if axes is None else tuple(np.argsort([a % ndim for a in axes]))


def still(t, x):
    """A tangent of x: zeros where x does not move."""
    return np.zeros(shape_of(x)) if t is None else t


# What records say in `leading`: their arguments for arrays with the axis of directions in front


def behind(axis):
    """An axis, or each of several, where the axis of directions stands in front of all."""
    return tuple([behind(a) for a in axis]) if isinstance(axis, tuple | list) else axis if axis < 0 else axis + 1


def batched(count, *args):
    """`leading` of an operation that takes any axes in front as they are."""
    return args


def transpose_leading(count, x, axes):
    ndim = ndim_of(x)
    return x, (0, *[a % ndim + 1 for a in (range(ndim)[::-1] if axes is None else axes)])


def squeeze_leading(count, x, axis):
    return x, behind([i for i, n in enumerate(shape_of(x)) if n == 1] if axis is None else axis)


def aligned(x, ndim):
    """x with axes of size 1 in front, as broadcasting to an array of `ndim` axes means it."""
    missing = ndim - ndim_of(x)
    return reshape(x, (*[1] * missing, *shape_of(x))) if missing else x


def sizes(shape):
    """A shape, which may be given as one size."""
    return shape if isinstance(shape, tuple | list) else (shape,)


def resolved(x, shape):
    """A new shape of x with its -1 resolved."""
    return np.empty(shape_of(x), bool).reshape(shape).shape


# fmt: off
sum_to = nary(
    "sum_to", summed, (lambda g, y, x, shape: broadcast_to(reshape(g, shape), shape_of(x)), None), kind="linear",
    source="sum_to({0}, {1})", latex=r"\Sigma {0}", domain=(ANY,),
    cases=((Shape(2, 3), (3,)), (Shape(2, 3), (2, 1)), (Shape(4, 2, 3), (1, 3)), (Shape(2, 3), ()), (Shape(3), (3,))),
    leading=lambda count, x, shape: (x, (count, *[1] * (ndim_of(x) - len(shape)), *shape)),
    doc="x summed down to a shape that broadcasts to x's: the transpose of broadcast_to.",
    example=("sum_to(np.ones((2, 3)), (3,))", "array([2., 2., 2.])"),
)
broadcast_to: Operation = nary(
    "broadcast_to", spread, (lambda g, y, x, shape: sum_to(g, shape_of(x)), None), kind="linear",
    source="np.broadcast_to({0}, {1})", latex="{0}", domain=(ANY,), numpy=(np.broadcast_to,),
    cases=((Shape(3), (2, 3)), (Shape(2, 1), (4, 2, 3)), (Shape(), (2, 2)), (Shape(3), (3,)), (Shape(1), 3)),
    leading=lambda count, x, shape: (aligned(x, len(sizes(shape))), (count, *sizes(shape))),
    doc="x repeated to a larger shape by NumPy's broadcasting rules; a copy. Its transpose sums: see sum_to.",
    example=("broadcast_to(np.array([1.0, 2.0]), (2, 2))", "array([[1., 2.],\n       [1., 2.]])"),
)
reshape: Operation = nary(
    "reshape", reshaped, (lambda g, y, x, shape: reshape(g, shape_of(x)), None), kind="linear",
    source="np.reshape({0}, {1})", latex="{0}", domain=(ANY,), numpy=(np.reshape,),
    cases=((Shape(2, 3), (3, 2)), (Shape(2, 3), (-1,)), (Shape(6), (2, 3)), (Shape(1), ()), (Shape(2, 0), (0, 3))),
    leading=lambda count, x, shape: (x, (count, *resolved(x, shape))),
    doc="x in another shape of the same size, in row-major order; one size may be -1.",
    example=("reshape(np.arange(4.0), (2, 2))", "array([[0., 1.],\n       [2., 3.]])"),
)
transpose: Operation = nary(
    "transpose", transposed, (lambda g, y, x, axes: transpose(g, inverse(axes, ndim_of(x))), None), kind="linear",
    source="np.transpose({0}, {1})", latex=r"{0}^\top", precedence=3, symbol="T", domain=(ANY,),
    numpy=(np.transpose, np.permute_dims),
    cases=((Shape(2, 3), None), (Shape(2, 3, 4), (1, 2, 0)), (Shape(2, 3, 4), (-1, 0, 1)), (Shape(3), None)),
    leading=transpose_leading,
    doc="x with its axes in another order (default: reversed).",
    example=("transpose(np.array([[1.0, 2.0]]))", "array([[1.],\n       [2.]])"),
)
swapaxes: Operation = nary(
    "swapaxes", swapped, (lambda g, y, x, axis1, axis2: swapaxes(g, axis1, axis2), None, None), kind="linear",
    source="np.swapaxes({0}, {1}, {2})", latex=r"{0}^\top", precedence=3, symbol="T", domain=(ANY,), numpy=(np.swapaxes,),
    cases=((Shape(2, 3), 0, 1), (Shape(2, 3, 4), -1, -2), (Shape(2, 3, 4), 0, 2)),
    leading=lambda count, x, axis1, axis2: (x, behind(axis1), behind(axis2)),
    doc="x with its axes axis1 and axis2 exchanged; its own transpose.",
    example=("swapaxes(np.array([[1.0, 2.0]]), 0, 1)", "array([[1.],\n       [2.]])"),
)
expand_dims = nary(
    "expand_dims", expanded, (lambda g, y, x, axis: reshape(g, shape_of(x)), None), kind="linear",
    source="np.expand_dims({0}, {1})", latex="{0}", domain=(ANY,), numpy=(np.expand_dims,),
    cases=((Shape(2, 3), 1), (Shape(2, 3), (0, -1)), (Shape(), 0)),
    leading=lambda count, x, axis: (x, behind(axis)),
    doc="x with axes of size 1 inserted at axis (an int or several, positions in the result): the same numbers, same size.",
    example=("expand_dims(np.array([1.0, 2.0]), 0)", "array([[1., 2.]])"),
)
squeeze = nary(
    "squeeze", squeezed, (lambda g, y, x, axis: reshape(g, shape_of(x)), None), kind="linear",
    source="np.squeeze({0}, {1})", latex="{0}", domain=(ANY,), numpy=(np.squeeze,),
    cases=((Shape(1, 3, 1), None), (Shape(1, 3, 1), 0), (Shape(1, 1), (0, 1))),
    leading=squeeze_leading,
    doc="x without its axes of size 1 (default: all of them): the same numbers, same size.",
    example=("squeeze(np.array([[1.0, 2.0]]))", "array([1., 2.])"),
)
ravel = nary(
    "ravel", flattened, (lambda g, y, x: reshape(g, shape_of(x)),), kind="linear",
    source="np.reshape({0}, (-1,))", latex="{0}", domain=(ANY,), numpy=(np.ravel,),
    cases=((Shape(2, 3),), (Shape(),), (Shape(0, 2),)),
    doc="x as one row of numbers, in row-major order: the same numbers, same size.",
    example=("ravel(np.array([[1.0], [2.0]]))", "array([1., 2.])"),
)
astype: Operation = nary(
    "astype", cast, (lambda g, y, x, dtype: g, None), kind="linear",
    source="np.asarray({0}, {1})", latex="{0}", domain=(ANY,), analytic=False,
    cases=((Shape(2, 3), np.float64),),
    leading=batched,
    doc="x in another floating-point dtype; the cotangent is cast back. Booleans and indices get any dtype, but numbers "
        "do not become integers (DtypeError): round by floor.",
    example=("astype(np.array([1.5]), np.float32)", "array([1.5], dtype=float32)"),
)
# fmt: on


def fit(d, like):
    """The cotangent or tangent `d` with the shape and dtype of the node `like`: summed over what broadcasting had repeated.

    A rule may also return too little, such as a tangent that has not been repeated yet; that is repeated here.
    """
    x, have = like.data, d.data if isinstance(d, Node) else d
    if x.__class__ is not np.ndarray or (
        have.__class__ is np.ndarray and have.shape == x.shape and have.dtype is x.dtype
    ):
        return d
    if have.__class__ is not np.ndarray:
        have = np.asarray(have)
        d = d if isinstance(d, Node) else have
    elif d is have and have.dtype is x.dtype and have.shape[1:] == x.shape:  # the bias of a layer
        return np.add.reduce(d)
    repeat, add, convert = (broadcast_to, sum_to, astype) if isinstance(d, Node) else (spread, summed, cast)
    if have.shape != x.shape:
        full = have.shape if has_repeats(have.shape, x.shape) else np.broadcast_shapes(have.shape, x.shape)
        if full != have.shape:
            d = repeat(d, full)
        if full != x.shape:
            d = add(d, x.shape)
    if have.dtype != x.dtype and x.dtype.kind == "f":
        d = convert(d, x.dtype)
    return d


def has_repeats(shape, target):
    """Whether `shape` is what `target` becomes by broadcasting: the usual case, told without NumPy."""
    return len(shape) >= len(target) and all([n in (1, m) for n, m in zip(reversed(target), reversed(shape))])
