"""Checks of hand-written gradients as tests: a fixture, a marker and a summary for pytest.  Layer 10; knows pytest.

It stands beside the package, because importing anything inside of a package imports the package: this file is loaded in every
run of pytest where autograd_nn is installed, and must cost nothing (no NumPy) where no gradient is checked.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Generator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

__all__ = [
    "gradcheck",
    "pytest_addoption",
    "pytest_configure",
    "pytest_pyfunc_call",
    "pytest_terminal_summary",
]

PROPERTY = "gradcheck"  # of a test, for each check: its verdict. Properties travel from the workers of pytest-xdist
MARKER = (
    "gradcheck(allow_cannot_tell=False, **options): the test returns (forward, backward, *inputs), (layer, *inputs), a Report of "
    "autograd_nn, or a list of those, and passes where the gradients are right; options as for autograd_nn.check_backward"
)
EXPECTED = (
    "Expected (forward, backward, *inputs), (layer, *inputs), a Report, or a list of those. Return one of them from the "
    "marked test, or leave the marker out."
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """--gradcheck-html DIR"""
    parser.getgroup("autograd_nn").addoption(
        "--gradcheck-html", metavar="DIR", help="write a page about every gradient check that fails into this folder"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Announces the marker."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture
def gradcheck(request: pytest.FixtureRequest) -> Callable:
    """gradcheck(forward, backward, *inputs, **options) -> Report: fails the test with the report unless the gradients are right.

    A layer object with `forward` and `backward` may stand in the place of the two: gradcheck(layer, *inputs). A check that
    cannot tell fails too, unless allow_cannot_tell=True. Other options are those of autograd_nn.check_backward.
    """

    def checked(*arguments: Any, allow_cannot_tell: bool = False, **options: Any) -> Any:
        __tracebackhide__ = True
        report = report_on(arguments, options)
        judge(request.node, [report], allow_cannot_tell)
        return report

    return checked


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """Judges what a marked test returns; pytest itself sees a test that returns nothing."""
    mark = pyfuncitem.get_closest_marker("gradcheck")
    if mark is None:
        return (yield)
    test, returned = pyfuncitem.obj, []

    @functools.wraps(test)
    def kept(*args: Any, **kwargs: Any) -> None:
        __tracebackhide__ = True
        returned.append(test(*args, **kwargs))

    pyfuncitem.obj = kept
    try:
        outcome = yield
    finally:
        pyfuncitem.obj = test
    __tracebackhide__ = True
    options = dict(mark.kwargs)
    allow = options.pop("allow_cannot_tell", False)
    judge(pyfuncitem, [report for value in returned for report in reports_in(value, options)], allow)
    return outcome


def reports_in(value: Any, options: dict[str, Any]) -> list[Any]:
    """The reports on what a marked test returned."""
    __tracebackhide__ = True
    if isinstance(value, list) and value:
        return [report for part in value for report in reports_in(part, options)]
    if isinstance(value, tuple) and len(value) > 1:
        return [report_on(value, options)]
    if isinstance(value, loaded("autograd_nn.check").Report):
        return [value]
    pytest.fail(f"A test marked gradcheck returned {type(value).__name__} {value!r:.60}. {EXPECTED}", pytrace=False)


def report_on(arguments: tuple, options: dict[str, Any]) -> Any:
    """The report on (forward, backward, *inputs) or (layer, *inputs)."""
    __tracebackhide__ = True
    if not arguments:
        pytest.fail(
            "gradcheck was called without arguments. Expected (forward, backward, *inputs) or (layer, *inputs). Pass them.",
            pytrace=False,
        )
    package = loaded("autograd_nn")
    layer, rest = arguments[0], arguments[1:]
    if callable(getattr(layer, "forward", None)) and callable(getattr(layer, "backward", None)):
        return package.check_backward(layer.forward, layer.backward, *rest, **options)
    return package.check_backward(*arguments, **options)


def loaded(module: str) -> Any:
    """A module of the package, imported when the first gradient is checked."""
    return import_module(module)


def judge(item: pytest.Item, reports: list[Any], allow_cannot_tell: bool) -> None:
    """Counts the verdicts, and fails the test with the reports that are not as they should be as its only text."""
    __tracebackhide__ = True
    item.user_properties += [(PROPERTY, report.verdict) for report in reports]
    fine = ("right", "cannot tell") if allow_cannot_tell else ("right",)
    bad = [report for report in reports if report.verdict not in fine]
    if not bad:
        return
    folder = item.config.getoption("gradcheck_html")
    texts = [str(report) + (written(report, Path(folder), item.nodeid) if folder else "") for report in bad]
    pytest.fail("\n\n".join(texts), pytrace=False)


def written(report: Any, folder: Path, test: str) -> str:
    """Writes the page of a failing check, and says where; a folder that cannot be written to does not hide the report."""
    name = re.sub(r"[^\w.-]+", "-", test.rpartition("/")[2])[:80].strip("-")
    digest = hashlib.sha1(test.encode(), usedforsecurity=False).hexdigest()[
        :8
    ]  # of two tests of one name in two folders
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = len(list(folder.glob(f"{name}-{digest}*.html")))
        path = report.to_html(folder / f"{name}-{digest}{f'-{taken + 1}' if taken else ''}.html")
    except OSError as error:
        return f"\n  no page was written: {error}"
    return f"\n  page: {path}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line with the numbers of verdicts, where any gradient was checked."""
    ended = [r for rs in terminalreporter.stats.values() for r in rs if getattr(r, "when", "") == "teardown"]
    counts = Counter([verdict for r in ended for name, verdict in r.user_properties if name == PROPERTY])
    if counts:
        terminalreporter.section("gradients")
        parts = [f"{counts[verdict]} {verdict}" for verdict in ("right", "wrong", "cannot tell") if counts[verdict]]
        terminalreporter.write_line(f"checked: {', '.join(parts)}")
