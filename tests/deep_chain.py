"""Builds a long or wide graph in an interpreter of its own and writes what happened as JSON; run by test_deep_graphs.py."""

import gc
import json
import sys
import tracemalloc
from pathlib import Path

import numpy as np

from autograd_nn import Tensor, Value, grad, jvp
from autograd_nn.node import Node

STATM = Path("/proc/self/statm")  # second number: resident pages of 4 KiB, where Linux is


def memory():
    """Bytes in use: what the allocators of Python and NumPy count if they are traced, else the resident set.

    The resident set is what a user sees, but says little of arrays: malloc keeps the pages of their small buffers for later.
    """
    if tracemalloc.is_tracing():
        return tracemalloc.get_traced_memory()[0]
    return int(STATM.read_text().split()[1]) * 4096


def nodes():
    """Nodes alive.  Every instance of a slotted class is tracked by the collector from birth, so the count is exact."""
    return sum([isinstance(o, Node) for o in gc.get_objects()])


def scale(n, rate):
    """n multiplications in a row; the derivative is rate ** n."""

    def f(x):
        for _ in range(n):
            x = x * rate
        return x

    return f


def fan_out(n):
    """One node added up n times; the derivative is n."""

    def f(x):
        total = x
        for _ in range(n - 1):
            total = total + x
        return total

    return f


def measure(leaf, f):
    """Forward, backward and release with the cycle collector off: only reference counts can free the graph."""
    gc.collect()
    gc.disable()
    memory_before, nodes_before = memory(), nodes()
    y = f(leaf)
    y.backward()
    memory_peak, nodes_peak = memory(), nodes()
    del y
    left = [memory() - memory_before]
    for _ in range(2):  # malloc keeps some pages for the next round; a leak would grow with each
        f(leaf).backward()
        left.append(memory() - memory_before)
    return {
        "gradient": float(np.sum(leaf.grad)) / 3,
        "nodes": nodes_peak - nodes_before,
        "nodes left": nodes() - nodes_before,
        "grown": memory_peak - memory_before,
        "left": left,
    }


def calls(leaf, f):
    """How many functions, Python's and C's, are called forward and backward."""
    count = 0

    def seen(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(seen)
    f(leaf).backward()
    sys.setprofile(None)
    return {"calls": count}


def transforms(n):
    """grad and jvp over the same chain, and the gradient of the gradient."""
    f = scale(n, 1.0 + 1.0 / n)
    x = 2.0
    return {
        "reverse": grad(f)(x),
        "forward": jvp(f, (x,), (1.0,))[1],
        "second": grad(grad(lambda t: f(t) * t))(x),
        "left": nodes(),
    }


def main(kind, shape, count):
    n = int(count)
    if kind == "transforms":
        return transforms(n)
    leaf = Value(2.0) if kind == "Value" else Tensor(np.full(3, 2.0) if kind == "Tensor" else 2.0)
    f = fan_out(n) if shape == "fan" else scale(n, 1.0 + 1.0 / n)
    f = (lambda x, f=f: f(x).sum()) if kind == "Tensor" else f
    return calls(leaf, f) if shape == "calls" else measure(leaf, f)


if __name__ == "__main__":
    kind, shape, count = sys.argv[1:]
    if int(count) < 200_000 or not STATM.exists():
        tracemalloc.start()
    json.dump(main(kind, shape, count), sys.stdout)
