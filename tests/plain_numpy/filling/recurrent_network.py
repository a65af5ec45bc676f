"""A gated recurrent network over a sequence, its states written into rows of a matrix."""

import numpy as np


def recurrent_network(inputs, weights, steps_seen=4):
    """The mean square of the states; inputs (time, n), weights (2, n, n)."""
    states = np.zeros((len(inputs), inputs.shape[1]))
    hidden = np.zeros(inputs.shape[1])
    for time in range(steps_seen):
        gate = 1.0 / (1.0 + np.exp(-(inputs[time] + weights[0] @ hidden)))
        hidden = gate * hidden + (1.0 - gate) * np.tanh(inputs[time] + weights[1] @ hidden)
        states[time, :] = hidden
    return np.mean(states**2)


RANDOM = np.random.default_rng(23)
EXAMPLE = (RANDOM.normal(size=(4, 2)), RANDOM.normal(size=(2, 2, 2)))
