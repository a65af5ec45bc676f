"""Steps of differential equations and unrolled updates, and their adjoints."""

import numpy as np
from corpus.case import Case


def make_oscillator(rng, n=5):
    """(n steps; position and velocity, stiffness, damping)"""
    return rng.normal(size=2), np.array(1.3), np.array(0.4), n


def make_growth(rng, n=5):
    return rng.uniform(0.1, 0.7, size=n), np.array(0.9), np.array(1.4)


def make_rod(rng, n=7):
    return rng.normal(size=n), rng.uniform(0.1, 0.4, size=n - 1)


def make_implicit(rng, d=3):
    return rng.normal(size=d), rng.normal(size=(d, d))


def make_motor(rng, n=5):
    """torques, every other one beyond what the motor gives; time step"""
    return np.where(np.arange(n) % 2, 2.2, 0.3) * rng.uniform(0.8, 1.2, size=n), np.array(0.2)


def make_descent(rng, n=7, d=3):
    return rng.normal(size=d), np.array(0.15), rng.normal(size=(n, d)), rng.normal(size=n)


DT = 0.1


# --- damped oscillator, explicit Euler --------------------------------------------------------------------------------


def oscillate(s0, k, c, steps):
    x, v = s0[0], s0[1]
    for _ in range(steps):
        x, v = x + DT * v, v + DT * (-k * x - c * v)
    return np.stack([x, v])


def trajectory(s0, k, c, steps):
    states = [(s0[0], s0[1])]
    for _ in range(steps):
        x, v = states[-1]
        states.append((x + DT * v, v + DT * (-k * x - c * v)))
    return states


def oscillate_adjoint(g, s0, k, c, steps):
    lx, lv, dk, dc = g[0], g[1], 0.0, 0.0
    for x, v in reversed(trajectory(s0, k, c, steps)[:-1]):
        dk -= DT * lv * x
        dc -= DT * lv * v
        lx, lv = lx - DT * k * lv, lv + DT * lx - DT * c * lv
    return np.array([lx, lv]), np.array(dk), np.array(dc)


def oscillate_adjoint_matrix(g, s0, k, c, steps):
    A = np.array([[1, DT], [-DT * k, 1 - DT * c]])
    states = np.array(trajectory(s0, k, c, steps))
    lam, dA = g, np.zeros((2, 2))
    for t in range(steps - 1, -1, -1):
        dA += np.outer(lam, states[t])
        lam = A.T @ lam
    return lam, -DT * dA[1, 0], -DT * dA[1, 1]


def oscillate_adjoint_later_state(g, s0, k, c, steps):
    lx, lv, dk, dc = g[0], g[1], 0.0, 0.0
    for x, v in reversed(trajectory(s0, k, c, steps)[1:]):
        dk -= DT * lv * x
        dc -= DT * lv * v
        lx, lv = lx - DT * k * lv, lv + DT * lx - DT * c * lv
    return np.array([lx, lv]), np.array(dk), np.array(dc)


def oscillate_adjoint_sequential(g, s0, k, c, steps):
    lx, lv, dk, dc = g[0], g[1], 0.0, 0.0
    for x, v in reversed(trajectory(s0, k, c, steps)[:-1]):
        dk -= DT * lv * x
        dc -= DT * lv * v
        lx = lx - DT * k * lv
        lv = lv + DT * lx - DT * c * lv
    return np.array([lx, lv]), np.array(dk), np.array(dc)


def oscillate_adjoint_not_transposed(g, s0, k, c, steps):
    A = np.array([[1, DT], [-DT * k, 1 - DT * c]])
    states = np.array(trajectory(s0, k, c, steps))
    lam, dA = g, np.zeros((2, 2))
    for t in range(steps - 1, -1, -1):
        dA += np.outer(lam, states[t])
        lam = A @ lam
    return lam, -DT * dA[1, 0], -DT * dA[1, 1]


def oscillate_adjoint_last_step(g, s0, k, c, steps):
    lx, lv = g[0], g[1]
    for x, v in reversed(trajectory(s0, k, c, steps)[:-1]):
        dk = -DT * lv * x
        dc = -DT * lv * v
        lx, lv = lx - DT * k * lv, lv + DT * lx - DT * c * lv
    return np.array([lx, lv]), np.array(dk), np.array(dc)


