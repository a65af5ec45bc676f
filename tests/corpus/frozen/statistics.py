"""Statistics as layers: variance, deviation, standard scores, correlation, covariance, softened maxima."""

import numpy as np
from corpus.case import Case


def make_rows(rng, n=5, d=3):
    return (rng.normal(1.0, 2.0, size=(n, d)),)


def make_images(rng, n=2, d=3, c=2):
    return rng.normal(size=(n, c, d, d + 2)), rng.normal(1, 0.3, size=c), 0.02


def make_two(rng, n=7):
    return rng.normal(size=n), rng.normal(size=n)


def make_sample(rng, n=7):
    return (rng.normal(size=n),)


def make_counts(rng, n=7):
    return (rng.integers(0, 9, size=n),)


def make_weighted(rng, n=7, d=3):
    return rng.normal(size=(n, d)), rng.uniform(0.2, 1.0, size=n)


# --- variance and deviation -------------------------------------------------------------------------------------------


def variance(x):
    return np.sum((x - x.mean(axis=0)) ** 2, axis=0) / (len(x) - 1)


def variance_grad(g, x):
    return g * 2 * (x - x.mean(axis=0)) / (len(x) - 1)


def variance_grad_through_mean(g, x):
    n = len(x)
    c = x - x.mean(axis=0)
    dc = 2 * c * g / (n - 1)
    return dc - dc.mean(axis=0)


def variance_grad_population(g, x):
    return g * 2 * (x - x.mean(axis=0)) / len(x)


def variance_grad_not_centred(g, x):
    return g * 2 * x / (len(x) - 1)


def deviation(x):
    return np.sqrt(np.mean((x - x.mean(axis=0)) ** 2, axis=0) + 0.05)


def deviation_grad(g, x):
    return g * (x - x.mean(axis=0)) / (len(x) * deviation(x))


def deviation_grad_numpy_std(g, x):
    return g * (x - x.mean(axis=0)) / (len(x) * x.std(axis=0))


def deviation_grad_two(g, x):
    return g * 2 * (x - x.mean(axis=0)) / (len(x) * deviation(x))


# --- standard scores --------------------------------------------------------------------------------------------------


class Standardize:
    """With the deviation of a sample."""

    def forward(self, x):
        self.std = np.sqrt(variance(x))
        self.z = (x - x.mean(axis=0)) / self.std
        return self.z

    def backward(self, dz):
        n = len(dz)
        return (dz - dz.mean(axis=0) - self.z * np.sum(dz * self.z, axis=0) / (n - 1)) / self.std


class StandardizePopulation(Standardize):
    def backward(self, dz):
        return (dz - dz.mean(axis=0) - self.z * np.mean(dz * self.z, axis=0)) / self.std


class StandardizeBoth(Standardize):
    def backward(self, dz):
        n = len(dz)
        return (dz - dz.sum(axis=0) / (n - 1) - self.z * np.sum(dz * self.z, axis=0) / (n - 1)) / self.std


class StandardizeGlobal(Standardize):
    def backward(self, dz):
        n = len(dz)
        return (dz - dz.mean() - self.z * np.sum(dz * self.z) / (n - 1)) / self.std


# --- instance norm ----------------------------------------------------------------------------------------------------


def instance_norm(x, gain, eps):
    mean = x.mean(axis=(2, 3), keepdims=True)
    std = np.sqrt(x.var(axis=(2, 3), keepdims=True) + eps)
    xhat = (x - mean) / std
    return gain[:, None, None] * xhat, (xhat, std, gain)


def instance_norm_backward(dout, cache):
    xhat, std, gain = cache
    d = dout * gain[:, None, None]
    m = lambda a: a.mean(axis=(2, 3), keepdims=True)
    return (d - m(d) - xhat * m(d * xhat)) / std, np.sum(dout * xhat, axis=(0, 2, 3))


