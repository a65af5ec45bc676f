"""Three species of iris from two measurements: the loss of softmax regression."""

import numpy as np

PETALS = np.array([[1.4, 0.2], [1.3, 0.3], [4.7, 1.4], [4.5, 1.5], [6.0, 2.5], [5.1, 1.9], [5.9, 2.1]])  # cm
SPECIES = np.array([0, 0, 1, 1, 2, 2, 2])


def softmax_regression(weights, bias):
    """The mean negative log-likelihood of the species, with a small ridge on the weights (2, 3)."""
    scores = PETALS @ weights + bias
    scores = scores - scores.max(axis=1, keepdims=True)
    log_probability = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    chosen = log_probability[np.arange(len(SPECIES)), SPECIES]
    return -chosen.mean() + 0.01 * np.sum(weights**2)


ANALYTIC = False
EXAMPLE = (np.array([[-0.6, 0.1, 0.4], [-0.5, -0.1, 0.7]]), np.array([2.0, 0.5, -1.5]))
