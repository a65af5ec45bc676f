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


# fmt: off
twice = partial(Case, layer="value used twice", backward=None, style="loss", make=numbers)
double = partial(Case, layer="sum of a value with itself", backward=None, style="loss", make=one_number)
shared = partial(Case, layer="shared node", backward=None, style="loss", make=one_number)
CASES = [
    twice(name="value-used-twice", forward=product_and_tanh, right=True),
    double(name="sum-with-itself", forward=doubled_and_squared, right=True),
    shared(name="shared-node", forward=shared_node_in_order, right=True),
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
]
# fmt: on
