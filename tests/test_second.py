"""Whole Jacobians and second derivatives against closed forms.  Knows jacobian, hessian, hvp and gauss_newton."""

import tracemalloc
import warnings

import mpmath
import numpy as np
import pytest

from autograd_nn import Tensor, Value, gauss_newton, grad, hessian, hvp, jacobian, jvp, ops, vjp
from autograd_nn.errors import ConstantWarning, NonScalarError, OutputError, ShapeError

MODES = ["auto", "forward", "reverse"]
A = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, 1.0]])
X3 = np.array([0.3, -0.7, 1.1])


def rosenbrock(x):
    return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()


def rosenbrock_hessian(x):
    n = len(x)
    h = np.zeros((n, n))
    for i in range(n - 1):
        h[i, i] += 1200.0 * x[i] ** 2 - 400.0 * x[i + 1] + 2.0
        h[i + 1, i + 1] += 200.0
        h[i, i + 1] = h[i + 1, i] = -400.0 * x[i]
    return h


# function, point, Jacobian by hand; shapes of 0, 1 and 2 dimensions on both sides
CLOSED = {
    "0 to 0": (lambda x: np.sin(x), np.array(0.3), np.array(np.cos(0.3))),
    "0 to 1": (lambda x: x * np.array([1.0, 2.0]), np.array(3.0), np.array([1.0, 2.0])),
    "0 to 2": (lambda x: x**2 * A, np.array(3.0), 6.0 * A),
    "1 to 0": (lambda x: (x**2).sum(), X3, 2.0 * X3),
    "1 to 1": (lambda x: A @ x, X3, A),
    "1 to 1, elementwise": (lambda x: np.exp(x), X3, np.diag(np.exp(X3))),
    "1 to 2": (lambda x: x[:, None] * X3, X3, np.einsum("ik,j->ijk", np.eye(3), X3)),
    "2 to 0": (lambda x: (x * A).sum(), A, A),
    "2 to 1": (lambda x: x @ X3, A, np.einsum("ik,l->ikl", np.eye(2), X3)),
    "2 to 2": (lambda x: x.T, A, np.einsum("il,jk->ijkl", np.eye(3), np.eye(2))),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CLOSED)
def test_jacobian_against_closed_forms(name, mode):
    f, x, expected = CLOSED[name]

    actual = jacobian(f, mode=mode)(x)

    assert type(actual) is np.ndarray
    assert expected.shape == actual.shape
    np.testing.assert_allclose(actual, expected, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("mode", MODES)
def test_several_outputs_and_several_arguments(mode):
    def f(x, s, unused_name):
        return {"product": x * s, "parts": (s**2, [x.sum()])}

    result = jacobian(f, argnums=(0, 1), mode=mode)(X3, 2.0, "text")

    np.testing.assert_array_equal(2.0 * np.eye(3), result["product"][0])
    np.testing.assert_array_equal(X3, result["product"][1])
    np.testing.assert_array_equal(np.zeros(3), result["parts"][0][0])
    assert 4.0 == result["parts"][0][1]
    np.testing.assert_array_equal(np.ones(3), result["parts"][1][0][0])
    assert 0.0 == result["parts"][1][0][1]
    assert [tuple, dict] == [type(result["parts"]), type(result)]


@pytest.mark.parametrize("mode", MODES)
def test_containers_of_arguments_within_containers_of_results(mode):
    result = jacobian(lambda t: [t["a"] * t["b"], t["b"]], mode=mode)({"a": X3, "b": 2.0})

    np.testing.assert_array_equal(2.0 * np.eye(3), result[0]["a"])
    np.testing.assert_array_equal(X3, result[0]["b"])
    np.testing.assert_array_equal(np.zeros(3), result[1]["a"])
    assert {"a", "b"} == set(result[1])


KINDS = [
    (2.0, float, None),
    (np.float64(2.0), np.float64, np.float64),
    (np.float32(2.0), np.float32, np.float32),
    (np.array(2.0), np.ndarray, np.float64),
    (np.array([2.0], np.float32), np.ndarray, np.float32),
    (np.array([2, 3]), np.ndarray, np.float64),
    (Tensor(2.0), Tensor, np.float64),
    (Tensor([2.0], dtype=np.float32), Tensor, np.float32),
    (Value(2.0), Value, None),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("x", "kind", "dtype"), KINDS)
def test_the_kind_and_dtype_of_the_argument_in_every_mode(x, kind, dtype, mode):
    blocks = jacobian(lambda x: {"square": x**2, "same": x, "constant": np.array(1)}, mode=mode)(x)

    assert {kind} == {type(block) for block in blocks.values()}
    if dtype is not None:
        assert {np.dtype(dtype)} == {block.dtype for block in blocks.values()}


@pytest.mark.parametrize("mode", MODES)
def test_constant_results_have_zero_jacobians_of_the_right_shape(mode):
    assert 0.0 == jacobian(lambda x: 3.0, mode=mode)(1.0)
    np.testing.assert_array_equal(np.zeros((2, 3, 3)), jacobian(lambda x: A, mode=mode)(X3))
    np.testing.assert_array_equal(np.zeros((3, 3)), jacobian(lambda x: x > 0.0, mode=mode)(X3))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0)])
