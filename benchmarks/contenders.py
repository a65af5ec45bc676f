"""Who computes what: each workload with the libraries that run it; knows their interfaces, not how time is taken."""

import math
import time
from importlib.metadata import PackageNotFoundError, version

import lean_value
import numpy as np
import workloads
from hand_numpy import HandClassifier, tensor_chain
from race import Budget, Contender, Workload, traced_bytes
from workloads import Scalars

import autograd_nn as ag
from autograd_nn import ops

try:
    import micrograd.engine as micrograd
except ImportError:
    micrograd = None
try:
    import autograd as hips
    import autograd.numpy as hips_numpy
except ImportError:
    hips = None

__all__ = ["ALL", "MISSING", "VERSIONS"]

MISSING = [name for name, module in (("micrograd", micrograd), ("autograd", hips)) if module is None]


def installed(package):
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed as a package"


VERSIONS = {name: installed(name) for name in ("numpy", "autograd_nn", "micrograd", "autograd") if name not in MISSING}
OURS, LEAN, MICROGRAD = "autograd_nn", "lean Value", "micrograd"
HIPS, HAND, PRODUCTS = "HIPS autograd", "hand NumPy", "matrix products alone"


def micrograd_unary(function, slope):
    """A function that micrograd lacks, written the way its own operations are."""

    def apply(x):
        out = micrograd.Value(function(x.data), (x,), function.__name__)

        def backward():
            x.grad += slope(x.data, out.data) * out.grad

        out._backward = backward
        return out

    return apply


def scalar_libraries():
    """{library: Scalars}, ours last."""
    lean, ours = lean_value.Value, ag.Value
    result = {LEAN: Scalars(lean, lean.exp, lean.log)}
    if micrograd:
        exp, log = micrograd_unary(math.exp, lambda x, y: y), micrograd_unary(math.log, lambda x, y: 1.0 / x)
        result[MICROGRAD] = Scalars(micrograd.Value, exp, log)
    return result | {OURS: Scalars(ours, ours.exp, ours.log)}


def scalar_step(loss, parameters):
    """A training step without the update: `loss()` forward, backward, (loss, [gradients]); the graph dies inside it."""

    def step():
        for p in parameters:
            p.grad = 0.0
        y = loss()
        y.backward()
        return y.data, [p.grad for p in parameters]

    return step


SCALAR_BUDGETS = [Budget(0.5, LEAN), Budget(1 / 15, MICROGRAD)]


def moons():
    coordinates, labels = workloads.moons()

    def contender(library, scalars):
        model = workloads.MLP(scalars.value, 2, 16, 16, 1)
        loss = lambda: workloads.moons_loss(scalars.value, model, coordinates, labels)
        return Contender(library, scalar_step(loss, model.parameters()))

    runners = [contender(*item) for item in scalar_libraries().items()]
    title = "scalar moons step: MLP 2-16-16-1, 100 points"
    return Workload("moons", title, LEAN, runners, rounds=5, budgets=SCALAR_BUDGETS)


def gpt():
    tokens = [0, 5, 13, 13, 1, 20, 9, 14, 0]

    def contender(library, scalars):
        model = workloads.GPT(scalars.value)
        return Contender(library, scalar_step(lambda: workloads.gpt_loss(scalars, model, tokens), model.parameters()))

    runners = [contender(*item) for item in scalar_libraries().items()]
    title = "scalar GPT step: width 16, 4 heads, 8 positions, 27 tokens"
    return Workload("gpt", title, LEAN, runners, rounds=5, budgets=SCALAR_BUDGETS)


def chain(length=1_000_000, short=10_000, traced=100_000):
    """Time and bytes per addition: held after the forward pass, left once the graph is dropped after its backward."""

    def contender(library, value):
        start, one = value(0.0), value(1.0)
        memory = {}
        short_step = scalar_step(lambda: workloads.add_chain(start, one, short), [start, one])

        def measure():
            begin = time.perf_counter()
            y = workloads.add_chain(start, one, length)
            built = time.perf_counter()
            y.backward()
            done = time.perf_counter()
            del y
            gone = time.perf_counter()
            if not memory:  # the same every time, and slow to trace
                held, left = traced_bytes(lambda: workloads.add_chain(start, one, traced), lambda y: y.backward())
                memory.update(held=held / traced, left=left / traced)
            times = {"forward": built - begin, "backward": done - built, "release": gone - done, "step": gone - begin}
            return times | memory

        return Contender(library, short_step, measure)

    runners = [contender(LEAN, lean_value.Value), contender(OURS, ag.Value)]
    budgets = [Budget(2.0 / 3.2, LEAN), Budget(150.0, stage="held")]  # 2 us where the lean Value takes 3.2
    budgets.append(Budget(2.0, stage="left"))  # the interpreter's free lists keep about one byte
    time_units = dict.fromkeys(("forward", "backward", "release", "step"), ("us/op", 1e6 / length))
    units = time_units | {"held": ("bytes/op", 1.0), "left": ("bytes/op", 1.0)}
    title = f"chain of {length:,} scalar additions (micrograd recurses too deep)"
    return Workload("chain", title, LEAN, runners, rounds=3, budgets=budgets, units=units)


