"""Operations of one's own: right rules pass, wrong ones are named, whatever the scale.  Knows extend.py."""

import math
import runpy
from pathlib import Path

import numpy as np
import pytest
from elementwise_functions import FUNCTIONS

from autograd_nn import Tensor, Value, custom, grad, hessian, jacobian, jvp, value_and_grad, vjp
from autograd_nn.errors import DtypeError, OutputError, RuleError

RNG = np.random.default_rng(3)
A, B = RNG.normal(size=(2, 3)), RNG.normal(size=(3, 2))
LINE = RNG.normal(size=5)

cube = custom(lambda x: x**3, vjp=(lambda g, y, x: 3.0 * g * x**2,))
matmul = custom(lambda a, b: a @ b, vjp=(lambda g, y, a, b: g @ b.T, lambda g, y, a, b: a.T @ g))


def test_function_and_decorator_form():
    @custom(vjp=(lambda g, y, x: 2.0 * g * x,), example=(LINE,))
    def square(x):
        """The square."""
        return x**2

    assert ("square", "The square.") == (square.__name__, square.__doc__)
    assert square is square.op.function
    assert 9.0 == square(3.0)
    assert type(square(3.0)) is float
    assert 6.0 == grad(square)(3.0)
    np.testing.assert_array_equal(2.0 * LINE, grad(lambda x: square(x=x).sum())(LINE))
    assert "square" == square(Tensor(LINE)).op.name


def test_plain_data_is_the_function_itself():
    f = custom(lambda t: t * np.arange(3), vjp=(lambda g, y, t: (g * np.arange(3.0)).sum(),))

    np.testing.assert_array_equal([0, 2, 4], f(2))
    assert np.dtype(int) == f(2).dtype
    np.testing.assert_array_equal([0.0, 1.0, 2.0], jacobian(f)(2.0))


def test_integers_become_floats_when_recorded():
    y = custom(lambda x: np.sum(x > 0.0), vjp=(lambda g, y, x: g * 0.0 * x,))(Tensor([1.0, -1.0]))

    assert (np.dtype(float), 1.0) == (y.dtype, y.item())


def test_static_arguments_and_defaults():
    power = custom(lambda x, n=3, how="up": x**n, vjp=(lambda g, y, x, n, how: g * n * x ** (n - 1), None, None))

    assert 12.0 == grad(power)(2.0)
    assert 4.0 == grad(power)(2.0, 2)
    assert 4.0 == grad(lambda x: power(x, how="down", n=2))(2.0)


def test_values_go_through_the_scalar_function():
    logarithm = custom(lambda x: math.log(x), vjp=(lambda g, y, x: g / x,))
    v = Value(2.0)

    y = logarithm(v)
    y.backward()

    assert (Value, float) == (type(y), type(y.data))
    assert 0.5 == v.grad
    assert -0.25 == grad(grad(logarithm))(Value(2.0)).data
    assert (math.log(2.0), 0.5) == tuple([n.data for n in jvp(logarithm, (Value(2.0),), (1.0,))])


@pytest.mark.parametrize("order", [1, 2, 3])
def test_higher_orders(order):
    f = cube
    for _ in range(order):
        f = grad(f)

    assert {1: 12.0, 2: 12.0, 3: 6.0}[order] == f(2.0)


def test_forward_mode_by_transposition_equals_a_given_rule():
    def product_rule(ts, y, a, b):
        parts = [
            p for p in (ts[0] if ts[0] is None else ts[0] @ b, ts[1] if ts[1] is None else a @ ts[1]) if p is not None
        ]
        return sum(parts[1:], start=parts[0])

    given = custom(lambda a, b: a @ b, vjp=matmul.op.vjps, jvp=product_rule, example=(A, B))

    for f in (given, matmul):
        np.testing.assert_allclose(jvp(f, (A, B), (A, B))[1], 2.0 * A @ B)
        np.testing.assert_allclose(jvp(lambda a, f=f: f(a, B), (A,), (A,))[1], A @ B)
        matrix = hessian(lambda a, f=f: (f(a, B) ** 2).sum())(A)
        np.testing.assert_allclose(matrix.reshape(6, 6), 2.0 * np.kron(np.eye(2), B @ B.T), atol=1e-14)
        slope_of_tangent = grad(lambda s, f=f: jvp(f, (A, s * B), (s * A, B))[1].sum())(1.0)  # of s^2 AB + AB
        assert pytest.approx(2.0 * np.sum(A @ B)) == slope_of_tangent


def test_forward_mode_of_a_tensor_is_recorded():
    x = Tensor(2.0)

    _, dy = jvp(cube, (x,), (1.0,))
    dy.backward()

    assert (12.0, 12.0) == (dy.item(), x.grad)