def instance_norm_backward_eps_removed(dout, cache):
    xhat, std, gain = cache
    d = dout * gain[:, None, None]
    m = lambda a: a.mean(axis=(2, 3), keepdims=True)
    xhat = xhat / np.sqrt(m(xhat**2))  # unit variance
    return (d - m(d) - xhat * m(d * xhat)) / std, np.sum(dout * xhat, axis=(0, 2, 3))


def instance_norm_backward_batch(dout, cache):
    xhat, std, gain = cache
    d = dout * gain[:, None, None]
    axes = (0, 2, 3)
    dx = (d - d.mean(axis=axes, keepdims=True) - xhat * np.mean(d * xhat, axis=axes, keepdims=True)) / std
    return dx, np.sum(dout * xhat, axis=axes)


# --- correlation and covariance ---------------------------------------------------------------------------------------


def pearson(a, b):
    a, b = a - a.mean(), b - b.mean()
    return np.sum(a * b) / np.sqrt(np.sum(a * a) * np.sum(b * b))


def pearson_gradient(a, b):
    a, b = a - a.mean(), b - b.mean()
    na, nb = np.sqrt(np.sum(a * a)), np.sqrt(np.sum(b * b))
    r = np.sum(a * b) / (na * nb)
    return (b / nb - r * a / na) / na, (a / na - r * b / nb) / nb


def pearson_gradient_norm_constant(a, b):
    a, b = a - a.mean(), b - b.mean()
    scale = np.sqrt(np.sum(a * a) * np.sum(b * b))
    return b / scale, a / scale


def pearson_gradient_uncentred(a, b):
    na, nb = np.linalg.norm(a), np.linalg.norm(b)
    r = a @ b / (na * nb)
    return (b / nb - r * a / na) / na, (a / na - r * b / nb) / nb


def covariance(x):
    c = x - x.mean(axis=0)
    return c.T @ c / (len(x) - 1)


def covariance_grad(g, x):
    c = x - x.mean(axis=0)
    return c @ (g + g.T) / (len(x) - 1)


def covariance_grad_one_side(g, x):
    c = x - x.mean(axis=0)
    return c @ g / (len(x) - 1)


def covariance_grad_doubled(g, x):
    c = x - x.mean(axis=0)
    return 2 * c @ g / (len(x) - 1)


def covariance_grad_ddof(g, x):
    c = x - x.mean(axis=0)
    return c @ (g + g.T) / len(x)


# --- moments ----------------------------------------------------------------------------------------------------------


def third_moment(x):
    return np.mean((x - np.mean(x)) ** 3)


def third_moment_prime(x):
    c = x - x.mean()
    return 3 * (c**2 - np.mean(c**2)) / x.size


def third_moment_prime_mean_constant(x):
    c = x - x.mean()
    return 3 * c**2 / x.size


def third_moment_prime_whole_numbers(x):
    c = x - x.mean()
    grad = np.zeros_like(x)
    grad[:] = 3 * (c**2 - np.mean(c**2)) / x.size
    return grad


def weighted_mean(x, w):
    return w @ x / np.sum(w)


def weighted_mean_grad(g, x, w):
    total = w.sum()
    return np.outer(w, g) / total, (x - weighted_mean(x, w)) @ g / total


def weighted_mean_grad_total_constant(g, x, w):
    total = w.sum()
    return np.outer(w, g) / total, x @ g / total


def weighted_mean_grad_unweighted(g, x, w):
    dx = np.ones((len(w), 1)) * g / len(w)
    return dx, (x - weighted_mean(x, w)) @ g / w.sum()


def case(name, layer, forward, backward, make, kind="", argument="", site="", style="plain", **more):
    return Case(
        name=name, layer=layer, forward=forward, backward=backward, make=make, right=not kind, kind=kind, argument=argument,
        site=site, style=style, **more,
    )  # fmt: skip


def spread(name, backward, *mistake, **more):
    return case(f"variance-{name}", "variance", variance, backward, make_rows, *mistake, **more)


