"""Attention: values against loops in plain Python, masks of both kinds, queries that may look at nothing, and the messages."""

import math

import numpy as np
import pytest
from complaints import check_complaint

from autograd_nn import Tensor, grad
from autograd_nn.errors import ShapeError
from autograd_nn.nn.functional import scaled_dot_product_attention as attention

RNG = np.random.default_rng(1)
Q, K, V = RNG.normal(size=(2, 4, 3)), RNG.normal(size=(2, 5, 3)), RNG.normal(size=(2, 5, 2))


def looped(query, key, value, allowed, scale):
    """One example, query by query; allowed(i, j) says whether query i may look at key j."""
    y = np.zeros((len(query), value.shape[1]))
    for i, q in enumerate(query):
        weights = [math.exp(scale * float(q @ k)) if allowed(i, j) else 0.0 for j, k in enumerate(key)]
        for w, v in zip(weights, value):
            y[i] += w / sum(weights) * v if sum(weights) else 0.0
    return y


@pytest.mark.parametrize("scale", [None, 2.0])
@pytest.mark.parametrize("causal", [False, True])
def test_attention_is_the_weighted_mean_of_values(causal, scale):
    y = attention(Tensor(Q), Tensor(K), Tensor(V), None, causal, scale)

    factor = 1.0 / math.sqrt(3.0) if scale is None else scale
    expected = [looped(q, k, v, lambda i, j: j <= i or not causal, factor) for q, k, v in zip(Q, K, V)]
    np.testing.assert_allclose(expected, y.numpy(), rtol=1e-12)


@pytest.mark.parametrize("causal", [False, True])
def test_a_mask_of_booleans_and_one_of_infinities_mean_the_same(causal):
    mask = RNG.random((4, 5)) < 0.6
    mask[:, 0] = True

    y = attention(Q, K, V, mask, causal)
    z = attention(Q, K, V, np.where(mask, 0.0, -np.inf), causal)

    allowed = mask & np.tri(4, 5, dtype=bool) if causal else mask
    expected = [looped(q, k, v, lambda i, j: allowed[i, j], 1.0 / math.sqrt(3.0)) for q, k, v in zip(Q, K, V)]
    np.testing.assert_allclose(expected, y, rtol=1e-12)
    np.testing.assert_allclose(expected, z, rtol=1e-12)


def test_no_gradient_flows_from_later_positions():
    x = RNG.normal(size=(4, 3))

    d = grad(lambda x: attention(x, x, x, causal=True)[1].sum())(x)

    np.testing.assert_array_equal(np.zeros((2, 3)), d[2:])
    assert (d[:2] != 0.0).all()


def test_a_query_that_may_look_at_nothing_gives_zero_and_no_nan():
    mask = np.array([[True, False], [False, False]])
    q, k, v = [RNG.normal(size=(2, 2)) for _ in "qkv"]

    y = attention(q, k, v, mask)
    dq, dk, dv = grad(lambda *a: (attention(*a, mask) * 3.0).sum(), argnums=(0, 1, 2))(q, k, v)

    np.testing.assert_array_equal([v[0], [0.0, 0.0]], y)
    np.testing.assert_array_equal(np.zeros((2, 2)), dq)
    np.testing.assert_array_equal(np.zeros((2, 2)), dk)
    np.testing.assert_array_equal([[3.0, 3.0], [0.0, 0.0]], dv)


def test_a_learnt_bias_is_a_mask_that_is_differentiated():
    bias = np.zeros((4, 5))

    d = grad(lambda b: attention(Q, K, V, b)[0, 2, 0])(bias)

    w = np.exp(K[0] @ Q[0, 2] / math.sqrt(3.0))
    w, v = w / w.sum(), V[0, :, 0]
    np.testing.assert_allclose(w * (v - w @ v), d[2], rtol=1e-11)
    np.testing.assert_array_equal(np.zeros((3, 5)), d[[0, 1, 3]])


def test_heads_share_keys_by_broadcasting_and_float32_stays():
    heads = RNG.normal(size=(2, 3, 4, 3)).astype(np.float32)

    y = attention(Tensor(heads), K[:, None].astype(np.float32), V[:, None].astype(np.float32), causal=True)

    assert ((2, 3, 4, 2), np.float32) == (y.shape, y.dtype)
    expected = looped(heads[1, 2], K[1], V[1], lambda i, j: j <= i, 1.0 / math.sqrt(3.0))
    np.testing.assert_allclose(expected, y.numpy()[1, 2], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("call", "kind", "happened", "expected", "advice"),
    [
        (lambda: attention(Q, K[..., :2], V), ShapeError, "of shapes (2, 4, 3), (2, 5, 2) and (2, 5, 2)",
         "(..., L, E), (..., S, E)", "Transpose or reshape"),
        (lambda: attention(Q, K, V[:, :4]), ShapeError, "and (2, 4, 2)", "(..., S, F)", "Transpose or reshape"),
        (lambda: attention(Q, K[:1], V[[0, 1, 0]]), ShapeError, "and (3, 5, 2)", "leading axes that broadcast", "Transpose"),
        (lambda: attention(Q[0, 0], K, V), ShapeError, "of shapes (3,)", "(..., L, E)", "Transpose or reshape"),
        (lambda: attention(Q, K, V, np.ones((5, 4), bool)), ShapeError, "a mask of shape (5, 4)", "broadcasts to (2, 4, 5)",
         "Reshape"),
        (lambda: attention(Q, K, V, scale=np.nan), ValueError, "scale=nan", "a finite number", "scale=1.0"),
    ],
)  # fmt: skip
def test_arguments_that_do_not_fit_are_refused(call, kind, happened, expected, advice):
    check_complaint(call, kind, happened, expected, advice)
