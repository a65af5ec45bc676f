"""What can go wrong, each under its own name.  Layer 0; knows how to find the user's line, and nothing of the engine.

Every message has three parts: what happened (actual values, shapes, the user's line), what was expected, what to do.
"""

from __future__ import annotations

import dis
import linecache
import os
import sys
import warnings

import numpy as np

__all__ = [
    "ConstantWarning",
    "DegenerateError",
    "DetachedWarning",
    "DtypeError",
    "InPlaceError",
    "IndexingError",
    "MatrixError",
    "MissingLibrary",
    "MissingProgram",
    "MixedError",
    "NonScalarError",
    "OutputError",
    "RuleError",
    "RuleMissing",
    "ShapeError",
    "user_fills",
    "user_frame",
    "user_line",
    "warn_at_user_line",
]

NOT_THE_USER = tuple([os.path.dirname(os.path.abspath(file)) + os.sep for file in (__file__, np.__file__)])


class ShapeError(ValueError):
    """Shapes, axes or sizes that do not fit together."""


class DtypeError(TypeError):
    """Data of a kind that has no derivative here: objects, strings, complex numbers, dates."""


class MixedError(TypeError):
    """A Value and a Tensor (or array) in one operation."""


class NonScalarError(ValueError):
    """A derivative that needs one number was asked of an array."""


class OutputError(TypeError):
    """A function to be differentiated returned something that is not a number or an array."""


class InPlaceError(TypeError):
    """An attempt to change recorded data in place."""


class IndexingError(IndexError):
    """An index outside of a Tensor's shape."""


class MatrixError(np.linalg.LinAlgError):
    """A matrix without the property that an operation needs: singular, not positive definite, or with nan in it."""


class DegenerateError(MatrixError):
    """A derivative that does not exist: of the vectors of equal eigenvalues or singular values, of a matrix without full rank."""


class RuleError(ValueError):
    """A derivative rule that does not belong to its function."""


class RuleMissing(NotImplementedError):  # noqa: N818  # the name that the design fixes
    """A NumPy function that has no derivative rule here."""


class MissingLibrary(ImportError):  # noqa: N818  # the situation, not the fault of the caller
    """A Python package that only some operations need is not installed: SciPy, for the gamma and Bessel functions."""


class MissingProgram(RuntimeError):  # noqa: N818  # the situation, not the fault of the caller
    """A program that is no part of Python is needed and not installed, such as Graphviz's dot."""


class ConstantWarning(UserWarning):
    """A function ignores the argument that it is differentiated with respect to: the gradient is zero."""


class DetachedWarning(UserWarning):
    """Recorded data was turned into plain data, so no gradient flows through it."""


def user_frame():
    """(frame, levels up) of the innermost caller outside of this package, NumPy and SciPy; the outermost one if there is none."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and (
        frame.f_code.co_filename.startswith(NOT_THE_USER) or str(frame.f_globals.get("__name__")).startswith("scipy.")
    ):
        frame, level = frame.f_back, level + 1
    return frame, level


def user_line() -> str:
    """The innermost line of code outside of this package, NumPy and SciPy, as "file:line: code"."""
    frame, _ = user_frame()
    name, number = frame.f_code.co_filename, frame.f_lineno
    code = linecache.getline(name, number, frame.f_globals).strip()
    code = code if len(code) <= 100 else code[:97] + "..."
    place = f"{os.path.basename(name)}:{number}"
    return f"{place}: {code}" if code else place


STORES = tuple(
    [dis.opmap[name] for name in ("STORE_SUBSCR", "STORE_SLICE") if name in dis.opmap]
)  # the latter from 3.12 on


def user_fills() -> bool:
    """Whether the user's line is about to store into a part of something: `a[i] = t`, told by the instruction that runs."""
    frame, _ = user_frame()
    return frame.f_code.co_code[frame.f_lasti] in STORES


def warn_at_user_line(message: str, category: type[Warning]) -> None:
    """Warn as if the user's own line had done it, so that Python shows each such line once."""
    warnings.warn(message, category, stacklevel=user_frame()[1])
