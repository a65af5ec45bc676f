"""The documents keep their word: the README's examples print what it shows, and CONTRIBUTING's diffs make a working change."""

import doctest
import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def blocks(document, language):
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / document).read_text(), flags=re.DOTALL)


def test_readme_examples_print_what_they_show():
    text = "\n".join(blocks("README.md", "python"))
    test = doctest.DocTestParser().get_doctest(text, {}, "README", "README.md", 0)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    runner.run(test)

    assert runner.tries >= 20
    assert runner.failures == 0


def test_contributing_examples_print_what_they_show():
    text = "\n".join(blocks("CONTRIBUTING.md", "python"))
    test = doctest.DocTestParser().get_doctest(text, {}, "CONTRIBUTING", "CONTRIBUTING.md", 0)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    runner.run(test)

    assert runner.tries >= 4
    assert runner.failures == 0


def test_every_job_of_the_readme_fits_in_twelve_lines():
    assert all(len(block.splitlines()) <= 12 for block in blocks("README.md", "python"))


def test_the_table_of_operations_is_what_the_records_say():
    code = "import sys; sys.path.insert(0, 'docs'); import operations; sys.stdout.write(operations.page())"

    assert (ROOT / "docs" / "operations.md").read_text() == python(code, ROOT), "run python docs/operations.py"


def added(diff, file):
    """The lines that a diff adds to `file`."""
    part = diff.split(f"+++ b/{file}\n")[1].split("\n--- ")[0]
    return "\n".join(line[1:] for line in part.splitlines() if line.startswith("+"))


@pytest.fixture
def package(tmp_path):
    """A copy of the package to change."""
    copy = tmp_path / "autograd_nn"
    shutil.copytree(ROOT / "autograd_nn", copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def python(code, path):
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=path,
        env={"PYTHONPATH": f"{path}{os.pathsep}{ROOT / 'tests'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def put_in(package, file):
    """Makes the change of CONTRIBUTING to one file of a copy of the package."""
    (diff,) = [block for block in blocks("CONTRIBUTING.md", "diff") if f"+++ b/autograd_nn/{file}\n" in block]
    path = package / file
    path.write_text((path.read_text() if path.exists() else "") + added(diff, f"autograd_nn/{file}"))


@pytest.mark.parametrize(
    ("file", "name", "loss"),
    [("ops/elementary.py", "bell", "op.function"), ("ops/trigonometry.py", "sincos", "lambda x: op.function(x)[0]")],
)
def test_the_ops_of_contributing_pass_every_check(package, file, name, loss):
    put_in(package, file)

    out = python(
        "import op_checks; from autograd_nn.op import REGISTRY\n"
        f"op = REGISTRY['{name}']\n"
        "for check in op_checks.CHECKS['differentiable'].values(): check(op)\n"
        f"import numpy as np, autograd_nn as ag; print(ag.grad({loss})(np.array(-0.5)))",
        package.parent,
    )

    assert {"bell": math.exp(-0.25), "sincos": math.cos(0.5)}[name] == pytest.approx(float(out), rel=1e-15)


def test_the_composition_of_contributing_passes_every_check(package):
    put_in(package, "numpy/shaping.py")

    out = python(
        "import op_checks, op_points; from autograd_nn.composition import COMPOSITIONS\n"
        "for form in op_points.forms(COMPOSITIONS['resize']):\n"
        "    for check in op_checks.CHECKS['composition'].values(): check(form)\n"
        "import numpy as np, autograd_nn as ag\n"
        "print(ag.grad(lambda x: np.sum(np.resize(x, 3) * [1.0, 2.0, 4.0]))(np.ones(2)).tolist())",
        package.parent,
    )

    assert out.strip() == "[5.0, 2.0]"


def test_the_layer_of_contributing_works(package):
    put_in(package, "nn/scale.py")

    out = python(
        "import numpy as np\nfrom autograd_nn.nn.scale import Scale\nlayer = Scale(3)\n"
        "layer(np.ones((5, 3), np.float32)).sum().backward()\n"
        "print(list(layer.parameters()), layer.factor.grad.tolist())",
        package.parent,
    )

    assert out.strip() == "['factor', 'offset'] [5.0, 5.0, 5.0]"
