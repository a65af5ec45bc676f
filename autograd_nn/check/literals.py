"""Values as Python expressions that give exactly the same values again.  Layer 8; knows NumPy alone."""

from __future__ import annotations

import base64
import io
import math
import pprint
from typing import Any

import numpy as np

__all__ = ["Literals", "Missing"]

MOST = 2000  # numbers that are written out; the arrays beyond them are packed
WIDTH = 100


class Missing(Exception):  # noqa: N818  it is caught here, and tells what a script has to do without
    """Something that cannot be written down as Python text; the message names it."""


class Literals:
    """Expressions for numbers, texts, arrays and containers of them, in terms of `np`, `io` and `base64`.

    packed   whether an array had to be packed, so that the script must import io and base64
    """

    def __init__(self) -> None:
        self.left, self.packed = MOST, False

    def expression(self, x: Any) -> str:
        """The text whose value is x, to the last bit and with its dtype; raises Missing for anything else.

        >>> Literals().expression((np.float32([0.1, np.inf]), 3))
        "(np.array([0.10000000149011612, np.inf], dtype='float32'), 3)"
        """
        if x is None or x is Ellipsis or type(x) in (bool, int, str, bytes):
            return repr(x)
        if type(x) is float:
            return number(x)
        if type(x) is complex:
            return f"complex({number(x.real)}, {number(x.imag)})"
        if type(x) is slice:
            return f"slice({', '.join([self.expression(part) for part in (x.start, x.stop, x.step)])})"
        if isinstance(x, np.dtype):
            return f"np.dtype({x.str!r})"
        if isinstance(x, np.generic) and x.dtype.kind in "biufc" and x.dtype.name not in ("longdouble", "clongdouble"):
            return f"np.{x.dtype.name}({self.expression(x.item())})"
        if type(x) is np.ndarray:
            return self.array(x)
        if type(x) in (list, tuple, set, frozenset, dict):
            return self.container(x)
        raise Missing(f"a value of type {type(x).__name__}")

    def container(self, x: Any) -> str:
        if isinstance(x, dict):
            return f"{{{', '.join([f'{self.expression(k)}: {self.expression(v)}' for k, v in x.items()])}}}"
        parts = [self.expression(part) for part in x]
        inside = ", ".join(parts)
        if isinstance(x, list):
            return f"[{inside}]"
        if isinstance(x, tuple):
            return f"({inside}{',' if len(parts) == 1 else ''})"
        return f"{type(x).__name__}([{inside}])"

    def array(self, x: np.ndarray) -> str:
        """An array as a nested list, or packed where it is large; its dtype is always said."""
        if x.dtype.kind not in "biufcSU" or x.dtype.name in ("longdouble", "clongdouble"):
            raise Missing(f"an array of dtype {x.dtype}")
        if not x.size:
            return f"np.zeros({x.shape}, dtype={x.dtype.name!r})"
        kind = x.dtype.str if x.dtype.kind in "SU" or not x.dtype.isnative else x.dtype.name
        if x.size <= self.left:
            self.left -= x.size
            return f"np.array({listed(x)}, dtype={kind!r})"
        self.packed = True
        buffer = io.BytesIO()
        np.save(buffer, x, allow_pickle=False)
        text = base64.b64encode(buffer.getvalue()).decode("ascii")
        rows = "\n".join([f'    "{text[k : k + WIDTH]}"' for k in range(0, len(text), WIDTH)])
        return f"np.load(io.BytesIO(base64.b64decode(  # {x.dtype.name}, shape {x.shape}\n{rows}\n)))"


def number(x: float) -> str:
    return repr(x) if math.isfinite(x) else "np.nan" if math.isnan(x) else "np.inf" if x > 0 else "-np.inf"


def listed(x: np.ndarray) -> str:
    """The entries of an array as a nested list, laid out in lines."""
    if x.dtype.kind == "c" or (x.dtype.kind == "f" and not np.isfinite(x).all()):  # repr loses zeros' signs, and nan
        return Literals().expression(x.tolist())
    return pprint.pformat(x.tolist(), width=WIDTH, compact=True).replace("\n", "\n" + " " * len("np.array("))
