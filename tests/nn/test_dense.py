"""Dense: values and gradients against plain NumPy, initial weights against the paper, dtypes, and the messages."""

import numpy as np
import pytest

from autograd_nn import Tensor, grad, ops
from autograd_nn.errors import ShapeError
from autograd_nn.nn import Dense, ReLU, init


def complex_step(f, x):
    """df/dx of a function from an array to a number, exact to rounding (Squire & Trapp 1998)."""
    d = np.empty_like(x)
    for i in np.ndindex(x.shape):
        z = x.astype(complex)
        z[i] += 1e-30j
        d[i] = f(z).imag / 1e-30
    return d


@pytest.mark.parametrize("shape", [(3,), (5, 3), (2, 5, 3), (0, 3)])
@pytest.mark.parametrize("bias", [True, False])
def test_gradients_agree_with_a_complex_step_of_plain_numpy(shape, bias):
    rng = np.random.default_rng(1)
    layer = Dense(3, 2, ops.tanh, bias=bias, rng=rng, dtype=np.float64)
    if bias:
        layer.bias.data = rng.standard_normal(2)
    x, c = rng.standard_normal(shape), rng.standard_normal((*shape[:-1], 2))
    input_ = Tensor(x)

    y = layer(input_)
    y.backward(gradient=c)

    def loss(x, W, b):
        return (c * np.tanh(x @ W + b)).sum()

    W, b = layer.weight.data, layer.bias.data if bias else np.zeros(2)
    np.testing.assert_allclose(np.tanh(x @ W + b), y.numpy(), rtol=1e-14)
    np.testing.assert_allclose(complex_step(lambda z: loss(z, W, b), x), input_.grad, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(complex_step(lambda z: loss(x, z, b), W), layer.weight.grad, rtol=1e-12, atol=1e-14)
    if bias:
        np.testing.assert_allclose(complex_step(lambda z: loss(x, W, z), b), layer.bias.grad, rtol=1e-12, atol=1e-14)


def test_second_derivative_flows_through_the_layer():
    layer = Dense(1, 1, ops.tanh, rng=3, dtype=np.float64)
    w = layer.weight.data[0, 0]

    second = grad(grad(lambda x: layer(x.reshape(1)).sum()))(0.3)

    y = np.tanh(0.3 * w)
    assert pytest.approx(-2 * y * (1 - y**2) * w**2) == second


def test_weights_start_uniform_within_the_limit_of_glorot_and_bengio_and_the_bias_at_zero():
    layer = Dense(300, 200, rng=0)

    W, limit = layer.weight.data.astype(float), np.sqrt(6 / 500)

    n = W.size
    assert 0.999 * limit < abs(W).max() <= limit * (1 + 1e-7)
    assert abs(W.mean()) < 5 * limit / np.sqrt(3 * n)  # 5 standard errors
    assert pytest.approx(2 / 500, rel=5 * np.sqrt(0.8 / n)) == W.var()  # variance 2 / (n_in + n_out), as in the paper
    np.testing.assert_array_equal(np.zeros(200), layer.bias.data)


def test_rng_is_a_generator_a_seed_or_fresh():
    rng = np.random.default_rng(7)

    one, two = Dense(4, 4, rng=rng).weight.data, Dense(4, 4, rng=rng).weight.data
    seeded = Dense(4, 4, rng=7).weight.data
    fresh, other = Dense(4, 4).weight.data, Dense(4, 4).weight.data

    np.testing.assert_array_equal(one, seeded)
    assert not np.array_equal(one, two)
    assert not np.array_equal(fresh, other)


def test_init_decides_how_the_weights_start_and_shares_the_generator():
    rng = np.random.default_rng(3)

    layer = Dense(4, 5, rng=rng, init=init.he_normal, dtype=np.float64)
    two = Dense(4, 5, rng=3, init=lambda shape, rng, dtype: np.full(shape, 2.0, dtype))

    np.testing.assert_array_equal(np.random.default_rng(3).normal(0.0, np.sqrt(2 / 4), (4, 5)), layer.weight.data)
    np.testing.assert_array_equal(np.full((4, 5), 2.0, np.float32), two.weight.data, strict=True)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept_from_weights_to_gradients(dtype):
    layer = Dense(3, 2, ReLU(), rng=0, dtype=dtype)

    y = layer(np.ones((4, 3), dtype))
    y.sum().backward()

    assert {np.dtype(dtype)} == {t.dtype for t in (layer.weight, layer.bias, y, layer.weight.grad, layer.bias.grad)}


def test_a_list_is_an_input_too():
    layer = Dense(2, 1, rng=0, dtype=np.float64)

    np.testing.assert_array_equal(layer(np.array([[1.0, 2.0]])).numpy(), layer([[1.0, 2.0]]).numpy())


def test_parameters_are_named_and_read_only():
    layer = Dense(2, 3, rng=0)

    assert {"weight": "weight", "bias": "bias"} == {path: t.name for path, t in layer.parameters().items()}
    assert not layer.weight.data.flags.writeable
    assert ["weight"] == list(Dense(2, 3, bias=False).parameters())


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_in": 0}, ValueError, r"Dense got n_in=0, at .*\. A layer has .* at least 1\. Pass for example n_in=16"),
        ({"n_out": -3}, ValueError, r"Dense got n_out=-3, at "),
        ({"n_out": True}, ValueError, r"Dense got n_out=True, at "),
        ({"n_in": 2.0}, TypeError, r"Dense got n_in=2\.0, of type float, at .* Pass for example n_in=16"),
        ({"activation": "relu"}, TypeError, r"Dense got str 'relu' as activation, at .* Pass a function"),
        ({"activation": ReLU}, TypeError, r"Dense got the class ReLU as activation, at .* Write ReLU\(\)\."),
        ({"rng": "seed"}, TypeError, r"Dense got rng='seed', at .* Pass numpy\.random\.default_rng\(0\)"),
        ({"rng": -1}, TypeError, r"Dense got rng=-1, at .* a seed >= 0"),
        ({"dtype": int}, TypeError, r"init\.glorot_uniform got dtype=<class 'int'>, at .* Give float64, float32"),
        ({"init": "he"}, TypeError, r"Dense got str 'he' as init, at .* Pass a function"),
        (
            {"init": lambda shape, rng, dtype: np.ones(shape[::-1], dtype), "n_out": 3},
            ShapeError,
            r"Dense\(2, 3\) got weights of shape \(3, 2\) from its init, at .* Return an array of the shape",
        ),
    ],
)
def test_arguments_that_make_no_layer_are_refused(arguments, error, message):
    with pytest.raises(error, match=message) as caught:
        Dense(**{"n_in": 2, "n_out": 2} | arguments)

    assert "test_dense.py:" in str(caught.value)


@pytest.mark.parametrize(
    ("shape", "advice"),
    [((5, 4), "Reshape the input, or change n_in"), ((3, 5), r"did you mean x\.T"), ((), "Reshape the input")],
)
def test_input_of_another_size_is_refused_with_the_layer_and_both_shapes(shape, advice):
    layer = Dense(3, 2, rng=0)

    shown = str(shape).replace("(", r"\(").replace(")", r"\)")
    with pytest.raises(
        ShapeError, match=rf"Dense\(3, 2\) got an input of shape {shown}, at test_dense\.py.* \(3, 2\)\. .*{advice}"
    ):
        layer(np.ones(shape))
