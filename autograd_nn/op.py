"""What an operation is: one record that eager code, both walks, tests, pictures and emitters read.  Layer 1.

Knows nodes and arrays, and no operation in particular.  The factories below turn a record into the function that people
call; the record is at `function.op`.  On plain data an operation is just its kernel; as soon as one argument is a node, the
result is a node too.
"""

from __future__ import annotations

import inspect
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np

from .domain import Interval
from .errors import MixedError, user_line
from .node import Node, next_index
from .refusals import described, failed, mixed, refused

__all__ = [
    "ATOM",
    "POWER",
    "PRODUCT",
    "PYTHON",
    "REGISTRY",
    "SUM",
    "Op",
    "Operation",
    "beside_value",
    "binary",
    "comparison",
    "nary",
    "record",
    "shape_of",
    "unary",
]

REGISTRY: dict[str, Op] = {}

new, ndarray, asarray = object.__new__, np.ndarray, np.asarray
HELD = (float, ndarray)  # what a Value and a Tensor hold
PYTHON = frozenset((float, int))  # exactly these take the scalar kernel; np.float64 is an array of no dimensions
RAISES = (ValueError, ZeroDivisionError, OverflowError)  # where Python's floats raise and IEEE 754 has an answer
UNFIT = (ValueError, TypeError, IndexError, OverflowError)  # what NumPy says of arguments that it cannot take

Kind = Literal["elementwise", "linear", "custom", "nondifferentiable"]


class Operation(Protocol):
    """A function with its record at `.op`."""

    op: Op
    __name__: str

    def __call__(self, *arguments: Any, **keywords: Any) -> Any: ...


@dataclass(eq=False, slots=True, kw_only=True)
class Op:
    """One operation y = f(x, z, ...).

    scalar      kernel on Python floats, or None where a Value makes no sense; it may raise where IEEE 754 says inf or nan
    array       kernel on ndarrays
    vjps        one rule per argument: vjps[i](g, y, *args) is g^T dy/d args[i]; None marks a static argument
    kind        elementwise: the Jacobian is diagonal, so each rule is its own transpose and serves forward mode as well;
                linear: f is linear in argument 0 and applies itself to the tangent; custom: forward mode needs `jvp`;
                nondifferentiable: no gradient flows, by convention or because the result is no real number
    jvp         jvp(tangents, y, *args) for kind custom, with None for a zero tangent
    source      NumPy text of the kernel, {0} {1} ... for the arguments and np for NumPy
    latex       the same in LaTeX; precedence: how tightly its outermost sign binds, see the constants below
    symbol      what a picture shows, and what micrograd calls `_op`
    domain      where each differentiable argument may be sampled
    cases       argument lists for tests; a Shape stands for an array. Elementwise operations need none
    analytic    whether the array kernel is right at complex arguments, so that a complex step is an exact witness
    numpy       the NumPy functions that this operation stands for
    function    the public function

    A rule is a formula: it runs on floats, arrays and nodes alike (on nodes it is recorded, hence higher derivatives), never
    mentions broadcasting, uses the operators + - * @ and operations only, and is linear in g.
    """

    name: str
    scalar: Callable | None
    array: Callable
    vjps: tuple
    source: str
    latex: str
    kind: Kind = "elementwise"
    jvp: Callable | None = None
    precedence: int = 9
    symbol: str = ""
    domain: tuple[Interval, ...] = ()
    cases: tuple[tuple, ...] = ()
    analytic: bool = True
    numpy: tuple[Callable, ...] = ()
    function: Any = field(default=None, repr=False)

    def __repr__(self) -> str:
        return f"<op {self.name}>"


SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 9  # precedence


def unary(name: str, scalar: Callable, array: Callable, vjp: Callable | None, **about: Any) -> Operation:
    """An elementwise function of one argument."""

    def function(x):
        if not isinstance(x, Node):
            return scalar_or_ieee(op, x) if x.__class__ in PYTHON else array(plain(op, x))
        a = x.data
        if a.__class__ is float:
            try:
                y = scalar(a)
            except RAISES:
                y = ieee(op, a)
            grad = 0.0
        else:
            if a.__class__ is not ndarray:
                return function(settled(x))
            try:
                y = array(a)
            except UNFIT as error:
                raise failed(op, (a,), error) from None
            if y.__class__ is not ndarray:
                y = asarray(y)
            grad = None
        n = new(x.__class__)  # skips __init__; written out here and in record(): a call more costs 10 % of a scalar op
        n.data = y
        n.op = op
        n.inputs = (x,)
        n.args = (a,)
        n.index = next_index()
        n.grad = grad
        n.name = ""
        return n

    op, operation = publish(function, name, scalar, array, (vjp,), about)
    return operation


