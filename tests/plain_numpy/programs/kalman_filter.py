"""How likely is a track under a model of motion?  The Kalman filter, for the noises that are to be estimated."""

import numpy as np

MOTION = np.array([[1.0, 0.5], [0.0, 1.0]])  # position and velocity, half a second later


def kalman_filter(track, log_process, log_sensor):
    """The log-likelihood of measured positions and velocities (n, 2) for constant velocity plus noise."""
    process = np.exp(log_process) * np.array([[0.04, 0.12], [0.12, 0.5]])
    sensor = np.exp(log_sensor) * np.eye(2)
    mean, covariance = track[0], sensor
    log_likelihood = 0.0
    for measured in track[1:]:
        mean = MOTION @ mean
        covariance = MOTION @ covariance @ MOTION.T + process
        surprise = measured - mean
        spread = covariance + sensor
        precision = np.linalg.inv(spread)
        _, log_volume = np.linalg.slogdet(2.0 * np.pi * spread)
        log_likelihood = log_likelihood - 0.5 * (log_volume + surprise @ precision @ surprise)
        gain = covariance @ precision
        mean = mean + gain @ surprise
        covariance = (np.eye(2) - gain) @ covariance
    return log_likelihood


ANALYTIC = False
EXAMPLE = (
    np.array([[0.0, 1.1], [0.6, 0.9], [1.0, 1.2], [1.7, 1.0], [2.3, 1.3], [2.8, 0.8]]),
    -1.5,
    -2.0,
)
