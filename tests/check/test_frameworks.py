"""Kernels of PyTorch and JAX: right and wrong ones, in float64 and in low precision, where those packages are installed."""

import subprocess
import sys

import numpy as np
import pytest

from autograd_nn.check import check_backward, jax_pair, torch_pair
from autograd_nn.check.frameworks import is_framework_object

RNG = np.random.default_rng(1)
X, W = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 4))


def kernel(torch, factor=1.0):
    """tanh(x @ w) as a torch.autograd.Function."""

    class Layer(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, w):
            y = torch.tanh(x @ w)
            ctx.save_for_backward(x, w, y)
            return y

        @staticmethod
        def backward(ctx, g):
            x, w, y = ctx.saved_tensors
            dz = g * (1 - y * y)
            return dz @ w.t(), factor * (x.t() @ dz)

    return Layer


def custom(jax, factor=1.0):
    """The same as a jax.custom_vjp function."""
    jnp = jax.numpy

    @jax.custom_vjp
    def layer(x, w):
        return jnp.tanh(x @ w)

    def forward(x, w):
        y = layer(x, w)
        return y, (x, w, y)

    def backward(kept, g):
        x, w, y = kept
        dz = g * (1 - y * y)
        return dz @ w.T, factor * (x.T @ dz)

    layer.defvjp(forward, backward)
    return layer


def packages():
    return pytest.importorskip("torch"), pytest.importorskip("jax")


def test_a_kernel_of_torch_in_float64():
    torch = pytest.importorskip("torch")

    right, wrong = [check_backward(kernel(torch, c), None, X, torch.from_numpy(W)) for c in (1.0, 2.0)]

    assert "right" == right.verdict, str(right)
    assert ["x", "w"] == [a.name for a in right.arguments]
    assert ("wrong", "w", "factor") == (wrong.verdict, wrong.findings[0].argument, wrong.findings[0].kind), str(wrong)
    assert "Layer" == wrong.subject


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_a_kernel_of_torch_in_low_precision_is_measured_by_a_plain_one(dtype):
    torch = pytest.importorskip("torch")
    inputs = [torch.from_numpy(a).to(getattr(torch, dtype)) for a in (X, W)]

    def plain(x, w):
        return torch.tanh(x @ w)

    right, wrong = [check_backward(kernel(torch, c), plain, *inputs) for c in (1.0, 1.2)]

    assert "right" == right.verdict, str(right)
    assert ["the result", "x", "w"] == [a.name for a in right.arguments]
    assert {"the result": "right", "x": "right", "w": "wrong"} == {a.name: a.verdict for a in wrong.arguments}
    assert "w" == wrong.findings[0].argument


def test_a_kernel_in_float32_alone_is_checked_by_its_own_forward():
    torch = pytest.importorskip("torch")

    right, wrong = [
        check_backward(kernel(torch, c), None, X.astype(np.float32), W.astype(np.float32)) for c in (1.0, 1.01)
    ]

    assert ("right", "wrong") == (right.verdict, wrong.verdict)


def test_bfloat16_without_a_plain_one_is_not_judged():
    torch = pytest.importorskip("torch")

    report = check_backward(kernel(torch), None, *[torch.from_numpy(a).to(torch.bfloat16) for a in (X, W)])

    assert "cannot tell" == report.verdict
    assert "Give a plain implementation" in str(report)


def test_a_kernel_of_torch_with_labels_and_several_results():
    torch = pytest.importorskip("torch")

    class Pair(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, index, scale):
            ctx.save_for_backward(x, index)
            ctx.scale = scale
            return x[index], scale * x

        @staticmethod
        def backward(ctx, g, h):
            x, index = ctx.saved_tensors
            return torch.zeros_like(x).index_add(0, index, g) + ctx.scale * h, None, None

    report = check_backward(Pair, None, X, np.array([0, 2, 2]), 3)

    assert "right" == report.verdict, str(report)
    assert ["x"] == [a.name for a in report.arguments]


def test_a_kernel_that_raises_is_a_finding():
    torch = pytest.importorskip("torch")

    class Broken(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            raise RuntimeError("no such device")

    report = check_backward(Broken, None, X)

    assert "cannot tell" == report.verdict
    assert "no such device" in str(report)


@pytest.mark.parametrize("as_jax", [False, True])
def test_a_custom_vjp_of_jax_in_float64(as_jax):
    jax = pytest.importorskip("jax")
    inputs = [jax.numpy.asarray(X.astype(np.float32)), jax.numpy.asarray(W.astype(np.float32))] if as_jax else [X, W]

    right, wrong = [check_backward(custom(jax, c), None, *inputs) for c in (1.0, 2.0)]

    assert "right" == right.verdict, str(right)
    assert ("wrong", "w", "factor") == (wrong.verdict, wrong.findings[0].argument, wrong.findings[0].kind), str(wrong)
    assert "layer" == wrong.subject


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_a_custom_vjp_of_jax_in_low_precision_is_measured_by_a_plain_one(dtype):
    jax = pytest.importorskip("jax")
    inputs = [jax.numpy.asarray(a, dtype) for a in (X, W)]

    def plain(x, w):
        return jax.numpy.tanh(x @ w)

    right, wrong = [check_backward(custom(jax, c), plain, *inputs) for c in (1.0, 1.2)]

    assert "right" == right.verdict, str(right)
    assert {"the result": "right", "x": "right", "w": "wrong"} == {a.name: a.verdict for a in wrong.arguments}


def test_a_result_that_is_not_the_plain_one_is_wrong():
    torch, jax = packages()

    ours = check_backward(
        kernel(torch), lambda x, w: torch.tanh(x @ w) + 1.0, *[torch.from_numpy(a).float() for a in (X, W)]
    )
    theirs = check_backward(custom(jax), lambda x, w: x @ w, X.astype(np.float32), W.astype(np.float32))

    assert ("wrong", "wrong") == (ours.verdict, theirs.verdict)
    assert {"the result"} == {a.name for a in ours.arguments if a.verdict == "wrong"}
    assert "the result" in {a.name for a in theirs.arguments if a.verdict == "wrong"}


def test_pairs_are_functions_of_numpy_arrays():
    torch, jax = packages()
    g = RNG.normal(size=(5, 4))
    y = np.tanh(X @ W)
    dz = g * (1.0 - y * y)

    for pair in (torch_pair(kernel(torch), X, W), jax_pair(custom(jax), X, W)):
        assert ("x", "w") == pair.names
        assert "float64" == pair.dtype
        assert pytest.approx(y, rel=1e-12) == pair.forward(X, W)
        dx, dw = pair.backward(g, X, W)
        assert pytest.approx(dz @ W.T, rel=1e-12) == dx
        assert pytest.approx(X.T @ dz, rel=1e-12) == dw


@pytest.mark.parametrize("thing", [np.tanh, lambda x: x, dict, 3.0, "torch"])
def test_anything_else_is_no_kernel(thing):
    assert not is_framework_object(thing)


def test_neither_framework_is_imported():
    program = "import sys, autograd_nn.check as c; assert not {'torch', 'jax'} & set(sys.modules); c.check_backward"

    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)

    assert 0 == done.returncode, done.stderr
