"""`check_backward`: a hand-written backward against its forward, with a verdict and a cause.  Layer 8."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..differences import slope
from ..node import Node
from .comparison import bound_of, compare, unit
from .explanations import Wrong, explain
from .pairs import ContractError, Pair, name_of, pair_of
from .recording import Recording
from .report import Finding, Report, Verdict

__all__ = ["check_backward"]


def check_backward(forward: Callable, backward: Callable | None, *inputs: Any, upstream: Any = None, style: str = "auto") -> Report:
    pair = pair_of(forward, backward, inputs, style)
    subject = name_of(backward if backward is not None else forward)
    recording = Recording(pair.value, inputs, pair.active)
    y = np.asarray(recording.results[0].data if isinstance(recording.results[0], Node) else recording.results[0])
    v = upstream_for(y, upstream, pair)
    exact = recording.sweep([v])
    try:
        hand = pair.gradients(inputs, v.astype(np.asarray(inputs[pair.active[0]]).dtype))
    except ContractError as error:
        return Report(subject, "wrong", (), (Finding("", "contract", "", "certain", str(error)),), ())
    u = max([unit(np.asarray(h).dtype) for h in hand] + [unit(np.asarray(inputs[i]).dtype) for i in pair.active])
    spread = recording.spread([v], exact)
    arguments, findings = [], []
    sizes = sizes_of(inputs, y, pair)
    for k, (i, h, r, s) in enumerate(zip(pair.active, hand, exact, spread)):
        bound = bound_of(r, s, u)
        arguments.append(compare(pair.names[i], h, r, bound))
        if arguments[-1].verdict != "right":
            wrong = Wrong(pair.names[i], k, np.asarray(h, float), r, bound)
            findings.append(explain(wrong, recording, [v], sizes))
    verdicts = [a.verdict for a in arguments]
    verdict: Verdict = "wrong" if "wrong" in verdicts else "cannot tell" if "cannot tell" in verdicts else "right"
    return Report(subject, verdict, tuple(arguments), tuple(findings), ())


def upstream_for(y: np.ndarray, given: Any, pair: Pair) -> np.ndarray:
    if given is not None:
        return np.asarray(given, float)
    if pair.style in ("loss", "gradient"):
        return np.ones(y.shape)
    return np.random.default_rng(1).normal(size=y.shape)


def sizes_of(inputs: Sequence[Any], y: np.ndarray, pair: Pair) -> dict[str, float]:
    """The numbers that a factor may come from."""
    found: dict[str, float] = {}
    for name, x in zip(pair.names, inputs):
        if np.ndim(x):
            found |= {f"{name}.shape[{k}]": float(n) for k, n in enumerate(np.shape(x))}
            found[f"{name}.size"] = float(np.size(x))
        elif isinstance(x, int | float):
            found[name] = float(x)
    found |= {f"the result's shape[{k}]": float(n) for k, n in enumerate(y.shape)}
    return found
