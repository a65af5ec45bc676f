"""Plain files of functions as students write them, and what is true about each pair.  Text alone: nothing here is run."""

CS231N = '''
import numpy as np


def affine_forward(x, w, b):
    """
    Computes the forward pass for an affine (fully-connected) layer.

    The input x has shape (N, d_1, ..., d_k) and contains a minibatch of N examples.

    Inputs:
    - x: A numpy array containing input data, of shape (N, d_1, ..., d_k)
    - w: A numpy array of weights, of shape (D, M)
    - b: A numpy array of biases, of shape (M,)

    Returns a tuple of:
    - out: output, of shape (N, M)
    - cache: (x, w, b)
    """
    out = x.reshape(x.shape[0], -1).dot(w) + b
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def relu_forward(x):
    """Input: - x: Inputs, of any shape"""
    return np.maximum(0, x), x


def relu_backward(dout, cache):
    return dout * (cache > 0)


def batchnorm_forward(x, gamma, beta, bn_param):
    """
    Input:
    - x: Data of shape (N, D)
    - gamma: Scale parameter of shape (D,)
    - beta: Shift paremeter of shape (D,)
    - bn_param: Dictionary with the following keys:
      - mode: 'train' or 'test'; required
      - eps: Constant for numeric stability
      - running_mean: Array of shape (D,) giving running mean of features
    """
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    if mode != "train":
        raise ValueError('Invalid forward batchnorm mode "%s"' % mode)
    mu = x.mean(axis=0)
    var = x.var(axis=0)
    xhat = (x - mu) / np.sqrt(var + eps)
    return gamma * xhat + beta, (xhat, gamma, var, eps)


def batchnorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    dxhat = dout * gamma
    dx = (N * dxhat - dxhat.sum(axis=0) - xhat * (dxhat * xhat).sum(axis=0)) / (N * np.sqrt(var + eps))
    return dx, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    xhat, gamma, var, eps = cache
    dxhat = dout * gamma
    dx = dxhat / np.sqrt(var + eps)
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)


def svm_loss(x, y):
    """
    Inputs:
    - x: Input data, of shape (N, C) where x[i, j] is the score for the jth class for the ith input.
    - y: Vector of labels, of shape (N,) where y[i] is the label for x[i] and
      0 <= y[i] < C

    Returns a tuple of:
    - loss: Scalar giving the loss
    - dx: Gradient of the loss with respect to x
    """
    N = x.shape[0]
    correct = x[np.arange(N), y]
    margins = np.maximum(0, x - correct[:, np.newaxis] + 1.0)
    margins[np.arange(N), y] = 0
    loss = np.sum(margins) / N
    num_pos = np.sum(margins > 0, axis=1)
    dx = np.zeros_like(x)
    dx[margins > 0] = 1
    dx[np.arange(N), y] -= num_pos
    dx /= N
    return loss, dx


def conv_forward_naive(x, w, b, conv_param):
    """
    Input:
    - x: Input data of shape (N, C, H, W)
    - w: Filter weights of shape (F, C, HH, WW)
    - b: Biases, of shape (F,)
    - conv_param: A dictionary with the following keys:
      - 'stride': The number of pixels between adjacent receptive fields
      - 'pad': The number of pixels that will be used to zero-pad the input
    """
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    Ho, Wo = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    out = np.zeros((N, F, Ho, Wo))
    for i in range(Ho):
        for j in range(Wo):
            patch = xp[:, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
            out[:, :, i, j] = np.tensordot(patch, w, axes=([1, 2, 3], [1, 2, 3])) + b
    return out, (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    HH, WW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), dout.sum(axis=(0, 2, 3))
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            rows, cols = slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW)
            dw += np.tensordot(dout[:, :, i, j], xp[:, :, rows, cols], axes=(0, 0))
            dxp[:, :, rows, cols] += np.tensordot(dout[:, :, i, j], w, axes=(1, 0))
    dx = dxp[:, :, pad:-pad, pad:-pad]
    return dx, dw, db
'''

