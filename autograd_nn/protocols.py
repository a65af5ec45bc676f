"""NumPy functions on nodes: NumPy hands the call over, and the registry says which operation it stands for.  Layer 4.

Knows NumPy's two protocols (NEP 13 and NEP 18) and the registry, not the classes that hold nodes. SciPy's ufuncs come the same
way; SciPy's other functions turn a node into an array, and `instead` says what to write for them. SciPy is never imported here.
"""

from __future__ import annotations

import difflib
import functools
import inspect
import sys
from typing import Any

import numpy as np

from . import numpy, ops
from .arguments import DeferredError
from .composition import COMPOSITIONS
from .errors import InPlaceError, RuleMissing, user_line
from .node import Node
from .op import REGISTRY, ndim_of, shape_of
from .substitutes import KEYWORDS, SUBSTITUTES, TAKING

__all__ = ["call_function", "call_ufunc", "instead"]

RECORDED = {f: op.function for op in REGISTRY.values() for f in op.numpy}
RECORDED |= {f: made.function for made in COMPOSITIONS.values() for f in made.numpy}
SCIPY = {name: op.function for op in REGISTRY.values() for name in op.scipy}
PLAIN = frozenset(  # their results carry no derivative: they run on the data
    (np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.array_equal, np.allclose)
) | {np.argpartition, np.argwhere, np.digitize, np.flatnonzero, np.histogram, np.lexsort, np.nanargmax, np.nanargmin,
     np.nonzero, np.searchsorted, np.iscomplexobj, np.isrealobj,
     np.isclose, np.isin, np.result_type, np.array2string, np.array_repr, np.array_str, np.array_equiv}  # fmt: skip
METHODS: dict[tuple[Any, str], Any] = {  # of ufuncs, along an axis that is the first unless it is given
    (np.add, "reduce"): numpy.sum, (np.multiply, "reduce"): numpy.prod, (np.maximum, "reduce"): numpy.max,
    (np.minimum, "reduce"): numpy.min, (np.logical_and, "reduce"): numpy.all, (np.logical_or, "reduce"): numpy.any,
    (np.logaddexp, "reduce"): ops.logsumexp,
    (np.add, "accumulate"): numpy.cumsum, (np.multiply, "accumulate"): numpy.cumprod,
}  # fmt: skip
LOST = {np.full_like: 1, np.histogram: 4}  # a node from this argument on, or under a keyword, would lose its derivative


def call_ufunc(ufunc: np.ufunc, method: str, inputs: tuple, keywords: dict) -> Any:
    """np.exp(t), array * t, and what else calls a ufunc on a node.

    Raises InPlaceError for out= (so for `array += t`), RuleMissing for a ufunc or a keyword without a rule.
    """
    if "out" in keywords:
        raise in_place(named(ufunc))
    function = RECORDED.get(ufunc) or of_scipy(ufunc)
    if method == "__call__" and function is not None and not keywords:
        return function(*inputs)
    if method == "outer" and function is not None and not keywords:
        x, z = inputs
        return function(ops.reshape(x, (*shape_of(x), *[1] * ndim_of(z))), z)
    along = METHODS.get((ufunc, method))
    if along is not None and not any([isinstance(x, Node) and x.data.__class__ is float for x in inputs]):
        return along(*inputs, **{"axis": 0} | keywords if len(inputs) == 1 else keywords)
    what = named(ufunc) if method == "__call__" else f"{named(ufunc)}.{method}"
    raise missing(what, tuple(keywords))


def call_function(function: Any, args: tuple, keywords: dict) -> Any:
    """np.sum(t, axis=0), np.reshape(t, shape), and what else dispatches on array-likes.

    Raises InPlaceError for out=, RuleMissing for a function or a keyword without a rule.
    """
    first = LOST.get(function)
    lost = first is not None and any([isinstance(x, Node) for x in (*args[first:], *keywords.values())])
    if function in PLAIN and not lost:
        return function(*[plain(a) for a in args], **{k: plain(v) for k, v in keywords.items()})
    recorded = RECORDED.get(function)
    if recorded is None:
        if keywords.get("out") is not None:
            raise in_place(named(function))
        raise missing(named(function))
    if keywords or len(args) > 2:
        args, keywords = named_as_ours(function, recorded, args, keywords)
    try:
        return recorded(*args, **keywords)
    except DeferredError:  # a Complex among the arguments: NumPy asks it next
        return NotImplemented


@functools.cache
def parameters(function: Any) -> tuple[str, ...]:
    return tuple(inspect.signature(function).parameters)


