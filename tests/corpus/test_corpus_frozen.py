"""The frozen half of the corpus says the truth about itself: no expected value comes from the library."""

import copy
import importlib
import inspect
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from corpus.calls import (
    at_a_kink,
    build,
    by_hand,
    differentiated,
    expected,
    from_object,
    hand,
    make,
    names_of,
    told,
    upstream_of,
    value,
    wrong_arguments,
)

HERE = Path(__file__).parent / "frozen"
FAMILIES = [importlib.import_module(f"corpus.frozen.{path.stem}") for path in sorted(HERE.glob("[!_]*.py"))]
CASES = [case for family in FAMILIES for case in family.CASES]
SLUGS = {
    "factor", "sign", "upstream-ignored", "transpose", "wrong-operand", "reduction-missing", "path-dropped", "path-doubled",
    "overwritten", "wrong-activation-derivative", "softmax-elementwise", "neighbouring-loss", "wrong-axis", "ddof-or-eps",
    "dropout-mask", "mask-forgotten", "window-offset", "kink-choice", "approximation-mixed", "clip-ignored", "regulariser",
    "updated-weights", "stale-cache", "mutation", "state-not-reset", "swapped-outputs", "integer-truncation",
    "bptt-truncated", "gradient-clipped", "overflow", "second-order", "contract",
}  # fmt: skip
STYLES = {"cache", "plain", "class", "loss", "pair", "gradient", "column"}
POINTS = [(0, 0), (1, 2)]  # (seed, how much larger n and d are than their defaults)
named = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


@pytest.mark.parametrize(("seed", "more"), POINTS, ids=["primes", "others"])
@pytest.mark.parametrize("case", [c for c in CASES if c.right], ids=lambda c: c.name)
def test_a_right_backward_equals_the_witness(case, seed, more):
    if at_a_kink(case):
        below, above = expected(case, seed, more, -1), expected(case, seed, more, 1)
        for mine, low, high in zip(hand(case, seed, more), below, above, strict=True):
            assert np.all(np.minimum(low, high) - 1e-5 <= mine)
            assert np.all(mine <= np.maximum(low, high) + 1e-5)
    else:
        assert [] == wrong_arguments(case, seed, more)


@pytest.mark.parametrize("case", [c for c in CASES if c.right], ids=lambda c: c.name)
def test_a_right_backward_touches_nothing_and_repeats_itself(case):
    inputs = make(case, 0, 0)
    upstream = upstream_of(case, value(case.style, case.forward, inputs), 0)
    kept = copy.deepcopy((inputs, upstream))

    first, second = by_hand(case, inputs, upstream), by_hand(case, inputs, upstream)

    assert_same(kept, (inputs, upstream))
    assert_same(first, second)


def assert_same(a, b):
    if isinstance(a, tuple | list):
        for x, y in zip(a, b, strict=True):
            assert_same(x, y)
    elif isinstance(a, dict):
        assert_same(tuple(a.values()), tuple(b.values()))
    else:
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(("seed", "more"), POINTS, ids=["primes", "others"])
@pytest.mark.parametrize("case", [c for c in CASES if not c.right and not c.invisible], ids=lambda c: c.name)
def test_a_wrong_backward_differs_first_in_the_argument_that_it_names(case, seed, more):
    wrong = wrong_arguments(case, seed, more)

    assert case.argument == (wrong or [None])[0]


def repeated(x):
    """Every entry is the first of its row."""
    return np.broadcast_to(x[:, :1], x.shape).copy() if x.ndim > 1 else np.zeros_like(x)


def varied(name, inputs):
    """What shows a mistake that the default inputs hide."""
    x, *others = inputs
    return {
        "softplus-overflow": lambda: (x * 800,),
        "second-softplus-overflow": lambda: (x * 400,),
        "log-sum-exp-overflow-invisible": lambda: (x + 1000,),
        "log-cosh-quotient-overflow": lambda: (x, others[0] + 1000),
        "embedding-fancy-add-unique-ids": lambda: (x, repeated(others[0])),
        "bag-repeated-words-once": lambda: (repeated(x), *others),
        "char-rnn-clipped-far-out": lambda: (x, others[0], others[1] * 300, *others[2:]),
    }[name]()


def outcome(action):
    """What an action gives, or the name of what it raises."""
    try:
        return action()
    except Exception as error:  # noqa: BLE001  any exception will do
        return type(error).__name__


def same(a, b):
    try:
        assert_same(a, b)
    except (AssertionError, ValueError, TypeError):
        return False
    return True


@pytest.mark.parametrize(("seed", "more"), POINTS, ids=["primes", "others"])
@pytest.mark.parametrize("case", [c for c in CASES if c.invisible], ids=lambda c: c.name)
def test_an_invisible_mistake_does_not_show_in_the_gradients_of_one_call(case, seed, more):
    assert [] == wrong_arguments(case, seed, more)


@pytest.mark.parametrize("case", [c for c in CASES if c.invisible and not told(c)], ids=lambda c: c.name)
def test_an_invisible_mistake_shows_at_other_inputs(case):
    other = replace(case, make=lambda rng: varied(case.name, case.make(rng)))

    assert case.argument == wrong_arguments(other, 0, 0)[0]


