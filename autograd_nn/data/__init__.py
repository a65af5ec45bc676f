"""Small data sets for examples, tests and demonstrations.  Layer 7; the public list, nothing else."""

from autograd_nn.data.handwritten import Split, digits
from autograd_nn.data.synthetic import moons

__all__ = ["Split", "digits", "moons"]