@functools.cache
def place_of_out(function: Any) -> int:
    """The position at which a NumPy function takes `out`; beyond every call if it takes it by keyword alone."""
    found = inspect.signature(function).parameters
    by_place = [name for name, p in found.items() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return by_place.index("out") if "out" in by_place else sys.maxsize


@functools.cache
def defaults(function: Any) -> dict[str, Any]:
    """What a NumPy function takes for each argument that is left out."""
    return {name: p.default for name, p in inspect.signature(function).parameters.items()}


def named_as_ours(function: Any, recorded: Any, args: tuple, keywords: dict) -> tuple[tuple, dict]:
    """The arguments of a call of a NumPy function as ours takes them: it has no `out`, and may name the first another way."""
    theirs, ours = parameters(function), parameters(recorded)
    left_out = defaults(
        function
    )  # what is given as it would be anyway says nothing: weights=None, keepdims=np._NoValue
    keywords = {
        k: v
        for k, v in keywords.items()
        if v is not np._NoValue and (k in ours or k not in left_out or v is not left_out[k])
    }
    place = place_of_out(function)
    if len(args) > place:
        keywords |= dict(zip(theirs[place:], args[place:]))
        args = args[:place]
    if keywords.pop("out", None) is not None:
        raise in_place(named(function))
    if theirs[0] in keywords and theirs[0] not in ours and not args:
        args = (keywords.pop(theirs[0]),)
    unknown = [k for k in keywords if k not in ours]
    if unknown and all([k in theirs for k in unknown]):
        raise missing(f"{named(function)} with {', '.join(unknown)}=")
    return args, keywords


def plain(x: Any) -> Any:
    """An argument with the data of nodes, also of those in a sequence (the keys of np.lexsort)."""
    if isinstance(x, list | tuple):
        return type(x)([plain(part) for part in x]) if any([isinstance(part, Node) for part in x]) else x
    return x.data if isinstance(x, Node) else x


def of_scipy(ufunc: np.ufunc) -> Any:
    """The operation that stands for a ufunc of scipy.special, which must be that very object; None for any other.

    One of NumPy's that it does not export goes by its name as well: the one behind the method `clip` of a plain array.
    """
    if ufunc.__name__ == "clip":
        return ops.clip
    special = sys.modules.get("scipy.special")
    return SCIPY.get(ufunc.__name__) if getattr(special, ufunc.__name__, None) is ufunc else None


def named(function: Any) -> str:
    """A function as a user writes it: np.exp, np.linalg.eig, scipy.special.expit; a ufunc of no known module by its name."""
    name = function.__name__
    if not isinstance(function, np.ufunc):
        return f"np.{f'{function.__module__}.{name}'.removeprefix('numpy.')}"
    homes = {"np": np, "scipy.special": sys.modules.get("scipy.special")}
    return next((f"{home}.{name}" for home, module in homes.items() if getattr(module, name, None) is function), name)


def in_place(name: str) -> InPlaceError:
    """The error for out=."""
    return InPlaceError(
        f"{name} was to write the result of a recorded operation into an existing array, at {user_line()}. "
        "The array would lose the graph, so no gradient could flow. Write y = f(x) (a = a + t for a += t, and "
        "a = a.at[key].add(t) or a list of parts and np.stack(parts) for a[key] += t)."
    )


def missing(name: str, keywords: tuple[str, ...] = ()) -> RuleMissing:
    """The error for a function, or for keywords of one, that have no derivative rule here: with a substitute or near names."""
    known = {f.__name__: f.__name__ for f in RECORDED} | {n: f"scipy.special.{n}" for n in SCIPY}
    written = [SUBSTITUTES[name]] if name in SUBSTITUTES else [KEYWORDS[k] for k in keywords if k in KEYWORDS]
    near = difflib.get_close_matches(name.removeprefix("np.").removeprefix("scipy.special."), sorted(known), 3, 0.7)
    if written:
        hint = f"Write {' and '.join(written)}. "
    else:
        hint = f"Near it are: {', '.join([known[n] for n in near])}. " if near and not keywords else ""
    what = f"{name} with {', '.join(keywords)}=" if keywords else name
    return RuleMissing(
        f"{what} has no derivative rule, at {user_line()}. {hint}Build it from recorded operations (autograd_nn.ops), or "
        "call it on the data (t.numpy() of a Tensor, v.data of a Value) if no gradient is to flow through it."
    )


def instead() -> str:
    """What to write for the function of scipy.special that is taking the numbers out of a node now; empty for any other."""
    frame = sys._getframe(1)
    found = ""
    while frame is not None:
        name = frame.f_code.co_name
        if name in TAKING and str(frame.f_globals.get("__name__")).startswith("scipy.special"):
            found = f" For scipy.special.{name}(x), write {TAKING[name]}."
        frame = frame.f_back  # type: ignore[assignment]  # the last one has none
    return found
