"""The same check at inputs that the caller's functions make.  Layer 8; knows pairs and trials."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import user_line
from .contracts import ContractError
from .live import Pair
from .reference import Trial, trial_at
from .report import Finding
from .running import fresh, quiet
from .shapes import raised

__all__ = ["Factory", "drawn", "trials_at"]

Factory = Callable[[np.random.Generator], Any]
DRAWS = 2  # of every factory: it may draw sizes as well


def drawn(factories: Factory | Sequence[Factory] | None) -> list[tuple]:
    """The inputs that the factories make; ContractError where one of them does not."""
    found = []
    for make in [] if factories is None else [factories] if callable(factories) else factories:
        if not callable(make):
            raise ContractError(
                f"factories holds {make!r:.60}, at {user_line()}; expected functions that take a NumPy generator and return a "
                "tuple of inputs. Pass lambda rng: (rng.normal(size=(7, 3)), ...).",
                wrong=False,
            )
        for seed in range(DRAWS):
            try:
                given = make(np.random.default_rng(seed))
            except Exception as error:  # the factory is the user's code
                raise ContractError(
                    f"a factory of inputs raised {type(error).__name__}: {error}; expected a tuple of inputs from "
                    "factory(rng), where rng is a NumPy generator. Call it alone to see why.",
                    wrong=False,
                ) from error
            found.append(tuple(given) if isinstance(given, tuple | list) else (given,))
    return found


def trials_at(further: Sequence[tuple], pair_at: Callable[[tuple], Pair]) -> list[tuple[str, Trial | Finding | str]]:
    """For each tuple of inputs what is special about it, for a sentence, and its trial.

    pair_at   makes the pair anew: shapes, containers and weights may be others
    Instead of a trial a Finding where the backward raises or returns what does not fit, and a sentence where nothing is known.
    """
    found: list[tuple[str, Trial | Finding | str]] = []
    for inputs in further:
        what, stage = f"at {described(inputs)}", "forward"
        trial: Trial | Finding | str | None
        try:
            with quiet():
                pair = pair_at(inputs)
                pair.value(*fresh(pair.inputs))
                stage = "backward"
                what = f"at {described(pair.inputs, pair.names)}"
                trial = trial_at(pair, pair.inputs)
        except ContractError as error:
            text = f"{error} This is so {what}, which a factory made"
            trial = Finding(error.argument, error.kind, "", "certain", text) if error.wrong else text
        except Exception as error:  # noqa: BLE001  the user's code may raise anything
            verdict, finding = raised(error, stage)
            text = f"{finding.message}. This is so {what}, which a factory made"
            trial = Finding("", finding.kind, finding.site, "certain", text) if verdict == "wrong" else text
        found.append((what, f"inputs that a factory made, {what}: no reference there" if trial is None else trial))
    return found


def described(inputs: Sequence[Any], names: Sequence[str] = ()) -> str:
    """The shapes of arrays: x (7, 3), W (3, 2)."""
    called = [*names, *[f"input {k}" for k in range(len(names), len(inputs))]]
    shapes = [f"{name} {np.shape(x)}" for name, x in zip(called, inputs) if isinstance(x, np.ndarray) and np.ndim(x)]
    return ", ".join(shapes) or "other numbers"
