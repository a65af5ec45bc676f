"""Objects with a memory: what they keep between calls, what they write into, what they forget to hand back."""

import numpy as np
from corpus.case import Case


def make_network(rng, n=5, d=3, h=7, k=2):
    return (
        rng.normal(size=(n, d)),
        rng.normal(size=(d, h)),
        rng.normal(size=h),
        rng.normal(size=(h, k)),
        rng.normal(size=k),
    )


def make_dense(rng, n=5, d=3, m=2):
    return rng.normal(size=(n, d)), rng.normal(size=(d, m))


def make_scaled(rng, n=5, d=3):
    return rng.normal(size=(n, d)), rng.normal(size=d)


def make_rows(rng, n=5, d=3):
    return (rng.normal(size=(n, d)),)


def make_targets(rng, n=5, d=3):
    return rng.normal(size=(n, d)), rng.normal(size=(n, d))


# --- a network in one object ------------------------------------------------------------------------------------------


class TwoLayerNet:
    def __init__(self, W1, b1, W2, b2):
        self.params = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
        self.grads = {}

    def forward(self, X):
        p = self.params
        self.X = X
        self.Z1 = X @ p["W1"] + p["b1"]
        self.A1 = np.tanh(self.Z1)
        self.Z2 = self.A1 @ p["W2"] + p["b2"]
        return self.Z2

    def backward(self, dZ2):
        p, g = self.params, self.grads
        g["W2"], g["b2"] = self.A1.T @ dZ2, dZ2.sum(axis=0)
        dZ1 = (dZ2 @ p["W2"].T) * (1 - self.A1**2)
        g["W1"], g["b1"] = self.X.T @ dZ1, dZ1.sum(axis=0)
        return dZ1 @ p["W1"].T


class TwoLayerNetNoInput(TwoLayerNet):
    """Nobody needs the gradient of the data."""

    def backward(self, dZ2):
        p, g = self.params, self.grads
        g["W2"], g["b2"] = self.A1.T @ dZ2, dZ2.sum(axis=0)
        dZ1 = (dZ2 @ p["W2"].T) * (1 - self.A1**2)
        g["W1"], g["b1"] = self.X.T @ dZ1, dZ1.sum(axis=0)
        return None


class TwoLayerNetOrder(TwoLayerNet):
    def backward(self, dZ2):
        p, g = self.params, self.grads
        g["W2"], g["b2"] = self.A1.T @ dZ2, dZ2.sum(axis=0)
        dZ1 = (p["W2"].T @ dZ2) * (1 - self.A1**2)
        g["W1"], g["b1"] = self.X.T @ dZ1, dZ1.sum(axis=0)
        return dZ1 @ p["W1"].T


class TwoLayerNetBiasForgotten(TwoLayerNet):
    def backward(self, dZ2):
        p, g = self.params, self.grads
        g["W2"], g["b2"] = self.A1.T @ dZ2, dZ2.sum(axis=0)
        dZ1 = (dZ2 @ p["W2"].T) * (1 - self.A1**2)
        g["W1"] = self.X.T @ dZ1
        return dZ1 @ p["W1"].T


class TwoLayerNetMomentum(TwoLayerNet):
    def __init__(self, W1, b1, W2, b2):
        super().__init__(W1, b1, W2, b2)
        self.velocity = {name: np.zeros(p.shape) for name, p in self.params.items()}

    def backward(self, dZ2):
        p, g = self.params, {}
        g["W2"], g["b2"] = self.A1.T @ dZ2, dZ2.sum(axis=0)
        dZ1 = (dZ2 @ p["W2"].T) * (1 - self.A1**2)
        g["W1"], g["b1"] = self.X.T @ dZ1, dZ1.sum(axis=0)
        for name in g:
            self.velocity[name] = 0.9 * self.velocity[name] + g[name]
        self.grads = self.velocity
        return dZ1 @ p["W1"].T


