"""The corpus through the checker: one row per case, and counts over rows.

Of the frozen half rows hold what is counted and no text, unless somebody asks for details.
"""

import contextlib
import functools
import importlib
import io
import sys
import time
import warnings
from pathlib import Path

import check_pool
import numpy as np
from check_pool import CRASH, HANG

import autograd_nn as ag

__all__ = ["HALVES", "UNSUPPORTED", "chosen", "confusion", "counted", "is_false", "items", "lost", "measured", "row_of"]

TESTS = Path(__file__).resolve().parent.parent / "tests"
HALVES = ("open", "frozen")
UNSUPPORTED = "style not supported yet"


@functools.cache
def items(half):
    """All cases of one half, in the order of files and of lines: the same in every process."""
    if str(TESTS) not in sys.path:
        sys.path.insert(0, str(TESTS))
    files = sorted((TESTS / "corpus" / half).glob("*.py"))
    modules = [importlib.import_module(f"corpus.{half}.{file.stem}") for file in files]
    return [case for module in modules for case in getattr(module, "CASES", [])]


def chosen(half, only=()):
    """The positions of the cases whose name, kind, layer or style contains one of the words."""
    texts = [f"{c.name} {c.kind} {c.layer} {c.style}" for c in items(half)]
    return [i for i, text in enumerate(texts) if not only or any([word in text for word in only])]


def checked(case, half):
    """The report about one case, without any hint; the inputs are named only where the checker asks for that."""
    inputs = case.make(np.random.default_rng(0))
    report = ag.check_backward(case.forward, case.backward, *inputs)
    if report.verdict == "cannot tell" and "wrt=" in str(report):
        calls = importlib.import_module("corpus.open.running" if half == "open" else "corpus.calls")
        names = calls.names(case, inputs) if half == "open" else calls.names_of(case)
        wrt = [name for i, name in enumerate(names[: len(inputs)]) if i not in case.static]
        inputs = case.make(np.random.default_rng(0))
        report = ag.check_backward(case.forward, case.backward, *inputs, wrt=wrt)
    return report


def truth(case, half):
    """What is known of a case before anything is judged."""
    return {
        "half": half, "name": case.name, "style": case.style, "layer": case.layer, "right": case.right, "kind": case.kind,
        "also": list(case.also), "invisible": bool(case.invisible),
    }  # fmt: skip


def row_of(half, position, texts):
    """What came of one case: the truth, the verdict and the cause that was named first."""
    case = items(half)[position]
    row = truth(case, half)
    begin = time.process_time()
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            report = checked(case, half)
    except BaseException as error:  # noqa: BLE001  whatever escapes from the checker is counted
        text = f"{type(error).__name__}: {error}"[:300] if half in texts else ""
        return row | {"verdict": CRASH, "seconds": time.process_time() - begin, "text": text}
    row["seconds"] = time.process_time() - begin
    return row | judged(case, report) | {"text": shortened(str(report)) if half in texts else ""}


def lost(half, position, verdict):
    """The row of a case whose process died or was ended."""
    return truth(items(half)[position], half) | {"verdict": verdict, "seconds": check_pool.LIMIT, "text": ""}


def judged(case, report):
    """What a report says, beside what is true."""
    first = report.findings[0] if report.findings else None
    row = {"verdict": report.verdict, "false": is_false(case, report)}
    row["untested"] = bool(report.strength) or not all([a.tested for a in report.arguments])
    row |= {"named": first.kind if first else "", "certainty": first.certainty if first else ""}
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


def measured(half, only, texts, said):
    return check_pool.run("check_corpus", [(half, i) for i in chosen(half, only)], texts, said=said)


def counted(rows):
    """The counts over some rows: nothing about a single case."""
    tried = [r for r in rows if r["verdict"] != UNSUPPORTED]
    wrong = [r for r in tried if not r["right"] and not r["invisible"]]
    unseen = [r for r in tried if not r["right"] and r["invisible"]]
    right = [r for r in tried if r["right"]]
    condemned = [r for r in wrong if r["verdict"] == "wrong"]
    named = [r for r in condemned if r["named"] in (r["kind"], *r["also"])]
    seconds = [r["seconds"] for r in tried] or [0.0]
    return {
        "cases": len(rows), "not supported yet": len(rows) - len(tried),
        "wrong": len(wrong), "wrong judged": verdicts(wrong), "right": len(right), "right judged": verdicts(right),
        "invisible": len(unseen), "invisible judged": verdicts(unseen),
        "invisible judged right without a word": sum([r["verdict"] == "right" and not r["untested"] for r in unseen]),
        "judged wrong": len(condemned), "cause named first is right": len(named),
        "cause right and the line equal": sum([bool(r.get("line")) for r in named]),
        "cause right and the line or the argument equal": sum([bool(r.get("line") or r.get("argument")) for r in named]),
        "certain and false": sum([bool(r.get("false")) for r in tried]),
        "seconds": dict(zip(("median", "95 %", "max"), map(float, np.quantile(seconds, (0.5, 0.95, 1.0))))),
    }  # fmt: skip


def verdicts(rows):
    """{verdict: how many of them}."""
    found = [r["verdict"] for r in rows]
    return {v: found.count(v) for v in ("right", "wrong", "cannot tell", CRASH, HANG)}


def confusion(rows):
    """{true kind: {what was said: how many}} over wrong cases; what was said is a kind, or the verdict that was not wrong."""
    table = {}
    for r in rows:
        if not r["right"] and r["verdict"] != UNSUPPORTED:
            said = r["named"] or "(no finding)" if r["verdict"] == "wrong" else f"({r['verdict']})"
            said = f"{r['kind']} (fair: {said})" if said in r["also"] else said
            line = table.setdefault(r["kind"], {})
            line[said] = line.get(said, 0) + 1
    return {kind: dict(sorted(line.items(), key=lambda item: -item[1])) for kind, line in sorted(table.items())}
