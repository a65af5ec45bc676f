"""Südmersen's batch equations for a whole network in rows; knows NumPy, not the catalogue.  Layer 9."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["bp_equations"]


def bp_equations(
    weights: Sequence[np.ndarray], biases: Sequence[np.ndarray], x: np.ndarray, y: np.ndarray
) -> tuple[float, list[np.ndarray], list[np.ndarray]]:
    r"""Cost and hand-derived gradients: tanh hidden layers, softmax output, mean cross-entropy.

    weights  L matrices (n_{l-1}, n_l);  biases  L vectors (n_l,)
    x (B, n_0);  y (B, n_L) one-hot, or rows that sum to 1
    Returns the cost, L weight gradients and L bias gradients, each in the shape of its parameter.  L = 1 is allowed.

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
    weight_gradients: list[np.ndarray] = []
    bias_gradients: list[np.ndarray] = []
    for W, a in zip(reversed(weights), reversed(activations)):
        weight_gradients.insert(0, a.T @ delta / len(x))
        bias_gradients.insert(0, np.mean(delta, axis=0))
        delta = (delta @ W.T) * (1.0 - a * a)
    return float(-np.sum(y * log_p) / len(x)), weight_gradients, bias_gradients
