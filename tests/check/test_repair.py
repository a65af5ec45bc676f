"""Repairs and suspects: mistakes planted in right backwards are found on their line, with what should stand there."""

import sys
from types import FunctionType

import numpy as np
import pytest

from autograd_nn.check import check_backward
from autograd_nn.check import diagnosis as module
from autograd_nn.check.repair import located, repairs
from autograd_nn.check.repair_bench import Workshop
from autograd_nn.check.repair_source import HOOK, Program, programs
from autograd_nn.check.repair_suspects import suspect

RNG = np.random.default_rng(11)
X, W, B, GAMMA = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 4)), RNG.normal(size=4), RNG.normal(size=3)
IDS = np.array([2, 0, 2, 1, 2])


def dense(x, W, b):
    return np.tanh(x @ W + b)


def right(dout, x, W, b):
    a = np.tanh(x @ W + b)
    dz = dout * (1 - a**2)
    dW = x.T @ dz
    db = dz.sum(axis=0)
    return dz @ W.T, dW, db


def other_operand(dout, x, W, b):
    a = np.tanh(x @ W + b)
    dz = dout * (1 - a**2)
    dW = x.T @ dout
    db = dz.sum(axis=0)
    return dz @ W.T, dW, db


def other_sign(dout, x, W, b):
    a = np.tanh(x @ W + b)
    dz = dout * (1 + a**2)
    return dz @ W.T, x.T @ dz, dz.sum(axis=0)


def averaged(dout, x, W, b):
    a = np.tanh(x @ W + b)
    dz = dout * (1 - a**2)
    return dz @ W.T, x.T @ dz, dz.mean(axis=0)


def divided(dout, x, W, b):
    a = np.tanh(x @ W + b)
    dz = dout * (1 - a**2)
    dW = x.T @ dz / len(x)
    return dz @ W.T, dW, dz.sum(axis=0)


def norm(x, gamma):
    xmu = x - x.mean(axis=0)
    var = (xmu**2).mean(axis=0)
    std = np.sqrt(var + 1e-5)
    xhat = xmu / std
    return gamma * xhat, (xmu, std, xhat, gamma)


def norm_of_centred(dout, cache):
    xmu, std, xhat, gamma = cache
    dgamma = np.sum(dout * xmu, axis=0)
    dxhat = dout * gamma
    dx = (dxhat - dxhat.mean(axis=0) - xhat * (dxhat * xhat).mean(axis=0)) / std
    return dx, dgamma


def norm_without_the_variance(dout, cache):
    _, std, xhat, gamma = cache
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    dxmu = dxhat / std
    dx = dxmu - dxmu.mean(axis=0)
    return dx, dgamma


def norm_with_a_wrong_middle(dout, cache):
    xmu, std, xhat, gamma = cache
    dxhat = dout * gamma
    dvar = np.sum(dxhat * xmu, axis=0) * -1.0 / std**3
    dx = dxhat / std - (dxhat / std).mean(axis=0) + 2 * xmu / len(xmu) * dvar
    return dx, np.sum(dout * xhat, axis=0)


def lookup(table, ids):
    return table[ids]


def lookup_overwrites(dout, table, ids):
    dtable = np.zeros_like(table)
    for n in range(len(ids)):
        dtable[ids[n]] = dout[n]
    return dtable


def lookup_at_once(dout, table, ids):
    dtable = np.zeros_like(table)
    dtable[ids] += dout
    return dtable


def shifted(x):
    return x[1:] - x[:-1]


def shifted_fills(dout, x):
    dx = np.zeros_like(x)
    dx[1:] += dout
    dx[:-1] += dout
    return dx


