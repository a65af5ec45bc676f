"""Lay one molecule over another: the rotation of least squares by the singular values of Kabsch."""

import numpy as np


def molecule_alignment(moving, fixed):
    """The atoms (n, 3) of the moving molecule, turned and shifted onto those of the fixed one."""
    centre = np.mean(fixed, axis=0)
    moving = moving - np.mean(moving, axis=0)
    u, _, vt = np.linalg.svd(moving.T @ (fixed - centre))
    if np.linalg.det(u @ vt) < 0.0:  # a reflection: turn the least important axis round
        u = np.concatenate([u[:, :-1], -u[:, -1:]], axis=1)
    return moving @ (u @ vt) + centre


ANALYTIC = False
RANDOM = np.random.default_rng(5)
ATOMS = RANDOM.normal(size=(5, 3)) * np.array([2.0, 1.2, 0.6])
TURN = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
EXAMPLE = (ATOMS @ TURN + 1.0, ATOMS + 0.1 * RANDOM.normal(size=(5, 3)))
