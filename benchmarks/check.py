"""What the checker of hand-written gradients finds, misses and costs, beside other checkers; knows the command line.

Example: python benchmarks/check.py --corpus open --only batch --details open
"""

import argparse
import contextlib
import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

# Before NumPy is imported: one thread for everybody.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1", VECLIB_MAXIMUM_THREADS="1")

import check_cases
import check_corpus
import check_peers
import check_smallest
import check_speed
import check_sweep
import check_tables
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

DESCRIPTION = """Judge the corpus of hand-written backwards and count: wrong ones found, right ones cleared, causes named.
Then the same gradients beside other checkers, what a check costs, the smallest error that is seen, and correct gradients that
must not be condemned. Without a choice of parts, all are run. Of the frozen half only counts are printed."""


def arguments(words=None):
    parser = argparse.ArgumentParser(description=DESCRIPTION)
    parser.add_argument("--corpus", choices=(*check_corpus.HALVES, "both"), help="judge the corpus, or one half of it")
    parser.add_argument(
        "--cases", action="store_true", help="twelve gradients beside the other checkers that are installed"
    )
    parser.add_argument("--speed", action="store_true", help="time and memory, at 25,000 and 1,000,000 parameters")
    parser.add_argument("--smallest", action="store_true", help="the smallest relative error that each checker sees")
    parser.add_argument("--sweep", action="store_true", help="thousands of correct gradients, and the same times 1.01")
    only = "of --corpus and --sweep, only what has NAME in its name, kind, layer, style or variant; may be repeated"
    parser.add_argument("--only", action="append", metavar="NAME", default=[], help=only)
    details = "print the failing cases of this half with the first lines of their reports; may be repeated"
    parser.add_argument("--details", action="append", choices=check_corpus.HALVES, default=[], help=details)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all figures to FILE")
    options = parser.parse_args(words)
    if options.json and not options.json.resolve().parent.is_dir():
        parser.error(f"--json: there is no folder {options.json.parent}")
    if not any([options.corpus, options.cases, options.speed, options.smallest, options.sweep]):
        options.corpus = "both"
        options.cases = options.speed = options.smallest = options.sweep = True
    return options


@contextlib.contextmanager
def counting(console, what, total):
    """A bar on the error stream; gives the function that moves it."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as bar:
        line = bar.add_task(what, total=total)
        yield lambda done: bar.update(line, completed=done)


def corpus(options, console, progress):
    """The counts of each half; of the open one also which kind was taken for which."""
    found = {}
    for half in check_corpus.HALVES if options.corpus == "both" else [options.corpus]:
        with counting(progress, f"{half} half", len(check_corpus.chosen(half, options.only))) as said:
            rows = check_corpus.measured(half, options.only, options.details, said)
        found[half] = check_corpus.counted(rows)
        if half == "open" or half in options.details:
            found[half]["confusion"] = check_corpus.confusion(rows)
        if half in options.details:
            check_tables.details(rows, console)
    console.print(check_tables.corpus_table(found))
    for half, counts in found.items():
        if "confusion" in counts:
            console.print(check_tables.confusion_table(half, counts["confusion"]))
    return found


def cases(options, console, progress):
    with counting(progress, "twelve cases", len(check_cases.items("cases"))) as said:
        rows = check_cases.measured(said)
    console.print(check_tables.cases_table(rows))
    return rows


def speed(options, console, progress):
    with counting(progress, "speed", len(check_speed.items("speed"))) as said:
        rows = check_speed.measured(said)
    profile = check_speed.profile()
    console.print(check_tables.speed_table(rows))
    console.print(check_tables.profile_table(profile))
    return {"rows": rows, "profile": profile}


def smallest(options, console, progress):
    with counting(progress, "smallest errors", len(check_smallest.items("all"))) as said:
        rows = check_smallest.measured(said)
    console.print(check_tables.smallest_table(rows))
    return rows


def sweep(options, console, progress):
    tasks = check_sweep.chosen(options.only)
    with counting(progress, "correct gradients", len(tasks)) as said:
        rows = check_sweep.measured(tasks, said)
    offenders = check_sweep.offenders(rows)
    check_tables.offenders(offenders, console)
    found = check_sweep.counted(rows)
    console.print(check_tables.sweep_table(found))
    return {
        "counts": found,
        "offenders": [{k: r[k] for k in ("verdict", "source", "name", "variant")} for r in offenders],
    }


PARTS = {"corpus": corpus, "cases": cases, "speed": speed, "smallest": smallest, "sweep": sweep}


def conditions():
    versions = {"numpy": version("numpy"), **check_peers.versions()}
    return {"python": platform.python_version(), "machine": platform.machine(), "cores": os.cpu_count(), **versions}


def main(words=None):
    options = arguments(words)
    console = Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 160)
    progress = Console(stderr=True, highlight=False, soft_wrap=True)
    if check_peers.missing() and (options.cases or options.speed or options.smallest):
        progress.print(f"Not installed, left out: {', '.join(check_peers.missing())} (python -m pip install ...)")
    found = {"conditions": conditions()}
    for name, part in PARTS.items():
        if getattr(options, name):
            found[name] = part(options, console, progress)
    console.print(", ".join([f"{key} {value}" for key, value in found["conditions"].items()]))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
