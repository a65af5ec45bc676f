"""`autograd_nn.numpy`: NumPy's names for what can be differentiated, on Tensors, Values and plain arrays alike.  Layer 4."""

from . import fft
from .complex_functions import angle, conj, conjugate, imag, real
from .complex_numbers import Complex
from .shaping import concatenate, stack

__all__ = ["Complex", "angle", "concatenate", "conj", "conjugate", "fft", "imag", "real", "stack"]