def wrong_rules():
    """name -> (forward, rules, example, what the message says)."""
    mask = np.ones(50)
    mask[17] = 2.0
    square = RNG.normal(size=(3, 3))
    product, right = (lambda a, b: a @ b), matmul.op.vjps
    softmax = lambda x: np.exp(x) / np.exp(x).sum()
    return {
        "sign": (lambda x: np.sin(x), (lambda g, y, x: -g * np.cos(x),), (LINE,), r"argument 0 \('x'\).*-1 times"),
        "factor 2": (lambda x: x**2, (lambda g, y, x: 4.0 * g * x,), (LINE,), r"argument 0 \('x'\).*2 times"),
        "shape": (product, (lambda g, y, a, b: b @ g.T, right[1]), (A, B), r"argument 0 \('a'\).*shape \(3, 2\)"),
        "transposed": (product, (right[0], lambda g, y, a, b: g.T @ a), (square, square + 1.0), r"argument 1 \('b'\)"),
        "missing sum": (
            lambda x, b: x + b,
            (lambda g, y, x, b: g, lambda g, y, x, b: g),
            (A, LINE[:3]),
            r"argument 1 \('b'\).*Sum or",
        ),
        "y for x": (lambda x: np.sin(x), (lambda g, y, x: g * np.cos(y),), (LINE,), r"argument 0 \('x'\)"),
        "no g": (lambda x: x**2, (lambda g, y, x: 2.0 * x,), (LINE,), r"argument 0 \('x'\)"),
        "one in 50": (
            lambda x: x**2,
            (lambda g, y, x: 2.0 * g * x * mask,),
            (np.arange(1.0, 51.0),),
            r"entry \(17,\).*1 of 50",
        ),
        "one in 5000": (
            lambda x: x**2,
            (lambda g, y, x: 2.0 * g * x * np.where(np.arange(5000) == 4321, 2.0, 1.0),),
            (np.linspace(1.0, 2.0, 5000),),
            "sum along a random direction",
        ),
        "a forgotten softmax term": (softmax, (lambda g, y, x: g * y * (1.0 - y),), (LINE,), "is wrong"),
        "None": (lambda x: x, (lambda g, y, x: None,), (LINE,), "returned NoneType None"),
        "a captured Tensor": (lambda x: x * 2.0, (lambda g, y, x: g * Tensor(2.0),), (LINE,), "returned Tensor"),
        "jvp": (
            lambda x: x**2,
            (lambda g, y, x: 2.0 * g * x,),
            (LINE,),
            "jvp rule of .* disagrees with the vjp rule of",
        ),
    }


@pytest.mark.parametrize("name", wrong_rules())
def test_a_wrong_rule_is_named(name):
    forward, rules, example, message = wrong_rules()[name]
    given = {"jvp": lambda ts, y, x: ts[0] * x} if name == "jvp" else {}

    with pytest.raises(RuleError, match=message):
        custom(forward, vjp=rules, example=example, **given)
    operation = custom(forward, vjp=rules, **given)
    for _ in range(2):  # also at the first call, and again at the next
        with pytest.raises(RuleError, match=message):
            operation(*[Tensor(x) for x in example])


SCALES = [1.0, 1e-8, 1e8, 1e-4, 1e4, 1e-150, 1e150]
MISTAKES = {"sign": -1.0, "twice": 2.0, "half": 0.5, "a percent": 1.01, "nothing": 0.0}


def scaled(name, scale, what):
    """(forward, derivative, point): the function at other arguments, with other values, or stretched."""
    f, d = FUNCTIONS[name]
    if what == "values":
        return lambda x: scale * f(x), lambda x: scale * d(x), LINE
    return lambda x: f(x / scale), lambda x: d(x / scale) / scale, LINE * scale


@pytest.mark.parametrize("what", ["values", "stretched"])
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_false_alarm_and_no_miss_at_any_scale(name, scale, what):
    f, d, x = scaled(name, scale, what)
    if "float32" in name and scale in (1e-150, 1e150):
        pytest.skip("beyond float32")
    custom(f, vjp=(lambda g, y, x: g * d(x),), example=(x,))

    with np.errstate(all="ignore"):
        everything_is_zero = not np.any(d(x))
    hidden = name == "float32 in disguise" and what == "values" and scale != 1.0  # nothing tells: it is not judged
    for mistake, factor in MISTAKES.items():
        if not everything_is_zero and not hidden and not ("float32" in name and mistake == "a percent"):
            with pytest.raises(RuleError):
                custom(f, vjp=(lambda g, y, x, factor=factor: factor * g * d(x),), example=(x,))


