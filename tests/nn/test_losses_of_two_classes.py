"""Binary cross-entropies, hinge and perceptron: mpmath, complex step, kinks, the ends of the range, and the messages."""

import math

import mpmath
import numpy as np
import pytest
from loss_checks import REDUCTIONS, check

from autograd_nn import Tensor, grad, ops
from autograd_nn.errors import DtypeError, ShapeError
from autograd_nn.nn.losses import binary_cross_entropy, binary_cross_entropy_with_logits, hinge, perceptron

EACH = pytest.mark.parametrize("reduction", REDUCTIONS)
SHAPES = pytest.mark.parametrize("shape", [(4, 3), (5,), (), (1, 1)])
BOTH = (binary_cross_entropy, binary_cross_entropy_with_logits)


def entropy(p, t):
    return -(t * np.log(p) + (1 - t) * np.log(1 - p))


@EACH
@SHAPES
@pytest.mark.parametrize("kind", ["labels", "probabilities"])
def test_binary_cross_entropies(shape, reduction, kind):
    rng = np.random.default_rng(0)
    z, weights = np.asarray(rng.standard_normal(shape)), np.asarray(rng.standard_normal(shape))
    t = np.asarray(rng.integers(0, 2, shape) if kind == "labels" else rng.uniform(0.1, 0.9, shape))

    check(binary_cross_entropy, entropy, np.asarray(1 / (1 + np.exp(-z))), t, reduction, weights)
    check(binary_cross_entropy_with_logits, lambda z, t: entropy(1 / (1 + np.exp(-z)), t), z, t, reduction, weights)


@pytest.mark.parametrize("t", [0.0, 1.0, 0.3])
@pytest.mark.parametrize("z", [-1000.0, -700.0, -40.0, -1.0, 0.0, 1e-9, 3.0, 40.0, 700.0, 1000.0])
def test_logits_keep_full_relative_precision(z, t):
    x = Tensor(z)

    y = binary_cross_entropy_with_logits(x, t)
    y.backward()

    with mpmath.workdps(1000):
        exact_t = mpmath.mpf(t)
        s = 1 / (1 + mpmath.exp(-mpmath.mpf(z)))
        value = -exact_t * mpmath.log(s) - (1 - exact_t) * mpmath.log1p(-s)
        np.testing.assert_allclose(float(value), y.item(), rtol=1e-15)
        np.testing.assert_allclose(float(s - exact_t), x.grad, rtol=1e-14 if t == 0.3 else 1e-15)


def test_second_derivative_of_logits_is_right_at_zero():
    second = grad(grad(lambda z: binary_cross_entropy_with_logits(z, 1.0)))(0.0)

    assert 0.25 == second


@pytest.mark.parametrize(("t", "costs"), [(1.0, (0.0, math.inf)), (0.0, (math.inf, 0.0))])
def test_infinite_logits_cost_nothing_or_everything(t, costs):
    z = Tensor([math.inf, -math.inf])

    y = binary_cross_entropy_with_logits(z, [t, t], "none")
    y.backward(gradient=np.ones(2))

    np.testing.assert_array_equal(costs, y.numpy())
    np.testing.assert_array_equal([1.0 - t, -t], z.grad)


def test_zero_times_log_zero_is_zero_in_value_and_gradient():
    p, t = Tensor([0.0, 1.0, 0.5]), Tensor([0.0, 1.0, 0.5])

    y = binary_cross_entropy(p, t, "none")
    y.backward(gradient=np.ones(3))

    np.testing.assert_allclose([0.0, 0.0, math.log(2)], y.numpy())
    np.testing.assert_array_equal([1.0, -1.0, 0.0], p.grad)  # from inside of [0, 1]
    np.testing.assert_array_equal([0.0, 0.0, 0.0], t.grad)  # as documented


@pytest.mark.parametrize(("p", "t", "slope"), [(0.0, 1.0, -math.inf), (1.0, 0.0, math.inf)])
def test_impossible_target_costs_infinity_and_says_so(p, t, slope):
    x = Tensor(p)

    with pytest.warns(RuntimeWarning, match="divide by zero"):
        y = binary_cross_entropy(x, t)
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        y.backward()

    assert math.inf == y.item()
    assert slope == x.grad


@EACH
@SHAPES
def test_hinge(shape, reduction):
    rng = np.random.default_rng(1)
    y, weights = 2.0 * rng.standard_normal(shape), rng.standard_normal(shape)
    t = rng.choice((-1, 1), shape)

    def plain(y, t):
        return np.where((1 - t * y).real > 0, 1 - t * y, 0.0)

    check(hinge, plain, np.asarray(y), np.asarray(t), reduction, np.asarray(weights))


