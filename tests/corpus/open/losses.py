"""Losses of numbers: squared, absolute, Huber, Poisson, normal likelihood, cosine, triplet, contrastive.  Knows NumPy alone."""

from functools import partial

import numpy as np
from corpus.case import Case
from corpus.open.inputs import scaled, single

# --- the squared error as a pair, in the manner of "a neural network from scratch"


def mse(y_true, y_pred):
    return np.mean(np.power(y_true - y_pred, 2))


def mse_prime(y_true, y_pred):
    return 2 * (y_pred - y_true) / np.size(y_true)


def mse_prime_two_forgotten(y_true, y_pred):
    return (y_pred - y_true) / np.size(y_true)


def mse_prime_sum(y_true, y_pred):
    return 2 * (y_pred - y_true)


def mse_prime_rows(y_true, y_pred):
    """Divided by the number of examples, not of numbers."""
    return 2 * (y_pred - y_true) / len(y_true)


def mse_prime_sign(y_true, y_pred):
    return 2 * (y_true - y_pred) / np.size(y_true)


def mse_prime_reduced(y_true, y_pred):
    return 2 * np.mean(y_pred - y_true)


def mse_prime_square(y_true, y_pred):
    return 2 * (y_pred - y_true) ** 2 / np.size(y_true)


def half_sse(y_true, y_pred):
    return 0.5 * np.sum((y_true - y_pred) ** 2)


def half_sse_prime(y_true, y_pred):
    return y_pred - y_true


def half_sse_prime_two(y_true, y_pred):
    return 2 * (y_pred - y_true)


def mae(y_true, y_pred):
    return np.mean(np.abs(y_true - y_pred))


def mae_prime(y_true, y_pred):
    return np.sign(y_pred - y_true) / y_true.size


def mae_prime_of_mse(y_true, y_pred):
    return 2 * (y_pred - y_true) / y_true.size


def mae_prime_int(y_true, y_pred):
    return np.where(y_pred > y_true, 1, -1) // y_true.size


def targets(rng, n=5, d=3):
    return rng.normal(size=(n, d)), rng.normal(size=(n, d))


def equal_targets(rng, n=5, d=3):
    y, p = rng.normal(size=(2, n, d))
    return y, np.where(p > 0, p, y)


# --- Huber


def huber(pred, target, delta=1.0):
    r = pred - target
    small = np.abs(r) <= delta
    return np.sum(np.where(small, 0.5 * r**2, delta * (np.abs(r) - 0.5 * delta)))


def huber_grad(pred, target, delta=1.0):
    r = pred - target
    return np.where(np.abs(r) <= delta, r, delta * np.sign(r))


def huber_grad_clip(pred, target, delta=1.0):
    return np.clip(pred - target, -delta, delta)


def huber_grad_unclipped(pred, target, delta=1.0):
    r = pred - target
    return r


def huber_grad_no_sign(pred, target, delta=1.0):
    r = pred - target
    return np.where(np.abs(r) <= delta, r, delta)


def huber_grad_logcosh(pred, target, delta=1.0):
    return delta * np.tanh((pred - target) / delta)


def spread(rng, n=5, d=3):
    return 3.0 * rng.normal(size=(n, d)), rng.normal(size=(n, d)), 0.8


def at_corner(rng, n=5, d=3):
    """Residuals of exactly delta, and of exactly zero: the derivative is continuous there."""
    return rng.choice([-2.0, -0.5, 0.0, 0.5, 2.0], (n, d)), np.zeros((n, d)), 0.5


# --- likelihoods: loss and gradients by one function


def poisson_nll(log_rate, counts):
    """mean(exp(s) - y s)."""
    rate = np.exp(log_rate)
    loss = np.mean(rate - counts * log_rate)
    grad = (rate - counts) / counts.size
    return loss, grad


def poisson_nll_log_rate(log_rate, counts):
    rate = np.exp(log_rate)
    loss = np.mean(rate - counts * log_rate)
    grad = (1 - counts / rate) / counts.size
    return loss, grad


def counts(rng, n=7):
    return rng.normal(size=n), rng.poisson(2.0, n)


def gaussian_nll(mu, log_var, y):
    """Kendall and Gal's loss: the network predicts its own uncertainty."""
    var = np.exp(log_var)
    loss = 0.5 * np.mean(log_var + (y - mu) ** 2 / var)
    dmu = (mu - y) / var / y.size
    dlog_var = 0.5 * (1 - (y - mu) ** 2 / var) / y.size
    return loss, (dmu, dlog_var)


