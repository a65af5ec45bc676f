"""`taylor_test` and `dot_product_test`: derivatives by their order of convergence, and by adjoint pairs.  Layer 8."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import ConstantWarning, NonScalarError, ShapeError, user_line
from ..forward import jvp
from ..reverse import grad, vjp
from ..trees import flatten
from .pairs import name_of
from .problem import Problem, nodes_of, plain, slope_of
from .report import GradientError, Verdict

__all__ = ["Adjointness", "Convergence", "dot_product_test", "taylor_test"]

HALVINGS = 45
CLEAR = 50.0  # times its rounding: a remainder that is told
EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Convergence:
    """How fast the remainder of a Taylor polynomial vanishes along some directions.

    verdict    right, wrong or cannot tell
    expected   the order of a right polynomial: 2 with the gradient, 3 with the second derivative too
    orders     the order along each direction, at the smallest steps that rounding leaves; inf where the remainder is rounding
               at every step (f is linear, or quadratic), nan where too few steps are left
    windows    (first step, last step, remainder at each) of every direction, or None
    reason     why the verdict is not right, or ""
    """

    subject: str
    verdict: Verdict
    expected: int
    orders: tuple[float, ...]
    windows: tuple[tuple[float, float, float, float] | None, ...]
    reason: str

    def __bool__(self) -> bool:
        return self.verdict == "right"

    def assert_right(self) -> None:
        """Raises GradientError with the table as its text, unless the verdict is right."""
        if self.verdict != "right":
            raise GradientError(str(self))

    def __str__(self) -> str:
        lines = [f"{self.subject}: {self.verdict}{f', {self.reason}' if self.reason else ''}"]
        lines.append(f"  direction  order ({self.expected} expected)  steps               remainders")
        for k, (order, window) in enumerate(zip(self.orders, self.windows), 1):
            shown = "exact" if order == np.inf else "none" if np.isnan(order) else f"{order:.2f}"
            row = "" if window is None else "{:.1e} ... {:.1e}  {:.1e} ... {:.1e}".format(*window)
            lines.append(f"  {k:9}  {shown:>20}  {row}".rstrip())
        return "\n".join(lines)

    __repr__ = __str__


def taylor_test(
    f: Callable, x: Any, gradient: Any = None, directions: int = 4, *, second: Callable | bool = False
) -> Convergence:
    """Whether a gradient is right, by the order at which f(x + h d) - f(x) - h <gradient, d> vanishes.

    f            function of a number, an array or a container to one number; to several, without a gradient of yours
    x            the point
    gradient     of the structure of x, or a function of x (default: this library's)
    directions   how many random directions to try
    second       also the second derivative, a function (x, d) -> H d of the structure of x; True for this library's
    returns      a Convergence with .orders, .verdict and a table: order 2 if the gradient is right and 1 if it is wrong; with
                 `second` 3 if both are right, 2 if the second derivative is wrong and 1 if the gradient is
    The steps halve from the size of x down to rounding, and the smallest that rounding leaves count. There is no step and no
    tolerance to choose; an error of 1e-5 of the gradient is seen. A kink has order 1 too, and is told by its two sides.
    Raises NonScalarError for your gradient of an f that gives several numbers, ShapeError for one of another structure.
    Source: Farrell, Ham, Funke & Rognes 2013 (Taylor remainder convergence test).

    >>> taylor_test(lambda x: np.sum(np.exp(x)), np.array([0.5, -1.0]), np.exp, directions=2)
    <lambda>: right
      direction  order (2 expected)  steps               remainders
              1                2.00  ...
              2                2.00  ...
    >>> taylor_test(lambda x: np.sum(np.exp(x)), np.array([0.5, -1.0]), lambda x: 1.001 * np.exp(x)).verdict
    'wrong'
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        problem = Problem(f, [x])
        g = gradient_of(problem, x, gradient)
        rng = np.random.default_rng(8)
        found = [remainder(problem, x, g, second, rng) for _ in range(directions)]
    expected = 3 if second else 2
    orders, windows = tuple([order for order, _, _ in found]), tuple([window for _, window, _ in found])
    verdict, reason = judged(orders, [kink for _, _, kink in found], expected, bool(second))
    return Convergence(name_of(f), verdict, expected, orders, windows, reason)


def gradient_of(problem: Problem, x: Any, gradient: Any) -> list[np.ndarray]:
    """The gradient of the weighted sum of f's results, as one array for each array of x."""
    if gradient is None:
        leaves = nodes_of(problem, problem.leaves)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConstantWarning)
            return [np.asarray(plain(d), float) for d in grad(problem.recorded, tuple(range(len(leaves))))(*leaves)]
    if len(problem.weights) != 1 or problem.weights[0].size != 1:
        raise NonScalarError(
            f"taylor_test got a gradient of {name_of(problem.f)}, which gives {sum([w.size for w in problem.weights])} numbers, "
            f"at {user_line()}. A gradient is of one number. Take a weighted sum of them, or leave the gradient out."
        )
    return [
        float(problem.weights[0].item()) * d
        for d in as_leaves(problem, gradient(x) if callable(gradient) else gradient)
    ]


