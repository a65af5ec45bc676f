"""The lean Value, the honest competitor for scalars; knows its interface."""

from lean_value import Value
from steps import scalar_steps
from workloads import Scalars

from . import Run

RUNS = [Run(kind, build) for kind, build in scalar_steps(Scalars(Value, Value.exp, Value.log)).items()]
