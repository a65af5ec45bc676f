"""The array workloads with gradients derived by hand in NumPy: what the libraries are measured against."""

import numpy as np

__all__ = ["HandClassifier", "HandRosenbrock", "tensor_chain"]


def tensor_chain(x, a, b, rounds):
    """`workloads.tensor_chain` as plain code: loss, [d/dx, d/da, d/db]."""
    xs, ys = [], []
    for _ in range(rounds):
        xs.append(x)
        x = np.tanh(x * a + b)
        ys.append(x)
    g, ga, gb = np.ones_like(x), np.zeros_like(a), np.zeros_like(b)
    for x, y in zip(reversed(xs), reversed(ys)):
        g = g * (1.0 - y * y)
        ga = ga + g * x
        gb = gb + g
        g = g * a
    return ys[-1].sum(), [g, ga, gb]


class HandClassifier:
    """`workloads.classifier` with its SGD step: all arrays made once, parameters and gradients in one vector each."""

    def __init__(self, parameters, batch, rate):
        sizes = [p.size for p in parameters]
        ends = np.cumsum(sizes)
        dtype = parameters[0].dtype
        self.flat = np.concatenate([p.ravel() for p in parameters])
        self.flat_gradient, self.scratch = np.empty_like(self.flat), np.empty_like(self.flat)
        spans = [slice(end - size, end) for size, end in zip(sizes, ends)]
        self.parameters = [self.flat[s].reshape(p.shape) for s, p in zip(spans, parameters)]
        self.gradients = [self.flat_gradient[s].reshape(p.shape) for s, p in zip(spans, parameters)]
        widths = [w.shape[1] for w in parameters[::2]]
        self.outputs = [np.empty((batch, n), dtype) for n in widths]
        self.cotangents = [np.empty((batch, n), dtype) for n in widths]
        self.slopes = [np.empty((batch, n), dtype) for n in widths]
        self.column = np.empty((batch, 1), dtype)
        self.rows, self.rate, self.share = np.arange(batch), dtype.type(rate), dtype.type(1.0 / batch)

    def step(self, images, labels):
        """One SGD step; the mean cross-entropy in nats before it.  `self.gradients` holds the gradients it used."""
        w1, b1, w2, b2, w3, b3 = self.parameters
        d_w1, d_b1, d_w2, d_b2, d_w3, d_b3 = self.gradients
        h1, h2, logits = self.outputs
        g1, g2, g3 = self.cotangents
        np.matmul(images, w1, out=h1)
        np.add(h1, b1, out=h1)
        np.tanh(h1, out=h1)
        np.matmul(h1, w2, out=h2)
        np.add(h2, b2, out=h2)
        np.tanh(h2, out=h2)
        np.matmul(h2, w3, out=logits)
        np.add(logits, b3, out=logits)
        loss = self.cross_entropy(logits, labels, g3)
        np.matmul(h2.T, g3, out=d_w3)
        np.add.reduce(g3, axis=0, out=d_b3)
        np.matmul(g3, w3.T, out=g2)
        self.through_tanh(h2, g2, self.slopes[1])
        np.matmul(h1.T, g2, out=d_w2)
        np.add.reduce(g2, axis=0, out=d_b2)
        np.matmul(g2, w2.T, out=g1)
        self.through_tanh(h1, g1, self.slopes[0])
        np.matmul(images.T, g1, out=d_w1)
        np.add.reduce(g1, axis=0, out=d_b1)
        np.multiply(self.flat_gradient, self.rate, out=self.scratch)
        np.subtract(self.flat, self.scratch, out=self.flat)
        return loss

    def cross_entropy(self, logits, labels, gradient):
        """Mean cross-entropy in nats; `gradient` receives d loss / d logits = (softmax - one-hot) / batch."""
        np.maximum.reduce(logits, axis=1, keepdims=True, out=self.column)
        np.subtract(logits, self.column, out=logits)
        right = logits[self.rows, labels]
        np.exp(logits, out=gradient)
        np.add.reduce(gradient, axis=1, keepdims=True, out=self.column)
        np.divide(gradient, self.column, out=gradient)
        gradient[self.rows, labels] -= 1.0
        np.multiply(gradient, self.share, out=gradient)
        np.log(self.column, out=self.column)
        return (np.add.reduce(self.column[:, 0]) - np.add.reduce(right)) * self.share

    @staticmethod
    def through_tanh(y, g, slope):
        """Multiply the cotangent g by 1 - y * y in place, `slope` being room for it."""
        np.multiply(y, y, out=slope)
        np.subtract(1.0, slope, out=slope)
        np.multiply(g, slope, out=g)

    def products(self, images):
        """Only the eight matrix products of `step`: the floor under any implementation."""
        w1, _, w2, _, w3, _ = self.parameters
        d_w1, _, d_w2, _, d_w3, _ = self.gradients
        h1, h2, logits = self.outputs
        g1, g2, g3 = self.cotangents
        np.matmul(images, w1, out=h1)
        np.matmul(h1, w2, out=h2)
        np.matmul(h2, w3, out=logits)
        np.matmul(h2.T, g3, out=d_w3)
        np.matmul(g3, w3.T, out=g2)
        np.matmul(h1.T, g2, out=d_w2)
        np.matmul(g2, w2.T, out=g1)
        np.matmul(images.T, g1, out=d_w1)


