"""How fast sand sinks: the terminal velocity of spheres, with a drag law for each regime of flow."""

import numpy as np


def sedimentation(diameters, viscosity, steps=8):
    """Velocities in m/s in water, by fixed-point iteration from Stokes' law; diameters in m, viscosity in m^2/s."""
    weight = 9.81 * 1.65 * diameters
    velocity = weight * diameters / (18.0 * viscosity)
    for _ in range(steps):
        reynolds = velocity * diameters / viscosity
        drag = np.select(
            [reynolds < 1.0, reynolds < 1000.0],
            [24.0 / reynolds, 24.0 / reynolds * (1.0 + 0.15 * reynolds**0.687)],
            default=0.44,
        )
        velocity = np.sqrt(4.0 / 3.0 * weight / drag)
    return velocity


ANALYTIC = False
EXAMPLE = (np.array([4e-5, 3e-4, 1e-3, 8e-3]), 1e-6)
