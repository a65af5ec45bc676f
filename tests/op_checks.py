"""What every operation must satisfy, as functions of its record.  Knows the record and the walks; never names an operation.

`CHECKS` is run by test_every_op.py on each record, and by mutants.py on records with a mistake planted in a rule.
The witness, in op_points.py, is independent of all rules.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
from op_points import close, few_points, one_array, only, points, unit_directions, with_active, witness
from op_scalars import check_scalar

from autograd_nn import Tensor, grad, jvp, ops, vjp
from autograd_nn.domain import Interval, Shape
from autograd_nn.many import pull_many, push_many
from autograd_nn.op import Op
from autograd_nn.walk import pull, push

__all__ = ["CHECKS"]


def check_reverse(op: Op) -> None:
    """Every entry of g^T J from the vjp rules equals the witness, one argument at a time and all together."""
    rng = np.random.default_rng(1)
    for args, active in points(op):
        f, kernel = with_active(op, args, active)
        xs = [args[i] for i in active]
        y, pull = vjp(f, *xs)
        g = rng.normal(size=np.shape(y))
        for i, (x, d) in enumerate(zip(xs, pull(g))):
            expected = np.zeros(x.shape)
            for k, direction in unit_directions(x):
                expected.flat[k] = np.sum(g * witness(op, kernel, xs, i, direction))
            close(expected, d, f"{op.name}: cotangent of argument {active[i]} at shapes {[np.shape(a) for a in xs]}")
            alone = vjp(only(f, xs, i), x)[1](g)[0]
            close(d, alone, f"{op.name}: cotangent of argument {active[i]} alone")


def check_forward(op: Op) -> None:
    """J t by the forward walk equals the witness, for each argument alone and for all of them."""
    rng = np.random.default_rng(2)
    for args, active in points(op):
        f, kernel = with_active(op, args, active)
        xs = [args[i] for i in active]
        ts = [rng.normal(size=x.shape) for x in xs]
        parts = [witness(op, kernel, xs, i, t) for i, t in enumerate(ts)]
        for i, part in enumerate(parts):
            _, dy = jvp(only(f, xs, i), (xs[i],), (ts[i],))
            close(part, dy, f"{op.name}: tangent through argument {active[i]}")
        _, dy = jvp(f, xs, ts)
        close(sum(parts), dy, f"{op.name}: tangent through all arguments")


def check_ties(op: Op) -> None:
    """Where all numbers are equal, even a choice among them has a derivative along (1, 1, ...): the shares add up to it."""
    rng = np.random.default_rng(5)
    if not all([isinstance(d, Interval) for d in op.domain]):
        return  # matrices: those of equal numbers are singular
    low, high = max([d.low for d in op.domain]), min([d.high for d in op.domain])
    number = np.asarray(low + 0.7 * (high - low))  # legal for every argument
    for args, active in points(op):
        f, kernel = with_active(op, args, active)
        shapes = [np.shape(args[i]) for i in active]
        xs = [np.full(shape, number) for shape in shapes]
        expected = witness(op, lambda x, k=kernel, s=shapes: k(*[np.full(n, x) for n in s]), [number], 0, 1.0)
        _, dy = jvp(f, xs, [np.ones(shape) for shape in shapes])
        close(expected, dy, f"{op.name}: tangent of equal numbers of shapes {shapes}")
        y, pull = vjp(f, *xs)
        g = rng.normal(size=np.shape(y))
        close(
            np.sum(g * expected), sum([np.sum(d) for d in pull(g)]), f"{op.name}: cotangents of equal numbers {shapes}"
        )


def check_second_order(op: Op) -> None:
    """All four ways of nesting the walks equal differences of the (already checked) gradient."""
    rng = np.random.default_rng(3)
    for args, active in few_points(op):
        f, _ = with_active(op, args, active)
        xs = [args[i] for i in active]
        weights = rng.normal(size=np.shape(f(*xs)))

        def loss(*xs, f=f, weights=weights):
            y = f(*xs)
            return ops.sum(
                weights * y * (1.0 + y)
            )  # of y * y alone, no second derivative of y would be left where y = 0

        gradient = grad(loss, argnums=tuple(range(len(xs))))
        ts = [rng.normal(size=x.shape) for x in xs]
        vs = [rng.normal(size=x.shape) for x in xs]

        def along(h, xs=xs, ts=ts, gradient=gradient):
            return gradient(*[x + h * t for x, t in zip(xs, ts)])

        h = 1e-3
        expected = [
            (8 * (a - b) - (c - d)) / (12 * h) for a, b, c, d in zip(along(h), along(-h), along(2 * h), along(-2 * h))
        ]
        _, forward = jvp(gradient, xs, ts)
        for e, actual in zip(expected, forward):
            close(e, actual, f"{op.name}: forward over reverse", rtol=1e-6, atol=1e-6)

        def projected(*xs, gradient=gradient, vs=vs):
            parts = [ops.sum(d * v) for d, v in zip(gradient(*xs), vs)]
            return sum(parts[1:], start=parts[0])

        def tangent(*xs, loss=loss, ts=ts):
            return jvp(loss, xs, ts)[1]

        for e, actual in zip(expected, grad(tangent, argnums=tuple(range(len(xs))))(*xs)):
            close(e, actual, f"{op.name}: reverse over forward", rtol=1e-6, atol=1e-6)

        def along_given(*ts, loss=loss, xs=xs):
            return jvp(loss, xs, ts)[1]

        for e, actual in zip(gradient(*xs), grad(along_given, argnums=tuple(range(len(xs))))(*ts)):
            close(e, actual, f"{op.name}: reverse over forward, by the tangent")
        twice = sum([np.sum(e * v) for e, v in zip(expected, vs)])
        close(twice, jvp(tangent, xs, vs)[1], f"{op.name}: forward over forward", rtol=1e-6, atol=1e-5)
        reverse = grad(projected, argnums=tuple(range(len(xs))))(*xs)
        close(
            twice,
            sum([np.sum(d * t) for d, t in zip(reverse, ts)]),
            f"{op.name}: reverse over reverse",
            rtol=1e-6,
            atol=1e-5,
        )


def check_third_order(op: Op) -> None:
    """The derivative of a Hessian-vector product, by both walks, equals differences of the (already checked) product.

    Differences of order h^4 with h = 2e-3 err by h^4 / 30 = 5e-13 times four derivatives more, and by rounding over h, 1e-13 of
    the size of the numbers; next to a pole four derivatives more are a thousand times as large.
    """
    rng = np.random.default_rng(6)
    for args, active in few_points(op):
        f, _ = with_active(op, args, active)
        xs = [args[i] for i in active]
        weights, (ts, vs, us) = (
            rng.normal(size=np.shape(f(*xs))),
            [[rng.normal(size=x.shape) for x in xs] for _ in "tvu"],
        )

        def loss(*xs, f=f, weights=weights):
            y = f(*xs)
            return ops.sum(weights * y * y * y)

        gradient = grad(loss, argnums=tuple(range(len(xs))))

        def product(*xs, gradient=gradient, ts=ts):
            return jvp(gradient, xs, ts)[1]

        def projected(*xs, product=product, vs=vs):
            parts = [ops.sum(d * v) for d, v in zip(product(*xs), vs)]
            return sum(parts[1:], start=parts[0])

        def along(h, xs=xs, us=us, product=product):
            return product(*[x + h * u for x, u in zip(xs, us)])

        h = 2e-3
        samples = along(h), along(-h), along(2 * h), along(-2 * h)
        expected = [(8 * (a - b) - (c - d)) / (12 * h) for a, b, c, d in zip(*samples)]
        size = max([np.max(np.abs(e), initial=1.0) for e in (*expected, *samples[0])])
        _, forward = jvp(product, xs, us)
        for e, actual in zip(expected, forward):
            close(e, actual, f"{op.name}: forward over forward over reverse", rtol=1e-6, atol=1e-9 * size)
        reverse = grad(projected, argnums=tuple(range(len(xs))))(*xs)
        twice = sum([np.sum(d * v) for d, v in zip(forward, vs)])
        back = sum([np.sum(d * u) for d, u in zip(reverse, us)])
        scale = sum([np.sum(np.abs(d * v)) for d, v in zip((*forward, *reverse), (*vs, *us))])
        close(twice, back, f"{op.name}: reverse over forward over reverse", rtol=0.0, atol=1e-12 * (1.0 + scale))


def check_many_directions(op: Op) -> None:
    """The walks for many directions at once give what the walks for one direction give, also when they are recorded."""
    rng = np.random.default_rng(8)
    for args, active in few_points(op):
        f, _ = with_active(op, args, active)
        xs = [args[i] for i in active]
        for recorded in (False, True):
            variables = [ops.positive(Tensor(x)) for x in xs]
            y = f(*variables)
            count = 1 if y.size == 2 else 2  # never a size that y has, if it has one axis
            seeds = rng.normal(size=(count, *y.shape))
            found = pull_many(y, seeds, variables, recorded)
            for k, seed in enumerate(seeds):
                for n, d in pull((y,), (seed,), variables).items():
                    close(
                        d,
                        plain(found[n])[k],
                        f"{op.name}: cotangent {k} of {count}, shapes {[n.shape for n in variables]}",
                    )
            for n in variables:
                ts = rng.normal(size=(count, *n.shape))
                (stack,) = push_many(n, ts, (y,), recorded)
                for k, t in enumerate(ts):
                    close(push((n,), (t,), (y,))[0], plain(stack)[k], f"{op.name}: tangent {k} of {count}")


def plain(x):
    return x.data if isinstance(x, Tensor) else x


@dataclass
class Held:
    """Arguments in a dataclass."""

    first: object
    rest: object = None


def check_trees(op: Op) -> None:
    """With its arguments in nested containers, an operation has exactly the derivatives that it has with them side by side."""
    rng = np.random.default_rng(7)
    for args, active in few_points(op):
        f, _ = with_active(op, args, active)
        xs = [args[i] for i in active]

        def nested(parts):
            return {"held": [Held(parts[0], (tuple(parts[1:]), None))], "empty": []}

        def through(tree, f=f):
            held = tree["held"][0]
            return Held({"y": f(held.first, *held.rest[0])})

        def flat(tree):
            return [tree["held"][0].first, *tree["held"][0].rest[0]]

        ts = [rng.normal(size=x.shape) for x in xs]
        y, pull = vjp(f, *xs)
        z, pull_tree = vjp(through, nested(xs))
        g = rng.normal(size=np.shape(y))
        same_numbers(op, [y, *pull(g)], [z.first["y"], *flat(pull_tree(Held({"y": g}))[0])])
        y, dy = jvp(f, xs, ts)
        z, dz = jvp(through, (nested(xs),), (nested(ts),))
        same_numbers(op, [y, dy], [z.first["y"], dz.first["y"]])

        def loss(*xs, f=f, g=g):
            return ops.sum(f(*xs) * g)

        gradient = grad(lambda tree, loss=loss: loss(*flat(tree)))(nested(xs))
        same_numbers(op, grad(loss, argnums=tuple(range(len(xs))))(*xs), flat(gradient))


def same_numbers(op: Op, expected, actual) -> None:
    for e, a in zip(expected, actual, strict=True):
        assert type(e) is type(a), op.name
        np.testing.assert_array_equal(e, a, err_msg=f"{op.name} in containers")


def check_float32(op: Op) -> None:
    """float32 in, float32 out: values, cotangents and tangents."""
    for args, active in points(op):
        f, kernel = with_active(op, args, active)
        xs = [args[i].astype(np.float32) for i in active]
        dtype = np.asarray(kernel(*xs)).dtype
        if (
            dtype != np.float32
        ):  # a conversion, or NumPy itself gives float64: the result has the dtype that was asked for
            assert op.kind in ("linear", "composition"), op.name
            assert np.asarray(vjp(f, *xs)[0]).dtype == dtype, op.name
            continue
        y, pull = vjp(f, *xs)
        assert y.dtype == np.float32, op.name
        assert [d.dtype for d in pull(np.ones(np.shape(y)))] == [np.float32] * len(xs), op.name
        _, dy = jvp(f, xs, [np.ones(x.shape) for x in xs])
        assert np.asarray(dy).dtype == np.float32, op.name


def check_source(op: Op) -> None:
    """The source template is NumPy text that computes what the array kernel does."""
    names = {"np": np} | {
        name: f for name in ops.__all__ if callable(f := getattr(ops, name)) and not hasattr(np, name)
    }
    for args, _ in points(op):
        text = op.source.format(*[f"a[{i}]" for i in range(len(args))])
        y = op.array(*args)
        actual = eval(text, names | {"a": args, "scipy": sys.modules.get("scipy")})  # which the kernel imports
        close(one_array(y), one_array(actual), f"{op.name}: {text}", rtol=1e-12)


def check_latex(op: Op) -> None:
    """The LaTeX template takes the arguments, with balanced braces."""
    text = op.latex.format(*"xzuvw"[: len(op.vjps)])
    depth = 0
    for character in text:
        depth += (character == "{") - (character == "}")
        assert depth >= 0, text
    assert depth == 0, text
    assert not set(text).isdisjoint("xzuvw"[: len(op.vjps)]), text


def check_value(made) -> None:
    """A composition gives what NumPy's function gives: on plain arrays, and recorded."""
    for args, active in points(made):
        f, kernel = with_active(made, args, active)
        xs = [args[i] for i in active]
        expected = kernel(*xs)
        close(expected, f(*xs), f"{made.name} of arrays", rtol=1e-12, atol=1e-13)
        y = f(*[Tensor(x) for x in xs])
        assert isinstance(y, Tensor), made.name
        close(expected, y.data, f"{made.name} of Tensors", rtol=1e-12, atol=1e-13)


