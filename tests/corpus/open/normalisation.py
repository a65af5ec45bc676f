"""Batch, layer, group and root-mean-square normalisation.  Knows NumPy alone."""

from functools import partial

import numpy as np
from corpus.case import Case

# --- batch normalisation, step by step


def batchnorm_forward(x, gamma, beta, eps=1e-5):
    mu = x.mean(axis=0)
    xmu = x - mu
    var = np.mean(xmu**2, axis=0)
    ivar = 1.0 / np.sqrt(var + eps)
    xhat = xmu * ivar
    return gamma * xhat + beta, (xhat, xmu, ivar, gamma)


def batchnorm_backward(dout, cache):
    xhat, xmu, ivar, gamma = cache
    N = dout.shape[0]
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    dvar = np.sum(dxhat * xmu, axis=0) * -0.5 * ivar**3
    dmu = -np.sum(dxhat * ivar, axis=0) + dvar * np.mean(-2.0 * xmu, axis=0)
    dx = dxhat * ivar + dvar * 2.0 * xmu / N + dmu / N
    return dx, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    """One line, by hand on paper."""
    xhat, _, ivar, gamma = cache
    N = len(dout)
    dx = gamma * ivar / N * (N * dout - dout.sum(0) - xhat * (dout * xhat).sum(0))
    return dx, (dout * xhat).sum(0), dout.sum(0)


def batchnorm_backward_graph(dout, cache):
    """Backwards through the staged graph: nine small steps."""
    xhat, xmu, ivar, gamma = cache
    N, D = dout.shape
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    dxhat = dout * gamma
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    dsqrtvar = -divar * ivar**2
    dvar = 0.5 * ivar * dsqrtvar
    dsq = np.ones((N, D)) / N * dvar
    dxmu2 = 2 * xmu * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -np.sum(dx1, axis=0)
    dx2 = np.ones((N, D)) / N * dmu
    return dx1 + dx2, dgamma, dbeta


def batchnorm_backward_no_second_path(dout, cache):
    xhat, xmu, ivar, gamma = cache
    N, D = dout.shape
    dxhat = dout * gamma
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu = dxhat * ivar
    dvar = -0.5 * ivar**3 * divar
    dxmu += 2 * xmu * dvar / N
    dx = dxmu
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)


def batchnorm_backward_no_variance(dout, cache):
    xhat, _, ivar, gamma = cache
    dxhat = dout * gamma
    dmu = -np.sum(dxhat * ivar, axis=0)
    dx = dxhat * ivar + dmu / dout.shape[0]
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)


def batchnorm_backward_constants(dout, cache):
    """The statistics are taken for constants."""
    xhat, _, ivar, gamma = cache
    dx = dout * gamma * ivar
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)


def batchnorm_backward_gamma_of_centred(dout, cache):
    xhat, xmu, ivar, gamma = cache
    N = len(dout)
    dx = gamma * ivar / N * (N * dout - dout.sum(0) - xhat * (dout * xhat).sum(0))
    dgamma = np.sum(dout * xmu, axis=0)
    return dx, dgamma, np.sum(dout, axis=0)


def batchnorm_backward_gamma_forgotten(dout, cache):
    xhat, _, ivar, gamma = cache
    N = len(dout)
    dx = ivar / N * (N * dout - dout.sum(0) - xhat * (dout * xhat).sum(0))
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)


def batchnorm_backward_power(dout, cache):
    xhat, xmu, ivar, gamma = cache
    N = dout.shape[0]
    dxhat = dout * gamma
    dvar = np.sum(dxhat * xmu, axis=0) * -0.5 * ivar**1.5
    dmu = -np.sum(dxhat * ivar, axis=0)
    dx = dxhat * ivar + dvar * 2.0 * xmu / N + dmu / N
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)


def batchnorm_backward_unbiased(dout, cache):
    xhat, xmu, ivar, gamma = cache
    N = dout.shape[0]
    dxhat = dout * gamma
    dvar = np.sum(dxhat * xmu, axis=0) * -0.5 * ivar**3
    dmu = -np.sum(dxhat * ivar, axis=0)
    dx = dxhat * ivar + dvar * 2.0 * xmu / (N - 1) + dmu / N
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)


def batchnorm_backward_axis(dout, cache):
    """The parameters are those of one number for each example."""
    xhat, _, ivar, gamma = cache
    N = len(dout)
    dx = gamma * ivar / N * (N * dout - dout.sum(0) - xhat * (dout * xhat).sum(0))
    return dx, np.sum(dout * xhat, axis=1), np.sum(dout, axis=1)


def batchnorm_backward_parameters_swapped(dout, cache):
    xhat, _, ivar, gamma = cache
    N = len(dout)
    dx = gamma * ivar / N * (N * dout - dout.sum(0) - xhat * (dout * xhat).sum(0))
    dgamma = np.sum(dout * xhat, axis=0)
    dbeta = np.sum(dout, axis=0)
    return dx, dbeta, dgamma


def batch(rng, n=7, d=3):
    return 2.0 * rng.normal(size=(n, d)) + 1.0, rng.normal(size=d), rng.normal(size=d)


def square_batch(rng, d=5):
    return batch(rng, d, d)


def offset_batch(rng, n=7, d=3):
    """A mean of 1000 beside a deviation of 1: digits are lost before the backward begins."""
    return rng.normal(size=(n, d)) + 1000.0, rng.normal(size=d), rng.normal(size=d)


def coarse_batch(rng, n=7, d=3):
    """A variance near eps, where eps counts."""
    return 3e-3 * rng.normal(size=(n, d)), rng.normal(size=d), rng.normal(size=d)


