"""Complex numbers as pairs of real arrays: every operator and function against NumPy's complex arrays, and what is refused."""

import copy
import operator

import numpy as np
import pytest
from complaints import check_complaint, warned_lines
from op_checks import CHECKS
from op_points import Form

from autograd_nn import Tensor, Value, grad, jvp, ops, vjp
from autograd_nn.arguments import DeferredError
from autograd_nn.domain import NONZERO, Shape
from autograd_nn.errors import (
    DetachedWarning,
    DtypeError,
    InPlaceError,
    MixedError,
    OutputError,
    RuleMissing,
    ShapeError,
)
from autograd_nn.numpy import Complex

H = np.array([1.0 + 2.0j, -0.5 + 0.25j, 0.75j])
T = np.array([2.0, -1.0, 0.5])
MASK = np.array([True, False, True])
KEYS = np.array([2, 0, 0])
TWO = {  # functions of two complex arrays
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "matmul": operator.matmul,
    "np.multiply": np.multiply,
    "where": lambda z, w: np.where(MASK, z, w),
    "concatenate": lambda z, w: np.concatenate([z, w]),
    "stack": lambda z, w: np.stack([z, w], axis=1),
}
ONE = {  # functions of one
    "minus a real": lambda z: z - T,
    "real minus": lambda z: T - z,
    "complex constant times": lambda z: H * z,
    "times complex constant": lambda z: z * (1.0 - 2.0j),
    "real over": lambda z: 2.0 / z,
    "over real": lambda z: z / T,
    "over complex constant": lambda z: z / H,
    "complex constant over": lambda z: H / z,
    "constant plus": lambda z: 1.0j + z,
    "where with a number": lambda z: np.where(MASK, z, 0),
    "where with a complex number": lambda z: np.where(MASK, 1.0j, z),
    "matmul with reals": lambda z: np.ones((2, 3)) @ z,
    "negative": lambda z: -z,
    "positive": lambda z: +z,
    "conj": lambda z: np.conj(z) * 2.0,
    "z.conj()": lambda z: z.conj(),
    "square": np.square,
    "cube": lambda z: z**3,
    "power 0": lambda z: z**0 + z,
    "power -2": lambda z: z**-2,
    "np.power": lambda z: np.power(z, 5),
    "reciprocal": np.reciprocal,
    "exp": np.exp,
    "log": np.log,
    "sum": np.sum,
    "z.sum": lambda z: z.reshape(1, -1).sum(axis=0, keepdims=True),
    "mean": lambda z: np.mean(z, axis=0),
    "index": lambda z: z[1:],
    "several indices": lambda z: z[KEYS],
    "reshape": lambda z: np.reshape(z, (3, 1)).T,
    "iterated": lambda z: sum([w * k for k, w in enumerate(z)]),
    "expand_dims": lambda z: np.expand_dims(z, 0),
    "diff": np.diff,
    "convolve": lambda z: np.convolve(z, T),
    "stack with reals": lambda z: np.stack([z, T]),
}
REAL = {  # functions to real numbers
    "abs": abs,
    "np.abs": np.abs,
    "angle": np.angle,
    "angle in degrees": lambda z: np.angle(z, deg=True),
    "real and imag": lambda z: np.real(z) * np.imag(z),
    "power": lambda z: np.abs(z) ** 2,
    "z conj z": lambda z: (np.conj(z) * z).real,
}


def both(y):
    return [y.real, y.imag]


def form(name, ours, numpys, count):
    return Form(name, ours, numpys, (NONZERO,) * count, ((Shape(3),) * count,), analytic=False)


def pairs(f):
    """A function of complex arrays as one of real parts, by pairs and by NumPy."""

    def given(make):
        return lambda *xs: f(*[make(*parts) for parts in zip(xs[::2], xs[1::2])])

    return given(Complex), given(lambda re, im: re + 1j * im)


FORMS = []
for name, f in {**TWO, **ONE}.items():
    ours, numpys = pairs(f)
    count = 4 if name in TWO else 2
    FORMS.append(form(name, lambda *xs, g=ours: both(g(*xs)), lambda *xs, g=numpys: both(g(*xs)), count))
FORMS += [form(name, *pairs(f), 2) for name, f in REAL.items()]


@pytest.mark.parametrize("check", ["value", "reverse", "forward", "second order", "float32"])
@pytest.mark.parametrize("made", FORMS, ids=lambda made: made.name)
def test_operators_and_functions_are_those_of_complex_arrays(made, check):
    CHECKS["composition"][check](made)


