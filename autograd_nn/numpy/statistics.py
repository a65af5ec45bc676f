"""Averages, spreads, covariances and weighted counts, with NumPy's names and signatures.  Layer 4; made of operations."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..arguments import array_of
from ..composition import composition
from ..domain import POSITIVE, Shape
from ..errors import ShapeError, user_line
from ..node import Node
from ..op import data_of, shape_of
from .axes import axes_of, count_of, mask_of, warn
from .reductions import mean

__all__ = ["average", "bincount", "corrcoef", "cov", "deviation", "freedom", "root", "std", "var"]

ROW = np.array([True, False, True])
SPREADS = (
    (Shape(2, 3),),
    (Shape(2, 3), 0, {"ddof": 1, "keepdims": True}),
    (Shape(2, 3), {"axis": -1, "where": ROW}),
    (Shape(2, 3), -1, {"mean": Shape(2, 1), "correction": 0.5}),
)


@composition(np.var, cases=SPREADS, analytic=False)
def var(a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, mean=None, correction=None):
    """The variance: the mean square distance from the mean along axis (default: of all), of the elements where `where` is true.

    ddof, correction   what is taken off the count of elements that is divided by: 0, or 1 for the unbiased estimate
    mean               the mean if it is known, with the reduced axes as size 1; if it is a Tensor, it is differentiated as given
    y = sum (a - m)^2 / (n - ddof), dy/da = 2 (a - m) / (n - ddof).

    >>> var(np.array([1.0, 2.0, 3.0]), ddof=1)
    np.float64(1.0)
    """
    return variance("var", a, axis, dtype, ddof, keepdims, where, mean, correction)


@composition(np.std, cases=SPREADS, kink="all equal: 0", analytic=False)
def std(a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, mean=None, correction=None):
    """The standard deviation: the root of the variance, with the arguments of `var`.

    dy/da = (a - m) / ((n - ddof) y). Where all elements are equal, y has a kink as |x| has at 0; the derivative is 0 there, the
    middle of the subgradients.

    >>> std(np.array([1.0, 2.0, 3.0]), ddof=1)
    np.float64(1.0)
    """
    return root(variance("std", a, axis, dtype, ddof, keepdims, where, mean, correction))


def variance(name: str, a, axis, dtype, ddof, keepdims, where, mean, correction) -> Any:
    """The variance, for a function of this name."""
    a = array_of(name, a) if dtype is None else ops.astype(a, dtype)
    axes = axes_of(a, axis)
    mask = where if where is True else mask_of(name, where, a)
    n = freedom(name, count_of(a, axes, mask, keepdims), ddof, correction)
    if np.any(n <= 0):
        warn("Degrees of freedom <= 0 for slice")
    squares = deviation(a, axes, keepdims, mask, mean)
    return ops.divide(squares, np.maximum(n, 0.0) if isinstance(n, np.ndarray) else max(n, 0.0))


def freedom(name: str, count: Any, ddof: Any, correction: Any) -> Any:
    """What a sum of squares is divided by."""
    if correction is not None:
        if ddof != 0:
            raise ShapeError(
                f"{name} got ddof={ddof} and correction={correction}, at {user_line()}. They name one number. Give one of them."
            )
        ddof = correction
    return count - ddof


def deviation(a: Any, axes: tuple, keepdims: bool, mask: Any, mean: Any) -> Any:
    """The sum of the squares of a - mean, where the mask holds."""
    if mean is None and mask is True:
        mean = ops.mean(a, axes, True)
    elif mean is None:
        mean = ops.divide(ops.sum(ops.where(mask, a, 0), axes, True), count_of(a, axes, mask, True))
    d = ops.subtract(a, mean)
    return ops.sum(ops.square(d if mask is True else ops.where(mask, d, 0)), axes, keepdims)


def root(v: Any) -> Any:
    """The square root of a variance, with derivative 0 where it is 0."""
    if not isinstance(v, Node):
        return ops.sqrt(v)
    still = ops.equal(v, 0.0)
    return ops.where(still, 0.0, ops.sqrt(ops.where(still, 1.0, v)))


@composition(
    np.average,
    cases=(
        (Shape(2, 3), 1, None, True, {"keepdims": True}),
        (Shape(2, 3), 1, Shape(3), True),
        (Shape(2, 3, 2), (2, 1), Shape(2, 3)),
        (Shape(2, 3), None, Shape(2, 3)),
    ),
    domain=POSITIVE,
)
def average(a, axis=None, weights=None, returned=False, *, keepdims=False):
    """The weighted average: sum of w a over sum of w along axis (default: of all); without weights the mean.

    weights    of the shape of a, or of its sizes along axis; a Tensor is differentiated: dy/dw = (a - y) / sum w
    returned   whether to give the sum of the weights as well: (average, sum)

    >>> average(np.array([1.0, 3.0]), weights=np.array([3.0, 1.0]))
    np.float64(1.5)
    """
    a = array_of("average", a)
    axes = axes_of(a, axis)
    if weights is None:
        y, total = mean(a, axes, keepdims=keepdims), count_of(a, axes)
    else:
        w = fitted_weights(a, axis, axes, array_of("average", weights))
        total = ops.sum(w, axes, keepdims)
        if np.any(data_of(total) == 0.0):
            raise ZeroDivisionError(
                f"average got weights that sum to 0, at {user_line()}. The average divides by their sum along axis. "
                "Check the weights and the axis."
            )
        y = ops.divide(ops.sum(ops.multiply(a, w), axes, keepdims), total)
    return (y, spread_to(total, y)) if returned else y


def fitted_weights(a: Any, axis: Any, axes: tuple, w: Any) -> Any:
    """Weights with as many axes as a."""
    shape, have = shape_of(a), shape_of(w)
    if have == shape:
        return w
    if axis is None or have != tuple([shape[i] for i in axes]):
        raise ShapeError(
            f"average got weights of shape {have} for an array of shape {shape} and axis={axis}, at {user_line()}. They have the "
            "shape of the array, or its sizes along the axes that are averaged. Reshape them, or give the axis."
        )
    ordered = ops.transpose(w, tuple([int(i) for i in np.argsort(axes)]))
    return ops.reshape(ordered, tuple([n if i in axes else 1 for i, n in enumerate(shape)]))


def spread_to(total: Any, y: Any) -> Any:
    """A sum of weights of the shape and dtype of the average."""
    dtype = data_of(y).dtype
    total = total if isinstance(total, Node) else np.asarray(total, dtype)
    return ops.broadcast_to(total, shape_of(y)) if shape_of(total) != shape_of(y) else total


@composition(
    np.cov,
    cases=(
        (Shape(2, 4),),
        (Shape(4, 2), Shape(4, 1), False, True),
        (Shape(3), Shape(3)),
        (Shape(2, 4), {"fweights": [1, 2, 1, 3], "aweights": np.array([0.5, 1.0, 2.0, 1.0])}),
    ),
    analytic=False,
)
def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None):
    """The covariance matrix of variables, one in each row of m (or column, if rowvar is false), and of y beside them.

    bias, ddof           divide by n - ddof, which is 1 unless bias is true
    fweights, aweights   how often each observation counts, in integers; how much it weighs
    dtype                of the result (default: at least float64)
    C = X diag(w) X^T / (n - ddof) for rows of X with their means taken off; dL/dX = (G + G^T) X diag(w) / (n - ddof).

    >>> cov(np.array([[1.0, 2.0, 3.0], [1.0, 0.0, -1.0]]))
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    if ddof is not None and ddof != int(ddof):
        raise ShapeError(f"cov got ddof={ddof}, at {user_line()}. It takes an integer. Give 0 or 1.")
    parts = [table("cov", m, rowvar)] + ([] if y is None else [table("cov", y, rowvar)])
    kind = np.result_type(*[data_of(p).dtype for p in parts], np.float64) if dtype is None else dtype
    counts = [shape_of(p)[1] for p in parts]
    if counts[0] != counts[-1]:
        raise ShapeError(
            f"cov got {counts[0]} observations in m and {counts[-1]} in y, at {user_line()}. Each variable has as many. Check "
            "the shapes and rowvar."
        )
    x = ops.astype(parts[0] if y is None else ops.join(0, *parts), kind)
    ddof = (0 if bias else 1) if ddof is None else ddof
    w = observation_weights(shape_of(x)[1], fweights, aweights)
    if w is None:
        centred, rest = x - ops.mean(x, 1, True), shape_of(x)[1] - ddof
        weighted = centred
    else:
        total = ops.sum(w)
        centred = x - ops.divide(ops.sum(x * w, 1, True), total)
        squares = total if aweights is None else ops.divide(ops.sum(w * aweights), total)
        rest = total if ddof == 0 else total - ddof if aweights is None else total - ddof * squares
        weighted = centred * w
    if data_of(rest) <= 0:
        warn("Degrees of freedom <= 0 for slice")
        rest = 0.0
    c = ops.divide(ops.matmul(centred, ops.transpose(weighted, None)), rest)
    return ops.reshape(c, tuple([n for n in shape_of(c) if n != 1]))


