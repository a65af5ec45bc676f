"""Every function made of operations through the checks of records: adding one adds its tests.  Never names a function."""

import doctest

import pytest
from op_checks import CHECKS
from op_points import forms

import autograd_nn.nn  # noqa: F401  # enters its functions; it loads at first use
from autograd_nn.composition import COMPOSITIONS

TABLE = [
    pytest.param(form, check, id=f"{made.name}-{k}-{name.replace(' ', '-')}")
    for made in COMPOSITIONS.values()
    for k, form in enumerate(forms(made))
    for name, check in CHECKS["composition"].items()
]


@pytest.mark.parametrize(("form", "check"), TABLE)
def test_every_composition(form, check):
    check(form)


@pytest.mark.parametrize("made", COMPOSITIONS.values(), ids=lambda made: made.name)
def test_documentation_has_an_example(made):
    assert doctest.DocTestParser().get_examples(made.function.__doc__ or ""), made.name
