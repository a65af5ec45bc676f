"""What transforms and operations hand out: memory of their own, the right kinds, and booleans that combine."""

import dataclasses

import numpy as np
import pytest

from autograd_nn import Tensor, Value, custom, grad, jvp, ops, vjp
from autograd_nn.errors import OutputError, RuleError


def test_results_share_no_memory_with_the_graph_or_the_arguments():
    x = np.array([1.0, 2.0])
    y, pull = vjp(lambda x: x * x, x)
    x *= 10.0
    y *= 0.0

    np.testing.assert_array_equal([2.0, 4.0], pull(np.ones(2))[0])
    y, pull = vjp(np.exp, np.zeros(2))
    y *= 0.0
    np.testing.assert_array_equal([1.0, 1.0], pull(np.ones(2))[0])


def test_a_key_changed_after_indexing_does_not_change_the_gradient():
    t, key, chosen = Tensor([1.0, 2.0, 3.0]), np.array([0, 1]), [2]
    y = t[key].sum() + t.at[chosen].add(1.0).sum() + t[:, None][chosen, 0].sum()
    key[:] = 2
    chosen[0] = 0
    y.backward()

    np.testing.assert_array_equal([2.0, 2.0, 2.0], t.grad)
    assert (0,) == t[[]].shape


@pytest.mark.parametrize(
    ("x", "kind"), [(Value(2.5), Value), (Tensor([2.5]), Tensor), (np.float32([2.5]), np.ndarray), (2.5, float)]
)
def test_the_tangent_of_a_constant_has_the_kind_of_the_result(x, kind):
    t = x * 0.0 if isinstance(x, np.ndarray) else type(x)(1.0) if isinstance(x, Value | float) else Tensor([1.0])
    y, dy = jvp(np.floor if kind is np.ndarray else ops.floor, (x,), (t,))

    assert (kind, kind) == (type(y), type(dy))
    assert getattr(y, "dtype", None) == getattr(dy, "dtype", None)


def test_a_dataclass_in_the_place_of_the_number_is_named():
    @dataclasses.dataclass
    class Result:
        loss: object

    with pytest.raises(OutputError, match="returned a Result"):
        grad(lambda x: Result(x**2))(3.0)


def test_recorded_comparisons_combine():
    t = Tensor([-1.0, 0.5, 2.0])
    y = np.where((t > 0) & ~(t > 1) | (t < -5), t * t, 0.0)
    y.sum().backward()

    np.testing.assert_array_equal([0.0, 1.0, 0.0], t.grad)


def test_a_rule_that_forgets_the_cotangent_is_told_so():
    with pytest.raises(RuleError, match=r"does not give 0 for g = 0.*Multiply by g: was it forgotten"):
        custom(lambda x: x**2, vjp=(lambda g, y, x: 2.0 * x,), example=(np.array([3.0]),))
