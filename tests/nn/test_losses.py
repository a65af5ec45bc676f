"""Losses: values by hand, gradients against a complex step of plain NumPy, the ends of the range, and the messages."""

import copy
import math

import numpy as np
import pytest
from loss_checks import REDUCTIONS, check

from autograd_nn import Tensor, Value, grad, value_and_grad
from autograd_nn.errors import DtypeError, IndexingError, MixedError, ShapeError
from autograd_nn.nn.losses import categorical_cross_entropy, cross_entropy, mse

EACH = pytest.mark.parametrize("reduction", REDUCTIONS)


def log_softmax(z, axis):
    return z - np.log(np.exp(z).sum(axis, keepdims=True))


def logits_and_targets(shape, axis, rng):
    """Random logits, class indices, the same as one-hot rows, and probabilities."""
    labels = rng.integers(0, shape[axis], shape[:axis] + shape[axis + 1 :])
    one_hot = np.moveaxis(np.eye(shape[axis])[labels], -1, axis)
    t = rng.uniform(size=shape)
    return rng.standard_normal(shape), labels, one_hot, t / t.sum(axis, keepdims=True)


@EACH
@pytest.mark.parametrize("shape", [(4, 3), (5,), (), (2, 3, 4)])
def test_mse(shape, reduction):
    rng = np.random.default_rng(2)
    x, t, weights = rng.standard_normal((3, *shape))

    check(mse, lambda x, t: (x - t) ** 2, np.asarray(x), np.asarray(t), reduction, np.asarray(weights))


SHAPES = pytest.mark.parametrize(("shape", "axis"), [((4, 3), -1), ((4, 3), 0), ((5,), 0), ((2, 3, 4), 1), ((1, 1), 1)])


@EACH
@SHAPES
def test_cross_entropy(shape, axis, reduction):
    rng = np.random.default_rng(3)
    z, labels, one_hot, t = logits_and_targets(shape, axis % len(shape), rng)
    weights = rng.standard_normal(labels.shape)

    def plain(z, t):
        return -(t * log_softmax(z, axis)).sum(axis)

    check(cross_entropy, plain, z, t, reduction, weights, axis=axis)
    check(cross_entropy, plain, z, one_hot.astype(int), reduction, weights, axis=axis)
    check(cross_entropy, plain, z, 3.0 * t, reduction, weights, axis=axis)  # rows that do not add up to 1


@EACH
@SHAPES
def test_categorical_cross_entropy(shape, axis, reduction):
    rng = np.random.default_rng(4)
    z, labels, one_hot, t = logits_and_targets(shape, axis % len(shape), rng)
    p, weights = np.exp(log_softmax(z, axis)), rng.standard_normal(labels.shape)

    def plain(p, t):
        return -(t * np.log(p)).sum(axis)

    check(categorical_cross_entropy, plain, p, t, reduction, weights, axis=axis)
    check(categorical_cross_entropy, plain, p, one_hot.astype(int), reduction, weights, axis=axis)
    check(categorical_cross_entropy, plain, p, one_hot, reduction, weights, axis=axis)


@EACH
@SHAPES
@pytest.mark.parametrize("loss", [cross_entropy, categorical_cross_entropy])
def test_labels_mean_the_same_as_one_hot_rows(loss, shape, axis, reduction):
    rng = np.random.default_rng(5)
    z, labels, one_hot, _ = logits_and_targets(shape, axis % len(shape), rng)
    x = np.exp(log_softmax(z, axis)) if loss is categorical_cross_entropy else z
    weights = rng.standard_normal(labels.shape)

    def derivative(target):
        return value_and_grad(lambda x: (loss(x, target, reduction, axis) * weights).sum())(x)

    expected, expected_gradient = derivative(one_hot)
    for kind in (np.int64, np.uint8):
        value, gradient = derivative(labels.astype(kind))
        assert pytest.approx(expected, rel=1e-14) == value
        np.testing.assert_allclose(expected_gradient, gradient, rtol=1e-13, atol=1e-15)
    assert pytest.approx(expected, rel=1e-14) == derivative(labels.tolist())[0]


