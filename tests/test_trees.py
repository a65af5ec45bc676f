"""Nested containers through every transform: what is taken apart, what comes back, and what is refused.  Knows trees."""

import copy
import time
from collections import Counter, OrderedDict, defaultdict, namedtuple
from dataclasses import dataclass, field

import numpy as np
import pytest

from autograd_nn import (
    Tensor,
    Value,
    gauss_newton,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    nn,
    stop_gradient,
    value_and_grad,
    vjp,
)
from autograd_nn.errors import DtypeError, OutputError, ShapeError
from autograd_nn.trees import flatten

POINT = np.array([1.0, 2.0])


@dataclass
class Plain:
    weight: object
    bias: object = None


@dataclass(frozen=True)
class Frozen:
    weight: object
    bias: object


@dataclass(frozen=True, slots=True)
class Slotted:
    weight: object
    bias: object


Named = namedtuple("Named", "weight bias")


class Labelled(dict):
    """A dict that takes other arguments than dict, and has an attribute."""

    def __init__(self, label, **items):
        super().__init__(**items)
        self.label = label


class Pair(list):
    def __init__(self, first, second):
        super().__init__([first, second])


class Line(nn.Module):
    def __init__(self):
        self.slope, self.offset = Tensor([2.0, 3.0]), Tensor(1.0)
        self.scale = np.array([10.0, 100.0])  # a constant

    def __call__(self, x):
        return self.scale * self.slope * x + self.offset


class Tied(nn.Module):
    """One Tensor in two places."""

    def __init__(self):
        self.first = Tensor(3.0)
        self.parts = [self.first, {"again": self.first}]

    def __call__(self, x):
        return self.first * x + self.parts[1]["again"] ** 2


def defaults(**items):
    made = defaultdict(lambda: 7.0)
    made.update(items)
    return made


