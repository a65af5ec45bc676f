"""Input that is odd but legal: IEEE 754 at the edges of domains, warnings at the user's line, copies, comparisons, arrays that
must not be shared."""

import copy
import math
import pickle

import numpy as np
import pytest
from complaints import warned_lines

from autograd_nn import Tensor, Value, grad, jvp, ops, stop_gradient, value_and_grad, vjp
from autograd_nn.errors import ConstantWarning, DetachedWarning, DtypeError

HERE = "test_odd_input.py"
inf, nan = math.inf, math.nan

IEEE = [  # function, arguments, value, gradients: by IEEE 754 and the limit of the difference quotient where there is one
    (lambda x: x.log(), [0.0], -inf, [inf]),
    (lambda x: x.log(), [-1.0], nan, [-1.0]),
    (lambda x: x**-1, [0.0], inf, [-inf]),
    (lambda x: 1 / x, [0.0], inf, [-inf]),
    (lambda x: x / 0, [1.0], inf, [inf]),
    (lambda x: x / 0, [0.0], nan, [inf]),
    (lambda x: 0 / x, [0.0], nan, [nan]),
    (lambda x, z: x / z, [1.0, 0.0], inf, [inf, -inf]),
    (lambda x, z: x / z, [0.0, 0.0], nan, [inf, nan]),
    (lambda x: x.exp(), [1000.0], inf, [inf]),
    (lambda x: x.exp(), [-1000.0], 0.0, [0.0]),
    (lambda x: x ** (1 / 3), [-8.0], nan, [nan]),
    (lambda x: x**0.5, [-1.0], nan, [nan]),
    (lambda x: x**0, [0.0], 1.0, [0.0]),
    (lambda x: x**1, [0.0], 0.0, [1.0]),
    (lambda x: x**2, [0.0], 0.0, [0.0]),
    (lambda x: x**2, [1e200], inf, [2e200]),
    (lambda x, z: x**z, [0.0, 0.0], 1.0, [0.0, 0.0]),
    (lambda x, z: x**z, [-8.0, 1 / 3], nan, [nan, nan]),
    (lambda x: 2**x, [2000.0], inf, [inf]),
    (lambda x: x.sqrt(), [-1.0], nan, [nan]),
    (lambda x: x.sqrt(), [0.0], 0.0, [inf]),
    (lambda x: x.sin(), [inf], nan, [nan]),
    (lambda x: x - x, [inf], nan, [0.0]),
    (lambda x: x * 0.0, [inf], nan, [0.0]),
    (lambda x: x.relu(), [0.0], 0.0, [0.0]),
    (lambda x: x.abs(), [0.0], 0.0, [0.0]),
    (lambda x: x.sigmoid(), [-1000.0], 0.0, [0.0]),
    (lambda x: x.tanh(), [nan], nan, [nan]),
]


@pytest.mark.parametrize(("f", "at", "value", "gradients"), IEEE)
def test_a_value_follows_ieee_and_never_raises(f, at, value, gradients):
    leaves = [Value(x) for x in at]

    y = f(*leaves)
    y.backward()

    assert type(y.data) is float
    np.testing.assert_equal([value, *gradients], [y.data, *[v.grad for v in leaves]])


@pytest.mark.parametrize(("f", "at", "value", "gradients"), IEEE)
def test_a_tensor_agrees_with_a_value_at_the_edges(f, at, value, gradients):
    leaves = [Tensor([x]) for x in at]

    with np.errstate(all="ignore"):
        y = f(*leaves)
        y.backward()

    np.testing.assert_equal([value, *gradients], [y.item(), *[t.grad.item() for t in leaves]])


def test_nan_and_inf_in_the_data_pass_through_without_a_word():
    x = np.array([1.0, nan, inf, -inf])

    value, gradient = value_and_grad(lambda t: (t * 2.0).sum())(x)

    np.testing.assert_equal(nan, value)
    np.testing.assert_array_equal([2.0, 2.0, 2.0, 2.0], gradient)


# Warnings.


def test_each_way_out_of_the_graph_warns_once_at_the_users_line():
    t, v, room = Tensor(1.0), Value(1.0), np.zeros(2)

    def ways():
        float(t)
        math.exp(v)
        np.asarray(t)
        np.array([t, t])
        np.array([v, v])
        room[0] = t
        room[1] = v
        np.sum([Tensor([1.0]), Tensor([2.0])])
        np.linalg.norm([v, v])
        for _ in range(3):
            float(v)

    lines = warned_lines(ways, DetachedWarning)

    assert [(HERE, k) for k in (1, 2, 3, 4, 5, 6, 7, 8, 9, 11)] == [line[:2] for line in lines]
    assert all(["no gradient flows" in text and "to keep it recorded" in text for _, _, text in lines])


