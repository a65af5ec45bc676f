"""Softmax, log-softmax and log-sum-exp as layers."""

import numpy as np
from corpus.case import Case


def make_scores(rng, n=5, d=3):
    return (rng.normal(size=(n, d)),)


def make_vector(rng, n=5):
    return (rng.normal(size=n),)


def make_maps(rng, n=2, d=5, c=3):
    return (rng.normal(size=(n, c, d)),)


def make_temperature(rng, n=5, d=3):
    return rng.normal(size=(n, d)), np.array(1.7)


def make_large(rng, n=5, d=3):
    return (1000.0 + 5.0 * rng.normal(size=(n, d)),)


def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_backward(dout, x):
    s = softmax(x)
    return s * (dout - np.sum(dout * s, axis=-1, keepdims=True))


def softmax_backward_jacobian(dout, x):
    s = softmax(x)
    dx = np.zeros(x.shape)
    for i in range(x.shape[0]):
        row = s[i].reshape(-1, 1)
        jacobian = np.diagflat(row) - row @ row.T
        dx[i] = jacobian @ dout[i]
    return dx


def softmax_backward_loops(dout, x):
    s = softmax(x)
    dx = np.zeros(x.shape)
    for n in range(x.shape[0]):
        for i in range(x.shape[1]):
            for j in range(x.shape[1]):
                delta = 1.0 if i == j else 0.0
                dx[n, i] += dout[n, j] * s[n, j] * (delta - s[n, i])
    return dx


def softmax_backward_sigmoid(dout, x):
    p = softmax(x)
    return dout * p * (1 - p)


def softmax_backward_product(dout, x):
    p = softmax(x)
    dx = dout * p
    return dx


def softmax_backward_identity(dout, x):
    # the gradient of softmax is taken care of by the loss
    return dout


def softmax_backward_axis(dout, x):
    s = softmax(x)
    return s * (dout - np.sum(dout * s, axis=0, keepdims=True))


def softmax_backward_off_diagonal(dout, x):
    s = softmax(x)
    dx = np.zeros(x.shape)
    for i in range(x.shape[0]):
        row = s[i].reshape(-1, 1)
        jacobian = np.diagflat(row) + row @ row.T
        dx[i] = jacobian @ dout[i]
    return dx


def softmax_backward_sum_without_p(dout, x):
    s = softmax(x)
    return s * (dout - np.sum(dout, axis=-1, keepdims=True))


# --- over the channels of maps ----------------------------------------------------------------------------------------


