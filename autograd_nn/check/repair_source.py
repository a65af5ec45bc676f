"""The source of a hand-written backward, run with a hook at every expression.  Layer 8; knows Python's syntax trees and trials.

An expression can so be watched, or computed in another way, wherever it stands: in loops, in code that fills arrays in place, in
methods and closures. The functions that run get another code object for as long as a Program is entered, and theirs back.
"""

from __future__ import annotations
import __future__

import ast
import contextlib
import gc
import io
import linecache
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import CodeType, FrameType, FunctionType
from typing import Any

import numpy as np

from .reference import Trial, common_dtype

__all__ = ["Change", "Program", "Site", "line_at", "programs"]

Change = Callable[
    [Any, FrameType], Any
]  # (value of an expression, the frame that computes it) -> the value that is used
HOOK = "__autograd_nn_hook__"
OURS = (os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep, os.path.dirname(np.__file__) + os.sep)
FLAGS = sum([getattr(__future__, name).compiler_flag for name in __future__.all_feature_names])
ONE_AT_A_TIME = threading.RLock()  # functions of the user have other code meanwhile
HOOKED = (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.BinOp, ast.UnaryOp, ast.Compare, ast.IfExp, ast.Tuple)


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """An expression of a function, or a name after a statement that has just stored into it.

    node     the expression, as it was written;  around: what it stands in, from the function inwards to its parent
    stored   whether it is a name that was stored into: it can be watched, and not changed
    """

    index: int
    node: ast.expr
    around: tuple[ast.AST, ...]
    file: str
    stored: bool

    @property
    def text(self) -> str:
        return ast.unparse(self.node)

    @property
    def number(self) -> int:
        return self.node.lineno

    @property
    def line(self) -> str:
        """The line as "file:number: text"."""
        return line_at(self.file, self.number)

    @property
    def function(self) -> ast.AST:
        return self.around[0]

    @property
    def statement(self) -> ast.AST:
        """The innermost statement that it stands in."""
        return next((a for a in reversed(self.around) if isinstance(a, ast.stmt)), self.around[0])


def line_at(file: str, number: int) -> str:
    text = linecache.getline(file, number).strip()
    return f"{os.path.basename(file)}:{number}: {text}"


CALLS, BYTES = (
    200_000,
    2**28,
)  # what one run may compute and keep: a backward with more is too long to be tried again and again


class Exhausted(BaseException):
    """A loop that goes on and on; no Exception, so that the user's own handlers let it through."""


class Hook:
    """What every expression goes through.

    changes   {index of a site: what to do there};  kept: [(index, value)] of a run that is watched, or None
    """

    def __init__(self) -> None:
        self.changes: dict[int, Change] = {}
        self.kept: list[tuple[int, Any]] | None = None
        self.calls, self.most, self.bytes = 0, CALLS, 0

    def __call__(self, i: int, value: Any) -> Any:
        self.calls += 1
        if i in self.changes:
            return self.changes[i](value, sys._getframe(1))
        if self.kept is not None:
            self.kept.append((i, value.copy() if isinstance(value, np.ndarray) else value))
            self.bytes += value.nbytes if isinstance(value, np.ndarray) else 0
        if self.calls > self.most or self.bytes > BYTES:
            raise Exhausted
        return value


