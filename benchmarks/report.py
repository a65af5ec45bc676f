"""The table: rows with their ratios and budgets; knows how they look, not where they come from."""

from rich.table import Table

__all__ = ["listing", "table_of"]


def table_of(rows):
    table = Table(
        title="median, median of the ratios round by round, ratio of the fastest rounds", title_justify="left"
    )
    for name in ("work", "stage", "library"):
        table.add_column(name, no_wrap=True)
    for name in ("median", "ratio", "at best"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("budget")
    previous = None
    for row in rows:
        if row["work"] != previous:
            table.add_section()
        ratio = "" if row["ratio"] is None else f"{row['ratio']:.3g} of {row['reference']}"
        at_best = "" if row["at_best"] is None else f"{row['at_best']:.3g}"
        work = "" if row["work"] == previous else row["work"]
        amount = f"{row['median']:.4g} {row['unit']}"
        verdicts = [verdict(b) for b in row["budgets"] if b["met"] is not None]
        table.add_row(work, row["stage"], row["library"], amount, ratio, at_best, "\n".join(verdicts))
        previous = row["work"]
    return table


def verdict(budget):
    color, word = ("green", "met") if budget["met"] else ("red", "missed")
    return f"[{color}]{budget['text']}: {word}, {budget['cost']:.4g}[/]"


def listing(workloads):
    table = Table()
    for name in ("name", "suite", "what", "tolerance"):
        table.add_column(name, no_wrap=name != "what")
    for w in workloads:
        table.add_row(w.name, w.suite, w.title, "" if w.kind == "import" else f"{w.tolerance:g}")
    return table
