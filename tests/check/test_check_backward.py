"""check_backward on code as people write it: verdicts, causes, lines, and no false alarm."""

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.check import GradientError, check_backward

RNG = np.random.default_rng(7)


def dense(x, W, b):
    return x @ W + b


def dense_backward(dout, x, W, b):
    return dout @ W.T, x.T @ dout, dout.sum(axis=0)


def batch_norm(x, gamma, beta):
    centred = x - x.mean(axis=0)
    std = np.sqrt((centred**2).mean(axis=0) + 1e-5)
    scaled = centred / std
    return gamma * scaled + beta, (centred, std, scaled, gamma)


def batch_norm_backward(dout, cache):
    _, std, scaled, gamma = cache
    dscaled = dout * gamma
    dx = (dscaled - dscaled.mean(axis=0) - scaled * (dscaled * scaled).mean(axis=0)) / std
    return dx, (dout * scaled).sum(axis=0), dout.sum(axis=0)


def without_the_variance(dout, cache):
    _, std, scaled, gamma = cache
    dscaled = dout * gamma
    return (dscaled - dscaled.mean(axis=0)) / std, (dout * scaled).sum(axis=0), dout.sum(axis=0)


def without_the_mean(dout, cache):
    _, std, scaled, gamma = cache
    dscaled = dout * gamma
    return (dscaled - scaled * (dscaled * scaled).mean(axis=0)) / std, (dout * scaled).sum(axis=0), dout.sum(axis=0)


def softmax_loss(W, x, y):
    scores = x @ W
    scores -= scores.max(axis=1, keepdims=True)
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(y)), y]).mean()
    p[np.arange(len(y)), y] -= 1.0
    return loss, {"dW": x.T @ p / len(y)}


def softmax_loss_without_the_mean(W, x, y):
    loss, gradients = softmax_loss(W, x, y)
    return loss, {"dW": gradients["dW"] * len(y)}


class Relu:
    """A layer that remembers its input."""

    def forward(self, x):
        self.x = x
        return np.maximum(x, 0.0)

    def backward(self, dout):
        return dout * (self.x > 0.0)


X, W, B = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 4)), RNG.normal(size=4)
NORM = RNG.normal(size=(5, 3)), RNG.normal(size=3), RNG.normal(size=3)
LOSS = RNG.normal(size=(3, 4)), RNG.normal(size=(5, 3)), np.array([0, 3, 1, 1, 2])

