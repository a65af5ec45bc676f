"""A plain Python file, run as Python runs it, except what stands under its main guard.  Layer 10; knows files, no gradients."""

from __future__ import annotations

import ast
import contextlib
import io
import linecache
import os
import signal
import sys
import threading
import traceback
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FileError", "OutOfTime", "Program", "capped", "run_file", "swallowed"]


class FileError(Exception):
    """A file that cannot be run; the text is for its author."""


class OutOfTime(BaseException):  # no Exception: code that catches everything must not catch this
    """The time limit is over."""


@dataclass(frozen=True, slots=True)
class Program:
    """A file that was run.

    module    its module;  printed: what it wrote, stdout and stderr
    notes     sentences about statements that were left out
    """

    module: types.ModuleType
    printed: str
    notes: tuple[str, ...]


def run_file(path: Path, limit: float, definitions: bool = False) -> Program:
    """Run the file with its own folder first on the path, no window for plots, no keyboard; FileError says what went wrong where.

    definitions    run imports, functions, classes and assignments alone, and go on where one of them raises
    """
    if path.suffix == ".ipynb":
        raise FileError(
            f"{path} is a notebook. Save it as a Python file (jupyter nbconvert --to script) and check that."
        )
    try:
        source = path.read_bytes()
        tree = ast.parse(source, str(path))
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}. Give the path of a Python file.") from None
    except (SyntaxError, ValueError) as error:
        where = f"{path.name}, line {getattr(error, 'lineno', None) or 1}"
        raise FileError(
            f"{where}: {type(error).__name__}: {getattr(error, 'msg', error)}\n    {line(path, error)}"
        ) from None
    module = types.ModuleType(f"checked_{path.stem}")
    module.__file__ = str(path.resolve())
    sys.modules[module.__name__] = module  # dataclasses and pickle look their module up
    os.environ.setdefault("MPLBACKEND", "Agg")  # plots are drawn into memory
    sys.path.insert(0, str(path.resolve().parent))
    printed, notes = io.StringIO(), []
    with swallowed(printed, [str(path)]):
        for body in parts(tree, definitions):
            try:
                with capped(limit):
                    exec(
                        compile(body, str(path.resolve()), "exec"), module.__dict__
                    )  # the command runs the file: it says so
            except SystemExit:
                notes.append(f"the file ended itself at line {body.body[-1].lineno}; what follows was not run")
                break
            except (Exception, OutOfTime, KeyboardInterrupt) as error:
                if isinstance(error, KeyboardInterrupt):
                    raise
                if not definitions:
                    raise FileError(explained(path, error, limit)) from None
                notes.append(explained(path, error, limit))
    return Program(module, printed.getvalue(), tuple(notes))


def parts(tree: ast.Module, definitions: bool) -> list[ast.Module]:
    """The file as a whole, or its imports, definitions and assignments one by one."""
    if not definitions:
        return [tree]
    kept = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
    return [ast.Module([statement], []) for statement in tree.body if isinstance(statement, kept)]


def explained(path: Path, error: BaseException, limit: float) -> str:
    """What was raised, with the file's own line, and what to do."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path.resolve())]
    number = frames[-1].lineno if frames else 1
    text = linecache.getline(str(path.resolve()), number or 1).strip()
    shown = f"{path.name}, line {number}: {text}\n    "
    if isinstance(error, OutOfTime):
        return shown + f'it still ran after {limit:g} s. Put it under if __name__ == "__main__":, or raise --limit.'
    said = shown + f"{type(error).__name__}: {error}"
    if isinstance(error, FileNotFoundError) and Path.cwd() != path.resolve().parent:
        return (
            said
            + f"\n    Paths are relative to the folder that you call from; the file's own is {path.resolve().parent}."
        )
    return said


def line(path: Path, error: Exception) -> str:
    return (getattr(error, "text", None) or "").strip() or str(path)


@contextlib.contextmanager
def swallowed(into: io.StringIO, arguments: list[str] | None = None) -> Iterator[None]:
    """Prints go into a buffer, input() finds nothing, and sys.argv is the file's."""
    argv, stdin = sys.argv, sys.stdin
    sys.argv, sys.stdin = arguments or argv, io.StringIO()
    try:
        with contextlib.redirect_stdout(into), contextlib.redirect_stderr(into):
            yield
    finally:
        sys.argv, sys.stdin = argv, stdin


@contextlib.contextmanager
def capped(seconds: float) -> Iterator[None]:
    """OutOfTime in the code inside after so many seconds, where the system has alarms and this is the main thread."""
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(number: int, frame: types.FrameType | None) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
