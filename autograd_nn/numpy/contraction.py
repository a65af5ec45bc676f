"""einsum: its notation taken apart into sums, diagonals and pairwise contractions.  Layer 4; made of operations."""

from __future__ import annotations

import string

import numpy as np

from .. import ops
from ..composition import composition
from ..domain import Shape
from ..op import ndim_of, shape_of

__all__ = ["einsum"]


@composition(
    np.einsum,
    cases=(
        ("ij,jk", Shape(2, 3), Shape(3, 2)),
        ("ii->i", Shape(2, 2)),
        ("ijk->j", Shape(2, 3, 2)),
        ("i,ij,j->", Shape(2), Shape(2, 3), Shape(3)),
        ("...ij,...jk->...ik", Shape(2, 1, 2, 3), Shape(4, 3, 2)),
        ("ij,ij->ji", Shape(1, 3), Shape(2, 3)),
        (Shape(2, 3), [0, 1], Shape(3), [1], [0]),
        ("iij,jl->l", Shape(2, 2, 3), Shape(3, 2)),
        ("ab,cd->dacb", Shape(2, 1), Shape(1, 3)),
    ),
)
def einsum(subscripts, /, *operands, optimize="greedy"):
    """The sum of a product over named axes, in NumPy's notation: "ij,jk->ik", with "..." and repeated letters.

    subscripts   one word of letters for each operand, and after "->" those of the result (default: the letters that stand once,
                 in alphabetical order); or the alternating form einsum(x, [0, 1], z, [1, 2], [0, 2])
    optimize     the order of the products, as in np.einsum_path (default: greedy; False takes them as they come)
    The cotangent of each operand is an einsum of g with the others. More than two operands are multiplied two at a time.

    >>> einsum("ij,j->i", np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, 10.0]))
    array([21., 43.])
    """
    if not isinstance(subscripts, str):
        subscripts, operands = lettered((subscripts, *operands))
    words, out = read(subscripts, [ndim_of(x) for x in operands])
    sizes: dict[str, int] = {}
    for word, x in zip(words, operands):
        for letter, size in zip(word, shape_of(x)):
            if sizes.setdefault(letter, size) != size and 1 not in (size, sizes[letter]):
                raise ValueError(
                    f"the axis {letter!r} of {subscripts!r} is {sizes[letter]} long in one operand and {size} in another"
                )
            sizes[letter] = max(size, sizes[letter]) if 0 not in (size, sizes[letter]) else 0
    parts = [single(word, x, sizes) for word, x in zip(words, operands)]
    for step in path(parts, out, optimize):
        taken = [parts.pop(i) for i in sorted(step, reverse=True)]
        while len(taken) > 1:
            first, second = taken.pop(), taken.pop()
            taken.append(product(first, second, set(out).union(*[word for word, _ in (*parts, *taken)])))
        parts += taken
    ((word, y),) = parts
    missing = [c for c in out if c not in word]  # an axis of size 1 everywhere
    y = ops.reshape(reduced(word, y, out)[1], (*[1] * len(missing), *[sizes[c] for c in word if c in out]))
    word = [*missing, *[c for c in word if c in out]]
    return ops.transpose(y, tuple([word.index(c) for c in out])) if word != list(out) else y


def lettered(operands):
    """The alternating form as (subscripts, operands)."""
    lists = [operands[i] for i in range(1, len(operands), 2)]
    result = operands[-1] if len(operands) % 2 else None
    words = ["".join(["..." if k is Ellipsis else string.ascii_letters[k] for k in axes]) for axes in lists]
    end = (
        "" if result is None else "->" + "".join(["..." if k is Ellipsis else string.ascii_letters[k] for k in result])
    )
    return ",".join(words) + end, operands[: len(operands) - len(operands) % 2 : 2]


def read(subscripts, dimensions):
    """(the letters of each operand, those of the result), with "..." replaced by letters that are free."""
    text = subscripts.replace(" ", "")
    left, arrow, out = text.partition("->")
    words = left.split(",")
    if len(words) != len(dimensions):
        raise ValueError(f"{subscripts!r} names {len(words)} operands, and there are {len(dimensions)}")
    free = [c for c in string.ascii_letters[::-1] if c not in text]
    extra = [n - len(word.replace("...", "")) for word, n in zip(words, dimensions)]
    for word, n, more in zip(words, dimensions, extra):
        if more < 0 or (more and "..." not in word):
            raise ValueError(
                f"{word!r} of {subscripts!r} names {len(word.replace('...', ''))} axes of an operand with {n}"
            )
        if not all([c in string.ascii_letters for c in word.replace("...", "")]):
            raise ValueError(f"{word!r} of {subscripts!r} holds something else than letters and '...'")
    longest = max(extra, default=0)
    spread = "".join(free[:longest][::-1])
    full = [word.replace("...", spread[longest - more :]) for word, more in zip(words, extra)]
    if not arrow:
        together = "".join(words).replace(".", "")
        out = spread + "".join(sorted([c for c in set(together) if together.count(c) == 1]))
    else:
        out = out.replace("...", spread)
    if len(set(out)) != len(out) or not set(out) <= set("".join(full)):
        raise ValueError(f"the result {out!r} of {subscripts!r} repeats a letter, or has one that no operand has")
    return full, out


def single(word, x, sizes):
    """(letters, array) of one operand: diagonals taken for repeated letters, axes of size 1 dropped that others stretch."""
    for letter in dict.fromkeys(word):
        while word.count(letter) > 1:
            i = word.index(letter)
            j = word.index(letter, i + 1)
            places = np.arange(shape_of(x)[i])
            x = ops.index(ops.transpose(x, (i, j, *[k for k in range(len(word)) if k not in (i, j)])), (places, places))
            word = letter + word[:i] + word[i + 1 : j] + word[j + 1 :]
    stretched = tuple([i for i, c in enumerate(word) if shape_of(x)[i] == 1 and sizes[c] != 1])
    if stretched:
        x = ops.squeeze(x, stretched)
    return "".join([c for i, c in enumerate(word) if i not in stretched]), x


def path(parts, out, optimize):
    """Which operands to multiply, step by step, by their positions; the product goes to the end."""
    if len(parts) < 3 or optimize is False:
        return [tuple(range(len(parts)))]
    known = "".join([c for c in out if any([c in word for word, _ in parts])])
    shapes = [np.broadcast_to(0.0, shape_of(x)) for _, x in parts]
    text = ",".join([word for word, _ in parts]) + "->" + known
    return np.einsum_path(text, *shapes, optimize="greedy" if optimize is True else optimize)[0][1:]


def reduced(word, x, needed):
    """An operand without the axes that nobody else has: they are summed first."""
    alone = tuple([i for i, c in enumerate(word) if c not in needed])
    if alone:
        x = ops.sum(x, alone)
    return "".join([c for c in word if c in needed]), x


def product(first, second, needed):
    """(letters, array) of the product of two operands, summed over the letters that are not needed any more."""
    left, x = reduced(first[0], first[1], needed | set(second[0]))
    right, z = reduced(second[0], second[1], needed | set(first[0]))
    out = "".join([c for c in dict.fromkeys(left + right) if c in needed])
    return out, ops.contract(x, z, f"{left},{right}->{out}")
