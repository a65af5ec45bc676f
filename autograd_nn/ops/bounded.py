"""Activations without exponentials: the hard tanh, the hard swish and softsign.  Layer 2; uses elementary."""

from __future__ import annotations

import math

import numpy as np

from ..domain import Interval, kinks
from ..op import nary, unary
from .arithmetic import absolute, square, where
from .compare import greater_equal, less_equal
from .elementary import reciprocal

__all__ = ["hardswish", "hardtanh", "softsign"]


def clipped(x, low=-1.0, high=1.0):
    return np.minimum(np.maximum(x, low), high)


def soft(x):
    """x / (1 + |x|), which is 1 / (1 + 1 / |x|) for large x: so infinite x have the right limits."""
    a = np.abs(x)
    small, large = np.minimum(a, 1.0), np.maximum(a, 1.0)
    return np.copysign(small / (1.0 / large + small), x)


# fmt: off
hardtanh = nary(
    "hardtanh", clipped, (lambda g, y, x, low, high: g * (x > low) * (x < high), None, None),
    scalar=lambda x, low, high: low if x <= low else high if x >= high else x, kind="elementwise",
    source="np.minimum(np.maximum({0}, {1}), {2})", latex=r"\min(\max({0}, {1}), {2})", symbol="hardtanh",
    domain=(kinks(-1.0, 1.0, -0.5, 2.0),), kink="x = low or x = high: 0", analytic=False,
    cases=((kinks(-1.0, 1.0), -1.0, 1.0), (kinks(-0.5), -0.5, 2.5)),
    doc="hardtanh(x, low=-1.0, high=1.0): y = x between low and high, else the nearer of these; dy/dx = [low < x < high], so 0 "
        "at both kinks, as in PyTorch.",
    example=("hardtanh(np.array([-3.0, 0.5, 3.0]))", "array([-1. ,  0.5,  1. ])"),
)
hardswish = unary(
    "hardswish", lambda x: max(x, -3.0) * (min(max(x + 3.0, 0.0), 6.0) / 6.0),
    lambda x: np.maximum(x, -3.0) * (np.minimum(np.maximum(x + 3.0, 0.0), 6.0) / 6.0),
    lambda g, y, x: g * where(greater_equal(x, 3.0), 1.0, where(less_equal(x, -3.0), 0.0, x * (1.0 / 3.0) + 0.5)),
    source="{0} * np.minimum(np.maximum({0} + 3.0, 0.0), 6.0) / 6.0", latex=r"\frac{{{0}}}{{6}} \min(\max({0} + 3, 0), 6)",
    domain=(Interval(-5.0, 5.0, (-3.0, 3.0)),), kink="x = -3: 0; x = 3: 1", analytic=False,
    doc="y = x min(max(x + 3, 0), 6) / 6; dy/dx = 0 up to -3, 1 from 3 on, x / 3 + 1/2 between. Limits: 0 at -inf, inf at inf. "
        "Source: Howard et al. 2019, section 5.2.",
    example=("hardswish(np.array([-4.5, 1.5, 5.0]))", "array([-0.   ,  1.125,  5.   ])"),
)
softsign = unary(
    "softsign", lambda x: x / (1.0 + abs(x)) if math.isfinite(x) else math.copysign(1.0, x) if x == x else x, soft,
    lambda g, y, x: g * square(reciprocal(1.0 + absolute(x))),
    source="{0} / (1.0 + np.abs({0}))", latex=r"\frac{{{0}}}{{1 + |{0}|}}", domain=(kinks(0.0),),
    kink="x = 0: second derivative 0", analytic=False,
    doc="y = x / (1 + |x|), between -1 and 1; dy/dx = 1 / (1 + |x|)^2, whose own derivative jumps at 0 and is taken as 0 there. "
        "Source: Glorot & Bengio 2010, section 2.",
    example=("softsign(1.0)", "0.5"),
)
# fmt: on