class HandRosenbrock:
    """`workloads.rosenbrock` of n numbers and its derivatives; the buffers are made once and handed out again."""

    def __init__(self, n):
        self.slope, self.product = np.empty(n), np.empty(n)
        self.left, self.right, self.scratch = np.empty(n - 1), np.empty(n - 1), np.empty(n - 1)
        self.matrix, self.between = np.zeros((n, n)) if n <= 1000 else None, np.arange(n - 1)

    def value(self, x):
        """The function; leaves x_(i+1) - x_i^2 and 1 - x_i behind for `gradient`."""
        np.multiply(x[:-1], x[:-1], out=self.left)
        np.subtract(x[1:], self.left, out=self.left)
        np.subtract(1.0, x[:-1], out=self.right)
        return 100.0 * (self.left @ self.left) + self.right @ self.right

    def gradient(self, x):
        """The gradient at the point where `value` was called last."""
        g = self.slope
        np.multiply(x[:-1], self.left, out=g[:-1])
        g[:-1] *= -400.0
        np.multiply(self.right, 2.0, out=self.right)
        np.subtract(g[:-1], self.right, out=g[:-1])
        g[-1] = 0.0
        np.multiply(self.left, 200.0, out=self.left)
        np.add(g[1:], self.left, out=g[1:])
        return g

    def bands(self, x):
        """Diagonal (without the 200 of each x_i with a left neighbour) and off-diagonal of the Hessian, both (n - 1,)."""
        diagonal, off = self.left, self.right
        np.multiply(x[:-1], x[:-1], out=diagonal)
        diagonal *= 1200.0
        np.multiply(x[1:], 400.0, out=off)
        np.subtract(diagonal, off, out=diagonal)
        diagonal += 2.0
        np.multiply(x[:-1], -400.0, out=off)
        return diagonal, off

    def hvp(self, x, v):
        (diagonal, off), product = self.bands(x), self.product
        np.multiply(diagonal, v[:-1], out=product[:-1])
        product[-1] = 0.0
        np.multiply(off, v[1:], out=self.scratch)
        product[:-1] += self.scratch
        np.multiply(off, v[:-1], out=self.scratch)
        product[1:] += self.scratch
        np.multiply(v[1:], 200.0, out=self.scratch)
        product[1:] += self.scratch
        return product

    def hessian(self, x):
        (diagonal, off), i = self.bands(x), self.between
        self.matrix[i, i] = diagonal
        self.matrix[-1, -1] = 0.0
        self.matrix[i + 1, i + 1] += 200.0
        self.matrix[i, i + 1] = self.matrix[i + 1, i] = off
        return self.matrix
