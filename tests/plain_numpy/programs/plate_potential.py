"""The pull of a rectangular plate on a point above its corner: Gauss quadrature in two directions."""

import numpy as np


def plate_potential(width, depth, height):
    """The gravitational potential per unit of mass density and G."""
    nodes, weights = np.polynomial.legendre.leggauss(6)
    x = 0.5 * width * (nodes + 1.0)
    y = 0.5 * depth * (nodes + 1.0)
    xs, ys = np.meshgrid(x, y, indexing="ij")
    areas = np.outer(0.5 * width * weights, 0.5 * depth * weights)
    return -np.sum(areas / np.sqrt(xs**2 + ys**2 + height**2))


ANALYTIC = True
EXAMPLE = (2.0, 1.5, 0.8)
