"""How a scalar node is stored, recorded and swept: for speed.  Layer 4; knows the record and floats, no operation and no arrays.

Every other reader sees a scalar as any node: op, inputs, args, index.  What makes it fast is that a node is one object: its one
or two inputs and arguments stand in slots, not in tuples, so the cyclic collector has a third as much to walk, and slots that
are rarely asked for stay unset (node.py).  Together: 0.7 instead of 1.5 times a lean scalar class (benchmarks/run.py).
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any, ClassVar

from .node import Node, next_index
from .op import RAISES, Op, Operation, ieee
from .place import current, located

__all__ = ["Scalar", "method", "sweep"]

new = object.__new__
by_index = attrgetter("index")


class Scalar(Node, data=float):
    """The storage of a node whose data is a Python float.

    p, q   the nodes that the first and second argument came from, or None; a, b the arguments, plain floats
    An operation of three arguments or more has tuples in p and a.
    """

    __slots__ = ("a", "b", "p", "q")
    initial_grad: ClassVar[float] = 0.0

    @property
    def inputs(self) -> tuple:
        count = 0 if self.op is None else len(self.op.vjps)
        return (self.p, self.q) if count == 2 else (self.p,) if count == 1 else self.p if count else ()

    @inputs.setter
    def inputs(self, nodes: tuple) -> None:
        if len(nodes) == 2:
            self.p, self.q = nodes
        else:
            self.p = (
                nodes[0] if len(nodes) == 1 else nodes or None
            )  # None: a leaf, which may pass as a variable for a while

    @property
    def args(self) -> tuple:
        count = 0 if self.op is None else len(self.op.vjps)
        return (self.a, self.b) if count == 2 else (self.a,) if count == 1 else self.a if count else ()

    @args.setter
    def args(self, numbers: tuple) -> None:
        if len(numbers) == 2:
            self.a, self.b = numbers
        else:
            self.a = numbers[0] if len(numbers) == 1 else numbers or None


def method(operation: Operation) -> Operation:
    """An elementwise operation as a method of scalars: the same node as the function makes, sooner.

    The function takes over where an argument is anything but a scalar or a float.
    """
    op = operation.op
    return unary_method(operation, op) if len(op.vjps) == 1 else binary_method(operation, op)


def unary_method(operation: Operation, op: Op) -> Any:
    scalar: Any = op.scalar

    def record(x):
        a = x.data
        try:
            y = scalar(a)
        except RAISES:
            y = ieee(op, a)
        if (
            y.__class__ is not float or a.__class__ is not float
        ):  # a leaf whose data was rebound to another kind of number
            return operation(x)
        n = new(x.__class__)
        n.data = y
        n.op = op
        n.p = x
        n.a = a
        n.index = next_index()
        place = current()
        if place is not None:
            n._where = located(place) if place.lines else place
        return n

    record.__doc__ = operation.__doc__
    return record


def binary_method(operation: Operation, op: Op) -> Any:
    scalar: Any = op.scalar

    def record(x, z):
        kind = x.__class__
        if z.__class__ is kind:
            q = z
            b = z.data
        elif z.__class__ is float:
            q = None
            b = z
        else:
            return operation(x, z)
        a = x.data
        try:
            y = scalar(a, b)
        except RAISES:
            y = ieee(op, a, b)
        except TypeError:
            return operation(x, z)
        if y.__class__ is not float or a.__class__ is not float or b.__class__ is not float:
            return operation(x, z)
        n = new(kind)
        n.data = y
        n.op = op
        n.p = x
        n.q = q
        n.a = a
        n.b = b
        n.index = next_index()
        place = current()
        if place is not None:
            n._where = located(place) if place.lines else place
        return n

    record.__doc__ = operation.__doc__
    return record


def sweep(output: Scalar) -> None:
    """The reverse walk (walk.pull) over scalars alone, filling `grad`: leaves accumulate, other nodes show this sweep.

    The rules are the records' own; the cotangents are in a dict, so that two threads may sweep the same graph.
    """
    cot: dict[Any, Any] = {output: None}  # node -> cotangent so far; None until one arrives, and then no rule runs
    found: list[Any] = [output]
    put = found.append
    for n in found:  # `found` grows while we read it; the two inputs are unrolled, as a tuple would cost a fifth more
        if n.op is None:
            continue
        count = len(n.op.vjps)
        if count > 2:
            for p in n.p:
                if p is not None and p not in cot:
                    cot[p] = None
                    put(p)
            continue
        p = n.p
        if p is not None and p not in cot:
            cot[p] = None
            put(p)
        if count == 2:
            p = n.q
            if p is not None and p not in cot:
                cot[p] = None
                put(p)
    found.sort(key=by_index, reverse=True)
    cot[output] = 1.0
    for n in found:
        g, op = cot[n], n.op
        if op is None:
            if g is not None:
                n.grad = float(n.grad + g)  # a rule of one's own may give a NumPy number
            continue
        if g is None:
            n._grad = 0.0
            continue
        n._grad = g
        rules = op.vjps
        if len(rules) == 2:
            p, q = n.p, n.q
            if p is not None and rules[0] is not None:
                d = rules[0](g, n.data, n.a, n.b)
                cot[p] = d if (c := cot[p]) is None else c + d
            if q is not None and rules[1] is not None:
                d = rules[1](g, n.data, n.a, n.b)
                cot[q] = d if (c := cot[q]) is None else c + d
        elif len(rules) == 1:
            p = n.p
            if p is not None and rules[0] is not None:
                d = rules[0](g, n.data, n.a)
                cot[p] = d if (c := cot[p]) is None else c + d
        else:
            for p, rule in zip(n.p, rules):
                if p is not None and rule is not None:
                    d = float(rule(g, n.data, *n.a))
                    cot[p] = d if (c := cot[p]) is None else c + d
