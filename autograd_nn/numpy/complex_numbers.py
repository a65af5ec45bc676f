"""Complex numbers as pairs of real arrays, with NumPy's operators and protocols.  Layer 4; made of operations.

A Complex is no node, its two parts are: every derivative is one of real numbers, and that of a real loss by z = x + i y is the
pair dL/dx, dL/dy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from .. import ops
from ..arguments import Foreign, Taker, array_of, plain
from ..errors import DetachedWarning, DtypeError, InPlaceError, RuleMissing, ShapeError, user_line, warn_at_user_line
from ..node import Node
from ..op import data_of, ndim_of, shape_of

__all__ = ["Complex", "bilinear", "complex_too", "halves", "misuse", "pair"]

TAKER = Taker("Complex")
FUNCTIONS: dict[Callable, Callable] = {}  # NumPy's, and what stands for them where a Complex takes part
PARTWISE = frozenset(  # linear with real factors, in the first argument: each part by itself
    (np.sum, np.mean, np.cumsum, np.diff, np.trapezoid, np.average, np.trace, np.diagonal, np.reshape, np.ravel, np.transpose,
     np.permute_dims, np.matrix_transpose, np.swapaxes, np.moveaxis, np.rollaxis, np.expand_dims, np.squeeze, np.broadcast_to,
     np.concatenate, np.concat, np.stack, np.hstack, np.vstack, np.dstack, np.column_stack, np.split, np.array_split, np.roll,
     np.flip, np.fliplr, np.flipud, np.rot90, np.repeat, np.tile, np.take, np.take_along_axis, np.compress, np.delete, np.append,
     np.insert, np.tril, np.triu, np.diag, np.atleast_1d, np.atleast_2d, np.atleast_3d, np.pad)
)  # fmt: skip
BILINEAR = frozenset((np.dot, np.inner, np.outer, np.tensordot, np.kron, np.convolve))
PLAIN = frozenset(  # their results carry no derivative: they run on the numbers
    (np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.array_equal, np.allclose, np.isclose, np.iscomplexobj)
)  # fmt: skip


def complex_too(*numpy: Callable) -> Callable:
    """Enters the decorated function as what NumPy's functions call where a Complex takes part."""

    def enter(function: Callable) -> Callable:
        FUNCTIONS.update(dict.fromkeys(numpy, function))
        return function

    return enter


# What a Complex is made of


def pair(re: Any, im: Any) -> Complex:
    """A Complex of two real arrays or nodes, one of which may be a number or broadcast."""
    shapes = shape_of(re), shape_of(im)
    if shapes[0] != shapes[1]:
        try:
            shape = np.broadcast_shapes(*shapes)
        except ValueError:
            raise ShapeError(
                f"Complex(...) got parts of shapes {shapes[0]} and {shapes[1]}, at {user_line()}. They are one number each, so "
                "their shapes must agree or broadcast. Reshape one of them."
            ) from None
        re, im = [x if shape_of(x) == shape else spread(x, shape, other) for x, other in ((re, im), (im, re))]
    z = object.__new__(Complex)
    z.real, z.imag = re, im
    return z


def spread(x: Any, shape: tuple, other: Any) -> Any:
    """One part repeated to a shape; a Python number takes the dtype of the other part."""
    return np.full(shape, x, data_of(other).dtype) if x.__class__ is float else ops.broadcast_to(x, shape)


def halves(x: Any) -> tuple[Any, Any]:
    """(real part, imaginary part) of an operand, the second None for a real one."""
    if isinstance(x, Complex):
        return x.real, x.imag
    if x.__class__ is complex:
        return x.real, x.imag  # Python's numbers leave float32 what it is
    x = x if isinstance(x, Node) else plain(TAKER, x)
    return (x.real.copy(), x.imag.copy()) if data_of(x).__class__ is np.ndarray and x.dtype.kind == "c" else (x, None)


def numbers(x: Any) -> Any:
    """An argument as plain data."""
    return x.numpy() if isinstance(x, Complex) else data_of(x)


def side(x: Any, k: int) -> Any:
    """One part of a Complex, of an array, or of each in a sequence of such."""
    if isinstance(x, list | tuple):
        return [side(z, k) for z in x]
    halved = halves(x)
    return np.zeros_like(data_of(x)) if halved[k] is None else halved[k]


def partwise(function: Callable, z: Any, *args: Any, **keywords: Any) -> Any:
    """A function that is linear with real factors, of both parts."""
    re, im = [function(side(z, k), *args, **keywords) for k in (0, 1)]
    return [pair(*both) for both in zip(re, im)] if isinstance(re, list | tuple) else pair(re, im)


def bilinear(function: Callable, x: Any, z: Any, *args: Any, **keywords: Any) -> Complex:
    """A product of any kind: (a + i b)(c + i d) = (ac - bd) + i (ad + bc)."""
    (a, b), (c, d) = halves(x), halves(z)

    def f(p: Any, q: Any) -> Any:
        return function(p, q, *args, **keywords)

    if b is None or d is None:
        return pair(f(a, c), f(a, d) if b is None else f(b, c))
    return pair(ops.subtract(f(a, c), f(b, d)), ops.add(f(a, d), f(b, c)))


