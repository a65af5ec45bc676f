"""Convolutions, as in the field: cross-correlations, channels first.  Layer 7, above inputs.py; made of operations.

The windows of x become the columns of one matrix, (channels and places in the window) by (examples and windows), in that order:
then forward and backward are one matrix product each for y, dL/dweight and dL/dx, and nothing but the windows is copied.
"""

from __future__ import annotations

import math
from typing import Any

from .. import ops
from ..composition import composition
from ..domain import Shape
from ..errors import ShapeError, user_line
from ..numpy.padding import surrounded
from ..op import shape_of
from .inputs import numbers, vector, whole, wholes

__all__ = ["conv1d", "conv2d", "conv_transpose2d", "windows_fit"]

LAYOUTS = {1: ("(N, C, L)", "(O, C / groups, K)"), 2: ("(N, C, H, W)", "(O, C / groups, KH, KW)")}


@composition(
    home="nn.functional",
    cases=(
        (Shape(2, 2, 4), Shape(3, 2, 2), Shape(3)),
        (Shape(1, 2, 5), Shape(2, 1, 2), None, 2, 1, 2, 2),
        (Shape(1, 1, 3), Shape(1, 1, 2), None, {"padding": "same"}),
    ),
)
def conv1d(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: int = 1,
    padding: Any = 0,
    dilation: int = 1,
    groups: int = 1,
) -> Any:
    r"""The convolution of sequences:  y[n, o, i] = b[o] + sum of W[o, c, k] x[n, c, stride i + dilation k - padding].

    x        array or Tensor (N, C, L);  weight W (O, C / groups, K);  bias b (O,) or None;  y (N, O, L')
    The other arguments are those of conv2d, with one number for the one axis.

    >>> conv1d(np.array([[[1.0, 2.0, 4.0]]]), np.array([[[-1.0, 1.0]]]))
    array([[[1., 2.]]])
    """
    return convolved("conv1d", 1, x, weight, bias, stride, padding, dilation, groups)


@composition(
    home="nn.functional",
    cases=(
        (Shape(2, 2, 3, 4), Shape(3, 2, 2, 2), Shape(3)),
        (Shape(1, 2, 4, 5), Shape(4, 1, 2, 2), Shape(4), (2, 1), (0, 1), (1, 2), 2),
        (Shape(1, 1, 3, 2), Shape(1, 1, 2, 3), None, {"padding": "same"}),
        (Shape(0, 1, 3, 3), Shape(2, 1, 2, 2), Shape(2)),
    ),
)
def conv2d(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: int | tuple[int, int] = 1,
    padding: Any = 0,
    dilation: int | tuple[int, int] = 1,
    groups: int = 1,
) -> Any:
    r"""The convolution of images:  y[n, o, i, j] = b[o] + sum of W[o, c, k, l] x[n, c, s i + d k - p, s j + d l - p].

    x          array or Tensor (N, C, H, W): N images of C channels; zero outside of them
    weight     W, array or Tensor (O, C / groups, KH, KW): O filters
    bias       b, array or Tensor (O,), or None
    stride     s, int >= 1, or a pair for the two axes: how far a window is from the next
    padding    p, int >= 0 or a pair: zeros on each side; "valid": none; "same": as many as give y the size of x, for which the
               stride has to be 1; an odd one goes to the end
    dilation   d, int >= 1, or a pair: how far the numbers in a window are from each other
    groups     int >= 1: channels and filters in as many parts, each filter sees its part of the channels alone
    returns    y (N, O, H', W') with H' = floor((H + 2 p - d (KH - 1) - 1) / s) + 1
    As in PyTorch, no filter is turned around: a signal processor calls this a correlation.
    dL/dW = the correlation of x with g, dL/dx = conv_transpose2d(g, W), dL/db = the sum of g over N, H' and W'.
    Raises ShapeError for channels, filters or windows that do not fit, ValueError or TypeError for other arguments.
    Source: Dumoulin & Visin 2016, section 2; as a product of matrices: Chellapilla, Puri & Simard 2006.

    >>> conv2d(np.arange(9.0).reshape(1, 1, 3, 3), np.ones((1, 1, 2, 2)))
    array([[[[ 8., 12.],
             [20., 24.]]]])
    """
    return convolved("conv2d", 2, x, weight, bias, stride, padding, dilation, groups)


