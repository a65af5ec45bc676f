"""What reductions, statistics, sorting and quantiles say of arguments that they cannot take: three parts, the user's line."""

import numpy as np
import pytest
from complaints import check_complaint

import autograd_nn.numpy as anp
from autograd_nn import Tensor, ops
from autograd_nn.errors import DtypeError, IndexingError, MixedError, RuleMissing, ShapeError

nan = np.nan
MASK = np.array([[True, False, True], [False, False, True]])
HELP = "help(autograd_nn."


def ones(*shape):
    return Tensor(np.ones(shape))


OUT = ("out of bounds", HELP)
AXES = [
    (lambda: np.sum(ones(2, 3), axis=2), ShapeError, "sum(array of shape (2, 3)", *OUT),
    (lambda: np.prod(ones(2, 3), axis=-3), ShapeError, "prod(array of shape (2, 3)", *OUT),
    (lambda: np.mean(ones(2), axis=1, where=[True, False]), ShapeError, "mean(array of shape (2,) float64, 1,", *OUT),
    (lambda: np.var(ones(2, 3), axis=2), ShapeError, "var(array of shape (2, 3) float64, 2)", *OUT),
    (lambda: np.std(ones(2, 3), axis=(0, 0)), ShapeError, "std(array of shape (2, 3)", "repeated axis", HELP),
    (lambda: np.average(ones(2), axis=1), ShapeError, "average(array of shape (2,) float64, 1)", *OUT),
    (lambda: np.nanmean(ones(2), axis=1), ShapeError, "nanmean(array of shape (2,) float64, 1)", *OUT),
    (lambda: np.nanstd(ones(2), axis=1), ShapeError, "nanstd(array of shape (2,) float64, 1)", *OUT),
    (lambda: np.cumsum(ones(2), axis=1), ShapeError, "cumsum(array of shape (2,) float64, 1, False)", *OUT),
    (lambda: np.all(ones(2), axis=1), ShapeError, "all(array of shape (2,)", *OUT),
    (lambda: np.var(ones(2), axis="a"), DtypeError, "var(array of shape (2,) float64, 'a')", "integer", HELP),
    (lambda: np.sort(ones(2), axis=1), ShapeError, "sort(array of shape (2,) float64, 1)", *OUT),
    (lambda: np.median(ones(2), axis=1), ShapeError, "median(array of shape (2,) float64, 1)", *OUT),
    (lambda: np.unique(ones(2), axis=1), ShapeError, "unique(array of shape (2,) float64, 1)", *OUT),
    (lambda: np.cumulative_sum(ones(2, 2)), ShapeError, "shape (2, 2) and no axis", "runs along one axis", "Give axis="),
]  # fmt: skip
REDUCTIONS = [
    (lambda: np.sum(ones(2), where=[1.0, 0.0]), DtypeError, "where= of dtype float64", "takes booleans", "Give a"),
    (lambda: np.sum(ones(3), where=MASK), ShapeError, "where= of shape (2, 3)", "an array of shape (3,)", "Reshape"),
    (lambda: np.max(ones(3), where=ones(3) > 0), ShapeError, "without initial=", "no max without", "initial=-inf"),
    (lambda: np.max(ones(3), initial=[1.0, 2.0]), ShapeError, "max(array of shape (3,) float64, [1.0, 2.0])", "size 1", HELP),
    (lambda: np.max(Tensor([])), ShapeError, "max(array of shape (0,)", "zero-size array", "help(autograd_nn.ops.max)"),
    (lambda: np.var(ones(3), ddof=1, correction=1), ShapeError, "ddof=1 and correction=1", "one number", "Give one"),
    (lambda: np.average(ones(3), weights=ones(2)), ShapeError, "weights of shape (2,)", "the shape of", "Reshape them"),
    (lambda: np.average(ones(2), weights=[1, -1]), ZeroDivisionError, "sum to 0", "divides by", "Check the weights"),
    (lambda: np.cov(ones(2, 2, 2)), ShapeError, "cov got an array of shape (2, 2, 2)", "at most 2 axes", "Reshape it"),
    (lambda: np.cov(ones(2), fweights=[1.5, 1]), ShapeError, "cov got fweights", "a whole number", "Check its length"),
    (lambda: np.cov(ones(2), ddof=0.5), ShapeError, "cov got ddof=0.5", "an integer", "Give 0 or 1"),
    (lambda: np.cov(ones(2), ones(3)), ShapeError, "2 observations in m and 3 in y", "has as many", "rowvar"),
    (lambda: np.bincount([0, 1], ones(3)), ShapeError, "weights of shape (3,)", "Each has one", "of one length"),
    (lambda: np.bincount([0, -1], ones(2)), ShapeError, "bincount([0, -1], array of shape (2,)", "negative", HELP),
    (lambda: anp.var(["a"]), DtypeError, "var: got an array of dtype <U1", "real numbers", "Convert it first"),
    (lambda: anp.var([ones(2), ones(2)]), MixedError, "a list that holds recorded nodes", "cut it off", ".data"),
    (lambda: anp.var([[1.0], [1.0, 2.0]]), ShapeError, "var([[1.0], [1.0, 2.0]])", "inhomogeneous", HELP),
    (lambda: np.histogram(ones(2), weights=ones(2)), RuleMissing, "np.histogram", "has no derivative rule", "Build it"),
]  # fmt: skip
ORDER = [
    (lambda: np.sort(ones(2), kind="banana"), ShapeError, "sort(array of shape (2,) float64, 'banana'", "kind", HELP),
    (lambda: np.argsort(ones(2), 0, "stable", stable=True), ShapeError, "argsort(array of shape (2,)", "same time", HELP),
    (lambda: np.partition(ones(3), 5), ShapeError, "partition(array of shape (3,) float64, 5", "out of bounds", HELP),
    (lambda: np.quantile(ones(2), 1.5), ShapeError, "quantile got q=1.5", "between 0 and 1", "Give one"),
    (lambda: np.quantile(ones(2), nan), ShapeError, "quantile got q=nan", "between 0 and 1", "Give one"),
    (lambda: np.percentile(ones(2), [20, 101]), ShapeError, "got q=[20, 101]", "between 0 and 100", "Give one"),
    (lambda: np.quantile(ones(2), "a"), ShapeError, "quantile got q='a'", "between 0 and 1", "Give one"),
    (lambda: np.quantile(ones(2), Tensor(0.5)), DtypeError, "quantile got a Tensor as q", "plain data", "t.numpy()"),
    (lambda: np.quantile(ones(2), 0.5, method="b"), ShapeError, "method='b'", "It knows averaged_inv", "Give one"),
    (lambda: np.quantile(ones(0, 3), 0.5, axis=0), ShapeError, "shape (0, 3)", "an element along", "Check the array"),
    (lambda: np.take_along_axis(ones(2, 3), [0], 1), ShapeError, "take_along_axis(", "dimensions", HELP),
    (lambda: np.take_along_axis(ones(2), [5], 0), IndexingError, "take_along_axis(", "index 5", HELP),
    (lambda: np.take_along_axis(ones(2), [0.5], 0), IndexingError, "array of shape (1,) float64", "integer", HELP),
    (lambda: ops.scatter_along_axis(ones(2), [0, 2], 0, 2), IndexingError, "scatter_along_axis(", "out of bounds", HELP),
    (lambda: anp.median("a"), DtypeError, "median: got str 'a'", "real numbers", "Convert it first"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "happened", "expected", "advice"), [*AXES, *REDUCTIONS, *ORDER])
def test_the_message_says_what_happened_what_was_expected_and_what_to_do(call, kind, happened, expected, advice):
    check_complaint(call, kind, happened, expected, advice)
