"""Activations of the form y = x gate(x): SiLU, Mish and both GELUs.  Layer 2; uses activation and error_function.

dy/dx = gate(x) + x gate'(x).  Both are computed inside of +-bound, beyond which the gate is 0 or 1 to rounding: so infinite x
have the right limits (0 times infinity would be nan), and no power of x overflows.
"""

from __future__ import annotations

import math

import numpy as np

from ..domain import ANY
from ..op import Operation, unary
from .activation import logistic, sigmoid, softplus
from .arithmetic import maximum, minimum
from .elementary import exp, tanh
from .error_function import erfc

__all__ = ["gelu", "gelu_tanh", "mish", "silu"]

HALF = math.sqrt(0.5)
NORMAL = 1.0 / math.sqrt(2.0 * math.pi)  # the standard normal density at 0
LINEAR = 2.0 * math.sqrt(2.0 / math.pi)
CUBIC = 0.044715 * LINEAR
EXPONENTIAL, GAUSSIAN = 800.0, 40.0  # e^-x and the normal distribution are 0 in float64 beyond these


def inside(x, bound):
    return np.minimum(np.maximum(x, -bound), bound)


def logistic_of_float(x):
    return 1.0 / (1.0 + math.exp(-x)) if x > -700.0 or x != x else 0.0


def gate_of_mish(x):
    """tanh(log(1 + e^x)) as a fraction of powers of e^-|x|: one exponential, no overflow."""
    e = np.exp(np.minimum(x, -x))
    top, bottom = 1.0 + 2.0 * e, e * (e + 2.0)
    return np.where(x > 0.0, top, bottom) / np.where(x > 0.0, top + 2.0 * e * e, bottom + 2.0)


def gate_of_mish_of_float(x):
    e = math.exp(-abs(x))
    top, bottom = 1.0 + 2.0 * e, e * (e + 2.0)
    return top / (top + 2.0 * e * e) if x > 0.0 else bottom / (bottom + 2.0)


def gated(name, scalar, array, slope, bound, **about) -> Operation:
    """The record of y = x gate(x), from the gate on floats and on arrays, and slope(z) = dy/dx for |z| <= bound."""
    return unary(
        name,
        lambda x: max(x, -bound) * scalar(max(min(x, bound), -bound)),
        lambda x: np.maximum(x, -bound) * array(inside(x, bound)),
        lambda g, y, x: g * slope(minimum(maximum(x, -bound), bound)),
        domain=(ANY,),
        **about,
    )


def slope_of_silu(x):
    s = sigmoid(x)
    return s * (1.0 + x * (1.0 - s))


def slope_of_mish(x):
    t = tanh(softplus(x))
    return t + x * ((1.0 - t * t) * sigmoid(x))


def slope_of_gelu(x):
    return 0.5 * erfc(-HALF * x) + NORMAL * (x * exp(-0.5 * (x * x)))


def slope_of_gelu_tanh(x):
    s = sigmoid(x * (LINEAR + CUBIC * (x * x)))
    return s * (1.0 + x * ((1.0 - s) * (LINEAR + 3.0 * CUBIC * (x * x))))


# fmt: off
silu = gated(
    "silu", logistic_of_float, logistic, slope_of_silu, EXPONENTIAL,
    source="{0} / (1.0 + np.exp(-{0}))", latex=r"{0} \, \sigma({0})", symbol="SiLU",
    doc="y = x sigmoid(x), also called swish; dy/dx = s (1 + x (1 - s)) with s = sigmoid(x). Limits: 0 at -inf, inf at inf. "
        "Source: Elfwing, Uchibe & Doya 2018.",
    example=("silu(0.0)", "0.0"),
)
mish = gated(
    "mish", gate_of_mish_of_float, gate_of_mish, slope_of_mish, EXPONENTIAL,
    source="{0} * np.tanh(np.logaddexp({0}, 0.0))", latex=r"{0} \tanh(\log(1 + e^{{{0}}}))", symbol="Mish",
    doc="y = x t with t = tanh(softplus(x)); dy/dx = t + x (1 - t^2) sigmoid(x). Limits: 0 at -inf, inf at inf. "
        "Source: Misra 2019.",
    example=("mish(0.0)", "0.0"),
)
gelu = gated(
    "gelu", lambda x: 0.5 * math.erfc(-HALF * x), lambda x: 0.5 * erfc.op.array(-HALF * x), slope_of_gelu, GAUSSIAN,
    source="0.5 * {0} * erfc(-{0} * np.sqrt(0.5))", latex=r"{0} \, \Phi({0})", symbol="GELU", analytic=False,
    doc="y = x P, where P = erfc(-x / sqrt(2)) / 2 is the normal distribution function; dy/dx = P + x e^(-x^2/2) / sqrt(2 pi). "
        "Limits: 0 at -inf, inf at inf. Source: Hendrycks & Gimpel 2016, section 2.",
    example=("gelu(0.0)", "0.0"),
)
gelu_tanh = gated(
    "gelu_tanh", lambda x: logistic_of_float(x * (LINEAR + CUBIC * (x * x))), lambda x: logistic(x * (LINEAR + CUBIC * (x * x))),
    slope_of_gelu_tanh, GAUSSIAN,
    source="0.5 * {0} * (1.0 + np.tanh(np.sqrt(2.0 / np.pi) * ({0} + 0.044715 * {0} ** 3)))",
    latex=r"\frac{{{0}}}{{2}} \left(1 + \tanh\left(\sqrt{{2/\pi}} ({0} + 0.044715 \, {0}^3)\right)\right)", symbol="GELU",
    doc="y = x s with s = (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2 = sigmoid(u), within 5e-4 of gelu; "
        "dy/dx = s + x s (1 - s) du/dx. Limits: 0 at -inf, inf at inf. Source: Hendrycks & Gimpel 2016, section 2.",
    example=("gelu_tanh(0.0)", "0.0"),
)
# fmt: on
