"""`mutants`: mistakes planted in a hand-written backward, and which of them its check notices.  Layer 8; knows syntax trees."""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import io
import os
import textwrap
import types
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..errors import user_line
from .backward import check_backward
from .pairs import name_of
from .report import Report

__all__ = ["Mutant", "Mutants", "mutants"]

Status = Literal["noticed", "not decided", "equivalent", "untested"]
SWAPS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
CALLS = {
    "sum": "mean",
    "mean": "sum",
    "maximum": "minimum",
    "minimum": "maximum",
    "max": "min",
    "min": "max",
    "sin": "cos",
}
CALLS |= {"cos": "sin", "zeros_like": "ones_like", "ones_like": "zeros_like", "exp": "log", "log": "exp"}
SIGNS = {ast.Gt: ast.Lt, ast.Lt: ast.Gt, ast.GtE: ast.Lt, ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
FRESH = 3  # other inputs of the same shapes, at which an unnoticed mutant may differ


@dataclass(frozen=True, slots=True)
class Mutant:
    """One planted mistake.

    change    what was done, "sum becomes mean";  line: where, "file:number: text"; code: the line afterwards
    status    noticed: the check says wrong. not decided: it says cannot tell. equivalent: the gradients are the same numbers,
              here and at other numbers of the same shapes (an axis of size 1 hides a sum: give every axis 2 or more). untested:
              the same here alone, so that these inputs cannot show the mistake
    kind      of the first finding, "" where there is none
    """

    change: str
    line: str
    code: str
    status: Status
    kind: str


@dataclass(frozen=True)
class Mutants:
    """What became of every planted mistake.

    rows    all mutants;  subject: the name of the backward
    """

    subject: str
    rows: tuple[Mutant, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Mutant]:
        return iter(self.rows)

    def of(self, *statuses: Status) -> list[Mutant]:
        """The mutants with one of these statuses."""
        return [m for m in self.rows if m.status in statuses]

    @property
    def score(self) -> float:
        """The part of the mutants that change a gradient somewhere and are noticed here."""
        real = [m for m in self.rows if m.status != "equivalent"]
        return len(self.of("noticed")) / len(real) if real else 1.0

    def __str__(self) -> str:
        count = {status: len(self.of(status)) for status in ("noticed", "untested", "not decided", "equivalent")}
        lines = [
            f"{self.subject}: {', '.join([f'{n} {status}' for status, n in count.items()])}, of {len(self)} mutants"
        ]
        for m in self.of("untested", "not decided", "equivalent"):
            lines += [f"  {m.status}: {m.change}, at {m.line}", f"    {m.code}"]
        return "\n".join(lines)

    __repr__ = __str__


def mutants(
    forward: Callable,
    backward: Callable | None,
    *inputs: Any,
    progress: Callable[[int, int], None] | None = None,
    **options: Any,
) -> Mutants:
    """How good the check of a backward is at these inputs: plants mistakes in its source, and runs check_backward on each.

    forward, backward, inputs, options   as for check_backward; the backward must be right, and written in Python. Where it is
              None, forward returns (loss, gradients), and the mistakes are planted in forward
    progress  called with (how many are done, how many there are) after each
    returns   a Mutants: its text lists the mistakes that were not noticed with their lines; .score is the part that was noticed
    A mistake is a sign, a factor or a term left out, an operator or function exchanged, a sum left out, an axis or transpose
    changed, `=` in the place of `+=`, a comparison turned round, 1 - y for y. One that is `untested` gives other gradients at
    other numbers of the same shapes; take such inputs, or larger sizes. Counters of while loops are left alone. The mutants are
    run: a backward with effects on files has them many times.
    Raises TypeError without the source of a function, ValueError if the backward is not right to begin with.
    Source: DeMillo, Lipton & Sayward 1978 (mutation analysis).
    """
    function = forward if backward is None else backward
    source = Source(function)
    original = check_backward(forward, backward, *inputs, **options)
    if original.verdict != "right":
        raise ValueError(
            f"mutants: {name_of(function)} is not right to begin with, at {user_line()}. Mistakes are planted in a right one. "
            f"Look at check_backward first:\n{original}"
        )
    rows = []
    changed = list(source.changed())
    for done, (change, tree, node) in enumerate(changed, 1):
        rows.append(judged(forward, backward, inputs, options, source, change, tree, node))
        if progress is not None:
            progress(done, len(changed))
    return Mutants(name_of(function), tuple(rows))


def judged(
    forward: Callable, backward: Callable | None, inputs: Sequence[Any], options: dict, source: Source, change: str,
    tree: ast.Module, number: int,
) -> Mutant:  # fmt: skip
    """One mutant through the check, and where it is not noticed, at other inputs."""
    mutant = source.compiled(tree)
    pair = paired(forward, backward, mutant)
    with redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        report = checked(pair, copied(inputs), options)
        status: Status = "noticed" if report.verdict == "wrong" or raises(report) else "not decided"
        if report.verdict == "right":
            status = "equivalent"
            rng = np.random.default_rng(12)
            for _ in range(FRESH):
                other = [moved(x, rng) for x in inputs]
                right = checked((forward, backward), copied(other), options)
                if right and not checked(pair, other, options):
                    status = "untested"
                    break
    kind = report.findings[0].kind if report.findings else ""
    return Mutant(change, source.line(number), source.text(tree, number), status, kind)


def paired(forward: Callable, backward: Callable | None, mutant: Callable) -> tuple[Callable, Callable]:
    """(forward, mutated backward); of a function that returns (loss, gradients) the right loss and the mutated gradients."""
    if backward is not None:
        return forward, mutant
    return functools.wraps(forward)(lambda *xs: forward(*xs)[0]), functools.wraps(forward)(lambda *xs: mutant(*xs)[1])


def checked(pair: tuple[Callable, Callable | None], inputs: Sequence[Any], options: dict) -> Report:
    return check_backward(*pair, *inputs, **options)


def raises(report: Report) -> bool:
    return bool(report.findings) and report.findings[0].kind == "contract"


def copied(inputs: Sequence[Any]) -> list:
    return [x.copy() if isinstance(x, np.ndarray) else x for x in inputs]


def moved(x: Any, rng: np.random.Generator) -> Any:
    """Other numbers of the same shape and size, both signs included; what is no float stays."""
    if isinstance(x, float):
        return float(x * rng.uniform(0.5, 1.5))
    if not isinstance(x, np.ndarray) or x.dtype.kind != "f":
        return x
    spread = float(np.std(x)) or float(np.max(np.abs(x), initial=0.0)) or 1.0
    return (x + spread * rng.normal(size=x.shape)).astype(x.dtype)


class Source:
    """The syntax tree of a function, and functions from changed trees in the same surroundings."""

    def __init__(self, function: Callable) -> None:
        self.bound = getattr(function, "__self__", None)
        self.function = inspect.unwrap(getattr(function, "__func__", function))
        try:
            lines, self.first = inspect.getsourcelines(self.function)
            self.tree = ast.parse(textwrap.dedent("".join(lines)))
        except (OSError, TypeError, SyntaxError):
            self.tree = ast.Module([], [])
        if not self.tree.body or not isinstance(self.tree.body[0], ast.FunctionDef):
            raise TypeError(
                f"mutants cannot read the source of {name_of(function)}, at {user_line()}. It changes the source of a function "
                "written with def in a file. Give one, not a lambda, a built-in function or one typed at a prompt."
            )
        self.tree.body[0].decorator_list = []
        self.file = inspect.getsourcefile(self.function) or "source"
        self.lines = [line.rstrip() for line in lines]

    def line(self, number: int) -> str:
        return f"{os.path.basename(self.file)}:{self.first + number - 1}: {self.lines[number - 1].strip()}"

    def text(self, tree: ast.Module, number: int) -> str:
        """The statement that holds a line, as it is after the change."""
        for n in ast.walk(tree):
            if isinstance(n, ast.stmt) and not hasattr(n, "body") and n.lineno <= number <= (n.end_lineno or n.lineno):
                return ast.unparse(n).splitlines()[0]
        return ""

    def changed(self) -> Iterator[tuple[str, ast.Module, int]]:
        """(what was changed, the tree afterwards, the line), one change each."""
        counters = {
            n.id
            for loop in ast.walk(self.tree)
            if isinstance(loop, ast.While)
            for n in ast.walk(loop.test)
            if isinstance(n, ast.Name)
        }
        seen = {ast.unparse(self.tree)}
        for place, node in enumerate(ast.walk(self.tree)):
            for k, (change, _) in enumerate(changes(node, counters)):
                tree = copy.deepcopy(self.tree)
                target = next(n for at, n in enumerate(ast.walk(tree)) if at == place)
                replacement = list(changes(target, counters))[k][1]
                tree = ast.fix_missing_locations(Replacing(target, replacement).visit(tree))
                text = ast.unparse(tree)
                if text not in seen:
                    seen.add(text)
                    yield change, tree, getattr(node, "lineno", 1)

    def compiled(self, tree: ast.Module) -> Callable:
        """The function of a changed tree, with the globals, the closure and the object of the original."""
        f = self.function
        tree = ast.increment_lineno(copy.deepcopy(tree), self.first - 1)
        free = f.__code__.co_freevars
        definition = tree.body[0]
        if free:
            names = ", ".join(free)
            outer = ast.parse(f"def _outer_({names}):\n    return None")
            outer.body[0].body = [definition, ast.Return(ast.Name(f.__name__, ast.Load()))]  # type: ignore[attr-defined]
            tree = ast.fix_missing_locations(outer)
        scope: dict[str, Any] = {}
        exec(compile(tree, self.file, "exec"), f.__globals__, scope)
        made = scope[f.__name__] if not free else scope["_outer_"](*[c.cell_contents for c in f.__closure__ or ()])
        made.__defaults__, made.__kwdefaults__ = f.__defaults__, f.__kwdefaults__
        return made if self.bound is None else types.MethodType(made, self.bound)


class Replacing(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, target: ast.AST, replacement: ast.AST) -> None:
        self.target, self.replacement = target, replacement

    def visit(self, node: ast.AST) -> Any:
        return self.replacement if node is self.target else super().visit(node)


def changes(node: ast.AST, counters: set[str]) -> Iterator[tuple[str, ast.AST]]:
    """(what is done, the node instead) for every plausible mistake at one node of the tree."""
    if isinstance(node, ast.BinOp):
        yield from operators(node)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
        yield "the sign is left out", node.operand
    elif isinstance(node, ast.Attribute) and node.attr == "T" and isinstance(node.ctx, ast.Load):
        yield ".T is left out", node.value
    elif isinstance(node, ast.AugAssign):
        name = node.target.id if isinstance(node.target, ast.Name) else ""
        if isinstance(node.op, ast.Add | ast.Sub) and name not in counters:
            value = node.value if isinstance(node.op, ast.Add) else ast.UnaryOp(ast.USub(), node.value)
            yield (
                "= in the place of " + ("+=" if isinstance(node.op, ast.Add) else "-="),
                ast.Assign([node.target], value),
            )
            other = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
            yield "the sign of what is added is turned", ast.AugAssign(node.target, other, node.value)
    elif isinstance(node, ast.Call):
        yield from calls(node)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in SIGNS:
        yield "the comparison is turned round", ast.Compare(node.left, [SIGNS[type(node.ops[0])]()], node.comparators)
    elif isinstance(node, ast.keyword):
        yield from keywords(node)
    elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and len(node.value.elts) > 1:
        parts = node.value.elts
        yield "the first two results are exchanged", ast.Return(ast.Tuple([parts[1], parts[0], *parts[2:]], ast.Load()))


def operators(node: ast.BinOp) -> Iterator[tuple[str, ast.AST]]:
    """Operators exchanged, and operands left out."""
    left, right = node.left, node.right
    if type(node.op) in SWAPS:
        other = SWAPS[type(node.op)]()
        yield f"{symbol(node.op)} becomes {symbol(other)}", ast.BinOp(left, other, right)
    if isinstance(node.op, ast.Add | ast.Sub):
        yield f"the term {ast.unparse(right)} is left out", left
        first = right if isinstance(node.op, ast.Add) else ast.UnaryOp(ast.USub(), right)
        yield f"the term {ast.unparse(left)} is left out", first
    elif isinstance(node.op, ast.Mult):
        yield f"the factor {ast.unparse(right)} is left out", left
        yield f"the factor {ast.unparse(left)} is left out", right
        yield f"1 - {ast.unparse(right)} for {ast.unparse(right)}", ast.BinOp(left, ast.Mult(), one_minus(right))
    elif isinstance(node.op, ast.Div):
        yield f"/ {ast.unparse(right)} is left out", left
    elif isinstance(node.op, ast.Pow) and isinstance(right, ast.Constant):
        yield f"the power {ast.unparse(right)} is left out", left
    elif isinstance(node.op, ast.MatMult):
        yield "the operands of @ are exchanged", ast.BinOp(right, ast.MatMult(), left)


def one_minus(x: ast.expr) -> ast.expr:
    return ast.BinOp(ast.Constant(1.0), ast.Sub(), x)


def symbol(op: ast.operator) -> str:
    return {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}[type(op)]


def calls(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    """Functions exchanged, sums and products of functions left out."""
    function = node.func
    if not isinstance(function, ast.Attribute):
        return
    if function.attr in CALLS:
        other = ast.Attribute(function.value, CALLS[function.attr], ast.Load())
        yield f"{function.attr} becomes {other.attr}", ast.Call(other, node.args, node.keywords)
    is_module = isinstance(function.value, ast.Name) and function.value.id in ("np", "numpy")
    inner = node.args[0] if is_module and node.args else function.value
    if function.attr in ("sum", "mean", "transpose", "clip", "where", "sqrt", "tanh", "exp"):
        yield f"{function.attr} is left out", inner


def keywords(node: ast.keyword) -> Iterator[tuple[str, ast.AST]]:
    """Axes and flags changed."""
    if node.arg == "axis" and isinstance(node.value, ast.Constant) and node.value.value in (0, 1):
        yield (
            f"axis={1 - node.value.value} for axis={node.value.value}",
            ast.keyword("axis", ast.Constant(1 - node.value.value)),
        )
    if node.arg == "keepdims" and isinstance(node.value, ast.Constant):
        yield "keepdims is turned", ast.keyword("keepdims", ast.Constant(not node.value.value))
    if node.arg == "ddof" and isinstance(node.value, ast.Constant) and isinstance(node.value.value, int):
        yield "ddof is changed", ast.keyword("ddof", ast.Constant(1 - node.value.value))