@composition(
    home="nn.functional",
    cases=(
        (Shape(2, 2, 2, 3), Shape(2, 3, 2, 2), Shape(3)),
        (Shape(1, 2, 3, 2), Shape(2, 2, 2, 3), Shape(4), 2, (1, 0), 1, 2, (1, 2)),
    ),
)
def conv_transpose2d(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
    output_padding: int | tuple[int, int] = 0,
    groups: int = 1,
    dilation: int | tuple[int, int] = 1,
) -> Any:
    r"""The transpose of conv2d with the same weight:  every number of x lays its multiple of a filter over y, and these add up.

    x                array or Tensor (N, C, H, W)
    weight           array or Tensor (C, O / groups, KH, KW), as it is for the conv2d from y to x
    bias             array or Tensor (O,), or None
    padding          int >= 0, or a pair: how many numbers are cut off from each side of y
    output_padding   int >= 0, or a pair, less than the stride: of the sizes that conv2d makes into that of x, the smallest and
                     so many more
    stride, groups, dilation   as for conv2d
    returns          y (N, O, H', W') with H' = (H - 1) stride - 2 padding + dilation (KH - 1) + output_padding + 1
    dL/dx = conv2d(g, W); dL/dW and dL/db as for conv2d with x and y exchanged.
    Raises ShapeError for channels that do not fit or a y without numbers, ValueError or TypeError for other arguments.
    Source: Dumoulin & Visin 2016, section 4.

    >>> conv_transpose2d(np.ones((1, 1, 1, 2)), np.array([[[[1.0, 2.0]]]]))
    array([[[[1., 3., 2.]]]])
    """
    owner = "conv_transpose2d"
    x, weight = numbers(owner, "x", x, "(N, C, H, W)"), numbers(owner, "weight", weight, "(C, O / groups, KH, KW)")
    groups = whole(owner, "groups", groups, 1)
    steps, apart = wholes(owner, "stride", stride, 2, 1), wholes(owner, "dilation", dilation, 2, 1)
    cut, more = wholes(owner, "padding", padding, 2, 0), wholes(owner, "output_padding", output_padding, 2, 0)
    (examples, channels, *places), (inside, part, *kernel) = shape_of(x), shape_of(weight)
    if channels != inside or channels % groups:
        raise ShapeError(
            f"{owner} got x of shape {shape_of(x)}, weight of shape {shape_of(weight)} and groups={groups}, at {user_line()}; "
            "expected as many channels in x (axis 1) as in the weight (axis 0), a multiple of the groups. Give x "
            f"{inside} channels, or another weight or groups."
        )
    if any([m >= s for m, s in zip(more, steps)]):
        raise ValueError(
            f"{owner} got output_padding={output_padding} with stride={stride}, at {user_line()}; expected less than the stride: "
            "other sizes of y belong to another size of x. Leave it out, or pass at most the stride - 1."
        )
    bias = vector(owner, "bias", bias, part * groups, "filters")
    full = [(n - 1) * s + d * (k - 1) + 1 + m for n, s, d, k, m in zip(places, steps, apart, kernel, more)]
    if any([n <= 2 * p for n, p in zip(full, cut)]):
        raise ShapeError(
            f"{owner} got padding={padding} for a result of {full[0]} x {full[1]} numbers, at {user_line()}; cutting twice the "
            "padding off leaves nothing. Pad less."
        )
    rows = split(ops.reshape(ops.transpose(x, (1, 0, 2, 3)), (channels, examples * math.prod(places))), groups)
    filters = split(ops.reshape(weight, (channels, part * math.prod(kernel))), groups)
    columns = ops.matmul(ops.swapaxes(filters, -1, -2), rows)
    columns = ops.reshape(columns, (groups * part, *kernel, examples, *places))
    y = ops.fold(ops.transpose(columns, (3, 0, 4, 5, 1, 2)), tuple(full), steps, apart, (2, 3))
    if any(cut):
        y = ops.index(y, (..., *[slice(p, n - p) for p, n in zip(cut, full)]))
    return y if bias is None else y + ops.reshape(bias, (-1, 1, 1))


