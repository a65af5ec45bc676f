"""A picture from a coloured sensor: how well a coarse guess explains the pixels, and how smooth it is."""

import numpy as np

PIXELS = np.random.default_rng(19).uniform(0.2, 1.0, (6, 8))


def bayer_sensor(coarse, gains):
    """The misfit of a guess (3, 4) seen through a mosaic of filters with gains (2, 2), plus its total variation."""
    fine = np.repeat(np.repeat(coarse, 2, axis=0), 2, axis=1)
    mosaic = np.tile(gains, coarse.shape)
    misfit = np.sum((fine * mosaic - PIXELS) ** 2)
    down, right = np.gradient(coarse)
    return misfit + 0.1 * np.sum(np.sqrt(down**2 + right**2 + 1e-3))


ANALYTIC = True
EXAMPLE = (
    np.array([[0.5, 0.6, 0.4, 0.7], [0.8, 0.3, 0.5, 0.9], [0.6, 0.7, 0.2, 0.4]]),
    np.array([[1.1, 0.8], [0.7, 1.2]]),
)
