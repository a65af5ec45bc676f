"""Correct gradients, thousands of them, none of which may be condemned: in two precisions, at all scales, at kinks and ties.

The sources: elementwise functions, one within another, layers, networks of several of them, and every differentiable
operation of the registry with its own rule as the hand-written backward, called on plain arrays. A sample counts where
forward and backward are finite in its precision. So that nothing is cleared by bounds that are too wide, the same gradients
times 1.01 are judged too: none of them may pass unless the report calls it untested.
"""

import contextlib
import functools
import io
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import check_pool
import numpy as np
from check_elementwise import FUNCTIONS
from check_layers import LAYERS
from check_pool import CRASH, HANG

import autograd_nn as ag
from autograd_nn import ops
from autograd_nn.domain import Increasing, Interval, Shape
from autograd_nn.op import REGISTRY

__all__ = ["SOURCES", "SPOILT", "chosen", "counted", "is_offender", "items", "lost", "measured", "offenders", "row_of"]

SOURCES = ("elementwise", "compositions", "layers", "networks", "operations")
SPOILT = ", x 1.01"
SCALES = (1e-8, 1e-4, 1.0, 1e4, 1e8)
PRECISIONS = (np.float64, np.float32)


@dataclass(frozen=True)
class Sample:
    """A correct pair at a point; `variant` says what is special about the point."""

    name: str
    variant: str
    forward: Callable
    backward: Callable
    inputs: tuple


@functools.cache
def items(source):
    """The samples of a source, the same in every process."""
    if source.endswith(SPOILT):
        return [spoilt(sample) for sample in items(source.removesuffix(SPOILT))]
    makers = elementwise, compositions, layers, networks, operations
    return [sample for sample in dict(zip(SOURCES, makers))[source]() if is_finite(sample)]


def spoilt(sample):
    """The same with every gradient times 1.01."""

    def backward(g, *xs):
        given = sample.backward(g, *xs)
        return tuple([1.01 * np.asarray(d) for d in (given if isinstance(given, tuple) else (given,))])

    return replace(sample, backward=backward)


def is_finite(sample):
    """Whether forward and backward have numbers at this point, whatever they are."""
    with quiet():
        try:
            y = np.asarray(sample.forward(*sample.inputs))
            given = sample.backward(np.ones_like(y), *sample.inputs)
        except (np.linalg.LinAlgError, ZeroDivisionError, OverflowError):
            return False
    parts = given if isinstance(given, tuple) else (given,)
    return all([np.all(np.isfinite(part)) for part in (y, *parts)])


@contextlib.contextmanager
def quiet():
    with warnings.catch_warnings(), np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def elementwise():
    """13 numbers of each function at five scales, multiples of a half (kinks, zeros, ties), one number and 20,000."""
    rng = np.random.default_rng(10)
    for name, (f, d, where) in FUNCTIONS.items():
        forward, backward = f, (lambda g, x, d=d: g * d(x))
        for dtype in PRECISIONS:
            for scale in SCALES if where != "unit" else SCALES[:3]:
                x = numbers(rng, where, (13,))
                yield Sample(
                    name, f"{dtype.__name__}, scale {scale:g}", forward, backward, ((x * scale).astype(dtype),)
                )
            yield Sample(
                name, f"{dtype.__name__}, many", forward, backward, (numbers(rng, where, (200, 100)).astype(dtype),)
            )
            if where == "any":
                halves = np.array([-3.0, -2.5, -1.0, -1.0, -0.5, 0.0, 0.0, 0.5, 1.0, 1.0, 2.5, 3.0, 6.0], dtype)
                yield Sample(name, f"{dtype.__name__}, halves", forward, backward, (halves,))
                yield Sample(name, f"{dtype.__name__}, all zero", forward, backward, (np.zeros(20, dtype),))
        yield Sample(name, "one number", forward, backward, (np.asarray(numbers(rng, where, ())),))


def numbers(rng, where, shape):
    x = rng.uniform(0.3, 3.0, shape) if where == "positive" else rng.normal(size=shape)
    return rng.uniform(-0.9, 0.9, shape) if where == "unit" else x


def compositions():
    """Random pairs of functions, one within the other, with the chain rule written out."""
    rng = np.random.default_rng(13)
    known = {name: entry for name, entry in FUNCTIONS.items() if entry[2] == "any"}
    for _ in range(400):
        outer, inner = rng.choice(list(known), 2)
        f, df, _ = known[outer]
        h, dh, _ = known[inner]
        forward, backward = (lambda x, f=f, h=h: f(h(x))), (lambda g, x, df=df, h=h, dh=dh: g * df(h(x)) * dh(x))
        for dtype in PRECISIONS:
            x = rng.normal(size=13).astype(dtype)
            yield Sample(f"{outer} of {inner}", dtype.__name__, forward, backward, (x,))


