"""Checks of hand-written gradients: a verdict with reasons, never a number to interpret.  Layer 8."""

from .backward import check_backward
from .estimates import Estimate, numerical
from .grads import check_grads
from .nodes import check_gradient
from .report import Argument, Finding, GradientError, Report
from .taylor import Adjointness, Convergence, dot_product_test, taylor_test

__all__ = [
    "Adjointness",
    "Argument",
    "Convergence",
    "Estimate",
    "Finding",
    "GradientError",
    "Report",
    "check_backward",
    "check_gradient",
    "check_grads",
    "dot_product_test",
    "numerical",
    "taylor_test",
]
