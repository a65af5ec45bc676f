"""Recurrences in two directions, and a memory of one number, differentiated by hand."""

import numpy as np
from corpus.case import Case


def make_both_ways(rng, n=5, d=3, h=2):
    backward_weights = rng.normal(size=(d, h)), rng.normal(size=(h, h))
    return rng.normal(size=(n, d)), rng.normal(size=(d, h)), rng.normal(size=(h, h)), *backward_weights


def make_steps(rng, n=7):
    return rng.normal(size=n), np.array(0.8), np.array(0.6)


# --- both directions, summed ------------------------------------------------------------------------------------------


def run(x, U, W):
    h, states = np.zeros(W.shape[0]), []
    for row in x:
        h = np.tanh(row @ U + h @ W)
        states.append(h)
    return np.array(states)


def bidirectional(x, U, W, U2, W2):
    return run(x, U, W) + run(x[::-1], U2, W2)[::-1]


def run_backward(dh, x, U, W):
    h = run(x, U, W)
    dx, dU, dW, carry = np.zeros(x.shape), np.zeros(U.shape), np.zeros(W.shape), 0
    for t in range(len(x) - 1, -1, -1):
        dz = (dh[t] + carry) * (1 - h[t] ** 2)
        dx[t] = U @ dz
        dU += np.outer(x[t], dz)
        if t:
            dW += np.outer(h[t - 1], dz)
        carry = W @ dz
    return dx, dU, dW


def bidirectional_backward(dh, x, U, W, U2, W2):
    dx, dU, dW = run_backward(dh, x, U, W)
    dx2, dU2, dW2 = run_backward(dh[::-1], x[::-1], U2, W2)
    return dx + dx2[::-1], dU, dW, dU2, dW2


def bidirectional_backward_not_reversed(dh, x, U, W, U2, W2):
    dx, dU, dW = run_backward(dh, x, U, W)
    dx2, dU2, dW2 = run_backward(dh[::-1], x[::-1], U2, W2)
    return dx + dx2, dU, dW, dU2, dW2


def bidirectional_backward_one_way(dh, x, U, W, U2, W2):
    dx, dU, dW = run_backward(dh, x, U, W)
    _, dU2, dW2 = run_backward(dh[::-1], x[::-1], U2, W2)
    return dx, dU, dW, dU2, dW2


def bidirectional_backward_upstream_forward(dh, x, U, W, U2, W2):
    dx, dU, dW = run_backward(dh, x, U, W)
    dx2, dU2, dW2 = run_backward(dh, x[::-1], U2, W2)
    return dx + dx2[::-1], dU, dW, dU2, dW2


# --- a leaky memory, one number ---------------------------------------------------------------------------------------


class Leaky:
    """s = decay s + gain x"""

    def __init__(self, decay, gain):
        self.decay, self.gain = decay, gain
        self.s = 0.0

    def forward(self, x):
        self.x, self.states = x, [0.0]
        for value in x:
            self.states.append(self.decay * self.states[-1] + self.gain * value)
        self.s = self.states[-1]
        return np.stack(self.states[1:])

    def backward(self, g):
        self.ddecay, self.dgain = np.zeros(()), np.zeros(())
        dx, ds = np.zeros(len(g)), 0.0
        for t in range(len(g) - 1, -1, -1):
            ds = g[t] + self.decay * ds
            dx[t] = self.gain * ds
            self.ddecay += ds * self.states[t]
            self.dgain += ds * self.x[t]
        return dx


class LeakyRemembers(Leaky):
    """Keeps ds from one backward to the next."""

    def __init__(self, decay, gain):
        super().__init__(decay, gain)
        self.ds = 0.0

    def backward(self, g):
        self.ddecay, self.dgain = np.zeros(()), np.zeros(())
        dx = np.zeros(len(g))
        for t in range(len(g) - 1, -1, -1):
            self.ds = g[t] + self.decay * self.ds
            dx[t] = self.gain * self.ds
            self.ddecay += self.ds * self.states[t]
            self.dgain += self.ds * self.x[t]
        return dx


def case(name, layer, forward, backward, make, kind="", argument="", site="", style="cache", **more):
    return Case(
        name=name, layer=layer, forward=forward, backward=backward, make=make, right=not kind, kind=kind, argument=argument,
        site=site, style=style, **more,
    )  # fmt: skip


def both(name, backward, *mistake, **more):
    return case(
        f"bidirectional-{name}",
        "bidirectional rnn",
        bidirectional,
        backward,
        make_both_ways,
        *mistake,
        style="plain",
        **more,
    )


CASES = [
    both("sum", bidirectional_backward),
    both("not-reversed", bidirectional_backward_not_reversed, "wrong-operand", "x", "dx + dx2,", also=("transpose",
         "window-offset")),
    both("one-direction", bidirectional_backward_one_way, "path-dropped", "x", "return dx, dU, dW"),
    both("upstream-not-reversed", bidirectional_backward_upstream_forward, "wrong-operand", "x", "run_backward(dh, x[::-1]",
         also=("transpose", "window-offset")),
    case("leaky-memory", "leaky memory", Leaky, "backward", make_steps, style="class"),
    case("leaky-memory-keeps-gradient", "leaky memory", LeakyRemembers, "backward", make_steps, "state-not-reset", "x",
         "self.ds = g[t]", style="class", invisible="backward called a second time"),
]  # fmt: skip
