"""The line at which a backward goes wrong, without a name for the mistake.  Layer 8; knows workshops and recordings.

The right gradients of all values of the forward are known. A statement of the backward is suspect if its result is none of them,
and if with one of them in its place the backward becomes right: everything after it is right then, and what came before is.
"""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

import numpy as np

from ..node import Node
from .recording import Edge, Recording
from .reference import Trial
from .repair_bench import Workshop
from .repair_edits import expression
from .repair_source import Change, Program, Site, line_at

__all__ = ["Suspect", "suspect", "suspect_on"]

MOST = 1500  # runs, and
SECONDS = 0.3  # how long they may take together
BEGINNINGS = (
    "np.zeros",
    "np.ones",
    "np.empty",
    "np.full",
    "numpy.zeros",
    "numpy.empty",
)  # what a loop fills afterwards


@dataclass(frozen=True, slots=True)
class Suspect:
    """The line at which a backward goes wrong, and why that is said; `certain` if names and numbers agree."""

    line: str
    sentence: str
    named: bool


@dataclass(frozen=True, slots=True)
class Right:
    """The right gradients of one value of the forward, for every time that it was computed, newest first."""

    name: str
    arrays: tuple


@dataclass(frozen=True, slots=True)
class Spot:
    """A statement's result, or what a function is given: the site, its values in the order of computation, what it becomes."""

    site: Site
    values: tuple
    target: str
    total: Any  # what the target holds at last, after this statement

    @property
    def returned(self) -> bool:
        return isinstance(self.site.statement, ast.Return)


def suspect(trial: Trial, k: int) -> tuple[str, str] | None:
    """(the line of the backward at which the gradient of the active input k goes wrong, a sentence); None if nothing tells."""
    found = suspect_on(Workshop(trial), k)
    return None if found is None else (found.line, found.sentence)


def suspect_on(bench: Workshop, k: int) -> Suspect | None:
    """The same, on a bench."""
    if bench.program is None or k not in bench.wrong:
        return None
    known, computed = gradients(bench)
    names = {right.name for right in known} - {""}
    runs, end = 0, min(time.perf_counter() + SECONDS, bench.end)
    with bench.program:
        for spot in spots_of(bench):
            own = [name for name in aims(spot.target) if name in names]
            if is_fine(spot, own, known, computed):
                continue
            fitting = sorted([r for r in known if fits(r, spot)], key=lambda r: (r.name not in own, not r.name))
            for right, order in [(r, order) for r in fitting for order in (1, -1)]:
                if len(right.arrays) == 1 and order == -1:
                    continue
                runs += 1
                if runs > MOST or time.perf_counter() > end:
                    return None
                arrays = right.arrays[::order]
                if k in bench.explained(bench.run(spot.site, instead(spot, arrays))):
                    return told(spot, right, arrays)
    return None


def is_fine(spot: Spot, own: Sequence[str], known: Sequence[Right], computed: Sequence[np.ndarray]) -> bool:
    """Whether nothing speaks against the result of a statement: a value of the forward, zeros to begin with, a right gradient."""
    if spot.site.text.startswith(BEGINNINGS):
        return True
    if not own and any([close(spot.values[-1], y) for y in computed]):
        return True
    if not own and not spot.returned and not np.ndim(spot.values[-1]):
        return True  # a number without a name: there is too much that it could be
    if any([close(spot.total, a) for right in known if right.name in own for a in right.arrays]):
        return True
    told_apart = own or spot.returned
    return any([agrees(spot.values, right) for right in known if right.name in own or not told_apart])


def spots_of(bench: Workshop) -> Iterator[Spot]:
    """The results of statements, in the order of computation."""
    values: dict[Site, list] = {}
    totals = {(site.statement, site.text): value for site, value in bench.kept if site.stored}
    functions = [s.function for s, _ in bench.kept]
    parameters = {f.name: [a.arg for a in f.args.args] for f in functions if isinstance(f, ast.FunctionDef)}
    for site, value in bench.kept:
        values.setdefault(site, []).append(value)
    for site, found in values.items():
        target = target_of(site, parameters)
        if target is not None and all([isinstance(v, np.ndarray | float | np.floating) for v in found]):
            yield Spot(site, tuple(found), target, totals.get((site.statement, target), found[-1]))


