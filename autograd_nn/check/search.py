"""Inputs for a function that says nothing about them: what is stated first, then trial.  Layer 8; runs the user's code.

In order of trust: options, `# shapes:` comments, annotations, docstrings, the file's own arrays of that name, defaults; then what
the name usually stands for. Combinations are tried, the likeliest first, until the forward runs and gives finite numbers, and the
backward runs and gives gradients of the inputs' shapes.
"""

from __future__ import annotations

import ast
import heapq
import inspect
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .declared import Shape, Sizes, comment_shapes, docstring_shapes, in_annotations, unpacked_shapes
from .discovery import source_tree
from .guesses import SETTINGS, Choice, choices, role_of

__all__ = ["Knowledge", "Slot", "Trial", "UnclearError", "search", "slots_of"]

TRIES = 600  # combinations
SECONDS = 8.0
LARGEST = 4000  # entries of an array of the file that is used as an input
NUMBERS = {"float": (0.7, 0.3), "int": (3, 2), "bool": (True, False), "str": ("relu",)}


class UnclearError(ValueError):
    """Inputs cannot be told; the text says which options would tell them."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known beside the function itself.

    stated    shapes from options;  values: values from options, by name
    module    the namespace of the file
    seed      of the random numbers
    """

    stated: Mapping[str, Shape] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    module: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Slot:
    """A value to find: a parameter, or one key of a parameter that is a dict.

    where     "forward" or "constructor"
    key       "" for the parameter itself
    choices   the likeliest first
    """

    parameter: str
    key: str
    where: str
    choices: tuple[Choice, ...]

    @property
    def name(self) -> str:
        return self.key or self.parameter


def slots_of(function: Callable, knowledge: Knowledge, where: str = "forward", owner: type | None = None) -> list[Slot]:
    """A slot for every required parameter of a function, and for optional ones that an option names."""
    source = ast.unparse(tree) if (tree := source_tree(function)) else ""
    parameters = [
        p
        for p in inspect.signature(function).parameters.values()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.name not in ("self", "cls")
    ]
    needed = [p for p in parameters if p.default is p.empty or {p.name} & {*knowledge.stated, *knowledge.values}]
    parameters = parameters[: max([parameters.index(p) for p in needed], default=-1) + 1]  # positional: no gaps
    names = [p.name for p in parameters]
    text = " \n".join([inspect.getdoc(f) or "" for f in (function, owner) if f is not None])
    said = {
        "the unpacking of its shape": unpacked_shapes(tree),
        "the annotation": in_annotations(function),
        "the docstring": docstring_shapes(text, names),
        "the shapes comment": comment_shapes(function) | (comment_shapes(owner) if owner else {}),
        "--shape": knowledge.stated,
    }
    stated = {name: Choice(s, None, how) for how, shapes in said.items() for name, s in shapes.items()}
    stated |= {name: Choice(None, value, "--value") for name, value in knowledge.values.items()}
    slots: list[Slot] = []
    for p in parameters:
        before = [s.name for s in slots]
        keys = keys_of(tree, p.name) if p.name not in stated else []
        for key in keys:
            found = (
                [stated[key]] if key in stated else own(key, knowledge) + setting(key) or choices(key, before, source)
            )
            slots.append(Slot(p.name, key, where, tuple(found)))
        if not keys:
            slots.append(Slot(p.name, "", where, tuple(candidates(p, stated, knowledge, before, tree, where))))
    return slots


def candidates(
    p: inspect.Parameter,
    stated: Mapping[str, Choice],
    knowledge: Knowledge,
    before: Sequence[str],
    tree: ast.AST | None,
    where: str,
) -> list[Choice]:
    """What one parameter may be: what is stated and nothing else, or the file's own value and then guesses."""
    if p.name in stated:
        return variants(stated[p.name], [c.shape for c in stated.values() if c.shape is not None])
    if p.default is not p.empty:
        return [Choice(None, p.default, "its default")]
    kind = p.annotation if isinstance(p.annotation, str) else getattr(p.annotation, "__name__", "")
    guesses = choices(p.name, before, ast.unparse(tree) if tree else "", where == "constructor")
    if kind in NUMBERS and where == "forward":
        plain = [c for c in guesses if c.shape is None] or [Choice(None, v, "guessed") for v in NUMBERS[kind]]
        return plain
    return [*own(p.name, knowledge), *possible(guesses, p.name, tree)]


