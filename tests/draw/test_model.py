"""The graph as data: boxes, edges, names, phases, truncation."""

import json
import math
import time
import weakref

import numpy as np
import pytest
from op_points import few_points, lacking, one_array

import autograd_nn as ag
from autograd_nn import Tensor, Value
from autograd_nn.domain import Interval, Shape
from autograd_nn.draw.dot import label
from autograd_nn.draw.model import plain
from autograd_nn.draw.numbers import summary
from autograd_nn.draw.wording import readable
from autograd_nn.op import REGISTRY


def model_of(y, names=None, **keywords):
    return ag.graph(y, names, **keywords).model()


def edges_of(model):
    return [(e.source, e.target, e.argument) for e in model.edges]


def test_boxes_and_edges_are_in_the_order_of_creation():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    y = a * b + a

    model = model_of(y, {"y": y})

    assert [("a", ""), ("b", ""), ("", "*"), ("y", "+")] == [(box.name, box.sign) for box in model.boxes]
    assert [(0, 2, 0), (1, 2, 1), (2, 3, 0), (0, 3, 1)] == edges_of(model)
    assert (3,) == model.outputs
    assert [2.0, -3.0, -6.0, -4.0] == [box.value.sample[0] for box in model.boxes]


def test_x_times_x_has_two_edges():
    x = Value(3.0)

    model = model_of(x * x)

    assert [(0, 1, 0), (0, 1, 1)] == edges_of(model)


def test_constants_have_boxes_settings_stand_in_the_operation():
    x = Tensor(np.ones((2, 3)))
    y = ((2.0 * x) ** 2)[1, :2].sum(axis=0)

    model = model_of(y)

    assert ["*", "**2", "[1, :2]", "sum axis=0"] == [box.sign for box in model.boxes if box.kind == "op"]
    assert [2.0] == [box.value.sample[0] for box in model.boxes if box.kind == "constant"]


def test_one_array_used_twice_is_one_constant_and_takes_its_name_from_names():
    x, w = np.arange(6.0).reshape(2, 3), Tensor(np.ones(3), "w")

    model = model_of((x * w) + x, {"x": x})

    assert ["x"] == [box.name for box in model.boxes if box.kind == "constant"]
    assert [False, True, False, True] == [e.flows for e in sorted(model.edges, key=lambda e: (e.target, e.argument))][
        :2
    ] + [e.flows for e in model.edges if e.target == 3][::-1]


def test_comparison_with_a_constant_keeps_its_direction():
    x = Tensor([1.0, 2.0])

    model = model_of(ag.ops.less(0.5, x))

    assert ("<", False) == (model.boxes[-1].sign, model.boxes[-1].flows)
    assert [("constant", 0), ("leaf", 1)] == [(model.boxes[e.source].kind, e.argument) for e in model.edges]
    assert not any(e.flows for e in model.edges)


def arguments(op):
    """Argument lists with Tensors; operations without a gradient have no domain to sample."""
    if op.domain:
        return [[Tensor(a) if i in active else a for i, a in enumerate(args)] for args, active in few_points(op)]
    cases = op.cases or [(Shape(2, 3),) * len(op.vjps)]
    shapes = [[Shape(2) if isinstance(a, Interval) else a for a in case] for case in cases]
    return [[Tensor(np.full(a, 0.5)) if isinstance(a, Shape) else a for a in case] for case in shapes]


@pytest.mark.parametrize("op", REGISTRY.values(), ids=REGISTRY)
def test_every_operation_can_be_drawn(op):
    if lacking(op):
        pytest.skip("no SciPy")
    for args in arguments(op):
        y = op.function(*args)
        y = y[0].inputs[0] if isinstance(y, list | tuple) else y  # the node of several results

        g = ag.graph(y)
        last = g.model().boxes[-1]

        assert (op.name, np.shape(one_array(y.data))) == (last.op, last.value.shape)
        assert set(range(last.id)) == {e.source for e in g.model().edges}
        assert readable(last.sign) in g.text()
        assert label([readable(last.sign)]) in g.to_graphviz().source


