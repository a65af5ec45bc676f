"""The energy of stars that attract each other."""

import numpy as np


def n_body(positions, velocities, masses):
    """Kinetic plus gravitational energy, with G = 1."""
    i, j = np.triu_indices(len(masses), k=1)  # every pair once
    distance = np.linalg.norm(positions[i] - positions[j], axis=-1)
    kinetic = 0.5 * np.sum(masses * np.sum(velocities**2, axis=-1))
    return kinetic - np.sum(masses[i] * masses[j] / distance)


ANALYTIC = False
RANDOM = np.random.default_rng(8)
EXAMPLE = (RANDOM.normal(size=(4, 3)), RANDOM.normal(size=(4, 3)), np.array([1.0, 0.5, 2.0, 0.1]))
