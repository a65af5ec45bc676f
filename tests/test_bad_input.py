"""What a hostile or hurried user does wrong: each case gives a named error whose message has three parts (what happened, with
actual values and the user's line; what was expected; what to do)."""

import datetime
import math
from fractions import Fraction

import numpy as np
import pytest
from complaints import check_complaint

from autograd_nn import Tensor, Value, grad, jvp, ops, value_and_grad, vjp
from autograd_nn.errors import (
    DtypeError,
    IndexingError,
    InPlaceError,
    MixedError,
    NonScalarError,
    OutputError,
    RuleMissing,
    ShapeError,
)


def ones(*shape):
    return Tensor(np.ones(shape))


def assign(target, key, value):
    target[key] = value


def add_in_place(a, t):
    a += t


BROADCAST = ("do not broadcast", "Reshape or transpose")
MIXED = ("one graph holds one of the two", "Build everything from Tensor(...)")
NUMBERS = ("take real numbers", "Convert it first")
TENSOR = ("A Tensor holds real numbers", "Convert it first")
VALUE = ("A Value holds one real number", "Give a float")
NO_RULE = ("has no derivative rule", "Build it from recorded operations")
PLAIN = ("expected plain arrays", "a.filled(")
ROUNDED = ("a floating-point dtype", "ops.floor")
HIDDEN = np.ma.array([1.0, 5.0], mask=[False, True])
MATRIX = np.ones((2, 2)).view(np.matrix)  # numpy.matrix itself warns
DATE = np.array(["2020-01-01"], "M8[D]")
LONG = 10**400  # an int that no float holds

SHAPES = [
    (lambda: ones(2, 3).squeeze(0), ShapeError, "shape (2, 3)", "size", "squeeze"),
    (lambda: np.expand_dims(ones(2), 7), ShapeError, "shape (2,)", "axis 7", "expand_dims"),
    (lambda: ones(3).at[5].add(1.0), IndexingError, "shape (3,)", "index 5", "index"),
    (lambda: ones(3) + ones(4), ShapeError, "shapes (3,) and (4,)", *BROADCAST),
    (lambda: ones(2, 3) * np.ones(2), ShapeError, "shapes (2, 3) and (2,)", *BROADCAST),
    (lambda: np.ones(2) - ones(2, 3), ShapeError, "shapes (2,) and (2, 3)", *BROADCAST),
    (lambda: ones(2) ** ones(3), ShapeError, "power(array of shape (2,)", *BROADCAST),
    (lambda: ones(2) > ones(3), ShapeError, "greater(array of shape (2,)", *BROADCAST),
    (lambda: np.maximum(np.ones(2), ones(3)), ShapeError, "shapes (2,) and (3,)", *BROADCAST),
    (
        lambda: ones(32, 10) @ ones(16, 10),
        ShapeError,
        "shape (32, 10)",
        "10 and 16 must agree",
        "Did you mean x @ z.T?",
    ),
    (
        lambda: ones(16, 32) @ ones(16, 10),
        ShapeError,
        "shape (16, 10)",
        "32 and 16 must agree",
        "Did you mean x.T @ z?",
    ),
    (lambda: np.ones((2, 3)) @ ones(2), ShapeError, "shape (2,)", "3 and 2 must agree", "Transpose or reshape"),
    (lambda: ones(3) @ 2.0, ShapeError, "matmul(array of shape (3,) float64, 2.0)", "dimension", "ops.matmul"),
    (lambda: ones(2, 3).reshape(4, 2), ShapeError, "array of shape (2, 3)", "size 6 into shape (4,2)", "ops.reshape"),
    (lambda: ones(2, 3).reshape(-1, -1), ShapeError, "(-1, -1)", "only specify one unknown", "ops.reshape"),
    (lambda: ones(2, 3).sum(axis=2), ShapeError, "sum(array of shape (2, 3)", "axis 2 is out of bounds", "ops.sum"),
    (lambda: ones(2, 3).max(axis=-3), ShapeError, "max(array of shape (2, 3)", "axis -3 is out of bounds", "ops.max"),
    (lambda: ones(2, 3).mean(axis=(0, 0)), ShapeError, "(0, 0)", "duplicate value in 'axis'", "ops.mean"),
    (lambda: ones(2, 3).transpose(0, 2), ShapeError, "(0, 2)", "axis 2 is out of bounds", "ops.transpose"),
    (lambda: np.sum(ones(2), axis=1), ShapeError, "sum(array of shape (2,)", "axis 1 is out of bounds", "ops.sum"),
    (lambda: ones(2, 3)[2], IndexingError, "array of shape (2, 3)", "index 2 is out of bounds", "ops.index"),
    (lambda: ones(2, 3)[0, 0, 0], IndexingError, "(0, 0, 0)", "too many indices", "ops.index"),
    (lambda: ones(2)["a"], IndexingError, "'a'", "only integers, slices", "ops.index"),
    (lambda: ones(2)[[0, 5]], IndexingError, "[0, 5]", "index 5 is out of bounds", "ops.index"),
    (lambda: ones(3).at[5].set(1.0), IndexingError, "index_set(array of shape (3,)", "index 5 is out", "ops.index_set"),
    (lambda: ones(3).at[[0, 1]].set(np.ones(3)), ShapeError, "array of shape (3,)", "broadcast", "ops.index_set"),
]

