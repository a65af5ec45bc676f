"""What people write in the place of a derivative: functions of what goes in and what comes out.  Layer 8; knows arrays.

The table of plausible wrong rules. A derivative taken at the wrong point, forgotten, applied twice, of a neighbouring function,
with a square or a term left out, is one of these terms, or a sum of two, with plain coefficients.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable

import numpy as np

from ..op import REGISTRY

__all__ = ["FAMILIES", "NEIGHBOURS", "SUMS", "terms"]

# Terms that are added up in pairs, such as 1 - a^2: {z} is what goes in, {a} what comes out, f' the right derivative.
SUMS = (
    "1", "{z}", "{a}", "{z}^2", "{a}^2", "{z} {a}", "f'({z})", "{z} f'({z})", "{a} f'({z})", "[{z} > 0]", "[{z} <= 0]",
    "{z} [{z} > 0]", "{z} [{z} <= 0]", "{a} [{z} <= 0]", "tanh({z})^2", "tanh({a})^2", "sigmoid({z})", "sigmoid({a})",
    "sigmoid({z})^2", "sigmoid({a})^2", "Phi({z})", "Phi({z}) by its tanh approximation", "sigmoid(1.702 {z})",
    "{z} times the normal density at {z}", "exp({z})", "exp(-{z})", "[{z} <= 0] exp({z})", "1/{z}", "1/{z}^2",
)  # fmt: skip

# The derivatives of functions that may be taken for another one, at z and at a.
NEIGHBOURS: dict[str, Callable] = {
    "GELU": lambda x: slope("gelu", x),
    "GELU by its tanh approximation": lambda x: slope("gelu_tanh", x),
    "GELU by x sigmoid(1.702 x)": lambda x: logistic(1.702 * x) * (1.0 + 1.702 * x * (1.0 - logistic(1.702 * x))),
    "swish": lambda x: slope("silu", x),
    "mish": lambda x: slope("mish", x),
    "sigmoid": lambda x: logistic(x) * (1.0 - logistic(x)),
    "tanh": lambda x: 1.0 - np.tanh(x) ** 2,
    "softplus": lambda x: logistic(x),
    "ELU": lambda x: np.where(x > 0.0, 1.0, np.exp(np.minimum(x, 0.0))),
    "SELU": lambda x: 1.0507009873554805 * np.where(x > 0.0, 1.0, 1.6732632423543772 * np.exp(np.minimum(x, 0.0))),
    "softsign": lambda x: 1.0 / (1.0 + np.abs(x)) ** 2,
    "arctan": lambda x: 1.0 / (1.0 + x * x),
    "hard sigmoid": lambda x: 0.2 * (np.abs(x) < 2.5),
    "hard sigmoid of slope 1/6": lambda x: (np.abs(x) < 3.0) / 6.0,
    "hard tanh": lambda x: 1.0 * (np.abs(x) < 1.0),
    "hard swish": lambda x: np.where(x <= -3.0, 0.0, np.where(x >= 3.0, 1.0, x / 3.0 + 0.5)),
    "ReLU6": lambda x: 1.0 * ((x > 0.0) & (x < 6.0)),
    "ReLU": lambda x: 1.0 * (x > 0.0),
    "leaky ReLU of slope 0.01": lambda x: np.where(x > 0.0, 1.0, 0.01),
    "leaky ReLU of slope 0.1": lambda x: np.where(x > 0.0, 1.0, 0.1),
    "leaky ReLU of slope 0.2": lambda x: np.where(x > 0.0, 1.0, 0.2),
    "the absolute value": np.sign,
    "exp(-x^2)": lambda x: -2.0 * x * np.exp(-x * x),
    "exp(-x^2/2)": lambda x: -x * np.exp(-0.5 * x * x),
    "log(1 + |x|)": lambda x: np.sign(x) / (1.0 + np.abs(x)),
    "log cosh": np.tanh,
    "the normal density": lambda x: np.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi),
    "the normal distribution": lambda x: REGISTRY["ndtr"].array(x),
}


LARGEST = 1e75  # the squares of larger terms overflow
FAMILIES = (  # functions that stand for one another
    ("GELU", "GELU by its tanh approximation", "GELU by x sigmoid(1.702 x)", "swish"),
    ("swish", "hard swish"),
    ("sigmoid", "hard sigmoid", "hard sigmoid of slope 1/6"),
    ("tanh", "hard tanh", "softsign"),
    ("softplus", "ReLU"),
    ("the absolute value", "log cosh"),
)


def logistic(x: np.ndarray) -> np.ndarray:
    return REGISTRY["sigmoid"].array(np.asarray(x, float))


def slope(name: str, x: np.ndarray) -> np.ndarray:
    """The derivative of an operation of one argument."""
    op = REGISTRY[name]
    x = np.asarray(x, float)
    return op.vjps[0](np.ones(x.shape), op.array(x), x)


def terms(
    z: np.ndarray, a: np.ndarray, s: np.ndarray, again: Callable[[np.ndarray], np.ndarray]
) -> dict[str, np.ndarray]:
    """Every term, by its text; those that are not finite are left out.

    z, a, s   what goes in, what comes out, and the right derivative, of one shape
    again     the right derivative at other points
    """
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # logarithms of negative numbers and the like: those terms are left out
        up, down = z > 0.0, z <= 0.0
        found = {
            "1": np.ones(z.shape),
            "{z}": z, "{a}": a, "{z}^2": z * z, "{a}^2": a * a, "{z} {a}": z * a, "{z}^3": z**3, "{a}^3": a**3,
            "f'({z})": s, "{z} f'({z})": z * s, "{a} f'({z})": a * s, "f'({z})^2": s * s, "f'({z}) f'({a})": s * again(a),
            "f'({a})": again(a), "f'(f'({z}))": again(s), "1/f'({z})": 1.0 / s, "sqrt(f'({z}))": np.sqrt(s),
            "|f'({z})|": np.abs(s),
            "f'(-{z})": again(-z), "f'({z}^2)": again(z * z),
            "[{z} > 0]": up, "[{z} <= 0]": down, "[{a} > 0]": a > 0.0, "[{z} > 1]": z > 1.0, "[{z} < 1]": z < 1.0,
            "{z} [{z} > 0]": z * up, "{z} [{z} <= 0]": z * down, "{a} [{z} <= 0]": a * down, "{z}^2 [{z} > 0]": z * z * up,
            "sign({z})": np.sign(z), "sign({a})": np.sign(a), "|{z}|": np.abs(z), "f'({z}) [{z} > 0]": s * up,
            "tanh({z})": np.tanh(z), "tanh({z})^2": np.tanh(z) ** 2, "tanh({a})": np.tanh(a), "tanh({a})^2": np.tanh(a) ** 2,
            "sigmoid({z})": logistic(z), "sigmoid({a})": logistic(a), "sigmoid({z})^2": logistic(z) ** 2,
            "sigmoid({a})^2": logistic(a) ** 2, "sigmoid(-{z})": logistic(-z), "sigmoid(1.702 {z})": logistic(1.702 * z),
            "Phi({z})": REGISTRY["ndtr"].array(z),
            "Phi({z}) by its tanh approximation": 0.5 + 0.5 * np.tanh(math.sqrt(2.0 / math.pi) * (z + 0.044715 * z**3)),
            "{z} times the normal density at {z}": z * np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi),
            "exp({z})": np.exp(z), "exp(-{z})": np.exp(-z), "exp({a})": np.exp(a), "exp(-{a})": np.exp(-a),
            "[{z} <= 0] exp({z})": down * np.exp(np.minimum(z, 0.0)), "exp({z}/2)": np.exp(0.5 * z),
            "exp(2 {z})": np.exp(2.0 * z),
            "1/{z}": 1.0 / z, "1/{a}": 1.0 / a, "1/{z}^2": 1.0 / z**2, "1/{a}^2": 1.0 / a**2, "1/|{z}|": 1.0 / np.abs(z),
            "1/{z}^3": 1.0 / z**3, "1/{a}^3": 1.0 / a**3, "sqrt({z})": np.sqrt(z), "1/sqrt({z})": 1.0 / np.sqrt(z),
            "{z}^(3/2)": z**1.5, "1/{z}^(3/2)": z**-1.5, "{z}/{a}": z / a, "{a}/{z}": a / z,
            "log({z})": np.log(z), "log({a})": np.log(a), "sin({z})": np.sin(z), "cos({z})": np.cos(z),
            "exp(-{z}^2)": np.exp(-z * z),
            "exp(-{z}^2/2)": np.exp(-0.5 * z * z), "1/(1 + {z})": 1.0 / (1.0 + z), "1/(1 - {z}^2)": 1.0 / (1.0 - z * z),
            "1/sqrt(1 - {z}^2)": 1.0 / np.sqrt(1.0 - z * z), "1/sqrt(1 + {z}^2)": 1.0 / np.sqrt(1.0 + z * z),
            "1/(1 - {a}^2)": 1.0 / (1.0 - a * a), "{a} log({z})": a * np.log(z),
        }  # fmt: skip
        for name, derivative in NEIGHBOURS.items():
            found[f"the derivative of {name} at {{z}}"] = derivative(z)
            found[f"the derivative of {name} at {{a}}"] = derivative(a)
    arrays = {text: np.asarray(value, float) for text, value in found.items()}
    return {text: value for text, value in arrays.items() if np.all(np.abs(value) < LARGEST)}  # nan is not
