"""Likelihoods: Gaussian by Cholesky, diagonal Gaussians and their divergence, chains of labels, mixtures."""

import numpy as np
from corpus.case import Case


def make_gaussian(rng, n=5, d=3):
    A = rng.normal(size=(d, d))
    return rng.normal(size=d), A @ A.T + d * np.eye(d), rng.normal(size=(n, d))


def make_factor(rng, n=5, d=3):
    return rng.normal(size=(n, d)), np.tril(rng.normal(size=(d, d)), -1) + np.diag(rng.uniform(1, 2, size=d))


def make_kernel(rng, n=5, d=3):
    return rng.normal(size=(n, d)), np.array(0.3), np.array(-0.5), rng.normal(size=n)


def make_latent(rng, n=5, d=3):
    return rng.normal(size=(n, d)), rng.normal(size=(n, d)), rng.normal(size=(n, d))


def make_chain(rng, n=5, d=3):
    """(scores of each label at each of n places, scores of transitions, labels: one step occurs twice)"""
    labels = np.concatenate([[0, 1, 0, 1], rng.integers(0, d, size=n - 4)])
    return rng.normal(size=(n, d)), rng.normal(size=(d, d)), labels


def make_mixture(rng, n=7, d=3):
    return rng.normal(size=d), 2.0 * rng.normal(size=d), rng.normal(size=n)


# --- a full covariance ------------------------------------------------------------------------------------------------


def gaussian_nll(mu, S, X):
    R = X - mu
    return 0.5 * np.sum(R * np.linalg.solve(S, R.T).T) + 0.5 * len(X) * np.log(np.linalg.det(S))


def gaussian_nll_gradient(mu, S, X):
    R = X - mu
    P = np.linalg.inv(S)
    dmu = -P @ R.sum(axis=0)
    dS = 0.5 * len(X) * P - 0.5 * P @ (R.T @ R) @ P
    return dmu, dS


def gaussian_nll_gradient_cholesky(mu, S, X):
    L = np.linalg.cholesky(S)
    A = np.linalg.solve(L.T, np.linalg.solve(L, (X - mu).T))  # S^-1 R^T
    inverse = np.linalg.solve(L.T, np.linalg.solve(L, np.eye(len(S))))
    return -A.sum(axis=1), 0.5 * (len(X) * inverse - A @ A.T)


def gaussian_nll_gradient_no_logdet(mu, S, X):
    R = X - mu
    P = np.linalg.inv(S)
    dmu = -P @ R.sum(axis=0)
    dS = -0.5 * P @ (R.T @ R) @ P
    return dmu, dS


def gaussian_nll_gradient_of_precision(mu, S, X):
    R = X - mu
    P = np.linalg.inv(S)
    dmu = -P @ R.sum(axis=0)
    dS = 0.5 * (R.T @ R) - 0.5 * len(X) * S
    return dmu, dS


def gaussian_nll_gradient_half(mu, S, X):
    R = X - mu
    P = np.linalg.inv(S)
    dmu = -0.5 * P @ R.sum(axis=0)
    dS = 0.5 * len(X) * P - 0.5 * P @ R.T @ R @ P
    return dmu, dS


def whitened(X, L):
    """-log density of rows whose covariance is L L^T"""
    Z = np.linalg.solve(L, X.T)
    return 0.5 * np.sum(Z**2) + len(X) * np.sum(np.log(np.diag(L)))


def whitened_gradient(X, L):
    Z = np.linalg.solve(L, X.T)
    W = np.linalg.solve(L.T, Z)
    return W.T, -W @ Z.T + len(X) * np.diag(1 / np.diag(L))


def whitened_gradient_lower(X, L):
    Z = np.linalg.solve(L, X.T)
    W = np.linalg.solve(L.T, Z)
    dL = -np.tril(W @ Z.T) + len(X) * np.diag(1 / np.diag(L))
    return W.T, dL


def whitened_gradient_untransposed(X, L):
    Z = np.linalg.solve(L, X.T)
    W = np.linalg.solve(L, Z)
    return W.T, -W @ Z.T + len(X) * np.diag(1 / np.diag(L))


def whitened_gradient_inverse_everywhere(X, L):
    Z = np.linalg.solve(L, X.T)
    W = np.linalg.solve(L.T, Z)
    return W.T, -W @ Z.T + len(X) * np.linalg.inv(L).T @ np.linalg.inv(L)


