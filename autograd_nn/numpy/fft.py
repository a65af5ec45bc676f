"""`autograd_nn.numpy.fft`: Fourier transforms with NumPy's names and signatures.  Layer 4; uses complex_numbers.

A transform of Tensors gives a Complex where NumPy gives a complex array; of plain arrays it gives what NumPy gives.  Sizes, axes
and norms are checked here, so that ops.rfftn and its kin get tuples.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import ops
from ..composition import composition
from ..domain import Shape
from ..errors import DtypeError, ShapeError, user_line
from ..node import Node
from ..op import shape_of
from .axes import axes_of
from .complex_numbers import Complex, complex_too, halves

__all__ = [
    "fft",
    "fft2",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifft2",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftfreq",
    "rfftn",
]

fftfreq, rfftfreq = np.fft.fftfreq, np.fft.rfftfreq
NORMS = {"backward": "forward", "ortho": "ortho", "forward": "backward"}  # of a transform -> of its conjugate
ONE = ((Shape(4),), (Shape(5), 4), (Shape(2, 3), 5, 0, "ortho"))  # cases of a transform along one axis


def transform(numpy: Callable, cases: tuple = ()) -> Callable:
    """The decorator of a transform: on Tensors and Complex it is ours, on plain arrays NumPy's."""

    def enter(function: Callable) -> Callable:
        made = composition(numpy, name=f"fft.{numpy.__name__}", cases=cases, analytic=False)(function)
        return complex_too(numpy)(made)

    return enter


def plan(name: str, a: Any, s: Any, axes: Any, norm: Any, halved: bool = False) -> tuple[tuple, tuple, str]:
    """(sizes, axes counted from the back, norm) of a transform of `a`, checked; halved: `a` is the half of a spectrum."""
    shape = shape_of(a)
    if norm is not None and norm not in NORMS:
        raise ShapeError(
            f"fft.{name} got norm={norm!r}, at {user_line()}. It is one of {', '.join(map(repr, NORMS))}; None is the "
            "first. Give one of these."
        )
    if axes is None:
        axes = range(len(shape)) if s is None else range(-len(s), 0)
    try:
        places = [operator.index(axis) for axis in axes]
        sizes = [None] * len(places) if s is None else [None if n is None else operator.index(n) for n in s]
    except TypeError:
        raise DtypeError(
            f"fft.{name} got sizes {s!r} and axes {axes!r}, at {user_line()}. Both are integers. Round them with int() or //."
        ) from None
    if (
        not all([-len(shape) <= k < len(shape) for k in places])
        or len({k % len(shape) for k in places}) < len(places)
        or not places
    ):
        raise ShapeError(
            f"fft.{name} got axes {places} of an array of shape {shape}, at {user_line()}. They are different ones of its "
            f"{len(shape)} axes, at least one. Check axis= or axes=; transform twice along an axis by two calls."
        )
    if len(sizes) != len(places):
        raise ShapeError(
            f"fft.{name} got {len(sizes)} sizes {sizes} for {len(places)} axes {places}, at {user_line()}. There is one size "
            "for each axis. Give as many of both."
        )
    found = [shape[k] if n is None else n for k, n in zip(places, sizes)]
    if halved and s is None:
        found[-1] = 2 * (found[-1] - 1)
    if min(found) < 1:
        raise ShapeError(
            f"fft.{name} of an array of shape {shape} was to have size {min(found)} along an axis, at {user_line()}. A "
            "transform has at least one point. Give n= (or s=) of at least 1, and no empty axis."
        )
    return tuple(found), tuple([k % len(shape) - len(shape) for k in places]), norm or "backward"


def ours(a: Any) -> bool:
    """Whether `a` takes part in a recording; NumPy transforms plain arrays."""
    return isinstance(a, Node | Complex)


def alone(n: Any) -> Any:
    """The sizes of a transform along one axis."""
    return None if n is None else [n]


def open_sizes(s: Any) -> Any:
    """NumPy's -1 stands for the size of the array that is given, a half spectrum's too."""
    return [None if n == -1 else n for n in s] if isinstance(s, list | tuple | np.ndarray) else s


def of_real(name: str, a: Any, s: Any, axes: Any, norm: Any) -> Complex:
    if isinstance(a, Complex):
        raise DtypeError(
            f"fft.{name} got a Complex of shape {a.shape}, at {user_line()}. It transforms real numbers. Use np.fft.fft, "
            "fft2 or fftn for complex ones, or take its real part, z.real."
        )
    return Complex(*ops.rfftn(a, *plan(name, a, s, axes, norm)))


