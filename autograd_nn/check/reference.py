"""The right gradients of a pair, with a bound for every entry and a witness.  Layer 8; knows pairs and recordings."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .black_box import gradients
from .comparison import bound_of, unit
from .contracts import ContractError
from .live import Pair, joined
from .recording import Recording
from .witness import Opinion, along

__all__ = ["Reference", "Trial", "common_dtype", "recorded", "reference_of", "trial_at", "trial_of", "upstream_for"]


@dataclass(frozen=True, slots=True)
class Reference:
    """The right gradients, with bounds of the error that a correct backward may have.

    recording   of the forward, or None where only the witness could tell
    witness     who confirmed it: "complex step", "differences", or "" for nobody
    roundoff    the unit roundoff of the coarsest format that the gradient by hand went through
    """

    values: list[np.ndarray]
    bounds: list[np.ndarray]
    recording: Recording | None
    witness: str
    roundoff: float


@dataclass(frozen=True, slots=True)
class Trial:
    """A pair at one point: what went in, what the backward gave for every active input (None: nothing), what is right.

    sizes   the numbers that a factor may come from, by what they are: axis sizes and scalars
    """

    pair: Pair
    inputs: tuple
    upstream: np.ndarray
    hand: list[np.ndarray | None]
    reference: Reference
    sizes: dict[str, float]

    def name(self, k: int) -> str:
        """The name of the active input k."""
        return self.pair.names[self.pair.active[k]]


def trial_at(pair: Pair, inputs: Sequence[Any], upstream: Any = None) -> Trial | None:
    """The trial of a pair at some inputs, or None where nobody knows what is right; what the user's code raises passes."""
    y = np.asarray(pair.value(*inputs))
    v = upstream_for(y, upstream, pair)
    return trial_of(pair, inputs, y, v, pair.gradients(inputs, v.astype(common_dtype(inputs, pair))))


def trial_of(
    pair: Pair, inputs: Sequence[Any], y: np.ndarray, v: np.ndarray, hand: list[np.ndarray | None]
) -> Trial | None:
    """The trial of what forward and backward gave, or None as above."""
    reference = reference_of(pair, inputs, v, hand)
    if reference is None:
        return None
    bounds = [bound + blur for bound, blur in zip(reference.bounds, pair.blur)]
    return Trial(pair, tuple(inputs), v, hand, replace(reference, bounds=bounds), sizes_of(inputs, y, pair))


def reference_of(
    pair: Pair, inputs: Sequence[Any], v: np.ndarray, hand: Sequence[np.ndarray | None]
) -> Reference | None:
    """Reverse mode over the recorded forward where the witness confirms it; else the witness, entry by entry."""
    u = max([unit(h.dtype) for h in hand if h is not None] + [unit(common_dtype(inputs, pair))])
    recording = recorded(pair, inputs)
    if recording is not None:
        exact = recording.sweep([v])
        bounds = [bound_of(r, s, u) for r, s in zip(exact, recording.spread([v], exact))]
        opinion = confirmed(pair, inputs, v, exact, bounds, any([n.op.kink for n in recording.order]))
        if opinion.how != "differences":
            return Reference(exact, bounds, recording, {"silent": ""}.get(opinion.how, opinion.how), u)
    found = gradients(pair.value, inputs, pair.active, v)
    if found is None:
        return None
    values, errors = found
    return Reference(values, [bound_of(r, np.abs(r), u) + e for r, e in zip(values, errors)], None, "differences", u)


def recorded(pair: Pair, inputs: Sequence[Any]) -> Recording | None:
    """The recording of the forward, or None where it cannot run on Tensors or loses them on the way."""
    for f in (pair, rewritten(pair)):
        if f is None:
            break
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a DetachedWarning: the witness will see what it cut off
                recording = Recording(f.value, inputs, pair.active)
        except Exception:  # noqa: BLE001  code that fills arrays, or that needs plain ones: it is rewritten, or left to the witness
            continue
        if len(recording.outputs) == 1 and recording.results[0] is recording.outputs[0]:
            return recording
    return None


def rewritten(pair: Pair) -> Pair | None:
    """The pair with a forward that makes new values where it filled arrays."""
    maker = pair.maker.filling()
    return None if maker is None else replace(pair, maker=maker)


def common_dtype(inputs: Sequence[Any], pair: Pair) -> np.dtype:
    """The dtype of all active inputs together, or float64 where they are whole numbers."""
    found = np.result_type(*[np.asarray(inputs[i]).dtype for i in pair.active])
    return found if found.kind == "f" else np.dtype(float)


def upstream_for(y: np.ndarray, given: Any, pair: Pair) -> np.ndarray:
    """The cotangent of the result: what is given, 1 for a loss, else random numbers of both signs."""
    if given is not None:
        return checked(joined(given), y)
    if not pair.takes_upstream:
        return np.ones(y.shape)
    return np.asarray(np.random.default_rng(1).normal(size=y.shape))


def checked(given: Any, y: np.ndarray) -> np.ndarray:
    """The upstream that was passed, as floats; ContractError where it does not belong to the result."""
    try:
        v = np.asarray(given, float)
    except (TypeError, ValueError):
        raise ContractError(
            f"upstream is {given!r:.60}; expected numbers in the shape {y.shape} of the result. Pass these.",
            wrong=False,
        ) from None
    if v.shape != y.shape:
        raise ContractError(
            f"upstream has shape {v.shape}, and the result of the forward has {y.shape}; they must agree. Pass one so.",
            wrong=False,
        )
    if not np.all(np.isfinite(v)):
        raise ContractError(
            f"upstream has {np.count_nonzero(~np.isfinite(v))} entries that are infinite or not a number; expected finite ones. "
            "Pass such, or leave it out.",
            wrong=False,
        )
    return v


def confirmed(
    pair: Pair,
    inputs: Sequence[Any],
    v: np.ndarray,
    exact: Sequence[np.ndarray],
    bounds: Sequence[np.ndarray],
    kinks: bool,
) -> Opinion:
    """What the witness says about the reference along a random direction; `value` becomes the distance from the reference."""
    rng = np.random.default_rng(2)
    direction = [rng.integers(0, 2, r.shape) * 2.0 - 1.0 for r in exact]
    expected = sum([float(np.sum(r * d)) for r, d in zip(exact, direction)])
    tolerance = sum([float(np.sum(b)) for b in bounds]) + 1e-12 * abs(expected)
    opinion = along(pair.value, inputs, pair.active, direction, v, expected, tolerance, kinks)
    apart = abs(opinion.value - expected)
    if opinion.how == "differences" and apart <= 10.0 * opinion.error + tolerance:
        return Opinion("agreeing differences", apart, opinion.error)
    return Opinion(opinion.how, apart, opinion.error)


def sizes_of(inputs: Sequence[Any], y: np.ndarray, pair: Pair) -> dict[str, float]:
    """The numbers that a factor may come from."""
    found: dict[str, float] = {}
    for name, x in zip(pair.names, inputs):
        if np.ndim(x):
            found |= {f"{name}.shape[{k}]": float(n) for k, n in enumerate(np.shape(x))}
            found[f"{name}.size"] = float(np.size(x))
        elif isinstance(x, int | float):
            found[name] = float(x)
    return found | {f"the result's shape[{k}]": float(n) for k, n in enumerate(y.shape)}