def variants(choice: Choice, others: Sequence[Shape]) -> list[Choice]:
    """A stated shape; for an underscore in it, every symbol that others have; for an image also one that pooling halves."""
    if choice.shape is None:
        return [choice]
    symbols = dict.fromkeys([d for other in others for d in other.dims if d != "_"])
    filled_in = [
        Choice(
            replace(choice.shape, dims=tuple([s if d == "_" else d for d in choice.shape.dims])), None, choice.source
        )
        for s in (*symbols, "another")
    ]
    found = filled_in if "_" in choice.shape.dims else [choice]
    if len(choice.shape.dims) == 4 and all([d.isidentifier() for d in choice.shape.dims]):
        found += [
            Choice(replace(c.shape, dims=(*c.shape.dims[:2], "4", "6")), None, c.source) for c in found if c.shape
        ]
    return found


def possible(guesses: list[Choice], name: str, tree: ast.AST | None) -> list[Choice]:
    """The guesses that go with how the parameter is indexed: x[:, :, i, j] has four axes; in table[ids], ids are whole."""
    indexed = [n for n in ast.walk(tree) if isinstance(n, ast.Subscript)] if tree is not None else []
    axes = [
        len([e for e in n.slice.elts if not isinstance(e, ast.Constant)]) if isinstance(n.slice, ast.Tuple) else 1
        for n in indexed
        if isinstance(n.value, ast.Name) and n.value.id == name
    ]
    an_index = any(
        [
            isinstance(e, ast.Name) and e.id == name
            for n in indexed
            for e in (n.slice.elts if isinstance(n.slice, ast.Tuple) else [n.slice])
        ]
    )
    kept = [c for c in guesses if c.shape is None or len(c.shape.dims) >= max(axes, default=0)]
    whole = [c for c in kept if c.shape is not None and c.shape.kind in ("int", "size")]
    if an_index and not whole:
        whole = [Choice(Shape(("N",), "int", "D"), None, "guessed"), Choice(Shape((), "int", "D"), None, "guessed")]
    return [*whole, *kept] if an_index else kept or guesses


def own(name: str, knowledge: Knowledge) -> list[Choice]:
    """The file's own array or number of that name, unless it is large."""
    held = knowledge.module.get(name)
    if isinstance(held, np.ndarray) and held.dtype.kind in "fiub" and 0 < held.size <= LARGEST:
        return [Choice(None, held, f"the file's {name}")]
    return [Choice(None, held, f"the file's {name}")] if isinstance(held, float) else []


def setting(key: str) -> list[Choice]:
    return [Choice(None, value, "guessed") for value in SETTINGS.get(key, ())]


def keys_of(tree: ast.AST | None, name: str) -> list[str]:
    """The keys that a function reads from a parameter, such as parameters["W1"], in order; [] if it is no dict."""
    if tree is None:
        return []
    read = [
        (n.lineno, n.col_offset, n.slice.value)
        for n in ast.walk(tree)
        if isinstance(n, ast.Subscript)
        and isinstance(n.value, ast.Name)
        and n.value.id == name
        and isinstance(n.slice, ast.Constant)
        and isinstance(n.slice.value, str)
    ]
    asked = [  # for a seed, so that what is random stays the same
        (n.lineno, n.col_offset, "seed")
        for n in ast.walk(tree)
        if isinstance(n, ast.Compare) and ast.unparse(n) in (f"'seed' in {name}",)
    ]
    return list(dict.fromkeys([key for *_, key in sorted(read + asked)]))


