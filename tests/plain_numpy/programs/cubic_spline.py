"""The natural cubic spline: a smooth curve through given points."""

import numpy as np


def cubic_spline(knots, heights, points):
    """The spline through (knots, heights) at `points`; its second derivative is zero at both ends."""
    width = np.diff(knots)
    slope = np.diff(heights) / width
    between = width[1:-1]
    system = np.diag(2.0 * (width[:-1] + width[1:])) + np.diag(between, k=1) + np.diag(between, k=-1)
    bending = np.linalg.solve(system, 6.0 * np.diff(slope))
    bending = np.concatenate([[0.0], bending, [0.0]])
    i = np.searchsorted(knots, points) - 1
    left, right, h = points - knots[i], knots[i + 1] - points, width[i]
    curved = (bending[i] * right**3 + bending[i + 1] * left**3) / (6.0 * h)
    straight = heights[i] * right / h + heights[i + 1] * left / h
    return curved + straight - h / 6.0 * (bending[i] * right + bending[i + 1] * left)


ANALYTIC = False
EXAMPLE = (
    np.array([0.0, 1.0, 2.5, 3.0, 4.5, 6.0]),
    np.array([1.0, 2.0, 0.5, 0.0, 1.5, 1.0]),
    np.array([0.4, 1.9, 2.7, 2.8, 5.1]),
)
