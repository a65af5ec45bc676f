"""What a check says about its own strength, and the inputs that it varies to see more."""

import time

import numpy as np
import pytest

import autograd_nn as ag

RNG = np.random.default_rng(3)
X, W, B = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 4)), RNG.normal(size=4)


def dense(x, W):
    return x @ W


def dense_backward(dout, x, W):
    return dout @ W.T, x.T @ dout


def layer(x, W, b):
    return x @ W + b


def layer_backward(dout, x, W, b):
    return dout @ W.T, x.T @ dout, dout.sum(axis=0)


def stable_softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def stable_softmax_backward(dout, x):
    p = stable_softmax(x)
    return p * (dout - (dout * p).sum(axis=1, keepdims=True))


def relu(x):
    return np.maximum(x, 0.0)


def relu_backward(dout, x):
    return dout * (x > 0.0)


def lookup(table, ids):
    return table[ids]


def lookup_backward(dout, table, ids):
    grad = np.zeros_like(table)
    np.add.at(grad, ids, dout)
    return grad


def overwritten(dout, table, ids):
    grad = np.zeros_like(table)
    grad[ids] = dout
    return grad


def test_all_planted_mistakes_are_noticed_at_distinct_sizes():
    paths, factors = 2 * 3, 2 * 3 * 2  # x and W, dropped, doubled, negated; each times and divided by 5, 3 and 4

    report = ag.check_backward(dense, dense_backward, X, W)

    assert report.noticed.startswith(f"{paths + factors} of {paths + factors} planted mistakes")
    assert report.strength == ()
    assert f"  Would notice: {report.noticed}" in str(report).splitlines()
    assert "Not tested" not in str(report)


def test_a_sum_over_rows_that_takes_one_is_among_the_planted_mistakes():
    report = ag.check_backward(layer, layer_backward, X, W, B)

    assert "sums that are missing" in report.noticed
    assert "sums that are missing" not in ag.check_backward(dense, dense_backward, X, W).noticed


def test_a_path_that_carries_nothing_at_any_inputs_is_no_mistake_to_miss():
    report = ag.check_backward(stable_softmax, stable_softmax_backward, RNG.normal(size=(5, 3)))

    caught, planted = report.noticed.split()[0:3:2]

    assert caught == planted
    assert report.strength == ()


def test_a_wrong_gradient_needs_no_summary():
    report = ag.check_backward(dense, lambda dout, x, W: (dout @ W.T, 2.0 * x.T @ dout), X, W)

    assert report.verdict == "wrong"
    assert report.noticed == ""


def test_a_relu_without_a_positive_input_is_untested():
    report = ag.check_backward(relu, relu_backward, -np.abs(X))

    assert report.verdict == "right"
    assert any(["np.maximum(x, 0.0) carries 0" in s and "move the inputs" in s for s in report.strength])
    assert report.noticed.startswith("0 of ")


def test_a_relu_without_a_negative_input_does_not_show_its_mask():
    report = ag.check_backward(relu, lambda dout, x: dout, np.abs(X))

    assert report.verdict == "right"
    assert any(["every entry takes the same side of the maximum" in s for s in report.strength])


def test_axes_of_size_1_are_named_in_inputs_that_are_not_differentiated_too():
    def forward(W, counts):
        return W * counts

    report = ag.check_backward(forward, lambda dout, W, counts: dout * counts, W, np.array([[2, 1, 3, 1]] * 3)[:, :1])
    single = ag.check_backward(forward, lambda dout, W, counts: dout * counts, W[:, :1], np.array([[2], [1], [3]]))

    assert not any(["size 1" in s for s in report.strength])  # it is there to be broadcast
    assert any(["axis 1 of counts" in s and "axis 1 of W" in s for s in single.strength])


def test_equal_sizes_of_different_axes_are_named_and_those_that_belong_together_are_not():
    square, apart = RNG.normal(size=(5, 5)), RNG.normal(size=(5, 4))

    report = ag.check_backward(dense, dense_backward, square, apart)

    assert any(["x.shape[0] and x.shape[1] are both 5" in s for s in report.strength])
    assert ag.check_backward(dense, dense_backward, X, W).strength == ()


def test_an_upstream_of_ones_is_varied():
    def averaged(dout, x):
        return np.full(x.shape, 2.0 * dout.mean())

    report = ag.check_backward(lambda x: 2.0 * x, averaged, X, upstream=np.ones(X.shape))

    assert report.verdict == "wrong"
    assert "with random numbers as the upstream" in str(report)
    assert ag.check_backward(lambda x: 2.0 * x, lambda dout, x: 2.0 * dout, X, upstream=np.ones(X.shape)).strength == ()


