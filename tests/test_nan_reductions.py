"""Reductions of nothing, of nan, and of all but nan: values and warnings of NumPy, and the derivatives of what is left."""

import warnings

import numpy as np
import pytest
from complaints import warned_lines

from autograd_nn import Tensor, grad, vjp

nan = np.nan
X = np.array([[1.0, -2.0, 0.5], [3.0, 0.25, -1.0]])
DISTINCT = np.array([[1.0, nan, 4.0], [nan, 2.0, 0.5]])

NOTHING = [
    lambda x: np.mean(x[0, :0]),
    lambda x: np.mean(x[:, :0], axis=0),
    lambda x: np.mean(x[:, :0], axis=1),
    lambda x: np.mean(x, axis=1, where=np.array([[True], [False]])),
    lambda x: np.var(x[0, :0]),
    lambda x: np.var(x, axis=1, ddof=3),
    lambda x: np.std(x, axis=1, where=np.array([[True], [False]])),
    lambda x: np.sum(x[:0]),
    lambda x: np.prod(x[:0], axis=0),
    lambda x: np.max(x[:0], axis=1),
    lambda x: np.median(x[0, :0]),
    lambda x: np.median(x[:, :0], axis=1),
    lambda x: np.cov(x[:, :1]),
    lambda x: np.cumsum(x[:0]),
    lambda x: np.nanmean(x[:0]),
    lambda x: np.nanmedian(x[:0]),
    lambda x: np.nanquantile(x[:, :0], 0.5, axis=1),
    lambda x: np.nansum(x * nan, axis=1),
    lambda x: np.nanprod(x * nan, axis=1, initial=2.0),
    lambda x: np.nanmax(x * [[nan], [1.0]], axis=1),
    lambda x: np.nanmin(x * nan),
    lambda x: np.nanmax(x * nan, initial=2.0),
    lambda x: np.nanmean(x * [[nan], [1.0]], axis=1),
    lambda x: np.nanvar(x * [[nan], [1.0]], axis=1),
    lambda x: np.nanstd(x * [nan, 1.0, nan], axis=1, ddof=1),
    lambda x: np.nanmedian(x * [[nan], [1.0]], axis=1),
    lambda x: np.nanquantile(x * [[nan], [1.0]], [0.2, 0.5], axis=1),
    lambda x: np.median(x * [[nan], [1.0]], axis=1),
    lambda x: np.quantile(x * [[nan], [1.0]], [0.2, 0.5], axis=1),
    lambda x: np.max(x * [[nan], [1.0]], axis=1),
    lambda x: np.nancumsum(x * [nan, 1.0, nan], axis=1),
]


def what_happens(f, x):
    """The result, and NumPy's warnings that are no floating-point signal."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        y = f(x)
    texts = [str(w.message).rstrip(".") for w in caught if " encountered in " not in str(w.message)]
    return y, sorted(set(texts))


@pytest.mark.parametrize("f", NOTHING)
def test_nothing_to_reduce_and_nan_give_what_numpy_gives_and_its_warnings(f):
    expected, told = what_happens(f, X)

    y, told_by_us = what_happens(f, Tensor(X))

    np.testing.assert_array_equal(expected, y.numpy())
    assert np.shape(expected) == y.shape
    assert told == told_by_us


def test_a_warning_points_at_the_users_line():
    t = Tensor(np.full((2, 2), nan))

    def ways():
        np.nanmax(t)
        np.nanmean(t, axis=1)

    lines = warned_lines(ways, RuntimeWarning)

    assert [("test_nan_reductions.py", 1), ("test_nan_reductions.py", 2)] == [line[:2] for line in lines]


WITHOUT = [
    (np.nansum, np.sum), (np.nanprod, np.prod), (np.nanmean, np.mean), (np.nanvar, np.var), (np.nanstd, np.std),
    (np.nanmax, np.max), (np.nanmin, np.min), (np.nanmedian, np.median),
    (lambda x, axis: np.nanquantile(x, 0.3, axis), lambda x: np.quantile(x, 0.3)),
    (lambda x, axis: np.nanpercentile(x, 80, axis), lambda x: np.percentile(x, 80)),
]  # fmt: skip


@pytest.mark.parametrize(("f", "without"), WITHOUT)
def test_the_gradient_of_what_skips_nan_is_that_of_the_other_elements_and_zero_there(f, without):
    rows = [row[~np.isnan(row)] for row in DISTINCT]
    expected = np.zeros_like(DISTINCT)
    expected[~np.isnan(DISTINCT)] = np.concatenate([grad(without)(row) for row in rows])

    y, pull = vjp(lambda x: f(x, axis=1), DISTINCT)

    np.testing.assert_allclose([without(row) for row in rows], y, rtol=1e-15)
    np.testing.assert_allclose(expected, pull(np.ones(2))[0], rtol=1e-13)


def test_a_slice_of_nothing_but_nan_gets_no_gradient_and_leaves_the_others_theirs():
    x = np.array([[nan, nan], [1.0, 3.0]])

    for f, slopes in (
        (np.nanmean, [0.5, 0.5]),
        (np.nanvar, [-1.0, 1.0]),
        (np.nanmax, [0.0, 1.0]),
        (np.nanstd, [-0.5, 0.5]),
    ):
        with pytest.warns(RuntimeWarning):
            gradient = grad(lambda x, f=f: f(x, axis=1)[1])(x)
        np.testing.assert_allclose([[0.0, 0.0], slopes], gradient, rtol=1e-15)
