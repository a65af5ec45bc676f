"""Compositions so common that each has a record: an affine map, softmax with cross-entropy.  Layer 2; uses activation, linalg.

A training step of a small network spends most of its time on recording; one node in the place of two or five is what helps.
"""

from __future__ import annotations

import math

import numpy as np

from ..domain import ANY, Shape
from ..op import SUM, nary, ndim_of, shape_of
from .activation import log_softmax, softmax
from .arithmetic import divide, where
from .compare import equal
from .linalg import matmul
from .reduce import mean, sum
from .shape import batched, behind, expand_dims, reshape, swapaxes

__all__ = ["affine", "cross_entropy_of_labels", "cross_entropy_of_probabilities"]


def transformed(x, W, b):
    outer, inner, offset = shape_of(x), shape_of(W), shape_of(b)
    if len(outer) == 2 == len(inner) and offset == inner[1:]:  # NumPy checks the rest
        return np.matmul(x, W) + b
    if len(inner) < 2 or len(outer) < len(inner) - 1 or outer[-1] != inner[-2] or offset != inner[:-2] + inner[-1:]:
        raise ValueError(f"for x of shape (..., n), W has shape (n, m) and b (m,), not {outer}, {inner} and {offset}")
    y = np.matmul(stacked(x, W), W) + (b if len(inner) == 2 else b[..., None, :])
    return y.reshape(*outer[:-1], inner[-1])


def stacked(x, W):
    """The vectors in x as the rows of one matrix, or of one for each matrix in W."""
    shape, lead = shape_of(x), ndim_of(W) - 2
    return reshape(x, (*shape[:lead], math.prod(shape[lead:-1]), shape[-1]))


def affine_left(g, y, x, W, b):
    """The cotangent of x: g W^T."""
    if x.ndim == 2 == W.ndim:
        return g @ W.T
    return reshape(matmul(stacked(g, W), swapaxes(W, -1, -2)), shape_of(x))


def affine_right(g, y, x, W, b):
    """The cotangent of W: x^T g, over all vectors."""
    if x.ndim == 2 == W.ndim:
        return x.T @ g
    return matmul(swapaxes(stacked(x, W), -1, -2), stacked(g, W))


def affine_offset(g, y, x, W, b):
    """The cotangent of b: the sum of g over all vectors."""
    return g if x.ndim == 2 == W.ndim else sum(stacked(g, W), -2)


def affine_forward(ts, y, x, W, b):
    """The product rule: dx W + x dW + db."""
    shape = shape_of(y)
    total = None if ts[0] is None else reshape(matmul(stacked(ts[0], W), W), shape)
    if ts[1] is not None:
        right = reshape(matmul(stacked(x, W), ts[1]), shape)
        total = right if total is None else total + right
    if ts[2] is not None:
        offset = expand_dims(ts[2], tuple(range(W.ndim - 2, len(shape) - 1)))
        total = offset if total is None else total + offset
    return total


def shifted(x, axis):
    """x less its largest, and the logarithm of the sum of the exponentials of that, along axis."""
    x = x - np.maximum.reduce(x, axis=axis, keepdims=True)
    return x, np.log(np.add.reduce(np.exp(x), axis=axis))


def of_labels(x, labels, axis=-1, over=()):
    x, total = shifted(x, axis)
    axis %= x.ndim
    sizes = x.shape[:axis] + x.shape[axis + 1 :]
    grid = [np.arange(n).reshape((-1,) + (1,) * (len(sizes) - 1 - i)) for i, n in enumerate(sizes)]
    return averaged(total - x[(*grid[:axis], labels, *grid[axis:])], over)


def averaged(losses, over):
    """The mean of losses over axes; over all of them in half of the time of `mean`."""
    if over and len(over) == losses.ndim and losses.dtype != np.float16:
        return np.add.reduce(losses, None) / losses.size
    return mean.op.array(losses, over) if over else losses


def named(labels, x, axis):
    """One-hot rows: whether a class, counted along axis of x, is the label."""
    labels, before = np.asarray(labels), axis % x.ndim
    after = x.ndim - 1 - before
    column = labels.reshape((*labels.shape[:before], 1, *labels.shape[before:]))
    return column == np.arange(x.shape[axis]).reshape((-1,) + (1,) * after)


def of_probabilities(x, t, axis=-1, over=()):
    x, total = shifted(x, axis)
    log_p = x - np.expand_dims(total, axis)
    return averaged(-np.add.reduce(t * possible(log_p, t), axis=axis), over)


def possible(log_p, t):
    """log p, but 0 instead of -inf for a class that t rules out as well: 0 log 0 is 0."""
    return where(equal(t, 0.0), where(equal(log_p, -math.inf), 0.0, log_p), log_p)