@pytest.mark.parametrize("scale", [1e-8, 1e-4, 1e4, 1e8])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_false_alarm_at_small_and_large_arguments(name, scale):
    f, d = FUNCTIONS[name]
    with np.errstate(all="ignore"):
        custom(f, vjp=(lambda g, y, x: g * d(x),), example=(LINE * scale,))


KINKS = np.array([0.0, 1e-8, -1e-8, 1e-5, 1e-4, -1e-4, 5e-4, 1e-3, -2e-3, 1.0, -1.0])


@pytest.mark.parametrize("at_kink", [0.0, 0.5, 1.0])
def test_right_rules_at_kinks_are_not_condemned(at_kink):
    custom(
        lambda x: np.maximum(x, 0.0), vjp=(lambda g, y, x: g * np.where(x == 0.0, at_kink, x > 0.0),), example=(KINKS,)
    )
    custom(lambda x: np.abs(x), vjp=(lambda g, y, x: g * np.where(x == 0.0, at_kink, np.sign(x)),), example=(KINKS,))
    custom(
        lambda x: np.abs(x) + 100.0 * x**2,
        vjp=(lambda g, y, x: g * (np.where(x == 0.0, at_kink, np.sign(x)) + 200.0 * x),),
        example=(KINKS,),
    )
    for x in ([1.0, 1.0, 0.0], [2.0, 2.0, 2.0], [1.0, 1.0 + 1e-4, 0.0], [1.0, 1.0 + 1e-9, 0.0]):
        custom(
            lambda x: np.max(x),
            vjp=(lambda g, y, x: g * (x == y) * (at_kink if np.sum(x == y) > 1 else 1.0),),
            example=(np.array(x),),
        )


def test_wrong_rules_beside_a_kink_are_caught():
    with pytest.raises(RuleError, match=r"2 times the right one"):
        custom(lambda x: np.maximum(x, 0.0), vjp=(lambda g, y, x: 2.0 * g * (x > 0.0),), example=(KINKS,))


def test_infinite_results_are_not_judged_and_the_others_are():
    x = np.array([0.0, 1.0, 2.0])

    custom(lambda x: np.log(x), vjp=(lambda g, y, x: g / x,), example=(x,))
    with pytest.raises(RuleError, match=r"-1 times"):
        custom(lambda x: np.log(x), vjp=(lambda g, y, x: -g / x,), example=(x,))


def test_a_call_that_told_nothing_is_followed_by_another_check():
    wrong = custom(lambda x: np.abs(x), vjp=(lambda g, y, x: 5.0 * g * np.sign(x),))

    wrong(Tensor(np.zeros((0, 3))))
    wrong(Tensor([0.0]))
    with pytest.raises(RuleError, match=r"5 times the right one"):
        wrong(Tensor([1.0]))


def test_the_check_runs_forward_only_until_it_passed():
    calls = []
    f = custom(lambda x: calls.append(1) or x**2, vjp=(lambda g, y, x: 2.0 * g * x,), example=(LINE,))
    calls.clear()

    grad(f)(3.0)

    assert [1] == calls


def test_float32_examples():
    x = LINE.astype(np.float32)
    f = custom(lambda x: np.tanh(x), vjp=(lambda g, y, x: g * (1.0 - y * y),), example=(x,))

    assert np.dtype(np.float32) == grad(lambda x: f(x).sum())(x).dtype
    with pytest.raises(RuleError):
        custom(lambda x: np.tanh(x), vjp=(lambda g, y, x: g * (1.0 + y * y),), example=(x,))


@pytest.mark.parametrize("x", [1.0, [1.0, 2.0], Tensor([1.0, 2.0]), Value(2.0), 3, True, np.float32(1.0)])
def test_examples_of_every_kind(x):
    custom(lambda x: np.asarray(x) ** 2, vjp=(lambda g, y, x: 2.0 * g * x,), example=(x,))


RESULTS = [None, "text", [1.0, 2.0], (1.0, np.ones(2)), {}, 1j, np.array([1j]), [[1], [1, 2]], object(), Tensor(1.0)]


@pytest.mark.parametrize("result", RESULTS, ids=lambda x: type(x).__name__)
def test_what_forward_may_not_return(result):
    f = custom(lambda x: result, vjp=(lambda g, y, x: g,))

    for x in (1.0, LINE, Tensor(LINE), Value(1.0)):
        with pytest.raises(OutputError, match=r"custom operation <lambda> returned .*, at test_custom.py:\d+"):
            f(x)
    with pytest.raises(OutputError):
        custom(lambda x: result, vjp=(lambda g, y, x: g,), example=(1.0,))
    with pytest.raises(OutputError, match=r"for floats \(Values\) one number"):
        custom(lambda x: np.ones(2) * x, vjp=(lambda g, y, x: g.sum(),))(Value(1.0))


