"""The temperature inside of a layered wall: a tridiagonal system by the algorithm of Thomas."""

import numpy as np


def tridiagonal_solve(lower, diagonal, upper, right):
    """The solution of a tridiagonal system, by elimination without pivoting."""
    factors, values = [upper[0] / diagonal[0]], [right[0] / diagonal[0]]
    for i in range(1, len(right)):
        pivot = diagonal[i] - lower[i - 1] * factors[-1]
        values.append((right[i] - lower[i - 1] * values[-1]) / pivot)
        if i < len(upper):
            factors.append(upper[i] / pivot)
    solution = [values[-1]]
    for factor, value in zip(reversed(factors), reversed(values[:-1])):
        solution.append(value - factor * solution[-1])
    return np.stack(solution[::-1])


def heat_conduction(conductance, sources, inside=21.0, outside=-5.0):
    """The temperatures between n + 1 layers of given conductance, with n sources of heat."""
    inner = conductance[1:-1]
    ends = np.concatenate([conductance[:1] * inside, np.zeros(len(sources) - 2), conductance[-1:] * outside])
    return tridiagonal_solve(-inner, conductance[:-1] + conductance[1:], -inner, sources + ends)


ANALYTIC = True
EXAMPLE = (np.array([5.0, 0.8, 0.3, 0.35, 1.2, 7.0]), np.array([0.0, 0.5, 2.0, 0.3, 0.1]))
