"""autograd_nn: see, write and check backpropagation.  Layer 10: the public list, and nothing else."""

from . import data, nn, ops, optim
from .forward import jvp
from .reverse import grad, value_and_grad, vjp
from .tensor import Tensor
from .value import Value

__all__ = ["Tensor", "Value", "data", "grad", "jvp", "nn", "ops", "optim", "value_and_grad", "vjp"]
