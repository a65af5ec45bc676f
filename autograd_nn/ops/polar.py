"""Points of the plane in polar form: their distance from the origin, and their angle.  Layer 2; uses arithmetic."""

from __future__ import annotations

import math

import numpy as np

from ..domain import ANY, kinks
from ..op import binary
from .arithmetic import divide
from .compare import equal

__all__ = ["arctan2", "hypot"]


def per(x, r):
    """x / r, and x = 0 at the origin, where r = 0."""
    return divide(x, r + equal(r, 0.0))


# fmt: off
hypot = binary(
    "hypot", math.hypot, np.hypot, (lambda g, y, x, z: g * per(x, y), lambda g, y, x, z: g * per(z, y)),
    source="np.hypot({0}, {1})", latex=r"\sqrt{{{0}^2 + {1}^2}}", domain=(ANY, kinks(0.0)), analytic=False,
    kink="x = z = 0: 0",
    doc="y = sqrt(x^2 + z^2) without overflow, with broadcasting; dy/dx = x / y, dy/dz = z / y, and 0 at the kink x = z = 0.",
    example=("hypot(3.0, 4.0)", "5.0"),
)
arctan2 = binary(
    "arctan2", math.atan2, np.arctan2,
    (lambda g, y, x, z: g * per(per(z, hypot(x, z)), hypot(x, z)), lambda g, y, x, z: -g * per(per(x, hypot(x, z)), hypot(x, z))),
    domain=(kinks(0.0), ANY), analytic=False, kink="x = z = 0: 0",
    source="np.arctan2({0}, {1})", latex=r"\operatorname{{atan2}}({0}, {1})",
    doc="The angle from -pi to pi of the point with abscissa z and ordinate x, tan y = x / z, with broadcasting; "
        "dy/dx = z / (x^2 + z^2), dy/dz = -x / (x^2 + z^2), and 0 at x = z = 0, where there is no angle.",
    example=("arctan2(1.0, -1.0)", "2.356194490192345"),
)
# fmt: on
