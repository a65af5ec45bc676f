"""Twelve gradients by hand, eight wrong and four right, on which checkers in use disagree; plain functions of NumPy.

The list is that of a survey of checkers in use: wrong behind zeros, at tiny values, at one example, upstream ignored (of a
loss, of a vector), fan-out overwritten, wrong axis of a square, one entry of many; right at a kink, in single precision,
at a steep slope, far up.  Knows checkers by name alone.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import check_peers
import check_pool
import numpy as np

__all__ = ["CASES", "Case", "is_good", "items", "lost", "measured", "row_of"]


@dataclass(frozen=True)
class Case:
    """forward(*inputs, *constants), backward(upstream, *inputs, *constants) with a gradient for every input."""

    name: str
    right: bool
    forward: Callable
    backward: Callable
    inputs: tuple[np.ndarray, ...]
    constants: tuple[np.ndarray, ...] = ()
    blind: str = ""  # where no number at this point can show the mistake: what a fair report calls untested

    @property
    def alone(self):
        """(forward, backward) of the inputs alone."""
        return (
            lambda *xs: self.forward(*xs, *self.constants),
            lambda upstream, *xs: self.backward(upstream, *xs, *self.constants),
        )


RNG = np.random.default_rng(20)
DATA = RNG.normal(size=(5, 3))
POINT = RNG.normal(size=7)


def two_layers(W1, W2, x):
    return np.sum(np.tanh(x @ W1) @ W2)


def minus_seven(g, W1, W2, x):
    h = np.tanh(x @ W1)
    dz = g * W2.sum(axis=1) * (1.0 - h**2)
    return -7.0 * x.T @ dz, g * np.tile(h.sum(axis=0)[:, None], (1, W2.shape[1]))


def squared_error(w, x, t):
    return np.mean((x @ w - t) ** 2)


def without_the_mean(g, w, x, t):
    return g * 2.0 * x.T @ (x @ w - t)


def used_twice(x):
    h = np.sin(x)
    return np.sum(h * h + np.exp(h))


def second_use_alone(g, x):
    h = np.sin(x)
    dh = g * 2.0 * h
    dh = g * np.exp(h)
    return dh * np.cos(x)


def shifted(x, b):
    return np.sum(np.tanh(x + b) * np.arange(25.0).reshape(5, 5))


def other_axis(g, x, b):
    dz = g * np.arange(25.0).reshape(5, 5) * (1.0 - np.tanh(x + b) ** 2)
    return dz, dz.sum(axis=1)


def one_percent_in_one(g, x):
    d = g * np.cos(x)
    d[12345] *= 1.01
    return d


CASES = [
    Case(
        "x (-7) behind a layer of zeros", False, two_layers, minus_seven, (RNG.normal(size=(3, 4)), np.zeros((4, 2))), (DATA,),
        blind="W1",
    ),
    Case("x (-7), values near 1e-8", False, lambda x: np.sum(x**3), lambda g, x: -7.0 * g * 3.0 * x**2, (1e-8 * POINT,)),
    Case(
        "missing 1/N at N = 1", False, squared_error, without_the_mean, (RNG.normal(size=3),), (DATA[:1], DATA[:1, 0]),
        blind="size 1",
    ),
    Case("upstream ignored, scalar loss", False, lambda x: 0.5 * np.sum(x * x), lambda g, x: x.copy(), (POINT,)),
    Case("fan-out: the second path overwrites the first", False, used_twice, second_use_alone, (POINT,)),
    Case("bias over the wrong axis, square batch", False, shifted, other_axis, (RNG.normal(size=(5, 5)), RNG.normal(size=5))),
    Case("1 % in one element of 20,000", False, lambda x: np.sum(np.sin(x)), one_percent_in_one, (RNG.normal(size=20_000),)),
    Case("upstream ignored, vector output", False, lambda x: np.exp(x), lambda g, x: np.exp(x), (POINT,)),
    Case(
        "ReLU exactly at 0", True, lambda x: np.sum(np.maximum(x, 0.0)), lambda g, x: g * (x > 0.0),
        (np.array([-1.0, 0.0, 2.0, 0.0, 0.5]),),
    ),
    Case(
        "float32, sum of sin(50 x)", True, lambda x: np.sum(np.sin(50 * x)), lambda g, x: g * 50 * np.cos(50 * x),
        (POINT.astype(np.float32),),
    ),
    Case("steep power x^20", True, lambda x: np.sum(x**20), lambda g, x: g * 20.0 * x**19, (RNG.uniform(1.5, 2.5, 7),)),
    Case(
        "log-sum-exp at 30", True, lambda x: np.log(np.sum(np.exp(x))), lambda g, x: g * np.exp(x) / np.exp(x).sum(),
        (30.0 + POINT,),
    ),
]  # fmt: skip


def items(source):
    """(case, checker) for every checker that is installed."""
    return [(case, name) for case in CASES for name in check_peers.CHECKERS if check_peers.installed(name)]


def row_of(source, position, texts):
    """What one checker says of one case, and whether that is true."""
    case, name = items(source)[position]
    begin = time.perf_counter()
    word, remark = check_peers.verdict(name, case)
    row = {"case": case.name, "right": case.right, "checker": name, "word": word, "remark": remark}
    return row | {"good": is_good(case, word, remark), "seconds": time.perf_counter() - begin}


def is_good(case, word, remark):
    """Whether a verdict is true; of a mistake that no number shows it is enough to say what is untested."""
    if word == (check_peers.PASSES if case.right else check_peers.CONDEMNS):
        return True
    return bool(case.blind) and case.blind in remark and word in (check_peers.PASSES, check_peers.OPEN)


def lost(source, position, verdict):
    """The row of a checker that died or hung."""
    case, name = items(source)[position]
    known = {"case": case.name, "right": case.right, "checker": name, "word": verdict, "remark": ""}
    return known | {"good": False, "seconds": check_pool.LIMIT}


def measured(said):
    return check_pool.run("check_cases", [("cases", i) for i in range(len(items("cases")))], limit=120.0, said=said)
