"""The figures about the checker: what is counted, what a false finding is, and that no case, hang or crash is lost."""

import check
import check_cases
import check_corpus
import check_peers
import check_pool
import check_smallest
import check_speed
import check_tables
import numpy as np
import pytest
from rich.console import Console

import autograd_nn as ag

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # of other libraries


def row(**more):
    """A wrong case that was judged and named as it should be, changed."""
    known = {
        "right": False,
        "kind": "factor",
        "also": [],
        "invisible": False,
        "verdict": "wrong",
        "named": "factor",
        "false": [],
    }
    return (
        known
        | {"untested": False, "line": True, "argument": True, "seconds": 1.0, "style": "plain", "layer": "dense"}
        | more
    )


def items(source):
    """Stands for a module of items in the processes of a pool."""
    return ["a row", "a crash", "a row", "a hang"]


def row_of(source, position, texts):
    what = items(source)[position]
    if what == "a crash":
        raise SystemExit(1)
    while what == "a hang":
        pass
    return f"{source} {position}"


def lost(source, position, verdict):
    return verdict


def test_a_crash_and_a_hang_cost_one_row_each(monkeypatch):
    import sys
    from pathlib import Path

    monkeypatch.setattr(sys, "path", [*sys.path, str(Path(__file__).parent)])

    rows = check_pool.run("test_check", [("it", k) for k in range(4)], limit=2.0)

    assert ["it 0", check_pool.CRASH, "it 2", check_pool.HANG] == rows


def test_shares_are_counted_over_what_could_be_judged():
    rows = [
        row(),
        row(named="sign"),
        row(named="sign", also=["sign"], line=False),
        row(verdict="right", named=""),
        row(verdict="cannot tell"),
        row(verdict=check_corpus.UNSUPPORTED),
        row(invisible=True, verdict="right", untested=True),
        row(invisible=True, verdict="right"),
        row(right=True, kind="", verdict="right", named=""),
        row(right=True, kind="", verdict="wrong", false=["factor"]),
    ]

    counts = check_corpus.counted(rows)

    assert (10, 1) == (counts["cases"], counts["not supported yet"])
    assert (5, {"right": 1, "wrong": 3, "cannot tell": 1, "crash": 0, "no answer in time": 0}) == (
        counts["wrong"],
        counts["wrong judged"],
    )
    assert (2, 1) == (counts["right"], counts["right judged"]["wrong"])
    assert (2, 1) == (counts["invisible"], counts["invisible judged right without a word"])
    assert (3, 2, 1) == tuple(
        [counts[k] for k in ("judged wrong", "cause named first is right", "cause right and the line equal")]
    )
    assert 1 == counts["certain and false"]


def test_confusion_says_what_each_kind_was_taken_for():
    rows = [
        row(),
        row(named="sign"),
        row(named="sign"),
        row(named="sign", also=["sign"]),
        row(verdict="right"),
        row(right=True),
    ]

    table = check_corpus.confusion(rows)

    assert {"factor": {"sign": 2, "factor": 1, "factor (fair: sign)": 1, "(right)": 1}} == table


def test_a_certain_finding_of_another_kind_is_false():
    from corpus.case import Case

    def doubled(g, x):
        return 2.0 * g * np.cos(x)

    shared = {"name": "", "layer": "", "forward": np.sin, "backward": doubled, "style": "plain", "make": None}
    x = np.array([0.5, 1.0])
    report = ag.check_backward(np.sin, doubled, x, style="plain")

    found = [
        check_corpus.is_false(Case(**shared, right=False, kind=kind, also=also), report)
        for kind, also in [("factor", ()), ("sign", ()), ("sign", ("factor",))]
    ]
    cleared = check_corpus.is_false(Case(**shared, right=True), report)

    assert [[], ["factor"], []] == found
    assert ["factor"] == cleared


def test_the_corpus_is_judged_and_one_half_has_no_text():
    places = check_corpus.chosen("open", ["users-"])

    rows = [check_corpus.row_of("open", k, ()) for k in places[:3]]
    told = check_corpus.row_of("open", places[0], ("open",))

    assert all(["users-" in r["name"] and r["text"] == "" for r in rows])
    assert told["text"]
    assert {"right", "wrong", "cannot tell"} >= {r["verdict"] for r in rows}


@pytest.mark.parametrize("case", check_cases.CASES, ids=lambda c: c.name)
def test_a_case_is_what_it_says(case):
    inputs = [x.astype(float) for x in case.inputs]
    forward, _ = case.alone
    upstream = np.asarray(np.random.default_rng(0).normal(size=np.shape(forward(*inputs))))

    mine = check_peers.gradients(case, upstream, inputs)
    true = [np.zeros(x.shape) for x in inputs]
    for i, x in enumerate(inputs):
        for place in list(np.ndindex(x.shape)) if x.size < 100 else [(12345,)]:
            moved = x.astype(complex)
            moved[place] += 1e-30j
            with_step = forward(*inputs[:i], moved, *inputs[i + 1 :])
            true[i][place] = np.sum(upstream * np.imag(with_step)) / 1e-30

    # of the large one, the entry that is wrong; not the entries at the kink
    kink = [case.right & (x == 0) for x in inputs]
    compared = [(m[~k], t[~k]) if t.size < 100 else (m[12345], t[12345]) for m, t, k in zip(mine, true, kink)]
    equal = all([np.allclose(m, t, rtol=1e-9, atol=0.0) for m, t in compared])
    assert equal == (case.right or bool(case.blind))


