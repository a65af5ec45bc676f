"""Running a case of the open half: its inputs by name, its gradients by name, and a witness for them.  Knows NumPy alone.

An input is an array, a list of arrays or a dict of arrays.  Objects are built as `forward(*inputs[1:])` and called with
`inputs[0]`; what `backward` returns belongs to `inputs[0]`, the rest stands in attributes or in a dict of the object.
"""

import copy
import inspect
import itertools
import warnings

import numpy as np

__all__ = [
    "along",
    "arrays",
    "backward_source",
    "between",
    "gradients",
    "inputs_of",
    "mutated",
    "names",
    "start",
    "witness",
]

FORWARDS = ("forward", "forward_pass", "feed_forward", "fprop")
DICTS = ("grads", "gradients", "d", "g")


def forward_method(thing):
    return next((getattr(thing, name) for name in FORWARDS if hasattr(thing, name)), thing)


def names(case, inputs):
    """The names of the inputs, as the forward calls them."""
    if case.style != "class":
        return list(inspect.signature(case.forward).parameters)[: len(inputs)]
    method = forward_method(case.forward(*copy.deepcopy(inputs[1:])))
    return [next(iter(inspect.signature(method).parameters)), *inspect.signature(case.forward).parameters][
        : len(inputs)
    ]


def leaves(case, inputs):
    """(name, where) of each array that is differentiated; where is a position and a key, or None."""
    found = []
    for i, (name, value) in enumerate(zip(names(case, inputs), inputs)):
        if i in case.static:
            continue
        if isinstance(value, dict):
            found += [(key, (i, key)) for key in value]
        elif isinstance(value, list):
            found += [(f"{name}[{k}]", (i, k)) for k in range(len(value))]
        else:
            found.append((name, (i, None)))
    return found


def get(inputs, where):
    i, key = where
    return inputs[i] if key is None else inputs[i][key]


def replaced(inputs, where, array):
    i, key = where
    if key is not None:
        container = copy.copy(inputs[i])
        container[key] = array
        array = container
    return (*inputs[:i], array, *inputs[i + 1 :])


def start(case, inputs):
    """The object of a case in the class style, or None; and its outputs: a list, and what to keep for the backward."""
    if case.style == "class":
        thing = case.forward(*inputs[1:])
        return thing, [forward_method(thing)(inputs[0])], None
    result = case.forward(*inputs)
    if case.style == "cache":
        return None, list(result[:-1]), result[-1]
    if case.style == "loss":
        return None, [result[0]], result[1]
    return None, list(result) if isinstance(result, tuple) else [result], None


def takes_upstream(case):
    """Column style comes both ways: layers with an upstream gradient, and whole networks without."""
    if case.style == "column":
        return len(inspect.signature(case.backward).parameters) > len(inspect.signature(case.forward).parameters)
    return case.style in ("cache", "plain", "class")


def upstream(case, outs, seed):
    rng = np.random.default_rng(seed + 1000)
    if not takes_upstream(case):
        return [1.0 for _ in outs]
    return [np.asarray(rng.normal(size=np.shape(o)), getattr(o, "dtype", float))[()] for o in outs]


def flat(value):
    if isinstance(value, dict):
        return [x for part in value.values() for x in flat(part)]
    return [x for part in value for x in flat(part)] if isinstance(value, tuple | list) else [value]


def by_name(result, name):
    spellings = (f"d{name}", name, f"grad_{name}", f"d_{name}", f"{name}_grad", f"nabla_{name}")
    return next((result[s] for s in spellings if s in result), None)


def attribute(thing, name):
    for holder in (*[getattr(thing, d) for d in DICTS if isinstance(getattr(thing, d, None), dict)], vars(thing)):
        keys = {k: v for k, v in holder.items() if not (holder is vars(thing) and k == name)}
        found = by_name(keys, name)
        if found is not None:
            return found
    return None


def call_backward(case, inputs, thing, douts, kept):
    """What the backward gives back, as it is."""
    if case.style == "class":
        return getattr(thing, case.backward)(*douts)
    if case.style == "loss":
        return kept
    if case.style == "cache":
        return case.backward(*douts, kept)
    return case.backward(*douts, *inputs) if takes_upstream(case) else case.backward(*inputs)


