"""How weights start: variances against the papers' formulas, bounds, orthogonality, seeds, dtypes, and the messages."""

import math

import numpy as np
import pytest

from autograd_nn.errors import DtypeError, ShapeError
from autograd_nn.nn import init

DENSE, CONVOLUTION = (300, 200), (40, 30, 5, 3)  # fans 300 and 200; 30 * 15 = 450 and 40 * 15 = 600
VARIANCES = {
    init.glorot_uniform: (2 / 500, 2 / 1050),  # 2 / (fan_in + fan_out)
    init.glorot_normal: (2 / 500, 2 / 1050),
    init.he_uniform: (2 / 300, 2 / 450),  # 2 / fan_in
    init.he_normal: (2 / 300, 2 / 450),
    init.lecun_normal: (1 / 300, 1 / 450),  # 1 / fan_in
}
CASES = [(f, shape, v) for f, vs in VARIANCES.items() for shape, v in zip((DENSE, CONVOLUTION), vs)]
ALL = [*VARIANCES, init.orthogonal, init.uniform, init.normal, init.zeros]


@pytest.mark.parametrize(("function", "shape", "variance"), CASES)
def test_mean_and_variance_are_those_of_the_papers(function, shape, variance):
    w = function(shape, rng=0, dtype=np.float64)

    # five standard errors; the sample variance has one of variance * sqrt((kurtosis - 1) / n): kurtosis 1.8 or 3
    assert shape == w.shape
    assert abs(w.mean()) < 5 * math.sqrt(variance / w.size)
    assert (
        pytest.approx(variance, rel=5 * math.sqrt((0.8 if "uniform" in function.__name__ else 2.0) / w.size)) == w.var()
    )


@pytest.mark.parametrize(("function", "shape", "variance"), [case for case in CASES if "uniform" in case[0].__name__])
def test_uniform_ones_fill_their_interval(function, shape, variance):
    w, limit = function(shape, rng=1, dtype=np.float64), math.sqrt(3 * variance)

    assert 0.999 * limit < w.max() <= limit
    assert -limit <= w.min() < -0.999 * limit


@pytest.mark.parametrize("function", [init.glorot_normal, init.he_normal, init.lecun_normal, init.normal])
def test_normal_ones_have_normal_tails(function):
    w = function(DENSE, rng=2, dtype=np.float64)

    beyond = np.mean(
        abs(w) > 2 * w.std()
    )  # P(|z| > 2) = 0.0455, with a standard error of 0.00085; 0 if truncated there
    assert pytest.approx(math.erfc(math.sqrt(2)), abs=0.005) == beyond


@pytest.mark.parametrize("shape", [(5, 5), (7, 3), (3, 7), (4, 3, 2, 2), (1, 1)])
def test_orthogonal_matrices_are(shape):
    q = init.orthogonal(shape, 1.5, rng=0, dtype=np.float64)

    assert shape == q.shape
    m = q.reshape(shape[0], -1)
    small = m.T @ m if m.shape[0] >= m.shape[1] else m @ m.T
    np.testing.assert_allclose(2.25 * np.eye(len(small)), small, atol=1e-14)


def test_orthogonal_matrices_are_uniform():
    rng = np.random.default_rng(0)

    traces = [np.trace(init.orthogonal((2, 2), rng=rng, dtype=float)) for _ in range(4000)]

    # over O(2): half are reflections with trace 0, half rotations with trace 2 cos a: mean 0, variance 1. Without the signs of R,
    # Householder's reflections would favour one sign
    assert abs(np.mean(traces)) < 5 / math.sqrt(4000)
    assert pytest.approx(1.0, abs=0.1) == np.var(traces)
    assert pytest.approx(0.5, abs=0.04) == np.mean(np.abs(traces) < 1e-12)


def test_uniform_normal_and_constant_take_their_numbers():
    u, n = init.uniform((100, 100), -3.0, -1.0, rng=0), init.normal((100, 100), 5.0, 0.1, rng=0)

    assert -3.0 <= u.min() < -2.99
    assert -1.01 < u.max() <= -1.0
    assert pytest.approx(5.0, abs=0.005) == n.mean()
    assert pytest.approx(0.1, abs=0.004) == n.std()
    np.testing.assert_array_equal(np.full((2, 3), -0.5, np.float32), init.constant((2, 3), -0.5), strict=True)
    np.testing.assert_array_equal(np.zeros(4, np.float32), init.zeros(4), strict=True)
    assert 1.0 == init.constant((), 1.0)


@pytest.mark.parametrize("function", ALL)
def test_seeds_generators_and_dtypes(function):
    rng = np.random.default_rng(5)

    first, second = function((6, 4), rng=rng), function((6, 4), rng=rng)
    seeded, double = function([6, 4], rng=5), function((np.int64(6), 4), rng=5, dtype="float64")

    assert (np.float32, np.float64) == (first.dtype, double.dtype)
    np.testing.assert_array_equal(first, seeded)
    np.testing.assert_array_equal(first, double.astype(np.float32))
    if function is not init.zeros:
        assert not np.array_equal(first, second)
        assert not np.array_equal(function((6, 4)), function((6, 4)))
    first[0] = 1.0  # an array of its own


@pytest.mark.parametrize("function", ALL)
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"shape": (3, 0)}, ShapeError, r"got shape \(3, 0\), at .*; expected an integer or a tuple of .* \(784, 32\)"),
        ({"shape": (3, 2.5)}, ShapeError, r"got shape \(3, 2\.5\), at "),
        ({"shape": "ab"}, ShapeError, r"got shape 'ab', at "),
        ({"dtype": int}, DtypeError, r"got dtype=<class 'int'>, at .* Give float64, float32"),
        ({"dtype": "number"}, DtypeError, r"got dtype='number', at "),
    ],
)
def test_shapes_and_dtypes_that_do_not_do_are_refused(function, arguments, error, message):
    with pytest.raises(error, match=message) as caught:
        function(**{"shape": (3, 2)} | arguments)

    assert "test_init.py:" in str(caught.value)


@pytest.mark.parametrize("function", [*VARIANCES, init.orthogonal])
@pytest.mark.parametrize("shape", [5, (5,), ()])
def test_shapes_without_fans_are_refused(function, shape):
    with pytest.raises(
        ShapeError, match=rf"init\.{function.__name__} got shape .*, at test_init\.py.*expected|Expected"
    ):
        function(shape)


@pytest.mark.parametrize("function", [f for f in ALL if f is not init.zeros])
def test_what_draws_no_numbers_is_refused(function):
    with pytest.raises(TypeError, match=r"init\.\w+ got rng='seed', at .* Pass numpy\.random\.default_rng\(0\)"):
        function((3, 2), rng="seed")


@pytest.mark.parametrize(
    ("function", "arguments", "error", "message"),
    [
        (init.uniform, (1.0, 0.0), ValueError, r"init\.uniform got low=1 and high=0, at .* Exchange them"),
        (init.uniform, (0.0, math.inf), ValueError, r"init\.uniform got high=inf, .* expected a finite number"),
        (init.normal, (0.0, -1.0), ValueError, r"init\.normal got std=-1, at .* Pass for example std=0\.02"),
        (init.normal, ("a",), TypeError, r"init\.normal got mean='a', of type str, at .* Pass for example mean=1\.0"),
        (init.constant, (math.nan,), ValueError, r"init\.constant got value=nan, "),
        (init.orthogonal, (None,), TypeError, r"init\.orthogonal got gain=None, of type NoneType, at "),
    ],
)
def test_numbers_out_of_range_are_refused(function, arguments, error, message):
    with pytest.raises(error, match=message):
        function((2, 2), *arguments)
