"""Dense: the affine layer.  Layer 7, above module.py and init.py; knows its equation; how weights start is in init."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import ops
from ..composition import composition
from ..domain import Shape
from ..errors import ShapeError, user_line
from ..op import shape_of
from ..tensor import Tensor
from .init import generator, glorot_uniform
from .inputs import numbers, vector
from .module import Module, check_callable

__all__ = ["Dense", "linear"]


@composition(
    home="nn.functional",
    cases=((Shape(2, 3), Shape(3, 2), Shape(2)), (Shape(2, 2, 3), Shape(3, 2)), (Shape(3), Shape(3, 2))),
)
def linear(x: Any, weight: Any, bias: Any = None) -> Any:
    r"""The affine map y = x W + b of the last axis of x; W as in Dense, a row for each input (PyTorch's is the transpose).

    x (..., n_in), weight W (n_in, n_out), bias b (n_out,) or None, y (..., n_out).
    dL/dW = x^T g, dL/db = the sum of g over all but the last axis, dL/dx = g W^T.
    Raises ShapeError for sizes that do not fit.

    >>> linear(np.array([1.0, 2.0]), np.array([[1.0], [1.0]]), np.array([0.5]))
    array([3.5])
    """
    x, weight = numbers("linear", "x", x), numbers("linear", "weight", weight, "(n_in, n_out)")
    (n_in, n_out), shape = shape_of(weight), shape_of(x)
    if not shape or shape[-1] != n_in:
        raise ShapeError(
            f"linear got x of shape {shape} and weight of shape {(n_in, n_out)}, at {user_line()}; expected {n_in} numbers along "
            "the last axis of x, a row of the weight for each. Reshape x, or transpose the weight."
        )
    return mapped(x, weight, vector("linear", "bias", bias, n_out, "outputs"))


def mapped(x: Any, weight: Any, bias: Any) -> Any:
    """x W + b, or x W: in one product for all rows, however many axes x has."""
    if bias is not None:
        return ops.affine(x, weight, bias)
    shape = shape_of(x)
    if len(shape) <= 2:
        return x @ weight
    rows = ops.reshape(x, (math.prod(shape[:-1]), shape[-1]))
    return ops.reshape(rows @ weight, (*shape[:-1], shape_of(weight)[1]))


class Dense(Module):
    r"""The affine map y = f(x W + b);  x (..., n_in), W (n_in, n_out), b (n_out,), y (..., n_out).  One row is one example.

    n_in, n_out   int > 0, the numbers of inputs and outputs
    activation    f, a function of one argument (default: the identity), such as ops.tanh or nn.ReLU()
    bias          False leaves b out
    rng           numpy.random.Generator, an int seed, or None for weights that differ from run to run. One seed given to two
                  layers of a shape gives them the same weights; one Generator does not
    init          how W starts: a function of nn.init, or one of your own that takes (shape, rng=, dtype=) and returns an array
    dtype         float dtype of W and b. y has NumPy's common dtype of x and W: give float32 inputs to stay in float32
    dL/dW = x^T g, dL/db = the sum of g over the examples, dL/dx = g W^T, where g = dL/d(x W + b).
    W starts uniform on +-sqrt(6 / (n_in + n_out)), which keeps the variances of activations and gradients level (Glorot & Bengio
    2010, eq. 16); b at 0.
    Raises ValueError or TypeError for arguments that make no layer, ShapeError for an `init` that returns another shape and, in
    the call, if the last axis of x is not n_in.

    >>> layer = Dense(3, 2, rng=0)
    >>> layer(np.ones((5, 3), np.float32)).shape
    (5, 2)
    >>> layer
    Dense, 8 parameters
      weight: (3, 2) float32
      bias: (2,) float32
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        activation: Callable | None = None,
        *,
        bias: bool = True,
        rng: np.random.Generator | int | None = None,
        init: Callable = glorot_uniform,
        dtype: Any = np.float32,
    ) -> None:
        n_in, n_out = positive("n_in", n_in), positive("n_out", n_out)
        if activation is not None:
            check_callable("Dense", "activation", activation)
        check_callable("Dense", "init", init)
        self.weight = Tensor(init((n_in, n_out), rng=generator("Dense", rng), dtype=dtype), "weight", dtype=dtype)
        if self.weight.shape != (n_in, n_out):
            raise ShapeError(
                f"Dense({n_in}, {n_out}) got weights of shape {self.weight.shape} from its init, at {user_line()}. They are "
                f"({n_in}, {n_out}): a row for each input. Return an array of the shape that init is called with."
            )
        self.bias = Tensor(np.zeros(n_out), "bias", dtype=dtype) if bias else None
        self.activation = activation

    def __call__(self, x: Any) -> Any:
        self.check(shape_of(x))
        y = mapped(x, self.weight, self.bias)
        return y if self.activation is None else self.activation(y)

    def check(self, shape: tuple[int, ...]) -> None:
        """Raises ShapeError unless inputs of this shape fit the weights."""
        n_in, n_out = self.weight.shape
        if not shape or shape[-1] != n_in:
            turned = len(shape) == 2 and shape[0] == n_in
            raise ShapeError(
                f"Dense({n_in}, {n_out}) got an input of shape {shape}, at {user_line()}. Its last axis must have "
                f"{n_in} numbers, one for each row of the weights {self.weight.shape}. "
                + (
                    "One row is one example: did you mean x.T?"
                    if turned
                    else "Reshape the input, or change n_in of the layer."
                )
            )


def positive(name: str, size: int) -> int:
    """The size of a layer as an int; raises if it is none."""
    advice = f"A layer has a whole number of inputs and outputs, at least 1. Pass for example {name}=16."
    try:
        number = operator.index(size)
    except TypeError:
        raise TypeError(
            f"Dense got {name}={size!r:.60}, of type {type(size).__name__}, at {user_line()}. {advice}"
        ) from None
    if number < 1 or isinstance(size, bool):
        raise ValueError(f"Dense got {name}={size}, at {user_line()}. {advice}")
    return number
