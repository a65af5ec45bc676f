"""Tensor: one float array that remembers how it was computed.  Layer 4; knows no scalars beside arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from . import ops
from .arguments import check_plain
from .errors import (
    DetachedWarning,
    DtypeError,
    InPlaceError,
    MixedError,
    NonScalarError,
    ShapeError,
    user_fills,
    user_line,
    warn_at_user_line,
)
from .methods import ArrayMethods
from .node import Node, next_index
from .numpy import unstack
from .numpy.creation import holds_nodes
from .operators import Operators
from .ops.indexing import kept
from .place import current
from .protocols import call_function, call_ufunc, instead
from .walk import own, pull

__all__ = ["Tensor", "real_array"]


class Tensor(Operators, ArrayMethods, Node, data=np.ndarray):
    """An array node, with NumPy's operators, methods and indexing.

    data    the array; what is given is copied and made read-only. Floats keep their dtype, integers and booleans become
            float64; complex numbers, strings and objects raise DtypeError
    name    shown in pictures, errors and repr
    dtype   the floating-point dtype to convert to (default: that of the data)
    grad    None until `backward` has run, then an array of its own with the shape and dtype of `data`; leaves accumulate
            until you set it to None

    Plain arrays and numbers beside a Tensor are constants. Rebinding `t.data = t.data - step` is allowed on leaves.

    >>> W, x = Tensor([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, -1.0])
    >>> y = (W @ x).sum()
    >>> y.backward()
    >>> W.grad
    array([[ 1., -1.],
           [ 1., -1.]])
    """

    __slots__ = ("args", "inputs")

    def __init__(self, data: Any, name: str = "", *, dtype: Any = None) -> None:
        array = real_array(data, dtype, copy=True)
        array.flags.writeable = False
        self.data, self.op, self.inputs, self.args, self.index = array, None, (), (), next_index()
        if name:
            self.name = name
        if (place := current()) is not None:
            self.where = place

    __matmul__ = ops.matmul
    __lt__, __le__, __gt__, __ge__ = ops.less, ops.less_equal, ops.greater, ops.greater_equal
    __eq__, __ne__ = ops.equal, ops.not_equal  # element by element, as in NumPy
    __and__ = __rand__ = ops.logical_and  # of booleans, such as comparisons
    __or__ = __ror__ = ops.logical_or
    __xor__ = __rxor__ = ops.logical_xor
    __invert__ = ops.logical_not
    __hash__ = object.__hash__  # identity

    def __rmatmul__(self, other):
        return ops.matmul(other, self)

    def __getitem__(self, key):
        return ops.index(self, key if isinstance(key, Node) else kept(key))

    def __setitem__(self, key, value):
        raise InPlaceError(
            f"t[{key!r}] = ... would change recorded data in place, at {user_line()}; the backward pass would read the "
            f"new numbers. Write t = t.at[{key!r}].set(value), or .add(value) for +=."
        )

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[Tensor]:
        if not self.data.ndim:
            raise TypeError(  # the class that iter(x) has to raise, so that np.iterable(t) is False
                f"a Tensor of no dimensions was iterated over, by for, sum(t), list(t) or *t, at {user_line()}. It takes an axis "
                "to iterate along. Use the Tensor as the number that it is, or np.atleast_1d(t)."
            )
        return iter(unstack(self))

    def __bool__(self) -> bool:
        if self.data.size != 1:
            raise not_one_number(self, "bool(t), which if, and, or, not and in call,", BOOLEAN)
        return bool(self.data)

    def backward(self, gradient: Any = None, keep: bool = False) -> None:
        """Accumulate d self / d leaf into `grad` of every leaf that this Tensor depends on, by one reverse walk.

        gradient   the cotangent of this Tensor, of its shape; may be left out if it holds one number (then it is 1)
        keep       fill `grad` of the intermediate Tensors too (with this call's cotangent; they do not accumulate)
        Raises NonScalarError for several numbers without `gradient`, ShapeError for a gradient of another shape.
        """
        found = pull((self,), (seed(self, gradient),), keep=keep)
        for n, g in zip(found, own(found.values())):
            if g is not None and isinstance(n, Tensor) and n.data.dtype.kind == "f":
                n.grad = np.asarray(g if n.op is not None or n.grad is None else n.grad + g)

    def numpy(self) -> np.ndarray:
        """The numbers as a read-only array; no gradient flows through it, and no warning says so."""
        view = self.data.view()
        view.flags.writeable = False
        return view

    def item(self) -> float:
        """The one number of a Tensor of size 1, as a Python float; no gradient flows through it."""
        if self.data.size != 1:
            raise not_one_number(self, "item()", ARRAY)
        return self.data.item()

    def __float__(self) -> float:
        if self.data.size != 1:
            raise not_one_number(self, "float(t)", ARRAY)
        warn_at_user_line(FILLED if user_fills() else DETACHED, DetachedWarning)
        return float(self.data.item())

    def __int__(self) -> int:
        return int(self.item())  # rounding lets no gradient through in any case

    def __index__(self) -> int:
        if self.data.dtype.kind not in "iu" or self.data.size != 1:
            raise DtypeError(
                f"a Tensor of shape {self.data.shape} and dtype {self.data.dtype} was to serve as an integer, at {user_line()}. "
                "An index is one integer, such as np.argmax(t) gives. Write int(t), which cuts towards 0."
            )
        return int(self.data)

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        if self.data.dtype.kind == "f":  # no gradient flows from masks and indices in any case
            warn_at_user_line(FILLED if user_fills() else DETACHED + instead(), DetachedWarning)
        return np.array(self.data, dtype) if copy else np.asarray(self.numpy(), dtype)

    def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
        return call_ufunc(ufunc, method, inputs, keywords)

    def __array_function__(self, function, types, args, keywords):
        return call_function(function, args, keywords)

    def __format__(self, spec: str) -> str:
        return format(self.data.item() if self.data.size == 1 else self.data, spec) if spec else str(self)

    def __repr__(self) -> str:
        body = np.array2string(self.data, separator=", ", prefix="Tensor(")
        dtype = "" if self.data.dtype in (np.float64, np.bool_) else f", dtype={self.data.dtype}"
        return f"Tensor({body}{dtype}{f', name={self.name!r}' if self.name else ''})"


BOOLEAN = (
    "Choose with ops.where(c, x, z), reduce it first, test t.size, or find a node with any([x is t for x in nodes])."
)
ARRAY = "Index or reduce it first, or take all of its numbers with t.numpy()."
DETACHED = (
    "float(t), a math function, np.array([t, u]), np.asarray(t) or a function that calls it took the numbers out of a Tensor, so "
    "no gradient flows through the result. Use NumPy's functions on the Tensor itself, np.stack([t, u]) or "
    "autograd_nn.numpy.array([t, u]) to keep it recorded, or t.numpy() or t.item() to say that this is meant."
)
FILLED = (
    "a[...] = t wrote the numbers of a Tensor into a plain array, which cannot record them, so no gradient flows through the "
    "array. Collect the parts in a list and join them, np.stack(parts), or start from a Tensor and write a = a.at[i].set(t), to "
    "keep it recorded; write a[...] = t.numpy() to say that this is meant."
)


def not_one_number(t: Tensor, what: str, advice: str) -> NonScalarError:
    """The error for an array in the place of one number."""
    return NonScalarError(
        f"{what} of a Tensor of shape {t.shape}, at {user_line()}. It takes one number, and this holds {t.size}. {advice}"
    )


def real_array(data: Any, dtype: Any, copy: bool | None, taker: str = "Tensor(...)") -> np.ndarray:
    """What a user gives to `taker`, as an array of floats; copied, or with copy=None only where it must be."""
    if isinstance(data, Node):
        kind, plain = ("Tensor", "t.numpy()") if isinstance(data, Tensor) else ("Value", "v.data")
        raise MixedError(
            f"{taker} got a {kind}, at {user_line()}. A new Tensor is a leaf, and would be cut off from the graph of the other "
            f"silently. Use it as it is, or write Tensor({plain}) for an independent leaf."
        )
    check_plain(taker, data)
    if holds_nodes(data):
        raise MixedError(
            f"{taker} got a {type(data).__name__} that holds recorded nodes, at {user_line()}. The copy would be cut off from "
            "their graph. Build the array with recorded operations, or take the numbers out with .data first."
        )
    try:
        array = np.array(data, copy=copy)
    except ValueError as error:
        raise ShapeError(
            f"{taker} got rows of unequal length, at {user_line()}: {str(error).rstrip('.')}. Give a rectangular array."
        ) from None
    if array.dtype.kind not in "fiub":
        raise DtypeError(
            f"{taker} got data of dtype {array.dtype}, at {user_line()}. A Tensor holds real numbers: floats, integers or "
            "booleans. Convert it first, for example with np.asarray(x, float)."
        )
    return array.astype(float_type(dtype, array.dtype), copy=False)


def float_type(asked: Any, given: np.dtype) -> np.dtype:
    """The dtype of a Tensor: the one asked for, else that of the data if it is a float."""
    if asked is None:
        return given if given.kind == "f" else np.dtype(float)
    try:
        target = np.dtype(asked)
    except TypeError:
        target = np.dtype(object)
    if target.kind != "f":
        raise DtypeError(
            f"Tensor(..., dtype={asked!r}) asks for {target}, at {user_line()}. A Tensor is differentiated, so it holds "
            "floating-point numbers. Give float64, float32 or float16; keep integers in plain arrays."
        )
    return target


def seed(output: Tensor, gradient: Any) -> np.ndarray:
    """The cotangent that a backward pass starts from, as an array of its own."""
    data = output.data
    if data.dtype.kind != "f":
        raise DtypeError(
            f"backward() was called on a Tensor of dtype {data.dtype}, the result of {output.op.name}, at {user_line()}. No "
            "gradient flows from comparisons and indices. Call it on the number that they were computed for."
        )
    if gradient is None:
        if data.size != 1:
            raise NonScalarError(
                f"backward() was called on a Tensor of shape {data.shape}, at {user_line()}; the derivative of {data.size} "
                "numbers is not one gradient. Reduce it first, y.sum().backward(), or pass the cotangent: "
                "y.backward(gradient=g)."
            )
        return np.ones_like(data)
    given = gradient.data if isinstance(gradient, Tensor) else gradient
    g = real_array(given, data.dtype, True, "backward(gradient=...)")
    if g.shape != data.shape:
        raise ShapeError(
            f"backward(gradient=...) got shape {g.shape} for a Tensor of shape {data.shape}, at {user_line()}. The cotangent "
            "has the shape of what it is the derivative by. Reshape it, or broadcast it with np.broadcast_to."
        )
    return g
