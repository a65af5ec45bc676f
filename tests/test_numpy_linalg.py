"""numpy.linalg and NumPy's products on recorded arrays: which functions, with which results, and what they refuse."""

import inspect
import itertools
import math

import numpy as np
import pytest
from complaints import check_complaint

from autograd_nn import Tensor, grad, hessian, ops, vjp
from autograd_nn import numpy as anp
from autograd_nn.errors import (
    ConstantWarning,
    DegenerateError,
    DtypeError,
    MatrixError,
    MixedError,
    RuleMissing,
    ShapeError,
)

DEFINITE = np.array([[4.0, 2.0], [2.0, 3.0]])
TRIANGLES = DEFINITE + np.array(
    [[0.0, 10.0], [0.0, 0.0]]
)  # symmetric by its lower triangle, and by the upper one another


def ones(*shape):
    return Tensor(np.ones(shape))


# Names and results


def test_every_function_of_numpys_namespace_is_here_under_its_name():
    names = {name for name in np.linalg.__all__ if inspect.isroutine(getattr(np.linalg, name))}

    assert names <= set(anp.linalg.__all__)
    assert {"expm"} == set(anp.linalg.__all__) - names


@pytest.mark.parametrize("name", ["eigh", "svd", "qr", "slogdet"])
def test_results_have_numpys_own_names(name):
    expected = getattr(np.linalg, name)(DEFINITE)

    for actual in (getattr(np.linalg, name)(Tensor(DEFINITE)), getattr(anp.linalg, name)(DEFINITE)):
        assert type(expected) is type(actual)
        for e, a in zip(expected, actual):
            np.testing.assert_allclose(e, getattr(a, "data", a), rtol=1e-14)


def test_numpys_functions_record_with_their_keywords():
    t = Tensor(np.arange(12.0).reshape(2, 2, 3))
    calls = [
        lambda x: np.linalg.norm(x, axis=(1, 2), ord="fro", keepdims=True),
        lambda x: np.linalg.svd(x, full_matrices=False, compute_uv=True)[1],
        lambda x: np.linalg.svd(x, compute_uv=False),
        lambda x: np.linalg.qr(x, mode="r"),
        lambda x: np.linalg.pinv(x, rcond=1e-10),
        lambda x: np.linalg.vecdot(x, x, axis=1),
        lambda x: np.linalg.trace(x, offset=1),
        lambda x: np.trace(x, axis1=1, axis2=2),
        lambda x: np.tensordot(x, x, axes=([0, 1], [0, 1])),
        lambda x: np.linalg.cross(x, 2.0 * x + 1.0),
        lambda x: np.linalg.matrix_rank(x),
    ]

    for call in calls:
        y = call(t)
        assert isinstance(y, Tensor)
        np.testing.assert_allclose(call(t.data), y.data, rtol=1e-12, atol=1e-12)


def test_plain_lists_and_integers_are_arrays():
    np.testing.assert_array_equal([[0.5, 0.0], [0.0, 0.25]], anp.linalg.inv([[2, 0], [0, 4]]))
    np.testing.assert_array_equal([1.0, 0.5], anp.linalg.solve([[2, 0], [0, 4]], [2, 2]))
    np.testing.assert_array_equal([2.0, 1.0], np.linalg.solve(Tensor([[2, 0], [0, 4]]), [4, 4]).data)
    assert 11 == anp.dot([1, 2], [3, 4])
    assert math.sqrt(5.0) == anp.linalg.norm([1, 2])
    assert 3 == anp.linalg.trace([[1, 5], [5, 2]])


@pytest.mark.parametrize("shape", [(0, 0), (2, 0, 0), (0, 3, 3)])
def test_empty_matrices(shape):
    a = np.zeros(shape)
    with np.errstate(all="ignore"):
        for f in (ops.inv, ops.det, ops.cofactor, ops.cholesky, ops.eigvalsh, ops.svdvals, ops.expm, anp.linalg.norm):
            y, pull = vjp(f, a) if f is not anp.linalg.norm else vjp(lambda a: ops.norm(a, -1), a)
            assert shape == pull(np.ones(np.shape(y)))[0].shape
        for f in (ops.eigh, ops.svd, ops.qr, ops.slogdet):
            y, pull = vjp(lambda a, f=f: f(a)[1], a)
            assert shape == pull(np.ones(np.shape(y)))[0].shape


# Which part of a matrix is read


