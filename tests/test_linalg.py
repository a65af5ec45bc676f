"""Linear algebra where the generic checks do not look: closed forms, equal values, ranks, edges of the range."""

import itertools
import math

import mpmath
import numpy as np
import pytest

from autograd_nn import Tensor, grad, hessian, jvp, ops, vjp
from autograd_nn.domain import DEFINITE, REGULAR, SYMMETRIC
from autograd_nn.errors import DegenerateError

SHAPES = [(3, 3), (4, 2), (2, 4), (2, 3, 3), (1, 1)]


def sample(shape, domain=REGULAR, seed=0):
    return domain.sample(np.random.default_rng(seed), shape)


def numbers(shape, seed=1):
    return np.random.default_rng(seed).normal(size=shape)


def transposed(x):
    return np.swapaxes(x, -1, -2)


def slope(f, x, t, h=1e-3):
    """The derivative of f along t by differences, extrapolated once."""
    coarse, fine = (f(x + h * t) - f(x - h * t)) / (2 * h), (f(x + h / 2 * t) - f(x - h / 2 * t)) / h
    return (4.0 * fine - coarse) / 3.0


def check_gradient(f, x, seed=2, rtol=1e-8):
    """The gradient of a number, by NumPy's own functions on a Tensor and on plain arrays, along three directions."""
    gradient = grad(f)(x)
    for t in numbers((3, *x.shape), seed):
        np.testing.assert_allclose(np.sum(gradient * t), slope(f, x, t), rtol=rtol, atol=1e-9)


# What an inverse, a decomposition and its product give back has a derivative that everybody knows


