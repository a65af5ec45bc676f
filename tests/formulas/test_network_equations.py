"""The four batch equations of a whole network against the complex step; knows NumPy, not the engine."""

from itertools import pairwise

import numpy as np
import pytest

from autograd_nn.formulas.network import bp_equations, cost_of_network

STEP = 1e-200


def cost(weights, biases, x, y, shifts=None):
    """The network's cost written plainly, on complex arrays too; shifts[l] is added to Z^l."""
    a = x
    for level, (W, b) in enumerate(zip(weights, biases)):
        z = a @ W + b + (0.0 if shifts is None else shifts[level])
        a = np.tanh(z)
    e = np.exp(z)
    return -np.sum(y * np.log(e / np.sum(e, axis=1, keepdims=True))) / len(x)


def problem(sizes, seed):
    """Weights, biases, inputs and one-hot targets of a network with these sizes, for 11 examples."""
    rng = np.random.default_rng(seed)
    weights = [rng.normal(size=shape) / np.sqrt(shape[0]) for shape in pairwise(sizes)]
    biases = [rng.normal(size=size) for size in sizes[1:]]
    return weights, biases, rng.normal(size=(11, sizes[0])), np.eye(sizes[-1])[rng.integers(sizes[-1], size=11)]


def by_complex_step(parameters, at, evaluate):
    """Derivative of `evaluate(parameters)` by every entry of parameters[at]."""
    slopes = np.empty(parameters[at].shape)
    for index in np.ndindex(*slopes.shape):
        stepped = [p.astype(complex) for p in parameters]
        stepped[at][index] += 1j * STEP
        slopes[index] = np.imag(evaluate(stepped)) / STEP
    return slopes


@pytest.mark.parametrize("sizes", [(3, 5), (3, 5, 7), (2, 7, 5, 3), (2, 3, 5, 7, 13)], ids=str)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_equations_equal_the_complex_step(sizes, seed):
    weights, biases, x, y = problem(sizes, seed)

    value, errors, weight_gradients, bias_gradients = bp_equations(weights, biases, x, y)

    assert value == pytest.approx(cost(weights, biases, x, y), rel=1e-13)
    shifts = [np.zeros(error.shape) for error in errors]
    for at in range(len(weights)):
        by_potential = by_complex_step(shifts, at, lambda stepped: cost(weights, biases, x, y, stepped))
        np.testing.assert_allclose(errors[at], by_potential * len(x), rtol=1e-10, atol=1e-14, strict=True)
        by_weight = by_complex_step(weights, at, lambda stepped: cost(stepped, biases, x, y))
        by_bias = by_complex_step(biases, at, lambda stepped: cost(weights, stepped, x, y))
        np.testing.assert_allclose(weight_gradients[at], by_weight, rtol=1e-10, atol=1e-14, strict=True)
        np.testing.assert_allclose(bias_gradients[at], by_bias, rtol=1e-10, atol=1e-14, strict=True)


def test_large_scores_stay_finite():
    weights, biases, x, y = problem((3, 5, 7), 0)

    value, _, weight_gradients, _ = bp_equations(weights, [biases[0], biases[1] + 1e3 * np.arange(7)], x, y)

    assert np.isfinite(value)
    assert all(np.isfinite(gradient).all() for gradient in weight_gradients)


def test_sum_of_the_last_bias_gradient_is_zero():
    _, _, _, bias_gradients = bp_equations(*problem((64, 32, 10), 0))

    assert abs(np.sum(bias_gradients[-1])) < 1e-15


def test_plain_cost_is_the_same_and_stays_finite():
    weights, biases, x, y = problem((3, 5, 7), 0)
    large = [biases[0], biases[1] + 1e3 * np.arange(7)]

    assert cost_of_network(weights, biases, x, y) == pytest.approx(cost(weights, biases, x, y), rel=1e-13)
    assert cost_of_network(weights, large, x, y) == pytest.approx(bp_equations(weights, large, x, y).cost, rel=1e-13)
