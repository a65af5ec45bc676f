"""The table of wrong rules says what it means: every named derivative is the derivative of that function."""

import math

import numpy as np
import pytest

from autograd_nn.check.alternatives import NEIGHBOURS, terms
from autograd_nn.check.losses import losses, softmaxes

POINTS = np.array([-3.4, -2.7, -1.3, -0.6, 0.2, 0.9, 1.7, 2.8, 3.3])
STEP = 1e-5
ERF = np.vectorize(math.erf)
FUNCTIONS = {
    "GELU": lambda x: 0.5 * x * (1.0 + ERF(x / np.sqrt(2.0))),
    "GELU by its tanh approximation": lambda x: 0.5 * x * (1.0 + np.tanh(np.sqrt(2.0 / np.pi) * (x + 0.044715 * x**3))),
    "GELU by x sigmoid(1.702 x)": lambda x: x / (1.0 + np.exp(-1.702 * x)),
    "swish": lambda x: x / (1.0 + np.exp(-x)),
    "mish": lambda x: x * np.tanh(np.log1p(np.exp(x))),
    "sigmoid": lambda x: 1.0 / (1.0 + np.exp(-x)),
    "tanh": np.tanh,
    "softplus": lambda x: np.log1p(np.exp(x)),
    "ELU": lambda x: np.where(x > 0.0, x, np.expm1(x)),
    "SELU": lambda x: 1.0507009873554805 * np.where(x > 0.0, x, 1.6732632423543772 * np.expm1(x)),
    "softsign": lambda x: x / (1.0 + np.abs(x)),
    "arctan": np.arctan,
    "hard sigmoid": lambda x: np.clip(0.2 * x + 0.5, 0.0, 1.0),
    "hard sigmoid of slope 1/6": lambda x: np.clip(x / 6.0 + 0.5, 0.0, 1.0),
    "hard tanh": lambda x: np.clip(x, -1.0, 1.0),
    "hard swish": lambda x: x * np.clip(x + 3.0, 0.0, 6.0) / 6.0,
    "ReLU6": lambda x: np.clip(x, 0.0, 6.0),
    "ReLU": lambda x: np.maximum(x, 0.0),
    "leaky ReLU of slope 0.01": lambda x: np.where(x > 0.0, x, 0.01 * x),
    "leaky ReLU of slope 0.1": lambda x: np.where(x > 0.0, x, 0.1 * x),
    "leaky ReLU of slope 0.2": lambda x: np.where(x > 0.0, x, 0.2 * x),
    "the absolute value": np.abs,
    "exp(-x^2)": lambda x: np.exp(-x * x),
    "exp(-x^2/2)": lambda x: np.exp(-0.5 * x * x),
    "log(1 + |x|)": lambda x: np.log1p(np.abs(x)),
    "log cosh": lambda x: np.log(np.cosh(x)),
    "the normal density": lambda x: 0.5 * ERF(x / np.sqrt(2.0)),
    "the normal distribution": lambda x: (
        0.5 * x * (1.0 + ERF(x / np.sqrt(2.0))) + np.exp(-0.5 * x * x) / np.sqrt(2.0 * np.pi)
    ),
}


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_neighbour_is_the_derivative_of_its_function(name):
    f = FUNCTIONS[name]
    expected = (f(POINTS + STEP) - f(POINTS - STEP)) / (2.0 * STEP)

    found = NEIGHBOURS[name](POINTS)

    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


def test_terms_are_finite_and_say_what_they_are():
    z, a = POINTS, np.tanh(POINTS)

    found = terms(z, a, 1.0 - a * a, lambda x: 1.0 - np.tanh(x) ** 2)

    np.testing.assert_allclose(found["f'({a})"], 1.0 - np.tanh(a) ** 2)
    np.testing.assert_allclose(found["{z}^2"], POINTS * POINTS)
    assert "log({z})" not in found  # of negative numbers


LOSSES = {  # of predictions p and targets y, entry by entry
    "the squared error": lambda p, y: 0.5 * (p - y) ** 2,
    "the absolute error": lambda p, y: np.abs(p - y),
    "log-cosh": lambda p, y: np.log(np.cosh(p - y)),
    "the squared logarithmic error": lambda p, y: 0.5 * (np.log1p(p) - np.log1p(y)) ** 2,
    "cross-entropy of probabilities": lambda p, y: -y * np.log(p),
    "binary cross-entropy of probabilities": lambda p, y: -y * np.log(p) - (1.0 - y) * np.log(1.0 - p),
    "binary cross-entropy of logits": lambda p, y: np.log1p(np.exp(p)) - y * p,
    "the squared error of a sigmoid, by its input": lambda p, y: 0.5 * (1.0 / (1.0 + np.exp(-p)) - y) ** 2,
    "the squared error of a tanh, by its input": lambda p, y: 0.5 * (np.tanh(p) - y) ** 2,
    "the hinge": lambda p, y: np.maximum(0.0, 1.0 - (2.0 * y - 1.0) * p),
    "the squared hinge": lambda p, y: 0.5 * np.maximum(0.0, 1.0 - (2.0 * y - 1.0) * p) ** 2,
    "the logistic loss": lambda p, y: np.log1p(np.exp(-(2.0 * y - 1.0) * p)),
    "the exponential loss": lambda p, y: np.exp(-(2.0 * y - 1.0) * p),
    "Poisson, by the rate": lambda p, y: p - y * np.log(p),
    "Poisson, by the logarithm of the rate": lambda p, y: np.exp(p) - y * p,
    "Huber with threshold 1": lambda p, y: np.where(np.abs(p - y) <= 1.0, 0.5 * (p - y) ** 2, np.abs(p - y) - 0.5),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_has_the_gradient_of_its_name(name):
    p, y = np.array([0.15, 0.4, 0.55, 0.93]), np.array([0.0, 1.0, 1.0, 0.0])
    f = LOSSES[name]
    expected = (f(p + STEP, y) - f(p - STEP, y)) / (2.0 * STEP)

    found = losses(p, y)[name]

    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


def test_none_of_the_wrong_softmax_rules_is_the_right_one():
    p, g = np.array([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]]), np.array([[1.0, -2.0, 0.5], [0.3, 0.7, -1.1]])
    right = p * (g - (g * p).sum(axis=1, keepdims=True))
    of_logarithm = g - p * g.sum(axis=1, keepdims=True)

    wrong = [gradient for _, gradient in softmaxes(g, p, 1, logarithm=False).values()]
    wrong_of_logarithm = [gradient for _, gradient in softmaxes(g, p, 1, logarithm=True).values()]

    assert [] == [w for w in wrong if np.allclose(w, right)]
    assert [] == [w for w in wrong_of_logarithm if np.allclose(w, of_logarithm)]
