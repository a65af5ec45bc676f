"""Gradients of a wrong shape or kind, and code that raises: what is said about them."""

import numpy as np
import pytest

from autograd_nn.check import check_backward

RNG = np.random.default_rng(12)
X, W, B = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 4)), RNG.normal(size=4)


def dense(x, W, b):
    return x @ W + b


def padded(x):
    return np.pad(x, 1).cumsum(axis=0)


def inner(d):
    return np.flip(np.flip(d, 0).cumsum(axis=0), 0)


SHAPES = {  # the call, the argument, the kind, a piece of the sentence
    "not summed": ((dense, lambda d, x, W, b: (d @ W.T, x.T @ d, d), X, W, B), "b", "reduction-missing", "not summed over axis"),
    "transposed": ((dense, lambda d, x, W, b: (d @ W.T, d.T @ x, d.sum(0)), X, W, B), "W", "transpose", "it is the transpose"),
    "an axis too many": ((dense, lambda d, x, W, b: (d @ W.T, x.T @ d, d.sum(0, keepdims=True)), X, W, B),
                         "b", "contract", "the gradient of b has shape (1, 4), and b has (4,)"),
    "another order": ((dense, lambda d, x, W, b: (x.T @ d, d @ W.T, d.sum(0)), X, W, B),
                      "x, W", "swapped-outputs", "expected x, W, b, returned W, x, b"),
    "summed up": ((np.tanh, lambda d, x: np.sum(d * (1 - np.tanh(x) ** 2)), X), "x", "contract", "it is summed over the axes"),
    "empty": ((lambda x, pad: np.pad(x, pad) * 2.0, lambda d, x, pad: 2.0 * d[pad:-pad, pad:-pad], X, 0),
              "x", "window-offset", "is empty at pad = 0"),
    "padding kept": ((padded, lambda d, x: inner(d), X), "x", "contract", "cut the padding off"),
    "too much cut off": ((lambda x: x * 2.0, lambda d, x: 2.0 * d[1:-1], X), "x", "window-offset", "[1:4, 0:3]"),
    "neither": ((np.tanh, lambda d, x: np.ones((2, 2)), X), "x", "contract", "not those of the right one either"),
}  # fmt: skip


@pytest.mark.parametrize("case", SHAPES)
def test_a_wrong_shape_is_explained_by_its_numbers(case):
    call, argument, kind, piece = SHAPES[case]

    report = check_backward(*call, wrt=["x"] if len(call) == 4 else None)

    first = report.findings[0]
    assert "wrong" == report.verdict
    assert (argument, kind, "certain") == (first.argument, first.kind, first.certainty), str(report)
    assert piece in first.message


def test_a_backward_that_raises_at_inputs_of_its_forward_is_wrong():
    def broken(dout, x):
        return dout @ np.ones((9, 9))

    report = check_backward(np.tanh, broken, X)

    assert ("wrong", "contract") == (report.verdict, report.findings[0].kind)
    assert "ValueError was raised by the backward" in report.findings[0].message
    assert "return dout @ np.ones((9, 9))" in report.findings[0].site


def test_a_call_that_does_not_fit_tells_nothing_about_the_backward():
    report = check_backward(np.tanh, lambda dout, x, cache: dout, X)

    assert "cannot tell" == report.verdict
    assert "the backward takes (dout, x, cache) and the forward (x)" in str(report)


def test_a_forward_that_raises_tells_nothing_about_the_backward():
    report = check_backward(lambda x: x @ np.ones((9, 9)), lambda d, x: d, X)

    assert "cannot tell" == report.verdict
    assert "raised by the forward" in str(report)


def test_an_array_of_integers_that_takes_floats_is_named():
    def counted(dout, x):
        dx = np.zeros(x.shape, dtype=int)
        dx += 2.0 * dout * x
        return dx

    report = check_backward(lambda x: x**2, counted, X)

    assert ("wrong", "integer-truncation") == (report.verdict, report.findings[0].kind)
    assert "dx += 2.0 * dout * x" in report.findings[0].site


def test_whole_number_inputs_with_whole_number_gradients():
    x, w = np.arange(15).reshape(5, 3) % 4, RNG.normal(size=3)

    def forward(x, w):
        return np.tanh(x @ w)

    def backward(d, x, w):
        dz = d * (1.0 - np.tanh(x @ w) ** 2)
        dx = np.zeros_like(x)
        dx[:] = np.outer(dz, w)
        return dx, x.T @ dz

    report = check_backward(forward, backward, x, w)

    assert ("wrong", "x", "integer-truncation") == (
        report.verdict,
        report.findings[0].argument,
        report.findings[0].kind,
    )
    assert ["wrong", "right"] == [a.verdict for a in report.arguments]


def test_labels_are_no_whole_number_inputs_without_a_gradient():
    labels = np.array([0, 2, 1, 1, 0])

    def forward(z, labels):
        return -z[np.arange(5), labels].sum()

    def backward(d, z, labels):
        dz = np.zeros(z.shape)
        dz[np.arange(5), labels] = -d
        return dz, None

    assert check_backward(forward, backward, X, labels).verdict == "right"


def test_a_gradient_that_wrt_names_and_nobody_returns():
    report = check_backward(dense, lambda d, x, W, b: {"dx": d @ W.T, "dW": x.T @ d}, X, W, B, wrt=["x", "W", "b"])

    assert [("b", "contract")] == [(f.argument, f.kind) for f in report.findings]
    assert "wrong" == report.verdict
    assert "no gradient of b came back" in report.findings[0].message


def test_a_forward_without_a_finite_value_tells_nothing():
    report = check_backward(np.log, lambda d, x: d / x, np.array([1.0, 0.0, 2.0]))

    assert "cannot tell" == report.verdict
    assert "1 of 3 results of the forward are infinite" in str(report)