@EACH
def test_second_derivative_of_cross_entropy_is_the_covariance_of_the_classes(reduction):
    z, v = np.array([0.3, -1.2, 0.5]), np.array([1.0, 2.0, -1.0])

    second = grad(lambda z: (grad(lambda z: cross_entropy(z, 1, reduction))(z) * v).sum())(z)

    p = np.exp(z) / np.exp(z).sum()
    np.testing.assert_allclose((np.diag(p) - np.outer(p, p)) @ v, second, rtol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("target", [np.array([0, 1]), np.eye(2)])
def test_cross_entropy_is_stable_at_logits_of_a_thousand(dtype, target):
    z = Tensor(np.array([[1000.0, -1000.0], [1000.0, -1000.0]], dtype))

    y = cross_entropy(z, target, "none")
    y.backward(gradient=np.ones(2))

    # exact: log(1 + e^-2000) rounds to 0; the gradient is softmax - one-hot
    np.testing.assert_array_equal([0.0, 2000.0], y.numpy())
    np.testing.assert_array_equal([[0.0, 0.0], [1.0, -1.0]], z.grad)


@pytest.mark.parametrize("target", [np.array([1]), np.array([[0.0, 1.0, 0.0]]), np.array([[0, 1, 0]])])
def test_class_ruled_out_by_an_infinite_logit_costs_nothing(target):
    z = Tensor([[0.0, 0.0, -np.inf]])

    y = cross_entropy(z, target)
    y.backward()

    assert pytest.approx(math.log(2)) == y.item()
    np.testing.assert_allclose([[0.5, -0.5, 0.0]], z.grad)


def test_zero_times_log_zero_is_zero_in_value_and_gradient():
    p, t = Tensor([[1.0, 0.0], [0.5, 0.5]]), Tensor([[1.0, 0.0], [0.0, 1.0]])

    y = categorical_cross_entropy(p, t, "sum")
    y.backward()

    assert pytest.approx(math.log(2)) == y.item()
    np.testing.assert_array_equal([[-1.0, 0.0], [0.0, -2.0]], p.grad)
    np.testing.assert_allclose([[0.0, 0.0], [math.log(2), math.log(2)]], t.grad)  # -log p, also where t is 0


@pytest.mark.parametrize("target", [np.array([1]), np.array([[0.0, 1.0]])])
def test_impossible_target_costs_infinity_and_says_so(target):
    p = Tensor([[1.0, 0.0]])

    with pytest.warns(RuntimeWarning, match="divide by zero"):
        y = categorical_cross_entropy(p, target)
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        y.backward()

    assert math.inf == y.item()
    np.testing.assert_array_equal([[0.0, -np.inf]], p.grad)


@EACH
@pytest.mark.parametrize(
    ("loss", "arguments"),
    [
        (mse, ([[1, 2]], [[True, False]])),
        (cross_entropy, ([[0.0, 1.0]], [1])),
        (categorical_cross_entropy, ([[0.5, 0.5]], [[0, 1]])),
    ],
)
def test_plain_data_gives_plain_data(loss, arguments, reduction):
    y = loss(*arguments, reduction)

    assert isinstance(y, np.ndarray if reduction == "none" else np.floating)
    np.testing.assert_allclose(loss(Tensor(arguments[0]), arguments[1], reduction).numpy(), y)


def test_unsigned_images_do_not_wrap_around():
    assert 4.0 == mse(np.array([1], np.uint8), np.array([3], np.uint8))


def test_loss_has_the_dtype_of_the_prediction():
    z = Tensor(np.ones((2, 3), np.float32))

    losses = [mse(z, np.zeros((2, 3))), cross_entropy(z, [0, 1]), cross_entropy(z, np.eye(2, 3))]
    losses += [categorical_cross_entropy(z, [0, 1]), categorical_cross_entropy(z, np.eye(2, 3))]

    assert {np.dtype(np.float32)} == {y.dtype for y in losses}


def test_targets_are_left_as_they_were():
    target = np.array([[1.0, 0.0]])
    before = copy.deepcopy(target)

    cross_entropy(Tensor([[1.0, 2.0]]), target).backward()

    np.testing.assert_array_equal(before, target)


Z, P = np.zeros((2, 3)), np.full((2, 3), 1 / 3)


@pytest.mark.parametrize(
    ("loss", "arguments", "error", "message"),
    [
        (mse, (np.ones((3, 1)), np.ones(3)), ShapeError, r"mse: prediction has shape \(3, 1\) and target \(3,\), at .* Reshape"),
        (mse, (np.ones(2), 1.0), ShapeError, r"mse: prediction has shape \(2,\) and target \(\), at "),
        (mse, (Value(1.0), 1.0), MixedError, r"mse got a Value as prediction, at .*Build the model from Tensors"),
        (mse, (1.0, Value(1.0)), MixedError, r"mse got a Value as target, at "),
        (mse, ([Tensor(1.0)], [1.0]), MixedError, r"mse got a list of nodes as prediction, at .* with np\.stack"),
        (mse, ("one", 1.0), DtypeError, r"mse got a str of dtype <U3 as prediction, at .* Convert it first"),
        (mse, ([1.0, [2.0]], 1.0), ShapeError, r"mse got prediction with rows of unequal length, at .* Give a rectangular array"),
        (mse, ([], []), ShapeError, r"mse: there are no examples to average over, at .* reduction='sum'"),
        (mse, (1.0, 1.0, "average"), ValueError, r"mse: reduction is 'average', at .*; expected 'mean', 'sum' or 'none'\. Pass"),
        (mse, (1.0, 1.0, None), ValueError, r"mse: reduction is None, at "),
        (cross_entropy, (Z, [0, 3]), IndexingError, r"cross_entropy: target\[1\] is 3, at .* 3 classes\. .* 0 to 2\. Count"),
        (cross_entropy, (Z, [-1, 0]), IndexingError, r"cross_entropy: target\[0\] is -1, at .* without a label"),
        (cross_entropy, (Z[0], 3), IndexingError, r"cross_entropy: target is 3, at "),
        (cross_entropy, (Z, [0.0, 1.0]), DtypeError, r"target has dtype float64 and shape \(2,\) .*astype"),
        (cross_entropy, (Z, [True, False]), DtypeError, r"target has dtype bool"),
        (cross_entropy, (Z, Tensor([0, 1])), DtypeError, r"a Tensor makes floats of them"),
        (cross_entropy, (Z, [0, 1, 2]), ShapeError, r"target has shape \(3,\) for logits of shape \(2, 3\), at .* Reshape"),
        (cross_entropy, (Z, np.ones((2, 2))), ShapeError, r"class indices of shape \(2,\), or probabilities of shape \(2, 3\)"),
        (cross_entropy, (Z[0], [0, 2, 1]), ValueError, r"cross_entropy: target holds integers .* is not one-hot: .* Pass"),
        (cross_entropy, (Z, [[1, 1, 0], [1, 0, 0]]), ValueError, r"is not one-hot"),
        (cross_entropy, (Z, [[1, 0], [1]]), ShapeError, r"target with rows of unequal length"),
        (cross_entropy, (1.0, 0), ShapeError, r"cross_entropy: axis is -1 for logits of shape \(\), at .* Give logits an axis"),
        (cross_entropy, (Z, [0, 1], "mean", 2), ShapeError, r"cross_entropy: axis is 2 .* from -2 to 1"),
        (cross_entropy, (Z[:0], np.zeros(0, int)), ShapeError, r"cross_entropy: there are no examples to average over"),
        (cross_entropy, (Z, [0, 1], "max"), ValueError, r"cross_entropy: reduction is 'max', at "),
        (categorical_cross_entropy, (P - 0.5, [0, 1]), ValueError, r"go down to -0\.166667, at .*give logits to cross_entropy"),
        (categorical_cross_entropy, (P, [0, 3]), IndexingError, r"categorical_cross_entropy: target\[1\] is 3, at "),
        (categorical_cross_entropy, (P, [0, 1], 1), ValueError, r"categorical_cross_entropy: reduction is 1, at "),
    ],
)  # fmt: skip
def test_arguments_that_do_not_fit_are_refused(loss, arguments, error, message):
    with pytest.raises(error, match=message) as caught:
        loss(*arguments)

    assert "test_losses.py:" in str(caught.value)
