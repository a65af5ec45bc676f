"""What an edit of a hand-written backward is: an expression computed in another way.  Layer 8; knows sites and their values."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import FrameType
from typing import Any

import numpy as np

from .repair_source import Change, Site

__all__ = [
    "Edit",
    "Values",
    "applied",
    "clean",
    "expression",
    "fits",
    "formed",
    "in_slope",
    "is_array",
    "is_number",
    "kind_of",
    "parallel",
    "short",
    "similar",
    "written",
]


@dataclass(frozen=True, slots=True)
class Edit:
    """One expression computed in another way.

    kind      the mistake that it puts right;  bits: how much has to be said to describe it
    instead   the expression that should stand there, or "" where it cannot be written with the names at hand
    """

    site: Site
    change: Change
    kind: str
    instead: str
    sentence: str
    bits: float


class Values:
    """The values of one run, as the edits need them.

    last     {site: the value that it had at last}
    pools    {function: {text of an expression that can be read there: value}}
    upstream what comes from above, so that it can be told when it is what was forgotten
    """

    def __init__(self, kept: Sequence[tuple[Site, Any]], inputs: Mapping[str, Any], upstream: Any) -> None:
        self.last: dict[Site, Any] = dict(kept)
        self.inputs, self.upstream = inputs, upstream
        self.pools: dict[ast.AST, dict[str, Any]] = {}
        for site, value in self.last.items():
            pool = self.pools.setdefault(site.function, {})
            if isinstance(site.node, ast.Name | ast.Attribute | ast.Subscript):
                for text, part in readable(site.text, value):
                    pool[text] = part

        self.found: dict[ast.AST, list[tuple[str, np.ndarray]]] = {}

    def arrays(self, site: Site) -> list[tuple[str, np.ndarray]]:
        """Arrays that can be read where a site is, each value once, by its shortest text."""
        if site.function not in self.found:
            pool = self.pools.get(site.function, {})
            found: dict[tuple, tuple[str, np.ndarray]] = {}
            for text in sorted(pool, key=lambda t: (len(t), t)):
                value = pool[text]
                if is_array(value) and text != "_":
                    found.setdefault((value.shape, value.dtype, value.tobytes()), (text, value))
            self.found[site.function] = list(found.values())
        return self.found[site.function]

    def numbers(self, site: Site) -> dict[str, float]:
        """Numbers that can be read where a site is."""
        pool = self.pools.get(site.function, {})
        found = {text: float(v) for text, v in pool.items() if is_number(v) and np.isfinite(v)}
        return {text: v for text, v in found.items() if text.isidentifier() or "." in text}


def readable(text: str, value: Any) -> Iterator[tuple[str, Any]]:
    """A value, and what an object or a dict holds, by the text that reads it."""
    if is_array(value) or is_number(value):
        yield text, value
    elif isinstance(value, dict):
        yield from [(f"{text}[{k!r}]", v) for k, v in value.items() if is_array(v) or is_number(v)]
    elif hasattr(value, "__dict__") and not callable(value) and not isinstance(value, type(np)):
        yield from [(f"{text}.{k}", v) for k, v in vars(value).items() if is_array(v) or is_number(v)]


def is_array(v: Any) -> bool:
    return isinstance(v, np.ndarray) and v.ndim > 0 and v.dtype.kind in "fiub"


def is_number(v: Any) -> bool:
    return isinstance(v, int | float | np.number) and not isinstance(v, bool | np.bool_)


def similar(a: Any, b: Any) -> bool:
    """Whether two arrays or numbers are the same to within rounding."""
    if not all([is_array(v) or is_number(v) for v in (a, b)]):
        return False
    return np.shape(a) == np.shape(b) and bool(np.allclose(a, b, rtol=1e-9, atol=0.0, equal_nan=True))


@lru_cache(4096)
def expression(text: str) -> Callable[[FrameType], Any]:
    """What reads an expression in a frame."""
    code = compile(text, "<edit>", "eval")
    return lambda frame: eval(code, frame.f_globals, frame.f_locals)


def in_slope(site: Site) -> bool:
    """Whether an expression stands in what looks like the derivative of an activation: 1 - ..., or a choice between slopes."""
    for outer in site.around[site.around.index(site.statement) :]:
        if isinstance(outer, ast.BinOp) and isinstance(outer.op, ast.Sub) and isinstance(outer.left, ast.Constant):
            return outer.left.value == 1
        if (
            isinstance(outer, ast.Call)
            and isinstance(outer.func, ast.Attribute)
            and outer.func.attr in ("where", "select")
        ):
            return True
    return False


def kind_of(value: Any, text: str, values: Values) -> str:
    """What the mistake is called when this factor is forgotten or too much."""
    if similar(value, values.upstream):
        return "upstream-ignored"
    if is_array(value) and is_mask(value):
        return "mask-forgotten"
    if any(
        [
            sign in text
            for sign in (" > ", " < ", ">=", "<=", "1 - ", "1.0 - ", "np.exp", "np.cos", "np.cosh", "np.tanh")
        ]
    ):
        return "wrong-activation-derivative"
    return "wrong-operand" if is_array(value) else "factor"


def is_mask(value: np.ndarray) -> bool:
    return value.dtype.kind == "b" or bool(np.all((value == 0) | (value == 1)))


def parallel(value: Any, x: Any) -> bool:
    """Whether a term is a multiple of an input."""
    if not is_array(value) or not is_array(x) or value.shape != x.shape or np.size(x) < 2 or not np.any(x):
        return False
    c = float(np.vdot(x, value)) / float(np.vdot(x, x))
    return bool(np.any(value)) and bool(np.allclose(value, c * np.asarray(x), rtol=1e-9))


def fits(u: Any, v: Any) -> bool:
    """Whether u can be applied to v without changing its shape."""
    return (
        u.dtype.kind in "fb" and u.ndim <= v.ndim and all([a in (1, b) for a, b in zip(u.shape[::-1], v.shape[::-1])])
    )


def written(site: Site, text: str, kind: str, sentence: str, bits: float, said: str = "") -> Edit:
    """An expression that is evaluated instead."""
    return Edit(site, lambda v, frame: expression(text)(frame), kind, said or text, sentence, bits)


def formed(site: Site, f: Callable[[Any], Any], kind: str, said: str, sentence: str, bits: float) -> Edit:
    """f(value)."""
    return Edit(site, lambda v, frame: f(v), kind, said, sentence, bits)


def applied(site: Site, f: Callable, text: str, said: str, kind: str, sentence: str, bits: float) -> Edit:
    """f(value, what `text` reads)."""
    return Edit(site, lambda v, frame: f(v, expression(text)(frame)), kind, said, sentence, bits)


def clean(text: str) -> str:
    """An expression as Python would write it."""
    try:
        return ast.unparse(ast.parse(text, mode="eval"))
    except SyntaxError:
        return text


def short(site: Site) -> str:
    return site.text if len(site.text) <= 60 else site.text[:57] + "..."
