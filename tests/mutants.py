"""Plants every mistake of mistakes.py in every rule of the registry, and sees which check of op_checks.py fails.

    python tests/mutants.py [--op NAME] [--json FILE]

A mutant is killed if a check fails for its record.  One that no check sees is equivalent if the mistaken formula did run and the
rule still gives the same numbers at points that no check uses; else it survived, which is a gap in the checks or in the
record's cases.  Never names an operation.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mistakes import MAIN, mistaken
from op_checks import CHECKS
from op_points import one_array, one_recorded, points
from op_scalars import SPECIAL, derivative

from autograd_nn import Tensor, ops
from autograd_nn.domain import Interval
from autograd_nn.op import REGISTRY, Op
from autograd_nn.several import Bundle, Parts
from autograd_nn.walk import pull

__all__ = ["EQUIVALENT", "SURVIVED", "Mutant", "compared", "mutants_of", "planted", "report", "slots_of"]

SEEDS = (101, 102, 103)  # of the points that decide about equivalence; no check uses them
FEW = (
    0.0,
    1.0,
    -2.5,
    math.inf,
    math.nan,
)  # of SPECIAL, for three arguments and more: all of it would be thousands of points
KILLED, EQUIVALENT, SURVIVED = "killed", "equivalent", "survived"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A record with one rule replaced.

    where    the position in `op.vjps`, or None for `op.jvp`
    kind     of the mistake; mistake: which expression became which
    rule     what stands there instead
    flag     no longer empty once the mistaken expression has run
    floats   the mistake is made on Python floats alone, so that only the check of scalars can see it
    """

    op: Op
    where: int | None
    kind: str
    mistake: str
    rule: Callable
    flag: set
    floats: bool = False

    def __str__(self) -> str:
        rule = "jvp" if self.where is None else f"vjps[{self.where}]"
        return f"{rule}{' on floats' if self.floats else ''}  {self.mistake}"


def mutants_of(op: Op) -> Iterator[Mutant]:
    """Every mutant of a record: each vjp rule, the jvp, and once more the rules on floats."""
    for where, rule in slots_of(op):
        for kind, text, wrong, flag in mistaken(op, rule):
            yield Mutant(op, where, kind, text, wrong, flag)
            if op.scalar is not None and where is not None and kind in MAIN:
                yield Mutant(op, where, kind, text, on_floats(wrong, rule), flag, floats=True)


def slots_of(op: Op) -> list[tuple[int | None, Any]]:
    """(position, rule) for each vjp rule, and (None, jvp) where there is one."""
    slots: list[tuple[int | None, Any]] = [(i, r) for i, r in enumerate(op.vjps) if r is not None]
    return [*slots, (None, op.jvp)] if op.kind == "custom" else slots


def on_floats(wrong: Callable, right: Callable) -> Callable:
    return lambda g, y, *args: (wrong if g.__class__ is float else right)(g, y, *args)


@contextmanager
def planted(mutant: Mutant) -> Iterator[None]:
    """The record with its rule replaced, for the time of a `with`."""
    op, where = mutant.op, mutant.where
    right = op.vjps, op.jvp
    try:
        if where is None:
            op.jvp = mutant.rule
        else:
            op.vjps = (*op.vjps[:where], mutant.rule, *op.vjps[where + 1 :])
        yield
    finally:
        op.vjps, op.jvp = right


def judge(mutant: Mutant) -> tuple[str, str]:
    """(killed | equivalent | survived, by what or why)."""
    mutant.flag.clear()
    with planted(mutant), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # a warning is no kill: the numbers have to be wrong
        checks = CHECKS["differentiable"]
        for name in ["scalar"] if mutant.floats else checks:
            try:
                checks[name](mutant.op)
            except Exception as error:  # noqa: BLE001  any failure is a kill; its type is reported
                return KILLED, f"{name} ({type(error).__name__})"
    if not mutant.flag:
        return SURVIVED, "no check runs the mistaken expression"
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return compared(mutant)


