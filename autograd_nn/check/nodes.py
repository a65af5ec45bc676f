"""`check_gradient`: one gradient by hand against a node of a recorded graph.  Layer 8; knows nodes and `check_backward`."""

from __future__ import annotations

import dataclasses
import inspect
from itertools import combinations, permutations
from typing import Any

import numpy as np

from ..errors import NonScalarError, user_line
from ..node import Node
from ..op import record
from ..walk import pull, reach
from .backward import check_backward
from .comparison import bound_of, compare, unit
from .diagnosis import diagnose_numbers
from .report import Finding, Report

__all__ = ["check_gradient"]


def check_gradient(node: Any, hand: Any, name: str | None = None, *, of: Any = None) -> Report:
    """Whether a gradient computed by hand is that of a node of a recorded graph, and if not, why.

    For scripts that go backwards through a computation line by line and compare each result with the library's.

    node      the Tensor or Value, a leaf or an intermediate one, that `hand` is the gradient by
    hand      d of / d node: an array or number of the shape of the node
    name      how to call it in the report (default: the name of the node)
    of        the Tensor or Value of one number that is differentiated: the loss. With it the node needs no .grad, the bound of
              the error is that of a correct backward in this precision, and a mistake is traced to lines of the forward.
              Without it the reference is node.grad, which only leaves have after loss.backward(), and every node after
              loss.backward(keep=True)
    returns   a Report: print it, or read .verdict and .findings; its findings are those of check_backward
    A graph recorded inside `with ag.lines():` remembers its lines, and findings name them.
    Raises TypeError if node is no node, or `of` does not depend on it; ValueError if there is nothing to compare with;
    NonScalarError if `of` holds several numbers.
    Source: the reference is Griewank & Walther 2008, section 3.2 (reverse mode), from `of` down to the node.

    >>> x, W = Tensor([[1.0, 2.0], [3.0, 4.0], [0.5, 1.0], [0.0, 1.0]], "x"), Tensor([[1.0, 2.0, 0.5], [-1.0, 0.0, 3.0]], "W")
    >>> scores = x @ W
    >>> loss = (scores**2).mean()
    >>> dscores = 2.0 * scores.data / scores.size
    >>> print(check_gradient(scores, dscores, "scores", of=loss))
    scores: right
      scores  right: ... attainable digits agree
    ...
    >>> print(check_gradient(W, x.data.T @ dscores * scores.size, of=loss))
    W: wrong
      W  wrong: 6 of 6 entries; worst at ...
      ...all of it is 12 times the right one [factor]
    ...
    """
    check_node(node, of)
    called = name or node.name or "the node"
    given = np.asarray(hand.data if isinstance(hand, Node) else hand)
    if given.dtype.kind not in "fiub":
        text = f"the gradient by hand is {type(hand).__name__} {hand!r:.60}; expected numbers. Give the array that you computed."
        return Report(called, "wrong", (), (Finding(called, "contract", "", "certain", text),), ())
    if given.shape != np.shape(node.data):
        reference = node.grad if of is None else np.asarray(pull((of,), (one(of),), (node,)).get(node, 0.0), float)
        text = misshapen(called, given, np.asarray(reference, float))
        return Report(called, "wrong", (), (Finding(called, "contract", "", "certain", text),), ())
    return with_grad(called, node, given) if of is None else with_graph(called, node, given, of)


def check_node(node: Any, of: Any) -> None:
    """Raises unless there is a node and something to compare with."""
    if not isinstance(node, Node):
        raise TypeError(
            f"check_gradient got {type(node).__name__} {node!r:.60} as the node, at {user_line()}. It expects the Tensor "
            "or Value that the gradient is by, then the gradient by hand. Write check_gradient(W, dW), and make W a Tensor."
        )
    if of is None:
        if node.grad is None:
            raise ValueError(
                f"check_gradient({node.name or 'node'}, ...) has nothing to compare with, at {user_line()}: the node has no "
                ".grad. Pass the loss, check_gradient(node, hand, of=loss), which also finds the line of a mistake, or call "
                "loss.backward(keep=True) before: without keep only leaves get a .grad."
            )
        return
    if not isinstance(of, Node):
        raise TypeError(
            f"check_gradient got {type(of).__name__} {of!r:.60} for of, at {user_line()}. It expects the recorded Tensor "
            "or Value that is differentiated. Pass the loss itself, not its number."
        )
    if np.size(of.data) != 1:
        raise NonScalarError(
            f"check_gradient got an `of` of shape {np.shape(of.data)}, at {user_line()}. A gradient is of one number. Pass the "
            "loss, or (y * upstream).sum() for a cotangent of y."
        )
    if node not in reach((of,), node.index)[1]:
        raise TypeError(
            f"`of` does not depend on {node.name or 'the node'}, at {user_line()}, so there is no gradient to compare with. Pass "
            "the node that the loss was computed from, not a copy or one of another run."
        )