def convolved(
    owner: str, count: int, x: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: Any
) -> Any:
    """A convolution over `count` axes."""
    x, weight = [
        numbers(owner, name, a, layout) for name, a, layout in zip(("x", "weight"), (x, weight), LAYOUTS[count])
    ]
    groups = whole(owner, "groups", groups, 1)
    stride, dilation = wholes(owner, "stride", stride, count, 1), wholes(owner, "dilation", dilation, count, 1)
    (examples, channels, *_), (filters, part, *kernel) = shape_of(x), shape_of(weight)
    if channels != part * groups or filters % groups:
        raise ShapeError(
            f"{owner} got x of shape {shape_of(x)}, weight of shape {shape_of(weight)} and groups={groups}, at {user_line()}; "
            f"expected {part * groups} channels in x (axis 1), groups times axis 1 of the weight, and filters (axis 0 of the "
            f"weight) in a multiple of the groups. Give x {part * groups} channels, or another weight or groups."
        )
    bias = vector(owner, "bias", bias, filters, "filters")
    x = surrounded(x, [(0, 0), (0, 0), *pairs(owner, padding, kernel, stride, dilation)], 0.0)
    windows_fit(owner, x, kernel, dilation)
    windows = ops.windows(x, tuple(kernel), stride, dilation, tuple(range(2, 2 + count)))
    places = shape_of(windows)[2 : 2 + count]
    order = (1, *range(2 + count, 2 + 2 * count), 0, *range(2, 2 + count))
    columns = ops.reshape(ops.transpose(windows, order), (channels * math.prod(kernel), examples * math.prod(places)))
    rows = ops.reshape(weight, (filters, part * math.prod(kernel)))
    y = ops.matmul(split(rows, groups), split(columns, groups))
    if bias is not None:
        y = y + split(ops.reshape(bias, (filters, 1)), groups)
    y = ops.reshape(y, (filters, examples, *places))
    return ops.transpose(y, (1, 0, *range(2, 2 + count)))


def split(matrix: Any, groups: int) -> Any:
    """The rows of a matrix in groups, a matrix each; one group stays as it is."""
    rows, columns = shape_of(matrix)
    return matrix if groups == 1 else ops.reshape(matrix, (groups, rows // groups, columns))


def pairs(owner: str, padding: Any, kernel: Any, stride: Any, dilation: Any) -> list[tuple[int, int]]:
    """The zeros before and after each axis."""
    if not isinstance(padding, str):
        return [(p, p) for p in wholes(owner, "padding", padding, len(kernel), 0)]
    if padding == "valid":
        return [(0, 0)] * len(kernel)
    if padding != "same" or max(stride) > 1:
        raise ValueError(
            f"{owner} got padding={padding!r:.60} with stride={stride}, at {user_line()}; expected 'valid', 'same' with a stride "
            "of 1, or whole numbers >= 0. Pass the padding as numbers."
        )
    totals = [d * (k - 1) for d, k in zip(dilation, kernel)]
    return [(total // 2, total - total // 2) for total in totals]


def windows_fit(owner: str, x: Any, kernel: Any, dilation: Any) -> None:
    """Raises ShapeError for a window that is larger than x, which is padded already."""
    sizes = shape_of(x)[2:]
    spans = tuple([d * (k - 1) + 1 for d, k in zip(dilation, kernel)])
    if min(kernel) < 1 or any([span > n for span, n in zip(spans, sizes)]):
        raise ShapeError(
            f"{owner} got windows of {tuple(kernel)} with dilation={dilation}, so {spans} numbers wide, at {user_line()}; "
            f"expected windows of at least 1 in the {sizes} numbers along these axes of x, padding included. Pad more, or "
            "take a smaller window."
        )
