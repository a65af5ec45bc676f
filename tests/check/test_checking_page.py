"""docs/checking.md keeps its word: its examples print what it shows, every kind has its sentence, every JSON field is listed."""

import doctest
import json
import re
from pathlib import Path

import numpy as np
import pytest

from autograd_nn.check import check_backward

PAGE = Path(__file__).parents[2] / "docs" / "checking.md"
KINDS = [
    "factor", "sign", "upstream-ignored", "transpose", "wrong-operand", "reduction-missing", "path-dropped",
    "path-doubled", "overwritten", "wrong-activation-derivative", "softmax-elementwise", "neighbouring-loss",
    "wrong-axis", "ddof-or-eps", "dropout-mask", "mask-forgotten", "window-offset", "kink-choice",
    "approximation-mixed", "clip-ignored", "regulariser", "updated-weights", "stale-cache", "mutation",
    "state-not-reset", "swapped-outputs", "integer-truncation", "bptt-truncated", "gradient-clipped", "overflow",
    "second-order", "contract", "unexplained",
]  # fmt: skip


@pytest.fixture
def text():
    return PAGE.read_text(encoding="utf-8")


def test_the_examples_print_what_they_show(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    examples = "\n".join([block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if ">>>" in block])
    test = doctest.DocTestParser().get_doctest(examples, {}, "checking", "checking.md", 0)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)

    runner.run(test)

    assert runner.tries >= 10
    assert runner.failures == 0
    assert ["report.html"] == [path.name for path in tmp_path.iterdir()]


def test_every_kind_has_one_sentence(text):
    assert KINDS == re.findall(r"^\| `([a-z-]+)` \| [A-Z].*\. \|$", text, re.MULTILINE)


def test_every_field_of_the_json_is_listed(text):
    data = json.loads(check_backward(np.sin, lambda d, x: 2.0 * d * np.cos(x), np.array([0.5, 1.0])).to_json())
    table = text.partition("### JSON")[2].partition("## In tests")[0]

    for field in [*data, *data["arguments"][0], *data["arguments"][0]["worst"], *data["findings"][0]]:
        assert f"`{field}`" in table, field
