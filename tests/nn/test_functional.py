"""Other functions of layers: values against the formulas in plain NumPy, conventions at kinks, and the messages."""

import math

import numpy as np
import pytest
from complaints import check_complaint

from autograd_nn import Tensor, Value, grad
from autograd_nn.errors import DtypeError, IndexingError, MixedError, ShapeError
from autograd_nn.nn.functional import (
    cosine_similarity,
    dropout,
    embedding,
    glu,
    hardsigmoid,
    hardswish,
    hardtanh,
    linear,
    logsigmoid,
    normalize,
    one_hot,
    pad,
    pairwise_distance,
    prelu,
    relu6,
    softmin,
    softsign,
)

RNG = np.random.default_rng(1)
NUMBERS = np.array([-np.inf, -1e4, -7.0, -3.0, -1.0, -0.25, 0.0, 0.5, 1.0, 3.0, 6.0, 8.0, 1e4, np.inf])


def slope(f, x):
    return grad(lambda x: f(x).sum())(x)


@pytest.mark.parametrize(
    ("function", "low", "high", "scale", "offset"),
    [(hardtanh, -1.0, 1.0, 1.0, 0.0), (relu6, 0.0, 6.0, 1.0, 0.0), (hardsigmoid, -3.0, 3.0, 1 / 6, 0.5)],
)
def test_piecewise_linear_functions_and_their_slope_of_zero_at_both_kinks(function, low, high, scale, offset):
    y, d = function(NUMBERS), slope(function, NUMBERS)

    np.testing.assert_allclose([min(max(x, low), high) * scale + offset for x in NUMBERS], y, rtol=1e-15, atol=1e-16)
    np.testing.assert_allclose([scale if low < x < high else 0.0 for x in NUMBERS], d, rtol=1e-15)
    assert math.isnan(function(np.array([np.nan]))[0])


def test_hardswish_has_its_limits_and_slopes():
    y, d = hardswish(NUMBERS), slope(hardswish, NUMBERS)

    def plain(x):
        return 0.0 if x <= -3.0 else x if x >= 3.0 else x * (x + 3.0) / 6.0

    np.testing.assert_allclose([plain(x) for x in NUMBERS], y, rtol=1e-15, atol=1e-16)
    slopes = [0.0 if x <= -3.0 else 1.0 if x >= 3.0 else x / 3.0 + 0.5 for x in NUMBERS]
    np.testing.assert_allclose(slopes, d, rtol=1e-15, atol=1e-16)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softsign_and_logsigmoid_keep_their_limits(dtype):
    x = NUMBERS.astype(dtype)

    y, d, z = softsign(x), slope(softsign, x), logsigmoid(x)

    exact = [math.copysign(1.0, a) if math.isinf(a) else a / (1.0 + abs(a)) for a in NUMBERS]
    rtol = 1e-6 if dtype is np.float32 else 1e-14
    np.testing.assert_allclose(exact, y, rtol=rtol)
    np.testing.assert_allclose([1.0 / (1.0 + abs(a)) ** 2 for a in NUMBERS], d, rtol=rtol)
    expected = [a - math.log1p(math.exp(a)) if a < 0.0 else -math.log1p(math.exp(-a)) for a in NUMBERS]
    np.testing.assert_allclose(expected, z, rtol=rtol, atol=1e-300)


def test_softsign_of_floats_and_values():
    assert (-0.75, 1.0, -1.0) == (softsign(-3.0), softsign(math.inf), softsign(-math.inf))

    v = Value(-3.0)
    softsign(v).backward()

    assert 1 / 16 == v.grad


def test_softmin_is_the_softmax_of_the_negatives():
    x = RNG.normal(size=(2, 3))

    y = softmin(x, 0)

    np.testing.assert_allclose(np.exp(-x) / np.exp(-x).sum(0), y, rtol=1e-13)


def test_glu_gates_one_half_by_the_other():
    x = RNG.normal(size=(2, 4, 3))

    y = glu(Tensor(x), 1)

    np.testing.assert_allclose(x[:, :2] / (1.0 + np.exp(-x[:, 2:])), y.numpy(), rtol=1e-13)


@pytest.mark.parametrize("shape", [(4,), (2, 3), (2, 3, 2, 2)])
@pytest.mark.parametrize("each", [False, True])
def test_prelu_has_one_slope_or_one_for_each_channel(shape, each):
    x = RNG.normal(size=shape)
    channels = shape[1] if each and len(shape) > 1 else 1
    weight = RNG.normal(size=channels)

    y, d = prelu(x, weight), slope(lambda w: prelu(x, w), weight)

    slopes = weight.reshape((channels,) + (1,) * (len(shape) - 2)) if len(shape) > 1 else weight
    np.testing.assert_allclose(np.where(x > 0.0, x, slopes * x), y, rtol=1e-15)
    sums = np.minimum(x, 0.0).sum(tuple([a for a in range(len(shape)) if channels == 1 or a != 1]))
    np.testing.assert_allclose(np.reshape(sums, (channels,)), d, rtol=1e-13)


