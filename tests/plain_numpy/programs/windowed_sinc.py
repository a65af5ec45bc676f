"""A low-pass filter for sound: the ideal one, cut off by a Hamming window."""

import numpy as np


def windowed_sinc(signal, cutoff, half=4):
    """The filtered signal, as long as the signal; the cutoff is in parts of the highest frequency."""
    offsets = np.arange(-half, half + 1)
    taps = np.sinc(cutoff * offsets) * np.hamming(2 * half + 1)
    return np.convolve(signal, taps / np.sum(taps), mode="same")


ANALYTIC = True
EXAMPLE = (np.array([0.0, 1.0, 0.5, -0.5, -1.0, 0.3, 0.8, 0.1, -0.7, -0.2, 0.4, 0.9]), 0.35)
