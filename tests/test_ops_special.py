"""Gamma, Bessel and inverse error functions: slopes against mpmath, poles, orders, and a Python without SciPy."""

import math
import subprocess
import sys
from pathlib import Path

import mpmath
import numpy as np
import pytest

from autograd_nn import Tensor, Value, grad, ops, vjp
from autograd_nn.errors import RuleMissing

pytest.importorskip("scipy")

SLOPES = {  # numbers, the function in mpmath
    "gammaln": ([1e-3, 0.5, 1.0, 2.0, 30.0, 1e6, -0.5, -2.3], lambda x: mpmath.log(abs(mpmath.gamma(x)))),
    "gamma": ([1e-3, 0.5, 1.0, 2.0, 30.0, -0.5, -2.3], mpmath.gamma),
    "digamma": ([1e-3, 0.5, 1.0, 30.0, 1e6, -0.5, -2.3], mpmath.digamma),
    "erfinv": ([-0.999, -0.5, 0.0, 1e-10, 0.9, 1.0 - 1e-10], mpmath.erfinv),
    "ndtri": ([1e-10, 0.1, 0.5, 0.99], lambda p: mpmath.sqrt(2) * mpmath.erfinv(2 * p - 1)),
    "j0": ([-3.0, 0.0, 0.5, 30.0], lambda x: mpmath.besselj(0, x)),
    "j1": ([-3.0, 0.0, 0.5, 30.0], lambda x: mpmath.besselj(1, x)),
    "i0": ([-3.0, 0.0, 0.5, 30.0], lambda x: mpmath.besseli(0, x)),
    "i1": ([-3.0, 0.0, 0.5, 30.0], lambda x: mpmath.besseli(1, x)),
    "i0e": ([-3.0, 0.5, 30.0], lambda x: mpmath.exp(-abs(x)) * mpmath.besseli(0, x)),
    "i1e": ([-3.0, 0.5, 30.0], lambda x: mpmath.exp(-abs(x)) * mpmath.besseli(1, x)),
}


@pytest.mark.parametrize("name", SLOPES)
def test_values_and_derivatives_to_third_order(name):
    numbers, f = SLOPES[name]
    op = getattr(ops, name)
    orders = [op, grad(op), grad(grad(op)), grad(grad(grad(op)))]

    for x in numbers:
        with mpmath.workdps(60):
            expected = [float(mpmath.diff(f, mpmath.mpf(x), n)) if n else float(f(mpmath.mpf(x))) for n in range(4)]
        found = [g(x) for g in orders]

        scale = np.maximum(np.abs(expected), np.max(np.abs(expected)) * 1e-3)  # sums of what is larger cancel
        np.testing.assert_array_less(np.abs(np.subtract(expected, found)) / scale, 2e-11, err_msg=f"{name}({x})")


@pytest.mark.parametrize(("f", "exact"), [(ops.jv, mpmath.besselj), (ops.iv, mpmath.besseli)])
@pytest.mark.parametrize("order", [0, 1, 2, -1, 0.5, 2.75])
def test_bessel_functions_of_any_order(f, exact, order):
    for x in (0.3, 2.0, 11.0):
        slope = grad(lambda x: f(order, x))

        assert pytest.approx(float(mpmath.diff(lambda u: exact(order, u), x)), rel=1e-12) == slope(x)
        assert pytest.approx(float(mpmath.diff(lambda u: exact(order, u), x, 2)), rel=1e-9) == grad(slope)(x)


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_polygammas(n):
    for x in (0.1, 1.0, 20.5, -0.5):
        assert pytest.approx(float(mpmath.polygamma(n, x)), rel=1e-13) == ops.polygamma(n, x)
        assert pytest.approx(float(mpmath.polygamma(n + 1, x)), rel=1e-13) == grad(lambda x: ops.polygamma(n, x))(x)


