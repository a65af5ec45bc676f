"""Whole networks: column vectors, dictionaries with 1/m, a two-layer network of an assignment.  Knows NumPy alone."""

from functools import partial

import numpy as np
from corpus.case import Case
from corpus.open.inputs import scaled


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


# --- one example as a column vector, lists of biases and weights


def cost_quadratic(x, y, biases, weights):
    a = x
    for b, w in zip(biases, weights):
        a = sigmoid(w @ a + b)
    return 0.5 * np.sum((a - y) ** 2)


def backprop(x, y, biases, weights):
    nabla_b = [np.zeros(b.shape) for b in biases]
    nabla_w = [np.zeros(w.shape) for w in weights]
    activation, activations, zs = x, [x], []
    for b, w in zip(biases, weights):
        z = np.dot(w, activation) + b
        zs.append(z)
        activation = sigmoid(z)
        activations.append(activation)
    delta = (activations[-1] - y) * sigmoid_prime(zs[-1])
    nabla_b[-1] = delta
    nabla_w[-1] = np.dot(delta, activations[-2].T)
    for layer in range(2, len(weights) + 1):
        delta = np.dot(weights[-layer + 1].T, delta) * sigmoid_prime(zs[-layer])
        nabla_b[-layer] = delta
        nabla_w[-layer] = np.dot(delta, activations[-layer - 1].T)
    return nabla_b, nabla_w


def backprop_cross_entropy_delta(x, y, biases, weights):
    """The last delta belongs to the cross-entropy."""
    nabla_b, nabla_w = [None] * len(biases), [None] * len(weights)
    activations, zs = [x], []
    for b, w in zip(biases, weights):
        zs.append(np.dot(w, activations[-1]) + b)
        activations.append(sigmoid(zs[-1]))
    delta = activations[-1] - y
    nabla_b[-1] = delta
    nabla_w[-1] = np.dot(delta, activations[-2].T)
    for layer in range(2, len(weights) + 1):
        delta = np.dot(weights[-layer + 1].T, delta) * sigmoid_prime(zs[-layer])
        nabla_b[-layer] = delta
        nabla_w[-layer] = np.dot(delta, activations[-layer - 1].T)
    return nabla_b, nabla_w


def backprop_prime_of_activation(x, y, biases, weights):
    """sigmoid_prime is given the activation, as if it took the output."""
    nabla_b, nabla_w = [None] * len(biases), [None] * len(weights)
    activations, zs = [x], []
    for b, w in zip(biases, weights):
        zs.append(np.dot(w, activations[-1]) + b)
        activations.append(sigmoid(zs[-1]))
    delta = (activations[-1] - y) * sigmoid_prime(zs[-1])
    nabla_b[-1] = delta
    nabla_w[-1] = np.dot(delta, activations[-2].T)
    for layer in range(2, len(weights) + 1):
        delta = np.dot(weights[-layer + 1].T, delta) * sigmoid_prime(activations[-layer])
        nabla_b[-layer] = delta
        nabla_w[-layer] = np.dot(delta, activations[-layer - 1].T)
    return nabla_b, nabla_w


def backprop_hidden_not_gated(x, y, biases, weights):
    nabla_b, nabla_w = [None] * len(biases), [None] * len(weights)
    activations, zs = [x], []
    for b, w in zip(biases, weights):
        zs.append(np.dot(w, activations[-1]) + b)
        activations.append(sigmoid(zs[-1]))
    delta = (activations[-1] - y) * sigmoid_prime(zs[-1])
    nabla_b[-1] = delta
    nabla_w[-1] = np.dot(delta, activations[-2].T)
    for layer in range(2, len(weights) + 1):
        delta = np.dot(weights[-layer + 1].T, delta)
        nabla_b[-layer] = delta
        nabla_w[-layer] = np.dot(delta, activations[-layer - 1].T)
    return nabla_b, nabla_w


def backprop_layer_index(x, y, biases, weights):
    """The activation of the layer itself, where that of the layer before belongs; all layers are of one size."""
    nabla_b, nabla_w = [None] * len(biases), [None] * len(weights)
    activations, zs = [x], []
    for b, w in zip(biases, weights):
        zs.append(np.dot(w, activations[-1]) + b)
        activations.append(sigmoid(zs[-1]))
    delta = (activations[-1] - y) * sigmoid_prime(zs[-1])
    nabla_b[-1] = delta
    nabla_w[-1] = np.dot(delta, activations[-2].T)
    for layer in range(2, len(weights) + 1):
        delta = np.dot(weights[-layer + 1].T, delta) * sigmoid_prime(zs[-layer])
        nabla_b[-layer] = delta
        nabla_w[-layer] = np.dot(delta, activations[-layer].T)
    return nabla_b, nabla_w


