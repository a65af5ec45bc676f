"""A check as a script that runs by itself, elsewhere and later.  Layer 8; knows what was checked, no derivatives."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .literals import Missing
from .sources import FUTURE, Sources

__all__ = ["Source", "script"]


@dataclass(frozen=True, slots=True)
class Source:
    """What a check was asked: the arguments of check_backward, as copies, for the code may change its inputs and its own state.

    keywords    further options, by name
    """

    forward: Any
    backward: Callable | str | None
    inputs: tuple
    upstream: Any = None
    wrt: Sequence[str] | None = None
    style: str = "auto"
    keywords: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = ("forward", "backward", "inputs", "upstream")
        values = tuple([getattr(self, name) for name in names])
        try:
            copies = copy.deepcopy(values)  # together: two methods of one object stay methods of one object
        except Exception:  # noqa: BLE001  an object of the user's that cannot be copied: its arrays alone are, where they are inputs
            copies = (*values[:2], tuple([kept(x) for x in self.inputs]), kept(self.upstream))
        for name, value in zip(names, copies):
            object.__setattr__(self, name, value)


def kept(x: Any) -> Any:
    return x.copy() if isinstance(x, np.ndarray) else x


def script(source: Source, about: str) -> str:
    """A Python script that does the check again, with the same code, numbers and options, and prints the report.

    about   a sentence for its first line
    Where something cannot be written down (an open file, say), the script says what is missing, and stops there.
    """
    sources = Sources()
    arguments: list[str] = []
    missing: list[str] = []
    options = {"wrt": source.wrt, "style": source.style if source.style != "auto" else None, **source.keywords}
    wanted = [(source.forward, "forward", ""), (source.backward, "backward", "")]
    wanted += [(x, "x", "") for x in source.inputs]
    wanted += [(x, name, f"{name}=") for name, x in [("upstream", source.upstream), *options.items()] if x is not None]
    for x, name, keyword in wanted:
        try:
            arguments.append(keyword + sources.expression(x, name))
        except (Missing, RecursionError) as error:
            missing.append(f"{keyword or name + ': '}{error}")
            arguments.append(f"{keyword}...")
    imports = [*sources.imports, *(["import base64", "import io"] if sources.literals.packed else [])]
    called = "\n".join([indented(text) + "," for text in arguments])
    blocks = [
        f'"""{about}\n\nRun it with Python where autograd_nn is installed.\n"""',
        FUTURE.strip(),
        "\n".join([*sorted(set(imports)), "import numpy as np", "", "import autograd_nn as ag"]),
        *sources.parts,
        *[f"# Missing here: {one_line(text)}. Put it in the place of the dots below." for text in missing],
        *(['raise SystemExit("This script is not complete: see \\"Missing here\\" in it.")'] if missing else []),
        f"print(ag.check_backward(\n{called}\n))",
    ]
    return spaced(blocks) + "\n"


def spaced(blocks: Sequence[str]) -> str:
    """The blocks with two empty lines around definitions and one between others."""
    text, before = blocks[0], False
    for block in blocks[1:]:
        definition = block.startswith(("def ", "class ", "@", "async "))
        text += ("\n\n\n" if before or definition else "\n\n") + block
        before = definition
    return text


def one_line(text: str) -> str:
    return " ".join(text.split())


def indented(text: str) -> str:
    return "\n".join([f"    {line}" for line in text.split("\n")])
