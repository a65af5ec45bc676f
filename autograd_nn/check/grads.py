"""`check_grads`: the automatic derivatives of a function, with its own operations.  Layer 8; knows transforms, not which ops."""

from __future__ import annotations

import linecache
import os
import traceback
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..errors import ConstantWarning, DetachedWarning, RuleError, user_line
from ..extend import check_rules
from ..forward import jvp
from ..reverse import grad
from ..value import Value
from .comparison import compare
from .op_rules import Call, calls_of, wrong_rule, wrong_second
from .pairs import name_of
from .problem import Mode, Problem, nodes_of, plain, slope_of
from .recording import Recording
from .report import Argument, Finding, Report
from .shapes import raised
from .witness import along, one_sided

__all__ = ["check_grads"]

ENTRIES = (16, 4)  # of an argument that are compared one by one: at order 1, and above it
DIRECTIONS = 2  # over all entries
PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LOOSE = 1e-9  # of the sum of absolute contributions along a direction: its rounding


def check_grads(f: Callable, *xs: Any, order: int = 2, modes: Sequence[Mode] = ("reverse", "forward")) -> Report:
    """Whether the automatic derivatives of f are right at a point: of operations, of rules of one's own, of nested transforms.

    f         function of numbers, arrays, Tensors, Values, or containers of them, to one or a container of such
    xs        the point. Floats and arrays of floats are differentiated, the rest (labels, sizes) is passed as it is
    order     up to which derivative: 2 checks the gradient and the derivative of the gradient
    modes     "reverse" (vjp), "forward" (jvp); above order 1 in every combination
    returns   a Report with one comparison for each argument, mode and order; "reverse over forward" is the gradient of a
              directional derivative. Where a rule is wrong, a finding names the operation and its line
    The witness knows no rule: a complex step of f where it agrees, else differences of f, and above order 1 differences of the
    derivative below, which is then known to be right. Of large arguments some entries and some directions over all of them are
    compared. Where the derivative jumps, every value between the one-sided ones is right.
    Raises ValueError for another order or mode.
    Source: Squire & Trapp 1998 (complex step); Ridders 1982 (differences).

    >>> print(check_grads(lambda x: np.tanh(x) * x, np.array([0.5, -1.0])))
    <lambda>: right
      x, reverse               right: ...
      x, forward               right: ...
      x, reverse over reverse  right: ...
    ...
    """
    check_options(order, modes)
    called = name_of(f)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            problem = Problem(f, xs)
            if not problem.active:
                text = f"no argument of {called} is a float or an array of floats; expected something to differentiate by. "
                return Report(called, "wrong", (), (Finding("", "contract", "", "certain", text + "Pass floats."),), ())
            return judged(problem, called, order, tuple(modes))
    except RuleError as error:
        return Report(called, "wrong", (), (refused(error),), ())
    except Exception as error:  # noqa: BLE001  the user's code may raise anything: that is a finding, not a crash of the checker
        return Report(called, "cannot tell", (), (raised(error, "forward")[1],), ())


def check_options(order: Any, modes: Any) -> None:
    if not isinstance(order, int) or order < 1:
        raise ValueError(
            f"check_grads got order={order!r}, at {user_line()}. It expects 1, 2, ...: up to which derivative to check."
        )
    if isinstance(modes, str) or not modes or not set(modes) <= {"reverse", "forward"}:
        raise ValueError(
            f"check_grads got modes={modes!r}, at {user_line()}. It expects some of 'reverse' and 'forward'. Write "
            "modes=('reverse',)."
        )


@dataclass(frozen=True, slots=True)
class Level:
    """A derivative of the problem, as a function of its numbers: what the next order differentiates.

    how       the modes that made it, the outermost first
    number    on plain arrays, for the witness;  recorded: on nodes
    """

    how: tuple[str, ...]
    number: Callable
    recorded: Callable