def sorted_out(case, inputs, thing, result):
    """{name: gradient} of what the backward gave back; None for a gradient that an object keeps to itself."""
    wanted = leaves(case, inputs)
    if case.style == "class":
        first = [leaf for leaf in wanted if leaf[1][0] == 0]
        found = dict(zip([name for name, _ in first], [result] if len(first) == 1 else flat(result)))
        return found | {name: attribute(thing, name) for name, where in wanted if where[0] > 0}
    if isinstance(result, dict):
        return {name: by_name(result, name) for name, _ in wanted}
    if len(wanted) == 1 and not isinstance(result, tuple | list):
        return {wanted[0][0]: result}
    parts = flat(result)
    if len(parts) != len(wanted):
        raise TypeError(f"{len(parts)} gradients for {len(wanted)} arguments")
    return dict(zip([name for name, _ in wanted], parts))


def gradients(case, inputs, seed, before=None):
    """{name: gradient} by the hand-written backward; `before` is an earlier first input of the same object."""
    with np.errstate(all="ignore"):
        earlier = inputs if before is None else (before, *inputs[1:])
        thing, outs, kept = start(case, earlier)
        if before is not None:
            call_backward(case, earlier, thing, upstream(case, outs, seed), kept)
            _, outs, kept = start(case, inputs) if thing is None else (thing, [forward_method(thing)(inputs[0])], None)
        return sorted_out(case, inputs, thing, call_backward(case, inputs, thing, upstream(case, outs, seed), kept))


def arrays(value):
    """All arrays of some inputs."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, tuple | list) else []
    return [value] if isinstance(value, np.ndarray) else [a for part in parts for a in arrays(part)]


def mutated(case, inputs):
    """Whether an input, an output or the upstream gradient is another one after forward and backward."""
    inputs = copy.deepcopy(inputs)
    before = copy.deepcopy(arrays(inputs))
    with np.errstate(all="ignore"):
        thing, outs, kept = start(case, inputs)
        douts = upstream(case, outs, 0)
        after_forward = copy.deepcopy(arrays([*outs, *douts]))
        call_backward(case, inputs, thing, douts, kept)
    now = [*arrays(inputs), *arrays([*outs, *douts])]
    return any([not np.array_equal(a, b, equal_nan=True) for a, b in zip([*before, *after_forward], now)])


def in_doubles(value):
    if isinstance(value, dict):
        return {k: in_doubles(v) for k, v in value.items()}
    if isinstance(value, list):
        return [in_doubles(v) for v in value]
    return value.astype(float) if isinstance(value, np.ndarray) and value.dtype == np.float32 else value


def objective(case, inputs, seed):
    """A scalar function of one leaf, or of all inputs: the outputs weighted by the upstream gradient."""
    inputs = tuple(in_doubles(v) for v in inputs)
    with np.errstate(all="ignore"):
        outs = start(case, copy.deepcopy(inputs))[1]
    weights = upstream(case, outs, seed)

    def value(where, array):
        with np.errstate(all="ignore"):
            outs = start(case, copy.deepcopy(replaced(inputs, where, array) if where else array))[1]
        return sum(np.sum(w * o) for w, o in zip(weights, outs))

    return inputs, value


def extrapolated(quotient, h):
    """The limit of a difference quotient: Neville's table over halved steps, the entry with the least disagreement."""
    best, error, order = np.nan, np.inf, quotient.order
    row = [quotient(h)]
    for _ in range(9):
        h /= 2
        fresh = [quotient(h)]
        for k, old in enumerate(row, 1):
            factor = 2.0 ** (order * k)
            fresh.append((factor * fresh[-1] - old) / (factor - 1))
            worst = max(abs(fresh[-1] - fresh[-2]), abs(fresh[-1] - old))
            if worst < error:
                best, error = fresh[-1], worst
        row = fresh
    return best