def test_functions_of_symmetric_matrices_read_the_symmetric_part_unless_told():
    lower, upper, part = DEFINITE, TRIANGLES.T * [[1, 0], [1, 1]], 0.5 * (TRIANGLES + TRIANGLES.T)
    upper = upper + upper.T - np.diag(np.diag(upper))
    w = np.array([1.0, 3.0])

    def weighted(*side):
        return lambda a: (np.linalg.eigvalsh(a, *side) * w).sum()

    for side, read, share in (
        (("L",), lower, [[1, 0], [2, 1]]),
        (("U",), upper, [[1, 2], [0, 1]]),
        ((), part, [[1, 1], [1, 1]]),
    ):
        values, vectors = np.linalg.eigh(read)
        np.testing.assert_allclose(values, np.linalg.eigh(Tensor(TRIANGLES), *side)[0].data, rtol=1e-14)
        np.testing.assert_allclose((vectors * w) @ vectors.T * share, grad(weighted(*side))(TRIANGLES), rtol=1e-12)


def test_the_upper_factor_is_the_lower_one_transposed():
    upper = np.linalg.cholesky(Tensor(DEFINITE), upper=True)

    np.testing.assert_allclose(np.linalg.cholesky(DEFINITE).T, upper.data, rtol=1e-15)
    gradient = grad(lambda a: np.linalg.cholesky(a)[0, 0] + np.linalg.cholesky(a, upper=True)[0, 1])(DEFINITE)
    np.testing.assert_allclose([[0.25 - 2.0 / 16.0, 0.25], [0.25, 0.0]], gradient, rtol=1e-14)  # sqrt(a), b / sqrt(a)


# Norms


@pytest.mark.parametrize("order", [None, 0.5, 1, 1.5, 2, 3, math.inf, -math.inf])
def test_the_norm_of_a_vector_of_zeros_has_gradient_zero(order):
    gradient = grad(lambda x: np.linalg.norm(x, order))(np.zeros(3))

    np.testing.assert_array_equal(np.zeros(3), gradient)


@pytest.mark.parametrize("order", ["fro", "nuc", 1, 2, -2, math.inf])
def test_the_norm_of_a_matrix_of_zeros_has_gradient_zero(order):
    gradient = grad(lambda x: np.linalg.norm(x, order))(np.zeros((2, 3)))

    np.testing.assert_array_equal(np.zeros((2, 3)), gradient)


@pytest.mark.parametrize("scale", [1e200, 1e-200, 5e-324 * 2**40])
@pytest.mark.parametrize("order", [2, 3])
def test_norms_neither_overflow_nor_underflow(scale, order):
    x = np.array([3.0, 0.0, -4.0])
    size = 5.0 if order == 2 else 91.0 ** (1 / 3)

    assert anp.linalg.norm(scale * x, order) == pytest.approx(scale * size, rel=1e-9)
    expected = np.sign(x) * (abs(x) / size) ** (order - 1)
    np.testing.assert_allclose(expected, grad(lambda x: np.linalg.norm(x, order))(scale * x), rtol=1e-9)


def test_the_norm_of_zeros_beside_others_and_its_second_derivative():
    x = np.array([[0.0, 0.0], [3.0, 4.0]])

    np.testing.assert_allclose([[0.0, 0.0], [0.6, 0.8]], grad(lambda x: np.linalg.norm(x, axis=1).sum())(x), rtol=1e-15)
    np.testing.assert_allclose(
        np.array([[16.0, -12.0], [-12.0, 9.0]]) / 125.0, hessian(np.linalg.norm)(x[1]), rtol=1e-14
    )
    np.testing.assert_array_equal(np.zeros((2, 2)), hessian(np.linalg.norm)(x[0]))
    assert ops.norm(np.float32([3e30, 4e30])) == pytest.approx(5e30, rel=1e-6)
    assert np.float32 == ops.norm(np.float32([3e30, 4e30])).dtype


def test_counting_the_elements_that_are_not_zero_has_no_gradient_and_says_so():
    x = np.array([[0.0, np.inf, 2.0], [0.0, 0.0, np.nan]])

    np.testing.assert_array_equal([2.0, 1.0], np.linalg.norm(Tensor(x), 0, axis=1).data)
    with pytest.warns(ConstantWarning):
        np.testing.assert_array_equal(np.zeros(3), grad(lambda x: np.linalg.norm(x, 0))(x[0]))


def test_condition_numbers_of_singular_matrices_are_infinite():
    for a in (np.diag([1.0, 0.0]), np.zeros((2, 2))):
        assert math.inf == np.linalg.cond(Tensor(a)).item()


# Products