def backprop_returned_as_network(x, y, biases, weights):
    """Weights first."""
    nabla_b, nabla_w = backprop(x, y, biases, weights)
    return nabla_w, nabla_b


def backprop_target_minus(x, y, biases, weights):
    nabla_b, nabla_w = [None] * len(biases), [None] * len(weights)
    activations, zs = [x], []
    for b, w in zip(biases, weights):
        zs.append(np.dot(w, activations[-1]) + b)
        activations.append(sigmoid(zs[-1]))
    delta = (y - activations[-1]) * sigmoid_prime(zs[-1])
    nabla_b[-1] = delta
    nabla_w[-1] = np.dot(delta, activations[-2].T)
    for layer in range(2, len(weights) + 1):
        delta = np.dot(weights[-layer + 1].T, delta) * sigmoid_prime(zs[-layer])
        nabla_b[-layer] = delta
        nabla_w[-layer] = np.dot(delta, activations[-layer - 1].T)
    return nabla_b, nabla_w


def network(rng, d=3, h=5, m=2):
    sizes = [d, h, 7, m]
    biases = [rng.normal(size=(k, 1)) for k in sizes[1:]]
    return (
        rng.normal(size=(d, 1)),
        rng.random((m, 1)),
        biases,
        [rng.normal(size=(k, j)) for j, k in zip(sizes, sizes[1:])],
    )


def square_network(rng, d=5):
    biases = [rng.normal(size=(d, 1)) for _ in range(3)]
    return rng.normal(size=(d, 1)), rng.random((d, 1)), biases, [rng.normal(size=(d, d)) for _ in range(3)]


# --- one neuron as a column, with an upstream gradient


def neuron(w, b, x):
    """w (d, 1), x (d, 1)."""
    return np.tanh(w.T @ x + b)


def neuron_backward(dy, w, b, x):
    dz = dy * (1 - neuron(w, b, x) ** 2)
    return x @ dz, dz, w @ dz


def neuron_backward_rows(dy, w, b, x):
    dz = dy * (1 - neuron(w, b, x) ** 2)
    dw = dz @ x.T
    return dw, dz, w @ dz


def neuron_inputs(rng, d=5):
    return rng.normal(size=(d, 1)), rng.normal(size=(1, 1)), rng.normal(size=(d, 1))


# --- a deep network of a course: parameters and gradients in dictionaries, examples in columns


def model_cost(parameters, X, Y):
    A1 = np.maximum(0, parameters["W1"] @ X + parameters["b1"])
    A2 = sigmoid(parameters["W2"] @ A1 + parameters["b2"])
    return -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / X.shape[1]


def backward_propagation(parameters, X, Y):
    m = X.shape[1]
    Z1 = parameters["W1"] @ X + parameters["b1"]
    A1 = np.maximum(0, Z1)
    A2 = sigmoid(parameters["W2"] @ A1 + parameters["b2"])
    dZ2 = A2 - Y
    dW2 = 1 / m * np.dot(dZ2, A1.T)
    db2 = 1 / m * np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = np.multiply(np.dot(parameters["W2"].T, dZ2), np.int64(A1 > 0))
    dW1 = 1 / m * np.dot(dZ1, X.T)
    db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


def backward_propagation_planted(parameters, X, Y):
    """As handed out for practice: two faults were planted, one of them is left."""
    m = X.shape[1]
    A1 = np.maximum(0, parameters["W1"] @ X + parameters["b1"])
    A2 = sigmoid(parameters["W2"] @ A1 + parameters["b2"])
    dZ2 = A2 - Y
    dW2 = 1 / m * np.dot(dZ2, A1.T)
    db2 = 1 / m * np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = np.multiply(np.dot(parameters["W2"].T, dZ2), np.int64(A1 > 0))
    dW1 = 1 / m * np.dot(dZ1, X.T)
    db1 = 4 / m * np.sum(dZ1, axis=1, keepdims=True)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


def backward_propagation_no_relu(parameters, X, Y):
    m = X.shape[1]
    A1 = np.maximum(0, parameters["W1"] @ X + parameters["b1"])
    A2 = sigmoid(parameters["W2"] @ A1 + parameters["b2"])
    dZ2 = A2 - Y
    grads = {"dW2": np.dot(dZ2, A1.T) / m, "db2": np.sum(dZ2, axis=1, keepdims=True) / m}
    dZ1 = np.dot(parameters["W2"].T, dZ2)
    grads["dW1"] = np.dot(dZ1, X.T) / m
    grads["db1"] = np.sum(dZ1, axis=1, keepdims=True) / m
    return grads


