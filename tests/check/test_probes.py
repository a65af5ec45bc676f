"""What a backward must respect whatever its numbers, and what is said where it does not."""

import sys

import numpy as np
import pytest

from autograd_nn.check import check_backward

RNG = np.random.default_rng(11)
X, W, B = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 4)), RNG.normal(size=4)


def dense(x, W, b):
    return x @ W + b


def dense_backward(d, x, W, b):
    return d @ W.T, x.T @ d, d.sum(0)


def tanh_backward(d, x):
    return d * (1.0 - np.tanh(x) ** 2)


def cubes(x):
    return x**3


# --- what is written into


def writes_upstream(d, x):
    d *= 1.0 - np.tanh(x) ** 2
    return d


def writes_input(d, x):
    np.tanh(x, out=x)
    return d * (1.0 - x**2)


def shifts_input(x):
    x -= x.max()
    return np.exp(x), x


def writes_result(d, cache):
    cache[cache < 0.5] = 0.0
    return d * cache


def exponential(x):
    y = np.exp(x)
    return y, y


MUTATIONS = {  # what is called, what is changed, when, and at which line
    "upstream": ((np.tanh, writes_upstream, X), "the upstream gradient", "by the backward", "d *= 1.0 - np.tanh(x) ** 2"),
    "input, in backward": ((np.tanh, writes_input, X), "x", "by the backward", "np.tanh(x, out=x)"),
    "input, in forward": ((shifts_input, lambda d, c: d * np.exp(c), X), "x", "by the forward", "x -= x.max()"),
    "result": ((exponential, writes_result, X), "the result of the forward", "by the backward", "cache[cache < 0.5] = 0.0"),
}  # fmt: skip


@pytest.mark.parametrize("case", MUTATIONS)
def test_what_is_written_into_is_named_with_its_line(case):
    (forward, backward, x), what, when, line = MUTATIONS[case]
    before = x.copy()
    named = ["x"] if forward is not np.tanh else None

    report = check_backward(forward, backward, x, wrt=named)

    first = report.findings[0]
    assert ("mutation", "certain", "wrong") == (first.kind, first.certainty, report.verdict), str(report)
    assert f"{what} is changed in place {when}" in first.message
    assert "test_probes.py" in first.site
    assert line in first.site
    np.testing.assert_array_equal(before, x)  # the caller's own arrays are left alone


# --- the upstream


def clipped(d, x):
    return np.clip(tanh_backward(d, x), -0.1, 0.1)


def kept_short(d, x, W, b):
    grads = dense_backward(d, x, W, b)
    length = np.sqrt(sum(np.sum(g**2) for g in grads))
    return tuple([g * min(1.0, 2.0 / length) for g in grads])


def of_length_one(d, x):
    g = tanh_backward(d, x)
    return g / np.linalg.norm(g)


def clipped_high(d, x):
    return np.clip(tanh_backward(d, x), -50.0, 50.0)


def gated(d, x):
    return tanh_backward(d, x) * np.where(d > 0, 0.3, 0.7)