def batchnorm_backward_eps_forgotten(dout, cache):
    """The deviation is computed again, from the cached differences."""
    xhat, xmu, ivar, gamma = cache
    N = dout.shape[0]
    std = np.sqrt(np.mean(xmu**2, axis=0))
    dxhat = dout * gamma
    dvar = np.sum(dxhat * xmu, axis=0) * -0.5 / std**3
    dmu = -np.sum(dxhat / std, axis=0)
    dx = dxhat / std + dvar * 2.0 * xmu / N + dmu / N
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)


class BatchNorm:
    """With running statistics; they are not part of the derivative."""

    def __init__(self, gamma, beta):
        self.gamma, self.beta, self.eps, self.momentum = gamma, beta, 1e-5, 0.9
        self.running_mean = np.zeros_like(gamma)

    def forward(self, x):
        mean = x.mean(axis=0)
        self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mean
        self.inv_std = 1 / np.sqrt(((x - mean) ** 2).mean(axis=0) + self.eps)
        self.x_hat = (x - mean) * self.inv_std
        return self.x_hat * self.gamma + self.beta

    def backward(self, dout):
        self.dgamma = np.sum(dout * self.x_hat, axis=0)
        self.dbeta = np.sum(dout, axis=0)
        g = dout * self.gamma
        return self.inv_std * (g - g.mean(axis=0) - self.x_hat * (g * self.x_hat).mean(axis=0))


class BatchNormGammaAdds(BatchNorm):
    """dgamma is added up from call to call, dbeta is not."""

    def __init__(self, gamma, beta):
        super().__init__(gamma, beta)
        self.dgamma = np.zeros_like(gamma)

    def backward(self, dout):
        self.dgamma += np.sum(dout * self.x_hat, axis=0)
        self.dbeta = np.sum(dout, axis=0)
        g = dout * self.gamma
        return self.inv_std * (g - g.mean(axis=0) - self.x_hat * (g * self.x_hat).mean(axis=0))


class BatchNormRunning(BatchNorm):
    """Centred again in the backward, by the mean that is meant for testing."""

    def forward(self, x):
        self.x = x
        return super().forward(x)

    def backward(self, dout):
        x_hat = (self.x - self.running_mean) * self.inv_std
        self.dgamma = np.sum(dout * x_hat, axis=0)
        self.dbeta = np.sum(dout, axis=0)
        g = dout * self.gamma
        return self.inv_std * (g - g.mean(axis=0) - self.x_hat * (g * self.x_hat).mean(axis=0))


# fmt: off
norm = partial(Case, layer="batch norm", forward=batchnorm_forward, style="cache", make=batch)
thing = partial(Case, layer="batch norm", style="class", make=batch, backward="backward")
CASES = [
    norm(name="batch-norm", backward=batchnorm_backward, right=True),
    norm(name="batch-norm-one-line", backward=batchnorm_backward_alt, right=True),
    norm(name="batch-norm-graph", backward=batchnorm_backward_graph, right=True),
    norm(name="batch-norm-offset", backward=batchnorm_backward, make=offset_batch, right=True),
    norm(name="batch-norm-small-variance", backward=batchnorm_backward_graph, make=coarse_batch, right=True),
    thing(name="batch-norm-object", forward=BatchNorm, right=True),
    norm(name="batch-norm-mean-path-dropped", backward=batchnorm_backward_no_second_path, right=False, kind="path-dropped",
         argument="x", site="dx = dxmu"),
    norm(name="batch-norm-variance-path-dropped", backward=batchnorm_backward_no_variance, right=False, kind="path-dropped",
         argument="x", site="dx = dxhat * ivar + dmu"),
    norm(name="batch-norm-statistics-constant", backward=batchnorm_backward_constants, right=False, kind="path-dropped",
         argument="x", site="dx = dout * gamma * ivar", note="two paths, both by one line"),
    norm(name="batch-norm-gamma-of-centred", backward=batchnorm_backward_gamma_of_centred, right=False, kind="wrong-operand",
         argument="gamma", site="dgamma = np.sum(dout * xmu, axis=0)"),
    norm(name="batch-norm-gamma-forgotten", backward=batchnorm_backward_gamma_forgotten, right=False, kind="factor", argument="x",
         site="dx = ivar / N", also=("path-dropped", "wrong-operand")),
    norm(name="batch-norm-power-of-deviation", backward=batchnorm_backward_power, right=False, kind="wrong-activation-derivative",
         argument="x", site="ivar**1.5", also=("factor",), note="ivar is var**-0.5 already: the power 3/2 was applied to it"),
    norm(name="batch-norm-unbiased-variance", backward=batchnorm_backward_unbiased, right=False, kind="ddof-or-eps", argument="x",
         site="xmu / (N - 1)", also=("factor",)),
    norm(name="batch-norm-parameters-axis", backward=batchnorm_backward_axis, make=square_batch, right=False, kind="wrong-axis",
         argument="gamma", site="np.sum(dout * xhat, axis=1)"),
    norm(name="batch-norm-gamma-and-beta-swapped", backward=batchnorm_backward_parameters_swapped, right=False,
         kind="swapped-outputs", argument="gamma", site="return dx, dbeta, dgamma"),
    norm(name="batch-norm-eps-forgotten", backward=batchnorm_backward_eps_forgotten, make=coarse_batch, right=False,
         kind="ddof-or-eps", argument="x", site="std = np.sqrt(np.mean(xmu**2, axis=0))"),
    thing(name="batch-norm-object-gamma-adds-up", forward=BatchNormGammaAdds, right=False, kind="state-not-reset",
          argument="gamma",
          site="self.dgamma += ", also=("path-doubled",)),
    thing(name="batch-norm-object-running-mean", forward=BatchNormRunning, right=False, kind="wrong-operand", argument="gamma",
          site="(self.x - self.running_mean)", also=("stale-cache",)),
]
# fmt: on
