"""What an operation must satisfy on Python floats.  Knows the record; never names an operation."""

import itertools
import math

import numpy as np

from autograd_nn import Tensor, Value, ops
from autograd_nn.domain import Interval, Shape
from autograd_nn.op import Op

__all__ = ["SPECIAL", "check_scalar", "derivative"]

SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 40.0, -40.0, 1000.0, -1000.0, math.inf, -math.inf, math.nan)


def check_scalar(op: Op) -> None:
    """Kernel and rules on floats agree with kernel and rules on arrays, at any float whatever, and never raise."""
    if op.scalar is None:
        return
    numeric = [case for case in op.cases if not any([isinstance(a, np.ndarray | Shape) for a in case])]
    static = numeric or [(Interval(),) * len(op.vjps)]
    for case in static:
        constant = op.kind == "nondifferentiable"
        active = [i for i, a in enumerate(case) if isinstance(a, Interval) and (op.vjps[i] or constant)]
        flags = [i for i, a in enumerate(case) if isinstance(a, Interval) and i not in active]  # a condition: no number
        for flag in (True, False) if flags else (True,):
            args = [flag if i in flags else float(a) if isinstance(a, int | float) else a for i, a in enumerate(case)]
            for numbers in itertools.product(SPECIAL, repeat=len(active)):
                compare_scalar(op, args, active, [Value(x) for x in numbers], [Tensor([x]) for x in numbers])


def compare_scalar(op: Op, args, active, values, tensors) -> None:
    where = f"{op.name} at {[v.data for v in values]}"
    scalars, arrays = list(args), list(args)
    for i, v, t in zip(active, values, tensors):
        scalars[i], arrays[i] = v, t
    with np.errstate(all="ignore"):
        y, z = op.function(*scalars), op.function(*arrays)
        assert type(y) is Value, where
        assert type(y.data) is float, where
        np.testing.assert_allclose(y.data, z.data[0], rtol=1e-9, atol=1e-300, err_msg=where)
        plain = op.function(*[v.data if isinstance(v, Value) else v for v in scalars])
        np.testing.assert_equal(plain, y.data, err_msg=where)
        (y * 0.7).backward()  # a cotangent that is not 1
        if op.kind == "nondifferentiable":
            assert all([v.grad == 0.0 for v in values]), where
            return
        ops.sum(z * 0.7).backward()
    for v, t in zip(values, tensors):
        assert type(v.grad) is float, where
        np.testing.assert_allclose(v.grad, t.grad[0], rtol=1e-9, atol=1e-300, err_msg=f"gradient of {where}")
    for i, v in zip(active, values):
        expected = derivative(op.function, [v.data if isinstance(v, Value) else v for v in scalars], i)
        if expected is not None:
            np.testing.assert_allclose(v.grad, 0.7 * expected, rtol=1e-3, atol=1e-5, err_msg=f"derivative of {where}")


def derivative(function, numbers, i):
    """d function / d numbers[i] by differences, or None where they disagree: at kinks, edges and poles, beyond infinity."""

    def along(h):
        return function(*numbers[:i], numbers[i] + h, *numbers[i + 1 :])

    if not all([math.isfinite(x) for x in numbers]):
        return None
    h = 1e-5 * max(1.0, abs(numbers[i]))
    after, before = (along(h) - along(0.0)) / h, (along(0.0) - along(-h)) / h
    agree = math.isfinite(after - before) and abs(after - before) <= 1e-5 + 1e-3 * abs(after)
    if agree and abs(after) > 1.0:  # a vertical tangent has equal sides too, but they grow as h shrinks
        nearer = (along(h / 8.0) - along(0.0)) / (h / 8.0)
        agree = abs(nearer - after) <= 0.1 * abs(after)
    return (after + before) / 2.0 if agree else None
