"""ndarray's methods and attributes for Tensors: the functions of `autograd_nn.numpy`, called on the first argument.  Layer 4."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import numpy, ops
from .errors import InPlaceError, user_line

__all__ = ["ArrayMethods"]


def refusing(name: str, instead: str) -> Any:
    """A method that would change recorded data, as an error."""

    def method(self: Any, *args: Any, **keywords: Any) -> Any:
        raise InPlaceError(
            f"t.{name}(...) would change recorded data in place, at {user_line()}; the backward pass would read the new "
            f"numbers. Write {instead}."
        )

    method.__name__, method.__doc__ = name, f"Raises InPlaceError: write {instead}."
    return method


class ArrayMethods:
    """What a Tensor shares with ndarray, beside its operators."""

    __slots__ = ()

    data: Any

    sum, prod, mean, var, std = numpy.sum, numpy.prod, numpy.mean, numpy.var, numpy.std
    max, min, all, any = numpy.max, numpy.min, numpy.all, numpy.any
    argmax, argmin, argsort, nonzero = ops.argmax, ops.argmin, numpy.argsort, np.nonzero
    cumsum, cumprod = numpy.cumsum, numpy.cumprod
    clip, round, conj, conjugate = ops.clip, ops.round, numpy.conj, numpy.conj
    dot, trace, diagonal = numpy.dot, numpy.trace, numpy.diagonal
    take, repeat, copy = numpy.take, numpy.repeat, numpy.copy
    ravel, flatten, squeeze, swapaxes = numpy.ravel, numpy.ravel, ops.squeeze, ops.swapaxes
    exp, log, sqrt, abs = ops.exp, ops.log, ops.sqrt, ops.absolute
    sin, cos, tan, tanh = ops.sin, ops.cos, ops.tan, ops.tanh
    relu, sigmoid, softmax = ops.relu, ops.sigmoid, ops.softmax

    sort = refusing("sort", "np.sort(t), a new array")
    partition = refusing("partition", "np.partition(t, kth), a new array")
    fill = refusing("fill", "np.full_like(t, value), a constant")
    put = refusing("put", "t.at[key].set(values)")
    resize = refusing("resize", "t.reshape(shape) or np.pad(t, ...)")

    shape = property(lambda self: self.data.shape, doc="The sizes of the axes, a tuple of ints.")
    dtype = property(lambda self: self.data.dtype, doc="NumPy's dtype of the numbers.")
    ndim = property(lambda self: self.data.ndim, doc="The number of axes.")
    size = property(lambda self: self.data.size, doc="The number of elements.")
    itemsize = property(lambda self: self.data.itemsize, doc="The bytes of one number.")
    nbytes = property(lambda self: self.data.nbytes, doc="The bytes of all numbers.")
    device = property(
        lambda self: "cpu", doc="Where the numbers are, for the Python array API standard: always the CPU."
    )
    real = property(lambda self: self, doc="The Tensor itself: its numbers are real.")
    imag = property(lambda self: np.zeros_like(self.data), doc="Zeros: the numbers are real.")
    T = property(lambda self: ops.transpose(self), doc="The Tensor with its axes reversed.")
    mT = property(lambda self: numpy.matrix_transpose(self), doc="The last two axes exchanged.")  # noqa: N815  # NumPy's name
    at = property(
        lambda self: ops.At(self), doc="t.at[key].set(v), .add(v), .max(v), .min(v): assignment that records."
    )

    def astype(
        self, dtype: Any, order: str = "K", casting: str = "unsafe", subok: bool = True, copy: bool = True
    ) -> Any:
        """The numbers in another floating-point dtype; what follows dtype is NumPy's and changes nothing here."""
        return ops.astype(self, dtype)

    def reshape(self, *shape: Any, **keywords: Any) -> Any:
        """The same numbers in another shape: t.reshape(2, 3) or t.reshape((2, 3)); one size may be -1."""
        if keywords:
            return numpy.reshape(self, shape[0] if len(shape) == 1 else shape, **keywords)
        return ops.reshape(self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: Any) -> Any:
        """The axes in another order: t.transpose(1, 0) or t.transpose((1, 0)); reversed if none is given."""
        return ops.transpose(self, (axes[0] if len(axes) == 1 else axes) or None)

    def compress(self, condition: Any, axis: Any = None) -> Any:
        """The slices along axis at which the condition holds (default: elements of the flattened Tensor)."""
        return numpy.compress(condition, self, axis)

    def searchsorted(self, v: Any, side: Any = "left", sorter: Any = None) -> Any:
        """Where the numbers v would stand in this sorted Tensor, as plain indices; no gradient flows through them."""
        return np.searchsorted(self.data, v, side, sorter)

    def tolist(self) -> Any:
        """The numbers as nested lists of Python floats; no gradient flows through them, and no warning says so."""
        return self.data.tolist()

    def to_device(self, device: Any, /, *, stream: Any = None) -> Any:
        """The Tensor itself, for the Python array API standard; ValueError for any device but "cpu"."""
        if device != "cpu":
            raise ValueError(f"to_device got {device!r}, at {user_line()}. Tensors live on the CPU. Pass 'cpu'.")
        return self

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        """`autograd_nn.numpy`, which follows the Python array API standard 2024.12 and NumPy."""
        if api_version not in (None, "2021.12", "2022.12", "2023.12", "2024.12"):
            raise ValueError(
                f"__array_namespace__ got api_version={api_version!r}, at {user_line()}; there are 2021.12 to 2024.12. "
                "Leave it out."
            )
        return numpy
