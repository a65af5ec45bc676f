"""`autograd-nn verify`: the formulas' verdicts, the network's gradients, a training run.  Layer 10; prints, computes nothing."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from ..errors import MissingProgram
from ..files import write
from ..formulas import Verdict, judge, select
from .network import GradientRow, TrainingStep, compare_gradients, network_graph, train

__all__ = ["verify"]

STYLE = {"holds": "green", "fails as printed": "yellow", "engine disagrees": "bold red"}
TEXTS = {
    "allen": "Michael Allen (2023)",
    "sudmersen": "Kevin Südmersen",
    "punnen": "Alex Punnen, online book",
    "zhou": "Jeffrey Zhou",
    "khan": "Mustafa Khan (2021)",
    "gap": "Implied by the texts, printed in none",
}
LEARNT = 0.7  # test accuracy; chance is 0.1, one epoch gives about 0.85
BATCHES = -(-1438 // 32)  # steps in an epoch of the digits' training part


def verify(
    ids: Annotated[
        list[str] | None, typer.Argument(help="Ids of formulas, such as allen-eq16; all if none is given.")
    ] = None,
    text: Annotated[str | None, typer.Option(help=f"Only the formulas of one text: {', '.join(TEXTS)}.")] = None,
    failing: Annotated[bool, typer.Option("--failing", help="Show only what fails as printed.")] = False,
    network: Annotated[
        bool | None,
        typer.Option(
            help="Check and train the 64-32-10 network on real digits.  [default: unless formulas are chosen]"
        ),
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, max=1000, help="Epochs of training.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the network's weights and batches.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for report.html and the network's graph.  [default: out, if all is checked]"),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object and nothing else, and write no files.")
    ] = False,
) -> None:
    """Check every hand-derived formula of the five texts by machine, then a network on real data.

    Each formula gets three independent answers: the formula as printed, automatic differentiation, and a complex step (or
    differences) of plain NumPy. A formula that the text misprints "fails as printed"; that is the verdict on record for it,
    and its corrected form is an entry of its own, with -corrected behind the id. Exit code 0 if every verdict is the one on
    record, 1 if one is not, 2 for bad usage.
    """
    began = time.perf_counter()
    console = Console(stderr=as_json, quiet=as_json, record=not as_json)
    verdicts = check_formulas(chosen(ids, text), console)
    if not as_json:
        show_verdicts(verdicts, failing, console)
    rows: list[GradientRow] = []
    steps: list[TrainingStep] = []
    everything = not ids and text is None
    if network or (network is None and everything):
        rows = compare_gradients(seed)
        if not as_json:
            show_gradients(rows, console)
        steps = run_training(epochs, seed, console)
        if not as_json:
            show_training(steps, console)
    learnt = not steps or (steps[-1].accuracy or 0.0) >= LEARNT
    right = all([v.as_expected for v in verdicts]) and all([row.right for row in rows]) and learnt
    seconds = time.perf_counter() - began
    if as_json:
        sys.stdout.write(json.dumps(report(verdicts, rows, steps, right, seconds), indent=1, ensure_ascii=False) + "\n")
    else:
        console.print(
            f"[green]Every verdict is the one on record[/green] ({seconds:.1f} s)."
            if right
            else f"[bold red]A verdict differs from the one on record, or the network did not learn[/bold red], see above "
            f"({seconds:.1f} s)."
        )
        if out is not None or everything:
            written = write_files(out or Path("out"), bool(rows), seed, console)
            console.print(f"Written: {', '.join(map(str, written))}.", highlight=False)
    raise typer.Exit(0 if right else 1)


def write_files(out: Path, network: bool, seed: int, console: Console) -> list[Path]:
    """The report as it was printed, and the network's graph: as SVG where Graphviz's `dot` is, as text and DOT everywhere."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        page = out / "report.html"
        write(page, console.export_html(clear=False).encode())
        written = [page]
        if network:
            picture = network_graph(seed)
            written += [picture.save(out / "network.txt"), picture.save(out / "network.dot")]
            try:
                written.append(picture.save(out / "network.svg"))
            except MissingProgram:
                console.print("[dim]No network.svg: Graphviz's program dot is not installed.[/]")
    except OSError as error:
        why = f"cannot write to {out}: {error.strerror}. Name a folder that you may write to."
        raise typer.BadParameter(why, param_hint="--out") from None
    return written


def chosen(ids: list[str] | None, text: str | None) -> list:
    """The formulas that the user asked for; a usage error names what there is."""
    try:
        formulas = select(ids or None)
    except KeyError as error:
        raise typer.BadParameter(str(error.args[0])) from None
    if text is not None and text not in TEXTS:
        raise typer.BadParameter(f"there is no text {text!r}. Choose one of {', '.join(TEXTS)}.", param_hint="--text")
    return [f for f in formulas if text in (None, f.text)]


