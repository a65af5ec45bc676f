"""What the generic checks of reductions cannot see: zeros in products, equal elements, masks, nothing at all, nan, and errors."""

import dataclasses
import inspect

import numpy as np
import pytest
from op_checks import CHECKS
from op_points import forms

from autograd_nn import Tensor, grad, hessian, jacobian, jvp, ops, vjp
from autograd_nn.composition import COMPOSITIONS
from autograd_nn.domain import Shape
from autograd_nn.errors import DtypeError

nan, inf = np.nan, np.inf
MASK = np.array([[True, False, True], [False, False, True]])
X = np.array([[1.0, -2.0, 0.5], [3.0, 0.25, -1.0]])
DISTINCT = np.array([[1.0, nan, 4.0], [nan, 2.0, 0.5]])


def product_without(x, *left_out):
    return np.prod([v for i, v in enumerate(x) if i not in left_out])


# Products.


@pytest.mark.parametrize("x", [[2.0, 0.0, 3.0, 0.0], [2.0, 0.0, 3.0, 5.0], [0.0, 0.0, 0.0, 7.0], [2.0, -1.0, 3.0, 5.0]])
def test_the_derivatives_of_a_product_are_products_of_the_others_to_third_order(x):
    n = range(len(x))
    second = [[0.0 if i == j else product_without(x, i, j) for j in n] for i in n]
    third = [[[0.0 if len({i, j, k}) < 3 else product_without(x, i, j, k) for k in n] for j in n] for i in n]

    np.testing.assert_array_equal([product_without(x, i) for i in n], grad(np.prod)(np.array(x)))
    np.testing.assert_array_equal(second, hessian(np.prod)(np.array(x)))
    np.testing.assert_array_equal(third, jacobian(lambda x: hessian(np.prod)(x))(np.array(x)))


@pytest.mark.parametrize("x", [[2.0, 0.0, 3.0, 0.0, 5.0], [0.0, 4.0, 3.0, 0.5, 5.0]])
def test_the_derivatives_of_running_products_are_products_of_the_others_to_second_order(x):
    n = range(len(x))
    first = [[product_without(x[: i + 1], k) if k <= i else 0.0 for k in n] for i in n]
    second = [
        [[product_without(x[: i + 1], k, m) if k != m and max(k, m) <= i else 0.0 for m in n] for k in n] for i in n
    ]

    np.testing.assert_array_equal(first, jacobian(np.cumprod)(np.array(x)))
    np.testing.assert_array_equal(first, jacobian(np.cumprod, mode="forward")(np.array(x)))
    np.testing.assert_array_equal(second, jacobian(jacobian(np.cumprod))(np.array(x)))


def test_a_product_of_factors_that_overflows_but_meets_a_zero_is_no_nan():
    _, pull = vjp(np.cumprod, np.array([1e-300, 1e200, 1e200]))

    np.testing.assert_array_equal([1.0, 0.0, 0.0], pull(np.array([1.0, 0.0, 0.0]))[0])


def test_a_recurrence_is_the_loop_that_it_stands_for():
    rng = np.random.default_rng(0)
    b, a = rng.normal(size=(2, 3, 100))
    a[1, 50] = inf
    expected = b.copy()
    for k in range(1, 100):
        expected[:, k] += a[:, k] * expected[:, k - 1]

    np.testing.assert_allclose(expected, ops.recurrence(b, a), rtol=1e-11)
    np.testing.assert_allclose(expected, ops.recurrence(b[:, ::-1], a[:, ::-1], 1, True)[:, ::-1], rtol=1e-11)
    np.testing.assert_allclose(expected, ops.recurrence(b.T, a.T, 0).T, rtol=1e-11)


# Spreads.


def test_where_all_elements_are_equal_the_derivative_of_a_standard_deviation_is_zero():
    x = np.array([[0.1, 0.1, 0.1], [1.0, 2.0, 3.0]])
    rows = np.array([[0.0, 0.0, 0.0], [-1.0, 0.0, 1.0]]) / (3.0 * np.sqrt(2.0 / 3.0))

    for std in (np.std, np.nanstd):
        y, pull = vjp(lambda x, std=std: std(x + 0.4, axis=1), x)  # 0.5 three times: their mean is exact
        np.testing.assert_allclose([0.0, np.sqrt(2.0 / 3.0)], y, rtol=1e-15)
        np.testing.assert_allclose(rows, pull(np.ones(2))[0], rtol=1e-12, atol=1e-15)
        np.testing.assert_array_equal(np.zeros((3, 3)), hessian(std)(np.full(3, 0.5)))
        np.testing.assert_allclose(
            np.zeros(3), grad(std)(np.full(3, 0.1)), atol=1e-15
        )  # their mean is not 0.1, nor std 0
        assert jvp(std, (np.full(3, 0.5),), (np.array([1.0, 2.0, 4.0]),)) == (0.0, 0.0)


