"""One example at a time, as a column vector: perceptrons, softmax outputs, a recurrent cell, layers with an upstream."""

import numpy as np
from corpus.case import Case


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def make_three(rng, n=5, d=3, k=2):
    """(x, y one-hot, W1, b1, W2, b2)"""
    y = np.zeros((k, 1))
    y[rng.integers(k)] = 1
    hidden = rng.normal(size=(d, n)), 2.0 + rng.normal(size=(d, 1))
    return rng.normal(size=(n, 1)), y, *hidden, 0.3 * rng.normal(size=(k, d)), rng.normal(size=(k, 1))


def make_layer(rng, n=5, d=3):
    return rng.normal(size=(n, 1)), rng.normal(size=(d, n)), rng.normal(size=(d, 1))


def make_cell(rng, n=5, d=3):
    """(xt, a_prev, Wax, Waa, ba)"""
    weights = rng.normal(size=(d, n)), rng.normal(size=(d, d))
    return rng.normal(size=(n, 1)), rng.normal(size=(d, 1)), *weights, rng.normal(size=(d, 1))


def make_neuron(rng, n=5):
    return rng.normal(size=(n, 1)), np.array([[1.0]]), rng.normal(size=(n, 1)), np.array([[0.2]])


def make_vector(rng, n=5):
    return (rng.normal(size=(n, 1)),)


# --- relu, softmax, cross-entropy -------------------------------------------------------------------------------------


def forward_pass(x, W1, b1, W2, b2):
    Z1 = W1 @ x + b1
    A1 = np.maximum(0, Z1)
    Z2 = W2 @ A1 + b2
    E = np.exp(Z2 - Z2.max())
    return Z1, A1, E / E.sum()


def network_cost(x, y, W1, b1, W2, b2):
    return -np.sum(y * np.log(forward_pass(x, W1, b1, W2, b2)[2]))


def network_backward(x, y, W1, b1, W2, b2):
    Z1, A1, A2 = forward_pass(x, W1, b1, W2, b2)
    dZ2 = A2 - y
    dW2 = np.dot(dZ2, A1.T)
    dZ1 = np.dot(W2.T, dZ2) * (Z1 > 0)
    dW1 = np.dot(dZ1, x.T)
    return dW1, dZ1, dW2, dZ2


def network_backward_clipped(x, y, W1, b1, W2, b2):
    Z1, A1, A2 = forward_pass(x, W1, b1, W2, b2)
    dZ2 = A2 - y
    dW2 = np.dot(dZ2, A1.T)
    dZ1 = np.dot(W2.T, dZ2) * (Z1 > 0)
    dW1 = np.dot(dZ1, x.T)
    grads = [dW1, dZ1, dW2, dZ2]
    total = np.sqrt(sum([np.sum(g**2) for g in grads]))
    scale = min(1.0, 0.01 / total)
    return tuple([scale * g for g in grads])


def network_backward_normalised(x, y, W1, b1, W2, b2):
    Z1, A1, A2 = forward_pass(x, W1, b1, W2, b2)
    dZ2 = A2 - y
    dZ1 = np.dot(W2.T, dZ2) * (Z1 > 0)
    dW2, dW1 = np.dot(dZ2, A1.T), np.dot(dZ1, x.T)
    dW1 /= np.linalg.norm(dW1)
    return dW1, dZ1, dW2, dZ2


def network_backward_weights_swapped(x, y, W1, b1, W2, b2):
    Z1, A1, A2 = forward_pass(x, W1, b1, W2, b2)
    dZ2 = A2 - y
    dW2 = np.dot(A1, dZ2.T)
    dZ1 = np.dot(W2.T, dZ2) * (Z1 > 0)
    dW1 = np.dot(dZ1, x.T)
    return dW1, dZ1, dW2, dZ2


def network_backward_softmax_prime(x, y, W1, b1, W2, b2):
    Z1, A1, A2 = forward_pass(x, W1, b1, W2, b2)
    dA2 = -y / A2
    dZ2 = dA2 * A2 * (1 - A2)
    dW2 = np.dot(dZ2, A1.T)
    dZ1 = np.dot(W2.T, dZ2) * (Z1 > 0)
    return np.dot(dZ1, x.T), dZ1, dW2, dZ2


