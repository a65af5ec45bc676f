"""Every edit of an expression: operators, axes, stores, indices, its value.  Layer 8; knows edits and syntax trees."""

from __future__ import annotations

import ast
import operator
from collections.abc import Iterator
from functools import partial
from itertools import combinations, pairwise
from types import FrameType
from typing import Any

import numpy as np

from .repair_edits import (
    Edit,
    Values,
    clean,
    expression,
    formed,
    in_slope,
    is_array,
    is_number,
    kind_of,
    parallel,
    written,
)
from .repair_operands import functions, operands, shapes
from .repair_source import Site

__all__ = ["edits", "is_filled"]


def edits(site: Site, values: Values) -> Iterator[Edit]:
    """Every edit of one expression, from the plain ones to the far-fetched."""
    v = values.last[site]
    if is_filled(site):
        return
    yield from structure(site, values)
    yield from stores(site, values)
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
            equality = {sign, COMPARISONS.get(type(node.ops[0]))} in ({">", ">="}, {"<", "<="})
            kind = "kink-choice" if equality else "mask-forgotten"
            yield written(site, f"({left}) {sign} ({right})", kind, "the comparison picks the wrong entries", 7.0)
    if isinstance(node, ast.Call):
        yield from calls(site, node, values)
    parent = site.around[-1]
    if isinstance(parent, ast.Call) and any([w.arg == "ddof" and w.value is node for w in parent.keywords]):
        for n in (0, 1):
            yield written(site, str(n), "ddof-or-eps", f"the forward divides as with ddof={n}", 4.0)
    if isinstance(parent, ast.Call) and is_axis(parent, node):
        yield from axes(site, parent, values)


COMPARISONS = {ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<="}


def binary(site: Site, node: ast.BinOp, values: Values) -> Iterator[Edit]:
    """Edits of `left op right`."""
    left, right = f"({ast.unparse(node.left)})", f"({ast.unparse(node.right)})"
    sides = {id(s.node): v for s, v in values.last.items() if s.node in (node.left, node.right)}
    a: Any = sides.get(id(node.left))
    b: Any = sides.get(id(node.right))
    if isinstance(node.op, ast.Add | ast.Sub):
        other = "-" if isinstance(node.op, ast.Add) else "+"
        yield written(site, f"{left} {other} {right}", "sign", "a term has the wrong sign", 5.0)
        for kept, gone, value in ((left, right, b), (right, left, a)):
            kind = extra(value, values)
            if is_number(value):
                small = abs(float(value)) < 1e-2 or (abs(float(value)) == 1.0 and not is_array(values.last[site]))
                kind = "ddof-or-eps" if small else "wrong-activation-derivative"
            yield written(site, kept, kind, f"the term {clean(gone)} is too much", 8.0)
    if isinstance(node.op, ast.Mult | ast.Div):
        other = "/" if isinstance(node.op, ast.Mult) else "*"
        kind = "wrong-operand" if is_array(b) else "factor"
        sentence = f"{clean(right)} stands on the wrong side of the fraction"
        yield written(site, f"{left} {other} {right}", kind, sentence, 8.0 if is_array(b) else 6.0)
        for kept, gone, value in ((left, right, b), (right, left, a)):
            bits = 8.0 if is_array(value) else 5.0
            kind = kind_of(value, gone, values)
            if kind == "wrong-operand" and is_array(value) and np.all(value == np.round(value)) and other == "*":
                kind = "reduction-missing"  # divided by counts: a mean where a sum belongs
            elif kind == "wrong-operand" and in_slope(site):
                kind = "wrong-activation-derivative"
            yield written(site, kept, kind, f"the factor {clean(gone)} is too much", bits)
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


def extra(value: Any, values: Values) -> str:
    """What a term too much is called."""
    return "regulariser" if any([parallel(value, x) for x in values.inputs.values()]) else "path-doubled"


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
        value: Any = next((v for s, v in values.last.items() if s.node is reduced), None)
        for axis in [*range(value.ndim if is_array(value) else 0), None]:
            for keep in (True, False):
                made = f"({ast.unparse(reduced)}).{name}(axis={axis}, keepdims={keep})"
                yield written(site, made, "wrong-axis", f"the {name} is over the wrong axis", 6.0)
    for names in (
        ("sin", "cos"),
        ("tanh", "arctan"),
        ("exp", "log", "expm1", "log1p"),
        ("maximum", "minimum"),
        ("floor", "ceil"),
    ):
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
    value: Any = next((v for s, v in values.last.items() if s.node is reduced), None)
    ndim = min(value.ndim, 5) if is_array(value) else 0
    choices = [a for size in (1, 2, 3) for a in combinations(range(ndim), size)]
    for choice in choices:
        text = str(choice[0]) if len(choice) == 1 else str(choice)
        yield written(site, text, "wrong-axis", f"it should go over axis {text}", 4.0)


def stores(site: Site, values: Values) -> Iterator[Edit]:
    """`=` for `+=`, and the other way round."""
    s = site.statement
    if isinstance(s, ast.AugAssign) and s.value is site.node and isinstance(s.op, ast.Add | ast.Sub):
        target = ast.unparse(s.target)
        sign, change = ("+", np.add) if isinstance(s.op, ast.Add) else ("-", np.subtract)
        set_to = f"({site.text}) - {target}" if sign == "+" else f"{target} - ({site.text})"
        kind = "state-not-reset" if "." in target else "path-doubled"
        yield written(
            site, set_to, kind, f"what was in {target} before is added: use `=`", 6.0, f"{target} = {site.text}"
        )
        kind = extra(values.last[site], values)
        yield formed(site, np.zeros_like, kind, "0", f"what is added to {target} here is too much", 7.0)
        if isinstance(s.target, ast.Subscript):
            sentence = "an index that comes twice counts once: each store overwrites the one before"
            yield at_once(site, s.target, change, sign, sentence, 5.0)
    if isinstance(s, ast.Assign) and s.value is site.node and len(s.targets) == 1:
        goal = s.targets[0]
        if isinstance(goal, ast.Subscript | ast.Name | ast.Attribute):
            text = ast.unparse(goal)
            sentence = f"it overwrites what was in {text}: use `+=`"
            yield written(site, f"{text} + ({site.text})", "overwritten", sentence, 6.0, f"{text} += {site.text}")
        if isinstance(goal, ast.Subscript):
            yield at_once(site, goal, np.add, "+", "an index that comes twice counts once: use np.add.at", 6.0)


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
        yield formed(site, partial(operator.add, step), "window-offset", text, sentence, 6.0)


def is_filled(site: Site) -> bool:
    """Whether an array is written into here, not read: np.add.at(dW, ...)."""
    parent = site.around[-1]
    if not isinstance(parent, ast.Call):
        return False
    at = isinstance(parent.func, ast.Attribute) and parent.func.attr == "at"
    return (at and parent.args[:1] == [site.node]) or any(
        [w.arg == "out" and w.value is site.node for w in parent.keywords]
    )


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
            change = operator.itemgetter(*order)
            yield formed(site, change, "swapped-outputs", said, "two results are in the wrong order", 4.0)


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
    chosen = isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute) and parent.func.attr == "where"
    if not chosen and not (isinstance(parent, ast.BinOp) and not isinstance(parent.op, ast.Pow)):
        return  # powers and comparisons have edits of their own, and other arguments are axes and sizes
    for number in ("1", "2", "3", "4", "0.5"):
        if number != site.text:
            yield written(site, number, "factor", f"the number should be {number}", 6.0)
