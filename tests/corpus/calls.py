"""How the corpus calls a hand-written backward of each style, and the independent witness of its gradients.

How the styles are called, in terms of required parameters:
    cache        out, cache = forward(*inputs);  backward(dout, cache)
    plain        out = forward(*inputs);  backward(dout, *inputs)
    class        the last inputs, as many as the constructor requires, build the object; the others go to obj.forward. Then
                 obj.backward(dout), or obj.backward() for a loss. Gradients of what forward took are returned; those of
                 what the constructor took are attributes (dW, grad_W, W_grad) or in a dict (grads, gradients: W or dW)
    loss         loss, grads = forward(*inputs)
    pair         forward(*inputs) is a scalar, or elementwise; backward(*inputs) is the derivative
    gradient     backward(*inputs)
    column       one example; backward(dout, *inputs), or backward(*inputs) for a scalar cost
Several gradients are a tuple, list or dict in the order of the differentiated inputs, or of all inputs with None for the
static ones; a single gradient is an array or a tuple of one. The argument of a mutation is what is written into: an input,
or "dout" for the upstream gradient, whatever the backward calls it.

The witness: a complex step where central differences, extrapolated, agree with it, and differences alone where they do not.
"""

import copy
import functools
import inspect
import warnings
from itertools import pairwise

import numpy as np


def required(function):
    """The names of the parameters that have no default, without self."""
    parameters = inspect.signature(function).parameters.values()
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in parameters if p.default is p.empty and p.kind in plain]


def names_of(case):
    """The names of all inputs, as forward (and the constructor) call them."""
    if case.style != "class":
        return required(case.forward)
    inputs = case.make(np.random.default_rng(0))
    held = required(case.forward)
    obj = case.forward(*inputs[len(inputs) - len(held) :])
    return required(obj.forward) + held


def sizes_of(maker, more):
    known = inspect.signature(maker).parameters
    return {k: known[k].default + more for k in ("n", "d") if k in known}


def make(case, seed, more):
    return case.make(np.random.default_rng(seed), **sizes_of(case.make, more))


def differentiated(case, inputs):
    return [i for i in range(len(inputs)) if i not in case.static]


def build(case, inputs):
    """(the object of a class, what its forward takes)"""
    held = len(required(case.forward))
    return case.forward(*inputs[len(inputs) - held :]), inputs[: len(inputs) - held]


def value(style, forward, inputs):
    """The output of the forward alone."""
    inputs = copy.deepcopy(inputs)
    if style == "class":
        held = len(required(forward))
        return forward(*inputs[len(inputs) - held :]).forward(*inputs[: len(inputs) - held])
    out = forward(*inputs)
    return out[0] if style in ("cache", "loss") else out


def ordered(case, grads, inputs):
    """The gradients as a tuple in the order of the differentiated inputs."""
    wanted = differentiated(case, inputs)
    if isinstance(grads, dict):
        names = names_of(case)
        return tuple([find(grads, names[i]) for i in wanted])
    if not isinstance(grads, tuple | list):
        grads = (grads,)
    if len(grads) == len(inputs) > len(wanted):
        return tuple([grads[i] for i in wanted])
    return tuple(grads)


def find(grads, name):
    return next((grads[key] for key in (name, f"d{name}", f"grad_{name}", f"{name}_grad") if key in grads), None)


def attributes(obj, name):
    """The gradient of a parameter that an object holds."""
    for folder in (obj.__dict__, getattr(obj, "grads", None), getattr(obj, "gradients", None)):
        found = (
            find({k: v for k, v in folder.items() if folder is not obj.__dict__ or k != name}, name) if folder else None
        )
        if found is not None:
            return found
    return None


def by_hand(case, inputs, upstream):
    """The gradients of the hand-written backward, in the order of the differentiated inputs."""
    if case.style == "loss":
        return ordered(case, case.forward(*inputs)[1], inputs)
    if case.style == "cache":
        _, cache = case.forward(*inputs)
        return ordered(case, case.backward(*[upstream, cache][-len(required(case.backward)) :]), inputs)
    if case.style != "class":
        more = len(required(case.backward)) > len(inputs)
        return ordered(case, case.backward(upstream, *inputs) if more else case.backward(*inputs), inputs)
    obj, taken = build(case, inputs)
    obj.forward(*taken)
    return from_object(case, obj, taken, inputs, upstream)