def table(name: str, m: Any, rowvar: bool) -> Any:
    """Observations with one variable in each row."""
    m = array_of(name, m)
    shape = shape_of(m)
    if len(shape) > 2:
        raise ShapeError(
            f"{name} got an array of shape {shape}, at {user_line()}. It takes at most 2 axes: variables in rows, or in columns "
            "by rowvar=False. Reshape it."
        )
    if len(shape) < 2:
        return ops.reshape(m, (1, -1))
    return m if rowvar else ops.transpose(m, None)


def observation_weights(count: int, fweights: Any, aweights: Any) -> Any:
    """The product of the two kinds of weights of cov, checked; None if there are none."""
    given = [
        (name, array_of(f"cov with {name}=", w))
        for name, w in (("fweights", fweights), ("aweights", aweights))
        if w is not None
    ]
    for name, w in given:
        data = data_of(w)
        if data.shape != (count,) or np.any(data < 0) or (name == "fweights" and np.any(data != np.around(data))):
            raise ShapeError(
                f"cov got {name} {data!r:.60} for {count} observations, at {user_line()}. It takes one number for each, "
                f"not negative{', a whole number' if name == 'fweights' else ''}. Check its length and its sign."
            )
    return None if not given else given[0][1] if len(given) == 1 else given[0][1] * given[1][1]