def test_printing_and_taking_the_numbers_by_name_do_not_warn():
    t, v = Tensor([1.0, 2.0]), Value(1.0)

    texts = [str(t), repr(v), f"{t} {v} {v:.2f} {t[0]:.1e}"]

    assert "1.0e+00" in texts[2]
    assert 1.0 == t[0].item() == v.item() == t.numpy()[0] == t.data[0]
    assert not t.numpy().flags.writeable


def test_a_function_that_ignores_its_argument_has_gradient_zero_and_a_warning_at_the_users_line():
    results = []

    def calls():
        results.append(grad(lambda x: 3.0)(2.0))
        results.append(grad(lambda x: x.item() * 2.0)(2.0))
        results.append(grad(lambda x, z: x * 2.0, argnums=(0, 1))(2.0, np.ones(2)))
        results.append(grad(lambda x: x.sum() > 0)(np.ones(2)))
        results.append(grad(lambda x: [1.0][0])([1.0, np.ones(2)]))

    lines = warned_lines(calls, ConstantWarning)

    assert [(HERE, k) for k in (1, 2, 3, 4, 5)] == [line[:2] for line in lines]
    assert ["argument 0", "argument 0", "argument 1", "argument 0", "argument 0"] == [
        text[text.index("argument") :][:10] for _, _, text in lines
    ]
    assert (0.0, 0.0, 2.0, 0.0) == (results[0], results[1], results[2][0], results[4][0])
    for zeros in (results[2][1], results[3], results[4][1]):
        np.testing.assert_array_equal([0.0, 0.0], zeros)


def test_a_list_of_which_one_part_is_used_does_not_warn():
    assert [1.0, 0.0] == grad(lambda xs: xs[0])([2.0, 3.0])


# Copies, comparisons, hashing.


@pytest.mark.parametrize("leaf", [Value(2.0, name="v"), Tensor([1.0, 2.0], name="t")])
def test_a_leaf_can_be_deepcopied_and_nothing_pickled(leaf):
    leaf.grad = leaf.data * 3.0
    pair = copy.deepcopy([leaf, leaf])

    assert pair[0] is pair[1]
    assert pair[0] is not leaf
    assert leaf.name == pair[0].name
    np.testing.assert_array_equal(leaf.data, pair[0].data)
    assert not np.any(pair[0].grad)  # fresh: 0.0 for a Value, None for a Tensor
    with pytest.raises(TypeError, match=r"cannot be pickled .* Save its data .*deepcopy"):
        pickle.dumps(leaf)
    with pytest.raises(TypeError, match="shallow-copied"):
        copy.copy(leaf)
    with pytest.raises(TypeError, match=r"result of multiply.*Only leaves can be copied"):
        copy.deepcopy(leaf * 2.0)
    with pytest.raises(TypeError, match="belongs to the graph of this process"):
        pickle.dumps(leaf * 2.0)


@pytest.mark.parametrize("kind", [Value, Tensor])
def test_subclassing_is_refused_with_the_alternative(kind):
    with pytest.raises(TypeError, match=f"subclasses {kind.__name__}.*without running its __init__.*as an attribute"):
        type("Mine", (kind,), {})


def test_nodes_compare_by_number_and_hash_by_identity():
    v, w, t, u = Value(2.0), Value(2.0), Tensor([1.0, 3.0]), Tensor([1.0, 2.0])

    assert v == w
    assert v == 2
    assert v != 3.0
    assert v not in ["a", None, Value(3.0)]
    assert w in [v]
    assert Value(1.0) < v <= w < Value(3.0) > 2
    assert [Value(1.0), v] == sorted([v, Value(1.0)])
    assert Value(nan) != Value(nan)
    assert {v: "v", w: "w", t: "t"}[v] == "v"
    assert 4 == len({v, w, t, u})
    np.testing.assert_array_equal([True, False], (t == u).data)
    np.testing.assert_array_equal([False, True], (t != u).data)
    np.testing.assert_array_equal([False, True], (2.0 < t).data)
    assert t in [t, u]  # identity comes before ==
    assert bool(Tensor([2.0]))
    assert not Tensor(0.0)
    assert (bool(Value(2.0)), bool(Value(0.0))) == (True, False)


# Gradients: accumulation, and arrays of their own.


def test_backward_twice_accumulates_on_leaves_and_not_on_others():
    v, t = Value(3.0), Tensor([3.0])
    double, twice = v * 2.0, t * 2.0
    y, z = double * double, (twice * twice).sum()

    for _ in range(2):
        y.backward()
        z.backward(keep=True)

    assert (48.0, 12.0, 1.0) == (v.grad, double.grad, y.grad)
    np.testing.assert_array_equal([48.0], t.grad)
    np.testing.assert_array_equal([12.0], twice.grad)
    np.testing.assert_array_equal(1.0, z.grad)


