"""Layer, group and root-mean-square normalisation, unit vectors and cosine similarity."""

import numpy as np
from corpus.case import Case


def make_rows(rng, n=5, d=7):
    return rng.normal(0.5, 2.0, size=(n, d)), rng.normal(1, 0.3, size=d), rng.normal(size=d)


def make_scaled(rng, n=5, d=3):
    return rng.normal(0.5, 1.0, size=(n, d)), rng.normal(1, 0.3, size=d)


def make_channels(rng, n=2, d=3, groups=2, per_group=3):
    c = groups * per_group
    return rng.normal(size=(n, c, d, d + 2)), rng.normal(1, 0.3, size=c), rng.normal(size=c), groups


def make_vectors(rng, n=5, d=3):
    return (rng.normal(size=(n, d)),)


def make_two(rng, n=5, d=3):
    return rng.normal(size=(n, d)), rng.normal(size=(n, d))


# --- layer norm -------------------------------------------------------------------------------------------------------


def layernorm_forward(x, gamma, beta):
    mean = x.mean(axis=-1, keepdims=True)
    rstd = 1.0 / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)
    xhat = (x - mean) * rstd
    return xhat * gamma + beta, (xhat, rstd, gamma)


def layernorm_backward(dout, cache):
    xhat, rstd, gamma = cache
    wdy = dout * gamma
    c1 = np.mean(xhat * wdy, axis=-1, keepdims=True)
    c2 = np.mean(wdy, axis=-1, keepdims=True)
    return (wdy - (xhat * c1 + c2)) * rstd, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)


def layernorm_backward_rows(dout, cache):
    """One row after the other, as one thread block would."""
    xhat, rstd, gamma = cache
    dx = np.empty(xhat.shape)
    dgamma, dbeta = np.zeros(gamma.shape), np.zeros(gamma.shape)
    for row in range(dout.shape[0]):
        g = dout[row] * gamma
        dx[row] = (g - g.mean() - xhat[row] * np.dot(g, xhat[row]) / g.size) * rstd[row]
        dgamma += dout[row] * xhat[row]
        dbeta += dout[row]
    return dx, dgamma, dbeta


def layernorm_backward_block(dout, cache):
    """Accumulates the weights' gradients block by block."""
    xhat, rstd, gamma = cache
    block = 2
    wdy = dout * gamma
    c1, c2 = np.mean(xhat * wdy, -1, keepdims=True), np.mean(wdy, -1, keepdims=True)
    dx = (wdy - (xhat * c1 + c2)) * rstd
    dgamma, dbeta = np.zeros(gamma.shape), np.zeros(gamma.shape)
    for start in range(0, len(dout), block):
        dgamma = np.sum(dout[start : start + block] * xhat[start : start + block], axis=0)
        dbeta += np.sum(dout[start : start + block], axis=0)
    return dx, dgamma, dbeta


def layernorm_backward_from_batchnorm(dout, cache):
    xhat, rstd, gamma = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    dx = rstd / N * (N * dxhat - dxhat.sum(axis=0) - xhat * np.sum(dxhat * xhat, axis=0))
    return dx, dgamma, dbeta


def layernorm_backward_divides_by_n(dout, cache):
    xhat, rstd, gamma = cache
    N, D = dout.shape
    dxhat = dout * gamma
    sum1 = np.sum(dxhat, axis=1, keepdims=True)
    sum2 = np.sum(dxhat * xhat, axis=1, keepdims=True)
    dx = rstd * (dxhat - sum1 / N - xhat * sum2 / N)
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)


def layernorm_backward_gamma_twice(dout, cache):
    xhat, rstd, gamma = cache
    wdy = dout * gamma
    c1 = np.mean(xhat * wdy, axis=-1, keepdims=True)
    c2 = np.mean(wdy, axis=-1, keepdims=True)
    dgamma = np.sum(wdy * xhat, axis=0)
    return (wdy - (xhat * c1 + c2)) * rstd, dgamma, np.sum(dout, axis=0)


