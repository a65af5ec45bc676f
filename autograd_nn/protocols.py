"""NumPy functions on nodes: NumPy hands the call over, and the registry says which operation it stands for.  Layer 4.

Knows NumPy's two protocols (NEP 13 and NEP 18) and the registry, not the classes that hold nodes. SciPy's ufuncs come the same
way; SciPy's other functions turn a node into an array, and `instead` says what to write for them. SciPy is never imported here.
"""

from __future__ import annotations

import difflib
import sys
from typing import Any

import numpy as np

from . import ops  # noqa: F401  # fills the registry
from .errors import InPlaceError, RuleMissing, user_line
from .node import Node
from .op import REGISTRY

__all__ = ["call_function", "call_ufunc", "instead"]

RECORDED = {f: op.function for op in REGISTRY.values() for f in op.numpy}
SCIPY = {name: op.function for op in REGISTRY.values() for name in op.scipy}
PLAIN = frozenset(  # their results carry no derivative: they run on the data
    (np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.array_equal, np.allclose)
)


SUBSTITUTES = {  # what has no rule, and what to write for it
    "np.add.at": "t.at[key].add(v)",
    "np.add.outer": "x[:, None] + z",
    "np.add.reduce": "np.sum(t, axis) of a Tensor, or + of Values",
    "np.copyto": "t.at[key].set(v)",
    "np.divmod": "np.floor_divide(x, z) and np.remainder(x, z)",
    "np.frexp": "np.ldexp(t, -k), where np.frexp(t.numpy()) gives the exponents k",
    "np.logaddexp.reduce": "autograd_nn.ops.logsumexp(x, axis)",
    "np.maximum.reduce": "np.max(x, axis)",
    "np.minimum.reduce": "np.min(x, axis)",
    "np.modf": "x - np.trunc(x) and np.trunc(x)",
    "np.multiply.outer": "x[:, None] * z",
    "np.place": "t.at[mask].set(v)",
    "np.put": "t.at[key].set(v)",
    "np.putmask": "t.at[mask].set(v)",
    "np.subtract.outer": "x[:, None] - z",
    "scipy.special.binom": "1.0 / ((n + 1.0) * scipy.special.beta(n - k + 1.0, k + 1.0))",
    "scipy.special.boxcox": "np.expm1(p * np.log(x)) / p",
    "scipy.special.boxcox1p": "np.expm1(p * np.log1p(x)) / p",
    "scipy.special.cosdg": "np.cos(np.deg2rad(x))",
    "scipy.special.cosm1": "-2.0 * np.sin(0.5 * x) ** 2",
    "scipy.special.erfcinv": "scipy.special.erfinv(1.0 - x)",
    "scipy.special.exp10": "10.0 ** x",
    "scipy.special.loggamma": "scipy.special.gammaln(x)",
    "scipy.special.poch": "scipy.special.gamma(x + m) / scipy.special.gamma(x)",
    "scipy.special.powm1": "np.expm1(z * np.log(x))",
    "scipy.special.pseudo_huber": "d * (np.hypot(d, r) - d)",
    "scipy.special.rgamma": "1.0 / scipy.special.gamma(x)",
    "scipy.special.sindg": "np.sin(np.deg2rad(x))",
    "scipy.special.tandg": "np.tan(np.deg2rad(x))",
}
KEYWORDS = {"where": "np.where(mask, f(x), z)", "dtype": "y.astype(dtype)"}
TAKING = {  # functions of scipy.special that are no ufuncs, and so reach no protocol
    "factorial": "scipy.special.gamma(x + 1.0)",
    "log_softmax": "autograd_nn.ops.log_softmax(x, axis), whose axis is the last unless it is given; SciPy's is all of x",
    "logsumexp": "autograd_nn.ops.logsumexp(x, axis, keepdims)",
    "polygamma": "autograd_nn.ops.polygamma(n, x)",
    "softmax": "autograd_nn.ops.softmax(x, axis), whose axis is the last unless it is given; SciPy's is all of x",
}


def call_ufunc(ufunc: np.ufunc, method: str, inputs: tuple, keywords: dict) -> Any:
    """np.exp(t), array * t, and what else calls a ufunc on a node.

    Raises InPlaceError for out= (so for `array += t`), RuleMissing for a ufunc or a keyword without a rule.
    """
    if "out" in keywords:
        raise in_place(named(ufunc))
    function = RECORDED.get(ufunc) or of_scipy(ufunc)
    if function is None or method != "__call__" or keywords:
        what = named(ufunc) if method == "__call__" else f"{named(ufunc)}.{method}"
        raise missing(what, tuple(keywords))
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
        raise in_place(named(function))
    if recorded is None:
        raise missing(named(function))
    return recorded(*args, **keywords)


def plain(x: Any) -> Any:
    return x.data if isinstance(x, Node) else x


def of_scipy(ufunc: np.ufunc) -> Any:
    """The operation that stands for a ufunc of scipy.special, which must be that very object; None for any other."""
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
        "The array would lose the graph, so no gradient could flow. Write y = f(x) (a = a + t for a += t)."
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
