"""Heat spreads around a ring: explicit Euler steps of the heat equation."""

import numpy as np


def heat_equation(temperature, conductivity, steps=12):
    """The temperatures after `steps` steps; conductivity[i] is that of the wall between cells i and i + 1."""
    for _ in range(steps):
        flux = conductivity * (temperature - np.roll(temperature, -1))
        temperature = temperature + np.roll(flux, 1) - flux
    return temperature


ANALYTIC = True
ANGLE = np.linspace(0.0, 2.0 * np.pi, 10, endpoint=False)
EXAMPLE = (20.0 + 5.0 * np.cos(ANGLE) + np.sin(3.0 * ANGLE), 0.2 + 0.1 * np.sin(2.0 * ANGLE))