@pytest.mark.parametrize("shape", SHAPES)
def test_the_product_of_u_s_vh_has_the_derivative_of_the_matrix(shape):
    a, w, t = sample(shape), numbers(shape), numbers(shape, 2)

    def product(a):
        u, s, vh = np.linalg.svd(a, full_matrices=False)
        return (u * s[..., None, :]) @ vh

    np.testing.assert_allclose(w, vjp(product, a)[1](w)[0], rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(t, jvp(product, (a,), (t,))[1], rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("shape", [(3, 3), (2, 3, 3), (1, 1)])
def test_the_products_of_eigh_and_cholesky_have_the_derivative_of_the_symmetric_part(shape):
    a, w, t = sample(shape, DEFINITE), numbers(shape), numbers(shape, 2)

    def product(a):
        values, v = np.linalg.eigh(a)
        return (v * values[..., None, :]) @ v.swapaxes(-1, -2)

    def square(a):
        y = np.linalg.cholesky(a)
        return y @ y.swapaxes(-1, -2)

    for f in (product, square):
        np.testing.assert_allclose(0.5 * (w + transposed(w)), vjp(f, a)[1](w)[0], rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(0.5 * (t + transposed(t)), jvp(f, (a,), (t,))[1], rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("shape", [*SHAPES, (2, 2, 3)])
def test_the_product_of_q_r_has_the_derivative_of_the_matrix(shape):
    a, w, t = sample(shape), numbers(shape), numbers(shape, 2)

    def product(a):
        q, r = np.linalg.qr(a)
        return q @ r

    np.testing.assert_allclose(w, vjp(product, a)[1](w)[0], rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(t, jvp(product, (a,), (t,))[1], rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("shape", [(4, 2), (2, 4), (3, 3)])
def test_what_does_not_depend_on_signs_has_the_derivative_of_its_differences(shape):
    a, w = sample(shape), numbers((shape[0], shape[0]))

    def largest_left(a):
        u = np.linalg.svd(a, full_matrices=False)[0]
        return (w * (u[:, :1] @ u[:, :1].T)).sum()

    def space_of_first_column(a):
        q, r = np.linalg.qr(a)
        return (w * (q[:, :1] @ q[:, :1].T)).sum() + (r * r).sum()

    def nuclear(a):
        return np.linalg.norm(a, "nuc")

    for f in (largest_left, space_of_first_column, nuclear):
        check_gradient(f, a)
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    np.testing.assert_allclose(u @ vh, grad(nuclear)(a), rtol=1e-12, atol=1e-14)


def test_a_projector_on_eigenvectors_has_the_derivative_of_its_differences():
    a, w = sample((3, 3), SYMMETRIC), numbers((3, 3))

    def projector(a):
        v = np.linalg.eigh(0.5 * (a + a.T)).eigenvectors[:, 1:]
        return (w * (v @ v.T)).sum()

    check_gradient(projector, a)


def test_eigenvalues_of_two_by_two_matrices_by_the_formula():
    a = np.array([[2.0, 0.7], [0.7, -1.0]])

    def formula(x):
        middle, half, b = 0.5 * (x[0] + x[2]), 0.5 * (x[0] - x[2]), x[1]
        return middle + ops.sqrt(half * half + b * b)

    def largest(x):
        return np.linalg.eigvalsh(x[np.array([[0, 1], [1, 2]])])[-1]

    x = a[np.triu_indices(2)]
    np.testing.assert_allclose(grad(formula)(x), grad(largest)(x), rtol=1e-12)
    np.testing.assert_allclose(hessian(formula)(x), hessian(largest)(x), rtol=1e-10)


# Determinants


def minors(a):
    """(-1)^(i+j) det of a without row i and column j, by permutations."""
    n = len(a)
    y = np.zeros((n, n))
    for i, j in itertools.product(range(n), repeat=2):
        rest = np.delete(np.delete(a, i, 0), j, 1)
        for p in itertools.permutations(range(n - 1)):
            sign = (-1) ** sum([p[r] > p[s] for r, s in itertools.combinations(range(n - 1), 2)])
            y[i, j] += (-1) ** (i + j) * sign * math.prod([rest[r, c] for r, c in enumerate(p)])
    return y


@pytest.mark.parametrize("rank", [4, 3, 2, 0])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_gradient_of_det_is_right_at_every_rank(rank, seed):
    a = (
        np.random.default_rng(seed).integers(-3, 4, (4, rank))
        @ np.random.default_rng(seed + 5).integers(-3, 4, (rank, 4))
        * 1.0
    )

    gradient = grad(np.linalg.det)(a)

    np.testing.assert_allclose(minors(a), gradient, rtol=1e-10, atol=1e-10 * max(1.0, abs(a).max() ** 3))


def test_det_of_a_batch_with_a_singular_matrix_and_of_nan():
    a = np.stack([np.diag([1.0, 2.0, 0.0]), np.eye(3), np.full((3, 3), np.nan)])

    with np.errstate(invalid="ignore"):
        gradient = grad(lambda a: np.linalg.det(a).sum())(a)

    np.testing.assert_allclose([np.diag([0.0, 0.0, 2.0]), np.eye(3)], gradient[:2], atol=1e-15)
    assert np.isnan(gradient[2]).all()


def test_slogdet_does_not_overflow():
    a = 1e3 * np.eye(200)
    a[0, 0] = -1e3

    sign, logarithm = np.linalg.slogdet(Tensor(a))
    gradient = grad(lambda a: np.linalg.slogdet(a).logabsdet)(a)

    assert -1.0 == sign.item()
    assert logarithm.item() == pytest.approx(200 * math.log(1e3), rel=1e-14)
    np.testing.assert_allclose(np.diag(1.0 / np.diag(a)), gradient, atol=1e-18)


# The exponential


MATRICES = [
    np.array([[0.0, 1.0], [-1.0, 0.0]]),
    np.array([[1.0, 1e3], [0.0, -1.0]]),
    np.array([[-40.0, 39.0], [39.0, -40.0]]),
    np.array([[0.0, 6.0, 0.0], [0.0, 0.0, 6.0], [0.0, 0.0, 0.0]]),
    np.zeros((2, 2)),
]


def exactly(a):
    with mpmath.workdps(60):
        return np.array(mpmath.expm(mpmath.matrix(a.tolist()), method="taylor").tolist(), float)


@pytest.mark.parametrize("a", MATRICES)
@pytest.mark.parametrize("scale", [1.0, 1e12, 1e-12])
def test_the_exponential_and_its_derivative_to_60_digits(a, scale):
    n, t = len(a), numbers(a.shape)
    expected = exactly(np.block([[a, t], [0.0 * a, a]]))

    y, dy = jvp(ops.expm, (a,), (t * scale,))
    back = vjp(ops.expm, a)[1](t.T * scale)[0]

    np.testing.assert_allclose(expected[:n, :n], y, rtol=1e-13, atol=1e-13 * abs(expected[:n, :n]).max())
    np.testing.assert_allclose(
        expected[:n, n:] * scale, dy, rtol=1e-12, atol=1e-12 * scale * abs(expected[:n, n:]).max()
    )
    np.testing.assert_allclose(dy.T, back, rtol=1e-11, atol=1e-12 * abs(dy).max())


def test_the_exponential_of_a_batch_halves_each_matrix_as_often_as_it_needs():
    a = np.stack([1e-3 * MATRICES[0], MATRICES[2], np.full((2, 2), np.nan)])

    y = ops.expm(a)

    np.testing.assert_allclose([exactly(a[0]), exactly(a[1])], y[:2], rtol=1e-13)
    assert np.isnan(y[2]).all()
    assert ops.expm(np.eye(2, dtype=np.float32)).dtype == np.float32
    assert ops.expm(np.eye(2, dtype=int))[0, 0] == pytest.approx(math.e, rel=1e-15)


# Matrices without full rank


@pytest.mark.parametrize("shape", [(4, 3), (3, 4), (3, 3)])
def test_pinv_and_lstsq_along_matrices_of_rank_two(shape):
    (m, n), (db, dc) = shape, (numbers((shape[0], 2), 3), numbers((2, shape[1]), 4))
    b, c, right, w = sample((m, 2)), sample((2, n), seed=1), numbers(m, 5), numbers((n, m), 6)

    def path(h):
        return (b + h * db) @ (c + h * dc)

    for f in (lambda a: (w * np.linalg.pinv(a)).sum(), lambda a: (w[:, 0] * np.linalg.lstsq(a, right)[0]).sum()):
        expected = slope(lambda h, f=f: f(path(h)), 0.0, 1.0)
        a, t = b @ c, db @ c + b @ dc

        np.testing.assert_allclose(expected, jvp(f, (a,), (t,))[1], rtol=1e-8)
        np.testing.assert_allclose(expected, np.sum(grad(f)(a) * t), rtol=1e-8)


def test_lstsq_gives_numpys_four_results():
    a, b = sample((4, 2)), numbers((4, 3))

    for given in (b, b[:, 0]):
        for expected, actual in zip(np.linalg.lstsq(a, given), np.linalg.lstsq(Tensor(a), given)):
            np.testing.assert_allclose(expected, getattr(actual, "data", actual), rtol=1e-12)
    deficient = np.ones((4, 2))
    x, left, rank, s = np.linalg.lstsq(Tensor(deficient), b[:, 0])
    np.testing.assert_allclose(np.linalg.lstsq(deficient, b[:, 0])[0], x.data, rtol=1e-12)
    assert ((0,), 1, (2,)) == (left.shape, rank, s.shape)


# Equal values


def vectors_of(decompose, part):
    return lambda a: (decompose(a)[part] * np.arange(9.0).reshape(3, 3)).sum()


EQUAL = np.diag([1.0, 1.0, 2.0])


@pytest.mark.parametrize(
    "f", [vectors_of(np.linalg.eigh, 1), vectors_of(np.linalg.svd, 0), vectors_of(np.linalg.svd, 2)]
)
@pytest.mark.parametrize("scale", [1.0, 1e-200, 1e200])
def test_vectors_of_equal_values_have_no_derivative(f, scale):
    turn = np.linalg.qr(numbers((3, 3)))[0]
    a = scale * (turn @ EQUAL @ turn.T)

    with pytest.raises(DegenerateError, match=r"values . and . of the matrix are equal to rounding"):
        grad(f)(a)
    with pytest.raises(DegenerateError, match=r"values . and . of the matrix are equal to rounding"):
        jvp(f, (a,), (scale * numbers((3, 3)),))
    assert issubclass(DegenerateError, np.linalg.LinAlgError)


def test_the_matrix_of_a_batch_with_equal_values_is_named():
    a = np.stack([np.diag([1.0, 2.0, 3.0]), EQUAL])

    with pytest.raises(DegenerateError, match=r"values 0 and 1 of the matrix at \[1\] of the batch are equal"):
        grad(lambda a: np.linalg.eigh(a)[1].sum())(a)
    np.testing.assert_array_equal((2, 3, 3), grad(lambda a: np.linalg.eigh(a)[1][0].sum())(a).shape)


def test_equal_values_themselves_have_a_derivative():
    sums = [
        lambda a: np.linalg.eigh(a).eigenvalues.sum(),
        lambda a: np.linalg.eigvalsh(a).sum(),
        lambda a: np.linalg.svd(a).S.sum(),
        lambda a: np.linalg.svdvals(a).sum(),
        lambda a: np.linalg.norm(a, "nuc"),
    ]

    for f in sums:
        np.testing.assert_allclose(np.eye(3), grad(f)(EQUAL), atol=1e-15)
    np.testing.assert_allclose(3.0, jvp(lambda a: np.linalg.eigvalsh(a).sum(), (EQUAL,), (np.ones((3, 3)),))[1])
    np.testing.assert_allclose(3.0, jvp(lambda a: np.linalg.svdvals(a).sum(), (EQUAL,), (np.ones((3, 3)),))[1])


def test_a_vector_with_a_value_of_its_own_has_a_derivative_beside_equal_ones():
    turn, w = np.linalg.qr(numbers((3, 3)))[0], numbers((3, 3), 3)
    a = turn @ EQUAL @ turn.T

    def projector(a):
        v = np.linalg.eigh(a)[1][:, 2:]
        return (w * (v @ v.T)).sum()

    def left(a):
        u = np.linalg.svd(a)[0][:, :1]
        return (w * (u @ u.T)).sum()

    for f in (projector, left):
        t = transposed(numbers((3, 3), 4)) + numbers((3, 3), 4)
        np.testing.assert_allclose(slope(f, a, t), np.sum(grad(f)(a) * t), rtol=1e-8)


@pytest.mark.parametrize("f", [lambda a: np.linalg.qr(a).Q.sum(), lambda a: np.linalg.svd(a, False).U.sum()])
def test_dependent_columns_have_no_derivative(f):
    with pytest.raises(DegenerateError, match=r"(number|singular value) 1 .*of the matrix is 0 to rounding"):
        grad(f)(np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]))
    with pytest.raises(DegenerateError, match=r"(number|singular value) 1 .*of the matrix is 0 to rounding"):
        jvp(f, (np.ones((3, 2)),), (numbers((3, 2)),))


def test_the_vector_of_the_null_space_of_a_tall_matrix_has_a_derivative():
    a, w, t = sample((4, 2)) @ sample((2, 3), seed=1), numbers((3, 3), 3), numbers((4, 3), 4)

    def projector(a):
        v = np.linalg.svd(a, full_matrices=False).Vh[2:]
        return (w * (v.T @ v)).sum()

    np.testing.assert_allclose(slope(projector, a, t), np.sum(grad(projector)(a) * t), rtol=1e-8)


def test_singular_values_of_zero_have_the_middle_subgradient():
    a = np.outer([1.0, 2.0], [2.0, 0.0, 1.0])

    np.testing.assert_allclose(a / np.linalg.norm(a), grad(lambda a: np.linalg.norm(a, "nuc"))(a), atol=1e-15)
    np.testing.assert_allclose(a / np.linalg.norm(a), grad(lambda a: np.linalg.svd(a, False).S.sum())(a), atol=1e-15)
