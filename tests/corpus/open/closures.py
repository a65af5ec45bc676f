"""Scalar values with closures that pass gradients back, as in a well-known lecture.  Knows NumPy alone."""

from functools import partial

import numpy as np
from corpus.case import Case


class Value:
    """A number, where it came from, and how its gradient goes back."""

    def __init__(self, data, children=()):
        self.data = data
        self.grad = 0.0
        self.prev = children
        self.back = lambda: None

    def order(self):
        topo, visited = [], set()

        def build(v):
            if id(v) not in visited:
                visited.add(id(v))
                for child in v.prev:
                    build(child)
                topo.append(v)

        build(self)
        return topo

    def backward(self):
        self.grad = 1.0
        for v in reversed(self.order()):
            v.back()


# --- y = a * b + tanh(a): a is used twice


def product_and_tanh(a, b):
    def add(p, q):
        out = Value(p.data + q.data, (p, q))

        def back():
            p.grad += out.grad
            q.grad += out.grad

        out.back = back
        return out

    def mul(p, q):
        out = Value(p.data * q.data, (p, q))

        def back():
            p.grad += q.data * out.grad
            q.grad += p.data * out.grad

        out.back = back
        return out

    def tanh(p):
        t = np.tanh(p.data)
        out = Value(t, (p,))

        def back():
            p.grad += (1 - t**2) * out.grad

        out.back = back
        return out

    a, b = Value(a), Value(b)
    y = add(mul(a, b), tanh(a))
    y.backward()
    return y.data, (a.grad, b.grad)


def product_and_tanh_assigned(a, b):
    def add(p, q):
        out = Value(p.data + q.data, (p, q))

        def back():
            p.grad += out.grad
            q.grad += out.grad

        out.back = back
        return out

    def mul(p, q):
        out = Value(p.data * q.data, (p, q))

        def back():
            p.grad = q.data * out.grad
            q.grad = p.data * out.grad

        out.back = back
        return out

    def tanh(p):
        t = np.tanh(p.data)
        out = Value(t, (p,))

        def back():
            p.grad += (1 - t**2) * out.grad

        out.back = back
        return out

    a, b = Value(a), Value(b)
    y = add(mul(a, b), tanh(a))
    y.backward()
    return y.data, (a.grad, b.grad)


def product_and_tanh_no_upstream(a, b):
    def add(p, q):
        out = Value(p.data + q.data, (p, q))

        def back():
            p.grad += out.grad
            q.grad += out.grad

        out.back = back
        return out

    def mul(p, q):
        out = Value(p.data * q.data, (p, q))

        def back():
            p.grad += q.data * out.grad
            q.grad += p.data * out.grad

        out.back = back
        return out

    def tanh(p):
        t = np.tanh(p.data)
        out = Value(t, (p,))

        def back():
            p.grad += 1 - t**2

        out.back = back
        return out

    a, b = Value(a), Value(b)
    three = Value(3.0)
    y = add(mul(a, b), mul(three, tanh(a)))
    y.backward()
    return y.data, (a.grad, b.grad)


def product_and_tanh_own_data(a, b):
    def add(p, q):
        out = Value(p.data + q.data, (p, q))

        def back():
            p.grad += out.grad
            q.grad += out.grad

        out.back = back
        return out

    def mul(p, q):
        out = Value(p.data * q.data, (p, q))

        def back():
            p.grad += p.data * out.grad
            q.grad += q.data * out.grad

        out.back = back
        return out

    a, b = Value(a), Value(b)
    y = add(mul(a, b), b)
    y.backward()
    return y.data, (a.grad, b.grad)


def numbers(rng):
    return float(rng.normal()), float(rng.normal())


# --- s = x + x; y = s * s: the order of the walk matters


def doubled_and_squared(x):
    x = Value(x)
    s = Value(x.data + x.data, (x, x))
    y = Value(s.data * s.data, (s, s))

    def back_s():
        x.grad += s.grad
        x.grad += s.grad

    def back_y():
        s.grad += 2 * s.data * y.grad

    s.back, y.back = back_s, back_y
    y.backward()
    return y.data, x.grad


def doubled_and_squared_by_a_set(x):
    """The children are a set: the second edge of x + x is lost."""
    x = Value(x)
    s = Value(x.data + x.data, (x, x))
    y = Value(s.data * s.data, (s, s))

    def back_s():
        for child in {x, x}:
            child.grad += s.grad

    def back_y():
        s.grad += 2 * s.data * y.grad

    s.back, y.back = back_s, back_y
    y.backward()
    return y.data, x.grad


def shared_node(x):
    """u = x^2, v = u + 1, w = u v, depth first without an order: u is walked through at every visit."""
    x = Value(x)
    u = Value(x.data**2, (x,))
    v = Value(u.data + 1, (u,))
    w = Value(u.data * v.data, (u, v))

    def walk(node):
        if node is w:
            u.grad += v.data * w.grad
            v.grad += u.data * w.grad
        elif node is v:
            u.grad += v.grad
        elif node is u:
            x.grad += 2 * x.data * u.grad
        for child in node.prev:
            walk(child)

    w.grad = 1.0
    walk(w)
    return w.data, x.grad


def shared_node_in_order(x):
    x = Value(x)
    u = Value(x.data**2, (x,))
    v = Value(u.data + 1, (u,))
    w = Value(u.data * v.data, (u, v))
    w.grad = 1.0
    u.grad += v.data * w.grad
    v.grad += u.data * w.grad
    u.grad += v.grad
    x.grad += 2 * x.data * u.grad
    return w.data, x.grad


def one_number(rng):
    return (float(rng.normal()) + 2.0,)


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
twice = partial(Case, layer="value used twice", backward=None, style="loss", make=numbers)
double = partial(Case, layer="sum of a value with itself", backward=None, style="loss", make=one_number)
shared = partial(Case, layer="shared node", backward=None, style="loss", make=one_number)
neuron = partial(Case, layer="neuron of values", style="class", make=neuron_inputs, backward="backward")
ratio = partial(Case, layer="power of a quotient", backward=None, style="loss", make=away_from_zero)
CASES = [
    twice(name="value-used-twice", forward=product_and_tanh, right=True),
    double(name="sum-with-itself", forward=doubled_and_squared, right=True),
    shared(name="shared-node", forward=shared_node_in_order, right=True),
    neuron(name="neuron-of-values", forward=Neuron, right=True),
    ratio(name="power-of-a-quotient", forward=ratio_power, right=True),
    twice(name="value-used-twice-assigned", forward=product_and_tanh_assigned, right=False, kind="overwritten", argument="a",
          site="p.grad = q.data * out.grad", also=("path-dropped",)),
    twice(name="value-used-twice-no-upstream", forward=product_and_tanh_no_upstream, right=False, kind="upstream-ignored",
          argument="a", site="p.grad += 1 - t**2", also=("factor",)),
    twice(name="product-own-data", forward=product_and_tanh_own_data, right=False, kind="wrong-operand", argument="a",
          site="p.grad += p.data * out.grad", also=("swapped-outputs",)),
    double(name="sum-with-itself-by-a-set", forward=doubled_and_squared_by_a_set, right=False, kind="path-dropped", argument="x",
           site="for child in {x, x}", also=("factor", "overwritten")),
    shared(name="shared-node-walked-through-twice", forward=shared_node, right=False, kind="path-doubled", argument="x",
           site="x.grad += 2 * x.data * u.grad", note="no topological order"),
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
