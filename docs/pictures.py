"""Makes the pictures of the documentation from what the program really prints: python docs/pictures.py."""

from io import StringIO
from pathlib import Path

from rich.console import Console

from autograd_nn.cli.network import compare_gradients
from autograd_nn.cli.verify import show_gradients, show_verdicts
from autograd_nn.formulas import verify

HERE = Path(__file__).parent
SHOWN = ("allen-eq16", "allen-eq17", "allen-eq17-corrected", "sudmersen-bp2.1", "sudmersen-eq87", "khan-eq22")


def main() -> None:
    console = Console(record=True, width=108, file=StringIO())
    show_verdicts(verify(SHOWN), False, console)
    show_gradients(compare_gradients(), console)
    console.save_svg(str(HERE / "verify.svg"), title="autograd-nn verify")


if __name__ == "__main__":
    main()