@pytest.mark.parametrize(
    ("function", "sign"),
    [
        (lambda t: t**2, "**2"),
        (lambda t: t**-0.5, "**-0.5"),
        (lambda t: t[0], "[0]"),
        (lambda t: t[::-2, None, 1:], "[::-2, None, 1:]"),
        (lambda t: t[..., [0, 2]], "[..., [0, 2]]"),
        (lambda t: t[np.zeros(5, int), 1], "[int64[5], 1]"),
        (lambda t: t.at[1].set(0.0), "[1]="),
        (lambda t: t.sum(), "sum"),
        (lambda t: t.mean(axis=(0, 1), keepdims=True), "mean axis=(0, 1), keepdims=True"),
        (lambda t: t.reshape(3, 2), "reshape (3, 2)"),
        (lambda t: t.T, "T"),
        (lambda t: t.transpose(1, 0), "T axes=(1, 0)"),
        (lambda t: t.astype(np.float32), "astype float32"),
        (lambda t: t.astype("float32"), "astype float32"),
        (lambda t: t @ np.ones(3), "@"),
        (lambda t: -t, "-"),
    ],
)
def test_signs(function, sign):
    t = Tensor(np.ones((2, 3)))

    assert sign == model_of(function(t)).boxes[-1].sign


def test_a_checkpoint_is_one_box_and_its_constants_are_settings():
    x = Tensor([1.0, 2.0], "x")
    y = ag.checkpoint(lambda x, factor, shift: factor * x + shift)(x, 3.0, np.ones(2))

    model = model_of(y)

    assert ["x", "", ""] == [box.name for box in model.boxes]
    assert "checkpoint(<lambda>) 3" == model.boxes[-1].sign


def test_drawing_keeps_no_graph_alive():
    x = Tensor(np.ones(3))
    kept = weakref.ref(x.data)

    model_of(ag.checkpoint(lambda x, factor: x * factor)(x, 3.0))
    del x

    assert kept() is None


def test_names_given_win_and_a_model_gives_paths():
    model = ag.nn.Sequential(ag.nn.Dense(2, 3, rng=0), ag.nn.Dense(3, 1, rng=1))
    loss = model(np.ones((4, 2), np.float32)).sum()

    by_model = model_of(loss, model)
    by_parameters = model_of(loss, model.parameters())
    by_locals = model_of(loss, locals())

    paths = ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"]
    assert paths == [box.name for box in by_model.boxes if box.kind == "leaf"]
    assert by_model == by_parameters
    assert [f"model.{p}" for p in paths] == [box.name for box in by_locals.boxes if box.kind == "leaf"]
    assert "loss" == by_locals.boxes[-1].name


def test_phases_of_values():
    x = Value(2.0)
    y, z = x * x, x + 1.0

    before = model_of(y)
    y.backward()

    assert ("before", None) == (before.phase, before.boxes[0].grad)
    assert ("all", 4.0) == (model_of(y).phase, model_of(y).boxes[0].grad.sample[0])
    assert "elsewhere" == model_of(z).phase


def test_phases_of_tensors():
    w = Tensor([1.0, 2.0])
    y = (w * 3.0).sum()

    phases = [model_of(y).phase]
    y.backward()
    phases.append(model_of(y).phase)
    y.backward(keep=True)
    phases.append(model_of(y).phase)

    assert ["before", "leaves", "all"] == phases


def test_micrograds_zero_grad_sets_an_int():
    x = Value(2.0)
    y = x * 3.0
    x.grad = 0

    assert "before" == model_of(y).phase


def test_a_rebound_leaf_shows_the_number_that_was_used_and_todays():
    w = Tensor([1.0, 2.0])
    y = (w * w).sum()
    w.data = w.data - 0.5

    box = model_of(y).boxes[0]

    assert ((1.0, 2.0), (0.5, 1.5)) == (box.value.sample, box.now.sample)
    assert model_of((w * w).sum()).boxes[0].now is None


def test_the_graph_of_a_gradient():
    x = Value(3.0, "x")
    slope = ag.grad(lambda x: x**3)(x)

    model = model_of(slope)

    assert "x" == model.boxes[0].name
    assert 27.0 == model.boxes[model.outputs[0]].value.sample[0]


