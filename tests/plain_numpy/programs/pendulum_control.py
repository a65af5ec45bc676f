"""Swing a pendulum up with a weak motor: the cost of a plan of torques, for optimal control."""

import numpy as np


def pendulum_control(torques, damping, dt=0.15, strongest=2.0):
    """What is left to the upright position at the end, plus the effort; angle 0 hangs down."""
    angle, velocity, angles = 0.1, 0.0, []
    for torque in np.clip(torques, -strongest, strongest):
        velocity = velocity + dt * (torque - damping * velocity - 9.81 * np.sin(angle))
        angle = angle + dt * velocity
        angles.append(angle)
    height = 1.0 - np.cos(np.stack(angles))
    late = np.exp(np.arange(len(angles)) - len(angles))  # the end counts most
    return np.sum(late * (2.0 - height) ** 2) + 0.1 * velocity**2 + 0.01 * dt * np.sum(np.square(torques))


ANALYTIC = False
EXAMPLE = (np.array([0.5, 1.5, 2.6, 1.0, -0.8, -2.4, -1.7, 0.3, 1.2, 1.8]), 0.1)