def recorded(z):
    return Complex(Tensor(z.real), Tensor(z.imag))


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e200])
def test_a_quotient_neither_overflows_nor_underflows(size):
    z, w = np.array([1.0 + 2.0j, -3.0j]), np.array([2.0 - 1.0j, 4.0 + 0.5j])

    quotient = recorded(z * size) / recorded(w * size)

    np.testing.assert_allclose(quotient.numpy(), z / w, rtol=1e-15)


def test_the_magnitude_of_zero_has_no_slope():
    z = recorded(np.array([0.0j, 3.0 + 4.0j]))

    ops.sum(np.abs(z) + np.abs(z) ** 2).backward()

    np.testing.assert_allclose(z.real.grad, [0.0, 3.0 / 5.0 + 2.0 * 3.0])
    np.testing.assert_allclose(z.imag.grad, [0.0, 4.0 / 5.0 + 2.0 * 4.0])


def test_the_angle_has_no_slope_at_zero_and_none_along_the_ray():
    z = recorded(np.array([0.0j, 2.0j]))

    ops.sum(np.angle(z)).backward()

    np.testing.assert_array_equal([0.0, -0.5], z.real.grad)
    np.testing.assert_array_equal([0.0, 0.0], z.imag.grad)


def test_parts_of_real_tensors():
    t = Tensor([-2.0, 3.0])

    np.testing.assert_array_equal([-2.0, 3.0], np.real(t).data)
    np.testing.assert_array_equal([0.0, 0.0], np.imag(t))
    np.testing.assert_array_equal([-2.0, 3.0], np.conj(t).data)
    np.testing.assert_array_equal([np.pi, 0.0], np.angle(t).data)


def test_transforms_take_and_give_complex_numbers_as_containers():
    z, g = H, np.array([1.0j, 2.0, -1.0 - 1.0j])

    gradient = grad(lambda z: np.sum(np.abs(z) ** 2))(Complex(z))
    y, pull = vjp(lambda z: z * z, Complex(z))
    _, dy = jvp(lambda z: z * z, (Complex(z),), (Complex(g),))

    np.testing.assert_allclose(gradient.numpy(), 2.0 * z, rtol=1e-15)
    np.testing.assert_allclose(y.numpy(), z * z, rtol=1e-15)
    np.testing.assert_allclose(pull(Complex(g))[0].numpy(), 2.0 * np.conj(z) * g, rtol=1e-15)
    np.testing.assert_allclose(dy.numpy(), 2.0 * z * g, rtol=1e-15)


def test_facts_about_a_complex():
    z = Complex(Tensor(np.ones((2, 3), np.float32)), 0.5)

    assert ((2, 3), 2, 6, np.complex64, 2) == (z.shape, z.ndim, z.size, z.dtype, len(z))
    assert ((2, 3), 2, 6, True) == (np.shape(z), np.ndim(z), np.size(z), np.iscomplexobj(z))
    assert "Complex([[1.+0.5j, 1.+0.5j, 1.+0.5j],\n         [1.+0.5j, 1.+0.5j, 1.+0.5j]])" == repr(z)
    assert np.all((z == 1.0 + 0.5j).data)
    assert not np.any((z != z).data)
    assert np.allclose(z, np.full((2, 3), 1.0 + 0.5j))
    assert np.all(np.isfinite(z))
    assert not np.any(np.isnan(z))
    assert np.array_equal(copy.copy(z).numpy(), z.numpy())
    assert z in {z}


def test_shapes_of_methods():
    z = Complex(Tensor(np.ones((2, 1, 3))))

    assert (6,) == z.ravel().shape == z.flatten().shape == z.reshape(-1).shape == z.reshape((6,)).shape
    assert (3, 1, 2) == z.T.shape == z.transpose().shape == z.transpose(2, 1, 0).shape == z.swapaxes(0, 2).shape
    assert (2, 3) == z.squeeze(1).shape == z.mean(axis=1).shape


def test_a_plain_array_is_not_written_to():
    z = H.copy()

    Complex(z).real[0] = 9.0

    np.testing.assert_array_equal(H, z)


def test_taking_the_numbers_out_warns_at_the_users_line():
    def call():
        z = recorded(H)
        z.numpy()
        np.asarray(Complex(H))
        np.asarray(z)

    warned = warned_lines(call, DetachedWarning)

    assert [("test_complex.py", 4)] == [w[:2] for w in warned]
    assert "took the numbers out of a Complex" in warned[0][2]