def test_a_captured_tensor_must_be_a_parameter():
    weight = Tensor(LINE)

    with pytest.raises(OutputError, match=r"A Tensor that it uses must be one of its parameters"):
        custom(lambda x: x * weight, vjp=(lambda g, y, x: g * weight,))(Tensor(LINE))


def test_errors_of_forward_and_of_rules_are_the_users_own():
    def forward(x):
        raise ValueError("my own message")

    def rule(g, y, x):
        raise IndexError("of my rule")

    with pytest.raises(ValueError, match=r"^my own message$") as caught:
        custom(forward, vjp=(lambda g, y, x: g,))(Tensor(1.0))
    assert "forward" in [entry.name for entry in caught.traceback]
    with pytest.raises(IndexError, match=r"^of my rule$"):
        custom(lambda x: x, vjp=(rule,))(Tensor(1.0))
    with pytest.raises(TypeError, match=r"unsupported operand"):
        matmul(Value(1.0), Value(2.0))


@pytest.mark.parametrize(
    ("forward", "rules", "message"),
    [
        (lambda x: x, (), "got 0 vjp rules, at test_custom.py"),
        (lambda x: x, (None, None), "got 2 vjp rules"),
        (lambda *xs: xs[0], (lambda g, y, x: g,), r"takes no \*args"),
        (lambda x, **k: x, (lambda g, y, x: g, None), r"takes no \*args"),
        (lambda x, *, n: x, (lambda g, y, x: g, None), "no keyword-only parameters"),
        (np.sin, (lambda g, y, x: g,), "wrap forward in a lambda"),
        (lambda x: x, lambda g, y, x: g, "got <function .* for vjp"),
        (lambda x: x, (3,), r"got \(3,\) for vjp"),
        (3.0, (None,), "custom got float 3.0 as forward"),
    ],
)
def test_what_is_no_operation(forward, rules, message):
    with pytest.raises(TypeError, match=message):
        custom(forward, vjp=rules)


def test_examples_that_do_not_fit():
    with pytest.raises(TypeError, match=r"the example \(1.0, 2.0\) does not fit .*too many"):
        custom(lambda x: x, vjp=(lambda g, y, x: g,), example=(1.0, 2.0))
    with pytest.raises(TypeError, match=r"the example 1.0 does not fit"):
        custom(lambda x: x, vjp=(lambda g, y, x: g,), example=1.0)
    with pytest.raises(DtypeError, match=r"got str 'a' for 'x'"):
        custom(lambda x: x, vjp=(lambda g, y, x: g,), example=("a",))


def test_a_stable_log_sigmoid_with_its_own_rule():
    """-log(1 + exp(-x)): the rule is stable where differentiating the formula is not."""
    log_sigmoid = custom(
        lambda x: np.minimum(x, 0.0) - np.log1p(np.exp(-np.abs(x))), vjp=(lambda g, y, x: -g * np.expm1(y),)
    )
    x = np.array([-800.0, -2.0, 0.0, 3.0, 800.0])

    value, gradient = value_and_grad(lambda x: log_sigmoid(x).sum())(x)

    np.testing.assert_allclose(
        gradient, [1.0, 1.0 / (1.0 + np.exp(-2.0)), 0.5, 1.0 / (1.0 + np.exp(3.0)), 0.0], rtol=1e-12
    )
    assert pytest.approx(-800.0 - np.log1p(np.exp(2.0)) - np.log(2.0) - np.log1p(np.exp(-3.0))) == value
    assert pytest.approx(-0.25) == grad(grad(log_sigmoid))(0.0)


def test_a_custom_operation_in_a_pullback_with_several_results():
    y, pull = vjp(lambda a, b: [matmul(a, b), cube(a)], A, B)

    by_a, by_b = pull([np.ones((2, 2)), np.ones((2, 3))])

    np.testing.assert_allclose(np.ones((2, 2)) @ B.T + 3.0 * A**2, by_a)
    np.testing.assert_allclose(A.T @ np.ones((2, 2)), by_b)
    assert 2 == len(y)


def test_the_example_prints_that_both_versions_agree(capsys):
    runpy.run_path(str(Path(__file__).parent.parent / "examples" / "custom_layer.py"), run_name="__main__")

    lines = capsys.readouterr().out.splitlines()
    assert all([float(line.split()[-1]) < 1e-12 for line in lines if "largest difference" in line])
    assert 4 == sum(["largest difference" in line for line in lines])
    losses = {line.split("steps ")[1].split(",")[0] for line in lines if "loss after" in line}
    assert 1 == len(losses)
    assert "argument 1 ('c') of bumps is wrong" in lines[-1]
