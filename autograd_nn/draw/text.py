"""The graph as a tree of lines, for the terminal.  Layer 8; knows the model and its wording, and no nodes."""

from __future__ import annotations

from collections import Counter

from .model import Box, Model
from .wording import caption, readable, rows, spread

__all__ = ["tree"]

DEEPEST = 24  # levels of indentation; what is deeper continues at the margin


def tree(model: Model, width: int | None = None, max_lines: int | None = 400) -> str:
    """The outputs first, and below each value what it was computed from; a value that is used again is named by its number.

    width       columns to cut lines to (default: lines are not cut)
    max_lines   None for no limit; what is left out is counted in the last line
    """
    writer = Writer(model, DEEPEST if width is None else max(4, min(DEEPEST, (width - 40) // 3)))
    lines = caption(model)
    room = None if max_lines is None else max(max_lines - len(lines), 1)
    lines += writer.write(room)
    if width is not None:
        lines = [line if len(line) <= width else line[: max(width, 2) - 1] + "…" for line in lines]
    return "\n".join(lines)


class Writer:
    """One pass over a model.

    inputs   id -> ids of its arguments;  uses: id -> how often it is an argument
    shown    the ids that have their line already;  later: those that get it at the margin, in order
    """

    def __init__(self, model: Model, deepest: int) -> None:
        self.model, self.deepest = model, deepest
        self.inputs: dict[int, list[int]] = {}
        for edge in model.edges:
            self.inputs.setdefault(edge.target, []).append(edge.source)
        self.uses = Counter([edge.source for edge in model.edges])
        self.shown: set[int] = set()
        self.later: dict[int, None] = {}

    def write(self, room: int | None) -> list[str]:
        """All lines, or the first `room` of them and a count of what is missing."""
        lines: list[str] = []
        starts = list(self.model.outputs)
        for start in starts:  # `starts` grows when a tree was too deep
            if start in self.shown and start not in self.model.outputs:
                continue
            stack = [(start, "", "", 0)]
            while stack:
                if room is not None and len(lines) >= room:
                    missing = len(self.model.boxes) - len(self.shown)
                    return [*lines, f"… {missing:,} more values; g.text(max_lines=None) shows all of them"]
                number, before, below, depth = stack.pop()
                lines.append(before + self.line(number, depth))
                if number in self.shown or number in self.later:
                    continue
                if depth >= self.deepest and number in self.inputs:
                    self.later[number] = None
                    continue
                self.shown.add(number)
                stack += self.branches(number, below, depth)
            starts += self.later
            self.later.clear()
        return lines

    def branches(self, number: int, below: str, depth: int) -> list[tuple[int, str, str, int]]:
        """The arguments of a value with the lines that lead to them, last first, since they go on a stack."""
        inputs = self.inputs.get(number, [])
        ends = [(i, below + "├─ ", below + "│  ", depth + 1) for i in inputs]
        if inputs:
            ends[-1] = (inputs[-1], below + "└─ ", below + "   ", depth + 1)
        return ends[::-1]

    def line(self, number: int, depth: int) -> str:
        """One value: its number where it is used again, name, operation, numbers, gradient."""
        box = self.model.boxes[number]
        title = readable(box.name) or (readable(box.sign) if box.kind == "op" else "")
        known = number in self.shown or number in self.later
        if known or (depth >= self.deepest and number in self.inputs):
            place = "(above)" if number in self.shown else "(below)"
            return " ".join([part for part in (f"^{number}", title, place) if part])
        output = number in self.model.outputs
        numbered = self.uses[number] > 1 or (self.uses[number] == 1 and (output or depth == 0))
        return "  ".join(([f"#{number}"] if numbered else []) + words(box))


def words(box: Box) -> list[str]:
    """The parts of a line."""
    name, sign = readable(box.name), readable(box.sign)
    title = f"{name} = {sign}" if name and sign else name or sign
    parts = [title] if title else []
    if box.kind == "constant":
        parts.append("constant")
    parts += rows(box)
    if box.grad is not None:
        parts.append(f"grad {spread(box.grad)}")
    if box.hidden:
        parts.append(f"({box.hidden} input{'s' if box.hidden > 1 else ''} left out)")
    return parts
