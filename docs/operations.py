"""Writes docs/operations.md: every operation and every function made of operations, read off their records.

    python docs/operations.py

A derivative is printed by running the rule on symbols: named Tensors go in, and the recorded result is written as a formula.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

import autograd_nn.nn  # noqa: F401  # enters its functions; it loads at first use
from autograd_nn import Tensor
from autograd_nn.composition import COMPOSITIONS, Composition
from autograd_nn.domain import Increasing, Interval, Matrices, Shape
from autograd_nn.expressions import constant, expression, written
from autograd_nn.op import REGISTRY, Op
from autograd_nn.several import Parts

TARGET = Path(__file__).with_name("operations.md")
LETTERS = "xzuvwabcd"  # of the arguments
LONGEST = 300  # characters of a formula worth reading
MOVING = ("name", "y", "cotangents", "sampled at", "kinks and ties", "NumPy")

HEAD = """# Operations

Generated from the records by `python docs/operations.py`; a test keeps it up to date. {records} operations with a derivative
and {compositions} functions made of them; {constants} operations through which no gradient flows.

**How to read it.** y is the result, g its cotangent (dL/dy), x, z, u ... are the arguments in order. Each cotangent was printed
by running the rule on symbols, with the settings of the first test case (shapes, axes). Broadcasting does not appear: the walk
sums every cotangent to the shape of its argument. Every derivative, to third order, is tested against a complex step or
differences (`tests/op_checks.py`). At a kink or tie each operation has one stated choice, the same in reverse and forward mode,
for scalars and arrays.
"""


def main() -> int:
    """Writes the file."""
    TARGET.write_text(page(), encoding="utf-8")
    return 0


def page() -> str:
    """The whole document."""
    moving = sorted([op for op in REGISTRY.values() if op.kind != "nondifferentiable"], key=lambda op: op.name)
    still = sorted([op for op in REGISTRY.values() if op.kind == "nondifferentiable"], key=lambda op: op.name)
    made = sorted(COMPOSITIONS.values(), key=lambda made: made.name)
    return HEAD.format(records=len(moving), compositions=len(made), constants=len(still)) + "".join(
        [
            table("Operations with a derivative", MOVING, [row(op) for op in moving]),
            table(
                "Functions made of operations",
                ("name", "what it gives", "kinks and ties", "NumPy"),
                map(composed, made),
            ),
            table("Without a gradient", ("name", "y", "NumPy"), [constant_row(op) for op in still]),
        ]
    )


def table(title: str, names: tuple, rows: Iterable[tuple]) -> str:
    """A section with a table in Markdown."""
    lines = ["| " + " | ".join([cell(c) for c in line]) + " |" for line in (names, ["---"] * len(names), *rows)]
    return f"\n## {title}\n\n" + "\n".join(lines) + "\n"


def constant_row(op: Op) -> tuple:
    return f"`{op.name}`", op.function.__doc__.split(" No gradient")[0].split("\n\n")[0], functions(op.numpy)


def row(op: Op) -> tuple:
    args, active = arguments(op)
    names = dict(zip(active, LETTERS))
    nodes = [Tensor(a, names[i]) if i in active else a for i, a in enumerate(args)]
    y = op.function(*nodes)
    symbols = {n: n.name for n in nodes if isinstance(n, Tensor)}
    if isinstance(y, tuple | list):
        y = y[0].inputs[0]
        g = {i: Tensor(np.ones(np.shape(part)), f"g[{i}]") for i, part in enumerate(y.data)}
        symbols |= {n: n.name for n in g.values()}
        upstream = lambda: Parts(dict(g))  # a walk adds to the Parts that it is given
    else:
        one = Tensor(np.ones(np.shape(y.data)), "g")
        symbols[one] = "g"
        upstream = lambda: one
    symbols[y] = "y"
    formula = ast.unparse(written(op, [ast.Name(names[i]) if i in active else constant(a) for i, a in enumerate(args)]))
    rules = [(names[i], expression(op.vjps[i](upstream(), y, *nodes), symbols)) for i in active if op.vjps[i]]
    cotangents = "<br>".join(
        [f"d{name}: {f'`{text}`' if readable(text) else 'see the source'}" for name, text in rules]
    )
    where = ", ".join(dict.fromkeys([region(d) for d in op.domain]))
    return f"`{op.name}`", f"`{formula}`", cotangents, where, op.kink, functions(op.numpy)


def readable(text: str) -> bool:
    """Whether a formula is worth printing: not too long, and without arrays that were computed on the way."""
    return len(text) <= LONGEST and not re.search(r"np\.array\(.*?\d\.\d{6}", text)


def arguments(op: Op) -> tuple[list, list[int]]:
    """The first case of a record with arrays in it, and which arguments they are."""
    rng = np.random.default_rng(0)
    case = op.cases[0] if op.cases else (Shape(2),) * len(op.vjps)
    active = [i for i, a in enumerate(case) if isinstance(a, Shape | Interval)]
    domains = {i: op.domain[min(i, len(op.domain) - 1)] for i in active}
    return [
        domains[i].sample(rng, a if isinstance(a, Shape) else (2,)) if i in active else a for i, a in enumerate(case)
    ], active


def region(d: Any) -> str:
    """Where an argument is sampled."""
    if isinstance(d, Increasing):
        return "increasing numbers"
    if isinstance(d, Matrices):
        return f"{d.kind} matrices"
    ends = f"{'±' if d.mirrored else ''}[{d.low:g}, {d.high:g}]"
    return ends + (f" without {', '.join([f'{k:g}' for k in d.avoid])}" if d.avoid else "")


def composed(made: Composition) -> tuple:
    return f"`{made.name}`", made.function.__doc__.split("\n\n")[0], made.kink, functions(made.numpy)


def functions(numpy: tuple) -> str:
    found = []
    for f in numpy:
        module = (getattr(f, "__module__", None) or "numpy").replace("numpy", "np", 1)
        found.append(f"`{module}.{f.__name__}`".replace("np._core.umath.", "np."))
    return ", ".join(dict.fromkeys(found))


def cell(text: str) -> str:
    """Text for a cell of a table: on one line, with bars that do not end the cell."""
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