def check_formulas(formulas: list, console: Console) -> list[Verdict]:
    with progress(console) as bar:
        task = bar.add_task("checking formulas", total=len(formulas))
        verdicts = []
        for formula in formulas:
            verdicts.append(judge(formula))
            bar.advance(task)
    return verdicts


def run_training(epochs: int, seed: int, console: Console) -> list[TrainingStep]:
    """The state after every epoch."""
    ends = []
    with progress(console) as bar:
        task = bar.add_task("training", total=epochs * BATCHES)
        for state in train(epochs, seed):
            bar.update(task, completed=state.step, description=f"training, epoch {state.epoch}, loss {state.loss:.3f}")
            if state.accuracy is not None:
                ends.append(state)
    return ends


def progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )


def show_verdicts(verdicts: list[Verdict], failing: bool, console: Console) -> None:
    """A table per text with a row per formula, then the counts."""
    texts = [text for text in TEXTS if any([v.formula.text == text for v in verdicts])]
    for text in texts:
        table = Table(title=TEXTS[text], title_justify="left", expand=True)
        table.add_column("formula", max_width=24, overflow="fold")
        table.add_column("claim", ratio=1)
        table.add_column("verdict", max_width=16)
        table.add_column("digits", justify="right")
        for v in verdicts:
            if v.formula.text == text and not (failing and v.verdict == "holds"):
                recorded = "" if v.as_expected else f"\n[bold red]on record: {v.formula.expected}[/]"
                seen = f"\n[dim]as printed: {v.diagnosis}[/]" if v.diagnosis else ""
                claim = f"{v.formula.statement} [dim]{v.formula.equation}[/]{seen}"
                table.add_row(v.id, claim, f"[{STYLE[v.verdict]}]{v.verdict}[/]{recorded}", f"{v.digits:.1f}")
        if table.row_count:
            console.print(table)
    count = Counter([(v.formula.text, v.verdict) for v in verdicts])
    summary = Table(title="Verdicts by text", title_justify="left")
    summary.add_column("text")
    for verdict in STYLE:
        summary.add_column(verdict, justify="right")
    for text in texts:
        summary.add_row(text, *[counted(count[text, verdict], verdict) for verdict in STYLE])
    summary.add_section()
    total = Counter([v.verdict for v in verdicts])
    summary.add_row(f"all {len(verdicts)}", *[counted(total[verdict], verdict) for verdict in STYLE])
    console.print(summary)


def counted(number: int, verdict: str) -> str:
    """A count in the colour of its verdict; a zero alarms nobody."""
    return f"[{STYLE[verdict]}]{number}[/]" if number else "[dim]0[/]"


def show_gradients(rows: list[GradientRow], console: Console) -> None:
    table = Table(title="64-32-10 network, 32 real digits: hand-derived against automatic", title_justify="left")
    columns: dict[str, Callable[[GradientRow], str]] = {
        "equation": lambda r: r.equation,
        "gradient": lambda r: r.quantity,
        "shape": lambda r: " x ".join(map(str, r.shape)),
        "verdict": lambda r: "[green]agrees[/]" if r.right else "[bold red]differs[/]",
        "digits": lambda r: f"{r.digits:.1f}",
        "digits, complex step": lambda r: f"{r.witness_digits:.1f}",
    }
    for name in columns:
        table.add_column(name, justify="right" if "digits" in name else "left")
    for row in rows:
        table.add_row(*[show(row) for show in columns.values()])
    console.print(table)


def show_training(steps: list[TrainingStep], console: Console) -> None:
    table = Table(title="Training on 1,438 digits, tested on 359", title_justify="left")
    for name in ("epoch", "loss of its last batch (nats)", "test accuracy"):
        table.add_column(name, justify="right")
    for s in steps:
        table.add_row(str(s.epoch), f"{s.loss:.4f}", f"{s.accuracy:.1%}")
    console.print(table)


def report(verdicts: list, rows: list, steps: list, right: bool, seconds: float) -> dict[str, Any]:
    """Everything that was found, as plain data."""
    return {
        "right": right,
        "seconds": round(seconds, 2),
        "formulas": [v.to_json() for v in verdicts],
        "network": [
            {
                "equation": r.equation,
                "gradient": r.quantity,
                "shape": list(r.shape),
                "right": r.right,
                "digits": round(r.digits, 2),
                "witness_digits": round(r.witness_digits, 2),
            }
            for r in rows
        ],
        "training": [{"epoch": s.epoch, "loss": s.loss, "accuracy": s.accuracy} for s in steps],
    }
