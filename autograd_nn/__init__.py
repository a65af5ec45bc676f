"""autograd_nn: see, write and check backpropagation.  Layer 10: the public list, and nothing else."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import ops
from .forward import jvp
from .reverse import grad, value_and_grad, vjp
from .tensor import Tensor
from .value import Value

if TYPE_CHECKING:  # the same names for type checkers and editors
    from . import data, formulas, nn, optim
    from .draw import draw_dot, graph

__all__ = [
    "Tensor",
    "Value",
    "data",
    "draw_dot",
    "formulas",
    "grad",
    "graph",
    "jvp",
    "nn",
    "ops",
    "optim",
    "value_and_grad",
    "vjp",
]

LAZY = {
    "data": "",
    "formulas": "",
    "nn": "",
    "optim": "",
    "draw_dot": "draw",
    "graph": "draw",
}  # "": the name is a subpackage


def __getattr__(name: str) -> Any:
    """What the core does not need, imported at first use: it would cost half of `import autograd_nn`."""
    if name not in LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{LAZY[name] or name}")
    return getattr(module, name) if LAZY[name] else module
