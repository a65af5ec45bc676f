"""Graphviz's program `dot`, which turns DOT into pictures, where it is installed.  Layer 8; knows no graph of ours."""

from __future__ import annotations

import struct
import warnings
from typing import Any

import graphviz

from ..errors import MissingProgram, user_line

__all__ = ["Picture", "rendered"]

PNG_LIMIT = 32_766  # pixels: beyond this dot scales a bitmap down, and only says so on its standard error


class Picture(graphviz.Digraph):
    """A graphviz.Digraph that says what to do where Graphviz itself is not installed, and fails in no notebook."""

    def pipe(self, *args: Any, **keywords: Any) -> Any:
        """As graphviz.Digraph.pipe; raises MissingProgram without `dot`."""
        try:
            return super().pipe(*args, **keywords)
        except graphviz.ExecutableNotFound:
            raise missing() from None

    def render(self, *args: Any, **keywords: Any) -> Any:
        """As graphviz.Digraph.render; raises MissingProgram without `dot`."""
        try:
            return super().render(*args, **keywords)
        except graphviz.ExecutableNotFound:
            raise missing() from None

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **other: Any) -> dict[str, Any]:
        try:
            return super()._repr_mimebundle_(include, exclude, **other)
        except (RuntimeError, OSError, graphviz.CalledProcessError) as error:
            return {"text/plain": f"{self.source}\n// {error}"}


def rendered(picture: graphviz.Digraph, kind: str) -> bytes:
    """The picture as svg, pdf or png; RuntimeError if `dot` cannot make it, MissingProgram if there is no `dot`."""
    try:
        data = picture.pipe(format=kind, quiet=True)
    except graphviz.CalledProcessError as error:
        said = (error.stderr or b"").decode("utf-8", "replace").strip()
        raise RuntimeError(
            f"Graphviz's dot could not draw the graph as {kind}, at {user_line()}; it ended with code "
            f"{error.returncode} and said: {said[:500] or 'nothing'}. Expected a picture. Try another format, a smaller "
            "graph (max_nodes=...), or g.text()."
        ) from None
    if kind == "png" and max(struct.unpack(">II", data[16:24])) >= PNG_LIMIT:
        warnings.warn(
            "the graph is too large for a PNG at full size, so dot scaled it down: text may be unreadable. "
            'Save it as "svg" or "pdf", or draw less of it (max_nodes=...).',
            stacklevel=2,
        )
    return data


def missing() -> MissingProgram:
    """The error for a picture without Graphviz."""
    return MissingProgram(
        f"Graphviz's program dot was not found on PATH, at {user_line()}. It lays out pictures (svg, pdf, png); the "
        "Python package alone cannot. Install it: apt-get install graphviz (Debian, Ubuntu), brew install graphviz "
        "(macOS), winget install graphviz (Windows), or conda install -c conda-forge graphviz. Without it, "
        'g.text() draws in the terminal, and g.save("x.dot") writes the picture for any Graphviz viewer.'
    )