def network_backward_stepping(x, y, W1, b1, W2, b2):
    Z1, A1, A2 = forward_pass(x, W1, b1, W2, b2)
    dZ2 = A2 - y
    dW2 = np.dot(dZ2, A1.T)
    W2 = W2 - 0.5 * dW2
    dZ1 = np.dot(W2.T, dZ2) * (Z1 > 0)
    dW1 = np.dot(dZ1, x.T)
    return dW1, dZ1, dW2, dZ2


# --- a layer with an upstream -----------------------------------------------------------------------------------------


def layer(a, W, b):
    return np.tanh(W @ a + b)


def layer_pull(da, a, W, b):
    dz = da * (1 - layer(a, W, b) ** 2)
    return W.T @ dz, dz @ a.T, dz


def layer_pull_entries(da, a, W, b):
    out = layer(a, W, b)
    dprev, dW, db = np.zeros(a.shape), np.zeros(W.shape), np.zeros(b.shape)
    for i in range(W.shape[0]):
        db[i, 0] = da[i, 0] * (1 - out[i, 0] ** 2)
        for j in range(W.shape[1]):
            dW[i, j] = db[i, 0] * a[j, 0]
            dprev[j, 0] += db[i, 0] * W[i, j]
    return dprev, dW, db


def layer_pull_local(da, a, W, b):
    dz = 1 - layer(a, W, b) ** 2
    return W.T @ dz, dz @ a.T, dz


def layer_pull_flat(da, a, W, b):
    dz = da * (1 - layer(a, W, b) ** 2)
    return W.T @ dz, dz @ a.T, dz.ravel()


def layer_pull_of_output(da, a, W, b):
    dz = da * (1 - layer(a, W, b) ** 2)
    dW = dz @ np.tanh(a).T
    return W.T @ dz, dW, dz


# --- a recurrent cell -------------------------------------------------------------------------------------------------


def rnn_cell(xt, a_prev, Wax, Waa, ba):
    return np.tanh(Wax @ xt + Waa @ a_prev + ba)


def rnn_cell_backward(da_next, xt, a_prev, Wax, Waa, ba):
    dtanh = (1 - rnn_cell(xt, a_prev, Wax, Waa, ba) ** 2) * da_next
    return Wax.T @ dtanh, Waa.T @ dtanh, dtanh @ xt.T, dtanh @ a_prev.T, np.sum(dtanh, axis=1, keepdims=True)


def rnn_cell_backward_of_previous(da_next, xt, a_prev, Wax, Waa, ba):
    dtanh = (1 - a_prev**2) * da_next
    return Wax.T @ dtanh, Waa.T @ dtanh, dtanh @ xt.T, dtanh @ a_prev.T, np.sum(dtanh, axis=1, keepdims=True)


def rnn_cell_backward_untransposed(da_next, xt, a_prev, Wax, Waa, ba):
    dtanh = (1 - rnn_cell(xt, a_prev, Wax, Waa, ba) ** 2) * da_next
    da_prev = Waa @ dtanh
    return Wax.T @ dtanh, da_prev, dtanh @ xt.T, dtanh @ a_prev.T, np.sum(dtanh, axis=1, keepdims=True)


def rnn_cell_backward_bias_number(da_next, xt, a_prev, Wax, Waa, ba):
    dtanh = (1 - rnn_cell(xt, a_prev, Wax, Waa, ba) ** 2) * da_next
    return Wax.T @ dtanh, Waa.T @ dtanh, dtanh @ xt.T, dtanh @ a_prev.T, np.sum(dtanh)


# --- one neuron -------------------------------------------------------------------------------------------------------


def neuron_cost(x, y, w, b):
    a = sigmoid(w.T @ x + b)
    return (-(y * np.log(a) + (1 - y) * np.log(1 - a))).item()


def neuron_backward(x, y, w, b):
    dz = sigmoid(w.T @ x + b) - y
    return x @ dz, dz