def test_a_graph_drawn_inside_a_transform():
    seen = []

    def f(x):
        y = x * x
        seen.append(model_of(y))
        return y

    ag.grad(f)(2.0)
    ag.grad(ag.grad(f))(2.0)

    assert all("leaf" == model.boxes[0].kind or model.boxes[1].sign == "variable" for model in seen)
    assert 2 == len(seen[0].edges)


@pytest.mark.parametrize("leaf", [Value(1.5), Tensor(1.5), Tensor(np.zeros((0, 3))), Tensor([np.nan, np.inf])])
def test_a_leaf_alone(leaf):
    model = model_of(leaf)

    assert (["leaf"], (), 1) == ([box.kind for box in model.boxes], model.edges, model.total)


def test_the_same_program_gives_the_same_model():
    def program():
        x = Tensor(np.arange(4.0), "x")
        y = (x.tanh() * x).sum()
        y.backward(keep=True)
        return ag.graph(y)

    first, second = program(), program()

    assert first.model() == second.model()
    assert first.to_graphviz().source == second.to_graphviz().source
    assert first.text() == second.text()


def test_truncation_keeps_the_nearest_and_counts_the_rest():
    y = Value(0.0)
    for _ in range(50):
        y = y + 1.0

    model = model_of(y, max_nodes=10)

    assert (51, 10, 41) == (model.total, model.shown, model.left_out)
    assert [1] + [0] * 9 == [box.hidden for box in model.boxes if box.kind == "op"]
    assert 50.0 == model.boxes[model.outputs[0]].value.sample[0]


def test_every_output_is_kept_however_small_the_limit():
    x = Value(1.0)
    outputs = [x * float(i) for i in range(5)]

    assert 5 == len(model_of(outputs, max_nodes=1).outputs)


def test_a_deep_chain_is_quick():
    y = Value(0.0)
    for _ in range(100_000):
        y = y + 1.0

    start = time.process_time()  # of this process alone: other work on the machine counts in perf_counter
    text = ag.graph(y).text()

    assert 2.0 > time.process_time() - start
    assert "2,000 of 100,001 nodes, the nearest to the output; 98,001 left out" in text


@pytest.mark.slow
def test_a_million_nodes():
    y = Value(0.0)
    for _ in range(1_000_000):
        y = y + 1.0

    assert "2,000 of 1,000,001 nodes" in ag.graph(y).text()


def test_json_is_strict_versioned_and_complete():
    x = Tensor([1.0, np.nan, np.inf], "x")
    y = x * 2.0

    read = json.loads(json.dumps(plain(model_of(y)), allow_nan=False))

    assert 1 == read["schema_version"]
    assert [1.0, "nan", "inf"] == read["boxes"][0]["value"]["sample"]
    assert {"source": 0, "target": 2, "argument": 0, "flows": True} in read["edges"]


def test_summaries_survive_both_ends_of_the_float_range():
    large, small = summary(np.full(9, 1e308)), summary(np.full(9, 5e-324))

    assert math.isclose(1e308, large.mean, rel_tol=1e-12)
    assert math.inf == large.norm  # 3e308
    assert math.isclose(1.5e-323, small.norm)
    assert (5e-324, 5e-324) == (small.low, small.high)


def test_summary_of_an_array_counts_what_is_not_finite():
    x = summary(np.array([3.0, -4.0, 0.0, np.nan, np.inf, -np.inf], np.float32))

    assert ((6,), "float32", (), -4.0, 3.0, 5.0) == (x.shape, x.dtype, x.sample, x.low, x.high, x.norm)
    assert (1, 1, 2) == (x.zeros, x.nans, x.infs)


@pytest.mark.parametrize("wrong", [1.0, np.ones(2), "y", [Value(1.0), 2.0], None])
def test_plain_data_has_no_graph(wrong):
    with pytest.raises(TypeError, match="Plain data has no graph"):
        ag.graph(wrong)


@pytest.mark.parametrize("wrong", [0, -1, 2.5, True])
def test_max_nodes_is_a_positive_int(wrong):
    with pytest.raises(ValueError, match="max_nodes"):
        ag.graph(Value(1.0), max_nodes=wrong)


def test_an_empty_list_and_names_of_no_kind():
    with pytest.raises(ValueError, match="empty list"):
        ag.graph([])
    with pytest.raises(TypeError, match="names=list"):
        ag.graph(Value(1.0), names=["x"])