COURSE = '''
import numpy as np


def sigmoid(Z):
    A = 1 / (1 + np.exp(-Z))
    cache = Z
    return A, cache


def sigmoid_backward(dA, cache):
    Z = cache
    s = 1 / (1 + np.exp(-Z))
    return dA * s * (1 - s)


def linear_forward(A, W, b):
    """
    Arguments:
    A -- activations from previous layer (or input data): (size of previous layer, number of examples)
    W -- weights matrix: numpy array of shape (size of current layer, size of previous layer)
    b -- bias vector, numpy array of shape (size of the current layer, 1)
    """
    Z = np.dot(W, A) + b
    cache = (A, W, b)
    return Z, cache


def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    dW = np.dot(dZ, A_prev.T) / m
    db = np.sum(dZ, axis=1, keepdims=True)
    dA_prev = np.dot(W.T, dZ)
    return dA_prev, dW, db


def linear_activation_forward(A_prev, W, b, activation):
    Z, linear_cache = linear_forward(A_prev, W, b)
    A, activation_cache = sigmoid(Z) if activation == "sigmoid" else (np.maximum(0, Z), Z)
    return A, (linear_cache, activation_cache)


def linear_activation_backward(dA, cache, activation):
    linear_cache, activation_cache = cache
    dZ = sigmoid_backward(dA, activation_cache) if activation == "sigmoid" else dA * (activation_cache > 0)
    A_prev, W, b = linear_cache
    return np.dot(W.T, dZ), np.dot(dZ, A_prev.T), np.sum(dZ, axis=1, keepdims=True)


def two_layer_forward(X, parameters):
    W1, b1 = parameters["W1"], parameters["b1"]
    W2, b2 = parameters["W2"], parameters["b2"]
    A1 = np.tanh(X @ W1 + b1)
    return A1 @ W2 + b2, (X, A1, W2)


def two_layer_backward(dZ2, cache):
    X, A1, W2 = cache
    dZ1 = (dZ2 @ W2.T) * (1 - A1**2)
    return {"dW1": X.T @ dZ1, "db1": dZ1.sum(axis=0), "dW2": A1.T @ dZ2, "db2": dZ2.sum(axis=0)}
'''

ACTIVATIONS = """
# activations and losses, no types, no docs
from numpy import exp, tanh, log, maximum, where
import numpy as np

def sigmoid(x): return 1.0 / (1.0 + exp(-x))
def sigmoid_derivative(x): return x * (1 - x)      # takes sigmoid(x)
def relu(x): return maximum(0, x)
def relu_prime(x): return where(x > 0, 1.0, 0.0)
def d_tanh(x): return 1 - tanh(x) ** 2
def tanh(x): return np.tanh(x)
def leaky_relu(x, alpha=0.01): return where(x > 0, x, alpha * x)
def leaky_relu_grad(x, alpha=0.01): return where(x > 0, 1.0, alpha)
def softplus(x): return log(1 + exp(x))
def dsoftplus(x): return 1 / (1 + exp(x))          # the sign is wrong

def mse(y_true, y_pred): return np.mean((y_true - y_pred) ** 2)
def mse_prime(y_true, y_pred): return 2 * (y_pred - y_true) / y_true.size

def binary_cross_entropy(y_true, y_pred):
    return np.mean(-y_true * np.log(y_pred) - (1 - y_true) * np.log(1 - y_pred))
def binary_cross_entropy_prime(y_true, y_pred):
    return ((1 - y_true) / (1 - y_pred) - y_true / y_pred) / np.size(y_true)

def cross_entropy(p, y): return -np.sum(y * np.log(p)) / len(p)
def cross_entropy_grad(p, y): return -y / p        # no 1/N
"""

