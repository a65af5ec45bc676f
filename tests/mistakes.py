"""The mistakes that a tired human makes in a formula, made in the syntax tree of a rule.  Knows records, never names one.

A rule is a lambda in an op table or a named function, and may call helpers; its formula is every expression that one of these
returns, split at `a if c else b`.  A mistake is a dictionary {node of the syntax tree: what stands there instead}.
"""

from __future__ import annotations

import ast
import copy
import functools
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from autograd_nn.node import Node
from autograd_nn.op import Op

__all__ = ["MAIN", "SIGN", "TWICE", "mistaken", "unharmed"]

SUMS, PRODUCTS, ARITHMETIC = (
    (ast.Add, ast.Sub),
    (ast.Mult, ast.MatMult),
    (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.MatMult),
)
SYMBOLS = {"+": ast.Add, "-": ast.Sub, "*": ast.Mult, "/": ast.Div, "@": ast.MatMult}
SIGN, TWICE, TERM, ZERO, EXTRA = "sign flipped", "twice", "term dropped", "zero", "upstream added"
MAIN = (SIGN, TWICE, TERM, ZERO, EXTRA)

Edits = dict[ast.AST, ast.AST]
Definition = ast.Lambda | ast.FunctionDef


def mistaken(op: Op, rule: Callable) -> Iterator[tuple[str, str, Callable, set]]:
    """(kind, text, mistaken rule, flag) for every mistake; `flag` is no longer empty once the mistaken expression has run.

    The rule of an operation on any number of arrays is one function with the number of the array put first.
    """
    number: tuple = ()
    if isinstance(rule, functools.partial):
        rule, number = rule.func, rule.args
    formula = functions_of(rule)
    seen = {ast.dump(definition(f)) for f in formula}
    for f in formula:
        tree = definition(f)
        for kind, edits in mistakes(op, f, tree, rule, len(number)):
            wrong = edited(tree, edits)
            if ast.dump(wrong) not in seen:
                seen.add(ast.dump(wrong))
                flag: set[bool] = set()
                text = f"{kind}: {described(edits)}" + ("" if f is rule else f" in {f.__name__}")
                marked = edited(tree, {old: call("ran", new) for old, new in edits.items()})
                wrong_rule = planted(rule, formula, f, marked, flag)
                yield kind, text, functools.partial(wrong_rule, *number) if number else wrong_rule, flag


def unharmed(rule: Callable) -> Iterator[tuple[Callable, set]]:
    """(rule, flag) as in `mistaken`, without a mistake: the rule and each helper compiled again as they are."""
    if isinstance(rule, functools.partial):
        yield from [(functools.partial(copy, *rule.args), flag) for copy, flag in unharmed(rule.func)]
        return
    formula = functions_of(rule)
    for f in formula:
        flag: set[bool] = set()
        same = {branch: call("ran", branch) for branch in branches(definition(f))}
        yield planted(rule, formula, f, edited(definition(f), same), flag), flag


def mistakes(op: Op, f: Callable, tree: Definition, rule: Callable, skipped: int) -> Iterator[tuple[str, Edits]]:
    """(kind, edits) for each mistake in one function: the rule, or a helper of it; the rule has `skipped` numbers first."""
    upstream = parameters(definition(rule))[skipped]
    for branch in branches(tree):
        yield SIGN, {branch: ast.UnaryOp(ast.USub(), branch)}
        yield TWICE, {branch: ast.BinOp(ast.Constant(2.0), ast.Mult(), branch)}
        terms = list(terms_dropped(f, branch))
        yield from terms
        if not terms:
            yield ZERO, {branch: ast.BinOp(branch, ast.Mult(), ast.Constant(0.0))}
        if upstream in parameters(tree) and not subscripted(
            tree, upstream
        ):  # the one that a rule that is zero fails by
            yield EXTRA, {branch: ast.BinOp(branch, ast.Add(), name(upstream))}
        yield from slips(f, branch)
    if f is rule:
        yield from wrong_operands(op, tree, skipped)


def terms_dropped(f: Callable, branch: ast.expr) -> Iterator[tuple[str, Edits]]:
    """Every term of every sum, left out; a term that is itself a sum loses its own terms one by one."""
    for node in parts(f, branch):
        sign, operands = arithmetic(f, node)
        if sign in SUMS:
            left, right = operands
            if arithmetic(f, left)[0] not in SUMS:
                yield TERM, {node: right if sign is ast.Add else ast.UnaryOp(ast.USub(), right)}
            if arithmetic(f, right)[0] not in SUMS:
                yield TERM, {node: left}