def layernorm_backward_no_c1(dout, cache):
    xhat, rstd, gamma = cache
    wdy = dout * gamma
    dx = (wdy - wdy.mean(axis=-1, keepdims=True)) * rstd
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)


def layernorm_backward_unreduced(dout, cache):
    xhat, rstd, gamma = cache
    wdy = dout * gamma
    c1, c2 = np.mean(xhat * wdy, -1, keepdims=True), np.mean(wdy, -1, keepdims=True)
    dx = (wdy - (xhat * c1 + c2)) * rstd
    return dx, dout * xhat, dout


# --- root mean square -------------------------------------------------------------------------------------------------


def rmsnorm(x, weight):
    return x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + 1e-6) * weight


def rmsnorm_bwd(grad, x, weight):
    r = 1.0 / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + 1e-6)
    gw = grad * weight
    dx = r * gw - x * r**3 * np.mean(gw * x, axis=-1, keepdims=True)
    return dx, np.sum(grad * x * r, axis=0)


def rmsnorm_bwd_normalised(grad, x, weight):
    r = 1.0 / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + 1e-6)
    y, gw = x * r, grad * weight
    return r * (gw - y * (gw * y).mean(-1, keepdims=True)), (grad * y).sum(0)


def rmsnorm_bwd_sum(grad, x, weight):
    r = 1.0 / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + 1e-6)
    gw = grad * weight
    dx = r * gw - x * r**3 * np.sum(gw * x, axis=-1, keepdims=True)
    return dx, np.sum(grad * x * r, axis=0)


def rmsnorm_bwd_rms_constant(grad, x, weight):
    r = 1.0 / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + 1e-6)
    dx = r * grad * weight
    return dx, np.sum(grad * x * r, axis=0)


def rmsnorm_bwd_raw_x(grad, x, weight):
    r = 1.0 / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + 1e-6)
    gw = grad * weight
    dx = r * gw - x * r**3 * np.mean(gw * x, axis=-1, keepdims=True)
    dw = np.sum(grad * x, axis=0)
    return dx, dw


# --- groups -----------------------------------------------------------------------------------------------------------


