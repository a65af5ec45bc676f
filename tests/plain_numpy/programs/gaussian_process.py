"""Which length scale does the data want?  The marginal likelihood of a Gaussian process."""

import numpy as np

DAY = np.array([0.0, 1.0, 1.5, 3.0, 4.0, 4.5, 6.0, 7.5])


def gaussian_process(log_parameters, heights):
    """The log-density of heights at DAY; the parameters are amplitude, length and noise of the kernel."""
    amplitude, length, noise = np.exp(log_parameters)
    apart = np.subtract.outer(DAY, DAY)
    covariance = amplitude**2 * np.exp(-0.5 * (apart / length) ** 2) + noise**2 * np.eye(len(DAY))
    lower = np.linalg.cholesky(covariance)
    whitened = np.linalg.solve(lower, heights)
    log_volume = np.sum(np.log(np.diagonal(lower)))
    return -0.5 * whitened @ whitened - log_volume - 0.5 * len(DAY) * np.log(2.0 * np.pi)


ANALYTIC = False
EXAMPLE = (np.array([0.2, 0.4, -1.0]), np.array([0.1, 0.9, 1.1, 0.3, -0.6, -1.0, -0.4, 0.8]))
