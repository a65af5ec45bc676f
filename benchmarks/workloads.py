"""The work that is timed, each piece written once over what it is handed; knows no library and takes no time.

Scalar work takes a Value class with its exp and log, array work the few functions that differ between libraries; the
common interface is operators and methods.  Every generator is seeded: all libraries see the same floats.
"""

import math
import random
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

__all__ = [
    "GPT", "MLP", "Scalars", "add_chain", "classifier", "gpt_loss", "moons", "moons_loss", "rosenbrock", "tensor_chain",
]  # fmt: skip


class Scalars(NamedTuple):
    """A library of scalars: the class of its nodes and the two functions that micrograd's Value has no method for."""

    value: type
    exp: Callable
    log: Callable


def moons(points=100, noise=0.1, seed=7):
    """Two interleaved half circles: [(x, y)] coordinates without unit, and their labels -1 or 1."""
    draw = random.Random(seed)
    coordinates, labels = [], []
    for k in range(points):
        angle, upper = math.pi * draw.random(), k % 2 == 0
        x, y = (math.cos(angle), math.sin(angle)) if upper else (1.0 - math.cos(angle), 0.5 - math.sin(angle))
        coordinates.append((x + draw.gauss(0.0, noise), y + draw.gauss(0.0, noise)))
        labels.append(-1.0 if upper else 1.0)
    return coordinates, labels


class Neuron:
    """w . x + b, rectified unless `linear`; as in micrograd's nn.py, over the Value class it is handed."""

    def __init__(self, value, inputs, draw, linear):
        self.w = [value(draw.uniform(-1.0, 1.0)) for _ in range(inputs)]
        self.b = value(0.0)
        self.linear = linear

    def __call__(self, x):
        y = sum((wi * xi for wi, xi in zip(self.w, x)), self.b)
        return y if self.linear else y.relu()

    def parameters(self):
        return [*self.w, self.b]


class MLP:
    """Fully connected layers of neurons, e.g. MLP(Value, 2, 16, 16, 1); the last layer is linear."""

    def __init__(self, value, *sizes, seed=1337):
        draw = random.Random(seed)
        self.layers = [
            [Neuron(value, n, draw, linear=k == len(sizes) - 2) for _ in range(m)]
            for k, (n, m) in enumerate(pairwise(sizes))
        ]

    def __call__(self, x):
        for layer in self.layers:
            x = [neuron(x) for neuron in layer]
        return x[0] if len(x) == 1 else x

    def parameters(self):
        return [p for layer in self.layers for neuron in layer for p in neuron.parameters()]


def moons_loss(value, model, coordinates, labels, alpha=1e-4):
    """micrograd's demo: mean hinge loss of the points plus alpha times the squared norm of the parameters."""
    scores = [model([value(x), value(y)]) for x, y in coordinates]
    losses = [(1 + -label * score).relu() for label, score in zip(labels, scores)]
    return sum(losses) * (1.0 / len(losses)) + alpha * sum(p * p for p in model.parameters())


class GPT:
    """Weights of a one-layer transformer as lists of lists of scalars, for `gpt_loss`."""

    def __init__(self, value, vocabulary=27, width=16, heads=4, block=8, seed=42):
        draw = random.Random(seed)
        self.width, self.heads = width, heads
        shapes = {"token": (vocabulary, width), "position": (block, width), "head": (vocabulary, width)}
        shapes |= dict.fromkeys(("query", "key", "value", "output"), (width, width))
        shapes |= {"up": (4 * width, width), "down": (width, 4 * width)}
        self.weights = {
            name: [[value(draw.gauss(0.0, 0.2)) for _ in range(columns)] for _ in range(rows)]
            for name, (rows, columns) in shapes.items()
        }

    def parameters(self):
        return [p for matrix in self.weights.values() for row in matrix for p in row]


def linear(x, matrix):
    """The matrix, a list of rows, times the vector x."""
    return [sum(w * xi for w, xi in zip(row, x)) for row in matrix]


def softmax(exp, logits):
    """Weights that sum to one; shifted by the largest logit, as a constant."""
    largest = max(logit.data for logit in logits)
    exps = [exp(logit - largest) for logit in logits]
    total = sum(exps)
    return [e / total for e in exps]


def rmsnorm(x):
    """x over its root mean square."""
    scale = (sum(xi * xi for xi in x) / len(x) + 1e-5) ** -0.5
    return [xi * scale for xi in x]


def attend(exp, query, keys, values, heads):
    """Causal attention of one position to all positions so far, head by head."""
    size, result = len(query) // heads, []
    for start in range(0, len(query), size):
        part = slice(start, start + size)
        logits = [sum(q * k for q, k in zip(query[part], key[part])) / size**0.5 for key in keys]
        weights = softmax(exp, logits)
        columns = zip(*[value[part] for value in values])
        result += [sum(w * v for w, v in zip(weights, column)) for column in columns]
    return result


def gpt_loss(scalars, model, tokens):
    """Mean cross-entropy, in nats, of predicting each of `tokens[1:]` from the tokens before it."""
    w, losses, keys, values = model.weights, [], [], []
    for position, (token, target) in enumerate(pairwise(tokens)):
        x = rmsnorm([t + p for t, p in zip(w["token"][token], w["position"][position])])
        y = rmsnorm(x)
        keys.append(linear(y, w["key"]))
        values.append(linear(y, w["value"]))
        y = linear(attend(scalars.exp, linear(y, w["query"]), keys, values, model.heads), w["output"])
        x = [a + b for a, b in zip(x, y)]
        y = [h.relu() for h in linear(rmsnorm(x), w["up"])]
        x = [a + b for a, b in zip(x, linear(y, w["down"]))]
        losses.append(-scalars.log(softmax(scalars.exp, linear(x, w["head"]))[target]))
    return sum(losses) * (1.0 / len(losses))


def add_chain(start, step, length):
    """start + step + step + ... : `length` additions, each on the result of the one before."""
    for _ in range(length):
        start = start + step
    return start


def tensor_chain(tanh, x, a, b, rounds):
    """Sum of x after `rounds` of x = tanh(x * a + b), three elementwise operations each; equal shapes throughout."""
    for _ in range(rounds):
        x = tanh(x * a + b)
    return x.sum()


def classifier(tanh, cross_entropy, parameters, images, labels):
    """Mean cross-entropy, in nats, of a network of three affine layers with tanh between them."""
    w1, b1, w2, b2, w3, b3 = parameters
    return cross_entropy(tanh(tanh(images @ w1 + b1) @ w2 + b2) @ w3 + b3, labels)


def rosenbrock(x):
    """sum_i 100 (x_(i+1) - x_i^2)^2 + (1 - x_i)^2, as one writes it over slices."""
    return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()
