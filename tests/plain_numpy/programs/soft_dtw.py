"""How alike are two melodies of different tempo?  Dynamic time warping with a soft minimum."""

import numpy as np


def soft_minimum(a, b, c, softness):
    return -softness * np.logaddexp(np.logaddexp(-a / softness, -b / softness), -c / softness)


def soft_dtw(first, second, softness=0.5):
    """The cost of the best warping of one melody onto the other (Cuturi and Blondel 2017)."""
    cost = (first[:, None] - second[None, :]) ** 2
    above = [0.0] + [np.inf] * len(second)
    for i in range(len(first)):
        row = [np.inf]
        for j in range(len(second)):
            row.append(cost[i, j] + soft_minimum(above[j], above[j + 1], row[j], softness))
        above = row
    return above[-1]


ANALYTIC = False
EXAMPLE = (np.array([0.0, 0.7, 1.0, 0.4]), np.array([0.1, 0.3, 0.9, 1.2, 0.5]))
