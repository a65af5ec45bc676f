"""Shapes that somebody has stated: options, `# shapes:` comments, annotations, docstrings.  Layer 8; knows text, no arrays.

A shape is a list of dimensions: a number, a symbol (N, d_model, number of examples), or arithmetic of these (4H, H*W, T+1).
Symbols become distinct primes, so that a transpose, or a missing 1/N, cannot pass.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

__all__ = [
    "Shape",
    "Sizes",
    "comment_shapes",
    "docstring_shapes",
    "in_annotations",
    "option",
    "shapes_comment",
    "unpacked_shapes",
]

PREFERRED = {
    "N": (5,), "D": (3,), "H": (7,), "W": (11,), "M": (7, 11), "C": (3, 2, 7), "T": (7, 2, 11), "F": (2, 3), "V": (11, 13),
    "HH": (3, 2), "WW": (2, 3), "KH": (3, 2), "KW": (2, 3), "kh": (3, 2), "kw": (2, 3), "K": (3, 2), "k": (3, 2), "f": (3, 2),
    "HH2": (7,), "WW2": (11, 5),
    "kernel": (3, 2), "m": (5,), "batch": (5,), "batch_size": (5,), "B": (5,), "n": (5, 3), "d": (3,), "number of examples": (5,),
}  # fmt: skip
KERNELS = {
    "HH",
    "WW",
    "KH",
    "KW",
    "kh",
    "kw",
    "kernel",
}  # smaller than an image, so they may be 3 and 2 like other sizes
PRIMES = (3, 7, 5, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59)


@dataclass(frozen=True, slots=True)
class Shape:
    """What is stated about one parameter.

    dims    numbers, symbols or arithmetic
    kind    float; int: labels or ids from 0 to below; one-hot: 0 and 1 along the last axis; bits: 0 or 1; bool
    below   for int: a number or symbol, or "" where it is not stated
    """

    dims: tuple[str, ...]
    kind: Literal["float", "int", "one-hot", "one-hot column", "bits", "bool", "probability", "size"] = "float"
    below: str = ""

    def __str__(self) -> str:
        inside = ", ".join(self.dims) + ("," if len(self.dims) == 1 else "")
        return {"float": ""}.get(self.kind, self.kind) + f"({inside})" + (f" below {self.below}" if self.below else "")


class Sizes:
    """Symbols and their sizes: distinct primes, the same symbol the same size."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}

    def of(self, dim: str) -> int:
        """The size of a dimension; new symbols get a prime of their own."""
        if dim.isdigit():
            return int(dim)
        return int(evaluated(ast.parse(spelled(dim), mode="eval").body, self.symbol))

    def symbol(self, name: str) -> int:
        if name not in self.known:
            kernel = name in KERNELS
            taken = {size for other, size in self.known.items() if (other in KERNELS) is kernel}
            wanted = (*PREFERRED.get(name.replace("_space_", " "), ()), *PRIMES)
            self.known[name] = next((p for p in wanted if p not in taken), 61)
        return self.known[name]

    def shape(self, dims: Sequence[str]) -> tuple[int, ...]:
        if (
            len(dims) == 4 and not self.known
        ):  # images, which are checked entry by entry where a loop fills them: small ones
            last = dims[3] in ("C", "c", "channels", "in_channels")
            for name, size in zip(dims, (3, 5, 7, 2) if last else (3, 2, 5, 7)):
                self.known |= {name: size} if name.isidentifier() else {}
        return tuple([self.of(d) for d in dims])


def spelled(dim: str) -> str:
    """A dimension as Python: 4H is 4*H, number of examples is one name."""
    words = re.sub(r"(?<![\w.])(\d+)\s*([A-Za-z_])", r"\1*\2", dim.strip())
    return re.sub(r"(?<=\w) +(?=[A-Za-z_])", "_space_", words)