def each(g, x, axis, over):
    """The cotangent of the mean of losses, for each of them and beside every element of x."""
    if len(over) == x.ndim - 1:
        return divide(g, float(x.size // x.shape[axis]))
    axis %= x.ndim
    gone = [a + (a >= axis) for a in over]
    sizes = tuple([1 if i == axis or i in gone else n for i, n in enumerate(x.shape)])
    return divide(reshape(g, sizes), float(math.prod([x.shape[a] for a in gone])))


def forward(ts, y, x, t, axis, over):
    """The tangent of a cross-entropy of probabilities."""
    total = None if ts[0] is None else ts[0] * (softmax(x, axis) * sum(t, axis, True) - t)
    if ts[1] is not None:
        right = -ts[1] * possible(log_softmax(x, axis), t)
        total = right if total is None else total + right
    return mean(sum(total, axis), over)


# fmt: off
affine = nary(
    "affine", transformed, (affine_left, affine_right, affine_offset), jvp=affine_forward, kind="custom",
    source="{0} @ {1} + {2}", latex=r"{0}\,{1} + {2}", precedence=SUM, symbol="affine", domain=(ANY, ANY, ANY),
    cases=((Shape(4, 3), Shape(3, 2), Shape(2)), (Shape(2, 3, 2), Shape(2, 4), Shape(4)), (Shape(3), Shape(3, 2), Shape(2)),
           (Shape(0, 3), Shape(3, 2), Shape(2))),
    leading=batched,
    doc="y = x W + b for vectors x (..., n), one matrix W (n, m) and one b (m,), as one node. dL/dx = g W^T, dL/dW = x^T g and "
        "dL/db = g, summed over all vectors. W may be a stack of matrices (s, n, m) too, with b (s, m) and x (s, ..., n): one "
        "map for each.",
    example=("affine(np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]]), np.array([0.5]))", "array([[11.5]])"),
)
cross_entropy_of_labels = nary(
    "cross_entropy_of_labels", of_labels,
    (lambda g, y, x, labels, axis, over: each(g, x, axis, over) * (softmax(x, axis) - named(labels, x, axis)), None, None, None),
    jvp=lambda ts, y, x, labels, axis, over: mean(sum(ts[0] * (softmax(x, axis) - named(labels, x, axis)), axis), over),
    kind="custom", domain=(ANY,), symbol="cross-entropy", latex=r"-\log \mathrm{{softmax}}({0})_{{{1}}}",
    source="np.mean(np.squeeze(np.log(np.sum(np.exp({0}), axis={2}, keepdims=True)) "
           "- np.take_along_axis({0}, np.expand_dims({1}, {2}), axis={2}), {2}), axis={3})",
    cases=((Shape(2, 3), np.array([2, 0]), -1, ()), (Shape(3, 2), np.array([1, 1]), 0, (0,)), (Shape(5), np.array(3), -1, ()),
           (Shape(2, 3, 2), np.array([[0, 1], [2, 2]]), 1, (1,)), (Shape(2, 3, 2), np.array([[0, 1], [2, 2]]), -2, (0, 1)),
           (Shape(0, 3), np.array([], int), -1, ())),
    leading=lambda count, x, labels, axis, over: (x, labels[None], behind(axis), behind(over)),
    doc="y = log(sum(exp(x))) - x at the label, along axis (default: the last): the cross-entropy of softmax(x), one number for "
        "each label (0 to C - 1), or its mean over axes of the labels. dy/dx = softmax(x) - the one-hot label, over the number "
        "averaged. Finite for every finite x. Source: Bishop 2006, eq. 4.109.",
    example=("cross_entropy_of_labels(np.array([[1000.0, 0.0]]), np.array([1]))", "array([1000.])"),
)
cross_entropy_of_probabilities = nary(
    "cross_entropy_of_probabilities", of_probabilities,
    (lambda g, y, x, t, axis, over: each(g, x, axis, over) * (softmax(x, axis) * sum(t, axis, True) - t),
     lambda g, y, x, t, axis, over: -each(g, x, axis, over) * possible(log_softmax(x, axis), t), None, None),
    jvp=forward, kind="custom", domain=(ANY, ANY), symbol="cross-entropy", latex=r"-\sum {1} \log \mathrm{{softmax}}({0})",
    source="np.mean(np.sum({1} * (np.log(np.sum(np.exp({0}), axis={2}, keepdims=True)) - {0}), axis={2}), axis={3})",
    cases=((Shape(2, 3), Shape(2, 3), -1, ()), (Shape(3, 2), Shape(3, 2), 0, (0,)), (Shape(4), Shape(4), -1, ()),
           (Shape(2, 3, 2), Shape(2, 3, 2), 1, (1,)), (Shape(0, 3), Shape(0, 3), -1, ())),
    leading=lambda count, x, t, axis, over: (x, t, behind(axis), behind(over)),
    doc="y = -sum(t log softmax(x)) along axis (default: the last), or its mean over axes of the rest; t need not add up to 1. "
        "dy/dx = softmax(x) sum(t) - t, dy/dt = -log softmax(x), over the number averaged. Where t = 0 and x = -inf the product "
        "is 0. Source: Bishop 2006, eq. 4.108 and 4.109.",
    example=("cross_entropy_of_probabilities(np.array([0.0, 0.0]), np.array([0.25, 0.75]))", "np.float64(0.6931471805599453)"),
)
# fmt: on
