"""autograd_nn: see, write and check backpropagation.  Layer 10: the public list, and nothing else."""

from .tensor import Tensor
from .value import Value

__all__ = ["Tensor", "Value"]
