"""Rain between the gauges: the mean of the three nearest ones, weighted by inverse squared distance."""

import numpy as np

VILLAGES = np.array([[1.0, 1.0], [3.2, 2.1], [2.0, 4.0]])


def inverse_distance(gauges, rain, neighbours=3):
    """The rain in the villages, from gauges at (n, 2)."""
    distance = np.sqrt(np.sum((VILLAGES[:, None, :] - gauges[None, :, :]) ** 2, axis=-1))
    nearest = np.argsort(distance, axis=1)[:, :neighbours]
    weights = 1.0 / np.take_along_axis(distance, nearest, axis=1) ** 2
    return np.sum(weights * np.take(rain, nearest), axis=1) / np.sum(weights, axis=1)


ANALYTIC = False
EXAMPLE = (
    np.array([[0.2, 0.5], [1.9, 0.4], [2.8, 1.4], [0.6, 3.1], [3.9, 3.0], [2.3, 2.6]]),
    np.array([4.0, 6.5, 3.0, 8.0, 5.5, 7.0]),
)