class Quotient:
    """(f(x + h v) - f(x - h v)) / 2h, or one-sided with sign +1 or -1."""

    def __init__(self, f, x, v, sign=0):
        self.f, self.x, self.v, self.sign, self.order = f, x, v, sign, 1 if sign else 2
        self.at = f(x) if sign else None

    def __call__(self, h):
        if self.sign:
            return (self.f(self.x + self.sign * h * self.v) - self.at) / (self.sign * h)
        return (self.f(self.x + h * self.v) - self.f(self.x - h * self.v)) / (2 * h)


def step_of(x):
    return 2e-2 * (float(np.max(np.abs(x), initial=0.0)) or 1.0)


LARGE, EVERY = 1000, 823  # of a large input every 823rd entry is looked at: 12345 is among them


def basis(x):
    for index in itertools.islice(np.ndindex(x.shape), 0, None, EVERY if x.size > LARGE else 1):
        v = np.zeros(x.shape)
        v[index] = 1.0
        yield index, v


def by_complex_step(f, x):
    """The gradient by a complex step, or None where the forward does not take complex numbers as analytic ones."""
    h = 1e-25 * step_of(x)
    out = np.full(x.shape, np.nan)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for index, v in basis(x):
                out[index] = np.imag(f(x + 1j * h * v)) / h
    except (TypeError, ValueError, np.exceptions.ComplexWarning, RuntimeWarning):
        return None
    v = np.random.default_rng(3).normal(size=x.shape)
    v = np.where(np.isnan(out), 0.0, v)
    scale = np.max(np.abs(out[~np.isnan(out)]), initial=0.0) * np.sqrt(out.size) + 1e-300
    for w in [v, *[e for _, e in itertools.islice(basis(x), 3)]]:
        steps = (step_of(x), max(step_of(x), 2e-2))  # at tiny inputs a small step drowns in rounding
        if not any(
            [abs(np.sum(np.nan_to_num(out) * w) - extrapolated(Quotient(f, x, w), h)) <= 1e-5 * scale for h in steps]
        ):
            return None
    return out


def witness(case, inputs, seed):
    """{name: gradient}, by a complex step where that agrees with differences, else by differences; NaN where not looked at."""
    inputs, value = objective(case, inputs, seed)
    found = {}
    for name, where in leaves(case, inputs):
        x = np.asarray(get(inputs, where), float)
        f = lambda array, where=where, x=x: value(where, array if x.ndim else array[()])
        found[name] = by_complex_step(f, x)
        if found[name] is None:
            found[name] = np.full(x.shape, np.nan)
            for index, v in basis(x):
                found[name][index] = extrapolated(Quotient(f, x, v), step_of(x))
    return found


def between(case, inputs, seed, name):
    """The derivatives from the left and from the right by each entry of an input."""
    inputs, value = objective(case, inputs, seed)
    where = dict(leaves(case, inputs))[name]
    x = np.asarray(get(inputs, where), float)
    sides = [
        [extrapolated(Quotient(lambda a: value(where, a), x, v, sign), step_of(x) / 64) for _, v in basis(x)]
        for sign in (-1, 1)
    ]
    return np.min(sides, axis=0), np.max(sides, axis=0)


def along(case, inputs, seed, directions):
    """The derivatives from the left and from the right along one direction of several inputs, {name: direction}."""
    inputs, value = objective(case, inputs, seed)
    wheres = dict(leaves(case, inputs))

    def f(t):
        moved = inputs
        for name, direction in directions.items():
            moved = replaced(moved, wheres[name], get(inputs, wheres[name]) + t * direction)
        return value(None, moved)

    sides = [extrapolated(Quotient(f, 0.0, 1.0, sign), 1e-3) for sign in (-1, 1)]
    return min(sides), max(sides)


def inputs_of(case, seed, **sizes):
    return case.make(np.random.default_rng(seed), **sizes)


def backward_source(case):
    """The text in which the wrong line stands: the function, the method, or the class where the method has a helper."""
    if case.style != "class":
        return inspect.getsource(case.backward or case.forward)
    kind = type(case.forward(*copy.deepcopy(inputs_of(case, 0)[1:])))
    method = inspect.getsource(getattr(kind, case.backward))
    return method if case.site in method else inspect.getsource(kind)