def compared(mutant: Mutant) -> tuple[str, str]:
    """Whether the mistaken rule gives the numbers of the right one at fresh points, to second order."""
    op, where = mutant.op, mutant.where
    right = op.jvp if where is None else op.vjps[where]
    count = 0
    for order in () if mutant.floats else (first_order, second_order):
        for expected, actual in zip(order(op, where, right), order(op, where, mutant.rule), strict=True):
            if not same(expected, actual):
                return SURVIVED, f"{order.__name__.replace('_', ' ')}: {expected} became {actual}"
            count += np.size(expected)
    edges = 0
    for args, active, numbers in special_points(op, mutant.floats):
        apply = on_numbers if mutant.floats else applied
        expected = apply(np.random.default_rng(1), op, where, right, args, active)
        actual = apply(np.random.default_rng(1), op, where, mutant.rule, args, active)
        if not same(expected, actual):
            if has_derivative(op, args, active if where is None else [where], numbers):
                return SURVIVED, f"at {numbers}: {expected} became {actual}"
            edges += 1
        count += np.size(expected)
    without = f", but for {edges} points at which there is no derivative" if edges else ""
    if not count:
        return SURVIVED, "there are no points to compare the rules at"
    return EQUIVALENT, f"the same {count} numbers at points that no check uses{without}"


def same(expected: Any, actual: Any) -> bool:
    return np.allclose(expected, actual, rtol=1e-9, atol=1e-12, equal_nan=True)


def first_order(op: Op, where: int | None, rule: Any) -> Iterator[Any]:
    """What a rule gives on arrays, at fresh points."""
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        for args, active in points_to_compare(op, seed):
            yield applied(rng, op, where, rule, args, active)


def applied(rng: Any, op: Op, where: int | None, rule: Any, args: list, active: list) -> Any:
    """A vjp rule applied to a random cotangent, or the jvp to random tangents; in the shape that the walk gives it."""
    y = op.function(*args)
    y = tuple(y) if isinstance(y, list | tuple) else y
    if where is None:
        ts = [rng.normal(size=np.shape(a)) if i in active else None for i, a in enumerate(args)]
        return one_array(rule(ts, y, *args)) if isinstance(y, tuple) else ops.fit(rule(ts, y, *args), Tensor(y))
    d = rule(random_like(rng, y), y, *args)
    return ops.fit(d, Tensor(args[where])) if where in active else d


def random_like(rng: Any, y: Any) -> Any:
    """A random cotangent of a result, or of several."""
    if isinstance(y, tuple):
        return Parts({i: rng.normal(size=np.shape(part)) for i, part in enumerate(y)})
    return rng.normal(size=np.shape(y))


def second_order(op: Op, where: int | None, rule: Any) -> Iterator[Any]:
    """The derivatives of what a rule gives by its arguments and the cotangent, at fresh points."""
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        for args, active in points_to_compare(op, seed):
            if where is not None and where not in active:
                continue
            nodes = [Tensor(a) if i in active else a for i, a in enumerate(args)]
            y = op.function(*nodes)
            results = list(y) if isinstance(y, list | tuple) else [y]
            y = results[0].inputs[0] if isinstance(y, list | tuple) else y  # the Bundle
            shapes = [part.shape for part in results] if where is not None else [np.shape(args[i]) for i in active]
            upstream = [Tensor(rng.normal(size=shape)) for shape in shapes]
            ts = dict(zip(active, upstream))
            g = Parts(dict(enumerate(upstream))) if isinstance(y, Bundle) else upstream[0]
            d = rule(g if where is not None else [ts.get(i) for i in range(len(args))], y, *nodes)
            d = one_recorded(d) if isinstance(d, tuple) else ops.fit(d, y if where is None else nodes[where])
            d = d if isinstance(d, Tensor) else Tensor(d)  # nothing in it was recorded
            leaves = [*upstream, *[nodes[i] for i in active]]
            found = pull((d,), (rng.normal(size=d.shape),), leaves)
            yield from [found.get(n, np.zeros(n.shape)) for n in leaves]