def gaussian_nll_detached(mu, log_var, y):
    var = np.exp(log_var)
    loss = 0.5 * np.mean(log_var + (y - mu) ** 2 / var)
    dmu = (mu - y) / var / y.size
    dlog_var = 0.5 * np.ones_like(log_var) / y.size
    return loss, (dmu, dlog_var)


def gaussian_nll_of_variance(mu, log_var, y):
    var = np.exp(log_var)
    loss = 0.5 * np.mean(log_var + (y - mu) ** 2 / var)
    dmu = (mu - y) / var / y.size
    dlog_var = 0.5 * (1 / var - (y - mu) ** 2 / var**2) / y.size
    return loss, (dmu, dlog_var)


def gaussian_nll_swapped(mu, log_var, y):
    var = np.exp(log_var)
    loss = 0.5 * np.mean(log_var + (y - mu) ** 2 / var)
    dmu = (mu - y) / var / y.size
    dlog_var = 0.5 * (1 - (y - mu) ** 2 / var) / y.size
    return loss, (dlog_var, dmu)


def predictions(rng, n=7):
    return rng.normal(size=n), 0.5 * rng.normal(size=n), rng.normal(size=n)


def vae_kl(mu, logvar):
    """KL(N(mu, s^2) || N(0, 1)), summed over the code and averaged over the batch."""
    return -0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar)) / mu.shape[0]


def vae_kl_grad(mu, logvar):
    N = mu.shape[0]
    return mu / N, 0.5 * (np.exp(logvar) - 1) / N


def vae_kl_grad_sign(mu, logvar):
    N = mu.shape[0]
    return mu / N, 0.5 * (1 - np.exp(logvar)) / N


def vae_kl_grad_factor(mu, logvar):
    N = mu.shape[0]
    return 2 * mu / N, 0.5 * (np.exp(logvar) - 1) / N


def vae_kl_grad_sigma(mu, logvar):
    """The formula for log(sigma), called with log(sigma^2)."""
    N = mu.shape[0]
    return mu / N, (np.exp(2 * logvar) - 1) / N


def codes(rng, n=5, d=3):
    return rng.normal(size=(n, d)), 0.3 * rng.normal(size=(n, d))


# --- distances


def cosine_loss(u, v):
    """1 - cos(u, v) of each row."""
    nu, nv = np.sqrt((u * u).sum(1)), np.sqrt((v * v).sum(1))
    dot = (u * v).sum(1)
    return 1 - dot / (nu * nv), (u, v, nu, nv, dot)


def cosine_loss_backward(dl, cache):
    u, v, nu, nv, dot = cache
    c = (dot / (nu * nv))[:, None]
    du = -(v / (nu * nv)[:, None] - c * u / (nu**2)[:, None])
    dv = -(u / (nu * nv)[:, None] - c * v / (nv**2)[:, None])
    return dl[:, None] * du, dl[:, None] * dv


def cosine_loss_backward_norms_constant(dl, cache):
    u, v, nu, nv, dot = cache
    scale = (nu * nv)[:, None]
    du = -v / scale
    dv = -u / scale
    return dl[:, None] * du, dl[:, None] * dv


def cosine_loss_backward_norm_not_squared(dl, cache):
    u, v, nu, nv, dot = cache
    c = (dot / (nu * nv))[:, None]
    du = -(v / (nu * nv)[:, None] - c * u / nu[:, None])
    dv = -(u / (nu * nv)[:, None] - c * v / (nv**2)[:, None])
    return dl[:, None] * du, dl[:, None] * dv


def triplet(anchor, positive, negative, margin=1.0):
    dp = np.sum((anchor - positive) ** 2, axis=1)
    dn = np.sum((anchor - negative) ** 2, axis=1)
    return np.mean(np.maximum(dp - dn + margin, 0))


def triplet_grad(anchor, positive, negative, margin=1.0):
    active = (np.sum((anchor - positive) ** 2, 1) - np.sum((anchor - negative) ** 2, 1) + margin > 0)[:, None] / len(
        anchor
    )
    return 2 * active * (negative - positive), 2 * active * (positive - anchor), 2 * active * (anchor - negative)


def triplet_grad_always_active(anchor, positive, negative, margin=1.0):
    N = anchor.shape[0]
    da = 2 * (negative - positive) / N
    return da, 2 * (positive - anchor) / N, 2 * (anchor - negative) / N


