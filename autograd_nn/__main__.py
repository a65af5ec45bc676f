"""`python -m autograd_nn` is the command line.  Layer 10."""

from .cli import main

if __name__ == "__main__":
    main()