def on_numbers(rng: Any, op: Op, where: int | None, rule: Any, args: list, active: list) -> Any:
    """A vjp rule applied to floats."""
    return rule(0.7, op.function(*args), *args)


def points_to_compare(op: Op, seed: int) -> list[tuple[list, list]]:
    """All cases of a record; one shape will do where there are none: these are elementwise."""
    return [p for p in points(op, seed) if op.cases or all([np.shape(a) == (3,) for a in p[0]])]


def special_points(op: Op, floats: bool) -> Iterator[tuple[list, list, tuple]]:
    """(arguments, active ones, numbers): every active argument holds one number in all entries: ties, zeros, inf, nan.

    None for matrices: those of equal numbers are singular.
    """
    if not all([isinstance(d, Interval) for d in op.domain]):
        return
    for args, active in points_to_compare(op, 0):
        for numbers in itertools.product(SPECIAL if len(active) < 3 else FEW, repeat=len(active)):
            full = list(args)
            for i, number in zip(active, numbers):
                full[i] = number if floats else np.full(np.shape(args[i]), number)
            if not (floats and any([isinstance(a, np.ndarray) for a in full])):
                yield full, active, numbers


def has_derivative(op: Op, args: list, moved: list, numbers: tuple) -> bool:
    """Whether the operation has a derivative by any entry of the `moved` arguments, as far as differences can tell."""
    if not np.all(np.isfinite(numbers)):
        return False
    for i in moved:
        for k in range(np.size(args[i])):

            def along(number, i=i, k=k):
                full = [np.array(a, float) if j == i else a for j, a in enumerate(args)]
                full[i].flat[k] = number
                y = np.asarray(one_array(op.array(*full)))
                return float(np.sum(y * np.arange(1.0, y.size + 1.0).reshape(y.shape)))

            if derivative(along, [float(np.ravel(args[i])[k])], 0) is not None:
                return True
    return False


def report(op: Op) -> list[dict[str, str]]:
    """One row per mutant.  A mistake that never runs on floats is no mistake on floats."""
    rows = []
    for m in mutants_of(op):
        fate, why = judge(m)
        if not (m.floats and not m.flag):
            rows.append({"op": op.name, "mutant": str(m), "fate": fate, "by": why})
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description="Plant mistakes in the rules of the operations and see who notices.")
    parser.add_argument("--op", help="the name of one operation; default: all")
    parser.add_argument("--json", type=Path, help="a file for the rows")
    options = parser.parse_args()
    start, rows = time.perf_counter(), []
    for op in [REGISTRY[options.op]] if options.op else REGISTRY.values():
        found = report(op)
        rows += found
        width = max([len(r["mutant"]) for r in found], default=0)
        if found:
            sys.stdout.write(f"\n{op.name}\n")
        for r in found:
            mark = {KILLED: "killed by", EQUIVALENT: "equivalent:", SURVIVED: "SURVIVED:"}[r["fate"]]
            sys.stdout.write(f"  {r['mutant']:{min(width, 90)}}  {mark} {r['by']}\n")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    fates, by = Counter([r["fate"] for r in rows]), Counter([r["by"] for r in rows if r["fate"] == KILLED])
    sys.stdout.write("\n" + "".join([f"{n:6} killed by {check}\n" for check, n in by.most_common()]))
    sys.stdout.write(
        f"{len(rows)} mutants, {fates[KILLED]} killed, {fates[EQUIVALENT]} equivalent, {fates[SURVIVED]} survived"
        f" ({time.perf_counter() - start:.0f} s)\n"
    )
    return 1 if fates[SURVIVED] else 0


if __name__ == "__main__":
    sys.exit(main())
