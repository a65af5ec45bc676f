"""Batch normalisation: staged, in one formula, over images, as a layer with running statistics."""

import numpy as np
from corpus.case import Case

EPS = 1e-5


def make_rows(rng, n=7, d=3):
    return rng.normal(1.0, 2.0, size=(n, d)), rng.normal(1, 0.3, size=d), rng.normal(size=d)


def make_rows_with_eps(rng, n=5, d=3):
    return 0.2 * rng.normal(size=(n, d)), rng.normal(1, 0.3, size=d), rng.normal(size=d), 0.01


def make_images(rng, n=3, d=5, c=2):
    return rng.normal(1.0, 2.0, size=(n, c, d, d + 2)), rng.normal(1, 0.3, size=c), rng.normal(size=c)


# --- staged, one line per node of the graph ---------------------------------------------------------------------------


def batchnorm_forward(x, gamma, beta):
    mu = x.mean(axis=0)
    xmu = x - mu
    var = (xmu**2).mean(axis=0)
    std = np.sqrt(var + EPS)
    xhat = xmu / std
    out = gamma * xhat + beta
    return out, (xhat, gamma, xmu, std)


def batchnorm_backward(dout, cache):
    xhat, gamma, xmu, std = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    dxhat = dout * gamma
    dstd = np.sum(dxhat * xmu, axis=0) * -1.0 / std**2
    dvar = 0.5 * dstd / std
    dxmu = dxhat / std + 2.0 / N * xmu * dvar
    dmu = -dxmu.sum(axis=0)
    dx = dxmu + dmu / N
    return dx, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    xhat, gamma, xmu, std = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dx = gamma / (N * std) * (N * dout - dbeta - xhat * dgamma)
    return dx, dgamma, dbeta


def batchnorm_backward_jacobian(dout, cache):
    xhat, gamma, xmu, std = cache
    N, D = dout.shape
    dx = np.empty((N, D))
    for k in range(D):
        h = xhat[:, k]
        J = (np.eye(N) - 1.0 / N - np.outer(h, h) / N) / std[k]
        dx[:, k] = J.T @ (gamma[k] * dout[:, k])
    return dx, np.einsum("nd,nd->d", dout, xhat), dout.sum(0)


def batchnorm_backward_no_variance(dout, cache):
    xhat, gamma, xmu, std = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    dxhat = dout * gamma
    dxmu = dxhat / std
    dmu = -dxmu.sum(axis=0)
    dx = dxmu + dmu / N
    return dx, dgamma, dbeta


def batchnorm_backward_no_mean(dout, cache):
    xhat, gamma, xmu, std = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    dxhat = dout * gamma
    dvar = np.sum(dxhat * xmu, axis=0) * -0.5 * std**-3
    dx = dxhat / std + 2.0 / N * xmu * dvar
    return dx, dgamma, dbeta


def batchnorm_backward_constants(dout, cache):
    xhat, gamma, xmu, std = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    dx = dout * gamma / std
    return dx, dgamma, dbeta


def batchnorm_backward_centred(dout, cache):
    xhat, gamma, xmu, std = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xmu).sum(axis=0)
    dxhat = dout * gamma
    dvar = np.sum(dxhat * xmu, axis=0) * -0.5 * std**-3
    dmu = np.sum(-dxhat / std, axis=0)
    dx = dxhat / std + dvar * 2 * xmu / N + dmu / N
    return dx, dgamma, dbeta


def batchnorm_backward_alt_unscaled(dout, cache):
    xhat, gamma, xmu, std = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dx = gamma / std * (N * dout - dbeta - xhat * dgamma)
    return dx, dgamma, dbeta


def batchnorm_backward_sample_variance(dout, cache):
    xhat, gamma, xmu, std = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    dxhat = dout * gamma
    dvar = np.sum(dxhat * xmu, axis=0) * -0.5 * std**-3
    dmu = -np.sum(dxhat / std, axis=0)
    dx = dxhat / std + dvar * 2 * xmu / (N - 1) + dmu / N
    return dx, dgamma, dbeta


def batchnorm_backward_mean_sign(dout, cache):
    xhat, gamma, xmu, std = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    dxhat = dout * gamma
    dvar = np.sum(dxhat * xmu, axis=0) * -0.5 * std**-3
    dmu = np.sum(dxhat / std, axis=0)
    dx = dxhat / std + dvar * 2 * xmu / N + dmu / N
    return dx, dgamma, dbeta


