"""What a report says: as text, as a table, as JSON; with the user's own lines."""

import inspect
import json
import linecache
import math
import re

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.check import Argument, Finding, GradientError, Report, check_backward
from autograd_nn.check.plain import plain

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])


def dense(x, W, b):
    hidden = np.tanh(x)
    return hidden @ W + x @ W + b


def dense_backward(dout, x, W, b):
    hidden = np.tanh(x)
    return dout @ W.T * (1.0 - hidden**2) + dout @ W.T, (hidden + x).T @ dout, dout.sum(axis=0)


def without_a_path(dout, x, W, b):
    hidden = np.tanh(x)
    return dout @ W.T, (hidden + x).T @ dout, dout.sum(axis=0)


def thrice(dout, x, W, b):
    return tuple([3.0 * g for g in dense_backward(dout, x, W, b)])


W, B = np.array([[1.0, 0.5], [-2.0, 0.25], [0.75, 3.0]]), np.array([0.5, -0.5])


def report(findings=(), verdict="wrong", arguments=(), strength=()):
    return Report("backward", verdict, tuple(arguments), tuple(findings), tuple(strength))


def finding(kind="factor", certainty="certain", argument="x", **evidence):
    return Finding(argument, kind, "", certainty, "a sentence", evidence)


def test_a_right_report_is_short():
    lines = str(check_backward(dense, dense_backward, X, W, B)).splitlines()

    assert "dense_backward: right" == lines[0]
    assert ["x", "W", "b", "Would"] == [line.split()[0] for line in lines[1:5]]
    assert 1 == len({line.index("right: ") for line in lines[1:4]}), "the verdicts stand in one column"


def test_a_cause_is_shown_in_the_users_own_line_with_its_neighbours():
    code, first = inspect.getsourcelines(dense)
    linecache.getlines(__file__)
    f = Finding("x", "path-dropped", f"test_report.py:{first + 1}: {code[1].strip()}", "certain", "a path is missing")

    lines = str(report([f])).splitlines()

    assert [
        "  Cause in x (certain): a path is missing [path-dropped]",
        f"    at test_report.py:{first + 1}",
        f"        {first} | def dense(x, W, b):",
        f"      > {first + 1} |     hidden = np.tanh(x)",
        f"        {first + 2} |     return hidden @ W + x @ W + b",
    ] == lines[1:]


def test_a_dropped_path_comes_with_its_line():
    text = str(check_backward(dense, without_a_path, X, W, B))

    assert text.startswith("without_a_path: wrong\n  x  wrong: 6 of 6 entries; worst at [")
    assert re.search(r"\[path-dropped\]\n    at test_report.py(:\d+)?\n(  .*\n)*.* \| +hidden = np.tanh\(x\)", text), (
        text
    )


def test_one_cause_of_several_arguments_is_said_once():
    text = str(report([finding(argument="x"), finding(argument="W"), finding(argument="b", kind="sign")]))

    assert "  Cause in x, W (certain): a sentence [factor]\n  Cause in b (certain): a sentence [sign]" in text
    assert 1 == text.count("[factor]")


@pytest.mark.parametrize(
    ("f", "heading"),
    [
        (finding(), "Cause in x (certain)"),
        (finding(argument=""), "Cause (certain)"),
        (finding(kind="kink-choice"), "Note on x"),
        (finding(kind="contract", argument=""), "Problem"),
        (finding(kind="unexplained", certainty="unexplained"), "No cause found for x"),
        (finding(certainty="partial"), "Likely cause in x"),
        (finding(certainty="one of 2", lines=["a.py:1: y", "a.py:2: z"]), "Cause in x (at one of these 2 lines)"),
        (finding(certainty="one of 3"), "Possible cause in x (one of 3)"),
    ],
)
def test_a_heading_says_how_sure_it_is(f, heading):
    assert heading == f.heading()


def test_a_message_of_several_lines_is_indented():
    f = Finding("x", "wrong-operand", "", "certain", "wrong array\nyou computed  dout * xc")

    assert "  Cause in x (certain): wrong array\n    you computed  dout * xc [wrong-operand]" in str(report([f]))


