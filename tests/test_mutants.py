"""The checks of every operation are not vacuous: each mistake planted in a rule is noticed.  Never names an operation."""

import numpy as np
import pytest
from mistakes import SIGN, TWICE, unharmed
from mutants import EQUIVALENT, SURVIVED, Mutant, compared, mutants_of, planted, report, slots_of
from op_checks import CHECKS
from op_points import lacking

from autograd_nn.op import REGISTRY

DIFFERENTIABLE = [
    pytest.param(op, id=op.name, marks=pytest.mark.skipif(lacking(op), reason="no SciPy"))
    for op in REGISTRY.values()
    if op.kind != "nondifferentiable"
]


@pytest.mark.parametrize("op", DIFFERENTIABLE)
def test_no_mutant_survives(op):
    rules = op.vjps, op.jvp

    rows = report(op)

    assert [] == [f"{r['mutant']}: {r['by']}" for r in rows if r["fate"] == SURVIVED]
    assert rules == (op.vjps, op.jvp)


@pytest.mark.parametrize("op", DIFFERENTIABLE)
def test_every_rule_has_mutants(op):
    planted = {(m.where, m.floats, m.kind) for m in mutants_of(op)}

    for where, _ in slots_of(op):
        for floats in (False, True) if op.scalar is not None else (False,):
            assert {(where, floats, SIGN), (where, floats, TWICE)} < planted


@pytest.mark.parametrize("op", DIFFERENTIABLE)
def test_planting_alone_kills_nothing(op):
    copies = [Mutant(op, where, "none", "none", *pair) for where, rule in slots_of(op) for pair in unharmed(rule)]

    for copy in copies:
        with planted(copy):
            CHECKS["differentiable"]["many directions"](op)  # both walks, recorded and not

    assert all([copy.flag for copy in copies])
    with np.errstate(all="ignore"):
        assert [EQUIVALENT] * len(copies) == [compared(copy)[0] for copy in copies]
