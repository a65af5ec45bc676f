"""Scalar values: a neuron of them, and the power of a quotient.  Knows NumPy alone."""

from functools import partial

import numpy as np
from corpus.case import Case
from corpus.open.closures import Value

# --- a neuron; weights in an array, a Value for each of them


class Neuron:
    """tanh(w x + b); the gradients are read from the values."""

    def __init__(self, w, b):
        self.w = [Value(v) for v in w]
        self.b = Value(b)

    def forward(self, x):
        self.x = [Value(v) for v in x]
        self.act = sum([w.data * v.data for w, v in zip(self.w, self.x)]) + self.b.data
        self.out = np.tanh(self.act)
        return self.out

    def zero_grad(self):
        for p in [*self.w, self.b]:
            p.grad = 0.0

    def backward(self, dout):
        self.zero_grad()
        da = dout * (1 - self.out**2)
        self.b.grad += da
        for w, v in zip(self.w, self.x):
            w.grad += v.data * da
            v.grad += w.data * da
        self.grads = {"w": np.array([w.grad for w in self.w]), "b": self.b.grad}
        return np.array([v.grad for v in self.x])


class NeuronNoZeroGrad(Neuron):
    def backward(self, dout):
        da = dout * (1 - self.out**2)
        self.b.grad += da
        for w, v in zip(self.w, self.x):
            w.grad += v.data * da
            v.grad += w.data * da
        self.grads = {"w": np.array([w.grad for w in self.w]), "b": self.b.grad}
        return np.array([v.grad for v in self.x])


class NeuronSlopeOfInput(Neuron):
    def backward(self, dout):
        self.zero_grad()
        da = dout * (1 - self.act**2)
        self.b.grad += da
        for w, v in zip(self.w, self.x):
            w.grad += v.data * da
            v.grad += w.data * da
        self.grads = {"w": np.array([w.grad for w in self.w]), "b": self.b.grad}
        return np.array([v.grad for v in self.x])


class NeuronSharedAccumulator(Neuron):
    """The activation's gradient is kept on the object and added to."""

    da = 0.0

    def backward(self, dout):
        self.zero_grad()
        self.da += dout * (1 - self.out**2)
        self.b.grad += self.da
        for w, v in zip(self.w, self.x):
            w.grad += v.data * self.da
            v.grad += w.data * self.da
        self.grads = {"w": np.array([w.grad for w in self.w]), "b": self.b.grad}
        return np.array([v.grad for v in self.x])


def neuron_inputs(rng, d=5):
    return rng.normal(size=d), rng.normal(size=d) / 2, float(rng.normal())


# --- powers and quotients


def ratio_power(a, b):
    """(a / b) ** 3 by way of b ** -1."""
    a, b = Value(a), Value(b)
    inverse = Value(b.data**-1, (b,))
    q = Value(a.data * inverse.data, (a, inverse))
    y = Value(q.data**3, (q,))
    y.grad = 1.0
    q.grad += 3 * q.data**2 * y.grad
    a.grad += inverse.data * q.grad
    inverse.grad += a.data * q.grad
    b.grad += -1 * b.data**-2 * inverse.grad
    return y.data, [a.grad, b.grad]


def ratio_power_sign(a, b):
    a, b = Value(a), Value(b)
    inverse = Value(b.data**-1, (b,))
    q = Value(a.data * inverse.data, (a, inverse))
    y = Value(q.data**3, (q,))
    y.grad = 1.0
    q.grad += 3 * q.data**2 * y.grad
    a.grad += inverse.data * q.grad
    inverse.grad += a.data * q.grad
    b.grad += b.data**-2 * inverse.grad
    return y.data, [a.grad, b.grad]


def ratio_power_exponent(a, b):
    a, b = Value(a), Value(b)
    inverse = Value(b.data**-1, (b,))
    q = Value(a.data * inverse.data, (a, inverse))
    y = Value(q.data**3, (q,))
    y.grad = 1.0
    q.grad += 3 * q.data * y.grad
    a.grad += inverse.data * q.grad
    inverse.grad += a.data * q.grad
    b.grad += -(b.data**-2) * inverse.grad
    return y.data, [a.grad, b.grad]


def away_from_zero(rng):
    return float(rng.normal()) + 3.0, float(rng.uniform(1.0, 2.0))


# fmt: off
neuron = partial(Case, layer="neuron of values", style="class", make=neuron_inputs, backward="backward")
ratio = partial(Case, layer="power of a quotient", backward=None, style="loss", make=away_from_zero)
CASES = [
    neuron(name="neuron-of-values", forward=Neuron, right=True),
    ratio(name="power-of-a-quotient", forward=ratio_power, right=True),
    neuron(name="neuron-of-values-never-zeroed", forward=NeuronNoZeroGrad, right=False, kind="state-not-reset", argument="w",
           site="w.grad += v.data * da", also=("path-doubled",)),
    neuron(name="neuron-of-values-slope-of-input", forward=NeuronSlopeOfInput, right=False, kind="wrong-activation-derivative",
           argument="x", site="(1 - self.act**2)", also=("wrong-operand",)),
    neuron(name="neuron-of-values-accumulator-kept", forward=NeuronSharedAccumulator, right=False, kind="state-not-reset",
           argument="x", site="self.da += dout"),
    ratio(name="power-of-a-quotient-sign", forward=ratio_power_sign, right=False, kind="sign", argument="b",
          site="b.grad += b.data**-2"),
    ratio(name="power-of-a-quotient-exponent", forward=ratio_power_exponent, right=False, kind="wrong-activation-derivative",
          argument="a", site="q.grad += 3 * q.data * y.grad", also=("wrong-operand", "factor")),
]
# fmt: on