def oscillate_adjoint_time_step(g, s0, k, c, steps):
    lx, lv, dk, dc = g[0], g[1], 0.0, 0.0
    for x, v in reversed(trajectory(s0, k, c, steps)[:-1]):
        dk -= lv * x
        dc -= lv * v
        lx, lv = lx - DT * k * lv, lv + DT * lx - DT * c * lv
    return np.array([lx, lv]), np.array(dk), np.array(dc)


def oscillate_adjoint_two_steps(g, s0, k, c, steps):
    lx, lv, dk, dc = g[0], g[1], 0.0, 0.0
    for x, v in reversed(trajectory(s0, k, c, steps)[-3:-1]):
        dk -= DT * lv * x
        dc -= DT * lv * v
        lx, lv = lx - DT * k * lv, lv + DT * lx - DT * c * lv
    return np.array([lx, lv]), np.array(dk), np.array(dc)


# --- logistic growth, one midpoint step -------------------------------------------------------------------------------


def growth(u, r, K):
    middle = u + 0.25 * r * u * (1 - u / K)
    return u + 0.5 * r * middle * (1 - middle / K)


def growth_grad(g, u, r, K):
    f, fu = u * (1 - u / K), 1 - 2 * u / K
    m = u + 0.25 * r * f
    fm, fmm = m * (1 - m / K), 1 - 2 * m / K
    dm = g * 0.5 * r * fmm
    du = g + dm * (1 + 0.25 * r * fu)
    dr = np.sum(g * 0.5 * fm + dm * 0.25 * f)
    dK = np.sum(g * 0.5 * r * m**2 + dm * 0.25 * r * u**2) / K**2
    return du, dr, dK


def growth_grad_euler(g, u, r, K):
    f, fu = u * (1 - u / K), 1 - 2 * u / K
    du = g * (1 + 0.5 * r * fu)
    dr = np.sum(g * 0.5 * f)
    dK = np.sum(g * 0.5 * r * u**2) / K**2
    return du, dr, dK


def growth_grad_middle_constant(g, u, r, K):
    m = u + 0.25 * r * u * (1 - u / K)
    fm, fmm = m * (1 - m / K), 1 - 2 * m / K
    dm = g * 0.5 * r * fmm
    du = g + dm
    dr = np.sum(g * 0.5 * fm)
    return du, dr, np.sum(g * 0.5 * r * m**2) / K**2


# --- heat in a rod, no flux at the ends -------------------------------------------------------------------------------


def heat(u, conductivity):
    flux = conductivity * (u[1:] - u[:-1])
    return u + np.concatenate([flux, [0]]) - np.concatenate([[0], flux])


def heat_adjoint(g, u, conductivity):
    dflux = g[:-1] - g[1:]
    du = g.copy()
    du[1:] += conductivity * dflux
    du[:-1] -= conductivity * dflux
    return du, dflux * (u[1:] - u[:-1])


def heat_adjoint_periodic(g, u, conductivity):
    k = np.append(conductivity, conductivity[-1])
    du = g + k * (np.roll(g, -1) - g) + np.roll(k, 1) * (np.roll(g, 1) - g)
    return du, (g[:-1] - g[1:]) * (u[1:] - u[:-1])


def heat_adjoint_flux_sign(g, u, conductivity):
    dflux = g[1:] - g[:-1]
    du = g.copy()
    du[1:] -= conductivity * dflux
    du[:-1] += conductivity * dflux
    return du, dflux * (u[1:] - u[:-1])


# --- implicit step ----------------------------------------------------------------------------------------------------


def implicit(b, A):
    return np.linalg.solve(np.eye(len(b)) - 0.2 * A, b)


def implicit_grad(g, b, A):
    M = np.eye(len(b)) - 0.2 * A
    db = np.linalg.solve(M.T, g)
    return db, 0.2 * np.outer(db, np.linalg.solve(M, b))


