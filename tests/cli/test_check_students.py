"""`autograd-nn check` on files as students write them, without any option: what it finds, and what it says of it."""

import json

import pytest
from cli.students_classes import CLASSES
from cli.students_functions import FUNCTIONS
from typer.testing import CliRunner

from autograd_nn import check
from autograd_nn.cli import app

STUDENTS = {**FUNCTIONS, **CLASSES}
NEEDS_LAYERS = ("layers.py", "given_weights.py", "cached_lists.py")


@pytest.mark.parametrize("file", STUDENTS)
def test_a_students_file_is_understood_without_options(file, tmp_path):
    if file in NEEDS_LAYERS and not hasattr(check, "check_layer"):
        pytest.skip("check_layer is not here yet")
    text, truth = STUDENTS[file]
    path, result = tmp_path / file, tmp_path / "found.json"
    path.write_text(text)

    run = CliRunner().invoke(app, ["check", str(path), "--json", str(result)])
    rows = {row["pair"].rpartition(" / ")[2]: row["verdict"] for row in json.loads(result.read_text())}

    assert truth == {name: told(rows, name) for name in truth}
    assert len(rows) == len(truth)
    assert code(truth.values()) == run.exit_code


def told(rows, name):
    """The verdict on a function or method; a class goes by any of its methods."""
    return next((v for pair, v in rows.items() if pair == name or pair.partition(".")[0] == name), None)


def code(verdicts):
    return 1 if "wrong" in verdicts else 3 if "cannot tell" in verdicts else 0
