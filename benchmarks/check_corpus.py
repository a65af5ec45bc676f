"""The corpus through the checker: one row per case, from processes that a hang or a crash does not outlive; counts over rows.

Of the frozen half rows hold what is counted and no text, unless somebody asks for details.
"""

import contextlib
import importlib
import io
import os
import sys
import time
import warnings
from multiprocessing import connection, get_context
from pathlib import Path
from typing import get_args

import numpy as np

__all__ = [
    "HALVES",
    "UNSUPPORTED",
    "cases_of",
    "chosen",
    "confusion",
    "counted",
    "is_false",
    "measured",
    "row_of",
    "run",
]

TESTS = Path(__file__).resolve().parent.parent / "tests"
HALVES = ("open", "frozen")
LIMIT = 30.0  # seconds for one case; a checker that takes longer has hung
UNSUPPORTED, CRASH, HANG = "style not supported yet", "crash", "no answer in time"


def cases_of(half):
    """All cases of one half, in the order of files and of lines: the same in every process."""
    if str(TESTS) not in sys.path:
        sys.path.insert(0, str(TESTS))
    files = sorted((TESTS / "corpus" / half).glob("*.py"))
    modules = [importlib.import_module(f"corpus.{half}.{file.stem}") for file in files]
    return [case for module in modules for case in getattr(module, "CASES", [])]


def chosen(half, only=()):
    """The positions of the cases whose name, kind, layer or style contains one of the words."""
    texts = [f"{c.name} {c.kind} {c.layer} {c.style}" for c in cases_of(half)]
    return [i for i, text in enumerate(texts) if not only or any([word in text for word in only])]


def checked(case, half):
    """The report about one case, or None where its style is not supported yet: the one place that calls the checker."""
    import autograd_nn as ag
    from autograd_nn.check.pairs import Style

    if case.style not in get_args(Style):
        return None
    calls = importlib.import_module("corpus.open.running" if half == "open" else "corpus.calls")
    inputs = case.make(np.random.default_rng(0))
    names = calls.names(case, inputs) if hasattr(calls, "names") else calls.names_of(case)
    wrt = [name for i, name in enumerate(names[: len(inputs)]) if i not in case.static]
    return ag.check_backward(case.forward, case.backward, *inputs, wrt=wrt, style=case.style)


def row_of(case, half, texts):
    """What came of one case: the truth, the verdict and the cause that was named first."""
    row = {"half": half, "name": case.name, "right": case.right, "kind": case.kind, "also": list(case.also)}
    row |= {"style": case.style, "layer": case.layer, "invisible": bool(case.invisible)}
    begin = time.perf_counter()
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            report = checked(case, half)
    except BaseException as error:  # noqa: BLE001  whatever escapes from the checker is counted
        text = f"{type(error).__name__}: {error}"[:300] if texts else ""
        return row | {"verdict": CRASH, "seconds": time.perf_counter() - begin, "text": text}
    row["seconds"] = time.perf_counter() - begin
    if report is None:
        return row | {"verdict": UNSUPPORTED, "text": ""}
    return row | judged(case, report) | {"text": shortened(str(report)) if texts else ""}


def judged(case, report):
    """What a report says, beside what is true."""
    first = report.findings[0] if report.findings else None
    untested = bool(report.strength) or not all([a.tested for a in report.arguments])
    row = {
        "verdict": report.verdict,
        "untested": untested,
        "named": first.kind if first else "",
        "false": is_false(case, report),
    }
    row["certainty"] = first.certainty if first else ""
    if first is None or case.right:
        return row
    lines = [line.strip() for line in first.site.splitlines()]
    same = any([line and (case.site.strip() in line or line in case.site) for line in lines])
    return row | {"line": same, "argument": first.argument.split("[")[0] == case.argument.split("[")[0]}


def is_false(case, report):
    """The kinds of findings that are certain and false; a kink that excuses entries of a right argument is none."""
    excused = {a.name for a in report.arguments if a.verdict == "right"}
    causes = [f for f in report.findings if not (f.kind == "kink-choice" and f.argument in excused)]
    return [f.kind for f in causes if f.certainty == "certain" and f.kind not in {case.kind, *case.also} - {""}]


def shortened(text, lines=7, width=220):
    return "\n".join([line[:width] for line in text.splitlines()[:lines]])


def serve(pipe, halves, texts):
    """A worker: rows for the (half, position) pairs that come through the pipe."""
    with contextlib.redirect_stderr(io.StringIO()):
        cases = {half: cases_of(half) for half in halves}
        importlib.import_module("autograd_nn.check")
        pipe.send(None)
        while True:
            half, position = pipe.recv()
            pipe.send(row_of(cases[half][position], half, half in texts))