def as_leaves(problem: Problem, given: Any) -> list[np.ndarray]:
    """What has the structure of x as one array for each of its arrays; ShapeError otherwise."""
    found = [np.asarray(plain(d)) for d in flatten(given).leaves]
    shapes, wanted = [d.shape for d in found], [x.shape for x in problem.leaves]
    if shapes != wanted or any([d.dtype.kind not in "fiub" for d in found]):
        raise ShapeError(
            f"taylor_test got derivatives of shapes {shapes} for x of {wanted}, at {user_line()}. They must be numbers of the "
            "structure of x. Reshape them, or differentiate by another argument."
        )
    return [d.astype(float) for d in found]


def remainder(
    problem: Problem, x: Any, g: list[np.ndarray], second: Callable | bool, rng: np.random.Generator
) -> tuple[float, tuple[float, float, float, float] | None, bool]:
    """(the order along a random direction, the window of steps, whether its two sides show a kink)."""
    largest = max([float(np.max(np.abs(a), initial=0.0)) for a in problem.leaves]) or 1.0
    direction = [rng.normal(size=a.shape) * np.where(a, np.abs(a), largest) for a in problem.leaves]
    slope = sum([float(np.sum(d * v)) for d, v in zip(g, direction)])
    bend = 0.5 * curvature(problem, x, direction, second)
    blurred = sum([float(np.sum(np.abs(d) * np.abs(a))) for d, a in zip(g, problem.leaves)])  # x + h d is rounded
    base = float(problem.number(*[a.copy() for a in problem.leaves]))
    steps = 2.0 ** -np.arange(HALVINGS)
    sides, noise = [], np.zeros(HALVINGS)
    for sign in (1.0, -1.0):
        values = [float(problem.number(*[a + sign * h * d for a, d in zip(problem.leaves, direction)])) for h in steps]
        moved = np.array(values)
        sides.append(moved - base - sign * steps * slope - steps**2 * bend)
        sizes = np.abs(moved) + abs(base) + steps * abs(slope) + steps**2 * abs(bend)
        noise = np.maximum(noise, EPS * (4.0 * sizes + 4.0 * blurred))
    order, window = order_of(np.abs(sides[0]), noise, steps)
    turn, _ = order_of(np.abs(sides[0] + sides[1]), 2.0 * noise, steps)
    return order, window, bool(turn < 1.3)


def curvature(problem: Problem, x: Any, direction: list[np.ndarray], second: Callable | bool) -> float:
    """<d, H d> of the weighted sum, or 0 where it is not asked for."""
    if second is False:
        return 0.0
    if second is True:
        leaves = nodes_of(problem, problem.leaves)
        inner = lambda *xs: slope_of(problem.recorded, "reverse", xs, direction)
        return float(plain(slope_of(inner, "forward", leaves, direction)))
    along = flatten([x]).rebuild([d if d.shape else float(d) for d in direction])[0]
    products = as_leaves(problem, second(x, along))
    return float(problem.weights[0].item()) * sum([float(np.sum(d * h)) for d, h in zip(direction, products)])


def order_of(
    remainders: np.ndarray, noise: np.ndarray, steps: np.ndarray
) -> tuple[float, tuple[float, float, float, float] | None]:
    """The order at the smallest steps whose remainder is clear of rounding, and those steps."""
    clear = remainders > CLEAR * noise
    if not np.any(clear[np.isfinite(remainders)]):
        return np.inf, None
    rungs = np.flatnonzero(clear & np.isfinite(remainders))
    last = int(rungs[-1])
    first = last
    while first > 0 and last - first < 3 and clear[first - 1] and np.isfinite(remainders[first - 1]):
        first -= 1
    if last - first < 2:
        return np.nan, None
    order = float(np.log2(remainders[first] / remainders[last]) / (last - first))
    return order, (float(steps[first]), float(steps[last]), float(remainders[first]), float(remainders[last]))


