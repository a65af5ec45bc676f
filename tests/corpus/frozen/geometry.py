"""Bilinear forms, radial basis functions, distances, outer products, rotations."""

import numpy as np
from corpus.case import Case


def make_bilinear(rng, n=5, d=3, m=2, k=7):
    return rng.normal(size=(n, d)), rng.normal(size=(n, m)), rng.normal(size=(k, d, m)), rng.normal(size=k)


def make_centres(rng, n=5, d=3, k=2):
    return rng.normal(size=(n, d)), rng.normal(size=(k, d)), rng.uniform(0.3, 0.9, size=k)


def make_points(rng, n=5, d=3, k=2):
    return rng.normal(size=(n, d)), rng.normal(size=(k, d))


def make_angles(rng, n=5):
    return rng.normal(size=(n, 2)), np.array(0.7)


def make_form(rng, d=5):
    return rng.normal(size=(d, 1)), rng.normal(size=(d, d))


# --- bilinear layer ---------------------------------------------------------------------------------------------------


def bilinear(x, y, W, b):
    return np.einsum("nd,kde,ne->nk", x, W, y) + b


def bilinear_grad(g, x, y, W, b):
    return (
        np.einsum("nk,kde,ne->nd", g, W, y),
        np.einsum("nk,kde,nd->ne", g, W, x),
        np.einsum("nk,nd,ne->kde", g, x, y),
        g.sum(axis=0),
    )


def bilinear_grad_loops(g, x, y, W, b):
    dx, dy, dW = np.zeros(x.shape), np.zeros(y.shape), np.zeros(W.shape)
    for k in range(len(W)):
        gk = g[:, k : k + 1]
        dx += gk * (y @ W[k].T)
        dy += gk * (x @ W[k])
        dW[k] = (gk * x).T @ y
    return dx, dy, dW, g.sum(0)


def bilinear_grad_one_output(g, x, y, W, b):
    dW = np.zeros(W.shape)
    for k in range(len(W)):
        gk = g[:, k : k + 1]
        dx = gk * (y @ W[k].T)
        dy = gk * (x @ W[k])
        dW[k] = (gk * x).T @ y
    return dx, dy, dW, g.sum(0)


def bilinear_grad_upstream_summed(g, x, y, W, b):
    dx = np.einsum("nk,kde,ne->nd", g, W, y)
    dy = np.einsum("nk,kde,nd->ne", g, W, x)
    dW = np.einsum("k,nd,ne->kde", g.sum(axis=0), x, y)
    return dx, dy, dW, g.sum(axis=0)


def bilinear_grad_no_upstream(g, x, y, W, b):
    dx = np.einsum("kde,ne->nd", W, y)
    dy = np.einsum("kde,nd->ne", W, x)
    return dx, dy, np.einsum("nk,nd,ne->kde", g, x, y), g.sum(axis=0)


# --- the column form x' A x -------------------------------------------------------------------------------------------


def quadratic(x, A):
    return (x.T @ A @ x)[0, 0]


def quadratic_gradient(x, A):
    return (A + A.T) @ x, x @ x.T


def quadratic_gradient_symmetric(x, A):
    return 2 * A @ x, x @ x.T


def quadratic_gradient_once(x, A):
    return A @ x, x @ x.T


def quadratic_gradient_row(x, A):
    return x.T @ (A + A.T), x @ x.T


# --- radial basis functions -------------------------------------------------------------------------------------------


class RBF:
    """exp(-beta_k |x - c_k|^2)"""

    def __init__(self, centers, betas):
        self.centers, self.betas = centers, betas

    def forward(self, x):
        self.diff = x[:, None, :] - self.centers[None]
        self.sq = np.sum(self.diff**2, axis=2)
        self.out = np.exp(-self.betas * self.sq)
        return self.out

    def backward(self, dout):
        dsq = -dout * self.out * self.betas
        ddiff = 2 * dsq[:, :, None] * self.diff
        self.dcenters = -ddiff.sum(axis=0)
        self.dbetas = -np.sum(dout * self.out * self.sq, axis=0)
        return ddiff.sum(axis=1)


class RBFTwoMissing(RBF):
    def backward(self, dout):
        dsq = -dout * self.out * self.betas
        ddiff = dsq[:, :, None] * self.diff
        self.dcenters = -ddiff.sum(axis=0)
        self.dbetas = -np.sum(dout * self.out * self.sq, axis=0)
        return ddiff.sum(axis=1)


class RBFCentreSign(RBF):
    def backward(self, dout):
        dsq = -dout * self.out * self.betas
        ddiff = 2 * dsq[:, :, None] * self.diff
        self.dcenters = np.sum(ddiff, axis=0)
        self.dbetas = -np.sum(dout * self.out * self.sq, axis=0)
        return ddiff.sum(axis=1)


class RBFWidthFromDistance(RBF):
    def backward(self, dout):
        dsq = -dout * self.out * self.betas
        ddiff = 2 * dsq[:, :, None] * self.diff
        self.dcenters = -ddiff.sum(axis=0)
        self.dbetas = -np.sum(dout * self.out * np.sqrt(self.sq), axis=0)
        return ddiff.sum(axis=1)


class RBFWidthMatrix(RBF):
    def backward(self, dout):
        dsq = -dout * self.out * self.betas
        ddiff = 2 * dsq[:, :, None] * self.diff
        self.dcenters = -ddiff.sum(axis=0)
        self.dbetas = -dout * self.out * self.sq
        return ddiff.sum(axis=1)


