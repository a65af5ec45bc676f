"""Draws the pictures of this folder again: `python docs/pictures.py [FOLDER]`.  Needs Graphviz's program `dot`."""

import sys
from io import StringIO
from pathlib import Path

import numpy as np
from rich.console import Console

import autograd_nn as ag
from autograd_nn import Value, nn
from autograd_nn.cli.network import compare_gradients
from autograd_nn.cli.verify import show_gradients, show_verdicts


def scalar():
    """One neuron: two inputs, two weights, a bias and tanh, after backward()."""
    x1, x2 = Value(2.0, "x1"), Value(0.0, "x2")
    w1, w2 = Value(-3.0, "w1"), Value(1.0, "w2")
    b = Value(6.8813735870195432, "b")
    y = (x1 * w1 + x2 * w2 + b).tanh()
    y.backward()
    return ag.graph(y, names={"y": y})


def network():
    """An MLP of two Dense layers with cross-entropy on five examples, after backward(keep=True)."""
    rng = np.random.default_rng(0)
    model = nn.Sequential(nn.Dense(4, 8, ag.ops.tanh, rng=rng), nn.Dense(8, 3, rng=rng))
    x = rng.normal(size=(5, 4)).astype(np.float32)
    logits = model(x)
    loss = nn.losses.cross_entropy(logits, np.array([0, 1, 2, 1, 0]))
    loss.backward(keep=True)
    return ag.graph(loss, names={"model": model, "x": x, "logits": logits, "loss": loss})


def verdicts(file):
    """What `autograd-nn verify` prints, for six formulas and the network."""
    shown = ("allen-eq16", "allen-eq17", "allen-eq17-corrected", "sudmersen-bp2.1", "sudmersen-eq87", "khan-eq22")
    console = Console(record=True, width=108, file=StringIO())
    show_verdicts(ag.formulas.verify(shown), False, console)
    show_gradients(compare_gradients(), console)
    console.save_svg(str(file), title="autograd-nn verify")


PICTURES = {"graph-scalar.svg": scalar, "graph-mlp.svg": network}

if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for name, draw in PICTURES.items():
        draw().save(folder / name)
    verdicts(folder / "verify.svg")
