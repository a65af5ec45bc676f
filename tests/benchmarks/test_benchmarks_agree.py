"""Every workload of every installed adapter, once and at tiny size: all compute the same numbers.  Takes no time."""

from dataclasses import replace

import adapters
import catalogue
import numpy as np
import pytest
import race
import run

# other libraries may warn while they are imported
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

COMPUTED = [w for w in catalogue.WORKLOADS if w.kind != "import"]


class Fake:
    """A contender that says how long it takes: one amount per round."""

    def __init__(self, *amounts):
        self.amounts = list(amounts)

    def stages(self):
        return {"step": self.amounts.pop(0)}


@pytest.mark.parametrize("workload", COMPUTED, ids=lambda w: w.name)
def test_libraries_agree(workload):
    contenders = catalogue.contenders(workload, tiny=True)

    compared = race.agree(workload, contenders)

    assert "autograd_nn" in contenders
    assert compared >= 2


@pytest.mark.parametrize("workload", catalogue.WORKLOADS, ids=lambda w: w.name)
def test_budgets_name_rows_of_the_table(workload):
    libraries = {a.library for a in adapters.ADAPTERS} | {catalogue.NUMPY}

    for budget in workload.budgets:
        assert budget.library.removesuffix(" nn + SGD") in libraries
        assert budget.against is None or budget.against in libraries


@pytest.mark.parametrize(
    ("loss", "gradient", "message"),
    [
        (1.0, [2.0, 3.1], r"mlp: gradient 0 of second is 3.1 at \(1,\), that of first 3; 1 of 2 entries differ"),
        (1.1, [2.0, 3.0], r"mlp: the loss of second is 1.1 at \(\), that of first 1; 1 of 1"),
        (1.0, [2.0, np.nan], r"mlp: gradient 0 of second is nan at \(1,\)"),
        (1.0, [2.0], r"mlp: gradient 0 of second has shape \(1,\), that of first \(2,\)"),
    ],
)
def test_other_numbers_are_not_timed(loss, gradient, message):
    first = lambda: (1.0, [np.array([2.0, 3.0])])
    second = lambda: (loss, [np.array(gradient)])

    with pytest.raises(race.DisagreementError, match=message):
        race.agree(catalogue.ALL["mlp"], {"first": first, "second": second})


def test_gradients_of_zero_show_nothing():
    nothing = lambda: (1.0, [np.zeros(2)])

    with pytest.raises(race.DisagreementError, match="all zero"):
        race.agree(catalogue.ALL["mlp"], {"first": nothing, "second": nothing})


def test_ratios_are_medians_of_ratios_round_by_round():
    workload = replace(catalogue.ALL["mlp"], budgets=(race.Budget(1.6, "hand NumPy"),))

    rows = race.race(workload, {"hand NumPy": Fake(1.0, 9.0, 2.0), "autograd_nn": Fake(1.5, 9.0, 4.0)}, rounds=3)

    hand, ours = rows
    assert (2e6, 4e6) == (hand["median"], ours["median"])
    assert ours["ratio"] == 1.5
    assert ours["budgets"] == [
        {"text": "<= 1.6 of hand NumPy", "limit": 1.6, "against": "hand NumPy", "cost": 1.5, "met": True}
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--only", "mpl"], "no workload's name starts with 'mpl'. There are: moons, gpt, tensor-0d"),
        (["--only", "moons", "--suite", "import"], "no workload of moons is in the suite import"),
        (["--rounds", "0"], "--rounds is 0; expected 1 or more"),
        (["--json", "nowhere/rows.json"], "there is no folder nowhere"),
        (["--suite", "eagre"], "choose from"),
    ],
)
def test_command_line_says_what_is_wrong(words, message, capsys):
    with pytest.raises(SystemExit):
        run.arguments(words)

    assert message in capsys.readouterr().err


def test_list_names_every_workload(capsys):
    run.main(["--list"])

    shown = capsys.readouterr().out
    assert all(name in shown for name in catalogue.ALL)
