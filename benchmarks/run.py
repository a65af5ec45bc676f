"""Times autograd_nn beside other libraries and prints ratios and budgets; knows the command line.

Example: python benchmarks/run.py --only mlp --rounds 9 --json mlp.json
"""

import argparse
import gc
import json
import os
import platform
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

# Before NumPy is imported: one thread for everybody.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1", VECLIB_MAXIMUM_THREADS="1")
os.environ.update(XLA_FLAGS="--xla_cpu_multi_thread_eigen=false", NPROC="1")

import adapters
from catalogue import ALL, SUITES, contenders, find
from race import DisagreementError, agree, race, settle
from report import listing, table_of
from rich.console import Console

DESCRIPTION = """Time forward and backward passes beside other libraries. Before anything is timed, all losses and
gradients are checked to be equal. Libraries take turns round by round, and a ratio is the median over the rounds. Each
workload has a fresh interpreter; the garbage collector stays at its default, and NumPy gets one thread."""


def arguments(words=None):
    parser = argparse.ArgumentParser(description=DESCRIPTION)
    parser.add_argument("--suite", action="append", choices=SUITES, help="only this suite; may be repeated")
    only = f"only workloads whose name starts with NAME; may be repeated; names: {', '.join(ALL)}"
    parser.add_argument("--only", action="append", metavar="NAME", help=only)
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds per workload (default: 3 to 15, by workload)")
    parser.add_argument("--cold", action="store_true", help="start with a heap that gives pages back at every free")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every round to FILE")
    parser.add_argument("--list", action="store_true", help="show the workloads and libraries, and stop")
    options = parser.parse_args(words)
    try:
        options.workloads = find(options.only or (), options.suite or ())
    except ValueError as error:
        parser.error(str(error))
    if options.rounds is not None and options.rounds < 1:
        parser.error(f"--rounds is {options.rounds}; expected 1 or more")
    if options.json and not options.json.resolve().parent.is_dir():
        parser.error(f"--json: there is no folder {options.json.parent}")
    return options


def measured(name, rounds, cold):
    """The rows of one workload, all results having been compared; called in a process of its own."""
    workload = ALL[name]
    if not cold:
        settle()
    taking_part = contenders(workload)
    agree(workload, taking_part)
    return race(workload, taking_part, rounds)


def measure_all(workloads, rounds, cold, console):
    """The rows of all workloads, each measured in a fresh interpreter; says on `console` what it is doing."""
    rows = []
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        for number, workload in enumerate(workloads, 1):
            console.print(f"({number}/{len(workloads)}) {workload.name}: {workload.title} ...", end=" ")
            begin = time.perf_counter()
            found = pool.submit(measured, workload.name, rounds, cold).result()
            libraries = len({row["library"] for row in found})
            console.print(f"{libraries} rows, {time.perf_counter() - begin:.0f} s")
            rows += found
    return rows


def conditions():
    return {
        "python": platform.python_version(), "machine": platform.machine(), "cores": os.cpu_count(), "threads": 1,
        "gc": gc.get_threshold(), **adapters.versions(),
    }  # fmt: skip


def main(words=None):
    options = arguments(words)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 150)
    progress = Console(stderr=True, highlight=False, soft_wrap=True)
    if options.list:
        console.print(listing(options.workloads))
        console.print(f"Libraries: {', '.join(a.library for a in adapters.ADAPTERS)}")
    if adapters.missing():
        progress.print(f"Not installed, left out: {', '.join(adapters.missing())} (python -m pip install ...)")
    if options.list:
        return
    try:
        rows = measure_all(options.workloads, options.rounds, options.cold, progress)
    except DisagreementError as error:
        sys.exit(f"\nThe results differ, so nothing was timed. {error}")
    about = conditions()
    console.print(table_of(rows))
    console.print(", ".join(f"{key} {value}" for key, value in about.items()))
    if options.json:
        options.json.write_text(json.dumps({"conditions": about, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
