"""The tree in the terminal."""

import re

import numpy as np

import autograd_nn as ag
from autograd_nn import Tensor, Value
from autograd_nn.draw.numbers import summary
from autograd_nn.draw.wording import number, readable, spread


def test_a_shared_value_has_its_lines_once():
    a = Value(2.0, "a")
    b = a + 1.0
    y = b * b

    lines = ag.graph(y, {"b": b}).text().splitlines()

    assert "backward not run yet: every gradient is 0" == lines[0]
    assert ["*  data 9", "├─ #2  b = +  data 3", "│  ├─ a  data 2", "│  └─ constant  1", "└─ ^2 b (above)"] == lines[1:]


def test_gradients_appear_after_backward():
    x = Value(3.0, "x")
    y = x * x
    g = ag.graph(y)

    assert "grad" not in g.text().replace("every gradient", "")
    y.backward()
    assert "*  data 9  grad 1\n├─ #0  x  data 3  grad 6\n└─ ^0 x (above)" == str(g) == repr(g)


def test_backward_not_run_is_said_once():
    y = (Tensor([1.0, 2.0]) * 2.0).sum()

    assert 1 == ag.graph(y).text().count("backward not run yet")


def test_leaves_only():
    w = Tensor(np.ones((2, 3)), "w")
    y = (w * w).sum()
    y.backward()

    text = ag.graph(y).text()

    assert "gradients of leaves only: backward(keep=True) keeps the others" == text.splitlines()[0]
    assert "w  (2, 3) float64  all 1  grad all 2" in text


def test_every_value_has_exactly_one_line_however_deep():
    y = x = Value(1.0, "x")
    for i in range(500):
        y = y + x if i % 3 else y.tanh()

    g = ag.graph(y)
    lines = g.text(max_lines=None).splitlines()[1:]

    full = [line for line in lines if not re.search(r"\^\d+ ", line)]
    assert len(g.model().boxes) == len(full)
    assert max(len(line) for line in lines) < 24 * 3 + 60
    for reference in re.findall(r"\^(\d+) .*below", "\n".join(lines)):
        assert any(line.startswith(f"#{reference} ") for line in lines)


def test_the_end_says_what_is_missing():
    y = Value(1.0)
    for _ in range(100):
        y = y.tanh()

    lines = ag.graph(y).text(max_lines=20).splitlines()

    assert 21 == len(lines)
    assert re.fullmatch(r"… 8\d more values; g.text\(max_lines=None\) shows all of them", lines[-1])


def test_lines_are_cut_to_the_width():
    y = x = Tensor(np.ones((2, 3)), "a_name_that_is_rather_long_for_a_terminal")
    for _ in range(30):
        y = y * x

    assert {50} >= {len(line) for line in ag.graph(y).text(width=50).splitlines() if line.endswith("…")}
    assert all(len(line) <= 50 for line in ag.graph(y).text(width=50).splitlines())


def test_several_outputs():
    x = Value(2.0, "x")
    y = x * 3.0
    z = y + 1.0

    text = ag.graph([z, y], {"y": y, "z": z}).text()

    assert "└─ constant  1\n^2 y (above)" in text


def test_four_significant_digits():
    shown = [number(x) for x in (24.70408163265306, 138.8338192419825, 1e-5, 12345678.0, -0.0, np.nan, -np.inf)]

    assert ["24.7", "138.8", "1e-05", "1.235e+07", "0", "nan", "-inf"] == shown


def test_arrays_in_few_words():
    cases = {
        "[1, 2.5]": np.array([1.0, 2.5]),
        "[[1, 2], [3, 4]]": np.array([[1.0, 2.0], [3.0, 4.0]]),
        "0 … 9": np.arange(10.0),
        "all 0": np.zeros(9),
        "empty": np.zeros((0, 3)),
        "all nan": np.full(9, np.nan),
        "9 inf": np.full(9, np.inf),
        "0 … 5, 1 nan, 2 inf": np.array([0.0, 5.0, np.nan, np.inf, -np.inf]),
        "3 of 5 true": np.array([True, False, True, True, False]),
        "0 … 1000000": np.array([0, 5, 7, 8, 1_000_000]),
    }
    cases["all inf"] = cases.pop("9 inf")

    assert list(cases) == [spread(summary(x)) for x in cases.values()]


def test_names_stay_one_line_of_text_and_cannot_act():
    nasty = "a\nb\x1b[31m\u202egnp\ud800\x00"

    assert r"a\nb\x1b[31m\u202egnp\ud800\x00" == readable(nasty)
    assert "שלום" == readable("שלום")
    assert 40 == len(readable("x" * 1000))