def batchnorm_backward_gamma_forgotten(dout, cache):
    xhat, gamma, xmu, std = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    dx = (dout - dout.mean(axis=0) - xhat * np.mean(dout * xhat, axis=0)) / std
    return dx, dgamma, dbeta


def batchnorm_backward_over_features(dout, cache):
    xhat, gamma, xmu, std = cache
    dbeta = dout.sum(axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    g = dout * gamma
    dx = (g - g.mean(axis=1, keepdims=True) - xhat * np.mean(g * xhat, axis=1, keepdims=True)) / std
    return dx, dgamma, dbeta


# --- eps as an argument -----------------------------------------------------------------------------------------------


def bn(x, gamma, beta, eps):
    return gamma * (x - x.mean(0)) / np.sqrt(x.var(0) + eps) + beta


def bn_grad(dy, x, gamma, beta, eps):
    inv = 1 / np.sqrt(x.var(0) + eps)
    xhat = (x - x.mean(0)) * inv
    dx = gamma * inv * (dy - dy.mean(0) - xhat * (dy * xhat).mean(0))
    return dx, (dy * xhat).sum(0), dy.sum(0)


def bn_grad_no_eps(dy, x, gamma, beta, eps):
    inv = 1 / np.std(x, axis=0)
    xhat = (x - x.mean(0)) * inv
    dx = gamma * inv * (dy - dy.mean(0) - xhat * (dy * xhat).mean(0))
    return dx, (dy * xhat).sum(0), dy.sum(0)


def bn_grad_eps_outside(dy, x, gamma, beta, eps):
    inv = 1 / (x.std(0) + eps)
    xhat = (x - x.mean(0)) * inv
    dx = gamma * inv * (dy - dy.mean(0) - xhat * (dy * xhat).mean(0))
    return dx, (dy * xhat).sum(0), dy.sum(0)


# --- over images ------------------------------------------------------------------------------------------------------


def spatial_batchnorm(x, gamma, beta):
    N, C, H, W = x.shape
    flat = x.transpose(0, 2, 3, 1).reshape(-1, C)
    out, cache = batchnorm_forward(flat, gamma, beta)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dflat = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    dx, dgamma, dbeta = batchnorm_backward_alt(dflat, cache)
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta


def spatial_batchnorm_backward_direct(dout, cache):
    xhat, gamma, xmu, std = cache
    N, C, H, W = dout.shape
    xhat = xhat.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    axes, bc = (0, 2, 3), (1, C, 1, 1)
    dbeta, dgamma = dout.sum(axes), (dout * xhat).sum(axes)
    m = N * H * W
    inner = dout - (dbeta / m).reshape(bc) - xhat * (dgamma / m).reshape(bc)
    return inner * (gamma / std).reshape(bc), dgamma, dbeta


def spatial_batchnorm_backward_batch_size(dout, cache):
    xhat, gamma, xmu, std = cache
    N, C, H, W = dout.shape
    dflat = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    dbeta = dflat.sum(axis=0)
    dgamma = (dflat * xhat).sum(axis=0)
    dx = gamma / (N * std) * (N * dflat - dbeta - xhat * dgamma)
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta


def spatial_batchnorm_backward_beta_over_batch(dout, cache):
    N, C, H, W = dout.shape
    dflat = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    dx, dgamma, _ = batchnorm_backward_alt(dflat, cache)
    dbeta = dout.sum(axis=0).mean(axis=(1, 2))
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta


# --- layer ------------------------------------------------------------------------------------------------------------


class BatchNorm1d:
    def __init__(self, gamma, beta, momentum=0.9):
        self.gamma, self.beta, self.momentum = gamma, beta, momentum
        self.running_mean, self.running_var = np.zeros(gamma.shape), np.ones(gamma.shape)
        self.gradients = {}

    def forward(self, X):
        self.X = X
        mean, var = X.mean(axis=0), X.var(axis=0)
        self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mean
        self.running_var = self.momentum * self.running_var + (1 - self.momentum) * var
        return self.gamma * (X - mean) / np.sqrt(var + EPS) + self.beta

    def backward(self, dLdy):
        n = self.X.shape[0]
        mean, var = self.X.mean(axis=0), self.X.var(axis=0)
        norm = (self.X - mean) / np.sqrt(var + EPS)
        self.gradients["beta"] = dLdy.sum(axis=0)
        self.gradients["gamma"] = np.sum(dLdy * norm, axis=0)
        dN = dLdy * self.gamma
        return (n * dN - dN.sum(axis=0) - norm * (dN * norm).sum(axis=0)) / (n * np.sqrt(var + EPS))


class BatchNorm1dRunning(BatchNorm1d):
    def backward(self, dLdy):
        n = self.X.shape[0]
        mean, var = self.running_mean, self.running_var
        norm = (self.X - mean) / np.sqrt(var + EPS)
        self.gradients["beta"] = dLdy.sum(axis=0)
        self.gradients["gamma"] = np.sum(dLdy * norm, axis=0)
        dN = dLdy * self.gamma
        return (n * dN - dN.sum(axis=0) - norm * (dN * norm).sum(axis=0)) / (n * np.sqrt(var + EPS))


def batch(name, backward, kind="", argument="", site="", forward=batchnorm_forward, make=make_rows, **more):
    more = {"style": "cache", "layer": "batch norm"} | more
    return Case(
        name=f"batch-norm-{name}", forward=forward, backward=backward, make=make, right=not kind, kind=kind, argument=argument,
        site=site, **more,
    )  # fmt: skip


def with_eps(name, backward, *mistake, **more):
    return batch(name, backward, *mistake, forward=bn, make=make_rows_with_eps, style="plain", static=(3,), **more)


def spatial(name, backward, *mistake, **more):
    return batch(f"spatial-{name}", backward, *mistake, forward=spatial_batchnorm, make=make_images,
                 layer="spatial batch norm", **more)  # fmt: skip


CASES = [
    batch("staged", batchnorm_backward),
    batch("one-formula", batchnorm_backward_alt),
    batch("jacobian", batchnorm_backward_jacobian),
    batch("variance-path-dropped", batchnorm_backward_no_variance, "path-dropped", "x", "dxmu = dxhat / std"),
    batch("mean-path-dropped", batchnorm_backward_no_mean, "path-dropped", "x", "dx = dxhat / std + 2.0 / N"),
    batch("both-paths-dropped", batchnorm_backward_constants, "path-dropped", "x", "dx = dout * gamma / std"),
    batch("centred-for-normalised", batchnorm_backward_centred, "wrong-operand", "gamma", "dgamma = (dout * xmu)"),
    batch("batch-size-missing", batchnorm_backward_alt_unscaled, "factor", "x", "dx = gamma / std"),
    batch("sample-variance", batchnorm_backward_sample_variance, "ddof-or-eps", "x", "xmu / (N - 1)", also=("factor",)),
    batch("mean-sign", batchnorm_backward_mean_sign, "sign", "x", "dmu = np.sum(dxhat / std"),
    batch("gamma-forgotten", batchnorm_backward_gamma_forgotten, "wrong-operand", "x", "dx = (dout - dout.mean",
          also=("factor", "path-dropped")),
    batch("means-over-features", batchnorm_backward_over_features, "wrong-axis", "x", "dx = (g - g.mean(axis=1"),
    with_eps("eps", bn_grad),
    with_eps("eps-forgotten", bn_grad_no_eps, "ddof-or-eps", "x", "np.std(x, axis=0)"),
    with_eps("eps-outside-root", bn_grad_eps_outside, "ddof-or-eps", "x", "(x.std(0) + eps)"),
    spatial("reshaped", spatial_batchnorm_backward),
    spatial("direct", spatial_batchnorm_backward_direct),
    spatial("batch-size-for-count", spatial_batchnorm_backward_batch_size, "factor", "x", "gamma / (N * std)"),
    spatial("beta-averaged-over-pixels", spatial_batchnorm_backward_beta_over_batch, "factor", "beta", ".mean(axis=(1, 2))",
            also=("reduction-missing",)),
    batch("class", "backward", forward=BatchNorm1d, style="class"),
    batch("class-running-statistics", "backward", "wrong-operand", "X", "mean, var = self.running", forward=BatchNorm1dRunning,
          style="class", also=("stale-cache",)),
]  # fmt: skip
