"""The names that doctests may use without importing them."""

import numpy as np
import pytest

import autograd_nn


@pytest.fixture(autouse=True)
def names_of_doctests(doctest_namespace):
    doctest_namespace.update({name: getattr(autograd_nn, name) for name in autograd_nn.__all__} | {"np": np})
