"""Code that fills arrays in place, rewritten so that it can be recorded.  Layer 8; knows Python's syntax trees and Tensors.

A Tensor never changes, so `out[i] = f(x)` cannot be recorded as it stands. Here a copy of the user's function is compiled in
which such statements make a new value of the name on the left:

    out[key] = v            out = put(out, key, v)
    out[key] += v           out = put(out, key, added(out[key], v))
    out += v                out = added(out, v)
    np.add.at(out, key, v)  out = put_more(out, key, v)

File and line stay those of the original, and functions of the same file that it calls are rewritten with it. Two names for one
array, of which one is written to, are not followed; the witness notices.
"""

from __future__ import annotations

import ast
import inspect
import operator
import textwrap
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from .. import ops
from ..node import Node

__all__ = ["recordable", "recordable_methods"]

# Names that nobody's code can have.
HELPERS = {
    "put": "autograd_nn put",
    "put_more": "autograd_nn put more",
    "update": "autograd_nn update",
}
OPERATORS = {
    ast.Add: (operator.iadd, operator.add), ast.Sub: (operator.isub, operator.sub), ast.Mult: (operator.imul, operator.mul),
    ast.Div: (operator.itruediv, operator.truediv), ast.Pow: (operator.ipow, operator.pow),
    ast.MatMult: (operator.imatmul, operator.matmul),
}  # fmt: skip


def recordable(f: Callable) -> Callable | None:
    """A copy of f that can run on Tensors although it fills arrays, or None where its source cannot be had."""
    if isinstance(f, MethodType):
        inner = recordable(f.__func__)
        return None if inner is None else MethodType(inner, f.__self__)
    if not isinstance(f, FunctionType):
        return None
    try:
        return rewritten(f, {})
    except (
        OSError,
        TypeError,
        SyntaxError,
        ValueError,
        IndentationError,
    ):  # no source: a prompt, a lambda in an expression
        return None


def recordable_methods(thing: Any) -> None:
    """Give an object, and the objects that it holds, classes whose methods can run on Tensors although they fill arrays."""
    seen: set[int] = set()
    stack = [thing]
    while stack:
        x = stack.pop()
        if id(x) in seen or isinstance(x, np.ndarray | str | bytes | int | float | FunctionType | type):
            continue
        seen.add(id(x))
        if isinstance(x, list | tuple | dict):
            stack += list(x.values() if isinstance(x, dict) else x)
        elif hasattr(x, "__dict__") and not isinstance(x, Node):
            stack += list(vars(x).values())
            methods = {
                name: f for c in reversed(type(x).__mro__) for name, f in vars(c).items() if isinstance(f, FunctionType)
            }
            copies = {name: copy for name, f in methods.items() if (copy := recordable(f)) is not None}
            if copies:
                x.__class__ = type(type(x).__name__, (type(x),), copies)


def rewritten(f: FunctionType, done: dict[FunctionType, FunctionType]) -> FunctionType:
    """The copy of f; `done` holds the copies made so far, of functions that call each other."""
    if f in done:
        return done[f]
    source, line = inspect.getsourcelines(f)
    tree = ast.parse(textwrap.dedent("".join(source)))
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef):
        raise ValueError(f"{f.__name__} is not a plain function")
    definition.decorator_list = []
    Filling().visit(tree)
    free = f.__code__.co_freevars
    if free:  # a function around it gives it cells of the same names
        around = ast.parse("def around():\n" + "".join([f"    {name} = None\n" for name in free]) + "    return None\n")
        around.body[0].body[-1:] = [definition, ast.Return(ast.Name(definition.name, ast.Load()))]  # type: ignore[attr-defined]
        tree = around
    ast.fix_missing_locations(tree)
    ast.increment_lineno(tree, line - definition.lineno)
    namespace: dict[str, Any] = dict(f.__globals__)
    namespace |= {HELPERS["put"]: put, HELPERS["put_more"]: put_more, HELPERS["update"]: update}
    module = compile(tree, f.__code__.co_filename, "exec")
    code = found(module, definition.name)
    copy = FunctionType(code, namespace, f.__name__, f.__defaults__, cells(f, code))
    copy.__kwdefaults__ = f.__kwdefaults__
    done[f] = copy
    for name in names_in(f.__code__):
        other = f.__globals__.get(name)
        if isinstance(other, FunctionType) and other.__code__.co_filename == f.__code__.co_filename:
            namespace[name] = attempt(other, done)
    return copy


def attempt(f: FunctionType, done: dict[FunctionType, FunctionType]) -> Callable:
    """The copy of a function that is called, or itself where it has no source."""
    try:
        return rewritten(f, done)
    except (OSError, TypeError, SyntaxError, ValueError):
        return f


