"""check_gradient on a script that goes backwards by hand, one node after another."""

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import Tensor, Value
from autograd_nn.check import check_gradient
from autograd_nn.errors import NonScalarError

N, D, C = 6, 4, 3


class Script:
    """Batch norm, a tanh, a linear layer and a softmax loss, with every gradient that the chain rule gives by hand."""

    def __init__(self, dtype=np.float64):
        rng = np.random.default_rng(3)
        self.labels = rng.integers(0, C, N)
        self.x = Tensor(rng.normal(size=(N, D)), "x", dtype=dtype)
        self.W, self.b = Tensor(rng.normal(size=(D, C)), "W", dtype=dtype), Tensor(np.zeros(C), "b", dtype=dtype)
        with ag.lines():
            self.centred = self.x - self.x.mean(axis=0, keepdims=True)
            self.var = (self.centred**2).sum(axis=0, keepdims=True) / (N - 1)
            self.inverse = (self.var + 1e-5) ** -0.5
            self.normed = self.centred * self.inverse
            self.h = np.tanh(self.normed)
            self.scores = self.h @ self.W + self.b
            self.counts = np.exp(self.scores)
            self.total = self.counts.sum(axis=1, keepdims=True)
            self.p = self.counts / self.total
            self.logp = np.log(self.p)
            self.loss = -self.logp[np.arange(N), self.labels].mean()
        self.by_hand()

    def by_hand(self):
        def d(name):
            return getattr(self, name).data

        self.dlogp = np.zeros((N, C))
        self.dlogp[np.arange(N), self.labels] = -1.0 / N
        self.dp = self.dlogp / d("p")
        self.dtotal_unsummed = -self.dp * d("counts") / d("total") ** 2
        self.dtotal = self.dtotal_unsummed.sum(axis=1, keepdims=True)
        self.dcounts_direct = self.dp / d("total")
        self.dcounts = self.dcounts_direct + self.dtotal
        self.dscores = self.dcounts * d("counts")
        self.dW, self.db = d("h").T @ self.dscores, self.dscores.sum(axis=0)
        self.dh = self.dscores @ d("W").T
        self.dnormed = self.dh * (1.0 - d("h") ** 2)
        self.dinverse = (self.dnormed * d("centred")).sum(axis=0, keepdims=True)
        self.dvar = -0.5 * (d("var") + 1e-5) ** -1.5 * self.dinverse
        self.dcentred_direct = self.dnormed * d("inverse")
        self.dcentred = self.dcentred_direct + 2.0 * d("centred") * self.dvar / (N - 1)
        self.dx = self.dcentred - self.dcentred.mean(axis=0)


NODES = ["logp", "p", "total", "counts", "scores", "W", "b", "h", "normed", "inverse", "var", "centred", "x"]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", NODES)
def test_a_right_gradient_of_every_node_is_right(name, dtype):
    script = Script(dtype)

    report = check_gradient(getattr(script, name), getattr(script, f"d{name}"), name, of=script.loss)

    assert "right" == report.verdict, str(report)
    assert (name, name) == (report.subject, report.arguments[0].name)
    assert getattr(script, name).data.shape == report.arguments[0].shape


