"""The moons: points lie on their circles, noise has the stated size, a seed gives one set, the messages."""

import numpy as np
import pytest

from autograd_nn.data import moons


@pytest.mark.parametrize("n", [2, 3, 100, 101, np.int32(7)])
def test_shapes_dtypes_and_counts(n):
    points, labels = moons(n)

    assert (n, 2) == points.shape
    assert (n,) == labels.shape
    assert (np.float64, np.int64) == (points.dtype, labels.dtype)
    assert [n // 2, n - n // 2] == np.bincount(labels).tolist()


def test_without_noise_points_lie_on_their_half_circles():
    points, labels = moons(202, noise=0)

    upper, lower = points[labels == 0], points[labels == 1]

    np.testing.assert_allclose(np.hypot(*upper.T), 1.0, rtol=1e-15)
    np.testing.assert_allclose(np.hypot(*(lower - [1.0, 0.5]).T), 1.0, rtol=1e-15)
    assert upper[:, 1].min() >= 0.0
    assert lower[:, 1].max() <= 0.5
    assert [[-1.0, -0.5], [2.0, 1.0]] == [points.min(axis=0).tolist(), points.max(axis=0).tolist()]


def test_points_are_evenly_spaced_along_each_moon():
    points, labels = moons(42, noise=0.0)

    across = np.sort(points[labels == 0][:, 0])

    np.testing.assert_allclose(across, -np.cos(np.pi * np.arange(21) / 20), atol=1e-15)


def test_noise_is_normal_with_the_stated_deviation():
    n, noise = 20_000, 0.25
    exact, _ = moons(n, noise=0.0, seed=3)
    noisy, _ = moons(n, noise=noise, seed=3)

    error = (noisy - exact) / noise

    # 5 standard errors of the mean, the deviation and the correlation of independent standard normals
    np.testing.assert_allclose(error.mean(axis=0), 0.0, atol=5 / np.sqrt(n))
    np.testing.assert_allclose(error.std(axis=0), 1.0, atol=5 / np.sqrt(2 * n))
    np.testing.assert_allclose((error[:, 0] * error[:, 1]).mean(), 0.0, atol=5 / np.sqrt(n))


def test_a_seed_gives_one_set_and_another_seed_another():
    one, again, other = moons(50, seed=1), moons(50, seed=1), moons(50, seed=2)

    np.testing.assert_array_equal(one[0], again[0])
    np.testing.assert_array_equal(one[1], again[1])
    assert not np.array_equal(one[0], other[0])


def test_a_slice_mixes_both_labels():
    _, labels = moons(100, seed=0)

    assert {0, 1} == set(labels[:20].tolist())


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n": 1}, ValueError, r"moons: n is 1; expected an integer of at least 2\. Pass for example n=100"),
        ({"n": -5}, ValueError, r"moons: n is -5; "),
        ({"n": 10.0}, TypeError, r"moons: n is 10\.0, of type float; expected an integer"),
        ({"n": True}, TypeError, r"moons: n is True, of type bool; "),
        ({"n": (50, 50)}, TypeError, r"moons: n is \(50, 50\), of type tuple; "),
        ({"seed": -1}, ValueError, r"moons: seed is -1; expected an integer of at least 0"),
        ({"seed": None}, TypeError, r"moons: seed is None, of type NoneType; "),
        ({"noise": -0.1}, ValueError, r"moons: noise is -0\.1; expected a finite number of at least 0"),
        ({"noise": float("nan")}, ValueError, r"moons: noise is nan; "),
        ({"noise": float("inf")}, ValueError, r"moons: noise is inf; "),
        ({"noise": "0.1"}, TypeError, r"moons: noise is '0\.1', of type str; .* Pass for example noise=0\.1"),
        ({"noise": None}, TypeError, r"moons: noise is None, of type NoneType; "),
    ],
)
def test_arguments_out_of_range_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        moons(**arguments)
