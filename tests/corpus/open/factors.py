"""Products, distances, norms, factorisations: what models are made of beside layers.  Knows NumPy alone."""

from functools import partial

import numpy as np
from corpus.case import Case
from corpus.open.inputs import matrix, scaled, single, vector

# --- a bilinear form, an outer product, a quadratic form


def bilinear(x, A, y):
    """One number for each row: x A y."""
    return np.einsum("ni,ij,nj->n", x, A, y)


def bilinear_backward(ds, x, A, y):
    return ds[:, None] * (y @ A.T), np.einsum("n,ni,nj->ij", ds, x, y), ds[:, None] * (x @ A)


def bilinear_backward_not_transposed(ds, x, A, y):
    dx = ds[:, None] * (y @ A)
    dA = np.einsum("n,ni,nj->ij", ds, x, y)
    dy = ds[:, None] * (x @ A)
    return dx, dA, dy


def bilinear_backward_outer_turned(ds, x, A, y):
    dA = np.einsum("n,ni,nj->ij", ds, y, x)
    return ds[:, None] * (y @ A.T), dA, ds[:, None] * (x @ A)


def forms(rng, n=5, d=3):
    return rng.normal(size=(n, d)), rng.normal(size=(d, d)), rng.normal(size=(n, d))


def quadratic(x, A):
    return 0.5 * x @ A @ x


def quadratic_grad(x, A):
    return 0.5 * (A + A.T) @ x


def quadratic_grad_symmetric(x, A):
    """True of a symmetric matrix."""
    return A @ x


def quadratic_grad_doubled(x, A):
    return (A + A.T) @ x


def quadratic_inputs(rng, n=5):
    return rng.normal(size=n), rng.normal(size=(n, n))


# --- matrix factorisation with biases and a regulariser


def factorisation(P, Q, users, items, ratings, reg):
    """Mean squared error of P[u] . Q[i] on the observed ratings, plus reg/2 of all squares."""
    error = np.sum(P[users] * Q[items], axis=1) - ratings
    loss = np.mean(error**2) + 0.5 * reg * (np.sum(P**2) + np.sum(Q**2))
    dP, dQ = reg * P, reg * Q
    np.add.at(dP, users, 2 * error[:, None] * Q[items] / len(ratings))
    np.add.at(dQ, items, 2 * error[:, None] * P[users] / len(ratings))
    return loss, (dP, dQ)


def factorisation_each_observation(P, Q, users, items, ratings, reg):
    """The regulariser is added for each rating, not for each parameter."""
    error = np.sum(P[users] * Q[items], axis=1) - ratings
    loss = np.mean(error**2) + 0.5 * reg * (np.sum(P**2) + np.sum(Q**2))
    dP, dQ = np.zeros_like(P), np.zeros_like(Q)
    np.add.at(dP, users, 2 * error[:, None] * Q[items] / len(ratings) + reg * P[users])
    np.add.at(dQ, items, 2 * error[:, None] * P[users] / len(ratings) + reg * Q[items])
    return loss, (dP, dQ)


def factorisation_indexed(P, Q, users, items, ratings, reg):
    error = np.sum(P[users] * Q[items], axis=1) - ratings
    loss = np.mean(error**2) + 0.5 * reg * (np.sum(P**2) + np.sum(Q**2))
    dP, dQ = reg * P, reg * Q
    dP[users] += 2 * error[:, None] * Q[items] / len(ratings)
    dQ[items] += 2 * error[:, None] * P[users] / len(ratings)
    return loss, (dP, dQ)


def factorisation_new_users_first(P, Q, users, items, ratings, reg):
    """The items learn from the users as they are after their step."""
    error = np.sum(P[users] * Q[items], axis=1) - ratings
    loss = np.mean(error**2) + 0.5 * reg * (np.sum(P**2) + np.sum(Q**2))
    dP, dQ = reg * P, reg * Q
    np.add.at(dP, users, 2 * error[:, None] * Q[items] / len(ratings))
    P = P - 0.1 * dP
    np.add.at(dQ, items, 2 * error[:, None] * P[users] / len(ratings))
    return loss, (dP, dQ)


