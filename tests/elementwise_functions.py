"""Elementwise functions with their derivatives by hand, easy and hard for differences.  Knows NumPy alone."""

import numpy as np

__all__ = ["FUNCTIONS"]

# function, derivative; elementwise
FUNCTIONS = {
    "square": (lambda x: x**2, lambda x: 2.0 * x),
    "sin": (lambda x: np.sin(x), lambda x: np.cos(x)),
    "tanh": (lambda x: np.tanh(x), lambda x: 1.0 - np.tanh(x) ** 2),
    "bell": (lambda x: np.exp(-x * x), lambda x: -2.0 * x * np.exp(-x * x)),
    "log": (lambda x: np.log(np.abs(x)), lambda x: 1.0 / x),
    "sqrt": (lambda x: np.sqrt(np.abs(x)), lambda x: 0.5 * np.sign(x) / np.sqrt(np.abs(x))),
    "inverse": (lambda x: 1.0 / x, lambda x: -1.0 / x**2),
    "x^20": (lambda x: x**20, lambda x: 20.0 * x**19),
    "x^50": (lambda x: x**50, lambda x: 50.0 * x**49),
    "exp 30 x": (lambda x: np.exp(30.0 * x), lambda x: 30.0 * np.exp(30.0 * x)),
    "sin 300 x": (lambda x: np.sin(300.0 * x), lambda x: 300.0 * np.cos(300.0 * x)),
    "log1pexp": (lambda x: np.logaddexp(0.0, x), lambda x: 1.0 / (1.0 + np.exp(-x))),
    "leaky relu": (lambda x: np.where(x > 0.0, x, 0.1 * x), lambda x: np.where(x > 0.0, 1.0, 0.1)),
    "clip": (lambda x: np.clip(x, -0.5, 0.5), lambda x: np.where(np.abs(x) < 0.5, 1.0, 0.0)),
    "floor": (lambda x: np.floor(x), lambda x: 0.0 * x),
    "float32 inside": (lambda x: np.tanh(x.astype(np.float32)), lambda x: 1.0 - np.tanh(x) ** 2),
    "float32, and a sum": (
        lambda x: (np.float32(1.0) + x.astype(np.float32)) ** 2,
        lambda x: 2.0 * (1.0 + x),
    ),
    "float32 in disguise": (lambda x: np.sin(x.astype(np.float32)).astype(float), lambda x: np.cos(x)),
}