def one(of: Node) -> Any:
    return 1.0 if of.data.__class__ is float else np.ones_like(of.data)


def with_graph(called: str, node: Node, hand: np.ndarray, of: Node) -> Report:
    """The computation from the node to `of` is a forward, and the gradient by hand a backward that is already done."""
    forward, others = computation(node, of, called if called.isidentifier() else "node")
    report = check_backward(
        forward, Given(hand, node, forward.names), value_of(node), *others, wrt=(forward.names[0],), style="gradient"
    )
    lines = any([n.where is not None and n.where.file for n in reach((of,), node.index)[0]])
    unplaced = any([f.certainty != "certain" and not f.site for f in report.findings])
    advice = ("the lines of the forward: record it inside `with ag.lines():`",) if unplaced and not lines else ()
    return renamed(report, forward.names[0], called, advice)


def renamed(report: Report, inner: str, called: str, advice: tuple[str, ...]) -> Report:
    """The report with the name that the user gave."""
    arguments = [dataclasses.replace(a, name=called) if a.name == inner else a for a in report.arguments]
    findings = [dataclasses.replace(f, argument=called) if f.argument == inner else f for f in report.findings]
    return dataclasses.replace(
        report, subject=called, arguments=tuple(arguments), findings=tuple(findings), strength=report.strength + advice
    )


def value_of(node: Node) -> Any:
    return node.data if node.data.__class__ is float else np.array(node.data)


def computation(node: Node, of: Node, name: str) -> tuple[Replay, list]:
    """(the function from the node to `of`, the data of the named leaves beside it: their sizes explain factors)."""
    leaves = [n for n in reach((of,))[0] if n.op is None and n is not node and n.name.isidentifier() and n.name != name]
    leaves = list({n.name: n for n in leaves}.values())
    return Replay(node, of, (name, *[n.name for n in leaves])), [value_of(n) for n in leaves]


class Given:
    """The gradient by hand, as a backward: it is known at the recorded value of the node alone.

    Raises ValueError at any other.
    """

    def __init__(self, hand: np.ndarray, node: Node, names: tuple[str, ...]) -> None:
        self.hand, self.at = hand, value_of(node)
        self.__name__ = "the gradient by hand"
        self.__signature__ = signature(names)

    def __call__(self, x: Any, *others: Any) -> np.ndarray:
        if not np.array_equal(x, self.at, equal_nan=True):
            raise ValueError("the gradient by hand is known at one point alone")
        return self.hand


class Replay:
    """f(x, ...) = the value of `of` if the node were x: the recorded operations again, on arrays or on nodes.

    names   of the parameters: the node, then leaves whose values do not matter
    The results on nodes keep the lines of the recorded ones.
    """

    def __init__(self, node: Node, of: Node, names: tuple[str, ...]) -> None:
        self.node, self.of, self.names = node, of, names
        moving = {node}
        self.order: list[Node] = []
        for n in reversed(reach((of,), node.index)[0]):
            if n.op is not None and n is not node and any([p in moving for p in n.inputs if p is not None]):
                moving.add(n)
                self.order.append(n)
        self.__name__ = "the recorded computation"
        self.__signature__ = signature(names)

    def __call__(self, x: Any, *others: Any) -> Any:
        now: dict[Node, Any] = {self.node: x}
        for n in self.order:
            moved = [now.get(p) if p is not None else None for p in n.inputs]
            plain = [m.data if isinstance(m, Node) else m for m in moved]
            args = tuple([a if m is None else m for a, m in zip(n.args, plain)])
            y = n.op.array(*args)
            if isinstance(x, Node):
                y = record(n.op, y, tuple(moved), args)
                y.where = n.where
            now[n] = y
        return now[self.of]


def signature(names: tuple[str, ...]) -> Any:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Signature([inspect.Parameter(name, kind) for name in names])


