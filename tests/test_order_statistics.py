"""What the generic checks of sorting and quantiles cannot see: ties, every method, ends, indices, and NumPy's own orders."""

import numpy as np
import pytest

from autograd_nn import Tensor, grad, jacobian, jvp, ops, vjp

inf, nan = np.inf, np.nan
METHODS = ("inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull",
           "linear", "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest")  # fmt: skip


# Quantiles.


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8, 10])
def test_every_method_gives_numpys_quantiles_and_slopes(method, n):
    x = np.random.default_rng(n).normal(size=n)
    q = np.concatenate([np.linspace(0.0, 1.0, 21), np.arange(n + 1) / n, (np.arange(n) + 0.5) / n])
    h = 1e-7  # between the elements the quantile is linear
    columns = [
        (np.quantile(x + h * unit, q, method=method) - np.quantile(x, q, method=method)) / h for unit in np.eye(n)
    ]

    y = np.quantile(Tensor(x), q, method=method)
    slopes = jacobian(lambda x: np.quantile(x, q, method=method))(x)
    skipping = np.nanquantile(Tensor(np.append(x, nan)), q, method=method)

    np.testing.assert_allclose(np.quantile(x, q, method=method), y.numpy(), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(np.stack(columns, -1), slopes, atol=1e-6)
    np.testing.assert_array_equal(y.numpy(), skipping.numpy())


def test_at_ties_the_first_of_equal_elements_counts_as_the_smallest():
    x = np.array([2.0, 1.0, 2.0, 2.0, 5.0])

    np.testing.assert_array_equal([0.0, 0.0, 1.0, 0.0, 0.0], grad(np.median)(x))
    np.testing.assert_array_equal([0.5, 0.5, 0.0, 0.0, 0.0], grad(lambda x: np.quantile(x, 0.125))(x))
    np.testing.assert_array_equal(
        [3.0, 2.0, 4.0, 5.0, 1.0], vjp(np.sort, np.array([7.0, 2.0, 7.0, 7.0, 1.0]))[1](np.arange(1.0, 6.0))[0]
    )
    np.testing.assert_array_equal(
        [10.0, 20.0, 5.0], jvp(np.sort, (np.array([1.0, 1.0, 1.0]),), (np.array([10.0, 20.0, 5.0]),))[1]
    )


def test_the_ends_are_the_extremes_and_q_may_have_any_shape():
    x = np.array([[3.0, 1.0, 2.0], [5.0, 9.0, 7.0]])
    ends = np.array([[0.0, 1.0], [0.5, 0.0]])

    y, pull = vjp(lambda x: np.quantile(x, ends, axis=1), x)
    g = np.arange(1.0, 9.0).reshape(2, 2, 2)
    first = [
        g[1, 0, 0],
        g[0, 1, 0],
        g[0, 0, 0] + g[1, 1, 0],
    ]  # of the row: its median is 2, its largest 3, its smallest 1

    np.testing.assert_array_equal([[[1.0, 5.0], [3.0, 9.0]], [[2.0, 7.0], [1.0, 5.0]]], y)
    np.testing.assert_array_equal([first[1], first[2], first[0]], pull(g)[0][0])


@pytest.mark.parametrize("q", [0.3, 1, [0.3], [0, 1], np.float32([0.3, 0.5]), np.float64([0.0, 1.0])])
@pytest.mark.parametrize("method", ["linear", "lower", "hazen", "averaged_inverted_cdf"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_dtype_of_a_quantile_is_numpys(q, method, dtype):
    x = np.array([1.0, 2.0, 4.0, 8.0], dtype)

    y = np.quantile(Tensor(x), q, method=method)

    assert np.quantile(x, q, method=method).dtype == y.dtype
    np.testing.assert_allclose(np.quantile(x, q, method=method), y.numpy(), rtol=1e-3 if dtype is np.float16 else 1e-6)


def test_an_infinite_neighbour_does_not_spoil_an_element_that_is_the_quantile():
    x = np.array([inf, 1.0, 2.0])  # np.quantile gives nan: 0 times infinity

    np.testing.assert_array_equal([1.0, 1.5, 2.0, inf], np.quantile(Tensor(x), [0.0, 0.25, 0.5, 1.0]).numpy())
    np.testing.assert_array_equal([0.0, 0.5, 0.5], grad(lambda x: np.quantile(x, [0.25, 0.5], axis=0)[0])(x))
    assert inf == np.median(Tensor([inf, inf])).item() == np.nanmedian(Tensor([inf, nan, inf])).item()


def test_an_element_that_is_nan_makes_its_slice_nan_and_leaves_the_others_theirs():
    x = np.array([[1.0, nan, 3.0], [4.0, 1.0, 2.0]])

    for f in (np.median, lambda x, axis: np.quantile(x, 0.5, axis)):
        y, pull = vjp(lambda x, f=f: f(x, axis=1), x)
        np.testing.assert_array_equal([nan, 2.0], y)
        np.testing.assert_array_equal([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]], pull(np.ones(2))[0])


# Sorting and selection.


@pytest.mark.parametrize(("kth", "axis"), [(7, -1), ((3, 100), 1), (0, 0), (150, None), (-2, 1)])
def test_a_partition_has_numpys_own_order(kth, axis):
    rng = np.random.default_rng(0)
    for x in (
        rng.normal(size=(2, 200)),
        rng.integers(0, 9, (2, 200)) + 0.0,
        np.where(rng.random((2, 200)) < 0.1, nan, 1.0),
    ):
        y, pull = vjp(lambda x: np.partition(x, kth, axis), x)
        g = rng.normal(size=y.shape)
        (d,) = pull(g)
        np.testing.assert_array_equal(np.partition(x, kth, axis), y)
        np.testing.assert_allclose(np.sort(g.ravel()), np.sort(d.ravel()))  # each cotangent went to one element ...
        np.testing.assert_allclose(np.nansum(g * y), np.nansum(d * x))  # ... of its value


def test_indices_that_sort_are_recorded_and_take_along_axis_takes_them():
    t = Tensor(np.array([[3.0, 1.0, 2.0], [1.0, 1.0, 0.0]]))

    order = np.argsort(t, axis=1, stable=True)
    y = np.take_along_axis(t, order, axis=1)
    (y * np.arange(1.0, 4.0)).sum().backward()

    np.testing.assert_array_equal([[1, 2, 0], [2, 0, 1]], order.numpy())
    np.testing.assert_array_equal(np.sort(t.data), y.numpy())
    np.testing.assert_array_equal([[3.0, 1.0, 2.0], [2.0, 3.0, 1.0]], t.grad)
    assert (y.inputs[1], "argsort") == (order, order.op.name)
    for kind in (None, "heapsort", "stable"):
        np.testing.assert_array_equal(np.argsort(t.data, None, kind), np.argsort(t, None, kind).numpy())


def test_an_element_taken_twice_gets_both_cotangents_and_indices_changed_later_change_nothing():
    x, places = np.arange(6.0).reshape(2, 3), np.array([[0, 0, -1, 2], [1, 1, 1, -3]])
    g = np.arange(1.0, 9.0).reshape(2, 4)
    expected = np.zeros((2, 3))
    np.add.at(expected, (np.array([[0], [1]]), places), g)

    y, pull = vjp(lambda x: np.take_along_axis(x, places, 1), x)
    places[:] = 0

    np.testing.assert_array_equal([[0.0, 0.0, 2.0, 2.0], [4.0, 4.0, 4.0, 3.0]], y)
    np.testing.assert_array_equal(expected, pull(g)[0])


def test_nothing_taken_gives_nothing_back():
    y, pull = vjp(lambda x: np.take_along_axis(x, np.zeros((2, 0), int), 1), np.ones((2, 3)))

    assert (2, 0) == y.shape
    np.testing.assert_array_equal(np.zeros((2, 3)), pull(np.ones((2, 0)))[0])


def test_what_is_scattered_at_one_place_adds_up():
    np.testing.assert_array_equal(
        [[0.0, 7.0], [3.0, 0.0]], ops.scatter_along_axis(np.array([[3.0, 4.0], [3.0, 0.0]]), [[1, 1], [0, -1]], 1, 2)
    )


def test_the_first_of_equal_elements_stands_for_them():
    x = np.array([3.0, 1.0, 3.0, 2.0, 1.0])
    rows = np.array([[1.0, 2.0], [0.0, 5.0], [1.0, 2.0]])

    y, pull = vjp(np.unique, x)
    t = Tensor(x)
    values, first, inverse, counts = np.unique(t, True, True, True)

    np.testing.assert_array_equal([1.0, 2.0, 3.0], y)
    np.testing.assert_array_equal([30.0, 10.0, 0.0, 20.0, 0.0], pull(np.array([10.0, 20.0, 30.0]))[0])
    for expected, found in zip(np.unique(x, True, True, True), (values.numpy(), first, inverse, counts)):
        np.testing.assert_array_equal(expected, found)
    np.testing.assert_array_equal(
        [[1.0, 1.0], [1.0, 1.0], [0.0, 0.0]], grad(lambda x: np.unique(x, axis=0).sum())(rows)
    )
