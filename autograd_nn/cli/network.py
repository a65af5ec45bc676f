"""A 64-32-10 network on real digits: its hand-derived gradients against the automatic ones, and a training run.  Layer 10.

Knows layers, losses and the four batch equations; prints nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .. import data, draw, nn, ops, optim
from ..formulas import agreement, bp_equations, cost_of_network
from ..tensor import Tensor

__all__ = ["GradientRow", "TrainingStep", "compare_gradients", "network_graph", "train"]

HIDDEN = 32
ENOUGH = 10.0  # digits; float64 gives 13 to 16 here


@dataclass(frozen=True, slots=True)
class GradientRow:
    """One hand-derived gradient of the network beside the automatic one.

    digits   agreement of the two; witness_digits: of the automatic one with a complex step along a random direction
    """

    equation: str
    quantity: str
    shape: tuple[int, ...]
    digits: float
    witness_digits: float

    @property
    def right(self) -> bool:
        return min(self.digits, self.witness_digits) >= ENOUGH


@dataclass(frozen=True, slots=True)
class TrainingStep:
    """Progress: steps done, the batch's loss in nats, and after each epoch the share of right answers on the test part."""

    step: int
    epoch: int
    loss: float
    accuracy: float | None = None


def one_hot(labels: np.ndarray) -> np.ndarray:
    return np.eye(10)[labels]


def compare_gradients(seed: int = 0, batch: int = 32) -> list[GradientRow]:
    """Südmersen's BP1.2 to BP4.2 against reverse mode, on a batch of real digits, in float64."""
    rng = np.random.default_rng(seed)
    images, labels = data.digits("train", dtype=np.float64)
    rows = rng.choice(len(images), batch, replace=False)
    x, y = images[rows], one_hot(labels[rows])
    weights = [rng.normal(size=(64, HIDDEN)) / 8.0, rng.normal(size=(HIDDEN, 10)) / np.sqrt(HIDDEN)]
    biases = [rng.normal(size=HIDDEN), rng.normal(size=10)]

    hand = bp_equations(weights, biases, x, y)
    W1, W2, b1, b2 = (Tensor(p) for p in (*weights, *biases))
    z1 = ops.matmul(x, W1) + b1
    z2 = ops.tanh(z1) @ W2 + b2
    nn.losses.cross_entropy(z2, y).backward(keep=True)

    rows_of = [
        ("BP1", "error of the output layer", hand.errors[1], batch * z2.grad, (1, "z")),
        ("BP2", "error of the hidden layer", hand.errors[0], batch * z1.grad, (0, "z")),
        ("BP3", "dC/dW of the output layer", hand.weights[1], W2.grad, (1, "W")),
        ("BP3", "dC/dW of the hidden layer", hand.weights[0], W1.grad, (0, "W")),
        ("BP4", "dC/db of the output layer", hand.biases[1], b2.grad, (1, "b")),
        ("BP4", "dC/db of the hidden layer", hand.biases[0], b1.grad, (0, "b")),
    ]
    result = []
    for equation, quantity, derived, automatic, (layer, kind) in rows_of:
        direction = rng.normal(size=derived.shape)
        slope = along(weights, biases, x, y, layer, kind, direction) * (batch if kind == "z" else 1)
        witness = agreement(np.asarray(np.sum(automatic * direction)), np.asarray(slope))[0]
        result.append(GradientRow(equation, quantity, derived.shape, agreement(derived, automatic)[0], witness))
    return result


def network_graph(seed: int = 0) -> draw.Graph:
    """The graph of the network's loss on one batch of real digits, after the backward pass."""
    rng = np.random.default_rng(seed)
    (images, labels), _ = data.digits()
    model = network(rng)
    logits = model(images[:32])
    loss = nn.losses.cross_entropy(logits, labels[:32])
    loss.backward(keep=True)
    return draw.graph(loss, names={"x": images[:32], "logits": logits, "loss": loss})


def network(rng: np.random.Generator) -> nn.Sequential:
    """64-32-10 with tanh, in float32; its outputs are logits."""
    return nn.Sequential(nn.Dense(64, HIDDEN, nn.Tanh(), rng=rng), nn.Dense(HIDDEN, 10, rng=rng))


def along(
    weights: list, biases: list, x: np.ndarray, y: np.ndarray, layer: int, kind: str, direction: np.ndarray
) -> float:
    """The derivative of the cost along a direction of one parameter (or potential), by a complex step of plain NumPy."""
    moved = {"W": list(weights), "b": list(biases), "z": list(biases)}
    moved[kind][layer] = (
        moved[kind][layer] + 1e-100j * direction
    )  # a bias may differ from row to row: then it moves z itself
    cost = cost_of_network(moved["W"], moved["z"] if kind == "z" else moved["b"], x, y)
    return float(cost.imag) / 1e-100


def train(epochs: int, seed: int = 0, batch: int = 32, rate: float = 0.5) -> Iterator[TrainingStep]:
    """Train the network in float32 with stochastic gradient descent, yielding after every step."""
    rng = np.random.default_rng(seed)
    training, test = data.digits()
    model = network(rng)
    optimiser = optim.SGD(model.parameters(), lr=rate)
    step = 0
    for epoch in range(1, epochs + 1):
        order = rng.permutation(len(training.images))
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            loss = nn.losses.cross_entropy(model(training.images[rows]), training.labels[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            step += 1
            yield TrainingStep(step, epoch, loss.item())
        answers = model(test.images).numpy().argmax(axis=1)
        yield TrainingStep(step, epoch, loss.item(), float(np.mean(answers == test.labels)))
