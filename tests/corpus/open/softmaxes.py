"""Softmax and log-softmax, along an axis, masked, with a temperature.  Knows NumPy alone."""

from functools import partial

import numpy as np
from corpus.case import Case
from corpus.open.inputs import matrix, scaled, single


def softmax_forward(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p, p


def softmax_backward(dp, p):
    return p * (dp - (dp * p).sum(axis=1, keepdims=True))


def softmax_backward_jacobians(dp, p):
    dz = np.empty_like(p)
    for i, (row, d) in enumerate(zip(p, dp)):
        row = row.reshape(-1, 1)
        jacobian = np.diagflat(row) - row @ row.T
        dz[i] = jacobian @ d
    return dz


def softmax_backward_einsum(dp, p):
    J = np.einsum("ij,jk->ijk", p, np.eye(p.shape[1])) - np.einsum("ij,ik->ijk", p, p)
    return np.einsum("ijk,ik->ij", J, dp)


def softmax_backward_elementwise(dp, p):
    return dp * p * (1 - p)


def softmax_backward_diagonal(dp, p):
    return dp * p


def softmax_backward_identity(dp, p):
    """The loss is thought to have done it already."""
    dz = dp.copy()
    return dz


def softmax_backward_total(dp, p):
    return p * (dp - np.sum(dp * p))


def softmax_backward_axis(dp, p):
    return p * (dp - np.sum(dp * p, axis=0, keepdims=True))


def softmax_backward_mean(dp, p):
    return p * (dp - np.mean(dp * p, axis=1, keepdims=True))


def softmax_backward_plus(dp, p):
    return p * (dp + np.sum(dp * p, axis=1, keepdims=True))


def softmax_backward_sum_of_upstream(dp, p):
    return p * (dp - np.sum(dp, axis=1, keepdims=True))


class Softmax:
    """An activation object, as in a popular collection of models."""

    def __call__(self, x):
        self.x = x
        e_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
        return e_x / np.sum(e_x, axis=-1, keepdims=True)

    def gradient(self, accum_grad):
        p = self.__call__(self.x)
        inner = np.sum(accum_grad * p, axis=-1, keepdims=True)
        return p * (accum_grad - inner)


class SoftmaxDiagonal(Softmax):
    def gradient(self, accum_grad):
        p = self.__call__(self.x)
        return accum_grad * p * (1 - p)


class SoftmaxFirst(Softmax):
    """The input is kept only once."""

    def __call__(self, x):
        if not hasattr(self, "x"):
            self.x = x
        e_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
        return e_x / np.sum(e_x, axis=-1, keepdims=True)


class SoftmaxDim:
    """Softmax over `dim`, of matrices."""

    def __init__(self, dim=0):
        self.dim = dim

    def forward(self, X):
        e_X = np.exp(X - np.max(X, axis=self.dim, keepdims=True))
        self.Y = e_X / e_X.sum(axis=self.dim, keepdims=True)
        return self.Y

    def backward(self, dLdy):
        Y = np.moveaxis(self.Y, self.dim, -1)
        dY = np.moveaxis(dLdy, self.dim, -1)
        dX = [np.dot(np.diag(y) - np.outer(y, y), dy) for y, dy in zip(Y, dY)]
        return np.moveaxis(np.array(dX), -1, self.dim)


class SoftmaxDimRows(SoftmaxDim):
    def backward(self, dLdy):
        dX = []
        for y, dy in zip(self.Y, dLdy):
            dX.append(np.dot(np.diag(y) - np.outer(y, y), dy))
        return np.array(dX)


# --- log-softmax


def log_softmax(z):
    shifted = z - np.max(z, axis=-1, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))


def log_softmax_backward(dy, z):
    p = np.exp(log_softmax(z))
    return dy - p * np.sum(dy, axis=-1, keepdims=True)


def log_softmax_backward_no_sum(dy, z):
    p = np.exp(log_softmax(z))
    return dy - p * dy


def log_softmax_backward_softmax(dy, z):
    p = np.exp(log_softmax(z))
    return p * (dy - np.sum(dy * p, axis=-1, keepdims=True))


