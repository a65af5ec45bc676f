"""check_backward on code that misbehaves: a verdict that has a basis, and a sentence; never an exception of the checker."""

import functools
import random
import sys
import threading

import numpy as np
import pytest

from autograd_nn.check import check_backward

RNG = np.random.default_rng(3)
X, W = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 2))
POSITIVE = np.abs(X) + 0.1
OWN = np.random.default_rng(0)
CALLS = {"forward": 0, "backward": 0}


def cosine(g, x):
    """The backward of np.sin."""
    return g * np.cos(x)


def same(g, x):
    return g


def nothing(g, x):
    return np.zeros_like(x)


def counted(x):
    CALLS["forward"] += 1
    return x * CALLS["forward"]


def counted_backward(g, x):
    CALLS["backward"] += 1
    return CALLS["backward"] * cosine(g, x)


def own_mask(x):
    mask = OWN.random(x.shape) < 0.5
    return x * mask, mask


@pytest.mark.parametrize(
    ("forward", "backward", "piece"),
    [
        (lambda x: x * np.random.normal(size=x.shape), same, "draws random numbers"),  # noqa: NPY002
        (lambda x: x * random.random(), same, "draws random numbers"),
        (lambda x: x + OWN.normal(size=x.shape), same, "it draws random numbers"),
        (own_mask, lambda g, mask: g * mask, "it draws random numbers"),
        (counted, same, "two results"),
    ],
)
def test_nothing_is_told_of_a_forward_that_gives_another_result_each_time(forward, backward, piece):
    report = check_backward(forward, backward, X)

    assert "cannot tell" == report.verdict
    assert piece in report.findings[0].message
    assert () == report.arguments


def test_a_forward_that_differs_by_rounding_alone_is_repeatable():
    def forward(x):
        CALLS["forward"] += 1
        return np.sin(x) * (1.0 + (CALLS["forward"] % 2) * 2.0**-52)  # as sums of several threads do

    report = check_backward(forward, cosine, X)

    assert "right" == report.verdict, str(report)


@pytest.mark.parametrize(
    "forward",
    [
        lambda x: (3.0 * x).astype(int),
        lambda x: (x > 0.0).astype(float),
        lambda x: x > 0.0,
        lambda x: np.where(x > 0.0, 1.0, 0.0),
        np.floor,
        np.sign,
        lambda x: np.round(x, 1),
        lambda x: np.ones(3),
    ],
)
def test_steps_have_the_gradient_0_which_tests_nothing(forward):
    right = check_backward(forward, nothing, X)
    wrong = check_backward(forward, lambda g, x: np.full(x.shape, 0.5), X)

    assert "right" == right.verdict
    assert [False] == [a.tested for a in right.arguments]
    assert "untested" in str(right)
    assert "wrong" == wrong.verdict


def root(x):
    if np.any(np.real(x) < 0.0):
        raise ValueError("negative")
    return np.sqrt(x)


def picky(x):
    if np.iscomplexobj(x) or not np.array_equal(x, X):
        raise ValueError("other inputs are not for me")
    return np.sin(x)


