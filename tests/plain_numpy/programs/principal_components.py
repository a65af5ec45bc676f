"""Do the main axes of one sample describe another one?  Principal component analysis."""

import numpy as np

RANDOM = np.random.default_rng(3)
STRETCH = np.array([3.0, 2.0, 1.0, 0.5])
OTHER = RANDOM.normal(size=(10, 4)) * STRETCH


def principal_components(sample, kept=2):
    """The part of the variance of OTHER that lies along the first `kept` principal axes of the sample (n, 4)."""
    centred = sample - sample.mean(axis=0)
    covariance = centred.T @ centred / (len(sample) - 1)
    variances, axes = np.linalg.eigh(covariance)  # in ascending order
    main = axes[:, np.argsort(variances)[::-1][:kept]]
    rest = OTHER - OTHER.mean(axis=0)
    return np.sum((rest @ main) ** 2) / np.sum(rest**2)


ANALYTIC = False
EXAMPLE = (RANDOM.normal(size=(9, 4)) * STRETCH,)
