"""Weights that learn before the gradient is done, and the learning rate that is told from the numbers."""

import numpy as np
import pytest

from autograd_nn.check import check_backward

RNG = np.random.default_rng(13)
X, W, B = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 4)), RNG.normal(size=4)
V = RNG.normal(size=(4, 2))


def dense(x, W, b):
    return x @ W + b


def learns_first(rate):
    def backward(d, x, W, b):
        dW = x.T @ d
        W = W - rate * dW
        return d @ W.T, dW, d.sum(0)

    return backward


def two_layers(x, W, V):
    h = np.tanh(x @ W)
    return np.exp(h @ V), (x, W, V, h)


def second_learns_first(d, cache):
    x, W, V, h = cache
    dz = d * np.exp(h @ V)
    dV = h.T @ dz
    V = V - 0.05 * dV
    dh = dz @ V.T * (1.0 - h**2)
    return dh @ W.T, x.T @ dh, dV


@pytest.mark.parametrize("rate", [0.1, 0.003, 1.0, -0.2])
def test_the_learning_rate_is_recovered(rate):
    report = check_backward(dense, learns_first(rate), X, W, B)

    first = report.findings[0]
    assert ("x", "updated-weights") == (first.argument, first.kind), str(report)
    assert pytest.approx(rate, rel=1e-6) == first.evidence["rate"]


def test_cached_values_of_the_forward_are_kept_beside_the_new_weights():
    report = check_backward(two_layers, second_learns_first, X, W, V)

    first = report.findings[0]
    assert ("x, W", "updated-weights", "certain") == (first.argument, first.kind, first.certainty), str(report)
    assert "V as updated by a learning rate of 0.05" in first.message


def test_examples_learnt_one_after_the_other():
    x, y, w = RNG.normal(size=(7, 3)), RNG.normal(size=7), RNG.normal(size=3)

    def backward(w, x, y):
        total, w = np.zeros(3), w.copy()
        for row, target in zip(x, y):
            step = (row @ w - target) * row
            total, w = total + step, w - 0.02 * step
        return total

    report = check_backward(lambda w, x, y: 0.5 * np.sum((x @ w - y) ** 2), backward, w, x, y, wrt=["w"])

    assert "updated-weights" == report.findings[0].kind, str(report)
    assert pytest.approx(0.02, rel=1e-6) == report.findings[0].evidence["rate"]


def loss_with(change):
    def loss(w, x, y):
        error = x @ w - y
        return 0.5 * np.sum(error**2), change(x.T @ error)

    return loss


@pytest.mark.parametrize(("change", "piece"), [
    (lambda g: np.clip(g, -1.5, 1.5), "every entry of it is clipped to at most 1.5"),
    (lambda g: g / max(1.0, np.linalg.norm(g) / 5.0), "scaled down to the length 5"),
])  # fmt: skip
def test_clipping_shows_without_an_upstream_too(change, piece):
    x, y, w = RNG.normal(size=(7, 3)), 20.0 * RNG.normal(size=7), RNG.normal(size=3)

    report = check_backward(loss_with(change), None, w, x, y, wrt=["w"])

    assert "gradient-clipped" == report.findings[0].kind, str(report)
    assert piece in report.findings[0].message


def test_one_half_is_a_factor_and_no_length():
    x = np.array([3.0, 4.0])

    report = check_backward(
        lambda x: np.sqrt((x * x).sum()), lambda d, x: 0.5 * d * x / np.sqrt((x * x).sum()), x, upstream=1.0
    )

    assert "factor" == report.findings[0].kind, str(report)
