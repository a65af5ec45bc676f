"""The pytest plugin: what its fixture and its marker pass and fail, what a failure prints, and what loading it costs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import autograd_nn.check  # noqa: F401  before pytester takes a copy of sys.modules

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parent.parent
CODE = """
import numpy as np
import pytest

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])

def square(x):
    return x**2

def right(dout, x):
    return dout * 2.0 * x

def wrong(dout, x):
    return dout * x

def unstable(dout, x):
    return dout * ((x + 1e-6) ** 2 - (x - 1e-6) ** 2) / 2e-6

class Square:
    def forward(self, x):
        self.x = x
        return x**2

    def backward(self, dout):
        return dout * self.x

class Twice(Square):
    def backward(self, dout):
        return dout * self.x * 2.0
"""


@pytest.fixture
def run(pytester, monkeypatch):
    """Runs a test file with the plugin loaded; the result."""
    monkeypatch.syspath_prepend(str(ROOT))

    def ran(tests, *options):
        pytester.makepyfile(CODE + tests)
        return pytester.runpytest("-p", "pytest_autograd_nn", "-p", "no:xdist", "-p", "no:cacheprovider", *options)

    return ran


def test_the_fixture_passes_a_right_backward_and_returns_the_report(run):
    result = run("""
def test_square(gradcheck):
    report = gradcheck(square, right, X)
    assert "right" == report.verdict
""")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*gradients*", "checked: 1 right"])


def test_the_fixture_fails_with_the_report_and_no_traceback(run):
    result = run("""
def test_square(gradcheck):
    gradcheck(square, wrong, X)
""")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["wrong: wrong", "*x  wrong: 6 of 6 entries; worst at *", "*Cause in x (certain): * 1/2 times the right one*"]
    )
    result.stdout.no_fnmatch_line("*pytest_autograd_nn.py*")
    result.stdout.no_fnmatch_line("*gradcheck(square, wrong, X)*")


def test_a_layer_and_options_are_taken(run):
    result = run("""
def test_layers(gradcheck):
    gradcheck(Twice(), X)
    gradcheck(square, right, X, style="plain", upstream=np.ones((2, 3)))

def test_wrong_layer(gradcheck):
    gradcheck(Square(), X)
""")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["checked: 2 right, 1 wrong"])


def test_what_cannot_be_told_fails_unless_it_is_allowed(run):
    result = run("""
def test_strict(gradcheck):
    gradcheck(square, unstable, X)

def test_lenient(gradcheck):
    gradcheck(square, unstable, X, allow_cannot_tell=True)

@pytest.mark.gradcheck(allow_cannot_tell=True)
def test_marked():
    return square, unstable, X
""")

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["unstable: cannot tell", "checked: 3 cannot tell"])


def test_the_marker_judges_what_a_test_returns(run):
    result = run(
        """
import autograd_nn as ag

@pytest.fixture
def points():
    return X

@pytest.mark.gradcheck
@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_pair(points, scale):
    return square, right, points * scale

@pytest.mark.gradcheck
def test_report():
    return ag.check_backward(square, wrong, X)

@pytest.mark.gradcheck
def test_several():
    return [(square, wrong, X), (square, right, X), (Square(), X)]
""",
        "--strict-markers",
        "-W",
        "error",
    )

    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(["checked: 3 right, 3 wrong"])
    assert 2 == str(result.stdout).count("\nwrong: wrong")
    assert "\nbackward: wrong" in str(result.stdout)


def test_a_marked_test_that_returns_nothing_to_judge_fails_with_a_sentence(run):
    result = run("""
@pytest.mark.gradcheck
def test_nothing():
    square(X)

@pytest.mark.gradcheck
def test_text():
    return "fine"

def test_no_arguments(gradcheck):
    gradcheck()
""")

    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["*returned NoneType None. Expected (forward, backward, *inputs)*"])
    result.stdout.fnmatch_lines(["*returned str 'fine'. Expected (forward, backward, *inputs)*"])
    result.stdout.fnmatch_lines(["gradcheck was called without arguments.*"])


def test_a_marked_test_that_raises_shows_its_own_line(run):
    result = run("""
@pytest.mark.gradcheck
def test_broken():
    return square, right, X @ X
""")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([">   *return square, right, X @ X", "E * ValueError: *"])
    result.stdout.no_fnmatch_line("*pytest_autograd_nn.py*")


def test_pages_of_failing_checks_alone_are_written(run, pytester):
    result = run(
        """
@pytest.mark.gradcheck
@pytest.mark.parametrize("name", ["a/b", "a b"])
def test_two(name):
    return [(square, wrong, X), (square, wrong, X), (square, right, X)]
""",
        "--gradcheck-html=pages/new",
    )

    pages = sorted((pytester.path / "pages" / "new").iterdir())
    assert 4 == len(pages)
    assert all([page.read_text().startswith("<!doctype html>") for page in pages])
    assert all([f"page: {page.relative_to(pytester.path)}" in str(result.stdout) for page in pages])


def test_a_folder_that_cannot_be_made_does_not_hide_the_report(run, pytester):
    (pytester.path / "taken").write_text("a file")

    result = run("def test_square(gradcheck):\n    gradcheck(square, wrong, X)\n", "--gradcheck-html=taken")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*Cause in x (certain): * 1/2 times the right one*", "*no page was written: *taken*"])


def test_a_run_without_checks_says_nothing_and_loads_neither_numpy_nor_the_package(pytester):
    pytester.makepyfile("""
import sys

def test_nothing_is_loaded():
    assert not {"numpy", "autograd_nn"} & set(sys.modules)
""")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "pytest_autograd_nn"],
        cwd=pytester.path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert 0 == done.returncode, done.stdout
    assert "gradients" not in done.stdout


def test_counts_come_back_from_the_workers_of_xdist(run, pytester):
    pytest.importorskip("xdist")
    pytester.makepyfile(CODE + "def test_square(gradcheck):\n    gradcheck(square, right, X)\n")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    options = ["-p", "pytest_autograd_nn", "-p", "xdist.plugin", "-n", "2"]

    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=pytester.path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert "checked: 1 right" in done.stdout, done.stdout