def test_without_keep_only_leaves_get_a_gradient():
    t = Tensor([1.0, 2.0])
    middle = t * 2.0

    middle.sum().backward()

    assert middle.grad is None
    np.testing.assert_array_equal([2.0, 2.0], t.grad)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_every_grad_is_an_array_of_its_own(shape):
    a, b, c = (Tensor(np.ones(shape)) for _ in range(3))
    nodes = [a, b, c, a + b, ops.reshape(a, shape), b.transpose(), ops.broadcast_to(c, shape), a + a]
    total = nodes[3] + nodes[4] + nodes[5].transpose() + nodes[6] + nodes[7]
    g = np.ones(shape)

    total.backward(g, keep=True)
    total.backward(g, keep=True)
    grads = [n.grad for n in (*nodes, total)]

    assert all([type(d) is np.ndarray and d.flags.writeable for d in grads])
    for i, d in enumerate(grads):
        assert not np.shares_memory(d, g)
        assert not any([np.shares_memory(d, n.data) for n in nodes])
        assert not any([np.shares_memory(d, other) for other in grads[i + 1 :]])
    np.testing.assert_array_equal(np.full(shape, 8.0), a.grad)


def test_gradients_of_transforms_are_arrays_of_their_own():
    x, g = np.ones(3), np.ones(3)

    both = grad(lambda a, b: (a + b).sum(), argnums=(0, 1))(x, x)
    _, pull = vjp(lambda a: (a, a), x)
    (d,) = pull((g, g))
    y, dy = jvp(lambda a: (a, +a), (x,), (g,))
    tensors = grad(lambda a, b: (a + b).sum(), argnums=(0, 1))(Tensor(x), Tensor(x))

    assert not np.shares_memory(*both)
    assert not np.shares_memory(d, g)
    assert not np.shares_memory(dy[0], dy[1])
    assert not np.shares_memory(dy[0], g)
    assert not np.shares_memory(tensors[0].data, tensors[1].data)
    for result in (*both, d, *dy):
        result += 1.0
    np.testing.assert_array_equal([1.0, 1.0, 1.0], x)
    np.testing.assert_array_equal([1.0, 1.0, 1.0], g)
    assert all([not np.shares_memory(part, g) for part in y])


@pytest.mark.parametrize("number", [np.float64(3.0), np.float32(3.0), 3, np.int64(3)])
def test_a_value_whose_data_is_rebound_to_another_kind_of_number_stays_a_value(number):
    for f, slope in [
        (lambda v: v * v, 6.0),
        (lambda v: 2 * v, 2.0),
        (lambda v: ops.square(v), 6.0),
        (lambda v: v**2, 6.0),
    ]:
        v = Value(1.0)
        v.data = number

        y = f(v)
        y.backward()

        assert (float, float) == (type(y.data), type(v.grad))
        assert slope == v.grad


def test_a_tensor_of_no_dimensions_can_be_trained_by_rebinding():
    t = Tensor(1.0)

    for _ in range(2):
        t.grad = None
        (t * t).backward()
        t.data = t.data - 0.25 * t.grad

    assert type(t.grad) is np.ndarray
    assert 0.25 == t.data


def test_a_value_rebound_to_nonsense_says_so_at_its_next_use():
    v = Value(1.0)
    v.data = "a"

    with pytest.raises(DtypeError, match=r"v\.data = \.\.\.: got str 'a', at test_odd_input"):
        v * 2.0


def test_keyword_arguments_pass_through():
    assert 6.0 == grad(lambda x, k=1.0: x * x * k)(1.0, k=3.0)
    assert (3.0, 6.0) == value_and_grad(lambda x, *, k: x * x * k)(1.0, k=3.0)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x + stop_gradient(x.log()),
        lambda x: x + ops.floor(1.0 / x) * 0.0,
        lambda x: x * 1.0 + ops.sign(x.log()) * 0.0,
    ],
    ids=["stop", "floor", "sign"],
)
def test_rules_of_what_no_cotangent_reaches_do_not_run(f):
    """log at 0 has an infinite derivative; nothing asks for it here, so it must not turn into 0 times inf."""
    x = Value(0.0)
    f(x).backward()

    assert 1.0 == x.grad


def test_a_mean_of_float16_is_summed_in_float32_as_in_numpy():
    x = np.full((2, 2000), 100.0, np.float16)

    y, pull = vjp(lambda x: np.mean(x, axis=1), x)

    assert np.float16 == y.dtype
    np.testing.assert_array_equal(np.mean(x, axis=1), y)
    np.testing.assert_array_equal(np.full((2, 2000), np.float16(1 / 2000)), pull(np.ones(2))[0])
    np.testing.assert_array_equal(100.0, Tensor(x).mean().numpy())
