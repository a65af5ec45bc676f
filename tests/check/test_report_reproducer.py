"""A reproducing script runs by itself and comes to the same verdict with the same kinds of causes."""

import base64
import functools
import io
import math
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from autograd_nn.check import Report, check_backward
from autograd_nn.check.literals import Literals, Missing

ROOT = Path(__file__).parents[2]
RNG = np.random.default_rng(11)
SLOPE = np.float32(0.25)
TABLE = {"power": 3, "names": ("a", None), "limits": [np.inf, -np.inf]}


def run(code, folder):
    """What a script prints, run in an empty folder."""
    file = folder / "script.py"
    file.write_text(code, encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, str(file)], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def logged(f):
    @functools.wraps(f)
    def inner(*arguments):
        return f(*arguments)

    return inner


def registered(f):
    TABLE.setdefault("seen", f.__name__)
    return f


def bent(x):
    return np.where(x > 0, x, SLOPE * x)


@logged
def leaky(x: "Array", k=TABLE["power"]):  # noqa: F821  a name that only a type checker knows
    return bent(x) ** k


@registered
def leaky_backward(dout, x):
    return dout * np.where(x > 0, 1.0, SLOPE) * bent(x) ** (TABLE["power"] - 1)


def even(x, n):
    return x if n == 0 else odd(x, n - 1)


def odd(x, n):
    return 2.0 * even(x, n - 1)


class Activation:
    """A layer with a parameter, and a base class's method."""

    def __init__(self, gain):
        self.gain = gain

    def forward(self, x):
        self.x = x
        return np.tanh(self.gain * x)


class Steep(Activation):
    FACTOR = 1.0

    def backward(self, dout):
        return dout * (self.FACTOR - np.tanh(self.gain * self.x) ** 2)


def closed(scale):
    def forward(x, t):
        return scale * np.sum((x - t) ** 2)

    return forward, lambda x, t: (
        scale * (x - t),
        -2.0 * scale * (x - t),
    )


def large(x, w):
    return x @ w


def transposed(dout, x, w):
    return dout @ w.T, -(x.T @ dout)


class Dropout:
    """A layer with a random generator, which it draws from at every call."""

    def __init__(self, rng):
        self.rng, self.erf = rng, np.vectorize(math.erf)

    def forward(self, x):
        self.mask = self.rng.random(x.shape) > 0.5
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask * 0.5


def cases():
    x = RNG.normal(size=(4, 3))
    steep = Steep(2.0)
    yield "decorators, globals, tables", check_backward(leaky, leaky_backward, x)
    yield "functions that call each other", check_backward(lambda x: odd(x, 3), lambda d, x: d * odd(1.0, 1), x)
    yield (
        "a ufunc and a lambda among lambdas",
        check_backward(*(np.sinh, lambda d, x: (lambda y: -d * y)(np.cosh(x))), x),
    )
    yield "an object", check_backward(steep.forward, steep.backward, x)
    dropout = Dropout(np.random.default_rng(3))
    yield "random numbers in an object", check_backward(dropout.forward, dropout.backward, x)
    yield "closures", check_backward(*closed(3.0), x, x[::-1].copy())
    yield "float32", check_backward(large, transposed, x.astype(np.float32), x.T.astype(np.float32))
    yield "many numbers", check_backward(large, transposed, RNG.normal(size=(40, 60)), RNG.normal(size=(60, 3)))
    yield (
        "options",
        check_backward(
            large, lambda d, x, w: x.T @ d / 7, x, x.T.copy(), wrt=("w",), upstream=np.ones((4, 4)), style="plain"
        ),
    )
    yield "a partial function", check_backward(functools.partial(large, w=x.T), lambda d, x: d @ np.ones((4, 3)), x)
    yield "a right one", check_backward(large, lambda d, x, w: (d @ w.T, x.T @ d), x, x.T.copy())
    yield "code that raises", check_backward(large, lambda d, x, w: d[99], x, x.T.copy())
    yield "a forward that raises", check_backward(lambda x, w: (x @ w)[99], lambda d, x, w: (x, w), x, x.T.copy())


CASES = dict(cases())


