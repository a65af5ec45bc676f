"""The smallest relative error that each checker sees, where the problem is well-conditioned and in float64.  Knows no checker."""

import time

import check_peers
import check_pool
import numpy as np
from check_cases import Case

__all__ = ["PROBLEMS", "items", "lost", "measured", "row_of"]

LADDER = [10.0**-k for k in range(1, 15)]
PLACE = 677
EXPENSIVE = ("PyTorch gradcheck", "SciPy check_grad")  # two evaluations of the forward, and one, for every number


def dense(x, W):
    return np.tanh(x @ W)


def dense_backward(g, x, W):
    dz = g * (1.0 - np.tanh(x @ W) ** 2)
    return dz @ W.T, x.T @ dz


def scaled(error):
    """A right backward times 1 + error."""
    rng = np.random.default_rng(30)
    inputs = rng.uniform(0.2, 1.2, (7, 5)), rng.uniform(0.2, 1.2, (5, 4)) / 5.0
    return Case("", False, dense, lambda g, x, W: tuple([(1.0 + error) * d for d in dense_backward(g, x, W)]), inputs)


def one_of(count):
    """A right backward with one entry of so many times 1 + error."""

    def made(error):
        def backward(g, x):
            d = g * np.exp(x)
            d[PLACE] *= 1.0 + error
            return d

        inputs = (np.random.default_rng(31).uniform(0.2, 1.2, count),)
        return Case("", False, lambda x: np.sum(np.exp(x)), backward, inputs)

    return made


PROBLEMS = {
    "all of a dense layer's gradient": scaled,
    "one entry of 1,000": one_of(1000),
    "one entry of 1,000,000": one_of(1_000_000),
}


def items(source):
    """(problem, checker) for every checker that is installed and has a verdict."""
    names = [n for n in check_peers.CHECKERS if check_peers.installed(n) and not n.startswith("SciPy")]
    every = [(problem, name) for problem in PROBLEMS for name in names]
    return [(problem, name) for problem, name in every if not (name in EXPENSIVE and problem.endswith("000,000"))]


def row_of(source, position, texts):
    """The ladder of errors downwards: the smallest that is condemned, and the smallest that is not passed."""
    problem, name = items(source)[position]
    begin, condemned, doubted = time.perf_counter(), None, None
    for error in LADDER:
        word, _ = check_peers.verdict(name, PROBLEMS[problem](error))
        if word == check_peers.PASSES:
            break
        doubted = error
        condemned = error if word == check_peers.CONDEMNS else condemned
    row = {"problem": problem, "checker": name, "condemned": condemned, "doubted": doubted}
    return row | {"seconds": time.perf_counter() - begin}


def lost(source, position, verdict):
    """The row of a checker that died or hung."""
    problem, name = items(source)[position]
    return {"problem": problem, "checker": name, "condemned": None, "doubted": None, "seconds": 0.0, "lost": verdict}


def measured(said):
    return check_pool.run("check_smallest", [("all", i) for i in range(len(items("all")))], limit=300.0, said=said)