NONLINEAR = {  # the call, the kind, a piece of the sentence
    "ignored": ((np.tanh, lambda d, x: 1.0 - np.tanh(x) ** 2, X), "upstream-ignored", "does not depend on the upstream"),
    "ones": ((dense, lambda d, *a: dense_backward(np.ones_like(d), *a), X, W, B), "upstream-ignored", "multiply by it"),
    "added": ((np.tanh, lambda d, x: d + 1.0 - np.tanh(x) ** 2, X), "upstream-ignored", "a part of it does not depend"),
    "clipped": ((np.tanh, clipped, X), "gradient-clipped", "clipped to the range -0.1 to 0.1"),
    "clipped at what is not reached here": ((np.tanh, clipped_high, X), "gradient-clipped", "-50 to 50"),
    "a common length": ((dense, kept_short, X, W, B), "gradient-clipped", "x, W, b are scaled down together"),
    "normalised": ((np.tanh, of_length_one, X), "gradient-clipped", "its length is always 1"),
    "whole numbers": ((cubes, lambda d, x: (3.0 * x**2 * d).astype(int), X), "integer-truncation", "an array of int64"),
    "floor": ((cubes, lambda d, x: 3.0 * x**2 * d // 1, X), "integer-truncation", "//"),
    "twice": ((lambda x: (x @ x.T).sum(axis=1), lambda d, x: np.outer(d * d, x.sum(axis=0)), X), "wrong-operand", "square"),
    "gated": ((np.tanh, gated, X), "wrong-activation-derivative", "signs of the"),
}  # fmt: skip


@pytest.mark.parametrize("case", NONLINEAR)
def test_how_a_gradient_is_not_linear_in_the_upstream(case):
    call, kind, piece = NONLINEAR[case]

    report = check_backward(*call)

    assert "wrong" == report.verdict
    assert kind == report.findings[0].kind, str(report)
    assert piece in report.findings[0].message


def test_a_gradient_clipped_and_wrong_is_not_said_to_be_explained():
    report = check_backward(np.tanh, lambda d, x: np.clip(3.0 * tanh_backward(d, x), -0.1, 0.1), X)

    assert "gradient-clipped" == report.findings[0].kind
    assert 2 <= len(report.findings), str(report)


# --- numbers that are too large


def log_sum_exp(x):
    top = x.max(axis=1, keepdims=True)
    return top[:, 0] + np.log(np.exp(x - top).sum(axis=1))


def unshifted(d, x):
    e = np.exp(x)
    return d[:, None] * e / e.sum(axis=1, keepdims=True)


def test_an_overflow_is_named_with_its_line_and_what_helps():
    report = check_backward(log_sum_exp, unshifted, 600.0 * X)

    first = report.findings[0]
    assert ("x", "overflow", "certain") == (first.argument, first.kind, first.certainty), str(report)
    assert "overflow in exp" in first.message
    assert "divided by" in first.message
    assert "e = np.exp(x)" in first.site


def test_a_division_by_an_input_that_is_zero_is_said():
    x = np.array([2.0, 0.0, -3.0])

    report = check_backward(lambda x: x[0] * x[1] * x[2], lambda d, x: d * np.prod(x) / x, x)

    assert "overflow" == report.findings[0].kind
    assert "at which x is 0, and it divides by them" in report.findings[0].message


# --- what is kept between calls


class Kept:
    """A square whose backward does with its memory what `how` says."""

    def __init__(self, how):
        self.how, self.total, self.first = how, 0.0, None

    def forward(self, x):
        self.first = x if self.first is None else self.first
        self.x = x
        return x**2

    def backward(self, dout):
        if self.how == "adds":
            self.total = self.total + 2.0 * self.x * dout
            return self.total
        if self.how == "decays":
            self.total = 0.9 * self.total + 2.0 * self.x * dout
            return self.total
        return 2.0 * (self.first if self.how == "first" else self.x) * dout


@pytest.mark.parametrize(("how", "kind", "piece"), [
    ("adds", "state-not-reset", "twice the gradient"),
    ("decays", "state-not-reset", "0.9 times the gradient of the first"),
    ("first", "stale-cache", "at other inputs it is still the gradient"),
])  # fmt: skip
def test_what_is_kept_between_calls(how, kind, piece):
    layer = Kept(how)

    report = check_backward(layer.forward, layer.backward, X)

    assert "wrong" == report.verdict
    assert ("x", kind) == (report.findings[0].argument, report.findings[0].kind), str(report)
    assert piece in report.findings[0].message


def test_a_layer_that_keeps_nothing_is_right():
    layer = Kept("nothing")

    report = check_backward(layer.forward, layer.backward, X)

    assert "right" == report.verdict, str(report)
    assert () == report.findings


def test_random_numbers_are_no_mistake_but_nothing_can_be_told():
    def dropped(d, x):
        return d * 2.0 * (np.random.rand(*x.shape) < 0.5)  # noqa: NPY002  as the code under test does it

    report = check_backward(lambda x: x * 2.0 * (np.random.rand(*x.shape) < 0.5), dropped, X)  # noqa: NPY002

    assert "cannot tell" == report.verdict
    assert "it draws random numbers" in str(report)


def test_a_generator_as_an_input_starts_anew_for_every_run():
    def forward(x, rng):
        mask = rng.random(x.shape) < 0.5
        return x * mask, mask

    report = check_backward(forward, lambda d, mask: d * mask, X, np.random.default_rng(3))

    assert "right" == report.verdict, str(report)


def test_prints_are_shown_once(capsys):
    def forward(x):
        sys.stdout.write("forward\n")
        return np.tanh(x)

    check_backward(forward, tanh_backward, X)

    assert 1 == capsys.readouterr().out.count("forward")


# --- one object, called again and again


class Affine:
    """A product, a shift and a scale; what `how` names is wrong, or is only unusual."""

    def __init__(self, how):
        self.how = how
        self.W, self.b = W.copy(), B.copy()
        self.dW, self.db = np.zeros_like(W), np.zeros_like(B)
        self.state, self.slopes = 0.0, {}
        self.rng = np.random.default_rng(2) if how == "dropout" else None

    def forward(self, x):
        self.x, self.mask = x, 1.0
        if self.how == "dropout":
            self.mask = (self.rng.random((len(x), 4)) < 0.7) / 0.7
        if self.how == "carries":
            self.state = 0.5 * self.state + 1.0
        y = np.tanh((x @ self.W + self.b) * (1.0 + self.state))
        self.y = y
        self.slopes.setdefault(x.shape, 1.0 - y**2)
        return y * self.mask

    def backward(self, dout):
        slope = self.slopes[self.x.shape] if self.how == "stale" else 1.0 - self.y**2
        dz = dout * self.mask * slope * (1.0 + self.state)
        dW, db = self.x.T @ dz, dz.sum(axis=0)
        self.dW = self.dW + dW if self.how in ("one adds", "all add", "rebuilt") else dW
        self.db = self.db + db if self.how in ("all add", "rebuilt") else db
        return dz @ self.W.T


class Clearing(Affine):
    def zero_grad(self):
        self.dW, self.db, self.state = np.zeros_like(W), np.zeros_like(B), 0.0


class Named(Affine):
    """The gradients are looked up in a dict that every backward makes."""

    def backward(self, dout):
        dx = super().backward(dout)
        self.grads = {"W": self.dW.copy(), "b": self.db.copy()}
        self.dW_sum, self.db_sum = self.dW, self.db
        return dx


@pytest.mark.parametrize(("how", "argument", "kind", "piece"), [
    ("one adds", "W", "state-not-reset", "as the gradient of b does"),
    ("carries", "x, W, b", "state-not-reset", "a second forward at the same inputs gives another result"),
    ("stale", "x, W, b", "stale-cache", "values of an earlier forward"),
])  # fmt: skip
def test_what_one_object_keeps_and_should_not(how, argument, kind, piece):
    report = check_backward(Affine(how), None, X)

    first = report.findings[0]
    assert ("wrong", argument, kind) == (report.verdict, first.argument, first.kind), str(report)
    assert piece in first.message


@pytest.mark.parametrize(("layer", "piece"), [
    (Affine("all add"), "the gradients of W, b add up from call to call: set them to zero"),
    (Clearing("all add"), "call zero_grad before each step"),
    (Clearing("carries"), "Call zero_grad between calls"),
    (Affine("dropout"), ""),
    (Affine("nothing"), ""),
])  # fmt: skip
def test_what_one_object_may_keep(layer, piece):
    report = check_backward(layer, None, X)

    assert "right" == report.verdict, str(report)
    assert bool(piece) == bool(report.strength)
    assert piece in " ".join(report.strength)


def test_a_backward_that_draws_random_numbers_of_its_own_is_wrong():
    def backward(d, x):
        return d * (np.random.rand(*x.shape) < 0.5)  # noqa: NPY002  as the code under test does it

    report = check_backward(lambda x: x * 1.0, backward, X)

    assert "wrong" == report.verdict
    assert "the backward draws random numbers, and the forward does not" in str(report)


def test_a_module_s_own_generator_is_no_mistake_but_nothing_can_be_told():
    rng = np.random.default_rng(5)

    def forward(x):
        mask = rng.random(x.shape) < 0.5
        return x * mask, mask

    report = check_backward(forward, lambda d, mask: d * mask, X)

    assert "cannot tell" == report.verdict, str(report)
    assert "two runs of the forward at the same inputs give two results" in str(report)
