"""Activation layers and nn.functional: PyTorch's values and plain NumPy, options, learnt slopes, and the messages."""

import math
import warnings

import mpmath
import numpy as np
import pytest

from autograd_nn import Tensor, grad, nn, ops
from autograd_nn.nn import functional

X = np.array([-3.0, -1.0, -0.25, 0.0, 0.5, 2.0])


def softplus(x, beta=1.0):
    return np.log(1 + np.exp(beta * x)) / beta


LAYERS = [  # layer, the function of the same name, plain NumPy, slope of it at 0
    (nn.Identity(), lambda x: x, lambda x: x, 1.0),
    (nn.ReLU(), functional.relu, lambda x: x * (x > 0), 0.0),
    (nn.LeakyReLU(), functional.leaky_relu, lambda x: np.where(x > 0, x, 0.01 * x), 0.01),
    (nn.LeakyReLU(0.3), lambda x: functional.leaky_relu(x, 0.3), lambda x: np.where(x > 0, x, 0.3 * x), 0.3),
    (nn.ELU(), functional.elu, lambda x: np.where(x > 0, x, np.exp(x) - 1), 1.0),
    (nn.ELU(2), lambda x: functional.elu(x, alpha=2.0), lambda x: np.where(x > 0, x, 2 * np.exp(x) - 2), 2.0),
    (nn.GELU(), functional.gelu, lambda x: x * np.vectorize(math.erfc)(-x / math.sqrt(2)) / 2, 0.5),
    (nn.GELU("tanh"), lambda x: functional.gelu(x, approximate="tanh"),
     lambda x: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))), 0.5),
    (nn.SiLU(), functional.silu, lambda x: x / (1 + np.exp(-x)), 0.5),
    (nn.Mish(), functional.mish, lambda x: x * np.tanh(softplus(x)), 0.6),
    (nn.Softplus(), functional.softplus, softplus, 0.5),
    (nn.Softplus(3), lambda x: functional.softplus(x, beta=3.0), lambda x: softplus(x, 3.0), 0.5),
    (nn.Sigmoid(), functional.sigmoid, lambda x: 1 / (1 + np.exp(-x)), 0.25),
    (nn.Tanh(), functional.tanh, lambda x: np.sinh(x) / np.cosh(x), 1.0),
    (nn.Step(), ops.step, lambda x: (x >= 0) * 1.0, 0.0),
]  # fmt: skip
NAMES = ("layer", "function", "plain", "slope")
EACH, SMOOTH = pytest.mark.parametrize(NAMES, LAYERS), pytest.mark.parametrize(NAMES, LAYERS[:-1])  # Step has no slope


@EACH
def test_elementwise_layers_on_plain_data_and_tensors(layer, function, plain, slope):
    y = layer(X)

    assert isinstance(y, np.ndarray)
    np.testing.assert_allclose(plain(X), y, rtol=1e-13, atol=1e-16)
    np.testing.assert_array_equal(y, function(X))
    np.testing.assert_array_equal(y, layer(Tensor(X)).numpy())
    assert np.float32 == layer(X.astype(np.float32)).dtype
    assert (0, 3) == layer(np.ones((0, 3))).shape
    assert {} == layer.parameters()


@SMOOTH
def test_slopes_of_elementwise_layers(layer, function, plain, slope):
    x, h = X[X != 0], 1e-4

    d = grad(lambda x: ops.sum(layer(x)))(x)

    np.testing.assert_allclose((plain(x + h) - plain(x - h)) / (2 * h), d, rtol=1e-7, atol=1e-10)
    assert pytest.approx(slope, rel=1e-15) == grad(layer)(0.0)


@pytest.mark.parametrize(
    ("layer", "function"), [(nn.Softmax, functional.softmax), (nn.LogSoftmax, functional.log_softmax)]
)
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_layers_along_an_axis(layer, function, axis):
    x = np.random.default_rng(0).standard_normal((3, 4))
    p = np.exp(x) / np.exp(x).sum(axis, keepdims=True)

    y = layer(axis)(x)

    np.testing.assert_allclose(np.log(p) if layer is nn.LogSoftmax else p, y, rtol=1e-13)
    np.testing.assert_array_equal(y, function(x, axis))
    np.testing.assert_array_equal(layer()(x), function(x, axis=-1))