# Arithmetic


@complex_too(np.add)
def add(x, z):
    (a, b), (c, d) = halves(x), halves(z)
    return pair(ops.add(a, c), d if b is None else b if d is None else ops.add(b, d))


@complex_too(np.subtract)
def subtract(x, z):
    (a, b), (c, d) = halves(x), halves(z)
    return pair(ops.subtract(a, c), ops.negative(d) if b is None else b if d is None else ops.subtract(b, d))


@complex_too(np.multiply)
def multiply(x, z):
    return bilinear(ops.multiply, x, z)


@complex_too(np.divide)
def divide(x, z):
    """By a real number part by part; by a complex one as x conj(z) / |z|^2, scaled so that |z|^2 is between 1 and 2."""
    (a, b), (c, d) = halves(x), halves(z)
    if d is None:
        return pair(ops.divide(a, c), ops.divide(b, c))
    size = ops.constant(ops.maximum(ops.absolute(c), ops.absolute(d)))
    size = size + ops.equal(size, 0.0)  # 0 / 0 comes below, as in NumPy
    c, d = ops.divide(c, size), ops.divide(d, size)
    return divide(multiply(x, pair(c, ops.negative(d))), ops.multiply(c * c + d * d, size))


@complex_too(np.matmul)
def matmul(x, z):
    return bilinear(ops.matmul, x, z)


@complex_too(np.negative)
def negative(z):
    return pair(ops.negative(z.real), ops.negative(z.imag))


Foreign.with_complex.update({f: FUNCTIONS[f] for f in (np.add, np.subtract, np.multiply, np.divide, np.matmul)})


# The class, and what it does not do


def misuse(
    z: Complex, what: str, instead: str = "abs(z), np.angle(z), z.real, z.imag, or z.numpy() for plain numbers"
) -> DtypeError:
    return DtypeError(
        f"{what} was asked of a Complex of shape {z.shape}, at {user_line()}. It is a pair of real arrays, with + - * /, whole "
        f"powers, and those NumPy functions that help(autograd_nn.numpy.Complex) tells. Use {instead}."
    )


def missing(name: str) -> RuleMissing:
    return RuleMissing(
        f"np.{name} is not there for complex numbers, at {user_line()}. A Complex is a pair of real Tensors, for what "
        "help(autograd_nn.numpy.Complex) tells. Apply it to real parts: abs(z), np.angle(z), z.real or z.imag; or to z.numpy() "
        "if no gradient is to flow through it."
    )


def of_parts(operation: Callable) -> Callable:
    """A method that does the operation with both parts."""

    def method(self, *args, **keywords):
        return partwise(operation, self, *args, **keywords)

    method.__name__, method.__doc__ = operation.__name__, f"ops.{operation.__name__} of both parts."
    return method