def slips(f: Callable, branch: ast.expr) -> Iterator[tuple[str, Edits]]:
    """A factor, divisor or function forgotten, operands in the wrong order, a sign in a sum, a constant off by one."""
    for node in parts(f, branch):
        sign, operands = arithmetic(f, node)
        if sign in SUMS:
            other = ast.Sub() if sign is ast.Add else ast.Add()
            yield "sign in the sum", {node: ast.BinOp(operands[0], other, operands[1])}
        elif sign in PRODUCTS:
            yield "factor dropped", {node: operands[1]}
            yield "factor dropped", {node: operands[0]}
        elif sign is ast.Div:
            yield "divisor dropped", {node: operands[0]}
            yield "multiplied, not divided", {node: ast.BinOp(operands[0], ast.Mult(), operands[1])}
        if sign in (ast.Sub, ast.Div, ast.MatMult):
            yield "wrong order", {node: ast.BinOp(operands[1], sign(), operands[0])}
        if sign is None and isinstance(node, ast.Call) and (record := operation(f, node)):
            yield from slips_in_call(record, node)
        if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
            wrong = not node.value if isinstance(node.value, bool) else node.value + 1
            yield "constant", {node: ast.Constant(wrong)}


def slips_in_call(record: Op, node: ast.Call) -> Iterator[tuple[str, Edits]]:
    """The function forgotten, or two arguments of it exchanged."""
    yield "function forgotten", {node: node.args[0]}
    active = [i for i, r in enumerate(record.vjps) if r is not None and i < len(node.args)]
    if len(active) > 1:
        args = list(node.args)
        i, j = active[:2]
        args[i], args[j] = args[j], args[i]
        yield "wrong order", {node: ast.Call(node.func, args, node.keywords)}


def wrong_operands(op: Op, tree: Definition, skipped: int) -> Iterator[tuple[str, Edits]]:
    """One letter for another, a cotangent forgotten, a number held constant, a static argument that is another one."""
    g, y, *args = parameters(tree)[skipped:]
    active = [a for a, r in zip(args, op.vjps) if r is not None]
    uses = {p: used(tree, p) for p in (g, y, *args)}
    for a in (y, *active):
        for b in (y, *active):
            if a != b and uses[a]:
                yield f"{b} for {a}", {n: name(b) for n in uses[a]}
    for i, a in enumerate(active):
        for b in active[i + 1 :]:
            if uses[a] and uses[b]:
                yield f"{a} and {b} exchanged", {n: name(b) for n in uses[a]} | {n: name(a) for n in uses[b]}
    upstream = uses[g] or subscripted(tree, g)
    yield "upstream forgotten", {n: call("one", n) for n in upstream}
    for p in (y, *active):
        yield f"{p} held constant", {n: call("constant", n) for n in uses[p]}
    yield "upstream held constant", {n: call("constant", n) for n in upstream}
    for p, r in zip(args, op.vjps):
        if r is None:
            yield f"another {p}", {n: call("another", n) for n in uses[p]}


# What the mistaken formulas call


def one(g: Any) -> Any:
    """A one in the place of a cotangent, of its kind and shape."""
    return g * 0.0 + 1.0


def constant(x: Any) -> Any:
    """The data of a node, so that no derivative of the rule flows through it."""
    return x.data if isinstance(x, Node) else x


def another(static: Any) -> Any:
    """Another static argument of the same type: another axis, flag, key, shape or exponent."""
    if isinstance(static, bool):
        return not static
    if static is None:
        return 0
    if isinstance(static, int | np.integer):
        return type(static)(0 if static else -1)
    if isinstance(static, float):
        return static + 1.0
    if isinstance(static, np.ndarray) and static.dtype.kind == "b":
        return ~static
    if isinstance(static, np.ndarray) and static.dtype.kind == "f":
        return static + 1
    return static[::-1] if isinstance(static, tuple | list) else static


# Reading a formula


def functions_of(rule: Callable) -> list[Any]:
    """The rule and every helper that it reaches and that computes with arrays; an operation is no helper."""
    found = [rule]
    for f in found:  # `found` grows while we read it
        for n in ast.walk(definition(f)):
            h = called(f, n)
            if h is not None and h not in found and computes(h):
                found.append(h)
    return found


@functools.cache
def computes(f: Callable) -> bool:
    """Whether a function of the package returns arithmetic or what an operation gives (not a shape, an axis or a flag)."""
    if not isinstance(f, types.FunctionType) or hasattr(f, "op") or ".ops." not in f.__module__:
        return False
    for n in [n for branch in branches(definition(f)) for n in ast.walk(branch)]:
        if operation(f, n) or (isinstance(n, ast.BinOp) and isinstance(n.op, ARITHMETIC)):
            return True
        h = called(f, n)
        if h is not None and h is not f and computes(h):
            return True
    return False


@functools.cache
def definition(f: Any) -> Definition:
    """The syntax of a function: of all that hold every position of its code, the one that begins last."""
    tree = syntax(f.__code__.co_filename)
    spots = [p for p in f.__code__.co_positions() if None not in p and p[2:] != (0, 0)]
    first, last = min([p[0::2] for p in spots]), max([p[1::2] for p in spots])
    functions = [n for n in ast.walk(tree) if isinstance(n, Definition)]
    holding = [
        n for n in functions if (n.lineno, n.col_offset) <= first and last <= (n.end_lineno or 0, n.end_col_offset or 0)
    ]
    return max(holding, key=lambda n: (n.lineno, n.col_offset))


@functools.cache
def syntax(file: str) -> ast.Module:
    return ast.parse(Path(file).read_text(encoding="utf-8"))


