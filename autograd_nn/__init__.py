"""autograd_nn: see, write and check backpropagation.  Layer 10: the public list, and nothing else."""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from . import ops
from .anomaly import anomalies
from .extend import custom
from .forward import jvp
from .place import lines, scope
from .recording import checkpoint, stop_gradient
from .reverse import grad, value_and_grad, vjp
from .second import gauss_newton, hessian, hvp, jacobian
from .tensor import Tensor
from .value import Value

if TYPE_CHECKING:  # the same names for type checkers and editors
    from . import data, formulas, nn, optim

__all__ = [
    "Tensor",
    "Value",
    "anomalies",
    "checkpoint",
    "custom",
    "data",
    "formulas",
    "gauss_newton",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "lines",
    "nn",
    "ops",
    "optim",
    "scope",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]


def __getattr__(name: str) -> ModuleType:
    """Subpackages that the core does not need, imported at first use: they would cost half of `import autograd_nn`."""
    if name in ("data", "formulas", "nn", "optim"):
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