def binary(name: str, scalar: Callable, array: Callable, vjps: tuple, **about: Any) -> Operation:
    """An elementwise function of two arguments, which broadcast as in NumPy."""

    def function(x, z):
        if isinstance(x, Node):
            p, a = x, x.data
        else:
            p, a = None, x
        if isinstance(z, Node):
            q, b = z, z.data
        else:
            q, b = None, z
        both = a.__class__ is float and b.__class__ is float
        if not both and (p is None or q is None or a.__class__ is not ndarray or b.__class__ is not ndarray):
            a, b = agree(op, p, q, a, b)  # a constant, a rebound leaf, or a Value beside a Tensor
        if a.__class__ is float and b.__class__ is float:
            try:
                y = scalar(a, b)
            except RAISES:
                y = ieee(op, a, b)
            grad = 0.0
        else:
            try:
                y = array(a, b)
            except UNFIT as error:
                raise failed(op, (a, b), error) from None
            if y.__class__ is not ndarray and (p is not None or q is not None):
                y = asarray(y)
            grad = None
        if p is None:
            if q is None:
                return y
            n = new(q.__class__)
        else:
            n = new(p.__class__)
        n.data = y
        n.op = op
        n.inputs = (p, q)
        n.args = (a, b)
        n.index = next_index()
        n.grad = grad
        n.name = ""
        return n

    op, operation = publish(function, name, scalar, array, vjps, about)
    return operation


def comparison(name: str, array: Callable, **about: Any) -> Operation:
    """A comparison: a node of booleans beside a Tensor, so that a program is recorded whole; a bool beside a Value."""

    def function(x, z):
        p, a = (x, x.data) if isinstance(x, Node) else (None, x)
        q, b = (z, z.data) if isinstance(z, Node) else (None, z)
        a, b = agree(op, p, q, a, b)
        try:
            y = array(a, b)
        except UNFIT as error:
            raise failed(op, (a, b), error) from None
        if a.__class__ is float and b.__class__ is float:
            return bool(y)
        return y if p is None and q is None else record(op, asarray(y), (p, q), (a, b))

    op, operation = publish(function, name, None, array, (None, None), {"kind": "nondifferentiable"} | about)
    return operation


def nary(name: str, array: Callable, vjps: tuple, scalar: Callable | None = None, **about: Any) -> Operation:
    """Anything else: reductions, shapes, contractions, selection.  The kernel's parameters are those of the function."""
    signature = inspect.signature(array)
    defaults = tuple([p.default for p in signature.parameters.values()])
    required = defaults.count(inspect.Parameter.empty)

    def function(*xs, **keywords):
        if keywords or not required <= len(xs) <= len(defaults):
            xs = positional(op, signature, xs, keywords)
        elif len(xs) < len(defaults):
            xs += defaults[len(xs) :]
        inputs = tuple([x if isinstance(x, Node) else None for x in xs])
        args = tuple([x.data if isinstance(x, Node) else x if r is None else plain(op, x) for x, r in zip(xs, vjps)])
        recorded = any([p is not None for p in inputs])
        if recorded:
            if any([p is not None and a.__class__ not in HELD for a, p in zip(args, inputs)]):
                return function(*[settled(x) if isinstance(x, Node) else x for x in xs])
            if scalar is None and any([a.__class__ is float and p is not None for a, p in zip(args, inputs)]):
                raise mixed(op.name, "a Value")
        try:
            y = array(*args) if scalar is None else scalar_or_array(op, inputs, args)
        except UNFIT as error:
            raise failed(op, args, error) from None
        if not recorded:
            return y
        n = record(op, y, inputs, args)
        if n.data.__class__ is ndarray and n.data.dtype.kind == "c":
            raise refused(op.name, "an array of dtype complex")
        return n

    op, operation = publish(function, name, scalar, array, vjps, about)
    function.__signature__ = signature  # type: ignore[attr-defined]  # what help() and editors show
    return operation


def record(op: Op | None, y: Any, inputs: tuple, args: tuple) -> Node:
    """A node for y = op(*args); its class follows the type of y."""
    if y.__class__ is not float and y.__class__ is not ndarray:
        y = asarray(y)
    n = new(Node.holding[y.__class__])
    n.data = y
    n.op = op
    n.inputs = inputs
    n.args = args
    n.index = next_index()
    n.grad = 0.0 if y.__class__ is float else None
    n.name = ""
    return n


def publish(
    function: Any, name: str, scalar: Callable | None, array: Callable, vjps: tuple, about: dict
) -> tuple[Op, Operation]:
    """(record, function): names and documents the function, and enters the record into the registry."""
    text, example = about.pop("doc"), about.pop("example")
    if isinstance(array, np.ufunc):
        about["numpy"] = (array, *about.get("numpy", ()))
    op = Op(name=name, scalar=scalar, array=array, vjps=vjps, function=function, **about)
    if name in REGISTRY:
        raise ValueError(f"two operations are called {name!r}; names of operations are unique. Rename one.")
    REGISTRY[name] = op
    function.op = op
    function.__name__ = function.__qualname__ = name
    function.__module__ = sys._getframe(2).f_globals["__name__"]
    function.__doc__ = f"{text}\n\n" + textwrap.indent(f">>> {example[0]}\n{example[1]}\n", "    ")
    return op, function


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of an array, a node, or a number."""
    x = x.data if isinstance(x, Node) else x
    return x.shape if x.__class__ is ndarray else np.shape(x)


def ieee(op: Op, *xs: float) -> float:
    """What IEEE 754 says where Python raises: log(0) is -inf, (-8) ** (1/3) is nan.  Without NumPy's warning."""
    with np.errstate(all="ignore"):
        return float(op.array(*map(np.float64, xs)))


