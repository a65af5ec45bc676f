"""The gradients of the usual losses at predictions and targets, and of softmax by the usual mistakes.  Layer 8; knows arrays."""

from __future__ import annotations

import warnings

import numpy as np

from ..op import REGISTRY

__all__ = ["losses", "reductions", "softmaxes"]


def logistic(x: np.ndarray) -> np.ndarray:
    return REGISTRY["sigmoid"].array(np.asarray(x, float))


def shares(x: np.ndarray, axis: int) -> np.ndarray:
    return REGISTRY["softmax"].array(np.asarray(x, float), axis)


def losses(p: np.ndarray, y: np.ndarray, numbers: tuple[float, ...] = ()) -> dict[str, np.ndarray]:
    """The gradient by the predictions p of a sum of losses over all entries, by the name of the loss; finite ones alone.

    y         the targets, of the shape of p: numbers, probabilities, or labels 0 and 1, or -1 and 1
    numbers   the constants of the forward, which may be thresholds
    """
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        r = p - y
        sign = y if np.any(y < 0.0) else 2.0 * y - 1.0
        s, t = logistic(p), np.tanh(p)
        found = {
            "the squared error": r,
            "the absolute error": np.sign(r),
            "the fourth power of the error": r**3,
            "log-cosh": np.tanh(r),
            "the error's square root": r / np.sqrt(1.0 + r * r),
            "the squared logarithmic error": (np.log1p(p) - np.log1p(y)) / (1.0 + p),
            "the relative squared error": r / (y * y),
            "cross-entropy of probabilities": -y / p,
            "binary cross-entropy of probabilities": r / (p * (1.0 - p)),
            "binary cross-entropy of logits": s - y,
            "binary cross-entropy of a tanh": t - y,
            "the squared error of a sigmoid, by its input": (s - y) * s * (1.0 - s),
            "the squared error of a sigmoid, by its output": r * p * (1.0 - p),
            "the squared error of a tanh, by its input": (t - y) * (1.0 - t * t),
            "the squared error of a tanh, by its output": r * (1.0 - p * p),
            "the hinge": -sign * (sign * p < 1.0),
            "the squared hinge": -sign * np.maximum(1.0 - sign * p, 0.0),
            "the perceptron": -sign * (sign * p < 0.0),
            "the hinge without its threshold": -sign,
            "the logistic loss": -sign * logistic(-sign * p),
            "the exponential loss": -sign * np.exp(-sign * p),
            "Kullback-Leibler with the distributions exchanged": np.log(p / y) + 1.0,
            "the logarithm of the ratio": np.log(p / y),
            "Kullback-Leibler of logarithms": -y + 0.0 * p,
            "Poisson, by the rate": 1.0 - y / p,
            "Poisson, by the logarithm of the rate": np.exp(p) - y,
            "the quotient of prediction and target": p / y,
            "binary cross-entropy with the arguments exchanged": -(p / y) + (1.0 - p) / (1.0 - y),
            "the logarithm of the prediction": 1.0 / p,
        }
        for axis in range(p.ndim if 0 < p.ndim <= 2 else 0):
            q = shares(p, axis)
            found[f"cross-entropy of logits along axis {axis}"] = q * y.sum(axis, keepdims=True) - y
            found[f"the squared error of a softmax along axis {axis}"] = q * (
                (q - y) - ((q - y) * q).sum(axis, keepdims=True)
            )
            found[f"cross-entropy through softmax twice along axis {axis}"] = p * (r - (r * p).sum(axis, keepdims=True))
            found[f"the squared error of a softmax along axis {axis}, entry by entry"] = (q - y) * q * (1.0 - q)
            found[f"cross-entropy of a softmax along axis {axis}, entry by entry"] = -y * (1.0 - q)
        for delta in dict.fromkeys([1.0, *[abs(c) for c in numbers if c != 0.0]]):
            found[f"Huber with threshold {delta:g}"] = np.clip(r, -delta, delta)
            found[f"Huber with threshold {delta:g}, per threshold"] = np.clip(r / delta, -1.0, 1.0)
            found[f"log-cosh at the scale {delta:g}"] = np.tanh(r / delta)
            found[f"the quantile loss at {delta:g}"] = np.where(r > 0.0, 1.0 - delta, -delta)
            found[f"the hinge with margin {delta:g}"] = -sign * (sign * p < delta)
            found[f"the insensitive error of width {delta:g}"] = np.sign(r) * (np.abs(r) > delta)
    return {name: g for name, g in found.items() if np.all(np.isfinite(g))}


