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

from .arguments import (
    HELD,
    PYTHON,
    UNFIT,
    DeferredError,
    agree,
    check_constant,
    failed,
    mixed,
    plain,
    positional,
    scalar_or_array,
    settled,
)
from .domain import Interval, Matrices
from .node import Node, next_index
from .place import current, located

__all__ = [
    "ATOM",
    "POWER",
    "PRODUCT",
    "RAISES",
    "REGISTRY",
    "SUM",
    "Op",
    "Operation",
    "binary",
    "caller",
    "comparison",
    "data_of",
    "ieee",
    "nary",
    "ndim_of",
    "publish",
    "record",
    "shape_of",
    "unary",
]

REGISTRY: dict[str, Op] = {}

new, ndarray, asarray = object.__new__, np.ndarray, np.asarray
RAISES = (ValueError, ZeroDivisionError, OverflowError)  # where Python's floats raise and IEEE 754 has an answer

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
    kink        the convention where the derivative jumps or several elements tie, in a few words; empty where it never does
    leading     how kernel and rules take along one more axis in front of every array: leading(count, *args) gives all arguments
                again, without that axis but with axes of size 1 where it would not align, and static ones changed for it; if
                that puts axes of size 1 into y, the shape of y as one more; None where they cannot. `count` is its size.
                Elementwise operations always can
    analytic    whether the array kernel is right at complex arguments, so that a complex step is an exact witness
    conditions  the positions of arguments without a rule that may be a Tensor of numbers: masks, where 0 is false; numbers at any
                other such position are refused, or their derivative would be lost
    numpy       the NumPy functions that this operation stands for
    scipy       the same of SciPy's ufuncs, by name in scipy.special: they are looked up only where a program has imported it
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
    domain: tuple[Interval | Matrices, ...] = ()
    cases: tuple[tuple, ...] = ()
    kink: str = ""
    leading: Callable | None = None
    analytic: bool = True
    conditions: tuple[int, ...] = ()
    numpy: tuple[Callable, ...] = ()
    scipy: tuple[str, ...] = ()
    function: Any = field(default=None, repr=False)

    def __repr__(self) -> str:
        return f"<op {self.name}>"


SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 9  # precedence


def unary(
    name: str,
    scalar: Callable,
    array: Callable,
    vjp: Callable | None,
    *,
    doc: str,
    example: tuple[str, str],
    **about: Any,
) -> Operation:
    """An elementwise function of one argument."""
    op = Op(name=name, scalar=scalar, array=array, vjps=(vjp,), **about)

    def function(x):
        if not isinstance(x, Node):
            try:
                return scalar_or_ieee(op, x) if x.__class__ in PYTHON else array(plain(op, x))
            except DeferredError as foreign:
                return foreign.answer(op, (x,))
        a = x.data
        if a.__class__ is float:
            try:
                y = scalar(a)
            except RAISES:
                y = ieee(op, a)
        else:
            if a.__class__ is not ndarray:
                return function(settled(x))
            try:
                y = array(a)
            except UNFIT as error:
                raise failed(op, (a,), error) from None
        return record(op, y, (x,), (a,))

    return publish(op, function, doc, example)


def binary(
    name: str, scalar: Callable, array: Callable, vjps: tuple, *, doc: str, example: tuple[str, str], **about: Any
) -> Operation:
    """An elementwise function of two arguments, which broadcast as in NumPy."""
    op = Op(name=name, scalar=scalar, array=array, vjps=vjps, **about)

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
            try:
                a, b = agree(op, p, q, a, b)  # a constant, a rebound leaf, or a Value beside a Tensor
            except DeferredError as foreign:
                return foreign.answer(op, (x, z))
        if a.__class__ is float and b.__class__ is float:
            try:
                y = scalar(a, b)
            except RAISES:
                y = ieee(op, a, b)
        else:
            try:
                y = array(a, b)
            except UNFIT as error:
                raise failed(op, (a, b), error) from None
        return y if p is None and q is None else record(op, y, (p, q), (a, b))

    return publish(op, function, doc, example)


def comparison(name: str, array: Callable, *, doc: str, example: tuple[str, str], **about: Any) -> Operation:
    """A comparison: a node of booleans beside a Tensor (so a recorded program stays complete), a bool beside a Value."""
    op = Op(name=name, scalar=None, array=array, vjps=(None, None), kind="nondifferentiable", **about)

    def function(x, z):
        p, a = (x, x.data) if isinstance(x, Node) else (None, x)
        q, b = (z, z.data) if isinstance(z, Node) else (None, z)
        try:
            a, b = agree(op, p, q, a, b)
            y = array(a, b)
        except DeferredError as foreign:
            return foreign.answer(op, (x, z))
        except UNFIT as error:
            raise failed(op, (a, b), error) from None
        if a.__class__ is float and b.__class__ is float:
            return bool(y)
        return y if p is None and q is None else record(op, asarray(y), (p, q), (a, b))

    return publish(op, function, doc, example)