def test_empty_arrays(shape, mode):
    assert (*shape, *shape) == jacobian(lambda x: x * 2.0, mode=mode)(np.zeros(shape)).shape
    assert shape == jacobian(lambda x: x.sum(), mode=mode)(np.zeros(shape)).shape
    assert (*shape, 2) == jacobian(lambda x: x.sum() * np.ones(shape), mode=mode)(np.ones(2)).shape


@pytest.mark.parametrize("mode", MODES)
def test_f_runs_once_whatever_the_size(mode):
    calls = []

    jacobian(lambda x: calls.append(1) or x**2, mode=mode)(np.arange(7.0))

    assert [1] == calls


def test_auto_takes_the_fewer_directions_in_one_walk():
    seen = []
    ruled = ops.multiply.op.vjps
    wide, tall = np.ones((2, 30)), np.ones((30, 2))

    def counting(g, y, x, z):
        seen.append(len(g))
        return ruled[0](g, y, x, z)

    try:
        ops.multiply.op.vjps = (counting, ruled[1])
        jacobian(lambda x: wide @ (x * 2.0))(np.ones(30))
        jacobian(lambda x: tall @ (x * 2.0))(np.ones(2))
    finally:
        ops.multiply.op.vjps = ruled

    assert [2, 2] == seen


def test_errors_of_jacobian():
    with pytest.raises(ValueError, match=r"got mode='sideways'; there are 'auto'"):
        jacobian(lambda x: x, mode="sideways")
    with pytest.raises(OutputError, match=r"returned str 'a'"):
        jacobian(lambda x: "a")(1.0)
    with pytest.raises(TypeError, match=r"does not fit a call with 1 positional argument"):
        jacobian(lambda x: x, argnums=3)(1.0)


@pytest.mark.parametrize("n", [2, 5, 12])
def test_hessian_of_rosenbrock_and_its_products(n):
    rng = np.random.default_rng(n)
    x, v = rng.normal(size=n), rng.normal(size=n)

    expected = rosenbrock_hessian(x)

    np.testing.assert_allclose(hessian(rosenbrock)(x), expected, rtol=1e-13, atol=1e-11)
    np.testing.assert_allclose(hvp(rosenbrock, x, v), expected @ v, rtol=1e-12, atol=1e-10)
    np.testing.assert_allclose(jacobian(grad(rosenbrock), mode="reverse")(x), expected, rtol=1e-13, atol=1e-11)