# --- Gaussian process, kernel with a length and an amplitude ----------------------------------------------------------


def process_nll(X, log_length, log_amplitude, y):
    D = np.sum((X[:, None] - X[None]) ** 2, axis=-1)
    K = np.exp(2 * log_amplitude) * np.exp(-0.5 * D / np.exp(2 * log_length)) + 0.1 * np.eye(len(X))
    return 0.5 * y @ np.linalg.solve(K, y) + 0.5 * np.log(np.linalg.det(K))


def process_nll_gradient(X, log_length, log_amplitude, y):
    diff = X[:, None] - X[None]
    D, l2 = np.sum(diff**2, axis=-1), np.exp(2 * log_length)
    R = np.exp(2 * log_amplitude) * np.exp(-0.5 * D / l2)
    K = R + 0.1 * np.eye(len(X))
    a = np.linalg.solve(K, y)
    G = 0.5 * (np.linalg.inv(K) - np.outer(a, a))
    dX = -2 * np.einsum("ij,ijk->ik", G * R / l2, diff)
    return dX, np.sum(G * R * D / l2), 2 * np.sum(G * R)


def process_nll_gradient_one_side(X, log_length, log_amplitude, y):
    diff = X[:, None] - X[None]
    D, l2 = np.sum(diff**2, axis=-1), np.exp(2 * log_length)
    R = np.exp(2 * log_amplitude) * np.exp(-0.5 * D / l2)
    K = R + 0.1 * np.eye(len(X))
    a = np.linalg.solve(K, y)
    G = 0.5 * (np.linalg.inv(K) - np.outer(a, a))
    dX = -np.einsum("ij,ijk->ik", G * R / l2, diff)
    return dX, np.sum(G * R * D / l2), 2 * np.sum(G * R)


def process_nll_gradient_with_noise(X, log_length, log_amplitude, y):
    diff = X[:, None] - X[None]
    D, l2 = np.sum(diff**2, axis=-1), np.exp(2 * log_length)
    K = np.exp(2 * log_amplitude) * np.exp(-0.5 * D / l2) + 0.1 * np.eye(len(X))
    a = np.linalg.solve(K, y)
    G = 0.5 * (np.linalg.inv(K) - np.outer(a, a))
    dX = -2 * np.einsum("ij,ijk->ik", G * K / l2, diff)
    return dX, np.sum(G * K * D / l2), 2 * np.sum(G * K)


# --- latent codes: sample and divergence ------------------------------------------------------------------------------


def latent(mu, logvar, eps):
    z = mu + np.exp(0.5 * logvar) * eps
    kl = -0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar))
    return np.sum(np.sin(z)) + kl


def latent_gradient(mu, logvar, eps):
    std = np.exp(0.5 * logvar)
    dz = np.cos(mu + std * eps)
    return dz + mu, dz * 0.5 * std * eps + 0.5 * (np.exp(logvar) - 1)


def latent_gradient_std(mu, logvar, eps):
    std = np.exp(0.5 * logvar)
    dz = np.cos(mu + std * eps)
    dlogvar = dz * std * eps + 0.5 * (np.exp(logvar) - 1)
    return dz + mu, dlogvar


def latent_gradient_no_sample_path(mu, logvar, eps):
    dz = np.cos(mu + np.exp(0.5 * logvar) * eps)
    return dz + mu, 0.5 * (np.exp(logvar) - 1)


def latent_gradient_kl_sign(mu, logvar, eps):
    std = np.exp(0.5 * logvar)
    dz = np.cos(mu + std * eps)
    return dz + mu, dz * 0.5 * std * eps + 0.5 * (1 - np.exp(logvar))


# --- a chain of labels ------------------------------------------------------------------------------------------------


def logsumexp(a, axis):
    m = a.real.max(axis=axis, keepdims=True)
    return np.log(np.sum(np.exp(a - m), axis=axis)) + np.squeeze(m, axis)


def chain_nll(E, A, y):
    alpha = E[0]
    for t in range(1, len(E)):
        alpha = E[t] + logsumexp(alpha[:, None] + A, axis=0)
    gold = E[np.arange(len(y)), y].sum() + A[y[:-1], y[1:]].sum()
    return logsumexp(alpha, axis=0) - gold


