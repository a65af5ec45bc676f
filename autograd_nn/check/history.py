"""What the code keeps between calls: gradients that add up, caches of another call, random numbers.  Layer 8; knows pairs."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .comparison import unit
from .live import Pair
from .mutation import same
from .reference import Trial, common_dtype
from .report import Finding
from .running import fresh, gradients_again, quiet
from .witness import along

__all__ = ["histories", "unrepeatable"]

OTHER = 1.25  # the other inputs are these times the ones at hand: of the same signs, and in no simple relation


def histories(trial: Trial, doubtful: Sequence[int]) -> list[Finding]:
    """Gradients that depend on what was called before."""
    found = repetition(trial)
    return found or [*twice(trial), *staleness(trial, doubtful)]


def given_upstream(trial: Trial) -> np.ndarray:
    """The upstream as the backward got it."""
    return trial.upstream.astype(common_dtype(trial.inputs, trial.pair))


def repetition(trial: Trial) -> list[Finding]:
    """Gradients that are others when forward and backward are run again."""
    upstream = given_upstream(trial)
    second = gradients_again(trial.pair, trial.inputs, upstream)
    if second is None:
        return []
    differ = [
        k
        for k, (h, z) in enumerate(zip(trial.hand, second))
        if h is not None and z is not None and not close(trial, k, h, z)
    ]
    if not differ:
        return []
    if draws(lambda: gradients_again(trial.pair, trial.inputs, upstream)):
        return [Finding("", "contract", "", "cannot tell", f"it {DRAWS}")]
    third = gradients_again(trial.pair, trial.inputs, upstream)
    return [Finding(trial.name(k), "state-not-reset", "", "certain", growth(trial, k, second, third)) for k in differ]


def growth(trial: Trial, k: int, second: Sequence[Any], third: Sequence[Any] | None) -> str:
    """How the gradient changes from call to call, in words."""
    first = np.asarray(trial.hand[k], float)
    step = np.asarray(second[k], float) - first
    if close(trial, k, step, first):
        return "the second call gives twice the gradient: it is added to what the first left. Start from zeros"
    right = trial.reference.values[k]
    if close(trial, k, step, right):
        return "every call adds the gradient to what the call before left. Start from zeros"
    kept = float(np.vdot(first, np.asarray(second[k]) - right) / max(float(np.vdot(first, first)), 1e-300))
    if kept and close(trial, k, right + kept * first, np.asarray(second[k], float)):
        return f"the second call adds {kept:.6g} times the gradient of the first: something is kept between calls"
    if (
        third is not None
        and third[k] is not None
        and close(trial, k, np.asarray(third[k], float) - np.asarray(second[k]), step)
    ):
        return "every call adds the same to it: something is kept between calls and never reset"
    return "the second call gives another gradient with the same arguments: something is kept between calls"


DRAWS = (
    "draws random numbers: two calls give two results, and with the same seed they agree. Pass the mask, or a seeded "
    "np.random.default_rng, as an input"
)


def unrepeatable(pair: Pair, inputs: Sequence[Any], y: np.ndarray) -> Finding | None:
    """What is said of a forward whose result is another one when it is called again: no derivative can be told from it."""

    def run() -> list[np.ndarray]:
        return [np.asarray(pair.value(*fresh(inputs)))]

    with quiet():
        (again,) = run()
        size = float(np.max(np.abs(y), initial=0.0, where=np.isfinite(y)))
        slack = 1e3 * unit(y.dtype) * size  # threads may add up in another order
        if y.shape == again.shape and (same(y, again) or np.allclose(y, again, 0.0, slack, equal_nan=True)):
            return None
        seeded = draws(run)
    text = f"the forward {DRAWS}"
    if not seeded:
        text = (
            "the forward gives another result when it is called again with the same inputs: it depends on something that changes "
            "between calls, such as a counter, a global variable or a random generator of its own. Pass that as an input"
        )
    return Finding("", "contract", "", "cannot tell", text)


def draws(run: Callable[[], Sequence[Any] | None]) -> bool:
    """Whether two runs agree when the global generators start from the same seed."""
    state, python = np.random.get_state(), random.getstate()  # noqa: NPY002  the generator that the user's code draws from
    runs = []
    try:
        for _ in range(2):
            np.random.seed(0)  # noqa: NPY002  as above
            random.seed(0)
            runs.append(run())
    finally:
        np.random.set_state(state)  # noqa: NPY002  as above
        random.setstate(python)
    first, second = runs
    if first is None or second is None:
        return False
    return all([same(a, b) for a, b in zip(first, second) if a is not None and b is not None])


def close(trial: Trial, k: int, x: Any, z: Any) -> bool:
    """Whether two gradients are the same to within rounding."""
    if np.shape(x) != np.shape(z):
        return False
    x, z = np.asarray(x, float), np.asarray(z, float)
    with np.errstate(invalid="ignore"):
        size = np.max(np.abs(x), initial=0.0, where=np.isfinite(x))
        slack = 2.0 * trial.reference.bounds[k] + 1e3 * trial.reference.roundoff * size
        return bool(np.all((np.abs(x - z) <= slack) | (np.isnan(x) & np.isnan(z)) | (x == z)))


def twice(trial: Trial) -> list[Finding]:
    """Gradients that double when backward alone is run again."""
    session = trial.pair.live(trial.pair.inputs)
    first, second = session_run(trial, session, [trial.inputs], 2)
    if first is None or second is None:
        return []
    text = "a second backward gives twice the gradient: it is added to what the first left. Start from zeros"
    return [
        Finding(trial.name(k), "state-not-reset", "", "certain", text)
        for k, (h, z) in enumerate(zip(first, second))
        if trial.pair.active[k] not in trial.pair.weights  # those of weights may be meant to add up
        and h is not None
        and z is not None
        and np.any(h)
        and np.all(np.isfinite(h))
        and close(trial, k, 2.0 * h, z)
        and not close(trial, k, h, z)  # in low precision all may be close
    ]


def session_run(trial: Trial, session: Any, forwards: Sequence[Sequence[Any]], backwards: int) -> list:
    """The gradients of so many backwards after these forwards, in one session; None for those that raise."""
    found: list = []
    try:
        with quiet():
            for inputs in forwards:
                session.forward(*fresh(inputs))
            for _ in range(backwards):
                parts = session.backward(given_upstream(trial))
                found.append([None if h is None else np.array(h) for h in parts])
    except Exception:  # noqa: BLE001  a cache that is used up, say: nobody promised a second backward
        pass
    return found + [None] * (backwards - len(found))


def staleness(trial: Trial, doubtful: Sequence[int]) -> list[Finding]:
    """Gradients at other inputs that are those at the first inputs, although they are right there."""
    others = moved(trial)
    session = trial.pair.live(trial.pair.inputs)
    session_run(trial, session, [trial.inputs], 1)
    after = session_run(trial, session, [others], 1)[0]
    between = session_run(trial, trial.pair.live(trial.pair.inputs), [trial.inputs, others], 1)[0]
    for given, what in ((after, "of the call before"), (between, "of the first of two forwards")):
        old = [k for k in repeated(trial, given) if k not in doubtful and not derivative(trial, k, others)]
        if old:
            text = f"at other inputs it is still the gradient at the inputs {what}: backward uses values of an earlier forward"
            return [Finding(trial.name(k), "stale-cache", "", "certain", text) for k in old]
    return []


def repeated(trial: Trial, given: Sequence[Any] | None) -> list[int]:
    """The gradients that are, to the last digit, those at the inputs of the trial."""
    pairs = enumerate(zip(trial.hand, given or []))
    return [k for k, (h, z) in pairs if h is not None and z is not None and np.any(h) and same(h, z)]


def derivative(trial: Trial, k: int, inputs: Sequence[Any]) -> bool:
    """Whether the gradient by hand is, along a random direction, the derivative at other inputs too."""
    h, i = np.asarray(trial.hand[k], float), trial.pair.active[k]
    direction = np.random.default_rng(4).choice([-1.0, 1.0], h.shape)
    expected, size = float(np.sum(h * direction)), float(np.sum(np.abs(h)))
    opinion = along(trial.pair.value, inputs, [i], [direction], trial.upstream, expected, 1e-6 * size)
    return opinion.how == "silent" or abs(opinion.value - expected) <= 10.0 * opinion.error + 1e-6 * size


def moved(trial: Trial) -> list:
    """Other inputs of the same shapes: every float is multiplied."""
    inputs = list(trial.inputs)
    for i in trial.pair.active:
        inputs[i] = (
            (np.asarray(inputs[i]) * np.asarray(inputs[i]).dtype.type(OTHER))
            if np.ndim(inputs[i])
            else inputs[i] * OTHER
        )
    return inputs