def test_hessian_by_several_arguments():
    def f(x, s):
        return (x**2).sum() * s**3

    (xx, xs), (sx, ss) = hessian(f, argnums=(0, 1))(X3, 2.0)

    np.testing.assert_allclose(16.0 * np.eye(3), xx)
    np.testing.assert_allclose(24.0 * X3, xs)
    np.testing.assert_allclose(24.0 * X3, sx)
    assert pytest.approx(12.0 * (X3 @ X3)) == ss
    assert pytest.approx(12.0 * (X3 @ X3)) == hessian(f, argnums=1)(X3, 2.0)


def test_hessian_of_matrices_has_four_axes():
    h = hessian(lambda W: ((W @ X3) ** 2).sum())(A)

    assert (2, 3, 2, 3) == h.shape
    np.testing.assert_allclose(2.0 * np.einsum("ik,j,l->ijkl", np.eye(2), X3, X3), h, atol=1e-15)


def test_a_linear_function_has_hessian_zero_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(np.zeros((3, 3)), hessian(lambda x: x.sum() * 2.0)(X3))
        np.testing.assert_array_equal(np.zeros(3), hvp(lambda x: x.sum() * 2.0, X3, X3))
    with pytest.warns(ConstantWarning):
        assert 0.0 == hessian(lambda x: 3.0)(1.0)


def test_errors_of_second_derivatives():
    with pytest.raises(NonScalarError, match=r"returned an array of shape"):
        hessian(lambda x: x * 2.0)(X3)
    with pytest.raises(ShapeError, match=r"jvp got a tangent of shape \(2,\) for something of shape \(3,\)"):
        hvp(lambda x: (x**2).sum(), X3, np.ones(2))
    with pytest.raises(ShapeError, match=r"gauss_newton got a direction of shape \(2,\)"):
        gauss_newton(lambda x: x**2, X3, np.ones(2))


def test_gauss_newton_is_the_jacobian_twice():
    v = np.array([1.0, -2.0, 0.5])

    def f(x):
        return {"a": np.tanh(A @ x), "b": [x[0] * x[1], 5.0]}

    parts = jacobian(f)(X3)
    J = np.vstack([parts["a"], parts["b"][0], np.zeros(3)])

    np.testing.assert_allclose(J.T @ (J @ v), gauss_newton(f, X3, v), rtol=1e-13)
    assert pytest.approx(36.0 * 2.0) == gauss_newton(lambda x: x**2, 3.0, 2.0)
    np.testing.assert_array_equal(np.zeros(3), gauss_newton(lambda x: A, X3, v))


FUNCTIONS = {
    "x^5": (lambda x: x**5, lambda x: x**5),
    "exp": (lambda x: np.exp(-x * x), lambda x: mpmath.exp(-x * x)),
    "rational": (lambda x: x / (1.0 + x * x), lambda x: x / (1 + x * x)),
    "softplus of sin": (lambda x: np.log1p(np.exp(np.sin(x))), lambda x: mpmath.log1p(mpmath.exp(mpmath.sin(x)))),
}


@pytest.mark.parametrize("x", [-1.3, 0.0, 0.4])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_third_derivatives_against_mpmath(name, x):
    f, exact = FUNCTIONS[name]
    with mpmath.workdps(50):
        second, third = [float(mpmath.diff(exact, x, n)) for n in (2, 3)]

    assert pytest.approx(second, rel=1e-12, abs=1e-13) == hessian(f)(x)
    for mode in MODES:
        assert pytest.approx(third, rel=1e-12, abs=1e-13) == jacobian(hessian(f), mode=mode)(x)
    assert pytest.approx(third, rel=1e-12, abs=1e-13) == hessian(grad(f))(x)
    assert pytest.approx(third, rel=1e-12, abs=1e-13) == grad(lambda x: hvp(f, x, 1.0))(x)


