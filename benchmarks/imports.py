"""How long a library takes to import, in a fresh interpreter; knows how to start one."""

import os
import subprocess
import sys

__all__ = ["Import"]

TIMED = "import time; begin = time.perf_counter(); import {}; print(time.perf_counter() - begin)"


class Import:
    """Importing one module.  It computes nothing, so there is nothing to compare when it is called."""

    def __init__(self, module):
        self.command = [sys.executable, "-c", TIMED.format(module)]

    def __call__(self):
        return None

    def stages(self):
        """Seconds of the import statement alone, without the start of the interpreter."""
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        run = subprocess.run(self.command, env=environment, capture_output=True, text=True, check=True)
        return {"step": float(run.stdout)}