def evaluated(node: ast.expr, symbol: Callable[[str], int]) -> int:
    """The number of a tree of + - * // over numbers and symbols; ValueError for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    if isinstance(node, ast.Name):
        return symbol(node.id)
    if isinstance(node, ast.BinOp):
        left, right = evaluated(node.left, symbol), evaluated(node.right, symbol)
        operators: dict[type, Callable[[int, int], int]] = {
            ast.Add: int.__add__,
            ast.Sub: int.__sub__,
            ast.Mult: int.__mul__,
            ast.FloorDiv: int.__floordiv__,
            ast.Div: int.__floordiv__,
        }
        if type(node.op) in operators:
            return operators[type(node.op)](left, right)
    raise ValueError(f"{ast.unparse(node)} is no size; expected numbers, symbols, and + - * // of them, such as 4*H.")


def dims_of(text: str) -> tuple[str, ...] | None:
    """The dimensions in "N, D" or "N D"; None if that is something else."""
    text = re.sub(
        r"(\w)_?1\s*,\s*(?:\.\.\.|…)\s*,\s*\1_?\w+", lambda m: m[1].upper(), text.strip().strip(",")
    )  # d_1, ..., d_k
    pieces = [piece.strip() for piece in text.split(",")] if "," in text else text.split()
    if pieces == [""] or not pieces:
        return ()
    if not all([re.fullmatch(r"[A-Za-z0-9_][\w +*/-]*", p) and len(p.split()) <= 6 for p in pieces]):
        return None
    pieces = [re.sub(r"\bthe ", "", p) for p in pieces]
    try:
        for p in pieces:
            evaluated(ast.parse(spelled(p), mode="eval").body, lambda name: 2)
    except (SyntaxError, ValueError, ZeroDivisionError):
        return None
    return tuple(pieces)


def option(text: str) -> tuple[str, Shape]:
    """--shape x=5,3 or --shape y=int:5:3 (labels 0 to 2), as a name and a Shape; ValueError says what is expected."""
    name, equals, stated = text.partition("=")
    found = None
    if equals and name.strip().isidentifier():
        kind, colon, rest = stated.partition(":")
        kinds = {
            "int": "int",
            "bool": "bool",
            "onehot": "one-hot",
            "one-hot": "one-hot",
            "bits": "bits",
            "float": "float",
        }
        if colon and kind in kinds:
            shape, _, below = rest.partition(":")
            dims = dims_of(shape.strip("() "))
            found = None if dims is None else Shape(dims, kinds[kind], below.strip())  # type: ignore[arg-type]  # of kinds
        elif not colon:
            dims = dims_of(stated.strip("() "))
            found = None if dims is None else Shape(dims)
    if found is None:
        raise ValueError(
            f"{text!r} is no shape; expected NAME=5,3 for floats, or NAME=int:5:3 for 5 labels from 0 to 2."
        )
    return name.strip(), found


def shapes_comment(source: str) -> dict[str, Shape]:
    """What `# shapes: x=(N, D), y=int(N, C)` says, wherever it stands in the text; several comments add up."""
    found: dict[str, Shape] = {}
    for line in re.findall(r"#\s*shapes?\s*:(.*)", source):
        for name, kind, inside in re.findall(r"(\w+)\s*[=:]?\s*(int|bool|one-?hot|bits|float)?\s*\(([^()]*)\)", line):
            dims = dims_of(inside)
            if dims is None:
                continue
            if kind == "int" and len(dims) > 1:
                found[name] = Shape(dims[:-1], "int", dims[-1])
            else:
                found[name] = Shape(dims, {"": "float", "onehot": "one-hot"}.get(kind, kind))
    return found


def unpacked_shapes(tree: ast.AST | None) -> dict[str, Shape]:
    """What `N, C, H, W = x.shape` says of x; an underscore stays one."""
    found: dict[str, Shape] = {}
    for n in ast.walk(tree) if tree is not None else ():
        if (
            isinstance(n, ast.Assign)
            and isinstance(n.targets[0], ast.Tuple)
            and ast.unparse(n.value).endswith(".shape")
        ):
            name, symbols = ast.unparse(n.value).removesuffix(".shape"), n.targets[0].elts
            if name.isidentifier() and all([isinstance(s, ast.Name) for s in symbols]):
                texts = [ast.unparse(s) for s in symbols]
                found.setdefault(name, Shape(tuple([text if text.strip("_") else "_" for text in texts])))
    return found


def comment_shapes(function: Callable) -> dict[str, Shape]:
    """The `# shapes:` comment above a function, or inside it."""
    try:
        above = inspect.getcomments(function) or ""
        inside = inspect.getsource(function)
    except (OSError, TypeError):
        return {}
    return shapes_comment(above + inside)


def in_annotations(function: Callable) -> dict[str, Shape]:
    """Annotations that carry a shape: Float[Array, "N D"], Annotated[np.ndarray, (5, 3)], "(N, D)"; and int arrays."""
    found = {}
    for name, p in inspect.signature(function).parameters.items():
        text = p.annotation if isinstance(p.annotation, str) else ast_text(p.annotation)
        if p.annotation is p.empty or p.annotation in (int, float, bool, str):
            continue
        inside = re.search(r"\(([\w ,*+/'-]*,[\w ,*+/'-]*)\)", text) or re.search(
            r"['\"]\(?([\w ,*+/-]+)\)?['\"]", text
        )
        dims = dims_of(inside[1].replace("'", "")) if inside else None
        kind: Any = (
            "int" if re.search(r"\bint|Int|integer", text) else "bool" if re.search(r"bool|Bool", text) else "float"
        )
        if dims is not None:
            found[name] = Shape(dims, kind)
    return found


def ast_text(annotation: Any) -> str:
    """An annotation object as it may have been written."""
    extra = getattr(annotation, "__metadata__", None)
    if extra:
        return " ".join([repr(annotation.__origin__), *map(repr, extra)])
    dims = getattr(annotation, "dim_str", None)  # jaxtyping
    return f'{annotation!r} "{dims}"' if dims else repr(annotation)


def docstring_shapes(text: str, parameters: Iterable[str]) -> dict[str, Shape]:
    """What a docstring says of each parameter, in the ways of CS231n, NumPy, Google, Sphinx, and `W -- weights (n, m)`."""
    entries = entries_of(text, list(parameters))
    found = {name: shape for name, entry in entries.items() if (shape := read(entry)) is not None}
    counted = [s.dims[-1] for s in found.values() if s.kind == "float" and len(s.dims) > 1]
    for name, s in found.items():
        if s.kind == "int" and not s.below and counted:
            found[name] = Shape(s.dims, "int", counted[0])
    return found


def entries_of(text: str, parameters: list[str]) -> dict[str, str]:
    """The part of a docstring that describes each parameter: from its name at the start of a line to the next entry."""
    names = "|".join(map(re.escape, sorted(parameters, key=len, reverse=True)))
    if not names:
        return {}
    bullet = r"^[ \t]*(?:[-*+][ \t]*)?"
    listed = rf"((?:{names})(?:[ \t]*,[ \t]*(?:{names}))*)[ \t]*(?=[:(=]|--|-[ \t])"
    head = bullet + r"(?::(?:param|type)[ \t]+)?(?:\w+[ \t]+)?" + listed
    starts = list(re.finditer(head, text, re.MULTILINE))
    ends = [m.start() for m in starts] + [
        m.start() for m in re.finditer(r"^[ \t]*(?:[-*+][ \t]*)?\w[\w, ]*[ \t]*(?::|--)", text, re.MULTILINE)
    ]
    entries: dict[str, str] = {}
    for m in starts:
        stop = min([e for e in ends if e > m.start()], default=len(text))
        for name in re.split(r"[ \t]*,[ \t]*", m[1]):
            entries.setdefault(name, "")
            entries[name] += text[m.end() : stop] + "\n"
    inline = rf"\b({names})\b,? (?:(?:is|has|are|with) )?(?:an? \w+ )?(?:of |with )?(?:the )?shape (\([^()]*\)[^.;]*)"
    for m in re.finditer(inline, text):  # in a sentence: the scores x of shape (N, C)
        entries.setdefault(m[1], f"shape {m[2]}")
    return entries


def read(entry: str) -> Shape | None:
    """The shape in a description; None if it says none."""
    entry = " ".join(entry.split())
    label = re.search(
        r"\blabels?\b|\bindices\b|\bindex\b|\bids?\b|\bintegers?\b|\bints?\b|int64|int32", entry, re.IGNORECASE
    )
    hot = re.search(r"one[- ]hot", entry, re.IGNORECASE)
    stated = re.search(r"(?:shape|size|dims?|dimensions?|:)\W{0,4}\(([^()]*)\)", entry, re.IGNORECASE)
    dims = dims_of(stated[1]) if stated else None
    if dims is None:
        groups = [
            g
            for g in re.findall(r"[(\[]([^()\[\]]*)[)\]]", entry)
            if "," in g and not re.search(r"optional|e\.g|default", g)
        ]
        dims = next(
            (d for g in groups if (d := dims_of(g)) is not None and all([len(p.split()) == 1 for p in d])), None
        )
    if dims is None and re.search(r"any shape", entry):
        dims = ("N", "D")
    if dims is None:
        return None
    if hot:
        return Shape(dims, "one-hot")
    if label and not re.search(r"\bfloat", entry):
        below = re.search(r"<\s*([A-Za-z]\w*|\d+)\s*(?!\s*[<\[])", entry) or re.search(
            r"\[\s*0\s*,\s*(\w+)\s*[)\[]", entry
        )
        return Shape(dims, "int", below[1] if below else "")
    return Shape(dims, "bool" if re.search(r"\bbool", entry) else "float")
