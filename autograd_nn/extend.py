"""Operations of one's own, from plain functions and rules that are checked.  Layer 5; knows the record, no operation."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .differences import Slope, slope
from .errors import DtypeError, OutputError, RuleError, user_line
from .node import Node
from .op import Op, caller, data_of, record
from .reverse import vjp as vjp_of
from .variables import plain

__all__ = ["check_rules", "custom"]

ENTRIES = 64  # of an argument are compared at most, at random places; each costs about ten evaluations
WORK = 2**18  # numbers; of larger arrays fewer entries are compared, so that the first call is not slow


def custom(
    forward: Callable | None = None,
    *,
    vjp: Sequence[Callable | None],
    jvp: Callable | None = None,
    example: Sequence | None = None,
) -> Callable:
    r"""A new operation y = forward(x, z, ...) from a plain function and its derivative rules; also as a decorator.

    forward   function of arrays (or floats) to one array (or float), in plain NumPy or anything else, that computes the same
              at every call
    vjp       one rule for each parameter of forward: rule(g, y, x, z, ...) is g^T dy/dx, of the shape of that argument;
              None for a parameter that is not differentiated. Write rules with operators and NumPy functions: they also run on
              Tensors, which is what makes second derivatives
    jvp       jvp(tangents, y, x, z, ...) for forward mode, with None for a zero tangent; left out, it comes from the vjp rules
    example   a tuple of arguments to check the rules on, now; left out, they are checked at the first call on a Tensor or Value
    returns   the operation: on Tensors and Values it records, on plain data it is forward. Its record is at `.op`
    The check compares every rule with differences of forward in float64, along random directions and at up to 64 entries; where
    differences do not tell the derivative (kinks, infinities) it does not judge, and looks at the next call again. A rule that
    is not the derivative on purpose is no operation: write x + stop_gradient(rounded(x) - x).
    Raises RuleError, which names the argument and says how the rule differs; OutputError if forward does not return one array of
    real numbers; TypeError if there is not one rule for each parameter.

    >>> @custom(vjp=(lambda g, y, x: g * 3.0 * x**2,), example=(np.array([1.0, -2.0]),))
    ... def cube(x):
    ...     return x**3
    >>> grad(cube)(2.0)
    12.0
    """
    if forward is None:
        return functools.partial(custom, vjp=vjp, jvp=jvp, example=example)
    name = getattr(forward, "__name__", type(forward).__name__)
    signature = check_signature(name, forward, vjp)
    kernel = functools.partial(checked_kernel, name, forward)

    def number(*args: Any) -> float:
        y = np.asarray(kernel(*args))
        if y.ndim:
            raise refused(name, y)
        return float(y)

    slots = ", ".join([f"{{{i}}}" for i in range(len(vjp))])
    op = Op(
        name=name,
        scalar=number,
        array=kernel,
        vjps=tuple(vjp),
        kind="custom",
        jvp=jvp or functools.partial(transposed, tuple(vjp)),
        source=f"{name}({slots})",
        latex=rf"\mathrm{{{{{name}}}}}({slots})",
    )
    call = caller(op, signature)
    unchecked = [True]

    @functools.wraps(forward)
    def operation(*args: Any, **keywords: Any) -> Any:
        if not any([isinstance(x, Node) for x in (*args, *keywords.values())]):
            return checked_output(name, forward(*args, **keywords))
        y = call(*args, **keywords)
        if unchecked and check_rules(op, y.args, jvp):
            unchecked.clear()
        return y

    op.function, operation.op = operation, op  # type: ignore[attr-defined]  # a function with its record
    if example is not None and check_rules(op, bound(name, signature, example), jvp):
        unchecked.clear()
    return operation


def checked_kernel(name: str, forward: Callable, *args: Any) -> Any:
    """What forward returns, as floats."""
    y = checked_output(name, forward(*args))
    return y if np.asarray(y).dtype.kind == "f" else np.asarray(y, float)


def checked_output(name: str, y: Any) -> Any:
    """One array or number; raises OutputError for anything else."""
    if isinstance(y, Node | list | tuple) or np.asarray(y).dtype.kind not in "fiub":
        raise refused(name, y)
    return y


def refused(name: str, y: Any) -> OutputError:
    return OutputError(
        f"custom operation {name} returned {type(y).__name__} {y!r:.60}, at {user_line()}. forward takes plain data and returns "
        "one array or number, for floats (Values) one number. A Tensor that it uses must be one of its parameters; return the "
        "numbers, several outputs stacked in one array."
    )


def check_signature(name: str, forward: Callable, rules: Any) -> inspect.Signature:
    """The parameters of forward; raises TypeError unless there is one rule for each of a fixed number."""
    if not callable(forward):
        raise TypeError(
            f"custom got {type(forward).__name__} {forward!r:.60} as forward, at {user_line()}. It expects a function. Write "
            "custom(f, vjp=(...)), or @custom(vjp=(...)) above its definition."
        )
    try:
        signature = inspect.signature(forward)
    except ValueError:
        raise TypeError(
            f"custom operation {name} does not tell its parameters, at {user_line()}. Wrap it: lambda x: {name}(x)."
        ) from None
    parameters = signature.parameters.values()
    fixed = all([p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters])
    several = isinstance(rules, list | tuple) and all([r is None or callable(r) for r in rules])
    if not (fixed and several and len(rules) == len(parameters)):
        given = f"{len(rules)} vjp rules" if several else f"{rules!r:.60} for vjp"
        raise TypeError(
            f"custom operation {name}{signature} got {given}, at {user_line()}. It needs a tuple of functions, one for each "
            "parameter, None for one that is not differentiated; and forward takes no *args and no keyword-only parameters. "
            "Write vjp=(rule of the first, rule of the second, ...), and wrap forward in a lambda if need be."
        )
    return signature


def bound(name: str, signature: inspect.Signature, example: Any) -> tuple:
    """The arguments of an example, with defaults."""
    try:
        arguments = signature.bind(*example)
    except TypeError as error:
        raise TypeError(
            f"the example {example!r:.60} does not fit custom operation {name}{signature}, at {user_line()}: {error}. Give a "
            "tuple with one argument for each parameter, example=(x, ...)."
        ) from None
    arguments.apply_defaults()
    return tuple(arguments.arguments.values())


def transposed(rules: tuple, tangents: list, y: Any, *args: Any) -> Any:
    """J t from the rule g -> g^T J, which is linear in g: its own vjp is the Jacobian again."""
    data = data_of(y)
    zeros = 0.0 if data.__class__ is float else np.zeros_like(data)
    if isinstance(y, Node):
        zeros = record(None, zeros, (), ())  # so that the result is recorded too
    total = None
    for rule, t in zip(rules, tangents):
        if t is not None and rule is not None:
            through, pull = vjp_of(lambda g, rule=rule: rule(g, y, *args), zeros)
            (d,) = pull(t if np.shape(plain(t)) == np.shape(plain(through)) else t * np.ones_like(plain(through)))
            total = d if total is None else total + d
    return total


def check_rules(op: Op, args: tuple, jvp: Callable | None) -> bool:
    """Whether differences of the kernel told anything at these arguments; RuleError for the first rule that they contradict."""
    names = tuple(inspect.signature(op.function).parameters)
    args = tuple([plain(a) if r is None else real(op, n, plain(a)) for n, a, r in zip(names, args, op.vjps)])
    rng = np.random.default_rng(0)
    judged = False
    with np.errstate(all="ignore"):
        y = np.asarray(op.array(*args), np.float64)
        g = np.where(np.isfinite(y), rng.normal(size=y.shape), 0.0)  # what is infinite has no differences
        for i, rule in enumerate(op.vjps):
            if rule is not None:
                what = f"vjp rule of argument {i} ({names[i]!r}) of {op.name}"
                given = numbers(what, rule(g, y, *args))
                if given.shape != args[i].shape:
                    raise RuleError(
                        f"the {what} returned shape {given.shape}, at {user_line()}. It must have the shape of the argument, "
                        f"{args[i].shape}, for a cotangent of shape {g.shape}. Sum or reshape it."
                    )
                rest = numbers(what, rule(np.zeros_like(g), y, *args))
                if np.any(np.isfinite(rest) & (rest != 0.0)):
                    raise RuleError(
                        f"the {what} does not give 0 for g = 0, at {user_line()}, but {rest.flat[np.argmax(rest != 0.0)]:.6g}. "
                        "g^T dy/dx is linear in the cotangent g. Multiply by g: was it forgotten?"
                    )
                judged |= check_rule(op, what, args, i, g, given, rng)
        if jvp is not None:
            check_jvp(op, args, y, jvp, rng)
    return judged


def real(op: Op, name: str, x: Any) -> np.ndarray:
    """A differentiated argument in float64."""
    if np.asarray(x).dtype.kind not in "fiub":
        raise DtypeError(
            f"custom operation {op.name} got {type(x).__name__} {x!r:.60} for {name!r}, at {user_line()}. What has a vjp rule is "
            "differentiated, and must be real numbers. Give None for its rule if it is no number."
        )
    return np.asarray(x, np.float64)


def numbers(what: str, result: Any) -> np.ndarray:
    """What a rule returned for plain arguments, in float64."""
    array = None if isinstance(result, Node | None) else np.asarray(result)
    if array is None or array.dtype.kind not in "fiub":
        raise RuleError(
            f"the {what} returned {type(result).__name__} {result!r:.60} for plain arrays, at {user_line()}. It must return an "
            "array or number. A Tensor that it uses must be a parameter of forward."
        )
    return array.astype(np.float64)


def check_rule(
    op: Op, what: str, args: tuple, i: int, g: np.ndarray, given: np.ndarray, rng: np.random.Generator
) -> bool:
    """Compares g^T J with differences at some entries, which tell where, and along random directions, which see every entry."""
    x = args[i]
    if not x.size or not np.all(np.isfinite(x)):
        return False
    size = float(np.max(np.abs(x)))

    def along(direction: np.ndarray, lengths: tuple) -> Slope | None:
        return slope(lambda s: op.array(*args[:i], x + s * direction, *args[i + 1 :]), g, lengths, lengths[0])

    count = min(x.size, ENTRIES, max(4, WORK // max(x.size, g.size)))
    entries = []
    for k in rng.permutation(x.size)[:count]:
        place = np.unravel_index(k, x.shape)
        unit = np.zeros(x.shape)
        unit[place] = 1.0
        truth = along(unit, (abs(float(x[place])), size, 1.0))
        if truth is not None and (np.isfinite(given[place]) or np.all(g)):
            entries.append((tuple(map(int, place)), float(given[place]), truth))
    compare(what, entries)
    directions = []
    if x.size > 1 and np.all(np.isfinite(given)):
        for _ in range(2):
            direction = rng.normal(size=x.shape)
            truth = along(direction, (size, 1.0))
            if truth is not None:
                total = np.sum(given * direction)
                doubt = 1e-9 * float(np.sum(np.abs(given * direction)))
                directions.append((None, float(total), Slope(truth.value, truth.error + doubt)))
    compare(what, directions)
    return bool(entries or directions)


def compare(what: str, judged: list) -> None:
    """Raises RuleError if a number lies outside of its error bound; says whether a factor explains all of them."""
    largest = max([abs(t.value) for _, _, t in judged], default=0.0)
    wrong = [
        (abs(a - t.value) / (abs(t.value) + largest or 1.0), place, a, t)
        for place, a, t in judged
        if not abs(a - t.value) <= 10.0 * t.error + 1e-6 * abs(t.value) + 1e-12 * largest
    ]
    if not wrong:
        return
    a, t = np.array([a for _, a, _ in judged]), np.array([t.value for _, _, t in judged])
    unit = max(largest, float(np.max(np.abs(a)))) or 1.0
    a, t = a / unit, t / unit  # or the squares of tiny numbers vanish
    factor = float(a @ t / max(t @ t, 1e-300))
    explained = np.allclose(a, factor * t, rtol=1e-4, atol=1e-6)
    _, place, got, expected = max(wrong, key=lambda row: row[0])
    hint = f"{len(wrong)} of {len(judged)} entries differ."
    if explained:
        hint = f"All of it is {factor:.4g} times the right one."
    elif place is None:
        hint = "Single entries that were looked at are right, so few are wrong."
    raise RuleError(
        f"the {what} is wrong, at {user_line()}: {f'entry {place}' if place is not None else 'the sum along a random direction'} "
        f"of g^T J is {got:.6g}, differences of forward say {expected.value:.6g}. {hint} Correct the rule, or check it at "
        "another point with example=."
    )


def check_jvp(op: Op, args: tuple, y: np.ndarray, jvp: Callable, rng: np.random.Generator) -> None:
    """Raises RuleError if the jvp rule disagrees with the (checked) vjp rules: g^T (J t) = (g^T J) t for random g and t."""
    g = rng.normal(size=y.shape)
    for i, rule in enumerate(op.vjps):
        if rule is not None:
            t = rng.normal(size=args[i].shape)
            result = jvp([t if k == i else None for k in range(len(args))], y, *args)
            dy = numbers(f"jvp rule of {op.name}", 0.0 * y if result is None else result)
            expected, got = np.sum(rule(g, y, *args) * t), np.sum(g * dy)
            bound = 1e-9 * (np.sum(np.abs(g * dy)) + np.sum(np.abs(rule(g, y, *args) * t)))
            if dy.shape != y.shape or (np.isfinite(expected) and not abs(got - expected) <= bound):
                raise RuleError(
                    f"the jvp rule of {op.name} disagrees with the vjp rule of argument {i}, at {user_line()}: for "
                    f"random g and t, g^T (J t) is {got:.6g} but (g^T J) t is {expected:.6g}, and its shape is "
                    f"{dy.shape} for a result of shape {y.shape}. Leave jvp out: it is derived from the vjp rules."
                )
