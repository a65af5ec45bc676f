"""Turn points in space by a quaternion."""

import numpy as np


def quaternion_rotation(quaternion, points):
    """The points (n, 3), rotated; the quaternion (w, x, y, z) need not be of length one."""
    unit = quaternion / np.sqrt(np.sum(quaternion**2))
    real, imaginary = unit[0], unit[1:]
    sideways = 2.0 * np.cross(imaginary, points)
    return points + real * sideways + np.cross(imaginary, sideways)


ANALYTIC = True
EXAMPLE = (np.array([0.9, 0.3, -0.4, 0.6]), np.array([[1.0, 0.0, 0.0], [0.5, -1.0, 2.0], [0.3, 0.2, 0.1]]))
