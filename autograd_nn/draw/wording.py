"""How numbers, names and states read, in every picture alike.  Layer 8; knows the model, and neither text nor DOT."""

from __future__ import annotations

import math
import unicodedata

from .model import Box, Model
from .numbers import Numbers

__all__ = ["caption", "details", "number", "readable", "rows", "spread"]

LONGEST = 40  # characters of a name or an operation in a picture; its JSON has all of them


def number(x: float) -> str:
    """Four significant digits; the least that shows whether two numbers differ, the most that fits into a box."""
    if isinstance(x, bool | int):
        return str(x)
    return f"{x + 0.0:.4g}"  # + 0.0 drops the sign of zero


def readable(text: str, longest: int | None = LONGEST) -> str:
    """Text that takes one line and cannot act: control characters and direction marks are spelled out, long text is cut."""
    text = "".join([spelled(c) for c in text])
    return text if longest is None or len(text) <= longest else text[: longest - 1] + "…"


def spelled(c: str) -> str:
    """A character, or its escape where it would move the cursor, change the direction of what follows, or fail to encode."""
    if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") and c not in "\u200c\u200d":  # these two join letters
        return c.encode("unicode_escape").decode("ascii")
    return c


def spread(x: Numbers) -> str:
    """The numbers themselves where they are few, else from where to where they run; and what is not finite."""
    if x.size == 0:
        return "empty"
    if x.sample:
        return nested(list(x.sample), x.shape or ())
    if x.dtype == "bool":
        return f"{x.size - x.zeros:,} of {x.size:,} true"
    odd = [f"{count:,} {word}" for count, word in ((x.nans, "nan"), (x.infs, "inf")) if count]
    if x.low is None or x.high is None:
        return f"all {'nan' if x.nans == x.size else 'inf'}" if len(odd) == 1 else ", ".join(odd)
    ends = (f"{x.low:.0f}", f"{x.high:.0f}") if x.dtype[0] in "iu" else (number(x.low), number(x.high))
    body = f"all {ends[0]}" if x.low == x.high and not odd else f"{ends[0]} … {ends[1]}"
    return ", ".join([body, *odd])


def nested(values: list, shape: tuple[int, ...]) -> str:
    """A few numbers, in brackets as NumPy would write them."""
    if not shape:
        return number(values[0])
    step = math.prod(shape[1:])
    return "[" + ", ".join([nested(values[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])]) + "]"


def rows(box: Box) -> list[str]:
    """What is said about a box, line by line, without its name and operation."""
    x = box.value
    if x.shape is None:
        lines = [f"data {spread(x)}" if box.kind != "constant" else spread(x)]
    else:
        lines = [f"{x.shape} {x.dtype}", spread(x)] if x.shape else [f"{spread(x)} {x.dtype}"]
    if box.now is not None:
        lines.append(f"now {spread(box.now)}")
    return lines


def details(box: Box) -> list[str]:
    """All that is known about a box, line by line: what a mouse held over it shows."""
    kinds = {"leaf": "leaf", "op": box.sign, "constant": "constant"}
    lines = [f"{box.name} = {kinds[box.kind]}" if box.name else kinds[box.kind]]
    for word, x in (("value", box.value), ("now", box.now), ("grad", box.grad)):
        if x is not None:
            lines.append(f"{word}: {exactly(x)}")
    return lines


def exactly(x: Numbers) -> str:
    if x.size == 1:
        return repr(x.sample[0])
    text = f"{x.shape} {x.dtype}, {spread(x)}"
    if x.norm is not None and x.mean is not None and x.dtype != "bool":
        text += f", mean {number(x.mean)}, norm {number(x.norm)}, {x.zeros:,} of {x.size:,} zero"
    return text


def caption(model: Model) -> list[str]:
    """What has to be said about the graph as a whole: gradients that are missing, parts that were left out."""
    lines = []
    if model.phase == "before":
        lines.append(f"backward not run yet: {'every gradient is 0' if model.scalar else 'no gradients'}")
    elif model.phase == "elsewhere":
        lines.append("backward not run from this output: gradients are from another backward pass")
    elif model.phase == "leaves":
        lines.append("gradients of leaves only: backward(keep=True) keeps the others")
    if model.left_out:
        lines.append(
            f"{model.shown:,} of {model.total:,} nodes, the nearest to the output; {model.left_out:,} left out"
        )
    return lines
