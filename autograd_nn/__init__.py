"""autograd_nn: see, write and check backpropagation on NumPy.  Layer 10: the public list, and nothing else.

import autograd_nn as ag
ag.grad(f)(x)          the gradient of a function of NumPy code; also value_and_grad, vjp, jvp, jacobian, hessian, hvp
ag.Value, ag.Tensor    a number and an array that remember how they were computed: y.backward(), x.grad
ag.graph(y)            the computation graph, to print or save;  ag.anomalies(f, x): the first nan, with your line
ag.custom              an operation of your own, with a derivative rule that is checked
ag.nn, ag.optim, ag.data, ag.formulas    layers and losses, optimisers, data sets, the texts' formulas
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import numpy, ops
from .forward import jvp
from .place import lines, scope
from .reverse import grad, value_and_grad, vjp
from .tensor import Tensor
from .value import Value

if TYPE_CHECKING:  # the same names for type checkers and editors
    from . import check, data, formulas, nn, optim
    from .anomaly import anomalies
    from .check import check_backward, check_gradient, check_grads, check_layer
    from .draw import draw_dot, graph
    from .extend import custom
    from .recording import checkpoint, stop_gradient
    from .second import gauss_newton, hessian, hvp, jacobian

__all__ = [
    "Tensor",
    "Value",
    "anomalies",
    "check",
    "check_backward",
    "check_gradient",
    "check_grads",
    "check_layer",
    "checkpoint",
    "custom",
    "data",
    "draw_dot",
    "formulas",
    "gauss_newton",
    "grad",
    "graph",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "lines",
    "nn",
    "numpy",
    "ops",
    "optim",
    "scope",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]

__version__ = "0.1.0"

_LATER = {  # imported at first use, or they would cost half of `import autograd_nn`; the folder or file that a name is in
    "check": "check",
    "data": "data",
    "formulas": "formulas",
    "nn": "nn",
    "optim": "optim",
    "anomalies": "anomaly",
    "check_backward": "check",
    "check_layer": "check",
    "check_gradient": "check",
    "check_grads": "check",
    "draw_dot": "draw",
    "graph": "draw",
    "custom": "extend",
    "checkpoint": "recording",
    "stop_gradient": "recording",
    "gauss_newton": "second",
    "hessian": "second",
    "hvp": "second",
    "jacobian": "second",
}


def __getattr__(name: str) -> Any:
    """What the core does not need."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_LATER[name]}")
    return module if name == _LATER[name] else getattr(module, name)


def __dir__() -> list[str]:
    return [*__all__, "__version__", "__doc__"]
