"""check_grads: automatic derivatives of every order and mode, and operations of one's own with wrong rules."""

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import Tensor, Value
from autograd_nn.check import check_grads
from autograd_nn.op import data_of

RNG = np.random.default_rng(11)
X = RNG.normal(size=(3, 4))


def layer(params, y):
    return ((params["W"] @ y + params["b"][0]) ** 2).sum()


RIGHT = {
    "an array": (lambda x: np.tanh(x) * x, X),
    "a number": (lambda x: x**3, 2.0),
    "containers": (layer, {"W": X, "b": [RNG.normal(size=3)]}, RNG.normal(size=4)),
    "several results": (lambda x: {"a": x * 2.0, "b": (np.sort(x, axis=None), x.sum())}, X),
    "labels": (lambda x, k: -np.log(np.exp(x[k, np.arange(4)]) / np.exp(x).sum(axis=0)).sum(), X, np.array([0, 2, 1, 1])),
    "float32": (lambda x: np.exp(x).sum(), X.astype(np.float32)),
    "Tensor code": (lambda x: x.at[0].set(x[1] ** 2).sum() * x.sum(), Tensor(X)),
    "Values": (lambda a, b: (a * b + b**2).tanh(), Value(2.0), Value(-0.3)),
    "decompositions": (lambda x: np.linalg.svd(x @ x.T)[1].sum() + np.linalg.slogdet(x @ x.T)[1], X),
    "a gradient inside": (lambda x: ag.grad(lambda z: (z**3).sum())(x) * x, X),
    "at 1e-8": (lambda x: np.sin(x) * x, 1e-8 * X),
    "at 1e8": (lambda x: x * np.sqrt(x * x + 1.0), 1e8 * X),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_right_derivatives_are_right(name):
    f, *xs = RIGHT[name]

    report = check_grads(f, *xs)

    assert "right" == report.verdict, str(report)


def test_every_mode_and_order_is_compared():
    report = check_grads(lambda a: np.sin(a), X, order=2)

    orders = ["reverse", "forward", *[f"{a} over {b}" for a in ("reverse", "forward") for b in ("reverse", "forward")]]
    assert {f"a, {how}" for how in orders} == {a.name for a in report.arguments}
    assert {(3, 4)} == {a.shape for a in report.arguments}
    assert all([a.tested for a in report.arguments])


def test_one_mode_and_one_order():
    report = check_grads(lambda a: np.sin(a), X, order=1, modes=("forward",))

    assert ["a, forward"] == [a.name for a in report.arguments]


def test_names_are_those_of_the_user():
    report = check_grads(layer, {"W": X, "b": [np.ones(3)]}, np.ones(4), order=1, modes=("reverse",))

    assert ["params['W'], reverse", "params['b'][0], reverse", "y, reverse"] == [a.name for a in report.arguments]


def wrong_below_zero():
    """Right where its example was, as rules often are that were tested on one side of a branch."""

    @ag.custom(vjp=(lambda g, y, x: g * np.where(x > 0, 3.0 * x**2, -3.0 * x**2),), example=(np.array([1.0, 2.0]),))
    def cube(x):
        return x**3

    return cube


def test_a_wrong_rule_is_named_with_its_operation_and_line():
    cube = wrong_below_zero()

    def f(x):
        h = np.tanh(x)
        return cube(h).sum()

    report = check_grads(f, np.array([-0.5, -1.0, -0.2]))

    finding = report.findings[0]
    assert ("wrong", "x", "sign") == (report.verdict, finding.argument, finding.kind), str(report)
    assert finding.message.startswith("the rule of cube for argument 0 is wrong")
    assert "return cube(h).sum()" in finding.site
    assert {"x, reverse", "x, forward"} == {a.name for a in report.arguments}  # order 2 waits


def test_a_rule_that_is_wrong_at_some_entries_says_where():
    cube = wrong_below_zero()

    report = check_grads(lambda x: cube(x).sum(), np.array([-0.5, 1.0, 2.0]))

    assert "wrong, at 1 of 3 entries: at the argument -0.5" in report.findings[0].message, str(report)


def test_a_wrong_rule_that_custom_refuses_is_a_finding():
    @ag.custom(vjp=(lambda g, y, x: 0.5 * g * y,))
    def half(x):
        return np.exp(x)

    report = check_grads(lambda x: half(x).sum(), X)

    assert ("wrong", "factor", 0.5) == (
        report.verdict, report.findings[0].kind, pytest.approx(report.findings[0].evidence["factor"]))  # fmt: skip
    assert "half(x).sum()" in report.findings[0].site


@pytest.mark.parametrize(("rule", "kind"), [
    (lambda g, y, x: -g * (1.0 - y * y), "sign"),
    (lambda g, y, x: 2.0 * g * (1.0 - y * y), "factor"),
    (lambda g, y, x: 0.0 * g, "path-dropped"),
    (lambda g, y, x: 0.0 * g + (1.0 - y * y), "upstream-ignored"),
    (lambda g, y, x: g * (1.0 - y), "unexplained"),
])  # fmt: skip
def test_a_wrong_rule_of_a_record_has_a_kind(rule, kind):
    rules = ag.ops.tanh.op.vjps
    try:
        ag.ops.tanh.op.vjps = (rule,)

        report = check_grads(lambda x: (np.tanh(x) * x).sum(), X)
    finally:
        ag.ops.tanh.op.vjps = rules

    assert ("wrong", kind) == (report.verdict, report.findings[0].kind), str(report)
    assert {"tanh"} == {f.evidence["operation"] for f in report.findings}


def test_a_rule_whose_own_derivative_is_lost_is_wrong_at_order_2_alone():
    @ag.custom(vjp=(lambda g, y, x: g * np.cos(data_of(x)),), example=(np.array([1.0]),))
    def sine(x):
        return np.sin(x)

    first, second = [check_grads(lambda x: sine(2.0 * x).sum(), X, order=k) for k in (1, 2)]

    assert "right" == first.verdict
    assert ("wrong", "second-order") == (second.verdict, second.findings[0].kind), str(second)
    assert second.findings[0].message.startswith("the rule of sine for argument 0 is right, but its own derivative")


def test_a_wrong_jvp_rule_is_told_from_a_right_vjp_rule():
    rule = ag.ops.det.op.jvp
    try:
        ag.ops.det.op.jvp = lambda ts, y, x: 2.0 * rule(ts, y, x)

        report = check_grads(lambda x: np.linalg.det(x @ x.T), X, order=1)
    finally:
        ag.ops.det.op.jvp = rule

    assert {"x, reverse": "right", "x, forward": "wrong"} == {a.name: a.verdict for a in report.arguments}
    assert "the jvp rule of det is wrong for argument 0; its vjp rule is right" == report.findings[0].message


def test_numbers_taken_out_of_a_tensor_are_a_dropped_path_with_its_line():
    def f(x):
        scale = float(x[0])
        return (scale * x).sum()

    report = check_grads(f, np.array([0.5, -1.0]), order=1)

    assert ("wrong", "path-dropped") == (report.verdict, report.findings[0].kind), str(report)
    assert "scale = float(x[0])" in report.findings[0].site


def test_a_kink_is_a_choice_and_nothing_settles_at_order_2():
    report = check_grads(lambda x: np.maximum(x, 0.0), np.array([0.0, 1.0]))

    assert "right" == report.verdict, str(report)
    assert "kink-choice" == report.findings[0].kind
    assert any(["1 of 2 entries of x at order 2" in s for s in report.strength])


def test_a_value_outside_of_the_one_sided_derivatives_is_wrong():
    rules = ag.ops.absolute.op.vjps
    try:
        ag.ops.absolute.op.vjps = (lambda g, y, x: g * 1.5,)

        report = check_grads(lambda x: np.abs(x), np.array([0.0]), order=1)
    finally:
        ag.ops.absolute.op.vjps = rules

    assert "wrong" == report.verdict, str(report)


def test_code_that_raises_or_has_nothing_to_differentiate():
    raising, integers = check_grads(lambda x: 1 / 0, 1.0), check_grads(lambda x: x, 1)

    assert "cannot tell" == raising.verdict
    assert "ZeroDivisionError was raised" in str(raising)
    assert "is a float or an array of floats" in str(integers)


def test_a_function_of_random_numbers_is_not_called_right():
    report = check_grads(lambda x: (x * np.random.default_rng().normal(size=x.shape)).sum(), X)

    assert "right" != report.verdict


@pytest.mark.parametrize(("options", "piece"), [
    ({"order": 0}, "order=0"), ({"modes": ()}, "modes="), ({"modes": "reverse"}, "modes="), ({"modes": ("up",)}, "modes="),
])  # fmt: skip
def test_wrong_options_are_errors(options, piece):
    with pytest.raises(ValueError, match=piece):
        check_grads(np.sin, 1.0, **options)