def judged(orders: tuple[float, ...], kinks: list[bool], expected: int, second: bool) -> tuple[Verdict, str]:
    """The verdict over all directions, with its reason."""
    low = [order for order, kink in zip(orders, kinks) if order < expected - 0.7 and not kink]
    if low:
        which = "the gradient" if min(low) < 1.3 else "the second derivative" if second else "the gradient"
        return "wrong", f"{which} is not that of f: the remainder has order {min(low):.2f}, {expected} is expected"
    if any([kink for order, kink in zip(orders, kinks) if order < expected - 0.3]):
        return "cannot tell", "f has a kink here: its slopes on the two sides differ"
    if any([np.isnan(order) for order in orders]):
        return "cannot tell", "rounding leaves too few steps"
    between = [order for order in orders if order < expected - 0.3]
    if between:
        return "cannot tell", f"order {min(between):.2f} is between those of a right and of a wrong derivative"
    return "right", ""


@dataclass(frozen=True)
class Adjointness:
    """Whether <v, J u> = <J^T v, u> along random directions.

    verdict   right, wrong or cannot tell
    defects   |<v, J u> - <J^T v, u>| over |v| |J u|, for every pair of directions
    bounds    what rounding may make of each
    factor    c, where <J^T v, u> is c times <v, J u> for every pair; else None
    reason    why the verdict is not right, or ""
    """

    verdict: Verdict
    defects: tuple[float, ...]
    bounds: tuple[float, ...]
    factor: Any
    reason: str

    def __bool__(self) -> bool:
        return self.verdict == "right"

    def assert_right(self) -> None:
        """Raises GradientError with the sentence as its text, unless the verdict is right."""
        if self.verdict != "right":
            raise GradientError(str(self))

    def __str__(self) -> str:
        worst = max(zip(self.defects, self.bounds), default=(0.0, 0.0))
        numbers = f"relative defect {worst[0]:.1e}, rounding explains {worst[1]:.1e}"
        return f"dot_product_test: {self.verdict}, {f'{self.reason} ({numbers})' if self.reason else numbers}"

    __repr__ = __str__


def dot_product_test(
    apply: Callable, adjoint: Any, u: Any = None, v: Any = None, *, directions: int = 4
) -> Adjointness:
    """Whether two functions are adjoint to each other: <v, J u> = <J^T v, u> for random u and v.

    apply, adjoint   u -> J u and v -> J^T v: a jvp and a vjp, matvec and rmatvec, a convolution and its backward. Or a function
                     f and a point x: then forward and reverse mode of this library are compared
    u, v             an array of the shape and kind that apply, and adjoint, take, or only the shape; v may be left out if apply
                     takes numbers: then it is of the shape of its result. Complex ones are paired as <v, w> = sum(conj(v) w)
    directions       how many pairs to try
    returns          an Adjointness with .verdict, .defects, .bounds and .factor
    The bound comes from the rounding that apply and adjoint show when their argument is divided by 3 and the result is multiplied
    by 3. A function that is not linear is told from one that is not the adjoint.
    Raises ShapeError if adjoint gives another shape than u, or apply another than v; TypeError without u.
    Source: Claerbout 1992, Earth Soundings Analysis (dot-product test).

    >>> A = np.array([[1.0, 2.0, 0.0], [0.5, -1.0, 3.0]])
    >>> dot_product_test(lambda u: A @ u, lambda v: A.T @ v, (3,)).verdict
    'right'
    >>> dot_product_test(lambda u: A @ u, lambda v: 2.0 * A.T @ v, (3,))
    dot_product_test: wrong, the adjoint is 2 times the right one (...)
    """
    if not callable(adjoint):
        apply, adjoint, u = own_modes(apply, adjoint)
    if u is None:
        raise TypeError(
            f"dot_product_test got no u, at {user_line()}. It has to know what apply takes. Give an array like it, or its shape: "
            "dot_product_test(apply, adjoint, (3,))."
        )
    rng = np.random.default_rng(9)
    like_u = example(u)
    ratios: list[Any] = []
    defects: list[float] = []
    bounds: list[float] = []
    straight = True
    with np.errstate(all="ignore"):
        like_v = np.asarray(apply(draw(rng, like_u))) if v is None else example(v)
        for _ in range(directions):
            a, b = draw(rng, like_u), draw(rng, like_v)
            forth, forth_noise = measured(apply, a, like_v, "apply", "v")
            back, back_noise = measured(adjoint, b, like_u, "adjoint", "u")
            left, right = np.vdot(b, forth), np.vdot(back, a)
            size = (
                float(np.linalg.norm(b) * np.linalg.norm(forth))
                or float(np.linalg.norm(back) * np.linalg.norm(a))
                or 1.0
            )
            eps = max([float(np.finfo(y.dtype).eps) if y.dtype.kind in "fc" else EPS for y in (forth, back)])
            noise = np.linalg.norm(b) * forth_noise + np.linalg.norm(a) * back_noise
            curved = max(forth_noise - 1e-3 * np.linalg.norm(forth), back_noise - 1e-3 * np.linalg.norm(back))
            straight = straight and not curved > 0.0
            ratios.append(right / left if left else np.nan)
            defects.append(float(abs(left - right)) / size)
            bounds.append(float(8.0 * noise) / size + 16.0 * eps * float(np.sqrt(max(a.size, b.size))))
    verdict, factor, reason = adjointness(np.array(ratios), np.array(defects), np.array(bounds), straight)
    return Adjointness(verdict, tuple(defects), tuple(bounds), factor, reason)