WRONG = {  # what: the node, its gradient, the kind, and a piece of the report
    "sign": ("scores", lambda s: -s.dscores, "sign", "wrong sign"),
    "no 1/N": ("logp", lambda s: s.dlogp * N, "factor", "logp.shape[0] = 6 times"),
    "the sum forgotten": ("counts", lambda s: s.dcounts_direct, "path-dropped", "self.p = self.counts / self.total"),
    "the variance forgotten": ("centred", lambda s: s.dcentred_direct, "path-dropped", "self.normed = self.centred * self"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_gradient_is_explained_with_its_line(what):
    name, hand, kind, piece = WRONG[what]
    script = Script()

    report = check_gradient(getattr(script, name), hand(script), name, of=script.loss)

    assert ("wrong", name, kind) == (report.verdict, report.findings[0].argument, report.findings[0].kind), str(report)
    assert piece in f"{report} {report.findings[0].evidence}"


SHAPES = {
    "not summed": ("total", lambda s: s.dtotal_unsummed, ".sum(axis=1, keepdims=True) is missing (with it the numbers are right"),
    "not summed, and wrong": ("b", lambda s: 2.0 * s.dscores, ".sum(axis=0) is missing (with it the numbers are still wrong)"),
    "summed too much": ("W", lambda s: s.dW.sum(axis=0), "the right gradient, summed over axis 0 of W"),
    "transposed": ("W", lambda s: s.dW.T, "take .T, which gives the right numbers"),
    "an axis lost": ("var", lambda s: s.dvar[0], "keepdims=True"),
    "an axis too many": ("b", lambda s: s.db[None], ".reshape((3,))"),
    "something else": ("b", lambda s: np.ones(17), "Look at the shapes"),
}  # fmt: skip


@pytest.mark.parametrize("what", SHAPES)
def test_a_gradient_of_another_shape_is_a_sentence(what):
    name, hand, piece = SHAPES[what]
    script = Script()

    report = check_gradient(getattr(script, name), hand(script), name, of=script.loss)

    assert ("wrong", "contract") == (report.verdict, report.findings[0].kind)
    assert piece in report.findings[0].message
    assert f"{name} has {getattr(script, name).data.shape}" in report.findings[0].message


def test_after_backward_the_grad_of_a_leaf_serves():
    script = Script()
    script.loss.backward()

    right, wrong = check_gradient(script.W, script.dW), check_gradient(script.W, 2.0 * script.dW)

    assert ("right", "wrong") == (right.verdict, wrong.verdict)
    assert "factor" == wrong.findings[0].kind
    assert "Pass the loss, of=loss" in str(right)


def test_after_backward_that_keeps_the_grad_of_every_node_serves():
    script = Script()
    script.loss.backward(keep=True)

    assert check_gradient(script.counts, script.dcounts)
    assert not check_gradient(script.counts, script.dcounts_direct)


def test_values_are_nodes_too():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    product = a * b
    loss = (product + b) ** 2

    right = check_gradient(product, 2.0 * (2.0 * -3.0 - 3.0), "product", of=loss)
    wrong = check_gradient(b, 2.0 * (2.0 * -3.0 - 3.0), of=loss)  # through the sum alone, not through the product

    assert "right" == right.verdict, str(right)
    assert "wrong" == wrong.verdict, str(wrong)


def test_a_tensor_as_the_gradient_by_hand_is_taken_as_its_numbers():
    x = Tensor([1.0, 2.0])

    assert check_gradient(x, 2.0 * x, of=(x**2).sum())


def test_a_kink_is_a_choice():
    x = Tensor([0.0, 1.5])
    loss = np.abs(x).sum()

    report = check_gradient(x, np.array([0.3, 1.0]), of=loss)

    assert ("right", "kink-choice") == (report.verdict, report.findings[0].kind), str(report)


def test_the_same_node_twice_and_several_results():
    m = Tensor([[2.0, 0.5], [0.5, 1.0]])
    squares = m @ m
    loss = np.linalg.slogdet(squares)[1] + (squares * squares).sum()

    report = check_gradient(squares, np.linalg.inv(squares.data).T + 2.0 * squares.data, "squares", of=loss)

    assert "right" == report.verdict, str(report)


@pytest.mark.parametrize(("call", "error", "piece"), [
    (lambda: check_gradient(np.ones(3), np.ones(3)), TypeError, "make W a Tensor"),
    (lambda: check_gradient(Tensor([1.0], "W"), np.ones(1)), ValueError, "of=loss"),
    (lambda: check_gradient(Tensor([1.0]), np.ones(1), of=3.0), TypeError, "Pass the loss itself"),
    (lambda: check_gradient(Tensor([1.0]), np.ones(1), of=Tensor([2.0, 1.0]) * 2.0), NonScalarError, r"\(2,\)"),
    (lambda: check_gradient(Tensor([1.0], "W"), np.ones(1), of=Tensor(2.0) * 2.0), TypeError, "does not depend on W"),
])  # fmt: skip
def test_what_cannot_be_compared_is_an_error_that_says_what_to_do(call, error, piece):
    with pytest.raises(error, match=piece):
        call()


@pytest.mark.parametrize("hand", [None, "text", np.array([1j]), np.array([None])])
def test_what_is_no_gradient_is_a_finding(hand):
    x = Tensor([3.0])

    report = check_gradient(x, hand, of=(x * x).sum())

    assert ("wrong", "contract") == (report.verdict, report.findings[0].kind)
    assert "expected numbers" in report.findings[0].message