def softmaxes(g: np.ndarray, p: np.ndarray, axis: int, logarithm: bool) -> dict[str, tuple[str, np.ndarray]]:
    """What is sent through a softmax p along an axis, or its logarithm, by mistake: text -> (kind, gradient).

    g   the cotangent of the result
    """

    def total(x: np.ndarray) -> np.ndarray:
        return x.sum(axis, keepdims=True)

    weighted = g * p
    found: dict[str, tuple[str, np.ndarray]] = {
        "its derivative is forgotten: g passes as it is": ("softmax-elementwise", g),
        "only the diagonal of its Jacobian is taken: g p (1 - p)": ("softmax-elementwise", weighted * (1.0 - p)),
        "only the probabilities are multiplied by: g p": ("softmax-elementwise", weighted),
    }
    others = [other for other in range(p.ndim) if other != axis % p.ndim]
    if logarithm:
        found |= {
            "the sum over the upstream gradient is forgotten: g - p g": ("softmax-elementwise", g - weighted),
            "the rule of softmax is taken for that of its logarithm": (
                "wrong-activation-derivative",
                p * (g - total(weighted)),
            ),
            "the mean is taken for the sum": ("factor", g - p * g.mean(axis, keepdims=True)),
            "the sum is taken of g p: g - p sum(g p)": ("wrong-operand", g - p * total(weighted)),
            "the sign of its second term is wrong": ("sign", g + p * total(g)),
            "the sum of the upstream gradient is left out: g - p": ("upstream-ignored", g - p),
            "the sum is taken over everything": ("wrong-axis", g - p * g.sum()),
        }
        found |= {
            f"the sum is taken along axis {other}": ("wrong-axis", g - p * g.sum(other, keepdims=True)) for other in others
        }  # fmt: skip
        return found
    found |= {
        "the rule of the logarithm of softmax is taken for its own": (
            "wrong-activation-derivative", g - p * total(g),
        ),
        "the sum is taken of g, not of g p": ("wrong-operand", p * (g - total(g))),
        "the probabilities in front are forgotten: g - sum(g p)": ("wrong-operand", g - total(weighted)),
        "its second term has no probabilities: g p - sum(g p)": ("wrong-operand", weighted - total(weighted)),
        "its first term has no probabilities: g - p sum(g p)": ("wrong-operand", g - p * total(weighted)),
        "the mean is taken for the sum": ("factor", p * (g - weighted.mean(axis, keepdims=True))),
        "the sign of its second term is wrong": ("sign", p * (g + total(weighted))),
        "its first term is missing": ("path-dropped", -p * total(weighted)),
        "the diagonal is taken twice: g p (1 - p) - p sum(g p)": ("path-doubled", weighted * (1.0 - p) - p * total(weighted)),
        "only p (1 - p) is returned": ("upstream-ignored", p * (1.0 - p)),
        "the diagonal is counted as p (1 + p)": ("sign", weighted * (1.0 + p)),
        "the sum is taken over everything": ("wrong-axis", p * (g - weighted.sum())),
    }  # fmt: skip
    found |= {
        f"the sum is taken along axis {other}": ("wrong-axis", p * (g - weighted.sum(other, keepdims=True)))
        for other in others
    }
    return found


def reductions(z: np.ndarray, a: np.ndarray, axis: tuple[int, ...]) -> dict[str, np.ndarray]:
    """The derivatives of functions that make one number of many, z along these axes; a is the right one's, aligned with z."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        root = np.sqrt(np.sum(z * z, axis, keepdims=True))
        top = np.max(z, axis, keepdims=True)
        e = np.exp(z - top)
        found = {
            "the sum": np.ones(z.shape),
            "the sum of squares": z,
            "the mean of squares": z / (z.size / max(1, a.size)),
            "the sum of cubes": z * z,
            "the norm": z / root,
            "the sum of absolute values": np.sign(z),
            "the largest": 1.0 * (z == top),
            "the smallest": 1.0 * (z == np.min(z, axis, keepdims=True)),
            "log-sum-exp": e / np.sum(e, axis, keepdims=True),
            "the sum of exponentials": np.exp(z),
            "the sum of logarithms": 1.0 / z,
            "the variance": z - np.mean(z, axis, keepdims=True),
            "the standard deviation": (z - np.mean(z, axis, keepdims=True)) / np.std(z, axis, keepdims=True),
            "the product": a / z,
            "the value times the entry": a * z,
            "the entry by the value": z / a,
            "the entry by the value's square": z / (a * a),
            "the value": a + 0.0 * z,
        }
    return {name: g for name, g in found.items() if np.all(np.isfinite(g))}
