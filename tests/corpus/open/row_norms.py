"""Layer, group and root-mean-square normalisation.  Knows NumPy alone."""

from functools import partial

import numpy as np
from corpus.case import Case
from corpus.open.inputs import scaled, single

# --- layer normalisation


def layer_norm(x, g, b):
    mu = x.mean(-1, keepdims=True)
    var = ((x - mu) ** 2).mean(-1, keepdims=True)
    return g * (x - mu) / np.sqrt(var + 1e-5) + b


def layer_norm_backward(dy, x, g, b):
    xc = x - x.mean(-1, keepdims=True)
    rstd = 1 / np.sqrt((xc**2).mean(-1, keepdims=True) + 1e-5)
    norm = xc * rstd
    dnorm = dy * g
    dx = rstd * (dnorm - dnorm.mean(-1, keepdims=True) - norm * (dnorm * norm).mean(-1, keepdims=True))
    return dx, (dy * norm).sum(0), dy.sum(0)


def layer_norm_backward_as_batch(dy, x, g, b):
    """Copied from the batch normalisation, the axis of the statistics with it."""
    xc = x - x.mean(-1, keepdims=True)
    rstd = 1 / np.sqrt((xc**2).mean(-1, keepdims=True) + 1e-5)
    norm = xc * rstd
    dnorm = dy * g
    dx = rstd * (dnorm - dnorm.mean(0) - norm * (dnorm * norm).mean(0))
    return dx, (dy * norm).sum(0), dy.sum(0)


def layer_norm_backward_dy_for_dnorm(dy, x, g, b):
    xc = x - x.mean(-1, keepdims=True)
    rstd = 1 / np.sqrt((xc**2).mean(-1, keepdims=True) + 1e-5)
    norm = xc * rstd
    dnorm = dy * g
    dx = rstd * (dnorm - dy.mean(-1, keepdims=True) - norm * (dnorm * norm).mean(-1, keepdims=True))
    return dx, (dy * norm).sum(0), dy.sum(0)


def layer_norm_backward_std(dy, x, g, b):
    xc = x - x.mean(-1, keepdims=True)
    rstd = 1 / np.std(x, axis=-1, keepdims=True, ddof=1)
    norm = xc * rstd
    dnorm = dy * g
    dx = rstd * (dnorm - dnorm.mean(-1, keepdims=True) - norm * (dnorm * norm).mean(-1, keepdims=True))
    return dx, (dy * norm).sum(0), dy.sum(0)


def layer_norm_backward_mean_twice(dy, x, g, b):
    xc = x - x.mean(-1, keepdims=True)
    rstd = 1 / np.sqrt((xc**2).mean(-1, keepdims=True) + 1e-5)
    norm = xc * rstd
    dnorm = dy * g
    dx = rstd * (dnorm - 2 * dnorm.mean(-1, keepdims=True) - norm * (dnorm * norm).mean(-1, keepdims=True))
    return dx, (dy * norm).sum(0), dy.sum(0)


def wide_rows(rng, n=5, d=7):
    return rng.normal(size=(n, d)), rng.normal(size=d), rng.normal(size=d)


# --- root-mean-square normalisation, and groups


def rms_norm_forward(x, weight, eps=1e-6):
    r = 1 / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + eps)
    return x * r * weight, (x, weight, r)


def rms_norm_backward(dout, cache):
    x, weight, r = cache
    dxw = dout * weight
    dx = r * (dxw - x * r**2 * np.mean(dxw * x, axis=-1, keepdims=True))
    return dx, np.sum(dout * x * r, axis=0)


def rms_norm_backward_constant(dout, cache):
    x, weight, r = cache
    return dout * weight * r, np.sum(dout * x * r, axis=0)


def rms_norm_backward_summed(dout, cache):
    x, weight, r = cache
    dxw = dout * weight
    dx = r * (dxw - x * r**2 * np.sum(dxw * x, axis=-1, keepdims=True))
    return dx, np.sum(dout * x * r, axis=0)


