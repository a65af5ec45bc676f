"""What each parameter of a hand-written backward takes, told from names, counts and one result.  Layer 8; knows signatures.

A name says more than a place: a parameter that is called like one of the forward's is that input, wherever it stands.  Where
no name helps, the counts must leave one reading; else a ContractError asks for the style.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from .contracts import ContractError

__all__ = [
    "CONSTANTS",
    "PARAMETERS",
    "RATES",
    "TARGETS",
    "Parameter",
    "Role",
    "kind_of",
    "listed",
    "parameters",
    "roles_of",
]

Source = Literal["upstream", "upstreams", "input", "cache", "caches", "output", "rate"]
RATES = ("lr", "learning_rate", "learningrate", "lrate", "eta", "alpha", "step_size", "rate")
CACHES = re.compile(
    r"^(.*_)?(caches?|ctx|context|saved|stash|tape|memory|memo|residuals?|intermediates?|store[sd]?|history|trace|state|aux|ws)$"
)
OUTPUTS = re.compile(r"^(out|outputs?|y_?hat|result|fx|f_x|activated)$")
TARGETS = re.compile(
    r"^(y|y_?true|true(_.*)?|.*_true|t|ts|tgt|targets?|labels?|truth|gt|ground_truth|actual|one_?hot)$"
)
CONSTANTS = re.compile(
    r"^(y_?true|true(_.*)?|.*_true|t|ts|tgt|targets?|labels?|truth|gt|ground_truth|actual|one_?hot|"
    r"(.*_)?masks?|kept|keep|ids|lengths|samples|noise|data)$"
)
PARAMETERS = re.compile(r"^(w|b|weights?|bias(es)?|kernel|gamma|beta|theta)_?[0-9]*$|^[wb]_?[a-z]{1,2}$")
PREDICTIONS = re.compile(
    r"^(p|y_?pred|y_?hat|.*_pred|pred(s|icted|ictions?)?|outputs?|out|a|z|logits?|scores?|probs?|x)$"
)
UPSTREAM = re.compile(
    r"^(d_?[a-z][0-9]*|d_?(out|next|prev|loss|cost|values?|scores?|logits?|probs?|hidden|state|err)[a-z0-9_]*|"
    r"d_?[lje]_?d_?[a-z0-9_]+|dd[a-z]|d_[a-z0-9_]+|"
    r"(.*_)?(grad|grads|gradient|gradients)(_?(out|output|outputs|y|z|loss|next|in|h|a))?|grad_?[a-z]|"
    r"(out|output|next|accum|upstream|incoming|top|loss|prev)_?(grad|gradient|diff|error|delta)|"
    r"g|gy|gz|gout|gs|u|v|ct|cts|bar|.*_?bar|cotangents?|adjoints?|seed|deltas?|errors?|err|upstreams?|up)$"
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter that may be given by place."""

    name: str
    required: bool
    default: Any = None


@dataclass(frozen=True, slots=True)
class Role:
    """What is passed for one parameter.

    source   upstream: the gradient of result `index`; upstreams: those of all results as one structure; input: argument
             `index` of the forward; cache: what the forward returned beside its results; caches: part `index` of it; output: the
             result;             rate: the learning rate `value`
    name     the parameter, for those that are passed by name; "" for those passed by place
    """

    source: Source
    index: int = 0
    name: str = ""
    value: float = 0.0


def parameters(f: Callable) -> list[Parameter] | None:
    """The parameters of f that may be given by place, or None where they cannot be read or are any number."""
    try:
        found = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return [Parameter(f"x{i}", True) for i in range(f.nin)] if isinstance(f, np.ufunc) else None
    if any([p.kind is p.VAR_POSITIONAL for p in found]):
        return None
    by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [Parameter(p.name, p.default is p.empty, p.default) for p in found if p.kind in by_place]


def is_upstream(name: str) -> bool:
    return UPSTREAM.match(name) is not None or UPSTREAM.match(name.lower()) is not None


def is_cache(name: str) -> bool:
    return CACHES.match(name.lower()) is not None


def is_rate(name: str) -> bool:
    return name.lower() in RATES


def roles_of(
    backward: Callable, known: Sequence[str], given: int, named: int, result: Any, remembers: bool, style: str
) -> list[Role]:
    """The role of every parameter of a backward.

    known       the names of the forward's parameters; the first `given` are passed by place, the next `named` by name
    result      what the forward returned
    remembers   whether the two are methods of one object, so that the backward need not be told the inputs
    style       "auto", or the reading that the user has named
    """
    found = parameters(backward)
    if found is None:
        return [Role("upstreams"), *[Role("input", i) for i in range(given)]]
    required = [p for p in found if p.required]
    names = [p.name for p in required]
    if remembers and len(names) == 1 and np.size(result) != 1 and re.search("back|bprop", backward.__name__):
        return upstreams(1) + by_name_only([p for p in found if not p.required], known, given + named, upstreams(1))
    roles = by_style(style, names, given) if style not in ("auto", "class", "object", "column") else None
    if roles is None:
        roles = by_names(names, known[: given + named], result, remembers)
    if roles is None:
        roles = by_counts(names, known, given, result, remembers)
    if roles is None:
        raise ContractError(
            f"the backward takes ({listed(names)}) and the forward ({listed(known[:given])}), and the forward returned "
            f"{kind_of(result)}; expected (upstream, inputs ...), (upstream, cache), (inputs ...) or, of an object, (upstream). "
            'Name its parameters as the forward does, or pass style="plain", "cache", "stored" or "gradient".',
            wrong=False,
        )
    return roles + by_name_only([p for p in found if not p.required], known, given + named, roles)


