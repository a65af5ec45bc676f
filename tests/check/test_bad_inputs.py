"""check_backward at inputs of every kind: empty, scalar, huge, of low precision, read-only; and its own options."""

import math

import numpy as np
import pytest

from autograd_nn.check import check_backward

RNG = np.random.default_rng(3)
X, W = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 2))
LARGE = RNG.normal(size=1_000_000)


class Own(np.ndarray):
    pass


def cosine(g, x):
    """The backward of np.sin."""
    return g * np.cos(x)


def product(x, w):
    return x @ w


def product_backward(g, x, w):
    return g @ w.T, x.T @ g


def scaled(x, b):
    return x * b


def scaled_backward(g, x, b):
    return (g * b).sum(axis=1, keepdims=True), (g * x).sum(axis=0)


def frozen(x):
    x = x.copy()
    x.flags.writeable = False
    return x


RIGHT = {
    "0-d": (np.sin, cosine, np.array(0.3)),
    "a float": (np.sin, cosine, 0.3),
    "a float of math": (math.sin, lambda g, x: g * math.cos(x), 0.3),
    "a float32": (np.sin, cosine, np.float32(0.3)),
    "float32": (np.sin, cosine, X.astype(np.float32)),
    "float16": (np.sin, cosine, X.astype(np.float16)),
    "longdouble": (np.sin, cosine, X.astype(np.longdouble)),
    "Fortran order": (product, product_backward, np.asfortranarray(X), np.ascontiguousarray(W.T).T),
    "strided": (np.sin, cosine, RNG.normal(size=(8, 6))[::2, ::-2]),
    "read-only": (np.sin, cosine, frozen(X)),
    "broadcast": (lambda x: x * X, lambda g, x: g * X, np.broadcast_to(np.array([1.0, 2.0, 3.0]), (4, 3))),
    "broadcasting both": (scaled, scaled_backward, X[:, :1], np.array([1.0, 2.0, 3.0])),
    "a subclass": (np.sin, cosine, X.view(Own)),
    "masked, without a mask": (np.sin, cosine, np.ma.masked_array(X)),
    "a list": (lambda x: np.sin(np.array(x)), lambda g, x: g * np.cos(np.array(x)), [0.1, 0.2]),
    "one array twice": (lambda a, b: a * b, lambda g, a, b: (g * b, g * a), X, X),
    "a text beside": (lambda x, mode: np.sin(x), lambda g, x, mode: cosine(g, x), X, "same"),
    "None beside": (lambda x, mask: np.sin(x), lambda g, x, mask: cosine(g, x), X, None),
    "a million": (np.sin, cosine, LARGE),
    "a sum over a million": (lambda x: (x * x).sum(), lambda g, x: 2.0 * g * x, LARGE),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_backward_is_right_at_inputs_of_any_kind(name):
    report = check_backward(*RIGHT[name])

    assert "right" == report.verdict, str(report)
    assert () == report.findings
    assert all([a.tested for a in report.arguments])


@pytest.mark.parametrize("name", [name for name in RIGHT if "million" not in name])
def test_a_wrong_sign_is_wrong_at_inputs_of_any_kind(name):
    forward, backward, *inputs = RIGHT[name]

    def negative(g, *arguments):
        given = backward(g, *arguments)
        return (-given[0], *given[1:]) if isinstance(given, tuple) else -given

    report = check_backward(forward, negative, *inputs)

    assert "wrong" == report.verdict, str(report)
    assert not [f for f in report.findings if f.certainty == "certain" and f.kind != "sign"], str(report)


@pytest.mark.parametrize(
    ("forward", "backward", "inputs"),
    [
        (np.sin, cosine, (np.zeros((0, 3)),)),
        (lambda x: np.sin(x).sum(), cosine, (np.zeros(0),)),
        (product, product_backward, (np.zeros((0, 3)), W)),
    ],
)
def test_empty_inputs_test_nothing_and_the_report_says_so(forward, backward, inputs):
    report = check_backward(forward, backward, *inputs)

    assert "right" == report.verdict, str(report)
    assert not any([a.tested for a in report.arguments])
    assert "untested" in str(report)


@pytest.mark.parametrize("x", [1, True, np.arange(6), X + 1j])
def test_inputs_that_are_no_floats_have_no_gradient(x):
    report = check_backward(lambda x: 2 * x, lambda g, x: None, x)

    assert "cannot tell" == report.verdict
    assert "no input of <lambda> is a float or an array of floats" in report.findings[0].message


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_forward_without_a_finite_value_has_no_gradient(value):
    report = check_backward(np.sin, cosine, np.full((2, 3), value))

    assert "cannot tell" == report.verdict
    assert "6 of 6 results of the forward are infinite or not a number" in report.findings[0].message


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_a_matrix_is_refused():
    report = check_backward(lambda x, w: x * w, lambda g, x, w: (g * w.T, x.T * g), np.asmatrix(X), np.asmatrix(W))

    assert "cannot tell" == report.verdict
    assert "is an np.matrix" in report.findings[0].message


@pytest.mark.parametrize(
    ("upstream", "piece"),
    [
        (np.ones((2, 2)), "upstream has shape (2, 2), and the result of the forward has (4, 3)"),
        ("a", "upstream is 'a'; expected numbers"),
        (np.full((4, 3), np.nan), "upstream has 12 entries that are infinite or not a number"),
    ],
)
def test_an_upstream_that_does_not_fit_is_no_fault_of_the_backward(upstream, piece):
    report = check_backward(np.sin, cosine, X, upstream=upstream)

    assert "cannot tell" == report.verdict
    assert piece in report.findings[0].message


@pytest.mark.parametrize("options", [{"style": "zzz"}, {"wrt": ("nope",)}])
def test_options_that_do_not_fit_are_no_fault_of_the_backward(options):
    report = check_backward(np.sin, cosine, X, **options)

    assert "cannot tell" == report.verdict
    assert "expected one of" in str(report) or "wrt names nope; the inputs are" in str(report)


def test_a_file_written_on_the_way_is_read_again_in_every_run(tmp_path):
    file = tmp_path / "scale.txt"
    file.write_text("2.0", encoding="utf-8")

    report = check_backward(lambda x: x * float(file.read_text(encoding="utf-8")), lambda g, x: 2.0 * g, X)

    assert "right" == report.verdict, str(report)