def from_object(case, obj, taken, inputs, upstream):
    backward = getattr(obj, case.backward)
    returned = backward(upstream) if required(backward) else backward()
    if not isinstance(returned, tuple | list):
        returned = (returned,)
    names = names_of(case)
    free = [i for i in range(len(taken)) if i not in case.static]
    returned = [returned[i] for i in free] if len(returned) == len(taken) > len(free) else returned
    held = [attributes(obj, names[i]) for i in range(len(taken), len(inputs)) if i not in case.static]
    return (*returned[: len(free)], *held) if free else tuple(held)


def has_upstream(case):
    if case.style in ("loss", "pair", "gradient"):
        return False
    if case.style == "cache":
        return len(required(case.backward)) > 1
    if case.style == "class":
        return len(required(getattr(case.forward, case.backward))) > 1
    return len(required(case.backward)) > len(required(case.forward))


def upstream_of(case, out, seed):
    out = np.asarray(out)
    return np.random.default_rng(seed + 50).normal(size=out.shape) if has_upstream(case) else np.ones(out.shape)


def along(f, step, steps):
    """f'(0) by central differences at so many steps, each half of the last, extrapolated to step 0."""
    table = [(f(h) - f(-h)) / (2 * h) for h in [step / 2**k for k in range(steps)]]
    for order in range(1, steps):
        table = [(4**order * b - a) / (4**order - 1) for a, b in pairwise(table)]
    return table[0]


@functools.cache
def witness(style, forward, maker, static, seed, more, shaped, side=0):
    """The gradients of sum(upstream * forward), by differences; `side` 1 or -1 for one-sided ones (first order)."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        inputs = maker(np.random.default_rng(seed), **sizes_of(maker, more))
        out = np.asarray(value(style, forward, inputs))
        upstream = np.random.default_rng(seed + 50).normal(size=out.shape) if shaped else np.ones(out.shape)
        grads = []
        for i in [i for i in range(len(inputs)) if i not in static]:
            base = np.asarray(inputs[i], float)
            grad = np.zeros(base.shape)
            for index in np.ndindex(base.shape):
                grad[index] = partial(style, forward, inputs, i, base, index, upstream, side)
            grads.append(grad)
        return tuple(grads)


def partial(style, forward, inputs, i, base, index, upstream, side):
    widened = [np.asarray(x, float) if getattr(x, "dtype", None) == np.float32 else x for x in inputs]

    def moved(h):
        x = base.astype(np.result_type(base, type(h)))
        x[index] += h
        return np.sum(upstream * value(style, forward, (*widened[:i], x, *widened[i + 1 :])))

    if side:
        h = side * 1e-7
        return (moved(h) - moved(0.0)) / h
    try:
        exact = np.imag(moved(1e-30j)) / 1e-30
    except (TypeError, ValueError, AttributeError):  # a forward that refuses complex numbers
        exact = np.nan
    for step in (2e-5, 1e-6):  # the second, where a kink is nearer than the first
        if abs(exact - along(moved, step, 2)) <= 1e-6 * (1 + abs(exact)):
            return exact
    return along(moved, 2e-5, 4)


def expected(case, seed, more, side=0):
    return witness(case.style, case.forward, case.make, case.static, seed, more, has_upstream(case), side)


def hand(case, seed, more):
    inputs = make(case, seed, more)
    upstream = upstream_of(case, value(case.style, case.forward, inputs), seed)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return by_hand(case, inputs, upstream)


def differs(mine, true, rtol=1e-6):
    """Whether a gradient is not the true one: in count, in shape, in a number."""
    if mine is None or np.shape(mine) != np.shape(true) or np.asarray(mine).dtype == object:
        return True
    scale = max(np.max(np.abs(true), initial=0), 1e-3)
    return not np.all(np.abs(np.asarray(mine) - true) <= rtol * scale)


def wrong_arguments(case, seed, more):
    """The names of the inputs whose gradient is wrong, or every name where the backward raises or returns too few."""
    names = [names_of(case)[i] for i in range(len(names_of(case))) if i not in case.static]
    true = expected(case, seed, more)
    try:
        mine = hand(case, seed, more)
    except Exception:  # noqa: BLE001  any exception is a broken contract
        return names
    if len(mine) != len(true):
        return names
    loose = 1e-3 if np.float32 in [getattr(x, "dtype", None) for x in make(case, seed, more)] else 1e-6
    return [name for name, m, t in zip(names, mine, true) if differs(m, t, loose)]


def told(case):
    """How an invisible mistake is shown: by what is written into, by calling again, or "" for other inputs."""
    if "looked at afterwards" in case.invisible:
        return "looked"
    return "called" if " called " in case.invisible else ""


def at_a_kink(case):
    return case.note.startswith("at a kink")