def to_real(name: str, a: Any, s: Any, axes: Any, norm: Any) -> Any:
    re, im = halves(a)
    return ops.irfftn(re, 0.0 if im is None else im, *plan(name, re, s, axes, norm, True))


def of_complex(operation: Callable, name: str, a: Any, s: Any, axes: Any, norm: Any) -> Complex:
    re, im = halves(a)
    return Complex(*operation(re, 0.0 if im is None else im, *plan(name, re, s, axes, norm)))


@transform(np.fft.rfft)
def rfft(a, n=None, axis=-1, norm=None):
    """The discrete Fourier transform of real numbers along an axis: sum_j a_j exp(-2 pi i j k / n) for k = 0, ..., n // 2.

    n      a is cut or filled up with zeros to this size (default: its own)
    norm   "backward": as it stands, the inverse is divided by n; "ortho": both by sqrt(n); "forward": the other way about

    >>> rfft(Tensor([1.0, 2.0, 3.0, 4.0]))
    Complex([10.+0.j, -2.+2.j, -2.+0.j])
    """
    return of_real("rfft", a, alone(n), [axis], norm) if ours(a) else np.fft.rfft(a, n, axis, norm)


@transform(np.fft.irfft, ((Shape(4),), (Shape(5), 4), (Shape(2, 3), 5, 0, "ortho")))
def irfft(a, n=None, axis=-1, norm=None):
    """The real numbers whose rfft is a, n of them (default: 2 (m - 1) for m along the axis; give n where it is odd).

    The imaginary part counts as 0 at frequency 0, and at n / 2 for even n.

    >>> x = Tensor([1.0, 2.0, 3.0, 4.0])
    >>> irfft(rfft(x) * np.array([1.0, 0.0, 0.0]))
    Tensor([2.5, 2.5, 2.5, 2.5])
    """
    return to_real("irfft", a, alone(n), [axis], norm) if ours(a) else np.fft.irfft(a, n, axis, norm)


@transform(np.fft.fft)
def fft(a, n=None, axis=-1, norm=None):
    """The discrete Fourier transform along an axis: sum_j a_j exp(-2 pi i j k / n) for k = 0, ..., n - 1; arguments as for rfft.

    >>> fft(Tensor([1.0, 2.0]))
    Complex([ 3.+0.j, -1.+0.j])
    """
    return of_complex(ops.fftn, "fft", a, alone(n), [axis], norm) if ours(a) else np.fft.fft(a, n, axis, norm)


@transform(np.fft.ifft)
def ifft(a, n=None, axis=-1, norm=None):
    """The inverse of fft: (1/n) sum_k a_k exp(2 pi i j k / n).

    >>> ifft(fft(Tensor([1.0, 2.0]))).real
    Tensor([1., 2.])
    """
    return of_complex(ops.ifftn, "ifft", a, alone(n), [axis], norm) if ours(a) else np.fft.ifft(a, n, axis, norm)


@transform(np.fft.rfftn)
def rfftn(a, s=None, axes=None, norm=None):
    """rfft along the last of axes (default: of all), then fft along the others.

    s   one size for each of axes, -1 for the array's own; norm as for rfft

    >>> rfftn(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Complex([[10.+0.j, -2.+0.j],
             [-4.+0.j,  0.+0.j]])
    """
    return of_real("rfftn", a, open_sizes(s), axes, norm) if ours(a) else np.fft.rfftn(a, s, axes, norm)


@transform(np.fft.irfftn, ((Shape(2, 3),), (Shape(2, 3), (3, 4), (1, 0), "forward")))
def irfftn(a, s=None, axes=None, norm=None):
    """The inverse of rfftn: ifft along all of axes but the last, then irfft along that; s are the sizes of the result.

    >>> irfftn(rfftn(Tensor([[1.0, 2.0], [3.0, 4.0]])))
    Tensor([[1., 2.],
            [3., 4.]])
    """
    return to_real("irfftn", a, open_sizes(s), axes, norm) if ours(a) else np.fft.irfftn(a, s, axes, norm)


@transform(np.fft.fftn)
def fftn(a, s=None, axes=None, norm=None):
    """fft along each of axes (default: all); s and norm as for rfftn.

    >>> fftn(Tensor([[1.0, 2.0], [3.0, 4.0]])).real
    Tensor([[10., -2.],
            [-4.,  0.]])
    """
    return of_complex(ops.fftn, "fftn", a, open_sizes(s), axes, norm) if ours(a) else np.fft.fftn(a, s, axes, norm)


@transform(np.fft.ifftn)
def ifftn(a, s=None, axes=None, norm=None):
    """ifft along each of axes (default: all): the inverse of fftn.

    >>> ifftn(Tensor([[4.0, 0.0], [0.0, 0.0]])).real
    Tensor([[1., 1.],
            [1., 1.]])
    """
    return of_complex(ops.ifftn, "ifftn", a, open_sizes(s), axes, norm) if ours(a) else np.fft.ifftn(a, s, axes, norm)


