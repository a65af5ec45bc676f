"""What may be edited in a hand-written backward: other operands, axes, operators, terms.  Layer 8; knows sites and their values.

Every edit is an expression computed in another way, with the kind of mistake that it would put right.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise
from types import FrameType
from typing import Any

import numpy as np

from .repair_source import Change, Site

__all__ = ["Edit", "Values", "clean", "edits", "expression", "is_number"]


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

    def arrays(self, site: Site) -> Iterator[tuple[str, Any]]:
        """Arrays that can be read where a site is, each value once, by its shortest text."""
        found: list[Any] = []
        pool = self.pools.get(site.function, {})
        for text in sorted(pool, key=lambda t: (len(t), t)):
            value = pool[text]
            if is_array(value) and text != "_" and not any([similar(value, z) for z in found]):
                found.append(value)
                yield text, value

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


def edits(site: Site, values: Values) -> Iterator[Edit]:
    """Every edit of one expression, from the plain ones to the far-fetched."""
    v = values.last[site]
    if is_filled(site):
        return
    yield from structure(site, values)
    yield from stores(site)
    yield from returns(site, values)
    if isinstance(v, int) and not isinstance(v, bool) and is_place(site):
        yield from offsets(site)
    if isinstance(site.node, ast.Constant) and not is_place(site):
        yield from constants(site)
    if is_array(v) and v.dtype.kind in "fb":
        for family in (operands, shapes, functions):
            yield from family(site, values)


def structure(site: Site, values: Values) -> Iterator[Edit]:
    """Another operator, an operand less, another reduction, another axis."""
    node = site.node
    if isinstance(node, ast.BinOp):
        yield from binary(site, node, values)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        left, right = ast.unparse(node.left), ast.unparse(node.comparators[0])
        for sign in (">", "<", ">=", "<=", "==", "!="):
            yield written(site, f"({left}) {sign} ({right})", "mask-forgotten", "the comparison picks the wrong entries", 7.0)
    if isinstance(node, ast.Call):
        yield from calls(site, node, values)
    parent = site.around[-1]
    if isinstance(parent, ast.Call) and any([w.arg == "ddof" and w.value is node for w in parent.keywords]):
        for n in (0, 1):
            yield written(site, str(n), "ddof-or-eps", f"the forward divides as with ddof={n}", 4.0)
    if isinstance(parent, ast.Call) and is_axis(parent, node):
        yield from axes(site, parent, values)


OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.MatMult: "@", ast.Pow: "**"}


def binary(site: Site, node: ast.BinOp, values: Values) -> Iterator[Edit]:
    """Edits of `left op right`."""
    left, right = f"({ast.unparse(node.left)})", f"({ast.unparse(node.right)})"
    sides = {id(s.node): v for s, v in values.last.items() if s.node in (node.left, node.right)}
    a, b = sides.get(id(node.left)), sides.get(id(node.right))
    if isinstance(node.op, ast.Add | ast.Sub):
        other = "-" if isinstance(node.op, ast.Add) else "+"
        yield written(site, f"{left} {other} {right}", "sign", "a term has the wrong sign", 5.0)
        for kept, gone, value in ((left, right, b), (right, left, a)):
            kind = "regulariser" if any([parallel(value, x) for x in values.inputs.values()]) else "path-doubled"
            if is_number(value):
                kind = "ddof-or-eps" if float(value) in (1.0, -1.0) or abs(float(value)) < 1e-2 else "factor"
            yield written(site, kept, kind, f"the term {clean(gone)} is too much", 8.0)
    if isinstance(node.op, ast.Mult | ast.Div):
        other = "/" if isinstance(node.op, ast.Mult) else "*"
        kind = "wrong-operand" if is_array(b) else "factor"
        yield written(site, f"{left} {other} {right}", kind, f"{clean(right)} stands on the wrong side of the fraction", 6.0)
        for kept, gone, value in ((left, right, b), (right, left, a)):
            bits = 8.0 if is_array(value) else 5.0
            yield written(site, kept, kind_of(value, gone, values), f"the factor {clean(gone)} is too much", bits)
    if isinstance(node.op, ast.MatMult):
        for text in (f"{right} @ {left}", f"({left} @ {right}).T", f"({right} @ {left}).T"):
            yield written(site, text, "transpose", "the product is taken in the wrong order", 7.0)
        for text in (f"{left} * {right}", f"{left}.T @ {right}", f"{left} @ {right}.T"):
            yield written(site, text, "transpose", "the product is of the wrong sides", 6.0)
    if isinstance(node.op, ast.Pow):
        for power in ("2", "3", "0.5", "-1", "-2", "1.5", "-0.5", "-1.5", "4", "1"):
            text = f"{left} ** {power}"
            yield written(site, text, "wrong-activation-derivative", f"the power should be {power}", 6.0)
        for power in (f"({clean(right)} - 1)", f"({clean(right)} + 1)"):
            yield written(site, f"{left} ** {power}", "wrong-activation-derivative", "the power is off by one", 6.0)


REDUCTIONS = ("sum", "mean", "max", "min", "prod")


def calls(site: Site, node: ast.Call, values: Values) -> Iterator[Edit]:
    """Another reduction, or none; every axis; another function of the same form."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if name in ("sum", "mean"):
        other = "mean" if name == "sum" else "sum"
        text = f"a {name} stands where a {other} belongs"
        kind = "factor" if name == "sum" else "reduction-missing"
        yield written(site, ast.unparse(renamed(node, other)), kind, text, 5.0)
    if name in REDUCTIONS:
        reduced = reduced_of(node)
        yield written(site, ast.unparse(reduced), "reduction-missing", f"the {name} is one too many", 8.0)
        value = next((v for s, v in values.last.items() if s.node is reduced), None)
        for axis in [*range(value.ndim if is_array(value) else 0), None]:
            for keep in (True, False):
                made = f"({ast.unparse(reduced)}).{name}(axis={axis}, keepdims={keep})"
                yield written(site, made, "wrong-axis", f"the {name} is over the wrong axis", 6.0)
    for names in (("sin", "cos"), ("tanh", "arctan"), ("exp", "log", "expm1", "log1p"), ("maximum", "minimum"), ("floor", "ceil")):
        for other in names if name in names else ():
            if other != name:
                made = ast.unparse(renamed(node, other))
                yield written(site, made, "wrong-activation-derivative", f"{other} belongs where {name} stands", 7.0)
    if name in ("zeros_like", "zeros", "ones_like", "ones"):
        yield from fresh(site, values)
    if name in ("dot", "matmul") and len(node.args) == 2:
        left, right = [f"({ast.unparse(a)})" for a in node.args]
        for text in (f"{right} @ {left}", f"{left}.T @ {right}", f"{left} @ {right}.T", f"({left} @ {right}).T"):
            yield written(site, text, "transpose", "the product is of the wrong sides", 6.0)