RECURRENT = '''
import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h**2)
    return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    """
    Inputs:
    - x: Input data, of shape (N, D)
    - prev_h: Previous hidden state, of shape (N, H)
    - prev_c: previous cell state, of shape (N, H)
    - Wx: Input-to-hidden weights, of shape (D, 4H)
    - Wh: Hidden-to-hidden weights, of shape (H, 4H)
    - b: Biases, of shape (4H,)
    """
    H = prev_h.shape[1]
    a = x @ Wx + prev_h @ Wh + b
    i, f, o = [1 / (1 + np.exp(-a[:, k * H : (k + 1) * H])) for k in range(3)]
    g = np.tanh(a[:, 3 * H :])
    next_c = f * prev_c + i * g
    next_h = o * np.tanh(next_c)
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c)


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    t = np.tanh(next_c)
    dc = dnext_c + dnext_h * o * (1 - t**2)
    da = np.hstack([dc * g * i * (1 - i), dc * prev_c * f * (1 - f), dnext_h * t * o * (1 - o), dc * i * (1 - g**2)])
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def word_embedding_forward(x, W):
    """
    - x: Integer array of shape (N, T) giving indices of words. Each element idx of x must be in the range 0 <= idx < V.
    - W: Weight matrix of shape (V, D) giving word vectors for all words.
    """
    return W[x], (x, W)


def word_embedding_backward(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    dW[x] += dout
    return dW


def forward(x, w):
    return np.tanh(x.dot(w))


def backward(dout, x, w):
    y = forward(x, w)
    dz = dout * (1 - y * y)
    return dz.dot(w.T), x.T.dot(dz)
'''

SCRIPT = """
import numpy as np
try:
    import matplotlib.pyplot as plt
except ImportError:
    plt = None

rng = np.random.default_rng(1)
X = rng.normal(size=(6, 4))
W = rng.normal(size=(4, 2))
y = np.array([0, 1, 1, 0, 1, 0])
print("data", X.shape)


def predict(X, W):
    z = X @ W
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def loss(W, X, y):
    p = predict(X, W)
    return -np.log(p[np.arange(len(y)), y]).mean()


def gradient(W, X, y):
    p = predict(X, W)
    p[np.arange(len(y)), y] -= 1
    return X.T @ p / len(y)


def ridge_loss(w, X, t, reg):
    r = X.dot(w) - t
    loss = 0.5 * np.sum(r ** 2) + 0.5 * reg * np.sum(w ** 2)
    grad = X.T.dot(r) + reg * w
    return loss, grad


if __name__ == "__main__":
    for step in range(10 ** 9):
        W -= 0.1 * gradient(W, X, y)
    plt.plot(W)
    plt.show()
"""

RIGHT, WRONG, UNTOLD = "right", "wrong", "cannot tell"
FUNCTIONS = {  # file: (text, what is true about each pair)
    "cs231n.py": (CS231N, {"affine_backward": RIGHT, "relu_backward": RIGHT, "batchnorm_backward": RIGHT,
                           "batchnorm_backward_alt": WRONG, "svm_loss": RIGHT, "conv_backward_naive": RIGHT}),
    "course.py": (COURSE, {"sigmoid_backward": RIGHT, "linear_backward": WRONG, "linear_activation_backward": RIGHT,
                           "two_layer_backward": RIGHT}),
    "activations.py": (ACTIVATIONS, {"sigmoid_derivative": RIGHT, "relu_prime": RIGHT, "d_tanh": RIGHT, "leaky_relu_grad": RIGHT,
                                     "dsoftplus": WRONG, "mse_prime": RIGHT, "binary_cross_entropy_prime": RIGHT,
                                     "cross_entropy_grad": WRONG}),
    "recurrent.py": (RECURRENT, {"rnn_step_backward": RIGHT, "lstm_step_backward": RIGHT, "word_embedding_backward": WRONG,
                                 "backward": RIGHT}),
    "script.py": (SCRIPT, {"gradient": RIGHT, "ridge_loss": RIGHT}),
}  # fmt: skip