@pytest.mark.parametrize("shape", [(3,), (4, 3), (2, 4, 3), (2, 0, 3)])
@pytest.mark.parametrize("bias", [None, np.array([1.0, -1.0])])
def test_linear(shape, bias):
    x, W, g = RNG.normal(size=shape), RNG.normal(size=(3, 2)), RNG.normal(size=(*shape[:-1], 2))

    y = linear(Tensor(x), W, bias)
    d = grad(lambda W: (linear(x, W, bias) * g).sum())(W)

    np.testing.assert_allclose(
        np.einsum("...n,nm->...m", x, W) + (0.0 if bias is None else bias), y.numpy(), rtol=1e-12
    )
    np.testing.assert_allclose(np.einsum("an,am->nm", x.reshape(-1, 3), g.reshape(-1, 2)), d, rtol=1e-11, atol=1e-13)


def test_embedding_adds_up_the_cotangents_of_a_row_that_is_read_twice():
    table, g = RNG.normal(size=(4, 2)), RNG.normal(size=(2, 3, 2))
    indices = np.array([[0, 3, 3], [1, 3, 0]])

    y = embedding(indices, Tensor(table))
    d = grad(lambda W: (embedding(indices, W) * g).sum())(table)

    expected = np.zeros((4, 2))
    for place in np.ndindex(2, 3):
        expected[indices[place]] += g[place]
    np.testing.assert_array_equal([[table[i] for i in row] for row in indices], y.numpy())
    np.testing.assert_allclose(expected, d, rtol=1e-14)


def test_one_hot():
    rows = one_hot([[2], [0]], 4, np.float32)

    np.testing.assert_array_equal(np.array([[[0, 0, 1, 0]], [[1, 0, 0, 0]]], np.float32), rows, strict=True)
    assert (0, 0) == one_hot(np.zeros(0, int)).shape


def test_dropout_keeps_the_mean_and_drops_what_it_says():
    x = np.ones((200, 200), np.float32)

    y = dropout(Tensor(x), 0.25, rng=np.random.default_rng(0))
    y.sum().backward()

    kept = y.numpy() != 0.0
    assert abs(kept.mean() - 0.75) < 5 * math.sqrt(0.75 * 0.25 / x.size)  # 5 standard errors
    np.testing.assert_allclose(4.0 / 3.0, y.numpy()[kept], rtol=1e-6)
    assert np.float32 == y.dtype
    np.testing.assert_array_equal(y.numpy(), dropout(x, 0.25, rng=np.random.default_rng(0)))


def test_dropout_is_the_identity_outside_of_training_and_zero_at_p_one():
    t, rng = Tensor(np.ones(3)), np.random.default_rng(0)

    one, two = dropout(t, 1.0, rng=rng), dropout(t, 1.0, rng=rng)

    assert t is dropout(t, 0.5, training=False)
    np.testing.assert_array_equal(np.zeros(3), one.numpy() + two.numpy())


@pytest.mark.parametrize("p", [1.0, 2.0, 3.5, math.inf])
def test_normalize_and_distances_against_the_norms_of_numpy(p):
    x, z = RNG.normal(size=(2, 5, 3))

    y, d = normalize(Tensor(x), p, 1), pairwise_distance(Tensor(x), z, p)

    np.testing.assert_allclose(x / np.linalg.norm(x, p, axis=1, keepdims=True), y.numpy(), rtol=1e-13)
    np.testing.assert_allclose(np.linalg.norm(x - z + 1e-6, p, axis=1), d.numpy(), rtol=1e-13)


def test_cosine_similarity():
    x, z = RNG.normal(size=(4, 3)), RNG.normal(size=3)

    y = cosine_similarity(Tensor(x), z)

    np.testing.assert_allclose([a @ z / np.sqrt(a @ a * (z @ z)) for a in x], y.numpy(), rtol=1e-13)


