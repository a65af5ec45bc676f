"""A star that wobbles: the velocity that a planet on an eccentric orbit gives to it."""

import numpy as np

DAYS = np.array([0.0, 3.1, 5.9, 9.4, 12.2, 16.0])


def kepler_orbit(period, eccentricity, periastron, amplitude):
    """The radial velocities on DAYS; Kepler's equation is solved by Newton's method."""
    mean = (2.0 * np.pi * DAYS / period + 0.4) % (2.0 * np.pi)
    anomaly = mean + eccentricity * np.sin(mean)
    while True:
        error = anomaly - eccentricity * np.sin(anomaly) - mean
        step = error / (1.0 - eccentricity * np.cos(anomaly))
        anomaly = anomaly - step
        if np.max(np.abs(step)) < 1e-10:
            break
    up, along = np.sqrt(1.0 + eccentricity) * np.sin(anomaly / 2.0), np.sqrt(1.0 - eccentricity) * np.cos(anomaly / 2.0)
    true = 2.0 * np.arctan2(up, along)
    return amplitude * (np.cos(true + periastron) + eccentricity * np.cos(periastron))


ANALYTIC = False
EXAMPLE = (7.3, 0.35, 0.9, 55.0)