@composition(np.corrcoef, cases=(), analytic=False)  # nan at ties; tests/test_reductions.py has its cases
def corrcoef(x, y=None, rowvar=True, *, dtype=None):
    """The correlation coefficients of variables, one in each row of x (or column, if rowvar is false), and of y beside them.

    R_ij = C_ij / sqrt(C_ii C_jj) with the covariances C, kept between -1 and 1; nan for a variable that does not vary.

    >>> corrcoef(np.array([[1.0, 2.0, 3.0], [1.0, 0.0, -1.0]]))
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    c = cov(x, y, rowvar, dtype=dtype)
    if not shape_of(c):
        return ops.divide(c, c)
    places = np.arange(shape_of(c)[0])
    d = ops.sqrt(ops.index(c, (places, places)))
    r = ops.divide(ops.divide(c, ops.expand_dims(d, 1)), d)
    return ops.minimum(ops.maximum(r, -1.0), 1.0)


@composition(np.bincount, cases=(([0, 2, 2, 1], Shape(4), 5),), analytic=False)
def bincount(x, /, weights=None, minlength=0):
    """How often each of the integers 0, 1, 2, ... is in x, or the sum of their weights; dy/dw = 1 at the bin of each.

    minlength   the least number of bins.  Without weights the result is a plain array of counts.

    >>> bincount([0, 2, 2], weights=np.array([0.5, 1.0, 3.0]))
    array([0.5, 0. , 4. ])
    """
    places = np.array(data_of(x))
    counts = np.bincount(places, minlength=minlength)
    if weights is None:
        return counts
    w = ops.astype(weights, float)
    if shape_of(w) != places.shape:
        raise ShapeError(
            f"bincount got weights of shape {shape_of(w)} for integers of shape {places.shape}, at {user_line()}. Each has "
            "one. Give two arrays of one length."
        )
    return ops.scatter(w, places, counts.shape)
