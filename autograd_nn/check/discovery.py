"""Forward and backward pairs of a plain Python module, told by their names.  Layer 8; knows names and source, runs nothing.

Pairs      NAME_forward, forward_NAME, NAME_fwd or NAME, with NAME_backward, backward_NAME, NAME_bwd, NAME_grad, grad_NAME,
           NAME_prime, NAME_derivative, d_NAME, dNAME; also in camelCase, and forward and backward alone. Where a backward has a
           variant (batchnorm_backward_alt), the forward without it will do
Losses     functions that return (loss, gradients)
Layers     classes with forward (or __call__) and backward; other pairs of methods, such as fn and grad
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal

__all__ = ["Found", "choose", "find", "lonely", "source_tree"]

UPSTREAM = {"backward", "bwd", "bw", "bprop", "backprop", "backpropagate", "backpropagation", "back", "vjp"}
DERIVATIVE = {"grad", "grads", "gradient", "gradients", "prime", "derivative", "deriv", "der", "d", "delta"}
FORWARD = {"forward", "fwd", "fw", "fprop", "feedforward", "call", "apply", "propagate", "fn", "f", "function", "func"}
LOSSES = {"loss", "cost", "objective", "criterion", "error"}
FILLERS = {
    "of",
    "the",
    "pass",
    "propagation",
    "prop",
    "compute",
    "calculate",
    "calc",
    "get",
    "eval",
    "evaluate",
    "function",
}
VARIANTS = {"naive", "fast", "alt", "vectorized", "vectorised", "vec", "loop", "loops", "slow", "simple", "new", "old"}
VARIANTS |= {
    "right",
    "wrong",
    "correct",
    "bad",
    "good",
    "buggy",
    "broken",
    "fixed",
    "v",
    "version",
    "numpy",
    "np",
    "my",
}
NUMERICAL = {
    "numerical",
    "numeric",
    "check",
    "checking",
    "descent",
    "clip",
    "zero",
    "update",
    "approx",
    "finite",
    "num",
}
LAYER_FORWARDS = (
    "forward",
    "__call__",
    "fprop",
    "forward_pass",
    "feedforward",
    "forward_propagation",
    "forward_prop",
    "fwd",
)
LAYER_BACKWARDS = (
    "backward",
    "bprop",
    "backward_pass",
    "backprop",
    "backpropagate",
    "backward_propagation",
    "bwd",
    "back",
)


@dataclass(frozen=True, slots=True)
class Found:
    """One thing to check.

    name       how it is called on the command line: the backward's name, the class, or the loss function
    kind       pair: backward takes the upstream gradient; derivative: it may be the derivative alone; loss: forward returns
               (loss, gradients); layer: a class, whose methods forward and backward name
    forward, backward    names; backward is "" for a loss
    owner      the class that has them as methods, or None
    """

    name: str
    kind: Literal["pair", "derivative", "loss", "layer"]
    forward: str
    backward: str
    owner: type | None
    line: int

    @property
    def title(self) -> str:
        """The two names, the forward first."""
        names = [self.forward, self.backward] if self.backward else [self.forward]
        return " / ".join([f"{self.owner.__name__}.{name}" if self.owner else name for name in names])


def find(namespace: Mapping[str, Any], module: str) -> list[Found]:
    """Everything in a module's namespace that has a backward, in the order of the file."""
    functions = {name: f for name, f in namespace.items() if is_own(f, module)}
    found = [Found(b, role(b), f, b, None, line_of(functions[b])) for f, b in pairs_among(functions)]
    used = {name for one in found for name in (one.forward, one.backward)}
    found += [
        Found(name, "loss", name, "", None, line_of(f))
        for name, f in functions.items()
        if name not in used and returns_gradients(f)
    ]
    for cls in {v for v in namespace.values() if inspect.isclass(v) and v.__module__ == module}:
        found += methods_of(cls)
    return sorted(found, key=lambda one: (one.line, one.name))


