"""`autograd_nn.numpy`: NumPy's names for what can be differentiated, on Tensors, Values and plain arrays alike.  Layer 4."""

from .shaping import concatenate, stack
from .sliding import sliding_window_view

__all__ = ["concatenate", "sliding_window_view", "stack"]