def ratings_of(rng, n=7, d=2):
    return (
        rng.normal(size=(3, d)),
        rng.normal(size=(5, d)),
        rng.integers(0, 3, n),
        rng.integers(0, 5, n),
        rng.normal(size=n),
        0.2,
    )


# --- word vectors with negative samples


def skip_gram(v, U, samples):
    """v the centre word; samples[0] is the word seen beside it, the others are negative."""
    sign = np.where(np.arange(len(samples)) == 0, 1.0, -1.0)
    return np.sum(np.log1p(np.exp(-sign * (U[samples] @ v))))


def skip_gram_grad(v, U, samples):
    label = np.arange(len(samples)) == 0
    delta = 1 / (1 + np.exp(-U[samples] @ v)) - label
    dU = np.zeros_like(U)
    for k, i in enumerate(samples):
        dU[i] += delta[k] * v
    return U[samples].T @ delta, dU


def skip_gram_grad_repeated(v, U, samples):
    label = np.arange(len(samples)) == 0
    delta = 1 / (1 + np.exp(-U[samples] @ v)) - label
    dU = np.zeros_like(U)
    for k, i in enumerate(samples):
        dU[i] = delta[k] * v
    return U[samples].T @ delta, dU


def skip_gram_grad_negatives_positive(v, U, samples):
    """Labels of one for all words."""
    delta = 1 / (1 + np.exp(-U[samples] @ v)) - 1
    dU = np.zeros_like(U)
    np.add.at(dU, samples, np.outer(delta, v))
    return U[samples].T @ delta, dU


def contexts(rng, d=3, k=5):
    return rng.normal(size=d), rng.normal(size=(4, d)), np.array([2, *rng.integers(0, 4, k), 1, 1])


# --- distances and norms


def distances(a, b):
    """All squared distances between the rows of a and of b."""
    return (a**2).sum(1)[:, None] - 2 * a @ b.T + (b**2).sum(1)


def distances_backward(dD, a, b):
    return 2 * (a * dD.sum(1)[:, None] - dD @ b), 2 * (b * dD.sum(0)[:, None] - dD.T @ a)


def distances_backward_no_own_square(dD, a, b):
    da = -2 * dD @ b
    db = 2 * (b * dD.sum(0)[:, None] - dD.T @ a)
    return da, db


def distances_backward_sums_swapped(dD, a, b):
    da = 2 * (a * dD.sum(0)[:, None] - dD @ b)
    db = 2 * (b * dD.sum(1)[:, None] - dD.T @ a)
    return da, db


def clouds(rng, n=5, m=5, d=3):
    return rng.normal(size=(n, d)), rng.normal(size=(n, d))


def unit_rows(x):
    norm = np.sqrt((x * x).sum(axis=1, keepdims=True))
    return x / norm, (x, norm)


def unit_rows_backward(dy, cache):
    x, norm = cache
    u = x / norm
    return (dy - u * (dy * u).sum(axis=1, keepdims=True)) / norm


def unit_rows_backward_detached(dy, cache):
    x, norm = cache
    return dy / norm


def unit_rows_backward_x_for_unit(dy, cache):
    x, norm = cache
    return (dy - x * (dy * x).sum(axis=1, keepdims=True)) / norm


def euclidean(x):
    return np.sqrt(np.sum(x * x))


def euclidean_grad(x):
    return x / euclidean(x)


def euclidean_grad_half(x):
    return 0.5 * x / euclidean(x)


def euclidean_grad_squared(x):
    return 2 * x


def euclidean_grad_scaled(x):
    """Safe at 1e-200 and at 1e200."""
    top = np.max(np.abs(x))
    y = x / top
    return y / np.sqrt(y @ y)


# --- sums along an axis, products, a sorted order


def running_sum(x):
    return np.cumsum(x)


def running_sum_backward(dy, x):
    return np.cumsum(dy[::-1])[::-1]


def running_sum_backward_forwards(dy, x):
    return np.cumsum(dy)


def product(x):
    return np.prod(x)


def product_grad(x):
    return np.array([np.prod(np.delete(x, i)) for i in range(len(x))])


def product_grad_quotient(x):
    """A zero among the numbers: 0/0."""
    return np.prod(x) / x


