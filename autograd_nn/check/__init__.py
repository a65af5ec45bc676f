"""Checks of hand-written gradients: a verdict with reasons, never a number to interpret.  Layer 8."""

from .backward import check_backward
from .estimates import Estimate, numerical
from .frameworks import FrameworkPair, jax_pair, torch_pair
from .grads import check_grads
from .layer import check_layer
from .nodes import check_gradient
from .planted import Mutant, Mutants, mutants
from .report import Argument, Finding, GradientError, Report
from .taylor import Adjointness, Convergence, dot_product_test, taylor_test

__all__ = [
    "Adjointness",
    "Argument",
    "Convergence",
    "Estimate",
    "Finding",
    "FrameworkPair",
    "GradientError",
    "Mutant",
    "Mutants",
    "Report",
    "check_backward",
    "check_gradient",
    "check_grads",
    "check_layer",
    "dot_product_test",
    "jax_pair",
    "mutants",
    "numerical",
    "taylor_test",
    "torch_pair",
]
