"""What the checker of hand-written gradients finds, misses and costs, beside other checkers; knows the command line.

Example: python benchmarks/check.py --corpus open --only batch --details open
"""

import argparse
import json
import os
import platform
import sys
from pathlib import Path

# Before NumPy is imported: one thread for everybody.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1", VECLIB_MAXIMUM_THREADS="1")

import check_corpus
import check_tables
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

DESCRIPTION = """Judge the corpus of hand-written backwards and count: wrong ones found, right ones cleared, causes named.
Then the same gradients beside other checkers, speed, the smallest error that is seen, and correct gradients that must not be
condemned. Without a choice of parts, all are run. Of the frozen half only counts are printed."""


def arguments(words=None):
    parser = argparse.ArgumentParser(description=DESCRIPTION)
    parser.add_argument("--corpus", choices=(*check_corpus.HALVES, "both"), help="judge the corpus, or one half of it")
    only = "only cases whose name, kind, layer or style contains NAME; may be repeated"
    parser.add_argument("--only", action="append", metavar="NAME", default=[], help=only)
    details = "print the failing cases of this half with the first lines of their reports; may be repeated"
    parser.add_argument("--details", action="append", choices=check_corpus.HALVES, default=[], help=details)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all figures to FILE")
    options = parser.parse_args(words)
    if options.json and not options.json.resolve().parent.is_dir():
        parser.error(f"--json: there is no folder {options.json.parent}")
    halves = check_corpus.HALVES if options.corpus in ("both", None) else (options.corpus,)
    options.halves = halves
    return options


def corpus(options, console, progress):
    """The counts of each half; of the open one also which kind was taken for which."""
    found = {}
    for half in options.halves:
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        with Progress(*columns, console=progress, transient=True) as bar:
            count = len(check_corpus.chosen(half, options.only))
            line = bar.add_task(f"{half} half", total=count)
            rows = check_corpus.measured(
                half, options.only, options.details, lambda n, b=bar, t=line: b.update(t, completed=n)
            )
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


def conditions():
    import numpy as np

    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "numpy": np.__version__,
    }


def main(words=None):
    options = arguments(words)
    console = Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 150)
    progress = Console(stderr=True, highlight=False, soft_wrap=True)
    found = {"conditions": conditions(), "corpus": corpus(options, console, progress)}
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
