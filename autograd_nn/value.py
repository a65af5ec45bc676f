"""Value: one Python float that remembers how it was computed, with micrograd's interface.  Layer 4; knows no arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import ops
from .arguments import beside_value
from .errors import DetachedWarning, DtypeError, MixedError, user_line, warn_at_user_line
from .node import Node, next_index
from .operators import Operators
from .place import current
from .protocols import call_ufunc, instead
from .scalars import Scalar, method, sweep

__all__ = ["Value"]


class Value(Operators, Scalar, data=float):
    """A scalar node: micrograd's `Value`, with the graph as data and derivatives of every order.

    data   the number, a Python float: an int, float, bool or NumPy number is converted, anything else raises DtypeError
    name   shown in pictures, errors and repr (micrograd's lectures say `label`; both work)
    grad   d output / d self, filled by `backward` on every node; 0.0 at first; leaves accumulate until you set it to 0

    Operators and methods follow IEEE 754 where Python's math raises: log(0) is -inf, exp(1000) and 0 ** -1 are inf, a fractional
    power of a negative number is nan. Numbers on either side become floats. Comparisons return plain bools.

    >>> a, b = Value(2.0), Value(-3.0)
    >>> c = (a * b + b ** 2).tanh()
    >>> c.backward()
    >>> a.grad == (1 - c.data ** 2) * -3.0
    True
    """

    __slots__ = ()

    def __init__(self, data: float, name: str = "", *, label: str = "") -> None:
        if data.__class__ is not float:
            data = number(data)
        self.data, self.op, self.index = data, None, next_index()
        if name or label:
            self.name = name or label
        if (place := current()) is not None:
            self.where = place

    exp, log, sqrt, tanh = method(ops.exp), method(ops.log), method(ops.sqrt), method(ops.tanh)
    sin, cos, tan = method(ops.sin), method(ops.cos), method(ops.tan)
    relu, sigmoid, abs = method(ops.relu), method(ops.sigmoid), method(ops.absolute)
    __add__ = __radd__ = method(ops.add)
    __mul__ = __rmul__ = method(ops.multiply)
    __sub__, __truediv__, __neg__ = method(ops.subtract), method(ops.divide), method(ops.negative)

    def backward(self) -> None:
        """Fill `grad` on every node that this one depends on: d self / d node, by one reverse walk.

        Leaves accumulate over several calls (set `leaf.grad = 0` in between); every other node shows the last call.
        """
        sweep(self)

    def item(self) -> float:
        """The number, as a plain float; no gradient flows through it."""
        return self.data

    @property
    def label(self) -> str:
        """The name, as micrograd's lectures call it."""
        return self.name

    @label.setter
    def label(self, text: str) -> None:
        self.name = text

    @property
    def _prev(self) -> set:
        """The nodes that this one was computed from, as micrograd's drawing code expects them."""
        return {p for p in self.inputs if p is not None}

    @property
    def _op(self) -> str:
        """The sign of the operation, as micrograd's drawing code expects it; empty for a leaf."""
        if self.op is None:
            return ""
        return f"**{self.args[1]:g}" if self.op is ops.power_constant.op else self.op.symbol or self.op.name

    def __eq__(self, other: object) -> bool:
        return self.data == equated(other)

    def __lt__(self, other: object) -> bool:
        return self.data < compared(other)

    def __le__(self, other: object) -> bool:
        return self.data <= compared(other)

    def __gt__(self, other: object) -> bool:
        return self.data > compared(other)

    def __ge__(self, other: object) -> bool:
        return self.data >= compared(other)

    __hash__ = object.__hash__  # identity: equal numbers are different nodes

    def __bool__(self) -> bool:
        return self.data != 0.0

    def __float__(self) -> float:
        warn_at_user_line(DETACHED, DetachedWarning)
        return self.data

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        warn_at_user_line(DETACHED + instead(), DetachedWarning)
        return np.asarray(self.data, dtype)

    def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
        return call_ufunc(ufunc, method, inputs, keywords)

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else str(self)

    def __repr__(self) -> str:
        return f"Value(data={self.data}, grad={self.grad})"


DETACHED = (
    "float(v), a math function or NumPy took the number out of a Value, so no gradient flows through the result. Use the "
    "operations of Value (v.exp(), v.sqrt(), ... or autograd_nn.ops) to keep it recorded, or v.data to say that this is meant."
)


def number(x: object) -> float:
    """What a user gives to Value(...), as a float."""
    if isinstance(x, Node):
        raise MixedError(
            f"Value(...) got a {type(x).__name__}, at {user_line()}. A new Value is a leaf, and would be cut off from the "
            "graph of the other silently. Use it as it is, or write Value(x.data) for an independent leaf."
        )
    if isinstance(x, (int, float, np.generic)) or (isinstance(x, np.ndarray) and x.ndim == 0):
        try:
            if np.asarray(x).dtype.kind in "fiub" or isinstance(x, int):
                return float(x)
        except OverflowError:  # an int beyond the range of floats
            pass
    raise DtypeError(
        f"Value(...) got {type(x).__name__} {x!r:.60}, at {user_line()}. A Value holds one real number. "
        "Give a float, or use Tensor(...) for an array."
    )


def equated(x: object) -> object:
    """The other side of == as plain data; nothing but a number equals a Value."""
    return compared(x) if isinstance(x, (int, float, np.generic, np.ndarray, Node)) else None


def compared(x: Any) -> Any:
    """The other side of a comparison as a number; a Value has no order, and no equality, beside arrays."""
    if x.__class__ is float or isinstance(x, int):
        return x
    if isinstance(x, Value):
        return x.data
    return beside_value("comparison", x if isinstance(x, Node) else None, x)
