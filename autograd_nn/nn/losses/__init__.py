"""Loss functions: how far predictions are from targets, as one number.  Layer 7; the public list, and nothing else.

Every loss takes the prediction first, computes plain data from plain data, and broadcasts nothing.
"""

from .binary import binary_cross_entropy, binary_cross_entropy_with_logits, hinge, perceptron
from .classification import categorical_cross_entropy, cross_entropy, kl_divergence, nll
from .regression import huber, mae, mse, sse

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "categorical_cross_entropy",
    "cross_entropy",
    "hinge",
    "huber",
    "kl_divergence",
    "mae",
    "mse",
    "nll",
    "perceptron",
    "sse",
]
