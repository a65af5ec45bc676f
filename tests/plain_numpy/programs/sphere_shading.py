"""A ball in the light: where the rays of a camera meet it, and Lambert's cosine law there."""

import numpy as np


def sphere_shading(centre, radius, light):
    """The mean brightness of the picture; the camera sits at the origin and looks along z."""
    x, y = np.meshgrid(np.linspace(-1.0, 1.0, 7), np.linspace(-1.0, 1.0, 7))
    rays = np.stack([x, y, np.full_like(x, 2.0)], axis=-1).reshape(-1, 3)
    rays = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    along = rays @ centre
    discriminant = along**2 - np.dot(centre, centre) + radius**2
    hit = discriminant > 0.0
    distance = along[hit] - np.sqrt(discriminant[hit])
    normal = (distance[:, np.newaxis] * rays[hit] - centre) / radius
    cosine = normal @ (light / np.linalg.norm(light))
    return np.sum(np.maximum(cosine, 0.0)) / len(rays)


ANALYTIC = False
EXAMPLE = (np.array([0.3, -0.2, 4.0]), 1.2, np.array([1.0, 2.0, -1.5]))
