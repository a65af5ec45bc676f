"""Calibrate a thermocouple: a parabola through measured voltages by least squares."""

import numpy as np


def polynomial_calibration(volts, degrees):
    """The fitted temperatures at 1, 2 and 3 volts, and last the root of the mean square residual."""
    design = np.vstack([volts**2, volts, np.ones_like(volts)]).T
    coefficients, _, _, _ = np.linalg.lstsq(design, degrees, rcond=None)
    residual = degrees - design @ coefficients
    fitted = np.polyval(coefficients, np.array([1.0, 2.0, 3.0]))
    return np.hstack([fitted, np.sqrt(np.mean(residual**2))])


ANALYTIC = False
EXAMPLE = (np.array([0.4, 0.9, 1.6, 2.2, 2.7, 3.5]), np.array([9.0, 22.5, 38.0, 55.5, 66.0, 91.0]))