def softmax_channels(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    y = e / e.sum(axis=1, keepdims=True)
    return y, y


def softmax_channels_backward(gy, y):
    gx = y * gy
    gx -= y * gx.sum(axis=1, keepdims=True)
    return gx


def softmax_channels_backward_last(gy, y):
    gx = y * gy
    gx -= y * gx.sum(axis=-1, keepdims=True)
    return gx


def softmax_channels_backward_in_place(gy, y):
    gy *= y
    gy -= y * gy.sum(axis=1, keepdims=True)
    return gy


# --- class for one vector ---------------------------------------------------------------------------------------------


class SoftmaxVector:
    def forward(self, z):
        shifted = np.exp(z - z.max())
        self.output = shifted / np.sum(shifted)
        return self.output

    def backward(self, output_gradient):
        n = np.size(self.output)
        return np.dot((np.identity(n) - self.output) * self.output[:, None], output_gradient)


class SoftmaxVectorTransposed(SoftmaxVector):
    def backward(self, output_gradient):
        n = np.size(self.output)
        M = np.tile(self.output[:, None], n)
        return np.dot(M.T * (np.identity(n) - M.T), output_gradient)


# --- with a temperature -----------------------------------------------------------------------------------------------


def soft_temperature(z, T):
    e = np.exp(z / T - np.max(z / T, axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def soft_temperature_grad(g, z, T):
    p = soft_temperature(z, T)
    du = p * (g - np.sum(g * p, axis=1, keepdims=True))
    return du / T, -np.sum(du * z) / T**2


def soft_temperature_grad_undivided(g, z, T):
    p = soft_temperature(z, T)
    du = p * (g - np.sum(g * p, axis=1, keepdims=True))
    dT = -np.sum(du * z) / T**2
    return du, dT


def soft_temperature_grad_t_sign(g, z, T):
    p = soft_temperature(z, T)
    du = p * (g - np.sum(g * p, axis=1, keepdims=True))
    dT = np.sum(du * z) / T**2
    return du / T, dT


# --- logarithms -------------------------------------------------------------------------------------------------------


def log_softmax(x):
    m = x.max(axis=1, keepdims=True)
    return x - m - np.log(np.sum(np.exp(x - m), axis=1, keepdims=True))


def log_softmax_grad(dy, x):
    return dy - np.exp(log_softmax(x)) * dy.sum(axis=1, keepdims=True)


def log_softmax_grad_no_sum(dy, x):
    return dy - np.exp(log_softmax(x)) * dy


def log_softmax_grad_unit_upstream(dy, x):
    return dy - np.exp(log_softmax(x))


def log_softmax_grad_naive(dy, x):
    e = np.exp(x)
    p = e / e.sum(axis=1, keepdims=True)
    return dy - p * dy.sum(axis=1, keepdims=True)


def logsumexp(x):
    m = np.max(x, axis=1)
    return m + np.log(np.sum(np.exp(x - m[:, None]), axis=1))


def logsumexp_grad(g, x):
    return g[:, None] * np.exp(x - logsumexp(x)[:, None])


def logsumexp_grad_normalised(g, x):
    shifted = x - x.max(axis=1)[:, None]
    e = np.exp(shifted)
    return g[:, None] * (e / np.sum(e, axis=1)[:, None])


def logsumexp_grad_naive(g, x):
    e = np.exp(x)
    return g[:, None] * e / e.sum(axis=1, keepdims=True)


def logsumexp_grad_hard(g, x):
    winner = x == np.max(x, axis=1, keepdims=True)
    return g[:, None] * winner


def logsumexp_grad_all_rows(g, x):
    e = np.exp(x - np.max(x))
    return g[:, None] * (e / np.sum(e))


def logsumexp_grad_one_max_dropped(g, x):
    m = np.max(x, axis=1, keepdims=True)
    e = np.exp(x - m)
    dx = g[:, None] * (e / np.sum(e, axis=1, keepdims=True))
    dx[x == m] -= g  # the maximum was subtracted
    return dx


def case(name, backward, forward, kind="", argument="", site="", **more):
    more = {"style": "plain", "make": make_scores, "layer": "softmax"} | more
    return Case(
        name=name, forward=forward, backward=backward, right=not kind, kind=kind, argument=argument, site=site, **more
    )


def soft(name, backward, *mistake, **more):
    return case(f"softmax-{name}", backward, softmax, *mistake, **more)


def maps(name, backward, *mistake, **more):
    return case(f"softmax-channels-{name}", backward, softmax_channels, *mistake, style="cache", make=make_maps, **more)


def warm(name, backward, *mistake, **more):
    return case(f"softmax-temperature-{name}", backward, soft_temperature, *mistake, make=make_temperature,
                layer="softmax with temperature", **more)  # fmt: skip


def logs(name, backward, *mistake, **more):
    return case(f"log-softmax-{name}", backward, log_softmax, *mistake, layer="log-softmax", **more)


def lse(name, backward, *mistake, **more):
    return case(f"log-sum-exp-{name}", backward, logsumexp, *mistake, layer="log-sum-exp", **more)


CASES = [
    soft("centred", softmax_backward),
    soft("jacobian", softmax_backward_jacobian),
    soft("loops", softmax_backward_loops),
    soft("as-sigmoid", softmax_backward_sigmoid, "softmax-elementwise", "x", "p * (1 - p)"),
    soft("as-exp", softmax_backward_product, "softmax-elementwise", "x", "dx = dout * p", also=("path-dropped",)),
    soft("identity", softmax_backward_identity, "softmax-elementwise", "x", "return dout",
         also=("wrong-activation-derivative", "path-dropped")),
    soft("other-axis", softmax_backward_axis, "wrong-axis", "x", "axis=0"),
    soft("jacobian-sign", softmax_backward_off_diagonal, "sign", "x", "+ row @ row.T"),
    soft("sum-without-probabilities", softmax_backward_sum_without_p, "wrong-operand", "x", "np.sum(dout, axis=-1"),
    maps("in-place-on-own", softmax_channels_backward, note="works in place, on an array of its own"),
    maps("last-axis", softmax_channels_backward_last, "wrong-axis", "x", "axis=-1"),
    maps("writes-into-upstream", softmax_channels_backward_in_place, "mutation", "dout", "gy *= y",
         invisible="the upstream looked at afterwards"),
    case("softmax-vector", "backward", SoftmaxVector, style="class", make=make_vector),
    case("softmax-vector-both-transposed", "backward", SoftmaxVectorTransposed, "transpose", "z", "np.dot(M.T * (np.identity",
         style="class", make=make_vector, also=("wrong-operand", "softmax-elementwise")),
    warm("right", soft_temperature_grad),
    warm("undivided", soft_temperature_grad_undivided, "factor", "z", "return du, dT"),
    warm("sign", soft_temperature_grad_t_sign, "sign", "T", "dT = np.sum(du * z)"),
    logs("right", log_softmax_grad),
    logs("elementwise", log_softmax_grad_no_sum, "softmax-elementwise", "x", "np.exp(log_softmax(x)) * dy",
         also=("reduction-missing",)),
    logs("upstream-taken-for-one-hot", log_softmax_grad_unit_upstream, "upstream-ignored", "x", "- np.exp(log_softmax(x))"),
    logs("overflow", log_softmax_grad_naive, "overflow", "x", "e = np.exp(x)", make=make_large),
    lse("right", logsumexp_grad, make=make_large),
    lse("normalised", logsumexp_grad_normalised),
    lse("overflow", logsumexp_grad_naive, "overflow", "x", "e = np.exp(x)", make=make_large),
    lse("overflow-invisible", logsumexp_grad_naive, "overflow", "x", "e = np.exp(x)", invisible="inputs beyond 710"),
    lse("hard-maximum", logsumexp_grad_hard, "neighbouring-loss", "x", "winner = x ==", also=("path-dropped",
        "approximation-mixed")),
    lse("sum-over-all", logsumexp_grad_all_rows, "wrong-axis", "x", "e / np.sum(e)"),
    lse("shift-differentiated-once", logsumexp_grad_one_max_dropped, "path-dropped", "x", "dx[x == m] -= g",
        note="the shift by the maximum is differentiated in the exponent, not where it is added back"),
]  # fmt: skip