def groupnorm(x, gamma, beta, G):
    N, C, H, W = x.shape
    xg = x.reshape(N, G, C // G * H * W)
    rstd = 1 / np.sqrt(xg.var(axis=2, keepdims=True) + 1e-5)
    xhat = ((xg - xg.mean(axis=2, keepdims=True)) * rstd).reshape(x.shape)
    return xhat * gamma[:, None, None] + beta[:, None, None], (xhat, rstd, gamma, G)


def groupnorm_backward(dout, cache):
    xhat, rstd, gamma, G = cache
    N, C, H, W = dout.shape
    dgamma, dbeta = np.sum(dout * xhat, axis=(0, 2, 3)), np.sum(dout, axis=(0, 2, 3))
    dg = (dout * gamma[:, None, None]).reshape(N, G, -1)
    hg = xhat.reshape(N, G, -1)
    dx = rstd * (dg - dg.mean(axis=2, keepdims=True) - hg * np.mean(dg * hg, axis=2, keepdims=True))
    return dx.reshape(dout.shape), dgamma, dbeta


def groupnorm_backward_whole_sample(dout, cache):
    xhat, rstd, gamma, G = cache
    N, C, H, W = dout.shape
    dgamma, dbeta = np.sum(dout * xhat, axis=(0, 2, 3)), np.sum(dout, axis=(0, 2, 3))
    d = dout * gamma[:, None, None]
    rstd = np.repeat(rstd.reshape(N, G), C // G, axis=1)[:, :, None, None]
    axes = (1, 2, 3)
    dx = rstd * (d - d.mean(axis=axes, keepdims=True) - xhat * np.mean(d * xhat, axis=axes, keepdims=True))
    return dx, dgamma, dbeta


def groupnorm_backward_channels_per_group(dout, cache):
    xhat, rstd, gamma, G = cache
    N, C, H, W = dout.shape
    dgamma, dbeta = np.sum(dout * xhat, axis=(0, 2, 3)), np.sum(dout, axis=(0, 2, 3))
    dg = (dout * gamma[:, None, None]).reshape(N, G, -1)
    hg = xhat.reshape(N, G, -1)
    size = H * W  # elements that share a mean
    dx = rstd * (dg - (dg.sum(2, keepdims=True) + hg * (dg * hg).sum(2, keepdims=True)) / size)
    return dx.reshape(dout.shape), dgamma, dbeta


def groupnorm_backward_gamma_keeps_batch(dout, cache):
    xhat, rstd, gamma, G = cache
    N, C, H, W = dout.shape
    dgamma = np.sum(dout * xhat, axis=(2, 3))
    dbeta = np.sum(dout, axis=(2, 3))
    dg = (dout * gamma[:, None, None]).reshape(N, G, -1)
    hg = xhat.reshape(N, G, -1)
    dx = rstd * (dg - dg.mean(axis=2, keepdims=True) - hg * np.mean(dg * hg, axis=2, keepdims=True))
    return dx.reshape(dout.shape), dgamma, dbeta


# --- unit vectors and cosine ------------------------------------------------------------------------------------------


def normalize(x):
    return x / np.sqrt(np.sum(x**2, axis=1, keepdims=True))


def normalize_grad(g, x):
    norm = np.sqrt(np.sum(x**2, axis=1, keepdims=True))
    y = x / norm
    return (g - y * np.sum(g * y, axis=1, keepdims=True)) / norm


def normalize_grad_quotient(g, x):
    norm = np.sqrt(np.sum(x**2, axis=1, keepdims=True))
    dnorm = -np.sum(g * x, axis=1, keepdims=True) / norm**2
    return g / norm + dnorm * x / norm


def normalize_grad_norm_constant(g, x):
    norm = np.linalg.norm(x, axis=1, keepdims=True)
    return g / norm


def normalize_grad_plus(g, x):
    norm = np.linalg.norm(x, axis=1, keepdims=True)
    y = x / norm
    return (g + y * np.sum(g * y, axis=1, keepdims=True)) / norm


def normalize_grad_columns(g, x):
    norm = np.linalg.norm(x, axis=1, keepdims=True)
    y = x / norm
    return (g - y * np.sum(g * y, axis=0, keepdims=True)) / norm


def cosine(a, b):
    return np.sum(a * b, axis=1) / np.sqrt(np.sum(a * a, axis=1) * np.sum(b * b, axis=1))


def cosine_backward(dsim, a, b):
    na, nb = np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1)
    s = np.sum(a * b, axis=1) / (na * nb)
    da = dsim[:, None] * (b / (na * nb)[:, None] - a * (s / na**2)[:, None])
    db = dsim[:, None] * (a / (na * nb)[:, None] - b * (s / nb**2)[:, None])
    return da, db


def cosine_backward_norm_not_squared(dsim, a, b):
    na, nb = np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1)
    s = np.sum(a * b, axis=1) / (na * nb)
    da = dsim[:, None] * (b / (na * nb)[:, None] - a * (s / na)[:, None])
    db = dsim[:, None] * (a / (na * nb)[:, None] - b * (s / nb**2)[:, None])
    return da, db


def cosine_backward_symmetric(dsim, a, b):
    na, nb = np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1)
    s = np.sum(a * b, axis=1) / (na * nb)
    db = dsim[:, None] * (a / (na * nb)[:, None] - b * (s / nb**2)[:, None])
    da = db  # the similarity is symmetric
    return da, db


