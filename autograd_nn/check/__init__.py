"""Checks of hand-written gradients: a verdict with reasons, never a number to interpret.  Layer 8."""

from .backward import check_backward
from .layer import check_layer
from .report import Argument, Finding, GradientError, Report

__all__ = ["Argument", "Finding", "GradientError", "Report", "check_backward", "check_layer"]