def judged(problem: Problem, called: str, order: int, modes: tuple[Mode, ...]) -> Report:
    """All comparisons, order by order; above a wrong one nothing is compared."""
    rng = np.random.default_rng(7)
    levels = [Level((), problem.number, problem.recorded)]
    arguments: list[Argument] = []
    findings: list[Finding] = []
    notes: list[str] = []
    for k in range(1, order + 1):
        for i, name in enumerate(problem.names):
            found, kinks, silent = compared(problem, levels, modes, i, name, rng, ENTRIES[min(k, 2) - 1])
            arguments += found
            findings += kinks
            notes += silent
        wrong = [a for a in arguments if a.verdict == "wrong"]
        if wrong:
            findings = [*causes(problem, wrong[0].name.partition(",")[0], k), *findings]
            notes += (
                [f"derivatives above order {k}: they are looked at once those of order {k} are right"]
                if k < order
                else []
            )
            break
        direction = [rng.normal(size=x.shape) for x in problem.leaves]
        levels = [deeper(problem, level, mode, direction) for mode in modes for level in levels]
    verdict: Any = "right"
    for worse in ("cannot tell", "wrong"):
        verdict = worse if any([a.verdict == worse for a in arguments]) else verdict
    return Report(called, verdict, tuple(arguments), tuple(findings), tuple(notes))


def deeper(problem: Problem, level: Level, mode: Mode, direction: list[np.ndarray]) -> Level:
    """The directional derivative of a level, computed in one mode."""

    def recorded(*leaves: Any) -> Any:
        return slope_of(level.recorded, mode, leaves, direction)

    def number(*leaves: Any) -> Any:
        if any([np.iscomplexobj(x) for x in leaves]):
            raise TypeError("derivatives are taken at real numbers")
        return np.asarray(plain(recorded(*nodes_of(problem, leaves))))

    return Level((mode, *level.how), number, recorded)


def compared(
    problem: Problem,
    levels: list[Level],
    modes: tuple[Mode, ...],
    i: int,
    name: str,
    rng: np.random.Generator,
    count: int,
) -> tuple[list[Argument], list[Finding], list[str]]:
    """(a comparison for each way to the derivative by leaf i, kinks, what nobody could tell)."""
    x = problem.leaves[i]
    places = [tuple(map(int, np.unravel_index(k, x.shape))) for k in rng.permutation(x.size)[:count]]
    directions = [unit_at(x.shape, place) for place in places]
    directions += [rng.normal(size=x.shape) for _ in range(DIRECTIONS)] if x.size > 1 else []
    ways = [(mode, level) for level in levels for mode in modes]
    mine = np.array([derivatives(problem, level, mode, i, directions) for mode, level in ways])
    truth, bound = np.full(len(directions), np.nan), np.full(len(directions), np.inf)
    kinks: list[tuple] = []
    for k, direction in enumerate(directions):
        size = float(np.sum(np.abs(direction) * rough(mine[0], places, x.shape)))
        opinion = along(
            levels[0].number, problem.leaves, [i], [direction], np.ones(()), float(mine[0][k]), 1e-11 * size
        )
        if opinion.how != "silent":
            truth[k], bound[k] = opinion.value, 10.0 * opinion.error + LOOSE * max(size, abs(opinion.value))
        elif k < len(places) and not levels[0].how:
            sides = one_sided(levels[0].number, problem.leaves, i, places[k], np.ones(()))
            if sides is not None and abs(sides[1] - sides[0]) > 1e-4 * max(map(abs, sides)):
                low, high = min(sides), max(sides)
                truth[k], bound[k] = (low + high) / 2.0, (high - low) * (0.5 + 1e-4)
                kinks.append((places[k], low, high))
    found = [
        verdict(f"{name}, {' over '.join((mode, *level.how))}", x.shape, places, row, truth, bound)
        for (mode, level), row in zip(ways, mine)
    ]
    silent = int(np.sum(~np.isfinite(bound[: len(places)])))
    notes = [
        f"{silent} of {len(places)} entries of {name} at order {len(levels[0].how) + 1}: differences do not settle there"
    ]
    return found, [kink(name, kinks)] if kinks else [], notes if silent else []


def unit_at(shape: tuple[int, ...], place: tuple[int, ...]) -> np.ndarray:
    unit = np.zeros(shape)
    unit[place] = 1.0
    return unit


def rough(mine: np.ndarray, places: Sequence[tuple], shape: tuple[int, ...]) -> float:
    """The size of an entry of the derivative, from those that are known."""
    return float(np.max(np.abs(mine[: len(places)]), initial=0.0))


