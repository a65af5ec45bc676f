"""A search for causes that fails costs no verdict: what is known of the numbers is reported, with a sentence."""

import numpy as np
import pytest

from autograd_nn.check import backward, check_backward, diagnosis, probes

X = np.random.default_rng(14).normal(size=(5, 3))


def third(d, x):
    return d * (1.0 - np.tanh(x) ** 2) / 3.0


def right(d, x):
    return d * (1.0 - np.tanh(x) ** 2)


def fails(*arguments):
    raise KeyError("a family of ours")


@pytest.mark.parametrize(("module", "name"), [
    (diagnosis, "whole_causes"),
    (diagnosis, "located"),
    (probes, "histories"),
    (backward, "kink_choices"),
])  # fmt: skip
@pytest.mark.parametrize(("code", "verdict"), [(third, "wrong"), (right, "right")])
def test_the_verdict_survives_a_search_that_raises(monkeypatch, module, name, code, verdict):
    monkeypatch.setattr(module, name, fails)
    reached = code is third or module is not diagnosis

    report = check_backward(np.tanh, code, X)

    assert verdict == report.verdict, str(report)
    assert [verdict] == [a.verdict for a in report.arguments]
    failed = [f for f in report.findings if "KeyError: 'a family of ours'" in f.message]
    assert [("unexplained", "unexplained")] * reached == [(f.kind, f.certainty) for f in failed]


def test_a_reference_that_raises_is_no_verdict(monkeypatch):
    monkeypatch.setattr(backward, "trial_of", fails)

    report = check_backward(np.tanh, third, X)

    assert ("cannot tell", ()) == (report.verdict, report.arguments)
    assert "KeyError: 'a family of ours'" in str(report)


def test_shapes_whose_explanation_raises_are_still_wrong(monkeypatch):
    monkeypatch.setattr(backward, "broken", fails)

    report = check_backward(np.tanh, lambda d, x: d[1:], X)

    assert "wrong" == report.verdict
    assert "has shape (4, 3), and x has (5, 3)" in report.findings[0].message


def test_nested_gradients_in_the_order_of_other_containers_are_told():
    W, b = [np.ones((3, 4)), np.full((4, 2), 0.5)], [np.zeros(4), np.ones(2)]

    def forward(x, b, W):
        return np.tanh(np.tanh(x @ W[0] + b[0]) @ W[1] + b[1])

    def gradients(d, x, b, W):
        h = np.tanh(x @ W[0] + b[0])
        dz = d * (1.0 - np.tanh(h @ W[1] + b[1]) ** 2)
        da = dz @ W[1].T * (1.0 - h**2)
        return da @ W[0].T, [x.T @ da, h.T @ dz], [da.sum(0), dz.sum(0)]

    report = check_backward(forward, gradients, X, b, W)

    assert ("wrong", "swapped-outputs") == (report.verdict, report.findings[0].kind), str(report)
    assert "b[0], b[1], W[0], W[1]" in report.findings[0].argument


def test_a_parameter_that_a_dict_forgets_is_named_and_data_is_not():
    W, b = np.ones((3, 2)), np.zeros(2)

    report = check_backward(lambda x, W, b: x @ W + b, lambda d, x, W, b: {"dW": x.T @ d}, X, W, b)

    assert [("b", "contract")] == [(f.argument, f.kind) for f in report.findings], str(report)
    assert "wrong" == report.verdict
