"""The colour of a star: Planck's law through a filter."""

import numpy as np

WAVELENGTH = np.linspace(0.35, 0.95, 25)  # micrometres
FILTER = np.array([0.40, 0.50, 0.62, 0.78, 0.90])


def planck(wavelength, temperature):
    """The radiance of a black body, in units of its own at 1 micrometre and 14388 K."""
    return np.expm1(1.0) / (wavelength**5 * np.expm1(14387.77 / (wavelength * temperature)))


def stellar_photometry(temperature, redshift, transmission):
    """The magnitude of a star that moves away, behind a filter that lets through `transmission` at FILTER."""
    passed = np.interp(WAVELENGTH * (1.0 + redshift), FILTER, transmission, left=0.0, right=0.0)
    flux = np.trapezoid(planck(WAVELENGTH, temperature) * passed, WAVELENGTH)
    whole = np.trapezoid(passed, WAVELENGTH)
    return -2.5 * np.log10(flux / whole)


ANALYTIC = False
EXAMPLE = (5772.0, 0.013, np.array([0.1, 0.7, 0.9, 0.6, 0.2]))