def product_grad_sign(x):
    return -np.prod(x) / x


def with_a_zero(rng, n=7):
    x = rng.normal(size=n)
    x[2] = 0.0
    return (x,)


def in_order(x):
    return np.sort(x)


def in_order_backward(dy, x):
    dx = np.empty_like(x)
    dx[np.argsort(x)] = dy
    return dx


def in_order_backward_gathered(dy, x):
    return dy[np.argsort(x)]


def standard(x):
    """Zero mean and unit deviation, by the unbiased estimate."""
    return (x - x.mean()) / np.sqrt(np.sum((x - x.mean()) ** 2) / (len(x) - 1))


def standard_backward(dy, x):
    n, y = len(x), standard(x)
    sd = np.sqrt(np.sum((x - x.mean()) ** 2) / (n - 1))
    return (dy - dy.mean() - y * (dy @ y) / (n - 1)) / sd


def standard_backward_biased(dy, x):
    y = standard(x)
    return (dy - dy.mean() - y * np.mean(dy * y)) / np.std(x, ddof=1)


# --- an autoencoder with tied weights: W is used twice


def tied(W, x):
    return x @ W @ W.T


def tied_backward(dy, W, x):
    return x.T @ (dy @ W) + dy.T @ (x @ W), dy @ W @ W.T


def tied_backward_decoder_only(dy, W, x):
    dW = dy.T @ (x @ W)
    return dW, dy @ W @ W.T


def tied_backward_encoder_doubled(dy, W, x):
    dW = 2 * x.T @ (dy @ W)
    return dW, dy @ W @ W.T


def tied_inputs(rng, n=5, d=3, h=2):
    return rng.normal(size=(d, h)), rng.normal(size=(n, d))


