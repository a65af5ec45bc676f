"""mutants: mistakes planted in right backwards are noticed, and where inputs hide them it is said."""

import sys

import numpy as np
import pytest

from autograd_nn.check import mutants

RNG = np.random.default_rng(2)


def dense(x, W, b):
    return x @ W + b


def dense_backward(dout, x, W, b):
    dx = dout @ W.T
    dW = x.T @ dout
    db = dout.sum(axis=0)
    return dx, dW, db


DENSE = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 4)), RNG.normal(size=4)


def relu(x):
    return np.maximum(x, 0.0)


def relu_backward(dout, x):
    return dout * (x > 0.0)


def loss_of(W, x, y):
    p = np.exp(x @ W)
    p = p / p.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(y)), y]).mean()
    dscores = p.copy()
    dscores[np.arange(len(y)), y] -= 1.0
    return loss, {"dW": x.T @ dscores / len(y)}


class Squares:
    def forward(self, x):
        self.x = x
        return x**2

    def backward(self, dout):
        return 2.0 * self.x * dout


def power_backward(k):
    def backward(dout, x):
        return dout * k * x ** (k - 1)

    return backward


def test_every_mistake_in_a_dense_layer_is_noticed_and_has_its_line():
    found = mutants(dense, dense_backward, *DENSE)

    changes = {m.change for m in found}
    assert {".T is left out", "sum becomes mean", "sum is left out", "axis=1 for axis=0", "the operands of @ are exchanged",
            "the first two results are exchanged"} == changes  # fmt: skip
    assert {"noticed"} == {m.status for m in found}
    assert 1.0 == found.score
    line = next(m for m in found if m.change == "sum becomes mean")
    assert line.line.endswith("db = dout.sum(axis=0)")
    assert "db = dout.mean(axis=0)" == line.code


def test_inputs_that_hide_a_mistake_are_told():
    hidden = mutants(relu, relu_backward, np.array([1.0, 2.0, 0.5]))
    shown = mutants(relu, relu_backward, np.array([1.0, -2.0, 0.5]))

    assert "the factor x > 0.0 is left out" in {m.change for m in hidden.of("untested")}
    assert not shown.of("untested")
    assert hidden.score < 1.0 == shown.score
    assert "untested: the factor x > 0.0 is left out" in str(hidden)
    assert "return dout * (x > 0.0)" in str(hidden)


def test_a_loss_with_its_gradients_and_mistakes_that_change_no_gradient():
    found = mutants(loss_of, None, RNG.normal(size=(3, 4)), RNG.normal(size=(5, 3)), np.array([0, 3, 1, 1, 2]))

    in_loss = [m for m in found if "loss = " in m.line]
    assert {"equivalent"} == {m.status for m in in_loss}
    assert {"noticed"} == {m.status for m in found if m not in in_loss and "p.copy" not in m.line}


def test_methods_and_closures_keep_what_they_refer_to():
    layer = Squares()

    method = mutants(layer.forward, layer.backward, np.array([1.5, -2.0]))
    closure = mutants(lambda x: x**3, power_backward(3), np.array([1.5, -2.0]))

    assert 1.0 == method.score
    assert 1.0 == closure.score
    assert min(len(method), len(closure)) >= 4


def test_a_counter_of_a_while_loop_is_left_alone():
    def backward(dout, x):
        k, total = 0, 0.0 * x
        while k < 3:
            total += dout * x**2
            k += 1
        return total

    found = mutants(lambda x: x**3, backward, np.array([1.5, -2.0]))

    assert not [m for m in found if "k +=" in m.line]
    assert [m for m in found if "total +=" in m.line and m.change == "= in the place of +="]


def test_a_mutant_that_prints_or_raises_is_quiet(capsys):
    def backward(dout, x):
        sys.stdout.write("backward runs")
        return dout * np.cos(x).reshape(x.shape)

    found = mutants(np.sin, backward, np.array([[1.5, -2.0]]))

    runs = capsys.readouterr().out.count("backward runs")
    assert runs < 10 < 10 * len(found)  # those of the right backward, before


def test_progress_counts_up_to_all():
    seen = []

    found = mutants(relu, relu_backward, np.array([1.0, -2.0]), progress=lambda done, count: seen.append((done, count)))

    assert [(k, len(found)) for k in range(1, len(found) + 1)] == seen


def test_what_cannot_be_mutated_is_an_error():
    with pytest.raises(ValueError, match="not right to begin with"):
        mutants(relu, dense_backward, np.array([1.0, -2.0]))
    with pytest.raises(TypeError, match="cannot read the source"):
        mutants(np.sin, np.multiply, np.array([1.0]))
