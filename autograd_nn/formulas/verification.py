"""Three independent answers to every hand-derived formula, and the verdict.  Layer 9; knows the transforms, no formula.

The hand-derived formula is evaluated as printed; automatic differentiation runs the forward on Tensors; the witness runs it on
plain arrays, by a complex step (exact to rounding) or by extrapolated central differences, and leans on nothing of ours.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..forward import jvp
from ..reverse import grad, vjp
from ..tensor import Tensor
from .formula import Formula
from .texts import catalogue

__all__ = ["Verdict", "agreement", "judge", "select", "verify"]

SEEDS = (0, 1, 2)
DIGITS = {"complex": 10.0, "differences": 6.0}  # what agreement is worth a "holds", by witness; see agreement()


@dataclass(frozen=True, slots=True, repr=False)
class Verdict:
    """What the machine found out about one formula.

    verdict       "holds", "fails as printed", or "engine disagrees" (automatic differentiation and the witness differ: our fault)
    digits        agreement of the hand-derived formula with the witness, in decimal digits of the largest entry; 0 to 16
    engine_digits the same for the automatic derivative; for a value, of the formula on Tensors with the formula on arrays
    diagnosis     for a formula that fails, what was seen
    as_expected   whether the verdict is the one on record
    """

    formula: Formula
    verdict: str
    digits: float
    engine_digits: float
    diagnosis: str

    @property
    def id(self) -> str:
        return self.formula.id

    @property
    def as_expected(self) -> bool:
        return self.verdict == self.formula.expected

    def __repr__(self) -> str:
        return f"{self.id}: {self.verdict}{f' ({self.diagnosis})' if self.diagnosis else ''}, {self.digits:.1f} digits"

    def to_json(self) -> dict[str, Any]:
        """The verdict as plain data."""
        return {
            "id": self.id,
            "text": self.formula.text,
            "equation": self.formula.equation,
            "statement": self.formula.statement,
            "latex": self.formula.latex,
            "shapes": self.formula.shapes,
            "verdict": self.verdict,
            "expected": self.formula.expected,
            "diagnosis": self.diagnosis,
            "digits": round(self.digits, 2),
            "engine_digits": round(self.engine_digits, 2),
        }


def verify(ids: Iterable[str] | None = None) -> list[Verdict]:
    """The verdicts on the formulas with these ids (default: all), in the order of the texts; under a second for all.

    Raises KeyError for an id that is not in the catalogue.

    >>> [verdict.verdict for verdict in formulas.verify(["allen-eq16", "allen-eq17"])]
    ['holds', 'fails as printed']
    """
    return [judge(formula) for formula in select(ids)]


def select(ids: Iterable[str] | None) -> list[Formula]:
    """The formulas with these ids (default: all), in the order of the texts."""
    formulas = catalogue()
    if ids is not None:
        wanted, known = [ids] if isinstance(ids, str) else list(ids), {f.id for f in formulas}
        if unknown := [i for i in wanted if i not in known]:
            raise KeyError(
                f"no formula has the id {', '.join(unknown)}; the catalogue holds {len(known)}, such as {formulas[0].id}. "
                "autograd_nn.formulas.catalogue() lists them."
            )
        formulas = [f for f in formulas if f.id in set(wanted)]
    return formulas


def judge(formula: Formula) -> Verdict:
    """The verdict on one formula: the worst of several samples."""
    digits, engine_digits, diagnosis = 16.0, 16.0, ""
    for seed in SEEDS:
        sample = formula.sample(np.random.default_rng(seed))
        hand = np.asarray(call(formula.hand, sample))
        expected = witness(formula, sample)
        agreed, seen = agreement(hand, expected)
        if agreed < digits:
            digits, diagnosis = agreed, seen
        truth = (
            hand if formula.claim == "value" else expected
        )  # of a value, the engine's answer is the formula on Tensors
        for answer in automatic(formula, sample):
            engine_digits = min(engine_digits, agreement(answer, truth)[0])
    enough = DIGITS[formula.witness]
    verdict = "engine disagrees" if engine_digits < enough else "holds" if digits >= enough else "fails as printed"
    return Verdict(formula, verdict, digits, engine_digits, diagnosis if digits < enough else "")


def call(function: Callable, sample: Mapping[str, Any]) -> Any:
    """`function` on the sampled quantities that it names."""
    return function(**{name: sample[name] for name in inspect.signature(function).parameters})


def automatic(formula: Formula, sample: Mapping[str, Any]) -> list[np.ndarray]:
    """The engine's answers: reverse mode, and forward mode where the claim is a Jacobian; for a value, the formula on Tensors."""
    if formula.claim == "value":
        y = call(formula.hand, {k: Tensor(v) if is_float_array(v) else v for k, v in sample.items()})
        return [y.data if isinstance(y, Tensor) else np.asarray(y)]
    wrt = str(formula.wrt)
    x = sample[wrt]

    def forward(x: Any) -> Any:
        return call(formula.forward, {**sample, wrt: x})

    if formula.claim == "gradient":
        return [np.asarray(formula.layout(grad(forward)(x)))]
    y, pull = vjp(forward, x)
    rows = np.array([pull(unit)[0].ravel() for unit in units(y.shape)])
    columns = np.array([jvp(forward, (x,), (unit,))[1].ravel() for unit in units(x.shape)]).T
    return [rows, columns]


