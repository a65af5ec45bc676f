"""How the figures about the checker look; knows nothing about where they come from."""

from check_corpus import UNSUPPORTED
from rich.table import Table

__all__ = ["confusion_table", "corpus_table", "details"]


def share(part, whole):
    return f"{part} of {whole}" + (f" ({100 * part / whole:.1f} %)" if whole else "")


def corpus_table(found):
    """One column for each half."""
    table = Table(title="hand-written backwards, judged", title_justify="left")
    table.add_column("")
    for half in found:
        table.add_column(half, justify="right", no_wrap=True)
    rows = {half: dict(lines(counts)) for half, counts in found.items()}
    for name in next(iter(rows.values()), {}):
        table.add_row(name, *[rows[half][name] for half in found])
    return table


def lines(counts):
    """(what, the figure as text) for the counts of one half."""
    yield "cases (style not supported yet)", f"{counts['cases']} ({counts['not supported yet']})"
    for truth in ("wrong", "right", "invisible"):
        text = "invisible at these inputs" if truth == "invisible" else f"{truth} ones"
        for verdict, n in counts[f"{truth} judged"].items():
            yield f"{text}: {verdict}", share(n, counts[truth])
    yield (
        "invisible ones: right, without saying what was untested",
        str(counts["invisible judged right without a word"]),
    )
    for name in (
        "cause named first is right",
        "cause right and the line equal",
        "cause right and the line or the argument equal",
    ):
        yield name, share(counts[name], counts["judged wrong"])
    yield "cases with a certain finding that is false", str(counts["certain and false"])
    yield "seconds: median, 95 %, max", ", ".join([f"{s:.3g}" for s in counts["seconds"].values()])


def confusion_table(half, confusion):
    """What wrong ones of each kind were taken for."""
    table = Table(title=f"{half} half: what each kind was taken for", title_justify="left")
    for name in ("kind", "right name", "said"):
        table.add_column(name, no_wrap=name != "said")
    for kind, said in confusion.items():
        good = sum([n for what, n in said.items() if what.split(" (fair")[0] == kind])
        table.add_row(kind, f"{good}/{sum(said.values())}", ", ".join([f"{what} {n}" for what, n in said.items()]))
    return table


def failing(row):
    """Why a row is not as it should be, or nothing."""
    if row["verdict"] == UNSUPPORTED:
        return ""
    if row["right"]:
        return "" if row["verdict"] == "right" else f"right, judged {row['verdict']}"
    if row["invisible"] and row["verdict"] == "right":
        return "" if row["untested"] else "invisible, judged right without a word"
    if row["verdict"] != "wrong":
        return f"wrong ({row['kind']}), judged {row['verdict']}"
    false = f", certain and false: {', '.join(row['false'])}" if row["false"] else ""
    if row["named"] not in (row["kind"], *row["also"]):
        fair = f" or {', '.join(row['also'])}" if row["also"] else ""
        return f"{row['kind']}{fair}, named {row['named'] or 'nothing'}{false}"
    return false.removeprefix(", ")


def details(rows, console):
    """The failing cases, each with the first lines of its report."""
    for row in rows:
        why = failing(row)
        if why:
            console.print(f"{row['name']} [{row['style']}, {row['layer']}, {row['seconds']:.2f} s]: {why}")
            console.print("".join([f"    {line}\n" for line in row["text"].splitlines()]))
