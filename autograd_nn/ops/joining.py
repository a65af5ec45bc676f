"""Arrays joined and taken apart along an axis: the two are each other's transposes.  Layer 2; uses indexing and shape."""

from __future__ import annotations

import numpy as np

from ..domain import ANY, Shape
from ..op import Operation, ndim_of, shape_of
from ..several import parts, several, variadic
from .indexing import along, index
from .shape import behind, still

__all__ = ["join", "split"]


def joined(axis, *xs):
    return np.concatenate(xs, axis)


def span(k, axis, xs):
    """The key of the k-th array in the joined one."""
    axis %= ndim_of(xs[0])
    first, last = sum([shape_of(x)[axis] for x in xs[:k]]), sum([shape_of(x)[axis] for x in xs[: k + 1]])
    return along(axis, slice(first, last))


def join_forward(ts, y, axis, *xs):
    """The tangents, joined; zeros for an array that does not move."""
    return join(axis, *[still(t, x) for t, x in zip(ts[1:], xs)])


def cut(x, places, axis=0):
    return tuple(np.split(x, places, axis))


# fmt: off
join: Operation = variadic(
    "join", joined, lambda k, g, y, axis, *xs: index(g, span(k, axis, xs)), join_forward,
    source=lambda n: f"np.concatenate([{', '.join([f'{{{k + 1}}}' for k in range(n)])}], {{0}})",
    latex=r"[{1};\, \ldots]", domain=(ANY,),
    cases=((0, Shape(2, 3), Shape(1, 3), Shape(2, 3)), (-1, Shape(2, 1), Shape(2, 3), Shape(2, 2)),
           (0, Shape(2), Shape(0), Shape(1))),
    leading=lambda count, axis, *xs: (behind(axis), *xs),
    doc="join(axis, x, z, ...): arrays joined along an axis that they have; the cotangents are parts of g.",
    example=("join(0, np.array([1.0]), np.array([2.0, 3.0]))", "array([1., 2., 3.])"),
)
split: Operation = several(
    "split", cut, (lambda g, y, x, places, axis: join(axis, *parts(g, y)), None, None),
    jvp=lambda ts, y, x, places, axis: tuple(split(ts[0], places, axis)), result=list,
    source="np.split({0}, {1}, {2})", latex=r"\mathrm{{split}}({0})", domain=(ANY,),
    cases=((Shape(5), (2, 3), 0), (Shape(2, 4), (1,), -1), (Shape(4, 3), (1, 1, 3), 0)),
    leading=lambda count, x, places, axis: (x, places, behind(axis)),
    doc="The list of parts of x along axis (default 0) between the given places; the cotangents of the parts are joined.",
    example=("split(np.array([1.0, 2.0, 3.0]), (1,))", "[array([1.]), array([2., 3.])]"),
)
# fmt: on
