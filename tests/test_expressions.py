"""Formulas printed from graphs: they are NumPy text that computes what the graph computed."""

import sys

import numpy as np
import pytest
from op_points import close, few_points, lacking

from autograd_nn import Tensor, ops
from autograd_nn.expressions import expression
from autograd_nn.op import REGISTRY
from autograd_nn.several import Bundle, Parts

HELPERS = {name: f for name in ops.__all__ if callable(f := getattr(ops, name)) and not hasattr(np, name)}
MOVING = [op for op in REGISTRY.values() if op.kind != "nondifferentiable"]


@pytest.mark.parametrize("op", MOVING, ids=lambda op: op.name)
def test_a_rule_run_on_symbols_prints_the_derivative(op):
    rng = np.random.default_rng(0)
    if lacking(op):
        pytest.skip("no SciPy")
    for args, active in few_points(op):
        nodes = [Tensor(a, f"x{i}") if i in active else a for i, a in enumerate(args)]
        y = op.function(*nodes)
        y = y[0].inputs[0] if isinstance(y, tuple | list) else y
        parts = y.data if isinstance(y, Bundle) else (y.data,)
        upstream = [Tensor(rng.normal(size=np.shape(part))) for part in parts]
        names = {nodes[i]: f"x{i}" for i in active} | {y: "y"} | {n: f"g[{k}]" for k, n in enumerate(upstream)}
        known = (
            {"np": np, "scipy": sys.modules.get("scipy"), "y": y.data, "g": [n.data for n in upstream]}
            | {f"x{i}": args[i] for i in active}
            | HELPERS
        )
        for i in [i for i in active if op.vjps[i]]:
            g = Parts(dict(enumerate(upstream))) if isinstance(y, Bundle) else upstream[0]
            d = op.vjps[i](g, y, *nodes)

            text = expression(d, names)

            close(d.data if isinstance(d, Tensor) else d, eval(text, known), f"{op.name}: {text}", rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("f", "text"),
    [
        (lambda x, z: x - (x - z), "x - (x - z)"),
        (lambda x, z: (x - z) * -x, "(x - z) * -x"),
        (lambda x, z: np.exp(x / z)[..., 1:], "np.exp(x / z)[..., 1:]"),
        (lambda x, z: x[None, ::2] @ z[[0]], "x[None, ::2] @ z[[0]]"),
        (lambda x, z: x > 0.5, "x > 0.5"),
    ],
)
def test_brackets_and_keys(f, text):
    x, z = Tensor([1.0, 2.0]), Tensor([4.0, 5.0])

    assert text == expression(f(x, z), {x: "x", z: "z"})


def test_constants_are_written_out():
    x = Tensor([1.0, 2.0])

    assert "x * np.array([3.0, 4.0]) + 1" == expression(x * np.array([3.0, 4.0]) + 1, {x: "x"})
    assert "x + np.full((2, 3), 1.0)" == expression(Tensor(np.ones(3), "x") + np.ones((2, 3)), {}).replace(
        "np.array([1.0, 1.0, 1.0])", "x"
    )
    assert "7.0" == expression(np.float64(7.0), {})
