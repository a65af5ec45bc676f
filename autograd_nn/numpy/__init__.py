"""`autograd_nn.numpy`: NumPy's names for what can be differentiated, on Tensors, Values and plain arrays alike.  Layer 4."""

from .shaping import concatenate, stack

__all__ = ["concatenate", "stack"]