def test_lines_that_are_not_at_hand_are_shown_as_far_as_they_are_known():
    unknown = Finding("x", "factor", "gone.py:3: y = a * x", "certain", "a sentence")
    several = finding(lines=["gone.py:12: y = a * x", "gone.py:3: z = b"])
    odd = Finding("x", "factor", "somewhere in the cache", "certain", "a sentence")
    bare = Finding("x", "factor", "gone.py:3", "certain", "a sentence")

    assert "    at gone.py:3\n      3 | y = a * x" in str(report([unknown]))
    assert "    at gone.py\n       3 | z = b\n      12 | y = a * x" in str(report([several]))
    assert "      | somewhere in the cache" in str(report([odd]))
    assert str(report([bare])).endswith("    at gone.py:3")


def test_an_argument_that_is_a_number_and_one_that_is_not_finite():
    number = Argument("s", (), "wrong", (0.0, 15.0), 1, ((), math.nan, 2.0, 1e-15), True)

    assert "wrong: its one number; yours nan, should be 2 ± 1e-15" == number.sentence()


def test_a_gradient_of_nan_has_no_right_digit():
    found = check_backward(np.sin, lambda d, x: d * np.cos(x) + np.where(x > 1.0, np.nan, 0.0), X)

    assert 0.0 == found.arguments[0].digits[0]
    assert 2 == found.arguments[0].wrong


def test_assert_right_raises_with_the_report_as_its_text():
    found = check_backward(dense, thrice, X, W, B)

    with pytest.raises(GradientError) as caught:
        found.assert_right()

    assert str(found) == str(caught.value)
    assert check_backward(dense, dense_backward, X, W, B).assert_right() is None


def test_the_table_has_a_row_for_each_argument():
    rows = check_backward(dense, thrice, X, W, B).table()

    assert ["x", "W", "b"] == [row["argument"] for row in rows]
    assert [6, 6, 2] == [row["entries"] for row in rows]
    assert all([math.isclose(3.0 * row["reference"], row["yours"]) for row in rows])
    assert [None] == [row["worst_at"] for row in check_backward(np.sin, lambda d, x: d * np.cos(x), X).table()]


def test_json_has_the_promised_fields_and_finite_numbers():
    def nan_backward(dout, x):
        return np.where(x > 1.0, np.nan, dout * np.cos(x))

    data = json.loads(check_backward(np.sin, nan_backward, X).to_json(), parse_constant=lambda name: pytest.fail(name))

    assert ["schema", "subject", "verdict", "arguments", "findings", "strength", "noticed"] == list(data)
    assert ("autograd_nn.check/1", "nan_backward", "wrong") == (data["schema"], data["subject"], data["verdict"])
    (argument,) = data["arguments"]
    assert {"name", "verdict", "shape", "entries", "wrong", "worst", "digits", "tested", "error"} == set(argument)
    assert {"index", "yours", "reference", "bound"} == set(argument["worst"])
    assert argument["worst"]["yours"] is None
    assert [[0.0, 0.0, None], [None, 0.0, 0.0]] == argument["error"]


def test_evidence_of_any_kind_becomes_plain_data():
    class Broken:
        def __repr__(self):
            raise ValueError("no repr")

    evidence = {
        "scalar": np.float32(0.5),
        "truth": np.True_,
        "infinite": -math.inf,
        "small": np.arange(3),
        "large": np.array([np.nan, *range(200)]),
        "complex": 1 + 2j,
        ("a", 1): {3},
        "object": Broken(),
    }

    found = json.loads(report([finding(**{"inner": evidence})]).to_json())["findings"][0]["evidence"]["inner"]

    assert 0.5 == found["scalar"]
    assert True is found["truth"]
    assert None is found["infinite"]
    assert [0, 1, 2] == found["small"]
    assert {"shape": [201], "dtype": "float64", "smallest": 0.0, "largest": 199.0, "not_finite": 1} == found["large"]
    assert {"real": 1.0, "imag": 2.0} == found["complex"]
    assert [3] == found["('a', 1)"]
    assert "Broken" in found["object"]


def test_plain_takes_arrays_of_a_hundred_entries_whole():
    assert list(range(100)) == plain(np.arange(100))
    assert [101] == plain(np.arange(101))["shape"]


def test_a_finding_with_an_error_array_is_equal_to_itself():
    first, second = [ag.check_backward(dense, thrice, X, W, B) for _ in range(2)]

    assert first == second