def from_threads(x):
    out = [None, None]

    def run(k):
        out[k] = np.sin(x[k])

    threads = [threading.Thread(target=run, args=(k,)) for k in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return np.stack(out)


def from_threads_backward(g, x):
    dx = np.zeros_like(x)
    dx[:2] = g * np.cos(x[:2])
    return dx


def nested_sines(x, n=20):
    return x if n == 0 else np.sin(nested_sines(x, n - 1))


def nested_sines_backward(g, x, n=20):
    return g if n == 0 else nested_sines_backward(g * np.cos(nested_sines(x, n - 1)), x, n - 1)


class Sine:
    """One backward in every form that a method may have."""

    @staticmethod
    def static(x):
        return np.sin(x)

    @staticmethod
    def static_backward(g, x):
        return cosine(g, x)

    @classmethod
    def of_class(cls, x):
        return np.sin(x)

    @classmethod
    def of_class_backward(cls, g, x):
        return cosine(g, x)

    def method(self, x):
        return np.sin(x)

    def method_backward(self, g, x):
        return cosine(g, x)


class Callable:
    def __call__(self, x):
        return np.sin(x)


class CallableBackward:
    def __call__(self, g, x):
        return cosine(g, x)


class Forgets:
    """Its cache is gone after a backward."""

    def forward(self, x):
        self.x = x
        return np.sin(x)

    def backward(self, g):
        dx = cosine(g, self.x)
        del self.x
        return dx


def decorated(f):
    def inner(*arguments, **keywords):
        return f(*arguments, **keywords)

    return inner


def named(f):
    return functools.wraps(f)(decorated(f))


def closures(a):
    def at(b):
        return lambda x: a * np.sin(b * x), lambda g, x: a * b * g * np.cos(b * x)

    return at


def from_text(factor):
    space = {"np": np}
    exec(f"def f(x):\n    return np.sin(x)\ndef b(g, x):\n    return {factor} * g * np.cos(x)\n", space)
    return space["f"], space["b"]


def seeds(g, x):
    np.random.seed(0)  # noqa: NPY002  a global state that others may not like, and no mistake of the gradient
    return cosine(g, x)


def strict(g, x):
    np.seterr(all="raise")
    return cosine(g, x)


RIGHT = {
    "a domain": (root, lambda g, x: g / (2.0 * np.sqrt(x)), POSITIVE),
    "a domain's edge": (root, lambda g, x: g / (2.0 * np.sqrt(x)), POSITIVE - 0.1 + 1e-9),
    "one point": (picky, cosine, X),
    "keywords": (lambda x, *, a=2.0: a * x, lambda g, x, *, a=2.0: a * g, X),
    "any keywords": (lambda x, **k: x * k.get("a", 2.0), lambda g, x, **k: 2.0 * g, X),
    "any arguments": (lambda *xs: xs[0] * xs[1], lambda g, *xs: (g * xs[1], g * xs[0]), X, X + 1.0),
    "nested results": (
        lambda x, w: (x @ w, (np.sin(x), {"a": np.cos(x)})),
        lambda g, x, w: (g[0] @ w.T + g[1][0] * np.cos(x) - g[1][1]["a"] * np.sin(x), x.T @ g[0]), X, W,
    ),
    "a nested list": (lambda x: [np.sin(x), [x * x]], lambda g, x: g[0] * np.cos(x) + 2.0 * x * g[1][0], X),
    "a dict": (lambda x: {"a": np.sin(x)}, lambda g, x: g["a"] * np.cos(x), X),
    "threads": (from_threads, from_threads_backward, X),
    "recursion": (nested_sines, nested_sines_backward, X),
    "a ufunc": (np.sin, cosine, X),
    "partial": (functools.partial(lambda a, x: a * x, 3.0), functools.partial(lambda a, g, x: a * g, 3.0), X),
    "partial with names": (functools.partial(lambda x, a: a * x, a=3.0), functools.partial(lambda g, x, a: a * g, a=3.0), X),
    "callable objects": (Callable(), CallableBackward(), X),
    "static methods": (Sine.static, Sine.static_backward, X),
    "class methods": (Sine.of_class, Sine.of_class_backward, X),
    "bound methods": (Sine().method, Sine().method_backward, X),
    "vectorize": (np.vectorize(lambda x: max(x, 0.0) ** 2), np.vectorize(lambda g, x: 2.0 * g * max(x, 0.0)), X),
    "decorated": (named(np.sin), named(cosine), X),
    "decorated without a name": (decorated(np.sin), decorated(cosine), X),
    "closures": (*closures(2.0)(3.0), X),
    "exec": (*from_text(1), X),
    "forgets": (Forgets(), None, X),
    "the upstream itself": (lambda x: x + 1.0, same, X),
    "a list of lists": (np.sin, lambda g, x: cosine(g, x).tolist(), X),
    "float32": (np.sin, lambda g, x: cosine(g, x).astype(np.float32), X),
    "float16": (np.sin, lambda g, x: cosine(g, x).astype(np.float16), X),
    "longdouble": (np.sin, lambda g, x: cosine(g, x).astype(np.longdouble), X),
    "an unmasked masked array": (np.sin, lambda g, x: np.ma.masked_array(cosine(g, x)), X),
    "a matrix": (np.sin, lambda g, x: np.asmatrix(cosine(g, x)), X),
    "seeds": (np.sin, seeds, X),
    "strict": (np.sin, strict, X),
    "single items": (
        lambda x: sum([x[i, j].item() ** 2 for i in range(4) for j in range(3)]), lambda g, x: 2.0 * g * x, X,
    ),
    "floats on the way": (lambda x: 2.0 * np.array([float(v) for v in x.ravel()]), lambda g, x: 2.0 * g.reshape(4, 3), X),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("name", RIGHT)
def test_code_of_any_form_is_right_where_its_numbers_are(name):
    before = np.geterr()

    report = check_backward(*RIGHT[name])

    assert "right" == report.verdict, str(report)
    assert () == report.findings
    assert before == np.geterr()


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("name", [n for n in RIGHT if n not in ("strict", "forgets", "float16")])
def test_and_wrong_by_a_hundredth_where_they_are_not(name):
    forward, backward, *inputs = RIGHT[name]

    def hundredth_more(*arguments, **keywords):
        given = backward(*arguments, **keywords)
        first = np.asarray(given[0] if isinstance(given, tuple) else given)
        moved = first + np.asarray(0.01 * np.abs(first).max(), first.dtype)
        return (moved, *given[1:]) if isinstance(given, tuple) else moved

    wrapped = functools.wraps(backward)(hundredth_more) if hasattr(backward, "__code__") else hundredth_more
    report = check_backward(forward, wrapped, *inputs)

    assert "wrong" == report.verdict, str(report)


def endless(*arguments):
    return endless(*arguments)


class Unprintable(Exception):  # noqa: N818
    def __str__(self):
        raise RuntimeError("no text")


def unprintable(*arguments):
    raise Unprintable


def generator(x):
    yield np.sin(x)


SAID = {
    "no result": (lambda x: None, cosine, "wrong", "the forward returned None"),
    "a text": (lambda x: "hi", cosine, "cannot tell", "the forward returned 'hi' of type str"),
    "a generator": (generator, cosine, "cannot tell", "of type generator"),
    "objects": (lambda x: np.sin(x).astype(object), cosine, "cannot tell", "an array of object"),
    "raises": (lambda x: 1 / 0, cosine, "cannot tell", "ZeroDivisionError was raised by the forward"),
    "exits": (lambda x: sys.exit(2), cosine, "cannot tell", "the forward ended the program with sys.exit(2)"),
    "endless": (endless, cosine, "cannot tell", "RecursionError was raised by the forward"),
    "backward None": (np.sin, lambda g, x: None, "wrong", "the backward returned None; expected the gradients of x"),
    "backward (None,)": (np.sin, lambda g, x: (None,), "wrong", "the backward returned (None,)"),
    "backward endless": (np.sin, endless, "wrong", "RecursionError was raised by the backward"),
    "backward exits": (np.sin, lambda g, x: sys.exit(), "wrong", "the backward ended the program with sys.exit()"),
    "backward raises": (np.sin, lambda g, x: {}["k"], "wrong", "KeyError was raised by the backward: 'k'"),
    "backward unprintable": (np.sin, unprintable, "wrong", "Unprintable was raised by the backward (at"),
    "too many": (np.sin, lambda g, x: (cosine(g, x), g[0]), "wrong", "returned 2 gradients; expected 1"),
    "a sum": (np.sin, lambda g, x: cosine(g, x).sum(), "wrong", "has shape (), and x has (4, 3)"),
    "ragged": (np.sin, lambda g, x: [[1.0], [2.0, 3.0]], "wrong", "expected 1, of x"),
    "complex": (np.sin, lambda g, x: cosine(g, x) + 0j, "wrong", "an array of complex128; expected real numbers"),
    "objects back": (np.sin, lambda g, x: cosine(g, x).astype(object), "wrong", "an array of object; expected"),
    "texts": (np.sin, lambda g, x: cosine(g, x).astype(str), "wrong", "expected real numbers"),
    "a generator back": (np.sin, lambda g, x: (v for v in x), "wrong", "of type generator; expected real numbers"),
    "a set": (np.sin, lambda g, x: {1.0, 2.0}, "wrong", "of type set; expected real numbers"),
    "masked": (np.sin, lambda g, x: np.ma.masked_array(cosine(g, x), x > 0.0), "wrong", "entries are masked"),
    "truths": (np.sin, lambda g, x: g > 0.0, "wrong", "digits behind the point are cut off"),
    "nan": (np.sin, lambda g, x: np.nan * g, "wrong", "12 of 12 entries are nan"),
    "a count": (np.sin, counted_backward, "wrong", "every call adds the gradient to what the call before left"),
    "no function": (np.sin, 42, "cannot tell", "42 of type int was passed; expected a function"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_code_that_fits_nothing_gets_a_sentence(name):
    forward, backward, verdict, piece = SAID[name]
    CALLS["backward"] = 0

    report = check_backward(forward, backward, X)

    assert verdict == report.verdict, str(report)
    assert piece in report.findings[0].message, str(report)


def test_ctrl_c_in_a_backward_stops_the_check():
    def backward(g, x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_backward(np.sin, backward, X)
