"""The affine map and the cross-entropies: stacks of them, infinite logits, a leading axis, and the messages."""

import numpy as np
import pytest
from complaints import check_complaint

from autograd_nn import ops, vjp
from autograd_nn.errors import IndexingError, ShapeError

RNG = np.random.default_rng(1)


@pytest.mark.parametrize("shape", [(4, 3), (2, 4, 3), (3,), (0, 3), (2, 0, 3)])
def test_affine_and_its_gradients(shape):
    x, W, b, g = [RNG.normal(size=s) for s in (shape, (3, 2), (2,), (*shape[:-1], 2))]

    y, pull = vjp(ops.affine, x, W, b)
    dx, dW, db = pull(g)

    rows, slopes = x.reshape(-1, 3), g.reshape(-1, 2)
    np.testing.assert_allclose(np.einsum("...n,nm->...m", x, W) + b, y, rtol=1e-13)
    np.testing.assert_allclose(np.einsum("...m,nm->...n", g, W), dx, rtol=1e-13)
    np.testing.assert_allclose(np.einsum("an,am->nm", rows, slopes), dW, rtol=1e-12)
    np.testing.assert_allclose(slopes.sum(0), db, rtol=1e-12)


@pytest.mark.parametrize("shape", [(3,), (4, 3), (2, 4, 3)])
def test_a_stack_of_matrices_is_one_affine_map_for_each_to_second_order(shape):
    x, W, b, g = [RNG.normal(size=(5, *s)) for s in (shape, (3, 2), (2,), (*shape[:-1], 2))]

    y, pull = vjp(ops.affine, x, W, b)
    derivatives = pull(g)
    second = vjp(lambda x, W, g: vjp(lambda x, W: ops.affine(x, W, b), x, W)[1](g), x, W, g)[1]((x, W))

    alone = [vjp(ops.affine, *[a[k] for a in (x, W, b)]) for k in range(5)]
    np.testing.assert_allclose([value for value, _ in alone], y, rtol=1e-13)
    for i, d in enumerate(derivatives):
        np.testing.assert_allclose([pull(g[k])[i] for k, (_, pull) in enumerate(alone)], d, rtol=1e-12)
    rows, slopes = (
        x.reshape(5, -1, 3),
        g.reshape(5, -1, 2),
    )  # <x, g W^T> + <W, x^T g> by x, W and g: the last is in both
    np.testing.assert_allclose((slopes @ W.swapaxes(1, 2)).reshape(x.shape), second[0], rtol=1e-12)
    np.testing.assert_allclose(rows.swapaxes(1, 2) @ slopes, second[1], rtol=1e-12)
    np.testing.assert_allclose((2.0 * rows @ W).reshape(g.shape), second[2], rtol=1e-12)


def test_a_class_that_logits_and_target_rule_out_costs_nothing():
    x, t = np.array([0.0, 0.0, -np.inf]), np.array([0.5, 0.5, 0.0])

    y, pull = vjp(ops.cross_entropy_of_probabilities, x, t)
    z, pull_labels = vjp(lambda x: ops.cross_entropy_of_labels(x, np.array(1)), x)

    np.testing.assert_allclose([np.log(2.0)] * 2, [y, z], rtol=1e-15)
    dx, dt = pull(1.0)
    np.testing.assert_allclose([0.0, 0.0, 0.0], dx, atol=1e-16)
    np.testing.assert_allclose([np.log(2.0), np.log(2.0), 0.0], dt, rtol=1e-15)
    np.testing.assert_allclose([0.5, -0.5, 0.0], pull_labels(1.0)[0], rtol=1e-15)


def test_a_target_ruled_out_by_an_infinite_logit_costs_infinity_with_a_finite_gradient():
    y, pull = vjp(lambda x: ops.cross_entropy_of_labels(x, np.array(0)), np.array([-np.inf, 0.0]))

    assert np.inf == y
    np.testing.assert_array_equal([-1.0, 1.0], pull(1.0)[0])


def test_the_mean_of_many_losses_in_float16_does_not_overflow():
    x = np.zeros((30_000, 32), np.float16)

    y = ops.cross_entropy_of_labels(x, np.zeros(30_000, int), -1, (0,))

    assert np.float16 == y.dtype
    np.testing.assert_allclose(np.log(32.0), y, rtol=1e-3)


@pytest.mark.parametrize(
    ("call", "kind", "happened", "expected", "advice"),
    [
        (lambda: ops.affine(np.ones((4, 2)), np.ones((3, 2)), np.ones(2)), ShapeError, "affine(array of shape (4, 2)",
         "core dimension", "help(autograd_nn.ops.affine)"),
        (lambda: ops.affine(np.ones((2, 4, 2)), np.ones((3, 2)), np.ones(2)), ShapeError, "(2, 4, 2), (3, 2) and (2,)",
         "for x of shape (..., n), W has shape (n, m) and b (m,)", "Check the shapes"),
        (lambda: ops.affine(np.ones((4, 3)), np.ones((3, 2)), np.ones(3)), ShapeError, "(4, 3), (3, 2) and (3,)",
         "W has shape (n, m) and b (m,)", "Check the shapes"),
        (lambda: ops.affine(np.ones((4, 3)), 2.0, np.ones(3)), ShapeError, "not (4, 3), () and (3,)", "W has shape (n, m)",
         "Check the shapes"),
        (lambda: ops.cross_entropy_of_labels(np.ones((2, 3)), np.array([0, 3])), IndexingError, "cross_entropy_of_labels",
         "out of bounds", "Check the shapes"),
    ],
)  # fmt: skip
def test_arguments_that_do_not_fit_are_refused(call, kind, happened, expected, advice):
    check_complaint(call, kind, happened, expected, advice)