@transform(np.fft.rfft2)
def rfft2(a, s=None, axes=(-2, -1), norm=None):
    """rfftn along two axes, by default the last two.

    >>> rfft2(Tensor([[1.0, 2.0], [3.0, 4.0]])).shape
    (2, 2)
    """
    return of_real("rfft2", a, open_sizes(s), axes, norm) if ours(a) else np.fft.rfft2(a, s, axes, norm)


@transform(np.fft.irfft2, ((Shape(2, 3),),))
def irfft2(a, s=None, axes=(-2, -1), norm=None):
    """irfftn along two axes, by default the last two.

    >>> irfft2(Tensor([[4.0, 0.0], [0.0, 0.0]]))
    Tensor([[1., 1.],
            [1., 1.]])
    """
    return to_real("irfft2", a, open_sizes(s), axes, norm) if ours(a) else np.fft.irfft2(a, s, axes, norm)


@transform(np.fft.fft2)
def fft2(a, s=None, axes=(-2, -1), norm=None):
    """fftn along two axes, by default the last two.

    >>> fft2(Tensor([[1.0, 2.0], [3.0, 4.0]])).real
    Tensor([[10., -2.],
            [-4.,  0.]])
    """
    return of_complex(ops.fftn, "fft2", a, open_sizes(s), axes, norm) if ours(a) else np.fft.fft2(a, s, axes, norm)


@transform(np.fft.ifft2)
def ifft2(a, s=None, axes=(-2, -1), norm=None):
    """ifftn along two axes, by default the last two.

    >>> ifft2(Tensor([[4.0, 0.0], [0.0, 0.0]])).real
    Tensor([[1., 1.],
            [1., 1.]])
    """
    return of_complex(ops.ifftn, "ifft2", a, open_sizes(s), axes, norm) if ours(a) else np.fft.ifft2(a, s, axes, norm)


@transform(np.fft.hfft, ((Shape(3),), (Shape(3), 5, -1, "ortho"), (Shape(2, 3), 4, 0, "forward")))
def hfft(a, n=None, axis=-1, norm=None):
    """The transform, which is real, of n numbers that are Hermitian, given by their half a: n irfft(conj a).

    >>> hfft(Tensor([1.0, 2.0, 1.0]))
    Tensor([ 6.,  0., -2.,  0.])
    """
    if not ours(a):
        return np.fft.hfft(a, n, axis, norm)
    return to_real("hfft", np.conjugate(a), alone(n), [axis], NORMS.get(norm or "backward", norm))


@transform(np.fft.ihfft)
def ihfft(a, n=None, axis=-1, norm=None):
    """The inverse of hfft: conj(rfft(a)) / n.

    >>> ihfft(Tensor([6.0, 0.0, -2.0, 0.0])).real
    Tensor([1., 2., 1.])
    """
    if not ours(a):
        return np.fft.ihfft(a, n, axis, norm)
    return np.conjugate(of_real("ihfft", a, alone(n), [axis], NORMS.get(norm or "backward", norm)))


@transform(np.fft.fftshift, ((Shape(4),), (Shape(3, 5),), (Shape(3, 2), 0), (Shape(3, 2), (-1, 0))))
def fftshift(x, axes=None):
    """Frequency 0 moved from the beginning of axes (default: all) to the middle, at n // 2.

    >>> fftshift(Tensor([0.0, 1.0, 2.0, -2.0, -1.0]))
    Tensor([-2., -1.,  0.,  1.,  2.])
    """
    return rolled(x, axes, lambda n: n // 2)


@transform(np.fft.ifftshift, ((Shape(4),), (Shape(3, 5),), (Shape(3, 2), 0), (Shape(3, 2), (-1, 0))))
def ifftshift(x, axes=None):
    """The inverse of fftshift: the middle of axes, at n // 2, moved to the beginning.

    >>> ifftshift(Tensor([-2.0, -1.0, 0.0, 1.0, 2.0]))
    Tensor([ 0.,  1.,  2., -2., -1.])
    """
    return rolled(x, axes, lambda n: -(n // 2))


def rolled(x: Any, axes: Any, shift: Callable) -> Any:
    """x shifted along axes by shift(n) places, with what falls off the end put at the beginning."""
    if isinstance(x, Complex):
        return Complex(rolled(x.real, axes, shift), rolled(x.imag, axes, shift))
    places = axes_of(x, axes)
    return ops.roll(x, tuple([shift(shape_of(x)[k]) for k in places]), places)
