"""Every operation of the registry through every check: adding an operation adds its tests.  Never names an operation."""

import doctest

import pytest
from op_checks import CHECKS
from op_points import lacking

from autograd_nn import ops
from autograd_nn.op import REGISTRY

TABLE = [
    pytest.param(
        op, check, id=f"{op.name}-{name.replace(' ', '-')}", marks=pytest.mark.skipif(lacks, reason="no SciPy")
    )
    for op, lacks in [(op, lacking(op)) for op in REGISTRY.values()]
    for name, check in CHECKS["nondifferentiable" if op.kind == "nondifferentiable" else "differentiable"].items()
]


@pytest.mark.parametrize(("op", "check"), TABLE)
def test_every_op(op, check):
    check(op)


@pytest.mark.parametrize("op", REGISTRY.values(), ids=lambda op: op.name)
def test_documentation_has_a_derivative_and_an_example(op):
    text = op.function.__doc__

    assert doctest.DocTestParser().get_examples(text), op.name  # pytest runs them: see --doctest-modules
    assert any(
        [word in text for word in ("dy/d", "dL/d", "cotangent", "No gradient", "ranspose", "its axes", "same size")]
    )


@pytest.mark.parametrize("op", [op for op in REGISTRY.values() if any([getattr(d, "avoid", ()) for d in op.domain])])
def test_an_operation_with_a_kink_states_its_convention(op):
    assert op.kink, op.name


def test_registry_is_what_the_operations_package_exports():
    public = {getattr(ops, name).op.name for name in ops.__all__ if hasattr(getattr(ops, name), "op")}

    assert set(REGISTRY) == public
