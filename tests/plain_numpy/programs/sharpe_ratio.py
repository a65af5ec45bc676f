"""Return for risk: the Sharpe ratio of a mix of funds, and how the money grows meanwhile."""

import numpy as np

RETURNS = np.random.default_rng(12).normal([0.004, 0.007, 0.01], [0.01, 0.03, 0.05], size=(12, 3))  # each month


def sharpe_ratio(preferences, free=0.002):
    """The yearly Sharpe ratio times the mean wealth over the year; preferences become weights by softmax."""
    weights = np.exp(preferences) / np.exp(preferences).sum()
    monthly = np.dot(RETURNS, weights)
    wealth = np.cumprod(1.0 + monthly)
    return np.sqrt(12.0) * (monthly.mean() - free) / monthly.std(ddof=1) * np.mean(wealth)


ANALYTIC = False
EXAMPLE = (np.array([0.5, 0.1, -0.3]),)