BACKWARD = [
    (lambda: ones(3).backward(), NonScalarError, "shape (3,)", "not one gradient", "y.sum().backward()"),
    (lambda: (ones(2, 2) * 2.0).backward(), NonScalarError, "shape (2, 2)", "4 numbers", "y.backward(gradient=g)"),
    (lambda: Tensor([]).backward(), NonScalarError, "shape (0,)", "0 numbers", "y.backward(gradient=g)"),
    (
        lambda: ones(3).backward(np.ones(4)),
        ShapeError,
        "(4,) for a Tensor of shape (3,)",
        "has the shape",
        "Reshape it",
    ),
    (lambda: ones(3).backward(1.0), ShapeError, "() for a Tensor of shape (3,)", "has the shape", "np.broadcast_to"),
    (lambda: ones(1).backward("a"), DtypeError, "backward(gradient=...) got data of dtype <U1", "real", "Convert it"),
    (
        lambda: ones(1).backward(1j),
        DtypeError,
        "backward(gradient=...) got data of dtype complex128",
        "real",
        "Convert",
    ),
    (lambda: ones(1).backward([1.0, [2.0]]), ShapeError, "rows of unequal length", "inhomogeneous", "rectangular"),
    (lambda: ones().backward(Value(1.0)), MixedError, "backward(gradient=...) got a Value", "cut off", "v.data"),
    (lambda: (ones(1) > 0).backward(), DtypeError, "the result of greater", "No gradient flows", "Call it on"),
]

MIXING = [
    (lambda: Value(2.0) + ones(3), MixedError, "add: got a Value and a Tensor", *MIXED),
    (lambda: ones(3) + Value(2.0), MixedError, "add: got a Value and a Tensor", *MIXED),
    (lambda: Value(2.0) * np.ones(3), MixedError, "multiply: got a Value and an array", *MIXED),
    (lambda: np.ones(3) * Value(2.0), MixedError, "multiply: got a Value and an array", *MIXED),
    (lambda: np.ones(3) ** Value(2.0), MixedError, "power: got a Value and an array", *MIXED),
    (lambda: Value(2.0) @ ones(3), MixedError, "matmul: got a Value", *MIXED),
    (lambda: ones(3) @ Value(2.0), MixedError, "matmul: got a Value", *MIXED),
    (lambda: np.where(np.ones(3) > 0, ones(3), Value(1.0)), MixedError, "where: got a Value and an array", *MIXED),
    (lambda: Value(2.0) == ones(3), MixedError, "comparison: got a Value and a Tensor", *MIXED),
    (lambda: ones(3) == Value(2.0), MixedError, "equal: got a Value and a Tensor", *MIXED),
    (lambda: Value(2.0) < ones(3), MixedError, "comparison: got a Value and a Tensor", *MIXED),
    (lambda: Value(2.0) >= np.ones(3), MixedError, "comparison: got a Value and an array", *MIXED),
    (lambda: np.ones(3) >= Value(2.0), MixedError, "greater_equal: got a Value and an array", *MIXED),
    (lambda: grad(lambda x: Value(2.0) * x)(1.0), MixedError, "multiply: got a Value and a Tensor", *MIXED),
    (
        lambda: jvp(lambda x: x, (1.0,), (Value(1.0),)),
        MixedError,
        "jvp or pull: got a Value for a Tensor",
        "one graph holds one",
        ".data",
    ),
    (
        lambda: vjp(lambda x: x, Value(1.0))[1](Tensor(1.0)),
        MixedError,
        "jvp or pull: got a Tensor for a Value",
        "one graph holds one",
        ".data",
    ),
    (lambda: Tensor(ones(3)), MixedError, "Tensor(...) got a Tensor", "cut off from the graph", "t.numpy()"),
    (lambda: Tensor(Value(3.0)), MixedError, "Tensor(...) got a Value", "cut off from the graph", "v.data"),
    (lambda: Value(ones()), MixedError, "Value(...) got a Tensor", "cut off from the graph", "Value(x.data)"),
    (lambda: Value(Value(3.0)), MixedError, "Value(...) got a Value", "cut off from the graph", "Value(x.data)"),
    (
        lambda: Tensor([Value(1.0), 2.0]),
        MixedError,
        "a list that holds",
        "cut off from their graph",
        "recorded operations",
    ),
    (lambda: Tensor((ones(2), ones(2))), MixedError, "a tuple that holds", "cut off", ".data"),
    (lambda: Tensor([[Value(1.0)], [Value(2.0)]]), MixedError, "a list that holds", "cut off", ".data"),
]

