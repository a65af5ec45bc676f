"""Kernels of PyTorch and JAX with backwards of their own, as functions of NumPy arrays.  Layer 8; imports neither."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..node import Node
from .comparison import compare
from .diagnosis import diagnose_numbers
from .report import Finding, Report

__all__ = ["FrameworkPair", "check_framework", "is_framework_object", "jax_pair", "torch_pair"]

FACTOR = 2.0  # times the error of a plain implementation in the same precision: what a right kernel may have
ROUNDOFF = {"float64": 2.0**-53, "float32": 2.0**-24, "float16": 2.0**-11, "bfloat16": 2.0**-8}


@dataclass(frozen=True)
class FrameworkPair:
    """A kernel as forward and backward on NumPy arrays.

    forward    arrays -> result; several results come one after another in one array
    backward   (upstream, arrays) -> a gradient for each input, None where there is none
    inputs     the point in NumPy; what NumPy has no type for (bfloat16) in float64
    names      of the inputs;  dtype: the name of the coarsest floating-point type among them
    """

    forward: Callable
    backward: Callable
    inputs: tuple
    names: tuple[str, ...]
    dtype: str


def is_framework_object(x: Any) -> bool:
    """Whether x is a subclass of torch.autograd.Function, or a jax.custom_vjp function."""
    return is_torch(x) or is_jax(x)


def is_torch(x: Any) -> bool:
    torch = sys.modules.get("torch")  # an object of it exists only if the user has imported it
    return torch is not None and isinstance(x, type) and issubclass(x, torch.autograd.Function)


def is_jax(x: Any) -> bool:
    return type(x).__name__ == "custom_vjp" and type(x).__module__.partition(".")[0] == "jax"


def torch_pair(function: Any, *inputs: Any) -> FrameworkPair:
    """A subclass of torch.autograd.Function, or a function on PyTorch tensors, as a pair on NumPy arrays.

    inputs    arrays or tensors; floating-point ones are differentiated, the rest is passed as it is
    returns   a FrameworkPair; its functions run in the precision of the arrays that they get
    """
    torch: Any = sys.modules["torch"]
    call = function.apply if is_torch(function) else function

    def tensors(arrays: Sequence[Any]) -> list:
        refuse_nodes(arrays)
        copies = [torch.from_numpy(np.array(x)) if isinstance(x, np.ndarray) else x for x in arrays]
        return [x.detach().clone() if isinstance(x, torch.Tensor) else x for x in copies]

    def results(arrays: list) -> list:
        found = call(*arrays)
        return [
            y
            for y in (found if isinstance(found, tuple | list) else [found])
            if y.is_floating_point() or y.is_complex()
        ]

    def forward(*arrays: Any) -> np.ndarray:
        with torch.no_grad():
            return joined([torch_to_numpy(y) for y in results(tensors(alike(arrays)))])

    def backward(upstream: Any, *arrays: Any) -> tuple:
        given = tensors(arrays)
        leaves = [x.requires_grad_(True) for x in given if isinstance(x, torch.Tensor) and x.is_floating_point()]
        ys = results(given)
        parts = apart(np.asarray(upstream), [tuple(y.shape) for y in ys])
        seeds = [torch.from_numpy(np.array(v)).to(y.dtype) for v, y in zip(parts, ys)]
        found = iter(torch.autograd.grad(ys, leaves, seeds, allow_unused=True))
        grads = [next(found) if isinstance(x, torch.Tensor) and x.is_floating_point() else None for x in given]
        return tuple([None if g is None else torch_to_numpy(g) for g in grads])

    plain = tuple([torch_to_numpy(x) if isinstance(x, torch.Tensor) else x for x in inputs])
    return made(function, function.forward if is_torch(function) else function, forward, backward, inputs, plain)


def torch_to_numpy(x: Any) -> np.ndarray:
    x = x.detach().cpu()
    return (x.double() if str(x.dtype) == "torch.bfloat16" else x).numpy().copy()


def jax_pair(function: Any, *inputs: Any) -> FrameworkPair:
    """A jax.custom_vjp function, or any function on JAX arrays, as a pair on NumPy arrays; as torch_pair.

    Float64 arrays are computed in float64 whatever jax_enable_x64 says.
    """
    jax: Any = sys.modules["jax"]

    def precise() -> Any:
        home = jax if hasattr(jax, "enable_x64") else jax.experimental  # it moved
        return home.enable_x64(True)

    def results(arrays: Sequence[Any]) -> tuple:
        found = function(*arrays)
        return tuple(found) if isinstance(found, tuple | list) else (found,)

    def forward(*arrays: Any) -> np.ndarray:
        refuse_nodes(arrays)
        with precise():
            return joined(
                [np.asarray(y) for y in results([jax.numpy.asarray(x) if is_array(x) else x for x in arrays])]
            )

    def backward(upstream: Any, *arrays: Any) -> tuple:
        refuse_nodes(arrays)
        free = [k for k, x in enumerate(arrays) if is_array(x) and x.dtype.kind not in "iub"]

        def of_free(*leaves: Any) -> tuple:
            filled = list(arrays)
            for k, leaf in zip(free, leaves):
                filled[k] = leaf
            return results(filled)

        with precise():
            ys, pull = jax.vjp(of_free, *[jax.numpy.asarray(arrays[k]) for k in free])
            parts = apart(np.asarray(upstream), [y.shape for y in ys])
            found = pull(tuple([jax.numpy.asarray(v, y.dtype) for v, y in zip(parts, ys)]))
            grads = dict(zip(free, [np.asarray(g) for g in found]))
        return tuple([grads.get(k) for k in range(len(arrays))])

    plain = tuple([widened(np.asarray(x)) if is_array(x) else x for x in inputs])
    return made(function, getattr(function, "fun", function), forward, backward, inputs, plain)


def is_array(x: Any) -> bool:
    return hasattr(x, "dtype") and hasattr(x, "shape")


def widened(x: np.ndarray) -> np.ndarray:
    """An array of a type of NumPy's own: bfloat16, which JAX brings along, becomes float64."""
    return x if x.dtype.kind in "fiubc" else x.astype(np.float64)