def tensor(shape, rounds=34):
    """Time per operation; a round is three (a product, a sum, a tanh), forward and backward, all three gradients."""
    draw = np.random.default_rng(3)
    x, a, b = draw.uniform(-1.0, 1.0, (3, *shape))
    x, a, b = np.asarray(x), np.asarray(a), np.asarray(b)

    def ours():
        nodes = [ag.Tensor(v) for v in (x, a, b)]
        y = workloads.tensor_chain(ag.Tensor.tanh, *nodes, rounds)
        y.backward()
        return y.data, [n.grad for n in nodes]

    runners = [Contender(HAND, lambda: tensor_chain(x, a, b, rounds))]
    if hips:
        function = hips.value_and_grad(
            lambda x, a, b: hips_numpy.sum(workloads.tensor_chain(hips_numpy.tanh, x, a, b, rounds)), argnum=(0, 1, 2)
        )
        runners.append(Contender(HIPS, lambda: function(x, a, b)))
    runners.append(Contender(OURS, ours))
    name = "tensor-" + ("x".join(map(str, shape)) or "0d")
    budgets = [Budget(7.0), Budget(7.0 / 22.0, HIPS)] if shape == (4,) else []  # 7 us where HIPS takes 22
    title = f"small tensor operation, shape {shape}, of a chain of {3 * rounds}"
    return Workload(name, title, HAND, runners, "us/op", 1e6 / (3 * rounds), rounds=15, budgets=budgets)


def mlp(batch=32, rate=0.01):
    """A step 784-32-16-10 with SGD; float32, but float64 in HIPS autograd, which promotes."""
    draw = np.random.default_rng(5)
    images = draw.random((batch, 784), dtype=np.float32)
    labels = draw.integers(0, 10, batch)
    rows, one_hot = np.arange(batch), np.eye(10)[labels]
    start = []
    for n, m in ((784, 32), (32, 16), (16, 10)):
        start += [draw.normal(0.0, n**-0.5, (n, m)).astype(np.float32), np.zeros(m, np.float32)]

    hand, floor = HandClassifier(start, batch, rate), HandClassifier(start, batch, rate)
    floor.step(images, labels)  # fills its buffers: products of uninitialised memory may be slow
    parameters = [ag.Tensor(p) for p in start]

    def by_hand():
        return hand.step(images, labels), hand.gradients

    def likelihood(logits, labels):
        return -ops.log_softmax(logits, axis=1)[rows, labels].mean()

    def ours():
        for p in parameters:
            p.grad = None
        loss = workloads.classifier(ag.Tensor.tanh, likelihood, parameters, images, labels)
        loss.backward()
        for p in parameters:
            p.data = p.data - np.float32(rate) * p.grad
        return loss.data, [p.grad for p in parameters]

    runners = [
        Contender(HAND, by_hand),
        Contender(PRODUCTS, lambda: floor.products(images)),
        Contender(OURS, ours),
    ]
    if hips:
        wide, images64 = [p.astype(np.float64) for p in start], images.astype(np.float64)

        def cross_entropy(logits, one_hot):
            lognorm = hips_numpy.log(hips_numpy.sum(hips_numpy.exp(logits), axis=1))
            return hips_numpy.mean(lognorm - hips_numpy.sum(logits * one_hot, axis=1))

        function = hips.value_and_grad(
            lambda wide: workloads.classifier(hips_numpy.tanh, cross_entropy, wide, images64, one_hot)
        )

        def by_hips():
            loss, gradients = function(wide)
            for p, g in zip(wide, gradients):
                p -= rate * g
            return loss, gradients

        runners.insert(2, Contender(HIPS, by_hips))
    title = f"MLP step 784-32-16-10, batch {batch}, float32, SGD"
    return Workload("mlp", title, HAND, runners, "us", 1e6, rounds=15, tolerance=1e-4, budgets=[Budget(1.6, HAND)])


ALL = {
    "moons": moons,
    "gpt": gpt,
    "tensor-0d": lambda: tensor(()),
    "tensor-4": lambda: tensor((4,)),
    "tensor-32x32": lambda: tensor((32, 32)),
    "mlp": mlp,
    "chain": chain,
}