def with_grad(called: str, node: Node, hand: np.ndarray) -> Report:
    """Against node.grad: closed forms explain a difference, as there is no way from a node to what was computed from it."""
    r = np.asarray(node.grad, float)
    u = max(unit(hand.dtype), unit(np.asarray(node.data).dtype))
    largest = float(np.max(np.abs(r), initial=0.0))
    bound = bound_of(r, np.abs(r) + largest, u)
    argument = compare(called, hand, r, bound, u)
    findings = () if argument.verdict != "wrong" else (diagnose(called, hand, r, bound),)
    return Report(called, argument.verdict, (argument,), findings, (ONLY_GRAD,))


ONLY_GRAD = (
    "the reference itself: it is node.grad, which adds up over calls of backward(), and the bound of the error does not know "
    "what cancels. Pass the loss, of=loss"
)


def diagnose(called: str, hand: np.ndarray, reference: np.ndarray, bound: np.ndarray) -> Finding:
    """The cause of a difference that closed forms can tell."""
    sizes = {f"{called}.shape[{k}]": float(n) for k, n in enumerate(reference.shape)}
    return diagnose_numbers(called, hand.astype(float), reference, bound, sizes)


def misshapen(called: str, hand: np.ndarray, reference: np.ndarray) -> str:
    """What is wrong with the shape of a gradient, in a sentence."""
    happened = f"the gradient by hand has shape {hand.shape}, and {called} has {reference.shape}; they must agree."
    for describe in (not_summed, summed_too_much, reordered):
        found = describe(called, hand, reference)
        if found:
            return f"{happened} {found}"
    return f"{happened} Look at the shapes on the line that computes it."


def axes_of(ndim: int) -> list[tuple[int, ...]]:
    return [axes for count in range(1, ndim + 1) for axes in combinations(range(ndim), count)]


def close(x: np.ndarray, z: np.ndarray) -> bool:
    return x.shape == z.shape and bool(np.allclose(x, z, rtol=1e-6, atol=1e-9 * float(np.max(np.abs(z), initial=0.0))))


def not_summed(called: str, hand: np.ndarray, reference: np.ndarray) -> str:
    """It has the shape of what the node was broadcast to."""
    fits = [
        (axes, keep)
        for axes in axes_of(hand.ndim)
        for keep in (False, True)
        if np.shape(hand.sum(axis=axes, keepdims=keep)) == reference.shape
    ]
    if not fits:
        return ""
    right = [pair for pair in fits if close(hand.sum(axis=pair[0], keepdims=pair[1]), reference)]
    axes, keep = (right or fits)[0]
    if all([hand.shape[k] == 1 for k in axes]):
        return f"It has an axis of size 1 too many: take it away with .reshape({reference.shape})."
    call = f".sum(axis={axes[0] if len(axes) == 1 else axes}{', keepdims=True' if keep else ''})"
    then = "with it the numbers are right too" if right else "with it the numbers are still wrong"
    return f"{called} was broadcast, so what arrives at its copies is summed: {call} is missing ({then})."


def summed_too_much(called: str, hand: np.ndarray, reference: np.ndarray) -> str:
    """It has the shape of a sum of the right one."""
    for axes in axes_of(reference.ndim):
        for keep in (False, True):
            total = reference.sum(axis=axes, keepdims=keep)
            if np.shape(total) == hand.shape:
                if all([reference.shape[k] == 1 for k in axes]):
                    return f"An axis of size 1 is missing: keep it with keepdims=True, or .reshape({reference.shape})."
                which = f"axis {axes[0]}" if len(axes) == 1 else f"axes {axes}"
                exact = "It is the right gradient, summed" if close(hand, total) else "It looks summed"
                return f"{exact} over {which} of {called}: leave the sum away."
    return ""


def reordered(called: str, hand: np.ndarray, reference: np.ndarray) -> str:
    """It has the axes of the node in another order."""
    if hand.ndim != reference.ndim or not 2 <= hand.ndim <= 5:
        return ""
    fits = [p for p in permutations(range(hand.ndim)) if hand.transpose(p).shape == reference.shape]
    if not fits:
        return ""
    right = [p for p in fits if close(hand.transpose(p), reference)]
    call = ".T" if hand.ndim == 2 else f".transpose({(right or fits)[0]})"
    return f"Its axes are in another order: take {call}" + (", which gives the right numbers." if right else ".")
