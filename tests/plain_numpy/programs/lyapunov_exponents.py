"""How fast do neighbours part?  The Lyapunov exponents of coupled logistic maps."""

import numpy as np


def lyapunov_exponents(growth, coupling, start, steps=6):
    """The exponents, by a QR decomposition at every step."""
    n = len(start)
    mixing = (1.0 - coupling) * np.eye(n) + coupling / n * np.ones((n, n))
    x, q, total = start, np.eye(n), np.zeros(n)
    for _ in range(steps):
        jacobian = mixing @ np.diag(growth * (1.0 - 2.0 * x))
        q, r = np.linalg.qr(jacobian @ q)
        total = total + np.log(np.abs(np.diagonal(r)))
        x = mixing @ (growth * x * (1.0 - x))
    return total / steps


ANALYTIC = False
EXAMPLE = (3.2, 0.1, np.array([0.2, 0.35, 0.61]))
