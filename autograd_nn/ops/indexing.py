"""Selection by index, and its transpose: scattering.  Layer 2; uses arithmetic and shape."""

from __future__ import annotations

import copy
import math

import numpy as np

from ..domain import ANY, Shape, kinks
from ..node import Node
from ..op import Operation, nary, shape_of
from .arithmetic import divide, where
from .compare import equal
from .shape import broadcast_to

__all__ = ["At", "along", "index", "index_max", "index_min", "index_set", "kept", "repeats", "scatter"]


SLICES = (slice, type(None), type(Ellipsis))
SINGLE = (int, np.integer, *SLICES)
MANY = 1024  # elements, from where on numbering them costs less than it saves


def selected(x, key):
    return np.asarray(x)[key]


def scattered(x, key, shape):
    x = np.asarray(x)
    y = np.zeros(shape, x.dtype)
    if not repeats(key):
        y[key] = x
    elif x.size >= MANY and leaves_axes_whole(key, y.ndim):
        places = numbered(key, shape)
        np.add.at(y.reshape(-1), places.reshape(-1), np.broadcast_to(x, places.shape).reshape(-1))
    else:
        np.add.at(y, key, x)
    return y


def leaves_axes_whole(key, ndim):
    """Whether a key that may repeat names rows, or more, and not single elements."""
    return len(key) < ndim or any([isinstance(k, SLICES) for k in key]) if isinstance(key, tuple) else ndim > 1


def numbered(key, shape):
    """The numbers, in row-major order, of the elements that a key names: np.add.at adds fastest at such.

    4096 rows of 64 are added into 1000 in 380 us instead of 2500.
    """
    named = len(shape) if isinstance(key, tuple) else 1  # axes
    width = math.prod(shape[named:])
    rows = np.arange(math.prod(shape[:named])).reshape(shape[:named])[key]
    return (rows[..., None] * width + np.arange(width)).reshape(rows.shape + shape[named:])


def replaced(x, key, values):
    y = np.array(x, copy=True)
    y[key] = values
    return y


def repeats(key):
    """Whether a key may name an element twice: sequences of integers can; slices, single integers and masks cannot."""
    parts = key if isinstance(key, tuple) else (key,)
    return not all([isinstance(k, SINGLE) or np.asarray(k).dtype.kind == "b" for k in parts])


def kept(key):
    """A key as it is now: arrays and lists in it are copied, since the backward pass reads them again; nodes become data."""
    if isinstance(key, tuple):
        return tuple([kept(k) for k in key])
    if isinstance(key, Node):
        key = key.data
    return copy.deepcopy(key) if isinstance(key, list | np.ndarray) else key


def along(axis, part):
    """The key of a part of one axis, counted from the front: an index or slice there, everything elsewhere."""
    before = [slice(None)] * axis
    return (*before, part)


def key_behind(key):
    """A key behind the axis of directions; None where NumPy would move that axis: arrays apart, or masks of all axes."""
    parts = key if isinstance(key, tuple) else (key,)
    arrays = [i for i, k in enumerate(parts) if not isinstance(k, slice | type(None) | type(Ellipsis))]
    advanced = any([not isinstance(parts[i], int | np.integer) for i in arrays])
    together = not arrays or arrays == list(range(arrays[0], arrays[-1] + 1))
    return (slice(None), *parts) if together or not advanced else None


def selection(x, key):
    """The shape of x[key]."""
    return shape_of(index(np.empty(shape_of(x), bool), key))


def raised(x, key, values):
    y = np.array(x, copy=True)
    np.maximum.at(y, key, values)
    return y


def lowered(x, key, values):
    y = np.array(x, copy=True)
    np.minimum.at(y, key, values)
    return y


def stays(x, y):
    """1 for each candidate that is the extreme one, else 0."""
    return where(equal(x, y), 1.0, 0.0)


def share(g, y, x, key, v):
    """g for each of the candidates of an element: divided by the number of those that are equal to the result."""
    return divide(g, stays(x, y) + scatter(stays(v, index(y, key)), key, shape_of(x)))


def share_forward(ts, y, x, key, v):
    """The tangents of the candidates that are equal to the result, averaged."""
    moved = 0.0 if ts[0] is None else ts[0] * stays(x, y)
    if ts[2] is not None:
        moved = moved + scatter(ts[2] * stays(v, index(y, key)), key, shape_of(x))
    return share(moved, y, x, key, v)


def extreme(kernel, name, doc, example):
    """The record of index_max or index_min."""
    return nary(
        name,
        kernel,
        (
            lambda g, y, x, key, v: share(g, y, x, key, v) * stays(x, y),
            None,
            lambda g, y, x, key, v: index(share(g, y, x, key, v), key) * stays(v, index(y, key)),
        ),
        jvp=share_forward,
        kind="custom",
        source=f"{name}({{0}}, {{1}}, {{2}})",
        latex=rf"\mathrm{{{{{name.removeprefix('index_')}}}}}({{0}}_{{{{{{1}}}}}}, {{2}})",
        domain=(ANY, ANY, kinks(0.0)),  # a sample of x holds a 0, where v must not tie
        cases=(
            (Shape(2, 3), 1, Shape(3)),
            (Shape(3), [0, 0, 1, 0], Shape(4)),
            (Shape(2, 3), (slice(None), [0, 0]), Shape(2, 1)),
        ),
        analytic=False,
        kink="several equal candidates: equal shares",
        leading=lambda count, x, key, v: (k := key_behind(key)) and (x, k, broadcast_to(v, selection(x, key))),
        doc=doc,
        example=example,
    )