class Program:
    """Functions of the user that run while `call` does, with hooks; to be entered with `with`.

    sites   every expression with a hook
    call    runs them on fresh copies of what they take, and returns their result
    """

    def __init__(self, call: Callable[[], Any], wanted: Sequence[CodeType], seen: Sequence[CodeType]) -> None:
        self.call, self.hook = call, Hook()
        self.sites: list[Site] = []
        self.twins: dict[CodeType, CodeType] = {}
        for file in dict.fromkeys([code.co_filename for code in wanted]):
            self.instrument(
                file, {key(c) for c in wanted if c.co_filename == file}, {c for c in seen if c.co_filename == file}
            )
        real = [code for code in seen if code in self.twins]
        self.functions = [
            f
            for f in (gc.get_referrers(*real) if real else ())
            if isinstance(f, FunctionType) and f.__code__ in self.twins
        ]
        self.originals: list[CodeType] = []
        self.resources = contextlib.ExitStack()

    def instrument(self, file: str, wanted: set[tuple[str, int]], seen: set[CodeType]) -> None:
        """Compile the statements of a file that hold the wanted functions, as they are and with hooks."""
        source = "".join(linecache.getlines(file))
        try:
            trees = [ast.parse(source) for _ in range(2)]
        except (SyntaxError, ValueError):  # a notebook's magic, or no source at all
            return
        flags = next(iter(seen)).co_flags & FLAGS
        imports = [
            s for s in trees[0].body if isinstance(s, ast.Import | ast.ImportFrom)
        ]  # calls of imported names differ

        def compiled(statement: ast.AST) -> list[CodeType]:
            module = ast.fix_missing_locations(ast.Module([*imports, statement], []))  # type: ignore[list-item]  # a statement
            return codes_of(compile(module, file, "exec", flags, dont_inherit=True))

        for plain, other in zip(trees[0].body, trees[1].body):
            first, last = span(plain)
            if not any([first <= number <= last for _, number in wanted]):
                continue
            try:
                before = compiled(plain)
                after = compiled(Hooks(file, wanted, self.sites, plain, other).visit(other))
            except (SyntaxError, ValueError, TypeError, RecursionError):  # syntax that these hooks do not know
                continue
            if [c.co_name for c in before] == [c.co_name for c in after]:
                self.twins |= {old: new for old, new in zip(before, after) if old in seen}

    def __enter__(self) -> Program:
        ONE_AT_A_TIME.acquire()
        self.resources.enter_context(contextlib.redirect_stdout(io.StringIO()))
        self.resources.enter_context(warnings.catch_warnings())
        self.resources.enter_context(np.errstate(all="ignore"))
        warnings.simplefilter("ignore")
        self.originals = [f.__code__ for f in self.functions]
        for f in self.functions:
            f.__globals__[HOOK] = self.hook
            f.__code__ = self.twins[f.__code__]
        return self

    def __exit__(self, *exception: Any) -> None:
        for f, code in zip(self.functions, self.originals):
            f.__code__ = code
            f.__globals__.pop(HOOK, None)
        self.resources.close()
        ONE_AT_A_TIME.release()

    def watched(self) -> tuple[Any, list[tuple[Site, Any]]] | None:
        """(the result, every value on the way in the order of computation); None where the code raises."""
        self.hook.kept = []
        try:
            result = self.run({})
            kept = [(self.sites[i], value) for i, value in self.hook.kept]
        finally:
            self.hook.kept = None
        self.hook.most = 20 * self.hook.calls + 1000
        return None if result is None else (result, kept)

    def run(self, changes: dict[int, Change]) -> Any:
        """The result with changes; None where the code raises."""
        self.hook.changes, self.hook.calls = changes, 0
        try:
            return self.call()
        except (Exception, Exhausted):  # noqa: BLE001  an edit may make no sense, and then it is no repair
            return None
        finally:
            self.hook.changes = {}


def span(statement: ast.stmt) -> tuple[int, int]:
    """The lines of a statement, with its decorators."""
    above = [d.lineno for d in getattr(statement, "decorator_list", [])]
    return min([statement.lineno, *above]), statement.end_lineno or statement.lineno


def key(code: CodeType) -> tuple[str, int]:
    return code.co_name, code.co_firstlineno


def codes_of(code: CodeType) -> list[CodeType]:
    """All code objects inside, in the order of the source."""
    found: list[CodeType] = []
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found += [constant, *codes_of(constant)]
    return found


