"""What is said when arguments do not fit an operation.  Layer 1; knows the fields of a record, and no operation."""

from __future__ import annotations

from typing import Any

from numpy import ndarray

from .errors import DtypeError, IndexingError, MixedError, ShapeError, user_line

__all__ = ["described", "failed", "mixed", "refused"]


def mixed(name: str, what: str) -> MixedError:
    """The error for a Value that meets an array."""
    return MixedError(
        f"{name}: got {what}, at {user_line()}. A Value holds one Python float and a Tensor holds an array; one graph holds "
        "one of the two. Build everything from Tensor(...), or take the number out with .data (no gradient flows then)."
    )


def refused(name: str, what: str) -> DtypeError:
    """The error for an argument that has no derivative."""
    return DtypeError(
        f"{name}: got {what}, at {user_line()}. Operations on a Value or Tensor take real numbers: floats, integers, "
        "booleans, and arrays of them. Convert it first, for example with np.asarray(x, float)."
    )


def failed(op: Any, args: tuple, error: Exception) -> Exception:
    """NumPy's complaint about the arguments of an operation, under our name for it, with shapes and the user's line."""
    if isinstance(error, (MixedError, DtypeError, ShapeError, IndexingError)):
        return error
    kind: type[Exception] = ShapeError
    if isinstance(error, TypeError | OverflowError):
        kind = DtypeError
    elif isinstance(error, IndexError) and not isinstance(error, ValueError):
        kind = IndexingError
    shown = ", ".join([described(a) for a in args])
    return kind(f"{op.name}({shown}) failed at {user_line()}: {reason(op, args, error)}")


def reason(op: Any, args: tuple, error: Exception) -> str:
    """Why arguments do not fit, and what to do about it."""
    shapes = [a.shape for a in args if isinstance(a, ndarray)]
    if op.kind in ("elementwise", "nondifferentiable") and len(shapes) == 2 and isinstance(error, ValueError):
        return (
            f"shapes {shapes[0]} and {shapes[1]} do not broadcast; counted from the right, sizes must agree or one of "
            "them be 1. Reshape or transpose one of them."
        )
    if op.symbol == "@" and len(shapes) == 2 and all(shapes) and shapes[0][-1] != shapes[1][-2:][0]:
        x, z = shapes
        hint = "Transpose or reshape one of them."
        if len(x) == len(z) == 2 and x[1] == z[1]:
            hint = "Did you mean x @ z.T?"
        elif len(x) == len(z) == 2 and x[0] == z[0]:
            hint = "Did you mean x.T @ z?"
        return f"the inner sizes {x[-1]} and {z[-2:][0]} must agree. {hint}"
    text = str(error).strip().rstrip(".") or type(error).__name__
    return f"{text}. Check the shapes and the other arguments: help(autograd_nn.ops.{op.name})."


def described(x: Any) -> str:
    """An argument in an error message: an array by shape and dtype, anything else as it is."""
    if isinstance(x, ndarray):
        return f"array of shape {x.shape} {x.dtype}"
    text = repr(x)
    return text if len(text) <= 60 else text[:57] + "..."
