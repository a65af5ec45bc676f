"""What a gradient may be at a kink, and what it may not."""

import numpy as np
import pytest

from autograd_nn.check import check_backward

X = np.array([[0.0, -1.0, 2.0], [3.0, 0.0, 0.0], [1.5, 2.5, -0.5]])
TIES = np.array([[1.0, 1.0, 0.5], [2.0, 2.0, 2.0], [0.3, 0.1, 0.2]])  # two and three winners, and one


def relu(x):
    return np.maximum(x, 0.0)


def row_max(x):
    return x.max(axis=1)


def shares(x, share):
    """Every winner of a row gets share(number of winners)."""
    winners = x == x.max(axis=1, keepdims=True)
    return winners * share(winners.sum(axis=1, keepdims=True))


def first(x):
    return np.eye(3)[x.argmax(axis=1)]


CHOICES = {
    "0": (relu, lambda d, x: d * (x > 0.0), X),
    "1": (relu, lambda d, x: d * (x >= 0.0), X),
    "one half": (relu, lambda d, x: d * np.heaviside(x, 0.5), X),
    "sign": (np.abs, lambda d, x: d * np.sign(x), X),
    "an even share": (row_max, lambda d, x: d[:, None] * shares(x, lambda n: 1.0 / n), TIES),
    "the first winner": (row_max, lambda d, x: d[:, None] * first(x), TIES),
    "a margin": (lambda x: relu(1.0 - x).sum(), lambda d, x: -d * (x <= 1.0), np.array([1.0, 0.5, 1.0, 3.0])),
}  # fmt: skip


@pytest.mark.parametrize("case", CHOICES)
def test_a_choice_between_the_one_sided_derivatives_is_right(case):
    report = check_backward(*CHOICES[case])

    assert "right" == report.verdict, str(report)
    assert {"kink-choice"} >= {f.kind for f in report.findings}


NONE = {  # the call, a piece of the sentence
    "outside": ((relu, lambda d, x: d * np.where(x == 0.0, 1.5, x > 0.0), X), "a gradient lies between"),
    "nan": ((np.abs, lambda d, x: d * x / np.abs(x), X), "and yours is nan"),
    "all of it to everyone": ((row_max, lambda d, x: d[:, None] * shares(x, lambda n: 1.0), TIES), "must add up to the whole"),
    "nothing to anyone": ((row_max, lambda d, x: d[:, None] * shares(x, lambda n: n == 1), TIES), "must add up to the whole"),
    "of two arguments": ((np.maximum, lambda d, x, z: (d * (x >= z), d * (z >= x)), X, relu(X)), "must add up to the whole"),
}  # fmt: skip


@pytest.mark.parametrize("case", NONE)
def test_what_is_no_mean_of_the_gradients_nearby_is_wrong(case):
    call, piece = NONE[case]

    report = check_backward(*call, style="plain")

    assert "wrong" == report.verdict, str(report)
    assert ("kink-choice", "certain") == (report.findings[0].kind, report.findings[0].certainty), str(report)
    assert piece in report.findings[0].message


def pooled(x):
    """The largest of every two, filled in one by one: nothing that can be recorded."""
    out = np.zeros(len(x) // 2, dtype=x.dtype)
    for i in range(len(out)):
        out[i] = x[2 * i : 2 * i + 2].max()
    return out


def winners(d, x):
    return np.repeat(d, 2) * (x == np.repeat(pooled(x), 2))


def test_ties_of_a_function_that_cannot_be_recorded():
    x = np.array([0.0, 0.0, 1.0, 2.0, -1.0, -1.0])
    even = np.array([0.5, 0.5, 1.0, 1.0, 0.5, 0.5])

    all_of_it = check_backward(pooled, winners, x)
    a_half = check_backward(pooled, lambda d, x: winners(d, x) * even, x)

    assert ("wrong", "kink-choice") == (all_of_it.verdict, all_of_it.findings[0].kind), str(all_of_it)
    assert "right" == a_half.verdict, str(a_half)


def test_a_mistake_away_from_the_kinks_is_no_choice():
    report = check_backward(relu, lambda d, x: 2.0 * d * (x > 0.0), X)

    assert "wrong" == report.verdict
    assert "kink-choice" != report.findings[0].kind, str(report)
