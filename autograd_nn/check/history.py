"""What the code keeps between calls: gradients that add up, caches of another call, random numbers.  Layer 8; knows pairs."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from .mutation import same
from .objects import Path, arrays, look
from .reference import Trial, common_dtype
from .report import Finding
from .running import GENERATORS, fresh, gradients_again, quiet
from .witness import along

__all__ = ["histories"]

AVERAGES = re.compile(r"running|moving|average|ema|codebook|sigma|^u$")  # kept on purpose: statistics, power iterations
RESETS = re.compile(r"^_?(zero|reset|clear)")
OTHER = 1.25  # the other inputs are these times the ones at hand: of the same signs, and in no simple relation


def histories(trial: Trial, doubtful: Sequence[int]) -> tuple[list[Finding], list[str]]:
    """(gradients that depend on what was called before, what is to be said although it is no mistake)."""
    found = repetition(trial)
    if found or trial.pair.maker.thing is None:
        return found or staleness(trial, doubtful), []
    found, remarks = carried(trial)
    if found or remarks:
        return found, remarks
    found, remarks = kept(trial, doubtful)
    adding = trial.pair.weights if remarks else ()
    found = found or max(staleness(trial, doubtful), left_over(trial, doubtful, adding), key=len)  # what explains more
    return found, remarks


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
    if random_numbers(trial, upstream):
        text = (
            "the backward draws random numbers, and the forward does not: two calls give two gradients, and with the same seed "
            "they agree. Take the numbers from the forward, in its cache"
        )
        return [Finding(", ".join([trial.name(k) for k in differ]), "contract", "", "certain", text)]
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


def random_numbers(trial: Trial, upstream: np.ndarray) -> bool:
    """Whether two runs agree when the global generators start from the same seed, and only then."""
    state, python = np.random.get_state(), random.getstate()  # noqa: NPY002  the generator that the user's code draws from
    runs = []
    try:
        for _ in range(2):
            np.random.seed(0)  # noqa: NPY002  as above
            random.seed(0)
            runs.append(gradients_again(trial.pair, trial.inputs, upstream))
    finally:
        np.random.set_state(state)  # noqa: NPY002  as above
        random.setstate(python)
    if None in runs:
        return False
    return all([same(a, b) for a, b in zip(*runs) if a is not None and b is not None])


def close(trial: Trial, k: int, x: Any, z: Any) -> bool:
    """Whether two gradients are the same to within rounding."""
    if np.shape(x) != np.shape(z):
        return False
    x, z = np.asarray(x, float), np.asarray(z, float)
    with np.errstate(invalid="ignore"):
        size = np.max(np.abs(x), initial=0.0, where=np.isfinite(x))
        slack = 2.0 * trial.reference.bounds[k] + 1e3 * trial.reference.roundoff * size
        return bool(np.all((np.abs(x - z) <= slack) | (np.isnan(x) & np.isnan(z)) | (x == z)))


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


# --- one object, called again and again


def calls(
    trial: Trial, session: Any, steps: Sequence[Sequence[Any]]
) -> list[tuple[np.ndarray, list[np.ndarray | None]]]:
    """(result, gradients) of a forward and a backward at each of these inputs, in one session; fewer where one raises."""
    found: list = []
    try:
        with quiet():
            for inputs in steps:
                y = np.array(session.forward(*fresh(inputs)))
                parts = session.backward(given_upstream(trial))
                found.append((y, [None if h is None else np.array(h) for h in parts]))
    except Exception:  # noqa: BLE001  nobody promised that an object can be used twice
        pass
    return found


def carried(trial: Trial) -> tuple[list[Finding], list[str]]:
    """A second forward of one object that gives another result: it starts from what the first left."""
    live, results = trial.pair.live(trial.pair.inputs), []
    before: dict = {}
    thing: Any = None
    try:
        with quiet():
            for _ in range(2):
                results.append(np.array(live.forward(*fresh(trial.inputs))))
                thing = live.copy.thing if live.copy else None
                before, now = (before or arrays(thing)), arrays(thing)
            second = live.backward(given_upstream(trial))
    except Exception:  # noqa: BLE001  as above
        return [], []
    if alike(*results):
        return [], []
    changed = [path[-1][1] for path, x in now.items() if path not in before or not same(x, before[path])]
    if random_held(thing) or any([isinstance(name, str) and AVERAGES.search(name) for name in changed]):
        return [], []
    text = "a second forward at the same inputs gives another result: it starts from what the first left in the object"
    differ = [
        trial.name(k)
        for k, (h, z) in enumerate(zip(trial.hand, second))
        if h is not None and z is not None and not close(trial, k, h, z)
    ]
    cleared = resetting(thing)
    if cleared or not differ:
        return [], [
            text + (f". Call {cleared} between calls that have nothing to do with each other" if cleared else "")
        ]
    text += ", and so does its gradient. Start anew in forward, or give the object a method reset"
    return [Finding(", ".join(differ), "state-not-reset", "", "certain", text)], []


def kept(trial: Trial, doubtful: Sequence[int]) -> tuple[list[Finding], list[str]]:
    """Gradients that are others when one object runs forward and backward again.

    Those of weights may be meant to add up, as in a training loop over parts of a batch: where they all do, it is only said.
    """
    session = trial.pair.live(trial.pair.inputs)
    runs = calls(trial, session, [trial.inputs])
    holders = containers(session)
    runs += calls(trial, session, [trial.inputs] * 2)
    if len(runs) < 3 or not alike(runs[0][0], runs[1][0]):
        return [], []
    first, second, third = [gradients for _, gradients in runs]
    shown = [
        k for k, i in enumerate(trial.pair.active) if trial.pair.rate(i) is None and comparable(first[k], second[k])
    ]
    differ = [k for k in shown if not close(trial, k, first[k], second[k])]
    weights = [k for k in shown if trial.pair.active[k] in trial.pair.weights]
    adding = [k for k in differ if k in weights and close(trial, k, 2.0 * np.asarray(first[k], float), second[k])]
    replaced = [trial.name(k) for k in weights if k not in differ and np.any(first[k])]
    if differ and differ == adding and not replaced and not rebuilt(holders, containers(session)):
        names, cleared = (
            ", ".join([trial.name(k) for k in adding]),
            resetting(session.copy.thing if session.copy else None),
        )
        what = f"call {cleared}" if cleared else "set them to zero"
        return [], [f"the gradients of {names} add up from call to call: {what} before each step"]
    texts = {k: growth(trial, k, second, third) for k in differ}
    if replaced and set(differ) == set(adding):
        texts = {k: f"{text}, as the gradient of {', '.join(replaced)} does" for k, text in texts.items()}
    sure = {k: text for k, text in texts.items() if k not in doubtful or grows(trial, k, first[k], second[k])}
    return [Finding(trial.name(k), "state-not-reset", "", "certain", text) for k, text in sure.items()], []


def grows(trial: Trial, k: int, first: Any, second: Any) -> bool:
    """Whether a second call adds the right gradient to what the first gave; else a wrong one may have other reasons."""
    return close(trial, k, np.asarray(second, float) - np.asarray(first, float), trial.reference.values[k])


def left_over(trial: Trial, doubtful: Sequence[int], adding: Sequence[int]) -> list[Finding]:
    """Gradients at other inputs that are not those which a new object gives; those of the inputs `adding` add up anyhow."""
    others = moved(trial)
    new = calls(trial, trial.pair.live(trial.pair.inputs), [others])
    used = calls(trial, trial.pair.live(trial.pair.inputs), [trial.inputs, others])
    if not new or len(used) < 2 or not alike(new[0][0], used[1][0]):
        return []
    text = "after a call at other inputs it is not the gradient of a new object: backward uses values of an earlier forward"
    return [
        Finding(trial.name(k), "stale-cache", "", "certain", text)
        for k, (i, h, z) in enumerate(zip(trial.pair.active, new[0][1], used[1][1]))
        if comparable(h, z)
        and k not in doubtful
        and i not in adding
        and trial.pair.rate(i) is None  # an optimiser's steps depend on earlier ones
        and not close(trial, k, h, z)
    ]


def comparable(h: np.ndarray | None, z: np.ndarray | None) -> bool:
    return h is not None and z is not None


def alike(y: np.ndarray, z: np.ndarray) -> bool:
    """Whether two results are those of the same computation."""
    return y.shape == z.shape and np.allclose(
        y, z, rtol=1e-9, atol=1e-12 * np.max(np.abs(y), initial=0.0), equal_nan=True
    )


def containers(session: Any) -> dict[Path, Any]:
    """Which dict or list the gradient of each weight stands in, where it stands in one."""
    paths = [w.gradient[:-1] for w in session.pair.maker.weights if w.gradient is not None]
    return {path: look(session.copy.thing, path) for path in paths if path} if session.copy else {}


def rebuilt(before: dict[Path, Any], now: dict[Path, Any]) -> bool:
    """Whether every backward makes a new dict for its gradients: then they are those of this call, and no sums."""
    kinds = dict | list | tuple
    return any([isinstance(x, kinds) and x is not now[path] and distinct(x, now[path]) for path, x in before.items()])


def distinct(before: Any, now: Any) -> bool:
    """Whether two containers have no array in common."""
    known = {id(x) for x in arrays(before).values() if isinstance(x, np.ndarray)}
    return not any([id(x) in known for x in arrays(now).values()])


def random_held(thing: Any, depth: int = 4) -> bool:
    """Whether an object holds a generator of random numbers."""
    if isinstance(thing, (*GENERATORS, random.Random)):
        return True
    parts = thing.values() if isinstance(thing, dict) else thing if isinstance(thing, list | tuple) else ()
    return depth > 0 and any([random_held(x, depth - 1) for x in (*parts, *getattr(thing, "__dict__", {}).values())])


def resetting(thing: Any) -> str:
    """The method of an object that is there to clear what it keeps, or ""."""
    return next((name for name in dir(thing) if RESETS.match(name) and callable(getattr(thing, name, None))), "")