def width(name, backward, *mistake, **more):
    return case(f"deviation-{name}", "standard deviation", deviation, backward, make_rows, *mistake, **more)


def score(name, cls, *mistake, **more):
    return case(f"standardize-{name}", "standard score", cls, "backward", make_rows, *mistake, style="class", **more)


def instance(name, backward, *mistake, **more):
    return case(f"instance-norm-{name}", "instance norm", instance_norm, backward, make_images, *mistake, style="cache",
                static=(2,), **more)  # fmt: skip


def correlation(name, backward, *mistake, **more):
    return case(f"pearson-{name}", "correlation", pearson, backward, make_two, *mistake, style="gradient", **more)


def together(name, backward, *mistake, **more):
    return case(f"covariance-{name}", "covariance", covariance, backward, make_rows, *mistake, **more)


def skew(name, prime, *mistake, make=make_sample, **more):
    return case(f"moment-{name}", "third moment", third_moment, prime, make, *mistake, style="pair", **more)


def mean(name, backward, *mistake, **more):
    return case(f"weighted-mean-{name}", "weighted mean", weighted_mean, backward, make_weighted, *mistake, **more)


CASES = [
    spread("direct", variance_grad),
    spread("through-mean", variance_grad_through_mean),
    spread("population", variance_grad_population, "ddof-or-eps", "x", "/ len(x)", also=("factor",)),
    spread("not-centred", variance_grad_not_centred, "wrong-operand", "x", "2 * x /", also=("path-dropped",)),
    width("eps", deviation_grad),
    width("eps-forgotten", deviation_grad_numpy_std, "ddof-or-eps", "x", "x.std(axis=0)"),
    width("two-too-many", deviation_grad_two, "factor", "x", "g * 2 *"),
    score("sample", Standardize),
    score("population", StandardizePopulation, "ddof-or-eps", "x", "np.mean(dz * self.z, axis=0)", also=("factor",)),
    score("sample-mean-too", StandardizeBoth, "ddof-or-eps", "x", "dz.sum(axis=0) / (n - 1)", also=("factor",)),
    score("over-everything", StandardizeGlobal, "wrong-axis", "x", "dz.mean() - self.z"),
    instance("right", instance_norm_backward),
    instance("eps-removed", instance_norm_backward_eps_removed, "ddof-or-eps", "x", "xhat = xhat / np.sqrt"),
    instance("over-batch", instance_norm_backward_batch, "wrong-axis", "x", "axes = (0, 2, 3)"),
    correlation("right", pearson_gradient),
    correlation("norms-constant", pearson_gradient_norm_constant, "path-dropped", "a", "return b / scale"),
    correlation("not-centred", pearson_gradient_uncentred, "neighbouring-loss", "a", "r = a @ b", also=("path-dropped",
                "wrong-operand")),
    together("right", covariance_grad),
    together("one-side", covariance_grad_one_side, "path-dropped", "x", "c @ g / (len(x) - 1)"),
    together("assumes-symmetry", covariance_grad_doubled, "transpose", "x", "2 * c @ g", also=("path-doubled",),
             note="right for a symmetric upstream"),
    together("population", covariance_grad_ddof, "ddof-or-eps", "x", "/ len(x)", also=("factor",)),
    skew("right", third_moment_prime),
    skew("mean-constant", third_moment_prime_mean_constant, "path-dropped", "x", "return 3 * c**2"),
    skew("whole-numbers", third_moment_prime_whole_numbers, "integer-truncation", "x", "grad = np.zeros_like(x)",
         make=make_counts),
    mean("right", weighted_mean_grad),
    mean("total-constant", weighted_mean_grad_total_constant, "path-dropped", "w", "x @ g / total"),
    mean("unweighted", weighted_mean_grad_unweighted, "wrong-operand", "x", "np.ones((len(w), 1))",
         also=("mask-forgotten", "factor")),
]  # fmt: skip