def chain_messages(E, A):
    T = len(E)
    alpha, beta = np.zeros(E.shape), np.zeros(E.shape)
    alpha[0] = E[0]
    for t in range(1, T):
        alpha[t] = E[t] + logsumexp(alpha[t - 1][:, None] + A, axis=0)
    for t in range(T - 2, -1, -1):
        beta[t] = logsumexp(A + (E[t + 1] + beta[t + 1])[None, :], axis=1)
    return alpha, beta, logsumexp(alpha[-1], axis=0)


def chain_gradient(E, A, y):
    alpha, beta, logZ = chain_messages(E, A)
    dE = np.exp(alpha + beta - logZ)
    dA = np.zeros(A.shape)
    for t in range(1, len(E)):
        dA += np.exp(alpha[t - 1][:, None] + A + (E[t] + beta[t])[None, :] - logZ)
        dA[y[t - 1], y[t]] -= 1
    dE[np.arange(len(y)), y] -= 1
    return dE, dA


def chain_gradient_reverse_pass(E, A, y):
    alpha, _, logZ = chain_messages(E, A)
    dE, dA = np.zeros(E.shape), np.zeros(A.shape)
    da = np.exp(alpha[-1] - logZ)
    for t in range(len(E) - 1, 0, -1):
        dE[t] = da
        joint = alpha[t - 1][:, None] + A
        p = np.exp(joint - logsumexp(joint, axis=0)) * da
        dA += p
        da = p.sum(axis=1)
    dE[0] = da
    dE[np.arange(len(y)), y] -= 1
    np.subtract.at(dA, (y[:-1], y[1:]), 1)
    return dE, dA


def chain_gradient_fancy(E, A, y):
    alpha, beta, logZ = chain_messages(E, A)
    dE = np.exp(alpha + beta - logZ)
    dA = np.zeros(A.shape)
    for t in range(1, len(E)):
        dA += np.exp(alpha[t - 1][:, None] + A + (E[t] + beta[t])[None, :] - logZ)
    dE[np.arange(len(y)), y] -= 1
    dA[y[:-1], y[1:]] -= 1
    return dE, dA


def chain_gradient_transposed(E, A, y):
    alpha, _, logZ = chain_messages(E, A)
    dE, dA = np.zeros(E.shape), np.zeros(A.shape)
    da = np.exp(alpha[-1] - logZ)
    for t in range(len(E) - 1, 0, -1):
        dE[t] = da
        joint = alpha[t - 1][:, None] + A
        p = np.exp(joint - logsumexp(joint, axis=0)) * da
        dA += p
        da = p.sum(axis=0)
    dE[0] = da
    dE[np.arange(len(y)), y] -= 1
    np.subtract.at(dA, (y[:-1], y[1:]), 1)
    return dE, dA


def chain_gradient_forward_only(E, A, y):
    alpha, beta, logZ = chain_messages(E, A)
    dE = np.exp(alpha - logsumexp(alpha, axis=1)[:, None])
    dA = np.zeros(A.shape)
    for t in range(1, len(E)):
        dA += np.exp(alpha[t - 1][:, None] + A + (E[t] + beta[t])[None, :] - logZ)
        dA[y[t - 1], y[t]] -= 1
    dE[np.arange(len(y)), y] -= 1
    return dE, dA


# --- a mixture of unit Gaussians --------------------------------------------------------------------------------------


def mixture_nll(logits, means, x):
    log_pi = logits - logsumexp(logits, axis=0)
    return -np.sum(logsumexp(log_pi - 0.5 * (x[:, None] - means) ** 2, axis=1))


def mixture_gradient(logits, means, x):
    pi = np.exp(logits - logsumexp(logits, axis=0))
    joint = np.log(pi) - 0.5 * (x[:, None] - means) ** 2
    r = np.exp(joint - logsumexp(joint, axis=1)[:, None])
    return len(x) * pi - r.sum(axis=0), -np.sum(r * (x[:, None] - means), axis=0)


def mixture_gradient_hard(logits, means, x):
    pi = np.exp(logits - logsumexp(logits, axis=0))
    joint = np.log(pi) - 0.5 * (x[:, None] - means) ** 2
    r = np.eye(len(means))[joint.argmax(axis=1)]
    return len(x) * pi - r.sum(axis=0), -np.sum(r * (x[:, None] - means), axis=0)


def mixture_gradient_weights_unnormalised(logits, means, x):
    pi = np.exp(logits - logsumexp(logits, axis=0))
    joint = np.log(pi) - 0.5 * (x[:, None] - means) ** 2
    r = np.exp(joint - logsumexp(joint, axis=1)[:, None])
    return -r.sum(axis=0), -np.sum(r * (x[:, None] - means), axis=0)


