"""A plucked string with fixed ends: leapfrog steps of the wave equation."""

import numpy as np


def wave_equation(displacement, speed, steps=9):
    """The energy in the right half of the string after `steps` steps, when it was released from rest."""
    dx = 1.0 / (len(displacement) + 1)
    dt = 0.5 * dx
    before = now = displacement
    for _ in range(steps):
        acceleration = speed**2 * np.diff(np.pad(now, 1), n=2) / dx**2
        before, now = now, 2.0 * now - before + dt**2 * acceleration
    half = len(displacement) // 2
    velocity = np.pad((now - before) / dt, 1)[half:]
    strain = np.diff(np.pad(now, (1, 1), mode="constant"))[half:] / dx
    kinetic = 0.5 * np.trapezoid(velocity**2, dx=dx)
    potential = 0.5 * speed**2 * dx * np.sum(strain**2)
    return kinetic + potential


ANALYTIC = True
EXAMPLE = (np.array([0.1, 0.3, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1]), 0.9)