def test_a_zero_vector_has_finite_derivatives():
    x, z = np.zeros((1, 2)), np.ones((1, 2))

    one = grad(lambda x: normalize(x, eps=0.5)[0, 0])(x)
    two = grad(lambda x: cosine_similarity(x, z, eps=0.5)[0])(x)
    three = grad(lambda x: pairwise_distance(x, x, eps=0.0)[0])(x)

    np.testing.assert_array_equal([[2.0, 0.0]], one)
    np.testing.assert_allclose([[2.0 / math.sqrt(2.0)] * 2], two)
    np.testing.assert_array_equal(np.zeros((1, 2)), three)


@pytest.mark.parametrize(
    ("mode", "name"), [("constant", "constant"), ("reflect", "reflect"), ("replicate", "edge"), ("circular", "wrap")]
)
@pytest.mark.parametrize("widths", [(2, 1), (0, 3, 2, 0), (0, 0, 1, 1), (1, 0, 0, 2, 1, 1)])
def test_pad_against_the_modes_of_numpy(mode, name, widths):
    x = RNG.normal(size=(2, 3, 4))

    y = pad(Tensor(x), widths, mode)

    pairs = [(0, 0)] * (3 - len(widths) // 2) + list(zip(widths[::2], widths[1::2]))[::-1]
    np.testing.assert_array_equal(np.pad(x, pairs, name), y.numpy())


def test_pad_with_another_number_in_float32():
    y = pad(np.ones((1, 2), np.float32), (1, 0), value=-np.float32(2.5))

    np.testing.assert_array_equal(np.array([[-2.5, 1.0, 1.0]], np.float32), y, strict=True)


T = np.ones((3, 2))


@pytest.mark.parametrize(
    ("call", "kind", "happened", "expected", "advice"),
    [
        (lambda: glu(T[:, :1]), ShapeError, "glu got x of shape (3, 1)", "an even number along axis 1", "Choose another axis"),
        (lambda: prelu(T, np.ones(3)), ShapeError, "weight of shape (3,) for x of shape (3, 2)", "(1,) or (2,)", "Give one"),
        (lambda: linear(T, T), ShapeError, "linear got x of shape (3, 2) and weight of shape (3, 2)", "3 numbers",
         "transpose the weight"),
        (lambda: linear(T, T.T, np.ones(2)), ShapeError, "bias of shape (2,)", "one number for each of the 3 outputs",
         "Reshape it"),
        (lambda: linear(Value(1.0), T), MixedError, "linear got a Value as x", "arrays and Tensors", "from Tensors"),
        (lambda: embedding([0, 3], T), IndexingError, "embedding got indices[1] = 3", "expected 0 to 2", "Count from 0"),
        (lambda: embedding([-1], T), IndexingError, "indices[0] = -1", "expected 0 to 2", "leave others out"),
        (lambda: embedding(Tensor([1]), T), DtypeError, "indices of dtype float64", "integers in a plain array", "astype(int)"),
        (lambda: embedding([0], T[0]), ShapeError, "weight of shape (2,)", "2 axes, (V, D)", "Reshape it"),
        (lambda: one_hot([4], 3), IndexingError, "one_hot got indices[0] = 4", "expected 0 to 2", "Count from 0"),
        (lambda: one_hot([0], 0), ValueError, "classes=0", "at least 1", "classes=1"),
        (lambda: dropout(T, 1.5), ValueError, "dropout got p=1.5", "from 0 to 1", "p=0.1"),
        (lambda: dropout(T, 0.5, rng="a"), TypeError, "dropout got rng='a'", "Generator", "default_rng(0)"),
        (lambda: normalize(T, 0.5), ValueError, "normalize got p=0.5", "at least 1, or inf", "p=2.0"),
        (lambda: normalize(T[0]), ShapeError, "axis=1 for x of shape (2,)", "from -1 to 0", "Name one"),
        (lambda: pad(T, (1, 2, 3)), ValueError, "widths=(1, 2, 3)", "two for each axis", "(left, right)"),
        (lambda: pad(T, (-1, 2)), ValueError, "widths=(-1, 2)", "whole numbers >= 0", "slice"),
        (lambda: pad(T, (1,) * 6), ShapeError, "6 widths for x of shape (3, 2)", "at most", "fewer widths"),
        (lambda: pad(T, (1, 1), "mirror"), ValueError, "mode='mirror'", "one of constant, reflect", "Pass one of these"),
        (lambda: pad(T, (2, 0), "reflect"), ShapeError, "widths (2, 0) for an axis of 2 numbers", "1 at most", "Pad less"),
        (lambda: pad(T, (0, 3), "circular"), ShapeError, "widths (0, 3) for an axis of 2", "2 at most", "Pad less"),
    ],
)  # fmt: skip
def test_arguments_that_do_not_fit_are_refused(call, kind, happened, expected, advice):
    check_complaint(call, kind, happened, expected, advice)