def triplet_grad_anchor_half(anchor, positive, negative, margin=1.0):
    """The anchor's pull to the positive; the push from the negative is forgotten."""
    active = (np.sum((anchor - positive) ** 2, 1) - np.sum((anchor - negative) ** 2, 1) + margin > 0)[:, None] / len(
        anchor
    )
    return 2 * active * (anchor - positive), 2 * active * (positive - anchor), 2 * active * (anchor - negative)


def triples(rng, n=7, d=3):
    return rng.normal(size=(n, d)), rng.normal(size=(n, d)), rng.normal(size=(n, d)), 1.0


def center_loss(features, labels, centers):
    diff = features - centers[labels]
    return 0.5 * np.sum(diff**2) / len(features)


def center_loss_grad(features, labels, centers):
    diff = (features - centers[labels]) / len(features)
    dcenters = np.zeros_like(centers)
    np.add.at(dcenters, labels, -diff)
    return diff, dcenters


def center_loss_grad_repeated(features, labels, centers):
    diff = (features - centers[labels]) / len(features)
    dcenters = np.zeros_like(centers)
    dcenters[labels] -= diff
    return diff, dcenters


def center_loss_grad_batch(features, labels, centers):
    diff = features - centers[labels]
    dcenters = np.zeros_like(centers)
    np.add.at(dcenters, labels, -diff / len(features))
    return diff, dcenters


def clustered(rng, n=7, d=3, k=2):
    return rng.normal(size=(n, d)), rng.integers(0, k, n), rng.normal(size=(k, d))