def target_of(site: Site, parameters: dict[str, list[str]]) -> str | None:
    """What the value of a site is stored in, returned as or passed as; None for a part of an expression."""
    s, node, parent = site.statement, site.node, site.around[-1]
    if site.stored:
        return None
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id in parameters:
        names = parameters[parent.func.id]
        return names[parent.args.index(node)] if node in parent.args[: len(names)] else None
    if isinstance(s, ast.Assign) and s.value is node:
        return ast.unparse(s.targets[0])
    if isinstance(s, ast.AugAssign) and s.value is node:
        return ast.unparse(s.target)
    if isinstance(s, ast.AnnAssign) and s.value is node:
        return ast.unparse(s.target)
    if isinstance(s, ast.Assign | ast.Return) and isinstance(s.value, ast.Tuple) and node in s.value.elts:
        first = s.targets[0] if isinstance(s, ast.Assign) else None
        same = isinstance(first, ast.Tuple) and len(first.elts) == len(s.value.elts)
        return ast.unparse(first.elts[s.value.elts.index(node)]) if same else ""  # type: ignore[union-attr]  # `same` looked
    whole = (isinstance(s, ast.Return) and s.value is node) or (
        isinstance(s, ast.Return) and isinstance(s.value, ast.Dict)
    )
    if whole or isinstance(site.around[-1], ast.Lambda):
        return ""
    returned = isinstance(s, ast.Return) and any([isinstance(a, ast.Tuple | ast.Dict) for a in site.around[-2:]])
    return "" if returned and site.around[-1] is not s and isinstance(site.around[-1], ast.Tuple | ast.Dict) else None


def gradients(bench: Workshop) -> tuple[list[Right], list[np.ndarray]]:
    """The right gradients of what the forward computes, by name where it has one, and what it computes."""
    trial = bench.trial
    known = [Right(trial.name(k), (r,)) for k, r in enumerate(trial.reference.values)]
    if trial.reference.recording is None:
        return known, []
    program: Program = bench.forward(lambda: Recording(trial.pair.value, trial.inputs, trial.pair.active))
    with program:
        watched = program.watched()
    if watched is None:
        return known, []
    recording, kept = watched
    arrived: dict[Edge, tuple[Any, Any]] = {}
    leaves = recording.sweep([trial.upstream], kept=arrived)
    cotangent: dict[Node, Any] = dict(zip(recording.leaves, leaves))
    cotangent |= {n: g for (n, _), (g, _) in arrived.items()}
    named: dict[str, dict[Node, None]] = {}
    for site, value in kept:
        for node in [value] if isinstance(value, Node) else []:
            if site.stored:
                named.setdefault(ast.unparse(site.node).rpartition(".")[2], {})[node] = None
    for name, nodes in named.items():
        arrays = tuple([cotangent[n] for n in reversed(nodes) if isinstance(cotangent.get(n), np.ndarray)])
        known += [Right(name, arrays)] if arrays else []
        known += [Right(name, (a,)) for a in arrays] if len(arrays) > 1 else []
    lines: dict[tuple, list] = {}
    for (n, i), (g, d) in arrived.items():
        where = n.where.code if n.where is not None else ""
        lines.setdefault((where, n.op.name, "value"), []).append(g) if i == first_of(arrived, n) else None
        lines.setdefault((where, n.op.name, i), []).append(d)
    for group in lines.values():
        plain = tuple([a for a in group if isinstance(a, np.ndarray)])
        known += [Right("", plain)] if plain else []
        known += [Right("", (a,)) for a in plain] if 1 < len(plain) <= 8 else []
    computed = [n.data for n in (*recording.leaves, *recording.order) if isinstance(n.data, np.ndarray)]
    return distinct(known), computed


def first_of(arrived: dict[Edge, tuple[Any, Any]], n: Node) -> int:
    return next(i for i in range(len(n.inputs)) if (n, i) in arrived)


def distinct(known: Sequence[Right]) -> list[Right]:
    """Each list of arrays once, by its name if it has one."""
    found: dict[tuple, Right] = {}
    for right in known:
        digest = (right.name, *[(a.shape, a.tobytes()) for a in right.arrays])
        found.setdefault(digest, right)
        if right.name:
            found.pop(("", *digest[1:]), None)
        elif any([(name, *digest[1:]) in found for name in {r.name for r in found.values()} - {""}]):
            found.pop(digest)
    return list(found.values())


