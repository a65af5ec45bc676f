"""Scopes and lines: where nodes say they were made, and that nothing of it leaks.  Knows place.py and nn.Module."""

import threading

import numpy as np
import pytest

from autograd_nn import Tensor, Value, checkpoint, grad, jvp, lines, nn, scope
from autograd_nn.place import current


class Scale(nn.Module):
    def __init__(self, factor=2.0):
        self.factor = Tensor(factor)

    def __call__(self, x):
        return x * self.factor


class Block(nn.Module):
    def __init__(self):
        self.first = Scale()
        self.rest = [Scale(), {"inner": Scale()}]

    def __call__(self, x):
        with scope("sum"):
            y = self.first(x) + self.rest[0](x)
        return y, self.rest[1]["inner"](x)


class Network(nn.Module):
    def __init__(self):
        self.blocks = [Block(), Block()]
        self.blocks_again = self.blocks[0]

    def __call__(self, x):
        y, z = self.blocks[0](x)
        return self.blocks[1](y + z)


class Fragile(Scale):
    def __call__(self, x):
        raise ArithmeticError("inside a layer")


def scopes(*nodes):
    return [n.where.scope for n in nodes]


@pytest.fixture(autouse=True)
def nothing_is_left_behind():
    assert current() is None
    yield
    assert current() is None


@pytest.mark.parametrize("leaf", [Tensor(1.0), Value(1.0)])
def test_named_scopes_nest(leaf):
    with scope("outer"):
        y = leaf * 2.0
        with scope("inner"):
            z = y * 2.0
        w = z + 1.0
    after = w + 1.0

    assert [("outer",), ("outer", "inner"), ("outer",)] == scopes(y, z, w)
    assert after.where is None
    assert leaf.where is None


def test_modules_are_named_by_their_path_in_the_caller():
    y, z = Network()(np.ones(2))

    assert [("Network", "blocks.1", "sum"), ("Network", "blocks.1", "rest.1.inner")] == scopes(y, z)
    left, right = y.inputs
    assert [("Network", "blocks.1", "sum", "Scale")] * 2 == scopes(left, right) or [
        ("Network", "blocks.1", "sum", "first"),
        ("Network", "blocks.1", "sum", "rest.0"),
    ] == scopes(left, right)


def test_two_of_a_class_in_a_list():
    layers = [Scale(2.0), Scale(3.0)]
    model = nn.Sequential(*layers)

    y = model(np.ones(2))

    assert [("Sequential", "layers.1"), ("Sequential", "layers.0")] == scopes(y, y.inputs[0])


def test_a_module_called_from_a_function_has_the_name_of_its_class():
    def forward(x):
        return Scale()(x)

    assert [("Scale",)] == scopes(forward(1.0))
    with scope("head"):
        y = forward(1.0)
    assert [("head", "Scale")] == scopes(y)


def test_leaves_know_their_scope():
    with scope("weights"):
        t, v = Tensor(1.0), Value(1.0)

    assert [("weights",)] * 2 == scopes(t, v)


def test_exceptions_leave_nothing_behind():
    with pytest.raises(ArithmeticError, match=r"inside a layer"):
        nn.Sequential(Fragile())(1.0)
    assert current() is None
    with pytest.raises(ZeroDivisionError), scope("a"), scope("b"), lines():
        1 / 0
    assert current() is None
    with pytest.raises(ArithmeticError):
        grad(lambda x: Fragile()(x))(1.0)


def test_lines_are_recorded_within_and_only_within():
    x = Tensor(2.0)
    with lines():
        y = x * 3.0
        with scope("named"):
            z = y + 1.0
    w = z + 1.0

    assert y.where.code.endswith(": y = x * 3.0")
    assert y.where.code.startswith("test_places.py:")
    assert (("named",), True) == (z.where.scope, z.where.code.endswith("z = y + 1.0"))
    assert w.where is None
    with scope("plain"):
        assert "" == (x * 1.0).where.code


def test_lines_inside_a_scope_keep_the_scope():
    with scope("outer"), lines():
        y = Tensor(1.0) * 2.0

    assert (("outer",), True) == (y.where.scope, "Tensor(1.0) * 2.0" in y.where.code)
    assert "Place('outer', 'test_places.py:" in repr(y.where)


def test_threads_do_not_see_each_others_scope():
    inside, seen = threading.Barrier(2), {}

    def work(name):
        with scope(name):
            inside.wait()
            y = Tensor(1.0) * 2.0
            inside.wait()
        seen[name] = y.where.scope, (y * 1.0).where

    threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    with scope("main"):
        pass
    for thread in threads:
        thread.join()

    assert {"one": (("one",), None), "two": (("two",), None)} == seen


def test_transforms_and_checkpoints_keep_the_scope_of_the_call():
    found = []

    def f(x):
        y = Scale()(x)
        found.append(y.where.scope)
        return y

    with scope("training"):
        grad(f)(1.0)
        jvp(f, (1.0,), (1.0,))
        y = checkpoint(f)(Tensor(1.0))

    assert [("training", "Scale")] * 3 == found
    assert ("training",) == y.where.scope
    y.backward()
    assert current() is None


def test_a_scope_changes_no_result_and_is_cheap_to_ignore():
    x = np.linspace(-1.0, 1.0, 5)
    f = lambda x: np.tanh(Scale()(x)).sum()

    expected = grad(f)(x)
    with scope("a"), lines():
        actual = grad(f)(x)

    np.testing.assert_array_equal(expected, actual)


def test_a_generator_that_stops_half_way_inside_a_scope():
    def steps():
        with scope("step"):
            yield Tensor(1.0) * 2.0

    generator = steps()
    y = next(generator)
    generator.close()

    assert ("step",) == y.where.scope
