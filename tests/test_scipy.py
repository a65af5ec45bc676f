"""SciPy's functions on Tensors and Values: its ufuncs record, the others warn and say what to write instead."""

import warnings

import numpy as np
import pytest
from op_points import few_points

from autograd_nn import Tensor, Value, grad, ops
from autograd_nn.errors import DetachedWarning, InPlaceError, RuleMissing
from autograd_nn.op import REGISTRY
from autograd_nn.protocols import SUBSTITUTES

special = pytest.importorskip("scipy.special")

NAMESPACE = {"np": np, "scipy": pytest.importorskip("scipy")}
NAMES = [(name, op) for op in REGISTRY.values() for name in op.scipy]


@pytest.mark.parametrize(("name", "op"), NAMES, ids=[name for name, _ in NAMES])
def test_a_ufunc_of_scipy_records_the_operation_that_computes_the_same(name, op):
    ufunc = getattr(special, name)

    for args, active in few_points(op):
        y = ufunc(*[Tensor(a) if i in active else a for i, a in enumerate(args)])
        assert op is y.op
        np.testing.assert_allclose(ufunc(*args), y.numpy(), rtol=2e-13, atol=1e-15)


def test_no_two_operations_stand_for_one_ufunc():
    names = [name for name, _ in NAMES]

    assert sorted(set(names)) == sorted(names)


def test_a_ufunc_of_scipy_on_values_and_under_grad():
    y = special.gammaln(Value(3.0) * 2.0)

    assert isinstance(y, Value)
    assert pytest.approx(np.log(120.0)) == y.data
    assert pytest.approx(0.5) == grad(special.expit)(0.0) * 2.0
    np.testing.assert_allclose(np.ones(2), grad(lambda x: ops.sum(special.xlogy(x, np.e)))(np.zeros(2)))


def test_another_ufunc_of_the_same_name_is_not_taken_for_it(monkeypatch):
    ours = special.expit
    monkeypatch.setattr(special, "expit", np.frompyfunc(lambda x: x, 1, 1))

    with pytest.raises(RuleMissing, match=r"^expit has no derivative rule, at test_scipy\.py"):
        ours(Tensor([1.0]))


@pytest.mark.parametrize(("call", "kind", "parts"), [
    (lambda t: special.expit(t, out=np.ones(1)), InPlaceError, ["scipy.special.expit was to write"]),
    (lambda t: special.expit(t, where=[True]), RuleMissing, ["scipy.special.expit with where=", "np.where(mask, f(x), z)"]),
    (lambda t: special.gammainc(t, 1.0), RuleMissing, ["scipy.special.gammainc has", "Near it are: scipy.special.gammaln"]),
    (lambda t: special.loggamma(t), RuleMissing, ["scipy.special.loggamma has", "Write scipy.special.gammaln(x). "]),
    (lambda t: np.copyto(t, 1.0), RuleMissing, ["np.copyto has", "Write t.at[key].set(v). "]),
    (lambda t: np.exp(t, dtype=np.float32), RuleMissing, ["np.exp with dtype= has", "Write y.astype(dtype). "]),
])  # fmt: skip
def test_what_has_no_rule_says_what_to_write(call, kind, parts):
    with pytest.raises(kind) as info:
        call(Tensor([1.0]))

    for part in [*parts, "at test_scipy.py"]:
        assert part in str(info.value)


FORMULAS = {name: text for name, text in SUBSTITUTES.items() if name.startswith("scipy.special.")}


@pytest.mark.parametrize("name", FORMULAS)
def test_the_formula_that_is_advised_computes_the_same(name):
    numbers = {"x": 1.75, "z": 0.5, "p": 0.3, "n": 5.0, "k": 2.0, "m": 1.5, "d": 1.2, "r": 0.7}
    order = {"binom": "nk", "boxcox": "xp", "boxcox1p": "xp", "poch": "xm", "powm1": "xz", "pseudo_huber": "dr"}
    letters = order.get(name.rpartition(".")[2], "x")
    if name.endswith("erfcinv"):
        numbers["x"] = 0.4

    expected = eval(name, dict(NAMESPACE))(*[numbers[c] for c in letters])

    assert pytest.approx(expected, rel=1e-12) == eval(FORMULAS[name], numbers | NAMESPACE)


def test_nothing_is_advised_against_that_is_recorded():
    recorded = {f.__name__ for op in REGISTRY.values() for f in op.numpy} | {name for name, _ in NAMES}

    for name in SUBSTITUTES:
        assert callable(eval(name, dict(NAMESPACE)))
        assert name.removeprefix("np.").removeprefix("scipy.special.") not in recorded


# Functions of SciPy that are no ufuncs


@pytest.mark.parametrize(("call", "advice"), [
    (lambda t: special.logsumexp(t), "write autograd_nn.ops.logsumexp(x, axis, keepdims)."),
    (lambda t: special.softmax(t), "write autograd_nn.ops.softmax(x, axis), whose axis is the last"),
    (lambda t: special.log_softmax(t), "write autograd_nn.ops.log_softmax(x, axis), whose axis is the last"),
    (lambda t: special.polygamma(1, t), "write autograd_nn.ops.polygamma(n, x)."),
    (lambda t: special.factorial(t), "write scipy.special.gamma(x + 1.0)."),
])  # fmt: skip
def test_what_takes_the_numbers_out_warns_at_the_users_line_and_says_what_to_write(call, advice):
    t = Tensor([1.0, 2.0])

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        y = call(t)

    assert isinstance(y, np.ndarray | np.floating)
    assert caught
    assert {(DetachedWarning, __file__)} == {(w.category, w.filename) for w in caught}
    assert advice in str(caught[0].message)


def test_the_usual_warning_has_no_advice_about_scipy():
    with pytest.warns(DetachedWarning) as caught:
        np.asarray(Tensor([1.0]))

    assert "scipy" not in str(caught[0].message)


@pytest.mark.skipif(not hasattr(special, "softplus"), reason="an older SciPy")
def test_a_function_of_scipy_that_is_made_of_ufuncs_records():
    assert pytest.approx(0.5) == grad(special.softplus)(0.0)
