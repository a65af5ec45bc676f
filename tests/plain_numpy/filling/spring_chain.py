"""A chain of springs: the stiffness matrix, assembled spring by spring with +=."""

import numpy as np

SPRING = np.array([[1.0, -1.0], [-1.0, 1.0]])


def spring_chain(stiffness, force=1.0):
    """How far the free end moves when it is pulled and the other end is fixed."""
    n = len(stiffness)
    matrix = np.zeros((n + 1, n + 1))
    for i in range(n):
        matrix[i : i + 2, i : i + 2] += stiffness[i] * SPRING
    load = np.zeros(n)
    load[-1] = force
    return np.linalg.solve(matrix[1:, 1:], load)[-1]


EXAMPLE = (np.array([2.0, 3.0, 1.5]),)
