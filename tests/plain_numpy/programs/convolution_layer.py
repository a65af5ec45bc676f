"""A small layer of a network that sees: convolution, rectification, pooling."""

import numpy as np


def convolution_layer(image, kernels, bias):
    """The pooled maps (kernels, 2, 2) of an image (6, 6) under kernels (k, 3, 3)."""
    patches = np.lib.stride_tricks.sliding_window_view(image, (3, 3))
    maps = np.einsum("xyij,kij->kxy", patches, kernels) + bias[:, None, None]
    active = np.maximum(maps, 0.0)
    return active.reshape(len(kernels), 2, 2, 2, 2).max(axis=(2, 4))


ANALYTIC = False
RANDOM = np.random.default_rng(13)
EXAMPLE = (RANDOM.normal(size=(6, 6)), RANDOM.normal(size=(2, 3, 3)), np.array([0.2, -0.1]))
