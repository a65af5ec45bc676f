"""Pooling: windows of each channel, reduced to one number.  Layer 7, above convolution.py; made of operations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import ops
from ..composition import composition
from ..domain import Shape
from ..errors import user_line
from ..numpy.padding import surrounded
from ..op import shape_of
from .convolution import windows_fit
from .inputs import numbers, wholes

__all__ = ["adaptive_avg_pool2d", "avg_pool1d", "avg_pool2d", "max_pool1d", "max_pool2d"]

LAYOUTS = {1: "(N, C, L)", 2: "(N, C, H, W)"}
TIE = "several largest in a window: shared equally"


@composition(home="nn.functional", kink=TIE, cases=((Shape(2, 1, 5), 2), (Shape(1, 2, 6), 3, 1, 1, 2)))
def max_pool1d(x: Any, kernel_size: int, stride: int | None = None, padding: int = 0, dilation: int = 1) -> Any:
    r"""The largest number of each window of a sequence;  x (N, C, L), y (N, C, L').  The arguments are those of max_pool2d.

    >>> max_pool1d(np.array([[[1.0, 3.0, 2.0, 0.0]]]), 2)
    array([[[3., 2.]]])
    """
    return largest("max_pool1d", 1, x, kernel_size, stride, padding, dilation)


@composition(
    home="nn.functional", kink=TIE, cases=((Shape(2, 1, 4, 3), 2), (Shape(1, 2, 4, 5), (2, 3), (1, 2), (1, 0), (2, 1)))
)
def max_pool2d(
    x: Any,
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int] | None = None,
    padding: int | tuple[int, int] = 0,
    dilation: int | tuple[int, int] = 1,
) -> Any:
    r"""The largest number of each window:  y[n, c, i, j] = max over k, l of x[n, c, i s + k d - p, j s + l d - p].

    x             array or Tensor (N, C, H, W);  y (N, C, H', W') with H' = floor((H + 2 p - d (K - 1) - 1) / s) + 1
    kernel_size   K, int >= 1, or a pair for the two axes
    stride        s, int >= 1, or a pair, or None for that of kernel_size: windows side by side
    padding       p, int >= 0, or a pair, at most half of kernel_size: around x are numbers that are never the largest
    dilation      d, int >= 1, or a pair: how far the numbers in a window are from each other
    The cotangent goes to the largest number of each window, shared equally at a tie (PyTorch gives the first of them all).
    Raises ShapeError for windows that do not fit, ValueError or TypeError for other arguments.

    >>> max_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 2)
    array([[[[ 5.,  7.],
             [13., 15.]]]])
    """
    return largest("max_pool2d", 2, x, kernel_size, stride, padding, dilation)


@composition(home="nn.functional", cases=((Shape(2, 1, 5), 2), (Shape(1, 2, 4), 3, 2, 1, {"count_include_pad": False})))
def avg_pool1d(
    x: Any, kernel_size: int, stride: int | None = None, padding: int = 0, count_include_pad: bool = True
) -> Any:
    r"""The mean of each window of a sequence;  x (N, C, L), y (N, C, L').  The arguments are those of avg_pool2d.

    >>> avg_pool1d(np.array([[[1.0, 3.0, 2.0, 0.0]]]), 2)
    array([[[2., 1.]]])
    """
    return averaged("avg_pool1d", 1, x, kernel_size, stride, padding, count_include_pad)


@composition(
    home="nn.functional",
    cases=((Shape(2, 1, 4, 3), 2), (Shape(1, 2, 3, 4), (2, 3), (2, 1), 1, {"count_include_pad": False})),
)
def avg_pool2d(
    x: Any,
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int] | None = None,
    padding: int | tuple[int, int] = 0,
    count_include_pad: bool = True,
) -> Any:
    r"""The mean of each window.

    x, kernel_size, stride   as for max_pool2d
    padding             int >= 0, or a pair, at most half of kernel_size: zeros around x
    count_include_pad   True: the mean is over all numbers of a window, zeros of the padding included; False: over those of x
    The cotangent is spread evenly over the numbers of each window.
    Raises ShapeError for windows that do not fit, ValueError or TypeError for other arguments.

    >>> avg_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 2)
    array([[[[ 2.5,  4.5],
             [10.5, 12.5]]]])
    """
    return averaged("avg_pool2d", 2, x, kernel_size, stride, padding, count_include_pad)


@composition(home="nn.functional", cases=((Shape(2, 1, 4, 3), 1), (Shape(1, 2, 5, 4), (3, None))))
def adaptive_avg_pool2d(x: Any, output_size: Any) -> Any:
    r"""Means of as many regions as there are to be numbers:  region i of n numbers is from floor(i n / m) to ceil((i + 1) n / m).

    x             array or Tensor (N, C, H, W)
    output_size   m, int >= 1, or a pair for the two axes; None keeps the size of an axis. 1 is the mean over all places
    returns       y (N, C, m, m); regions are of equal size where m divides that of x, else they may overlap by one
    The cotangent is spread evenly over each region.
    Raises ShapeError for x of another layout, ValueError or TypeError for another size.

    >>> adaptive_avg_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), (1, 2))
    array([[[[6.5, 8.5]]]])
    """
    x = numbers("adaptive_avg_pool2d", "x", x, LAYOUTS[2])
    sizes = shape_of(x)[2:]
    if output_size is None:
        output_size = sizes
    elif isinstance(output_size, tuple | list) and len(output_size) == 2:
        output_size = tuple([n if m is None else m for n, m in zip(sizes, output_size)])
    counts = wholes("adaptive_avg_pool2d", "output_size", output_size, 2, 1)
    down, right = [shares(n, m, x.dtype) for n, m in zip(sizes, counts)]
    return ops.matmul(ops.matmul(down, x), right.T)


def shares(n: int, m: int, dtype: Any) -> np.ndarray:
    """The share of each of n numbers in each of m means."""
    matrix = np.zeros((m, n), dtype)
    for i in range(m):
        first, last = i * n // m, -(-(i + 1) * n // m)
        matrix[i, first:last] = 1.0 / (last - first)
    return matrix


def largest(owner: str, count: int, x: Any, kernel: Any, stride: Any, padding: Any, dilation: Any) -> Any:
    """Max pooling over `count` axes."""
    x, kernel, stride, padding = arguments(owner, count, x, kernel, stride, padding)
    x = surrounded(x, around(padding), -math.inf)
    return ops.max(gathered(owner, x, kernel, stride, wholes(owner, "dilation", dilation, count, 1)), 0)


def averaged(owner: str, count: int, x: Any, kernel: Any, stride: Any, padding: Any, include: bool) -> Any:
    """Average pooling over `count` axes."""
    x, kernel, stride, padding = arguments(owner, count, x, kernel, stride, padding)
    widths = around(padding)
    total = ops.sum(gathered(owner, surrounded(x, widths, 0.0), kernel, stride, (1,) * count), 0)
    if include or not any(padding):
        return total * (1.0 / math.prod(kernel))
    inside = surrounded(np.ones((1, 1, *shape_of(x)[2:]), x.dtype), widths, 0.0)
    return total * (1.0 / ops.sum(gathered(owner, inside, kernel, stride, (1,) * count), 0))


def around(padding: tuple[int, ...]) -> list[tuple[int, int]]:
    """The widths of a border of x (N, C, places)."""
    return [(0, 0), (0, 0), *[(p, p) for p in padding]]


def arguments(owner: str, count: int, x: Any, kernel: Any, stride: Any, padding: Any) -> tuple:
    """What all pooling is given; checked."""
    x, kernel = numbers(owner, "x", x, LAYOUTS[count]), wholes(owner, "kernel_size", kernel, count, 1)
    stride = kernel if stride is None else wholes(owner, "stride", stride, count, 1)
    padding = wholes(owner, "padding", padding, count, 0)
    if any([2 * p > k for p, k in zip(padding, kernel)]):
        raise ValueError(
            f"{owner} got padding={padding} with kernel_size={kernel}, at {user_line()}; expected at most half of it, or a "
            "window could hold nothing of x. Pad less, or take larger windows."
        )
    return x, kernel, stride, padding


def gathered(owner: str, x: Any, kernel: tuple, stride: tuple, dilation: tuple) -> Any:
    """The numbers of each window along axis 0, before the windows (N, C, places): in memory, a copy of x for each of them."""
    windows_fit(owner, x, kernel, dilation)
    count = len(kernel)
    windows = ops.windows(x, kernel, stride, dilation, tuple(range(2, 2 + count)))
    order = (*range(2 + count, 2 + 2 * count), *range(2 + count))
    return ops.reshape(ops.transpose(windows, order), (math.prod(kernel), *shape_of(windows)[: 2 + count]))
