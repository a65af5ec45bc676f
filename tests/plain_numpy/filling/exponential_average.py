"""The exponential moving average of a price, filled into an array day by day."""

import numpy as np


def exponential_average(prices, weight):
    """The mean squared distance between the prices and their moving average."""
    average = np.zeros_like(prices)
    average[0] = prices[0]
    for day in range(1, len(prices)):
        average[day] = weight * prices[day] + (1.0 - weight) * average[day - 1]
    return np.mean((prices - average) ** 2)


EXAMPLE = (np.array([10.0, 10.5, 10.2, 11.0, 10.8]), 0.3)
