"""DOT source and what the real `dot` makes of it."""

import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path
from runpy import run_path

import graphviz
import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import Tensor, Value

needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz's program dot is not installed")
DOCS = Path(__file__).parents[2] / "docs"
NASTY = [
    'say "hi"',
    "{a|b}",
    "<b>bold</b>",
    "<<i>x</i>>",
    "a < b > c",
    "back\\slash",
    "ends in \\",
    '\\"',
    r"\n \N \l \G",
    r"$\frac{\partial L}{\partial w}$",
    "&amp; &lt; R&D",
    "שלום עולם",
    "مرحبا",
    "naïve 重み 🎲",
    "[x]; y -> z",
    "digraph",
    "1.0",
    "%s {0}",
]


def texts(svg):
    return [e.text or "" for e in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def tips(svg):
    """What a mouse over the boxes shows."""
    return [
        e.get("{http://www.w3.org/1999/xlink}title", "")
        for e in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}a")
    ]


def readme():
    """The expression in micrograd's README."""
    a, b = Value(-4.0, "a"), Value(2.0, "b")
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    return f / 2.0 + 10.0 / f


def parsed(source):
    """({id: label}, [(from, to)]) of DOT source."""
    labels = dict(re.findall(r'^\t"?(\w+)"? \[label="((?:\\.|[^"\\])*)"', source, re.MULTILINE))
    return labels, re.findall(r'^\t"?(\w+)"? -> "?(\w+)', source, re.MULTILINE)


def test_a_record_for_each_value_and_an_oval_for_each_operation():
    x = Value(3.0, "x")
    y = x * x
    y.backward()

    labels, edges = parsed(ag.draw_dot(y).source)

    assert {"0": "x | data 3 | grad 6", "1": "data 9 | grad 1", "1op": "*"} == labels
    assert [("0", "1op"), ("0", "1op"), ("1op", "1")] == sorted(edges)


def test_draw_dot_has_micrograds_signature_and_gives_a_digraph():
    picture = ag.draw_dot(Value(1.0) + 2.0, format="png", rankdir="TB")

    assert isinstance(picture, graphviz.Digraph)
    assert "png" == picture.format
    assert "rankdir=TB" in picture.source


def test_another_direction_is_refused():
    with pytest.raises(ValueError, match="LR, TB, BT, RL"):
        ag.draw_dot(Value(1.0), rankdir="sideways")


def test_scalars_grow_to_the_right_and_arrays_downwards():
    assert "rankdir=LR" in ag.graph(Value(1.0) * 2.0).to_graphviz().source
    assert "rankdir=TB" in ag.graph(Tensor([1.0]) * 2.0).to_graphviz().source


def test_the_picture_says_once_that_backward_was_not_run():
    assert 1 == ag.graph(readme()).to_graphviz().source.count("backward not run yet")


def test_truncation_is_in_the_picture():
    source = ag.graph(readme(), max_nodes=5).to_graphviz().source

    assert "5 of 27 nodes, the nearest to the output; 22 left out" in source
    assert any([label.endswith(r"\n2 left out") for label in parsed(source)[0].values()])


@needs_dot
def test_the_readme_expression_through_dot():
    y = readme()
    y.backward()

    shown = texts(ag.graph(y).svg())

    assert {"data 24.7", "grad 138.8", "grad 645.6", "**3", "ReLU"} <= set(shown)  # micrograd's README prints these


@needs_dot
@pytest.mark.parametrize("name", NASTY)
def test_names_stay_text(name):
    for y in (Value(1.0, name) * 2.0, Tensor(np.ones((2, 3)), name) * 2.0):
        svg = ag.graph(y).svg()
        assert name in texts(svg)
        assert any(tip.startswith(name.replace("\\", "∖") + " = leaf\n") for tip in tips(svg))


@needs_dot
def test_control_characters_are_spelled_out():
    assert r"a\nb\x00\x1b\u202e" in texts(ag.graph(Value(1.0, "a\nb\x00\x1b\u202e")).svg())


@needs_dot
@pytest.mark.parametrize(
    "leaf", [Value(np.nan), Value(-np.inf), Tensor(np.zeros((0, 3))), Tensor([np.nan]), Tensor([np.inf, 1.0])]
)
def test_numbers_that_are_none(leaf):
    y = leaf * 2.0
    y.backward() if leaf.data.__class__ is float else y.sum().backward(keep=True)

    assert {"*"} <= set(texts(ag.graph(y).svg()))


@needs_dot
def test_two_edges_of_x_times_x_reach_the_picture():
    svg = ag.graph(Value(3.0) ** 2 * 1.0).svg(), ag.graph((lambda x: x * x)(Value(3.0))).svg()

    assert 2 == svg[1].count("0&#45;&gt;1op</title>")


@needs_dot
def test_the_pictures_of_the_documentation_are_up_to_date():
    for name, draw in run_path(str(DOCS / "pictures.py"))["PICTURES"].items():
        assert sorted(texts((DOCS / name).read_text("utf-8"))) == sorted(texts(draw().svg()))
