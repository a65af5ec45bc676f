"""Hares and lynxes: the Lotka-Volterra equations by the classical Runge-Kutta method."""

import numpy as np


def rates_of_change(population, rates):
    birth, predation, death, growth = rates
    hares, lynxes = population
    return np.stack([birth * hares - predation * hares * lynxes, growth * hares * lynxes - death * lynxes])


def predator_prey(population, rates, steps=6, dt=0.2):
    """The populations (steps + 1, 2) over time."""
    history = [population]
    for _ in range(steps):
        k1 = rates_of_change(population, rates)
        k2 = rates_of_change(population + 0.5 * dt * k1, rates)
        k3 = rates_of_change(population + 0.5 * dt * k2, rates)
        k4 = rates_of_change(population + dt * k3, rates)
        population = population + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        history.append(population)
    return np.stack(history)


ANALYTIC = True
EXAMPLE = (np.array([2.0, 1.0]), np.array([1.1, 0.4, 0.4, 0.1]))