class RBFStale(RBF):
    """Computes its distances when it is first called."""

    def forward(self, x):
        if not hasattr(self, "diff"):
            self.diff = x[:, None, :] - self.centers[None]
        self.sq = np.sum((x[:, None, :] - self.centers[None]) ** 2, axis=2)
        self.out = np.exp(-self.betas * self.sq)
        return self.out


# --- distances --------------------------------------------------------------------------------------------------------


def distances(a, b):
    return np.sqrt(np.sum((a[:, None] - b[None]) ** 2, axis=-1))


def distances_grad(g, a, b):
    d = a[:, None] - b[None]
    u = (g / distances(a, b))[:, :, None] * d
    return u.sum(axis=1), -u.sum(axis=0)


def distances_grad_gram(g, a, b):
    w = g / distances(a, b)
    return a * w.sum(1)[:, None] - w @ b, b * w.sum(0)[:, None] - w.T @ a


def distances_grad_squared(g, a, b):
    u = 2 * g[:, :, None] * (a[:, None] - b[None])
    return u.sum(axis=1), -u.sum(axis=0)


def distances_grad_axes(g, a, b):
    u = (g / distances(a, b))[:, :, None] * (a[:, None] - b[None])
    da, db = np.sum(u, axis=1), np.sum(u, axis=0)
    return da, db


def rotate(p, angle):
    c, s = np.cos(angle), np.sin(angle)
    return p @ np.array([[c, s], [-s, c]])


def rotate_grad(g, p, angle):
    c, s = np.cos(angle), np.sin(angle)
    return g @ np.array([[c, -s], [s, c]]), np.sum(g * (p @ np.array([[-s, c], [-c, -s]])))


def rotate_grad_same_way(g, p, angle):
    c, s = np.cos(angle), np.sin(angle)
    R = np.array([[c, s], [-s, c]])
    return g @ R, np.sum(g * (p @ np.array([[-s, c], [-c, -s]])))


def rotate_grad_angle_of_output(g, p, angle):
    c, s = np.cos(angle), np.sin(angle)
    out = p @ np.array([[c, s], [-s, c]])
    return g @ np.array([[c, -s], [s, c]]), np.sum(g[:, 0] * out[:, 1] - g[:, 1] * out[:, 0])


def case(name, layer, forward, backward, make, kind="", argument="", site="", style="plain", **more):
    return Case(
        name=name, layer=layer, forward=forward, backward=backward, make=make, right=not kind, kind=kind, argument=argument,
        site=site, style=style, **more,
    )  # fmt: skip


def two(name, backward, *mistake, **more):
    return case(f"bilinear-{name}", "bilinear", bilinear, backward, make_bilinear, *mistake, **more)


def form(name, backward, *mistake, **more):
    return case(f"quadratic-{name}", "quadratic form", quadratic, backward, make_form, *mistake, style="column", **more)


def radial(name, cls, *mistake, **more):
    return case(f"rbf-{name}", "rbf", cls, "backward", make_centres, *mistake, style="class", **more)


def far(name, backward, *mistake, **more):
    return case(f"distances-{name}", "pairwise distances", distances, backward, make_points, *mistake, **more)


def turn(name, backward, *mistake, **more):
    return case(f"rotation-{name}", "rotation", rotate, backward, make_angles, *mistake, **more)


CASES = [
    two("einsum", bilinear_grad),
    two("loops", bilinear_grad_loops),
    two("last-output-only", bilinear_grad_one_output, "overwritten", "x", "dx = gk * (y @ W[k].T)"),
    two("upstream-summed-first", bilinear_grad_upstream_summed, "wrong-operand", "W", "g.sum(axis=0), x, y",
        also=("wrong-axis",)),
    two("upstream-ignored", bilinear_grad_no_upstream, "upstream-ignored", "x", '"kde,ne->nd"'),
    form("right", quadratic_gradient),
    form("assumes-symmetry", quadratic_gradient_symmetric, "transpose", "x", "2 * A @ x", also=("path-doubled", "wrong-operand")),
    form("one-side", quadratic_gradient_once, "path-dropped", "x", "return A @ x"),
    form("row", quadratic_gradient_row, "contract", "x", "x.T @ (A + A.T)", also=("transpose",)),
    radial("class", RBF),
    radial("two-missing", RBFTwoMissing, "factor", "x", "ddiff = dsq"),
    radial("centre-sign", RBFCentreSign, "sign", "centers", "np.sum(ddiff, axis=0)"),
    radial("width-from-distance", RBFWidthFromDistance, "wrong-operand", "betas", "np.sqrt(self.sq)"),
    radial("width-not-summed", RBFWidthMatrix, "reduction-missing", "betas", "self.dbetas = -dout", also=("contract",)),
    radial("first-differences-kept", RBFStale, "stale-cache", "x", "ddiff = 2 * dsq",
           invisible="forward called with two different inputs"),
    far("differences", distances_grad),
    far("gram", distances_grad_gram),
    far("squared", distances_grad_squared, "neighbouring-loss", "a", "u = 2 * g"),
    far("sign-of-second", distances_grad_axes, "sign", "b", "np.sum(u, axis=0)"),
    turn("right", rotate_grad),
    turn("same-way", rotate_grad_same_way, "transpose", "p", "return g @ R"),
    turn("angle-sign", rotate_grad_angle_of_output, "sign", "angle", "g[:, 0] * out[:, 1] - g[:, 1] * out[:, 0]"),
]  # fmt: skip