@dataclass(init=False, eq=False, repr=False, slots=True)  # so that transforms see a container of two arrays
class Complex(Foreign):
    """Complex numbers re + i im: what np.fft.rfft(t) of a Tensor gives, or made of two real arrays or Tensors.

    real, imag   real arrays or Tensors of shapes that broadcast; or one complex array alone
    Recorded, as operations on the parts: + - * / @ and whole powers, indexing, the methods below, np.fft, and np.abs, angle,
    conj, real, imag, exp, log, where, sums, means, products, and what rearranges arrays. There is no order, and no assignment.

    >>> z = Complex(Tensor([3.0, 0.0]), Tensor([4.0, 1.0]))
    >>> abs(z), (z * np.conj(z)).real
    (Tensor([5., 1.]), Tensor([25.,  1.]))
    """

    real: Any
    imag: Any

    def __init__(self, real: Any, imag: Any = None) -> None:
        parts = [given(real), 0.0 if imag is None else given(imag)]
        if imag is None and np.iscomplexobj(data_of(parts[0])):
            parts = [parts[0].real.copy(), parts[0].imag.copy()]
        for x in parts:
            if np.iscomplexobj(data_of(x)):
                raise DtypeError(
                    f"Complex(re, im) got an array of dtype {x.dtype}, at {user_line()}. Both parts are real. Give a complex "
                    "array alone, Complex(z), or its parts, Complex(z.real, z.imag)."
                )
        whole = pair(*parts)
        self.real, self.imag = whole.real, whole.imag

    shape = property(lambda self: shape_of(self.real), doc="The sizes of the axes, a tuple of ints.")
    ndim = property(lambda self: ndim_of(self.real), doc="The number of axes.")
    size = property(lambda self: np.size(data_of(self.real)), doc="The number of elements.")
    dtype = property(
        lambda self: np.result_type(data_of(self.real), data_of(self.imag), np.complex64), doc="NumPy's dtype."
    )
    T = property(lambda self: partwise(ops.transpose, self), doc="The numbers with their axes reversed.")

    __add__, __radd__, __sub__ = add, add, subtract
    __mul__, __rmul__, __truediv__ = multiply, multiply, divide
    __matmul__, __neg__, __hash__ = matmul, negative, object.__hash__  # identity
    sum, mean, ravel, flatten = of_parts(ops.sum), of_parts(ops.mean), of_parts(ops.ravel), of_parts(ops.ravel)
    swapaxes, squeeze = of_parts(ops.swapaxes), of_parts(ops.squeeze)

    def __rsub__(self, other):
        return subtract(other, self)

    def __rtruediv__(self, other):
        return divide(other, self)

    def __rmatmul__(self, other):
        return matmul(other, self)

    def __pow__(self, other):
        return np.power(self, other)

    def __rpow__(self, other):
        return np.power(other, self)

    def __abs__(self):
        return np.absolute(self)

    def __pos__(self):
        return np.positive(self)

    def __eq__(self, other):  # element by element, as in NumPy
        return np.equal(self, other)

    def __ne__(self, other):
        return np.not_equal(self, other)

    def conj(self):
        """re - i im."""
        return np.conjugate(self)

    conjugate = conj

    def reshape(self, *shape):
        """The same numbers in another shape: z.reshape(2, 3) or z.reshape((2, 3)); one size may be -1."""
        return partwise(ops.reshape, self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes):
        """The axes in another order: z.transpose(1, 0) or z.transpose((1, 0)); reversed if none is given."""
        return partwise(ops.transpose, self, (axes[0] if len(axes) == 1 else axes) or None)

    def numpy(self) -> np.ndarray:
        """The numbers as a complex array; no gradient flows through it, and no warning says so."""
        z = np.empty(self.shape, self.dtype)
        z.real, z.imag = data_of(self.real), data_of(self.imag)
        return z

    def __getitem__(self, key):
        return pair(self.real[key], self.imag[key])

    def __setitem__(self, key, value) -> NoReturn:
        raise InPlaceError(
            f"z[{key!r}] = ... would change recorded data in place, at {user_line()}; the backward pass would read the new "
            "numbers. Multiply by a mask of zeros and ones, z * mask, or choose by np.where(mask, z, value)."
        )

    def __len__(self) -> int:
        return len(data_of(self.real))

    def __iter__(self) -> Iterator[Complex]:
        return iter([self[i] for i in range(len(self))])

    def __bool__(self) -> NoReturn:
        raise misuse(self, "bool(z), which if, and, or and not call,")

    def __float__(self) -> NoReturn:
        raise misuse(self, "float(z)")

    def __lt__(self, other) -> NoReturn:
        raise misuse(self, "an order, < <= > or >=,")

    __le__ = __gt__ = __ge__ = __lt__

    def __getattr__(self, name: str) -> NoReturn:
        dunder = name.startswith("__")  # what Python and NumPy look for
        raise AttributeError(name if dunder or name in ("real", "imag") else str(misuse(self, f"z.{name}")))

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        if isinstance(self.real, Node) or isinstance(self.imag, Node):
            warn_at_user_line(
                "np.asarray(z) or a function that calls it took the numbers out of a Complex, so no gradient flows through the "
                "result. Use NumPy's functions on the Complex or its parts to keep it recorded, or z.numpy() to say that this "
                "is meant.",
                DetachedWarning,
            )
        return np.asarray(self.numpy(), dtype)

    def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
        if "out" in keywords:
            raise InPlaceError(
                f"np.{ufunc.__name__} was to write complex numbers that are recorded into an existing array, at {user_line()}. "
                "The array would lose the graph, so no gradient could flow. Write y = f(z) (a = a * z for a *= z)."
            )
        if ufunc not in FUNCTIONS or method != "__call__" or keywords:
            what = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
            raise missing(what + (f" with {', '.join(keywords)}=" if keywords else ""))
        return FUNCTIONS[ufunc](*inputs)

    def __array_function__(self, function, types, args, keywords):
        if function in PLAIN:
            return function(*[numbers(a) for a in args], **{k: numbers(v) for k, v in keywords.items()})
        if function in FUNCTIONS:
            return FUNCTIONS[function](*args, **keywords)
        if function in PARTWISE or function in BILINEAR:
            return (partwise if function in PARTWISE else bilinear)(function, *args, **keywords)
        raise missing(f"{function.__module__}.{function.__name__}".removeprefix("numpy."))

    def __repr__(self) -> str:
        return f"Complex({np.array2string(self.numpy(), separator=', ', prefix='Complex(')})"


def given(x: Any) -> Any:
    """A part as a user gives it: a Tensor, a float, or an array of floats or complex numbers."""
    if isinstance(x, float | int):
        return float(x)
    y = array_of("Complex", x)
    return y if isinstance(y, Node) or y.dtype.kind in "fc" else y.astype(float)