def test_hinge_by_hand_and_at_its_kink():
    y, t = np.array([1.0, -1.0, 0.0, 1000.0, -1000.0]), np.array([1.0, -1.0, 1.0, -1.0, -1.0])

    np.testing.assert_array_equal([0.0, 0.0, 1.0, 1001.0, 0.0], hinge(y, t, "none"))
    np.testing.assert_array_equal([0.0, 0.0, -1.0, 1.0, 0.0], grad(lambda y: hinge(y, t, "sum"))(y))
    assert 1002.0 / 5 == hinge(y, t)


@EACH
@SHAPES
def test_perceptron(shape, reduction):
    rng = np.random.default_rng(2)
    y, weights = rng.standard_normal(shape), rng.standard_normal(shape)
    t = rng.integers(0, 2, shape)

    def plain(y, t):
        wrong = (y.real > 0) != (t == 1)
        return np.where(wrong, np.where(t == 1, -y, y), 0.0)

    check(perceptron, plain, np.asarray(y), np.asarray(t), reduction, np.asarray(weights))


def test_gradient_of_perceptron_is_minus_the_error_of_the_step_also_at_zero():
    y, t = np.array([-2.0, -2.0, 0.0, 0.0, 3.0, 3.0]), np.array([0, 1, 0, 1, 0, 1])

    np.testing.assert_array_equal([0.0, -1.0, 1.0, 0.0, 1.0, 0.0], grad(lambda y: perceptron(y, t, "sum"))(y))
    np.testing.assert_array_equal([0.0, 2.0, 0.0, 0.0, 3.0, 0.0], perceptron(y, t, "none"))


@pytest.mark.parametrize("loss", [*BOTH, hinge, perceptron])
def test_float32_batches_of_one_and_of_none(loss):
    x = Tensor(np.full((1, 1), 0.5, np.float32))

    y = loss(x, np.ones((1, 1)))
    y.backward()

    assert (np.float32, np.float32, ()) == (y.dtype, x.grad.dtype, y.shape)
    assert 0.0 == loss(np.zeros((0, 1)), np.zeros((0, 1)), "sum")
    with pytest.raises(ShapeError, match=rf"{loss.__name__}: there are no examples to average over, at "):
        loss([], [])


@pytest.mark.parametrize("loss", [*BOTH, hinge, perceptron])
def test_plain_data_gives_plain_data_and_lists_are_data(loss):
    y = loss([1, 1], [True, True], "none")

    assert isinstance(y, np.ndarray)
    np.testing.assert_array_equal(y, loss(Tensor([1.0, 1.0]), [1, 1], "none").numpy())


@pytest.mark.parametrize(
    ("loss", "arguments", "error", "message"),
    [
        (BOTH[0], ([1.5], [1]), ValueError, r"probabilities go up to 1\.5, at .*; expected numbers in \[0, 1\]\. .*with_logits"),
        (BOTH[0], ([-0.1, math.nan], [1, 1]), ValueError, r"probabilities go down to -0\.1, at "),
        (BOTH[0], ([0.5], [-1]), ValueError, r"the numbers of target go down to -1, at .* pass \(target \+ 1\) / 2\."),
        (BOTH[1], ([0.5], [2]), ValueError, r"logits: the numbers of target go up to 2, at .* pass \(target \+ 1\) / 2\."),
        (BOTH[1], ([[0.5]], [1]), ShapeError, r"logits: logits has shape \(1, 1\) and target \(1,\), at .* Reshape"),
        (hinge, ([0.5, 1.0], [1, 0]), ValueError, r"target holds 0, at .*; expected the labels -1 and 1\. .* 2 \* target - 1\."),
        (hinge, ([0.5], [math.nan]), ValueError, r"hinge: target holds nan, at "),
        (perceptron, ([0.5], [-1]), ValueError, r"target holds -1, at .*; expected the labels 0 and 1\. .*\(target \+ 1\) / 2\."),
        (hinge, ("a", [1]), DtypeError, r"hinge got a str of dtype <U1 as prediction, at .* Convert it first"),
        (BOTH[0], ([0.5], [1], "max"), ValueError, r"binary_cross_entropy: reduction is 'max', at "),
        (BOTH[1], ([0.5], [1], "max"), ValueError, r"binary_cross_entropy_with_logits: reduction is 'max', at "),
        (hinge, ([0.5], [1], None), ValueError, r"hinge: reduction is None, at "),
        (perceptron, ([0.5], [1], ""), ValueError, r"perceptron: reduction is '', at "),
    ],
)  # fmt: skip
def test_arguments_that_do_not_fit_are_refused(loss, arguments, error, message):
    with pytest.raises(error, match=message) as caught:
        loss(*arguments)

    assert "test_losses_of_two_classes.py:" in str(caught.value)


def test_cross_entropies_of_one_logit_and_of_two_are_the_same():
    z, t = np.array([-2.0, 0.5, 3.0]), np.array([0, 1, 1])

    one = binary_cross_entropy_with_logits(z, t)

    assert pytest.approx(np.mean(np.log(np.exp(z) + 1) - t * z)) == one
    assert pytest.approx(one) == binary_cross_entropy(ops.sigmoid(z), t)