def test_blind_cases_are_wrong_at_other_numbers():
    hidden = {c.blind: c for c in check_cases.CASES if c.blind}
    W1, _ = hidden["W1"].inputs

    scaled = hidden["W1"].backward(1.0, W1, np.ones((4, 2)), *hidden["W1"].constants)[0]
    x, t = np.ones((2, 3)), np.zeros(2)
    doubled = hidden["size 1"].backward(1.0, np.ones(3), x, t)

    h = np.tanh(hidden["W1"].constants[0] @ W1)
    np.testing.assert_allclose(-14.0 * hidden["W1"].constants[0].T @ (1.0 - h**2), scaled)
    np.testing.assert_allclose(2.0 * 6.0 * np.ones(3), doubled)  # 2 (x w - t) x = 6 a row; the mean of two rows is 6


@pytest.mark.parametrize(
    ("word", "remark", "good"),
    [
        ("condemns", "", True),
        ("passes", "", False),
        ("passes", "W1", True),
        ("3e-9", "W1", False),
        ("cannot tell", "W1", True),
    ],
)
def test_a_blind_mistake_counts_where_the_report_says_what_is_untested(word, remark, good):
    blind = next(c for c in check_cases.CASES if c.blind == "W1")

    assert good == check_cases.is_good(blind, word, remark)


@pytest.mark.parametrize("name", check_peers.CHECKERS)
def test_every_installed_checker_passes_a_right_and_condemns_a_wrong_one(name):
    if not check_peers.installed(name):
        pytest.skip(f"{name} is not installed")
    x = np.array([0.5, 1.0, 1.5])
    right = check_cases.Case("", True, lambda x: np.sum(np.sin(x)), lambda g, x: g * np.cos(x), (x,))
    wrong = check_cases.Case("", False, lambda x: np.sum(np.sin(x)), lambda g, x: -g * np.cos(x), (x,))

    words = [check_peers.verdict(name, case)[0] for case in (right, wrong)]

    if name.startswith("SciPy"):
        assert float(words[0]) < 1e-6 < 1.0 < float(words[1])
    else:
        assert [check_peers.PASSES, check_peers.CONDEMNS] == words


def test_the_network_s_backwards_are_right_and_wrong():
    rng = np.random.default_rng(0)
    sizes = (5, 4, 3, 2)
    pairs = [(rng.normal(size=(m, n)), rng.normal(size=n)) for m, n in zip(sizes, sizes[1:])]  # noqa: RUF007
    inputs = [a for pair in pairs for a in pair]
    rest = rng.normal(size=(7, 5)), rng.integers(0, 2, 7)

    true = [np.zeros(a.shape) for a in inputs]
    for i, a in enumerate(inputs):
        for place in np.ndindex(a.shape):
            moved = [b.copy() for b in inputs]
            moved[i][place] += 1e-6
            up = check_speed.network(*moved, *rest)
            moved[i][place] -= 2e-6
            true[i][place] = (up - check_speed.network(*moved, *rest)) / 2e-6

    for by_hand, wrong in [
        (check_speed.backward, []),
        (check_speed.without_a_tanh, [0, 1, 2, 3]),
        (check_speed.zeros_for_a_bias, [1]),
    ]:
        given = by_hand(1.0, *inputs, *rest)
        differs = [i for i, (d, t) in enumerate(zip(given, true)) if not np.allclose(d, t, rtol=1e-4, atol=1e-7)]
        assert wrong == differs


def test_smallest_errors_are_planted_as_they_say():
    for problem, made in check_smallest.PROBLEMS.items():
        small, none = made(1e-3), made(0.0)
        upstream = np.ones(np.shape(small.forward(*small.inputs)))

        ratios = [
            a / b
            for a, b in zip(
                check_peers.gradients(small, upstream, small.inputs), check_peers.gradients(none, upstream, none.inputs)
            )
        ]

        odd = sum([np.sum(np.abs(r - 1.0) > 1e-6) for r in ratios])
        np.testing.assert_allclose(1.001, max([np.max(r) for r in ratios]))
        assert odd == (1 if problem.startswith("one entry") else sum([r.size for r in ratios]))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--corpus", "closed"], "choose from"),
        (["--details", "all"], "choose from"),
        (["--json", "nowhere/figures.json"], "there is no folder nowhere"),
    ],
)
def test_command_line_says_what_is_wrong(words, message, capsys):
    with pytest.raises(SystemExit):
        check.arguments(words)

    assert message in capsys.readouterr().err


def test_without_a_choice_everything_is_run():
    options = check.arguments([])

    assert "both" == options.corpus
    assert all([getattr(options, part) for part in check.PARTS])


def test_details_show_what_failed_and_nothing_else(capsys):
    good, bad = row(name="a good one", text="..."), row(name="a bad one", named="sign", text="it said sign")

    check_tables.details([good, bad], Console(markup=False))

    shown = capsys.readouterr().out
    assert "a bad one [plain, dense, 1.00 s]: factor, named sign" in shown
    assert "it said sign" in shown
    assert "a good one" not in shown
