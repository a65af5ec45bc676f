"""Wrong rules in hand-written backwards: derivatives, operands, masks, softmax, losses and details of the forward."""

import numpy as np
import pytest

from autograd_nn.check import check_backward

RNG = np.random.default_rng(11)
X, W1, B1, W2, B2 = [RNG.normal(size=shape) for shape in ((7, 3), (3, 5), (5,), (5, 2), (2,))]
TARGET = RNG.normal(size=(7, 2))
LABELS = RNG.integers(0, 2, (7, 2)).astype(float)
KEPT = RNG.random((7, 5)) < 0.6
ALLOWED = np.tril(np.ones((7, 7), bool))


def sigma(z):
    return 1.0 / (1.0 + np.exp(-z))


# --- a network of two layers, with everything written out


def network(x, w, b, v, c):
    z = x @ w + b
    h = 1.0 / (1.0 + np.exp(-z))
    return h @ v + c, (x, w, v, z, h)


def network_backward(slope):
    """The backward with this derivative of the hidden layer: slope(z, h)."""

    def backward(dout, cache):
        x, w, v, z, h = cache
        dz = (dout @ v.T) * slope(z, h)
        return dz @ w.T, x.T @ dz, dz.sum(axis=0), h.T @ dout, dout.sum(axis=0)

    return backward


def network_with_inputs_for_hidden_values(dout, cache):
    x, w, v, z, h = cache
    dz = (dout @ v.T) * h * (1.0 - h)
    return dz @ w.T, x.T @ dz, dz.sum(axis=0), z.T @ dout, dout.sum(axis=0)


def network_with_exponentials(x, w, b, v, c):
    z = x @ w + b
    e, f = np.exp(z), np.exp(-z)
    h = (e - f) / (e + f)
    return h @ v + c, (x, w, v, z, h)


# --- activations by themselves


def gelu(x):
    inner = np.sqrt(2.0 / np.pi) * (x + 0.044715 * x**3)
    return 0.5 * x * (1.0 + np.tanh(inner))


def gelu_sigmoid_backward(dout, x):
    s = sigma(1.702 * x)
    return dout * (s + 1.702 * x * s * (1.0 - s))


def elu(x):
    return np.where(x > 0.0, x, np.exp(np.minimum(x, 0.0)) - 1.0)


def bounded(x):
    return np.minimum(np.maximum(x, -0.5), 0.75)


# --- dropout, masks


def dropped(x, w):
    h = np.maximum(x @ w, 0.0)
    return h * KEPT / 0.6, (x, w, h)


def dropped_backward_without_mask(dout, cache):
    x, w, h = cache
    dz = dout / 0.6 * (h > 0.0)
    return dz @ w.T, x.T @ dz


def dropped_backward_other_way_round(dout, cache):
    x, w, h = cache
    dz = dout * ~KEPT / 0.6 * (h > 0.0)
    return dz @ w.T, x.T @ dz


def attend(q, k, v):
    scores = q @ k.T / np.sqrt(q.shape[1]) + np.where(ALLOWED, 0.0, -1e9)
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    a = e / e.sum(axis=1, keepdims=True)
    return a @ v, (q, k, v, a)


def attend_backward(dout, cache, softmax_rule=None):
    q, k, v, a = cache
    da = dout @ v.T
    ds = a * (da - (da * a).sum(axis=1, keepdims=True)) if softmax_rule is None else softmax_rule(da, a)
    ds = ds / np.sqrt(q.shape[1])
    return ds @ k, ds.T @ q, a.T @ dout


def attend_backward_entry_by_entry(dout, cache):
    return attend_backward(dout, cache, lambda da, a: da * a * (1.0 - a))


def attend_backward_without_mask(dout, cache):
    q, k, v, _ = cache
    e = np.exp(q @ k.T / np.sqrt(q.shape[1]))
    return attend_backward(dout, (q, k, v, e / e.sum(axis=1, keepdims=True)))


# --- normalisation


def standardise(x, gain):
    centred = x - x.mean(axis=0)
    var = (centred**2).sum(axis=0) / (len(x) - 1)
    rstd = 1.0 / np.sqrt(var + 1e-3)
    return gain * centred * rstd, (centred, rstd, gain)


def standardise_backward(centred, rstd, gain, dout, inner):
    n = len(centred)
    ds = dout * gain
    dvar = (ds * centred).sum(axis=0) * -0.5 * inner**3
    dcentred = ds * rstd + dvar * 2.0 * centred / (n - 1)
    return dcentred - dcentred.mean(axis=0), (dout * centred * rstd).sum(axis=0)


def standardise_backward_no_epsilon(dout, cache):
    centred, _, gain = cache
    rstd = 1.0 / np.sqrt((centred**2).sum(axis=0) / (len(centred) - 1))
    return standardise_backward(centred, rstd, gain, dout, rstd)


def standardise_backward_of_population(dout, cache):
    centred, _, gain = cache
    rstd = 1.0 / np.sqrt((centred**2).mean(axis=0) + 1e-3)
    return standardise_backward(centred, rstd, gain, dout, rstd)


def standardise_backward_of_centred(dout, cache):
    centred, rstd, gain = cache
    dx, _ = standardise_backward(centred, rstd, gain, dout, rstd)
    return dx, (dout * centred).sum(axis=0)