# fmt: off
pair = partial(Case, layer="mean squared error", forward=mse, style="pair", make=targets, static=(0,))
half = partial(Case, layer="half the sum of squares", forward=half_sse, style="pair", make=targets, static=(0,))
modulus = partial(Case, layer="mean absolute error", forward=mae, style="pair", make=targets, static=(0,))
hub = partial(Case, layer="huber loss", forward=huber, style="gradient", make=spread, static=(1, 2))
poisson = partial(Case, layer="poisson likelihood", backward=None, style="loss", make=counts, static=(1,))
normal = partial(Case, layer="normal likelihood", backward=None, style="loss", make=predictions, static=(2,))
kl = partial(Case, layer="kl of a code", forward=vae_kl, style="gradient", make=codes)
cosine = partial(Case, layer="cosine loss", forward=cosine_loss, style="cache", make=targets)
trip = partial(Case, layer="triplet loss", forward=triplet, style="gradient", make=triples, static=(3,))
center = partial(Case, layer="center loss", forward=center_loss, style="gradient", make=clustered, static=(1,))
CASES = [
    pair(name="mse", backward=mse_prime, right=True),
    pair(name="mse-single", backward=mse_prime, make=single(targets), right=True),
    pair(name="mse-huge", backward=mse_prime, make=scaled(targets, 1e8), right=True),
    half(name="half-sse", backward=half_sse_prime, right=True),
    modulus(name="mae", backward=mae_prime, right=True),
    modulus(name="mae-at-equal-targets", backward=mae_prime, make=equal_targets, right=True),
    hub(name="huber", backward=huber_grad, right=True),
    hub(name="huber-by-clip", backward=huber_grad_clip, right=True),
    hub(name="huber-at-the-corner", backward=huber_grad, make=at_corner, right=True),
    poisson(name="poisson", forward=poisson_nll, right=True),
    normal(name="normal-likelihood", forward=gaussian_nll, right=True),
    kl(name="kl-of-a-code", backward=vae_kl_grad, right=True),
    kl(name="kl-of-a-tiny-code", backward=vae_kl_grad, make=scaled(codes, 1e-4), right=True),
    cosine(name="cosine", backward=cosine_loss_backward, right=True),
    cosine(name="cosine-tiny", backward=cosine_loss_backward, make=scaled(targets, 1e-8), right=True),
    trip(name="triplet", backward=triplet_grad, right=True),
    center(name="center", backward=center_loss_grad, right=True),
    pair(name="mse-two-forgotten", backward=mse_prime_two_forgotten, right=False, kind="factor", argument="y_pred",
         site="(y_pred - y_true) / np.size(y_true)"),
    pair(name="mse-mean-forgotten", backward=mse_prime_sum, right=False, kind="factor", argument="y_pred",
         site="2 * (y_pred - y_true)"),
    pair(name="mse-mean-over-rows", backward=mse_prime_rows, right=False, kind="factor", argument="y_pred", site="/ len(y_true)"),
    pair(name="mse-sign", backward=mse_prime_sign, right=False, kind="sign", argument="y_pred", site="(y_true - y_pred)"),
    pair(name="mse-one-number", backward=mse_prime_reduced, right=False, kind="contract", argument="y_pred",
         site="np.mean(y_pred - y_true)", also=("reduction-missing", "wrong-axis")),
    pair(name="mse-squared-again", backward=mse_prime_square, right=False, kind="wrong-activation-derivative", argument="y_pred",
         site="(y_pred - y_true) ** 2", also=("wrong-operand", "neighbouring-loss")),
    half(name="half-sse-two", backward=half_sse_prime_two, right=False, kind="factor", argument="y_pred", site="return 2 *"),
    modulus(name="mae-as-mse", backward=mae_prime_of_mse, right=False, kind="neighbouring-loss", argument="y_pred",
            site="2 * (y_pred - y_true)"),
    modulus(name="mae-floor-division", backward=mae_prime_int, right=False, kind="integer-truncation", argument="y_pred",
            site="// y_true.size"),
    hub(name="huber-as-squared", backward=huber_grad_unclipped, right=False, kind="neighbouring-loss", argument="pred",
        site="return r", also=("clip-ignored", "mask-forgotten")),
    hub(name="huber-sign-forgotten", backward=huber_grad_no_sign, right=False, kind="wrong-activation-derivative",
        argument="pred",
        site="np.where(np.abs(r) <= delta, r, delta)", also=("sign", "path-dropped")),
    hub(name="huber-as-log-cosh", backward=huber_grad_logcosh, right=False, kind="neighbouring-loss", argument="pred",
        site="delta * np.tanh(", also=("approximation-mixed",)),
    poisson(name="poisson-by-the-rate", forward=poisson_nll_log_rate, right=False, kind="wrong-activation-derivative",
            argument="log_rate", site="(1 - counts / rate)", also=("factor", "path-dropped", "neighbouring-loss"),
            note="the derivative by the rate, not by its logarithm"),
    normal(name="normal-likelihood-residual-detached", forward=gaussian_nll_detached, right=False, kind="path-dropped",
           argument="log_var", site="0.5 * np.ones_like(log_var)"),
    normal(name="normal-likelihood-by-the-variance", forward=gaussian_nll_of_variance, right=False,
           kind="wrong-activation-derivative", argument="log_var", site="(1 / var - (y - mu) ** 2 / var**2)",
           also=("factor", "path-dropped", "neighbouring-loss"), note="the derivative by the variance, not by its logarithm"),
    normal(name="normal-likelihood-return-order", forward=gaussian_nll_swapped, right=False, kind="swapped-outputs",
           argument="mu",
           site="return loss, (dlog_var, dmu)"),
    kl(name="kl-of-a-code-sign", backward=vae_kl_grad_sign, right=False, kind="sign", argument="logvar",
       site="(1 - np.exp(logvar))"),
    kl(name="kl-of-a-code-two", backward=vae_kl_grad_factor, right=False, kind="factor", argument="mu", site="return 2 * mu / N"),
    kl(name="kl-of-a-code-by-sigma", backward=vae_kl_grad_sigma, right=False, kind="neighbouring-loss", argument="logvar",
       site="(np.exp(2 * logvar) - 1)", also=("wrong-activation-derivative", "factor")),
    cosine(name="cosine-norms-constant", backward=cosine_loss_backward_norms_constant, right=False, kind="path-dropped",
           argument="u",
           site="du = -v / scale"),
    cosine(name="cosine-norm-not-squared", backward=cosine_loss_backward_norm_not_squared, right=False, kind="wrong-operand",
           argument="u", site="c * u / nu[:, None]", also=("factor",)),
    trip(name="triplet-always-active", backward=triplet_grad_always_active, right=False, kind="mask-forgotten", argument="anchor",
         site="da = 2 * (negative - positive) / N", also=("clip-ignored", "wrong-activation-derivative")),
    trip(name="triplet-push-forgotten", backward=triplet_grad_anchor_half, right=False, kind="path-dropped", argument="anchor",
         site="(anchor - positive), 2 * active"),
    center(name="center-repeated-labels", backward=center_loss_grad_repeated, right=False, kind="overwritten", argument="centers",
           site="dcenters[labels] -= diff"),
    center(name="center-batch-forgotten", backward=center_loss_grad_batch, right=False, kind="factor", argument="features",
           site="diff = features - centers[labels]"),
]
# fmt: on
