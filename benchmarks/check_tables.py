"""How the figures about the checker look; knows nothing about where they come from."""

from check_corpus import UNSUPPORTED
from rich.table import Table

__all__ = [
    "cases_table", "confusion_table", "corpus_table", "details", "offenders", "profile_table", "smallest_table", "speed_table",
    "sweep_table",
]  # fmt: skip


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
    yield "processor seconds: median, 95 %, max", ", ".join([f"{s:.3g}" for s in counts["seconds"].values()])


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


def cases_table(rows):
    """One line for each case, one column for each checker."""
    checkers = list(dict.fromkeys([r["checker"] for r in rows]))
    table = Table(title="the same gradients beside other checkers (* a verdict that is not true)", title_justify="left")
    for name in ("case", "truth", *checkers):
        table.add_column(name)
    for case in dict.fromkeys([r["case"] for r in rows]):
        line = [r for r in rows if r["case"] == case]
        table.add_row(case, "right" if line[0]["right"] else "wrong", *[word_of(r) for r in line])
    table.add_section()
    lines = [[r for r in rows if r["checker"] == name] for name in checkers]
    table.add_row("true verdicts", "", *[true_verdicts(line) for line in lines])
    return table


def true_verdicts(rows):
    if rows[0]["checker"].startswith("SciPy"):
        return "gives none"
    return share(sum([r["good"] for r in rows]), len(rows))


def word_of(row):
    """passes, condemns, or a number; ours says more."""
    if row["checker"] == "autograd_nn" and row["remark"]:
        return f"{row['word']}{'' if row['good'] else ' *'}: {row['remark'][:60]}"
    no_verdict = row["checker"].startswith("SciPy")
    return row["word"] if row["good"] or no_verdict else f"{row['word']} *"


def speed_table(rows):
    table = Table(title="what a check costs", title_justify="left")
    for name in ("what", "checker", "verdict"):
        table.add_column(name, no_wrap=True)
    for name in ("median", "fastest", "processor", "budget"):
        table.add_column(name, justify="right", no_wrap=True)
    for r in rows:
        if "peak" in r:
            amount = f"{r['peak'] / 2**20:.0f} MiB", f"{r['times the parameters']:.1f} x parameters", "", ""
        elif "median" in r:
            amount = (
                f"{1e3 * r['median']:.4g} ms",
                f"{1e3 * r['fastest']:.4g} ms",
                f"{1e3 * r['processor']:.4g} ms",
                budget_of(r),
            )
        else:
            amount = "", "", "", ""
        table.add_row(r["what"], r["checker"], f"{r['word']} {r.get('named', '')}".strip(), *amount)
    return table


def budget_of(row):
    if not row["budget"]:
        return ""
    return f"<= {1e3 * row['budget']:g} ms: {'met' if row['median'] <= row['budget'] else 'missed'}"


def profile_table(rows):
    table = Table(
        title="where the verdict on 25,818 parameters spends its time (profiled, so slower)", title_justify="left"
    )
    for name in ("function", "calls", "itself, ms", "with what it calls, ms", "share"):
        table.add_column(name, justify="left" if name == "function" else "right", no_wrap=True)
    for r in rows:
        times = f"{1e3 * r['seconds']:.3g}", f"{1e3 * r['within']:.3g}"
        table.add_row(r["where"], f"{r['calls']:g}", *times, f"{100 * r['share']:.1f} %")
    return table


def smallest_table(rows):
    """What each checker condemns, and what it at least does not pass."""
    table = Table(
        title="smallest relative error that is condemned (or at least not passed), float64", title_justify="left"
    )
    for name in ("problem", "checker", "condemned", "not passed"):
        table.add_column(name, no_wrap=True)
    for r in rows:
        table.add_row(r["problem"], r["checker"], *[r.get("lost") or small(r[k]) for k in ("condemned", "doubted")])
    return table


def small(error):
    return "none down from 0.1" if error is None else f"{error:g}"


def sweep_table(found):
    table = Table(title="correct gradients, and the same times 1.01", title_justify="left")
    for name in ("source", "samples", "right", "right, untested", "wrong", "cannot tell", "crash", "no answer in time"):
        table.add_column(name, justify="left" if name == "source" else "right", no_wrap=True)
    for source, counts in found.items():
        table.add_row(source, *[f"{n}" for n in counts.values()])
    return table


def offenders(rows, console):
    """Correct gradients that were not judged right and spoilt ones that were, with the first lines of what was said."""
    for r in rows:
        console.print(f"{r['verdict']}: {r['source']}, {r['name']}, {r['variant']}")
        console.print("".join([f"    {line}\n" for line in r["text"].splitlines()]))