def nary(
    name: str,
    array: Callable,
    vjps: tuple,
    scalar: Callable | None = None,
    *,
    doc: str,
    example: tuple[str, str],
    **about: Any,
) -> Operation:
    """Anything else: reductions, shapes, contractions, selection.  The function has the parameters of the kernel."""
    op = Op(name=name, scalar=scalar, array=array, vjps=vjps, **about)
    return publish(op, caller(op, inspect.signature(array)), doc, example)


def caller(op: Op, signature: inspect.Signature) -> Any:
    """The function that people call, for an operation with any number of parameters."""
    array, scalar, vjps = op.array, op.scalar, op.vjps
    defaults = tuple([p.default for p in signature.parameters.values()])
    required = defaults.count(inspect.Parameter.empty)

    def function(*xs, **keywords):
        if keywords or not required <= len(xs) <= len(defaults):
            xs = positional(op, signature, xs, keywords)
        elif len(xs) < len(defaults):
            xs += defaults[len(xs) :]
        inputs: list[Node | None] = []
        args: list[Any] = []
        recorded = odd = False
        try:  # in one pass: every operation on arrays that is not elementwise comes through here
            for x, rule in zip(xs, vjps):
                if isinstance(x, Node):
                    a = x.data
                    if rule is None:
                        check_constant(op, len(inputs), x)
                    inputs.append(x)
                    recorded = True
                    odd = odd or a.__class__ is not ndarray
                else:
                    a = x if rule is None else plain(op, x)
                    inputs.append(None)
                args.append(a)
        except DeferredError as foreign:
            return foreign.answer(op, xs)
        if odd:  # a Value, or a leaf whose data was rebound to something else
            if any([p is not None and a.__class__ not in HELD for p, a in zip(inputs, args)]):
                return function(*[settled(x) if isinstance(x, Node) else x for x in xs])
            if scalar is None:
                raise mixed(op.name, "a Value")
        try:
            y = array(*args) if scalar is None else scalar_or_array(op, inputs, args)
        except UNFIT as error:
            raise failed(op, tuple(args), error) from None
        if not recorded:
            return y
        n = record(op, y, tuple(inputs), tuple(args))
        if n.data.__class__ is ndarray and n.data.dtype.kind == "c":
            return DeferredError(op.name, n.data).answer(op, xs)
        return n

    function.__signature__ = signature  # type: ignore[attr-defined]  # what help() and editors show
    return function


def record(op: Op | None, y: Any, inputs: tuple, args: tuple) -> Node:
    """A node for y = op(*args); its class follows the type of y."""
    if y.__class__ is not float and y.__class__ is not ndarray:
        y = y if y.__class__ is tuple else asarray(y)  # a tuple: several results, see several.py
    n: Any = new(Node.holding[y.__class__])  # skips __init__
    n.data = y
    n.op = op
    n.inputs = inputs
    n.args = args
    n.index = next_index()
    place = current()
    if place is not None:
        n.where = located(place) if place.lines else place
    return n


def publish(op: Op, function: Any, doc: str, example: tuple[str, str]) -> Operation:
    """The function of a record, named and documented; enters the record into the registry."""
    if op.name in REGISTRY:
        raise ValueError(f"two operations are called {op.name!r}; names of operations are unique. Rename one.")
    REGISTRY[op.name] = op
    op.function, function.op = function, op
    if isinstance(op.array, np.ufunc):
        op.numpy = (op.array, *op.numpy)
    function.__name__ = function.__qualname__ = op.name
    function.__module__ = sys._getframe(2).f_globals["__name__"]
    function.__doc__ = f"{doc}\n\n" + textwrap.indent(f">>> {example[0]}\n{example[1]}\n", "    ")
    return function


def data_of(x: Any) -> Any:
    """The data of a node; anything else as it is."""
    return x.data if isinstance(x, Node) else x


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of an array, a node, or a number."""
    x = x.data if isinstance(x, Node) else x
    return x.shape if x.__class__ is ndarray else np.shape(x)


def ndim_of(x: Any) -> int:
    """The number of axes of an array, a node, or a number."""
    return len(shape_of(x))


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
