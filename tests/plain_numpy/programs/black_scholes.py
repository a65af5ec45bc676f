"""The fair price of a call option."""

import numpy as np


def normal_distribution(x):
    """P(X <= x) of the standard normal, to 7.5e-8 (Abramowitz and Stegun, formula 26.2.17)."""
    t = 1.0 / (1.0 + 0.2316419 * np.abs(x))
    series = t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
    tail = np.exp(-0.5 * x**2) / np.sqrt(2.0 * np.pi) * series
    return np.where(x >= 0.0, 1.0 - tail, tail)


def black_scholes(spot, strikes, rate, volatility, years):
    """The prices of calls at `strikes`, by Black and Scholes (1973)."""
    spread = volatility * np.sqrt(years)
    d1 = (np.log(spot / strikes) + (rate + 0.5 * volatility**2) * years) / spread
    discounted = strikes * np.exp(-rate * years)
    return spot * normal_distribution(d1) - discounted * normal_distribution(d1 - spread)


ANALYTIC = False
EXAMPLE = (100.0, np.array([80.0, 95.0, 110.0, 130.0]), 0.03, 0.25, 0.75)