def test_a_chain_is_multiplied_in_the_cheapest_order():
    sizes = [40, 2, 30, 3, 50]
    chain = [np.ones((m, n)) for m, n in itertools.pairwise(sizes)]

    y = np.linalg.multi_dot([Tensor(chain[0]), *chain[1:]])

    np.testing.assert_array_equal(np.linalg.multi_dot(chain), y.data)
    assert (40, 2) == y.inputs[
        0
    ].shape  # a ((b c) d): 40 2 50 + 2 30 3 + 2 3 50 products, and no other order needs fewer
    assert (2, 50) == y.args[1].shape


def test_powers_of_matrices():
    a = np.array([[1.0, 1.0], [0.0, 1.0]])

    np.testing.assert_array_equal([[1.0, 100.0], [0.0, 1.0]], np.linalg.matrix_power(Tensor(a), 100).data)
    np.testing.assert_array_equal([[1.0, -3.0], [0.0, 1.0]], np.linalg.matrix_power(Tensor(a), np.int64(-3)).data)
    zeroth = np.linalg.matrix_power(Tensor([[np.inf, 1.0], [0.0, 1.0]]), 0)
    np.testing.assert_array_equal(np.eye(2), zeroth.data)


# What is refused


SINGULAR = ("is singular, with singular values from 2 down to 0", "Expected one with an inverse", "Take pinv or lstsq")
SQUARE = ("a square matrix (..., n, n) was expected, got shape", "was expected", "help(autograd_nn.ops.")
OUT = ("axis 1 is out of bounds for array of dimension 1", "help(autograd_nn.numpy.")
REAL = ("has no derivative rule", "complex", "Take eigh or eigvalsh")
MISTAKES = [
    (lambda: np.linalg.inv(ones(2, 2)), MatrixError, *SINGULAR),
    (lambda: np.linalg.solve(ones(2, 2), np.ones(2)), MatrixError, *SINGULAR),
    (lambda: grad(lambda a: np.linalg.slogdet(a)[1])(np.ones((2, 2))), MatrixError, *SINGULAR),
    (lambda: hessian(np.linalg.det)(np.ones((2, 2))), MatrixError, *SINGULAR),
    (
        lambda: ops.inv(np.stack([np.eye(2), np.ones((2, 2))])),
        MatrixError,
        "the matrix at [1] of the batch",
        *SINGULAR[1:],
    ),
    (
        lambda: np.linalg.cholesky(Tensor([[1.0, 2.0], [2.0, 1.0]])),
        MatrixError,
        "the matrix is not positive definite: its smallest eigenvalue is -1.",
        "Expected a symmetric matrix with eigenvalues above 0",
        "small multiple of the identity",
    ),
    (
        lambda: np.linalg.svd(Tensor([[np.nan, 2.0], [2.0, 1.0]])),
        MatrixError,
        "1 of the 4 numbers are nan or inf",
        "Finite numbers were expected",
        "autograd_nn.anomalies",
    ),
    (
        lambda: grad(lambda a: np.linalg.svd(a).U[0, 0])(np.eye(2)),
        DegenerateError,
        "svd: a derivative of the vectors was asked for",
        "values 0 and 1 of the matrix are equal to rounding: 1.0 and 1.0. Distinct values were expected",
        "Use the values alone (eigvalsh, svdvals)",
    ),
    (
        lambda: grad(lambda a: np.linalg.qr(a).Q[0, 0])(np.ones((2, 2))),
        DegenerateError,
        "number 1 on the diagonal of r of the matrix is 0 to rounding",
        "Full rank was expected",
        "pinv",
    ),
    (lambda: np.linalg.inv(ones(2, 3)), ShapeError, *SQUARE),
    (lambda: np.linalg.det(ones(2)), ShapeError, *SQUARE),
    (lambda: np.linalg.cholesky(ones(2, 3)), ShapeError, *SQUARE),
    (lambda: np.linalg.eigh(ones(2, 3), "U"), ShapeError, *SQUARE),
    (lambda: ops.expm(ones(2, 3)), ShapeError, *SQUARE),
    (lambda: np.linalg.svd(ones(3)), ShapeError, "got shape (3,)", "a matrix (..., m, n) was expected", "ops.svd"),
    (lambda: np.linalg.qr(ones(3)), ShapeError, "got shape (3,)", "a matrix (..., m, n) was expected", "ops.qr"),
    (
        lambda: np.linalg.solve(ones(2, 2), ones(3)),
        ShapeError,
        "got shape (3, 1)",
        "(..., 2, k) was expected",
        "ops.solve",
    ),
    (lambda: np.linalg.lstsq(ones(3, 2), ones(2)), ShapeError, "shape (2,)", "Expected (3,) or (3, k)", "Reshape it"),
    (lambda: np.linalg.lstsq(ones(2, 3, 2), ones(2)), ShapeError, "(2, 3, 2)", "Expected one matrix", "one by one"),
    (lambda: np.linalg.matrix_power(ones(2, 3), 2), ShapeError, "shape (2, 3)", "Expected square", "(..., m, m)"),
    (
        lambda: np.linalg.matrix_power(ones(2, 2), 0.5),
        DtypeError,
        "n=0.5",
        "Expected an integer",
        "powers of its eigen",
    ),
    (lambda: np.linalg.eig(ones(2, 2)), RuleMissing, "np.linalg.eig has no derivative rule", *REAL[1:]),
    (lambda: np.linalg.eigvals(ones(2, 2)), RuleMissing, "np.linalg.eigvals has no derivative rule", *REAL[1:]),
    (lambda: np.linalg.svd(ones(2, 3)), RuleMissing, "shape (2, 3)", "no derivative rule", "Give full_matrices=False"),
    (lambda: np.linalg.qr(ones(3, 2), "complete"), RuleMissing, "shape (3, 2)", "no derivative rule", "Take 'reduced'"),
    (lambda: np.linalg.qr(ones(2, 2), "raw"), RuleMissing, "mode='raw'", "no derivative rule", "Take 'reduced'"),
    (lambda: np.linalg.eigh(ones(2, 2), "X"), ShapeError, "UPLO='X'", "Expected 'L' or 'U'", "or none"),
    (lambda: np.linalg.norm(ones(2, 2), "x"), ShapeError, "ord='x'", "Expected 'fro'", "give one axis"),
    (lambda: np.linalg.norm(ones(2), "fro"), ShapeError, "ord='fro'", "Expected a number", "give two axes"),
    (lambda: np.linalg.norm(ones(2, 2, 2), 1), ShapeError, "shape (2, 2, 2)", "Expected one axis", "vector_norm"),
    (lambda: np.linalg.norm(ones(2), axis=1), ShapeError, "linalg.norm(array of shape (2,) float64, 1)", *OUT),
    (
        lambda: np.tensordot(ones(2, 3), ones(2, 3), 1),
        ShapeError,
        "(2, 3) and (2, 3)",
        "must have the same size",
        "Check",
    ),
    (lambda: np.tensordot(ones(2), ones(2), 3), ShapeError, "axes=3", "as many axes as both have", "Give"),
    (lambda: np.tensordot(ones(2), ones(2), ([0], [0, 1])), ShapeError, "tensordot(array of shape (2,)", *OUT),
    (
        lambda: np.cross(ones(2), ones(2)),
        ShapeError,
        "(2,) and (2,)",
        "Expected three numbers",
        "a[..., 0] * b[..., 1]",
    ),
    (lambda: np.vecdot(ones(2), ones(3)), ShapeError, "(2,) and (3,)", "the same size", "Transpose or reshape"),
    (lambda: np.trace(ones(2)), ShapeError, "trace(array of shape (2,) float64)", *OUT),
    (
        lambda: np.linalg.outer(ones(2, 2), ones(2)),
        ShapeError,
        "(2, 2) and (2,)",
        "Expected two vectors",
        "numpy.outer",
    ),
    (
        lambda: np.linalg.multi_dot([ones(2, 2)]),
        ShapeError,
        "[(2, 2)]",
        "Expected two matrices or more",
        "may be vectors",
    ),
    (lambda: np.linalg.tensorinv(ones(2, 3)), ShapeError, "ind=2", "Expected a positive ind", "splits the sizes"),
    (lambda: anp.dot([ones(2)], 1.0), MixedError, "holds recorded nodes", "cut it off", "recorded operations"),
]


@pytest.mark.parametrize(("call", "kind", "happened", "expected", "advice"), MISTAKES)
def test_mistakes_are_named(call, kind, happened, expected, advice):
    check_complaint(call, kind, happened, expected, advice)


def test_errors_of_matrices_are_numpys_too():
    with pytest.raises(np.linalg.LinAlgError):
        np.linalg.inv(ones(2, 2))
    with pytest.raises(np.linalg.LinAlgError):
        np.linalg.cholesky(Tensor(-DEFINITE))


def test_plain_matrices_have_numpys_full_decompositions():
    a = np.ones((3, 2))

    assert (3, 3) == anp.linalg.svd(a).U.shape
    assert (3, 3) == anp.linalg.qr(a, "complete").Q.shape
    np.testing.assert_array_equal(np.linalg.eig(DEFINITE)[0], anp.linalg.eig(DEFINITE)[0])
