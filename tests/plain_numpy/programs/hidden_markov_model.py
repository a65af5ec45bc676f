"""Weather from ice creams eaten: the forward algorithm of a hidden Markov model, in logarithms."""

import numpy as np

EATEN = [2, 1, 0, 2, 2, 0, 1]  # ice creams on each day of a week


def log_sum_exp(x, axis):
    top = np.max(x, axis=axis, keepdims=True)
    return np.squeeze(top, axis=axis) + np.log(np.sum(np.exp(x - top), axis=axis))


def normalised(scores):
    return scores - log_sum_exp(scores, axis=1)[:, np.newaxis]


def hidden_markov_model(transition, emission):
    """The log-likelihood of EATEN; rows of scores (states, states) and (states, kinds) become probabilities."""
    transition, emission = normalised(transition), normalised(emission)
    forward = emission[:, EATEN[0]] - np.log(len(emission))
    for kind in EATEN[1:]:
        forward = log_sum_exp(forward[:, np.newaxis] + transition, axis=0) + emission[:, kind]
    return log_sum_exp(forward, axis=0)


ANALYTIC = False
EXAMPLE = (np.array([[1.0, -0.5], [-0.3, 0.8]]), np.array([[-1.0, 0.2, 1.3], [0.9, 0.4, -0.7]]))