def branches(tree: Definition) -> list[ast.expr]:
    """The returned expressions, split at conditional expressions and into the parts of a tuple."""
    returned = (
        [tree.body] if isinstance(tree, ast.Lambda) else [n.value for n in ast.walk(tree) if isinstance(n, ast.Return)]
    )
    split: list[Any] = []
    while returned:
        n = returned.pop(0)
        if isinstance(n, ast.IfExp):
            returned[:0] = [n.body, n.orelse]
        elif isinstance(n, ast.Tuple):  # the tangents of several results
            returned[:0] = n.elts
        else:
            split.append(n)
    return split


def parts(f: Callable, node: ast.expr) -> Iterator[Any]:
    """The expressions of a formula: those inside calls of operations and helpers too, not those that compute a shape."""
    yield node
    if isinstance(node, ast.Call) and not operation(f, node) and not computes(called(f, node) or len):
        return
    for child in ast.iter_child_nodes(node):
        child = child.value if isinstance(child, ast.keyword) else child
        if isinstance(child, ast.expr) and not (isinstance(node, ast.Call) and child is node.func):
            yield from parts(f, child)


def outside_tests(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node that is not inside the test of an `if`."""
    yield tree
    for child in ast.iter_child_nodes(tree):
        if not (isinstance(tree, ast.If | ast.IfExp) and child is tree.test):
            yield from outside_tests(child)


def arithmetic(f: Callable, node: ast.expr) -> tuple[Any, Any]:
    """(type of the sign, operands) of `a + b` or of a call that means it; (None, ()) for anything else."""
    if isinstance(node, ast.BinOp):
        return type(node.op), (node.left, node.right)
    record = operation(f, node)
    if record and isinstance(node, ast.Call) and len(node.args) == 2 and record.symbol in SYMBOLS:
        return SYMBOLS[record.symbol], tuple(node.args)
    return None, ()


def called(f: Any, node: ast.AST) -> Any:
    """What a call by name calls, or None."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return f.__globals__.get(node.func.id)
    return None


def operation(f: Callable, node: ast.AST) -> Op | None:
    """The record of the operation that a call calls, or None."""
    return getattr(called(f, node), "op", None)


def parameters(tree: Definition) -> list[str]:
    return [a.arg for a in tree.args.args]


def used(tree: Definition, parameter: str) -> list[ast.AST]:
    """Where a parameter is read as a whole: not in tests, and not `ts` of `ts[0]`."""
    holders = [n.value for n in subscripted(tree, parameter)]
    return [n for n in outside_tests(tree) if is_name(n, parameter) and n not in holders]


def subscripted(tree: Definition, parameter: str) -> list[Any]:
    """Where an entry of a parameter is read, as in `ts[0]`; not in tests."""
    return [n for n in outside_tests(tree) if isinstance(n, ast.Subscript) and is_name(n.value, parameter)]


# Writing a formula


def name(text: str) -> ast.Name:
    return ast.Name(text, ast.Load())


def is_name(node: ast.AST, text: str) -> bool:
    return isinstance(node, ast.Name) and node.id == text


def call(function: str, argument: ast.AST) -> ast.Call:
    return ast.Call(name(function), [argument], [])


def edited(tree: Definition, edits: Edits) -> Definition:
    """A copy of the tree with the edits made: deepcopy takes what its memo holds for a node in place of a copy."""
    return copy.deepcopy(tree, {id(old): new for old, new in edits.items()})


def described(edits: Edits) -> str:
    return ", ".join(dict.fromkeys([f"{ast.unparse(old)} -> {ast.unparse(new)}" for old, new in edits.items()]))


def planted(rule: Any, formula: list[Any], wrong: Any, tree: Definition, flag: set) -> Callable:
    """The rule with function `wrong` of its formula defined by `tree`, and all others as they are."""

    def ran(x):
        flag.add(True)
        return x

    tools = {"ran": ran, "one": one, "constant": constant, "another": another}
    names = {id(f.__globals__): dict(f.__globals__) | tools for f in formula}  # a copy for each module of the formula
    copies = {}
    for f in formula:
        space = names[id(f.__globals__)]
        if f is wrong:
            copies[f] = compiled(f, tree, space)
        else:
            copies[f] = types.FunctionType(f.__code__, space, f.__name__, f.__defaults__, f.__closure__)
    for space in names.values():
        for key, value in list(space.items()):
            if isinstance(value, types.FunctionType) and value in copies:
                space[key] = copies[value]
    return copies[rule]


def compiled(f: Any, tree: Definition, space: dict) -> Any:
    """Function f as defined by `tree`, with `space` as its globals and the closure of f."""
    module = ast.parse(f"def outer({', '.join(f.__code__.co_freevars)}): pass")
    if isinstance(tree, ast.Lambda):
        body: list[ast.stmt] = [ast.Return(tree)]
    else:
        body = [tree, ast.Return(name(tree.name))]
    module.body[0].body = body  # type: ignore[attr-defined]  # it is the function made above
    exec(compile(ast.fix_missing_locations(module), f.__code__.co_filename, "exec"), space)
    return space.pop("outer")(*[cell.cell_contents for cell in f.__closure__ or ()])