def choose(found: list[Found], pattern: str) -> list[Found]:
    """Those that a name or a glob such as "affine*" picks: by the backward, the forward, the class, or Class.method."""
    return [one for one in found if any([fnmatchcase(name, pattern) for name in names_of(one)])]


def names_of(one: Found) -> set[str]:
    short = "".join(base_of(one.backward or one.forward))
    if one.owner is None:
        return {one.name, one.forward, one.backward, short} - {""}
    return {one.name, one.owner.__name__, *[f"{one.owner.__name__}.{method}" for method in (one.forward, one.backward)]}


def lonely(namespace: Mapping[str, Any], module: str, found: list[Found]) -> list[str]:
    """Functions and classes that look like a backward whose forward was not found."""
    used = {one.backward for one in found if one.owner is None} | {one.owner.__name__ for one in found if one.owner}
    functions = [name for name, f in namespace.items() if is_own(f, module) and UPSTREAM & set(words(name))]
    classes = [
        cls.__name__
        for cls in namespace.values()
        if inspect.isclass(cls) and cls.__module__ == module and own_method(cls, LAYER_BACKWARDS)
    ]
    return [name for name in [*functions, *classes] if name not in used and not NUMERICAL & set(words(name))]


def is_own(f: Any, module: str) -> bool:
    """Whether it is a function that the module defines itself."""
    return inspect.isfunction(inspect.unwrap(f)) and getattr(f, "__module__", "") == module if callable(f) else False


def line_of(thing: Any) -> int:
    try:
        return inspect.getsourcelines(inspect.unwrap(thing) if callable(thing) else thing)[1]
    except (OSError, TypeError):
        return 0


