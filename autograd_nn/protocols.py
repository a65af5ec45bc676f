"""NumPy functions on nodes: NumPy hands the call over, and the registry says which operation it stands for.  Layer 4.

Knows NumPy's two protocols (NEP 13 and NEP 18) and the registry, not the classes that hold nodes.
"""

from __future__ import annotations

import difflib
from typing import Any

import numpy as np

from . import numpy  # noqa: F401  # with ops, fills the two tables that are read below
from .arguments import DeferredError
from .composition import COMPOSITIONS
from .errors import InPlaceError, RuleMissing, user_line
from .node import Node
from .op import REGISTRY

__all__ = ["call_function", "call_ufunc"]

RECORDED = {f: op.function for op in REGISTRY.values() for f in op.numpy}
RECORDED |= {f: made.function for made in COMPOSITIONS.values() for f in made.numpy}
PLAIN = frozenset(  # their results carry no derivative: they run on the data
    (
        np.shape,
        np.ndim,
        np.size,
        np.zeros_like,
        np.ones_like,
        np.empty_like,
        np.full_like,
        np.array_equal,
        np.allclose,
        np.iscomplexobj,
        np.isrealobj,
    )
)


def call_ufunc(ufunc: np.ufunc, method: str, inputs: tuple, keywords: dict) -> Any:
    """np.exp(t), array * t, and what else calls a ufunc on a node.

    Raises InPlaceError for out= (so for `array += t`), RuleMissing for a ufunc or a keyword without a rule.
    """
    if "out" in keywords:
        raise in_place(ufunc)
    function = RECORDED.get(ufunc)
    if function is None or method != "__call__" or keywords:
        what = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
        raise missing(what + (f" with {', '.join(keywords)}=" if keywords else ""))
    return function(*inputs)


def call_function(function: Any, args: tuple, keywords: dict) -> Any:
    """np.sum(t, axis=0), np.reshape(t, shape), and what else dispatches on array-likes.

    Raises InPlaceError for out=, RuleMissing for a function without a rule, TypeError for a keyword that its operation does
    not have.
    """
    filled = function is np.full_like and any([isinstance(x, Node) for x in (*args[1:], *keywords.values())])
    if function in PLAIN and not filled:
        return function(*[plain(a) for a in args], **{k: plain(v) for k, v in keywords.items()})
    recorded = RECORDED.get(function)
    if keywords.get("out") is not None:
        raise in_place(function)
    if recorded is None:
        raise missing(f"{function.__module__}.{function.__name__}".removeprefix("numpy."))
    try:
        return recorded(*args, **keywords)
    except DeferredError:  # a Complex among the arguments: NumPy asks it next
        return NotImplemented


def plain(x: Any) -> Any:
    return x.data if isinstance(x, Node) else x


def in_place(function: Any) -> InPlaceError:
    """The error for out=."""
    return InPlaceError(
        f"np.{function.__name__} was to write the result of a recorded operation into an existing array, at {user_line()}. "
        "The array would lose the graph, so no gradient could flow. Write y = f(x) (a = a + t for a += t)."
    )


def missing(name: str) -> RuleMissing:
    """The error for a NumPy function that has no derivative rule here."""
    known = sorted({f.__name__ for f in RECORDED})
    near = difflib.get_close_matches(name, known, 3, 0.7)
    hint = f"Near it are: {', '.join(near)}. " if near else ""
    return RuleMissing(
        f"np.{name} has no derivative rule, at {user_line()}. {hint}Build it from recorded operations (autograd_nn.ops), or "
        "call it on the data (t.numpy() of a Tensor, v.data of a Value) if no gradient is to flow through it."
    )
