"""`autograd-nn check FILE[:NAME]`: the hand-written gradients of a plain Python file.  Layer 10; prints, computes nothing."""

from __future__ import annotations

import ast
import html
import io
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from .. import check as courtroom
from ..check.calls import Call
from ..check.declared import option
from ..check.discovery import Found, choose, find, lonely
from ..check.preparation import Prepared, prepare
from ..check.report import Finding, Report
from ..check.search import Knowledge, UnclearError
from ..files import write
from .program import FileError, OutOfTime, Program, capped, run_file, swallowed

__all__ = ["check", "page"]

COLOUR = {"right": "green", "wrong": "bold red", "cannot tell": "yellow"}
STYLES = ("auto", "plain", "cache", "stored", "loss", "gradient")
CODES = {"right": 0, "wrong": 1, "cannot tell": 3}
OTHERS = 6  # other inputs that fit, with which a verdict over guessed shapes is looked at again
PRINTED = 8  # lines of the file's own output that are shown


@dataclass(frozen=True, slots=True)
class Outcome:
    """One report with what it is about."""

    found: Found
    prepared: Prepared | None
    report: Report
    note: str = ""


def check(
    target: Annotated[
        str, typer.Argument(metavar="FILE[:NAME]", help="A Python file; NAME picks by name or glob: layers.py:affine*")
    ],
    shape: Annotated[
        list[str] | None,
        typer.Option(
            "--shape", metavar="NAME=SHAPE", help="x=5,3 or y=int:5:3 (5 labels from 0 to 2). May be repeated."
        ),
    ] = None,
    value: Annotated[
        list[str] | None,
        typer.Option("--value", metavar="NAME=VALUE", help="A number or word: eps=1e-5. May be repeated."),
    ] = None,
    only_list: Annotated[
        bool, typer.Option("--list", help="Show what was found and how it would be called; check nothing.")
    ] = False,
    wrt: Annotated[
        str | None, typer.Option(metavar="NAMES", help="The inputs whose gradients are returned: W,b.  [default: told]")
    ] = None,
    style: Annotated[str, typer.Option(help=f"How the pair is written: {', '.join(STYLES)}.")] = "auto",
    definitions: Annotated[
        bool,
        typer.Option("--definitions", help="Run imports, definitions and assignments alone: no training, no data."),
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random inputs.")] = 0,
    limit: Annotated[float, typer.Option(min=0.1, help="Seconds that the file, and each check, may take.")] = 60.0,
    as_json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the reports as a JSON list.")
    ] = None,
    as_html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the reports as one page.")
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show the inputs, and all that the file prints.")
    ] = False,
) -> None:
    """Check the hand-written gradients of a Python file that knows nothing of this package. It RUNS the file.

    Found are NAME_forward and NAME_backward, sigmoid and sigmoid_prime (d_, _grad, _derivative), functions that return (loss,
    gradients), and classes with forward and backward. Code under if __name__ == "__main__" is not run. Inputs are made from
    `# shapes: x=(N, D), y=int(N, C)` comments, annotations, docstrings, the file's own arrays, or by trial; where that fails, it
    says which --shape to give.

    Example: autograd-nn check layers.py:affine* --shape x=5,3 --shape w=3,7 --html report.html

    Exit code: 0 all are right, 1 something is wrong, 2 bad usage or the file does not run, 3 nothing is wrong, but one cannot
    be told.
    """
    console = Console()
    path, name = split(target)
    stated, values = shapes(shape), dict(map(literal, value or []))
    if style not in STYLES:
        raise typer.BadParameter(
            f"there is no style {style!r}. Choose one of {', '.join(STYLES)}.", param_hint="--style"
        )
    console.print(f"[dim]running {escape(str(path))} (not what is under its main guard)[/]", highlight=False)
    try:
        program = run_file(path, limit, definitions)
    except FileError as error:
        console.print(Text(str(error), "red"))
        if not definitions:
            console.print(
                "[dim]To run only imports, definitions and assignments, add --definitions.[/]", highlight=False
            )
        raise typer.Exit(2) from None
    show_printed(program, verbose, console)
    namespace = vars(program.module)
    found = selected(namespace, program.module.__name__, name, path, console)
    knowledge = Knowledge(stated, values, namespace, seed)
    judge = Judge(namespace, knowledge, style, wrt.split(",") if wrt else None, limit)
    if only_list:
        show_list(found, judge, console)
        raise typer.Exit(0)
    outcomes = []
    for one in found:
        with console.status(f"checking {one.title}"):
            outcome = judge.judged(one)
        outcomes.append(outcome)
        show(outcome, path, verbose, console)
    if len(outcomes) > 1:
        console.print(summary(outcomes))
    write_files(outcomes, path, as_json, as_html, console)
    raise typer.Exit(code(outcomes))


def code(outcomes: Iterable[Outcome]) -> int:
    """1 if anything is wrong, else 3 if anything cannot be told, else 0."""
    codes = {CODES[outcome.report.verdict] for outcome in outcomes}
    return 1 if 1 in codes else max(codes)