def refuse_nodes(arrays: Sequence[Any]) -> None:
    """A Tensor of ours cannot be followed through another framework: better no recording than one that is cut off."""
    if any([isinstance(x, Node) for x in arrays]):
        raise TypeError("a kernel of another framework takes no Tensor of autograd_nn")


def alike(arrays: Sequence[Any]) -> list:
    """The arrays of floats in the widest type among them: the witness moves one at a time, and PyTorch does not mix types."""
    moving = [x for x in arrays if isinstance(x, np.ndarray) and x.dtype.kind in "fc"]
    widest = np.result_type(*moving) if moving else np.dtype(float)
    return [x.astype(widest) if isinstance(x, np.ndarray) and x.dtype.kind in "fc" else x for x in arrays]


def joined(results: list[np.ndarray]) -> np.ndarray:
    return widened(results[0]) if len(results) == 1 else np.concatenate([np.ravel(widened(y)) for y in results])


def apart(upstream: np.ndarray, shapes: Sequence[tuple[int, ...]]) -> list[np.ndarray]:
    """The cotangent of several results from that of all in one array."""
    if len(shapes) == 1:
        return [upstream.reshape(shapes[0])]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
    return [part.reshape(shape) for part, shape in zip(np.split(upstream, ends), shapes)]


def made(
    function: Any, described: Callable, forward: Callable, backward: Callable, inputs: Sequence[Any], plain: tuple
) -> FrameworkPair:
    """The pair, with the names of the kernel's own parameters."""
    names = list(inspect.signature(described).parameters)
    names = names[1:] if names and names[0] == "ctx" else names
    names = (names + [f"input_{k}" for k in range(len(names), len(inputs))])[: len(inputs)]
    kinds = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names]
    called = getattr(function, "__name__", type(function).__name__)
    forward.__name__ = backward.__name__ = called
    forward.__signature__ = inspect.Signature(kinds)  # type: ignore[attr-defined]  # what check_backward takes the names from
    upstream = inspect.Parameter("upstream", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    backward.__signature__ = inspect.Signature([upstream, *kinds])  # type: ignore[attr-defined]  # as above
    floats = [str(x.dtype).removeprefix("torch.") for x in inputs if is_array(x)]
    coarsest = max([name for name in floats if name in ROUNDOFF], key=ROUNDOFF.__getitem__, default="float64")
    return FrameworkPair(forward, backward, plain, tuple(names), coarsest)


def check_framework(
    function: Any, plain: Callable | None, inputs: Sequence[Any], upstream: Any, check: Callable[..., Report]
) -> Report:
    """The report about a kernel: in float64 by differences of its forward; in less by the error of a plain implementation.

    plain   a function on tensors or arrays of the framework that computes the same without a backward of its own. With it a
            kernel in float32, float16 or bfloat16 is right if its largest error, against the plain one in float64, is at most
            twice that of the plain one in the same precision
    check   check_backward, which a black box in float64 goes to
    """
    pair_of = torch_pair if is_torch(function) else jax_pair
    pair = pair_of(function, *inputs)
    if plain is not None and pair.dtype != "float64":
        return low_precision(function, plain, pair, inputs, upstream, pair_of)
    if pair.dtype == "bfloat16":
        text = "in bfloat16 differences tell nothing. Give a plain implementation in place of the backward, or float64 inputs."
        return Report(pair.forward.__name__, "cannot tell", (), (Finding("", "contract", "", "certain", text),), ())
    return check(pair.forward, pair.backward, *pair.inputs, upstream=upstream, style="plain")


def low_precision(
    function: Any, plain: Callable, pair: FrameworkPair, inputs: Sequence[Any], upstream: Any, pair_of: Callable
) -> Report:
    """A kernel in its own precision against the plain one, both measured from the plain one in float64."""
    called = pair.forward.__name__
    exact = [x.astype(np.float64) if is_float(x) else x for x in pair.inputs]
    reference = pair_of(plain, *exact)
    y = reference.forward(*exact)
    v = np.random.default_rng(1).normal(size=y.shape) if upstream is None else np.asarray(upstream, float)
    v = rounded(v, pair.dtype)
    truth = [y, *reference.backward(v, *exact)]
    own, other = [run(f, inputs, v, pair_of) for f in (function, plain)]
    names = ["the result", *pair.names]
    arguments, findings = [], []
    u = ROUNDOFF[pair.dtype]
    for name, mine, theirs, right in zip(names, own, other, truth):
        if right is None:
            continue
        if mine is None or np.shape(mine) != np.shape(right):
            shape = None if mine is None else np.shape(mine)
            text = f"{name} has shape {shape}, and {np.shape(right)} in the plain implementation; they must agree"
            findings.append(Finding(name, "contract", "", "certain", text))
            continue
        allowed = FACTOR * float(np.max(np.abs(theirs - right), initial=0.0))
        bound = np.full(np.shape(right), allowed) + 2.0 * u * np.abs(right)
        found = compare(name, mine, right, bound, u)
        if found.verdict != "right":  # the rule is a verdict, whatever the size of the error
            found = dataclasses.replace(found, verdict="wrong")
            findings.append(diagnose_numbers(name, np.asarray(mine, float), right, bound, {}))
        arguments.append(found)
    note = f"errors below {FACTOR:g} times those of the plain implementation in {pair.dtype}"
    wrong = bool(findings)
    return Report(called, "wrong" if wrong else "right", tuple(arguments), tuple(findings), (note,))


def is_float(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def rounded(v: np.ndarray, dtype: str) -> np.ndarray:
    """An upstream gradient that the low precision holds exactly, so that both precisions get the same one."""
    bits = round(-np.log2(ROUNDOFF[dtype]))
    mantissa, exponent = np.frexp(v)
    return np.ldexp(np.rint(mantissa * 2.0**bits) / 2.0**bits, exponent)


def run(function: Any, inputs: Sequence[Any], v: np.ndarray, pair_of: Callable) -> list:
    """(result, gradients) in the precision of the inputs, in float64."""
    pair = pair_of(function, *inputs)
    found = [pair.forward(*inputs), *pair.backward(v, *inputs)]
    return [None if y is None else np.asarray(y, np.float64) for y in found]
