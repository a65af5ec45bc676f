"""What ag.graph returns: files, notebooks, and a machine without Graphviz."""

import json
import os
import shutil
import subprocess
import sys

import pytest

import autograd_nn as ag
from autograd_nn import Value
from autograd_nn.errors import MissingProgram
from autograd_nn.files import write

needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz's program dot is not installed")


@pytest.fixture
def no_dot(monkeypatch):
    monkeypatch.setenv("PATH", "")


@pytest.fixture
def g():
    x = Value(3.0, "x")
    y = x * x
    y.backward()
    return ag.graph(y)


def chain(n):
    y = Value(0.5)
    for _ in range(n):
        y = y.tanh()
    return y


def test_a_missing_program_has_a_name_and_a_way_out(no_dot, g, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # graphviz writes the source before it looks for dot

    for draw in (g.svg, g.to_graphviz().pipe, ag.draw_dot(Value(1.0)).render):
        with pytest.raises(MissingProgram, match=r"apt-get install graphviz.*g\.text\(\).*g\.save\(\"x\.dot\"\)"):
            draw()


def test_without_dot_everything_else_works(no_dot, g, tmp_path):
    assert "x | data 3 | grad 6" in g.to_graphviz().source
    for suffix in ("dot", "json", "txt"):
        assert g.save(tmp_path / f"g.{suffix}").stat().st_size


def test_without_dot_nothing_is_written(no_dot, g, tmp_path):
    with pytest.raises(MissingProgram):
        g.save(tmp_path / "g.svg")

    assert [] == list(tmp_path.iterdir())


def test_a_notebook_without_dot_shows_text_and_why(no_dot, g):
    bundle = g._repr_mimebundle_()

    assert ["text/plain"] == list(bundle)
    assert "grad 6" in bundle["text/plain"]
    assert "apt-get install graphviz" in bundle["text/plain"]
    assert "apt-get install graphviz" in ag.draw_dot(Value(1.0))._repr_mimebundle_()["text/plain"]


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands for dot")
def test_a_dot_that_fails_is_quoted_and_hurts_no_notebook(g, tmp_path, monkeypatch):
    (tmp_path / "dot").write_text("#!/bin/sh\necho 'Format not recognized' >&2\nexit 1\n")
    (tmp_path / "dot").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(RuntimeError, match="code 1 and said: Format not recognized"):
        g.svg()

    assert "Format not recognized" in g._repr_mimebundle_()["text/plain"]
    assert list(ag.draw_dot(Value(1.0))._repr_mimebundle_()) == ["text/plain"]


@needs_dot
def test_a_notebook_shows_a_picture_and_text(g):
    bundle = g._repr_mimebundle_()

    assert {"text/plain", "image/svg+xml"} == set(bundle)
    assert bundle["image/svg+xml"].rstrip().endswith("</svg>")


def test_a_large_graph_is_text_in_a_notebook():
    bundle = ag.graph(chain(200))._repr_mimebundle_()

    assert ["text/plain"] == list(bundle)
    assert "201 boxes are too many for a picture here" in bundle["text/plain"]


@needs_dot
@pytest.mark.parametrize(
    ("suffix", "start"), [("svg", b"<?xml"), ("pdf", b"%PDF"), ("png", b"\x89PNG"), ("PNG", b"\x89PNG")]
)
def test_saved_pictures(g, tmp_path, suffix, start):
    assert g.save(str(tmp_path / f"g.{suffix}")).read_bytes().startswith(start)


def test_saved_text(g, tmp_path):
    assert g.text() + "\n" == g.save(tmp_path / "g.txt").read_text("utf-8")
    assert g.to_graphviz().source == g.save(tmp_path / "g.dot").read_text("utf-8")
    assert 1 == json.loads(g.save(tmp_path / "g.json").read_text("utf-8"))["schema_version"]
    assert ["g.dot", "g.json", "g.txt"] == sorted(os.listdir(tmp_path))


@pytest.mark.parametrize("name", ["g.gif", "g", "g.svg.gz", ".svg"])
def test_an_unknown_suffix_names_the_known_ones(g, tmp_path, name):
    with pytest.raises(ValueError, match=r"\.svg \.pdf \.png \.dot \.json \.txt"):
        g.save(tmp_path / name)


def test_a_write_protected_file_is_left_alone(tmp_path):
    path = tmp_path / "g.dot"
    path.write_text("mine")
    path.chmod(0o444)

    with pytest.raises(PermissionError, match="write-protected"):
        write(path, b"new")

    assert "mine" == path.read_text()
    assert ["g.dot"] == os.listdir(tmp_path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_write_protected_folder(tmp_path):
    tmp_path.chmod(0o555)

    with pytest.raises(PermissionError, match="write-protected"):
        write(tmp_path / "g.dot", b"new")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "g.dot"
    path.write_bytes(b"old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write(path, b"new")

    assert b"old" == path.read_bytes()
    assert ["g.dot"] == os.listdir(tmp_path)


def test_a_missing_folder_and_a_folder_as_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder"):
        write(tmp_path / "none" / "g.dot", b"")
    with pytest.raises(IsADirectoryError, match="is a folder"):
        write(tmp_path, b"")


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no symbolic links here")
def test_a_link_stays_a_link_and_permissions_stay(tmp_path):
    real, link = tmp_path / "real.dot", tmp_path / "link.dot"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link.symlink_to(real)

    write(link, b"new")

    assert link.is_symlink()
    assert (b"new", 0o640) == (real.read_bytes(), real.stat().st_mode & 0o777)


def test_import_does_not_load_graphviz():
    code = "import sys, autograd_nn; assert 'graphviz' not in sys.modules; autograd_nn.graph; assert 'graphviz' in sys.modules"

    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})


@needs_dot
def test_a_picture_that_dot_has_to_scale_down_says_so(monkeypatch, tmp_path, g):
    monkeypatch.setattr("autograd_nn.draw.program.PNG_LIMIT", 10)

    with pytest.warns(UserWarning, match="too large for a PNG"):
        g.save(tmp_path / "g.png")