class TwoLayerNetTrains(TwoLayerNet):
    """One step of descent on the fly; works on copies of the parameters."""

    def __init__(self, W1, b1, W2, b2):
        super().__init__(W1.copy(), b1.copy(), W2.copy(), b2.copy())

    def backward(self, dZ2):
        p, g = self.params, self.grads
        g["W2"], g["b2"] = self.A1.T @ dZ2, dZ2.sum(axis=0)
        for name in ("W2", "b2"):
            p[name] -= 0.01 * g[name]
        dZ1 = (dZ2 @ p["W2"].T) * (1 - self.A1**2)
        g["W1"], g["b1"] = self.X.T @ dZ1, dZ1.sum(axis=0)
        return dZ1 @ p["W1"].T


# --- lists of layers --------------------------------------------------------------------------------------------------


class Scale:
    """x * s, a step in a chain."""

    def __init__(self, s):
        self.s = s
        self.gradients = {"s": np.zeros(s.shape)}
        self.calls = []

    def forward(self, x):
        self.calls.append(x)
        return x * self.s

    def backward(self, g):
        x = self.calls.pop()
        self.gradients = {"s": np.sum(g * x, axis=0)}
        return g * self.s


class ScaleFirstCall(Scale):
    def backward(self, g):
        x = self.calls[0]
        self.gradients = {"s": np.sum(g * x, axis=0)}
        return g * self.s


class ScaleAddsUp(Scale):
    def backward(self, g):
        x = self.calls.pop()
        self.gradients["s"] += np.sum(g * x, axis=0)
        return g * self.s


class ScaleFlushes(Scale):
    """Resets its gradient to an empty list, and adds an array to it."""

    def backward(self, g):
        x = self.calls[-1]
        ds = self.gradients.pop("s") + np.sum(g * x, axis=0)
        self.gradients = {"ds": ds}
        return g * self.s


class ScaleWritesInput(Scale):
    def backward(self, g):
        x = self.calls.pop()
        x *= g
        self.gradients = {"s": x.sum(axis=0)}
        return g * self.s


class ScaleInPlaceCopy(Scale):
    """In place, on its own copy of the input."""

    def forward(self, x):
        self.calls.append(np.array(x))
        return x * self.s

    def backward(self, g):
        x = self.calls.pop()
        x *= g
        self.gradients = {"s": x.sum(axis=0)}
        return g * self.s


class ScaleWrongName(Scale):
    def backward(self, g):
        x = self.calls.pop()
        self.gradients = {"scale": np.sum(g * x, axis=0)}
        return g * self.s


# --- masks that are kept ----------------------------------------------------------------------------------------------


class ReLU:
    def __init__(self):
        self.mask = None

    def forward(self, x):
        self.mask = x > 0
        return np.where(self.mask, x, 0)

    def backward(self, dout):
        return dout * self.mask


class ReLUFirstMask(ReLU):
    def forward(self, x):
        if self.mask is None:
            self.mask = x > 0
        return np.where(x > 0, x, 0)

    def backward(self, dout):
        dx = dout * self.mask
        return dx


class ReLUKeepsGradient(ReLU):
    """Adds into a buffer that it made once."""

    def __init__(self):
        self.dx = None

    def backward(self, dout):
        if self.dx is None:
            self.dx = np.zeros_like(dout)
        self.dx += dout * self.mask
        return self.dx.copy()


class ReLUBuffer(ReLU):
    """Keeps a buffer, and overwrites all of it."""

    def __init__(self):
        self.buffer = None

    def backward(self, dout):
        if self.buffer is None:
            self.buffer = np.empty_like(dout)
        np.multiply(dout, self.mask, out=self.buffer)
        return self.buffer.copy()


class ReLURaises(ReLU):
    def backward(self, dout):
        dout = dout.reshape(self.mask.shape[0], -1)
        return dout[self.mask].reshape(self.mask.shape)


# --- losses as objects ------------------------------------------------------------------------------------------------


class SquaredLoss:
    def forward(self, prediction, target):
        self.error = prediction - target
        return 0.5 * np.sum(self.error**2)

    def backward(self):
        return self.error.copy()


class SquaredLossBoth(SquaredLoss):
    """The gradient of the target too, though nobody asks: None."""

    def backward(self):
        return self.error.copy(), None