CONTAINERS = {
    "dict": (lambda w, b: {"weight": w, "bias": b}, lambda t: (t["weight"], t["bias"])),
    "OrderedDict": (lambda w, b: OrderedDict(weight=w, bias=b), lambda t: (t["weight"], t["bias"])),
    "defaultdict": (lambda w, b: defaults(weight=w, bias=b), lambda t: (t["weight"], t["bias"])),
    "Counter": (lambda w, b: Counter({"weight": w, "bias": b}), lambda t: (t["weight"], t["bias"])),
    "subclass of dict": (lambda w, b: Labelled("name", weight=w, bias=b), lambda t: (t["weight"], t["bias"])),
    "list": (lambda w, b: [w, b], tuple),
    "subclass of list": (Pair, tuple),
    "tuple": (lambda w, b: (w, b), tuple),
    "named tuple": (Named, tuple),
    "dataclass": (Plain, lambda t: (t.weight, t.bias)),
    "frozen dataclass": (Frozen, lambda t: (t.weight, t.bias)),
    "slotted dataclass": (Slotted, lambda t: (t.weight, t.bias)),
    "three deep": (
        lambda w, b: {"a": [Plain((w,), None), {}], "b": ([b], ())},
        lambda t: (t["a"][0].weight[0], t["b"][0][0]),
    ),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_gives_its_gradient_in_the_same_container(name):
    wrap, unwrap = CONTAINERS[name]
    tree = wrap(POINT.copy(), 3.0)

    def f(tree):
        w, b = unwrap(tree)
        return (w**2).sum() * b

    result = grad(f)(tree)

    assert type(tree) is type(result)
    w, b = unwrap(result)
    np.testing.assert_array_equal(6.0 * POINT, w)
    assert 5.0 == b
    assert type(b) is float
    np.testing.assert_array_equal(POINT, unwrap(tree)[0])  # the argument is as it was
    assert type(unwrap(tree)[0]) is np.ndarray


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_transform_takes_containers(name):
    wrap, unwrap = CONTAINERS[name]
    tree, direction = wrap(POINT, 3.0), wrap(np.array([1.0, 10.0]), -1.0)

    def f(tree):
        w, b = unwrap(tree)
        return (w**2).sum() * b

    def residuals(tree):
        w, b = unwrap(tree)
        return {"r": w * b}

    w, b = unwrap(hvp(f, tree, direction))
    np.testing.assert_allclose(6.0 * np.array([1.0, 10.0]) - 2.0 * POINT, w)
    assert pytest.approx(2.0 * 21.0) == b
    assert (15.0, 6.0 * 21.0 - 5.0) == jvp(f, (tree,), (direction,))
    np.testing.assert_array_equal(2.0 * np.diag([3.0, 3.0]), unwrap(unwrap(hessian(f)(tree))[0])[0])
    np.testing.assert_array_equal(np.diag([3.0, 3.0]), unwrap(jacobian(residuals)(tree)["r"])[0])
    w, b = unwrap(gauss_newton(residuals, tree, direction))
    moved = 3.0 * np.array([1.0, 10.0]) - POINT
    np.testing.assert_allclose(3.0 * moved, w)
    assert pytest.approx(moved @ POINT) == b
    value, pull = vjp(residuals, tree)
    np.testing.assert_array_equal(3.0 * POINT, value["r"])
    np.testing.assert_array_equal([3.0, 30.0], unwrap(pull({"r": np.array([1.0, 10.0])})[0])[0])


def test_subclasses_keep_what_else_they_hold():
    result = grad(lambda t: t["a"] ** 2)(Labelled("my weights", a=3.0))
    other = grad(lambda t: t["a"] ** 2 + t["missing"])(defaults(a=3.0))

    assert "my weights" == result.label
    assert {"a": 6.0} == other  # what f made while it ran is in the copy that it got
    assert 7.0 == other["missing"]


def test_none_and_empty_containers_hold_no_number_and_stay():
    tree = [2.0, None, [], {}, (), Plain(3.0)]

    assert [6.0, None, [], {}, (), Plain(4.0)] == grad(lambda t: t[0] ** 2 * 1.5 + t[5].weight * 4.0)(tree)


@pytest.mark.parametrize("tree", [[], {}, None, [None, {}], Plain(None), nn.Sequential()])
def test_nothing_to_differentiate_is_an_error(tree):
    with pytest.raises(OutputError, match=r"arguments that hold no number, at test_trees.py"):
        grad(lambda t: 1.0)(tree)


@pytest.mark.parametrize(
    ("tree", "place"),
    [
        ({"a": 1.0, "q": ["x", "y"]}, r"str 'x' at \['q'\]\[0\]"),
        ([1.0, {"k": object()}], r"object <object object at 0x.*> at \[1\]\['k'\]"),
        (Plain(1.0, "text"), r"str 'text' at \.bias"),
        ([1.0, {2.0}], r"set \{2.0\} at \[1\]"),
        ([1.0, nn.Dense], r"type <class '.*Dense'> at \[1\]"),
        ([1.0, 2j], r"complex 2j at \[1\]"),
        ([1.0, len], r"builtin_function_or_method <built-in function len> at \[1\]"),
    ],
)
def test_what_is_no_number_is_refused_with_its_place(tree, place):
    def f(x, tree):
        return x

    with pytest.raises(DtypeError, match=rf"argument 1 of f holds {place}, at test_trees.py"):
        grad(f, argnums=1)(1.0, tree)


def test_a_container_inside_itself_is_an_error_and_no_endless_search():
    knot = [1.0]
    knot.append({"back": knot})

    with pytest.raises(ValueError, match=r"a list holds itself, at \[0\]\[1\]\['back'\], at test_trees.py"):
        grad(lambda t: t[0])(knot)


def test_the_same_object_twice_is_two_arguments():
    shared = np.array([1.0, 2.0])
    inner = [shared]

    result = grad(lambda t: (t["a"][0] * t["b"][0] ** 2).sum())({"a": inner, "b": inner})

    np.testing.assert_array_equal(shared**2, result["a"][0])
    np.testing.assert_array_equal(2.0 * shared**2, result["b"][0])


def test_ten_thousand_leaves_are_taken_apart_in_less_than_a_second():
    numbers = [float(i) for i in range(10_000)]
    start = time.process_time()

    result = grad(lambda t: t[0] * t[-1] + t[5000] ** 2)(numbers)

    assert time.process_time() - start < 1.0
    assert [9999.0, 0.0, 10000.0, 0.0] == [result[0], result[1], result[5000], result[-1]]


def test_flatten_names_every_leaf_in_order():
    tree = {"w": [1.0, Plain(2.0, (3.0,))], "n": None}

    parts = flatten(tree)

    assert [1.0, 2.0, 3.0] == parts.leaves
    assert ["['w'][0]", "['w'][1].weight", "['w'][1].bias[0]"] == parts.paths
    assert tree == parts.rebuild(parts.leaves)


def test_tangents_and_cotangents_are_matched_by_key():
    y, dy = jvp(lambda t: t["a"] * 10.0 + t["b"], ({"a": 1.0, "b": 2.0},), ({"b": 0.5, "a": 3.0},))
    _, pull = vjp(lambda x: {"double": 2.0 * x, "square": x**2}, 3.0)

    assert (12.0, 30.5) == (y, dy)
    assert (1.0 * 6.0 + 10.0 * 2.0,) == pull({"square": 1.0, "double": 10.0})
    assert (26.0,) == vjp(lambda x: (2.0 * x, x**2), 3.0)[1]([10.0, 1.0])  # a list for a tuple


@pytest.mark.parametrize("wrong", [{"a": 1.0}, {"a": 1.0, "c": 1.0}, [1.0, 1.0], {"a": 1.0, "b": [1.0]}, 1.0, None])
def test_another_structure_is_refused(wrong):
    tree = {"a": 1.0, "b": 2.0}

    with pytest.raises(ShapeError, match=r"jvp got a tangent with numbers at .* for something with numbers at"):
        jvp(lambda t: t["a"] * t["b"], (tree,), (wrong,))
    with pytest.raises(ShapeError, match=r"pull got a cotangent with numbers at"):
        vjp(lambda x: {"a": x, "b": x}, 1.0)[1](wrong)
    with pytest.raises(ShapeError, match=r"gauss_newton got a direction with numbers at"):
        gauss_newton(lambda t: t["a"] * t["b"], tree, wrong)


def test_the_gradient_of_a_module_is_a_dict_of_plain_arrays_by_path():
    model = nn.Sequential(Line(), Line())

    result = grad(lambda model: model(POINT).sum())(model)

    assert ["layers.0.slope", "layers.0.offset", "layers.1.slope", "layers.1.offset"] == list(result)
    assert {np.ndarray} == {type(d) for d in result.values()}
    np.testing.assert_array_equal([10.0 * 10.0 * 2.0, 100.0 * 100.0 * 2.0 * 3.0], result["layers.0.slope"])
    assert 2.0 == result["layers.1.offset"]


def test_a_module_inside_a_container_and_its_arrays_are_constants():
    tree = {"model": [Line()], "x": POINT.copy()}

    result = grad(lambda t: t["model"][0](t["x"]).sum())(tree)

    assert {"slope", "offset"} == set(result["model"][0])
    np.testing.assert_array_equal([10.0, 200.0], result["model"][0]["slope"])
    np.testing.assert_array_equal([20.0, 300.0], result["x"])


def test_a_shared_tensor_has_one_gradient():
    assert {"first": np.array(5.0 + 6.0)} == grad(lambda m: m(5.0))(Tied())


def test_a_module_is_the_same_afterwards():
    model = nn.Sequential(Line(), Tied())
    before = dict(model.parameters())
    data = {path: t.data for path, t in before.items()}

    grad(lambda m: m(POINT).sum())(model)
    hvp(lambda m: (m(POINT) ** 2).sum(), model, {path: np.ones(t.shape) for path, t in before.items()})
    with pytest.raises(ZeroDivisionError):
        grad(lambda m: 1 / 0)(model)

    assert list(before) == list(model.parameters())
    for path, t in model.parameters().items():
        assert before[path] is t
        assert data[path] is t.data
        assert (None, None) == (t.op, t.grad)


def test_second_derivatives_by_a_module():
    model, x = Line(), POINT
    v = {"slope": np.array([1.0, -1.0]), "offset": np.array(2.0)}

    def loss(m):
        return (m(x) ** 3).sum()

    def flat(t):
        return ((model.scale * t["slope"] * x + t["offset"]) ** 3).sum()

    plain = {path: t.data for path, t in model.parameters().items()}
    product, expected = hvp(loss, model, v), hvp(flat, plain, v)
    matrix, whole = hessian(loss)(model), hessian(flat)(plain)
    twice = grad(lambda m: sum([(d * v[k]).sum() for k, d in grad(loss)(m).items()]))(model)

    for path in v:
        np.testing.assert_allclose(expected[path], product[path])
        np.testing.assert_allclose(expected[path], twice[path])
        for other in v:
            np.testing.assert_allclose(whole[path][other], matrix[path][other])


def test_value_and_grad_of_a_module_and_another_argument():
    value, (by_model, by_x) = value_and_grad(lambda m, x: m(x).sum(), argnums=(0, 1))(Line(), POINT)

    assert 20.0 + 600.0 + 2.0 == value
    np.testing.assert_array_equal([10.0, 200.0], by_model["slope"])
    np.testing.assert_array_equal([20.0, 300.0], by_x)


def test_a_module_twice_in_a_tree_is_two_arguments():
    model = Line()

    first, second = grad(lambda pair: (pair[0](POINT) * pair[1](POINT).data).sum())([model, model])

    np.testing.assert_array_equal(0.0 * POINT, second["slope"])
    assert np.all(first["slope"] > 0.0)


def test_values_and_tensors_in_a_container_give_recorded_results():
    result = grad(lambda t: t["a"] * t["b"] ** 2)({"a": Value(2.0), "b": Value(3.0)})

    assert {Value} == {type(d) for d in result.values()}
    result["b"].backward()
    assert 12.0 == result["b"].data
    (found,) = grad(lambda t: (t[0] ** 3).sum())([Tensor([1.0, 2.0])])
    assert isinstance(found, Tensor)


@dataclass
class Settings:
    rate: float
    history: list = field(default_factory=list)


def test_a_dataclass_with_a_default_factory_and_stop_gradient_of_a_tree():
    tree = Settings(2.0)

    assert Settings(4.0, []) == grad(lambda t: t.rate**2)(tree)
    assert Settings(2.0, []) == grad(lambda t: t.rate * stop_gradient(t).rate)(tree)
    assert tree == copy.deepcopy(tree)