def words(name: str) -> list[str]:
    """batchNorm_backward -> batch, norm, backward."""
    return [w.lower() for w in re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+", name)]


def base_of(name: str) -> tuple[str, ...]:
    """The words of a name that say what is computed, not in which direction."""
    return tuple(
        [w for w in words(name) if w not in UPSTREAM | DERIVATIVE | {"forward", "fwd", "fw", "fprop"} | FILLERS]
    )


def role(name: str) -> Literal["pair", "derivative"]:
    return "pair" if UPSTREAM & set(words(name)) else "derivative"


def pairs_among(functions: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(forward, backward) names among functions, or among the methods of a class."""
    backwards = [name for name in functions if is_backward(name)]
    forwards = [name for name in functions if name not in backwards]
    for name in backwards:
        partner = next((f for wanted in bases(name) for f in ranked(forwards, name) if wanted in readings(f)), None)
        if partner is not None:
            yield partner, name
    for name in forwards:  # dsigmoid, reluprime: one word, so only where the other function is there
        other = next((f for f in forwards if f != name and "".join(words(f)) in glued(name)), None)
        if other is not None:
            yield other, name


def is_backward(name: str) -> bool:
    said = set(words(name))
    second = bool(re.search(r"2$|second", name))  # grad2: a second derivative is another question
    return bool(said & (UPSTREAM | DERIVATIVE)) and not said & (NUMERICAL | {"forward", "fwd"}) and not second


def bases(name: str) -> list[tuple[str, ...]]:
    """What the forward of this backward may be called, the closest first."""
    base = base_of(name)
    without = tuple([w for w in base if w not in VARIANTS and not w.isdigit()])
    said = words(name)
    first = next((k for k, w in enumerate(said) if w in UPSTREAM | DERIVATIVE), 0)
    return list(dict.fromkeys([base, without, *[tuple(said[:first])][:first]]))  # softmax_backward_with_loops: softmax


def readings(forward: str) -> set[tuple[str, ...]]:
    """The bases that a forward's name can stand for: mse_loss is also mse, and f or loss alone is nothing in particular."""
    base = base_of(forward)
    short = tuple([w for w in base if w not in FORWARD | LOSSES])
    return {base, short, tuple([w for w in short if w not in VARIANTS])}


def ranked(forwards: list[str], backward: str) -> list[str]:
    """Candidates in order: a backward goes with what is called forward, a derivative with the plain name or the loss."""
    first, second = (FORWARD, LOSSES) if role(backward) == "pair" else (LOSSES, FORWARD)

    def key(f: str) -> tuple:
        said = set(words(f))
        return not first & said, base_of(f) != base_of(backward), not second & said, len(f)

    return sorted(forwards, key=key)


def glued(name: str) -> set[str]:
    """What is left of a name of one word without its d or prime."""
    text = "".join(words(name))
    endings = [
        text.removesuffix(end) for end in ("backward", "prime", "grad", "gradient", "deriv", "derivative", "bwd")
    ]
    return {text[1:] if text.startswith("d") else "", text.removeprefix("grad"), *endings} - {"", text}


def methods_of(cls: type) -> list[Found]:
    """The class as a layer, and other pairs of its methods."""
    methods = {name: m for name in dir(cls) if (m := plain(cls, name)) is not None and not is_abstract(m)}
    forward = next((name for name in LAYER_FORWARDS if name in methods), "")
    backward = next((name for name in LAYER_BACKWARDS if name in methods), "")
    found = []
    if forward and backward and not is_context(methods[forward]):
        found.append(Found(cls.__name__, "layer", forward, backward, cls, line_of(cls)))
        methods = {name: m for name, m in methods.items() if name not in (*LAYER_FORWARDS, *LAYER_BACKWARDS)}
    public = {name: m for name, m in methods.items() if name == "__call__" or not name.startswith("__")}
    inherited = {name for base in cls.__mro__[1:-1] for name in vars(base)}
    for f, b in pairs_among(public):
        if not {f, b} <= inherited:
            found.append(Found(f"{cls.__name__}.{b}", role(b), f, b, cls, line_of(methods[b])))
    return found


def plain(cls: type, name: str) -> Callable | None:
    """The function behind a method, static or not; None for anything else."""
    held = inspect.getattr_static(cls, name, None)
    function = held.__func__ if isinstance(held, staticmethod | classmethod) else held
    return function if inspect.isfunction(function) else None


def own_method(cls: type, names: tuple[str, ...]) -> bool:
    return any([name in vars(cls) and not is_abstract(vars(cls)[name]) for name in names])


def is_context(function: Callable) -> bool:
    """Whether a forward takes a framework's context object, which cannot be made here."""
    return next(iter(inspect.signature(function).parameters), "") in ("ctx", "context")


def source_tree(function: Any) -> ast.AST | None:
    """The syntax tree of a function, or None where its source cannot be read."""
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    except (OSError, TypeError, SyntaxError):
        return None


def is_abstract(function: Any) -> bool:
    """Whether the body says only pass, ... or raise NotImplementedError."""
    tree = source_tree(function)
    if not isinstance(tree, ast.Module) or not tree.body or not isinstance(tree.body[0], ast.FunctionDef):
        return False
    return all([says_nothing(statement) for statement in tree.body[0].body])


def says_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Raise):
        return "NotImplemented" in ast.unparse(statement)
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def returns_gradients(function: Callable) -> bool:
    """Whether a function returns a loss followed by gradients, by its name or by the names that it returns."""
    tree = source_tree(function)
    if tree is None or NUMERICAL & set(words(function.__name__)):
        return False
    returned = [n.value.elts for n in ast.walk(tree) if isinstance(n, ast.Return) and isinstance(n.value, ast.Tuple)]
    named = bool(LOSSES & set(words(function.__name__)))
    return any([len(parts) >= 2 and (named or is_loss(parts[0])) and is_gradient(parts[1]) for parts in returned])


def is_loss(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and (node.id == "J" or bool(LOSSES & set(words(node.id))))


def is_gradient(node: ast.expr) -> bool:
    """dx, grad, grads, gradients, or a dict or tuple of such."""
    names = [n.id for n in ast.walk(node) if isinstance(n, ast.Name)]
    return any([re.match(r"d[A-Za-z_]\w*$|.*grad|delta", name, re.IGNORECASE) for name in names])
