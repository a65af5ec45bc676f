"""The command line: `autograd-nn` and `python -m autograd_nn`.  Layer 10; knows the commands, not what they do."""

from __future__ import annotations

import typer

from .check import check
from .verify import verify

__all__ = ["app", "main"]

app = typer.Typer(
    name="autograd-nn",
    help="See, write and check backpropagation on NumPy.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def about() -> None:
    """See, write and check backpropagation on NumPy."""


app.command()(verify)
app.command()(check)


def main() -> None:
    """Run the command line; exit codes: 0 right, 1 wrong, 2 usage or bad input, 3 cannot tell."""
    app()