def networks():
    """Dense networks of random depth and activations with squared error, and a skip over each equal pair of sizes."""
    rng = np.random.default_rng(14)
    for k in range(100):
        depth = int(rng.integers(2, 7))
        names = [str(n) for n in rng.choice(ACTIVATIONS, depth)]
        sizes = [int(n) for n in rng.choice((3, 5, 5, 8), depth + 1)]
        forward, backward = network_of(names, sizes)
        weights = [rng.normal(size=s) / np.sqrt(s[0]) for s in pairwise(sizes)]
        for dtype in PRECISIONS:
            given = [np.asarray(a, dtype) for a in (rng.normal(size=(7, sizes[0])), *weights)]
            yield Sample(f"network {k}: {', '.join(names)}", dtype.__name__, forward, backward, tuple(given))


ACTIVATIONS = (
    "tanh",
    "sigmoid",
    "relu",
    "swish",
    "gelu by tanh",
    "elu",
    "softplus, naive",
    "leaky relu",
    "softsign",
    "identity",
)


def network_of(names, sizes):
    functions = [FUNCTIONS[name][:2] for name in names]
    skips = [m == n for m, n in pairwise(sizes)]

    def states(x, weights):
        xs, zs = [x], []
        for (f, _), W, skip in zip(functions, weights, skips):
            zs.append(xs[-1] @ W)
            xs.append(f(zs[-1]) + xs[-1] if skip else f(zs[-1]))
        return xs, zs

    def forward(x, *weights):
        return 0.5 * np.mean(states(x, weights)[0][-1] ** 2)

    def backward(g, x, *weights):
        xs, zs = states(x, weights)
        d, given = g * xs[-1] / xs[-1].size, []
        for (_, df), W, z, before, skip in list(zip(functions, weights, zs, xs, skips))[::-1]:
            dz = d * df(z)
            given.append(before.T @ dz)
            d = dz @ W.T + (d if skip else 0.0)
        return (d, *given[::-1])

    return forward, backward


def layers():
    """Each layer at five scales, far from zero, with ties, with zeros, and at other numbers."""
    rng = np.random.default_rng(11)
    for name, (forward, backward, shapes) in LAYERS.items():
        for dtype in PRECISIONS:
            points = {f"scale {scale:g}": [scale * rng.normal(size=s) for s in shapes] for scale in SCALES}
            points |= {f"offset {by:g}": [by + rng.normal(size=s) for s in shapes] for by in (30.0, 1e3, 1e6)}
            points |= {f"seed {k}": [rng.normal(size=s) for s in shapes] for k in range(3)}
            points |= {"ties": [np.round(2.0 * rng.normal(size=s)) / 2.0 for s in shapes]}
            points |= {"zeros": [np.zeros(s) for s in shapes]}
            points |= {
                f"scale of the first {s:g}": scaled_first(rng, shapes, s) for s in (1e-8, 1e8) if len(shapes) > 1
            }
            for variant, xs in points.items():
                given = tuple([np.asarray(x, dtype) for x in xs])
                yield Sample(name, f"{dtype.__name__}, {variant}", forward, backward, given)


def scaled_first(rng, shapes, scale):
    return [rng.normal(size=s) * (1.0 if k else scale) for k, s in enumerate(shapes)]


def operations():
    """Every case of every differentiable operation with one result; of elementwise ones four pairs of shapes."""
    rng = np.random.default_rng(12)
    for op in REGISTRY.values():
        if op.kind == "nondifferentiable" or not any([rule is not None for rule in op.vjps]):
            continue
        for case in op.cases or [[Shape(*s)] * len(op.vjps) for s in ((), (3,), (4, 1, 3), (0, 3))]:
            yield from at_points(op, case, rng)


def at_points(op, case, rng):
    """One case of an operation in both precisions, at three scales where its domain allows, and where all numbers are equal."""
    active = [i for i, a in enumerate(case) if isinstance(a, Shape | Interval)]
    domains = [case[i] if isinstance(case[i], Interval) else op.domain[min(i, len(op.domain) - 1)] for i in active]
    shapes = [(2, 3) if isinstance(case[i], Interval) else case[i] for i in active]
    xs = [domain.sample(rng, shape) for domain, shape in zip(domains, shapes)]
    full = list(case)
    for i, x in zip(active, xs):
        full[i] = x
    try:
        with quiet():
            single = not isinstance(op.array(*full), tuple)
    except ag.errors.MissingLibrary:
        return
    if not single:
        return
    points = {"": xs}
    if not any([isinstance(d, Increasing) or (isinstance(d, Interval) and d.high < 2.0) for d in domains]):
        points |= {f", scale {s:g}": [s * x for x in xs] for s in (1e-8, 1e8)}
    if (
        all([isinstance(d, Interval) for d in domains]) and op.name != "clip"
    ):  # of three equal numbers every share is a choice
        low, high = max([d.low for d in domains]), min([d.high for d in domains])
        points[", all equal"] = [np.full(np.shape(x), low + 0.7 * (high - low)) for x in xs]
    forward, backward = pair(op, case, active)
    what = ", ".join([str(tuple(a)) if isinstance(a, Shape) else repr(a) for a in case])[:60]
    for variant, point in points.items():
        for dtype in PRECISIONS:
            given = tuple([np.asarray(x, dtype) for x in point])
            yield Sample(f"{op.name}({what})", f"{dtype.__name__}{variant}", forward, backward, given)