@pytest.mark.parametrize("name", CASES)
def test_the_script_comes_to_the_same_verdict_and_kinds(name, tmp_path):
    report = CASES[name]

    done = run(report.reproducer(), tmp_path)

    assert 0 == done.returncode, done.stderr + report.reproducer()
    assert f"{report.subject}: {report.verdict}" == done.stdout.splitlines()[0]
    assert re.findall(r" \[([a-z-]+)\]$", str(report), re.M) == re.findall(r" \[([a-z-]+)\]$", done.stdout, re.M)
    assert [row for row in str(report).splitlines() if " yours " in row] == [
        row for row in done.stdout.splitlines() if " yours " in row
    ]


def test_all_verdicts_are_among_the_cases():
    assert {"right", "wrong", "cannot tell"} == {report.verdict for report in CASES.values()}


def test_inputs_are_those_before_the_code_wrote_into_them():
    def forward(x):
        y = x * 1.0
        x += 1.0
        return y**2

    report = check_backward(forward, lambda d, x: d * 2.0 * x, np.array([0.5, 0.25]))

    assert "np.array([0.5, 0.25], dtype='float64')" in report.reproducer()


def test_two_things_of_one_name_are_taken_from_their_file(tmp_path, monkeypatch):
    code = "import numpy as np\nK = {}\ndef forward(x):\n    return K * x**2\ndef backward(d, x):\n    return 2 * K * d * x\n"
    (tmp_path / "one_of_two.py").write_text(code.format(2.0))
    (tmp_path / "other_of_two.py").write_text(code.format(-2.0))
    monkeypatch.syspath_prepend(str(tmp_path))
    one, two = [import_module(name) for name in ("one_of_two", "other_of_two")]
    report = check_backward(one.forward, two.backward, np.array([0.5, 1.0]))

    done = run(report.reproducer(), tmp_path)

    assert "backward: wrong" == done.stdout.splitlines()[0], done.stderr
    assert f"by_path('other_of_two', '{tmp_path / 'other_of_two.py'}').backward" in report.reproducer()


def test_what_cannot_be_written_down_is_named_and_stops_the_script(tmp_path):
    spaces = {"np": np}
    exec("def forward(x):\n    return np.sin(x)", spaces)
    report = check_backward(spaces["forward"], lambda d, x: d, np.array([0.5]))
    opened = check_backward(lambda x, f: x * 1.0, lambda d, x, f: (d, None), np.array([0.5]), io.StringIO())

    done = run(report.reproducer(), tmp_path)

    assert "Missing here: forward: forward (its source is not at hand)" in report.reproducer()
    assert "Missing here: x: an object of type StringIO" in opened.reproducer()
    assert 1 == done.returncode
    assert "This script is not complete" in done.stderr


def test_a_report_without_its_source_says_so():
    with pytest.raises(ValueError, match="the report on f does not hold what was checked"):
        Report("f", "right", (), (), ()).reproducer()


VALUES = [
    np.array([0.1, -0.0, 5e-324, 1.7976931348623157e308]),
    np.array([[np.nan, np.inf], [-np.inf, 1.0]]),
    RNG.normal(size=(3, 4, 5)).astype(np.float32),
    np.arange(6, dtype=np.int8).reshape(2, 3),
    np.array([True, False]),
    np.array(2.5),
    np.zeros((0, 3), np.float32),
    np.array(["a", "bc"]),
    np.array([1 + 2j, -0.5j], np.complex64),
    np.arange(3.0).astype(">f8"),
    RNG.normal(size=(50, 41)),
    np.float32(0.1),
    np.int64(-3),
    (1, "a\n'", b"x", None, ..., slice(1, None, 2), [2.0, {"k": (np.inf,)}]),
    2.0 - 0.1j,
]


@pytest.mark.parametrize(
    "x", VALUES, ids=lambda x: type(x).__name__ + str(np.shape(x) if isinstance(x, np.ndarray) else "")
)
def test_a_literal_is_the_value_to_the_last_bit(x):
    again = eval(Literals().expression(x), {"np": np, "io": io, "base64": base64})

    assert type(x) is type(again)
    if isinstance(x, np.ndarray):
        assert (x.dtype, x.shape, x.tobytes()) == (again.dtype, again.shape, again.tobytes())
    else:
        assert repr(x) == repr(again)


def test_two_thousand_numbers_are_written_out_and_the_next_array_is_packed():
    literals = Literals()

    assert literals.expression(np.zeros(2000)).startswith("np.array([0.0, ")
    assert literals.expression(np.zeros(1)).startswith("np.load(")
    with pytest.raises(Missing, match="an array of dtype object"):
        literals.expression(np.array([object()]))