def derivatives(problem: Problem, level: Level, mode: Mode, i: int, directions: Sequence[np.ndarray]) -> list[float]:
    """The automatic derivative of a level by leaf i along every direction: one reverse walk, or one forward walk for each."""
    leaves = nodes_of(problem, problem.leaves)

    def by_one(x: Any) -> Any:
        return level.recorded(*leaves[:i], x, *leaves[i + 1 :])

    if mode == "reverse":
        g = np.asarray(plain(grad(by_one)(leaves[i])), float)
        return [float(np.sum(g * d)) for d in directions]
    tangents = [float(d) if isinstance(leaves[i], Value) else d for d in directions]
    return [float(np.asarray(plain(jvp(by_one, (leaves[i],), (t,))[1]))) for t in tangents]


def verdict(
    name: str, shape: tuple[int, ...], places: list, mine: np.ndarray, truth: np.ndarray, bound: np.ndarray
) -> Argument:
    """One comparison over the entries and directions that the witness knows; a direction alone counts where no entry is off."""
    known = np.isfinite(bound)
    if not known.any():
        return Argument(name, shape, "cannot tell", (0.0, 0.0), 0, None, False)
    found = compare(name, mine[known], truth[known], bound[known], 2.0**-53)
    if found.worst is None:
        return replace(found, shape=shape, digits=(found.digits[0], max(found.digits)))
    off = [k for k in range(len(places)) if known[k] and not abs(mine[k] - truth[k]) <= bound[k]]
    if not off:
        return replace(found, shape=shape, verdict="wrong", wrong=1, worst=((), *found.worst[1:]))
    k = max(off, key=lambda k: abs(mine[k] - truth[k]) / bound[k])
    worst = (places[k] if shape else (), float(mine[k]), float(truth[k]), float(bound[k]))
    return replace(found, shape=shape, verdict="wrong", wrong=len(off), worst=worst)


def kink(name: str, kinks: list[tuple]) -> Finding:
    place, low, high = kinks[0]
    text = (
        f"{len(kinks)} of its entries stand at a kink, where every value between the one-sided derivatives is right: at {place} "
        f"they are {low:.6g} and {high:.6g}"
    )
    return Finding(name, "kink-choice", "", "certain", text, {"sides": kinks})


def causes(problem: Problem, called: str, order: int) -> list[Finding]:
    """The operations whose rule is wrong, or the line where numbers are taken out of the graph; else that nothing was found."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        recording = Recording(lambda *leaves: problem.run(leaves), problem.leaves, range(len(problem.leaves)))
    test = wrong_rule if order == 1 else wrong_second
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", ConstantWarning)
        found = [finding for call in calls_of(recording.order) if (finding := test(call, called)) is not None]
    if found:
        return found
    cut = [w for w in caught if issubclass(w.category, DetachedWarning)]
    if cut:
        file, line = cut[0].filename, cut[0].lineno
        site = f"{os.path.basename(file)}:{line}: {linecache.getline(file, line).strip()}"
        return [Finding(called, "path-dropped", site, "certain", str(cut[0].message))]
    text = "every operation of f has right rules here when it is looked at alone. Does f draw random numbers, or keep something?"
    return [Finding(called, "unexplained", "", "unexplained", text)]


def refused(error: RuleError) -> Finding:
    """What `custom` said about one of its rules when it was first called, with the kind of the difference."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code is not check_rules.__code__:
        trace = trace.tb_next
    kind = "contract"
    evidence: dict[str, Any] = {}
    if trace is not None:
        op, args = trace.tb_frame.f_locals["op"], trace.tb_frame.f_locals["args"]
        moving = tuple([i for i, rule in enumerate(op.vjps) if rule is not None])
        found = wrong_rule(Call(op, args, "", moving), "")
        if found is not None:
            kind, evidence = found.kind, found.evidence
    return Finding("", kind, site_of(error), "certain", str(error), evidence)


def site_of(error: Exception) -> str:
    """The user's line that an error came from."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(PACKAGE)]
    return f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}: {frames[-1].line}" if frames else ""
