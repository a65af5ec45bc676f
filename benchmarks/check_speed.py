"""What a check costs: a network's backward by hand, right and wrong, at 25,000 and a million parameters; time and memory."""

import cProfile
import functools
import pstats
import time
import tracemalloc
from itertools import pairwise
from pathlib import Path

import check_peers
import check_pool
import numpy as np
from check_cases import Case

__all__ = ["BUDGETS", "items", "lost", "measured", "profile", "row_of"]

SMALL, LARGE, BATCH = (784, 32, 16, 10), (784, 1024, 192, 10), 32
BUDGETS = {
    "25,818 parameters, right": 0.010,
    "25,818 parameters, path dropped": 5.0,
    "1,002,570 parameters, right": 30.0,
}
ROUNDS = 15


def network(W1, b1, W2, b2, W3, b3, x, labels):
    h1 = np.tanh(x @ W1 + b1)
    h2 = np.tanh(h1 @ W2 + b2)
    z = h2 @ W3 + b3
    z = z - z.max(axis=1, keepdims=True)
    return (np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(labels)), labels]).mean()


def backward(g, W1, b1, W2, b2, W3, b3, x, labels):
    h1 = np.tanh(x @ W1 + b1)
    h2 = np.tanh(h1 @ W2 + b2)
    z = h2 @ W3 + b3
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(labels)), labels] -= 1.0
    dz = g * p / len(labels)
    d2 = (dz @ W3.T) * (1.0 - h2**2)
    d1 = (d2 @ W2.T) * (1.0 - h1**2)
    return x.T @ d1, d1.sum(axis=0), h1.T @ d2, d2.sum(axis=0), h2.T @ dz, dz.sum(axis=0)


def without_a_tanh(g, W1, b1, W2, b2, W3, b3, x, labels):
    h1 = np.tanh(x @ W1 + b1)
    h2 = np.tanh(h1 @ W2 + b2)
    z = h2 @ W3 + b3
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(labels)), labels] -= 1.0
    dz = g * p / len(labels)
    d2 = dz @ W3.T
    d1 = (d2 @ W2.T) * (1.0 - h1**2)
    return x.T @ d1, d1.sum(axis=0), h1.T @ d2, d2.sum(axis=0), h2.T @ dz, dz.sum(axis=0)


def zeros_for_a_bias(g, *rest):
    given = backward(g, *rest)
    return given[0], 0.0 * given[1], *given[2:]


@functools.cache
def arrays(sizes):
    """(weights and biases in turn, (x, labels))"""
    rng = np.random.default_rng(40)
    pairs = [(rng.normal(size=(m, n)) / np.sqrt(m), 0.1 * rng.normal(size=n)) for m, n in pairwise(sizes)]
    return tuple([a for pair in pairs for a in pair]), (
        rng.normal(size=(BATCH, sizes[0])),
        rng.integers(0, sizes[-1], BATCH),
    )


def case_of(sizes, by_hand, right):
    inputs, constants = arrays(sizes)
    return Case("", right, network, by_hand, inputs, constants)


def count(sizes):
    return sum([a.size for a in arrays(sizes)[0]])


def items(source):
    """(what, checker, case, what is measured), the quick ones first."""
    found = []
    for sizes in (SMALL, LARGE):
        what = f"{count(sizes):,} parameters"
        for name, by_hand in (
            ("right", backward),
            ("path dropped", without_a_tanh),
            ("a bias forgotten", zeros_for_a_bias),
        ):
            found.append((f"{what}, {name}", "autograd_nn", case_of(sizes, by_hand, name == "right"), "time"))
        found.append((f"{what}, right", "autograd_nn", case_of(sizes, backward, True), "memory"))
    others = [
        n for n in check_peers.CHECKERS if n not in ("autograd_nn", "SciPy check_grad") and check_peers.installed(n)
    ]
    small = case_of(SMALL, backward, True)
    return found + [(f"{count(SMALL):,} parameters, right", name, small, "time") for name in others]


def row_of(source, position, texts):
    """Seconds of some rounds, on the clock and of the processor, or the peak of memory beside what the parameters take."""
    what, name, case, measure = items(source)[position]
    row = {"what": what, "checker": name, "measure": measure}
    if measure == "memory":
        held = sum([x.nbytes for x in case.inputs])
        tracemalloc.start()
        word, _ = check_peers.verdict(name, case)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return row | {"word": word, "peak": peak, "times the parameters": peak / held}
    word, named = check_peers.verdict(name, case)  # once before: imports and caches
    seconds, busy = [], time.process_time()
    while len(seconds) < 3 or (len(seconds) < ROUNDS and sum(seconds) < 3.0):
        begin = time.perf_counter()
        check_peers.verdict(name, case)
        seconds.append(time.perf_counter() - begin)
        if seconds[0] > 3.0:
            break
    times = {
        "median": float(np.median(seconds)),
        "fastest": min(seconds),
        "slowest": max(seconds),
        "rounds": len(seconds),
    }
    times["processor"] = (time.process_time() - busy) / len(seconds)
    budget = BUDGETS.get(what) if name == "autograd_nn" else None
    return row | times | {"word": word, "named": named if word == check_peers.CONDEMNS else "", "budget": budget}


def lost(source, position, verdict):
    """The row of a check that died or hung."""
    what, name, _, measure = items(source)[position]
    return {"what": what, "checker": name, "measure": measure, "word": verdict}


def measured(said):
    """One after the other, so that nothing else runs meanwhile."""
    tasks = [("speed", i) for i in range(len(items("speed")))]
    return check_pool.run("check_speed", tasks, workers=1, limit=300.0, said=said)


def profile(top=10, rounds=10):
    """The functions in which the check of the right small network spends its time; `within` is with what they call."""
    case = case_of(SMALL, backward, True)
    check_peers.verdict("autograd_nn", case)
    profiler = cProfile.Profile()
    with profiler:
        for _ in range(rounds):
            check_peers.verdict("autograd_nn", case)
    stats = pstats.Stats(profiler)
    rows = []
    for (file, line, name), (_, calls, own, within, _) in stats.stats.items():
        where = name if file == "~" else f"{Path(file).parent.name}/{Path(file).name}:{line} {name}"
        each = {"calls": calls / rounds, "seconds": own / rounds, "within": within / rounds}
        rows.append({"where": where, **each, "share": own / stats.total_tt})
    return sorted(rows, key=lambda r: -r["seconds"])[:top]
