"""Which names make a pair, and which do not."""

import sys
import types

import pytest

from autograd_nn.check.discovery import choose, find, lonely


@pytest.fixture
def module(tmp_path, monkeypatch):
    """The namespace of a file with this text."""

    def load(text):
        path = tmp_path / "student_module.py"
        path.write_text(text)
        made = types.ModuleType("student_module")
        made.__file__ = str(path)
        monkeypatch.setitem(sys.modules, "student_module", made)
        exec(compile(text, str(path), "exec"), made.__dict__)
        return vars(made)

    return load


def functions(*names):
    return "\n".join([f"def {name}(x):\n    return x\n" for name in names])


@pytest.mark.parametrize(
    ("forward", "backward", "kind"),
    [
        ("affine_forward", "affine_backward", "pair"),
        ("forward_affine", "backward_affine", "pair"),
        ("affine", "affine_backward", "pair"),
        ("affine_fwd", "affine_bwd", "pair"),
        ("affineForward", "affineBackward", "pair"),
        ("forward", "backward", "pair"),
        ("batchnorm_forward", "batchnorm_backward_alt", "pair"),
        ("conv_forward_naive", "conv_backward_fast", "pair"),
        ("softmax", "softmax_backward_with_loops", "pair"),
        ("forward_propagation", "backward_propagation", "pair"),
        ("sigmoid", "sigmoid_prime", "derivative"),
        ("sigmoid", "d_sigmoid", "derivative"),
        ("sigmoid", "dsigmoid", "derivative"),
        ("sigmoid", "grad_sigmoid", "derivative"),
        ("sigmoid", "sigmoid_grad", "derivative"),
        ("sigmoid", "sigmoidGradient", "derivative"),
        ("sigmoid", "sigmoid_derivative", "derivative"),
        ("sigmoid", "derivative_of_sigmoid", "derivative"),
        ("mse_loss", "mse_grad", "derivative"),
        ("compute_cost", "compute_gradient", "derivative"),
        ("f", "df", "derivative"),
    ],
)
def test_names_that_make_a_pair(module, forward, backward, kind):
    found = find(module(functions(forward, backward)), "student_module")

    assert [(forward, backward, kind)] == [(one.forward, one.backward, one.kind) for one in found]


@pytest.mark.parametrize(
    "names",
    [
        ("f", "numerical_gradient"),
        ("loss", "gradient_descent"),
        ("loss", "gradient_check"),
        ("relu", "sigmoid_backward"),
        ("gelu", "gelu_grad2"),
        ("forward",),
    ],
)
def test_names_that_make_none(module, names):
    assert [] == find(module(functions(*names)), "student_module")


def test_the_marked_forward_is_preferred_and_the_loss_for_a_gradient(module):
    namespace = module(functions("relu", "relu_forward", "relu_backward", "forward", "loss", "gradient"))

    found = {one.backward: one.forward for one in find(namespace, "student_module")}

    assert {"relu_backward": "relu_forward", "gradient": "loss"} == found


def test_functions_that_return_a_loss_and_gradients(module):
    namespace = module(
        "def svm_loss(x, y):\n    loss, dx = 1, 2\n    return loss, dx\n"
        "def step(x):\n    J = 1\n    grads = {}\n    return J, grads\n"
        "def loss_and_accuracy(x):\n    loss, accuracy = 1, 2\n    return loss, accuracy\n"
        "def only_loss(x):\n    return 1\n"
    )

    found = find(namespace, "student_module")

    assert [("svm_loss", "loss"), ("step", "loss")] == [(one.name, one.kind) for one in found]


def test_classes_are_layers_unless_they_are_abstract_or_no_layer(module):
    namespace = module(
        "class Base:\n    def forward(self, x): raise NotImplementedError\n    def backward(self, g): raise NotImplementedError\n"
        "class Dense(Base):\n    def forward(self, x): return x\n    def backward(self, g): return g\n"
        "class Called:\n    def __call__(self, x): return x\n    def backward(self, g): return g\n"
        "class Value:\n    def backward(self): pass\n    def __add__(self, other): return 1\n"
        "class Sigmoid:\n    def fn(self, z): return z\n    def grad(self, z): return z\n"
    )

    found = find(namespace, "student_module")

    assert ["Dense", "Called", "Sigmoid.grad"] == [one.name for one in found]
    assert ["layer", "layer", "derivative"] == [one.kind for one in found]


def test_imported_functions_are_not_the_files_own(module):
    namespace = module("from operator import add as f_forward, sub as f_backward\n")

    assert [] == find(namespace, "student_module")


def test_a_backward_alone_is_named(module):
    namespace = module(functions("relu_backward", "numerical_backward"))

    assert ["relu_backward"] == lonely(namespace, "student_module", find(namespace, "student_module"))


@pytest.mark.parametrize("pattern", ["affine_backward", "affine_forward", "affine", "aff*"])
def test_a_pair_is_picked_by_any_of_its_names(module, pattern):
    found = find(module(functions("affine_forward", "affine_backward", "relu", "relu_prime")), "student_module")

    assert ["affine_backward"] == [one.name for one in choose(found, pattern)]
