"""Where a gradient is wrong, as a small picture: one cell for each entry.  Layer 8; knows NumPy and SVG."""

from __future__ import annotations

from html import escape

import numpy as np

__all__ = ["heat_map"]

MOST = 40  # rows and columns; a larger array is shown in blocks
CELL = 14


def heat_map(name: str, error: np.ndarray) -> str:
    """An SVG of |yours - reference|: the darker, the farther out; an empty cell is right, a crossed one is not a number.

    error   of any shape, 0 where the entry is right; one row for each index of the last axis but one, the axes before in order
    """
    table = error.reshape(-1, error.shape[-1]) if error.ndim else error.reshape(1, 1)
    if not table.size:
        return ""
    high, wide = [-(-n // MOST) for n in table.shape]
    cells = blocks(table, high, wide)
    finite = cells[np.isfinite(cells) & (cells > 0.0)]
    low, top = (float(finite.min()), float(finite.max())) if finite.size else (1.0, 1.0)
    drawn = [cell(error.shape, i, j, high, wide, cells, low, top) for i, j in np.ndindex(cells.shape)]
    width, height = [CELL * n + 2 for n in cells.shape[::-1]]
    wrong = int(np.count_nonzero(error))
    title = f"Where the gradient of {name} is off: {wrong} of {error.size} entries"
    scale = (
        f"the largest by {top:.2g}, the smallest of them by {low:.2g}" if finite.size else "none of them by a number"
    )
    block = "" if high == wide == 1 else f" Each cell is the worst of {high} x {wide} entries."
    folded = f" Its rows are those of shape {error.shape} in order." if error.ndim > 2 else ""
    return (
        f"<figure><figcaption>{escape(title)}, {scale}; empty cells are right.{block}{escape(folded)}</figcaption>"
        f'<svg role="img" width="{width}" height="{height}" viewBox="-1 -1 {width} {height}">'
        f"<title>{escape(title)}</title>{''.join(drawn)}</svg></figure>"
    )


def blocks(table: np.ndarray, high: int, wide: int) -> np.ndarray:
    """The worst entry of every block of so many rows and columns; what is not a number is worst."""
    rows, columns = [-(-n // size) for n, size in zip(table.shape, (high, wide))]
    padded = np.zeros((rows * high, columns * wide))
    padded[: table.shape[0], : table.shape[1]] = np.where(np.isfinite(table), np.abs(table), np.inf)
    return padded.reshape(rows, high, columns, wide).max(axis=(1, 3))


def cell(
    shape: tuple[int, ...], i: int, j: int, high: int, wide: int, cells: np.ndarray, low: float, top: float
) -> str:
    """One cell with its index and its error as a tooltip."""
    e = float(cells[i, j])
    x, y = CELL * j, CELL * i
    square = f'x="{x}" y="{y}" width="{CELL}" height="{CELL}"'
    if e == 0.0:
        return f'<rect {square} class="empty"/>'
    index = np.unravel_index(i * high * (shape[-1] if shape else 1) + j * wide, shape) if shape else ()
    at = (
        f"[{', '.join([str(k) for k in index])}]" if high == wide == 1 else f"block from [{', '.join(map(str, index))}]"
    )
    if not np.isfinite(e):
        cross = f'<path d="M{x} {y}l{CELL} {CELL}m0 {-CELL}l{-CELL} {CELL}" class="cross"/>'
        return f'<g><title>{at}: not a number</title><rect {square} class="off"/>{cross}</g>'
    depth = 1.0 if top == low else float(np.log(e / low) / np.log(top / low))
    return f'<rect {square} class="off" fill-opacity="{0.25 + 0.75 * depth:.2f}"><title>{at}: off by {e:.3g}</title></rect>'