class Hooks(ast.NodeTransformer):
    """Puts hooks around the expressions of the wanted functions; `plain` is the same tree, which stays as it is."""

    def __init__(
        self, file: str, wanted: set[tuple[str, int]], sites: list[Site], plain: ast.AST, other: ast.AST
    ) -> None:
        self.file, self.wanted, self.sites = file, wanted, sites
        self.plain = {id(copy): node for node, copy in zip(ast.walk(plain), ast.walk(other))}
        self.around: list[ast.AST] = []

    def visit(self, node: Any) -> Any:
        outermost = not self.around
        if outermost and not self.is_wanted(node):
            return self.generic_visit(node)
        twin = self.plain.get(id(node), node)
        self.around.append(twin)
        made = self.function(node) if isinstance(node, ast.FunctionDef | ast.Lambda) else self.inner(node)
        self.around.pop()
        return self.wrapped(made, twin) if self.is_hooked(node) and not outermost else made

    def is_wanted(self, node: ast.AST) -> bool:
        if isinstance(node, ast.FunctionDef):
            return (node.name, span(node)[0]) in self.wanted
        return isinstance(node, ast.Lambda) and ("<lambda>", node.lineno) in self.wanted

    def is_hooked(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Constant):
            return isinstance(node.value, int | float) and not isinstance(node.value, bool)
        if isinstance(node, ast.Tuple) and any([isinstance(part, ast.Slice | ast.Starred) for part in node.elts]):
            return False
        return isinstance(node, HOOKED) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)

    def wrapped(self, made: ast.expr, twin: ast.expr, stored: bool = False) -> ast.expr:
        self.sites.append(Site(len(self.sites), twin, tuple(self.around), self.file, stored))
        called = ast.Call(ast.Name(HOOK, ast.Load()), [ast.Constant(len(self.sites) - 1), made], [])
        return ast.copy_location(called, twin)

    def function(self, node: Any) -> Any:
        """The body alone: no decorators, defaults or annotations."""
        if isinstance(node, ast.Lambda):
            node.body = self.visit(node.body)
            return node
        given = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
        start = [self.after(ast.copy_location(ast.Name(a.arg, ast.Load()), a)) for a in given]
        body = self.block(node.body)
        head = body[:1] if ast.get_docstring(node) is not None else []
        node.body = [*head, *start, *body[len(head) :]]
        return node

    def inner(self, node: Any) -> Any:
        """A node with its children visited, but for those that are no values."""
        if isinstance(node, ast.JoinedStr | ast.ClassDef | ast.AsyncFunctionDef | ast.pattern):
            return node
        if isinstance(node, ast.AnnAssign):
            node.value = self.visit(node.value) if node.value is not None else None
            return node
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                node.func.value = self.visit(node.func.value)
            node.args = [self.visit(a) for a in node.args]
            node.keywords = [ast.keyword(w.arg, self.visit(w.value)) for w in node.keywords]
            return node
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            node.slice = self.visit(node.slice)  # what is stored into is not a value to change
            return node
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            return node
        for name, child in ast.iter_fields(node):
            if isinstance(child, list) and child and isinstance(child[0], ast.stmt):
                setattr(node, name, self.block(child))
            elif isinstance(child, list):
                setattr(node, name, [self.visit(c) if isinstance(c, ast.AST) else c for c in child])
            elif isinstance(child, ast.AST):
                setattr(node, name, self.visit(child))
        return node

    def block(self, statements: list) -> list:
        """Statements, each followed by hooks for what it stored."""
        found = []
        for s in statements:
            targets = getattr(s, "targets", None) or [getattr(s, "target", None)]
            names = [self.read(t) for t in targets if t is not None] if not isinstance(s, ast.Delete) else []
            found.append(self.visit(s))
            later = [self.after(node, s) for group in names for node in group]
            if isinstance(s, ast.For):
                found[-1].body = later + found[-1].body
            else:
                found += later
        return found

    def read(self, target: ast.AST) -> Iterator[ast.expr]:
        """The names, attributes and dict entries that a target stores into, as expressions to read."""
        if isinstance(target, ast.Tuple | ast.List):
            for part in target.elts:
                yield from self.read(part)
        elif isinstance(target, ast.Starred):
            yield from self.read(target.value)
        elif isinstance(target, ast.Name):
            yield ast.copy_location(ast.Name(target.id, ast.Load()), target)
        elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            yield ast.copy_location(ast.Attribute(target.value, target.attr, ast.Load()), target)
        elif isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
            yield ast.copy_location(ast.Subscript(target.value, target.slice, ast.Load()), target)
        elif isinstance(target, ast.Subscript):
            yield from self.read(target.value)

    def after(self, node: ast.expr, statement: ast.AST | None = None) -> ast.stmt:
        """A statement that shows a name to the hook."""
        if statement is not None:
            self.around.append(self.plain.get(id(statement), statement))
        made = ast.copy_location(ast.Expr(self.wrapped(node, node, stored=True)), node)
        if statement is not None:
            self.around.pop()
        return made


def programs(trial: Trial) -> tuple[Program, Callable[[Callable], Program]] | None:
    """(the backward, and how to make the same of the forward run on other inputs); None where there is no source to read.

    Functions that the forward runs through as well are no part of the backward, unless there is nothing else.
    """
    pair = trial.pair
    dtype = common_dtype(trial.inputs, pair)

    def copies() -> list:
        return [x.copy() if isinstance(x, np.ndarray) else x for x in trial.inputs]

    def gradients() -> list:
        return pair.gradients(copies(), trial.upstream.astype(dtype))

    first, second = ran(lambda: pair.value(*copies())), ran(gradients)
    if first is None or second is None:
        return None
    own = [code for code in second if code not in first] or second
    seen = list(dict.fromkeys([*first, *second]))
    return Program(gradients, own, seen), lambda call: Program(call, first, seen)


def ran(call: Callable[[], Any]) -> list[CodeType] | None:
    """The code of the user that runs in a call; None where it raises."""
    found: dict[CodeType, None] = {}

    def watch(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and is_users(frame.f_code.co_filename):
            found[frame.f_code] = None

    if sys.getprofile() is not None:
        return None  # somebody measures this run: it is theirs
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        sys.setprofile(watch)
        try:
            call()
        except Exception:  # noqa: BLE001  the user's code may raise anything: then there is nothing to repair here
            return None
        finally:
            sys.setprofile(None)
    return list(found)


def is_users(file: str) -> bool:
    return not file.startswith(OURS) and f"{os.sep}site-packages{os.sep}" not in file and not file.startswith(LIBRARY)


LIBRARY = (os.path.dirname(os.__file__) + os.sep, "<frozen")
