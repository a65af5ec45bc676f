"""`autograd_nn.numpy`: NumPy's names for what can be differentiated, on Tensors, Values and plain arrays alike.  Layer 4."""

from . import fft
from .applying import apply_along_axis, apply_over_axes, piecewise
from .calculus import diff, ediff1d, gradient, trapezoid
from .complex_functions import angle, conj, conjugate, imag, real
from .complex_numbers import Complex
from .polynomials import polyadd, polyder, polyfit, polyint, polysub, polyval, vander
from .shaping import concatenate, stack
from .signals import convolve, correlate, interp

__all__ = [
    "Complex",
    "angle",
    "apply_along_axis",
    "apply_over_axes",
    "concatenate",
    "conj",
    "conjugate",
    "convolve",
    "correlate",
    "diff",
    "ediff1d",
    "fft",
    "gradient",
    "imag",
    "interp",
    "piecewise",
    "polyadd",
    "polyder",
    "polyfit",
    "polyint",
    "polysub",
    "polyval",
    "real",
    "stack",
    "trapezoid",
    "vander",
]