def norm(name, backward, forward, make, kind="", argument="", site="", style="plain", **more):
    layers = {
        "layer": "layer norm",
        "rms": "rms norm",
        "group": "group norm",
        "unit": "normalise",
        "cosine": "cosine similarity",
    }
    return Case(
        name=name, layer=layers[name.split("-")[0]], forward=forward, backward=backward, make=make, right=not kind, kind=kind,
        argument=argument, site=site, style=style, **more,
    )  # fmt: skip


def layer(name, backward, *mistake, **more):
    return norm(f"layer-norm-{name}", backward, layernorm_forward, make_rows, *mistake, style="cache", **more)


def rms(name, backward, *mistake, **more):
    return norm(f"rms-norm-{name}", backward, rmsnorm, make_scaled, *mistake, **more)


def group(name, backward, *mistake, **more):
    return norm(f"group-norm-{name}", backward, groupnorm, make_channels, *mistake, style="cache", static=(3,), **more)


CASES = [
    layer("whole", layernorm_backward),
    layer("by-rows", layernorm_backward_rows),
    layer("weights-of-last-block", layernorm_backward_block, "overwritten", "gamma", "dgamma = np.sum(dout[start"),
    layer("copied-from-batch-norm", layernorm_backward_from_batchnorm, "wrong-axis", "x", "dx = rstd / N"),
    layer("batch-size-for-features", layernorm_backward_divides_by_n, "factor", "x", "sum1 / N"),
    layer("gamma-in-its-own-gradient", layernorm_backward_gamma_twice, "wrong-operand", "gamma", "dgamma = np.sum(wdy",
          also=("factor",)),
    layer("variance-path-dropped", layernorm_backward_no_c1, "path-dropped", "x", "dx = (wdy - wdy.mean"),
    layer("weights-not-summed", layernorm_backward_unreduced, "reduction-missing", "gamma", "return dx, dout * xhat, dout",
          also=("contract",)),
    rms("kernel", rmsnorm_bwd),
    rms("normalised", rmsnorm_bwd_normalised),
    rms("sum-for-mean", rmsnorm_bwd_sum, "factor", "x", "np.sum(gw * x, axis=-1"),
    rms("rms-constant", rmsnorm_bwd_rms_constant, "path-dropped", "x", "dx = r * grad * weight"),
    rms("input-not-normalised", rmsnorm_bwd_raw_x, "wrong-operand", "weight", "dw = np.sum(grad * x, axis=0)"),
    group("groups", groupnorm_backward),
    group("whole-sample", groupnorm_backward_whole_sample, "wrong-axis", "x", "axes = (1, 2, 3)"),
    group("size-of-group", groupnorm_backward_channels_per_group, "factor", "x", "size = H * W"),
    group("weights-keep-batch", groupnorm_backward_gamma_keeps_batch, "reduction-missing", "gamma",
          "dgamma = np.sum(dout * xhat, axis=(2, 3))", also=("wrong-axis", "contract")),
    norm("unit-vectors", normalize_grad, normalize, make_vectors),
    norm("unit-vectors-quotient-rule", normalize_grad_quotient, normalize, make_vectors),
    norm("unit-vectors-norm-constant", normalize_grad_norm_constant, normalize, make_vectors, "path-dropped", "x",
         "return g / norm"),
    norm("unit-vectors-sign", normalize_grad_plus, normalize, make_vectors, "sign", "x", "(g + y"),
    norm("unit-vectors-columns", normalize_grad_columns, normalize, make_vectors, "wrong-axis", "x", "axis=0"),
    norm("cosine-similarity", cosine_backward, cosine, make_two),
    norm("cosine-norm-not-squared", cosine_backward_norm_not_squared, cosine, make_two, "wrong-operand", "a", "(s / na)[:, None]",
         also=("factor",)),
    norm("cosine-assumed-equal", cosine_backward_symmetric, cosine, make_two, "wrong-operand", "a", "da = db",
         also=("swapped-outputs",)),
]  # fmt: skip
