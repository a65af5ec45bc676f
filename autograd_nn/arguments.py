"""What operations accept: arguments turned into what kernels take, or refused by name.  Layer 1; knows no operation.

`op` below is the record whose name the messages carry; op.py defines what it is.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .errors import DtypeError, IndexingError, MatrixError, MixedError, RuleMissing, ShapeError, user_line
from .node import Node

__all__ = [
    "HELD",
    "PYTHON",
    "UNFIT",
    "DeferredError",
    "Foreign",
    "Taker",
    "agree",
    "array_of",
    "beside_value",
    "check_constant",
    "check_plain",
    "failed",
    "mixed",
    "plain",
    "positional",
    "refused",
    "scalar_or_array",
    "settled",
]

ndarray, asarray = np.ndarray, np.asarray
HELD = (float, ndarray)  # what a Value and a Tensor hold
UNFIT = (ValueError, TypeError, IndexError, OverflowError)  # what NumPy says of arguments that it cannot take
OURS = (MixedError, DtypeError, ShapeError, IndexingError, MatrixError)  # these have their three parts already
PYTHON = frozenset((float, int))  # exactly these take the scalar kernel; np.float64 is an array of no dimensions


@dataclass(frozen=True, slots=True)
class Taker:
    """A function without a record, in the place of one in the messages below: its name, and where autograd_nn has it."""

    name: str
    home: str = "numpy"
    kind: str = "composition"
    symbol: str = ""


class Foreign:
    """Base of what is no array, and does the operations that it takes part in itself, by NumPy's protocols: numpy.Complex.

    with_complex   what a ufunc does where a plain complex array meets a Tensor; filled by the class that can
    """

    __slots__ = ()
    with_complex: ClassVar[dict[Any, Callable]] = {}


class DeferredError(DtypeError):
    """A Foreign object among the arguments of an operation, or a complex array: the error, unless it has an answer."""

    def __init__(self, name: str, operand: Any) -> None:
        kind = type(operand).__name__
        super().__init__(
            f"{name}: got a {kind} of shape {operand.shape}, at {user_line()}. Operations of autograd_nn.ops take real arrays. "
            f"Call the NumPy function of that name on the {kind}, or pass its parts, z.real and z.imag."
        )
        self.operand = operand

    def answer(self, op: Any, xs: tuple) -> Any:
        """What a Foreign object makes of op(*xs), and the pair that a complex array is."""
        foreign = isinstance(self.operand, Foreign)
        for ufunc in (op.array, *op.numpy):
            if foreign and isinstance(ufunc, np.ufunc):
                return self.operand.__array_ufunc__(ufunc, "__call__", *xs)
            if ufunc in Foreign.with_complex:
                return Foreign.with_complex[ufunc](*xs)
        raise self if foreign else refused(op.name, "an array of dtype complex")


def positional(op: Any, signature: inspect.Signature, xs: tuple, keywords: dict) -> tuple:
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


def scalar_or_array(op: Any, inputs: Sequence, args: Sequence) -> Any:
    """The result of an n-ary operation that also works on floats: by the scalar kernel unless an array takes part."""
    values = any([p is not None and p.data.__class__ is float for p in inputs])
    arrays = any([a.__class__ is ndarray for a in args])
    if values and arrays:
        raise mixed(op.name, "a Value and an array")
    if values:
        args = tuple([a if r is None else beside_value(op.name, p, a) for p, a, r in zip(inputs, args, op.vjps)])
    if values or (not arrays and all([r is None or a.__class__ is float for a, r in zip(args, op.vjps)])):
        return op.scalar(*args)
    return op.array(*args)


def agree(op: Any, p: Node | None, q: Node | None, a: Any, b: Any) -> tuple:
    """The arguments of a binary operation as its kernels need them: floats beside a Value, else arrays or numbers."""
    if p is not None and q is None and a.__class__ is ndarray and b.__class__ in PYTHON:  # t * 2.0, the usual case
        return a, b
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
                raise DeferredError(op.name, x)
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


def mixed(name: str, what: str) -> MixedError:
    """The error for a Value that meets an array."""
    return MixedError(
        f"{name}: got {what}, at {user_line()}. A Value holds one Python float and a Tensor holds an array; one "
        "graph holds one of the two. Build everything from Tensor(...), or take the number out with .data (no "
        "gradient flows then)."
    )


def check_constant(op: Any, place: int, x: Node) -> None:
    """Refuses the numbers of a Tensor where an operation has no rule: their derivative would be lost without a word."""
    data: Any = x.data
    own = hasattr(
        op.function, "__wrapped__"
    )  # an operation of the user's own says itself what it does not differentiate
    if data.__class__ is not ndarray or data.dtype.kind != "f" or own:
        return
    if op.kind != "nondifferentiable" and place not in op.conditions:
        raise RuleMissing(
            f"{op.name} got a {type(x).__name__} of shape {data.shape} as argument {place}, a constant, at {user_line()}. By it "
            "the operation has no derivative rule. Give t.item() or t.numpy() if no gradient is to flow through it."
        )


def plain(op: Any, x: Any) -> Any:
    """A constant argument as an array or a Python number; refuses what is no number."""
    if x.__class__ in PYTHON or (x.__class__ is ndarray and x.dtype.kind in "fiubc"):
        return x
    check_plain(op.name, x)
    if isinstance(x, Foreign):
        raise DeferredError(op.name, x)
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


def array_of(taker: str, x: Any) -> Any:
    """A Tensor as it is, anything else as an array of numbers; refuses what is no array."""
    if not isinstance(x, Node):
        return asarray(plain(Taker(taker), x))
    if x.data.__class__ is float:
        raise mixed(taker, "a Value")
    return x


def check_plain(taker: str, x: Any) -> None:
    """Raises for an array that means more than its numbers: its mask would be lost, and * of a matrix is its product."""
    if isinstance(x, np.ma.MaskedArray | np.matrix):
        raise DtypeError(
            f"{taker} got a {type(x).__name__} of shape {x.shape}, at {user_line()}; expected plain arrays. A mask would be "
            "lost here, and * of a matrix would be element by element. Fill a mask, a.filled(0.0), or choose with "
            "ops.where; take np.asarray(a) of a matrix."
        )


def refused(name: str, what: str) -> DtypeError:
    """The error for an argument that has no derivative."""
    pair = (
        " A complex number beside a Tensor is a pair: autograd_nn.numpy.Complex(re, im)." if "complex" in what else ""
    )
    return DtypeError(
        f"{name}: got {what}, at {user_line()}. Operations on a Value or Tensor take real numbers: floats, "
        f"integers, booleans, and arrays of them. Convert it first, for example with np.asarray(x, float).{pair}"
    )


def failed(op: Any, args: tuple, error: Exception) -> Exception:
    """NumPy's complaint about the arguments of an operation or of a Taker, with its name, the shapes and the user's line."""
    if isinstance(error, OURS):
        return error
    if user_line() in str(error) if isinstance(op, Taker) else hasattr(op.function, "__wrapped__"):
        return error  # it says it all; or it is about the user's own code, in an operation of theirs (extend.py)
    shown = ", ".join([described(a) for a in args])
    if isinstance(error, np.linalg.LinAlgError):  # the shapes are right and the numbers are not; the kernel says why
        return MatrixError(f"{op.name}({shown}) failed at {user_line()}: {error}")
    return kind_of(error)(f"{op.name}({shown}) failed at {user_line()}: {reason(op, args, error)}")


def kind_of(error: Exception) -> type[Exception]:
    """Which of our classes stands for an exception of NumPy or Python."""
    if isinstance(error, TypeError | OverflowError):
        return DtypeError
    return IndexingError if isinstance(error, IndexError) and not isinstance(error, ValueError) else ShapeError


def reason(op: Any, args: tuple, error: Exception) -> str:
    """Why arguments do not fit, and what to do about it."""
    shapes = [a.shape for a in args if isinstance(a, ndarray)]
    if op.kind in ("elementwise", "nondifferentiable") and len(shapes) == 2 and isinstance(error, ValueError):
        return (
            f"shapes {shapes[0]} and {shapes[1]} do not broadcast; counted from the right, sizes must agree or one of "
            "them be 1. Reshape or transpose one of them."
        )
    if op.symbol == "@" and len(shapes) == 2 and all(shapes) and shapes[0][-1] != shapes[1][-2:][0]:
        x, z = shapes
        hint = "Transpose or reshape one of them."
        if len(x) == len(z) == 2 and x[1] == z[1]:
            hint = "Did you mean x @ z.T?"
        elif len(x) == len(z) == 2 and x[0] == z[0]:
            hint = "Did you mean x.T @ z?"
        return f"the inner sizes {x[-1]} and {z[-2:][0]} must agree. {hint}"
    text = str(error).strip().rstrip(".") or type(error).__name__
    home = op.home if isinstance(op, Taker) else "ops"
    return f"{text}. Check the shapes and the other arguments: help(autograd_nn.{home}.{op.name})."


def described(x: Any) -> str:
    """An argument in an error message: an array or Tensor by shape and dtype, anything else as it is."""
    x = x.data if isinstance(x, Node) else x
    if isinstance(x, ndarray):
        return f"array of shape {x.shape} {x.dtype}"
    text = repr(x)
    return text if len(text) <= 60 else text[:57] + "..."