def test_a_tensor_leaves_it_to_a_complex():
    t, z = Tensor(np.arange(9.0).reshape(3, 3)), recorded(H)

    results = [
        t + z,
        t - z,
        t * z,
        t / z,
        t @ z,
        t == z,
        np.where(t > 4.0, t, z),
        np.concatenate([t[0], z]),
        ops.exp(z),
    ]

    plain = t.data
    expected = [plain + H, plain - H, plain * H, plain / H, plain @ H, plain == H, np.where(plain > 4.0, plain, H)]
    expected += [np.concatenate([plain[0], H]), np.exp(H)]
    for y, e in zip(results, expected, strict=True):
        np.testing.assert_allclose(y.numpy(), e, rtol=1e-14, atol=1e-14)


def test_plain_complex_numbers_beside_a_tensor_make_a_complex():
    t = Tensor(T)

    results = [
        t + H,
        H - t,
        2j * t,
        H * t,
        H / t,
        t / 1j,
        np.diag(H) @ t,
        np.exp(-1j * t),
        np.multiply(t, np.complex64(2j)),
    ]

    expected = [T + H, H - T, 2j * T, H * T, H / T, T / 1j, np.diag(H) @ T, np.exp(-1j * T), 2j * T]
    for y, e in zip(results, expected, strict=True):
        np.testing.assert_allclose(y.numpy(), e, rtol=1e-14, atol=1e-14)


PAIR, INSTEAD = "It is a pair of real arrays", "Use abs(z), np.angle(z), z.real"
REFUSED = [
    (lambda: recorded(H) < 1.0, DtypeError, "an order, < <= > or >=,", PAIR, INSTEAD),
    (lambda: bool(recorded(H)), DtypeError, "bool(z)", PAIR, INSTEAD),
    (lambda: float(recorded(H)), DtypeError, "float(z)", PAIR, INSTEAD),
    (lambda: recorded(H) ** 0.5, DtypeError, "a power that is not one integer", PAIR, "Use np.exp(p * np.log(z))"),
    (lambda: 2.0 ** recorded(H), DtypeError, "a power that is not one integer", PAIR, "Use np.exp(p * np.log(z))"),
    (lambda: recorded(H).backward(), AttributeError, "z.backward was asked of a Complex of shape (3,)", PAIR, INSTEAD),
    (lambda: operator.setitem(recorded(H), 0, 1.0), InPlaceError, "z[0] = ...", "new numbers", "z * mask"),
    (lambda: np.multiply(H, recorded(H), out=H), InPlaceError, "np.multiply", "no gradient could flow", "Write y = f(z)"),
    (lambda: np.sqrt(recorded(H)), RuleMissing, "np.sqrt is not there", "A Complex is a pair", "z.numpy()"),
    (lambda: np.add.reduce(recorded(H)), RuleMissing, "np.add.reduce", "A Complex is a pair", "z.numpy()"),
    (lambda: np.linalg.norm(recorded(H)), RuleMissing, "np.linalg.norm is", "A Complex is a pair", "Apply it to real parts"),
    (lambda: Complex(np.ones(2), np.ones(3)), ShapeError, "(2,) and (3,)", "must agree or broadcast", "Reshape"),
    (lambda: recorded(H) + np.ones(2), ShapeError, "(3,) and (2,)", "do not broadcast", "Reshape"),
    (lambda: Complex(H, H), DtypeError, "dtype complex128", "Both parts are real", "Complex(z.real, z.imag)"),
    (lambda: Complex(recorded(H)), DeferredError, "Complex: got a Complex", "take real arrays", "z.real and z.imag"),
    (lambda: Complex("x"), DtypeError, "Complex: got str", "take real numbers", "np.asarray(x, float)"),
    (lambda: Complex([Tensor(1.0)]), MixedError, "Complex: got a list", "cut it off", "take the numbers out"),
    (lambda: Complex(Value(1.0)), MixedError, "Complex: got a Value", "graph holds one of the two", "Build everything"),
    (lambda: ops.sum(recorded(H)), DeferredError, "sum: got a Complex of shape (3,)", "take real arrays", "z.real and z.imag"),
    (lambda: Tensor(T) < recorded(H), RuleMissing, "np.less is not there", "A Complex is a pair", "Apply it to real parts"),
    (lambda: np.maximum(Tensor(T), 1j), DtypeError, "maximum: got an array of dtype complex", "real numbers", "Complex(re, im)"),
    (lambda: grad(lambda x: np.fft.rfft(x))(T), OutputError, "returned a Complex", "A gradient is of one number", "vjp"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "happened", "expected", "advice"), REFUSED)
def test_what_a_complex_is_not_for(call, kind, happened, expected, advice):
    check_complaint(call, kind, happened, expected, advice)