def search(
    slots: Sequence[Slot], attempt: Callable[[dict[str, Any], dict[str, Any]], int], seed: int
) -> Iterator[Trial]:
    """The combinations of choices with which `attempt` returns 2; if there is none, the first that gave 1; else UnclearError.

    attempt(constructor, forward) takes arguments by name: 2 if the forward runs and the gradients fit, 1 if the forward runs.
    Guesses with an axis of size 1 come last, since there a missing sum fits as well.
    """
    best: Trial | None = None
    first: Exception | None = None
    fitting = 0
    narrow: list[Trial] = []
    began = time.perf_counter()
    for ranks in by_likelihood([len(slot.choices) for slot in slots]):
        chosen = tuple([slot.choices[k] for slot, k in zip(slots, ranks)])
        trial = Trial(chosen, tuple(slots), False)
        try:
            score = attempt(*trial.arguments(seed))
        except Exception as error:  # noqa: BLE001  shapes that do not fit raise anything
            first = first or error
            score = 0
        if score == 2:
            trial = Trial(chosen, tuple(slots), True)
            if trial.is_narrow():
                narrow.append(trial)
            else:
                fitting += 1
                yield trial
        best = trial if score == 1 and best is None else best
        if time.perf_counter() - began > SECONDS:
            break
    if best is None and not fitting and not narrow:
        raise UnclearError(advice(slots, first))
    if best is not None and not fitting:
        yield best
    yield from narrow


