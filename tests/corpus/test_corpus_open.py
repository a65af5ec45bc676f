"""The open half of the corpus says the truth about itself: every right backward equals an independent witness, every
wrong one differs from it at the named argument, or shows its defect by the sort of run that the defect needs.
"""

import copy
import functools
import importlib
import inspect
from pathlib import Path

import numpy as np
import pytest
from corpus.open import running

FAMILIES = sorted([p.stem for p in (Path(__file__).parent / "open").glob("*.py")])
CASES = [c for family in FAMILIES for c in getattr(importlib.import_module(f"corpus.open.{family}"), "CASES", [])]
RIGHT, WRONG = [c for c in CASES if c.right], [c for c in CASES if not c.right]
SLUGS = """factor sign upstream-ignored transpose wrong-operand reduction-missing path-dropped path-doubled overwritten
wrong-activation-derivative softmax-elementwise neighbouring-loss wrong-axis ddof-or-eps dropout-mask mask-forgotten
window-offset kink-choice approximation-mixed clip-ignored regulariser updated-weights stale-cache mutation
state-not-reset swapped-outputs integer-truncation bptt-truncated gradient-clipped overflow second-order contract"""
KINDS = set(SLUGS.split())
LARGER = {"n": 2, "d": 2, "m": 4, "h": 2, "t": 1, "k": 3}  # added to these sizes, where `make` has them
REVEAL = {  # what shows an invisible mistake: keywords of `make`
    "users-zero-initialised-layer": {"scale": 1.0},
    "users-mean-of-one": {"n": 3},
}
everywhere = lambda x, *_: {"x": np.ones(x.shape)}
both = lambda a, b: {"a": (a == b).astype(float), "b": (a == b).astype(float)}
TIED = {  # the directions along which tied entries move together, where the function is smooth
    "maximum-ties-to-both": both,
    "maximum-ties-to-neither": both,
    "max-pooling-all-winners": everywhere,
    "maximum-of-rows-all-winners": everywhere,
}
names = lambda c: c.name


def sizes(case, larger):
    """No sizes, or larger ones."""
    defaults = inspect.signature(case.make).parameters
    return {k: defaults[k].default + more for k, more in LARGER.items() if larger and k in defaults}


@functools.lru_cache(maxsize=64)
def expected_of(forward, make, style, static, seed, larger, backward):
    case = next(c for c in CASES if (c.forward, c.make, c.style, c.static) == (forward, make, style, static))
    return running.witness(case, running.inputs_of(case, seed, **sizes(case, larger)), seed)


def expected(case, seed, larger=False):
    backward = case.backward if case.style == "column" else None
    return expected_of(case.forward, case.make, case.style, case.static, seed, larger, backward)


def tolerance(case, inputs, reference):
    """Relative to the largest entry: rounding of doubles, or of single precision where the inputs have it."""
    single = any([getattr(x, "dtype", None) == np.float32 for x in running.arrays(inputs)])
    return (2e-3 if single else 2e-7) * np.nanmax(np.abs(reference), initial=0.0)


def differs(case, inputs, found, reference):
    """Why a gradient is not the reference, or nothing."""
    if found is None:
        return "None"
    if np.shape(found) != np.shape(reference):
        return f"shape {np.shape(found)} for {np.shape(reference)}"
    looked_at = ~np.isnan(reference)
    error = np.max(np.abs(np.asarray(found, float) - reference)[looked_at], initial=0.0)
    return "" if error <= tolerance(case, inputs, reference) else f"off by {error}"


def at_kinks(case, inputs, seed, name, found):
    """Whether each entry lies between the derivatives from the left and from the right."""
    low, high = running.between(case, inputs, seed, name)
    slack = 1e-6 * (1.0 + np.maximum(np.abs(low), np.abs(high)))
    return np.shape(found) and np.all((low - slack <= np.ravel(found)) & (np.ravel(found) <= high + slack))


@pytest.mark.parametrize("larger", [False, True])
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("case", RIGHT, ids=names)
def test_a_right_backward_equals_the_witness(case, seed, larger):
    inputs = running.inputs_of(case, seed, **sizes(case, larger))
    reference = expected(case, seed, larger)

    found = running.gradients(case, copy.deepcopy(inputs), seed)

    for name, value in found.items():
        if value is not None or case.style != "class":
            why = differs(case, inputs, value, reference[name])
            assert not why or at_kinks(case, inputs, seed, name, value), f"{name} is {why}"