def test_the_variance_of_equal_elements_has_the_derivatives_of_any_other():
    x = np.full(3, 0.5)

    np.testing.assert_array_equal([0.0, 0.0, 0.0], grad(np.var)(x))
    np.testing.assert_allclose((np.eye(3) - 1.0 / 3.0) * 2.0 / 2.0, hessian(lambda x: np.var(x, ddof=1))(x), atol=1e-15)


def test_a_mean_that_is_given_is_differentiated_as_given():
    x, m = np.array([1.0, 2.0, 6.0]), np.array([2.0])

    dx, dm = grad(lambda x, m: np.var(x, mean=m), argnums=(0, 1))(x, m)

    np.testing.assert_allclose(2.0 * (x - 2.0) / 3.0, dx)
    np.testing.assert_allclose([-2.0 * (np.mean(x) - 2.0)], dm)


@pytest.mark.parametrize(
    "case", [(Shape(2, 4),), (Shape(4, 2), Shape(4), False), (Shape(4, 2), {"rowvar": False}), (Shape(3),)]
)
@pytest.mark.parametrize("check", ["value", "reverse", "forward", "second order", "float32"])
def test_correlations_pass_the_checks_of_compositions_away_from_ties(check, case):
    made = dataclasses.replace(COMPOSITIONS["corrcoef"], cases=(case,))

    for form in forms(made):
        CHECKS["composition"][check](form)


def test_the_weights_of_a_covariance_are_differentiated():
    rng = np.random.default_rng(3)
    x, w, t = rng.normal(size=(2, 4)), np.array([0.5, 1.0, 2.0, 1.5]), rng.normal(size=4)
    h = 1e-4

    _, dy = jvp(lambda w: np.cov(Tensor(x), aweights=w), (w,), (t,))
    expected = (np.cov(x, aweights=w + h * t) - np.cov(x, aweights=w - h * t)) / (2 * h)

    np.testing.assert_allclose(expected, dy, rtol=1e-6)


# Masks, starting values, dtypes.


@pytest.mark.parametrize("f", [
    np.sum, np.prod, np.mean, np.var, np.std, np.nansum, np.nanprod, np.nanmean, np.nanvar, np.nanstd,
    lambda x, **k: np.max(x, initial=-9.0, **k), lambda x, **k: np.min(x, initial=9.0, **k),
    lambda x, **k: np.nanmax(x, initial=-9.0, **k), lambda x, **k: np.nanmin(x, initial=9.0, **k),
])  # fmt: skip
@pytest.mark.parametrize("axis", [None, 1])
def test_a_mask_leaves_elements_out(f, axis):
    x = np.where(MASK, X, 0.0)
    chosen = [X[MASK]] if axis is None else [row[mask] for row, mask in zip(X, MASK)]
    gradient = np.zeros_like(X)
    gradient[MASK] = np.concatenate([grad(f)(part) for part in chosen])

    for where in (MASK, MASK.tolist(), Tensor(MASK.astype(float)) > 0.5):
        y, pull = vjp(lambda x, where=where: f(x, axis=axis, where=where), x)
        np.testing.assert_allclose(f(x, axis=axis, where=MASK), y, rtol=1e-15)
        np.testing.assert_allclose(gradient, pull(np.ones(np.shape(y)))[0], rtol=1e-13, atol=1e-15)
    hidden = np.where(MASK, X, nan)  # what a mask leaves out may be anything
    np.testing.assert_allclose(
        gradient, grad(lambda x: f(x, axis=axis, where=MASK).sum())(hidden), rtol=1e-13, atol=1e-15
    )


def test_a_mask_may_be_a_comparison_with_what_is_differentiated():
    y, pull = vjp(lambda x: np.sum(x * x, where=x > 0.0, axis=1), X)

    np.testing.assert_array_equal([1.25, 9.0625], y)
    np.testing.assert_array_equal(np.where(X > 0.0, 2.0 * X, 0.0), pull(np.ones(2))[0])


def test_a_starting_value_takes_part_in_an_extreme():
    x = np.array([1.0, 3.0, 3.0])

    for start, share in ((2.0, 0.5), (3.0, 0.25), (4.0, 0.0)):
        np.testing.assert_array_equal([0.0, share, share], grad(lambda x, s=start: np.max(x, initial=s))(x))
        np.testing.assert_array_equal([0.0, share, share], grad(lambda x, s=start: -np.min(-x, initial=-s))(x))
    np.testing.assert_array_equal([2.0, 2.0], np.max(Tensor(np.ones((0, 2))), axis=0, initial=2.0).numpy())
    assert np.float32 == np.max(Tensor(x, dtype=np.float32), initial=np.float64(2.0)).dtype