def log_softmax_backward_one(dy, z):
    p = np.exp(log_softmax(z))
    return dy - p


def log_softmax_backward_overflow(dy, z):
    e = np.exp(z)
    return dy - e / e.sum(axis=-1, keepdims=True) * dy.sum(axis=-1, keepdims=True)


def log_softmax_inputs_large(rng, n=5, d=3):
    return (rng.normal(size=(n, d)) + 1000.0,)


# --- log-sum-exp


def log_sum_exp(x):
    m = x.max(axis=-1)
    return m + np.log(np.exp(x - m[..., None]).sum(axis=-1))


def log_sum_exp_backward(dy, x):
    w = np.exp(x - log_sum_exp(x)[..., None])
    return dy[..., None] * w


def log_sum_exp_backward_unweighted(dy, x):
    return np.repeat(dy[..., None], x.shape[-1], axis=-1)


def log_sum_exp_backward_unshifted(dy, x):
    e = np.exp(x)
    return dy[..., None] * e / e.sum(axis=-1, keepdims=True)


# --- a temperature and a mask


def tempered(scores, mask, temperature):
    s = np.where(mask, scores / temperature, -np.inf)
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    return p, (p, scores, mask, temperature)


def tempered_backward(dp, cache):
    p, scores, _, temperature = cache
    ds = p * (dp - np.sum(dp * p, axis=-1, keepdims=True))
    return ds / temperature, -np.sum(ds * scores) / temperature**2


def tempered_backward_forgotten(dp, cache):
    p, scores, _, temperature = cache
    ds = p * (dp - np.sum(dp * p, axis=-1, keepdims=True))
    return ds, -np.sum(ds * scores) / temperature**2


def tempered_backward_multiplied(dp, cache):
    p, scores, _, temperature = cache
    ds = p * (dp - np.sum(dp * p, axis=-1, keepdims=True))
    return ds / temperature, np.sum(ds * scores)


def tempered_backward_no_mask(dp, cache):
    """The probabilities are computed again, without the mask."""
    _, scores, _, temperature = cache
    e = np.exp(scores / temperature)
    p = e / e.sum(axis=-1, keepdims=True)
    ds = p * (dp - np.sum(dp * p, axis=-1, keepdims=True))
    return ds / temperature, -np.sum(ds * scores) / temperature**2


def tempered_inputs(rng, n=5, d=3):
    mask = rng.random((n, d)) < 0.6
    mask[:, 0] = True
    return rng.normal(size=(n, d)), mask, 0.7