def names_in(code: Any) -> set[str]:
    """The global names that a function uses, in functions inside of it too."""
    inner = [names_in(c) for c in code.co_consts if inspect.iscode(c)]
    return set(code.co_names).union(*inner)


def found(module: Any, name: str) -> Any:
    """The code of the function `name`, at any depth."""
    for c in module.co_consts:
        if inspect.iscode(c):
            if c.co_name == name:
                return c
            if c.co_name == "around":
                return found(c, name)
    raise ValueError(f"no function {name}")


def cells(f: FunctionType, code: Any) -> tuple | None:
    """The cells of f in the order in which its copy names them."""
    own = dict(zip(f.__code__.co_freevars, f.__closure__ or ()))
    return tuple([own[name] for name in code.co_freevars]) or None


class Filling(ast.NodeTransformer):
    """Rewrites the statements that write into arrays."""

    def visit_Assign(self, statement: ast.Assign) -> Any:
        target = statement.targets[0]
        if len(statement.targets) > 1 or not writable(target):
            return statement
        return assign(statement, target.value, call("put", read(target.value), index_of(target), statement.value))  # type: ignore[attr-defined]

    def visit_AugAssign(self, statement: ast.AugAssign) -> Any:
        if type(statement.op) not in OPERATORS:
            return statement
        name = ast.Constant(type(statement.op).__name__)
        target: Any = statement.target
        if isinstance(target, ast.Name):
            return assign(statement, target, call("update", name, read(target), statement.value))
        if not writable(target):
            return statement
        part = ast.Subscript(read(target.value), target.slice, ast.Load())
        value = call("update", name, part, statement.value)
        return assign(statement, target.value, call("put", read(target.value), index_of(target), value))

    def visit_Expr(self, statement: ast.Expr) -> Any:
        match statement.value:
            case ast.Call(
                func=ast.Attribute(attr="at", value=ast.Attribute(attr="add" | "subtract" as what)),
                args=[target, key, value],
            ) if isinstance(target, ast.Name):
                value = value if what == "add" else ast.UnaryOp(ast.USub(), value)
                return assign(statement, target, call("put_more", read(target), key, value))
        return statement


def writable(target: Any) -> bool:
    """Whether a target is a[key] with a name or an attribute before the bracket."""
    return isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name | ast.Attribute)


def assign(statement: Any, target: Any, value: Any) -> ast.Assign:
    stored = ast.parse(ast.unparse(target) + " = 0").body[0].targets[0]  # type: ignore[attr-defined]
    for part in ast.walk(stored):
        if hasattr(part, "lineno"):
            ast.copy_location(part, target)
    return ast.copy_location(ast.Assign([stored], value), statement)


def read(target: Any) -> Any:
    """An expression that reads what a target writes."""
    return ast.copy_location(ast.parse(ast.unparse(target), mode="eval").body, target)


def index_of(target: Any) -> Any:
    """The key of a subscript as an expression: slices become calls of slice()."""
    return key_of(target.slice)


def key_of(part: Any) -> Any:
    if isinstance(part, ast.Slice):
        ends = [end or ast.Constant(None) for end in (part.lower, part.upper, part.step)]
        return ast.Call(ast.Name("slice", ast.Load()), ends, [])
    if isinstance(part, ast.Tuple):
        return ast.Tuple([key_of(e) for e in part.elts], ast.Load())
    return part


def call(name: str, *arguments: Any) -> ast.Call:
    return ast.Call(ast.Name(HELPERS[name], ast.Load()), list(arguments), [])


def put(x: Any, key: Any, value: Any) -> Any:
    """x[key] = value, as a new Tensor where one takes part."""
    if isinstance(x, Node) or (isinstance(x, np.ndarray) and isinstance(value, Node)):
        return ops.index_set(x, key, value)
    x[key] = value
    return x


def put_more(x: Any, key: Any, value: Any) -> Any:
    """np.add.at, as a new Tensor where one takes part."""
    if isinstance(x, Node) or (isinstance(x, np.ndarray) and isinstance(value, Node)):
        shape = np.shape(x.data) if isinstance(x, Node) else x.shape
        return x + ops.scatter(ops.broadcast_to(value, np.empty(shape, bool)[key].shape), key, shape)
    np.add.at(x, key, value)
    return x


NAMED = {kind.__name__: pair for kind, pair in OPERATORS.items()}


def update(name: str, x: Any, value: Any) -> Any:
    """x += value, and the like; out of place where a Tensor takes part."""
    in_place, apart = NAMED[name]
    return apart(x, value) if isinstance(x, Node) or isinstance(value, Node) else in_place(x, value)