@pytest.mark.parametrize("f", [np.sum, np.prod, np.mean, np.var, np.std, np.cumsum, np.cumprod, np.nansum, np.nanprod, np.nanmean,
                               np.nanvar, np.nanstd, np.nancumsum, np.nancumprod])  # fmt: skip
def test_a_dtype_is_that_of_the_computation_and_the_gradient_keeps_that_of_the_argument(f):
    x = np.array([1.0, 2.0, 4.0])

    y, pull = vjp(lambda x: f(x, dtype=np.float32), x)

    assert (np.float32, np.float64) == (y.dtype, pull(np.ones(np.shape(y)))[0].dtype)
    np.testing.assert_array_equal(f(x, dtype=np.float32), y)
    with pytest.raises(DtypeError, match="int64 is not a floating-point dtype"):
        f(Tensor(x), dtype=int)


def test_a_mean_of_float16_with_a_mask_is_summed_in_float32_as_in_numpy():
    x = np.full((2, 3000), 100.0, np.float16)
    mask = np.arange(3000) < 2000

    y, pull = vjp(lambda x: np.mean(x, axis=1, where=mask), x)

    assert np.float16 == y.dtype
    np.testing.assert_array_equal(np.mean(x, axis=1, where=mask), y)
    np.testing.assert_array_equal(np.where(mask, np.float16(1 / 2000), np.float16(0.0)), pull(np.ones(2))[0][0])


# What carries no gradient.


def test_booleans_and_counts_are_recorded_without_a_gradient():
    t = Tensor(X)

    found = [np.all(t > -3.0), np.any(t > 2.0, axis=1), np.all(t > 0.0, 0, keepdims=True), np.count_nonzero(t > 0.0, axis=1),
             np.any(t > 0.0, axis=1, where=[False, True, False])]  # fmt: skip
    (t * found[1][:, None]).sum().backward()

    for expected, node in zip([True, [False, True], [[True, False, False]], [2, 2], [False, True]], found):
        np.testing.assert_array_equal(expected, node.numpy())
    np.testing.assert_array_equal([[0.0] * 3, [1.0] * 3], t.grad)
    assert bool(found[0])
    assert "all" == found[0].op.name


FOUND = [
    np.nonzero, np.flatnonzero, np.argwhere, np.nanargmax, np.nanargmin, np.lexsort, lambda x: np.searchsorted(x[0], 0.3),
    lambda x: np.digitize(x, [0.0, 1.0]), lambda x: np.histogram(x, 4), lambda x: np.argpartition(x, 1),
]  # fmt: skip


@pytest.mark.parametrize("f", FOUND)
def test_counting_and_finding_run_on_the_data(f):
    expected, found = f(X), f(Tensor(X))

    assert type(expected) is type(found)
    for e, part in zip(*[r if isinstance(r, tuple) else (r,) for r in (expected, found)], strict=True):
        np.testing.assert_array_equal(e, part)


def test_integers_are_counted_and_their_weights_summed():
    places, w = [0, 2, 2, 5], np.array([0.5, 1.0, 3.0, 7.0])

    y, pull = vjp(lambda w: np.bincount(places, w), w)

    np.testing.assert_array_equal([0.5, 0.0, 4.0, 0.0, 0.0, 7.0], y)
    np.testing.assert_array_equal([0.0, 2.0, 2.0, 5.0], pull(np.arange(6.0))[0])
    np.testing.assert_array_equal([1, 1, 1, 0], np.bincount(np.argsort(Tensor([3.0, 1.0, 2.0])), minlength=4))


# The interface.

LEFT_OUT = {"out", "order"}  # of sort: for records of fields
ONLY_SOME = {
    "quantile": {"weights"},
    "percentile": {"weights"},
    "nanquantile": {"weights"},
    "nanpercentile": {"weights"},
}
OURS = [made for made in COMPOSITIONS.values() if made.numpy and made.function.__module__.rpartition(".")[2] in
        ("reductions", "statistics", "nan_reductions", "cumulative", "sorting", "quantiles")]  # fmt: skip


@pytest.mark.parametrize("made", OURS, ids=lambda made: made.name)
def test_the_parameters_are_numpys_in_its_order(made):
    theirs = [
        p for p in inspect.signature(made.numpy[0]).parameters if p not in LEFT_OUT | ONLY_SOME.get(made.name, set())
    ]

    assert theirs == list(inspect.signature(made.function).parameters)