def by_style(style: str, names: list[str], given: int) -> list[Role] | None:
    """The roles in the style that the user has named; None where the names have to say more."""
    count = len(names)
    if style == "plain" and count > given:
        return [*upstreams(count - given), *inputs(given)]
    if style == "cache" and count:
        return [*upstreams(count - 1), Role("cache")]
    if style == "stored":
        return upstreams(count)
    if style in ("gradient", "pair") and count == given:
        return inputs(given)
    if style in ("gradient", "pair"):
        return None
    raise ContractError(
        f'the style "{style}" was asked for, and the backward takes ({listed(names)}); expected "plain" (upstream, inputs ...), '
        '"cache" (upstream, cache), "stored" (upstream), "gradient" or "pair" (inputs ...). Leave style out, or choose one.',
        wrong=False,
    )


def upstreams(count: int) -> list[Role]:
    """The first parameters, where they take the upstream: one takes those of all results."""
    return [Role("upstreams")] if count == 1 else [Role("upstream", k) for k in range(count)]


def inputs(count: int) -> list[Role]:
    return [Role("input", i) for i in range(count)]


def by_names(names: list[str], known: Sequence[str], result: Any, remembers: bool) -> list[Role] | None:
    """The roles where every name is one of the forward's, or says what it is; None where some say nothing."""
    places = {name: i for i, name in enumerate(known)}
    here = [places.get(name) for name in names]
    others = [k for k, place in enumerate(here) if place is None]
    several = isinstance(result, tuple) and len(result) > 1
    if not names or (len(others) == len(names) and not remembers):
        return None
    roles: list[Role | None] = [Role("input", place) if place is not None else None for place in here]
    for k in others:
        if is_rate(names[k]) and remembers:
            roles[k] = Role("rate", value=0.5)  # 1 would hide a gradient that is multiplied by the rate
        elif is_cache(names[k]) and several:
            roles[k] = Role("cache")
        elif OUTPUTS.match(names[k].lower()) and (k > 0 or len(others) > 1):
            roles[k] = Role("output")
    left = [k for k in others if roles[k] is None]
    if len(left) > 1 and not all([is_upstream(names[k]) for k in left]):
        return None
    if len(left) == 1 and not (left[0] == 0 or is_upstream(names[left[0]])):
        return None
    if len(left) == 1 and not remembers and len(others) == len(names):
        return None
    for k, role in zip(left, upstreams(len(left))):
        roles[k] = role
    return [role for role in roles if role is not None]


def by_counts(names: list[str], known: Sequence[str], given: int, result: Any, remembers: bool) -> list[Role] | None:
    """The roles where the names say nothing, if the number of parameters leaves one reading."""
    count, results = len(names), len(result) if isinstance(result, tuple) else 1
    if count == 0:
        return [] if remembers else None
    if count == 1:
        if results > 1 and (is_cache(names[0]) or (not is_upstream(names[0]) and np.size(result[0]) == 1)):
            return [Role("cache")]
        if remembers or is_upstream(names[0]):
            return upstreams(1)
        return inputs(1) if given == 1 else None
    plain = count in (given + 1, given + results)
    ends = [all(map(is_upstream, names[:-1])), is_cache(names[-1])]
    if results > 1 and (count == 2 or all(ends) or (count == results and any(ends))):
        if is_cache(names[0]) or (is_upstream(names[-1]) and not is_upstream(names[0])):
            return [Role("cache"), *upstreams(count - 1)]
        return [*upstreams(count - 1), Role("cache")]
    if plain:
        first = upstreams(count - given)
        if is_upstream(names[-1]) and not is_upstream(names[0]):
            return [*in_order(names[:given], known, given), *first]
        return [*first, *in_order(names[-given:], known, given)]
    if count == given and not is_upstream(names[0]):
        return in_order(names, known, given)
    if count == results and is_upstream(names[0]):
        return [Role("upstreams"), *[Role("caches", k) for k in range(1, count)]]
    return None


def in_order(names: Sequence[str], known: Sequence[str], given: int) -> list[Role]:
    """The inputs in order, but (targets, predictions) and (predictions, targets) are told apart by their names."""
    return inputs(given)[::-1] if swapped(names, known[:given]) else inputs(given)


def swapped(names: Sequence[str], known: Sequence[str]) -> bool:
    """Whether two parameters are (targets, predictions) here and (predictions, targets) there, by their names."""
    if len(names) != 2 or len(known) != 2:
        return False
    here, there = [
        [(bool(TARGETS.match(n.lower())), bool(PREDICTIONS.match(n.lower()))) for n in pair] for pair in (names, known)
    ]
    first, last = (True, False), (False, True)
    return (here, there) in (([first, last], [last, first]), ([last, first], [first, last]))


def by_name_only(optional: list[Parameter], known: Sequence[str], given: int, roles: list[Role]) -> list[Role]:
    """Roles of parameters with a default: inputs of the same name, and an upstream that is None or 1 if it is not given."""
    taken = {role.index for role in roles if role.source == "input"}
    found = []
    for p in optional:
        if p.name in known[:given]:
            if known.index(p.name) not in taken:
                found.append(Role("input", known.index(p.name), p.name))
        elif is_upstream(p.name) and p.name != "delta" and (p.default is None or p.default in (1, 1.0)):
            if not any([role.source in ("upstream", "upstreams") for role in roles]):
                found.append(Role("upstreams", name=p.name))
        elif is_rate(p.name) and p.name not in known and isinstance(p.default, int | float):
            found.append(Role("rate", 0, p.name, float(p.default)))
    return found


def listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def kind_of(result: Any) -> str:
    """A result in a few words."""
    if isinstance(result, tuple):
        return f"a tuple of {len(result)}"
    shape = getattr(result, "shape", None)
    return f"an array of shape {shape}" if shape else f"a {type(result).__name__}"
