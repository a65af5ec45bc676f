"""micrograd's own programs, with only the import changed: the README, its tests, its drawing code's attributes, the moons demo.

The expected derivatives come from a complex step, from the numbers printed in micrograd's README, and from micrograd itself
where it is installed; never from this library.
"""

import itertools
import random
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from autograd_nn import Value
from autograd_nn.data import moons


def original():
    """micrograd's Value class; skips the test where micrograd is not installed."""
    return pytest.importorskip(
        "micrograd.engine", reason="micrograd is not installed: it is the second witness here"
    ).Value


class Step(complex):
    """A complex number with micrograd's relu, for complex steps; + - * / ** come back as Step."""

    def relu(self):
        return self if self.real > 0 else Step(0)


def arithmetic(name):
    def method(self, *others):
        return Step(getattr(complex, name)(self, *others))

    return method


for name in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "pow", "rpow", "neg"):
    setattr(Step, f"__{name}__", arithmetic(f"__{name}__"))


def complex_step(program, point):
    """(value, gradient) of a program of several numbers, exact to rounding (Squire & Trapp 1998)."""
    h, ys = 1e-30, []
    for i in range(len(point)):
        ys.append(program(*[Step(x + (1j * h if i == j else 0)) for j, x in enumerate(point)]))
    return ys[0].real, [y.imag / h for y in ys]


def gradients(kind, program, point):
    """(value, gradient) by the Value class `kind`."""
    leaves = [kind(x) for x in point]
    y = program(*leaves)
    y.backward()
    return y.data, [v.grad for v in leaves]


def readme(a, b):
    """The example of the README, which is also micrograd's test_more_ops."""
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    return g


def sanity_check(x):
    """micrograd's test_sanity_check."""
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    return h + q + q * x


def every_operator(a, b):
    """What the programs above leave out: numbers on the left, division both ways, powers that are negative or no integers."""
    c = 3 - a + b - 2
    c -= a / b
    c *= 4 / b + b / 4
    c /= (a * a + 1) ** 0.5 + b**-2
    return -c + (a - b).relu() * (-a).relu() + sum([a, b, a * b])


PROGRAMS = [
    (readme, (-4.0, 2.0)),
    (sanity_check, (-4.0,)),
    (every_operator, (-1.5, 0.7)),
]
EVERY = pytest.mark.parametrize(("program", "point"), PROGRAMS, ids=[program.__name__ for program, _ in PROGRAMS])


def test_readme_prints_the_numbers_of_the_readme():
    a, b = Value(-4.0), Value(2.0)

    g = readme(a, b)
    g.backward()

    assert "24.7041" == f"{g.data:.4f}"
    assert "138.8338" == f"{a.grad:.4f}"
    assert "645.5773" == f"{b.grad:.4f}"


@EVERY
def test_program_agrees_with_a_complex_step(program, point):
    expected, expected_gradient = complex_step(program, point)

    value, gradient = gradients(Value, program, point)

    assert pytest.approx(expected, rel=1e-13) == value
    assert pytest.approx(expected_gradient, rel=1e-13) == gradient


@EVERY
def test_program_agrees_with_micrograd(program, point):
    expected, expected_gradient = gradients(original(), program, point)

    value, gradient = gradients(Value, program, point)

    assert pytest.approx(expected, rel=1e-13) == value
    assert pytest.approx(expected_gradient, rel=1e-13) == gradient


def test_gradients_accumulate_on_leaves_until_they_are_set_to_zero():
    a = Value(3.0)

    (a * a).backward()
    (a * a).backward()
    twice = a.grad
    a.grad = 0
    (a * a).backward()

    assert (12.0, 6.0) == (twice, a.grad)


def test_intermediate_nodes_and_the_root_have_gradients():
    a, b = Value(2.0), Value(-3.0)

    c = a * b
    d = c + 5.0
    d.backward()

    assert (1.0, 1.0, -3.0, 2.0) == (d.grad, c.grad, a.grad, b.grad)


@pytest.mark.parametrize(
    ("program", "sign", "parents"),
    [
        (lambda a, b: a + b, "+", 2),
        (lambda a, b: a * b, "*", 2),
        (lambda a, b: a * a, "*", 1),
        (lambda a, b: a**2, "**2", 1),
        (lambda a, b: a**0.5, "**0.5", 1),
        (lambda a, b: a.relu(), "ReLU", 1),
        (lambda a, b: a.tanh(), "tanh", 1),
        (lambda a, b: a.exp(), "exp", 1),
        (lambda a, b: a, "", 0),
    ],
)
def test_drawing_code_finds_what_it_reads(program, sign, parents):
    a, b = Value(2.0), Value(3.0)

    y = program(a, b)

    assert sign == y._op
    assert isinstance(y._prev, set)
    assert parents == len(y._prev)
    assert y._prev <= {a, b}