def implicit_grad_not_transposed(g, b, A):
    M = np.eye(len(b)) - 0.2 * A
    db = np.linalg.solve(M, g)
    return db, 0.2 * np.outer(db, np.linalg.solve(M, b))


def implicit_grad_outer_transposed(g, b, A):
    M = np.eye(len(b)) - 0.2 * A
    db = np.linalg.solve(M.T, g)
    dA = 0.2 * np.outer(np.linalg.solve(M, b), db)
    return db, dA


def implicit_grad_of_right_side(g, b, A):
    M = np.eye(len(b)) - 0.2 * A
    db = np.linalg.solve(M.T, g)
    dA = 0.2 * np.outer(db, b)
    return db, dA


# --- a motor that saturates -------------------------------------------------------------------------------------------


class Motor:
    def __init__(self, dt):
        self.dt = dt

    def forward(self, torque):
        self.torque = torque
        self.given = np.clip(torque, -1.5, 1.5)
        return self.dt * np.cumsum(self.given)

    def backward(self, dspeed):
        dgiven = self.dt * np.cumsum(dspeed[::-1])[::-1]
        self.ddt = np.sum(dspeed * np.cumsum(self.given))
        return dgiven * (np.abs(self.torque) < 1.5)


class MotorUnlimited(Motor):
    def backward(self, dspeed):
        dgiven = self.dt * np.cumsum(dspeed[::-1])[::-1]
        self.ddt = np.sum(dspeed * np.cumsum(self.given))
        return dgiven


class MotorAsked(Motor):
    def backward(self, dspeed):
        dgiven = self.dt * np.cumsum(dspeed[::-1])[::-1]
        self.ddt = np.sum(dspeed * np.cumsum(self.torque))
        return dgiven * (np.abs(self.torque) < 1.5)


class MotorOwnStep(Motor):
    def backward(self, dspeed):
        self.ddt = np.sum(dspeed * np.cumsum(self.given))
        dtorque = self.dt * dspeed * (np.abs(self.torque) < 1.5)
        return dtorque


# --- two unrolled steps of descent ------------------------------------------------------------------------------------


def adapt(w, lr, X, y):
    """The loss after two steps on the first half of the data, judged on all of it."""
    h = len(y) // 2
    for _ in range(2):
        w = w - lr * 2 * X[:h].T @ (X[:h] @ w - y[:h])
    return np.mean((X @ w - y) ** 2)


def adapt_gradient(w, lr, X, y):
    h = len(y) // 2
    H, path = 2 * X[:h].T @ X[:h], [w]
    for _ in range(2):
        path.append(path[-1] - lr * (H @ path[-1] - 2 * X[:h].T @ y[:h]))
    g, dlr = 2 * X.T @ (X @ path[-1] - y) / len(y), 0.0
    for w_t in path[-2::-1]:
        dlr -= g @ (H @ w_t - 2 * X[:h].T @ y[:h])
        g = g - lr * H @ g
    return g, np.array(dlr)


def adapt_gradient_first_order(w, lr, X, y):
    h = len(y) // 2
    H, path = 2 * X[:h].T @ X[:h], [w]
    for _ in range(2):
        path.append(path[-1] - lr * (H @ path[-1] - 2 * X[:h].T @ y[:h]))
    g, dlr = 2 * X.T @ (X @ path[-1] - y) / len(y), 0.0
    for w_t in path[-2::-1]:
        dlr -= g @ (H @ w_t - 2 * X[:h].T @ y[:h])
    return g, np.array(dlr)


def adapt_gradient_clipped(w, lr, X, y):
    h = len(y) // 2
    H, path = 2 * X[:h].T @ X[:h], [w]
    for _ in range(2):
        path.append(path[-1] - lr * (H @ path[-1] - 2 * X[:h].T @ y[:h]))
    g, dlr = 2 * X.T @ (X @ path[-1] - y) / len(y), 0.0
    for w_t in path[-2::-1]:
        dlr -= g @ (H @ w_t - 2 * X[:h].T @ y[:h])
        g = g - lr * H @ g
    norm = np.linalg.norm(g)
    if norm > 0.1:
        g = g * 0.1 / norm
    return g, np.array(dlr)