def last_writer(key, shape):
    """For every value that a key writes into `shape`, whether it is the one that stays: NumPy keeps the last."""
    number = np.arange(np.empty(shape)[key].size).reshape(np.empty(shape)[key].shape)
    kept = np.full(shape, -1)
    kept[key] = number
    return kept[key] == number


def written(g, key, shape):
    """The cotangent of the values of index_set."""
    d = index(g, key)
    return where(last_writer(key, shape), d, 0.0) if repeats(key) else d


KEYS = (1, -1, (slice(None), 2), (slice(None, None, -2), None), (..., 0), (1, 2), [0, 1, 0], ([1, 0, 1], [2, 2, 2]),
        np.array([[True, False, True], [False, False, True]]), np.array([[0, 1], [1, 1]]), slice(0, 0))  # fmt: skip

# fmt: off
index = nary(
    "index", selected, (lambda g, y, x, key: scatter(g, key, shape_of(x)), None), kind="linear",
    source="{0}[{1}]", latex="{0}_{{{1}}}", symbol="[]", domain=(ANY,), cases=tuple([(Shape(2, 3), key) for key in KEYS]),
    leading=lambda count, x, key: (k := key_behind(key)) and (x, k),
    doc="y = x[key], for every key that NumPy takes: integers, slices, None, ..., integer and boolean arrays, repeated "
        "indices included; the cotangent is scattered back, and added up where an element was read twice.",
    example=("index(np.array([1.0, 2.0, 3.0]), [0, 0, 2])", "array([1., 1., 3.])"),
)
scatter: Operation = nary(
    "scatter", scattered, (lambda g, y, x, key, shape: index(g, key), None, None), kind="linear",
    source="scatter({0}, {1}, {2})", latex=r"\mathrm{{scatter}}({0})", domain=(ANY,),
    cases=((Shape(3), 1, (2, 3)), (Shape(4), [0, 1, 0, 0], (2,)), (Shape(2), (slice(None), 2), (2, 3))),
    leading=lambda count, x, key, shape: (k := key_behind(key)) and (x, k, (count, *shape)),
    doc="Zeros of the given shape with x added at key: the transpose of index.",
    example=("scatter(np.array([1.0, 2.0]), [0, 0], (3,))", "array([3., 0., 0.])"),
)
index_set: Operation = nary(
    "index_set", replaced,
    (lambda g, y, x, key, v: index_set(g, key, 0.0), None, lambda g, y, x, key, v: written(g, key, shape_of(x))),
    jvp=lambda ts, y, x, key, v: index_set(
        np.zeros(shape_of(x)) if ts[0] is None else ts[0], key, 0.0 if ts[2] is None else ts[2]),
    kind="custom", source="index_set({0}, {1}, {2})", latex=r"{0}[{1} \leftarrow {2}]", symbol="[]=", domain=(ANY, ANY, ANY),
    analytic=False,
    cases=((Shape(2, 3), 1, Shape(3)), (Shape(2, 3), (slice(None), [0, 2]), Shape(2, 2)), (Shape(3), [0, 0, 1], Shape(3)),
           (Shape(2, 3), (..., 1), Shape())),
    leading=lambda count, x, key, v: (k := key_behind(key)) and (x, k, broadcast_to(v, selection(x, key))),
    doc="A copy of x with x[key] = v; x keeps its cotangent elsewhere, v gets it at key (the last of repeated indices).",
    example=("index_set(np.zeros(3), 1, 5.0)", "array([0., 5., 0.])"),
)
index_max: Operation = extreme(
    raised, "index_max",
    "A copy of x in which x[key] is the largest of x[key] and all of v that are written there; dy/dx and dy/dv are 1 for the "
    "largest, shared equally by several.",
    ("index_max(np.array([1.0, 5.0]), [0, 0, 1], np.array([2.0, 3.0, 4.0]))", "array([3., 5.])"),
)
index_min: Operation = extreme(
    lowered, "index_min",
    "A copy of x in which x[key] is the smallest of x[key] and all of v that are written there; dy/dx and dy/dv are 1 for the "
    "smallest, shared equally by several.",
    ("index_min(np.array([1.0, 5.0]), [0, 0, 1], np.array([2.0, 3.0, 4.0]))", "array([1., 4.])"),
)
# fmt: on


class At:
    """`t.at[key].set(v)` and `t.at[key].add(v)`: assignment as a function, which returns a new, recorded Tensor."""

    __slots__ = ("key", "x")

    def __init__(self, x, key=None):
        self.x, self.key = x, key

    def __getitem__(self, key) -> At:
        return At(self.x, kept(key))

    def set(self, values) -> Node:
        """A copy of the Tensor in which `self.key` reads `values`.

        >>> Tensor([1.0, 2.0]).at[0].set(5.0).numpy()
        array([5., 2.])
        """
        return index_set(self.x, self.key, values)

    def add(self, values) -> Node:
        """A copy of the Tensor with `values` added at `self.key`; repeated indices add up.

        >>> Tensor([1.0, 2.0]).at[[0, 0]].add(5.0).numpy()
        array([11.,  2.])
        """
        return self.x + scatter(broadcast_to(values, selection(self.x, self.key)), self.key, shape_of(self.x))

    def max(self, values) -> Node:
        """A copy of the Tensor in which `self.key` reads the largest of what is there and the `values` for it.

        >>> Tensor([1.0, 2.0]).at[[0, 0, 1]].max([4.0, 3.0, 0.0]).numpy()
        array([4., 2.])
        """
        return index_max(self.x, self.key, values)

    def min(self, values) -> Node:
        """A copy of the Tensor in which `self.key` reads the smallest of what is there and the `values` for it.

        >>> Tensor([1.0, 2.0]).at[[0, 0, 1]].min([-4.0, 3.0, 0.0]).numpy()
        array([-4.,  0.])
        """
        return index_min(self.x, self.key, values)