# fmt: off
rows = partial(Case, layer="softmax", forward=softmax_forward, style="cache", make=matrix)
thing = partial(Case, layer="softmax", style="class", make=matrix, backward="gradient")
along = partial(Case, layer="softmax along the first axis", style="class", make=matrix, backward="backward")
logs = partial(Case, layer="log-softmax", forward=log_softmax, style="plain", make=matrix)
total = partial(Case, layer="log-sum-exp", forward=log_sum_exp, style="plain", make=matrix)
masked = partial(Case, layer="masked softmax", forward=tempered, style="cache", make=tempered_inputs, static=(1,))
CASES = [
    rows(name="softmax", backward=softmax_backward, right=True),
    rows(name="softmax-jacobians", backward=softmax_backward_jacobians, right=True),
    rows(name="softmax-einsum", backward=softmax_backward_einsum, right=True),
    rows(name="softmax-single", backward=softmax_backward, make=single(matrix), right=True),
    rows(name="softmax-saturated", backward=softmax_backward, make=scaled(matrix, 30.0), right=True),
    rows(name="softmax-of-tiny-numbers", backward=softmax_backward, make=scaled(matrix, 1e-8), right=True),
    thing(name="softmax-object", forward=Softmax, right=True),
    along(name="softmax-along-first-axis", forward=SoftmaxDim, right=True),
    logs(name="log-softmax", backward=log_softmax_backward, right=True),
    logs(name="log-softmax-at-1000", backward=log_softmax_backward, make=log_softmax_inputs_large, right=True),
    total(name="log-sum-exp", backward=log_sum_exp_backward, right=True),
    total(name="log-sum-exp-at-1000", backward=log_sum_exp_backward, make=log_softmax_inputs_large, right=True),
    masked(name="masked-softmax", backward=tempered_backward, right=True),
    rows(name="softmax-elementwise", backward=softmax_backward_elementwise, right=False, kind="softmax-elementwise",
         argument="z", site="dp * p * (1 - p)"),
    rows(name="softmax-diagonal", backward=softmax_backward_diagonal, right=False, kind="softmax-elementwise", argument="z",
         site="return dp * p", also=("path-dropped",)),
    rows(name="softmax-identity", backward=softmax_backward_identity, right=False, kind="softmax-elementwise", argument="z",
         site="dz = dp.copy()", also=("wrong-activation-derivative",)),
    rows(name="softmax-inner-product-of-all", backward=softmax_backward_total, right=False, kind="wrong-axis", argument="z",
         site="np.sum(dp * p)"),
    rows(name="softmax-inner-product-down", backward=softmax_backward_axis, right=False, kind="wrong-axis", argument="z",
         site="axis=0"),
    rows(name="softmax-inner-product-averaged", backward=softmax_backward_mean, right=False, kind="factor", argument="z",
         site="np.mean(dp * p", also=("reduction-missing",)),
    rows(name="softmax-inner-product-added", backward=softmax_backward_plus, right=False, kind="sign", argument="z",
         site="(dp + np.sum("),
    rows(name="softmax-probabilities-forgotten", backward=softmax_backward_sum_of_upstream, right=False, kind="wrong-operand",
         argument="z", site="np.sum(dp, axis=1", also=("softmax-elementwise",)),
    thing(name="softmax-object-diagonal", forward=SoftmaxDiagonal, right=False, kind="softmax-elementwise", argument="x",
          site="accum_grad * p * (1 - p)"),
    thing(name="softmax-object-first-input", forward=SoftmaxFirst, right=False, kind="stale-cache", argument="x",
          site='if not hasattr(self, "x")'),
    along(name="softmax-along-first-axis-by-rows", forward=SoftmaxDimRows, right=False, kind="wrong-axis", argument="X",
          site="for y, dy in zip(self.Y, dLdy)"),
    logs(name="log-softmax-sum-forgotten", backward=log_softmax_backward_no_sum, right=False, kind="softmax-elementwise",
         argument="z", site="dy - p * dy", also=("reduction-missing",)),
    logs(name="log-softmax-as-softmax", backward=log_softmax_backward_softmax, right=False, kind="wrong-activation-derivative",
         argument="z", site="p * (dy - np.sum(dy * p", also=("neighbouring-loss",)),
    logs(name="log-softmax-upstream-of-one", backward=log_softmax_backward_one, right=False, kind="upstream-ignored",
         argument="z", site="return dy - p", also=("reduction-missing", "factor")),
    logs(name="log-softmax-overflows", backward=log_softmax_backward_overflow, make=log_softmax_inputs_large, right=False,
         kind="overflow", argument="z", site="e = np.exp(z)"),
    total(name="log-sum-exp-unweighted", backward=log_sum_exp_backward_unweighted, right=False,
          kind="wrong-activation-derivative",
          argument="x", site="np.repeat(", also=("path-dropped",), note="the gradient of the sum, not of log-sum-exp"),
    total(name="log-sum-exp-overflows", backward=log_sum_exp_backward_unshifted, make=log_softmax_inputs_large, right=False,
          kind="overflow", argument="x", site="e = np.exp(x)"),
    masked(name="masked-softmax-temperature-forgotten", backward=tempered_backward_forgotten, right=False, kind="factor",
           argument="scores", site="return ds, -np.sum("),
    masked(name="masked-softmax-temperature-as-product", backward=tempered_backward_multiplied, right=False,
           kind="wrong-operand", argument="temperature", site="np.sum(ds * scores)", also=("factor",),
           note="-1/T^2 is missing: T was taken for a factor"),
    masked(name="masked-softmax-mask-forgotten", backward=tempered_backward_no_mask, right=False, kind="mask-forgotten",
           argument="scores", site="e = np.exp(scores / temperature)"),
]
# fmt: on
