"""Selection by index, and its transpose: scattering.  Layer 2; uses arithmetic and shape."""

from __future__ import annotations

import copy

import numpy as np

from ..domain import ANY, Shape
from ..node import Node
from ..op import Operation, nary, shape_of
from .arithmetic import where
from .shape import broadcast_to

__all__ = ["At", "index", "index_set", "kept", "scatter"]


SINGLE = (int, np.integer, slice, type(None), type(Ellipsis))


def selected(x, key):
    return np.asarray(x)[key]


def scattered(x, key, shape):
    x = np.asarray(x)
    y = np.zeros(shape, x.dtype)
    if repeats(key):
        np.add.at(y, key, x)
    else:
        y[key] = x
    return y


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


def behind(key):
    """A key behind an axis that stays whole; None where NumPy would move that axis: arrays apart, or masks of all axes."""
    parts = key if isinstance(key, tuple) else (key,)
    arrays = [i for i, k in enumerate(parts) if not isinstance(k, slice | type(None) | type(Ellipsis))]
    advanced = any([not isinstance(parts[i], int | np.integer) for i in arrays])
    together = not arrays or arrays == list(range(arrays[0], arrays[-1] + 1))
    return (slice(None), *parts) if together or not advanced else None


def selection(x, key):
    """The shape of x[key]."""
    return selected(np.empty(shape_of(x), bool), key).shape


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
    leading=lambda count, x, key: (k := behind(key)) and (x, k),
    doc="y = x[key], for every key that NumPy takes: integers, slices, None, ..., integer and boolean arrays, repeated "
        "indices included; the cotangent is scattered back, and added up where an element was read twice.",
    example=("index(np.array([1.0, 2.0, 3.0]), [0, 0, 2])", "array([1., 1., 3.])"),
)
scatter: Operation = nary(
    "scatter", scattered, (lambda g, y, x, key, shape: index(g, key), None, None), kind="linear",
    source="scatter({0}, {1}, {2})", latex=r"\mathrm{{scatter}}({0})", domain=(ANY,),
    cases=((Shape(3), 1, (2, 3)), (Shape(4), [0, 1, 0, 0], (2,)), (Shape(2), (slice(None), 2), (2, 3))),
    leading=lambda count, x, key, shape: (k := behind(key)) and (x, k, (count, *shape)),
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
    leading=lambda count, x, key, v: (k := behind(key)) and (x, k, broadcast_to(v, selection(x, key))),
    doc="A copy of x with x[key] = v; x keeps its cotangent elsewhere, v gets it at key (the last of repeated indices).",
    example=("index_set(np.zeros(3), 1, 5.0)", "array([0., 5., 0.])"),
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
        shape = shape_of(self.x)
        return self.x + scatter(broadcast_to(values, shape_of(index(np.empty(shape), self.key))), self.key, shape)
