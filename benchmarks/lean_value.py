"""The honest competitor for scalars: micrograd's `Value` made lean; it knows no pictures, no names, no second order.

Slots, a tuple of parents, a tuple of local gradients computed during the forward pass, and an order found without
recursion.  Nothing here depends on `autograd_nn`: the benchmarks measure against it, so it must not change by accident.
"""

import math

__all__ = ["Value"]

BOTH, LEFT, DIFFERENCE, NEGATED = (1.0, 1.0), (1.0,), (1.0, -1.0), (-1.0,)


class Value:
    """One float with its gradient: `local[i]` is d data / d parents[i]."""

    __slots__ = ("data", "grad", "local", "parents")

    def __init__(self, data, parents=(), local=()):
        self.data = data
        self.grad = 0.0
        self.parents = parents
        self.local = local

    def __add__(self, other):
        if isinstance(other, Value):
            return Value(self.data + other.data, (self, other), BOTH)
        return Value(self.data + other, (self,), LEFT)

    def __mul__(self, other):
        if isinstance(other, Value):
            return Value(self.data * other.data, (self, other), (other.data, self.data))
        return Value(self.data * other, (self,), (other,))

    def __sub__(self, other):
        if isinstance(other, Value):
            return Value(self.data - other.data, (self, other), DIFFERENCE)
        return Value(self.data - other, (self,), LEFT)

    def __truediv__(self, other):
        if isinstance(other, Value):
            y = self.data / other.data
            return Value(y, (self, other), (1.0 / other.data, -y / other.data))
        return Value(self.data / other, (self,), (1.0 / other,))

    def __pow__(self, exponent):
        return Value(self.data**exponent, (self,), (exponent * self.data ** (exponent - 1),))

    def __neg__(self):
        return Value(-self.data, (self,), NEGATED)

    def __rsub__(self, other):
        return Value(other - self.data, (self,), NEGATED)

    def __rtruediv__(self, other):
        y = other / self.data
        return Value(y, (self,), (-y / self.data,))

    __radd__, __rmul__ = __add__, __mul__

    def relu(self):
        return Value(self.data, (self,), (1.0,)) if self.data > 0 else Value(0.0, (self,), (0.0,))

    def tanh(self):
        y = math.tanh(self.data)
        return Value(y, (self,), (1.0 - y * y,))

    def exp(self):
        y = math.exp(self.data)
        return Value(y, (self,), (y,))

    def log(self):
        return Value(math.log(self.data), (self,), (1.0 / self.data,))

    def backward(self):
        """Add d self / d node to `grad` of every node below, newest users first (depth first, with a stack)."""
        order, seen, stack = [], set(), [self]
        while stack:
            node = stack.pop()
            if node is None:  # the parents of the node below this mark are done
                order.append(stack.pop())
            elif node not in seen:
                seen.add(node)
                if node.parents:
                    stack += (node, None, *node.parents)
        self.grad = 1.0
        for node in reversed(order):
            g = node.grad
            for parent, d in zip(node.parents, node.local):
                parent.grad += g * d

    def __repr__(self):
        return f"Value(data={self.data}, grad={self.grad})"