DTYPES = [
    (lambda: Tensor(np.array([object()])), DtypeError, "dtype object", *TENSOR),
    (lambda: Tensor(None), DtypeError, "dtype object", *TENSOR),
    (lambda: Tensor({"a": 1.0}), DtypeError, "dtype object", *TENSOR),
    (lambda: Tensor(LONG), DtypeError, "dtype object", *TENSOR),
    (lambda: Tensor(["a", "b"]), DtypeError, "dtype <U1", *TENSOR),
    (lambda: Tensor([1j]), DtypeError, "dtype complex128", *TENSOR),
    (lambda: Tensor(DATE), DtypeError, "dtype datetime64[D]", *TENSOR),
    (lambda: Tensor(DATE - DATE), DtypeError, "dtype timedelta64[D]", *TENSOR),
    (lambda: Tensor([[1.0, 2.0], [3.0]]), ShapeError, "rows of unequal length", "inhomogeneous", "Give a rectangular"),
    (lambda: Tensor([1.0], dtype=int), DtypeError, "asks for int64", "holds floating-point numbers", "Give float64"),
    (lambda: Tensor([1.0], dtype="banana"), DtypeError, "dtype='banana'", "floating-point", "Give float64"),
    (lambda: Value("a"), DtypeError, "Value(...) got str 'a'", *VALUE),
    (lambda: Value(1j), DtypeError, "got complex 1j", *VALUE),
    (lambda: Value(None), DtypeError, "got NoneType None", *VALUE),
    (lambda: Value(np.ones(2)), DtypeError, "got ndarray array([1., 1.])", *VALUE),
    (lambda: Value(datetime.timedelta(1)), DtypeError, "got timedelta", *VALUE),
    (lambda: Value(np.timedelta64(3, "D")), DtypeError, "got timedelta64", *VALUE),
    (lambda: Value(LONG), DtypeError, "got int 1000", *VALUE),
    (lambda: ones(1) + "a", DtypeError, "add: got str 'a'", *NUMBERS),
    (lambda: "a" + ones(1), DtypeError, "add: got str 'a'", *NUMBERS),
    (lambda: ones(1) * None, DtypeError, "multiply: got NoneType None", *NUMBERS),
    (lambda: ones(2) * HIDDEN, DtypeError, "got a MaskedArray of shape (2,)", *PLAIN),
    (lambda: ops.exp(HIDDEN), DtypeError, "got a MaskedArray of shape (2,)", *PLAIN),
    (lambda: Tensor(HIDDEN), DtypeError, "got a MaskedArray of shape (2,)", *PLAIN),
    (lambda: grad(lambda x: x.sum())(HIDDEN), DtypeError, "MaskedArray", "real numbers", "Pass"),
    (lambda: ones(2, 2) * MATRIX, DtypeError, "got a matrix of shape (2, 2)", *PLAIN),
    (lambda: ones(2).astype(int), DtypeError, "astype(array of shape (2,) float64, <class 'int'>)", *ROUNDED),
    (lambda: ones(2).astype("bool"), DtypeError, "astype(array of shape (2,) float64, 'bool')", *ROUNDED),
    (lambda: ops.maximum(ones(1), 1j), DtypeError, "array of dtype complex", *NUMBERS),
    (lambda: ops.where(True, np.array([1j]), ones(1)), DtypeError, "array of dtype complex", *NUMBERS),
    (lambda: ones(1) * Fraction(1, 2), DtypeError, "Fraction(1, 2)", *NUMBERS),
    (lambda: ones(1) - np.array(["a"]), DtypeError, "array of dtype <U1", *NUMBERS),
    (lambda: ones(1) - np.array([None]), DtypeError, "array of dtype object", *NUMBERS),
    (lambda: ones(1) - DATE, DtypeError, "array of dtype datetime64[D]", *NUMBERS),
    (lambda: DATE - ones(1), DtypeError, "array of dtype datetime64[D]", *NUMBERS),
    (lambda: np.add(ones(2), [1.0, [2.0]]), ShapeError, "add([1.0, [2.0]])", "inhomogeneous", "Check the shapes"),
    (lambda: ones(1) + LONG, DtypeError, "add(array of shape (1,)", "too large", "Check the shapes"),
    (lambda: ones(1) == "a", DtypeError, "equal: got str 'a'", *NUMBERS),
    (lambda: Value(1.0) + "a", DtypeError, "add: got str 'a'", *NUMBERS),
    (lambda: "a" - Value(1.0), DtypeError, "subtract: got str 'a'", *NUMBERS),
    (lambda: Value(1.0) ** 1j, DtypeError, "got complex 1j", *NUMBERS),
    (lambda: np.complex128(1j) * Value(1.0), DtypeError, "complex128", *NUMBERS),
    (lambda: [1.0] * Value(1.0), DtypeError, "multiply: got list [1.0]", *NUMBERS),
    (lambda: Value(1.0) + np.timedelta64(3, "D"), DtypeError, "add: got timedelta64", *NUMBERS),
    (lambda: Value(1.0) * LONG, DtypeError, "multiply: got int 1000", *NUMBERS),
    (lambda: Value(1.0) < "a", DtypeError, "comparison: got str 'a'", *NUMBERS),
    (lambda: Value(1.0) >= None, DtypeError, "comparison: got NoneType None", *NUMBERS),
]