class Worker:
    """One process, the case it is at, and since when."""

    def __init__(self, halves, texts):
        context = get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=serve, args=(other, halves, texts), daemon=True)
        self.process.start()
        other.close()
        self.task, self.since = None, time.monotonic()

    def give(self, task):
        self.task, self.since = task, time.monotonic()
        self.pipe.send(task)

    def end(self):
        self.process.kill()
        self.process.join()
        self.pipe.close()


def lost(task, verdict):
    """The row of a case whose process died or was ended."""
    half, position = task
    case = cases_of(half)[position]
    truth = {"right": case.right, "kind": case.kind, "also": list(case.also), "style": case.style, "layer": case.layer}
    known = {"half": half, "name": case.name, "invisible": bool(case.invisible), "verdict": verdict}
    return known | truth | {"seconds": LIMIT if verdict == HANG else 0.0, "text": ""}


def run(tasks, texts=("open",), workers=2, limit=LIMIT, said=lambda done: None):
    """The rows of (half, position) pairs, in their order; a case without an answer after `limit` seconds loses its process."""
    halves = sorted({half for half, _ in tasks})
    waiting, rows = list(reversed(tasks)), {}
    team = [Worker(halves, texts) for _ in range(min(workers, len(tasks)))]
    while len(rows) < len(tasks):
        ready = connection.wait([w.pipe for w in team], timeout=0.5)
        for k, worker in enumerate(team):
            verdict = None
            if worker.pipe in ready:
                try:
                    row = worker.pipe.recv()
                    if worker.task is not None:
                        rows[worker.task] = row
                    worker.task = None
                except (EOFError, OSError):
                    verdict = CRASH
            elif worker.task is not None and time.monotonic() - worker.since > limit:
                verdict = HANG
            if verdict is not None:
                if worker.task is None:
                    raise RuntimeError(
                        "a worker process died before its first case; run one case with --only to see why"
                    )
                rows[worker.task] = lost(worker.task, verdict)
                worker.end()
                team[k] = Worker(halves, texts)
            elif worker.pipe in ready and waiting:
                worker.give(waiting.pop())
        said(len(rows))
    for worker in team:
        worker.end()
    return [rows[task] for task in tasks]


def measured(half, only, texts, said):
    os.environ.setdefault("PYTHONHASHSEED", "0")
    return run([(half, i) for i in chosen(half, only)], texts, said=said)


def counted(rows):
    """The counts over some rows: nothing about a single case."""
    tried = [r for r in rows if r["verdict"] != UNSUPPORTED]
    wrong = [r for r in tried if not r["right"] and not r["invisible"]]
    unseen = [r for r in tried if not r["right"] and r["invisible"]]
    right = [r for r in tried if r["right"]]
    condemned = [r for r in wrong if r["verdict"] == "wrong"]
    named = [r for r in condemned if r["named"] in (r["kind"], *r["also"])]
    located = [r for r in named if r.get("line") or r.get("argument")]
    seconds = [r["seconds"] for r in tried] or [0.0]
    return {
        "cases": len(rows), "not supported yet": len(rows) - len(tried),
        "wrong": len(wrong), "wrong judged": verdicts(wrong), "right": len(right), "right judged": verdicts(right),
        "invisible": len(unseen), "invisible judged": verdicts(unseen),
        "invisible judged right without a word": sum([r["verdict"] == "right" and not r["untested"] for r in unseen]),
        "judged wrong": len(condemned), "cause named first is right": len(named),
        "cause right and the line equal": sum([bool(r.get("line")) for r in named]),
        "cause right and the line or the argument equal": len(located),
        "certain and false": sum([bool(r.get("false")) for r in tried]),
        "seconds": dict(zip(("median", "95 %", "max"), map(float, np.quantile(seconds, (0.5, 0.95, 1.0))))),
    }  # fmt: skip


def verdicts(rows):
    """{verdict: how many}, the three first."""
    found = [r["verdict"] for r in rows]
    return {v: found.count(v) for v in ("right", "wrong", "cannot tell", CRASH, HANG)}


def confusion(rows):
    """{true kind: {what was said: how many}} over wrong cases; what was said is a kind, or the verdict that was not wrong."""
    table = {}
    for r in rows:
        if not r["right"] and r["verdict"] != UNSUPPORTED:
            said = r["named"] or "(no finding)" if r["verdict"] == "wrong" else f"({r['verdict']})"
            said = f"{r['kind']} (fair)" if said in r["also"] else said
            line = table.setdefault(r["kind"], {})
            line[said] = line.get(said, 0) + 1
    return {kind: dict(sorted(line.items(), key=lambda item: -item[1])) for kind, line in sorted(table.items())}
