"""What is said when a forward and a backward do not fit together.  Layer 8; knows text alone."""

from __future__ import annotations

__all__ = ["ContractError", "TimeLimit"]


class ContractError(ValueError):
    """Forward or backward code that does not fit together: wrong count, shape or kind of what it takes or returns.

    The text has three parts: what came back, what was expected, what to do.

    argument   the name of the input whose gradient it is about, or "" for all
    kind       contract, or swapped-outputs where the gradients are those that are wanted, in another order
    wrong      whether the code breaks its contract; False where it may be right, and cannot be called without being told more
    """

    def __init__(self, message: str, argument: str = "", kind: str = "contract", wrong: bool = True) -> None:
        super().__init__(message)
        self.argument, self.kind, self.wrong = argument, kind, wrong


class TimeLimit(ContractError):  # noqa: N818  # the situation: the code may be right, and slow
    """Code that did not come back in time; the text names the line at which it was stopped."""

    def __init__(self, message: str) -> None:
        super().__init__(message, wrong=False)
