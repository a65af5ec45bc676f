"""The page and the notebook view of a report: structure, escaping, the picture of wrong entries, the file."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

from autograd_nn.check import Finding, Report, check_backward
from autograd_nn.check.heat import heat_map

VOID = {"meta", "rect", "path", "link", "br"}
RNG = np.random.default_rng(5)


class Structure(HTMLParser):
    """Every tag with its attributes, the text without styles, and whether all that opens is closed in order."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.words, self.styles = [], [], "", ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID or (tag in ("rect", "path") and not self.get_starttag_text().endswith("/>")):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert tag == self.open.pop(), f"</{tag}> closes something else"

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.styles += data
        else:
            self.words += data

    def count(self, tag, **attributes):
        return sum([t == tag and attributes.items() <= a.items() for t, a in self.tags])


def scaled(x, w):
    return x * w


def first_column_doubled(dout, x, w):
    dx = dout * w
    dx[:, 0] *= 2.0
    return dx, dout * x


@pytest.fixture
def report():
    return check_backward(scaled, first_column_doubled, RNG.normal(size=(5, 3)), RNG.normal(size=(5, 3)))


def test_the_page_is_one_whole_file_without_scripts_or_network(report, tmp_path):
    path = report.to_html(tmp_path / "report.html")
    text = path.read_text(encoding="utf-8")
    page = Structure(text)

    assert text.startswith("<!doctype html>")
    assert [] == page.open
    assert ("html", {"lang": "en"}) in page.tags
    assert 1 == page.count("h1") == page.count("main")
    assert 0 == page.count("script")
    assert not re.search(r"https?:|url\(|@import|src=|href=", text)
    assert "color-scheme: light dark" in page.styles
    assert [path] == list(tmp_path.iterdir())


def test_the_page_has_a_row_for_each_argument_and_the_lines(report, tmp_path):
    page = Structure(report.to_html(tmp_path / "report.html").read_text())

    assert 1 == page.count("table") == page.count("caption")
    assert 2 == page.count("th", scope="row")
    assert 9 == page.count("th", scope="col")
    assert "first_column_doubled is ✗ wrong" in page.words
    assert "5 of 15" in page.words


def test_wrong_entries_are_drawn_and_described(report):
    (picture,) = [heat_map(a.name, a.error) for a in report.arguments if a.error is not None]
    tree = ElementTree.fromstring(picture)
    cells = [e for e in tree.iter() if e.tag == "rect"]

    assert 15 == len(cells)
    assert 5 == len([c for c in cells if c.get("class") == "off"])
    assert ["0"] * 5 == [c.get("x") for c in cells if c.get("class") == "off"]
    assert "Where the gradient of x is off: 5 of 15 entries" in "".join(tree.itertext())
    assert "img" == tree.find("svg").get("role")


@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 4), (40, 40), (41, 3), (100, 81), (2, 3, 50, 50)])
def test_pictures_of_every_shape_show_a_single_wrong_entry(shape):
    error = np.zeros(shape)
    error[tuple([n - 1 for n in shape])] = 0.5

    tree = ElementTree.fromstring(heat_map("x", error))
    cells = [e for e in tree.iter() if e.tag == "rect"]

    assert len(cells) <= 1600
    assert 1 == len([c for c in cells if c.get("class") == "off"])


def test_an_infinite_error_is_crossed_and_an_empty_array_has_no_picture():
    crossed = heat_map("x", np.array([[0.0, np.inf], [0.0, 0.0]]))

    assert 1 == crossed.count('class="cross"')
    assert "[0, 1]: not a number" in crossed
    assert "" == heat_map("x", np.zeros((0, 3)))


def test_code_and_names_are_escaped(tmp_path):
    nasty = "<script>alert('x')</script> & \"more\""
    finding = Finding(nasty, nasty, f"a.py:3: {nasty}", nasty, nasty, {nasty: [nasty], "lines": [nasty]})
    report = Report(nasty, "wrong", (), (finding,), (nasty,))

    page = Structure(report.to_html(tmp_path / "report.html").read_text())

    assert [] == page.open
    assert 0 == page.count("script")
    assert "3 | <script>alert('x')</script>" in page.words


def test_a_notebook_gets_a_fragment_and_the_text(report):
    bundle = report._repr_mimebundle_()
    fragment = Structure(bundle["text/html"])

    assert str(report) == bundle["text/plain"]
    assert report._repr_html_() == bundle["text/html"]
    assert [] == fragment.open
    assert 0 == fragment.count("html") + fragment.count("body") + fragment.count("main")
    assert all([rule.strip().startswith(".autograd-check") for rule in re.findall(r"([^{}]+)\{", fragment.styles)]), (
        "a style that leaks into the notebook"
    )


def test_a_right_report_has_no_picture(tmp_path):
    report = check_backward(np.sin, lambda d, x: d * np.cos(x), RNG.normal(size=3))

    page = Structure(report.to_html(tmp_path / "report.html").read_text())

    assert 0 == page.count("svg")
    assert "is ✓ right" in page.words


def test_a_missing_folder_is_said(report, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere"):
        report.to_html(tmp_path / "nowhere" / "report.html")
