"""Where landmarks appear in a fisheye camera: the residuals of bundle adjustment."""

import numpy as np

SEEN = np.array([[-120.0, 40.0], [65.0, -90.0], [150.0, 115.0], [20.0, 180.0]])  # pixels
FOCAL = 300.0


def fisheye_camera(rotation, translation, distortion, landmarks):
    """Predicted minus seen pixels, one row of numbers; the rotation is an axis times an angle (Rodrigues)."""
    angle = np.linalg.norm(rotation)
    axis = rotation / angle
    turned = (
        np.cos(angle) * landmarks
        + np.sin(angle) * np.cross(axis, landmarks)
        + (1.0 - np.cos(angle)) * np.outer(np.dot(landmarks, axis), axis)
    )
    x, y, z = np.transpose(turned + translation)
    radius = np.hypot(x, y)
    theta = np.arctan2(radius, z)
    bent = theta * (1.0 + distortion[0] * theta**2 + distortion[1] * theta**4)
    pixels = FOCAL * np.stack([x, y], axis=1) * np.expand_dims(bent / radius, 1)
    return np.ravel(pixels - SEEN)


ANALYTIC = False
EXAMPLE = (
    np.array([0.1, -0.2, 0.3]),
    np.array([0.05, 0.1, 0.5]),
    np.array([-0.05, 0.01]),
    np.array([[-1.5, 0.2, 3.0], [0.8, -1.2, 4.0], [2.0, 1.0, 3.5], [0.5, 1.6, 2.5]]),
)
