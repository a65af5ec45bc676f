"""nll and kl_divergence: plain NumPy, complex step, PyTorch's normalisation, the ends of the range, and the messages."""

import math

import numpy as np
import pytest
from loss_checks import REDUCTIONS, check

from autograd_nn import Tensor, ops
from autograd_nn.errors import IndexingError, ShapeError
from autograd_nn.nn.losses import cross_entropy, kl_divergence, nll

EACH = pytest.mark.parametrize("reduction", REDUCTIONS)
SHAPES = pytest.mark.parametrize(("shape", "axis"), [((4, 3), -1), ((4, 3), 0), ((5,), 0), ((2, 3, 4), 1), ((1, 2), 1)])


def distributions(shape, axis, seed):
    """Two arrays of probabilities along `axis`, labels, and weights for the single losses."""
    rng = np.random.default_rng(seed)
    q, t = rng.uniform(0.1, 1.0, (2, *shape))
    rest = np.delete(shape, axis)
    return (
        q / q.sum(axis, keepdims=True),
        t / t.sum(axis, keepdims=True),
        rng.integers(0, shape[axis], rest),
        rng.random(rest),
    )


@EACH
@SHAPES
def test_nll(shape, axis, reduction):
    q, t, labels, weights = distributions(shape, axis, 0)
    one_hot = np.moveaxis(np.eye(shape[axis])[labels], -1, axis)

    check(nll, lambda l, t: -(t * l).sum(axis), np.log(q), t, reduction, weights, axis=axis)

    expected = nll(np.log(q), one_hot, reduction, axis)
    np.testing.assert_array_equal(expected, nll(np.log(q), labels, reduction, axis))
    np.testing.assert_allclose(expected, cross_entropy(np.log(q), labels, reduction, axis), rtol=1e-14)


@EACH
@SHAPES
def test_kl_divergence(shape, axis, reduction):
    q, t, labels, weights = distributions(shape, axis, 1)

    check(kl_divergence, lambda q, t: (t * np.log(t / q)).sum(axis), q, t, reduction, weights, axis=axis)
    check(kl_divergence, lambda q, t: (t * np.log(t / q)).sum(axis), q, 3.0 * t, reduction, weights, axis=axis)
    np.testing.assert_allclose(nll(np.log(q), labels, reduction, axis), kl_divergence(q, labels, reduction, axis))


def test_direction_and_normalisation():
    q, t = np.array([[0.5, 0.5], [0.5, 0.5]]), np.array([[0.75, 0.25], [0.5, 0.5]])

    first = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)  # KL(t || q), not KL(q || t) = -log(3) / 2 + log(2)
    np.testing.assert_allclose([first, 0.0], kl_divergence(q, t, "none"))
    assert pytest.approx(first / 2) == kl_divergence(q, t)  # over 2 examples; PyTorch's own "mean" is over 4 numbers
    assert pytest.approx(first) == kl_divergence(q, t, "sum")


def test_divergence_of_equals_is_exactly_zero_and_never_negative():
    q, t, _, _ = distributions((200, 7), 1, 2)

    np.testing.assert_array_equal(np.zeros(200), kl_divergence(q, q, "none"))
    assert (kl_divergence(q, t, "none") > 0).all()
    assert (kl_divergence(q, q * (1 + 1e-9 * t), "none") > -1e-8).all()


def test_zero_times_log_zero_is_zero_in_value_and_gradient():
    q, t = Tensor([[1.0, 0.0], [0.5, 0.5]]), Tensor([[1.0, 0.0], [0.0, 1.0]])

    y = kl_divergence(q, t, "sum")
    y.backward()

    assert pytest.approx(math.log(2)) == y.item()
    np.testing.assert_array_equal([[-1.0, 0.0], [0.0, -2.0]], q.grad)
    np.testing.assert_allclose([[1.0, 0.0], [math.log(2), math.log(2) + 1]], t.grad)  # as documented where t is 0


@pytest.mark.parametrize("t", [[[0.0, 1.0]], [1]])
def test_impossible_target_costs_infinity_and_says_so(t):
    q = Tensor([[1.0, 0.0]])

    with pytest.warns(RuntimeWarning, match="divide by zero"):
        y = kl_divergence(q, t)
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        y.backward()

    assert math.inf == y.item()
    np.testing.assert_array_equal([[0.0, -np.inf]], q.grad)


@pytest.mark.parametrize("target", [np.array([0]), np.array([[1.0, 0.0]])])
def test_class_that_is_ruled_out_costs_nothing(target):
    l = Tensor([[0.0, -math.inf]])

    y = nll(l, target)
    y.backward()

    assert 0.0 == y.item()
    np.testing.assert_array_equal([[-1.0, 0.0]], l.grad)
    assert math.inf == nll(l, [1]).item()


def test_rounded_log_softmax_is_accepted_and_thousands_are_finite():
    z = np.array([[1000.0, -1000.0], [0.0, 1000.0]])

    np.testing.assert_array_equal([0.0, 1000.0], nll(ops.log_softmax(z), [0, 0], "none"))
    assert 0.0 == nll(np.log(np.array([[1.0]])) + 1e-15, [0]) + 1e-15


@pytest.mark.parametrize("loss", [nll, kl_divergence])
def test_float32_and_batches_of_none(loss):
    x = Tensor(np.full((1, 2), 0.5 if loss is kl_divergence else -0.7, np.float32))

    assert {np.dtype(np.float32)} == {loss(x, [1]).dtype, loss(x, np.ones((1, 2))).dtype}
    assert 0.0 == loss(np.zeros((0, 2)), np.zeros((0, 2)), "sum")
    with pytest.raises(ShapeError, match=rf"{loss.__name__}: there are no examples to average over, at "):
        loss(np.zeros((0, 2)), np.zeros((0, 2)))


P = np.full((2, 3), 1 / 3)


@pytest.mark.parametrize(
    ("loss", "arguments", "error", "message"),
    [
        (nll, (P, [0, 1]), ValueError, r"nll: log_probabilities go up to 0\.333333, at .*; expected numbers of at most 0\. Pass"),
        (nll, (-P, [0, 3]), IndexingError, r"nll: target\[1\] is 3, at .* Labels run from 0 to 2"),
        (nll, (-P, [0]), ShapeError, r"nll: target has shape \(1,\) for log_probabilities of shape \(2, 3\), at "),
        (nll, (-P, [0, 1], "max"), ValueError, r"nll: reduction is 'max', at "),
        (kl_divergence, (np.log(P), P), ValueError, r"prediction go down to -1\.09861, at .*; .* np\.exp of logarithms\."),
        (kl_divergence, (P, np.log(P)), ValueError, r"target go down to -1\.09861, at .*; .* np\.exp of logarithms\."),
        (kl_divergence, (P, P[0]), ShapeError, r"kl_divergence: target has shape \(3,\) for prediction of shape \(2, 3\), at "),
        (kl_divergence, (P, P, "batchmean"), ValueError, r"kl_divergence: reduction is 'batchmean', at "),
        (kl_divergence, (P, P, "mean", 2), ShapeError, r"kl_divergence: axis is 2 .* from -2 to 1"),
    ],
)  # fmt: skip
def test_arguments_that_do_not_fit_are_refused(loss, arguments, error, message):
    with pytest.raises(error, match=message) as caught:
        loss(*arguments)

    assert "test_losses_of_distributions.py:" in str(caught.value)