IN_PLACE = [
    (
        lambda: assign(ones(3), 0, 1.0),
        InPlaceError,
        "t[0] = ...",
        "would change recorded data",
        "t = t.at[0].set(value)",
    ),
    (lambda: np.add(ones(3), 1.0, out=np.ones(3)), InPlaceError, "np.add was to write", "lose the graph", "y = f(x)"),
    (lambda: np.exp(np.ones(3), out=ones(3)), InPlaceError, "np.exp was to write", "lose the graph", "y = f(x)"),
    (lambda: np.sum(ones(3), out=np.ones(())), InPlaceError, "np.sum was to write", "lose the graph", "y = f(x)"),
    (
        lambda: add_in_place(np.ones(3), ones(3)),
        InPlaceError,
        "np.add was to",
        "lose the graph",
        "a = a + t for a += t",
    ),
]

RULES = [
    (lambda: np.full_like(np.ones(2), ones()), RuleMissing, "np.copyto", *NO_RULE),
    (lambda: np.full_like(ones(2), ones()), RuleMissing, "np.full_like", *NO_RULE),
    (lambda: np.full_like(ones(2), fill_value=ones()), RuleMissing, "np.full_like", *NO_RULE),
    (lambda: np.isreal(ones(1)), RuleMissing, "np.isreal", NO_RULE[0], "Near it are: real. Build it"),
    (lambda: np.isnat(ones(1)), RuleMissing, "np.isnat", NO_RULE[0], "Near it are: isnan."),
    (lambda: np.linalg.eig(ones(2, 2)), RuleMissing, "np.linalg.eig", NO_RULE[0], "Take eigh or eigvalsh"),
    (lambda: np.add.at(ones(2), [0], 1.0), RuleMissing, "np.add.at", NO_RULE[0], "Write t.at[key].add(v)"),
    (lambda: np.add(ones(2), 1.0, where=True), RuleMissing, "np.add with where=", *NO_RULE),
    (lambda: np.sum(Value(2.0)), RuleMissing, "np.add.reduce", *NO_RULE),
    (lambda: np.gcd(Value(2.0), 1.0), RuleMissing, "np.gcd", *NO_RULE),
    (lambda: np.broadcast_to(ones(2), (2, 2), subok=True), RuleMissing, "np.broadcast_to with subok=", *NO_RULE),
    (lambda: ops.sum(ones(2), banana=1), TypeError, "sum takes no banana", "Its parameters are", "Pass each"),
    (lambda: ops.sum(ones(2), 0, False, 3), TypeError, "sum got 4 arguments", "Its parameters are", "Pass each"),
    (lambda: ops.reshape(ones(2)), TypeError, "reshape needs shape", "Its parameters are", "Pass each"),
    (
        lambda: np.where(ones(2) > 0, 1.0),
        ShapeError,
        "where(array of shape (2,) bool, 1.0)",
        "both or neither",
        "help(",
    ),
]

