"""Edits of a value: another operand, a factor or a term more, a transpose, a sum, a function.  Layer 8; knows edits."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from .repair_edits import Edit, Values, applied, clean, fits, formed, in_slope, kind_of, short, similar, written
from .repair_source import Site

__all__ = ["functions", "operands", "shapes"]


def operands(site: Site, values: Values) -> Iterator[Edit]:
    """Another value in its place, a factor more, a term more."""
    v = values.last[site]
    simple = isinstance(site.node, ast.Name | ast.Attribute | ast.Subscript)
    parent = site.around[-1]
    in_product = isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Mult | ast.Div)
    in_sum = isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Add | ast.Sub)
    for text, u in values.arrays(site):
        if not fits(u, v) or text == site.text:
            continue
        if u.shape == v.shape and not similar(u, v):
            kind = "wrong-activation-derivative" if in_slope(site) else "wrong-operand"
            sentence = f"{text} belongs where {short(site)} stands"
            plain = simple and not isinstance(parent, ast.Return | ast.Assign | ast.Tuple)
            yield written(site, text, kind, sentence, 6.0 if plain else 10.0)
        if not in_product:
            yield from factors(site, text, u, values)
        if not in_sum:
            for sign, add in (("+", np.add), ("-", np.subtract)):
                sentence = f"the term {text} is missing"
                kind = "wrong-activation-derivative" if in_product or in_slope(site) else "path-dropped"
                yield applied(site, add, text, f"({site.text}) {sign} {text}", kind, sentence, 10.0)
    if not in_sum:
        for text, c in values.numbers(site).items():
            if 0.0 < abs(c) < 1e-2:
                sentence = f"{text} is missing, which the forward has"
                yield applied(site, np.add, text, f"({site.text}) + {text}", "ddof-or-eps", sentence, 5.0)


DERIVATIVES: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("(1 - {0}**2)", lambda u: 1.0 - u**2),
    ("{0} * (1 - {0})", lambda u: u * (1.0 - u)),
    ("({0} > 0)", lambda u: u > 0.0),
    ("(1 - {0})", lambda u: 1.0 - u),
    ("(1 - np.tanh({0})**2)", lambda u: 1.0 - np.tanh(u) ** 2),
    ("np.cos({0})", np.cos),
    ("np.exp({0})", np.exp),
    ("sigmoid({0}) * (1 - sigmoid({0}))", lambda u: 0.25 / np.cosh(0.5 * u) ** 2),
)


def factors(site: Site, text: str, u: Any, values: Values) -> Iterator[Edit]:
    """A factor that was forgotten: a value, its inverse, or the derivative of an activation at it."""
    kind = kind_of(u, text, values)
    sentence = f"the factor {text} is missing"
    yield applied(site, np.multiply, text, f"({site.text}) * {text}", kind, sentence, 9.0)
    if u.dtype.kind == "f":
        yield applied(site, np.divide, text, f"({site.text}) / {text}", kind, f"the division by {text} is missing", 9.0)
        for form, f in DERIVATIVES:
            said = form.format(text)
            made = partial(sloped, slope=f)
            sentence = f"the derivative {said} is missing"
            kind = "mask-forgotten" if ">" in form else "wrong-activation-derivative"
            yield applied(site, made, text, f"({site.text}) * {said}", kind, sentence, 10.0)


def sloped(v: Any, u: Any, slope: Callable[[Any], Any]) -> Any:
    return v * slope(u)


def shapes(site: Site, values: Values) -> Iterator[Edit]:
    """The transpose, a reduction, a mean taken away, an axis turned or rolled."""
    v, text = values.last[site], f"({site.text})"
    if v.ndim == 2:
        yield formed(site, np.transpose, "transpose", f"{text}.T", f"{short(site)} should be transposed", 6.0)
    for axis in range(v.ndim):
        for keep, name in product((False, True), ("sum", "mean")):
            said = f"{text}.{name}(axis={axis}{', keepdims=True' if keep else ''})"
            form = partial(getattr(np, name), axis=axis, keepdims=keep)
            yield formed(site, form, "reduction-missing", said, f"the {name} over axis {axis} is missing", 8.0)
        said, sentence = (
            f"{text} - {text}.mean(axis={axis}, keepdims=True)",
            f"its mean over axis {axis} is to be subtracted",
        )
        yield formed(site, partial(centred, axis=axis), "path-dropped", said, sentence, 9.0)
        said, sentence = f"np.flip({text}, {axis})", f"it is reversed along axis {axis}"
        yield formed(site, partial(np.flip, axis=axis), "window-offset", said, sentence, 8.0)
        for step in (1, -1):
            said, sentence = f"np.roll({text}, {step}, {axis})", f"it is shifted by one along axis {axis}"
            yield formed(site, partial(np.roll, shift=step, axis=axis), "window-offset", said, sentence, 8.0)
    yield formed(site, np.sum, "reduction-missing", f"{text}.sum()", "the sum over everything is missing", 8.0)


def centred(v: Any, axis: int) -> Any:
    return v - v.mean(axis=axis, keepdims=True)


FUNCTIONS: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("{0}**2", np.square),
    ("np.sqrt({0})", np.sqrt),
    ("1 / {0}", lambda v: 1.0 / v),
    ("1 - {0}", lambda v: 1.0 - v),
    ("1 - {0}**2", lambda v: 1.0 - v**2),
    ("{0} * (1 - {0})", lambda v: v * (1.0 - v)),
    ("{0} > 0", lambda v: v > 0.0),
    ("np.sign({0})", np.sign),
    ("np.abs({0})", np.abs),
    ("np.exp({0})", np.exp),
    ("np.log({0})", np.log),
    ("np.tanh({0})", np.tanh),
    ("sigmoid({0})", lambda v: 1.0 / (1.0 + np.exp(-v))),
    ("1 - np.tanh({0})**2", lambda v: 1.0 - np.tanh(v) ** 2),
    ("np.cos({0})", np.cos),
)


def functions(site: Site, values: Values) -> Iterator[Edit]:
    """A function of the value in its place; a softmax's inner product."""
    v = values.last[site]
    for form, f in FUNCTIONS:
        said = form.format(f"({site.text})")
        sentence = f"{clean(said)} belongs where {short(site)} stands"
        yield formed(site, f, "wrong-activation-derivative", said, sentence, 9.0)
    for text, p in values.arrays(site):
        if p.shape == v.shape and p.ndim and np.allclose(p.sum(axis=-1), 1.0) and np.all(p >= 0.0):
            for other, d in values.arrays(site):
                if d.shape == v.shape and d is not p:
                    said = f"{text} * ({other} - ({other} * {text}).sum(axis=-1, keepdims=True))"
                    yield written(site, said, "softmax-elementwise", "every probability depends on every score", 7.0)
