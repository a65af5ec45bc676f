"""What texts say of shapes: options, comments, annotations, docstrings; and that symbols get sizes of their own."""

from typing import Annotated

import numpy as np
import pytest
from numpy.typing import NDArray

from autograd_nn.check.declared import Shape, Sizes, docstring_shapes, in_annotations, option, shapes_comment


@pytest.mark.parametrize(
    ("text", "name", "shape"),
    [
        ("x=5,3", "x", Shape(("5", "3"))),
        ("x=(5, 3)", "x", Shape(("5", "3"))),
        ("x=5", "x", Shape(("5",))),
        ("x=()", "x", Shape(())),
        ("x=N,D", "x", Shape(("N", "D"))),
        ("y=int:5:3", "y", Shape(("5",), "int", "3")),
        ("ids=int:5,7:11", "ids", Shape(("5", "7"), "int", "11")),
        ("m=bool:5,3", "m", Shape(("5", "3"), "bool")),
    ],
)
def test_options(text, name, shape):
    assert (name, shape) == option(text)


@pytest.mark.parametrize("text", ["x", "=5", "x=5;3", "x=complex:5", "x y=5"])
def test_options_that_are_none(text):
    with pytest.raises(ValueError, match="is no shape; expected NAME=5,3"):
        option(text)


def test_a_comment_gives_shapes_and_labels():
    found = shapes_comment("# shapes: x=(N, D), w=(D, 4*H), y=int(N, C), b=(H,)\n# shape: m=bool(N)\n")

    assert {
        "x": Shape(("N", "D")),
        "w": Shape(("D", "4*H")),
        "y": Shape(("N",), "int", "C"),
        "b": Shape(("H",)),
        "m": Shape(("N",), "bool"),
    } == found


@pytest.mark.parametrize(
    ("line", "shape"),
    [
        ("- x: A numpy array of data, of shape (N, d_1, ..., d_k)", Shape(("N", "D"))),
        ("x : ndarray, shape (N, D)", Shape(("N", "D"))),
        ("x : ndarray of shape `(n_in, n_out)`", Shape(("n_in", "n_out"))),
        ("x (np.ndarray): input of shape (N, D).", Shape(("N", "D"))),
        (":param x: (N, D) matrix of data", Shape(("N", "D"))),
        ("x -- activations (or data): (size of the layer, number of examples)", Shape(("size of layer", "number of examples"))),
        ("- x: weights, of shape (D, 4H)", Shape(("D", "4H"))),
        ("- x: Inputs, of any shape", Shape(("N", "D"))),
        ("the scores x of shape (N, C).", Shape(("N", "C"))),
        ("- x: labels, of shape (N,), where 0 <= x[i] < C", Shape(("N",), "int", "C")),
        ("- x: labels in [0, K), shape (N,)", Shape(("N",), "int", "K")),
        ("- x: one-hot labels, shape (N, C)", Shape(("N", "C"), "one-hot")),
        ("- x: integer array of shape (N, T), 0 <= idx < V", Shape(("N", "T"), "int", "V")),
    ],
)  # fmt: skip
def test_docstrings(line, shape):
    found = docstring_shapes(f"A layer.\n\n    Inputs:\n    {line}\n    - other: nothing (really)\n", ["x", "other"])

    assert {"x": shape} == found


@pytest.mark.parametrize(
    "line", ["x: the input (optional, default: none)", "x: a float", "x (float): the rate", "nothing"]
)
def test_docstrings_that_say_nothing(line):
    assert {} == docstring_shapes(f"A layer.\n\n    {line}\n", ["x"])


def test_annotations():
    def layer(
        x: Annotated[np.ndarray, "N D"],
        w: Annotated[np.ndarray, ("D", "M")],
        y: Annotated[NDArray[np.int64], "N"],
        n: int,
        z,
    ):
        return x

    found = in_annotations(layer)

    assert {"x": Shape(("N", "D")), "w": Shape(("D", "M")), "y": Shape(("N",), "int")} == found


def test_symbols_get_distinct_primes_and_keep_them():
    sizes = Sizes()

    first = [sizes.of(dim) for dim in ("N", "D", "H", "M", "C", "T", "number of examples")]
    again = [sizes.of(dim) for dim in ("number of examples", "4H", "D + 1", "H*D", "7")]

    assert len(set(first)) == 7
    assert all(all(p % k for k in range(2, p)) for p in first)
    assert [first[6], 4 * first[2], first[1] + 1, first[2] * first[1], 7] == again
