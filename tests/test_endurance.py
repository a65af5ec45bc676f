"""Long runs, copies and threads: memory stays flat, and nothing is shared that should not be.  Knows nn and optim."""

import copy
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from autograd_nn import Tensor, Value, checkpoint, grad, hvp, nn, optim

ROOT = Path(__file__).parent.parent

# Training without the cycle collector: what a step leaves behind, stays.  argv: kind, steps before the first look, steps after.
PROGRAM = """
import gc, sys
import numpy as np
from autograd_nn import Value, checkpoint, grad, hvp, nn, optim

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

def tensors():
    rng = np.random.default_rng(0)
    model = nn.Sequential(nn.Dense(2, 3, rng=rng, dtype=float), np.tanh, nn.Dense(3, 1, rng=rng, dtype=float))
    x = rng.normal(size=(4, 2))
    target, opt = x[:, :1] * x[:, 1:], optim.SGD(model.parameters(), 0.01)
    def step():
        opt.zero_grad()
        ((model(x) - target) ** 2).mean().backward()
        opt.step()
    return step

def values():
    rng = np.random.default_rng(0)
    weights = [[Value(w) for w in row] for row in rng.normal(size=(3, 4))]
    def step():
        hidden = [(w * 0.5 + v * -0.3 + b).tanh() for w, v, b, _ in weights]
        loss = (sum([h * row[3] for h, row in zip(hidden, weights)]) - 0.7) ** 2
        for row in weights:
            for w in row:
                w.grad = 0.0
        loss.backward()
        for row in weights:
            for w in row:
                w.data -= 0.01 * w.grad
    return step

def transforms():
    w, x = np.ones(3), np.arange(3.0)
    second = grad(lambda w: (grad(lambda w: (np.tanh(w * x) ** 2).sum())(w) ** 2).sum())
    inner = checkpoint(lambda w: np.tanh(w * x))
    def step():
        second(w)
        hvp(lambda w: (inner(w) ** 2).sum(), w, w)
    return step

gc.disable()
step = {"tensors": tensors, "values": values, "transforms": transforms}[sys.argv[1]]()
for _ in range(int(sys.argv[2])):
    step()
first = resident()
for _ in range(int(sys.argv[3])):
    step()
print(resident() - first)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc to see the resident set")
@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [("tensors", 10_000, 90_000), ("values", 2_000, 18_000), ("transforms", 1_000, 4_000)],
)
def test_memory_stays_flat_without_the_cycle_collector(kind, before, after):
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, kind, str(before), str(after)],
        env={"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    assert abs(int(run.stdout)) < 2_000_000  # one node left behind in every step would be 20 MB


def network(seed):
    rng = np.random.default_rng(seed)
    return nn.Sequential(nn.Dense(2, 3, rng=rng, dtype=np.float64), np.tanh, nn.Dense(3, 1, rng=rng, dtype=np.float64))


def trained(model, seed, steps=200):
    """The losses of a training run."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(8, 2))
    target, losses = x[:, :1] * x[:, 1:], []
    opt = optim.SGD(model.parameters(), 0.1)
    for _ in range(steps):
        opt.zero_grad()
        loss = ((checkpoint(model)(x) - target) ** 2).mean()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses


def transformed(seed):
    """Gradients and Hessian products of a model, again and again."""
    model, x = network(seed), np.random.default_rng(seed).normal(size=(8, 2))
    loss = lambda model: (model(x) ** 2).sum()
    found = []
    for _ in range(50):
        g = grad(loss)(model)
        found.append(np.concatenate([d.ravel() for d in (*g.values(), *hvp(loss, model, g).values())]))
    return np.array(found)


def test_a_deep_copy_is_an_independent_model():
    model = network(0)
    x = np.ones((4, 2))
    model(x).sum().backward()
    before = {path: (t.data, t.grad) for path, t in model.parameters().items()}

    twin = copy.deepcopy(model)
    copies = twin.parameters()

    assert list(before) == list(copies)
    for path, t in copies.items():
        assert t is not model.parameters()[path]
        np.testing.assert_array_equal(before[path][0], t.data)
        assert (None, None) == (t.grad, t.op)
    trained(twin, 0, steps=5)
    for path, t in model.parameters().items():
        assert (before[path][0] is t.data, before[path][1] is t.grad) == (True, True)
        assert not np.array_equal(t.data, copies[path].data)


def test_a_deep_copy_keeps_sharing_and_learns_the_same():
    class Tied(nn.Module):
        def __init__(self):
            self.a = Tensor(2.0)
            self.parts = {"b": [self.a]}

        def __call__(self, x):
            return (self.a * x + self.parts["b"][0] ** 2).sum()

    twin = copy.deepcopy(Tied())

    assert twin.a is twin.parts["b"][0]
    assert trained(network(3), 1, 20) == trained(copy.deepcopy(network(3)), 1, 20)
    assert {"a": 2.0 + 2.0 * 4.0} == grad(lambda m: m(np.ones(2)))(twin)


@pytest.mark.parametrize("work", [lambda seed: trained(network(seed), seed), transformed])
def test_threads_that_train_different_models_get_what_one_thread_gets(work):
    expected, found = [work(seed) for seed in range(4)], {}
    start = threading.Barrier(4)

    def run(seed):
        start.wait()
        found[seed] = work(seed)

    threads = [threading.Thread(target=run, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for seed in range(4):
        np.testing.assert_array_equal(expected[seed], found[seed])


def test_threads_may_differentiate_one_model_by_transforms():
    model, x = network(0), np.ones((4, 2))
    expected, found = grad(lambda m: (m(x) ** 2).sum())(model), []

    def run():
        found.extend([grad(lambda m: (m(x) ** 2).sum())(model) for _ in range(30)])

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 90 == len(found)
    for g in found:
        for path, d in g.items():
            np.testing.assert_array_equal(expected[path], d)


def test_a_deep_copy_of_values_in_containers():
    weights = {"w": [Value(2.0), Value(3.0)]}

    twin = copy.deepcopy(weights)
    (twin["w"][0] * twin["w"][1]).backward()

    assert [3.0, 2.0] == [v.grad for v in twin["w"]]
    assert [0.0, 0.0] == [v.grad for v in weights["w"]]