def fresh(site: Site, values: Values) -> Iterator[Edit]:
    """What starts at zero, or at one, and should start from a value."""
    for text, u in values.arrays(site):
        if u.shape == getattr(values.last[site], "shape", None) and u.dtype.kind == "f":
            yield written(site, text, "path-dropped", f"it should start from {text}", 9.0)


def renamed(node: ast.Call, name: str) -> ast.Call:
    assert isinstance(node.func, ast.Attribute)  # callers look
    return ast.Call(ast.Attribute(node.func.value, name, ast.Load()), node.args, node.keywords)


def reduced_of(node: ast.Call) -> ast.expr:
    """What a reduction reduces: x of x.sum(0) and of np.sum(x, 0)."""
    assert isinstance(node.func, ast.Attribute)  # callers look
    module = isinstance(node.func.value, ast.Name) and node.func.value.id in ("np", "numpy", "xp", "jnp")
    return node.args[0] if module and node.args else node.func.value


def is_axis(call: ast.Call, node: ast.expr) -> bool:
    """Whether an argument of a reduction is its axis."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    places = [w.value for w in call.keywords if w.arg == "axis"]
    places += [a for a in call.args if a is not reduced_of(call)][:1] if name in REDUCTIONS else []
    return any([node is p for p in places])


def axes(site: Site, call: ast.Call, values: Values) -> Iterator[Edit]:
    """Every other axis, or pair and triple of axes."""
    reduced = reduced_of(call)
    value = next((v for s, v in values.last.items() if s.node is reduced), None)
    ndim = min(value.ndim, 5) if is_array(value) else 0
    choices = [a for size in (1, 2, 3) for a in combinations(range(ndim), size)]
    for choice in choices:
        text = str(choice[0]) if len(choice) == 1 else str(choice)
        yield written(site, text, "wrong-axis", f"it should go over axis {text}", 4.0)


def stores(site: Site) -> Iterator[Edit]:
    """`=` for `+=`, and the other way round."""
    s = site.statement
    if isinstance(s, ast.AugAssign) and s.value is site.node and isinstance(s.op, ast.Add | ast.Sub):
        target = ast.unparse(s.target)
        sign, change = ("+", np.add) if isinstance(s.op, ast.Add) else ("-", np.subtract)
        set_to = f"({site.text}) - {target}" if sign == "+" else f"{target} - ({site.text})"
        kind = "state-not-reset" if "." in target else "path-doubled"
        yield written(site, set_to, kind, f"what was in {target} before is added: use `=`", 6.0, f"{target} = {site.text}")
        if isinstance(s.target, ast.Subscript):
            sentence = "an index that comes twice counts once: each store overwrites the one before"
            yield at_once(site, s.target, change, sign, sentence, 5.0)
    if isinstance(s, ast.Assign) and s.value is site.node and len(s.targets) == 1:
        target = s.targets[0]
        if isinstance(target, ast.Subscript | ast.Name | ast.Attribute):
            text = ast.unparse(target)
            sentence = f"it overwrites what was in {text}: use `+=`"
            kind = "overwritten"
            yield written(site, f"{text} + ({site.text})", kind, sentence, 6.0, f"{text} += {site.text}")
        if isinstance(target, ast.Subscript):
            yield at_once(site, target, np.add, "+", "an index that comes twice counts once: use np.add.at", 6.0)


def at_once(site: Site, target: ast.Subscript, add: Any, sign: str, sentence: str, bits: float) -> Edit:
    """The value that a store has to have, so that repeated indices count as often as they come."""
    array, index = expression(ast.unparse(target.value)), expression(index_text(target.slice))
    augmented = isinstance(site.statement, ast.AugAssign)

    def change(value: Any, frame: FrameType) -> Any:
        before, place = array(frame), index(frame)
        total = before.copy()
        add.at(total, place, value)
        if not augmented:
            return total[place]
        return total[place] - before[place] if sign == "+" else before[place] - total[place]

    name = f"np.{'add' if sign == '+' else 'subtract'}.at({ast.unparse(target.value)}, {ast.unparse(target.slice)}, {site.text})"
    return Edit(site, change, "overwritten", name, sentence, bits)


def index_text(index: ast.expr) -> str:
    """An index as an expression of its own, slices as slice objects."""
    if isinstance(index, ast.Slice):
        return f"slice({', '.join([ast.unparse(p) if p else 'None' for p in (index.lower, index.upper, index.step)])})"
    if isinstance(index, ast.Tuple):
        return f"({', '.join([index_text(part) for part in index.elts])},)"
    return ast.unparse(index)


def offsets(site: Site) -> Iterator[Edit]:
    """Whole numbers off by one."""
    sentence = "an index, bound or step is off by one"
    for step in (1, -1):
        text = f"{site.text} {'+' if step > 0 else '-'} 1"
        yield Edit(site, lambda v, frame, s=step: v + s, "window-offset", text, sentence, 6.0)  # type: ignore[misc]


def is_filled(site: Site) -> bool:
    """Whether an array is written into here, not read: np.add.at(dW, ...)."""
    parent = site.around[-1]
    if not isinstance(parent, ast.Call):
        return False
    at = isinstance(parent.func, ast.Attribute) and parent.func.attr == "at"
    return at and parent.args[:1] == [site.node] or any([w.arg == "out" and w.value is site.node for w in parent.keywords])


def returns(site: Site, values: Values) -> Iterator[Edit]:
    """Two results in the other order."""
    if not isinstance(site.statement, ast.Return) or not isinstance(site.node, ast.Tuple):
        return
    parts, given = site.node.elts, values.last[site]
    for i, j in combinations(range(len(parts)), 2):
        if is_array(given[i]) and is_array(given[j]) and given[i].shape == given[j].shape:
            order = list(range(len(parts)))
            order[i], order[j] = j, i
            said = f"({', '.join([ast.unparse(parts[place]) for place in order])})"
            change = lambda v, frame, o=tuple(order): tuple([v[place] for place in o])  # type: ignore[misc]
            yield Edit(site, change, "swapped-outputs", said, "two results are in the wrong order", 4.0)


def is_place(site: Site) -> bool:
    """Whether an expression stands in an index, a bound or a test on whole numbers."""
    chain = (*site.around, site.node)
    for outer, inner in pairwise(chain):
        if isinstance(outer, ast.Subscript) and inner is outer.slice:
            return True
        if isinstance(outer, ast.Call) and isinstance(outer.func, ast.Name) and outer.func.id in ("range", "slice"):
            return True
        if isinstance(outer, ast.If | ast.IfExp) and inner is outer.test:
            return True
    return False


def constants(site: Site) -> Iterator[Edit]:
    """Another plain number."""
    parent = site.around[-1]
    if isinstance(parent, ast.Call) or (isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Pow)):
        return  # arguments have edits of their own, and powers too
    for number in ("0", "1", "2", "3", "4", "0.5"):
        if float(number) != site.node.value:  # type: ignore[attr-defined]  # a Constant
            yield written(site, number, "factor", f"the number should be {number}", 6.0)


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
            kind = "upstream-ignored" if similar(u, values.upstream) and not simple else "wrong-operand"
            sentence = f"{text} belongs where {short(site)} stands"
            plain = simple and not isinstance(parent, ast.Return | ast.Assign)
            yield written(site, text, kind, sentence, 6.0 if plain else 10.0)
        if not in_product:
            yield from factors(site, text, u, values)
        if not in_sum:
            for sign, add in (("+", np.add), ("-", np.subtract)):
                sentence = f"the term {text} is missing"
                yield applied(site, add, text, f"({site.text}) {sign} {text}", "path-dropped", sentence, 10.0)
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
            made = lambda v, w, f=f: v * f(w)  # type: ignore[misc]
            sentence = f"the derivative {said} is missing"
            kind = "mask-forgotten" if ">" in form else "wrong-activation-derivative"
            yield applied(site, made, text, f"({site.text}) * {said}", kind, sentence, 10.0)


def shapes(site: Site, values: Values) -> Iterator[Edit]:
    """The transpose, a reduction, a mean taken away, an axis turned or rolled."""
    v, text = values.last[site], f"({site.text})"
    if v.ndim == 2:
        yield Edit(site, lambda v, frame: v.T, "transpose", f"{text}.T", f"{short(site)} should be transposed", 6.0)
    for axis in range(v.ndim):
        for keep in (False, True):
            for name in ("sum", "mean"):
                said = f"{text}.{name}(axis={axis}{', keepdims=True' if keep else ''})"
                form = getattr(np, name)
                change = lambda v, frame, f=form, a=axis, k=keep: f(v, axis=a, keepdims=k)  # type: ignore[misc]
                yield Edit(site, change, "reduction-missing", said, f"the {name} over axis {axis} is missing", 8.0)
        change = lambda v, frame, a=axis: v - v.mean(axis=a, keepdims=True)  # type: ignore[misc]
        said = f"{text} - {text}.mean(axis={axis}, keepdims=True)"
        yield Edit(site, change, "path-dropped", said, f"its mean over axis {axis} has to be subtracted", 9.0)
        change = lambda v, frame, a=axis: np.flip(v, a)  # type: ignore[misc]
        yield Edit(site, change, "window-offset", f"np.flip({text}, {axis})", f"it is reversed along axis {axis}", 8.0)
        for step in (1, -1):
            change = lambda v, frame, a=axis, s=step: np.roll(v, s, a)  # type: ignore[misc]
            said = f"np.roll({text}, {step}, {axis})"
            yield Edit(site, change, "window-offset", said, f"it is shifted by one along axis {axis}", 8.0)
    change = lambda v, frame: v.sum()
    yield Edit(site, change, "reduction-missing", f"{text}.sum()", "the sum over everything is missing", 8.0)


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
        change = lambda v, frame, f=f: f(v)  # type: ignore[misc]
        yield Edit(site, change, "wrong-activation-derivative", said, sentence, 9.0)
    for text, p in values.arrays(site):
        if p.shape == v.shape and p.ndim and np.allclose(p.sum(axis=-1), 1.0) and np.all(p >= 0.0):
            for other, d in values.arrays(site):
                if d.shape == v.shape and d is not p:
                    made = lambda v, frame, p=expression(text), d=expression(other): softmax_rule(p(frame), d(frame))  # type: ignore[misc]
                    said = f"{text} * ({other} - ({other} * {text}).sum(axis=-1, keepdims=True))"
                    yield Edit(site, made, "softmax-elementwise", said, "every probability depends on every score", 7.0)


def softmax_rule(p: Any, d: Any) -> Any:
    return p * (d - (d * p).sum(axis=-1, keepdims=True))


def kind_of(value: Any, text: str, values: Values) -> str:
    """What the mistake is called when this factor is forgotten or too much."""
    if similar(value, values.upstream):
        return "upstream-ignored"
    if is_array(value) and is_mask(value):
        return "mask-forgotten"
    if any([sign in text for sign in (" > ", " < ", ">=", "<=", "1 - ", "1.0 - ", "np.exp", "np.cos", "np.cosh", "np.tanh")]):
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
    return u.dtype.kind in "fb" and u.ndim <= v.ndim and all([a in (1, b) for a, b in zip(u.shape[::-1], v.shape[::-1])])


def written(site: Site, text: str, kind: str, sentence: str, bits: float, said: str = "") -> Edit:
    """An expression that is evaluated instead."""
    return Edit(site, lambda v, frame: expression(text)(frame), kind, said or text, sentence, bits)


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
