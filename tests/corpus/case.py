"""One hand-written backward of the corpus, and what is true about it.  Knows NumPy alone."""

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Case"]


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str  # unique, "batch-norm-variance-path-dropped"
    layer: str  # "batch norm"; at least 40 different layers and losses over both halves
    forward: Callable | type | object  # a function, or a class / factory for object styles
    backward: (
        Callable | str | None
    )  # a function, or the method's name, or None where the object or forward gives gradients itself
    style: str  # "cache", "plain", "class", "loss", "pair", "gradient" or "column"
    make: Callable  # make(rng, n=5, d=3, ...) -> tuple of inputs: keyword sizes are distinct primes by default and can be varied
    static: tuple[int, ...] = ()  # positions of inputs that are not differentiated (labels, ids, masks, sizes)
    right: bool
    kind: str = ""  # the slug of the mistake, "" if right
    argument: str = ""  # name of the (first) argument whose gradient is wrong
    site: str = (
        ""  # a piece of the text of the wrong line, unique in its function (for a dropped term: where it belongs)
    )
    also: tuple[str, ...] = ()  # other slugs that a fair judge would accept (provably equivalent mistakes)
    invisible: str = ""  # for wrong ones that no number at the default inputs can show: what must be varied
    note: str = ""
