"""Four measures of how unequal incomes are."""

import numpy as np


def income_inequality(incomes):
    """The Gini coefficient, the ratio of the upper to the lower decile, median over mean, and range over mean."""
    n, mean = len(incomes), np.mean(incomes)
    ranks = np.arange(1, n + 1)
    gini = np.sum((2 * ranks - n - 1) * np.sort(incomes)) / (n**2 * mean)
    low, high = np.quantile(incomes, [0.1, 0.9])
    return np.stack([gini, high / low, np.median(incomes) / mean, np.ptp(incomes) / mean])


ANALYTIC = False
EXAMPLE = (np.array([31.0, 18.5, 24.0, 90.0, 42.0, 27.5, 150.0, 21.0, 36.0]),)
