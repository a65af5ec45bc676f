"""The mix of assets of least variance for a wanted return: Markowitz by Lagrange multipliers."""

import numpy as np

CORRELATION = np.array([[1.0, 0.3, 0.1], [0.3, 1.0, -0.2], [0.1, -0.2, 1.0]])


def markowitz(expected, deviations, wanted):
    """The weights of the assets; they sum to one and may be negative."""
    covariance = np.outer(deviations, deviations) * CORRELATION
    conditions = np.vstack([np.ones(3), expected])
    system = np.block([[covariance, conditions.T], [conditions, np.zeros((2, 2))]])
    right = np.concatenate([np.zeros(3), np.ones(1), np.atleast_1d(wanted)])
    return np.linalg.solve(system, right)[:3]


ANALYTIC = True
EXAMPLE = (np.array([0.03, 0.06, 0.09]), np.array([0.05, 0.12, 0.2]), 0.07)
