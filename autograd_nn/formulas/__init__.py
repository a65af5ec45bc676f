"""The texts' hand-derived formulas, and their verification.  Layer 9; the public list, and nothing else."""

from .formula import Formula
from .network import BackwardPass, bp_equations, cost_of_network
from .texts import catalogue
from .verification import Verdict, agreement, judge, select, verify

__all__ = [
    "BackwardPass",
    "Formula",
    "Verdict",
    "agreement",
    "bp_equations",
    "catalogue",
    "cost_of_network",
    "judge",
    "select",
    "verify",
]
