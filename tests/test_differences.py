"""Derivatives by differences: right within their error bound, or none at all.  Knows differences.py."""

import numpy as np
import pytest
from elementwise_functions import FUNCTIONS

from autograd_nn.differences import slope


@pytest.mark.parametrize(
    ("f", "at", "lengths"),
    [
        (lambda x: np.abs(x), 0.0, (1.0,)),
        (lambda x: np.abs(x - 1.0), 1.0 + 1e-9, (1.0,)),
        (lambda x: np.sign(x), 0.0, (1.0,)),
        (lambda x: np.sign(x) * np.sqrt(np.abs(x)), 0.0, (1.0,)),
        (lambda x: np.exp(-((x / 1e-12) ** 2)), 1e-12, (1.0,)),  # too narrow for these lengths
        (lambda x: np.sin(1e12 * x), 0.1, (1.0,)),
        (lambda x: x * np.nan, 0.5, (1.0,)),
        (lambda x: np.random.default_rng().normal(), 0.5, (1.0,)),
    ],
)
def test_differences_admit_that_they_do_not_know(f, at, lengths):
    with np.errstate(all="ignore"):
        assert slope(lambda s: np.asarray(f(at + s)), np.asarray(1.0), lengths, abs(at)) is None


@pytest.mark.parametrize("name", [n for n in FUNCTIONS if "float32" not in n])
def test_differences_keep_their_error_bound(name):
    f, d = FUNCTIONS[name]
    for x in np.random.default_rng(1).uniform(-2.0, 2.0, 200):
        found = slope(lambda s, x=x: np.asarray(f(x + s)), np.asarray(1.0), (abs(x), 1.0), abs(x))
        if found is not None:
            assert abs(found.value - d(x)) <= 10.0 * found.error + 1e-9 * abs(d(x)), x
            assert found.error <= 2e-2 * abs(d(x)) + 1e-6