def pooled(x):
    return np.stack([x[2 * i : 2 * i + 2].max(axis=0) for i in range(len(x) // 2)])


def pooled_backward(dout, x):
    dx = np.zeros_like(x)
    for i in range(len(dout)):
        for j in range(x.shape[1]):
            place = 2 * i + np.argmin(x[2 * i : 2 * i + 2, j])
            dx[place, j] += dout[i, j]
    return dx


class Dense:
    """Keeps its input, and gives back what comes in."""

    def forward(self, x):
        self.x = x
        return np.sin(x) * GAMMA

    def backward(self, dout):
        return dout * np.sin(self.x) * GAMMA


LAYER = Dense()
WRONG = {  # (forward, backward, inputs, the argument, kind, a piece of the line, what should stand there)
    "operand": (
        dense,
        other_operand,
        (X, W, B),
        "W",
        "wrong-operand",
        "dW = x.T @ dout",
        "use `dz` where `dout` stands",
    ),
    "sign": (
        dense,
        other_sign,
        (X, W, B),
        "x",
        "sign",
        "dz = dout * (1 + a**2)",
        "use `1 - a ** 2` where `1 + a ** 2` stands",
    ),
    "mean": (dense, averaged, (X, W, B), "b", "reduction-missing", "dz.mean(axis=0)", "use `dz.sum(axis=0)`"),
    "factor": (dense, divided, (X, W, B), "W", "factor", "dW = x.T @ dz / len(x)", "use `x.T @ dz` where"),
    "norm": (norm, norm_of_centred, (X, GAMMA), "gamma", "wrong-operand", "dgamma = ", "use `xhat` where `xmu` stands"),
    "half": (norm, norm_with_a_wrong_middle, (X, GAMMA), "x", "factor", "dvar = ", "* np.sum(dxhat"),
    "store": (lookup, lookup_overwrites, (W, IDS), "table", "overwritten", "dtable[ids[n]] = ", "+= dout[n]"),
    "repeated": (
        lookup,
        lookup_at_once,
        (W, IDS),
        "table",
        "overwritten",
        "dtable[ids] += dout",
        "np.add.at(dtable, ids, dout)",
    ),
    "in place": (shifted, shifted_fills, (X,), "x", "sign", "dx[:-1] += dout", "-dout"),
    "method": (
        LAYER.forward,
        LAYER.backward,
        (X,),
        "x",
        "wrong-activation-derivative",
        "np.sin(self.x)",
        "np.cos(self.x)",
    ),
}


def trial_of(monkeypatch, forward, backward, *inputs, **options):
    """The trial that a check diagnoses, and which of its gradients are wrong."""
    seen = []
    monkeypatch.setattr(module, "located", lambda trial, findings: seen.append(trial) or findings)
    check_backward(forward, backward, *inputs, **options)
    monkeypatch.undo()
    return seen[0]


@pytest.mark.parametrize("name", WRONG)
def test_a_planted_mistake_is_repaired_on_its_line(monkeypatch, name):
    forward, backward, inputs, argument, kind, line, instead = WRONG[name]
    trial = trial_of(monkeypatch, forward, backward, *inputs)
    k = [trial.name(i) for i in range(len(trial.hand))].index(argument)

    found = repairs(trial, k)

    assert kind == found[0].kind
    assert k in found[0].explains
    assert [r for r in found if line in r.line and instead in r.instead and r.kind == kind]


@pytest.mark.parametrize("name", WRONG)
def test_the_finding_names_the_line_of_the_backward(name):
    forward, backward, inputs, argument, _, line, _ = WRONG[name]

    report = check_backward(forward, backward, *inputs)

    found = next(f for f in report.findings if argument in f.argument.split(", "))
    assert line in found.site
    assert found.evidence["fix"]


def test_one_edit_explains_every_gradient_that_it_makes_right(monkeypatch):
    trial = trial_of(monkeypatch, dense, other_sign, X, W, B)

    best = repairs(trial, 0)[0]

    assert {0, 1, 2} == best.explains


def test_the_suspect_is_the_first_line_that_is_not_the_gradient_of_its_name(monkeypatch):
    trial = trial_of(monkeypatch, norm, norm_with_a_wrong_middle, X, GAMMA)

    line, sentence = suspect(trial, 0)

    assert "dvar = np.sum(dxhat * xmu, axis=0) * -1.0 / std**3" in line
    assert "`dvar` should be the gradient of `var`; it is 2 times it" == sentence


def test_a_missing_term_is_suspected_where_it_belongs(monkeypatch):
    trial = trial_of(monkeypatch, norm, norm_without_the_variance, X, GAMMA)

    line, sentence = suspect(trial, 0)

    assert "dxmu = dxhat / std" in line
    assert "`dxmu` should be the gradient of `xmu`" == sentence


def test_an_array_that_is_filled_is_suspected_where_it_is_filled(monkeypatch):
    trial = trial_of(monkeypatch, pooled, pooled_backward, RNG.normal(size=(6, 3)))

    line, _ = suspect(trial, 0)

    assert "dx[place, j] += dout[i, j]" in line


def test_functions_are_as_they_were_afterwards(monkeypatch):
    trial = trial_of(monkeypatch, dense, other_operand, X, W, B)
    before = other_operand.__code__

    repairs(trial, 1)

    assert before is other_operand.__code__
    assert HOOK not in globals()


def test_the_run_with_hooks_gives_the_same_numbers(monkeypatch):
    trial = trial_of(monkeypatch, dense, other_operand, X, W, B)
    program, _ = programs(trial)

    with program:
        gradients, kept = program.watched()

    assert all([np.array_equal(h, g) for h, g in zip(trial.hand, gradients)])
    assert {"a", "dz", "dW", "db"} <= {site.text for site, _ in kept if site.stored}


def test_a_right_gradient_has_no_repair_and_no_suspect(monkeypatch):
    trial = trial_of(monkeypatch, dense, other_operand, X, W, B)

    assert [] == repairs(trial, 0)
    assert suspect(trial, 0) is None


def test_a_backward_without_source_is_left_alone(monkeypatch):
    text = "def silent(dout, x, W, b):\n    dz = dout\n    return dz @ W.T, x.T @ dz, dz.sum(axis=0)\n"
    space: dict = {}
    exec(compile(text, "<nowhere>", "exec"), space)
    trial = trial_of(monkeypatch, dense, space["silent"], X, W, B)

    assert [] == repairs(trial, 0)
    assert suspect(trial, 0) is None


def test_a_backward_that_gives_other_numbers_every_time_is_left_alone(monkeypatch):
    rng = np.random.default_rng(0)

    def random(dout, x, W, b):
        return dout @ W.T + rng.normal(), x.T @ dout, dout.sum(axis=0)

    trial = trial_of(monkeypatch, dense, random, X, W, B)

    assert Workshop(trial).program is None


def test_a_closure_made_by_its_forward_is_repaired(monkeypatch):
    def forward(x):
        def pull(g):
            return 3 * x * g

        return x**2, pull

    def backward(dout, pull):
        return pull(dout)

    trial = trial_of(monkeypatch, forward, backward, X)

    best = repairs(trial, 0)[0]

    assert "return 3 * x * g" in best.line
    assert "use `2` where `3` stands" in [r.instead for r in repairs(trial, 0)]


def test_a_loop_that_an_edit_makes_endless_is_given_up():
    def count():
        n = 0
        while n != 7:
            n = n + 1
        return n

    program = Program(count, [count.__code__], [count.__code__])
    with program:
        result, _ = program.watched()
        step = next(s for s in program.sites if s.text == "1")
        endless = program.run({step.index: lambda value, frame: 2})

    assert 7 == result
    assert endless is None
    assert 7 == count()


def test_code_of_every_kind_runs_with_hooks_as_without(monkeypatch):
    def odd(dout, x, *rest, scale=2.0, **more):
        total: float = 0.0
        parts = [row * scale for row in x if row.size]
        table = {"a": np.stack(parts), **more}
        match len(parts):
            case 5:
                total += 1.0
            case _:
                total -= 1.0
        with np.errstate(all="ignore"):
            for i, (row, d) in enumerate(zip(x, dout)):
                table["a"][i, :] *= d if (n := row.size) else 0.0
        del parts[0]
        print(f"{total:.1f}", [*rest])  # noqa: T201
        return (lambda a, *, b=1.5: a * b)(table["a"]) if n else None

    trial = trial_of(monkeypatch, np.square, odd, X)

    best = repairs(trial, 0)[0]

    assert "factor" == best.kind


def test_what_the_backward_prints_while_it_is_tried_is_not_seen(capsys, monkeypatch):
    def talks(dout, x):
        print("called")  # noqa: T201
        return dout * 3 * x

    trial = trial_of(monkeypatch, np.square, talks, X)
    capsys.readouterr()

    found = repairs(trial, 0)

    assert found
    assert "" == capsys.readouterr().out


def test_while_somebody_else_profiles_nothing_is_tried(monkeypatch):
    trial = trial_of(monkeypatch, dense, other_operand, X, W, B)
    seen = []
    sys.setprofile(lambda frame, event, argument: None)
    try:
        seen = repairs(trial, 1)
        profiler = sys.getprofile()
    finally:
        sys.setprofile(None)

    assert [] == seen
    assert isinstance(profiler, FunctionType)


def test_findings_about_nothing_in_particular_are_kept(monkeypatch):
    trial = trial_of(monkeypatch, dense, other_operand, X, W, B)

    assert [] == located(trial, [])