def test_trace_of_the_lecture_finds_every_node_and_edge():
    a, b, c = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0, label="c")
    e = a * b
    e.label = "e"
    root = e + c
    root.label = "d"

    nodes, edges, todo = set(), set(), [root]
    while todo:
        v = todo.pop()
        nodes.add(v)
        edges |= {(child, v) for child in v._prev}
        todo += v._prev

    assert {"a", "b", "c", "d", "e"} == {v.label for v in nodes}
    assert {("a", "e"), ("b", "e"), ("e", "d"), ("c", "d")} == {(u.label, v.label) for u, v in edges}


def test_repr_is_that_of_micrograd():
    a = Value(-4.0)
    (a * 2.0).backward()

    assert "Value(data=-4.0, grad=2.0)" == repr(a)
    assert repr(original()(-4.0)).replace("grad=0)", "grad=0.0)") == repr(Value(-4.0))


# The moons demo.  A network of the same structure as micrograd's, over whichever Value class it is given.


class Module:
    def zero_grad(self):
        for p in self.parameters():
            p.grad = 0


class Neuron(Module):
    def __init__(self, kind, size, rng, nonlinear):
        self.weights = [kind(rng.uniform(-1, 1)) for _ in range(size)]
        self.bias, self.nonlinear = kind(0), nonlinear

    def __call__(self, x):
        total = sum((w * z for w, z in zip(self.weights, x)), self.bias)
        return total.relu() if self.nonlinear else total

    def parameters(self):
        return [*self.weights, self.bias]


class Layer(Module):
    def __init__(self, kind, size, count, rng, nonlinear):
        self.neurons = [Neuron(kind, size, rng, nonlinear) for _ in range(count)]

    def __call__(self, x):
        outputs = [neuron(x) for neuron in self.neurons]
        return outputs[0] if len(outputs) == 1 else outputs

    def parameters(self):
        return [p for neuron in self.neurons for p in neuron.parameters()]


class MLP(Module):
    def __init__(self, kind, sizes, seed):
        rng, last = random.Random(seed), len(sizes) - 2
        pairs = list(itertools.pairwise(sizes))
        self.layers = [Layer(kind, n, m, rng, nonlinear=i != last) for i, (n, m) in enumerate(pairs)]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]


def margin_loss(model, points, signs, kind):
    """(mean of max(0, 1 - sign score) + 1e-4 |weights|^2, accuracy), as in the demo."""
    scores = [model([kind(z) for z in point]) for point in points]
    losses = [(1 + -sign * score).relu() for sign, score in zip(signs, scores)]
    data_loss = sum(losses) * (1.0 / len(losses))
    penalty = 1e-4 * sum(p * p for p in model.parameters())
    hits = [(sign > 0) == (score.data > 0) for sign, score in zip(signs, scores)]
    return data_loss + penalty, sum(hits) / len(hits)


def train(kind, steps, seed=1337):
    """(losses, accuracies, final parameters) of a 2-8-8-1 network on 30 moons."""
    points, labels = moons(30, noise=0.1, seed=1)
    signs, model, history = (2 * labels - 1).tolist(), MLP(kind, [2, 8, 8, 1], seed), []
    for k in range(steps):
        loss, accuracy = margin_loss(model, points.tolist(), signs, kind)
        model.zero_grad()
        loss.backward()
        rate = 1.0 - 0.9 * k / steps
        for p in model.parameters():
            p.data -= rate * p.grad
        history.append((loss.data, accuracy))
    losses, accuracies = zip(*history)
    return losses, accuracies, [p.data for p in model.parameters()]


def test_moons_demo_learns():
    losses, accuracies, _ = train(Value, 50, seed=3)

    assert losses[-1] < 0.2 * losses[0]
    assert accuracies[-1] >= 0.9


def test_moons_demo_agrees_with_micrograd_step_by_step():
    expected_losses, expected_accuracies, expected_parameters = train(original(), 10)

    losses, accuracies, parameters = train(Value, 10)

    np.testing.assert_allclose(expected_losses, losses, rtol=0, atol=1e-9)
    assert expected_accuracies == accuracies
    np.testing.assert_allclose(expected_parameters, parameters, rtol=0, atol=1e-9)


def test_example_prints_every_step_and_the_decision_regions(monkeypatch, capsys):
    example = Path(__file__).parents[1] / "examples" / "micrograd_moons.py"
    monkeypatch.setattr(sys, "argv", [str(example), "--steps", "2", "--points", "10", "--seed", "3"])

    runpy.run_path(str(example), run_name="__main__")

    lines = capsys.readouterr().out.splitlines()
    assert "337 parameters, 10 points" == lines[0]
    assert ["step 0 loss", "step 1 loss"] == [line[:11] for line in lines[1:3]]
    region = lines[-20:]
    assert {60} == {len(line) for line in region}
    assert set("ox") <= set("".join(region)) <= set("ox.+")


@pytest.mark.parametrize("option", ["--steps=0", "--points=1", "--points=ten"])
def test_example_refuses_what_it_cannot_run(monkeypatch, capsys, option):
    example = Path(__file__).parents[1] / "examples" / "micrograd_moons.py"
    monkeypatch.setattr(sys, "argv", [str(example), option])

    with pytest.raises(SystemExit):
        runpy.run_path(str(example), run_name="__main__")

    assert "is not a whole number of at least" in capsys.readouterr().err
