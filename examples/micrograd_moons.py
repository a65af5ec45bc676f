"""micrograd's demo: a network of single numbers learns to tell two moons apart, with the SVM loss.

    python examples/micrograd_moons.py                          # 100 points, 100 steps, as in the original notebook
    python examples/micrograd_moons.py --steps 20 --points 30   # a few seconds

Every weight is a `Value`: one float that remembers how it was computed.  The classes below are what a user writes; the
only name that comes from the library, besides the data, is `Value`.
"""

import argparse
import random
import time
from itertools import pairwise

from autograd_nn import Value
from autograd_nn.data import moons


class Neuron:
    """y = max(0, w . x + b), or without the max in the last layer."""

    def __init__(self, size, nonlinear):
        self.weights = [Value(random.uniform(-1, 1)) for _ in range(size)]
        self.bias = Value(0.0)
        self.nonlinear = nonlinear

    def __call__(self, x):
        y = sum((w * z for w, z in zip(self.weights, x)), self.bias)
        return y.relu() if self.nonlinear else y


class Network:
    """Layers of neurons; sizes [2, 16, 16, 1] is 2 inputs, two hidden layers of 16, one score."""

    def __init__(self, sizes):
        last = len(sizes) - 2
        self.layers = [[Neuron(n, i != last) for _ in range(m)] for i, (n, m) in enumerate(pairwise(sizes))]

    def __call__(self, x):
        for layer in self.layers:
            x = [neuron(x) for neuron in layer]
        return x[0]

    def parameters(self):
        return [p for layer in self.layers for neuron in layer for p in (*neuron.weights, neuron.bias)]


def evaluate(network, points, signs):
    """(loss, accuracy): the mean of max(0, 1 - sign score), plus 1e-4 times the sum of squared parameters."""
    scores = [network(point) for point in points]
    margins = [(1 - sign * score).relu() for sign, score in zip(signs, scores)]
    loss = sum(margins) / len(margins) + 1e-4 * sum(p * p for p in network.parameters())
    hits = sum((sign > 0) == (score.data > 0) for sign, score in zip(signs, scores))
    return loss, hits / len(signs)


def picture(network, points, signs, width=60, height=20):
    """The decision regions in characters: '.' negative, '+' positive; the training points as 'o' and 'x'."""
    left, right = min(p[0] for p in points) - 0.5, max(p[0] for p in points) + 0.5
    low, high = min(p[1] for p in points) - 0.5, max(p[1] for p in points) + 0.5
    rows = []
    for j in range(height):
        y = high - (high - low) * (j + 0.5) / height
        xs = [left + (right - left) * (i + 0.5) / width for i in range(width)]
        rows.append(["+" if network((x, y)).data > 0 else "." for x in xs])
    for (x, y), sign in zip(points, signs):
        i, j = int((x - left) / (right - left) * width), int((high - y) / (high - low) * height)
        rows[j][i] = "x" if sign > 0 else "o"
    return "\n".join("".join(row) for row in rows)


def at_least(least):
    """A reader of command-line arguments: ints from `least` on."""

    def read(text):
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least {least}; try 100")
        return int(text)

    return read


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=at_least(1), default=100, help="steps of gradient descent (default: 100)")
    parser.add_argument("--points", type=at_least(2), default=100, help="points of the data set (default: 100)")
    parser.add_argument("--seed", type=int, default=1337, help="seed of the weights (default: 1337)")
    options = parser.parse_args()

    random.seed(options.seed)
    points, labels = moons(options.points, noise=0.1, seed=1)
    points, signs = points.tolist(), [2 * label - 1 for label in labels.tolist()]
    network = Network([2, 16, 16, 1])
    print(f"{len(network.parameters())} parameters, {options.points} points")

    start = time.perf_counter()
    for step in range(options.steps):
        loss, accuracy = evaluate(network, points, signs)
        for p in network.parameters():
            p.grad = 0
        loss.backward()
        rate = 1.0 - 0.9 * step / options.steps
        for p in network.parameters():
            p.data -= rate * p.grad
        print(f"step {step} loss {loss.data:.6f}, accuracy {accuracy:.0%}")
    print(f"{(time.perf_counter() - start) / options.steps * 1000:.0f} ms a step\n")
    print(picture(network, points, signs))


if __name__ == "__main__":
    main()