# fmt: off
form = partial(Case, layer="bilinear form", forward=bilinear, style="plain", make=forms)
quad = partial(Case, layer="quadratic form", forward=quadratic, style="gradient", make=quadratic_inputs, static=(1,))
ratings = partial(Case, layer="matrix factorisation", backward=None, style="loss", make=ratings_of, static=(2, 3, 4, 5))
words = partial(Case, layer="skip-gram", forward=skip_gram, style="gradient", make=contexts, static=(2,))
far = partial(Case, layer="squared distances", forward=distances, style="plain", make=clouds)
unit = partial(Case, layer="unit rows", forward=unit_rows, style="cache", make=matrix)
length = partial(Case, layer="euclidean norm", forward=euclidean, style="gradient", make=vector)
sums = partial(Case, layer="running sum", forward=running_sum, style="plain", make=vector)
prod = partial(Case, layer="product", forward=product, style="gradient", make=vector)
order = partial(Case, layer="sort", forward=in_order, style="plain", make=vector)
score = partial(Case, layer="standard score", forward=standard, style="plain", make=vector)
twice = partial(Case, layer="tied autoencoder", forward=tied, style="plain", make=tied_inputs)
CASES = [
    form(name="bilinear", backward=bilinear_backward, right=True),
    quad(name="quadratic", backward=quadratic_grad, right=True),
    ratings(name="factorisation", forward=factorisation, right=True),
    words(name="skip-gram", backward=skip_gram_grad, right=True),
    far(name="distances", backward=distances_backward, right=True),
    unit(name="unit-rows", backward=unit_rows_backward, right=True),
    unit(name="unit-rows-tiny", backward=unit_rows_backward, make=scaled(matrix, 1e-8), right=True),
    length(name="norm", backward=euclidean_grad, right=True),
    length(name="norm-huge", backward=euclidean_grad_scaled, make=scaled(vector, 1e8), right=True),
    sums(name="running-sum-single", backward=running_sum_backward, make=single(vector), right=True),
    prod(name="product", backward=product_grad_quotient, right=True),
    prod(name="product-with-a-zero", backward=product_grad, make=with_a_zero, right=True),
    order(name="sort", backward=in_order_backward, right=True),
    score(name="standard-score", backward=standard_backward, right=True),
    twice(name="tied-autoencoder", backward=tied_backward, right=True),
    form(name="bilinear-not-transposed", backward=bilinear_backward_not_transposed, right=False, kind="transpose", argument="x",
         site="dx = ds[:, None] * (y @ A)"),
    form(name="bilinear-outer-product-turned", backward=bilinear_backward_outer_turned, right=False, kind="transpose",
         argument="A",
         site='dA = np.einsum("n,ni,nj->ij", ds, y, x)', also=("wrong-operand",)),
    quad(name="quadratic-of-a-symmetric-matrix", backward=quadratic_grad_symmetric, right=False, kind="path-dropped",
         argument="x",
         site="return A @ x", also=("path-doubled", "transpose", "wrong-operand"),
         note="x is used twice; one use counted twice, the other not at all"),
    quad(name="quadratic-doubled", backward=quadratic_grad_doubled, right=False, kind="factor", argument="x",
         site="(A + A.T) @ x"),
    ratings(name="factorisation-regulariser-per-rating", forward=factorisation_each_observation, right=False, kind="regulariser",
            argument="P", site="+ reg * P[users]"),
    ratings(name="factorisation-repeated-users", forward=factorisation_indexed, right=False, kind="overwritten", argument="P",
            site="dP[users] += "),
    ratings(name="factorisation-users-first", forward=factorisation_new_users_first, right=False, kind="updated-weights",
            argument="Q", site="P = P - 0.1 * dP"),
    words(name="skip-gram-repeated-samples", backward=skip_gram_grad_repeated, right=False, kind="overwritten", argument="U",
          site="dU[i] = delta[k] * v"),
    words(name="skip-gram-negatives-as-positives", backward=skip_gram_grad_negatives_positive, right=False,
          kind="neighbouring-loss", argument="v", site="@ v)) - 1", also=("wrong-operand", "mask-forgotten", "sign")),
    far(name="distances-own-square-forgotten", backward=distances_backward_no_own_square, right=False, kind="path-dropped",
        argument="a", site="da = -2 * dD @ b"),
    far(name="distances-sums-swapped", backward=distances_backward_sums_swapped, right=False, kind="wrong-axis", argument="a",
        site="a * dD.sum(0)"),
    unit(name="unit-rows-norm-constant", backward=unit_rows_backward_detached, right=False, kind="path-dropped", argument="x",
         site="return dy / norm"),
    unit(name="unit-rows-not-normalised", backward=unit_rows_backward_x_for_unit, right=False, kind="wrong-operand", argument="x",
         site="(dy - x * (dy * x)", also=("factor",)),
    length(name="norm-half", backward=euclidean_grad_half, right=False, kind="factor", argument="x", site="0.5 * x"),
    length(name="norm-as-its-square", backward=euclidean_grad_squared, right=False, kind="neighbouring-loss", argument="x",
           site="return 2 * x", also=("wrong-activation-derivative", "factor")),
    sums(name="running-sum-forwards", backward=running_sum_backward_forwards, right=False, kind="transpose", argument="x",
         site="np.cumsum(dy)", also=("wrong-axis", "window-offset")),
    prod(name="product-zero-by-zero", backward=product_grad_quotient, make=with_a_zero, right=False, kind="overflow",
         argument="x",
         site="np.prod(x) / x", also=("kink-choice",)),
    prod(name="product-sign", backward=product_grad_sign, right=False, kind="sign", argument="x", site="return -np.prod(x)"),
    order(name="sort-gathered-for-scattered", backward=in_order_backward_gathered, right=False, kind="transpose", argument="x",
          site="dy[np.argsort(x)]", also=("wrong-operand", "window-offset")),
    score(name="standard-score-biased", backward=standard_backward_biased, right=False, kind="ddof-or-eps", argument="x",
          site="np.mean(dy * y)", also=("factor",)),
    twice(name="tied-autoencoder-decoder-only", backward=tied_backward_decoder_only, right=False, kind="path-dropped",
          argument="W",
          site="dW = dy.T @ (x @ W)", also=("overwritten",)),
    twice(name="tied-autoencoder-encoder-twice", backward=tied_backward_encoder_doubled, right=False, kind="path-doubled",
          argument="W", site="dW = 2 * x.T", also=("path-dropped", "transpose", "wrong-operand"),
          note="one use counted twice, the other not at all"),
]
# fmt: on