def case(name, layer, forward, backward, make, kind="", argument="", site="", style="plain", **more):
    return Case(
        name=name, layer=layer, forward=forward, backward=backward, make=make, right=not kind, kind=kind, argument=argument,
        site=site, style=style, **more,
    )  # fmt: skip


def spring(name, adjoint, *mistake, **more):
    return case(f"oscillator-{name}", "euler steps", oscillate, adjoint, make_oscillator, *mistake, static=(3,), **more)


def grow(name, backward, *mistake, **more):
    return case(f"growth-{name}", "midpoint step", growth, backward, make_growth, *mistake, **more)


def rod(name, adjoint, *mistake, **more):
    return case(f"heat-{name}", "heat step", heat, adjoint, make_rod, *mistake, **more)


def solve(name, backward, *mistake, **more):
    return case(f"implicit-{name}", "implicit step", implicit, backward, make_implicit, *mistake, **more)


def motor(name, cls, *mistake, **more):
    return case(f"motor-{name}", "saturated motor", cls, "backward", make_motor, *mistake, style="class", **more)


def meta(name, backward, *mistake, **more):
    return case(
        f"unrolled-{name}",
        "unrolled descent",
        adapt,
        backward,
        make_descent,
        *mistake,
        style="gradient",
        static=(2, 3),
        **more,
    )


CASES = [
    spring("adjoint", oscillate_adjoint),
    spring("matrix", oscillate_adjoint_matrix),
    spring("later-state", oscillate_adjoint_later_state, "wrong-operand", "k", "[1:]", also=("window-offset",)),
    spring("one-after-the-other", oscillate_adjoint_sequential, "wrong-operand", "s0", "lv = lv + DT * lx - DT * c * lv",
           also=("overwritten",)),
    spring("not-transposed", oscillate_adjoint_not_transposed, "transpose", "s0", "lam = A @ lam"),
    spring("last-step", oscillate_adjoint_last_step, "overwritten", "k", "dk = -DT * lv * x"),
    spring("time-step-missing", oscillate_adjoint_time_step, "factor", "k", "dk -= lv * x"),
    spring("two-steps", oscillate_adjoint_two_steps, "bptt-truncated", "s0", "[-3:-1]", also=("path-dropped",)),
    grow("midpoint", growth_grad),
    grow("of-euler", growth_grad_euler, "approximation-mixed", "u", "(1 + 0.5 * r * fu)", also=("neighbouring-loss",
         "path-dropped")),
    grow("middle-constant", growth_grad_middle_constant, "path-dropped", "u", "du = g + dm"),
    rod("adjoint", heat_adjoint),
    rod("periodic", heat_adjoint_periodic, "window-offset", "u", "du = g + k *"),
    rod("flux-sign", heat_adjoint_flux_sign, "sign", "conductivity", "return du, dflux * (u[1:] - u[:-1])"),
    solve("transposed", implicit_grad),
    solve("not-transposed", implicit_grad_not_transposed, "transpose", "b", "db = np.linalg.solve(M, g)"),
    solve("matrix-transposed", implicit_grad_outer_transposed, "transpose", "A", "dA = 0.2 * np.outer"),
    solve("right-side-for-solution", implicit_grad_of_right_side, "wrong-operand", "A", "np.outer(db, b)"),
    motor("limited", Motor),
    motor("unlimited", MotorUnlimited, "clip-ignored", "torque", "return dgiven", also=("mask-forgotten",)),
    motor("asked-for-given", MotorAsked, "wrong-operand", "dt", "np.cumsum(self.torque)", also=("clip-ignored",)),
    motor("own-step", MotorOwnStep, "bptt-truncated", "torque", "self.dt * dspeed", also=("path-dropped",)),
    meta("descent", adapt_gradient),
    meta("first-order", adapt_gradient_first_order, "second-order", "w", "dlr -= g @ (H @ w_t", also=("path-dropped",)),
    meta("clipped", adapt_gradient_clipped, "gradient-clipped", "w", "g = g * 0.1 / norm"),
]  # fmt: skip
