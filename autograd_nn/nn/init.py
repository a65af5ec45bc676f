"""How weights start: arrays drawn with the variance that keeps signals level.  Layer 7, above module.py; knows no layers.

Every function takes a shape and the keywords rng and dtype, and returns a new array:

    shape   int or tuple of ints >= 1. The fans, which the variances are made of, count the inputs and outputs of one unit:
                (n_in, n_out)               a dense layer x W              fan_in = n_in            fan_out = n_out
                (n_out, n_in, *kernel)      a convolution, as in PyTorch   fan_in = n_in k          fan_out = n_out k
            where k is the product of the kernel's sizes; other shapes have no fans
    rng     numpy.random.Generator, an int seed, or None for numbers that differ from run to run
    dtype   float dtype of the result; one seed gives the same numbers in each, rounded

All raise ShapeError for a shape that does not do, TypeError or ValueError for another argument.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from ..errors import DtypeError, ShapeError, user_line
from .module import check_finite

__all__ = [
    "constant",
    "generator",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "lecun_normal",
    "normal",
    "orthogonal",
    "uniform",
    "zeros",
]

Shape = int | tuple[int, ...]
Random = np.random.Generator | int | None


def glorot_uniform(shape: Shape, *, rng: Random = None, dtype: Any = np.float32) -> np.ndarray:
    r"""Uniform on +-sqrt(6 / (fan_in + fan_out)):  variance 2 / (fan_in + fan_out).

    Keeps the variances of activations and gradients level where f'(0) = 1, as for tanh. Arguments and errors: as for all here.
    Source: Glorot & Bengio 2010, eq. 16.

    >>> abs(glorot_uniform((300, 300), rng=0)).max() <= 0.1
    np.True_
    """
    fan_in, fan_out = fans("glorot_uniform", shape)
    return spread("glorot_uniform", shape, math.sqrt(6.0 / (fan_in + fan_out)), rng, dtype)


def glorot_normal(shape: Shape, *, rng: Random = None, dtype: Any = np.float32) -> np.ndarray:
    r"""Normal with mean 0 and variance 2 / (fan_in + fan_out).  Arguments and errors: as for all here.

    Keeps the variances of activations and gradients level where f'(0) = 1, as for tanh.
    Source: Glorot & Bengio 2010, eq. 12.

    >>> glorot_normal((3, 2), rng=0).shape
    (3, 2)
    """
    fan_in, fan_out = fans("glorot_normal", shape)
    return normal(shape, 0.0, math.sqrt(2.0 / (fan_in + fan_out)), rng=rng, dtype=dtype)


def he_uniform(shape: Shape, *, rng: Random = None, dtype: Any = np.float32) -> np.ndarray:
    r"""Uniform on +-sqrt(6 / fan_in):  variance 2 / fan_in.  Arguments and errors: as for all here.

    Keeps the variance of activations level through ReLU, which halves the second moment. Source: He et al. 2015, eq. 10.

    >>> abs(he_uniform((600, 5), rng=0)).max() <= 0.1
    np.True_
    """
    return spread("he_uniform", shape, math.sqrt(6.0 / fans("he_uniform", shape)[0]), rng, dtype)


def he_normal(shape: Shape, *, rng: Random = None, dtype: Any = np.float32) -> np.ndarray:
    r"""Normal with mean 0 and variance 2 / fan_in, not truncated.  Arguments and errors: as for all here.

    Keeps the variance of activations level through ReLU, which halves the second moment. Source: He et al. 2015, eq. 10.

    >>> he_normal((16, 3, 5, 5), rng=0).shape
    (16, 3, 5, 5)
    """
    return normal(shape, 0.0, math.sqrt(2.0 / fans("he_normal", shape)[0]), rng=rng, dtype=dtype)


def lecun_normal(shape: Shape, *, rng: Random = None, dtype: Any = np.float32) -> np.ndarray:
    r"""Normal with mean 0 and variance 1 / fan_in, not truncated.  Arguments and errors: as for all here.

    Keeps the variance of x W that of x: for SELU, and for linear layers. Source: LeCun et al. 1998, eq. 16.

    >>> lecun_normal((3, 2), rng=0).shape
    (3, 2)
    """
    return normal(shape, 0.0, math.sqrt(1.0 / fans("lecun_normal", shape)[0]), rng=rng, dtype=dtype)


def orthogonal(shape: Shape, gain: float = 1.0, *, rng: Random = None, dtype: Any = np.float32) -> np.ndarray:
    r"""A random matrix Q with Q^T Q = gain^2 I (Q Q^T = gain^2 I if it is wide), uniform over all of them.

    shape   of two or more axes; from three on, Q is (shape[0], the product of the rest), as in PyTorch
    gain    float: what |x Q| / |x| is; the variance of one element is gain^2 / max(rows, columns)
    Other arguments and errors: as for all here.
    Source: Saxe, McClelland & Ganguli 2014; uniform by the signs of R's diagonal, Mezzadri 2007, section 5.

    >>> q = orthogonal((2, 2), rng=0, dtype=np.float64)
    >>> np.allclose(q @ q.T, np.eye(2))
    True
    """
    sizes, gain = checked("orthogonal", shape), check_finite("init.orthogonal", "gain", gain)
    if len(sizes) < 2:
        raise ShapeError(
            f"init.orthogonal got shape {shape!r:.60}, at {user_line()}; expected at least two axes, a matrix. Pass for "
            "example (16, 16)."
        )
    rows, columns = sizes[0], math.prod(sizes[1:])
    draw = generator("init.orthogonal", rng).standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(draw)
    q = q * np.where(np.diagonal(r) < 0.0, -1.0, 1.0)
    return cast("orthogonal", gain * (q if rows >= columns else q.T).reshape(sizes), dtype)


def uniform(
    shape: Shape, low: float = 0.0, high: float = 1.0, *, rng: Random = None, dtype: Any = np.float32
) -> np.ndarray:
    r"""Uniform on [low, high):  variance (high - low)^2 / 12.  Other arguments and errors: as for all here.

    >>> uniform(2, -1.0, 1.0, rng=0)
    array([ 0.27392337, -0.46042657], dtype=float32)
    """
    low, high = check_finite("init.uniform", "low", low), check_finite("init.uniform", "high", high)
    if low > high:
        raise ValueError(
            f"init.uniform got low={low:g} and high={high:g}, at {user_line()}; expected low <= high. Exchange them."
        )
    return cast("uniform", generator("init.uniform", rng).uniform(low, high, checked("uniform", shape)), dtype)


def normal(
    shape: Shape, mean: float = 0.0, std: float = 1.0, *, rng: Random = None, dtype: Any = np.float32
) -> np.ndarray:
    r"""Normal with this mean and standard deviation:  variance std^2.  Other arguments and errors: as for all here.

    >>> normal(2, std=0.02, rng=0)
    array([ 0.0025146, -0.0026421], dtype=float32)
    """
    mean, std = check_finite("init.normal", "mean", mean), check_finite("init.normal", "std", std)
    if std < 0.0:
        raise ValueError(
            f"init.normal got std={std:g}, at {user_line()}; expected a number of at least 0, a standard deviation. Pass "
            "for example std=0.02."
        )
    return cast("normal", generator("init.normal", rng).normal(mean, std, checked("normal", shape)), dtype)


def zeros(shape: Shape, *, rng: Random = None, dtype: Any = np.float32) -> np.ndarray:
    r"""All 0, for biases: units whose weights are all equal stay equal.  `rng` is not used; otherwise as for all here.

    >>> zeros(2)
    array([0., 0.], dtype=float32)
    """
    return constant(shape, 0.0, dtype=dtype)


def constant(shape: Shape, value: float, *, rng: Random = None, dtype: Any = np.float32) -> np.ndarray:
    r"""All `value`:  variance 0.  `rng` is not used; otherwise as for all here.

    >>> constant(2, 0.5)
    array([0.5, 0.5], dtype=float32)
    """
    value = check_finite("init.constant", "value", value)
    return cast("constant", np.full(checked("constant", shape), value), dtype)


def spread(function: str, shape: Shape, limit: float, rng: Random, dtype: Any) -> np.ndarray:
    """Uniform on +-limit."""
    return cast(function, generator(f"init.{function}", rng).uniform(-limit, limit, checked(function, shape)), dtype)


def fans(function: str, shape: Shape) -> tuple[int, int]:
    """(fan_in, fan_out) of a shape of weights."""
    sizes = checked(function, shape)
    if len(sizes) < 2:
        raise ShapeError(
            f"init.{function} got shape {shape!r:.60}, at {user_line()}, which has no inputs and outputs to count. Expected "
            "(n_in, n_out), or (n_out, n_in, *kernel) for a convolution. Start a bias with zeros or uniform."
        )
    if len(sizes) == 2:
        return sizes
    kernel = math.prod(sizes[2:])
    return sizes[1] * kernel, sizes[0] * kernel


def checked(function: str, shape: Shape) -> tuple:
    """A shape as a tuple of ints >= 1."""
    try:
        sizes = tuple([operator.index(n) for n in (shape if isinstance(shape, tuple | list) else (shape,))])
    except TypeError:
        sizes = (0,)
    if any([n < 1 for n in sizes]):
        raise ShapeError(
            f"init.{function} got shape {shape!r:.60}, at {user_line()}; expected an integer or a tuple of integers, at "
            "least 1 each. Pass for example (784, 32)."
        )
    return sizes


def cast(function: str, x: np.ndarray, dtype: Any) -> np.ndarray:
    """x in a float dtype."""
    try:
        target = np.dtype(dtype)
    except TypeError:
        target = None
    if target is None or target.kind != "f":
        raise DtypeError(
            f"init.{function} got dtype={dtype!r:.60}, at {user_line()}. Weights are differentiated, so they are floats. "
            "Give float64, float32 or float16."
        )
    return x.astype(target, copy=False)


def generator(owner: str, rng: Random) -> np.random.Generator:
    """The random numbers that weights are drawn from."""
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise TypeError(
            f"{owner} got rng={rng!r:.60}, at {user_line()}. The weights are drawn from a numpy.random.Generator. Pass "
            "numpy.random.default_rng(0), a seed >= 0, or None for other weights in every run."
        ) from None
