"""The names that doctests may use without importing them, and doctests that need a package that is not installed."""

from importlib.util import find_spec

import numpy as np
import pytest

import autograd_nn

collect_ignore = [] if find_spec("scipy") else ["autograd_nn/ops/special.py"]


@pytest.fixture(autouse=True)
def names_of_doctests(doctest_namespace):
    doctest_namespace.update({name: getattr(autograd_nn, name) for name in autograd_nn.__all__} | {"np": np})
