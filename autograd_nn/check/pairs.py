"""Hand-written code in its usual shapes, as one function of inputs and upstream.  Layer 8; knows no derivatives.

plain      forward -> out,             backward(upstream, *inputs)
cache      forward -> (out, cache),    backward(upstream, cache)
stored     forward -> out,             backward(upstream): closures, or forward -> (out, backward)
loss       forward -> (loss, gradients) and no backward
gradient   forward -> loss,            gradients(*inputs) of that number
pair       f(*inputs) -> array,        its derivative(*inputs), entry by entry
object     an object, or a class with its constructor's arguments, whose backward is any of these

Gradients are one array, a tuple in the order of the inputs, containers like those of the inputs, or a dict by name ("dW",
"grad_W" or "W").  Every number and array in a container of inputs is an input of its own, "params['W1']"; so are the weights
of an object.  `pair.inputs` are all of them, and what `value`, `gradients` and `live` take.

Where a forward returns several arrays, `value` returns a tuple of them, and the upstream is such a tuple.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np

from ..errors import user_line
from ..trees import flatten
from .contracts import ContractError, TimeLimit
from .inputs import Inputs
from .limits import SECONDS, limited
from .live import Live, Pair, Style
from .makers import constructed, discovered, maker_of, steady
from .objects import Path, Weight, arrays, copied, look, path_name, put, same
from .results import Results, random_like
from .returned import find, shape_of
from .roles import kind_of, listed, parameters, roles_of

__all__ = ["name_of", "pair_of"]

STYLES = ("auto", "class", "column", *get_args(Style))


def pair_of(
    forward: Any,
    backward: Any,
    inputs: Sequence[Any],
    style: str = "auto",
    wrt: Sequence[str] | None = None,
    keywords: Mapping[str, Any] | None = None,
    limit: float | None = SECONDS,
) -> Pair:
    """The pair, with its style told from one run, and from the names and the number of the parameters of the backward.

    forward, backward   functions; methods of one object; an object with both (backward None or the name of a method); a class or
                        a factory and the name of the method, where the last inputs are those of the constructor; backward None
                        where forward returns (loss, gradients) or (result, backward)
    style      one of those above, where it should not be told
    wrt        the names of the inputs to differentiate: "W", "params", "params['W1']"
    keywords   of the forward
    limit      seconds after which code that runs is stopped, or None
    """
    if style not in STYLES:
        raise ContractError(
            f'the style "{style}" was asked for; expected one of {listed(STYLES)}. Leave it out, or choose.',
            wrong=False,
        )
    for x in [x for x in inputs if isinstance(x, np.matrix)]:
        raise ContractError(
            f"an input of shape {x.shape} is an np.matrix, whose * is not that of arrays; expected arrays. Pass np.asarray(it).",
            wrong=False,
        )
    with limited(limit, "copying or building the object"):
        maker, taken = maker_of(forward, backward, inputs)
        first = maker.fresh((), copied(list(inputs[taken:])))
    layout = Inputs(names_of(first.forward, taken), inputs[:taken], keywords or {})
    for name, x in zip(names_of(maker.build, len(inputs) - taken) if maker.build else (), inputs[taken:]):
        layout.add(name, x, True)
    pair = Pair(forward, backward, "plain", tuple(layout.names), (), tuple(layout.values), maker, layout, limit)
    best = settle(pair, style, taken)
    whole = whole_numbers(pair, best) if wrt is None and best is not None else ()
    pair.active = tuple(sorted([*layout.chosen(wrt, settings(pair)), *whole]))
    pair.asked = wrt is not None
    if not pair.active:
        raise ContractError(
            f"no input of {name_of(forward)} is a float or an array of floats, at {user_line()}; expected something to "
            "differentiate. Pass float arrays.",
            wrong=False,
        )
    return pair


def settle(pair: Pair, style: str, taken: int) -> Run | None:
    """Tell the roles, the results and the weights from one run on copies, which is returned where there is a backward."""
    live = Live(pair)
    inputs = copied(list(pair.inputs))
    result = live.forward(*inputs)
    told = live.copy
    assert told is not None
    if result is None:
        raise ContractError("the forward returned None; expected its result. Return it, or keep it in self.output.")
    if told.backward is None:
        pair.style, pair.results = without_backward(result), Results(result, 1)
        if told.thing is not None:
            learn(pair, tried(pair, 1))
        return None
    known = [p.name for p in parameters(told.forward) or ()]
    known = [*pair.layout.tops[: taken + len(pair.layout.keywords)], *known[taken:]]
    remembers = told.thing is not None
    pair.roles = roles_of(told.backward, known, taken, len(pair.layout.keywords), result, remembers, style)
    pair.style = "object" if remembers else style_of(pair, result)
    counts = readings(pair, result)
    runs = [tried(pair, count) for count in counts]
    good = [run for run in runs if run.error is None]
    best = (good or runs)[0]
    pair.results = best.results
    if remembers:
        learn(pair, best)
    return best


@dataclass(slots=True)
class Run:
    """One run of forward and backward on copies.

    kept    arrays that the object holds and the forward leaves alone;  thing: the object afterwards
    given   what the backward returned
    """

    results: Results
    kept: dict[Path, Any]
    thing: Any
    given: Any
    error: Exception | None


def tried(pair: Pair, count: int) -> Run:
    """A run in which so many parts of the returned tuple are results."""
    live = Live(replace(pair, notes={}, remarks=[], active=pair.layout.chosen(None), results=None))
    inputs = copied(list(pair.inputs))
    arguments, keywords, held = pair.layout.rebuilt(inputs)
    live.copy = pair.maker.fresh((), held)
    before = arrays(live.copy.thing)
    result = live.forward(*inputs)
    live.pair.results = Results(result, count)
    passed = flatten([arguments, keywords], objects=False).leaves
    kept = steady(pair.maker, before, live.copy.thing, passed) if live.copy.thing is not None else {}
    run = Run(live.pair.results, kept, live.copy.thing, None, None)
    try:
        run.given = live.returned(random_like(live.pair.results.value(result), np.random.default_rng(0)))
        live.sorted_out(run.given)
    except TimeLimit:
        raise
    except Exception as error:  # noqa: BLE001  the user's backward may raise anything: another reading may be meant
        run.error = error
    return run


def readings(pair: Pair, result: Any) -> list[int]:
    """How many parts of a result may be differentiated, the likeliest first; 0 for all of it."""
    sources = [role.source for role in pair.roles]
    separate = sources.count("upstream")
    if not isinstance(result, tuple) or len(result) < 2:
        return [0]
    if "cache" in sources:
        nested = len(result) == 2 or (separate and isinstance(result[0], tuple | list) and len(result[0]) == separate)
        return (
            [1]
            if nested or not sources.count("upstreams") + separate
            else [separate]
            if separate
            else [1, len(result) - 1]
        )
    if "caches" in sources:
        return [1]
    if separate:
        return [separate]
    return [1, 0] if "upstreams" in sources or np.size(result[0]) == 1 else [0]


def without_backward(result: Any) -> Style:
    """The style of a forward that brings its gradients along."""
    if isinstance(result, tuple) and len(result) > 1:
        return "stored" if callable(result[1]) else "loss"
    raise ContractError(
        f"the forward returned {kind_of(result)}, and no backward was passed; expected (loss, gradients), or (result, backward), "
        "from a forward alone. Pass the backward, or return both."
    )


def style_of(pair: Pair, result: Any) -> Style:
    """The name of the style of two functions."""
    sources = {role.source for role in pair.roles}
    if sources & {"cache", "caches"}:
        return "cache"
    if sources & {"upstream", "upstreams"}:
        return "plain" if "input" in sources else "stored"
    first = result[0] if isinstance(result, tuple) and result else result
    return "gradient" if np.size(first) == 1 else "pair"


def learn(pair: Pair, run: Run) -> None:
    """Find the weights of an object, which become inputs, and where their gradients are."""
    if pair.maker.build is not None:
        start = (
            pair.layout.spans[pair.layout.count + len(pair.layout.keywords)][0]
            if pair.layout.later
            else len(pair.names)
        )
        keys = [key for part in pair.layout.keys for key in part][start:]
        pair.maker = constructed(pair.maker, pair.names[start:], keys, pair.inputs[start:], run.thing)
        return
    told = [role.value for role in pair.roles if role.source == "rate"]
    weights = []
    for w in discovered(pair.maker, run.kept, run.thing):
        hidden = w.gradient is None and w.rate is None and not told
        if w.gradient is None and not used(pair, w):
            continue
        if hidden:
            pair.remarks.append(
                f"{w.name} is updated inside of the backward by an unknown rate: its gradient cannot be seen"
            )
        weights.append(replace(w, hidden=hidden))
    weights += returned_alone(pair, run, weights)
    pair.maker = replace(pair.maker, weights=tuple(weights))
    for w in weights:
        pair.layout.add(w.name, copied(look(pair.maker.thing, w.paths[0])), True, w.paths[0][-1][1])
    pair.names, pair.inputs = tuple(pair.layout.names), tuple(pair.layout.values)


def used(pair: Pair, w: Weight) -> bool:
    """Whether the result of the forward depends on an array of the object."""
    results = []
    for moved in (False, True):
        live = Live(pair)
        inputs = copied(list(pair.inputs))
        live.copy = pair.maker.fresh(())
        if moved:
            x = look(live.copy.thing, w.paths[0])
            for path in w.paths:
                put(live.copy.thing, path, x + np.random.default_rng(1).normal(size=np.shape(x)))
        results.append(flatten(live.forward(*inputs), objects=False).leaves)
    return not all([same(x, z) for x, z in zip(*results)])


def returned_alone(pair: Pair, run: Run, weights: list[Weight]) -> list[Weight]:
    """Weights whose gradients the backward returns, behind those of the inputs or by name, and leaves nowhere else."""
    count = len(pair.layout.groups(pair.layout.chosen(None)))
    claimed = {path for w in weights for path in w.paths} | {w.gradient for w in weights}
    free = [p for p, x in run.kept.items() if p not in claimed and np.ndim(x)]
    found: list[Weight] = []
    if isinstance(run.given, dict):
        for p in free:
            part = find(run.given, p[-1][1]) if isinstance(p[-1][1], str) else None
            if part is not None and shape_of(part) == np.shape(run.kept[p]):
                found.append(Weight(path_name(p), (p,), None))
        return found
    for part in list(run.given)[count:] if isinstance(run.given, tuple | list) else []:
        place = next((p for p in free if shape_of(part) == np.shape(run.kept[p])), None)
        if place is None:
            return []
        free = free[free.index(place) + 1 :]
        found.append(Weight(path_name(place), (place,), None))
    return found


def settings(pair: Pair) -> list[int]:
    """Weights without a gradient that can be seen, and numbers that a constructor took: rates and sizes."""
    first = pair.weights.start
    return [
        first + k
        for k, w in enumerate(pair.maker.weights)
        if w.hidden
        or (w.gradient is None and pair.rate(first + k) is None and isinstance(pair.inputs[first + k], float))
    ]


def whole_numbers(pair: Pair, run: Run) -> list[int]:
    """The places of arrays of integers for which the backward returns a gradient, as it does for all other arguments."""
    if not isinstance(run.given, tuple | list) or len(run.given) != pair.layout.count:
        return []
    starts = [start for start, stop in pair.layout.spans[: pair.layout.count] if stop == start + 1]
    arrays_of_integers = [i for i in starts if getattr(pair.inputs[i], "dtype", np.dtype("f8")).kind in "iu"]
    parts = {span[0]: part for span, part in zip(pair.layout.spans, run.given)}
    return [i for i in arrays_of_integers if parts[i] is not None and shape_of(parts[i]) == np.shape(pair.inputs[i])]


def names_of(f: Any, count: int) -> list[str]:
    """The names of the first parameters of a function."""
    found = [p.name for p in parameters(f) or ()][:count]
    return found + [f"input {i}" for i in range(len(found), count)]


def name_of(f: Any) -> str:
    return getattr(f, "__name__", type(f).__name__)
