"""How long is the stroke of a letter?  A Bezier curve by the algorithm of de Casteljau."""

import numpy as np


def bezier_length(control, pieces=24):
    """The length of the curve of control points (n, 2), measured along a polygon."""
    t = np.linspace(0.0, 1.0, pieces + 1)[:, np.newaxis]
    points = list(control)
    while len(points) > 1:
        points = [(1.0 - t) * points[i] + t * points[i + 1] for i in range(len(points) - 1)]
    edges = np.diff(points[0], axis=0)
    return np.sum(np.sqrt(np.sum(edges**2, axis=1)))


ANALYTIC = True
EXAMPLE = (np.array([[0.0, 0.0], [1.0, 2.0], [3.0, -1.0], [4.0, 1.5]]),)
