"""Plain files of classes as students write them, and what is true about each pair.  Text alone: nothing here is run."""

LAYERS = """
import numpy as np


class Layer:
    def forward(self, x):
        raise NotImplementedError

    def backward(self, dout):
        raise NotImplementedError


class Dense(Layer):
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * 0.1
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return dout @ self.W.T


class ReLU(Layer):
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask


class Sigmoid(Layer):
    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, dout):
        return dout * self.out * (1 + self.out)  # the sign


class SoftmaxWithLoss:
    def __init__(self):
        self.loss, self.y, self.t = None, None, None

    def forward(self, x, t):
        self.t = t
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.y = e / e.sum(axis=1, keepdims=True)
        self.loss = -np.sum(np.log(self.y[np.arange(len(t)), t])) / len(t)
        return self.loss

    def backward(self, dout=1):
        dx = self.y.copy()
        dx[np.arange(len(self.t)), self.t] -= 1
        return dout * dx / len(self.t)
"""

GIVEN_WEIGHTS = """
import numpy as np


class MatMul:
    def __init__(self, W):
        self.params = [W]
        self.grads = [np.zeros_like(W)]
        self.x = None

    def forward(self, x):
        W, = self.params
        self.x = x
        return np.dot(x, W)

    def backward(self, dout):
        W, = self.params
        self.grads[0][...] = np.dot(self.x.T, dout)
        return np.dot(dout, W.T)


class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b

    def backward(self, dout):
        self.dW = np.dot(self.x.T, dout)
        self.db = np.sum(dout, axis=0)
        return np.dot(dout, self.W.T)
"""

ACTIVATION_CLASSES = """
import numpy as np


class Sigmoid:
    def __call__(self, x):
        return 1 / (1 + np.exp(-x))

    def gradient(self, x):
        return self(x) * (1 - self(x))


class LeakyReLU:
    def __init__(self, alpha=0.2):
        self.alpha = alpha

    def fn(self, z):
        return np.where(z > 0, z, self.alpha * z)

    def grad(self, z):
        return np.where(z > 0, 1.0, 0.0)  # forgets alpha


class SquareLoss:
    def loss(self, y, y_pred):
        return 0.5 * np.power(y - y_pred, 2)

    def gradient(self, y, y_pred):
        return -(y - y_pred)


class Activations:
    @staticmethod
    def tanh(x):
        return np.tanh(x)

    @staticmethod
    def tanh_derivative(x):
        return 1 - np.tanh(x) ** 2
"""

BOOK_NETWORK = """
import random
import numpy as np


class Network(object):
    def __init__(self, sizes):
        self.num_layers = len(sizes)
        self.biases = [np.random.randn(y, 1) for y in sizes[1:]]
        self.weights = [np.random.randn(y, x) for x, y in zip(sizes[:-1], sizes[1:])]

    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = sigmoid(np.dot(w, a) + b)
        return a

    def backprop(self, x, y):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        return nabla_b, nabla_w

    def cost_derivative(self, output_activations, y):
        return output_activations - y


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))
"""

CACHED_LISTS = """
import numpy as np
from abc import ABC, abstractmethod


class LayerBase(ABC):
    def __init__(self, optimizer=None):
        self.X = []
        self.parameters, self.gradients = {}, {}
        self.is_initialized = False
        self.optimizer = optimizer

    @abstractmethod
    def forward(self, z):
        raise NotImplementedError

    @abstractmethod
    def backward(self, dLdy):
        raise NotImplementedError


class FullyConnected(LayerBase):
    def __init__(self, n_out, init="glorot_uniform", optimizer=None):
        super().__init__(optimizer)
        self.n_out = n_out
        self.init = init

    def _init_params(self, n_in):
        self.parameters = {"W": np.random.randn(n_in, self.n_out), "b": np.zeros((1, self.n_out))}
        self.gradients = {"W": np.zeros((n_in, self.n_out)), "b": np.zeros((1, self.n_out))}
        self.is_initialized = True

    def forward(self, X, retain_derived=True):
        if not self.is_initialized:
            self._init_params(X.shape[1])
        if retain_derived:
            self.X.append(X)
        return np.tanh(X @ self.parameters["W"] + self.parameters["b"])

    def backward(self, dLdy, retain_grads=True):
        X = self.X[-1]
        W, b = self.parameters["W"], self.parameters["b"]
        dZ = dLdy * (1 - np.tanh(X @ W + b) ** 2)
        if retain_grads:
            self.gradients["W"] = X.T @ dZ
            self.gradients["b"] = dZ.sum(axis=0, keepdims=True)
        return dZ @ W.T
"""

SCALARS = '''
class Value:
    """One number that remembers how it was made."""

    def __init__(self, data, children=()):
        self.data, self.grad, self._backward = data, 0.0, lambda: None
        self._prev = set(children)

    def __mul__(self, other):
        out = Value(self.data * other.data, (self, other))
        return out

    def backward(self):
        self.grad = 1.0


def f(x):
    return 3 * x ** 2 - 4 * x + 5


def df(x):
    return 6 * x - 4


def cubeForward(x): return x ** 3, x
def cubeBackward(dout, x): return dout * 2 * x ** 2
'''

RIGHT, WRONG, UNTOLD = "right", "wrong", "cannot tell"
CLASSES = {  # file: (text, what is true about each pair)
    "layers.py": (LAYERS, {"Dense": RIGHT, "ReLU": RIGHT, "Sigmoid": WRONG, "SoftmaxWithLoss": RIGHT}),
    "given_weights.py": (GIVEN_WEIGHTS, {"MatMul": RIGHT, "Affine": RIGHT}),
    "activation_classes.py": (ACTIVATION_CLASSES, {"Sigmoid.gradient": RIGHT, "LeakyReLU.grad": WRONG,
                                                   "SquareLoss.gradient": RIGHT, "Activations.tanh_derivative": RIGHT}),
    "book_network.py": (BOOK_NETWORK, {"Network": UNTOLD, "sigmoid_prime": RIGHT}),
    "cached_lists.py": (CACHED_LISTS, {"FullyConnected": RIGHT}),
    "scalars.py": (SCALARS, {"df": RIGHT, "cubeBackward": WRONG}),
}  # fmt: skip
