"""Where the checks of operations look: arguments, directions, and a witness for derivatives that uses no rule.  Names no op.

The witness is a complex step of the array kernel (Squire & Trapp 1998, eq. 6), exact to rounding, or, where the kernel is not
analytic, central differences extrapolated once (error of order h^4).
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_nn import ops
from autograd_nn.composition import Composition
from autograd_nn.domain import Interval, Shape
from autograd_nn.errors import MissingLibrary
from autograd_nn.op import Op

__all__ = [
    "Form",
    "close",
    "few_points",
    "forms",
    "lacking",
    "one_array",
    "one_recorded",
    "only",
    "points",
    "unit_directions",
    "with_active",
    "witness",
]

SHAPES = ((), (1,), (3,), (2, 1), (1, 3), (2, 3), (4, 1, 3), (0, 3))


def broadcasts(*shapes):
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        return False
    return True


def points(op: Op, seed: int = 0):
    """(arguments, positions of the differentiable ones) for each case, or for every pair of shapes that broadcast."""
    rng = np.random.default_rng(seed)
    arity = len(op.vjps)
    cases = op.cases
    if not cases:
        cases = [
            shapes for shapes in itertools.product([Shape(*s) for s in SHAPES], repeat=arity) if broadcasts(*shapes)
        ]
    for case in cases:
        args, active = [], []
        for i, a in enumerate(case):
            if isinstance(a, Shape | Interval):
                domain = a if isinstance(a, Interval) else op.domain[min(i, len(op.domain) - 1)]
                a = domain.sample(rng, (2, 3) if isinstance(a, Interval) else a)
                active.append(i)
            args.append(a)
        yield args, active


def lacking(op: Op) -> bool:
    """Whether the kernel needs a library that is not installed."""
    if op.kind == "nondifferentiable":  # it has no domain to take arguments from
        return False
    try:
        op.array(*next(points(op))[0])
    except MissingLibrary:
        return True
    return False


def with_active(op: Op, args, active):
    """The operation as a function of its differentiable arguments: by the public function, and by the array kernel.

    Several results become one array, so that every check is one of arrays.
    """

    def through(function, whole):
        def f(*xs):
            full = list(args)
            for i, x in zip(active, xs):
                full[i] = x
            return whole(function(*full))

        return f

    return through(op.function, one_recorded), through(op.array, one_array)


def one_recorded(y):
    """Several results, recorded or not, as one row of numbers; a single one as it is."""
    return ops.join(0, *[ops.ravel(part) for part in y]) if isinstance(y, tuple | list) else y


def one_array(y):
    """The same without operations of ours."""
    return np.concatenate([np.ravel(part) for part in y]) if isinstance(y, tuple | list) else y


@dataclass(frozen=True)
class Form:
    """One case of a composition, in the form of a record: a function of its arrays alone."""

    name: str
    function: Callable
    array: Callable
    domain: tuple
    cases: tuple
    analytic: bool
    kind: str = "composition"
    scalar: None = None
    vjps: tuple = ()


def forms(made: Composition) -> list[Form]:
    """A Form for each case; the function is compared with the first NumPy function that it stands for, else with itself."""
    found = []
    for case in made.cases:
        shapes: list[Any] = []
        args, keywords = (case[:-1], case[-1]) if isinstance(case[-1], dict) else (case, {})
        build = [slot(a, shapes) for a in args]
        named = {name: slot(a, shapes) for name, a in keywords.items()}

        def filled(function, build=build, named=named):
            return lambda *xs: function(*[b(xs) for b in build], **{name: b(xs) for name, b in named.items()})

        array = made.numpy[0] if made.numpy else made.function
        domain = (made.domain,) * len(shapes)
        found.append(Form(made.name, filled(made.function), filled(array), domain, (tuple(shapes),), made.analytic))
    return found


def slot(a: Any, shapes: list) -> Callable:
    """How an argument of a case is built from the arrays; its Shapes are added to `shapes`."""
    if isinstance(a, Shape | Interval):
        shapes.append(a)
        last = len(shapes) - 1
        return lambda xs: xs[last]
    if isinstance(a, list):
        builds = [slot(part, shapes) for part in a]
        return lambda xs: [b(xs) for b in builds]
    return lambda xs: a


def only(f, xs, i):
    """f as a function of argument i alone, the others constant."""
    return lambda x: f(*xs[:i], x, *xs[i + 1 :])


def witness(op: Op, kernel, xs, i, direction):
    """d kernel(xs) / d xs[i] along `direction`, without any rule."""

    def along(h):
        moved = list(xs)
        moved[i] = xs[i] + h * direction
        return np.asarray(kernel(*moved))

    if op.analytic:
        return along(1e-30j).imag / 1e-30
    h = 1e-3
    coarse, fine = (along(h) - along(-h)) / (2 * h), (along(h / 2) - along(-h / 2)) / h
    return (4.0 * fine - coarse) / 3.0


def unit_directions(x):
    for k in range(x.size):
        direction = np.zeros(x.shape)
        direction.flat[k] = 1.0
        yield k, direction


def close(expected, actual, what, rtol=1e-9, atol=1e-10):
    assert np.shape(expected) == np.shape(actual), f"{what}: shape {np.shape(actual)}, expected {np.shape(expected)}"
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol, err_msg=what)


def few_points(op: Op):
    """The points of every case of a record; of an elementwise operation, one of a single number and one that broadcasts."""
    found = list(points(op))
    if op.cases:
        return found
    return [found[0], max(found, key=lambda p: sum([np.size(a) for a in p[0]]))]
