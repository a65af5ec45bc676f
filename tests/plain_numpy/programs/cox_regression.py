"""What shortens survival?  The partial likelihood of Cox's proportional hazards."""

import numpy as np

MONTHS = np.array([5.0, 8.0, 12.0, 3.0, 20.0, 16.0, 9.0])
DIED = np.array([True, True, False, True, False, True, True])
PATIENTS = np.array(
    [[1.2, 0.0], [0.3, 1.0], [-0.5, 1.0], [1.9, 0.0], [-1.1, 0.0], [0.1, 1.0], [0.8, 0.0]]
)  # age, treated


def cox_regression(effects):
    """The log partial likelihood of the effects of age and treatment."""
    longest_first = np.argsort(-MONTHS)
    log_hazard = PATIENTS[longest_first] @ effects
    at_risk = np.cumsum(np.exp(log_hazard))  # all who lived at least as long
    return np.sum((log_hazard - np.log(at_risk))[DIED[longest_first]])


ANALYTIC = True
EXAMPLE = (np.array([0.7, -0.4]),)