RIGHT = {
    "dense": (dense, dense_backward, X, W, B),
    "dense in float32": (dense, dense_backward, *[a.astype(np.float32) for a in (X, W, B)]),
    "dense at 1e-8": (dense, dense_backward, 1e-8 * X, 1e-8 * W, 1e-8 * B),
    "dense at 1e8": (dense, dense_backward, 1e8 * X, 1e8 * W, 1e8 * B),
    "dense behind zeros": (dense, dense_backward, X, 0.0 * W, B),
    "batch norm": (batch_norm, batch_norm_backward, *NORM),
    "batch norm in float32": (batch_norm, batch_norm_backward, *[a.astype(np.float32) for a in NORM]),
    "batch norm far from the origin": (batch_norm, batch_norm_backward, NORM[0] + 1e6, *NORM[1:]),
    "softmax loss, which fills arrays": (softmax_loss, None, *LOSS),
    "relu at its kink": (lambda x: np.maximum(x, 0.0), lambda d, x: d * (x > 0.0), np.array([0.0, -1.0, 2.0])),
    "relu at its kink, the other way": (lambda x: np.maximum(x, 0.0), lambda d, x: d * (x >= 0.0), np.array([0.0, -1.0])),
    "float32 that cancels": (lambda x: np.sin(50 * x).sum(), lambda d, x: d * 50 * np.cos(50 * x), X.astype(np.float32)),
    "a steep power": (lambda x: x**20, lambda d, x: d * 20 * x**19, X),
    "log-sum-exp at 30": (lambda x: np.log(np.exp(x).sum()), lambda d, x: d * np.exp(x) / np.exp(x).sum(), X + 30.0),
    "a loss and its gradient": (lambda x, t: np.sum((x - t) ** 2), lambda x, t: (2 * (x - t), -2 * (x - t)), X, X[::-1].copy()),
    "an array that is filled": (
        lambda x: np.concatenate([np.cumsum(x), [float(x[0])]]),
        lambda d, x: np.cumsum(d[:-1][::-1])[::-1] + d[-1] * (np.arange(len(x)) == 0), np.array([1.0, 2.0, 3.0]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_backward_is_right(name):
    report = check_backward(*RIGHT[name])

    assert "right" == report.verdict, str(report)
    assert report
    report.assert_right()


def ignoring(dout, x):
    return 1.0 - np.tanh(x) ** 2


def overwriting(dout, x):
    dout *= 1.0 - np.tanh(x) ** 2
    return dout


class Adding:
    """A layer whose gradient is added to what the last call left."""

    def forward(self, x):
        self.x = x
        return x**2

    def backward(self, dout):
        self.total = getattr(self, "total", 0.0) + 2.0 * self.x * dout
        return self.total


ADDING = Adding()
WRONG = {  # what: the call, the argument, the kind, and a piece of the line or of the sentence
    "sign": ((dense, lambda d, x, W, b: (-d @ W.T, x.T @ d, d.sum(0)), X, W, B), "x", "sign", "wrong sign"),
    "1/N": ((dense, lambda d, x, W, b: (d @ W.T, x.T @ d / 5, d.sum(0)), X, W, B), "W", "factor", "1/x.shape[0] = 1/5 times"),
    "2": ((dense, lambda d, x, W, b: (d @ W.T, x.T @ d, 2 * d.sum(0)), X, W, B), "b", "factor", "2 times"),
    "tiny factor": ((dense, lambda d, x, W, b: (d @ W.T * 1.0001, x.T @ d, d.sum(0)), X, W, B), "x", "factor", "1.0001 times"),
    "a factor at 1e-8": ((dense, lambda d, x, W, b: (-7 * d @ W.T, x.T @ d, d.sum(0)), *[1e-8 * a for a in (X, W, B)]),
                         "x", "factor", "-7 times"),
    "transpose": ((lambda A, u: A @ u, lambda d, A, u: (np.outer(u, d), A.T @ d), X[:3], B[:3]),
                  "A", "transpose", "transpose of the right one"),
    "no variance": ((batch_norm, without_the_variance, *NORM), "x", "path-dropped", "is missing"),
    "no mean": ((batch_norm, without_the_mean, *NORM), "x", "path-dropped", "is missing"),
    "softmax without 1/N": ((softmax_loss_without_the_mean, None, *LOSS), "W", "factor", "5 times"),
    "upstream ignored": ((np.tanh, ignoring, X), "x", "upstream-ignored", "multiply by it"),
    "mutation": ((np.tanh, overwriting, X), "the upstream gradient", "mutation", "changed in place"),
    "state": ((ADDING.forward, ADDING.backward, X), "x", "state-not-reset", "twice the gradient"),
    "clipped": ((np.tanh, lambda d, x: np.clip(d * (1 - np.tanh(x) ** 2), -0.1, 0.1), X),
                "x", "gradient-clipped", "clipped to the range -0.1 to 0.1"),
    "shape": ((dense, lambda d, x, W, b: (d @ W.T, x.T @ d, d), X, W, B),
              "b", "reduction-missing", "shape (5, 4), and b has (4,)"),
    "count": ((dense, lambda d, x, W, b: (x.T @ d, d @ W.T), X, W, B), "", "contract", "returned 2 gradients; expected 3"),
    "None": ((dense, lambda d, x, W, b: None, X, W, B), "", "contract", "returned None"),
    "one entry": ((lambda x: x**2, lambda d, x: 2 * x * d * np.where(np.arange(2000) == 17, 1.01, 1), RNG.normal(size=2000)),
                  "x", "factor", "the number should be 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_backward_is_wrong_and_the_cause_is_named(name):
    call, argument, kind, piece = WRONG[name]

    report = check_backward(*call)

    assert "wrong" == report.verdict, str(report)
    assert (argument, kind) == (report.findings[0].argument, report.findings[0].kind), str(report)
    assert piece in report.findings[0].message
    with pytest.raises(GradientError, match="wrong"):
        report.assert_right()


@pytest.mark.parametrize(("backward", "lines"), [
    (without_the_variance, ["std = np.sqrt", "scaled = centred / std"]), (without_the_mean, ["centred = x - x.mean(axis=0)"]),
])  # fmt: skip
def test_a_dropped_path_names_its_line(backward, lines):
    report = check_backward(batch_norm, backward, *NORM)

    assert "test_check_backward.py" in report.findings[0].site
    assert any([line in text for line in lines for text in report.findings[0].evidence["lines"]]), str(report)


def test_code_that_raises_is_a_finding():
    def broken(dout, x):
        return dout @ np.ones((9, 9))

    report = check_backward(np.tanh, broken, X)

    assert "wrong" == report.verdict
    assert "ValueError was raised" in report.findings[0].message
    assert "return dout @ np.ones((9, 9))" in report.findings[0].message


def test_nothing_to_differentiate_is_said():
    report = check_backward(lambda k: k + 1, lambda d, k: d, np.arange(3))

    assert "no input of <lambda> is a float" in str(report)


def test_what_a_check_cannot_see_is_said():
    square = check_backward(dense, dense_backward, RNG.normal(size=(1, 3)), RNG.normal(size=(3, 3)), RNG.normal(size=3))
    zero = check_backward(dense, dense_backward, 0.0 * X, W, B)
    silent = check_backward(lambda x: np.maximum(x, 0.0), lambda d, x: d * (x > 0.0), np.zeros(3))

    assert "size 1" not in str(square), "more rows are tried as well"
    assert "x.shape[1] and W.shape[1] are both 3" in str(square)
    assert ["W"] == [a.name for a in zero.arguments if not a.tested]
    assert "untested: the true gradient is 0 here" in str(zero)
    assert "no independent witness" in str(silent)


def test_a_kink_is_explained_and_a_value_outside_is_wrong():
    inside = check_backward(np.abs, lambda d, x: d * np.where(x == 0, 0.3, np.sign(x)), np.array([0.0, 1.5]))
    outside = check_backward(np.abs, lambda d, x: d * np.where(x == 0, 1.5, np.sign(x)), np.array([0.0, 1.5]))

    assert ("right", "kink-choice") == (inside.verdict, inside.findings[0].kind)
    assert "wrong" == outside.verdict


def test_some_gradients_alone():
    def squared(y, t):
        return ((y - t) ** 2).sum()

    by_t = check_backward(squared, lambda y, t: -2.0 * (y - t), X, X[::-1].copy(), wrt=("t",))
    by_y = check_backward(squared, lambda y, t: 2.0 * (y - t), X, X[::-1].copy())
    typo = check_backward(squared, lambda y, t: 2.0 * (y - t), X, X[::-1].copy(), wrt=("z",))

    assert ("right", ["t"]) == (by_t.verdict, [a.name for a in by_t.arguments])
    assert "no gradient of t was returned" in str(by_y)
    assert "wrt names z; the inputs are y, t" in str(typo)


def test_an_odd_factor_on_a_path_is_no_explanation():
    """One scalar path can be fitted by some number whatever the mistake: only a number that comes from somewhere counts."""
    report = check_backward(lambda x: x * x.sum(), lambda d, x: d * x.sum() + 0.3713 * (d * x).sum(), X[0])

    assert ("wrong", "factor") == (report.verdict, report.findings[0].kind)
    assert "use `(d * x).sum()` where `0.3713 * (d * x).sum()` stands" == report.findings[0].evidence["fix"]


def test_a_layer_object_with_state():
    layer = Relu()

    assert check_backward(layer.forward, layer.backward, X)


def test_a_report_as_json_and_an_upstream_of_ones():
    report = ag.check_backward(dense, dense_backward, X, W, B, upstream=np.ones((5, 4)))

    assert '"verdict": "right"' in report.to_json()


def test_the_reference_needs_no_rule_of_ours_to_be_right():
    """A mistake in a record is told from a mistake of the user's: the witness disagrees, and decides."""
    rules = ag.ops.tanh.op.vjps
    try:
        ag.ops.tanh.op.vjps = (lambda g, y, x: g * (1.0 - y),)

        report = check_backward(np.tanh, lambda d, x: d * (1.0 - np.tanh(x) ** 2), X)
    finally:
        ag.ops.tanh.op.vjps = rules

    assert "right" == report.verdict, str(report)
