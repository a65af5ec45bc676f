"""The main command as a user runs it: tables, JSON, exit codes and messages."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import autograd_nn
from autograd_nn.cli import app, network
from autograd_nn.formulas import Verdict, catalogue, verify


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    """Where the command writes its files."""
    monkeypatch.chdir(tmp_path)


run = CliRunner().invoke
command = sys.modules["autograd_nn.cli.verify"]  # the package's attribute of this name is the function


def test_everything_is_as_recorded_and_the_network_learns():
    result = run(app, ["verify", "--json", "--epochs", "3"])
    found = json.loads(result.stdout)

    assert result.exit_code == 0
    assert found["right"] is True
    assert {f.id for f in catalogue()} == {row["id"] for row in found["formulas"]}
    assert len(found["formulas"]) >= 40
    assert all(row["verdict"] == row["expected"] for row in found["formulas"])
    assert ["BP1", "BP2", "BP3", "BP3", "BP4", "BP4"] == [row["equation"] for row in found["network"]]
    assert all(row["digits"] >= 12 and row["witness_digits"] >= 12 for row in found["network"])
    assert found["training"][-1]["accuracy"] > 0.8


def test_table_names_formula_claim_verdict_and_digits():
    result = run(app, ["verify", "allen-eq16", "allen-eq17"], env={"COLUMNS": "120"})

    assert result.exit_code == 0
    for words in (
        "Michael Allen",
        "allen-eq16",
        "holds",
        "fails as printed",
        "has shape (5, 7), the derivative (5, 1)",
        "16.0",
    ):
        assert words in result.stdout
    assert "network" not in result.stdout


def test_failing_hides_what_holds():
    result = run(app, ["verify", "allen-eq16", "allen-eq17", "--failing"], env={"COLUMNS": "120"})

    assert "allen-eq17" in result.stdout
    assert "allen-eq16" not in result.stdout


def test_one_text():
    result = run(app, ["verify", "--text", "khan", "--json"])

    assert {"khan"} == {row["text"] for row in json.loads(result.stdout)["formulas"]}
    assert [] == json.loads(result.stdout)["network"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["verify", "allen-eq999"], "no formula has the id allen-eq999"),
        (["verify", "--text", "nielsen"], "there is no text 'nielsen'"),
        (["verify", "--epochs", "0"], "--epochs"),
        (["check-everything"], "No such command"),
    ],
)
def test_bad_usage_exits_with_2_and_says_what_there_is(arguments, words):
    result = run(app, arguments, env={"COLUMNS": "200"})

    assert result.exit_code == 2
    assert words in result.output


def test_a_verdict_off_the_record_exits_with_1(monkeypatch):
    (wrong,) = verify(["allen-eq17"])
    off = Verdict(wrong.formula, "holds", 16.0, 16.0, "")
    monkeypatch.setattr(command, "judge", lambda formula: off)

    result = run(app, ["verify", "allen-eq17"], env={"COLUMNS": "120"})

    assert result.exit_code == 1
    assert "on record: fails" in result.stdout
    assert "differs from the one on record" in result.stdout


def test_a_wrong_gradient_of_the_network_exits_with_1(monkeypatch):
    row = network.GradientRow("BP1", "error of the output layer", (32, 10), 0.3, 15.0)
    monkeypatch.setattr(command, "compare_gradients", lambda seed: [row])

    result = run(app, ["verify", "allen-eq16", "--network", "--epochs", "1"], env={"COLUMNS": "120"})

    assert result.exit_code == 1
    assert "differs" in result.stdout


def test_report_and_graph_are_written(tmp_path):
    result = run(app, ["verify", "allen-eq17", "--network", "--epochs", "1", "--out", str(tmp_path / "report")])

    page = (tmp_path / "report" / "report.html").read_text()
    assert result.exit_code == 0
    assert "<html>" in page
    assert "allen-eq17" in page
    assert "fails as printed" in page
    assert "layers.0.weight" in (tmp_path / "report" / "network.txt").read_text()
    assert "digraph" in (tmp_path / "report" / "network.dot").read_text()
    assert shutil.which("dot") is None or "<svg" in (tmp_path / "report" / "network.svg").read_text()


def test_a_folder_that_cannot_be_made_is_bad_usage(tmp_path):
    (tmp_path / "file").write_text("in the way")

    result = run(app, ["verify", "allen-eq17", "--out", str(tmp_path / "file" / "out")])

    assert result.exit_code == 2
    assert "cannot write to" in result.output


def test_module_and_help():
    result = subprocess.run(
        [sys.executable, "-m", "autograd_nn", "verify", "--help"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(autograd_nn.__file__).parents[1],
        check=False,
    )

    assert result.returncode == 0
    assert "three independent answers" in " ".join(result.stdout.split())
