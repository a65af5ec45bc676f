"""What is said when a forward and a backward do not fit together.  Layer 8; knows text alone."""

from __future__ import annotations

__all__ = ["ContractError", "TimeLimit"]


class ContractError(ValueError):
    """Forward or backward code that does not fit together: wrong count, shape or kind of what it takes or returns.

    The text has three parts: what came back, what was expected, what to do.

    argument   the name of the input whose gradient it is about, or "" for all
    kind       contract, or swapped-outputs where the gradients are those that are wanted, in another order
    """

    def __init__(self, message: str, argument: str = "", kind: str = "contract") -> None:
        super().__init__(message)
        self.argument, self.kind = argument, kind


class TimeLimit(ContractError):
    """Code that did not come back in time; the text names the line at which it was stopped."""