def backward_propagation_averaged_twice(parameters, X, Y):
    """1/m already in dZ2, and once more in each line."""
    m = X.shape[1]
    A1 = np.maximum(0, parameters["W1"] @ X + parameters["b1"])
    A2 = sigmoid(parameters["W2"] @ A1 + parameters["b2"])
    dZ2 = (A2 - Y) / m
    dW2 = np.dot(dZ2, A1.T)
    db2 = np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = np.dot(parameters["W2"].T, dZ2) * (A1 > 0)
    dW1 = 1 / m * np.dot(dZ1, X.T)
    db1 = np.sum(dZ1, axis=1, keepdims=True)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


def course_inputs(rng, n=7, d=3, h=5):
    parameters = {
        "W1": rng.normal(size=(h, d)),
        "b1": rng.normal(size=(h, 1)),
        "W2": rng.normal(size=(1, h)),
        "b2": np.zeros((1, 1)),
    }
    return parameters, rng.normal(size=(d, n)), rng.integers(0, 2, (1, n)).astype(float)


# --- the two-layer network of an assignment: affine, ReLU, affine, softmax, regulariser


def two_layer_net(params, X, y, reg):
    W1, b1, W2, b2 = params["W1"], params["b1"], params["W2"], params["b2"]
    N = X.shape[0]
    hidden = np.maximum(0, X.dot(W1) + b1)
    scores = hidden.dot(W2) + b2
    exp_scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    probs = exp_scores / exp_scores.sum(axis=1, keepdims=True)
    loss = -np.log(probs[range(N), y]).mean() + 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    grads = {}
    dscores = probs
    dscores[range(N), y] -= 1
    dscores /= N
    grads["W2"] = hidden.T.dot(dscores) + reg * W2
    grads["b2"] = dscores.sum(axis=0)
    dhidden = dscores.dot(W2.T)
    dhidden[hidden <= 0] = 0
    grads["W1"] = X.T.dot(dhidden) + reg * W1
    grads["b1"] = dhidden.sum(axis=0)
    return loss, grads


def two_layer_net_bias_regularised(params, X, y, reg):
    W1, b1, W2, b2 = params["W1"], params["b1"], params["W2"], params["b2"]
    N = X.shape[0]
    hidden = np.maximum(0, X.dot(W1) + b1)
    scores = hidden.dot(W2) + b2
    exp_scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    probs = exp_scores / exp_scores.sum(axis=1, keepdims=True)
    loss = -np.log(probs[range(N), y]).mean() + 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    dscores = probs
    dscores[range(N), y] -= 1
    dscores /= N
    dhidden = dscores.dot(W2.T) * (hidden > 0)
    grads = {"W1": X.T.dot(dhidden), "b1": dhidden.sum(axis=0), "W2": hidden.T.dot(dscores), "b2": dscores.sum(axis=0)}
    for k in grads:
        grads[k] += reg * params[k]
    return loss, grads


def two_layer_net_full_regulariser(params, X, y, reg):
    W1, b1, W2, b2 = params["W1"], params["b1"], params["W2"], params["b2"]
    N = X.shape[0]
    hidden = np.maximum(0, X.dot(W1) + b1)
    scores = hidden.dot(W2) + b2
    exp_scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    probs = exp_scores / exp_scores.sum(axis=1, keepdims=True)
    loss = -np.log(probs[range(N), y]).mean() + 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    dscores = probs
    dscores[range(N), y] -= 1
    dscores /= N
    dhidden = dscores.dot(W2.T) * (hidden > 0)
    grads = {"b1": dhidden.sum(axis=0), "b2": dscores.sum(axis=0)}
    grads["W2"] = hidden.T.dot(dscores) + reg * W2
    grads["W1"] = X.T.dot(dhidden) + 2 * reg * W1
    return loss, grads


