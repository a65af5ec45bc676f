"""A loss against plain NumPy: its value, and its derivatives by a complex step.  Knows reductions; never names a loss."""

import numpy as np

from autograd_nn import Tensor

__all__ = ["REDUCTIONS", "check", "complex_step"]

REDUCTIONS = ("mean", "sum", "none")


def complex_step(f, x):
    """df/dx of a function from an array to a number, exact to rounding (Squire & Trapp 1998)."""
    d = np.empty_like(x)
    for i in np.ndindex(x.shape):
        z = x.astype(complex)
        z[i] += 1e-30j
        d[i] = f(z).imag / 1e-30
    return d


def combined(losses, reduction, weights):
    """A number from losses: their mean, their sum, or a weighted sum that stands for a cotangent."""
    return {"mean": np.mean, "sum": np.sum, "none": lambda x: (x * weights).sum()}[reduction](losses)


def check(loss, plain, x, target, reduction, weights, **keywords):
    """The value of loss(x, target) and both of its derivatives against `plain`, which gives the single losses."""
    prediction = Tensor(x)
    both = [prediction, Tensor(target)] if target.dtype.kind == "f" else [prediction, target]

    y = loss(*both, reduction, **keywords)
    y.backward(gradient=weights if reduction == "none" else None)

    t = target.astype(float)
    np.testing.assert_allclose(
        combined(plain(x, t), reduction, weights), (y.numpy() * (weights if reduction == "none" else 1.0)).sum()
    )
    expected = complex_step(lambda z: combined(plain(z, t), reduction, weights), x)
    np.testing.assert_allclose(expected, prediction.grad, rtol=1e-11, atol=1e-14)
    if target.dtype.kind == "f":
        expected = complex_step(lambda z: combined(plain(x, z), reduction, weights), target)
        np.testing.assert_allclose(expected, both[1].grad, rtol=1e-11, atol=1e-14)