def split(target: str) -> tuple[Path, str]:
    """FILE:NAME, where FILE may have a colon of its own (a drive)."""
    file, colon, name = target.rpartition(":")
    if colon and not Path(target).exists() and not re.search(r"[\\/]", name) and len(file) > 1:
        return Path(file), name
    return Path(target), ""


def shapes(texts: Sequence[str] | None) -> dict[str, Any]:
    try:
        return dict(map(option, texts or []))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--shape") from None


def literal(text: str) -> tuple[str, Any]:
    """eps=1e-5 as ("eps", 1e-05); what is no literal is a word."""
    name, equals, said = text.partition("=")
    if not equals or not name.isidentifier():
        raise typer.BadParameter(f"{text!r}; expected NAME=VALUE, such as eps=1e-5.", param_hint="--value")
    try:
        return name, ast.literal_eval(said)
    except (ValueError, SyntaxError):
        return name, said


def selected(namespace: dict[str, Any], module: str, name: str, path: Path, console: Console) -> list[Found]:
    """What the user asked for; exits where there is nothing, and says what there is."""
    every = find(namespace, module)
    found = choose(every, name) if name else every
    alone = lonely(namespace, module, every)
    if alone and not name:
        console.print(f"[dim]not paired, since no forward goes with it: {escape(', '.join(alone))}[/]", highlight=False)
    if found:
        return found
    if name and every:
        names = ", ".join([one.name for one in every])
        console.print(Text(f"{path.name} has no pair called {name}. Choose among {names}.", "red"))
    else:
        console.print(
            Text(
                f"no forward and backward were found in {path.name}. Expected NAME_forward and NAME_backward, NAME and "
                "NAME_prime (or _grad, _derivative, d_NAME), a function that returns (loss, gradients), or a class with forward "
                "and backward.",
                "red",
            )
        )
    raise typer.Exit(2)


@dataclass(frozen=True, slots=True)
class Judge:
    """Runs the checks of one file."""

    namespace: dict[str, Any]
    knowledge: Knowledge
    style: str
    wrt: list[str] | None
    limit: float

    def prepared(self, found: Found) -> Prepared:
        """With the likeliest inputs."""
        with swallowed(io.StringIO()), capped(self.limit):
            return next(prepare(found, self.namespace, self.knowledge))

    def judged(self, found: Found) -> Outcome:
        """The report; where inputs cannot be told or time is over, one that cannot tell and says why."""
        try:
            with swallowed(io.StringIO()), capped(self.limit):
                ways = prepare(found, self.namespace, self.knowledge)
                outcome = self.compared(found, next(ways))
                return self.confirmed(outcome, ways) if outcome.report.verdict == "wrong" else outcome
        except UnclearError as error:
            return Outcome(found, None, unclear(found, str(error)))
        except OutOfTime:
            why = f"it took more than {self.limit:g} s. Give smaller inputs with --shape, or raise --limit."
            return Outcome(found, None, unclear(found, why))
        except Exception as error:  # noqa: BLE001  the user's code may raise anything: a sentence, not a crash
            return Outcome(
                found, None, unclear(found, f"{type(error).__name__} was raised while it was made ready: {error}")
            )

    def confirmed(self, outcome: Outcome, ways: Iterator[Prepared]) -> Outcome:
        """Whether guessed shapes are at fault: then it cannot be told, since nobody is accused by a guess."""
        prepared = outcome.prepared
        if prepared is None or not prepared.guessed:
            return outcome
        options = " ".join([f"--shape {name}=..." for name in prepared.guessed])
        if [f.kind for f in outcome.report.findings][:1] == ["contract"]:
            said = outcome.report.findings[0].message
            why = f"with guessed shapes, {said} If these are the shapes that you mean, say so: {options}"
            return Outcome(outcome.found, prepared, unclear(outcome.found, why))
        for other in itertools.islice(ways, OTHERS):
            if is_another(other, prepared) and self.compared(outcome.found, other).report.verdict == "right":
                why = (
                    f"it is right for {described(other)}, and wrong for {described(prepared)}; which is meant cannot be told. "
                    f"Say it with {options}"
                )
                return Outcome(outcome.found, prepared, unclear(outcome.found, why))
        return outcome

    def compared(self, found: Found, prepared: Prepared) -> Outcome:
        if prepared.layer is not None:
            return Outcome(found, prepared, courtroom.check_layer(prepared.layer, *prepared.values))
        first: Outcome | None = None
        for call in prepared.calls:
            report = self.called(call, prepared)
            first = first or Outcome(found, prepared, report)
            if report.verdict == "right":
                usual = prepared.calls[0]
                note = "" if call is usual else f"it is right as {call.reading}, and wrong as {usual.reading}"
                return Outcome(found, prepared, report, note)
        assert first is not None  # there is at least one call
        return first

    def called(self, call: Call, prepared: Prepared) -> Report:
        style: Any = call.style if self.style == "auto" else self.style
        return courtroom.check_backward(
            call.forward, call.backward, *prepared.values, style="auto" if style == "stored" else style, wrt=self.wrt
        )


