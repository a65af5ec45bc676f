"""Every workload: its data, its sizes, its budgets; knows no library's interface, only names of rows in the table.

Budgets are ratios to a row measured in the same run, and bytes.  `tiny` sizes are for tests, which take no time.
"""

from itertools import pairwise
from types import SimpleNamespace

import adapters
import numpy as np
import workloads
from imports import Import
from race import Budget, Workload

__all__ = ["ALL", "SUITES", "contenders", "find"]

LEAN, MICROGRAD, HAND, HIPS, NUMPY = "lean Value", "micrograd", "hand NumPy", "HIPS autograd", "NumPy"
LAYERS = "autograd_nn nn + SGD"


def moons(points, widths):
    coordinates, labels = workloads.moons(points)
    return SimpleNamespace(coordinates=coordinates, labels=labels, widths=widths)


def gpt(tokens, **sizes):
    return SimpleNamespace(tokens=tokens, sizes=sizes)


def tensor(shape, rounds):
    """x, a, b and the number of rounds of three operations."""
    draw = np.random.default_rng(3)
    x, a, b = draw.uniform(-1.0, 1.0, (3, *shape))
    return np.asarray(x), np.asarray(a), np.asarray(b), rounds


def mlp(widths, batch):
    """A batch of images in [0, 1) with random labels, and where the parameters [w1, b1, ...] start; all float32."""
    draw = np.random.default_rng(5)
    images, labels = draw.random((batch, widths[0]), dtype=np.float32), draw.integers(0, widths[-1], batch)
    start = []
    for n, m in pairwise(widths):
        start += [draw.normal(0.0, n**-0.5, (n, m)).astype(np.float32), np.zeros(m, np.float32)]
    return SimpleNamespace(images=images, labels=labels, start=start, classes=widths[-1], rate=0.01)


def rosenbrock(n):
    draw = np.random.default_rng(9)
    return SimpleNamespace(x=draw.uniform(-2.0, 2.0, n), v=draw.uniform(-1.0, 1.0, n))


SCALAR_BUDGETS = (Budget(0.5, LEAN), Budget(1 / 15, MICROGRAD))
CHAIN_BUDGETS = (
    Budget(2.0 / 3.2, LEAN),  # 2 us where the lean Value takes 3.2
    Budget(150.0, stage="held"),
    Budget(2.0, stage="left"),  # the interpreter's free lists keep about one byte
)
CHAIN_UNITS = dict.fromkeys(("forward", "backward", "release", "step"), ("us/op", 1e6))
CHAIN_UNITS |= {"held": ("bytes/op", 1.0), "left": ("bytes/op", 1.0)}


def tensor_work(name, shape, budgets=()):
    title = f"one of 102 small tensor operations, shape {shape}, forward and backward"
    sizes, tiny = {"shape": shape, "rounds": 34}, {"shape": shape, "rounds": 2}
    options = {"unit": "us/op", "scale": 1e6 / 102, "rounds": 15, "budgets": budgets}
    return Workload(name, "eager", title, "tensor", tensor, sizes, tiny, **options)


def mlp_work(name, widths, batch, tolerance, rounds=15, budgets=()):
    title = f"training step of an MLP {'-'.join(map(str, widths))}, batch {batch}, float32, SGD"
    sizes, tiny = {"widths": widths, "batch": batch}, {"widths": (6, 5, 4, 3), "batch": 4}
    options = {"unit": "us", "scale": 1e6, "rounds": rounds, "tolerance": tolerance, "budgets": budgets}
    return Workload(name, "eager", title, "mlp", mlp, sizes, tiny, **options)


def rosenbrock_work(name, kind, n, budgets=()):
    title = {"gradient": "value and gradient", "hessian": "Hessian", "hvp": "Hessian times a vector"}[kind]
    title = f"Rosenbrock's function of {n:,} numbers: {title}"
    return Workload(name, "derivatives", title, kind, rosenbrock, {"n": n}, {"n": 5}, rounds=9, budgets=budgets)


WORKLOADS = [
    Workload(
        "moons", "eager", "training step of an MLP 2-16-16-1 of scalars, 100 points, without the update", "moons", moons,
        {"points": 100, "widths": (2, 16, 16, 1)}, {"points": 4, "widths": (2, 3, 2, 1)}, rounds=5, budgets=SCALAR_BUDGETS,
    ),
    Workload(
        "gpt", "eager", "step of a transformer of scalars, width 16, 4 heads, 8 tokens, without the update", "gpt", gpt,
        {"tokens": (0, 5, 13, 13, 1, 20, 9, 14, 0)},
        {"tokens": (0, 2, 1), "vocabulary": 3, "width": 4, "heads": 2, "block": 2}, rounds=5, budgets=SCALAR_BUDGETS,
    ),
    tensor_work("tensor-0d", ()),
    tensor_work("tensor-4", (4,), (Budget(7.0 / 22.0, HIPS),)),  # 7 us where HIPS autograd takes 22
    tensor_work("tensor-32x32", (32, 32)),
    mlp_work("mlp", (784, 32, 16, 10), 32, 1e-3, budgets=(Budget(1.6, HAND), Budget(1.6, HAND, library=LAYERS))),
    mlp_work("mlp-wide-32", (784, 392, 196, 10), 32, 1e-3),
    mlp_work("mlp-wide-512", (784, 392, 196, 10), 512, 1e-3, rounds=7),
    Workload(
        "chain", "eager", "one of 1,000,000 additions of scalars in a row", "chain", SimpleNamespace,
        {"length": 1_000_000, "short": 10_000, "traced": 100_000}, {"length": 50, "short": 50, "traced": 50},
        rounds=3, budgets=CHAIN_BUDGETS, units=CHAIN_UNITS,
    ),
    rosenbrock_work("gradient-200", "gradient", 200),
    rosenbrock_work("gradient-100000", "gradient", 100_000),
    rosenbrock_work("hessian-200", "hessian", 200, (Budget(8.0 / 67.0, HIPS),)),  # 8 ms where HIPS autograd takes 67
    rosenbrock_work("hvp-100000", "hvp", 100_000, (Budget(8.0 / 14.4, HIPS),)),  # 8 ms where it takes 14.4
    Workload(
        "import", "import", "the import statement in a fresh interpreter", "import", SimpleNamespace, {}, {},
        budgets=(Budget(1.3, NUMPY),),
    ),
]  # fmt: skip
ALL = {w.name: w for w in WORKLOADS}
SUITES = list(dict.fromkeys(w.suite for w in WORKLOADS))


def contenders(workload, tiny=False):
    """{row in the table: step}, ready to run, the reference first."""
    if workload.kind == "import":
        return {NUMPY: Import("numpy")} | {
            library: Import(p) for library, p in adapters.packages(arrays=[True]).items()
        }
    return adapters.contenders(workload.kind, workload.make(**(workload.tiny if tiny else workload.sizes)))


def find(names=(), suites=()):
    """The workloads whose name starts with one of `names`, in one of `suites`; everything by default.

    Raises ValueError for a name that fits nothing.
    """
    for name in names:
        if not any(known.startswith(name) for known in ALL):
            raise ValueError(f"no workload's name starts with {name!r}. There are: {', '.join(ALL)}")
    chosen = [
        w for w in WORKLOADS if (not names or w.name.startswith(tuple(names))) and (not suites or w.suite in suites)
    ]
    if not chosen:
        raise ValueError(f"no workload of {', '.join(names)} is in the suite {', '.join(suites)}. See --list")
    return chosen
