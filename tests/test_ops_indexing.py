"""Indices in every form that NumPy takes, against NumPy's own assignment of unit vectors."""

import numpy as np
import pytest

from autograd_nn import Tensor, jvp, vjp

REPEATED = [  # each reads an element twice
    [0, 0, 2],
    np.array([0, -3, 2]),
    ((0, 0, 2),),  # inside of a tuple, NumPy reads a tuple, a range or any sequence as an array of integers
    ((0, 0), (1, 1)),
    ([0, 0], (1, 1)),
    (slice(None), (1, 1)),
    (..., range(2), [1, 1]),
    ([0, 0], None, (1, 1)),
]
SINGLE = [
    1,
    np.int64(-1),
    None,
    ...,
    True,
    np.True_,
    (0, None, 1),
    slice(None, None, -1),
    range(2),
    [True, False, True],
    (np.array(1), 0),
]


@pytest.mark.parametrize("key", [*REPEATED, *SINGLE], ids=str)
def test_the_cotangent_of_an_index_adds_up_where_an_element_was_read_twice(key):
    x, rng = np.arange(9.0).reshape(3, 3), np.random.default_rng(0)
    numbers = np.arange(9).reshape(3, 3)[key]
    g = rng.normal(size=numbers.shape)

    y, pull = vjp(lambda t: t[key], x)

    np.testing.assert_array_equal(x[key], y)
    np.testing.assert_allclose(np.bincount(numbers.ravel(), g.ravel(), 9).reshape(3, 3), pull(g)[0], rtol=1e-15)


@pytest.mark.parametrize("key", REPEATED, ids=str)
def test_where_an_element_is_set_twice_the_last_value_stays_and_alone_has_a_derivative(key):
    x, rng = np.arange(9.0).reshape(3, 3), np.random.default_rng(0)
    v, t = rng.normal(size=(2, *x[key].shape))
    moved = np.zeros((3, 3))
    moved[key] = t
    g = rng.normal(size=(3, 3))

    _, pull = vjp(lambda v: Tensor(x).at[key].set(v), v)
    _, dy = jvp(lambda v: Tensor(x).at[key].set(v), (v,), (t,))

    np.testing.assert_array_equal(moved, dy)
    np.testing.assert_allclose(np.sum(g * moved), np.sum(pull(g)[0] * t), rtol=1e-12)


@pytest.mark.parametrize("key", REPEATED, ids=str)
def test_where_an_element_is_added_to_twice_both_count(key):
    x, v = np.arange(9.0).reshape(3, 3), np.ones(np.arange(9.0).reshape(3, 3)[key].shape)
    expected = x.copy()
    np.add.at(expected, key, v)

    np.testing.assert_array_equal(expected, Tensor(x).at[key].add(v).numpy())
