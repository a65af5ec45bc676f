"""Normalisations: numbers brought to mean 0 and variance 1.  Layer 7, above inputs.py; made of operations.

All of them are y = (x - mean) / sqrt(variance + eps) * weight + bias and differ in what the mean is over.  The variance is the
mean of the squared deviations, without Bessel's correction, as in PyTorch.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..composition import composition
from ..domain import Shape
from ..errors import ShapeError, user_line
from ..op import data_of, ndim_of, shape_of
from .inputs import axes_of, numbers, vector, whole
from .module import check_finite

__all__ = [
    "batch_moments",
    "batch_norm",
    "group_norm",
    "instance_norm",
    "layer_norm",
    "rms_norm",
    "running_moments",
]


@composition(
    home="nn.functional",
    cases=(
        (Shape(2, 3),),
        (Shape(2, 3, 2), (1, 2), Shape(3, 2), Shape(3, 2)),
        (Shape(3, 2), 0, Shape(3), None, {"eps": 0.1}),
    ),
)
def layer_norm(
    x: Any, axis: int | tuple[int, ...] = -1, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    r"""Every example brought to mean 0 and variance 1 over its own numbers:  y = (x - m) / sqrt(v + eps) * weight + bias.

    x              array or Tensor (..., n), any shape
    axis           int or tuple, the axes that the mean m and the variance v are over (default: the last)
    weight, bias   arrays or Tensors of the sizes of these axes, or None for 1 and 0
    eps            finite float >= 0, added to v
    With weight None, dL/dx = (g - mean(g) - y mean(g y)) / sqrt(v + eps).
    Raises ShapeError for axes or parameters that do not fit, ValueError or TypeError for another eps.
    Source: Ba, Kiros & Hinton 2016, eq. 4.

    >>> layer_norm(np.array([[1.0, 3.0]]), eps=0.0)
    array([[-1.,  1.]])
    """
    x = numbers("layer_norm", "x", x)
    axes = axes_of("layer_norm", x, axis)
    return scaled("layer_norm", standardised("layer_norm", x, axes, eps), axes, weight, bias)


@composition(
    home="nn.functional", cases=((Shape(2, 3),), (Shape(2, 3, 2), (1, 2), Shape(3, 2)), (Shape(3, 2), 0, None, 0.1))
)
def rms_norm(x: Any, axis: int | tuple[int, ...] = -1, weight: Any = None, eps: float | None = None) -> Any:
    r"""Every example brought to a mean square of 1:  y = x / sqrt(mean(x^2) + eps) * weight.

    x, axis, weight   as for layer_norm
    eps               finite float >= 0, or None for the spacing of the dtype at 1, as in PyTorch (2.2e-16, 1.2e-7 in float32)
    Source: Zhang & Sennrich 2019, eq. 4.

    >>> rms_norm(np.array([[3.0, 4.0, 0.0, 0.0]]), eps=0.0)
    array([[1.2, 1.6, 0. , 0. ]])
    """
    x = numbers("rms_norm", "x", x)
    axes = axes_of("rms_norm", x, axis)
    eps = float(np.finfo(x.dtype).eps) if eps is None else positive("rms_norm", eps)
    return scaled("rms_norm", x * one_over_root(ops.mean(ops.square(x), axes, True), eps), axes, weight, None)


@composition(
    home="nn.functional",
    cases=(
        (Shape(3, 2), None, None, Shape(2), Shape(2), True),
        (Shape(2, 3, 2), np.array([0.0, 1.0, -1.0]), np.array([1.0, 0.5, 2.0]), Shape(3), None),
        (Shape(2, 2, 2, 1), None, None, None, None, True),
    ),
)
def batch_norm(
    x: Any,
    mean: Any = None,
    var: Any = None,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    eps: float = 1e-5,
) -> Any:
    r"""Every channel brought to mean 0 and variance 1:  y = (x - mean) / sqrt(var + eps) * weight + bias.

    x              array or Tensor (N, C) or (N, C, ...)
    mean, var      arrays or Tensors (C,), the running statistics; not read where training is True
    weight, bias   arrays or Tensors (C,), or None for 1 and 0
    training       True: mean and var are those of the batch, and differentiated; False: those given
    eps            finite float >= 0, added to the variance
    Nothing is updated here: `mean, var = batch_moments(x)` of the batch may be given as they are, since Tensors are
    differentiated, and running_moments gives the running statistics after this batch. A layer in training is therefore

        mean, var = batch_moments(x)
        self.mean, self.var = running_moments(self.mean, self.var, mean, var, x.size // x.shape[1])
        return batch_norm(x, mean, var, self.weight, self.bias)

    Raises ShapeError for statistics or parameters that do not fit or are missing, ValueError or TypeError for another eps.
    Source: Ioffe & Szegedy 2015, algorithm 1.

    >>> batch_norm(np.array([[1.0], [3.0]]), training=True, eps=0.0)
    array([[-1.],
           [ 1.]])
    """
    x, axes = channelled("batch_norm", x)
    if training:
        return scaled("batch_norm", standardised("batch_norm", x, axes, eps), (1,), weight, bias)
    channels = shape_of(x)[1]
    if mean is None or var is None:
        raise ShapeError(
            f"batch_norm got no mean or no var, at {user_line()}; without training=True it expects both, ({channels},) each. "
            "Pass the running statistics, or training=True for those of the batch."
        )
    mean, var = (
        vector("batch_norm", "mean", mean, channels, "channels"),
        vector("batch_norm", "var", var, channels, "channels"),
    )
    sizes = (channels, *(1,) * (ndim_of(x) - 2))
    scale = ops.reshape(one_over_root(var, positive("batch_norm", eps)), sizes)
    return scaled("batch_norm", (x - ops.reshape(mean, sizes)) * scale, (1,), weight, bias)


@composition(home="nn.functional", cases=((Shape(3, 2),), (Shape(2, 3, 2),)))
def batch_moments(x: Any) -> tuple[Any, Any]:
    """(mean, variance) of each channel of x (N, C, ...), (C,) each: over everything else, the variance divided by its count.

    >>> batch_moments(np.array([[1.0], [3.0]]))
    (array([2.]), array([1.]))
    """
    x, axes = channelled("batch_moments", x)
    mean = ops.mean(x, axes, True)
    return ops.reshape(mean, (-1,)), ops.mean(ops.square(x - mean), axes)


def running_moments(
    running_mean: Any, running_var: Any, mean: Any, var: Any, count: int, momentum: float = 0.1
) -> tuple[np.ndarray, np.ndarray]:
    """The running statistics after a batch: new = (1 - momentum) old + momentum of the batch's, as arrays; no gradient flows.

    mean, var   batch_moments of the batch;  count: of how many numbers. The running variance gets var count / (count - 1), as in
                PyTorch: so it estimates the variance of new data
    momentum    finite float, the weight of the batch

    >>> running_moments(np.zeros(1), np.ones(1), np.array([2.0]), np.array([1.0]), 2)
    (array([0.2]), array([1.1]))
    """
    count = whole("running_moments", "count", count, 2)
    momentum = check_finite("running_moments", "momentum", momentum)
    mean, var, old, old_var = [np.asarray(data_of(a)) for a in (mean, var, running_mean, running_var)]
    return (1.0 - momentum) * old + momentum * mean, (1.0 - momentum) * old_var + momentum * (
        var * (count / (count - 1.0))
    )


@composition(home="nn.functional", cases=((Shape(2, 4, 2), 2, Shape(4), Shape(4)), (Shape(2, 3), 1)))
def group_norm(x: Any, groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    r"""Groups of channels brought to mean 0 and variance 1, example by example.

    x              array or Tensor (N, C) or (N, C, ...)
    groups         int >= 1 that divides C
    weight, bias   arrays or Tensors (C,), or None for 1 and 0;  eps: finite float >= 0, added to the variance
    Raises ShapeError for channels or parameters that do not fit, ValueError or TypeError for other arguments.
    Source: Wu & He 2018, eq. 1 to 7.

    >>> group_norm(np.array([[1.0, 3.0, 5.0, 9.0]]), 2, eps=0.0)
    array([[-1.,  1., -1.,  1.]])
    """
    x, _ = channelled("group_norm", x)
    groups, shape = whole("group_norm", "groups", groups, 1), shape_of(x)
    if shape[1] % groups:
        raise ShapeError(
            f"group_norm got groups={groups} for x of shape {shape}, at {user_line()}; expected a divisor of its {shape[1]} "
            "channels (axis 1). Take another number of groups."
        )
    parts = ops.reshape(x, (shape[0], groups, x.size // max(shape[0] * groups, 1)))
    return scaled("group_norm", ops.reshape(standardised("group_norm", parts, (2,), eps), shape), (1,), weight, bias)


@composition(home="nn.functional", cases=((Shape(2, 3, 2), Shape(3), Shape(3)),))
def instance_norm(x: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    r"""Every channel of every example brought to mean 0 and variance 1: group_norm with a group for each channel.

    x (N, C, ...), weight and bias (C,) or None, eps as for group_norm.
    Source: Ulyanov, Vedaldi & Lempitsky 2016, eq. 2.

    >>> instance_norm(np.array([[[1.0, 3.0]]]), eps=0.0)
    array([[[-1.,  1.]]])
    """
    x = numbers("instance_norm", "x", x)
    if ndim_of(x) < 3:
        raise ShapeError(
            f"instance_norm got x of shape {shape_of(x)}, at {user_line()}; expected (N, C, ...) with places to average over. "
            "Use layer_norm for examples without places."
        )
    axes = tuple(range(2, ndim_of(x)))
    return scaled("instance_norm", standardised("instance_norm", x, axes, eps), (1,), weight, bias)


def standardised(owner: str, x: Any, axes: tuple[int, ...], eps: float) -> Any:
    """x with mean 0 and variance 1 over axes."""
    centred = x - ops.mean(x, axes, True)
    return centred * one_over_root(ops.mean(ops.square(centred), axes, True), positive(owner, eps))


def one_over_root(variance: Any, eps: float) -> Any:
    return ops.reciprocal(ops.sqrt(variance + eps))


def scaled(owner: str, x: Any, axes: tuple[int, ...], weight: Any, bias: Any) -> Any:
    """x * weight + bias, where these have the given axes of x."""
    shape = shape_of(x)
    sizes = tuple([shape[a] for a in axes])
    for name, p in (("weight", weight), ("bias", bias)):
        if p is None:
            continue
        p = numbers(owner, name, p)
        if shape_of(p) != sizes:
            raise ShapeError(
                f"{owner} got {name} of shape {shape_of(p)} for x of shape {shape}, at {user_line()}; expected {sizes}, the "
                f"sizes of the axes {axes} of x. Reshape it, or give one of that shape."
            )
        p = ops.reshape(p, tuple([n if i in axes else 1 for i, n in enumerate(shape)]))
        x = x * p if name == "weight" else x + p
    return x


def channelled(owner: str, x: Any) -> tuple[Any, tuple[int, ...]]:
    """x with channels along axis 1, and all other axes."""
    x = numbers(owner, "x", x)
    ndim = ndim_of(x)
    if ndim < 2:
        raise ShapeError(
            f"{owner} got x of shape {shape_of(x)}, at {user_line()}; expected (N, C) or (N, C, ...), channels along axis 1. "
            "Reshape it; x[None] is a batch of one example."
        )
    return x, (0, *range(2, ndim))


def positive(owner: str, eps: Any) -> float:
    """A float >= 0."""
    number = check_finite(owner, "eps", eps, "a finite number of at least 0")
    if number < 0.0:
        raise ValueError(
            f"{owner} got eps={eps}, at {user_line()}; expected a finite number of at least 0. Pass for example eps=1e-5."
        )
    return number
