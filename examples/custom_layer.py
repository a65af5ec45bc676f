"""A layer of one's own, twice: by operations alone, and with a rule derived by hand.  Both must learn the same.

    python examples/custom_layer.py

The layer computes Gaussian radial basis functions, y[i, j] = exp(-|x_i - c_j|^2 / (2 s_j^2)).  Written with NumPy's operations it
needs no derivative.  The second version states g^T dy/d(x, c, s) by hand: one node instead of eight, and no array of all the
differences is kept for the backward pass.  `custom` compares those rules with differences of the formula before it lets them in.
"""

import time

import numpy as np

from autograd_nn import Tensor, custom, grad, hvp
from autograd_nn.errors import RuleError
from autograd_nn.nn import Module


def bumps(x, c, s):
    """exp(-|x_i - c_j|^2 / (2 s_j^2));  x (n, d), c (m, d), s (m,) -> (n, m)."""
    apart = ((x[:, None, :] - c) ** 2).sum(axis=2)
    return np.exp(-0.5 * apart / s**2)


def by_points(g, y, x, c, s):
    """w_ij = g_ij y_ij / s_j^2 pulls x_i towards c_j."""
    w = g * y / s**2
    return w @ c - x * w.sum(axis=1, keepdims=True)


def by_centres(g, y, x, c, s):
    w = g * y / s**2
    return w.T @ x - c * w.sum(axis=0, keepdims=True).T


def by_widths(g, y, x, c, s):
    """dy/ds = y |x - c|^2 / s^3, and |x - c|^2 = -2 s^2 log y; written out, because y may be zero."""
    apart = (x**2).sum(axis=1, keepdims=True) - 2.0 * x @ c.T + (c**2).sum(axis=1)
    return (g * y * apart).sum(axis=0) / s**3


RNG = np.random.default_rng(0)
EXAMPLE = RNG.normal(size=(4, 2)), RNG.normal(size=(3, 2)), RNG.uniform(0.5, 1.5, 3)
bumps_by_hand = custom(bumps, vjp=(by_points, by_centres, by_widths), example=EXAMPLE)


class RadialBasis(Module):
    """y = bumps(x) @ weight;  x (n, d), y (n,)."""

    def __init__(self, centres, function, *, rng):
        self.centres = Tensor(centres, "centres")
        self.widths = Tensor(np.full(len(centres), 0.7), "widths")
        self.weight = Tensor(rng.normal(size=len(centres)), "weight")
        self.function = function

    def __call__(self, x):
        return self.function(x, self.centres, self.widths) @ self.weight


def loss(layer, x, target):
    return ((layer(x) - target) ** 2).mean()


def train(layer, x, target, steps):
    """(loss after the last step, milliseconds a step) of plain gradient descent."""
    start = time.perf_counter()
    for _ in range(steps):
        value = loss(layer, x, target)
        value.backward()
        for p in layer.parameters().values():
            p.data, p.grad = p.data - 0.3 * p.grad, None
    return value.item(), (time.perf_counter() - start) / steps * 1000.0


def main():
    x = RNG.uniform(-2.0, 2.0, size=(200, 2))
    target = np.sin(2.0 * x[:, 0]) * np.cos(x[:, 1])
    layers = {
        name: RadialBasis(x[:25], function, rng=np.random.default_rng(1))
        for name, function in (("by operations", bumps), ("by hand", bumps_by_hand))
    }
    first, second = layers.values()

    by_operations, by_hand = [grad(loss)(layer, x, target) for layer in layers.values()]
    for path, d in by_operations.items():
        print(f"gradient by {path:8} shape {d.shape!s:8} largest difference {np.max(np.abs(d - by_hand[path])):.1e}")
    products = [hvp(lambda layer: loss(layer, x, target), layer, by_operations) for layer in (first, second)]
    difference = max([np.max(np.abs(products[0][path] - products[1][path])) for path in by_operations])
    print(f"Hessian times gradient                 largest difference {difference:.1e}")

    for name, layer in layers.items():
        value, milliseconds = train(layer, x, target, 200)
        print(f"{name:14} loss after 200 steps {value:.6f}, {milliseconds:.2f} ms a step")

    try:
        custom(bumps, vjp=(by_points, lambda g, y, x, c, s: -by_centres(g, y, x, c, s), by_widths), example=EXAMPLE)
    except RuleError as error:
        print(f"a wrong sign:  RuleError: {error}")


if __name__ == "__main__":
    main()
