"""Operations with several results, and operations on any number of arrays.  Layer 1; knows the record, and no operation.

The graph stays one of single values: an operation with several results gives one node, whose data is the tuple of them, and a
`pick` takes one out.  An operation on any number of arrays has one record for each number, made when it is first needed, so
that a record always has one rule for each argument and no walk has to know.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from .node import Node
from .op import Op, Operation, caller, data_of, publish, record

__all__ = ["Bundle", "Parts", "parts", "pick", "picks", "several", "variadic"]


class Bundle(Node, data=tuple):
    """The node of an operation with several results; users see the picks of it alone."""

    __slots__ = ("args", "inputs")


class Parts:
    """The cotangent of a Bundle: that of each result that has one, {place: array or node}.  A sum merges them."""

    __slots__ = ("given",)

    def __init__(self, given: dict[int, Any]) -> None:
        self.given = given

    def __add__(self, other: Parts) -> Parts:
        """The sum, into the first: a pick made it for this walk alone, and a copy for each of n picks would cost n^2."""
        for place, g in other.given.items():
            self.given[place] = self.given[place] + g if place in self.given else g
        return self


def pick(bundle: Any, place: int) -> Any:
    """One result of an operation with several: data of data, a node of a Bundle."""
    if not isinstance(bundle, Node):
        return bundle[place]
    return record(PICK, np.asarray(bundle.data[place]), (bundle, None), (bundle.data, place))


PICK = Op(
    name="pick", scalar=None, array=pick, vjps=(lambda g, y, b, place: Parts({place: g}), None), kind="linear",
    source="{0}[{1}]", latex="{0}_{{{1}}}", function=pick,
    leading=lambda count, b, place: (b, place),
)  # fmt: skip


def picks(y: Any) -> tuple:
    """All results, for a rule: the tuple itself, or a node for each when the rule's own work is recorded."""
    return tuple([pick(y, i) for i in range(len(y.data))]) if isinstance(y, Node) else y


def parts(g: Parts, y: Any) -> tuple:
    """All cotangents, for a rule: zeros where none arrived."""
    results = data_of(y)
    return tuple([g.given[i] if i in g.given else np.zeros_like(p) for i, p in enumerate(results)])


def several(
    name: str,
    array: Callable,
    vjps: tuple,
    *,
    doc: str,
    example: tuple[str, str],
    result: Callable = tuple,
    **about: Any,
) -> Operation:
    """An operation whose kernel gives a tuple of arrays.

    vjps     as in Op, with g a Parts and y the tuple or its Bundle; a rule begins with parts(g, y) and picks(y)
    jvp      gives the tuple of tangents, none of them None
    result   what the public function makes of the list of results: a list, a named tuple's _make (default: a tuple)
    """

    @functools.wraps(array)
    def bundled(*args: Any) -> tuple:
        return tuple([np.asarray(p) for p in array(*args)])

    op = Op(name=name, scalar=None, array=bundled, vjps=vjps, kind="custom", **about)
    signature = inspect.signature(array)
    whole = caller(op, signature)

    def function(*xs, **keywords):
        y = whole(*xs, **keywords)
        return result(picks(y) if isinstance(y, Node) else [p[()] for p in y])

    function.__signature__ = signature  # type: ignore[attr-defined]  # what help() and editors show
    return publish(op, function, doc, example)


def variadic(
    name: str,
    array: Callable,
    rule: Callable,
    jvp: Callable,
    *,
    source: Callable[[int], str],
    doc: str,
    example: tuple[str, str],
    registered: int = 3,
    **about: Any,
) -> Operation:
    """An operation on a static argument and any number of arrays: array(static, *xs).

    rule         rule(k, g, y, static, *xs) is g^T dy/d xs[k]
    jvp          as in Op, over all arguments, the static one included
    source       the template of the record for a number of arrays
    registered   how many arrays the record in the registry takes: the one that the tests try
    """

    @functools.cache
    def of(count: int) -> tuple[Op, Callable]:
        rules = tuple([functools.partial(rule, k) for k in range(count)])
        op = Op(
            name=name,
            scalar=None,
            array=array,
            vjps=(None, *rules),
            jvp=jvp,
            kind="custom",
            source=source(count),
            **about,
        )
        op.function = function
        names = ["static", *[f"x{k}" for k in range(count)]]
        kinds = [inspect.Parameter(n, inspect.Parameter.POSITIONAL_ONLY) for n in names]
        return op, caller(op, inspect.Signature(kinds))

    def function(static, *xs):
        return of(len(xs))[1](static, *xs)

    return publish(of(registered)[0], function, doc, example)