def aims(target: str) -> list[str]:
    """The names of which a variable may hold the gradient: `dvar`, `grad_var`, `self.dvar`, `grads["var"]` that of `var`."""
    name = re.split(r"[.\[]", target.replace('"', "'").removesuffix("']"))[-1].strip("'")
    found = [name] if target.endswith("]") else []
    for pattern in (r"(?:d|D|g|grad_?|d_|g_|delta_?|dL_?d)(\w+)", r"(\w+?)_?(?:grad|bar|adj)"):
        match = re.fullmatch(pattern, name)
        found += [match.group(1)] if match else []
    return found


def agrees(values: Sequence, right: Right) -> bool:
    """Whether values are the right gradients already."""
    if len(values) != len(right.arrays):
        return len(right.arrays) == 1 and close(values[-1], right.arrays[0])
    return any([all([close(v, a) for v, a in zip(values, right.arrays[::order])]) for order in (1, -1)])


def close(v: Any, a: Any) -> bool:
    top = float(np.max(np.abs(a), initial=0.0))
    return np.shape(v) == np.shape(a) and bool(np.all(np.abs(v - a) <= 1e-9 * top))


def fits(right: Right, spot: Spot) -> bool:
    """Whether the gradients have the number and the shapes of what a statement computes."""
    if len(spot.values) != len(right.arrays):
        return False
    return all([np.shape(v) == a.shape for v, a in zip(spot.values, right.arrays)])


def instead(spot: Spot, arrays: Sequence) -> Change:
    """Puts the right arrays in the place of a statement's results; after `+=` and `-=` they are what stands there then."""
    left = iter(arrays)
    s = spot.site.statement
    before = reader(s)

    def change(value: Any, frame: FrameType) -> Any:
        a = next(left, value)
        if before is None or a is value:
            return np.array(a, dtype=np.result_type(a)) if isinstance(a, np.ndarray) else a
        return a - before(frame) if isinstance(s.op, ast.Add) else before(frame) - a  # type: ignore[attr-defined]  # an AugAssign

    return change


def reader(statement: ast.AST) -> Callable[[FrameType], Any] | None:
    if isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add | ast.Sub):
        return (
            expression(ast.unparse(statement.target))
            if isinstance(statement.target, ast.Name | ast.Attribute)
            else None
        )
    return None


def told(spot: Spot, right: Right, arrays: Sequence) -> Suspect:
    """The suspect in words."""
    line, target = spot.site.line, spot.target
    stores = last_store(spot)
    if stores is not None:
        line, target = line_at(spot.site.file, stores.lineno), target or spot.site.text
    what = target or spot.site.text
    named = right.name in aims(what)
    text = f"`{what}` should be the gradient of `{right.name}`" if right.name else f"`{what}` is not what it should be"
    return Suspect(line, text + relation(spot.values, arrays), named)


def relation(values: Sequence, arrays: Sequence) -> str:
    """What wrong numbers are to the right ones, where that can be said."""
    v, a = [np.concatenate([np.ravel(np.asarray(x, float)) for x in group]) for group in (values, arrays)]
    if v.shape != a.shape or not np.any(a):
        return ""
    if not np.any(v):
        return "; it is 0"
    c = float(np.vdot(a, v) / np.vdot(a, a))
    return f"; it is {c:.6g} times it" if np.allclose(v, c * a, rtol=1e-7, atol=1e-9 * np.max(np.abs(a))) else ""


def last_store(spot: Spot) -> ast.stmt | None:
    """Where an array that is returned was last written into, if it is one that is filled part by part."""
    name = spot.target or (spot.site.text if isinstance(spot.site.node, ast.Name) else "")
    inside = [n for n in ast.walk(spot.site.function) if isinstance(n, ast.stmt) and n is not spot.site.statement]
    found = [n for n in inside if fills(n, name) and (spot.returned or n.lineno > spot.site.number)]
    return max(found, key=lambda n: n.lineno, default=None)


def fills(s: ast.stmt, name: str) -> bool:
    """Whether a statement stores into a part of an array, or adds to all of it."""
    if isinstance(s, ast.AugAssign):
        return ast.unparse(s.target).partition("[")[0] == name
    if isinstance(s, ast.Assign):
        return any([isinstance(t, ast.Subscript) and ast.unparse(t.value) == name for t in s.targets])
    if isinstance(s, ast.Expr) and isinstance(s.value, ast.Call) and s.value.args:
        return ast.unparse(s.value.func).endswith(".at") and ast.unparse(s.value.args[0]) == name
    return False
