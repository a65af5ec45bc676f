"""Depth and width: a million operations forward, backward and released, without recursion, a collector, or more than linear work.

Each case runs in an interpreter of its own (deep_chain.py), so that its memory is its own and no other test disturbs it.
"""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("deep_chain.py")
LINUX = Path("/proc/self/statm").exists()
DEEP = 1_000_000 if LINUX else 100_000  # tracemalloc, the measure elsewhere, is 10 times slower
MANY = 100_000


def run(*words):
    """What deep_chain.py reports; a RecursionError or a crash of the interpreter fails here."""
    done = subprocess.run(
        [sys.executable, str(PROGRAM), *map(str, words)],
        capture_output=True,
        text=True,
        cwd=PROGRAM.parents[1],
        check=False,
    )
    assert 0 == done.returncode, done.stderr[-2000:]
    return json.loads(done.stdout)


def check_release(report, count):
    """All nodes and nearly all memory went when the result was dropped, with the cycle collector switched off."""
    assert count <= report["nodes"] <= count + 10
    assert 0 == report["nodes left"]
    assert report["grown"] > 100 * count
    first, second, third = report["left"]
    assert first < 0.1 * report["grown"], "memory did not return when the result was dropped"
    assert third - second < 0.01 * report["grown"], "memory grows from one graph to the next"


def test_a_million_scalar_operations_in_a_row():
    """(1 + 1/n)^n, near e."""
    report = run("Value", "chain", DEEP)

    assert math.isclose((1.0 + 1.0 / DEEP) ** DEEP, report["gradient"], rel_tol=1e-9)
    check_release(report, DEEP)


@pytest.mark.parametrize(("kind", "count", "numbers"), [("Tensor", MANY, 3), ("Number", MANY, 1)])
def test_many_array_operations_in_a_row(kind, count, numbers):
    report = run(kind, "chain", count)

    assert math.isclose(numbers * (1.0 + 1.0 / count) ** count, report["gradient"], rel_tol=1e-9)
    check_release(report, count)


@pytest.mark.parametrize("kind", ["Value", "Tensor"])
def test_work_grows_linearly(kind):
    """Calls of Python and C functions, which do not depend on the machine: 4 times as many for 4 times the operations."""
    few, many = (run(kind, "calls", count)["calls"] for count in (5_000, 20_000))

    assert 3.9 < many / few < 4.1


@pytest.mark.parametrize(("kind", "numbers"), [("Value", 1), ("Tensor", 3)])
def test_one_leaf_that_is_used_many_times(kind, numbers):
    report = run(kind, "fan", MANY)

    assert MANY * numbers == report["gradient"]
    check_release(report, MANY - 1)


def test_transforms_over_a_deep_chain():
    """With c = (1 + 1/n)^n: (c x)' = c in both modes, and (c x^2)'' = 2 c."""
    n = 20_000
    report = run("transforms", "chain", n)

    c = (1.0 + 1.0 / n) ** n
    assert math.isclose(c, report["reverse"], rel_tol=1e-9)
    assert math.isclose(c, report["forward"], rel_tol=1e-9)
    assert math.isclose(2.0 * c, report["second"], rel_tol=1e-9)
    assert 0 == report["left"]