def test_beta_where_gamma_has_poles():
    found = [grad(ops.beta)(x, z) for x, z in ((0.5, -2.5), (-1.0, 1.0), (-3.0, 2.0))]

    def beta(x, z):
        return mpmath.gamma(x) * mpmath.gamma(z) / mpmath.gamma(x + z)

    with mpmath.workdps(50):
        crossing = mpmath.diff(lambda x: mpmath.gamma(x) * mpmath.gamma(-2.5) * mpmath.rgamma(x - 2.5), 0.5)
        beside = [mpmath.diff(lambda x, z=z: 1 / x if z == 1 else 1 / (x * (x + 1)), x) for x, z in ((-1, 1), (-3, 2))]
    np.testing.assert_allclose([float(crossing), *map(float, beside)], found, rtol=1e-13)
    assert pytest.approx(float(mpmath.diff(lambda x: beta(x, 3.5), 2.25)), rel=1e-13) == grad(ops.beta)(2.25, 3.5)


def test_kinks_are_in_the_middle():
    assert 0.0 == grad(ops.i0e)(0.0)
    assert 0.5 == grad(ops.i1e)(0.0)
    assert [0.0] == grad(lambda x: ops.sum(ops.ive(0, x)))(np.zeros(1)).tolist()


def test_an_order_that_would_lose_its_gradient_is_refused():
    for f in (ops.jv, ops.iv, ops.ive):
        with pytest.raises(RuleMissing, match=r"has no derivative by its order, at test_ops_special\.py.*\.data"):
            f(Tensor(1.0), 2.0)
    with pytest.raises(RuleMissing, match="got a Value for it"):
        ops.jv(Value(1.0), Value(2.0))
    with pytest.raises(RuleMissing, match="a constant, at test_ops_special"):
        ops.polygamma(Tensor([1.0, 2.0]), 2.0)
    with pytest.raises(ValueError, match="0 or more, not -1"):
        ops.polygamma(-1, Tensor([1.0]))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_dtypes_stay(dtype):
    x = np.array([0.5, 0.75], dtype)

    for f in (ops.gammaln, ops.i0, lambda x: ops.jv(2, x), lambda x: ops.beta(x, 2.0), lambda x: ops.polygamma(1, x)):
        y, pull = vjp(f, x)
        assert (dtype, dtype) == (y.dtype, pull(y)[0].dtype)


def test_the_i0_of_numpy_is_recorded():
    y = np.i0(Tensor([0.5, 3.0]))

    assert "i0" == y.op.name
    np.testing.assert_allclose(np.i0([0.5, 3.0]), y.numpy(), rtol=1e-14)


def python(program):
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent
    ).stdout


def test_without_scipy_a_call_says_what_to_install_and_everything_else_works():
    out = python(
        "import sys; sys.modules['scipy'] = None\n"  # what makes every import of it fail
        "import numpy as np, autograd_nn as ag\n"
        "print(ag.grad(ag.ops.log_ndtr)(0.0) > 0.79, len(ag.ops.__all__) > 100)\n"
        "try: ag.ops.gammaln(ag.Tensor([2.0]))\n"
        "except ImportError as error: print(type(error).__name__, error)"
    )

    first, second = out.splitlines()
    assert "True True" == first
    assert second.startswith("MissingLibrary gammaln needs SciPy, which cannot be imported (")
    assert "at <string>:4. " in second
    assert second.endswith("Install it: pip install scipy.")


def test_scipy_is_imported_at_the_first_call_and_not_before():
    out = python(
        "import sys, autograd_nn as ag; ag.ops.log_ndtr(0.5); print('scipy' in sys.modules)\n"
        "ag.ops.gammaln(0.5); print('scipy' in sys.modules)"
    )

    assert ["False", "True"] == out.split()


def test_overflow_and_poles_follow_scipy():
    with np.errstate(all="ignore"):
        assert [math.inf, math.inf, math.inf] == [ops.gamma(172.0), ops.gammaln(0.0), ops.betaln(0.0, 1.0)]
        assert math.inf == ops.erfinv(1.0)
