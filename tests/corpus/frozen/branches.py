"""Where values fan out: residual blocks, highways, gated linear units."""

import numpy as np
from corpus.case import Case


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def make_block(rng, n=5, d=3, h=7):
    return rng.normal(size=(n, d)), rng.normal(size=(d, h)), rng.normal(size=(h, d))


def make_highway(rng, n=5, d=3):
    return rng.normal(size=(n, d)), rng.normal(size=(d, d)), rng.normal(size=(d, d)), rng.normal(size=d)


def make_glu(rng, n=5, d=6):
    return (rng.normal(size=(n, 2 * (d // 2))),)


def make_swiglu(rng, n=5, d=3, h=7):
    return rng.normal(size=(n, d)), rng.normal(size=(d, h)), rng.normal(size=(d, h)), rng.normal(size=(h, d))


# --- residual block ---------------------------------------------------------------------------------------------------


def residual(x, W1, W2):
    z = x @ W1
    a = np.maximum(z, 0)
    return x + a @ W2, (x, W1, W2, z, a)


def residual_backward(dout, cache):
    x, W1, W2, z, a = cache
    da = dout @ W2.T
    dz = da * (z > 0)
    dx = dout + dz @ W1.T
    return dx, x.T @ dz, a.T @ dout


def residual_backward_accumulates(dout, cache):
    x, W1, W2, z, a = cache
    dx = dout.copy()
    dW2 = np.dot(a.T, dout)
    dz = np.dot(dout, W2.T)
    dz[z <= 0] = 0
    dW1 = np.dot(x.T, dz)
    dx += np.dot(dz, W1.T)
    return dx, dW1, dW2


def residual_backward_skip_forgotten(dout, cache):
    x, W1, W2, z, a = cache
    da = dout @ W2.T
    dz = da * (z > 0)
    dx = dz @ W1.T
    return dx, x.T @ dz, a.T @ dout


def residual_backward_identity_only(dout, cache):
    x, W1, W2, z, a = cache
    dz = (dout @ W2.T) * (z > 0)
    dW1, dW2 = x.T @ dz, a.T @ dout
    dx = dout
    return dx, dW1, dW2


def residual_backward_doubled(dout, cache):
    x, W1, W2, z, a = cache
    dx = dout.copy()
    dz = dx @ W2.T * (z > 0)
    dx += dz @ W1.T
    dx += dout
    return dx, x.T @ dz, a.T @ dout


def residual_backward_same_array(dout, cache):
    """dx is dout itself."""
    x, W1, W2, z, a = cache
    dx = dout
    dz = dout @ W2.T * (z > 0)
    dx += dz @ W1.T
    dW1, dW2 = x.T @ dz, a.T @ dout
    return dx, dW1, dW2


def residual_backward_sum_into_branch(dout, cache):
    x, W1, W2, z, a = cache
    da = dout @ W2.T
    dz = da * (a > 0)
    dx = dz @ W1.T
    dx += dx  # the skip connection
    return dx, x.T @ dz, a.T @ dout


# --- highway ----------------------------------------------------------------------------------------------------------


class Highway:
    """y = T h + (1 - T) x"""

    def __init__(self, W, V, c):
        self.W, self.V, self.c = W, V, c

    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.W)
        self.t = sigmoid(x @ self.V + self.c)
        return self.t * self.h + (1 - self.t) * x

    def backward(self, dy):
        dh = dy * self.t * (1 - self.h**2)
        dt = dy * (self.h - self.x) * self.t * (1 - self.t)
        self.W_grad, self.V_grad, self.c_grad = self.x.T @ dh, self.x.T @ dt, dt.sum(0)
        return dh @ self.W.T + dt @ self.V.T + dy * (1 - self.t)


class HighwayCarryForgotten(Highway):
    def backward(self, dy):
        dh = dy * self.t * (1 - self.h**2)
        dt = dy * (self.h - self.x) * self.t * (1 - self.t)
        self.W_grad, self.V_grad, self.c_grad = self.x.T @ dh, self.x.T @ dt, dt.sum(0)
        return dh @ self.W.T + dt @ self.V.T


class HighwayGateHalf(Highway):
    def backward(self, dy):
        dh = dy * self.t * (1 - self.h**2)
        dt = dy * self.h * self.t * (1 - self.t)
        self.W_grad, self.V_grad, self.c_grad = self.x.T @ dh, self.x.T @ dt, dt.sum(0)
        return dh @ self.W.T + dt @ self.V.T + dy * (1 - self.t)


class HighwayGateConstant(Highway):
    def backward(self, dy):
        dh = dy * self.t * (1 - self.h**2)
        dt = dy * (self.h - self.x) * self.t * (1 - self.t)
        self.W_grad, self.V_grad, self.c_grad = self.x.T @ dh, self.x.T @ dt, dt.sum(0)
        dx = dh @ self.W.T + dy * (1 - self.t)
        return dx


class HighwayTransposed(Highway):
    def backward(self, dy):
        dh = dy * self.t * (1 - self.h**2)
        dt = dy * (self.h - self.x) * self.t * (1 - self.t)
        self.W_grad, self.V_grad, self.c_grad = dh.T @ self.x, self.x.T @ dt, dt.sum(0)
        return dh @ self.W.T + dt @ self.V.T + dy * (1 - self.t)


# --- gated linear units -----------------------------------------------------------------------------------------------


def glu(x):
    a, b = np.split(x, 2, axis=1)
    return a * sigmoid(b)


def glu_backward(g, x):
    a, b = np.split(x, 2, axis=1)
    s = sigmoid(b)
    return np.concatenate([g * s, g * a * s * (1 - s)], axis=1)


def glu_backward_halves_swapped(g, x):
    a, b = np.split(x, 2, axis=1)
    s = sigmoid(b)
    return np.concatenate([g * a * s * (1 - s), g * s], axis=1)


def glu_backward_sigmoid_twice(g, x):
    a, b = np.split(x, 2, axis=1)
    s = sigmoid(b)
    ds = sigmoid(s) * (1 - sigmoid(s))
    return np.concatenate([g * s, g * a * ds], axis=1)


def swiglu(x, W, V, U):
    z = x @ W
    return (z * sigmoid(z) * (x @ V)) @ U


def swiglu_grad(g, x, W, V, U):
    z, v = x @ W, x @ V
    s = sigmoid(z)
    m = g @ U.T
    dz = m * v * (s + z * s * (1 - s))
    dv = m * z * s
    return dz @ W.T + dv @ V.T, x.T @ dz, x.T @ dv, (z * s * v).T @ g


def swiglu_grad_gate_path(g, x, W, V, U):
    z, v = x @ W, x @ V
    s = sigmoid(z)
    m = g @ U.T
    dz = m * v * (s + z * s * (1 - s))
    dv = m * z * s
    dx = dz @ W.T
    dx = dv @ V.T
    return dx, x.T @ dz, x.T @ dv, (z * s * v).T @ g


def swiglu_grad_written_as_dx(g, x, W, V, U):
    z, v = x @ W, x @ V
    s = sigmoid(z)
    m = g @ U.T
    dz = m * v * (s + z * s * (1 - s))
    dv = m * z * s
    dW, dV = x.T @ dv, x.T @ dz
    return dz @ W.T + dv @ V.T, dW, dV, (z * s * v).T @ g


def case(name, layer, forward, backward, make, kind="", argument="", site="", style="plain", **more):
    return Case(
        name=name, layer=layer, forward=forward, backward=backward, make=make, right=not kind, kind=kind, argument=argument,
        site=site, style=style, **more,
    )  # fmt: skip


def block(name, backward, *mistake, **more):
    return case(f"residual-{name}", "residual block", residual, backward, make_block, *mistake, style="cache", **more)


def way(name, cls, *mistake, **more):
    return case(f"highway-{name}", "highway", cls, "backward", make_highway, *mistake, style="class", **more)


CASES = [
    block("sum", residual_backward),
    block("accumulates", residual_backward_accumulates),
    block("skip-forgotten", residual_backward_skip_forgotten, "path-dropped", "x", "dx = dz @ W1.T"),
    block("branch-forgotten", residual_backward_identity_only, "path-dropped", "x", "dx = dout"),
    block("skip-twice", residual_backward_doubled, "path-doubled", "x", "dx += dout"),
    block("adds-into-upstream", residual_backward_same_array, "mutation", "W2", "dx += dz @ W1.T", also=("wrong-operand",
          "path-doubled"),
          note="dW2 is computed from dout after dout was added to"),
    block("branch-doubled-for-skip", residual_backward_sum_into_branch, "path-doubled", "x", "dx += dx",
          also=("wrong-operand", "path-dropped")),
    way("class", Highway),
    way("carry-forgotten", HighwayCarryForgotten, "path-dropped", "x", "return dh @ self.W.T"),
    way("gate-sees-half", HighwayGateHalf, "path-dropped", "x", "dt = dy * self.h"),
    way("gate-constant", HighwayGateConstant, "path-dropped", "x", "dx = dh @ self.W.T"),
    way("weight-transposed", HighwayTransposed, "transpose", "W", "dh.T @ self.x"),
    case("glu", "gated linear unit", glu, glu_backward, make_glu),
    case("glu-halves-swapped", "gated linear unit", glu, glu_backward_halves_swapped, make_glu, "swapped-outputs", "x",
         "np.concatenate([g * a"),
    case("glu-sigmoid-twice", "gated linear unit", glu, glu_backward_sigmoid_twice, make_glu, "wrong-activation-derivative", "x",
         "ds = sigmoid(s)"),
    case("swiglu", "swiglu", swiglu, swiglu_grad, make_swiglu),
    case("swiglu-overwritten", "swiglu", swiglu, swiglu_grad_gate_path, make_swiglu, "overwritten", "x", "dx = dv @ V.T",
         also=("path-dropped",)),
    case("swiglu-weights-swapped", "swiglu", swiglu, swiglu_grad_written_as_dx, make_swiglu, "swapped-outputs", "W",
         "dW, dV = x.T @ dv, x.T @ dz", also=("wrong-operand",)),
]  # fmt: skip