SCALARS = [
    (
        lambda: bool(ones(3)),
        NonScalarError,
        "bool(t), which if, and, or, not and in call, of a Tensor of shape (3,)",
        "one number",
        "x is t",
    ),
    (lambda: bool(Tensor([])), NonScalarError, "of a Tensor of shape (0,)", "one number", "t.size"),
    (lambda: 1.0 if ones(3) > 0 else 0.0, NonScalarError, "shape (3,)", "one number", "ops.where"),
    (lambda: ones(3) in [ones(3)], NonScalarError, "shape (3,)", "one number", "x is t"),
    (lambda: float(ones(3)), NonScalarError, "float(t) of a Tensor of shape (3,)", "one number", "t.numpy()"),
    (lambda: math.exp(ones(3)), NonScalarError, "shape (3,)", "one number", "t.numpy()"),
    (lambda: ones(3).item(), NonScalarError, "item() of a Tensor of shape (3,)", "one number", "t.numpy()"),
]

ONE = "A gradient is of one number"
RETURNS = "returns numbers, arrays, Tensors or Values"
FUNCTIONS = [
    (lambda: grad(lambda x: x)(np.ones(3)), NonScalarError, "<lambda> returned an array of shape (3,)", ONE, ".sum()"),
    (
        lambda: grad(lambda x: None)(1.0),
        OutputError,
        "<lambda> returned None",
        RETURNS,
        "its return statement",
    ),
    (lambda: grad(lambda x: "a")(1.0), OutputError, "<lambda> returned str 'a'", RETURNS, "its return statement"),
    (lambda: grad(lambda x: 1j)(1.0), OutputError, "<lambda> returned complex 1j", RETURNS, "its return statement"),
    (lambda: grad(lambda x: (x, x))(1.0), OutputError, "<lambda> returned a tuple of 2", ONE, "has_aux=True"),
    (lambda: value_and_grad(lambda x: x, has_aux=True)(1.0), OutputError, "returned Tensor", "a pair", "drop has_aux"),
    (lambda: vjp(lambda x: None, 1.0), OutputError, "returned None", RETURNS, "its return statement"),
    (lambda: jvp(lambda x: "a", (1.0,), (1.0,)), OutputError, "returned str 'a'", RETURNS, "its return statement"),
    (
        lambda: grad(Tensor(3.0)),
        TypeError,
        "got a Tensor, Tensor(3.)",
        "expects a function",
        "grad(f)(x), not grad(f(x))",
    ),
    (lambda: vjp(3.0, 1.0), TypeError, "got a float, 3.0", "expects a function", "grad(f)(x), not grad(f(x))"),
    (lambda: grad(lambda x: x)("a"), DtypeError, "argument 0 of <lambda> holds str 'a'", "must be real", "argnums"),
    (lambda: grad(lambda x: x)([1.0, 1j]), DtypeError, "complex 1j at [1]", "must be real numbers", "argnums"),
    (
        lambda: grad(lambda x: x)(None),
        OutputError,
        "arguments that hold no number",
        "Pass numbers",
        "at least one Tensor",
    ),
    (lambda: vjp(lambda: 3.0), OutputError, "arguments that hold no number", "Pass numbers", "at least one Tensor"),
    (lambda: jvp(lambda x: x, ([],), ([],)), OutputError, "arguments that hold no number", "Pass numbers", "Tensors"),
    (lambda: np.add(ones(2), [ones(), ones()]), MixedError, "a list that holds recorded nodes", "cut it off", ".data"),
    (lambda: grad(lambda x: x, 1)(1.0), TypeError, "argnums=1", "1 positional argument", "by position"),
    (lambda: grad(lambda x: x, -2)(1.0), TypeError, "argnums=-2", "1 positional argument", "by position"),
    (lambda: grad(lambda x: x)(x=1.0), TypeError, "argnums=0", "0 positional arguments", "by position"),
    (lambda: grad(lambda x: x, ())(1.0), TypeError, "argnums=()", "1 positional argument", "by position"),
    (lambda: grad(lambda x, z: x, (1, 1))(1.0, 2.0), TypeError, "argnums=(1, 1)", "2 positional", "by position"),
    (lambda: grad(lambda x, z: x, (1, -1))(1.0, 2.0), TypeError, "argnums=(1, -1)", "2 positional", "by position"),
    (lambda: grad(lambda x: x, "x")(1.0), TypeError, "argnums='x'", "1 positional argument", "by position"),
    (lambda: grad(lambda x: x, None)(1.0), TypeError, "argnums=None", "1 positional argument", "by position"),
    (lambda: vjp(lambda x: x, np.ones(3))[1](1.0), ShapeError, "cotangent of shape ()", "must agree", "Give one"),
    (
        lambda: vjp(lambda x: (x, x), 1.0)[1](1.0),
        ShapeError,
        "a cotangent with numbers at ['']",
        "['[0]', '[1]']",
        "Give one",
    ),
    (lambda: vjp(lambda x: x, 1.0)[1]("a"), DtypeError, "jvp or pull got data of dtype <U1", "real", "Convert it"),
    (
        lambda: jvp(lambda x: x, (1.0,), (1j,)),
        DtypeError,
        "jvp or pull got data of dtype complex",
        "real",
        "Convert it",
    ),
    (
        lambda: jvp(lambda x: x, (1.0,), (1.0, 1.0)),
        ShapeError,
        "numbers at ['[0]', '[1]']",
        "one structure",
        "Give one",
    ),
    (lambda: jvp(lambda x: x, (np.ones(3),), (1.0,)), ShapeError, "tangent of shape ()", "must agree", "Give one"),
    (lambda: jvp(lambda x: x, 1.0, 1.0), TypeError, "jvp got float and float", "one entry per argument", "(x,)"),
]

