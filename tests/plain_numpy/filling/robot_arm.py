"""Where is the hand of a robot with two joints?  Rotation matrices, written out as np.array([[...], [...]])."""

import numpy as np


def robot_arm(angles, lengths):
    """The distance of the hand from a cup at (1, 1)."""
    hand = np.zeros(2)
    for angle, length in zip(angles[::-1], lengths[::-1]):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        hand = turn @ (hand + length * np.array([1.0, 0.0]))
    return np.sqrt(np.sum((hand - 1.0) ** 2))


EXAMPLE = (np.array([0.5, 0.8]), np.array([1.0, 0.7]))