def neuron_backward_label_minus(x, y, w, b):
    dz = y - sigmoid(w.T @ x + b)
    return x @ dz, dz


def neuron_backward_as_squares(x, y, w, b):
    a = sigmoid(w.T @ x + b)
    dz = (a - y) * a * (1 - a)
    return x @ dz, dz


def unit(v):
    return v / np.sqrt(np.sum(v * v))


def unit_pull(g, v):
    norm = np.linalg.norm(v)
    return (np.eye(len(v)) - v @ v.T / norm**2) @ g / norm


def unit_pull_unprojected(g, v):
    norm = np.linalg.norm(v)
    return (np.eye(len(v)) - v @ v.T) @ g / norm


def case(name, layer_name, forward, backward, make, kind="", argument="", site="", **more):
    return Case(
        name=f"column-{name}", layer=layer_name, forward=forward, backward=backward, make=make, right=not kind, kind=kind,
        argument=argument, site=site, style="column", **more,
    )  # fmt: skip


def network(name, backward, *mistake, **more):
    return case(
        f"network-{name}", "network on columns", network_cost, backward, make_three, *mistake, static=(0, 1), **more
    )


def dense(name, backward, *mistake, **more):
    return case(f"tanh-{name}", "tanh layer on columns", layer, backward, make_layer, *mistake, **more)


def cell(name, backward, *mistake, **more):
    return case(f"rnn-{name}", "rnn cell on columns", rnn_cell, backward, make_cell, *mistake, **more)


def neuron(name, backward, *mistake, **more):
    return case(
        f"neuron-{name}", "logistic neuron", neuron_cost, backward, make_neuron, *mistake, static=(0, 1), **more
    )


CASES = [
    network("right", network_backward),
    network("clipped-norm", network_backward_clipped, "gradient-clipped", "W1", "scale = min(1.0, 0.01 / total)",
            also=("factor",)),
    network("normalised", network_backward_normalised, "gradient-clipped", "W1", "dW1 /= np.linalg.norm(dW1)", also=("factor",)),
    network("outer-product-transposed", network_backward_weights_swapped, "transpose", "W2", "dW2 = np.dot(A1, dZ2.T)",
            also=("contract",)),
    network("softmax-as-sigmoid", network_backward_softmax_prime, "softmax-elementwise", "W1", "dZ2 = dA2 * A2 * (1 - A2)"),
    network("output-weights-stepped", network_backward_stepping, "updated-weights", "W1", "W2 = W2 - 0.5 * dW2"),
    dense("right", layer_pull),
    dense("entries", layer_pull_entries),
    dense("upstream-ignored", layer_pull_local, "upstream-ignored", "a", "dz = 1 - layer"),
    dense("bias-flat", layer_pull_flat, "contract", "b", "dz.ravel()"),
    dense("input-squashed", layer_pull_of_output, "wrong-operand", "W", "dz @ np.tanh(a).T"),
    cell("right", rnn_cell_backward),
    cell("slope-at-previous", rnn_cell_backward_of_previous, "wrong-activation-derivative", "xt", "dtanh = (1 - a_prev**2)",
         also=("wrong-operand",)),
    cell("previous-not-transposed", rnn_cell_backward_untransposed, "transpose", "a_prev", "da_prev = Waa @ dtanh"),
    cell("bias-summed-to-a-number", rnn_cell_backward_bias_number, "wrong-axis", "ba", "np.sum(dtanh)", also=("contract",)),
    neuron("right", neuron_backward),
    neuron("label-minus-output", neuron_backward_label_minus, "sign", "w", "dz = y - sigmoid"),
    neuron("as-squares", neuron_backward_as_squares, "neighbouring-loss", "w", "(a - y) * a * (1 - a)",
           also=("wrong-activation-derivative",)),
    case("unit", "unit column", unit, unit_pull, make_vector),
    case("unit-projection-not-scaled", "unit column", unit, unit_pull_unprojected, make_vector, "factor", "v", "v @ v.T)",
         also=("wrong-operand",)),
]  # fmt: skip
