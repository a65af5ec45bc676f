"""A rod between two blocks of ice: heat steps, with the ends set to zero after each."""

import numpy as np


def cooling_rod(temperature, diffusivity, steps=3):
    """The heat that is left in the rod."""
    for _ in range(steps):
        temperature = temperature + diffusivity * (
            np.roll(temperature, 1) - 2.0 * temperature + np.roll(temperature, -1)
        )
        temperature[[0, -1]] = 0.0
    return np.sum(temperature)


EXAMPLE = (np.array([0.0, 3.0, 5.0, 4.0, 2.0, 0.0]), 0.2)
