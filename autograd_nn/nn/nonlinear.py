"""More activation functions: gates, piecewise linear ones, and variants.  Layer 7, above inputs.py; made of operations."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..composition import composition
from ..domain import Shape, kinks
from ..errors import ShapeError, user_line
from ..op import shape_of
from ..ops.indexing import along
from .inputs import axes_of, numbers

__all__ = ["glu", "hardsigmoid", "logsigmoid", "prelu", "relu6", "softmin"]


@composition(home="nn.functional", cases=((Shape(2, 4),), (Shape(4, 3), 0)))
def glu(x: Any, axis: int = -1) -> Any:
    r"""The gated linear unit:  y = a sigmoid(b), where a and b are the two halves of x along an axis.

    x      array or Tensor with an even number along that axis;  y has half as many
    axis   int, the axis that is halved (default: the last)
    dy/da = sigmoid(b), dy/db = y (1 - sigmoid(b)). Raises ShapeError for an odd number, or another axis.
    Source: Dauphin et al. 2017, eq. 1.

    >>> glu(np.array([3.0, 0.0]))
    array([1.5])
    """
    x = numbers("glu", "x", x)
    (axis,) = axes_of("glu", x, axis)
    size = shape_of(x)[axis]
    if size % 2:
        raise ShapeError(
            f"glu got x of shape {shape_of(x)}, at {user_line()}; expected an even number along axis {axis}: values, then their "
            "gates. Choose another axis, or twice as many outputs of the layer before."
        )
    values, gates = [ops.index(x, along(axis, part)) for part in (slice(0, size // 2), slice(size // 2, size))]
    return values * ops.sigmoid(gates)


@composition(home="nn.functional", cases=((Shape(2, 3),),), domain=kinks(0.0), kink="x = 0 and x = 6: 0")
def relu6(x: Any) -> Any:
    r"""y = min(max(x, 0), 6);  dy/dx = [0 < x < 6], 0 at both kinks, as in PyTorch.  x, y of any shape.

    >>> relu6(np.array([-1.0, 2.0, 9.0]))
    array([0., 2., 6.])
    """
    return ops.hardtanh(x, 0.0, 6.0)


@composition(home="nn.functional", cases=((Shape(2, 3),),), kink="x = -3 and x = 3: 0")
def hardsigmoid(x: Any) -> Any:
    r"""y = min(max(x + 3, 0), 6) / 6, a sigmoid of three lines;  dy/dx = [-3 < x < 3] / 6, 0 at both kinks, as in PyTorch.

    >>> hardsigmoid(np.array([-4.0, 0.0, 3.0]))
    array([0. , 0.5, 1. ])
    """
    return ops.hardtanh(x, -3.0, 3.0) * (1.0 / 6.0) + 0.5


@composition(
    home="nn.functional",
    cases=((Shape(2, 3), Shape(1)), (Shape(2, 3, 2), Shape(3))),
    domain=kinks(0.0),
    kink="x = 0: the slope",
)
def prelu(x: Any, weight: Any) -> Any:
    r"""The ReLU with a learnt slope:  y = x where x > 0, else weight x.

    x        array or Tensor, any shape;  weight: array or Tensor (1,), or (C,) with one slope for each channel, axis 1 of x
    dy/dx = 1, or weight where x <= 0; dL/dweight = the sum of g min(x, 0). Raises ShapeError for a weight of another shape.
    Source: He et al. 2015, eq. 1 and 4.

    >>> prelu(np.array([[-2.0, 3.0]]), np.array([0.5]))
    array([[-1.,  3.]])
    """
    x, weight = numbers("prelu", "x", x), numbers("prelu", "weight", weight)
    shape = shape_of(x)
    channels = shape[1] if len(shape) > 1 else 1
    if shape_of(weight) not in ((1,), (channels,)):
        raise ShapeError(
            f"prelu got weight of shape {shape_of(weight)} for x of shape {shape}, at {user_line()}; expected (1,) or "
            f"({channels},), a slope for all or one for each channel (axis 1 of x). Give one of that size."
        )
    return ops.leaky_relu(x, ops.reshape(weight, (-1, *(1,) * (len(shape) - 2))))


@composition(home="nn.functional", cases=((Shape(2, 3),),), analytic=False)
def logsigmoid(x: Any) -> Any:
    r"""y = log(sigmoid(x)) = -softplus(-x), without overflow at any x;  dy/dx = sigmoid(-x).  x, y of any shape.

    >>> logsigmoid(np.array([-1000.0, 0.0]))
    array([-1.00000000e+03, -6.93147181e-01])
    """
    return -ops.softplus(ops.negative(x))


@composition(home="nn.functional", cases=((Shape(2, 3),), (Shape(2, 3), 0)))
def softmin(x: Any, axis: int = -1) -> Any:
    r"""y = softmax(-x) along an axis (default: the last): the smallest x gets the most;  dy/dx = y y^T - diag(y).

    >>> softmin(np.array([0.0, 1000.0]))
    array([1., 0.])
    """
    return ops.softmax(ops.negative(x), axis)