def test_values_to_the_digits_that_pytorch_prints():
    shown = {
        "gelu": (functional.gelu(1.0), 0.8413),
        "gelu tanh": (functional.gelu(1.0, "tanh"), 0.8412),
        "silu": (functional.silu(1.0), 0.7311),
        "mish": (functional.mish(1.0), 0.8651),
        "selu": (functional.selu(1.0), 1.0507),
        "selu of -1": (functional.selu(-1.0), -1.1113),
        "elu": (functional.elu(-1.0), -0.6321),
        "softplus": (functional.softplus(1.0), 1.3133),
    }

    for name, (ours, printed) in shown.items():
        assert pytest.approx(printed, abs=5e-5) == ours, name


def test_selu_keeps_mean_0_and_variance_1():
    scale, slope = functional.selu(1.0), grad(functional.selu)(0.0)

    def y(x):
        return scale * x if x > 0 else slope * mpmath.expm1(x)

    def mean(f):
        return mpmath.quad(lambda x: f(x) * mpmath.npdf(x), [-12, 0, 12])

    assert pytest.approx(0.0, abs=1e-14) == float(mean(y))
    assert pytest.approx(1.0, abs=1e-14) == float(mean(lambda x: y(x) ** 2))
    np.testing.assert_array_equal(functional.selu(X), nn.SELU()(X))
    np.testing.assert_allclose([float(y(x)) for x in X], functional.selu(X).tolist(), rtol=1e-15)


@SMOOTH
@pytest.mark.parametrize("x", [-math.inf, -1000.0, 1000.0, math.inf])
def test_no_float_overflows_or_gives_nan(layer, function, plain, slope, x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y, d = layer(np.array([x])), grad(lambda x: ops.sum(layer(x)))(np.array([x]))

    assert not np.isnan([y, d]).any()
    if x > 0:
        assert y in (x, 1.0)  # the identity, or a saturated sigmoid


def test_softplus_is_exact_far_from_zero():
    assert [1000.0, 0.0, 1000.0] == [
        functional.softplus(x, b) for x, b in ((1000.0, 2.0), (-1000.0, 2.0), (1000.0, 0.5))
    ]


def test_a_slope_that_is_a_tensor_is_learnt():
    layer = nn.Sequential(nn.LeakyReLU(Tensor(0.25, "slope")), nn.ELU(Tensor([1.0, 2.0])))

    ops.sum(layer[0](np.array([-2.0, 3.0, -4.0]))).backward()

    assert ["layers.0.slope", "layers.1.alpha"] == list(layer.parameters())
    assert -6.0 == layer[0].slope.grad


def test_identity_returns_the_very_same_object():
    x = Tensor([1.0])

    assert x is nn.Identity()(x)


def test_layers_show_their_options():
    assert "Sequential, 0 parameters\n  layers.0: GELU, 0 parameters\n    approximate: 'tanh'" == repr(
        nn.Sequential(nn.GELU("tanh"))
    )
    assert "LeakyReLU, 0 parameters\n  slope: 0.01" == repr(nn.LeakyReLU())


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: nn.GELU("erf"),
            ValueError,
            r"GELU got approximate='erf', at .*; expected 'none' or 'tanh'\. Pass one",
        ),
        (lambda: functional.gelu(1.0, None), ValueError, r"gelu got approximate=None, at "),
        (lambda: nn.Softplus(0.0), ValueError, r"Softplus got beta=0\.0, at .*; expected a finite number above 0"),
        (lambda: functional.softplus(1.0, -1), ValueError, r"softplus got beta=-1, at .* -softplus\(-x\)"),
        (
            lambda: nn.Softplus(math.inf),
            ValueError,
            r"Softplus got beta=inf, .* expected a finite number above 0\. Pass",
        ),
        (lambda: nn.Softplus("1"), TypeError, r"Softplus got beta='1', of type str, at .* Pass for example beta=1\.0"),
        (
            lambda: nn.LeakyReLU("a"),
            TypeError,
            r"LeakyReLU got slope='a', .* expected a finite number, or a Tensor\. Pass",
        ),
        (lambda: nn.LeakyReLU(math.nan), ValueError, r"LeakyReLU got slope=nan, of type float, at "),
        (lambda: nn.ELU(True), TypeError, r"ELU got alpha=True, of type bool, at "),
    ],
)
def test_options_out_of_range_are_refused(make, error, message):
    with pytest.raises(error, match=message) as caught:
        make()

    assert "test_activations.py:" in str(caught.value)


def test_functional_is_a_public_list():
    assert set(functional.__all__) == {name for name in vars(functional) if not name.startswith("_")}