def check_no_gradient(op: Op) -> None:
    """A non-differentiable operation has no rules, and lets no gradient through."""
    assert all([r is None for r in op.vjps]), op.name
    rng = np.random.default_rng(4)
    for case in op.cases or ((Shape(2, 3),) * len(op.vjps),):
        sizes = [(2, 3) if isinstance(a, Interval) else a for a in case]
        args = [Tensor(rng.normal(size=n)) if isinstance(a, Shape | Interval) else a for n, a in zip(sizes, case)]
        y = op.function(*args)
        assert isinstance(y, Tensor), op.name
        through = args[0] * 2.0 + ops.sum(ops.astype(y, float)) * 0.5
        ops.sum(through).backward()
        close(np.full((2, 3), 2.0), args[0].grad, op.name)


DERIVATIVES = {  # a mutant is tried by one after the other until it is killed: those that kill most for their time come first
    "reverse": check_reverse,
    "scalar": check_scalar,
    "forward": check_forward,
    "ties": check_ties,
    "many directions": check_many_directions,
    "second order": check_second_order,
    "third order": check_third_order,
    "float32": check_float32,
}
CHECKS = {
    "composition": {"value": check_value}
    | {name: DERIVATIVES[name] for name in ("reverse", "forward", "ties", "second order", "float32")},
    "differentiable": DERIVATIVES | {"source": check_source, "latex": check_latex, "trees": check_trees},
    "nondifferentiable": {"no gradient": check_no_gradient, "scalar": check_scalar, "latex": check_latex},
}
