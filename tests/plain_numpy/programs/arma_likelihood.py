"""The fit of an ARMA(1, 1) model to the yearly flow of a river."""

import numpy as np

FLOW = np.array(
    [1120.0, 1160.0, 963.0, 1210.0, 1160.0, 1160.0, 813.0, 1230.0, 1370.0, 1140.0]
)  # the Nile, 1871 to 1880


def arma_likelihood(level, memory, shock, log_deviation):
    """The log-likelihood of FLOW, given its first year; the shocks are normal."""
    deviation = FLOW - level
    shocks = [deviation[0]]
    for now, before in zip(deviation[1:], deviation[:-1]):
        shocks.append(now - memory * before - shock * shocks[-1])
    standard = np.stack(shocks[1:]) / np.exp(log_deviation)
    return -0.5 * np.sum(standard**2) - (len(FLOW) - 1) * (log_deviation + 0.5 * np.log(2.0 * np.pi))


ANALYTIC = True
EXAMPLE = (1100.0, 0.4, -0.2, 5.0)