def rms_norm_backward_cubed(dout, cache):
    x, weight, r = cache
    dxw = dout * weight
    dx = r * dxw - x * r**2 * np.mean(dxw * x, axis=-1, keepdims=True)
    return dx, np.sum(dout * x * r, axis=0)


def rms_inputs(rng, n=5, d=7):
    return rng.normal(size=(n, d)) * 1.7, rng.normal(size=d)


def group_norm(x, gamma, groups):
    """x (N, C), the channels in groups."""
    N, C = x.shape
    z = x.reshape(N, groups, -1)
    zc = z - z.mean(-1, keepdims=True)
    rstd = 1 / np.sqrt(np.mean(zc**2, -1, keepdims=True) + 1e-5)
    norm = (zc * rstd).reshape(N, C)
    return gamma * norm, (norm, rstd, gamma, groups)


def group_norm_backward(dout, cache):
    norm, rstd, gamma, groups = cache
    N, C = dout.shape
    d = (dout * gamma).reshape(N, groups, -1)
    z = norm.reshape(N, groups, -1)
    dx = rstd * (d - d.mean(-1, keepdims=True) - z * (d * z).mean(-1, keepdims=True))
    return dx.reshape(N, C), (dout * norm).sum(0)


def group_norm_backward_whole(dout, cache):
    """The means are taken over all channels."""
    norm, rstd, gamma, groups = cache
    N, C = dout.shape
    d = dout * gamma
    inner = d - d.mean(-1, keepdims=True) - norm * (d * norm).mean(-1, keepdims=True)
    dx = rstd * inner.reshape(N, groups, -1)
    return dx.reshape(N, C), (dout * norm).sum(0)


def grouped(rng, n=5, d=3, groups=2):
    return rng.normal(size=(n, groups * d)), rng.normal(size=groups * d), groups


# fmt: off
rows = partial(Case, layer="layer norm", forward=layer_norm, style="plain", make=wide_rows)
rms = partial(Case, layer="rms norm", forward=rms_norm_forward, style="cache", make=rms_inputs)
group = partial(Case, layer="group norm", forward=group_norm, style="cache", make=grouped, static=(2,))
CASES = [
    rows(name="layer-norm", backward=layer_norm_backward, right=True),
    rows(name="layer-norm-single", backward=layer_norm_backward, make=single(wide_rows), right=True),
    rms(name="rms-norm", backward=rms_norm_backward, right=True),
    rms(name="rms-norm-huge", backward=rms_norm_backward, make=scaled(rms_inputs, 1e6, 0), right=True),
    group(name="group-norm", backward=group_norm_backward, right=True),
    rows(name="layer-norm-axis-of-batch-norm", backward=layer_norm_backward_as_batch, right=False, kind="wrong-axis",
         argument="x",
         site="dnorm.mean(0)", note="both means of the line"),
    rows(name="layer-norm-upstream-for-scaled", backward=layer_norm_backward_dy_for_dnorm, right=False, kind="wrong-operand",
         argument="x", site="dy.mean(-1, keepdims=True)"),
    rows(name="layer-norm-unbiased", backward=layer_norm_backward_std, right=False, kind="ddof-or-eps", argument="x",
         site="ddof=1"),
    rows(name="layer-norm-mean-path-doubled", backward=layer_norm_backward_mean_twice, right=False, kind="path-doubled",
         argument="x", site="2 * dnorm.mean(", also=("factor",)),
    rms(name="rms-norm-scale-constant", backward=rms_norm_backward_constant, right=False, kind="path-dropped", argument="x",
        site="return dout * weight * r"),
    rms(name="rms-norm-mean-forgotten", backward=rms_norm_backward_summed, right=False, kind="factor", argument="x",
        site="np.sum(dxw * x"),
    rms(name="rms-norm-one-factor-outside", backward=rms_norm_backward_cubed, right=False, kind="factor", argument="x",
        site="dx = r * dxw - x * r**2", also=("wrong-operand", "path-dropped")),
    group(name="group-norm-means-over-all", backward=group_norm_backward_whole, right=False, kind="wrong-axis", argument="x",
          site="inner = d - d.mean("),
]
# fmt: on
