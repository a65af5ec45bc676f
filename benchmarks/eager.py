"""The eager suite alone: short for `run.py --suite eager`; takes the same options, and knows nothing else."""

import sys

from run import main

if __name__ == "__main__":
    main(["--suite", "eager", *sys.argv[1:]])
