"""What to write for functions of NumPy and SciPy that have no rule: the advice of an error.  Layer 4; knows names alone."""

from __future__ import annotations

__all__ = ["KEYWORDS", "SUBSTITUTES", "TAKING"]

SUBSTITUTES = {  # what has no rule, and what to write for it
    "np.add.at": "t.at[key].add(v)",
    "np.add.reduce": "+ of Values, or a Tensor",
    "np.copyto": "t.at[key].set(v)",
    "np.frexp": "np.ldexp(t, -k), where np.frexp(t.numpy()) gives the exponents k",
    "np.geomspace": "np.exp(np.linspace(np.log(a), np.log(b), n))",
    "np.logspace": "10.0 ** np.linspace(a, b, n)",
    "np.place": "t.at[mask].set(v)",
    "np.polymul": "np.convolve(p, q)",
    "np.put": "t.at[key].set(v)",
    "np.put_along_axis": "t.at[key].set(v)",
    "np.putmask": "t.at[mask].set(v)",
    "scipy.special.binom": "1.0 / ((n + 1.0) * scipy.special.beta(n - k + 1.0, k + 1.0))",
    "scipy.special.boxcox": "np.expm1(p * np.log(x)) / p",
    "scipy.special.boxcox1p": "np.expm1(p * np.log1p(x)) / p",
    "scipy.special.cosdg": "np.cos(np.deg2rad(x))",
    "scipy.special.cosm1": "-2.0 * np.sin(0.5 * x) ** 2",
    "scipy.special.erfcinv": "scipy.special.erfinv(1.0 - x)",
    "scipy.special.exp10": "10.0 ** x",
    "scipy.special.loggamma": "scipy.special.gammaln(x)",
    "scipy.special.poch": "scipy.special.gamma(x + m) / scipy.special.gamma(x)",
    "scipy.special.powm1": "np.expm1(z * np.log(x))",
    "scipy.special.pseudo_huber": "d * (np.hypot(d, r) - d)",
    "scipy.special.rgamma": "1.0 / scipy.special.gamma(x)",
    "scipy.special.sindg": "np.sin(np.deg2rad(x))",
    "scipy.special.tandg": "np.tan(np.deg2rad(x))",
}
KEYWORDS = {"where": "np.where(mask, f(x), z)", "dtype": "y.astype(dtype)"}
TAKING = {  # functions of scipy.special that are no ufuncs, and so reach no protocol
    "factorial": "scipy.special.gamma(x + 1.0)",
    "log_softmax": "autograd_nn.ops.log_softmax(x, axis), whose axis is the last unless it is given; SciPy's is all of x",
    "logsumexp": "autograd_nn.ops.logsumexp(x, axis, keepdims)",
    "polygamma": "autograd_nn.ops.polygamma(n, x)",
    "softmax": "autograd_nn.ops.softmax(x, axis), whose axis is the last unless it is given; SciPy's is all of x",
}
