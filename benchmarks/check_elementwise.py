"""Elementwise functions and their derivatives by hand, in plain NumPy, all correct: the ground of the false-alarm sweep.

Some derivatives stand here in two or three forms, which round differently.  Knows NumPy alone.
"""

import numpy as np

__all__ = ["FUNCTIONS"]

sigmoid = lambda x: 1.0 / (1.0 + np.exp(-x))
even_sigmoid = lambda x: np.where(
    x >= 0, 1.0 / (1.0 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1.0 + np.exp(-np.abs(x)))
)
C = 0.7978845608028654  # sqrt(2 / pi)
inner = lambda x: C * (x + 0.044715 * x**3)

# name: (function, derivative, where it is defined): "any" number, "positive" ones, "unit" for (-1, 1)
FUNCTIONS = {
    "square": (lambda x: x**2, lambda x: 2.0 * x, "any"),
    "square by product": (lambda x: x * x, lambda x: x + x, "any"),
    "cube": (lambda x: x**3, lambda x: 3.0 * x**2, "any"),
    "x^20": (lambda x: x**20, lambda x: 20.0 * x**19, "any"),
    "polynomial": (lambda x: x**3 - 3.0 * x**2 + 3.0 * x - 1.0, lambda x: 3.0 * (x - 1.0) ** 2, "any"),
    "polynomial, expanded": (lambda x: (x - 1.0) ** 3, lambda x: 3.0 * x**2 - 6.0 * x + 3.0, "any"),
    "sin": (lambda x: np.sin(x), lambda x: np.cos(x), "any"),
    "cos": (lambda x: np.cos(x), lambda x: -np.sin(x), "any"),
    "sin 50 x": (lambda x: np.sin(50.0 * x), lambda x: 50.0 * np.cos(50.0 * x), "any"),
    "sin^2 + cos^2": (lambda x: np.sin(x) ** 2 + np.cos(x) ** 2, lambda x: 0.0 * x, "any"),
    "1 - cos": (lambda x: 1.0 - np.cos(x), lambda x: np.sin(x), "any"),
    "sin x cos x": (lambda x: np.sin(x) * np.cos(x), lambda x: np.cos(2.0 * x), "any"),
    "tan": (lambda x: np.tan(x), lambda x: 1.0 + np.tan(x) ** 2, "unit"),
    "tan by cos": (lambda x: np.tan(x), lambda x: 1.0 / np.cos(x) ** 2, "unit"),
    "arctan": (lambda x: np.arctan(x), lambda x: 1.0 / (1.0 + x**2), "any"),
    "arcsin": (lambda x: np.arcsin(x), lambda x: 1.0 / np.sqrt(1.0 - x**2), "unit"),
    "arcsin by factors": (lambda x: np.arcsin(x), lambda x: 1.0 / np.sqrt((1.0 - x) * (1.0 + x)), "unit"),
    "arctanh": (lambda x: np.arctanh(x), lambda x: 1.0 / (1.0 - x**2), "unit"),
    "arcsinh": (lambda x: np.arcsinh(x), lambda x: 1.0 / np.sqrt(1.0 + x**2), "any"),
    "tanh": (lambda x: np.tanh(x), lambda x: 1.0 - np.tanh(x) ** 2, "any"),
    "tanh by cosh": (lambda x: np.tanh(x), lambda x: 1.0 / np.cosh(np.clip(x, -80, 80)) ** 2, "any"),
    "tanh by factors": (lambda x: np.tanh(x), lambda x: (1.0 - np.tanh(x)) * (1.0 + np.tanh(x)), "any"),
    "tanh by exponentials": (lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)), lambda x: 1 - np.tanh(x) ** 2, "any"),
    "sinh": (lambda x: np.sinh(x), lambda x: np.cosh(x), "any"),
    "cosh": (lambda x: np.cosh(x), lambda x: np.sinh(x), "any"),
    "exp": (lambda x: np.exp(x), lambda x: np.exp(x), "any"),
    "expm1": (lambda x: np.expm1(x), lambda x: np.expm1(x) + 1.0, "any"),
    "exp - 1": (lambda x: np.exp(x) - 1.0, lambda x: np.exp(x), "any"),
    "bell": (lambda x: np.exp(-x * x), lambda x: -2.0 * x * np.exp(-x * x), "any"),
    "exp(1/x)": (lambda x: np.exp(1.0 / x), lambda x: -np.exp(1.0 / x) / x**2, "positive"),
    "log": (lambda x: np.log(x), lambda x: 1.0 / x, "positive"),
    "log of |x|": (lambda x: np.log(np.abs(x)), lambda x: 1.0 / x, "positive"),
    "log1p": (lambda x: np.log1p(x), lambda x: 1.0 / (1.0 + x), "positive"),
    "log(1 + x)": (lambda x: np.log(1.0 + x), lambda x: 1.0 / (1.0 + x), "positive"),
    "log with eps": (lambda x: np.log(x + 1e-8), lambda x: 1.0 / (x + 1e-8), "positive"),
    "x log x": (lambda x: x * np.log(x), lambda x: np.log(x) + 1.0, "positive"),
    "sqrt": (lambda x: np.sqrt(x), lambda x: 0.5 / np.sqrt(x), "positive"),
    "sqrt by powers": (lambda x: x**0.5, lambda x: 0.5 * x**-0.5, "positive"),
    "sqrt(x^2 + 1)": (lambda x: np.sqrt(x * x + 1.0), lambda x: x / np.sqrt(x * x + 1.0), "any"),
    "sqrt(1 + x) - 1": (lambda x: np.sqrt(1.0 + x) - 1.0, lambda x: 0.5 / np.sqrt(1.0 + x), "positive"),
    "inverse": (lambda x: 1.0 / x, lambda x: -1.0 / x**2, "positive"),
    "inverse square": (lambda x: x**-2.0, lambda x: -2.0 * x**-3.0, "positive"),
    "x^x": (lambda x: x**x, lambda x: x**x * (np.log(x) + 1.0), "positive"),
    "2^x": (lambda x: 2.0**x, lambda x: np.log(2.0) * 2.0**x, "any"),
    "cube root": (lambda x: np.cbrt(x), lambda x: np.cbrt(x) / (3.0 * x), "positive"),
    "sigmoid": (sigmoid, lambda x: sigmoid(x) * (1.0 - sigmoid(x)), "any"),
    "sigmoid, even": (even_sigmoid, lambda x: even_sigmoid(x) * even_sigmoid(-x), "any"),
    "sigmoid by tanh": (lambda x: 0.5 * (1.0 + np.tanh(0.5 * x)), lambda x: 0.25 * (1.0 - np.tanh(0.5 * x) ** 2), "any"),
    "swish": (lambda x: x * sigmoid(x), lambda x: sigmoid(x) + x * sigmoid(x) * (1.0 - sigmoid(x)), "any"),
    "softplus": (lambda x: np.logaddexp(0.0, x), even_sigmoid, "any"),
    "softplus, naive": (lambda x: np.log(1.0 + np.exp(x)), sigmoid, "any"),
    "softplus, stable": (lambda x: np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0.0), even_sigmoid, "any"),
    "log-sigmoid": (lambda x: -np.log(1.0 + np.exp(-x)), lambda x: 1.0 - sigmoid(x), "any"),
    "log-sigmoid, by minimum": (lambda x: np.minimum(x, 0.0) - np.log1p(np.exp(-np.abs(x))), lambda x: even_sigmoid(-x), "any"),
    "gelu by tanh": (
        lambda x: 0.5 * x * (1.0 + np.tanh(inner(x))),
        lambda x: 0.5 * (1 + np.tanh(inner(x))) + 0.5 * x * (1 - np.tanh(inner(x)) ** 2) * C * (1 + 0.134145 * x**2), "any",
    ),
    "softsign": (lambda x: x / (1.0 + np.abs(x)), lambda x: 1.0 / (1.0 + np.abs(x)) ** 2, "any"),
    "relu": (lambda x: np.maximum(x, 0.0), lambda x: (x > 0.0).astype(x.dtype), "any"),
    "relu, 1 at the kink": (lambda x: np.maximum(0.0, x), lambda x: (x >= 0.0).astype(x.dtype), "any"),
    "relu, half at the kink": (lambda x: np.maximum(0.0, x), lambda x: 0.5 * (1.0 + np.sign(x)), "any"),
    "relu by product": (lambda x: x * (x > 0.0), lambda x: 1.0 * (x > 0.0), "any"),
    "relu by where": (lambda x: np.where(x > 0.0, x, 0.0), lambda x: np.where(x > 0.0, 1.0, 0.0), "any"),
    "relu by |x|": (lambda x: 0.5 * (x + np.abs(x)), lambda x: 0.5 * (1.0 + np.sign(x)), "any"),
    "leaky relu": (lambda x: np.where(x > 0.0, x, 0.1 * x), lambda x: np.where(x > 0.0, 1.0, 0.1), "any"),
    "leaky relu by maximum": (lambda x: np.maximum(x, 0.01 * x), lambda x: np.where(x > 0.0, 1.0, 0.01), "any"),
    "elu": (
        lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))), lambda x: np.where(x > 0, 1, np.exp(np.minimum(x, 0))), "any",
    ),
    "abs": (lambda x: np.abs(x), lambda x: np.sign(x), "any"),
    "abs by sqrt": (lambda x: np.sqrt(x * x), lambda x: np.sign(x), "positive"),
    "x |x|": (lambda x: x * np.abs(x), lambda x: 2.0 * np.abs(x), "any"),
    "clip": (lambda x: np.clip(x, -1.0, 1.0), lambda x: (np.abs(x) < 1.0) * 1.0, "any"),
    "clip, edges inside": (lambda x: np.clip(x, -1.0, 1.0), lambda x: (np.abs(x) <= 1.0) * 1.0, "any"),
    "clip by both": (lambda x: np.minimum(np.maximum(x, -1.0), 1.0), lambda x: ((x > -1.0) & (x < 1.0)) * 1.0, "any"),
    "hard sigmoid": (lambda x: np.clip(0.2 * x + 0.5, 0.0, 1.0), lambda x: np.where(np.abs(x) < 2.5, 0.2, 0.0), "any"),
    "relu6": (lambda x: np.minimum(np.maximum(x, 0.0), 6.0), lambda x: ((x > 0.0) & (x < 6.0)) * 1.0, "any"),
    "huber": (lambda x: np.where(np.abs(x) <= 1, 0.5 * x * x, np.abs(x) - 0.5), lambda x: np.clip(x, -1.0, 1.0), "any"),
    "soft threshold": (lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0.0), lambda x: (np.abs(x) > 0.5) * 1.0, "any"),
    "floor": (lambda x: np.floor(x), lambda x: 0.0 * x, "any"),
    "sign": (lambda x: np.sign(x), lambda x: 0.0 * x, "any"),
    "positive part squared": (lambda x: np.maximum(x, 0.0) ** 2, lambda x: 2.0 * np.maximum(x, 0.0), "any"),
    "identity": (lambda x: x + 0.0, lambda x: np.ones_like(x), "any"),
    "constant": (lambda x: 0.0 * x + 1.0, lambda x: np.zeros_like(x), "any"),
    "x - x + x^2": (lambda x: (x + 1e3) ** 2 - 2e3 * x - 1e6, lambda x: 2.0 * x, "any"),
}  # fmt: skip
