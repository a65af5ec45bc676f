"""Checks of hand-written gradients: a verdict with reasons, never a number to interpret.  Layer 8."""

from .backward import check_backward
from .grads import check_grads
from .nodes import check_gradient
from .report import Argument, Finding, GradientError, Report

__all__ = ["Argument", "Finding", "GradientError", "Report", "check_backward", "check_gradient", "check_grads"]