def scalar_or_ieee(op: Op, *xs: Any) -> float:
    """The scalar kernel on plain Python numbers."""
    try:
        return op.scalar(*xs)  # type: ignore[misc]  # only operations with a scalar kernel come here
    except RAISES:
        return ieee(op, *xs)


def positional(op: Op, signature: inspect.Signature, xs: tuple, keywords: dict) -> tuple:
    """The arguments of a call with keywords, in the order of the record; Signature.bind would cost 3 us more."""
    names = tuple(signature.parameters)
    given = dict(zip(names, xs))
    full = [keywords.get(n, given.get(n, p.default)) for n, p in signature.parameters.items()]
    wrong = [k for k in keywords if k in given or k not in names]
    missing = [n for n, x in zip(names, full) if x is inspect.Parameter.empty]
    if wrong or missing or len(xs) > len(names):
        problem = (
            f"takes no {', '.join(wrong)} here"
            if wrong
            else f"needs {', '.join(missing)}"
            if missing
            else f"got {len(xs)} arguments"
        )
        raise TypeError(
            f"{op.name} {problem}, at {user_line()}. Its parameters are {op.name}{signature}. Pass each of them once."
        )
    return tuple(full)


def scalar_or_array(op: Op, inputs: tuple, args: tuple) -> Any:
    """The result of an n-ary operation that also works on floats: by the scalar kernel unless an array takes part."""
    values = any([p is not None and p.data.__class__ is float for p in inputs])
    arrays = any([a.__class__ is ndarray for a in args])
    if values and arrays:
        raise mixed(op.name, "a Value and an array")
    if values:
        args = tuple([a if r is None else beside_value(op.name, p, a) for p, a, r in zip(inputs, args, op.vjps)])
    if values or (not arrays and all([r is None or a.__class__ is float for a, r in zip(args, op.vjps)])):
        return op.scalar(*args)  # type: ignore[misc]  # only operations with a scalar kernel come here
    return op.array(*args)


def agree(op: Op, p: Node | None, q: Node | None, a: Any, b: Any) -> tuple:
    """The arguments of a binary operation as its kernels need them: floats beside a Value, else arrays or numbers."""
    if p is not None and a.__class__ not in HELD:
        a = settled(p).data
    if q is not None and b.__class__ not in HELD:
        b = settled(q).data
    if p is not None and a.__class__ is float:
        return a, beside_value(op.name, q, b)
    if q is not None and b.__class__ is float:
        return beside_value(op.name, p, a), b
    a, b = plain(op, a), plain(op, b)
    if p is not None or q is not None:
        for x in (a, b):
            if x.__class__ is ndarray and x.dtype.kind == "c":
                raise refused(op.name, "an array of dtype complex")
    return a, b


def settled(leaf: Node) -> Node:
    """A leaf whose data was rebound to another kind of number, a NumPy number for one, with it in the leaf's own kind."""
    if leaf.__class__ is Node.holding[float]:
        leaf.data = beside_value("v.data = ...", None, leaf.data)
    elif leaf.data.__class__ is not ndarray:
        leaf.data = asarray(leaf.data)
    return leaf


def beside_value(name: str, node: Node | None, x: Any) -> float:
    """A number that meets a Value, as a float."""
    if x.__class__ is float:
        return x
    if node is None and not isinstance(x, ndarray):
        try:
            if x.__class__ is int or (isinstance(x, bool | np.generic) and asarray(x).dtype.kind in "fiub"):
                return float(x)
        except OverflowError:  # an int beyond the range of floats
            pass
        raise refused(name, f"{type(x).__name__} {described(x)}")
    raise mixed(name, "a Value and a Tensor" if node is not None else "a Value and an array")


def plain(op: Op, x: Any) -> Any:
    """A constant argument as an array or a Python number; refuses what is no number."""
    if x.__class__ in PYTHON or (x.__class__ is ndarray and x.dtype.kind in "fiubc"):
        return x
    if isinstance(x, list | tuple) and any([isinstance(part, Node) for part in x]):
        raise MixedError(
            f"{op.name}: got a {type(x).__name__} that holds recorded nodes, at {user_line()}. Turning it into an "
            "array would cut it off from their graph. Build the array with recorded operations, or take the numbers "
            "out with .data first."
        )
    try:
        y = asarray(x)
    except ValueError as error:  # a ragged list
        raise failed(op, (x,), error) from None
    if y.dtype.kind not in "fiubc":
        raise refused(op.name, f"{type(x).__name__} {described(x)}" if y.ndim == 0 else f"an array of dtype {y.dtype}")
    return y
