"""Times eager evaluation beside its peers and prints ratios and budgets; knows the command line and the table.

Example: python benchmarks/eager.py --only moons --rounds 9 --json moons.json
"""

import argparse
import json
import os
import platform
import sys
from pathlib import Path

# Before NumPy is imported: one BLAS thread for everybody.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1", VECLIB_MAXIMUM_THREADS="1")

from contenders import ALL, MISSING, VERSIONS
from race import agree, race
from rich.console import Console
from rich.table import Table


def arguments():
    parser = argparse.ArgumentParser(
        description="Time eager forward and backward passes against other libraries. All results are checked to be "
        "equal before anything is timed; libraries take turns round by round, and a ratio is the median over the "
        "rounds. The garbage collector stays at its default, NumPy gets one thread.",
    )
    only = f"only workloads whose name starts with NAME; may be repeated; names: {', '.join(ALL)}"
    parser.add_argument("--only", action="append", metavar="NAME", help=only)
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds per workload (default: 3 to 15, by workload)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every round to FILE")
    options = parser.parse_args()
    options.names = [name for name in ALL if not options.only or name.startswith(tuple(options.only))]
    if not options.names:
        parser.error(f"no workload's name starts with {' or '.join(options.only)}; there are {', '.join(ALL)}")
    if options.rounds is not None and options.rounds < 1:
        parser.error(f"--rounds is {options.rounds}; expected 1 or more")
    return options


def table_of(rows):
    table = Table(title="median, and median of the ratios round by round", title_justify="left")
    for name in ("work", "stage", "library"):
        table.add_column(name)
    for name in ("median", "ratio"):
        table.add_column(name, justify="right")
    table.add_column("budget")
    previous = None
    for row in rows:
        if row["work"] != previous:
            table.add_section()
        ratio = "" if row["ratio"] is None else f"{row['ratio']:.3f} of {row['reference']}"
        verdicts = [
            f"[{'green' if b['met'] else 'red'}]{b['text']}: {'met' if b['met'] else 'missed'}, {b['cost']:.3f}[/]"
            for b in row["budgets"]
            if b["met"] is not None
        ]
        work = "" if row["work"] == previous else row["work"]
        amount = f"{row['median']:.4g} {row['unit']}"
        table.add_row(work, row["stage"], row["library"], amount, ratio, "\n".join(verdicts))
        previous = row["work"]
    return table


def main():
    options = arguments()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    for name in MISSING:
        console.print(f"{name} is not installed: skipped (pip install {name})")
    rows = []
    for name in options.names:
        workload = ALL[name]()
        agree(workload)
        console.print(f"{name}: {workload.title}; results agree to {workload.tolerance:g}")
        rows += race(workload, options.rounds)
    console.print(table_of(rows))
    conditions = {"python": platform.python_version(), "machine": platform.machine(), **VERSIONS}
    console.print(", ".join(f"{key} {value}" for key, value in conditions.items()))
    if options.json:
        options.json.write_text(json.dumps({"conditions": conditions, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