class SquaredLossNumber(SquaredLoss):
    def backward(self):
        return float(np.linalg.norm(self.error))


class SquaredLossList(SquaredLoss):
    def backward(self):
        return list(self.error)


class SquaredLossDecays(SquaredLoss):
    """Keeps a running mean of its gradient."""

    def __init__(self):
        self.mean = 0.0

    def backward(self):
        self.mean = self.mean + self.error
        return self.mean


def case(name, layer, cls, make, kind="", argument="", site="", **more):
    return Case(
        name=f"object-{name}", layer=layer, forward=cls, backward="backward", make=make, right=not kind, kind=kind,
        argument=argument, site=site, style="class", **more,
    )  # fmt: skip


def network(name, cls, *mistake, **more):
    return case(f"network-{name}", "two-layer network", cls, make_network, *mistake, **more)


def scale(name, cls, *mistake, **more):
    return case(f"scale-{name}", "scaling layer", cls, make_scaled, *mistake, **more)


def relu(name, cls, *mistake, **more):
    return case(f"relu-{name}", "relu", cls, make_rows, *mistake, **more)


def loss(name, cls, *mistake, **more):
    return case(f"loss-{name}", "squared error", cls, make_targets, *mistake, static=(1,), **more)


CASES = [
    network("right", TwoLayerNet),
    network("data-without-gradient", TwoLayerNetNoInput, "contract", "X", "return None"),
    network("weights-from-the-left", TwoLayerNetOrder, "contract", "X", 'p["W2"].T @ dZ2', also=("transpose",),
            note="raises: the shapes do not fit"),
    network("bias-forgotten", TwoLayerNetBiasForgotten, "contract", "b1", 'g["W1"] = self.X.T @ dZ1'),
    network("momentum-as-gradient", TwoLayerNetMomentum, "state-not-reset", "W1", "self.grads = self.velocity",
            invisible="backward called a second time"),
    network("output-weights-stepped", TwoLayerNetTrains, "updated-weights", "X", "p[name] -= 0.01 * g[name]"),
    scale("stack", Scale),
    scale("first-call", ScaleFirstCall, "stale-cache", "s", "x = self.calls[0]",
          invisible="forward called with two different inputs"),
    scale("adds-up", ScaleAddsUp, "state-not-reset", "s", '["s"] += np.sum', invisible="backward called a second time"),
    scale("flushed-away", ScaleFlushes, "state-not-reset", "s", 'self.gradients.pop("s")', also=("contract",),
          invisible="backward called a second time", note="the second backward raises KeyError"),
    scale("writes-into-input", ScaleWritesInput, "mutation", "x", "x *= g", invisible="the input looked at afterwards"),
    scale("in-place-on-copy", ScaleInPlaceCopy, note="works in place, on a copy"),
    scale("gradient-under-another-name", ScaleWrongName, "contract", "s", '{"scale":'),
    relu("mask", ReLU),
    relu("first-mask", ReLUFirstMask, "stale-cache", "x", "dx = dout * self.mask",
         invisible="forward called with two different inputs"),
    relu("buffer-adds-up", ReLUKeepsGradient, "state-not-reset", "x", "self.dx += dout * self.mask",
         invisible="backward called a second time", also=("path-doubled",)),
    relu("buffer-overwritten", ReLUBuffer, note="keeps a buffer, right each time"),
    relu("selected-entries-alone", ReLURaises, "contract", "x", "dout[self.mask]", note="raises: the mask selects too few"),
    loss("error", SquaredLoss),
    loss("none-for-target", SquaredLossBoth),
    loss("norm", SquaredLossNumber, "contract", "prediction", "np.linalg.norm", also=("neighbouring-loss", "wrong-axis")),
    loss("rows", SquaredLossList, "contract", "prediction", "list(self.error)",
         note="a list of rows: one gradient a row"),
    loss("adds-up", SquaredLossDecays, "state-not-reset", "prediction", "self.mean = self.mean + self.error",
         invisible="backward called a second time"),
]  # fmt: skip