def own_modes(f: Callable, x: Any) -> tuple[Callable, Callable, np.ndarray]:
    """Forward and reverse mode of f at a point, as a pair of linear functions of arrays."""
    point = np.asarray(plain(x), float)
    return lambda u: jvp(f, (point,), (u,))[1], lambda v: vjp(f, point)[1](v)[0], np.zeros(point.shape)


def example(given: Any) -> np.ndarray:
    """An array of the shape and kind that is asked for."""
    is_shape = isinstance(given, int | tuple) and all(
        [isinstance(n, int) for n in np.atleast_1d(np.array(given, object))]
    )
    return np.zeros(given) if is_shape else np.asarray(given)


def draw(rng: np.random.Generator, like: np.ndarray) -> np.ndarray:
    found = rng.normal(size=like.shape)
    if like.dtype.kind == "c":
        return (found + 1j * rng.normal(size=like.shape)).astype(like.dtype)
    return np.asarray(found, like.dtype if like.dtype.kind == "f" else float)


def measured(function: Callable, x: np.ndarray, like: np.ndarray, called: str, other: str) -> tuple[np.ndarray, float]:
    """(function(x), the size of its rounding): how far 3 f(x / 3) is from f(x), which are the same for a linear function."""
    y, again = np.asarray(function(x.copy())), np.asarray(function((x / 3.0).astype(x.dtype)))
    if y.shape != like.shape:
        raise ShapeError(
            f"dot_product_test: {called} gave shape {y.shape} for {x.shape}, and {other} has {like.shape}, at {user_line()}. For "
            "J of shape (m, n), apply takes n numbers and gives m, adjoint takes m and gives n. Look for a missing transpose."
        )
    return y, float(np.linalg.norm(np.ravel(y - 3.0 * again)))


def adjointness(
    ratios: np.ndarray, defects: np.ndarray, bounds: np.ndarray, straight: bool
) -> tuple[Verdict, Any, str]:
    """(verdict, constant factor, reason)."""
    if not np.all(np.isfinite(defects)):
        return "cannot tell", None, "there are infinities or nan in the results"
    if not straight:
        return "wrong", None, "a function is not linear: three times f(u / 3) is not f(u)"
    if np.all(defects <= bounds):
        return "right", 1.0, ""
    c = ratios[0]
    if len(ratios) > 1 and np.all(np.abs(ratios - c) <= 1e-12 + 1e3 * bounds.max() * np.abs(c)):
        factor = float(c.real) if abs(np.imag(c)) <= 1e-9 * abs(c) else complex(c)
        return "wrong", factor, f"the adjoint is {factor:.6g} times the right one"
    return "wrong", None, "the adjoint is another one"
