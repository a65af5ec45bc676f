"""Losses between numbers: squared, absolute and Huber's.  Layer 7, above arguments.py; knows no layers or optimisers."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...errors import user_line
from ..module import check_finite
from .arguments import check_reduction, pair, reduced

__all__ = ["huber", "mae", "mse", "sse"]


def mse(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    r"""The squared error:  L = mean of (prediction - target)^2 over all elements.

    prediction   array or Tensor, any shape, unit u
    target       array or Tensor of the same shape (nothing is broadcast), unit u; an array is taken in prediction's dtype
    reduction    "mean" over all N elements, "sum" over them, or "none": each element's square, in the shape of prediction
    returns      L, unit u^2
    dL/dprediction = 2 (prediction - target) / N;  without the 1/N for "sum" and "none".  dL/dtarget is its negative.
    Range: L is inf where the square overflows, from 1.3e154 in float64 and 1.8e19 in float32.
    Raises ShapeError if the shapes differ or a mean is over nothing, ValueError for another reduction, DtypeError for no numbers.
    Source: Bishop 2006, eq. 3.12 (there as half the sum).

    >>> mse(np.array([1.0, 5.0]), np.array([1.0, 2.0]))
    np.float64(4.5)
    """
    check_reduction("mse", reduction)
    prediction, target = pair("mse", "prediction", prediction, target)
    return reduced("mse", ops.square(ops.subtract(prediction, target)), reduction)


def sse(prediction: Any, target: Any) -> Any:
    r"""The sum of squared errors:  L = sum of (prediction - target)^2 over all elements; mse(prediction, target, "sum").

    prediction   array or Tensor, any shape, unit u
    target       array or Tensor of the same shape (nothing is broadcast), unit u
    returns      L, unit u^2: the sum by name, so there is no `reduction`. Texts with half of it mean sse / 2
    dL/dprediction = 2 (prediction - target).  dL/dtarget is its negative.
    Range: L is inf where a square overflows, from 1.3e154 in float64 and 1.8e19 in float32; 0 for no examples.
    Raises ShapeError if the shapes differ, DtypeError for no numbers.
    Source: Bishop 2006, eq. 1.2 (there as half the sum).

    >>> sse(np.array([1.0, 5.0]), np.array([1.0, 2.0]))
    np.float64(9.0)
    """
    prediction, target = pair("sse", "prediction", prediction, target)
    return reduced("sse", ops.square(ops.subtract(prediction, target)), "sum")


def mae(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    r"""The absolute error:  L = mean of |prediction - target| over all elements.

    prediction   array or Tensor, any shape, unit u
    target       array or Tensor of the same shape (nothing is broadcast), unit u; an array is taken in prediction's dtype
    reduction    "mean" over all N elements, "sum" over them, or "none": each element's error, in the shape of prediction
    returns      L, unit u
    dL/dprediction = sign(prediction - target) / N, which is 0 at the kink prediction = target, as in PyTorch; without the 1/N
    for "sum" and "none".  dL/dtarget is its negative.
    Range: finite wherever the difference is.
    Raises ShapeError if the shapes differ or a mean is over nothing, ValueError for another reduction, DtypeError for no numbers.
    Source: Bishop 2006, eq. 1.91 with q = 1.

    >>> mae(np.array([1.0, 5.0]), np.array([1.0, 2.0]))
    np.float64(1.5)
    """
    check_reduction("mae", reduction)
    prediction, target = pair("mae", "prediction", prediction, target)
    return reduced("mae", ops.absolute(ops.subtract(prediction, target)), reduction)


def huber(prediction: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Any:
    r"""Huber's loss, with d = prediction - target:  L = mean of d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2).

    prediction   array or Tensor, any shape, unit u
    target       array or Tensor of the same shape (nothing is broadcast), unit u; an array is taken in prediction's dtype
    reduction    "mean" over all N elements, "sum" over them, or "none": each element's loss, in the shape of prediction
    delta        finite float > 0, unit u: where the parabola becomes a line
    returns      L, unit u^2
    dL/dprediction = d clipped to +-delta, over N; without the 1/N for "sum" and "none".  dL/dtarget is its negative. No kink.
    Range: finite wherever delta d is: the square is never formed where it is not wanted.
    Raises ShapeError if the shapes differ or a mean is over nothing, ValueError for another reduction or delta, TypeError or
    DtypeError for no numbers.
    Source: Hastie, Tibshirani & Friedman 2009, eq. 10.23 (there twice as much), after Huber 1964.

    >>> huber(np.array([0.5, -3.0]), np.array([0.0, 0.0]), "none")
    array([0.125, 2.5  ])
    """
    check_reduction("huber", reduction)
    delta = check_finite("huber", "delta", delta, "a finite number above 0")
    if delta <= 0.0:
        raise ValueError(
            f"huber got delta={delta:g}, at {user_line()}; expected a finite number above 0, where the parabola becomes a "
            "line. Pass for example delta=1.0."
        )
    prediction, target = pair("huber", "prediction", prediction, target)
    d = ops.subtract(prediction, target)
    c = ops.maximum(ops.minimum(d, delta), -delta)  # smooth at d = 0, where |d| has a kink and no second derivative
    return reduced("huber", ops.multiply(c, ops.subtract(d, ops.multiply(c, 0.5))), reduction)
