"""The verifier itself: it must notice mistakes, in the formula and in the engine, and must count digits right."""

import dataclasses
import inspect

import numpy as np
import pytest

from autograd_nn import Tensor
from autograd_nn.formulas import agreement, catalogue, judge, verify

FORMULAS = catalogue()
HOLDING = [f for f in FORMULAS if f.expected == "holds"]


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda f: f.id)
def test_the_verdict_is_the_one_on_record(formula):
    verdict = judge(formula)

    assert formula.expected == verdict.verdict
    assert verdict.as_expected
    assert verdict.engine_digits > 9


@pytest.mark.parametrize(
    "mistake",
    [lambda d: -d, lambda d: 2 * d, lambda d: 1.01 * d, lambda d: 0 * d],
    ids=["sign", "factor", "1 %", "zero"],
)
@pytest.mark.parametrize("formula", HOLDING, ids=lambda f: f.id)
def test_a_planted_mistake_changes_the_verdict(formula, mistake):
    names = ", ".join(inspect.signature(formula.hand).parameters)
    scope = {"hand": formula.hand, "mistake": mistake}
    wrong = eval(f"lambda {names}: mistake(hand({names}))", scope)

    verdict = judge(dataclasses.replace(formula, hand=wrong))

    assert verdict.verdict == "fails as printed"
    assert verdict.diagnosis


def test_an_engine_that_is_wrong_is_told_from_a_formula_that_is_wrong():
    (formula,) = (f for f in FORMULAS if f.id == "allen-eq16")

    def forward(g, W, x, b):  # Tensors take another branch than arrays do
        return np.sum(g * (W @ x + b)) * (2.0 if isinstance(W, Tensor) else 1.0)

    assert judge(dataclasses.replace(formula, forward=forward)).verdict == "engine disagrees"


def test_unknown_id_is_named():
    with pytest.raises(KeyError, match="no formula has the id nonsense; the catalogue holds"):
        verify(["allen-eq16", "nonsense"])


@pytest.mark.parametrize(
    ("answer", "expected", "digits", "seen"),
    [
        (np.array([1.0, 2.0]), np.array([1.0, 2.0]), 16.0, ""),
        (np.array([1.0, 2.002]), np.array([1.0, 2.0]), 3.0, "2.002 instead of 2 in entry (1,)"),
        (np.ones((2, 1)), np.ones((1, 2)), 0.0, "has shape (2, 1), the derivative (1, 2)"),
        (np.empty((0, 0)), np.ones((1, 2)), 0.0, "the shapes do not conform"),
        (np.array([np.nan]), np.array([1.0]), 0.0, "is not finite"),
        (np.array([1e-300]), np.array([0.0]), 0.0, "1e-300 instead of 0 in entry (0,)"),
    ],
)
def test_agreement_counts_decimal_digits(answer, expected, digits, seen):
    found, text = agreement(answer, expected)

    assert digits == pytest.approx(found, abs=1e-9)
    assert seen == text