def is_another(other: Prepared, first: Prepared) -> bool:
    """Whether inputs have other numbers of axes, and are as telling: with an axis of size 1 much is right by chance."""
    shapes = [np.shape(value) for value in other.values]
    before = [np.shape(value) for value in first.values]
    chance = any([1 in shape or (not shape and former) for shape, former in zip(shapes, before)])
    return not chance and list(map(len, shapes)) != list(map(len, before))


def described(prepared: Prepared) -> str:
    return ", ".join([f"{name} {what}" for name, what, _ in prepared.rows])


def unclear(found: Found, why: str) -> Report:
    return Report(found.name, "cannot tell", (), (Finding("", "contract", "", "certain", why),), ())


def show_printed(program: Program, verbose: bool, console: Console) -> None:
    """The file's own output, dimmed, and what was left out."""
    lines = program.printed.splitlines()
    for text in lines if verbose else lines[:PRINTED]:
        console.print(Text(f"  {text}", "dim"))
    if len(lines) > PRINTED and not verbose:
        console.print(f"[dim]  ... and {len(lines) - PRINTED} more lines that it printed (-v shows them)[/]")
    for note in program.notes:
        console.print(Text(f"left out: {note}", "yellow"))


def show_list(found: list[Found], judge: Judge, console: Console) -> None:
    """For each its line, how it would be called, and where its inputs come from."""
    for one in found:
        console.print(f"[bold]{escape(one.title)}[/]  [dim]line {one.line}[/]", highlight=False)
        try:
            prepared = judge.prepared(one)
            console.print(Text(f"  called as {prepared.reading}"))
            show_inputs(prepared, console)
        except (Exception, OutOfTime) as error:  # noqa: BLE001  whatever it is, the others are still shown
            console.print(Text(f"  {str(error) or type(error).__name__}", "yellow"))


def show_inputs(prepared: Prepared, console: Console) -> None:
    for name, what, how in prepared.rows:
        console.print(Text(f"    {name} = {what}  ({how})", "dim"))


def show(outcome: Outcome, path: Path, verbose: bool, console: Console) -> None:
    """The report of one pair, with the lines that it names."""
    verdict = outcome.report.verdict
    console.print()
    console.print(
        f"[{COLOUR[verdict]}]{verdict}[/]  [bold]{escape(outcome.found.title)}[/]  [dim]line {outcome.found.line}[/]"
    )
    body = str(outcome.report).split("\n", 1)
    if len(body) > 1:
        console.print(Text(body[1]), soft_wrap=False)
    if outcome.note:
        console.print(Text(f"  note: {outcome.note}", "yellow"))
    if outcome.prepared and (verbose or verdict != "right"):
        console.print(Text(f"  called as {outcome.prepared.reading}", "dim"))
        show_inputs(outcome.prepared, console)


def summary(outcomes: Sequence[Outcome]) -> Table:
    """A row for each pair: the verdict and its first reason."""
    table = Table(title="Summary", title_justify="left")
    for column in ("pair", "line", "verdict", "cause"):
        table.add_column(column, justify="right" if column == "line" else "left", overflow="fold")
    for outcome in outcomes:
        report = outcome.report
        first = next(iter(report.findings), None)
        cause = "" if first is None else f"{first.argument}: {first.kind}" if first.argument else first.kind
        table.add_row(
            escape(outcome.found.name),
            str(outcome.found.line),
            f"[{COLOUR[report.verdict]}]{report.verdict}[/]",
            escape(cause),
        )
    return table


def write_files(
    outcomes: Sequence[Outcome], path: Path, as_json: Path | None, as_html: Path | None, console: Console
) -> None:
    """The reports as files."""
    try:
        if as_json is not None:
            rows = [stored(outcome, path) for outcome in outcomes]
            write(as_json, (json.dumps(rows, indent=1, ensure_ascii=False) + "\n").encode())
        if as_html is not None:
            write(as_html, page(path.name, [outcome.report for outcome in outcomes]).encode())
    except OSError as error:
        console.print(Text(str(error), "red"))
        raise typer.Exit(2) from None
    written = [str(file) for file in (as_json, as_html) if file is not None]
    if written:
        console.print(f"Written: {escape(', '.join(written))}.", highlight=False)


def stored(outcome: Outcome, path: Path) -> dict[str, Any]:
    """A report as plain data, with where it is from and what it was run on."""
    rows = outcome.prepared.rows if outcome.prepared else ()
    where = {"file": str(path), "line": outcome.found.line, "pair": outcome.found.title, "note": outcome.note}
    return where | {"inputs": [list(row) for row in rows]} | json.loads(outcome.report.to_json())


def page(title: str, reports: Sequence[Report]) -> str:
    """Several reports as one HTML page, from their notebook views."""
    fragments = "\n<hr>\n".join([report._repr_html_() for report in reports])
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title>'
    return f"<!DOCTYPE html>\n<html><head>{head}</head>\n<body>\n<h1>{html.escape(title)}</h1>\n{fragments}\n</body></html>\n"
