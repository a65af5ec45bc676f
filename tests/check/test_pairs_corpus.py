"""Every style of the corpus' open half is told by itself: the gradients are those that the corpus' own runner finds."""

import copy
import importlib
from pathlib import Path

import numpy as np
import pytest
from corpus.open import running

from autograd_nn.check.contracts import ContractError
from autograd_nn.check.pairs import pair_of

FAMILIES = sorted([p.stem for p in Path(running.__file__).parent.glob("*.py")])
CASES = [c for family in FAMILIES for c in getattr(importlib.import_module(f"corpus.open.{family}"), "CASES", [])]
KEPT = {"square-buffer-kept"}  # a buffer of the module: no copy of the function is fresh
STYLES = {  # what the corpus calls it: what it may be told to be
    "cache": {"cache"}, "plain": {"plain"}, "class": {"object"}, "loss": {"loss"}, "pair": {"pair", "gradient"},
    "gradient": {"gradient"}, "column": {"plain", "gradient"},
}  # fmt: skip


def in_the_corpus(name):
    """The corpus calls what is in a dict by its key alone."""
    return name.split("['")[1][:-2] if "['" in name else name


def by_the_runner(case):
    """{name: gradient}, or None where the hand-written code raises."""
    try:
        return running.gradients(case, running.inputs_of(case, 0), 0)
    except (TypeError, ValueError, IndexError, KeyError, AttributeError, ZeroDivisionError, AssertionError):
        return None


def upstream_of(case, value):
    """That of the runner: the same random numbers."""
    values = value if isinstance(value, tuple) else (value,)
    rng = np.random.default_rng(1000)
    if not running.takes_upstream(case):
        upstream = [np.ones(np.shape(y)) for y in values]
    else:
        upstream = [np.asarray(rng.normal(size=np.shape(y)), getattr(y, "dtype", float)) for y in values]
    return tuple(upstream) if len(upstream) > 1 else upstream[0]


@pytest.mark.parametrize("case", [c for c in CASES if c.name not in KEPT], ids=lambda c: c.name)
def test_the_style_is_told_and_the_gradients_are_those_by_hand(case):
    """No hint at all, not even which inputs are constants: whatever is returned goes to the input that it belongs to."""
    expected = by_the_runner(case)
    if expected is None:
        with pytest.raises(Exception):  # noqa: B017, PT011  whatever the user's code raises, or the contract that it breaks
            pair_of(case.forward, case.backward, running.inputs_of(case, 0)).gradients(running.inputs_of(case, 0), 1.0)
        return
    with np.errstate(all="ignore"):
        if broken(case, expected):
            assert not case.right
            say_so(case)
            return
        pair = pair_of(case.forward, case.backward, running.inputs_of(case, 0))
        inputs = copy.deepcopy(pair.inputs)
        found = pair.gradients(inputs, upstream_of(case, pair.value(*copy.deepcopy(pair.inputs))))

    by_name = {in_the_corpus(pair.names[i]): g for i, g in zip(pair.active, found)}

    assert pair.style in STYLES[case.style]
    for name, gradient in expected.items():
        if gradient is not None:
            np.testing.assert_array_equal(np.asarray(gradient), by_name[name])
    assert not pair.notes


def say_so(case):
    """A gradient of another shape is refused, or noted where only axes of size 1 differ; so is one that is not there."""
    try:
        inputs = running.inputs_of(case, 0)
        wrt = [name for i, name in enumerate(running.names(case, inputs)) if i not in case.static]
        pair = pair_of(case.forward, case.backward, inputs, wrt=wrt)
        pair.gradients(copy.deepcopy(pair.inputs), upstream_of(case, pair.value(*copy.deepcopy(pair.inputs))))
    except ContractError:
        return
    assert pair.notes


def broken(case, expected):
    """Whether a gradient has not the shape of its input, or is not there."""
    inputs = running.inputs_of(case, 0)
    shapes = {name: np.shape(running.get(inputs, where)) for name, where in running.leaves(case, inputs)}
    first = [
        name for name, where in running.leaves(case, inputs) if where[0] == 0
    ]  # an object may keep the others to itself
    given = {name: g for name, g in expected.items() if g is not None or case.style != "class" or name in first}
    return any([g is None or np.shape(g) != shapes[name] for name, g in given.items()])


def test_no_case_is_left_out():
    assert len(CASES) >= 560
    assert {c.style for c in CASES} == set(STYLES)