def by_likelihood(counts: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Tuples of ranks below `counts`, by growing sum: (0, 0), (0, 1), (1, 0), (0, 2) ...; at most TRIES."""
    start = (0,) * len(counts)
    heap, seen = [(0, start)], {start}
    for _ in range(TRIES if all(counts) else 0):
        if not heap:
            return
        total, ranks = heapq.heappop(heap)
        yield ranks
        for i, count in enumerate(counts):
            more = (*ranks[:i], ranks[i] + 1, *ranks[i + 1 :])
            if ranks[i] + 1 < count and more not in seen:
                seen.add(more)
                heapq.heappush(heap, (total + 1, more))


@dataclass(frozen=True, slots=True)
class Trial:
    """One choice for every slot.

    fits    whether the gradients have the shapes of these inputs
    """

    chosen: tuple[Choice, ...]
    slots: tuple[Slot, ...]
    fits: bool

    @property
    def guessed(self) -> list[str]:
        """The names of the arrays whose shapes nobody has stated."""
        return [s.name for s, c in zip(self.slots, self.chosen) if c.source == "guessed" and c.shape is not None]

    def is_narrow(self) -> bool:
        """Whether a guess has an axis of size 1, or is one number where there are usually several."""
        for slot, choice in zip(self.slots, self.chosen):
            if choice.source == "guessed" and choice.shape is not None:
                dims, role = choice.shape.dims, role_of(slot.name)
                if (role in ("data", "probability", "state") and "1" in dims and slot is not self.slots[0]) or dims == (
                    "1",
                ):
                    return True
                if dims and dims[0] == "1" and role in ("data", "probability", "state"):
                    return True
                if not dims and role in ("probability", "scale", "bias"):
                    return True
        return False

    def arguments(self, seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
        """Fresh arguments by name: of the constructor, and of the forward."""
        sizes, rng = Sizes(), np.random.default_rng(seed)
        for choice in sorted(self.chosen, key=lambda c: c.source == "guessed"):  # what is stated takes its primes first
            if choice.shape is not None:
                sizes.shape(choice.shape.dims)
        for slot, choice in zip(self.slots, self.chosen):
            if choice.source != "guessed":
                relate(role_of(slot.name), choice, sizes)
        made: dict[str, dict[str, Any]] = {"constructor": {}, "forward": {}}
        for slot, choice in zip(self.slots, self.chosen):
            value = filled(choice.shape, sizes, rng) if choice.shape is not None else copied(choice.value)
            if slot.key:
                made[slot.where].setdefault(slot.parameter, {})[slot.key] = value
            else:
                made[slot.where][slot.parameter] = value
        return made["constructor"], made["forward"]

    def described(self, seed: int) -> list[tuple[str, str, str]]:
        """(name, what it is, who says so) for each slot."""
        constructor, forward = self.arguments(seed)
        rows = []
        for slot, choice in zip(self.slots, self.chosen):
            value = (constructor if slot.where == "constructor" else forward)[slot.parameter]
            value = value[slot.key] if slot.key else value
            name = f"{slot.parameter}[{slot.key!r}]" if slot.key else slot.parameter
            symbols = f", {choice.shape}" if choice.shape is not None and choice.source != "guessed" else ""
            rows.append((name, text_of(value), choice.source + symbols))
        return rows


def relate(role: str, choice: Choice, sizes: Sizes) -> None:
    """What a stated shape says of the symbols that guesses use: N examples of D features, H units."""
    dims = sizes.shape(choice.shape.dims) if choice.shape is not None else np.shape(choice.value)
    if len(dims) < 2:
        return
    known: dict[str, int] = {}
    if role in ("data", "probability"):
        known = {"N": dims[0], "D": dims[-1], "C": dims[1] if len(dims) == 4 else dims[-1]}
    elif role == "state":
        known = {"N": dims[0], "H": dims[-1]}
    elif role == "weight" and len(dims) == 2:
        turned = sizes.known.get("D") == dims[1]
        known = {"D": dims[turned], "H": dims[not turned]}
    sizes.known = known | sizes.known


def text_of(value: Any) -> str:
    """A value in few words: (5, 3), int (5,) from 0 to 2, 0.1."""
    if not isinstance(value, np.ndarray):
        return repr(value)
    if value.dtype.kind in "iu" and value.size:
        return f"int {value.shape} from {value.min()} to {value.max()}"
    return f"bool {value.shape}" if value.dtype.kind == "b" else f"{value.shape}"


def copied(value: Any) -> Any:
    """A value of the file as an input: arrays of numbers as float64 copies, unless they are whole."""
    if isinstance(value, np.ndarray):
        return value.astype(np.float64) if value.dtype.kind == "f" else value.copy()
    return value


def filled(shape: Shape, sizes: Sizes, rng: np.random.Generator) -> Any:
    """Random numbers of a shape; labels are whole, and some of them repeat."""
    dims = sizes.shape(shape.dims)
    if shape.kind == "size":
        return dims[0]
    if shape.kind == "int":
        return repeated(rng.integers(0, max(sizes.of(shape.below) if shape.below else 2, 1), dims))
    if shape.kind == "one-hot":
        return np.eye(dims[-1], dtype=int)[rng.integers(0, dims[-1], dims[:-1])]
    if shape.kind == "one-hot column":
        return np.eye(dims[0], dtype=int)[rng.integers(0, dims[0], dims[1:])].T.reshape(dims)
    if shape.kind in ("bits", "bool"):
        bits = rng.permutation(np.arange(int(np.prod(dims))) % 2).reshape(dims)
        return bits.astype(bool) if shape.kind == "bool" else bits
    if shape.kind == "probability":
        return rng.uniform(0.1, 0.9, dims)
    drawn = rng.normal(size=dims)
    return drawn if dims else float(drawn)


def repeated(labels: np.ndarray) -> np.ndarray:
    """Labels of which at least two are the same, since a gradient that overwrites shows only there."""
    if labels.size > 1 and len(np.unique(labels)) == labels.size:
        labels.flat[-1] = labels.flat[0]
    return labels


def advice(slots: Sequence[Slot], error: Exception | None) -> str:
    """What was tried, what came of it, and the options to give."""
    open_slots = [s for s in slots if all([c.source == "guessed" for c in s.choices]) and not s.key]
    asked = [s for s in open_slots if any([c.shape is not None for c in s.choices])] or open_slots
    tried = "with the shapes that are stated" if not open_slots else "with any of the usual shapes"
    why = f": {type(error).__name__}: {error}"[:300] if error is not None else ""
    options = " ".join([f"--shape {s.name}={'int:5:3' if is_label(s) else '5,3'}" for s in asked])
    return (
        f"it does not run {tried} of {', '.join([s.name for s in slots])}{why}. "
        + (f"Say what they are, for example {options}" if options else "Say what they are with --shape NAME=5,3")
        + (", and numbers or words with --value NAME=0.1." if any([s.where == "constructor" for s in slots]) else ".")
    )


def is_label(slot: Slot) -> bool:
    return any([c.shape is not None and c.shape.kind == "int" for c in slot.choices[:2]])