TABLE = {
    "shapes": SHAPES, "backward": BACKWARD, "mixing": MIXING, "dtypes": DTYPES, "in place": IN_PLACE, "rules": RULES,
    "scalars": SCALARS, "functions": FUNCTIONS,
}  # fmt: skip
CASES = [pytest.param(*row, id=f"{name}-{i}") for name, rows in TABLE.items() for i, row in enumerate(rows)]


@pytest.mark.filterwarnings("ignore::autograd_nn.errors.DetachedWarning")
@pytest.mark.parametrize(("call", "kind", "happened", "expected", "advice"), CASES)
def test_the_message_says_what_happened_what_was_expected_and_what_to_do(call, kind, happened, expected, advice):
    check_complaint(call, kind, happened, expected, advice)


def test_data_given_to_a_tensor_cannot_be_changed_in_place_but_rebound():
    t, given = ones(3), np.ones(3)
    other = Tensor(given)

    with pytest.raises(ValueError, match="read-only"):
        t.data -= 1.0
    with pytest.raises(ValueError, match="read-only"):
        t.data[0] = 5.0
    given[0] = 7.0
    t.data = t.data - 0.5

    np.testing.assert_array_equal([0.5, 0.5, 0.5], t.data)
    np.testing.assert_array_equal([1.0, 1.0, 1.0], other.data)


def test_errors_are_caught_by_the_builtin_that_a_caller_would_catch():
    for call, builtin in [
        (lambda: ones(3) + ones(4), ValueError),
        (lambda: ones(3)[5], IndexError),
        (lambda: ones(3) + "a", TypeError),
        (lambda: Value(1.0) + ones(1), TypeError),
        (lambda: ones(3).backward(), ValueError),
        (lambda: np.gcd(ones(1), 2), NotImplementedError),
    ]:
        with pytest.raises(builtin):
            call()
