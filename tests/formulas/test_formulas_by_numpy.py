"""Every recorded formula against witnesses made of NumPy alone; knows the formulas, not the engine."""

import inspect
import re
import warnings
from pathlib import Path

import numpy as np
import pytest

from autograd_nn.formulas.texts import catalogue

FORMULAS = catalogue()
SEEDS = (0, 1, 2)
COMPLEX_STEP = 1e-200
DIFFERENCE = 1e-6
TOLERANCE = {"complex": 1e-10, "differences": 1e-6}

named = pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.id)


def call(function, quantities):
    """`function` on the quantities that it names."""
    return function(**{name: quantities[name] for name in inspect.signature(function).parameters})


def partials(formula, quantities):
    """d forward / d wrt[index] for every entry in row-major order: complex step, or central differences."""
    x = quantities[formula.wrt]
    for index in np.ndindex(*x.shape):
        unit = np.zeros(x.shape)
        unit[index] = 1.0
        if formula.witness == "complex":
            step = {**quantities, formula.wrt: x + 1j * COMPLEX_STEP * unit}
            yield np.imag(call(formula.forward, step)) / COMPLEX_STEP
        else:
            ahead = call(formula.forward, {**quantities, formula.wrt: x + DIFFERENCE * unit})
            behind = call(formula.forward, {**quantities, formula.wrt: x - DIFFERENCE * unit})
            yield (ahead - behind) / (2.0 * DIFFERENCE)


def witness(formula, quantities):
    """What the formula claims to equal, by a way that shares nothing with it."""
    if formula.claim == "value":
        return np.asarray(call(formula.forward, quantities))
    slopes = list(partials(formula, quantities))
    if formula.claim == "jacobian":
        return np.stack([np.reshape(slope, -1) for slope in slopes], axis=1)
    assert all(np.shape(slope) == () for slope in slopes)
    return np.asarray(formula.layout(np.reshape(slopes, np.shape(quantities[formula.wrt]))))


def relative_error(hand, expected):
    """Largest error relative to the largest entry; infinite where the shapes differ."""
    if np.shape(hand) != expected.shape:
        return np.inf
    return np.max(np.abs(hand - expected)) / np.max(np.abs(expected))


@pytest.mark.parametrize("seed", SEEDS)
@named
def test_the_verdict_on_record_is_the_computed_one(formula, seed):
    quantities = formula.sample(np.random.default_rng(seed))

    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error")
        hand = call(formula.hand, quantities)
    error = relative_error(hand, witness(formula, quantities))

    if formula.expected == "holds":
        assert error < TOLERANCE[formula.witness]
    else:
        assert error > 1e-3


@named
def test_printed_shapes_are_those_of_the_sample(formula):
    quantities = formula.sample(np.random.default_rng(0))
    before, after = formula.shapes.split(" -> ")
    written = dict(re.findall(r"(\w+) \(([^)]*)\)", before))
    sizes = {}

    assert list(written) == list(quantities)
    for name, letters in written.items():
        letters = [letter for letter in letters.split(", ") if letter]
        assert len(letters) == np.ndim(quantities[name])
        for letter, size in zip(letters, np.shape(quantities[name])):
            assert sizes.setdefault(letter, size) == size
    sizes.pop("1", None)

    assert len(set(sizes.values())) == len(sizes), "two letters of one size: a wrong transpose could pass"
    assert 1 not in sizes.values()
    result = np.shape(call(formula.hand, quantities))
    if after == "no value":
        assert result == (0, 0)
    else:
        factors = [side.split(" ") for side in after.strip("()").split(", ") if side]
        sizes["1"] = 1
        assert result == tuple(int(np.prod([sizes[letter] for letter in side])) for side in factors)


@named
def test_no_array_has_two_equal_sizes(formula):
    for quantity in formula.sample(np.random.default_rng(0)).values():
        sizes = [size for size in np.shape(quantity) if size != 1]

        assert len(set(sizes)) == len(sizes)


@named
def test_the_same_seed_draws_the_same_sample(formula):
    first, second = (formula.sample(np.random.default_rng(5)) for _ in range(2))

    assert all(np.array_equal(first[name], second[name]) for name in first)


class Restricted(np.ndarray):
    """An array that knows only what a recorded tensor is sure to know: ufuncs, sums, means, shapes, indexing."""

    def __array_function__(self, function, types, args, kwargs):
        assert function in {np.sum, np.mean}, f"{function.__name__} is not for a forward"
        return super().__array_function__(function, types, args, kwargs)

    def __len__(self):
        raise AssertionError("a forward asks for the shape, not for len")

    def __iter__(self):
        raise AssertionError("a forward does not loop over entries")

    def __setitem__(self, index, value):
        raise AssertionError("a forward assigns to no entry")


@named
def test_recorded_side_needs_few_functions(formula):
    quantities = formula.sample(np.random.default_rng(0))
    function = formula.hand if formula.claim == "value" else formula.forward

    restricted = call(function, {name: q.view(Restricted) for name, q in quantities.items()})

    assert np.array_equal(np.asarray(restricted), np.asarray(call(function, quantities)))


@named
def test_record_is_complete(formula):
    assert re.fullmatch(rf"{formula.text}-[A-Za-z0-9.\-]+", formula.id)
    assert formula.text in {"allen", "sudmersen", "punnen", "zhou", "khan", "gap"}
    assert formula.convention in {"C1", "CB", "R1", "RB", "D3", "S"}
    assert (formula.wrt is None) == (formula.claim == "value")
    assert formula.statement.endswith(".")
    assert formula.latex.count("{") == formula.latex.count("}")


def test_ids_are_unique_and_failures_come_with_their_correction():
    ids = [formula.id for formula in FORMULAS]
    verdicts = {formula.id: formula.expected for formula in FORMULAS}
    failing = {name for name, verdict in verdicts.items() if verdict == "fails as printed"}

    assert len(ids) == len(set(ids))
    assert {f"{name}-corrected" for name in failing} == {name for name in ids if name.endswith("-corrected")}
    assert all(verdicts[f"{name}-corrected"] == "holds" for name in failing)


def test_formula_files_are_independent_witnesses():
    library = {"__future__", "collections.abc", "dataclasses", "functools", "math", "typing", "numpy"}
    own = {".", ".formula", ".sampling"}

    for name in ("allen*", "sudmersen*", "punnen*", "zhou*", "khan*", "gap*", "sampling*", "network*", "catalogue*"):
        for path in Path(inspect.getfile(catalogue)).parent.glob(f"{name}.py"):
            imported = re.findall(r"^(?:from|import) (\S+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
            assert set(imported) <= library | own, path.name
