"""Südmersen's losses and activations, stable variants too, as data; knows NumPy, not layers.  Layer 9."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from .formula import Formula
from .sampling import (
    away_from_zero,
    entrywise,
    normal,
    probabilities,
    sampler,
    sigmoid,
    sigmoid_loop,
    smoothed,
    softmax,
    softmax_jacobian,
    softmax_loop,
    total,
)

__all__ = ["FORMULAS"]

function = partial(Formula, text="sudmersen", convention="C1")
loss = partial(
    function,
    claim="gradient",
    shapes="y (n, 1), a (n, 1) -> (1, n)",
    sample=sampler(y=smoothed(5, 1), a=probabilities(5, 1)),
    wrt="a",
    layout=lambda derivative: derivative.T,
)
jacobian = partial(
    function,
    claim="jacobian",
    shapes="z (n, 1) -> (n, n)",
    sample=sampler(z=away_from_zero(5, 1)),
    wrt="z",
)
value = partial(
    function,
    claim="value",
    shapes="z (n, 1) -> (n, 1)",
    sample=sampler(z=away_from_zero(5, 1)),
)
tanh = partial(value, forward=lambda z: entrywise(math.tanh, z))

FORMULAS: tuple[Formula, ...] = (
    # ---------------------------------------------------------------- losses
    loss(
        id="sudmersen-eq70",
        equation="(70)",
        statement="The gradient row of the cross-entropy is minus the ratios of targets to predictions.",
        latex=r"\frac{\partial L}{\partial \mathbf{a}^L} = -\frac{\mathbf{y}}{\mathbf{a}^L}",
        hand=lambda y, a: -(y / a).T,
        forward=lambda y, a: -np.sum(y * np.log(a)),
    ),
    loss(
        id="sudmersen-eq71",
        equation="(71)",
        statement="The sum of squared errors carries a factor of one half.",
        latex=r"L = \frac{1}{2} \sum_{i=1}^{n} (y_i - a_i)^2",
        shapes="y (n, 1), a (n, 1) -> ()",
        claim="value",
        hand=lambda y, a: 0.5 * np.sum((y - a) ** 2),
        forward=lambda y, a: total(lambda t, q: 0.5 * (t - q) * (t - q), y, a),
        wrt=None,
    ),
    loss(
        id="sudmersen-eq72",
        equation="(72)",
        statement="The gradient row of the sum of squared errors is minus the differences of target and prediction.",
        latex=r"\frac{\partial L}{\partial \mathbf{a}^L} = -(\mathbf{y} - \mathbf{a}^L)",
        hand=lambda y, a: -(y - a).T,
        forward=lambda y, a: 0.5 * np.sum((y - a) ** 2),
    ),
    # ---------------------------------------------------------------- sigmoid
    value(
        id="sudmersen-eq73",
        equation="(73)",
        statement="The sigmoid is the reciprocal of one plus the exponential of the negated potential.",
        latex=r"a_i = \frac{1}{1 + e^{-z_i}}",
        hand=lambda z: 1.0 / (1.0 + np.exp(-z)),
        forward=lambda z: sigmoid_loop(z),
    ),
    jacobian(
        id="sudmersen-eq74",
        equation="(74)",
        statement="The Jacobian of the sigmoid is the diagonal matrix of a(1 - a).",
        latex=r"\mathbf{J}_{\mathbf{a}}(\mathbf{z}) = \mathrm{diag}(a_i (1 - a_i))",
        hand=lambda z: np.diag(sigmoid(z[:, 0]) * (1.0 - sigmoid(z[:, 0]))),
        forward=lambda z: sigmoid(z),
    ),
    value(
        id="sudmersen-eq75",
        equation="(75)",
        statement="For negative potentials the sigmoid is an exponential over one plus the same exponential.",
        latex=r"a_i = \frac{e^{z_i}}{1 + e^{z_i}}",
        hand=lambda z: np.exp(z) / (1.0 + np.exp(z)),
        forward=lambda z: sigmoid_loop(z),
    ),
    # ---------------------------------------------------------------- ReLU
    value(
        id="sudmersen-eq77",
        equation="(77)",
        statement="ReLU keeps positive potentials and sets the others to zero.",
        latex=r"a_i = \max(0, z_i)",
        hand=lambda z: np.maximum(0.0, z),
        forward=lambda z: entrywise(lambda u: u if u > 0.0 else 0.0, z),
    ),
    jacobian(
        id="sudmersen-eq80",
        equation="(78) and (80)",
        statement=(
            "The Jacobian of ReLU is diagonal, one where the potential is positive and zero where it is negative."
        ),
        latex=r"\mathbf{J}_{\mathbf{a}}(\mathbf{z}) = \mathrm{diag}([z_i > 0])",
        hand=lambda z: np.diag((z[:, 0] > 0.0).astype(float)),
        forward=lambda z: np.maximum(0.0, z),
        witness="differences",
    ),
    # ---------------------------------------------------------------- tanh
    tanh(
        id="sudmersen-eq81",
        equation="(81)",
        statement="The quotient of exponentials is the hyperbolic tangent.",
        latex=r"a_i = \frac{e^{z_i} - e^{-z_i}}{e^{z_i} + e^{-z_i}}",
        hand=lambda z: (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z)),
    ),
    jacobian(
        id="sudmersen-eq83",
        equation="(82) and (83)",
        statement="The Jacobian of tanh is the diagonal matrix of one minus the squared activations.",
        latex=r"\mathbf{J}_{\mathbf{a}}(\mathbf{z}) = \mathrm{diag}(1 - a_i^2)",
        hand=lambda z: np.diag(1.0 - np.tanh(z[:, 0]) ** 2),
        forward=lambda z: np.tanh(z),
    ),
    tanh(
        id="sudmersen-eq84",
        equation="(84)",
        statement="For large positive potentials tanh is written with the exponential of minus twice the potential.",
        latex=r"a_i = \frac{1 - e^{-2 z_i}}{1 + e^{-2 z_i}}",
        hand=lambda z: (1.0 - np.exp(-2.0 * z)) / (1.0 + np.exp(-2.0 * z)),
    ),
    tanh(
        id="sudmersen-eq85",
        equation="(85), fourth member",
        statement="In the proof of (84) the expanded quotient has unlike exponentials above and equal ones below.",
        latex=r"\frac{e^{z_i} - e^{-2 z_i}}{e^{z_i} + e^{z_i}}",
        hand=lambda z: (np.exp(z) - np.exp(-2.0 * z)) / (np.exp(z) + np.exp(z)),
        expected="fails as printed",
    ),
    tanh(
        id="sudmersen-eq85-corrected",
        equation="(85), fourth member",
        statement="The factor multiplied in was dropped from the second term above and below.",
        latex=r"\frac{e^{z_i} - e^{-2 z_i} e^{z_i}}{e^{z_i} + e^{-2 z_i} e^{z_i}}",
        hand=lambda z: (np.exp(z) - np.exp(-2.0 * z) * np.exp(z)) / (np.exp(z) + np.exp(-2.0 * z) * np.exp(z)),
    ),
    tanh(
        id="sudmersen-eq86",
        equation="(86)",
        statement="For large negative potentials tanh is written with the exponential of twice the potential.",
        latex=r"a_i = \frac{e^{2 z_i} - 1}{e^{2 z_i} + 1}",
        hand=lambda z: (np.exp(2.0 * z) - 1.0) / (np.exp(2.0 * z) + 1.0),
    ),
    tanh(
        id="sudmersen-eq87",
        equation="(87), third member",
        statement="In the proof of (86) the expanded quotient lacks a factor in its first terms.",
        latex=r"\frac{e^{2 z_i} - e^{-z_i}}{e^{2 z_i} + e^{-z_i}}",
        hand=lambda z: (np.exp(2.0 * z) - np.exp(-z)) / (np.exp(2.0 * z) + np.exp(-z)),
        expected="fails as printed",
    ),
    tanh(
        id="sudmersen-eq87-corrected",
        equation="(87), third member",
        statement="The factor multiplied in was dropped from the first term above and below.",
        latex=r"\frac{e^{2 z_i} e^{-z_i} - e^{-z_i}}{e^{2 z_i} e^{-z_i} + e^{-z_i}}",
        hand=lambda z: (np.exp(2.0 * z) * np.exp(-z) - np.exp(-z)) / (np.exp(2.0 * z) * np.exp(-z) + np.exp(-z)),
    ),
    # ---------------------------------------------------------------- softmax
    jacobian(
        id="sudmersen-eq89",
        equation="(89)",
        statement="The Jacobian of softmax is the diagonal matrix of its outputs minus their outer product.",
        latex=r"\mathbf{J}_{\mathbf{a}}(\mathbf{z}) = \mathrm{diag}(\mathbf{a}) - \mathbf{a} \mathbf{a}^T",
        hand=lambda z: softmax_jacobian(softmax(z)),
        forward=lambda z: softmax(z),
    ),
    jacobian(
        id="sudmersen-claim-symmetric",
        equation="section on activation functions",
        statement="The Jacobian of softmax, the one activation shown that is not element-wise, equals its transpose.",
        latex=r"(\mathbf{J}_{\mathbf{a}}(\mathbf{z}))^T = \mathbf{J}_{\mathbf{a}}(\mathbf{z})",
        hand=lambda z: softmax_jacobian(softmax(z)).T,
        forward=lambda z: softmax(z),
    ),
    value(
        id="sudmersen-eq90",
        equation="(90), with any constant",
        statement="Subtracting one constant from all potentials leaves softmax unchanged.",
        latex=r"a_i = \frac{e^{z_i - c}}{\sum_j e^{z_j - c}}",
        shapes="z (n, 1), c () -> (n, 1)",
        hand=lambda z, c: np.exp(z - c) / np.sum(np.exp(z - c)),
        forward=lambda z: softmax_loop(z),
        sample=sampler(z=normal(5, 1), c=normal()),
    ),
)
