"""How smooth a signal gets by a Butterworth filter in the frequency domain, and what it loses."""

import numpy as np


def low_pass_filter(signal, cutoff):
    """The roughness of the filtered signal plus the energy that the filter took out."""
    n = len(signal)
    spectrum = np.fft.rfft(signal)
    response = 1.0 / np.sqrt(1.0 + (np.fft.rfftfreq(n) / cutoff) ** 8)
    smooth = np.fft.irfft(spectrum * response, n)
    removed = np.abs(spectrum * (1.0 - response)) ** 2
    twice = np.where(np.arange(len(response)) % (n // 2) == 0, 1.0, 2.0)  # the negative frequencies
    return np.sum(np.diff(smooth, 2) ** 2) + np.sum(twice * removed) / n


ANALYTIC = False
TIME = np.arange(16.0)
EXAMPLE = (np.sin(0.7 * TIME) + 0.3 * np.cos(2.4 * TIME) + 0.1 * np.sin(TIME**2), 0.2)
