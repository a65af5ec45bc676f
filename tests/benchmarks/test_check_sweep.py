"""The correct gradients of the false-alarm sweep are correct: by differences that know no rule of ours."""

import check_sweep
import numpy as np
import pytest
from check_elementwise import FUNCTIONS
from check_layers import LAYERS


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_derivative_is_that_of_its_function(name):
    f, derivative, where = FUNCTIONS[name]
    x = np.linspace(0.21, 0.87, 9)  # clear of the kinks at 0, 0.5, 1 and 2.5
    x = x if where == "positive" else np.concatenate([-x, x])

    slope = (f(x + 1e-6) - f(x - 1e-6)) / 2e-6

    np.testing.assert_allclose(slope, derivative(x), rtol=1e-5, atol=5e-4)  # (x + 1000)^2 cancels


@pytest.mark.parametrize("name", LAYERS)
def test_a_backward_is_that_of_its_layer(name):
    forward, backward, shapes = LAYERS[name]
    rng = np.random.default_rng(0)
    xs = [rng.normal(size=s) for s in shapes]
    g = np.asarray(rng.normal(size=np.shape(forward(*xs))))

    given = backward(g.copy(), *[x.copy() for x in xs])

    for i, (x, d) in enumerate(zip(xs, given if isinstance(given, tuple) else (given,))):
        assert x.shape == np.shape(d)
        for _ in range(3):
            along = rng.normal(size=x.shape)
            up, down = [np.sum(g * forward(*xs[:i], x + h * along, *xs[i + 1 :])) for h in (1e-6, -1e-6)]
            np.testing.assert_allclose((up - down) / 2e-6, np.sum(d * along), rtol=1e-5, atol=1e-5)


def test_there_are_thousands_in_both_precisions():
    samples = [s for source in check_sweep.SOURCES for s in check_sweep.items(source)]

    assert len(samples) >= 2000
    assert {"float64", "float32"} <= {s.variant.split(",")[0] for s in samples}
    assert all([np.all(np.isfinite(x)) for s in samples for x in s.inputs])


def test_an_offender_is_listed_and_counted():
    good = {"source": "layers", "name": "a", "verdict": "right", "untested": False}
    bad = good | {"name": "b", "verdict": "wrong"}
    unsure = good | {"verdict": "cannot tell"}
    spoilt = good | {"source": "layers" + check_sweep.SPOILT, "verdict": "wrong"}
    missed, untested = spoilt | {"verdict": "right"}, spoilt | {"verdict": "right", "untested": True}
    rows = [good, unsure, bad, spoilt, missed, untested]

    counts = check_sweep.counted(rows)

    assert [bad, missed, unsure] == check_sweep.offenders(rows)
    assert (3, 1, 1, 1) == tuple([counts["all"][k] for k in ("samples", "right", "wrong", "cannot tell")])
    spoilt_ones = counts["layers" + check_sweep.SPOILT]
    assert (3, 1, 1, 1) == tuple([spoilt_ones[k] for k in ("samples", "right", "right, untested", "wrong")])


def test_a_spoilt_sample_is_one_percent_off():
    sample = check_sweep.items("layers")[0]

    right, wrong = [
        s.backward(np.ones(s.forward(*s.inputs).shape), *s.inputs) for s in (sample, check_sweep.spoilt(sample))
    ]

    for r, w in zip(right, wrong):
        np.testing.assert_allclose(1.01 * r, w)