@pytest.mark.parametrize("case", [c for c in CASES if c.kind == "mutation"], ids=lambda c: c.name)
def test_a_mutation_writes_into_what_is_not_its_own(case):
    inputs = make(case, 0, 0)
    upstream = upstream_of(case, value(case.style, case.forward, inputs), 0)
    obj, taken = build(case, inputs) if case.style == "class" else (None, inputs)
    out = obj.forward(*taken) if obj else None
    kept = copy.deepcopy((inputs, upstream, out))

    from_object(case, obj, taken, inputs, upstream) if obj else by_hand(case, inputs, upstream)

    assert not same(kept, (inputs, upstream, out))


def twice(case, first, second):
    """The gradients at the second inputs, of an object that has been through the first."""
    obj, taken = build(case, second)
    obj.forward(*build(case, first)[1])
    if "forward" not in case.invisible:
        from_object(case, obj, build(case, first)[1], first, upstream_of(case, value("class", case.forward, first), 0))
    obj.forward(*taken)
    return from_object(case, obj, taken, second, upstream_of(case, value("class", case.forward, second), 0))


@pytest.mark.parametrize("case", [c for c in CASES if c.style == "class" and c.right], ids=lambda c: c.name)
def test_a_right_object_can_be_used_again(case):
    inputs = make(case, 0, 0)

    second = twice(case, inputs, copy.deepcopy(inputs))

    assert same(second, hand(case, 0, 0)) == ("steps-after" not in case.name)


@pytest.mark.parametrize("case", [c for c in CASES if told(c) == "called"], ids=lambda c: c.name)
def test_a_state_shows_when_an_object_is_used_again(case):
    first, second = make(case, 1, 0), make(case, 0, 0)
    static = [
        second[i] if i in case.static or i >= len(build(case, second)[1]) else first[i] for i in range(len(first))
    ]

    again = outcome(lambda: twice(case, tuple(static), second))

    assert not same(again, hand(case, 0, 0))


@pytest.mark.parametrize("case", [c for c in CASES if at_a_kink(c)], ids=lambda c: c.name)
def test_a_right_choice_at_a_kink_is_a_subgradient_along_the_shift_of_all_entries_too(case):
    inputs = make(case, 0, 0)
    upstream = upstream_of(case, value(case.style, case.forward, inputs), 0)

    shift = [shifted_slope(case, inputs, upstream, side) for side in (-1, 1)]

    assert min(shift) - 1e-4 <= np.sum(hand(case, 0, 0)[0]) <= max(shift) + 1e-4


@pytest.mark.parametrize("case", [c for c in CASES if c.kind == "kink-choice"], ids=lambda c: c.name)
def test_a_wrong_choice_at_a_kink_is_no_subgradient(case):
    """Not finite, or outside of the one-sided slopes of an entry, or of those along the shift of all entries."""
    inputs = make(case, 0, 0)
    upstream = upstream_of(case, value(case.style, case.forward, inputs), 0)
    grads = hand(case, 0, 0)
    below, above = expected(case, 0, 0, -1), expected(case, 0, 0, 1)
    shift = [shifted_slope(case, inputs, upstream, side) for side in (-1, 1)]

    inside = [
        np.all((np.minimum(b, a) - 1e-5 <= m) & (m <= np.maximum(b, a) + 1e-5)) for m, b, a in zip(grads, below, above)
    ]
    along_shift = min(shift) - 1e-4 <= np.sum(grads[0]) <= max(shift) + 1e-4

    assert not (all(inside) and along_shift)


def shifted_slope(case, inputs, upstream, side):
    """The one-sided slope where all entries of the first differentiated input move together."""
    i, h = differentiated(case, inputs)[0], side * 1e-7
    moved = (*inputs[:i], inputs[i] + h, *inputs[i + 1 :])
    first, second = [np.sum(upstream * value(case.style, case.forward, x)) for x in (inputs, moved)]
    return (second - first) / h


@named
def test_a_case_is_well_formed(case):
    assert case.style in STYLES
    assert case.layer
    assert (case.right, case.right, case.right) == (not case.kind, not case.argument, not case.site)
    assert set(case.also) | {case.kind} <= SLUGS | {""}
    assert case.kind not in case.also
    assert case.style != "class" or isinstance(case.backward, str)
    assert (case.style == "loss") == (case.backward is None)
    assert not case.right or not case.invisible
    assert case.right or case.argument in [*names_of(case), "dout"]


@pytest.mark.parametrize("case", [c for c in CASES if not c.right], ids=lambda c: c.name)
def test_the_text_of_a_site_occurs_once(case):
    function = case.forward if case.style == "loss" else case.backward
    source = getattr(case.forward, function) if isinstance(function, str) else function

    assert textwrap.dedent(inspect.getsource(source)).count(case.site) == 1


def test_names_are_unique_and_every_kind_is_there_twice():
    kinds = [case.kind for case in CASES]

    assert len(CASES) == len({case.name for case in CASES})
    assert set() == {slug for slug in SLUGS if kinds.count(slug) < 2}
