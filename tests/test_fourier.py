"""Fourier transforms: every function of np.fft against NumPy, plain programs with spectra, and bad sizes, axes and norms."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from complaints import check_complaint
from op_checks import CHECKS
from op_points import Form, unit_directions, witness

from autograd_nn import Tensor, grad, hessian, vjp
from autograd_nn.domain import ANY, Shape
from autograd_nn.errors import DtypeError, ShapeError
from autograd_nn.numpy import Complex, fft

ALONG = [
    {},
    {"n": 4},
    {"n": 7, "norm": "ortho"},
    {"n": 3, "axis": 0, "norm": "forward"},
    {"norm": "backward", "axis": 1},
]
PLANE = [{}, {"s": (4, -1)}, {"s": (2, 6), "axes": (1, 0), "norm": "ortho"}, {"norm": "forward", "axes": (-1, 0)}]
SEVERAL = [
    {},
    {"s": (3,), "axes": (0,)},
    {"s": (4, 3), "axes": (0, 1)},
    {"axes": (1, 0), "norm": "ortho"},
    {"axes": [1], "norm": "forward"},
]
SHIFTS = [{}, {"axes": 1}, {"axes": (0, -1)}]
ONE, TWO = (Shape(2, 5),), (Shape(2, 5), Shape(2, 5))
FUNCTIONS = [  # name, keywords, whether it takes real arrays, and complex ones
    (("rfft",), ALONG, True, False),
    (("ihfft",), ALONG, True, False),
    (("fft", "ifft"), ALONG, True, True),
    (("irfft", "hfft"), ALONG, False, True),
    (("rfft2",), PLANE, True, False),
    (("rfftn",), SEVERAL, True, False),
    (("fft2", "ifft2"), PLANE, True, True),
    (("fftn", "ifftn"), SEVERAL, True, True),
    (("irfft2",), PLANE, False, True),
    (("irfftn",), SEVERAL, False, True),
    (("fftshift", "ifftshift"), SHIFTS, False, True),
]


def parts(y):
    return [y.real, y.imag] if isinstance(y, Complex) or np.iscomplexobj(y) else y


def cases():
    for names, keywords, real, complex_ in FUNCTIONS:
        for name, given in itertools.product(names, keywords):
            f, label = getattr(np.fft, name), f"{name}-{'-'.join([str(v) for v in given.values()])}"
            if real:

                def of_real(x, f=f, given=given):
                    return parts(f(x, **given))

                yield Form(label, of_real, of_real, (ANY,), (ONE,), analytic=False)
            if complex_:
                pair = [
                    lambda re, im, f=f, given=given, make=make: parts(f(make(re, im), **given))
                    for make in (Complex, joined)
                ]
                yield Form(f"{label}-complex", *pair, (ANY, ANY), (TWO,), analytic=False)


def joined(re, im):
    return re + 1j * im


@pytest.mark.parametrize("check", ["value", "reverse", "forward", "float32"])
@pytest.mark.parametrize("made", list(cases()), ids=lambda made: made.name)
def test_transforms_are_those_of_numpy(made, check):
    CHECKS["composition"][check](made)


def test_plain_arrays_give_what_numpy_gives():
    x = np.arange(6.0).reshape(2, 3)

    for name in fft.__all__:
        given = (3,) if name.endswith("freq") else (x,)
        expected, actual = getattr(np.fft, name)(*given), getattr(fft, name)(*given)

        assert expected.dtype == actual.dtype, name
        np.testing.assert_array_equal(expected, actual, err_msg=name)


N = 8
WEIGHTS = np.array([1.0, 0.5, 2.0, 0.0, 3.0])
RESPONSE = np.array([1.0, 0.8 - 0.2j, 0.1 + 0.5j, 0.0, -0.3])
KERNEL = np.array([0.5, 0.25, -0.125, 0.0, 0.0, 0.0, 1.0, 0.25])
TARGET = np.cos(np.arange(N))
FREQUENCIES = np.fft.rfftfreq(N, 0.1)


def power_spectrum(x):
    return np.sum(WEIGHTS * np.abs(np.fft.rfft(x)) ** 2)


def log_spectrum(x):
    return np.sum((np.log(np.abs(np.fft.rfft(x))) - 1.0) ** 2)


def low_pass(x):
    spectrum = np.fft.rfft(x)
    spectrum = np.where(FREQUENCIES < 3.0, spectrum, 0)
    return np.sum((np.fft.irfft(spectrum, n=N) - TARGET) ** 4)


def response(x):
    return np.mean(np.fft.irfft(np.fft.rfft(x) * RESPONSE) ** 3)


def mask_first(x):
    return np.sum(np.fft.irfft((FREQUENCIES < 3.0) * np.fft.rfft(x, norm="ortho"), norm="ortho") ** 3)


def circular_convolution(x):
    return np.sum(np.fft.ifft(np.fft.fft(x) * np.fft.fft(KERNEL)).real ** 3)


def phase(x):
    return np.sum(WEIGHTS * (1.0 - np.cos(np.angle(np.fft.rfft(x)) - 0.3)))


def autocorrelation(x):
    spectrum = np.fft.fft(x, 2 * N)
    return np.sum(np.fft.ifft(spectrum * np.conj(spectrum)).real[:N] ** 2)


def wiener(x):
    spectrum, blur = np.fft.rfft(x), np.fft.rfft(KERNEL)
    return np.sum(np.fft.irfft(spectrum * np.conj(blur) / (np.abs(blur) ** 2 + 0.1)) ** 4)


def deconvolution_by_x(x):
    return np.sum(np.fft.irfft(np.fft.rfft(TARGET) / (np.fft.rfft(x) + 20.0)) ** 2)


def delay(x):
    shift = np.exp(-2j * np.pi * FREQUENCIES * x[0])
    return np.sum((np.fft.irfft(np.fft.rfft(x) * shift) - TARGET) ** 2)


def learned_response(x):
    return np.sum((np.fft.irfft(np.fft.rfft(TARGET) * x[:5]) - KERNEL) ** 2)


def matrix_of_the_transform(x):
    matrix = np.exp(-2j * np.pi * np.outer(np.arange(3), np.arange(N)) / N)
    return np.sum(np.abs(matrix @ x) ** 3)


def spectral_derivative(x):
    return np.sum(np.fft.irfft(2j * np.pi * FREQUENCIES * np.fft.rfft(x)) ** 2)


def picture(x):
    spectrum = np.fft.fftshift(np.fft.fft2(x.reshape(2, 4)))
    return np.sum(np.abs(spectrum[:, 1:]) ** 3)


def hilbert_envelope(x):
    analytic = np.fft.ifft(np.fft.fft(x) * np.array([1, 2, 2, 2, 1, 0, 0, 0]))
    return np.sum(np.abs(analytic) ** 3)


def complex_sum(x):
    z = np.fft.fft(x) + 1j
    return np.real(np.sum(z**3 / (2.0 + z * np.conj(z))))


PROGRAMS = [
    power_spectrum,
    log_spectrum,
    low_pass,
    response,
    mask_first,
    circular_convolution,
    phase,
    autocorrelation,
    wiener,
    deconvolution_by_x,
    delay,
    learned_response,
    matrix_of_the_transform,
    spectral_derivative,
    picture,
    hilbert_envelope,
    complex_sum,
]
POINT = np.array([0.3, -1.2, 0.7, 2.0, -0.4, 0.9, 1.6, -0.8])


def by_differences(f, x):
    """The gradient by extrapolated differences."""
    rule = SimpleNamespace(analytic=False)
    return np.stack([witness(rule, f, [x], 0, direction) for _, direction in unit_directions(x)], axis=-1)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_programs_of_plain_numpy(program):
    np.testing.assert_allclose(program(Tensor(POINT)).data, program(POINT), rtol=1e-12)
    np.testing.assert_allclose(grad(program)(POINT), by_differences(program, POINT), rtol=1e-8, atol=1e-8)
    second = by_differences(grad(program), POINT)
    np.testing.assert_allclose(hessian(program)(POINT), second, rtol=1e-7, atol=1e-6 * np.max(abs(second)))


def test_the_gradient_of_the_energy_is_that_of_parseval():
    x = np.array([1.0, -2.0, 0.5])

    gradient = grad(lambda x: np.sum(np.abs(np.fft.fft(x)) ** 2))(x)

    np.testing.assert_allclose(gradient, 2.0 * 3.0 * x, rtol=1e-14)  # sum |F x|^2 = n sum x^2


@pytest.mark.parametrize("norm", [None, "backward", "ortho", "forward"])
@pytest.mark.parametrize("n", [1, 2, 5, 6])
def test_the_cotangent_is_the_transpose_of_the_matrix(n, norm):
    x, g, h = np.arange(1.0, n + 1.0), np.cos(np.arange(n // 2 + 1)), np.sin(1.0 + np.arange(n // 2 + 1))
    matrix = np.exp(-2j * np.pi * np.outer(np.arange(n // 2 + 1), np.arange(n)) / n)
    matrix = matrix * {None: 1.0, "backward": 1.0, "ortho": n**-0.5, "forward": 1.0 / n}[norm]

    cotangent = vjp(lambda x: np.fft.rfft(x, norm=norm), x)[1](Complex(g, h))[0]

    np.testing.assert_allclose(cotangent, matrix.real.T @ g + matrix.imag.T @ h, rtol=1e-13, atol=1e-13)


def test_frequencies_of_a_recorded_sampling_time():
    d = Tensor(0.5)

    f = np.fft.rfftfreq(4, d)
    np.sum(f).backward()

    np.testing.assert_allclose(f.data, [0.0, 0.5, 1.0])
    np.testing.assert_allclose(d.grad, -3.0)  # sum k / (n d) = 3 / (4 d)


T, Z = Tensor(np.ones((2, 4))), Complex(np.ones((2, 3)))
REFUSED = [
    (lambda: np.fft.rfft(T, n=0), ShapeError, "fft.rfft of an array of shape (2, 4)", "at least one point", "Give n="),
    (lambda: np.fft.fft(T, n=-1), ShapeError, "size -1", "at least one point", "Give n="),
    (lambda: np.fft.irfft(Complex(np.ones(1))), ShapeError, "size 0", "at least one point", "Give n="),
    (lambda: np.fft.fft(Tensor(np.ones(0))), ShapeError, "size 0", "at least one point", "no empty axis"),
    (lambda: np.fft.rfft(T, n=2.5), DtypeError, "sizes [2.5]", "Both are integers", "Round them"),
    (lambda: np.fft.rfft(T, axis=2), ShapeError, "axes [2] of an array of shape (2, 4)", "2 axes", "Check axis="),
    (lambda: np.fft.rfft(Tensor(1.0)), ShapeError, "axes [-1] of an array of shape ()", "0 axes", "Check axis="),
    (lambda: np.fft.fftn(T, axes=(0, 0)), ShapeError, "axes [0, 0]", "different ones", "two calls"),
    (lambda: np.fft.fft2(T, s=(3,)), ShapeError, "1 sizes [3] for 2 axes", "one size for each axis", "Give as many"),
    (lambda: np.fft.rfft(T, norm="full"), ShapeError, "norm='full'", "'backward', 'ortho', 'forward'", "Give one of these"),
    (lambda: np.fft.hfft(Z, norm="full"), ShapeError, "norm='full'", "'backward', 'ortho', 'forward'", "Give one of these"),
    (lambda: np.fft.rfft(Z), DtypeError, "fft.rfft got a Complex of shape (2, 3)", "real numbers", "Use np.fft.fft"),
    (lambda: np.fft.fftshift(T, axes=5), ShapeError, "fft.fftshift(array of shape (2, 4) float64, 5)", "dimension 2",
     "help(autograd_nn.numpy.fft.fftshift)"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "happened", "expected", "advice"), REFUSED)
def test_what_is_no_transform(call, kind, happened, expected, advice):
    check_complaint(call, kind, happened, expected, advice)