def two_layer_net_regulariser_forgotten(params, X, y, reg):
    W1, b1, W2, b2 = params["W1"], params["b1"], params["W2"], params["b2"]
    N = X.shape[0]
    hidden = np.maximum(0, X.dot(W1) + b1)
    scores = hidden.dot(W2) + b2
    exp_scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    probs = exp_scores / exp_scores.sum(axis=1, keepdims=True)
    loss = -np.log(probs[range(N), y]).mean() + 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    dscores = probs
    dscores[range(N), y] -= 1
    dscores /= N
    dhidden = dscores.dot(W2.T) * (hidden > 0)
    grads = {"b1": dhidden.sum(axis=0), "b2": dscores.sum(axis=0)}
    grads["W2"] = hidden.T.dot(dscores)
    grads["W1"] = X.T.dot(dhidden) + reg * W1
    return loss, grads


def assignment(rng, n=7, d=3, h=5, m=2):
    params = {
        "W1": rng.normal(size=(d, h)),
        "b1": rng.normal(size=h),
        "W2": rng.normal(size=(h, m)),
        "b2": rng.normal(size=m),
    }
    return params, rng.normal(size=(n, d)), rng.integers(0, m, n), 0.3


# fmt: off
columns = partial(Case, layer="network of columns", forward=cost_quadratic, style="column", make=network, static=(0, 1))
one = partial(Case, layer="neuron of a column", forward=neuron, style="column", make=neuron_inputs)
course = partial(Case, layer="network of dictionaries", forward=model_cost, style="gradient", make=course_inputs, static=(1, 2))
two = partial(Case, layer="two-layer network", backward=None, style="loss", make=assignment, static=(1, 2, 3))
CASES = [
    columns(name="network-of-columns", backward=backprop, right=True),
    columns(name="network-of-columns-saturated", backward=backprop, make=scaled(network, 20.0, 0), right=True),
    one(name="neuron-of-a-column", backward=neuron_backward, right=True),
    course(name="network-of-dictionaries", backward=backward_propagation, right=True),
    two(name="two-layer-network", forward=two_layer_net, right=True),
    columns(name="network-of-columns-delta-of-cross-entropy", backward=backprop_cross_entropy_delta, right=False,
            kind="neighbouring-loss", argument="biases[0]", site="delta = activations[-1] - y",
            also=("wrong-activation-derivative",)),
    columns(name="network-of-columns-slope-at-the-activation", backward=backprop_prime_of_activation, right=False,
            kind="wrong-activation-derivative", argument="biases[0]", site="sigmoid_prime(activations[-layer])",
            also=("wrong-operand",)),
    columns(name="network-of-columns-slope-forgotten", backward=backprop_hidden_not_gated, right=False,
            kind="wrong-activation-derivative", argument="biases[0]", site="delta = np.dot(weights[-layer + 1].T, delta)"),
    columns(name="network-of-columns-index-of-layer", backward=backprop_layer_index, make=square_network, right=False,
            kind="wrong-operand", argument="weights[0]", site="activations[-layer].T"),
    columns(name="network-of-columns-return-order", backward=backprop_returned_as_network, right=False, kind="swapped-outputs",
            argument="biases[0]", site="return nabla_w, nabla_b", also=("contract",)),
    columns(name="network-of-columns-sign", backward=backprop_target_minus, right=False, kind="sign", argument="biases[0]",
            site="(y - activations[-1])"),
    one(name="neuron-of-a-column-as-row", backward=neuron_backward_rows, right=False, kind="transpose", argument="w",
        site="dw = dz @ x.T", also=("contract",)),
    course(name="network-of-dictionaries-four", backward=backward_propagation_planted, right=False, kind="factor", argument="b1",
           site="db1 = 4 / m"),
    course(name="network-of-dictionaries-relu-skipped", backward=backward_propagation_no_relu, right=False,
           kind="wrong-activation-derivative", argument="W1", site='dZ1 = np.dot(parameters["W2"].T, dZ2)',
           also=("mask-forgotten", "path-doubled")),
    course(name="network-of-dictionaries-averaged-twice", backward=backward_propagation_averaged_twice, right=False,
           kind="factor", argument="W1", site="dW1 = 1 / m"),
    two(name="two-layer-network-bias-regularised", forward=two_layer_net_bias_regularised, right=False, kind="regulariser",
        argument="b1", site="grads[k] += reg * params[k]"),
    two(name="two-layer-network-regulariser-doubled", forward=two_layer_net_full_regulariser, right=False, kind="regulariser",
        argument="W1", site="2 * reg * W1", also=("factor", "path-doubled")),
    two(name="two-layer-network-regulariser-forgotten", forward=two_layer_net_regulariser_forgotten, right=False,
        kind="regulariser", argument="W2", site='grads["W2"] = hidden.T.dot(dscores)', also=("path-dropped",)),
]
# fmt: on
