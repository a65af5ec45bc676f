"""Perceptron: Rosenblatt's rule written out, Novikoff's bound, what it cannot learn, and the messages."""

import itertools

import numpy as np
import pytest

from autograd_nn import Tensor, nn, ops
from autograd_nn.optim import Perceptron

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


def by_the_rule(xs, labels, lr, epochs):
    """(weights after every example, number of mistakes): w <- w + lr error x, with error = label - step(w x)."""
    w, history, mistakes = np.zeros(xs.shape[1]), [], 0
    for x, label in itertools.chain(*[zip(xs, labels) for _ in range(epochs)]):
        error = label - (1 if w @ x >= 0 else 0)
        w = w + lr * error * x
        history.append(w)
        mistakes += error != 0
    return np.array(history), mistakes


def trained(xs, labels, lr, epochs):
    """The weights after every example, by this library."""
    w, history = Tensor(np.zeros(xs.shape[1])), []
    optimizer = Perceptron([w], lr)
    for _ in range(epochs):
        for x, label in zip(xs, labels):
            optimizer.zero_grad()
            nn.losses.perceptron(w @ x, label).backward()
            optimizer.step()
            history.append(w.numpy())
    return np.array(history)


def separable(n, gap, seed):
    """Points with a constant feature, apart from a plane by more than `gap`, their labels, and the plane's unit normal."""
    rng = np.random.default_rng(seed)
    normal = np.array([0.6, -0.64, 0.48])
    xs = np.column_stack([rng.uniform(-3.0, 3.0, (8 * n, 2)), np.ones(8 * n)])
    xs = xs[abs(xs @ normal) > gap][:n]
    assert len(xs) == n
    return xs, (xs @ normal > 0).astype(int), normal


@pytest.mark.parametrize("lr", [1.0, 0.1])
@pytest.mark.parametrize("seed", range(3))
def test_every_step_is_the_rule_and_mistakes_stay_below_novikoffs_bound(seed, lr):
    xs, labels, normal = separable(60, 0.1, seed)

    ours = trained(xs, labels, lr, epochs=15)

    expected, mistakes = by_the_rule(xs, labels, lr, epochs=15)
    np.testing.assert_allclose(expected, ours, rtol=1e-12, atol=1e-12)
    radius, margin = np.linalg.norm(xs, axis=1).max(), np.min(abs(xs @ normal))
    assert 5 < mistakes <= (radius / margin) ** 2
    np.testing.assert_array_equal(labels, xs @ ours[-1] >= 0)
    np.testing.assert_array_equal(ours[-60:], np.tile(ours[-1], (60, 1)))  # converged: the last epoch changes nothing


def test_learning_rate_scales_the_weights_and_changes_no_decision():
    xs, labels, _ = separable(40, 0.1, 7)

    one, half = trained(xs, labels, 1.0, 5), trained(xs, labels, 0.5, 5)

    np.testing.assert_array_equal(0.5 * one, half)


def test_false_negative_adds_the_input_and_false_positive_takes_it_away():
    x = np.array([1.0, -2.0])

    up, down = Tensor(-x), Tensor(x)
    for w, label in ((up, 1), (down, 0)):
        nn.losses.perceptron(w @ x, label).backward()
        Perceptron([w], 0.5).step()

    np.testing.assert_array_equal(-0.5 * x, up.numpy())
    np.testing.assert_array_equal(0.5 * x, down.numpy())


def test_sum_over_a_batch_adds_up_the_changes():
    xs, labels, _ = separable(20, 0.1, 3)
    w = Tensor([1.0, 0.5, -0.5])
    start = w.numpy()

    nn.losses.perceptron(xs @ w, labels, "sum").backward()
    Perceptron({"w": w}, 0.25).step()

    errors = labels - (xs @ start >= 0)
    assert np.count_nonzero(errors) > 3
    np.testing.assert_allclose(start + 0.25 * sum([e * x for e, x in zip(errors, xs)]), w.numpy(), rtol=1e-14)


@pytest.mark.parametrize(("bias", "labels", "learns"), [
    (True, [0, 0, 0, 1], True),    # AND
    (False, [0, 0, 0, 1], False),
    (True, [0, 1, 1, 1], True),    # OR
    (True, [0, 1, 1, 0], False),   # XOR
])  # fmt: skip
def test_dense_layer_learns_what_a_plane_separates(bias, labels, learns):
    layer = nn.Dense(2, 1, bias=bias, init=nn.init.zeros, dtype=np.float64)
    model = nn.Sequential(layer, nn.Step())
    optimizer = Perceptron(layer.parameters(), lr=1.0)

    for _ in range(50):
        for x, label in zip(CORNERS, labels):
            optimizer.zero_grad()
            nn.losses.perceptron(layer(x), [label]).backward()
            optimizer.step()

    assert learns == (model(CORNERS)[:, 0].numpy() == labels).all()


def test_through_the_step_itself_no_gradient_flows():
    layer = nn.Dense(2, 1, rng=0)

    ops.sum(nn.Step()(layer(CORNERS))).backward()

    assert layer.weight.grad is None or not np.any(layer.weight.grad)


def test_repr_and_messages_name_the_perceptron():
    p = Tensor([1.0])

    assert "Perceptron(1 parameters, lr=1.0)" == repr(Perceptron([p]))
    with pytest.raises(ValueError, match=r"Perceptron got lr=-1, at test_perceptron\.py.* Pass for example lr=0\.01"):
        Perceptron([p], -1)
    with pytest.raises(TypeError, match=r"Perceptron got one Tensor alone as its parameters, at "):
        Perceptron(p)
    with pytest.raises(ValueError, match=r"Perceptron got no parameters"):
        Perceptron([])