# --- losses


def squared(p):
    return np.mean((p - TARGET) ** 2)


def absolute_gradient(p):
    return np.sign(p - TARGET) / p.size


def cross_entropy(z):
    p = np.clip(sigma(z), 0.2, 0.8)
    return -np.mean(LABELS * np.log(p) + (1.0 - LABELS) * np.log(1.0 - p))


def cross_entropy_gradient_unclipped(z):
    return (sigma(z) - LABELS) / z.size


def margins(s):
    return np.sum(np.maximum(0.0, 1.0 - (2.0 * LABELS - 1.0) * s))


def perceptron_gradient(s):
    signs = 2.0 * LABELS - 1.0
    return -signs * (signs * s < 0.0)


def all_margins_gradient(s):
    return 1.0 - 2.0 * LABELS


NETWORK = (X, W1, B1, W2, B2)
ATTENTION = (X, X[::-1] * 0.5, RNG.normal(size=(7, 2)))
MISTAKES = {
    "slope forgotten": (network, network_backward(lambda z, h: 1.0), NETWORK, "wrong-activation-derivative"),
    "slope of another activation": (network, network_backward(lambda z, h: 1.0 - h**2), NETWORK, "wrong-activation-derivative"),
    "slope at the output": (
        network, network_backward(lambda z, h: sigma(h) * (1.0 - sigma(h))), NETWORK, "wrong-activation-derivative",
    ),
    "slope of the input": (network, network_backward(lambda z, h: z * (1.0 - z)), NETWORK, "wrong-activation-derivative"),
    "second factor forgotten": (network, network_backward(lambda z, h: 1.0 - h), NETWORK, "wrong-activation-derivative"),
    "tanh from exponentials": (
        network_with_exponentials, network_backward(lambda z, h: 1.0 - h), NETWORK, "wrong-activation-derivative",
    ),
    "input of the activation": (network, network_with_inputs_for_hidden_values, NETWORK, "wrong-operand"),
    "another GELU": (gelu, gelu_sigmoid_backward, (X,), "approximation-mixed"),
    "ELU as ReLU": (elu, lambda dout, x: dout * (x > 0.0), (X,), "wrong-activation-derivative"),
    "one bound forgotten": (bounded, lambda dout, x: dout * (x > -0.5), (X,), "clip-ignored"),
    "both bounds forgotten": (bounded, lambda dout, x: dout * 1.0, (X,), "clip-ignored"),
    "mask forgotten": (dropped, dropped_backward_without_mask, (X, W1), "dropout-mask"),
    "mask inverted": (dropped, dropped_backward_other_way_round, (X, W1), "dropout-mask"),
    "softmax by entries": (attend, attend_backward_entry_by_entry, ATTENTION, "softmax-elementwise"),
    "causal mask forgotten": (attend, attend_backward_without_mask, ATTENTION, "mask-forgotten"),
    "no epsilon": (standardise, standardise_backward_no_epsilon, (X, W1[:, 0]), "ddof-or-eps"),
    "N for N - 1": (standardise, standardise_backward_of_population, (X, W1[:, 0]), "ddof-or-eps"),
    "centred for normalised": (standardise, standardise_backward_of_centred, (X, W1[:, 0]), "wrong-operand"),
    "absolute error": (squared, absolute_gradient, (X @ W1[:, :2],), "neighbouring-loss"),
    "clip in the loss alone": (cross_entropy, cross_entropy_gradient_unclipped, (X @ W1[:, :2] * 2.0,), "clip-ignored"),
    "perceptron for hinge": (margins, perceptron_gradient, (X @ W1[:, :2],), "neighbouring-loss"),
    "every margin": (margins, all_margins_gradient, (X @ W1[:, :2],), "mask-forgotten"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_wrong_rule_is_named(name):
    forward, backward, inputs, kind = MISTAKES[name]

    report = check_backward(forward, backward, *inputs)

    assert ("wrong", kind) == (report.verdict, report.findings[0].kind), report


def test_the_names_of_the_author_are_in_the_sentence():
    forward, backward, inputs, _ = MISTAKES["input of the activation"]

    (finding,) = check_backward(forward, backward, *inputs).findings

    assert finding.message.startswith("`z` is used in the gradient of this line where the chain rule needs `h`")


def test_a_derivative_is_wrong_in_every_run_of_its_line():
    def recurrent(x, w):
        h = np.zeros(w.shape[0])
        for row in x:
            h = np.tanh(row + h @ w)
        return h

    def backward(dout, x, w):
        states = [np.zeros(w.shape[0])]
        for row in x:
            states.append(np.tanh(row + states[-1] @ w))
        dx, dw, dh = np.zeros_like(x), np.zeros_like(w), dout
        for t in reversed(range(len(x))):
            dz = dh * (1.0 - states[t + 1])  # the square is missing
            dx[t], dw = dz, dw + np.outer(states[t], dz)
            dh = w @ dz
        return dx, dw

    report = check_backward(recurrent, backward, X, W1[:, :3])

    assert ("wrong-activation-derivative", "certain") == (report.findings[0].kind, report.findings[0].certainty), report
    assert "in all its runs" in report.findings[0].message