@pytest.mark.parametrize("case", RIGHT, ids=names)
def test_a_right_backward_mutates_nothing_and_keeps_no_state(case):
    inputs = running.inputs_of(case, 0)
    first = running.inputs_of(case, 1)[0]

    reference = running.gradients(case, copy.deepcopy(inputs), 0)
    again = running.gradients(case, copy.deepcopy(inputs), 0, before=copy.deepcopy(first))

    assert not running.mutated(case, inputs)
    if case.style != "class":
        for name, value in reference.items():
            np.testing.assert_array_equal(value, again[name])
    elif not isinstance(inputs[0], np.ndarray) or case.note.startswith("updates"):
        return
    else:
        name = next(iter(reference))
        np.testing.assert_array_equal(reference[name], again[name])


def contract(case):
    """What is wrong with the form of the gradients, or nothing."""
    inputs = running.inputs_of(case, 0)
    reference = expected(case, 0)
    try:
        found = running.gradients(case, copy.deepcopy(inputs), 0)
    except (TypeError, ValueError, IndexError, KeyError, AttributeError, ZeroDivisionError, AssertionError) as error:
        return repr(error)
    return ", ".join([name for name, v in found.items() if v is None or np.shape(v) != reference[name].shape])


def later(case):
    """What is wrong with the second run: of the same object at another input, or of the same function."""
    inputs = running.inputs_of(case, 0)
    found = running.gradients(case, copy.deepcopy(inputs), 0, before=running.inputs_of(case, 1)[0])
    return first_wrong(case, inputs, found, expected(case, 0))


def first_wrong(case, inputs, found, reference):
    """The first argument whose gradient is wrong, by the order of the arguments."""
    given = {n: v for n, v in found.items() if v is not None or case.style != "class"}
    return next((n for n in reference if n in given and differs(case, inputs, given[n], reference[n])), "")


def tied(case):
    """Whether the gradient is wrong along a direction in which the function is smooth, although tied entries differ."""
    inputs = running.inputs_of(case, 0)
    directions = TIED[case.name](*inputs)
    found = running.gradients(case, copy.deepcopy(inputs), 0)
    slope = sum([np.sum(found[name] * direction) for name, direction in directions.items()])
    low, high = running.along(case, inputs, 0, directions)
    return "" if low - 1e-6 <= slope <= high + 1e-6 else case.argument


@pytest.mark.parametrize("case", WRONG, ids=names)
def test_a_wrong_backward_shows_its_defect(case):
    inputs = running.inputs_of(case, 0)
    if case.kind == "contract":
        assert contract(case)
        return
    if case.kind == "mutation":
        assert running.mutated(case, inputs)
        return
    if case.kind in ("stale-cache", "state-not-reset"):
        assert case.argument.split("[")[0] == later(case).split("[")[0]
        return
    if case.name in TIED:
        assert case.argument == tied(case)
        return

    reference = expected(case, 0)
    wrong = first_wrong(case, inputs, running.gradients(case, copy.deepcopy(inputs), 0), reference)

    if case.invisible:
        assert "" == wrong
        inputs = running.inputs_of(case, 0, **REVEAL[case.name])
        wrong = first_wrong(
            case, inputs, running.gradients(case, copy.deepcopy(inputs), 0), running.witness(case, inputs, 0)
        )
    assert case.argument == wrong
    if case.kind == "kink-choice":
        value = running.gradients(case, copy.deepcopy(inputs), 0)[wrong]
        assert not at_kinks(case, inputs, 0, wrong, value)


@pytest.mark.parametrize("case", WRONG, ids=names)
def test_the_wrong_line_is_in_the_backward_once(case):
    source = running.backward_source(case)

    assert 1 == source.count(case.site)


def test_names_and_kinds():
    assert len(CASES) == len({c.name for c in CASES})
    assert not [c.name for c in WRONG if c.kind not in KINDS or not c.argument or not c.site or set(c.also) - KINDS]
    assert not [c.name for c in RIGHT if c.kind or c.argument or c.site]
    assert {"cache", "plain", "class", "loss", "pair", "gradient", "column"} == {c.style for c in CASES}


def test_the_corpus_is_large_enough():
    assert len(WRONG) >= 160
    assert len(RIGHT) >= 105
    assert len({c.layer for c in CASES}) >= 30
    assert {c.kind for c in WRONG} == KINDS
