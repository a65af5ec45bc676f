"""`autograd-nn check` as a user calls it: exit codes, options, messages, files."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import autograd_nn
from autograd_nn.cli import app

ROOT = Path(autograd_nn.__file__).parents[1]
SQUARES = """
import numpy as np

def square_forward(x):
    return x**2, x

def square_backward(dout, cache):
    return 2 * cache * dout

def cube_forward(x):
    return x**3, x

def cube_backward(dout, cache):
    return 2 * cache**2 * dout
"""


@pytest.fixture
def student(tmp_path, monkeypatch):
    """Writes a file, checks it, and gives the result."""
    monkeypatch.chdir(tmp_path)

    def check(text, *options, name=""):
        (tmp_path / "mine.py").write_text(text)
        return CliRunner().invoke(app, ["check", f"mine.py{name}", *options], env={"COLUMNS": "150"})

    return check


def test_a_wrong_gradient_gives_exit_code_1_and_both_verdicts(student):
    result = student(SQUARES)

    assert result.exit_code == 1
    assert "running mine.py" in result.output
    assert "right  square_forward / square_backward" in result.output
    assert "wrong  cube_forward / cube_backward" in result.output
    assert "Summary" in result.output


@pytest.mark.parametrize(("name", "code"), [("square*", 0), ("cube_backward", 1), ("cube", 1), ("cube_forward", 1)])
def test_a_name_behind_the_colon_picks(student, name, code):
    result = student(SQUARES, name=f":{name}")

    assert code == result.exit_code
    assert ("square_forward" in result.output) is (code == 0)


def test_a_name_that_is_not_there_names_what_is(student):
    result = student(SQUARES, name=":sqare")

    assert result.exit_code == 2
    assert "mine.py has no pair called sqare. Choose among square_backward, cube_backward." in result.output


def test_a_file_without_pairs_is_a_usage_error_that_says_what_is_expected(student):
    result = student("x = 1\n")

    assert result.exit_code == 2
    assert "no forward and backward were found in mine.py. Expected NAME_forward and NAME_backward" in result.output


def test_list_says_how_it_would_be_called_and_checks_nothing(student):
    result = student(SQUARES.replace("2 * cache**2 * dout", "1 / 0"), "--list")

    assert result.exit_code == 0
    assert "called as square_backward(dout, cache)" in result.output
    assert "x = (5, 3)  (guessed)" in result.output
    assert "ZeroDivisionError" not in result.output


def test_an_exception_is_shown_with_its_line(student):
    result = student(SQUARES + "\nnumbers = np.load('numbers.npy')\n")

    assert result.exit_code == 2
    assert "mine.py, line 16: numbers = np.load('numbers.npy')" in result.output
    assert "FileNotFoundError" in result.output
    assert "--definitions" in result.output


def test_definitions_alone_are_run_on_request(student):
    result = student(
        "import absent_module\n" + SQUARES + "\ndata = open('absent.csv')\nraise ValueError\n", "--definitions"
    )

    assert result.exit_code == 1
    assert "left out: mine.py, line 1: import absent_module" in result.output
    assert "absent.csv" in result.output
    assert "ValueError" not in result.output


def test_a_syntax_error_is_shown_with_its_line(student):
    result = student("x = 1\ndef f(:\n    pass\n")

    assert result.exit_code == 2
    assert "mine.py, line 2: SyntaxError" in result.output
    assert "def f(:" in result.output


def test_a_file_that_does_not_exist(student):
    result = student("", name=".missing")

    assert result.exit_code == 2
    assert "mine.py.missing cannot be read: No such file or directory" in result.output


def test_what_stands_under_the_main_guard_is_not_run_and_prints_are_shown(student):
    text = "print('hello from the file')\n" + SQUARES + "\nif __name__ == '__main__':\n    raise ValueError('ran')\n"

    result = student(text, name=":square*")

    assert result.exit_code == 0
    assert "hello from the file" in result.output


def test_many_prints_are_cut_short(student):
    result = student("for k in range(100): print('step', k)\n" + SQUARES, name=":square*")

    assert "step 3" in result.output
    assert "step 50" not in result.output
    assert "and 92 more lines" in result.output


def test_what_the_functions_print_is_not_shown(student):
    result = student(SQUARES.replace("    return x**2, x", "    print('noise')\n    return x**2, x"), name=":square*")

    assert result.exit_code == 0
    assert "noise" not in result.output


def test_a_file_that_ends_itself_is_checked_as_far_as_it_came(student):
    result = student(SQUARES + "\nimport sys\nsys.exit(0)\n", name=":square*")

    assert result.exit_code == 0
    assert "the file ended itself" in result.output


def test_a_file_that_asks_for_input_is_an_error_not_a_wait(student):
    result = student("n = int(input('how many? '))\n" + SQUARES)

    assert result.exit_code == 2
    assert "EOFError" in result.output


def test_a_file_that_never_ends_is_stopped(student):
    result = student(SQUARES + "\nwhile True:\n    pass\n", "--limit", "0.2")

    assert result.exit_code == 2
    assert "it still ran after 0.2 s" in result.output


def test_a_check_that_never_ends_cannot_tell(student):
    result = student(SQUARES.replace("    return x**2, x", "    while True: pass"), "--limit", "0.3", name=":square*")

    assert result.exit_code == 3
    assert "it took more than 0.3 s" in result.output


def test_unclear_inputs_ask_for_exactly_the_option_that_helps(student):
    text = """
