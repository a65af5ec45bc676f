"""Operations of one's own, from plain functions and rules that are checked.  Layer 5; knows the record, no operation."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .errors import OutputError, RuleError, user_line
from .node import Node
from .op import Op, caller
from .reverse import vjp as vjp_of

__all__ = ["custom"]

ENTRIES = 64  # of an argument are compared at most, at random places; each costs four evaluations


def custom(
    forward: Callable | None = None,
    *,
    vjp: Sequence[Callable | None],
    jvp: Callable | None = None,
    example: Sequence | None = None,
) -> Callable:
    r"""A new operation y = forward(x, z, ...) from a plain function and its derivative rules; also as a decorator.

    forward   function of arrays (or floats) to one array (or float), in plain NumPy or anything else
    vjp       one rule for each parameter of forward: rule(g, y, x, z, ...) is g^T dy/dx, of the shape of that argument;
              None for a parameter that is not differentiated. Write rules with operators and NumPy functions: they also run on
              Tensors, which is what makes second derivatives
    jvp       jvp(tangents, y, x, z, ...) for forward mode, with None for a zero tangent; left out, it comes from the vjp rules
    example   arguments to check the rules on, now; left out, they are checked at the first call
    returns   the operation: on Tensors and Values it records, on plain data it is forward. Its record is at `.op`
    The check compares every rule with one-sided and central differences of forward in float64; where the two sides differ (a
    kink) it does not judge. Raises RuleError, which names the argument and says how the rule differs; OutputError if forward
    does not return one array of real numbers; TypeError if there is not one rule for each parameter.

    >>> @custom(vjp=(lambda g, y, x: g * 3.0 * x**2,), example=(np.array([1.0, -2.0]),))
    ... def cube(x):
    ...     return x**3
    >>> grad(cube)(2.0)
    12.0
    """
    if forward is None:
        return functools.partial(custom, vjp=vjp, jvp=jvp, example=example)
    name = getattr(forward, "__name__", type(forward).__name__)
    signature = inspect.signature(forward)
    check_signature(name, signature, vjp)

    def kernel(*args: Any) -> Any:
        y = forward(*args)
        if isinstance(y, Node) or np.asarray(y).dtype.kind not in "fiub":
            raise OutputError(
                f"custom operation {name} returned {type(y).__name__} {y!r:.60}, at {user_line()}. forward takes "
                "plain data and returns one array or number. A Tensor that it uses must be one of its parameters; "
                "return the numbers."
            )
        return y

    op = Op(
        name=name,
        scalar=lambda *args: float(kernel(*args)),
        array=kernel,
        vjps=tuple(vjp),
        kind="custom",
        jvp=jvp or functools.partial(transposed, tuple(vjp)),
        source=f"{name}({', '.join(f'{{{i}}}' for i in range(len(vjp)))})",
        latex=rf"\mathrm{{{{{name}}}}}({', '.join(f'{{{i}}}' for i in range(len(vjp)))})",
    )
    record = caller(op, signature)
    unchecked = [True]

    @functools.wraps(forward)
    def operation(*args: Any, **keywords: Any) -> Any:
        y = record(*args, **keywords)
        if unchecked and isinstance(y, Node):
            check_rules(op, y.args, jvp)
            unchecked.clear()
        return y

    operation.op = op.function = operation  # type: ignore[attr-defined]
    operation.op = op  # type: ignore[attr-defined]
    if example is not None:
        bound = signature.bind(*example)
        bound.apply_defaults()
        check_rules(op, tuple(bound.arguments.values()), jvp)
        unchecked.clear()
    return operation


def check_signature(name: str, signature: inspect.Signature, rules: Sequence) -> None:
    """Raises unless there is one rule for each of a fixed number of parameters."""
    variadic = [p.name for p in signature.parameters.values() if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if variadic or len(rules) != len(signature.parameters):
        raise TypeError(
            f"custom operation {name}{signature} got {len(rules)} vjp rules, at {user_line()}. It needs one for each "
            "parameter, None for one that is not differentiated, and no *args. Write vjp=(rule of the first, rule of "
            "the second, ...)."
        )


def transposed(rules: tuple, tangents: list, y: Any, *args: Any) -> Any:
    """J t from the rule g -> g^T J, which is linear in g: its own vjp is the Jacobian again."""
    total = None
    for rule, t in zip(rules, tangents):
        if t is not None and rule is not None:
            zeros = np.zeros_like(y.data if isinstance(y, Node) else y)
            through, pull = vjp_of(lambda g, rule=rule: rule(g, y, *args), zeros)
            (d,) = pull(t * np.ones_like(through.data if isinstance(through, Node) else through))
            total = d if total is None else total + d
    return total


def check_rules(op: Op, args: tuple, jvp: Callable | None) -> None:
    """Raises RuleError for the first rule that differs from differences of the kernel at these arguments."""
    args = tuple([np.asarray(a, np.float64) if r is not None else a for a, r in zip(args, op.vjps)])
    y = np.asarray(op.array(*args), np.float64)
    rng = np.random.default_rng(0)
    g = rng.normal(size=y.shape)
    names = tuple(inspect.signature(op.function).parameters)
    for i, rule in enumerate(op.vjps):
        if rule is None:
            continue
        given = np.asarray(rule(g, y, *args), np.float64)
        if given.shape != args[i].shape:
            raise RuleError(
                f"the vjp rule of argument {i} ({names[i]!r}) of {op.name} returned shape {given.shape}, at "
                f"{user_line()}. It must have the shape of the argument, {args[i].shape}, for a cotangent of shape "
                f"{g.shape}. Sum or reshape it."
            )
        places = rng.permutation(args[i].size)[:ENTRIES]
        truth = [slope(op, args, i, np.unravel_index(k, given.shape), g) for k in places]
        compare(
            f"vjp rule of argument {i} ({names[i]!r}) of {op.name}", given.ravel()[places], truth, places, given.shape
        )
    if jvp is not None:
        check_jvp(op, args, y, jvp, rng)


def check_jvp(op: Op, args: tuple, y: np.ndarray, jvp: Callable, rng: np.random.Generator) -> None:
    """Raises RuleError if the jvp rule disagrees with the (checked) vjp rules: g^T (J t) = (g^T J) t for random g and t."""
    g = rng.normal(size=y.shape)
    for i, rule in enumerate(op.vjps):
        if rule is not None:
            t = rng.normal(size=args[i].shape)
            dy = np.asarray(jvp([t if k == i else None for k in range(len(args))], y, *args))
            expected, got = np.sum(rule(g, y, *args) * t), np.sum(g * dy)
            if dy.shape != y.shape or abs(got - expected) > 1e-9 * (1.0 + abs(expected)):
                raise RuleError(
                    f"the jvp rule of {op.name} disagrees with the vjp rule of argument {i}, at {user_line()}: for "
                    f"random g and t, g^T (J t) is {got:.6g} but (g^T J) t is {expected:.6g}, and its shape is "
                    f"{dy.shape} for a result of shape {y.shape}. Leave jvp out: it is derived from the vjp rules."
                )


def slope(op: Op, args: tuple, i: int, place: tuple, g: np.ndarray) -> tuple[float, float] | None:
    """(d g.y / d args[i][place] by differences, its error bound), or None where the two sides differ: a kink."""
    x = args[i][place]
    h = 1e-3 * max(1.0, abs(x))

    def moved(step: float) -> float:
        shifted = args[i].copy()
        shifted[place] = x + step
        return float(np.sum(g * np.asarray(op.array(*args[:i], shifted, *args[i + 1 :]), np.float64)))

    far, near = [(moved(s) - moved(-s)) / (2 * s) for s in (h, h / 2)]
    sides = [(-3 * moved(0.0) + 4 * moved(s) - moved(2 * s)) / (2 * s) for s in (h / 2, -h / 2)]
    truth = (4 * near - far) / 3
    spread = max(abs(s - truth) for s in sides)
    error = abs(truth - near) + spread + 1e-10 * (1.0 + abs(truth)) / h * h
    return (truth, error) if spread <= 1e-3 * (1.0 + abs(truth)) else None


def compare(what: str, given: np.ndarray, truth: list, places: np.ndarray, shape: tuple) -> None:
    """Raises RuleError if an entry lies outside of its error bound; says whether a factor explains it."""
    judged = [(a, *t, k) for a, t, k in zip(given, truth, places) if t is not None]
    wrong = [(abs(a - t), a, t, k) for a, t, error, k in judged if not abs(a - t) <= 10 * error + 1e-7 * (1.0 + abs(t))]
    if not wrong:
        return
    a, t = np.array([x[0] for x in judged]), np.array([x[1] for x in judged])
    factor = float(a @ t / (t @ t)) if np.any(t) else 0.0
    explained = np.allclose(a, factor * t, rtol=1e-4, atol=1e-6 * np.max(np.abs(t), initial=1.0))
    _, got, expected, k = max(wrong)
    place = tuple(int(j) for j in np.unravel_index(k, shape))
    hint = (
        f" All of it is {factor:.4g} times the right one."
        if explained
        else f" {len(wrong)} of {len(judged)} entries differ."
    )
    raise RuleError(
        f"the {what} is wrong, at {user_line()}: entry {place} of g^T J is {got:.6g}, differences of forward say "
        f"{expected:.6g}.{hint} Correct the rule, or check it at another point with example=."
    )