def case(name, layer, forward, backward, make, static, kind="", argument="", site="", **more):
    return Case(
        name=name, layer=layer, forward=forward, backward=backward, make=make, static=static, right=not kind, kind=kind,
        argument=argument, site=site, style="gradient", **more,
    )  # fmt: skip


def gauss(name, backward, *mistake, **more):
    return case(
        f"gaussian-{name}", "gaussian likelihood", gaussian_nll, backward, make_gaussian, (2,), *mistake, **more
    )


def white(name, backward, *mistake, **more):
    return case(f"cholesky-{name}", "cholesky likelihood", whitened, backward, make_factor, (), *mistake, **more)


def process(name, backward, *mistake, **more):
    return case(f"process-{name}", "gaussian process", process_nll, backward, make_kernel, (3,), *mistake, **more)


def code(name, backward, *mistake, **more):
    return case(f"latent-{name}", "variational code", latent, backward, make_latent, (2,), *mistake, **more)


def chain(name, backward, *mistake, **more):
    return case(f"chain-{name}", "linear-chain likelihood", chain_nll, backward, make_chain, (2,), *mistake, **more)


def mixture(name, backward, *mistake, **more):
    return case(f"mixture-{name}", "gaussian mixture", mixture_nll, backward, make_mixture, (2,), *mistake, **more)


CASES = [
    gauss("inverse", gaussian_nll_gradient),
    gauss("cholesky", gaussian_nll_gradient_cholesky),
    gauss("log-determinant-forgotten", gaussian_nll_gradient_no_logdet, "path-dropped", "S", "dS = -0.5 * P @ (R.T"),
    gauss("with-respect-to-precision", gaussian_nll_gradient_of_precision, "wrong-operand", "S", "dS = 0.5 * (R.T @ R)",
          also=("neighbouring-loss",)),
    gauss("mean-halved", gaussian_nll_gradient_half, "factor", "mu", "-0.5 * P @ R.sum"),
    white("whole", whitened_gradient),
    white("factor-not-transposed", whitened_gradient_untransposed, "transpose", "X", "W = np.linalg.solve(L, Z)"),
    white("lower-triangle", whitened_gradient_lower, "path-dropped", "L", "-np.tril(W @ Z.T)", also=("mask-forgotten",),
          note="zero above the diagonal: right for a parameter that stays triangular, wrong for the L that was given"),
    white("determinant-of-covariance", whitened_gradient_inverse_everywhere, "wrong-operand", "L", "np.linalg.inv(L).T @"),
    process("whole", process_nll_gradient),
    process("one-side-of-kernel", process_nll_gradient_one_side, "factor", "X", "dX = -np.einsum", also=("path-dropped",)),
    process("noise-in-kernel", process_nll_gradient_with_noise, "wrong-operand", "log_amplitude", "2 * np.sum(G * K)"),
    code("both", latent_gradient),
    code("variance-for-deviation", latent_gradient_std, "factor", "logvar", "dlogvar = dz * std"),
    code("sample-path-dropped", latent_gradient_no_sample_path, "path-dropped", "logvar", "0.5 * (np.exp(logvar) - 1)"),
    code("divergence-sign", latent_gradient_kl_sign, "sign", "logvar", "0.5 * (1 - np.exp(logvar))"),
    chain("marginals", chain_gradient),
    chain("reverse-pass", chain_gradient_reverse_pass),
    chain("repeated-transitions-once", chain_gradient_fancy, "overwritten", "A", "dA[y[:-1], y[1:]] -= 1"),
    chain("sum-over-other-label", chain_gradient_transposed, "wrong-axis", "E", "da = p.sum(axis=0)", also=("transpose",)),
    chain("forward-messages-alone", chain_gradient_forward_only, "path-dropped", "E", "dE = np.exp(alpha - logsumexp",
          also=("bptt-truncated",)),
    mixture("responsibilities", mixture_gradient),
    mixture("hard", mixture_gradient_hard, "approximation-mixed", "logits", "joint.argmax(axis=1)", also=("neighbouring-loss",)),
    mixture("weights-not-normalised", mixture_gradient_weights_unnormalised, "path-dropped", "logits", "return -r.sum(axis=0)"),
]  # fmt: skip
