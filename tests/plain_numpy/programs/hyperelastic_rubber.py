"""The energy of stretched rubber: a neo-Hookean solid."""

import numpy as np


def hyperelastic_rubber(displacement_gradient, shear, bulk):
    """The energy density under a deformation of given gradient (3, 3)."""
    deformation = np.eye(3) + displacement_gradient
    volume = np.linalg.det(deformation)
    green = 0.5 * (deformation.T @ deformation - np.eye(3))
    first = np.tensordot(deformation, deformation)  # the double contraction F : F
    stiffening = np.trace(green) ** 2 - np.sum(green * green)
    return (
        0.5 * shear * (first - 3.0 - 2.0 * np.log(volume)) + 0.5 * bulk * (volume - 1.0) ** 2 + 0.1 * shear * stiffening
    )


ANALYTIC = True
EXAMPLE = (np.array([[0.3, 0.05, -0.1], [0.02, -0.1, 0.04], [0.0, 0.08, -0.15]]), 0.5, 2.0)