def pair(op, case, active):
    """An operation and its rules, as forward and backward of its arrays alone."""

    def filled(xs):
        full = list(case)
        for i, x in zip(active, xs):
            full[i] = x
        return full

    def forward(*xs):
        return op.function(*filled(xs))

    def backward(g, *xs):
        full = filled(xs)
        y = np.asarray(op.array(*full))
        return tuple([shaped(op.vjps[i](g, y, *full), x) for i, x in zip(active, xs)])

    return forward, backward


def shaped(d, x):
    """A cotangent summed over what broadcasting had repeated, or spread where a rule gives too little."""
    d = np.asarray(d, x.dtype)
    full = np.broadcast_shapes(d.shape, x.shape)
    return np.asarray(ops.sum_to(np.broadcast_to(d, full), x.shape), x.dtype)


def row_of(source, position, texts):
    """The verdict about one correct gradient, and what was said of it."""
    sample = items(source)[position]
    row = {"source": source, "name": sample.name, "variant": sample.variant}
    begin = time.perf_counter()
    try:
        with quiet():
            report = ag.check_backward(sample.forward, sample.backward, *sample.inputs, style="plain")
    except BaseException as error:  # noqa: BLE001  whatever escapes from the checker is counted
        text = f"{type(error).__name__}: {error}"[:300]
        return row | {
            "verdict": CRASH,
            "named": "",
            "untested": False,
            "seconds": time.perf_counter() - begin,
            "text": text,
        }
    row |= {"verdict": report.verdict, "named": report.findings[0].kind if report.findings else ""}
    row |= {"untested": not all([a.tested for a in report.arguments]), "seconds": time.perf_counter() - begin}
    text = "\n".join([line[:220] for line in str(report).splitlines()[:8]])
    return row | {"text": text if is_offender(row) else ""}


def is_offender(row):
    """Whether a correct gradient was not cleared, or a spoilt one was, and without a word."""
    if row["source"].endswith(SPOILT):
        return row["verdict"] in (CRASH, HANG) or (row["verdict"] == "right" and not row["untested"])
    return row["verdict"] != "right"


def lost(source, position, verdict):
    """The row of a sample whose process died or was ended."""
    sample = items(source)[position]
    known = {"source": source, "name": sample.name, "variant": sample.variant}
    return known | {"verdict": verdict, "named": "", "untested": False, "seconds": check_pool.LIMIT, "text": ""}


def chosen(only=()):
    """(source, position) of the samples whose source, name or variant contains one of the words."""
    tasks = []
    for source in [source + more for more in ("", SPOILT) for source in SOURCES]:
        texts = [f"{source} {s.name} {s.variant}" for s in items(source)]
        tasks += [(source, i) for i, text in enumerate(texts) if not only or any([word in text for word in only])]
    return tasks


def measured(tasks, said):
    return check_pool.run("check_sweep", tasks, said=said)


def counted(rows):
    """{source: {verdict: how many}}, and all correct and all spoilt ones together; passing untested is a verdict of its own."""
    found = {}
    for more in ("", SPOILT):
        part = [r for r in rows if r["source"].endswith(SPOILT) == bool(more)]
        for source in [*SOURCES, "all"]:
            verdicts = [said(r) for r in part if source == "all" or r["source"] == source + more]
            counts = {v: verdicts.count(v) for v in ("right", UNTESTED, "wrong", "cannot tell", CRASH, HANG)}
            found[source + more] = {"samples": len(verdicts)} | counts
    return found


UNTESTED = "right, untested"


def said(row):
    return UNTESTED if row["verdict"] == "right" and row["untested"] else row["verdict"]


def offenders(rows):
    """What was not judged as it should be: the condemned first, then spoilt ones that passed, then by name."""
    order = ["wrong", CRASH, HANG, "right", "cannot tell"]
    return sorted(
        [r for r in rows if is_offender(r)], key=lambda r: (order.index(r["verdict"]), r["source"], r["name"])
    )