def witness(formula: Formula, sample: Mapping[str, Any]) -> np.ndarray:
    """What the formula claims to equal, without the engine."""
    if formula.claim == "value":
        return np.asarray(call(formula.forward, sample))
    wrt = str(formula.wrt)
    x = sample[wrt]

    def moved(step: np.ndarray) -> np.ndarray:
        return np.asarray(call(formula.forward, {**sample, wrt: x + step}))

    def slope(unit: np.ndarray) -> np.ndarray:
        if formula.witness == "complex":
            return moved(1e-100j * unit).imag / 1e-100
        h = 1e-3
        coarse = (moved(h * unit) - moved(-h * unit)) / (2 * h)
        return (4.0 * (moved(h / 2 * unit) - moved(-h / 2 * unit)) / h - coarse) / 3.0

    slopes = [slope(unit) for unit in units(x.shape)]
    if formula.claim == "jacobian":
        return np.array([s.ravel() for s in slopes]).T
    return np.asarray(formula.layout(np.reshape(slopes, x.shape)))


def units(shape: tuple[int, ...]) -> Iterator[np.ndarray]:
    """The unit arrays of a shape, in row-major order."""
    for k in range(math.prod(shape)):
        unit = np.zeros(shape)
        unit.flat[k] = 1.0
        yield unit


def is_float_array(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def agreement(answer: np.ndarray, expected: np.ndarray) -> tuple[float, str]:
    """(decimal digits to which the answer agrees with what is expected, what was seen): 0 for a wrong shape, 16 at most.

    Digits count from the largest expected entry: an error of 1e-12 beside entries of size 1 is 12 digits.
    """
    if answer.shape != expected.shape:
        return (
            0.0,
            f"has shape {answer.shape}, the derivative {expected.shape}"
            if answer.size
            else "the shapes do not conform",
        )
    if not expected.size:
        return 16.0, ""
    error, scale = float(np.max(np.abs(answer - expected))), float(np.max(np.abs(expected)))
    if not math.isfinite(error):
        return 0.0, "is not finite"
    if error == 0.0:
        return 16.0, ""
    worst = np.unravel_index(int(np.argmax(np.abs(answer - expected))), answer.shape)
    where = f" in entry {tuple(map(int, worst))}" if worst else ""
    seen = f"{answer[worst]:.6g} instead of {expected[worst]:.6g}{where}"
    return min(16.0, max(0.0, -math.log10(error / scale))) if scale else 0.0, seen