def test_ids_that_do_not_repeat_are_made_to():
    ids = np.array([4, 0])

    report = ag.check_backward(lookup, overwritten, X, ids)

    assert report.verdict == "wrong"
    assert "overwritten" in {f.kind for f in report.findings}
    assert "with an index that comes twice in ids" in str(report)
    assert ag.check_backward(lookup, lookup_backward, X, ids).strength == ()


@pytest.mark.parametrize("rows", [np.array([4, 0, 2]), np.array([4, 0, 2, 1, 3])])
def test_chosen_rows_and_permutations_do_not_repeat_by_right_and_are_reported_alone(rows):
    def picked(x, rows):
        return x[rows]

    report = ag.check_backward(picked, lambda dout, x, rows: overwritten(dout, x, rows), X, rows)

    assert report.verdict == "right"
    assert any(["no index comes twice in rows" in s for s in report.strength])


def fixed_count(x, W):
    return (x @ W).sum(axis=0) / len(x)


def fixed_count_backward(dout, x, W):
    return np.tile(dout @ W.T / 5.0, (len(x), 1)), np.outer(x.sum(axis=0), dout) / 5.0


def draw(rng):
    return rng.normal(size=(7, 3)), rng.normal(size=(3, 2))


def test_generated_inputs_show_what_the_given_ones_hide():
    alone = ag.check_backward(fixed_count, fixed_count_backward, X, W)

    report = ag.check_backward(fixed_count, fixed_count_backward, X, W, factories=draw)

    assert alone.verdict == "right"
    assert report.verdict == "wrong"
    assert "It does not show at these inputs, but at x (7, 3), W (3, 2)" in str(report)
    assert ag.check_backward(dense, dense_backward, X, W, factories=[draw]).verdict == "right"


def test_a_backward_that_raises_at_generated_inputs_is_wrong():
    def narrow(dout, x, W):
        return dout @ W.T.reshape(4, 3), x.T @ dout

    report = ag.check_backward(dense, narrow, X, W, factories=draw)

    assert report.verdict == "wrong"
    assert "x (7, 3), W (3, 2), which a factory made" in str(report)


@pytest.mark.parametrize(
    ("factories", "text"),
    [(lambda rng: 1 / 0, "a factory of inputs raised ZeroDivisionError"), ([X], "factories holds")],
)
def test_a_factory_that_makes_nothing_gives_a_sentence(factories, text):
    report = ag.check_backward(dense, dense_backward, X, W, factories=factories)

    assert report.verdict == "cannot tell"
    assert text in str(report)


def test_keywords_reach_the_forward():
    def scaled(x, scale=1.0):
        return x * scale

    def tripled(dout, x, scale=1.0):
        return 3.0 * dout

    assert ag.check_backward(scaled, tripled, X, keywords={"scale": 3}).verdict == "right"
    assert ag.check_backward(scaled, tripled, X, keywords={"scale": 2}).verdict == "wrong"


def test_a_backward_that_hangs_is_stopped_and_named():
    def hangs(dout, x, W):
        while True:
            time.sleep(0.01)

    report = ag.check_backward(dense, hangs, X, W, limit=0.2)

    assert report.verdict == "cannot tell"
    assert "the backward had not come back after 0.2 seconds" in str(report)
    assert "test_strength.py:" in str(report)


def test_the_summary_is_in_json_and_html(tmp_path):
    report = ag.check_backward(dense, dense_backward, X, W)

    page = report.to_html(tmp_path / "report.html").read_text(encoding="utf-8")

    assert report.noticed == report.data()["noticed"]
    assert f"Would notice: {report.noticed}" in page


def test_a_single_row_is_made_three_although_it_is_differentiated():
    def by_count(dout, x, W):
        return dout @ W.T, x.T @ dout / len(x)

    report = ag.check_backward(dense, by_count, X[:1], W)

    assert report.verdict == "wrong"
    assert "with 3 rows instead of 1 in x" in str(report)
    assert ["W"] == [a.name for a in report.arguments if a.verdict == "wrong"]


def test_a_number_that_equals_a_size_is_told_from_it_at_generated_inputs():
    def times_five(dout, x, W):
        return dout @ W.T, 5.0 * x.T @ dout

    report = ag.check_backward(dense, times_five, X, W, factories=draw)

    assert [("W", "factor")] == [(f.argument, f.kind) for f in report.findings]
    assert "all of it is 5 times the right one" in str(report)