@pytest.mark.parametrize("mode", MODES)
def test_third_derivatives_of_arrays(mode):
    x = np.array([0.5, -2.0])  # f = x0^2 x1^3: the third derivatives by hand

    t = jacobian(hessian(lambda x: x[0] ** 2 * x[1] ** 3), mode=mode)(x)

    expected = np.zeros((2, 2, 2))
    expected[0, 0, 1] = expected[0, 1, 0] = expected[1, 0, 0] = 6.0 * x[1] ** 2
    expected[0, 1, 1] = expected[1, 0, 1] = expected[1, 1, 0] = 12.0 * x[0] * x[1]
    expected[1, 1, 1] = 6.0 * x[0] ** 2
    np.testing.assert_allclose(t, expected, atol=1e-13)


@pytest.mark.parametrize("mode", MODES)
def test_inside_grad_the_results_are_followed(mode):
    x = np.array([0.5, 2.0, -1.0])  # sum of squares of the Jacobian of x^2 is sum 4 x^2

    assert 12.0 == grad(lambda x: jacobian(lambda z: z**3, mode=mode)(x))(2.0)
    np.testing.assert_allclose(8.0 * x, grad(lambda x: (jacobian(lambda z: z**2, mode=mode)(x) ** 2).sum())(x))
    scale = grad(lambda s: (jacobian(lambda z: s * z**2, mode=mode)(x) ** 2).sum())  # a captured variable
    assert pytest.approx(2.0 * 3.0 * 4.0 * (x @ x)) == scale(3.0)


def test_hvp_and_gauss_newton_inside_grad():
    x, v = np.array([0.5, 2.0]), np.array([1.0, -1.0])

    by_point = grad(lambda x: hvp(lambda z: (z**4).sum(), x, v).sum())(x)
    by_direction = grad(lambda v: (hvp(lambda z: (z**4).sum(), x, v) * x).sum())(v)
    by_scale = grad(lambda s: gauss_newton(lambda z: s * z**2, x, v).sum())(3.0)

    np.testing.assert_allclose(24.0 * x * v, by_point)
    np.testing.assert_allclose(12.0 * x**3, by_direction)
    assert pytest.approx(2.0 * 3.0 * (4.0 * x**2 * v).sum()) == by_scale


@pytest.mark.parametrize("mode", MODES)
def test_tensors_give_recorded_results(mode):
    t = Tensor([0.5, 2.0])

    J = jacobian(lambda x: x**3, mode=mode)(t)
    J.sum().backward()

    assert isinstance(J, Tensor)
    np.testing.assert_allclose(np.diag([0.75, 12.0]), J.data)
    np.testing.assert_allclose([3.0, 12.0], t.grad)


def test_second_derivatives_of_tensors_and_values_are_recorded():
    t, v = Tensor([0.5, 2.0]), Value(2.0)

    for result in (hvp(lambda x: (x**3).sum(), t, np.ones(2)), gauss_newton(lambda x: x**2, t, np.ones(2))):
        t.grad = None
        result.sum().backward()
        np.testing.assert_allclose([6.0, 6.0] if result.data[0] == 3.0 else 8.0 * t.data, t.grad)
    h = hessian(lambda x: x**4)(v)
    h.backward()

    assert isinstance(h, Value)
    assert (48.0, 48.0) == (h.data, v.grad)


def test_hvp_never_builds_a_hessian():
    n = 100_000
    x, v = np.linspace(-1.0, 1.0, n), np.ones(n)

    tracemalloc.start()
    product = hvp(lambda x: (x**4).sum() + (x[1:] * x[:-1]).sum(), x, v)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    expected = 12.0 * x**2
    expected[1:] += 1.0
    expected[:-1] += 1.0
    np.testing.assert_allclose(expected, product)
    assert peak < 100 * x.nbytes  # the Hessian would be 100,000 of them


def test_the_transforms_agree_with_vjp_and_jvp():
    y, pull = vjp(lambda x: np.tanh(A @ x), X3)
    J = jacobian(lambda x: np.tanh(A @ x))(X3)

    np.testing.assert_allclose([pull(e)[0] for e in np.eye(2)], J)
    np.testing.assert_allclose(np.transpose([jvp(lambda x: np.tanh(A @ x), (X3,), (e,))[1] for e in np.eye(3)]), J)
    assert (2,) == y.shape
