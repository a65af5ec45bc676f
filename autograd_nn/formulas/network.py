"""Südmersen's batch equations for a whole network in rows; knows NumPy, not the catalogue.  Layer 9."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

__all__ = ["BackwardPass", "bp_equations", "cost_of_network"]


class BackwardPass(NamedTuple):
    """What the four equations yield, one entry per layer in each list.

    cost     C, the mean cross-entropy in nats
    errors   Delta^l (B, n_l): B dC / dZ^l, the errors of the single losses
    weights  dC / dW^l (n_{l-1}, n_l)
    biases   dC / db^l (n_l,)
    """

    cost: float
    errors: list[np.ndarray]
    weights: list[np.ndarray]
    biases: list[np.ndarray]


def cost_of_network(weights: Sequence, biases: Sequence, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The cost of the same network written plainly: the forward pass alone, on real or complex arrays."""
    a = x
    for W, b in zip(weights[:-1], biases[:-1]):
        a = np.tanh(a @ W + b)
    scores = a @ weights[-1] + biases[-1]
    scores = scores - np.max(scores.real, axis=1, keepdims=True)
    return -np.sum(y * (scores - np.log(np.sum(np.exp(scores), axis=1, keepdims=True)))) / len(x)


def bp_equations(
    weights: Sequence[np.ndarray], biases: Sequence[np.ndarray], x: np.ndarray, y: np.ndarray
) -> BackwardPass:
    r"""Cost and hand-derived gradients: tanh hidden layers, softmax output, mean cross-entropy.

    weights  L matrices (n_{l-1}, n_l);  biases  L vectors (n_l,)
    x (B, n_0);  y (B, n_L) one-hot, or rows that sum to 1
    Returns the cost, and the errors, weight gradients and bias gradients of the L layers.  L = 1 is allowed.

    Forward, one example per row, A^0 = x:  Z^l = A^{l-1} W^l + b^l,  A^l = tanh Z^l,  A^L = softmax Z^L,
    C = -(1/B) sum_ij y_ij log A^L_ij, with the largest entry of every row of Z^L subtracted first.
    Backward, the transposed equations BP1.2 to BP4.2, where Delta^l is the error of the single losses, without 1/B:

        BP1.2   Delta^L     = A^L - y
        BP2.2   Delta^{l-1} = (Delta^l (W^l)^T) * (1 - A^{l-1} * A^{l-1})
        BP3.2   dC / dW^l   = (1/B) (A^{l-1})^T Delta^l
        BP4.2   dC / db^l   = (1/B) sum over the rows of Delta^l
    """
    activations = [x]
    for W, b in zip(weights[:-1], biases[:-1]):
        activations.append(np.tanh(activations[-1] @ W + b))
    scores = activations[-1] @ weights[-1] + biases[-1]
    scores = scores - np.max(scores, axis=1, keepdims=True)
    log_p = scores - np.log(np.sum(np.exp(scores), axis=1, keepdims=True))
    delta = np.exp(log_p) - y
    errors = [delta]
    for W, a in zip(reversed(weights[1:]), reversed(activations[1:])):
        errors.insert(0, (errors[0] @ W.T) * (1.0 - a * a))
    return BackwardPass(
        cost=float(-np.sum(y * log_p) / len(x)),
        errors=errors,
        weights=[a.T @ delta / len(x) for a, delta in zip(activations, errors)],
        biases=[np.mean(delta, axis=0) for delta in errors],
    )