def mix_forward(first, second):
    assert first.shape == (2, 9) and second.shape == (9, 4)
    return first @ second, (first, second)

def mix_backward(dout, cache):
    first, second = cache
    return dout @ second.T, first.T @ dout
"""

    unclear = student(text)
    clear = student(text, "--shape", "first=2,9", "--shape", "second=9,4")

    assert unclear.exit_code == 3
    assert "--shape first=5,3 --shape second=5,3" in " ".join(unclear.output.split())
    assert clear.exit_code == 0


def test_guessed_shapes_accuse_nobody(student):
    text = """
import numpy as np

def variance(x):
    return np.mean((x - np.mean(x)) ** 2)

def variance_grad(x):
    return 2 * (x - np.mean(x)) / len(x)
"""

    guessed = student(text)
    vector = student(text, "--shape", "x=5")
    matrix = student(text, "--shape", "x=5,3")

    assert guessed.exit_code == 3
    assert "it is right for x (5,), and wrong for x (5, 3)" in " ".join(guessed.output.split())
    assert vector.exit_code == 0
    assert matrix.exit_code == 1


def test_values_styles_and_wrt_reach_the_check(student):
    text = """
def scale_forward(x, k):
    if k != 7:
        raise ValueError(k)
    return x * k, k

def scale_backward(dout, cache):
    return dout * cache
"""

    assert student(text).exit_code == 3
    assert student(text, "--value", "k=7", "--style", "cache", "--wrt", "x").exit_code == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--shape", "x"), "'x' is no shape"),
        (("--shape", "x=a b+"), "is no shape"),
        (("--value", "7"), "expected NAME=VALUE"),
        (("--style", "odd"), "there is no style 'odd'"),
        (("--seed", "-1"), "--seed"),
    ],
)
def test_bad_options(student, options, message):
    result = student(SQUARES, *options)

    assert result.exit_code == 2
    assert message in " ".join(result.output.replace("│", " ").split())


def test_json_is_a_list_of_reports_with_their_inputs(student, tmp_path):
    student(SQUARES, "--json", "found.json")
    rows = json.loads((tmp_path / "found.json").read_text())

    assert ["right", "wrong"] == [row["verdict"] for row in rows]
    assert ["square_forward / square_backward", "cube_forward / cube_backward"] == [row["pair"] for row in rows]
    assert [7, 13] == [row["line"] for row in rows]
    assert [["x", "(5, 3)", "guessed"]] == rows[0]["inputs"]


def test_html_is_one_page_with_every_report(student, tmp_path):
    student(SQUARES, "--html", "found.html")
    page = (tmp_path / "found.html").read_text()

    assert page.startswith("<!DOCTYPE html>")
    assert "square_backward" in page
    assert "cube_backward" in page


def test_a_file_that_cannot_be_written(student):
    result = student(SQUARES, "--json", "absent/found.json")

    assert result.exit_code == 2
    assert "cannot be written" in result.output


def test_the_example_has_two_right_pairs_and_two_wrong_ones(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(app, ["check", str(ROOT / "examples" / "check_me.py"), "--json", "found.json"])
    rows = json.loads((tmp_path / "found.json").read_text())

    assert result.exit_code == 1
    assert ["right", "wrong", "right", "wrong"] == [row["verdict"] for row in rows]


def test_module_and_help():
    done = subprocess.run(
        [sys.executable, "-m", "autograd_nn", "check", "--help"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=False,
    )

    text = " ".join(done.stdout.split())
    assert done.returncode == 0
    assert "It RUNS the file" in text
    assert "Example: autograd-nn check layers.py:affine*" in text
